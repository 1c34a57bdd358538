"""What a mail is made of: hostile words reach no header, and the same mail is the same bytes."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calltrace.errors import UsageError
from calltrace.report.mail.message import (
    LONGEST_SUBJECT,
    Mail,
    Picture,
    address,
    addresses,
    header_text,
    to_message,
)

AT = datetime(2026, 6, 9, 6, 0, tzinfo=UTC)
SENDER = address("calltrace <reports@example.com>")
READERS = addresses(["boss@example.com, desk@example.com"])
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))

HOSTILE = [
    "Bob\r\nBcc: everyone@example.com",
    "Bob\n\n<script>alert(1)</script>",
    "=?utf-8?q?x=0D=0ABcc:_everyone@example.com?=",
    "=?utf-8?b?DQpCY2M6IGVAZXhhbXBsZS5jb20=?=",
    "\u202egnp.exe",
    "a\u2028b\x85c\x0bd\x1b[31m\x00",
    "half a pair \ud800",
    '=HYPERLINK("http://x")',
]


def sent(mail: Mail) -> EmailMessage:
    raw = to_message(mail, sender=SENDER, recipients=READERS, at=AT, prefix="[calltrace]").as_bytes()
    read = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def mail(subject: str = "all quiet", text: str = "Nothing.\n", **more: object) -> Mail:
    return Mail(subject, text, "<p>Nothing.</p>", **more)  # type: ignore[arg-type]


HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Mailer", "MIME-Version", "Content-Type"]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_adds_no_header_and_is_told_as_text(name: str) -> None:
    read = sent(mail(f"{name} silent"))
    assert read.keys() == HEADERS
    assert str(read["Subject"]) == f"[calltrace] {header_text(name)} silent"
    assert read["Bcc"] is None


@given(st.text(max_size=300), st.text(max_size=50))
def test_no_text_at_all_breaks_a_message(subject: str, text: str) -> None:
    read = sent(mail(subject, text, made_by=subject))
    assert read.keys() == HEADERS
    assert len(str(read["Subject"])) <= LONGEST_SUBJECT
    assert str(read["Subject"]) == header_text(f"[calltrace] {subject}")
    body = read.get_body(("plain",))
    assert body is not None
    assert not read.defects
    assert not body.defects


@given(st.lists(st.sampled_from([*'=?_ \r\n\t<>()@,;:\\"é😀\u202e', "=?", "?=", "?q?", "utf-8", "=0A"]), max_size=40))
def test_no_arrangement_of_what_headers_are_made_of_breaks_one(parts: list[str]) -> None:
    subject = "".join(parts)
    assert str(sent(mail(subject))["Subject"]) == header_text(f"[calltrace] {subject}")


def test_the_same_mail_is_the_same_bytes_and_another_day_s_has_another_date_only() -> None:
    first, again = (
        to_message(mail(), sender=SENDER, recipients=READERS, at=AT).as_bytes() for _ in range(2)
    )
    later = to_message(mail(), sender=SENDER, recipients=READERS, at=AT.replace(day=10))
    assert first == again
    assert later["Message-ID"] == email.message_from_bytes(first)["Message-ID"]


def test_what_it_says_is_its_identity_not_how_it_was_asked_for() -> None:
    assert mail(made_by="calltrace audit a").identity == mail(made_by="calltrace audit b --email x@y.org").identity
    assert mail("1 high").identity != mail("2 high").identity
    assert mail(text="one").identity != mail(text="two").identity


def test_text_comes_first_then_html_with_its_pictures_inside() -> None:
    read = sent(
        Mail(
            "1 high",
            "Grüße\n.\nFrom here\n" + "long " * 300 + "\n",
            '<img src="cid:chart-1" alt="calls">',
            (Picture("chart-1", PNG, "calls"),),
            "calltrace audit logs/ --from yesterday",
        )
    )
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    plain, _related, html, picture = list(read.walk())[1:]
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    words = plain.get_content().replace("\r\n", "\n")
    assert words.startswith("Grüße\n.\nFrom here\nlong long")
    assert words.endswith("Made by: calltrace audit logs/ --from yesterday\n")
    cid = str(picture["Content-ID"]).strip("<>")
    assert f'src="cid:{cid}"' in html.get_content()
    assert picture.get_payload(decode=True) == PNG
    assert picture.get_content_disposition() == "inline"


def test_every_line_is_short_enough_for_any_server() -> None:
    raw = to_message(mail("é" * 500, "ü" * 5000), sender=SENDER, recipients=READERS, at=AT).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 100
    assert raw.isascii()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("desk@example.com", "desk@example.com"),
        ("Night desk <desk@example.com>", "Night desk <desk@example.com>"),
        ("desk@bücher.example", "desk@xn--bcher-kva.example"),
        ("a.b+c@localhost", "a.b+c@localhost"),
    ],
)
def test_an_address_as_people_write_it(given: str, said: str) -> None:
    assert str(address(given)) == said


@pytest.mark.parametrize(
    "wrong",
    [
        "", "desk", "@example.com", "desk@", "a b@example.com", "desk@example..com", "d@-x.org", "ü@example.com",
        "desk@example.com\r\nBcc: x@y.org", "x@y.org>\r\nRCPT TO:<z@y.org", "a@" + "x" * 300, "..@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said_to_be_none(wrong: str) -> None:
    with pytest.raises(UsageError, match="is no mail address"):
        address(wrong)
