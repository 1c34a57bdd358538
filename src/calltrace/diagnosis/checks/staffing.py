"""Were there fewer agents than usual, or fewer than the load needed?

Logged-in agents are rebuilt from the agents table (login to logout), else taken from the switch's interval
counts, else inferred from who answered calls. Where single logins or logouts were lost from the log, such a
session is taken to last as long as that agent's usually do, and the switch's count goes before it. They are
held against the same time of the week in other weeks: too few for the load every Tuesday is how the service is
staffed, fewer than every other Tuesday is a gap in the roster. Erlang's formula adds what the load of that
stretch would have needed for the service level of the profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import after_looking, normal_tail, plain, ramp, score, weigh
from calltrace.diagnosis.checks._load import load
from calltrace.diagnosis.checks._quarters import QUARTER_S
from calltrace.diagnosis.checks._staff import answering, staff, stray, usual_level
from calltrace.diagnosis.evidence import SILENT_ON, Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import gaps
from calltrace.normal.erlang import agents_needed
from calltrace.normal.intervals import to_us

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Floats
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.checks._staff import Staff
    from calltrace.diagnosis.scene import Scene

FACET = "fewer-agents"
FELT = 0.35
"""Part of the usual agents whose absence callers surely feel."""
ANSWERS = "the calls"
"""What the source is called where only the agents' answers tell who was there."""
LEAST_GONE = 0.5
"""Agents: a shortfall below half an agent is a late coffee."""


def run(scene: Scene) -> list[Evidence]:
    """Compare agents at hand with the usual where waits rose, else where they were fewest."""
    view = load(scene)
    source = staff(scene, view)
    if view.last <= view.first:
        return [unasked(FACET, "the records do not reach into the window", "calls in the window")]
    if source is None:
        return [_from_calls(scene, view)]
    values = _while_calls_came(scene, view, source.at_hand)
    usual, weeks = usual_level(view, values, view.first, view.last)
    here = values[view.first : view.last]
    if not np.isfinite(usual - here).any():
        return [unasked(FACET, f"{source.source} show no other week to compare with", "agents of other weeks")]
    gone = np.where(np.isfinite(usual - here), usual - here, 0.0)
    noise = stray(view, values)
    first, last, focused = _where(view, gone)
    cut = slice(first - view.first, last - view.first)
    if not np.isfinite(usual[cut] - here[cut]).any():
        return [
            unasked(FACET, f"{source.source} show no other week to compare that time with", "agents of other weeks")
        ]
    there, normal = float(np.nanmean(here[cut])), float(np.nanmean(usual[cut]))
    missing = normal - there
    start, end = view.span(first, last)
    zone = scene.account.zone
    need, load_erlang = _needed(scene, view, first, last)
    enough = f"; by Erlang's formula the load of {load_erlang:.1f} Erlang needed {need}" if need else ""
    data = plain(
        agents=there,
        usual=normal,
        weeks=float(np.nanmedian(weeks[cut])),
        needed=need,
        load_erlang=load_erlang,
        source=source.source,
        waits_rose=view.waits_rose,
        paused=float(source.paused[first:last].mean()),
    )
    chance = after_looking(
        normal_tail(missing / noise * np.sqrt(_apart(first, last))), 1.0 if focused else view.looks / 4
    )
    effect = ramp(missing / max(normal, 1.0), 0.08, 0.35) if missing >= LEAST_GONE else 0.0
    felt = missing >= max(FELT * normal, LEAST_GONE)
    # where fewer were there, records that stray too far to show it say little against it
    reach = score(normal_tail(FELT * normal / noise)) if effect > 0 else 99.0
    outcome, strength = weigh(chance, effect=effect, reach=reach)
    if outcome is Outcome.CLEAR and felt:
        return [_unsteady(source, there, normal, noise, words.span(start, end, zone))]
    if outcome is Outcome.FOUND:
        # Staff missing where nobody waited longer explains nothing.
        strength *= (1.0 if view.waits_rose else 0.6) * view.covered(first, last)
        says = (
            f"{there:.1f} agents were logged in {words.span(start, end, zone)}, {normal:.1f} are usual at"
            " that time of"
            f" the week (from {source.source}){enough}"
        )
    elif effect > 0:
        says = (
            f"{there:.1f} agents were logged in {words.span(start, end, zone)}, {normal:.1f} usually: no further from it"
            f" than chance takes them, as from week to week they stray by {noise:.1f} (from {source.source})"
        )
    else:
        says = (
            f"{'more' if missing <= -LEAST_GONE else 'as many'} agents {'than' if missing <= -LEAST_GONE else 'as'} usual were"
            f" logged in {words.span(start, end, zone)}: {there:.1f}, usually {normal:.1f} (from {source.source})"
        )
    return [
        Evidence(
            FACET,
            outcome,
            says,
            strength=round(strength, 3),
            observed=there,
            expected=normal,
            unit="agents",
            start=start,
            end=end,
            data=data,
        )
    ]


def _unsteady(source: Staff, there: float, normal: float, noise: float, when: str) -> Evidence:
    """Say that far fewer agents were counted, and that the count strays too far to tell whether that was so."""
    lost = ", where single logins or logouts were lost" if source.lost else ""
    return unasked(
        FACET,
        f"{there:.1f} agents were logged in {when}, {normal:.1f} usually, but by {source.source}{lost} they stray by"
        f" {noise:.1f} from week to week: whether fewer were there can't be told",
        "the roster of that day",
    )


def _while_calls_came(scene: Scene, view: Load, values: Floats) -> Floats:
    """Return the agents at hand, NaN while nobody on the platform had a call.

    Who is logged out by an outage is not missing: callers wait after it, and not for want of a roster.
    """
    gap = gaps(scene).platform
    if gap is None or not gap.shared:
        return values
    first, last = view.grid.bin(np.array([to_us(gap.start), to_us(gap.end)])).tolist()
    kept = values.copy()
    kept[max(first, 0) : max(last + 1, 0)] = np.nan
    return kept


def _apart(first: int, last: int) -> float:
    """Return how many hours of a stretch tell of agents each by itself: shifts are longer, so two at most."""
    return min(max(1.0, (last - first) / 4), 2.0)


def _where(view: Load, gone: Floats) -> tuple[int, int, bool]:
    """Return where to compare: where waits rose, else where most was missing."""
    if view.waits_rose:
        first, last = view.trouble
        return first, last, True
    short = gone >= LEAST_GONE
    if not short.any():
        return view.first, view.last, False
    edges = np.flatnonzero(np.diff(np.concatenate(([0], short.astype(int), [0]))))
    begins, ends = edges[::2], edges[1::2]
    totals = np.array([gone[b:e].sum() for b, e in zip(begins, ends, strict=True)])
    best = int(np.argmax(totals))
    return view.first + int(begins[best]), view.first + int(ends[best]), False


def _needed(scene: Scene, view: Load, first: int, last: int) -> tuple[int, float]:
    """Return the agents Erlang's C asks for, and the load; 0 where handling time is not known."""
    calls = view.calls
    kept = calls.answered & view.inside(first, last)
    handled = (np.nan_to_num(calls.talk) + np.nan_to_num(calls.hold))[kept]
    if not len(handled) or handled.sum() <= 0:
        return 0, 0.0
    each = float(handled.mean())
    came = float(view.waited[first:last].sum())
    erlang = came * each / ((last - first) * QUARTER_S)
    profile = scene.profile
    return agents_needed(
        erlang, profile.value("service_level_s"), each, profile.value("service_level_share")
    ), erlang


def _from_calls(scene: Scene, view: Load) -> Evidence:
    """Infer staffing from who answered: distinct agents per hour against the same hours of other weeks."""
    calls = view.calls
    missing = ("agents", "kpi.agents_staffed")
    if not calls.agents:
        return unasked(FACET, "nothing tells how many agents were logged in", *missing, "calls.agent")
    first, last = view.trouble
    hours = answering(view)
    known = view.usual & (view.waited > 0)
    mine = np.flatnonzero(np.arange(view.grid.size) >= 0)[first:last]
    usual, weeks = usual_level(
        view, np.where(known | np.isin(np.arange(view.grid.size), mine), hours, np.nan), first, last
    )
    there, normal = (
        float(hours[first:last].mean()),
        float(np.nanmean(usual)) if np.isfinite(usual).any() else np.nan,
    )
    if not np.isfinite(normal):
        return unasked(FACET, "no other week to compare with", *missing)
    gone = normal - there
    noise = max(0.5, stray(view, np.where(known, hours, np.nan))) / np.sqrt(_apart(first, last))
    outcome, strength = weigh(
        normal_tail(gone / noise),
        proof=1e-2,
        reach=score(normal_tail(FELT * normal / noise)),
        effect=ramp(gone / max(normal, 1.0), 0.1, 0.4) if gone >= LEAST_GONE else 0.0,
    )
    start, end = view.span(first, last)
    return Evidence(
        FACET,
        outcome,
        f"{there:.1f} agents answered calls in each hour {words.span(start, end, scene.account.zone)},"
        f" {normal:.1f} usually"
        " do (inferred from the calls: neither logins nor interval counts are there, and who is logged in and lets"
        " calls ring answers none either)",
        strength=round(0.6 * strength, 3),
        observed=there,
        expected=normal,
        unit="agents",
        start=start,
        end=end,
        missing=missing,
        data=plain(
            agents=there,
            usual=normal,
            weeks=float(np.nanmedian(weeks)),
            source=ANSWERS,
            **{SILENT_ON: ["agent-not-answering"]},
            score=score(normal_tail(gone / noise)),
            waits_rose=view.waits_rose,
        ),
    )


CHECK = Check(
    title="Were there enough agents?",
    facets=(Facet(FACET, "Were fewer agents logged in than usual?", "agent sessions"),),
    needs=(),
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    run=run,
)
