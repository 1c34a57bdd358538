"""``calltrace access``: who looked up which caller, when and why."""

from __future__ import annotations

import click

from calltrace.cli import ledgers, options, results
from calltrace.cli.exits import UsageFailure


def reasoned(reason: str) -> None:
    """Raise UsageFailure where the configuration asks why a caller is looked up and nobody says so."""
    if options.settings().privacy.require_reason and not reason.strip():
        raise UsageFailure("Say why you look this caller up: --reason TEXT. (The configuration asks for it.)")


def recorded(command: str, caller: str, reason: str, *, given: bool = True) -> None:
    """Write down that a caller is looked up, before anything about them is shown.

    Where the configuration names the log or whoever looks gave a reason (``given``: or it goes without saying), nothing is
    shown if it can't be written.

    Raises
    ------
    UsageFailure
        Where the configuration asks for a reason and none was given.
    InputError
        Where the access log can't be written.
    """
    from calltrace.desk.access import record
    from calltrace.errors import InputError

    reasoned(reason)
    privacy = options.settings().privacy
    try:
        record(command, caller, reason, who=ledgers.who(None), now=ledgers.now(), path=privacy.access_log or None)
    except InputError as error:
        if privacy.access_log or (given and reason.strip()) or privacy.require_reason:
            raise
        click.echo(f"This lookup is not in the access log: {error}", err=True)


@click.command("access", short_help="Say who looked up which caller, and why.")
@click.option("--caller", metavar="NUMBER", default="", help="Only lookups of this number.")
@click.option("--who", "person", metavar="NAME", default="", help="Only lookups by this person.")
@click.option("--since", metavar="T", help='Only since then: a date, or words ("last month").')
@click.option("--prune", metavar="AGE", help="Delete lines older than that (400d, 2y), and say how many.")
@options.tz
@ledgers.as_json
@options.config
def command(
    *, caller: str, person: str, since: str | None, prune: str | None, tz: str | None, as_json: bool
) -> None:
    """Say who looked up which caller, when, by which command, and why.

    A caller is shown by the last two digits: the log holds no number. With --caller NUMBER it says whether that
    number was looked up.
    """
    from calltrace.desk.access import AccessLog
    from calltrace.report import privacy
    from calltrace.tables.clock import zone_named

    zone, now = ledgers.zone(tz), ledgers.now()
    log = AccessLog(options.settings().privacy.access_log or None)
    if prune:
        from calltrace.tables.due import parse_age

        gone = log.prune(now - parse_age(prune))
        if as_json:
            ledgers.emit_json({"command": "access", "deleted": gone})
        else:
            results.emit(f"{gone} line{'' if gone == 1 else 's'} deleted\n", None)
        return
    if caller:
        from calltrace.tables.written import Written

        caller = Written(caller).number
    found = log.lookups(caller=caller, who=person, since=ledgers.past(since, zone, now)) if log.path.exists() else ()
    found = privacy.shield(found)
    if as_json:
        ledgers.emit_json({"command": "access", "lookups": [one.to_dict() for one in found]})
        return
    from calltrace.report.render._cases import lookups

    results.emit(lookups(found, zone_named(zone), **results.layout("auto", None)), None)
