"""Calls that were on record the morning before and are no more: a switch's log was taken away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calltrace.desk.acks import Memory
from calltrace.desk.daily import daily_case
from calltrace.tables.case import Case
from support import account, at, case, steady


def records(*, without: str = "", until: float = 30, table: str = "12345") -> Case:
    """Five accounts around the clock, of which some are in no record and some not in the accounts table."""
    rows = []
    for who in "12345":
        rows += steady(who, every_min=30, days=30, offset_min=int(who))
    for place, row in enumerate(rows):
        if place % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    kept = [r for r in rows if r["account"] not in without and r["offered_at"] < at(until)]  # type: ignore[operator]
    return case(kept, accounts=[account(a) for a in table])


def dark(one: Case, day: int, memory: Memory) -> tuple[str, ...]:
    """What can't be said on the morning of a day, which is then remembered."""
    told = daily_case(one, memory, day=f"{at(day):%Y-%m-%d}", now=at(day + 1, 6))
    memory.keep(told.morning)
    return told.dark


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "mornings.sqlite")


def test_accounts_whose_calls_are_on_record_no_more_leave_the_morning_in_the_dark(memory: Memory) -> None:
    assert dark(records(), 25, memory) == ()
    (why,) = dark(records(without="45"), 26, memory)
    assert why.startswith("Calls of 2 accounts that were on record the mornings before are no more: Client 4 (4), Client 5 (5).")
    assert dark(records(without="45"), 27, memory) == (why,)  # as long as they are missing
    assert dark(records(), 28, memory) == ()


def test_a_morning_made_again_knows_the_mornings_before_it_alone(memory: Memory) -> None:
    assert dark(records(without="45"), 25, memory) == ()
    assert dark(records(), 26, memory) == ()
    assert dark(records(without="45"), 25, memory) == ()


def test_a_client_that_left_the_accounts_or_the_time_on_record_is_not_missed(memory: Memory) -> None:
    assert dark(records(), 25, memory) == ()
    assert dark(records(without="45", table="123"), 26, memory) == ()
    whole = records(without="45")
    late = whole.calls[whole.calls["offered_at"] >= at(26, 7)].reset_index(drop=True)  # the first morning was at six
    assert not any("no more" in why for why in dark(replace(whole, tables=whole.tables | {"calls": late}, cache={}), 27, memory))
