"""The board check's question about routine messages: did they go out as this account's usually do?

No limit binds a routine message and no roster, and some accounts have none sent at all, or read theirs in a portal. So an
account's routine messages are held against its own of the time before: how many had an attempt, and after how long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.checks._chance import plain, ramp, score, share_tail, weigh
from calltrace.diagnosis.checks._messages import facts, message_of
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import count, span

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._messages import Picked
    from calltrace.diagnosis.scene import Scene
    from calltrace.tables.case import Case

FACET = "routine-not-sent"

LEAST_BEFORE = 20
"""Routine messages of the time before, below which it is not known whether an account's are sent."""

MOST = 0.95
"""Part of the account's routine messages by whose first attempt a message is due."""

RARELY, LEAST_KNOWN = 0.2, 100
"""How many messages without an attempt are to be expected in the window, by at least so many of the time before, up to which
each of them is told: it was left, however many others went out."""

LEFT = 0.5
"""Strength of one that was left: it shows what became of it, and not whether the complaint is about it."""

AROUND = pd.Timedelta(hours=2)
"""Round messages that were not sent: whether those of others were sent then, or the log itself was silent."""

IN_COMMON = 0.02
"""Correlation of two messages' being sent or not, on ordinary days."""


def _first_at(case: Case, last: pd.Timestamp) -> pd.Series[pd.Timestamp]:
    """Return when every message was first tried to be delivered, by its id, of attempts up to ``last``; worked out once."""
    key = f"dispatch.first_at {last}"
    found = case.cache.get(key)
    if not isinstance(found, pd.Series):
        dispatch = case.table("dispatch")
        found = dispatch[dispatch["attempted_at"] <= last].groupby("message_id")["attempted_at"].min()
        case.cache[key] = found
    return found


def unsent(scene: Scene, picked: Picked, board: pd.DataFrame) -> Evidence:
    """Say whether far more of the account's routine messages than usual have no attempt to deliver them, or any where all have.

    ``board`` tells what became of each message of ``picked``.
    """
    messages, dispatch = scene.case.table("messages"), scene.case.table("dispatch")
    routine = messages[(messages["priority"] == "routine").fillna(value=False)]
    last = dispatch["attempted_at"].max()
    last = last if scene.question.now is None else min(last, scene.question.now)
    first_at = _first_at(scene.case, last)
    own = routine[(routine["account"] == scene.question.account).fillna(value=False)]
    before = own[(own["taken_at"] >= dispatch["attempted_at"].min()) & (own["taken_at"] < scene.question.start)]
    if len(before) < LEAST_BEFORE:
        return unasked(FACET, "too few routine messages of the time before tell whether the account's are sent")
    lag = before["message_id"].map(first_at) - before["taken_at"]
    sent = int(lag.notna().sum())
    due = picked.frame[picked.frame["message_id"].isin(own["message_id"])]
    due = due[due["taken_at"] + (lag.quantile(MOST) if sent else pd.Timedelta(0)) <= last]
    if due.empty:
        return unasked(FACET, "no routine message of that time was due when the dispatch log ends")
    lost = due[due["message_id"].map(first_at).isna()]
    usual = (len(before) - sent + 0.5) / (len(before) + 1.0)
    share = len(lost) / len(due)
    chance = share_tail(len(lost), len(due), usual, IN_COMMON)
    outcome, strength = weigh(chance, effect=ramp(share - usual, 0.1, 0.5) * (1.0 if picked.exact else 0.4))
    says = (
        f"{len(lost)} of {count(len(due), 'routine message')} of that time have no attempt to deliver them; of"
        f" {len(before)} before it {len(before) - sent} had none"
    )
    rare = len(before) >= LEAST_KNOWN and len(before) - sent <= RARELY * len(before) / len(due)
    overdue = lost[lost["taken_at"] + lag.max() <= last] if rare else lost.iloc[:0]
    if len(overdue) and (outcome is Outcome.CLEAR or strength < LEFT):
        outcome, strength, lost = Outcome.FOUND, LEFT * (1.0 if picked.exact else 0.4), overdue
        says = (
            f"{message_of(scene, overdue.iloc[0])} has no attempt to deliver it, {len(overdue)} of"
            f" {count(len(due), 'routine message')} of that time; of {len(before)} before it {len(before) - sent} had none"
        )
    if outcome is Outcome.CLEAR:
        return Evidence(FACET, outcome, says + ".", strength, observed=share, expected=usual, unit="share of messages",
                        data=plain(score=score(chance)))
    start, end = lost["taken_at"].min(), lost["taken_at"].max()
    others = within(routine[~routine["message_id"].isin(own["message_id"])], start - AROUND, end + AROUND, "taken_at")
    done = int(others["message_id"].map(first_at).notna().sum())
    if len(others) >= 3:
        says += f", and of the {len(others)} of other accounts {len(others) - done}"
        strength *= 0.25 if done == 0 else 1.0  # nobody's: a gap of the log
    those = "" if start == end else f" (those without: {span(start, end, scene.account.zone)})"
    return Evidence(
        FACET, outcome, f"{says}{those}.", round(strength, 3), observed=share,
        expected=usual, unit="share of messages", start=start, end=end, examples=examples_of(lost, "message_id", 20),
        data=facts(board[board["message_id"].isin(lost["message_id"])]) | plain(
            score=score(chance), unsent=len(lost), due=len(due), before=len(before), sent_before=sent,
            settled_by="Look up where this account's routine messages are to go and what was changed, and send those that did not"
            " go out."))
