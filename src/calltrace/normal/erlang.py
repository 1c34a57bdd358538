"""Erlang's formulas: B for lines, C for agents whose callers wait for ever, A where callers leave.

Load is in Erlang: calls an hour times handling hours a call. All are computed by recursions that neither
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


def erlang_c(load: float, agents: int) -> float:
    """Return the share of calls that wait at all, nobody leaving; 1 where the load is beyond the agents.

    Overstates waiting where callers leave: see :func:`erlang_a`.

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


def mean_wait_s(load: float, agents: int, handling_s: float) -> float:
    """Return the average wait in seconds by Erlang C, infinite where the load is beyond the agents."""
    if load >= agents:
        return 0.0 if load == 0 and agents > 0 else math.inf
    return erlang_c(load, agents) * handling_s / (agents - load)


def agents_needed(load: float, seconds: float, handling_s: float, share: float) -> int:
    """Return the fewest agents who answer ``share`` of the calls within ``seconds`` by Erlang C."""
    _demand(load, 0)
    agents = max(1, math.floor(load) + 1)
    while served_within(load, agents, seconds, handling_s) < share:
        agents += 1
    return agents


def erlang_a(load: float, agents: int, patience: float) -> tuple[float, float]:
    """Return the share of calls that wait and the share that leave, callers' patience being exponential.

    Parameters
    ----------
    load : float
        Erlang.
    agents : int
        Logged-in agents, at least 1.
    patience : float
        Mean patience in units of the mean handling time (a caller who waits 60 s, calls of 120 s: 0.5).

    Returns
    -------
    tuple of float
        Share of calls that find all agents busy; share of all calls that leave before an agent.

    Raises
    ------
    ValueError
        For a negative load, no agent or patience of 0 or less.

    References
    ----------
    M/M/n+M, Palm (1957); Mandelbaum and Zeltyn, Service Engineering in Action: the Palm/Erlang-A Queue
    (2007). The stationary distribution is summed directly: above n the k-th waiting caller leaves at
    k/patience.

    Examples
    --------
    >>> wait, leave = erlang_a(1.0, 1, 1.0)   # service and patience alike: M/M/infinity
    >>> round(wait, 4), round(leave, 4)
    (0.6321, 0.3679)
    """
    _demand(load, agents)
    if agents < 1 or patience <= 0:
        raise ValueError(f"{agents} agents with patience {patience}: at least 1 and more than 0 are needed")
    if load == 0:
        return 0.0, 0.0
    blocking = erlang_b(load, agents)
    # In units of the chance of exactly n calls in the system: below n the sum is 1/B, above it term by term.
    term, beyond, waiting, k = 1.0, 0.0, 0.0, 0
    while term > 1e-16 * (1.0 + beyond) or k < 2:
        k += 1
        term *= load / (agents + k / patience)
        beyond += term
        waiting += k * term
        if k > 1_000_000:
            break
    whole = 1.0 / blocking + beyond
    return (1.0 + beyond) / whole, waiting / patience / whole / load


def _demand(load: float, servers: int) -> None:
    if load < 0 or servers < 0:
        raise ValueError(f"a load of {load} Erlang on {servers} servers: neither can be negative")
