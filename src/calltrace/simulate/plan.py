"""What goes wrong, as data: every intervention the physics knows, and the truth that goes with it.

Times are epoch seconds, spans half open. An empty Plan is a healthy service: people still forward their lines
some minutes early or late, agents still let a phone ring out now and then, and single messages still go
astray.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from calltrace.classes import dataclass

PARTIES = {
    "lines-not-forwarded": "client",
    "lines-forwarded-late": "client",
    "lines-released-early": "client",
    "some-lines-not-forwarded": "client",
    "forwarding-left-on": "client",
    "number-down": "carrier",
    "carrier-outage": "carrier",
    "trunk-group-degraded": "carrier",
    "too-few-trunks": "service",
    "one-way-audio": "carrier",
    "platform-outage": "service",
    "planned-shutdown": "service",
    "records-missing": "service",
    "expected-quiet": "nobody",
    "understaffed": "service",
    "slow-handling": "service",
    "agent-not-answering": "service",
    "agent-long-holds": "service",
    "agent-ends-calls": "service",
    "own-surge": "client",
    "other-account-surge": "another-client",
    "wide-surge": "callers",
    "path-limit": "service",
    "announcement-dead-end": "service",
    "queue-not-served": "service",
    "nuisance-calls": "callers",
    "not-dispatched": "service",
    "dispatched-late": "service",
    "dispatched-to-wrong-person": "service",
    "on-call-not-updated": "client",
    "delivery-failed": "carrier",
    "no-record-of-call": "callers",
    "caller-hung-up": "callers",
    "call-was-handled": "nobody",
    "more-calls": "callers",
    "longer-calls": "service",
    "more-delivery-attempts": "client",
    "within-normal": "nobody",
}
PLATFORM_WIDE = (
    "platform-outage",
    "planned-shutdown",
    "records-missing",
    "carrier-outage",
    "trunk-group-degraded",
    "understaffed",
    "slow-handling",
    "agent-not-answering",
    "agent-long-holds",
    "other-account-surge",
    "wide-surge",
)
SILENT = ("platform-outage", "planned-shutdown", "records-missing", "carrier-outage")
"""Those that leave no call of anybody's: no other silence may lie in their span."""

ONE_ACCOUNT = (
    "lines-not-forwarded",
    "some-lines-not-forwarded",
    "lines-forwarded-late",
    "lines-released-early",
    "number-down",
    "forwarding-left-on",
    "own-surge",
    "path-limit",
    "announcement-dead-end",
    "nuisance-calls",
    "more-calls",
    "longer-calls",
    "more-delivery-attempts",
)
ASKED_FOR = ("too-few-trunks", "agent-ends-calls", "one-way-audio", "queue-not-served")
"""Troubles that are put in where they are asked for, and never drawn: whatever else a seed draws stays as it was."""

DISPATCH = (
    "not-dispatched",
    "dispatched-late",
    "dispatched-to-wrong-person",
    "on-call-not-updated",
    "delivery-failed",
)
_WAITING = ("abandoned", "long-ring", "long-hold")
COMPLAINED_OF: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "lines-not-forwarded",
            "some-lines-not-forwarded",
            "lines-forwarded-late",
            "lines-released-early",
            "number-down",
            "carrier-outage",
            "platform-outage",
            "planned-shutdown",
            "records-missing",
            "expected-quiet",
        ),
        ("missed-calls",),
    ),
    **dict.fromkeys(
        ("understaffed", "slow-handling", "agent-not-answering", "other-account-surge", "wide-surge"),
        _WAITING,
    ),
    **dict.fromkeys(
        ("forwarding-left-on", "more-calls", "longer-calls", "more-delivery-attempts"), ("high-bill",)
    ),
    **dict.fromkeys(DISPATCH, ("dispatch",)),
    **dict.fromkeys(("no-record-of-call", "caller-hung-up", "call-was-handled"), ("caller-claim",)),
    "trunk-group-degraded": ("busy", "missed-calls"),
    "too-few-trunks": ("busy", "missed-calls"),
    "agent-long-holds": ("long-hold",),
    "agent-ends-calls": ("missed-calls", "abandoned"),
    "one-way-audio": ("missed-calls", "abandoned"),
    "own-surge": ("busy", *_WAITING),
    "path-limit": ("busy",),
    "announcement-dead-end": ("abandoned", "missed-calls"),
    "queue-not-served": ("abandoned", "missed-calls", "long-hold", "long-ring"),
    "nuisance-calls": ("abandoned", "busy"),
    "within-normal": ("missed-calls", "busy", "high-bill", *_WAITING),
}
"""Which complaints the clients of the simulator make of which cause."""

CLAIMS = ("no-record-of-call", "caller-hung-up", "call-was-handled")
QUIET = ("expected-quiet", "within-normal")


@dataclass
class Fault:
    """One trouble that was put into the world, in the shape of ``faults.json``.

    ``start`` and ``end`` are when it really was; ``shown`` is what the records can show of it (coverage
    bounded), the window an answer is held against. ``weight`` says how hard it hit, 0 to 1, for the curious.
    """

    cause: str
    start: float
    end: float
    account: str | None = None
    trunk: str | None = None
    agent: str | None = None
    source: str | None = None
    numbers: tuple[str, ...] = ()
    announced: bool = False
    shown: tuple[float, float] | None = None
    weight: float = 0.5
    scored: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def window(self) -> tuple[float, float]:
        """The window the records can show."""
        return self.shown or (self.start, self.end)


@dataclass
class Event:
    """One row of the events table."""

    starts: float
    ends: float | None
    kind: str
    scope: str
    target: str
    note: str


@dataclass
class Plan:
    """Everything that is put into one world."""

    faults: list[Fault] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    # what keeps calls from the switch: (account, numbers or None for all, start, end)
    unforwarded: list[tuple[str, tuple[str, ...] | None, float, float]] = field(default_factory=list)
    left_on: list[tuple[str, float, float]] = field(default_factory=list)
    dead_numbers: list[tuple[tuple[str, ...], float, float]] = field(default_factory=list)
    dead_groups: list[tuple[str, float, float]] = field(default_factory=list)
    channels: list[tuple[str, float, float, int]] = field(default_factory=list)
    deafened: list[tuple[str, float, float, float]] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    lost_rows: list[tuple[float, float]] = field(default_factory=list)
    # what callers do: (accounts or None for all, start, end, factor on the rate)
    rates: list[tuple[frozenset[str] | None, float, float, float]] = field(default_factory=list)
    floods: list[tuple[str, float, float, float, tuple[str, ...]]] = field(default_factory=list)
    # what agents do
    absences: list[tuple[float, float, frozenset[str]]] = field(default_factory=list)
    handling: list[tuple[frozenset[str] | None, float, float, float, float]] = field(default_factory=list)
    deaf: list[tuple[str, float, float, float]] = field(default_factory=list)
    holders: list[tuple[str, float, float, float, float]] = field(default_factory=list)
    cutters: list[tuple[str, float, float, float]] = field(default_factory=list)
    # how the account is programmed
    limits: list[tuple[str, float, float | None, int]] = field(default_factory=list)
    dead_ends: list[tuple[str, float, float]] = field(default_factory=list)
    unserved: list[tuple[str, float, float]] = field(default_factory=list)
    # messages: (cause, account, start, end, variant) spoils one urgent message in the span
    mishaps: list[tuple[str, str, float, float, str]] = field(default_factory=list)
    unreachable: list[tuple[str, float, float, float]] = field(default_factory=list)
    tests: list[tuple[float, str]] = field(default_factory=list)
