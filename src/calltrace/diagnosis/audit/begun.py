"""From when a finding counts: what was down was not yet when it is known to have worked still.

A screen has a silence from its last call on, and the investigation knows of the test calls that came through after it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis import worked
from calltrace.diagnosis.audit.ground import WHOLE, whole
from calltrace.diagnosis.audit.screens import outage
from calltrace.diagnosis.audit.severity import severity
from calltrace.diagnosis.weigh import strongest

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.diagnosis.audit.ground import Ground
    from calltrace.normal.baseline import Kind


def after_it_worked(ground: Ground, one: Finding) -> Finding:
    """Return a finding with its window, its lost calls and who was hit counted from when it is last known to have worked.

    As it is where nothing shows that, or the investigation says otherwise.
    """
    if one.diagnosis is None or one.cause not in worked.SHOWN_BY or one.lost <= 0:
        return one
    start, end = one.counted
    at = worked.last(one.cause, strongest(one.diagnosis.evidence), start, end)
    if at is None or at >= one.end:
        return one
    shown = max(one.start, at), one.end
    lost, hits = one.lost * _left(ground, one, at), one.also_affected
    if one.account is None and hits:
        hits = outage.hit(ground, [h.account for h in hits], at, end)
        lost = sum((h.expected or 0.0) - (h.observed or 0.0) for h in hits)
    data = {k: v for k, v in one.data.items() if k != WHOLE} | whole((at, end), shown)
    return replace(
        one, start=shown[0], lost=lost, also_affected=hits, data=data,
        severity=severity(ground.profile, one.account, one.cause, lost, one.harmed))


def _left(ground: Ground, one: Finding, at: pd.Timestamp) -> float:
    """Return the part of the calls to be expected of a silence that come after ``at``."""
    number = str(one.data.get("number", ""))
    of: tuple[Kind, str] = ("number", number) if number else ("account", one.account or "")
    rhythm = ground.baseline.of(*of)
    start, end = one.counted
    return min(1.0, rhythm.expected(at, end) / max(rhythm.expected(start, end), 1e-9))
