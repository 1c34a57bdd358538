"""What is usual for every account, number, trunk group and the platform, learned from the calls themselves.

The method: a gamma-Poisson hierarchy per local hour of the week. An account's expected calls start from the
shape all accounts share (within its hours of coverage), times its own level; the ratio of each hour of
weekdays, Saturdays and Sundays, then each hour of the week, moves that as far as its own calls warrant;
days of the week that no coverage says it is open on come first as a whole. How
far they warrant it is measured: how alike an account's odd and even weeks stray from the shared shape
(Robbins 1956; DuMouchel 1999 for the shrinkage). A number starts from its account's shape. What all the other
accounts did in the same hour (the platform factor) tells a holiday or storm from one client's trouble.
Silences and rushes in the history that chance rules out are themselves faults and not learned from.

Everything is computed when first asked for: an investigation needs one account and few other series; an audit, which
needs all of them, has them learned together.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calltrace.normal import dispersion
from calltrace.normal import gone as leaving
from calltrace.normal.dispersion import LENGTHS, ORDINARY_DISPERSION, Dispersion
from calltrace.normal.history import Calls, History
from calltrace.normal.intervals import (
    BIN,
    DAY,
    HOUR,
    HOURS_A_WEEK,
    WEEK,
    Grid,
    instants,
    microseconds,
    to_us,
)
from calltrace.normal.learning import Learner
from calltrace.normal.opening import CLOSED_SHARE, open_share, opening
from calltrace.normal.pool import Pool, blocks, learn_pool
from calltrace.normal.rhythm import Rhythm, careful
from calltrace.normal.rhythms import Rhythms
from calltrace.normal.shape import GROUP, Trust
from calltrace.tables.case import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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

SHOWN_HOURS = 0.75
"""History an hour of a day type needs to count as seen."""

MANY = 8
"""Series from which it pays to put the calls of all in order."""


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
        order = None if keep.all() else np.flatnonzero(keep)
        if order is not None:
            at = at[order]
        if at.size and (at[1:] < at[:-1]).any():
            by_time = np.argsort(at, kind="stable")
            at, order = at[by_time], by_time if order is None else order[by_time]
        self._case = case
        self._zone_of = zone_of
        self._leave_out = leave_out
        self._exclude = exclude
        self._open = open_spans
        self._at = at
        self._order = order  # the calls' places in the case; None where they are its calls as they are
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
        shut = [(s, e) for a, s, e in exclude if a is None] + ([leave_out] if leave_out else [])
        self._shut = tuple(shut)
        self.history = History(
            grid=self.grid, zone=case.zone, first=self._first, last=self._last,
            mask=inside & (age <= reach) & ~self.grid.covers(shut), shape_weight=np.exp2(-age / SHAPE_HALF_LIFE),
            level_weight=np.exp2(-age / LEVEL_HALF_LIFE), parity=((middles - anchor) // WEEK % 2).astype(np.int64))
        self._coded: dict[str, tuple[Ints, list[str]]] = {}
        self._members: dict[str, tuple[dict[str, int], Ints, Ints]] = {}
        self._sorted: dict[str, Ints] = {}
        self._learners: dict[tuple[str, bool], Learner] = {}
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
            self._learn(kind, [key])
            found = self._rhythms[kind, key]
        return found

    def all(self, kind: Kind, keys: Iterable[str] | None = None) -> Rhythms:
        """Return the rhythms of many series side by side, in the order of ``keys``; of every series with calls without.

        Parameters
        ----------
        kind, keys
            As :meth:`of` takes them. What is not yet known of them is learned together, a block of them at a time, in a
            tenth of the time they take one by one.
        """
        wanted = list(self._codes(kind)[1] if keys is None else keys)
        self._learn(kind, [key for key in dict.fromkeys(wanted) if (kind, key) not in self._rhythms])
        return Rhythms([self._rhythms[kind, key] for key in wanted])

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

    def others(self, account: str) -> pd.DataFrame:
        """Return what all the other accounts did, hour by hour of UTC.

        Returns
        -------
        DataFrame
            ``start`` (UTC), ``arrived`` (calls), ``expected`` (calls), ``factor`` (the platform factor: their
            ratio, drawn to the day's and to 1 where calls are few).
        """
        own = self._numbers_of(account)
        arrived, usual = self._pool.others(own)
        factor = self._pool.factor(own)
        hours = self.grid.edges[:-1:4]
        known = (hours >= self._first // HOUR * HOUR) & (hours < self._last)
        return pd.DataFrame({
            "start": instants(hours[known]), "arrived": arrived[known], "expected": usual[known],
            "factor": factor[known]})

    @property
    def accounts(self) -> list[str]:
        """The accounts that have calls, as numbered inside."""
        return self._codes("account")[1]

    @cached_property
    def gone(self) -> frozenset[str]:
        """The accounts that left long before the window: what is usual of all, or of a trunk group, is learned without them."""
        if self._leave_out is None:
            return frozenset()
        calls = leaving.Calls(self._at, self._codes("account")[0], self._codes("trunk_group")[0])
        each = self._in_order("account"), self._grouped("account")[2]
        return leaving.gone(calls, each, self.accounts, before=self._leave_out[0], until=self._last)

    @cached_property
    def _left(self) -> Bools:
        """Which calls are those of accounts that left."""
        return np.array([*(name in self.gone for name in self.accounts), False])[self._codes("account")[0]]

    # ------------------------------------------------------------------ series

    def _codes(self, kind: str) -> tuple[Ints, list[str]]:
        """Return each call's series (−1 for none) and the series' names."""
        found = self._coded.get(kind)
        if found is None:
            codes, names = self._case.codes(COLUMNS[kind])
            found = codes if self._order is None else codes[self._order], list(names)
            self._coded[kind] = found
        return found

    def _grouped(self, kind: str) -> tuple[dict[str, int], Ints, Ints]:
        """Return the series' numbers by name, the calls series by series, and where each series begins among them."""
        if self._order is None:
            return self._case.in_groups(COLUMNS[kind])
        found = self._members.get(kind)
        if found is None:
            codes, names = self._codes(kind)
            order = grouped(codes)
            edges = np.cumsum(np.bincount(codes + 1, minlength=len(names) + 1), dtype=np.int64)
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

    def _at_of(self, kind: str, key: str) -> Ints:
        """Return when the calls of a series arrived."""
        if kind in {"platform", "trunk_group"} and self.gone:
            places = np.arange(self._at.size) if kind == "platform" else self._calls_of(kind, key)
            return np.asarray(self._at[places[~self._left[places]]])
        if kind == "platform":
            return self._at
        if kind not in self._sorted:
            return self._at[self._calls_of(kind, key)]
        numbers, _, edges = self._grouped(kind)
        number = numbers.get(key)
        return self._at[:0] if number is None else self._sorted[kind][edges[number]: edges[number + 1]]

    def _in_order(self, kind: str) -> Ints:
        """Return when the calls of all series arrived, series by series."""
        if kind not in self._sorted:
            self._sorted[kind] = self._at[self._grouped(kind)[1]]
        return self._sorted[kind]

    def _learn(self, kind: Kind, keys: Sequence[str]) -> None:
        """Learn series that are not known yet, those of a zone together."""
        if kind != "platform" and len(keys) >= MANY:
            self._in_order(kind)
        homes = [key if kind == "account" else self._home(kind, key) if kind == "number" else "" for key in keys]
        if kind == "number":
            self.all("account", [a for a in homes if a])
        for zone, places in blocks([self._zone(a) for a in homes]):
            self._learn_block(kind, [keys[k] for k in places.tolist()], [homes[k] for k in places.tolist()], zone)

    def _learn_block(self, kind: Kind, keys: list[str], homes: list[str], zone: str) -> None:
        """Learn series of one zone: their shapes, then how far chance strays from them."""
        history = self.history
        at = [self._at_of(kind, key) for key in keys]
        prior, trust, r0, r0_platform = self._above(kind, keys, homes)
        own = 1.0 if kind in {"account", "number"} else 0.1
        shares = {row: share for row, a in enumerate(homes) if (share := self._open_share(a)) is not None}
        learner = self._learner(zone, by_day=kind in {"account", "number"})
        closable = self._closable(homes)
        learned = learner.learn(Calls.of(at), prior, trust, closable=closable, masks=self._masks(homes), shares=shares)
        noise = 2.0 * learner.weeks.lay_out(learned.leverage)
        spread = dispersion.of_each(learned.counts, learned.usual, noise, prior=r0, pull=own)
        factors = self._factors(kind, keys, homes, zone)
        spread_platform = spread.copy()
        told = [row for row, factor in enumerate(factors) if factor is not None]
        if told:
            spread_platform[told] = dispersion.of_each(
                learned.counts[told], learned.usual[told] * np.stack([f for f in factors if f is not None]), noise[told],
                prior=r0_platform[told], pull=own)
        calls = learned.counts.sum(axis=1).astype(np.int64)
        common = _unseen(history.grid.hours(zone), history.mask)
        for row, key in enumerate(keys):
            mask = learned.masks.get(row, history.mask)
            days = float(mask.sum() * BIN / DAY)
            daily = float(learned.rates[row].sum() / 14.0)
            level = 1.0 / float(learned.weight[row])
            self._rhythms[kind, key] = Rhythm(
                kind=kind, key=key, history_days=round(days, 2), calls_per_day=daily, learned_from=int(calls[row]),
                careful=careful(int(calls[row]), days, daily), zone=zone, rates=learned.rates[row], calls=at[row],
                first=self._first, last=self._last, grid=self.grid, spread=Dispersion(spread[row], level),
                spread_platform=Dispersion(spread_platform[row], level), factor=factors[row],
                open_share=shares.get(row), left_out=(*self._shut, *self._closed_of(homes[row])), everybody=self._at,
                unseen=_unseen(history.grid.hours(zone), mask) if row in learned.masks else common)

    def _learner(self, zone: str, *, by_day: bool) -> Learner:
        found = self._learners.get((zone, by_day))
        if found is None:
            busy = self._pool.day_factor if by_day else np.ones(self.history.hours)
            found = self._learners[zone, by_day] = Learner(self.history, zone, busy)
        return found

    def _masks(self, homes: Iterable[str]) -> dict[int, Bools]:
        """Return the intervals learned from, by place, of accounts that have closures of their own."""
        masks = {}
        for row, account in enumerate(homes):
            spans = self._closed_of(account)
            if spans:
                masks[row] = self.history.mask & ~self.grid.covers(spans)
        return masks

    def _closed_of(self, account: str) -> list[tuple[int, int]]:
        """Return the spans of an account's own ('' for none) that are not learned from."""
        return [(s, e) for a, s, e in self._exclude if a is not None and a == account]

    def _above(
        self, kind: Kind, keys: Sequence[str], homes: Sequence[str],
    ) -> tuple[Floats, Trust | None, Floats, Floats]:
        """Return the shapes series start from, the trust in them (None: measure it), and the dispersions."""
        pool = self._pool
        if kind == "account":
            places = np.array([self._number_of(kind, key) for key in keys], dtype=np.int64)
            known = places >= 0
            prior = np.ones((len(keys), HOURS_A_WEEK))
            group, hour = np.ones(len(keys)), np.ones(len(keys))
            prior[known] = pool.prior[places[known]]
            group[known], hour[known] = pool.trust.group[places[known]], pool.trust.hour[places[known]]
            ordinary = np.tile(pool.dispersion, (len(keys), 1))
            return prior, Trust(group, hour), ordinary, np.tile(pool.dispersion_platform, (len(keys), 1))
        total = pool.rates.sum(axis=0)
        prior = np.tile(total if total.any() else np.ones(HOURS_A_WEEK), (len(keys), 1))
        ordinary = np.full((len(keys), len(LENGTHS)), ORDINARY_DISPERSION / 5)
        platform = ordinary.copy()
        if kind == "trunk_group":
            # whose lines are all offices' is quiet on Sundays, whatever the others' lines bring then
            for row, made_of in enumerate(self._made_of(keys)):
                rates = made_of @ pool.rates
                if rates.any():
                    prior[row] = rates
        for row, account in enumerate(homes):
            rates = self._rhythms["account", account].rates if account else prior[:0]
            if rates.any():
                prior[row] = rates.reshape(-1, 2).mean(axis=1)
                ordinary[row], platform[row] = pool.dispersion, pool.dispersion_platform
        return prior, None, ordinary, platform

    def _factors(self, kind: Kind, keys: Sequence[str], homes: Sequence[str], zone: str) -> list[Floats | None]:
        """Return the platform factor by hour for each series, leaving out the accounts it is made of; None for none."""
        pool = self._pool
        if kind == "platform" or not pool.size:
            return [None] * len(keys)
        if kind == "trunk_group":
            together = self._together
            nobody = np.zeros_like(together[0])
            numbers = [self._number_of(kind, key) for key in keys]
            return [self._factor_without(together[k] if k >= 0 else nobody, together.sum(axis=0)) for k in numbers]
        if kind == "number":
            everybody = pool.factor(np.zeros(0, dtype=np.int64))
            return [self._rhythms["account", a].factor if a else everybody for a in homes]
        places = np.array([self._number_of(kind, key) for key in keys], dtype=np.int64)
        if (places >= 0).all():
            return list(pool.factors(places, zone))
        return [pool.factor(self._numbers_of(key)) for key in keys]

    @cached_property
    def _together(self) -> Ints:
        """Calls by trunk group and account, the last row those of no group."""
        groups, names = self._codes("trunk_group")
        accounts, known = self._codes("account")
        if self._order is None:
            account, group, calls = self._case.met("account", "trunk_group")
            together = np.zeros((len(names) + 1, len(known)), dtype=np.int64)
            together[group, account] = calls
            together[-1] = np.diff(self._grouped("account")[2]) - together.sum(axis=0)
            return together
        size = len(known) + 1
        # −1, for none, counts as the last of its kind
        cells = np.where(groups < 0, len(names), groups) * size + np.where(accounts < 0, len(known), accounts)
        counts = np.bincount(cells, minlength=(len(names) + 1) * size)
        return np.asarray(counts.reshape(-1, size)[:, :-1], dtype=np.int64)

    def _made_of(self, groups: Sequence[str]) -> Floats:
        """Return what part of each account's calls came by each of these trunk groups."""
        together = self._together.astype(float)
        numbers = np.array([self._number_of("trunk_group", group) for group in groups], dtype=np.int64)
        parts = together / np.maximum(together.sum(axis=0), 1.0)
        return np.where(numbers[:, None] >= 0, parts[np.maximum(numbers, 0)], 0.0)

    def _factor_without(self, calls: Ints, everything: Ints) -> Floats | None:
        """Return the factor that leaves out the accounts most of whose calls are these; None where it leaves nobody."""
        mostly = calls * 2 > everything
        return None if mostly.all() else self._pool.factor(np.flatnonzero(mostly))

    def _open_share(self, account: str) -> Floats | None:
        """Return what share of each interval the account's line is forwarded; None where nothing says."""
        spans = self._open.get(account) if account else None
        return None if spans is None else open_share(self.grid, spans)

    # ------------------------------------------------------------------ all accounts together

    @cached_property
    def _pool(self) -> Pool:
        """Everything the accounts share."""
        names = self._codes("account")[1]
        closed: dict[int, Bools] = {}
        nothing = np.zeros(self.grid.size, dtype=bool)
        for account, start, end in self._exclude:
            if account is not None and account in names:
                row = names.index(account)
                closed[row] = closed.get(row, nothing) | self.grid.covers([(start, end)])
        return learn_pool(
            self.history, Calls(self._in_order("account"), self._grouped("account")[2]), zones=[self._zone(n) for n in names],
            opening=opening(self._case.table("accounts"), names),
            closable=self._closable(names), closed=closed)

    def _closable(self, accounts: Sequence[str]) -> Bools:
        """Return, by account ('' for none) and day of the week, whether no coverage says that it is open."""
        covered = self._open_days
        return ~np.array([covered.get(a, (False,) * 7) for a in accounts], dtype=bool).reshape(-1, 7)

    @cached_property
    def _open_days(self) -> dict[str, tuple[bool, ...]]:
        """On which days of the week each account is open, of those whose coverage is known."""
        accounts = self._case.table("accounts")
        names = accounts.loc[accounts["coverage"].notna(), "account"].tolist()
        days: Bools = np.asarray(opening(accounts, names).reshape(-1, 7, 24).max(axis=2) > CLOSED_SHARE)
        return {name: tuple(row) for name, row in zip(names, days.tolist(), strict=True)}


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
