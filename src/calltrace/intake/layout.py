"""The header of the generic layout: which table a file is, by its header's words, and how its lines are laid out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from calltrace.classes import dataclass
from calltrace.intake import zones
from calltrace.intake.delimited import DELIMITERS, split
from calltrace.intake.formats._base import PREAMBLE, Head
from calltrace.tables.schema import TABLES, Table

ZONE = "timezone"
"""The column, known in every table, that says in which zone the row's times without an offset are."""
_ZONES = frozenset({"timezone", "time_zone"})
_UTC = re.compile(r"utc|gmt")


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: its table, separator, the header's place and cells.

    ``columns`` has, for each cell of the header, the column's name, or '' for one the table does not know; :data:`ZONE`
    is known beside the times of every table. ``utc`` are the columns whose name in the header ends in UTC.
    """

    table: Table
    delimiter: str
    header_line: int
    header: tuple[str, ...]
    columns: tuple[str, ...]
    quote: str = '"'
    utc: tuple[str, ...] = ()

    @property
    def zoned(self) -> bool:
        """Whether the header says in which zone times without an offset are."""
        return bool(self.utc) or (ZONE in self.columns and self.table.name != "accounts")

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
            in_utc = {w: _word(zones.without(h)) for h, w in zip(header, words, strict=True) if _UTC.search(w)}
            for table in TABLES.values():
                if not set(table.required) <= {*words, *in_utc.values()}:
                    continue
                known = {c.name for c in table.columns}
                utc = {w: c for w, c in in_utc.items() if c in known and c not in words and table.column(c).kind == "instant"}
                columns = tuple(w if w in known else ZONE if w in _ZONES else utc.get(w, "") for w in words)
                if not set(table.required) <= set(columns):
                    continue
                layout = Layout(table, delimiter, number, header, columns, quote, tuple(utc.values()))
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
