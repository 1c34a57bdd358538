"""Rows of a frame as JSON values, for the figures that travel with a piece of evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping


def plain(frame: pd.DataFrame, columns: Mapping[str, str], most: int = 50) -> list[dict[str, object]]:
    """Return the first rows as dicts of texts, numbers, ISO 8601 instants (UTC) and None for what is NA.

    Parameters
    ----------
    frame : DataFrame
        Any of the tables' frames.
    columns : mapping
        Column of the frame to name in the result; ``source_file`` and ``source_line`` are added
        as ``file`` and ``line``.
    most : int
        Rows at most.
    """
    named = {**columns, "source_file": "file", "source_line": "line"}
    head = frame.loc[:, list(named)].head(most)
    values = {new: [_value(v) for v in head[old].astype(object)] for old, new in named.items()}
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _value(value: object) -> object:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return str(value)
