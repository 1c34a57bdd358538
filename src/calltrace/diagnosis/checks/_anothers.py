"""Calls and messages that stand under one account and seem to be another's: what is found of them is not the account's.

Two numbers exchanged in the switch's tables lay one client's calls to another, and with them the messages, which went to whom
the client that was called has on call. Read by the wrong client's roster they all went astray, and read by the wrong client's
week its calls came as ever. Neither is said with any certainty where a fair part of the calls were made to a number that the
accounts table gives to another (:mod:`calltrace.intake.misbooked`), more than before; or, of messages, were made by another's
callers (:mod:`calltrace.diagnosis.astray`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.astray import at_anothers
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import count
from calltrace.intake import misbooked

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

CALLS, MESSAGES = "calls-of-another", "message-of-another"

LEAST_PART = 0.3
"""Part of the calls, or of the messages, from which it is said."""

BEFORE = 0.5
"""Part of that which was so before the window up to which it is new: a number that two clients have always shared is none."""

READ_BY_ROSTER = ("wrong-person", "changed-later", "other-address")
"""What becomes of messages by the roster of the account they stand under."""

AROUND = pd.Timedelta(days=2)
"""How far about a message another's silence is looked for, in which its callers rang the account's number."""


def calls(scene: Scene) -> Evidence:
    """Say whether a fair part of the window's calls were made to a number that the accounts table gives to another."""
    if scene.case.lacks(("accounts.numbers", "calls.dnis")):
        return unasked(CALLS, "whose number was dialled is not on file")
    booked = [b for b in misbooked.of_others(scene.case) if b.account == scene.question.account]
    at, start = scene.calls["offered_at"], scene.question.start
    which = np.isin(scene.case.rows("account", scene.question.account), np.concatenate(
        [np.array([], dtype=np.int64), *(b.rows for b in booked)]))
    inside = ((at >= start) & (at < scene.question.end)).to_numpy(dtype=bool)
    early = (at < start).to_numpy(dtype=bool)
    seen, total = int((which & inside).sum()), int(inside.sum())
    part, before = seen / max(total, 1), float(which[early].mean()) if early.any() else 0.0
    if seen < misbooked.LEAST or part < LEAST_PART or before > BEFORE * part:
        return Evidence(CALLS, Outcome.CLEAR, "hardly a call was made to a number that the accounts table gives to another")
    rows = scene.calls[which & inside]
    whose = _whose(booked, set(rows["dnis"]))
    return Evidence(
        CALLS, Outcome.FOUND,
        f"{seen} of the {count(total, 'call')} that stand under this account were made to {whose}: whether they are its calls the"
        " records do not say",
        strength=part, observed=float(seen), expected=before * total, unit="calls", start=start, end=scene.question.end,
        examples=examples_of(rows, "call_id"), data={"settled_by": _look_up(whose)})


def messages(scene: Scene, board: pd.DataFrame) -> Evidence:
    """Say whether the messages that went astray by the account's roster are of calls that seem to be another's."""
    wrong = board[board["state"].isin(READ_BY_ROSTER)]
    own = scene.calls[scene.calls["call_id"].isin(wrong["call_id"].dropna())] if len(wrong) else scene.calls.iloc[:0]
    if own.empty:
        return Evidence(MESSAGES, Outcome.CLEAR, "No message went astray by the roster whose call is on record.")
    theirs, whose, look_up = _booked(scene, own)
    if not len(theirs):
        theirs, whose, look_up = _astray(scene, own)
    part = len(theirs) / len(wrong)
    if part < LEAST_PART:
        return Evidence(MESSAGES, Outcome.CLEAR, "The calls of those messages were made to the account's own numbers.")
    all_ = f"{len(theirs)} of {len(wrong)}" if len(wrong) > 1 else "the one"
    return Evidence(
        MESSAGES, Outcome.FOUND,
        f"the {'calls' if len(wrong) > 1 else 'call'} of {all_} that went to somebody else {'were' if len(wrong) > 1 else 'was'}"
        f" made to {whose}: by that client's roster they may have gone to the right person",
        strength=part, observed=float(len(theirs)), unit="messages", start=own["offered_at"].min(), end=own["offered_at"].max(),
        examples=examples_of(theirs, "call_id"), data={"settled_by": look_up})


def _booked(scene: Scene, own: pd.DataFrame) -> tuple[pd.DataFrame, str, str]:
    """Return those of some calls that were made to a number of another's, whose it is, and what settles it."""
    booked = [b for b in misbooked.of_others(scene.case) if b.account == scene.question.account]
    theirs = own[own["dnis"].isin([b.number for b in booked]).fillna(value=False)]
    whose = _whose(booked, set(theirs["dnis"]))
    return theirs, whose, f"{_look_up(whose)} Hold those messages against the roster of whose calls they were."


def _astray(scene: Scene, own: pd.DataFrame) -> tuple[pd.DataFrame, str, str]:
    """Return those of some calls that were made while another's callers rang the account's number, whose, and what settles it."""
    span = own["offered_at"].min() - AROUND, own["offered_at"].max() + AROUND
    went = at_anothers(scene.case, scene.baseline, scene.question.account, span)
    if went is None:
        return own.iloc[:0], "", ""
    theirs = within(own[(own["dnis"] == went.number).fillna(value=False)], went.start, went.end)
    return theirs, f"{went.number} while callers of account {went.silent} came in on it, which had no call then", went.settled_by


def _whose(booked: list[misbooked.Booked], dialled: set[str]) -> str:
    """Name the numbers that were dialled, and whose they are by the accounts table."""
    numbers = [f"{b.number}, which the accounts table gives to {b.owner}" for b in booked if b.number in dialled]
    more = f", and to {count(len(numbers) - 2, 'more number')}" if len(numbers) > 2 else ""
    return f"{'; '.join(numbers[:2])}{more}"


def _look_up(whose: str) -> str:
    return f"Look up whose number it is, and since when: {whose}. Correct the accounts table or the switch's, and ask again."
