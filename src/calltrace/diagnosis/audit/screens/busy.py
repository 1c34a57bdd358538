"""Were an account's callers refused as busy, again and again?

Refusals by account against the account's own usual, over stretches as long as the window: a limit set too low lasts
until somebody changes it. Whether it is the limit or a crowd is for the investigation to say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import rises_of_each

LEAST_RATE = 0.2 / 672
"""Refusals a quarter hour that are usual even where none was seen: one in five weeks."""

BURST = 0.5
"""Dispersion of refusals: who is refused tries again, and a full line refuses all who come."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Scan every account's refusals."""
    view = ground.view
    busy = ground.columns.ended("busy")
    inside = ground.per_account(busy, view.first, view.last)
    rate = np.maximum(ground.usually(busy) / max(1.0, float(view.usual.sum())), LEAST_RATE)
    rows = np.flatnonzero(inside.sum(axis=1) >= 3)
    found = rises_of_each(
        rows, inside, rate[:, None], offset=view.first, dispersion=BURST, longest=view.last - view.first)
    accounts = view.calls.accounts
    return [
        Candidate(
            screen="busy", account=accounts[row], asked=(accounts[row],), complaint="busy", start=ground.at(rise.first),
            end=ground.at(rise.last), score=rise.score, causes=("path-limit",), harmed=rise.seen - rise.expected)
        for row, rise in found]


SCREEN = Screen("Were callers refused as busy?", ("calls.outcome", "calls.account"), run)
