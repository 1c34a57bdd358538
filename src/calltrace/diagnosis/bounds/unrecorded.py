"""Complaints about calls of which there is no record: what kept them off the records is the answer, and not that all was well.

Whoever asks why callers gave up, waited or got a busy tone asks about calls. Where none of the client's is on record for that
time, though some usually come, the records bear nothing out and clear nobody: they are asked what became of the calls, as for
missed calls. Where everybody's calls are lacking for a part of the time, nothing being wrong is as likely as the rest of the
client's calls are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.bounds.partly import GROUPS, SWITCHES
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.gaps import POOL_EXPECTED, gaps
from calltrace.diagnosis.profile import CONFIRMED, LIKELY
from calltrace.diagnosis.scene import Scene
from calltrace.normal.intervals import instant, microseconds, to_us

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.diagnosis import Ranked

MISSED = "missed-calls"
"""The complaint that asks what became of calls."""

OF_CALLS = ("abandoned", "busy", "long-hold", "long-ring", "dispatch")
"""Complaints of calls that came, and of what was done of them."""

COUNTED = "urgent-message-taken"
"""Says of a time how many messages are on record, of one without any as well."""

LEAST = 0.05
"""Part of the client's calls of the window, lacking with everybody's, from which more is made of it."""


@dataclass(frozen=True)
class Lacking:
    """What the records say of the calls they lack: the causes, how sure they may be worded, on which evidence, and a note."""

    ranked: tuple[Ranked, ...]
    wording: str
    evidence: list[Evidence]
    note: str


def lacking(
    scene: Scene, ranked: tuple[Ranked, ...], wording: str, evidence: list[Evidence],
    decide: Callable[[Scene], tuple[tuple[Ranked, ...], str, list[Evidence]]],
) -> Lacking | None:
    """Return what is said instead of "nothing was wrong" where records of the time are lacking; None where they are not.

    ``decide`` gives the causes, wording and evidence of a scene.
    """
    if scene.question.complaint not in OF_CALLS or not ranked or _told_of(scene, evidence):
        return None
    none = scene.window.empty  # then nobody is known to have waited, or given up, whoever is said to have made them
    if not none and (ranked[0].party != "nobody" or not _hole(scene)):
        return None
    missed = Scene(scene.case, replace(scene.question, complaint=MISSED), scene.profile, {"baseline": scene.baseline})
    others, how, pieces = decide(missed)
    both = [*pieces, *(e for e in evidence if e.facet not in {p.facet for p in pieces})]
    if not others or others[0].cause == ranked[0].cause:
        return None
    if none:
        scene.cache["partly"] = missed.cache.get("partly")
        return Lacking(others, how, both, (
            "No call of the account is on record in that time: it is told what became of them, as of missed calls."))
    span, share = _lacked(missed, others[0].cause)
    if span is None or share < LEAST:
        return None
    mixed = _mixed(ranked, others, share)
    sure = "inconclusive" if mixed[0].probability < LIKELY else "likely" if mixed[0].probability < CONFIRMED else wording
    when = words.span(*span, scene.account.zone)
    return Lacking(mixed, sure, both, (
        f"Nobody's calls are on record {when} ({others[0].title}): {share:.0%} of the account's calls of the window usually come"
        " then, and what became of those is not known."))


def said(scene: Scene) -> list[str]:
    """Return as what the complaint was told where none of the client's calls is on record; nothing where some are."""
    note = scene.cache.get("unrecorded")
    return [note] if isinstance(note, str) and scene.window.empty else []


def besides(scene: Scene) -> str:
    """Return which calls the answer says nothing of, a sentence with a blank before it; '' where it speaks of all or none."""
    note = scene.cache.get("unrecorded")
    return f" {note}" if isinstance(note, str) and not scene.window.empty else ""


def _told_of(scene: Scene, evidence: Sequence[Evidence]) -> bool:
    """Say whether a complaint about messages is told of one that is on record: it needs no call of the time."""
    return scene.question.complaint == "dispatch" and any(
        e.outcome is not Outcome.NOT_RUN for e in evidence if e.facet != COUNTED)


def _hole(scene: Scene) -> bool:
    """Say whether nobody had a call for so long within the window that several would have been usual."""
    at = microseconds(scene.everyone["offered_at"])
    edges = np.concatenate([[to_us(scene.question.start)], at, [to_us(scene.question.end)]])
    longest = int(np.argmax(np.diff(edges)))
    first, last = instant(int(edges[longest])), instant(int(edges[longest + 1]))
    calls = scene.case.calls["offered_at"]
    whole = calls.iloc[-1] - calls.iloc[0]
    if whole <= last - first or len(calls) * ((last - first) / whole) < POOL_EXPECTED / 2:  # before anything is learned
        return False
    return bool(scene.baseline.of("platform").expected(first, last) >= POOL_EXPECTED)


def _lacked(scene: Scene, cause: str) -> tuple[tuple[pd.Timestamp, pd.Timestamp] | None, float]:
    """Return when everybody's calls are lacking in the window, and the part of the account's that usually come then."""
    found, asked = gaps(scene), scene.question
    gap = found.platform if cause in SWITCHES else found.pool if cause == GROUPS else None
    if gap is None or not gap.shared or not gap.overlaps(asked.start, asked.end):
        return None, 0.0
    span = max(gap.start, asked.start), min(gap.end, asked.end)
    for rhythm in (scene.baseline.of("account", asked.account), scene.baseline.of("platform")):
        if (usual := rhythm.expected(asked.start, asked.end)) > 0:
            return span, min(1.0, rhythm.expected(*span) / usual)
    return span, float((span[1] - span[0]) / (asked.end - asked.start))


def _mixed(ranked: tuple[Ranked, ...], others: tuple[Ranked, ...], share: float) -> tuple[Ranked, ...]:
    """Return the causes of both, the second ones as likely as their part of the calls."""
    known = {r.cause: replace(r, probability=(1.0 - share) * r.probability) for r in ranked}
    for other in others:
        more = share * other.probability
        held = known.get(other.cause, replace(other, probability=0.0))
        known[other.cause] = replace(held if held.probability > more else other, probability=held.probability + more)
    return tuple(sorted(known.values(), key=lambda r: (-r.probability, r.cause)))
