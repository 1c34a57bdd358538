"""Fewer agents than usual for the hour, at a volume the usual staff handles.

Waits up, handling time ordinary.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import LONG_WAITS, NO_DEAD_END, NO_SURGE, WAITS_ROSE

CAUSE = Cause(
    title="there were fewer agents than usual",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    signs=(
        Sign("fewer-agents", "for", "against",
             "fewer agents were logged in than usual for that hour"),
        Sign("handling-slow", "against", None,
             "calls took longer to handle"),
        Sign("agent-rings-out", "against", None,
             "logged-in agents let calls ring out"),
        Sign("agent-answers-fewer", "for", None,
             "an agent answered far fewer calls than usual: away, or not answering"),
        Sign("agent-holds", "against", None,
             "one agent held callers"),
        Sign("trunks-flattened", "against", None,
             "the trunk group was short of lines"),
        *WAITS_ROSE,
        *LONG_WAITS,
        *NO_SURGE,
        *NO_DEAD_END,
    ),
    asks_next=(
        "Look up who was rostered and who did not log in, and why.",
        "Tell the client when it was and what will change in the roster.",
    ),
    neighbours={
        "slow-handling":
            "as many agents as usual, each call taking longer",
        "other-account-surge":
            "the usual agents, taken by one account",
        "agent-not-answering":
            "agents logged in who let calls ring out",
    },
    settled_by=(
        "the roster of that day",
        "agents' login events",
        "the switch's count of staffed agents",
    ),
    lasted="fewer-agents",
)
