"""The findings as CSV for a spreadsheet: UTF-8 with a mark that Excel knows it by, local times with their offset.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break for a formula; such a text
gets an apostrophe before it, which the spreadsheet hides and does not obey.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING

from calltrace.report.render._findings import COLUMNS, findings_of
from calltrace.report.values import zone_named
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from calltrace.report.audit import AuditReport
    from calltrace.report.report import Report

MARK = "\ufeff"

FORMULAS = ("=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")
"""What a formula, a macro or a command may begin with, in the letters of every locale (OWASP, CSV injection)."""

BETWEEN = "; "
"""Stands between several texts of one cell."""


def render(report: Report | AuditReport, **_options: object) -> str:
    """Return the findings as CSV, a line a finding (a cause, of an investigation); no option is used."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in findings_of(report):
        zone = zone_named(str(row["zone"]))
        lines.writerow([cell(value, zone) for value in row.values()])
    return MARK + out.getvalue()


def cell(value: object, zone: ZoneInfo) -> str:
    """Return a value as the text of one cell that no spreadsheet takes for a formula; '' for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, (int, float)):
        return repr(value)
    text = BETWEEN.join(map(str, value)) if isinstance(value, tuple) else str(value)
    return unformed(visible(text))


def unformed(shown: str) -> str:
    """Return a text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{shown}" if shown.lstrip(" '\"\u00a0").startswith(FORMULAS) else shown
