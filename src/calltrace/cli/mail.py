"""``calltrace mail``: what waits to be sent, what was, and sending it now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from calltrace.cli import options, results
from calltrace.cli.exits import Exit
from calltrace.cli.mail_options import SERVER_OPTIONS, say, server, the_spool
from calltrace.errors import UsageError

if TYPE_CHECKING:
    from calltrace.report.mail.smtp import SmtpSettings
    from calltrace.report.mail.spool import Entry

identity = click.argument("message", metavar="ID")


@click.group("mail", short_help="See what mail waits to be sent, and send it.")
def command() -> None:
    """See and send the reports given to --email: they are kept until every reader has them.

    ID is the beginning of a message's id, as list shows it.

    \b
    Examples:
      calltrace mail status
      calltrace mail flush        # in cron every ten minutes: silent where nothing waits
    """  # noqa: D301 -- click wants the very character


@command.command("status", short_help="Say in one line whether mail waits.")
@options.config
def status() -> int:
    """Say in one line how much mail waits and how much is stuck. Exits with 4 where any does."""
    spool = the_spool()
    entries = spool.entries()
    waiting, stuck = [e for e in entries if e.open], [e for e in entries if e.stuck]
    sent = [e for e in entries if e.settled]
    damaged = spool.damaged()
    words = f"{len(waiting)} waiting, {len(stuck)} stuck, {len(sent)} sent"
    if damaged:
        words += f", {len(damaged)} damaged"
    results.tell(
        f"{words} ({spool.folder})\n",
        folder=str(spool.folder),
        waiting=len(waiting),
        stuck=len(stuck),
        sent=len(sent),
        damaged=len(damaged),
    )
    return Exit.UNSENT if waiting or stuck or damaged else Exit.OK


@command.command("list", short_help="List the mail that waits and that was sent.")
@options.config
def list_() -> None:
    """List messages, the oldest first: id, state, when it was made, subject, and for each reader what became of it."""
    spool = the_spool()
    lines = []
    for entry in spool.entries():
        lines.append(f"{entry.id[:8]}  {_state(entry):8}  {_local(entry.made_at)}  {entry.subject}")
        for to, copy in entry.copies.items():
            tries = f", {copy.tries} {'try' if copy.tries == 1 else 'tries'}" if copy.tries else ""
            why = f": {copy.why}" if copy.why and copy.state != "sent" else ""
            lines.append(f"          {copy.state:8}  {_local(copy.at)}  {to}{tries}{why}")
    lines += [f"damaged: {path}" for path in spool.damaged()]
    _out(
        lines or [f"nothing waits, and nothing was sent lately ({spool.folder})"],
        folder=str(spool.folder),
        messages=[_document(entry) for entry in spool.entries()],
        damaged=[str(path) for path in spool.damaged()],
    )


@command.command("flush", short_help="Send what waits.")
@click.option("--all", "everything", is_flag=True, help="Also what was tried a moment ago and is not due again.")
@SERVER_OPTIONS[0]
@SERVER_OPTIONS[1]
@options.config
def flush(*, everything: bool, smtp: str | None, smtp_password_file: str | None) -> int:
    """Send what waits and is due: for cron, every ten minutes.

    Says nothing where nothing was to be done. Exits with 4 where something still waits after a try.
    """
    from calltrace.report.mail.post import attempt

    spool = the_spool()
    unsent = False
    tried = []
    for entry in spool.due(all_open=everything):
        done = attempt(spool, entry, _by(entry, smtp, smtp_password_file))
        for to in entry.open:
            copy = done.copies[to]
            say(f"{done.subject}: {to}: {copy.state}{f' ({copy.why})' if copy.state != 'sent' else ''}")
        unsent = unsent or not done.settled
        tried.append(_document(done))
    spool.tidy()
    results.tell("", tried=tried)
    return Exit.UNSENT if unsent else Exit.OK


@command.command("retry", short_help="Try refused mail again.")
@identity
@SERVER_OPTIONS[0]
@SERVER_OPTIONS[1]
@options.config
def retry(message: str, *, smtp: str | None, smtp_password_file: str | None) -> int:
    """Try a message again for readers whose copies were refused or given up."""
    from calltrace.report.mail.post import attempt

    spool = the_spool()
    entry = spool.release(spool.matching(message).id)
    done = attempt(spool, entry, _by(entry, smtp, smtp_password_file))
    for to in entry.open:
        copy = done.copies[to]
        say(f"{to}: {copy.state}{f' ({copy.why})' if copy.state != 'sent' else ''}")
    results.tell("", tried=[_document(done)])
    return Exit.OK if done.settled else Exit.UNSENT


@command.command("show", short_help="Print a waiting message as it will be sent.")
@identity
@options.config
def show(message: str) -> None:
    """Print the message itself; into a file it opens in any mail program: calltrace mail show ID > look.eml."""
    spool = the_spool()
    entry = spool.matching(message)
    content = spool.message(entry.id)
    if content is None:
        raise UsageError(f"{entry.id[:8]} is away, and no longer here", fix="calltrace mail list shows when it was sent.")
    if results.wants_json():
        results.tell("", message=_document(entry), content=content.decode("utf-8", "replace"))
        return
    click.echo(content, nl=False)


@command.command("drop", short_help="Forget a message.")
@identity
@options.config
def drop(message: str) -> None:
    """Forget a message, sent or not: it will not be tried again, nor known should the same report be made again."""
    spool = the_spool()
    entry = spool.drop(spool.matching(message).id)
    say(f"dropped {entry.id[:8]}: {entry.subject}")
    results.tell("", dropped=_document(entry))


def _by(entry: Entry, smtp: str | None, password_file: str | None) -> SmtpSettings:
    """Return the server as told now, else the one the message was to go by."""
    try:
        return server(smtp, password_file)
    except UsageError:
        if smtp or not entry.server:
            raise
        return server(entry.server, password_file)


def _state(entry: Entry) -> str:
    if entry.settled:
        return "sent"
    return "waiting" if entry.open else "stuck"


def _local(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}" if text else "-"


def _out(lines: list[str], **facts: object) -> None:
    from calltrace.tables.text import visible

    results.tell("".join(f"{visible(line)}\n" for line in lines), **facts)


def _document(entry: Entry) -> dict[str, object]:
    """Return a message and what became of each reader's copy, as JSON values."""
    return {
        "id": entry.id,
        "state": _state(entry),
        "made_at": entry.made_at,
        "subject": entry.subject,
        "readers": [
            {"to": to, "state": c.state, "at": c.at or None, "tries": c.tries, "why": c.why or None}
            for to, c in entry.copies.items()
        ],
    }
