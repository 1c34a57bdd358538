"""``calltrace store``: what the store holds, whether it is whole, and what goes when."""

from __future__ import annotations

import click

from calltrace.cli import options, results
from calltrace.cli.exits import Exit
from calltrace.cli.stores import at_place, at_store, named


@click.group("store", short_help="Look after the store: status, verify, accept, prune.")
def command() -> None:
    """Look after the store that `calltrace import` fills.

    \b
    Examples:
      calltrace store status
      calltrace store verify /srv/calltrace
      calltrace store accept
      calltrace store prune --days 400
    """  # noqa: D301 -- click wants the very character


@command.command("status", short_help="Say what the store holds.")
@at_place
@options.config
@options.format_option(("terminal", "json"))
def status(store: str | None, format_name: str) -> None:
    """Say what the store holds: tables, rows, days, size, and days without a call."""
    from calltrace.intake.store import Store
    from calltrace.report import upkeep

    found = Store.open(store).status()
    results.emit(upkeep.to_json(found.to_dict()) if format_name == "json" else upkeep.status_text(found), None)


@command.command("verify", short_help="Hold every file against the manifest.")
@at_place
@options.config
@options.format_option(("terminal", "json"))
def verify(store: str | None, format_name: str) -> int:
    """Read everything: checksums, counts, order, records that are there twice, interval counts, left-overs.

    Exits with 1 where something is wrong. Files that no state of the store names do no harm: an import that was
    broken off left them, and they go a day later.
    """
    from calltrace.cli.progress import bar
    from calltrace.intake.store import Store
    from calltrace.report import upkeep

    with bar() as tell:
        found = Store.open(store).verify(progress=tell)
    results.emit(upkeep.to_json(found.to_dict()) if format_name == "json" else upkeep.verify_text(found), None)
    return Exit.OK if found.ok else Exit.FINDINGS


@command.command("accept", short_help="Take a torn file as it is.")
@click.argument("files", metavar="[PLACE] [FILE]...", nargs=-1)
@at_store
@options.config
@options.format_option(("terminal", "json"))
def accept(files: tuple[str, ...], store: str | None, format_name: str) -> None:
    """Say that no more will come of files that could not be read whole; without FILE, list them.

    A file that was damaged when it was imported keeps the days it may belong to in the dark (calltrace daily exits
    with 3) until it is imported whole, under whatever name. Where it never will be, or its calls have come by another
    way, say so. What was read of it stays.

    \b
    Examples:
      calltrace store accept
      calltrace store accept /exports/calls-0914.csv.gz
      calltrace store accept /srv/calltrace calls-0914.csv.gz
    """  # noqa: D301 -- click wants the very character
    import pandas as pd

    from calltrace.cli import ledgers
    from calltrace.intake.store import Store, is_store
    from calltrace.report import upkeep

    if files and is_store(files[0]):
        store, files = named(files[0], store), files[1:]
    kept = Store.open(store)
    found = kept.accept(files, now=pd.Timestamp(ledgers.now())) if files else kept.torn()
    if format_name == "json":
        results.emit(upkeep.to_json(upkeep.of_torn(found, kept.url, accepted=bool(files))), None)
    else:
        results.emit(upkeep.torn_text(found, kept.url, accepted=bool(files)), None)


@command.command("prune", short_help="Delete what is older than so many days.")
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    metavar="N",
    callback=options.configured(lambda config: config.store.keep_days),
    help="How many days are kept, today not counted; else what the configuration says.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@at_place
@options.config
@options.format_option(("terminal", "json"))
def prune(days: int | None, dry_run: bool, store: str | None, format_name: str) -> None:
    """Delete calls, events and shifts that ended more than so many days ago, for good.

    Accounts stay. What a broken-off import left is cleaned away as well, once it is a day old.
    """
    import pandas as pd

    from calltrace.cli import ledgers
    from calltrace.cli.progress import bar
    from calltrace.intake.store import Store
    from calltrace.report import upkeep

    if days is None:
        raise click.MissingParameter("Say how many days to keep.", param_hint="--days", param_type="option")
    with bar("Pruning"):
        found = Store.open(store).prune(days, now=pd.Timestamp(ledgers.now()), dry_run=dry_run)
    results.emit(upkeep.to_json(found.to_dict()) if format_name == "json" else upkeep.prune_text(found), None)
