"""``calltrace convert``: any switch's log as the generic layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calltrace.cli import options, results

if TYPE_CHECKING:
    from calltrace.tables.case import Case


@click.command("convert", short_help="Write the calls of any log as plain CSV or Parquet.")
@options.paths
@click.option(
    "--output",
    "-o",
    required=True,
    metavar="FILE",
    callback=options.apart,
    help="FILE.csv or FILE.parquet for the calls, - for CSV on standard output, or a folder for every table.",
)
@options.start
@options.end
@options.mapping
@options.year
@options.tz
@click.option("--now", metavar="T", help="From when words for times count; the last call by default.")
def command(
    paths: tuple[str, ...],
    *,
    output: str,
    start: str | None,
    end: str | None,
    mapping: str | None,
    year: int | None,
    tz: str | None,
    now: str | None,
) -> None:
    """Write what was read in the generic layout: one row a caller's attempt, times with their offsets.

    What is written reads back as the same calls. Values are not altered: a name that begins with = stays
    so, and a spreadsheet would take it for a formula.

    \b
    Examples:
      calltrace convert logs/ --output calls.csv
      calltrace convert logs/ --output everything/
      calltrace convert logs/ --output - | xsv stats
      calltrace convert postgresql://pbx/asteriskcdrdb --from 2026-06-01 --to 2026-06-30 --output june.parquet
      calltrace convert export.csv --mapping export.toml --output calls.parquet
    """  # noqa: D301 -- click wants the very character
    from calltrace.errors import UsageError
    from calltrace.intake import convert
    from calltrace.intake.load import require_calls
    from calltrace.report import privacy
    from calltrace.tables.masking import masked_case
    from calltrace.tables.schema import TABLES
    from calltrace.tables.when import parse_when

    if output == "-" and results.wants_json():
        raise UsageError("--json together with --output -", fix="Standard output takes one of them: name a file.")
    case = options.case(paths, tz=tz, mapping=mapping, year=year, start=start, end=end, now=now, only=True)
    if start or end:
        last = case.calls["offered_at"].iloc[-1]
        asked_at = parse_when(now, case.zone, last, end=True, option="--now") if now else last
        since = parse_when(start, case.zone, asked_at, end=False) if start else None
        until = parse_when(end, case.zone, asked_at, end=True) if end else None
        case = convert.within(case, since, until)
        require_calls(case)
    if masker := privacy.masker():
        case = masked_case(case, masker)
    left_out = sum(p.rows for p in case.problems if p.effect == "left-out")
    if output == "-":
        require_calls(case)
        results.emit(convert.to_csv(case.calls, TABLES["calls"], case.zone).decode(), None)
    else:
        _write(case, output, left_out)
    results.warn_of_left_out(left_out)


def _write(case: Case, output: str, left_out: int) -> None:
    from calltrace.cli.progress import bar
    from calltrace.intake import convert

    with bar("Writing"):
        written = convert.write(case, output)
    results.tell(
        "".join(f"{click.format_filename(one.path)}: {one.rows} rows of {one.table}\n" for one in written),
        written=[{"path": str(one.path), "table": one.table, "rows": one.rows} for one in written],
        left_out=left_out,
    )
