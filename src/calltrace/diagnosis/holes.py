"""A hole in the calls of a trunk group, or of everybody, that is no silence beyond chance and yet seldom chance.

A trunk group with a call in three minutes that has none for three quarters of an hour may have been down, or have had such an
afternoon: of all the days that are looked at one in two hundred holds such a hole, so an alarm makes nothing of it. Whoever
asks of one time looks but once: a hole in that very time is held against the holes that chance leaves in times as long.

What looks the same and is none: the calls are only not on record (the switch counted them), and a line that was tested then
and rang.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.gaps import MEANT, POOL_EXPECTED, Gap, gaps
from calltrace.diagnosis.others import others_expected
from calltrace.diagnosis.scene import within

if TYPE_CHECKING:
    from calltrace.diagnosis.scene import Scene

PLATFORM, GROUP = "platform", "trunk group"
"""Whose calls have the hole."""

OF_HOLES = {GROUP: "carrier-outage", PLATFORM: "platform-outage"}
"""The cause of a hole that chance did not make, by whose calls have it."""

CACHE = "hole"
"""Where a scene's cache keeps the hole that was weighed for a complaint of missed calls."""

OUTAGE = 0.01
"""Chance that what carries the calls was down for a part of a time that is complained of, before its calls are looked at."""


@dataclass(frozen=True)
class Hole:
    """A time without calls, UTC, how many ``expected`` in it, and -log10 of the chance of such in the time asked of."""

    whose: str
    start: pd.Timestamp
    end: pd.Timestamp
    expected: float
    score: float

    @property
    def odds(self) -> float:
        """How much likelier an outage is to have made it than chance."""
        return OUTAGE * 10**self.score

    @property
    def cause(self) -> str:
        """The cause of it, where it is not chance."""
        return OF_HOLES[self.whose]

    def told(self, scene: Scene) -> str:
        """Return what the records show of it, a sentence without its end."""
        who = f"on trunk group {', '.join(scene.account.trunk_groups)}" if self.whose == GROUP else "to anybody"
        return (f"no call {who} is on record {words.span(self.start, self.end, scene.account.zone)}, where"
                f" {words.count(round(self.expected), 'call')} usually come (by chance {words.one_in(self.score)}, in a time"
                " like the one asked of): it may have been down")


def hole_in(scene: Scene, start: pd.Timestamp, end: pd.Timestamp, *, beside: bool = False) -> Hole | None:
    """Return the least likely hole of the trunk group's or everybody's calls in [start, end); None where chance makes such.

    ``beside`` the account's own silence a hole that was looked for there alone, being most of it, is one look and no more.
    """
    found = gaps(scene)
    holes = [_hole(scene, gap, start, end, trunk=trunk, beside=beside)
             for gap, trunk in ((found.platform, False), (found.pool, True))]
    held = max((h for h in holes if h is not None), key=lambda h: h.score, default=None)
    return None if held is None or _tested(scene, held) or _counted(scene, held) else held


def _hole(
    scene: Scene, gap: Gap | None, start: pd.Timestamp, end: pd.Timestamp, *, trunk: bool, beside: bool
) -> Hole | None:
    """Return a pool's gap as a hole in the time asked of; None where it is a silence, or chance makes such often."""
    if gap is None or gap.shared or gap.expected < POOL_EXPECTED or not gap.overlaps(start, end):
        return None
    looks = 0.0 if beside and gap.aimed else math.log10(1.0 + others_expected(scene, start, end, trunk=trunk))
    score = gap.score + gap.looks - looks
    return Hole(GROUP if trunk else PLATFORM, gap.start, gap.end, gap.expected, score) if score >= MEANT else None


def _tested(scene: Scene, hole: Hole) -> bool:
    """Say whether a test call came through in the hole, on the trunk group where it is that group's."""
    tests = within(scene.case.table("line_tests"), hole.start, hole.end, "tested_at")
    rang = tests["result"] == "ok"
    if hole.whose == GROUP:
        rang &= tests["trunk_group"].isin(scene.account.trunk_groups) | tests["number"].isin(scene.account.numbers)
    return bool(rang.fillna(value=False).any())


def _counted(scene: Scene, hole: Hole) -> bool:
    """Say whether the switch counted a call in an interval that lies in the hole: then its record is what is missing."""
    kpi = scene.case.table("kpi")
    counts = kpi[kpi["scope"].isin(scene.account.trunk_groups if hole.whose == GROUP else ["platform"])]
    starts = counts["interval_start"].drop_duplicates().sort_values()
    if len(starts) < 2:
        return False
    step = pd.Timedelta(starts.diff().median())
    inside = within(counts, hole.start, hole.end - step, "interval_start")
    return bool((inside["offered"] > 0).fillna(value=False).any())
