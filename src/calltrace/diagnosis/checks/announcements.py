"""Was anything announced for that time: maintenance, a closure, a holiday, a carrier's trouble?

An announcement is no proof that anything happened: maintenance often does no harm, so it counts only where the
platform was in fact silent in its time. A closure or holiday explains a client's own silence. A public holiday does so
only for whom it is a day off: where it should still be at least as busy as the client's Sundays are, at hours that are
covered both days, no call at all is as telling as on any other day; unless most clients with quieter Sundays, as its own,
had hardly a call on it, for a holiday may keep away more callers than a Sunday does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.alibis import day_off
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, examples_of, unasked
from calltrace.diagnosis.gaps import SETTLED, Gap, Gaps, gaps
from calltrace.diagnosis.number_level import level
from calltrace.diagnosis.scene import Scene
from calltrace.tables import times

if TYPE_CHECKING:
    from calltrace.normal.rhythm import Rhythm

EXPLAINED = 0.4
"""Share of a silence that a closure must account for to be told as what explains it."""

HARDLY = 0.5
"""Calls usual of a time, below which its length counts instead."""

CAME, DOUBTED = 5, 0.5
"""Calls of a holiday that say that it was no day off, and what is left of its weight against a silence that began after them."""

SLACK = pd.Timedelta(minutes=30)
"""Work announced for a time may begin or end a little outside it."""


def run(scene: Scene) -> list[Evidence]:
    """Hold the announced events against the platform's gap and the account's own."""
    found = gaps(scene)
    platform = found.platform
    silent = platform if platform and platform.shared else None
    pool = found.pool if found.pool and found.pool.shared else None
    return [_maintenance(scene, silent), _closure(scene, found), _carrier(scene, pool or silent)]


def _touching(scene: Scene, kinds: tuple[str, ...], start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    events = scene.case.table("events")
    ends = events["ends_at"].fillna(events["starts_at"] + pd.Timedelta(days=1))
    keep = events["kind"].isin(kinds) & (events["starts_at"] - SLACK < end) & (ends + SLACK > start)
    return events[keep.fillna(value=False)]


def _share(events: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the share of [start, end) that the best of the events covers, its slack included."""
    best = 0.0
    for a, b in zip(events["starts_at"], events["ends_at"], strict=True):
        last = b if not pd.isna(b) else end
        shared = min(last + SLACK, end) - max(a - SLACK, start)
        best = max(best, shared / (end - start))
    return min(1.0, best)


def _maintenance(scene: Scene, gap: Gap | None) -> Evidence:
    name = "maintenance-announced"
    if gap is None:
        return unasked(name, "the platform had no gap for maintenance to explain")
    events = _touching(scene, ("maintenance",), gap.start, gap.end)
    events = events[events["scope"].isin(("platform", "region", "service")).fillna(value=False)]
    share = _share(events, gap.start, gap.end) if len(events) else 0.0
    zone = scene.account.zone
    if share < 0.5:
        return Evidence(name, Outcome.CLEAR,
                        f"no maintenance was announced for the platform {words.span(gap.start, gap.end, zone)}",
                        strength=1.0, start=gap.start, end=gap.end)
    row = events.iloc[0]
    note = "" if pd.isna(row["note"]) else f" ({row['note']})"
    return Evidence(
        name, Outcome.FOUND,
        f"maintenance{note} was announced for {words.span(row['starts_at'], row['ends_at'], zone)}, when the platform was silent",
        strength=share, start=gap.start, end=gap.end, examples=examples_of(events, "kind"))


def closed_share(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> float:
    """Return the share of the account's calls usual in [start, end) that come in the time of its closures and holidays."""
    events = _closures(scene, start, end)
    return _explained(scene.baseline.of("account", scene.account.account), events, start, end)[0]


def _closures(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return the closures and holidays of the account that touch [start, end)."""
    events = _touching(scene, ("closure", "holiday"), start, end)
    mine = (events["scope"].isin(("account",)) & (events["target"] == scene.account.account)) | events["scope"].isin(
        ("platform", "region", "all"))
    return events[mine.fillna(value=False)]


def _closure(scene: Scene, found: Gaps) -> Evidence:
    start, end = scene.question.start, scene.question.end
    focus = found.focus if found.focus is not None and found.focus.strength > 0 else None
    if focus is not None and focus.overlaps(start, end):
        start, end = max(start, focus.start), min(end, focus.end)
    events = _closures(scene, start, end)
    baseline = scene.baseline
    rhythm = baseline.of("number", found.number) if found.number else baseline.of("account", scene.account.account)
    share, rest = _explained(rhythm, events, start, end)
    if rest is not None and found.number:  # a closed office's callers stay away the day before, from every number alike
        part = level(scene, found.ringing_numbers, rest.start, rest.end)
        chance = rhythm.chance(rest.start, rest.end, 0, share=part)
        rest = _Rest(rest.start, rest.end, rest.expected * part, -math.log10(max(chance, 1e-300)))
    zone = scene.account.zone
    if share < EXPLAINED:
        return Evidence("closure-announced", Outcome.CLEAR, "no closure or holiday was announced for that time",
                        strength=1.0, start=start, end=end)
    row = events.iloc[0]
    note = "" if pd.isna(row["note"]) else f" ({row['note']})"
    says = f"a {row['kind']}{note} was announced for {words.span(row['starts_at'], row['ends_at'], zone)}"
    if focus is not None and rest is not None and rest.score >= SETTLED:
        return Evidence("closure-announced", Outcome.CLEAR,
                        f"{says}, but none came {words.span(rest.start, rest.end, zone)} either, where"
                        f" {words.usual(rest.expected)}",
                        strength=1.0 - share, observed=0.0, expected=rest.expected, unit="calls", start=start, end=end)
    still = _as_sundays(scene, rhythm, events, start, end) if focus is not None and (events["kind"] == "holiday").all() else 0.0
    if still > 0 and day_off(scene) is None:
        return Evidence("closure-announced", Outcome.CLEAR,
                        f"{says}, but Sundays, days off as well, bring at least {words.count(still, 'call')} at those hours",
                        strength=1.0, observed=0.0, expected=still, unit="calls", start=start, end=end)
    if focus is not None and (went_on := _went_on(rhythm, events, focus)) is not None:
        came, due = went_on
        says += (f", but {words.count(came, 'call')} came on it until {words.clock(focus.start, zone)}, and none after,"
                 f" where {words.count(round(due, 1), 'call')} would have at that pace")
        share *= DOUBTED
    return Evidence("closure-announced", Outcome.FOUND, says, strength=round(share, 3), start=start, end=end,
                    examples=examples_of(events, "kind"))


@dataclass(frozen=True)
class _Rest:
    """A time that no announcement covers, the calls usual in it, and -log10 of the chance of none."""

    start: pd.Timestamp
    end: pd.Timestamp
    expected: float
    score: float


def _explained(
    rhythm: Rhythm, events: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[float, _Rest | None]:
    """Return the share of the calls usual in [start, end) that come in the time of these events, and the rest of it.

    The rest is its piece that is least likely to bring no call, None where there is none. Nights and weekends around a
    closure bring no calls either; of a time of no calls its length counts.
    """
    pieces: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    at, covered = start, pd.Timedelta(0)
    for begun, over in sorted(zip(events["starts_at"], events["ends_at"].fillna(end), strict=True)):
        first, last = max(begun - SLACK, at), min(over + SLACK, end)
        if first < last:
            pieces.append((at, first))
            covered += last - first
            at = last
    pieces = [(first, last) for first, last in [*pieces, (at, end)] if first < last]
    usual = rhythm.expected(start, end)
    rests = [_Rest(a, b, rhythm.expected(a, b), -math.log10(max(rhythm.chance_of_none(a, b), 1e-300))) for a, b in pieces]
    share = covered / (end - start) if usual < HARDLY else max(0.0, 1.0 - sum(r.expected for r in rests) / usual)
    return share, max(rests, key=lambda r: r.score, default=None)


def _as_sundays(
    scene: Scene, rhythm: Rhythm, events: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp
) -> float:
    """Return the calls usual in the part of [start, end) that holidays cover, of a client whose Sundays are no days off.

    An hour is taken to bring as many calls as it usually does or as the same hour of a Sunday does, whichever is less; 0
    where of as many none at all may be chance.
    """
    edges = pd.date_range(start.floor("h"), end.ceil("h"), freq="h")
    inside = np.zeros(len(edges) - 1, dtype=bool)
    for begun, over in zip(events["starts_at"], events["ends_at"].fillna(end), strict=True):
        inside |= (edges[:-1] >= max(begun, start)) & (edges[1:] <= min(over, end))
    still = 0.0
    for first in edges[:-1][inside]:
        wall = times.local(first, scene.own_zone)
        sunday = first - pd.Timedelta(days=(wall.day_of_week + 1) % 7)
        still += min(rhythm.expected(at, at + pd.Timedelta(hours=1)) for at in (first, sunday))
    if not still:
        return 0.0
    chance = rhythm.chance(start, end, 0, share=min(1.0, still / max(rhythm.expected(start, end), 1e-9)))
    return still if chance <= 10**-SETTLED else 0.0


def _went_on(rhythm: Rhythm, events: pd.DataFrame, gap: Gap) -> tuple[int, float] | None:
    """Return the calls that came on a holiday before a silence began amid it, and how many would have in it at that pace.

    None where few came, or where of as many none at all may be chance. An office may close at noon of a holiday; but it was no
    day without calls, and its lines may as well have been taken back.
    """
    for begun, over, kind in zip(events["starts_at"], events["ends_at"].fillna(gap.end), events["kind"], strict=True):
        end = min(over, gap.end)
        if kind != "holiday" or not begun < gap.start < end:
            continue
        since = gap.start + pd.Timedelta(microseconds=1)  # with the call after which it began
        came, usual = rhythm.count(begun, since), rhythm.expected(begun, since)
        pace = min(1.0, came / max(usual, 1e-9))
        if came >= CAME and rhythm.chance(gap.start, end, 0, share=pace) <= 10**-SETTLED:
            return came, rhythm.expected(gap.start, end) * pace
    return None


def _carrier(scene: Scene, gap: Gap | None) -> Evidence:
    name = "carrier-notice"
    if gap is None:
        return unasked(name, "no shared gap for a carrier's notice to explain")
    events = _touching(scene, ("carrier", "outage"), gap.start, gap.end)
    zone = scene.account.zone
    if events.empty:
        return Evidence(name, Outcome.CLEAR, "the carrier announced no trouble for that time", strength=0.3,
                        start=gap.start, end=gap.end)
    row = events.iloc[0]
    note = "" if pd.isna(row["note"]) else f": {row['note']}"
    what = "trouble at the carrier" if row["kind"] == "carrier" else "an outage"
    name_of_zone = f"{times.local(row['starts_at'], zone):%Z}"
    said = name_of_zone if name_of_zone[:1].isalpha() else f"UTC{name_of_zone}"
    when = f"{words.clock(row['starts_at'], zone)} {said}"  # a carrier reads it, in another zone
    return Evidence(
        name, Outcome.FOUND, f"{what} was noted {when}{note}", strength=0.8,
        start=gap.start, end=gap.end, examples=examples_of(events, "kind"))


CHECK = Check(
    title="Was anything announced for that time?",
    facets=(
        Facet("maintenance-announced", "Was maintenance announced for the time of the silence?", "maintenance"),
        Facet("closure-announced", "Was a closure or holiday announced?", "closures"),
        Facet("carrier-notice", "Did the carrier announce trouble?", "carrier notices"),
    ),
    needs=("events",),
    complaints=("missed-calls", "caller-claim"),
    run=run,
)
