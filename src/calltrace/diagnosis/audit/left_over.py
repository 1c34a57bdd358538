"""Waits of everybody that are plain, and of which only what keeps agents from answering is left: told, and named as no more.

How long callers waited is on record whatever made them wait. An audit that kept silent because two of the service's own causes
can't be told apart would call a morning clear in which every second caller gave up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis.audit.weighing import WAITED as OF_WAITS
from calltrace.diagnosis.bounds.unrisen import is_left
from calltrace.diagnosis.weigh import WAITED, makes_all_wait, strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.diagnosis.audit.ground import Candidate
    from calltrace.diagnosis.diagnose import Verdict
    from calltrace.diagnosis.scene import Scene

NAMED = 0.1
"""Probability from which a cause is named beside the likeliest."""


def waits_left(candidate: Candidate, scenes: Sequence[Scene]) -> bool:
    """Say whether a candidate is of waits that all who were asked lay at what is left where nobody called more."""
    return candidate.account is None and candidate.screen in OF_WAITS and all(is_left(scene) for scene in scenes)


def nearest(summary: str, title: str, verdict: Verdict) -> str:
    """Return a finding's sentence that says that its cause is open, with the others that it may have and what all waited."""
    others = [r.title for r in verdict.ranked if r.title != title and makes_all_wait(r.cause) and r.probability >= NAMED]
    who, waited = summary.partition(f": {title}.")[0], strongest(verdict.evidence)[WAITED].says.rstrip(".")
    return (f"{who}: callers waited, and the records do not settle why; nearest is that {' or '.join([title, *others[:1]])}."
            f" {waited[:1].upper()}{waited[1:]}.")
