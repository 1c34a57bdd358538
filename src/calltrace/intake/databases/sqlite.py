"""SQLite files, opened to read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from calltrace.intake.asked import AskedTime
from calltrace.intake.databases.address import Asked
from calltrace.intake.databases.asking import Found, read_tables
from calltrace.intake.databases.rows import BATCH_ROWS
from calltrace.intake.encodings import to_utf8
from calltrace.intake.opened import Opened, problem
from calltrace.tables.text import visible


class _Sqlite:
    """An SQLite database, opened to read only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.text_factory = lambda raw: to_utf8(raw)[0].decode(errors="replace")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")

    def tables(self) -> list[Found]:
        listed = self.connection.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' "
            "ESCAPE '\\' ORDER BY rowid"
        ).fetchall()
        found = []
        for name, kind in listed:
            try:
                about = self.connection.execute(f"PRAGMA table_info({self.quoted(name)})").fetchall()
            except sqlite3.DatabaseError:  # a view over what is not there, a module that is not loaded
                continue
            columns = tuple(str(row[1]) for row in about)
            found.append(Found("", name, columns, tuple(str(row[2]).lower() for row in about), kind == "table"))
        return found

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def text_of(self, column: str) -> str:
        return self.quoted(column)

    def rows(self, statement: str, values: dict[str, object]) -> Iterator[Sequence[Any]]:
        bound = {k: v.isoformat(sep=" ") if isinstance(v, datetime) else v for k, v in values.items()}
        cursor = self.connection.execute(statement, bound)
        while batch := cursor.fetchmany(BATCH_ROWS):
            for row in batch:
                yield [v.decode(errors="replace") if isinstance(v, bytes) else v for v in row]


def open_sqlite(
    display: str,
    where: Path | bytes,
    asked: Asked | None = None,
    *,
    by_name: bool = False,
    time: AskedTime | None = None,
) -> Iterator[Opened]:
    """Yield the tables of an SQLite file (a path, or the bytes of one out of an archive) that are a log."""
    connection = None
    try:
        connection = _connected(where)
        yield from read_tables(_Sqlite(connection), display, asked or Asked(time=time), recent=False)
    except sqlite3.Error as error:
        yield Opened(
            display,
            None,
            (
                problem(
                    display,
                    f"an SQLite database that can't be read ({visible(str(error))})",
                    "a whole database",
                    "Copy it again while the switch is not writing, or export the table as CSV.",
                    kind="binary",
                ),
            ),
            by_name,
        )
    finally:
        if connection is not None:
            connection.close()


def _connected(where: Path | bytes) -> sqlite3.Connection:
    if isinstance(where, bytes):
        connection = sqlite3.connect(":memory:")
        # one in write-ahead mode says so in two bytes; a copy in memory has no such log beside it
        connection.deserialize(where[:18] + b"\x01\x01" + where[20:])
        return connection
    place = quote(str(where.absolute()))
    connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.OperationalError:
        # write-ahead mode wants to write beside the file; where that is not allowed, nobody else writes either
        connection.close()
        connection = sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True)
    return connection
