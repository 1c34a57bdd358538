"""Did anybody serve the account's callers, while other accounts' callers reached an agent?

Calls sent to a queue, or to agents or a skill, that nobody serves wait until the caller leaves. On the whole platform it hardly
shows: everybody else is answered as usual, and agents are at work. What tells it is that from some time on hardly any of the
account's callers who wait reaches an agent while others' at the same times do; or that at some hours of the day none does, as
where the calls go to another queue by night. Callers who leave within `hung_up_soon_s` prove nothing, nor do one caller's many
tries, nor an hour in which everybody waits: the others' share of the same quarter hours is what is expected.

Where it has been so in all the records (at all, or at some hours of the day), or most of the calls came outside the account's
coverage, the records can't tell whether these calls were meant for agents: some clients' lines ring where their own office picks
up. Nor can they tell a client from a switch's extension whose one user is away, where no accounts table lists it and no agent
answers it and others. Either is said, and never sure.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.accounts import known
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.checks._chance import plain, reach_of_shares, score, weigh
from calltrace.diagnosis.checks._columns import instant
from calltrace.diagnosis.checks._load import load, once, rows
from calltrace.diagnosis.checks._search import search, when
from calltrace.diagnosis.checks._unserved import RHO, Served, Stretch, alike, always, new
from calltrace.diagnosis.evidence import MEANT, Evidence, Outcome, examples_of, unasked
from calltrace.errors import InputError
from calltrace.normal.intervals import to_us
from calltrace.tables import times

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Ints
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

FACET = "callers-unserved"

CLAIM = "caller-claim"

CAUSE = "queue-not-served"

SAID = "left without reaching an agent"

OWED = 0.5
"""Part of the callers who left below which, within the account's coverage, nobody owed most of them an answer."""

ONE_QUEUE = 0.8
"""Part of the callers who left that must have waited in one queue for it to be named."""


def run(scene: Scene) -> list[Evidence]:
    """Look for the stretch in which the account's callers waited and nobody came."""
    view = load(scene)
    soon = scene.profile.value("hung_up_soon_s", scene.account.account)
    if scene.question.complaint == CLAIM and (not scene.question.caller or search(scene).own.empty):
        return [unasked(FACET, "no call of that number is on record")]
    if len(view.calls.accounts) < 2:
        return [unasked(FACET, "the records hold no other account whose callers an agent might have answered")]
    left = view.mine & view.calls.ended_as(("abandoned", "no_answer")) & view.inside(view.first, view.last)
    if left.any() and np.isnan(view.calls.wait[left]).all():
        return [unasked(FACET, "the log does not say how long the callers who left had waited", "calls.ring_s", "calls.queue_s")]
    served = once(scene, f"served {soon:g}", lambda: Served(view, soon))
    inside = served.told & view.mine & view.inside(view.first, view.last)
    if not inside.any():
        why = "none of the account's calls in the window was answered, nor left after a wait"
        return [unasked(FACET, why, "calls in the window")]
    reach = reach_of_shares(int(inside.sum()), served.everyone, rise=0.9, rho=RHO)
    best = Evidence(FACET, Outcome.CLEAR, _of_all(served, inside), strength=round(min(1.0, reach / 3), 3))
    for stretch in (next(new(served, view.own, view.first, view.last), None), always(served, view.own, view.first, view.last)):
        if stretch is None:
            continue
        outcome, strength = weigh(stretch.chance, reach=reach, effect=stretch.effect)
        part = _complained_of(scene, view, stretch)
        if outcome is Outcome.FOUND and part > 0:
            return [_found(scene, view, served, stretch, strength * part)]
        if outcome is not Outcome.FOUND and strength < best.strength:
            best = Evidence(FACET, Outcome.CLEAR, best.says, strength=strength)
    return [best]


def _of_all(served: Served, inside: Bools) -> str:
    told, left = int(inside.sum()), int((inside & served.left).sum())
    return f"of {words.count(told, 'caller')} of the account who did not leave at once {told - left or 'none'} reached an agent"


def _found(scene: Scene, view: Load, served: Served, stretch: Stretch, strength: float) -> Evidence:
    start, end = instant(view.calls.at[stretch.first]), instant(view.calls.over[stretch.last])
    waited = stretch.places[served.left[stretch.places]]
    queue = queue_of(scene.case.calls, waited)
    which = np.zeros(len(view.calls.at), dtype=bool)
    which[waited] = True
    doubt = _doubt(scene, view, stretch, waited, client=served.is_client(view.own))
    names = known(scene.case)
    also = [
        {"account": (name := view.calls.accounts[row]), "name": names[name], "expected": None, "observed": float(left),
         "says": f"{left} of {words.count(of, 'caller')} {SAID}"}
        for row, left, of in alike(served, view.own, stretch) if served.is_client(row)]
    return Evidence(
        FACET, Outcome.FOUND, _sentence(scene, view, stretch, (start, end), queue) + doubt, strength=round(strength, 3),
        observed=stretch.lost / stretch.callers, expected=stretch.usual, unit="share of callers", start=start, end=end,
        examples=examples_of(rows(scene, which), "call_id"),
        data=plain(
            score=score(stretch.chance), left=stretch.lost, callers=stretch.callers, wait_s=stretch.wait_s,
            others=stretch.others, others_answered=stretch.others_answered, always=stretch.always, queue=queue,
            also_affected={CAUSE: also}, **({MEANT: True} if doubt else {})))


def _complained_of(scene: Scene, view: Load, stretch: Stretch) -> float:
    """Return which part of the calls complained of it explains: of one caller's claim, whether theirs was one of them."""
    if scene.question.complaint == CLAIM:
        return 1.0 if len(_callers_own(scene, view, stretch)) else 0.0
    harmed = np.flatnonzero(view.mine & view.inside(view.first, view.last) & ~view.calls.answered)
    at = view.calls.at[harmed]
    there = (at >= view.calls.at[stretch.first]) & (at <= view.calls.at[stretch.last])
    return float((there.sum() + 0.5) / (len(at) + 1))


def _callers_own(scene: Scene, view: Load, stretch: Stretch) -> pd.DataFrame:
    """Return the calls of the caller asked after that waited and reached nobody."""
    own, waited = search(scene).own, stretch.places[~view.calls.answered[stretch.places]]
    return own[own["call_id"].isin(scene.case.calls["call_id"].iloc[waited])]


def queue_of(calls: pd.DataFrame, places: Ints) -> str:
    """Return the queue that most of these calls waited in, '' where the log names none."""
    if "queue" not in calls:
        return ""
    named = calls["queue"].iloc[places].dropna().value_counts()
    return str(named.index.to_list()[0]) if len(named) and named.iloc[0] >= ONE_QUEUE * len(places) else ""


def _sentence(
    scene: Scene, view: Load, stretch: Stretch, span: tuple[pd.Timestamp, pd.Timestamp], queue: str
) -> str:
    """Tell from when to when, how many, for how long they waited, and how the others' callers fared meanwhile."""
    zone = scene.account.zone
    at, where = f"{words.span(*span, zone)}{_hours(stretch, zone)}", f" in queue {queue}" if queue else ""
    theirs = ""
    if scene.question.complaint == CLAIM:
        theirs = f"the caller waited and nobody came: {when(scene, _callers_own(scene, view, stretch))}. "
    said = (
        f"{theirs}{stretch.lost} of {words.count(stretch.callers, 'caller')} of the account who waited{where} {at} {SAID},"
        f" after {stretch.wait_s:.0f} s at the median; of the other accounts' callers at the same times"
        f" {stretch.others_answered} of {stretch.others} reached one"
    )
    if stretch.always:
        return said
    before, after = (
        words.clock(instant(view.calls.at[place]), zone) if place >= 0 else "" for place in (stretch.before, stretch.after))
    last = f"the last one before that reached one came {before}, " if before else ""
    return f"{said} ({last}{f'the next {after}' if after else 'and none since'}; {stretch.usual:.0%} leave usually)"


def _doubt(scene: Scene, view: Load, stretch: Stretch, waited: Ints, *, client: bool) -> str:
    """Return why it may have been meant to be so, a sentence to go after another without its full stop; '' where it may not."""
    if stretch.always:
        return ". It has been so in all the records: whether these calls were meant to be answered they can't tell"
    if not client:
        return ". No agent answers it and others: it may be one person's extension"
    coverage: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    with suppress(InputError):  # who is asked of the coverage itself says what is wrong with it
        coverage = scene.coverage
    at = view.calls.at[waited]
    owed = np.zeros(len(at), dtype=bool)
    for start, end in coverage:
        owed |= (at >= to_us(start)) & (at < to_us(end))
    if coverage and owed.mean() < OWED:
        return (f". {len(at) - int(owed.sum())} of them came outside the account's coverage: whether those were meant to be"
                " answered the records can't tell")
    return ""


def _hours(stretch: Stretch, zone: str) -> str:
    """Return between which times of day it was so, where it was not so at any time."""
    if stretch.hours is None:
        return ""
    return ", between {:%H:%M} and {:%H:%M},".format(*(times.local(at, zone) for at in stretch.hours))


CHECK = Check(
    title="Did anybody serve the callers?",
    facets=(
        Facet(
            FACET,
            "Did the account's callers wait and nobody come, while others' were answered?",
            "account callers who waited",
        ),
    ),
    needs=("calls.outcome",),
    complaints=("long-ring", "long-hold", "abandoned", "missed-calls", "caller-claim"),
    run=run,
)
