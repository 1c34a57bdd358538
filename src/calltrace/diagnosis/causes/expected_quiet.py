"""The silence is no surprise.

Low volume at that hour, or an announced closure or holiday; or a time before the account's first call on record, or long
after its last, of which the records do not say whether it was a client; or
calls that came in on the account's own numbers and are booked to another.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import CUT_SHORT

CAUSE = Cause(
    title="the silence is no surprise at that time",
    party="nobody",
    complaints=("missed-calls",),
    signs=(
        Sign("low-volume", "for", "against",
             "few or no calls are usual at that time"),
        Sign("closure-announced", "for", None,
             "a closure was announced"),
        Sign("no-client-then", "for", None,
             "no call of the account is on record so early, or so late"),
        Sign("number-elsewhere", "for", None,
             "the account's own numbers rang, and their calls are booked to another account"),
        Sign("account-silent", "against", "for",
             "the longest gap is one that chance explains"),
        Sign("some-numbers-silent", "against", None,
             "one number was silent beyond chance"),
        Sign("trunk-silent", "against", None,
             "the whole trunk group was silent"),
        Sign("platform-silent", "against", None,
             "the whole platform was silent"),
        Sign("kpi-counts-calls", "against", None,
             "the switch counted calls that have no record"),
        Sign("number-tests-failed", "against", None,
             "test calls to the number failed"),
        Sign("calls-arrived", "against", None,
             "calls arrived as usual"),
        *CUT_SHORT,
    ),
    asks_next=(
        "Ask who says they called, when, and from which number: one call found or missed settles it.",
        "Offer to make a test call to the number now.",
    ),
    neighbours={
        "lines-not-forwarded":
            "enough calls are usual at that time for their absence to prove something",
        "within-normal":
            "calls arrived and were answered",
    },
    settled_by=(
        "the number and time of one caller who got no answer",
        "a test call to the number",
    ),
)
