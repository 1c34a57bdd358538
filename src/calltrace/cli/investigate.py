"""``calltrace investigate``: one client's complaint, answered."""

from __future__ import annotations

import click

from calltrace.cli import options
from calltrace.cli.question import Asked, question
from calltrace.report import render


@click.command("investigate", short_help="Answer one client's complaint.")
@question()
@options.format_option(render.NAMES)
@options.output
@options.verbose
@options.color
def command(
    *,
    asked: Asked,
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
    report = asked.answer()
    laid_out = options.layout(color, output, verbose=verbose)
    text = render.get(format_name)(report, height=None if output else options.terminal_height(), **laid_out)
    options.emit(text, output)
