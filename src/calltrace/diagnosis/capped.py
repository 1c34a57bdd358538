"""Why a cause that is all but certain by its weight is called likely all the same: nobody outside is accused unproven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from calltrace.diagnosis.certainty import ACCUSING, UNTRIED
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.gaps import gaps
from calltrace.diagnosis.profile import CONFIRMED

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.evidence import Evidence
    from calltrace.diagnosis.scene import Scene


def notes(
    scene: Scene, ranked: tuple[Ranked, ...], wording: str, pieces: Mapping[str, Evidence]
) -> tuple[str, ...]:
    """Return what the reader should know of a first cause that is worded as less than its probability; nothing elsewhere."""
    if not ranked or wording != "likely" or ranked[0].probability < CONFIRMED:
        return ()
    why = _why(scene, ranked[0], pieces)
    return (f"Called likely and not confirmed, though no other cause that was weighed is nearly as probable: {why}.",)


def _why(scene: Scene, top: Ranked, pieces: Mapping[str, Evidence]) -> str:
    """Return the reason, as :func:`calltrace.diagnosis.certainty.wording` has it."""
    if top.cause in UNTRIED:
        return "only a test call confirms it"
    if top.party not in ACCUSING:
        return "the records of that time are not whole"
    if scene.learned_from_window:
        return "what is usual was learned from the very days asked about"
    gap = gaps(scene).focus if "account-silent" in pieces else None
    shared = pieces.get("trunk-silent")
    if gap is not None and gap.strength < 1 and (shared is None or shared.outcome is not Outcome.FOUND):
        return "the silence within the time asked about is by itself not yet beyond chance: nobody outside is accused on less"
    return "nobody outside is accused as confirmed where something that would tell could not be looked for"
