"""What an audit makes of when an account was a client (:mod:`calltrace.diagnosis.lives`): what is outside that, and its row.

Before an account's first call its silence is no trouble, nor can its calls rise far above a normal it never had. That an
account just went silent nobody can tell from its leaving, so a silence is told for a week from when chance is ruled out;
after that the account's row says since when there was no call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.lives import WEEK, life
from calltrace.diagnosis.words import dated

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.ground import Candidate, Ground

SETTLING = {"surge": WEEK, "bill": pd.Timedelta(days=28)}
"""Screens of rises, and how long after its first call an account has no usual that a rise could be held against."""


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
