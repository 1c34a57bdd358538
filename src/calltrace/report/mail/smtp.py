"""Handing a message to a mail server: SMTP with TLS and login, and an account of what became of each reader's copy.

The connection is encrypted and the server's certificate checked before anything is said, unless the address says
``tls=off`` (a server on this very machine); a password never crosses an unencrypted connection. No step waits longer
than ``timeout_s``, all of them together no longer than :data:`DEADLINE` times that, so a server that dribbles can't
hold a morning up.

A hand-over has one moment of doubt (RFC 1047): when all of the message has been sent and the connection breaks before
the server's answer, the server may or may not have taken it. That is reported as ``unsure``; what to do then is the
spool's decision.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from calltrace.classes import dataclass
from calltrace.errors import InputError, UsageError
from calltrace.tables.text import visible

DEADLINE = 10
"""How many timeouts a whole hand-over may take."""

PORTS = {"implicit": 465, "starttls": 587, "off": 25}
Tls = Literal["implicit", "starttls", "off"]

PLAIN = frozenset({"off", "no", "none"})
SAME: dict[Tls, frozenset[str]] = {"implicit": frozenset({"implicit", "tls", "ssl"}), "starttls": frozenset({"starttls"})}
"""The words behind ``?tls=`` that say again what the address's scheme says."""

FORM = "smtps://USER@HOST[:465] or smtp://USER@HOST[:587] (STARTTLS)"

LONGEST_ANSWER = 300
"""Characters of a server's answer that are told."""


@dataclass(frozen=True)
class SmtpSettings:
    """The mail server. ``password`` is shown nowhere; ``ca_file`` holds certificates to trust besides the system's."""

    host: str
    port: int
    tls: Tls = "implicit"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0
    ca_file: str = ""

    @property
    def url(self) -> str:
        """The address without the password: what may be shown and stored."""
        scheme = "smtps" if self.tls == "implicit" else "smtp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        options = [f"timeout={self.timeout_s:g}"] if self.timeout_s != 30.0 else []
        options += ["tls=off"] if self.tls == "off" else []
        options += [f"ca={quote(self.ca_file)}"] if self.ca_file else []
        name = f"{quote(self.user, safe='')}@" if self.user else ""
        return f"{scheme}://{name}{host}:{self.port}{'?' + '&'.join(options) if options else ''}"


def settings_of(url: str, *, password: str = "") -> SmtpSettings:
    """Return the settings of a server's address.

    Parameters
    ----------
    url : str
        ``smtps://USER[:PASSWORD]@HOST[:PORT]`` for TLS from the first byte, ``smtp://…`` for STARTTLS, which is then
        required; behind a ``?``: ``tls=off``, ``ca=FILE`` (certificates in PEM), ``timeout=SECONDS``.
    password : str
        The password; it goes before one in the address.

    Raises
    ------
    UsageError
        For an address that is none, with the form of one.
    """
    shown = re.sub(r"(://[^/@]*?):[^@]*@", r"\1:***@", url)
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{shown!r} is no mail server's address", expected=FORM) from error
    options = dict(parse_qsl(parts.query))
    strange = sorted(set(options) - {"tls", "ca", "timeout"})
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or strange or parts.path not in {"", "/"}:
        raise UsageError(
            f"{shown!r} is no mail server's address",
            expected=FORM,
            fix=f"The option {strange[0]!r} is not known: there are tls=off, ca=FILE, timeout=SECONDS."
            if strange
            else "",
        )
    tls: Tls = "implicit" if parts.scheme == "smtps" else "starttls"
    asked = options.get("tls", tls).lower()
    if asked in PLAIN and parts.scheme == "smtp":
        tls = "off"
    elif asked not in SAME[tls]:  # a slip must not decide whether a mail is readable on its way
        raise UsageError(
            f"{shown!r} has tls={asked}", expected=FORM,
            fix="tls=off behind smtp:// sends in the clear; smtps:// is TLS from the start.")
    try:
        timeout_s = float(options.get("timeout", "30"))
    except ValueError:
        timeout_s = 0.0
    if not 0 < timeout_s <= 3600:
        raise UsageError(f"timeout is {options['timeout']!r}", expected="seconds, more than 0 and at most 3600")
    return SmtpSettings(
        host=parts.hostname,
        port=port or PORTS[tls],
        tls=tls,
        user=unquote(parts.username or ""),
        password=password or unquote(parts.password or ""),
        timeout_s=timeout_s,
        ca_file=options.get("ca", ""),
    )


class Fate(StrEnum):
    """What became of one reader's copy.

    SENT: the server has taken it. LATER: not taken, and worth another try. REFUSED: not taken, and another try would
    not change that. UNSURE: all of it was sent, and no answer came.
    """

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Handed:
    """One reader's copy after a try: what became of it, and the server's words or what went wrong."""

    fate: Fate
    why: str = ""


@dataclass(frozen=True)
class Parcel:
    """A message as it goes over the line: the bytes (CRLF), who it comes from, and who still waits for it."""

    content: bytes
    sender: str
    recipients: tuple[str, ...]


def send(parcel: Parcel, settings: SmtpSettings, *, about_to_end: Callable[[], None] = lambda: None) -> dict[str, Handed]:
    """Hand a message to the server, once.

    Parameters
    ----------
    parcel : Parcel
        What, from whom, to whom.
    settings : SmtpSettings
        The server.
    about_to_end : callable
        Called when everything but the end mark has been sent: from its return on the server may have the message.

    Returns
    -------
    dict
        By recipient, what became of its copy. Nothing is raised for what a server or a network does.

    Raises
    ------
    UsageError
        A login asked for over an unencrypted connection, or without a password.
    """
    check(settings)
    handover = _Handover(parcel, settings, about_to_end)
    try:
        handover.run()
    except (OSError, smtplib.SMTPException) as error:
        handover.broken(error)
    if handover.late.is_set():
        handover.cut()
    return handover.fates


def check(settings: SmtpSettings) -> None:
    """Say what would keep any message from being sent, before there is one. Raises as :func:`send` does."""
    if settings.user and settings.tls == "off":
        raise UsageError(
            f"{settings.url} asks for a login over an unencrypted connection",
            fix="Leave tls=off away, or the user.",
        )
    if settings.user and not settings.password:
        raise UsageError(
            f"no password for {settings.url}",
            fix="Put it into CALLTRACE_SMTP_PASSWORD, or into a file named by CALLTRACE_SMTP_PASSWORD_FILE.",
        )
    if settings.ca_file:
        trust(settings.ca_file)


class _Handover:
    """One conversation with the server; ``fates`` is right at any moment it may break off."""

    def __init__(self, parcel: Parcel, settings: SmtpSettings, about_to_end: Callable[[], None]) -> None:
        self.parcel, self.settings, self.about_to_end = parcel, settings, about_to_end
        self.fates = {to: Handed(Fate.LATER) for to in parcel.recipients}
        self.ended = False
        self.late = threading.Event()

    def run(self) -> None:
        """Connect, hand over, and say goodbye, all of it watched."""
        settings = self.settings
        smtp = (
            smtplib.SMTP_SSL(timeout=settings.timeout_s, context=trust(settings.ca_file))
            if settings.tls == "implicit"
            else smtplib.SMTP(timeout=settings.timeout_s)
        )
        smtp._host = settings.host  # type: ignore[attr-defined] # noqa: SLF001 -- connect() forgets it, TLS checks it
        try:
            with self._watched(smtp):
                code, answer = smtp.connect(settings.host, settings.port)
                if code != 220:
                    self._all(Fate.LATER, _words(code, answer))
                    return
                self._converse(smtp)
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    smtp.quit()  # what was taken stays taken, however the goodbye goes
        finally:
            smtp.close()

    def _converse(self, smtp: smtplib.SMTP) -> None:
        """Log in, name the recipients, and hand the mail over for those the server accepts; note each one's fate."""
        if not self._let_in(smtp):
            return
        accepted = self._accepted(smtp)
        if accepted:
            self._hand_over(smtp, accepted)

    def _let_in(self, smtp: smtplib.SMTP) -> bool:
        """Begin TLS and log in, as the settings say; return whether there is TLS where it is wanted."""
        settings = self.settings
        smtp.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":
            if not smtp.has_extn("starttls"):
                self._all(Fate.LATER, "the server offers no STARTTLS; smtps:// is TLS from the start")
                return False
            smtp.starttls(context=trust(settings.ca_file))
            smtp.ehlo()
        if settings.user:
            smtp.login(settings.user, settings.password)
        return True

    def _accepted(self, smtp: smtplib.SMTP) -> list[str]:
        """Name the sender and the recipients; return those the server takes mail for, none where it hangs up."""
        code, answer = smtp.mail(self.parcel.sender, [])
        if code != 250:
            self._all(_fate(code), f"sender {self.parcel.sender}: {_words(code, answer)}")
            return []
        accepted = []
        for to in self.parcel.recipients:
            code, answer = smtp.rcpt(to)
            if code in {250, 251}:
                accepted.append(to)
            else:
                self.fates[to] = Handed(_fate(code), _words(code, answer))
            if code == 421:
                return []
        return accepted

    def _hand_over(self, smtp: smtplib.SMTP, accepted: list[str]) -> None:
        """Send the mail itself; from its end mark to the answer nobody can know whether it was taken."""
        code, answer = smtp.docmd("DATA")
        if code != 354:
            self._some(accepted, _fate(code), _words(code, answer))
            return
        body = re.sub(rb"(?m)^\.", b"..", self.parcel.content)
        smtp.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        if _spoke(smtp):  # before the end mark there is nothing to say: it gave up, and has nothing
            code, answer = smtp.getreply()
            self._some(accepted, _fate(code), _words(code, answer))
            return
        self.about_to_end()
        self.ended = True
        self._some(accepted, Fate.UNSURE, "all of it was sent, no answer came")
        smtp.send(b".\r\n")
        code, answer = smtp.getreply()
        if code == 250:
            self._some(accepted, Fate.SENT, _words(code, answer))
        elif 400 <= code < 600:  # anything else is no answer, and leaves the doubt
            self._some(accepted, _fate(code), _words(code, answer))

    def cut(self) -> None:
        """Note that the conversation was ended for taking too long; what the server has taken stays taken."""
        why = f"it took longer than {self.settings.timeout_s * DEADLINE:g} s"
        for to, handed in self.fates.items():
            if handed.fate in {Fate.LATER, Fate.UNSURE}:
                self.fates[to] = Handed(handed.fate, why)

    def broken(self, error: Exception) -> None:
        """Note why the copies that have no fate yet did not go out."""
        why = said(error)
        for to, handed in self.fates.items():
            if handed.fate is Fate.UNSURE:
                self.fates[to] = Handed(Fate.UNSURE, f"all of it was sent, and no answer came: {why}")
            elif handed.fate is Fate.LATER and not handed.why:
                self.fates[to] = Handed(Fate.LATER, why)

    def _all(self, fate: Fate, why: str) -> None:
        self._some(list(self.fates), fate, why)

    def _some(self, recipients: list[str], fate: Fate, why: str) -> None:
        self.fates.update({to: Handed(fate, why) for to in recipients})

    @contextlib.contextmanager
    def _watched(self, smtp: smtplib.SMTP) -> Iterator[None]:
        """End a conversation that goes on and on though every single step is in time."""

        def cut() -> None:
            self.late.set()
            if smtp.sock is not None:
                with contextlib.suppress(OSError):
                    smtp.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.settings.timeout_s * DEADLINE, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _spoke(smtp: smtplib.SMTP) -> bool:
    """Say whether the server has said something, or gone, without being asked."""
    return smtp.sock is not None and bool(select.select([smtp.sock], [], [], 0)[0])


def trust(ca_file: str = "") -> ssl.SSLContext:
    """Return what a server's certificate is held against: the system's authorities, and those of a file.

    Raises
    ------
    InputError
        For a file that holds no certificates.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(cafile=os.fspath(Path(ca_file).expanduser()))
        except OSError as error:
            raise InputError(
                f"the certificates in {ca_file} can't be read: {error.strerror or error}",
                expected="certificates in PEM form",
            ) from error
    return context


def said(error: Exception) -> str:
    """Return in one line what went wrong with a connection, and where it helps, what to do."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the server refuses the login: {_words(error.smtp_code, error.smtp_error)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, error.smtp_error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted: {error.verify_message}; ca=FILE names one to trust"
    if isinstance(error, ssl.SSLError):
        return f"no TLS on this port ({error.reason or error}); smtp:// is for STARTTLS, smtps:// for TLS from the start"
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "the server does not answer in time"
    if isinstance(error, socket.gaierror):
        return "the server's name is not known"
    if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError):
        return f"the connection broke off: {visible(str(error))}"
    return visible(str(error))


def _fate(code: int) -> Fate:
    """Return what a negative answer means: 5xx is for good, all else is worth another try."""
    return Fate.REFUSED if 500 <= code < 600 else Fate.LATER


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "backslashreplace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {visible(' '.join(text.split()))}"[:LONGEST_ANSWER].strip()
