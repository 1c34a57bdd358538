"""``calltrace case note`` to ``reopen``: what is written into a case, an entry each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calltrace.classes import dataclass
from calltrace.cli import ledgers, options

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from calltrace.desk.ledger.ledger import Ledger
    from calltrace.desk.ledger.records import Entry

DUE = click.option(
    "--due", required=True, metavar="T", help='By when: "in 2 h", "tomorrow 15:00", "fri 9:00", 2026-02-16.'
)
AT = click.option("--at", "at", metavar="T", help="When it was, if not just now.")


@dataclass(frozen=True)
class _Page:
    """A ledger opened at a case, to write an entry: by whom, and when."""

    book: Ledger
    case: int
    who: str
    now: datetime

    def past(self, text: str | None) -> datetime | None:
        """Read a time gone by, in the case's own zone."""
        return ledgers.past(text, self.book.case(self.case).zone, self.now)

    def due(self, text: str) -> datetime:
        """Read a time to come, in the case's own zone."""
        from calltrace.tables.due import parse_due

        return parse_due(text, self.book.case(self.case).zone, self.now)


def _enter(
    case: int, ledger: str | None, by: str | None, as_json: bool, write: Callable[[_Page], Entry]
) -> None:
    """Write an entry into a case, and show it as it was understood."""
    now, who = ledgers.now(), ledgers.who(by)
    with ledgers.opened(ledger) as book:
        ledgers.confirm(book, case, write(_Page(book, case, who, now)), json_wanted=as_json)


@click.command("note", short_help="Write down what was found, said, or done.")
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
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.note(case, text, by=to.who, now=to.now, told=told, channel=channel, happened=to.past(at)),
    )  # fmt: skip


@click.command("promise", short_help="Write down a promise, and when it is due.")
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
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.promise(case, text, to.due(due), by=to.who, now=to.now, person=person),
    )  # fmt: skip


@click.command("follow-up", short_help="Write down when the client is to be called back.")
@ledgers.case_argument
@click.argument("text")
@DUE
@click.option("--with", "person", metavar="PERSON", default="", help="Whom to call.")
@ledgers.writes
def follow_up(
    case: int, text: str, *, due: str, person: str, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down a call to the client later on, to see whether it holds. It comes due also when the case is closed."""
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.follow_up(case, text, to.due(due), by=to.who, now=to.now, person=person),
    )  # fmt: skip


@click.command("kept", short_help="A promise was kept, a follow-up call made.")
@ledgers.case_argument
@ledgers.entry_argument
@click.argument("text", default="")
@AT
@ledgers.writes
def kept(
    case: int, number: int, text: str, *, at: str | None, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down that the promise or follow-up call of that ENTRY was kept."""
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.keep(case, number, by=to.who, now=to.now, text=text, happened=to.past(at)),
    )  # fmt: skip


@click.command("move", short_help="Give a promise another time.")
@ledgers.case_argument
@ledgers.entry_argument
@click.argument("text", default="")
@DUE
@ledgers.writes
def move(case: int, number: int, text: str, *, due: str, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Give the promise, follow-up or change of that ENTRY another time; TEXT says why. The first time stays on record."""
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.move(case, number, to.due(due), by=to.who, now=to.now, text=text),
    )  # fmt: skip


@click.command("drop", short_help="A promise or change is no longer wanted.")
@ledgers.case_argument
@ledgers.entry_argument
@click.argument("text")
@ledgers.writes
def drop(case: int, number: int, text: str, *, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Write down why the promise, follow-up or change of that ENTRY is no longer wanted."""
    _enter(case, ledger, by, as_json, lambda to: to.book.drop(case, number, text, by=to.who, now=to.now))


@click.command("credit", short_help="Write down money given back.")
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
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.credit(case, money, currency.upper(), text, by=to.who, now=to.now),
    )  # fmt: skip


@click.command("change", short_help="Write down an agreed change.")
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

    def write(to: _Page) -> Entry:
        agreed = to.book.change(
            case, text, by=to.who, now=to.now, due=to.due(due) if due else None, person=person or signed_by or ""
        )
        if signed_by:
            to.book.sign(case, agreed.number, signed_by, by=to.who, now=to.now, happened=to.past(at))
        return agreed

    _enter(case, ledger, by, as_json, write)


@click.command("sign", short_help="An agreed change was signed.")
@ledgers.case_argument
@ledgers.entry_argument
@click.option("--by", "person", required=True, metavar="PERSON", help="Who signed.")
@AT
@ledgers.writes
def sign(
    case: int, number: int, *, person: str, at: str | None, ledger: str | None, by: str | None, as_json: bool
) -> None:
    """Write down who signed the change of that ENTRY, and when."""
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.sign(case, number, person, by=to.who, now=to.now, happened=to.past(at)),
    )  # fmt: skip


@click.command("close", short_help="Close a case with its outcome.")
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
    _enter(
        case, ledger, by, as_json,
        lambda to: to.book.close_case(case, outcome, by=to.who, now=to.now, cause=cause or "", anyway=anyway),
    )  # fmt: skip


@click.command("reopen", short_help="Open a closed case again.")
@ledgers.case_argument
@click.argument("text")
@ledgers.writes
def reopen(case: int, text: str, *, ledger: str | None, by: str | None, as_json: bool) -> None:
    """Open a closed case again; TEXT says why."""
    _enter(case, ledger, by, as_json, lambda to: to.book.reopen(case, text, by=to.who, now=to.now))
