"""Spans of time as people say them: "this morning 9 to 12", "last weekend", "sat 22:00 to sun 6:00".

Built on :func:`calltrace.tables.when.parse_when`, which reads one end of a window. What could mean two things
("9 to 5", "2 to 4") is refused with both ways of saying it, never guessed: a wrong window finds the wrong calls.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.errors import UsageError
from calltrace.tables import times
from calltrace.tables.when import parse_when

if TYPE_CHECKING:
    import pandas as pd

SPAN_FORMS = (
    '"this morning 9 to 12", "yesterday 14:00 to 15:30", "mon 9:00 to 17:00", "last weekend", "last 2 h", yesterday, '
    'today, "last night", "fri 17:00 to mon 9:00", 2026-10-08, "2026-10-08 09:00 to 11:00"'
)
"""Samples of every form, for messages and help."""

_TIME = r"(?:(?<![a-z])at )?\d{1,2}(?:[:.h]\d{2})?(?: ?(?:am|pm|a\.m\.|p\.m\.))?"
_TO = r"(?: to | until | till | ?(?:–|\.\.) ?| - |(?<=\d)-(?=\d))"
_HOURS = re.compile(rf"^(?P<day>.*?)(?:,? ?(?:from |between )?)(?P<a>{_TIME})(?:{_TO}| and )(?P<b>{_TIME})$")
_ENDS = re.compile(r"^(?:from )?(?P<a>.+?)(?: to | until | till | – | - |\.\.|/)(?P<b>.+)$")
_CLOCK = re.compile(r"^(?:at )?(\d{1,2})(?:[:.h](\d{2}))? ?(?:([ap])\.?m\.?)?$")

_PARTS = {
    "morning": (0, 12),
    "afternoon": (12, 19),
    "evening": (16, 24),
    "night": (18, 34),
    "tonight": (18, 34),
}
"""Hours from the day's midnight in which a bare hour after that word lies."""

BARE_FROM = 7
"""From this hour on a bare "9 to 12" is taken as on a 24-hour clock; "2 to 4" may be either half of the day."""


def parse_span(text: str, zone: str, now: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Read a span of time.

    Parameters
    ----------
    text : str
        See :data:`SPAN_FORMS`. Hours after a day are of that day, and of the next where the second comes before
        the first and that is plain (``sat 22:00 to 2:00``).
    zone : str
        IANA zone the words are meant in.
    now : Timestamp
        When it is said, tz-aware.

    Returns
    -------
    (start, end)
        UTC; ``end`` is the first instant after the span.

    Raises
    ------
    UsageError
        For words that are no span, or that mean two.

    Examples
    --------
    >>> import pandas as pd
    >>> now = pd.Timestamp("2026-10-08T13:15-04:00")
    >>> [f"{t:%dT%H:%MZ}" for t in parse_span("this morning 9 to 12", "America/New_York", now)]
    ['08T13:00Z', '08T16:00Z']
    """
    said = " ".join(text.strip().lower().replace(",", " ").split())
    hours = _HOURS.match(_numbered(said))
    if hours:
        found = _hours(hours, text, zone, now)
        if found is not None:
            return found
    ends = _ENDS.match(said)
    if ends:
        return _between(ends["a"].strip(), ends["b"].strip(), text, zone, now)
    start, end = _when(text, zone, now, end=False), _when(text, zone, now, end=True)
    if end <= start:
        raise UsageError(f"--when is {text!r}, which is a moment", expected=f"a span, such as {SPAN_FORMS}")
    return start, end


def parse_hours(text: str) -> tuple[int, int]:
    """Read hours of any day: "9:00-12:00", "22:00 to 6:00" (past midnight), "2 pm to 4 pm".

    Returns
    -------
    (start, end)
        Seconds from midnight, 0 to 86400; ``end`` is less than ``start`` where the hours pass midnight.

    Raises
    ------
    UsageError
        For anything else, and for hours that may be of either half of the day.

    Examples
    --------
    >>> parse_hours("9:00-12:30"), parse_hours("22:00 to 6:00")
    ((32400, 45000), (79200, 21600))
    """
    said = _numbered(" ".join(text.strip().lower().split()))
    match = re.fullmatch(rf"(?:from |between )?({_TIME})(?:{_TO}| and |-)({_TIME})", said)
    if not match:
        raise UsageError(
            f"--between is {text!r}", expected='hours of the day, such as "9:00-12:00" or "10 pm to 6 am"'
        )
    start, end = _clocks(match[1], match[2], None, text)
    return start * 60, end % (24 * 60) * 60 if end % (24 * 60) else 24 * 3600


def _when(text: str, zone: str, now: pd.Timestamp, *, end: bool) -> pd.Timestamp:
    try:
        return parse_when(text, zone, now, end=end)
    except UsageError as error:
        raise UsageError(f"--when is {text!r}", expected=f"a span, such as {SPAN_FORMS}") from error


def _numbered(said: str) -> str:
    """Write noon and midnight as the clock shows them."""
    return re.sub(r"\bmidnight\b", "12 am", re.sub(r"\b(?:12 )?(?:noon|midday)\b", "12 pm", said))


def _hours(
    match: re.Match[str], text: str, zone: str, now: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return a day's hours; None where what stands before them is no day."""
    words = match["day"].strip().removesuffix(" from").removesuffix(" between").strip()
    part = next((p for p in _PARTS if words == p or words.endswith(f" {p}")), None)
    try:
        base = parse_when(words or "today", zone, now, end=False)
        whole = parse_when(words or "today", zone, now, end=True)
    except UsageError:
        return None
    if whole <= base or (whole - base).days > 1:  # a moment, or several days: no day to have hours
        return None
    start, end = _clocks(match["a"], match["b"], _PARTS[part] if part else None, text)
    day = (
        times.local(base, zone)
        .to_pydatetime()
        .replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0, fold=0)
    )
    return _wall(day, start, zone), _wall(day, end, zone, second=True)


def _wall(day: datetime, minutes: int, zone: str, *, second: bool = False) -> pd.Timestamp:
    return times.at_wall(day + timedelta(minutes=minutes), zone, second=second)


def _clocks(a: str, b: str, part: tuple[int, int] | None, text: str) -> tuple[int, int]:
    """Return two times of day as minutes from the day's midnight, the second after the first.

    Raises UsageError where they may mean two things.
    """
    first, last = _CLOCK.match(a), _CLOCK.match(b)
    if first is None or last is None:
        raise UsageError(f"{text!r} has no hours in it", expected=SPAN_FORMS)
    (h1, m1, half1), (h2, m2, half2) = ((int(m[1]), int(m[2] or 0), m[3] or "") for m in (first, last))
    for hour, minute, half in ((h1, m1, half1), (h2, m2, half2)):
        if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12) or (hour == 24 and minute):
            raise UsageError(
                f"{text!r} has a time no clock shows", expected="times such as 9:00, 17:30 or 5 pm"
            )
    if half2 and not half1:  # "2 to 4 pm" is of one half, "11 to 2 pm" passes noon
        half1 = (
            half2
            if _in_half(h1, half2) * 60 + m1 < _in_half(h2, half2) * 60 + m2
            else {"a": "p", "p": "a"}[half2]
        )
    if half1 and not half2 and 1 <= h2 <= 12 and not b.startswith("0"):  # so "2 pm to 4", "9 am to 5", "10 pm to 2"
        half2 = half1 if _in_half(h1, half1) * 60 + m1 < _in_half(h2, half1) * 60 + m2 else {"a": "p", "p": "a"}[half1]
    start = _in_half(h1, half1) * 60 + m1
    end = _in_half(h2, half2) * 60 + m2
    bare = not (half1 or half2 or first[2] or last[2] or h1 > 12 or h2 > 12 or a.startswith("0"))
    if part is not None and not half1:
        start = _within_part(start, part)
        end = end if half2 else _within_part(end, part)
    elif bare and (h1 < BARE_FROM or h2 <= h1):
        raise UsageError(
            f"{text!r} may mean two things",
            expected=f'"{h1:02d}:00 to {h2:02d}:00" or "{h1 % 12 or 12} pm to {h2 % 12 or 12} {"am" if h2 <= h1 else "pm"}"'
            if h2 > h1 or h1 < BARE_FROM
            else f'"{h1}:00 to {h2 + 12}:00" or "{h1} pm to {h2} am"',
        )
    if end <= start:
        end += 24 * 60
    return start, end


def _in_half(hour: int, half: str) -> int:
    return hour if not half else hour % 12 + (12 if half == "p" else 0)


def _within_part(minutes: int, part: tuple[int, int]) -> int:
    """Return a bare time of day as it lies in a part of the day: 2 of an afternoon is 14:00, of a night 26:00."""
    for shift in (0, 12, 24):
        at = minutes + shift * 60
        if part[0] * 60 <= at <= part[1] * 60:
            return at
    return minutes


def _between(a: str, b: str, text: str, zone: str, now: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Read a span by its two ends; a weekday as the first end is the one before the second."""
    try:
        end = parse_when(b, zone, now, end=True)
        start = parse_when(a, zone, now, end=False)
        if start >= end:
            start = parse_when(a, zone, end, end=False)
    except UsageError as error:
        raise UsageError(f"--when is {text!r}", expected=f"a span, such as {SPAN_FORMS}") from error
    if start >= end:
        raise UsageError(
            f"--when is {text!r}, which ends before it starts", expected=f"a span, such as {SPAN_FORMS}"
        )
    return start, end
