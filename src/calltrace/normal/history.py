"""The time that is learned from, and the weeks it makes up on the clocks of each zone.

What is usual hangs on the local hour of the week, what is counted on elapsed time. :class:`Weeks` goes from one to the
other for many series at once: a run of ordinary hours is a run of hours of the week, so whole stretches are copied and
added up, and only where a clock changes or a mask cuts an hour is anything looked at by the interval.
"""

from __future__ import annotations

from dataclasses import field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal.intervals import BIN, HOUR, HOURS_A_WEEK, Grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

HALVES_A_WEEK = 2 * HOURS_A_WEEK


class Weeks:
    """The hours of a grid as local hours of the week of one zone.

    The grid begins at a full hour of UTC. An hour of it has the label of its first interval; where local hours begin
    within it, its half hours are still told apart.
    """

    def __init__(self, grid: Grid, zone: str) -> None:
        self.grid = grid
        self.halves = grid.halves(zone)
        self.slots = grid.hours(zone)[::4]
        run = np.flatnonzero(np.diff(self.slots) != 1) + 1
        edges = [0, *run.tolist(), len(self.slots)]
        self._runs = [
            (first, last, int(self.slots[first])) for first, last in pairwise(edges) if last > first]

    @cached_property
    def _quarters(self) -> tuple[Ints, Ints]:
        """The half hours of the week of each hour of the week's four intervals, and the hours that differ from it."""
        of_hours = self.halves.reshape(-1, 4)
        usual = np.zeros((HOURS_A_WEEK, 4), dtype=np.int64)
        usual[self.slots] = of_hours
        return usual, np.flatnonzero((usual[self.slots] != of_hours).any(axis=1))

    def add_up(self, values: Floats | Ints, weights: Floats | None = None) -> Floats:
        """Return values by hour (series, hours), times a weight an hour, added up by local hour of the week."""
        total = np.zeros((len(values), HOURS_A_WEEK))
        for first, last, slot in self._runs:
            part = values[:, first:last]
            total[:, slot: slot + last - first] += part if weights is None else part * weights[first:last]
        return total

    def lay_out(self, weekly: Floats) -> Floats:
        """Return what each hour of the week has (series, 168) at each hour of the grid."""
        laid = np.empty((len(weekly), len(self.slots)))
        for first, last, slot in self._runs:
            laid[:, first:last] = weekly[:, slot: slot + last - first]
        return laid

    def hourly(self, rates: Floats, mask: Bools | None = None) -> Floats:
        """Return the calls that rates by half hour of the week (series, 336; calls an hour) come to in each hour.

        ``mask`` says which intervals of the grid count; all without.
        """
        usual, odd = self._quarters
        laid = self.lay_out(_sum_of_four(rates[:, usual[:, k]] for k in range(4)))
        counts = np.ones((len(self.slots), 4), dtype=bool) if mask is None else mask.reshape(-1, 4)
        whole = counts.all(axis=1)
        if not whole.all():
            laid *= whole
            odd = np.union1d(odd, np.flatnonzero(~whole & counts.any(axis=1)))
        if odd.size:
            quarters, kept = self.halves.reshape(-1, 4)[odd], counts[odd]
            laid[:, odd] = _sum_of_four(rates[:, quarters[:, k]] * kept[:, k] for k in range(4))
        return laid

    def quarters(self, rates: Floats) -> Floats:
        """Return the calls that rates by half hour of the week come to in each interval: (series, hours, 4)."""
        usual, odd = self._quarters
        weekly = (rates * (BIN / HOUR))[:, usual]
        laid = np.empty((len(rates), len(self.slots), 4))
        for first, last, slot in self._runs:
            laid[:, first:last] = weekly[:, slot: slot + last - first]
        if odd.size:
            laid[:, odd] = (rates * (BIN / HOUR))[:, self.halves.reshape(-1, 4)[odd]]
        return laid


@lru_cache(maxsize=64)
def weeks_of(grid: Grid, zone: str) -> Weeks:
    """Return a grid's hours as a zone's hours of the week, worked out once."""
    return Weeks(grid, zone)


def _sum_of_four(quarters: Iterable[Floats]) -> Floats:
    """Return the hourly mean of the rates of an hour's four intervals: the calls it brings."""
    first, second, third, fourth = quarters
    return np.asarray((first + second + third + fourth) / 4)


@dataclass(frozen=True)
class Calls:
    """The calls of many series: microseconds since 1970, sorted within each; series k has ``edges[k]`` to ``edges[k + 1]``."""

    at: Ints
    edges: Ints

    @classmethod
    def of(cls, series: Sequence[Ints]) -> Calls:
        """Put series one after the other; those that lie so already are left where they are."""
        edges = np.cumsum([0, *(len(s) for s in series)], dtype=np.int64)
        return cls(_together(series), edges)

    def __len__(self) -> int:
        return len(self.edges) - 1

    def __getitem__(self, place: int) -> Ints:
        return self.at[self.edges[place]: self.edges[place + 1]]

    def take(self, places: Ints) -> Calls:
        """Return some of the series."""
        return self if len(places) == len(self) else Calls.of([self[k] for k in places.tolist()])


def _together(series: Sequence[Ints]) -> Ints:
    """Return series one after the other, without a copy where they are pieces of one array that follow one another."""
    filled = [s for s in series if len(s)]
    if not filled:
        return np.zeros(0, dtype=np.int64)
    whole = filled[0].base
    if isinstance(whole, np.ndarray) and whole.dtype == np.int64 and all(_piece(one, whole) for one in filled):
        begins = [(_address(one) - _address(whole)) // whole.itemsize for one in filled]
        if all(begin + len(one) == after for begin, one, after in zip(begins, filled, begins[1:], strict=False)):
            return whole[begins[0] : begins[-1] + len(filled[-1])]
    return np.concatenate(filled)


def _piece(one: Ints, whole: NDArray[np.int64]) -> bool:
    return one.base is whole and one.ndim == whole.ndim == 1 and one.flags.c_contiguous and whole.flags.c_contiguous


def _address(values: NDArray[np.int64]) -> int:
    return int(values.__array_interface__["data"][0])


@dataclass(frozen=True)
class History:
    """What is learned from: intervals of a grid, and how much each weighs.

    ``mask`` says which intervals are learned from (not the window left out, nor what lies outside the records);
    ``shape_weight`` and ``level_weight`` fade with their distance from the question; ``parity`` tells odd weeks from
    even. ``first`` and ``last`` are the edges of the records, microseconds since 1970 UTC; ``zone`` is the service's.
    """

    grid: Grid
    zone: str
    first: int
    last: int
    mask: Bools = field(repr=False)
    shape_weight: Floats = field(repr=False)
    level_weight: Floats = field(repr=False)
    parity: Ints = field(repr=False)

    def weeks(self, zone: str) -> Weeks:
        """Return the grid's hours as a zone's hours of the week."""
        return weeks_of(self.grid, zone)

    @property
    def hours(self) -> int:
        """Hours of the grid."""
        return self.grid.size // 4

    @cached_property
    def whole_hours(self) -> Bools:
        """Which hours are learned from with all their four intervals."""
        return np.asarray(self.mask.reshape(-1, 4).all(axis=1))

    @cached_property
    def known_hours(self) -> Bools:
        """Which hours the records hold, the last only when it is over."""
        hours = self.grid.edges[:-1:4]
        return np.asarray((hours >= self.first // HOUR * HOUR) & (hours + HOUR <= self.last))

    @cached_property
    def days(self) -> Ints:
        """The local day of the service each hour lies in, counted from the grid's first."""
        return self.grid.days(self.zone)[::4]
