r"""The generic layout as JSON: the nine tables as objects, known by their keys as the text is by its header's words.

One object a row, as JSON lines, in an array, or in an array under a key such as ``records``::

    {"call_id": "260914-00017", "account": "1021", "dnis": "+17175551234", "offered_at": "2026-09-14T00:02:33-04:00",
     "ring_s": 5, "talk_s": 130, "outcome": "answered", "agent": "A101"}

Keys are the columns of the text, in any order and any case; those the layout does not know are ignored, with a note. Which
table it is the first object's keys say; a key that is missing, and null, are an empty cell. Numbers may be numbers or text,
and several numbers of an account a list. Times are those of the text: ISO 8601, with an offset or without.

What is no JSON costs its own row only, and so does a row whose values can't be read, with its line, as in the text. An object
that the end of the file cuts off is told as such. A report that calltrace wrote is none of these, though it may list calls.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from calltrace.intake.columns import typed
from calltrace.intake.delimited import Rows
from calltrace.intake.formats import _json
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream
from calltrace.intake.layout import Layout, layout_of
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN = re.compile(r'\s*\{\s*"schema"\s*:\s*"calltrace\.')
"""How the documents begin that calltrace itself writes."""


def detect(head: Head) -> str | None:
    """Recognise a file by a first object that has every required key of one of the tables."""
    found = _first(head)
    return None if found is None else "keys: " + ", ".join(found.table.required)


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read one file of the generic layout in JSON.

    Parameters and what is returned are those of :func:`calltrace.intake.formats.generic.read`.

    Raises
    ------
    ValueError
        When its first object is no row of a table: :func:`detect` says so beforehand.
    """
    found = rows_of(stream)
    if found is None:
        raise ValueError(f"{stream.display} is not in the generic layout")
    return typed(stream, *found, options)


def rows_of(stream: Stream) -> tuple[Layout, Rows] | None:
    """Return the layout of a file and its cells as text, None where it is no table of the layout."""
    first = _first(stream.head)
    if first is None:
        return None
    found = _json.records(stream, first.table.name)
    keys = _plain(dict.fromkeys(key for record in found.values for key in record))
    layout = _layout(keys)
    if layout is None:  # nothing but a damaged object
        keys, layout = list(first.header), first
    cells: dict[str, pa.Array] = {}
    for key, column in zip(keys, layout.columns, strict=True):
        if column and column not in cells:
            cells[column] = pa.array([_text(record.get(key)) for record in found.values], type=pa.string())
    return layout, Rows(cells, np.array(found.lines, dtype=np.int64), found.rows, found.problems)


def _first(head: Head) -> Layout | None:
    """Return the layout by a file's first object; None for a report of calltrace's own, whose calls are on record already."""
    if OWN.match(head.text):
        return None
    return _layout(_json.opening(head) or ())


def _layout(keys: Iterable[str]) -> Layout | None:
    """Return the layout of a table with these keys as its columns."""
    return layout_of([",".join(f'"{key}"' for key in _plain(keys))])


def _plain(keys: Iterable[str]) -> list[str]:
    """Return the keys that may stand in a header."""
    return [key for key in keys if key.isprintable() and '"' not in key]


def _text(value: Any) -> str | None:
    """Return a value as the text of a cell."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return ";".join(filter(None, map(_text, value)))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


FORMAT = Format(
    title="Generic layout in JSON (calltrace's own columns as keys)",
    detect=detect,
    read=read,
    family="",
    sure="A",
    provides=tuple(f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns),
)
