"""Rows that could not be read are laid to the day they lie in, however long the log."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from calltrace.desk.torn_rows import lost_for_good, of_day
from calltrace.errors import Location
from calltrace.tables.case import Case, Source
from calltrace.tables.problems import Problem
from support import at, case, steady

PER_DAY = 24


def log(torn: set[int]) -> tuple[Case, Source]:
    """Ten days of a call an hour, a line each from the second on, some of which could not be read."""
    whole = case(steady("1", every_min=60, days=10))
    calls = whole.calls[~whole.calls["source_line"].isin(torn)].reset_index(drop=True)
    one = Source("calls.csv", "generic", "calls", "", 10 * PER_DAY, left_out=len(torn), calls=len(calls))
    return replace(whole, tables={"calls": calls}, sources=(one,), cache={}), one


def lost(line: int, rows: int = 1) -> Problem:
    return Problem(Location("calls.csv", line), "torn", "a row", table="calls", rows=rows)


def lines(day: int, *hours: int) -> list[int]:
    return [2 + PER_DAY * day + hour for hour in hours]


@pytest.mark.parametrize(
    ("torn", "day"),
    [
        (lines(5, 3, 4, 5, 6, 20), 5),
        (lines(5, *range(24)), 5),  # all of a day, between its neighbours
        (lines(9, *range(20, 24)), 9),  # the end of the file
        (lines(0, *range(6)), 0),  # its beginning
    ],
    ids=["some", "all", "the-last", "the-first"],
)
def test_rows_that_could_not_be_read_are_of_the_day_of_those_around_them(torn: list[int], day: int) -> None:
    records, one = log(set(torn))
    told = {d: of_day(records, one, [lost(n) for n in torn], at(d), at(d + 1)) for d in range(10)}
    assert {d: t.torn for d, t in told.items() if t.torn} == {day: len(torn)}
    assert {t.rows for t in told.values()} == {PER_DAY}


def test_rows_that_are_only_counted_lie_where_lines_are_missing() -> None:
    early, late = lines(2, 3, 4), lines(8, *range(4, 16))
    records, one = log({*early, *late})
    told = [lost(early[0]), lost(early[1], rows=1 + len(late))]
    assert [round(of_day(records, one, told, at(d), at(d + 1)).torn) for d in (2, 5, 8)] == [2, 0, 12]


def test_a_switch_that_writes_several_rows_a_call_has_as_many_more_rows_a_day() -> None:
    records, one = log(set())
    assert of_day(records, replace(one, rows=3 * one.rows), [], at(4), at(5)) == (0, 3 * PER_DAY)


def test_the_newest_row_may_come_first() -> None:
    torn = lines(5, 3, 4, 5)
    records, one = log(set(torn))
    end = 10 * PER_DAY + 3
    turned = records.calls.assign(source_line=end - records.calls["source_line"])
    records = replace(records, tables={"calls": turned}, cache={})
    told = [lost(end - n) for n in torn]
    assert [of_day(records, one, told, at(d), at(d + 1)).torn for d in (4, 5, 6)] == [0, 3, 0]


def test_a_file_without_a_call_at_hand_tells_nothing_of_the_day() -> None:
    records, one = log(set())
    elsewhere = replace(one, path="other.csv")
    told = of_day(records, elsewhere, [lost(3)], at(1), at(2))
    assert told == (0, 0)
    nowhere = records.calls.assign(source_line=pd.array([pd.NA] * len(records.calls), dtype="Int64"))
    assert of_day(replace(records, tables={"calls": nowhere}, cache={}), one, [lost(3)], at(1), at(2)) == (0, 0)


def test_calls_without_an_end_are_lost_where_the_log_went_on_for_hours() -> None:
    hung, up = lines(9, 3, 4, 5), lines(9, 22, 23)
    records, one = log({*hung, *up})
    told = [replace(lost(n), kind="open-call") for n in (*hung, *up)]
    assert lost_for_good(records, one, [*told, lost(2)]) == [*told[:3], lost(2)]
