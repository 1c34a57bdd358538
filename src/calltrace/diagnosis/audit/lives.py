"""What an audit makes of when an account was a client (:mod:`calltrace.diagnosis.lives`): what is outside that, and its row.

Before an account's first call its silence is no trouble, nor can its calls rise far above a normal it never had. That an
account just went silent nobody can tell from its leaving, so a silence is told for a week from when chance is ruled out;
after that the account's row says since when there was no call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.audit.screens._together import TOGETHER
from calltrace.diagnosis.failing import failing
from calltrace.diagnosis.lives import WEEK, life
from calltrace.diagnosis.words import dated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.diagnosis.audit.ground import Candidate, Ground

SETTLING = {"surge": WEEK, "bill": pd.Timedelta(days=28)}
"""Screens of rises, and how long after its first call an account has no usual that a rise could be held against."""

OUTAGE = "outage"
"""The screen of silences of everybody."""


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


def outside(ground: Ground, candidate: Candidate, found: Sequence[Candidate] = ()) -> bool:
    """Say whether a candidate is a silence before an account began or long after it ended, or a rise just after it began.

    A number is one too where the account has several. A silence in which test calls show the line to be down of late is told
    all the same; those that failed in an outage ``found`` of everybody, or of a trunk group, do not.
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
    ended = [one.ended for one in lives if one.ended is not None and candidate.start >= one.ended]
    return bool(ended) and not _down(ground, numbers, max(ended), found)


def _down(ground: Ground, numbers: list[str], since: pd.Timestamp, found: Sequence[Candidate]) -> bool:
    """Say whether test calls show one of the numbers, without a call ``since`` then, to be down in the window's last week."""
    shared = [(c.start, c.end, c.trunk_group) for c in found if c.screen == OUTAGE and TOGETHER not in c.data]
    return failing(ground.case.table("line_tests"), numbers, since=since, start=ground.end - WEEK, end=ground.end, shared=shared)
