"""The header of the generic layout: which table a file is, by its header's words, and how its lines are laid out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from calltrace.intake.delimited import DELIMITERS, split
from calltrace.intake.formats._base import Head
from calltrace.tables.schema import TABLES, Table

PREAMBLE = 20
"""Lines that may stand above the header: a title, comments, ``sep=;``."""


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: its table, separator, the header's place and cells.

    ``columns`` has, for each cell of the header, the column's name, or '' for one the table does not know.
    """

    table: Table
    delimiter: str
    header_line: int
    header: tuple[str, ...]
    columns: tuple[str, ...]
    quote: str = '"'

    @property
    def ignored(self) -> tuple[str, ...]:
        """Header cells the table does not know, those without a name by their place."""
        pairs = zip(self.header, self.columns, strict=True)
        return tuple(h.strip() or f"column {i} (no name)" for i, (h, c) in enumerate(pairs, 1) if not c)


# --- recognising --------------------------------------------------------------------------------------------


def _word(cell: str) -> str:
    """Return a header's cell as a column's name: case, quotes, blanks and hyphens don't matter."""
    return re.sub(r"[\s\-.]+", "_", cell.replace("\ufeff", "").strip().strip("\"'").strip().lower())


def layout_of(lines: Sequence[str]) -> Layout | None:
    """Return the layout of the file whose first lines these are, None where no line is a table's header."""
    for number, line in enumerate(lines[:PREAMBLE], 1):
        found: list[tuple[int, Layout]] = []
        for delimiter in DELIMITERS:
            if delimiter not in line:
                continue
            quote = _quote_of(line, delimiter)
            header = tuple(split(line.rstrip("\r"), delimiter, quote))
            words = [_word(h) for h in header]
            for table in TABLES.values():
                if not set(table.required) <= set(words):
                    continue
                known = {c.name for c in table.columns}
                columns = tuple(w if w in known else "" for w in words)
                layout = Layout(table, delimiter, number, header, columns, quote)
                found.append((len(set(columns) - {""}), layout))
        if found:
            return max(found, key=lambda f: f[0])[1]
    return None


def _quote_of(line: str, delimiter: str) -> str:
    """Return the character the header's cells are quoted with: the apostrophe where every one is in a pair."""
    cells = [c.strip() for c in line.split(delimiter)]
    single = all(len(c) > 1 and c[0] == c[-1] == "'" for c in cells if c)
    return "'" if single and '"' not in line else '"'


def nearly(head: Head) -> str:
    """Say which table a file that was not recognised resembles, and what it lacks; '' where none.

    For the message about an unrecognised file: a header that lost one column is worth telling.
    """
    best, says = 2, ""
    for line in head.lines[:PREAMBLE]:
        for delimiter in DELIMITERS:
            words = {_word(w) for w in split(line, delimiter)}
            for table in TABLES.values():
                shared = words & {c.name for c in table.columns}
                lacking = [c for c in table.required if c not in words]
                if len(shared) > best and lacking:
                    best = len(shared)
                    says = f"it resembles the table {table.name} but has no column {' or '.join(lacking)}"
    return says
