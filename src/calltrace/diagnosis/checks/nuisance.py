"""Did a few callers make many very short calls?

Robots and feuds look like a surge or like abandonment until the callers' numbers are counted: a handful of
them make most of the calls, and each is over within seconds, whoever ends it. A call counts as very short
when the caller left, or was done talking, within `hung_up_soon_s`. Withheld numbers are not taken for one
caller. It is found by the stretch in which they are the least likely by chance, and told of all the time they went on.

Where the log has no length of the calls, one caller who made nearly all of the extra calls is no crowd either:
that is found as doubtful as it is. Nobody is cleared where it can't be seen who left at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    Bools,
    Floats,
    Ints,
    after_looking,
    counts_tail,
    plain,
    ramp,
    reach_of_counts,
    score,
    weigh,
)
from calltrace.diagnosis.checks._columns import ALL
from calltrace.diagnosis.checks._load import LONGEST, Load, load, rows
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.evidence import MEANT, Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._columns import Columns
    from calltrace.diagnosis.scene import Scene

A_FEW = 5
"""Callers taken together as "a few"."""

REPEATS = 3
"""Very short calls in one stretch that make a caller a nuisance: one misdials twice, hardly three times."""


FLOOD = 8
"""Calls in one stretch that make a caller a nuisance where their length is not on record: who needs help calls again, not so
often."""

NEARLY_ALL = 0.75
"""Part of an account's extra calls which such callers must have made."""

PAUSE = 4
"""Quarters without a call of theirs after which callers have stopped, and begin anew."""

UNMEASURED = 0.6
"""How far calls bear of which it is not on record that they were short."""


def unmeasured(calls: Columns, at: Ints | slice = ALL) -> Bools:
    """Return which calls (those at some places, or all) may have been over within seconds: their length is not on record."""
    left = (calls.ended("abandoned", at) | calls.ended("no_answer", at)) & np.isnan(calls.wait[at])
    return np.asarray(left | (calls.answered[at] & np.isnan(calls.talk[at])))


def very_short(soon: float, calls: Columns, at: Ints | slice = ALL) -> Bools:
    """Return which calls (those at some places, or all) were over within seconds: the caller left, or was done, that soon."""
    left = (calls.ended("abandoned", at) | calls.ended("no_answer", at)) & (calls.wait[at] <= soon)
    done = calls.answered[at] & (calls.talk[at] <= soon)
    return np.asarray(left | done)


@dataclass(frozen=True)
class Callers:
    """The callers of an account who made several very short calls in the window's worst stretch.

    ``own`` are the places of the account's calls, in order; of those ``short`` says which were very short, ``window``
    which came in the window, ``theirs`` which of these are the callers'. ``several`` counts very short calls per caller;
    ``first`` and ``last`` are the stretch in quarters. Not ``measured`` are callers known by the number of their calls alone:
    ``short`` says which calls' length is not on record.
    """

    own: Ints
    bins: Ints
    short: Bools
    window: Bools
    theirs: Bools
    several: pd.Series
    first: int
    last: int
    measured: bool = True

    def marked(self, which: Bools, size: int) -> Bools:
        """Return some of the account's calls as a mask over all ``size`` calls."""
        mask = np.zeros(size, dtype=bool)
        mask[self.own[which]] = True
        return mask


def callers_of(scene: Scene, view: Load) -> Callers:
    """Find the callers of the account who made several very short calls in the window's worst stretch."""
    known = scene.cache.get("checks.nuisance")
    if isinstance(known, Callers):
        return known
    own = scene.case.rows("account", scene.question.account)
    bins = view.bin[own]
    short = very_short(scene.profile.value("hung_up_soon_s", scene.account.account), view.calls, own)
    ani = scene.calls["ani"]
    withheld = np.asarray(ani.isna())
    window = (bins >= view.first) & (bins < view.last)
    part = slice(view.first, view.last)
    seen = _per_quarter(view, bins[short & ~withheld])
    usual = learning(view, seen, _per_quarter(view, bins)).usual_rate(seen)
    worst = worst_stretch(seen[part], np.maximum(usual[part], 1e-4), None, LONGEST)
    theirs, several = np.zeros(len(own), dtype=bool), pd.Series(dtype="int64")
    first, last = view.first, view.last
    if worst is not None:
        first, last = view.first + worst.first, view.first + worst.last
        by_caller = ani[short & window & ~withheld & (bins >= first) & (bins < last)].value_counts()
        several = by_caller[by_caller >= REPEATS].head(A_FEW)
        if len(several):
            theirs = np.asarray(ani.isin(several.index)) & window
    found = Callers(own, bins, short, window, theirs, several, first, last)
    if not len(several):
        found = _flooding(view, own, ani, window) or found
    scene.cache["checks.nuisance"] = found
    return found


def _flooding(view: Load, own: Ints, ani: pd.Series, window: Bools) -> Callers | None:
    """Find a few callers who made nearly all of an account's extra calls, none of a length on record; None where there are none.

    Callers who make as large a part of its calls on other days are not those who made it more.
    """
    bins, unknown = view.bin[own], unmeasured(view.calls, own)
    if not unknown.any():
        return None
    seen = _per_quarter(view, bins)
    usual = view.usual_rate(seen)
    worst = worst_stretch(seen[view.first : view.last], np.maximum(usual[view.first : view.last], 1e-4), None, LONGEST)
    if worst is None:
        return None
    first, last = view.first + worst.first, view.first + worst.last
    here = window & (bins >= first) & (bins < last)
    now = ani[here & unknown].dropna().value_counts()
    now = now[now >= FLOOD]
    before = ani[view.usual[bins]]
    shares = before[before.isin(now.index)].value_counts().reindex(now.index).fillna(0) / max(1, len(before))
    several = now[shares < 0.5 * now / max(1, int(here.sum()))].head(A_FEW)
    if not len(several) or several.sum() < NEARLY_ALL * (worst.seen - worst.expected):
        return None
    theirs = np.asarray(ani.isin(several.index)) & window & unknown
    return Callers(own, bins, unknown, window, theirs, several, first, last, measured=False)


def _went_on(found: Callers) -> tuple[int, int]:
    """Return from which quarter to which the callers' calls of the kind went on without a pause (:data:`PAUSE`)."""
    first, last = found.first, found.last
    at = np.unique(found.bins[found.theirs & found.short])
    for one in at[at < first][::-1].tolist():
        if first - one > PAUSE:
            break
        first = one
    for one in at[at >= last].tolist():
        if one - last >= PAUSE:
            break
        last = one + 1
    return first, last


def _per_quarter(view: Load, bins: Ints) -> Floats:
    return np.bincount(bins, minlength=view.grid.size).astype(np.float64)


def run(scene: Scene) -> list[Evidence]:
    """Count very short calls by caller and hold them against what is usual."""
    facet = "nuisance-callers"
    view = load(scene)
    found = callers_of(scene, view)
    short, several, first, last = found.short, found.several, found.first, found.last
    n = int(found.window.sum())
    if n == 0:
        return [unasked(facet, "the account has no call in the window", "calls in the window")]
    of_the_kind = _per_quarter(view, found.bins[short])
    usual_rate = learning(view, of_the_kind, _per_quarter(view, found.bins)).usual_rate(of_the_kind)
    whole = float(usual_rate[view.first : view.last].sum())
    reach = reach_of_counts(max(whole, 0.5), ratio=max(2.0, 8.0 / max(whole, 0.5)), dispersion=0.1)
    stretch = short & (found.bins >= first) & (found.bins < last)
    listed = found.theirs & stretch
    k, expected = int(listed.sum()), float(usual_rate[first:last].sum())
    all_short = int(stretch.sum())
    in_all = int((short & found.window).sum())
    if k == 0 and np.isnan(view.calls.wait).all():
        told = tuple(c for c, s in (("calls.ring_s", view.calls.wait), ("calls.talk_s", view.calls.talk)) if np.isnan(s).all())
        return [unasked(facet, "the log does not tell how soon a caller left", *told)]
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
    first, last = _went_on(found)  # beyond where they are the least likely by chance it is the same callers
    stretch = short & (found.bins >= first) & (found.bins < last)
    listed = found.theirs & stretch
    several = scene.calls["ani"][listed].value_counts()
    k, all_short, expected = int(listed.sum()), int(stretch.sum()), float(usual_rate[first:last].sum())
    start, end = view.span(first, last)
    kind = "very short call" if found.measured else "call"
    others = "such calls" if found.measured else "the account's calls, and how long they lasted is not on record"
    return [
        Evidence(
            facet,
            outcome,
            f"{words.count(len(several), 'caller')} made {words.count(k, kind)}"
            f" {words.span(start, end, scene.account.zone)}, {k / all_short:.0%} of all {others};"
            f" {words.usual(round(expected, 1), ' of the kind')}",
            strength=strength if found.measured else round(UNMEASURED * strength, 3),
            observed=float(k),
            expected=expected,
            unit=f"{kind}s",
            start=start,
            end=end,
            examples=examples_of(rows(scene, found.marked(listed, len(view.bin))), "call_id"),
            data=plain(
                score=score(chance),
                callers={str(a): int(c) for a, c in several.items()},
                short_calls=all_short,
                answered=int(view.calls.answered[found.own[listed]].sum()),
                **({} if found.measured else {MEANT: True}),
                calls_in_window=n,
            ),
        )
    ]


CHECK = Check(
    title="Were there nuisance calls?",
    facets=(
        Facet("nuisance-callers", "Did a few callers make many very short calls?", "account short calls"),
    ),
    needs=("calls.ani", "calls.outcome"),
    complaints=("long-ring", "long-hold", "abandoned", "busy", "high-bill"),
    run=run,
)
