"""Lines of separated values to columns of text: fast where nothing is wrong, exact where something is.

Arrow reads the lines where every one of them is as it should be. Else they are taken one by one: what can be
kept is kept, what can't is a Problem with its line, and no row is ever made of parts of others. A quoted value
may hold line ends; a quote that is never closed costs its own line only.
"""

from __future__ import annotations

import csv
import re
from dataclasses import field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.formats._base import Stream
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

DELIMITERS = (",", ";", "\t", "|")
_LINE_END = re.compile(r"(\r\n|\n|\r)")
JOIN_LINES = 30
"""How many lines one quoted value may span."""


@dataclass(frozen=True)
class Shape:
    """How a file's lines are laid out.

    Parameters
    ----------
    delimiter : str
        One character.
    header_line : int
        The line of the header, from 1; 0 where there is none. What stands above it is no row.
    names : tuple of str
        For each cell of a row the name of its column, '' for one that is not wanted.
    quote : str
        What values that hold a separator are put in.
    table : str
        The table the rows are for, as Problems name it.
    """

    delimiter: str
    header_line: int
    names: tuple[str, ...]
    quote: str = '"'
    table: str = ""


@dataclass
class Rows:
    """The cells of a file by column, as text (null where empty), with the line each row begins at.

    ``rows`` counts what the file holds, ``problems`` has those that could not be read. ``cut_short``: the
    last row read is the end of a file that does not end in a line end.
    """

    cells: dict[str, pa.Array]
    lines: NDArray[np.int64]
    rows: int
    problems: list[Problem] = field(default_factory=list)
    cut_short: bool = False


def read(stream: Stream, shape: Shape) -> Rows:
    """Read the rows of a stream below its header."""
    return _read_fast(stream, shape) or _read_slow(stream, shape)


def split(line: str, delimiter: str, quote: str = '"') -> list[str]:
    """Return the cells of one line; where its quotes make no sense, what stands between the separators."""
    if quote not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, quotechar=quote, skipinitialspace=True), [])
    except csv.Error:
        return line.split(delimiter)


def short(text: str, most: int = 60) -> str:
    """Return a text from a file, made visible and shortened, for a message."""
    shown = visible(text[: most * 2])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _read_fast(stream: Stream, shape: Shape) -> Rows | None:
    """Read with Arrow; None where anything about the lines is not as it should be."""
    data = stream.data
    if b"\0" in data or b"\x1a" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    if shape.quote.encode() in data and not quotes_fit(data, shape):
        return None
    from pyarrow import csv as arrow_csv  # noqa: PLC0415 - 5 ms that other formats need not pay

    names = [f"c{i}" for i in range(len(shape.names))]
    wanted = {f"c{i}": c for i, c in enumerate(shape.names) if c}
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(skip_rows=shape.header_line, column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=shape.delimiter, quote_char=shape.quote, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={n: pa.string() for n in wanted},
                include_columns=list(wanted),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        return None
    count = data.count(b"\n") + (not data.endswith(b"\n")) - shape.header_line
    if table.num_rows != count:
        return None
    cells = {name: _one_chunk(table[place]) for place, name in wanted.items()}
    lines = np.arange(count, dtype=np.int64) + shape.header_line + 1
    rows = Rows(cells, lines, count)
    if b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n")) or _any_blank(cells):
        blank = np.ones(count, dtype=bool)
        for values in cells.values():
            blank &= values.is_null().to_numpy(zero_copy_only=False)
        rows = Rows(
            {n: v.filter(pa.array(~blank)) for n, v in cells.items()}, lines[~blank], int((~blank).sum())
        )
    rows.cut_short = not data.endswith(b"\n") and bool(len(rows.lines)) and int(rows.lines[-1]) == lines[-1]
    return rows


def _one_chunk(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)


def _any_blank(cells: dict[str, pa.Array]) -> bool:
    return min((v.null_count for v in cells.values()), default=0) > 0


def quotes_fit(data: bytes, shape: Shape) -> bool:
    """Say whether every quote opens a value, closes one, or is one of a pair within one, line by line.

    In text where that holds, quotes take turns opening and closing (a doubled one closes and opens again).
    Anything else (a quote escaped with a backslash, one within a bare value) Arrow would read without a word.
    """
    mark = ord(shape.quote)
    seen = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(seen == ord("\n"))
    quotes = np.flatnonzero(seen == mark)
    per_line = np.bincount(np.searchsorted(ends, quotes))
    if (per_line % 2).any():
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, seen[opening - 1], ord("\n"))
    after = np.where(closing + 1 < len(seen), seen[np.minimum(closing + 1, len(seen) - 1)], ord("\n"))
    separator = ord(shape.delimiter)
    opens = (before == separator) | (before == ord("\n")) | (before == mark)
    closes = (after == separator) | (after == ord("\n")) | (after == ord("\r")) | (after == mark)
    return bool(opens.all() and closes.all())


def _read_slow(stream: Stream, shape: Shape) -> Rows:
    """Read line by line, keeping what can be kept and naming what can't."""
    pieces = _LINE_END.split(stream.data.decode("utf-8", "replace"))
    lines, ends = pieces[0::2], [*pieces[1::2], ""]
    cut_short = bool(lines[-1])
    if not cut_short:
        lines.pop()
    width = len(shape.names)
    kept: list[list[str]] = []
    at: list[int] = []
    wider: list[tuple[int, str, list[str]]] = []
    problems: list[Problem] = []
    rows = 0
    position = shape.header_line
    while position < len(lines):
        number = position + 1
        line = lines[position]
        position += 1
        if not line.strip(' \t\r,;|"\x1a'):
            continue
        rows += 1
        if "\0" in line:
            why = "NUL bytes: " + line.strip("\0")
            fix = "The row was damaged when it was written."
            problems.append(_bad_line(stream, shape, number, why, "text", fix, "nul-bytes"))
            continue
        fields, used, why = _fields(lines, ends, position - 1, shape)
        if fields is None:
            saw = f"{why}: {line}"
            problems.append(
                _bad_line(stream, shape, number, saw, "quotes in pairs", "Correct the line.", "unclosed-quote")
            )
            continue
        position += used
        if len(fields) == width:
            kept.append(fields)
            at.append(number)
            continue
        if len(fields) > width and not any(f.strip() for f in fields[width:]):
            wider.append((number, line, fields[:width]))
            continue
        problems.append(_wrong_width(stream, shape, number, line, len(fields), position >= len(lines) and cut_short))
    if wider and not kept:  # separators at the end of every line: the exporter's way, and no value is in doubt
        kept = [fields for _, _, fields in wider]
        at = [number for number, _, _ in wider]
    else:  # of some lines: a separator too many may stand anywhere in them, and every value be another column's
        problems += [
            _wrong_width(stream, shape, number, line, len(split(line, shape.delimiter, shape.quote)), False)
            for number, line, _ in wider
        ]
    columns = list(zip(*kept, strict=True)) or [()] * width
    cells = {name: pa.array(columns[i], type=pa.string()) for i, name in enumerate(shape.names) if name}
    found = Rows(cells, np.array(at, dtype=np.int64), rows, sorted(problems, key=lambda p: p.at.line))
    found.cut_short = cut_short and bool(at) and at[-1] == len(lines)
    return found


def _fields(
    lines: list[str], ends: list[str], first: int, shape: Shape
) -> tuple[list[str] | None, int, str]:
    """Split a line into fields; return them, how many further lines they took, and why not.

    A quoted value may hold line ends. It is one only where the lines together make a row of the right width
    and none of the lines that follow is a row by itself: else a quote was left open, and costs this line
    alone.
    """
    line = lines[first]
    if shape.quote not in line:
        return line.split(shape.delimiter), 0, ""
    try:
        fields = _strict([line], shape)
    except csv.Error as error:
        if "unexpected end of data" not in str(error):
            return None, 0, "a quote in the middle of a value"
    else:
        if any(_lost_a_quote(f, line, shape) for f in fields):
            return None, 0, "a quote that was not opened"
        return fields, 0, ""
    width = len(shape.names)
    together = [line + ends[first]]
    for more in range(1, JOIN_LINES + 1):
        if first + more >= len(lines):
            break
        following = lines[first + more]
        if len(split(following, shape.delimiter, shape.quote)) == width:
            break
        together.append(following)
        try:
            fields = _strict(together, shape)
        except csv.Error:
            together[-1] += ends[first + more]
            continue
        if len(fields) == width:
            return fields, more, ""
        break
    return None, 0, "a quote that is not closed"


def _lost_a_quote(value: str, line: str, shape: Shape) -> bool:
    """Say whether a value ends in a quote that nothing opened (a mark for inches may stand inside one)."""
    quote = shape.quote
    return (
        value.endswith(quote)
        and value.count(quote) % 2 == 1
        and quote + value.replace(quote, quote * 2) + quote not in line
    )


def _strict(lines: list[str], shape: Shape) -> list[str]:
    # blanks before a quote belong to the separator (", "), else the quotes would be taken for the value's own
    return next(
        csv.reader(lines, delimiter=shape.delimiter, quotechar=shape.quote, strict=True, skipinitialspace=True)
    )


def _wrong_width(  # noqa: PLR0917 -- in the order of a Problem
    stream: Stream, shape: Shape, line: int, text: str, count: int, last: bool
) -> Problem:
    saw = f"{count} field{'s' * (count != 1)}" + (" and then the end of the file" if last else "")
    return _bad_line(
        stream,
        shape,
        line,
        f"{saw}: {text}",
        f"{len(shape.names)} fields, as in the header",
        "The file is cut short; export it again."
        if last
        else "Correct the line; quote values that hold a separator.",
        "truncated" if last else "field-count",
    )


def _bad_line(  # noqa: PLR0917 -- in the order of a Problem
    stream: Stream, shape: Shape, line: int, saw: str, expected: str, fix: str, kind: str
) -> Problem:
    return Problem(
        at=Location(stream.display, line),
        saw=short(saw, 100),
        expected=expected,
        fix=f"Row left out. {fix}",
        table=shape.table,
        kind=kind,
    )
