"""An investigation's report with the account's past in it, as the ledger remembers it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.desk.ledger.history import history, recurrence
from calltrace.report import privacy
from calltrace.report.report import Earlier

if TYPE_CHECKING:
    from calltrace.desk.ledger.ledger import Ledger
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
    past = tuple(p for p in history(ledger, report.account.account) if p.case != case)
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

