from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import UsageError
from calltrace.tables.clock import zone_named
from calltrace.tables.due import parse_age, parse_due

ZONE = "America/New_York"
MONDAY = datetime(2026, 2, 16, 13, 30, tzinfo=UTC)  # 08:30 in New York


def understood(text: str, now: datetime = MONDAY) -> str:
    return parse_due(text, ZONE, now).astimezone(zone_named(ZONE)).strftime("%a %d %b %Y %H:%M")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("in 2 h", "Mon 16 Feb 2026 10:30"),
        ("30 min", "Mon 16 Feb 2026 09:00"),
        ("in an hour", "Mon 16 Feb 2026 09:30"),
        ("in 3 days", "Thu 19 Feb 2026 08:30"),
        ("15:00", "Mon 16 Feb 2026 15:00"),
        ("3pm", "Mon 16 Feb 2026 15:00"),
        ("8:00", "Tue 17 Feb 2026 08:00"),  # today's has gone by
        ("today", "Mon 16 Feb 2026 17:00"),
        ("Tomorrow 15:00", "Tue 17 Feb 2026 15:00"),
        ("tomorrow", "Tue 17 Feb 2026 17:00"),
        ("tomorrow morning", "Tue 17 Feb 2026 12:00"),
        ("the day after tomorrow", "Wed 18 Feb 2026 17:00"),
        ("fri 9:00", "Fri 20 Feb 2026 09:00"),
        ("9:00 fri", "Fri 20 Feb 2026 09:00"),
        ("by friday", "Fri 20 Feb 2026 17:00"),
        ("mon 9:00", "Mon 16 Feb 2026 09:00"),
        ("mon 8:00", "Mon 23 Feb 2026 08:00"),
        ("next mon", "Mon 23 Feb 2026 17:00"),
        ("end of week", "Fri 20 Feb 2026 17:00"),
        ("next week", "Fri 27 Feb 2026 17:00"),
        ("16 feb 9:00", "Mon 16 Feb 2026 09:00"),
        ("feb 10", "Wed 10 Feb 2027 17:00"),
        ("2026-02-18", "Wed 18 Feb 2026 17:00"),
        ("2026-02-18 24:00", ""),
        ("2026-02-16T15:00-08:00", "Mon 16 Feb 2026 18:00"),
        ("2026-02-13 16:00", "Fri 13 Feb 2026 16:00"),  # written down late
    ],
)
def test_words_mean_the_time_to_come(text: str, meant: str) -> None:
    if not meant:
        with pytest.raises(UsageError):
            understood(text)
        return
    assert understood(text) == meant


def test_days_keep_the_wall_clock_and_hours_the_hours_when_the_clock_changes() -> None:
    saturday = datetime(2026, 3, 7, 14, 0, tzinfo=UTC)  # 09:00; the clock goes forward that night
    assert understood("in 1 day", saturday) == "Sun 08 Mar 2026 09:00"
    assert understood("in 24 h", saturday) == "Sun 08 Mar 2026 10:00"


@pytest.mark.parametrize("text", ["", "soon", "fri fri", "30 feb", "3/4", "in 99999999 weeks", "2026-13-01", "-2 h"])
def test_what_says_no_time_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"says nothing about when.*tomorrow"):
        parse_due(text, ZONE, MONDAY)


def test_words_for_a_time_gone_by_are_refused_with_what_they_mean() -> None:
    with pytest.raises(UsageError, match=r"Mon 16 Feb 2026 07:00, which has gone by"):
        parse_due("today 7:00", ZONE, MONDAY)


@given(
    st.sampled_from(["in 2 h", "15:00", "mon", "fri 9:00", "tomorrow", "end of week", "next week", "noon", "feb 29 2028"]),
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_what_is_due_lies_ahead(text: str, now: datetime) -> None:
    try:
        due = parse_due(text, ZONE, now)
    except UsageError as error:
        assert "gone by" in str(error)  # noqa: PT017 -- "end of week" on a Friday evening
        return
    assert now - timedelta(seconds=1) < due


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("12 weeks", 84), ("18 months", 540), ("2y", 730), ("1 day", 1)])
def test_an_age_is_read_in_days_weeks_months_and_years(text: str, days: int) -> None:
    assert parse_age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "old", "0d", "-3d", "5", "9999999y"])
def test_what_is_no_age(text: str) -> None:
    with pytest.raises(UsageError, match="is no age"):
        parse_age(text)
