"""A row that was left out, repaired or doubted, as data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Callable

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


def first_of(  # noqa: PLR0917 -- how many, each, and what is said of the rest
    count: int, one: Callable[[int], Problem], most: int, more: str = "rows", fix: str = "Rows left out.", expected: str = ""
) -> list[Problem]:
    """Return the first ``most`` of ``count`` Problems of a kind, and one that counts the others and says where they begin.

    Parameters
    ----------
    one : callable
        Makes the Problem of a place, from 0; asked for no more than ``most + 1`` of them.
    more, fix, expected : str
        What the others are called together, what becomes of them, and what was expected where that is put more shortly.
    """
    told = [one(n) for n in range(min(count, most))]
    if count > most:
        rest, rows = one(most), count - most
        says = f"{rows} more {more} like these"
        told.append(replace(rest, saw=says, expected=expected or rest.expected, fix=fix, rows=rows))
    return told


def location_of(row: pd.Series[str]) -> Location:
    """Return where a row of a table was read: its file and line, the file as a whole where the line is not known."""
    return Location(str(row["source_file"]), 0 if pd.isna(row["source_line"]) else int(row["source_line"]))
