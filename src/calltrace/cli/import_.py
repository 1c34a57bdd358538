"""``calltrace import``: logs into the store."""

from __future__ import annotations

import click

from calltrace.cli import options, results
from calltrace.cli.exits import Exit
from calltrace.cli.stores import at_store


@click.command("import", short_help="Bring logs into the store, to be read fast from then on.")
@options.paths
@at_store
@options.mapping
@options.year
@options.tz
@options.format_option(("terminal", "json"))
def command(
    paths: tuple[str, ...],
    *,
    store: str | None,
    mapping: str | None,
    year: int | None,
    tz: str | None,
    format_name: str,
) -> int:
    """Read logs into the store: Parquet files by day, in a folder or a bucket (s3://BUCKET/FOLDER).

    Without PATH the configured sources are imported. What is imported twice is there once; a record that comes
    later or corrected replaces its elder; an import that is broken off changes nothing. The store is then given
    to any command as its PATH.

    Exits with 3 where a file can't be read, or not whole, though all the others are in the store then: until it is
    imported whole, or calltrace store accept says that no more will come of it.

    \b
    Examples:
      calltrace import /var/log/asterisk --tz America/New_York
      calltrace import exports/ --store /srv/calltrace
      calltrace import exports/ --store s3://acme-calls/store
      calltrace audit /srv/calltrace --from yesterday --to yesterday
    """  # noqa: D301 -- click wants the very character
    from calltrace.cli.process import lean

    lean()
    from calltrace.cli import ledgers
    from calltrace.cli.progress import bar
    from calltrace.config.imports import importable
    from calltrace.intake import ahead
    from calltrace.intake.store import Store
    from calltrace.intake.torn import is_torn
    from calltrace.report import privacy, upkeep
    from calltrace.tables.text import visible

    now = ledgers.now()
    chosen = importable(paths, options.settings(), tz=tz, mapping=mapping, year=year)
    with bar("Reading the logs") as tell:
        result = Store.open(store, create=True).import_(
            chosen.paths,
            tz=chosen.tz,
            mapping=chosen.mapping,
            year=year,
            region=chosen.region,
            known=chosen.known,
            now=now,
            progress=tell,
        )
    if format_name == "json":
        results.emit(upkeep.to_json(upkeep.of_import(result)), None)
    else:
        results.emit(upkeep.import_text(result), None)
    broken = [p for p in dict.fromkeys(result.problems) if is_torn(p)]
    for problem in broken:
        click.echo(f"Warning: {visible(privacy.guard(str(problem), free=True))}", err=True)
    for one in ahead.files(result.sources, now):
        click.echo(f"Warning: {visible(privacy.guard(one.says, free=True))}", err=True)
    results.warn_of_left_out(result.left_out)
    if broken:
        many = "A file" if len(broken) == 1 else f"{len(broken):,} files"
        click.echo(
            f"Error: {many} could not be read, or not whole. All else is in the store: import what is whole again, or say"
            " that no more will come (calltrace store accept).",
            err=True,
        )
    return Exit.INPUT if broken else Exit.OK
