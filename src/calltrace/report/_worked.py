"""When what was down is last known to have worked, as the evidence has it: what a carrier and a client are told begins there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from calltrace.report.report import Answer, Report

WORKED = "worked_at"
"""The evidence's own name for it (:data:`calltrace.diagnosis.worked.WORKED`)."""

USUAL = "usual"
"""Of such evidence: the calls that usually come from then to the end of the silence."""

TESTS = ("number-tests-failed", "trunk-tests-failed")
"""Facets that know it from a test call; others know it from the switch's own counts."""

BESIDE = timedelta(hours=1)
"""How much before the time asked about checks look as well (:data:`calltrace.diagnosis.gaps.MARGIN`)."""


@dataclass(frozen=True)
class Worked:
    """When what was down still worked for the last time: by a test call that came through (``tested``), or the switch's counts.

    ``usual`` are the calls that usually come from then to the end of the silence, None where the evidence does not say.
    """

    at: datetime
    tested: bool
    usual: float | None = None


def worked_of(report: Report, zone: ZoneInfo) -> Worked | None:
    """Return when what was down is last known to have worked, where the trouble counts from there; None elsewhere."""
    for piece in report.evidence:
        at = _at(piece)
        if at is not None and at == report.window.start:
            usual = piece.data.get(USUAL)
            known = float(usual) if isinstance(usual, (int, float)) else None
            return Worked(at.astimezone(zone), tested=piece.facet in TESTS, usual=known)
    return None


def looked_from(report: Report) -> bool:
    """Say whether the trouble begins where the time looked at does: then nothing was seen to happen at that instant."""
    return report.window.start in {report.asked.start, report.asked.start - BESIDE}


def _at(piece: Answer) -> datetime | None:
    known = piece.data.get(WORKED) if piece.outcome == "found" else None
    moment = datetime.fromisoformat(known) if isinstance(known, str) else known
    return moment if isinstance(moment, datetime) and moment.tzinfo else None
