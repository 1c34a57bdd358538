"""An agent leaves answered callers on hold.

One agent, named; the others' holds are ordinary.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import NO_DEAD_END, NO_SURGE

CAUSE = Cause(
    title="one agent left callers on hold",
    party="service",
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    signs=(
        Sign("held-after-answer", "for", "against",
             "most of the waiting came after an agent had answered"),
        Sign("agent-holds", "for", "against",
             "one agent held callers far longer than the others"),
        Sign("own-calls-held-by-agent", "for", "excludes",
             "the account's own callers were among those held"),
        Sign("own-holds-long", "for", "against",
             "the account's callers were kept on hold"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("handling-slow", "against", None,
             "calls of all accounts took longer"),
        Sign("agent-rings-out", "against", None,
             "agents let calls ring out"),
        Sign("waits-rose", "against", None,
             "everybody waited, before any agent answered"),
        *NO_SURGE,
        *NO_DEAD_END,
    ),
    asks_next=(
        ("Listen to the recordings of the calls held longest: what was the caller held for? calltrace calls with --agent, --from,"
         " --to and --sort -hold lists them."),
        "Ask the agent what they were looking up.",
    ),
    neighbours={
        "slow-handling":
            "all agents took longer",
        "understaffed":
            "the wait was before the agent answered",
    },
    settled_by=(
        "hold times by agent",
        "recordings of the held calls",
    ),
    lasted="agent-holds",
)
