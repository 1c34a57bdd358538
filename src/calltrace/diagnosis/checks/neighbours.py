"""Were numbers of other clients silent in the very same hours?

Clients forward their lines each for itself. Where another client's number fell silent and rang again together with this
one's, at hours at which that client has nothing to forward, both hang on something that is no client's; and so do the
numbers of a block, which a carrier routes together, or the toll-free ones, where none of them rang meanwhile.

What looks the same: two clients that close on the same day, or forget the same night. So only such a number speaks
whose client was there meanwhile: it rang on its others, is covered around the clock, or was cut off amid its coverage;
none of another range that comes in on another trunk group does, for no route is common to both; and none does on a day
on which most clients like this one had hardly a call.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.alibis import day_off
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks.coverage import FOUND_FROM, around_the_clock, outlasts
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import MEANT, SETTLED, Gap, gaps
from calltrace.diagnosis.scene import Scene, records_end, within
from calltrace.normal.intervals import instant, to_us
from calltrace.tables import phones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.normal.rhythm import Rhythm

ALIKE = 0.7
"""Part of the calls that each of two silences cost which they must have cost both at once to be one: never of the hours, as
a number of the night is silent all day as well."""

BESIDE = 0.01
"""Chance of no call between the beginnings of two silences, or between their ends, below which they were not one."""

STEPS = 400
"""Instants of a silence at which its cost so far is measured."""

LEAST = 2
"""Other clients of a block whose numbers must have been silent together with this one's."""

TOLL_FREE = "toll-free"
"""What toll-free numbers have in common: whoever holds them for the service routes all of them."""

MOST = 100
"""Numbers looked at, those with most calls first."""


@dataclass(frozen=True)
class _Other:
    """A number of another account that was silent in the same hours; ``regardless`` of when its client forwards."""

    account: str
    number: str
    start: pd.Timestamp
    end: pd.Timestamp
    expected: float
    regardless: bool


def run(scene: Scene) -> list[Evidence]:
    """Look for other clients' numbers that fell silent and rang again together with the account's."""
    name, found = "neighbours-silent", gaps(scene)
    gap = found.focus
    if gap is None or gap.strength < FOUND_FROM:
        return [unasked(name, "there is no silence to compare")]
    if any(pool is not None and pool.shared for pool in (found.pool, found.platform)):
        return [unasked(name, "the trunk group or the platform was silent as a whole")]
    if (off := day_off(scene)) is not None:
        return [unasked(name, f"{off.closed} of {off.offices} other clients with few calls or none on Sundays had hardly a call"
                        " that day: whose numbers were silent with it says nothing")]
    own = found.silent_numbers if found.number else scene.account.numbers
    others = _others(scene, gap, own)
    zone = scene.account.zone
    ranges = {r for o in others for r in _ranges(o.number) & {r for n in own for r in _ranges(n)}}
    for shared in sorted(ranges, key=lambda r: (r == TOLL_FREE, r)):
        of_it = [o for o in others if shared in _ranges(o.number)]
        if len({o.account for o in of_it}) >= LEAST and not _rang(scene, shared, gap, of_it):
            return [_found(scene, gap, of_it, f"{_named(shared)} of {len({o.account for o in of_it})} other clients were"
                           f" silent in the same hours ({_shared(of_it, gap, zone)}), and no such number took a call", 1.0)]
    apart = [o for o in others if o.regardless and not _elsewhere(scene, o, own)]
    if apart:
        many = len({o.account for o in apart})
        says = (f"numbers of {many} other clients were" if many > 1 else "a number of another client was")
        return [_found(scene, gap, apart, f"{says} silent in the same hours ({_shared(apart, gap, zone)}), regardless of the"
                       " coverage", 1.0 if many > 1 else 0.7)]
    return [Evidence(name, Outcome.CLEAR, f"no number of another client was silent in the same hours"
                     f" ({words.span(gap.start, gap.end, zone)})", start=gap.start, end=gap.end)]


def _shared(others: Sequence[_Other], gap: Gap, zone: str) -> str:
    """Say from when to when all of them were silent."""
    return words.span(max(gap.start, *(o.start for o in others)), min(gap.end, *(o.end for o in others)), zone)


def _elsewhere(scene: Scene, other: _Other, own: Sequence[str]) -> bool:
    """Say whether a number has nothing in common with the account's, as far as is known: neither trunk group nor range."""
    groups = {group for group, accounts in scene.groups.items() if other.account in accounts}
    apart = bool(groups) and bool(scene.account.trunk_groups) and groups.isdisjoint(scene.account.trunk_groups)
    return apart and not _ranges(other.number) & {r for n in own for r in _ranges(n)}


def _found(scene: Scene, gap: Gap, others: Sequence[_Other], says: str, strength: float) -> Evidence:
    names = known(scene.case)
    lost: dict[str, float] = defaultdict(float)
    for one in others:
        lost[one.account] += one.expected
    hit = [{"account": a, "name": names.get(a, a), "expected": round(lost[a], 1), "observed": 0.0,
            "says": f"{words.count(round(lost[a], 1), 'call')} expected on"
                    f" {', '.join(o.number for o in others if o.account == a)}, none on record"}
           for a in sorted(lost, key=lambda a: (-lost[a], a))]
    return Evidence(
        "neighbours-silent", Outcome.FOUND, says, strength=strength * gap.strength, observed=0.0,
        expected=sum(lost.values()), unit="calls", start=gap.start, end=gap.end,
        data={"numbers": sorted(o.number for o in others), "also_affected": {"number-down": hit}})


def _others(scene: Scene, gap: Gap, own: Sequence[str]) -> list[_Other]:
    """Return the numbers of other accounts that fell silent and rang again together with the account's."""
    calls, baseline = scene.case.calls, scene.baseline
    rhythms = [baseline.of("number", n) for n in own] if gaps(scene).number else [
        baseline.of("account", scene.question.account)]
    early, middle, late = _thirds(rhythms, gap)
    amid = set(within(calls, early, late)["dnis"].dropna())
    pairs = scene.case.pairs("account", "dnis")
    foreign = pairs[pairs["account"] != scene.question.account]
    whose = dict(zip(foreign["dnis"].astype(str), foreign["account"].astype(str), strict=True))
    mine = set(pairs.loc[pairs["account"] == scene.question.account, "dnis"].astype(str))
    many = calls["dnis"].value_counts()
    able = [n for n in many.index.astype(str) if n in whose and n not in mine and n not in amid
            and phones.block_of(n)][:MOST]
    if not able:
        return []
    usual = baseline.expected_of("number", able, gap.start, gap.end)
    latest = records_end(scene.case)  # who is silent still has no call after it
    found = []
    for number, expected in zip(able, usual, strict=True):
        if expected < MEANT:
            continue
        rhythm = baseline.of("number", number)
        start, end = _edges(rhythm, middle)
        if start is None:
            continue
        end = end or latest
        core = max(gap.start, start), min(gap.end, end)
        silences = *((r, (gap.start, gap.end)) for r in rhythms), (rhythm, (start, end))
        if rhythm.chance_of_none(*core) * len(able) > 10**-SETTLED or any(_apart(*one, core) for one in silences):
            continue
        account = whose[number]
        there, regardless = _there(scene, account, rhythm, (start, end), core)
        if there:
            found.append(_Other(account, number, start, end, float(rhythm.expected(*core)), regardless))
    return found


def _thirds(rhythms: Sequence[Rhythm], gap: Gap) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]:
    """Return when a gap had cost the part of its calls that may be apart, half of them, and all but that part."""
    steps = np.linspace(to_us(gap.start), to_us(gap.end), STEPS)
    begun = np.full(STEPS, steps[0])
    lost = np.sum([r.between(begun, steps) for r in rhythms], axis=0)
    early, middle, late = (instant(int(np.interp(part * lost[-1], lost, steps))) for part in (1 - ALIKE, 0.5, ALIKE))
    return early, middle, late


def _edges(rhythm: Rhythm, middle: pd.Timestamp) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return a number's last call before an instant and its first one after it; None where there is none."""
    at = rhythm.calls
    place = int(np.searchsorted(at, to_us(middle)))
    return instant(int(at[place - 1])) if place else None, instant(int(at[place])) if place < len(at) else None


def _apart(rhythm: Rhythm, own: tuple[pd.Timestamp, pd.Timestamp], core: tuple[pd.Timestamp, pd.Timestamp]) -> bool:
    """Say whether a silence lasted longer than the core, beyond chance, or cost most of its calls outside it."""
    sides = ((own[0], core[0]), (core[1], own[1]))
    if any(a < b and rhythm.chance_of_none(a, b) < BESIDE for a, b in sides):
        return True
    return rhythm.expected(*core) < ALIKE * rhythm.expected(*own)


def _there(
    scene: Scene, account: str, rhythm: Rhythm, own: tuple[pd.Timestamp, pd.Timestamp], core: tuple[pd.Timestamp, pd.Timestamp]
) -> tuple[bool, bool]:
    """Say whether a silent number's client was there meanwhile, and whether it was silent at hours nobody forwards by."""
    spans = Scene(scene.case, replace(scene.question, account=account, number="", zone=""), scene.profile).coverage
    regardless = bool(spans) and (around_the_clock(spans) or outlasts(rhythm, *own, spans) >= MEANT)
    rang = len(within(scene.case.calls_of(account), core[0] + pd.Timedelta(microseconds=1), core[1])) > 0
    return rang or regardless, regardless


def _ranges(number: str) -> set[str]:
    """Return what a number is routed with: its block, and, of a toll-free one, all of these."""
    block = phones.block_of(number)
    if not block:
        return set()
    return {block, *([TOLL_FREE] if phones.is_toll_free(number) else [])}


def _named(shared: str) -> str:
    return "toll-free numbers" if shared == TOLL_FREE else f"numbers {shared}{'x' * phones.BLOCK_DIGITS}"


def _rang(scene: Scene, shared: str, gap: Gap, of_it: Sequence[_Other]) -> bool:
    """Say whether any number of the range took a call while all of these were silent."""
    start, end = max(gap.start, *(o.start for o in of_it)), min(gap.end, *(o.end for o in of_it))
    dialled = within(scene.case.calls, start + pd.Timedelta(microseconds=1), end)["dnis"].dropna().unique()
    return any(shared in _ranges(str(n)) for n in dialled)


CHECK = Check(
    title="Were numbers of other clients silent with it?",
    facets=(
        Facet("neighbours-silent", "Were numbers of other clients silent in the same hours?", "other clients' number calls"),
    ),
    needs=("calls.dnis",),
    complaints=("missed-calls",),
    run=run,
)
