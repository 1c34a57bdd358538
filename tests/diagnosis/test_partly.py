"""What everybody lacked for an hour explains that hour: a client's night, or its callers' day, keeps its share of the calls."""

from __future__ import annotations

import pandas as pd
import pytest

from audit.quiet import Span, service
from calltrace.diagnosis.audit.run import audit_case
from calltrace.diagnosis.bounds.partly import BROKE
from calltrace.diagnosis.diagnose import diagnose
from calltrace.diagnosis.diagnosis import Diagnosis
from calltrace.diagnosis.scene import Question
from calltrace.report.letter import letter
from calltrace.report.making import report_of
from calltrace.tables.case import Case
from support import account, at, steady, table

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


def test_a_client_who_lacked_that_hour_alone_is_told_of_nothing_else() -> None:
    answer = asked([])
    assert answer.ranked[0].cause == "platform-outage"
    assert "part of" not in answer.summary


SINCE: Span = (HOUR[0], NIGHT[1])  # from the hour on: one of its eight hours is everybody's


def test_a_silence_that_began_with_everybodys_is_as_likely_the_clients_own() -> None:
    answer = asked([SINCE])  # no table of events: an outage or a shutdown
    service_is = sum(r.probability for r in answer.ranked if r.party == "service")
    assert service_is == pytest.approx(1 / 8 + 7 / 8 * BROKE, abs=0.05)
    assert answer.wording == "inconclusive"
    assert "the others had" in answer.summary


def test_records_that_are_missing_break_nothing_after_them() -> None:
    chance = {r.cause: r.probability for r in asked([SINCE], (at(30, 0), at(30, 2)), counted=True).ranked}
    assert chance["records-missing"] == pytest.approx(2 / 8, abs=0.05)


def test_what_went_on_beside_a_long_shared_silence_is_told_as_well() -> None:
    """Records are missing for seven hours of the night; fifty minutes before and after them nobody rang account 1 either."""
    shared = at(29, 22), at(30, 5)
    answer = asked([(at(29, 21.2), at(30, 5.8))], shared, counted=True)
    chance = {r.cause: r.probability for r in answer.ranked}
    assert chance["records-missing"] == pytest.approx(7 / 8.6, abs=0.06)
    assert answer.wording == "likely"
    assert "That was a part of it" in answer.summary
    near = asked([(at(29, 21.7), at(30, 5.3))], shared, counted=True)  # from one call to the next some time goes by anyway
    assert "part of it" not in near.summary


def test_a_test_call_that_passed_since_clears_the_switch_of_the_rest() -> None:
    passed = {"tested_at": at(30, 4), "number": "+12125550001", "trunk_group": "A", "result": "ok"}
    found = service({"1": [SINCE], "": [HOUR]}, kpi=(HOUR,), line_tests=[passed])
    answer = diagnose(found, Question("1", "missed-calls", at(29, 16), at(30, 10)))
    assert answer.ranked[0].cause == "lines-released-early"
    assert sum(r.probability for r in answer.ranked if r.party == "service") == pytest.approx(1 / 8, abs=0.05)
    assert "does not explain the rest" in answer.summary


def sparse(came: list[float], outcome: str, hour: Span, **tables: object) -> Diagnosis:
    """Account 9 has a call every two hours, on day 30 at these hours; everybody lacks one hour, before which calls were cut."""
    usual = steady("9", every_min=120, days=35, offset_min=45, silent=[(at(30), at(31))], trunk_group="B")
    that_day = [{**usual[0], "call_id": f"9-of-{h}", "offered_at": at(30, h), "ani": f"+12125557{i:03d}", "outcome": outcome,
                 "agent": None, "talk_s": 0.0} for i, h in enumerate(came)]
    found = service({"": [hour]}, kpi=(hour,), **tables)
    calls = pd.concat([found.calls, table("calls", [*usual, *that_day])]).sort_values("offered_at", ignore_index=True)
    cut = (calls["offered_at"] >= hour[0] - pd.Timedelta(minutes=15)) & (calls["offered_at"] < hour[0])
    calls.loc[cut, "outcome"] = "failed"
    sides = {name: found.table(name) for name in ("accounts", "kpi", "events") if len(found.table(name))}
    return diagnose(Case({"calls": calls, **sides}, zone="UTC"), Question("9", "missed-calls", at(30, 5), at(30, 21)))


def test_an_hour_of_the_evening_does_not_explain_callers_who_reached_nobody_all_day() -> None:
    announced = {"starts_at": at(30, 18.9), "ends_at": at(30, 20.1), "kind": "maintenance", "scope": "platform"}
    answer = sparse([6.5, 8.5, 10.5, 12.5, 14.5, 16.5], "announcement", (at(30, 19), at(30, 20)), events=[announced])
    assert answer.ranked[0].cause == "announcement-dead-end"
    assert answer.ranked[0].probability > 0.7
    assert "second trouble: no call to any other account Wed 1 Jul 18:" in answer.summary


def test_a_closure_of_the_whole_day_counts_whatever_else_touched_it() -> None:
    closed = {"starts_at": at(30), "ends_at": at(31), "kind": "closure", "scope": "account", "target": "9", "note": "closed"}
    answer = sparse([13.5], "abandoned", (at(30, 9), at(30, 10)), events=[closed])
    assert answer.ranked[0].cause == "expected-quiet"
    assert "A closure (closed) was announced" in answer.summary
    assert "Wed 1 Jul 08:" in answer.summary  # the hour is told beside it


def test_an_hour_after_the_clients_own_is_a_second_trouble() -> None:
    """One of three numbers was silent all day; the hour is of the evening, in which it hardly has a call."""
    lines = [f"+1212555700{k}" for k in range(3)]
    office = [(at(30, 8), at(30, 18))]
    rows = [row for k, line in enumerate(lines) for row in steady(
        "9", every_min=75, days=35, offset_min=20 * k, dnis=line, hours=(8, 18), silent=office if k == 0 else ())]
    hour = (at(30, 19), at(30, 20))
    found = service({"": [hour]}, kpi=(hour,))
    calls = pd.concat([found.calls, table("calls", rows)]).sort_values("offered_at", ignore_index=True)
    sides = {"accounts": table("accounts", [account("9", numbers=";".join(lines), coverage="Mo-Su 08:00-18:00")]),
             "kpi": found.table("kpi")}
    answer = diagnose(Case({"calls": calls, **sides}, zone="UTC"), Question("9", "missed-calls", at(30, 7), at(30, 20)))
    assert answer.ranked[0].cause == "some-lines-not-forwarded"
    assert "At another time of the window" in answer.summary


def test_an_audit_tells_the_hour_and_the_night() -> None:
    found = service({"1": [NIGHT], "": [HOUR]}, kpi=(HOUR,))
    told = {(f.account, f.cause) for f in audit_case(found, start=at(29), end=at(31), charts=False).findings}
    assert (None, "platform-outage") in told
    assert ("1", "lines-not-forwarded") in told
