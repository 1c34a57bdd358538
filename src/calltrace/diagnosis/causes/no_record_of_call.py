"""No call from that number is on record, in or near the window, on any number.

And nothing hides it: no outage, no missing records, no withheld number that fits.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="no call from that number reached the service",
    party="callers",
    complaints=("caller-claim",),
    signs=(
        Sign("caller-found", "against", "for",
             "a call of that number is on record"),
        Sign("near-number", "against", "for",
             "a number one digit off called at that time"),
        Sign("withheld-in-window", "against", "for",
             "a caller without a number called at that time"),
        Sign("called-another-account", "against", "for",
             "the number called another line of the service", disputes=True),
        Sign("platform-silent", "against", None,
             "the whole platform was silent"),
        Sign("trunk-silent", "against", None,
             "the trunk group was silent"),
        Sign("account-silent", "against", None,
             "the account was silent beyond chance"),
        Sign("some-numbers-silent", "against", None,
             "one of the numbers was silent beyond chance"),
        Sign("kpi-counts-calls", "against", None,
             "the switch counted calls that have no record"),
        Sign("records-end-early", "against", None,
             "the records do not reach over the time"),
        Sign("message-without-call", "against", None,
             "a message was taken whose call has no record"),
        Sign("log-hides-unanswered", "against", None,
             "the log would not show an unanswered call"),
        Sign("caller-was-handled", "against", None,
             "the call was answered"),
    ),
    asks_next=(
        "Ask which number was dialled, from which phone, at what time, and what was heard.",
        "Ask for a screenshot of the call list on the caller's phone.",
        "Ask whether the caller's number may have been withheld or another phone used.",
    ),
    neighbours={
        "caller-hung-up":
            "the call is there, and left within seconds",
        "records-missing":
            "the switch counted calls that have no record",
        "carrier-outage":
            "the whole trunk group was silent at that time",
    },
    settled_by=(
        "the caller's own call list",
        "the carrier's record of the caller's line",
    ),
)
