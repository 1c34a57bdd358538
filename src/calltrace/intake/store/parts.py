"""Rows to Parquet files and back: one file a table and day, immutable, checksummed.

Rows stand in order of their main instant (``Table.main_instant``), later ones of one instant in the order they
were read. Texts are plain strings, instants ``timestamp[us, UTC]``; what a row was read from is kept with it
(``source_file``, ``source_line``), so that a report leads back to the line of the log.

Two records are one where their identity is the same (:attr:`Table.identity`): then the one imported later is
kept. A record that is there already, the same in every column, changes nothing, not even where it is said to
come from. That is what :func:`calltrace.intake.load.load` does with several files; a store holds what one load
of everything would. What was imported later is told file by file (:mod:`calltrace.intake.store.elders`).
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import InputError
from calltrace.intake.store import aggregate
from calltrace.intake.store.manifest import UNDATED, Part
from calltrace.intake.store.places import new_name
from calltrace.tables import arrow
from calltrace.tables.later import later
from calltrace.tables.schema import SOURCE_COLUMNS, TABLES, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pyarrow import parquet

    from calltrace.intake.store.places import Place
else:
    parquet = later("pyarrow.parquet")  # an import reads its first stretch meanwhile

DAY_US = 86_400_000_000
WHOLE = ("accounts", "events", "oncall")
"""Tables kept in one file: their rows hold for many days and are few."""
INTERVALS = "intervals"
_REPLACED = "-replaced"
ROWS_A_GROUP = 131_072
MOST_AT_ONCE = 20
"""Calls of one instant that are held against each other one by one."""
BATCH_ROWS = 65_536
"""Rows encoded at once: a day's in one go takes a twentieth less time than the thousand pyarrow takes by itself."""

_KINDS = {
    "text": pa.string(),
    "instant": pa.timestamp("us", "UTC"),
    "seconds": pa.float64(),
    "number": pa.float64(),
    "count": pa.int64(),
}
_UNLIKE = ("call_id", "ani", "caller_name", "recording", "linked_id", "message_id")
"""Columns whose values hardly repeat within a day: a dictionary would only cost time."""


def replaced(name: str) -> str:
    """Return what the rows of a table are kept as that rows of another file have replaced.

    Examples
    --------
    >>> replaced("calls"), table_of(replaced("calls")), table_of("calls")
    ('calls-replaced', 'calls', 'calls')
    """
    return name + _REPLACED


def table_of(name: str) -> str:
    """Return the table whose columns files have: its own, or those of its rows that were replaced."""
    return name.removesuffix(_REPLACED)


def schema_of(name: str) -> pa.Schema:
    """Return the Arrow schema of a table's files."""
    if name == INTERVALS:
        return aggregate.SCHEMA
    fields = [pa.field(c.name, _KINDS[c.kind]) for c in TABLES[table_of(name)].columns]
    return pa.schema([*fields, pa.field("source_file", pa.string()), pa.field("source_line", pa.int64())])


def to_arrow(frame: Any, name: str) -> pa.Table:
    """Return a conformed frame of a table as Arrow."""
    schema = schema_of(name)
    arrays = []
    for field in schema:
        values = pa.array(frame[field.name], from_pandas=True)
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        arrays.append(values.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def by_day(rows: pa.Table, name: str) -> Iterator[tuple[str, pa.Table]]:
    """Split rows of a table by the UTC day of their main instant, days in order, rows in theirs."""
    if name in WHOLE or not rows.num_rows:
        if rows.num_rows:
            yield UNDATED, rows
        return
    numbers = days_of(rows[TABLES[name].main_instant])
    if (np.diff(numbers) < 0).any():
        order = np.argsort(numbers, kind="stable")
        rows, numbers = rows.take(arrow.numbers(order)), numbers[order]
    edges = np.flatnonzero(np.diff(numbers)) + 1
    starts = np.concatenate([[0], edges])
    ends = np.concatenate([edges, [len(numbers)]])
    for a, b in zip(starts.tolist(), ends.tolist(), strict=True):
        yield day_name(int(numbers[a])), rows.slice(a, b - a)


def days_of(instants: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    """Return each instant's UTC day, counted from 1970-01-01."""
    us = arrow.values(instants)
    found: NDArray[np.int64] = us // DAY_US
    return found


def day_name(number: int) -> str:
    """Return a day counted from 1970 as ISO text."""
    return str(np.datetime64(number, "D"))


def day_start(day: str) -> int:
    """Return the first microsecond (since 1970 UTC) of a day given as ISO text."""
    return int(np.datetime64(day, "D").astype("datetime64[us]").astype(np.int64))


# --- writing ------------------------------------------------------------------------------------------------


def ordered(rows: pa.Table, name: str) -> pa.Table:
    """Return rows in order of their main instant; the order of equals stays."""
    column = TABLES[table_of(name)].main_instant
    if not column:
        return rows
    us = arrow.values(rows[column])
    if (us[1:] >= us[:-1]).all():
        return rows
    return rows.take(arrow.numbers(np.argsort(us, kind="stable")))


def write(place: Place, name: str, day: str, rows: pa.Table) -> list[Part]:
    """Write the rows of one table and day, in order and without repeats; for calls their interval counts too.

    Parameters
    ----------
    place : Place
        Where the store lies.
    name : str
        A table.
    day : str
        ISO day, '' for a table kept whole.
    rows : Table
        At least one; texts may be dictionaries.

    Returns
    -------
    list of Part
        What was written: the table's part, and for calls that of the intervals.
    """
    if name == "calls":
        return write_calls(place, [day], rows)[0]
    return [_write(place, name, day, ordered(rows, name))]


def write_calls(place: Place, days: Sequence[str], rows: pa.Table) -> list[list[Part]]:
    """Write the calls of some days, all of each, without repeats; return what :func:`write` does for each day."""
    rows = ordered(rows, "calls")
    counts = aggregate.days(rows)
    numbers = days_of(rows["offered_at"])
    edges = [0, *(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1).tolist(), rows.num_rows]
    return [
        [_write(place, "calls", day, rows.slice(a, b - a)), _write(place, INTERVALS, day, counted)]
        for day, (a, b), counted in zip(days, pairwise(edges), counts, strict=True)
    ]


def _write(place: Place, name: str, day: str, rows: pa.Table) -> Part:
    data = _encoded(rows)
    file = f"{_folder(name, day)}{new_name()}.parquet"
    place.write(file, data)
    first, last = _span(rows, name, day)
    return Part(name, day, file, rows.num_rows, len(data), hashlib.sha256(data).hexdigest(), first, last)


def _folder(name: str, day: str) -> str:
    """Return how the names of a table's files begin: a folder a day, but for counts and what was replaced, which are small."""
    if not day:
        return f"{name}/"
    return f"{name}/day={day}/" if name in TABLES else f"{name}/{day}-"


def _encoded(rows: pa.Table) -> memoryview:
    """Return rows as Parquet. Columns without a value are left out: reading gives them back as nulls."""
    columns = list(zip(rows.column_names, rows.columns, strict=True))
    unknown = [values.null_count for _, values in columns]
    kept = [
        (name, values, some > 0) for (name, values), some in zip(columns, unknown, strict=True) if some < rows.num_rows
    ]
    schema, how = _layout(tuple((name, values.type, nulls) for name, values, nulls in kept))
    out = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_arrays([values for _, values, _ in kept], schema=schema), out, **how)
    return memoryview(out.getvalue())


@lru_cache(1_000)
def _layout(columns: tuple[tuple[str, pa.DataType, bool], ...]) -> tuple[pa.Schema, dict[str, Any]]:
    """Return the schema of a file, and how each of its columns is written; one day's are mostly like the last one's.

    Columns without nulls say so: nothing is kept on which values there are. Packed is only what gains by it: what a
    dictionary or the steps from one row to the next have made small already is not. Figures, a year of which is read
    at once, are packed so that they are unpacked the fastest.
    """
    names = [name for name, _, _ in columns]
    instants = {name for name, kind, _ in columns if pa.types.is_timestamp(kind)}
    figures = {name for name, kind, _ in columns if pa.types.is_binary(kind)}
    plain = {*_UNLIKE, *instants, *figures, "source_line"}
    packed = {c: "snappy" for c in _UNLIKE if c != "ani"} | dict.fromkeys(figures, "lz4")  # ani: much time, little gain
    encoding = {c: "DELTA_BINARY_PACKED" for c in names if c in instants or c == "source_line"}
    return pa.schema([pa.field(name, kind, nullable=nulls) for name, kind, nulls in columns]), {
        "compression": {c: packed.get(c, "none") for c in names},
        "row_group_size": ROWS_A_GROUP,
        "write_batch_size": BATCH_ROWS,
        "use_dictionary": [c for c in names if c not in plain],
        "column_encoding": encoding or None,
        "store_schema": False,
        "write_statistics": [c for c in names if c in instants],
    }


def _span(rows: pa.Table, name: str, day: str) -> tuple[int | None, int | None]:
    if name == INTERVALS:
        start = day_start(day)
        return start, start + DAY_US - 1
    column = TABLES[table_of(name)].main_instant
    if not column or not rows.num_rows:
        return None, None
    at = rows[column]  # in order
    return at[0].value, at[-1].value


# --- reading ------------------------------------------------------------------------------------------------


def read(place: Place, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a part's rows, or some of its columns.

    Raises
    ------
    FileNotFoundError
        The file is gone: the state it belongs to was superseded and cleaned away.
    InputError
        It is damaged.
    """
    try:
        with parquet.ParquetFile(place.path(part.file), filesystem=place.filesystem()) as file:
            found = file.read(columns=None if columns is None else list(columns), use_threads=False)
    except FileNotFoundError:
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise unreadable(place, part, error) from error
    return completed(found, part.table, columns)


def unreadable(place: Place, part: Part, error: Exception) -> InputError:
    """Return what is to be said of a file that can't be read: that it is damaged only where that is why."""
    file, told = f"{place.url}/{part.file}", str(error)
    if place.remote and "AWS Error" in told:
        return InputError(
            f"{file}: {told[told.index('AWS Error') :]}",
            expected="object storage that answers",
            fix="Nothing is known to be damaged: try again once it does.",
        )
    if why := getattr(error, "errno", None):  # the disk, the rights, too many open files
        return InputError(f"{file} can't be read ({os.strerror(why)})", expected="a file of the store that can be read")
    return InputError(
        f"{file} can't be read ({told.partition('.')[0]})",
        expected="a Parquet file as it was written",
        fix="`calltrace store verify` says what is damaged; import its logs into a new store.",
    )


def completed(rows: pa.Table, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return rows with the table's columns, or those asked for, in order; what the file left out is null."""
    schema = schema_of(name)
    if columns is not None:
        schema = pa.schema([schema.field(c) for c in schema.names if c in set(columns)])
    arrays = [
        rows[f.name].cast(f.type) if f.name in rows.column_names else pa.nulls(rows.num_rows, f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


# --- one record once ----------------------------------------------------------------------------------------


def once(rows: pa.Table, name: str) -> pa.Table:
    """Return rows with each record once, in order; of two states of one the later stays."""
    schema = schema_of(name)
    rows = rows.select(schema.names).cast(schema)
    keep = kept(rows, TABLES[name])
    return ordered(rows if keep is None else rows.filter(arrow.flags(keep)), name)


def kept(rows: pa.Table, table: Table) -> NDArray[np.bool_] | None:
    """Return which rows of :func:`schema_of` stay, each record being kept once; None for all of them."""
    if table.name == "calls" and not repeats_possible(rows):
        return None  # nearly always the end of it
    frame = rows.drop_columns(list(SOURCE_COLUMNS)).to_pandas(types_mapper=text_as_text)
    identity = list(table.identity)
    suspects = frame.duplicated(identity, keep=False).to_numpy()
    if not suspects.any():
        return None
    some = frame[suspects]
    same = some.duplicated().to_numpy()
    left = some[~same]
    outdated = left.duplicated(identity, keep="last").to_numpy()
    keep: NDArray[np.bool_] = np.ones(len(frame), dtype=bool)
    keep[some.index[same]] = False
    keep[left.index[outdated]] = False
    return keep


def repeats_possible(rows: pa.Table) -> bool:
    """Say whether any two calls share their id and their instant, without which they can't be one record."""
    us = arrow.values(rows["offered_at"])
    if (us[1:] < us[:-1]).any():
        us = np.sort(us)
        same = us[1:] == us[:-1]
        return bool(same.any()) and pc.count_distinct(rows["call_id"], mode="all").as_py() < rows.num_rows
    ids = arrow.whole(rows["call_id"])
    beside = np.flatnonzero(us[1:] == us[:-1])
    apart = 1
    while len(beside):  # each call with those after it of the same instant, which are few
        one, other = ids.take(arrow.numbers(beside)), ids.take(arrow.numbers(beside + apart))
        if pc.any(arrow.filled(pc.equal(one, other), np.True_)).as_py():
            return True
        if apart == MOST_AT_ONCE:
            return bool(pc.count_distinct(ids, mode="all").as_py() < len(ids))
        apart += 1
        beside = beside[beside < len(us) - apart]
        beside = beside[us[beside + apart] == us[beside]]
    return False


def text_as_text(kind: pa.DataType) -> Any:
    """Return the dtype that pandas should have for an Arrow type; None for its own choice."""
    import pandas as pd  # noqa: PLC0415 - only where something repeats

    return pd.StringDtype() if pa.types.is_string(kind) else None
