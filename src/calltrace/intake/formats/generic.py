r"""The generic layout: nine tables as text with a header, known by the header's words.

A line of each, header first (see :mod:`calltrace.tables.schema` for every column)::

    call_id,account,dnis,trunk_group,ani,agent,offered_at,ring_s,queue_s,hold_s,talk_s,outcome,ended_by
    260914-00017,1021,+17175551234,PRI-A,+14845550100,A101,2026-09-14T00:02:33-04:00,5,6,0,130,answered,agent

The separator is a comma, semicolon, tab or bar, whichever makes the header fit. Columns may come in any order
and any case; those the layout does not know are ignored, with a note. Times are ISO 8601, with an offset or
without. Numbers are plain; a decimal comma is understood where it can't be the separator.

What happens to damage, row by row, always with file and line:

- A required value missing or unreadable, a duration of a call that is no number, negative or longer than a
  week, a wrong number of fields, an unclosed quote, NUL bytes, the header or a total in the middle: the row
  is left out. An unclosed quote costs its own line only.
- An unreadable value in a cell that may be empty, outside the calls: the cell is emptied and the row kept
  ("repaired"), for an account is worth more than its path limit. An event's end is the exception: an event
  without an end would be another event.
- A call with no outcome is one that never closed: left out, and counted as such.

Reading is fast where nothing is wrong (Arrow reads the lines, columns are converted whole) and exact where
something is: then lines are taken one by one, and a row's number is its line in the file.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream
from calltrace.tables import phones, times
from calltrace.tables.problems import Effect, Problem
from calltrace.tables.schema import TABLES, Column, Table
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

DELIMITERS = (",", ";", "\t", "|")
PREAMBLE = 20
"""Lines that may stand above the header: a title, comments, ``sep=;``."""
LONGEST_S = 7 * 86_400
"""A call of more than a week is a fault of the record: switches cut hung channels far sooner."""
MOST_PROBLEMS = 2_000
"""Problems told one by one; what goes beyond is told as a number."""
JOIN_LINES = 30
"""How many lines one quoted value may span."""

NULLS = ("", "NULL", "null", r"\N", "NaN", "nan", "N/A", "n/a", "<NA>", "None")
"""What exporters write for "no value". In a text only the first four: Null is a surname."""
TEXT_NULLS = pa.array(["", "NULL", "null", r"\N"])
ALL_NULLS = pa.array(list(NULLS))

PHONES = {
    "calls": ("dnis", "ani", "redirected_from", "transferred_to"),
    "accounts": ("office_number",),
    "line_tests": ("number",),
    "dispatch": ("address",),
    "oncall": ("contact",),
}


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: its table, separator, the header's place and cells.

    ``columns`` has, for each cell of the header, the column's name, or '' for one the table does not know.
    """

    table: Table
    delimiter: str
    header_line: int
    header: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Header cells the table does not know."""
        return tuple(h for h, c in zip(self.header, self.columns, strict=True) if not c and h.strip())


@dataclass
class _Rows:
    """The cells of a file by column, as text, with the line each row begins at."""

    cells: dict[str, pa.Array]
    lines: NDArray[np.int64]
    rows: int
    problems: list[Problem]


# --- recognising --------------------------------------------------------------------------------------------


def _word(cell: str) -> str:
    """Return a header's cell as a column's name: case, quotes, blanks and hyphens don't matter."""
    return re.sub(r"[\s\-.]+", "_", cell.replace("\ufeff", "").strip().strip("\"'").strip().lower())


def _split(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def layout_of(lines: Sequence[str]) -> Layout | None:
    """Return the layout of the file whose first lines these are, None where no line is a table's header."""
    for number, line in enumerate(lines[:PREAMBLE], 1):
        found: list[tuple[int, Layout]] = []
        for delimiter in DELIMITERS:
            if delimiter not in line:
                continue
            header = tuple(_split(line.rstrip("\r"), delimiter))
            words = [_word(h) for h in header]
            for table in TABLES.values():
                if not set(table.required) <= set(words):
                    continue
                known = {c.name for c in table.columns}
                columns = tuple(w if w in known else "" for w in words)
                found.append((len(set(columns) - {""}), Layout(table, delimiter, number, header, columns)))
        if found:
            return max(found, key=lambda f: f[0])[1]
    return None


def nearly(head: Head) -> str:
    """Say which table a file that was not recognised resembles, and what it lacks; '' where none.

    For the message about an unrecognised file: a header that lost one column is worth telling.
    """
    best, says = 2, ""
    for line in head.lines[:PREAMBLE]:
        for delimiter in DELIMITERS:
            words = {_word(w) for w in _split(line, delimiter)}
            for table in TABLES.values():
                shared = words & {c.name for c in table.columns}
                lacking = [c for c in table.required if c not in words]
                if len(shared) > best and lacking:
                    best = len(shared)
                    says = f"it resembles the table {table.name} but has no column {' or '.join(lacking)}"
    return says


def detect(head: Head) -> str | None:
    """Recognise a file by a header that has every required column of one of the tables."""
    found = layout_of(head.lines)
    if found is None:
        return None
    return "header: " + ", ".join(found.table.required)


# --- reading ------------------------------------------------------------------------------------------------


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
    rows = _read_fast(stream, layout) or _read_slow(stream, layout)
    return _convert(stream, layout, rows, options)


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


def _read_fast(stream: Stream, layout: Layout) -> _Rows | None:
    """Read with Arrow; None where anything about the lines is not as it should be."""
    data = stream.data
    if b"\0" in data or b"\x1a" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    if b'"' in data and not _quotes_close(data):
        return None
    from pyarrow import csv as arrow_csv  # noqa: PLC0415 - 5 ms that other formats need not pay

    names = [f"c{i}" for i in range(len(layout.columns))]
    wanted = {f"c{i}": c for i, c in enumerate(layout.columns) if c}
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(skip_rows=layout.header_line, column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types={n: pa.string() for n in wanted},
                include_columns=list(wanted),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        return None
    count = data.count(b"\n") + (not data.endswith(b"\n")) - layout.header_line
    if table.num_rows != count:
        return None
    cells = {name: _one_chunk(table[place]) for place, name in wanted.items()}
    lines = np.arange(count, dtype=np.int64) + layout.header_line + 1
    rows = _Rows(cells, lines, count, [])
    if b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n")) or _any_blank(cells):
        blank = np.ones(count, dtype=bool)
        for values in cells.values():
            blank &= values.is_null().to_numpy(zero_copy_only=False)
        rows = _Rows(
            {n: v.filter(pa.array(~blank)) for n, v in cells.items()}, lines[~blank], int((~blank).sum()), []
        )
    if not data.endswith(b"\n"):
        _mind_the_end(stream, layout, rows)
    return rows


def _one_chunk(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)


def _any_blank(cells: dict[str, pa.Array]) -> bool:
    return min((v.null_count for v in cells.values()), default=0) > 0


def _quotes_close(data: bytes) -> bool:
    """Say whether every line holds an even number of quotes, so that no value runs over its end."""
    seen = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(seen == ord("\n"))
    quotes = np.flatnonzero(seen == ord('"'))
    per_line = np.bincount(np.searchsorted(ends, quotes))
    return not bool((per_line % 2).any())


def _read_slow(stream: Stream, layout: Layout) -> _Rows:
    """Read line by line, keeping what can be kept and naming what can't."""
    text = stream.data.decode("utf-8", "replace")
    lines = text.split("\n") if "\n" in text else text.split("\r")
    cut_short = bool(lines[-1])
    if not cut_short:
        lines.pop()
    width = len(layout.columns)
    kept: list[list[str]] = []
    at: list[int] = []
    problems: list[Problem] = []
    rows = 0
    position = layout.header_line
    while position < len(lines):
        number = position + 1
        line = lines[position].removesuffix("\r")
        position += 1
        if not line.strip(' \t\r,;|"\x1a'):
            continue
        rows += 1
        if "\0" in line:
            problems.append(
                _bad_line(
                    stream,
                    layout,
                    number,
                    "NUL bytes: " + line.strip("\0"),
                    "text",
                    "The row was damaged when it was written.",
                    "nul-bytes",
                )
            )
            continue
        fields, used, why = _fields(lines, position - 1, line, layout.delimiter, width)
        if fields is None:
            problems.append(
                _bad_line(
                    stream,
                    layout,
                    number,
                    f"{why}: {line}",
                    "quotes in pairs",
                    "Correct the line.",
                    "unclosed-quote",
                )
            )
            continue
        position += used
        if len(fields) > width and not any(f.strip() for f in fields[width:]):
            fields = fields[:width]
        if len(fields) == width:
            kept.append(fields)
            at.append(number)
            continue
        if "\r" in line and all(
            len(_split(part, layout.delimiter)) == width for part in line.split("\r") if part
        ):
            parts = [_split(part, layout.delimiter) for part in line.split("\r") if part]
            rows += len(parts) - 1
            kept.extend(parts)
            at.extend([number] * len(parts))
            continue
        last = position >= len(lines) and cut_short
        saw = f"{len(fields)} field{'s' * (len(fields) != 1)}" + (
            " and then the end of the file" if last else ""
        )
        problems.append(
            _bad_line(
                stream,
                layout,
                number,
                f"{saw}: {line}",
                f"{width} fields, as in the header",
                "The file is cut short; export it again."
                if last
                else "Correct the line; quote values that hold a separator.",
                "truncated" if last else "field-count",
            )
        )
    columns = list(zip(*kept, strict=True)) or [()] * width
    cells = {name: pa.array(columns[i], type=pa.string()) for i, name in enumerate(layout.columns) if name}
    found = _Rows(cells, np.array(at, dtype=np.int64), rows, problems)
    if cut_short and at and at[-1] == len(lines):
        _mind_the_end(stream, layout, found)
    return found


def _fields(
    lines: list[str], first: int, line: str, delimiter: str, width: int
) -> tuple[list[str] | None, int, str]:
    """Split a line into fields; return them, how many further lines they took, and why not.

    A quoted value may hold line ends. It is one only where the lines together make a row of the right width
    and none of the lines that follow is a row by itself: else a quote was left open, and costs this line
    alone.
    """
    if '"' not in line:
        return line.split(delimiter), 0, ""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True)), 0, ""
    except csv.Error as error:
        if "unexpected end of data" not in str(error):
            return None, 0, "a quote in the middle of a value"
    together = line
    for more in range(1, JOIN_LINES + 1):
        if first + more >= len(lines):
            break
        following = lines[first + more].removesuffix("\r")
        if len(_split(following, delimiter)) == width:
            break
        together += "\n" + following
        try:
            fields = next(csv.reader(together.splitlines(keepends=True), delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if len(fields) == width:
            return fields, more, ""
        break
    return None, 0, "a quote that is not closed"


def _bad_line(  # noqa: PLR0917 -- in the order of a Problem
    stream: Stream, layout: Layout, line: int, saw: str, expected: str, fix: str, kind: str
) -> Problem:
    return Problem(
        at=Location(stream.display, line),
        saw=_short(saw, 100),
        expected=expected,
        fix=f"Row left out. {fix}",
        table=layout.table.name,
        kind=kind,
    )


def _short(text: str, most: int = 60) -> str:
    shown = visible(text[: most * 2])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _mind_the_end(stream: Stream, layout: Layout, rows: _Rows) -> None:
    """Note a last line without a line end: its last value may be cut, where nothing else would show it."""
    last = layout.columns[-1]
    if not last or not len(rows.lines) or layout.table.column(last).values:  # noqa: PD011 -- a Column, no frame
        return
    value = rows.cells[last][-1].as_py()
    if value:
        rows.problems.append(
            Problem(
                at=Location(stream.display, int(rows.lines[-1])),
                saw=f"the file ends in {last} {_short(value)!r} with no line end",
                expected="a line end after the last row",
                fix="If the export was cut short, export it again.",
                table=layout.table.name,
                effect="noted",
                kind="no-line-end",
            )
        )


# --- converting ---------------------------------------------------------------------------------------------


class _Columns:
    """Converts the columns of one file, and remembers which cells could not be."""

    def __init__(self, stream: Stream, layout: Layout, rows: _Rows, options: ReadOptions) -> None:
        self.stream, self.layout, self.rows, self.options = stream, layout, rows, options
        self.size = len(rows.lines)
        self.drop: Mask = np.zeros(self.size, dtype=bool)
        self.problems: list[Problem] = []
        self.untold = 0
        self.out: dict[str, object] = {}
        self.zone = ""
        self.zone_from = ""
        self.naive = 0
        self.aware = 0

    def tell(
        self,
        wrong: Mask,
        say: Sequence[str] | str,
        expected: str,
        fix: str,
        kind: str,
        *,
        column: str = "",
        leave_out: bool = True,
        cells: pa.Array | None = None,
    ) -> None:
        """Add a Problem for each row of the mask; ``say`` is what was seen where ``cells`` is not given."""
        wrong = wrong & ~self.drop  # one reason is enough to leave a row out
        if leave_out:
            self.drop |= wrong
        places = np.flatnonzero(wrong)
        effect: Effect = "left-out" if leave_out else "repaired"
        told = places[: max(MOST_PROBLEMS - len(self.problems), 0)]
        for place in told:
            if cells is not None and (value := cells[int(place)].as_py()) is not None:
                saw = f'{column} is "{_short(value)}"'
            else:
                saw = say if isinstance(say, str) else say[int(place)]
            self.problems.append(
                Problem(
                    at=Location(self.stream.display, int(self.rows.lines[place])),
                    saw=saw,
                    expected=expected,
                    fix=f"{'Row left out' if leave_out else 'Value left empty'}. {fix}",
                    table=self.layout.table.name,
                    effect=effect,
                    kind=kind,
                )
            )
        rest = len(places) - len(told)
        if rest:
            self.problems.append(
                Problem(
                    at=Location(self.stream.display, int(self.rows.lines[places[len(told)]])),
                    saw=f"{rest} more rows with the like: {column or say}",
                    expected=expected,
                    fix="Look at the lines named before; they have one reason.",
                    table=self.layout.table.name,
                    effect=effect,
                    rows=rest,
                    kind=kind,
                )
            )


def _convert(stream: Stream, layout: Layout, rows: _Rows, options: ReadOptions) -> Reading:
    """Turn text into typed columns, all rows at once, and set the rows aside that can't be."""
    work = _Columns(stream, layout, rows, options)
    table = layout.table
    cells = {name: _trimmed(values) for name, values in rows.cells.items()}
    _leave_out_repeats(work, cells)
    for column in table.columns:
        if column.name not in cells:
            continue
        values = cells[column.name]
        if column.kind == "instant":
            _instants(work, column, values)
        elif column.kind == "text":
            work.out[column.name] = _texts(work, column, values)
        else:
            work.out[column.name] = _numbers(work, column, values)
    _order_of_times(work)
    frame = pd.DataFrame(work.out)
    frame["source_file"] = pd.Categorical.from_codes(
        np.zeros(work.size, dtype=np.int8), categories=pd.Index([stream.display])
    )
    frame["source_line"] = rows.lines
    if work.drop.any():
        frame = frame[~work.drop].reset_index(drop=True)
    notes = []
    if layout.ignored:
        shown = ", ".join(_short(i, 30) for i in layout.ignored[:10])
        notes.append(f"columns not known to the table {table.name}, ignored: {shown}")
    zone_from = "offset" if work.aware and not work.naive else ""
    return Reading(
        table.name,
        frame,
        rows=rows.rows,
        problems=tuple(sorted([*rows.problems, *work.problems], key=lambda p: p.at.line)),
        zone=work.zone,
        zone_from=zone_from,
        notes=tuple(notes),
    )


def _trimmed(values: pa.Array) -> pa.Array:
    """Return texts without blanks around them, empty ones null."""
    trimmed = pc.ascii_trim_whitespace(values)
    empty = pc.equal(trimmed, "")
    if pc.any(empty).as_py():
        trimmed = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
    return trimmed


def _bools(values: pa.Array) -> Mask:
    found: Mask = pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _leave_out_repeats(work: _Columns, cells: dict[str, pa.Array]) -> None:
    """Leave out the header met again (files put one after another) and rows of totals."""
    first = work.layout.table.required[0]
    again = _bools(pc.equal(pc.utf8_lower(cells[first]), first))
    if again.any():
        work.tell(again, "the header again", "a row", "Nothing needs doing.", "repeated-header")
    if work.layout.table.name == "accounts":
        totals = _bools(pc.match_substring_regex(cells[first], r"(?i)^(grand |sub)?-?totals?:?$"))
        if totals.any():
            work.tell(totals, "a row of totals", "an account", "Nothing needs doing.", "totals")


def _missing(work: _Columns, column: Column, missing: Mask) -> None:
    if not missing.any():
        return
    if work.layout.table.name == "calls" and column.name == "outcome":
        work.tell(
            missing,
            "a call with no outcome: it never closed",
            "an outcome",
            "Export again once the call has ended.",
            "open-call",
        )
    else:
        work.tell(missing, f"{column.name} is empty", column.meaning, "Fill it in.", "missing-value")


def _empties_only_the_cell(table: Table, column: Column) -> bool:
    """Say whether an unreadable value costs its cell only, and not the row (see the module's docstring)."""
    if column.required or not column.nullable:
        return False
    if column.kind == "text":
        return True
    return table.name != "calls" and (table.name, column.name) != ("events", "ends_at")


def _texts(work: _Columns, column: Column, values: pa.Array) -> pd.api.extensions.ExtensionArray:
    """Return a text column: nulls, fixed vocabularies, numbers cleaned."""
    table = work.layout.table
    if column.name != "caller_name":
        nulls = pc.is_in(values, TEXT_NULLS)
        if pc.any(nulls).as_py():
            values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
    if not column.nullable:
        _missing(work, column, values.is_null().to_numpy(zero_copy_only=False))
    if column.values:  # noqa: PD011 -- a Column, no frame
        coded = values.dictionary_encode()
        said = coded.dictionary.to_pylist()
        words = [re.sub(r"[\s\-]+", "_", s.strip().lower()) for s in said]
        known = np.array([w in column.values for w in words], dtype=bool)  # noqa: PD011 -- a Column, no frame
        meant = pa.array([w if k else None for w, k in zip(words, known, strict=True)], type=pa.string())
        if not known.all():
            codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            wrong = (codes >= 0) & ~known[codes]
            empties = _empties_only_the_cell(table, column)
            work.tell(
                wrong,
                "",
                _one_of(column),
                "Correct the word, or name the format it comes from.",
                "unknown-word",
                column=column.name,
                cells=values,
                leave_out=not empties,
            )
        values = meant.take(coded.indices)
    elif column.name in PHONES.get(table.name, ()):
        values = phones.clean_arrow(values, work.options.region)
    elif (table.name, column.name) == ("accounts", "numbers"):
        values = pa.array([_numbers_of(v, work.options.region) for v in values.to_pylist()], type=pa.string())
    elif (table.name, column.name) == ("events", "target"):
        values = pa.array(
            [
                phones.one(v, work.options.region) if v and v.startswith("+") else v
                for v in values.to_pylist()
            ],
            type=pa.string(),
        )
    elif (table.name, column.name) == ("accounts", "timezone"):
        values = _checked(
            work,
            column,
            values,
            {
                z: "" if times.is_zone(z) else "an IANA name such as America/New_York"
                for z in values.unique().to_pylist()
                if z is not None
            },
            "bad-zone",
        )
    elif (table.name, column.name) == ("accounts", "coverage"):
        values = _checked(
            work,
            column,
            values,
            {
                c: times.check_coverage(c)
                and 'hours such as "Mo-Fr 17:00-24:00; Sa-Su 00:00-24:00" (opening_hours)'
                for c in values.unique().to_pylist()
                if c is not None
            },
            "bad-coverage",
        )
    typed: pd.api.extensions.ExtensionArray = pd.array(values, dtype="string")
    return typed


def _one_of(column: Column) -> str:
    return "one of " + ", ".join(column.values)


def _checked(work: _Columns, column: Column, values: pa.Array, wrong: dict[str, str], kind: str) -> pa.Array:
    """Empty the cells whose text was judged wrong; ``wrong`` has, for each text, what was expected, or ''."""
    for text, expected in wrong.items():
        if expected:
            mask = _bools(pc.equal(values, text))
            work.tell(
                mask,
                "",
                expected,
                "Correct it in the accounts table.",
                kind,
                column=column.name,
                cells=values,
                leave_out=False,
            )
            values = pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), values)
    return values


def _numbers_of(text: str | None, region: str) -> str | None:
    """Clean a list of numbers with ``;`` (or a comma or blank bar) between them; each once, in order."""
    if text is None:
        return None
    cleaned = (phones.one(part, region) for part in re.split(r"[;,|/]", text))
    return ";".join(dict.fromkeys(c for c in cleaned if c)) or None


def _instants(work: _Columns, column: Column, values: pa.Array) -> None:
    """Parse a column of times; those without an offset are marked for the loader."""
    nulls = pc.is_in(values, ALL_NULLS)
    if pc.any(nulls).as_py():
        values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
    seen = times.parse(values)
    if not column.nullable:
        _missing(work, column, values.is_null().to_numpy(zero_copy_only=False))
    if seen.bad.any():
        work.tell(
            seen.bad,
            "",
            "a real date and time, ISO 8601, as in 2026-10-08T09:15:00-04:00",
            "Correct the time.",
            "bad-time",
            column=column.name,
            cells=values,
            leave_out=not _empties_only_the_cell(work.layout.table, column),
        )
    work.naive += int(seen.naive.sum())
    if seen.naive.any():
        work.aware += int((~seen.naive & ~seen.bad & seen.instants.notna().to_numpy()).sum())
        work.out[column.name] = seen.instants
        work.out[f"{column.name}__naive"] = seen.naive
    else:
        work.aware += int(seen.instants.notna().sum())
        work.out[column.name] = seen.instants.dt.tz_localize("UTC")
    of_calls = work.layout.table.name == "calls"
    if of_calls:
        work.out[f"{column.name}__offset"] = seen.offset_min
    if not work.zone:  # the first rows will do to name it; for the calls all are there
        offsets = seen.offset_min if of_calls else times.parse(values.slice(0, 500)).offset_min
        given = offsets[~np.isnan(offsets)]
        if len(given):
            low, high = float(given.min()), float(given.max())
            work.zone = _offset_name(low) if low == high else f"{_offset_name(low)} to {_offset_name(high)}"


def _offset_name(minutes: float) -> str:
    if not minutes:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{int(abs(minutes)) // 60:02d}:{int(abs(minutes)) % 60:02d}"


_NUMBER = r"^[+]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,2})?$"
_NEGATIVE = r"^-\d+([.,]\d*)?$"


def _numbers(work: _Columns, column: Column, values: pa.Array) -> pd.api.extensions.ExtensionArray:
    """Return a numeric column; what is no plain number, negative, or absurd, is a Problem."""
    kind = "Int64" if column.kind == "count" else "Float64"
    try:
        parsed = values.cast(pa.float64())
    except pa.ArrowInvalid:
        nulls = pc.is_in(values, ALL_NULLS)
        values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
        plain = values
        if work.layout.delimiter != ",":  # 12,5 is 12.5; 1,234 could be either and is refused
            comma = pc.match_substring_regex(plain, r"^\d+,\d{1,2}$")
            plain = pc.if_else(comma, pc.replace_substring(plain, ",", "."), plain)
        if column.unit == "%":
            plain = pc.ascii_rtrim(plain, characters=" %")
        fits = pc.match_substring_regex(plain, _NUMBER)
        below = pc.match_substring_regex(plain, _NEGATIVE)
        wrong = ~_bools(pc.or_(fits, below)) & ~values.is_null().to_numpy(zero_copy_only=False)
        parsed = pc.if_else(fits, plain, pc.if_else(below, "-1", pa.scalar(None, pa.string()))).cast(
            pa.float64()
        )
    else:
        wrong = np.zeros(work.size, dtype=bool)
    parsed = pc.if_else(
        pc.is_nan(parsed), pa.scalar(None, pa.float64()), parsed
    )  # "nan" is no number, and no mistake
    missing = parsed.is_null().to_numpy(zero_copy_only=False)
    numbers = parsed.fill_null(0.0).to_numpy(zero_copy_only=False)
    what = f"a number of {column.unit}" if column.unit and column.unit != "%" else "a number"
    leave_out = not _empties_only_the_cell(work.layout.table, column)

    def refuse(mask: Mask, expected: str) -> None:
        if mask.any():
            work.tell(
                mask,
                "",
                expected,
                "Correct the value.",
                "bad-number",
                column=column.name,
                cells=values,
                leave_out=leave_out,
            )

    odd = ~np.isfinite(numbers)
    most = {"seconds": LONGEST_S if work.layout.table.name == "calls" else 31 * 86_400}.get(column.kind, 1e12)
    fraction = (column.kind == "count") & (np.where(odd, 0, numbers) % 1 != 0)
    negative, large = numbers < 0, (numbers > most) & ~odd
    refuse(wrong | odd, what)
    refuse(negative & ~odd, f"{what}, not a negative one")
    refuse(large, f"{what}, at most {most:.0f}" + (" (a week)" if most == LONGEST_S else ""))
    refuse(fraction & ~negative & ~large, "a whole number")
    gone = missing | wrong | odd | negative | large | fraction
    if kind == "Int64":
        return pd.arrays.IntegerArray(np.where(gone, 0, numbers).astype(np.int64), gone)
    return pd.arrays.FloatingArray(np.where(gone, 0.0, numbers), gone)


def _order_of_times(work: _Columns) -> None:
    """Leave out spans that end before they start (compared where both are given alike)."""
    if work.layout.table.name not in ("events", "oncall") or "ends_at" not in work.out:
        return
    if ("starts_at__naive" in work.out) != ("ends_at__naive" in work.out):
        return
    starts, ends = pd.Series(work.out["starts_at"]), pd.Series(work.out["ends_at"])
    wrong = np.asarray((ends < starts).fillna(value=False), dtype=bool)
    if wrong.any():
        work.tell(
            wrong, "ends_at is before starts_at", "an end after the start", "Correct the times.", "bad-time"
        )


FORMAT = Format(
    title="Generic layout (CSV with calltrace's own columns)",
    detect=detect,
    read=read,
    family="",
    sure="A",
    provides=tuple(f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns),
)
