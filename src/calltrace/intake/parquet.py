"""Parquet files of the generic layout, made text: read, conformed and told of like the CSV of the same rows.

``calltrace convert --output calls.parquet`` writes them; so does any program that keeps the layout's columns. Times
that carry a zone keep their instant, times without one are placed like those of a text. A row's number takes the
place of a line's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from calltrace.intake.convert import quoted, stamps
from calltrace.intake.layout import ZONE, layout_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.tables.schema import Table

BROKEN = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError)
"""What a damaged file, or one of values no text can hold, raises."""


class OtherColumnsError(Exception):
    """The file has not the columns of any table; its message lists the first of those it has."""


class TooMuchError(Exception):
    """The file unpacks to more than any log holds."""


def to_csv(data: bytes, most_bytes: int) -> tuple[bytes, NDArray[np.int64]]:
    """Return the rows as CSV, and for each line of it the row it came from (the header's is 0, rows count from 1).

    Parameters
    ----------
    data : bytes
        The whole file.
    most_bytes : int
        How much it may unpack to.

    Raises
    ------
    OtherColumnsError
        It lacks a required column of every table of the generic layout.
    TooMuchError
        It unpacks to more than ``most_bytes``.
    """
    file = parquet.ParquetFile(pa.BufferReader(data))
    names = [str(name) for name in file.schema_arrow.names]
    layout = layout_of([",".join(f'"{n}"' if "," in n else n for n in names)])
    if layout is None:
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        raise OtherColumnsError(shown)
    about = file.metadata
    if sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups)) > most_bytes:
        raise TooMuchError
    known = [(place, column) for place, column in enumerate(layout.columns) if column]
    rows = file.read()
    arrays = [quoted(_text(rows.column(place), layout.table, column)) for place, column in known]
    header = ",".join(column + "_utc" * (column in layout.utc) for _, column in known) + "\n"
    if not rows.num_rows:
        return header.encode(), np.zeros(1, dtype=np.int64)
    lines = pc.binary_join_element_wise(*arrays, ",", null_handling="replace", null_replacement="")
    # a text may hold line ends: its row is that many lines longer
    long = np.asarray(pc.count_substring_regex(lines, "\r\n|\r|\n"), dtype=np.int64) + 1
    of = np.repeat(np.arange(1, rows.num_rows + 1, dtype=np.int64), long)
    return (header + "\n".join(lines.to_pylist()) + "\n").encode(), np.concatenate([[0], of])


def _text(values: pa.ChunkedArray, table: Table, name: str) -> pa.Array:
    """Return one column as text: instants ISO 8601, numbers as they are."""
    array = values.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # as many versions of Arrow give where there is no chunk
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], type=array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type):
        zone = array.type.tz
        if zone:
            return stamps(array.cast(pa.timestamp("us", zone), safe=False).to_pandas(), zone)
        array = array.cast(pa.timestamp("us"), safe=False)
    elif pa.types.is_floating(array.type) and name != ZONE and table.column(name).kind == "text":
        array = array.cast(pa.int64())  # a number of digits that met an empty cell on its way; else it is refused
    return array.cast(pa.string())
