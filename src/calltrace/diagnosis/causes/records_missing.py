"""Calls were taken, but their records are lost.

No call rows while the switch's interval counts still show offered calls: everybody's, or those of one trunk group.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the call records of that time are missing, not the calls",
    party="service",
    complaints=("missed-calls", "caller-claim"),
    signs=(
        Sign("kpi-counts-calls", "for", "against",
             "the switch counted calls that have no record"),
        Sign("platform-silent", "for", "against",
             "no call of anybody is on record"),
        Sign("kpi-stopped", "against", "for",
             "the interval counts went on"),
        Sign("calls-cut", "against", "for",
             "no call was cut when the gap began"),
        Sign("agents-dropped", "against", "for",
             "agents stayed logged in"),
        Sign("trunk-silent", "against", None,
             "only one trunk group was silent"),
        Sign("caller-found", "against", None,
             "a call of that number is on record"),
        Sign("message-without-call", "for", None,
             "a message was taken whose call has no record"),
    ),
    asks_next=(
        "Find the lost records (rotated file, full disk, an export that failed) before saying anything of these calls.",
        "Tell the client that its calls of that time are being looked for, and by when it will hear.",
    ),
    neighbours={
        "platform-outage":
            "the switch counted nothing and cut its calls",
        "carrier-outage":
            "only one trunk group is silent, and its counts agree",
    },
    settled_by=(
        "the switch's interval counts",
        "recordings or messages of that time",
    ),
)
