"""Fit how sure the audit's findings are on simulated services.

    python tools/calibrate_audit.py --worlds 70 --clean 70    # writes src/calltrace/diagnosis/audit/confidence.json

The audit of each service is run with no regard to what it would state of a finding, and each of its findings held
against the truth as benchmarks/audit_recall.py holds it. In the ten days audited of some services one trouble of nearly
every cause happens, in those of as many none at all: whoever looks every morning mostly looks at days like these. Seeds
below 500,000 are for fitting, those above for measuring: ``python benchmarks/audit_recall.py`` prints how the stated
confidence fares there, with ``--clean`` where nothing happens.
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

Row: TypeAlias = tuple[str, float, float, float, bool]


def collect(seed: int, *, clean: bool = False) -> list[Row]:
    """Return the findings of one service's audit: cause, probability, chance, calls, and whether it was right."""
    from audit_recall import audited

    from calltrace.diagnosis.audit import judge

    judge.stated = lambda *_: 1.0  # type: ignore[attr-defined]  # whatever the fit before said, all of them are wanted
    return [(f.cause, f.posterior, f.chance, f.lost + f.harmed, right) for f, right, _ in audited(seed, clean=clean)[2]]


def _collected(seed: int, clean: bool) -> list[Row]:
    return collect(seed, clean=clean)


def main() -> None:
    """Collect, fit, write."""
    from calltrace.diagnosis.audit.confidence import fit

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=70, help="services with troubles")
    parser.add_argument("--clean", type=int, default=70, help="services without any")
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rows", type=Path, help="keep what was collected here, or fit anew on what is there")
    chosen = parser.parse_args()
    if chosen.rows and chosen.rows.exists():
        rows = json.loads(chosen.rows.read_text(encoding="utf-8"))
    else:
        rows = []
        seeds = range(chosen.first, chosen.first + chosen.worlds + chosen.clean)
        clean = [n >= chosen.worlds for n in range(len(seeds))]
        with ProcessPoolExecutor(chosen.jobs) as pool:
            for n, some in enumerate(pool.map(_collected, seeds, clean), 1):
                rows += some
                print(f"{n}/{len(seeds)} services, {len(rows)} findings", file=sys.stderr, flush=True)
        if chosen.rows:
            chosen.rows.write_text(json.dumps(rows), encoding="utf-8")
    found = fit([tuple(r[:4]) for r in rows], [r[4] for r in rows])
    WRITTEN.write_text(json.dumps(asdict(found), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"fitted on {len(rows)} findings: {WRITTEN.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
