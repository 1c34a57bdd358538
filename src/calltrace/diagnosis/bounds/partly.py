"""What everybody lacked for a part of a client's own trouble: weighed by the calls that it explains.

A switch that was down for an hour explains the calls of that hour. Where the client had no call for days before it and went
on without one after it, while the others rang, the weekend is not explained by the hour, however surely the hour is. Nor does
an hour after the office closed explain what its callers met all day, or a day on which the office was closed. Both are true
then: each is as likely the answer as the calls that are missing are its own (:mod:`.own_losses`). A silence that began when
everybody's did may be more of what everybody lacked: it may have broken more than it gave back. It is even between the two,
unless a test call to the number passed since; records that are missing break nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.bounds import unannounced
from calltrace.diagnosis.bounds.own_losses import SILENCE, Losses, lacked, own_losses
from calltrace.diagnosis.checks.shared_silence import ENOUGH
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import gaps
from calltrace.diagnosis.hiding import CLAIM
from calltrace.diagnosis.others import count_others, others_expected
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.weigh import strongest, weigh

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.gaps import Gap
    from calltrace.diagnosis.scene import Scene

SWITCHES = ("platform-outage", "planned-shutdown", "records-missing")
"""Causes of a silence of everybody's."""

GROUPS = "carrier-outage"
"""The cause of a trunk group's."""

OF_IT = ("kpi-counts-calls", "kpi-stopped", "calls-cut", "agents-dropped", "maintenance-announced", "carrier-notice")
"""Facets that speak of everybody's silence alone, and of no other hour."""

RECORDS = "records-missing"
"""The one of them that breaks nothing: what is lacking after it is not of its making."""

BROKE = 0.5
"""Part of the rest of a silence that is left to what everybody lacked, where the two began together."""

FROM_START = ("silent-whole-coverage", "silent-from-coverage-start")
"""Facets that say that a silence began with the coverage: nobody knows that of one that began in everybody's."""

MOSTLY = 0.9
"""Part of what is missing in the window from which the shared silence is what was asked about."""


@dataclass(frozen=True)
class Part:
    """A shared silence that is a part of the client's trouble in the window, UTC.

    ``share`` is how far it explains the calls the client lacks in the window (0 to 1); ``says`` what the others had in the
    rest, '' where they were too few to tell; ``title`` the cause of the shared one. ``hides_start`` says that nobody knows
    whether the client's own silence began before it, or in it.
    """

    share: float
    start: pd.Timestamp
    end: pd.Timestamp
    says: str
    title: str
    facet: str
    observed: float
    expected: float
    hides_start: bool


def by_part(scene: Scene, ranked: Sequence[Ranked], evidence: Sequence[Evidence]) -> tuple[Ranked, ...]:
    """Return the causes weighed by the calls each explains, where what everybody lacked stands first for a part of them.

    What one account is asked of for all that share a trouble (an audit does so) is left as it is.
    """
    part = part_of(scene, ranked, evidence)
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


def part_of(scene: Scene, ranked: Sequence[Ranked], evidence: Sequence[Evidence]) -> Part | None:
    """Return the shared silence that the first cause rests on, where the client's own trouble goes beyond it; None else."""
    top = ranked[0] if ranked else None
    if top is None or top.cause not in {*SWITCHES, GROUPS} or scene.question.complaint == CLAIM or scene.question.zone:
        return None
    found, trunk = gaps(scene), top.cause == GROUPS
    shared = found.pool if trunk else found.platform
    if shared is None or not shared.shared:
        return None
    own = own_losses(scene, strongest(evidence), shared)
    if own is None:
        return None
    expected = sum(others_expected(scene, a, b, trunk=trunk) for a, b in own.spans)
    observed = sum(count_others(scene, a, b, trunk=trunk) for a, b in own.spans)
    told = expected >= ENOUGH and observed >= expected / 2
    if own.what == SILENCE and not told:
        return None
    first, last = (own.spans[0][0], own.spans[-1][1]) if own.spans else (shared.start, shared.end)
    says = (f"in the rest of the {own.what}, {words.span(first, last, scene.account.zone)}, the others had"
            f" {words.count(observed, 'call')}, {words.usual(round(expected))}") if told else ""
    return Part(_share(scene, own, shared, top.cause), shared.start, shared.end, says, top.title,
                "trunk-silent" if trunk else "platform-silent", float(observed), expected, own.after)


def besides(scene: Scene, ranked: Sequence[Ranked], start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return what happened besides the first cause, whose trouble was in [start, end), a sentence with a blank before it.

    '' where nothing did, or at another time: that is a second trouble (:func:`apart`).
    """
    part = scene.cache.get("partly")
    if not isinstance(part, Part) or not ranked:
        return ""
    when, rest = words.span(part.start, part.end, scene.account.zone), f": {part.says}" if part.says else ""
    if _of_it(ranked[0], part):
        return f" That was a part of it, {when}{rest}."
    if part.end <= start or end <= part.start:
        return ""
    return f" In a part of that time, {when}, {part.title}, which does not explain the rest{rest}."


def apart(scene: Scene, ranked: Sequence[Ranked], start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return what everybody lacked at another time than the trouble in [start, end), a sentence with a blank before it."""
    part = scene.cache.get("partly")
    if not isinstance(part, Part) or not ranked or _of_it(ranked[0], part) or (start < part.end and part.start < end):
        return ""
    return f" At another time of the window, {words.span(part.start, part.end, scene.account.zone)}, {part.title}."


def _of_it(top: Ranked, part: Part) -> bool:
    """Say whether the first cause is that of the shared silence."""
    return top.title in {part.title, unannounced.TITLE}


def _share(scene: Scene, own: Losses, shared: Gap, cause: str) -> float:
    """Return how far a shared silence explains the calls that the account lacks in the window."""
    asked, calls = scene.question, lacked(scene, shared)
    if calls + own.calls > 0:
        share = calls / (calls + own.calls)
    else:
        inside = min(shared.end, asked.end) - max(shared.start, asked.start)
        share = max(0.0, inside / (asked.end - asked.start))
    if own.after and cause != RECORDS and not _passed_since(scene, own):
        share += (1.0 - share) * BROKE
    return share


def _passed_since(scene: Scene, own: Losses) -> bool:
    """Say whether a test call to the silent number passed in what the silence went on for after everybody's."""
    number = gaps(scene).number
    tests = within(scene.case.table("line_tests"), *own.spans[-1], "tested_at")
    mine = tests["number"].isin((number,) if number else scene.account.numbers)
    return bool((mine & (tests["result"] == "ok")).fillna(value=False).any())


def _of_the_rest(piece: Evidence, part: Part) -> Evidence:
    """Return what a piece of evidence says of the rest of the silence: what speaks of the shared part alone, nothing."""
    if part.hides_start and piece.facet in FROM_START and piece.outcome is Outcome.FOUND:
        return unasked(piece.facet, "no record tells whether calls came before it began")
    if piece.facet in OF_IT:
        return unasked(piece.facet, "that was for a part of the silence alone")
    if piece.facet != part.facet or piece.outcome is not Outcome.FOUND:
        return piece
    if not part.says:
        return unasked(piece.facet, "the others make too few calls in the rest of that time to tell")
    return replace(
        piece, outcome=Outcome.CLEAR, says=part.says, observed=part.observed, expected=part.expected,
        strength=min(1.0, part.expected / 10, 2 * part.observed / part.expected))
