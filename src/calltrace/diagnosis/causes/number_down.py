"""One number of the account could not be reached: the carrier's trouble.

One number silent from and to times unrelated to the coverage; test calls to it fail.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import FEED, NOT_SHARED, QUIET_ANYWAY

CAUSE = Cause(
    title="the carrier's route to one number was down",
    party="carrier",
    complaints=("missed-calls", "caller-claim"),
    signs=(
        Sign("number-tests-failed", "for", "against",
             "test calls dial the number past the client: they fail only when the number itself does"),
        Sign("silent-inside-coverage", "for", "against",
             "the silence began and ended regardless of the coverage"),
        Sign("silent-whole-coverage", "against", None,
             "a fault does not keep office hours"),
        Sign("account-silent", "for", None,
             "a number that is down brings no call"),
        Sign("some-numbers-silent", "for", None,
             "one number was silent while the others rang"),
        Sign("only-toll-free-silent", "for", None,
             "the routing of a toll-free number is in many hands"),
        Sign("neighbours-silent", "for", None,
             "numbers of other clients were silent with it: no client forwards those"),
        Sign("silent-together", "against", None,
             "other clients fell silent with it: it was not this number alone"),
        Sign("all-numbers-silent", "against", None,
             "a carrier loses one number, not all at once"),
        Sign("trunk-tests-failed", "against", None,
             "other numbers of the trunk group failed too"),
        *FEED,
        *NOT_SHARED,
        *QUIET_ANYWAY,
        Sign("caller-found", "against", None,
             "a call of that number is on record"),
    ),
    asks_next=(
        "Dial the number from an outside line and note what is heard, with time and zone.",
        "Open a ticket with the carrier: number, first and last call received, failed test calls.",
        "Ask the client what its callers heard: ringing, fast busy, or 'not in service'.",
    ),
    neighbours={
        "lines-not-forwarded":
            "test calls pass; the silence fills the coverage hours",
        "some-lines-not-forwarded":
            "test calls to the silent number pass",
        "carrier-outage":
            "the other accounts of the trunk group are silent too",
    },
    settled_by=(
        "a test call to the number during the silence",
        "what callers heard",
    ),
)
