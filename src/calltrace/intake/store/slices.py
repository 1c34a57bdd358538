"""A store into frames that hold little: for an audit of more calls than there is memory for.

:mod:`reading` gives every column as it is. Here texts that repeat (accounts, numbers dialled, agents, outcomes) are
categories, one small number a call, and what only an example shows (ids, recordings, lines) is read for the days that
are judged and NA elsewhere. :meth:`calltrace.tables.case.Case.calls_of` gives plain texts again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from calltrace.intake.store import filling, parts, scan
from calltrace.intake.store.batches import ahead, batches, rows_of
from calltrace.intake.store.bounds import microseconds, steadily, touching, within
from calltrace.tables.case import Case, Extent
from calltrace.tables.schema import TABLES
from calltrace.tables.when import parse_when

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Manifest, Part

SKETCHED = ("offered_at", "account", "dnis", "outcome", "source_file", "source_line")
"""What is known of every call of all the records at once."""


def read(
    store: Store,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    shown: tuple[pd.Timestamp, pd.Timestamp],
    *,
    lines: bool = False,
) -> Case:
    """Read the calls offered in [start, end), and of the other tables what :meth:`Store.read` gives.

    Parameters
    ----------
    store : Store
        To read.
    start, end : Timestamp or None
        Bounds, tz-aware; None for all there is.
    shown : (Timestamp, Timestamp)
        The time of which ids, names, recordings and lines are wanted too, widened to whole UTC days.
    lines : bool
        Whether lines are wanted of all calls: what is wrong with the records themselves is told by them.
    """
    case = store.read([n for n in TABLES if n != "calls"], start, end)
    a, b = microseconds(start), microseconds(end)
    low, high = (int(t.value) // 1000 // parts.DAY_US * parts.DAY_US for t in shown)
    lean = scan.lean(lines=lines)

    def columns(part: Part) -> list[str]:
        inside = part.last is not None and part.first is not None and part.last >= low and part.first < high + parts.DAY_US
        return parts.schema_of("calls").names if inside else lean

    def attempt(state: Manifest) -> tuple[pd.DataFrame, dict[str, NDArray[np.float64]]]:
        return _filled(store, touching(state, "calls", a, b), columns, a, b)

    case.tables["calls"], figures = steadily(store, attempt)
    case.cache.update({f"seconds.{name}": values for name, values in figures.items()})
    release()
    return case


def sketch(store: Store) -> Case:
    """Read all calls, but of each only :data:`SKETCHED`; the other tables whole."""
    case = store.read([n for n in TABLES if n != "calls"])

    def attempt(state: Manifest) -> pd.DataFrame:
        return _filled(store, state.of("calls"), lambda _: list(SKETCHED), None, None)[0]

    case.tables["calls"] = steadily(store, attempt)
    release()
    return case


def release() -> None:
    """Give back the memory Arrow keeps for its next reading."""
    pa.default_memory_pool().release_unused()


def callers(store: Store) -> Iterator[tuple[list[str], list[str]]]:
    """Give every caller's number and name on record, some at a time."""
    seen: set[str] = set()

    def of_one(state: Manifest) -> tuple[list[str], list[str]] | None:
        part = next((p for p in state.of("calls") if p.day not in seen), None)
        if part is None:
            return None
        rows = rows_of(store, part, ["ani", "caller_name"])
        numbers, names = (
            rows[c].unique().drop_null().to_pylist() if c in rows.column_names else [] for c in ("ani", "caller_name"))
        seen.add(part.day)
        return numbers, names

    while (found := steadily(store, of_one)) is not None:
        yield found


def _filled(
    store: Store, chosen: Sequence[Part], columns: Callable[[Part], Sequence[str]], start: int | None, end: int | None
) -> tuple[pd.DataFrame, dict[str, NDArray[np.float64]]]:
    """Return the rows of some parts in [start, end), in order, without ever holding them twice; and their figures as arrays.

    The arrays are what the frame's figures lie in, NaN where NA.
    """
    made = filling.columns(sum(p.rows for p in chosen))
    size = 0
    for batch, read in ahead(store, batches(chosen, columns, start, end)):
        rows = within(read, batch.parts[0], "offered_at", start, end) if batch.cut else read
        for name in rows.column_names:
            made[name].fill(size, rows[name])
        size += rows.num_rows
    plain = {name: column.plain(size) for name, column in made.items() if isinstance(column, filling.Figures)}
    figures = {name: values for name, values in plain.items() if values is not None}
    return pd.DataFrame({name: made.pop(name).made(size) for name in list(made)}, copy=False), figures


def extent(store: Store) -> Extent:
    """Return how far the calls of a store reach, without reading any; there is one at least."""
    calls = store.state().of("calls")
    first, last = (
        pd.Timestamp(us, unit="us", tz="UTC").as_unit("us")
        for us in (min(p.first or 0 for p in calls), max(p.last or 0 for p in calls)))
    return Extent(sum(p.rows for p in calls), first, last)


def window(
    store: Store, last: pd.Timestamp, start: str | None, end: str | None, now: str | None
) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]:
    """Return from when to when a store is asked about, in the words of the zone its calls are told in, and when it is asked.

    ``last`` is its last call, from which words count where nobody says when it is asked. Without a start it is a week.
    """
    zone = store.state().zone
    asked = parse_when(now, zone, last, end=True, option="--now") if now else last
    until = parse_when(end, zone, asked, end=True) if end else asked
    return parse_when(start, zone, asked, end=False) if start else until - pd.Timedelta(days=7), until, asked


def accounts(store: Store, start: pd.Timestamp | None, end: pd.Timestamp | None) -> frozenset[str]:
    """Return the accounts with calls on the days from ``start`` to before ``end``, told by what is counted of them.

    Nobody where one of the two is None: that time has been read.
    """
    if start is None or end is None or end <= start:
        return frozenset()
    a, b = microseconds(start), microseconds(end)

    def attempt(state: Manifest) -> frozenset[str]:
        counts = touching(state, parts.INTERVALS, a, b)
        return frozenset(scan.named(store.place, counts, "account")) if counts else frozenset()

    return steadily(store, attempt)


def count(store: Store, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None) -> int:
    """Return how many calls the days from ``start`` to ``end`` hold, without reading any."""
    a, b = microseconds(start), microseconds(end)
    return sum(p.rows for p in touching(store.state(), "calls", a, b))
