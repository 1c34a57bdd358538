"""Quarters of an hour: those a Case spans, which each call lies in, and where each quarter's calls begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._columns import columns, instant

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Ints
    from calltrace.tables.case import Case

QUARTER_S = 900
QUARTER_US = QUARTER_S * 1_000_000
WEEK_SLOTS = 7 * 96


@dataclass(frozen=True)
class Grid:
    """The quarters of an hour a Case spans; ``first`` counts from 1970, ``slot`` in the week."""

    first: int
    size: int
    slot: Ints
    day: Ints

    def bin(self, us: Ints) -> Ints:
        """Return the quarter each instant lies in, counted from the first; may lie outside 0..size-1."""
        return np.asarray(us // QUARTER_US - self.first, dtype=np.int64)

    def at(self, quarter: int) -> pd.Timestamp:
        """Return when a quarter begins, UTC."""
        return instant((self.first + quarter) * QUARTER_US)


def grid(case: Case) -> Grid:
    """Return the quarters from the first call to the last, each with its place in the local week."""
    known = case.cache.get("checks.grid")
    if isinstance(known, Grid):
        return known
    at = columns(case).at
    first, last = (int(at.min() // QUARTER_US), int(at.max() // QUARTER_US)) if len(at) else (0, 0)
    starts = pd.to_datetime(np.arange(first, last + 1, dtype=np.int64) * QUARTER_S, unit="s", utc=True)
    there = starts.tz_convert(case.zone)
    weekday = np.asarray(there.day_of_week, dtype=np.int64)
    quarter = np.asarray(there.hour * 4 + there.minute // 15, dtype=np.int64)
    # Weekdays resemble each other; Saturday and Sunday only themselves.
    day = np.where(weekday < 5, 0, weekday - 4) * 96 + quarter
    found = Grid(first, last + 1 - first, weekday * 96 + quarter, day)
    case.cache["checks.grid"] = found
    return found


def bins(case: Case) -> Ints:
    """Return the quarter each call lies in, computed once a Case: every question asks for it."""
    known = case.cache.get("checks.bins")
    if not isinstance(known, np.ndarray):
        known = grid(case).bin(columns(case).at)
        case.cache["checks.bins"] = known
    return known


def begun(case: Case) -> Ints | None:
    """Return the place of each quarter's first call, and how many calls there are; None where they are not in order."""
    known = case.cache.get("checks.begins")
    if not isinstance(known, tuple):
        quarters = bins(case)
        in_order = bool((quarters[1:] >= quarters[:-1]).all())
        known = (np.searchsorted(quarters, np.arange(grid(case).size + 1)) if in_order else None,)
        case.cache["checks.begins"] = known
    begins: Ints | None = known[0]
    return begins
