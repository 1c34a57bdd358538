"""When lines were left forwarded: from the first to the last of the calls that none should have brought.

Of a period that is asked about, from the first to the last of the days with more such calls than chance brings, each held
against the hours of it in which one can come at all; and what came just before midnight or just after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._chance import counts_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HOUR = pd.Timedelta(hours=1)

HOURS_A_DAY = 24

ONE_MORE = 0.5
"""Calls added to those that are usual, so that where none are a single one is no proof; and hours, to those of a day."""

BY_CHANCE = 0.05
"""Days of a period on which so many such calls come by chance, below which a day is one of the trouble's."""

AWAITED = 3.0
"""Calls that would have come since the last one, had it gone on as before, from which it is over: none come 1 time in 20."""


@dataclass(frozen=True)
class LeftOn:
    """The first and the last such call (UTC), how many came between, and whether it still goes on where the period ends.

    It does unless the period ends in hours in which no such call can come, or so many hours after the last one that it is over.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    calls: int
    goes_on: bool


def hours_of(start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the middle of every hour of a period, UTC."""
    return pd.date_range(start + HOUR / 2, end, freq=HOUR)


def left_on(came: pd.Series[pd.Timestamp], hours: pd.DatetimeIndex, out: NDArray[np.bool_], usual: float) -> LeftOn | None:
    """Return when the lines were left forwarded; None where no such call came.

    Parameters
    ----------
    came : Series of instants
        The calls of the period outside the hours in which they should come.
    hours : DatetimeIndex
        The period's hours (:func:`hours_of`).
    out : array of bool
        Which of them are such hours.
    usual : float
        How many such calls usually come in the period.
    """
    if came.empty or not len(hours):
        return None
    at = came.sort_values().reset_index(drop=True)
    start = hours[0] - HOUR / 2
    days = -(-len(hours) // HOURS_A_DAY)
    day = np.clip(((at - start) // (HOURS_A_DAY * HOUR)).to_numpy(dtype=np.int64), 0, days - 1)
    seen = np.bincount(day, minlength=days)
    part = np.add.reduceat(out.astype(float), np.arange(0, len(hours), HOURS_A_DAY)) + ONE_MORE
    due = (usual + ONE_MORE) * part / part.sum()
    beyond = [n for n in range(days) if seen[n] and counts_tail(float(seen[n]), float(due[n])) * days < BY_CHANCE]
    first, last = (beyond[0] - 1, beyond[-1] + 1) if beyond else (0, days)
    of_it = at[(day >= first) & (day <= last)]
    begun, over = of_it.iloc[0], of_it.iloc[-1]
    during = max(1.0, float((out & (hours >= begun) & (hours <= over)).sum()))
    since = float((out & (hours > over)).sum())
    return LeftOn(begun, over, len(of_it), bool(out[-1] and len(of_it) / during * since < AWAITED))


def over_since(at: pd.Series[pd.Timestamp], spans: Sequence[tuple[pd.Timestamp, pd.Timestamp]], rate: float,
               start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether lines that were left forwarded when a window ended were taken back, by the calls of [start, end) after it.

    Parameters
    ----------
    at : Series of instants
        The account's calls of that time.
    spans : pairs of instants
        The hours in which its lines should be forwarded then.
    rate : float
        Such calls an hour while they were left on.
    """
    hours = hours_of(start, end)
    last = max((one for one in at if not _in(one, spans)), default=start)
    return rate * sum(one > last and not _in(one, spans) for one in hours) >= AWAITED


def _in(one: pd.Timestamp, spans: Sequence[tuple[pd.Timestamp, pd.Timestamp]]) -> bool:
    return any(a <= one < b for a, b in spans)
