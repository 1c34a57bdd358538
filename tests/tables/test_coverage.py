"""When an account is covered, over midnights and clock changes."""

# ruff: noqa: DTZ001 -- wall clocks, which is what these tests are about

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import InputError
from calltrace.tables.coverage import check_coverage, coverage_spans
from support import ZONES

NY = "America/New_York"


def utc(text: str) -> pd.Timestamp:
    return pd.Timestamp(text).tz_convert("UTC")


def spans(coverage: str, start: str, end: str, zone: str = NY) -> list[str]:
    found = coverage_spans(coverage, zone, pd.Timestamp(start, tz=zone), pd.Timestamp(end, tz=zone))
    return [f"{a.tz_convert(zone):%a %d %H:%M} - {b.tz_convert(zone):%a %d %H:%M}" for a, b in found]


def test_no_coverage_and_always() -> None:
    assert spans("", "2026-10-05", "2026-10-12") == []
    assert spans("24/7", "2026-10-05", "2026-10-12") == ["Mon 05 00:00 - Mon 12 00:00"]
    assert spans("24/7", "2026-10-05", "2026-10-05") == []


def test_adjoining_spans_are_merged() -> None:
    found = spans("Mo-Fr 00:00-08:00,17:00-24:00; Sa-Su 00:00-24:00", "2026-10-08", "2026-10-13")
    assert found == [
        "Thu 08 00:00 - Thu 08 08:00",
        "Thu 08 17:00 - Fri 09 08:00",
        "Fri 09 17:00 - Mon 12 08:00",
        "Mon 12 17:00 - Tue 13 00:00",
    ]


def test_over_midnight_and_cut_at_the_window() -> None:
    assert spans("Mo-Fr 22:00-06:00", "2026-10-06 01:00", "2026-10-06 23:00") == [
        "Tue 06 01:00 - Tue 06 06:00",
        "Tue 06 22:00 - Tue 06 23:00",
    ]


def test_coverage_keeps_the_civil_hour_over_a_clock_change() -> None:
    found = coverage_spans(
        "Mo-Su 17:00-19:00", NY, utc("2026-10-31T00:00-04:00"), utc("2026-11-02T00:00-05:00")
    )
    assert [f"{a:%H:%MZ}" for a, _ in found] == ["21:00Z", "22:00Z"]


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(1, 30_000), st.sampled_from(ZONES)
)
def test_covered_and_uncovered_make_the_whole(at: datetime, minutes: int, zone: str) -> None:
    start = pd.Timestamp(at).floor("min").tz_localize("UTC")
    end = start + pd.Timedelta(minutes=minutes)
    inside = coverage_spans("Mo-Fr 08:00-18:00", zone, start, end)
    outside = coverage_spans("Mo-Fr 00:00-08:00,18:00-24:00; Sa-Su 00:00-24:00", zone, start, end)
    assert sum((b - a for a, b in inside + outside), timedelta()) == end - start
    for found in (inside, outside):
        assert all(b < c for (_, b), (c, _) in pairwise(found))


def test_unreadable_coverage_says_so() -> None:
    with pytest.raises(InputError, match="opening_hours") as caught:
        spans("weekdays 8 to 5", "2026-10-05", "2026-10-12")
    assert "weekdays 8 to 5" in str(caught.value)
    assert check_coverage("weekdays 8 to 5")
    assert check_coverage("Mo-Fr 08:00-18:00") == ""


def test_eight_weeks_of_coverage_are_quick() -> None:
    coverage = "Mo-Fr 00:00-08:00,17:00-24:00; Sa-Su 00:00-24:00"
    args = (coverage, NY, utc("2026-09-01T00:00Z"), utc("2026-10-27T00:00Z"))
    coverage_spans(*args)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        coverage_spans(*args)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.02  # 2 ms on an idle machine
