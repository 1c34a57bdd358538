"""The same hours of other days: what a series of calls brought then, where its rhythm is too coarse to say.

A rhythm knows hours, or halves of them, and expects a little of every hour. An office that opens at a quarter to eight
and closes at twenty past six has half an hour of the one and a third of the other that bring nothing, every day; of a
thousand calls an hour their absence would look like news, every day. So a silence is held against the same hours by the
clock of the same day of other weeks: as few calls as those brought, no more are missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.tables import times
from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
else:
    pd = later("pandas")

MINUTE = 60_000_000
DAY = 1440 * MINUTE

WEEKS = 8
"""Weeks before a time, and after it, whose same hours tell of it."""

ENOUGH = 3
"""Other weeks from which they alone are asked; where they are fewer, other days of the same type are asked as well."""

ALONE = 1.5
"""Times as much as it leads to expect of which a single other day leaves room: it may have been out of the ordinary."""


def days_away(at: Ints, days: Ints, zone: str) -> Ints:
    """Return the instants so many days away, at the same time of the zone's clock, of each (rows) for each (columns).

    Microseconds since 1970. Where the clock changed in between, so many times 24 hours would be another hour of the day;
    an hour that a change leaves out is the one after it.

    Examples
    --------
    >>> noon = np.array([1_793_638_800_000_000])  # 2026-11-02 12:00 in New York
    >>> (days_away(noon, np.array([-7, 7]), "America/New_York") - noon) / 3_600_000_000 / 24
    array([[-7.04166667,  7.        ]])
    """
    there = at[:, None] + np.asarray(days, dtype=np.int64) * DAY
    # so many times 24 hours away UTC's clock shows the same, so that the zone's differs by what it was changed
    moved = (_wall(there.ravel(), zone).reshape(there.shape) - _wall(at, zone)[:, None]) // MINUTE
    return there - ((moved + 720) % 1440 - 720) * MINUTE


def at_most(
    counted: Callable[[Ints, Ints, Ints], Ints], starts: Ints, ends: Ints, zone: str, known: Callable[[Ints, Ints], Bools],
    *, by_day: Callable[[int, int], bool] = lambda _start, _end: False,
) -> Floats:
    """Return the most calls that the same hours of other days lead to expect of each [start, end).

    The mean of the other days, and as much more as chance may have kept away: n + √(n + 1) + 1 calls, of n on all of them;
    half as many again where there is but one.

    Parameters
    ----------
    counted : function of three arrays
        How many calls came in each [low, high) (times, days) of those times, which are places in ``starts`` (times, 1).
    starts, ends : array (times,)
        Microseconds since 1970.
    zone : str
        By whose clock.
    known : function of two arrays (times, days)
        Whether all of [low, high) is on record, and nothing known to be out of the ordinary.
    by_day : function of a start and an end
        Whether of a time of which no other day can tell as a whole, such as the only weekend on record, no more is expected
        than is told of single days of it: nothing else says whether there are calls on the others.

    Returns
    -------
    array (times,)
        Calls; infinite where no other day can tell.
    """
    if not len(starts):
        return np.zeros(0)
    most = _of_whole(counted, np.arange(len(starts)), starts, ends, zone, known)
    for k in np.flatnonzero(np.isinf(most)).tolist():
        edges = _cut(int(starts[k]), int(ends[k]), zone)
        if len(edges) > 2 and by_day(int(starts[k]), int(ends[k])):
            each = _of_whole(counted, np.full(len(edges) - 1, k), edges[:-1], edges[1:], zone, known)
            told = np.isfinite(each)
            most[k] = each[told].sum() if told.any() else np.inf
    return most


def off_weeks(  # noqa: PLR0917 -- as below
    counted: Callable[[Ints, Ints, Ints], Ints], starts: Ints, ends: Ints, zone: str, known: Callable[[Ints, Ints], Bools],
    hardly: Floats,
) -> tuple[Ints, Ints]:
    """Return in how many other weeks the same hours of each [start, end) had ``hardly`` any calls, and how many can tell.

    The others are as for :func:`at_most`.
    """
    days = 7 * np.array([k for k in range(-WEEKS, WEEKS + 1) if k], dtype=np.int64)
    low, high = days_away(starts, days, zone), days_away(ends, days, zone)
    use = ((high <= starts[:, None]) | (low >= ends[:, None])) & known(low, high)
    few = counted(np.arange(len(starts))[:, None], low, high) <= hardly[:, None]
    return (few & use).sum(axis=1), use.sum(axis=1)


def _of_whole(  # noqa: PLR0917 -- as above
    counted: Callable[[Ints, Ints, Ints], Ints], rows: Ints, starts: Ints, ends: Ints, zone: str,
    known: Callable[[Ints, Ints], Bools],
) -> Floats:
    """Return :func:`at_most` of times as a whole, those that are at some places."""

    def on(some: Ints, days: Ints) -> tuple[Floats, Ints]:
        """Return the calls of the same hours so many days away, on days of the same type, and how many of those can tell."""
        begin, finish = starts[some], ends[some]
        low, high = days_away(begin, days, zone), days_away(finish, days, zone)
        use = ((high <= begin[:, None]) | (low >= finish[:, None])) & known(low, high)
        if (days % 7).any():
            for at in (begin, finish - 1):
                use &= _day_type((at[:, None] + days * DAY).ravel(), zone).reshape(use.shape) == _day_type(at, zone)[:, None]
        return (counted(rows[some][:, None], low, high) * use).sum(axis=1).astype(np.float64), use.sum(axis=1)

    calls, days = on(np.arange(len(starts)), 7 * np.array([k for k in range(-WEEKS, WEEKS + 1) if k], dtype=np.int64))
    few = np.flatnonzero((days < ENOUGH) & (ends - starts <= DAY))
    if len(few):
        more, count = on(few, np.array([k for k in range(-7 * WEEKS, 7 * WEEKS + 1) if k % 7], dtype=np.int64))
        calls[few] += more
        days[few] += count
    most = (calls + 1 + np.sqrt(calls + 1)) / np.maximum(days, 1)
    return np.where(days > 1, most, np.where(days == 1, ALONE * most, np.inf))


def _cut(start: int, end: int, zone: str) -> Ints:
    """Return [start, end) cut at the midnights of a zone's clock: the edges, in order."""
    nights = times.day_edges(pd.Timestamp(start, unit="us", tz="UTC"), pd.Timestamp(end, unit="us", tz="UTC"), zone)
    inside = [t for t in (int(night.value) // 1000 for night in nights) if start < t < end]
    return np.array([start, *inside, end], dtype=np.int64)


def _wall(at: Ints, zone: str) -> Ints:
    """Return what a zone's clock shows, in microseconds since its 1970."""
    shown = pd.DatetimeIndex(at.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return np.asarray(shown.as_unit("us").asi8, dtype=np.int64)


def _day_type(at: Ints, zone: str) -> Ints:
    """Return 0 for instants of Monday to Friday by a zone's clock, 1 for Saturday, 2 for Sunday."""
    weekday = (_wall(at, zone) // DAY + 3) % 7
    return np.maximum(weekday - 4, 0)


def between(calls: Ints, _rows: Ints, low: Ints, high: Ints) -> Ints:
    """Return how many of some calls, sorted, came in each [low, high), whichever it is; microseconds since 1970."""
    came = np.searchsorted(calls, high, side="left") - np.searchsorted(calls, low, side="left")
    return np.asarray(np.maximum(came, 0), dtype=np.int64)
