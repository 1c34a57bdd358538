"""Rows of cells out of text: tables with a header, and the INSERT and COPY statements of a database's dump.

For formats whose files are exports of a table: cells come out as text by column name, each row with its line,
and what is not a row of the table is a Problem.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from calltrace.errors import Location
from calltrace.intake.formats._asterisk import LISTED, short
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

DELIMITERS = (",", ";", "\t", "|")
PREAMBLE = 20
"""Lines that may stand above a header: a title, ``sep=;``, comments."""
NULLS = frozenset({"", "NULL", "null", r"\N", "<null>", "(null)"})

_STATEMENT = re.compile(
    r"(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+(?P<table>[^\s(]+)\s*(?:\((?P<columns>[^()]*)\)\s*)?VALUES\s*",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^COPY\s+(?P<table>[^\s(]+)\s*\((?P<columns>[^()]*)\)\s+FROM\s+stdin[^;]*;[ \t]*\n",
    re.IGNORECASE | re.MULTILINE,
)
_CREATE = re.compile(r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<table>[^\s(]+)\s*\(", re.IGNORECASE)
_VALUE = re.compile(
    r"""\s*(?:'(?P<s>(?:[^'\\]|\\.|'')*)'|"(?P<d>(?:[^"\\]|\\.|"")*)"|(?P<n>[^,()'"\s][^,()'"]*)|)\s*(?P<end>[,)])""",
    re.DOTALL,
)
_NO_COLUMN = frozenset({"primary", "key", "unique", "constraint", "index", "fulltext", "foreign", "check"})
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": ""}


@dataclass
class Sheet:
    """Cells of a table by column name (lower case), None where there is none; ``count`` rows the file holds."""

    names: tuple[str, ...]
    rows: list[list[str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def column(self, *names: str) -> list[str | None]:
        """Return the first column there is of these; None throughout where there is none."""
        for name in names:
            if name in self.names:
                place = self.names.index(name)
                return [row[place] for row in self.rows]
        return [None] * len(self.rows)

    def numbers(self, *names: str) -> NDArray[np.float64]:
        """Return a column as numbers, NaN where there is none or it is no number."""
        return numbers(self.column(*names))

    def keep(self, wanted: Sequence[bool] | NDArray[np.bool_]) -> None:
        """Keep the rows wanted."""
        self.rows = [row for row, yes in zip(self.rows, wanted, strict=True) if yes]
        self.lines = [line for line, yes in zip(self.lines, wanted, strict=True) if yes]


def numbers(cells: Sequence[str | None]) -> NDArray[np.float64]:
    """Return texts as numbers, NaN where there is none or it is no number."""
    try:
        return np.array([cell or "nan" for cell in cells], dtype=np.float64)
    except ValueError:
        return np.array([_number(cell) for cell in cells], dtype=np.float64)


def _number(cell: str | None) -> float:
    try:
        return float((cell or "nan").strip().replace(",", ".").strip("\"'"))
    except ValueError:
        return float("nan")


def word(cell: str) -> str:
    """Return a header's cell as a name: case, quotes and blanks don't matter."""
    return re.sub(r"[\s\-.]+", "_", cell.replace("\ufeff", "").strip().strip("\"'`[]").strip().lower())


def split(line: str, delimiter: str) -> list[str]:
    """Split one line into cells; an open quote ends with the line."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return line.split(delimiter)


def header_of(lines: Sequence[str], fits: Callable[[tuple[str, ...]], bool]) -> tuple[int, str, tuple[str, ...]] | None:
    """Return the place (from 0), delimiter and words of the header among the first lines; None if there is none."""
    for place, line in enumerate(lines[:PREAMBLE]):
        if len(line) > 65_536:
            continue
        for delimiter in DELIMITERS:
            if delimiter in line:
                words = tuple(word(cell) for cell in split(line.rstrip("\r"), delimiter))
                if fits(words):
                    return place, delimiter, words
    return None


def bad_row(name: str, line: int, text: str, expected: str, *, kind: str = "bad-row", rows: int = 1) -> Problem:
    """Return the Problem of a row of calls that is left out."""
    return Problem(Location(name, line), short(text.encode()), expected, "Row left out.", "calls", "left-out", rows, kind)


def listed(problems: list[Problem], found: list[Problem]) -> None:
    """Add the problems found, one by one up to a limit, the rest as one that counts them."""
    problems.extend(found[:LISTED])
    if len(found) > LISTED:
        rest = found[LISTED]
        problems.append(
            Problem(
                rest.at,
                f"{len(found) - LISTED} more rows like these",
                rest.expected,
                "Rows left out.",
                rest.table,
                rest.effect,
                sum(p.rows for p in found[LISTED:]),
                rest.kind,
            )
        )


def read_headed(text: str, name: str, fits: Callable[[tuple[str, ...]], bool]) -> Sheet | None:
    """Read a table by its header; a header that comes again (files put one behind the other) is followed.

    Parameters
    ----------
    text : str
        The file, lines ended by LF.
    name : str
        What messages call it.
    fits : function
        Says of the words of a line whether they are the table's header.

    Returns
    -------
    Sheet or None
        None where no line among the first is the header.
    """
    lines = text.split("\n")
    found = header_of(lines, fits)
    if found is None:
        return None
    place, delimiter, words = found
    sheet = Sheet(words)
    cut_short = bool(lines[-1])
    body = lines[place + 1 :]
    if any(line.count('"') % 2 for line in body if '"' in line):
        cells = [split(line, delimiter) for line in body]
    else:
        try:
            cells = list(csv.reader(body, delimiter=delimiter))
        except csv.Error:
            cells = [split(line, delimiter) for line in body]
    order: list[int] | None = None
    width = len(words)
    lost: list[Problem] = []
    first = words[0]
    for number, row in enumerate(cells, place + 2):
        if not row or not any(row):
            continue
        if word(row[0]) == first and (again := tuple(word(cell) for cell in row)) and fits(again):
            width = len(again)
            order = None if again == words else [again.index(w) if w in again else -1 for w in words]
            continue
        sheet.count += 1
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            row = row[:width]  # noqa: PLW2901 - trailing delimiters
        if len(row) != width:
            last = number == len(lines) and cut_short
            lost.append(
                bad_row(
                    name,
                    number,
                    body[number - place - 2],
                    "a whole row, but the file ends in the middle of it" if last else f"{width} fields, as in the header",
                    kind="cut-off" if last else "field-count",
                )
            )
            continue
        if order is not None:
            row = [row[i] if i >= 0 else "" for i in order]  # noqa: PLW2901 - in the first header's order
        sheet.rows.append([None if cell in NULLS else cell for cell in row])
        sheet.lines.append(number)
    listed(sheet.problems, lost)
    return sheet


# --- dumps of a database --------------------------------------------------------------------------------------


def is_dump(text: str) -> bool:
    """Say whether the text begins as a dump of a database does."""
    return bool(re.search(r"^\s*(INSERT\s+INTO|CREATE\s+TABLE|PRAGMA\s|COPY\s+\S+\s*\()", text, re.IGNORECASE | re.MULTILINE))


def dump_columns(text: str) -> dict[str, tuple[str, ...]]:
    """Return the columns of each table that the dump creates, fills or copies, as far as it names them."""
    found: dict[str, tuple[str, ...]] = {}
    for match in _CREATE.finditer(text):
        depth, last, parts = 0, match.end(), []
        for step in re.compile(r"'[^']*'|[(),]").finditer(text, last):
            mark = step.group()
            if mark == "(":
                depth += 1
            elif mark == ")" and depth:
                depth -= 1
            elif mark == ")" or (mark == "," and not depth):
                parts.append(text[last : step.start()])
                last = step.end()
                if mark == ")":
                    break
        names = [re.match(r"\s*(?:--[^\n]*\n\s*)*[`\"\[]?([A-Za-z_][\w$]*)", part) for part in parts]
        columns = tuple(m.group(1).lower() for m in names if m and m.group(1).lower() not in _NO_COLUMN)
        if columns:
            found[_table(match)] = columns
    for pattern in (_STATEMENT, _COPY):
        for match in pattern.finditer(text):
            if match.group("columns") and _table(match) not in found:
                found[_table(match)] = tuple(word(c) for c in match.group("columns").split(","))
            elif not match.group("columns"):
                found.setdefault(_table(match), ())
    return found


def _table(match: re.Match[str]) -> str:
    return match.group("table").replace("`", "").replace('"', "").replace("[", "").replace("]", "").rpartition(".")[2].lower()


def read_dump(text: str, name: str, wanted: Callable[[str, tuple[str, ...]], tuple[str, ...] | None]) -> Sheet | None:
    """Read the rows that a dump puts into tables.

    Parameters
    ----------
    text : str
        The dump: SQLite, MySQL or PostgreSQL; several tables may be in it.
    name : str
        What messages call it.
    wanted : function
        Gets a table's name and columns (empty where the dump does not name them); returns the columns to read it
        by, or None for a table of no interest.

    Returns
    -------
    Sheet or None
        Rows of all tables wanted, with a column ``table__`` behind the others; None where there is none.
    """
    tables = {table: columns for table, said in dump_columns(text).items() if (columns := wanted(table, said))}
    if not tables:
        return None
    names = (*dict.fromkeys(c for columns in tables.values() for c in columns), "table__")
    sheet = Sheet(names)
    ends = [m.start() for m in re.finditer("\n", text)]
    place_of = {n: i for i, n in enumerate(names)}
    lost: list[Problem] = []
    slashes = "PRAGMA" not in text[:4096].upper()
    for table, columns, at, row in _statements(text, tables, slashes=slashes):
        sheet.count += 1
        line = bisect_right(ends, at - 1) + 1
        if row is None or len(row) != len(columns):
            said = text[at : at + 80].partition("\n")[0]
            lost.append(bad_row(name, line, said, f"{len(columns)} values of the table {table}"))
            continue
        cells: list[str | None] = [None] * len(names)
        for column, value in zip(columns, row, strict=True):
            cells[place_of[column]] = None if value in NULLS else value
        cells[-1] = table
        sheet.rows.append(cells)
        sheet.lines.append(line)
    listed(sheet.problems, lost)
    return sheet


def _statements(
    text: str, tables: dict[str, tuple[str, ...]], *, slashes: bool
) -> Iterator[tuple[str, tuple[str, ...], int, list[str | None] | None]]:
    """Give each row that is put into one of the tables: table, columns, where it stands, cells."""
    at = 0
    while (match := _STATEMENT.search(text, at)) is not None:
        at = match.end()
        table = _table(match)
        if table not in tables:
            continue
        said = match.group("columns")
        columns = tuple(word(c) for c in said.split(",")) if said else tables[table]
        if not set(columns) <= set(tables[table]):
            columns = tables[table]
        while True:
            opened = re.compile(r"[\s,]*\(").match(text, at)
            if opened is None:
                break
            begins = opened.end() - 1
            row, at = _tuple(text, opened.end(), slashes=slashes)
            yield table, columns, begins, row
    for match in _COPY.finditer(text):
        if _table(match) in tables:
            at = match.end()
            for line in text[at : text.find("\n\\.", at)].split("\n"):
                yield _table(match), tuple(word(c) for c in match.group("columns").split(",")), at, list(line.split("\t"))
                at += len(line) + 1


def _tuple(text: str, at: int, *, slashes: bool) -> tuple[list[str | None] | None, int]:
    """Read the values of one row behind its bracket; None, and where its line ends, if they can't be read."""
    row: list[str | None] = []
    while True:
        match = _VALUE.match(text, at)
        if match is None:
            stop = text.find("\n", at)
            return None, len(text) if stop < 0 else stop + 1
        at = match.end()
        quoted = match.group("s") if match.group("s") is not None else match.group("d")
        if quoted is not None:
            mark = "'" if match.group("s") is not None else '"'
            value = quoted.replace(mark * 2, mark)
            if slashes and "\\" in value:
                value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), value, flags=re.DOTALL)
            row.append(value)
        else:
            row.append((match.group("n") or "").strip())
        if match.group("end") == ")":
            return row, at
