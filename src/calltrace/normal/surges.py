"""Which of many series had far more calls than usual: a first look at all of them, for the closer one at few.

Of a series whose most improbable window chance explains, :meth:`calltrace.normal.rhythm.Rhythm.rushes` finds none. That
window is found here for many series at once, and its chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.normal.ensemble import Ensemble
from calltrace.normal.intervals import DAY
from calltrace.normal.rhythm import HIGH_LOOKS, deviance, surge_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.normal.rhythm import Rhythm

Bools: TypeAlias = NDArray[np.bool_]

_SLACK = 1e-6
"""Error of the sums, and more: a series so near to having a surge is looked at more closely."""


def surging(
    rhythms: Sequence[Rhythm], start: int, end: int, *, least_score: float, least_extra: float, least_ratio: float,
) -> Bools:
    """Return which series of one zone may have surges in [start, end), microseconds since 1970.

    The parameters are those of :meth:`Rhythm.rushes`, the platform factor taken in; series it finds surges of are never
    left out.
    """
    one = rhythms[0]
    found = np.zeros(len(rhythms), dtype=bool)
    edges, i, j = surge_windows((start, end), (one.first, one.last))
    if not len(i):
        return found
    known = Ensemble(rhythms, int(edges[0]), int(edges[-1]))
    places = np.arange(len(rhythms))
    cumulated = known.platform.at(np.repeat(places, len(edges)), np.tile(edges, len(rhythms))).reshape(-1, len(edges))
    arrived = np.array([np.searchsorted(r.calls, edges, side="left") for r in rhythms])
    short = edges[j] - edges[i] <= DAY
    brief = i[short], j[short]
    extra = arrived[:, brief[1]] - arrived[:, brief[0]] - least_extra
    usual = cumulated[:, brief[1]] - cumulated[:, brief[0]]
    felt = np.flatnonzero(
        ((extra - usual >= -_SLACK) & (extra + least_extra >= least_ratio * usual - _SLACK)).any(axis=1))
    if not felt.size:
        return found
    observed = arrived[felt][:, j] - arrived[felt][:, i]
    mu = cumulated[felt][:, j] - cumulated[felt][:, i]
    rank = np.where(observed > mu, deviance(observed, mu, np.zeros(1)), -1.0)
    most = rank.max(axis=1)
    row, window = np.nonzero((rank >= most[:, None] * (1.0 - _SLACK)) & (most[:, None] > 0))
    begin, stop = edges[i[window]], edges[j[window]]
    log = known.log_tail(felt[row], begin, stop, observed[row, window], mu[row, window], side="high")
    found[felt[row[-log - HIGH_LOOKS >= least_score - _SLACK]]] = True
    return found
