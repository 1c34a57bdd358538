"""The order of day and month, told once for all the files of a log: of one that is turned over daily no file tells it alone.

Files of one format in one folder are a switch's log; where they don't tell it either, or less surely, those of the other
folders do, and a file that can only be read one way is read so whatever the others say. What files that were read before
(a store's) show counts with the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.tables.problems import Problem
from calltrace.tables.written_dates import BY, ORDER_UNKNOWN, READ_OTHERWISE, decided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from calltrace.intake.recognising import File
    from calltrace.tables.case import Source
    from calltrace.tables.written_dates import WrittenDates

    Seen = tuple[str, str, WrittenDates]
    """A file's name, its format, and its dates."""
    Earlier = Callable[[], Iterable[Seen]]


def agree(files: Sequence[File], region: str, earlier: Earlier | None = None) -> None:
    """Read files anew whose dates the other files of their log show to be in another order than they were read in.

    Parameters
    ----------
    files : sequence of File
        What was read; changed in place. A file that kept its stream may be read again.
    region : str
        The country, whose custom decides where nothing else does.
    earlier : callable, optional
        Gives the dates of files that were read before; asked only where there are dates whose order is to be told.
    """
    now = [(f.display, f.format, dates) for f in files if f.reading is not None for dates in f.reading.dates]
    if now:
        before = list(earlier()) if earlier is not None else []
        orders = _Orders([*now, *before], region)
        for file in files:
            if file.stream is not None:
                _again(file, orders)
            _tell_of_earlier(file, orders, before)
    for file in files:
        file.stream = file.chosen = None


def since_told(sources: Iterable[Source]) -> frozenset[str]:
    """Return the files of which nothing told the order when they were read, and of which later ones have told it since."""
    seen = [(source.path, source.format, dates) for source in sources for dates in source.dates]
    orders = _Orders(seen, "")
    return frozenset(
        name for name, format_, dates in seen if orders.told(name, format_, dates.orders) == dates.read_as)  # fmt: skip


class _Orders:
    """What the files of each log tell of the order of their dates."""

    def __init__(self, seen: Sequence[Seen], region: str) -> None:
        self._region = region
        self._of: dict[tuple[str, str | None, tuple[str, ...]], list[WrittenDates]] = {}
        for name, format_, dates in seen:
            for folder in (_folder(name), None):
                self._of.setdefault((format_, folder, dates.orders), []).append(dates)
        self._told: dict[tuple[str, str | None, tuple[str, ...]], tuple[str, str]] = {}

    def told(self, name: str, format_: str, orders: tuple[str, ...]) -> str:
        """Return the order that a file's log tells, '' where nothing does."""
        found = [self._decided((format_, folder, orders)) for folder in (_folder(name), None)]
        order, by = min(found, key=lambda one: BY.index(one[1]))  # of two as sure, the folder's
        return "" if by == BY[-1] else order

    def _decided(self, key: tuple[str, str | None, tuple[str, ...]]) -> tuple[str, str]:
        if key not in self._told:
            self._told[key] = decided(self._of[key], self._region)
        return self._told[key]


def _folder(name: str) -> str:
    return name.replace("!", "/").rpartition("/")[0]


def _again(file: File, orders: _Orders) -> None:
    """Read a file again where its log tells another order, or tells one that was in doubt."""
    if file.reading is None:
        return
    from calltrace.intake import recognising  # noqa: PLC0415 -- a store's report asks this module without it

    told = {dates: orders.told(file.display, file.format, dates.orders) for dates in file.reading.dates}
    doubted = any(p.kind == ORDER_UNKNOWN for p in file.problems)
    if any(order and order in dates.possible() and (order != dates.read_as or doubted) for dates, order in told.items()):
        recognising.again(file, replace(file.options, date_orders=tuple(filter(None, told.values()))))


def _tell_of_earlier(file: File, orders: _Orders, before: Sequence[Seen]) -> None:
    """Say of files read before that they were read in another order than is told now."""
    for name, format_, dates in before:
        if file.reading is None or not file.reading.dates or format_ != file.format:
            continue
        order = orders.told(name, format_, dates.orders)
        if not order or order == dates.read_as or order not in dates.possible():
            continue
        file.problems.append(Problem(
            Location(file.display, 0),
            f"dates that show those of {name}, imported before, to have been read in the wrong order of day and month",
            "one order in all files of a log",
            "Import its logs into a new store, all together.",
            effect="noted", rows=0, kind=READ_OTHERWISE))  # fmt: skip
        return
