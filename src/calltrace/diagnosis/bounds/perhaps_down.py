"""A hole in the trunk group's calls in the very time that a client complains of: calls may have been missed then.

No alarm is made of a hole that chance leaves in one time of some hundred. A client who says that callers got no answer at that
time speaks of it without knowing, though: that nothing was wrong is then not confirmed, nor is the client, whose calls are
missing in the hole, named for it with any weight. Nobody is accused: the hole is told, and its cause has its share.
"""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

from calltrace.diagnosis import words
from calltrace.diagnosis.certainty import HELD_CHANCE
from calltrace.diagnosis.diagnosis import Bearing
from calltrace.diagnosis.gaps import gaps
from calltrace.diagnosis.hiding import SELDOM, TESTS
from calltrace.diagnosis.holes import CACHE, GROUP, Hole, hole_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.scene import Scene

COMPLAINT, NOTHING = "missed-calls", "within-normal"
"""The complaint, and the cause that says that nothing was wrong."""

OF_A_GAP = ("lines-not-forwarded", "lines-forwarded-late", "lines-released-early", "number-down", "expected-quiet")
"""Causes of a silence of the account's, which the hole may explain as well."""

JUST_BELOW, LEAST_CHANCE = 0.95, 0.01
"""Part of the first cause's probability that another has at most beside it; and the least that is ever given to it."""

LEAST = 1.0
"""Calls of the account that are due in the hole, from which it is a part of the complaint."""

MOST_OF_IT = 0.5
"""Part of the calls missing in the account's own silence that are due in the hole, from which the two may be one."""


def held(scene: Scene, ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    """Give the cause of a hole in the time complained of its share, where nothing was found wrong, or an own silence in it."""
    hole = _hole(scene, ranked)
    had = next((r.probability for r in ranked if hole is not None and r.cause == hole.cause), None)
    if hole is None or had is None:
        return ranked
    scene.cache[CACHE] = hole
    first = ranked[0].probability * JUST_BELOW  # stays first: that the rest of the time was well, or the account's own silence
    chance = min(HELD_CHANCE, hole.odds / (1.0 + hole.odds), (first - had) / (1.0 - had + first))
    chance = max(LEAST_CHANCE, chance)
    facet = "trunk-silent" if hole.whose == GROUP else "platform-silent"
    told = Bearing(facet, hole.told(scene), SELDOM, log(chance / (1.0 - chance)))

    def weighed(rank: Ranked) -> Ranked:
        rest = rank.probability * (1.0 - chance)
        if rank.cause != hole.cause:
            return replace(rank, probability=rest)
        refutes = tuple(b for b in rank.refutes if b.facet not in {facet, *TESTS})
        return replace(rank, probability=rest + chance, supports=(told, *rank.supports), refutes=refutes)

    return tuple(sorted((weighed(r) for r in ranked), key=lambda r: (-r.probability, r.cause)))


def besides(scene: Scene) -> str:
    """Return what the records show of such a hole, a sentence with a blank before it; '' where there is none."""
    hole = scene.cache.get(CACHE)
    if not isinstance(hole, Hole):
        return ""
    says = hole.told(scene)
    due = words.count(round(_due(scene, hole), 1), "call")
    return f" {says[:1].upper()}{says[1:]}; {due} of the account usually {'comes' if due == '1 call' else 'come'} then."


def _hole(scene: Scene, ranked: Sequence[Ranked]) -> Hole | None:
    """Return the hole that may explain the complaint; None where there is none, or the first cause is another matter."""
    if scene.question.complaint != COMPLAINT or not ranked or ranked[0].cause not in {NOTHING, *OF_A_GAP}:
        return None
    hole = hole_in(scene, scene.question.start, scene.question.end, beside=ranked[0].cause != NOTHING)
    if hole is None or _due(scene, hole) < LEAST:
        return None
    own = gaps(scene).focus
    if ranked[0].cause == NOTHING:
        return hole
    return hole if own is not None and _due(scene, hole) >= MOST_OF_IT * own.lost else None


def _due(scene: Scene, hole: Hole) -> float:
    """Return the calls of the account that usually come in the part of a hole that was asked about."""
    first, last = max(hole.start, scene.question.start), min(hole.end, scene.question.end)
    return float(scene.baseline.of("account", scene.account.account).expected(first, last)) if first < last else 0.0
