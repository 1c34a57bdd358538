"""A Case as files of the generic layout: what was read, in the one form every other program can read.

Nothing is altered on the way: what is written reads back as the same tables, whichever switch it came from.
Values that a spreadsheet would take for a formula are written as they are, for a name is evidence; open such
a file as text columns. Only ``source_file`` and ``source_line`` are left behind: the rows' place is now here.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.errors import InputError, UsageError
from calltrace.tables.files import together
from calltrace.tables.schema import TABLES, Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from calltrace.tables.case import Case

    _File = tuple[Path, str, Callable[[pd.DataFrame, Table, str], bytes]]

OPTIONAL = ("redirected_from", "linked_id", "hangup_cause", "queue", "transferred_to")
"""Columns of the calls that are written only where a switch logs them."""

SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class Written:
    """One file that was written: the table it holds and how many rows."""

    path: str
    table: str
    rows: int


def write(case: Case, output: str | os.PathLike[str]) -> list[Written]:
    """Write a Case in the generic layout, each file whole or not at all.

    Parameters
    ----------
    case : Case
        What was read.
    output : path
        ``.csv`` or ``.parquet``: the calls. A folder, there or not yet (a name without a suffix, or one that
        ends in ``/``): every table as ``<table>.csv``.

    Returns
    -------
    list of Written
        What was written, in the order of the layout's tables.

    Raises
    ------
    UsageError
        For another suffix, or a place that can't be written to.
    InputError
        Where the calls are asked for and there are none.
    """
    path = Path(output)
    suffix = path.suffix.lower()
    if path.is_dir() or os.fspath(output).endswith(("/", os.sep)) or not suffix:
        names = [name for name in TABLES if name in case.tables]
        files: list[_File] = [(path / f"{name}.csv", name, to_csv) for name in names]
    elif suffix in SUFFIXES:
        files = [(path, "calls", to_csv if suffix == ".csv" else to_parquet)]
        if not len(case.calls):
            raise InputError("there are no calls to write", expected="the switch's call log")
    else:
        raise UsageError(
            f"--output is {path.name!r}",
            expected="a name that ends in .csv or .parquet, or a folder for all tables",
        )
    written = []
    with together(path) as made:
        for file, name, encode in files:
            frame = case.table(name)
            made.add(file, encode(frame, TABLES[name], case.zone))
            written.append(Written(str(file), name, len(frame)))
    return written


SPANS = {"events": ("starts_at", "ends_at"), "oncall": ("starts_at", "ends_at")}
"""Tables whose rows last: a row is of a time if it touches it, and one without an end goes on."""


def within(case: Case, since: pd.Timestamp | None, until: pd.Timestamp | None) -> Case:
    """Return the case with only the rows of [since, until); None leaves that side open. Accounts all stay."""
    tables = {}
    for name, frame in case.tables.items():
        begins = next((c.name for c in TABLES[name].columns if c.kind == "instant" and not c.nullable), "")
        if not begins:
            tables[name] = frame
            continue
        first, last = frame[begins], frame[SPANS[name][1]] if name in SPANS else frame[begins]
        keep = np.ones(len(frame), dtype=bool)
        if since is not None:
            ends_in = last > since if name in SPANS else last >= since
            keep &= (ends_in | last.isna()).fillna(value=False).to_numpy(dtype=bool)
        if until is not None:
            keep &= (first < until).fillna(value=False).to_numpy(dtype=bool)
        tables[name] = frame[keep].reset_index(drop=True)
    return replace(case, tables=tables, cache={})


def to_csv(frame: pd.DataFrame, table: Table, zone: str) -> bytes:
    """Return a table as CSV of the generic layout: UTF-8, instants with the offset of the zone's clock.

    Parameters
    ----------
    frame : DataFrame
        Conformed to the table.
    table : Table
        One of the generic layout's.
    zone : str
        IANA name. The instants are the same in any; the offset is the one its clock showed.
    """
    columns = _columns(frame, table)
    header = ",".join(c.name for c in columns) + "\n"
    if frame.empty:
        return header.encode()
    arrays = [quoted(_as_text(frame[c.name], c, zone)) for c in columns]
    lines = pc.binary_join_element_wise(*arrays, ",", null_handling="replace", null_replacement="")
    return (header + "\n".join(lines.to_pylist()) + "\n").encode()


def quoted(values: pa.Array) -> pa.Array:
    """Put what holds a separator, a quote or a line end in quotes, its own quotes doubled."""
    needs = pc.match_substring_regex(values, '[",\r\n]')
    if not pc.any(needs).as_py():
        return values
    doubled = pc.replace_substring(values, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), values)


def to_parquet(frame: pd.DataFrame, table: Table, zone: str) -> bytes:
    """Return a table as Parquet: texts, Float64 seconds, instants that carry the zone."""
    from pyarrow import parquet  # noqa: PLC0415 - as above

    columns = _columns(frame, table)
    arrays = []
    for column in columns:
        values = pa.array(frame[column.name], from_pandas=True)
        if column.kind == "instant":
            values = values.cast(pa.timestamp("us", zone))
        elif column.kind == "text":
            values = values.cast(pa.string())
        arrays.append(values)
    out = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_arrays(arrays, names=[c.name for c in columns]), out)
    found: bytes = out.getvalue().to_pybytes()
    return found


def _columns(frame: pd.DataFrame, table: Table) -> list[Column]:
    return [
        c
        for c in table.columns
        if c.name in frame.columns
        and not (table.name == "calls" and c.name in OPTIONAL and not frame[c.name].notna().any())
    ]


def _as_text(values: Any, column: Column, zone: str) -> pa.Array:
    if column.kind == "instant":
        return stamps(values, zone)
    array = pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.cast(pa.string())


def stamps(values: Any, zone: str) -> pa.Array:
    """Return instants as ISO 8601 with the offset of the zone, as many decimals as they have."""
    local = values.dt.tz_convert(zone)
    wall = local.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    utc = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    missing = np.isnat(utc)
    offset = np.where(missing, 0, (wall - utc).astype(np.int64) // 1_000_000)
    known, codes = np.unique(offset, return_inverse=True)
    if (known % 60).any():  # local mean times of long ago: an offset has no seconds
        wall, codes, known = utc, np.zeros(len(utc), dtype=np.int64), np.array([0])
    tails = pa.array([_offset(int(seconds)) for seconds in known], type=pa.string())
    stamps = pa.array(wall, mask=missing).cast(pa.string())
    stamps = pc.replace_substring(stamps, " ", "T", max_replacements=1)
    stamps = pc.replace_substring_regex(stamps, r"(\.\d*?)0+$", r"\1")
    stamps = pc.utf8_rtrim(stamps, characters=".")
    return pc.binary_join_element_wise(stamps, tails.take(pa.array(codes)), "")


def _offset(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
