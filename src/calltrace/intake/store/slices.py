"""A store into frames that hold little: for an audit of more calls than there is memory for.

:mod:`reading` gives every column as it is. Here texts that repeat (accounts, numbers dialled, agents, outcomes) are
categories, one small number a call, and what only an example shows (ids, recordings, lines) is read for the days that
are judged and NA elsewhere. :meth:`calltrace.tables.case.Case.calls_of` gives plain texts again.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from calltrace.errors import InputError
from calltrace.intake.store import filling, manifest, parts, reading, scan
from calltrace.intake.store.scan import AT_ONCE, CODED
from calltrace.tables.case import Case, Extent
from calltrace.tables.schema import TABLES
from calltrace.tables.when import parse_when

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Manifest, Part

SKETCHED = ("offered_at", "account", "dnis", "outcome", "source_file", "source_line")
"""What is known of every call of all the records at once."""

READERS = 2
"""Groups of files that are read at the same time."""


def read(
    store: Store,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    shown: tuple[pd.Timestamp, pd.Timestamp],
    *,
    lines: bool = False,
) -> Case:
    """Read the calls offered in [start, end), and of the other tables what :meth:`Store.read` gives.

    Parameters
    ----------
    store : Store
        To read.
    start, end : Timestamp or None
        Bounds, tz-aware; None for all there is.
    shown : (Timestamp, Timestamp)
        The time of which ids, names, recordings and lines are wanted too, widened to whole UTC days.
    lines : bool
        Whether lines are wanted of all calls: what is wrong with the records themselves is told by them.
    """
    case = store.read([n for n in TABLES if n != "calls"], start, end)
    a, b = reading._us(start), reading._us(end)  # noqa: SLF001 -- of this room
    low, high = (int(t.value) // 1000 // parts.DAY_US * parts.DAY_US for t in shown)
    lean = scan.lean(lines=lines)

    def columns(part: Part) -> list[str]:
        inside = part.last is not None and part.first is not None and part.last >= low and part.first < high + parts.DAY_US
        return parts.schema_of("calls").names if inside else lean

    def attempt(state: Manifest) -> tuple[pd.DataFrame, dict[str, NDArray[np.float64]]]:
        return _filled(store, reading._bounded(state, "calls", a, b), columns, a, b)  # noqa: SLF001 -- as above

    case.tables["calls"], figures = reading._steadily(store, attempt)  # noqa: SLF001 -- as above
    case.cache.update({f"seconds.{name}": values for name, values in figures.items()})
    release()
    return case


def sketch(store: Store) -> Case:
    """Read all calls, but of each only :data:`SKETCHED`; the other tables whole."""
    case = store.read([n for n in TABLES if n != "calls"])

    def attempt(state: Manifest) -> pd.DataFrame:
        return _filled(store, state.of("calls"), lambda _: list(SKETCHED), None, None)[0]

    case.tables["calls"] = reading._steadily(store, attempt)  # noqa: SLF001 -- of this room
    release()
    return case


def release() -> None:
    """Give back the memory Arrow keeps for its next reading."""
    pa.default_memory_pool().release_unused()


def callers(store: Store) -> Iterator[tuple[list[str], list[str]]]:
    """Give every caller's number and name on record, some at a time."""
    seen: set[str] = set()

    def of_one(state: Manifest) -> tuple[list[str], list[str]] | None:
        part = next((p for p in state.of("calls") if p.day not in seen), None)
        if part is None:
            return None
        rows = _rows(store, part, ["ani", "caller_name"])
        numbers, names = (
            rows[c].unique().drop_null().to_pylist() if c in rows.column_names else [] for c in ("ani", "caller_name"))
        seen.add(part.day)
        return numbers, names

    while (found := reading._steadily(store, of_one)) is not None:  # noqa: SLF001 -- of this room
        yield found


def _filled(
    store: Store, chosen: Sequence[Part], columns: Any, start: int | None, end: int | None
) -> tuple[pd.DataFrame, dict[str, NDArray[np.float64]]]:
    """Return the rows of some parts in [start, end), in order, without ever holding them twice; and their figures as arrays.

    The arrays are what the frame's figures lie in, NaN where NA.
    """
    made = filling.columns(sum(p.rows for p in chosen))
    size = 0
    for group, read in _ahead(store, _groups(chosen, columns, start, end)):
        rows = reading._within(read, group.parts[0], "offered_at", start, end) if group.cut else read  # noqa: SLF001
        for name in rows.column_names:
            made[name].fill(size, rows[name])
        size += rows.num_rows
    plain = {name: column.plain(size) for name, column in made.items() if isinstance(column, filling.Figures)}
    figures = {name: values for name, values in plain.items() if values is not None}
    return pd.DataFrame({name: made.pop(name).made(size) for name in list(made)}, copy=False), figures


@dataclass(frozen=True)
class _Group:
    """Files read in one go: those of neighbouring days of which the same columns are wanted.

    ``cut`` says that it is one file, of which not all rows are wanted.
    """

    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    cut: bool


def _groups(chosen: Sequence[Part], columns: Any, start: int | None, end: int | None) -> Iterator[_Group]:
    """Give the files in groups of no more than :data:`AT_ONCE` calls, in order."""
    held: list[Part] = []
    alike: tuple[tuple[str, ...], bool] = (), False
    for part in chosen:
        cut = part.first is None or part.last is None or (start is not None and part.first < start) or (
            end is not None and part.last >= end)
        names = tuple(columns(part)), cut
        if held and (cut or names != alike or sum(p.rows for p in held) + part.rows > AT_ONCE):
            yield _Group(tuple(held), *alike)
            held = []
        held.append(part)
        alike = names
    if held:
        yield _Group(tuple(held), *alike)


def _ahead(store: Store, groups: Iterator[_Group]) -> Iterator[tuple[_Group, pa.Table]]:
    """Give each group with its rows; the next ones are read while one is filled in, never all of them."""
    with ThreadPoolExecutor(READERS) as pool:
        begun = deque((group, pool.submit(_scanned, store, group)) for group in islice(groups, READERS))
        while begun:
            group, read = begun.popleft()
            rows = read.result()
            begun.extend((nxt, pool.submit(_scanned, store, nxt)) for nxt in islice(groups, 1))
            yield group, rows
            del rows


def _scanned(store: Store, group: _Group) -> pa.Table:
    """Read some columns of some files, in order; what repeats as dictionaries, what a file has not as unknown."""
    try:
        return scan.scan(store.place, group.parts, group.columns)
    except (pa.ArrowException, OSError):
        for part in group.parts:
            _rows(store, part, group.columns)  # says which of them can't be read
        raise


def _rows(store: Store, part: Part, columns: Sequence[str]) -> pa.Table:
    """Read those of some columns that a file has; what repeats as dictionaries."""
    place, file = store.place.path(part.file), store.place.filesystem()
    try:
        with parquet.ParquetFile(place, filesystem=file) as told:
            about = told.metadata
            there = [c for c in columns if c in set(told.schema_arrow.names)]
        with parquet.ParquetFile(
            place, metadata=about, filesystem=file, read_dictionary=[c for c in there if c in CODED]
        ) as opened:
            return opened.read(columns=there, use_threads=False)
    except FileNotFoundError as error:  # taken away since: by the newer state it is read again
        if store.version is not None and manifest.latest(store.place).version != store.version:
            raise manifest.SupersededError.of(store.place) from error
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{store.place.url}/{part.file} can't be read ({str(error).partition('.')[0]})",
            expected="a Parquet file as it was written",
            fix="`calltrace store verify` says what is damaged; import its logs into a new store.",
        ) from error


def extent(store: Store) -> Extent:
    """Return how far the calls of a store reach, without reading any; there is one at least."""
    calls = store.state().of("calls")
    first, last = (
        pd.Timestamp(us, unit="us", tz="UTC").as_unit("us")
        for us in (min(p.first or 0 for p in calls), max(p.last or 0 for p in calls)))
    return Extent(sum(p.rows for p in calls), first, last)


def window(
    store: Store, last: pd.Timestamp, start: str | None, end: str | None, now: str | None
) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]:
    """Return from when to when a store is asked about, in the words of the zone its calls are told in, and when it is asked.

    ``last`` is its last call, from which words count where nobody says when it is asked. Without a start it is a week.
    """
    zone = store.state().zone
    asked = parse_when(now, zone, last, end=True) if now else last
    until = parse_when(end, zone, asked, end=True) if end else asked
    return parse_when(start, zone, asked, end=False) if start else until - pd.Timedelta(days=7), until, asked


def accounts(store: Store, start: pd.Timestamp | None, end: pd.Timestamp | None) -> frozenset[str]:
    """Return the accounts with calls on the days from ``start`` to before ``end``, told by what is counted of them.

    Nobody where one of the two is None: that time has been read.
    """
    if start is None or end is None or end <= start:
        return frozenset()
    a, b = reading._us(start), reading._us(end)  # noqa: SLF001 -- of this room

    def attempt(state: Manifest) -> frozenset[str]:
        counts = reading._bounded(state, parts.INTERVALS, a, b)  # noqa: SLF001 -- as above
        return frozenset(scan.named(store.place, counts, "account")) if counts else frozenset()

    return reading._steadily(store, attempt)  # noqa: SLF001 -- as above


def count(store: Store, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None) -> int:
    """Return how many calls the days from ``start`` to ``end`` hold, without reading any."""
    a, b = reading._us(start), reading._us(end)  # noqa: SLF001 -- of this room
    return sum(p.rows for p in reading._bounded(store.state(), "calls", a, b))  # noqa: SLF001 -- as above
