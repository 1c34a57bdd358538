"""Were callers refused as busy, at the account's limit of simultaneous calls, and at ordinary volume?

A busy signal from the switch means the account already had as many calls as it is allowed (`path_limit`). Whether
that is the limit's fault or the crowd's is told by three figures: how many calls were in progress at each refusal,
how many the account has had at once before without a refusal (a limit that was lowered), and how many calls came in
that hour against the usual. The limit in the accounts table is the one programmed at export; an earlier one can only
be read off the calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    Ints,
    after_looking,
    counts_tail,
    plain,
    ramp,
    reach_of_counts,
    score,
    weigh,
    worst_stretch,
)
from calltrace.diagnosis.checks._load import load, rows
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

FACETS = ("refused-busy", "at-path-limit", "limit-lowered", "refused-at-ordinary-volume")
HOUR_US = 3_600_000_000


def run(scene: Scene) -> list[Evidence]:
    """Count the refusals, and what was going on at each of them."""
    view = load(scene)
    busy = view.calls.ended("busy") & view.mine
    part = slice(view.first, view.last)
    inside = busy & view.inside(view.first, view.last)
    k = view.per_quarter(busy)
    usual = view.usual_rate(k)
    # A refusal now and then is usual even where none happened in these weeks.
    usual = np.maximum(usual, 0.2 / 672)
    total, expected = float(k[part].sum()), float(usual[part].sum())
    if not (view.mine & view.inside(view.first, view.last)).any():
        return [
            Evidence(
                f,
                Outcome.NOT_RUN,
                "the account has no call in the window",
                strength=0.0,
                missing=("calls in the window",),
            )
            for f in FACETS
        ]
    if total == 0:
        none = Evidence(
            "refused-busy",
            Outcome.CLEAR,
            "none of the account's callers was refused as busy at the switch",
            strength=1.0,
            observed=0.0,
            expected=expected,
            unit="calls",
        )
        rest = [
            Evidence(f, Outcome.NOT_RUN, "no caller was refused", strength=0.0, missing=("refused calls",))
            for f in FACETS[1:]
        ]
        return [none, *rest]
    worst = worst_stretch(k[part], usual[part], None, view.last - view.first)
    first, last = (
        (view.first, view.last) if worst is None else (view.first + worst.first, view.first + worst.last)
    )
    seen, mean = float(k[first:last].sum()), float(usual[first:last].sum())
    chance = after_looking(counts_tail(seen, mean, 0.3), view.looks)
    calls = float((view.mine & view.inside(first, last)).sum())
    outcome, strength = weigh(chance, reach=reach_of_counts(max(expected, 0.5), 8.0), effect=ramp(seen, 1, 5))
    start, end = view.span(first, last)
    listed = inside & view.inside(first, last)
    refused = Evidence(
        "refused-busy",
        outcome,
        f"{seen:.0f} of the account's {words.count(calls, 'caller')} {words.span(start, end, scene.account.zone)} were"
        f" refused as busy ({seen / max(1.0, calls):.0%}); {words.count(round(mean, 1), 'refusal')} are usual",
        strength=strength,
        observed=seen,
        expected=mean,
        unit="calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, listed), "call_id"),
        data=plain(score=score(chance), refused=seen, calls=calls, window_refused=total),
    )
    sure = ramp(seen, 0, 5)
    return [refused, *_limit(scene, view, listed, sure), _volume(scene, view, listed, sure)]


def _in_progress(view: Load, when: Ints) -> Ints:
    """Return how many of the account's calls were in progress at each instant (refused ones never are)."""
    calls = view.calls
    kept = view.mine & ~calls.ended("busy")
    begin = np.sort(calls.at[kept])
    lasted = (
        np.nan_to_num(calls.ring)
        + np.nan_to_num(calls.queue)
        + np.nan_to_num(calls.hold)
        + np.nan_to_num(calls.talk)
    )
    over = np.sort(calls.at[kept] + (lasted[kept] * 1e6).astype(np.int64))
    # Records are to the second: a call that ended in the second of another's start had still held its path.
    return np.asarray(
        np.searchsorted(begin, when, side="left") - np.searchsorted(over, when - 1_000_000, side="right")
    )


def _limit(scene: Scene, view: Load, listed: Bools, sure: float) -> list[Evidence]:
    calls = view.calls
    at = calls.at[listed]
    level = _in_progress(view, at)
    low, middle = int(level.min()), float(np.median(level))
    limit = scene.account.path_limit
    examples = examples_of(rows(scene, listed), "call_id")
    if limit is not None:
        reached = float((level >= limit).mean())
        outcome = Outcome.FOUND if reached >= 0.5 else Outcome.CLEAR
        at_limit = Evidence(
            "at-path-limit",
            outcome,
            f"at {(level >= limit).sum()} of {words.count(len(at), 'refusal')} the account had its {limit} simultaneous"
            f" calls in progress (median {middle:.0f})",
            strength=round(sure * abs(reached - 0.5) * 2, 3),
            observed=middle,
            expected=float(limit),
            unit="calls in progress",
            examples=examples,
            data=plain(limit=limit, reached_share=reached, median=middle),
        )
    else:
        at_limit = Evidence(
            "at-path-limit",
            Outcome.NOT_RUN,
            f"the account's limit is not known; {words.count(middle, 'call')} were in progress at the median refusal",
            strength=0.0,
            missing=("accounts.path_limit",),
        )
    bound = limit if limit is not None and limit <= middle else max(1, round(middle))
    before = view.mine & ~calls.ended("busy") & (calls.at < at.min())
    past = calls.at[before]
    if len(past) < 20:
        lowered = Evidence(
            "limit-lowered",
            Outcome.NOT_RUN,
            "too few calls before the refusals to tell an earlier limit",
            strength=0.0,
            missing=("calls before the refusals",),
        )
    else:
        beside = _in_progress(view, past)  # others in progress when each of these was let in
        over = int((beside >= bound).sum())
        share = over / len(past)
        during = view.mine & ~calls.ended("busy") & (calls.at >= at.min()) & (calls.at <= at.max())
        let_in = int((_in_progress(view, calls.at[during]) >= bound).sum()) if during.any() else 0
        hit = float(len(at)) / max(1.0, float(during.sum()) + len(at))
        # Were the limit of old, this share of the calls before would have been refused at it.
        outcome = Outcome.FOUND if over >= 3 and share > 0.2 * hit else Outcome.CLEAR
        strength = sure * (
            ramp(over, 1, 10) * ramp(share, 0.0, 0.6 * hit)
            if outcome is Outcome.FOUND
            else min(1.0, hit * len(past) / 20) * (1 - ramp(over, 0, 3))
        )
        lowered = Evidence(
            "limit-lowered",
            outcome,
            f"before, {over} of {words.count(len(past), 'call')} were let in beside {bound} or more others; now callers"
            f" are refused at {bound}"
            if outcome is Outcome.FOUND
            else f"only {over} of {words.count(len(past), 'call')} before were let in beside {bound} or more others: the limit"
            " is the old one",
            strength=round(strength, 3),
            observed=share,
            expected=hit,
            unit="share of calls",
            examples=examples_of(rows(scene, _pick(before, beside >= bound)), "call_id"),
            data=plain(
                bound=bound,
                let_in_before=over,
                calls_before=len(past),
                let_in_during=let_in,
                least_in_progress=low,
            ),
        )
    return [at_limit, lowered]


def _pick(mask: Bools, of_those: Bools) -> Bools:
    picked = mask.copy()
    picked[mask] = of_those
    return picked


def _volume(scene: Scene, view: Load, listed: Bools, sure: float) -> Evidence:
    """Compare the calls of the hour round each refusal with the usual; a quarter is counted once."""
    near = np.unique(view.bin[listed][:, None] + np.arange(-2, 3)[None, :])
    near = near[(near >= 0) & (near < view.grid.size)]
    own = view.per_quarter(view.mine & ~view.calls.again)
    rate = view.usual_rate(own)
    seen, expected = float(own[near].sum()), float(rate[near].sum())
    # A refusal comes where calls crowd: leave out the refused call itself and one that held the path.
    fair = expected + min(float(listed.sum()), len(near) / 5) * 2
    spread = view.dispersion(own, rate, floor=0.05)
    ratio = seen / max(fair, 0.5)
    chance = counts_tail(seen, fair, spread)
    surge, strong = weigh(chance, effect=ramp(ratio, 1.2, 2.5))
    outcome = Outcome.CLEAR if surge is Outcome.FOUND else Outcome.FOUND
    strength = sure * (strong if outcome is Outcome.CLEAR else 1 - ramp(ratio, 1.2, 2.5))
    words_ = "ordinary" if outcome is Outcome.FOUND else "far above the usual"
    start, end = view.span(int(near.min()), int(near.max()) + 1)
    return Evidence(
        "refused-at-ordinary-volume",
        outcome,
        f"in the hours of the refusals {words.count(seen, 'call')} came in, {words.count(round(expected, 1), 'call')} are"
        f" usual: {words_}",
        strength=round(strength, 3),
        observed=seen,
        expected=expected,
        unit="calls",
        start=start,
        end=end,
        data=plain(ratio=ratio, score=score(chance)),
    )


CHECK = Check(
    title="Were callers refused?",
    facets=(
        Facet(
            "refused-busy",
            "Were the account's callers refused as busy more than usual?",
            "account busy calls",
        ),
        Facet(
            "at-path-limit",
            "Were they refused at the account's limit of simultaneous calls?",
            "account concurrency",
        ),
        Facet("limit-lowered", "Did the account have more calls at once before?", "account concurrency"),
        Facet(
            "refused-at-ordinary-volume", "Were they refused at an ordinary number of calls?", "account calls"
        ),
    ),
    needs=("calls.outcome",),
    complaints=("busy", "abandoned", "long-ring", "long-hold", "missed-calls"),
    run=run,
)
