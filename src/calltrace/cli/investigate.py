"""``calltrace investigate``: one client's complaint, answered."""

from __future__ import annotations

import click

from calltrace.cli import options
from calltrace.report import render


@click.command("investigate", short_help="Answer one client's complaint.")
@options.paths
@click.option(
    "--account",
    required=True,
    metavar="ACCOUNT",
    help="The account's id, its name (an unambiguous part will do) or one of its numbers.",
)
@click.option(
    "--complaint",
    cls=options.NamesInHelp,
    metavar="KIND",
    type=options.LazyChoice("calltrace.diagnosis.complaints:NAMES"),
    help="What the client complains of; without it every check runs.",
)
@options.start
@options.end
@click.option("--caller", metavar="NUMBER", help="For caller-claim: the number that says it called.")
@click.option("--claim", metavar="TEXT", help="What the client says, in words; it may be mistaken.")
@options.tz
@options.year
@options.mapping
@click.option("--now", metavar="T", help="When the question is asked: nothing later is known.")
@click.option("--profile", metavar="FILE", help="Thresholds of your own, as TOML: calltrace explain lists them.")
@click.option("--rates", metavar="FILE", help="What clients are charged (TOML or CSV), to tell a high bill in money.")
@options.format_option(render.NAMES)
@options.output
@options.verbose
@options.color
def command(
    paths: tuple[str, ...],
    *,
    account: str,
    complaint: str | None,
    start: str | None,
    end: str | None,
    caller: str | None,
    claim: str | None,
    tz: str | None,
    year: int | None,
    mapping: str | None,
    now: str | None,
    profile: str | None,
    rates: str | None,
    format_name: str,
    output: str | None,
    verbose: bool,
    color: str,
) -> None:
    """Say why a client's callers were missed: the likely cause, how sure, and what was ruled out.

    PATH is a file or a folder of logs. The window is what the client remembers; it may be wider than
    the trouble.

    \b
    Examples:
      calltrace investigate logs/ --account "Polar Refrigeration" --complaint missed-calls \\
        --from "fri 17:00" --to "mon 9:00"
      calltrace investigate logs/ --account 1021 --format json | jq .verdict
    """  # noqa: D301 -- click wants the very character
    from calltrace.diagnosis.diagnose import ask, diagnose
    from calltrace.report.report import report_of

    case = options.case(paths, tz=tz, mapping=mapping, year=year, start=start, end=end, now=now)
    question = ask(
        case, account=account, complaint=complaint or "", start=start, end=end, caller=caller or "", claim=claim or "", now=now
    )
    diagnosis = diagnose(case, question, profile=options.profile(profile), rates=options.rates(rates))
    report = report_of(diagnosis, command="investigate")
    laid_out = options.layout(color, output, verbose=verbose)
    text = render.get(format_name)(report, height=None if output else options.terminal_height(), **laid_out)
    options.emit(text, output)
