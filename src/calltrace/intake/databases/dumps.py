"""Dumps of databases, read as the tables they were made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.intake import sqldump
from calltrace.intake.opened import Opened
from calltrace.tables.text import visible

if TYPE_CHECKING:

    from calltrace.intake.formats._base import Stream
from calltrace.intake.databases.rows import is_log, known, passed_over, stream_of_rows

FEW = 60
"""Rows by which a table without column names is known."""


def is_dump(stream: Stream) -> bool:
    """Say whether a text is a dump of a database."""
    return sqldump.is_dump(stream.head.text)


def open_dump(opened: Opened, stream: Stream) -> Iterator[Opened]:
    """Yield the tables of a dump that are a log; the dump as it is where none of them is.

    A table without column names is one if its rows are, as those of a log without a header.
    """
    dump = sqldump.read(stream.data.decode(errors="replace"), stream.display, is_log)
    groups: dict[tuple[str, ...], list[sqldump.Table]] = {}
    as_written: bool | None = None
    for table in dump.tables:
        if not table.columns:
            if as_written is None:  # a switch may write its log so
                as_written = known(stream.head)
            if as_written or not known(stream_of_rows(stream.display, (), iter(table.rows[:FEW]), "").head):
                dump.passed.append(table.name)
                continue
        groups.setdefault((str(len(table.rows[0])),) if not table.columns else tuple(c.lower() for c in table.columns), []
                          ).append(table)
    if not groups:
        yield opened
        return
    told = [*opened.problems, *dump.problems, *passed_over(stream.display, dump.passed)]
    for tables in groups.values():
        name = stream.display if len(groups) == 1 else f"{stream.display}!{visible(tables[0].name)}"
        lines = [line for table in tables for line in table.lines]
        rows = (row for table in tables for row in table.rows)
        told += [
            replace(p, at=Location(name, p.at.line)) for table in tables for p in table.problems
        ]
        made = stream_of_rows(name, tables[0].columns, rows, stream.opened_from or stream.display, lines)
        yield Opened(name, made, tuple(told), opened.asked)
        told = []
