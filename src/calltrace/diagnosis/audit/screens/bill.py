"""Will a client's next bill surprise it: more calls, longer ones, more delivery attempts, or lines left forwarded?

A drift, not an event: asked of windows of some days at least, against the account's own weeks just before. Every
account with calls enough is investigated as if it had complained of its bill.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen

LEAST_DAYS = 5.0
"""Days of a window below which no drift can be told from a busy day."""

LEAST_CALLS = 20

BEFORE = pd.Timedelta(days=7)
"""Records an account needs before the window."""

CAUSES = ("forwarding-left-on", "more-calls", "longer-calls", "more-delivery-attempts")


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Offer every account with enough calls before and within the window."""
    calls = ground.case.calls
    if ground.days < LEAST_DAYS or not len(calls) or calls["offered_at"].iloc[0] > ground.start - BEFORE:
        return []
    view = ground.view
    inside = ground.per_account(np.ones(len(calls), dtype=bool), view.first, view.last).sum(axis=1)
    candidates = []
    for row in np.flatnonzero(inside >= LEAST_CALLS):
        account = view.calls.accounts[row]
        candidates.append(Candidate(
            screen="bill", account=account, asked=(account,), complaint="high-bill", start=ground.start,
            end=ground.end, score=CERTAIN, causes=CAUSES, harmed=float(inside[row])))
    return candidates


CERTAIN = 9.0

SCREEN = Screen("Does a bill drift?", ("calls.account",), run)
