"""How improbable it is that chance alone moved what a bill counts, for all accounts at once.

Each figure of the period is held against the account's own whole weeks before it, as counts with a negative binomial
(calls, delivery attempts) or as means of logarithms (lengths). How far accounts drift from their weeks by themselves is
measured on all of them in the same period: most have nothing wrong, so the middle of their deviations is chance's.
What moved everybody further than one account drifts is a season, and no account's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._chance import counts_tail, normal_tail, score
from calltrace.diagnosis.checks._drivers import PRIOR_DRIFT
from calltrace.tables.case import grouped

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints

WEEK = 7 * 96
"""Quarter hours of a week."""

FEWEST = 8
"""Accounts from which their drifts can be told from a season, and measured at all."""

TELLING = 20.0
"""Calls an account must be expected to make before its change says anything of all."""

LEAST_DRIFT = 0.03

PRIOR_WEEKS = 4.0
"""How many weeks of an account's own the dispersion of all accounts counts for."""

CHI_SQUARE = ((0.5, 0.4549), (0.7, 1.0742))
"""Quantiles of a chi-square of one degree: where the middle and the upper part of squared deviations should lie."""


@dataclass(frozen=True)
class Moved:
    """What a figure was against its weeks before, and −log10 of the chance of a rise like it; one value an account.

    ``ratio`` is 0 and ``score`` 0 where there is too little to tell.
    """

    ratio: Floats
    score: Floats


def nothing(size: int) -> Moved:
    """Return the answer where a figure is not on record."""
    return Moved(np.zeros(size), np.zeros(size))


def spread(squares: Floats, known: Floats, scale: Floats, least: float, most: float) -> float:
    """Return the r for which squared deviations of variance known + r·scale lie where chance puts them.

    By their middle and by their upper third, whichever asks for more: one account in five may have a trouble.
    """

    def fits(r: float) -> bool:
        z = squares / (known + r * scale)
        return all(float(np.quantile(z, q)) <= level for q, level in CHI_SQUARE)

    if fits(least):
        return least
    low, high = least, most
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


@dataclass(frozen=True)
class Counted:
    """Calls put in order by account and quarter, to be counted in any quarters: a look-up each, for all accounts at once."""

    cells: Ints
    size: int
    first: int
    width: int

    @classmethod
    def of(cls, account: Ints, quarter: Ints, size: int) -> Counted:
        """Return calls to be counted: whose each is, of so many accounts, and its quarter."""
        first, last = (int(quarter.min()), int(quarter.max()) + 1) if len(quarter) else (0, 0)
        order = grouped(account)
        cells = account[order] * (last - first + 1) + (quarter[order] - first)
        if (cells[1:] < cells[:-1]).any():  # the calls were not in order of time
            cells.sort()
        return cls(cells, size, first, last - first + 1)

    def upto(self, quarters: Ints) -> Ints:
        """Return how many calls each account had before each of some quarters, with all that the accounts before it had."""
        within = np.clip(quarters - self.first, 0, self.width - 1)
        return np.searchsorted(self.cells, np.arange(self.size)[:, None] * self.width + within)

    def between(self, first: int, last: int) -> Floats:
        """Return each account's calls from quarter ``first`` to before ``last``."""
        before, upto = self.upto(np.array([first, last])).T
        return np.asarray(upto - before, dtype=np.float64)


def by_week(calls: Counted, start: int, weeks: int, length: int) -> tuple[Floats, Floats]:
    """Return each account's calls of the weeks before (accounts, weeks), as many as a period of ``length`` brings.

    The period begins with quarter ``start``. Its own weekdays and hours are counted as often as it has them. Also whether
    the account had begun by then (accounts, weeks).
    """
    begins = start - WEEK * np.arange(1, weeks + 1)
    upto = calls.upto(np.concatenate(([start], begins, begins + length % WEEK)))
    of_all, of_rest = upto[:, :weeks] - upto[:, 1 : weeks + 1], upto[:, weeks + 1 :] - upto[:, 1 : weeks + 1]
    begun = upto[:, :weeks] > upto[:, weeks, None]
    return (of_all * (length // WEEK) + of_rest).astype(float), begun.astype(float)


def of_counts(seen: Floats, past: Floats, begun: Floats, length: int, worth: Bools) -> Moved:
    """Return how calls moved: negative binomial, by the account's own weeks and the drift of all accounts.

    Parameters
    ----------
    seen : array (accounts)
        Calls of the period.
    past, begun : array (accounts, weeks)
        As of :func:`by_week`; weeks before an account's first call say nothing of it.
    length : int
        Quarters of the period.
    worth : array of bool
        The accounts that are asked about.
    """
    weeks = begun.sum(axis=1)
    total = (past * begun).sum(axis=1)
    mean = total / np.maximum(weeks, 1.0)
    telling = (mean >= TELLING) & (weeks >= 1)
    # of calls alone, and of a mean of so many weeks
    known = mean * (1.0 + max(1.0, length / WEEK) / np.maximum(weeks, 1.0))
    common, season = PRIOR_DRIFT**2, 1.0
    if telling.sum() >= FEWEST:
        season = max(1.0, float(np.exp(np.median(np.log((seen[telling] + 0.5) / (mean[telling] + 0.5))))))
        strays = np.stack([(seen - season * mean) ** 2, known, (season * mean) ** 2])[:, telling]
        squares, chance, scale = np.hstack([strays, _week_before(past, begun, length)])
        common = spread(squares, chance, scale, LEAST_DRIFT**2, 1.0)
        # the bill rose with the season all the same: only a shift of all beyond what one drifts by is nobody's own
        season = max(1.0, season * math.exp(-math.sqrt(common)))
    freedom = np.maximum(weeks - 1.0, 0.0)
    squares = (((past - mean[:, None]) ** 2) * begun).sum(axis=1) / np.maximum(freedom, 1.0)
    own = np.clip((squares - mean * max(1.0, length / WEEK)) / np.maximum(mean, 1.0) ** 2, 0.0, 1.0)
    dispersion = np.maximum(common, (PRIOR_WEEKS * common + freedom * own) / (PRIOR_WEEKS + freedom))
    level = (known - mean) / np.maximum(mean, 1.0) ** 2
    ratio = np.where(weeks >= 1, (seen + 0.5) / (mean + 0.5), 0.0)
    return Moved(ratio, _scores(
        worth & (weeks >= 1) & (ratio > season),
        lambda k: counts_tail(seen[k], season * max(mean[k], 0.5), dispersion[k] + level[k])))


def _week_before(past: Floats, begun: Floats, length: int) -> Floats:
    """Return how the last week before the period strayed from those before it: squares, known variance, squared mean.

    A row each, a column an account. Where troubles moved many accounts' calls in the period, that week still shows how
    far they drift by themselves. Nothing where there are fewer than two weeks before it.
    """
    weeks = begun[:, 1:].sum(axis=1)
    mean = (past[:, 1:] * begun[:, 1:]).sum(axis=1) / np.maximum(weeks, 1.0)
    telling = (mean >= TELLING) & (weeks >= 2)
    if telling.sum() < FEWEST:
        return np.zeros((3, 0))
    seen, mean, weeks = past[telling, 0], mean[telling], weeks[telling]
    season = float(np.exp(np.median(np.log((seen + 0.5) / (mean + 0.5)))))
    known = mean * max(1.0, length / WEEK) * (1.0 + 1.0 / weeks)  # a quarter that counts twice varies twice as much
    return np.stack([(seen - season * mean) ** 2, known, (season * mean) ** 2])


def of_lengths(logs: Floats, took: Floats, account: Ints, now: Bools, size: int, least: int) -> Moved:  # noqa: PLR0917
    """Return how much longer calls took: Welch's test on logarithms, widened by the drift of all accounts.

    Parameters
    ----------
    logs, took : arrays, one a call
        Logarithm of the seconds, and the seconds.
    account, now : arrays, one a call
        Whose it is, and whether it is of the period.
    size : int
        How many accounts there are.
    least : int
        Calls within and before the period below which nothing is said.
    """

    def of(some: Ints | slice) -> tuple[Floats, Floats, Floats, Floats]:
        who, log = account[some], logs[some]
        n = np.bincount(who, minlength=size).astype(float)
        sums = (np.bincount(who, weights=v, minlength=size) for v in (log, log**2, took[some]))
        first, second, seconds = (s / np.maximum(n, 1.0) for s in sums)
        return n, first, np.maximum(second - first**2, 0.05) * n / np.maximum(n - 1.0, 1.0), seconds

    then, since = apart(now)
    n, mean, variance, length = of(since)
    before, usual, usual_variance, usual_length = of(then)
    enough = (n >= least) & (before >= least)
    error = variance / np.maximum(n, 1.0) + usual_variance / np.maximum(before, 1.0)
    rise = mean - usual
    drift, season = PRIOR_DRIFT**2, 0.0
    if enough.sum() >= FEWEST:
        season = max(0.0, float(np.median(rise[enough])))
        drift = spread((rise[enough] - season) ** 2, error[enough], np.ones(int(enough.sum())), LEAST_DRIFT**2, 1.0)
    ratio = np.where(enough, length / np.maximum(usual_length, 1e-9), 0.0)
    z = (rise - season) / np.sqrt(error + drift)
    return Moved(ratio, _scores(enough & (z > 0), lambda k: normal_tail(float(z[k]))))


def apart(now: Bools) -> tuple[Ints | slice, Ints | slice]:
    """Return the places of what is not of the period, and of what is: slices, which copy nothing, where that comes last."""
    first = len(now) - int(np.count_nonzero(now))
    return (slice(first), slice(first, None)) if now[first:].all() else (np.flatnonzero(~now), np.flatnonzero(now))


def of_attempts(tries: Floats, account: Ints, now: Bools, size: int, least: int) -> Moved:
    """Return how many more attempts messages took than those of the weeks before, beyond the first of each.

    Parameters
    ----------
    tries : array, one a message
        Attempts to deliver it, 1 or more.
    account, now, size, least
        As of :func:`of_lengths`, of messages.
    """

    def of(part: Bools) -> tuple[Floats, Floats]:
        n, more = (np.bincount(account[part], weights=w, minlength=size) for w in (None, tries[part] - 1.0))
        return n.astype(float), more.astype(float)

    (n, more), (before, usual) = of(now), of(~now)
    enough = (n >= least) & (before >= least)
    if not enough.any():
        return nothing(size)
    extra = tries[~now] - 1.0
    everyone = float(max(extra.mean(), 0.02))
    # of one message: the account's own tell how many it takes, all of them how much that varies
    clustered = max(0.0, (float(extra.var()) - everyone) / everyone**2)
    mean = n * (usual + 2.0 * everyone) / (before + 2.0)
    level = 1.0 / (usual + 2.0 * everyone + 0.5)
    known = mean + mean**2 * (clustered / np.maximum(n, 1.0) + level)
    telling = enough & (mean >= 1.0)
    common = PRIOR_DRIFT**2
    if telling.sum() >= FEWEST:
        common = spread((more[telling] - mean[telling]) ** 2, known[telling], mean[telling] ** 2, LEAST_DRIFT**2, 1.0)
    ratio = np.where(enough, (1.0 + more / np.maximum(n, 1.0)) / (1.0 + usual / np.maximum(before, 1.0)), 0.0)
    return Moved(ratio, _scores(
        enough & (more > mean),
        lambda k: counts_tail(more[k], mean[k], clustered / n[k] + level[k] + common)))


def of_strays(seen: Floats, past: Floats, part: float, known: Bools) -> Moved:
    """Return how calls outside coverage moved: hardly any are usual, so that the usual ones of all say how they come.

    Parameters
    ----------
    seen, past : arrays, one value an account
        Calls outside coverage of the period, and of the weeks before.
    part : float
        How long the period is, in parts of the time before.
    known : array of bool
        The accounts whose coverage is known.
    """
    mean = (past + 0.5) * part
    telling = known & (mean >= 0.25)
    common = 0.5
    if telling.sum() >= FEWEST:
        common = spread((seen[telling] - mean[telling]) ** 2, mean[telling] * (1.0 + part), mean[telling] ** 2, 0.1, 5.0)
    ratio = np.where(known, (seen + 0.5) / (mean + 0.5), 0.0)
    return Moved(ratio, _scores(
        known & (seen > mean), lambda k: counts_tail(seen[k], mean[k], common + 1.0 / (past[k] + 0.5))))


def _scores(which: Bools, chance: Callable[[int], float]) -> Floats:
    found = np.zeros(len(which))
    for k in np.flatnonzero(which).tolist():
        found[k] = score(chance(k))
    return found
