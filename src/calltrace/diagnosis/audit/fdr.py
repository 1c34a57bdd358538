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


def local_share(scores: Sequence[float], units: float) -> NDArray[np.float64]:
    """Return, for each candidate, the chance that it is a false one itself.

    The last one let through is likelier false than the average of those above it, and its confidence must say so.
    Between one candidate and the next stronger one, chance alone would bring the difference of their expected false
    ones; those differences, made to rise as scores fall (pool adjacent violators), are the chances, and add up to
    the expected number of false ones.

    Parameters
    ----------
    scores, units
        As of :func:`false_share`.

    References
    ----------
    Strimmer, BMC Bioinformatics 9 (2008) 303, after Efron et al., J. Am. Stat. Assoc. 96 (2001) 1151.

    Examples
    --------
    >>> local_share([1.0, 5.0, 3.0], 100).round(3).tolist()
    [1.0, 0.001, 0.099]
    """
    values = np.asarray(scores, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    false = max(units, float(len(values))) * 10.0 ** -values[order]
    pools: list[tuple[float, int]] = []
    for step in np.diff(false, prepend=0.0).tolist():
        mean, size = step, 1
        while pools and pools[-1][0] >= mean:
            before, many = pools.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        pools.append((mean, size))
    local = np.empty(len(values))
    local[order] = np.minimum([mean for mean, size in pools for _ in range(size)], 1.0)
    return local
