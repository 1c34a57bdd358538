"""Every form of the report: every cause in it, the same bytes for the same report, and nothing of a file obeyed."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from calltrace.diagnosis import causes
from calltrace.report import render
from calltrace.report.audit import AuditReport
from calltrace.report.making import report_of
from calltrace.report.render import (
    _drawing,
    to_csv,
    to_html,
    to_json,
    to_markdown,
    to_parquet,
    to_pdf,
    to_terminal,
)
from calltrace.report.report import Earlier, Report
from calltrace.tables.text import HIDDEN, visible
from report import audits, story
from report.answered import answer

GOLDEN = Path(__file__).parent / "golden" / "causes"


@pytest.fixture(autouse=True, scope="module")
def undrawn() -> Iterator[None]:
    """Leave the charts out, whose drawing takes most of the time; ``test_charts`` tries them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_drawing, "available", lambda: False)
        yield


class Read(HTMLParser):
    """A page as its reader has it: the tags in their order with their attributes' names, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text: list[str] = []
        self.hidden = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.hidden = tag if tag in {"style", "script"} else ""
        if tag not in {"time", "strong", "span", "a", "code", "th", "td"}:
            self.text.append("\n")
        elif tag in {"th", "td"}:
            self.text.append(" | ")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)

    @property
    def words(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self.text).splitlines())
        return "\n".join(line for line in lines if line) + "\n"


def told(text: str) -> str:
    """A page's text without the charts' figures."""
    return Read(re.sub(r"<figure>.*?</figure>", "", text, flags=re.DOTALL)).words


def golden(name: str, text: str, update: bool) -> str:
    """Return what a golden file holds, written anew where that is wanted."""
    path = GOLDEN / name
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("cause", causes.NAMES)
def test_every_cause_on_the_web_page(cause: str, update_golden: bool) -> None:
    page = told(to_html.render(answer(cause)))
    assert page == golden(f"{cause}.html.txt", page, update_golden)


@pytest.mark.parametrize("cause", causes.NAMES)
def test_every_cause_in_markdown(cause: str, update_golden: bool) -> None:
    text = to_markdown.render(answer(cause))
    assert text == golden(f"{cause}.md", text, update_golden)


def test_every_cause_in_a_spreadsheet(update_golden: bool) -> None:
    lines = [to_csv.render(answer(cause)).splitlines()[:2] for cause in causes.NAMES]
    sheet = "\n".join([lines[0][0], *(line for _, line in lines)]) + "\n"
    assert sheet == golden("verdicts.csv", sheet, update_golden)


@pytest.mark.parametrize("cause", causes.NAMES)
def test_every_cause_on_paper_and_in_a_frame(cause: str) -> None:
    report = answer(cause)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(to_pdf.render(report))).pages)
    flat = re.sub(r"\W+", "", text).lower()
    assert re.sub(r"\W+", "", report.verdict.title).lower() in flat
    assert re.sub(r"\W+", "", report.next_steps[0]).lower() in flat
    rows = pq.read_table(io.BytesIO(to_parquet.render(report))).to_pylist()
    assert rows[0]["cause"] == cause
    assert [r["rank"] for r in rows] == list(range(1, len(report.causes) + 1))
    assert rows[0]["supports"] == [b.says for b in report.causes[0].supports]
    assert rows[0]["start"] == report.window.start


def test_no_golden_is_a_stray() -> None:
    known = {f"{c}.{form}" for c in causes.NAMES for form in ("md", "html.txt")} | {"verdicts.csv"}
    assert {p.name for p in GOLDEN.iterdir()} == known


@pytest.mark.parametrize("name", render.NAMES)
@pytest.mark.parametrize("made", [lambda: report_of(story.diagnosis(), command="investigate"), audits.small])
def test_the_same_report_is_the_same_bytes(name: str, made: object) -> None:
    assert callable(made)
    assert render.get(name)(made()) == render.get(name)(made())


# --- nothing a file says is obeyed --------------------------------------------------------------------------

NASTY = (
    "<script>alert(1)</script>",
    "</title></script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='x",
    "{{ 7 * 7 }}{% raw %}",
    '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r\nBcc: everybody@example.com",
    "[bold red]x[/]",
    "[a](javascript:alert(1))",
    "![a](http://x/y.png)",
    "**x** __y__ ~~z~~ `code`",
    "| a | b |",
    "\n\n# heading\n\n- item\n\n```\ncode",
    "<!-- --> &lt;b&gt; &#60;",
    "http://example.com www.example.com a@example.com",
    "\x1b[2J\x1b]0;title\x07",
    "\u202egnp.exe",
    "\u2066\u200b\u2028\u2029",
    "\ud800",
    "\x00\x9b31m",
    '#import "x" $x$ #eval("1") \\',
    "冷蔵 Zoë",
)

hostile = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map(" ".join),
    st.text(min_size=1, max_size=30),
).filter(lambda text: bool(visible(text).strip()))

KEPT = {
    # what calltrace names itself, never a file
    "command", "complaint", "zone", "zone_from", "cause", "party", "wording", "facet", "outcome", "severity", "check",
    "status", "effect", "kind", "table", "unit", "role", "format", "key", "checks",
}  # fmt: skip


def said_everywhere(value: object, text: str, name: str = "") -> object:
    """The value with every text a file could have had its say in replaced."""
    if name in KEPT:
        return value
    if isinstance(value, str):
        return text if value else value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: said_everywhere(getattr(value, f.name), text, f.name) for f in fields(value)})
    if isinstance(value, tuple):
        return tuple(said_everywhere(v, text, name) for v in value)
    if isinstance(value, dict):
        return {k: said_everywhere(v, text) for k, v in value.items()}
    return value


@cache
def spoken(kind: str) -> Report | AuditReport:
    if kind == "audit":
        return audits.small()
    made = report_of(story.diagnosis(), command="investigate")
    calls = ({"call_id": "1", "ani": "2", "caller_name": "3", "agent": "4", "recording": "5", "file": "6", "line": 7},)
    then = story.at("2026-05-01 09:00").to_pydatetime()
    earlier = (Earlier("2026-0001", then, "missed-calls", "number-down", "carrier", then, then, "closed", "11"),)
    return replace(made, calls=calls, caller="8", history=earlier, also_affected=story.others(), notes=("9",), claim="10")


def nasty(kind: str, text: str) -> Report | AuditReport:
    made = said_everywhere(spoken(kind), text)
    assert isinstance(made, (Report, AuditReport))
    return made


def steering(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in HIDDEN} - {"\n"}


@cache
def plain_tags(kind: str) -> list[tuple[str, tuple[str, ...]]]:
    return Read(to_html.render(nasty(kind, "x"))).tags


def shape(page: str) -> list[str]:
    """What a reader of Markdown makes of a page, without its words."""
    found = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page):
        found.append(token.type)
        # an address stands in a code span, lest it becomes a link: shown letter for letter all the same
        shown = {"text", "text_special", "softbreak", "code_inline"}
        found += [t.type for t in token.children or [] if t.type not in shown]
    return found


@cache
def plain_shape(kind: str) -> list[str]:
    return shape(to_markdown.render(nasty(kind, "x")))


@pytest.mark.parametrize("kind", ["report", "audit"])
@settings(max_examples=20)
@given(text=hostile)
def test_no_text_makes_a_tag_of_the_page(kind: str, text: str) -> None:
    page = to_html.render(nasty(kind, text))
    assert Read(page).tags == plain_tags(kind)
    assert not steering(page)


@pytest.mark.parametrize("kind", ["report", "audit"])
@settings(max_examples=20)
@given(text=hostile)
def test_no_text_makes_markdown_of_itself(kind: str, text: str) -> None:
    page = to_markdown.render(nasty(kind, text))
    assert shape(page) == plain_shape(kind)
    assert not steering(page)


@pytest.mark.parametrize("kind", ["report", "audit"])
@settings(max_examples=40)
@given(text=hostile)
def test_no_text_is_a_formula(kind: str, text: str) -> None:
    page = to_csv.render(nasty(kind, text)).removeprefix(to_csv.MARK)
    rows = list(csv.reader(io.StringIO(page)))
    assert {len(row) for row in rows} == {len(rows[0])}
    for row in rows[1:]:
        for value in row:
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")), value
    assert not steering(page)


@pytest.mark.parametrize("kind", ["report", "audit"])
@settings(max_examples=25)
@given(text=hostile, width=st.sampled_from((60, 100)), verbose=st.booleans())
def test_no_text_steers_a_terminal(kind: str, text: str, width: int, verbose: bool) -> None:
    assert not steering(to_terminal.render(nasty(kind, text), width=width, verbose=verbose))


@pytest.mark.parametrize("kind", ["report", "audit"])
@settings(max_examples=25)
@given(text=hostile)
def test_programs_get_the_text_as_it_was(kind: str, text: str) -> None:
    made = nasty(kind, text)
    document = to_json.render(made)
    assert document.isascii()
    assert json.loads(document)["notes"] == [text] * len(made.notes)
    row = pq.read_table(io.BytesIO(to_parquet.render(made))).to_pylist()[0]
    assert row["title"] == text.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("text", NASTY)
def test_paper_shows_the_text_and_does_nothing(text: str) -> None:
    made = to_pdf.render(nasty("report", text))
    read = pypdf.PdfReader(io.BytesIO(made))
    words = "".join(page.extract_text() for page in read.pages)
    assert not steering(words.replace("\n", ""))
    letters = re.sub(r"[^A-Za-z0-9]+", "", visible(text))
    assert letters.replace("Zo", "") in re.sub(r"[^A-Za-z0-9]+", "", words)
    if "冷" in text:  # drawn where a font has it, else written out: never an empty box
        assert "冷" in words or "\\u51b7" in words
    root = read.trailer["/Root"]
    assert "/OpenAction" not in root
    assert not [page for page in read.pages if "/Annots" in page]  # no link that could be followed
