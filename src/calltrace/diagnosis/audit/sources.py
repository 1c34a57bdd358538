"""One switch's records of several: where they stop while the others go on, its accounts are not silent, they are unseen.

A service with two switches, or with an export a carrier, has its calls in several files. Files belong to one *feed*
where they hold the same accounts' calls, as the files of a log that is turned over every night do. A feed has stopped
where none of its accounts has a call any more from its last record on, on whatever file, while chance would have
brought them some (:data:`calltrace.intake.quality.ODDS`), and other feeds go on. An account's own file says nothing:
its silence is its own (:data:`LEAST_ACCOUNTS`). Who fails over to another feed is not silent, and so not in the dark.

A feed has a *hole* where all of its accounts are silent for longer than chance explains, those of the others are not,
and its records go on after. Where all of its calls come by one trunk group, by which nobody else's came then, that may be
an outage of the group as well, and where test calls failed it is one: both are left to the screen of outages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.findings import Finding, Standing, Status
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.lives import outside
from calltrace.intake.quality import ODDS
from calltrace.intake.rates import rates_of

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Ints

DEAD = "source-dead"
"""The cause of the finding that says so."""

HOLE = "source-hole"
"""The cause of the finding that its records have a hole."""

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

WITHIN = 0.5
"""Part of the calls missing in a silence that would have come within a feed's hole, from which it is the hole's."""

MOST_FILES = 400
"""Files looked at, those with the latest calls: hourly exports of two weeks."""


@dataclass(frozen=True)
class Stopped:
    """A feed whose records stop: its latest file, its accounts, its last call, and the calls expected since.

    ``until`` is its next call, where the records go on after a hole.
    """

    file: str
    accounts: frozenset[str]
    since: pd.Timestamp
    expected: float
    until: pd.Timestamp | None = None


def stopped(ground: Ground) -> tuple[Stopped, ...]:
    """Return the feeds that stopped before the ground's end, or up to four weeks before its start, by their last call.

    Among them are those that have a hole within the ground, once for each.
    Empty where all calls come from one file, and where the records do not say from which.
    """
    known = ground.case.cache.get(_key(ground))
    if not isinstance(known, tuple):
        known = ground.case.cache[_key(ground)] = tuple(_stopped(ground))
    return known


def dark(ground: Ground, candidate: Candidate) -> bool:
    """Say whether a candidate is a silence, or an outage, of accounts nobody could see then, or that were no clients."""
    if outside(ground, candidate):
        return True
    if candidate.screen not in {"silence", "outage"}:
        return False
    whom = {candidate.account} if candidate.account else {h.account for h in candidate.hits} or set(candidate.asked)
    return any(
        _unseen_in(ground, candidate, one) and (candidate.account in one.accounts or len(whom & one.accounts) > len(whom) / 2)
        for one in stopped(ground)
    )


def _unseen_in(ground: Ground, candidate: Candidate, one: Stopped) -> bool:
    """Say whether a silence is one of the time in which nothing of a feed was seen.

    A client that forwards by day only is silent for the night after as well: what counts are the calls to be expected.
    """
    if one.until is None:
        return candidate.end > one.since
    start, end = max(candidate.start, one.since), min(candidate.end, one.until)
    if start >= end:
        return False
    whose = [candidate.account] if candidate.account else sorted(one.accounts)
    within, in_all = (
        float(ground.baseline.expected_of("account", whose, *span).sum())
        for span in ((start, end), (candidate.start, candidate.end)))
    return within >= WITHIN * in_all


def unseen(
    standings: Sequence[Standing], feed: Sequence[Finding], start: pd.Timestamp, end: pd.Timestamp
) -> tuple[Standing, ...]:
    """Return the standings with the accounts of feeds that stopped in the first half of [start, end), or before, as unjudged."""
    why = {
        account: one.title
        for one in feed
        if one.cause in {DEAD, HOLE} and one.end - max(one.start, start) > (end - start) / 2
        for account in cast("list[str]", one.data["accounts"])
    }
    return tuple(
        replace(s, status=Status.UNJUDGED, why=why[s.account])
        if s.account in why and s.status in {Status.CLEAR, Status.UNJUDGED, Status.ABSENT} else s
        for s in standings
    )  # fmt: skip


def _key(ground: Ground) -> str:
    return f"audit.sources:{ground.start.value}:{ground.end.value}"


def _stopped(ground: Ground) -> list[Stopped]:
    calls = ground.case.calls
    if "source_file" not in calls or sum(s.table == "calls" for s in ground.case.sources) == 1:
        return []
    files, names = ground.case.codes("source_file")
    if len(names) < 2:
        return []
    at = calls["offered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    account, accounts = ground.case.codes("account")
    end, oldest = _us(ground.end), _us(ground.start - RECENT)
    use = (files >= 0) & (account >= 0) & (at >= oldest - _us_of(RECENT)) & (at < end)
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
    for number in range(int(feed.max()) + 1):
        mine = feed == number
        since = int(at[mine].max())
        own = np.bincount(account[mine & (at > since - _us_of(RECENT))], minlength=len(accounts))
        all_ = np.bincount(account[(at > since - _us_of(RECENT)) & (at <= since)], minlength=len(accounts))
        members = np.flatnonzero((own > 0) & (own >= OWN * all_))
        if len(members) < LEAST_ACCOUNTS or len(members) == len(np.unique(account)):
            continue
        theirs = np.isin(account, members)
        rates = rates_of(at[theirs & (at <= since)], ground.case.zone)
        began = pd.Timestamp(since, unit="us", tz="UTC")
        usual = rates.expected(began, ground.end)
        came = int((theirs & (at > since)).sum())
        file = max((int(f) for f in latest if feed_of[f] == number), key=lambda f: int(last[f]))
        of = frozenset(accounts[m] for m in members)
        if rates.chance_of_none(usual) < ODDS and came < LEFT_OVER * usual:
            found.append(Stopped(names[file], of, began, usual))
        beside = np.isin(account, [n for n, a in enumerate(accounts) if a in _beside(ground, of)])
        found += [Stopped(names[file], of, *hole) for hole in _holes(ground, at[theirs], at[~theirs], at[beside], of)]
    return sorted(found, key=lambda s: (s.since, s.file))


def _beside(ground: Ground, accounts: frozenset[str]) -> frozenset[str]:
    """Return the others whose calls come by the trunk groups of these accounts; all others, where they have several."""
    groups = [whose for whose in ground.groups.values() if not accounts.isdisjoint(whose)]
    whom = ground.names_in_order if len(groups) > 1 else groups[0] if groups else ()
    return frozenset(whom) - accounts


def _holes(
    ground: Ground, at: Ints, others: Ints, beside: Ints, accounts: frozenset[str]
) -> list[tuple[pd.Timestamp, float, pd.Timestamp]]:
    """Return the silences between a feed's calls that chance does not explain, while others' calls go on.

    Those of the accounts ``beside`` it (:func:`_beside`) among them: else it may be their trunk group's silence. Each with
    its start, the calls expected in it, and its end.
    """
    begin, finish = max(0, int(np.searchsorted(at, _us(ground.start))) - 1), int(np.searchsorted(at, _us(ground.end)))
    if len(at) < 2 or not len(beside) or finish - begin < 2:
        return []
    rates = rates_of(at, ground.case.zone)
    limit = math.log(ODDS / (len(at) - 1))
    shortest = rates.least_told(limit) / max(float(rates.per_hour.max()), 1e-9) * 3_600_000_000
    found = []
    for place in begin + np.flatnonzero(np.diff(at[begin:finish]) >= shortest):
        since, until = (pd.Timestamp(int(t), unit="us", tz="UTC") for t in at[place : place + 2])
        usual = rates.expected(since, until)
        if rates.log_chance_of_none(usual) >= limit or _tests_failed(ground, accounts, since, until):
            continue
        if all(_go_on(ground, of, since, until) for of in (others, beside)):
            found.append((since, usual, until))
    return found


def _go_on(ground: Ground, at: Ints, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether calls came in a time much as they usually do."""
    came = int(np.searchsorted(at, _us(end)) - np.searchsorted(at, _us(start)))
    return came > 0 and came >= GO_ON * rates_of(at, ground.case.zone).expected(start, end)


def _tests_failed(ground: Ground, accounts: frozenset[str], start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether a test call to one of these accounts' numbers failed within [start, end)."""
    tests = ground.case.table("line_tests")
    numbers = {number for account in accounts for number in ground.numbers_of.get(account, ())}
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


def _us(at: pd.Timestamp) -> int:
    return int(at.value) // 1000


def _us_of(length: pd.Timedelta) -> int:
    return int(length / pd.Timedelta(microseconds=1))
