"""Abandonment: how many left, and after how long."""

from __future__ import annotations

from calltrace.diagnosis.evidence import Outcome
from checks.floor import TROUBLE, Row, ask, floor
from support import at


def leaving(wait: float) -> list[Row]:
    """All of the account's calls in the trouble abandoned after so long."""
    return floor(
        lambda r: (
            r
            | (
                {"outcome": "abandoned", "agent": None, "talk_s": 0.0, "ring_s": 0.0, "queue_s": wait}
                if r["account"] == "1"
                else {}
            )
        )
    )


def test_callers_who_leave_after_waiting_are_found_and_not_early() -> None:
    found = ask("abandonment", leaving(70.0), "abandoned")
    assert found["abandoned-more"].outcome is Outcome.FOUND
    assert found["abandoned-more"].observed == 1.0
    assert len(found["abandoned-more"].examples) == 6
    assert found["abandoned-early"].outcome is Outcome.CLEAR
    assert found["others-abandoned-more"].outcome is Outcome.CLEAR


def test_callers_who_leave_at_once_left_early() -> None:
    early = ask("abandonment", leaving(2.0), "abandoned")["abandoned-early"]
    assert early.outcome is Outcome.FOUND
    assert early.observed == 1.0
    assert "within 5 s" in early.says


def test_everybody_leaving_is_said_of_the_others_too() -> None:
    rows = floor(lambda r: r | {"outcome": "abandoned", "agent": None, "talk_s": 0.0, "queue_s": 70.0})
    found = ask("abandonment", rows, "abandoned")["others-abandoned-more"]
    assert found.outcome is Outcome.FOUND
    assert (found.start, found.end) == TROUBLE


def test_the_usual_one_in_twenty_five_is_clear() -> None:
    found = ask("abandonment", floor(), "abandoned")
    assert found["abandoned-more"].outcome is Outcome.CLEAR
    assert found["others-abandoned-more"].outcome is Outcome.CLEAR


def test_no_call_in_the_window_is_not_run() -> None:
    found = ask("abandonment", floor(), "abandoned", window=(at(40), at(40, 2)))
    assert {e.outcome for e in found.values()} == {Outcome.NOT_RUN}


def test_who_left_is_counted_in_a_log_that_tells_no_seconds() -> None:
    found = ask("abandonment", [r | {"ring_s": None, "queue_s": None} for r in leaving(70.0)], "abandoned")
    assert found["abandoned-more"].outcome is Outcome.FOUND
    assert found["abandoned-early"].outcome is Outcome.NOT_RUN  # after how long, nobody knows
