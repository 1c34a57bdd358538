"""A trunk group whose accounts' calls came by another name: it has none, and yet nobody lost a call.

A switch's group is renamed or replaced, a carrier hands calls over on another while one is down, a log no longer says
which: what is missing on the group is held against what its accounts had elsewhere in the same time. Where that makes up
for it, those calls are the group's, and only what is silent beside them is a silence. Where some of its accounts had
nothing at all, part of the calls went another way and the rest was lost: the group was down.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.words import clock, count
from calltrace.normal import tails
from calltrace.normal.intervals import instant, microseconds, to_us

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from calltrace.diagnosis.scene import Scene
    from calltrace.normal.baseline import Baseline
    from calltrace.normal.intervals import Ints
    from calltrace.normal.rhythm import Rhythm
    from calltrace.tables.case import Case

FILLED = 0.5
"""Part of the calls missing on the group that must have come elsewhere, beyond what comes there anyway."""

SURE = 3.0
"""−log10 of the chance of so many elsewhere from which they are more than chance, and"""

STRAY = 0.1
"""how far their number strays beyond chance (squared coefficient of variation), of accounts that have calls there anyway."""

LEAST = 2
"""Calls elsewhere, at least: one may have been booked wrongly."""

SILENT = 5.0
"""Calls to be expected of an account on the group, none of which came elsewhere: chance does that once in 150."""

LEFT = 0.25
"""Part of the missing calls that must be of such accounts, two at least, for the group to have been down for them."""

SHOWN = 0.1
"""Part of the calls elsewhere from which a name is told."""

LEAST_EXPECTED, LEAST_SCORE = 3.0, 2.0
"""Calls to be expected in a group's silence, and its score, from which it is worth a thought: the others rang on, which says
more than its chance alone."""


@dataclass(frozen=True)
class Moved:
    """The calls of a trunk group's accounts that came by other names while it had none, [start, end).

    ``places`` are theirs in the case, ``first`` when the first of them came, ``missing`` how many usually come on the
    group. ``names`` are the groups they came in on, most calls first, '' for none that the log names; ``new`` says that none
    of them had a call before.
    """

    group: str
    start: pd.Timestamp
    end: pd.Timestamp
    first: pd.Timestamp
    missing: float
    places: Ints
    names: tuple[str, ...]
    new: bool

    @property
    def where(self) -> str:
        """Where they came in, and the question that raises, to follow "came in"."""
        named = [name for name in self.names if name]
        if not named:
            return "without a trunk group in the log: does the switch still write it?"
        listed = f"on {' and '.join(named)}"
        return f"{listed}, which had none before: was it renamed?" if self.new else f"{listed}: were they rerouted?"

    def told(self, zone: str) -> str:
        """Tell it in a sentence or two, times in an IANA zone."""
        return (f"Trunk group {self.group} had no call from {clock(self.start, zone)} to {clock(self.end, zone)}, but"
                f" {count(len(self.places), 'call')} of its accounts came in {self.where} They are not taken for lost.")


@dataclass(frozen=True)
class Rung:
    """A trunk group's rhythm with the calls that came by another name, the silences that are left, and those calls.

    ``gaps`` has the columns of :meth:`calltrace.normal.rhythm.Rhythm.silences`.
    """

    rhythm: Rhythm
    gaps: pd.DataFrame
    moved: tuple[Moved, ...] = ()


def rung(
    case: Case, baseline: Baseline, group: str, span: tuple[pd.Timestamp, pd.Timestamp],
    accounts: Callable[[str], Sequence[str]], *, least_score: float = LEAST_SCORE,
) -> Rung:
    """Return the silences of a trunk group that touch a time and are not made up for by other names.

    ``accounts`` gives those of a group: it is asked where there is a silence.
    """
    rhythm = baseline.of("trunk_group", group)

    def silences(of: Rhythm) -> pd.DataFrame:
        return of.silences(*span, platform=True, least_expected=LEAST_EXPECTED, least_score=least_score)

    gaps = silences(rhythm)
    if gaps.empty or not rhythm.learned_from:
        return Rung(rhythm, gaps)
    whose = accounts(group)
    each = (_moved(case, baseline, group, whose, a, b) for a, b in zip(gaps["start"], gaps["end"], strict=True))
    found = tuple(one for one in each if one is not None)
    if not found:
        return Rung(rhythm, gaps)
    came = microseconds(case.calls["offered_at"].iloc[np.concatenate([one.places for one in found])])
    rhythm = replace(rhythm, calls=np.union1d(rhythm.calls, came))
    return Rung(rhythm, silences(rhythm), found)


def by_another_name(scene: Scene) -> tuple[Moved, ...]:
    """Return the silences of the account's trunk groups about the window that other names make up for."""
    cached = scene.cache.get("by another name")
    if isinstance(cached, tuple):
        return cached
    span = scene.question.start, scene.question.end
    found = tuple(
        one for group in scene.account.trunk_groups
        for one in rung(scene.case, scene.baseline, group, span, lambda group: scene.groups.get(group, ())).moved)
    scene.cache["by another name"] = found
    return found


def _moved(  # noqa: PLR0917 -- as rung
    case: Case, baseline: Baseline, group: str, accounts: Sequence[str], start: pd.Timestamp, end: pd.Timestamp
) -> Moved | None:
    """Return the calls a trunk group's accounts had by other names in a silence of it, where they make up for it."""
    numbers, names = case.codes("account")
    groups, known = case.codes("trunk_group")
    whose = {name: k for k, name in enumerate(names)}
    asked = [name for name in accounts if name in whose and name not in baseline.gone]
    at = microseconds(case.calls["offered_at"])
    first, last = np.searchsorted(at, [to_us(start) + 1, to_us(end)]).tolist()
    its = np.zeros(len(names) + 1, dtype=bool)  # the last is that of no account
    its[[whose[name] for name in asked]] = True
    it = known.index(group) if group in known else len(known)
    places = first + np.flatnonzero(its[numbers[first:last]] & (groups[first:last] != it))
    if len(places) < LEAST:  # as is nearly always so of a group that was down
        return None
    came = np.bincount(numbers[places], minlength=len(names))
    one, other, calls = case.met("account", "trunk_group")
    on_it = np.bincount(one[other == it], weights=calls[other == it], minlength=len(names))
    rest = np.diff(case.in_groups("account")[2]) - came
    mine = [whose[name] for name in asked]
    share = np.minimum(1.0, on_it[mine] / np.maximum(rest[mine], 1.0))
    expected = baseline.expected_of("account", asked, start, end)
    missing, usual = share * expected, float(((1.0 - share) * expected).sum())
    if len(places) - usual < FILLED * missing.sum() or not missing.sum():
        return None
    if -float(tails.log10_at_least(len(places), np.array([max(usual, STRAY)]), STRAY)[0]) < SURE:
        return None
    silent = (came[mine] == 0) & (missing >= SILENT)
    if silent.sum() >= LEAST and missing[silent].sum() >= LEFT * missing.sum():
        return None
    by_name = np.bincount(groups[places] + 1, minlength=len(known) + 1)
    told = [k for k in np.argsort(-by_name, kind="stable").tolist() if by_name[k] >= SHOWN * len(places)]
    new = not np.isin(groups[:first], [k - 1 for k in told]).any()
    return Moved(group, start, end, instant(int(at[places[0]])), float(missing.sum()), places,
                 tuple(known[k - 1] if k else "" for k in told), new)
