"""Calendar files (.ics) to rows of the events table: recurring entries laid out, days in the zone they are meant in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.config.settings import EVENT_KINDS, Calendar
from calltrace.errors import InputError, Location
from calltrace.tables import times
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    import pandas as pd

TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
"""Rules by which nothing is closed or announced; a year of one would be millions of rows."""

TIMED = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
"""What says when an entry is: one that can't be read costs the entry."""

LONGEST_NOTE = 200


@dataclass(frozen=True)
class Entries:
    """What a calendar says of a time: rows of the events table, how many entries the file has, what is wrong."""

    rows: tuple[dict[str, object], ...]
    entries: int
    problems: tuple[Problem, ...] = ()


def read(calendar: Calendar, start: pd.Timestamp, end: pd.Timestamp, zone: str) -> Entries:
    """Read the entries of a calendar that touch [start, end).

    Parameters
    ----------
    calendar : Calendar
        The file, and what its entries are and whom they concern.
    start, end : Timestamp
        UTC.
    zone : str
        Zone of whole days, and of times that carry none.

    Returns
    -------
    Entries
        A whole day lasts from its midnight to the next in ``zone``; an entry without an end has none. Cancelled
        entries are left out. An entry that can't be read, ends before it begins or recurs more often than daily is a
        Problem, and so is one in a zone that nobody knows, whose times are then taken for those of ``zone``.

    Raises
    ------
    InputError
        The file can't be read or is no calendar, or the library is missing.
    """
    try:
        import icalendar  # noqa: PLC0415 -- an extra
        import recurring_ical_events  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            f"{calendar.file}: the library that reads calendars is not installed",
            fix='Install it: pip install "calltrace-cli[calendars]".',
        ) from error
    try:
        raw = Path(calendar.file).read_bytes()
    except OSError as error:
        raise InputError(f"[[calendars]] file {calendar.file} can't be read: {error.strerror}") from error
    try:
        parsed = icalendar.Calendar.from_ical(raw, multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        raise _no_calendar(calendar.file) from error
    if not parsed or any(part.name != "VCALENDAR" for part in parsed):
        raise _no_calendar(calendar.file)
    lines = _lines(raw.decode("utf-8", "replace"))
    told: list[Problem] = []
    rows: list[dict[str, object]] = []
    entries = 0
    wide = (start - timedelta(days=1)).to_pydatetime(), (end + timedelta(days=1)).to_pydatetime()
    for part in parsed:
        entries += len(part.walk("VEVENT"))
        _drop(part, calendar, zone, lines, told)
        try:
            found = recurring_ical_events.of(part).between(*wide)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            found = recurring_ical_events.of(part, skip_bad_series=True).between(*wide)
            told.append(_unread(calendar.file, 0, "entries whose dates or rule of repetition make no sense"))
        for event in found:
            if str(event.get("STATUS", "")).strip().upper() == "CANCELLED":
                continue
            row = _row(event, calendar, zone, lines)
            if row["starts_at"] < end and (row["ends_at"] is None or row["ends_at"] > start):  # type: ignore[operator]
                rows.append(row)
    rows.sort(key=lambda r: (r["starts_at"], str(r["note"])))
    return Entries(tuple(rows), entries, tuple(told))


def _no_calendar(file: str) -> InputError:
    return InputError(
        f"[[calendars]] file {file} is no calendar",
        expected="an iCalendar file (.ics), as calendar programs export it",
    )


def _unread(file: str, line: int, what: str) -> Problem:
    return Problem(
        Location(file, line),
        what,
        "an entry that can be laid out in days and hours",
        "Correct it in the calendar program and export it again.",
        table="events",
        effect="left-out",
        rows=0,
        kind="bad-entry",
    )


def _drop(part: Any, calendar: Calendar, zone: str, lines: dict[str, int], told: list[Problem]) -> None:
    """Take out of a calendar what can't be laid out, and say so; say also in whose zone nobody knows."""
    for event in part.walk("VEVENT"):
        line = lines.get(str(event.get("UID", "")), 0)
        broken = [str(name) for name, _ in event.errors if str(name).upper() in TIMED]
        rule = None if broken else event.get("RRULE")
        often = [str(f).upper() for r in (rule if isinstance(rule, list) else [rule]) if r for f in r.get("FREQ", [])]
        if broken:
            told.append(_unread(calendar.file, line, f"an entry whose {' and '.join(broken)} can't be read"))
        elif event.get("DTSTART") is None:
            told.append(_unread(calendar.file, line, "an entry without a beginning"))
        elif any(f in TOO_OFTEN for f in often):
            told.append(_unread(calendar.file, line, f"an entry that recurs {often[0].lower()}"))
        elif _backwards(event, zone):
            told.append(_unread(calendar.file, line, "an entry that ends before it begins"))
        else:
            unknown = _unknown_zone(event)
            if unknown:
                told.append(replace(
                    _unread(calendar.file, line, f"an entry in the zone {unknown!r}, which nobody knows"),
                    expected=f"a zone's IANA name; its times are taken for those of {zone}", effect="noted"))
            continue
        part.subcomponents.remove(event)


def _backwards(event: Any, zone: str) -> bool:
    """Say whether an entry ends before it begins: the library would turn it round."""
    try:
        return "DTEND" in event and _instant(event["DTEND"].dt, zone) < _instant(event["DTSTART"].dt, zone)
    except (ValueError, TypeError, AttributeError, OverflowError):  # told where it is laid out
        return False


def _unknown_zone(event: Any) -> str:
    """Return the zone that an entry's beginning names and nobody knows, '' for none."""
    given = event["DTSTART"]
    named = getattr(given, "params", {}).get("TZID", "")
    begins = getattr(given, "dt", None)
    return str(named) if isinstance(begins, datetime) and begins.tzinfo is None else ""


def _row(event: Any, calendar: Calendar, zone: str, lines: dict[str, int]) -> dict[str, object]:
    begins, ends = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    start = _instant(begins, zone)
    end = None if ends is None else _instant(ends, zone)
    if end is not None and end <= start:  # a point in time: how long it lasts is not said
        end = start + timedelta(days=1) if not isinstance(begins, datetime) else None
    note = " ".join(str(event.get("SUMMARY", "")).split())
    kind = calendar.kind or _kind(event) or ("closure" if calendar.account else "note")
    scope = calendar.scope or ("account" if calendar.account else "trunk_group" if calendar.target else "platform")
    return {
        "starts_at": start,
        "ends_at": end,
        "kind": kind,
        "scope": scope,
        "target": calendar.account or calendar.target or None,
        "note": note[:LONGEST_NOTE] or None,
        "source_file": calendar.file,
        "source_line": lines.get(str(event.get("UID", ""))),
    }


def _instant(moment: date | datetime, zone: str) -> pd.Timestamp:
    if not isinstance(moment, datetime):
        return times.at_wall(datetime(moment.year, moment.month, moment.day), zone)  # noqa: DTZ001 -- at_wall places it
    if moment.tzinfo is None:
        return times.at_wall(moment, zone)
    import pandas as pd  # noqa: PLC0415

    return pd.Timestamp(moment).tz_convert("UTC").as_unit("us")


def _kind(event: Any) -> str:
    """Return the kind an entry's own categories name, '' for none."""
    said = event.get("CATEGORIES")
    for part in said if isinstance(said, list) else [said]:
        for word in getattr(part, "cats", [part]) or []:
            if str(word).strip().casefold() in EVENT_KINDS:
                return str(word).strip().casefold()
    return ""


def _lines(text: str) -> dict[str, int]:
    """Return the line on which the entry of each UID begins; the first, where changed repetitions share it."""
    found: dict[str, int] = {}
    begun = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.upper().startswith("BEGIN:VEVENT"):
            begun = number
        elif line.upper().startswith("UID") and begun:
            found.setdefault(line.partition(":")[2].strip(), begun)
    return found
