"""Erlang's formulas: B for lines, C for agents whose callers wait for ever, and how many of either are enough.

Load is in Erlang: calls an hour times handling hours a call. Both are computed by recursions that neither
overflow nor lose digits at thousands of servers. Plain Python and ``math``.
"""

from __future__ import annotations

import math


def erlang_b(load: float, lines: int) -> float:
    """Return the share of calls that find every line busy, blocked calls lost.

    Raises
    ------
    ValueError
        For a negative load or number of lines.

    References
    ----------
    B(0) = 1, B(n) = a·B(n-1) / (n + a·B(n-1)): Cooper, Introduction to Queueing Theory (1981), p. 82.

    Examples
    --------
    >>> round(erlang_b(2.0, 3), 4)
    0.2105
    """
    _demand(load, lines)
    blocking = 1.0
    for n in range(1, lines + 1):
        blocking = load * blocking / (n + load * blocking)
    return blocking


def lines_for(load: float, share_blocked: float) -> int:
    """Return the fewest lines, at least 1, that block no more than ``share_blocked`` (0 to 1) of the calls (Erlang B)."""
    lines = 1
    while erlang_b(load, lines) > share_blocked:
        lines += 1
    return lines


def load_at(lines: int, share_blocked: float) -> float:
    """Return the load (Erlang) at which so many lines block that share of the calls, 0 < share < 1 (Erlang B, backwards).

    Examples
    --------
    >>> round(load_at(3, 0.2105), 2)
    2.0
    """
    low, high = 0.0, 1.0
    while erlang_b(high, lines) < share_blocked:
        low, high = high, 2.0 * high
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if erlang_b(middle, lines) < share_blocked else (low, middle)
    return (low + high) / 2.0


def erlang_c(load: float, agents: int) -> float:
    """Return the share of calls that wait at all, nobody leaving; 1 where the load is beyond the agents.

    Overstates waiting where callers leave.

    Raises
    ------
    ValueError
        For a negative load or number of agents.

    References
    ----------
    C = B / (1 - rho·(1 - B)), rho = load / agents: Cooper (1981), p. 91.

    Examples
    --------
    >>> round(erlang_c(2.0, 3), 4)
    0.4444
    """
    _demand(load, agents)
    if load == 0:
        return 0.0 if agents else 1.0
    if load >= agents:
        return 1.0
    blocking = erlang_b(load, agents)
    return blocking / (1.0 - load / agents * (1.0 - blocking))


def served_within(load: float, agents: int, seconds: float, handling_s: float) -> float:
    """Return the share of calls answered within ``seconds`` by Erlang C (nobody leaves)."""
    if load >= agents:
        return 0.0
    return 1.0 - erlang_c(load, agents) * math.exp(-(agents - load) * seconds / handling_s)


def agents_needed(load: float, seconds: float, handling_s: float, share: float) -> int:
    """Return the fewest agents who answer ``share`` of the calls within ``seconds`` by Erlang C."""
    _demand(load, 0)
    agents = max(1, math.floor(load) + 1)
    while served_within(load, agents, seconds, handling_s) < share:
        agents += 1
    return agents


def _demand(load: float, servers: int) -> None:
    if load < 0 or servers < 0:
        raise ValueError(f"a load of {load} Erlang on {servers} servers: neither can be negative")
