"""Did a few callers make many very short calls?

Robots and feuds look like a surge or like abandonment until the callers' numbers are counted: a handful of
them make most of the calls, and each is over within seconds, whoever ends it. A call counts as very short
when the caller left, or was done talking, within `hung_up_soon_s`. Withheld numbers are not taken for one
caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    Bools,
    after_looking,
    counts_tail,
    plain,
    ramp,
    reach_of_counts,
    score,
    weigh,
    worst_stretch,
)
from calltrace.diagnosis.checks._load import LONGEST, Load, load, rows
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

A_FEW = 5
"""Callers taken together as "a few"."""

REPEATS = 3
"""Very short calls in one stretch that make a caller a nuisance: one misdials twice, hardly three times."""


def very_short(scene: Scene, view: Load) -> Bools:
    """Return which calls were over within seconds: the caller left, or was done talking, that soon."""
    soon = scene.profile.value("hung_up_soon_s", scene.account.account)
    calls = view.calls
    left = (calls.ended("abandoned") | calls.ended("no_answer")) & (calls.wait <= soon)
    done = calls.answered & (calls.talk <= soon)
    return np.asarray(left | done)


def callers_of(scene: Scene, view: Load) -> tuple[Bools, pd.Series, int, int]:
    """Find the callers of the account who made several very short calls in the window's worst stretch.

    Returns
    -------
    tuple
        Which calls are theirs (in the window), very short calls per caller, and the stretch in quarters.
    """
    known = scene.cache.get("checks.nuisance")
    if isinstance(known, tuple):
        return known
    short = very_short(scene, view) & view.mine
    ani = scene.case.calls["ani"]
    withheld = np.asarray(ani.isna())
    window = view.inside(view.first, view.last) & view.mine
    part = slice(view.first, view.last)
    seen = view.per_quarter(short & ~withheld)
    usual = view.usual_rate(seen)
    worst = worst_stretch(seen[part], np.maximum(usual[part], 1e-4), None, LONGEST)
    nobody = np.zeros(len(view.bin), dtype=bool)
    if worst is None:
        found = (nobody, pd.Series(dtype="int64"), view.first, view.last)
    else:
        first, last = view.first + worst.first, view.first + worst.last
        by_caller = ani[short & window & ~withheld & view.inside(first, last)].value_counts()
        several = by_caller[by_caller >= REPEATS].head(A_FEW)
        theirs = np.asarray(ani.isin(several.index)) & window if len(several) else nobody
        found = (theirs, several, first, last)
    scene.cache["checks.nuisance"] = found
    return found


def run(scene: Scene) -> list[Evidence]:
    """Count very short calls by caller and hold them against what is usual."""
    facet = "nuisance-callers"
    view = load(scene)
    theirs, several, first, last = callers_of(scene, view)
    short = very_short(scene, view) & view.mine
    n = int((view.mine & view.inside(view.first, view.last)).sum())
    if n == 0:
        return [
            Evidence(
                facet,
                Outcome.NOT_RUN,
                "the account has no call in the window",
                strength=0.0,
                missing=("calls in the window",),
            )
        ]
    seen = view.per_quarter(short)
    usual_rate = view.usual_rate(seen)
    whole = float(usual_rate[view.first : view.last].sum())
    reach = reach_of_counts(max(whole, 0.5), ratio=max(2.0, 8.0 / max(whole, 0.5)), dispersion=0.1)
    listed = theirs & short & view.inside(first, last)
    k, expected = int(listed.sum()), float(usual_rate[first:last].sum())
    all_short = int((short & view.inside(first, last)).sum())
    start, end = view.span(first, last)
    in_all = int((short & view.inside(view.first, view.last)).sum())
    if k == 0:
        return [
            Evidence(
                facet,
                Outcome.CLEAR,
                f"no caller made {REPEATS} or more very short calls:"
                f" {words.count(float(in_all), 'very short call')}"
                f" among {n}, {words.count(round(whole, 1), 'call')} usually",
                strength=round(min(1.0, max(reach / 3, 0.5)), 3),
                observed=0.0,
                expected=whole,
                unit="calls",
            )
        ]
    chance = after_looking(counts_tail(k, max(expected, 0.05), 0.1), view.looks)
    outcome, strength = weigh(
        chance, reach=reach, effect=ramp(k, REPEATS - 1, 8) * ramp(k / all_short, 0.25, 0.6)
    )
    return [
        Evidence(
            facet,
            outcome,
            f"{words.count(len(several), 'caller')} made {words.count(k, 'very short call')}"
            f" {words.span(start, end, scene.account.zone)}, {k / all_short:.0%} of all such calls;"
            f" {words.count(round(expected, 1), 'call')} of the kind are usual",
            strength=strength,
            observed=float(k),
            expected=expected,
            unit="very short calls",
            start=start,
            end=end,
            examples=examples_of(rows(scene, listed), "call_id"),
            data=plain(
                score=score(chance),
                callers={str(a): int(c) for a, c in several.items()},
                short_calls=all_short,
                calls_in_window=n,
            ),
        )
    ]


CHECK = Check(
    title="Were there nuisance calls?",
    facets=(
        Facet("nuisance-callers", "Did a few callers make many very short calls?", "account short calls"),
    ),
    needs=("calls.ani", "calls.outcome", "calls.ring_s"),
    complaints=("long-ring", "long-hold", "abandoned", "busy", "high-bill"),
    run=run,
)
