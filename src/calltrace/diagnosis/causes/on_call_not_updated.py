"""The roster the client had given was out of date.

Delivered in time to the person on call by the roster as it stood; the change came only later, or was never recorded.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the client's on-call roster had not been updated",
    party="client",
    complaints=("dispatch",),
    signs=(
        Sign("message-not-dispatched", "against", None,
             "another trouble explains it: no attempt to deliver the message is on record"),
        Sign("first-attempt-late", "against", None,
             "another trouble explains it: the first attempt came later than the account allows"),
        Sign("delivered-to-wrong-person", "against", None,
             "another trouble explains it: the message went to somebody who was not on call by the roster as it stood"),
        Sign("roster-changed-later", "for", "against",
             "the roster was changed only after the message was taken"),
        Sign("change-never-recorded", "for", "against",
             "the change the client speaks of was never recorded"),
        Sign("delivery-all-failed", "against", None,
             "another trouble explains it: every attempt failed or bounced"),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
    ),
    asks_next=(
        "Ask when the change was made, by whom and how: portal, mail, or a call to an agent.",
        "Agree on one way to change the roster, confirmed in writing each time.",
    ),
    neighbours={
        "dispatched-to-wrong-person":
            "the recipient was not on call by the roster as it stood",
        "call-was-handled":
            "nobody claims that the roster had changed",
    },
    settled_by=(
        "the roster's history of changes",
        "the client's own mail or note of the change",
    ),
)
