"""The share of an account's calls that ended badly, against its own usual and against the others' at the same time.

What all accounts run into together is no trouble of one: the share of all the others in the same quarters and those
around is expected of it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.screens._scan import BLOCK, least_gain, rises_of_each
from calltrace.diagnosis.checks._stretch import upto

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

DRAWN_AT = 10.0
"""Calls that an account's share at an hour is drawn by to what is usual for it, or at that hour for the others."""

FEWEST = 3
"""Calls that ended badly from which an account is looked at."""

MOST_USUAL = 0.95
"""Share that is usual, at most: where it is more, no day could be worse."""


WINDOWS, PLAINLY = (8, 32, 96), 3.5
"""Quarters in which an account must have had so many standard deviations more than usual to be looked at: what lasted an
hour is plain in two, and what lasted a day in a day."""

PART = 0.8
"""Part of the excess that is of interest which such hours must have had: they may cut a stretch in two."""

WEIGHTS = (0.3, 0.6, 0.85)
"""Weights at which it is looked whether any stretch may have both excess and share."""

SLACK = 1e-6
"""Calls that the sums of a scan err by, at most."""


def rises_of_shares(
    ground: Ground, bad: Bools, could: Bools, excess: float = 0.0, share: float = 0.0, *, least: float = 1.0
) -> Iterator[tuple[str, Rise, float]]:
    """Yield the stretches in which more of an account's calls ended badly than usual: account, stretch, calls that might have.

    Parameters
    ----------
    bad, could : bool arrays, one value a call
        Which calls ended so, and which of all might have.
    excess, share : float
        Calls more than usual that end so, and what part they are of those that might have, below which a stretch is of no
        interest: an account is looked at only where some hours or a day had nearly as many, and plainly more than usual,
        and some stretch may reach both.
    least : float
        Score of a stretch, at least.
    """
    view = ground.view
    k, n = (ground.per_account(which, view.first, view.last) for which in (bad, could))
    past_k, past_n = ground.usual_shares(bad, could)
    everyone = float(past_k.sum() + 0.5) / float(past_n.sum() + 50)
    own = np.maximum(LEAST, (past_k + DRAWN * everyone) / (past_n + DRAWN))
    all_k, all_n = k.sum(axis=0), n.sum(axis=0)
    rows, floor = np.flatnonzero(k.sum(axis=1) >= FEWEST), least_gain(share, least)
    cells = ground.hour_cells[view.first : view.last]
    at_hours = _at_hours(ground, bad, own) if len(rows) else own[:, None]
    for first in range(0, len(rows), BLOCK):  # as many as are scanned side by side: all at once would be many
        some = rows[first : first + BLOCK]
        usual = _usually(k[some], n[some], at_hours[some][:, cells], all_k, all_n)
        if excess:
            worth = _plainly_more(k[some], usual, PART * excess)
            some, usual = some[worth], usual[worth]
            worth = _may_reach(k[some], usual, n[some], excess, share)
            some, usual = some[worth], usual[worth]
        for place, rise in rises_of_each(
                np.arange(len(some)), k[some], usual, n[some], offset=view.first, rho=RHO, longest=view.last - view.first,
                least=least, floor=floor):
            row = int(some[place])
            of = n[row, rise.first - view.first : rise.last - view.first].sum()
            yield ground.columns.accounts[row], rise, float(of)


def _at_hours(ground: Ground, bad: Bools, own: Floats) -> Floats:
    """Return the share of each account's calls that usually end so, by hour of weekdays, of Saturdays and of Sundays.

    A service that closes at ten with an announcement, and an office whose voicemail takes the evenings, do so every day. Of
    few calls an hour has, the share is that of everybody's at that hour, or of all the account's: whichever is more.
    """
    k, n = ground.usual_by_hour(bad), ground.calls_by_hour
    all_k, all_n = k.sum(axis=0), n.sum(axis=0)
    of_all = (all_k - k) / np.maximum(all_n - n, DRAWN)
    drawn = np.maximum(own[:, None], of_all)
    return np.asarray(np.maximum(own[:, None], (k + DRAWN_AT * drawn) / (n + DRAWN_AT)))


def _usually(k: Floats, n: Floats, own: Floats, all_k: Floats, all_n: Floats) -> Floats:
    """Return how many of some accounts' calls are expected to end so, by quarter."""
    usual = _five(all_k - k) / np.maximum(_five(all_n - n), 20.0)
    np.maximum(own, usual, out=usual)
    np.minimum(usual, MOST_USUAL, out=usual)
    usual *= n
    return usual


def _plainly_more(k: Floats, usual: Floats, excess: float) -> Bools:
    """Say of some accounts whether some hours or a day had so many more than usual, and more than chance often brings."""
    seen, expected = upto(k), upto(usual)
    found = np.zeros(len(k), dtype=bool)
    for size in WINDOWS:
        first = np.arange(0, k.shape[1], size // 2)
        last = np.minimum(first + size, k.shape[1])
        many, mean = (sums[:, last] - sums[:, first] for sums in (seen, expected))
        found |= (many - mean >= np.maximum(excess, PLAINLY * np.sqrt(mean))).any(axis=1)
    return found


def _may_reach(k: Floats, usual: Floats, n: Floats, excess: float, share: float) -> Bools:
    """Say of some accounts whether any stretch may have so many more calls than usual, and so large a part of its calls.

    Of a stretch that has both, what exceeds the share, at any weight from 0 to 1, and what exceeds the number, at the rest of
    it, are together at least 0: where the highest sum of any stretch, by Kadane's algorithm, is less, there is none.
    """
    able = np.ones(len(k), dtype=bool)
    for weight in WEIGHTS:
        rows = np.flatnonzero(able)
        sums = upto(k[rows] - usual[rows] - weight * share * n[rows])
        highest = (sums[:, 1:] - np.minimum.accumulate(sums[:, :-1], axis=1)).max(axis=1)
        able[rows] = highest >= (1.0 - weight) * excess - SLACK
    return able


def _five(counts: Floats) -> Floats:
    """Return the calls of each quarter and of the two either side, of which the others' share is taken, by series."""
    sums = counts.copy()
    for shift in (1, 2):
        sums[:, shift:] += counts[:, :-shift]
        sums[:, :-shift] += counts[:, shift:]
    return sums
