"""Whose calls come by which files, and where the records of one switch of several stop while the others go on.

A service with two switches, or with an export a carrier, has its calls in several files. Files belong to one *feed*
where they hold the same accounts' calls, as the files of a log that is turned over every night do. A feed has stopped
where none of its accounts has a call any more from its last record on, on whatever file, while chance would have
brought them some (:data:`calltrace.intake.quality.ODDS`), and other feeds go on. An account's own file says nothing:
its silence is its own (:data:`LEAST_ACCOUNTS`). Who fails over to another feed is not silent, and so not in the dark.

A feed has a *hole* where all of its accounts are silent for longer than chance explains, those of the others are not,
and its records go on after. Where all of its calls come by one trunk group, by which nobody else's came then, that may be
an outage of the group as well, and where test calls failed it is one: neither is told as a hole. Where none of its calls
names a trunk group nobody else would tell such an outage, so it is told here, as a hole that may be the lines' as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.scene import groups_of, numbers_of
from calltrace.intake.quality import ODDS
from calltrace.intake.rates import rates_of
from calltrace.normal.intervals import to_us

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Ints
    from calltrace.tables.case import Case

LEAST_ACCOUNTS = 3
"""Accounts that only one feed has, below which their common silence is not the feed's."""

RECENT = pd.Timedelta(days=28)
"""How long before the window a feed may have stopped: one that stopped before was given up, and its accounts with it."""

ALIKE = 0.5
"""Share of the smaller file's accounts that two files of one feed have in common, at least."""

OWN = 0.9
"""Share of an account's calls that come by its feed, at least."""

LEFT_OVER = 0.1
"""Share of the calls to be expected of a feed's accounts that may still come by another, where it has stopped."""

GO_ON = 0.5
"""Share of the calls usual for the other feeds' accounts that came while one feed has a hole, at least."""

MOST_FILES = 400
"""Files looked at, those with the latest calls: hourly exports of two weeks."""


@dataclass(frozen=True)
class Stopped:
    """A feed whose records stop: its latest file, its accounts, its last call, and the calls expected since.

    ``until`` is its next call, where the records go on after a hole. ``lines`` says that no call of it names a trunk group:
    a hole of it may be an outage of its lines.
    """

    file: str
    accounts: frozenset[str]
    since: pd.Timestamp
    expected: float
    until: pd.Timestamp | None = None
    lines: bool = False


def stopped(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> tuple[Stopped, ...]:
    """Return the feeds that stopped before ``end``, or up to four weeks before ``start``, by their last call.

    Among them are those that have a hole within [start, end), once for each. Empty where all calls come from one file, and
    where the records do not say from which.
    """
    key = f"switches.stopped:{start.value}:{end.value}"
    known = case.cache.get(key)
    if not isinstance(known, tuple):
        known = case.cache[key] = tuple(_stopped(case, start, end))
    return known


def _stopped(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> list[Stopped]:
    calls = case.calls
    if "source_file" not in calls or sum(s.table == "calls" for s in case.sources) == 1:
        return []
    files, names = case.codes("source_file")
    if len(names) < 2:
        return []
    at = calls["offered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    account, accounts = case.codes("account")
    oldest = to_us(start - RECENT)
    use = (files >= 0) & (account >= 0) & (at >= oldest - _us_of(RECENT)) & (at < to_us(end))
    files, account, at = files[use], account[use], at[use]
    if not len(at):
        return []
    last = np.full(len(names), np.iinfo(np.int64).min)
    np.maximum.at(last, files, at)
    latest = np.argsort(-last, kind="stable")[:MOST_FILES]
    latest = latest[last[latest] >= oldest]
    feed_of = _feeds(files, account, latest, len(names), len(accounts))
    feed = feed_of[files]
    if feed.max(initial=-1) < 1:
        return []
    found = []
    groups = groups_of(case)
    for number in range(int(feed.max()) + 1):
        mine = feed == number
        since = int(at[mine].max())
        own = np.bincount(account[mine & (at > since - _us_of(RECENT))], minlength=len(accounts))
        all_ = np.bincount(account[(at > since - _us_of(RECENT)) & (at <= since)], minlength=len(accounts))
        members = np.flatnonzero((own > 0) & (own >= OWN * all_))
        if len(members) < LEAST_ACCOUNTS or len(members) == len(np.unique(account)):
            continue
        theirs = np.isin(account, members)
        rates = rates_of(at[theirs & (at <= since)], case.zone)
        began = pd.Timestamp(since, unit="us", tz="UTC")
        usual = rates.due(began, end)
        came = int((theirs & (at > since)).sum())
        file = max((int(f) for f in latest if feed_of[f] == number), key=lambda f: int(last[f]))
        of = frozenset(accounts[m] for m in members)
        if rates.chance_of_none(usual) < ODDS and came < LEFT_OVER * usual:
            found.append(Stopped(names[file], of, began, usual))
        nameless = of.isdisjoint(whose for listed in groups.values() for whose in listed)
        near = _beside(groups, accounts, of)
        beside = np.isin(account, [n for n, a in enumerate(accounts) if a in near])
        holes = _holes(case, (start, end), at[theirs], at[~theirs], at[beside], of)
        found += [Stopped(names[file], of, *hole, lines=nameless) for hole in holes]
    return sorted(found, key=lambda s: (s.since, s.file))


def _beside(groups: Mapping[str, Sequence[str]], everybody: Sequence[str], accounts: frozenset[str]) -> frozenset[str]:
    """Return the others whose calls come by the trunk group of these accounts; all others, where it is not one."""
    theirs = [whose for whose in groups.values() if not accounts.isdisjoint(whose)]
    return frozenset(theirs[0] if len(theirs) == 1 else everybody) - accounts


def _holes(  # noqa: PLR0917 -- the calls of whom, in the order of how near they are
    case: Case, within: tuple[pd.Timestamp, pd.Timestamp], at: Ints, others: Ints, beside: Ints, accounts: frozenset[str],
) -> list[tuple[pd.Timestamp, float, pd.Timestamp]]:
    """Return the silences between a feed's calls that chance does not explain, while others' calls go on.

    Those of the accounts ``beside`` it (:func:`_beside`) among them: else it may be their trunk group's silence. Each with
    its start, the calls expected in it, and its end.
    """
    begin, finish = max(0, int(np.searchsorted(at, to_us(within[0]))) - 1), int(np.searchsorted(at, to_us(within[1])))
    if len(at) < 2 or not len(beside) or finish - begin < 2:
        return []
    rates = rates_of(at, case.zone)
    limit = math.log(ODDS / (len(at) - 1))
    shortest = rates.least_told(limit) / max(float(rates.per_hour.max()), 1e-9) * 3_600_000_000
    found = []
    for place in begin + np.flatnonzero(np.diff(at[begin:finish]) >= shortest):
        since, until = (pd.Timestamp(int(t), unit="us", tz="UTC") for t in at[place : place + 2])
        usual = rates.due(since, until)
        if rates.log_chance_of_none(usual) >= limit or _tests_failed(case, accounts, since, until):
            continue
        if all(_go_on(case, of, since, until) for of in (others, beside)):
            found.append((since, usual, until))
    return found


def _go_on(case: Case, at: Ints, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether calls came in a time much as they usually do."""
    came = int(np.searchsorted(at, to_us(end)) - np.searchsorted(at, to_us(start)))
    return came > 0 and came >= GO_ON * rates_of(at, case.zone).expected(start, end)


def _tests_failed(case: Case, accounts: frozenset[str], start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether a test call to one of these accounts' numbers failed within [start, end)."""
    tests = case.table("line_tests")
    of = numbers_of(case)
    numbers = {number for account in accounts for number in of.get(account, ())}
    failed = (tests["result"] == "failed") & (tests["tested_at"] >= start) & (tests["tested_at"] < end)
    return bool((failed & tests["number"].isin(numbers)).fillna(value=False).any())


def _feeds(
    files: Ints, account: Ints, latest: Ints, how_many: int, accounts: int
) -> Ints:
    """Return the feed of every file, -1 for those not looked at: files are joined where they share most accounts."""
    place = np.full(how_many, -1)
    place[latest] = np.arange(len(latest))
    holds = np.zeros((len(latest), accounts), dtype=np.float32)
    seen = place[files] >= 0
    holds[place[files[seen]], account[seen]] = 1.0
    shared = holds @ holds.T
    size = shared.diagonal()
    joined = shared >= ALIKE * np.minimum.outer(size, size)
    feed = np.full(len(latest), -1)
    number = 0
    for first in range(len(latest)):
        if feed[first] >= 0:
            continue
        reached = np.zeros(len(latest), dtype=bool)
        reached[first] = True
        while True:
            wider = joined[reached].any(axis=0)
            if (wider == reached).all():
                break
            reached = wider
        feed[reached] = number
        number += 1
    found = np.full(how_many, -1)
    found[latest] = feed
    return found


def _us_of(length: pd.Timedelta) -> int:
    return int(length / pd.Timedelta(microseconds=1))
