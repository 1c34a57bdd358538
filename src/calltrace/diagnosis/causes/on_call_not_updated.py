"""The roster the client had given was out of date.

Delivered in time to the person on call by the roster as it stood; the change came only later, or was never recorded.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import other_troubles

CAUSE = Cause(
    title="the client's on-call roster had not been updated",
    party="client",
    complaints=("dispatch",),
    signs=(
        Sign("roster-changed-later", "for", "against",
             "the roster was changed only after the message was taken"),
        Sign("change-never-recorded", "for", "against",
             "the change the client speaks of was never recorded"),
        Sign("message-handled", "against", None,
             "the message was delivered in time to the right person"),
        Sign("urgent-message-taken", None, "against",
             "no urgent message of that caller and time is on record"),
        Sign("message-of-another", None, None,
             "the calls of those messages seem to be another client's", disputes=True),
        *other_troubles("roster-changed-later", "change-never-recorded"),
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
