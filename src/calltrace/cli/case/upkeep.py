"""``calltrace case prune`` and ``copy``: the ledger as a whole."""

from __future__ import annotations

import click

from calltrace.cli import ledgers, options, results


@click.command("prune", short_help="Delete closed cases that are old.")
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
    results.emit(f"{len(gone)} closed case{'' if len(gone) == 1 else 's'} {what}{f': {named}' if gone else ''}\n", None)


@click.command("copy", short_help="Copy the whole ledger to another place.")
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
    results.tell(f"{told}\n", copied=str(told))
