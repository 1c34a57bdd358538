"""The client left its lines forwarded.

Calls arrive on days and hours outside the coverage. Those of a holiday or closure that was entered do not count: the
office is closed, and may forward all day.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import DOUBTFUL, other_drivers

CAUSE = Cause(
    title="the client left its lines forwarded outside its coverage",
    party="client",
    complaints=("high-bill",),
    signs=(
        Sign("bill-outside-coverage", "for", "against",
             "calls came on days and hours outside the coverage"),
        Sign("bill-new-hours", "for", "against",
             "calls came at hours of the week at which none used to"),
        Sign("bill-rose", None, "against",
             "the bill did not rise beyond chance"),
        *other_drivers("bill-outside-coverage"),
        *DOUBTFUL,
    ),
    asks_next=(
        ("Ask when the lines were taken back on those days, and by whom: calltrace calls with --account, --from, --to and --by"
         " day counts the calls of each."),
        "Offer to call the office when calls arrive outside its coverage.",
    ),
    neighbours={
        "more-calls":
            "the added calls lie within the coverage",
    },
    settled_by=(
        "the client's word on when it forwarded",
        "the redirecting number on those calls",
    ),
)
