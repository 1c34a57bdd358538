"""Did more calls come in than usual, and whose?

Three surges look alike from the queue: the account's own callers, another account's, and everybody's. They
are told apart by account, in the same stretch of time: the account's calls against its own usual (and against
what everybody else had: on a stormy day all are up), the one other account that rose most and its part of the
platform's extra calls, and what remains without it. A handful of robots is not a surge: calls of callers
found by `nuisance` are left out of the account's own. Nor are the callers of an office whose lines were left forwarded.
Nor is a second try of a caller who was not served within the hour before, nor whoever calls again within it: what is said
names the calls, second tries as well, and how many are left without them; what is usual is of these.
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
)
from calltrace.diagnosis.checks._load import LONGEST, load, name_of, rows
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.checks._tries import by_account, came, over_and_over, told
from calltrace.diagnosis.checks._uncovered import left_on
from calltrace.diagnosis.checks.nuisance import callers_of
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.checks._chance import Bools
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene


LEAST_SPREAD = 0.05
"""Dispersion of one account's calls, at least: a client's day is busier or quieter by a fifth for no reason
anyone records (gamma-distributed busyness, Jongbloed and Koole 2001)."""

STRAYS = 0.35
"""What is shared does not hit all alike: by how much the rise of one account strays from everybody's (standard deviation, as a
part of that rise)."""

MANY = 4
"""Accounts of which it takes most to be up for many to be; of fewer that are all up it is said with less."""

FEW_OTHERS = 20
"""Calls' worth by which the other accounts are taken to be as usual: of a few calls nothing is told of the day."""


def run(scene: Scene) -> list[Evidence]:
    """Scan the account's and the others' calls for surges."""
    view = load(scene)
    return [_own(scene, view), *_others(scene, view)]


def _own(scene: Scene, view: Load) -> Evidence:
    facet = "own-surge"
    part = slice(view.first, view.last)
    callers = callers_of(scene, view)
    robots = callers.marked(callers.theirs, len(view.bin))
    stray = left_on(scene, view)
    its = view.mine & ~robots & ~stray
    counted = its & ~view.calls.again & ~over_and_over(view)
    own = view.per_quarter(counted)
    rate = view.usual_rate(own)
    others = view.offered - view.per_quarter(view.mine & ~view.calls.again)
    others_usual = view.usual_rate(others)
    spread = view.dispersion(own, rate, floor=LEAST_SPREAD) + 1.0 / (float(own[view.usual].sum()) + 5.0)
    total, usual_total = float(own[part].sum()), float(rate[part].sum())
    reach = reach_of_counts(usual_total, 3.0, spread)
    worst = worst_stretch(own[part], np.maximum(rate[part], 1e-3), None, LONGEST, spread)
    if worst is None or total == 0:
        return Evidence(
            facet,
            Outcome.CLEAR,
            f"{told(float(view.per_quarter(its)[part].sum()), total)} came in to the account,"
            f" {words.usual(round(usual_total, 1))}",
            strength=round(min(1.0, reach / 3), 3),
            observed=total,
            expected=usual_total,
            unit="calls",
        )
    first, last = view.first + worst.first, view.first + worst.last
    everybody = _everybody(view, first, last, float(others[first:last].sum()), float(others_usual[first:last].sum()))
    fair = worst.expected * max(1.0, everybody)
    chance = after_looking(counts_tail(worst.seen, max(fair, 0.05), spread + _unlike(everybody)), view.looks)
    ratio = worst.seen / max(fair, 0.5)
    outcome, strength = weigh(chance, reach=reach, effect=ramp(ratio, 1.3, 2.2))
    if outcome is Outcome.FOUND and view.waits_rose and scene.question.complaint != "busy":
        strength = round(strength * _of_its_crowd(view, first, last, worst.seen - fair), 3)
    start, end = view.span(first, last)
    known = _announced(scene, start, end)
    announced = f"; announced: {known}" if known else "; nothing of the kind was announced"
    if outcome is Outcome.FOUND:
        says = (
            f"{told(came(view, its, start, end), worst.seen)} came in to the account"
            f" {words.span(start, end, scene.account.zone)},"
            f" {words.usual(round(worst.expected, 1))} ({ratio:.1f} times what the day"
            f" explains){announced}{_besides(stray & view.inside(first, last))}"
            f"{_of_robots(came(view, view.mine & robots, start, end))}"
        )
    else:
        says = (
            f"the account's volume was ordinary: {told(float(view.per_quarter(its)[part].sum()), total)} in the window,"
            f" {words.usual(round(usual_total, 1))} (at most {worst.seen:.0f} where"
            f" {worst.expected:.1f} are usual, {words.span(start, end, scene.account.zone)}){_besides(stray)}"
        )
    return Evidence(
        facet,
        outcome,
        says,
        strength=strength,
        observed=worst.seen,
        expected=worst.expected,
        unit="calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, counted & view.inside(first, last)), "call_id")
        if outcome is Outcome.FOUND
        else (),
        data=plain(
            score=score(chance),
            ratio=ratio,
            calls=came(view, view.mine, start, end),
            everybody=everybody,
            announced=known,
            window_calls=total,
            window_usual=usual_total,
        ),
    )


def _everybody(view: Load, first: int, last: int, others: float, usual: float) -> float:
    """Return how many times their usual calls the other accounts had, with or without the one that rose most if that is less.

    What a single client's crowd adds to the calls of all explains no other client's, where the rest have calls enough to tell.
    """
    now, expected, _ = view.by_account(first, last)
    if view.own >= 0:
        now[view.own] = expected[view.own] = 0.0
    top = int(np.argmax(now - expected))
    with_all, without = (
        (seen + FEW_OTHERS) / (due + FEW_OTHERS)
        for seen, due in ((others, usual), (float(now.sum() - now[top]), float(expected.sum() - expected[top]))))
    # too few calls of the rest would tell nothing of the day either
    return min(with_all, without) if expected.sum() - expected[top] >= FEW_OTHERS / 4 else with_all


def _unlike(level: float) -> float:
    """Return the dispersion of one account's calls about ``level`` times its usual, where all rose by so much."""
    return (STRAYS * (1.0 - 1.0 / max(level, 1.0))) ** 2


def _of_its_crowd(view: Load, first: int, last: int, extra: float) -> float:
    """Return how far waits for the agents of all are those of the account's own ``extra`` callers, 0 to 1.

    Another client's crowd many times as large took the agents, whatever the account's own callers did beside it.
    """
    now, expected, _ = view.by_account(first, last)
    if view.own >= 0:
        now[view.own] = expected[view.own] = 0.0
    larger = float(np.max(now - expected))
    return ramp(extra / max(extra + max(larger, 0.0), 1e-9), 0.05, 0.3)


def _besides(stray: Bools) -> str:
    """Tell how many calls are not counted, as they came at hours that the coverage leaves out; '' for none."""
    return f"; {words.count(int(stray.sum()), 'call')} at hours that its coverage leaves out not counted" if stray.any() else ""


def _of_robots(calls: int) -> str:
    """Tell how many very short calls of a few callers are not counted; '' for none."""
    return f"; {words.count(calls, 'very short call')} of a few callers not counted" if calls else ""


def _announced(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return the note of an event of the account that covers part of the time and brings calls, or ''."""
    events = scene.case.table("events")
    if events.empty:
        return ""
    mine = (events["target"] == scene.question.account).fillna(value=False)
    brings = events["kind"].isin(["promotion", "note"])
    now = (events["starts_at"] < end) & (events["ends_at"].isna() | (events["ends_at"] > start))
    hits = events[mine & brings & now & ((events["kind"] == "promotion") | (events["scope"] == "account"))]
    promoted = hits[hits["kind"] == "promotion"]
    if promoted.empty:
        return ""
    first = promoted.iloc[0]
    return (
        str(first["note"])
        if first["note"] == first["note"] and first["note"] is not None
        else str(first["kind"])
    )


def _others(scene: Scene, view: Load) -> list[Evidence]:
    part = slice(view.first, view.last)
    others = view.offered - view.per_quarter(view.mine & ~view.calls.again)
    usual = view.usual_rate(others)
    spread = view.dispersion(others, usual)
    if float(usual[part].sum()) < 1 or len(view.calls.accounts) < 2:
        return [
            unasked(f, "the records hold hardly any call of other accounts", "calls of other accounts")
            for f in ("other-surge", "wide-surge")
        ]
    worst = worst_stretch(others[part], np.maximum(usual[part], 1e-3), None, LONGEST, spread)
    found = []
    if worst is not None:
        first, last = view.first + worst.first, view.first + worst.last
        found.append(
            _split(
                scene,
                view,
                first,
                last,
                spread=view.dispersion_at(others, usual, first, last),
                looks=view.looks,
            )
        )
    if view.waits_rose or not found:
        spread = view.dispersion_at(others, usual, *view.trouble)
        found.append(_split(scene, view, *view.trouble, spread=spread, looks=1.0))
    return [max((f[i] for f in found), key=_nearest) for i in (0, 1)]


def _nearest(evidence: Evidence) -> float:
    """Order by how near an evidence is to a finding: the strongest FOUND, else the weakest CLEAR."""
    return evidence.strength if evidence.outcome is Outcome.FOUND else -evidence.strength


def _split(
    scene: Scene, view: Load, first: int, last: int, *, spread: float, looks: float
) -> tuple[Evidence, Evidence]:
    """Split the others' extra calls of a stretch into the one account that rose most and all the rest."""
    zone = scene.account.zone
    now, expected, dispersion = view.by_account(first, last)
    own_now = own_usual = own_extra = 0.0
    if view.own >= 0:
        own_now, own_usual = float(now[view.own]), float(expected[view.own])
        own_extra = max(0.0, own_now - own_usual)
        now[view.own], expected[view.own] = 0.0, 1e-3
    start, end = view.span(first, last)
    total, usual = float(now.sum()), float(expected.sum())
    extra = now - expected
    top = int(np.argmax(extra))
    rest_now, rest_usual = total - now[top], usual - expected[top]
    # the account's own calls tell as well whether one rose or all did: of two clients there are no others
    level = max(1.0, (rest_now + own_now + 10) / (rest_usual + own_usual + 10))
    chance = after_looking(
        counts_tail(now[top], expected[top] * level, float(dispersion[top]) + _unlike(level)), looks * len(now)
    )
    gain = float(now[top] - expected[top] * level)
    share = gain / max(1.0, float(np.maximum(extra, 0).sum()) + own_extra)
    weight = gain / max(usual, 1.0)
    # It takes agents from others when its extra calls are many beside what the platform usually has.
    felt = ramp(weight, 0.05, 0.3) * ramp(share, 0.15, 0.5)
    felt *= 1.0 if view.waits_rose else 0.6
    outcome, strength = weigh(
        chance,
        proof=_proof(looks),
        effect=felt,
        reach=score(counts_tail(usual * 0.3, max(usual * 0.05, 0.5), 0.1)),
    )
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(first, last), 3)
    who, calls = name_of(scene, view.calls.accounts[top]), by_account(view, first, last)
    when = words.span(start, end, zone)
    rose, not_so = ("waits rose for everybody", "waits did not rise") if view.calls.waits_told else (
        "more of everybody's callers left than usual", "no more callers left than usual")
    then = f"and {rose}" if view.waits_rose else f"though {not_so}"
    if outcome is Outcome.FOUND:
        says = (
            f"account {who} had {told(calls[top], now[top])} {when},"
            f" {words.usual(round(float(expected[top]), 1))}:"
            f" {share:.0%} of all extra calls on the platform, {then}"
        )
    else:
        says = (
            f"no other account stood out {when}: the one that rose most, {who}, had"
            f" {told(calls[top], now[top])} where {words.usual(round(float(expected[top]), 1))}"
        )
    theirs = (view.calls.account == top) & view.inside(first, last)
    other = Evidence(
        "other-surge",
        outcome,
        says,
        strength=strength,
        observed=float(now[top]),
        expected=float(expected[top]),
        unit="calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, theirs), "call_id") if outcome is Outcome.FOUND else (),
        data=plain(
            score=score(chance),
            account=view.calls.accounts[top],
            share_of_extra=share,
            of_platform=weight,
            waits_rose=view.waits_rose,
        ),
    )
    return other, _wide(
        scene,
        view,
        first,
        last,
        spread=spread,
        looks=looks,
        top=top if outcome is Outcome.FOUND and share >= 0.3 else -1,
    )


def _proof(looks: float) -> float:
    """Return what counts as proof: where waits rose something made them, and 3 in 100 will do."""
    return 0.03 if looks == 1.0 else 1e-3


def _wide(
    scene: Scene, view: Load, first: int, last: int, *, spread: float, looks: float, top: int
) -> Evidence:
    """Hold the rest, without the account that stands out, against the usual."""
    now, expected, _ = view.by_account(first, last)
    keep = np.ones(len(now), dtype=bool)
    if top >= 0:
        keep[top] = False
    if view.own >= 0:
        keep[view.own] = False
    seen, usual = float(now[keep].sum()), float(expected[keep].sum())
    start, end = view.span(first, last)
    spread = max(0.005, spread) + 1.0 / (4 * usual + 5.0)
    chance = after_looking(counts_tail(seen, max(usual, 0.5), spread), looks)
    ratio = seen / max(usual, 1.0)
    enough = keep & (expected >= 1.5)
    up = int((now[enough] > 1.2 * expected[enough]).sum())
    several = int(enough.sum())
    broad = 0.4
    if several >= MANY:
        broad = ramp(up / several, 0.25, 0.55)
    elif several and up == several and _own_rose(view, first, last):
        broad = max(broad, (several + 1) / MANY)
    outcome, strength = weigh(
        chance,
        proof=_proof(looks),
        reach=reach_of_counts(usual, 1.7, spread),
        effect=ramp(ratio, 1.15, 1.6) * broad,
    )
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(first, last), 3)
    weather = _weather(scene, start, end)
    without = f" (without account {view.calls.accounts[top]})" if top >= 0 else ""
    says = (
        f"the other accounts together had {told(float(by_account(view, first, last)[keep].sum()), seen)}"
        f" {words.span(start, end, scene.account.zone)},"
        f" {words.usual(round(usual))}{without}; "
        + (
            f"{up} of {words.count(several, 'account')} were up by a fifth or more"
            if several
            else "no single account usually has enough calls then to be compared"
        )
    )
    if weather and outcome is Outcome.FOUND:
        says += f"; known of that time: {weather}"
    return Evidence(
        "wide-surge",
        outcome,
        says,
        strength=strength,
        observed=seen,
        expected=usual,
        unit="calls",
        start=start,
        end=end,
        data=plain(score=score(chance), ratio=ratio, accounts_up=up, accounts=several, known=weather),
    )


def _own_rose(view: Load, first: int, last: int) -> bool:
    """Say whether the account's own calls were up by a fifth or more as well."""
    now, expected, _ = view.by_account(first, last)
    return view.own >= 0 and bool(now[view.own] > 1.2 * expected[view.own])


def _weather(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> str:
    events = scene.case.table("events")
    if events.empty:
        return ""
    hits = events[
        events["kind"].isin(["weather", "holiday"])
        & (events["starts_at"] < end)
        & (events["ends_at"].isna() | (events["ends_at"] > start))
    ]
    return "; ".join(str(n) for n in hits["note"].dropna().unique()[:2])


CHECK = Check(
    title="Did more calls come in?",
    facets=(
        Facet("own-surge", "Did the account's own callers call far more than usual?", "account calls"),
        Facet("other-surge", "Did another account's surge take the agents?", "other accounts' calls"),
        Facet("wide-surge", "Were many accounts up together?", "other accounts' calls"),
    ),
    needs=("calls.account",),
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    run=run,
)
