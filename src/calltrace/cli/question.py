"""The options every command that answers one complaint shares, and the report they lead to.

``calltrace investigate`` asks; the letter, the ticket and the brief are written from the same answer. They take the
same options, or ``--report FILE.json``: an answer that was saved.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from calltrace.classes import dataclass
from calltrace.cli import complete, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.cli.options import Decorator
    from calltrace.diagnosis.diagnosis import Diagnosis
    from calltrace.report.report import Report

NAMES = (
    "paths",
    "account",
    "complaint",
    "start",
    "end",
    "caller",
    "claim",
    "tz",
    "year",
    "mapping",
    "now",
    "profile",
    "rates",
)
"""The parameters these options become."""


@dataclass(frozen=True)
class Asked:
    """One complaint as the command line puts it; None for what was not given."""

    paths: tuple[str, ...] = ()
    account: str | None = None
    complaint: str | None = None
    start: str | None = None
    end: str | None = None
    caller: str | None = None
    claim: str | None = None
    tz: str | None = None
    year: int | None = None
    mapping: str | None = None
    now: str | None = None
    profile: str | None = None
    rates: str | None = None
    report: str | None = None
    kept: int | None = None

    def diagnosis(self) -> Diagnosis:
        """Investigate, with what the configuration adds. Raises as :func:`calltrace.investigate` does."""
        from calltrace.cli.progress import bar
        from calltrace.diagnosis.diagnose import ask, diagnose

        case = options.case(
            self.paths,
            tz=self.tz,
            mapping=self.mapping,
            year=self.year,
            start=self.start,
            end=self.end,
            now=self.now,
            lately=True,
            account=self.account,
        )
        question = ask(
            case,
            account=self.account or "",
            complaint=self.complaint or "",
            start=self.start,
            end=self.end,
            caller=self.caller or "",
            claim=self.claim or "",
            now=self.now,
        )
        self._looked_up()
        with bar("Investigating"):
            return diagnose(
                case, question, profile=options.profile(self.profile), rates=options.rates(self.rates)
            )

    def _looked_up(self) -> None:
        """Write down whose claim is looked into: the report tells of that caller's calls. The claim is the reason."""
        if not self.caller or not any(sign.isdigit() for sign in self.caller):  # withheld
            return
        from calltrace.cli.access import recorded

        command = click.get_current_context().info_name or "investigate"
        recorded(command, self.caller, f"a claim to have called {self.account}", given=False)

    def answer(self) -> Report:
        """Return the report: the saved one, else that of an investigation."""
        from calltrace.report.making import report_of
        from calltrace.report.privacy import shield
        from calltrace.report.saved import read_report, report_from

        if self.report:
            return shield(read_report(self.report))
        if self.kept:
            from calltrace.cli import ledgers

            with ledgers.opened(None) as book:
                return shield(report_from(book.report(self.kept)))
        return report_of(self.diagnosis(), command="investigate")


def question(*, saved: bool = False) -> Decorator:
    """Return the options of a complaint; the command gets them as one :class:`Asked`, ``asked``.

    Parameters
    ----------
    saved : bool
        Whether the command also takes ``--report``; then neither paths nor ``--account`` are required.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(**given: Any) -> Any:
            own = {name: given.pop(name) for name in NAMES}
            report, kept = given.pop("report", None), given.pop("kept", None)
            if saved:
                _one_of(own, report, kept)
            return command(asked=Asked(**own, report=report, kept=kept), **given)

        made: Callable[..., Any] = run
        for option in reversed(_options(saved=saved)):
            made = option(made)
        return made

    return decorate


def _one_of(own: dict[str, Any], report: str | None, kept: int | None) -> None:
    """Ask for a complaint, a saved report or one kept with a case, and for one of them only."""
    if report and kept:
        raise click.UsageError("--report and --case are an answer each: leave one out.")
    given = [f"--{n.replace('start', 'from').replace('end', 'to')}" for n in NAMES[1:] if own[n] is not None]
    if (report or kept) and (own["paths"] or given):
        what = "PATH" if own["paths"] else given[0]
        raise click.UsageError(f"{'--report' if report else '--case'} is an answer already: leave out {what}.")
    if report or kept:
        return
    if not own["paths"] and not options.readable():
        raise click.UsageError(
            "Give the files or folders of logs, or --report FILE.json: an answer that was saved."
        )
    if own["account"] is None:
        raise click.UsageError("Missing option '--account'.")


def _paths(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add PATH... without asking for it: a saved report needs none."""
    argument = click.argument("paths", metavar="[PATH]...", nargs=-1)
    decorated: Callable[..., Any] = argument(options.config(command))
    return decorated


def _options(*, saved: bool) -> list[Decorator]:
    listed: list[Decorator] = [
        _paths if saved else options.paths,
        click.option(
            "--account",
            required=not saved,
            metavar="ACCOUNT",
            shell_complete=complete.accounts,
            help="The account's id, its name (an unambiguous part will do) or one of its numbers.",
        ),
        click.option(
            "--complaint",
            cls=options.NamesInHelp,
            metavar="KIND",
            type=options.LazyChoice("calltrace.diagnosis.complaints:NAMES"),
            help="What the client complains of; without it every check runs.",
        ),
        options.start,
        options.end,
        click.option(
            "--caller",
            metavar="NUMBER",
            help='For caller-claim: the number that says it called; "withheld" where it was hidden.',
        ),
        click.option("--claim", metavar="TEXT", help="What the client says, in words; it may be mistaken."),
        options.tz,
        options.year,
        options.mapping,
        click.option("--now", metavar="T", help="When the question is asked: nothing later is known."),
        click.option(
            "--profile", metavar="FILE", help="Thresholds of your own, as TOML: calltrace explain lists them."
        ),
        click.option(
            "--rates",
            metavar="FILE",
            help="What clients are charged (TOML or CSV: calltrace explain rates), to split a high bill in money.",
        ),
    ]
    if saved:
        from calltrace.cli.ledgers import CaseNumber

        listed.append(
            click.option(
                "--case",
                "kept",
                metavar="CASE",
                type=CaseNumber(),
                help="Write from the report kept with this case of the ledger.",
            )
        )
        listed.append(
            click.option(
                "--report",
                metavar="FILE.json",
                type=click.Path(exists=True, dir_okay=False),
                help="Write from an answer that was saved (investigate --format json) instead of asking again.",
            )
        )
    return listed
