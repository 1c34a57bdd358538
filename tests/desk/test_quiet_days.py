"""The mornings of a service that nobody calls at weekends: quiet, as long as the records can't have broken off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from calltrace.desk.acks import Memory
from calltrace.desk.daily import Daily, daily_case
from calltrace.desk.quiet_days import is_quiet
from calltrace.errors import InputError
from calltrace.tables.case import Case
from support import account, at, case, steady, table

SATURDAY, SUNDAY, MONDAY = 40, 41, 42
WEEKENDS = [(at(7 * week + 5), at(7 * week + 7)) for week in range(7)]


def offices(*extra: float, until: float = SATURDAY) -> Case:
    """Three offices' calls, weekdays from 9 to 17; one more at each of these days, and none after a time."""
    rows = []
    for place, who in enumerate(("1", "2", "3")):
        rows += steady(who, every_min=12, days=49, hours=(9, 17), offset_min=3 * place, silent=WEEKENDS)
    rows += [dict(rows[0], call_id=f"x-{day}", offered_at=at(day, 12)) for day in extra]
    for place, row in enumerate(rows):
        if place % 10 == 0:
            row |= {"outcome": "abandoned", "agent": None, "ring_s": 8.0, "talk_s": 0.0}
    return case([r for r in rows if r["offered_at"] < at(until)], accounts=[account(a) for a in "123"])  # type: ignore[operator]


def morning(records: Case, day: int, folder: Path, *, later: float = 1) -> Daily:
    """Return what is said of a day, at six of the day after."""
    memory = Memory(folder / "mornings.sqlite")
    return daily_case(records, memory, day=f"{at(day):%Y-%m-%d}", now=at(day + later, 6))


@pytest.mark.parametrize("day", [SATURDAY, SUNDAY])
def test_a_weekend_that_nobody_ever_calls_on_is_quiet(day: int, tmp_path: Path) -> None:
    told = morning(offices(), day, tmp_path)
    assert (told.dark, told.told, told.audit.feed) == ((), 0, ())
    assert {s.status for s in told.audit.standings} == {"unjudged"}
    assert {s.why for s in told.audit.standings} == {"hardly a call is usual of anybody on such a day"}


def test_it_is_as_quiet_when_calls_have_come_since(tmp_path: Path) -> None:
    assert morning(offices(until=49), SATURDAY, tmp_path, later=3).dark == ()


@pytest.mark.parametrize(
    ("records", "day"),
    [
        (offices(), MONDAY),
        (offices(until=SATURDAY - 1 + 14 / 24), SATURDAY),  # three hours' calls of Friday are missing
        (offices(5, 12, 19, 26, 33), SATURDAY),  # somebody calls every Saturday
    ],
    ids=["monday", "broke-off-on-friday", "saturdays-have-a-call"],
)
def test_records_that_may_have_broken_off_are_not_quiet(records: Case, day: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the last call on record is of "):
        morning(records, day, tmp_path)


def test_a_day_on_which_a_call_is_usual_is_not_quiet_though_calls_go_on() -> None:
    day = at(SATURDAY), at(SUNDAY)
    assert is_quiet(offices(until=49), *day)
    assert is_quiet(offices(12, 33, until=49), *day)
    assert not is_quiet(offices(5, 12, 19, 26, 33, until=49), *day)


def test_two_weeks_do_not_tell_what_a_saturday_is(tmp_path: Path) -> None:
    records = offices()
    young = records.calls[records.calls["offered_at"] >= at(21)].reset_index(drop=True)
    records = replace(records, tables=records.tables | {"calls": young}, cache={})
    with pytest.raises(InputError, match="before 2026-07-11 began"):
        morning(records, SATURDAY, tmp_path)


def test_what_the_switch_counted_that_day_is_missing(tmp_path: Path) -> None:
    counted = {"interval_start": at(SATURDAY, 12), "scope": "platform", "offered": 4}
    records = offices()
    records = replace(records, tables=records.tables | {"kpi": table("kpi", [counted])}, cache={})
    with pytest.raises(InputError, match="before 2026-07-11 began"):
        morning(records, SATURDAY, tmp_path)
