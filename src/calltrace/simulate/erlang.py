"""Erlang B for trunks and paths, Erlang C for staff: how a planner sizes them, in plain recursions."""

from __future__ import annotations

import math


def blocking(load: float, lines: int) -> float:
    """Return the share of calls that find all ``lines`` taken, for ``load`` erlangs (Erlang B)."""
    b = 1.0
    for n in range(1, lines + 1):
        b = load * b / (n + load * b)
    return b


def lines_for(load: float, share_blocked: float) -> int:
    """Return the fewest lines that block no more than ``share_blocked`` of the calls."""
    lines = 1
    while blocking(load, lines) > share_blocked:
        lines += 1
    return lines


def waits_longer(load: float, agents: int, *, handling_s: float, seconds: float) -> float:
    """Return the share of calls that wait longer than ``seconds`` (Erlang C); 1 where the queue grows."""
    if agents <= load:
        return 1.0
    b = blocking(load, agents)
    delayed = b / (1 - load / agents * (1 - b))
    return delayed * math.exp(-(agents - load) * seconds / handling_s)


def agents_for(load: float, *, handling_s: float, seconds: float, share: float) -> int:
    """Return the fewest agents who answer ``share`` of the calls within ``seconds``."""
    agents = max(1, math.floor(load) + 1)
    while waits_longer(load, agents, handling_s=handling_s, seconds=seconds) > 1 - share:
        agents += 1
    return agents
