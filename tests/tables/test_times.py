"""Times: what is parsed, how clock changes are decided, where days and intervals end."""

# ruff: noqa: DTZ001 -- wall clocks, which is what these tests are about

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import UsageError
from calltrace.tables import times
from support import ZONES

NY = "America/New_York"


def texts(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype="string")


def utc(text: str) -> pd.Timestamp:
    return pd.Timestamp(text).tz_convert("UTC")


# --- parsing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-08T09:15:02-04:00", "2026-10-08 13:15:02"),
        ("2026-10-08 09:15:02-0400", "2026-10-08 13:15:02"),
        ("2026-10-08 09:15:02-04", "2026-10-08 13:15:02"),
        ("2026-10-08T09:15Z", "2026-10-08 09:15:00"),
        ("2026-10-08t09:15z", "2026-10-08 09:15:00"),
        ("2026-10-08T09:15:02.123456789Z", "2026-10-08 09:15:02.123456"),
        ("2026-10-08T09:15:02,5+05:30", "2026-10-08 03:45:02.500000"),
        ("2026-10-08T24:00:00Z", "2026-10-09 00:00:00"),
        ("2024-02-29T00:00:00Z", "2024-02-29 00:00:00"),
        (" 2026-10-08 09:15 ", "2026-10-08 09:15:00"),
    ],
)
def test_one_instant_many_ways(text: str, expected: str) -> None:
    seen = times.parse(texts(text))
    assert seen.instants[0] == pd.Timestamp(expected)
    assert not seen.bad[0]


@pytest.mark.parametrize(
    "text",
    [
        "31/09/2026 08:15",
        "2026-10-08",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00Z",
        "2026-10-08T25:00Z",
        "2026-10-08T09:60Z",
        "2026-10-08T09:15:60Z",
        "2026-10-08T09:15:00+99:00",
        "0001-01-01T00:00Z",
        "2926-10-08T00:00Z",
        "offered_at",
        "1791450900",
        "2026-10-08T24:01Z",
        "٢٠٢٦-10-08T09:15Z",
    ],
)
def test_what_is_no_instant_is_bad_and_never_guessed(text: str) -> None:
    for column in (texts(text), texts(text, "2026-10-08T09:15Z"), texts(text, "2026-10-08T09:15")):
        seen = times.parse(column)
        assert seen.bad[0]
        assert pd.isna(seen.instants[0])


def test_offsets_and_none_in_one_column() -> None:
    seen = times.parse(
        texts("2026-10-08T09:15-04:00", "2026-10-08T09:15+02:00", "2026-10-08T09:15", None, "?")
    )
    assert [str(v)[11:16] for v in seen.instants[:3]] == ["13:15", "07:15", "09:15"]
    assert seen.naive.tolist() == [False, False, True, False, False]
    assert seen.bad.tolist() == [False, False, False, False, True]
    assert seen.offset_min[:2].tolist() == [-240, 120]
    assert np.isnan(seen.offset_min[2:]).all()


@pytest.mark.parametrize("text", ["not-a-time", "+", "soon-", "2026-10-08T09:15-ab:cd", "Zz", "+z:"])
def test_what_is_no_instant_may_end_in_anything(text: str) -> None:
    seen = times.parse(texts("2026-10-08T09:15-04:00", text))
    assert seen.bad.tolist() == [False, True]
    assert seen.offset_min[0] == -240
    assert np.isnan(seen.offset_min[1])


def test_a_column_without_a_time_parses_to_none() -> None:
    assert len(times.parse(texts()).instants) == 0
    assert times.parse(texts(None, None)).instants.isna().all()


@given(
    st.lists(st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=5),
    st.sampled_from(ZONES),
    st.sampled_from(["T", " "]),
)
def test_what_is_written_with_an_offset_is_read_back(at: list[datetime], zone: str, between: str) -> None:
    aware = [a.replace(tzinfo=ZoneInfo(zone), fold=0) for a in at]
    # no ISO text has an offset with seconds, as zones had before 1900
    written = texts(*[a.isoformat(between) for a in aware])
    read = times.parse(written).instants.dt.tz_localize("UTC")
    assert list(read) == [pd.Timestamp(a).tz_convert("UTC") for a in aware]


@given(st.datetimes(datetime(1975, 1, 1), datetime(2035, 1, 1)), st.sampled_from(ZONES))
def test_the_fast_and_the_thorough_way_agree(at: datetime, zone: str) -> None:
    text = at.replace(tzinfo=ZoneInfo(zone)).isoformat()
    alone, mixed = times.parse(texts(text)), times.parse(texts(text, "2026-10-08 09:15", None))
    assert alone.instants[0] == mixed.instants[0]
    assert alone.offset_min[0] == mixed.offset_min[0]


# --- wall clock to UTC


@given(st.datetimes(datetime(1975, 1, 1), datetime(2035, 1, 1)), st.sampled_from(ZONES))
def test_local_time_there_and_back(at: datetime, zone: str) -> None:
    instant = pd.Timestamp(at).floor("s").tz_localize("UTC").as_unit("us")
    wall = pd.Series([instant]).dt.tz_convert(zone).dt.tz_localize(None)
    found = times.localise(wall, zone)
    assert not found.nonexistent[0]
    back = found.instants[0].tz_convert(zone).tz_localize(None)
    assert back == wall[0]
    if not found.ambiguous[0]:
        assert found.instants[0] == instant


@given(st.sampled_from(ZONES), st.integers(1975, 2034), st.integers(1, 8760 * 4))
def test_instants_in_order_of_time_are_told_through_the_autumn(zone: str, year: int, start: int) -> None:
    first = pd.Timestamp(f"{year}-01-01", tz="UTC") + pd.Timedelta(minutes=15 * start)
    instants = pd.Series(pd.date_range(first, periods=200, freq="7min", unit="us"))
    wall = instants.dt.tz_convert(zone).dt.tz_localize(None)
    found = times.localise(wall, zone)
    decided = ~found.ambiguous
    assert list(found.instants[decided]) == list(instants[decided])


def test_a_skipped_time_is_read_as_a_clock_not_yet_put_forward() -> None:
    found = times.localise(
        pd.Series(pd.to_datetime(["2026-03-08 01:59", "2026-03-08 02:30", "2026-03-08 03:00"])), NY
    )
    assert found.nonexistent.tolist() == [False, True, False]
    assert [f"{t:%H:%MZ}" for t in found.instants] == ["06:59Z", "07:30Z", "07:00Z"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_tells_the_two_passes_apart(order: int) -> None:
    walls = [
        "2026-11-01 00:55",
        "2026-11-01 01:10",
        "2026-11-01 01:50",
        "2026-11-01 01:05",
        "2026-11-01 01:55",
        "2026-11-01 02:01",
    ][::order]
    found = times.localise(pd.Series(pd.to_datetime(walls)), NY)
    assert not found.ambiguous.any()
    assert [f"{t:%H:%MZ}" for t in found.instants][::order] == [
        "04:55Z",
        "05:10Z",
        "05:50Z",
        "06:05Z",
        "06:55Z",
        "07:01Z",
    ]


def test_a_repeated_time_that_nothing_tells_is_the_first_and_marked() -> None:
    found = times.localise(pd.Series(pd.to_datetime(["2026-11-01 00:55", "2026-11-01 01:30", None])), NY)
    assert found.ambiguous.tolist() == [False, True, False]
    assert f"{found.instants[1]:%H:%MZ}" == "05:30Z"
    assert pd.isna(found.instants[2])


@pytest.mark.parametrize("step_min", [15, 30, 60])
@pytest.mark.parametrize("by", ["scope", "time", "newest first", "wall"])
def test_intervals_that_came_twice_are_told_apart_whatever_their_order(step_min: int, by: str) -> None:
    """Two scopes have a row for every step of the night on which the clock goes back."""
    steps = pd.date_range("2026-11-01T03:00Z", "2026-11-01T09:00Z", freq=f"{step_min}min", unit="us")
    rows = [(scope, at, at.tz_convert(NY).tz_localize(None)) for scope in (0, 1) for at in steps]
    keys = {"scope": lambda r: r[0], "time": lambda r: r[1], "newest first": lambda r: -r[1].value, "wall": lambda r: r[2]}
    rows.sort(key=keys[by])
    found = times.localise(pd.Series([r[2] for r in rows]), NY, np.array([r[0] for r in rows]))
    assert not found.ambiguous.any()
    assert list(found.instants) == [r[1] for r in rows]


def test_intervals_of_a_file_in_which_rows_are_there_twice_tell_no_pass() -> None:
    walls = pd.Series(pd.to_datetime([f"2026-11-01 {h}" for h in ("00:30", "00:30", "01:00", "01:00", "01:30", "01:30")]))
    assert times.localise(walls, NY, np.zeros(6, dtype=np.int64)).ambiguous.tolist() == [False, False, True, True, True, True]
    once = walls[::2].reset_index(drop=True)
    assert times.localise(once, NY, np.zeros(3, dtype=np.int64)).ambiguous.tolist() == [False, True, True]


def test_unknown_zones_are_a_usage_error() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "America/New_York\0", "EST5EDTX"):
        with pytest.raises(UsageError, match="IANA"):
            times.zone_named(name)


def test_the_machines_zone_is_its_tz_and_utc_where_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert times.machine_zone() == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "nonsense")
    assert times.machine_zone() == "UTC"


def test_the_zone_that_showed_these_offsets() -> None:
    at = np.array(["2026-07-01T12:00", "2026-12-01T12:00"], dtype="datetime64[us]")
    among = ("America/New_York", "America/Chicago", "America/Phoenix")
    assert times.zone_of_offsets(at, np.array([-300.0, -360.0]), among) == "America/Chicago"
    assert times.zone_of_offsets(at, np.array([-420.0, -420.0]), among) == "America/Phoenix"
    assert times.zone_of_offsets(at, np.array([60.0, 60.0]), among) == ""
    assert times.zone_of_offsets(at, np.array([np.nan, np.nan]), among) == ""


# --- days and intervals


def test_days_have_23_and_25_hours() -> None:
    for day, hours in (("2026-03-08", 23), ("2026-11-01", 25), ("2026-06-01", 24)):
        noon = pd.Timestamp(f"{day}T17:00Z")
        a, b = times.day_edges(noon, noon + pd.Timedelta(minutes=1), NY)
        assert (b - a) == pd.Timedelta(hours=hours)
