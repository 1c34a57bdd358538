"""The bill rose with the minutes a call.

Talk and hold of answered calls against the account's own weeks before.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import other_drivers

CAUSE = Cause(
    title="calls took longer",
    party="service",
    complaints=("high-bill",),
    signs=(
        Sign("bill-longer-calls", "for", "against",
             "calls took more minutes each"),
        Sign("bill-rose", None, "against",
             "the bill did not rise beyond chance"),
        *other_drivers("bill-longer-calls"),
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
