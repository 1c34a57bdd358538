"""An urgent message was taken and never sent.

No attempt to deliver it is on record.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import other_troubles

CAUSE = Cause(
    title="an urgent message was never sent out",
    party="service",
    complaints=("dispatch",),
    signs=(
        Sign("message-not-dispatched", "for", "against",
             "no attempt to deliver the message is on record"),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
        *other_troubles("message-not-dispatched"),
    ),
    asks_next=(
        "Call the client's on-call person with the message now, if it still matters.",
        "Ask the agent who took it what happened after the call, and listen to the recording.",
    ),
    neighbours={
        "dispatched-late":
            "there is an attempt, too late",
        "delivery-failed":
            "there were attempts, and all failed",
        "call-was-handled":
            "it was delivered in time",
    },
    settled_by=(
        "the dispatch log of that day",
        "the agent's own account",
    ),
)
