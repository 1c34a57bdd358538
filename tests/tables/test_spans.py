"""Spans as people say them, on a Thursday afternoon in New York; and the ones that may mean two things."""

from __future__ import annotations

import pandas as pd
import pytest

from calltrace.errors import UsageError
from calltrace.tables.spans import parse_hours, parse_span

NOW = pd.Timestamp("2026-10-08T13:15-04:00")
ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("said", "start", "end"),
    [
        ("this morning", "10-08 06:00", "10-08 12:00"),
        ("this morning 9 to 12", "10-08 09:00", "10-08 12:00"),
        ("last weekend", "10-03 00:00", "10-05 00:00"),
        ("last 2 h", "10-08 11:15", "10-08 13:15"),
        ("yesterday", "10-07 00:00", "10-08 00:00"),
        ("yesterday 14:00 to 15:30", "10-07 14:00", "10-07 15:30"),
        ("yesterday 2 to 4 pm", "10-07 14:00", "10-07 16:00"),
        ("yesterday 9-12", "10-07 09:00", "10-07 12:00"),
        ("yesterday between 9:00 and 12:00", "10-07 09:00", "10-07 12:00"),
        ("mon 9:00 to 17:00", "10-05 09:00", "10-05 17:00"),
        ("this afternoon 2 to 4", "10-08 14:00", "10-08 16:00"),
        ("last night 10 to 2", "10-07 22:00", "10-08 02:00"),
        ("sat 22:00 to 2:00", "10-03 22:00", "10-04 02:00"),
        ("sat 22:00 to sun 6:00", "10-03 22:00", "10-04 06:00"),
        ("fri 17:00 to mon 9:00", "10-02 17:00", "10-05 09:00"),
        ("11 to 2 pm", "10-08 11:00", "10-08 14:00"),
        ("2026-10-07", "10-07 00:00", "10-08 00:00"),
        ("2026-10-07 to 2026-10-08", "10-07 00:00", "10-09 00:00"),
        ("2026-10-01 - 2026-10-03", "10-01 00:00", "10-04 00:00"),
        ("2026-10-07T09:00/2026-10-07T12:00", "10-07 09:00", "10-07 12:00"),
        ("yesterday to now", "10-07 00:00", "10-08 13:15"),
        ("mon 9am to noon", "10-05 09:00", "10-05 12:00"),
        ("2026-10-05 noon to 3 pm", "10-05 12:00", "10-05 15:00"),
        ("mon 10 pm to midnight", "10-05 22:00", "10-06 00:00"),
        ("mon 2 pm to 4", "10-05 14:00", "10-05 16:00"),
        ("mon 9 am to 5", "10-05 09:00", "10-05 17:00"),
        ("mon 10 pm to 2", "10-05 22:00", "10-06 02:00"),
        ("mon 10 am to 0:00", "10-05 10:00", "10-06 00:00"),
        ("mon 10 pm to 06:00", "10-05 22:00", "10-06 06:00"),
        ("tue noon to wed noon", "10-06 12:00", "10-07 12:00"),
    ],
)
def test_a_span_is_what_was_said(said: str, start: str, end: str) -> None:
    found = parse_span(said, ZONE, NOW)
    assert [f"{t.tz_convert(ZONE):%m-%d %H:%M}" for t in found] == [start, end]


@pytest.mark.parametrize(
    ("said", "offers"),
    [
        ("mon 9 to 5", '"9:00 to 17:00"'),
        ("mon 2 to 4", '"2 pm to 4 pm"'),
        ("sat 22:00", "a moment"),
        ("mon 9 to 25", "no clock shows"),
        ("last week 9 to 12", "this morning 9 to 12"),
        ("gibberish", "last weekend"),
    ],
)
def test_what_is_no_one_span_is_refused_with_what_could_be_said(said: str, offers: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_span(said, ZONE, NOW)
    assert offers in str(caught.value)


def test_a_span_over_a_clock_change_is_of_the_wall_clock() -> None:
    start, end = parse_span("2026-11-01 0:00 to 3:00", ZONE, NOW)
    assert end - start == pd.Timedelta(hours=4)  # 01:00 to 02:00 comes twice


def test_hours_of_any_day() -> None:
    assert parse_hours("9-12") == (9 * 3600, 12 * 3600)
    assert parse_hours("10 pm to 6 am") == (22 * 3600, 6 * 3600)
    assert parse_hours("9 am to noon") == (9 * 3600, 12 * 3600)
    assert parse_hours("18:00-24:00") == (18 * 3600, 24 * 3600)
    with pytest.raises(UsageError):
        parse_hours("2 to 4")
