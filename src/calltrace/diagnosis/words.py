"""Small words for sentences: numbers, spans and times as a supervisor says them. No layout."""

from __future__ import annotations

import pandas as pd

from calltrace.tables import times


def count(number: float, noun: str) -> str:
    """Return ``1 call``, ``12 calls``, ``3.4 calls``; the noun is in the singular."""
    shown = f"{number:.0f}" if float(number).is_integer() or number >= 10 else f"{number:.1f}"
    return f"{shown} {noun}" if shown == "1" else f"{shown} {noun}s"


def usual(calls: float, which: str = "") -> str:
    """Return ``1 call is usual``, ``12 calls are usual``, ``3.4 calls of the kind are usual`` (``which`` says of which)."""
    shown = count(calls, "call")
    return f"{shown}{which} {'is' if shown == '1 call' else 'are'} usual"


def one_in(score: float) -> str:
    """Return a chance given as -log10 in words: ``1 in 2,000``; beyond a million ``less than 1 in a million``."""
    if score <= 0:
        return "by chance at any time"
    if score >= 6:
        return "less than 1 in a million"
    number = 10**score
    shown = round(number, -max(0, len(str(int(number))) - 2))
    return f"1 in {shown:,.0f}" if shown >= 2 else "about every time"


def clock(instant: pd.Timestamp, zone: str) -> str:
    """Return an instant as local weekday, day and time: ``Fri 5 Jun 17:00``."""
    there = times.local(instant, zone)
    return f"{there.strftime('%a')} {there.day} {there.strftime('%b %H:%M')}"


def dated(instant: pd.Timestamp, zone: str) -> str:
    """Return an instant with its year, for times that may be years apart: ``Fri 5 Jun 2026 17:00``."""
    there = times.local(instant, zone)
    return f"{there.strftime('%a')} {there.day} {there.strftime('%b %Y %H:%M')}"


def day(instant: pd.Timestamp, zone: str) -> str:
    """Return the local day an instant lies in: ``Fri 5 Jun``."""
    there = times.local(instant, zone)
    return f"{there.strftime('%a')} {there.day} {there.strftime('%b')}"


def span(start: pd.Timestamp, end: pd.Timestamp, zone: str) -> str:
    """Return a span in local time, the day said once where both ends share it."""
    a, b = times.local(start, zone), times.local(end, zone)
    if a.date() == b.date():
        return f"{clock(start, zone)} to {b:%H:%M}"
    return f"{clock(start, zone)} to {clock(end, zone)}"


def length(delta: pd.Timedelta) -> str:
    """Return a length of time: ``45 min``, ``3 h 20 min``, ``2 d 4 h``."""
    minutes = round(delta.total_seconds() / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 36:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
