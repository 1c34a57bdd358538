"""The client never forwarded its lines to the service for a whole span of its coverage.

Nothing arrives from the time the client should have forwarded until it takes its lines back; the silence starts and
ends with the coverage hours; everybody else on the platform and the trunk group has calls as usual; test calls to the
number pass, because they do not go through the client's forwarding.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import FEED, NOT_SHARED, QUIET_ANYWAY

CAUSE = Cause(
    title="the client did not forward its lines",
    party="client",
    complaints=("missed-calls",),
    signs=(
        Sign("account-silent", "for", "against",
             "a line that is not forwarded brings no call at all"),
        Sign("silent-whole-coverage", "for", "against",
             "forwarding is switched on and off with the coverage hours, and so is this silence"),
        Sign("silent-inside-coverage", "against", None,
             "forwarding is not switched amid the coverage"),
        Sign("all-numbers-silent", "for", None,
             "one person forwards all the numbers; a carrier loses one"),
        Sign("some-numbers-silent", "against", None,
             "the client did forward its other numbers"),
        Sign("neighbours-silent", "against", None,
             "numbers of other clients were silent with it: no client forwards those"),
        Sign("silent-together", "against", None,
             "other clients fell silent and rang again together with it: no client forwards for those"),
        Sign("number-tests-failed", "against", None,
             "the number itself failed, past any forwarding"),
        Sign("calls-arrived", "against", None,
             "calls did arrive"),
        *FEED,
        *NOT_SHARED,
        *QUIET_ANYWAY,
    ),
    asks_next=(
        "Ask who was to forward the lines, at what time, and how they do it (star code, key on the phone, carrier's portal).",
        "Ask them to dial their own number from a mobile phone now, while you watch whether the call arrives.",
        "Agree on a test call at the start of every coverage period, or on forwarding by schedule at their carrier.",
    ),
    neighbours={
        "number-down":
            "test calls to the number fail, one number is silent, and the silence knows nothing of coverage hours",
        "lines-forwarded-late":
            "the calls come back amid the coverage",
        "expected-quiet":
            "too few calls are usual at that time to tell silence from chance",
        "carrier-outage":
            "every account of the trunk group is silent",
    },
    settled_by=(
        "a test call to the number during the silence",
        "the client's own phone bill or its carrier's forwarding log",
        "the redirecting number on the calls before and after",
    ),
)
