"""``--email`` and what belongs to it: who gets a report, by which server, and what was done."""

from __future__ import annotations

import functools
import os
import platform
import re
import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calltrace.classes import dataclass
from calltrace.cli import ledgers, options
from calltrace.cli.exits import UsageFailure, refused

if TYPE_CHECKING:
    from email.headerregistry import Address
    from email.message import EmailMessage

    from calltrace.errors import InputError
    from calltrace.report.mail.message import Mail
    from calltrace.report.mail.smtp import SmtpSettings
    from calltrace.report.mail.spool import Spool

CONFIGURED = "the configured ones"
"""What ``--email`` without an address means."""

URL, PASSWORD, PASSWORD_FILE, SENDER = (
    "CALLTRACE_SMTP_URL",
    "CALLTRACE_SMTP_PASSWORD",
    "CALLTRACE_SMTP_PASSWORD_FILE",
    "CALLTRACE_EMAIL_FROM",
)

_PASSWORD_INSIDE = re.compile(r"://[^/@]*:[^@]*@")
"""A password in a mail server's address."""


def _without_a_password(_ctx: click.Context, _param: click.Parameter, url: str | None) -> str | None:
    """Refuse a password on the command line, where every user of the machine and the shell's history can read it."""
    if url and _PASSWORD_INSIDE.search(url):
        raise UsageFailure(
            "--smtp holds a password, which others on this machine can read on the command line. Leave it out there,"
            f" and put it into ${PASSWORD} or into a file for --smtp-password-file."
        )
    return url


OPTIONS = (
    click.option(
        "--email",
        metavar="ADDRESS[,ADDRESS]",
        multiple=True,
        is_flag=False,
        flag_value=CONFIGURED,
        help="Mail the report to them; last on the line without an address, to those of the configuration.",
    ),
    click.option(
        "--email-to-file",
        metavar="FILE.eml",
        type=click.Path(dir_okay=False),
        help="Write the mail there instead of sending it, to look first.",
    ),
    click.option("--email-from", metavar="ADDRESS", help=f"Whom it is from; else ${SENDER}, else the configuration's."),
    click.option("--email-again", is_flag=True, help="Send it also to those who have had this very report."),
)
SERVER_OPTIONS = (
    click.option(
        "--smtp",
        metavar="URL",
        callback=_without_a_password,
        help=f"The mail server, smtps://USER@HOST or smtp://USER@HOST (STARTTLS); else ${URL}, else the configuration's.",
    ),
    click.option(
        "--smtp-password-file",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help=f"A file whose first line is the password; else ${PASSWORD}, ${PASSWORD_FILE}, the configuration's.",
    ),
)


_SECRETIVE = re.compile(r"^(?:--[a-z-]+=)?[a-z][a-z0-9+.-]*://\S*(?:@|[?&](?:pass|secret|key|token))\S*$", re.IGNORECASE)
"""An address that may hold a password."""


@dataclass(frozen=True)
class Delivery:
    """What became of a mail: ``done`` unless somebody is still to get it; ``said`` is a few words for a log."""

    done: bool = True
    said: str = "none"


@dataclass(frozen=True)
class Mailing:
    """What the options ask for; False where no mail is wanted. ``quiet`` says nothing of what was sent as it should be."""

    email: tuple[str, ...] = ()
    to_file: str | None = None
    sender: str | None = None
    again: bool = False
    smtp: str | None = None
    password_file: str | None = None
    quiet: bool = False

    def __bool__(self) -> bool:
        return bool(self.email or self.to_file)

    def check(self) -> None:
        """Say what is wrong with it before any work is done. Raises UsageError and InputError."""
        if not self:
            return
        from calltrace.report.mail import smtp

        settings = None if self.to_file else self._server()
        _sender(self, settings)
        self._recipients()
        if settings is not None:
            smtp.check(settings)

    def deliver(self, mail: Mail, *, at: datetime | None = None) -> Delivery:
        """Write the mail to its file, or send it; what was done is told on standard error.

        Parameters
        ----------
        mail : Mail
            What it says.
        at : datetime, optional
            Its date; now by default.
        """
        if not self:
            return Delivery()
        from calltrace.report.mail.message import to_message

        mail = _guarded(mail)
        settings = None if self.to_file else self._server()
        sender, recipients = _sender(self, settings), self._recipients()
        configured = options.settings().mail
        message = to_message(
            mail,
            sender=sender,
            recipients=recipients,
            at=at or ledgers.now(),
            prefix=configured.subject,
            reply_to=_address(configured.reply_to),
        )
        if self.to_file or settings is None:
            return _written(message.as_bytes(), str(self.to_file))
        return self._sent(message, sender, recipients, settings)

    def _sent(self, message: EmailMessage, sender: Address, recipients: tuple[Address, ...], settings: SmtpSettings) -> Delivery:
        from calltrace.report.mail.post import post
        from calltrace.report.mail.spool import BusyError, UnkeptError

        to = tuple(a.addr_spec for a in recipients)
        try:
            spool = the_spool()
            posted = post(spool, message, to, settings, sender=sender.addr_spec, again=self.again, said=say)
        except BusyError:
            say("another run is sending this very report")
            return Delivery(said="another run is sending it")
        except UnkeptError as error:
            return _sent_unkept(message, sender.addr_spec, to, settings, error)
        if posted.sent and not self.quiet:
            say(f"sent to {', '.join(posted.sent)}")
        if posted.had:
            say(f"{', '.join(posted.had)} had this very report before; --email-again sends it once more")
        if posted.stuck:
            say(f"not taken for {', '.join(posted.stuck)}: {posted.reason(posted.stuck)}. It is kept: calltrace mail list")
        if posted.waiting:
            say(
                f"not sent to {', '.join(posted.waiting)}: {posted.reason(posted.waiting)}. It is kept, and tried again by"
                " the next run with --email, or now by calltrace mail flush --all"
            )
        else:  # the server is there
            self._take_along(spool, settings)
        spool.tidy()
        words = [
            f"{what} {len(who)}"
            for what, who in (("sent", posted.sent), ("had", posted.had), ("waiting", posted.waiting), ("stuck", posted.stuck))
            if who
        ]
        return Delivery(posted.away, ", ".join(words))

    def take_along(self) -> None:
        """Send what waited and is due, though there is nothing new to send."""
        from calltrace.report.mail.spool import UnkeptError

        if self.email and not self.to_file:
            try:
                self._take_along(the_spool(), self._server())
            except UnkeptError as error:
                say(str(error))

    def _take_along(self, spool: Spool, settings: SmtpSettings) -> None:
        from calltrace.errors import InputError
        from calltrace.report.mail.post import attempt

        try:
            for entry in spool.due():
                if entry.server == settings.url and attempt(spool, entry, settings).settled:
                    say(f"sent what had waited: {entry.subject}")
        except (OSError, InputError) as error:  # it waits on; what is new has its own way
            say(f"what waits can't be tried: {error}")

    def _server(self) -> SmtpSettings:
        return server(self.smtp, self.password_file)

    def _recipients(self) -> tuple[Address, ...]:
        from calltrace.errors import UsageError
        from calltrace.report.mail.message import addresses

        configured = options.settings().mail.to
        named = tuple(e for e in self.email if e != CONFIGURED)
        found = addresses([*named, *(configured if CONFIGURED in self.email or (self.to_file and not named) else ())])
        if not found and not self.to_file:
            raise UsageError(
                "--email names nobody", fix="Give an address, or put those who get every mail under [mail] to."
            )
        return found


def email_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of mail; the command gets them as ``mailing``, checked."""

    @functools.wraps(command)
    def wrapped(*args: Any, **chosen: Any) -> Any:
        mailing = Mailing(
            email=chosen.pop("email"),
            to_file=chosen.pop("email_to_file"),
            sender=chosen.pop("email_from"),
            again=chosen.pop("email_again"),
            smtp=chosen.pop("smtp"),
            password_file=chosen.pop("smtp_password_file"),
        )
        mailing.check()
        return command(*args, mailing=mailing, **chosen)

    decorated: Callable[..., Any] = wrapped
    for option in reversed((*OPTIONS, *SERVER_OPTIONS)):
        decorated = option(decorated)
    return decorated


def server(smtp: str | None, password_file: str | None) -> SmtpSettings:
    """Return the mail server of the options, the environment or the configuration, in this order.

    Raises
    ------
    UsageError
        None is named, or its address is none.
    InputError
        The password's file can't be read.
    """
    from calltrace.config._secrets import Secret
    from calltrace.errors import UsageError
    from calltrace.report.mail.smtp import SmtpSettings, settings_of

    mail = options.settings().mail
    url = smtp or os.environ.get(URL, "")
    file = password_file or os.environ.get(PASSWORD_FILE, "")
    by_env = os.environ.get(PASSWORD, "") if not password_file else ""
    password = by_env or (Secret(file=file, section="the mail server's").read() if file else "")
    if url:
        return settings_of(url, password=password)
    if not mail.host:
        raise UsageError(
            "no mail server is named",
            expected=f"--smtp smtps://USER@HOST, {URL} in the environment, or [mail] host in the configuration",
            fix="--email-to-file FILE.eml shows the mail without one.",
        )
    return SmtpSettings(
        host=mail.host,
        port=mail.chosen_port,
        tls={"tls": "implicit", "starttls": "starttls"}.get(mail.tls, "off"),  # type: ignore[arg-type]
        user=mail.user,
        password=password or mail.password(),
        timeout_s=mail.timeout_s,
    )


def the_spool() -> Spool:
    """Return the spool: the configuration's folder, else the one in the state folder."""
    from calltrace.desk import state
    from calltrace.report.mail.spool import Spool

    configured = options.settings().mail.spool
    return Spool(Path(configured).expanduser() if configured else state.place("mail"), ledgers.now)


def say(text: str) -> None:
    """Tell what is done about mail, on standard error."""
    from calltrace.report import privacy
    from calltrace.tables.text import visible

    click.echo(f"mail: {visible(privacy.guard(text))}", err=True)


def command_line(ctx: click.Context | None = None) -> str:
    """Return the command as it was given, its secrets left out, as a shell would read it.

    Examples
    --------
    >>> command_line(click.Context(click.Command("x"), obj=None))
    'calltrace'
    """
    context = (ctx or click.get_current_context()).find_root()
    return shlex.join(["calltrace", *map(_without_password, context.meta.get("calltrace.arguments", ()))])


def _without_password(argument: str) -> str:
    if not _SECRETIVE.search(argument):
        return argument
    from calltrace.intake.databases import shown

    return shown(argument)


def _sent_unkept(
    message: EmailMessage, sender: str, to: tuple[str, ...], settings: SmtpSettings, why: InputError
) -> Delivery:
    """Send what can't be kept, and say what became of it: no later run will."""
    from calltrace.report.mail.direct import hand_over
    from calltrace.report.mail.smtp import Fate

    fates = hand_over(message, to, settings, sender=sender, said=say)
    sent = [name for name in to if fates[name].fate is Fate.SENT]
    say(f"it can't be kept: {why}")
    if sent:
        say(f"sent to {', '.join(sent)} all the same; the same report made again is sent again")
    for name in to:
        if name not in sent:
            say(f"not sent to {name}: {fates[name].why}. No later run will try it: send it again once it can be kept")
    words = [f"{what} {n}" for what, n in (("sent unkept", len(sent)), ("lost", len(to) - len(sent))) if n]
    return Delivery(len(sent) == len(to), ", ".join(words))


def _sender(mailing: Mailing, settings: SmtpSettings | None) -> Address:
    from calltrace.errors import UsageError
    from calltrace.report.mail.message import address

    user = settings.user if settings and "@" in settings.user else ""
    host = platform.node()
    found = mailing.sender or os.environ.get(SENDER, "") or options.settings().mail.sender or user
    if not found and (mailing.to_file or (settings and settings.tls == "off")):
        found = f"calltrace@{host if '.' in host else 'localhost'}"
    if not found:
        raise UsageError(
            "nobody is named whom the mail is from", expected=f"--email-from, {SENDER}, or [mail] from in the configuration"
        )
    return address(found)


def _address(text: str) -> Address | None:
    from calltrace.report.mail.message import address

    return address(text) if text else None


def _guarded(mail: Mail) -> Mail:
    """Hide callers where they are to be, in all a reader sees."""
    from dataclasses import replace

    from calltrace.report.privacy import guard

    return replace(
        mail,
        subject=guard(mail.subject),
        text=guard(mail.text),
        html=guard(mail.html),
        pictures=tuple(replace(p, alt=guard(p.alt)) for p in mail.pictures),
        made_by=guard(mail.made_by),
    )


def _written(content: bytes, file: str) -> Delivery:
    from calltrace.tables.files import write_private

    try:
        write_private(Path(file).resolve(), content)
    except OSError as error:
        raise refused(file, error) from error
    say(f"written to {click.format_filename(file)}; nothing was sent")
    return Delivery(said=f"written to {file}")
