"""How long the silences between calls usually get, in expected calls.

Measured in expected calls rather than hours, the gap between two calls of a Poisson process is exponential
with mean 1 (time rescaling: Brown, Barbieri, Ventura, Kass & Frank 2002). Real gaps are longer, in two ways a
variance can't tell apart: calls come in clusters (one pile-up, five calls), which stretches all gaps alike,
and days are busy or not, which makes long gaps ever longer. A generalised Pareto tail, fitted to the gaps
seen, knows both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

TAIL_FROM = 2.0
"""Expected calls from which the tail is fitted: one Poisson gap in seven is longer."""

TAIL_AGAIN = 5.0
"""Expected calls at which the mean excess is measured again, for the shape."""

LONGEST = 8.0
"""Excess beyond which a gap is taken for an outage of the history and counts as this long."""

ENOUGH = 200
"""Exceedances, of all series together, without which no tail is fitted."""

OWN_TRUST = 1000.0
"""Exceedances' worth of trust in the tail of all series together."""

MOST_SHAPE = 0.35


@dataclass(frozen=True)
class GapTail:
    """The tail of the gaps of many series.

    P(gap > x) = share (1 + shape (x − 2) / scale)^(−1/shape) for x > 2 expected calls. ``share`` and
    ``scale`` are by series, ``shape`` is common.
    """

    share: Floats
    scale: Floats
    shape: float

    def log10_longer(self, series: Ints, expected: Floats) -> Floats:
        """Return log10 of the chance that a gap of this series outlasts ``expected`` calls.

        Below the tail the exponential between (0, 1) and the tail's beginning is used.
        """
        log_share = np.log(self.share[series])
        excess = np.maximum(expected - TAIL_FROM, 0.0) / self.scale[series]
        tail = -np.log1p(self.shape * excess) / self.shape if self.shape > 1e-6 else -excess
        body = np.minimum(expected, TAIL_FROM) / TAIL_FROM * log_share
        return np.asarray((body + tail) / math.log(10.0))


def fit_tail(series: Ints, lengths: Floats, size: int) -> GapTail | None:
    """Fit the tail to gaps seen; None where there are too few.

    Parameters
    ----------
    series : array
        The series of each gap, 0 to size − 1.
    lengths : array
        Its length, in expected calls.
    size : int
        How many series there are.
    """
    over = lengths > TAIL_FROM
    if int(over.sum()) < ENOUGH:
        return None
    excess = np.minimum(lengths[over] - TAIL_FROM, LONGEST)
    number = np.bincount(series, minlength=size).astype(float)
    longer = np.bincount(series[over], minlength=size).astype(float)
    total = np.bincount(series[over], weights=excess, minlength=size)
    common_share = longer.sum() / number.sum()
    common = float(excess.mean())
    # the mean excess of a generalised Pareto tail rises by shape / (1 − shape) a unit (Davison & Smith 1990)
    again = excess[excess > TAIL_AGAIN - TAIL_FROM] - (TAIL_AGAIN - TAIL_FROM)
    slope = (float(again.mean()) - common) / (TAIL_AGAIN - TAIL_FROM) if again.size >= 30 else 0.05
    shape = float(np.clip(slope / (1.0 + slope), 0.0, MOST_SHAPE)) if slope > 0 else 0.0
    mean = (total + OWN_TRUST * common) / (longer + OWN_TRUST)
    trust = OWN_TRUST / common_share
    share = (longer + trust * common_share) / (number + trust)
    return GapTail(share, np.maximum(mean, 0.8) * (1.0 - shape), shape)
