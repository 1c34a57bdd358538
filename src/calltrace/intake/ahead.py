"""Calls that are later than the present: a log that was read in the wrong zone, or a switch whose clock is ahead.

A log in UTC that is read as New York's has its last calls four or five hours from now. It is the one thing by which a wrong
zone shows itself, and only while the log is fresh; what is audited of it is another day than was asked for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
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


@dataclass(frozen=True)
class Ahead:
    """A file of calls that ends after the present: what is to be said of it, and whether its zone may be wrong."""

    says: str
    misread: bool


def files(sources: Iterable[Source], now: datetime) -> list[Ahead]:
    """Return the files of calls that end after the present.

    Parameters
    ----------
    sources : iterable of Source
        What was read; ``ended`` is UTC.
    now : datetime
        The present, tz-aware.
    """
    found = []
    for one in sources:
        ended = one.ended
        if one.table != "calls" or ended is None:
            continue
        ahead = ended - now
        if not LEAST < ahead <= MOST:
            continue
        hours, minutes = divmod(round(ahead / timedelta(minutes=1)), 60)
        far = f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
        zone = one.zone.partition(",")[0]
        misread = bool(set(one.zone_from.split(", ")) - TOLD)
        why = "the switch's clock is ahead"
        if misread:
            right = "say with --tz, or zone in the configuration, which they are"
            if one.read_at is not None:
                right = "import its logs into a new store, with the --tz they are in"
            why = f"its times are not {zone or 'UTC'}'s, or {why}: {right}"
        # a log that gives offsets has no zone's name: told in UTC then
        named = zone and times.is_zone(zone)
        last = f"{ended.astimezone(times.zone_named(zone)):%Y-%m-%d %H:%M}" if named else f"{ended:%Y-%m-%d %H:%M} UTC"
        found.append(Ahead(f"{one.path}: its last call, {last}, is {far} from now; {why}.", misread))
    return found
