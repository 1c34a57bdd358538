"""What clears a client, or a carrier, of an account's silence: the records show where its calls went, or that they had gone.

A silence of everybody that the account's own lies in, a day on which most offices had no calls, most of its calls lost weeks
before, or one number's calls that came to another: whoever is named for such a silence is named wrongly.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.gaps import SETTLED, Gap, gaps
from calltrace.diagnosis.off_days import DayOff, off_day
from calltrace.diagnosis.scene import Scene
from calltrace.diagnosis.taken_over import taken_over

if TYPE_CHECKING:
    from calltrace.normal.rhythm import Rhythm

COVERED = 0.6
"""Part of the calls an account's silence cost that a silence of everybody must have cost it, to be why it was silent."""

LEAST_SILENT = 3
"""Other accounts that a silence of everybody must have hit: two may be silent together for reasons of their own."""

BESIDE = 0.01
"""Chance of no call in the rest of it, below which something else kept them away as well."""

LATELY = pd.Timedelta(days=7), pd.Timedelta(days=14)
"""Beside a silence: how many calls came there says whether it fell into the account's usual, or what had become of that."""

LATER, LEAST_LATER = pd.Timedelta(days=28), pd.Timedelta(days=14)
"""After it a longer time is looked at as well, and the least of it: of few calls a week says little of the level."""

FADED, LEAST_BEFORE = 1 / 3, 10.0
"""Share of its usual calls that an account had at most in that time, beyond chance, and what must have been usual."""

SUNDAY = 0.1
"""Part of its busiest day's calls that an office has at most on a Sunday."""

OFTEN = 0.25
"""Part of the calls of its busiest hour in a silence from which an hour is one that the account's calls come in."""

TELLING, HARDLY = 3.0, 0.2
"""Calls to be expected of another office for it to tell, and the share of them up to which it was closed."""

MOST = 0.6
"""Share of the offices that must have been closed for the day to have been off: of three in ten the carrier may be asked."""

LONGEST = pd.Timedelta(days=10)
"""A silence longer than any holidays."""


def explained(scene: Scene) -> Gap | None:
    """Return the silence of everybody, or of everybody on the trunk group, that explains the account's own; else None.

    It would have been silent then whatever its staff did: when its own silence began and ended tells nothing of them.
    """
    found = gaps(scene)
    own = found.focus
    if own is None or own.expected <= 0:
        return None
    baseline = scene.baseline
    rhythm = baseline.of("number", found.number) if found.number else baseline.of("account", scene.account.account)
    for trunk, gap in ((True, found.pool), (False, found.platform)):
        if gap is None or not gap.shared:
            continue
        start, end = max(own.start, gap.start), min(own.end, gap.end)
        if start >= end or rhythm.expected(start, end) < COVERED * own.expected:
            continue
        rest = math.prod(rhythm.chance_of_none(a, b) for a, b in ((own.start, start), (end, own.end)) if a < b)
        if rest >= BESIDE and _silent(scene, gap, trunk=trunk) >= LEAST_SILENT:
            return gap
    return None


@dataclass(frozen=True)
class Beside:
    """What the time beside a silence brought: from when to when, and how many calls of those to be expected.

    It begins or ends with the silence, or lies on both sides of it. ``stopped`` is how many calls the silence would have
    brought at that level, where it is a surprise of so few as well: None where it is none.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    came: int
    expected: float
    stopped: float | None = None


def faded(scene: Scene) -> Beside | None:
    """Return the week or two before the silence, or the time after it or around it, where the account had lost most of its calls.

    None unless the silence is no surprise of as many as were left: what is to be explained is not the silence, but what took
    the others away. A client whose season is over, or that is leaving, has calls before and after its longest gap, and few;
    or they dwindle first, and then stop for a week and more, up to the end of the records. A fault does not begin by halves.
    """
    found = gaps(scene)
    own = found.focus
    if own is None:
        return None
    baseline = scene.baseline
    rhythm = baseline.of("number", found.number) if found.number else baseline.of("account", scene.account.account)
    first, last = scene.case.extent.first, scene.case.extent.last
    week = LATELY[0]
    before = [(max(own.start - length, first), own.start) for length in LATELY]
    after, later = ((own.end, min(own.end + length, last)) for length in (week, LATER))
    told_later = [[later]] if later[1] - later[0] >= LEAST_LATER else []
    for sides in (before[:1], before[1:], [after], *told_later, [before[0], after]):
        told = [(a, b) for a, b in sides if a < b]
        expected, came = sum(rhythm.expected(*side) for side in told), sum(rhythm.count(*side) for side in told)
        if len(told) < len(sides) or expected < LEAST_BEFORE or came > FADED * expected:
            continue
        if math.prod(rhythm.chance(*side, rhythm.count(*side), platform=True) for side in told) > 10**-SETTLED:
            continue
        share = min(1.0, (came + 2.0 * math.sqrt(came) + 1.0) / expected)
        beside = Beside(told[0][0], told[-1][1], came, expected)
        if rhythm.chance(own.start, own.end, 0, share=share) > 10**-SETTLED:
            return beside
        if own.open_end and own.end - own.start >= week and beside.end <= own.start:
            return replace(beside, stopped=own.expected * came / expected)
    return None


def moved(scene: Scene) -> tuple[int, float] | None:
    """Return the calls that the account's other numbers took while one was silent, and their usual, where the calls moved there.

    None where they had not so many more: a number that was given up, or that callers were told not to dial, loses no call.
    """
    found = gaps(scene)
    own = found.focus
    if own is None or not found.number:
        return None
    return taken_over(
        scene.baseline, scene.account.account, found.ringing_numbers, own.start, own.end, own.expected)


def day_off(scene: Scene) -> DayOff | None:
    """Return how many other offices had no calls either while an office was silent, where most of them had not; else None.

    An office is who has hardly a call on Sundays, by its own calls. Where most of them, whatever trunk group they come in
    on, have hardly any call on a working day, it was a holiday that nobody entered. Only the hours count at which the
    account usually has calls: what the others had while it is closed anyway says nothing. Of clients that have fewer calls on
    Sundays, and some, whole days are asked (:mod:`calltrace.diagnosis.off_days`).
    """
    found = scene.cache.get("day off")
    if found is None:
        found = scene.cache["day off"] = _day_off(scene) or False
    return found if isinstance(found, DayOff) else None


def _day_off(scene: Scene) -> DayOff | None:
    own = gaps(scene).focus
    if own is None or own.end - own.start > LONGEST or explained(scene) is not None:
        return None
    rhythm = scene.baseline.of("account", scene.account.account)
    offices = _offices_off(scene, own, rhythm) if _is_office(rhythm) else None
    return offices or off_day(scene, own)


def _offices_off(scene: Scene, own: Gap, rhythm: Rhythm) -> DayOff | None:
    first, last = own.start.floor("h"), own.end.ceil("h")
    hours = pd.date_range(first, last, freq="h")
    usual = np.array([rhythm.expected(a, b) for a, b in pairwise(hours)])
    if not usual.any():
        return None
    told = np.flatnonzero(np.diff(np.concatenate([[False], usual >= OFTEN * usual.max(), [False]]).astype(int)))
    spans = [(max(hours[a], own.start), min(hours[b], own.end)) for a, b in told.reshape(-1, 2)]
    others = scene.baseline.all("account", [a for a in scene.baseline.accounts if a != scene.account.account])
    expected, came = np.zeros(len(others)), np.zeros(len(others))
    for a, b in spans:
        expected, came = expected + others.expected(a, b), came + others.count(a, b)
    offices = np.array([_is_office(r) for r in others], dtype=bool) & (expected >= TELLING)
    closed = offices & (came <= HARDLY * expected)
    if closed.sum() < LEAST_SILENT or closed.sum() < MOST * offices.sum():
        return None
    return DayOff(int(offices.sum()), int(closed.sum()))


def _is_office(rhythm: Rhythm) -> bool:
    """Say whether a client has hardly a call on Sundays, of an ordinary week."""
    week = rhythm.rates.reshape(7, -1).sum(axis=1)
    return bool(week.any() and week[6] <= SUNDAY * week.max())


def _silent(scene: Scene, gap: Gap, *, trunk: bool) -> int:
    """Return how many other accounts usually have a call in a gap of the pool's."""
    pairs = scene.case.pairs("account", "trunk_group")
    of_group = pairs["trunk_group"].isin(scene.account.trunk_groups)
    named = pairs.loc[of_group, "account"] if trunk else pd.Series(scene.case.codes("account")[1])
    others = sorted({str(a) for a in named} - {scene.account.account})
    return int((scene.baseline.expected_of("account", others, gap.start, gap.end) >= 1.0).sum())
