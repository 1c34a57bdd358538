"""The service's own switch was down.

Nothing from anyone; calls cut, agents thrown out, the switch's interval counts missing; nothing had been announced.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the service's switch was down",
    party="service",
    complaints=("missed-calls", "caller-claim"),
    signs=(
        Sign("platform-silent", "for", "against",
             "nobody had a call"),
        Sign("kpi-counts-calls", "against", "for",
             "the switch counted nothing: it was down, not its records alone"),
        Sign("kpi-stopped", "for", "against",
             "a switch that is down writes no interval counts"),
        Sign("calls-cut", "for", "against",
             "calls in progress were cut"),
        Sign("everybody-cut", "for", None,
             "the switch cut nearly every call of everybody's"),
        Sign("agents-dropped", "for", "against",
             "agents were thrown out together"),
        Sign("maintenance-announced", "against", "for",
             "nothing had been announced for that time"),
        Sign("trunk-silent", "against", None,
             "only one trunk group was silent"),
        Sign("caller-found", "against", None,
             "a call of that number is on record"),
    ),
    asks_next=(
        "Find the switch's own log for that time, and what restarted it.",
        "Tell the clients with calls in that time, before they ask.",
    ),
    neighbours={
        "planned-shutdown":
            "it was announced as maintenance",
        "records-missing":
            "the interval counts went on",
        "carrier-outage":
            "other trunk groups had calls",
    },
    settled_by=(
        "the switch's interval counts",
        "agents' login events",
        "the switch's own log",
    ),
)
