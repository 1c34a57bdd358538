"""An urgent message was taken and never sent.

No attempt to deliver it is on record.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="an urgent message was never sent out",
    party="service",
    complaints=("dispatch",),
    signs=(
        Sign("message-not-dispatched", "for", "against",
             "no attempt to deliver the message is on record"),
        Sign("first-attempt-late", "against", None,
             "another trouble explains it: the first attempt came later than the account allows"),
        Sign("delivered-to-wrong-person", "against", None,
             "another trouble explains it: the message went to somebody who was not on call by the roster as it stood"),
        Sign("roster-changed-later", "against", None,
             "another trouble explains it: the roster was changed only after the message was taken"),
        Sign("change-never-recorded", "against", None,
             "another trouble explains it: the change the client speaks of was never recorded"),
        Sign("delivery-all-failed", "against", None,
             "another trouble explains it: every attempt failed or bounced"),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
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
