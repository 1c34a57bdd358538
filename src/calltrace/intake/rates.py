"""How many calls to expect of a platform, and how likely none at all is.

Its own rate at each hour of the week, and a negative binomial, for calls come in bursts: with mean m and dispersion 1/k,
P(0) = (1 + m/k)**-k, which is exp(-m) where calls come independently.
"""

from __future__ import annotations

import math
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.tables import same_hours
from calltrace.tables.later import later

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
else:
    pd = later("pandas")

HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Rates:
    """Calls an hour on the whole platform by hour of the week, in the service's zone.

    ``per_hour`` has 168 values from Monday 00:00; ``dispersion`` is 1/k, 0 where calls come independently. ``at`` are the
    calls they were learned from, microseconds since 1970, in order; ``left_out`` the stretches that were not.
    """

    zone: str
    per_hour: NDArray[np.float64]
    dispersion: float
    at: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    left_out: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def expected(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Return the calls to expect in [start, end)."""
        if end <= start:
            return 0.0
        grid = hours(start, end)
        along = self.cumulative(grid)
        low, high = np.interp(np.array([microseconds(start), microseconds(end)], dtype=np.int64), grid, along)
        return float(high - low)

    def due(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Return the calls to expect in [start, end), no more than the same hours of other days lead to expect.

        An hour's rate tells nothing of when in it a service opens (:mod:`calltrace.tables.same_hours`).
        """
        usual = self.expected(start, end)
        return min(usual, self.at_most(microseconds(start), microseconds(end))) if usual > 0 else usual

    def at_most(self, start: int, end: int) -> float:
        """Return the most calls that the same hours of other days lead to expect in [start, end), microseconds since 1970."""
        if not len(self.at):
            return math.inf
        first, last = int(self.at[0]), int(self.at[-1])

        def known(low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.bool_]:
            use = (low >= first) & (high <= last)
            for begin, finish in self.left_out:
                use &= (high <= begin) | (low >= finish)
            return use

        counted = partial(same_hours.between, self.at)
        span = np.array([start]), np.array([end])
        return float(same_hours.at_most(counted, *span, self.zone, known, by_day=lambda _start, _end: True)[0])

    def cumulative(self, grid: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the calls to expect from the first of some hours' edges (microseconds) to each of them."""
        rate = self.per_hour[hour_of_week(grid[:-1], self.zone)]
        return np.concatenate([[0.0], np.cumsum(rate)])

    def chance_of_none(self, expected: float) -> float:
        """Return the probability of no call at all where ``expected`` are to be expected.

        Examples
        --------
        >>> round(Rates("UTC", np.zeros(168), 0.0).chance_of_none(2.0), 4)
        0.1353
        """
        return math.exp(self.log_chance_of_none(expected))

    def least_told(self, log: float) -> float:
        """Return the calls to expect from which the natural logarithm of none at all is below ``log``."""
        return -log if self.dispersion < 1e-9 else math.expm1(min(-log * self.dispersion, 700.0)) / self.dispersion

    def log_chance_of_none(self, expected: float) -> float:
        """Return the natural logarithm of that probability."""
        if self.dispersion < 1e-9:  # too small to tell from independent calls, and to divide by
            return -expected
        return -math.log1p(expected * self.dispersion) / self.dispersion


def microseconds(at: pd.Timestamp) -> int:
    """Return an instant in microseconds since 1970."""
    return int(at.value) // 1000  # ``value`` is nanoseconds, whatever the unit


def hours(start: pd.Timestamp, end: pd.Timestamp) -> NDArray[np.int64]:
    """Return the edges of all hours touching [start, end], microseconds since 1970."""
    return np.arange(microseconds(start) // HOUR_US, -(-microseconds(end) // HOUR_US) + 1, dtype=np.int64) * HOUR_US


def hour_of_week(starts: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Return the hour of the week (0 is Monday 00:00) in a zone, of instants in microseconds."""
    wall = pd.DatetimeIndex(starts.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone)
    return np.asarray(wall.day_of_week * 24 + wall.hour, dtype=np.int64)


def rates_of(at: NDArray[np.int64], zone: str, leave_out: tuple[tuple[int, int], ...] = ()) -> Rates:
    """Learn the rates of some calls by their times (microseconds since 1970, in order), some stretches left out.

    With less than two weeks of records hours of the week are too few to tell: the hour of the day is taken,
    and with less than two days one rate for all hours.
    """
    if len(at) < 2:
        return Rates(zone, np.zeros(168), 0.0)
    grid = np.arange(at[0] // HOUR_US, at[-1] // HOUR_US + 2, dtype=np.int64) * HOUR_US
    counts = np.diff(np.searchsorted(at, grid)).astype(float)
    how = hour_of_week(grid[:-1], zone)
    weight = np.ones(len(counts))
    weight[0] = (grid[1] - at[0]) / HOUR_US  # the records begin and end within an hour
    weight[-1] = (at[-1] - grid[-2]) / HOUR_US if len(weight) > 1 else weight[-1]
    for start, end in leave_out:
        covered = np.clip(np.minimum(grid[1:], end) - np.maximum(grid[:-1], start), 0, HOUR_US) / HOUR_US
        weight = np.maximum(weight - covered, 0.0)
    days = len(counts) / 24

    def mean(
        cell: NDArray[np.int64], size: int, prior: NDArray[np.float64], prior_h: float
    ) -> NDArray[np.float64]:
        """Return calls an hour by cell, an hour in which nothing was seen taking the prior."""
        seen = np.bincount(cell, weights=weight, minlength=size) + prior_h
        sums = np.bincount(cell, weights=counts, minlength=size) + prior_h * prior
        return np.where(seen > 0, sums / np.maximum(seen, 1e-9), prior)

    overall = np.full(24, counts.sum() / max(weight.sum(), 1e-9))
    by_day = mean(how % 24, 24, overall, 0.0) if days >= 2 else overall
    # half an hour of the hour of the day's rate, so that four Mondays do not settle for ever that nobody calls
    per_hour = mean(how, 168, np.tile(by_day, 7), 0.5) if days >= 14 else np.tile(by_day, 7)
    usable = weight > 0.99
    expected, got = per_hour[how][usable], counts[usable]
    spread = float((((got - expected) ** 2) - expected).sum() / max((expected**2).sum(), 1e-9))
    return Rates(zone, per_hour, max(spread, 0.0), at, leave_out)
