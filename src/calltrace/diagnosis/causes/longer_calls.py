"""The bill rose with the minutes a call.

Talk and hold of answered calls against the account's own weeks before.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="calls took longer",
    party="service",
    complaints=("high-bill",),
    signs=(
        Sign("bill-longer-calls", "for", "against",
             "calls took more minutes each"),
        Sign("bill-more-calls", "against", None,
             "the rise lies in the number of calls"),
        Sign("bill-more-attempts", "against", None,
             "the rise lies in delivery attempts"),
        Sign("bill-outside-coverage", "against", None,
             "the rise lies outside the coverage"),
        Sign("bill-nuisance", "against", None,
             "the rise lies in very short calls of a few callers"),
        Sign("bill-rose", None, "against",
             "the bill did not rise beyond chance"),
    ),
    asks_next=(
        "Listen to some of the longest calls: a new script, a slow screen, or a new agent?",
        "Ask the client whether the script or the questions were changed.",
    ),
    neighbours={
        "more-calls":
            "the calls are as long but more",
    },
    settled_by=(
        "recordings of long calls",
        "when the script was changed",
    ),
)
