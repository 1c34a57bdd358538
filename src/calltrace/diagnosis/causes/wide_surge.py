"""Many accounts up together.

Weather, a season, an event in the region.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import CUT_SHORT, NO_DEAD_END, WAITS_ROSE

CAUSE = Cause(
    title="many accounts' callers came in together",
    party="callers",
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    signs=(
        Sign("wide-surge", "for", "against",
             "many accounts were up together"),
        Sign("own-rings-long", "for", None,
             "the account's calls rang longer than usual"),
        Sign("own-waits-long", "for", None,
             "the account's callers waited longer than usual"),
        Sign("abandoned-more", "for", None,
             "more of the account's callers left"),
        Sign("others-abandoned-more", "for", None,
             "more of the other accounts' callers left as well"),
        Sign("other-surge", "against", None,
             "one account alone rose"),
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
        *CUT_SHORT,
        Sign("group-cuts-short", "against", None,
             "most calls of one trunk group were over at once, and the callers called again", beside="one-way-audio"),
    ),
    asks_next=(
        "Ask whether the client's callers spoke of the same thing: weather, an outage, a recall.",
        "Plan for it: call in agents when a warning is out.",
    ),
    neighbours={
        "other-account-surge":
            "one account rose",
        "own-surge":
            "only this account rose",
    },
    settled_by=(
        "weather and regional warnings of that day",
    ),
    lasted="wide-surge",
)
