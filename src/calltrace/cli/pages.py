"""``calltrace account``, ``agent`` and ``trunk``: one page each, against their own usual and the profile's target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from calltrace.cli import complete, lookups, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _command(kind: str, metavar: str, short: str, text: str, completer: Completer) -> click.Command:
    """Make the command of one kind of page: they differ in what they are about."""

    @click.command(kind, short_help=short, help=text)
    @click.argument("named", metavar=metavar, shell_complete=completer)
    @options.paths
    @options.start
    @options.end
    @click.option("--when", metavar="SPAN", help='Both ends at once: "yesterday 9 to 12", "last weekend".')
    @click.option(
        "--now", metavar="T", help='What "yesterday" counts from; the end of the records by default.'
    )
    @click.option(
        "--profile", metavar="FILE", help="Targets of your own, as TOML: calltrace explain lists them."
    )
    @options.tz
    @options.year
    @options.mapping
    @lookups.shown
    def command(
        named: str,
        paths: tuple[str, ...],
        *,
        profile: str | None,
        tz: str | None,
        year: int | None,
        mapping: str | None,
        shown: lookups.Shown,
        **said: Any,
    ) -> None:
        from calltrace.desk import pages
        from calltrace.desk.find import Wanted
        from calltrace.report import scorecard

        when = Wanted(**{k: v for k, v in said.items() if v})
        kept = lookups.store_of(paths)
        if kept is not None:
            case = lookups.from_store(kept, pages.case_of, kind, named, when)
        else:
            case = options.case(
                paths, tz=tz, mapping=mapping, year=year, start=when.start or None, end=when.end or None,
                now=when.now or None,
            )  # fmt: skip
        page = pages.page(case, kind, named, when=when, profile=options.profile(profile))
        shown.put_out(scorecard.scorecard_of(page), scorecard)

    return command


account = _command(
    "account",
    "ACCOUNT",
    "One page of a client: its figures against its usual and the targets.",
    """Show one client on one page: calls, answers, waits, holds and urgent messages of the last seven days (or
    --when), against the same time of the weeks before and the profile's targets.

    ACCOUNT is the id, an unambiguous part of the name, or one of the numbers.

    \b
    Examples:
      calltrace account polar logs/
      calltrace account 1021 logs/ --when "last weekend" --json
    """,
    complete.accounts,
)
agent = _command(
    "agent",
    "AGENT",
    "One page of an agent: figures against their usual, the others and the targets.",
    """Show one agent on one page: calls, talk, holds, calls left ringing, time logged in, of the last seven days
    (or --when), against the same time of their weeks before, the other agents' and the profile's targets.

    \b
    Examples:
      calltrace agent A17 logs/
      calltrace agent "Ann Lee" logs/ --when "mon 9:00 to 17:00"
    """,
    complete.agents,
)
trunk = _command(
    "trunk",
    "GROUP",
    "One page of a trunk group: calls, blocking, peaks, against its usual and the targets.",
    """Show one trunk group on one page: calls, blocked calls, time with no trunk free, most trunks in use, of the
    last seven days (or --when), against the same time of the weeks before and the profile's targets.

    \b
    Examples:
      calltrace trunk PRI-A logs/
      calltrace trunk PRI-A logs/ --when yesterday --verbose
    """,
    complete.trunk_groups,
)
