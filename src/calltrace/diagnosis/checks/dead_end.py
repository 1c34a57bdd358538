"""Did the account's calls end in an announcement instead of reaching an agent?

A wrong turn in the account's script or routing sends every caller to a recording that ends the call. A few
such calls are usual (callers who heard enough); what tells a dead end is that from some time on hardly any
call of this account reaches an agent, while other accounts' calls do. What began before the time asked of, or goes
on after it, is looked for at the same hours of the days beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._beside import in_a_row, of_the_day, run_through
from calltrace.diagnosis.checks._chance import (
    after_looking,
    plain,
    ramp,
    reach_of_shares,
    score,
    share_tail,
    weigh,
)
from calltrace.diagnosis.checks._columns import instant
from calltrace.diagnosis.checks._load import load, rows
from calltrace.diagnosis.checks._ongoing import learning
from calltrace.diagnosis.checks._stretch import worst_stretch
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Floats
    from calltrace.diagnosis.scene import Scene

LEAST = 0.01
"""Share of calls that end in a recording by mere chance: a caller heard enough, though none did in these
weeks."""


FACET = "ends-in-announcement"
FELT = 0.4
"""Part of the window's callers whom nobody served from which what ended their calls is what the client speaks of."""


def run(scene: Scene) -> list[Evidence]:
    """Scan the account's calls for a stretch that ends in the announcement, and the days beside where one is not plain."""
    found = _inside(scene)
    beside = _beside(scene) if found[0].outcome is Outcome.CLEAR else None
    return found if beside is None else [beside]


def _beside(scene: Scene) -> Evidence | None:
    """Look for what began before the window or goes on after it, where any call of the window ended so."""
    view = load(scene)
    calls = view.calls
    places = np.flatnonzero(view.mine)
    ended = calls.ended("announcement", places) | calls.ended("voicemail", places)
    start, end = scene.question.start.value // 1000, scene.question.end.value // 1000
    inside = (calls.at[places] >= start) & (calls.at[places] < end)
    if not (ended & inside).any():
        return None
    could = ended | calls.ended_as(("answered", "abandoned", "no_answer"), places)
    at, ended, inside, places = calls.at[places][could], ended[could], inside[could], places[could]
    in_order = np.argsort(at, kind="stable")
    at, ended, inside, places = at[in_order], ended[in_order], inside[in_order], places[in_order]
    found = run_through(at, ended, inside, scene.own_zone)
    if found is None:
        return None
    usual = max(LEAST, (found.others_ended + 0.5) / (found.others + 1))
    chance = after_looking(share_tail(found.calls, found.calls, usual, 0.02), len(at))
    # of those whom nobody served, most left or were lost elsewhere where it is few of them
    part = found.inside / int((inside & ~calls.answered[places]).sum())
    outcome, strength = weigh(chance, effect=ramp(found.calls, 1, 4) * ramp(part, 0.0, FELT))
    if outcome is not Outcome.FOUND:
        return None
    first, last = instant(at[found.first]), instant(at[found.last])
    row = in_a_row(ended, inside)
    zone, hours = scene.account.zone, of_the_day(found.hours)
    each = f"each of the account's {words.count(found.calls, 'call')}{f' that came from {hours},' if hours else ''}"
    before = f"of the other {words.count(found.others, 'call')} {'at those hours' if hours else 'on record'}"
    return Evidence(
        FACET,
        outcome,
        f"{each} {words.span(first, last, zone)}{',' if hours else ''} ended in an announcement and reached no agent,"
        f" {found.inside} of them in the time asked of; {before} {found.others_ended or 'none'} did",
        strength=strength,
        observed=1.0,
        expected=usual,
        unit="share of calls",
        start=instant(at[row][0]).floor("15min"),
        end=min(instant(at[row][-1]).floor("15min") + pd.Timedelta(minutes=15), scene.question.end),
        examples=examples_of(scene.case.calls[["call_id", "source_file", "source_line"]].iloc[places[row]], "call_id"),
        data=plain(
            score=score(chance),
            announcements=int(row.sum()),
            calls=int(row.sum()),
            window_announcements=found.inside,
            in_all=found.calls,
            began=first.isoformat(),
            last=last.isoformat(),
        ),
    )


def _inside(scene: Scene) -> list[Evidence]:
    """Scan the account's calls of the window."""
    facet = FACET
    view = load(scene)
    calls = view.calls
    ended = calls.ended("announcement") | calls.ended("voicemail")
    could = ended | calls.answered | calls.ended("abandoned") | calls.ended("no_answer")
    part = slice(view.first, view.last)
    k_all, n_all = view.per_quarter(ended), view.per_quarter(could)
    k, n = view.per_quarter(ended & view.mine), view.per_quarter(could & view.mine)
    calls_in = float(n[part].sum())
    if calls_in == 0:
        return [unasked(facet, "the account has no call in the window", "calls in the window")]
    known = learning(view, k, n).usual
    everyone = float(k_all[known].sum() + 0.5) / float(n_all[known].sum() + 50)
    usual = max(LEAST, float(k[known].sum() + 30 * everyone) / float(n[known].sum() + 30))
    rho = 0.02
    reach = reach_of_shares(calls_in, usual, rise=0.6, rho=rho)
    worst = worst_stretch(k[part], usual * n[part], n[part], view.last - view.first)
    total = float(k[part].sum())
    if worst is None:
        return [
            Evidence(
                facet,
                Outcome.CLEAR,
                f"{total:.0f} of the account's {words.count(calls_in, 'call')} ended in an announcement,"
                f" {usual:.1%} do usually",
                strength=round(min(1.0, reach / 3), 3),
                observed=total / calls_in,
                expected=usual,
                unit="share of calls",
            )
        ]
    first, last = _with_calls(n, view.first + worst.first, view.first + worst.last)
    of = float(n[first:last].sum())
    share = worst.seen / of
    chance = after_looking(share_tail(worst.seen, of, usual, rho), min(view.looks, calls_in))
    outcome, strength = weigh(chance, reach=reach, effect=ramp(share, 0.2, 0.7) * ramp(worst.seen, 1, 4))
    others = float((k_all - k)[first:last].sum()) / max(1.0, float((n_all - n)[first:last].sum()))
    start, end = view.span(first, last)
    return [
        Evidence(
            facet,
            outcome,
            f"{worst.seen:.0f} of the account's {words.count(of, 'call')}"
            f" {words.span(start, end, scene.account.zone)}"
            f" ended in an announcement and reached no agent ({share:.0%}; {usual:.1%} do usually,"
            f" {others:.1%} of the other accounts' in the same time)",
            strength=strength,
            observed=share,
            expected=usual,
            unit="share of calls",
            start=start,
            end=end,
            examples=examples_of(rows(scene, ended & view.mine & view.inside(first, last)), "call_id"),
            data=plain(
                score=score(chance),
                announcements=worst.seen,
                calls=of,
                others_share=others,
                window_announcements=total,
                window_calls=calls_in,
            ),
        )
    ]


def _with_calls(calls: Floats, first: int, last: int) -> tuple[int, int]:
    """Return a stretch from its first quarter with a call to its last: what no call met is not said to have gone on."""
    held = first + np.flatnonzero(calls[first:last])
    return (int(held[0]), int(held[-1]) + 1) if held.size else (first, last)


CHECK = Check(
    title="Did calls end in an announcement?",
    facets=(
        Facet(
            "ends-in-announcement",
            "Did the account's calls end in an announcement instead of at an agent?",
            "account announcement calls",
        ),
    ),
    needs=("calls.outcome",),
    complaints=("long-ring", "long-hold", "abandoned", "busy", "missed-calls"),
    run=run,
)
