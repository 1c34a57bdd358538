"""Every account, every quarter hour: how improbable its silence, lack or crowd of calls is at that moment.

Replays the past as it would have been watched: each week is predicted from the up to twelve before it, the
platform factor knows only what had happened by then, and what a score means is taken from the scores of the
weeks before. So the scores are of false alarms per account-day: 3 is one in 1,000.

A silence is told by the gap since the last call (at every quarter hour), a partial loss by windows that end
now (at every full hour). Each has its own share of the false alarms, so neither drowns the other.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal import shrinkage, tails
from calltrace.normal.baseline import MOST_WEEKS
from calltrace.normal.dispersion import LENGTHS, ORDINARY_DISPERSION
from calltrace.normal.intervals import HOURS_A_WEEK
from calltrace.normal.pool import DAY_TRUST, FACTOR_TRUST, FEW_ACCOUNTS, THIN_HOUR, WEIGHTIEST
from calltrace.normal.shape import GROUP, LEAST_RATE, _by_group, least_share, shared_shape
from calltrace.normal.tails import deviance

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

LOW_HOURS = (8, 12, 18, 24, 36, 48, 72, 120, 168)
HIGH_HOURS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168)
BINS_A_WEEK = 4 * HOURS_A_WEEK

SHAPE_WEEKS = 16.0
"""Half-life of the memory for the shape."""

GAP_SHARE = 0.7
"""Part of the false alarms of too few calls that silences may raise; windows have the rest."""

NOTICED = 12.0
"""Hours in which half of all faults are noticed and mended: one that lasts h hours is taken to be as rare as
1 / (1 + h / 12). So a week without a call of an account that has two a day needs more to be called a fault than a
morning without of one that has forty."""

OTHERS_CROWD = 0.3
"""Power to which others' busyness counts where a silence is judged. What makes them all busy (a storm, a match) need
not reach this account: that few of its callers joined in is no fault of its line."""

OWN_DAYS = 3
"""Days before a silence that say how busy the account itself is at the time,"""

OWN_TRUST = 80.0
"""and how many calls' worth of trust in its being as busy as usual they are held against. They only excuse a silence."""

EVIDENT = 8.0
"""Raw score of a day that chance does not bring: it was a fault, or the account had ended, and teaches nothing of
what chance does. 18 calls were expected by then, and none came."""

UNLEARNED_SLOPE = 0.9
"""Of a meaning by the first account-days, with hardly a loud one among them."""

RECENT = 12
"""Quarter hours whose calls say how busy everybody is now."""

_NONE = -9.0
"""The raw score of what can't be told."""

_SURE = 2.5
"""Deviance below which a window is no news and its tail not worth computing."""


@dataclass(frozen=True)
class Replay:
    """What was expected and how improbable what came was, by account and quarter hour of whole weeks.

    ``mu`` (accounts, bins) is the expected number of calls, the platform factor included, NaN in the weeks
    nothing was predicted for; ``usual`` the same without the factor. ``dispersion`` is (weeks, accounts,
    LENGTHS), the uncertainty of the level included, which ``level`` (weeks, accounts) is by itself. ``gap``,
    ``low`` and ``high`` are raw scores, −log10 of the chance less the looks taken: of the silence at the end of
    each bin, and of the least likely windows of too few and too many calls at the end of each hour (accounts,
    hours). −9 where nothing was expected.
    """

    counts: Floats
    mu: Floats
    usual: Floats
    dispersion: Floats
    gap: Floats
    low: Floats
    high: Floats
    level: Floats
    first_week: int


def replay(counts: Floats, hour_of_week: Ints, *, first_week: int = 2) -> Replay:
    """Watch the past as it happened.

    Parameters
    ----------
    counts : array (accounts, bins)
        Calls by quarter hour; whole weeks from the first bin on (the rest is left off).
    hour_of_week : array (accounts, hours)
        The account's local hour of the week, 0 to 167, of each hour.
    first_week : int
        The first week that is predicted; those before it are only learned from.
    """
    weeks = counts.shape[1] // BINS_A_WEEK
    counts = np.ascontiguousarray(counts[:, : weeks * BINS_A_WEEK], dtype=float)
    slot = hour_of_week[:, : weeks * HOURS_A_WEEK]
    hourly = counts.reshape(len(counts), -1, 4).sum(axis=2)
    usual = np.full(counts.shape, np.nan)
    mu = np.full(counts.shape, np.nan)
    dispersion = np.full((weeks, len(counts), len(LENGTHS)), ORDINARY_DISPERSION)
    levels = np.full((weeks, len(counts)), ORDINARY_DISPERSION)
    excess: list[tuple[Floats, Floats]] = []
    for week in range(first_week, weeks):
        rates, level = _predict(hourly, slot, week)
        here = slice(week * BINS_A_WEEK, (week + 1) * BINS_A_WEEK)
        usual[:, here] = np.repeat(rates / 4, 4, axis=1)
        back = max(first_week * BINS_A_WEEK, here.start - 96)
        factor = platform_factor(counts[:, back: here.stop], usual[:, back: here.stop])
        mu[:, here] = usual[:, here] * factor[:, here.start - back:]
        levels[week] = 1.0 / level
        dispersion[week] = _dispersion(excess[-MOST_WEEKS:], len(counts)) + 1.0 / level[:, None]
        excess.append(_excess(hourly[:, week * HOURS_A_WEEK: (week + 1) * HOURS_A_WEEK],
                              mu[:, here].reshape(len(counts), -1, 4).sum(axis=2)))
    begin = first_week * BINS_A_WEEK
    gap = np.full(counts.shape, _NONE)
    gap[:, begin:] = gap_scores(counts[:, begin:], without_crowds(mu[:, begin:], usual[:, begin:]), levels[first_week:])
    low = np.full(hourly.shape, _NONE)
    high = np.full(hourly.shape, _NONE)
    low[:, first_week * HOURS_A_WEEK:], high[:, first_week * HOURS_A_WEEK:] = window_scores(
        counts[:, begin:], mu[:, begin:], dispersion[first_week:])
    return Replay(counts, mu, usual, dispersion, gap, low, high, levels, first_week)


def _predict(hourly: Floats, slot: Ints, week: int) -> tuple[Floats, Floats]:
    """Return the expected calls of each hour of a week, by the weeks before it, and the level's weight."""
    first = max(0, week - MOST_WEEKS)
    span = slice(first * HOURS_A_WEEK, week * HOURS_A_WEEK)
    here = slice(week * HOURS_A_WEEK, (week + 1) * HOURS_A_WEEK)
    counts, slots = hourly[:, span], slot[:, span]
    accounts, hours = counts.shape
    age = (hours - np.arange(hours) - 0.5) / HOURS_A_WEEK
    weight = np.exp2(-age / SHAPE_WEEKS)
    cells = (np.arange(accounts)[:, None] * HOURS_A_WEEK + slots).ravel()

    def weekly(values: Floats) -> Floats:
        total = np.bincount(cells, weights=np.broadcast_to(values, counts.shape).ravel(),
                            minlength=accounts * HOURS_A_WEEK)
        return np.asarray(total.reshape(accounts, HOURS_A_WEEK), dtype=float)

    opening = np.ones((accounts, HOURS_A_WEEK))
    day = np.arange(hours) // 24
    factor = np.ones(hours)
    weighted = weekly(counts * weight)
    rates = np.zeros((accounts, HOURS_A_WEEK))
    for turn in range(3):
        exposure = weekly(weight * factor)
        rates = _rates(weighted, exposure, shared_shape(weighted, exposure, opening))
        usual = np.take_along_axis(rates, slots, axis=1)
        if accounts < FEW_ACCOUNTS or turn == 2:
            break
        shares = _shares(usual)
        arrived = np.bincount(day, weights=shares @ np.minimum(counts, usual + 4 * np.sqrt(usual) + 3))
        expected = np.bincount(day, weights=shares @ usual)
        factor = ((arrived + DAY_TRUST) / (expected + DAY_TRUST))[day]
    now, behind = shrinkage.level(_by_week(counts), _by_week(usual * factor))
    return np.take_along_axis(rates, slot[:, here], axis=1) * now[:, None], behind


def _by_week(values: Floats) -> Floats:
    return np.asarray(values.reshape(len(values), -1, HOURS_A_WEEK).sum(axis=2))


def _rates(counts: Floats, exposure: Floats, prior: Floats) -> Floats:
    """Return expected calls by hour of the week (series, 168): the shared shape, moved by the account's own calls.

    First each hour of weekdays, Saturdays and Sundays, then each hour of the week.
    """
    scale = prior / np.maximum(prior.mean(axis=1, keepdims=True), 1e-12)
    known = counts.sum(axis=1, keepdims=True)
    rates = known / np.maximum((exposure * scale).sum(axis=1, keepdims=True), 1e-9) * scale
    rates = rates * shrinkage.own_ratio(_by_group(counts), _by_group(exposure * rates))[:, GROUP]
    rates = rates * shrinkage.own_ratio(counts, exposure * rates)
    least = np.maximum(least_share(rates, counts, exposure), LEAST_RATE)
    return np.where(known > 0, np.maximum(rates, least), 0.0)


def combined(silence: Floats, windows: Floats) -> Floats:
    """Return the scores of too few calls by bin, of those of silences (by bin) and of windows (by hour).

    Each costs the share of the false alarms it may raise (:data:`GAP_SHARE`).
    """
    both = silence + math.log10(GAP_SHARE)
    both[:, 3::4] = np.maximum(both[:, 3::4], windows + math.log10(1.0 - GAP_SHARE))
    return both


def _shares(usual: Floats) -> Floats:
    total = usual.mean(axis=1)
    return np.asarray(np.minimum(1.0, WEIGHTIEST * total.sum() / np.maximum(total, 1e-12)))


def platform_factor(counts: Floats, usual: Floats) -> Floats:
    """Return what all the other accounts did by the end of each bin, against their normal, per account.

    The ratio of the last hours, drawn to that of the last 24, drawn to 1: nothing later than the bin is used. One
    hour alone says little, and would leave the day after a storm to be taken for one.
    """
    accounts = len(counts)
    shares = _shares(usual)[:, None]
    n = shares * np.minimum(counts, usual + 4 * np.sqrt(usual) + 3)
    m = shares * usual
    others_n, others_m = n.sum(axis=0) - n, m.sum(axis=0) - m
    near_n, near_m = _trailing(others_n, RECENT), _trailing(others_m, RECENT)
    n24, m24 = _trailing(others_n, 96), _trailing(others_m, 96)
    trust = FACTOR_TRUST[1]
    daily = (n24 + trust) / (m24 + trust)
    factor = (near_n + trust * daily) / (near_m + trust)
    return np.asarray(np.where(_trailing(others_m, 4) < THIN_HOUR, 1.0, factor) if accounts < FEW_ACCOUNTS else factor)


def _trailing(values: Floats, bins: int) -> Floats:
    """Return the sum over the last ``bins`` bins, fewer at the beginning, along the last axis."""
    total = np.cumsum(values, axis=-1)
    total[..., bins:] -= total[..., :-bins].copy()
    return total


def _excess(hourly: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """Return, by account and LENGTHS, one week's variance beyond Poisson and squared mean, over windows."""
    top, below = np.zeros((len(mu), len(LENGTHS))), np.zeros((len(mu), len(LENGTHS)))
    for k, length in enumerate(LENGTHS.astype(int)):
        width = HOURS_A_WEEK // length * length
        n, m = (v[:, :width].reshape(len(mu), -1, length).sum(axis=2) for v in (hourly, mu))
        top[:, k], below[:, k] = ((n - m) ** 2 - m).sum(axis=1), (m**2).sum(axis=1)
    return top, below


def _dispersion(excess: list[tuple[Floats, Floats]], accounts: int) -> Floats:
    """Return the dispersion by account and LENGTHS, drawn to that of all accounts."""
    if not excess:
        return np.full((accounts, len(LENGTHS)), ORDINARY_DISPERSION)
    top, below = (np.sum([e[i] for e in excess], axis=0) for i in (0, 1))
    common = np.maximum(top.sum(axis=0) / np.maximum(below.sum(axis=0), 1e-9), 0.0)
    pull = np.median(below, axis=0)
    return np.asarray(np.clip((top + pull * common) / np.maximum(below + pull, 1e-9), 0.0, 4.0))


def without_crowds(mu: Floats, usual: Floats) -> Floats:
    """Return the calls expected where a silence is judged: others' busyness counts for part (:data:`OTHERS_CROWD`)."""
    factor = mu / np.maximum(usual, 1e-12)
    return np.asarray(np.where(factor > 1.0, usual * np.maximum(factor, 1.0) ** OTHERS_CROWD, mu))


def rarity(hours: Floats) -> Floats:
    """Return −log10 of how rarely a fault lasts so long (:data:`NOTICED`)."""
    return np.asarray(np.log1p(hours / NOTICED) / math.log(10.0))


def gap_scores(counts: Floats, mu: Floats, levels: Floats) -> Floats:
    """Return −log10 of how likely chance is to bring the silence at the end of each bin, against a fault.

    Of no call where Λ are expected, by an account whose level is known to a relative variance of v (``levels``,
    weeks by accounts): −ln = log(1 + v Λ) / v. Λ is less where the account was slow before (:data:`OWN_DAYS`). Less
    log10(1 + calls of a day), as a silence may begin at any of them, and less how rarely a fault lasts so long
    (:data:`NOTICED`). −9 where nothing is expected.
    """
    bins = counts.shape[1]
    upto = np.cumsum(mu, axis=1)
    index = np.arange(bins)
    last = np.maximum.accumulate(np.where(counts > 0, index, -1), axis=1)
    before = np.maximum(last, 0)
    at_last = np.where(last >= 0, np.take_along_axis(upto, before, axis=1), 0.0)
    came, due = (np.take_along_axis(_trailing(v, OWN_DAYS * 96), before, axis=1) for v in (counts, mu))
    slow = np.where(last >= 0, np.minimum((OWN_TRUST + came) / (OWN_TRUST + due), 1.0), 1.0)
    expected = np.maximum(upto - at_last, 0.0) * slow
    v = np.repeat(levels.T, BINS_A_WEEK, axis=1)[:, :bins]
    daily = _trailing(mu, 96)
    score = np.log1p(v * expected) / v / math.log(10.0) - rarity((index - last) / 4.0) - np.log10(1.0 + daily)
    return np.asarray(np.where(daily > 0, score, _NONE))


def window_scores(counts: Floats, mu: Floats, dispersion: Floats) -> tuple[Floats, Floats]:
    """Return −log10 of the least likely window ending at each full hour, of too few calls and of too many."""
    accounts, bins = counts.shape
    hours = bins // 4
    n_upto = np.concatenate([np.zeros((accounts, 1)), np.cumsum(counts, axis=1)[:, 3::4]], axis=1)
    m_upto = np.concatenate([np.zeros((accounts, 1)), np.cumsum(mu, axis=1)[:, 3::4]], axis=1)
    low, high = np.zeros((accounts, hours)), np.zeros((accounts, hours))
    week = np.arange(hours) // HOURS_A_WEEK
    for length in sorted({*LOW_HOURS, *HIGH_HOURS}):
        if length > hours:
            break
        n = n_upto[:, length:] - n_upto[:, :-length]
        m = m_upto[:, length:] - m_upto[:, :-length]
        r = np.stack([np.interp(math.log(length), np.log(LENGTHS), d) for d in
                      dispersion.reshape(-1, len(LENGTHS))]).reshape(dispersion.shape[:2])
        rr = r[week[length - 1:]].T
        news = (deviance(n, m, rr) > _SURE) & (m > 0)
        for side, score in (("low", low), ("high", high)):
            if length not in (LOW_HOURS if side == "low" else HIGH_HOURS):
                continue
            chosen = news & ((n < m) if side == "low" else (n > m))
            tail = tails.log10_at_most if side == "low" else tails.log10_at_least
            row, column = np.nonzero(chosen)
            z = -tail(n[row, column], m[row, column], rr[row, column])
            column = column + length - 1
            score[row, column] = np.maximum(score[row, column], z)
    return low, high


@dataclass(frozen=True)
class Meaning:
    """What a raw score means in false alarms: a line above ``knee``, the raw score's own ranks below it."""

    ranks: Floats
    knee: float
    slope: float

    def score(self, raw: Floats) -> Floats:
        """Return −log10 of the false alarms per account-day at these raw scores."""
        above = -math.log10(0.05) + self.slope * (raw - self.knee)
        share = 1.0 - np.searchsorted(self.ranks, raw, side="left") / (len(self.ranks) + 1.0)
        return np.asarray(np.where(raw > self.knee, above, -np.log10(np.maximum(share, 0.05))))


def learn_meaning(day_maxima: Floats) -> Meaning:
    """Learn what raw scores mean from the largest of each account-day of the weeks before.

    Above the 95 % quantile the excesses are taken as exponential (Siffer et al. 2017 use the same tail); the
    largest tenth is cut off at its edge, so that last month's true outages do not blunt the alarm. Days that
    chance can't have brought (:data:`EVIDENT`), as of accounts that ended, are left out; −9 is no score.
    """
    ranks = np.sort(day_maxima[(day_maxima > _NONE) & (day_maxima < EVIDENT)])
    if not ranks.size:
        return Meaning(ranks, 0.0, UNLEARNED_SLOPE)
    knee = float(np.quantile(ranks, 0.95))
    over = ranks[ranks > knee] - knee
    if over.size < 5:
        return Meaning(ranks, knee, UNLEARNED_SLOPE)
    mean = float(np.minimum(over, np.quantile(over, 0.9)).mean())
    return Meaning(ranks, knee, float(np.clip(0.9 / (math.log(10) * max(mean, 1e-9)), 0.5, 1.0)))
