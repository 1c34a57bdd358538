"""Callers of one account whom nobody serves, found among all accounts; and services on which nothing of the kind is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from audit.quiet import service
from calltrace.diagnosis.audit.run import audit_case
from calltrace.tables.case import Case
from support import at, case

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from calltrace.diagnosis.audit.findings import Audit, Finding

DEAD = (at(28, 9), at(30, 15))
WEEK = (at(28), at(34))
CAUSE = "queue-not-served"


def changed(change: Callable[[pd.DataFrame], pd.DataFrame], *, listed: bool = True, shared: bool = True) -> Case:
    """The quiet service with each caller a number of their own, and its calls changed.

    Agents answer any account in their hour of the day (``shared``), or one account each; ``listed`` says that there is an
    accounts table.
    """
    quiet = service()
    calls = quiet.calls.copy()
    calls["ani"] = [f"+1917{k:07d}" for k in range(len(calls))]
    answered = calls["outcome"] == "answered"
    calls.loc[answered, "agent"] = "at-" + (calls["offered_at"].dt.hour.astype("string") if shared else calls["account"])
    rows = change(calls).to_dict("records")
    made = case(rows)
    tables = {"calls": made.calls} | ({"accounts": quiet.table("accounts")} if listed else {})
    return Case(tables, zone="UTC")


def waiting(calls: pd.DataFrame, which: pd.Series, seconds: float = 30.0, more: float = 20.0) -> pd.DataFrame:
    """The calls with those of ``which`` left waiting, each for another while, until their callers left."""
    some = which.fillna(value=False).astype(bool)
    calls.loc[some, ["outcome", "agent", "talk_s"]] = ["abandoned", None, 0.0]
    calls.loc[some, "ring_s"] = [seconds + more * (k % 10) for k in range(int(some.sum()))]
    return calls


def then(calls: pd.DataFrame, *accounts: str, span: tuple[pd.Timestamp, pd.Timestamp] = DEAD) -> pd.Series:
    return calls["account"].isin(accounts) & (calls["offered_at"] >= span[0]) & (calls["offered_at"] < span[1])


def told(records: Case, window: tuple[pd.Timestamp, pd.Timestamp] = WEEK) -> list[Finding]:
    return [f for f in audited(records, window).findings if f.cause == CAUSE]


def audited(records: Case, window: tuple[pd.Timestamp, pd.Timestamp] = WEEK) -> Audit:
    return audit_case(records, start=window[0], end=window[1])


def test_an_account_nobody_serves_is_told_from_when_to_when_and_how_bad() -> None:
    found = audited(changed(lambda c: waiting(c, then(c, "3"))))
    [one] = found.findings
    assert (one.account, one.cause, one.party, one.check) == ("3", CAUSE, "service", "abandonment")
    assert at(28, 9) <= one.start < at(28, 9.5)
    assert at(30, 14.5) < one.end < at(30, 15.2)
    assert one.severity in {"high", "critical"}
    assert one.confidence > 0.9
    assert "Look up to which queue" in one.next_steps[0]
    assert [s.status for s in found.standings if s.account == "3"] == ["finding"]


def test_the_morning_within_it_says_that_it_goes_on() -> None:
    until = case(changed(lambda c: waiting(c, then(c, "3"))).calls.query("offered_at < @now", local_dict={"now": at(30)}).to_dict(
        "records"), accounts=service().table("accounts").to_dict("records"))
    [one] = told(until, (at(29), at(30)))
    assert one.ongoing
    assert (one.account, one.start) == ("3", at(29))
    assert "Mon 29 Jun 09:" in one.summary


def test_only_checks_of_callers_who_gave_up_are_asked_for_it() -> None:
    records = changed(lambda c: waiting(c, then(c, "3")))
    assert not audit_case(records, start=WEEK[0], end=WEEK[1], checks=["announcement"]).findings
    assert [f.cause for f in audit_case(records, start=WEEK[0], end=WEEK[1], checks=["abandonment"]).findings] == [CAUSE]


def test_accounts_of_one_queue_are_one_incident_with_all_it_hit() -> None:
    def two(calls: pd.DataFrame) -> pd.DataFrame:
        theirs = then(calls, "3", "5")
        calls["queue"] = "main"
        calls.loc[theirs, "queue"] = "night-2"
        return waiting(calls, theirs)

    [one] = told(changed(two))
    assert (one.account, one.name) == (None, "Queue night-2")
    assert one.key.startswith("queue:night-2/")
    assert {h.account for h in one.also_affected} == {"3", "5"}
    assert "of 2 accounts who waited there" in one.summary


def test_accounts_at_once_without_a_queue_name_each_other() -> None:
    found = told(changed(lambda c: waiting(c, then(c, "3", "5"))))
    assert {f.account: {h.account for h in f.also_affected} for f in found} == {"3": {"5"}, "5": {"3"}}


def test_what_has_always_been_so_is_told_less_surely() -> None:
    [one] = told(changed(lambda c: waiting(c, c["account"] == "3")))
    assert one.account == "3"
    assert one.confidence < 0.75
    assert one.wording != "confirmed"
    assert "in all the records" in one.summary


def half(calls: pd.DataFrame) -> pd.DataFrame:
    return waiting(calls, then(calls, "3") & (calls.groupby("account").cumcount() % 2 == 0))


def everybody(calls: pd.DataFrame) -> pd.DataFrame:
    return waiting(calls, then(calls, "1", "2", "3", "4", "5", span=(at(29, 18), at(29, 22))))


def at_once(calls: pd.DataFrame) -> pd.DataFrame:
    return waiting(calls, calls["account"] == "3", seconds=2.0, more=0.5)


def office_by_day(calls: pd.DataFrame) -> pd.DataFrame:
    return waiting(calls, (calls["account"] == "3") & calls["offered_at"].dt.hour.between(8, 17), seconds=12.0, more=1.0)


def recording(calls: pd.DataFrame) -> pd.DataFrame:
    return waiting(calls, calls["account"] == "3", seconds=45.0, more=0.2)


def ended_in_a_recording(calls: pd.DataFrame) -> pd.DataFrame:
    calls = waiting(calls, calls["account"] == "3")
    calls.loc[calls["account"] == "3", "outcome"] = "announcement"
    return calls


def one_caller(calls: pd.DataFrame) -> pd.DataFrame:
    theirs = then(calls, "3")
    calls.loc[theirs, "ani"] = "+12125550100"
    return waiting(calls, theirs)


def few_calls(calls: pd.DataFrame) -> pd.DataFrame:
    calls = calls[(calls["account"] != "3") | (calls["offered_at"].dt.hour.isin([10]) & (calls["offered_at"].dt.minute < 17))]
    calls = calls.reset_index(drop=True)
    return waiting(calls, then(calls, "3", span=(at(28), at(30))))


@pytest.mark.parametrize(
    "change", [lambda c: c, half, everybody, at_once, office_by_day, recording, ended_in_a_recording, one_caller, few_calls],
    ids=["quiet", "half", "everybody", "at-once", "office-by-day", "recording", "announcement", "one-caller", "few-calls"])
def test_what_looks_like_it_is_not_told_so(change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    assert not told(changed(change))


def test_extensions_of_a_switch_that_nobody_answers_stay_quiet() -> None:
    for which in (lambda c: then(c, "3", span=(at(20), at(35))), lambda c: c["account"] == "3"):
        assert not told(changed(lambda c, which=which: waiting(c, which(c)), listed=False, shared=False))
    assert told(changed(lambda c: waiting(c, then(c, "3")), listed=False))
