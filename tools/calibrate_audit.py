"""Fit how sure the audit's findings are on simulated services.

    python tools/calibrate_audit.py --worlds 60     # writes src/calltrace/diagnosis/audit/confidence.json

The audit of each service is run with no regard to what it would state of a finding, and each of its findings held
against the truth as benchmarks/audit_recall.py holds it. Seeds below 500,000 are for fitting, those above for measuring:
``python benchmarks/audit_recall.py`` prints how the stated confidence fares there.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = ROOT / "src" / "calltrace" / "diagnosis" / "audit" / "confidence.json"
sys.path.insert(0, str(ROOT / "benchmarks"))

FIRST = 300_000

def collect(seed: int) -> list[tuple[str, float, float, float, bool]]:
    """Return the findings of one service's audit: cause, probability, chance, calls, and whether it was right."""
    from audit_recall import audited

    from calltrace.diagnosis.audit import judge

    judge.stated = lambda *_: 1.0  # type: ignore[attr-defined]  # whatever the fit before said, all of them are wanted
    return [(f.cause, f.posterior, f.chance, f.lost + f.harmed, right) for f, right, _ in audited(seed)[2]]


def main() -> None:
    """Collect, fit, write."""
    from calltrace.diagnosis.audit.confidence import fit

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rows", type=Path, help="keep what was collected here, or fit anew on what is there")
    chosen = parser.parse_args()
    if chosen.rows and chosen.rows.exists():
        rows = json.loads(chosen.rows.read_text(encoding="utf-8"))
    else:
        rows = []
        seeds = range(chosen.first, chosen.first + chosen.worlds)
        with ProcessPoolExecutor(chosen.jobs) as pool:
            for n, some in enumerate(pool.map(collect, seeds) if chosen.jobs > 1 else map(collect, seeds), 1):
                rows += some
                print(f"{n}/{chosen.worlds} services, {len(rows)} findings", file=sys.stderr, flush=True)
        if chosen.rows:
            chosen.rows.write_text(json.dumps(rows), encoding="utf-8")
    found = fit([tuple(r[:4]) for r in rows], [r[4] for r in rows])
    WRITTEN.write_text(json.dumps(asdict(found), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"fitted on {len(rows)} findings: {WRITTEN.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
