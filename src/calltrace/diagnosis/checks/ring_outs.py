"""Did a logged-in agent let offered calls ring out?

A switch offers the call to an agent, rings, gives up (`ring_no_answer`) and tries the next: each costs the
caller half a minute. Agents are compared with their own usual and with each other, by rings unanswered among
the calls offered to each. One or two a day are usual; one agent's run of them is somebody away from the desk
and logged in; days of it on end are not what is usual of that agent. Where a switch logs no agents' events, but
the legs of calls, these tell the rings. Without either the calls show it only dimly: an agent who goes on answering,
but a fraction of the share that agent has when at work; or who was logged in all the time and answered nothing, or as
many agents logged in as usual of whom fewer answered.
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
    share_tail,
    weigh,
)
from calltrace.diagnosis.checks._columns import instants
from calltrace.diagnosis.checks._idle import fewer_answering, there_throughout
from calltrace.diagnosis.checks._load import LONGEST, load, rows
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._runs import usual_rings
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._chance import Bools, Ints
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.checks._stretch import Stretch
    from calltrace.diagnosis.scene import Scene

FACET = "agent-rings-out"
SHARES = "agent-answers-fewer"
PROOF = 1e-3
HOUR = 4
"""Quarters: who has answered nothing for less than an hour may be at lunch."""


def run(scene: Scene) -> list[Evidence]:
    """Scan each agent's unanswered rings in the window, and each one's part of the answers."""
    view = load(scene)
    rings = _rings(scene, view)
    unlogged = rings.outcome is Outcome.NOT_RUN and view.waits_rose
    shares = _answers_fewer(scene, view, unlogged=unlogged)
    if unlogged and shares.outcome is not Outcome.FOUND:
        shares = fewer_answering(scene, view, SHARES) or shares
    return [rings, shares]


def _rings(scene: Scene, view: Load) -> Evidence:
    """Find the agent at whom most offered calls rang out beyond the usual, by the stretch where they did."""
    agents = scene.case.table("agents")
    out = agents[(agents["event"] == "ring_no_answer").fillna(value=False)]
    # rings alone were read off the calls, and reach as far as these
    reaching = agents["at"] if scene.case.logs_sessions else scene.case.calls["offered_at"]
    lack = _lacking(scene, reaching if len(agents) else agents["at"], out)
    if lack is not None:
        return lack
    reach_from, reach_to = int(instants(reaching).min()), int(instants(reaching).max())
    at = view.grid.bin(instants(out["at"]))
    names = np.asarray(out["agent"].astype(object))
    in_grid = (at >= 0) & (at < view.grid.size)
    usual = learning(view, np.bincount(at[in_grid], minlength=view.grid.size).astype(float), view.offered).usual
    known = usual & _known(view, reach_from, reach_to)
    past_quarters = max(1.0, float(known.sum()))
    past = in_grid.copy()
    past[past] = usual[at[past]]
    everyone = sorted(set(names))
    answered = view.calls.answered & (view.calls.agent >= 0)
    per_call = (past.sum() + 1.0) / max(1.0, float(view.per_quarter(answered)[known].sum()))
    total = int((in_grid & (at >= view.first) & (at < view.last)).sum())
    best, several = _most_rung(view, at, names, known=known)
    usual_total = float(past.sum()) / past_quarters * (view.last - view.first)
    reach = reach_of_counts(max(usual_total / max(1, len(everyone)), 0.3), 10.0, 0.3)
    if best is None:
        return Evidence(
            FACET,
            Outcome.CLEAR,
            f"{words.count(total, 'offered call')} rang out at an agent in the window,"
            f" {words.usual(round(usual_total, 1))}, no two at the same agent",
            strength=round(min(1.0, reach / 3), 3),
            observed=float(total),
            expected=usual_total,
            unit="rings",
        )
    chance, agent, worst = best
    first, last = view.first + worst.first, view.first + worst.last
    several.pop(str(agent), None)
    hits = in_grid & (names == agent) & (at >= first) & (at < last)
    answers = _answers(view, str(agent), first, last)
    share = worst.seen / max(1.0, worst.seen + answers)
    outcome, strength = weigh(chance, reach=reach, effect=ramp(worst.seen, 2, 6) * ramp(share, 0.05, 0.3))
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(first, last), 3)
    start, end = view.span(first, last)
    when = words.span(start, end, scene.account.zone)
    lead = (
        f"agent {agent}"
        if outcome is Outcome.FOUND
        else f"no agent stood out by rings unanswered: {agent}, who had most,"
    )
    says = (
        f"{lead} let {words.count(worst.seen, 'offered call')} ring out {when} and answered {answers:.0f};"
        f" {worst.expected:.1f} are usual for that time"
    )
    if outcome is Outcome.FOUND and several:
        says += "; so did " + ", ".join(f"{name} ({n})" for name, n in sorted(several.items()))
    return Evidence(
        FACET,
        outcome,
        says,
        strength=strength,
        observed=worst.seen,
        expected=worst.expected,
        unit="rings",
        start=start,
        end=end,
        examples=examples_of(out[hits].assign(name=out[hits]["call_id"].fillna(out[hits]["agent"])), "name"),
        data=plain(
            score=score(chance),
            agent=str(agent),
            also=several,
            rang_out=worst.seen,
            answered=answers,
            window_total=total,
            window_usual=usual_total,
            per_answered_call=per_call,
        ),
    )


def _lacking(scene: Scene, reaching: pd.Series[pd.Timestamp], out: pd.DataFrame) -> Evidence | None:
    """Say why rings can't be asked about, None where they can.

    ``reaching`` are the times by which the agents' events are known to reach, ``out`` those of unanswered rings.
    """
    window = (scene.question.start.value // 1000, scene.question.end.value // 1000)
    if reaching.empty:
        says, missing = (
            "without the agents' events nothing tells a call that rang out at one agent from one that waited for any",
            "agents",
        )
    elif int(instants(reaching).max()) < window[0] or int(instants(reaching).min()) > window[1]:
        says, missing = "the agents' events do not reach into the window", "agents in the window"
    elif not len(out):
        says = "the agents table holds no unanswered ring at all: this switch may not log them"
        missing = "agents.event ring_no_answer"
    else:
        return None
    return unasked(FACET, says, missing)


def _most_rung(
    view: Load, at: Ints, names: NDArray[np.object_], *, known: Bools
) -> tuple[tuple[float, str, Stretch] | None, dict[str, int]]:
    """Return the agent whose rings are the least likely by chance, with that chance and where, and all who are proven.

    Parameters
    ----------
    at, names : array, one of each ring
        The quarter it was in (outside the grid, none of it) and the agent.
    known : array of bool
        Quarters of usual times of which the agents' events are known.

    Returns
    -------
    best, several
        Of equals the first by name; None where no two calls rang out at one agent. How many rang out at each proven one.
    """
    everyone = sorted(set(names))
    in_grid, part = (at >= 0) & (at < view.grid.size), slice(view.first, view.last)
    rings = np.array([np.bincount(at[in_grid & (names == a)], minlength=view.grid.size) for a in everyone], dtype=float)
    rates = usual_rings(view, [str(a) for a in everyone], rings, known)
    # An agent is offered calls in proportion to what comes in.
    busy = view.offered / max(1.0, float(view.offered[view.usual].mean()))
    best = None
    several: dict[str, int] = {}
    for agent, seen, rate in zip(everyone, rings, rates.tolist(), strict=True):
        if seen[part].sum() < 2:
            continue
        longest = max(LONGEST, view.last - view.first)  # one agent's may go on for days
        worst = worst_stretch(seen[part], rate * np.maximum(busy[part], 0.3), None, longest)
        if worst is None:
            continue
        chance = after_looking(counts_tail(worst.seen, worst.expected, 0.3), view.looks * len(everyone))
        if chance <= PROOF:
            several[str(agent)] = int(worst.seen)
        if best is None or chance < best[0]:
            best = (chance, agent, worst)
    return best, several


def _answers_fewer(scene: Scene, view: Load, *, unlogged: bool) -> Evidence:
    """Look for an agent who is there throughout and answers a fraction of the calls that agent usually does.

    There throughout: answered calls in the first and in the last quarter of the stretch, or, where the switch logs no
    unanswered ring (``unlogged``), was logged in all the time. Fewer: both in calls
    and in time on calls, since an agent who leaves callers on hold answers fewer, too.
    """
    calls = view.calls
    first, last, looks = _stretch(view)
    kept = calls.answered & (calls.agent >= 0)
    size = len(calls.agents)
    stretch = kept & view.inside(first, last)
    n = int(stretch.sum())
    if size < 2 or n < 10:
        why = "the log names no agents" if not size else "too few calls were answered to compare agents"
        return unasked(SHARES, why, *(("calls.agent",) if not size else ()))
    weight = np.where(view.usual, np.bincount(view.grid.slot[first:last], minlength=672)[view.grid.slot], 0)
    usual = view.answers @ weight.astype(float)
    here = np.flatnonzero(stretch)
    busy_s = np.nan_to_num(calls.talk[here]) + np.nan_to_num(calls.hold[here])
    busy = np.bincount(calls.agent[here], weights=busy_s, minlength=size)
    seen = view.answers[:, first:last].sum(axis=1, dtype=float)
    there = _throughout(view, first, last)
    if unlogged:
        there |= there_throughout(scene, view, first, last)
    there &= usual >= 10
    if there.sum() < 2:
        return unasked(SHARES, "fewer than two agents answered calls throughout")
    total = float(seen[there].sum())
    share = usual / float(usual[there].sum())
    chance, agent = min(
        (share_tail(total - seen[one], total, 1.0 - float(share[one]), 0.01), int(one)) for one in np.flatnonzero(there)
    )
    chance = after_looking(chance, float(there.sum()) * looks)
    part = float(seen[agent]) / total
    time_part = float(busy[agent]) / max(1.0, float(busy[there].sum()))
    gone = 1.0 - max(part, time_part) / max(float(share[agent]), 1e-6)
    outcome, strength = weigh(
        chance,
        effect=ramp(gone, 0.2, 0.55),
        reach=score(
            share_tail(round(total * (1 - 0.4 / there.sum())), total, 1 - 1 / float(there.sum()), 0.01)
        ),
    )
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(first, last), 3)
    start, end = view.span(first, last)
    name = calls.agents[agent]
    lead = (
        f"agent {name} was at work throughout and answered"
        if outcome is Outcome.FOUND
        else f"the agents shared the calls as usual; {name}, whose part fell most, answered"
    )
    says = (
        f"{lead} {seen[agent]:.0f} of {words.count(total, 'call')}"
        f" {words.span(start, end, scene.account.zone)}"
        f" ({part:.0%}; {share[agent]:.0%} is usual among those at work)"
    )
    mine = stretch & (calls.agent == agent)
    return Evidence(
        SHARES,
        outcome,
        says,
        strength=strength,
        observed=part,
        expected=float(share[agent]),
        unit="share of answered calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, mine), "call_id"),
        data=plain(score=score(chance), agent=name, answered=seen[agent], of=total, time_share=time_part),
    )


def _throughout(view: Load, first: int, last: int) -> Bools:
    """Return which agents answered calls both in the first and in the last quarter of these bins."""
    edge = max(1, (last - first) // 4)
    early = view.answers[:, first : min(first + edge, last)].sum(axis=1)
    late = view.answers[:, max(last - edge, first) : last].sum(axis=1)
    return np.asarray((early > 0) & (late > 0))


def _stretch(view: Load) -> tuple[int, int, float]:
    """Return where to compare: where waits rose, else where one agent's part of the answers fell most."""
    first, last = view.trouble
    part = slice(view.first, view.last)
    if view.waits_rose or not view.calls.agents or view.last - view.first < HOUR:
        return first, last, 1.0
    everyone = view.answers.sum(axis=0, dtype=float)
    usual = view.usual_rate(everyone)
    best: tuple[float, int, int] | None = None
    for answers in view.answers[view.answers[:, part].sum(axis=1) >= 2]:
        its = answers.astype(float)
        share = view.usual_share(its, everyone, usual_whole=usual)[part]
        worst = worst_stretch((everyone - its)[part], (1 - share) * everyone[part], everyone[part], LONGEST)
        if worst is not None and worst.last - worst.first >= HOUR and (best is None or worst.gain > best[0]):
            best = (worst.gain, view.first + worst.first, view.first + worst.last)
    return (first, last, 1.0) if best is None else (best[1], best[2], view.looks)


def _known(view: Load, begin: int, end: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    quarters = np.arange(view.grid.size)
    edges = view.grid.bin(np.array([begin, end], dtype=np.int64))
    return np.asarray((quarters >= edges[0]) & (quarters <= edges[1]))


def _answers(view: Load, agent: str, first: int, last: int) -> float:
    agents = view.calls.agents
    return float(view.answers[agents.index(agent), first:last].sum()) if agent in agents else 0.0


CHECK = Check(
    title="Did agents let calls ring out?",
    facets=(
        Facet(FACET, "Did a logged-in agent let offered calls ring out?", "agent rings"),
        Facet(SHARES, "Did an agent at work answer far fewer calls than usual?", "agent answers"),
    ),
    needs=(),
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    run=run,
)
