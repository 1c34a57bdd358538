"""Calls that came on record after the morning of their day: it is named, and what was told without them is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from calltrace.desk.acks import Memory
from calltrace.desk.daily import Daily, daily_case
from calltrace.desk.late_rows import Late
from calltrace.report.daily import DailyReport, daily_report_of
from calltrace.tables.case import Case
from support import account, at, case, steady

UNTIL = 27.25  # days: two mornings are made, of the days 25 and 26


def records(*, group_b: bool = True, until: float = UNTIL) -> Case:
    """Four accounts of one trunk group and two of another, whose calls of day 25 are on record or not, up to some time."""
    rows = []
    for who in "123456":
        gone = [(at(25), at(26))] if who in "56" and not group_b else []
        rows += steady(who, every_min=60, days=until, offset_min=int(who), silent=gone, trunk_group="B" if who in "56" else "A")
    for place, row in enumerate(rows):
        if place % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    return case(rows, accounts=[account(a, trunk_group="B" if a in "56" else "A") for a in "123456"])


def morning(one: Case, day: int, memory: Memory) -> tuple[Daily, DailyReport]:
    """The morning after a day, which is then remembered."""
    told = daily_case(one, memory, day=f"{at(day):%Y-%m-%d}", now=at(day + 1, 6))
    memory.keep(told.morning)
    return told, daily_report_of(told)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "mornings.sqlite")


def test_an_outage_told_for_want_of_calls_that_came_later_is_taken_back(memory: Memory) -> None:
    _, first = morning(records(group_b=False), 25, memory)
    assert [t.trunk_group for t in first.findings] == ["B"]
    told, second = morning(records(), 26, memory)
    assert told.morning.late == (Late(at(25).date(), 96, 144, (("trunk group B", 0, 48),)),)
    assert (second.findings, second.ended) == ((), ())
    (undone,) = second.undone
    assert (undone.who, undone.cost) == ("trunk group B", "")
    assert any(
        n.startswith("Taken back: trunk group B: ") and n.endswith(
            ": 48 calls of those days came on record after it was told, and calltrace daily --day 2026-06-26 judges anew")
        for n in second.notes)
    assert memory.troubles() == []
    _, third = morning(records(), 27, memory)
    assert (third.undone, third.late) == ((), ())  # said once
    assert morning(records(), 26, memory)[1].undone == second.undone  # made again, it is the same morning


def test_an_outage_whose_calls_never_came_is_not_taken_back(memory: Memory) -> None:
    morning(records(group_b=False), 25, memory)
    _, second = morning(records(group_b=False), 26, memory)
    assert (second.undone, second.late) == ((), ())


def test_a_day_judged_by_half_is_named_when_the_rest_of_it_has_come(memory: Memory) -> None:
    told, first = morning(records(until=25 + 10 / 24), 25, memory)
    assert first.dark
    assert told.morning.counted[at(25).date(), "the platform"] == 60
    _, second = morning(records(), 26, memory)
    assert (second.dark, second.late) == ((), (Late(at(25).date(), 60, 144),))
    assert (
        "Calls of Fri 26 Jun (60 then, 144 now) came on record after its morning: calltrace daily --day 2026-06-26 judges it"
        " anew") in second.notes
    assert second.to_dict()["late"] == [{"day": "2026-06-26", "then": 60, "now": 144}]


def test_calls_that_moved_to_another_group_are_none_that_came(memory: Memory) -> None:
    morning(records(), 25, memory)
    whole = records()
    moved = whole.calls.assign(trunk_group="B")
    told, _ = morning(Case(whole.tables | {"calls": moved}, zone="UTC"), 26, memory)
    assert (told.morning.late, told.morning.undone) == ((), ())


def test_a_day_judged_before_it_was_over_is_no_day_whose_calls_came_late(memory: Memory) -> None:
    told = daily_case(records(), memory, day="today", now=at(25, 18))
    memory.keep(told.morning)
    assert morning(records(), 26, memory)[0].morning.late == ()
