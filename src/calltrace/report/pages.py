"""A page of explanation, and how a docstring falls into pieces that a terminal or Markdown can lay out."""

from __future__ import annotations

import re
import textwrap

from calltrace.classes import dataclass

RULE = re.compile(r"=+( +=+)+")
"""The lines that draw a table in a docstring."""


@dataclass(frozen=True)
class Section:
    """A titled list; every item is one line or paragraph."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One name explained. ``text`` is paragraphs and indented samples, as in a docstring."""

    kind: str
    name: str
    title: str
    text: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Block:
    """A piece of a docstring: prose, heading, sample (kept as it is), table, or term (then its text)."""

    kind: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines as one."""
        return " ".join(line.strip() for line in self.lines)


def blocks(text: str) -> list[Block]:
    """Return a docstring in pieces: paragraphs, numpy's headings, terms with their text, samples and tables.

    Markup for roles and literals is taken away, and the second colon that opens a sample.
    """
    found: list[Block] = []
    for chunk in re.split(r"\n[ \t]*\n", text.strip("\n")):
        lines = chunk.split("\n")
        if len(lines) > 1 and re.fullmatch(r"-{3,}", lines[1].strip()):
            found.append(Block("heading", (lines[0].strip(),)))
            lines = lines[2:]
        if not lines or not any(line.strip() for line in lines):
            continue
        table = any(RULE.fullmatch(line.strip()) for line in lines)
        if table:
            found.append(Block("table", tuple(lines)))
        elif lines[0].startswith((" ", ">>>")):
            sample = tuple(textwrap.dedent("\n".join(lines)).split("\n"))
            if found and found[-1].kind == "sample":
                found[-1] = Block("sample", (*found[-1].lines, "", *sample))
            else:
                found.append(Block("sample", sample))
        elif any(line.startswith("    ") for line in lines):
            found.extend(_terms(lines))
        else:
            found.append(Block("prose", tuple(_plain(line) for line in lines)))
    return found


def cells_of(block: Block) -> list[tuple[str, ...]]:
    """Return the rows of a table; a row whose first cell is empty goes on with the one before it."""
    rule = next(line for line in block.lines if RULE.fullmatch(line.strip()))
    starts = [m.start() for m in re.finditer("=+", rule)]
    rows: list[tuple[str, ...]] = []
    for line in block.lines:
        if RULE.fullmatch(line.strip()):
            continue
        ends = [*starts[1:], len(line)]
        cells = tuple(_plain(line[a:b].strip()) for a, b in zip(starts, ends, strict=True))
        if rows and not cells[0]:
            cells = tuple(f"{before} {more}".strip() for before, more in zip(rows.pop(), cells, strict=True))
        rows.append(cells)
    return rows


def _terms(lines: list[str]) -> list[Block]:
    groups: list[list[str]] = []
    for line in lines:
        if not line.startswith(" ") or not groups:
            groups.append([])
        groups[-1].append(_plain(line))
    return [Block("term" if len(group) > 1 else "prose", tuple(group)) for group in groups]


def _plain(line: str) -> str:
    bare = re.sub(r":[a-z]+:`~?([^`]+)`", r"`\1`", line).replace("``", "`")
    return re.sub(r"::$", ":", bare)
