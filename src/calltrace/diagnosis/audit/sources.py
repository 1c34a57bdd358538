"""One switch's records of several: where they stop while the others go on, its accounts are not silent, they are unseen.

Where a switch's log stops, or has a hole, :mod:`calltrace.diagnosis.switches` tells; a hole that may be an outage of the
trunk group is left to the screen of outages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pandas as pd

from calltrace.diagnosis import switches
from calltrace.diagnosis.audit.findings import Finding, Standing, Status
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.lives import outside
from calltrace.diagnosis.bounds import unread
from calltrace.diagnosis.switches import Stopped

DEAD = "source-dead"
"""The cause of the finding that says so."""

HOLE = "source-hole"
"""The cause of the finding that its records have a hole."""

WITHIN = 0.5
"""Part of the calls missing in a silence that would have come within a feed's hole, from which it is the hole's."""


def stopped(ground: Ground) -> tuple[Stopped, ...]:
    """Return the feeds that stopped before the ground's end, or up to four weeks before its start, by their last call.

    Among them are those that have a hole within the ground, once for each.
    Empty where all calls come from one file, and where the records do not say from which.
    """
    return switches.stopped(ground.case, ground.start, ground.end)


def dark(ground: Ground, candidate: Candidate, found: Sequence[Candidate] = ()) -> bool:
    """Say whether a candidate is a silence, or an outage, of accounts nobody could see then, or that were no clients.

    Nobody is seen in a time whose calls are most likely in a file that was not read. ``found`` are the candidates of screens
    that were run before.
    """
    if outside(ground, candidate, found):
        return True
    if candidate.screen not in {"silence", "outage"}:
        return False
    if unread.hold(ground.case, candidate.start, candidate.end):
        return True
    whom = {candidate.account} if candidate.account else {h.account for h in candidate.hits} or set(candidate.asked)
    return any(
        _unseen_in(ground, candidate, one) and (candidate.account in one.accounts or len(whom & one.accounts) > len(whom) / 2)
        for one in stopped(ground)
    )


def _unseen_in(ground: Ground, candidate: Candidate, one: Stopped) -> bool:
    """Say whether a silence is one of the time in which nothing of a feed was seen.

    A client that forwards by day only is silent for the night after as well: what counts are the calls to be expected.
    """
    if one.until is None:
        return candidate.end > one.since
    start, end = max(candidate.start, one.since), min(candidate.end, one.until)
    if start >= end:
        return False
    whose = [candidate.account] if candidate.account else sorted(one.accounts)
    within, in_all = (
        float(ground.baseline.expected_of("account", whose, *span).sum())
        for span in ((start, end), (candidate.start, candidate.end)))
    return within >= WITHIN * in_all


def unseen(
    standings: Sequence[Standing], feed: Sequence[Finding], start: pd.Timestamp, end: pd.Timestamp
) -> tuple[Standing, ...]:
    """Return the standings with the accounts of feeds that stopped in the first half of [start, end), or before, as unjudged."""
    why = {
        account: one.title
        for one in feed
        if one.cause in {DEAD, HOLE} and one.end - max(one.start, start) > (end - start) / 2
        for account in cast("list[str]", one.data["accounts"])
    }
    return tuple(
        replace(s, status=Status.UNJUDGED, why=why[s.account])
        if s.account in why and s.status in {Status.CLEAR, Status.UNJUDGED, Status.ABSENT} else s
        for s in standings
    )  # fmt: skip
