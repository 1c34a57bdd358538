"""The calls' columns as numpy arrays, computed once a Case: who called whom when, how it ended, and how long each leg took."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.tables.case import Case

ALL = slice(None)
"""All calls."""

BLOCK = 30_000
"""Calls gone through at a time, for who tried again and when they were over."""

AGAIN_US = 3_600_000_000
"""A caller who was not served and calls again within this long (an hour) is one caller, not two."""


@dataclass(frozen=True)
class Columns:
    """The calls' columns as arrays, in the order of ``case.calls``. Seconds are NaN where NA; ``ani`` as it is."""

    at: Ints
    account: Ints
    accounts: tuple[str, ...]
    agent: Ints
    agents: tuple[str, ...]
    outcome: Ints
    outcomes: tuple[str, ...]
    ring: Floats
    queue: Floats
    hold: Floats
    talk: Floats
    wait: Floats
    queue_known: bool
    ani: pd.Series

    def ended(self, outcome: str, at: Ints | slice = ALL) -> Bools:
        """Return which calls (those at some places, or all) ended so."""
        number = self.outcomes.index(outcome) if outcome in self.outcomes else -2
        return np.asarray(self._narrow[at] == number)

    def ended_as(self, outcomes: Collection[str], at: Ints | slice = ALL) -> Bools:
        """Return which calls (those at some places, or all) ended as any of these."""
        some = self._narrow[at]
        found = np.zeros(len(some), dtype=bool)
        for number in self.named(*outcomes):  # a few comparisons take a tenth of the time of looking each up
            found |= some == number
        return found

    @cached_property
    def _narrow(self) -> NDArray[np.signedinteger]:
        """The outcomes in as few bytes as they need: they are asked for again and again."""
        return self.outcome.astype(np.int8) if len(self.outcomes) < 128 else self.outcome

    @cached_property
    def over(self) -> Ints:
        """When each call was over, microseconds since 1970: times that are not known count as none."""
        over = np.empty_like(self.at)
        for first in range(0, len(over), BLOCK):  # what is worked out on the way stays near
            some = slice(first, first + BLOCK)
            lasted = np.zeros(len(self.at[some]))
            for leg in (self.ring, self.queue, self.hold, self.talk):
                lasted += np.where(np.isnan(leg[some]), 0.0, leg[some])
            over[some] = self.at[some] + (lasted * 1e6).astype(np.int64)
        return over

    @cached_property
    def holds_known(self) -> bool:
        """Whether it is told of any answered call how long it was on hold: one that was not answered says nothing of it."""
        return self._told(self.hold)

    @cached_property
    def waits_known(self) -> bool:
        """Whether it is told of any answered call how long the caller waited, and of a queue apart from the ringing."""
        return self.queue_known and self._told(self.wait)

    @cached_property
    def waits_told(self) -> bool:
        """Whether it is told of any answered call, or where there is none of any, how long the caller waited, in whatever way."""
        return self._told(self.wait) or not self.answered.any()

    def _told(self, seconds: Floats) -> bool:
        some = slice(BLOCK)  # mostly they tell, and those at hand will do
        return any(bool((self.answered[of] & ~np.isnan(seconds[of])).any()) for of in (some, ALL))

    @cached_property
    def owned(self) -> Bools:
        """Which calls were for an account."""
        return np.asarray(self.account >= 0)

    def named(self, *outcomes: str) -> list[int]:
        """Return the numbers of some outcomes, of those that any call had."""
        return [i for i, name in enumerate(self.outcomes) if name in outcomes]

    @cached_property
    def answered(self) -> Bools:
        """Which calls an agent answered: those that say so, and cut ones that had an agent."""
        return self.ended("answered") | (self.ended("failed") & (self.agent >= 0))

    @cached_property
    def waited(self) -> Bools:
        """Which calls' callers waited for an agent: answered or abandoned, with a wait that is known."""
        return (self.answered | self.ended("abandoned") | self.ended("no_answer")) & ~np.isnan(self.wait)

    @cached_property
    def again(self) -> Bools:
        """Which calls are a caller's next try, not having been served within the hour before.

        Trouble makes calls: who was not served tries again, so tries are no measure of how many callers there
        were. Withheld numbers never match.
        """
        in_order = not (self.at[1:] < self.at[:-1]).any()
        return self._tried(0, len(self.at)) if in_order else self._again(0, len(self.at))

    def again_within(self, first: int, last: int) -> Bools:
        """Return :attr:`again` of the calls from place ``first`` to before ``last``, looking at no others."""
        if "again" in self.__dict__ or not len(self.at):
            return np.asarray(self.again[first:last])
        return self._tried(first, last)

    def _tried(self, first: int, last: int) -> Bools:
        """Return :attr:`again` of these calls, which are in order of time, by those of them and of the hour before."""
        # the numbers of a few callers lie nearer to one another than those of a year's
        found = [np.zeros(0, dtype=bool)]
        for low in range(first, last, BLOCK):
            since = int(np.searchsorted(self.at, self.at[low] - AGAIN_US))
            found.append(self._again(since, min(low + BLOCK, last))[low - since :])
        return np.concatenate(found)

    def _again(self, first: int, last: int) -> Bools:
        caller = np.asarray(pd.factorize(self.ani.iloc[first:last])[0], dtype=np.int64)
        served = self.ended("answered", slice(first, last))
        return _again(self.at[first:last], self.account[first:last], caller, served)

    @cached_property
    def patience(self) -> float:
        """A wait after which three in four of those whom an agent answers are through; NaN where none tells its wait."""
        known = np.flatnonzero(self.answered & ~np.isnan(self.wait))
        return float(np.quantile(self.wait[known], 0.75)) if len(known) else math.nan

    def account_code(self, account: str) -> int:
        """Return the account's code, -2 for one that has no call."""
        return self.accounts.index(account) if account in self.accounts else -2


def _seconds(case: Case, column: str) -> Floats:
    known = case.cache.get(f"seconds.{column}")  # what a store's figures lie in
    if isinstance(known, np.ndarray):
        return known
    return np.asarray(case.calls[column].to_numpy(dtype="float64", na_value=np.nan), dtype=np.float64)


def columns(case: Case) -> Columns:
    """Return the calls' columns as arrays, computed once a Case."""
    known = case.cache.get("checks.columns")
    if isinstance(known, Columns):
        return known
    calls = case.calls
    ring, queue = _seconds(case, "ring_s"), _seconds(case, "queue_s")
    queue_known = bool((~np.isnan(queue)).any())
    wait = _waits(ring, queue) if queue_known else ring
    account, accounts = case.codes("account")
    agent, agents = case.codes("agent")
    outcome, outcomes = case.codes("outcome")
    at = instants(calls["offered_at"])
    found = Columns(
        at=at,
        account=account,
        accounts=accounts,
        agent=agent,
        agents=agents,
        outcome=outcome,
        outcomes=outcomes,
        ring=ring,
        queue=queue,
        hold=_seconds(case, "hold_s"),
        talk=_seconds(case, "talk_s"),
        wait=wait,
        queue_known=queue_known,
        ani=calls["ani"],
    )
    case.cache["checks.columns"] = found
    return found


def _waits(ring: Floats, queue: Floats) -> Floats:
    """Return each call's wait: its ring and its queue, and where the ring alone is not told, the queue.

    A queue's own log (Asterisk's, a contact centre's) begins where the caller came into the queue: the wait was at least that. A
    queue of no seconds tells nothing beside a ring that is not told, for nothing may have picked up; but it does where no call's
    ring is told and the queue of others took a while: then the log is the queue's.
    """
    wait = ring + queue
    untold = np.isnan(ring)
    if untold.any():
        queued = untold & (queue > 0)
        told = untold if queued.any() and untold.all() else queued
        wait[told] = queue[told]
    return wait


def _again(at: Ints, account: Ints, caller: Ints, served: Bools) -> Bools:
    """Return :attr:`Columns.again` of some calls, with each one's caller as a number, -1 where withheld."""
    again = np.zeros(len(at), dtype=bool)
    if len(at) < 2:
        return again
    together = caller * (account.max() + 2) + account + 1
    # the calls are in order of time, and those of one caller to one account stay so
    order = np.argsort(together, kind="stable") if (np.diff(at) >= 0).all() else np.lexsort((at, account, caller))
    alike = together[order]
    met = np.flatnonzero(alike[1:] == alike[:-1])
    before, next_ = order[met], order[met + 1]
    again[next_] = (at[next_] - at[before] <= AGAIN_US) & ~served[before] & (caller[next_] >= 0)
    return again


def instants(values: pd.Series) -> Ints:
    """Return instants as microseconds since 1970, UTC."""
    index = pd.DatetimeIndex(values)
    return np.asarray((index if index.unit == "us" else index.as_unit("us")).asi8)  # which would copy them


def instant(us: float) -> pd.Timestamp:
    """Return microseconds since 1970 as an instant, UTC."""
    return pd.Timestamp(int(us), unit="us", tz="UTC")
