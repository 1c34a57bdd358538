"""Logged-in agents let offered calls ring out.

One or many, named.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import NO_DEAD_END, NO_SURGE

CAUSE = Cause(
    title="a logged-in agent let calls ring out",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    signs=(
        Sign("agent-rings-out", "for", "against",
             "a logged-in agent let offered calls ring out"),
        Sign("agent-answers-fewer", "for", None,
             "an agent at work answered far fewer calls than usual"),
        Sign("waits-rose", "for", None,
             "callers of all accounts waited longer"),
        Sign("held-after-answer", "against", "for",
             "most of the waiting came after an agent had answered"),
        Sign("own-rings-long", "for", "against",
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", None,
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left"),
        Sign("lost-after-arrival", "for", None,
             "calls arrived and never reached an agent"),
        Sign("handling-slow", "against", None,
             "calls took longer to handle"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        *NO_SURGE,
        *NO_DEAD_END,
    ),
    asks_next=(
        "Ask the agent named what happened: away without logging out, a dead headset, calls not seen?",
        "Set the switch to pause an agent after a call that rang out.",
    ),
    neighbours={
        "understaffed":
            "agents not logged in at all",
        "agent-long-holds":
            "the calls are answered, then held",
    },
    settled_by=(
        "the ring-no-answer events of the agents' log",
        "the agent's own account",
    ),
    lasted="agent-rings-out",
)
