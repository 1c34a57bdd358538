"""Series of one zone side by side: what is expected of each between any two instants, and how likely chance makes it.

The measure is :class:`calltrace.normal.rhythm.Rhythm`'s own; every question is asked of many windows of many series at
once, the platform factor taken in.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal import tails
from calltrace.normal.clock import midnights
from calltrace.normal.dispersion import LENGTHS, at_hours
from calltrace.normal.history import Calls, weeks_of
from calltrace.normal.intervals import BIN, DAY, HOUR, Grid
from calltrace.normal.rhythm import UNSEEN_DISPERSION, Rhythm, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_MARGIN = 3 * DAY
"""How far beyond a window a local midnight of its days may lie, and more."""


@dataclass(frozen=True)
class Curves:
    """Calls expected of each series from the grid's start up to each edge of its intervals."""

    grid: Grid
    upto: Floats

    def at(self, series: Ints, at: Ints) -> Floats:
        """Return the calls expected of these series up to these instants, one each."""
        since = at - self.grid.start
        whole = since // BIN
        part = since - whole * BIN  # numpy takes five times as long over a remainder
        place = series * self.upto.shape[1] + whole
        flat = self.upto.ravel()
        low = flat[place]
        return np.asarray(low + (flat[np.minimum(place + 1, flat.size - 1)] - low) * (part / BIN))

    def between(self, series: Ints, starts: Ints, ends: Ints) -> Floats:
        """Return the calls expected of these series in [start, end); 0 where it ends first."""
        return np.asarray(np.maximum(self.at(series, ends) - self.at(series, starts), 0.0))


class Ensemble:
    """Series of one zone and one baseline, for windows within [low, high), microseconds since 1970.

    Windows are given by the place of their series, their start and their end, one value each.
    """

    def __init__(self, rhythms: Sequence[Rhythm], low: int, high: int) -> None:
        self.rhythms = tuple(rhythms)
        one = self.rhythms[0]
        self.first, self.last, self._zone = one.first, one.last, one.zone
        self._low, self._high = low, high
        # far from what was learned, only the weekly rates count
        start, end = (low - _MARGIN) // HOUR * HOUR, -(-(high + _MARGIN) // HOUR) * HOUR
        inside = start >= one.grid.start and end <= one.grid.end
        self._grid = one.grid.part(start // BIN, end // BIN) if inside else Grid.over(
            min(start, one.grid.start) // DAY * DAY, -(-max(end, one.grid.end) // DAY) * DAY)
        self._by_length = np.stack([r.spread_of(platform=True).by_length for r in self.rhythms])
        self._level = np.array([r.spread_of(platform=True).level for r in self.rhythms])

    # ------------------------------------------------------------------ what is asked of it

    def log_none(self, series: Ints, starts: Ints, ends: Ints, mu: Floats) -> Floats:
        """Return log10 of the chance that each [start, end) brings its series no call at all, ``mu`` being expected."""
        r = self._spread(series, starts, ends) + self._level[series]
        return tails.log10_none(mu, r + self._doubt(series, starts, ends))

    def between(self, series: Ints, starts: Ints, ends: Ints, *, platform: bool = False) -> Floats:
        """Return how many calls each [start, end) usually brings its series; 0 where it ends first."""
        return (self.platform if platform else self._plain).between(series, starts, ends)

    def counts(self, series: Ints, starts: Ints, ends: Ints) -> Ints:
        """Return how many calls of its series arrived in each [start, end)."""
        places, span, first = self._placed
        low, high = (
            np.searchsorted(places, np.clip(at - first, 0, span - 1) + series * span, side="left") for at in (starts, ends))
        return np.asarray(np.maximum(high - low, 0))

    def log_tail(
        self, series: Ints, starts: Ints, ends: Ints, observed: Ints, mu: Floats, *, side: Side, between_calls: bool = False,
    ) -> Floats:
        """Return log10 of the chance of so few (so many) calls, by the stronger of the two tests of :class:`Rhythm`.

        ``between_calls`` says that every window is a gap: no call lies within it.
        """
        tail = tails.log10_at_most if side == "low" else tails.log10_at_least
        spread = self._spread(series, starts, ends)
        rest = self._level[series] + self._doubt(series, starts, ends)
        alone = tail(observed, mu, spread + rest)
        slow, day = (v[series] for v in self._slow)
        mean, variance = self._given_days(series, starts, ends, between_calls=between_calls)
        r = np.where(mean > 0, variance / np.maximum(mean, 1e-12) ** 2, 0.0)
        given = tail(observed, mean, r + np.maximum(spread - slow - day, 0.0) + slow + rest)
        return np.asarray(np.minimum(np.minimum(alone, given) + math.log10(2.0), 0.0))

    # ------------------------------------------------------------------ inside

    @cached_property
    def _placed(self) -> tuple[Ints, int, int]:
        """The calls of all series on one axis, each series on a stretch of its own: places, its length, its origin."""
        calls = Calls.of([r.calls for r in self.rhythms])
        first = int(calls.at.min()) if calls.at.size else 0
        span = int(calls.at.max()) - first + 2 if calls.at.size else 2
        return calls.at - first + np.repeat(np.arange(len(calls)), np.diff(calls.edges)) * span, span, first

    @cached_property
    def platform(self) -> Curves:
        """The calls expected, each hour multiplied by what the other accounts did in it."""
        return self._curves(self._rates, platform=True)

    @cached_property
    def _plain(self) -> Curves:
        return self._curves(self._rates, platform=False)

    @cached_property
    def _rates(self) -> Floats:
        return np.stack([r.rates for r in self.rhythms])

    def _curves(self, rates: Floats, *, platform: bool) -> Curves:
        fine = weeks_of(self._grid, self._zone).quarters(rates).reshape(len(rates), -1)
        known = self.rhythms[0].grid
        first = max(known.first, self._grid.first)
        last = min(known.first + known.size, self._grid.first + self._grid.size)
        own, there = (slice(first - grid.first, last - grid.first) for grid in (self._grid, known))
        hours = slice(there.start // 4, there.stop // 4)
        for row, rhythm in enumerate(self.rhythms):
            if rhythm.open_share is not None:
                fine[row, own] *= rhythm.open_share[there]
            if platform and rhythm.factor is not None:
                fine[row, own] *= np.repeat(rhythm.factor[hours], 4)
        upto = np.zeros((len(rates), self._grid.size + 1))
        np.cumsum(fine, axis=1, out=upto[:, 1:])
        return Curves(self._grid, upto)

    @cached_property
    def days(self) -> tuple[Ints, Floats, Ints]:
        """The local midnights around all windows, and each series' calls expected and arrived between them (on record)."""
        edges = midnights(self._low, self._high, self._zone)
        known = np.clip(edges, self.first, self.last)
        series = np.repeat(np.arange(len(self.rhythms)), len(known))
        upto = self.platform.at(series, np.tile(known, len(self.rhythms))).reshape(-1, len(known))
        arrived = np.array([np.searchsorted(r.calls, known, side="left") for r in self.rhythms])
        return edges, np.diff(upto, axis=1), np.diff(arrived, axis=1)

    @cached_property
    def _slow(self) -> tuple[Floats, Floats]:
        """The dispersion of weeks, and what that of days has beyond it."""
        slow = self._by_length[:, -1]
        return slow, np.maximum(self._by_length[:, np.flatnonzero(LENGTHS == 24.0)[0]] - slow, 1e-6)

    @property
    def steadiness(self) -> Floats:
        """How little each series' days stray: calls' worth of trust in a day being as busy as others."""
        return np.asarray(1.0 / self._slow[1])

    def _spread(self, series: Ints, starts: Ints, ends: Ints) -> Floats:
        """Return the dispersion of windows, the uncertainty of the level apart."""
        return at_hours(self._by_length, series, (ends - starts) / HOUR)

    def _given_days(self, series: Ints, starts: Ints, ends: Ints, *, between_calls: bool) -> tuple[Floats, Floats]:
        """Return mean and variance of the calls of each window, given those of the rest of its days.

        As of :class:`Rhythm`, which says why.
        """
        mean, variance = np.zeros(len(starts)), np.zeros(len(starts))
        if not len(starts):
            return mean, variance
        edges, of_day, in_day = self.days
        size = self.steadiness
        begin = np.searchsorted(edges, starts, side="right") - 1
        finish = np.searchsorted(edges, ends, side="left") - 1
        touched = np.arange(len(starts))
        for k in range(int((finish - begin).max()) + 1):
            touched = touched[begin[touched] + k <= finish[touched]]
            day, row = begin[touched] + k, series[touched]
            a, b = np.maximum(starts[touched], edges[day]), np.minimum(ends[touched], edges[day + 1])
            usual = self.platform.between(row, a, b)
            elsewhere = in_day[row, day]
            if not between_calls:
                elsewhere = np.maximum(elsewhere - self.counts(row, a + 1, b), 0)
            expected = usual * (size[row] + elsewhere) / (size[row] + np.maximum(of_day[row, day] - usual, 0.0))
            mean[touched] += expected
            variance[touched] += expected**2 / (size[row] + elsewhere)
        return mean, variance

    def _doubt(self, series: Ints, starts: Ints, ends: Ints) -> Floats:
        """Return the dispersion that hours of the week the history never showed add to windows."""
        found = np.zeros(len(starts))
        guessed = self._guessed
        if guessed is not None:
            doubted = np.flatnonzero(self._never_seen[series])
            where = series[doubted], starts[doubted], ends[doubted]
            share = guessed.between(*where) / np.maximum(self._plain.between(*where), 1e-12)
            found[doubted] = UNSEEN_DISPERSION * np.minimum(share, 1.0) ** 2
        return found

    @cached_property
    def _never_seen(self) -> Bools:
        """Which series have hours of the week that their history never showed."""
        return np.array([r.unseen is not None and bool(r.unseen.any()) for r in self.rhythms])

    @cached_property
    def _guessed(self) -> Curves | None:
        """What is expected in hours never seen; None where every series saw all of them."""
        if not self._never_seen.any():
            return None
        unseen = np.stack([np.zeros_like(r.rates) if r.unseen is None else r.unseen for r in self.rhythms])
        return self._curves(self._rates * unseen, platform=False)
