"""Any file of rows to columns of text: separated values, fixed columns, JSON records. No meaning yet.

Which of these a file is, where its header stands and which separator it uses is decided from the whole file:
the separator is the one most lines agree on, fixed columns are the places where every line is blank, and the
header is the first line of the common width none of whose cells is a number or a date.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location
from calltrace.intake import delimited, headers
from calltrace.intake.delimited import Rows, Shape, short, split
from calltrace.intake.formats import _json
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.formats._base import Head, Stream

KINDS = ("delimited", "fixed-width", "json")
PREAMBLE = 40
"""Lines that may stand above the header."""
AGREE = 0.6
"""The share of lines that must have one width for them to be a table."""
SHEER = 0.98
"""The share of lines that are blank in a place for it to lie between two fixed columns."""

_VALUE = re.compile(r"^[\s$€£+\-(]*\d[\d.,:/\-\s]*(?:[ap]\.?\s?m\.?|%|\))?$", re.IGNORECASE)
_RULER = re.compile(r"^[\s\-=+_|]*[-=_]{2,}[\s\-=+_|]*$")
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Form:
    """How a file is laid out: enough to read another of the same export, and to know one.

    Parameters
    ----------
    kind : {"delimited", "fixed-width", "json"}
    columns : tuple of str
        The columns' names as the header has them, made unique; ``column 3`` where there is none.
    header : bool
        Whether the file names its columns.
    delimiter, quote : str
        Of separated values.
    spans : tuple of (start, end)
        Of fixed columns: the places of each, from 0, its end not included.
    """

    kind: str
    columns: tuple[str, ...]
    header: bool = True
    delimiter: str = ","
    quote: str = '"'
    spans: tuple[tuple[int, int], ...] = ()


# --- what is it ---------------------------------------------------------------------------------------------


def form_of(stream: Stream) -> Form:
    """Return how a file is laid out, from all its lines.

    Raises
    ------
    InputError
        Where it holds no rows: prose, one column, nothing that lines agree on.
    """
    if stream.head.text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
        found = _json.records(stream)
        if found.values:
            names = dict.fromkeys(name for value in found.values for name in _flat(value))
            return Form("json", tuple(names))
    lines = [line for line in _LINE_END.split(stream.data.decode("utf-8", "replace")) if line.strip()]
    form = _separated(lines) or _fixed(lines)
    if form is None:
        raise InputError(
            f"no rows could be made out: {short(lines[0]) if lines else 'nothing'}",
            at=Location(stream.display),
            expected="lines of as many values, fixed columns, or JSON records",
            fix="Export the log as CSV.",
        )
    return form


def fits(head: Head, form: Form) -> bool:
    """Say whether a file is laid out so, by its first lines: it has the same columns."""
    if form.kind == "json":
        first = _json.opening(head)
        return first is not None and bool(set(_flat(first)) & set(form.columns))
    if form.kind == "delimited":
        lines = [line for line in head.lines[:200] if line.strip()]
        return any(
            _same(form, [split(line, form.delimiter, form.quote) for line in found])
            for found in (lines, [line for line, _ in _records(lines, form.delimiter, form.quote)])
        )
    lines = [line for line in head.lines[:200] if line.strip()]
    if form.header:
        return any(_words_of(line, form.spans) == form.columns for line in lines[:PREAMBLE])
    return sum(_misfit(line, form.spans) for line in lines) <= 0.1 * len(lines)


def _same(form: Form, rows: Sequence[Sequence[str]]) -> bool:
    """Say whether rows are of separated values of this form: its header is among the first, or its width common."""
    if form.header:
        return any(_named(row) == form.columns for row in rows[:PREAMBLE])
    same = sum(len(row) == len(form.columns) for row in rows)
    return same >= AGREE * len(rows) > 0


def _records(lines: Sequence[str], delimiter: str, quote: str) -> list[tuple[str, int]]:
    """Return lines joined where a quote is left open, as in values that hold line ends, each with its last line from 1.

    A quote that nothing closes within as many lines as a value may span, or that no separator follows when closed,
    stands for itself.
    """
    found: list[tuple[str, int]] = []
    place = 0
    while place < len(lines):
        end, marks = place, lines[place].count(quote)
        while marks % 2 and end + 1 < len(lines) and end - place < delimited.JOIN_LINES:
            end += 1
            marks += lines[end].count(quote)
        record = "\n".join(lines[place : end + 1])
        if end > place and (marks % 2 or not _whole(record, delimiter, quote)):
            end, record = place, lines[place]
        found.append((record, end + 1))
        place = end + 1
    return found


def _whole(record: str, delimiter: str, quote: str) -> bool:
    try:
        next(csv.reader([record], delimiter=delimiter, quotechar=quote, strict=True, skipinitialspace=True))
    except csv.Error:
        return False
    return True


def _separated(physical: Sequence[str]) -> Form | None:
    """Return the form of separated values, None where no separator divides most lines alike."""
    found: list[tuple[float, Form]] = []
    for delimiter, quote, joined in itertools.product(delimited.DELIMITERS, "\"'", (False, True)):
        if quote == "'" and not any(line.startswith("'") for line in physical[:PREAMBLE]):
            continue
        lines = physical
        if joined:
            if not any(line.count(quote) % 2 for line in physical):
                continue
            lines = [line for line, _ in _records(physical, delimiter, quote)]
        if sum(delimiter in line for line in lines) >= AGREE * len(lines):
            widths = Counter(len(split(line.rstrip(), delimiter, quote)) for line in lines)
            width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            if width < 2 or count < AGREE * len(lines):
                continue
            form = _with_header(lines, delimiter, quote, width)
            found.append((count / len(lines) + 0.01 * min(width, 30) - 0.005 * (quote == "'"), form))
    return max(found, key=lambda f: f[0])[1] if found else None


def _with_header(lines: Sequence[str], delimiter: str, quote: str, width: int) -> Form:
    for line in lines[:PREAMBLE]:
        cells = split(line.rstrip(), delimiter, quote)
        if len(cells) != width:
            continue
        named = [c for c in cells if c.strip()]
        if len(named) * 2 > width and not any(_VALUE.match(c) for c in named) and len(set(named)) > 1:
            return Form("delimited", _named(cells), header=True, delimiter=delimiter, quote=quote)
        if len(named) * 2 > width:
            break  # a row of values: nothing above it named the columns
    names = tuple(f"column {i}" for i in range(1, width + 1))
    return Form("delimited", names, header=False, delimiter=delimiter, quote=quote)


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the cells of a header as names: no two alike, none empty."""
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(cells, 1):
        name = re.sub(r"\s*[\r\n]+\s*", " ", cell.replace("\ufeff", "")).strip().strip("\"'").strip() or f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _fixed(lines: Sequence[str]) -> Form | None:
    """Return the form of fixed columns: the places that are blank in every line of values."""
    ruled = next((i for i, line in enumerate(lines[:PREAMBLE]) if _RULER.match(line)), None)
    spans: tuple[tuple[int, int], ...] = ()
    if ruled is not None:
        spans = tuple((m.start(), m.end()) for m in re.finditer(r"[-=_]+", lines[ruled]))
    values = [line for line in lines[:20_000] if re.search(r"\d", line) and not _RULER.match(line)]
    if not values:
        return None
    length = np.median([len(v.rstrip()) for v in values])
    many = np.median([len(v.split()) for v in values])
    near = [v for v in values if len(v.rstrip()) > 0.6 * length and len(v.split()) > 0.5 * many]  # no titles, no totals
    if len(spans) < 2:
        if len(near) < 3:
            return None
        wide = max(len(v) for v in near)
        grid = np.array([list(v.ljust(wide)) for v in near])
        blank = (grid == " ").mean(axis=0) >= SHEER
        edges = np.flatnonzero(np.diff(np.concatenate(([True], blank, [True])).astype(np.int8)))
        spans = tuple((int(a), int(b)) for a, b in zip(edges[0::2], edges[1::2], strict=True))
    if len(spans) < 2 or sum(_misfit(v, spans) for v in near) > max(len(near) // 10, len(near) > 3):
        return None
    fair = set(near)
    first = next((i for i, line in enumerate(lines) if line in fair and not _misfit(line, spans)), 0)
    above = [line for line in lines[:first] if not _RULER.match(line)]
    spans = (*spans[:-1], (spans[-1][0], max(spans[-1][1], *(len(v) for v in near))))
    if above and len(above[-1].split()) > 1:
        spans = _joined(above[-1], spans)
        return Form("fixed-width", _words_of(above[-1], spans), header=True, spans=spans)
    names = tuple(f"column {i}" for i in range(1, len(spans) + 1))
    return Form("fixed-width", names, header=False, spans=spans)


def _misfit(line: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Say whether a line has something where every column ends, or ends before the last two begin."""
    if len(line.rstrip()) <= spans[max(len(spans) - 2, 0)][0] and len(line.rstrip()) <= spans[-1][0]:
        return True
    between = [line[: spans[0][0]], *[line[a[1] : b[0]] for a, b in itertools.pairwise(spans)]]
    return any(gap.strip() for gap in between)


def _joined(header: str, spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Join what no word of the header stands over to the column before it, one blank away.

    In a short log the blank within names may stand in one place throughout.
    """
    found: list[tuple[int, int]] = []
    for span, words in zip(spans, _words_over(header, spans), strict=True):
        if found and not words and span[0] - found[-1][1] <= 1:
            found[-1] = (found[-1][0], span[1])
        else:
            found.append(span)
    return tuple(found)


def _words_of(line: str, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Return the names a header gives to the columns."""
    return _named(_words_over(line, spans))


def _words_over(line: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Give each word of a header to the column it stands over, or nearest to."""
    words: list[list[str]] = [[] for _ in spans]
    for match in re.finditer(r"\S+", line):
        middle = [max(a - match.end(), match.start() - b, 0) for a, b in spans]
        overlap = [min(b, match.end()) - max(a, match.start()) for a, b in spans]
        words[max(range(len(spans)), key=lambda i: (-middle[i], overlap[i]))].append(match.group())
    return [" ".join(w) for w in words]


# --- reading ------------------------------------------------------------------------------------------------


def rows_of(stream: Stream, form: Form, table: str) -> Rows:
    """Read every row of a file of this form, as text by column; null where empty."""
    if form.kind == "json":
        return _json_rows(stream, form, table)
    if form.kind == "fixed-width":
        return _fixed_rows(stream, form, table)
    header_line = 0
    if form.header:
        singly = [(line, number) for number, line in enumerate(stream.head.lines, 1)]
        for line, number in [*singly, *_records(stream.head.lines, form.delimiter, form.quote)]:
            if _named(split(line, form.delimiter, form.quote)) == form.columns:
                header_line = number
                break
    rows = delimited.read(stream, Shape(form.delimiter, header_line, form.columns, form.quote, table))
    if not form.header:
        return rows
    words = {name.strip().lower() for name in form.columns}
    again = headers.changed(rows, form.columns[0], _named, words)
    return headers.turned(rows, again, stream.display, table) if again else rows


def _flat(value: dict[str, object], prefix: str = "") -> dict[str, str | None]:
    """Return a record's values by their names, those within others by ``outer.inner``; lists as JSON."""
    import json  # noqa: PLC0415 -- only for lists

    found: dict[str, str | None] = {}
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict):
            found.update(_flat(inner, f"{name}."))
        elif inner is None:
            found[name] = None
        elif isinstance(inner, bool | list):
            found[name] = json.dumps(inner)
        else:
            found[name] = str(inner)
    return found


def _json_rows(stream: Stream, form: Form, table: str) -> Rows:
    found = _json.records(stream, table)
    flat = [_flat(value) for value in found.values]
    cells = {name: pa.array([row.get(name) for row in flat], type=pa.string()) for name in form.columns}
    problems = [replace(p, table=table) for p in found.problems]
    return Rows(cells, np.array(found.lines, dtype=np.int64), found.rows, problems)


def _fixed_rows(stream: Stream, form: Form, table: str) -> Rows:
    lines = _LINE_END.split(stream.data.decode("utf-8", "replace"))
    cut_short = bool(lines[-1].strip())
    header_at = 0
    if form.header:
        for number, line in enumerate(lines[: PREAMBLE * 2], 1):
            if line.strip() and _words_of(line, form.spans) == form.columns:
                header_at = number
                break
    kept: list[list[str]] = []
    at: list[int] = []
    problems: list[Problem] = []
    rows = 0
    last = max((i for i, line in enumerate(lines, 1) if line.strip()), default=0)
    for number, line in enumerate(lines, 1):
        if number <= header_at or not line.strip() or _RULER.match(line):
            continue
        rows += 1
        torn = cut_short and number == last and len(line.rstrip()) < form.spans[-1][0]
        if torn or _misfit(line, form.spans) or "\0" in line:
            problems.append(
                Problem(
                    at=Location(stream.display, number),
                    saw=short(line, 100) + (" and then the end of the file" if torn else ""),
                    expected=f"values in the {len(form.spans)} columns of the other lines",
                    fix="Row left out."
                    + (" The file is cut short; export it again." if torn else " If it is a call, correct the line."),
                    table=table,
                    kind="truncated" if torn else "field-count",
                )
            )
            continue
        kept.append([line[a:b].strip() for a, b in form.spans])
        at.append(number)
    columns = list(zip(*kept, strict=True)) or [()] * len(form.spans)
    cells = {
        name: pa.array([v or None for v in columns[i]], type=pa.string()) for i, name in enumerate(form.columns)
    }
    return Rows(cells, np.array(at, dtype=np.int64), rows, problems)
