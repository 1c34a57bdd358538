"""Local clocks: days of 23 and 25 hours, and coverage that means what its text says."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import opening_hours
import pytest

from calltrace.simulate import clock


def test_a_spring_day_has_an_hour_of_no_length_and_an_autumn_day_one_of_two():
    spring = np.diff(clock.hour_edges(date(2026, 3, 8), 1, "America/New_York"))
    autumn = np.diff(clock.hour_edges(date(2026, 11, 1), 1, "America/New_York"))
    assert spring.sum() == 23 * 3600
    assert spring[2] == 0
    assert autumn.sum() == 25 * 3600
    assert autumn[1] == 7200


def test_spans_that_touch_are_one_and_a_hole_splits_them():
    assert clock.merged([(5.0, 9.0), (0.0, 5.0), (20.0, 20.0)]) == [(0.0, 9.0)]
    assert clock.minus([(0.0, 9.0)], (3.0, 4.0)) == [(0.0, 3.0), (4.0, 9.0)]
    assert clock.minus([(0.0, 9.0)], (-1.0, 99.0)) == []
    assert clock.length_within([(0.0, 4.0), (6.0, 8.0)], 3.0, 7.0) == 2.0


@pytest.mark.parametrize(
    "coverage",
    [
        clock.around_the_clock(),
        clock.office_hours(480, 1080),
        clock.office_hours(510, 1020, saturday=(540, 780)),
        clock.after_hours(450, 1050),
        clock.weekends(),
    ],
    ids=lambda c: c.text,
)
def test_the_text_of_coverage_says_what_the_minutes_say(coverage):
    read = opening_hours.OpeningHours(coverage.text)
    monday = date(2026, 6, 1)
    spans = coverage.spans(monday, 7, "UTC")
    for step in range(7 * 48):
        at = clock.epoch(monday + timedelta(days=step // 48), step % 48 * 30 + 1, "UTC")
        forwarded = any(a <= at < b for a, b in spans)
        assert read.is_open(clock.local(at, "UTC").replace(tzinfo=None)) == forwarded


def test_a_weekend_of_after_hours_coverage_is_one_span():
    spans = clock.after_hours(480, 1020).spans(date(2026, 6, 1), 8, "America/Chicago")
    assert max(b - a for a, b in spans) == 63 * 3600  # Friday 17:00 to Monday 08:00
