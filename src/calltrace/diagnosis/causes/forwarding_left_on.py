"""The client left its lines forwarded.

Calls arrive on days and hours outside the coverage.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the client left its lines forwarded outside its coverage",
    party="client",
    complaints=("high-bill",),
    signs=(
        Sign("bill-outside-coverage", "for", "against",
             "calls came on days and hours outside the coverage"),
        Sign("bill-new-hours", "for", "against",
             "calls came at hours of the week at which none used to"),
        Sign("bill-more-calls", "against", None,
             "the rise lies in the number of calls"),
        Sign("bill-longer-calls", "against", None,
             "the rise lies in the length of calls"),
        Sign("bill-more-attempts", "against", None,
             "the rise lies in delivery attempts"),
        Sign("bill-nuisance", "against", None,
             "the rise lies in very short calls of a few callers"),
        Sign("bill-rose", None, "against",
             "the bill did not rise beyond chance"),
    ),
    asks_next=(
        "Ask when the lines were taken back on the days listed, and by whom.",
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
