"""Stretches in which an account's callers waited and nobody came, while other accounts' callers reached an agent.

A call tells whether somebody served its caller where an agent answered it, or where the caller waited and then left: who left
within seconds would not have waited for anybody, and what ended in a recording, or was refused or cut, waited for nobody. A
caller's next try within the hour is no further caller.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._chance import after_looking, ramp, share_tail
from calltrace.diagnosis.checks._ongoing import has_both, learning, went_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._load import Load

NOBODY = 0.97
"""Share of callers who leave where nobody serves them: now and then somebody looks in, or a call is moved by hand."""

LEAST, MOST = 0.02, 0.95
"""Share of an account's callers who leave by mere chance, however good the weeks on record were, and the largest that is taken
for usual: where nearly all leave, that they all do is nothing new."""

RHO = 0.02
"""What two callers of one account have in common, beside what everybody's share with them then; as for dead ends."""

NEAR = 2
"""Quarters either side of a call in which other accounts' callers count as there at the same time."""

DRAWN_OTHERS, DRAWN_HOUR, DRAWN_OWN = 4.0, 4.0, 10.0
"""Calls' worth by which the others' share of the moment is drawn to their usual one, an account's share of an hour to that of all
its calls, and that to everybody's."""

BEYOND = 7 * 96
"""Quarters either side of what is asked in which the same trouble is followed: of few calls a day a day shows little."""

ANSWERED_BEFORE = 3
"""Answered calls, at the same hours, that show the account was ever served at them."""

ALWAYS, ALWAYS_CALLERS = 0.95, 10
"""Part of an account's callers who left, of so many at least, from which it has always been so."""

WORTH = math.log(100.0)
"""Log-likelihood ratio up to which a run of calls is not looked at any further: chance makes one in a hundred of them."""

ALIKE = 3
"""Callers of another account who left in a stretch, hardly one being answered, from which it was hit as well."""

MOST_OF_A_DAY = 80
"""Quarters from which a run is of no hours of the day in particular."""

DAYTIMES = 24.0
"""As many more looks it is to look at some hours of the day alone."""

EFFECTS = {"share": (0.8, 0.95), "callers": (2.0, 5.0), "quarters": (1.0, 4.0), "others": (0.5, 0.75), "beside": (2.0, 10.0)}
"""Where each of these begins to count, and counts fully: the part of the callers who left; the callers and the quarter hours they
are spread over, for one bad moment is none; the part of the others' who were answered meanwhile, and how many those are."""

PATIENCE, PATIENCE_ALWAYS = (1.1, 1.5), (1.5, 2.2)
"""Times the median wait that one caller in ten waited at least, from which on they waited as long as each could, and not up to
the end of a greeting or until their own office picked up; and the same where it has always been so."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of an account's calls, those at ``places``, in which hardly any caller reached an agent.

    ``lost`` of ``callers`` left after a wait of ``wait_s`` at the median; of the other accounts' ``others`` at the same times an
    agent answered ``others_answered``. ``usual`` is the share of the account's that usually leaves at those hours, by what is
    outside the stretch; ``chance`` that of so many leaving by it, after looking; ``effect``, 0 to 1, how plain it is. ``hours``
    are two instants (UTC) of one day between whose times of day it was so, on that day and others, None where it was so at any
    time. ``always`` says that it has been so in all the records. ``before`` and ``after`` are the places
    of the calls nearest to it, at those hours, that an agent answered, -1 for none.
    """

    places: Ints
    lost: int
    callers: int
    wait_s: float
    others: int
    others_answered: int
    usual: float
    chance: float
    effect: float
    hours: tuple[pd.Timestamp, pd.Timestamp] | None
    always: bool
    before: int
    after: int

    @property
    def first(self) -> int:
        """The place of its first call, of a caller who left."""
        return int(self.places[0])

    @property
    def last(self) -> int:
        """The place of its last call, of a caller who left."""
        return int(self.places[-1])


class Served:
    """Which calls tell whether their callers were served, and how everybody's fared quarter by quarter."""

    def __init__(self, view: Load, soon_s: float) -> None:
        self.view, calls = view, view.calls
        waited = calls.wait > soon_s
        self.left = calls.ended_as(("abandoned", "no_answer")) & waited & ~calls.again
        self.told = calls.answered | self.left
        self.left_in, self.told_in = view.per_quarter(self.left), view.per_quarter(self.told)
        past = learning(view, self.left_in, self.told_in)
        self.share = past.usual_share(self.left_in, self.told_in)
        self.left_near, self.told_near = _near(self.left_in), _near(self.told_in)
        self.patient_s = soon_s if math.isnan(calls.patience) else max(soon_s, calls.patience)
        """A wait after which three in four of those whom an agent answers are through."""
        usual = past.usual_calls
        self.everyone = float((self.left & usual).sum() + 0.5) / float((self.told & usual).sum() + 10.0)

    def is_client(self, account: int) -> bool:
        """Say whether an account is a service's client, by the accounts table or by agents who answer others as well.

        An extension of a switch is its own agent: where it does not answer somebody is away, and no queue is left unserved.
        """
        return self.view.calls.accounts[account] in self._listed or bool(self._shared[account])

    def ever(self, account: int) -> bool:
        """Say whether an account was ever served in all the records: a few answers do not make it so."""
        return bool(self._answered[account] >= ANSWERED_BEFORE)

    @cached_property
    def _answered(self) -> Ints:
        calls = self.view.calls
        return np.bincount(calls.account[calls.answered & calls.owned], minlength=len(calls.accounts))

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(self.view.scene.case.table("accounts")["account"].dropna().astype(str))

    @cached_property
    def _shared(self) -> Bools:
        calls, size = self.view.calls, len(self.view.calls.accounts)
        known = np.flatnonzero(calls.answered & (calls.agent >= 0) & calls.owned)
        agent, account = np.divmod(np.unique(calls.agent[known] * size + calls.account[known]), size)
        several = np.bincount(agent, minlength=len(calls.agents)) > 1
        return np.asarray(np.bincount(account[several[agent]], minlength=size) > 0)


@dataclass(frozen=True)
class _Own:
    """One account's calls that tell, in order of time, and the share of the others' callers who leave about each of them."""

    served: Served
    places: Ints
    left: Bools
    bins: Ints
    others: Floats

    def usual(self, outside: Bools) -> Floats:
        """Return, for each call, the share of callers expected to leave: the account's by those ``outside``, or the others'."""
        outside = self._not_gone_on(outside)
        hours = self.served.view.grid.day[self.bins] // 4
        of_all = (float((self.left & outside).sum()) + DRAWN_OWN * self.served.everyone) / (int(outside.sum()) + DRAWN_OWN)
        left, told = (
            _hourly(np.bincount(hours[which], minlength=72).astype(float)) for which in (self.left & outside, outside))
        own = (left + DRAWN_HOUR * of_all) / (told + DRAWN_HOUR)
        return np.clip(np.maximum(own[hours], self.others), LEAST, MOST)

    def _not_gone_on(self, outside: Bools) -> Bools:
        """Return those of the calls ``outside`` that say what is usual: those before the window, where it goes on after it."""
        view = self.served.view
        if not has_both(view):
            return outside
        past, later = outside & (self.bins < view.until), outside & (self.bins >= view.since)
        k, n, k_later, n_later = (np.array([float(np.count_nonzero(which))]) for which in (
            past & self.left, past, later & self.left, later))
        return past if went_on(view, (k, n), (k_later, n_later))[0] else outside

    def within(self, first: int, last: int) -> Bools:
        """Return which calls lie in these quarters."""
        return np.asarray((self.bins >= first) & (self.bins < last))

    def at_hours(self, first: int, last: int) -> Bools:
        """Return which calls came, on any day, at the times of day from one quarter to another."""
        return np.asarray((self.bins - first) % 96 <= last - first)


def new(served: Served, account: int, first: int, last: int) -> Iterator[Stretch]:
    """Yield the stretches of an account's calls that reach into the quarters from ``first`` to before ``last``, the worst first.

    By what is usual of the account at those hours: what has always been so is none. A stretch is followed up to a week
    (:data:`BEYOND`) beyond, and one of some hours of the day on to the same hours of other days.
    """
    own = _own(served, account)
    inside, free = own.within(first, last), own.within(first - BEYOND, last + BEYOND)
    apart = ~inside if (~inside).sum() >= inside.sum() else np.ones(len(inside), dtype=bool)
    gain = _gain(own, own.usual(apart))
    looks = float(free.sum())
    while len(run := _worst(gain, inside & free, free)):
        if gain[run].sum() < WORTH:
            free[run] = False
            continue
        found = _stretch(own, run, np.ones(len(free), dtype=bool), looks)
        daily = _daily(own, gain, run, inside & free, free)
        if daily is not None and len(daily[0]) > len(run):
            longer, hours = daily
            other = _stretch(own, longer, own.at_hours(*hours), DAYTIMES * looks, hours)
            found, run = (other, longer) if other.chance < found.chance else (found, run)
        free[run] = False
        if not found.always:
            yield found


def always(served: Served, account: int, first: int, last: int) -> Stretch | None:
    """Return the stretch of all the records, or of some hours of the day in all of them, that reaches into these quarters."""
    own = _own(served, account)
    inside, whole = own.within(first, last), np.ones(len(own.bins), dtype=bool)
    gain = _gain(own, np.clip(own.others, LEAST, MOST))
    run = _worst(gain, inside, whole)
    if not len(run):
        return None
    daily = _daily(own, gain, run, inside, whole)
    if daily is None:
        found = _stretch(own, run, whole, float(len(whole)))
    else:
        run, hours = daily
        found = _stretch(own, run, own.at_hours(*hours), float(len(whole)), hours)
    return found if found.always else None


def alike(served: Served, account: int, stretch: Stretch) -> list[tuple[int, int, int]]:
    """Return the other accounts hardly one of whose callers reached an agent then either, and how many left of how many."""
    calls, bins = served.view.calls, served.view.bin
    low, high = int(calls.at[stretch.first]), int(calls.at[stretch.last])
    there = served.told & calls.owned & (calls.at >= low) & (calls.at <= high) & (calls.account != account)
    if stretch.hours is not None:
        first, last = (served.view.grid.bin(np.array([at.value // 1000]))[0] for at in stretch.hours)
        there &= (bins - first) % 96 < last - first
    size = len(calls.accounts)
    of, left = (np.bincount(calls.account[which], minlength=size) for which in (there, there & served.left))
    some = np.flatnonzero((left >= ALIKE) & (left >= ALWAYS * of))
    return [(row, int(left[row]), int(of[row])) for row in some[np.argsort(-left[some], kind="stable")].tolist()]


def _own(served: Served, account: int) -> _Own:
    view = served.view
    places = np.flatnonzero(served.told & (view.calls.account == account))
    bins, left = view.bin[places], served.left[places]
    size = view.grid.size
    told_near, left_near = (_near(np.bincount(b, minlength=size).astype(float)) for b in (bins, bins[left]))
    n = served.told_near[bins] - told_near[bins]
    k = served.left_near[bins] - left_near[bins]
    share = (k + DRAWN_OTHERS * served.share[bins]) / (n + DRAWN_OTHERS)
    return _Own(served, places, left, bins, np.asarray(share, dtype=np.float64))


def _gain(own: _Own, usual: Floats) -> Floats:
    """Return how far each call speaks for nobody serving the account (log-likelihood ratio)."""
    return np.asarray(np.where(own.left, np.log(NOBODY / usual), np.log((1.0 - NOBODY) / (1.0 - usual))))


def _worst(gain: Floats, inside: Bools, free: Bools) -> Ints:
    """Return the run of ``free`` calls that speaks most for nobody serving them; empty where none does.

    The worst run of those ``inside``, and what lies before and after it and speaks for it as well.
    """
    those = np.flatnonzero(free)
    value = gain[those]
    best, total, begun, span = 0.0, 0.0, 0, (0, 0)
    for k, (one, asked) in enumerate(zip(value.tolist(), inside[those].tolist(), strict=True)):
        if total <= 0.0 or not asked:
            total, begun = 0.0, k if asked else k + 1
        total += one if asked else 0.0
        if total > best:
            best, span = total, (begun, k + 1)
    if best <= 0.0:
        return those[:0]
    first, last = span
    return those[first - _further(value[:first][::-1], best) : last + _further(value[last:], best)]


def _daily(
    own: _Own, gain: Floats, run: Ints, inside: Bools, free: Bools
) -> tuple[Ints, tuple[int, int]] | None:
    """Return the run of calls at the times of day of another, on that day and others, and the quarters between which those lie.

    None where that run lasts for most of a day, or longer, or its hours were served on other days.
    """
    first, last = int(own.bins[run[0]]), int(own.bins[run[-1]])
    if last - first >= MOST_OF_A_DAY:
        return None
    alike = own.at_hours(first, last)
    longer = _worst(gain, inside & alike, free & alike)
    # one who gave up at another hour of that day makes them no hours of it
    by_time = np.bincount((own.bins[longer] - first) % 96, weights=gain[longer], minlength=96)
    every = np.ones(96, dtype=bool)
    times = _worst(np.asarray(by_time, dtype=np.float64), every, every)
    if not len(times):
        return None
    hours = first + int(times[0]), first + int(times[-1])
    alike = own.at_hours(*hours)
    longer = _worst(gain, inside & alike, free & alike)
    return (longer, hours) if len(longer) else None


def _further(value: Floats, worth: float) -> int:
    """Return how many more calls speak for the same, of those that follow on end.

    What speaks against it on the way must be less than it is ``worth``: a caller who gave up an hour after a trouble is none of
    its.
    """
    sums = np.cumsum(value)
    sums = sums[: int(np.argmax(sums < -worth))] if (sums < -worth).any() else sums
    return int(np.argmax(sums)) + 1 if len(sums) and sums.max() > 0 else 0


def _stretch(own: _Own, run: Ints, alike: Bools, looks: float, hours: tuple[int, int] | None = None) -> Stretch:
    """Judge a run of an account's calls, of those ``alike``: all, or those of the times of day from one quarter to another."""
    served, calls = own.served, own.served.view.calls
    outside = np.ones(len(own.places), dtype=bool)
    outside[run] = False
    lost = own.places[run][own.left[run]]
    others, answered = _beside(own, own.bins[run])
    same = outside & alike
    so = (len(lost) + int((same & own.left).sum())) / (len(run) + int(same.sum()))
    of = len(run) + int(same.sum())
    whole = of >= ALWAYS_CALLERS and so >= ALWAYS and int((same & ~own.left).sum()) < ANSWERED_BEFORE
    usual = np.clip(own.others, LEAST, MOST) if whole else own.usual(outside)
    usual_share = float(usual[run].mean())
    before, after = (np.flatnonzero(alike & ~own.left & beyond) for beyond in (
        np.arange(len(alike)) < run[0], np.arange(len(alike)) > run[-1]))
    wait_s, longer_s = (float(s) for s in np.quantile(calls.wait[lost], (0.5, 0.9)))
    effect = _effect(served, lost, len(run), wait_s, (others, answered))
    effect *= ramp(longer_s / wait_s, *(PATIENCE_ALWAYS if whole else PATIENCE))
    return Stretch(
        places=own.places[run], lost=len(lost), callers=len(run), wait_s=wait_s, others=others, others_answered=answered,
        usual=usual_share, chance=after_looking(share_tail(len(lost), len(run), usual_share, RHO), looks),
        effect=effect,
        hours=None if hours is None else (served.view.grid.at(hours[0]), served.view.grid.at(hours[1] + 1)), always=whole,
        before=int(own.places[before[-1]]) if len(before) else -1, after=int(own.places[after[0]]) if len(after) else -1)


def _effect(served: Served, lost: Ints, callers: int, wait_s: float, others: tuple[int, int]) -> float:
    """Return how plain it is that nobody served them, 0 to 1, whatever the chance (:data:`EFFECTS`)."""
    ani = served.view.calls.ani.iloc[lost]
    seen = {
        "share": len(lost) / callers,
        "callers": float(ani.nunique() + ani.isna().sum()),
        "quarters": float(len(np.unique(served.view.bin[lost]))),
        "others": others[1] / max(1, others[0]),
        "beside": float(others[0]),
    }
    return math.prod(ramp(value, *EFFECTS[name]) for name, value in seen.items()) * ramp(
        wait_s, served.patient_s, 2.0 * served.patient_s)


def _beside(own: _Own, bins: Ints) -> tuple[int, int]:
    """Return how many of the others' calls tell at the times of these calls, and how many of those an agent answered."""
    served = own.served
    near = np.zeros(len(served.told_in), dtype=bool)
    for shift in range(-NEAR, NEAR + 1):
        near[np.clip(bins + shift, 0, len(near) - 1)] = True
    told, left = (float(of[near].sum()) for of in (served.told_in, served.left_in))
    mine = near[own.bins]
    n, k = told - float(mine.sum()), left - float((mine & own.left).sum())
    return round(n), round(n - k)


def _near(counts: Floats) -> Floats:
    """Return the calls of each quarter and of :data:`NEAR` either side."""
    sums = counts.copy()
    for shift in range(1, NEAR + 1):
        sums[shift:] += counts[:-shift]
        sums[:-shift] += counts[shift:]
    return sums


def _hourly(counts: Floats) -> Floats:
    """Return the calls of each hour of the day and of those next to it, for weekdays, Saturdays and Sundays each."""
    days = counts.reshape(-1, 24)
    return np.asarray((days + np.roll(days, 1, axis=1) + np.roll(days, -1, axis=1)).reshape(-1), dtype=np.float64)
