"""Calls that arrived and were plainly lost, with nothing on record that says why: no cause is named, and that is said."""

from __future__ import annotations

import pytest

from calltrace.diagnosis.diagnose import investigate
from calltrace.diagnosis.telling import SERVED
from support import account, at, case, steady

LOST = {"agent": None, "talk_s": 0.0, "ring_s": 15.0, "queue_s": 140.0, "outcome": "abandoned"}


@pytest.mark.parametrize(
    ("complaint", "says"),
    [("missed-calls", "the records bear the complaint out"), ("abandoned", "the records bear the complaint out"),
     ("", "something was plainly wrong")],
)
def test_a_day_on_which_every_call_of_one_client_is_lost_and_nobody_elses(complaint: str, says: str) -> None:
    """A queue nobody serves: the client's 24 calls of the day are all given up; of the others' one in nine waits, as ever."""
    rows = [*steady("1", every_min=60), *steady("2", every_min=4, offset_min=3), *steady("3", every_min=5, offset_min=1)]
    for n, row in enumerate(rows):
        row["queue_s"] = 45.0 if n % 9 == 0 else 0.0
        if row["account"] == "1" and at(22) <= row["offered_at"] < at(23):
            row.update(LOST)
    answer = investigate(
        case(rows, accounts=[account(n) for n in "123"]), account="1", complaint=complaint,
        start=at(22).isoformat(), end=at(23).isoformat())
    assert answer.wording == "inconclusive"
    assert answer.ranked == ()
    assert says in answer.summary
    assert "100%" in answer.summary
    assert answer.next_steps == SERVED
