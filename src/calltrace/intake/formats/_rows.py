"""Rows of cells out of text: tables with a header whose cells are wanted by column name, each row with its line.

A row of another width is a Problem; a header that comes again is followed.
"""

from __future__ import annotations

import csv
import re
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.delimited import split
from calltrace.intake.formats._base import PREAMBLE
from calltrace.intake.formats._lines import LISTED, short
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

DELIMITERS = (",", ";", "\t", "|")
LAST_REAL = 1e10
"""Epoch seconds of the year 2286: a later time is a damaged one."""
LONGEST_S = 7 * 86_400.0
"""A call of more than a week is a fault of the record: switches cut hung channels far sooner."""
NULLS = frozenset({"", "NULL", "null", r"\N", "<null>", "(null)"})


@dataclass
class Sheet:
    """Cells of a table by column name (lower case), None where there is none; ``count`` rows the file holds."""

    names: tuple[str, ...]
    rows: list[list[str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def column(self, *names: str) -> list[str | None]:
        """Return the first column there is of these; None throughout where there is none."""
        for name in names:
            if name in self.names:
                place = self.names.index(name)
                return [row[place] for row in self.rows]
        return [None] * len(self.rows)

    def numbers(self, *names: str) -> NDArray[np.float64]:
        """Return a column as numbers, NaN where there is none or it is no number."""
        return numbers(self.column(*names))

    def keep(self, wanted: Sequence[bool] | NDArray[np.bool_]) -> None:
        """Keep the rows wanted."""
        self.rows = [row for row, yes in zip(self.rows, wanted, strict=True) if yes]
        self.lines = [line for line, yes in zip(self.lines, wanted, strict=True) if yes]


def numbers(cells: Sequence[str | None]) -> NDArray[np.float64]:
    """Return texts as numbers, NaN where there is none or it is no number."""
    try:
        found = np.array([cell or "nan" for cell in cells], dtype=np.float64)
    except ValueError:
        found = np.array([_number(cell) for cell in cells], dtype=np.float64)
    return np.where(np.isfinite(found), found, np.nan)


def _number(cell: str | None) -> float:
    try:
        return float((cell or "nan").strip().replace(",", ".").strip("\"'"))
    except ValueError:
        return float("nan")


@lru_cache(maxsize=4096)
def word(cell: str) -> str:
    """Return a header's cell as a name: case, quotes and blanks don't matter."""
    return re.sub(r"[\s\-.]+", "_", cell.replace("\ufeff", "").strip().strip("\"'`[]").strip().lower())


def header_of(lines: Sequence[str], fits: Callable[[tuple[str, ...]], bool]) -> tuple[int, str, tuple[str, ...]] | None:
    """Return the place (from 0), delimiter and words of the header among the first lines; None if there is none."""
    for place, line in enumerate(lines[:PREAMBLE]):
        if len(line) > 65_536:
            continue
        for delimiter in DELIMITERS:
            if delimiter in line:
                words = tuple(word(cell) for cell in split(line.rstrip("\r"), delimiter))
                if fits(words):
                    return place, delimiter, words
    return None


def bad_row(name: str, line: int, text: str, expected: str, *, kind: str = "bad-row", rows: int = 1) -> Problem:
    """Return the Problem of a row of calls that is left out."""
    return Problem(
        Location(name, line),
        short(text.encode()),
        expected,
        "Row left out.",
        table="calls",
        effect="left-out",
        rows=rows,
        kind=kind,
    )


def listed(problems: list[Problem], found: list[Problem]) -> None:
    """Add the problems found, one by one up to a limit, the rest as one that counts them."""
    problems.extend(found[:LISTED])
    if len(found) > LISTED:
        rest = found[LISTED]
        problems.append(
            Problem(
                rest.at,
                f"{len(found) - LISTED} more rows like these",
                rest.expected,
                "Rows left out.",
                table=rest.table,
                effect=rest.effect,
                rows=sum(p.rows for p in found[LISTED:]),
                kind=rest.kind,
            )
        )


def read_headed(text: str, name: str, fits: Callable[[tuple[str, ...]], bool]) -> Sheet | None:
    """Read a table by its header; a header that comes again (files put one behind the other) is followed.

    Parameters
    ----------
    text : str
        The file, lines ended by LF.
    name : str
        What messages call it.
    fits : function
        Says of the words of a line whether they are the table's header.

    Returns
    -------
    Sheet or None
        None where no line among the first is the header.
    """
    lines = text.split("\n")
    found = header_of(lines, fits)
    if found is None:
        return None
    place, delimiter, words = found
    sheet = Sheet(words)
    cut_short = bool(lines[-1])
    body = lines[place + 1 :]
    if any(line.count('"') % 2 for line in body if '"' in line):
        cells = [split(line, delimiter) for line in body]
    else:
        try:
            cells = list(csv.reader(body, delimiter=delimiter))
        except csv.Error:
            cells = [split(line, delimiter) for line in body]
    order: list[int] | None = None
    width = len(words)
    lost: list[Problem] = []
    first = words[0]
    for number, row in enumerate(cells, place + 2):
        if not row or not any(row):
            continue
        if word(row[0]) == first and (again := tuple(word(cell) for cell in row)) and fits(again):
            width = len(again)
            order = None if again == words else [again.index(w) if w in again else -1 for w in words]
            continue
        sheet.count += 1
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            row = row[:width]  # noqa: PLW2901 - trailing delimiters
        if len(row) != width:
            last = number == len(lines) and cut_short
            lost.append(
                bad_row(
                    name,
                    number,
                    body[number - place - 2],
                    "a whole row, but the file ends in the middle of it" if last else f"{width} fields, as in the header",
                    kind="cut-off" if last else "field-count",
                )
            )
            continue
        if order is not None:
            row = [row[i] if i >= 0 else "" for i in order]  # noqa: PLW2901 - in the first header's order
        sheet.rows.append([None if cell in NULLS else cell for cell in row])
        sheet.lines.append(number)
    listed(sheet.problems, lost)
    return sheet


# --- frames of many small files -------------------------------------------------------------------------------

FEW = 64
"""Files of so few rows are put together before their columns are typed."""


def block(columns: Mapping[str, Any], size: int, types: Mapping[str, str]) -> pd.DataFrame:
    """Return columns as a frame, texts as objects; of few rows as one block of objects, ten times as quick to make.

    Switches that write a file a call or a minute leave thousands: :func:`together` types their columns at once.
    """
    if size <= FEW:
        cells = np.empty((size, len(columns)), dtype=object)
        for place, values in enumerate(columns.values()):
            cells[:, place] = values
        return pd.DataFrame(cells, columns=list(columns), dtype=object)
    made = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    return made.astype(dict(types))


def together(frames: Sequence[pd.DataFrame], types: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of all files as one frame, its columns typed; ``frames`` has at least one."""
    few = [frame for frame in frames if len(frame) <= FEW]
    parts = [frame for frame in frames if len(frame) > FEW]
    if few:
        cells = np.concatenate([frame.to_numpy(dtype=object) for frame in few])
        parts.append(pd.DataFrame(cells, columns=few[0].columns, dtype=object).astype(dict(types)))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
