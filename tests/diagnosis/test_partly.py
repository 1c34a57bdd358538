"""What everybody lacked for an hour explains no client's night: that is the client's own, and the hour is told beside it."""

from __future__ import annotations

import pytest

from audit.quiet import Span, service
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.scene import Question
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from support import at

NIGHT = (at(29, 18), at(30, 8))  # one whole span of account 1's coverage
HOUR = (at(30, 0), at(30, 1))


def asked(silent: list[Span], hour: Span = HOUR, *, counted: bool = False, start: float = 16, end: float = 34) -> Diagnosis:
    """Account 1 was silent as said; nobody had a call for an hour or so, in which the switch counted some or wrote nothing."""
    found = service({"1": silent, "": [hour]}, kpi=() if counted else (hour,))
    return diagnose(found, Question("1", "missed-calls", at(29, start), at(29, end)))


def test_an_hour_of_everybodys_is_not_a_clients_night() -> None:
    answer = asked([NIGHT])
    chance = {r.cause: r.probability for r in answer.ranked}
    assert answer.ranked[0].cause == "lines-not-forwarded"
    assert chance["platform-outage"] == pytest.approx(1 / 14, abs=0.05)  # an hour of the fourteen
    assert chance["lines-not-forwarded"] + chance["platform-outage"] > 0.9
    assert "In a part of that time" in answer.summary
    assert "does not explain the rest" in answer.summary


@pytest.mark.parametrize(
    ("counted", "says"), [(False, "our own phone system was down"), (True, "our own records are missing")])
def test_the_letter_of_the_night_owns_up_to_the_hour(*, counted: bool, says: str) -> None:
    answer = asked([NIGHT], (at(30, 0), at(30, 2)), counted=counted)
    told = " ".join(letter(report_of(answer, command="investigate")).paper.as_text.split())
    assert "call forwarding to us was not on" in told
    assert says in told
    assert "Our own lines were working" not in told


def test_who_asks_about_the_hour_itself_is_told_of_it() -> None:
    answer = asked([NIGHT], start=24, end=25)
    assert answer.ranked[0].cause == "platform-outage"
    assert "That was a part of it" in answer.summary


@pytest.mark.parametrize("silent", [[], [(HOUR[0], NIGHT[1])]])
def test_a_silence_that_began_with_everybodys_is_left_to_that(silent: list[Span]) -> None:
    answer = asked(silent)
    assert answer.ranked[0].cause == "platform-outage"
    assert "part of" not in answer.summary


def test_an_audit_tells_the_hour_and_the_night() -> None:
    found = service({"1": [NIGHT], "": [HOUR]}, kpi=(HOUR,))
    told = {(f.account, f.cause) for f in audit_case(found, start=at(29), end=at(31), charts=False).findings}
    assert (None, "platform-outage") in told
    assert ("1", "lines-not-forwarded") in told
