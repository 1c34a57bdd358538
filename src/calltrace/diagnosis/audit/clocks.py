"""Candidates that a log's clock explains: hours of few calls and of many that moved with everybody's.

Where the hours of all calls lie off by as many (:mod:`calltrace.intake.moved_hours`), each is held against what is usual of the
hours that they really were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.gaps import SETTLED

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.ground import Candidate, Ground
    from calltrace.normal.rhythm import Rhythm

MOSTLY = 0.5
"""Part of a candidate that must lie in that time."""

CHANCE = 10**-SETTLED


def by_clock(ground: Ground, candidate: Candidate) -> bool:
    """Say whether a silence, a crowd, or calls outside the coverage are none at the hours that the clients had."""
    found = ground.feed.moved
    if found is None or candidate.screen not in {"silence", "outage", "surge", "bill"}:
        return False
    start, end = candidate.start, candidate.end
    if min(end, found.end) - max(start, found.start) <= MOSTLY * (end - start):
        return False
    if "forwarding-left-on" in candidate.causes:
        return True
    if candidate.screen == "bill":
        return False
    rhythm, by = _rhythm(ground, candidate), pd.Timedelta(hours=found.hours)
    if candidate.screen == "surge":
        came = rhythm.count(start, end)
        return rhythm.chance(start - by, end - by, came, side="high") > CHANCE
    return rhythm.chance_of_none(start - by, end - by) > CHANCE


def _rhythm(ground: Ground, candidate: Candidate) -> Rhythm:
    """Return the rhythm of what a candidate is about."""
    number = str(candidate.data.get("number", ""))
    if number:
        return ground.baseline.of("number", number)
    if candidate.account is not None:
        return ground.baseline.of("account", candidate.account)
    if candidate.trunk_group is not None:
        return ground.baseline.of("trunk_group", candidate.trunk_group)
    return ground.baseline.of("platform")
