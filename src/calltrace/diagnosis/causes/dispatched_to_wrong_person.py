"""A message was delivered to somebody who was not on call.

Judged by the roster as it stood when the message was taken.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import other_troubles

CAUSE = Cause(
    title="the message went to somebody who was not on call",
    party="service",
    complaints=("dispatch",),
    signs=(
        Sign("delivered-to-wrong-person", "for", "against",
             "the message went to somebody who was not on call by the roster as it stood"),
        Sign("sent-to-other-address", "for", None,
             "the message went to another number or address than the roster gave for that person", disputes=True),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
        Sign("message-of-another", None, None,
             "the calls of those messages seem to be another client's", disputes=True),
        *other_troubles("delivered-to-wrong-person", "sent-to-other-address"),
    ),
    asks_next=(
        "Reach the person who was on call, and the one who got the message by mistake: it may be private.",
        "Ask the agent which roster page was open.",
    ),
    neighbours={
        "on-call-not-updated":
            "the person was on call by the roster as it stood then",
        "dispatched-late":
            "the first attempt was late, whoever got it",
    },
    settled_by=(
        "the roster's history",
        "whom the client meant to be on call",
    ),
)
