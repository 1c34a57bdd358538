"""One table laid over another: what somebody wrote down goes before what was exported, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.tables.later import later
from calltrace.tables.schema import SOURCE_COLUMNS, Table, conform

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")


def overlay(frame: pd.DataFrame | None, over: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame with the cells of ``over`` that are not NA in place of its own, and its new rows at the end.

    Parameters
    ----------
    frame : DataFrame or None
        A table as :func:`~calltrace.tables.schema.conform` makes it.
    over : DataFrame
        The same table's columns; rows are matched by the table's identity. A row that changes another keeps that
        one's place, ``source_file`` and ``source_line``.
    table : Table
        Which table it is.

    Examples
    --------
    >>> from calltrace.tables.schema import TABLES
    >>> was = conform(pd.DataFrame({"account": ["1", "2"], "name": ["A", "B"], "trunk_group": ["T", "T"]}), TABLES["accounts"])
    >>> own = conform(pd.DataFrame({"account": ["2", "3"], "name": [None, "C"], "trunk_group": ["X", None]}), TABLES["accounts"])
    >>> overlay(was, own, TABLES["accounts"])[["account", "name", "trunk_group"]].fillna("-").agg(" ".join, axis=1).tolist()
    ['1 A T', '2 B X', '3 C -']
    """
    if frame is None or frame.empty:
        return over.reset_index(drop=True)
    if over.empty:
        return frame
    key = list(table.identity)
    places = pd.MultiIndex.from_frame(frame[key])
    wanted = pd.MultiIndex.from_frame(over[key])
    first = {row: i for i, row in reversed(list(enumerate(places)))}
    spot = np.array([first.get(row, -1) for row in wanted], dtype=int)
    known = spot >= 0
    result = frame.copy()
    for column in table.columns:
        said = over[column.name].reset_index(drop=True)
        told = known & said.notna().to_numpy(dtype=bool)
        if told.any():
            values = result[column.name].copy()
            values.iloc[spot[told]] = said[told].array
            result[column.name] = values
    new = over[~known]
    if new.empty:
        return result
    texts = [f.astype({SOURCE_COLUMNS[0]: "string"}) for f in (result, new)]
    return conform(pd.concat(texts, ignore_index=True), table)
