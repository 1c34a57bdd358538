"""What came twice, within a file and across files.

- The same content twice (all columns, the source apart): one is kept, the others are counted as duplicates.
- The same identity (for a call: its id, account, dialled number and time) with other content: two states of
  one record, as when a call was exported while it went on. The one read last is kept, the others are left
  out.
- The same call id for calls at other times or numbers: ids are used again (a counter that started over), and
  all are kept, with a note.
- A number that two accounts claim: both are kept, with a note.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.tables import owners
from calltrace.tables.problems import Problem, location_of
from calltrace.tables.schema import SOURCE_COLUMNS, Table
from calltrace.tables.text import visible

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


def without_duplicates(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Drop rows that are there twice (see the module's docstring); at most one Problem a file and kind.

    Returns
    -------
    tuple
        The rows that stay; the elder states of records, as they were read, of which the last one stayed; the problems.
    """
    if len(frame) < 2:
        return frame, frame.head(0), []
    key = ["call_id"] if table.name == "calls" else list(table.identity[:2])
    if not frame.duplicated(key).any():  # cheap, and nearly always the end of it
        return frame, frame.head(0), []
    suspects = frame[frame.duplicated(key, keep=False)]
    content = [c for c in table.names if c not in SOURCE_COLUMNS]
    same = suspects.duplicated(content)
    left = suspects[~same]
    outdated = left.duplicated(list(table.identity), keep="last")
    problems = _told_by_file(
        suspects[same],
        table,
        "rows that are there already, the same in every column",
        "each row once",
        "Each is counted once.",
        "duplicate",
    )
    problems += _told_by_file(
        left[outdated],
        table,
        f"rows of the same {' and '.join(table.identity)} with other content",
        "one row each",
        "The row read last was kept; if that is the older one, give the newer file last.",
        "conflict",
    )
    if table.name == "calls":
        again = left[~outdated]
        again = again[again.duplicated(key)]
        problems += _told_by_file(
            again,
            table,
            f"call ids used again for another call (the first is {again['call_id'].iloc[0]})"
            if len(again)
            else "",
            "an id for each call",
            "All are kept as calls of their own.",
            "id-reused",
            noted=True,
        )
    gone = suspects.index[same].union(left.index[outdated])
    return frame.drop(index=gone).reset_index(drop=True), left[outdated].reset_index(drop=True), problems


def without_repeats(records: pd.DataFrame, again: Mask, record: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave records out that were read before, ahead of making calls of them; a Problem a file says how many.

    Parameters
    ----------
    records : DataFrame
        With ``source_file`` and ``source_line``.
    again : array of bool
        Which of them were there already.
    record : str
        What one is called: "leg".
    """
    problems = [
        Problem(
            at=Location(str(file), int(part["source_line"].iloc[0])),
            saw=f"{len(part)} {record}s that are already there, this is the first",
            expected=f"each {record} once",
            fix="The repeats were left out.",
            table="calls",
            effect="left-out",
            rows=len(part),
            kind="duplicate",
        )
        for file, part in records.loc[again].groupby("source_file", sort=True)
    ]
    return (records.loc[~again].reset_index(drop=True) if again.any() else records), problems


def _told_by_file(  # noqa: PLR0917 -- in the order of a Problem
    rows: pd.DataFrame, table: Table, what: str, expected: str, fix: str, kind: str, *, noted: bool = False
) -> list[Problem]:
    if rows.empty:
        return []
    return [
        Problem(
            at=location_of(group.iloc[0]),
            saw=f"{len(group)} {what}",
            expected=expected,
            fix=fix,
            table=table.name,
            effect="noted" if noted else "left-out",
            rows=len(group),
            kind=kind,
        )
        for _, group in rows.groupby("source_file", observed=True, sort=False)
    ]


def claimed_twice(accounts: pd.DataFrame | None) -> list[Problem]:
    """Tell of numbers that a second account of the files has as well: whose their calls are is not known by them."""
    told: list[Problem] = []
    found: dict[str, str] = {}
    for number, account, place in [] if accounts is None else owners.numbers_of(accounts):
        other = found.setdefault(number, account)
        if accounts is not None and other != account:
            told.append(Problem(
                at=location_of(accounts.iloc[place]),
                saw=visible(f"{number} is a number of account {account} and of {other}"),
                expected="each number with one account",
                fix="Kept, but a call that names no account is not laid to either by it. Correct the accounts table.",
                table="accounts", effect="noted", kind="number-claimed-twice"))  # fmt: skip
    return told
