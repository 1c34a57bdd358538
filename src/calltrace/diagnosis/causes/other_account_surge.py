"""Another account's surge took the agents this account's callers waited for.

This account's own volume was ordinary.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import NO_DEAD_END, WAITS_ROSE

CAUSE = Cause(
    title="another account's surge took the agents",
    party="another-client",
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    signs=(
        Sign("other-surge", "for", "against",
             "another account's callers came in far above its normal"),
        Sign("own-rings-long", "for", None,
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", None,
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left"),
        Sign("others-abandoned-more", "for", None,
             "more of the other accounts' callers left as well"),
        Sign("own-surge", "against", None,
             "the account's own callers rose"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("fewer-agents", "against", None,
             "fewer agents were logged in"),
        Sign("handling-slow", "against", None,
             "calls took longer to handle"),
        Sign("agent-rings-out", "against", None,
             "agents let calls ring out"),
        Sign("agent-holds", "against", None,
             "one agent held callers"),
        *WAITS_ROSE,
        *NO_DEAD_END,
        Sign("group-cuts-short", "against", None,
             "most calls of one trunk group were over at once, and the callers called again", beside="one-way-audio"),
    ),
    asks_next=(
        "Plan agents for the other account's known promotions, and limit its paths if it comes again.",
        "Do not name the other client to this one.",
    ),
    told_by="other-surge",
    neighbours={
        "wide-surge":
            "many accounts rose together",
        "own-surge":
            "the account's own callers rose",
        "understaffed":
            "fewer agents than usual",
        "agent-not-answering":
            "agents let calls ring out, whoever called",
        "slow-handling":
            "calls took longer, whoever called",
    },
    settled_by=(
        "calls by account in that hour",
    ),
    lasted="other-surge",
)
