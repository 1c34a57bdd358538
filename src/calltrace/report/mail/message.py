"""A mail as one RFC 5322 message: plain text, HTML, and the pictures the HTML shows, all in one.

Everything that reaches a header is made harmless first (:func:`header_text`): no line break, no control character
and no encoded word of someone else's making gets into one. The same mail gives the same Message-ID, whoever it
goes to and whenever: that is how the spool, and the readers' own programs, know a report they have had.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.tables.text import visible

LONGEST_SUBJECT = 200
"""Characters: most programs show some 80, none shows more than these, and a header is no place for a report."""

LONGEST_ADDRESS = 254
"""Octets of an address (RFC 5321, 4.5.3.1.3, less the angle brackets)."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Picture:
    """A picture the HTML shows as ``cid:NAME``, and what it shows in words."""

    name: str
    png: bytes
    alt: str


@dataclass(frozen=True)
class Mail:
    """What a mail says. ``made_by`` is the command that made it; it goes to the foot and is no part of the identity."""

    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()
    made_by: str = ""

    @property
    def identity(self) -> str:
        """A name for what the mail says: equal for equal subject and text, however it was asked for."""
        return hashlib.sha256(f"{self.subject}\0{self.text}".encode("utf-8", "backslashreplace")).hexdigest()[:32]


class _Policy(EmailPolicy):
    """The subject folded so that every reader gets it back letter by letter: the library's own way loses blanks."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        text = str(value)
        words = Header(text, "us-ascii" if text.isascii() else "utf-8", header_name=name, maxlinelen=76)
        return f"{name}: {words.encode(linesep=self.linesep)}{self.linesep}".encode("ascii")


POLICY = _Policy() + SMTP


def header_text(text: str, longest: int = LONGEST_SUBJECT) -> str:
    r"""Return text that may stand in a header: one line, nothing that steers, nothing a reader would decode.

    ``=?`` begins an encoded word (RFC 2047), in which a reader would find line breaks again; it is taken apart.

    Examples
    --------
    >>> header_text("Bob\r\nBcc: everyone@example.com")
    'Bob\\r\\nBcc: everyone@example.com'
    >>> header_text("=?utf-8?q?=0AX?=")
    '= ?utf-8?q?=0AX?='
    """
    plain = " ".join(visible(text).split()).replace("=?", "= ?")
    return plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"


def address(text: str) -> Address:
    """Return an address as a person writes it: ``desk@example.com`` or ``Night desk <desk@example.com>``.

    Raises
    ------
    UsageError
        For what is no address, or one that mail can't be sent to.

    Examples
    --------
    >>> str(address("Night desk <desk@example.com>"))
    'Night desk <desk@example.com>'
    """
    name, spec = parseaddr(text)
    local, _, domain = spec.rpartition("@")
    if domain and not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    well_formed = (
        _LOCAL.fullmatch(local)
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
        and domain
        and all(_LABEL.fullmatch(part) for part in domain.split("."))
        and len(local) + len(domain) < LONGEST_ADDRESS
    )
    if not well_formed or visible(text) != text:
        raise UsageError(f"{text!r} is no mail address", expected="one such as desk@example.com")
    return Address(header_text(name), local, domain)


def addresses(texts: tuple[str, ...] | list[str]) -> tuple[Address, ...]:
    """Return the addresses of options that may each hold several, parted by commas; each once, in order.

    Raises
    ------
    UsageError
        For what is no address.

    Examples
    --------
    >>> [a.addr_spec for a in addresses(["a@x.org,b@x.org", "A@x.org"])]
    ['a@x.org', 'b@x.org']
    """
    found: dict[str, Address] = {}
    for text in texts:
        for part in text.split(","):
            if part.strip():
                one = address(part.strip())
                found.setdefault(one.addr_spec.casefold(), one)
    return tuple(found.values())


def to_message(
    mail: Mail,
    *,
    sender: Address,
    recipients: tuple[Address, ...],
    at: datetime,
    prefix: str = "",
    reply_to: Address | None = None,
) -> EmailMessage:
    """Return the message: text, and HTML with its pictures inside, for a reader to choose from.

    Parameters
    ----------
    mail : Mail
        What it says.
    sender, recipients : Address
        From and To.
    at : datetime
        The Date, tz-aware.
    prefix : str
        What goes before the subject.
    reply_to : Address, optional
        Where answers go, if not to the sender.

    Returns
    -------
    EmailMessage
        Seven-bit clean, CRLF when written; the same bytes for the same arguments.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = recipients
    if reply_to is not None:
        message["Reply-To"] = reply_to
    message["Subject"] = header_text(f"{prefix} {mail.subject}")
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail.identity}@calltrace.{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office replies stay away
    message["X-Mailer"] = "calltrace"
    message.set_content(_encodable(mail.text + _foot(mail)), cte="quoted-printable")
    html = mail.html
    for picture in mail.pictures:
        html = html.replace(f"cid:{picture.name}", f"cid:{_content_id(mail, picture)}")
    message.add_alternative(_encodable(html), subtype="html", cte="quoted-printable")
    shown = message.get_payload()[1]  # type: ignore[index]
    for picture in mail.pictures:
        shown.add_related(  # type: ignore[union-attr]
            picture.png,
            maintype="image",
            subtype="png",
            cid=f"<{_content_id(mail, picture)}>",
            filename=f"{picture.name}.png",
            disposition="inline",
        )
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{mail.identity}_{number}")
        if part is not message:
            del part["MIME-Version"]  # it belongs to the whole
    return message


def _content_id(mail: Mail, picture: Picture) -> str:
    return f"{picture.name}.{mail.identity}@calltrace"


def _foot(mail: Mail) -> str:
    return f"\n{'-' * 72}\nMade by: {visible(mail.made_by)}\n" if mail.made_by else ""


def _encodable(text: str) -> str:
    """Return text that UTF-8 can hold: half a surrogate pair can't be sent."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
