"""An investigation's report with the account's past in it, as the ledger remembers it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from calltrace.desk.ledger.history import due, history, recurrence, repeated_causes
from calltrace.report import privacy
from calltrace.report.audit import AuditReport, Remembered
from calltrace.report.report import Earlier

if TYPE_CHECKING:
    from datetime import datetime

    from calltrace.desk.ledger.ledger import Ledger
    from calltrace.report.audit import Trouble
    from calltrace.report.report import Report


def remember(report: Report, ledger: Ledger, *, case: int | None = None) -> Report:
    """Return the report with the account's earlier cases, and what to ask where this trouble has come before.

    Parameters
    ----------
    report : Report
        Of an investigation.
    ledger : Ledger
        Where to look.
    case : int, optional
        The case this report belongs to: it is no history of its own.

    Returns
    -------
    Report
        The first of its ``next_steps`` is then "Third forwarding trouble since March: …"; ``history`` lists the
        cases. Unchanged where the ledger has none.
    """
    past = tuple(p for p in history(ledger, report.account.account, report.account.name) if p.case != case)
    if not past:
        return report
    again = recurrence(past, report.verdict.cause, report.window.start, report.window.end, report.zone)
    earlier = tuple(
        Earlier(p.reference, p.opened, p.complaint, p.cause, p.party, p.start, p.end, p.status, p.outcome)
        for p in past
    )
    found = replace(
        report,
        history=earlier,
        next_steps=((f"{again.sentence}.",) if again else ()) + report.next_steps,
    )
    return privacy.shield(found)


A = TypeVar("A", bound=AuditReport)

REPEATED_WITHIN = timedelta(days=90)
"""How far back an audit looks for causes that several cases have found."""


def remember_audit(report: A, ledger: Ledger, *, now: datetime, within: timedelta = timedelta(hours=24)) -> A:
    """Return an audit's or a morning's report with what the ledger has to say.

    Parameters
    ----------
    report : AuditReport
        Each finding of an account that had this trouble before then begins its ``next_steps`` with that.
    ledger : Ledger
    now : datetime
        tz-aware; what is overdue is overdue by then.
    within : timedelta
        How far ahead what comes due is told.

    Returns
    -------
    AuditReport
        ``ledger`` has what is due, and the causes several cases have found in the last :data:`REPEATED_WITHIN`.
    """
    told = Remembered(now, due(ledger, now, within=within), repeated_causes(ledger, now - REPEATED_WITHIN))
    findings = tuple(_again(t, ledger) for t in report.findings)
    return replace(report, findings=findings, ledger=privacy.shield(told))


def _again(trouble: Trouble, ledger: Ledger) -> Trouble:
    if trouble.account is None:
        return trouble
    past = history(ledger, trouble.account, trouble.name)
    again = recurrence(past, trouble.cause, trouble.window.start, trouble.window.end, trouble.zone)
    return replace(trouble, next_steps=(f"{again.sentence}.", *trouble.next_steps)) if again else trouble
