"""The report for programs: one JSON document of the schema ``calltrace.report/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.report.values import json_text

if TYPE_CHECKING:
    from calltrace.report.audit import AuditReport
    from calltrace.report.report import Report


def render(report: Report | AuditReport, **_options: object) -> str:
    """Return the report as one JSON document; NaN and the infinities can't occur (``to_dict`` gives null)."""
    return json_text(report.to_dict())
