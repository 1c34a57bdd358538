"""The time above a finding is the time its sentence names.

A screen finds a candidate in its own steps, and the investigation of it looks closer: where the sentence tells how long the
trouble lasted, that is the finding's time as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis import causes
from calltrace.diagnosis.audit.joining import WINDOWS
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.weigh import strongest

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.diagnosis.evidence import Evidence

ALIKE = 0.5
"""Part of either that the two times have in common, or else the sentence tells of one part of a trouble that came and went."""


def headed(one: Finding) -> Finding:
    """Return a finding with the time its own sentence names, where the two are of one trouble that is over."""
    told = _told_by(one)
    if told is None or told.start is None or told.end is None or one.ongoing or WINDOWS in one.data:
        return one
    times = (one.start, one.end), (told.start, told.end)
    return replace(one, start=told.start, end=told.end) if _alike(*times) else one


def _told_by(one: Finding) -> Evidence | None:
    """Return what a finding's sentence says how long its cause lasted by; None where it does not."""
    if one.diagnosis is None or one.cause not in {r.cause for r in one.diagnosis.ranked}:
        return None
    piece = strongest(one.diagnosis.evidence).get(causes.get(one.cause).lasted)
    if piece is None or piece.outcome is not Outcome.FOUND:
        return None
    said = str(piece.data.get("of_all", piece.says))[1:].rstrip(".")  # it begins with a capital there
    return piece if said and said in one.summary else None


def _alike(a: tuple[pd.Timestamp, pd.Timestamp], b: tuple[pd.Timestamp, pd.Timestamp]) -> bool:
    """Say whether two times are nearly one."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return bool(shared >= ALIKE * max(a[1] - a[0], b[1] - b[0]))
