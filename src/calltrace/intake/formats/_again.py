"""Rows that exports have twice: a day downloaded a second time, two reports whose days overlap.

Where a call's rows are legs whose seconds are added up, each leg has to be there once. Within one file a row is there again
where it has a call's id and all of its columns are those of a row before it, read or not: two legs of a call differ in one.
A later export may write the same leg with more to it (a recording's address, a disposition, a name), so across files a leg
is known by whose it was, when and for how long; what one file has twice by that stays twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.errors import Location
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from calltrace.intake.formats._sheet import Sheet

_LATER = frozenset({"caller_name", "hangup_cause", "queue", "recording", "source_file", "source_line", "transferred_to"})
"""Columns that another export of the same leg may write otherwise."""


def leave_out_repeats(sheet: Sheet, calls: pd.Series[str]) -> None:
    """Leave out of one file the rows whose call's id, and every column, was there before; one Problem says how many.

    ``calls`` are the ids by which rows are put together to calls.
    """
    known = calls.notna().to_numpy() & ~sheet.drop
    places = np.flatnonzero(known & calls.duplicated(keep=False).to_numpy())
    if not places.size:  # a row a call, which is the rule
        return
    if sheet.raw:
        rows = pd.Series([json.dumps(sheet.raw[n], sort_keys=True) for n in places.tolist()], dtype="string")
        again = places[rows.duplicated().to_numpy()]
    else:
        table = pa.table(list(sheet.cells.values()), names=[str(n) for n in range(len(sheet.cells))])
        again = places[table.take(pa.array(places)).to_pandas().duplicated().to_numpy()]
    if again.size:
        sheet.drop[again] = True
        sheet.problems.append(_told(sheet.stream.display, int(sheet.lines[again[0]]), again.size))


def once(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the rows of all files, each leg as often as the file has it that has it most; a Problem a file for the others.

    Of a leg's states in several files the one read last stays.
    """
    twice = rows["linked_id"].duplicated(keep=False).to_numpy()
    if not twice.any() or rows["source_file"].nunique() < 2:
        return rows, []
    some = rows[twice]
    leg = pd.util.hash_pandas_object(some[[c for c in some.columns if c not in _LATER]], index=False)
    nth = leg.groupby([some["source_file"].cat.codes, leg]).cumcount()
    gone = some[pd.DataFrame({"leg": leg, "nth": nth}).duplicated(keep="last")]
    return rows.drop(index=gone.index).reset_index(drop=True), told(gone)


def told(gone: pd.DataFrame) -> list[Problem]:
    """Return a Problem a file for rows that are there already."""
    return [
        _told(str(name), int(part["source_line"].iloc[0]), len(part))
        for name, part in gone.groupby("source_file", observed=True, sort=False)
    ]


def _told(file: str, line: int, rows: int) -> Problem:
    saw = f"{rows} row{'s' * (rows > 1)} of calls that {'are' if rows > 1 else 'is'} there already, the first here"
    return Problem(
        Location(file, line), saw, "each row once", "Each is counted once.", table="calls", rows=rows, kind="duplicate")
