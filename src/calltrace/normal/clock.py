"""The hours and days of a zone's clock, as instants: what is asked by the local hour or day is added up between them."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calltrace.normal.intervals import DAY, HOUR, Grid, instants, to_us

Ints: TypeAlias = NDArray[np.int64]

BLOCK = 28 * DAY
"""Grids and midnights beyond what was learned are worked out for whole blocks, so that series share them."""


def local_hours(start: pd.Timestamp, end: pd.Timestamp, zone: str) -> Ints:
    """Return the edges of the zone's clock hours that touch [start, end), at least of one, microseconds since 1970."""
    high = to_us(end)
    edges = np.arange(_local_floor(start, zone), high + HOUR, HOUR, dtype=np.int64)
    found: Ints = edges[: max(2, int(np.searchsorted(edges, high, side="left")) + 1)]
    return found


def _local_floor(at: pd.Timestamp, zone: str) -> int:
    """Return the last local full hour at or before an instant; offsets are whole minutes, not whole hours."""
    offset = at.tz_convert(zone).utcoffset()
    shift = int(offset.total_seconds() * 1_000_000) if offset is not None else 0
    return (to_us(at) + shift) // HOUR * HOUR - shift


def midnights(low: int, high: int, zone: str) -> Ints:
    """Return the local midnights from the last at or before ``low`` to the first at or after ``high``.

    Where a clock change skips midnight the day begins at the first instant there is.
    """
    edges = _day_starts(low // BLOCK * BLOCK, -(-high // BLOCK) * BLOCK, zone)
    first, last = np.searchsorted(edges, low, side="right") - 1, np.searchsorted(edges, high, side="left")
    found: Ints = edges[first: last + 1]
    return found


@lru_cache(maxsize=64)
def wide_grid(low: int, high: int) -> Grid:
    """Return the grid over [low, high), the same one for every series, so that its local hours are told once."""
    return Grid.over(low, high)


@lru_cache(maxsize=64)
def _day_starts(low: int, high: int, zone: str) -> Ints:
    """Return the local midnights from before ``low`` to after ``high``: the same for every account of a zone."""
    hours = np.arange(low // HOUR * HOUR - 26 * HOUR, high + 27 * HOUR, HOUR // 2, dtype=np.int64)
    day = np.asarray(instants(hours).tz_convert(zone).day)
    edges: Ints = hours[1:][np.diff(day) != 0]
    return edges
