"""Pages of explanation for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.report.pages import Block, blocks, cells_of
from calltrace.report.render._page import NARROWEST, Bit, Page, width_of
from calltrace.report.render._words import NBSP, capital

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.report.pages import Page as Explained


def text_of(pages: Sequence[Explained], **options: object) -> str:
    """Return pages of explanation as text; options as for the terminal report."""
    page = Page(max(int(str(options.get("width") or 100)), NARROWEST), bool(options.get("ascii_only")))
    for one in pages:
        page.blank()
        kind = f"{one.kind} " if one.kind else ""
        page.text((Bit(f"{kind}{one.name}", "bold"), f": {one.title}"))
        if one.text:
            page.blank()
            _docstring(page, one.text)
        for section in one.sections:
            page.blank()
            page.line(Bit(capital(section.title), "head"))
            for item in section.items:
                page.text(item, first="  ", indent=4)
    return page.printed(color=bool(options.get("color")))


def _docstring(page: Page, text: str) -> None:
    """Add a docstring: paragraphs wrapped anew, samples and tables kept line by line."""
    for block in blocks(text):
        if block.kind != "term":
            page.blank()
        if block.kind == "heading":
            page.line(Bit(block.text, "head"))
        elif block.kind == "sample":
            for line in block.lines:
                page.text(NBSP.join(line.split(" ")), first="  ", indent=4)
        elif block.kind == "table":
            _table(page, cells_of(block))
        elif block.kind == "term":
            page.text(Bit(block.lines[0], "bold"))
            page.text(Block("prose", block.lines[1:]).text, first="    ")
        else:
            page.text(block.text)


def _table(page: Page, rows: list[tuple[str, ...]]) -> None:
    """Add a table: every column as wide as it is, at most its share, the last one what is left."""
    share = page.width // len(rows[0])
    widths = [min(max(width_of(row[i]) for row in rows), share) for i in range(len(rows[0]) - 1)]
    widths.append(page.width - sum(widths) - 2 * len(widths))
    page.table(rows, widths)
