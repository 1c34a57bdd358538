"""``calltrace letter``: the letter to the client, from the same evidence as the report."""

from __future__ import annotations

import click

from calltrace.cli import writing
from calltrace.cli.question import Asked, question


@click.command("letter", short_help="Write the letter to the client.")
@question(saved=True)
@click.option("--addressee", metavar="NAME", help="Who is written to; else the client's name.")
@writing.writes
def command(
    *, asked: Asked, desk: writing.Desk, addressee: str | None, format_name: str, output: str | None
) -> None:
    """Write to the client what happened, in their words: no jargon, no blame, nobody else's name or number.

    It is worded as firmly as the evidence allows (confirmed, likely, or an open question with what would settle
    it), says what will be done and by when, what the client can check, and ends with a form for what is agreed.
    Read it before you send it: what is left to fill in is listed on standard error.

    \b
    Examples:
      calltrace letter logs/ --account "Polar Refrigeration" --complaint missed-calls \\
        --from "fri 17:00" --to "mon 9:00" --signed-by "Dana Ruiz" --promise-by "tomorrow 15:00"
      calltrace letter --report polar.json --format html --output letter.html
    """  # noqa: D301 -- click wants the very character
    from calltrace.report.letter import letter

    report = asked.answer()
    now = desk.now(report)
    sender = desk.sender(report, now)
    page = letter(
        report,
        now=now,
        sender=sender,
        addressee=addressee or "",
        language_code=desk.language,
        templates=desk.templates,
    )
    writing.hand_over(page, format_name, output, blanks=writing.blanks_of(desk))
