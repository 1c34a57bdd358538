"""Calls of a store read once, from the first to the last, where all processes see them that judge neighbouring times.

An audit of months goes through them part by part, and most of what lies around one part lies around the next as well.
So it is read once, by one process, into memory that those born of it share: each takes the stretch it judges by as it
lies there, without a copy, and what no part needs any more is given back. What such a stretch gives is what
:func:`calltrace.intake.store.slices.read` reads of the same time.
"""

from __future__ import annotations

import mmap
import sys
from abc import ABC, abstractmethod
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.classes import dataclass
from calltrace.intake.store import filling, parts, scan, slices
from calltrace.intake.store.batches import ahead, batches
from calltrace.intake.store.bounds import microseconds
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Part
    from calltrace.tables.case import Case

LETTERS = 24
"""Bytes of a caller's number on average, at most: there is room for no more."""

NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
"""Room that nothing was written to takes none, however much of it there is."""

GIVEN_BACK = getattr(mmap, "MADV_REMOVE", None)
"""How the system is told that a stretch of shared memory is needed no more; None where it can't be."""

FEW = 1 << 16
"""Texts that two bytes can number."""

MOST_KEPT = 5_000_000
"""Calls that all stay where they are, where nothing can be given back."""


@dataclass(frozen=True)
class Stretch:
    """Calls on the belt from one place to before another, and what has been met in each column as far as it was read.

    That is, for texts that repeat, what their numbers stand for, in order; a column that has met nothing is not named.
    """

    first: int
    last: int
    met: dict[str, tuple[str, ...]]


class NoRoomError(Exception):
    """Texts that are longer than there is room for."""


class Belt:
    """The calls of a store, as far as they have been read and are still needed."""

    def __init__(self, store: Store, chosen: list[Part]) -> None:
        """Make room for the calls of some files, which follow one another in time.

        Raises
        ------
        OSError, ValueError
            There is no such room.
        """
        self.store = store
        self._parts = chosen
        self._edges = np.cumsum([0, *(p.rows for p in chosen)], dtype=np.int64)
        self._read = self._gone = 0  # files read, calls given back
        lean = set(scan.lean())
        self._columns = {
            f.name: _kind_of(f)(int(self._edges[-1])) for f in parts.schema_of("calls") if f.name in lean}

    @classmethod
    def of(cls, store: Store) -> Belt | None:
        """Return a belt for all calls of a store; None where they don't follow one another, or there is no room."""
        chosen = store.state().of("calls")
        if not hasattr(mmap, "MAP_ANONYMOUS") or (sum(p.rows for p in chosen) > MOST_KEPT and not _can(GIVEN_BACK)):
            return None
        bounds = [(p.first, p.last) for p in chosen]
        if any(first is None or last is None for first, last in bounds):
            return None
        if any((one[1] or 0) >= (other[0] or 0) for one, other in pairwise(bounds)):
            return None
        try:
            return cls(store, chosen)
        except (OSError, ValueError, OverflowError):
            return None

    def stretch(self, since: pd.Timestamp | None, until: pd.Timestamp | None) -> Stretch:
        """Read on as far as ``until`` and return the calls offered in [since, until); None for the first or the last.

        Raises
        ------
        InputError
            A file can't be read.
        NoRoomError
            There is none for callers' numbers as long as these.
        """
        start, end = microseconds(since), microseconds(until)
        wanted = [p for p in self._parts[self._read :] if end is None or (p.first or 0) < end]
        at = int(self._edges[self._read])
        for _, rows in ahead(self.store, batches(wanted, lambda _: scan.lean())):
            for name, column in self._columns.items():
                column.fill(at, rows[name] if name in rows.column_names else _nothing(name, rows.num_rows))
            at += rows.num_rows
        slices.release()
        self._read += len(wanted)
        offered = self._columns["offered_at"].at_hand[self._gone : at]
        first = 0 if start is None else int(np.searchsorted(offered, start))
        last = len(offered) if end is None else int(np.searchsorted(offered, end))
        met = {name: tuple(column.texts) for name, column in self._columns.items() if column.met}
        return Stretch(self._gone + first, self._gone + max(first, last), met)

    def forget(self, until: pd.Timestamp | None) -> None:
        """Give back what calls before an instant take; nothing for None."""
        end = microseconds(until)
        over = [p for p in self._parts[: self._read] if end is not None and (p.last or 0) < end]
        gone = int(self._edges[len(over)])
        if gone > self._gone and _can(GIVEN_BACK):
            for column in self._columns.values():
                column.forget(gone)
            self._gone = gone

    def read(
        self, stretch: Stretch, since: pd.Timestamp | None, until: pd.Timestamp | None,
        shown: tuple[pd.Timestamp, pd.Timestamp],
    ) -> Case:
        """Return what :func:`~calltrace.intake.store.slices.read` does of [since, until), of which ``stretch`` has the calls."""
        case = self.store.read([n for n in TABLES if n != "calls"], since, until)
        size = stretch.last - stretch.first
        empty = self._shown(stretch, shown)
        made: dict[str, Any] = {}
        for name in parts.schema_of("calls").names:
            column, known = self._columns.get(name), None
            if column is not None and name in stretch.met:
                known = column.made(stretch.first, stretch.last, stretch.met[name])
                if isinstance(column, _Figures) and known is not None:
                    case.cache[f"seconds.{name}"] = column.part(stretch.first, stretch.last)
            made[name] = empty[name].made(size) if known is None else known
        case.tables["calls"] = pd.DataFrame(made, copy=False)
        slices.release()
        return case

    def _shown(self, stretch: Stretch, shown: tuple[pd.Timestamp, pd.Timestamp]) -> dict[str, filling.Column]:
        """Read what only examples show, of the calls of ``shown``, widened to whole UTC days."""
        low, high = (int(t.value) // 1000 // parts.DAY_US * parts.DAY_US for t in shown)
        wanted = [
            (k, p) for k, p in enumerate(self._parts)
            if (p.last or 0) >= low and (p.first or 0) < high + parts.DAY_US
            and self._edges[k + 1] > stretch.first and self._edges[k] < stretch.last]
        columns = filling.columns(stretch.last - stretch.first)
        at = int(self._edges[wanted[0][0]]) if wanted else 0
        groups = batches([p for _, p in wanted], lambda _: scan.SHOWN)
        for _, rows in ahead(self.store, groups):
            first, last = max(stretch.first - at, 0), min(stretch.last - at, rows.num_rows)
            some = rows.slice(first, last - first)
            for name in some.column_names:
                columns[name].fill(at + first - stretch.first, some[name])
            at += rows.num_rows
        return columns


# --- columns in shared memory -------------------------------------------------------------------------------


class _Column(ABC):
    """Values where processes born later see them; those not written to are 0, and take no room."""

    kind: type[np.generic] = np.int64
    met = False
    """Whether any value was known so far."""

    def __init__(self, most: int) -> None:
        self._map, self.at_hand = _room(most, self.kind)
        self._gone = 0

    @property
    def texts(self) -> Iterable[str]:
        """The texts met so far, in the order of their numbers."""
        return ()

    @abstractmethod
    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put values where the calls from place ``at`` are; all before them, up to ``at``, were filled in or unknown."""

    def part(self, first: int, last: int) -> NDArray[Any]:
        """Return some values as they lie, not to be written to: others see them, too."""
        found = self.at_hand[first:last]
        found.flags.writeable = False
        return found

    @abstractmethod
    def made(self, first: int, last: int, texts: Sequence[str]) -> Any:
        """Return some values as pandas has them; None where none of them is known."""

    def forget(self, upto: int) -> None:
        """Give back what the first values take."""
        _given_back(self._map, self._gone * self.at_hand.itemsize, upto * self.at_hand.itemsize)
        self._gone = upto


class _Instants(_Column):
    """Instants, every one of which is known."""

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        self.met = True
        for chunk in values.chunks:
            self.at_hand[at : at + len(chunk)] = chunk.view(pa.int64()).to_numpy()
            at += len(chunk)

    def made(self, first: int, last: int, texts: Sequence[str]) -> Any:  # noqa: ARG002 -- as every column
        return pd.DatetimeIndex(self.part(first, last), dtype="datetime64[us, UTC]", copy=False)


class _Figures(_Column):
    """Seconds, NaN where unknown; nothing is written before the first known one."""

    kind = np.float64

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        known = values.null_count < len(values)
        if known and not self.met:
            self.at_hand[self._gone : at] = np.nan
        self.met = self.met or known
        for chunk in values.chunks if self.met else ():
            self.at_hand[at : at + len(chunk)] = (chunk.fill_null(np.nan) if chunk.null_count else chunk).to_numpy()
            at += len(chunk)

    def made(self, first: int, last: int, texts: Sequence[str]) -> Any:  # noqa: ARG002 -- as every column
        figures = self.part(first, last)
        unknown = np.isnan(figures)
        return None if unknown.all() else pd.arrays.FloatingArray(figures, unknown)


class _Codes(_Column):
    """Texts that repeat: each call's number among the texts met so far, counted from 1; 0 for none.

    What of a number is more than two bytes hold lies apart: few columns have so many texts.
    """

    kind = np.uint16

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._more_map, self._more = _room(most, np.uint16)
        self._numbers: dict[str, int] = {}

    @property
    def texts(self) -> Iterable[str]:
        return self._numbers

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        if values.null_count == len(values):
            return
        self.met = True
        coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        coded = coded.unify_dictionaries()
        words = coded.chunk(0).dictionary.to_pylist()
        # the last is that of none
        named = np.array([*(self._numbers.setdefault(w, len(self._numbers) + 1) for w in words), 0], dtype=np.uint32)
        few, more = (named % FEW).astype(np.uint16), (named // FEW).astype(np.uint16)
        for chunk in coded.chunks:
            places = (chunk.indices.fill_null(-1) if chunk.null_count else chunk.indices).to_numpy()
            few.take(places, out=self.at_hand[at : at + len(chunk)], mode="wrap")
            if len(self._numbers) >= FEW:
                more.take(places, out=self._more[at : at + len(chunk)], mode="wrap")
            at += len(chunk)

    def made(self, first: int, last: int, texts: Sequence[str]) -> Any:
        """Return them as a category of the texts that occur, sorted."""
        codes = self.part(first, last)
        if len(texts) >= FEW:
            codes = codes + self._more[first:last].astype(np.int32) * FEW
        seen = np.zeros(len(texts) + 1, dtype=bool)
        for begin in range(0, len(codes), filling.AT_ONCE):  # mostly the first calls have them all
            seen[codes[begin : begin + filling.AT_ONCE]] = True
            if seen[1:].all():
                break
        there = np.flatnonzero(seen[1:])
        if not len(there):
            return None
        named = sorted((texts[k], k + 1) for k in there.tolist())
        rank = np.full(len(texts) + 1, -1, dtype=np.min_scalar_type(-len(named) - 1))
        rank[[k for _, k in named]] = np.arange(len(named))
        made = np.empty_like(rank, shape=len(codes))
        for begin in range(0, len(codes), filling.AT_ONCE):  # numpy makes eight bytes of each it works on
            rank.take(codes[begin : begin + filling.AT_ONCE], out=made[begin : begin + filling.AT_ONCE], mode="wrap")
        return pd.Categorical.from_codes(made, categories=pd.Index([t for t, _ in named], dtype="string"))

    def forget(self, upto: int) -> None:
        _given_back(self._more_map, self._gone * 2, upto * 2)
        super().forget(upto)


class _Texts(_Column):
    """Texts that hardly repeat: where each ends among all their letters, and which are known."""

    def __init__(self, most: int) -> None:
        super().__init__(most + 1)
        self._letters_map, self._letters = _room(most * LETTERS, np.uint8)
        self._known_map, self._known = _room(most, np.bool_)

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        if values.null_count < len(values):
            self.met = True
        for chunk in values.chunks:
            size, begin = len(chunk), int(self.at_hand[at])
            _, ends, data = chunk.buffers()
            edges = np.frombuffer(ends, dtype=np.int32)[chunk.offset : chunk.offset + size + 1]
            low, high = int(edges[0]), int(edges[-1])
            if begin + high - low > len(self._letters):
                raise NoRoomError
            if high > low:
                self._letters[begin : begin + high - low] = np.frombuffer(data, dtype=np.uint8)[low:high]
            np.add(edges[1:], begin - low, out=self.at_hand[at + 1 : at + size + 1])
            self._known[at : at + size] = chunk.is_valid().to_numpy(zero_copy_only=False) if chunk.null_count else True
            at += size

    def made(self, first: int, last: int, texts: Sequence[str]) -> Any:  # noqa: ARG002 -- as every column
        known = self._known[first:last]
        if not known.any():
            return None
        mask = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
        text = pa.LargeStringArray.from_buffers(
            last - first, pa.py_buffer(self.part(first, last + 1)), pa.py_buffer(self._letters), mask)
        return pd.array(pa.chunked_array([text]), dtype="string")

    def forget(self, upto: int) -> None:
        _given_back(self._letters_map, int(self.at_hand[self._gone]), int(self.at_hand[upto]))
        _given_back(self._known_map, self._gone, upto)
        super().forget(upto)


def _room(size: int, kind: type[np.generic]) -> tuple[mmap.mmap, NDArray[Any]]:
    """Return shared memory for so many values of a kind."""
    room = mmap.mmap(
        -1, max(size, 1) * np.dtype(kind).itemsize, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | NORESERVE)
    return room, np.frombuffer(room, dtype=kind)


@cache
def _can(word: int | None) -> bool:
    """Say whether shared memory can be given back piece by piece: some sandboxes know the word for it and refuse."""
    if word is None:
        return False
    try:
        room, _ = _room(mmap.PAGESIZE, np.uint8)
        room.madvise(word, 0, mmap.PAGESIZE)
    except (OSError, ValueError):
        return False
    return True


def _given_back(room: mmap.mmap, begin: int, end: int) -> None:
    """Give back the pages of shared memory from the one that ``begin`` lies in to before the one of ``end``."""
    first, last = (at // mmap.PAGESIZE * mmap.PAGESIZE for at in (begin, end))
    if last > first and GIVEN_BACK is not None:
        room.madvise(GIVEN_BACK, first, last - first)


def _nothing(name: str, size: int) -> pa.ChunkedArray:
    """Return a column of which a file has nothing."""
    return pa.chunked_array([pa.nulls(size, parts.schema_of("calls").field(name).type)])


def _kind_of(field: pa.Field) -> type[_Column]:
    if field.name in scan.CODED:
        return _Codes
    if pa.types.is_timestamp(field.type):
        return _Instants
    return _Texts if pa.types.is_string(field.type) else _Figures
