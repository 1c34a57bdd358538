"""Calls that are later than the present: a log that was read in the wrong zone, or a switch whose clock is ahead.

A log in UTC that is read as New York's has its last calls four or five hours from now. It is the one thing by which a wrong
zone shows itself, and only while the log is fresh; what is audited of it is another day than was asked for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.tables.case import Source

LEAST = timedelta(minutes=30)
"""How far ahead a switch's clock may be without a word, and the smallest step between two zones."""

MOST = timedelta(hours=26)
"""How far two zones' clocks are apart at most. What is further ahead than that is no log of today at all."""

TOLD = {"", "offset", "uniqueid", "epoch"}
"""How a zone is known where the log itself gives it: then only the clock can be wrong."""


def said(sources: Iterable[Source], now: datetime) -> list[str]:
    """Return what is to be said of files of calls that end after the present, a sentence a file.

    Parameters
    ----------
    sources : iterable of Source
        What was read; ``last`` is UTC.
    now : datetime
        The present, tz-aware.
    """
    told = []
    for one in sources:
        if one.table != "calls" or one.last is None:
            continue
        ahead = one.last.to_pydatetime() - now
        if not LEAST < ahead <= MOST:
            continue
        hours, minutes = divmod(round(ahead / timedelta(minutes=1)), 60)
        far = f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
        zone = one.zone.partition(",")[0] or "UTC"
        why = "the switch's clock is ahead"
        if set(one.zone_from.split(", ")) - TOLD:
            why = f"its times are not {zone}'s, or {why}: say with --tz, or zone in the configuration, which they are"
        told.append(f"{one.path}: its last call, {times.local(one.last, zone):%Y-%m-%d %H:%M}, is {far} from now; {why}.")
    return told
