"""No surge where nobody called more: waits alone name no client whose calls are on record and were as many as usual.

That everybody waited, and that callers of all accounts left, is what any trouble with the agents does. Another account's surge,
or everybody's, explains it only where calls did rise, and whether they did is on record. Where they did not, what is left is what
keeps agents from answering, as far as it could not be ruled out: as likely each as the records leave it open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis import causes
from calltrace.diagnosis.certainty import BORNE_OUT, HELD
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.weigh import is_own, makes_all_wait, symptoms, waits_plainly_rose

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

SURGES = {"other-account-surge": "other-surge", "wide-surge": "wide-surge"}
"""Surges of others, and the facet that shows each."""

PERHAPS_ROSE, PERHAPS_TOOK = 1.0, 0.15
"""Score (one in ten by chance), and part of the platform's calls, from which a rise that is not proven may have taken agents."""

LEAST = 0.02
"""Probability to which a surge is held that the records speak against."""

LEFT = "unrisen"
"""Of a scene's cache, True: what is named is only what is left."""

RULED_OUT = 0.5
"""Strength from which a clear check rules out what it looked for."""


def left(scene: Scene, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Name what is left instead of a surge of others where everybody waited and nobody called more.

    None is named where nothing is left and the complaint is plainly borne out. What is left is known from then on by
    :func:`is_left`.
    """
    if not ranked or ranked[0].cause not in SURGES or not waits_plainly_rose(pieces) or not _nobody_rose(pieces):
        return ranked
    open_ = {r.cause: _open(r.cause, pieces) for r in ranked if makes_all_wait(r.cause)}
    whole = sum(open_.values())
    if whole <= 0 and any(_found(pieces, f) for f in BORNE_OUT.get(scene.question.complaint, ())):
        return ()
    scene.cache[LEFT] = True
    spare = sum(max(0.0, r.probability - LEAST) for r in ranked if r.cause in SURGES)
    others = [r for r in ranked if r.cause not in SURGES]

    def share(rank: Ranked) -> float:
        if rank.cause in SURGES:
            return min(rank.probability, LEAST)
        return rank.probability + spare * (open_.get(rank.cause, 0.0) / whole if whole > 0 else 1.0 / len(others))

    told = sorted((replace(r, probability=share(r)) for r in ranked), key=lambda r: (-r.probability, r.cause))
    return _held(tuple(told))


def is_left(scene: Scene) -> bool:
    """Say whether what was named of a scene is only what is left where nobody called more."""
    return scene.cache.get(LEFT) is True


def _nobody_rose(pieces: Mapping[str, Evidence]) -> bool:
    """Say whether neither another account's calls nor all the others' rose by enough to keep agents from anybody."""
    other, all_others = (pieces.get(f) for f in SURGES.values())
    if other is None or all_others is None or any(p.outcome is not Outcome.CLEAR for p in (other, all_others)):
        return False
    took, ratio = _number(other, "of_platform"), _number(all_others, "ratio") - 1.0
    return not any(_number(p, "score") >= PERHAPS_ROSE and rose >= PERHAPS_TOOK
                   for p, rose in ((other, took), (all_others, ratio)))


def _open(cause: str, pieces: Mapping[str, Evidence]) -> float:
    """Return how far the records leave a cause open, 0 to 1: by what would have shown it, where that was looked for."""
    shown = [pieces[s.facet] for s in causes.get(cause).signs
             if s.facet in pieces and s.facet not in symptoms() and is_own(cause, s.facet)]
    clear = max((p.strength for p in shown if p.outcome is Outcome.CLEAR), default=0.0)
    return 0.0 if clear >= RULED_OUT else 1.0 - clear


def _held(ranked: tuple[Ranked, ...]) -> tuple[Ranked, ...]:
    """Hold the first cause below likely: all that speaks for it is that nothing else is left."""
    top, *others = ranked
    if top.probability <= HELD or not others:
        return ranked
    more = (top.probability - HELD) / len(others)
    return (replace(top, probability=HELD), *(replace(r, probability=r.probability + more) for r in others))


def _found(pieces: Mapping[str, Evidence], facet: str) -> bool:
    return facet in pieces and pieces[facet].outcome is Outcome.FOUND


def _number(piece: Evidence, name: str) -> float:
    return float(str(piece.data.get(name) or 0.0))
