"""Will a client's next bill surprise it: more calls, longer ones, more delivery attempts, or lines left forwarded?

A drift, not an event: asked of windows of some days at least, against the account's own weeks just before. Every
account of which anything a bill counts rose further than chance and the accounts' own drift take it is investigated as
if it had complained of its bill: of the window, or of all of a rise that began before it (:mod:`._weeks`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens import _drift
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._weeks import WEEKS_BACK, Attempts, Calls, Lengths, Time, rising
from calltrace.normal.intervals import microseconds, to_us

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.screens._drift import Moved
    from calltrace.diagnosis.audit.screens._weeks import Figure, Rising
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

AS_GOOD = 0.5
"""Scores no further apart are alike in what they say of when a rise began."""

LEFT_ON = "forwarding-left-on"
"""What more calls may come of as well: at which hours they came may be unknown."""

CAUSES = (LEFT_ON, "more-calls", "longer-calls", "more-delivery-attempts")


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Offer every account of which anything a bill counts rose beyond chance, and by as much as could be felt."""
    if short(ground):
        return []
    view = ground.view
    weeks = min(view.first // _drift.WEEK, WEEKS_BEFORE)
    if weeks < 1:
        return []
    calls, lengths, attempts = _figures(ground)
    figures: dict[str, Figure] = {"more-calls": calls, "longer-calls": lengths, "more-delivery-attempts": attempts}
    window = Time(view.first, view.last, weeks)
    now = calls.within(window)
    moved = {cause: figure.moved(window, now >= LEAST_CALLS) for cause, figure in figures.items()}
    moved[LEFT_ON] = _strays(ground, weeks)
    asked = np.log10(np.maximum(np.sum([m.ratio > 0 for m in moved.values()], axis=0), 1))
    rise = ground.profile.value("bill_rise")
    felt = {c: (m.ratio >= (LEAST_RISE if c == "more-calls" else rise)) for c, m in moved.items()}
    worth = {c: felt[c] & (m.score >= LEAST) for c, m in moved.items()}
    best = np.max([np.where(worth[c], m.score, 0.0) for c, m in moved.items()], axis=0) - asked
    found = {int(row): float(best[row]) for row in np.flatnonzero((best >= LEAST) & (now >= LEAST_CALLS))}
    candidates = []
    for row, score in found.items():
        one = ground.columns.accounts[row]
        extra = max(0.0, float(now[row]) - ground.baseline.of("account", one).expected(ground.start, ground.end))
        causes = {c for c in CAUSES if worth[c][row] and moved[c].ratio[row] >= rise}
        if worth["more-calls"][row]:
            causes.add(LEFT_ON)
        candidates.append(_candidate(ground, one, ground.start, score, causes, extra))
    for row, rises in rising(ground, figures, WEEKS_BEFORE, rise).items():
        its = _longest([replace(one, score=one.score - float(asked[row])) for one in rises], found.get(row, 0.0))
        if its is not None:
            causes = {*its.causes, *((LEFT_ON,) if "more-calls" in its.causes else ())}
            whose, more = ground.columns.accounts[row], calls.above(its.time, row)
            longer = _candidate(ground, whose, its.start, its.score, causes, more)
            candidates.append(replace(longer, unit="account-weeks"))  # what weeks before show lets none of the window's through
    return candidates


def _longest(rises: Sequence[Rising], of_window: float) -> Rising | None:
    """Return the longest of an account's rises that is all but as unlikely by chance as any; None where the window's is."""
    most = max(one.score for one in rises)
    if most < LEAST or of_window >= most - AS_GOOD:
        return None
    return max((one for one in rises if one.score >= most - AS_GOOD), key=lambda one: one.time.length)


def _candidate(  # noqa: PLR0917 -- whose, since when, how sure, of what
    ground: Ground, account: str, start: pd.Timestamp, score: float, causes: Collection[str], extra: float
) -> Candidate:
    """Return a bill that rose from ``start`` to the window's end; one that longer calls raised, or more attempts, harmed none."""
    return Candidate(
        screen="bill", account=account, asked=(account,), complaint="high-bill", start=start, end=ground.end, score=score,
        unit="account", causes=tuple(c for c in CAUSES if c in causes), margin=pd.Timedelta(0), harmed=max(0.0, extra),
        data={"extra_calls": extra}, since=start if start < ground.start else None)


def _figures(ground: Ground) -> tuple[Calls, Lengths, Attempts]:
    """Return what a bill counts, of the window and of as long before it as may be asked."""
    columns, view = ground.columns, ground.view
    size = len(columns.accounts)
    near = view.places(view.first - (WEEKS_BEFORE + WEEKS_BACK) * _drift.WEEK, view.last)
    account, quarter, talk = columns.account[near], view.bin[near], columns.talk[near]
    known = columns.owned[near] & (quarter < view.last)
    talked = np.flatnonzero(known & columns.answered[near] & ~np.isnan(talk))
    took = talk[talked] + np.nan_to_num(columns.hold[near][talked])
    calls = Calls(account[known], quarter[known], size, LEAST_CALLS)
    return calls, Lengths(account[talked], quarter[talked], took, size, LEAST_CALLS), _attempts(ground)


def _attempts(ground: Ground) -> Attempts:
    """Return the attempts of every message; of urgent ones where they are marked.

    A routine one is sent once whatever becomes of it.
    """
    messages, dispatch = ground.case.table("messages"), ground.case.table("dispatch")
    accounts = ground.columns.accounts
    urgent = messages[(messages["priority"] == "urgent").fillna(value=False)]
    messages = urgent if len(urgent) else messages
    at = messages["taken_at"]
    near = (at >= ground.start - pd.Timedelta(weeks=WEEKS_BEFORE + WEEKS_BACK)) & (at < ground.end)
    messages = messages[near.fillna(value=False) & messages["account"].isin(accounts)]
    counted = messages["message_id"].map(dispatch["message_id"].value_counts()).fillna(0)
    tries = np.asarray(counted.to_numpy(dtype=float), dtype=np.float64)
    place = {one: k for k, one in enumerate(accounts)}
    code = np.array([place[str(one)] for one in messages["account"]], dtype=np.int64)
    quarter = ground.view.grid.bin(microseconds(messages["taken_at"]))
    sent = tries > 0
    return Attempts(code[sent], quarter[sent], tries[sent], len(accounts), LEAST_MESSAGES)


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
