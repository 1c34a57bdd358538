"""The first attempt to deliver an urgent message came later than the account allows.

The limit is the account's own, else the profile's.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import other_troubles

CAUSE = Cause(
    title="an urgent message went out too late",
    party="service",
    complaints=("dispatch",),
    signs=(
        Sign("first-attempt-late", "for", "against",
             "the first attempt came later than the account allows"),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
        *other_troubles("first-attempt-late"),
    ),
    asks_next=(
        "Ask the agent what held the message up, and look at the load of that hour.",
        "Tell the client when the first attempt was made, to whom, and what will change.",
    ),
    neighbours={
        "not-dispatched":
            "there is no attempt at all",
        "on-call-not-updated":
            "it went out in time, to the roster as it stood",
    },
    settled_by=(
        "the dispatch log with its times",
        "the account's own limit",
    ),
)
