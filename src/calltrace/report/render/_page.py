"""A page of styled text: wrapped to a width in terminal cells, coloured or plain, in Unicode or ASCII.

Every text that gets onto a page goes through :func:`calltrace.tables.text.visible`, so nothing a file says
can steer the terminal. There is no markup: brackets are brackets.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from calltrace.classes import dataclass
from calltrace.report.render._words import NBSP
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

NARROWEST = 40
"""Cells below which no page goes: a narrower terminal wraps by itself."""

SGR = {
    "": "",
    "bold": "1",
    "dim": "2",
    "good": "32",
    "bad": "31",
    "badbold": "1;31",
    "doubt": "33",
    "accent": "36",
    "head": "1;4",
    "confirmed": "1;30;42",
    "likely": "1;30;43",
    "inconclusive": "1;30;47",
}

ASCII = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "‑": "-",
        "·": "|",
        "…": "~",
        "×": "x",
        "→": "->",
        "•": "*",
        "✓": "+",
        "✗": "x",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "█": "#",
        "░": ":",
        "━": "=",
        "─": "-",
        "│": "|",
        "┤": "|",
        "┼": "+",
        "└": "+",
        "▼": "v",
        "▲": "^",
        "▌": "|",
        "≥": ">=",
        "≤": "<=",
        "±": "+-",
        "\u2009": " ",
        "\u202f": " ",
        "▁": " ",
        "▂": " ",
        "▃": " ",
        "▄": "#",
        "▅": "#",
        "▆": "#",
        "▇": "#",
        "²": "2",
    }
)


@dataclass(frozen=True)
class Bit:
    """A piece of text in one style."""

    text: str
    style: str = ""


def bits(text: str | Bit | Iterable[str | Bit], style: str = "", *, ascii_only: bool = False) -> list[Bit]:
    """Return the text as bits, made visible; bare strings take ``style``."""
    parts = [text] if isinstance(text, (str, Bit)) else list(text)
    made = [Bit(visible(p), style) if isinstance(p, str) else Bit(visible(p.text), p.style) for p in parts]
    if not ascii_only:
        return made
    return [
        Bit(
            b.text.translate(ASCII)
            .replace(NBSP, "\0")
            .encode("ascii", "backslashreplace")
            .decode()
            .replace("\0", NBSP),
            b.style,
        )
        for b in made
    ]


def width_of(text: str) -> int:
    """Return how many terminal cells the text takes."""
    return cell_len(visible(text))


def wrap(
    text: str | Bit | Iterable[str | Bit], width: int, style: str = "", *, ascii_only: bool = False
) -> list[list[Bit]]:
    """Return the text in lines of at most ``width`` cells, broken at spaces, too long a word anywhere.

    Words that no-break spaces hold together stay on a line, if one has room for them.
    """
    lines: list[list[Bit]] = [[]]
    used = 0
    for word in _words(bits(text, style, ascii_only=ascii_only)):
        size = sum(cell_len(b.text) for b in word)
        gap = 1 if lines[-1] else 0
        if lines[-1] and used + gap + size > width:
            lines.append([])
            used, gap = 0, 0
        if gap:
            before = lines[-1][-1].style
            lines[-1].append(Bit(" ", before if before == word[0].style else ""))
        for bit in word:
            text_left = bit.text
            while used + gap + cell_len(text_left) > width:
                head, text_left = _cut(text_left, width - used - gap)
                if (kept := head.rfind(NBSP)) > 0:  # what is to stay together, and can't, parts between its words
                    head, text_left = head[: kept + 1], head[kept + 1 :] + text_left
                if head:
                    lines[-1].append(Bit(head, bit.style))
                elif used + gap == 0:  # not even one character fits: let it stand
                    head, text_left = text_left[0], text_left[1:]
                    lines[-1].append(Bit(head, bit.style))
                lines.append([])
                used, gap = 0, 0
            if text_left:
                lines[-1].append(Bit(text_left, bit.style))
                used += gap + cell_len(text_left)
                gap = 0
    return [line for line in lines if line] or [[]]


def height(text: str, width: int) -> int:
    """Return how many lines :func:`wrap` makes of a text, words wider than a line apart."""
    lines, used = 1, 0
    for word in visible(text).split(" "):
        size = cell_len(word)
        if used and used + 1 + size > width:
            lines, used = lines + 1, 0
        used += size + (1 if used else 0)
        if used > width:
            lines, used = lines + (used - 1) // width, (used - 1) % width + 1
    return lines


def _words(parts: list[Bit]) -> Iterable[list[Bit]]:
    word: list[Bit] = []
    for part in parts:
        pieces = part.text.split(" ")
        for place, piece in enumerate(pieces):
            if place and word:
                yield word
                word = []
            if piece:
                word.append(Bit(piece, part.style))
    if word:
        yield word


def _cut(text: str, width: int) -> tuple[str, str]:
    """Return the longest beginning of the text that fits in ``width`` cells, and the rest."""
    used = 0
    for place, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return text[:place], text[place:]
    return text, ""


def shorten(text: str, width: int) -> str:
    """Return the text, or its beginning and an ellipsis where it is wider than ``width`` cells."""
    shown = visible(text)
    return shown if cell_len(shown) <= width else _cut(shown, max(width - 1, 0))[0] + "…"


def _joined(line: list[Bit]) -> list[Bit]:
    """Return a line's bits, neighbours of one style made one."""
    out: list[Bit] = []
    for bit in line:
        if out and out[-1].style == bit.style:
            out[-1] = Bit(out[-1].text + bit.text, bit.style)
        else:
            out.append(bit)
    return out


@dataclass
class Page:
    """Lines of bits, and how to print them."""

    width: int = 100
    ascii_only: bool = False
    lines: list[list[Bit]] = field(default_factory=list)

    def line(self, *parts: str | Bit) -> None:
        """Add one line as it is, cut to the width."""
        out, used = [], 0
        for bit in bits(parts, ascii_only=self.ascii_only):
            text, _ = _cut(bit.text, self.width - used)
            if text:
                out.append(Bit(text, bit.style))
                used += cell_len(text)
        self.lines.append(out)

    def blank(self) -> None:
        """Add an empty line, unless the page just has one or is at its top."""
        if self.lines and self.lines[-1]:
            self.lines.append([])

    def text(
        self,
        text: str | Bit | Iterable[str | Bit],
        *,
        first: str | Bit = "",
        indent: int | None = None,
        style: str = "",
        most: int | None = None,
    ) -> None:
        """Add wrapped text. ``first`` leads its first line; the others are indented by ``indent`` cells.

        ``most`` limits the number of lines; the last one then ends in an ellipsis.
        """
        lead = bits(first, ascii_only=self.ascii_only)[0]
        inset = cell_len(lead.text) if indent is None else indent
        lines = wrap(text, max(self.width - inset, 1), style, ascii_only=self.ascii_only)
        if most is not None and len(lines) > most:
            last = lines[most - 1]
            room = max(self.width - inset - 2, 1)
            kept, used = [], 0
            for bit in last:
                piece, _ = _cut(bit.text, room - used)
                kept.append(Bit(piece, bit.style))
                used += cell_len(piece)
            lines = [*lines[: most - 1], [*kept, Bit(" ~" if self.ascii_only else " …")]]
        for place, line in enumerate(lines):
            start = Bit(set_cell_size(lead.text, inset), lead.style) if place == 0 else Bit(" " * inset)
            self.lines.append([start, *line] if inset else line)

    def table(self, rows: Iterable[tuple[str | Bit, ...]], widths: list[int]) -> None:
        """Add rows of cells, each wrapped to its column; two cells between columns, one after a mark."""
        for row in rows:
            cells = [
                wrap(cell, width, ascii_only=self.ascii_only) for cell, width in zip(row, widths, strict=True)
            ]
            for level in range(max(len(c) for c in cells)):
                line: list[Bit] = []
                for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
                    part = cell[level] if level < len(cell) else []
                    line.extend(part)
                    if place < len(widths) - 1:
                        gap = 2 if width > 1 else 1
                        line.append(Bit(" " * (width + gap - sum(cell_len(b.text) for b in part))))
                self.lines.append(line)

    def __str__(self) -> str:
        return self.printed()

    def printed(self, *, color: bool = False) -> str:
        """Return the page as text: ANSI colours or none, no trailing spaces, a newline at the end."""
        out = []
        for line in self.lines:
            kept = _joined(line)
            while kept and not kept[-1].text.strip():
                kept.pop()
            if kept:
                kept[-1] = Bit(kept[-1].text.rstrip(), kept[-1].style)
            text = "".join(
                f"\x1b[{SGR[b.style]}m{b.text}\x1b[0m"
                if color and SGR[b.style] and b.text.strip()
                else b.text
                for b in kept
            )
            out.append(text.replace(NBSP, " "))
        return "\n".join(out).rstrip("\n") + "\n"
