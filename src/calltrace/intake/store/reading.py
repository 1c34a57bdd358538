"""The store into frames: only the days asked for, only the columns asked for.

A reading takes the state the store is in and reads the files it names. Files are never changed, so an import, a
prune or a forgetting meanwhile can't tear it; where one has cleaned a file away already, the reading begins again
from the newer state.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake import quality
from calltrace.intake.store import aggregate, manifest, parts, records
from calltrace.intake.store.bounds import microseconds, steadily, touching, within
from calltrace.tables.case import Case
from calltrace.tables.schema import TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from numpy.typing import NDArray

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Import, Manifest, Part
    from calltrace.tables.case import Source

    T = TypeVar("T")

OF_AN_ACCOUNT = ("calls", "messages", "oncall")
"""Tables with a column ``account`` that a reading of one account is bounded by; the others say how others fared."""


def _each(store: Store, chosen: list[Part], job: Callable[[Part], T]) -> list[T]:
    """Run a job on every part, several at once: more where each is a journey over the network."""
    if len(chosen) < 2:
        return [job(p) for p in chosen]
    with ThreadPoolExecutor(16 if store.place.remote else 4) as pool:
        return list(pool.map(job, chosen))


def _one_of(column: pa.ChunkedArray, wanted: str | Sequence[str]) -> Any:
    if isinstance(wanted, str):
        return pc.equal(column, wanted)
    return pc.is_in(column, pa.array(list(wanted), type=column.type))


def _frame(found: list[pa.Table], schema: pa.Schema) -> pd.DataFrame:
    """Return rows of several files as one frame of the tables' dtypes."""
    rows = pa.concat_tables(found) if found else schema.empty_table()
    columns: dict[str, Any] = {}
    for field in rows.schema:
        values = rows[field.name]
        if field.name == "source_file":
            coded = values.combine_chunks().dictionary_encode()
            coded = coded.chunk(0) if isinstance(coded, pa.ChunkedArray) else coded
            columns[field.name] = pd.Categorical.from_codes(
                coded.indices.fill_null(-1).to_numpy(zero_copy_only=False),
                categories=pd.Index(coded.dictionary.to_pylist(), dtype="str"),
            )
        elif pa.types.is_string(field.type):
            columns[field.name] = pd.array(values, dtype="string")
        elif pa.types.is_timestamp(field.type):
            whole = values.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
            columns[field.name] = pd.DatetimeIndex(whole.view("datetime64[us]")).tz_localize("UTC")
        elif pa.types.is_float64(field.type):
            mask = values.is_null().to_numpy()
            columns[field.name] = pd.arrays.FloatingArray(np.array(values.fill_null(0.0).to_numpy()), mask)
        else:
            mask = values.is_null().to_numpy()
            columns[field.name] = pd.arrays.IntegerArray(np.array(values.fill_null(0).to_numpy()), mask)
    return pd.DataFrame(columns)


def read(  # noqa: PLR0917 - a slice is cut many ways
    store: Store,
    tables: Iterable[str] | None = None,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    account: str | Sequence[str] | None = None,
    columns: dict[str, Sequence[str]] | None = None,
) -> Case:
    """Read a slice of the store as a Case.

    Parameters
    ----------
    store : Store
        To read.
    tables : names, optional
        The tables wanted; all of them otherwise.
    start, end : Timestamp, optional
        Rows of dated tables in ``[start, end)`` on their main instant, tz-aware. Accounts, events and on-call
        shifts come whole, since they hold for many days.
    account : str or names, optional
        Only this account's calls, messages and shifts; the other tables come as they are.
    columns : dict, optional
        For a table the columns wanted; those not named are NA throughout, as where a switch does not log them.

    Returns
    -------
    Case
        As :func:`calltrace.intake.load.load` gives: typed frames in order of time, the sources and problems of
        the imports that reach into the span. ``zone`` is the service's own, as the last import knew it.
    """
    wanted = tuple(TABLES) if tables is None else tuple(tables)
    a, b = microseconds(start), microseconds(end)

    def attempt(state: Manifest) -> Case:
        frames: dict[str, pd.DataFrame] = {}
        for name in (n for n in TABLES if n in wanted):
            table = TABLES[name]
            instant = table.main_instant
            named = (columns or {}).get(name)
            needed = None if named is None else _needed(name, named, instant, account)

            def one(part: Part, name: str = name, instant: str = instant, needed: Any = needed) -> pa.Table:
                rows = parts.read(store.place, part, needed)
                if name not in parts.WHOLE:
                    rows = within(rows, part, instant, a, b)
                if account is not None and name in OF_AN_ACCOUNT:
                    rows = rows.filter(_one_of(rows["account"], account))
                return rows

            chosen = touching(state, name, a, b)
            if not chosen:
                continue
            frame = _frame(_each(store, chosen, one), parts.schema_of(name))
            if named is not None:
                frame = frame[[c for c in frame.columns if c in named]]
            frames[name] = conform(frame, table)
        imports = manifest.overlapping(state.imports, a, b)
        listed, problems = records.told(store.place, imports)
        return Case(
            tables=frames,
            sources=listed,
            problems=problems,
            zone=state.zone,
            zone_from=state.zone_from,
            logs_unanswered=_logs_unanswered(store, imports, listed),
        )

    return steadily(store, attempt)


def _logs_unanswered(store: Store, imports: Sequence[Import], listed: Sequence[Source]) -> bool:
    """Say whether the logs that were imported show calls nobody answered, as far as all of them together tell.

    That a log shows none is a sign where it shows none at all. Where other imports of the format do, it has them, and a
    few hours in which there was none prove nothing; so many calls without one do (:func:`quality.hides_unanswered`).
    """
    unsure = [i for i in imports if not i.logs_unanswered]
    if not unsure:
        return True
    showing = {s.format for s in listed if s.calls and not s.hides_unanswered}
    if any(s.hides_unanswered and s.format not in showing for s in listed):
        return False
    return not any(_many(i.rows) and _many(_calls_of(store, i)) for i in unsure)


def _many(calls: int) -> bool:
    return bool(quality.hides_unanswered(calls, 0, calls))


def _calls_of(store: Store, one: Import) -> int:
    return sum(s.calls or 0 for s in records.of_import(store.place, one))


def _needed(name: str, named: Sequence[str], instant: str, account: object) -> list[str]:
    """Return the columns to read: those asked for and those the bounds are told by."""
    more = {instant} | ({"account"} if account is not None and name in OF_AN_ACCOUNT else set())
    return [c for c in parts.schema_of(name).names if c in {*named, *more}]


def intervals(
    store: Store,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    account: str | Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read interval counts, without touching a call.

    Parameters
    ----------
    store : Store
        To read.
    start, end : Timestamp, optional
        Quarter hours that begin in ``[start, end)``, tz-aware.
    account : str or names, optional
        Only these accounts'.
    columns : names, optional
        Those wanted: ``interval_start``, the texts, :data:`calltrace.intake.store.aggregate.FIGURES`; all otherwise.

    Returns
    -------
    DataFrame
        One row a quarter hour (``interval_start``, UTC), ``account``, ``dnis`` and ``trunk_group`` with a call,
        sorted by time: ``offered`` and each outcome in calls (Int64), ``answer_wait_s``, ``lost_wait_s``,
        ``hold_s``, ``talk_s`` as sums of seconds (Float64). A quarter hour without a call has no row. Where nothing
        but texts is asked for (which accounts and numbers are there?), one row a day and series.
    """
    a, b = microseconds(start), microseconds(end)
    wanted = [*aggregate.KEYS, *aggregate.FIGURES] if columns is None else list(columns)
    figures = [f for f in aggregate.FIGURES if f in wanted]
    needed = [aggregate.DAY, *aggregate.KEYS, *(f for f in aggregate.FIGURES if f in {*figures, "offered"})]

    texts_alone = columns is not None and set(columns) <= set(aggregate.KEYS)
    if texts_alone:
        needed = [k for k in aggregate.KEYS if k in {*wanted, *(() if account is None else ("account",))}]

    def one(part: Part) -> pa.Table:
        counts = parts.read(store.place, part, needed)
        if account is not None:
            counts = counts.filter(_one_of(counts["account"], account))
        if texts_alone:
            return counts
        return within(aggregate.rows_of(counts, figures), part, aggregate.START, a, b)

    schema = (
        pa.schema([aggregate.SCHEMA.field(n) for n in needed])
        if texts_alone
        else aggregate.rows_of(aggregate.SCHEMA.empty_table(), figures).schema
    )
    frame = steadily(
        store, lambda state: _frame(_each(store, touching(state, parts.INTERVALS, a, b), one), schema)
    )
    return frame if columns is None else frame[[c for c in frame.columns if c in columns]]


@dataclass(frozen=True)
class Matrix:
    """Counts of many series over a run of quarter hours.

    ``names`` are the series, sorted, '' for calls without one; ``first`` is the first quarter hour, counted since
    1970 UTC (its instant is ``first * 15 min``); ``cells`` has a row a series and a column a quarter hour.
    """

    names: tuple[str, ...]
    first: int
    cells: NDArray[Any]


def matrix(
    store: Store,
    start: pd.Timestamp,
    end: pd.Timestamp,
    *,
    by: str | None = "account",
    of: str = "offered",
) -> Matrix:
    """Read one figure of every series over a span as a matrix, without touching a call or making a frame.

    Parameters
    ----------
    store : Store
        To read.
    start, end : Timestamp
        The span, tz-aware; widened to whole UTC days.
    by : {"account", "dnis", "trunk_group"}, optional
        What a series is; None adds up the whole platform.
    of : str
        One of :data:`calltrace.intake.store.aggregate.FIGURES`.

    Returns
    -------
    Matrix
        Calls (int32) or seconds (float64); 0 where there was none, a day without any included.
    """
    a, b = microseconds(start), microseconds(end)
    first, last = a // parts.DAY_US, max(-(-b // parts.DAY_US), a // parts.DAY_US + 1)

    def one(part: Part) -> tuple[int, list[str], NDArray[Any]]:
        counts = parts.read(store.place, part, [of] if by is None else [by, of])
        day = parts.day_start(part.day) // parts.DAY_US - first
        if by is None:
            return day, [""] * counts.num_rows, aggregate.figures(counts[of], of)
        return day, [n or "" for n in counts[by].to_pylist()], aggregate.figures(counts[of], of)

    def attempt(state: Manifest) -> Matrix:
        found = _each(store, touching(state, parts.INTERVALS, a, b), one)
        names = sorted({n for _, some, _ in found for n in some})
        row = {n: i for i, n in enumerate(names)}
        kind = np.float64 if of in aggregate.SUMS else np.int32
        cells = np.zeros((len(names), (last - first) * aggregate.BINS), dtype=kind)
        for day, some, figures in found:
            begin = day * aggregate.BINS
            np.add.at(
                cells[:, begin : begin + aggregate.BINS], np.array([row[n] for n in some], dtype=np.int64), figures.astype(kind)
            )
        return Matrix(tuple(names), first * aggregate.BINS, cells)

    return steadily(store, attempt)


def find(
    store: Store,
    *,
    caller: str | Sequence[str] | None = None,
    agent: str | Sequence[str] | None = None,
    account: str | Sequence[str] | None = None,
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    where: dict[str, str | Sequence[str]] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Find calls.

    Parameters
    ----------
    store : Store
        To read.
    caller, agent, account : str or names, optional
        The caller's number in E.164 (``ani``), the agent's and the account's id, as the store has them.
    start, end : Timestamp, optional
        Calls offered in ``[start, end)``, tz-aware.
    where : dict, optional
        Further columns of text and the values wanted, such as ``{"outcome": "abandoned"}``.
    limit : int, optional
        At most so many, the latest ones; days further back are not read.

    Returns
    -------
    DataFrame
        Rows of the calls table, typed, in order of time.
    """
    a, b = microseconds(start), microseconds(end)
    given = {"ani": caller, "agent": agent, "account": account}
    tests = {c: v for c, v in {**given, **(where or {})}.items() if v is not None}

    def one(part: Part) -> pa.Table:
        if tests:  # first the columns that decide: most days have none
            rows = parts.read(store.place, part, list(tests))
            mask = None
            for column, wanted in tests.items():
                hit = pc.fill_null(_one_of(rows[column], wanted), fill_value=False)
                mask = hit if mask is None else pc.and_(mask, hit)
            if not pc.any(mask).as_py():
                return parts.schema_of("calls").empty_table()
            rows = parts.read(store.place, part).filter(mask)
        else:
            rows = parts.read(store.place, part)
        return within(rows, part, "offered_at", a, b)

    def attempt(state: Manifest) -> pd.DataFrame:
        chosen = touching(state, "calls", a, b)
        if limit is None:
            found = _each(store, chosen, one)
        else:
            found, seen = [], 0
            while chosen and seen < limit:
                step, chosen = chosen[-8:], chosen[:-8]
                more = _each(store, step, one)
                found = more + found
                seen += sum(t.num_rows for t in more)
        found = [t for t in found if t.num_rows]
        frame = conform(_frame(found, parts.schema_of("calls")), TABLES["calls"])
        return frame if limit is None else frame.tail(limit).reset_index(drop=True)

    return steadily(store, attempt)


def dataset(
    store: Store, table: str, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None
) -> Any:
    """Return the files of a table as a pyarrow dataset, for Arrow, DuckDB, Polars or Dask to read as they are.

    Whole days: of the first and last, rows outside ``[start, end)`` are in it. It names the files the store
    stands on now; what other programs find by the folder's name may be files of older states as well.
    """
    from pyarrow import dataset as arrow_dataset  # noqa: PLC0415 - 30 ms that the rest need not pay

    chosen = touching(store.state(), table, microseconds(start), microseconds(end))
    paths = [store.place.path(p.file) for p in chosen]
    return arrow_dataset.dataset(
        paths, schema=parts.schema_of(table), format="parquet", filesystem=store.place.filesystem()
    )
