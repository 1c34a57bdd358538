"""What the switch and the floor are told and tell: an attempt and what became of it, how they work, and the record."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from calltrace.simulate.floor import Agent

WAITING, TALKING, DONE = range(3)
"""How far a call is."""


class Call:
    """One attempt that got as far as the switch, and what became of it.

    Times are epoch seconds. ``auto_at`` is when an announcement picked up (None if none did), ``agent_at``
    when an agent did. ``rings`` are the rings of agents' phones: agent, from, to, how (answered, rang_out,
    cancelled).
    """

    __slots__ = (
        "account",
        "agent",
        "agent_at",
        "ani",
        "auto_at",
        "by",
        "end",
        "flood",
        "greeting",
        "held",
        "hold",
        "id",
        "joined",
        "name",
        "number",
        "outcome",
        "patience",
        "redial_of",
        "ringing",
        "rings",
        "state",
        "t",
        "talk",
        "u",
    )

    def __init__(
        self, t: float, account: int, number: int, ani: str, *, patience: float, talk: float, u: float
    ) -> None:
        self.t = t
        self.account = account
        self.number = number
        self.ani = ani
        self.name = ""
        self.patience = patience
        self.talk = talk
        self.u = u
        self.flood = False
        self.redial_of: Call | None = None
        self.state = WAITING
        self.outcome = ""
        self.by = ""
        self.end = t
        self.agent: str = ""
        self.agent_at: float | None = None
        self.auto_at: float | None = None
        self.greeting = 0.0
        self.joined: float | None = None
        self.hold = 0.0
        self.held = 0.0
        self.ringing: Agent | None = None
        self.rings: list[tuple[str, float, float, str]] = []
        self.id = ""

    def rung(self, t: float, how: str) -> None:
        """Say until when the last agent's phone rang, and how that ended."""
        agent, began, _, _ = self.rings[-1]
        self.rings[-1] = agent, began, t, how


@dataclass
class House:
    """How the switch is programmed and how people behave, the same for the whole world."""

    ring_timeout_s: float = 18.0
    pickup_s: float = 3.5
    rings_out: float = 0.008
    pauses_after_ring_out: bool = True
    wrap_s: float = 10.0
    patience_s: float = 150.0
    redials: float = 0.3
    cut_share: float = 0.0015
    hangs_up_first: float = 0.6
    channels: dict[str, int] = field(default_factory=dict)


@dataclass
class Record:
    """What came of it: calls that reached the switch, calls that found no trunk, and agents' events."""

    calls: list[Call] = field(default_factory=list)
    blocked: list[tuple[float, int, str]] = field(default_factory=list)
    agents: list[tuple[float, str, str, Call | None]] = field(default_factory=list)
    staffed: list[tuple[float, int]] = field(default_factory=list)
