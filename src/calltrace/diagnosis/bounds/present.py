"""Agents who answered are not the agents who were there.

Where neither logins nor the switch's counts are on record, how many agents were at work is read off who answered calls.
Who is logged in and lets calls ring out answers none, as who stayed at home: that fewer answered than usual is sure then,
and which of the two it was is not. Nor is an agent who was there and answered nothing seen to have let calls ring out,
where the switch logs no unanswered ring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from calltrace.diagnosis.certainty import HELD, PERHAPS
from calltrace.diagnosis.checks._idle import COUNTED
from calltrace.diagnosis.checks.ring_outs import FACET, SHARES
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
    fewer, rings = pieces.get("fewer-agents"), pieces.get(FACET)
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


BY_NAME = 0.85
"""Probability to which agents who let calls ring out are held where one was logged in, and answered nothing."""


def unlogged_rings(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Hold agents who let calls ring out, named first, where no unanswered ring is on record.

    Idle agents show them, known by name or by their number alone; where nothing shows any, they are only what is left of
    what makes everybody wait. What is taken off goes to the others by their own probability.
    """
    rings, idle = pieces.get(FACET), pieces.get(SHARES)
    if not ranked or ranked[0].cause != SILENT or (rings is not None and rings.outcome is not Outcome.NOT_RUN):
        return ranked
    shown = idle is not None and idle.outcome is Outcome.FOUND and idle.strength > 0
    most = HELD if idle is None or not shown else PERHAPS if idle.data.get(COUNTED) else BY_NAME
    top, *others = ranked
    if top.probability <= most or not others:
        return ranked
    more = (1.0 - most) / max(1e-9, 1.0 - top.probability)
    return (replace(top, probability=most), *(replace(r, probability=r.probability * more) for r in others))
