"""Days on which everybody together, or everybody on one trunk group, had far fewer calls than usual.

No silence shows it, and no account alone: each has some calls. It was a holiday that nobody entered, or part of the calls
did not reach the switch, or they are missing from the export; which of them only the switch's own counts, the carrier
or a calendar can tell. What is said of the records says it first, so that such a day is never taken for a clean one. A
trunk group is held against what the others had that day, and against all calls of its accounts: those that came another
way are not missing.

In sixty days of simulated services one had less than 0.8 times the calls to be expected of it, and none was rarer than one
in 600 by the rhythm's own chance; of six that lost half of their calls at random five were beyond one in a million.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.audit import sources
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.ground import Ground
from calltrace.normal.intervals import to_us
from calltrace.tables import times

FEW = 0.6
"""Share of the calls to be expected that a day has at most."""

SCORE = 5.0
"""−log10 of the chance of so few, from which they are told: once in 270 years of days."""

SURPRISE = 1e-3
"""Chance of an account's silence on such a day, of as many calls as everybody had left, below which it is told by itself."""

LEAST = 40.0
"""Calls to be expected of what is judged, at least."""

LEAST_HISTORY = pd.Timedelta(days=14)
"""Records outside the window below which nobody knows what a day brings."""

BROAD = 0.7
"""Share of the accounts with calls to be expected (:data:`OF_ACCOUNT`) that had fewer of them."""

OF_ACCOUNT = 2.0
"""Calls to be expected of an account for it to have a say in that."""

LEAST_ACCOUNTS = 5
"""Accounts that have a say, at least."""

MORE = 1.5
"""Times the calls on record that the switch must have counted for the rest to be missing from the records."""

ALIKE = 0.9
"""Share of the calls on record that it must have counted, and the inverse it may, for its counts to bear them out."""


@dataclass(frozen=True)
class Low:
    """A stretch of whole days with few calls of everybody, or of everybody on ``trunk_group``.

    ``came`` of ``expected`` calls came; ``fewer`` of ``accounts`` had fewer than to be expected. ``counted`` is what the
    switch counted as offered in it, 0 where it counts nothing; ``apart`` says that outages in it are told apart, not counted.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    came: int
    expected: float
    fewer: int
    accounts: int
    counted: float = 0.0
    apart: bool = False
    trunk_group: str | None = None

    @property
    def missing(self) -> bool:
        """Whether the switch counted so many more that rows are missing from the records."""
        return self.counted >= MORE * max(self.came, 1)

    @property
    def borne_out(self) -> bool:
        """Whether the switch counted as few calls as are on record."""
        return self.counted > 0 and ALIKE * self.came <= self.counted <= self.came / ALIKE


def lows(ground: Ground, found: Sequence[Finding]) -> tuple[Low, ...]:
    """Return the days of few calls, or parts of days where the window or the records cut them, in order.

    Left out are public holidays of the events table, days on which a feed was dead, and the time of the outages that
    were ``found``: they have been told.
    """
    history = (ground.records_end - ground.case.extent.first) - (ground.end - ground.start)
    if not ground.baseline.of("platform").learned_from or history < LEAST_HISTORY:
        return ()
    told = [(f.start, f.end) for f in found
            if f.account is None and f.check in {"outage", "trunks"} and f.cause != "too-few-trunks"]
    told += [(s.since, s.until or ground.end) for s in sources.stopped(ground)]
    holidays = ground.case.holidays("", ground.case.zone)
    made = []
    for midnight, next_ in pairwise(times.day_edges(ground.start, ground.end, ground.case.zone)):
        start, end = max(midnight, ground.start), min(next_, ground.end)
        if start >= end or midnight.tz_convert(ground.case.zone).date() in holidays:
            continue
        low = _low(ground, None, start, end, told)
        groups = ground.groups if low is None and len(ground.groups) > 1 else ()
        made += [one for one in (low, *(_low(ground, g, start, end, told) for g in groups)) if one is not None]
    return tuple(made)


def joined(found: Iterable[Low]) -> tuple[Low, ...]:
    """Return them with those that meet as one, by group and time; of ``fewer`` and ``accounts`` the day's with most accounts."""
    made: list[Low] = []
    for low in sorted(found, key=lambda one: (one.trunk_group or "", one.start)):
        if made and (made[-1].end, made[-1].trunk_group) == (low.start, low.trunk_group):
            last = made.pop()
            most = max((last, low), key=lambda one: one.accounts)
            made.append(Low(
                last.start, low.end, last.came + low.came, last.expected + low.expected, most.fewer, most.accounts,
                last.counted + low.counted, last.apart or low.apart, low.trunk_group))
        else:
            made.append(low)
    return tuple(made)


def doubted(ground: Ground, finding: Finding, found: Iterable[Low]) -> bool:
    """Say whether a finding is an account's silence that says nothing beside the few calls of everybody.

    Where part of the records is missing none says anything; on any other such day one that is no surprise of as many calls
    as were left to everybody: whatever took theirs took the account's.
    """
    if finding.check != "silence" or finding.account is None:
        return False
    for low in found:
        start, end = max(finding.start, low.start), min(finding.end, low.end)
        of_it = low.trunk_group is None or finding.account in ground.groups.get(low.trunk_group, ())
        if not of_it or end - start <= (finding.end - finding.start) / 2:
            continue
        left = min(1.0, (low.came + 2.0 * math.sqrt(low.came) + 1.0) / low.expected)
        if low.missing or ground.baseline.of("account", finding.account).chance(start, end, 0, share=left) > SURPRISE:
            return True
    return False


def _low(
    ground: Ground, group: str | None, start: pd.Timestamp, end: pd.Timestamp,
    told: Sequence[tuple[pd.Timestamp, pd.Timestamp]],
) -> Low | None:
    """Return [start, end) where it has few calls, of everybody or of a trunk group, beside what is told; None otherwise."""
    rhythm = ground.baseline.of("platform") if group is None else ground.rung[group].rhythm
    others = group is not None
    usual, came = rhythm.expected(start, end, platform=others), rhythm.count(start, end)
    if usual < LEAST or came > FEW * usual:  # most days
        return None
    left = _without(start, end, told)
    rest, came = sum(rhythm.expected(*one, platform=others) for one in left), sum(rhythm.count(*one) for one in left)
    if rest < LEAST or came > FEW * rest:
        return None
    chance = rhythm.chance(start, end, came, platform=others, share=min(1.0, rest / usual))
    if -math.log10(max(chance, 1e-300)) < SCORE:
        return None
    whose = ground.names_in_order if group is None else ground.groups[group]
    asked, fewer = _broad(ground, whose, start, end, others=others)
    if asked < LEAST_ACCOUNTS or fewer < BROAD * asked:
        return None
    counted = sum(_counted(ground, group or "platform", *one) for one in left)
    return Low(start, end, came, rest, fewer, asked, counted, left != [(start, end)], group)


def _broad(ground: Ground, whose: Sequence[str], start: pd.Timestamp, end: pd.Timestamp, *, others: bool) -> tuple[int, int]:
    """Return how many accounts have calls to be expected in [start, end), and how many of them had fewer.

    None had where all their calls together, those that came by other trunk groups among them, are not few, or would not be
    without the account that lacks most: then its silence alone makes it. ``others`` says that they are held against what the
    rest had that day: of everybody there is no rest, whoever of them left long ago.
    """
    number = {name: k for k, name in enumerate(ground.names_in_order)}
    known = [a for a in whose if a in number and a not in ground.baseline.gone]
    expected = ground.baseline.expected_of("account", known, start, end, platform=others)
    account = ground.columns.account[slice(*np.searchsorted(ground.columns.at, [to_us(start), to_us(end)]).tolist())]
    had = np.bincount(account[account >= 0], minlength=len(number))[[number[a] for a in known]]
    asked = expected >= OF_ACCOUNT
    if not asked.any():
        return 0, 0
    most = int(np.argmax(expected - had))
    few = had.sum() <= FEW * expected.sum() and had.sum() - had[most] <= FEW * (expected.sum() - expected[most])
    return int(asked.sum()), int((had < expected)[asked].sum()) if few else 0


def _without(
    start: pd.Timestamp, end: pd.Timestamp, told: Sequence[tuple[pd.Timestamp, pd.Timestamp]]
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return what is left of [start, end) beside some stretches."""
    left, since = [], start
    for a, b in sorted(told):
        if a >= end or b <= since:
            continue
        if a > since:
            left.append((since, a))
        since = b
    return [*left, (since, end)] if since < end else left


def _counted(ground: Ground, scope: str, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the calls the switch counted as offered in [start, end), of the platform or a trunk group; 0 where none."""
    kpi = ground.case.table("kpi")
    within = (kpi["scope"] == scope) & (kpi["interval_start"] >= start) & (kpi["interval_start"] < end)
    return float(kpi.loc[within.fillna(value=False), "offered"].sum())
