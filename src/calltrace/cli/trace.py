"""``calltrace trace``: one call from ring to message."""

from __future__ import annotations

import click

from calltrace.cli import lookups, options


@click.command("trace", short_help="Follow one call: every event any table or log holds of it.")
@click.argument("call_id", metavar="CALL_ID")
@options.paths
@options.start
@options.end
@click.option("--logs/--no-logs", default=True, help="Whether to go back to the logs' own lines.")
@click.option(
    "--profile", metavar="FILE", help="Thresholds of your own, as TOML: when an urgent message is late."
)
@lookups.reason
@options.tz
@options.year
@options.mapping
@lookups.shown
def command(
    call_id: str,
    paths: tuple[str, ...],
    *,
    start: str | None,
    end: str | None,
    logs: bool,
    profile: str | None,
    reason: str,
    tz: str | None,
    year: int | None,
    mapping: str | None,
    shown: lookups.Shown,
) -> None:
    """Draw one call as a timeline: arrival, greeting, queue, each agent it rang, hold, transfer, hang-up and by
    whom, message, every attempt to deliver it, with times and gaps.

    CALL_ID is the switch's id of the call, as `calltrace calls` shows it; its linked id or the id of a message
    taken on it will do. PATH is a file or a folder of logs, or a store. The logs are read again, line by line:
    --verbose shows each line as it stands. Whose call was looked at goes to the access log.

    \b
    Examples:
      calltrace trace 261004-00179 logs/
      calltrace trace 1776312681.13 /var/log/asterisk --verbose
      calltrace trace M027348 logs/ --json
    """  # noqa: D205,D301 -- click joins the lines, and wants the very character
    from calltrace.cli.access import reasoned
    from calltrace.desk.trace import trace
    from calltrace.report import timeline

    reasoned(reason)  # before the logs are read: whose call it is, only they tell
    case = lookups.case_of_call(paths, call_id, tz=tz, mapping=mapping, year=year, start=start, end=end)
    followed = trace(case, call_id, paths=lookups.where(paths), profile=options.profile(profile), logs=logs)
    lookups.record_call("trace", followed.call, reason)
    shown.put_out(timeline.timeline_of(followed), timeline)
