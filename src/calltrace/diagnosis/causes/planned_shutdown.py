"""The service's switch was shut down as announced.

As a platform outage, announced as maintenance for that time.
"""

from __future__ import annotations

from calltrace.diagnosis.causes._base import Cause, Sign

CAUSE = Cause(
    title="the service's switch was shut down for announced maintenance",
    party="service",
    complaints=("missed-calls", "caller-claim"),
    signs=(
        Sign("platform-silent", "for", "against",
             "nobody had a call"),
        Sign("maintenance-announced", "for", "against",
             "maintenance was announced for that time"),
        Sign("kpi-counts-calls", "against", "for",
             "the switch counted nothing"),
        Sign("kpi-stopped", "for", "against",
             "a switch that is shut down writes no interval counts"),
        Sign("calls-cut", "for", None,
             "calls in progress were cut"),
        Sign("everybody-cut", "for", None,
             "the switch cut nearly every call of everybody's"),
        Sign("agents-dropped", "for", "against",
             "agents were thrown out together"),
        Sign("trunk-silent", "against", None,
             "only one trunk group was silent"),
        Sign("caller-found", "against", None,
             "a call of that number is on record"),
    ),
    asks_next=(
        "Check whether the clients it hit were told of the maintenance, when and how.",
        "Ask whether the next one can be moved out of the client's busy hours.",
    ),
    neighbours={
        "platform-outage":
            "nothing was announced",
        "records-missing":
            "the interval counts went on",
    },
    settled_by=(
        "the maintenance calendar",
        "the switch's interval counts",
    ),
)
