"""Every attempt to deliver the message failed or bounced.

Attempted in time, to the right person; the pager, number or mailbox could not be reached.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import other_troubles

CAUSE = Cause(
    title="the message could not be delivered: every attempt failed",
    party="carrier",
    complaints=("dispatch",),
    signs=(
        Sign("delivery-all-failed", "for", "against",
             "every attempt failed or bounced"),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
        Sign("delivery-unanswered", "against", None,
             "some attempts reached a phone that nobody answered"),
        *other_troubles("delivery-all-failed"),
    ),
    asks_next=(
        "Test the address or number the attempts went to, and write down what is heard.",
        "Ask the client for a second way to reach its on-call person.",
    ),
    neighbours={
        "not-dispatched":
            "there is no attempt at all",
        "call-was-handled":
            "one attempt was delivered",
    },
    settled_by=(
        "a test of the pager, number or mailbox",
        "the carrier's or mail server's own log",
    ),
)
