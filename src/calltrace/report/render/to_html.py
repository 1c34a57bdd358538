"""The report as one web page: nothing to load, nothing sent, light and dark, for a screen, a phone and paper.

The answer comes first, then what to do, then pictures with the same in words, then every figure with the calls
behind it. Without the extra ``html`` the page has its figures as tables instead of pictures, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calltrace.report.audit import AuditReport, at_least
from calltrace.report.render import _charts, _drawing, _heatmap
from calltrace.report.render._said import (
    STANDS,
    basis_said,
    headline,
    most_telling,
    quality_said,
    sentence,
    standing,
    told,
    zone_said,
)
from calltrace.report.render._web import drawn, page
from calltrace.report.render.to_terminal import CHARTLESS
from calltrace.report.values import zone_named

if TYPE_CHECKING:
    from calltrace.report.report import Report

MOST_CALLS = 500
"""Calls of the window the page lists; a page is to be read, the document for programs has them all."""

NO_CHARTS = (
    'There are no charts here, for what draws them is not installed: pip install "calltrace-cli[html]". Their figures'
    " stand below."
)

LEAST_OTHER = 0.005
"""Probability from which another cause is named beside the verdict."""


MOST_FINDINGS, MOST_DETAILS, MOST_REASONS, MOST_ROWS, MOST_HITS = 60, 25, 6, 10, 100
"""Findings of an audit the page tells one by one, those with their evidence, and how much of it: a thousand accounts
are to be read, and mailed."""

MOST_STACKED = 120
"""Accounts up to which each one's figures are named beside them on a phone: names in every cell make a page long."""

MOST_BYTES = 500_000
"""Bytes of an audit's page; of days so bad that it would be longer, fewer findings have their evidence or are listed."""

SHORTER = (
    *((MOST_FINDINGS, most, 5000) for most in (MOST_DETAILS, MOST_DETAILS // 2, MOST_DETAILS // 4, 0)),
    (MOST_FINDINGS // 2, 0, 300),
    (MOST_FINDINGS // 4, 0, 100),
)
"""Findings told, those of them with evidence, and those listed, until the page is short enough."""


def render(report: Report | AuditReport, **_options: object) -> str:
    """Return the report as one HTML document.

    Parameters
    ----------
    report : Report or AuditReport
        What to lay out.
    **_options
        Options of other renderers; none is used.
    """
    if isinstance(report, AuditReport):
        return _audit(report)
    values = values_of(report)
    return page(
        "report.html",
        **{**values, "charts": drawn(values["charts"])},
        drawn=_drawing.available(),
        no_charts=NO_CHARTS,
        most_calls=MOST_CALLS,
    )


def values_of(report: Report) -> dict[str, Any]:
    """Return what templates of an investigation say, in any form."""
    zone = zone_named(report.zone)
    return {
        "report": report,
        "zone": zone,
        "sentence": sentence(report),
        "told": told(report),
        "charts": () if report.complaint in CHARTLESS else _charts.charts_of(report),
        "top": report.causes[0] if report.causes and report.verdict.cause else None,
        "others": [c for c in report.causes[1:] if c.probability >= LEAST_OTHER][:3],
        "ruled": most_telling(report),
        "quality": quality_said(report),
        "zone_words": zone_said(report, zone),
    }


def _audit(report: AuditReport) -> str:
    values = values_of_audit(report)
    values = {**values, "charts": drawn(values["charts"])}
    text = ""
    for most_findings, most_details, most_listed in SHORTER:
        text = page(
            "audit.html",
            **values,
            bad=bool(at_least(report.findings, "high")),
            drawn=_drawing.available(),
            no_charts=NO_CHARTS,
            most_findings=most_findings,
            most_listed=most_listed,
            most_details=most_details,
            most_reasons=MOST_REASONS,
            most_rows=MOST_ROWS,
            most_hits=MOST_HITS,
            most_stacked=MOST_STACKED,
        )
        if len(text.encode()) < MOST_BYTES:
            break
    return text


def values_of_audit(report: AuditReport) -> dict[str, Any]:
    """Return what templates of an audit say, in any form; ``accounts`` with those that matter first."""
    ranks = {name: rank for rank, (name, _) in enumerate(STANDS)}
    return {
        "report": report,
        "zone": zone_named(report.zone),
        "what": "Audit" if report.command != "check" else "Check " + ", ".join(report.checks),
        "headline": headline(report),
        "standing": standing(report),
        "basis": basis_said(report),
        "offered": report.offered,
        "accounts": sorted(report.accounts, key=lambda a: (ranks.get(a.status, len(ranks)), a.account)),
        "charts": _heatmap.charts_of_audit(report),
    }
