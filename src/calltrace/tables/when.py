"""What a person says for a time: dates, days, parts of a day, "last weekend", "2 h ago"."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.errors import UsageError
from calltrace.tables.clock import DAYS, MONTHS, UNIT, UNITS, clock_said, midnight, zone_named
from calltrace.tables.later import later
from calltrace.tables.times import ISO, at_wall, parse

if TYPE_CHECKING:
    import pandas as pd

    _Span = tuple[pd.Timestamp, pd.Timestamp]
else:
    pd = later("pandas")

WHEN_FORMS = (
    '2026-10-08, "2026-10-08 09:15", 2026-10-08T09:15-04:00, now, today, yesterday, "yesterday 17:30", '
    'mon … sunday, "sat 22:00", "sat night", "this morning", "last night", "last weekend", "last week", '
    '"last 2 h", "3 days ago"'
)

_PARTS = {  # hours from the day's midnight; a night belongs to the day it begins on
    "early morning": (0, 6),
    "morning": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (18, 30),
    "noon": (12, 12),
    "midday": (12, 12),
    "midnight": (0, 0),
}


def parse_when(text: str, zone: str, now: pd.Timestamp, *, end: bool, option: str = "") -> pd.Timestamp:
    """Read what a person says for the beginning or the end of a window.

    Parameters
    ----------
    text : str
        A date, a date and time (with an offset or in ``zone``), or words: see :data:`WHEN_FORMS`. A weekday
        is the last such day up to now, today included; with a time of day, the last such time up to now.
    zone : str
        The zone the words are meant in (IANA).
    now : Timestamp
        When it is said, tz-aware.
    end : bool
        Whether it ends the window: a day, a part of a day or a week then means its end (the instant
        after it),
        and of a clock time that came twice the second is meant; a window is rather too wide than too narrow.
    option : str
        What the text was given as, for the error; else ``--to`` where it ends a window, ``--from`` where not.

    Returns
    -------
    Timestamp
        UTC.

    Raises
    ------
    UsageError
        For anything else, naming the accepted forms.

    Examples
    --------
    >>> now = pd.Timestamp("2026-10-08T09:15-04:00")
    >>> str(parse_when("yesterday", "America/New_York", now, end=True))
    '2026-10-08 04:00:00+00:00'
    >>> str(parse_when("sat 22:00", "America/New_York", now, end=False))
    '2026-10-04 02:00:00+00:00'
    """
    zone_named(zone)
    said = " ".join(text.strip().lower().replace(",", " ").split())
    now = now.tz_convert("UTC").as_unit("us")
    today = now.tz_convert(zone).date()
    try:
        span = _instant_said(text.strip(), zone, end=end) or _span_said(said, zone, now, today, end=end)
    except (OverflowError, ValueError):
        span = None
    if span is None:
        option = option or ("--to" if end else "--from")
        raise UsageError(f"{option} is {text!r}", expected=f"one of the forms {WHEN_FORMS}")
    return span[1] if end else span[0]


def _instant_said(text: str, zone: str, *, end: bool) -> _Span | None:
    """Read an ISO date or date and time."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = date.fromisoformat(text)
        return _days_span(day, day, zone)
    match = ISO.match(text)
    if not match:
        return None
    seen = parse(pd.Series([text], dtype="string"))
    if seen.bad[0]:
        raise ValueError(text)
    at = seen.instants.iloc[0]
    if seen.naive[0]:
        wall: datetime = at.to_pydatetime()
        at = at_wall(wall, zone, second=end)
    else:
        at = pd.Timestamp(at, tz="UTC")
    return at, at


def _days_span(first: date, last: date, zone: str) -> _Span:
    """Return the span from the beginning of one local day to the end of another."""
    return at_wall(midnight(first), zone), at_wall(midnight(last) + timedelta(days=1), zone)


def _day_said(said: str, today: date) -> date | None:
    """Read the name of a day: today, yesterday, a weekday, 8 oct, oct 8 2026, an ISO date."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        return date.fromisoformat(said)
    if said in ("today", "tonight", "this"):
        return today
    if said == "yesterday":
        return today - timedelta(days=1)
    if said == "the day before yesterday":
        return today - timedelta(days=2)
    words = said.split()
    if len(words) == 2 and words[0] in ("last", "on", "this") and words[1] in DAYS:
        back = (today.weekday() - DAYS[words[1]]) % 7
        return today - timedelta(days=7 if words[0] == "last" and not back else back)
    if said in DAYS:
        return today - timedelta(days=(today.weekday() - DAYS[said]) % 7)
    match = re.fullmatch(r"(?:(\d{1,2})\.? ([a-z]+)|([a-z]+) (\d{1,2}))\.?(?: (\d{4}))?", said)
    if match and (match[2] or match[3]) in MONTHS:
        month, day = MONTHS[match[2] or match[3]], int(match[1] or match[4])
        found = date(int(match[5]) if match[5] else today.year, month, day)
        return found if match[5] or found <= today else found.replace(year=found.year - 1)
    return None


def instant_of(said: str | datetime, zone: str, now: pd.Timestamp, *, end: bool, option: str = "") -> pd.Timestamp:
    """Return the instant, UTC, that is given as one with its offset, or said in words as :func:`parse_when` reads them.

    Examples
    --------
    >>> now = pd.Timestamp("2026-10-08T09:15-04:00")
    >>> instant_of(now, "America/New_York", now, end=True) == instant_of("today 09:15", "America/New_York", now, end=True)
    True
    """
    if isinstance(said, datetime) and said.tzinfo is not None:
        return pd.Timestamp(said).tz_convert("UTC").as_unit("us")
    return parse_when(str(said), zone, now, end=end, option=option)


def _span_said(said: str, zone: str, now: pd.Timestamp, today: date, *, end: bool) -> _Span | None:
    """Read words for a span of time."""
    return (
        _ago_said(said, now)
        or _whole_days_said(said, zone, today)
        or _part_said(said, zone, now, today)
        or _day_or_time_said(said, zone, now, today, end=end)
    )


def _ago_said(said: str, now: pd.Timestamp) -> _Span | None:
    """Read a length of time up to now, or how long ago it was: now, last 3 hours, past day, 2 weeks ago."""
    if said == "now":
        return now, now
    if said in ("last day", "past day"):
        return now - pd.Timedelta(days=1), now
    if match := re.fullmatch(rf"(?:the )?(?:last|past) (\d+(?:\.\d+)?)? ?({UNIT})", said):
        if match[1] or match[2] not in ("week", "day", "w", "d"):  # those without a number are the calendar's
            return now - pd.Timedelta(seconds=float(match[1] or 1) * UNITS[match[2]]), now
    elif match := re.fullmatch(rf"(\d+(?:\.\d+)?) ?({UNIT}) ago", said):
        then = now - pd.Timedelta(seconds=float(match[1]) * UNITS[match[2]])
        return then, then
    return None


def _whole_days_said(said: str, zone: str, today: date) -> _Span | None:
    """Read a week, a weekend or a month of the calendar."""
    monday = today - timedelta(days=today.weekday())
    weeks = {"this week": monday, "last week": monday - timedelta(days=7)}
    if said in weeks:
        return _days_span(weeks[said], weeks[said] + timedelta(days=6), zone)
    if said in ("weekend", "the weekend", "this weekend", "last weekend"):
        # on a Saturday or Sunday "last weekend" is the one before, any other weekend the one at hand
        at_hand = today.weekday() >= 5
        back = 7 if said == "last weekend" or not at_hand else 0
        saturday = monday + timedelta(days=5) - timedelta(days=back)
        return _days_span(saturday, saturday + timedelta(days=1), zone)
    if said in ("this month", "last month"):
        first = today.replace(day=1)
        if said == "last month":
            first = (first - timedelta(days=1)).replace(day=1)
        return _days_span(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]), zone)
    return None


def _day_or_time_said(said: str, zone: str, now: pd.Timestamp, today: date, *, end: bool) -> _Span | None:
    """Read a time, a day, or both in either order: 22:00, oct 8, sat 22:00, yesterday at 9 pm, 10 pm saturday."""
    if clock := clock_said(said):  # a time alone: the last such time up to now
        return _latest(clock, [today, today - timedelta(days=1)], zone, now, end=end)
    if (day := _day_said(said, today)) is not None:
        return _days_span(day, day, zone)
    words = said.split()
    for cut in range(1, len(words)):
        for named, timed in ((words[:cut], words[cut:]), (words[cut:], words[:cut])):
            clock = clock_said(" ".join(timed))
            day = _day_said(" ".join(named), today)
            if clock and day is not None:
                days = [day, day - timedelta(days=7)] if named[-1] in DAYS else [day]
                return _latest(clock, days, zone, now, end=end)
    return None


def _latest(
    clock: tuple[int, int, int], days: list[date], zone: str, now: pd.Timestamp, *, end: bool
) -> _Span:
    """Return the time of day on the first of the days it has come on already, else on the last."""
    at = now
    for day in days:
        wall = midnight(day) + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
        at = at_wall(wall, zone, second=end)
        if at <= now:
            break
    return at, at


def _part_said(said: str, zone: str, now: pd.Timestamp, today: date) -> _Span | None:
    """Read a part of a day: this morning, last night, sat night, yesterday noon."""
    for part, (begins, ends) in _PARTS.items():
        if said == part:
            named = "this"
        elif said.endswith(" " + part):
            named = said[: -len(part) - 1].removesuffix(" at")
        else:
            continue
        if part == "morning" and named.endswith("early"):
            continue
        if named == "last" and part in ("night", "evening"):
            day: date | None = today - timedelta(days=1)
        else:
            day = _day_said(named, today)
        if day is None:
            return None
        if part == "midnight" and named != "this":  # the midnight a day ends with, as people say it
            day += timedelta(days=1)
        if named in DAYS and at_wall(midnight(day) + timedelta(hours=begins), zone) > now:
            day -= timedelta(days=7)
        return (
            at_wall(midnight(day) + timedelta(hours=begins), zone),
            at_wall(midnight(day) + timedelta(hours=ends), zone, second=True),
        )
    if said == "tonight":
        return _part_said("today night", zone, now, today)
    return None
