"""Dates as a log writes them, in an order of day, month and year that has to be told: by all of them, and by names.

One file of a log that is turned over every day has one date, which may be read two ways; all the files together hardly
can be. :func:`decided` is asked with one file's dates, and with those of all.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTH_FIRST = frozenset({"US", "CA", "PH", "PR"})
_YEAR_FIRST = frozenset({"CN", "HU", "JP", "KP", "KR", "LT", "MN", "SE", "TW"})
_LEAP_DAYS = 31
"""A gap between days counts as no more than this: a date from before the clock was set speaks against no order."""

ORDER_UNKNOWN = "date-order-unknown"
"""The kind of Problem that says in which order dates were read of which nothing tells it."""
READ_OTHERWISE = "date-order-before"
"""The kind of Problem that says of files read before that their dates were read in an order that now proves wrong."""
BY = ("dates", "written", "order", "name", "custom")
"""What tells an order, the surest first: dates that are none in another, dates later than their file, days that follow
one another, the date in the file's name; and where nothing does, the custom of the country."""


@dataclass(frozen=True)
class WrittenDates:
    """The dates of one file.

    Parameters
    ----------
    numbers : tuple of tuple of int
        The numbers of each date, as they come, each date once.
    orders : tuple of str
        The orders that are possible ("mdy", "dmy", "ymd"; "md", "dm"), those of the format first.
    read_as : str
        The order in which they were read.
    named : str
        The date in the file's name (ISO 8601), '' where it has none.
    until : str
        The day after which it was not written (ISO 8601), '' where that is not known.
    """

    numbers: tuple[tuple[int, ...], ...]
    orders: tuple[str, ...]
    read_as: str = ""
    named: str = ""
    until: str = ""

    def days(self, order: str) -> list[date]:
        """Return the dates that are real ones in an order; where none has its year, in a leap year."""
        found = (dict(zip(order, numbers, strict=False)) for numbers in self.numbers)
        real = (real_date(one.get("y", 2024), one["m"], one["d"]) for one in found)
        return [day for day in real if day is not None]

    def possible(self) -> tuple[str, ...]:
        """Return the orders in which most of the dates are real ones."""
        real = {order: len(self.days(order)) for order in self.orders}
        return tuple(order for order in self.orders if real[order] == max(real.values()))


def real_date(year: int, month: int, day: int) -> date | None:
    """Return the date, None where there is none; a year of two digits is of this century, or of the last."""
    if year < 100:
        year += 2000 if year < 70 else 1900
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_first(region: str) -> bool:
    """Say whether dates of a country are written with the month before the day."""
    return region.upper() in _MONTH_FIRST


def decided(files: Sequence[WrittenDates], region: str) -> tuple[str, str]:
    """Return the order of the dates of files of one log, and what of :data:`BY` tells it.

    Parameters
    ----------
    files : sequence of WrittenDates
        One at least, all with the same possible orders.
    region : str
        The country, whose custom decides where nothing else does.

    Examples
    --------
    >>> first, second = (WrittenDates(((d, 11),), ("md", "dm")) for d in (2, 3))
    >>> decided([first], "US"), decided([first, second], "US")
    (('md', 'custom'), ('dm', 'order'))
    >>> decided([WrittenDates(((2, 11),), ("md", "dm"), named="2026-11-02")], "US")
    ('dm', 'name')
    """
    orders = files[0].orders
    ranked = sorted(
        (*_against(files, order), _years_ago(files, order), _unusual(order, region), place, order)
        for place, order in enumerate(orders)
    )
    best = ranked[0]
    first_unlike = [
        next((n for n in range(len(BY) - 1) if best[n] != other[n]), len(BY) - 1) for other in ranked[1:]
    ]
    return str(best[-1]), BY[max(first_unlike, default=0)]


def _against(files: Sequence[WrittenDates], order: str) -> tuple[int, int, int, int]:
    """Count what speaks against an order: no dates, dates later than their file, leaps, days between date and name."""
    with_year = "y" in order
    none = later = away = 0
    every: set[int] = set()
    leaps = 0
    for file in files:
        days = file.days(order)
        none += len(file.numbers) - len(days)
        numbered = [day.toordinal() for day in days]
        every.update(numbered)
        leaps += sum(abs(b - a) for a, b in pairwise(numbered))
        if with_year and file.until:
            until = date.fromisoformat(file.until).toordinal() + 1  # the file's day is UTC's, its stamps are local
            later += sum(day > until for day in numbered)
        if file.named and days:
            named = date.fromisoformat(file.named)
            away += min(_apart(day, named, with_year=with_year) for day in days)
    if len(files) > 1:  # files come in the order of their names, which may be any
        leaps = sum(min(b - a, _LEAP_DAYS) for a, b in pairwise(sorted(every)))
    return none, later, leaps, away


def _years_ago(files: Sequence[WrittenDates], order: str) -> int:
    """Count the years between dates and their files: where a year may be a day, the log is likelier to be a late one."""
    if "y" not in order:
        return 0
    years = [date.fromisoformat(f.until).year - max(days).year for f in files if f.until and (days := f.days(order))]
    return sum(abs(n) for n in years)


def _apart(day: date, named: date, *, with_year: bool) -> int:
    if with_year:
        return abs((day - named).days)
    around = (real_date(year, day.month, day.day) for year in (named.year - 1, named.year, named.year + 1))
    return min(abs((one - named).days) for one in around if one is not None) if (day.month, day.day) != (2, 29) else 0


def _unusual(order: str, region: str) -> int:
    if order.startswith("y"):
        return 0 if region.upper() in _YEAR_FIRST else 2
    return 0 if order.startswith("m" if month_first(region) else "d") else 1
