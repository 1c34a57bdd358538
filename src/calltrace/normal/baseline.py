"""What is usual for every account, number, trunk group and the platform, learned from the calls themselves.

The method: a gamma-Poisson hierarchy per local hour of the week. An account's expected calls start from the
shape all accounts share (within its hours of coverage), times its own level; the ratio of each hour of
weekdays, Saturdays and Sundays, then each hour of the week, moves that as far as its own calls warrant. How
far they warrant it is measured: how alike an account's odd and even weeks stray from the shared shape
(Robbins 1956; DuMouchel 1999 for the shrinkage). A number starts from its account's shape. What all the other
accounts did in the same hour (the platform factor) tells a holiday or storm from one client's trouble.
Silences and rushes in the history that chance rules out are themselves faults and not learned from.

Everything is computed when first asked for: an investigation needs one account and few other series.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calltrace.normal import tails
from calltrace.normal.intervals import (
    BIN,
    DAY,
    HOUR,
    HOURS_A_WEEK,
    WEEK,
    Grid,
    microseconds,
    to_us,
)
from calltrace.normal.rhythm import LENGTHS, Dispersion, Rhythm
from calltrace.normal.rhythms import Hours, Rhythms
from calltrace.tables.case import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calltrace.tables.case import Case

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Kind: TypeAlias = Literal["account", "number", "trunk_group", "platform"]
Span: TypeAlias = tuple[pd.Timestamp, pd.Timestamp]

COLUMNS: dict[str, str] = {"account": "account", "number": "dnis", "trunk_group": "trunk_group"}

MOST_WEEKS = 12
"""Weeks before and after the question that are learned from."""

SHAPE_HALF_LIFE = 16 * WEEK
LEVEL_HALF_LIFE = 6 * WEEK
LEVEL_PRIOR = 5.0
"""Calls' worth of trust in the mean level against the recent one."""

GROUP_TRUST = (0.3, 300.0)
HOUR_TRUST = (0.5, 1000.0)
SHOWN_HOURS = 0.75
"""History an hour of a day type needs to count as seen."""

HALF_TRUST = 10.0
FLAT_TRUST = 2.0
SHAPE_TRUST = 5.0
UNKNOWN_VARIANCE = 0.1
UNKNOWN_WEIGHT = 10.0
"""Calls' worth of trust in the shape above: per hour of a day type, per hour of the week, per half hour; for the
shape all accounts share, in a flat day and in each coarser step. Where a history is too short to measure how far
series stray, they are taken to stray by this variance, held with this weight (expected calls squared)."""

FACTOR_TRUST = (5.0, 30.0)
"""Calls' worth of trust in an ordinary hour of the platform; the upper limit lets a holiday through."""

DAY_TRUST = 20.0
WEIGHTIEST = 0.10
"""No account has more than this share in the platform factor."""

FEW_ACCOUNTS = 20
THIN_HOUR = 30.0
"""With fewer accounts, hours with less than so many calls expected of the others say nothing."""

CLOSED_SHARE = 0.02
"""What a closed hour brings against an open one: some callers know the number, some clients forward it."""

LEAST_SHARE = 0.02
LEAST_RATE = 0.002
"""No hour is taken to bring less than this share of the mean hour, nor less than this many calls."""

FAULT_LOG = 6.0
"""A silence or rush in the history rarer than 1 in 10^this is a fault, not the account's rhythm."""

EDGE_LOG = 3.0
"""The same for the silence before a series' first call and after its last."""

SHAPE_KNOWN = 14 * DAY
"""With less history a night may pass for a fault: only the edges are looked at."""

MOST_FAULTS = 0.25
"""More of the history than this can't be fault: then it is the account's way."""

ORDINARY_DISPERSION = 0.03
"""Where there is too little history to measure: between a steady and a fickle account."""


def learn(
    case: Case,
    *,
    zone_of: Mapping[str, str],
    leave_out: Span | None = None,
    exclude: Iterable[tuple[str | None, pd.Timestamp, pd.Timestamp]] = (),
    until: pd.Timestamp | None = None,
    open_spans: Mapping[str, Iterable[Span]] | None = None,
    records_end: pd.Timestamp | None = None,
) -> Baseline:
    """Return what is usual, learned from the calls of a case.

    Parameters
    ----------
    case : Case
        ``calls`` with ``account``, ``dnis``, ``trunk_group``, ``offered_at``; the accounts table's coverage
        sharpens what little history can't tell; KPI and agent events only say how far the records reach.
    zone_of : mapping of account id to IANA zone
        Others are in ``case.zone``.
    leave_out : (start, end), optional
        The window asked about. It is never learned from; calls before and after it are, the nearest weigh
        most.
    exclude : iterable of (account or None for all, start, end)
        Known closures and outages, likewise not learned from.
    until : Timestamp, optional
        Nothing later is looked at.
    open_spans : mapping of account to spans, optional
        When the account's line is forwarded. Only open time counts as elapsed for it.
    records_end : Timestamp, optional
        Up to when the records are complete; else the last call, KPI interval or agent event in the case.
    """
    return Baseline(
        case,
        zone_of=dict(zone_of),
        leave_out=None if leave_out is None else (to_us(leave_out[0]), to_us(leave_out[1])),
        exclude=[(a, to_us(s), to_us(e)) for a, s, e in exclude],
        until=None if until is None else to_us(until),
        open_spans={a: [(to_us(s), to_us(e)) for s, e in spans] for a, spans in (open_spans or {}).items()},
        records_end=None if records_end is None else to_us(records_end),
    )


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
    counts: Floats, exposure: Floats, prior: Floats, trust: Trust, recent: tuple[Floats, Floats],
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
    """
    scale = prior / np.maximum(prior.mean(axis=1, keepdims=True), 1e-12)
    level = counts.sum(axis=1) / np.maximum((exposure * scale).sum(axis=1), 1e-9)
    base = level[:, None] * scale
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
    least = np.maximum(LEAST_SHARE * rates.mean(axis=1, keepdims=True), LEAST_RATE)
    rates = np.where(level[:, None] > 0, np.maximum(rates, least), 0.0)
    return Shape(rates, np.minimum(leverage, 0.9), now + LEVEL_PRIOR)


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


@dataclass(frozen=True)
class _Pool:
    """All accounts together: their counts by UTC hour of the grid, and what they share.

    ``counts`` and ``usual`` are (accounts, hours); ``shares`` is each account's weight in the platform
    factor, ``totals`` the calls and expected calls by hour of all accounts so weighed.
    """

    prior: Floats
    trust: Trust
    shapes: Shape
    counts: Floats
    usual: Floats
    shares: Floats
    totals: tuple[Floats, Floats]
    day_factor: Floats
    dispersion: Floats
    dispersion_platform: Floats


class Baseline:
    """What is usual for every series of a case; see :func:`learn`."""

    def __init__(
        self,
        case: Case,
        *,
        zone_of: dict[str, str],
        leave_out: tuple[int, int] | None,
        exclude: list[tuple[str | None, int, int]],
        until: int | None,
        open_spans: dict[str, list[tuple[int, int]]],
        records_end: int | None,
    ) -> None:
        calls = case.calls
        at = microseconds(calls["offered_at"])
        seen = max(int(at.max()) + 1 if at.size else 0, _reach(case))
        keep = at > 0 if until is None else (at > 0) & (at < until)
        order = np.flatnonzero(keep)
        at = at[order]
        if at.size and (np.diff(at) < 0).any():
            by_time = np.argsort(at, kind="stable")
            at, order = at[by_time], order[by_time]
        self._case = case
        self._zone_of = zone_of
        self._leave_out = leave_out
        self._exclude = exclude
        self._open = open_spans
        self._at = at
        self._order = order
        self._first = int(at[0]) if at.size else 0
        self._last = seen if records_end is None else records_end
        if until is not None:
            self._last = min(self._last, until)
        anchor = self._last if leave_out is None else min(max(leave_out[1], self._first), self._last)
        reach = MOST_WEEKS * WEEK
        self.grid = Grid.over(
            max(self._first, anchor - reach - WEEK), max(min(self._last, anchor + reach), anchor) + 15 * DAY)
        middles = self.grid.edges[:-1] + BIN // 2
        age = np.abs(middles - anchor)
        inside = (self.grid.edges[:-1] >= self._first // BIN * BIN) & (self.grid.edges[1:] <= self._last)
        self._base_mask = inside & (age <= reach) & ~self.grid.covers([leave_out] if leave_out else [])
        self._base_mask &= ~self.grid.covers([(s, e) for a, s, e in exclude if a is None])
        self._shape_weight = np.exp2(-age / SHAPE_HALF_LIFE)
        self._level_weight = np.exp2(-age / LEVEL_HALF_LIFE)
        self._parity = ((middles - anchor) // WEEK % 2).astype(np.int64)
        self._coded: dict[str, tuple[Ints, list[str]]] = {}
        self._members: dict[str, tuple[dict[str, int], Ints, Ints]] = {}
        self._rhythms: dict[tuple[str, str], Rhythm] = {}

    # ------------------------------------------------------------------ what is asked of it

    def of(self, kind: Kind, key: str = "") -> Rhythm:
        """Return the rhythm of one series.

        Parameters
        ----------
        kind : {"account", "number", "trunk_group", "platform"}
        key : str
            The account's id, the number as in ``calls.dnis``, the trunk group's name; '' for the platform.
            A series nobody ever called has a rhythm that expects nothing and says so.
        """
        found = self._rhythms.get((kind, key))
        if found is None:
            found = self._rhythm(kind, key)
            self._rhythms[kind, key] = found
        return found

    def all(self, kind: Kind, keys: Iterable[str] | None = None) -> Rhythms:
        """Return the rhythms of many series side by side, in the order of ``keys``; of every series with calls without.

        Parameters
        ----------
        kind, keys
            As :meth:`of` takes them. Zones, exclusions and open spans are each series' own.
        """
        wanted = self._codes(kind)[1] if keys is None else keys
        return Rhythms([self.of(kind, key) for key in wanted])

    def expected_of(
        self, kind: Kind, keys: Iterable[str], start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False,
    ) -> Floats:
        """Return how many calls [start, end) usually brings each of these series, in their order.

        Parameters
        ----------
        platform : bool
            Multiply each hour by what the other accounts did in it against their own normal.
        """
        return self.all(kind, keys).expected(start, end, platform=platform)

    def by_hour_of(
        self, kind: Kind, keys: Iterable[str], start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False,
    ) -> list[Hours]:
        """Return calls expected and arrived of these series, by the local clock hours that touch [start, end).

        Returns
        -------
        list of Hours
            One a zone, as the hours are those of the series' own clocks; ``places`` says which of ``keys`` its rows are.
        """
        return self.all(kind, keys).by_hour(start, end, platform=platform)

    def others(self, account: str) -> pd.DataFrame:
        """Return what all the other accounts did, hour by hour of UTC.

        Returns
        -------
        DataFrame
            ``start`` (UTC), ``arrived`` (calls), ``expected`` (calls), ``factor`` (the platform factor: their
            ratio, drawn to the day's and to 1 where calls are few).
        """
        from calltrace.normal.intervals import instants  # noqa: PLC0415 (asked for by reports only)

        own = self._numbers_of(account)
        arrived, usual = self._others(own)
        factor = self._factor(own)
        hours = self.grid.edges[:-1:4]
        known = (hours >= self._first // HOUR * HOUR) & (hours < self._last)
        return pd.DataFrame({
            "start": instants(hours[known]), "arrived": arrived[known], "expected": usual[known],
            "factor": factor[known]})

    @property
    def accounts(self) -> list[str]:
        """The accounts that have calls, as numbered inside."""
        return self._codes("account")[1]

    # ------------------------------------------------------------------ series

    def _codes(self, kind: str) -> tuple[Ints, list[str]]:
        """Return each call's series (−1 for none) and the series' names."""
        found = self._coded.get(kind)
        if found is None:
            codes, names = self._case.codes(COLUMNS[kind])
            found = codes[self._order], list(names)
            self._coded[kind] = found
        return found

    def _grouped(self, kind: str) -> tuple[dict[str, int], Ints, Ints]:
        """Return the series' numbers by name, the calls series by series, and where each series begins among them."""
        found = self._members.get(kind)
        if found is None:
            codes, names = self._codes(kind)
            order = grouped(codes)
            edges = np.asarray(np.searchsorted(codes[order], np.arange(len(names) + 1)), dtype=np.int64)
            found = {n: k for k, n in enumerate(names)}, order, edges
            self._members[kind] = found
        return found

    def _number_of(self, kind: str, key: str) -> int:
        return self._grouped(kind)[0].get(key, -2)

    def _calls_of(self, kind: str, key: str) -> Ints:
        """Return the places of a series' calls, in order of time."""
        numbers, order, edges = self._grouped(kind)
        number = numbers.get(key)
        return order[:0] if number is None else order[edges[number]: edges[number + 1]]

    def _numbers_of(self, account: str) -> Ints:
        number = self._number_of("account", account)
        return np.array([number] if number >= 0 else [], dtype=np.int64)

    def _zone(self, account: str) -> str:
        return self._zone_of.get(account, self._case.zone)

    def _home(self, kind: str, key: str) -> str:
        """Return the account most of a number's calls were for; '' for none."""
        codes, names = self._codes("account")
        own = codes[self._calls_of(kind, key)]
        own = own[own >= 0]
        return names[int(np.bincount(own).argmax())] if own.size else self._listed(key)

    def _listed(self, number: str) -> str:
        """Return the account whose numbers, in the accounts table, hold a number nobody called."""
        accounts = self._case.table("accounts")
        for account, numbers in zip(accounts["account"], accounts["numbers"].fillna(""), strict=True):
            if number in str(numbers).split(";"):
                return str(account)
        return ""

    def _rhythm(self, kind: Kind, key: str) -> Rhythm:
        if kind == "platform":
            return self._learned(kind, key, self._at, "", self._case.zone)
        chosen = self._at[self._calls_of(kind, key)]
        account = key if kind == "account" else self._home(kind, key) if kind == "number" else ""
        return self._learned(kind, key, chosen, account, self._zone(account))

    def _learned(self, kind: Kind, key: str, at: Ints, account: str, zone: str) -> Rhythm:
        """Learn one series: its shape, twice more without its faults, then how far chance strays from it."""
        grid = self.grid
        bins = grid.bins(at)
        on_grid = bins[(bins >= 0) & (bins < grid.size)]
        arrived = np.bincount(on_grid, minlength=grid.size).astype(float)
        own_spans = [(s, e) for a, s, e in self._exclude if a is not None and a == account]
        mask = self._base_mask & ~grid.covers(own_spans)
        open_share = self._open_share(account)
        exposure = np.ones(grid.size) if open_share is None else open_share
        if kind in {"account", "number"}:
            exposure = exposure * self._pool.day_factor
        prior, pooled, r0, r0_platform = self._above(kind, key, account)
        rates = np.zeros(2 * HOURS_A_WEEK)
        leverage = np.ones(HOURS_A_WEEK)
        weight = LEVEL_PRIOR
        for turn in range(3):
            if arrived[mask].sum() == 0:
                break
            shape, rates = self._shape(arrived * mask, exposure * mask, zone, prior, pooled)
            weight, leverage = float(shape.level_weight[0]), shape.leverage[0]
            if turn == 2:
                break
            faulty = self._faults(at, arrived, exposure * rates[grid.halves(zone)] / 4, mask, weight)
            if not faulty.any():
                break
            mask = mask & ~faulty
        calls = int(arrived[mask].sum())
        days = float(mask.sum() * BIN / DAY)
        daily = float(rates.sum() / 14.0)
        usual = rates[grid.halves(zone)] / 4 * (1.0 if open_share is None else open_share)
        factor = self._factor_of(kind, key, account)
        level = 1.0 / weight
        own = 1.0 if kind in {"account", "number"} else 0.1
        noise = 2.0 * leverage[grid.hours(zone)]
        spread = Dispersion(_dispersion(arrived, usual, noise, mask, prior=r0, pull=own), level)
        spread_platform = spread if factor is None else Dispersion(
            _dispersion(arrived, usual * np.repeat(factor, 4), noise, mask, prior=r0_platform, pull=own),
            level)
        return Rhythm(
            kind=kind, key=key, history_days=round(days, 2), calls_per_day=daily, learned_from=calls,
            careful=_careful(calls, days, daily), zone=zone, rates=rates, calls=at, first=self._first,
            last=self._last, grid=grid, spread=spread, spread_platform=spread_platform, factor=factor,
            open_share=open_share, unseen=_unseen(grid.hours(zone), mask))

    def _above(self, kind: Kind, key: str, account: str) -> tuple[Floats, Trust | None, Floats, Floats]:
        """Return the shape a series starts from, the trust in it (None: measure it), and the dispersions."""
        pool = self._pool
        if kind == "account":
            number = self._number_of(kind, key)
            if number >= 0:
                trust = Trust(pool.trust.group[number: number + 1], pool.trust.hour[number: number + 1])
                return pool.prior[number], trust, pool.dispersion, pool.dispersion_platform
            return np.ones(HOURS_A_WEEK), None, pool.dispersion, pool.dispersion_platform
        if kind == "number" and account:
            rates = self.of("account", account).rates
            if rates.any():
                return rates.reshape(-1, 2).mean(axis=1), None, pool.dispersion, pool.dispersion_platform
        total = pool.shapes.rates.sum(axis=0)
        few = np.full(len(LENGTHS), ORDINARY_DISPERSION / 5)
        return (total if total.any() else np.ones(HOURS_A_WEEK)), None, few, few

    def _shape(
        self, learned: Floats, exposure: Floats, zone: str, prior: Floats, trust: Trust | None,
    ) -> tuple[Shape, Floats]:
        """Fit one series by the hour, then by the half hour.

        ``learned`` and ``exposure`` are by interval, 0 where nothing is learned from.
        """
        grid = self.grid
        hours = grid.hours(zone)
        elapsed = exposure / 4

        def weekly(values: Floats) -> Floats:
            return np.asarray(np.bincount(hours, weights=values, minlength=HOURS_A_WEEK), dtype=float)

        if trust is None:
            halves = [(self._parity == p) for p in (0, 1)]
            trust = measure_trust(
                np.stack([weekly(learned * h) for h in halves])[:, None, :],
                np.stack([weekly(elapsed * h) for h in halves])[:, None, :],
                prior[None, :], pool=0.0)
        shape = fit(
            weekly(learned * self._shape_weight)[None, :], weekly(elapsed * self._shape_weight)[None, :],
            prior[None, :], trust,
            ((learned * self._level_weight).sum()[None], weekly(elapsed * self._level_weight)[None, :]))
        rates = np.repeat(shape.rates[0], 2)
        # a client may forward at half past: the two halves of an hour, for all days of a type together
        local_half = grid.halves(zone)
        cell = GROUP[local_half // 2] * 2 + local_half % 2
        calls = np.bincount(cell, weights=learned, minlength=144)
        usual = np.bincount(cell, weights=elapsed * rates[local_half], minlength=144)
        ratio = (calls + HALF_TRUST) / (usual + HALF_TRUST)
        pairs = ratio.reshape(-1, 2)
        weights = usual.reshape(-1, 2) + 1e-9
        mean = (pairs * weights).sum(axis=1) / weights.sum(axis=1)
        ratio = (pairs / mean[:, None]).ravel()
        slots = np.arange(2 * HOURS_A_WEEK)
        return shape, rates * ratio[GROUP[slots // 2] * 2 + slots % 2]

    def _faults(self, at: Ints, arrived: Floats, usual: Floats, mask: Bools, weight: float) -> Bools:
        """Return the intervals of silences and rushes that chance rules out."""
        grid = self.grid
        cumulated = np.concatenate([[0.0], np.cumsum(usual * mask)])
        r = ORDINARY_DISPERSION + 1.0 / weight
        edges = np.concatenate([[self._first], at, [self._last]])
        mu = np.diff(np.interp(edges, grid.edges, cumulated))
        log = tails.log10_none(mu, r)
        faulty = np.zeros(grid.size, dtype=bool)
        # before its first call an account was no client yet, after its last the line may be dead by now: both
        # are likely enough beforehand for a weaker proof
        for i in {0, len(log) - 1}:
            if log[i] < -EDGE_LOG:
                faulty |= grid.covers([(int(edges[i]), int(edges[i + 1]))])
        if mask.sum() < SHAPE_KNOWN // BIN:
            return faulty
        spans: list[tuple[float, int, int]] = [
            (float(log[i]), int(edges[i]), int(edges[i + 1])) for i in np.flatnonzero(log < -FAULT_LOG)]
        hourly = (arrived * mask).reshape(-1, 4).sum(axis=1)
        expected = (usual * mask).reshape(-1, 4).sum(axis=1)
        busy = np.flatnonzero(hourly > 3 * expected + 5)
        if busy.size:
            high = tails.log10_at_least(hourly[busy], expected[busy], r)
            spans += [
                (float(p), grid.start + int(h) * HOUR, grid.start + (int(h) + 1) * HOUR)
                for h, p in zip(busy, high, strict=True) if p < -FAULT_LOG]
        most = MOST_FAULTS * (mask & ~faulty).sum()
        inside = np.zeros(grid.size, dtype=bool)
        for _, start, end in sorted(spans):
            more = inside | grid.covers([(start, end)])
            if (more & mask & ~faulty).sum() <= most:
                inside = more
        return faulty | inside

    def _open_share(self, account: str) -> Floats | None:
        """Return what share of each interval the account's line is forwarded; None where nothing says."""
        spans = self._open.get(account) if account else None
        if spans is None:
            return None
        grid = self.grid
        fine = np.zeros(grid.size)
        edges = grid.edges.astype(float)
        for start, end in spans:
            first, last = max(0, start // BIN - grid.first), min(grid.size, -(-end // BIN) - grid.first)
            if last > first:
                low = np.maximum(edges[first:last], start)
                high = np.minimum(edges[first + 1: last + 1], end)
                fine[first:last] += (high - low) / BIN
        return np.maximum(np.minimum(fine, 1.0), CLOSED_SHARE)

    # ------------------------------------------------------------------ all accounts together

    @cached_property
    def _pool(self) -> _Pool:
        """Everything the accounts share, from one count of calls by account and UTC hour."""
        grid = self.grid
        codes, names = self._codes("account")
        size, width = len(names), grid.size // 4
        bins = grid.bins(self._at)
        good = (codes >= 0) & (bins >= 0) & (bins < grid.size)
        code, bins = codes[good], bins[good]
        counts = np.bincount(code * width + bins // 4, minlength=size * width).astype(float)
        counts = counts.reshape(size, width)
        # an hour is learned from when all four of its intervals are
        base = self._base_mask.reshape(-1, 4).all(axis=1)
        learnable = np.broadcast_to(base, (size, width)).copy()
        own: set[int] = set()
        for account, start, end in self._exclude:
            if account is not None and account in names:
                row = names.index(account)
                learnable[row] &= ~grid.covers([(start, end)]).reshape(-1, 4).any(axis=1)
                own.add(row)
        zones = [self._zone(n) for n in names]
        slots = {z: grid.hours(z)[::4] for z in set(zones)}
        slot = np.stack([slots[z] for z in zones]) if names else np.zeros((0, width), dtype=np.int64)
        weight = self._shape_weight.reshape(-1, 4).mean(axis=1)
        level = self._level_weight.reshape(-1, 4).mean(axis=1)
        parity = self._parity[::4]
        cells = (np.arange(size)[:, None] * HOURS_A_WEEK + slot).ravel()

        def weekly(values: Floats) -> Floats:
            total = np.bincount(cells, weights=values.ravel(), minlength=size * HOURS_A_WEEK)
            return np.asarray(total.reshape(size, HOURS_A_WEEK), dtype=float)

        def elapsed(values: Floats) -> Floats:
            """Add up the hours learned from, by local hour of the week: alike for all accounts of a zone."""
            alike = {z: np.bincount(slots[z], weights=values * base, minlength=HOURS_A_WEEK) for z in slots}
            total = np.array([alike[z] for z in zones], dtype=float).reshape(size, HOURS_A_WEEK)
            for row in own:
                total[row] = np.bincount(slot[row], weights=values * learnable[row], minlength=HOURS_A_WEEK)
            return total

        opening = self._opening(names)
        learned = counts * learnable
        day_factor = np.ones(width)
        usual = np.zeros((size, width))
        shares = np.ones(size)
        days = grid.days(self._case.zone)[::4]
        odd = [(parity == p).astype(float) for p in (0, 1)]
        by_parity = np.stack([weekly(learned * o) for o in odd])
        weighted, recent = weekly(learned * weight), (learned * level).sum(axis=1)
        for _ in range(2):
            exposure = elapsed(weight * day_factor)
            prior = shared_shape(weighted, exposure, opening)
            trust = measure_trust(by_parity, np.stack([elapsed(o * day_factor) for o in odd]), prior)
            recently = elapsed(level * day_factor)
            shapes = fit(weighted, exposure, prior, trust, (recent, recently))
            usual = np.take_along_axis(shapes.rates, slot, axis=1) if size else usual
            total = usual.mean(axis=1)
            shares = np.minimum(1.0, WEIGHTIEST * total.sum() / np.maximum(total, 1e-12))
            if size < FEW_ACCOUNTS:
                break
            arrived, expected = self._weighed(counts, usual, shares)
            by_day = np.bincount(days, weights=arrived * learnable.any(axis=0))
            usual_by_day = np.bincount(days, weights=expected * learnable.any(axis=0))
            day_factor = ((by_day + DAY_TRUST) / (usual_by_day + DAY_TRUST))[days]
        day_factor_fine = np.repeat(day_factor, 4)
        totals = self._weighed(counts, usual, shares)
        noise = 2.0 * np.take_along_axis(shapes.leverage, slot, axis=1)
        return _Pool(
            prior, trust, shapes, counts, usual, shares, totals, day_factor_fine,
            _shared_dispersion(learned, usual * learnable, noise),
            _shared_dispersion(learned, usual * self._platform_factor(*totals, size) * learnable, noise))

    @staticmethod
    def _weighed(counts: Floats, usual: Floats, shares: Floats) -> tuple[Floats, Floats]:
        """Return calls and expected calls by hour; no account counts beyond its share, nor its own surge."""
        most = usual + 4.0 * np.sqrt(usual) + 3.0
        return np.asarray(shares @ np.minimum(counts, most)), np.asarray(shares @ usual)

    def _others(self, own: Ints) -> tuple[Floats, Floats]:
        """Return calls and expected calls by hour of all accounts but these."""
        pool = self._pool
        arrived, usual = self._weighed(pool.counts[own], pool.usual[own], pool.shares[own])
        return np.maximum(pool.totals[0] - arrived, 0.0), np.maximum(pool.totals[1] - usual, 0.0)

    def _factor(self, own: Ints) -> Floats:
        return self._platform_factor(*self._others(own), len(self._pool.shares) - len(own))

    def _platform_factor(self, arrived: Floats, usual: Floats, accounts: int) -> Floats:
        """Return the platform factor of each hour: the hour's ratio, drawn to its day's, drawn to 1."""
        days = self.grid.days(self._case.zone)[::4]
        hours = self.grid.edges[:-1:4]
        known = (hours >= self._first // HOUR * HOUR) & (hours + HOUR <= self._last)
        if accounts == 0 or not known.any():
            return np.ones(len(usual))
        learned = known & self._base_mask.reshape(-1, 4).all(axis=1)
        arrived, usual = arrived * known, usual * known
        hour_trust = _factor_trust(arrived[learned], usual[learned])
        by_day, usual_by_day = np.bincount(days, weights=arrived), np.bincount(days, weights=usual)
        day_trust = _factor_trust(
            np.asarray(np.bincount(days, weights=arrived * learned), dtype=float),
            np.asarray(np.bincount(days, weights=usual * learned), dtype=float))
        daily = ((by_day + day_trust) / (usual_by_day + day_trust))[days]
        factor = (arrived + hour_trust * daily) / (usual + hour_trust)
        if accounts < FEW_ACCOUNTS:
            factor = np.where(usual < THIN_HOUR, 1.0, (arrived + hour_trust) / (usual + hour_trust))
        return np.where(known, factor, 1.0)

    def _factor_of(self, kind: Kind, key: str, account: str) -> Floats | None:
        """Return the platform factor for a series, leaving out the accounts it is made of."""
        if kind == "platform" or not self._pool.shares.size:
            return None
        if kind == "trunk_group":
            codes, names = self._codes("account")
            inside = codes[self._calls_of(kind, key)]
            own = np.bincount(inside[inside >= 0], minlength=len(names))
            everything = np.bincount(codes[codes >= 0], minlength=len(names))
            mostly = own * 2 > everything
            return None if mostly.all() else self._factor(np.flatnonzero(mostly))
        return self._factor(self._numbers_of(account))

    def _opening(self, names: list[str]) -> Floats:
        """Return, per account and local hour of the week, 1 where its coverage is open, else CLOSED_SHARE."""
        opening = np.ones((len(names), HOURS_A_WEEK))
        accounts = self._case.table("accounts")
        if accounts.empty:
            return opening
        known = accounts[accounts["coverage"].notna()]
        coverage = dict(zip(known["account"], known["coverage"], strict=True))
        weeks: dict[str, Floats] = {}
        for row, name in enumerate(names):
            text = coverage.get(name)
            if text is not None:
                if text not in weeks:
                    weeks[text] = _open_week(str(text))
                opening[row] = weeks[text]
        return opening


def _unseen(hours: Ints, mask: Bools) -> Floats:
    """Return 1 for each half hour of the week whose hour no such day of the history showed, else 0."""
    shown = np.bincount(GROUP[hours], weights=mask / 4.0, minlength=72)[GROUP] >= SHOWN_HOURS
    return np.repeat((~shown).astype(float), 2)


def _reach(case: Case) -> int:
    """Return up to when the records reach: the last KPI interval or agent event, microseconds; 0 for none."""
    ends = [0]
    for table, column in (("kpi", "interval_start"), ("agents", "at")):
        if case.has(table):
            last = case.table(table)[column].max()
            if not pd.isna(last):
                ends.append(to_us(last))
    return max(ends)


def _open_week(coverage: str) -> Floats:
    """Return the open share of each hour of an ordinary week, at least CLOSED_SHARE."""
    if coverage.strip() == "24/7":
        return np.ones(HOURS_A_WEEK)
    from calltrace.errors import InputError  # noqa: PLC0415 (only needed where coverage is given)
    from calltrace.tables import times  # noqa: PLC0415

    # a week of no holiday and no clock change; any would do
    monday = pd.Timestamp("2025-06-23", tz="UTC")
    try:
        spans = times.coverage_spans(coverage, "UTC", monday, monday + pd.Timedelta(days=7))
    except InputError:
        # whoever asks about coverage says so; what is usual can do without it
        return np.ones(HOURS_A_WEEK)
    edges = to_us(monday) + np.arange(HOURS_A_WEEK + 1, dtype=np.int64) * HOUR
    share = np.zeros(HOURS_A_WEEK)
    for start, end in spans:
        low, high = np.maximum(edges[:-1], to_us(start)), np.minimum(edges[1:], to_us(end))
        share += np.maximum(high - low, 0) / HOUR
    # coverage that can't be read as any open hour says nothing
    return np.clip(share, CLOSED_SHARE, 1.0) if share.any() else np.ones(HOURS_A_WEEK)


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


def _factor_trust(arrived: Floats, usual: Floats) -> float:
    """Return 1 / the variance of the platform's own ups and downs, within the limits set."""
    variance = ((arrived - usual) ** 2 - usual).sum() / max(float((usual**2).sum()), 1e-9)
    return float(np.clip(1.0 / max(variance, 1e-9), *FACTOR_TRUST))


def _excess(counts: Floats, usual: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Return, per series and LENGTHS, the variance beyond Poisson and the squared mean, summed over windows.

    Parameters
    ----------
    counts, usual, noise : array (series, hours)
        Hours not learned from are 0 in the first two. ``noise`` is twice the leverage: the residual of an
        hour learned from is smaller by the leverage than its Poisson noise, that of an hour to come larger.
    """
    top, below = np.zeros((len(counts), len(LENGTHS))), np.zeros((len(counts), len(LENGTHS)))
    # longer windows are added up from the longest that divides them
    added: dict[int, tuple[Floats, Floats, Floats]] = {1: (counts, usual, usual * noise)}
    for k, length in enumerate(LENGTHS.astype(int).tolist()):
        part = max(d for d in added if length % d == 0)
        n, m, extra = (_by_window(v, length // part) for v in added[part])
        added[length] = n, m, extra
        below[:, k] = np.einsum("ij,ij->i", m, m)
        top[:, k] = np.einsum("ij,ij->i", n - m, n - m) - m.sum(axis=1) + extra.sum(axis=1)
    return top, below


def _by_window(values: Floats, length: int) -> Floats:
    if length == 1:
        return values
    width = values.shape[1] // length * length
    total = values[:, 0:width:length].copy()
    for k in range(1, length):
        total += values[:, k:width:length]
    return total


def _shared_dispersion(counts: Floats, usual: Floats, noise: Floats) -> Floats:
    """Return the dispersion of windows of LENGTHS hours, all accounts (rows) together."""
    if not len(counts):
        return np.full(len(LENGTHS), ORDINARY_DISPERSION)
    # an outage or surge of the history must not make the whole platform fickle
    counts = np.minimum(counts, usual + 6.0 * np.sqrt(usual) + 4.0)
    top, below = (v.sum(axis=0) for v in _excess(counts, usual, noise))
    # some hundred windows' worth of an ordinary platform
    trust = 100.0 * below * LENGTHS / counts.size
    known = below > 0
    result = (top + trust * ORDINARY_DISPERSION) / np.where(known, below + trust, 1.0)
    return np.asarray(np.clip(np.where(known, result, ORDINARY_DISPERSION), 0.0, 2.0))


def _dispersion(
    arrived: Floats, usual: Floats, noise: Floats, mask: Bools, *, prior: Floats, pull: float,
) -> Floats:
    """Return the dispersion of one series, drawn to ``prior`` with ``pull`` times its own weight."""
    counts = (arrived * mask).reshape(1, -1, 4).sum(axis=2)
    hourly = (usual * mask).reshape(1, -1, 4).sum(axis=2)
    top, below = (v[0] for v in _excess(counts, hourly, noise[None, ::4]))
    own = top / np.where(below > 0, below, 1.0)
    return np.asarray(np.clip(np.where(below > 0, (own + pull * prior) / (1.0 + pull), prior), 0.0, 4.0))


def _careful(calls: int, days: float, daily: float) -> str:
    """Return why the figures should be taken with care, or ''."""
    if calls == 0:
        return "No call to learn from: what is usual here is not known."
    if days < 7:
        return f"Learned from only {days:.1f} days of history, so what is usual is rough."
    if calls < 30:
        return f"Learned from only {calls} calls, so what is usual is rough."
    if daily < 2:
        needed = math.ceil(math.log((1 + daily) / 1e-3) / daily)
        return f"With {daily:.1f} calls a day, only a silence of {needed} days or more means anything."
    return ""
