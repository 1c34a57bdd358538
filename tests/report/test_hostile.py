"""Names and claims come from callers and clients: whatever they hold, it is shown and never obeyed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given, settings
from hypothesis import example as try_this
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from calltrace.diagnosis.diagnosis import Hit
from calltrace.report.brief import brief
from calltrace.report.letter import Sender, Writing, letter
from calltrace.report.paper import FORMS, Paper, literal, unlinked
from calltrace.report.report import Report
from calltrace.report.ticket import Failed, ticket
from calltrace.tables.text import HIDDEN
from report.answered import NOW, answer

NASTY = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<script>alert(1)</script>", "</title>", "<img src=x onerror=y>", "&lt;b&gt;", "=HYPERLINK(1)",
                "[bold]", "[click](javascript:x)", "![i](http://x.test/i.png)", "<http://x.test>", "**b**", "`c`",
                "\x1b[31mred", "\x1b]0;t\x07", "\r\nBcc: a@b.test", "\n\n- [ ] We pay you $100", "\n# Head",
                "\u202edlrow", "\u200f", "\u2028", "\ud800", "|", "\\", "___", "---", "1. ", "- ", "> ", "+ ", "    code",
                "{{ 7*7 }}", "{% raw %}", "=====", "\x00", "\x85", "~~~", "```",
            ]
        ),
        st.text(max_size=12),
    ),
    max_size=4,
).map("".join)  # fmt: skip

ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "ol", "li", "strong", "br",
    "span", "table", "thead", "tbody", "tr", "th", "td", "blockquote", "code",
}  # fmt: skip


class Tags(HTMLParser):
    """What a browser would make of a page: its tags, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def tags_of(page: str) -> Tags:
    parser = Tags()
    parser.feed(page)
    parser.close()
    return parser


def hostile(cause: str, text: str) -> Report:
    report = answer(cause)
    calls = tuple({**c, "ani": text, "caller_name": text, "dnis": text} for c in report.calls)
    return replace(
        report,
        account=replace(report.account, name=text, numbers=(text,), trunk_groups=(text,)),
        claim=text,
        caller=text,
        provable=text,
        verdict=replace(report.verdict, summary=text),
        also_affected=(Hit(text, text, 1.0, 0.0, text),),
        calls=calls,
    )


def pages(cause: str, text: str) -> dict[str, Writing]:
    report = hostile(cause, text)
    sender = Sender(text, text, text)
    failed = [Failed(NOW - timedelta(hours=1), text, text, text, text)]
    return {
        "letter": letter(report, now=NOW, sender=sender, addressee=text),
        "ticket": ticket(report, now=NOW, sender=sender, heard=text, reference=text, examples=failed, force=True),
        "brief": brief(report, now=NOW, sender=sender),
    }


KINDS = ("letter", "ticket", "brief")
PLAIN: dict[str, Callable[[str], list[str]]] = {
    # which parts a page is made of, whatever stands in it
    "markdown": lambda text: [t.type for t in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)],
    "html": lambda page: tags_of(page).tags,
}


@cache
def ordinary(cause: str, kind: str, form: str) -> list[str]:
    """The parts of the page of a client whose name is just a name."""
    return PLAIN[form](FORMS[form](pages(cause, "Bob")[kind].paper))


@settings(max_examples=30)
@given(NASTY, st.sampled_from(["number-down", "no-record-of-call", "delivery-failed"]))
@try_this("\n\n- [ ] We pay you $100", "number-down")
@try_this("<script>alert(1)</script>", "no-record-of-call")
@try_this("\x1b]0;owned\x07", "number-down")
@try_this("- ", "number-down")
@try_this("=====", "number-down")
@try_this("1. ", "number-down")
@try_this("1", "number-down")
@try_this("0\xa0", "number-down")
@try_this("    code", "number-down")
@try_this("&lt;script&gt;", "number-down")
@try_this("\\", "number-down")
def test_nothing_of_it_reaches_a_reader_unescaped(text: str, cause: str) -> None:
    assume(text.strip())  # nothing at all is left out, and the line with it
    for kind, page in pages(cause, text).items():
        for form, shown in ((name, lay_out(page.paper)) for name, lay_out in FORMS.items()):
            steering = {c for c in shown if unicodedata.category(c) in HIDDEN} - {"\n"}
            assert not steering, (kind, form)
        found = tags_of(page.paper.as_html)
        assert set(found.tags) <= ALLOWED
        assert set(found.attributes) <= {"lang", "charset", "http-equiv", "content", "name", "class", "aria-hidden"}
        for form, parts in PLAIN.items():
            assert parts(FORMS[form](page.paper)) == ordinary(cause, kind, form), (kind, form)


@settings(max_examples=15)
@given(NASTY)
def test_no_line_is_added_by_what_a_name_holds(text: str) -> None:
    shown = letter(hostile("number-down", text), now=NOW, addressee=text).paper.as_text
    assert "\n- [ ] We pay" not in shown
    assert "\nBcc:" not in shown
    assert shown.count("WHAT WE AGREE ON") == 1 or "WHAT WE AGREE ON" in text


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_name_holds_is_shown_letter_for_letter(kind: str) -> None:
    name = 'O\'Neil & <Söhne> [A*B_C] #1 | "x" 1. 50% ~y~ `z`'
    assert " ".join(name.split()) in " ".join(pages("number-down", name)[kind].paper.as_text.split())


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("@everyone look", "`@everyone` look"),
        ("see www.example.com/a_b?c=1&d=2, ok", "see `www.example.com/a_b?c=1&d=2`, ok"),
        ("HTTPS://example.com.", "`HTTPS://example.com`."),
        ("a_b@example.com and (x@example.org)", "`a_b@example.com` and (`x@example.org`)"),
        ("`@bob`", "\\``@bob`\\`"),
        ("<i>@bob</i>", "&lt;i&gt;`@bob`&lt;/i&gt;"),
        ("<http://x/?a=<b>>; then", "&lt;`http://x/?a=<b>>`; then"),
        ("5 @ 3", "5 @ 3"),
    ],
)
def test_no_address_and_no_name_becomes_a_link_in_markdown(said: str, shown: str) -> None:
    assert unlinked(literal(said)) == shown
    assert Paper("", literal(said)).as_markdown.strip() == shown


@pytest.mark.parametrize("said", ["http://a|b@example.com", "@a|@b", "x@example.com\\|y"])
def test_an_address_does_not_break_a_table(said: str) -> None:
    page = Paper("", f"| a | b |\n|---|---|\n| {literal(said)} | 1 |\n").as_markdown
    cells = re.split(r"(?<!\\)\|", page.splitlines()[2])
    assert len(cells) == 4
    assert "`" in cells[1]
