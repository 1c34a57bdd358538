"""Did more callers leave before an agent, and after how long?

The share of abandoned calls in the part of the window where it was worst, against the account's usual (shrunk
to everybody's), as a beta-binomial: a day when all wait is one event, not thirty. Callers who left after a
wait point at the service; callers who left within the short-abandon limit (`short_abandon_s`) point at
themselves: wrong numbers, robots, second thoughts. Only callers who left before any agent count here (system
abandons); those who hung up on hold were answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    Bools,
    after_looking,
    plain,
    ramp,
    reach_of_shares,
    score,
    share_tail,
    weigh,
)
from calltrace.diagnosis.checks._load import LONGEST, Load, load, rows
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene


def run(scene: Scene) -> list[Evidence]:
    """Compare abandoned calls with the usual, and look at how long those callers waited."""
    view = load(scene)
    calls = view.calls
    left = calls.ended("abandoned") | calls.ended("no_answer")
    could = left | calls.answered
    own, stretch = _share(
        scene, view, "abandoned-more", left=left, could=could, whose=view.mine, who="the account's callers"
    )
    other, _ = _share(
        scene,
        view,
        "others-abandoned-more",
        left=left,
        could=could,
        whose=~view.mine,
        who="the other accounts' callers",
    )
    return [own, _early(scene, view, left & view.mine, stretch), other]


def _share(
    scene: Scene, view: Load, facet: str, *, left: Bools, could: Bools, whose: Bools, who: str
) -> tuple[Evidence, tuple[int, int]]:
    part = slice(view.first, view.last)
    k_all, n_all = view.per_quarter(left), view.per_quarter(could)
    k, n = view.per_quarter(left & whose), view.per_quarter(could & whose)
    known, broad = learning(view, k, n).usual, learning(view, k_all, n_all)
    everyone = float(k_all[known].sum() + 1) / float(n_all[known].sum() + 20)
    usual = float(k[known].sum() + 30 * everyone) / float(n[known].sum() + 30)
    rho = broad.rho(k_all, n_all, broad.usual_share(k_all, n_all))
    whole = (view.first, view.last)
    calls = float(n[part].sum())
    if calls == 0:
        return unasked(facet, f"none of {who} reached the switch in the window", "calls in the window"), whole
    reach = reach_of_shares(calls, usual, rho=rho)
    worst = worst_stretch(k[part], usual * n[part], n[part], LONGEST)
    if worst is None:
        return Evidence(
            facet,
            Outcome.CLEAR,
            f"of {calls:.0f} of {who} {int(k[part].sum()) or 'none'} left before an agent, {usual:.0%} do usually",
            strength=round(min(1.0, reach / 3), 3),
            observed=float(k[part].sum()) / calls,
            expected=usual,
            unit="share of calls",
        ), whole
    of = float(n[part][worst.first : worst.last].sum())
    chance = after_looking(
        share_tail(worst.seen, of, usual, rho / max(1.0, (worst.last - worst.first) / 4)),
        min(view.looks, calls),
    )
    share = worst.seen / of
    outcome, strength = weigh(
        chance, reach=reach, effect=ramp(share - usual, 0.03, 0.2) * ramp(worst.seen, 0, 4)
    )
    first, last = view.first + worst.first, view.first + worst.last
    start, end = view.span(first, last)
    if outcome is Outcome.FOUND and whose is not view.mine:
        strength = round(strength * view.covered(first, last), 3)
    return Evidence(
        facet,
        outcome,
        f"{worst.seen:.0f} of {of:.0f} of {who} {words.span(start, end, scene.account.zone)} left before an"
        " agent"
        f" ({share:.0%}; {usual:.0%} do usually)",
        strength=strength,
        observed=share,
        expected=usual,
        unit="share of calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, left & whose & view.inside(first, last)), "call_id"),
        data=plain(
            score=score(chance),
            abandoned=worst.seen,
            calls=of,
            window_calls=calls,
            window_abandoned=float(k[part].sum()),
        ),
    ), (first, last)


def _early(scene: Scene, view: Load, left: Bools, stretch: tuple[int, int]) -> Evidence:
    """Ask how many of those who left did so at once, in the stretch where most left."""
    facet = "abandoned-early"
    soon = scene.profile.value("short_abandon_s", scene.account.account)
    gone = left & view.inside(*stretch) & ~np.isnan(view.calls.wait)
    n = int(gone.sum())
    if n == 0:
        if (left & view.inside(*stretch)).any():
            return unasked(facet, "the log does not say how long those who left had waited", "calls.ring_s", "calls.queue_s")
        return unasked(facet, "nobody is known to have left before an agent")
    in_grid = (view.bin >= 0) & (view.bin < view.grid.size)
    past = left & in_grid & ~np.isnan(view.calls.wait)
    past[past] = view.usual[view.bin[past]]
    early = gone & (view.calls.wait <= soon)
    k = int(early.sum())
    usual = float((view.calls.wait[past] <= soon).sum() + 3) / float(past.sum() + 10)
    share = k / n
    start, end = view.span(*stretch)
    sure = min(1.0, n / 8)
    says = (
        f"{k} of the {words.count(n, 'caller')} who left did so within {soon:.0f} s"
        f" ({usual:.0%} of the account's do usually)"
    )
    # Half is where neither the caller nor the service explains most of them.
    outcome = Outcome.FOUND if share >= 0.5 else Outcome.CLEAR
    return Evidence(
        facet,
        outcome,
        says,
        strength=round(sure * abs(share - 0.5) * 2, 3),
        observed=share,
        expected=usual,
        unit="share of abandoned calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, early), "call_id"),
        data=plain(early=k, abandoned=n, short_s=soon),
    )


CHECK = Check(
    title="Did callers leave?",
    facets=(
        Facet(
            "abandoned-more", "Did more of the account's callers leave than usual?", "account abandoned calls"
        ),
        Facet("abandoned-early", "Did those who left do so at once?", "account abandoned calls"),
        Facet("others-abandoned-more", "Did more of the other accounts' callers leave?", "platform waits"),
    ),
    needs=("calls.outcome",),
    complaints=("long-ring", "long-hold", "abandoned", "busy"),
    run=run,
)
