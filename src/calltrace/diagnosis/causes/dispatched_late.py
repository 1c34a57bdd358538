"""The first attempt to deliver an urgent message came later than the account allows.

The limit is the account's own, else the profile's.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="an urgent message went out too late",
    party="service",
    complaints=("dispatch",),
    signs=(
        Sign("message-not-dispatched", "against", None,
             "another trouble explains it: no attempt to deliver the message is on record"),
        Sign("first-attempt-late", "for", "against",
             "the first attempt came later than the account allows"),
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
