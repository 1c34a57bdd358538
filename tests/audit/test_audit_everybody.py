"""Calls that everybody lost as they came in are one trouble of all of them, whatever became of the calls."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from audit import quiet
from calltrace.diagnosis.audit.findings import UNEXPLAINED, Audit, Finding
from calltrace.diagnosis.audit.run import audit_case
from calltrace.tables.case import Case
from support import at, table

DAY = 28
FROM, TO = at(DAY, 9), at(DAY, 15)
EVERYBODY = ("2", "3", "4", "5")  # account 1 has calls at night alone


@cache
def usual() -> Case:
    """The service on which nothing is wrong, each of its calls of another caller."""
    records = quiet.service()
    calls = records.calls.copy()
    calls["ani"] = [f"+1212556{n:04d}" for n in range(len(calls))]
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


@cache
def losing(outcome: str, accounts: tuple[str, ...] = EVERYBODY, *, since: float = DAY, wait: float = 2.0, every: int = 1) -> Case:
    """Every so-manieth call of some accounts lost from 9 to 15 h of a day, and of all days before it that begin ``since``."""
    records = usual()
    calls = records.calls.copy()
    hours = calls["offered_at"].dt.hour.between(9, 14) & calls["offered_at"].between(at(since), at(DAY + 1))
    hit = hours & calls["account"].isin(accounts)
    hit &= hit.cumsum() % every == 0
    calls.loc[hit, "outcome"] = outcome
    calls.loc[hit, "agent"] = pd.NA
    calls.loc[hit, ["talk_s", "ring_s", "queue_s"]] = [0.0, wait, 0.0]
    return replace(records, tables=records.tables | {"calls": calls}, cache={})


def looked(records: Case, *checks: str) -> Audit:
    return audit_case(records, start=at(DAY), end=at(DAY + 1), charts=False, checks=checks or None)


def everybodys(records: Case) -> list[Finding]:
    """What the screen alone tells."""
    return list(looked(records, "everybody").findings)


@pytest.mark.parametrize(("outcome", "cause"), [
    ("failed", "platform-outage"), ("announcement", "announcement-dead-end"), ("voicemail", "announcement-dead-end"),
    ("busy", UNEXPLAINED), ("abandoned", UNEXPLAINED)])
def test_calls_that_everybody_loses_are_one_incident(outcome: str, cause: str) -> None:
    audit = looked(losing(outcome))
    [one] = audit.findings
    assert (one.account, one.trunk_group, one.cause, one.party, one.check) == (None, None, cause, "service", "everybody")
    assert {h.account for h in one.also_affected} == set(EVERYBODY)
    assert one.start <= FROM < TO <= one.end
    assert one.end - one.start < pd.Timedelta(hours=7)
    assert 70 < one.harmed <= 82  # one caller in ten leaves at once anyway
    assert one.severity == "high"
    assert one.summary.startswith("The whole platform: ")
    assert "the account's" not in one.summary
    assert one.next_steps
    assert {s.account for s in audit.standings if s.status == "incident"} == set(EVERYBODY)


def test_a_trunk_group_s_are_told_of_it_and_name_no_carrier() -> None:
    [one] = looked(losing("failed", ("2", "5"))).findings
    assert (one.account, one.trunk_group, one.cause, one.check) == (None, "A", UNEXPLAINED, "everybody")
    assert one.summary.startswith("Trunk group A: calls were cut by the switch as they came in, and no known cause explains it. ")
    assert {h.account for h in one.also_affected} == {"2", "5"}


def test_switch_counts_that_have_them_answered_leave_it_open() -> None:
    counts = [{"interval_start": at(d, h), "scope": "platform", "offered": 14, "answered": 13}
              for d in range(35) for h in range(24)]
    records = losing("failed")
    [one] = looked(replace(records, tables=records.tables | {"kpi": table("kpi", counts)}, cache={})).findings
    assert one.cause == UNEXPLAINED
    assert "the switch's own counts have" in one.summary
    assert one.next_steps[0].startswith("Compare the call records")


@pytest.mark.parametrize(("accounts", "every"), [(("2",), 1), (("3",), 1), (EVERYBODY, 4), ((), 1)])
def test_one_account_s_or_a_few_are_not_everybody_s(accounts: tuple[str, ...], every: int) -> None:
    assert everybodys(losing("failed", accounts, every=every)) == []


def test_what_happens_every_day_is_how_the_service_works() -> None:
    assert everybodys(losing("voicemail", since=0)) == []


def test_callers_who_waited_in_vain_are_the_waits_concern() -> None:
    assert everybodys(losing("abandoned", wait=90.0)) == []


def test_a_holiday_of_the_whole_service_brings_everybody_to_the_announcement() -> None:
    events = [{"starts_at": at(DAY), "ends_at": at(DAY + 1), "kind": "holiday", "scope": "platform"}]
    records = losing("announcement")
    assert everybodys(records)
    assert everybodys(replace(records, tables=records.tables | {"events": table("events", events)}, cache={})) == []


def test_a_robot_that_rings_every_client_and_hangs_up_is_no_trouble_of_the_service() -> None:
    records = usual()
    calls = records.calls.copy()
    extra = calls[calls["offered_at"].between(FROM, at(DAY, 12)) & calls["account"].isin(EVERYBODY)].copy()
    extra = pd.concat([extra.assign(call_id=extra["call_id"] + f"-{n}") for n in range(4)])
    extra = extra.assign(outcome="abandoned", ani="+12125550999", ring_s=2.0, talk_s=0.0, agent=pd.NA)
    both = pd.concat([calls, extra.astype(calls.dtypes)]).sort_values("offered_at", kind="stable", ignore_index=True)
    assert everybodys(replace(records, tables=records.tables | {"calls": both}, cache={})) == []
