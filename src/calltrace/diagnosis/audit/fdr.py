"""How many false alarms are let through: Benjamini and Hochberg's procedure over units and days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def false_share(scores: Sequence[float], units: float) -> NDArray[np.float64]:
    """Return, for each candidate, the share of false ones among those at least as strong.

    Letting through those whose share is at most q keeps the false discovery rate at q (the step-up procedure's
    adjusted p-values).

    Parameters
    ----------
    scores : sequence of float
        −log10 of the chance of each candidate; every unit that has none counts as a chance of 1.
    units : float
        Account-days (or agent-days, …) that were looked at.

    References
    ----------
    Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995) 289; valid under positive dependence: Benjamini & Yekutieli,
    Ann. Statist. 29 (2001) 1165.

    Examples
    --------
    >>> false_share([1.0, 5.0, 3.0], 100).round(3).tolist()
    [1.0, 0.001, 0.05]
    """
    values = np.asarray(scores, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    units = max(units, float(len(values)))
    shares = units * 10.0 ** -values[order] / np.arange(1, len(values) + 1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.minimum.accumulate(shares[::-1])[::-1], 1.0)
    return adjusted
