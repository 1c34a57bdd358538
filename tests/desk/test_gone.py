"""Days of calls and tables beside them that were on record the morning before and are no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from calltrace.desk.acks import Memory
from calltrace.desk.daily import daily_case
from calltrace.report.daily import DailyReport, daily_report_of
from calltrace.tables.case import Case
from support import account, at, case, steady


def records(*, silent: Iterable[float] = (), tests: bool = True, until: float = 27.25) -> Case:
    """Three accounts around the clock, the first silent on some days, and test calls, which fail while it is."""
    quiet = [(at(d), at(d + 1)) for d in silent]
    rows = []
    for who in "123":
        rows += steady(who, every_min=60, days=until, offset_min=int(who), silent=quiet if who == "1" else [])
    for place, row in enumerate(rows):
        if place % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    tested = [
        {"tested_at": at(day, hour), "number": f"+1212555000{who}", "trunk_group": "A",
         "result": "failed" if who == "1" and day in silent else "ok"}
        for day in range(int(until)) for hour in (1, 7, 13, 19) for who in "123"]
    return case(rows, accounts=[account(a) for a in "123"], line_tests=tested if tests else [])


def morning(one: Case, day: int, memory: Memory) -> DailyReport:
    """The morning after a day, which is then remembered."""
    told = daily_case(one, memory, day=f"{at(day):%Y-%m-%d}", now=at(day + 1, 6))
    memory.keep(told.morning)
    return daily_report_of(told)


def without(one: Case, first: float, last: float) -> Case:
    """The records without the calls of some days."""
    offered = one.calls["offered_at"]
    kept = one.calls[(offered < at(first)) | (offered >= at(last))].reset_index(drop=True)
    return replace(one, tables=one.tables | {"calls": kept}, cache={})


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "mornings.sqlite")


def test_test_calls_that_are_on_record_no_more_are_missed_and_no_other_is_blamed_without_a_word(memory: Memory) -> None:
    first = morning(records(silent=[25, 26]), 25, memory)
    assert (first.dark, [f.cause for f in first.findings]) == ((), ["number-down"])
    second = morning(records(silent=[25, 26], tests=False), 26, memory)
    (why,) = second.dark
    assert why.startswith("The test calls to the numbers that were on record the mornings before are no more (the last of ")
    (finding,) = second.findings
    assert finding.summary.startswith("Over, went on since Thu 25 Jun, 2nd morning: ")  # its cause is the same


def test_a_cause_read_otherwise_with_a_table_missing_is_told_beside_the_one_before(memory: Memory) -> None:
    morning(records(silent=[25, 26]), 25, memory)
    told = daily_case(records(silent=[25, 26], tests=False), memory, day=f"{at(26):%Y-%m-%d}", now=at(27, 6))
    (found,) = told.audit.findings
    otherwise = replace(found, cause="lines-not-forwarded", title="the client did not forward its lines")
    (finding,) = daily_report_of(replace(told, audit=replace(told.audit, findings=(otherwise,)))).findings
    assert finding.summary.startswith(
        "Over, went on since Thu 25 Jun, 2nd morning (told before, with records that are missing now: the carrier's route to one"
        " number was down): ")


def test_a_table_that_only_stopped_or_came_back_is_not_gone(memory: Memory) -> None:
    whole = records()
    assert morning(whole, 25, memory).dark == ()
    stopped = whole.table("line_tests")
    stopped = stopped[stopped["tested_at"] < at(26, 5)].reset_index(drop=True)
    assert morning(replace(whole, tables=whole.tables | {"line_tests": stopped}, cache={}), 26, memory).dark == ()


def test_a_month_whose_calls_are_on_record_no_more_is_named(memory: Memory) -> None:
    assert morning(records(), 25, memory).dark == ()
    (why,) = morning(without(records(), 8, 18), 26, memory).dark
    assert why.startswith(
        "Calls of Tue 9 Jun to Thu 18 Jun that were on record the mornings before are no more (720 then, 0 now): ")


def test_records_of_another_service_are_not_held_against_these(memory: Memory) -> None:
    assert morning(records(), 25, memory).dark == ()
    rows = [r for who in "6789" for r in steady(who, every_min=240, days=27.25, offset_min=int(who))]
    assert not [why for why in morning(case(rows), 26, memory).dark if "no more" in why]


def test_records_that_begin_later_than_they_did_are_not_missed(memory: Memory) -> None:
    assert morning(records(), 25, memory).dark == ()
    assert morning(without(records(), 0, 12.5), 26, memory).dark == ()
