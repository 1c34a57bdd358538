"""Rises of a bill that last: over weeks before the window as well, or over some weeks of a long one alone.

A bill is of a month, and what an audit judges at a time may be a week of it (:mod:`calltrace.diagnosis.audit.parts`): twice the
calls of two weeks are told of neither week, the second of which is held against the first. So the window is also asked together
with the weeks that lead up to it, and its own last weeks by themselves. What counts is what rose in every week of such a time:
one evening's crowd is no rise that lasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.audit.screens import _drift
from calltrace.tables import times

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.ground import Ground
    from calltrace.diagnosis.audit.screens._drift import Counted, Moved
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints

MOST = pd.Timedelta(days=28)
"""A rise is looked for over no longer a time: a bill's."""

WEEKS_BACK = MOST // pd.Timedelta(weeks=1) - 1
"""Weeks before a window in which one that lasts in it may have begun."""

PIECE = 5 * 96
"""Quarters of what is left over beside whole weeks from which it is asked by itself; less goes with the week before it."""


@dataclass(frozen=True)
class Time:
    """Quarters on record from ``first`` to before ``last``, held against so many ``weeks`` before them."""

    first: int
    last: int
    weeks: int

    @property
    def length(self) -> int:
        """How many quarters."""
        return self.last - self.first

    @property
    def pieces(self) -> int:
        """How many weeks it is asked in, the last of which may be longer or shorter than one."""
        return max(1, (self.length + _drift.WEEK - PIECE) // _drift.WEEK)

    def piece(self, back: Ints) -> Ints:
        """Return the piece that each quarter, counted from the first, lies in."""
        return np.minimum(back // _drift.WEEK, self.pieces - 1)


class Figure(Protocol):
    """What a bill counts, of all accounts at once."""

    def lasted(self, time: Time, rise: float) -> Bools:
        """Return the accounts of which it was that many times its usual in every piece of the time."""

    def moved(self, time: Time, which: Bools) -> Moved:
        """Return how it moved, of these accounts."""


@dataclass(frozen=True)
class Rising:
    """One account's rise over a time that ends with the window: since when (UTC), by which figures, the likeliest's score."""

    start: pd.Timestamp
    time: Time
    causes: tuple[str, ...]
    score: float


def rising(ground: Ground, figures: Mapping[str, Figure], weeks: int, rise: float) -> dict[int, list[Rising]]:
    """Return by account (its place) its rises that lasted to the window's end from another day on than its first.

    ``figures`` are those of a bill by the cause of a rise in them; each time is held against ``weeks`` before it, at most.
    Several times are asked, and their scores count that.
    """
    found: dict[int, list[Rising]] = {}
    starts = _starts(ground)
    for start in starts:
        first = ground.quarter(start)
        time = Time(first, ground.view.last, min(first // _drift.WEEK, weeks))
        if time.weeks < time.length / _drift.WEEK:  # no shorter a time than its own tells what is usual
            continue
        rose: dict[int, dict[str, float]] = {}
        for cause, figure in figures.items():
            lasted = figure.lasted(time, rise)
            if lasted.any():
                moved = figure.moved(time, lasted)
                for row in np.flatnonzero(lasted & (moved.score > 0) & (moved.ratio >= rise)).tolist():
                    rose.setdefault(row, {})[cause] = float(moved.score[row] - np.log10(len(starts)))
        for row, scores in rose.items():
            found.setdefault(row, []).append(Rising(start, time, tuple(scores), max(scores.values())))
    return found


def _starts(ground: Ground) -> list[pd.Timestamp]:
    """Return since when a rise is asked beside the window's start, whole weeks before and after it, the earliest first."""
    wall = times.local(ground.start, ground.case.zone)
    rest = pd.Timedelta(minutes=15 * PIECE)
    weeks = [number for number in range(-WEEKS_BACK, int(ground.days // 7) + 1) if number]
    starts = [(wall + pd.DateOffset(weeks=number)).tz_convert("UTC") for number in weeks]
    return [start for start in starts if rest <= ground.end - start <= MOST]


@dataclass(frozen=True)
class Calls:
    """Calls: whose each is, and its quarter on record; times of fewer than ``least`` say nothing. None is after what is asked."""

    account: Ints
    quarter: Ints
    size: int
    least: int

    @cached_property
    def counted(self) -> Counted:
        """The calls, to be counted by account and quarter: every time that is asked of counts them anew."""
        return _drift.Counted.of(self.account, self.quarter, self.size)

    def within(self, time: Time) -> Floats:
        """Return how many calls each account had in a time."""
        return self.counted.between(time.first, time.last)

    def lasted(self, time: Time, rise: float) -> Bools:
        """Return the accounts whose calls rose in every piece, and would have without the busiest day of it."""
        weekly, whole = (
            _mean(*_drift.by_week(self.counted, time.first, time.weeks, length)) for length in (_drift.WEEK, time.length))
        days = np.append(np.arange(time.first, time.last, 96), time.last)
        by_day = np.diff(self.counted.upto(days), axis=1)
        found = np.asarray(by_day.sum(axis=1) >= self.least)
        for piece in range(time.pieces):
            last = piece == time.pieces - 1
            of_it = by_day[:, 7 * piece : len(days) - 1 if last else 7 * piece + 7]
            usual = whole - piece * weekly if last else weekly
            seen = of_it.sum(axis=1)
            found &= (seen >= rise * usual) & (seen - of_it.max(axis=1) >= usual)
        return found

    def moved(self, time: Time, which: Bools) -> Moved:
        """Return how the number of calls moved."""
        past, begun = _drift.by_week(self.counted, time.first, time.weeks, time.length)
        return _drift.of_counts(self.within(time), past, begun, time.length, which)

    def above(self, time: Time, row: int) -> float:
        """Return how many calls one account had above its usual."""
        past, begun = _drift.by_week(self.counted, time.first, time.weeks, time.length)
        return max(0.0, float((self.within(time) - _mean(past, begun))[row]))


@dataclass(frozen=True)
class Lengths:
    """Answered calls: whose each is, its quarter on record, how long it took, in seconds; fewer than ``least`` say nothing."""

    account: Ints
    quarter: Ints
    took: Floats
    size: int
    least: int

    @cached_property
    def logs(self) -> Floats:
        """Logarithm of how long each took."""
        return np.log1p(self.took)

    def near(self, time: Time) -> Ints | slice:
        """Return the places of the calls of a time and of its weeks before: a slice, which copies nothing, where in order."""
        since = time.first - time.weeks * _drift.WEEK
        if self._in_order:
            return slice(*np.searchsorted(self.quarter, (since, time.last)).tolist())
        return np.flatnonzero((self.quarter >= since) & (self.quarter < time.last))

    @cached_property
    def _in_order(self) -> bool:
        return not (self.quarter[1:] < self.quarter[:-1]).any()

    def lasted(self, time: Time, rise: float) -> Bools:
        """Return the accounts whose calls took so much longer in every piece."""
        near = self.near(time)
        return _longer(self.account[near], self.quarter[near] - time.first, self.took[near], self.size, time, rise)

    def moved(self, time: Time, which: Bools) -> Moved:  # noqa: ARG002 -- of all at once, as easily
        """Return how much longer calls took."""
        near = self.near(time)
        now = self.quarter[near] >= time.first
        return _drift.of_lengths(self.logs[near], self.took[near], self.account[near], now, self.size, self.least)


@dataclass(frozen=True)
class Attempts(Lengths):
    """Messages: whose each is, when it was taken, how many attempts it took to deliver."""

    def moved(self, time: Time, which: Bools) -> Moved:  # noqa: ARG002
        """Return how many more attempts messages took."""
        near = self.near(time)
        now = self.quarter[near] >= time.first
        return _drift.of_attempts(self.took[near], self.account[near], now, self.size, self.least)


def _longer(account: Ints, back: Ints, value: Floats, size: int, time: Time, rise: float) -> Bools:  # noqa: PLR0917
    """Return the accounts whose mean value was so many times the usual one in every piece of a time."""
    then, now = _drift.apart(back >= 0)
    cell, many = account[now] * time.pieces + time.piece(back[now]), size * time.pieces
    count, total = (np.bincount(cell, w, minlength=many).reshape(size, time.pieces) for w in (None, value[now]))
    known, usual = (np.bincount(account[then], w, minlength=size) for w in (None, value[then]))
    mean = usual / np.maximum(known, 1)
    return np.asarray((known > 0) & ((count > 0) & (total >= rise * mean[:, None] * count)).all(axis=1))


def _mean(past: Floats, begun: Floats) -> Floats:
    return np.asarray((past * begun).sum(axis=1) / np.maximum(begun.sum(axis=1), 1.0))
