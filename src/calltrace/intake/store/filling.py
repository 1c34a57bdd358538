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
        return pd.DatetimeIndex(self._us[:size].view("datetime64[us]")).tz_localize("UTC")


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

    def made(self, size: int) -> Any:
        """Return them as nullable figures; they take no room where there is none."""
        if self._figures is None:
            return pd.arrays.FloatingArray(np.broadcast_to(np.nan, size), np.broadcast_to(True, size))
        self._figures[self._upto : size] = np.nan
        return pd.arrays.FloatingArray(self._figures[:size], np.isnan(self._figures[:size]))


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
        coded = coded.unify_dictionaries()
        # every text's number among those met so far; the last is of none
        words = coded.chunk(0).dictionary.to_pylist()
        numbers = [*(self._texts.setdefault(word, len(self._texts)) for word in words), -1]
        self._widen()
        self._numbers[self._upto : at] = -1
        named = np.array(numbers, dtype=self._numbers.dtype)
        for chunk in coded.chunks:
            places = chunk.indices.fill_null(-1) if chunk.null_count else chunk.indices
            named.take(places.to_numpy(), out=self._numbers[at : at + len(chunk)], mode="wrap")
            at += len(chunk)
        self._upto = at

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
            return pd.Categorical.from_codes(np.full(size, -1, dtype=np.int8), categories=pd.Index([], dtype="str"))
        self._numbers[self._upto : size] = -1
        texts = sorted(self._texts)
        rank = np.full(len(texts) + 1, -1, dtype=np.min_scalar_type(-len(texts) - 1))
        for place, text in enumerate(texts):
            rank[self._texts[text]] = place
        codes = self._numbers[:size]
        if not (rank[:-1] == np.arange(len(texts))).all():
            codes = rank.take(codes, mode="wrap")
        return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype="string"))


class Texts:
    """Texts that hardly repeat."""

    def __init__(self, _most: int) -> None:
        self._found: list[pa.Array] = []
        self._upto = 0

    def fill(self, at: int, values: pa.ChunkedArray) -> None:
        """Put texts in."""
        if values.null_count == len(values):
            return
        if at > self._upto:
            self._found.append(pa.nulls(at - self._upto, pa.large_string()))
        self._found += [chunk.cast(pa.large_string()) for chunk in values.chunks]
        self._upto = at + len(values)

    def made(self, size: int) -> Any:
        """Return them as strings."""
        if not self._found:
            return Codes(0).made(size)
        whole = pa.concat_arrays([*self._found, pa.nulls(size - self._upto, pa.large_string())])
        self._found.clear()
        return pd.array(pa.chunked_array([whole]), dtype="string")


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
