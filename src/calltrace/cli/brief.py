"""``calltrace brief``: for the supervisor about to call the client back."""

from __future__ import annotations

import click

from calltrace.cli import writing
from calltrace.cli.question import Asked, question


@click.command("brief", short_help="What to say and ask when you call the client back.")
@question(saved=True)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="QUESTION=LETTER",
    help="What the client answered (forwarding=b), as often as you have one: the rest is chosen by it.",
)
@writing.writes
def command(
    *, asked: Asked, desk: writing.Desk, answers: tuple[str, ...], format_name: str, output: str | None
) -> None:
    """Brief whoever calls back: what to say first, what to ask, one question at a time, what to promise.

    The questions are those whose answers would tell the causes still open apart, the most telling first, with what
    each answer would mean. Run it again with --answer after each to see what it changes. For your own eyes, not the
    client's: calltrace letter is for those.

    \b
    Examples:
      calltrace brief logs/ --account "Polar Refrigeration" --complaint missed-calls \\
        --from "fri 17:00" --to "mon 9:00"
      calltrace brief --report polar.json --answer forwarding=d
    """  # noqa: D301 -- click wants the very character
    from calltrace.report.brief import brief, said

    report = asked.answer()
    now = desk.now(report)
    page = brief(
        report,
        now=now,
        sender=desk.sender(report, now),
        answers=dict(said(text) for text in answers),
        language_code=desk.language,
        templates=desk.templates,
    )
    writing.hand_over(page, format_name, output, blanks=writing.blanks_of(desk))
