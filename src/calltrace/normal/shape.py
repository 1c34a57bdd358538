"""The shape of a series: expected calls by local hour of the week, learned from its own calls and from what is above it.

Every step is an array of many series: the shape all share, how far each strays from it (measured on odd against even
weeks), and the fit that moves it as far as its own calls warrant. A step looks at no series but its own row, except
where it says that they are taken together.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal.intervals import HOURS_A_WEEK
from calltrace.normal.tails import lgamma

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

LEVEL_PRIOR = 5.0
"""Calls' worth of trust in the mean level against the recent one."""

GROUP_TRUST = (0.3, 300.0)
HOUR_TRUST = (0.5, 1000.0)
HALF_TRUST = 10.0
FLAT_TRUST = 2.0
SHAPE_TRUST = 5.0
UNKNOWN_VARIANCE = 0.1
UNKNOWN_WEIGHT = 10.0
"""Calls' worth of trust in the shape above: per hour of a day type, per hour of the week, per half hour; for the
shape all accounts share, in a flat day and in each coarser step. Where a history is too short to measure how far
series stray, they are taken to stray by this variance, held with this weight (expected calls squared)."""

CLOSED_DAY = (0.03, 1.0)
CLOSED_DAYS = 0.01
"""A day a client is closed on brings about this share of what an open one would, with so many calls' worth of trust in
it; and how often one is, before its own calls have spoken, where it should be open by all else that is known."""

LEAST_SHARE = 0.02
LEAST_RATE = 0.002
LEAST_ROOM = 3.0
"""No hour is taken to bring less than this share of the mean hour, unless that hour of all such days has shown that it
does: had it brought so many calls more than it did (the rule of three: 95 % sure where none was seen), it would bring
less. Nor less than this many calls; on a day of the week that a client is closed on, no more than its empty hours leave
room for."""


@dataclass(frozen=True)
class Shape:
    """What a fit gives: expected calls per local hour of the week, and what it stands on.

    ``rates`` and ``leverage`` have 168 columns, one row a series; leverage is how much of one hour's own
    count is in the rate it is held against. ``level_weight`` is the weighted number of calls behind the level
    (the inverse of its relative variance, with the prior's).
    """

    rates: Floats
    leverage: Floats
    level_weight: Floats


@dataclass(frozen=True)
class Trust:
    """Pseudo-calls of the shape above, per series: for an hour of a day type, for an hour of the week."""

    group: Floats
    hour: Floats


_DAY_TYPE = np.where(np.arange(HOURS_A_WEEK) < 120, 0, np.where(np.arange(HOURS_A_WEEK) < 144, 1, 2))
GROUP = _DAY_TYPE * 24 + np.arange(HOURS_A_WEEK) % 24
"""Day type (Monday to Friday, Saturday, Sunday) times hour, of each hour of the week."""


def _by_group(values: Floats) -> Floats:
    """Add up the hours of the week to the 72 hours of the three day types, along the last axis."""
    week = values.reshape(*values.shape[:-1], 7, 24)
    weekdays = week[..., :5, :].sum(axis=-2)
    return np.concatenate([weekdays, week[..., 5, :], week[..., 6, :]], axis=-1)


def _smooth(values: Floats) -> Floats:
    """Return half the value and half the mean of it and its neighbours, around the week (last axis)."""
    around = 0.25 * np.roll(values, 1, axis=-1) + 0.5 * values + 0.25 * np.roll(values, -1, axis=-1)
    return 0.5 * values + 0.5 * around


def fit(
    counts: Floats, exposure: Floats, prior: Floats, trust: Trust, recent: tuple[Floats, Floats], *, closable: Bools,
) -> Shape:
    """Fit the hours of the week of many series at once.

    Parameters
    ----------
    counts, exposure : array (series, 168)
        Calls and hours of exposure, weighted by recency.
    prior : array (series, 168)
        The shape above; only its proportions count.
    trust : Trust
    recent : (array (series,), array (series, 168))
        Calls and exposure weighted by the level's shorter memory.
    closable : array (series, 7)
        Of which days of the week nothing says that the series is open: its calls may say that it is not
        (:func:`own_days`).
    """
    scale = prior / np.maximum(prior.mean(axis=1, keepdims=True), 1e-12)
    level = counts.sum(axis=1) / np.maximum((exposure * scale).sum(axis=1), 1e-9)
    base = level[:, None] * scale
    base *= own_days(counts, exposure * base, trust, closable)
    usual = exposure * base
    usual_group = _by_group(usual)
    group = (_by_group(counts) + trust.group[:, None]) / (usual_group + trust.group[:, None])
    own_share = usual_group / (usual_group + trust.group[:, None])
    leverage = (own_share / np.maximum(_by_group(exposure), 1.0))[:, GROUP]
    base = base * group[:, GROUP]
    usual = exposure * base
    leverage = leverage + usual / (usual + trust.hour[:, None]) / np.maximum(exposure, 1.0)
    rates = base * (_smooth(counts) + trust.hour[:, None]) / (_smooth(usual) + trust.hour[:, None])
    now, now_exposure = recent
    rates = rates * ((now + LEVEL_PRIOR) / ((rates * now_exposure).sum(axis=1) + LEVEL_PRIOR))[:, None]
    least = least_share(rates, counts, exposure)
    least = np.where(np.repeat(closable, 24, axis=1), np.minimum(least, _one_more(counts, exposure)), least)
    least = np.maximum(least, LEAST_RATE)
    rates = np.where(level[:, None] > 0, np.maximum(rates, least), 0.0)
    return Shape(rates, np.minimum(leverage, 0.9), now + LEVEL_PRIOR)


def own_days(counts: Floats, usual: Floats, trust: Trust, closable: Bools) -> Floats:
    """Return what the days of the week bring against the shape above, by hour of the week (series, 168).

    An hour of the weekend has few calls to say whether an office is shut, its two dozen hours together have many. So
    weekdays, Saturdays and Sundays are moved as a whole before their hours are, and then each day of the week may be one
    the client is closed on: of a Saturday, or of a Wednesday, that should have brought dozens and never brought any,
    that is likelier than chance or than the trust in what others do. Where few were to come either way it is left as it
    is above.

    Parameters
    ----------
    counts, usual : array (series, 168)
        Calls, and those the shape above leads to expect.
    trust : Trust
    closable : array (series, 7)
        Days that are moved; weekdays as a whole where none of them is known to be open.
    """
    if not closable.any():
        return np.ones_like(counts)
    seen, due = (v.reshape(-1, 7, 24).sum(axis=2) for v in (counts, usual))
    seen_of, due_of = (np.stack([v[:, :5].sum(axis=1), v[:, 5], v[:, 6]], axis=1) for v in (seen, due))
    moved = (seen_of + trust.group[:, None]) / (due_of + trust.group[:, None])
    together = np.column_stack([closable[:, :5].all(axis=1), closable[:, 5:]])
    ratio = np.where(together, moved, 1.0)[:, [0, 0, 0, 0, 0, 1, 2]]
    due = np.maximum(due * ratio, 1e-9)
    share, weight = CLOSED_DAY
    odds = _log_chance(seen, due, trust.hour[:, None]) - _log_chance(seen, due * share, np.array(weight))
    odds += math.log((1.0 - CLOSED_DAYS) / CLOSED_DAYS)
    likely = closable / (1.0 + np.exp(np.clip(odds, -300.0, 300.0)))
    shut = (seen + weight) / (due + weight / share)
    return np.repeat(ratio * (likely * shut + (1.0 - likely)), 24, axis=1)


def least_share(rates: Floats, counts: Floats, exposure: Floats) -> Floats:
    """Return what no hour of the week is taken to bring less than, of a series' mean hour (series, 168).

    Few calls leave it open whether an empty hour of the night would ever bring one. Of many it is known: of a platform
    of thousands an hour, an hour that is empty every night is no trouble, where a fiftieth of its mean
    hour would be dozens of calls that are missed each time.
    """
    room = (_by_group(counts) + LEAST_ROOM) / np.maximum(_by_group(exposure), 1e-9)
    return np.asarray(np.minimum(LEAST_SHARE * rates.mean(axis=1, keepdims=True), room[:, GROUP]))


def _one_more(counts: Floats, exposure: Floats) -> Floats:
    """Return what an hour would bring had its day of the week brought one call more than it did (series, 168)."""
    seen, elapsed = (v.reshape(-1, 7, 24).sum(axis=2) for v in (counts, exposure))
    return np.repeat((seen + 1.0) / np.maximum(elapsed, 1e-9), 24, axis=1)


def _log_chance(n: Floats, mean: Floats, size: Floats) -> Floats:
    """Return the log chance of n calls, but for what hangs on n alone: a gamma of that mean and so many calls' worth."""
    return np.asarray(
        lgamma(n + size) - lgamma(size) + size * np.log(size / (size + mean)) + n * np.log(mean / (size + mean)))


def halves_ratio(counts: Floats, usual: Floats) -> Floats:
    """Return what each half hour of the week (series, 336) brings against the mean of its hour.

    A client may forward at half past: the two halves of an hour, for all days of a type together.
    """
    calls, expected = (
        np.stack([_by_group(v[:, k::2]) for k in (0, 1)], axis=-1) for v in (counts, usual))
    ratio = (calls + HALF_TRUST) / (expected + HALF_TRUST)
    weights = expected + 1e-9
    mean = (ratio * weights).sum(axis=-1) / weights.sum(axis=-1)
    return np.asarray((ratio / mean[..., None])[:, GROUP].reshape(len(counts), -1))


def heterogeneity(counts: Floats, usual: Floats) -> tuple[Floats, Floats]:
    """Return how alike two halves of the weeks stray: numerator and denominator of a variance.

    Parameters
    ----------
    counts, usual : array (2, series, cells)
        Odd and even weeks. The product of two independent weeks' residuals holds no Poisson noise.
    """
    return (
        np.asarray(((counts[0] - usual[0]) * (counts[1] - usual[1])).sum(axis=-1)),
        np.asarray((usual[0] * usual[1]).sum(axis=-1)),
    )


def _trust(top: Floats, below: Floats, limits: tuple[float, float], pool: float) -> Floats:
    """Return 1/variance per series, each drawn to all series' with the weight of ``pool`` average ones."""
    share = pool / max(len(top), 1)
    variance = (top + share * top.sum() + UNKNOWN_VARIANCE * UNKNOWN_WEIGHT) / (
        below + share * below.sum() + UNKNOWN_WEIGHT)
    return np.asarray(np.clip(1.0 / np.maximum(variance, 1e-9), *limits))


def measure_trust(counts: Floats, exposure: Floats, prior: Floats, *, pool: float = 3.0) -> Trust:
    """Measure how far series stray from the shape above, from odd against even weeks.

    Parameters
    ----------
    counts, exposure : array (2, series, 168)
        Of odd and even weeks.
    prior : array (series, 168)
    pool : float
        How many average series the common estimate weighs against the series' own.
    """
    scale = prior / np.maximum(prior.mean(axis=1, keepdims=True), 1e-12)
    level = counts.sum(axis=(0, 2)) / np.maximum((exposure * scale).sum(axis=(0, 2)), 1e-9)
    base = level[:, None] * scale
    usual = exposure * base
    by_group, usual_group = _by_group(counts), _by_group(usual)
    group = _trust(*heterogeneity(by_group, usual_group), GROUP_TRUST, pool)
    ratio = (by_group.sum(axis=0) + group[:, None]) / (usual_group.sum(axis=0) + group[:, None])
    usual = usual * ratio[:, GROUP]
    hour = _trust(*heterogeneity(counts, usual), HOUR_TRUST, pool)
    return Trust(group, hour)


def shared_shape(counts: Floats, exposure: Floats, opening: Floats) -> Floats:
    """Return, for each account, the hour-of-week shape of all the others within its own coverage.

    From the general to the particular, each step drawn to the one before as far as calls are few: flat, by the hour
    of the day, by the hour of a day type, by the hour of the week. So an hour of the week that a short history never
    saw is taken to be like the same hour of other days, not like the mean hour.
    """
    if not len(counts):
        return opening
    shape = np.ones(HOURS_A_WEEK)
    top, below = counts, exposure
    for _ in range(2):
        level = counts.sum(axis=1) / np.maximum((exposure * opening * shape).sum(axis=1), 1e-9)
        below = level[:, None] * exposure * opening
        shape = _nested(counts.sum(axis=0), below.sum(axis=0))
    return np.asarray(_nested(top.sum(axis=0) - top, below.sum(axis=0) - below) * opening)


def _nested(calls: Floats, usual: Floats) -> Floats:
    """Return calls over usual by hour of the week (last axis), drawn to the hour of the day type, of the day, and 1."""
    week = calls.reshape(*calls.shape[:-1], 7, 24).sum(axis=-2)
    usual_day = usual.reshape(*usual.shape[:-1], 7, 24).sum(axis=-2)
    shape = np.tile((week + FLAT_TRUST) / (usual_day + FLAT_TRUST), 7)
    by_group = (_by_group(calls) + SHAPE_TRUST) / (_by_group(usual * shape) + SHAPE_TRUST)
    shape = shape * by_group[..., GROUP]
    return np.asarray(shape * (calls + SHAPE_TRUST) / (usual * shape + SHAPE_TRUST))
