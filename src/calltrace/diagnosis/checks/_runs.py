"""The run of days an agent's trouble has lasted, so that it is not taken for what is usual of that agent.

Who has left every caller on hold since Monday did so on half of the days a question on Friday learns from. What is usual of an
agent is what was usual before the trouble began: of the days one run is left out in which it fared far worse than on all
its others, before and after, and than its colleagues in the same days. A run of more than half of the agent's days is no
trouble any more, it is how that agent works; and what comes back every week is no run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.checks._chance import TINY, after_looking, share_tail, spread_of_shares

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._load import Load

FEWEST = 5.0
"""Calls that fared badly below which nobody's usual is in doubt."""

NOTABLE = 0.03
"""Part of an agent's usual calls, beyond twice that of all, from which a trouble may be among them."""

FAR = 0.25
"""How far the share of a run must lie above that of the agent's other days."""

BEFORE = 20.0
"""Calls of an agent before a run, from which there is something that it fell away from."""

PROOF = 1e-4
"""Chance that a run is none, at most, after looking at all there could be."""

DAY = 96
"""Quarters of a day."""


def in_doubt(bad: Floats | Ints, of: Floats | Ints) -> Ints:
    """Return the agents whose usual may have a trouble in it: a first look, at sums.

    Parameters
    ----------
    bad, of : array (agents,)
        How many of an agent's usual calls fared badly, and how many they were.
    """
    k, n = np.asarray(bad, dtype=float), np.asarray(of, dtype=float)
    rest = (k.sum() - k + 1.0) / (n.sum() - n + 30.0)
    return np.flatnonzero((k >= FEWEST) & (k > (2.0 * rest + NOTABLE) * np.maximum(n, 1.0)))


def run_of(bad: Floats, of: Floats, bad_of_all: Floats, all_of: Floats) -> tuple[int, int] | None:
    """Return the first day of an agent's run of bad days and the one after its last; None where it had none.

    Parameters
    ----------
    bad, of : array (days,)
        How many of the agent's calls fared badly, and how many they were, by day.
    bad_of_all, all_of : array (days,)
        The same of all agents.
    """
    worked = np.flatnonzero(of > 0)
    many = len(worked)
    if many < 3 or bad.sum() < FEWEST:
        return None
    k, n = (np.concatenate(([0.0], np.cumsum(v[worked]))) for v in (bad, of))
    first, last = np.triu_indices(many + 1, 1)
    inside, size = k[last] - k[first], n[last] - n[first]
    rest, size_of_rest = k[-1] - inside, n[-1] - size
    share, usual = inside / size, rest / np.maximum(size_of_rest, 1.0)
    gain = np.where((size_of_rest > 0) & (share > usual), _likely(inside, size) + _likely(rest, size_of_rest), -np.inf)
    best = int(np.argmax(gain))
    if not np.isfinite(gain[best]):
        return None
    i, j = int(first[best]), int(last[best])
    low, high = int(worked[i]), int(worked[j - 1]) + 1
    long = j - i > many / 2
    others = (bad_of_all[low:high].sum() - inside[best]) / max(1.0, all_of[low:high].sum() - size[best])
    if long or n[i] < BEFORE or share[best] - usual[best] < FAR or share[best] < 2.0 * others:
        return None
    left = np.r_[worked[:i], worked[j:]]
    least = max(float(usual[best]), 1.0 / (size_of_rest[best] + 1.0))
    chance = share_tail(inside[best], size[best], least, spread_of_shares(bad[left], of[left], least))
    return (low, high) if after_looking(chance, len(first)) <= PROOF else None


def _likely(k: Floats, n: Floats) -> Floats:
    """Return the log-likelihood of k of n at their own share."""
    p = np.clip(k / np.maximum(n, 1.0), TINY, 1.0 - TINY)
    return np.asarray(k * np.log(p) + (n - k) * np.log1p(-p))


def by_day(values: Floats) -> Floats:
    """Return the sums of quarters by day."""
    return np.add.reduceat(values, np.arange(0, len(values), DAY)) if len(values) else values


def calm(view: Load, names: list[str], rings: Floats, known: Bools) -> dict[int, Bools]:
    """Return the quarters that tell what is usual of those agents that let calls ring out in a run of days, by row.

    Parameters
    ----------
    names : list of str
        The agents.
    rings : array (agents, quarters)
        Their unanswered rings.
    known : array of bool
        Quarters of usual times of which rings are known.
    """
    number = {name: i for i, name in enumerate(view.calls.agents)}
    places = [number.get(name, -1) for name in names]
    answers = np.array([view.answers[p, known].sum(dtype=float) if p >= 0 else 0.0 for p in places])
    let_ring = rings[:, known].sum(axis=1)
    doubted = [row for row in in_doubt(let_ring, let_ring + answers) if places[row] >= 0]
    if not doubted:
        return {}
    of_all = by_day(rings.sum(axis=0))
    offered = of_all + by_day(view.answers.sum(axis=0, dtype=float))
    found = {}
    for row in doubted:
        its = by_day(rings[row])
        run = run_of(its, its + by_day(view.answers[places[row]].astype(float)), of_all, offered)
        if run is not None:
            left = known.copy()
            left[run[0] * DAY : run[1] * DAY] = False
            found[int(row)] = left
    return found


def usual_rings(view: Load, names: list[str], rings: Floats, known: Bools) -> Floats:
    """Return how many rings a quarter each agent usually lets go unanswered, drawn to all agents' mean.

    An agent is at work for about half of the time any agent is. Parameters as of :func:`calm`.
    """
    apart = calm(view, names, rings, known)
    past, quarters = rings[:, known].sum(axis=1), np.full(len(names), max(1.0, float(known.sum())))
    whole = float(quarters[0]) if len(names) else 1.0
    for row, left in apart.items():
        past[row], quarters[row] = rings[row, left].sum(), max(1.0, float(left.sum()))
    return np.asarray((past / quarters + (past.sum() / len(names) + 1.0) / whole) / 2.0)
