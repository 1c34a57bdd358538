"""The client forwarded its lines well after the start of its coverage.

Nothing from the start of the coverage until some moment amid it, then calls as usual.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import FEED, NOT_SHARED, QUIET_ANYWAY

CAUSE = Cause(
    title="the client forwarded its lines late",
    party="client",
    complaints=("missed-calls",),
    signs=(
        Sign("account-silent", "for", "against",
             "before the lines were forwarded no call could come"),
        Sign("silent-from-coverage-start", "for", "against",
             "the silence begins with the coverage and ends amid it"),
        Sign("silent-for-long", "against", None,
             "nobody forwards a day late"),
        Sign("silence-goes-on", "against", None,
             "no call shows that the lines were forwarded in the end"),
        Sign("silent-whole-coverage", "against", None,
             "the lines never came at all that time"),
        Sign("silent-inside-coverage", "against", None,
             "calls had come at the start of the coverage"),
        Sign("neighbours-silent", "against", None,
             "numbers of other clients were silent with it: no client forwards those"),
        Sign("silent-together", "against", None,
             "other clients fell silent and rang again together with it: no client forwards for those"),
        Sign("number-tests-failed", "against", None,
             "the number itself failed, past any forwarding"),
        *FEED,
        *NOT_SHARED,
        *QUIET_ANYWAY,
    ),
    asks_next=(
        "Ask when exactly the lines were forwarded that day, and by whom.",
        "Offer a call from the service at the start of coverage when nothing has arrived by then.",
    ),
    neighbours={
        "lines-not-forwarded":
            "no call comes to the end of the coverage",
        "number-down":
            "test calls fail; the silence ends for no reason of the clock",
        "expected-quiet":
            "the first hours are quiet on other days too",
    },
    settled_by=(
        "the client's word when it forwarded",
        "a test call to the number during the silence",
    ),
)
