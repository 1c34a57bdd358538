"""The share of an account's calls that ended badly, against its own usual and against the others' at the same time.

What all accounts run into together is no trouble of one: the share of all the others in the same quarters and those
around is expected of it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.screens._scan import BLOCK, rises_of_each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.diagnosis.audit.ground import Ground
    from calltrace.diagnosis.audit.screens._scan import Rise
    from calltrace.diagnosis.checks._chance import Bools, Floats

LEAST = 0.01
"""Least share that is usual."""

RHO = 0.02
"""What two calls of one hour have in common, as the check of dead ends takes it."""

DRAWN = 30.0
"""Calls of everybody that one account's usual share is drawn towards."""

FEWEST = 3
"""Calls that ended badly from which an account is looked at."""

MOST_USUAL = 0.95
"""Share that is usual, at most: where it is more, no day could be worse."""


PLAINLY = 2.0
"""Standard deviations by which a day must have had more than usual for its account to be looked at."""

DAY = 96
"""Quarters of a day."""


def rises_of_shares(ground: Ground, bad: Bools, could: Bools, excess: float = 0.0) -> Iterator[tuple[str, Rise, float]]:
    """Yield the stretches in which more of an account's calls ended badly than usual: account, stretch, calls that might have.

    Parameters
    ----------
    bad, could : bool arrays, one value a call
        Which calls ended so, and which of all might have.
    excess : float
        Calls more than usual that end so, below which a stretch is of no interest: an account is looked at only where a day
        had half as many, and plainly more than usual.
    """
    view = ground.view
    k, n = (ground.per_account(which, view.first, view.last) for which in (bad, could))
    past_k, past_n = ground.usually(bad), ground.usually(could)
    everyone = float(past_k.sum() + 0.5) / float(past_n.sum() + 50)
    own = np.maximum(LEAST, (past_k + DRAWN * everyone) / (past_n + DRAWN))
    all_k, all_n = k.sum(axis=0), n.sum(axis=0)
    rows = np.flatnonzero(k.sum(axis=1) >= FEWEST)
    for first in range(0, len(rows), BLOCK):  # as many as are scanned side by side: all at once would be many
        some = rows[first : first + BLOCK]
        usual = _usually(k[some], n[some], own[some], all_k, all_n)
        if excess:
            worth = _plainly_more(k[some], usual, excess / 2)
            some, usual = some[worth], usual[worth]
        for place, rise in rises_of_each(
                np.arange(len(some)), k[some], usual, n[some], offset=view.first, rho=RHO, longest=view.last - view.first):
            row = int(some[place])
            of = n[row, rise.first - view.first : rise.last - view.first].sum()
            yield ground.columns.accounts[row], rise, float(of)


def _usually(k: Floats, n: Floats, own: Floats, all_k: Floats, all_n: Floats) -> Floats:
    """Return how many of some accounts' calls are expected to end so, by quarter."""
    usual = _five(all_k - k) / np.maximum(_five(all_n - n), 20.0)
    np.maximum(own[:, None], usual, out=usual)
    np.minimum(usual, MOST_USUAL, out=usual)
    usual *= n
    return usual


def _plainly_more(k: Floats, usual: Floats, excess: float) -> Bools:
    """Say of some accounts whether a day had so many more than usual, and more than chance often brings."""
    days = np.arange(0, k.shape[1], DAY)
    seen, expected = (np.add.reduceat(counts, days, axis=1) for counts in (k, usual))
    return np.asarray((seen - expected >= np.maximum(excess, PLAINLY * np.sqrt(expected))).any(axis=1), dtype=bool)


def _five(counts: Floats) -> Floats:
    """Return the calls of each quarter and of the two either side, of which the others' share is taken, by series."""
    sums = counts.copy()
    for shift in (1, 2):
        sums[:, shift:] += counts[:, :-shift]
        sums[:, :-shift] += counts[:, shift:]
    return sums
