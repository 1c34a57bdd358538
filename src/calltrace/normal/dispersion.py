"""How far chance strays from what is usual: the dispersion of windows from an hour to a week.

Busyness that strays by the hour evens out over the day, busyness that strays by the week does not, so each length has
a dispersion of its own: the variance of its windows beyond Poisson's, over their squared mean.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass

Floats: TypeAlias = NDArray[np.float64]

LENGTHS = np.array([1.0, 2.0, 4.0, 8.0, 24.0, 72.0, 168.0])
"""Windows, in hours, that a dispersion is measured for; between them it is interpolated on the log."""

LOG_LENGTHS = np.log(LENGTHS)

ORDINARY_DISPERSION = 0.03
"""Where there is too little history to measure: between a steady and a fickle account."""


@dataclass(frozen=True)
class Dispersion:
    """The dispersion r of windows of :data:`LENGTHS` hours, and what not knowing the level adds to it."""

    by_length: Floats
    level: float = 0.0

    def at(self, hours: Floats | float) -> Floats:
        """Return r for windows of so many hours, the uncertainty of the level included."""
        length = np.log(np.clip(hours, LENGTHS[0], LENGTHS[-1]))
        return np.asarray(np.interp(length, LOG_LENGTHS, self.by_length)) + self.level


def at_hours(by_length: Floats, series: NDArray[np.intp], hours: Floats) -> Floats:
    """Return the dispersion of windows of so many hours, each of the series (row of ``by_length``) named beside it."""
    length = np.log(np.clip(hours, LENGTHS[0], LENGTHS[-1]))
    below = np.clip(np.searchsorted(LOG_LENGTHS, length, side="right") - 1, 0, len(LENGTHS) - 2)
    slope = np.diff(by_length, axis=1) / np.diff(LOG_LENGTHS)
    return np.asarray(slope[series, below] * (length - LOG_LENGTHS[below]) + by_length[series, below])


def excess(counts: Floats, usual: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Return, per series and LENGTHS, the variance beyond Poisson and the squared mean, summed over windows.

    Parameters
    ----------
    counts, usual, noise : array (series, hours)
        Hours not learned from are 0 in the first two. ``noise`` is twice the leverage: the residual of an
        hour learned from is smaller by the leverage than its Poisson noise, that of an hour to come larger.
    """
    top, below = np.zeros((len(counts), len(LENGTHS))), np.zeros((len(counts), len(LENGTHS)))
    width = counts.shape[1]
    strays = counts - usual
    chance = noise - 1.0
    chance *= usual
    own = chance.sum(axis=1)
    # longer windows are added up from the longest that divides them
    added: dict[int, tuple[Floats, Floats]] = {1: (strays, usual)}
    for k, length in enumerate(LENGTHS.astype(int).tolist()):
        part = max(d for d in added if length % d == 0)
        left, mean = (_by_window(v, length // part) for v in added[part])
        added[length] = left, mean
        below[:, k] = np.einsum("ij,ij->i", mean, mean)
        top[:, k] = np.einsum("ij,ij->i", left, left) + (own - chance[:, width // length * length:].sum(axis=1))
    return top, below


def _by_window(values: Floats, length: int) -> Floats:
    if length == 1:
        return values
    width = values.shape[1] // length * length
    total = values[:, 0:width:length].copy()
    for k in range(1, length):
        total += values[:, k:width:length]
    return total


def shared(top: Floats, below: Floats, size: int) -> Floats:
    """Return the dispersion of all series together, from their :func:`excess` added up over ``size`` hours."""
    # some hundred windows' worth of an ordinary platform
    trust = 100.0 * below * LENGTHS / max(size, 1)
    known = below > 0
    result = (top + trust * ORDINARY_DISPERSION) / np.where(known, below + trust, 1.0)
    return np.asarray(np.clip(np.where(known, result, ORDINARY_DISPERSION), 0.0, 2.0))


def without_rushes(counts: Floats, usual: Floats) -> Floats:
    """Return counts cut where an outage or surge of the history would make the whole platform fickle."""
    return np.asarray(np.minimum(counts, usual + 6.0 * np.sqrt(usual) + 4.0))


def of_each(counts: Floats, usual: Floats, noise: Floats, *, prior: Floats, pull: float) -> Floats:
    """Return the dispersion of each series, drawn to its row of ``prior`` with ``pull`` times its own weight.

    ``counts``, ``usual`` and ``noise`` as :func:`excess` takes them.
    """
    top, below = excess(counts, usual, noise)
    own = top / np.where(below > 0, below, 1.0)
    return np.asarray(np.clip(np.where(below > 0, (own + pull * prior) / (1.0 + pull), prior), 0.0, 4.0))
