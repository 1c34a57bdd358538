"""Did a logged-in agent let offered calls ring out?

A switch offers the call to an agent, rings, gives up (`ring_no_answer`) and tries the next: each costs the caller
half a minute. Agents are compared with their own usual and with each other, by rings unanswered among the calls
offered to each. One or two a day are usual; one agent's run of them is somebody away from the desk and logged in.
Without an agents table the calls show it only dimly: an agent who goes on answering, but a fraction of the share
that agent has when at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    after_looking,
    counts_tail,
    plain,
    ramp,
    reach_of_counts,
    score,
    weigh,
    worst_stretch,
)
from calltrace.diagnosis.checks._load import LONGEST, instants, load
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Floats
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

FACET = "agent-rings-out"


def run(scene: Scene) -> list[Evidence]:
    """Scan each agent's unanswered rings in the window."""
    view = load(scene)
    agents = scene.case.table("agents")
    out = agents[(agents["event"] == "ring_no_answer").fillna(value=False)]
    if agents.empty:
        return [Evidence(FACET, Outcome.NOT_RUN, "without the agents' events nothing tells a call that rang out at one agent"
                         " from one that waited for any", strength=0.0, missing=("agents",))]
    reach_from, reach_to = int(instants(agents["at"]).min()), int(instants(agents["at"]).max())
    window = (scene.question.start.value // 1000, scene.question.end.value // 1000)
    if reach_to < window[0] or reach_from > window[1]:
        return [Evidence(FACET, Outcome.NOT_RUN, "the agents' events do not reach into the window", strength=0.0,
                         missing=("agents in the window",))]
    if not len(out):
        return [Evidence(FACET, Outcome.NOT_RUN, "the agents table holds no unanswered ring at all: this switch may not log"
                         " them", strength=0.0, missing=("agents.event ring_no_answer",))]
    at = view.grid.bin(instants(out["at"]))
    names = np.asarray(out["agent"].astype(object))
    known = _known(view, reach_from, reach_to)
    past_quarters = max(1.0, float((view.usual & known).sum()))
    in_grid = (at >= 0) & (at < view.grid.size)
    past = in_grid.copy()
    past[past] = view.usual[at[past]]
    everyone = sorted(set(names))
    answered = view.calls.answered & (view.calls.agent >= 0)
    per_call = (past.sum() + 1.0) / max(1.0, float(view.per_quarter(answered)[view.usual & known].sum()))
    part = slice(view.first, view.last)
    best = None
    total = int((in_grid & (at >= view.first) & (at < view.last)).sum())
    for agent in everyone:
        its = in_grid & (names == agent)
        seen = np.bincount(at[its], minlength=view.grid.size).astype(float)
        if seen[part].sum() < 2:
            continue
        rate = (seen[view.usual & known].sum() + past.sum() / len(everyone) + 1) / (2 * past_quarters)
        # An agent is offered calls in proportion to what comes in.
        busy = view.offered / max(1.0, float(view.offered[view.usual].mean()))
        mean = rate * np.maximum(busy[part], 0.3)
        worst = worst_stretch(seen[part], mean, None, LONGEST)
        if worst is None:
            continue
        chance = after_looking(counts_tail(worst.seen, worst.expected, 0.3), view.looks * len(everyone))
        if best is None or chance < best[0]:
            best = (chance, agent, worst)
    usual_total = float(past.sum()) / past_quarters * (view.last - view.first)
    reach = reach_of_counts(max(usual_total / max(1, len(everyone)), 0.3), 10.0, 0.3)
    if best is None:
        return [Evidence(FACET, Outcome.CLEAR, f"{words.count(total, 'offered call')} rang out at an agent in the window,"
                         f" {words.count(round(usual_total, 1), 'call')} are usual, no two at the same agent",
                         strength=round(min(1.0, reach / 3), 3), observed=float(total), expected=usual_total, unit="rings")]
    chance, agent, worst = best
    first, last = view.first + worst.first, view.first + worst.last
    hits = in_grid & (names == agent) & (at >= first) & (at < last)
    answers = _answers(view, str(agent), first, last)
    share = worst.seen / max(1.0, worst.seen + answers)
    outcome, strength = weigh(chance, reach=reach, effect=ramp(worst.seen, 2, 6) * ramp(share, 0.05, 0.3))
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(first, last), 3)
    start, end = view.span(first, last)
    when = words.span(start, end, scene.account.zone)
    lead = f"agent {agent}" if outcome is Outcome.FOUND else f"no agent stood out by rings unanswered: {agent}, who had most,"
    says = (f"{lead} let {words.count(worst.seen, 'offered call')} ring out {when} and answered {answers:.0f};"
            f" {worst.expected:.1f} are usual for that time")
    return [Evidence(
        FACET, outcome, says, strength=strength, observed=worst.seen, expected=worst.expected, unit="rings",
        start=start, end=end, examples=examples_of(out[hits].assign(name=out[hits]["call_id"].fillna(out[hits]["agent"])), "name"),
        data=plain(score=score(chance), agent=str(agent), rang_out=worst.seen, answered=answers, window_total=total,
                   window_usual=usual_total, per_answered_call=per_call))]


def _known(view: Load, begin: int, end: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    quarters = np.arange(view.grid.size)
    edges = view.grid.bin(np.array([begin, end], dtype=np.int64))
    return np.asarray((quarters >= edges[0]) & (quarters <= edges[1]))


def _answers(view: Load, agent: str, first: int, last: int) -> float:
    calls = view.calls
    if agent not in calls.agents:
        return 0.0
    its: Floats = view.per_quarter(calls.answered & (calls.agent == calls.agents.index(agent)))
    return float(its[first:last].sum())


CHECK = Check(
    title="Did agents let calls ring out?",
    facets=(Facet(FACET, "Did a logged-in agent let offered calls ring out?", "agent rings"),),
    needs=(),
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    run=run,
)
