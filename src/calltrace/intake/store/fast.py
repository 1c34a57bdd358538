"""Large files of the generic layout into the store: in stretches, on all cores, within bounded memory.

A file of calls is read in stretches of some megabytes that end with a line. Each is read twice over by
Arrow at most: at once as typed columns, where every value is as the layout wants it, else by the very reader
that :func:`calltrace.intake.load.load` uses, row by row where it must be. Both ways give the same rows, so what is
in the store does not hang on how it got there; a stretch with one bad line costs the time of a stretch, and the
line is told as ever. One thing alone is not told, for it takes all ids of a file at once: that an id was used again
for another call, which is kept as a call of its own all the same.

Rows are dealt out by day as they come. A day is written once the file has gone past it; where more of it turns up
later (a file that is not in order of time), the pieces are merged when the import is put in force. What is held is
bounded by :data:`~calltrace.intake.store.dealing.HELD_BYTES` whatever the size of the file.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location
from calltrace.intake import delimited, headers, quality
from calltrace.intake.columns import MOST_PROBLEMS
from calltrace.intake.formats import generic
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.layout import Layout
from calltrace.intake.opened import stream_of
from calltrace.intake.store import parts
from calltrace.intake.store import stretches as cut
from calltrace.intake.store.dealing import Days
from calltrace.intake.store.judging import COLUMNS, NULLS, REPEATING, Odd, judged
from calltrace.intake.store.sampling import Sample, Told
from calltrace.intake.store.stretches import Bytes, Fast
from calltrace.tables import arrow
from calltrace.tables.case import Source
from calltrace.tables.later import later
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.placing import Stretches
    from calltrace.intake.store.asked import Progress
    from calltrace.intake.store.manifest import Part
    from calltrace.intake.store.places import Place
else:
    pd = later("pandas")

MOST_CORES = 8


# --- stretches of rows --------------------------------------------------------------------------------------


@dataclass
class _Rows:
    """What a stretch gave: typed rows in the store's columns, and what was wrong with it."""

    rows: pa.Table
    count: int
    lines: int
    problems: list[Problem] = field(default_factory=list)
    zone: str = ""
    zone_from: str = "offset"


def _typed(fast: Fast, piece: Bytes, sample: Sample, options: ReadOptions) -> _Rows:
    """Return a stretch's rows, their lines counted from its first."""
    skip = fast.layout.header_line if piece.first else 0
    if not piece.careful:
        try:
            rows = _at_once(fast, piece, skip, sample, options)
        except (Odd, pa.ArrowInvalid):
            pass
        else:
            return _Rows(rows, rows.num_rows, rows.num_rows + skip)
    return _closely(fast, piece, skip, sample.places(), options)


def _at_once(fast: Fast, piece: Bytes, skip: int, sample: Sample, options: ReadOptions) -> pa.Table:
    """Read a stretch as typed columns; Odd where a value is in any way out of the ordinary."""
    layout = fast.layout
    least = int(np.frombuffer(piece.data, dtype=np.int8).min())  # below zero where not all of it is ASCII
    if (least < ord("\t") and piece.has(b"\0")) or piece.has(b"\x1a"):
        raise Odd
    ends = -1
    returns = piece.has(b"\r")
    data = bytes(piece.data) if returns or piece.quoted else b""
    if returns and data.count(b"\r") != data.count(b"\r\n"):
        raise Odd
    if piece.quoted:
        shape = delimited.Shape(layout.delimiter, layout.header_line, layout.columns, layout.quote)
        if not delimited.quotes_fit(data, shape):
            raise Odd
        ends = data.count(b"\n") - skip
    wanted = {c: f"c{i}" for i, c in enumerate(layout.columns) if c}
    # Arrow takes 0x10 for a whole number, and load for none
    whole = not (sample.fractions or piece.has(b"x") or piece.has(b"X"))
    try:
        table = _columns(fast, piece, skip, wanted, whole=whole, ascii_alone=least >= 0)
    except pa.ArrowInvalid as error:
        if not whole or str(_WHOLE) not in str(error):
            raise
        sample.fractions = True
        table = _columns(fast, piece, skip, wanted, whole=False, ascii_alone=least >= 0)
    if ends >= 0 and table.num_rows != ends:
        raise Odd
    if any(table[place].num_chunks > 1 for place in wanted.values()):
        table = table.unify_dictionaries().combine_chunks()
    columns: dict[str, Any] = {}
    for name, place in wanted.items():
        values = judged(name, table[place], options)
        columns[name] = values.cast(pa.float64()) if values.type == _WHOLE else values
    columns["account"] = _whose(columns, sample)
    size = table.num_rows
    columns["source_file"] = pa.DictionaryArray.from_arrays(
        arrow.numbers(np.zeros(size, dtype=np.int32)), arrow.texts([fast.display])
    )
    columns["source_line"] = arrow.numbers(np.arange(skip + 1, skip + 1 + size, dtype=np.int64))
    arrays = [
        columns[f.name] if f.name in columns else pa.nulls(size, _stored(f.name, f.type))
        for f in parts.schema_of("calls")
    ]
    return pa.Table.from_arrays(arrays, names=parts.schema_of("calls").names)


_WHOLE = pa.int32()
"""What figures are read as while all are whole: it takes half the time, and seconds beyond it are none."""


def _columns(
    fast: Fast, piece: Bytes, skip: int, wanted: dict[str, str], *, whole: bool, ascii_alone: bool
) -> pa.Table:
    """Read the wanted columns of a stretch, typed; ArrowInvalid where one has a value of another type."""
    layout = fast.layout
    names = [f"c{i}" for i in range(len(layout.columns))]
    return arrow_csv.read_csv(
        pa.BufferReader(pa.py_buffer(piece.data)),
        read_options=arrow_csv.ReadOptions(
            skip_rows=skip, column_names=names, use_threads=False, block_size=piece.end - piece.begin + 1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.delimiter, quote_char=layout.quote if piece.quoted else False, ignore_empty_lines=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={place: _kind(name, whole=whole) for name, place in wanted.items()},
            include_columns=list(wanted.values()),
            strings_can_be_null=False,  # told column by column, in a fraction of the time
            check_utf8=not ascii_alone,
            null_values=list(NULLS),
        ),
    )


def _stored(name: str, kind: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), pa.string()) if name in REPEATING else kind


def _kind(name: str, *, whole: bool) -> pa.DataType:
    kind = COLUMNS[name].kind
    if kind == "instant":
        return pa.timestamp("us", "UTC")
    if kind == "text":
        return pa.dictionary(pa.int32(), pa.string()) if name in REPEATING else pa.string()
    return _WHOLE if whole else pa.float64()


def _whose(columns: dict[str, Any], sample: Sample) -> Any:
    """Return the account of each call: as given, else whose the number dialled is, else that number."""
    given = columns.get("account")
    if given is not None and sample.knows_accounts:
        given = _listed(given, sample)
    if given is not None and not given.null_count:
        return given
    dialled = columns.get("dnis")
    if dialled is None:
        if given is None:
            raise Odd
        return given
    words = dialled.cast(pa.string()).combine_chunks().dictionary_encode()
    if isinstance(words, pa.ChunkedArray):
        words = words.combine_chunks()
    owners = arrow.texts(sample.places().accounts_of(words.dictionary.to_pylist())).take(words.indices)
    if given is not None:
        owners = pc.coalesce(given.cast(pa.string()).combine_chunks(), owners)
    return pa.chunked_array([owners.dictionary_encode()], type=pa.dictionary(pa.int32(), pa.string()))


def _listed(given: Any, sample: Sample) -> Any:
    """Return the accounts as given, those that the accounts table writes otherwise as it has them."""
    names = sample.places().meant(pc.unique(given).to_pylist())
    if not names:
        return given
    words = given.cast(pa.string()).combine_chunks().dictionary_encode()
    if isinstance(words, pa.ChunkedArray):
        words = words.combine_chunks()
    listed = arrow.texts([names.get(word, word) for word in words.dictionary.to_pylist()]).take(words.indices)
    return pa.chunked_array([listed.dictionary_encode()], type=pa.dictionary(pa.int32(), pa.string()))


def _closely(fast: Fast, piece: Bytes, skip: int, stretches: Stretches, options: ReadOptions) -> _Rows:
    """Read a stretch as load does, its lines numbered as they are in the file."""
    header = fast.layout.delimiter.join(_quoted(h, fast.layout) for h in fast.layout.header)
    body = bytes(piece.data)
    lines = body.count(b"\n")
    for _ in range(skip):
        body = body[body.find(b"\n") + 1 :]
    stream = stream_of(fast.display, header.encode() + b"\n" + body)
    reading = generic.read(stream, options)
    if any(p.kind == headers.KIND for p in reading.problems):  # the stretches that follow would be read by the first
        raise InputError(
            "the header comes again with its columns in another order",
            at=Location(fast.display),
            expected="one order of columns in a file of this size",
            fix="Cut it in two before that header.",
        )
    shift = skip - 1  # the first line is 1, as the header was while reading
    frame, told, zone, zone_from = stretches.place(reading)
    frame["source_line"] += shift
    problems = [_moved(p, shift) for p in [*reading.problems, *told]]
    rows = parts.to_arrow(frame, "calls")
    for name in (*REPEATING, "source_file"):
        rows = rows.set_column(rows.schema.get_field_index(name), name, _as_coded(rows[name]))
    return _Rows(rows, reading.rows, lines, problems, zone, zone_from)


def _as_coded(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(pa.dictionary(pa.int32(), pa.string()))


def _moved(problem: Problem, lines: int) -> Problem:
    at = problem.at
    return replace(problem, at=Location(at.file, at.line + lines)) if at.line else problem


def _numbered(found: _Rows, before: int) -> _Rows:
    """Return a stretch's rows with their lines as they are in the file, so many lines being before it."""
    rows = found.rows
    place = rows.schema.get_field_index("source_line")
    lines = pc.add(rows["source_line"], arrow.single(np.int64(before)))
    rows = rows.set_column(place, "source_line", lines)
    return replace(found, rows=rows, problems=[_moved(p, before) for p in found.problems])


def _quoted(cell: str, layout: Layout) -> str:
    q = layout.quote
    return q + cell.replace(q, q * 2) + q if layout.delimiter in cell or q in cell else cell


# --- stretches into days ------------------------------------------------------------------------------------


@dataclass
class Result:
    """What came of one file: for each day the parts written, in the order of its rows, and its account."""

    days: dict[str, list[list[Part]]]
    source: Source
    zone: str
    zone_from: str
    first: int | None
    last: int | None
    lost: int


def read(
    place: Place,
    fast: Fast,
    accounts: pd.DataFrame | None,
    options: ReadOptions,
    tell: Progress,
) -> Result:
    """Read a large file into parts of the store.

    Parameters
    ----------
    place : Place
        Where the parts are written; nothing names them yet.
    fast : Fast
        The file, as :func:`recognise` found it.
    accounts : DataFrame, optional
        Accounts known: their zones and numbers.
    options : ReadOptions
        ``tz`` and ``region``.
    tell : callable
        Told how far it has come.

    Raises
    ------
    OSError, EOFError, LZMAError
        Where the file can't be read to its end.
    """
    sample = Sample(fast, accounts, options)
    days = Days(place, fast.display)
    cores = min(_cores(), MOST_CORES)
    account = _Account(fast)
    with ThreadPoolExecutor(max(cores, 1)) as pool:
        waiting: deque[tuple[Bytes, Future[_Rows]]] = deque()

        before = 0

        def take() -> None:
            nonlocal before
            piece, future = waiting.popleft()
            rows = _numbered(future.result(), before)
            before += rows.lines
            piece.release()
            account.add(rows)
            days.add(rows.rows, pool)
            if piece.done:
                tell("reading", piece.done, fast.size if not fast.packed else 0)

        try:
            for piece in cut.stretches(fast):
                sample.see(piece)
                waiting.append((piece, pool.submit(_typed, fast, piece, sample, options)))
                if len(waiting) >= cores:  # none is read ahead of the days to be written: memory just used is used again
                    take()
            while waiting:
                take()
            last = pool.submit(sample.told)
            written = days.finish(pool)
            told = last.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    source = account.source(told, days)
    return Result(written, source, told.zone, told.zone_from, account.first, account.last, account.lost)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Account:
    """Adds up what the stretches gave."""

    def __init__(self, fast: Fast) -> None:
        self.fast = fast
        self.rows = self.calls = self.answered = self.lost = 0
        self.first: int | None = None
        self.last: int | None = None
        self.problems: list[Problem] = []
        self.beyond = 0
        self.zones: dict[str, None] = {}
        self.zones_from: dict[str, None] = {}

    def add(self, found: _Rows) -> None:
        rows = found.rows
        self.rows += found.count
        self.calls += rows.num_rows
        outcomes = pc.value_counts(rows["outcome"]).to_pylist()
        counted = {o["values"]: o["counts"] for o in outcomes}
        self.answered += counted.get("answered", 0)
        self.lost += sum(counted.get(o, 0) for o in quality.LOST)
        if rows.num_rows:
            bounds = pc.min_max(rows["offered_at"].cast(pa.int64())).as_py()
            self.first = bounds["min"] if self.first is None else min(self.first, bounds["min"])
            self.last = bounds["max"] if self.last is None else max(self.last, bounds["max"])
        room = max(MOST_PROBLEMS - len(self.problems), 0)
        self.problems += found.problems[:room]
        rest = found.problems[room:]
        if rest:
            self.beyond += sum(p.rows for p in rest if p.effect == "left-out")
        if found.zone:
            self.zones |= dict.fromkeys(found.zone.split(", "))
        self.zones_from |= dict.fromkeys(found.zone_from.split(", "))

    def source(self, told: Told, days: Days) -> Source:
        """Return the file's Source, as load would give it."""
        problems = sorted(self.problems, key=lambda p: p.at.line)
        if self.beyond:
            problems.append(
                Problem(
                    Location(self.fast.display),
                    f"{self.beyond} more rows with the like",
                    "rows as the layout has them",
                    "Look at the lines named before.",
                    table="calls",
                    rows=self.beyond,
                )
            )
        problems += days.problems()
        naive = [z for z in self.zones_from if z not in {"", "offset"}]
        return Counted(
            path=self.fast.display,
            format="generic",
            table="calls",
            recognised_by=generic.detect(_Head(self.fast.layout)) or "",  # type: ignore[arg-type]
            rows=self.rows,
            left_out=sum(p.rows for p in problems if p.effect == "left-out"),
            problems=tuple(problems),
            calls=self.calls - days.repeated,
            answered=self.answered - days.repeated_answered,
            first=_instant(self.first),
            last=_instant(self.last),
            zone=", ".join(self.zones) if naive else told.offsets,
            zone_from=", ".join(self.zones_from) if naive else "offset",
            notes=told.notes,
            hides_unanswered=bool(quality.hides_unanswered(self.answered, self.lost, self.calls)),
        )


class _Moment:
    """An instant of a Source: a ``datetime`` until somebody asks for it, who gets a Timestamp."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __set__(self, source: Source, value: datetime | None) -> None:
        vars(source)[self._name] = value

    def __get__(self, source: Source, owner: type | None = None) -> pd.Timestamp | None:
        kept = vars(source)[self._name]
        return None if kept is None else pd.Timestamp(kept).as_unit("us")


class Counted(Source):
    """A Source that makes its Timestamps when they are asked for: an import that names none needs no pandas for them."""

    first = _Moment()
    last = _Moment()

    @property
    def ended(self) -> datetime | None:
        """When its last call was, as it is kept."""
        kept: datetime | None = vars(self)["last"]
        return kept

    def __eq__(self, other: object) -> bool:
        """Say whether the other says the same, whichever kind of Source it is."""
        if not isinstance(other, Source):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name, f in Source.__dataclass_fields__.items() if f.compare)

    __hash__ = Source.__hash__


def _instant(us: int | None) -> Any:
    """Return microseconds since 1970 as the ``datetime`` a Counted makes a Timestamp of."""
    return None if us is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)


@dataclass(frozen=True)
class _Head:
    """As much of a file's head as recognising its layout takes."""

    layout: Layout

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.layout.delimiter.join(_quoted(h, self.layout) for h in self.layout.header),)
