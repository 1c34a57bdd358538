"""Dead end: calls that end in an announcement."""

from __future__ import annotations

from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, Row, ask, floor
from support import at

RECORDING = {"outcome": "announcement", "agent": None, "talk_s": 0.0}


def test_an_account_whose_calls_end_in_the_recording_is_found_from_when_they_do() -> None:
    found = ask("dead-end", floor(lambda r: r | (RECORDING if r["account"] == "1" else {})))[
        "ends-in-announcement"
    ]
    assert found.outcome is Outcome.FOUND
    assert (found.observed, found.data["others_share"]) == (1.0, 0.0)
    assert found.start == TROUBLE[0]
    assert found.end == at(21, 11.75)  # the last of its calls came at 11:41
    assert len(found.examples) == 6


def test_a_recording_now_and_then_is_clear() -> None:
    def one(row: Row) -> Row:
        return row | (RECORDING if row["account"] == "1" and row["offered_at"] < at(21, 10.2) else {})  # type: ignore[operator]

    assert ask("dead-end", floor(one))["ends-in-announcement"].outcome is Outcome.CLEAR
    assert ask("dead-end", floor())["ends-in-announcement"].outcome is Outcome.CLEAR


def test_an_account_without_calls_in_the_window_is_not_run() -> None:
    rows = [r for r in floor() if r["account"] != "1" or r["offered_at"] < at(20)]  # type: ignore[operator]
    assert ask("dead-end", rows)["ends-in-announcement"].outcome is Outcome.NOT_RUN
