"""The silences of many series at once: every gap between calls, what was expected in it, and how likely chance makes it.

What :meth:`calltrace.normal.rhythm.Rhythm.gaps` says of one series, in the same measure. Over three months an account
has thousands of gaps and hardly one of them is remarkable; those that cannot be are left out by a bound before anything
is computed of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal.ensemble import Ensemble
from calltrace.normal.history import Calls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.normal.rhythm import Rhythm

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_SLACK = 1e-9


@dataclass(frozen=True)
class Gaps:
    """Gaps of several series, by series and time.

    ``series`` is the place of the series; ``starts`` and ``ends`` are microseconds since 1970; ``expected`` (calls) and
    ``log`` (log10 of the chance of none, given how busy the rest of the day was) are as of :meth:`Rhythm.gaps`.
    """

    series: Ints
    starts: Ints
    ends: Ints
    expected: Floats
    log: Floats

    def take(self, chosen: Bools) -> Gaps:
        """Return some of the gaps."""
        return Gaps(self.series[chosen], self.starts[chosen], self.ends[chosen], self.expected[chosen], self.log[chosen])


class Silences(Ensemble):
    """The silences of series of one zone and one baseline that touch [start, end), microseconds since 1970."""

    def __init__(self, rhythms: Sequence[Rhythm], start: int, end: int) -> None:
        self._edges = Calls.of([r.gap_edges(start, end) for r in rhythms])
        at = self._edges.at
        super().__init__(rhythms, *((int(at.min()), int(at.max())) if at.size else (start, end)))

    def gaps(self, least: Floats) -> Gaps:
        """Return the gaps between consecutive calls.

        Parameters
        ----------
        least : array (series,)
            −log10 of the chance below which a gap of the series is of no interest: such gaps may be missing.
        """
        edges = self._edges
        if not edges.at.size:
            nothing, none = np.zeros(0, dtype=np.int64), np.zeros(0)
            return Gaps(nothing, nothing, nothing, none, none)
        series = np.repeat(np.arange(len(edges)), np.diff(edges.edges))
        upto = self.platform.at(series, edges.at)
        mu = np.diff(upto)
        real = (np.diff(edges.at) > 0) & (np.diff(series) == 0)
        # of both tests neither has a chance of none below e^−Λ, so that neither reaches further than Λ
        enough = np.where(least > 0, (least + math.log10(2.0)) * math.log(10.0) * (1.0 - _SLACK), -1.0)
        real &= mu >= np.minimum(enough, self._enough(enough).min(axis=1))[series[:-1]]
        kept = np.flatnonzero(real)
        series, starts, ends = series[kept], edges.at[kept], edges.at[kept + 1]
        mu = np.maximum(mu[kept], 0.0)
        return Gaps(
            series, starts, ends, mu,
            self.log_tail(series, starts, ends, np.zeros_like(starts), mu, side="low", between_calls=True))

    def _enough(self, enough: Floats) -> Floats:
        """Return, by series and day, the calls expected that ``enough`` given how busy a day was come to at least.

        Of u expected on a day that had n calls where Λ were expected, u (s + n) / (s + Λ − u) are, given the rest of the
        day; where a gap touches several days, no more than if all of it lay in the one that makes most of it.
        """
        _, of_day, in_day = self.days
        size = self.steadiness[:, None]
        goal = np.maximum(enough, 0.0)[:, None]
        return np.asarray(goal * (size + of_day) / (size + in_day + goal) * (1.0 - _SLACK))
