"""What the letter, the ticket and the brief have in common on the command line: who writes, when, in which form."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from calltrace.cli import ledgers, options, results

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from calltrace.cli.options import Decorator
    from calltrace.report.letter import Sender, Writing
    from calltrace.report.report import Report

FORMS = ("text", "markdown", "html", "json")

FILLED_BY = {
    "service": "--service",
    "name": "--signed-by",
    "phone": "--phone",
    "heard": "--heard",
    "reference": "--reference",
}
"""The option that fills a blank in."""


class Desk:
    """Who writes and when, as the command line and the configuration say it."""

    def __init__(self, **given: Any) -> None:
        self.given = given

    def now(self, report: Report) -> datetime:
        """Return the page's date and time: ``--dated``, else the clock."""
        if not self.given["dated"]:
            return ledgers.now()
        from calltrace.tables.due import parse_due

        return parse_due(self.given["dated"], report.zone, ledgers.now())

    def sender(self, report: Report, now: datetime) -> Sender:
        """Return who signs, and by when the client hears next (``--promise-by``, in the client's zone)."""
        from calltrace.report.letter import Sender
        from calltrace.tables.due import parse_due

        known = options.settings()
        promised = self.given["promise_by"]
        return Sender(
            service=self.given["service"] or known.service.name,
            name=self.given["signed_by"] or known.letter.signed_by,
            phone=self.given["phone"] or known.letter.phone or known.service.phone,
            promise_by=parse_due(promised, report.zone, now) if promised else None,
        )

    @property
    def templates(self) -> str | None:
        """The folder of the service's own templates, None for none."""
        return self.given["templates"] or options.settings().letter.templates or None

    @property
    def language(self) -> str:
        """The language of the page."""
        return str(self.given["language"])


_OPTIONS: tuple[Decorator, ...] = (
    click.option("--service", metavar="NAME", help="What the answering service calls itself."),
    click.option("--signed-by", metavar="NAME", help="Who signs."),
    click.option("--phone", metavar="NUMBER", help="Where whoever signs is reached."),
    click.option(
        "--promise-by",
        metavar="T",
        help='When the client hears next ("tomorrow 15:00", "fri 9:00"); else 5 pm of the next working day.',
    ),
    click.option("--dated", metavar="T", help="Date of the page (2026-06-09); else today."),
    click.option("--language", metavar="CODE", default="en", show_default=True, help="Language of the templates."),
    click.option(
        "--templates",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False),
        help="Your own templates, which go before calltrace's (letter/en/base.j2 and so on).",
    ),
)


def writes(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of whoever writes; the command gets them as one :class:`Desk`, ``desk``."""
    names = ("service", "signed_by", "phone", "promise_by", "dated", "language", "templates")

    @wraps(command)
    def run(**given: Any) -> Any:
        return command(desk=Desk(**{n: given.pop(n) for n in names}), **given)

    made: Callable[..., Any] = run
    listed: tuple[Decorator, ...] = (*_OPTIONS, options.format_option(FORMS, "text"), options.output)
    for option in reversed(listed):
        made = option(made)
    return made


def hand_over(writing: Writing, form: str, output: str | None, *, blanks: dict[str, str]) -> None:
    """Put the page out; what is left to do before it is sent goes to standard error.

    ``blanks`` maps a blank's label to the option that fills it in.
    """
    from calltrace.report.paper import FORMS as LAYOUTS
    from calltrace.tables.text import visible

    as_json = form == "json"
    results.emit(_json(writing) if as_json else LAYOUTS[form](writing.paper), output)
    if writing.blanks:
        left = [f"[{b}]" + (f" ({blanks[b]})" if b in blanks else "") for b in writing.blanks]
        click.echo(f"Left to fill in: {', '.join(map(visible, left))}", err=True)
    for ban in writing.bans:
        click.echo(f"Not for a client: {visible(ban.says)!r}, {ban.why}.", err=True)
    for note in writing.notes:
        click.echo(visible(note), err=True)


def _json(writing: Writing) -> str:
    import json

    return json.dumps(writing.to_dict(), ensure_ascii=False, indent=1) + "\n"


def blanks_of(desk: Desk) -> dict[str, str]:
    """Return which option fills each blank in, by its label in the page's language."""
    from calltrace.report.languages import language
    from calltrace.report.wording import templates_folder

    speech = language(desk.language, templates_folder(desk.templates))
    return {speech.blank(name).label: option for name, option in FILLED_BY.items()}
