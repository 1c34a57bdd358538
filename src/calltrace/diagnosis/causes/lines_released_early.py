"""The client took its lines back before its coverage ended.

Calls as usual, then nothing for the last hours of the coverage.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign
from calltrace.diagnosis.causes._shared import FEED, NOT_SHARED, QUIET_ANYWAY

CAUSE = Cause(
    title="the client took its lines back early",
    party="client",
    complaints=("missed-calls",),
    signs=(
        Sign("account-silent", "for", "against",
             "after the lines were taken back no call could come"),
        Sign("silent-to-coverage-end", "for", "against",
             "the silence begins amid the coverage and lasts to its end"),
        Sign("silent-for-long", "against", None,
             "nobody takes the lines back a day early"),
        Sign("silence-goes-on", "against", None,
             "the lines have not come back since"),
        Sign("silent-whole-coverage", "against", None,
             "the lines had not come at all that time"),
        Sign("silent-from-coverage-start", "against", None,
             "no call had come from the start"),
        Sign("silent-inside-coverage", "against", None,
             "calls came again before the coverage ended"),
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
        "Ask when the office took its lines back that day, and whether somebody came in early.",
        "Ask whether the end of coverage should be moved.",
    ),
    neighbours={
        "number-down":
            "test calls fail; the calls come back regardless of the coverage",
        "lines-not-forwarded":
            "no call comes from the start of the coverage",
    },
    settled_by=(
        "the client's word when it took the lines back",
        "a test call to the number during the silence",
    ),
)
