"""Columns as plain arrays: numbering texts, seconds as integers, first and last rows of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.object_]

NO_TIME = np.iinfo(np.int64).min
"""NaT as a plain integer: times are compared and subtracted as whole seconds."""


def codes(values: pd.Series[str]) -> tuple[Ints, Texts]:
    """Return each value's number and the distinct values; -1 where NA."""
    coded = pa.array(values, from_pandas=True)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    coded = coded.dictionary_encode()
    numbers = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers, np.array(coded.dictionary.to_pylist(), dtype=object)


def by_value(values: pd.Series[str], of: Callable[[pd.Series[str]], pd.Series[Any]]) -> NDArray[Any]:
    """Return ``of`` each value as objects, worked out once for each distinct one; None where NA."""
    code, names = codes(values)
    found = of(pd.Series(names, dtype="string"))
    each = np.empty(len(names) + 1, dtype=object)
    each[:-1] = texts(found)
    each[-1] = None
    return np.asarray(each[code], dtype=object)


def matches(values: pd.Series[str], of: Callable[[pd.Series[str]], pd.Series[Any]]) -> Mask:
    """Return a yes or no for each value, worked out once for each distinct one; no where NA."""
    return np.asarray(by_value(values, of) == True, dtype=bool)  # noqa: E712 - element by element


def seconds(times: pd.Series[pd.Timestamp]) -> Ints:
    """Return epoch seconds as integers, NO_TIME where NaT."""
    raw = (
        times.to_numpy(dtype="datetime64[us]")
        if times.dt.tz is None
        else times.dt.tz_convert(None).to_numpy()
    )
    found = raw.astype("datetime64[s]").astype(np.int64)
    return np.where(np.isnat(raw), NO_TIME, found)


def between(later: Ints, earlier: Ints) -> Floats:
    """Return later - earlier in seconds, never below 0; NaN where either is not known."""
    known = (later != NO_TIME) & (earlier != NO_TIME)
    return np.where(known, np.clip(np.where(known, later - earlier, 0), 0, None).astype(np.float64), np.nan)


def first_of(code: Ints, rows: Ints, size: int) -> Ints:
    """Return for each of ``size`` codes the first of ``rows`` (places in ``code``) that has it, else -1."""
    found = np.full(size, -1, dtype=np.int64)
    found[code[rows][::-1]] = rows[::-1]
    return found


def last_of(code: Ints, rows: Ints, size: int) -> Ints:
    """Return for each of ``size`` codes the last of ``rows`` that has it, else -1."""
    found = np.full(size, -1, dtype=np.int64)
    found[code[rows]] = rows
    return found


def at_rows(values: NDArray[Any], rows: Ints, otherwise: object) -> NDArray[Any]:
    """Return ``values[rows]``, ``otherwise`` where a row is -1."""
    if not len(values):
        return np.full(len(rows), otherwise, dtype=values.dtype)
    filled: Any = otherwise
    return np.asarray(np.where(rows >= 0, values[rows], filled), dtype=values.dtype)


def either(mask: Mask, values: Any, otherwise: Any) -> Texts:
    """Return texts chosen by the mask; either side may be None throughout."""
    return np.asarray(np.where(mask, values, otherwise), dtype=object)


def said(values: Texts) -> Mask:
    """Say where there is a text."""
    return np.asarray(values != None, dtype=bool)  # noqa: E711 - element by element


def texts(values: pd.Series[Any]) -> Texts:
    """Return texts as objects, None where NA."""
    column: Any = values
    return np.asarray(column.to_numpy(dtype=object, na_value=None), dtype=object)


def instants(seconds: Ints) -> pd.Series[pd.Timestamp]:
    """Return epoch seconds as instants in UTC."""
    return pd.Series(seconds.astype("datetime64[s]").astype("datetime64[us]")).dt.tz_localize("UTC")
