"""A second trouble of the window: a silence of everybody's, or of the whole trunk group, at another time than what is named.

Who forwarded late on Friday and lost an outage's calls on Saturday had both. Each is true of its own hours: the one does not
speak against the other, and both are told, with who else was hit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis import words
from calltrace.diagnosis.affected import SILENCES, silenced
from calltrace.diagnosis.bounds import partly
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.gaps import POOL_EXPECTED, TICK, gaps
from calltrace.diagnosis.hiding import CLAIM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calltrace.diagnosis.diagnosis import Diagnosis
    from calltrace.diagnosis.evidence import Evidence
    from calltrace.diagnosis.gaps import Gap
    from calltrace.diagnosis.scene import Scene

PLATFORM, TRUNK = "platform-silent", "trunk-silent"
"""The facets that ask after it."""

SHARED = frozenset(cause for causes in SILENCES.values() for cause in causes)
"""Causes of such a silence: where one of them is named, that is the trouble itself."""

MARK = "second"
"""Of a piece's data: when many lacked calls at another time than the trouble, and how many of the account's usually come then."""

OF_RECORDS = ("records-end-early", "kpi-counts-calls")
"""Facets that, found, say that calls may have come of which there is no record: then nobody knows of a second trouble."""

OF_IT = "Follow the second trouble by itself: calltrace audit with --from and --to of its hours tells what it was."
"""The next step where there is one."""


def with_second(scene: Scene, diagnosis: Diagnosis, pieces: Mapping[str, Evidence]) -> Diagnosis:
    """Return an answer with the second trouble of its window told beside the one that is named, where there is one."""
    facet, gap = second_of(scene, diagnosis, pieces)
    if gap is None:
        known = partly.apart(scene, diagnosis.ranked, diagnosis.start, diagnosis.end)
        return replace(diagnosis, summary=f"{diagnosis.summary}{known}") if known else diagnosis
    zone, top = scene.account.zone, diagnosis.ranked[0]
    usual = scene.baseline.of("account", scene.account.account).expected(gap.start, gap.end)
    when, trunk = words.span(gap.start, gap.end, zone), facet == TRUNK
    others = "any other account" + (f" on trunk group {', '.join(scene.account.trunk_groups)}" if trunk else "")
    own = f"; {words.count(round(usual, 1), 'call')} of this account's usually come then" if usual >= 1 else ""
    told = {"start": gap.start.isoformat(), "end": gap.end.isoformat(), "usual": round(usual, 2)}
    named = {h.account for h in diagnosis.also_affected}
    hits = (
        replace(h, observed=None, says=f"{h.says}, {when}")  # with its hours: they are not those of the first
        for h in silenced(scene, gap.start, gap.end, trunk=trunk) if h.account not in named)
    return replace(
        diagnosis,
        summary=f"{diagnosis.summary} At another time of the window was a second trouble: no call to {others} {when}, where"
                f" {words.count(gap.expected, 'call')} usually come ({words.one_in(gap.score)}){own}.",
        # what was at another time speaks against nothing
        ranked=(replace(top, refutes=tuple(b for b in top.refutes if b.facet != facet)), *diagnosis.ranked[1:]),
        evidence=tuple(replace(e, data={**e.data, MARK: told}) if e.facet == facet else e for e in diagnosis.evidence),
        next_steps=(*diagnosis.next_steps, OF_IT),
        also_affected=(*diagnosis.also_affected, *hits))


def second_of(scene: Scene, diagnosis: Diagnosis, pieces: Mapping[str, Evidence]) -> tuple[str, Gap | None]:
    """Return what everybody or the trunk group lacked in the window, apart from the trouble that is named, and its facet.

    None where there is no such time, or the account itself had calls then: for it that was no trouble.
    """
    ranked, asked = diagnosis.ranked, scene.question
    unknown = any(f in pieces and pieces[f].outcome is Outcome.FOUND for f in OF_RECORDS)
    if not ranked or ranked[0].cause in SHARED or unknown or asked.complaint == CLAIM or not {PLATFORM, TRUNK} & set(pieces):
        return "", None
    found, rhythm = gaps(scene), scene.baseline.of("account", scene.account.account)
    for facet, gap in ((PLATFORM, found.platform), (TRUNK, found.pool)):
        if gap is None or not gap.shared or gap.expected < POOL_EXPECTED or facet not in pieces:
            continue
        apart = gap.end <= diagnosis.start or diagnosis.end <= gap.start
        if apart and gap.overlaps(asked.start, asked.end) and not rhythm.count(gap.start + TICK, gap.end):
            return facet, gap
    return "", None
