"""How many false alarms are let through: Benjamini and Hochberg's procedure over units and days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def kept(scores: Sequence[float], units: float, q: float) -> float:
    """Return the least score that is let through.

    Of those let through at most the share ``q`` is false, on average, however many of the ``units`` are true.

    Parameters
    ----------
    scores : sequence of float
        −log10 of the chance of each candidate; every unit that has none counts as a chance of 1.
    units : float
        Account-days (or agent-days, …) that were looked at.
    q : float
        The false discovery rate asked for.

    Returns
    -------
    float
        ``inf`` where none is let through.

    References
    ----------
    Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995) 289; valid under positive dependence: Benjamini & Yekutieli,
    Ann. Statist. 29 (2001) 1165.

    Examples
    --------
    >>> kept([5.0, 1.0], 100, 0.1)
    5.0
    """
    if not len(scores):
        return float("inf")
    ordered = np.sort(np.asarray(scores, dtype=np.float64))[::-1]
    units = max(units, float(len(ordered)))
    allowed = -np.log10(q * np.arange(1, len(ordered) + 1) / units)
    passed = np.flatnonzero(ordered >= allowed)
    return float(ordered[passed[-1]]) if passed.size else float("inf")
