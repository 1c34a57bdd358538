"""How far to believe an account's own calls against what it shares with others, cell by cell and week by week.

An hour that an account is closed in while the others are open brings none of their calls; an hour it works like
them brings them all. One trust for both is too much for the first and too little for the second. So the ratio to
the shared shape is a mixture of gammas, from "whatever" to "as all": each cell's own calls say which it is
(DuMouchel 1999 does so with two). The same for the level: some accounts grow, some stand, and how the last weeks
were foretold by a short and a long memory says which.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.normal.tails import lgamma

Floats: TypeAlias = NDArray[np.float64]

TRUSTS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 400.0)
"""Calls' worth of trust in the shared shape, one a component."""

CLOSED = (0.03, 1.0)
"""The last component: a ratio of about this, with so many calls' worth of trust in it."""

ROUNDS = 30
"""Of expectation and maximisation for the weights of the components, which hardly move any more by then."""

CELLS_FROM = 0.3
"""Calls expected of a cell from which it says something about the weights."""

MEMORIES = (1.5, 3.0, 6.0, 16.0)
"""Half-lives, in weeks, that an account's level may have, the last for one that stands still."""

MEMORY_ODDS = (0.1, 0.2, 0.5, 0.2)
"""What they are worth before the account's own weeks have spoken."""

WEEK_SPREAD = 0.01
"""Dispersion of a week's calls of an account whose level is known."""

LEVEL_PRIOR = 5.0
"""Calls' worth of trust in the level of the whole history."""


def own_ratio(calls: Floats, usual: Floats) -> Floats:
    """Return what each cell brings against ``usual``: its posterior mean under the mixture.

    Parameters
    ----------
    calls, usual : array, any shape
        Calls seen, and the calls the shared shape leads to expect, of each cell; the weights of the components
        are learned from all cells together.
    """
    n = np.maximum(calls.ravel(), 0.0)
    m = np.maximum(usual.ravel(), 1e-9)
    means = np.array([1.0] * len(TRUSTS) + [CLOSED[0]])[:, None]
    trust = np.array([*TRUSTS, CLOSED[1]])[:, None]
    rate = trust / means
    # of a negative binomial; what is the same for all components is left out
    log = lgamma(n + trust) - lgamma(trust) + trust * np.log(rate / (rate + m)) - n * np.log(rate + m)
    likely = np.exp(log - log.max(axis=0))
    telling = likely[:, m > CELLS_FROM]
    weights = np.full(len(means), 1.0 / len(means))
    for _ in range(ROUNDS):
        share = weights[:, None] * telling
        share /= np.maximum(share.sum(axis=0), 1e-300)
        weights = (share.sum(axis=1) + 1.0) / (telling.shape[1] + len(weights))
    share = weights[:, None] * likely
    share /= share.sum(axis=0)
    return np.asarray((share * (n + trust) / (m + rate)).sum(axis=0).reshape(calls.shape))


def level(calls: Floats, usual: Floats) -> tuple[Floats, Floats]:
    """Return each account's present level against ``usual``, and the weight behind it, in calls.

    Parameters
    ----------
    calls, usual : array (accounts, weeks)
        Calls seen and expected, week by week, the last one just over.
    """
    accounts, weeks = calls.shape
    log = np.tile(np.log(MEMORY_ODDS), (accounts, 1))
    ratios, weights = np.ones_like(log), np.ones_like(log)
    for k, half_life in enumerate(MEMORIES):
        keep = 0.5 ** (1.0 / half_life)
        seen, expected = np.zeros(accounts), np.zeros(accounts)
        for week in range(weeks):
            n = calls[:, week]
            if week >= 2:
                mu = np.maximum(usual[:, week] * (seen + LEVEL_PRIOR) / (expected + LEVEL_PRIOR), 1e-9)
                r = WEEK_SPREAD + 1.0 / (seen + LEVEL_PRIOR)
                log[:, k] += lgamma(n + 1 / r) - lgamma(1 / r) + n * np.log(mu * r) - (n + 1 / r) * np.log1p(mu * r)
            seen, expected = seen * keep + n, expected * keep + usual[:, week]
        ratios[:, k] = (seen + LEVEL_PRIOR) / (expected + LEVEL_PRIOR)
        weights[:, k] = seen + LEVEL_PRIOR
    share = np.exp(log - log.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    return np.asarray((share * ratios).sum(axis=1)), np.asarray((share * weights).sum(axis=1))
