"""Mail handed to a real server over TLS: one that takes it, refuses it, stalls and breaks off."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from calltrace.errors import InputError, UsageError
from calltrace.report.mail import smtp
from calltrace.report.mail.smtp import Fate, Handed, Parcel, SmtpSettings, send, settings_of
from report import postbox

BODY = b"Subject: hello\r\n\r\n.a line that begins with a dot\r\n..two\r\nend\r\n"
PARCEL = Parcel(BODY, "reports@example.com", ("boss@example.com", "desk@example.com"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postbox.Running]:
    with postbox.running(tmp_path_factory.mktemp("server"), tls="starttls", login=True) as running:
        yield running


@pytest.fixture
def box(server: postbox.Running) -> postbox.Postbox:
    server.box.received.clear()
    server.box.moods.clear()
    server.box.refused.clear()
    return server.box


@pytest.fixture
def settings(server: postbox.Running) -> SmtpSettings:
    return settings_of(server.url("smtp", postbox.USER), password=postbox.PASSWORD)


def fates(handed: dict[str, Handed]) -> list[Fate]:
    return [h.fate for h in handed.values()]


def test_a_message_arrives_as_it_was_with_starttls_and_login(settings: SmtpSettings, box: postbox.Postbox) -> None:
    assert fates(send(PARCEL, settings)) == [Fate.SENT, Fate.SENT]
    (envelope,) = box.received
    assert envelope.content == BODY
    assert (envelope.mail_from, envelope.rcpt_tos) == ("reports@example.com", ["boss@example.com", "desk@example.com"])


@pytest.mark.parametrize("login", [False, True])
def test_a_message_arrives_over_tls_from_the_first_byte(login: bool, tmp_path: Path) -> None:
    with postbox.running(tmp_path, login=login) as server:
        settings = settings_of(server.url("smtps", postbox.USER if login else ""), password=postbox.PASSWORD)
        assert fates(send(PARCEL, settings)) == [Fate.SENT, Fate.SENT]
        assert server.box.received[0].content == BODY


def test_a_certificate_nobody_vouches_for_is_not_spoken_to(settings: SmtpSettings, box: postbox.Postbox) -> None:
    handed = send(PARCEL, replace(settings, ca_file=""))
    assert fates(handed) == [Fate.LATER, Fate.LATER]
    assert "certificate is not trusted" in handed["boss@example.com"].why
    assert box.received == []


def test_a_certificate_for_another_name_is_not_spoken_to(settings: SmtpSettings, box: postbox.Postbox) -> None:
    handed = send(PARCEL, replace(settings, host="127.0.0.1"))
    assert "certificate is not trusted" in handed["boss@example.com"].why or "refused" in handed["boss@example.com"].why
    assert box.received == []


def test_a_wrong_password_keeps_the_mail_for_later(settings: SmtpSettings, box: postbox.Postbox) -> None:
    handed = send(PARCEL, replace(settings, password=postbox.USER, timeout_s=9))
    assert fates(handed) == [Fate.LATER, Fate.LATER]
    assert handed["boss@example.com"].why.startswith("the server refuses the login: 535")
    assert box.received == []


def test_a_password_never_crosses_an_open_line(settings: SmtpSettings) -> None:
    with pytest.raises(UsageError, match="unencrypted"):
        send(PARCEL, replace(settings, tls="off"))
    with pytest.raises(UsageError, match="no password"):
        send(PARCEL, replace(settings, password=""))


def test_a_refused_reader_does_not_keep_the_mail_from_the_others(settings: SmtpSettings, box: postbox.Postbox) -> None:
    box.refused = {"boss@example.com": "550 5.1.1 no such user"}
    handed = send(PARCEL, settings)
    assert handed["boss@example.com"] == Handed(Fate.REFUSED, "550 5.1.1 no such user")
    assert handed["desk@example.com"].fate is Fate.SENT
    assert [e.rcpt_tos for e in box.received] == [["desk@example.com"]]


def test_a_reader_put_off_is_tried_later(settings: SmtpSettings, box: postbox.Postbox) -> None:
    box.refused = {"boss@example.com": "452 4.2.2 mailbox full"}
    assert fates(send(PARCEL, settings)) == [Fate.LATER, Fate.SENT]


@pytest.mark.parametrize(
    ("mood", "fate", "why"),
    [
        ("greylist", Fate.LATER, "sender reports@example.com: 451 4.7.1 come back later"),
        ("full", Fate.LATER, "452 4.3.1 no space left"),
        ("spam", Fate.REFUSED, "554 5.7.1 looks like spam\\x1b[31m to me"),
        ("stall", Fate.UNSURE, "does not answer in time"),
        ("break before taking", Fate.UNSURE, "the connection broke off"),
        ("break after taking", Fate.UNSURE, "the connection broke off"),
    ],
)
def test_what_became_of_a_message(
    mood: str, fate: Fate, why: str, settings: SmtpSettings, box: postbox.Postbox
) -> None:
    box.moods = [mood]
    handed = send(PARCEL, settings)
    assert fates(handed) == [fate, fate]
    assert why in handed["boss@example.com"].why


def test_a_break_in_the_middle_of_a_long_message_is_no_delivery(settings: SmtpSettings, box: postbox.Postbox) -> None:
    box.moods = ["break in the middle"]
    long = replace(PARCEL, content=BODY + b"x" * 70 + b"\r\n" * 2_000_000)
    assert fates(send(long, settings)) == [Fate.LATER, Fate.LATER]
    assert box.received == []


def test_the_moment_of_doubt_is_announced_before_it(settings: SmtpSettings, box: postbox.Postbox) -> None:
    had: list[int] = []
    send(PARCEL, settings, about_to_end=lambda: had.append(len(box.received)))
    assert had == [0]
    assert len(box.received) == 1


@contextmanager
def dribbling(greeting: bytes) -> Iterator[int]:
    """A server that never is silent for long, and never done."""
    stop = threading.Event()
    listener = socket.create_server(("localhost", 0))
    listener.settimeout(5)

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(greeting)
            while not stop.wait(0.05):
                connection.sendall(b"2")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        thread.join(5)
        listener.close()


@pytest.mark.parametrize("greeting", [b"", b"220 hello\r\n"], ids=["from the start", "after its greeting"])
def test_a_server_that_dribbles_does_not_hold_a_morning_up(greeting: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DEADLINE", 2)
    with dribbling(greeting) as port:
        began = time.monotonic()
        handed = send(PARCEL, SmtpSettings("localhost", port, "starttls", timeout_s=0.5))
    assert fates(handed) == [Fate.LATER, Fate.LATER]
    assert handed["boss@example.com"].why == "it took longer than 1 s"
    assert time.monotonic() - began < 4


def test_no_server_at_all() -> None:
    handed = send(PARCEL, SmtpSettings("localhost", 1, "starttls", timeout_s=1))
    assert fates(handed) == [Fate.LATER, Fate.LATER]
    assert handed["boss@example.com"].why


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user"),
    [
        ("smtps://mail.example.com", "mail.example.com", 465, "implicit", ""),
        ("smtp://mail.example.com", "mail.example.com", 587, "starttls", ""),
        ("smtp://a%40b.org@mail.example.com:2525", "mail.example.com", 2525, "starttls", "a@b.org"),
        ("smtp://localhost?tls=off", "localhost", 25, "off", ""),
        ("smtp://localhost?tls=starttls", "localhost", 587, "starttls", ""),
        ("smtps://localhost?tls=ssl", "localhost", 465, "implicit", ""),
        ("smtp://[::1]:26?tls=off&timeout=5", "::1", 26, "off", ""),
    ],
)
def test_an_address_of_a_server_and_back(url: str, host: str, port: int, tls: str, user: str) -> None:
    found = settings_of(url)
    assert (found.host, found.port, found.tls, found.user) == (host, port, tls, user)
    assert settings_of(found.url) == found


def test_the_password_is_shown_nowhere() -> None:
    found = settings_of("smtps://me:s3cr%40t@mail.example.com")
    assert found.password == "s3cr@t"  # noqa: S105 -- nobody's
    assert "s3cr" not in repr(found) + found.url
    with pytest.raises(UsageError) as error:
        settings_of("smtps://me:s3cr@t@mail.example.com/path?x=1")
    assert "s3cr" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    ["mail.example.com", "http://x", "smtp://", "smtp://x:99999", "smtp://x?tsl=off", "smtp://x?timeout=soon", "smtp://x/y",
     "smtp://x?tls=of", "smtp://x?tls=ssl", "smtps://x?tls=off", "smtps://x?tls=starttls"],
)
def test_what_is_no_server_s_address(url: str) -> None:
    with pytest.raises(UsageError):
        settings_of(url)


def test_certificates_that_are_none(settings: SmtpSettings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="certificates"):
        send(PARCEL, replace(settings, ca_file=f"{tmp_path}/none.pem"))
