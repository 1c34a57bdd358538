"""Days on which everybody together had far fewer calls than usual.

No silence shows it, and no account alone: each has some calls. It was a holiday that nobody entered, or part of the calls
did not reach the switch, or they are missing from the export; which of them only the switch's own counts, the carrier
or a calendar can tell. What is said of the records says it first, so that such a day is never taken for a clean one.

In simulated services and on nothing but chance a day has seldom less than 0.8 times the calls to be expected of it, and
never under one in a thousand by its own chance; a day that lost half of its calls at random is beyond one in ten thousand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit import sources
from calltrace.diagnosis.audit.findings import Finding
from calltrace.diagnosis.audit.ground import Ground
from calltrace.normal.intervals import to_us
from calltrace.tables import times

FEW = 0.6
"""Share of the calls to be expected that a day has at most."""

SCORE = 5.0
"""−log10 of the chance of so few, from which they are told: once in 270 years of days."""

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
    """A stretch of whole days with few calls.

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

    @property
    def missing(self) -> bool:
        """Whether the switch counted so many more that rows are missing from the records."""
        return self.counted >= MORE * max(self.came, 1)

    @property
    def borne_out(self) -> bool:
        """Whether the switch counted as few calls as are on record."""
        return ALIKE * self.came <= self.counted <= self.came / ALIKE


def lows(ground: Ground, found: Sequence[Finding]) -> tuple[Low, ...]:
    """Return the days of few calls, or parts of days where the window or the records cut them, in order.

    Left out are public holidays of the events table, days on which a feed was dead, and the time of the outages that
    were ``found``: they have been told.
    """
    rhythm = ground.baseline.of("platform")
    history = (ground.records_end - ground.case.extent.first) - (ground.end - ground.start)
    if not rhythm.learned_from or history < LEAST_HISTORY:
        return ()
    told = [(f.start, f.end) for f in found if f.account is None and f.check in {"outage", "trunks"}]
    told += [(s.since, s.until or ground.end) for s in sources.stopped(ground)]
    holidays = ground.case.holidays("", ground.case.zone)
    made = []
    for midnight, next_ in pairwise(times.day_edges(ground.start, ground.end, ground.case.zone)):
        start, end = max(midnight, ground.start), min(next_, ground.end)
        if start < end and midnight.tz_convert(ground.case.zone).date() not in holidays:
            low = _low(ground, start, end, told)
            if low is not None:
                made.append(low)
    return tuple(made)


def joined(found: Iterable[Low]) -> tuple[Low, ...]:
    """Return them with those that meet as one, by time; of ``fewer`` and ``accounts`` the day's with the most accounts."""
    made: list[Low] = []
    for low in sorted(found, key=lambda one: one.start):
        if made and made[-1].end == low.start:
            last = made.pop()
            most = max((last, low), key=lambda one: one.accounts)
            made.append(Low(
                last.start, low.end, last.came + low.came, last.expected + low.expected, most.fewer, most.accounts,
                last.counted + low.counted, last.apart or low.apart))
        else:
            made.append(low)
    return tuple(made)


def doubted(finding: Finding, found: Iterable[Low]) -> bool:
    """Say whether a finding is an account's silence at a time of which part of everybody's records is missing."""
    if finding.check != "silence":
        return False
    shared = sum(
        (max(min(finding.end, low.end) - max(finding.start, low.start), pd.Timedelta(0)) for low in found if low.missing),
        pd.Timedelta(0))
    return shared > (finding.end - finding.start) / 2


def _low(
    ground: Ground, start: pd.Timestamp, end: pd.Timestamp, told: Sequence[tuple[pd.Timestamp, pd.Timestamp]]
) -> Low | None:
    """Return [start, end) where it has few calls beside what is told; None otherwise."""
    rhythm = ground.baseline.of("platform")
    usual, came = rhythm.expected(start, end), rhythm.count(start, end)
    if usual < LEAST or came > FEW * usual:  # most days
        return None
    left = _without(start, end, told)
    rest, came = sum(rhythm.expected(*one) for one in left), sum(rhythm.count(*one) for one in left)
    if rest < LEAST or came > FEW * rest:
        return None
    if -math.log10(max(rhythm.chance(start, end, came, share=min(1.0, rest / usual)), 1e-300)) < SCORE:
        return None
    expected = ground.baseline.expected_of("account", ground.names_in_order, start, end)
    first, last = np.searchsorted(ground.columns.at, [to_us(start), to_us(end)])
    account = ground.columns.account[first:last]
    had = np.bincount(account[account >= 0], minlength=len(expected))[: len(expected)]
    asked = expected >= OF_ACCOUNT
    fewer = int((had < expected)[asked].sum())
    if asked.sum() < LEAST_ACCOUNTS or fewer < BROAD * asked.sum():
        return None
    most = int(np.argmax(expected - had))  # whose silence alone must not make it
    if int(had.sum() - had[most]) > FEW * float(expected.sum() - expected[most]):
        return None
    return Low(
        start, end, came, rest, fewer, int(asked.sum()), sum(_counted(ground, *one) for one in left), left != [(start, end)])


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


def _counted(ground: Ground, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the calls the switch counted as offered in [start, end) for the platform; 0 where it counts none."""
    kpi = ground.case.table("kpi")
    within = (kpi["scope"] == "platform") & (kpi["interval_start"] >= start) & (kpi["interval_start"] < end)
    return float(kpi.loc[within.fillna(value=False), "offered"].sum())
