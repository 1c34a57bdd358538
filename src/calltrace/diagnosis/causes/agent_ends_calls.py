"""One agent's calls are over within seconds of being answered.

Several clients' callers lose them, and what others answer at the same time lasts as long as ever: the agent hangs up, or
the station carries no sound.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import ELSEWHERE

CAUSE = Cause(
    title="one agent's calls were over within seconds of being answered",
    party="service",
    complaints=("missed-calls", "abandoned"),
    signs=(
        Sign("agent-alone-cuts-short", "for", "excludes",
             "one agent's calls were over at once, with many callers of several clients, while the others' lasted"),
        Sign("group-cuts-short", "against", None,
             "the calls of one trunk group were over at once, whoever answered them"),
        *ELSEWHERE,
    ),
    asks_next=(
        "Listen to the recordings of that agent's shortest calls: does each side hear the other, and who hangs up?",
        "Try that agent's headset and station with a test call, before asking the agent what happened.",
    ),
    neighbours={
        "one-way-audio":
            "calls of one trunk group, whoever answers them",
        "nuisance-calls":
            "a few callers, whoever answers them",
        "agent-not-answering":
            "the calls ring out and are not answered at all",
    },
    settled_by=(
        "recordings of that agent's shortest calls",
    ),
    told_by="agent-alone-cuts-short",
)
