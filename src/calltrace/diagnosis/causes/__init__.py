"""The causes, by name, in the order they are listed in; :func:`get` imports the one that is asked for."""

from __future__ import annotations

from importlib import import_module

from calltrace.diagnosis.causes._base import Cause

NAMES: tuple[str, ...] = (
    "lines-not-forwarded",
    "lines-forwarded-late",
    "lines-released-early",
    "some-lines-not-forwarded",
    "forwarding-left-on",
    "number-down",
    "carrier-outage",
    "trunk-group-degraded",
    "too-few-trunks",
    "one-way-audio",
    "platform-outage",
    "planned-shutdown",
    "records-missing",
    "expected-quiet",
    "understaffed",
    "slow-handling",
    "agent-not-answering",
    "agent-long-holds",
    "agent-ends-calls",
    "own-surge",
    "other-account-surge",
    "wide-surge",
    "path-limit",
    "announcement-dead-end",
    "queue-not-served",
    "nuisance-calls",
    "not-dispatched",
    "dispatched-late",
    "dispatched-to-wrong-person",
    "on-call-not-updated",
    "delivery-failed",
    "no-record-of-call",
    "caller-hung-up",
    "call-was-handled",
    "more-calls",
    "longer-calls",
    "more-delivery-attempts",
    "within-normal",
)

SHARED: frozenset[str] = frozenset({
    "platform-outage", "planned-shutdown", "records-missing", "carrier-outage",  # what the others had meanwhile
    "number-down", "some-lines-not-forwarded", "lines-not-forwarded", "lines-forwarded-late",
    "lines-released-early",  # other clients' numbers
    "understaffed", "slow-handling", "agent-not-answering", "agent-long-holds", "own-surge", "other-account-surge",
    "wide-surge",  # who waited for the same agents
    "queue-not-served",  # who waited where nobody serves
    "agent-ends-calls", "one-way-audio",  # whom the same agent answered, or the same trunk group brought
    "not-dispatched", "dispatched-late",  # messages in the same hands, or of the same hours
})
"""Causes beside which it is looked up who else was hit: that nobody else was is said of no other."""


def get(name: str) -> Cause:
    """Return a cause by its name; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found: Cause = import_module(f"{__name__}.{name.replace('-', '_')}").CAUSE
    return found
