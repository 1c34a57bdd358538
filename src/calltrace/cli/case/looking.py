"""``calltrace case show``, ``list``, ``due``, ``causes`` and ``export``: what stands in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calltrace.cli import complete, ledgers, options, results
from calltrace.cli.exits import Exit

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from calltrace.desk.ledger.history import Due

ACCOUNT = click.option(
    "--account",
    metavar="ACCOUNT",
    default="",
    shell_complete=complete.accounts,
    help="Of this account: its id, or a part of its name.",
)
SINCE = click.option("--since", metavar="T", help='Only since then: a date, or words ("last month").')


@click.command("show", short_help="Show a case with everything written in it.")
@ledgers.case_argument
@click.option("--report", "report_wanted", is_flag=True, help="Write the report kept with it, as JSON.")
@click.option("--entry", type=click.IntRange(1), metavar="ENTRY", help="With --report: which one; else the last.")
@options.output
@ledgers.reads
def show(
    case: int, *, report_wanted: bool, entry: int | None, output: str | None, ledger: str | None, as_json: bool
) -> None:
    """Show a case with everything written in it, or the report that was kept with it."""
    if entry and not report_wanted:
        raise click.UsageError("--entry names a report: it goes with --report.")
    if output and not report_wanted:
        raise click.UsageError("--output takes the report: it goes with --report. (case export writes whole cases.)")
    with ledgers.opened(ledger) as book:
        if report_wanted:
            from calltrace.report import privacy
            from calltrace.report.values import json_text

            results.emit(json_text(privacy.shield(book.report(case, entry))), output, mode=0o600)
        else:
            ledgers.show(book.case(case), as_json)


@click.command("list", short_help="List cases.")
@ACCOUNT
@click.option("--open", "status", flag_value="open", help="Only open ones.")
@click.option("--closed", "status", flag_value="closed", help="Only closed ones.")
@click.option("--cause", default="", metavar="CAUSE", help="That found this cause, or this family of causes (forwarding).")
@SINCE
@options.tz
@ledgers.reads
def list_(
    *, account: str, status: str | None, cause: str, since: str | None, tz: str | None, ledger: str | None, as_json: bool
) -> None:
    """List cases in the order they were opened."""
    from calltrace.report import privacy

    now = ledgers.now()
    begin = ledgers.past(since, ledgers.zone(tz), now)
    with ledgers.opened(ledger) as book:
        found = privacy.shield(book.cases(account=account, status=status or "", cause=cause, since=begin))
    if as_json:
        from calltrace.desk.ledger.documents import case_document

        ledgers.emit_json({"command": "case list", "cases": [case_document(c) for c in found]})
        return
    from calltrace.report.render import _cases

    results.emit(_cases.listing(found, now, **results.layout("auto", None)), None)


@click.command("due", short_help="Show what is due and overdue.")
@click.option("--within", default="24 h", show_default=True, metavar="TIME", help='How far to look ahead: "3 days".')
@click.option("--exit-zero", is_flag=True, help="Exit with 0 also where something is overdue.")
@ledgers.reads
def due(*, within: str, exit_zero: bool, ledger: str | None, as_json: bool) -> None:
    """Show promises, follow-up calls and unsigned changes that are overdue or come due.

    Exits with 1 where something is overdue, so that a script notices.
    """
    from calltrace.desk.ledger.history import due as due_in
    from calltrace.report import privacy

    now = ledgers.now()
    ahead = _ahead(within, now)
    book = ledgers.existing(ledger)
    found: tuple[Due, ...] = ()
    if book is not None:
        with book:
            found = due_in(book, now, within=ahead, undated=True)
    shown = privacy.shield(found)
    if as_json:
        from calltrace.desk.ledger.documents import due_document

        ledgers.emit_json({"command": "case due", "due": [due_document(d) for d in shown]})
    else:
        from calltrace.report.render import _cases

        results.emit(_cases.dues(shown, now, ahead, **results.layout("auto", None)), None)
    if any(d.overdue for d in found) and not exit_zero:
        raise click.exceptions.Exit(Exit.FINDINGS)


@click.command("causes", short_help="Show causes that come again, across accounts.")
@click.option("--since", default="90 days ago", show_default=True, metavar="T", help="Troubles that began since then.")
@options.tz
@ledgers.reads
def causes(*, since: str, tz: str | None, ledger: str | None, as_json: bool) -> None:
    """Show which causes several cases have found, of one account or many, and what to do about each."""
    from calltrace.desk.ledger.history import repeated_causes

    now, zone = ledgers.now(), ledgers.zone(tz)
    begin = ledgers.past(since, zone, now)
    if begin is None:
        raise click.UsageError("Since when? Give --since T.")
    with ledgers.opened(ledger) as book:
        found = repeated_causes(book, begin)
    if as_json:
        from calltrace.desk.ledger.documents import repeated_document

        ledgers.emit_json({"command": "case causes", "repeated": [repeated_document(r, zone) for r in found]})
        return
    from calltrace.report.render import _cases

    results.emit(_cases.repeated(found, begin, zone, **results.layout("auto", None)), None)


@click.command("export", short_help="Write cases as JSON or CSV.")
@ACCOUNT
@SINCE
@options.format_option(("json", "csv"), "json")
@options.output
@options.tz
@ledgers.ledger_option
@options.config
def export(
    *, account: str, since: str | None, format_name: str, output: str | None, tz: str | None, ledger: str | None
) -> None:
    """Write cases with all their entries: JSON with the reports kept with them, or CSV with a row an entry.

    Callers are in them: a new FILE is readable by its owner alone.
    """
    from calltrace.desk.ledger import documents
    from calltrace.report import privacy

    begin = ledgers.past(since, ledgers.zone(tz), ledgers.now())
    with ledgers.opened(ledger) as book:
        found = privacy.shield(book.cases(account=account, since=begin))
        if format_name == "csv":
            results.emit(documents.table(found), output, mode=0o600)
            return
        whole = [
            documents.case_document(c, {r.number: privacy.shield(book.report(c.id, r.number)) for r in c.reports})
            for c in found
        ]
    ledgers.emit_json({"command": "case export", "cases": whole}, output, mode=0o600)


def _ahead(text: str, now: datetime) -> timedelta:
    from calltrace.errors import UsageError
    from calltrace.tables.due import parse_due

    try:
        return parse_due(f"in {text.removeprefix('in ')}", "UTC", now) - now
    except UsageError:
        raise click.BadParameter(f"{text!r} is no length of time: 24 h, 3 days, 1 week.", param_hint="--within") from None
