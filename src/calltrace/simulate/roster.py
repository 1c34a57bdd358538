"""Agents and their shifts: rostered to the usual load with Erlang C, with people's breaks and lateness."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.normal.erlang import agents_needed
from calltrace.simulate import clock

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from calltrace.simulate.clients import Client

_NAMES = (
    "Rosa Jiménez",
    "Bill Turner",
    "Hannah Weiss",
    "Omar Said",
    "Kate O'Malley",
    "Deepak Rao",
    "Yvonne Clarke",
    "Sam Lind",
    "Marisol Vega",
    "Tyrone Banks",
    "Ingrid Holm",
    "Paul Achebe",
    "Lucía Prado",
    "Wei Zhang",
    "Nora Quinn",
    "Ivan Dragan",
    "Beth Mercer",
    "Carl Olsen",
    "Fatima Noor",
    "Grace Lamb",
    "Hugo Stein",
    "Irene Falk",
    "Jamal Reed",
    "Karin Voss",
    "Leo Marsh",
    "Mina Patel",
    "Nils Berg",
    "Olga Petrenko",
    "Pia Romano",
    "Quentin Ash",
    "Ruth Abrams",
    "Stefan Cole",
    "Tess Hardy",
    "Umar Khan",
    "Vera Lux",
    "Will Stone",
    "Xenia Roth",
    "Yusuf Ali",
    "Zoe Hart",
    "Anna Keel",
)


@dataclass
class Shift:
    """One agent's working time, epoch seconds; ``breaks`` are pauses inside it."""

    agent: str
    start: float
    end: float
    breaks: tuple[tuple[float, float], ...] = ()


def load_by_hour(clients: list[Client], zone: str, monday: date) -> npt.NDArray[np.float64]:
    """Return calls an hour that usually reach the switch, by hour of the week of the service's own zone."""
    edges = clock.hour_edges(monday, 7, zone)
    total = np.zeros(168)
    for client in clients:
        rate = client.covered_rate()
        if client.zone == zone:
            total += rate
            continue
        for k in range(168):
            moment = clock.local(edges[k] + 60, client.zone)
            total[k] += rate[moment.weekday() * 24 + moment.hour]
    return total


def need_by_hour(
    load: npt.NDArray[np.float64],
    *,
    handling_s: float,
    share: float,
    seconds: float,
    spare: float,
    least: int,
) -> list[int]:
    """Return how many agents each hour of the week needs for ``share`` of the calls within ``seconds``.

    ``spare`` is the planner's allowance for breaks and busier days, as a share of the load.
    """
    return [
        max(
            least,
            agents_needed(calls * handling_s / 3600 * (1 + spare), seconds, handling_s, share),
        )
        for calls in load
    ]


def _pattern(need: list[int], rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return shifts as (hour of week, hours) that cover ``need``; the week wraps around."""
    first = int(np.argmin(need))
    cover = [0] * (168 + 12)
    shifts = []
    for step in range(168):
        hour = (first + step) % 168
        while cover[step] < need[hour]:
            lengths = [8, 8, 8, 6, 5, 9] if need[(hour + 6) % 168] >= need[hour] - 1 else [4, 4, 5, 3]
            length = min(int(rng.choice(lengths)), 168 - step)
            for k in range(step, step + length):
                cover[k] += 1
            shifts.append((hour, length))
    return shifts


def draw_shifts(
    need: list[int],
    rng: np.random.Generator,
    *,
    first: date,
    days: int,
    zone: str,
    breaks: bool,
    named: bool,
    seats: bool,
) -> tuple[list[str], list[Shift]]:
    """Return the agents and all their shifts of the world's days.

    Every week has the same pattern; who works which shift rotates. People log in up to some minutes early and
    leave some minutes late. With ``seats`` a login is a seat ("position 3") rather than a person, taken by
    whoever works there, so that few names cover the week.
    """
    pattern = sorted(_pattern(need, rng))
    monday = first - timedelta(days=first.weekday())
    free_at: list[float] = []
    hours: list[float] = []
    who: list[tuple[int, float, float]] = []
    end_of_world = clock.epoch(first + timedelta(days=days), 0, zone)
    begin = clock.epoch(first, 0, zone)
    for week in range(-1, days // 7 + 2):
        hours = [0.0] * len(hours)
        for hour, length in pattern:
            day = monday + timedelta(days=7 * week + hour // 24)
            start = clock.epoch(day, hour % 24 * 60, zone)
            end = clock.epoch(day, (hour % 24 + length) * 60, zone)
            free = [
                k for k in range(len(free_at)) if free_at[k] <= start and (seats or hours[k] + length <= 44)
            ]
            if free:
                agent = min(free, key=lambda k: k if seats else hours[k] + rng.uniform(0, 6))
            else:
                agent = len(free_at)
                free_at.append(0.0)
                hours.append(0.0)
            free_at[agent] = end + (0 if seats else 9 * 3600)
            hours[agent] += length
            who.append((agent, start, end))
    names = agent_names(len(free_at), rng, named=named)
    shifts = []
    for agent, start, end in who:
        a = start - float(rng.exponential(90)) + (float(rng.exponential(240)) if rng.random() < 0.05 else 0)
        b = end + float(rng.exponential(60))
        if b <= begin or a >= end_of_world:
            continue
        pauses: tuple[tuple[float, float], ...] = ()
        if breaks and end - start >= 6 * 3600:
            middle = start + (end - start) * float(rng.uniform(0.4, 0.6))
            pauses = ((middle, middle + float(rng.uniform(20, 32)) * 60),)
        shifts.append(Shift(names[agent], max(a, begin), b, tuple(p for p in pauses if p[0] > begin)))
    return names, _joined(shifts)


def _joined(shifts: list[Shift]) -> list[Shift]:
    """Return shifts in order, those of one agent that follow one another at once as one log-in."""
    joined: list[Shift] = []
    last: dict[str, Shift] = {}
    for shift in sorted(shifts, key=lambda s: (s.start, s.agent)):
        before = last.get(shift.agent)
        if before is not None and shift.start - before.end < 1200:
            before.end = max(before.end, shift.end)
            before.breaks += shift.breaks
        else:
            last[shift.agent] = shift
            joined.append(shift)
    return joined


def agent_names(count: int, rng: np.random.Generator, *, named: bool) -> list[str]:
    """Return agents' names or ids; order says nothing of who they are."""
    if named and count <= len(_NAMES):
        return [str(n) for n in rng.permutation(np.array(_NAMES))[:count]]
    prefix, base = [("A", 101), ("op", 20), ("", 3001), ("AG-", 7)][int(rng.integers(4))]
    return [f"{prefix}{base + k}" for k in range(count)]


def without(shifts: list[Shift], absences: list[tuple[float, float, frozenset[str]]]) -> list[Shift]:
    """Return the shifts as they were worked, agents missing where a plan has them absent."""
    worked = shifts
    for start, end, agents in absences:
        worked = [
            Shift(s.agent, a, b, tuple(p for p in s.breaks if a <= p[0] and p[1] <= b))
            for s in worked
            for a, b in (
                clock.minus([(s.start, s.end)], (start, end)) if s.agent in agents else [(s.start, s.end)]
            )
        ]
    return sorted(worked, key=lambda s: s.start)


def on_shift(shifts: list[Shift], t: float) -> list[str]:
    """Return the agents rostered at an instant."""
    return [s.agent for s in shifts if s.start <= t < s.end]
