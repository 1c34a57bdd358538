"""What others met is no answer to a client none of whose calls met it.

In a week somebody always waits somewhere. Where every call of the account was answered, and none waited, rang or was held as
the client says, that others waited names nobody: the records do not bear the complaint out. What was plainly found (calls took
longer, fewer agents were there) is weighed as ever; but a crowd, its own or another's, is no trouble of callers all of whom an
agent took at once, however plain: it took no agent for whom they waited. A busy tone comes from the switch, which refused the
call, or from the trunk group, which had no line free: where the switch counted neither, nor did the account's callers wait more
than usual, what made others wait is not what its callers heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from calltrace.diagnosis import causes, complaints
from calltrace.diagnosis.checks._load import WAIT_FELT_S, load
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.scene import Scene
from calltrace.diagnosis.weigh import PLAINLY, WAITED, symptoms

ASKED = ("long-ring", "long-hold", "abandoned")
"""Complaints of what a call on record shows, or does not."""

UNSEEN = (
    "records-end-early", "log-hides-unanswered", "blocked-at-ordinary-volume", "trunks-flattened", "trunks-too-few",
    "refused-busy", "lost-together")
"""Facets that, found, say that not every caller's call is on record, or that some were lost."""

CROWDS = ("own-surge", "other-account-surge", "wide-surge")
"""Causes that took agents for whom the account's callers waited, or did them no harm."""

BUSY, COUNTED = "busy", ("refused-busy", "blocked-at-ordinary-volume")
"""The complaint of a tone, and the facets that say, with nothing observed, that nobody got one."""

FELT = ("own-rings-long", "own-waits-long", "own-holds-long", "abandoned-more", "ends-in-announcement", "callers-unserved")
"""What callers may mean as well who say that they did not get through."""

NOTHING, LEFT = "within-normal", 0.1
"""The cause that takes what is taken off, and the part of its probability that each other keeps."""


def of_its_own(
    scene: Scene, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]
) -> tuple[Ranked, ...]:
    """Take back causes that only others' waits speak for, and crowds, where none of the account's calls met any harm."""
    complaint = scene.question.complaint
    if complaint not in {*ASKED, BUSY} or all(r.cause != NOTHING for r in ranked):
        return ranked
    told = (*complaints.get(complaint).shown_by, *UNSEEN, *(FELT if complaint == BUSY else ()))
    if any(f in pieces and pieces[f].outcome is Outcome.FOUND for f in told):
        return ranked
    if not (_no_tone(scene, pieces) if complaint == BUSY else _all_well(scene)):
        return ranked
    shared = {r.cause for r in ranked if r.cause in CROWDS or (
        _makes_wait(r.cause) if complaint == BUSY else _by_waits_alone(r.cause, pieces))}
    spare = sum(r.probability for r in ranked if r.cause in shared) * (1.0 - LEFT)
    kept = {r.cause: r.probability * (LEFT if r.cause in shared else 1.0) for r in ranked}
    kept[NOTHING] += spare
    return tuple(sorted((replace(r, probability=kept[r.cause]) for r in ranked), key=lambda r: (-r.probability, r.cause)))


def _no_tone(scene: Scene, pieces: Mapping[str, Evidence]) -> bool:
    """Say whether the switch counted those who got a busy tone, on every trunk group and at all times, and there was none."""
    if any(f not in pieces or pieces[f].outcome is not Outcome.CLEAR or pieces[f].observed != 0 for f in COUNTED):
        return False
    start, end = scene.question.start, scene.question.end
    kpi = scene.case.table("kpi")
    own = scene.case.calls["trunk_group"].iloc[scene.case.rows("account", scene.question.account)]
    groups = {*scene.account.trunk_groups, *own.dropna().astype(str).unique()}
    of_each = [kpi[(kpi["scope"] == group).fillna(value=False)] for group in sorted(groups)]
    return bool(groups) and all(_none_blocked(rows, start, end) for rows in of_each)


def _none_blocked(rows: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether a trunk group's interval counts reach over all of [start, end), and none tells of a call that was blocked."""
    if len(rows) < 2:
        return False
    step = pd.Timedelta(rows["interval_start"].sort_values().diff().median())
    inside = rows[(rows["interval_start"] > start - step) & (rows["interval_start"] < end)]
    reached = inside["interval_start"].nunique() * step >= end - start - step
    return bool(reached and inside["blocked"].eq(0).fillna(value=False).all())


def _makes_wait(cause: str) -> bool:
    """Say whether a cause makes callers of all accounts wait."""
    return any(s.facet == WAITED and s.found == "for" for s in causes.get(cause).signs)


def _by_waits_alone(cause: str, pieces: Mapping[str, Evidence]) -> bool:
    """Say whether a cause of everybody's waits rests on these, nothing plain having been found that shows it itself."""
    shows = [s.facet for s in causes.get(cause).signs
             if s.found == "for" and s.clear == "against" and s.facet not in symptoms()]
    plainly = (pieces[f] for f in shows if f in pieces)
    return _makes_wait(cause) and not any(
        p.outcome is Outcome.FOUND and p.strength >= PLAINLY for p in plainly)


def _all_well(scene: Scene) -> bool:
    """Say whether the account had calls in the window, and none but callers who left at once was harmed."""
    view = load(scene)
    inside = view.mine & view.inside(view.first, view.last) & view.calls.waited
    at_once = view.calls.wait <= scene.profile.value("short_abandon_s", scene.account.account)
    harmed = (view.harmed & ~(view.calls.ended("abandoned") & at_once)) | (inside & (view.calls.wait > WAIT_FELT_S))
    return bool(inside.any()) and not bool(np.any(harmed))
