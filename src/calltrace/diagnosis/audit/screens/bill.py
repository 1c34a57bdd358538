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

FELT = 1.08
"""How many times its usual a figure must be to be worth asking: the investigation wants a tenth."""

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
    more = (now / ground.days) / np.maximum(then / past_days, 1e-9) >= FELT
    longer = _mean(per_account(inside & columns.answered, handled), per_account(inside & columns.answered)) >= FELT * _mean(
        per_account(before & columns.answered, handled), per_account(before & columns.answered))
    worth = (now >= LEAST_CALLS) & (more | longer | _more_attempts(ground, size))
    candidates = []
    for row in np.flatnonzero(worth):
        account = columns.accounts[row]
        rhythm = ground.baseline.of("account", account)
        extra = max(0.0, float(now[row]) - rhythm.expected(ground.start, ground.end))
        candidates.append(Candidate(
            screen="bill", account=account, asked=(account,), complaint="high-bill", start=ground.start, end=ground.end,
            score=CERTAIN, causes=CAUSES, margin=pd.Timedelta(0), harmed=max(1.0, extra), data={"extra_calls": extra}))
    return candidates


def _mean(total: Floats, count: Floats) -> Floats:
    return np.asarray(total / np.maximum(count, 1.0))


def _more_attempts(ground: Ground, size: int) -> Bools:
    """Return whose messages took more delivery attempts each than in the weeks before."""
    messages, dispatch = ground.case.table("messages"), ground.case.table("dispatch")
    if messages.empty or dispatch.empty:
        return np.zeros(size, dtype=bool)
    tries = messages["message_id"].map(dispatch["message_id"].value_counts()).fillna(0).astype(float)
    frame = pd.DataFrame({"account": messages["account"], "tries": tries, "at": messages["taken_at"]})
    frame = frame[frame["tries"] > 0]
    inside = (frame["at"] >= ground.start) & (frame["at"] < ground.end)
    before = (frame["at"] < ground.start) & (frame["at"] >= ground.start - pd.Timedelta(weeks=WEEKS_BEFORE))
    now, then = (frame[which].groupby("account")["tries"].mean() for which in (inside, before))
    ratio = (now / then).reindex(list(ground.columns.accounts)).fillna(0.0)
    return np.asarray(ratio.to_numpy(dtype=float) >= FELT)


SCREEN = Screen("Does a bill drift?", ("calls.account",), run)
