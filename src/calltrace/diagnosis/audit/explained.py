"""What an incident already told explains: the symptoms it has at the accounts it hit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.audit.joining import MADE, STANDING

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.diagnosis.audit.ground import Candidate

MOST_WITHIN, PART_WITHIN = 0.7, 0.4
"""Part of a candidate's time that must lie within an incident's for it to be its symptom, and of a crowd's, which is taken to
begin before the calls do that make it one."""


def explained(candidate: Candidate, findings: Sequence[Finding]) -> bool:
    """Say whether an incident already told explains the candidate: most of it lies within, and it was hit.

    One agent's calls that end at once explain nobody's wait and no crowd.
    """
    if candidate.screen in {"dispatch", "bill", "outage"}:
        return False
    length = candidate.end - candidate.start
    for one in findings:
        if one.account is not None or one.check in {"dispatch", "bill"} or one.cause in STANDING:
            continue  # lines that are full at peaks all the year silence nobody, and keep nobody waiting
        shared = min(candidate.end, one.end) - max(candidate.start, one.start)
        if one.cause == "agent-ends-calls":
            continue
        if _called_again(candidate, one, shared / length):
            return True
        if candidate.account is None and one.cause in candidate.causes and shared > pd.Timedelta(0):
            continue  # the same trouble seen another way: merged, not silenced
        if candidate.screen == "silence" and one.check not in {"outage", "trunks"}:
            continue  # who waits has come through: no crowd and no slow agent keeps an account's calls away
        if shared < MOST_WITHIN * length:
            continue
        if candidate.account is None or candidate.account in {h.account for h in one.also_affected}:
            return candidate.screen in {"silence", "ring", "hold", "abandonment"}
    return False


def _called_again(candidate: Candidate, one: Finding, share: float) -> bool:
    """Say whether a crowd, or callers who called again and again, are those whose calls a trunk group cut short.

    ``share`` of the candidate's time lies within the incident's.
    """
    cut = sum(h.observed or 0.0 for h in one.also_affected if candidate.account in {None, h.account})
    if one.cause != "one-way-audio" or not cut:
        return False
    if candidate.screen == "nuisance":
        return share >= MOST_WITHIN
    return candidate.screen == "surge" and share >= PART_WITHIN and cut >= MADE * candidate.harmed
