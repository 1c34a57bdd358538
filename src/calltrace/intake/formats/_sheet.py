r"""Tables of other makers: a CSV with its own header, or JSON records, as columns of text and then of values.

What the cloud services' and the switches' reports have in common: columns known by their names (case, blanks
and punctuation don't matter), titles above the header and totals below the rows, texts for "none", durations
and times in many shapes. Each format's module says which names mean what; this one takes care of the rest,
and of every row that can't be read.
"""

from __future__ import annotations

import re
from dataclasses import field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake import delimited
from calltrace.intake.formats import _json, _values
from calltrace.intake.formats._base import PREAMBLE, Reading
from calltrace.intake.formats._dates import dates_of, order_problem
from calltrace.tables import phones
from calltrace.tables.problems import Effect, Problem
from calltrace.tables.text import visible
from calltrace.tables.written_dates import WrittenDates, month_first

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from calltrace.intake.formats._base import Head, ReadOptions, Stream

    Mask = NDArray[np.bool_]

LISTED = 200
"""How many rows of one kind of trouble are told one by one; the rest is told as a number."""
_FIGURE = re.compile(r"\s*[+-]?\d[\d\s:./,%-]*$")
LONGEST_S = 7 * 86_400
"""A call of more than a week is a fault of the record."""

NONE = pa.array(["", "-", "--", "\u2014", "\u2013", "NULL", "null", r"\N", "N/A", "n/a", "NaN", "nan", "None", "<NA>"])
"""What exporters write for "nothing measured"."""


# --- names --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def word(cell: str) -> str:
    """Return a header's cell, or a key of JSON, as the word it is compared by.

    Examples
    --------
    >>> word("Call SID"), word("parent_call_sid"), word("% In Serv Level"), word("from.phoneNumber")
    ('callsid', 'parentcallsid', 'pctinservlevel', 'fromphonenumber')
    """
    return re.sub(r"[^0-9a-z\u00c0-\uffff]+", "", cell.replace("%", "pct").lower())


@dataclass(frozen=True)
class Header:
    """Where a table's header stands: line (from 1), separator, its cells, and the words they are known by."""

    line: int
    delimiter: str
    cells: tuple[str, ...]
    words: tuple[str, ...]


def header_of(lines: Sequence[str], fits: Callable[[frozenset[str]], bool]) -> Header | None:
    """Return the first line that, split by some separator, has the words ``fits`` asks for."""
    for number, line in enumerate(lines[:PREAMBLE], 1):
        for delimiter in delimited.DELIMITERS:
            if delimiter not in line:
                continue
            cells = tuple(delimited.split(line.rstrip("\r"), delimiter))
            if any(_FIGURE.match(c) for c in cells):  # a row: headers name things, they don't count them
                continue
            words = tuple(word(c) for c in cells)
            if fits(frozenset(words)):
                return Header(number, delimiter, cells, words)
    return None


def keys_of(head: Head) -> frozenset[str]:
    """Return the words of the first JSON record's keys, inner ones with their outer ones before them."""
    first = _json.opening(head)
    return frozenset(flat(first)) if first else frozenset()


def flat(record: _json.Object) -> dict[str, Any]:
    """Return a record with inner objects spread out, each value under the word of its path; lists stay."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        if type(value) is dict:
            outer = word(key)
            for inner, below in flat(value).items():
                found[outer + inner] = below
        else:
            found[word(key)] = value
    return found


# --- the table ----------------------------------------------------------------------------------------------


@dataclass
class Sheet:
    """The columns of one file as text, by word, with the line each row begins at.

    ``tell`` adds Problems; rows told as left out are in ``drop``. ``rows`` is what the file holds; ``written`` are its dates
    whose order has to be told.
    """

    stream: Stream
    options: ReadOptions
    table: str
    cells: dict[str, pa.Array]
    lines: NDArray[np.int64]
    rows: int
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    raw: list[_json.Object] = field(default_factory=list)
    written: WrittenDates | None = None
    drop: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.drop = np.zeros(len(self.lines), dtype=bool)

    @property
    def size(self) -> int:
        """How many rows could be split into cells."""
        return len(self.lines)

    def has(self, *words: str) -> bool:
        """Say whether there is a column of one of the words."""
        return any(w in self.cells for w in words)

    def text(self, *words: str) -> pa.Array:
        """Return the texts of the first of the columns that has one, null where none has."""
        found: pa.Array | None = None
        for name in words:
            if name in self.cells:
                values = _cleaned(self.cells[name])
                found = values if found is None else pc.coalesce(found, values)
        return pa.nulls(self.size, pa.string()) if found is None else found

    def lower(self, *words: str) -> pd.Series[str]:
        """Return the texts as ``string``, lower case, for comparing with vocabularies."""
        return pd.Series(pd.array(pc.utf8_lower(self.text(*words)), dtype="string"))

    def strings(self, *words: str) -> pd.Series[str]:
        """Return the texts as ``string``."""
        return pd.Series(pd.array(self.text(*words), dtype="string"))

    def numbers(self, *words: str) -> pd.Series[str]:
        """Return telephone numbers, E.164 where that can be told; one cut short by a spreadsheet is told."""
        given = self.text(*words)
        cleaned = phones.clean_arrow(given, self.options.region)
        if cleaned.null_count > given.null_count and pc.any(cut := phones.cut_short(given)).as_py():
            lost = pc.fill_null(cut, fill_value=False).to_numpy(zero_copy_only=False)
            self.tell(lost, given, "all digits of the number, of which a spreadsheet kept the first",
                      "Value left empty. Export the file again, and open it in a spreadsheet with this column as text.",
                      "cut-number", effect="repaired")
        return pd.Series(pd.array(cleaned, dtype="string"))

    def made_ids(self, *words: str) -> pd.Series[str]:
        """Return an id made of a row's own texts, for exports without one: the same in overlapping exports.

        Rows that are alike in all of the columns are numbered.
        """
        parts = [self.text(w) for w in words if self.has(w)] or [pa.array(self.lines).cast(pa.string())]
        joined = pd.Series(pd.array(pc.binary_join_element_wise(*parts, " ", null_handling="skip"), dtype="string"))
        again = joined.groupby(joined).cumcount()
        return joined.where(again == 0, joined + " #" + (again + 1).astype("string"))

    def seconds(self, *words: str, unit: float = 1.0) -> pd.Series[float]:
        """Return durations in seconds, NA where there is none; ``unit`` is the seconds a plain number counts.

        What is no duration, negative or longer than a week costs its cell and is told.
        """
        given = self.text(*words)
        values, bad = _values.durations(given, unit)
        bad |= np.nan_to_num(values) > LONGEST_S
        if bad.any():
            self.tell(bad, given, "a duration", "Value left empty.", "bad-number", effect="repaired")
            values = np.where(bad, np.nan, values)
        return pd.Series(pd.arrays.FloatingArray(np.nan_to_num(values), np.isnan(values)))

    def times(
        self, *words: str, required: str = "", dates: bool = False, utc: bool = False
    ) -> _values.Times:
        """Return instants: UTC where the text gives an offset, the wall clock where it does not.

        ``utc`` says that the format's times without an offset are UTC. ``required`` says in words what the time
        is of; then a row without it is left out. ``dates`` takes a date without a time of day for its midnight.
        """
        given = self.text(*words)
        found = self.moments(given, dates=dates)
        self.dated(found)
        if utc:
            found = replace(found, naive=np.zeros(self.size, dtype=bool))
        expected = "a date and time"
        if required:
            missing = given.is_null().to_numpy(zero_copy_only=False)
            self.tell(missing, f"no {required}", expected, "Row left out.", "missing-value")
            self.tell(found.bad, given, expected, "Row left out.", "bad-time")
        elif found.bad.any():
            self.tell(found.bad, given, expected, "Value left empty.", "bad-time", effect="repaired")
        return found

    def moments(self, texts: pa.Array, *, dates: bool = False) -> _values.Times:
        """Return the instants of some texts, in the order of day and month that the log's other files tell."""
        return _values.times_of(texts, self.options.region, dates=dates, orders=self.options.date_orders)

    @property
    def dates(self) -> tuple[WrittenDates, ...]:
        """Its dates whose order has to be told, as a :class:`Reading` has them."""
        return () if self.written is None else (self.written,)

    def dated(self, found: _values.Times) -> None:
        """Keep the dates of a column whose order has to be told: other files of the log may tell it."""
        if found.written is None or self.written is not None:
            return
        orders = ("mdy", "dmy") if month_first(self.options.region) else ("dmy", "mdy")
        seen = dates_of(self.stream, found.written.numbers, orders, self.options)
        self.written = replace(seen, read_as=found.written.read_as)
        unknown = order_problem(self.stream, self.written, self.options)
        if unknown is not None:
            self.problems.append(replace(unknown, table=self.table))

    def tell(
        self,
        wrong: Mask,
        saw: str | pa.Array,
        expected: str,
        fix: str,
        kind: str,
        *,
        effect: Effect = "left-out",
    ) -> None:
        """Add a Problem for each row of the mask that is not left out already."""
        wrong = wrong & ~self.drop
        if effect == "left-out":
            self.drop = self.drop | wrong
        places = np.flatnonzero(wrong)
        for place in places[:LISTED]:
            seen = saw if isinstance(saw, str) else f'"{saw[int(place)].as_py()}"'
            self.problems.append(self._problem(int(place), visible(seen[:100]), expected, fix, kind, effect, 1))
        rest = len(places) - LISTED
        if rest > 0:
            told = f"{rest} more rows like these"
            self.problems.append(self._problem(int(places[LISTED]), told, expected, fix, kind, effect, rest))

    def _problem(  # noqa: PLR0917 -- in the order of a Problem
        self, place: int, saw: str, expected: str, fix: str, kind: str, effect: Effect, rows: int
    ) -> Problem:
        at = Location(self.stream.display, int(self.lines[place]))
        return Problem(at, saw, expected, fix, table=self.table, effect=effect, rows=rows, kind=kind)

    def frame(self, columns: dict[str, Any]) -> pd.DataFrame:
        """Return the columns of the rows that are not left out, with where each was read."""
        made: dict[str, Any] = {}
        for name, values in columns.items():
            if isinstance(values, _values.Times):
                made[name] = values.values  # noqa: PD011 -- Times, no frame
                made[f"{name}__naive"] = values.naive
            else:
                made[name] = values
        made["source_file"] = pd.Categorical.from_codes(
            np.zeros(self.size, dtype=np.int8), categories=pd.Index([self.stream.display])
        )
        made["source_line"] = self.lines
        found = pd.DataFrame(made)
        return found[~self.drop].reset_index(drop=True) if self.drop.any() else found


def _cleaned(values: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(values)
    none = pc.is_in(trimmed, NONE)
    return pc.if_else(none, pa.scalar(None, pa.string()), trimmed) if pc.any(none).as_py() else trimmed


# --- from CSV -----------------------------------------------------------------------------------------------


def from_csv(stream: Stream, header: Header, options: ReadOptions, table: str = "calls") -> Sheet:
    """Return the rows below a header; of two columns of one name the first."""
    names = [name if header.words.index(name) == place else "" for place, name in enumerate(header.words)]
    read = delimited.read(stream, delimited.Shape(header.delimiter, header.line, tuple(names), table=table))
    return Sheet(stream, options, table, read.cells, read.lines, read.rows, list(read.problems))


# --- from JSON ----------------------------------------------------------------------------------------------


def from_json(stream: Stream, options: ReadOptions, table: str = "calls") -> Sheet:
    """Return the records of a file of JSON as a table; inner objects are spread out, ``raw`` keeps the records."""
    read = _json.records(stream, table)
    spread = [flat(value) for value in read.values]  # noqa: PD011 -- Records, no frame
    names = dict.fromkeys(key for record in spread for key in record)
    cells = {name: pa.array([_text(r.get(name)) for r in spread], type=pa.string()) for name in names}
    return Sheet(
        stream,
        options,
        table,
        cells,
        np.array(read.lines, dtype=np.int64),
        read.rows,
        read.problems,
        raw=read.values,
    )


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is list:
        return ";".join(t for t in map(_text, value) if t)
    return str(value) if type(value) in {int, float} else None


def sheet_of(
    stream: Stream, options: ReadOptions, fits: Callable[[frozenset[str]], bool], table: str = "calls"
) -> Sheet:
    """Return the file's table, be it CSV or JSON.

    Raises
    ------
    ValueError
        Where it is neither: ``detect`` says so beforehand.
    """
    if keys_of(stream.head):
        return from_json(stream, options, table)
    header = header_of(stream.head.lines, fits)
    if header is None:
        raise ValueError(f"{stream.display} is not in this format")
    return from_csv(stream, header, options, table)


def recognised(head: Head, fits: Callable[[frozenset[str]], bool], says: str) -> str | None:
    """Say how a file was recognised whose header, or whose first record's keys, have the words; None if not."""
    if fits(keys_of(head)):
        return f"JSON keys: {says}"
    return f"header: {says}" if header_of(head.lines, fits) else None


# --- to a reading -------------------------------------------------------------------------------------------


def between(begins: _values.Times, ends: _values.Times) -> pd.Series[float]:
    """Return the seconds from one time to another, NA where either is missing or the second is before the first."""
    span: pd.Series[pd.Timedelta] = pd.Series(ends.values - begins.values)  # noqa: PD011 -- Times, no frame
    seconds: pd.Series[float] = span.dt.total_seconds().astype("Float64").round(3)
    return seconds.where(seconds >= 0)


def flags(words: pd.Series[str], *yes: str) -> Mask:
    """Return where a text is one of the words; a missing one is none of them."""
    return words.isin(yes).to_numpy(dtype=bool)


def reading(sheet: Sheet, table: str, columns: dict[str, Any], *, time: str = "offered_at") -> Reading:
    """Return the rows of one file for its format's ``calls_of``, with the zone their times were given in.

    ``time`` is the column that says whether that is a wall clock's; empty where the format's times are UTC.
    """
    frame = sheet.frame(columns)
    return whole(sheet, table, frame, naive=bool(time and len(frame) and frame[f"{time}__naive"].any()))


def whole(sheet: Sheet, table: str, frame: pd.DataFrame, *, naive: bool) -> Reading:
    """Return a reading of the frame with all that the sheet told; ``naive`` says that its times have no zone."""
    zone, zone_from = ("", "") if naive else ("UTC", "offset")
    return Reading(
        table,
        frame,
        rows=sheet.rows,
        problems=tuple(sheet.problems),
        zone=zone,
        zone_from=zone_from,
        notes=tuple(sheet.notes),
        dates=sheet.dates,
    )
