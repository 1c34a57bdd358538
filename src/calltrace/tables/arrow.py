"""Arrow's values from and to numpy's and Python's without pandas.

``pyarrow.array`` imports it whatever it is given, ``to_numpy`` too, and ``pyarrow.scalar``, and with it all of
``pyarrow.compute`` that is given a plain number or text.
"""

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


def single(value: np.generic) -> pa.Scalar:
    """Return a number or truth as an Arrow scalar of its type.

    Examples
    --------
    >>> single(np.int32(7)).type, single(np.bool_(True)).as_py()
    (DataType(int32), True)
    """
    one = np.array([value])
    return (flags(one) if one.dtype == bool else numbers(one))[0]


def filled(values: Any, value: np.generic) -> Any:
    """Return values, array or chunked, with one of their own type in the place of null.

    Examples
    --------
    >>> filled(numbers(np.array([1, 2, 3]), np.array([False, True, False])), np.int64(0)).to_pylist()
    [1, 0, 3]
    """
    return values.fill_null(single(value)) if values.null_count else values


def values(of: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Return numbers as numpy has them, instants as whole numbers, nothing copied where they are in one piece.

    What lies in the place of a null is anything.

    Examples
    --------
    >>> values(numbers(np.array([1.5, 2.0, 3.0])).slice(1)).tolist()
    [2.0, 3.0]
    """
    one = whole(of) if isinstance(of, pa.ChunkedArray) else of
    kind = one.type
    sort = "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
    dtype = np.dtype(f"{sort}{kind.bit_width // 8}")
    if not len(one):
        return np.zeros(0, dtype=dtype)
    return np.frombuffer(one.buffers()[1], dtype, len(one), one.offset * dtype.itemsize)


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
