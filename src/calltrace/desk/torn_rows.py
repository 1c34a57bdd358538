"""How many rows of one day could not be read: where they lie among the others tells when they were.

A log is written in order of time, so a row that can't be read is of about the time of those around it. Held against all of
a log, a torn day is the less the longer the log; held against the day's own rows it is what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from calltrace.intake.rates import microseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.tables.case import Case, Source
    from calltrace.tables.problems import Problem

NEVER_CLOSED = "open-call"
"""Kind of the problem of a call without an end or an outcome."""

STILL_UP = pd.Timedelta(hours=2)
"""Before the end of a log, within which a call without an end may have been up as it was written. Hardly any call lasts longer:
what never closed before is a record that was not finished."""


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
    known, at = _lines(case, source)
    if not len(known):
        return OfDay(0, 0)
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


def lost_for_good(case: Case, source: Source, torn: Sequence[Problem]) -> list[Problem]:
    """Leave out of a file's problems the calls that may have been up as the log ended: the next one has them."""
    opened = [p for p in torn if p.kind == NEVER_CLOSED]
    known, at = _lines(case, source) if opened else (np.array([]), np.array([]))
    if not len(known):
        return [p for p in torn if p.kind != NEVER_CLOSED]
    then = _times(np.array([p.at.line for p in opened], dtype=np.int64), known, at)
    last = max(float(at.max()), *_times(np.array([p.at.line for p in torn], dtype=np.int64), known, at).tolist())
    up = {p for p, when in zip(opened, then.tolist(), strict=True) if when > last - STILL_UP / pd.Timedelta(microseconds=1)}
    return [p for p in torn if p not in up]


def _lines(case: Case, source: Source) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the lines of a file's calls, in order, and when each came (microseconds UTC)."""
    mine = case.calls[(case.calls["source_file"] == source.path).to_numpy(dtype=bool, na_value=False)]
    mine = mine[mine["source_line"].notna()]
    known = mine["source_line"].to_numpy(dtype=np.int64)
    at = mine["offered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    order = np.argsort(known, kind="stable")
    return known[order], at[order]


def _times(lines: NDArray[np.int64], known: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return about when lines were written (microseconds UTC), by the lines whose time is known, which are in order."""
    then = np.interp(lines, known, at)
    pace = (at[-1] - at[0]) / max(int(known[-1] - known[0]), 1)
    beyond = np.minimum(lines - known[0], 0) + np.maximum(lines - known[-1], 0)
    return np.asarray(then + pace * beyond, dtype=np.float64)
