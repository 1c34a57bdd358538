"""One of two numbers silent amid the day: with test calls, without, and with hours in which the client forwards."""

from __future__ import annotations

from calltrace.diagnosis.bounds.untested import MOST, NOTE
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.scene import Question
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from support import account, at, case, steady

SILENT, RINGING = "+12125550001", "+12125550901"
DOWN = at(21, 9.5), at(21, 18.2)


def ask(coverage: str = "24/7", tested: str = "", numbers: str = f"{SILENT};{RINGING}") -> Diagnosis:
    rows = steady("1", every_min=25, dnis=SILENT, silent=[DOWN])
    if RINGING in numbers:
        rows += [r | {"call_id": f"b-{r['call_id']}"} for r in steady("1", every_min=25, offset_min=9, dnis=RINGING)]
    for who in "2345":
        rows += steady(who, every_min=15, offset_min=int(who), trunk_group="A" if who < "4" else "B")
    for row in rows[::10]:
        row |= {"outcome": "abandoned", "agent": None}
    tables = {"accounts": [account("1", coverage=coverage, numbers=numbers), *(
        account(who, trunk_group="A" if who < "4" else "B") for who in "2345")]}
    if tested:
        tables["line_tests"] = [
            {"tested_at": at(21, hour), "number": SILENT, "trunk_group": "A", "result": tested} for hour in (11, 13, 15, 17)]
    return diagnose(case(rows, **tables), Question("1", "missed-calls", at(21, 8), at(21, 20)))


def test_without_a_test_call_the_carrier_is_not_named_with_certainty() -> None:
    answer = ask()
    assert (answer.ranked[0].cause, answer.ranked[0].probability, answer.wording) == ("number-down", MOST, "likely")
    assert answer.ranked[1].cause == "some-lines-not-forwarded"
    assert answer.ranked[1].probability > 0.2
    assert NOTE in answer.notes
    assert answer.next_steps[0] == "To settle it: a test call to the number during the silence."
    text = " ".join(letter(report_of(answer, command="investigate")).paper.as_text.split())
    assert "it may also be that it was not forwarded to us then" in text


def test_what_tells_them_apart_does() -> None:
    failed = ask(tested="failed")
    assert (failed.ranked[0].cause, failed.wording) == ("number-down", "confirmed")
    by_day = ask(coverage="Mo-Su 06:00-22:00")
    assert by_day.ranked[0].cause == "number-down"
    assert by_day.ranked[0].probability > MOST
    assert NOTE not in (*failed.notes, *by_day.notes)
    text = " ".join(letter(report_of(failed, command="investigate")).paper.as_text.split())
    assert "not forwarded" not in text
