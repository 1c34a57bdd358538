"""``calltrace investigate``: one client's complaint, answered."""

from __future__ import annotations

import click

from calltrace.cli import options, results
from calltrace.cli.exits import Exit
from calltrace.cli.ledgers import Keeping, keeping_options
from calltrace.cli.mail_options import Mailing, command_line, email_options
from calltrace.cli.question import Asked, question
from calltrace.report import render


@click.command("investigate", short_help="Answer one client's complaint.")
@question()
@options.format_option(render.NAMES)
@options.output
@options.verbose
@options.color
@keeping_options
@email_options
def command(
    *,
    asked: Asked,
    keeping: Keeping,
    mailing: Mailing,
    format_name: str,
    output: str | None,
    verbose: bool,
    color: str,
) -> int:
    """Say why a client's callers were missed: the likely cause, how sure, and what was ruled out.

    PATH is a file or a folder of logs. The window is what the client remembers; it may be wider than
    the trouble. Where the ledger knows earlier cases of the account, the report says what came again.

    \b
    Examples:
      calltrace investigate logs/ --account "Polar Refrigeration" --complaint missed-calls \\
        --from "fri 17:00" --to "mon 9:00"
      calltrace investigate logs/ --account 1021 --format json | jq .verdict
    """  # noqa: D301 -- click wants the very character
    report = keeping.remembered(asked.answer())
    laid_out = results.layout(color, output, verbose=verbose)
    text = render.get(format_name)(report, height=None if output else results.terminal_height(), **laid_out)
    results.emit(text, output)
    keeping.keep(report)
    if not mailing:
        return Exit.OK
    from calltrace.report.mail.compose import of_report

    sent = mailing.deliver(of_report(report, made_by=command_line()))
    return Exit.OK if sent.done else Exit.UNSENT
