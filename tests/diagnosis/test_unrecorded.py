"""Calls of which there is no record bear no complaint out, and clear nobody: what became of them is told."""

from __future__ import annotations

from functools import cache

import pytest

from audit.quiet import service
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.scene import Question
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from calltrace.tables.case import Case
from support import at

LOST = (at(30, 10), at(30, 14))


@cache
def hours(whose: str, *, counted: bool = True) -> Case:
    """No call of these (everybody's for '') is on record for four hours, in which the switch counted them or wrote nothing."""
    return service({whose: [LOST]}, kpi=() if counted else (LOST,))


def asked(complaint: str, start: float, end: float, whose: str = "", *, counted: bool = True) -> Diagnosis:
    return diagnose(hours(whose, counted=counted), Question("2", complaint, at(30, start), at(30, end)))


def letter_of(answer: Diagnosis) -> str:
    return " ".join(letter(report_of(answer, command="investigate")).paper.as_text.split())


@pytest.mark.parametrize("complaint", ["abandoned", "long-hold", "dispatch"])
def test_hours_whose_records_are_lost_were_not_as_usual(complaint: str) -> None:
    answer = asked(complaint, 10.5, 13.5)
    assert answer.ranked[0].cause == "records-missing"
    assert answer.wording == "confirmed"
    assert any("told what became of them" in note for note in answer.notes)
    assert "records of the calls" in letter_of(answer)


def test_hours_in_which_the_switch_was_down_were_not_either() -> None:
    assert asked("long-hold", 10.5, 13.5, counted=False).ranked[0].cause == "platform-outage"


def test_where_a_part_is_lost_the_rest_is_all_that_is_spoken_of() -> None:
    answer = asked("abandoned", 0, 24)
    chance = {r.cause: r.probability for r in answer.ranked}
    assert answer.ranked[0].cause == "within-normal"
    assert chance["records-missing"] == pytest.approx(4 / 24, abs=0.05)
    assert answer.wording != "confirmed"
    assert "Nobody's calls are on record" in answer.summary
    assert "We have no record of calls" in letter_of(answer)
    assert "answered as usual" not in letter_of(answer)


def test_whose_lines_brought_no_call_is_told_what_missed_calls_are() -> None:
    answer = asked("abandoned", 10.5, 13.5, "2")
    assert answer.ranked[0].cause == asked("missed-calls", 10.5, 13.5, "2").ranked[0].cause
    assert answer.ranked[0].cause != "within-normal"


def test_an_ordinary_morning_is_as_usual() -> None:
    answer = asked("abandoned", 2, 9)
    assert answer.ranked[0].cause == "within-normal"
    assert "on record" not in answer.summary


def test_a_message_on_record_is_told_of_without_a_call() -> None:
    """Of hours without a call, a message taken in them says what became of it."""
    taken = {"message_id": "m1", "call_id": None, "account": "2", "taken_at": at(30, 12), "agent": "A1", "priority": "urgent"}
    sent = {"message_id": "m1", "attempted_at": at(30, 12.02), "method": "phone", "recipient": "X", "address": "+12125550111",
            "status": "acknowledged"}
    found = service({"": [LOST]}, kpi=(), messages=[taken], dispatch=[sent])
    answer = diagnose(found, Question("2", "dispatch", at(30, 10.5), at(30, 13.5)))
    assert answer.ranked[0].cause != "records-missing"
    assert any(e.facet == "message-not-dispatched" for e in answer.evidence)
