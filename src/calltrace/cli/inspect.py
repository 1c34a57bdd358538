"""``calltrace inspect``: what every file was taken for, before anything is concluded from it."""

from __future__ import annotations

import click

from calltrace.cli import options, results


@click.command("inspect", short_help="Say what each file is, and what is wrong or missing.")
@options.paths
@click.option(
    "--map", "propose", is_flag=True, help="Propose how to read a file of no known format; see --output."
)
@options.mapping
@options.tz
@options.year
@options.format_option(("terminal", "json"))
@options.output
@options.verbose
@options.color
def command(
    paths: tuple[str, ...],
    *,
    propose: bool,
    mapping: str | None,
    tz: str | None,
    year: int | None,
    format_name: str,
    output: str | None,
    verbose: bool,
    color: str,
) -> None:
    """Say what each file is, how it was recognised, how far it reaches, and what is wrong or missing.

    PATH is a file or a folder of logs, or 'book.xlsx!Calls' for one sheet of a workbook; - reads standard input.
    Nothing is concluded: this shows what a conclusion would stand on. Without any calls the exit code is 3.

    With --map the file is one that no format knows: shown is what each of its columns would become, and
    --output writes that as TOML to correct and to give as --mapping. Exit code 3 where something must be
    decided first that the file does not tell.

    \b
    Examples:
      calltrace inspect logs/
      calltrace inspect logs/ --format json | jq '.files[] | [.path, .table, .rows, .left_out]'
      calltrace inspect export.csv --map --output export.toml
      calltrace inspect export.csv --mapping export.toml
    """  # noqa: D301 -- click wants the very character
    if propose:
        _propose(paths, tz, format_name, output, color, verbose=verbose)
        return
    from calltrace.cli import ledgers
    from calltrace.intake import ahead
    from calltrace.intake.load import require_calls
    from calltrace.intake.quality import feed
    from calltrace.report import inspection, privacy
    from calltrace.tables.text import visible

    case = options.case(paths, tz=tz, mapping=mapping, year=year, calls=False)
    judged = privacy.shield(feed(case), case)
    case = privacy.shield_sources(case)
    if format_name == "json":
        results.emit(inspection.to_json(case, judged), output)
    elif any(source.format for source in case.sources):
        laid_out = results.layout(color, output, verbose=verbose)
        results.emit(inspection.to_text(case, judged, **laid_out), output)
    for one in ahead.files(case.sources, ledgers.now()):
        click.echo(f"Warning: {visible(privacy.guard(one.says, free=True))}", err=True)
    require_calls(case)


def _propose(
    paths: tuple[str, ...], tz: str | None, format_name: str, output: str | None, color: str, *, verbose: bool
) -> None:
    """Propose a mapping for one file, show it, and write it where asked."""
    from calltrace.cli.exits import InputFailure
    from calltrace.errors import InputError, UsageError
    from calltrace.intake import sources
    from calltrace.intake.formats._base import ReadOptions
    from calltrace.intake.mapping import to_toml
    from calltrace.intake.mapping.propose import propose
    from calltrace.report import privacy, proposal

    opened = list(sources.open_all(paths))
    readable = [o.stream for o in opened if o.stream is not None]
    if len(readable) != 1:
        told = "; ".join(p.saw for o in opened for p in o.problems)
        if not readable:
            raise InputError(
                f"nothing to propose a mapping for{f' ({told})' if told else ''}", expected="one log"
            )
        names = ", ".join(s.display for s in readable[:4])
        sheets = len({s.opened_from for s in readable}) == 1
        raise UsageError(
            f"--map was given {len(readable)} {'sheets' if sheets else 'files'} ({names})",
            expected="one file or sheet, as of one export",
            fix=f"Give one of them: '{readable[0].display}'.",
        )
    found = propose(readable[0], ReadOptions(tz=tz))
    # remarks are samples of the columns, callers' among them
    toml = to_toml(found.mapping, {} if privacy.masker() else found.remarks)
    if output:
        results.emit(toml, output)
    if format_name == "json":
        results.emit(proposal.to_json(found, toml), None)
    elif output != "-":
        laid_out = results.layout(color, None, verbose=verbose)
        results.emit(proposal.to_text(found, readable[0].display, **laid_out), None)
    if found.open:
        told = privacy.guard("; ".join(found.open), free=True)
        raise InputFailure(f"Undecided: {told}.")
