"""``calltrace calls``: find calls, print them, count them, export them, listen to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calltrace.cli import complete, lookups, options, results
from calltrace.cli.exits import UsageFailure

if TYPE_CHECKING:
    from calltrace.desk.find import Found

MOST_OPENED = 10
"""Recordings opened at once, unless --limit says so: nobody means to start four hundred players."""


@click.command("calls", short_help="Find calls; print, count or export them, open their recordings.")
@options.paths
@click.option(
    "--account",
    metavar="ACCOUNT",
    shell_complete=complete.accounts,
    help="Of this client: id, name or number.",
)
@click.option("--agent", metavar="AGENT", shell_complete=complete.agents, help="Answered by this agent.")
@click.option(
    "--caller", metavar="NUMBER", help='From this number, however it is written; "withheld" for none.'
)
@click.option("--number", metavar="NUMBER", help="To this number of a client.")
@click.option(
    "--trunk-group", metavar="GROUP", shell_complete=complete.trunk_groups, help="On this trunk group."
)
@options.start
@options.end
@click.option(
    "--when", metavar="SPAN", help='Both ends at once: "this morning 9 to 12", "last weekend", "last 2 h".'
)
@click.option("--between", metavar="HOURS", help='Hours of any day: "9:00-12:00", "22:00 to 6:00".')
@click.option(
    "--outcome",
    "outcomes",
    metavar="OUTCOME",
    multiple=True,
    shell_complete=complete.outcomes,
    help="answered, abandoned, announcement, busy, failed, no_answer, voicemail; or missed, all but answered. Repeat for more.",
)
@click.option(
    "--wait", metavar="BOUND", help='Seconds of ring and queue: ">60", "<10", "30-60", "2 min" (at least).'
)
@click.option("--hold", metavar="BOUND", help="Seconds on hold, likewise.")
@click.option("--talk", metavar="BOUND", help="Seconds of conversation, likewise.")
@click.option("--ended-by", metavar="WHO", help="Who hung up: caller, agent or system.")
@click.option(
    "--priority",
    metavar="KIND",
    type=options.LazyChoice("calltrace.desk.find:PRIORITIES"),
    help="Of the message taken: urgent, routine; none for no message.",
)
@click.option("--recorded", is_flag=True, help="Only calls with a recording.")
@click.option(
    "--sort",
    default="time",
    show_default=True,
    metavar="KEY",
    help="time, wait, ring, queue, hold, talk, account, agent, caller or outcome; -wait: longest first.",
)
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="No more than the first N.")
@click.option("--count", is_flag=True, help="Print how many, and nothing else.")
@click.option(
    "--by",
    metavar="KEY",
    default="",
    help="Count by account, agent, caller, outcome, ended_by, trunk_group, dnis, priority, day, hour, weekday.",
)
@click.option("--recordings", is_flag=True, help="Print the recordings' paths, one a line.")
@click.option("--open", "listen", is_flag=True, help="Open the recordings in this machine's player.")
@lookups.reason
@click.option("--now", metavar="T", help='What "yesterday" counts from; the end of the records by default.')
@options.tz
@options.year
@options.mapping
@lookups.shown
def command(
    paths: tuple[str, ...],
    *,
    count: bool,
    by: str,
    recordings: bool,
    listen: bool,
    tz: str | None,
    year: int | None,
    mapping: str | None,
    reason: str,
    shown: lookups.Shown,
    **said: Any,
) -> None:
    """Find calls by what is known of them.

    Filters add up; without any, all calls are listed. PATH is a file or a folder of logs, or a store.
    --output FILE.csv writes the calls for a spreadsheet.

    \b
    Examples:
      calltrace calls logs/ --account polar --when "this morning 9 to 12" --outcome missed
      calltrace calls logs/ --agent A17 --from mon --wait ">60" --sort -wait
      calltrace calls logs/ --account 1021 --when "last weekend" --by hour
      calltrace calls logs/ --caller "(717) 555-1234" --recordings
    """  # noqa: D301 -- click wants the very character
    from calltrace.desk.find import Wanted, find
    from calltrace.report import listing

    wanted = Wanted(**{k: v for k, v in said.items() if v is not None})
    lookups.record("calls", wanted.caller, reason)
    case = lookups.case_for(paths, wanted, tz=tz, mapping=mapping, year=year)
    found = find(case, wanted)
    if count:
        results.emit(f"{found.matched}\n", shown.output)
    elif recordings or listen:
        as_json = shown.format_name == "json"
        _recordings(found, shown.output, listen=listen, limited=wanted.limit is not None, as_json=as_json)
    else:
        shown.put_out(listing.listing_of(found, by=by), listing)


def _recordings(found: Found, output: str | None, *, listen: bool, limited: bool, as_json: bool) -> None:
    """Print where the recordings are, or open them."""
    from calltrace.desk.find import recordings
    from calltrace.report import privacy

    paths = recordings(found)
    if not paths:
        whose = "The one call found has no" if found.matched == 1 else f"None of the {found.matched:,} calls has a"
        raise UsageFailure(f"{whose} recording on record.")
    if not listen:
        shown = privacy.shield(paths, found.case)
        if as_json:
            from calltrace.report.values import json_text
            from calltrace.version import REPORT_SCHEMA

            document = {"schema": REPORT_SCHEMA, "command": "calls", "recordings": list(shown)}
            results.emit(json_text(document), output)
        else:
            results.emit("".join(f"{path}\n" for path in shown), output)
        return
    if len(paths) > MOST_OPENED and not limited:
        raise UsageFailure(
            f"{len(paths)} recordings are too many to open at once. Say how many: --limit {MOST_OPENED}."
        )
    for path in paths:
        if "://" not in path and not Path(path).exists():
            raise UsageFailure(
                f"The recording {path} is not there. The records name it; it may be on the switch."
            )
        if click.launch(path):
            raise UsageFailure(f"{path} can't be opened: no player was found.")
