"""What the commands of the ledger share: which ledger, who writes, what time it is, which zone."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from calltrace.classes import dataclass
from calltrace.cli import options, results
from calltrace.cli.exits import UsageFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from click.shell_completion import CompletionItem

    from calltrace.desk.ledger.ledger import Ledger
    from calltrace.desk.ledger.records import CaseFile, Entry
    from calltrace.report.audit import AuditReport
    from calltrace.report.report import Report

    A = TypeVar("A", bound=AuditReport)

now = options.present

ledger_option = click.option(
    "--ledger",
    metavar="PLACE",
    help="The ledger: a file or a postgresql:// address; else $CALLTRACE_LEDGER, the configuration's, the usual one.",
)
writer = click.option(
    "--as",
    "by",
    metavar="NAME",
    envvar="CALLTRACE_USER",
    help="Who writes; else $CALLTRACE_USER, else the user who is logged in.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Write one JSON document and nothing else.")


class CaseNumber(click.ParamType[int]):
    """A case's number as people write it: 42, C-42, C-0042."""

    name = "case"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        from calltrace.desk.ledger.records import case_number
        from calltrace.errors import UsageError

        if isinstance(value, int):
            return value
        try:
            return case_number(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 -- click's
        """Offer the open cases, the latest first, each with whose it is; what goes wrong offers nothing."""
        from click.shell_completion import CompletionItem as Item

        from calltrace.errors import CalltraceError

        try:
            book = existing()
            if book is None:
                return []
            with book:
                found = [c for c in reversed(book.cases(brief=True)) if c.status == "open"]
        except (CalltraceError, click.ClickException):
            return []
        wanted = incomplete.casefold()
        return [
            Item(c.reference, help=f"{c.name or c.account} {c.complaint}".strip())
            for c in found
            if c.reference.casefold().startswith(wanted) or str(c.id).startswith(wanted)
        ]


case_argument = click.argument("case", metavar="CASE", type=CaseNumber())
entry_argument = click.argument("number", metavar="ENTRY", type=click.IntRange(1))


def place(named: str | None) -> str:
    """Return where the ledger is: as named, by the environment, as configured, else the usual place."""
    from calltrace.desk.ledger.place import usual_place, with_password

    if named or os.environ.get("CALLTRACE_LEDGER", "").strip():
        return named or os.environ["CALLTRACE_LEDGER"].strip()
    configured = options.settings().ledger
    if not configured.url:
        return usual_place()
    return with_password(configured.url, configured.secret.read())


@contextmanager
def opened(named: str | None, *, create: bool = False) -> Iterator[Ledger]:
    """Open the ledger for a command."""
    from calltrace.desk.ledger.ledger import Ledger
    from calltrace.errors import CalltraceError
    from calltrace.report import privacy

    try:
        with Ledger(place(named), create=create) as ledger:
            yield ledger
    except CalltraceError as error:
        masker = privacy.masker()
        if masker is None:
            raise
        # what is refused is named by what somebody wrote, and that may hold a number no log told of
        saw, fix = masker.text(error.saw, free=True), masker.text(error.fix, free=True)
        raise type(error)(saw, expected=error.expected, fix=fix, at=error.at) from error


def existing(named: str | None = None) -> Ledger | None:
    """Open the ledger for a command that only looks into it in passing; None where there is none."""
    from calltrace.desk.ledger.place import may_exist

    there = place(named)
    if not may_exist(there):
        return None
    from calltrace.desk.ledger.ledger import open_existing

    return open_existing(there)


@dataclass(frozen=True)
class Keeping:
    """What an investigation has to do with the ledger: its past, and where its report is kept."""

    case: int | None = None
    new: bool = False
    ledger: str | None = None
    by: str | None = None

    def remembered(self, report: Report) -> Report:
        """Return the report with what the ledger remembers of the account.

        A ledger nobody named that can't be read only says so: the answer does not wait for it.
        """
        from calltrace.errors import CalltraceError

        try:
            book = existing(self.ledger)
            if book is None:
                return report
            from calltrace.report.history import remember

            with book:
                return remember(report, book, case=self.case)
        except CalltraceError as error:
            if self.ledger or self.case:
                raise
            click.echo(f"The account's history is not in this report: {error}", err=True)
            return report

    def keep(self, report: Report) -> None:
        """Keep the report with its case, a new one where that was asked for, and say so on standard error."""
        from calltrace.desk.ledger.records import reference

        if self.case is None and not self.new:
            return
        document = report.to_dict()
        with opened(self.ledger, create=self.new) as book:
            if self.case is not None:
                entry = book.attach(self.case, document, by=who(self.by), now=now())
                click.echo(f"Kept with {reference(self.case)} as entry {entry.number}.", err=True)
                return
            case = book.open_case(
                report.account.account,
                by=who(self.by),
                now=now(),
                name=report.account.name,
                zone=report.zone,
                complaint=report.complaint,
                claim=report.claim,
                caller=report.caller,
                start=report.asked.start,
                end=report.asked.end,
                report=document,
            )
            click.echo(f"Opened {reference(case)}.", err=True)


def keeping_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--case``, ``--open-case``, ``--ledger`` and ``--as``; the command gets them as one ``keeping``."""

    @wraps(command)
    def run(*, case: int | None, open_case: bool, ledger: str | None, by: str | None, **given: Any) -> Any:
        if case and open_case:
            raise click.UsageError("--case keeps the report with a case there is, --open-case opens one: give one.")
        return command(keeping=Keeping(case, open_case, ledger, by), **given)

    made: Callable[..., Any] = run
    for option in (
        writer,
        ledger_option,
        click.option("--open-case", is_flag=True, help="Open a case of the ledger with this report."),
        click.option("--case", metavar="CASE", type=CaseNumber(), help="Keep the report with this case of the ledger."),
    ):
        made = option(made)
    return made


def remembered_audit(report: A, at: datetime | None = None) -> A:
    """Return an audit's report with what the ledger has to say ``at`` a time; one that can't be read only says so."""
    from calltrace.errors import CalltraceError

    try:
        book = existing()
        if book is None:
            return report
        from calltrace.report.history import remember_audit

        with book:
            return remember_audit(report, book, now=at or now())
    except CalltraceError as error:
        click.echo(f"What the ledger says is not in this report: {error}", err=True)
        return report


def who(named: str | None) -> str:
    """Return who writes: as named, else ``CALLTRACE_USER``, else the user who is logged in."""
    for said in (named or "", os.environ.get("CALLTRACE_USER", "")):
        if said.strip():
            return said.strip()
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise UsageFailure("Nobody is logged in: say who writes with --as NAME.") from None


def zone(tz: str | None = None) -> str:
    """Return the zone for times in words where no case has one: as said, the service's, else the machine's."""
    from calltrace.tables.clock import machine_zone, zone_named

    chosen = tz or options.settings().service.zone or machine_zone()
    zone_named(chosen)
    return chosen


def past(text: str | None, zone_name: str, at: datetime) -> datetime | None:
    """Read a time gone by, as a person says it; None for nothing said."""
    if text is None:
        return None
    import pandas as pd

    from calltrace.tables.when import parse_when

    return _plain(parse_when(text, zone_name, pd.Timestamp(at), end=False))


def end_of(text: str | None, zone_name: str, at: datetime) -> datetime | None:
    """Read the end of a window, as a person says it; None for nothing said."""
    if text is None:
        return None
    import pandas as pd

    from calltrace.tables.when import parse_when

    return _plain(parse_when(text, zone_name, pd.Timestamp(at), end=True))


def _plain(moment: Any) -> datetime:
    found: datetime = moment.to_pydatetime()
    return found


def confirm(ledger: Ledger, case: int, entry: Entry | None, *, json_wanted: bool) -> None:
    """Show what was just written, as it was understood; the whole case for a program."""
    show(ledger.case(case), json_wanted, entry=entry)


def show(case: CaseFile, json_wanted: bool, *, entry: Entry | None = None) -> None:
    """Show a case, or one entry of it; callers are hidden where they are to be."""
    from calltrace.report import privacy

    case = privacy.shield(case)
    if json_wanted:
        from calltrace.desk.ledger.documents import case_document

        emit_json({"command": "case", **case_document(case)})
        return
    from calltrace.report.render import _cases

    laid_out = results.layout("auto", None)
    if entry is None:
        results.emit(_cases.show(case, now(), **laid_out), None)
        return
    shown = next(e for e in case.entries if e.number == entry.number)
    results.emit(_cases.written(case, shown, now(), **laid_out), None)


def emit_json(document: dict[str, Any], output: str | None = None, *, mode: int | None = None) -> None:
    """Write one JSON document; a new file gets ``mode``."""
    from calltrace.desk.ledger.documents import SCHEMA
    from calltrace.report.values import json_text

    results.emit(json_text({"schema": SCHEMA, **document}), output, mode=mode)


def writes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a command that writes into a case."""
    decorated: Callable[..., Any] = ledger_option(writer(options.config(as_json(command))))
    return decorated


def reads(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a command that reads the ledger."""
    decorated: Callable[..., Any] = ledger_option(options.config(as_json(command)))
    return decorated
