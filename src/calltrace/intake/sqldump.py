r"""Dumps of a database to its tables, each as separated text that the formats know by its header.

What mysqldump, phpMyAdmin and Navicat write (``INSERT INTO `cdr` VALUES (…),(…);``), what pg_dump writes
(``COPY public.cdr (…) FROM stdin;`` or INSERT), and ``.dump`` of SQLite. Column names come from the INSERT
or COPY, else from the table's CREATE TABLE; a dump of the rows alone has none, and is known by its rows. A backslash
escapes in MySQL only; elsewhere a quote is doubled. MySQL and SQLite take texts in double quotes, too::

    INSERT INTO `cdr` VALUES ('2026-04-16 00:05:57','\"Ann Lee\" <5855550117>','5855550117','s', …, 5, 0, 'NO ANSWER');

Tables of the same columns are one log: monthly tables beside the merged one, a copy kept by a trigger. Rows
that are in several of them are told as duplicates further on. Tables no format knows are named, not read.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

LISTED = 200
"""How many rows of one kind of trouble are listed one by one; the rest is told as a count."""

_NAME = r"(?:`[^`]{1,128}`|\"[^\"]{1,128}\"|\[[^\]]{1,128}\]|[\w$]{1,128})"
_TABLE = rf"(?P<table>{_NAME}(?:\s*\.\s*{_NAME}){{0,2}})"
_STARTS = re.compile(
    rf"^[ \t]*(?:"
    rf"(?P<create>CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)|"
    rf"(?P<insert>(?:INSERT|REPLACE)\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO\s+)|"
    rf"(?P<copy>COPY\s+))"
    rf"{_TABLE}\s*",
    re.IGNORECASE | re.MULTILINE,
)
_COLUMNS = re.compile(rf"\(\s*((?:{_NAME}\s*,\s*)*+{_NAME})\s*\)\s*")
_VALUES = re.compile(r"VALUES\s*", re.IGNORECASE)
_STDIN = re.compile(r"FROM\s+stdin\b[^;\n]*;[ \t]*\n", re.IGNORECASE)
_ONE_NAME = re.compile(_NAME)
_PART = re.compile(r"'(?:[^'\\]++|\\.|'')*+'|`[^`]*`|\"[^\"]*\"|\[[^\]]*\]|[(),]|[^'`\"\[(),]++|.", re.DOTALL)
_NO_COLUMN = frozenset(
    {"primary", "key", "unique", "constraint", "index", "fulltext", "spatial", "foreign", "check", "exclude", "like"}
)

# a quoted value: a backslash takes the next character with it (MySQL), or is a character like any other
_QUOTED = {
    True: (r"(?:[^'\\]++|\\.|'')*+", r'(?:[^"\\]++|\\.|"")*+'),
    False: (r"(?:[^']++|'')*+", r'(?:[^"]++|"")*+'),
}
_TUPLE = {
    slashes: re.compile(
        rf"\s*\(((?:[^'\"()]++|'{one}'|\"{two}\"|\((?:[^'\"()]++|'{one}'|\"{two}\")*+\))*+)\)\s*([,;]?)", re.DOTALL
    )
    for slashes, (one, two) in _QUOTED.items()
}
_FIELD = {
    slashes: re.compile(
        rf"\s*+(?:\w*+'({one})'(?:::[\w \"]++(?:\(\d+\))?)?|\"({two})\"|"
        rf"([^,'\"()]*+(?:\((?:[^'\"()]++|'{one}'|\"{two}\")*+\))?+))\s*+,",
        re.DOTALL,
    )
    for slashes, (one, two) in _QUOTED.items()
}
_ESCAPE = re.compile(r"\\(.)|(['\"])\2", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": "", "b": "", "%": "\\%", "_": "\\_"}
_COPY_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass
class Table:
    """One table's rows as texts, '' where the dump says NULL, and the line each is on.

    ``columns`` is empty where the dump names none.
    """

    name: str
    columns: tuple[str, ...]
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Dump:
    """The tables somebody wants, in the dump's order, and the names of the others that hold rows.

    ``problems`` are those of the dump as a whole: that it breaks off.
    """

    tables: list[Table] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def is_dump(text: str) -> bool:
    """Say whether a file that begins so is a dump: it creates a table, or fills one, at the start of a line."""
    return any(
        found["create"] or found["insert"] or _STDIN.match(text, _after_columns(text, found.end()))
        for found in _STARTS.finditer(text)
    )


def read(text: str, name: str, wanted: Callable[[tuple[str, ...]], bool]) -> Dump:
    """Return the tables whose columns are wanted.

    Parameters
    ----------
    text : str
        The whole dump.
    name : str
        What Problems call the file.
    wanted : callable
        Told a table's column names, says whether to read it. Rows of other tables are skipped unread; those of a table
        whose columns the dump does not name are read.

    Returns
    -------
    Dump
        Rows whose number of values is not the number of columns, or that break off, are the table's Problems. A dump
        whose last statement has no end, or that lacks the line its program ends with, is told as not whole.
    """
    return _Reader(text, name, wanted).read()


def _after_columns(text: str, at: int) -> int:
    found = _COLUMNS.match(text, at)
    return found.end() if found else at


def _bare(name: str) -> str:
    last = _ONE_NAME.findall(name)[-1]
    return str(last.strip('`"[]'))


class _Reader:
    """Goes through a dump once, from statement to statement."""

    def __init__(self, text: str, name: str, wanted: Callable[[tuple[str, ...]], bool]) -> None:
        self.text = text
        self.name = name
        self.wanted = wanted
        self.slashes = _uses_backslashes(text)
        self.created: dict[str, tuple[str, ...]] = {}
        self.tables: dict[tuple[str, tuple[str, ...]], Table] = {}
        self.refused: dict[str, None] = {}
        self.decided: dict[tuple[str, ...], bool] = {}
        self.line = 1
        self.counted = 0
        self.open = False  # whether the last statement has no end

    def read(self) -> Dump:
        at = 0
        while found := _STARTS.search(self.text, at):
            table, at = _bare(found["table"]), found.end()
            if found["create"]:
                columns, at = _created(self.text, at)
                self.created[table] = columns
                continue
            listed = _COLUMNS.match(self.text, at)
            columns = tuple(map(_bare, _ONE_NAME.findall(listed[1]))) if listed else self.created.get(table, ())
            at = listed.end() if listed else at
            marker = (_STDIN if found["copy"] else _VALUES).match(self.text, at)
            if marker is None:
                continue
            at = marker.end()
            target = self._table(table, columns) if columns or not found["copy"] else None
            if target is None:
                self.refused.setdefault(table)
                if found["copy"]:  # what stands in a row must not be taken for a statement
                    end = self.text.find("\n\\.", at - 1)
                    at = len(self.text) if end < 0 else end + 3
                    self.open = end < 0
            elif found["copy"]:
                at = self._copied(target, at)
            else:
                at = self._inserted(target, at)
        for kept in self.tables.values():
            kept.problems = _listed(kept.problems)
        told = [self._breaks_off()] if self.open or _unfinished(self.text) else []
        return Dump([t for t in self.tables.values() if t.rows or t.problems], list(self.refused), told)

    def _breaks_off(self) -> Problem:
        return Problem(
            Location(self.name), "the dump breaks off (its end is missing)", "a whole dump",
            "What could be read was read; copy the file again.", effect="noted", rows=0, kind="truncated")

    def _table(self, name: str, columns: tuple[str, ...]) -> Table | None:
        if columns not in self.decided:
            self.decided[columns] = not columns or self.wanted(columns)
        if not self.decided[columns]:
            return None
        return self.tables.setdefault((name, columns), Table(name, columns))

    def _line_at(self, at: int) -> int:
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        return self.line

    def _inserted(self, table: Table, at: int) -> int:
        """Read ``(…),(…);`` from ``at``; return where it ends."""
        tuple_of, field_of = _TUPLE[self.slashes], _FIELD[self.slashes]
        width, text = len(table.columns), self.text
        while True:
            found = tuple_of.match(text, at)
            if found is None:
                self.open = text.find(");\n", at) < 0 and not text.rstrip().endswith(");")
                end = text.find("\n", at + 1)
                rest = text[at : end if end >= 0 else len(text)].strip()
                if rest:
                    self._bad(table, at + text[at:].find(rest[0]), rest, "a row of values in brackets")
                return end if end >= 0 else len(text)
            values = [
                (_plain(one, "'", self.slashes) if one else _plain(two, '"', self.slashes) if two else _bare_value(bare))
                for one, two, bare in field_of.findall(found[1] + ",")
            ]
            begins = found.start(1)
            width = width or len(values)
            if len(values) == width:
                table.rows.append(values)
                table.lines.append(self._line_at(begins))
            else:
                self._bad(table, begins, f"({found[1]})", f"{width} values")
            at = found.end()
            if found[2] != ",":
                self.open = not found[2] and not text[at:].strip()
                return at

    def _copied(self, table: Table, at: int) -> int:
        """Read the lines of a COPY up to the one that closes it; return where that ends."""
        end = self.text.find("\n\\.", at - 1)
        closed = end >= 0
        self.open = not closed
        block = self.text[at : end if closed else len(self.text)]
        line = self._line_at(at)
        for n, row in enumerate(block.split("\n") if block else []):
            values = row.split("\t")
            if len(values) != len(table.columns):
                if row:
                    self._problem(table, line + n, row, f"{len(table.columns)} values between tabs")
                continue
            if "\\" in row:
                values = ["" if v == "\\N" else _COPY_ESCAPE.sub(_unescaped, v) for v in values]
            table.rows.append(values)
            table.lines.append(line + n)
        return end + 3 if closed else len(self.text)

    def _bad(self, table: Table, at: int, saw: str, expected: str) -> None:
        self._problem(table, self._line_at(max(at, self.counted)), saw, expected)

    def _problem(self, table: Table, line: int, saw: str, expected: str) -> None:
        shown = visible(saw[:100])
        table.problems.append(
            Problem(
                Location(self.name, line),
                f'"{shown if len(shown) <= 80 else shown[:77] + "…"}"',
                f"{expected} of table {visible(table.name)}",
                "Row left out.",
                table="",
                effect="left-out",
                rows=1,
                kind="bad-row",
            )
        )


_ENDS = (
    (re.compile(r"^-- (?:MySQL|MariaDB) dump\b", re.MULTILINE), "\n-- Dump completed"),
    (re.compile(r"^-- PostgreSQL database dump *$", re.MULTILINE), "\n-- PostgreSQL database dump complete"),
)
"""How programs begin a dump that they end with a line of their own, and that line."""

EDGE = 4096
"""Characters at either end of a dump within which these lines stand."""


def _unfinished(text: str) -> bool:
    """Say whether a dump begins as those do that end with a line of their own, and lacks it."""
    return any(begins.search(text[:EDGE]) and end not in text[-EDGE:] for begins, end in _ENDS)


def _uses_backslashes(text: str) -> bool:
    """Say whether a backslash escapes, which is MySQL's way and not the standard's."""
    start = text[:65_536]
    if re.search(r"PostgreSQL database dump|PRAGMA\s+foreign_keys|^BEGIN TRANSACTION;", start, re.MULTILINE):
        return False
    return bool(re.search(r"MySQL|MariaDB|phpMyAdmin|ENGINE\s*=|`|\\['\"]", start))


def _created(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """Return the columns a CREATE TABLE whose bracket opens at ``at`` declares, and where it ends."""
    if not text.startswith("(", at):
        return (), at
    columns: list[str] = []
    depth, fresh = 0, False
    for part in _PART.finditer(text, at):
        word = part[0]
        if word == "(":
            depth += 1
            fresh = depth == 1
        elif word == ")":
            depth -= 1
            if not depth:
                return tuple(columns), part.end()
        elif word == ",":
            fresh = fresh or depth == 1
        elif depth == 1 and fresh and word.strip():
            quoted = word[0] in '`"['
            name = word[1:-1] if quoted else word.split()[0]
            if quoted or name.lower() not in _NO_COLUMN:
                columns.append(name)
            fresh = False
    return tuple(columns), len(text)


def _plain(quoted: str, mark: str, slashes: bool) -> str:
    if slashes and "\\" in quoted:
        return _ESCAPE.sub(lambda m: (mark if m[2] == mark else m[0]) if m[1] is None else _ESCAPES.get(m[1], m[1]), quoted)
    return quoted.replace(mark * 2, mark) if mark * 2 in quoted else quoted


def _bare_value(text: str) -> str:
    value = text.strip()
    return "" if value.upper() in ("NULL", "DEFAULT") else value


def _unescaped(found: re.Match[str]) -> str:
    return {"t": "\t", "n": "\n", "r": "\r", "b": "", "f": "", "v": ""}.get(found[1], found[1])


def _listed(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= LISTED:
        return problems
    more = problems[LISTED:]
    first = more[0]
    rest = Problem(
        first.at,
        f"{len(more)} more rows like these",
        first.expected,
        "Rows left out.",
        table="",
        effect="left-out",
        rows=len(more),
        kind="bad-row",
    )
    return [*problems[:LISTED], rest]
