"""What an account lacked or lost of its own beside what everybody lacked: the calls that the shared hours do not explain.

A silence that goes on before or after them, callers who came in at other hours and reached nobody, a day on which the office
was closed. Each is counted in calls of the time asked about, so that it can be held against those that usually come in the
shared hours.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.certainty import PLAINLY
from calltrace.diagnosis.checks.announcements import closed_share
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.gaps import MEANT, gaps
from calltrace.diagnosis.scene import within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calltrace.diagnosis.gaps import Gap
    from calltrace.diagnosis.scene import Scene
    from calltrace.normal.rhythm import Rhythm

    Spans = list[tuple[pd.Timestamp, pd.Timestamp]]

AROUND = pd.Timedelta(days=7)
"""How far round the window a silence is followed."""

NEAR = pd.Timedelta(minutes=30)
"""Before and after a shared silence: callers lost so near to it were lost by it."""

LEAST = 2.0
"""Calls of a time of closure that did not come, from which it is more than an hour nobody missed."""

MOSTLY = 0.9
"""Part of the calls of the window from which a closure is one of all of it."""

SILENCE, WINDOW = "silence", "time asked about"
"""What the shared hours are a part of."""


@dataclass(frozen=True)
class Losses:
    """What the account lacked or lost of its own: ``calls`` of the window, ``spans`` of the time (UTC), and of ``what`` it is.

    ``after`` says that its silence can't be told to have begun before everybody's.
    """

    calls: float
    spans: Spans
    what: str
    after: bool = False


def own_losses(scene: Scene, pieces: Mapping[str, Evidence], shared: Gap) -> Losses | None:
    """Return what the account lacked or lost of its own beside a shared silence; None where that may be chance."""
    asked = scene.question
    lost = _lost(scene, pieces.get("lost-after-arrival"), shared)
    closed = _closed(scene, pieces.get("closure-announced"), shared)
    silence = _silence(scene, shared) if not closed else None
    if silence is not None:
        return replace(silence, calls=silence.calls + lost)
    own = max(lost, closed)
    return Losses(own, without(asked.start, asked.end, shared), WINDOW) if own > 0 else None


def without(start: pd.Timestamp, end: pd.Timestamp, shared: Gap) -> Spans:
    """Return what is left of [start, end) without a shared silence."""
    return [(a, b) for a, b in ((start, min(end, shared.start)), (max(start, shared.end), end)) if b > a]


def lacked(scene: Scene, shared: Gap) -> float:
    """Return the account's calls that usually come in the part of a shared silence that was asked about."""
    first, last = max(shared.start, scene.question.start), min(shared.end, scene.question.end)
    return _of_account(scene).expected(first, last) if last > first else 0.0


def _silence(scene: Scene, shared: Gap) -> Losses | None:
    """Return the rest of the account's own silence, where chance does not explain it."""
    found, asked = gaps(scene), scene.question
    own = found.focus
    if own is None or not own.overlaps(asked.start, asked.end):
        return None
    rhythm = scene.baseline.of("number", found.number) if found.number else _of_account(scene)
    low, high = max(own.start, shared.start), min(own.end, shared.end)
    within_it = -math.log10(max(rhythm.chance_of_none(low, high), 1e-300)) if high > low else 0.0
    if max(own.score - within_it, _beside(rhythm, own, shared)) < MEANT:
        return None
    spans = without(max(own.start, asked.start - AROUND), min(own.end, asked.end + AROUND), shared)
    silent = [scene.baseline.of("number", n) for n in found.silent_numbers] if found.number else [rhythm]
    calls = sum(r.expected(max(a, asked.start), min(b, asked.end)) for r in silent for a, b in spans
                if min(b, asked.end) > max(a, asked.start))
    before = rhythm.chance_of_none(own.start, shared.start) if own.start < shared.start else 1.0
    return Losses(calls, spans, SILENCE, after=high > low and own.end > shared.end and before > 10**-MEANT)


def _beside(rhythm: Rhythm, own: Gap, shared: Gap) -> float:
    """Return how surely (-log10 of the chance) the silence went on beside the shared one: 0 where they have nothing in common.

    From the last call to it and from it to the next some time goes by in any case: the two together are as long as that
    with the chance that a Poisson process leaves at most one call in them. What is taken from the whole silence's own
    score says less, the longer it is: that a day was quiet explains the more of it.
    """
    if min(own.end, shared.end) <= max(own.start, shared.start):
        return 0.0
    sides = ((own.start, shared.start), (shared.end, own.end))
    due = -math.log(max(math.prod(rhythm.chance_of_none(a, b) for a, b in sides if a < b), 1e-300))
    return (due - math.log1p(due)) / math.log(10)


def _lost(scene: Scene, piece: Evidence | None, shared: Gap) -> float:
    """Return how many more callers than usual came in at other hours and never reached an agent."""
    if piece is None or piece.outcome is not Outcome.FOUND or piece.strength < PLAINLY:
        return 0.0
    window = scene.window
    rest = window[(window["offered_at"] < shared.start - NEAR) | (window["offered_at"] >= shared.end + NEAR)]
    lost = int((rest["outcome"] != "answered").fillna(value=False).sum())
    return max(0.0, lost - (piece.expected or 0.0) * len(rest) / max(1, len(window)))


def _closed(scene: Scene, piece: Evidence | None, shared: Gap) -> float:
    """Return how many calls did not come in the rest of the window, where a closure was announced for it."""
    rhythm, asked = _of_account(scene), scene.question
    if piece is None or piece.outcome is not Outcome.FOUND or closed_share(scene, asked.start, asked.end) < MOSTLY:
        return 0.0
    spans = without(asked.start, asked.end, shared)
    usual = sum(rhythm.expected(a, b) for a, b in spans)
    came = sum(len(within(scene.window, a, b)) for a, b in spans)
    return usual - came if usual >= LEAST and came < usual / 2 else 0.0


def _of_account(scene: Scene) -> Rhythm:
    return scene.baseline.of("account", scene.account.account)
