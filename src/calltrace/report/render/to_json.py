"""The report for programs: one JSON document of the schema ``calltrace.report/1``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calltrace.report.audit import AuditReport
    from calltrace.report.report import Report


def render(report: Report | AuditReport, **_options: object) -> str:
    """Return the report as one JSON document.

    Keys keep their order, numbers their digits; NaN and the infinities can't occur (``to_dict`` gives null).
    ASCII only, so no reader's encoding and no terminal is ever at risk.
    """
    return json.dumps(report.to_dict(), indent=1, ensure_ascii=True, allow_nan=False) + "\n"
