"""Columns of many calls, filled in as their files are read: each in as little room as it can have, none held twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.intake.store import parts
from calltrace.intake.store.scan import CODED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


AT_ONCE = 1 << 16
"""Numbers of texts that are put in another order at a time."""


class Column(Protocol):
    """One column being filled."""

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put values where the calls from place ``at`` are."""

    def made(self, size: int) -> Any:
        """Return the first ``size`` values as pandas has them; what was not filled in is unknown."""


class Instants:
    """Instants as ``datetime64[us, UTC]``; every one is known."""

    def __init__(self, most: int) -> None:
        self._us = np.empty(most, dtype=np.int64)

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put instants in."""
        for chunk in values.chunks:
            self._us[at : at + len(chunk)] = chunk.view(pa.int64()).to_numpy()
            at += len(chunk)

    def made(self, size: int) -> Any:
        """Return them as an index."""
        return pd.DatetimeIndex(self._us[:size], dtype="datetime64[us, UTC]", copy=False)


class Lines:
    """Lines of files, as whole numbers."""

    def __init__(self, most: int) -> None:
        self._lines = np.full(most, -1, dtype=np.int32)

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put lines in."""
        for chunk in values.chunks:
            self._lines[at : at + len(chunk)] = (chunk.fill_null(-1) if chunk.null_count else chunk).to_numpy()
            at += len(chunk)

    def made(self, size: int) -> Any:
        """Return them as nullable whole numbers."""
        return pd.arrays.IntegerArray(self._lines[:size], self._lines[:size] < 0)


class Figures:
    """Seconds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._figures: NDArray[np.float64] | None = None
        self._upto = 0

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put figures in."""
        if values.null_count == len(values):
            return
        if self._figures is None:
            self._figures = np.empty(self._most)
        self._figures[self._upto : at] = np.nan
        for chunk in values.chunks:
            self._figures[at : at + len(chunk)] = (chunk.fill_null(np.nan) if chunk.null_count else chunk).to_numpy()
            at += len(chunk)
        self._upto = at

    def plain(self, size: int) -> NDArray[np.float64] | None:
        """Return them as they lie, NaN where unknown; None where none is known."""
        if self._figures is None:
            return None
        self._figures[self._upto : size] = np.nan
        return self._figures[:size]

    def made(self, size: int) -> Any:
        """Return them as nullable figures; they take no room where there is none."""
        figures = self.plain(size)
        if figures is None:
            return pd.arrays.FloatingArray(np.broadcast_to(np.nan, size), np.broadcast_to(True, size))
        return pd.arrays.FloatingArray(figures, np.isnan(figures))


class Codes:
    """Texts that repeat: each call's number among the texts met so far, -1 for none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._numbers: NDArray[np.signedinteger] = np.empty(0, dtype=np.int8)
        self._texts: dict[str, int] = {}
        self._upto = 0

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put texts in, each file's of a dictionary of its own."""
        if values.null_count == len(values):
            return
        coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        # each step takes as long of a day as of the many that are read at a time
        whole = coded.unify_dictionaries().combine_chunks()
        # every text's number among those met so far; the last is of none
        words = whole.dictionary.to_pylist()
        numbers = [*(self._texts.setdefault(word, len(self._texts)) for word in words), -1]
        self._widen()
        self._numbers[self._upto : at] = -1
        named = np.array(numbers, dtype=self._numbers.dtype)
        places = whole.indices.fill_null(-1) if whole.null_count else whole.indices
        named.take(places.to_numpy(), out=self._numbers[at : at + len(whole)], mode="wrap")
        self._upto = at + len(whole)

    def _widen(self) -> None:
        """Take as few bytes a call as there are texts."""
        kind = np.min_scalar_type(-len(self._texts) - 1)
        if not len(self._numbers):
            self._numbers = np.empty(self._most, dtype=kind)
        elif kind.itemsize > self._numbers.dtype.itemsize:
            self._numbers = self._numbers.astype(kind)

    def made(self, size: int) -> Any:
        """Return them as a category, its texts sorted; they take hardly any room where there is none."""
        if not len(self._numbers):
            return unknown(size)
        self._numbers[self._upto : size] = -1
        texts = sorted(self._texts)
        rank = np.full(len(texts) + 1, -1, dtype=np.min_scalar_type(-len(texts) - 1))
        for place, text in enumerate(texts):
            rank[self._texts[text]] = place
        codes = self._numbers[:size]
        if not (rank[:-1] == np.arange(len(texts))).all():
            for first in range(0, size, AT_ONCE):  # where they lie: numpy makes eight bytes of each it works on
                some = codes[first : first + AT_ONCE]
                rank.take(some, out=some, mode="wrap")
        return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype="string"))


class Texts:
    """Texts that hardly repeat."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ends: NDArray[np.int64] | None = None
        self._bytes = np.empty(0, dtype=np.uint8)
        self._known: NDArray[np.bool_] | None = None
        self._upto = 0

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put texts in."""
        if values.null_count == len(values):
            return
        if self._ends is None:  # zeros that nobody wrote take no room, where the first calls have no such text
            self._ends = np.zeros(self._most + 1, dtype=np.int64) if at else np.empty(self._most + 1, dtype=np.int64)
            self._ends[0] = 0
        if values.null_count or at > self._upto:
            self._known = self._all_known() if self._known is None else self._known
        if at > self._upto > 0:
            self._ends[self._upto + 1 : at + 1] = self._ends[self._upto]
        for chunk in values.chunks:
            self._put(at, chunk)
            at += len(chunk)
        self._upto = at

    def _all_known(self) -> NDArray[np.bool_]:
        known = np.zeros(self._most, dtype=bool)
        known[: self._upto] = True
        return known

    def _put(self, at: int, chunk: pa.StringArray) -> None:
        assert self._ends is not None  # noqa: S101 -- the caller has seen to it
        size = len(chunk)
        _, ends, data = chunk.buffers()
        edges = np.frombuffer(ends, dtype=np.int32)[chunk.offset : chunk.offset + size + 1]
        begin, first, last = int(self._ends[at]), int(edges[0]), int(edges[-1])
        end = begin + last - first
        if end > len(self._bytes):  # as many as there will be, should the rest be as long
            wider = np.empty(max(end * 5 // 4, end * self._most // (at + size) * 17 // 16), dtype=np.uint8)
            wider[:begin] = self._bytes[:begin]
            self._bytes = wider
        if last > first:
            self._bytes[begin:end] = np.frombuffer(data, dtype=np.uint8)[first:last]
        np.add(edges[1:], begin - first, out=self._ends[at + 1 : at + size + 1])
        if self._known is not None:
            self._known[at : at + size] = chunk.is_valid().to_numpy(zero_copy_only=False)

    def made(self, size: int) -> Any:
        """Return them as strings."""
        if self._ends is None:
            return unknown(size)
        if self._upto < size:
            self._known = self._all_known() if self._known is None else self._known
            self._ends[self._upto + 1 : size + 1] = self._ends[self._upto]
        known = None if self._known is None else pa.py_buffer(np.packbits(self._known[:size], bitorder="little"))
        text = pa.LargeStringArray.from_buffers(size, pa.py_buffer(self._ends), pa.py_buffer(self._bytes), known)
        return pd.array(pa.chunked_array([text]), dtype="string")


def unknown(size: int) -> pd.Categorical:
    """Return a column of texts of which there is none: it takes no room, however long it is."""
    return pd.Categorical.from_codes(np.broadcast_to(np.int8(-1), size), categories=pd.Index([], dtype="str"))


def columns(most: int) -> dict[str, Column]:
    """Return the columns of calls, empty, for at most so many."""
    return {field.name: _kind_of(field)(most) for field in parts.schema_of("calls")}


def _kind_of(field: pa.Field) -> Callable[[int], Column]:
    if field.name in CODED:
        return Codes
    if field.name == "source_line":
        return Lines
    if pa.types.is_timestamp(field.type):
        return Instants
    return Texts if pa.types.is_string(field.type) else Figures
