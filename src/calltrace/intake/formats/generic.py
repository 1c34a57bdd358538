r"""The generic layout: nine tables as text with a header, known by the header's words.

A line of each, header first (see :mod:`calltrace.tables.schema` for every column)::

    call_id,account,dnis,trunk_group,ani,agent,offered_at,ring_s,queue_s,hold_s,talk_s,outcome,ended_by
    260914-00017,1021,+17175551234,PRI-A,+14845550100,A101,2026-09-14T00:02:33-04:00,5,6,0,130,answered,agent

The separator is a comma, semicolon, tab or bar, whichever makes the header fit. Columns may come in any order
and any case; those the layout does not know are ignored, with a note. Times are ISO 8601, with an offset or
without; those without are in UTC where their column's name ends so (``offered_at_utc``, ``offered_at (UTC)``), in the
zone that a column ``timezone`` beside them names, or else in the account's. Numbers are plain; a decimal comma is
understood where it can't be the separator.

What happens to damage, row by row, always with file and line:

- A required value missing or unreadable, a duration of a call that is no number, negative or longer than a
  week, a wrong number of fields, an unclosed quote, NUL bytes, the header or a total in the middle: the row
  is left out. An unclosed quote costs its own line only. Below a header whose columns stand in another order the rows
  are read by that header.
- An unreadable value in a cell that may be empty, outside the calls: the cell is emptied and the row kept
  ("repaired"), for an account is worth more than its path limit. An event's end is the exception: an event
  without an end would be another event.
- A call with no outcome is one that never closed: left out, and counted as such.

Reading is fast where nothing is wrong (Arrow reads the lines, columns are converted whole) and exact where
something is: then lines are taken one by one, and a row's number is its line in the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.intake import delimited, headers
from calltrace.intake.columns import typed
from calltrace.intake.delimited import Rows, short
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream
from calltrace.intake.layout import Layout, layout_of
from calltrace.tables.later import later
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
else:
    pd = later("pandas")


def detect(head: Head) -> str | None:
    """Recognise a file by a header that has every required column of one of the tables."""
    found = layout_of(head.lines)
    if found is None:
        return None
    return "header: " + ", ".join(found.table.required)


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read one file of the generic layout.

    Parameters
    ----------
    stream : Stream
        UTF-8 text; compressed and otherwise encoded files were made such before.
    options : ReadOptions
        ``region`` for numbers without a country code.

    Returns
    -------
    Reading
        Instants with an offset are UTC. A column in which some are without one is naive datetime64, with
        ``<column>__naive`` True for those (the others are UTC), for the loader to place.
        ``<column>__offset`` has the minutes east of UTC that a call's time was given with.

    Raises
    ------
    ValueError
        When the stream has no header of a table: :func:`detect` says so beforehand.
    """
    layout = layout_of(stream.head.lines)
    if layout is None:
        raise ValueError(f"{stream.display} is not in the generic layout")
    doubled = sorted({c for c in layout.columns if c and layout.columns.count(c) > 1})
    if doubled:
        return _refuse(stream, layout, doubled)
    shape = delimited.Shape(
        layout.delimiter, layout.header_line, layout.columns, layout.quote, layout.table.name
    )
    rows = delimited.read(stream, shape)
    rows = _by_later_headers(stream, layout, shape, rows)
    if rows.cut_short:
        _mind_the_end(stream, layout, rows)
    return typed(stream, layout, rows, options)


def _by_later_headers(stream: Stream, layout: Layout, shape: delimited.Shape, rows: Rows) -> Rows:
    """Return the rows, those below a header of another order by that header."""
    words = {w.strip().strip("\"'").lower() for w in layout.header} | {c.name for c in layout.table.columns}

    def named(cells: list[str]) -> list[str]:
        found = layout_of([layout.delimiter.join(cells)])
        alike = found is not None and found.table == layout.table and len(found.columns) == len(cells)
        return _each_named(found.columns if found and alike else [""] * len(cells))

    if not headers.any_in(rows.cells[layout.table.required[0]], words):
        return rows
    whole = delimited.read(stream, replace(shape, names=tuple(_each_named(layout.columns))))
    found = headers.changed(whole, layout.table.required[0], named, words)
    return headers.turned(whole, found, stream.display, layout.table.name) if found else rows


def _each_named(columns: Sequence[str]) -> list[str]:
    """Return the names of a header's columns, those the table does not know by their place."""
    return [c or f"column {i}" for i, c in enumerate(columns, 1)]


def _refuse(stream: Stream, layout: Layout, doubled: list[str]) -> Reading:
    """Give no rows of a file whose header names one column twice: either could be meant."""
    count = max(stream.data.count(b"\n") + (not stream.data.endswith(b"\n")) - layout.header_line, 0)
    told = Problem(
        at=Location(stream.display, layout.header_line),
        saw=f"the header has {' and '.join(doubled)} more than once",
        expected="each column once",
        fix="No row was read; remove or rename the other column.",
        table=layout.table.name,
        rows=count,
        kind="bad-header",
    )
    nothing = pd.DataFrame({"source_file": [], "source_line": []})
    return Reading(layout.table.name, nothing, rows=count, problems=(told,))


def _mind_the_end(stream: Stream, layout: Layout, rows: Rows) -> None:
    """Note a last line without a line end: its last value may be cut, where nothing else would show it."""
    last = layout.columns[-1]
    if not last or not len(rows.lines) or last not in {c.name for c in layout.table.columns}:
        return
    value = rows.cells[last][-1].as_py() or ""
    if value and layout.table.column(last).values:  # noqa: PD011 -- a Column, no frame
        return
    rows.problems.append(
        Problem(
            at=Location(stream.display, int(rows.lines[-1])),
            saw=f"the file ends in {last} {short(value)!r} with no line end",
            expected="a line end after the last row",
            fix="If the export was cut short, export it again.",
            table=layout.table.name,
            effect="noted",
            kind="no-line-end",
        )
    )


FORMAT = Format(
    title="Generic layout (CSV with calltrace's own columns)",
    detect=detect,
    read=read,
    family="",
    sure="A",
    provides=tuple(f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns),
)
