"""Counting, merging, and the civil clock over both clock changes."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calltrace.normal.intervals import BIN, HOUR, Grid, count, instants, merge, microseconds, to_us


def calls(*rows):
    return pd.DataFrame({
        "account": pd.array([account for account, _ in rows], dtype="string"),
        "offered_at": pd.to_datetime([at for _, at in rows], utc=True).as_unit("us"),
    })


def test_counts_by_account_and_quarter_hour():
    seen = count(calls(
        ("A", "2026-03-02T09:00:00Z"), ("A", "2026-03-02T09:14:59Z"),
        ("A", "2026-03-02T09:15:00Z"), ("B", "2026-03-02T09:05:00Z"),
        (pd.NA, "2026-03-02T09:05:00Z"), ("B", None)), "account")
    assert seen["series"].tolist() == ["A", "A", "B"]
    assert seen["interval_start"].tolist() == [
        pd.Timestamp("2026-03-02T09:00Z"), pd.Timestamp("2026-03-02T09:15Z"),
        pd.Timestamp("2026-03-02T09:00Z")]
    assert seen["offered"].tolist() == [2, 1, 1]


def test_the_platform_counts_calls_of_no_account():
    seen = count(calls(("A", "2026-03-02T09:00Z"), (pd.NA, "2026-03-02T09:59Z")), minutes=60)
    assert seen["offered"].tolist() == [2]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 86_400)), max_size=30), st.integers(0, 30))
def test_a_file_split_in_two_adds_up(rows, at):
    day = pd.Timestamp("2026-03-02", tz="UTC")
    stamps = [(a, (day + pd.Timedelta(seconds=s)).isoformat()) for a, s in rows]
    whole = count(calls(*stamps), "account")
    parts = merge([count(calls(*stamps[:at]), "account"), count(calls(*stamps[at:]), "account")])
    pd.testing.assert_frame_equal(whole, parts)
    assert whole["offered"].sum() == len(rows)


def exposure(zone, start, end):
    """Hours of exposure of each local hour of the week over [start, end)."""
    grid = Grid.over(to_us(pd.Timestamp(start, tz=zone)), to_us(pd.Timestamp(end, tz=zone)))
    return np.bincount(grid.hours(zone), minlength=168) / 4


def test_an_ordinary_week_has_every_hour_once():
    assert (exposure("America/New_York", "2026-06-01", "2026-06-08") == 1).all()


def test_spring_has_no_hour_between_two_and_three():
    seen = exposure("America/New_York", "2026-03-02", "2026-03-09")
    assert seen[6 * 24 + 2] == 0
    assert seen.sum() == 167


def test_autumn_has_the_hour_between_one_and_two_twice():
    seen = exposure("America/New_York", "2026-10-26", "2026-11-02")
    assert seen[6 * 24 + 1] == 2
    assert seen.sum() == 169


def test_half_hour_zones_keep_their_own_hours():
    grid = Grid.over(to_us(pd.Timestamp("2026-06-01T00:00", tz="Asia/Kolkata")),
                     to_us(pd.Timestamp("2026-06-02T00:00", tz="Asia/Kolkata")))
    at = grid.bins(np.array([to_us(pd.Timestamp("2026-06-01T00:00", tz="Asia/Kolkata"))]))[0]
    assert grid.hours("Asia/Kolkata")[at] == 0
    assert grid.halves("Asia/Kolkata")[at: at + 4].tolist() == [0, 0, 1, 1]
    assert grid.days("Asia/Kolkata")[at] == grid.days("Asia/Kolkata")[at - 1] + 1


def test_spans_cover_the_intervals_they_touch():
    grid = Grid.over(0, 2 * HOUR)
    assert np.flatnonzero(grid.covers([(BIN - 1, 2 * BIN)])).tolist() == [0, 1]
    assert grid.covers([(-BIN, 0), (2 * HOUR, 3 * HOUR)]).sum() == 0


def test_instants_come_back_as_they_went():
    stamps = pd.DatetimeIndex(pd.to_datetime(["2026-03-08T06:59:59.999999Z", "1969-12-31T23:59:00.000001Z"]))
    assert (instants(microseconds(stamps)) == stamps).all()


@given(st.lists(st.floats(0, 1e6), min_size=5, max_size=5), st.lists(st.integers(0, 4 * BIN), max_size=10))
def test_between_edges_values_are_in_proportion(known, after):
    """At an edge, at the last one as well, it is the value itself."""
    grid, values = Grid(7, 4), np.array(known)
    at = grid.start + np.array(after, dtype=np.int64)

    assert np.allclose(grid.between(values, at), np.interp(at, grid.edges, values), rtol=1e-12, atol=1e-9)
    assert grid.between(values, grid.edges).tolist() == known
