"""The call is there: the caller left within some ten seconds.

In the ringing or the greeting, before an agent could answer.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the caller hung up within seconds",
    party="callers",
    complaints=("caller-claim",),
    signs=(
        Sign("caller-hung-up-soon", "for", "against",
             "the call ended by the caller within some ten seconds"),
        Sign("caller-found", None, "against",
             "no call of that number is on record"),
        Sign("caller-was-handled", "against", None,
             "the call was answered"),
        Sign("caller-left-after-wait", "against", None,
             "the caller waited longer than some seconds"),
        Sign("caller-refused", "against", None,
             "the caller was refused"),
        Sign("caller-in-announcement", "against", None,
             "the call ended in an announcement"),
    ),
    asks_next=(
        "Tell the client the time of the call and after how many seconds it ended.",
        "Ask whether the greeting may have made callers think it was a machine.",
    ),
    neighbours={
        "call-was-handled":
            "an agent answered",
        "no-record-of-call":
            "no call of the number is on record",
    },
    settled_by=(
        "the recording or the switch's own trace of the call",
    ),
)
