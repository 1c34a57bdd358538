"""What the planner knows of the world before it is played, and draws troubles by."""

from __future__ import annotations

from dataclasses import field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.simulate import clock
from calltrace.simulate.demand import expected

if TYPE_CHECKING:
    from calltrace.simulate.clients import Client
    from calltrace.simulate.clock import Span
    from calltrace.simulate.numbers import Numbers
    from calltrace.simulate.roster import Shift
    from calltrace.simulate.switch import House


@dataclass
class Setting:
    """What the planner knows of the world before it is played."""

    clients: list[Client]
    first: date
    days: int
    zone: str
    begin: float
    end: float
    since: float
    load: np.ndarray[tuple[int], np.dtype[np.float64]]
    need: list[int]
    shifts: list[Shift]
    house: House
    handling_s: float
    numbers: Numbers
    rng: np.random.Generator
    taken: list[tuple[float, float, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    hushed: list[tuple[float, float, str]] = field(default_factory=list)

    def hour_of_week(self, t: float) -> int:
        """Return the hour of the week in the service's zone."""
        moment = clock.local(t, self.zone)
        return moment.weekday() * 24 + moment.hour

    def rate(self, t: float) -> float:
        """Return the usual calls an hour of the whole platform at an instant."""
        return float(self.load[self.hour_of_week(t)])

    def coming(self, client: Client, start: float, end: float, share: float = 1.0) -> float:
        """Return how many calls the client usually has at the switch in a span."""
        cover = [
            s
            for s in client.coverage.spans(self.first - timedelta(days=1), self.days + 2, client.zone)
            if s[1] > start and s[0] < end
        ]
        spans = [(max(a, start), min(b, end)) for a, b in cover]
        return expected(client, spans, self.first, self.days, share=share)

    def staffed(self, start: float, end: float) -> list[str]:
        """Return the agents rostered for the whole of a span."""
        return sorted({s.agent for s in self.shifts if s.start <= start and s.end >= end})

    def moment(self, hours: tuple[float, float], *, busy: float = 1.0, whole: bool = False) -> Span:
        """Draw a span within the last days, likelier where more calls come (``busy`` is the exponent)."""
        length = float(self.rng.uniform(*hours)) * 3600
        starts = np.arange(self.since, self.end - length, 900)
        weight = np.array([self.rate(s) for s in starts]) ** busy + 1e-9
        start = float(self.rng.choice(starts, p=weight / weight.sum()))
        if not whole:
            start += float(self.rng.integers(15)) * 60
            length += float(self.rng.uniform(0, 59))
        return start, start + (round(length / 3600) * 3600 if whole else length)

    def clear(self, span: Span, *, only: tuple[str, ...] = (), margin: float = 2 * 3600) -> bool:
        """Say whether no other trouble of the platform (of ``only`` these causes) lies in or near a span."""
        return not any(
            a - margin < span[1] and span[0] < b + margin
            for a, b, cause in self.taken
            if not only or cause.split(":")[0] in only
        )

    def speaking(self, span: Span, *, group: str | None = None) -> bool:
        """Say whether no account (of a trunk group) is silent in a span for a reason of its own."""
        groups = {c.account: c.trunk_group for c in self.clients}
        return not any(
            a - 1800 < span[1] and span[0] < b + 1800 and group in (None, groups[account])
            for a, b, account in self.hushed
        )

    def pick(self, fits: list[Client]) -> Client | None:
        """Draw a client that has no trouble yet."""
        free = [c for c in fits if c.account not in self.used]
        return free[int(self.rng.integers(len(free)))] if free else None


def uniform(setting: Setting, lo: float, hi: float) -> float:
    """Draw a number between two."""
    return float(setting.rng.uniform(lo, hi))


def spans_of(setting: Setting, client: Client) -> list[Span]:
    """Return the client's covered spans that lie wholly within the days troubles are put in."""
    spans = client.coverage.spans(setting.first, setting.days, client.zone)
    return [s for s in spans if s[0] > setting.since and s[1] < setting.end - 3600]


def rounded(t: float, step: int, way: int) -> float:
    """Round seconds to a step: down where ``way`` is below 0, else up."""
    return float((t // step) * step if way < 0 else -(-t // step) * step)
