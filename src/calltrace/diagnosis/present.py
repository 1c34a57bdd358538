"""Agents who answered are not the agents who were there.

Where neither logins nor the switch's counts are on record, how many agents were at work is read off who answered calls.
Who is logged in and lets calls ring out answers none, as who stayed at home: that fewer answered than usual is sure then,
and which of the two it was is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from calltrace.diagnosis.certainty import PERHAPS
from calltrace.diagnosis.checks.staffing import ANSWERS
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome

FEWER_ANSWERED = "fewer agents than usual answered calls"
"""What is said of fewer agents where only their answers tell."""

ABSENT, SILENT = "understaffed", "agent-not-answering"


def only_answers(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Hold fewer agents below confirmed where only the agents' answers show them, and call it no more than that.

    What is taken off goes to agents who were there and let calls ring out: that was not to be looked for.
    """
    fewer, rings = pieces.get("fewer-agents"), pieces.get("agent-rings-out")
    if fewer is None or fewer.outcome is not Outcome.FOUND or fewer.data.get("source") != ANSWERS:
        return ranked
    if rings is not None and rings.outcome is not Outcome.NOT_RUN:
        return ranked
    told = {r.cause: r for r in ranked}
    if ABSENT not in told or SILENT not in told:
        return ranked
    spare = max(0.0, told[ABSENT].probability - PERHAPS)
    told[ABSENT] = replace(told[ABSENT], title=FEWER_ANSWERED, probability=told[ABSENT].probability - spare)
    told[SILENT] = replace(told[SILENT], probability=told[SILENT].probability + spare)
    return tuple(sorted(told.values(), key=lambda r: (-r.probability, r.cause)))
