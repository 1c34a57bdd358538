"""Will a client's next bill surprise it: more calls, longer ones, more delivery attempts, or lines left forwarded?

A drift, not an event: asked of windows of some days at least, against the account's own weeks just before. Every
account of which anything a bill counts rose further than chance and the accounts' own drift take it is investigated as
if it had complained of its bill.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens import _drift
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.normal.intervals import to_us

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.screens._drift import Moved
    from calltrace.diagnosis.checks._chance import Bools

LEAST_DAYS = 5.0
"""Days of a window below which no drift can be told from a busy day."""

LEAST_CALLS = 20

LEAST_MESSAGES = 5

BEFORE = pd.Timedelta(days=7)
"""Records an account needs before the window."""

WEEKS_BEFORE = 8
"""Weeks before the window that it is held against."""

LEAST_RISE = 1.08
"""How many times its usual any figure must be to be worth asking: the investigation wants a tenth."""

LEAST = 1.0
"""Score from which a rise is worth a thought; the false discovery rate decides."""

CAUSES = ("forwarding-left-on", "more-calls", "longer-calls", "more-delivery-attempts")


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Offer every account of which anything a bill counts rose beyond chance, and by as much as could be felt."""
    if short(ground):
        return []
    columns, view = ground.columns, ground.view
    size, weeks = len(columns.accounts), min(view.first // _drift.WEEK, WEEKS_BEFORE)
    if weeks < 1:
        return []
    near = view.places(view.first - weeks * _drift.WEEK, view.last)
    account, back, talk = columns.account[near], view.bin[near] - view.first, columns.talk[near]
    known = columns.owned[near] & (back >= -weeks * _drift.WEEK) & (view.bin[near] < view.last)
    talked = np.flatnonzero(known & columns.answered[near] & ~np.isnan(talk))
    took, who, when = talk[talked] + np.nan_to_num(columns.hold[near][talked]), account[talked], back[talked]
    if not known.all():
        account, back = account[known], back[known]
    now = np.bincount(account[back >= 0], minlength=size).astype(float)
    length = view.last - view.first
    past, begun = _drift.by_week(account, back, size, weeks, length)
    moved = {
        "more-calls": _drift.of_counts(now, past, begun, length, now >= LEAST_CALLS),
        "longer-calls": _drift.of_lengths(
            np.log1p(took), took, who, when >= 0, size, LEAST_CALLS),
        "more-delivery-attempts": _attempts(ground),
        "forwarding-left-on": _strays(ground, weeks),
    }
    asked = np.sum([m.ratio > 0 for m in moved.values()], axis=0)
    felt = {c: (m.ratio >= (LEAST_RISE if c == "more-calls" else ground.profile.value("bill_rise")))
            for c, m in moved.items()}
    worth = {c: felt[c] & (m.score >= LEAST) for c, m in moved.items()}
    best = np.max([np.where(worth[c], m.score, 0.0) for c, m in moved.items()], axis=0) - np.log10(np.maximum(asked, 1))
    candidates = []
    for row in np.flatnonzero((best >= LEAST) & (now >= LEAST_CALLS)):
        one = columns.accounts[row]
        extra = max(0.0, float(now[row]) - ground.baseline.of("account", one).expected(ground.start, ground.end))
        causes = tuple(c for c in CAUSES if worth[c][row] and moved[c].ratio[row] >= ground.profile.value("bill_rise"))
        if worth["more-calls"][row] and "forwarding-left-on" not in causes:
            causes = ("forwarding-left-on", *causes)  # whose calls may be many and their hours unknown
        candidates.append(Candidate(
            screen="bill", account=one, asked=(one,), complaint="high-bill", start=ground.start, end=ground.end,
            score=float(best[row]), unit="account", causes=causes, margin=pd.Timedelta(0), harmed=max(1.0, extra),
            data={"extra_calls": extra}))
    return candidates


def _attempts(ground: Ground) -> Moved:
    """Return how delivery attempts moved; of urgent messages where they are marked.

    A routine one is sent once whatever becomes of it.
    """
    messages, dispatch = ground.case.table("messages"), ground.case.table("dispatch")
    accounts = ground.columns.accounts
    urgent = messages[(messages["priority"] == "urgent").fillna(value=False)]
    messages = urgent if len(urgent) else messages
    at = messages["taken_at"]
    near = (at >= ground.start - pd.Timedelta(weeks=WEEKS_BEFORE)) & (at < ground.end)
    messages = messages[near.fillna(value=False) & messages["account"].isin(accounts)]
    if messages.empty or dispatch.empty:
        return _drift.nothing(len(accounts))
    counted = messages["message_id"].map(dispatch["message_id"].value_counts()).fillna(0)
    tries = np.asarray(counted.to_numpy(dtype=float), dtype=np.float64)
    place = {one: k for k, one in enumerate(accounts)}
    code = np.array([place[str(one)] for one in messages["account"]], dtype=np.int64)
    now = (messages["taken_at"] >= ground.start).to_numpy(dtype=bool)
    sent = tries > 0
    return _drift.of_attempts(tries[sent], code[sent], now[sent], len(accounts), LEAST_MESSAGES)


def _strays(ground: Ground, weeks: int) -> Moved:
    """Return how calls outside coverage moved, of the accounts whose coverage is known and not around the clock."""
    columns, view = ground.columns, ground.view
    size = len(columns.accounts)
    since = ground.start - pd.Timedelta(weeks=weeks)
    seen, past = np.zeros(size), np.zeros(size)
    known: Bools = np.zeros(size, dtype=bool)
    _, order, edges = ground.case.in_groups("account")
    near = view.places(view.first - weeks * _drift.WEEK - 1, view.last + 1)
    begin, finish = to_us(ground.start), to_us(ground.end)
    for row, account in enumerate(columns.accounts):
        covered = ground.coverage(account, since, ground.end)
        if not covered:
            continue
        known[row] = True
        own = order[edges[row] : edges[row + 1]]
        own = own[slice(*np.searchsorted(own, (near.start, near.stop)).tolist())]
        at = columns.at[own]
        at = at[(at >= to_us(since)) & (at < finish)]
        spans = np.array([(to_us(s), to_us(e)) for s, e in covered], dtype=np.int64)
        place = np.searchsorted(spans[:, 0], at, side="right") - 1
        outside = (place < 0) | (at >= spans[np.maximum(place, 0), 1])
        for first, last in ground.case.days_off(account, ground.coverage_text(account)):
            outside &= (at < to_us(first)) | (at >= to_us(last))
        seen[row], past[row] = float((outside & (at >= begin)).sum()), float((outside & (at < begin)).sum())
    return _drift.of_strays(seen, past, (view.last - view.first) / (weeks * _drift.WEEK), known)


def short(ground: Ground) -> str:
    """Say that the window, or what is on record before it, is too short for a drift."""
    if ground.days < LEAST_DAYS:
        return f"a window of {LEAST_DAYS:.0f} days and more"
    calls = ground.case.calls
    if not len(calls) or calls["offered_at"].iloc[0] > ground.start - BEFORE:
        return f"calls of the {BEFORE.days} days before the window"
    return ""


SCREEN = Screen("Does a bill drift?", ("calls.account",), run, short)
