"""The bill rose with the number of calls.

More calls within the coverage than in the account's own weeks before.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import CUT_SHORT, DOUBTFUL, other_drivers

CAUSE = Cause(
    title="more calls came in",
    party="callers",
    complaints=("high-bill",),
    signs=(
        Sign("bill-more-calls", "for", "against",
             "more calls came within the coverage"),
        Sign("bill-rose", None, "against",
             "the bill did not rise beyond chance"),
        Sign("bill-new-hours", "against", None,
             "the added calls came at new hours"),
        *other_drivers("bill-more-calls"),
        Sign("bill-repeats", None, None,
             "callers whom nobody had answered called again", disputes=True),
        *CUT_SHORT,
        *DOUBTFUL,
    ),
    asks_next=(
        "Ask whether something brought more callers: a mailing, a season, a new contract.",
        "Show the calls a week, this period and before.",
    ),
    neighbours={
        "forwarding-left-on":
            "the added calls lie outside the coverage",
        "nuisance-calls":
            "the added calls are very short and come from a few callers",
        "longer-calls":
            "the calls are as many but longer",
    },
    settled_by=(
        "the client's own reason for more calls",
    ),
)
