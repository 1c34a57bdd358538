"""Arrow's values from and to numpy's, in one piece or several, with nulls and from the middle."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from calltrace.tables import arrow


@pytest.mark.parametrize("kind", ["int8", "int32", "int64", "uint8", "uint16", "uint32", "float32", "float64"])
def test_values_come_back_as_they_are(kind: str) -> None:
    given = np.arange(7).astype(kind)
    one = arrow.numbers(given)
    for got in (one, pa.chunked_array([one.slice(0, 3), one.slice(3)]), pa.chunked_array([one])):
        assert arrow.values(got).dtype == given.dtype
        assert arrow.values(got).tolist() == given.tolist()
    assert arrow.values(one.slice(2, 3)).tolist() == [2, 3, 4]
    assert arrow.values(one.slice(7)).dtype == given.dtype
    assert arrow.values(pa.chunked_array([], type=one.type)).tolist() == []


def test_instants_are_whole_numbers() -> None:
    at = arrow.numbers(np.array([0, 1_500_000])).cast(pa.timestamp("us", "UTC"))
    assert arrow.values(at).tolist() == [0, 1_500_000]


def test_filled_puts_a_value_for_every_null_and_nothing_else() -> None:
    some = arrow.numbers(np.array([1, 2, 3], dtype=np.int32), np.array([False, True, False]))
    assert arrow.filled(some, np.int32(-1)).to_pylist() == [1, -1, 3]
    assert arrow.filled(pa.chunked_array([some, some]), np.int32(9)).to_pylist() == [1, 9, 3, 1, 9, 3]
    assert arrow.filled(pa.array([True, None]), np.True_).to_pylist() == [True, True]


def test_none_of_it_imports_pandas() -> None:
    code = """if True:
        import sys
        import numpy as np
        from calltrace.tables import arrow
        some = arrow.numbers(np.array([1, 2]), np.array([False, True]))
        arrow.values(arrow.filled(some, np.int64(0))), arrow.flags(np.array([True])), arrow.texts(["a", None])
        arrow.single(np.True_), arrow.single(np.int64(1))
        sys.exit("pandas" in sys.modules)
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
