"""Were callers kept waiting after the first answer, or left on hold by one agent?

A wait is in the greeting or queue; a hold is an agent's. The first is everybody's trouble, scanned over the whole
platform; the second one agent's, scanned agent by agent against all agents' usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import ASKED, LOOKS_A_DAY, hardest_hit, rises
from calltrace.diagnosis.audit.screens._waits import waits
from calltrace.diagnosis.checks._chance import spread_of_shares
from calltrace.diagnosis.checks._load import WAIT_FELT_S
from calltrace.diagnosis.checks.handling import HOLD_FELT_S

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Ints


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
    if np.isnan(calls.hold).all() or not calls.agents:
        return []
    kept = calls.answered & (calls.agent >= 0) & ~np.isnan(calls.hold)
    held = kept & (calls.hold > HOLD_FELT_S)
    size, days = len(calls.agents), np.arange(view.grid.size) // 96

    def by_day(which: Bools) -> Ints:
        """Return how many of the calls ``which`` were usual, by day and agent."""
        some = np.flatnonzero(which & view.usual_calls)
        cells = days[view.bin[some]] * size + calls.agent[some]
        return np.bincount(cells, minlength=size * (int(days[-1]) + 1)).reshape(-1, size)

    day, long = by_day(kept), by_day(held)
    m, h = day.sum(axis=0).astype(float), long.sum(axis=0).astype(float)
    everyone = float((h.sum() + 1) / (m.sum() + 30))
    usual = (h + 50 * everyone) / (m + 50)
    rho = spread_of_shares(long.ravel(), day.ravel(), everyone)
    inside = kept & view.inside(view.first, view.last)
    k = np.bincount(calls.agent[inside & held], minlength=size)
    part = slice(view.first, view.last)
    candidates = []
    for one in np.flatnonzero(k >= 3):
        its = inside & (calls.agent == one)
        seen, of = view.per_quarter(its & held)[part], view.per_quarter(its)[part]
        for rise in rises(seen, usual[one] * of, of, offset=view.first, rho=rho, looks=LOOKS_A_DAY):
            hits = hardest_hit(ground, its & held, rise.first, rise.last, "callers were held long")
            if not hits:
                continue
            candidates.append(Candidate(
                screen="hold", account=None, asked=tuple(h.account for h in hits[:ASKED]), complaint="long-hold",
                start=ground.at(rise.first), end=ground.at(rise.last), score=rise.score, unit="agent-day",
                causes=("agent-long-holds",), harmed=rise.seen - rise.expected, hits=hits,
                data={"agent": calls.agents[one]}))
    return candidates


SCREEN = Screen("Were callers kept waiting or on hold?", ("calls",), run)
