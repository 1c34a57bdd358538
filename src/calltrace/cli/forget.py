"""``calltrace forget``: take a caller out of everything calltrace keeps, and prove it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from calltrace.cli import ledgers, options, results
from calltrace.cli.exits import Exit

if TYPE_CHECKING:
    from calltrace.desk.forget import Outcome
    from calltrace.intake.store.dataset import Store


@click.command("forget", short_help="Take a caller out of store and ledger, and prove it.")
@click.argument("number")
@click.option("--name", "names", metavar="NAME", multiple=True, help="A name of theirs, to be taken out of the ledger too.")
@click.option("--store", "store_place", metavar="PLACE", help="The store; else the configured or usual one.")
@click.option("--dry-run", is_flag=True, help="Only say where the caller is.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@ledgers.writes
def command(
    number: str,
    *,
    names: tuple[str, ...],
    store_place: str | None,
    dry_run: bool,
    yes: bool,
    ledger: str | None,
    by: str | None,
    as_json: bool,
) -> int:
    """Take the caller with that NUMBER out of the store, the ledger and the access log, and prove it.

    In the store the calls stay, as calls of a withheld number; in the ledger "(forgotten)" stands where the number
    and the names beside it were; in the access log stays that somebody looked, and not at whom. Then all of it is
    read again, free pages of the ledger's file included, and every place that still has the number is named: 0 is
    the proof, and anything else exit code 1. That somebody was forgotten is written down, and not who.

    The logs themselves are the switch's, and are not touched. The store keeps the caller out when they are imported
    again.

    \b
    Examples:
      calltrace forget "+1 717 555 0143" --dry-run
      calltrace forget 717-555-0143 --name "Ann Lee" --yes
    """  # noqa: D301 -- click wants the very character
    from calltrace.desk.access import AccessLog
    from calltrace.desk.forget import forget, known_in
    from calltrace.tables.written import Written

    number = options.number_in_full(number)
    Written(number)  # what is no number is said before anything is opened
    who, now = ledgers.who(by), ledgers.now()
    with ExitStack() as held:
        book = ledgers.existing(ledger)
        if book is not None:
            held.enter_context(book)
        store = _store(store_place)
        number = known_in(store, number) if store is not None else number
        log = AccessLog(options.settings().privacy.access_log or None)
        if not dry_run and not yes:
            found = forget(number, by=who, now=now, names=names, store=store, ledger=book, log=log, dry_run=True)
            if not sys.stdin.isatty():
                raise click.UsageError("This can't be undone: say --yes, or look first with --dry-run.")
            click.echo(_said(found), err=True, nl=False)
            click.confirm("Forget this caller? It can't be undone.", abort=True, err=True)
        done = forget(number, by=who, now=now, names=names, store=store, ledger=book, log=log, dry_run=dry_run)
    if as_json:
        ledgers.emit_json({"command": "forget", **done.to_dict()})
    else:
        results.emit(_said(done), None)
    return Exit.FINDINGS if done.left and not dry_run else Exit.OK


def _store(named: str | None) -> Store | None:
    """Return the store that is meant; None where nobody named one and there is none."""
    from calltrace.intake import store

    place = named or options.settings().store.path or None
    if place is None and not store.is_store(store.default_place()):
        return None
    return store.Store.open(place)


def _said(done: Outcome) -> str:
    """Return what was done, or would be, place by place."""
    lines = []
    for place in done.places:
        if done.dry_run:
            has = f"{place.changed} with the caller" if place.changed or not place.left else f"{place.left} with the caller"
            lines.append(f"{place.name} {place.where}: {has}")
            lines += [f"  {place.fix}"] if place.fix else []
            continue
        what = f"{place.changed} taken out, " if place.name not in ("file", "other files") else ""
        lines.append(f"{place.name} {place.where}: {what}{place.left} left (read: {place.searched})")
        if place.fix:
            lines.append(f"  {place.fix}")
    if not done.places:
        lines.append("There is no store, no ledger and no access log: nothing is kept of anybody.")
    elif done.dry_run:
        lines.append(f"{done.changed} places in all; nothing was changed.")
    elif done.left:
        lines.append(f"NOT forgotten: {done.left} places still have the caller.")
    else:
        lines.append(f"Forgotten: {done.changed} places taken out, 0 left.")
    return "\n".join(lines) + "\n"
