"""The carrier's trunk group was down.

Every account of one trunk group is silent while the others have calls as usual.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the carrier's trunk group was down",
    party="carrier",
    complaints=("missed-calls", "caller-claim"),
    signs=(
        Sign("trunk-silent", "for", "against",
             "every account on the trunk group was silent at once"),
        Sign("silent-together", "for", None,
             "several clients fell silent and rang again at once, and the others did not"),
        Sign("platform-silent", "against", "for",
             "accounts on other trunk groups had their calls"),
        Sign("trunk-tests-failed", "for", "against",
             "test calls to other numbers of the group failed as well"),
        Sign("number-tests-failed", "for", "against",
             "test calls to the number failed"),
        Sign("carrier-notice", "for", None,
             "the carrier announced trouble"),
        Sign("kpi-counts-calls", "against", None,
             "the switch counted calls whose records are lost"),
        Sign("caller-found", "against", None,
             "a call of that number is on record"),
    ),
    asks_next=(
        "Open a ticket with the carrier: trunk group, start, end, numbers that were silent, failed test calls.",
        "Tell the other clients on the trunk group before they ask.",
    ),
    neighbours={
        "platform-outage":
            "accounts on all trunk groups are silent",
        "number-down":
            "only one number of the group is silent",
        "records-missing":
            "the switch counted calls on the group",
    },
    settled_by=(
        "test calls to other numbers of the trunk group during the silence",
        "the carrier's own word",
        "interval counts of the trunk group",
    ),
    told_by="trunk-silent",
)
