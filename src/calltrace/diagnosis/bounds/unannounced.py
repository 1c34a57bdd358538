"""A switch that was plainly down, where nobody wrote whether that had been announced.

An outage and an announced shutdown look the same to the records, and both are the service's: without a table of events only the
announcement is open. That is no reason to leave open that the switch was down. Each keeps its own probability; what is said, and
how surely, is what both have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.profile import LIKELY

OUTAGE, SHUTDOWN, ANNOUNCED = "platform-outage", "planned-shutdown", "maintenance-announced"

TITLE = "the service's switch was down; whether that had been announced is not on record"

DOWN = "switch_down"
"""Name of a finding's figure: how sure it is that the switch was down, where that is surer than its cause."""


def told(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Return the causes, the first named for what is sure of it where the announcement alone is open."""
    return ranked if sure(ranked, pieces) is None else (replace(ranked[0], title=TITLE), *ranked[1:])


def sure(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> float | None:
    """Return how sure it is that the switch was down, where no cause of the two is likely by itself; None elsewhere."""
    asked = pieces.get(ANNOUNCED)
    if len(ranked) < 2 or {r.cause for r in ranked[:2]} != {OUTAGE, SHUTDOWN} or ranked[0].probability >= LIKELY:
        return None
    both = ranked[0].probability + ranked[1].probability
    return both if both >= LIKELY and asked is not None and asked.outcome is Outcome.NOT_RUN else None


def sure_of(ranked: tuple[Ranked, ...], evidence: Iterable[Evidence]) -> float | None:
    """Return the same of evidence as it was found."""
    return sure(ranked, {e.facet: e for e in evidence if e.facet == ANNOUNCED})
