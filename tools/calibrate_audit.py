"""Fit how sure the audit's findings are on simulated services.

    python tools/calibrate_audit.py --services 140   # writes src/calltrace/diagnosis/audit/confidence.json

The audit of each service is run with no regard to what it would state of a finding, and each of its findings held
against the truth as benchmarks/audit_recall.py holds it. In the ten days audited of three services of five one trouble of
nearly every cause happens, of the fourth two or three troubles, of the fifth none at all: whoever looks every morning mostly
looks at days like these. Seeds below 500,000 are for fitting, those above for measuring: ``python
benchmarks/audit_recall.py`` prints how the stated confidence fares there, with ``--few`` and ``--clean`` where little or
nothing happens.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = ROOT / "src" / "calltrace" / "diagnosis" / "audit" / "confidence.json"
sys.path.insert(0, str(ROOT / "benchmarks"))

FIRST = 300_000

KINDS = ("full", "full", "clean", "full", "few")

Row: TypeAlias = tuple[str, float, float, float, float, bool]
"""A finding as :func:`calltrace.diagnosis.audit.confidence.fit` takes it, and whether it was right."""


def collect(seed: int, kind: str = "full") -> list[Row]:
    """Return the findings of one service's audit."""
    from audit_recall import audited

    from calltrace.diagnosis.audit import confidence, judge

    confidence.stated = lambda *_: 1.0  # whatever the fit before said, all of them are wanted
    judge.of_each_silence = list  # of several views of one silence the surest is told: both are wanted
    return [
        (f.cause, *judge.weighed_by(f), right)
        for f, right, _ in audited(seed, kind=kind)[2]]


def main() -> None:
    """Collect, fit, write."""
    from calltrace.diagnosis.audit.confidence import fit_families

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--services", type=int, default=140)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rows", type=Path, help="keep what was collected here, or fit anew on what is there")
    chosen = parser.parse_args()
    if chosen.rows and chosen.rows.exists():
        rows = json.loads(chosen.rows.read_text(encoding="utf-8"))
    else:
        rows = []
        seeds = range(chosen.first, chosen.first + chosen.services)
        kinds = [KINDS[n % len(KINDS)] for n in range(len(seeds))]
        with ProcessPoolExecutor(chosen.jobs) as pool:
            for n, some in enumerate(pool.map(collect, seeds, kinds), 1):
                rows += some
                print(f"{n}/{len(seeds)} services, {len(rows)} findings", file=sys.stderr, flush=True)
        if chosen.rows:
            chosen.rows.write_text(json.dumps(rows), encoding="utf-8")
    found = fit_families([tuple(r[:-1]) for r in rows], [r[-1] for r in rows])
    text = json.dumps({name: asdict(one) for name, one in found.items()}, indent=1, sort_keys=True)
    WRITTEN.write_text(text + "\n", encoding="utf-8")
    print(f"fitted on {len(rows)} findings: {WRITTEN.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
