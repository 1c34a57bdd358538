"""The board check's question about a caller without a message: was any of their calls answered at all?

Where no message of the caller complained of is on record, their own call may be: one that nobody answered leaves no message to
deliver, and nothing that became of others' messages says anything of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.caller import HIDDEN, found_for
from calltrace.diagnosis.checks._messages import ROUND
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.rows import plain
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import clock, count
from calltrace.tables.waits import wait_s

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._messages import Picked
    from calltrace.diagnosis.scene import Scene

FACET = "caller-never-answered"

ENDED = {
    "abandoned": "was left by the caller",
    "no_answer": "was left by the caller",
    "busy": "was refused as busy",
    "failed": "was cut by the switch",
    "announcement": "ended in a recording",
}
"""What is said of a call by how it ended. In a voicemail a message may have been left."""

NEXT = (
    "Ask why nobody answered that call: investigate the hours round it as abandoned, as long-hold or as busy. Have the caller"
    " called back.")
"""What is to be done about such a call."""

_LISTED = {n: n for n in ("call_id", "offered_at", "outcome", "ring_s", "queue_s", "hold_s", "talk_s")}


def unserved(scene: Scene, picked: Picked) -> Evidence:
    """Say whether the caller, of whom no message is on record, called and was answered by nobody."""
    caller = scene.question.caller
    if not caller or caller == HIDDEN:
        return unasked(FACET, "Could not be asked: no caller's number was given.")
    if picked.exact:
        return unasked(FACET, "a message of that caller is on record")
    theirs, named = found_for(scene.calls, caller)
    start, end = scene.question.start, scene.question.end
    own = within(theirs, start, end)
    own = own if len(own) else within(theirs, start - ROUND, end + ROUND)
    if own.empty:
        return unasked(FACET, "no call of that number to this account is on record at that time")
    zone, why = scene.account.zone, "same number" if named == caller else "same last digits"
    if not bool(own["outcome"].isin(list(ENDED)).all()):
        return Evidence(FACET, Outcome.CLEAR, f"Not each of {count(len(own), 'call')} from {named} then went unanswered.")
    first, waited = own.iloc[0], wait_s(own).iloc[0]
    after = "" if pd.isna(waited) or first["outcome"] not in {"abandoned", "no_answer"} else f" after {waited:.0f} s"
    more = f" So {'was' if len(own) == 2 else 'were'} {len(own) - 1} more: none was answered." if len(own) > 1 else ""
    return Evidence(
        FACET,
        Outcome.FOUND,
        f"The call from {named} {clock(first['offered_at'], zone)} ({first['call_id']}) {ENDED[str(first['outcome'])]}{after}:"
        f" nobody answered it, so no message was taken.{more}",
        observed=float(len(own)),
        unit="calls",
        start=own["offered_at"].min(),
        end=own["offered_at"].max(),
        examples=examples_of(own, "call_id"),
        data={
            "candidates": [{"why": why, **row, "message_id": None} for row in plain(own, _LISTED, 25)],
            "settled_by": NEXT,
        },
    )
