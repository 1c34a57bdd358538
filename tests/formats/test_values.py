"""Times, durations and numbers as exports write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.intake.formats import _values

WHEN = datetime(2026, 4, 16, 13, 5, 57, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0))  # noqa: DTZ001


def read(*texts: str | None, region: str = "US", dates: bool = False) -> _values.Times:
    return _values.times_of(pa.array(list(texts), pa.string()), region, dates=dates)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-16T13:05:57Z",
        "2026-04-16 08:05:57-05:00",
        "Thu, 16 Apr 2026 13:05:57 +0000",
        "16 Apr 2026 13:05:57 GMT",
        "1776344757",
        "1776344757000",
        "1776344757000000",
        "04/16/2026 09:05:57 AM EDT",
        "4/16/26 9:05:57 a.m. EDT",
        "4/16/26 9:05:57\u00a0a.\u00a0m. EDT",
        "Apr 16, 2026 1:05:57 PM UTC",
        "April 16, 2026, 1:05:57 PM UTC",
        "2026/04/16 13:05:57 UTC",
        "16.04.2026 15:05:57 +0200",
    ],
)
def test_every_way_to_write_one_instant(text: str) -> None:
    found = read(text)
    assert found.values[0] == np.datetime64("2026-04-16T13:05:57")
    assert not found.naive[0]
    assert not found.bad[0]


@pytest.mark.parametrize(
    "text",
    ["31/09/2026 08:15", "2026-02-30 08:15", "13:70 4/16/2026", "4/16/2026 25:00", "soon", "99999", "16/16/2026 08:15"],
)
def test_what_is_no_time_is_bad(text: str) -> None:
    found = read(text)
    assert found.bad.tolist() == [True]
    assert np.isnat(found.values).all()


def test_a_date_alone_is_a_time_only_where_that_is_asked() -> None:
    assert read("4/16/2026").bad.tolist() == [True]
    assert read("4/16/2026", dates=True).values[0] == np.datetime64("2026-04-16")


@pytest.mark.parametrize(
    ("texts", "months"),
    [
        (("1/2/2026 08:00", "13/2/2026 08:00"), [2, 2]),
        (("1/2/2026 08:00", "1/13/2026 08:00"), [1, 1]),
        (("1/9/2026 08:00", "2/9/2026 08:00", "3/9/2026 08:00"), [9, 9, 9]),
        (("9/1/2026 08:00", "9/2/2026 08:00", "9/3/2026 08:00"), [9, 9, 9]),
        (("30/9/2026 08:00", "1/10/2026 08:00", "2/10/2026 08:00"), [9, 10, 10]),
        (("1.9.2026 08:00",), [9]),
    ],
)
def test_the_file_decides_which_is_the_day(texts: tuple[str, ...], months: list[int]) -> None:
    found = read(*texts)
    assert [int(v.astype("datetime64[M]").astype(int)) % 12 + 1 for v in found.values] == months


@pytest.mark.parametrize(("region", "month"), [("US", 1), ("GB", 9)])
def test_where_nothing_decides_custom_does_and_is_said(region: str, month: int) -> None:
    found = read("1/9/2026 08:00", region=region)
    assert found.values[0].astype("datetime64[M]").astype(int) % 12 + 1 == month
    assert found.written is not None
    assert (found.written.numbers, found.written.read_as) == (((1, 9, 2026),), "mdy" if region == "US" else "dmy")


STYLES = ("%d.%m.%Y %H:%M:%S", "%d %b %Y %I:%M:%S %p", "%Y/%m/%d %H:%M:%S")


@given(st.lists(MOMENTS, min_size=1, max_size=6), st.sampled_from(STYLES))
def test_what_is_written_is_read(moments: list[datetime], style: str) -> None:
    found = read(*(m.strftime(style) for m in moments))
    assert found.values.tolist() == moments
    assert found.naive.all()


@given(st.integers(0, 500_000))
def test_every_way_to_write_a_duration(seconds: int) -> None:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    texts = [
        str(seconds),
        f"{hours}:{minutes:02d}:{left:02d}",
        f"{hours}h {minutes}m {left}s",
        f"PT{hours}H{minutes}M{left}S",
        f"{seconds // 60}:{left:02d}" if seconds < 600_000 else str(seconds),
    ]
    values, bad = _values.durations(pa.array(texts))
    assert not bad.any()
    assert values.tolist() == [seconds] * len(texts)
    assert timedelta(seconds=values[0]) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["-3", "soon", "1:2:3:4", "12:61x", "1e999", "--"])
def test_what_is_no_duration_is_bad(text: str) -> None:
    values, bad = _values.durations(pa.array([text, None]))
    assert bad.tolist() == [True, False]
    assert np.isnan(values).all()
