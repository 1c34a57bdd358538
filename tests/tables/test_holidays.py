"""Public holidays in coverage: what PH stands for, and what is left as it was."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.tables.coverage import check_coverage, coverage_spans, with_holidays
from support import account, at, case, steady

JULY3 = date(2026, 7, 3)  # a Friday
NY = "America/New_York"


@pytest.mark.parametrize(
    ("coverage", "expected"),
    [
        ("PH off", "2026 Jul 03 off"),
        ("Mo-Fr 09:00-17:00; PH off", "Mo-Fr 09:00-17:00; 2026 Jul 03 off"),
        ("Sa-Su,PH 00:00-24:00", "Sa-Su 00:00-24:00; 2026 Jul 03 00:00-24:00"),
        ("PH,Sa 10:00-12:00", "Sa 10:00-12:00; 2026 Jul 03 10:00-12:00"),
        ("24/7", "24/7"),
        ("Mo-Fr 17:00-24:00", "Mo-Fr 17:00-24:00"),
        ("Jul-Aug PH off", "Jul-Aug PH off"),
        ('Mo-Fr 09:00-17:00 "PH; by appointment"', 'Mo-Fr 09:00-17:00 "PH; by appointment"'),
    ],
)
def test_a_holiday_takes_the_place_of_PH(coverage: str, expected: str) -> None:  # noqa: N802
    assert with_holidays(coverage, [JULY3]) == expected
    assert not check_coverage(expected)
    assert with_holidays(coverage, []) == coverage


def spans(coverage: str, *holidays: date) -> list[str]:
    """Coverage of Thursday 2 to Saturday 4 July in New York's clock."""
    start, end = pd.Timestamp("2026-07-02T04:00Z"), pd.Timestamp("2026-07-05T04:00Z")
    found = coverage_spans(coverage, NY, start, end, holidays)
    return [f"{a.tz_convert(NY):%d %H:%M}-{b.tz_convert(NY):%d %H:%M}" for a, b in found]


def test_on_a_holiday_lines_are_forwarded_all_day_or_not_at_all() -> None:
    """Fri 3 July is a holiday."""
    nights = "Mo-Fr 17:00-24:00"
    assert spans(nights) == ["02 17:00-03 00:00", "03 17:00-04 00:00"]
    assert spans(f"{nights}; PH 00:00-24:00", JULY3) == ["02 17:00-04 00:00"]
    assert spans(f"{nights}; PH off", JULY3) == ["02 17:00-03 00:00"]
    assert spans(f"{nights}; PH off") == spans(nights)


weekdays = st.sampled_from(["Mo", "Tu-We", "Fr", "Sa-Su", "PH", "Mo-Fr"])
hours = st.sampled_from([" 09:00-17:00", " 00:00-24:00", " off", ""])
rules = st.builds(lambda days, open_: ",".join(dict.fromkeys(days)) + open_, st.lists(weekdays, min_size=1, max_size=3), hours)
written = st.lists(rules, min_size=1, max_size=4).map("; ".join)


@given(written, st.sets(st.dates(date(2026, 6, 1), date(2026, 7, 31)), max_size=4))
def test_what_comes_of_it_can_be_read_wherever_it_could_be_before(coverage: str, days: set[date]) -> None:
    if not check_coverage(coverage):
        assert not check_coverage(with_holidays(coverage, days))


def test_the_events_table_says_which_days_are_holidays_of_whom() -> None:
    """Days 3 (everybody's), 4 (1021's), 5 and 6 (one event); what is no holiday or another's is none."""
    world = case(
        steady("1021", every_min=600, days=8),
        accounts=[account("1021"), account("1033")],
        events=[
            {"starts_at": at(3), "ends_at": at(4), "kind": "holiday", "scope": "region", "target": None, "note": None},
            {"starts_at": at(4), "ends_at": at(5), "kind": "holiday", "scope": "account", "target": "1021", "note": None},
            {"starts_at": at(5), "ends_at": at(7), "kind": "holiday", "scope": "platform", "target": None, "note": None},
            {"starts_at": at(1), "ends_at": at(2), "kind": "closure", "scope": "platform", "target": None, "note": None},
            {"starts_at": at(0, 18), "ends_at": at(0, 23), "kind": "holiday", "scope": "region", "target": None, "note": None},
        ],
    )
    assert sorted(d.day for d in world.holidays("1021", "UTC")) == [4, 5, 6, 7]
    assert sorted(d.day for d in world.holidays("1033", "UTC")) == [4, 6, 7]
    assert world.without("events").holidays("1021", "UTC") == frozenset()
