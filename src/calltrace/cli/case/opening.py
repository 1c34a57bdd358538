"""``calltrace case open`` and ``attach``: a case opened with an investigation, a report, or neither; a report kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from calltrace.cli import complete, ledgers, options
from calltrace.cli.exits import UsageFailure

if TYPE_CHECKING:
    from datetime import datetime

    from calltrace.desk.ledger.accounts import Known
    from calltrace.desk.ledger.ledger import Ledger


@click.command("open", short_help="Open a case, with an investigation or without.")
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


@click.command("attach", short_help="Keep a report with a case.")
@ledgers.case_argument
@click.argument("file", metavar="FILE.json", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@ledgers.writes
def attach(case: int, file: str, *, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Keep a report with a case: FILE.json is what investigate --format json has written, - standard input."""
    document = _report(file)
    with ledgers.opened(ledger) as book:
        entry = book.attach(case, document, by=ledgers.who(by), now=ledgers.now())
        ledgers.confirm(book, case, entry, json_wanted=as_json)


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
    start: str | None,
    end: str | None,
    tz: str | None,
    **said: str | None,
) -> dict[str, Any]:
    """Investigate, and return the report as it is kept; ``said`` is the rest of the complaint."""
    from calltrace.diagnosis.diagnose import ask, diagnose
    from calltrace.report.making import report_of

    logs = options.case(paths, tz=tz, start=start, end=end)
    question = ask(logs, start=start, end=end, **{name: text or "" for name, text in said.items()})
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

    return one(options.number_in_full(text)) or text
