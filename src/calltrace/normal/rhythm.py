"""The rhythm of one series of calls: how many to expect when, and what chance makes of the rest.

Rates are per local half hour of the week, so every question is an integral of the rate over elapsed real
time. Chance is negative binomial (:mod:`calltrace.normal.tails`); its dispersion depends on the length of the
window, as busyness that strays by the hour evens out over the day and busyness that strays by the week does
not.
"""

from __future__ import annotations

import math
from dataclasses import field, replace
from functools import lru_cache, partial
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal import tails
from calltrace.normal.clock import BLOCK, local_hours, midnights, wide_grid
from calltrace.normal.dispersion import LENGTHS, Dispersion
from calltrace.normal.intervals import BIN, DAY, DTYPE, HOUR, Grid, instant, instants, to_us
from calltrace.normal.windows import HIGH_LOOKS, Windows, surge_windows
from calltrace.tables import same_hours

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Side: TypeAlias = Literal["low", "high"]

UNSEEN_DISPERSION = 1.0
"""Of hours of the week a history never showed: as likely half as twice what other days suggest, an office's
weekend among them."""

PROVABLE_DAYS = 14
MOST_SPELLS = 5
"""Windows of one series that are told."""

TOLD = 0.5
"""Score from which a silence is held against the same hours of other days as well."""

ALL_OF_IT = 0.9
"""Part of a silence in one piece in which nobody rang, for it to be everybody's: others may have rung till the doors shut."""

_SLACK = 1e-6
"""Relative error of what is expected in a gap, and more: it is the difference of two large sums."""


class Spell(NamedTuple):
    """A window, microseconds since 1970, calls expected and observed in it, their chance, and the score of that."""

    start: int
    end: int
    expected: float
    observed: int
    chance: float
    score: float


@dataclass(frozen=True, eq=False)
class Rhythm:
    """How many calls one account, number, trunk group or the platform gets, and how far chance strays.

    ``history_days`` and ``learned_from`` are what was learned from, in days and calls (the window left out
    and known faults not among them); ``calls_per_day`` is the mean of an ordinary week. ``careful`` is '' or
    a sentence on why the figures should be taken with care. ``first`` and ``last`` are the edges of the
    records, microseconds since 1970 UTC; nothing is known outside them. ``unseen`` is 1 for each half hour of the week
    whose hour, on such a day (a weekday, a Saturday, a Sunday), the history never showed: what is usual there is
    read off other days, and doubted (:data:`UNSEEN_DISPERSION`). ``left_out`` are the spans that were not learned from,
    what was asked about among them; ``everybody`` are the calls of the whole platform.
    """

    kind: str
    key: str
    history_days: float
    calls_per_day: float
    learned_from: int
    careful: str
    zone: str
    rates: Floats = field(repr=False)
    calls: Ints = field(repr=False)
    first: int = field(repr=False)
    last: int = field(repr=False)
    grid: Grid = field(repr=False)
    spread: Dispersion = field(repr=False)
    spread_platform: Dispersion = field(repr=False)
    factor: Floats | None = field(default=None, repr=False)
    open_share: Floats | None = field(default=None, repr=False)
    unseen: Floats | None = field(default=None, repr=False)
    left_out: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    everybody: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    _curves: dict[bool, Floats] = field(default_factory=dict, repr=False)
    _guessed: list[Rhythm] = field(default_factory=list, repr=False)

    # ------------------------------------------------------------------ expectations

    def expected(self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False) -> float:
        """Return how many calls [start, end) usually brings.

        Parameters
        ----------
        start, end : Timestamp, tz-aware
        platform : bool
            Multiply each hour by what the other accounts did in it against their own normal.
        """
        a, b = to_us(start), to_us(end)
        return float(self.between(np.array([a]), np.array([b]), platform=platform)[0]) if b > a else 0.0

    def count(self, start: pd.Timestamp, end: pd.Timestamp) -> int:
        """Return how many calls arrived in [start, end)."""
        first, last = np.searchsorted(self.calls, [to_us(start), to_us(end)], side="left")
        return max(0, int(last - first))

    def chance(
        self, start: pd.Timestamp, end: pd.Timestamp, observed: int, *, side: Side = "low",
        platform: bool = False, share: float = 1.0,
    ) -> float:
        """Return the chance of ``observed`` calls or fewer (``low``) or more (``high``) in [start, end).

        ``share`` is the part of its calls that is asked of: those of the others on a trunk group, say.
        """
        a, b = to_us(start), to_us(end)
        if b <= a:
            return 1.0
        mu = self.between(np.array([a]), np.array([b]), platform=platform) * share
        r = self.dispersion(start, end, platform=platform)
        tail = tails.log10_at_most if side == "low" else tails.log10_at_least
        return float(10.0 ** tail(observed, mu, r)[0])

    def dispersion(self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False) -> float:
        """Return the dispersion of the calls in [start, end), that of hours which the history never showed included."""
        a, b = to_us(start), to_us(end)
        return float((self.spread_of(platform=platform).at((b - a) / HOUR) + self._doubt(np.array([a]), np.array([b])))[0])

    def chance_of_none(self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False) -> float:
        """Return the chance that [start, end) brings no call at all."""
        return self.chance(start, end, 0, platform=platform)

    # ------------------------------------------------------------------ what was unusual

    def silences(
        self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False, least_expected: float = 0.0,
        least_score: float = -math.inf,
    ) -> pd.DataFrame:
        """Return the gaps between consecutive calls that touch [start, end), the least likely first.

        Of gaps in which fewer calls than ``least_expected`` usually come none is told, nor its chance worked out: of a
        busy platform that is nearly all of them. Nor are those told with a score below ``least_score``.

        Returns
        -------
        DataFrame
            ``start``, ``end`` (UTC; the calls on either side, or the edges of the records, so a gap may
            stretch outside the window), ``expected`` (calls, of one beyond chance no more than the same hours of other
            days lead to expect), ``chance`` (of none in that time, given how
            busy the rest of the day was), ``score`` (−log10 chance, less log10(1 + calls a day) for all the
            gaps a day has to choose from).
        """
        starts, ends, mu, log = self.gaps(to_us(start), to_us(end), platform=platform, least_expected=least_expected)
        looks = math.log10(1.0 + self.calls_per_day)
        score = -log - looks
        beyond = np.flatnonzero(score >= max(least_score, TOLD))
        most = self.at_most(starts[beyond], ends[beyond])
        less, most = beyond[most < mu[beyond]], most[most < mu[beyond]]
        # chance falls with the calls that are missed
        log[less], mu[less] = log[less] * most / mu[less], most
        score[less] = -log[less] - looks
        if least_expected > 0:
            enough = mu >= least_expected
            starts, ends, mu, log, score = starts[enough], ends[enough], mu[enough], log[enough], score[enough]
        if least_score > -math.inf:
            told = score >= least_score
            starts, ends, mu, log, score = starts[told], ends[told], mu[told], log[told], score[told]
        if not starts.size:
            return _frame([]).drop(columns="observed")
        frame = pd.DataFrame({
            "start": instants(starts), "end": instants(ends), "expected": mu, "chance": 10.0**log,
            "score": score})
        return frame.sort_values(["score", "start"], ascending=[False, True], ignore_index=True)

    def gaps(
        self, start: int, end: int, *, platform: bool = False, least_expected: float = 0.0
    ) -> tuple[Ints, Ints, Floats, Floats]:
        """Return the gaps between consecutive calls that touch [start, end), in order of time, as arrays.

        Those in which fewer calls than ``least_expected`` usually come are left out.

        Returns
        -------
        starts, ends : array
            Microseconds since 1970, as for :meth:`silences`.
        expected, log : array
            Calls, and log10 of the chance of none, given how busy the rest of the day was.
        """
        edges = self.gap_edges(start, end)
        starts, ends = edges[:-1], edges[1:]
        real = ends > starts
        if least_expected > 0:  # most are so short that not even the busiest hour would bring so many
            real &= (ends - starts) * (self._busiest(platform) / HOUR) >= least_expected * (1.0 - _SLACK)
        starts, ends = starts[real], ends[real]
        if not starts.size:
            return starts, ends, np.zeros(0), np.zeros(0)
        mu = self.between(starts, ends, platform=platform)
        if least_expected > 0:
            long = mu >= least_expected
            starts, ends, mu = starts[long], ends[long], mu[long]
            if not starts.size:
                return starts, ends, mu, mu
        none = np.zeros(len(starts), dtype=np.int64)
        return starts, ends, mu, self._log_tail(starts, ends, none, mu, side="low", platform=platform)

    def log_none(self, starts: Ints, ends: Ints, *, platform: bool = False) -> Floats:
        """Return log10 of the chance that each [start, end), microseconds since 1970, brings no call at all."""
        mu = self.between(starts, ends, platform=platform)
        r = self.spread_of(platform=platform).at((ends - starts) / HOUR) + self._doubt(starts, ends)
        return tails.log10_at_most(0, mu, r)

    def between(self, starts: Floats | Ints, ends: Floats | Ints, *, platform: bool = False) -> Floats:
        """Return how many calls each [start, end), microseconds since 1970, usually brings; 0 where it ends first."""
        cumulated = self._upto(np.concatenate([starts, ends]), platform)
        return np.maximum(cumulated[len(starts):] - cumulated[: len(starts)], 0.0)

    def at_most(self, starts: Ints, ends: Ints) -> Floats:
        """Return the most calls that the same hours of other days lead to expect of each [start, end), microseconds since 1970.

        Infinite where too few can tell (:func:`calltrace.tables.same_hours.at_most`): those that were learned from, from the
        first call to the last.
        """
        if not len(self.calls):
            return np.full(len(starts), np.inf)
        since, until = max(self.first, int(self.calls[0])), min(self.last, int(self.calls[-1]))

        def known(low: Ints, high: Ints) -> Bools:
            use = (low >= since) & (high <= until)
            for begin, finish in self.left_out:
                use &= (high <= begin) | (low >= finish)
            return use

        counted = partial(same_hours.between, self.calls)
        return same_hours.at_most(counted, starts, ends, self.zone, known, by_day=self.nobody_rang)

    def nobody_rang(self, start: int, end: int) -> bool:
        """Say whether nearly all of (start, end), microseconds since 1970, went by without a call on the whole platform.

        What others did tells nothing of such a time.
        """
        others = self.everybody
        low, high = np.searchsorted(others, start, side="right"), np.searchsorted(others, end, side="left")
        edges = np.concatenate([[start], others[low:high], [end]])
        return bool(np.diff(edges).max() >= ALL_OF_IT * (end - start))

    def counts(self, starts: Ints, ends: Ints) -> Ints:
        """Return how many calls arrived in each [start, end), microseconds since 1970."""
        upto = np.searchsorted(self.calls, ends, side="left") - np.searchsorted(self.calls, starts, side="left")
        return np.asarray(np.maximum(upto, 0))

    def surges(
        self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False, most: int = MOST_SPELLS,
        least_score: float = 1.0,
    ) -> pd.DataFrame:
        """Return the windows of 1 to 72 hours that overlap [start, end) with far too many calls, the least likely first.

        Of all windows, which start on the quarter hour, the least likely is told, then the least likely that does not
        overlap it, up to ``most`` with at least ``least_score``.

        Returns
        -------
        DataFrame
            ``start``, ``end`` (UTC), ``expected``, ``observed`` (calls), ``chance`` (of so many or more in that very
            window), ``score`` (−log10 chance less the looks taken).
        """
        return _frame(self.rushes(start, end, platform=platform, most=most, least_score=least_score))

    def rushes(
        self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False, most: int = MOST_SPELLS,
        least_score: float = 1.0, least_extra: float = 0.0, least_ratio: float = 0.0,
    ) -> list[Spell]:
        """Return :meth:`surges`, the least likely first, without a frame.

        There are none, or no more, where no window of up to a day beside those told has ``least_extra`` calls beyond the
        expected and ``least_ratio`` times as many: what is less is not asked whether chance explains it.
        """
        edges, i, j = surge_windows((to_us(start), to_us(end)), (self.first, self.last))
        if not len(i):
            return []
        cumulated = self._upto(edges, platform)
        arrived = np.searchsorted(self.calls, edges, side="left")
        mu, observed = cumulated[j] - cumulated[i], arrived[j] - arrived[i]
        felt = np.ones(len(i), dtype=bool)
        if least_extra > 0:
            felt = (observed >= least_ratio * mu) & (observed - mu >= least_extra) & (edges[j] - edges[i] <= DAY)
            if not felt.any():
                return []
        return self._crowded(Windows(edges, i, j, mu, observed), platform, felt, most=most, least_score=least_score)

    def hourly(self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False) -> pd.DataFrame:
        """Return the local clock hours that touch [start, end), one row each.

        Returns
        -------
        DataFrame
            ``start``, ``end`` (UTC), ``expected``, ``low``, ``high`` (95 in 100 ordinary hours bring this
            many calls, both ends included), ``arrived`` (calls; NA outside the records).
        """
        edges, mu, seen = self.by_hour(start, end, platform=platform)
        r = float(self.spread_of(platform=platform).at(1.0))
        limits = [tails.bounds(float(m), r, 0.025) for m in mu]
        arrived = pd.Series(seen, dtype="Int64")
        arrived[(edges[1:] <= self.first) | (edges[:-1] >= self.last)] = pd.NA
        return pd.DataFrame({
            "start": instants(edges[:-1]), "end": instants(edges[1:]), "expected": mu,
            "low": [low for low, _ in limits], "high": [high for _, high in limits], "arrived": arrived})

    def by_hour(self, start: pd.Timestamp, end: pd.Timestamp, *, platform: bool = False) -> tuple[Ints, Floats, Ints]:
        """Return the edges of the local hours of :meth:`hourly`, microseconds since 1970, calls expected, and arrived."""
        edges = local_hours(start, end, self.zone)
        return edges, np.diff(self._upto(edges, platform)), np.diff(np.searchsorted(self.calls, edges, side="left"))

    def provable_at(
        self, since: pd.Timestamp, p: float = 1e-3, *, platform: bool = False,
    ) -> pd.Timestamp | None:
        """Return when silence since ``since`` comes to a chance of ``p`` or less; None if not in 14 days."""
        begin = to_us(since)
        goal = math.log10(p)
        bins = np.arange(begin // BIN + 1, (begin + PROVABLE_DAYS * DAY) // BIN + 1, dtype=np.int64)
        edges = np.concatenate([[begin], bins * BIN])
        log = self._log_none_since(begin, edges, platform)
        reached = np.flatnonzero(log <= goal)
        if not reached.size:
            return None
        if reached[0] == 0:
            return instant(begin)
        low, high = int(edges[reached[0] - 1]), int(edges[reached[0]])
        fine = np.linspace(low, high, 91)
        log = self._log_none_since(begin, fine, platform)
        # the last point is the edge itself, which is known to do
        return instant(fine[min(int(np.argmax(log <= goal)) or len(fine) - 1, len(fine) - 1)])

    def _log_none_since(self, begin: int, ends: Floats | Ints, platform: bool) -> Floats:
        cumulated = self._upto(ends, platform)
        mu = cumulated - self._upto(np.array([begin]), platform)[0]
        doubt = self._doubt(np.full(len(ends), begin), ends)
        return tails.log10_none(mu, self.spread_of(platform=platform).at((ends - begin) / HOUR) + doubt)

    # ------------------------------------------------------------------ inside

    def _log_tail(
        self, starts: Ints, ends: Ints, observed: Ints, mu: Floats, *, side: Side, platform: bool,
    ) -> Floats:
        """Return log10 of the chance of so few (so many) calls in each window.

        Two tests, of which the stronger counts and pays for the choice: the window on its own, and the window
        given how busy the rest of its days was. The second is the stronger where an account's busyness goes
        by the day, which its windows of 1 to 24 hours show by being equally dispersed; the first where the
        rest of the day was hit as well.
        """
        spread = self.spread_of(platform=platform)
        hours = (ends - starts) / HOUR
        tail = tails.log10_at_most if side == "low" else tails.log10_at_least
        doubt = self._doubt(starts, ends)
        alone = tail(observed, mu, spread.at(hours) + doubt)
        given, r = self._given_day(starts, ends, spread, platform)
        both = np.minimum(alone, tail(observed, given, r + doubt)) + math.log10(2.0)
        return np.minimum(both, 0.0)

    def _given_day(
        self, starts: Ints, ends: Ints, spread: Dispersion, platform: bool,
    ) -> tuple[Floats, Floats]:
        """Return the expected calls of each window and their dispersion, given the rest of its local days.

        A day's busyness is Gamma(s, s), s = 1/r of a day; after n calls where Λ were expected, elsewhere in
        the day, it is Gamma(s + n, s + Λ). Days are independent, so a window's mean and variance add up over
        the days it touches.
        """
        slow = float(spread.by_length[-1])
        day = max(float(spread.by_length[LENGTHS == 24.0][0]) - slow, 1e-6)
        size = 1.0 / day
        hours = (ends - starts) / HOUR
        fast = np.maximum(spread.at(hours) - spread.level - slow - day, 0.0)
        low, high = int(starts.min()), int(ends.max())
        edges = midnights(low, high, self.zone)
        known = np.clip(edges, self.first, self.last)
        upto, arrived = self._upto(known, platform), np.searchsorted(self.calls, known, side="left")
        of_day, in_day = np.diff(upto), np.diff(arrived)
        begin = np.searchsorted(edges, starts, side="right") - 1
        finish = np.searchsorted(edges, ends, side="left") - 1
        mean, variance = np.zeros(len(starts)), np.zeros(len(starts))
        for k in range(int((finish - begin).max()) + 1):
            touched = np.flatnonzero(begin + k <= finish)
            index = begin[touched] + k
            a = np.maximum(starts[touched], edges[index])
            b = np.minimum(ends[touched], edges[index + 1])
            usual = self.between(a, b, platform=platform)
            inside = np.searchsorted(self.calls, b, "left") - np.searchsorted(self.calls, a, "right")
            elsewhere = np.maximum(in_day[index] - np.maximum(inside, 0), 0)
            left = np.maximum(of_day[index] - usual, 0.0)
            expected = usual * (size + elsewhere) / (size + left)
            mean[touched] += expected
            variance[touched] += expected**2 / (size + elsewhere)
        r = np.where(mean > 0, variance / np.maximum(mean, 1e-12) ** 2, 0.0)
        return mean, r + fast + slow + spread.level

    def _doubt(self, starts: Floats | Ints, ends: Floats | Ints) -> Floats:
        """Return the dispersion that hours of the week the history never showed add to windows."""
        if self.unseen is None or not self.unseen.any():
            return np.zeros(len(starts))
        if not self._guessed:
            self._guessed.append(replace(self, rates=self.rates * self.unseen, unseen=None, _curves={}, _guessed=[]))
        mu = self.between(starts, ends)
        share = self._guessed[0].between(starts, ends) / np.maximum(mu, 1e-12)
        return np.asarray(UNSEEN_DISPERSION * np.minimum(share, 1.0) ** 2)

    def spread_of(self, *, platform: bool) -> Dispersion:
        """Return the dispersion, that around the platform factor where there is one."""
        return self.spread_platform if platform and self.factor is not None else self.spread

    def _busiest(self, platform: bool) -> float:
        """Return the calls an hour that no time brings more of."""
        busiest = float(self.rates.max(initial=0.0))
        return busiest * max(1.0, float(self.factor.max())) if platform and self.factor is not None else busiest

    def _upto(self, at: Floats | Ints, platform: bool) -> Floats:
        """Return the expected calls from some fixed instant up to each of ``at``, rising with ``at``."""
        grid = self.grid
        if at.size and (at.min() < grid.start or at.max() > grid.end):
            # far from what was learned, only the weekly rates count
            low, high = int(min(at.min(), grid.start)) // BLOCK, -(-int(max(at.max(), grid.end)) // BLOCK)
            grid = wide_grid(low * BLOCK, high * BLOCK)
            return grid.between(self._curve(grid, platform), at)
        curve = self._curves.get(platform)
        if curve is None:
            curve = self._curve(grid, platform)
            self._curves[platform] = curve
        return grid.between(curve, at)

    def _curve(self, grid: Grid, platform: bool) -> Floats:
        rate = self.rates[grid.halves(self.zone)] * (BIN / HOUR)
        own = slice(self.grid.first - grid.first, self.grid.first - grid.first + self.grid.size)
        if self.open_share is not None:
            rate[own] *= self.open_share
        if platform and self.factor is not None:
            rate[own] *= np.repeat(self.factor, 4)
        return np.concatenate([[0.0], np.cumsum(rate)])

    def gap_edges(self, start: int, end: int) -> Ints:
        """Return the calls that bound the gaps touching [start, end), or the edges of the records."""
        if start >= self.last or end <= self.first:
            return np.zeros(0, dtype=np.int64)
        left = int(np.searchsorted(self.calls, start, side="right")) - 1
        right = int(np.searchsorted(self.calls, end, side="left"))
        inside = self.calls[max(left, 0): right + 1]
        head = [self.first] if left < 0 else []
        tail = [self.last] if right >= len(self.calls) else []
        return np.concatenate([head, inside, tail]).astype(np.int64)

    def _crowded(self, windows: Windows, platform: bool, felt: Bools, *, most: int, least_score: float) -> list[Spell]:
        """Return the windows with the least likely crowds that don't overlap one another, while any that is ``felt`` is left."""
        # the deviance of Poisson (Kulldorff's scan statistic) ranks windows as their tails do, at a hundredth of the
        # cost, and keeps to where the calls crowd
        poisson = np.zeros(len(windows.mu))
        rank = np.where(windows.observed > windows.mu, tails.deviance(windows.observed, windows.mu, poisson), -1.0)
        rows: list[Spell] = []
        while len(rows) < most and felt.any():
            top = _foremost(rank)
            if rank[top] <= 0:
                break
            one = windows.take(np.array([top]))
            log = float(self._log_tail(one.starts, one.ends, one.observed, one.mu, side="high", platform=platform)[0])
            score = -log - HIGH_LOOKS
            if score < least_score:
                break
            begin, stop = int(one.starts[0]), int(one.ends[0])
            rows.append(Spell(begin, stop, float(one.mu[0]), int(one.observed[0]), 10.0**log, score))
            apart = (windows.starts >= stop) | (windows.ends <= begin)
            windows, rank, felt = windows.take(apart), rank[apart], felt[apart]
        return rows


def _foremost(rank: Floats) -> int:
    """Return the place of the highest rank, which of equals is left open."""
    first = int(np.argmax(rank))
    if np.count_nonzero(rank == rank[first]) == 1:  # the same at a hundredth of the cost
        return first
    return int(np.argpartition(rank, -1)[-1])


@lru_cache(maxsize=1)
def _no_spells() -> pd.DataFrame:
    return pd.DataFrame({
        "start": pd.Series(dtype=DTYPE), "end": pd.Series(dtype=DTYPE), "expected": pd.Series(dtype=float),
        "observed": pd.Series(dtype="int64"), "chance": pd.Series(dtype=float), "score": pd.Series(dtype=float)})


def _frame(rows: list[Spell]) -> pd.DataFrame:
    if not rows:
        return _no_spells().copy()
    start, end, expected, observed, chance, score = zip(*rows, strict=True)
    return pd.DataFrame({
        "start": instants(np.array(start, dtype=np.int64)), "end": instants(np.array(end, dtype=np.int64)),
        "expected": np.array(expected, dtype=float), "observed": np.array(observed, dtype=np.int64),
        "chance": np.array(chance, dtype=float), "score": np.array(score, dtype=float)})


def careful(calls: int, days: float, daily: float) -> str:
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
