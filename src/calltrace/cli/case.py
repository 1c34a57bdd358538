"""``calltrace case``: the ledger of complaints, findings, promises, credits, agreed changes and follow-up calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from calltrace.cli import complete, ledgers, options
from calltrace.cli.exits import Exit, UsageFailure

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from calltrace.desk.ledger.accounts import Known
    from calltrace.desk.ledger.history import Due
    from calltrace.desk.ledger.ledger import Ledger

DUE = click.option(
    "--due", required=True, metavar="T", help='By when: "in 2 h", "tomorrow 15:00", "fri 9:00", 2026-02-16.'
)
AT = click.option("--at", "at", metavar="T", help="When it was, if not just now.")
SINCE = click.option("--since", metavar="T", help='Only since then: a date, or words ("last month").')


class InOrder(click.Group):
    """A group that lists its commands in the order a case goes through them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the commands' names as they were added."""
        return list(self.commands)


@click.group("case", cls=InOrder, short_help="Keep the ledger: complaints, findings, promises, changes.")
def command() -> None:
    """Keep the ledger: what was complained of, what was found, who was told what, what was promised.

    \b
    A case from the complaint to the signed change:
      calltrace case open logs/ --account polar --complaint missed-calls --from "fri 17:00" --to "mon 9:00"
      calltrace case promise 1 "call Ms Keane back with the report" --due 15:00
      calltrace case note 1 "nothing arrived from Friday 17:00 on" --told "Ms Keane" --by phone
      calltrace case kept 1 3
      calltrace case change 1 "forwarding by schedule at the carrier"
      calltrace case sign 1 6 --by "Ms Keane"
      calltrace case follow-up 1 "has every call since then arrived?" --due "next mon 9:00"
      calltrace case close 1 --outcome "forwards by schedule from now on"

    Nothing written is ever overwritten. `calltrace case due` tells what is due.
    """  # noqa: D301 -- click wants the very character


@command.command("open", short_help="Open a case, with an investigation or without.")
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--account",
    metavar="ACCOUNT",
    shell_complete=complete.accounts,
    help="The account's id, or its name (an unambiguous part will do).",
)
@click.option(
    "--complaint",
    cls=options.NamesInHelp,
    metavar="KIND",
    type=options.LazyChoice("calltrace.diagnosis.complaints:NAMES"),
    help="What the client complains of.",
)
@click.option("--claim", metavar="TEXT", help="What the client says, in words.")
@options.start
@options.end
@click.option("--caller", metavar="NUMBER", help="For caller-claim: the number that says it called.")
@click.option(
    "--report",
    "report_file",
    metavar="FILE.json",
    type=click.Path(exists=True, dir_okay=False),
    help="Keep this report with it, as investigate --format json writes it.",
)
@click.option("--investigate", is_flag=True, help="Investigate the configured sources; with PATH that goes without saying.")
@options.tz
@ledgers.writes
def open_(
    paths: tuple[str, ...],
    *,
    account: str | None,
    complaint: str | None,
    claim: str | None,
    start: str | None,
    end: str | None,
    caller: str | None,
    report_file: str | None,
    investigate: bool,
    tz: str | None,
    ledger: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Open a case. With PATH the complaint is investigated at once and the report kept with the case.

    \b
    Examples:
      calltrace case open --account 1021 --complaint missed-calls --claim "it just rang"
      calltrace case open logs/ --account polar --complaint missed-calls --from "fri 17:00" --to "mon 9:00"
      calltrace case open --report saturday.json
    """  # noqa: D301
    if report_file and (paths or investigate):
        raise click.UsageError("Give a report or logs to investigate, not both.")
    if not account and not report_file:
        raise click.UsageError("Whose complaint is it? Give --account, or a --report that says it.")
    at, who = ledgers.now(), ledgers.who(by)
    if paths or investigate:
        document = _investigated(
            paths, account=account, complaint=complaint, claim=claim, start=start, end=end, caller=caller, tz=tz
        )
    elif report_file:
        document = _report(report_file)
    else:
        document = None
    with ledgers.opened(ledger, create=True) as book:
        facts = _facts(book, document, account, tz)
        window = _window(document, start, end, str(facts["zone"]), at)
        case = book.open_case(
            by=who,
            now=at,
            complaint=complaint or (document or {}).get("complaint") or "",
            claim=claim or (document or {}).get("claim") or "",
            caller=_number(caller or (document or {}).get("caller") or ""),
            start=window[0],
            end=window[1],
            report=document,
            **facts,
        )
        ledgers.show(book.case(case), as_json)
        others = [c for c in book.cases(account=facts["account"], status="open", brief=True) if c.id != case]
    if others:
        named = ", ".join(f"{c.reference} (by {c.opened_by})" for c in others)
        click.echo(f"This account has {'another case' if len(others) == 1 else 'other cases'} open: {named}.", err=True)


@command.command("note", short_help="Write down what was found, said, or done.")
@ledgers.case_argument
@click.argument("text")
@click.option("--told", metavar="PERSON", default="", help="Who was told.")
@click.option("--by", "channel", metavar="HOW", default="", help="How: phone, mail, in person.")
@AT
@ledgers.writes
def note(
    case: int, text: str, *, told: str, channel: str, at: str | None, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down what was found, said or done; --told names whom, --by how."""
    if channel and not told:
        raise click.UsageError("--by says how somebody was told: say whom with --told PERSON.")
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        happened = ledgers.past(at, book.case(case).zone, now)
        entry = book.note(case, text, by=who, now=now, told=told, channel=channel, happened=happened)
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("promise", short_help="Write down a promise, and when it is due.")
@ledgers.case_argument
@click.argument("text")
@DUE
@click.option("--by", "person", metavar="PERSON", default="", help="Who is to keep it; else whoever writes.")
@ledgers.writes
def promise(
    case: int, text: str, *, due: str, person: str, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down what was promised the client, and by when.

    A day alone means 17:00 of that day. What was understood is shown with its date.
    """
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        entry = book.promise(case, text, _due(due, book, case, now), by=who, now=now, person=person)
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("follow-up", short_help="Write down when the client is to be called back.")
@ledgers.case_argument
@click.argument("text")
@DUE
@click.option("--with", "person", metavar="PERSON", default="", help="Whom to call.")
@ledgers.writes
def follow_up(
    case: int, text: str, *, due: str, person: str, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down a call to the client later on, to see whether it holds. It comes due also when the case is closed."""
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        entry = book.follow_up(case, text, _due(due, book, case, now), by=who, now=now, person=person)
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("kept", short_help="A promise was kept, a follow-up call made.")
@ledgers.case_argument
@ledgers.entry_argument
@click.argument("text", default="")
@AT
@ledgers.writes
def kept(
    case: int, number: int, text: str, *, at: str | None, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down that the promise or follow-up call of that ENTRY was kept."""
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        happened = ledgers.past(at, book.case(case).zone, now)
        entry = book.keep(case, number, by=who, now=now, text=text, happened=happened)
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("move", short_help="Give a promise another time.")
@ledgers.case_argument
@ledgers.entry_argument
@click.argument("text", default="")
@DUE
@ledgers.writes
def move(case: int, number: int, text: str, *, due: str, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Give the promise, follow-up or change of that ENTRY another time; TEXT says why. The first time stays on record."""
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        entry = book.move(case, number, _due(due, book, case, now), by=who, now=now, text=text)
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("drop", short_help="A promise or change is no longer wanted.")
@ledgers.case_argument
@ledgers.entry_argument
@click.argument("text")
@ledgers.writes
def drop(case: int, number: int, text: str, *, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Write down why the promise, follow-up or change of that ENTRY is no longer wanted."""
    with ledgers.opened(ledger) as book:
        entry = book.drop(case, number, text, by=ledgers.who(by), now=ledgers.now())
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("credit", short_help="Write down money given back.")
@ledgers.case_argument
@click.argument("amount")
@click.argument("text")
@click.option("--currency", metavar="CODE", help="ISO 4217; else that of the configured rates, else USD.")
@ledgers.writes
def credit(
    case: int, amount: str, text: str, *, currency: str | None, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down a credit, and what it is for."""
    from decimal import Decimal, InvalidOperation

    try:
        money = Decimal(amount.replace(",", ""))
    except InvalidOperation:
        raise click.BadParameter(f"{amount!r} is no amount: write it as 25 or 25.50.", param_hint="AMOUNT") from None
    if currency is None:
        rates = options.rates(None)
        currency = rates.currency if rates else "USD"
    with ledgers.opened(ledger) as book:
        entry = book.credit(case, money, currency.upper(), text, by=ledgers.who(by), now=ledgers.now())
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("change", short_help="Write down an agreed change.")
@ledgers.case_argument
@click.argument("text")
@click.option("--with", "person", metavar="PERSON", default="", help="Who is to sign it.")
@click.option("--due", metavar="T", help="By when it is to be signed.")
@click.option("--signed-by", metavar="PERSON", help="Who has signed it already.")
@AT
@ledgers.writes
def change(
    case: int,
    text: str,
    *,
    person: str,
    due: str | None,
    signed_by: str | None,
    at: str | None,
    ledger: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Write down a change that was agreed. It stays open until `calltrace case sign`, or --signed-by, says who signed."""
    if at and not signed_by:
        raise click.UsageError("--at says when it was signed: say by whom with --signed-by PERSON.")
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        by_when = _due(due, book, case, now) if due else None
        happened = ledgers.past(at, book.case(case).zone, now)
        entry = book.change(case, text, by=who, now=now, due=by_when, person=person or signed_by or "")
        if signed_by:
            book.sign(case, entry.number, signed_by, by=who, now=now, happened=happened)
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("sign", short_help="An agreed change was signed.")
@ledgers.case_argument
@ledgers.entry_argument
@click.option("--by", "person", required=True, metavar="PERSON", help="Who signed.")
@AT
@ledgers.writes
def sign(
    case: int, number: int, *, person: str, at: str | None, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down who signed the change of that ENTRY, and when."""
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        happened = ledgers.past(at, book.case(case).zone, now)
        entry = book.sign(case, number, person, by=who, now=now, happened=happened)
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("attach", short_help="Keep a report with a case.")
@ledgers.case_argument
@click.argument("file", metavar="FILE.json", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@ledgers.writes
def attach(case: int, file: str, *, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Keep a report with a case: FILE.json is what investigate --format json has written, - standard input."""
    document = _report(file)
    with ledgers.opened(ledger) as book:
        entry = book.attach(case, document, by=ledgers.who(by), now=ledgers.now())
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("close", short_help="Close a case with its outcome.")
@ledgers.case_argument
@click.option("--outcome", required=True, metavar="TEXT", help="How it ended.")
@click.option("--cause", metavar="CAUSE", help="What it was, where you know better than the report.")
@click.option("--anyway", is_flag=True, help="Close it though promises are open or changes unsigned; they stay due.")
@ledgers.writes
def close(
    case: int,
    *,
    outcome: str,
    cause: str | None,
    anyway: bool,
    ledger: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Close a case. A cause given here counts in the account's history instead of the report's."""
    with ledgers.opened(ledger) as book:
        entry = book.close_case(
            case, outcome, by=ledgers.who(by), now=ledgers.now(), cause=cause or "", anyway=anyway
        )
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("reopen", short_help="Open a closed case again.")
@ledgers.case_argument
@click.argument("text")
@ledgers.writes
def reopen(case: int, text: str, *, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Open a closed case again; TEXT says why."""
    with ledgers.opened(ledger) as book:
        entry = book.reopen(case, text, by=ledgers.who(by), now=ledgers.now())
        ledgers.confirm(book, case, entry, json_wanted=as_json)


@command.command("show", short_help="Show a case with everything written in it.")
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
            import json

            from calltrace.report import privacy

            document = privacy.shield(book.report(case, entry))
            options.emit(json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False) + "\n", output, mode=0o600)
        else:
            ledgers.show(book.case(case), as_json)


@command.command("list", short_help="List cases.")
@click.option(
    "--account",
    metavar="ACCOUNT",
    default="",
    shell_complete=complete.accounts,
    help="Of this account: its id, or a part of its name.",
)
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

    options.emit(_cases.listing(found, now, **options.layout("auto", None)), None)


@command.command("due", short_help="Show what is due and overdue.")
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

        options.emit(_cases.dues(shown, now, ahead, **options.layout("auto", None)), None)
    if any(d.overdue for d in found) and not exit_zero:
        raise click.exceptions.Exit(Exit.FINDINGS)


@command.command("causes", short_help="Show causes that come again, across accounts.")
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

    options.emit(_cases.repeated(found, begin, zone, **options.layout("auto", None)), None)


@command.command("export", short_help="Write cases as JSON or CSV.")
@click.option(
    "--account",
    metavar="ACCOUNT",
    default="",
    shell_complete=complete.accounts,
    help="Of this account: its id, or a part of its name.",
)
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
            options.emit(documents.table(found), output, mode=0o600)
            return
        whole = [
            documents.case_document(c, {r.number: privacy.shield(book.report(c.id, r.number)) for r in c.reports})
            for c in found
        ]
    ledgers.emit_json({"command": "case export", "cases": whole}, output, mode=0o600)


@command.command("prune", short_help="Delete closed cases that are old.")
@click.option("--older-than", metavar="AGE", help="90d, 18 months, 2y; else retention_days under [privacy].")
@click.option("--dry-run", is_flag=True, help="Only say which.")
@ledgers.writes
def prune(*, older_than: str | None, dry_run: bool, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Delete closed cases nobody has written into for so long; one with a promise or follow-up call open stays.

    Their numbers are not given again. What is deleted is gone from the file as well.
    """
    from datetime import timedelta as stretch

    from calltrace.desk.ledger.forget import prune as in_ledger
    from calltrace.desk.ledger.records import reference
    from calltrace.tables.due import parse_age

    days = options.settings().privacy.retention_days
    if not older_than and not days:
        raise click.UsageError("How old? Give --older-than, or retention_days under [privacy] in the configuration.")
    age = parse_age(older_than) if older_than else stretch(days=days or 0)
    now = ledgers.now()
    with ledgers.opened(ledger) as book:
        gone = in_ledger(book, now - age, by=ledgers.who(by), now=now, dry_run=dry_run)
    if as_json:
        ledgers.emit_json({"command": "case prune", "dry_run": dry_run, "cases": [reference(c) for c in gone]})
        return
    named = ", ".join(reference(c) for c in gone)
    what = "would be deleted" if dry_run else "deleted"
    options.emit(f"{len(gone)} closed case{'' if len(gone) == 1 else 's'} {what}{f': {named}' if gone else ''}\n", None)


@command.command("copy", short_help="Copy the whole ledger to another place.")
@click.argument("place", metavar="PLACE")
@ledgers.ledger_option
@options.config
def copy(place: str, *, ledger: str | None) -> None:
    """Copy the whole ledger to a new PLACE: a postgresql:// address when a team outgrows the file, or a file to keep.

    The copy is taken from one moment, also while others write, and holds everything with its numbers. What is
    there already is never written over.
    """
    from calltrace.desk.ledger.copy import copy as whole

    with ledgers.opened(ledger) as book:
        told = whole(book, place)
    options.tell(f"{told}\n", copied=str(told))


# --- what the user said, as the library takes it ------------------------------------------------------------


def _due(text: str, book: Ledger, case: int, now: datetime) -> datetime:
    from calltrace.tables.due import parse_due

    return parse_due(text, book.case(case).zone, now)


def _ahead(text: str, now: datetime) -> timedelta:
    from calltrace.errors import UsageError
    from calltrace.tables.due import parse_due

    try:
        return parse_due(f"in {text.removeprefix('in ')}", "UTC", now) - now
    except UsageError:
        raise click.BadParameter(f"{text!r} is no length of time: 24 h, 3 days, 1 week.", param_hint="--within") from None


def _report(file: str) -> dict[str, Any]:
    import json

    try:
        with click.open_file(file, encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError) as error:
        raise UsageFailure(f"{click.format_filename(file)} is no report: {error}.") from error
    if not isinstance(found, dict):
        raise UsageFailure(f"{click.format_filename(file)} is no report: expected what investigate --format json writes.")
    return found


def _investigated(
    paths: tuple[str, ...],
    *,
    account: str | None,
    complaint: str | None,
    claim: str | None,
    start: str | None,
    end: str | None,
    caller: str | None,
    tz: str | None,
) -> dict[str, Any]:
    """Investigate, and return the report as it is kept."""
    from calltrace.diagnosis.diagnose import ask, diagnose
    from calltrace.report.making import report_of

    logs = options.case(paths, tz=tz, start=start, end=end)
    question = ask(
        logs, account=account or "", complaint=complaint or "", start=start, end=end, caller=caller or "", claim=claim or ""
    )
    diagnosis = diagnose(logs, question, profile=options.profile(None), rates=options.rates(None))
    return report_of(diagnosis, command="investigate").to_dict()


def _facts(book: Ledger, document: dict[str, Any] | None, account: str | None, tz: str | None) -> dict[str, str]:
    """Return the account's id, name and zone: of the report, else of the configuration or an earlier case."""
    if document is not None:
        said: dict[str, Any] = document.get("account") or {}
        return {
            "account": str(said.get("account") or account or ""),
            "name": str(said.get("name") or ""),
            "zone": str(document.get("zone") or ledgers.zone(tz)),
        }
    from calltrace.desk.ledger.accounts import known, meant

    wanted = account or ""
    found = meant(wanted, known(book, _configured()))
    if found is None:
        click.echo(f"No account {wanted!r} is known here yet; it is written down as it is.", err=True)
        return {"account": wanted.strip(), "name": "", "zone": ledgers.zone(tz)}
    return {"account": found.account, "name": found.name, "zone": tz or found.zone or ledgers.zone()}


def _configured() -> tuple[Known, ...]:
    from calltrace.desk.ledger.accounts import Known

    return tuple(Known(a.account, a.name, a.zone) for a in options.settings().accounts)


def _window(
    document: dict[str, Any] | None, start: str | None, end: str | None, zone: str, now: datetime
) -> tuple[datetime | None, datetime | None]:
    from datetime import datetime as instant

    asked = (document or {}).get("asked")
    if isinstance(asked, dict):
        told = [asked.get("start"), asked.get("end")]
        begin, finish = (instant.fromisoformat(t) if isinstance(t, str) else None for t in told)
        return begin, finish
    begin, finish = ledgers.past(start, zone, now), ledgers.end_of(end, zone, now)
    if begin and finish and finish <= begin:
        raise click.UsageError(f"The window ends before it begins: --from is {begin:%a %d %b %Y %H:%M} UTC,"
                               f" --to {finish:%a %d %b %Y %H:%M} UTC.")
    return begin, finish


def _number(text: str) -> str:
    if not text:
        return ""
    from calltrace.tables.phones import one

    return one(text) or text
