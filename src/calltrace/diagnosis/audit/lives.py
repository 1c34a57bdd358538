"""From when to when an account was a client: before its first call, and long after its last, its silence is no trouble.

An accounts table is that of the day it was exported: a new client stands in it beside weeks of records without a call of
it, and one that left may stand in it for years. Of neither may be said that it did not forward its lines; nor that its
calls rose far above a normal it never had. That an account just went silent nobody can tell from its leaving, so a silence
is told for a week from when chance is ruled out; after that the account's row says since when there was no call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.words import dated
from calltrace.normal.intervals import DAY, instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.diagnosis.audit.ground import Candidate, Ground
    from calltrace.normal.rhythm import Rhythm

WEEK = pd.Timedelta(days=7)
"""How long a silence that chance does not explain is told: by then somebody has looked into it, or nobody will."""

PROOF_CALLS = 10.0
"""Calls that have to be missing before the week begins: an account of few calls has to be silent for longer."""

WEEKS_ALIKE = 4
"""Weeks before an account's last call that say how soon calls are missing after it."""

SETTLING = {"surge": WEEK, "bill": pd.Timedelta(days=28)}
"""Screens of rises, and how long after its first call an account has no usual that a rise could be held against."""


@dataclass(frozen=True)
class Life:
    """When an account (or a number) began and ended; None where the records have it at work at their edge, or nearly.

    ``begun`` is its first call on record, after a silence no client of so many calls keeps; ``ended`` its last.
    """

    begun: pd.Timestamp | None = None
    ended: pd.Timestamp | None = None

    def said(self, end: pd.Timestamp, zone: str, *, earlier: bool = False) -> str:
        """Return what is to be said of it at the end of a window, '' where nothing is; ``earlier`` it had other calls."""
        if self.ended is not None and self.ended < end:
            return f"no call since {dated(self.ended, zone)}: has the client left?"
        if self.begun is not None and not earlier and end < self.begun + WEEK:
            return f"a new client: its first call on record is of {dated(self.begun, zone)}"
        return ""


ALWAYS = Life()


def life(rhythm: Rhythm) -> Life:
    """Return from when to when there were calls of an account or a number."""
    at = rhythm.calls
    if not len(at):
        return ALWAYS
    first, last = int(at[0]), int(at[-1])  # asked of every account: as numbers, a tenth of the time
    proof = PROOF_CALLS * max(last - first, DAY) / len(at)
    begun = instant(first) if first - rhythm.first >= 7 * DAY + proof else None
    silent = rhythm.last - last - 7 * DAY
    ended = instant(last) if silent >= proof and silent >= _missed(at) else None
    return ALWAYS if begun is None and ended is None else Life(begun, ended)


def _missed(calls: NDArray[np.int64]) -> int:
    """Return how long after the last call :data:`PROOF_CALLS` are missing by the weeks before it; a week, if it takes longer.

    An office that calls on weekdays is silent from Friday to Monday, however many calls it has: were its week to begin on
    Saturday, an audit every Monday would find nothing to miss on the first, and the week over on the next.
    """
    last = int(calls[-1])
    recent = calls[np.searchsorted(calls, last - WEEKS_ALIKE * 7 * DAY, side="right") :]
    weeks = max(1, min(WEEKS_ALIKE, (last - int(calls[0])) // (7 * DAY)))
    since = np.sort((recent - last) % (7 * DAY))  # how long after a week's like moment; the last call itself is 0
    place = int(PROOF_CALLS) * weeks
    return int(since[place]) if place < len(since) else 7 * DAY


def muted(ground: Ground) -> dict[str, str]:
    """Return what is to be said of numbers that fell silent for good while their account's others ring, by account."""
    several = [(account, n) for account, numbers in ground.numbers_of.items() if len(numbers) > 1 for n in numbers]
    known = ground.baseline.all("number", [n for _, n in several])
    said: dict[str, list[str]] = {}
    for (account, number), rhythm in zip(several, known, strict=True):
        ended = life(rhythm).ended
        if ended is not None and ended < ground.end:
            said.setdefault(account, []).append(f"no call to {number} since {dated(ended, ground.zone(account))}")
    return {account: f"{' and '.join(of)}: is it still in use?" for account, of in said.items()}


def outside(ground: Ground, candidate: Candidate) -> bool:
    """Say whether a candidate is a silence before an account began or long after it ended, or a rise just after it began.

    A number is one too where the account has several. A silence in which test calls failed lately is told all the same.
    """
    if candidate.account is None or candidate.screen not in {"silence", *SETTLING}:
        return False
    whole = life(ground.baseline.of("account", candidate.account))
    if candidate.screen != "silence":
        return whole.begun is not None and candidate.start < whole.begun + SETTLING[candidate.screen]
    number = candidate.data.get("number")
    lives = [whole, life(ground.baseline.of("number", str(number)))] if number else [whole]
    if any(one.begun is not None and candidate.end <= one.begun for one in lives):
        return True
    numbers = [str(number)] if number else ground.numbers_of.get(candidate.account, [])
    return any(one.ended is not None and candidate.start >= one.ended for one in lives) and not _failing(ground, numbers)


def _failing(ground: Ground, numbers: list[str]) -> bool:
    """Say whether a test call to one of the numbers failed in the last week of the window."""
    tests = ground.case.table("line_tests")
    late = (tests["tested_at"] >= ground.end - WEEK) & (tests["tested_at"] < ground.end) & (tests["result"] == "failed")
    return bool((late & tests["number"].isin(numbers)).fillna(value=False).any())
