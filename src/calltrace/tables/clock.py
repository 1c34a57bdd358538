"""Zones, and the words people have for times of day, days and spans: what needs no frames.

Kept apart from :mod:`calltrace.tables.times` so that a command that only asks the ledger what is due does not
import pandas.
"""

from __future__ import annotations

import calendar
import os
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calltrace.errors import UsageError

DAYS = {
    name: i
    for i, names in enumerate(
        (
            ("mon", "monday"),
            ("tue", "tues", "tuesday"),
            ("wed", "weds", "wednesday"),
            ("thu", "thur", "thurs", "thursday"),
            ("fri", "friday"),
            ("sat", "saturday"),
            ("sun", "sunday"),
        )
    )
    for name in names
}
"""Names of weekdays, Monday 0."""
MONTHS = {
    name.lower(): i
    for names in (calendar.month_abbr, calendar.month_name)
    for i, name in enumerate(names)
    if i
}
MONTHS["sept"] = 9
"""Names of months, January 1."""
UNITS = {
    "s": 1,
    "sec": 1,
    "secs": 1,
    "second": 1,
    "seconds": 1,
    "m": 60,
    "min": 60,
    "mins": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hr": 3600,
    "hrs": 3600,
    "hour": 3600,
    "hours": 3600,
    "d": 86400,
    "day": 86400,
    "days": 86400,
    "w": 604800,
    "wk": 604800,
    "week": 604800,
    "weeks": 604800,
}
"""Seconds of the units people say."""
UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_CLOCK = re.compile(r"^(?:at )?(\d{1,2})(?:[:.h](\d{2})(?::(\d{2}))?)? ?(am|pm|a\.m\.|p\.m\.)?$")


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises
    ------
    UsageError
        For a name the time zone database does not know.

    Examples
    --------
    >>> zone_named("America/New_York").key
    'America/New_York'
    """
    try:
        # "localtime" and other names that stand for a file are not IANA's, and "" names the database's folder
        return ZoneInfo(name if name and not name.startswith(("/", ".")) else "none")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"{name!r} is no time zone",
            expected="an IANA name such as America/New_York or Europe/Berlin",
            fix="A name for the country's zone is in the tz database's list (zone1970.tab).",
        ) from error


def is_zone(name: str) -> bool:
    """Say whether the time zone database knows the name."""
    try:
        zone_named(name)
    except UsageError:
        return False
    return True


def machine_zone() -> str:
    """Return the IANA name of this machine's zone: ``TZ``, else what the system is set to, else UTC."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and is_zone(named):
        return named
    if not named:
        try:
            _, mark, found = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
            if mark and is_zone(found):
                return found
            found = Path("/etc/timezone").read_text(encoding="utf-8").strip()
        except OSError:
            return "UTC"
        if is_zone(found):
            return found
    return "UTC"


def midnight(day: date) -> datetime:
    """Return the beginning of a day on the wall clock, in no zone yet."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - who knows the zone places it


def clock_said(said: str) -> tuple[int, int, int] | None:
    """Read a time of day: 22:00, 9pm, 9.30 am; a bare number is none."""
    match = _CLOCK.match(said)
    if not match or not (match[2] or match[4]):
        return None
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4][0] == "p" else 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
        return None
    return hour, minute, second
