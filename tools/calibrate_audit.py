"""Fit how sure the audit's findings are on simulated services.

    python tools/calibrate_audit.py --services 60   # writes src/calltrace/diagnosis/audit/confidence.json

Each service is audited as people do: its last ten days at once, and its last fourteen one by one, morning after morning, each
knowing what those before have shown. That is done with no regard to what would be stated of a finding, and each finding held
against the truth as benchmarks/audit_recall.py and benchmarks/daily_recall.py hold it. In the ten days of three services of
five one trouble of nearly every cause happens, of the fourth two or three troubles, of the fifth none at all: whoever looks
every morning mostly looks at days like these. Seeds below 500,000 are for fitting, those above for measuring: both benchmarks
print how the stated confidence fares there, with ``--few`` and ``--clean`` where little or nothing happens.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = ROOT / "src" / "calltrace" / "diagnosis" / "audit" / "confidence.json"
sys.path.insert(0, str(ROOT / "benchmarks"))

FIRST = 300_000

KINDS = ("full", "full", "clean", "full", "few")

MORNINGS = 14

SHARED = frozenset({"carrier-outage", "platform-outage", "planned-shutdown", "records-missing"})
"""Troubles of many by which an account falls silent."""

Row: TypeAlias = tuple[str, float, float, float, float, bool, float | None, bool]
"""A finding as :func:`calltrace.diagnosis.audit.confidence.fit` takes it, and whether it was right; of a silence the
probability of all the causes somebody has to answer for, and whether calls were lost, whatever the cause."""


def collect(seed: int, kind: str = "full") -> list[Row]:
    """Return the findings of one service's audits."""
    from audit_recall import audited
    from daily_recall import mornings

    from calltrace.desk import daily
    from calltrace.diagnosis.audit import confidence, judge
    from calltrace.diagnosis.audit.severity import DISPATCH

    confidence.stated = confidence.trouble = lambda *_: 1.0  # whatever the fit before said, all of them are wanted
    judge.of_each_silence = list  # of several views of one silence the surest is told: both are wanted
    daily.LEAST_TOLD = 0.0
    world, audit, _, _ = audited(seed, kind=kind)
    told = [f for each in (audit, *(one.audit for one in mornings(world, MORNINGS))) for f in each.findings]
    return [_row(f, world.faults) for f in told if f.cause not in DISPATCH and f.check not in {judge.FACTS, "feed"}]


def _row(f: Finding, faults: Sequence[dict[str, Any]]) -> Row:
    import pandas as pd
    from audit_recall import same

    from calltrace.diagnosis.audit import weighing
    from calltrace.diagnosis.audit.joining import SILENCE

    begun, over = f.counted
    near = [t for t in faults if pd.Timestamp(t["start"]) < max(over, f.end) and min(begun, f.start) < pd.Timestamp(t["end"])]
    lost = any(
        (t["account"] == f.account and not t["cause"].startswith("_")) or (t["account"] is None and t["cause"] in SHARED)
        for t in near)
    return (f.cause, *weighing.weighed_by(f), any(same(f, t) for t in near),
            weighing.blamed(f) if f.check == SILENCE else None, lost)


def main() -> None:
    """Collect, fit, write."""
    from calltrace.diagnosis.audit.confidence import TROUBLE, fit, fit_families

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--services", type=int, default=60)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rows", type=Path, help="keep what was collected here, or fit anew on what is there")
    chosen = parser.parse_args()
    rows: list[Row] = []
    if chosen.rows and chosen.rows.exists():
        rows = json.loads(chosen.rows.read_text(encoding="utf-8"))
    else:
        seeds = range(chosen.first, chosen.first + chosen.services)
        kinds = [KINDS[n % len(KINDS)] for n in range(len(seeds))]
        with ProcessPoolExecutor(chosen.jobs) as pool:
            for n, some in enumerate(pool.map(collect, seeds, kinds), 1):
                rows += some
                print(f"{n}/{len(seeds)} services, {len(rows)} findings", file=sys.stderr, flush=True)
        if chosen.rows:
            chosen.rows.write_text(json.dumps(rows), encoding="utf-8")
    found = fit_families([tuple(r[:5]) for r in rows], [r[5] for r in rows])
    silent = [r for r in rows if r[6] is not None]
    found[TROUBLE] = fit([("", r[6] or 0.0, *r[2:5]) for r in silent], [r[7] for r in silent])
    text = json.dumps({name: asdict(one) for name, one in found.items()}, indent=1, sort_keys=True)
    WRITTEN.write_text(text + "\n", encoding="utf-8")
    print(f"fitted on {len(rows)} findings: {WRITTEN.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
