"""``calltrace ticket``: the ticket to the carrier, with what its engineers ask for."""

from __future__ import annotations

from dataclasses import replace

import click

from calltrace.cli import writing
from calltrace.cli.question import Asked, question


@click.command("ticket", short_help="Write the ticket to the carrier.")
@question(saved=True)
@click.option(
    "--heard", metavar="TEXT", help='What callers heard ("fast busy", "not in service"); asked for else.'
)
@click.option(
    "--example",
    "examples",
    multiple=True,
    metavar="T,CALLING,CALLED,HEARD",
    help="A failed call you know of (a test call, say), as often as you have one.",
)
@click.option("--reference", metavar="TEXT", help="Your own reference.")
@click.option("--force", is_flag=True, help="Write it though the likely cause is not the carrier's.")
@writing.writes
def command(
    *,
    asked: Asked,
    desk: writing.Desk,
    heard: str | None,
    examples: tuple[str, ...],
    reference: str | None,
    force: bool,
    format_name: str,
    output: str | None,
) -> None:
    """Write to the carrier: numbers, trunk group, window, failed calls with date, time, zone and numbers, tests.

    Where the likely cause is not the carrier's, no ticket is written and what to do instead is said; --force writes
    one all the same. Carriers follow calls of the last day or two: make test calls and add them with --example.

    \b
    Examples:
      calltrace ticket logs/ --account 1021 --complaint missed-calls --from "fri 17:00" --to "mon 9:00" \\
        --heard "fast busy" --example "today 9:05, 2155550100, 8005550121, fast busy"
      calltrace ticket --report polar.json --format markdown
    """  # noqa: D301 -- click wants the very character
    from calltrace.report.privacy import masker
    from calltrace.report.ticket import example, ticket

    report = asked.answer()
    now = desk.now(report)
    given = [example(text, report.zone, now) for text in examples]
    hidden = masker()
    if hidden is not None:
        given = [replace(e, calling=hidden.number(e.calling)) for e in given]
    page = ticket(
        report,
        now=now,
        sender=desk.sender(report, now),
        heard=heard or "",
        reference=reference or "",
        examples=given,
        force=force,
        language_code=desk.language,
        templates=desk.templates,
    )
    writing.hand_over(page, format_name, output, blanks=writing.blanks_of(desk))
