from __future__ import annotations

from dataclasses import replace

import pandas as pd

from calltrace.diagnosis.audit.parts import around, parts
from calltrace.tables.case import Case
from support import account, at, case, steady


def records(days: float) -> Case:
    return case(steady("1", every_min=240, days=days), accounts=[account("1")])


def test_a_short_window_in_long_records_is_one_part() -> None:
    assert parts(records(56), at(50), at(53)) == [(at(50), at(53))]


def test_all_of_the_records_are_cut_so_that_each_part_has_the_rest_to_be_held_against() -> None:
    cut = parts(records(56), at(0), at(56))
    assert cut[0][0] == at(0)
    assert cut[-1][1] == at(56)
    assert [a for a, _ in cut[1:]] == [b for _, b in cut[:-1]]
    assert all(b - a <= pd.Timedelta(days=15) for a, b in cut)
    assert all(a == a.normalize() for a, _ in cut)


def test_a_window_is_cut_into_no_part_more_for_a_few_days_too_many() -> None:
    year = records(300)
    assert len(parts(year, at(100), at(160))) == 2  # of 30 days each, where 28 are the most: no three of 20
    assert len(parts(year, at(100), at(162))) == 3


def test_a_part_is_judged_by_the_records_of_some_weeks_around_it_only() -> None:
    year = records(300)
    near = around(year, at(150), at(160))
    assert near.calls["offered_at"].min() >= at(150) - pd.Timedelta(weeks=13)
    assert near.calls["offered_at"].max() < at(160) + pd.Timedelta(weeks=13)
    assert near.table("accounts").equals(year.table("accounts"))
    assert around(records(28), at(20), at(21)).calls.shape == records(28).calls.shape


def test_what_a_store_gave_for_the_time_alone_is_not_worked_out_twice() -> None:
    whole = records(120)
    near = around(whole, at(60), at(61))
    near.codes("account")
    again = replace(near, slice_of=whole.extent)  # as a store gives it: some of the records, and how far they all reach
    assert around(again, at(60), at(61)) is again
    assert around(replace(again, slice_of=None), at(60), at(61)).calls.shape == near.calls.shape
