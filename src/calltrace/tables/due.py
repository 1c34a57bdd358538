"""When something is due, in words: "tomorrow 15:00", "in 2 h", "fri 9:00". What is said of the time to come.

Windows look back (:func:`calltrace.tables.when.parse_when`); promises look ahead, so the same words mean other
days: "fri 9:00" is the next one here. What was understood is always shown with its date, for a promise kept on
the wrong Friday is none.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from calltrace.errors import UsageError
from calltrace.tables.clock import DAYS, MONTHS, UNIT, UNITS, clock_said, midnight, zone_named

FORMS = (
    '"in 2 h", "in 3 days", "15:00", "today 17:00", tomorrow, "tomorrow morning", "fri 9:00", "end of week", '
    '"16 feb 9:00", 2026-02-16, "2026-02-16 15:00"'
)
AGES = "90d, 12 weeks, 18 months, 2y"

CLOSE_OF_BUSINESS = time(17)
"""The end of a day that was named without a time: what a client who hears "tomorrow" expects at the latest."""

_PARTS = {
    "morning": time(12),
    "noon": time(12),
    "midday": time(12),
    "afternoon": CLOSE_OF_BUSINESS,
    "evening": time(20),
    "end of day": CLOSE_OF_BUSINESS,
    "close of business": CLOSE_OF_BUSINESS,
}
"""A part of a day means its end: who promises "tomorrow morning" has until noon."""


def parse_due(text: str, zone: str, now: datetime) -> datetime:
    """Read what a person says for the time by which something is to be done.

    Parameters
    ----------
    text : str
        See :data:`FORMS`. A day alone means 17:00 of that day, a part of a day its end. A weekday is the next
        such day, today only while that time is still ahead. "in 3 days" is the same time of day, whatever the
        clock does in between; "in 72 h" is 72 hours.
    zone : str
        The zone the words are meant in (IANA).
    now : datetime
        When it is said, with a zone.

    Returns
    -------
    datetime
        UTC.

    Raises
    ------
    UsageError
        For anything else, and for words that name a time gone by. A full date and time may lie in the past:
        a promise given on Friday may be written down on Monday.

    Examples
    --------
    >>> said_at = datetime(2026, 2, 16, 13, 30, tzinfo=UTC)
    >>> parse_due("fri 9:00", "America/New_York", said_at).isoformat()
    '2026-02-20T14:00:00+00:00'
    >>> parse_due("in 2 h", "America/New_York", said_at).isoformat()
    '2026-02-16T15:30:00+00:00'
    """
    there = zone_named(zone)
    said = " ".join(text.strip().lower().replace(",", " ").split()).removeprefix("by ").removeprefix("the ")
    here = now.astimezone(there).replace(tzinfo=None, fold=0)
    try:
        exact = _exact(text.strip(), said)
        wall = exact or _after(said, now, here) or _named(said, here)
        if isinstance(wall, datetime) and wall.tzinfo is None:
            wall = wall.replace(tzinfo=there)
        found = wall.astimezone(UTC) if wall else None
    except (OverflowError, ValueError):
        found = None
    if found is None:
        raise UsageError(f"the time {text!r} says nothing about when", expected=f"one of the forms {FORMS}")
    if found < now and exact is None:
        local = found.astimezone(there)
        raise UsageError(
            f"{text!r} is {local:%a} {local.day} {local:%b %Y %H:%M}, which has gone by",
            fix="Give the full date and time (2026-02-16 15:00) if that is meant.",
        )
    return found.replace(microsecond=0)


def parse_age(text: str) -> timedelta:
    """Read how old something must be: days, weeks, months of 30 days, years of 365.

    Raises
    ------
    UsageError
        For anything else, and for no time at all.

    Examples
    --------
    >>> parse_age("18 months").days
    540
    """
    match = re.fullmatch(r"(\d+) ?(d|days?|w|weeks?|months?|y|years?)", text.strip().lower())
    days = {"d": 1, "w": 7, "m": 30, "y": 365}
    found = int(match[1]) * days[match[2][0]] if match else 0
    if not 0 < found <= 36_500:
        raise UsageError(f"{text!r} is no age", expected=f"one such as {AGES}")
    return timedelta(days=found)


def _exact(text: str, said: str) -> datetime | None:
    """Read a full date, alone or with its time."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        return datetime.combine(date.fromisoformat(said), CLOSE_OF_BUSINESS)
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{1,2}:\d{2}", text):
        return datetime.fromisoformat(re.sub(r" (\d):", r" 0\1:", text))
    return None


def _after(said: str, now: datetime, here: datetime) -> datetime | None:
    """Read a stretch of time from now: an instant for hours, a wall clock for days and weeks."""
    said = re.sub(r"\b(?:an?|one) ", "1 ", said)
    match = re.fullmatch(rf"(?:in |within )?(\d+(?:\.\d+)?) ?({UNIT})(?: from now)?", said)
    if not match:
        return None
    stretch = timedelta(seconds=float(match[1]) * UNITS[match[2]])
    return here + stretch if UNITS[match[2]] >= 86400 else now + stretch


def _named(said: str, here: datetime) -> datetime | None:
    """Read a day, a time, or both, on the wall clock."""
    today = here.date()
    if said in ("end of week", "end of the week", "this week"):
        return datetime.combine(today + timedelta(days=(4 - today.weekday()) % 7), CLOSE_OF_BUSINESS)
    if said == "next week":
        return datetime.combine(today + timedelta(days=11 - today.weekday()), CLOSE_OF_BUSINESS)
    if said == "tonight":
        said = "today evening"
    if (clock := _clock(said)) is not None:  # a time alone: the next such time
        return _first(clock, (today, today + timedelta(days=1)), here)
    words = said.split()
    for cut in range(1, len(words) + 1):
        for named, timed in ((words[:cut], words[cut:]), (words[cut:], words[:cut])):
            days = _days(" ".join(named), today)
            clock = _clock(" ".join(timed)) if timed else timedelta(hours=CLOSE_OF_BUSINESS.hour)
            if days and clock is not None:
                return _first(clock, days, here)
    return None


def _clock(said: str) -> timedelta | None:
    """Read a time of day as the time since midnight; 24:00 is the end of the day."""
    for part, at in _PARTS.items():
        if said in (part, f"this {part}", f"at {part}"):
            return timedelta(hours=at.hour)
    clock = clock_said(said)
    return None if clock is None else timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])


def _first(clock: timedelta, days: tuple[date, ...], here: datetime) -> datetime:
    """Return the time on the first of the days on which it is still ahead, else on the last."""
    return next((at for day in days if (at := midnight(day) + clock) > here), midnight(days[-1]) + clock)


def _days(said: str, today: date) -> tuple[date, ...]:
    """Return the day that is named, and the one it is when that has gone by; nothing for no day."""
    if said == "today":
        return (today,)
    if said == "tomorrow":
        return (today + timedelta(days=1),)
    if said in ("day after tomorrow", "the day after tomorrow"):
        return (today + timedelta(days=2),)
    bare = said.removeprefix("on ").removeprefix("this ").removeprefix("next ")
    if bare in DAYS:
        ahead = (DAYS[bare] - today.weekday()) % 7
        if said.startswith("next ") and not ahead:
            ahead = 7
        return today + timedelta(days=ahead), today + timedelta(days=ahead + 7)
    match = re.fullmatch(r"(?:on )?(?:(\d{1,2})\.? ([a-z]+)|([a-z]+) (\d{1,2}))\.?(?: (\d{4}))?", said)
    if match and (match[2] or match[3]) in MONTHS:
        month, day = MONTHS[match[2] or match[3]], int(match[1] or match[4])
        year = int(match[5] or today.year)
        try:
            found = date(year, month, day)
            return (found,) if match[5] or found >= today else (found, date(year + 1, month, day))
        except ValueError:  # 29 February, of another year
            return ()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        return (date.fromisoformat(said),)
    return ()
