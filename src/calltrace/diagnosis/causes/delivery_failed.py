"""Every attempt to deliver the message failed or bounced.

Attempted in time, to the right person; the pager, number or mailbox could not be reached.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the message could not be delivered: every attempt failed",
    party="carrier",
    complaints=("dispatch",),
    signs=(
        Sign("message-not-dispatched", "against", None,
             "another trouble explains it: no attempt to deliver the message is on record"),
        Sign("first-attempt-late", "against", None,
             "another trouble explains it: the first attempt came later than the account allows"),
        Sign("delivered-to-wrong-person", "against", None,
             "another trouble explains it: the message went to somebody who was not on call by the roster as it stood"),
        Sign("roster-changed-later", "against", None,
             "another trouble explains it: the roster was changed only after the message was taken"),
        Sign("change-never-recorded", "against", None,
             "another trouble explains it: the change the client speaks of was never recorded"),
        Sign("delivery-all-failed", "for", "against",
             "every attempt failed or bounced"),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
        Sign("delivery-unanswered", "against", None,
             "some attempts reached a phone that nobody answered"),
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
