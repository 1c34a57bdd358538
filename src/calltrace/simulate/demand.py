"""Callers: when they dial, which of the client's numbers, and whether the call reaches the switch."""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.simulate import clock

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from calltrace.simulate.clients import Client
    from calltrace.simulate.clock import Span
    from calltrace.simulate.plan import Plan


@dataclass
class Calls:
    """Attempts in order of time: epoch second, indices of account and number, nuisance caller or -1."""

    t: npt.NDArray[np.float64]
    account: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    flood: npt.NDArray[np.int64]


class Reach:
    """Which numbers' calls reach the switch, and when."""

    def __init__(
        self, clients: list[Client], plan: Plan, rng: np.random.Generator, first: date, days: int
    ) -> None:
        self.forwarded: dict[str, list[Span]] = {}
        self.edges: dict[tuple[int, int], list[float]] = {}
        for i, client in enumerate(clients):
            usual = sloppy(client, rng, first, days)
            usual = clock.merged(usual + [(a, b) for who, a, b in plan.left_on if who == client.account])
            self.forwarded[client.account] = usual
            for j, number in enumerate(client.numbers):
                spans = usual
                for who, numbers, start, end in plan.unforwarded:
                    if who == client.account and (numbers is None or number in numbers):
                        spans = clock.minus(spans, (start, end))
                for numbers, start, end in plan.dead_numbers:
                    if number in numbers:
                        spans = clock.minus(spans, (start, end))
                for group, start, end in plan.dead_groups:
                    if group == client.trunk_group:
                        spans = clock.minus(spans, (start, end))
                self.edges[i, j] = [edge for span in spans for edge in span]

    def __call__(self, account: int, number: int, t: float) -> bool:
        """Say whether a call to that number would reach the switch at ``t``."""
        return bisect_right(self.edges[account, number], t) % 2 == 1

    def those(self, calls: Calls) -> npt.NDArray[np.bool_]:
        """Return, for every call, whether it reaches the switch."""
        keep = np.zeros(len(calls.t), dtype=bool)
        for (i, j), edges in self.edges.items():
            mine = (calls.account == i) & (calls.number == j)
            keep[mine] = np.searchsorted(np.array(edges), calls.t[mine], side="right") % 2 == 1
        return keep


def sloppy(client: Client, rng: np.random.Generator, first: date, days: int) -> list[Span]:
    """Return when the client's lines really are forwarded: people forward some minutes early or late.

    Coverage around the clock is left alone. Nobody is more than 20 minutes off here: more is a fault.
    """
    spans = client.coverage.spans(first - timedelta(days=1), days + 2, client.zone)
    if client.coverage.always or not client.sloppy_min:
        return spans
    off = np.clip(rng.normal(0, client.sloppy_min, (len(spans), 2)), -18, 18) * 60
    return clock.merged((a + off[k, 0], b + off[k, 1]) for k, (a, b) in enumerate(spans))


def expected(client: Client, spans: list[Span], first: date, days: int, *, share: float = 1.0) -> float:
    """Return how many calls the client's usual rate brings in the spans, of ``share`` of its numbers."""
    edges = clock.hour_edges(first, days, client.zone)
    start_day = first.weekday()
    total = 0.0
    for a, b in spans:
        lo = max(0, int(np.searchsorted(edges, a, side="right")) - 1)
        hi = min(len(edges) - 1, int(np.searchsorted(edges, b)))
        for k in range(lo, hi):
            seconds = min(b, edges[k + 1]) - max(a, edges[k])
            hour = (start_day * 24 + k) % 168
            total += max(0.0, seconds) / 3600 * float(client.rate[hour])
    return total * share


def draw(
    clients: list[Client],
    plan: Plan,
    seed: int,
    first: date,
    days: int,
    *,
    day_factors: npt.NDArray[np.float64],
    only_near: list[list[Span]],
) -> Calls:
    """Draw every attempt at the clients' phones that might reach the switch.

    Parameters
    ----------
    clients, plan, first, days
        The world.
    seed : int
        Every account draws from its own stream, so that a fault at one leaves the others' callers as they
        were.
    day_factors : array, one a day
        How busy the day is for everybody (weather, season, chance).
    only_near : list of spans for each client
        Attempts outside these (lines not forwarded) are not drawn at all.
    """
    times: list[npt.NDArray[np.float64]] = []
    who: list[npt.NDArray[np.int64]] = []
    floods: list[npt.NDArray[np.int64]] = []
    which: list[npt.NDArray[np.int64]] = []
    hour_of_week = (first.weekday() * 24 + np.arange(days * 24)) % 168
    for i, client in enumerate(clients):
        rng = np.random.default_rng([seed, 11, i])
        edges = clock.hour_edges(first, days, client.zone)
        near = _near(edges, only_near[i])
        day = rng.gamma(1 / client.day_cv**2, client.day_cv**2, days) * day_factors
        weekly = np.exp(np.cumsum(rng.normal(0, client.drift, -(-days // 7))))
        day *= np.repeat(weekly, 7)[:days]
        hour = rng.gamma(1 / max(client.hour_cv, 0.02) ** 2, max(client.hour_cv, 0.02) ** 2, days * 24)
        mean = client.rate[hour_of_week] * np.diff(edges) / 3600 * np.repeat(day, 24) * hour * near
        t = _scatter(rng, edges, rng.poisson(mean))
        for accounts, start, end, factor in plan.rates:
            if accounts is not None and client.account not in accounts:
                continue
            if factor < 1:
                inside = (t >= start) & (t < end)
                t = t[~inside | (rng.random(len(t)) < factor)]
            else:
                more = _scatter(rng, edges, rng.poisson(mean * (factor - 1)))
                t = np.concatenate([t, more[(more >= start) & (more < end)]])
        flood = np.full(len(t), -1)
        for account, start, end, per_hour, callers in plan.floods:
            if account == client.account:
                extra = rng.uniform(start, end, rng.poisson(per_hour * (end - start) / 3600))
                t = np.concatenate([t, extra])
                flood = np.concatenate([flood, rng.integers(len(callers), size=len(extra))])
        times.append(t)
        who.append(np.full(len(t), i))
        floods.append(flood)
        which.append(rng.choice(len(client.numbers), size=len(t), p=client.shares))
    t = np.concatenate(times)
    order = np.argsort(t, kind="stable")
    return Calls(
        t[order], np.concatenate(who)[order], np.concatenate(which)[order], np.concatenate(floods)[order]
    )


def _near(edges: npt.NDArray[np.float64], spans: list[Span]) -> npt.NDArray[np.float64]:
    """Return 1 for hours that touch one of the spans (half an hour of grace), else 0."""
    near = np.zeros(len(edges) - 1)
    for a, b in spans:
        lo = max(0, int(np.searchsorted(edges, a - 1800, side="right")) - 1)
        near[lo : int(np.searchsorted(edges, b + 1800))] = 1
    return near


def _scatter(
    rng: np.random.Generator, edges: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return as many instants in each hour as it counts, evenly spread."""
    starts = np.repeat(edges[:-1], counts)
    return starts + rng.random(len(starts)) * np.repeat(np.diff(edges), counts)
