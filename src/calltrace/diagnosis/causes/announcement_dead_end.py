"""Calls stop reaching agents and end in the announcement, from some time on.

A routing or schedule on the switch sends them there.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="calls ended in an announcement and never reached an agent",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls", "caller-claim"),
    signs=(
        Sign("ends-in-announcement", "for", "against",
             "the account's calls ended in an announcement"),
        Sign("lost-after-arrival", "for", "against",
             "calls arrived and never reached an agent"),
        Sign("caller-in-announcement", "for", None,
             "the call ended in an announcement"),
        Sign("own-surge", "against", None,
             "the account's own callers rose"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("caller-found", None, "against",
             "no call of that number is on record"),
        Sign("caller-was-handled", "against", None,
             "the call was answered"),
        Sign("caller-hung-up-soon", "against", None,
             "the caller left within seconds"),
        Sign("nuisance-callers", "against", None,
             "a few callers made many very short calls"),
        Sign("waits-rose", "against", None,
             "callers of all accounts waited"),
        Sign("account-silent", "against", None,
             "no calls arrived"),
    ),
    asks_next=(
        "Dial the account's number and follow the call: where does it end?",
        "Find what changed on the switch at the time the first call ended there.",
    ),
    neighbours={
        "understaffed":
            "callers wait for agents and leave",
        "within-normal":
            "a few callers always leave in the announcement",
    },
    settled_by=(
        "the account's programming and its history of changes",
    ),
    lasted="ends-in-announcement",
)
