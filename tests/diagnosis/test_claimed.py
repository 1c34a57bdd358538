"""One caller's claim: what became of the call is told by a call of that caller's, and by nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from calltrace.diagnosis.diagnose import investigate
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from support import account, at, case, steady

CALLER, OTHER = "+12125559911", "+12125559977"
LOST = {"agent": None, "talk_s": 0.0, "ring_s": 15.0, "queue_s": 60.0, "outcome": "abandoned"}
DAY = (at(22), at(23))


def own(n: int, hour: float, **values: Any) -> dict[str, Any]:
    return {**steady("1", every_min=60, days=1)[0], "call_id": f"own{n}", "ani": CALLER, "offered_at": at(22, hour), **values}


def claim(*calls: dict[str, Any], caller: str = CALLER, **tables: Any) -> Diagnosis:
    """Two accounts with a call every half hour."""
    rows = [*steady("1", every_min=30), *steady("2", every_min=30, offset_min=7), *calls]
    return investigate(
        case(rows, accounts=[account("1"), account("2")], **tables), account="1", complaint="caller-claim", caller=caller,
        start=DAY[0].isoformat(), end=DAY[1].isoformat())


def gave_up() -> list[dict[str, Any]]:
    return [own(n, 14 + n / 20, **LOST) for n in range(5)]


def test_a_caller_who_gave_up_waiting_met_none_of_the_causes_there_are() -> None:
    """Five calls lost of a day's 53: the account lost more than usual, and not one of them in an announcement."""
    answer = claim(*gave_up())
    assert (answer.wording, answer.ranked) == ("inconclusive", ())
    assert "The caller left after 75 s of waiting: Tue 23 Jun 14:00 (own0)" in answer.summary
    assert "Ask why callers waited then" in answer.next_steps[0]
    assert answer.calls_listed["call_id"].tolist() == [f"own{n}" for n in range(5)]


def test_what_others_met_is_not_what_became_of_a_call_nobody_finds() -> None:
    answer = claim(*gave_up(), own(9, 15, outcome="announcement", ani="+12125550300", agent=None), caller=OTHER)
    assert (answer.ranked[0].cause, answer.wording) == ("no-record-of-call", "confirmed")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"outcome": "failed", "agent": None, "talk_s": 0.0}, "1 call cut by the switch"),
        ({"talk_s": 2.0}, "A1 answered Tue 23 Jun 15:00 and talked 2 s"),
        ({"talk_s": 3.0, "hold_s": 600.0}, "with the caller on hold for 600 s"),
    ],
)
def test_ends_that_no_cause_is_are_told_and_laid_at_nobodys_door(values: dict[str, Any], says: str) -> None:
    answer = claim(own(1, 15, **values))
    assert (answer.wording, answer.ranked) == ("inconclusive", ())
    assert says in answer.summary


def test_a_cause_of_the_callers_own_call_is_told_by_that_call() -> None:
    answer = claim(*gave_up(), own(9, 15, outcome="announcement", ani=OTHER, agent=None), caller=OTHER)
    assert answer.ranked[0].cause == "announcement-dead-end"
    assert "1 call ended in a recording: Tue 23 Jun 15:00 (own9)" in answer.summary
    refused = claim(own(1, 15, outcome="busy", agent=None, ring_s=0.0, talk_s=0.0))
    assert refused.ranked[0].cause == "path-limit"


def test_the_letter_tells_of_every_call_of_the_caller() -> None:
    taken = {"message_id": "M1", "call_id": "own9", "account": "1", "taken_at": at(22, 9.1), "agent": "A1", "priority": "routine"}
    answer = claim(own(9, 9), *gave_up(), messages=[taken])
    page = letter(report_of(answer, command="letter"))
    text = " ".join(page.paper.as_text.split())
    assert "We found six calls from (212) 555-9911" in text
    assert "9:00 am: an operator answered after four seconds" in text
    assert "A message was taken." in text
    assert text.count("the caller waited 75 seconds and left before an operator answered") == 5
    assert page.bans == ()
