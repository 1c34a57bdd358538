"""Were callers refused as busy, at the account's limit of simultaneous calls, and at ordinary volume?

A busy signal from the switch means the account already had as many calls as it is allowed (`path_limit`).
Whether that is the limit's fault or the crowd's is told by three figures: how many calls were in progress at
each refusal, how many the account has had at once before without a refusal (a limit that was lowered), and
how many calls came in that hour against the usual. The limit in the accounts table is the one programmed at
export; an earlier one can only be read off the calls.
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
    share_tail,
    weigh,
)
from calltrace.diagnosis.checks._load import load, rows
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.checks._tries import told
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

FACETS = ("refused-busy", "at-path-limit", "limit-lowered", "refused-at-ordinary-volume")
HOUR_US = 3_600_000_000
NEVER = np.iinfo(np.int64).min

OFTENER = 0.05
"""Chance below which a share of callers refused beside so many others is more than it was."""

TOGETHER = 0.02
"""What two refusals have in common: who is refused tries again."""


def run(scene: Scene) -> list[Evidence]:
    """Count the refusals, and what was going on at each of them."""
    view = load(scene)
    busy = view.calls.ended("busy") & view.mine
    part = slice(view.first, view.last)
    inside = busy & view.inside(view.first, view.last)
    k, own = view.per_quarter(busy), view.per_quarter(view.mine)
    known = learning(view, k, own)
    # refusals are few: how many a quarter hour usually brings is told by all of the account's calls, not by its own weeks alone
    offered = known.usual_rate(own)
    usual = known.usual_share(k, own, usual_whole=offered) * offered
    # A refusal now and then is usual even where none happened in these weeks.
    usual = np.maximum(usual, 0.2 / 672)
    total, expected = float(k[part].sum()), float(usual[part].sum())
    if not (view.mine & view.inside(view.first, view.last)).any():
        return [unasked(f, "the account has no call in the window", "calls in the window") for f in FACETS]
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
        rest = [unasked(f, "no caller was refused") for f in FACETS[1:]]
        return [none, *rest]
    worst = worst_stretch(k[part], usual[part], None, view.last - view.first)
    first, last = (
        (view.first, view.last) if worst is None else (view.first + worst.first, view.first + worst.last)
    )
    seen, mean = float(k[first:last].sum()), float(usual[first:last].sum())
    chance = after_looking(counts_tail(seen, mean, 0.3), view.looks)
    whole = counts_tail(total, expected, 0.3)
    if whole < chance:
        # A limit refuses now and then for days: from the first refusal to the last.
        bins = view.bin[inside]
        first, last, seen, chance = int(bins.min()), int(bins.max()) + 1, total, min(whole, chance)
        mean = float(usual[first:last].sum())
    outcome, strength = weigh(chance, reach=reach_of_counts(max(expected, 0.5), 8.0), effect=ramp(seen, 1, 5))
    if outcome is not Outcome.FOUND:  # what chance makes of one stretch or another says nothing
        first, last, seen, mean = view.first, view.last, total, expected
    calls = float((view.mine & view.inside(first, last)).sum())
    start, end = view.span(first, last)
    listed = inside & view.inside(first, last)
    refused = Evidence(
        "refused-busy",
        outcome,
        f"{seen:.0f} of the account's {words.count(calls, 'call')}"
        f" {words.span(start, end, scene.account.zone)} were"
        f" refused as busy ({seen / max(1.0, calls):.0%}); {words.count(round(mean, 1), 'refusal')} are"
        " usual",
        strength=strength,
        observed=seen,
        expected=mean,
        unit="calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, listed), "call_id"),
        data=plain(score=score(chance), refused=seen, calls=calls, window_refused=total),
    )
    sure = ramp(total, 0, 5)
    at_limit, lowered = _limit(scene, view, inside, sure)
    if Outcome.FOUND not in (outcome, at_limit.outcome):
        return [refused, at_limit, lowered, unasked(
            "refused-at-ordinary-volume", "callers were refused no more often than ever, and at no limit that shows")]
    return [refused, at_limit, lowered, _volume(view, listed, sure)]


def _in_progress(view: Load, when: Ints) -> Ints:
    """Return how many of the account's calls were in progress at each instant (refused ones never are)."""
    kept = view.mine & ~view.calls.ended("busy")
    return in_progress(view.calls.at[kept], view.calls.over[kept], when)


def in_progress(begun: Ints, over: Ints, when: Ints) -> Ints:
    """Return how many of some calls were in progress at each instant, by when they began and were over.

    All are microseconds since 1970.
    """
    # Records are to the second: a call that ended in the second of another's start had still held its path.
    return np.asarray(
        np.searchsorted(np.sort(begun), when, side="left") - np.searchsorted(np.sort(over), when - 1_000_000, side="right")
    )


def beside_so_many(at: Ints, over: Ints, let_in: Bools, least: int) -> Bools:
    """Return which of some calls, in order of time, came while so many others that were let in were in progress.

    That is told of each by the call that is over as the ``least``-th latest of those begun before: of many calls, it takes a
    fraction of the time that counting them does, as :func:`in_progress` counts.
    """
    place = np.arange(len(at))
    alike = np.flatnonzero(at[1:] == at[:-1]) + 1
    place[alike] = 0
    begun: Ints = (np.cumsum(let_in) - let_in)[np.maximum.accumulate(place)]  # those of the same moment had not
    ends = over[let_in]
    for _ in range(least - 1):  # each call but the latest so far is at most the next latest
        ends[1:] = np.minimum(ends[1:], np.maximum.accumulate(ends)[:-1])
        ends[:1] = NEVER
    latest = np.concatenate([[NEVER], np.maximum.accumulate(ends)])
    return np.asarray(latest[begun] > at - 1_000_000)


def _limit(scene: Scene, view: Load, listed: Bools, sure: float) -> list[Evidence]:
    """Read the limit in force off the calls in progress at the refusals, and off what was let in before."""
    calls = view.calls
    at = calls.at[listed]
    level = _in_progress(view, at)
    middle = float(np.median(level))
    limit = scene.account.path_limit
    known = limit is not None and float((level >= limit).mean()) >= 0.5
    bound = limit if known and limit is not None else max(1, int(np.quantile(level, 0.25)))
    let_in_calls = view.mine & ~calls.ended("busy")
    during = let_in_calls & (calls.at >= at.min()) & (calls.at <= at.max())
    beside = int((_in_progress(view, calls.at[during]) >= bound).sum()) if during.any() else 0
    met = int((level >= bound).sum())
    reached = met / len(at)
    # A limit is a ceiling: at it callers are refused, and hardly anybody is let in.
    ceiling = reached * len(at) / (len(at) + beside)
    outcome = Outcome.FOUND if known or ceiling >= 0.6 else Outcome.CLEAR
    strength = sure * (reached if known else abs(ceiling - 0.6) / 0.4 if ceiling >= 0.6 else 1.0)
    says = (
        f"at {met} of {words.count(len(at), 'refusal')} the account had {bound} or"
        " more calls in"
        f" progress (median {middle:.0f})"
    )
    if limit is None:
        says += "; its limit is not in the records"
    elif not known:
        says += f", though its limit at export was {limit}" + (
            ": it must have been lower then" if outcome is Outcome.FOUND else ""
        )
    else:
        says += f", its limit of simultaneous calls: {limit}"
    at_limit = Evidence(
        "at-path-limit",
        outcome,
        says,
        strength=round(strength * (1.0 if known else 0.7), 3),
        observed=middle,
        expected=None if limit is None else float(limit),
        unit="calls in progress",
        missing=() if limit is not None else ("accounts.path_limit",),
        examples=examples_of(rows(scene, listed), "call_id"),
        data=plain(limit=limit, in_force=bound, reached_share=reached, let_in_beside=beside, median=middle),
    )
    earlier = view.mine & (calls.at < at.min())
    lowered = _lowered(scene, view, earlier & let_in_calls, bound=bound, refused=len(at), sure=sure)
    if outcome is Outcome.CLEAR and lowered.outcome is Outcome.FOUND and not _more_refused(view, earlier, bound, (met, beside)):
        lowered = unasked(
            "limit-lowered",
            f"beside {bound} or more others {words.count(beside, 'call')} were let in and {met} refused: no limit shows")
    return [at_limit, lowered]


def _more_refused(view: Load, earlier: Bools, bound: int, now: tuple[int, int]) -> bool:
    """Say whether a caller beside so many others is refused more often than earlier; ``now`` are those refused and let in."""
    calls = view.calls
    busy = calls.ended("busy")[earlier]
    crowded = _in_progress(view, calls.at[earlier]) >= bound
    in_vain, let_in = int((crowded & busy).sum()), int((crowded & ~busy).sum())
    refused, beside = now
    return share_tail(refused, refused + beside, (in_vain + 1) / (in_vain + let_in + 2), TOGETHER) < OFTENER


def _lowered(scene: Scene, view: Load, before: Bools, *, bound: int, refused: int, sure: float) -> Evidence:
    """Count calls let in before beside as many others as callers are now refused at."""
    past = view.calls.at[before]
    if len(past) < 20:
        return unasked("limit-lowered", "too few calls before the refusals to tell an earlier limit")
    crowded = _in_progress(view, past) >= bound
    over = int(crowded.sum())
    share = over / len(past)
    # Under the limit of now there would be none; times to the second may make one or two.
    if over >= 3:
        outcome, strength = Outcome.FOUND, ramp(over, 1, 8) * ramp(share, 0.0, 0.02)
        says = (
            f"before, {over} of {words.count(len(past), 'call')} were let in beside {bound} or more others;"
            " now callers"
            f" are refused at {bound}"
        )
    else:
        outcome, strength = Outcome.CLEAR, min(1.0, len(past) / 200) * (1 - over / 3)
        says = (
            f"only {over} of {words.count(len(past), 'call')} before were let in beside {bound} or more"
            " others: the limit"
            " is the old one"
        )
    return Evidence(
        "limit-lowered",
        outcome,
        says,
        strength=round(sure * strength, 3),
        observed=share,
        expected=0.0,
        unit="share of calls",
        examples=examples_of(rows(scene, _pick(before, crowded)), "call_id"),
        data=plain(bound=bound, let_in_before=over, calls_before=len(past), refused=refused),
    )


def _pick(mask: Bools, of_those: Bools) -> Bools:
    picked = mask.copy()
    picked[mask] = of_those
    return picked


def _volume(view: Load, listed: Bools, sure: float) -> Evidence:
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
        f"in the hours of the refusals {told(float(view.per_quarter(view.mine)[near].sum()), seen)} came in,"
        f" {words.count(round(expected, 1), 'call')} are"
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
