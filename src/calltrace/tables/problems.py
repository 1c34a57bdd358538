"""A row that was left out, repaired or doubted, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from calltrace.errors import Location
from calltrace.tables.later import later

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

Effect = Literal["left-out", "repaired", "noted"]

UNREAD = frozenset({"bad-header", "cut-off", "not-installed", "too-big", "truncated", "unreadable"})
"""Kinds of problem of a whole file that mean that a log, or part of one, could not be read. A file of no known format is
none: a folder may hold a note beside its logs."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    Parameters
    ----------
    at : Location
        File and line; line 0 for the file as a whole.
    saw : str
        What was there, shortened, control characters made visible.
    expected : str
        What would have been right.
    fix : str
        What the user can do.
    table : str
        The table it concerns, '' where none could be told.
    effect : {"left-out", "repaired", "noted"}
        Whether the row is out of the figures, in after a repair, or in as it was.
    rows : int
        How many rows it stands for (a gap or a stale feed stands for none).
    kind : str
        A stable word for the kind of problem: bad-row, bad-time, duplicate, open-call, gap, stale-feed, …
    """

    at: Location
    saw: str
    expected: str
    fix: str = ""
    table: str = ""
    effect: Effect = "left-out"
    rows: int = 1
    kind: str = "bad-row"

    def __str__(self) -> str:
        text = f"{self.at}: {self.saw}; expected {self.expected}."
        return f"{text} {self.fix}".rstrip()


def location_of(row: pd.Series[str]) -> Location:
    """Return where a row of a table was read: its file and line, the file as a whole where the line is not known."""
    return Location(str(row["source_file"]), 0 if pd.isna(row["source_line"]) else int(row["source_line"]))
