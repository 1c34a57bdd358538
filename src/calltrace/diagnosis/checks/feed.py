"""Do the records reach over the time complained of, and would they show an unanswered call at all?

Asked before anything is concluded from silence: a file that ends early, be it one switch's of several, or a log whose
switch leaves out unanswered calls can't prove that nobody called. Such a log accuses nobody.
"""

from __future__ import annotations

import math

import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.checks import _anothers
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.scene import Scene, within
from calltrace.diagnosis.switches import stopped

LACKING = 8.0
"""Calls to be expected of everybody that the records can't show, from which they do not reach over the window."""

MOSTLY = 0.5
"""Part of everybody's usual calls of the window from which, lying outside the records, they bear in full against a silence."""

ENOUGH_CALLS = 200
"""Calls a log must hold before their all being answered is telling."""


def run(scene: Scene) -> list[Evidence]:
    """Judge the reach of the call records and whether they hold unanswered calls."""
    return [_reach(scene), _unanswered(scene), _anothers.calls(scene)]


def _reach(scene: Scene) -> Evidence:
    calls = scene.case.calls
    last = calls["offered_at"].iloc[-1]
    first = calls["offered_at"].iloc[0]
    start, end = scene.question.start, scene.question.end
    if scene.question.now is not None:
        end = min(end, scene.question.now)
    platform = scene.baseline.of("platform")
    missing_late = platform.expected(max(last, start), end) if end > last else 0.0
    missing_early = platform.expected(start, min(first, end)) if first > start else 0.0
    lacking = missing_late + missing_early
    zone = scene.account.zone
    found = lacking >= LACKING and not _counted_on(scene, last, end)
    if not found and (own := _own_stopped(scene, end)) is not None:
        return own
    says = (f"the call records reach from {words.clock(first, zone)} to {words.clock(last, zone)}"
            + ("; the window lies partly outside them" if found else ", all of the window"))
    part = lacking / max(platform.expected(start, end), lacking, 1e-9)
    return Evidence("records-end-early", Outcome.FOUND if found else Outcome.CLEAR, says,
                    strength=min(1.0, lacking / (2 * LACKING)) * min(1.0, part / MOSTLY) if found else 1.0, start=start, end=end,
                    data={"first": first.isoformat(), "last": last.isoformat(), "expected_outside": lacking})


def _own_stopped(scene: Scene, end: pd.Timestamp) -> Evidence | None:
    """Say that the records of the account's own switch stop, or have a hole, in the window while others go on, else None."""
    zone, latest = scene.account.zone, max(end, scene.case.calls["offered_at"].iloc[-1])
    for one in stopped(scene.case, scene.question.start.floor("D"), latest):  # of a day's questions they are the same
        since, until = max(one.since, scene.question.start), min(end, one.until or end)
        if scene.account.account not in one.accounts or since >= until:
            continue
        lacking = one.expected * ((until - since) / ((one.until or latest) - one.since))
        if lacking < LACKING:
            continue
        till = f"to {words.clock(one.until, zone)}" if one.until is not None else "on"
        return Evidence(
            "records-end-early", Outcome.FOUND,
            f"no call from {words.clock(one.since, zone)} {till} in {one.file}, where {words.count(one.expected, 'call')} of the"
            f" {len(one.accounts)} accounts that come by it are usual; the other records go on",
            strength=min(1.0, lacking / (2 * LACKING)), start=since, end=until, examples=(),
            data={"file": one.file, "since": one.since.isoformat(), "expected_outside": lacking})
    return None


def _counted_on(scene: Scene, last: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether the switch's own interval counts go on behind the last call: then its silence can be explained."""
    kpi = scene.case.table("kpi")
    return bool(len(kpi)) and kpi["interval_start"].max() > last + (min(end, kpi["interval_start"].max()) - last) / 2


def _unanswered(scene: Scene) -> Evidence:
    name = "log-hides-unanswered"
    calls = scene.case.calls
    outside = len(calls) - len(within(calls, scene.question.start, scene.question.end))
    answered = int((calls["outcome"] == "answered").sum())
    share = 1 - answered / max(1, len(calls))
    hidden = scene.feed.hides_unanswered
    if hidden or not scene.case.logs_unanswered or (len(calls) >= ENOUGH_CALLS and answered == len(calls)):
        return Evidence(
            name, Outcome.FOUND, hidden or
            f"of {len(calls)} calls on record none ended unanswered: the switch seems to leave such calls out of its log",
            strength=1.0, observed=share, unit="share of calls", data={"calls": len(calls), "outside": outside})
    if len(calls) < ENOUGH_CALLS and answered == len(calls):
        return unasked(name, f"{len(calls)} calls are too few to tell", "more call records")
    return Evidence(
        name, Outcome.CLEAR,
        f"{len(calls) - answered} of {len(calls)} calls on record ended without an agent: the log shows unanswered calls",
        strength=1 - math.exp(-(len(calls) - answered) / 3), observed=share, unit="share of calls")


CHECK = Check(
    title="Can these records show it?",
    facets=(
        Facet("records-end-early", "Do the call records reach over the whole window?", "reach of the records"),
        Facet("log-hides-unanswered", "Does the log leave out unanswered calls?", "outcomes on record"),
        Facet(_anothers.CALLS, "Were the account's calls made to another account's number?", "whose number was dialled"),
    ),
    needs=("calls",),
    complaints=("missed-calls", "caller-claim", "abandoned", "busy", "long-ring"),
    run=run,
)
