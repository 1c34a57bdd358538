"""What people say for a time."""

# ruff: noqa: DTZ001 -- wall clocks, which is what these tests are about

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import UsageError
from calltrace.tables.when import parse_when
from support import ZONES

NOON = pd.Timestamp("2026-10-08T09:15-04:00")  # a Thursday
NY = "America/New_York"


def when(text: str, *, end: bool = False, now: pd.Timestamp = NOON, zone: str = NY) -> str:
    return f"{parse_when(text, zone, now, end=end).tz_convert(zone):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-10-08", "Thu 2026-10-08 00:00", "Fri 2026-10-09 00:00"),
        ("2026-10-08T09:15", "Thu 2026-10-08 09:15", "Thu 2026-10-08 09:15"),
        ("2026-10-08 09:15", "Thu 2026-10-08 09:15", "Thu 2026-10-08 09:15"),
        ("2026-10-08T09:15Z", "Thu 2026-10-08 05:15", "Thu 2026-10-08 05:15"),
        ("2026-10-08T09:15:30-05:00", "Thu 2026-10-08 10:15", "Thu 2026-10-08 10:15"),
        ("now", "Thu 2026-10-08 09:15", "Thu 2026-10-08 09:15"),
        ("today", "Thu 2026-10-08 00:00", "Fri 2026-10-09 00:00"),
        ("Yesterday", "Wed 2026-10-07 00:00", "Thu 2026-10-08 00:00"),
        ("yesterday 17:30", "Wed 2026-10-07 17:30", "Wed 2026-10-07 17:30"),
        ("yesterday at 5 pm", "Wed 2026-10-07 17:00", "Wed 2026-10-07 17:00"),
        ("thu", "Thu 2026-10-08 00:00", "Fri 2026-10-09 00:00"),
        ("last thursday", "Thu 2026-10-01 00:00", "Fri 2026-10-02 00:00"),
        ("monday", "Mon 2026-10-05 00:00", "Tue 2026-10-06 00:00"),
        ("sat 22:00", "Sat 2026-10-03 22:00", "Sat 2026-10-03 22:00"),
        ("10pm sat", "Sat 2026-10-03 22:00", "Sat 2026-10-03 22:00"),
        ("thu 22:00", "Thu 2026-10-01 22:00", "Thu 2026-10-01 22:00"),
        ("thu 9:00", "Thu 2026-10-08 09:00", "Thu 2026-10-08 09:00"),
        ("22:00", "Wed 2026-10-07 22:00", "Wed 2026-10-07 22:00"),
        ("8:00", "Thu 2026-10-08 08:00", "Thu 2026-10-08 08:00"),
        ("this morning", "Thu 2026-10-08 06:00", "Thu 2026-10-08 12:00"),
        ("yesterday afternoon", "Wed 2026-10-07 12:00", "Wed 2026-10-07 18:00"),
        ("last night", "Wed 2026-10-07 18:00", "Thu 2026-10-08 06:00"),
        ("sat night", "Sat 2026-10-03 18:00", "Sun 2026-10-04 06:00"),
        ("yesterday noon", "Wed 2026-10-07 12:00", "Wed 2026-10-07 12:00"),
        ("last weekend", "Sat 2026-10-03 00:00", "Mon 2026-10-05 00:00"),
        ("last week", "Mon 2026-09-28 00:00", "Mon 2026-10-05 00:00"),
        ("this week", "Mon 2026-10-05 00:00", "Mon 2026-10-12 00:00"),
        ("last month", "Tue 2026-09-01 00:00", "Thu 2026-10-01 00:00"),
        ("last 2 h", "Thu 2026-10-08 07:15", "Thu 2026-10-08 09:15"),
        ("last hour", "Thu 2026-10-08 08:15", "Thu 2026-10-08 09:15"),
        ("last 30 min", "Thu 2026-10-08 08:45", "Thu 2026-10-08 09:15"),
        ("3 days ago", "Mon 2026-10-05 09:15", "Mon 2026-10-05 09:15"),
        ("oct 6", "Tue 2026-10-06 00:00", "Wed 2026-10-07 00:00"),
        ("6 October 2025", "Mon 2025-10-06 00:00", "Tue 2025-10-07 00:00"),
        ("dec 24", "Wed 2025-12-24 00:00", "Thu 2025-12-25 00:00"),
        ("oct 6 17:00", "Tue 2026-10-06 17:00", "Tue 2026-10-06 17:00"),
    ],
)
def test_a_time_is_understood_as_people_say_it(text: str, begins: str, ends: str) -> None:
    assert when(text) == begins
    assert when(text, end=True) == ends


def test_last_weekend_said_on_a_sunday_is_the_one_before() -> None:
    sunday = pd.Timestamp("2026-10-11T12:00-04:00")
    assert when("last weekend", now=sunday) == "Sat 2026-10-03 00:00"
    assert when("this weekend", now=sunday) == "Sat 2026-10-10 00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "10/08/2026",
        "08.10.2026",
        "2026-02-30",
        "2026-10-08T25:00",
        "sat 25:00",
        "13 pm",
        "feb 30",
        "last 2",
        "12",
        "mon tue",
        "\x1b[31mtoday",
        "last 99999999999 h",
    ],
)
def test_anything_else_names_the_accepted_forms(text: str) -> None:
    with pytest.raises(UsageError, match="last night") as caught:
        parse_when(text, NY, NOON, end=False)
    assert "\x1b" not in str(caught.value)


def test_a_time_the_clock_showed_twice_makes_the_window_wider() -> None:
    later = pd.Timestamp("2026-11-02T09:00-05:00")
    begins = parse_when("2026-11-01 01:30", NY, later, end=False)
    ends = parse_when("2026-11-01 01:30", NY, later, end=True)
    assert ends - begins == pd.Timedelta(hours=1)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.sampled_from(
        [
            "mon",
            "tue",
            "wed",
            "thu",
            "fri",
            "sat",
            "sun",
            "yesterday",
            "22:00",
            "sat 3:30",
            "last night",
            "last week",
            "last weekend",
            "3 h ago",
        ]
    ),
)
def test_words_for_the_past_never_begin_after_now(zone: str, at: datetime, text: str) -> None:
    now = pd.Timestamp(at).floor("s").tz_localize("UTC")
    begins = parse_when(text, zone, now, end=False)
    ends = parse_when(text, zone, now, end=True)
    assert begins <= now
    assert begins <= ends


def test_what_is_no_time_is_told_by_the_option_it_was_given_to() -> None:
    for option, end, told in (("", False, "--from"), ("", True, "--to"), ("--now", True, "--now")):
        with pytest.raises(UsageError, match=f"^{told} is 'soonish'"):
            parse_when("soonish", "America/New_York", pd.Timestamp("2026-10-08T09:15-04:00"), end=end, option=option)
