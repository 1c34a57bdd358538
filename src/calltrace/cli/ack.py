"""``calltrace ack``: say that a finding is known, so that the morning's report stays quiet about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from calltrace.cli import ledgers, options, results
from calltrace.errors import UsageError

if TYPE_CHECKING:
    from calltrace.desk.acks import Memory
    from calltrace.desk.troubles import Ack


NEAR_DAYS = 180
"""Days from now up to which a date needs no year."""


@click.command("ack", short_help="Say that a finding is known: the morning stays quiet about it.")
@click.argument("what", metavar="[KEY|ACCOUNT]", required=False)
@click.option("--cause", metavar="CAUSE", default="", help="Only troubles of this cause.")
@click.option("--until", metavar="T", help='When it runs out: a date or words ("mon 9:00"); else with the trouble.')
@click.option("--note", metavar="TEXT", default="", help="Why, for those who read the report.")
@click.option("--by", metavar="NAME", help="Who says so; else $CALLTRACE_USER, else the user who is logged in.")
@click.option("--list", "listing", is_flag=True, help="List what is open and what is acknowledged.")
@click.option("--remove", is_flag=True, help="Take it back: by its number in the list, a key, or an account.")
@click.option("--tz", metavar="ZONE", help="Zone of --until and of times shown; else the configuration's, else the account's.")
@options.config
def command(
    what: str | None,
    *,
    cause: str,
    until: str | None,
    note: str,
    by: str | None,
    listing: bool,
    remove: bool,
    tz: str | None,
) -> None:
    """Acknowledge what calltrace daily reported: it stays quiet until it ends, gets worse, or the time is over.

    KEY is a finding's key, as --list shows it; an ACCOUNT's id or name acknowledges all that is open of it. An
    account of which nothing is open is kept quiet only up to a time: say --until; a day alone means all of it.

    \b
    Examples:
      calltrace ack 1021 --note "moving office, forwards again on Monday" --until "mon 9:00"
      calltrace ack --list
      calltrace ack 1021 --remove
    """  # noqa: D301 -- click wants the very character
    from calltrace.desk.acks import Memory

    memory = Memory(service=options.settings().service.name)
    zone = _zone(tz, memory, what)
    if listing or what is None:
        if what is None and not listing:
            raise UsageError("nothing is named to acknowledge", expected="a finding's key or an account's id",
                             fix="calltrace ack --list shows what is open.")  # fmt: skip
        _show(memory, zone)
        return
    if remove:
        _tell("no longer acknowledged", memory.remove(what), zone)
        return
    now = ledgers.now()
    made = memory.ack(what, cause=cause, until=_until(until, zone, now), note=note, by=ledgers.who(by), now=now)
    _tell("acknowledged", made, zone)


def _show(memory: Memory, zone: str) -> None:
    """List the troubles the last morning left open, and every acknowledgement that can still keep something quiet."""
    now = ledgers.now()
    troubles = memory.troubles()
    still = {t.chain for t in troubles}
    acks = [a for a in memory.acks() if a.runs(now) and (not a.chain or a.chain in still)]
    if results.wants_json():
        results.tell(
            "",
            open=[
                {"key": t.chain, "scope": t.scope, "who": t.who, "cause": t.cause, "title": t.title, "severity": t.severity,
                 "since": t.since.isoformat(), "mornings": t.mornings, "judged": t.state != "carried"}
                for t in troubles
            ],
            acknowledged=[_dict(a) for a in acks],
        )  # fmt: skip
        return
    lines = []
    for t in troubles:
        known = any(a.chain == t.chain or (not a.chain and a.scope == t.scope and a.cause in {"", t.cause}) for a in acks)
        who = t.who if t.who == t.scope else f"{t.who} ({t.scope})"
        lines.append(f"{'known' if known else 'open':6} {t.severity:8} {t.chain}")
        lines.append(f"       {who}: {t.title}, since {_at(t.since, zone)}, {t.mornings} morning{'s' * (t.mornings != 1)}")
    if acks:
        lines += ["", "Acknowledged:"]
        lines += [f"{a.number:5}  {_words(a, zone)}" for a in acks]
    _out(lines or ["Nothing is open, and nothing acknowledged."])


def _tell(done: str, acks: list[Ack], zone: str) -> None:
    if results.wants_json():
        results.tell("", done=done, acks=[_dict(a) for a in acks])
        return
    _out([f"{done}: {_words(a, zone)}" for a in acks])


def _words(ack: Ack, zone: str) -> str:
    about = ack.chain or f"{ack.scope}{f', {ack.cause}' if ack.cause else ''}, whatever comes"
    until = f"until {_at(ack.until, zone)}" if ack.until else "until it ends"
    worse = f" or gets worse than {ack.severity}" if ack.severity and ack.severity != "critical" else ""
    note = f": {ack.note}" if ack.note else ""
    return f"{about}, {until}{worse} ({ack.made_by}, {_at(ack.made_at, zone)}){note}"


def _dict(ack: Ack) -> dict[str, object]:
    return {
        "number": ack.number,
        "scope": ack.scope,
        "key": ack.chain or None,
        "cause": ack.cause or None,
        "severity": ack.severity or None,
        "until": ack.until.isoformat() if ack.until else None,
        "note": ack.note or None,
        "by": ack.made_by or None,
        "at": ack.made_at.isoformat(),
    }


def _zone(tz: str | None, memory: Memory, what: str | None) -> str:
    """Return the zone that times are meant in: as said, the configuration's, that of what is open, the machine's."""
    from calltrace.tables.clock import zone_named
    from calltrace.tables.times import machine_zone

    zone = tz or options.settings().service.zone
    if not zone:
        troubles = memory.troubles()
        mine = [t.zone for t in troubles if what in {t.key, t.chain, t.scope}] or [t.zone for t in troubles]
        zone = max(set(mine), key=lambda z: (mine.count(z), z)) if mine else machine_zone()
    zone_named(zone)
    return zone


def _until(said: str | None, zone: str, now: datetime) -> datetime | None:
    """Return when it runs out; a day alone means all of it, as --to does."""
    from datetime import timedelta

    from calltrace.tables.due import parse_due

    if said is None:
        return None
    try:
        return parse_due(f"{said} 23:59", zone, now) + timedelta(minutes=1)  # no form has a time twice
    except UsageError:
        return parse_due(said, zone, now)


def _at(moment: datetime, zone: str) -> str:
    from calltrace.tables.clock import zone_named

    local = moment.astimezone(zone_named(zone))
    year = "" if abs(moment - ledgers.now()).days < NEAR_DAYS else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def _out(lines: list[str]) -> None:
    from calltrace.tables.text import visible

    results.emit("".join(f"{visible(line)}\n" for line in lines), None)
