"""A header met again whose columns stand in another order: the rows below it are read by it, not by the first.

Files put one after another make such a file, where an export was changed between them. By the first header a ring
would be a talk there, and the caller's number the one dialled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from calltrace.intake.delimited import Rows

    Named = Callable[[list[str]], Sequence[str]]

LEAST = 3
"""A row that holds fewer names of columns is no header: who hung up may be "agent"."""
KIND = "other-header"


def any_in(cells: pa.Array, words: Collection[str]) -> bool:
    """Say whether a column holds a word of the header: the one look that every file costs."""
    return bool(pc.any(pc.is_in(pc.utf8_lower(cells), pa.array(sorted(words)))).as_py())


def changed(rows: Rows, first: str, named: Named, words: Collection[str]) -> dict[int, Sequence[str]]:
    """Return the names that headers met again give the columns, by row; nothing where none differs from the first.

    Parameters
    ----------
    rows : Rows
        Every column of the file, in the file's order, or at least those that are wanted.
    first : str
        A column of which only a header holds one of ``words``.
    named : callable
        The cells of a header to the names of its columns, each once.
    words : collection of str
        The header's cells in small letters.
    """
    at = pc.indices_nonzero(pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(rows.cells[first])), pa.array(sorted(words))))
    found = {}
    own = list(rows.cells)
    for place in at.to_pylist():
        cells = [(texts[place].as_py() or "").strip() for texts in rows.cells.values()]
        names = named(cells)
        shared = len({*names} & {*own})
        if shared >= LEAST and 2 * shared > sum(map(bool, cells)):
            found[place] = names
    return found if any(list(names) != own for names in found.values()) else {}


def turned(rows: Rows, headers: dict[int, Sequence[str]], display: str, table: str) -> Rows:
    """Return the rows of every column of a file, those below each header with their columns as it names them."""
    own = list(rows.cells)
    edges = [0, *headers, len(rows.lines)]
    names = [own, *headers.values()]
    wanted = dict.fromkeys([*own, *(n for some in headers.values() for n in some)])
    cells = {}
    for name in wanted:
        pieces: list[pa.Array] = []
        for begin, end, said in zip(edges, edges[1:], names, strict=False):
            source = own[list(said).index(name)] if name in said else ""
            piece = rows.cells[source].slice(begin, end - begin) if source else pa.nulls(end - begin, pa.string())
            pieces += piece.chunks if isinstance(piece, pa.ChunkedArray) else [piece]
        cells[name] = pa.concat_arrays(pieces)
    told = [_told(display, int(rows.lines[place]), table) for place, said in headers.items() if list(said) != own]
    return replace(rows, cells=cells, problems=[*rows.problems, *told])


def _told(display: str, line: int, table: str) -> Problem:
    return Problem(
        at=Location(display, line),
        saw="the header again, with other columns or in another order",
        expected="the columns of the first header",
        fix="The rows below it were read by it.",
        table=table,
        effect="noted",
        kind=KIND,
    )
