from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calltrace.report.render import _chart
from calltrace.report.render._page import Page
from calltrace.report.report import Hour, Window
from calltrace.report.values import zone_named
from report import story

ZONE = zone_named(story.ZONE)
START = datetime(2026, 6, 5, 4, tzinfo=UTC)  # Friday 00:00 in New York


def hours(number: int, *, arrived: float | None = 2.0, expected: float | None = 2.0) -> list[Hour]:
    high = None if expected is None else expected + 3
    return [Hour(START + timedelta(hours=n), expected, 0.0, high, arrived) for n in range(number)]


def whole(number: int) -> Window:
    return Window(START, START + timedelta(hours=number))


def test_bins_start_at_round_local_times_and_add_up() -> None:
    bins = _chart.binned(hours(24), 6, ZONE)
    assert [b.start.astimezone(ZONE).hour for b in bins] == [0, 6, 12, 18]
    assert [b.arrived for b in bins] == [12, 12, 12, 12]
    assert [b.expected for b in bins] == [12, 12, 12, 12]


def test_the_range_of_a_bin_is_narrower_than_the_sum_of_its_hours() -> None:
    (one,) = _chart.binned(hours(4), 6, ZONE)
    assert (one.low, one.high) == (2, 14)  # 8 ± 3 × √4, where the sums would be 0 and 20


def test_one_unknown_hour_makes_its_bin_unknown_not_smaller() -> None:
    mixed = [*hours(3), Hour(START + timedelta(hours=3), 2.0, 0.0, 5.0, None)]
    (one,) = _chart.binned(mixed, 6, ZONE)
    assert one.arrived is None
    assert one.outside == 0


def test_a_clock_change_loses_no_call() -> None:
    start = datetime(2026, 11, 1, 4, tzinfo=UTC)  # 00:00 EDT; 01:00 comes twice
    day = [Hour(start + timedelta(hours=n), 1.0, 0.0, 3.0, 1.0) for n in range(25)]
    bins = _chart.binned(day, 6, ZONE)
    assert [b.arrived for b in bins] == [7, 6, 6, 6]
    assert sum(b.arrived or 0 for b in bins) == 25


@pytest.mark.parametrize("number", [1, 2, 5, 23, 24, 25, 48, 62, 100, 240, 500, 2000, 9000])
@pytest.mark.parametrize("width", [60, 80, 100])
def test_any_length_fits_any_width(number: int, width: int) -> None:
    page = Page(width)
    _chart.draw(page, hours(number, arrived=1234.0), whole(number), whole(number), ZONE, rows=5)
    lines = page.printed().splitlines()
    assert all(len(line) <= width for line in lines)
    shown = next(line for line in lines if line.startswith("arrived")).split()[1:]
    assert 1 <= len(shown) <= _chart.MOST_BINS


def test_a_short_trouble_in_a_long_window_is_brought_near() -> None:
    trouble = Window(START + timedelta(hours=300), START + timedelta(hours=303))
    near = _chart.focus(hours(600), trouble, 24)
    assert len(near) == 15
    assert near[0].start == trouble.start - timedelta(hours=6)


def test_few_calls_below_and_above_the_range_are_marked() -> None:
    some = [
        Hour(START, 9.0, 4.0, 15.0, 0.0),
        Hour(START + timedelta(hours=1), 9.0, 4.0, 15.0, 8.0),
        Hour(START + timedelta(hours=2), 9.0, 4.0, 15.0, 40.0),
    ]
    page = Page(60)
    _chart.draw(page, some, whole(1), whole(3), ZONE, rows=5)
    text = page.printed()
    outside = next(line for line in text.splitlines() if line.startswith("outside"))
    assert outside.split() == ["outside", "▼", "▲"]
    trouble = next(line for line in text.splitlines() if line.startswith("trouble"))
    assert trouble.split() == ["trouble", "━━━━━─────────"]


def test_unknown_is_a_question_mark_never_a_zero() -> None:
    page = Page(60)
    _chart.draw(page, hours(3, arrived=None, expected=None), whole(3), whole(3), ZONE, rows=4)
    lines = page.printed().splitlines()
    assert next(line for line in lines if line.startswith("expected")).split() == ["expected", "?", "?", "?"]
    assert next(line for line in lines if line.startswith("arrived")).split() == ["arrived", "?", "?", "?"]


def test_no_hours_no_chart() -> None:
    page = Page(60)
    _chart.draw(page, [], whole(1), whole(1), ZONE, rows=4)
    assert page.lines == []
