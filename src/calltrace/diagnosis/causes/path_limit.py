"""Callers refused at the account's simultaneous-call limit at ordinary volume.

The limit as programmed is too low, or was lowered.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="callers were refused at the account's limit of simultaneous calls",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls", "caller-claim"),
    signs=(
        Sign("refused-at-ordinary-volume", "for", "against",
             "callers were refused at an ordinary number of calls"),
        Sign("at-path-limit", "for", "against",
             "they were refused at the account's limit"),
        Sign("refused-busy", "for", "against",
             "the account's callers were refused as busy"),
        Sign("limit-lowered", "for", "against",
             "the account had more calls at once before"),
        Sign("own-surge", "against", None,
             "the account's own callers came in far above its normal"),
        Sign("caller-refused", "for", None,
             "the caller was refused"),
        Sign("ends-in-announcement", "against", None,
             "the calls ended in an announcement"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("caller-found", None, "against",
             "no call of that number is on record"),
        Sign("caller-was-handled", "against", None,
             "the call was answered"),
        Sign("caller-hung-up-soon", "against", None,
             "the caller left within seconds"),
        Sign("callers-unserved", "against", None,
             "those who were let in waited for nobody, and filled the paths"),
    ),
    asks_next=(
        "Raise the limit, and find out when and by whom it was last set.",
        "Agree with the client how many calls at once it needs.",
    ),
    neighbours={
        "own-surge":
            "the limit was met because far more callers came",
        "trunk-group-degraded":
            "blocked before the switch, on the whole trunk group",
        "too-few-trunks":
            "blocked before the switch, on the whole trunk group, at the peaks of every week",
    },
    settled_by=(
        "the programming history of the account's limit",
    ),
)
