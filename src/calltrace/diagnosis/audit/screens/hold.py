"""Were callers kept waiting after the first answer, or left on hold by one agent?

A wait is in the greeting or queue; a hold is an agent's. The first is everybody's trouble, scanned over the whole
platform; the second one agent's, scanned agent by agent against all agents' usual.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._lasting import as_one
from calltrace.diagnosis.audit.screens._scan import ASKED, LOOKS_A_DAY, hardest_hit, rises
from calltrace.diagnosis.audit.screens._waits import waits
from calltrace.diagnosis.checks._load import WAIT_FELT_S
from calltrace.diagnosis.checks.handling import usual_holds


def run(ground: Ground, found: Sequence[Candidate]) -> list[Candidate]:
    """Scan the platform's waits, then every agent's holds."""
    calls = ground.columns
    candidates = []
    if calls.queue_known:
        candidates = waits(
            ground, "hold", "long-hold", calls.waited & (calls.wait > WAIT_FELT_S), calls.waited,
            says="callers waited long", found=found)
    return candidates + _agents(ground)


def _agents(ground: Ground) -> list[Candidate]:
    """Find agents who left far more answered callers on hold than agents usually do."""
    calls, view = ground.columns, ground.view
    if not (calls.holds_known and calls.agents):
        return []
    kept, held, usual, _, rho = usual_holds(view)
    inside = kept & view.inside(view.first, view.last)
    k = np.bincount(calls.agent[inside & held], minlength=len(calls.agents))
    part = slice(view.first, view.last)
    candidates = []
    for one in np.flatnonzero(k >= 3):
        its = inside & (calls.agent == one)
        seen, of = view.per_quarter(its & held)[part], view.per_quarter(its)[part]
        found = rises(seen, usual[one] * of, of, offset=view.first, rho=rho, looks=LOOKS_A_DAY)
        for rise in as_one(found, seen, of, offset=view.first):
            hits = hardest_hit(ground, its & held, rise.first, rise.last, "callers were held long")
            if not hits:
                continue
            candidates.append(Candidate(
                screen="hold", account=None, asked=tuple(h.account for h in hits[:ASKED]), complaint="long-hold",
                start=ground.at(rise.first), end=ground.at(rise.last), score=rise.score, unit="agent-day",
                causes=("agent-long-holds",), harmed=rise.seen - rise.expected, hits=hits,
                data={"agent": calls.agents[one]}))
    return candidates


def short(ground: Ground) -> str:
    """Say that neither waits nor holds are on record."""
    calls = ground.columns
    return "" if calls.waits_known or calls.holds_known else "calls.queue_s or calls.hold_s"


def partly(ground: Ground) -> tuple[str, ...]:
    """Say which of the two is not on record."""
    calls = ground.columns
    lacking = ((calls.waits_known, "Were callers kept waiting after the first answer? (calls.queue_s)"),
               (calls.holds_known, "Were callers left on hold by an agent? (calls.hold_s)"))
    return tuple(told for known, told in lacking if not known)


SCREEN = Screen("Were callers kept waiting or on hold?", ("calls",), run, short, partly)
