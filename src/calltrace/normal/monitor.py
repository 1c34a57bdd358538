"""Every account, every quarter hour: how improbable its silence, lack or crowd of calls is at that moment.

Replays the past as it would have been watched: each week is predicted from the up to twelve before it, the
platform factor knows only what had happened by then, and what a score means is taken from the scores of the
weeks before. So the scores are of false alarms per account-day: 3 is one in 1,000.

A silence is told by the gap since the last call (at every quarter hour), a partial loss by windows that end
now (at every full hour); the loudest of them counts, windows at a discount for the looks they take.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.normal import gaps, tails
from calltrace.normal.baseline import MOST_WEEKS
from calltrace.normal.dispersion import LENGTHS, ORDINARY_DISPERSION
from calltrace.normal.intervals import HOURS_A_WEEK
from calltrace.normal.pool import DAY_TRUST, FACTOR_TRUST, FEW_ACCOUNTS, THIN_HOUR, WEIGHTIEST
from calltrace.normal.rhythm import deviance
from calltrace.normal.shape import fit, measure_trust, shared_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

LOW_HOURS = (8, 12, 18, 24, 36, 48, 72, 120, 168)
HIGH_HOURS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168)
BINS_A_WEEK = 4 * HOURS_A_WEEK

SHAPE_WEEKS, LEVEL_WEEKS = 16.0, 6.0
"""Half-lives of the memory for the shape and for the level."""

WINDOW_LOOKS = 2.0
"""What windows of too few calls are taken down by beside the gap: a silence shows in many of them at once."""

_SURE = 2.5
"""Deviance below which a window is no news and its tail not worth computing."""


@dataclass(frozen=True)
class Replay:
    """What was expected and how improbable what came was, by account and quarter hour of whole weeks.

    ``mu`` (accounts, bins) is the expected number of calls, the platform factor included, NaN in the weeks
    nothing was predicted for; ``usual`` the same without the factor. ``dispersion`` is (weeks, accounts,
    LENGTHS), the uncertainty of the level included, which ``level`` (weeks, accounts) is by itself; ``tails``
    are what each week knows of gaps. ``gap``, ``low`` and ``high`` are raw scores: −log10 of
    the chance, less the looks taken; ``high`` is by the hour (accounts, hours), the others by the bin. A
    bin's score is what is known at its end.
    """

    counts: Floats
    mu: Floats
    usual: Floats
    dispersion: Floats
    gap: Floats
    low: Floats
    high: Floats
    tails: tuple[gaps.GapTail | None, ...]
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
    known_tails: list[gaps.GapTail | None] = [None] * weeks
    seen: list[tuple[Ints, Floats]] = []
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
        if seen:
            series, lengths = (np.concatenate(part) for part in zip(*seen[-MOST_WEEKS:], strict=True))
            known_tails[week] = gaps.fit_tail(series, lengths, len(counts))
        seen.append(_gaps_ended(counts, mu, first_week * BINS_A_WEEK, here))
        excess.append(_excess(hourly[:, week * HOURS_A_WEEK: (week + 1) * HOURS_A_WEEK],
                              mu[:, here].reshape(len(counts), -1, 4).sum(axis=2)))
    begin = first_week * BINS_A_WEEK
    gap = np.full(counts.shape, -9.0)
    gap[:, begin:] = gap_scores(
        counts[:, begin:], mu[:, begin:], dispersion[first_week:], known_tails[first_week:],
        levels[first_week:])
    low = np.full(hourly.shape, -9.0)
    high = np.full(hourly.shape, -9.0)
    low[:, first_week * HOURS_A_WEEK:], high[:, first_week * HOURS_A_WEEK:] = window_scores(
        counts[:, begin:], mu[:, begin:], dispersion[first_week:])
    both = gap.copy()
    both[:, 3::4] = np.maximum(both[:, 3::4], low - WINDOW_LOOKS)
    return Replay(counts, mu, usual, dispersion, gap, both, high, tuple(known_tails), levels, first_week)


def _gaps_ended(counts: Floats, mu: Floats, begin: int, here: slice) -> tuple[Ints, Floats]:
    """Return the series and lengths, in expected calls, of the gaps that a call ended within these bins."""
    upto = np.cumsum(mu[:, begin: here.stop], axis=1)
    row, column = np.nonzero(counts[:, begin: here.stop] > 0)
    same = row[1:] == row[:-1]
    row, before, after = row[1:][same], column[:-1][same], column[1:][same]
    inside = after + begin >= here.start
    row, before, after = row[inside], before[inside], after[inside]
    return row, upto[row, after - 1] - upto[row, before]


def _predict(hourly: Floats, slot: Ints, week: int) -> tuple[Floats, Floats]:
    """Return the expected calls of each hour of a week, by the weeks before it, and the level's weight."""
    first = max(0, week - MOST_WEEKS)
    span = slice(first * HOURS_A_WEEK, week * HOURS_A_WEEK)
    here = slice(week * HOURS_A_WEEK, (week + 1) * HOURS_A_WEEK)
    counts, slots = hourly[:, span], slot[:, span]
    accounts, hours = counts.shape
    age = (hours - np.arange(hours) - 0.5) / HOURS_A_WEEK
    weight, recent = np.exp2(-age / SHAPE_WEEKS), np.exp2(-age / LEVEL_WEEKS)
    parity = (np.arange(hours) // HOURS_A_WEEK) % 2
    cells = (np.arange(accounts)[:, None] * HOURS_A_WEEK + slots).ravel()

    def weekly(values: Floats) -> Floats:
        total = np.bincount(cells, weights=np.broadcast_to(values, counts.shape).ravel(),
                            minlength=accounts * HOURS_A_WEEK)
        return np.asarray(total.reshape(accounts, HOURS_A_WEEK), dtype=float)

    opening = np.ones((accounts, HOURS_A_WEEK))
    day = np.arange(hours) // 24
    factor = np.ones(hours)
    halves = [(parity == p).astype(float) for p in (0, 1)]
    by_parity = np.stack([weekly(counts * h) for h in halves])
    weighted, now = weekly(counts * weight), (counts * recent).sum(axis=1)
    rates = np.zeros((accounts, HOURS_A_WEEK))
    level = np.ones(accounts)
    for _ in range(3):
        exposure = weekly(weight * factor)
        prior = shared_shape(weighted, exposure, opening)
        trust = measure_trust(by_parity, np.stack([weekly(h * factor) for h in halves]), prior)
        shape = fit(weighted, exposure, prior, trust, (now, weekly(recent * factor)))
        rates, level = shape.rates, shape.level_weight
        if accounts < FEW_ACCOUNTS:
            break
        usual = np.take_along_axis(rates, slots, axis=1)
        shares = _shares(usual)
        arrived = np.bincount(day, weights=shares @ np.minimum(counts, usual + 4 * np.sqrt(usual) + 3))
        expected = np.bincount(day, weights=shares @ usual)
        factor = ((arrived + DAY_TRUST) / (expected + DAY_TRUST))[day]
    return np.take_along_axis(rates, slot[:, here], axis=1), level


def _shares(usual: Floats) -> Floats:
    total = usual.mean(axis=1)
    return np.asarray(np.minimum(1.0, WEIGHTIEST * total.sum() / np.maximum(total, 1e-12)))


def platform_factor(counts: Floats, usual: Floats) -> Floats:
    """Return what all the other accounts did by the end of each bin, against their normal, per account.

    The last hour's ratio, drawn to that of the last 24 hours, drawn to 1: nothing later than the bin is used.
    """
    accounts = len(counts)
    shares = _shares(usual)[:, None]
    n = shares * np.minimum(counts, usual + 4 * np.sqrt(usual) + 3)
    m = shares * usual
    others_n, others_m = n.sum(axis=0) - n, m.sum(axis=0) - m
    n1, m1 = _trailing(others_n, 4), _trailing(others_m, 4)
    n24, m24 = _trailing(others_n, 96), _trailing(others_m, 96)
    trust = FACTOR_TRUST[1]
    daily = (n24 + trust) / (m24 + trust)
    factor = (n1 + trust * daily) / (m1 + trust)
    return np.asarray(np.where(m1 < THIN_HOUR, 1.0, factor) if accounts < FEW_ACCOUNTS else factor)


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


def spread_at(dispersion: Floats, week: Ints, account: Ints, hours: Floats) -> Floats:
    """Return the dispersion of windows of so many hours that end in these weeks at these accounts."""
    at = np.log(np.clip(hours, LENGTHS[0], LENGTHS[-1]))
    knots = np.log(LENGTHS)
    right = np.clip(np.searchsorted(knots, at), 1, len(knots) - 1)
    share = (at - knots[right - 1]) / (knots[right] - knots[right - 1])
    return np.asarray(
        dispersion[week, account, right - 1] * (1 - share) + dispersion[week, account, right] * share)


def gap_scores(
    counts: Floats, mu: Floats, dispersion: Floats, known: Sequence[gaps.GapTail | None], levels: Floats,
) -> Floats:
    """Return −log10 of the chance of the silence at the end of each bin, less log10(1 + calls of a day).

    By the tail of the gaps seen where a week knows one, else by the dispersion. What the level is not known
    by shortens the gap: log(1 + level Λ) / level expected calls instead of Λ.
    """
    accounts, bins = counts.shape
    upto = np.cumsum(mu, axis=1)
    index = np.arange(bins)
    last = np.maximum.accumulate(np.where(counts > 0, index, -1), axis=1)
    at_last = np.where(last >= 0, np.take_along_axis(upto, np.maximum(last, 0), axis=1), 0.0)
    expected = np.maximum(upto - at_last, 0.0)
    week = np.broadcast_to(index // BINS_A_WEEK, counts.shape)
    account = np.broadcast_to(np.arange(accounts)[:, None], counts.shape)
    r = spread_at(dispersion, week, account, np.maximum(index - last, 1) / 4.0)
    log = tails.log10_none(expected, r)
    rows = np.arange(accounts)[:, None]
    for k, tail in enumerate(known):
        if tail is not None:
            here = slice(k * BINS_A_WEEK, (k + 1) * BINS_A_WEEK)
            level = levels[k][:, None]
            log[:, here] = tail.log10_longer(rows, np.log1p(level * expected[:, here]) / level)
    return np.asarray(-log - np.log10(1.0 + _trailing(mu, 96)))


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
        news = deviance(n, m, rr) > _SURE
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
    largest tenth is cut off at its edge, so that last month's true outages do not blunt the alarm.
    """
    ranks = np.sort(day_maxima)
    knee = float(np.quantile(ranks, 0.95))
    over = ranks[ranks > knee] - knee
    if over.size < 5:
        return Meaning(ranks, knee, 0.9)
    mean = float(np.minimum(over, np.quantile(over, 0.9)).mean())
    return Meaning(ranks, knee, float(np.clip(0.9 / (math.log(10) * max(mean, 1e-9)), 0.5, 1.0)))
