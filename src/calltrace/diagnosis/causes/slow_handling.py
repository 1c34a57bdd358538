"""Calls of all accounts took longer to handle than usual.

Waits up at ordinary volume and staffing.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import NO_DEAD_END, NO_SURGE, WAITS_ROSE

CAUSE = Cause(
    title="calls took longer to handle across all accounts",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    signs=(
        Sign("handling-slow", "for", "against",
             "calls of all accounts took longer to handle"),
        Sign("own-rings-long", "for", None,
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", None,
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left than usual"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("agent-rings-out", "against", None,
             "agents let calls ring out"),
        Sign("agent-holds", "against", None,
             "one agent held callers"),
        Sign("trunks-flattened", "against", None,
             "the trunk group was short of lines"),
        *WAITS_ROSE,
        *NO_SURGE,
        *NO_DEAD_END,
    ),
    asks_next=(
        "Ask what slowed everybody: a system outage, a new script, training?",
        "Tell the client when it was and that it was not its callers.",
    ),
    neighbours={
        "understaffed":
            "handling as usual, agents missing",
        "agent-long-holds":
            "one agent's calls alone",
    },
    settled_by=(
        "the state of the agents' screens and systems at that time",
        "handling time by agent",
    ),
    lasted="handling-slow",
)
