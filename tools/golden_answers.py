#!/usr/bin/env python3
"""Write tests/report/answers/: one saved answer for every cause, of a simulated service that has that trouble.

The letters, tickets and briefs in the tests are written from these. They are fixed on purpose: a change of the weights
or of the simulator is no change of a letter. Make them anew when the report itself changes.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from calltrace import simulate
from calltrace.diagnosis import causes
from calltrace.diagnosis.diagnose import ask, diagnose
from calltrace.report.making import report_of

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "report" / "answers"

SEEDS = range(5, 40)

CLEAR_USED = (
    "number-tests-failed",
    "trunk-tests-failed",
    "platform-silent",
    "own-surge",
    "fewer-agents",
    "bill-longer-calls",
    "bill-outside-coverage",
)
"""Checks whose clear answer a page speaks of."""

LISTED_CALLS = 12
CALL_KEYS = ("call_id", "offered_at", "ani", "caller_name", "dnis", "agent", "outcome", "hold_s", "talk_s")


def answer(cause: str) -> dict[str, Any]:
    """Return the first simulated service's answer that names the cause, cut to what a page is written from."""
    for seed in SEEDS:
        world = simulate.scenario(cause, seed)
        asked = world.questions[0]
        case = world.case()
        question = ask(
            case,
            account=asked["account"],
            complaint=asked["complaint"],
            start=asked["from"],
            end=asked["to"],
            caller=asked.get("caller") or "",
            claim=asked.get("claim") or "",
        )
        diagnosis = diagnose(case, question)
        if diagnosis.ranked and diagnosis.ranked[0].cause == cause:
            return trimmed(report_of(diagnosis, command="investigate").to_dict())
    raise SystemExit(f"no seed shows {cause}")


def trimmed(report: dict[str, Any]) -> dict[str, Any]:
    """Leave out what no letter, ticket or brief is written from."""
    start, end = (datetime.fromisoformat(report["window"][k]) for k in ("start", "end"))
    hour = timedelta(hours=1)
    near = [h for h in report["chart"] if start - 2 * hour < datetime.fromisoformat(h["start"]) < end + hour]
    calls = [{k: c.get(k) for k in CALL_KEYS} for c in report["calls"][:LISTED_CALLS]]
    kept = [
        {**e, "examples": []}
        for e in report["evidence"]
        if e["outcome"] == "found" or e["facet"] in CLEAR_USED
    ]
    ranked = [c | {"supports": c["supports"][:1], "refutes": []} for c in report["causes"]]
    return report | {
        "chart": near,
        "calls": calls,
        "evidence": kept,
        "causes": ranked,
        "thresholds": [],
        "ruled_out": [],
        "series": [],
    }


def main() -> None:
    """Write those of the causes named, or them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for cause in sys.argv[1:] or causes.NAMES:
        text = json.dumps(answer(cause), ensure_ascii=False, indent=1)
        (FOLDER / f"{cause}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
