"""Days that were off for clients with quieter Sundays: on a working day most of them had hardly a call.

A public holiday keeps away the callers of those whom Sundays keep away as well, each as far as it does: a client that is
rung on Sundays too, only less, may have none at all on a holiday, entered or not; who is as busy on Sundays as ever is not
asked, nor heard. So may what befalls all of them at once, a storm or part of the calls lost. One number's route is not what
silenced a client on such a day, and nobody's staff.

What looks the same: a trunk group, or a carrier's block of numbers, that is down all day. Clients beside it, of other groups
and blocks, must have had as few; and clients that fell silent within minutes of each other, and rang again so, had an
outage (:mod:`calltrace.diagnosis.together`).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.gaps import SETTLED
from calltrace.diagnosis.together import span_of, together
from calltrace.normal.intervals import instants, to_us
from calltrace.tables import phones, times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.diagnosis.gaps import Gap
    from calltrace.diagnosis.scene import Scene
    from calltrace.normal.rhythm import Rhythm
    from calltrace.normal.rhythms import Rhythms

QUIETER = 0.5
"""Part of an ordinary working day's calls that a client has at most on a Sunday, for a day off to keep its callers away."""

LATELY = pd.Timedelta(days=84)
"""The time that is counted for it."""

OFTEN = 0.25
"""Part of the calls of its busiest hour of the day from which an hour is one that the account's calls come in."""

TELLING, HARDLY = 3.0, 0.2
"""Calls to be expected of another client in those hours for it to tell, and the share of them up to which it had hardly any."""

LEAST, MOST = 3, 0.6
"""Other clients that must have had hardly any, and their share of those that tell."""

SOME = 0.5
"""Calls to be expected of the part of a silence that lies in a day, for the day to be looked at."""

BESIDE = 10**-SETTLED
"""Chance of no call in the rest of a silence, below which something else kept the calls away as well."""


@dataclass(frozen=True)
class DayOff:
    """The other clients that should have had calls in the hours of a silence: how many of them, and how many had hardly any.

    They are offices without calls on Sundays, or, where the day's ``start`` (UTC) is told, clients with fewer on Sundays.
    """

    offices: int
    closed: int
    start: pd.Timestamp | None = None


def off_day(scene: Scene, own: Gap) -> DayOff | None:
    """Return how the clients with quieter Sundays fared on the days off that explain the account's silence; None for no such.

    Of several days the one that cost the silence most. The rest of the silence must be no surprise.
    """
    rhythm = scene.baseline.of("account", scene.account.account)
    found: list[tuple[float, DayOff]] = []
    rest: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for midnight, next_ in pairwise(times.day_edges(own.start, own.end, scene.own_zone)):
        start, end = max(midnight, own.start), min(next_, own.end)
        lost = rhythm.expected(start, end)
        one = _off(scene, rhythm, (midnight, next_), (start, end)) if lost >= SOME else None
        if one is not None:
            found.append((lost, one))
        elif rest and rest[-1][1] == start:
            rest[-1] = (rest[-1][0], end)
        else:
            rest.append((start, end))
    if not found or math.prod(rhythm.chance_of_none(*piece) for piece in rest) < BESIDE:
        return None
    return max(found, key=lambda one: one[0])[1]


def _off(
    scene: Scene, rhythm: Rhythm, day: tuple[pd.Timestamp, pd.Timestamp], silent: tuple[pd.Timestamp, pd.Timestamp]
) -> DayOff | None:
    """Return how the others fared on a day, in the hours at which the account usually has calls; None where it was not off."""
    spans = _hours(rhythm, day)
    if not spans or sum(rhythm.count(*s) for s in spans) > HARDLY * sum(rhythm.expected(*s) for s in spans):
        return None  # the account itself had its calls before the silence, or after it
    others = scene.baseline.all("account", [a for a in scene.baseline.accounts if a != scene.account.account])
    expected, came = np.zeros(len(others)), np.zeros(len(others))
    for span in spans:
        expected, came = expected + others.expected(*span), came + others.count(*span)
    able = expected >= TELLING
    closed = able & (came <= HARDLY * expected)
    if closed.sum() < LEAST or not _quieter(rhythm):  # most days
        return None
    able &= _alike(others, able)
    closed &= able
    beside = _beside(scene, others)
    if not _most(able, closed) or ((able & beside).sum() >= LEAST and not _most(able & beside, closed & beside)):
        return None
    names = [name for name, was in zip(others.keys, closed, strict=True) if was]
    return None if _at_once(scene, names, silent) else DayOff(int(able.sum()), int(closed.sum()), day[0])


def _hours(rhythm: Rhythm, day: tuple[pd.Timestamp, pd.Timestamp]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the spans of a day in which the account's calls usually come, as far as the records reach."""
    hours = pd.date_range(*day, freq="h")
    edges = hours.as_unit("us").asi8
    usual = rhythm.between(edges[:-1], np.minimum(edges[1:], rhythm.last))
    if not usual.any():
        return []
    told = np.flatnonzero(np.diff(np.concatenate([[False], usual >= OFTEN * usual.max(), [False]]).astype(int)))
    last = pd.Timestamp(rhythm.last, unit="us", tz="UTC")
    return [(hours[a], min(hours[b], last)) for a, b in told.reshape(-1, 2)]


def _most(able: NDArray[np.bool_], closed: NDArray[np.bool_]) -> bool:
    return bool(closed.sum() >= LEAST and closed.sum() >= MOST * able.sum())


def _alike(others: Rhythms, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.array([bool(was) and _quieter(r) for r, was in zip(others, asked, strict=True)], dtype=bool)


def _quieter(rhythm: Rhythm) -> bool:
    """Say whether a client has far fewer calls on Sundays than on working days, by its own calls lately."""
    lately = rhythm.calls[np.searchsorted(rhythm.calls, rhythm.last - LATELY // pd.Timedelta(microseconds=1)) :]
    if not len(lately):
        return False
    each = np.bincount(instants(lately).tz_convert(rhythm.zone).day_of_week, minlength=7)
    return bool(each[6] <= QUIETER * each[:5].mean())


def _beside(scene: Scene, others: Rhythms) -> NDArray[np.bool_]:
    """Return which of the others come in on another trunk group than the account, and on numbers of other blocks."""
    case, own = scene.case, scene.account
    blocks = {phones.block_of(n) for n in own.numbers} - {""}
    groups = case.pairs("account", "trunk_group")
    numbers = case.pairs("account", "dnis")
    shared = set(groups.loc[groups["trunk_group"].isin(own.trunk_groups), "account"].astype(str))
    dialled = numbers[numbers["dnis"].notna()]
    shared |= {str(a) for a, n in zip(dialled["account"], dialled["dnis"], strict=True) if phones.block_of(str(n)) in blocks}
    return np.array([name not in shared for name in others.keys], dtype=bool)


def _at_once(scene: Scene, names: list[str], silent: tuple[pd.Timestamp, pd.Timestamp]) -> bool:
    """Say whether the account fell silent and rang again together with some of these: that is an outage, and no day off."""
    baseline, own = scene.baseline, scene.account.account
    middle = (to_us(silent[0]) + to_us(silent[1])) // 2
    spans = {a: span for a in (own, *names) if (span := span_of(baseline.of("account", a), middle)) is not None}
    return own in spans and together(baseline, own, spans) is not None
