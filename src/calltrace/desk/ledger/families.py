"""Causes that are one trouble to a client: three ways not to forward a line are one habit to ask about.

History counts by family. A client whose lines were forwarded late in March, released early in June and not
forwarded now has had forwarding trouble three times; a table of single causes would show three first times.
"""

from __future__ import annotations

from calltrace.classes import dataclass
from calltrace.diagnosis import causes


@dataclass(frozen=True)
class Family:
    """Causes of one trouble: its name before "trouble", and what to ask or do when it comes again."""

    name: str
    causes: tuple[str, ...]
    again: str


FAMILIES = (
    Family(
        "forwarding",
        (
            "lines-not-forwarded",
            "lines-forwarded-late",
            "lines-released-early",
            "some-lines-not-forwarded",
            "forwarding-left-on",
        ),
        "ask how their forwarding is done",
    ),
    Family(
        "carrier",
        ("number-down", "carrier-outage", "trunk-group-degraded", "one-way-audio"),
        "ask the carrier for its own report of each time",
    ),
    Family(
        "capacity",
        ("too-few-trunks",),
        "order the lines that the busy hour takes, and do not wait for the next complaint",
    ),
    Family(
        "platform",
        ("platform-outage", "planned-shutdown", "records-missing"),
        "tell the client what has been done about the switch since the last time",
    ),
    Family(
        "staffing",
        ("understaffed", "slow-handling", "other-account-surge"),
        "look at how those hours are staffed, not only at this one",
    ),
    Family(
        "agent",
        ("agent-not-answering", "agent-long-holds", "agent-ends-calls"),
        "see whether it is the same agent, and what was agreed the last time",
    ),
    Family(
        "programming",
        ("path-limit", "announcement-dead-end", "queue-not-served"),
        "go over the account's programming with whoever set it",
    ),
    Family(
        "volume",
        ("own-surge", "wide-surge", "more-calls"),
        "ask what brings the calls, and agree beforehand who tells whom of the next time",
    ),
    Family("nuisance", ("nuisance-calls",), "have the carrier block or trace the callers"),
    Family(
        "dispatch",
        ("not-dispatched", "dispatched-late", "dispatched-to-wrong-person"),
        "go over the account's dispatch instructions with the agents",
    ),
    Family("roster", ("on-call-not-updated",), "ask who keeps their roster, and how a change reaches you"),
    Family(
        "delivery",
        ("delivery-failed", "more-delivery-attempts"),
        "test every address of their roster, and agree on a second way",
    ),
    Family("handling-time", ("longer-calls",), "listen to some calls of each time"),
)

NO_TROUBLE = ("expected-quiet", "no-record-of-call", "caller-hung-up", "call-was-handled", "within-normal")
"""Causes nobody has to do anything about: however often they come, they are no history of trouble."""


def family_of(cause: str) -> Family | None:
    """Return the family of a cause; None for one that is no trouble, or not known.

    Examples
    --------
    >>> family_of("lines-released-early").name
    'forwarding'
    """
    return next((family for family in FAMILIES if cause in family.causes), None)


def party_of(cause: str) -> str:
    """Return the party responsible for a cause; '' for one that is not known."""
    return causes.get(cause).party if cause in causes.NAMES else ""
