"""The saved answers, one a cause, and the pages written from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from calltrace.report.letter import Sender
from calltrace.report.report import Report
from calltrace.report.saved import read_report

ANSWERS = Path(__file__).parent / "answers"
WRITTEN = Path(__file__).parent / "written"

WORDINGS = ("confirmed", "likely", "inconclusive")

NOW = datetime(2026, 9, 1, 14, 30, tzinfo=UTC)
SENDER = Sender(service="Harbor Answering", name="Dana Ruiz", phone="(717) 555-0100")


@cache
def answer(cause: str, wording: str = "") -> Report:
    """The saved answer of a cause, as sure as told."""
    report = read_report(ANSWERS / f"{cause}.json")
    verdict = replace(report.verdict, wording=wording or report.verdict.wording)
    return replace(report, verdict=verdict)
