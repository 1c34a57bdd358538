"""Calls of one account that were plainly lost are told, whether a cause is found for them or not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from audit import quiet
from calltrace.diagnosis.audit import joining, weighing
from calltrace.diagnosis.audit.findings import UNEXPLAINED, Audit, Finding
from calltrace.diagnosis.audit.run import audit_case
from calltrace.tables.case import Case
from support import at

DAY = 28


@cache
def losing(every: int, *, accounts: tuple[str, ...] = ("2",), since: float = DAY, waited: float = 60.0) -> Case:
    """Every so-manieth call of some accounts given up after a wait in the queue, from a day on until its end."""
    records = quiet.service()
    calls = records.calls.copy()
    inside = calls["account"].isin(accounts) & (calls["offered_at"] >= at(since)) & (calls["offered_at"] < at(DAY + 1))
    hit = inside & (inside.cumsum() % every == 0)
    calls.loc[hit, "outcome"] = "abandoned"
    calls.loc[hit, "agent"] = pd.NA
    calls.loc[hit, ["talk_s", "queue_s"]] = [0.0, waited]
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def looked(records: Case) -> Audit:
    return audit_case(records, start=at(DAY), end=at(DAY + 1), charts=False)


def told(records: Case) -> list[Finding]:
    return [f for f in looked(records).findings if f.check == "losses"]


def test_half_of_one_account_s_calls_given_up_are_told_without_a_cause() -> None:
    audit = looked(losing(2))
    [one] = audit.findings
    assert (one.account, one.cause, one.party, one.check) == ("2", UNEXPLAINED, "service", "losses")
    assert 30 < one.harmed <= 51  # of the day's 103 calls, one in ten is given up anyway
    assert at(DAY) <= one.start < one.end <= at(DAY + 1)
    assert "left before an agent" in one.summary
    assert one.next_steps
    assert {s.account: str(s.status) for s in audit.standings if s.status != "absent"} == {
        "1": "clear", "2": "finding", "3": "clear", "4": "clear", "5": "clear"}


def test_what_is_as_ever_is_not_told() -> None:
    assert told(quiet.service()) == []
    assert told(losing(2, since=0)) == []


def test_calls_that_all_accounts_lose_are_no_trouble_of_one() -> None:
    assert told(losing(2, accounts=("1", "2", "3", "4", "5"))) == []


def test_callers_who_leave_at_once_waited_for_nobody() -> None:
    records = losing(2)
    calls = records.calls.copy()
    gone = calls["queue_s"] == 60.0
    assert gone.sum() > 40
    calls.loc[gone, ["ring_s", "queue_s"]] = [2.0, 1.0]
    assert told(replace(records, tables=records.tables | {"calls": calls}, cache={})) == []


def test_few_calls_are_none() -> None:
    assert told(losing(26)) == []


def test_lost_calls_of_which_the_cause_is_found_are_its() -> None:
    [one] = told(losing(2))
    other = replace(one, key="2/understaffed", cause="understaffed", check="hold")
    assert joining.settled([one]) == [one]
    assert joining.settled([one, other]) == [other]
    later = replace(other, start=one.end, end=one.end + pd.Timedelta(hours=1))
    assert joining.settled([one, later]) == [one, later]


def test_it_is_told_as_plainly_as_it_is_known() -> None:
    [one] = weighing.weighed(told(losing(2)), 6.0)
    assert f": {one.title}." in one.summary
    assert one.confidence < 0.6  # no cause is known: nobody is accused of one
