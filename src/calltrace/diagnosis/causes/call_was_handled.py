"""The call is there, and it was handled.

Answered, its message taken and, if urgent, delivered in time to the right person.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the call was answered and handled",
    party="nobody",
    complaints=("dispatch", "caller-claim"),
    signs=(
        Sign("caller-was-handled", "for", "against",
             "the call was answered and its message taken"),
        Sign("caller-found", None, "against",
             "no call of that number is on record"),
        Sign("message-handled", "for", "against",
             "the message was delivered in time to the right person"),
        Sign("message-not-dispatched", "against", None,
             "no attempt to deliver the message is on record"),
        Sign("first-attempt-late", "against", None,
             "the first attempt was late"),
        Sign("delivered-to-wrong-person", "against", None,
             "it went to somebody who was not on call"),
        Sign("roster-changed-later", "against", None,
             "the roster was changed after the message was taken"),
        Sign("change-never-recorded", "against", None,
             "the client speaks of a change that was never recorded"),
        Sign("sent-to-other-address", "against", None,
             "it went to another number or address than the roster gave", disputes=True),
        Sign("delivery-all-failed", "against", None,
             "every attempt failed"),
        Sign("delivery-unanswered", "against", None,
             "the attempts reached nobody", disputes=True),
        Sign("caller-never-answered", None, None,
             "nobody answered that caller's call", disputes=True),
        Sign("routine-not-sent", None, None,
             "routine messages went without an attempt to deliver them", disputes=True),
        Sign("caller-hung-up-soon", "against", None,
             "the caller left within seconds"),
        Sign("caller-left-after-wait", "against", None,
             "the caller gave up waiting"),
        Sign("caller-refused", "against", None,
             "the caller was refused"),
        Sign("caller-in-announcement", "against", None,
             "the call ended in an announcement"),
    ),
    asks_next=(
        "Give the client the call's time, agent, message and delivery, and offer the recording.",
        "Ask whether another call, at another time, is meant.",
    ),
    neighbours={
        "caller-hung-up":
            "the caller left before an agent answered",
        "dispatched-late":
            "the first attempt came after the limit",
        "on-call-not-updated":
            "the client says the roster had changed",
    },
    settled_by=(
        "the recording",
        "the number and time of the call that is meant",
    ),
)
