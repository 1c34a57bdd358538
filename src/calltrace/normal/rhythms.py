"""The rhythms of many series side by side: what :class:`calltrace.normal.rhythm.Rhythm` answers, of all of them at once.

An audit asks the same of every account. One account at a time, that is some thousand small calls a question; side by
side it is a few large ones. The answers are those of the rhythms themselves.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calltrace.normal.intervals import BIN, HOUR, Grid, to_us
from calltrace.normal.pool import blocks
from calltrace.normal.rhythm import Rhythm
from calltrace.normal.silences import Silences
from calltrace.normal.surges import Surges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

BLOCK = 32
"""Series whose quarter hours are laid out at a time."""


class Rhythms:
    """Rhythms of one baseline, in the order given; all of them know the same records."""

    def __init__(self, rhythms: Sequence[Rhythm]) -> None:
        self.rhythms = tuple(rhythms)

    def __len__(self) -> int:
        return len(self.rhythms)

    def __iter__(self) -> Iterator[Rhythm]:
        return iter(self.rhythms)

    def __getitem__(self, place: int) -> Rhythm:
        return self.rhythms[place]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The series' names."""
        return tuple(r.key for r in self.rhythms)

    @cached_property
    def learned_from(self) -> Ints:
        """Calls each series was learned from."""
        return np.array([r.learned_from for r in self.rhythms], dtype=np.int64)

    @cached_property
    def calls_per_day(self) -> Floats:
        """Calls an ordinary day brings each series."""
        return np.array([r.calls_per_day for r in self.rhythms], dtype=float)

    @cached_property
    def busiest(self) -> Floats:
        """Calls an hour that each series' busiest half hour of the week brings: no time brings more, the platform apart."""
        return self._weekly.max(axis=1) if len(self) else np.zeros(0)

    def expected(self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False) -> Floats:
        """Return how many calls [start, end) usually brings each series, as :meth:`Rhythm.expected`."""
        a, b = to_us(start), to_us(end)
        found = np.zeros(len(self))
        if b <= a:
            return found
        low, high = a // BIN, -(-b // BIN)
        edges = np.arange(low, high + 1, dtype=np.int64) * BIN
        share = (np.minimum(edges[1:], b) - np.maximum(edges[:-1], a)) / HOUR
        for zone, places in self._zones.items():
            if platform or self._share_of(places) is not None:
                found[places] = (self._rates(places, zone, low, high, platform) * share).sum(axis=1)
            else:
                # the same half hours of the week come back: counted first, they are multiplied once
                elapsed = np.bincount(self._window(low, high).halves(zone), weights=share, minlength=self._weekly.shape[1])
                found[places] = (self._weekly[places] * elapsed).sum(axis=1)
        return found

    def expected_each(self, starts: Ints, ends: Ints) -> Floats:
        """Return how many calls each series usually has in a time of its own, [start, end) in microseconds since 1970."""
        found = np.zeros(len(self))
        some = np.flatnonzero(ends > starts)
        for zone, places in blocks([self.rhythms[k].zone for k in some.tolist()], BLOCK):
            one = some[places]
            low, high = int(starts[one].min()) // BIN, -(-int(ends[one].max()) // BIN)
            edges = np.arange(low, high + 1, dtype=np.int64) * BIN
            share = np.minimum(edges[1:], ends[one, None]) - np.maximum(edges[:-1], starts[one, None])
            found[one] = (self._rates(one, zone, low, high, platform=False) * np.maximum(share, 0)).sum(axis=1) / HOUR
        return found

    def profile(self, places: Ints, low: int, high: int) -> Floats:
        """Return how the calls of some series usually fall over the intervals from ``low`` to before ``high``, since 1970.

        Returns
        -------
        array (series, intervals)
            Times the mean of a series' week; 1 of one that expects nothing.
        """
        found = np.ones((len(places), high - low))
        for zone, of in blocks([self.rhythms[k].zone for k in places.tolist()], BLOCK):
            one = places[of]
            mean = self._weekly[one].mean(axis=1)
            known = np.flatnonzero(mean > 0)
            weekly = self._weekly[one[known]] / mean[known, None]
            found[of[known]] = weekly[:, self._window(low, high).halves(zone)]
        return found

    def count(self, start: pd.Timestamp, end: pd.Timestamp) -> Ints:
        """Return how many calls of each series arrived in [start, end)."""
        asked = np.array([to_us(start), to_us(end)], dtype=np.int64)
        found = np.array([np.searchsorted(r.calls, asked, side="left") for r in self.rhythms], dtype=np.int64)
        return np.asarray(np.maximum(np.diff(found.reshape(-1, 2), axis=1)[:, 0], 0))

    def silences(self, start: int, end: int) -> Iterator[tuple[Ints, Silences]]:
        """Yield the places of series of one zone, some at a time, and what there is to say of their silences.

        ``start`` and ``end`` are microseconds since 1970, as :meth:`Rhythm.gaps` takes them.
        """
        for _, places in blocks([r.zone for r in self.rhythms], BLOCK):
            yield places, Silences([self.rhythms[k] for k in places.tolist()], start, end)

    def surges(self, start: int, end: int) -> Iterator[tuple[Ints, Surges]]:
        """Yield the places of series of one zone, some at a time, and what there is to say of their surges.

        ``start`` and ``end`` are microseconds since 1970, as :meth:`Rhythm.rushes` takes them as timestamps.
        """
        for _, places in blocks([r.zone for r in self.rhythms], BLOCK):
            yield places, Surges([self.rhythms[k] for k in places.tolist()], start, end)

    # ------------------------------------------------------------------ inside

    @cached_property
    def _zones(self) -> dict[str, Ints]:
        """The places of the series of each zone, by zones in the order they first come."""
        places: dict[str, list[int]] = {}
        for place, rhythm in enumerate(self.rhythms):
            places.setdefault(rhythm.zone, []).append(place)
        return {zone: np.array(of, dtype=np.int64) for zone, of in places.items()}

    @cached_property
    def _weekly(self) -> Floats:
        """Calls an hour, by series and local half hour of the week."""
        return np.stack([r.rates for r in self.rhythms])

    def _window(self, low: int, high: int) -> Grid:
        """Return the grid of the intervals from ``low`` to before ``high``, counted since 1970."""
        grid = self.rhythms[0].grid
        return grid.part(low, high) if low >= grid.first and high <= grid.first + grid.size else Grid(low, high - low)

    def _share_of(self, places: Ints) -> Floats | None:
        """Return the share of each interval of the grid the series' lines are open; None where all always are."""
        rhythms = [self.rhythms[k] for k in places.tolist()]
        if all(r.open_share is None for r in rhythms):
            return None
        always = np.ones(rhythms[0].grid.size)
        return np.stack([always if r.open_share is None else r.open_share for r in rhythms])

    def _rates(self, places: Ints, zone: str, low: int, high: int, platform: bool) -> Floats:
        """Return calls an hour of series of one zone, by interval from ``low`` to before ``high``, counted since 1970."""
        rates = self._weekly[places][:, self._window(low, high).halves(zone)]
        grid = self.rhythms[0].grid
        # what is known of single days is known on the grid alone
        first, last = max(low, grid.first), min(high, grid.first + grid.size)
        if last <= first:
            return rates
        known, own = slice(first - low, last - low), slice(first - grid.first, last - grid.first)
        share = self._share_of(places)
        if share is not None:
            rates[:, known] *= share[:, own]
        if platform:
            hours = np.arange(own.start, own.stop) // 4
            for row, place in enumerate(places.tolist()):
                factor = self.rhythms[place].factor
                if factor is not None:
                    rates[row, known] *= factor[hours]
        return rates
