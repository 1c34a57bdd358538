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

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from calltrace.errors import InputError
from calltrace.intake.store import parts, reading, scan
from calltrace.intake.store.scan import AT_ONCE, CODED
from calltrace.tables.case import Case, Extent
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Part

SKETCHED = ("offered_at", "account", "dnis", "outcome", "source_file", "source_line")
"""What is known of every call of all the records at once."""


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
    state = store.state()
    chosen = reading._bounded(state, "calls", a, b)  # noqa: SLF001 -- as above
    lean = scan.lean(lines=lines)

    def columns(part: Part) -> list[str]:
        inside = part.last is not None and part.first is not None and part.last >= low and part.first < high + parts.DAY_US
        return parts.schema_of("calls").names if inside else lean

    case.tables["calls"] = _filled(store, chosen, columns, a, b)
    release()
    return case


def sketch(store: Store) -> Case:
    """Read all calls, but of each only :data:`SKETCHED`; the other tables whole."""
    case = store.read([n for n in TABLES if n != "calls"])
    chosen = store.state().of("calls")
    case.tables["calls"] = _filled(store, chosen, lambda _: list(SKETCHED), None, None)
    release()
    return case


def release() -> None:
    """Give back the memory Arrow keeps for its next reading."""
    pa.default_memory_pool().release_unused()


def callers(store: Store) -> Iterator[tuple[list[str], list[str]]]:
    """Give every caller's number and name on record, some at a time."""
    for part in store.state().of("calls"):
        rows = _rows(store, part, ["ani", "caller_name"])
        numbers, names = (
            rows[c].unique().drop_null().to_pylist() if c in rows.column_names else [] for c in ("ani", "caller_name"))
        yield numbers, names


@dataclass
class _Codes:
    """A column of repeating texts being filled: each call's number among the texts met so far, -1 for none."""

    numbers: NDArray[np.signedinteger]
    texts: dict[str, int]

    @classmethod
    def none(cls, size: int) -> _Codes:
        return cls(np.full(size, -1, dtype=np.int16), {})

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        if not len(values):
            return
        coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        coded = coded.unify_dictionaries().combine_chunks()  # every file has a dictionary of its own
        coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
        named = np.array(
            [*(self.texts.setdefault(t, len(self.texts)) for t in coded.dictionary.to_pylist()), -1], dtype=np.int32)
        if len(self.texts) > np.iinfo(self.numbers.dtype).max:
            self.numbers = self.numbers.astype(np.int32)
        places = coded.indices.fill_null(-1) if coded.null_count else coded.indices
        named.astype(self.numbers.dtype).take(
            places.to_numpy(zero_copy_only=False), out=self.numbers[at : at + len(coded)], mode="wrap")

    def column(self) -> pd.Categorical:
        texts = sorted(self.texts)
        rank = np.full(len(texts) + 1, -1, dtype=np.min_scalar_type(-len(texts) - 1))
        for place, text in enumerate(texts):
            rank[self.texts[text]] = place
        categories = pd.Index(texts, dtype="string" if texts else "str")
        return pd.Categorical.from_codes(rank[self.numbers], categories=categories)


def _filled(
    store: Store, chosen: Sequence[Part], columns: Any, start: int | None, end: int | None
) -> pd.DataFrame:
    """Return the rows of some parts in [start, end), in order, without ever holding them twice."""
    schema = parts.schema_of("calls")
    most = sum(p.rows for p in chosen)
    coded: dict[str, _Codes] = {}
    texts: dict[str, list[pa.Array]] = {}
    figures: dict[str, NDArray[np.float64]] = {}
    at_us = np.empty(most, dtype=np.int64)
    lines = np.full(most, -1, dtype=np.int32)
    size = 0
    for group, read in _ahead(store, _groups(chosen, columns, start, end)):
        rows = reading._within(read, group.parts[0], "offered_at", start, end) if group.cut else read  # noqa: SLF001
        upto = size + rows.num_rows
        for name in rows.column_names:
            values, kind = rows[name], schema.field(name).type
            if name == "offered_at":
                at_us[size:upto] = values.cast(pa.int64()).to_numpy()
            elif name == "source_line":
                lines[size:upto] = values.fill_null(-1).to_numpy()
            elif name in CODED:
                if name not in coded:
                    coded[name] = _Codes.none(most)
                coded[name].fill(size, values)
            elif pa.types.is_string(kind):
                known = texts.setdefault(name, [])
                before = sum(len(c) for c in known)
                known += [*([pa.nulls(size - before, pa.large_string())] if size > before else []),
                          *(c.cast(pa.large_string()) for c in values.chunks)]
            else:
                if name not in figures:
                    figures[name] = np.full(most, np.nan)
                figures[name][size:upto] = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        size = upto
    made: dict[str, Any] = {}
    for field in schema:
        name = field.name
        if name == "offered_at":
            made[name] = pd.DatetimeIndex(at_us[:size].view("datetime64[us]")).tz_localize("UTC")
        elif name == "source_line":
            made[name] = pd.arrays.IntegerArray(lines[:size], lines[:size] < 0)
        elif name in coded:
            coded[name].numbers = coded[name].numbers[:size]
            made[name] = coded.pop(name).column()
        elif name in texts:
            made[name] = _texts(texts.pop(name), size)
        elif name in figures:
            values = figures.pop(name)[:size]
            made[name] = pd.arrays.FloatingArray(values, np.isnan(values))
    # what no file has is known of no call, and takes no room
    text = pd.Categorical.from_codes(np.full(size, -1, dtype=np.int8), categories=pd.Index([], dtype="str"))
    figure = pd.arrays.FloatingArray(np.broadcast_to(np.nan, size), np.broadcast_to(True, size))
    for field in schema:
        if field.name not in made:
            made[field.name] = text if pa.types.is_string(field.type) else figure
    return pd.DataFrame({name: made[name] for name in schema.names}, copy=False)


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
    """Give each group with its rows; the next is read while one is filled in, never all of them."""
    with ThreadPoolExecutor(1) as pool:
        begun = deque((group, pool.submit(_scanned, store, group)) for group in islice(groups, 1))
        while begun:
            group, read = begun.popleft()
            rows = read.result()
            begun.extend((nxt, pool.submit(_scanned, store, nxt)) for nxt in islice(groups, 1))
            yield group, rows


def _scanned(store: Store, group: _Group) -> pa.Table:
    """Read some columns of some files, in order; what repeats as dictionaries, what a file has not as unknown."""
    try:
        return scan.scan(store.place, group.parts, group.columns)
    except (pa.ArrowException, OSError):
        for part in group.parts:
            _rows(store, part, group.columns)  # says which of them can't be read
        raise


def _texts(found: list[pa.Array], size: int) -> Any:
    """Return texts as a column of ``size``, the last of them unknown where there are fewer."""
    known = sum(len(c) for c in found)
    whole = pa.concat_arrays([*found, pa.nulls(size - known, pa.large_string())])
    return pd.array(pa.chunked_array([whole]), dtype="string")


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


def accounts(store: Store, start: pd.Timestamp | None, end: pd.Timestamp | None) -> frozenset[str]:
    """Return the accounts with calls on the days from ``start`` to before ``end``, told by what is counted of them.

    Nobody where one of the two is None: that time has been read.
    """
    if start is None or end is None or end <= start:
        return frozenset()
    counts = reading._bounded(store.state(), parts.INTERVALS, reading._us(start), reading._us(end))  # noqa: SLF001 -- of this room
    if not counts:
        return frozenset()
    return frozenset(scan.named(store.place, counts, "account"))


def count(store: Store, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None) -> int:
    """Return how many calls the days from ``start`` to ``end`` hold, without reading any."""
    a, b = reading._us(start), reading._us(end)  # noqa: SLF001 -- of this room
    return sum(p.rows for p in reading._bounded(store.state(), "calls", a, b))  # noqa: SLF001 -- as above
