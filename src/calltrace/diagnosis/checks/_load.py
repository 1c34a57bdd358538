"""Demand, supply and handling in quarters of an hour, for the checks that ask why callers waited.

Computed once a question: what is usual, learned from every quarter outside the window complained of (from those before it
alone where what is asked of goes on after it: `_ongoing.py`), and where within the window the platform's waits rose. People
remember a wider window than the trouble had: the checks compare within :attr:`Load.trouble`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from calltrace.diagnosis.checks._chance import (
    Bools,
    Floats,
    Ints,
    after_looking,
    share_tail,
    spread_of_counts,
    spread_of_shares,
)
from calltrace.diagnosis.checks._columns import Columns, columns
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._quarters import QUARTER_US, WEEK_SLOTS, begun, bins, grid
from calltrace.diagnosis.checks._stretch import Stretch, worst_stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from calltrace.diagnosis.scene import Scene

T = TypeVar("T")

LONGEST = 96
"""Quarters a stretch of trouble with waits may last: a day. Longer ones are not waits, they are how it is."""

MARGIN = 4
"""Quarters round the window that are not taken for usual: trouble may begin or end outside what people
remember."""

NEVER_LONG = 10.0
"""Seconds below which no wait is called long, however quick the account's calls are usually answered."""

MUCH_LONGER = 2.0
"""Times the usual mean from which calls ring much longer."""

HARDLY = 1.3
"""Score from which chance hardly makes it (one in twenty, after looking): short of proof, but no longer as usual."""

LEAST_LONG = 0.01
"""Share of callers who wait that long by mere chance, however good the weeks on record were."""

FEW = 50
"""One in so many calls, from which on they are counted among all; and as many agents are counted at a time."""

LEFT = ("abandoned", "no_answer")
"""How calls end whose callers left before an agent: what is left to tell of waits where they are not logged."""

WAIT_FELT_S = 30.0
"""A wait counts as long in the scan for trouble from here on: five rings of six seconds (Telelink, 2020)."""


class Load:
    """One question's view of the platform, quarter by quarter."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.calls = columns(scene.case)
        self.grid = grid(scene.case)
        self.bin = bins(scene.case)
        first = _us(scene.question.start) // QUARTER_US - self.grid.first
        last = -(-_us(scene.question.end) // QUARTER_US) - self.grid.first
        if scene.question.now is not None:
            last = min(last, -(-_us(scene.question.now) // QUARTER_US) - self.grid.first)
        # The window in quarters, within what the calls span.
        self.first = int(min(max(0, first), self.grid.size))
        self.last = int(max(self.first, min(self.grid.size, last)))
        usual = np.ones(self.grid.size, dtype=bool)
        usual[max(0, self.first - MARGIN) : min(self.grid.size, self.last + MARGIN)] = False
        if usual.sum() < 96:
            usual[:] = True
        self.usual = usual
        self.until = max(0, self.first - MARGIN)
        """Up to which quarter all lies before the window, and with :attr:`since` from which on all lies after it."""
        self.since = min(self.grid.size, self.last + MARGIN)
        self.own = self.calls.account_code(scene.question.account)

    @cached_property
    def mine(self) -> Bools:
        """Which calls are the account's."""
        return np.asarray(self.calls.account == self.own)

    @cached_property
    def before(self) -> Load:
        """The same view, with what lies before the window alone taken for usual."""
        found = Load(self.scene)
        found.usual = np.arange(self.grid.size) < self.until
        return found

    # -- tools ---------------------------------------------------------------------------------------------

    def per_quarter(self, which: Bools, weights: Floats | None = None) -> Floats:
        """Return, per quarter, how many of the calls ``which`` (or the sum of their weights)."""
        begins = begun(self.scene.case)
        if weights is None and begins is not None and np.count_nonzero(which) > len(which) / FEW:
            # calls are in order of time: adding up all of them is quicker than picking out many
            found, held = np.zeros(self.grid.size), np.flatnonzero(np.diff(begins))
            found[held] = np.add.reduceat(which, begins[held], dtype=np.int32)
            return found
        places = np.flatnonzero(which)
        picked = None if weights is None else weights[places]
        counts = np.bincount(self.bin[places], weights=picked, minlength=self.grid.size)
        return np.asarray(counts, dtype=np.float64)

    def _sums(self, values: Floats, slots: Ints, size: int) -> Floats:
        return np.asarray(
            np.bincount(slots[self.usual], weights=values[self.usual], minlength=size), dtype=np.float64
        )

    def usual_rate(self, values: Floats) -> Floats:
        """Return what is usual per quarter: the same time of the week in other weeks, leaning on like days.

        The mean over the quarter and half an hour either side of it in the other weeks, with one week's worth
        of what days of that kind (Monday to Friday, Saturday, Sunday) bring at that time, and of the whole.
        """
        flat = float(values[self.usual].mean()) if self.usual.any() else 0.0
        by_day = _smooth(self._sums(values, self.grid.day, 288) + flat * 0.5, 96)
        days = _smooth(self._sums(np.ones_like(values), self.grid.day, 288) + 0.5, 96)
        prior = (by_day / days)[self.grid.day]
        by_slot = _smooth(self._sums(values, self.grid.slot, WEEK_SLOTS), WEEK_SLOTS)
        weeks = _smooth(self._sums(np.ones_like(values), self.grid.slot, WEEK_SLOTS), WEEK_SLOTS)
        return np.asarray((by_slot[self.grid.slot] + prior) / (weeks[self.grid.slot] + 1.0), dtype=np.float64)

    def usual_share(
        self, part: Floats, whole: Floats, calls: float = 20.0, usual_whole: Floats | None = None
    ) -> Floats:
        """Return the usual share per quarter, shrunk to the overall share by ``calls`` calls' worth.

        ``usual_whole`` is the usual rate of the whole, where many parts are asked of one.
        """
        parts, wholes = self.usual_rate(part), self.usual_rate(whole) if usual_whole is None else usual_whole
        total = float(whole[self.usual].sum())
        overall = float(part[self.usual].sum() + 0.5) / (total + 1.0)
        seen = wholes * max(1.0, self.usual.sum() / WEEK_SLOTS) * 5
        return np.asarray((parts / np.maximum(wholes, 1e-9) * seen + overall * calls) / (seen + calls))

    def inside(self, first: int, last: int) -> Bools:
        """Return which calls were offered in these quarters."""
        if begun(self.scene.case) is None:
            return np.asarray((self.bin >= first) & (self.bin < last))
        found = np.zeros(len(self.bin), dtype=bool)
        low, high = np.searchsorted(self.bin, (first, last)).tolist()
        found[low:high] = True
        return found

    def offered_within(self, start: int, end: int) -> Bools:
        """Return which calls were offered in [start, end), microseconds since 1970."""
        at = self.calls.at
        if not self.in_order:
            return np.asarray((at >= start) & (at < end))
        found = np.zeros(len(at), dtype=bool)
        # calls of one quarter need be in no order
        low, high = np.searchsorted(self.bin, (start // QUARTER_US - self.grid.first, end // QUARTER_US - self.grid.first + 1))
        found[low:high] = (at[low:high] >= start) & (at[low:high] < end)
        return found

    @property
    def in_order(self) -> bool:
        """Whether the calls are in order of time: then :meth:`places` holds no others than were asked for."""
        return begun(self.scene.case) is not None

    def places(self, first: int, last: int) -> slice:
        """Return the calls that hold those offered in these quarters: no others where calls are in order of time."""
        return slice(0, len(self.bin)) if begun(self.scene.case) is None else slice(
            *np.searchsorted(self.bin, (first, last)).tolist())

    @cached_property
    def usual_calls(self) -> Bools:
        """Which calls were offered in quarters that tell what is usual."""
        begins = begun(self.scene.case)
        return self.usual[self.bin] if begins is None else np.repeat(self.usual, np.diff(begins))

    def span(self, first: int, last: int) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return when the quarters begin and end, kept within the window complained of."""
        question = self.scene.question
        start, end = max(self.grid.at(first), question.start), min(self.grid.at(last), question.end)
        return (start, end) if start < end else (self.grid.at(first), self.grid.at(last))

    @property
    def looks(self) -> float:
        """How many stretches of the window a scan can pick that have little to do with one another.

        Each quarter can begin one, and each doubling of its length is another look.
        """
        size = max(1, self.last - self.first)
        return float(size)

    # -- the platform --------------------------------------------------------------------------------------

    @cached_property
    def offered(self) -> Floats:
        """Callers, per quarter, of all accounts: calls offered without second tries."""
        return self.per_quarter(~self.calls.again)

    @cached_property
    def offered_usual(self) -> Floats:
        """The usual of :attr:`offered`, per quarter."""
        return self.usual_rate(self.offered)

    @property
    def answers(self) -> NDArray[np.unsignedinteger]:
        """How many calls every agent answered, per quarter (agents, quarters), computed once a Case."""
        found = self.scene.case.cache.get("checks.answers")
        if not isinstance(found, np.ndarray):
            found = _answers(self.calls, self.bin, self.grid.size)
            self.scene.case.cache["checks.answers"] = found
        return found

    @cached_property
    def waited(self) -> Floats:
        """Callers who waited for an agent, per quarter: those who reached one or left where no answered call tells its wait."""
        calls = self.calls
        return self.per_quarter(calls.waited if calls.waits_told else calls.answered | calls.ended_as(LEFT))

    @cached_property
    def long_waits(self) -> Floats:
        """Callers who waited longer than :data:`WAIT_FELT_S`, per quarter; where no answered call tells its wait, who left."""
        calls = self.calls
        return self.per_quarter(calls.waited & (calls.wait > WAIT_FELT_S) if calls.waits_told else calls.ended_as(LEFT))

    @cached_property
    def long_share(self) -> Floats:
        """The usual share of callers who wait that long, per quarter."""
        usual = learning(self, self.long_waits, self.waited)
        return np.maximum(usual.usual_share(self.long_waits, self.waited), LEAST_LONG)

    @cached_property
    def long_rho(self) -> float:
        """How far long waits come together in one hour (they do: one queue makes them all)."""
        return learning(self, self.long_waits, self.waited).rho(self.long_waits, self.waited, self.long_share)

    def rho(self, part: Floats, whole: Floats, share: Floats, quarters: int = 4) -> float:
        """Return what two calls of the same hour have in common in a share, outside the window."""
        size = len(part) // quarters * quarters
        if size == 0:
            return 0.02
        use = self.usual[:size].reshape(-1, quarters).all(axis=1)
        k = part[:size].reshape(-1, quarters).sum(axis=1)[use]
        n = whole[:size].reshape(-1, quarters).sum(axis=1)[use]
        mean = (share * whole)[:size].reshape(-1, quarters).sum(axis=1)[use]
        return spread_of_shares(k, n, mean / np.maximum(n, 1e-9))

    def dispersion(self, values: Floats, usual: Floats, floor: float = 0.002, quarters: int = 4) -> float:
        """Return the dispersion of hourly counts about the usual, outside the window."""
        size = len(values) // quarters * quarters
        if size == 0:
            return 0.05
        use = self.usual[:size].reshape(-1, quarters).all(axis=1)
        # Each week is part of the usual it is held against, which makes it look closer than it is.
        weeks = max(1.0, float(self.usual.sum()) / WEEK_SLOTS)
        seen = values[:size].reshape(-1, quarters).sum(axis=1)[use]
        mean = usual[:size].reshape(-1, quarters).sum(axis=1)[use]
        return spread_of_counts(
            mean + (seen - mean) * (weeks + 1) / weeks, mean * (1 + 1 / weeks), floor=floor
        )

    def dispersion_at(self, values: Floats, usual: Floats, first: int, last: int) -> float:
        """Return the dispersion of the same hours of other days about their usual.

        Mornings are steadier than evenings. Leans by ten days' worth on the dispersion of all hours.
        """
        overall = self.dispersion(values, usual)
        back, ahead = first // 96, (self.grid.size - last) // 96
        begins = first + 96 * np.concatenate((np.arange(-back, 0), np.arange(1, ahead + 1))).astype(np.int64)
        size = last - first
        known = np.concatenate(([0], np.cumsum(self.usual)))
        begins = begins[known[begins + size] - known[begins] == size]
        if len(begins) < 20 or size <= 0:
            return overall
        sums, means = np.concatenate(([0.0], np.cumsum(values))), np.concatenate(([0.0], np.cumsum(usual)))
        weeks = max(1.0, float(self.usual.sum()) / WEEK_SLOTS)
        seen, mean = sums[begins + size] - sums[begins], means[begins + size] - means[begins]
        here = spread_of_counts(
            mean + (seen - mean) * (weeks + 1) / weeks, mean * (1 + 1 / weeks), floor=0.002
        )
        return (here * len(begins) + overall * 10) / (len(begins) + 10)

    @cached_property
    def wait_scan(self) -> tuple[Stretch | None, float]:
        """The stretch of the window where the platform's waits rose most, and its chance after looking."""
        part = slice(self.first, self.last)
        waited = self.waited[part]
        worst = worst_stretch(self.long_waits[part], self.long_share[part] * waited, waited, LONGEST)
        if worst is None:
            return None, 1.0
        n = float(waited[worst.first : worst.last].sum())
        # What calls of one hour share, calls hours apart do not.
        hours = max(1.0, (worst.last - worst.first) / 4)
        rho = self.long_rho / hours
        chance = share_tail(worst.seen, n, worst.expected / max(n, 1e-9), rho)
        found = Stretch(
            self.first + worst.first, self.first + worst.last, worst.gain, worst.seen, worst.expected
        )
        return found, after_looking(chance, self.looks)

    @cached_property
    def trouble(self) -> tuple[int, int]:
        """The quarters to compare in: where the platform's waits rose, else the whole window."""
        worst, chance = self.wait_scan
        if worst is not None and chance < 1e-2:
            return worst.first, worst.last
        return self.first, self.last

    @property
    def waits_rose(self) -> bool:
        """Whether the platform's waits rose in the window at all."""
        worst, chance = self.wait_scan
        return worst is not None and chance < 1e-2

    # -- the harm ------------------------------------------------------------------------------------------

    @cached_property
    def harmed(self) -> Bools:
        """Which of the account's calls in the window are of the kind complained of.

        Busy: refused. Abandoned: never reached an agent. Long ring and long hold: rang, waited or were held
        long. Without a complaint: any of these.
        """
        calls, complaint = self.calls, self.scene.question.complaint
        inside = self.mine & self.inside(self.first, self.last)
        unserved = ~calls.answered
        rang = calls.ring > WAIT_FELT_S
        waited = (calls.queue > WAIT_FELT_S) | (calls.hold > WAIT_FELT_S) | (calls.wait > WAIT_FELT_S)
        kinds = {
            "busy": calls.ended("busy"),
            "abandoned": unserved,
            "long-ring": rang | (waited & ~(calls.hold > WAIT_FELT_S)),
            "long-hold": waited,
        }
        return np.asarray(inside & kinds.get(complaint, unserved | waited))

    def covered(self, first: int, last: int) -> float:
        """Return which part of the harm complained of lies in a stretch of trouble, 0 to 1.

        Over a week something else always went wrong, too: what did not touch the calls complained of explains
        little. Half a harmed call is added inside, half outside: one or two decide little, none leaves it
        open.
        """
        bins = self.bin[self.harmed]
        return float((((bins >= first - 1) & (bins < last + 1)).sum() + 0.5) / (len(bins) + 1))

    # -- every account in one stretch ----------------------------------------------------------------------

    def by_account(self, first: int, last: int, which: Bools | None = None) -> tuple[Floats, Floats, Floats]:
        """Return, per account, callers seen in these quarters, expected, and the dispersion.

        Callers: calls without second tries.

        Expected from the same times of the other weeks, leaning by half a week's worth on the account's usual
        share of what the platform usually has then.

        Parameters
        ----------
        first, last : int
            Quarters.
        which : array of bool, optional
            Calls to count in the stretch and in the past; all by default.
        """
        if which is not None:
            return self._by_account(first, last, which)
        of_all = once(self.scene, f"by-account {first} {last}", lambda: self._by_account(first, last, None))
        now, expected, spread = of_all
        return now.copy(), expected.copy(), spread.copy()

    def _by_account(self, first: int, last: int, which: Bools | None) -> tuple[Floats, Floats, Floats]:
        accounts = len(self.calls.accounts)
        known = self.calls.owned & ~self.calls.again
        if which is not None:
            known = known & which
        near = self.places(first, last)
        here = known[near] & (self.bin[near] >= first) & (self.bin[near] < last)
        now = np.bincount(self.calls.account[near][here], minlength=accounts).astype(float)
        wanted = np.bincount(self.grid.slot[first:last], minlength=WEEK_SLOTS).astype(float)
        weight = np.where(self.usual, wanted[self.grid.slot], 0.0)
        weeks = float(weight.sum()) / max(1.0, float(last - first))
        places = np.flatnonzero(known & self.usual_calls)  # others weigh nothing
        codes = self.calls.account[places]
        then = np.bincount(codes, weights=weight[self.bin[places]], minlength=accounts)
        always = np.bincount(codes, minlength=accounts)
        platform = float(self.offered_usual[first:last].sum())
        prior = always / max(1.0, float(always.sum())) * platform
        expected = np.maximum((then + 0.5 * prior) / (weeks + 0.5), 1e-3)
        spread = 0.05 + 1.0 / (then + 0.5 * prior + 1.0)
        return now, expected, np.asarray(spread)


def _answers(calls: Columns, bins: Ints, size: int) -> NDArray[np.unsignedinteger]:
    """Return :attr:`Load.answers`, in as few bytes as the most calls of a quarter need."""
    parts: list[NDArray[np.unsignedinteger]] = [np.zeros((0, size), dtype=np.uint8)]
    for first in range(0, len(calls.agents), FEW):
        last = min(first + FEW, len(calls.agents))
        which = np.flatnonzero(calls.answered & (calls.agent >= first) & (calls.agent < last))
        cells = (calls.agent[which] - first) * size + bins[which]
        counts = np.bincount(cells, minlength=(last - first) * size)
        parts.append(counts.astype(np.min_scalar_type(int(counts.max(initial=0)))).reshape(-1, size))
    return np.concatenate(parts)


def load(scene: Scene) -> Load:
    """Return the scene's Load, computed once."""
    known = scene.cache.get("checks.load")
    if isinstance(known, Load):
        return known
    made = Load(scene)
    scene.cache["checks.load"] = made
    return made


def once(scene: Scene, name: str, make: Callable[[], T]) -> T:
    """Return what is the same for every account that is asked of the scene's window, worked out for the first of them.

    Who asks several accounts of one window puts one dict into each one's cache, under ``window``; what is kept there is
    not changed.
    """
    shared = scene.cache.setdefault("window", {})
    if not isinstance(shared, dict):
        raise TypeError("what a scene's window shares is a dict")
    if name not in shared:
        shared[name] = make()
    found: T = shared[name]
    return found


def rows(scene: Scene, which: Bools) -> pd.DataFrame:
    """Return the first calls of a mask, with what an example needs."""
    return scene.case.calls[["call_id", "source_file", "source_line"]].iloc[np.flatnonzero(which)[:50]]


def name_of(scene: Scene, account: str) -> str:
    """Return an account's id with its name where known: ``1017 (Juniper Pediatrics)``."""
    accounts = scene.case.table("accounts")
    known = accounts.loc[accounts["account"] == account, "name"]
    return f"{account} ({known.iloc[0]})" if len(known) and pd.notna(known.iloc[0]) else account


def _us(when: Any) -> int:
    return int(pd.Timestamp(when).value // 1000)


def _smooth(values: Floats, day: int) -> Floats:
    """Add half an hour either side, around the clock within each block of ``day`` values."""
    blocks = values.reshape(-1, day)
    whole = sum((np.roll(blocks, shift, axis=1) for shift in (-2, -1, 1, 2)), start=blocks.copy())
    return np.asarray(whole.reshape(-1), dtype=np.float64)
