r"""The generic layout as JSON: the nine tables as objects, known by their keys as the text is by its header's words.

One object a row, as JSON lines, in an array, or in an array under a key such as ``records``::

    {"call_id": "260914-00017", "account": "1021", "dnis": "+17175551234", "offered_at": "2026-09-14T00:02:33-04:00",
     "ring_s": 5, "talk_s": 130, "outcome": "answered", "agent": "A101"}

Keys are the columns of the text, in any order and any case; those the layout does not know are ignored, with a note. Which
table it is the first object's keys say; a key that is missing, and null, are an empty cell. Numbers may be numbers or text,
and several numbers of an account a list. Times are those of the text: ISO 8601, with an offset or without.

What is no JSON costs its own row only, and so does a row whose values can't be read, with its line, as in the text; so does one
that gives a column by two keys, or by one key twice with two values, or an object where a value belongs. An object that the end
of the file cuts off is told as such. A report that calltrace wrote is none of these, though it may list calls.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from calltrace.errors import Location
from calltrace.intake.columns import typed
from calltrace.intake.delimited import Rows, short
from calltrace.intake.formats import _json
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream
from calltrace.intake.layout import Layout, layout_of
from calltrace.tables.problems import Problem, first_of
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LISTS = "numbers"
"""The column that may hold a list."""

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
    if _more_keys(stream, found):
        found = _json.records(stream, first.table.name, json.JSONDecoder(object_pairs_hook=_of_pairs))
    keys = _plain(dict.fromkeys(key for record in found.values for key in record))
    layout = _layout(keys)
    if layout is None:  # nothing but a damaged object
        keys, layout = list(first.header), first
    named: dict[str, list[str]] = {}
    for key, column in zip(keys, layout.columns, strict=True):
        if column:
            named.setdefault(column, []).append(key)
    wrong = {n: said for n, record in enumerate(found.values) if (said := _wrong(record, named))}
    whole = [n for n in range(len(found.values)) if n not in wrong]
    cells = {column: pa.array([_text(_given(found.values[n], by)) for n in whole], pa.string()) for column, by in named.items()}
    problems = found.problems + _left_out(wrong, found.lines, stream.display, first.table.name)
    return layout, Rows(cells, np.array([found.lines[n] for n in whole], dtype=np.int64), found.rows, problems)


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


class _Twice(dict[str, Any]):
    """An object that gives a key twice, with two values; ``keys_twice`` are all such keys."""

    keys_twice: tuple[str, ...] = ()


def _of_pairs(pairs: list[tuple[str, Any]]) -> _json.Object:
    """Return an object of its keys and values; of one that gives a key twice it is known."""
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = tuple(dict.fromkeys(key for key, value in pairs if value != made[key]))
        if twice:
            told = _Twice(made)
            told.keys_twice = twice
            return told
    return made


def _more_keys(stream: Stream, found: _json.Records) -> bool:
    """Say whether a file seems to have more keys than its objects: one may give a key twice, of which the last stays."""
    colons = stream.data.count(b'":') + stream.data.count(b'" :')
    return colons > sum(map(len, found.values))


def _given(record: _json.Object, keys: Sequence[str]) -> Any:
    """Return the value an object gives a column by one of these keys; None where it gives none."""
    return next((value for key in keys if (value := record.get(key)) is not None), None)


def _wrong(record: _json.Object, named: Mapping[str, Sequence[str]]) -> str:
    """Say why an object is no row of the table: no value is guessed of two; '' where it is one."""
    if isinstance(record, _Twice):
        for key in record.keys_twice:
            if any(key in keys for keys in named.values()):
                return f"the key {key} is there twice, with two values"
    for column, keys in named.items():
        told = [key for key in keys if record.get(key) is not None] if len(keys) > 1 else keys
        if len(told) > 1:
            return f"the keys {' and '.join(told)} both give {column}"
        value = record.get(told[0]) if told else None
        inside = value if isinstance(value, list) and column == LISTS else [value]
        if any(isinstance(one, dict | list | bool) for one in inside):
            return f"{column} is {short(json.dumps(value))}"
    return ""


def _left_out(wrong: Mapping[int, str], lines: Sequence[int], display: str, table: str) -> list[Problem]:
    """Tell of the objects that are no rows, each with its line."""
    places = list(wrong)

    def one(n: int) -> Problem:
        at = Location(display, lines[places[n]])
        return Problem(
            at, wrong[places[n]], "each column once, as text or a number", "Row left out.", table=table, kind="bad-record")

    return first_of(len(places), one, _json.LISTED)


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
