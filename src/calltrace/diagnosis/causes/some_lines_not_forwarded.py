"""The client forwarded some of its numbers and forgot others.

As with lines not forwarded, for some of the account's numbers while its others ring.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import FEED

CAUSE = Cause(
    title="the client forwarded only some of its numbers",
    party="client",
    complaints=("missed-calls",),
    signs=(
        Sign("some-numbers-silent", "for", "against",
             "one number was silent while the others rang"),
        Sign("single-number", "excludes", None,
             "a single number is forwarded or not: there is no part of it to forget"),
        Sign("only-toll-free-silent", "against", None,
             "no client forwards a toll-free number from day to day"),
        Sign("silent-whole-coverage", "for", "against",
             "that number was silent for the whole coverage"),
        Sign("silent-inside-coverage", "against", None,
             "forwarding is not switched amid the coverage"),
        Sign("trunk-silent", "against", None,
             "the trunk group was silent as a whole"),
        Sign("platform-silent", "against", None,
             "the platform was silent as a whole"),
        Sign("neighbours-silent", "against", None,
             "numbers of other clients were silent with it: no client forwards those"),
        Sign("number-tests-failed", "against", None,
             "the number itself failed, past any forwarding"),
        Sign("closure-announced", "against", None,
             "a closed office brings no calls to any number"),
        *FEED,
    ),
    asks_next=(
        "Ask which of their numbers were forwarded that day; name the silent ones.",
        "Ask them to dial each number from a mobile phone while you watch whether the call arrives.",
    ),
    neighbours={
        "number-down":
            "test calls to the number fail, and the silence knows nothing of coverage hours",
        "lines-not-forwarded":
            "all numbers are silent together",
    },
    settled_by=(
        "a test call to the silent number during the silence",
        "the client's word which numbers it forwarded",
    ),
)
