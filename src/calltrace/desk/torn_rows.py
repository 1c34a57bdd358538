"""How many rows of one day could not be read: where they lie among the others tells when they were.

A log is written in order of time, so a row that can't be read is of about the time of those around it. Held against all of
a log, a torn day is the less the longer the log; held against the day's own rows it is what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from calltrace.intake.rates import microseconds

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.tables.case import Case, Source
    from calltrace.tables.problems import Problem


class OfDay(NamedTuple):
    """Rows of one day in one file: those that could not be read, and all of them."""

    torn: float
    rows: float


def of_day(case: Case, source: Source, torn: Sequence[Problem], start: pd.Timestamp, end: pd.Timestamp) -> OfDay:
    """Return how many rows of a day a file of calls has, and how many of them could not be read.

    A Problem that stands for one row is of the time of its line: between the calls before and after, and beyond the first
    and the last of them at the pace of the file. One that counts many is spread from its line on over the lines of which
    there is no call. A file without a call at hand tells nothing of the day.

    Parameters
    ----------
    torn : sequence of Problem
        The file's rows that could not be read, each with its line; of those with none the lines are not known.
    start, end : Timestamp
        The day, UTC.
    """
    mine = case.calls[(case.calls["source_file"] == source.path).to_numpy(dtype=bool, na_value=False)]
    mine = mine[mine["source_line"].notna()]
    if mine.empty:
        return OfDay(0, 0)
    known = mine["source_line"].to_numpy(dtype=np.int64)
    at = mine["offered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    order = np.argsort(known, kind="stable")
    known, at = known[order], at[order]
    day = microseconds(start), microseconds(end)

    def among(lines: NDArray[np.int64]) -> int:
        then = _times(lines, known, at)
        return int(((then >= day[0]) & (then < day[1])).sum())

    single = np.array([p.at.line for p in torn if p.rows == 1 and p.at.line], dtype=np.int64)
    found = float(among(single))
    ends = max(int(known[-1]), source.rows + 1, *(p.at.line for p in torn), 0)
    for many in torn:
        if many.rows > 1 or not many.at.line:
            begins = max(many.at.line, int(known[0]) if case.slice_of is not None else 1)
            free = np.setdiff1d(np.arange(begins, ends + 1), np.concatenate([known, single]))
            if len(free):
                found += among(free) * min(1.0, many.rows / len(free))
    calls = int(((at >= day[0]) & (at < day[1])).sum())
    of_call = (source.rows - source.left_out) / source.calls if source.calls else 1.0  # a switch may write many rows a call
    return OfDay(found, found + calls * max(of_call, 1.0))


def _times(lines: NDArray[np.int64], known: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return about when lines were written (microseconds UTC), by the lines whose time is known, which are in order."""
    then = np.interp(lines, known, at)
    pace = (at[-1] - at[0]) / max(int(known[-1] - known[0]), 1)
    beyond = np.minimum(lines - known[0], 0) + np.maximum(lines - known[-1], 0)
    return np.asarray(then + pace * beyond, dtype=np.float64)
