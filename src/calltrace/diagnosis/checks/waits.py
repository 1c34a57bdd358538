"""Were waits long, and of which kind: ringing, queueing, or on hold after an agent answered?

A client says "you let it ring" or "you kept them on hold" for three different things, and a report that
merges them can't tell staffing from behaviour. Each is counted apart, in the part of the window where it was
worst, by the number of calls beyond what nine in ten of the account's callers usually see (averages hide one
caller's ten minutes). The platform's waits say whether it was everybody. Shares are beta-binomial: one queue
makes all the long waits of an hour, so they count as less than as many separate ones.

Seconds of the limits come from the profile (`long_ring_s`, `long_hold_s`). Where the log has no `ring_s`, `queue_s` or
no `hold_s`, the facet is not run: short rings then prove nothing about waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import (
    Bools,
    Floats,
    after_looking,
    plain,
    ramp,
    reach_of_shares,
    score,
    share_tail,
    weigh,
)
from calltrace.diagnosis.checks._cut_rings import as_far_as_it_goes
from calltrace.diagnosis.checks._load import HARDLY, LONGEST, NEVER_LONG, WAIT_FELT_S, Load, load, rows
from calltrace.diagnosis.checks._ongoing import has_both, learning
from calltrace.diagnosis.checks._stretch import Stretch, worst_stretch
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

LEAST_OWN = 30
"""An account's calls outside the window from which they tell what is usual of it; of fewer everybody's stand for them."""
UNTOLD = "the log does not say how long callers waited before an agent answered"
"""Why waits can't be asked of."""


def run(scene: Scene) -> list[Evidence]:
    """Compare the account's rings, waits and holds, and the platform's waits, with the usual."""
    view = load(scene)
    calls = view.calls
    found = [_platform(scene, view)]
    picked = ~calls.ended("busy") & ~calls.ended("failed")
    rings = _own(
        scene,
        view,
        "own-rings-long",
        calls.ring,
        picked,
        limit_name="long_ring_s",
        did="rang",
        column="calls.ring_s",
    )
    if calls.queue_known:
        waits = _own(
            scene,
            view,
            "own-waits-long",
            calls.wait,
            calls.waited,
            limit_name="long_hold_s",
            did="waited for an agent",
            column="calls.queue_s",
        )
    else:
        waits = unasked("own-waits-long", "the log does not tell queueing from ringing", "calls.queue_s")
    rang = picked & view.mine & ~np.isnan(calls.ring)
    found += [as_far_as_it_goes(rings, waits, view, rang), waits]
    found.append(
        _own(
            scene,
            view,
            "own-holds-long",
            calls.hold,
            calls.answered,
            limit_name="long_hold_s",
            did="were kept on hold after an agent answered",
            column="calls.hold_s",
        )
    )
    found.append(_kind(scene, view))
    return found


def _platform(scene: Scene, view: Load) -> Evidence:
    if not view.calls.waits_told:
        return unasked("waits-rose", UNTOLD, "calls.ring_s", "calls.queue_s")
    worst, chance = view.wait_scan
    zone = scene.account.zone
    n = float(view.waited[view.first : view.last].sum())
    usual = float((view.long_share * view.waited)[view.first : view.last].sum()) / max(n, 1e-9)
    if worst is None or n < 1:
        if n < 1:
            return unasked(
                "waits-rose",
                "nobody on the platform waited for an agent in the window",
                "calls in the window",
            )
        return Evidence(
            "waits-rose",
            Outcome.CLEAR,
            f"of {n:.0f} callers of all accounts none waited longer than {WAIT_FELT_S:.0f} s more than usual",
            strength=round(min(1.0, reach_of_shares(n, usual, rho=view.long_rho) / 3), 3),
            observed=0.0,
            expected=usual,
            unit="share of callers",
        )
    of = float(view.waited[worst.first : worst.last].sum())
    share, expected = worst.seen / of, worst.expected / of
    outcome, strength = weigh(
        chance,
        reach=reach_of_shares(n, usual, rho=view.long_rho),
        effect=ramp(share - expected, 0.03, 0.25) * ramp(worst.seen, 1, 6),
    )
    if outcome is Outcome.FOUND:
        strength = round(strength * view.covered(worst.first, worst.last), 3)
    start, end = view.span(worst.first, worst.last)
    when = words.span(start, end, zone)
    rose = "waits on the platform were as usual; at worst"
    if outcome is Outcome.FOUND:
        rose = "waits were long for everybody"
    elif score(chance) >= HARDLY:
        rose = "waits on the platform were longer, though no longer than now and then"
    return Evidence(
        "waits-rose",
        outcome,
        f"{rose}: {when} {worst.seen:.0f} of {of:.0f} callers of all accounts waited longer than"
        f" {WAIT_FELT_S:.0f} s, {words.count(round(worst.expected, 1), 'caller')} usually",
        strength=strength,
        observed=share,
        expected=expected,
        unit="share of callers",
        start=start,
        end=end,
        data=plain(score=score(chance), calls=of, long=worst.seen, long_usual=worst.expected),
    )


def _own(
    scene: Scene, view: Load, facet: str, seconds: Floats, picked: Bools, *, limit_name: str, did: str, column: str
) -> Evidence:
    """Scan the account's calls of the window for a stretch with more of them beyond its usual nine in ten."""
    zone = scene.account.zone
    known = picked & ~np.isnan(seconds)
    mine = known & view.mine
    inside = mine & view.inside(view.first, view.last) & _asked(scene, view)
    n = int(inside.sum())
    if not known.any():
        return unasked(facet, f"the log has no {column}", column)
    if n == 0:
        return unasked(facet, "none of the account's callers got that far in the window", "calls in the window")
    limit = scene.profile.value(limit_name, scene.account.account)
    past = _learning(view, seconds, known, limit)
    mark, own_usual = _usual(past, seconds, known, inside, limit)
    over = known & (seconds > mark)
    part = slice(view.first, view.last)
    whole = view.per_quarter(inside)[part]
    seen = view.per_quarter(inside & over)[part]
    everyone = view.per_quarter(known)
    rho = past.rho(view.per_quarter(over), everyone, np.full(view.grid.size, own_usual))
    found = _where(view, seen, whole, own_usual, rho)
    reach = reach_of_shares(n, own_usual, rho=rho)
    if found is None:
        return Evidence(
            facet,
            Outcome.CLEAR,
            f"none of the account's {words.count(n, 'caller')} {did} longer than {mark:.0f} s",
            strength=round(min(1.0, reach / 3), 3),
            observed=0.0,
            expected=own_usual,
            unit="share of calls",
            data=plain(mark_s=mark, limit_s=limit, calls=n, over_limit=0),
        )
    worst, of, chance, proof = found
    share = worst.seen / of
    stretch = inside & view.inside(view.first + worst.first, view.first + worst.last)
    long = stretch & (seconds > limit)
    listed = stretch & over
    outcome, strength = weigh(
        chance, proof=proof, reach=reach, effect=ramp(share - own_usual, 0.05, 0.35) * ramp(worst.seen, 0, 4)
    )
    start, end = view.span(view.first + worst.first, view.first + worst.last)
    mean, most = float(seconds[stretch].mean()), float(seconds[stretch].max())
    return Evidence(
        facet,
        outcome,
        f"{worst.seen:.0f} of {words.count(of, 'caller')} {words.span(start, end, zone)} {did} longer than"
        f" {mark:.0f} s,"
        f" {own_usual:.0%} do usually; {long.sum()} longer than the {limit:.0f} s that count as long"
        f" (longest {most:.0f} s, average {mean:.0f} s)",
        strength=strength,
        observed=share,
        expected=own_usual,
        unit="share of calls",
        start=start,
        end=end,
        examples=examples_of(rows(scene, listed), "call_id"),
        data=plain(
            score=score(chance),
            mark_s=mark,
            limit_s=limit,
            calls=of,
            over_mark=worst.seen,
            over_limit=int(long.sum()),
            mean_s=mean,
            mean_in_window_s=float(seconds[inside].mean()),
            mean_usual_s=_usual_mean(view, seconds, known),
            longest_s=most,
            longest_in_window_s=float(seconds[inside].max()),
            calls_in_window=n,
        ),
    )


def _usual_mean(view: Load, seconds: Floats, known: Bools) -> float | None:
    """Return what the account's calls usually take on average, everybody's where it has few; None where there are none."""
    usual = known & view.usual_calls
    own = usual & view.mine
    told = seconds[own if own.sum() >= LEAST_OWN else usual]
    return float(told.mean()) if len(told) else None


def _learning(view: Load, seconds: Floats, known: Bools, limit: float) -> Load:
    """Return the view that says what is usual of the account: of long ones by what was long before the window."""
    if not has_both(view):
        return view
    mine = known & view.mine
    mark, _ = _usual(view.before, seconds, known, mine, limit)
    return learning(view, view.per_quarter(mine & (seconds > mark)), view.per_quarter(mine))


def _usual(view: Load, seconds: Floats, known: Bools, inside: Bools, limit: float) -> tuple[float, float]:
    """Return the seconds that nine in ten of the account's calls usually stay below, and the usual share above them.

    Everybody's stand for an account with few calls; never more than ``limit``, nor less than :data:`NEVER_LONG`.
    """
    before = known & view.usual_calls
    many, own_before = int(np.count_nonzero(before)), seconds[np.flatnonzero(before & view.mine)]
    basis = own_before if len(own_before) >= LEAST_OWN else seconds[before if many else inside]
    mark = float(min(limit, max(NEVER_LONG, np.quantile(basis, 0.9))))
    return mark, _shrunk(
        float((own_before > mark).sum()), len(own_before), float(np.count_nonzero(before & (seconds > mark))), many
    )


def _where(
    view: Load, seen: Floats, whole: Floats, own_usual: float, rho: float
) -> tuple[Stretch, float, float, float] | None:
    """Return where the account's long ones are the least likely by chance; None where there are none.

    With the stretch (bins of the window) come its calls, the chance, and the chance that proves it. ``seen`` are the
    long ones, ``whole`` all calls by quarter of the window.
    """
    worst = worst_stretch(seen, own_usual * whole, whole, LONGEST)
    if worst is None:
        return None
    of = float(whole[worst.first : worst.last].sum())
    chance = after_looking(
        share_tail(worst.seen, of, own_usual, rho / max(1.0, (worst.last - worst.first) / 4)),
        min(view.looks, int(whole.sum())),
    )
    if view.waits_rose:
        # Where everybody's waits rose no stretch need be looked for, and 3 in 100 will do.
        a, b = view.trouble[0] - view.first, view.trouble[1] - view.first
        k_there, n_there = float(seen[a:b].sum()), float(whole[a:b].sum())
        there = share_tail(k_there, n_there, own_usual, rho / max(1.0, (b - a) / 4)) if n_there else 1.0
        if k_there > own_usual * n_there and 2 * there < chance:
            return Stretch(a, b, worst.gain, k_there, own_usual * n_there), n_there, min(1.0, 2 * there), 0.03
    return worst, of, chance, 1e-3


def _kind(scene: Scene, view: Load) -> Evidence:
    """Ask of the account's long waits in the window whether they came before an agent answered, or after."""
    facet = "held-after-answer"
    calls = view.calls
    if not calls.holds_known:
        return unasked(facet, "the log has no calls.hold_s", "calls.hold_s")
    mine = view.mine & view.inside(view.first, view.last) & _asked(scene, view)
    if mine.any() and np.isnan(calls.wait[mine]).all():
        return unasked(facet, UNTOLD, "calls.ring_s", "calls.queue_s")
    before, after = (
        np.maximum(np.nan_to_num(seconds[mine]) - WAIT_FELT_S, 0.0) for seconds in (calls.wait, calls.hold))
    total = float(before.sum() + after.sum())
    n = int(((before > 0) | (after > 0)).sum())
    if n == 0:
        return unasked(facet, f"none of the account's callers waited or was held longer than {WAIT_FELT_S:.0f} s")
    share = float(after.sum()) / total
    held = mine & (calls.hold > WAIT_FELT_S)
    return Evidence(
        facet,
        Outcome.FOUND if share >= 0.5 else Outcome.CLEAR,
        f"of what the account's callers waited beyond {WAIT_FELT_S:.0f} s, {after.sum():.0f} s were on hold after an"
        f" agent answered ({words.count(int(held.sum()), 'caller')}) and {before.sum():.0f} s before"
        f" ({words.count(int((before > 0).sum()), 'caller')})",
        strength=round(ramp(n, 0, 5) * abs(share - 0.5) * 2, 3),
        observed=share,
        expected=None,
        unit="share of seconds",
        examples=examples_of(rows(scene, held), "call_id"),
        data=plain(callers=n, before_s=float(before.sum()), after_s=float(after.sum())),
    )


def _shrunk(k: float, n: float, k_all: float, n_all: float) -> float:
    """Return the account's usual share, shrunk to everybody's by thirty calls' worth."""
    everyone = (k_all + 1.0) / (n_all + 10.0)
    return float(min(0.9, (k + 30.0 * everyone) / (n + 30.0)))


def _asked(scene: Scene, view: Load) -> Bools:
    """Return which calls were offered within the window to the second (a quarter may stick out)."""
    start, end = scene.question.start.value // 1000, scene.question.end.value // 1000
    return view.offered_within(start, end)


CHECK = Check(
    title="Were waits long?",
    facets=(
        Facet("waits-rose", "Did callers of all accounts wait longer than usual?", "platform waits"),
        Facet("own-rings-long", "Did the account's calls ring longer than usual?", "account waits"),
        Facet(
            "own-waits-long",
            "Did the account's callers wait longer than usual for an agent?",
            "account waits",
        ),
        Facet(
            "own-holds-long",
            "Were the account's callers kept on hold after an agent answered?",
            "account holds",
        ),
        Facet(
            "held-after-answer",
            "Did the account's callers wait after an agent answered rather than before?",
            "account holds",
        ),
    ),
    needs=("calls",),
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    run=run,
)
