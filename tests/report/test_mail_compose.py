"""What mails say: the answer first, in every part; and what strangers called themselves harms none of them."""

from __future__ import annotations

import email
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from calltrace.diagnosis import causes
from calltrace.report.audit import AccountRow, AuditReport, Trouble
from calltrace.report.mail import compose
from calltrace.report.mail.message import Mail, address, to_message
from calltrace.report.making import report_of
from calltrace.report.render import _drawing
from calltrace.report.report import Report, Verdict, Window
from calltrace.tables.text import HIDDEN
from report import story
from report.answered import answer

GOLDEN = Path(__file__).parent / "golden_mail"
NAMES = ("investigation", "audit", "clean", "dead", "failure")
AT = datetime(2026, 6, 9, 6, 0, tzinfo=UTC)
MADE_BY = "calltrace daily /var/log/asterisk --email desk@example.com"


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(story.diagnosis(), command="investigate")


def trouble(report: Report, **more: object) -> Trouble:
    values: dict[str, object] = {
        "key": "1021/lines-not-forwarded/2026-06-05", "account": "1021", "name": "Polar Refrigeration",
        "trunk_group": None, "cause": "lines-not-forwarded", "title": "the client did not forward its lines",
        "party": "client", "confidence": 0.97, "wording": "confirmed", "severity": "high", "check": "silence",
        "window": report.window, "zone": report.zone, "lost": 38.2, "harmed": 0.0, "score": 7.6,
        "summary": "No call reached us.", "next_steps": ("Ask who was to forward the lines.", "Test the lines."),
        "also_affected": (), "ongoing": True, "detail": report,
    }  # fmt: skip
    return Trouble(**(values | more))  # type: ignore[arg-type]


def audit(report: Report, *findings: Trouble, feed: tuple[Trouble, ...] = (), name: str = "Polar Refrigeration") -> AuditReport:
    day = Window(story.at("2026-06-05").to_pydatetime(), story.at("2026-06-06").to_pydatetime())
    return AuditReport(
        command="audit", checks=("silence",), window=day, zone=report.zone, fdr=0.1, account_days=2.0, feed=feed,
        findings=findings,
        accounts=(
            AccountRow("1021", name, "finding", "", 0, 0, 0, 38.0), AccountRow("1022", "Acme", "clear", "", 50, 48, 2, 51.0),
            AccountRow("1023", "Nobody", "absent", "in no call", 0, 0, 0, None),
        ),
        symptoms=1, heat=(), thresholds=(), notes=("2 acknowledged: Acme: busy",), inputs=report.inputs, data_quality=(),
    )  # fmt: skip


def sent(mail: Mail) -> EmailMessage:
    raw = to_message(mail, sender=address("a@example.com"), recipients=(address("b@example.com"),), at=AT).as_bytes()
    read = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def mails(report: Report) -> dict[str, Mail]:
    dead = trouble(
        report, check="feed", cause="feed-dead", title="the call records stop", account=None, name="", severity="critical",
        confidence=0.99, summary="No call on record after Fri 18:00.", detail=None, lost=0.0,
    )  # fmt: skip
    everywhere = trouble(
        report, account=None, name="", trunk_group="TG-A", severity="critical", cause="carrier-outage",
        title="the trunk group was down", party="carrier", also_affected=story.diagnosis().also_affected, ongoing=False,
        detail=None, harmed=3.0,
    )  # fmt: skip
    return {
        "investigation": compose.of_report(report, made_by=MADE_BY),
        "audit": compose.of_audit(audit(report, everywhere, trouble(report)), made_by=MADE_BY),
        "clean": compose.of_audit(audit(report), made_by=MADE_BY),
        "dead": compose.of_audit(audit(report, feed=(dead,)), made_by=MADE_BY),
        "failure": compose.of_failure("Sun 28 Jun could not be audited: no log", ["Give the log."], made_by=MADE_BY),
    }


def test_who_had_calls_before_is_not_said_to_be_in_none(report: Report) -> None:
    whole = audit(report)
    gone = AccountRow("1024", "Gone", "absent", "no call since Mon 4 May 2026 10:00: has the client left?", 0, 0, 0, None)
    html = compose.of_audit(replace(whole, accounts=(*whole.accounts, gone)), made_by=MADE_BY).html
    assert "In no call on record: Nobody (1023)." in html
    assert "In no call for more than a week, so perhaps clients no more: Gone (1024)." in html


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_its_golden_file(name: str, report: Report, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    monkeypatch.setattr(_drawing, "available", lambda: False)
    message = sent(mails(report)[name])
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    golden = GOLDEN / f"{name}.txt"
    text = f"{message['Subject']}\n\n{plain.get_content()}\n{html.get_content()}".replace("\r\n", "\n")
    if update_golden:
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_the_mail_of_every_cause(monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    monkeypatch.setattr(_drawing, "available", lambda: False)
    told = []
    for cause in causes.NAMES:
        mail = compose.of_report(answer(cause.replace("_", "-")))
        told.append(f"{cause.replace('_', '-')}\n{mail.subject}\n{Tags(mail.html).words}\n")
        assert sent(mail)["Subject"]
        assert mail.text
    text = "\n".join(told)
    golden = GOLDEN / "causes.txt"
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_mail_is_a_stray() -> None:
    assert {p.stem for p in GOLDEN.iterdir()} == {*NAMES, "causes"}


def test_the_subject_is_the_answer(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_drawing, "available", lambda: False)
    assert {name: mail.subject for name, mail in mails(report).items()} == {
        "investigation": "Polar Refrigeration: the client did not forward its lines (confirmed, 97 %),"
        " Fri 5 Jun 18:00 – Mon 8 Jun 08:00",
        "audit": "1 critical, 1 high – trunk group TG-A Fri 18:00: the trunk group was down (97 %) and 1 more – Fri 5 Jun",
        "clean": "Nothing found in 3 accounts – Fri 5 Jun",
        "dead": "The call records stop – Fri 5 Jun",
        "failure": "Sun 28 Jun could not be audited: no log",
    }
    unsure = replace(report, verdict=replace(report.verdict, wording="inconclusive", confidence=0.4))
    assert compose.of_report(unsure).subject == (
        "Polar Refrigeration: not settled, perhaps the client did not forward its lines (40 %),"
        " Fri 5 Jun 18:00 – Mon 8 Jun 08:00"
    )
    nameless = replace(report, verdict=Verdict("", "", "", None, "inconclusive", "Nothing explains it."))
    assert compose.of_report(nameless).subject == (
        "Polar Refrigeration: no cause can be named for missed calls, Fri 5 Jun 18:00 – Mon 8 Jun 08:00"
    )


def test_the_pictures_are_inside_and_the_same_each_time(report: Report) -> None:
    pytest.importorskip("vl_convert")
    mail = mails(report)["audit"]
    assert [p.png[:8] for p in mail.pictures] == [b"\x89PNG\r\n\x1a\n"]
    assert mails(report)["audit"].pictures == mail.pictures
    html = sent(mail).get_body(("html",))
    assert html is not None
    shown = re.findall(r'src="cid:([^"]+)"', html.get_content())
    inside = [str(p["Content-ID"]).strip("<>") for p in sent(mail).walk() if p.get_content_type() == "image/png"]
    assert shown == inside
    assert 'alt="Calls expected and arrived' in html.get_content()


def test_no_picture_is_no_reason_for_another_identity(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    before = mails(report)["audit"].identity
    monkeypatch.setattr(_drawing, "available", lambda: False)
    assert mails(report)["audit"].identity == before


class Tags(HTMLParser):
    """The elements, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.text.append(" | " if tag == "td" else "\n" if tag in {"p", "h1", "h2", "tr", "li"} else "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        lines = (" ".join(line.split()).strip(" |") for line in "".join(self.text).splitlines())
        return "\n".join(line for line in lines if line)


@pytest.mark.parametrize("name", NAMES)
def test_the_html_is_what_mail_programs_show(name: str, report: Report) -> None:
    page = Tags(mails(report)[name].html)
    assert not {"script", "style", "link", "form", "iframe", "svg", "a"} & set(page.tags)
    assert not [v for n, v in page.attributes if n == "src" and not v.startswith("cid:")]
    assert not [n for n, _ in page.attributes if n.startswith("on") or n in {"href", "class"}]


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://x","y")',
    "[bold]red[/bold]",
    "\x1b[31mred",
    "\u202eevil\u202c",
    "A\r\nBcc: everyone@example.com\r\n\r\n<b>",
    "=?utf-8?q?=0ABcc:_x@y?=",
    "{{ 7 * 7 }}",
    "cid:chart-1",
)  # fmt: skip
names = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=60))


def named(name: str, bare: Report) -> list[Mail]:
    """Mails of a report in which everything that comes from a file is called so."""
    report = replace(
        bare,
        account=replace(bare.account, name=name),
        claim=name,
        verdict=replace(bare.verdict, summary=f"{name}: {bare.verdict.summary}"),
        next_steps=(name,),
        inputs=tuple(replace(i, path=name) for i in bare.inputs),
        notes=(name,),
    )
    one = trouble(bare, name=name, summary=name, title=name, detail=None)
    return [
        compose.of_report(report, made_by=name),
        compose.of_audit(audit(bare, one, name=name), made_by=name),
        compose.of_failure(name, [name], made_by=name),
    ]


@pytest.fixture(scope="module")
def bare(report: Report) -> Report:
    """A report without charts, which take most of the time."""
    return replace(report, chart=(), series=())


@pytest.fixture(scope="module")
def calm(bare: Report) -> list[tuple[list[str], list[str], list[str]]]:
    """Headers, parts and tags of mails in which nobody has a hostile name."""
    made = []
    for mail in named("Acme", bare):
        message = sent(mail)
        made.append((message.keys(), [p.get_content_type() for p in message.walk()], Tags(mail.html).tags))
    return made


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names)
@example(HOSTILE[0])
@example(HOSTILE[6])
def test_no_name_reaches_a_reader_as_anything_but_text(
    bare: Report, calm: list[tuple[list[str], list[str], list[str]]], name: str
) -> None:
    for mail, (headers, parts, tags) in zip(named(name, bare), calm, strict=True):
        message = sent(mail)
        assert message.keys() == headers
        assert [p.get_content_type() for p in message.walk()] == parts
        assert Tags(mail.html).tags == tags
        for text in (mail.text, mail.html, str(message["Subject"])):
            assert not [c for c in text if c != "\n" and _hidden(c)]


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in HIDDEN


@pytest.mark.parametrize("color", compose.COLORS.values())
def test_a_heading_s_colour_can_be_read_on_white(color: str) -> None:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    light = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG 2.2, 1.4.3: small text
