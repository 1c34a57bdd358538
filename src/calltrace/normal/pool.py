"""All accounts together: the shape they share, how far each strays from it, and what they did in every hour.

What all the other accounts did in the same hour (the platform factor) tells a holiday or a storm from one client's
trouble. Accounts are gone through a block at a time, so that thousands of them need no more memory than a few.
"""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal import dispersion
from calltrace.normal.intervals import HOUR, HOURS_A_WEEK
from calltrace.normal.shape import Shape, Trust, fit, measure_trust, shared_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from calltrace.normal.history import Bools, Calls, History, Ints, Weeks

Floats: TypeAlias = NDArray[np.float64]

FACTOR_TRUST = (5.0, 30.0)
"""Calls' worth of trust in an ordinary hour of the platform; the upper limit lets a holiday through."""

DAY_TRUST = 20.0
WEIGHTIEST = 0.10
"""No account has more than this share in the platform factor."""

FEW_ACCOUNTS = 20
THIN_HOUR = 30.0
"""With fewer accounts, hours with less than so many calls expected of the others say nothing."""

BLOCK = 64
"""Series gone through at a time: their hours of three months fit a processor's cache."""


def blocks(zones: Sequence[str], most: int = BLOCK) -> Iterator[tuple[str, Ints]]:
    """Yield the places of series of one zone, at most so many at a time, by zones in the order they first come."""
    places: dict[str, list[int]] = {}
    for place, zone in enumerate(zones):
        places.setdefault(zone, []).append(place)
    for zone, of in places.items():
        for first in range(0, len(of), most):
            yield zone, np.array(of[first: first + most], dtype=np.int64)


@dataclass(frozen=True)
class Pool:
    """What the accounts share; rows are accounts, hours those of the grid.

    ``prior`` (accounts, 168) is the shape of all the others within an account's coverage, ``trust`` how far each is held
    to it, ``rates`` (accounts, 168) what each brings by local hour of the week. ``counts`` (accounts, hours) are calls;
    ``shares`` is each account's weight in the platform factor, ``totals`` the calls and expected calls by hour of all
    accounts so weighed. ``day_factor`` is how busy each hour's day was everywhere; the dispersions are those of all
    accounts together, without and with the platform factor.
    """

    history: History
    zones: Sequence[str]
    prior: Floats = field(repr=False)
    trust: Trust = field(repr=False)
    rates: Floats = field(repr=False)
    counts: NDArray[np.unsignedinteger] = field(repr=False)
    shares: Floats = field(repr=False)
    totals: tuple[Floats, Floats] = field(repr=False)
    day_factor: Floats = field(repr=False)
    dispersion: Floats = field(repr=False)
    dispersion_platform: Floats = field(repr=False)

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self.shares)

    def factors(self, places: Ints, zone: str) -> Floats:
        """Return the platform factor by hour for each of these accounts of a zone, which leaves its own calls out."""
        arrived, usual = _weighed(self.counts, self.rates, self.shares, places, self.history.weeks(zone))
        np.subtract(self.totals[0], arrived, out=arrived)
        np.subtract(self.totals[1], usual, out=usual)
        np.maximum(arrived, 0.0, out=arrived)
        np.maximum(usual, 0.0, out=usual)
        return platform_factor(self.history, arrived, usual, self.size - 1)

    def others(self, own: Ints) -> tuple[Floats, Floats]:
        """Return calls and expected calls by hour of all accounts but these."""
        arrived, usual = self.totals
        for zone, places in blocks([self.zones[k] for k in own.tolist()]):
            mine = _weighed(self.counts, self.rates, self.shares, own[places], self.history.weeks(zone))
            arrived, usual = arrived - mine[0].sum(axis=0), usual - mine[1].sum(axis=0)
        return np.maximum(arrived, 0.0), np.maximum(usual, 0.0)

    def factor(self, own: Ints) -> Floats:
        """Return the platform factor by hour that leaves these accounts out."""
        arrived, usual = self.others(own)
        return np.asarray(platform_factor(self.history, arrived[None], usual[None], self.size - len(own))[0])


def learn_pool(
    history: History, calls: Calls, *, zones: Sequence[str], opening: Floats, closable: Bools, closed: Mapping[int, Bools],
) -> Pool:
    """Learn what the accounts share from one count of their calls by hour.

    Parameters
    ----------
    calls : Calls
        Those of each account.
    zones : sequence of str
        Each account's zone.
    opening : array (accounts, 168)
        How open each hour of the week is, by the account's coverage.
    closable : array (accounts, 7)
        Of which days of the week nothing says that the account is open.
    closed : mapping of account's place to mask
        Intervals of its own that are not learned from.
    """
    size, width = len(zones), history.hours
    seen = _Seen(
        history, zones, _counted(history, calls),
        {row: np.asarray(mask.reshape(-1, 4).any(axis=1)) for row, mask in closed.items()})
    weight = history.shape_weight.reshape(-1, 4).mean(axis=1)
    level = history.level_weight.reshape(-1, 4).mean(axis=1)
    odd = [(history.parity[::4] == p).astype(float) for p in (0, 1)]
    weighted, recent, by_parity = seen.added_up(weight, level, odd)
    shown = {z: np.bincount(history.weeks(z).slots, minlength=opening.shape[1]) / width for z in set(zones)}
    days = history.days
    day_factor = np.ones(width)
    for _ in range(2):  # how busy each day was is told by the shapes, and the shapes by how busy the days were
        exposure = seen.elapsed(weight * day_factor)
        prior = shared_shape(weighted, exposure, opening)
        trust = measure_trust(by_parity, np.stack([seen.elapsed(o * day_factor) for o in odd]), prior)
        shapes = fit(weighted, exposure, prior, trust, (recent, seen.elapsed(level * day_factor)), closable=closable)
        mean = np.array([(shapes.rates[row] * shown[z]).sum() for row, z in enumerate(zones)])
        shares = np.minimum(1.0, WEIGHTIEST * mean.sum() / np.maximum(mean, 1e-12))
        totals = seen.totals(shapes.rates, shares)
        if size < FEW_ACCOUNTS:
            break
        by_day, usual_by_day = (np.bincount(days, weights=t * seen.anyone) for t in totals)
        day_factor = ((by_day + DAY_TRUST) / (usual_by_day + DAY_TRUST))[days]
    factor = platform_factor(history, totals[0][None], totals[1][None], size)[0]
    ordinary, platform = seen.dispersions(shapes, factor)
    return Pool(
        history, zones, prior, trust, shapes.rates, seen.counts, shares, totals, day_factor, ordinary, platform)


@dataclass(frozen=True)
class _Seen:
    """What is learned from of each account: its calls by hour, but for the hours left out of all or of its own.

    ``counts`` (accounts, hours) are calls; ``shut`` has, by an account's place, the hours of its own that are not learned
    from.
    """

    history: History
    zones: Sequence[str]
    counts: NDArray[np.unsignedinteger]
    shut: Mapping[int, Bools]

    @property
    def anyone(self) -> Bools:
        """The hours that are learned from of some account."""
        base, shut = self.history.whole_hours, self.shut
        if len(shut) < len(self.zones) or not shut:
            return base
        return np.asarray(base & ~np.logical_and.reduce(list(shut.values())))

    def added_up(self, weight: Floats, level: Floats, odd: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
        """Return each account's calls by local hour of the week, so weighed; all its calls; and those of each parity."""
        shape = len(self.zones), HOURS_A_WEEK
        weighted, recent, by_parity = np.zeros(shape), np.zeros(shape[0]), np.zeros((len(odd), *shape))
        for weeks, places in self._in_blocks:
            calls = self._learned(places)
            weighted[places] = weeks.add_up(calls, weight)
            recent[places] = np.einsum("ij,j->i", calls, level)
            for p, one in enumerate(odd):
                by_parity[p, places] = weeks.add_up(calls, one)
        return weighted, recent, by_parity

    def elapsed(self, values: Floats) -> Floats:
        """Add up the hours learned from, by local hour of the week: alike for all accounts of a zone."""
        history, base = self.history, self.history.whole_hours
        alike = {z: history.weeks(z).add_up((values * base)[None])[0] for z in set(self.zones)}
        total = np.array([alike[z] for z in self.zones], dtype=float).reshape(len(self.zones), HOURS_A_WEEK)
        for row, hours in self.shut.items():
            total[row] = history.weeks(self.zones[row]).add_up((values * (base & ~hours))[None])[0]
        return total

    def totals(self, rates: Floats, shares: Floats) -> tuple[Floats, Floats]:
        """Return calls and expected calls by hour of all accounts, each by its share."""
        arrived, expected = np.zeros(self.history.hours), np.zeros(self.history.hours)
        for weeks, places in self._in_blocks:
            some = _weighed(self.counts, rates, shares, places, weeks)
            arrived += some[0].sum(axis=0)
            expected += some[1].sum(axis=0)
        return arrived, expected

    def dispersions(self, shapes: Shape, factor: Floats) -> tuple[Floats, Floats]:
        """Return how far the hours of all accounts stray from what is expected, without the platform factor and with it."""
        sums = np.zeros((2, 2, len(dispersion.LENGTHS)))
        for weeks, places in self._in_blocks:
            calls = self._learned(places)
            usual = self._open(weeks.lay_out(shapes.rates[places]) * self.history.whole_hours, places)
            noise = 2.0 * weeks.lay_out(shapes.leverage[places])
            for k, expected in enumerate((usual, usual * factor)):
                top, below = dispersion.excess(dispersion.without_rushes(calls, expected), expected, noise)
                sums[k] += top.sum(axis=0), below.sum(axis=0)
        size = len(self.zones) * self.history.hours
        ordinary, platform = (dispersion.shared(top, below, size) for top, below in sums)
        return ordinary, platform

    @cached_property
    def _in_blocks(self) -> list[tuple[Weeks, Ints]]:
        return [(self.history.weeks(zone), places) for zone, places in blocks(self.zones)]

    def _learned(self, places: Ints) -> Floats:
        return self._open(self.counts[places] * self.history.whole_hours.astype(float), places)

    def _open(self, values: Floats, places: Ints) -> Floats:
        """Return the values by hour of these accounts, 0 where an account's own hours are left out."""
        for row in np.flatnonzero(np.isin(places, list(self.shut))) if self.shut else ():
            values[row, self.shut[int(places[row])]] = 0.0
        return values


def _counted(history: History, calls: Calls) -> NDArray[np.unsignedinteger]:
    """Return calls by series and hour of the grid, in as few bytes as they need."""
    start, width = history.grid.start // HOUR, history.hours
    parts: list[NDArray[np.unsignedinteger]] = []
    for first in range(0, len(calls), BLOCK):
        edges = calls.edges[first: first + BLOCK + 1]
        hours = calls.at[edges[0]: edges[-1]] // HOUR - start
        rows = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        good = (hours >= 0) & (hours < width)
        if not good.all():
            hours, rows = hours[good], rows[good]
        counts = np.bincount(rows * width + hours, minlength=(len(edges) - 1) * width)
        parts.append(counts.astype(np.min_scalar_type(int(counts.max(initial=0)))).reshape(-1, width))
    return np.concatenate(parts) if parts else np.zeros((0, width), dtype=np.uint8)


def _weighed(
    counts: NDArray[np.unsignedinteger], rates: Floats, shares: Floats, places: Ints, weeks: Weeks,
) -> tuple[Floats, Floats]:
    """Return the calls and expected calls by hour that these accounts have in the platform's totals.

    No account counts beyond its share, nor its own surge.
    """
    usual = weeks.lay_out(rates[places])
    most = np.sqrt(usual)
    most *= 4.0
    most += usual
    most += 3.0
    np.minimum(counts[places], most, out=most)
    share = shares[places, None]
    most *= share
    usual *= share
    return most, usual


def platform_factor(history: History, arrived: Floats, usual: Floats, accounts: int) -> Floats:
    """Return the platform factor of each hour: the hour's ratio, drawn to its day's, drawn to 1.

    Parameters
    ----------
    arrived, usual : array (series, hours)
        Calls and expected calls of all accounts that count for a series.
    accounts : int
        How many those are.
    """
    known = history.known_hours
    if accounts == 0 or not known.any():
        return np.ones(usual.shape)
    learned = history.whole_hours
    starts = np.flatnonzero(np.diff(history.days, prepend=-1))
    arrived, usual = arrived * known, usual * known
    arrived_then, usual_then = arrived * learned, usual * learned
    hour_trust = _factor_trust(arrived_then, usual_then)[:, None]
    if accounts < FEW_ACCOUNTS:
        factor = np.where(usual < THIN_HOUR, 1.0, (arrived + hour_trust) / (usual + hour_trust))
    else:
        by_day, usual_by_day = (np.add.reduceat(v, starts, axis=1) for v in (arrived, usual))
        day_trust = _factor_trust(
            *(np.add.reduceat(v, starts, axis=1) for v in (arrived_then, usual_then)))[:, None]
        daily = ((by_day + day_trust) / (usual_by_day + day_trust))[:, history.days]
        daily *= hour_trust
        factor = (arrived + daily) / (usual + hour_trust)
    factor[:, ~known] = 1.0
    return np.asarray(factor)


def _factor_trust(arrived: Floats, usual: Floats) -> Floats:
    """Return, per series, 1 / the variance of the platform's own ups and downs, within the limits set."""
    strays = arrived - usual
    variance = (np.einsum("ij,ij->i", strays, strays) - usual.sum(axis=1)) / np.maximum(
        np.einsum("ij,ij->i", usual, usual), 1e-9)
    return np.asarray(np.clip(1.0 / np.maximum(variance, 1e-9), *FACTOR_TRUST))
