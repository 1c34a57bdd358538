"""Part of a trunk group's channels lost.

Its peak in use flattens below what it used to reach, with all-trunks-busy time and blocked calls at ordinary volume.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="part of the trunk group's lines were lost",
    party="carrier",
    complaints=("busy", "abandoned", "long-ring", "long-hold", "missed-calls"),
    signs=(
        Sign("trunks-flattened", "for", "against",
             "the trunk group was full below what it used to carry"),
        Sign("blocked-at-ordinary-volume", "for", "against",
             "calls were blocked at an ordinary volume"),
        Sign("trunks-too-few", "against", None,
             "calls are blocked at every week's peak, with as many lines in use as ever"),
        Sign("refused-busy", "against", None,
             "the refusals were on the switch, at the account"),
        Sign("own-surge", "against", None,
             "the account's own callers rose"),
        Sign("wide-surge", "against", None,
             "many accounts were up together"),
        Sign("trunk-silent", "against", None,
             "the whole group was silent"),
        Sign("platform-silent", "against", None,
             "everybody was silent"),
    ),
    asks_next=(
        "Open a ticket with the carrier: trunk group, channels in use at most before and since, blocked calls by interval.",
        "Tell the other clients on the trunk group.",
    ),
    neighbours={
        "path-limit":
            "refused at the account's own limit",
        "own-surge":
            "the group was full because far more callers came",
        "carrier-outage":
            "the whole group is silent",
        "too-few-trunks":
            "blocked at the peaks of all ordinary weeks, with as many lines in use as ever",
    },
    settled_by=(
        "the trunk group's interval counts",
        "the carrier's own count of channels",
    ),
)
