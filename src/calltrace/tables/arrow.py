"""Arrow arrays of numpy's and Python's values without pandas, which ``pyarrow.array`` imports whatever it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def numbers(values: NDArray[Any], mask: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return integers or floats as Arrow, nothing copied; null where the mask is True.

    Examples
    --------
    >>> numbers(np.array([1, 2, 3]), np.array([False, True, False])).to_pylist()
    [1, None, 3]
    """
    kind = pa.from_numpy_dtype(values.dtype)
    known = None if mask is None or not mask.any() else _bits(~mask)
    return pa.Array.from_buffers(kind, len(values), [known, pa.py_buffer(np.ascontiguousarray(values))])


def flags(values: NDArray[np.bool_]) -> pa.Array:
    """Return truths as Arrow.

    Examples
    --------
    >>> flags(np.array([True, False])).to_pylist()
    [True, False]
    """
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def texts(words: Sequence[str | None]) -> pa.Array:
    """Return texts as Arrow, None as null.

    Examples
    --------
    >>> texts(["PRI-A", None, ""]).to_pylist()
    ['PRI-A', None, '']
    """
    letters = [b"" if word is None else word.encode() for word in words]
    ends = np.zeros(len(letters) + 1, dtype=np.int32)
    np.cumsum([len(one) for one in letters], out=ends[1:])
    known = None if None not in words else _bits(np.array([word is not None for word in words]))
    return pa.Array.from_buffers(
        pa.string(), len(letters), [known, pa.py_buffer(ends), pa.py_buffer(b"".join(letters))]
    )


def whole(values: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece, nothing copied where it is.

    Examples
    --------
    >>> whole(pa.chunked_array([[1, 2], [3]])).to_pylist()
    [1, 2, 3]
    """
    if values.num_chunks == 1:
        return values.chunk(0)
    return pa.concat_arrays(values.chunks) if values.num_chunks else pa.nulls(0, values.type)


def _bits(values: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))
