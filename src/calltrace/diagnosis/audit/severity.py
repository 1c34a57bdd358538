"""How bad a finding is: by the calls lost or harmed, against limits the profile may set otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis.audit.findings import Severity

if TYPE_CHECKING:
    from calltrace.diagnosis.profile import Profile

DISPATCH = frozenset({
    "not-dispatched", "dispatched-late", "dispatched-to-wrong-person", "on-call-not-updated", "delivery-failed"})
"""Causes whose harm is counted in urgent messages, each of which weighs as several calls."""

COSTS = frozenset({"more-calls", "longer-calls", "more-delivery-attempts", "forwarding-left-on"})
"""Causes that cost money and lose no call: never worse than medium."""


def severity(profile: Profile, account: str | None, cause: str, lost: float, harmed: float) -> Severity:
    """Return how bad it is, by calls lost and harmed (``severity_*_calls`` of the profile)."""
    own = account or ""
    weight = profile.value("urgent_message_calls", own) if cause in DISPATCH else 1.0
    calls = lost + weight * harmed
    worst = Severity.LOW
    for level in (Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL):
        if calls >= profile.value(f"severity_{level}_calls", own):
            worst = level
    if cause in COSTS and worst is not Severity.LOW:
        return Severity.MEDIUM
    return worst
