"""``calltrace caller``: everything known of one caller."""

from __future__ import annotations

import click

from calltrace.cli import lookups, options


@click.command("caller", short_help="Tell everything known of one caller, on every client's line.")
@click.argument("number", metavar="NUMBER")
@options.paths
@lookups.reason
@options.tz
@options.year
@options.mapping
@lookups.shown
def command(
    number: str,
    paths: tuple[str, ...],
    *,
    reason: str,
    tz: str | None,
    year: int | None,
    mapping: str | None,
    shown: lookups.Shown,
) -> None:
    """Tell everything the records hold of one caller: calls on all accounts' lines and what came of each, names
    given, messages and their deliveries, and the numbers one slip away.

    NUMBER is written in any way; seven digits are looked for at the end of every number, and "withheld" tells of the
    calls without one. Where no call is of that number, those logged without an area code are told that end as it does:
    they are perhaps of that caller. PATH is a file or a folder of logs, or a store.

    \b
    Examples:
      calltrace caller "(717) 555-1234" logs/
      calltrace caller 555-1234 logs/ --reason "case 12: says nobody called back"
    """  # noqa: D205,D301 -- click joins the lines, and wants the very character
    from calltrace.desk import caller as desk
    from calltrace.report import caller

    lookups.record("caller", number, reason)
    kept = lookups.store_of(paths)
    if kept is not None:
        case = lookups.from_store(kept, desk.case_of, number)
    else:
        case = options.case(paths, tz=tz, mapping=mapping, year=year)
    page = caller.page_of(desk.known(case, number, profile=options.profile(None)))
    shown.put_out(page, caller)
