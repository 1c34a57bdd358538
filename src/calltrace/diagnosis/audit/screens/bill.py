"""Will a client's next bill surprise it: more calls, longer ones, more delivery attempts, or lines left forwarded?

A drift, not an event: asked of windows of some days at least, against the account's own weeks just before. Every
account with calls enough is investigated as if it had complained of its bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats

LEAST_DAYS = 5.0
"""Days of a window below which no drift can be told from a busy day."""

LEAST_CALLS = 20

BEFORE = pd.Timedelta(days=7)
"""Records an account needs before the window."""

CERTAIN = 9.0
"""Score of a candidate that no chance was worked out for: the investigation's own figures decide."""

WEEKS_BEFORE = 8
"""Weeks before the window that it is held against."""

LEAST_RISE = 1.08
"""How many times its usual any figure must be to be worth asking: the investigation wants a tenth."""

CAUSES = ("forwarding-left-on", "more-calls", "longer-calls", "more-delivery-attempts")


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Offer every account of which anything a bill counts rose by as much as could be felt."""
    calls = ground.case.calls
    if ground.days < LEAST_DAYS or not len(calls) or calls["offered_at"].iloc[0] > ground.start - BEFORE:
        return []
    columns, view = ground.columns, ground.view
    size = len(columns.accounts)
    known = columns.account >= 0
    inside = known & view.inside(view.first, view.last)
    before = known & view.inside(0, view.first) & view.inside(view.first - WEEKS_BEFORE * 7 * 96, view.first)

    def per_account(which: Bools, weights: Floats | None = None) -> Floats:
        picked = None if weights is None else weights[which]
        return np.bincount(columns.account[which], weights=picked, minlength=size).astype(float)

    now, then = per_account(inside), per_account(before)
    past_days = max(1.0, min(view.first / 96, WEEKS_BEFORE * 7.0))
    handled = np.nan_to_num(columns.talk)
    length, usual_length = (
        per_account(part & columns.answered, handled) / np.maximum(per_account(part & columns.answered), 1.0)
        for part in (inside, before))
    risen = {
        "more-calls": (now / ground.days) / np.maximum(then / past_days, 1e-9),
        "longer-calls": length / np.maximum(usual_length, 1e-9),
        "more-delivery-attempts": _attempts(ground)}
    felt = ground.profile.value("bill_rise")
    worth = (now >= LEAST_CALLS) & (then > 0) & (np.max(list(risen.values()), axis=0) >= LEAST_RISE)
    candidates = []
    for row in np.flatnonzero(worth):
        account = columns.accounts[row]
        rhythm = ground.baseline.of("account", account)
        extra = max(0.0, float(now[row]) - rhythm.expected(ground.start, ground.end))
        causes = tuple(c for c in CAUSES if c not in risen or risen[c][row] >= felt)
        candidates.append(Candidate(
            screen="bill", account=account, asked=(account,), complaint="high-bill", start=ground.start, end=ground.end,
            score=CERTAIN, causes=causes, margin=pd.Timedelta(0), harmed=max(1.0, extra), data={"extra_calls": extra}))
    return candidates


def _attempts(ground: Ground) -> Floats:
    """Return how many times as many delivery attempts an account's messages took as in the weeks before, 0 if unknown.

    Of urgent messages where they are marked: a routine one is sent once whatever becomes of it.
    """
    messages, dispatch = ground.case.table("messages"), ground.case.table("dispatch")
    urgent = messages[(messages["priority"] == "urgent").fillna(value=False)]
    messages = urgent if len(urgent) else messages
    if messages.empty or dispatch.empty:
        return np.zeros(len(ground.columns.accounts))
    tries = messages["message_id"].map(dispatch["message_id"].value_counts()).fillna(0).astype(float)
    frame = pd.DataFrame({"account": messages["account"], "tries": tries, "at": messages["taken_at"]})
    frame = frame[frame["tries"] > 0]
    inside = (frame["at"] >= ground.start) & (frame["at"] < ground.end)
    before = (frame["at"] < ground.start) & (frame["at"] >= ground.start - pd.Timedelta(weeks=WEEKS_BEFORE))
    now, then = (frame[which].groupby("account")["tries"].mean() for which in (inside, before))
    ratio = (now / then).reindex(list(ground.columns.accounts)).fillna(0.0)
    return np.asarray(ratio.to_numpy(dtype=float))


SCREEN = Screen("Does a bill drift?", ("calls.account",), run)
