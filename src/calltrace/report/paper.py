"""One text laid out for every reader: plain text to paste into a mail, Markdown, or a web page that prints.

Templates are written in CommonMark with tables: paragraphs, lists, headings, bold, lines that end with a backslash.
What comes from a file or the command line goes in by :func:`literal`, which leaves nothing of it that Markdown, HTML
or a terminal would obey. Then one parser reads the page, and each form is made of what it read.
"""

from __future__ import annotations

import html
import re
import textwrap
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from calltrace.classes import dataclass
from calltrace.report.render._words import NBSP
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from markdown_it.token import Token

WIDTH = 78
"""Columns a plain text is wrapped at: what a mail carries without folding."""

_MARKS = re.compile(r"([\\`*_{}\[\]#|~])")
_LIST_LIKE = re.compile(r"^(?:([-+=])(?![0-9A-Za-z])|(\d{1,9})([.)])(?=\s|$))")
_BOX = "[ ] "


def literal(text: str) -> str:
    r"""Return any text as Markdown that shows it letter for letter, on one line.

    Controls, bidirectional marks and line breaks are written out (:func:`calltrace.tables.text.visible`), runs of
    blanks become one, ``<``, ``>`` and ``&`` become entities and Markdown's own marks are escaped.

    Examples
    --------
    >>> literal("<b>*Bob*</b>")
    '&lt;b&gt;\\*Bob\\*&lt;/b&gt;'
    >>> literal("1. Ann")
    '1\\. Ann'
    """
    shown = " ".join(p for p in visible(text.strip()).split(" ") if p)
    shown = html.escape(shown, quote=False)
    shown = _MARKS.sub(r"\\\1", shown)
    return _LIST_LIKE.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", shown)


_CHAR = r"(?:\\[^\s|`]|[^\s\\`|<>])"
_LINKED = re.compile(
    rf"(?<!\\)`[^`]*`|(?:https?|ftp)://{_CHAR}+|\bwww\.{_CHAR}+|(?:\\[_*~#{{}}]|[\w.+%-])+@\w{_CHAR}*|(?<!\w)@\w[\w-]*",
    re.IGNORECASE,
)
"""What a wiki or a chat makes a link or a mention of by itself; code spans come first, and are left as they are."""


_ENTITY = re.compile(r"&#?\w+$")
"""The beginning of a character's name at the end of a text."""


def unlinked(markdown: str) -> str:
    r"""Return Markdown in which no address and no @name becomes a link: each stands in a code span.

    An escape would not do: GitHub and others look for addresses and names in the text after escapes are resolved.

    Examples
    --------
    >>> unlinked("mail to dana\\_x@example.com, or see www.example.com.")
    'mail to `dana_x@example.com`, or see `www.example.com`.'
    """

    def spanned(found: re.Match[str]) -> str:
        token = found[0]
        if token.startswith("`"):
            return token
        bare = token.rstrip(".,;:!?)")
        if _ENTITY.search(bare) and token[len(bare):len(bare) + 1] == ";":  # the end of &gt; and its like, no mark
            bare += ";"
        plain = html.unescape(re.sub(r"\\([^A-Za-z0-9\s])", r"\1", bare))
        return token if "`" in plain or "|" in plain else f"`{plain}`{token[len(bare):]}"

    return _LINKED.sub(spanned, markdown)


@dataclass(frozen=True)
class Paper:
    """A page: its title (plain text), its language, and its Markdown, whose values are :func:`literal`."""

    title: str
    markdown: str
    language: str = "en"

    @property
    def as_text(self) -> str:
        """The page as plain text, wrapped at :data:`WIDTH`."""
        lines = _text(SyntaxNodes(_parser().parse(self.markdown)).blocks(), "")
        return "\n".join(line.rstrip() for line in lines).strip("\n").replace(NBSP, " ") + "\n"

    @property
    def as_markdown(self) -> str:
        """The page as Markdown."""
        return unlinked(self.markdown.replace(NBSP, " "))

    @property
    def as_html(self) -> str:
        """The page as one HTML document that loads nothing."""
        tokens = _parser().parse(self.markdown)
        for token in tokens:
            first = token.children[0] if token.type == "inline" and token.children else None
            if first is not None and first.type == "text" and first.content.startswith(_BOX):
                first.type, first.content = "html_inline", (
                    f'<span class="box" aria-hidden="true"></span> {html.escape(first.content.removeprefix(_BOX))}'
                )
        body = _parser().renderer.render(tokens, _parser().options, {})
        page = resources.files("calltrace.report").joinpath("templates/page.html").read_text(encoding="utf-8")
        parts = {"language": html.escape(self.language), "title": html.escape(visible(self.title)), "body": body}
        return re.sub(r"\{\{ (language|title|body) \}\}", lambda m: parts[m[1]], page)


FORMS: dict[str, Callable[[Paper], str]] = {
    "text": lambda paper: paper.as_text,
    "markdown": lambda paper: paper.as_markdown,
    "html": lambda paper: paper.as_html,
}
"""The forms a page is laid out in, by name."""


def tidy(markdown: str) -> str:
    """Return Markdown without the blank lines and blanks that a template leaves."""
    lines = [line.rstrip() for line in markdown.replace("\r\n", "\n").split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    # a list item stays with the one before it, whatever the template left between them
    text = re.sub(r"(?m)^(- [^\n]*(?:\n  [^\n]+)*)\n\n(?=- )", r"\1\n", text)
    return text + "\n"


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, item, row or rule: its text, and the blocks within it."""

    kind: str
    text: str = ""
    mark: str = ""
    inner: tuple[Block, ...] = ()


class SyntaxNodes:
    """The parser's flat tokens as blocks within blocks."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def blocks(self, closing: str = "") -> tuple[Block, ...]:
        """Return the blocks up to the token that closes them."""
        found: list[Block] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == closing:
                break
            if token.type == "inline":
                found.append(Block("line", _plain(token.children or ())))
            elif token.nesting == 1:
                kind = token.type.removesuffix("_open")
                mark = token.info + token.markup if kind == "list_item" and token.info else token.tag
                if token.hidden:  # a paragraph of a tight list
                    mark = "tight"
                found.append(Block(kind, mark=mark, inner=self.blocks(f"{kind}_close")))
            elif token.type in ("code_block", "fence"):
                found.append(Block("paragraph", inner=(Block("line", token.content.rstrip("\n")),)))
            else:
                found.append(Block(token.type))
        return tuple(found)


def _plain(tokens: Iterable[Token]) -> str:
    """Return a line's text without its marks; a hard break is a line break."""
    parts = []
    for token in tokens:
        if token.type == "hardbreak":
            parts.append("\n")
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.children:
            parts.append(_plain(token.children))
        else:
            parts.append(token.content)
    return "".join(parts)


def _text(blocks: Sequence[Block], indent: str) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        if block.kind == "table":
            lines += [*_table(block, indent), ""]
        elif block.kind in ("bullet_list", "ordered_list"):
            for item in block.inner:
                mark = f"{'-' if item.mark == 'li' else item.mark} "
                inside = _text(item.inner, indent + " " * len(mark))
                while inside and not inside[-1]:
                    inside.pop()
                if inside:
                    inside[0] = f"{indent}{mark}{inside[0].lstrip(' ')}"
                lines += inside
                if len(item.inner) > 1:  # an item with items of its own stands by itself
                    lines.append("")
            if not indent:
                lines.append("")
        elif block.kind == "blockquote":
            lines += [*_text(block.inner, indent + "    ")]
        elif block.kind == "hr":
            lines += [f"{indent}{'-' * (WIDTH - len(indent))}", ""]
        elif block.kind == "heading":
            said = " ".join(b.text for b in block.inner)
            lines += [*_wrapped(said if block.mark == "h1" else said.upper(), indent), ""]
        elif block.kind == "line":
            lines += _wrapped(block.text, indent)
        else:
            lines += [*_text(block.inner, indent)]
            if block.kind == "paragraph" and block.mark != "tight":
                lines.append("")
    return [line for i, line in enumerate(lines) if line or i == 0 or lines[i - 1]]


def _wrapped(text: str, indent: str) -> list[str]:
    return [
        out
        for line in text.split("\n")
        for out in textwrap.wrap(
            line, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        or [""]
    ]


def _table(table: Block, indent: str) -> list[str]:
    """Return a table with its columns lined up; the heading is set off by a rule."""
    rows = [
        [" ".join(line.text for line in cell.inner) for cell in row.inner]
        for part in table.inner
        for row in part.inner
    ]
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(rows[0]))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in rows]
    shown.insert(1, "  ".join("-" * width for width in widths))
    return [indent + line.rstrip() for line in shown]
