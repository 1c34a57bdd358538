"""Accounts that fell silent together and took calls again together, while the others went on: one trouble of what they share.

A trunk group that is down silences its accounts, and many switches write no trunk group's name. Clients forward and close
each for itself; that several of them stop within minutes and ring again within minutes, amid hours that bring all of them
calls, is no client's doing. What looks the same: hours of closing that offices have in common, a night, a holiday, an early
end of the day. Such a silence begins or ends where few calls come anyway, and is left out however unlikely chance makes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.normal.intervals import BIN, instant

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Floats
    from calltrace.normal.baseline import Baseline
    from calltrace.normal.rhythm import Rhythm

LEAST = 3
"""Accounts that must be silent together: two may be for reasons of their own."""

ALONE = 0.01
"""Chance of its own silence, of an account by itself, up to which it is one of them."""

ALIKE = 0.7
"""Part of the calls that an account's own silence cost which the time shared by all must have cost."""

BESIDE = 0.01
"""Chance of no call between an account's last call and the beginning of that time, or between its end and the account's
first one, below which it fell silent, or rang again, apart from the others."""

SLACK = 1e-9
"""Relative error of what is expected, and more."""

SETTLED = 6.0
"""-log10 of the chance of all their silences at once, paid for who and when they might have been, from which it is none."""

LOW = 0.2
"""Part of their busiest half hour's calls up to which an hour is one in which they are closed, or might as well be."""

AMID = 4.6
"""Calls to be expected of them between an edge of the silence and the nearest hour of few calls within it, from which
closing hours do not explain that edge: chance leaves so many out once in a hundred times."""

WENT_ON, OTHERS = 0.5, 10.0
"""Share of their usual calls that the other accounts must have had meanwhile, and how many must have been usual: else
everybody was silent, or nobody can tell."""

Span = tuple[int, int]
"""From an account's last call before a silence to its first one after it; microseconds since 1970 UTC."""


@dataclass(frozen=True)
class Together:
    """Accounts silent together, those that lost most first, with the calls each usually has from ``start`` to ``end`` (UTC).

    ``start`` is the last call of any of them before, ``end`` the first one after; ``came`` of the ``usual`` calls of the
    other accounts came meanwhile; ``score`` is -log10 of the chance, corrected.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    expected: Mapping[str, float]
    came: int
    usual: float
    score: float

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts, those that lost most first."""
        return tuple(self.expected)


def span_of(rhythm: Rhythm, middle: int) -> Span | None:
    """Return an account's silence around an instant; None where it had no call before it, or none after it."""
    place = int(np.searchsorted(rhythm.calls, middle))
    if not 0 < place < len(rhythm.calls):
        return None
    return int(rhythm.calls[place - 1]), int(rhythm.calls[place])


def together(baseline: Baseline, anchor: str, spans: Mapping[str, Span]) -> Together | None:
    """Return the accounts silent together with one of them, that among them; None where that may be chance, or closing hours.

    ``spans`` are the silences to be compared, the ``anchor``'s among them, by account.
    """
    each = baseline.all("account", spans)
    # the chance of none is no less than chance alone, without days that stray, leaves it
    able = each.expected_each(*np.array([*spans.values()], dtype=np.int64).T) >= -math.log(ALONE) * (1.0 - SLACK)
    rhythms = {r.key: r for r, may in zip(each, able, strict=True) if may and _chance(r, spans[r.key]) <= ALONE}
    found = _members(rhythms, spans, anchor) if anchor in rhythms else None
    if found is None:
        return None
    members, (low, high) = found
    start, end = instant(low), instant(high)
    every = baseline.all("account", baseline.accounts)
    score = sum(-math.log10(max(_chance(rhythms[name], (low, high)), 1e-300)) for name in members) - _looks(
        baseline, len(members))
    if score < SETTLED or not _amid([rhythms[name] for name in members], low, high):
        return None
    expected, counts = every.expected(start, end), every.count(instant(low + 1), end)
    rest = np.array([name not in members for name in every.keys])
    came, usual = int(counts[rest].sum()), float(expected[rest].sum())
    if usual < OTHERS or came < WENT_ON * usual:
        return None
    lost = {name: float(rhythms[name].expected(start, end)) for name in members}
    return Together(start, end, {a: lost[a] for a in sorted(lost, key=lambda a: (-lost[a], a))}, came, usual, score)


def worth(baseline: Baseline, logs: Sequence[float]) -> bool:
    """Say whether silences of these chances (log10, one an account) may be beyond chance together, were they one."""
    sums = np.cumsum(-np.sort(logs))
    return any(sums[many - 1] - _looks(baseline, many) >= SETTLED for many in range(LEAST, len(logs) + 1))


def _looks(baseline: Baseline, many: int) -> float:
    """Return what is paid (log10) for who so many accounts, and when it, might have been."""
    return math.log10(math.comb(len(baseline.accounts), many)) + math.log10(1.0 + baseline.of("platform").calls_per_day)


def _chance(rhythm: Rhythm, span: Span) -> float:
    """Return the chance of no call in a time, however busy the platform was."""
    return max(rhythm.chance_of_none(instant(span[0]), instant(span[1]), platform=p) for p in (False, True))


def _members(rhythms: Mapping[str, Rhythm], spans: Mapping[str, Span], anchor: str) -> tuple[list[str], Span] | None:
    """Return the accounts whose silences are one with the anchor's, and the time all of them share; None for too few."""
    own = spans[anchor]
    members = [anchor]
    for name, rhythm in rhythms.items():
        one = spans[name]
        core = max(own[0], one[0]), min(own[1], one[1])
        if name != anchor and not (_apart(rhythm, one, core) or _apart(rhythms[anchor], own, core)):
            members.append(name)
    while len(members) >= LEAST:
        core = max(spans[m][0] for m in members), min(spans[m][1] for m in members)
        apart = [m for m in members if core[0] >= core[1] or _apart(rhythms[m], spans[m], core)]
        if not apart:
            return members, core
        if anchor not in apart:
            members = [m for m in members if m not in apart]
            continue
        # of those that make the time too short for the one that is asked about the one that makes it shortest
        sides = {m: max(spans[m][0] - own[0], own[1] - spans[m][1]) for m in members if m != anchor}
        members.remove(max(sides, key=lambda m: (sides[m], m)))
    return None


def _apart(rhythm: Rhythm, own: Span, core: Span) -> bool:
    """Say whether an account's silence lasted longer than the core, beyond chance, or cost most of its calls outside it."""
    if core[0] >= core[1]:
        return True
    start, end = instant(core[0]), instant(core[1])
    if rhythm.expected(start, end) < ALIKE * rhythm.expected(instant(own[0]), instant(own[1])):
        return True
    sides = ((own[0], core[0]), (core[1], own[1]))
    return any(a < b and rhythm.chance_of_none(instant(a), instant(b)) < BESIDE for a, b in sides)


def _amid(rhythms: list[Rhythm], low: int, high: int) -> bool:
    """Say whether a silence both began and ended amid hours in which the accounts have calls.

    From either edge many calls were to be expected before the first hour comes, going inwards, that brings hardly any.
    """
    edges = np.unique(np.concatenate([[low], np.arange(low // BIN + 1, high // BIN + 1) * BIN, [high]]))
    each: Floats = np.sum([r.between(edges[:-1], edges[1:]) for r in rhythms], axis=0)
    per_hour = each / np.maximum(np.diff(edges), 1) * 3600e6
    busiest = float(np.sum([r.rates.max() for r in rhythms]))
    few = np.flatnonzero(per_hour <= LOW * busiest)
    if not few.size:
        return float(each.sum()) >= AMID
    return float(each[: few[0]].sum()) >= AMID and float(each[few[-1] + 1 :].sum()) >= AMID
