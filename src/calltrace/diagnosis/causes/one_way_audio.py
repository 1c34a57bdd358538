"""On one trunk group one side hears nothing.

Most answered calls of all its accounts are over within seconds, whoever answers, and their callers try again; on the other
trunk groups calls last as long as ever.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import ELSEWHERE

CAUSE = Cause(
    title="calls on one trunk group were over within seconds, as where one side hears nothing",
    party="carrier",
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    signs=(
        Sign("group-cuts-short", "for", "excludes",
             "most calls of one trunk group were over at once and their callers called again, while on others calls lasted"),
        *ELSEWHERE,
    ),
    asks_next=(
        "Call a number of that trunk group from outside, and let an agent answer: does each side hear the other?",
        "Open a ticket with the carrier: trunk group, from when to when, and some of the calls with their times and numbers.",
        "Ask whether anything was changed on your own gateway or firewall before the first of these calls.",
    ),
    neighbours={
        "agent-ends-calls":
            "the calls of one agent, on all trunk groups",
        "own-surge":
            "more callers of one client, whose calls last",
        "nuisance-calls":
            "a few callers, and ordinary calls beside them",
    },
    settled_by=(
        "a test call on that trunk group, answered by an agent",
        "recordings of its shortest calls",
    ),
    told_by="group-cuts-short",
)
