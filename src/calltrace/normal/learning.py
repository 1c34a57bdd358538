"""What series of calls usually bring, learned from their history: many series of one zone at once.

A series' shape is fitted, twice more without its faults (silences and rushes that chance rules out); then how far
chance strays from it is measured. Calls are gone through as they are, hours as (series, hours); the quarter hours of a
series are laid out only where something in it is remarkable enough to be a fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal import tails
from calltrace.normal.dispersion import ORDINARY_DISPERSION
from calltrace.normal.history import HALVES_A_WEEK, Calls
from calltrace.normal.intervals import BIN, DAY, HOUR, HOURS_A_WEEK, WEEK
from calltrace.normal.shape import LEVEL_PRIOR, Trust, fit, halves_ratio, measure_trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calltrace.normal.history import History

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

FAULT_LOG = 6.0
"""A silence or rush in the history rarer than 1 in 10^this is a fault, not the account's rhythm."""

EDGE_LOG = 3.0
"""The same for the silence before a series' first call and after its last."""

SHAPE_KNOWN = 14 * DAY
"""With less history a night may pass for a fault: only the edges are looked at."""

MOST_FAULTS = 0.25
"""More of the history than this can't be fault: then it is the account's way."""

RECURS, RECURS_WEEKS = 0.2, 2
"""Share of what is expected in a silence up to which another week's same hours were as good as silent; and other weeks there
must be to say that a silence recurs. What recurs in most of them (an office's weekends) is the account's way."""

KNOWN = 0.9
"""Share of such hours of another week that must be learned from."""

CROWDED = 2.0
"""Calls an interval from which intervals are gone through rather than calls."""

TURNS = 3
_SLACK = 1e-9
"""Relative error allowed for where a bound decides that nothing needs a closer look."""


@dataclass
class Learned:
    """What was learned of series of one zone: one row each.

    ``rates`` are calls an hour by local half hour of the week (336), ``leverage`` how much of one hour's own count is in
    its rate (168), ``weight`` the calls behind the level. ``masks`` has the intervals learned from of the series that
    have not all the history's; ``counts`` and ``usual`` (series, hours) are the calls there and those expected.
    """

    rates: Floats
    leverage: Floats
    weight: Floats
    masks: dict[int, Bools]
    counts: Floats
    usual: Floats


@dataclass(frozen=True)
class _Elapsed:
    """Hours learned from: by local half hour of the week, and by its hour as shape and level (and each half) weigh them."""

    plain: Floats
    shape: Floats
    level: Floats
    parity: Floats


@dataclass(frozen=True)
class _Taken:
    """Calls that are learned from: interval and row of each, or of each ``number`` of them."""

    bins: Ints
    rows: Ints
    number: Ints | None

    def weighed(self, weights: Floats | Ints | None) -> Floats | Ints | None:
        """Return what each weighs, by a weight an interval; None where every call is 1."""
        if weights is None:
            return self.number
        return weights[self.bins] if self.number is None else weights[self.bins] * self.number


class Learner:
    """Learns series of one zone from one history.

    Parameters
    ----------
    history : History
        The intervals on record, and how much each weighs.
    zone : str
        IANA name: by its clock an hour is one of the week.
    busy : array (hours,)
        How busy each hour's day was everywhere: an hour of a slow day counts as less time.
    """

    def __init__(self, history: History, zone: str, busy: Floats) -> None:
        self.history = history
        self.weeks = history.weeks(zone)
        self.busy = busy
        self._halves = self.weeks.halves
        self._hours = history.grid.hours(zone)
        self._common = self._elapsed(history.mask, None)

    def learn(
        self, calls: Calls, prior: Floats, trust: Trust | None, *,
        closable: Bools, masks: Mapping[int, Bools], shares: Mapping[int, Floats],
    ) -> Learned:
        """Learn series.

        Parameters
        ----------
        calls : Calls
            When those of each series came.
        prior : array (series, 168)
            The shape each starts from; only its proportions count.
        trust : Trust or None
            How far each is held to it; None measures it on each by itself.
        closable : array (series, 7)
            Of which days of the week nothing says that the series is open.
        masks : mapping of series to array
            Intervals learned from, of those series that have their own.
        shares : mapping of series to array
            What share of each interval the series' line is open, where it is not always.
        """
        size = len(calls)
        found = Learned(
            np.zeros((size, HALVES_A_WEEK)), np.ones((size, HOURS_A_WEEK)), np.full(size, LEVEL_PRIOR), dict(masks),
            np.zeros((size, self.history.hours)), np.zeros((size, self.history.hours)))
        places = np.arange(size)
        for turn in range(TURNS):
            some = calls.take(places)
            taken = self._count(some, places, found)
            left = np.flatnonzero(found.counts[places].any(axis=1))
            if len(left) < len(places):
                places, some = places[left], some.take(left)
                taken = self._learned(some, places, found)
            if not places.size:
                break
            self._fit(taken, places, found, prior, trust, closable, shares)
            if turn == TURNS - 1:
                break
            faulty = self._faults(some, places, found, shares)
            for place, intervals in faulty.items():
                found.masks[place] = self._mask(found, place) & ~intervals
            places = np.array(sorted(faulty), dtype=np.int64)
            if not places.size:
                break
        found.usual[:] = self._usual(np.arange(size), found, shares)
        return found

    # ------------------------------------------------------------------ inside

    def _mask(self, found: Learned, place: int) -> Bools:
        return found.masks.get(place, self.history.mask)

    def _learned(self, calls: Calls, places: Ints, found: Learned) -> _Taken:
        """Return the intervals and rows of the calls that are learned from."""
        grid = self.history.grid
        number: Ints | None = None
        if len(calls.at) > CROWDED * len(calls) * grid.size:
            # where intervals hold many calls each, they are gone through rather than the calls
            cells = np.concatenate([np.diff(np.searchsorted(calls[row], grid.edges)) for row in range(len(calls))])
            held = np.flatnonzero(cells)
            number, rows, bins = cells[held], held // grid.size, held % grid.size
        else:
            bins = grid.bins(calls.at)
            rows = np.repeat(np.arange(len(calls)), np.diff(calls.edges))
            if bins.size and (bins.min() < 0 or bins.max() >= grid.size):
                inside = (bins >= 0) & (bins < grid.size)
                bins, rows = bins[inside], rows[inside]
        taken = self.history.mask[bins]
        for row, place in enumerate(places.tolist()):
            if place in found.masks:
                mine = slice(*np.searchsorted(rows, [row, row + 1]).tolist())
                taken[mine] = found.masks[place][bins[mine]]
        return _Taken(bins[taken], rows[taken], None if number is None else number[taken])

    def _count(self, calls: Calls, places: Ints, found: Learned) -> _Taken:
        """Count the calls learned from by hour, keep them in ``found`` and return them."""
        taken = self._learned(calls, places, found)
        width = self.history.hours
        counts = np.bincount(taken.rows * width + taken.bins // 4, weights=taken.number, minlength=len(calls) * width)
        found.counts[places] = counts.reshape(-1, width)
        return taken

    def _elapsed(self, mask: Bools, share: Floats | None) -> _Elapsed:
        """Add up the time learned from."""
        history = self.history
        elapsed = np.repeat(self.busy, 4) * mask / 4
        if share is not None:
            elapsed = elapsed * share

        def weekly(values: Floats) -> Floats:
            return np.asarray(np.bincount(self._hours, weights=values, minlength=HOURS_A_WEEK), dtype=float)

        return _Elapsed(
            np.asarray(np.bincount(self._halves, weights=elapsed, minlength=HALVES_A_WEEK), dtype=float),
            weekly(elapsed * history.shape_weight), weekly(elapsed * history.level_weight),
            np.stack([weekly(elapsed * (history.parity == p)) for p in (0, 1)]))

    def _fit(  # noqa: PLR0917 -- what to fit, where to put it, what it starts from
        self, taken: _Taken, places: Ints, found: Learned, prior: Floats, trust: Trust | None, closable: Bools,
        shares: Mapping[int, Floats],
    ) -> None:
        """Fit series by the hour, then by the half hour."""
        history, size = self.history, len(places)
        cells = taken.rows * HALVES_A_WEEK + self._halves[taken.bins]

        def by_half(weights: Floats | Ints | None) -> Floats:
            """Add up what each call weighs in its interval (None: 1) by local half hour of the week."""
            total = np.bincount(cells, weights=taken.weighed(weights), minlength=size * HALVES_A_WEEK)
            return np.asarray(total.reshape(size, HALVES_A_WEEK), dtype=float)

        def by_hour(halves: Floats) -> Floats:
            return halves[:, ::2] + halves[:, 1::2]

        elapsed = [
            self._elapsed(self._mask(found, place), shares.get(place)) if place in found.masks or place in shares
            else self._common for place in places.tolist()]
        prior = prior[places]
        plain = by_half(None)
        if trust is None:
            odd = by_hour(by_half(history.parity))
            even = by_hour(plain) - odd
            measured = measure_trust(
                np.stack([even, odd]), np.stack([e.parity for e in elapsed], axis=1), prior, pool=0.0)
        else:
            measured = Trust(trust.group[places], trust.hour[places])
        now = np.bincount(taken.rows, weights=taken.weighed(history.level_weight), minlength=size).astype(float)
        shape = fit(
            by_hour(by_half(history.shape_weight)), np.stack([e.shape for e in elapsed]), prior, measured,
            (now, np.stack([e.level for e in elapsed])), closable=closable[places])
        rates = np.repeat(shape.rates, 2, axis=1)
        found.rates[places] = rates * halves_ratio(plain, np.stack([e.plain for e in elapsed]) * rates)
        found.leverage[places] = shape.leverage
        found.weight[places] = shape.level_weight

    def _usual(self, places: Ints, found: Learned, shares: Mapping[int, Floats]) -> Floats:
        """Return the calls expected in the intervals learned from, by hour."""
        usual = self.weeks.hourly(found.rates[places], self.history.mask)
        for row, place in enumerate(places.tolist()):
            if place in found.masks or place in shares:
                fine = found.rates[place][self._halves] / 4 * self._mask(found, place)
                if place in shares:
                    fine = fine * shares[place]
                usual[row] = fine.reshape(-1, 4).sum(axis=1)
        return usual

    def _faults(
        self, calls: Calls, places: Ints, found: Learned, shares: Mapping[int, Floats],
    ) -> dict[int, Bools]:
        """Return the intervals of silences and rushes that chance rules out, of the series that have any."""
        expected = self._usual(places, found, shares)
        expected *= self.busy
        faulty = {}
        for row in self._remarkable(calls, found.counts[places], expected, found, places).tolist():
            place = int(places[row])
            usual = np.repeat(self.busy, 4) * found.rates[place][self._halves] / 4
            if place in shares:
                usual = usual * shares[place]
            intervals = faults(
                self.history, calls[row], found.counts[place], usual, self._mask(found, place), float(found.weight[place]))
            if intervals.any():
                faulty[place] = intervals
        return faulty

    def _remarkable(
        self, calls: Calls, counts: Floats, expected: Floats, found: Learned, places: Ints,
    ) -> Ints:
        """Return which series have a silence or a rush that may be a fault: a bound, which leaves none out."""
        history = self.history
        size, at = len(calls), calls.at
        start, width = history.grid.start // HOUR, history.hours
        r = ORDINARY_DISPERSION + 1.0 / found.weight[places]
        upto = np.zeros((size, width + 1))
        np.cumsum(expected, axis=1, out=upto[:, 1:])

        def at_most(rows: Ints, starts: Ints, ends: Ints) -> Floats:
            """Return the calls expected in the full hours around each silence."""
            low, high = np.clip(starts // HOUR - start, 0, width), np.clip(-(-ends // HOUR) - start, 0, width)
            return upto[rows, high] - upto[rows, low]

        rows = np.arange(size)
        first, last = at[calls.edges[:-1]], at[calls.edges[1:] - 1]
        enough = _enough(r, EDGE_LOG)
        suspect = (at_most(rows, np.full(size, history.first), first) >= enough) | (
            at_most(rows, last, np.full(size, history.last)) >= enough)
        # a silence too short at the busiest rate needs no second thought
        enough = _enough(r, FAULT_LOG)
        fastest = found.rates[places].max(axis=1) * max(float(self.busy.max()), 1e-9)
        shortest = np.minimum(enough / np.maximum(fastest, 1e-9), 1e9) * HOUR
        long = [
            np.flatnonzero(np.diff(calls[row]) >= least) + begin
            for row, (least, begin) in enumerate(zip(shortest.tolist(), calls.edges[:-1].tolist(), strict=True))]
        gap, rows = np.concatenate(long), np.repeat(rows, [len(of) for of in long])
        suspect[rows[at_most(rows, at[gap], at[gap + 1]) >= enough[rows]]] = True
        row, hour = np.divmod(np.flatnonzero(counts > 3 * expected + 5 - _SLACK), width)
        if row.size:
            high = tails.log10_at_least(counts[row, hour], expected[row, hour], r[row])
            suspect[row[high < -FAULT_LOG + 1e-6]] = True
        return np.flatnonzero(suspect)


def _enough(r: Floats, log: float) -> Floats:
    """Return the expected calls from which none at all has less than a chance of 1 in 10^``log``, a shade less."""
    return np.asarray(np.expm1(np.minimum(r * log * np.log(10.0), 600.0)) / r * (1.0 - _SLACK))


def faults(  # noqa: PLR0917 -- one series: its calls, what was expected, what is looked at
    history: History, at: Ints, hourly: Floats, usual: Floats, mask: Bools, weight: float,
) -> Bools:
    """Return the intervals of silences and rushes of one series that chance rules out.

    Parameters
    ----------
    at : array
        Its calls, microseconds since 1970.
    hourly : array (hours,)
        Its calls in the intervals learned from.
    usual, mask : array (intervals,)
        Calls expected, and which intervals are learned from.
    weight : float
        Calls behind its level.
    """
    grid = history.grid
    cumulated = np.concatenate([[0.0], np.cumsum(usual * mask)])
    r = ORDINARY_DISPERSION + 1.0 / weight
    # a silence too short at the busiest rate needs no second thought
    shortest = float(_enough(np.array(r), FAULT_LOG)) / max(float(usual.max(initial=0.0)), 1e-9) * BIN
    gaps = np.flatnonzero(np.diff(at) >= shortest)
    starts = np.concatenate([[history.first], at[gaps], at[-1:]])
    ends = np.concatenate([at[:1], at[gaps + 1], [history.last]])
    mu = np.interp(ends, grid.edges, cumulated) - np.interp(starts, grid.edges, cumulated)
    log = tails.log10_none(mu, r)
    faulty = np.zeros(grid.size, dtype=bool)
    # before its first call an account was no client yet, after its last the line may be dead by now: both
    # are likely enough beforehand for a weaker proof
    for i in {0, len(log) - 1}:
        if log[i] < -EDGE_LOG:
            faulty |= grid.covers([(int(starts[i]), int(ends[i]))])
    if mask.sum() < SHAPE_KNOWN // BIN:
        return faulty
    spans: list[tuple[float, int, int]] = [
        (float(log[i]), int(starts[i]), int(ends[i])) for i in np.flatnonzero(log < -FAULT_LOG)
        if not _recurs(history, at, (int(starts[i]), int(ends[i])), float(mu[i]))]
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


def _recurs(history: History, at: Ints, silent: tuple[int, int], expected: float) -> bool:
    """Say whether the same hours of most other weeks learned from were as good as silent."""
    edges, learned = history.grid.edges, np.concatenate([[0], np.cumsum(history.mask)])

    def places(starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
        return np.maximum(np.searchsorted(edges, starts, side="right") - 1, 0), np.searchsorted(edges[:-1], ends)

    low, high = (int(p[0]) for p in places(np.array([silent[0]]), np.array([silent[1]])))
    own = np.flatnonzero(history.mask[low:high])
    if not own.size:
        return False
    start, end = max(silent[0], int(edges[low + own[0]])), min(silent[1], int(edges[low + own[-1] + 1]))
    weeks = np.arange((history.first - start) // WEEK, (history.last - end) // WEEK + 1)
    starts, ends = start + weeks[weeks != 0] * WEEK, end + weeks[weeks != 0] * WEEK
    low_of, high_of = places(starts, ends)
    known = (starts >= history.first) & (ends <= history.last)
    known &= learned[high_of] - learned[low_of] >= KNOWN * (high_of - low_of)
    if known.sum() < RECURS_WEEKS:
        return False
    calls = np.searchsorted(at, ends[known]) - np.searchsorted(at, starts[known])
    return bool((calls <= RECURS * expected).mean() > 0.5)
