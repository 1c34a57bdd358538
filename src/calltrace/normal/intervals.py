"""Calls counted by series and interval, and the civil clock behind the intervals.

Intervals are 15 minutes of UTC, which every zone's civil quarter hours fall on; a call counts where it was
offered. What is usual hangs on the client's own clock, so :class:`Grid` says for each interval which local
hour of the week it lies in. As real time is counted and only the label is local, the hour that spring leaves
out has no interval (exposure 0) and the one that autumn repeats has twice as many (exposure 2), without a
special case.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

SECOND = 1_000_000
HOUR = 3600 * SECOND
BIN = 900 * SECOND
DAY = 24 * HOUR
WEEK = 7 * DAY
HOURS_A_WEEK = 168
DTYPE = "datetime64[us, UTC]"


def microseconds(instants: pd.Series[pd.Timestamp] | pd.DatetimeIndex) -> Ints:
    """Return tz-aware instants as microseconds since 1970 UTC; NA is the least integer."""
    index = pd.DatetimeIndex(instants)
    return np.asarray((index if index.unit == "us" else index.as_unit("us")).asi8)


def instant(us: float) -> pd.Timestamp:
    """Return microseconds since 1970 as a UTC timestamp."""
    return pd.Timestamp(round(us), unit="us", tz="UTC").as_unit("us")


def instants(us: Ints | Floats) -> pd.DatetimeIndex:
    """Return microseconds since 1970 as ``datetime64[us, UTC]``."""
    whole = us if us.dtype == np.int64 else np.rint(us).astype(np.int64)
    return pd.DatetimeIndex(np.array(whole).view("datetime64[us]")).tz_localize("UTC")


def to_us(stamp: pd.Timestamp) -> int:
    """Return a tz-aware timestamp as microseconds since 1970 UTC."""
    return int(stamp.value // 1000)


def count(calls: pd.DataFrame, by: str | None = None, *, minutes: int = 15) -> pd.DataFrame:
    """Count calls by series and interval.

    Parameters
    ----------
    calls : DataFrame
        ``offered_at`` (UTC) and the column ``by``. Rows without either are in no series and not counted.
    by : str, optional
        The column that names the series (``account``, ``dnis``, ``trunk_group``); None counts the platform.
    minutes : int
        Length of an interval; intervals start at multiples of it since midnight UTC.

    Returns
    -------
    DataFrame
        ``series`` (string; '' for the platform), ``interval_start`` (UTC), ``offered`` (Int64, calls), sorted
        by both; intervals without a call are left out. Frames of different files add up with :func:`merge`.
    """
    at = calls["offered_at"]
    names = pd.Series("", index=calls.index, dtype="string") if by is None else calls[by]
    known = (at.notna() & names.notna()).to_numpy()
    starts = microseconds(at[known]) // (minutes * 60 * SECOND) * (minutes * 60 * SECOND)
    series = names[known].astype("string").to_numpy()
    return _add(pd.DataFrame({"series": series, "interval_start": instants(starts), "offered": 1}))


def merge(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Add up counts of several files (of calls that are in one of them only)."""
    return _add(pd.concat(list(frames), ignore_index=True))


def _add(frame: pd.DataFrame) -> pd.DataFrame:
    added = frame.groupby(["series", "interval_start"], sort=True)["offered"].sum().reset_index()
    return added.astype({"series": "string", "interval_start": DTYPE, "offered": "Int64"})


@dataclass(frozen=True)
class Grid:
    """A run of 15-minute intervals: ``size`` of them from ``first`` (counted in intervals since 1970 UTC)."""

    first: int
    size: int
    _slots: dict[tuple[str, str], Ints] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def over(cls, start: int, end: int) -> Grid:
        """Return the grid of the whole hours that hold [start, end), microseconds since 1970."""
        first = start // HOUR * 4
        return cls(first, max(4, -(-end // HOUR) * 4 - first))

    @property
    def start(self) -> int:
        """First instant, microseconds since 1970."""
        return self.first * BIN

    @property
    def end(self) -> int:
        """First instant after the grid."""
        return (self.first + self.size) * BIN

    @property
    def edges(self) -> Ints:
        """The ``size + 1`` edges of the intervals, microseconds since 1970."""
        return (self.first + np.arange(self.size + 1, dtype=np.int64)) * BIN

    def between(self, values: Floats, at: Ints | Floats) -> Floats:
        """Return values known at the ``size + 1`` edges at other instants within, in proportion; as ``np.interp`` has them.

        Which would first lay out all the edges, to find among them what is known of edges that are alike.
        """
        since = at - self.start
        place = np.minimum(np.asarray(since // BIN, dtype=np.int64), self.size - 1)
        low = values[place]
        found = (values[place + 1] - low) / BIN * (since - place * BIN) + low
        return np.asarray(np.where(since >= self.size * BIN, values[-1], found))

    def bins(self, us: Ints) -> Ints:
        """Return the interval each instant lies in; outside the grid negative or ≥ size."""
        return us // BIN - self.first

    def part(self, first: int, last: int) -> Grid:
        """Return the intervals from ``first`` to before ``last``, counted since 1970; what is known of them stays known."""
        whole = slice(first - self.first, last - self.first)
        kept = {key: slots[whole] for key, slots in self._slots.items() if key[1] != "day"}
        return Grid(first, last - first, kept)

    def halves(self, zone: str) -> Ints:
        """Return each interval's local half hour of the week, 0 (Monday 00:00) to 335."""
        return self._local(zone, "half")

    def hours(self, zone: str) -> Ints:
        """Return each interval's local hour of the week, 0 (Monday 00:00) to 167."""
        return self._local(zone, "hour")

    def days(self, zone: str) -> Ints:
        """Return each interval's local calendar day, counted from the grid's first."""
        return self._local(zone, "day")

    def _local(self, zone: str, what: str) -> Ints:
        found = self._slots.get((zone, what))
        if found is None:
            local = instants(self.edges[:-1]).tz_convert(zone)
            weekday = np.asarray(local.day_of_week, dtype=np.int64)
            hour = weekday * 24 + np.asarray(local.hour, dtype=np.int64)
            half = hour * 2 + np.asarray(local.minute, dtype=np.int64) // 30
            day = np.concatenate([[0], np.cumsum(np.diff(weekday) != 0)]).astype(np.int64)
            self._slots.update({(zone, "hour"): hour, (zone, "half"): half, (zone, "day"): day})
            found = self._slots[zone, what]
        return found

    def covers(self, spans: Iterable[tuple[int, int]]) -> Bools:
        """Return which intervals touch any of the spans (microseconds since 1970)."""
        touched = np.zeros(self.size, dtype=bool)
        for start, end in spans:
            first = max(0, start // BIN - self.first)
            last = min(self.size, -(-end // BIN) - self.first)
            if last > first:
                touched[first:last] = True
        return touched
