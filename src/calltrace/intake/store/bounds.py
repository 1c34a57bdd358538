"""A time, and what of a store lies in it: which files, which of their rows; read steadily though others write.

Times are microseconds since 1970 UTC, as the manifest tells the first and last of each file; None is no bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.errors import InputError
from calltrace.intake.store import manifest, parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Manifest, Part

    T = TypeVar("T")


@overload
def microseconds(at: pd.Timestamp) -> int: ...
@overload
def microseconds(at: None) -> None: ...
@overload
def microseconds(at: pd.Timestamp | None) -> int | None: ...
def microseconds(at: pd.Timestamp | None) -> int | None:
    """Return an instant (tz-aware) as microseconds since 1970 UTC; None for None."""
    return None if at is None else int(pd.Timestamp(at).tz_convert("UTC").as_unit("us").value // 1000)


def touching(state: Manifest, table: str, start: int | None, end: int | None) -> list[Part]:
    """Return the parts of a table that may have rows in [start, end); all of one that holds for many days."""
    if table in parts.WHOLE:
        return state.of(table)
    return [
        p
        for p in state.of(table)
        if p.first is not None
        and p.last is not None
        and (start is None or p.last >= start)
        and (end is None or p.first < end)
    ]


def within(rows: pa.Table, part: Part, column: str, start: int | None, end: int | None) -> pa.Table:
    """Keep rows in [start, end); rows are in order of the column, so they are one stretch."""
    if part.first is None or part.last is None:
        return rows
    if (start is None or part.first >= start) and (end is None or part.last < end):
        return rows
    us = rows[column].cast(pa.int64()).to_numpy()
    a = 0 if start is None else int(np.searchsorted(us, start))
    b = len(us) if end is None else int(np.searchsorted(us, end))
    return rows.slice(a, max(b - a, 0))


def steadily(store: Store, attempt: Callable[[Manifest], T]) -> T:
    """Run a reading, again from the newer state where its files were cleaned away.

    Raises
    ------
    InputError
        A file is gone that the newest state names, or there was a newer state each of five times.
    SupersededError
        The store is read as it was at one state, and that one is no more.
    """
    for _ in range(5):
        state = store.state()
        try:
            return attempt(state)
        except FileNotFoundError as error:
            missing = error
            if manifest.latest(store.place).version == state.version:
                raise InputError(
                    f"{store.url} lacks a file its manifest names ({missing})",
                    expected="every file that was imported",
                    fix="`calltrace store verify` says what is missing; import its logs into a new store.",
                ) from error
            if store.version is not None:
                raise manifest.SupersededError.of(store.place) from error
    raise InputError(f"{store.url} changes faster than it can be read", fix="Try again.")
