"""What an incident already told explains: the symptoms it has at the accounts it hit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.audit.ground import CAPPED
from calltrace.diagnosis.audit.joining import EVERYBODY, MADE, STANDING

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.diagnosis.audit.ground import Candidate

MOST_WITHIN, PART_WITHIN = 0.7, 0.4
"""Part of a candidate's time that must lie within an incident's for it to be its symptom, and of a crowd's, which is taken to
begin before the calls do that make it one."""

LOST = frozenset({"ring", "hold", "abandonment", "busy", "announcement", "nuisance", "losses"})
"""Screens that see the accounts' own calls of a time in which everybody's were lost as they came in."""


def explained(candidate: Candidate, findings: Sequence[Finding]) -> bool:
    """Say whether an incident already told explains the candidate: most of it lies within, and it was hit.

    One agent's calls that end at once explain nobody's wait and no crowd.
    """
    if candidate.screen in {"dispatch", "bill", "outage"}:
        return False
    length = candidate.end - candidate.start
    for one in findings:
        if one.account is not None or one.check in {"dispatch", "bill"} or one.cause in STANDING or CAPPED in one.data:
            continue  # lines that are full at peaks, all the year or for days, silence nobody, and keep nobody waiting
        shared = min(candidate.end, one.end) - max(candidate.start, one.start)
        if one.cause == "agent-ends-calls":
            continue
        if _called_again(candidate, one, shared / length):
            return True
        if one.check == EVERYBODY:
            if candidate.screen in LOST and shared >= MOST_WITHIN * length and _is_of(candidate, one):
                return True
            continue
        if candidate.account is None and one.cause in candidate.causes and shared > pd.Timedelta(0):
            continue  # the same trouble seen another way: merged, not silenced
        if candidate.screen == "silence" and one.check not in {"outage", "trunks"}:
            continue  # who waits has come through: no crowd and no slow agent keeps an account's calls away
        if shared < MOST_WITHIN * length:
            continue
        if candidate.account is None or candidate.account in {h.account for h in one.also_affected}:
            return candidate.screen in {"silence", "ring", "hold", "abandonment"}
    return False


def _is_of(candidate: Candidate, one: Finding) -> bool:
    """Say whether a candidate is of those whose calls were lost: an account's own, or of all of a platform or trunk group."""
    if candidate.account is None:
        return one.trunk_group in {None, candidate.trunk_group}
    return candidate.account in {h.account for h in one.also_affected}


def _called_again(candidate: Candidate, one: Finding, share: float) -> bool:
    """Say whether a crowd, or callers who called again and again, are those whose calls were cut short, or all lost.

    ``share`` of the candidate's time lies within the incident's.
    """
    cut = sum(h.observed or 0.0 for h in one.also_affected if candidate.account in {None, h.account})
    if (one.cause != "one-way-audio" and one.check != EVERYBODY) or not cut:
        return False
    if candidate.screen == "nuisance":
        return share >= MOST_WITHIN
    return candidate.screen == "surge" and share >= PART_WITHIN and cut >= MADE * candidate.harmed
