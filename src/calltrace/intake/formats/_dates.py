"""The dates of one file, in an order that other files of its log may have to tell, and when the file was written."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.tables.problems import Problem
from calltrace.tables.written_dates import ORDER_UNKNOWN, WrittenDates, decided, real_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.formats._base import ReadOptions, Stream


def dates_of(
    stream: Stream, numbers: Sequence[tuple[int, ...]], orders: Sequence[str], options: ReadOptions
) -> WrittenDates:
    """Return the dates of a file and the order they are read in: as its log's other files tell, else as it does itself.

    Parameters
    ----------
    numbers : sequence of tuple of int
        The numbers of each date in the order of the file.
    orders : sequence of str
        The orders ("mdy", "dmy", "md", …) that are possible, those of the format first.
    """
    named = _named(stream)
    seen = WrittenDates(
        tuple(dict.fromkeys(numbers)),
        tuple(orders),
        named=named.isoformat() if named else "",
        until=_changed(stream)[0].isoformat(),
    )
    told = [order for order in options.date_orders if order in seen.possible()]
    return replace(seen, read_as=told[0] if told else decided([seen], options.region)[0])


def file_date(stream: Stream) -> tuple[date, str]:
    """Return the date on which the file was written, and in words how that is known."""
    named = _named(stream)
    return (named, "the date in its name") if named else _changed(stream)


def _named(stream: Stream) -> date | None:
    found = re.search(
        r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)", stream.head.name
    )
    return real_date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _changed(stream: Stream) -> tuple[date, str]:
    try:
        changed = Path(stream.opened_from or stream.display).stat().st_mtime
    except (OSError, ValueError):
        return datetime.now(UTC).date(), "today's date"
    return datetime.fromtimestamp(changed, UTC).date(), "the date of the file"


def order_problem(stream: Stream, dates: WrittenDates, options: ReadOptions) -> Problem | None:
    """Return the Problem that says in which order dates were read that neither the file nor its log's others tell.

    None where they are told, or are the same in every order.
    """
    if dates.read_as in options.date_orders or decided([dates], options.region)[1] != "custom":
        return None
    if len({tuple(dates.days(order)) for order in dates.possible()}) < 2:
        return None
    words = {"m": "month", "d": "day", "y": "year"}
    return Problem(
        Location(stream.display, 0),
        f"dates that could be read two ways, read as {'/'.join(words[c] for c in dates.read_as)}",
        "a day above 12, days in order, or a date in the file's name, to tell",
        "Give it with the days before and after it, or under a name with its date (2026-03-02), if that is wrong.",
        table="calls",
        effect="noted",
        rows=0,
        kind=ORDER_UNKNOWN,
    )
