"""A real mail server on this machine, over TLS, that can be told to refuse, to stall and to break off."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "reports", "pass word+&%"


@dataclass
class Postbox:
    """What the server got, and how it behaves: each mood holds for the number of times it is put down for."""

    received: list[Envelope] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    tries: int = 0

    def mood(self, *names: str) -> str:
        """The next mood, used up, where it is one of these."""
        if self.moods and self.moods[0] in names:
            return self.moods.pop(0)
        return ""

    @property
    def messages(self) -> list[EmailMessage]:
        return [BytesParser(policy=policy.default).parsebytes(e.content) for e in self.received]  # type: ignore[arg-type,type-var]

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.tries += not session.authenticated
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.mood("greylist"):
            return "451 4.7.1 come back later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        mood = self.mood("stall", "break before taking", "break after taking", "full", "spam")
        if mood == "stall":
            await asyncio.sleep(3)
            return "451 too late"
        if mood == "break before taking":
            server.transport.abort()
            return "250 nobody hears this"
        if mood == "full":
            return "452 4.3.1 no space left"
        if mood == "spam":
            return "554 5.7.1 looks like spam\x1b[31m to me"
        self.received.append(envelope)
        if mood == "break after taking":
            server.transport.abort()
        return "250 OK"


class Server(SMTP):
    """Breaks off in the middle of the message."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        box: Postbox = self.event_handler
        if box.mood("break in the middle"):
            await self.push("354 go ahead")
            await self._reader.read(40)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


@dataclass
class Running:
    """A server that runs: its postbox, its address and what makes its certificate trusted."""

    box: Postbox
    port: int
    ca_file: Path

    def url(self, scheme: str = "smtps", user: str = "", more: str = "") -> str:
        who = f"{user}@" if user else ""
        return f"{scheme}://{who}localhost:{self.port}?ca={self.ca_file}&timeout=1{more}"


@contextmanager
def running(folder: Path, *, tls: str = "implicit", login: bool = False) -> Iterator[Running]:
    """Run a server in a thread: TLS from the first byte ("implicit"), "starttls", or "off"."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    box = Postbox()

    class Here(Controller):
        def factory(self) -> Server:
            options: dict[str, Any] = {"tls_context": context, "require_starttls": True} if tls == "starttls" else {}
            if login:
                options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls != "implicit"}
            with warnings.catch_warnings():  # it does not see that implicit TLS is TLS
                warnings.simplefilter("ignore")
                return Server(box, **options, hostname="test", loop=self.loop)

    here = Here(box, hostname="localhost", port=0, ssl_context=context if tls == "implicit" else None)
    here._trigger_server = here._factory_invoker  # type: ignore[method-assign,assignment] -- no guessing of ports
    here.start()
    try:
        yield Running(box, here.server.sockets[0].getsockname()[1], ca_file)
    finally:
        here.stop()
