"""Findings as rows, for a spreadsheet or a data frame: the same columns for an investigation and for an audit.

An audit has a row a finding. An investigation has a row a cause it weighed, the likeliest first (``rank`` 1 is the
verdict, as it is of every finding of an audit), so that files of both can be put one below the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.report.audit import AuditReport
from calltrace.report.values import finite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.diagnosis.diagnosis import Hit
    from calltrace.report.audit import Trouble
    from calltrace.report.report import Report

COLUMNS = {
    "command": "text",
    "rank": "count",
    "key": "text",
    "severity": "text",
    "account": "text",
    "name": "text",
    "trunk_group": "text",
    "complaint": "text",
    "cause": "text",
    "title": "text",
    "party": "text",
    "probability": "number",
    "wording": "text",
    "start": "instant",
    "end": "instant",
    "zone": "text",
    "ongoing": "flag",
    "lost": "number",
    "harmed": "number",
    "check": "text",
    "summary": "text",
    "supports": "texts",
    "refutes": "texts",
    "missing": "texts",
    "also_affected": "texts",
    "next_steps": "texts",
    "seen_at": "text",
}
"""The columns and what they hold: text, number (calls; ``probability`` 0 to 1), count, flag, instant (UTC), texts."""


def findings_of(report: Report | AuditReport) -> list[dict[str, object]]:
    """Return the rows, each with every column; None where there is nothing to say."""
    found = _of_audit(report) if isinstance(report, AuditReport) else _of_report(report)
    return [{name: row.get(name) for name in COLUMNS} for row in found]


def _of_report(report: Report) -> Iterator[dict[str, object]]:
    for rank, cause in enumerate(report.causes, 1):
        verdict = rank == 1
        yield {
            "command": report.command,
            "rank": rank,
            "account": report.account.account,
            "name": report.account.name,
            "complaint": report.complaint or None,
            "cause": cause.cause,
            "title": cause.title,
            "party": cause.party,
            "probability": finite(cause.probability),
            "wording": report.verdict.wording if verdict else None,
            "start": report.window.start if verdict else report.asked.start,
            "end": report.window.end if verdict else report.asked.end,
            "zone": report.zone,
            "summary": report.verdict.summary if verdict else None,
            "supports": tuple(b.says for b in cause.supports),
            "refutes": tuple(b.says for b in cause.refutes),
            "missing": cause.missing,
            "also_affected": _accounts(report.also_affected) if verdict else (),
            "next_steps": report.next_steps if verdict else (),
        }


def _of_audit(report: AuditReport) -> Iterator[dict[str, object]]:
    for trouble in (*report.feed, *report.findings):
        yield _of_trouble(report.command, trouble)


def _of_trouble(command: str, trouble: Trouble) -> dict[str, object]:
    top = trouble.detail.causes[0] if trouble.detail and trouble.detail.causes else None
    return {
        "command": command,
        "rank": 1,
        "key": trouble.key,
        "severity": trouble.severity,
        "account": trouble.account,
        "name": trouble.name or None,
        "trunk_group": trouble.trunk_group,
        "complaint": trouble.detail.complaint or None if trouble.detail else None,
        "cause": trouble.cause,
        "title": trouble.title,
        "party": trouble.party,
        "probability": finite(trouble.confidence),
        "wording": trouble.wording,
        "start": trouble.window.start,
        "end": trouble.window.end,
        "zone": trouble.zone,
        "ongoing": trouble.ongoing,
        "lost": finite(trouble.lost),
        "harmed": finite(trouble.harmed),
        "check": trouble.check,
        "summary": trouble.summary,
        "supports": tuple(b.says for b in top.supports) if top else (),
        "refutes": tuple(b.says for b in top.refutes) if top else (),
        "missing": top.missing if top else (),
        "also_affected": _accounts(trouble.also_affected),
        "next_steps": trouble.next_steps,
        "seen_at": trouble.seen_at,
    }


def _accounts(hits: tuple[Hit, ...]) -> tuple[str, ...]:
    return tuple(h.account for h in hits)
