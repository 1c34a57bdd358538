"""What everybody lacked for a part of a client's own silence: weighed by the part of the silence it covers.

A switch that was down for an hour explains the calls of that hour. Where the client had no call for days before it and went
on without one after it, while the others rang, the weekend is not explained by the hour, however surely the hour is. Both are
true then: each is as likely the answer as the calls that are missing are its own. A silence that began when everybody's did is
left to what everybody lacked: it may have broken more than it gave back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.bounds import unannounced
from calltrace.diagnosis.checks.shared_silence import ENOUGH
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import MEANT, SETTLED, gaps
from calltrace.diagnosis.hiding import CLAIM
from calltrace.diagnosis.others import count_others, others_expected
from calltrace.diagnosis.weigh import weigh

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.gaps import Gap
    from calltrace.diagnosis.scene import Scene

SWITCHES = ("platform-outage", "planned-shutdown", "records-missing")
"""Causes of a silence of everybody's."""

GROUPS = "carrier-outage"
"""The cause of a trunk group's."""

OF_IT = ("kpi-counts-calls", "kpi-stopped", "calls-cut", "agents-dropped", "maintenance-announced")
"""Facets that speak of everybody's silence alone, and of no other hour."""

AROUND = pd.Timedelta(days=7)
"""How far round the window a silence is followed."""

MOSTLY = 0.9
"""Part of what is missing in the window from which the shared silence is what was asked about."""


@dataclass(frozen=True)
class Part:
    """A shared silence within a client's own that goes on before and after it, UTC.

    ``share`` is the part of the client's calls missing in the window that usually come in the shared silence (0 to 1);
    ``says`` what the others had in the rest; ``title`` the cause of the shared one.
    """

    share: float
    start: pd.Timestamp
    end: pd.Timestamp
    says: str
    title: str
    facet: str
    observed: float
    expected: float


def by_part(scene: Scene, ranked: Sequence[Ranked], evidence: Sequence[Evidence]) -> tuple[Ranked, ...]:
    """Return the causes weighed by the part of the silence each covers, where what everybody lacked stands first for a part.

    What one account is asked of for all that share a trouble (an audit does so) is left as it is.
    """
    part = part_of(scene, ranked)
    scene.cache["partly"] = part
    if part is None or part.share >= MOSTLY:
        return tuple(ranked)
    own = {r.cause: r for r in weigh(scene.question.complaint, [_of_the_rest(e, part) for e in evidence])}
    shared = {*SWITCHES, GROUPS}
    both = (
        replace(r if r.cause in shared else own[r.cause],
                probability=part.share * r.probability + (1.0 - part.share) * own[r.cause].probability)
        for r in ranked)
    return tuple(sorted(both, key=lambda r: (-r.probability, r.cause)))


def part_of(scene: Scene, ranked: Sequence[Ranked]) -> Part | None:
    """Return the shared silence that the first cause rests on, where the client's own goes on on both sides; None else."""
    top = ranked[0] if ranked else None
    if top is None or top.cause not in {*SWITCHES, GROUPS} or scene.question.complaint == CLAIM or scene.question.zone:
        return None
    found, trunk = gaps(scene), top.cause == GROUPS
    shared, own = (found.pool if trunk else found.platform), found.focus
    if shared is None or own is None or not shared.shared or not own.overlaps(shared.start, shared.end):
        return None
    asked = scene.question
    first, last = max(own.start, asked.start - AROUND), min(own.end, asked.end + AROUND)
    rest = [(a, b) for a, b in ((first, min(last, shared.start)), (max(first, shared.end), last)) if b > a]
    if not _own(scene, rest):
        return None
    expected = sum(others_expected(scene, a, b, trunk=trunk) for a, b in rest)
    observed = sum(count_others(scene, a, b, trunk=trunk) for a, b in rest)
    if expected < ENOUGH or observed < expected / 2:
        return None
    says = (f"in the rest of the silence, {words.span(first, last, scene.account.zone)}, the others had"
            f" {words.count(observed, 'call')}, {words.count(round(expected), 'call')} are usual")
    return Part(_share(scene, own, shared), max(shared.start, first), min(shared.end, last), says, top.title,
                "trunk-silent" if trunk else "platform-silent", float(observed), expected)


def besides(scene: Scene, ranked: Sequence[Ranked]) -> str:
    """Return what happened besides the first cause, a sentence with a blank before it; '' where nothing did."""
    part = scene.cache.get("partly")
    if not isinstance(part, Part) or not ranked:
        return ""
    when = words.span(part.start, part.end, scene.account.zone)
    if ranked[0].title in {part.title, unannounced.TITLE}:
        return f" That was a part of it, {when}: {part.says}."
    return f" In a part of that time, {when}, {part.title}, which does not explain the rest: {part.says}."


def _own(scene: Scene, rest: Sequence[tuple[pd.Timestamp, pd.Timestamp]]) -> bool:
    """Say whether chance explains neither what is left of the silence, nor that it began before everybody's."""
    found = gaps(scene)
    rhythm = (scene.baseline.of("number", found.number) if found.number
              else scene.baseline.of("account", scene.account.account))
    if len(rest) < 2:  # before, and after
        return False
    # the silence was the worst to be found: what is left of it pays for that as well
    before, *_ = chances = [rhythm.chance_of_none(a, b) for a, b in rest]
    return math.prod(chances) * (1 + rhythm.calls_per_day) <= 10**-SETTLED and before <= 10**-MEANT


def _share(scene: Scene, own: Gap, shared: Gap) -> float:
    """Return the part of the calls missing in the window that usually come in the shared silence."""
    asked, rhythm = scene.question, scene.baseline.of("account", scene.account.account)
    first, last = max(own.start, asked.start), min(own.end, asked.end)
    low, high = max(first, shared.start), min(last, shared.end)
    if last <= first or high <= low:
        return 0.0
    missing = rhythm.expected(first, last)
    return min(1.0, rhythm.expected(low, high) / missing if missing > 0 else (high - low) / (last - first))


def _of_the_rest(piece: Evidence, part: Part) -> Evidence:
    """Return what a piece of evidence says of the rest of the silence: what speaks of the shared part alone, nothing."""
    if piece.facet in OF_IT:
        return unasked(piece.facet, "that was for a part of the silence alone")
    if piece.facet != part.facet or piece.outcome is not Outcome.FOUND:
        return piece
    return replace(
        piece, outcome=Outcome.CLEAR, says=part.says, observed=part.observed, expected=part.expected,
        strength=min(1.0, part.expected / 10, 2 * part.observed / part.expected))
