"""Who was logged in and answered nothing, where the switch logs no unanswered rings.

Logins, or the switch's own counts, say that as many agents were there as usual; the calls say that fewer of them answered.
Both together show agents who were there and let calls ring, or sat by: with logins by name, from counts only how many.
Asked only where everybody waited: an agent to whom no call comes answers none either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._chance import normal_tail, plain, ramp, score, weigh
from calltrace.diagnosis.checks._columns import instants
from calltrace.diagnosis.checks._staff import answering, staff, stray, usual_level
from calltrace.diagnosis.evidence import Evidence, Outcome

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

ENTERS = {"login": True, "unpause": True, "logout": False, "pause": False}
"""What an agent's event makes of being there to answer."""

LEAST = 0.6
"""Agents fewer who answer, and more who are missing, from which the two are told apart."""

MOSTLY = 0.8
"""Part of the time for which who is logged in is there throughout."""

COUNTED = "counted"
"""Of the evidence's data, True: how many were idle is known, and not who."""


def there_throughout(scene: Scene, view: Load, first: int, last: int) -> Bools:
    """Return which agents were logged in, and not paused, for most of these quarters."""
    there = np.zeros(len(view.calls.agents), dtype=np.int64)
    agents = scene.case.table("agents")
    if agents.empty:
        return there > 0
    rows = agents[agents["event"].isin(ENTERS)]
    start, end = view.grid.at(first).value // 1000, view.grid.at(last).value // 1000
    at = instants(rows["at"])
    order = np.argsort(at, kind="stable")
    order = order[at[order] < end]
    number = {name: i for i, name in enumerate(view.calls.agents)}
    events, names = rows["event"].to_numpy(dtype=object)[order], rows["agent"].to_numpy(dtype=object)[order]
    entered: dict[int, int] = {}
    for when, event, name in zip(at[order].tolist(), events, names, strict=True):
        who = number.get(name)
        if who is None:
            continue
        since = entered.pop(who, None)
        if since is not None:
            there[who] += max(0, when - max(since, start))
        if ENTERS[event]:
            entered[who] = when
    for who, since in entered.items():
        there[who] += end - max(since, start)
    return there >= MOSTLY * (end - start)


def fewer_answering(scene: Scene, view: Load, facet: str) -> Evidence | None:
    """Compare how many agents answered with how many were logged in; None where that can't be told or fits.

    Both are held against the same time of other weeks.
    """
    source = staff(scene, view)
    first, last = view.trouble
    if source is None or not view.waits_rose or not view.calls.agents or last <= first:
        return None
    at_hand, _ = usual_level(view, source.at_hand, first, last)
    there, there_usually = source.at_hand[first:last], at_hand
    hours = answering(view)
    known = np.where(view.waited > 0, hours, np.nan)
    answered_usually, _ = usual_level(view, known, first, last)
    both = np.isfinite(there) & np.isfinite(there_usually) & np.isfinite(answered_usually)
    if not both.any():
        return None
    now, normal = float(hours[first:last][both].mean()), float(answered_usually[both].mean())
    missing = float((there_usually - there)[both].mean())
    paused = float(source.paused[first:last][both].mean())
    idle = normal - now - max(0.0, missing) - paused
    noise = max(0.5, stray(view, known)) / np.sqrt(min(max(1.0, (last - first) / 4), 2.0))
    chance = normal_tail(idle / noise)
    outcome, strength = weigh(chance, proof=1e-2, effect=ramp(idle / max(normal, 1.0), 0.1, 0.4))
    if outcome is not Outcome.FOUND or idle < LEAST or missing > idle:
        return None
    start, end = view.span(first, last)
    return Evidence(
        facet,
        Outcome.FOUND,
        f"only {now:.1f} agents answered calls in each hour {words.span(start, end, scene.account.zone)}, {normal:.1f}"
        f" usually do, while {float(there[both].mean()):.1f} were logged in, {float(there_usually[both].mean()):.1f}"
        f" usually are (from {source.source})",
        strength=round(strength * view.covered(first, last), 3),
        observed=now,
        expected=normal,
        unit="agents",
        start=start,
        end=end,
        data=plain(score=score(chance), idle=idle, source=source.source) | {COUNTED: True},
    )
