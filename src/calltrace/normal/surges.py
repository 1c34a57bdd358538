"""The surges of many series at once: the windows with far more calls than usual, and how likely chance makes them.

What :meth:`calltrace.normal.rhythm.Rhythm.rushes` says of one series around the platform factor, in the same measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.normal.ensemble import Ensemble
from calltrace.normal.history import Calls
from calltrace.normal.intervals import DAY, instant
from calltrace.normal.rhythm import MOST_SPELLS
from calltrace.normal.tails import deviance
from calltrace.normal.windows import HIGH_LOOKS, surge_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.normal.rhythm import Rhythm

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_SLACK = 1e-9
"""Relative error of a rank, and more: which of two so near is the foremost is left to a closer look."""


@dataclass(frozen=True)
class Rushes:
    """Windows with far more calls than usual, by series, of each the least likely first as :meth:`Rhythm.rushes` has them.

    ``series`` is the place of the series; ``starts`` and ``ends`` are microseconds since 1970; ``expected`` and
    ``observed`` are calls, ``score`` −log10 of their chance less the looks taken.
    """

    series: Ints
    starts: Ints
    ends: Ints
    expected: Floats
    observed: Ints
    score: Floats


class Surges(Ensemble):
    """The surges of series of one zone and one baseline in [start, end), microseconds since 1970."""

    def __init__(self, rhythms: Sequence[Rhythm], start: int, end: int) -> None:
        one = rhythms[0]
        self._asked = start, end
        self._windows = surge_windows((start, end), (one.first, one.last))
        edges = self._windows[0]
        super().__init__(rhythms, *((int(edges[0]), int(edges[-1])) if len(edges) else (start, end)))

    def rushes(
        self, *, most: int = MOST_SPELLS, least_score: float = 1.0, least_extra: float = 0.0, least_ratio: float = 0.0,
    ) -> Rushes:
        """Return the :meth:`Rhythm.rushes` of all series, around the platform factor; parameters as there."""
        edges, i, j = self._windows
        places, rank, felt = self._ranked(least_extra, least_ratio)
        found: list[tuple[Ints, Ints, Ints, Floats, Ints, Floats]] = []
        for turn in range(most):
            if turn and least_extra > 0:  # what is left of most is nothing that anybody felt
                left = np.flatnonzero((felt & (rank > 0)).any(axis=1))
                places, rank, felt = places[left], rank[left], felt[left]
            if not places.size:
                break
            top = rank.argmax(axis=1)
            highest = rank[np.arange(len(top)), top]
            near = np.count_nonzero(rank >= (highest * (1.0 - _SLACK))[:, None], axis=1) > 1
            alone = near & (highest > 0)
            found += [self._alone(int(k), most, (least_score, least_extra, least_ratio), turn) for k in places[alone]]
            kept = np.flatnonzero((highest > 0) & ~near)
            row, begin, stop = places[kept], edges[i[top[kept]]], edges[j[top[kept]]]
            mu, observed = self.between(row, begin, stop, platform=True), self.counts(row, begin, stop)
            score = -self.log_tail(row, begin, stop, observed, mu, side="high") - HIGH_LOOKS
            told = np.flatnonzero(score >= least_score)
            kept, row, begin, stop = kept[told], row[told], begin[told], stop[told]
            found.append((row, begin, stop, mu[told], observed[told], score[told]))
            places, rank, felt = row, rank[kept], felt[kept]
            rank[(edges[i] < stop[:, None]) & (edges[j] > begin[:, None])] = -1.0
        return _joined(found)

    # ------------------------------------------------------------------ inside

    def _ranked(self, least_extra: float, least_ratio: float) -> tuple[Ints, Floats, Bools]:
        """Return the places of series that may have rushes, how each window of each ranks, -1 for none, and which is felt."""
        edges, i, j = self._windows
        many = len(self.rhythms)
        if not len(i):
            return np.zeros(0, dtype=np.int64), np.zeros((0, 0)), np.zeros((0, 0), dtype=bool)
        # windows begin and end where quarter hours do
        usual, upto = self.platform.upto[:, self.platform.grid.bins(edges)], self._counted(edges)
        felt = np.full(many, least_extra <= 0)
        # windows of one length lie one after the other
        lengths = [
            (slice(first, last), slice(int(i[first]), int(i[last - 1]) + 1), slice(int(j[first]), int(j[last - 1]) + 1))
            for first, last in pairwise([0, *(np.flatnonzero(np.diff(j - i)) + 1).tolist(), len(i)])]
        for _, begins, ends in lengths:
            if edges[ends.start] - edges[begins.start] <= DAY and not felt.all():
                mu, observed = usual[:, ends] - usual[:, begins], upto[:, ends] - upto[:, begins]
                felt |= ((observed >= least_ratio * mu) & (observed - mu >= least_extra)).any(axis=1)
        places = np.flatnonzero(felt)
        usual, upto = usual[places], upto[places]
        rank, each_felt = np.full((len(places), len(i)), -1.0), np.zeros((len(places), len(i)), dtype=bool)
        for windows, begins, ends in lengths if places.size else ():  # most series have nothing to rank
            mu, observed = usual[:, ends] - usual[:, begins], upto[:, ends] - upto[:, begins]
            risen, of_length = np.flatnonzero(observed > mu), np.full(mu.shape, -1.0)
            of_length.ravel()[risen] = deviance(observed.take(risen), mu.take(risen), np.zeros(1))
            rank[:, windows] = of_length
            if edges[ends.start] - edges[begins.start] <= DAY:
                each_felt[:, windows] = (observed >= least_ratio * mu) & (observed - mu >= least_extra)
        return places, rank, each_felt

    def _counted(self, edges: Ints) -> Floats:
        """Return how many calls of each series arrived from the first of these edges, which are alike, to each of them."""
        part = edges[[0, -1]]
        calls = Calls.of([r.calls[slice(*np.searchsorted(r.calls, part).tolist())] for r in self.rhythms])
        ended = (calls.at - edges[0]) // (edges[1] - edges[0]) + 1
        cells = ended + np.repeat(np.arange(len(calls)) * len(edges), np.diff(calls.edges))
        counts = np.bincount(cells, minlength=len(calls) * len(edges)).reshape(len(calls), -1)
        return np.cumsum(counts, axis=1, dtype=float)

    def _alone(
        self, place: int, most: int, least: tuple[float, float, float], known: int
    ) -> tuple[Ints, Ints, Ints, Floats, Ints, Floats]:
        """Return the rushes of a series two windows of which rank alike, those already known left out."""
        score, extra, ratio = least
        spells = self.rhythms[place].rushes(
            *(instant(t) for t in self._asked), platform=True, most=most, least_score=score, least_extra=extra,
            least_ratio=ratio)[known:]
        return (
            np.full(len(spells), place), np.array([s.start for s in spells], dtype=np.int64),
            np.array([s.end for s in spells], dtype=np.int64), np.array([s.expected for s in spells], dtype=float),
            np.array([s.observed for s in spells], dtype=np.int64), np.array([s.score for s in spells], dtype=float))


def _joined(found: list[tuple[Ints, Ints, Ints, Floats, Ints, Floats]]) -> Rushes:
    """Put what was found turn by turn in order of the series."""
    if not found:
        nothing = np.zeros(0, dtype=np.int64)
        return Rushes(nothing, nothing, nothing, np.zeros(0), nothing, np.zeros(0))
    series, *rest = (np.concatenate(values) for values in zip(*found, strict=True))
    order = np.argsort(series, kind="stable")
    starts, ends, expected, observed, score = (values[order] for values in rest)
    return Rushes(series[order], starts, ends, expected, observed, score)
