"""Calls counted by quarter hour: what is kept beside them, so that a day's audit need not read a year of calls.

One row a day, account, number dialled and trunk group. Each column is that row's day as 96 figures, one a quarter
hour (UTC) from midnight on: how many calls were offered, how each ended, and sums of their seconds. A byte each
where none of the column's is above 255, else little-endian ``uint16``, and where one is above 65,535 or no whole
number ``uint32`` for calls and ``float32`` for seconds; told apart by their length; null where all are zero. A year of
a large service is a few tens of megabytes, and a column of it is read straight into a matrix.

Figures add up, over accounts, numbers, quarter hours and days, since nothing in them is an average. Ratios are made
of the sums, with :mod:`calltrace.normal.metrics` (``answer_wait_s / answered`` is the ASA).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.tables import arrow
from calltrace.tables.schema import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

DAY = "day_start"
START = "interval_start"
MINUTES = 15
BIN_US = MINUTES * 60 * 1_000_000
BINS = 24 * 60 // MINUTES
KEYS = ("account", "dnis", "trunk_group")

COUNTS = ("offered", *OUTCOMES)
"""Calls: all of them, and those of each outcome."""
SUMS = ("answer_wait_s", "lost_wait_s", "hold_s", "talk_s")
"""Seconds: ring and queue of answered calls, ring and queue of the others, hold and talk of answered calls."""
FIGURES = (*COUNTS, *SUMS)

SCHEMA = pa.schema(
    [
        pa.field(DAY, pa.timestamp("us", "UTC")),
        *(pa.field(k, pa.string()) for k in KEYS),
        *(pa.field(f, pa.binary()) for f in FIGURES),
    ]
)


def count(calls: pa.Table) -> pa.Table:
    """Count the calls of one day.

    Parameters
    ----------
    calls : Table
        Rows of the calls table, all of one UTC day, at least one; texts may be dictionaries.

    Returns
    -------
    Table
        Columns as :data:`SCHEMA`, sorted by the texts, unknown ones last. A duration the switch does not log adds
        nothing to its sum.
    """
    return days(calls)[0]


def days(calls: pa.Table) -> list[pa.Table]:
    """Count the calls of several days, which lie one after another: a table as of :func:`count` for each.

    Together they take half the time they do one by one: much of it is spent on a day however few its calls.
    """
    bins = arrow.values(calls["offered_at"]) // BIN_US
    day = bins // BINS
    new = np.flatnonzero(day[1:] != day[:-1]) + 1
    starts = np.concatenate([[0], new])
    number = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(starts, append=len(bins)))
    series = _series(calls, number, len(starts))
    cell = series.of * BINS + (bins - day * BINS)
    outcome, words = _coded(calls["outcome"])
    places = {word: i for i, word in enumerate(words.to_pylist())}
    answered = outcome == places.get("answered", -1)
    mine, theirs = np.flatnonzero(answered), np.flatnonzero(~answered)
    cells_of_mine, cells_of_theirs, how = cell[mine], cell[theirs], outcome[theirs]
    packed = {"offered": _packed(cell, None, series.edges, "offered")}
    for name in OUTCOMES:
        code_of = places.get(name, -1)
        chosen = cells_of_mine if name == "answered" else cells_of_theirs[how == code_of]
        packed[name] = _packed(chosen, None, series.edges, name)
    wait = _seconds(calls["ring_s"]) + _seconds(calls["queue_s"])
    packed["answer_wait_s"] = _packed(cells_of_mine, wait[mine], series.edges, "answer_wait_s")
    packed["lost_wait_s"] = _packed(cells_of_theirs, wait[theirs], series.edges, "lost_wait_s")
    for name in ("hold_s", "talk_s"):
        packed[name] = _packed(cells_of_mine, _seconds(calls[name])[mine], series.edges, name)
    begin = np.repeat(day[starts] * BINS * BIN_US, np.diff(series.edges))
    texts = {DAY: arrow.numbers(begin).cast(pa.timestamp("us", "UTC")), **series.texts}
    edges = series.edges.tolist()
    return [
        pa.Table.from_arrays(
            [*(v.slice(a, b - a) for v in texts.values()), *(packed[f][i] for f in FIGURES)], schema=SCHEMA
        )
        for i, (a, b) in enumerate(pairwise(edges))
    ]


@dataclass(frozen=True)
class _Series:
    """The series of some days: which of them each call is ``of``, their texts, and where each day's begin and end."""

    of: Ints
    texts: dict[str, pa.Array]
    edges: Ints


def _series(calls: pa.Table, number: NDArray[np.int32], days: int) -> _Series:
    """Tell the series apart, sorted by day and texts; ``number`` is each call's day, ``days`` how many there are."""
    coded = [_coded(calls[key]) for key in KEYS]
    sizes = [len(words) + 1 for _, words in coded]
    group: NDArray[Any] = number if days * float(np.prod(sizes)) < np.iinfo(np.int32).max else number.astype(np.int64)
    for (code, _), size in zip(coded, sizes, strict=True):
        group = group * group.dtype.type(size) + code
    found = arrow.numbers(group).dictionary_encode()
    left = arrow.values(found.dictionary)
    texts: dict[str, pa.Array] = {}
    for key, (_, words), size in zip(reversed(KEYS), reversed(coded), reversed(sizes), strict=True):
        left, code = np.divmod(left, size)
        texts[key] = words.take(arrow.numbers(code, code == len(words)))
    by = pa.table({DAY: arrow.numbers(left), **{key: texts[key] for key in KEYS}})
    order = pc.sort_indices(by, [(name, "ascending") for name in by.column_names])
    rank = np.empty(len(order), dtype=np.int64)
    rank[arrow.values(order)] = np.arange(len(order))
    edges = np.concatenate([[0], np.cumsum(np.bincount(left, minlength=days))])
    return _Series(rank[arrow.values(found.indices)], {key: texts[key].take(order) for key in KEYS}, edges)


def _packed(cells: Ints, weights: NDArray[np.float64] | None, edges: Ints, name: str) -> list[pa.Array]:
    """Add up by cell, and return for each day each row's 96 figures as bytes, null where all are zero."""
    rows = int(edges[-1])
    if not len(cells):
        return [pa.nulls(b - a, pa.binary()) for a, b in pairwise(edges.tolist())]
    where: Ints = np.arange(rows)
    if len(cells) * 8 < rows:  # few calls: only the rows they are in
        some: NDArray[np.bool_] = np.zeros(rows, dtype=bool)
        some[cells // BINS] = True
        where = np.flatnonzero(some)
        cells = (np.cumsum(some) - 1)[cells // BINS] * BINS + cells % BINS
    values: Any = np.bincount(cells, weights, len(where) * BINS)
    whole = weights is None or bool((weights == np.rint(weights)).all())  # what is added, not the sums: far fewer
    ends = np.searchsorted(where, edges).tolist()
    kinds = [_kind(values[a * BINS : b * BINS], name, whole=whole) for a, b in pairwise(ends)]
    if len(set(kinds)) == 1:
        together = _bytes(values, where, rows, kinds[0])
        return [together.slice(a, b - a) for a, b in pairwise(edges.tolist())]
    return [
        _bytes(values[a * BINS : b * BINS], where[a:b] - first, last - first, kind)
        for kind, (a, b), (first, last) in zip(kinds, pairwise(ends), pairwise(edges.tolist()), strict=True)
    ]


def _kind(sums: Any, name: str, *, whole: bool) -> str:
    """Return in how few bytes the figures of a day can be held; ``whole`` says that they are known to be whole."""
    most = sums.max(initial=0) if whole or (sums == np.rint(sums)).all() else np.inf
    return next((kind for kind, top in _WHOLE if most <= top), "<f4" if name in SUMS else "<u4")


_WHOLE = (("u1", 255), ("<u2", 65_535))


def _bytes(values: Any, where: Ints, rows: int, kind: str) -> pa.Array:
    """Return the figures of some rows as bytes, null for rows of zeros and the other ones."""
    data = values.astype(kind).reshape(-1, BINS)
    held = data.view(np.uint64).any(axis=1)
    if not held.all():
        data, where = data[held], where[held]
    some: NDArray[np.bool_] = np.zeros(rows, dtype=bool)
    some[where] = True
    ends = np.zeros(rows + 1, dtype=np.int32)
    np.cumsum(some * np.int32(BINS * data.itemsize), out=ends[1:])
    known = arrow.flags(some).buffers()[1]
    return pa.Array.from_buffers(pa.binary(), rows, [known, pa.py_buffer(ends), pa.py_buffer(data)], rows - len(data))


def figures(values: pa.ChunkedArray | pa.Array, name: str) -> NDArray[Any]:
    """Return a column as a matrix: a row a series, 96 columns a day; int64 for calls, float64 for seconds."""
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    made = []
    for chunk in chunks:
        kind = np.float64 if name in SUMS else np.int64
        matrix = np.zeros((len(chunk), BINS), dtype=kind)
        some = chunk.is_valid().to_numpy(zero_copy_only=False)
        if some.any():
            width = len(chunk[int(np.argmax(some))].as_py()) // BINS
            raw = b"".join(chunk.drop_null().to_pylist())
            stored = {1: "u1", 2: "<u2"}.get(width, "<f4" if name in SUMS else "<u4")
            matrix[some] = np.frombuffer(raw, dtype=stored).reshape(-1, BINS)
        made.append(matrix)
    if not made:
        return np.zeros((0, BINS), dtype=np.float64 if name in SUMS else np.int64)
    return made[0] if len(made) == 1 else np.concatenate(made)


def same(one: pa.Table, other: pa.Table) -> bool:
    """Say whether two tables of counts say the same, in however many bytes their figures are kept."""
    texts = [DAY, *KEYS]
    return one.select(texts).equals(other.select(texts)) and all(
        np.array_equal(figures(one[name], name), figures(other[name], name)) for name in FIGURES
    )


def rows_of(counts: pa.Table, wanted: Sequence[str]) -> pa.Table:
    """Return counts as one row a quarter hour with a call: ``interval_start``, the texts, the wanted figures."""
    offered = figures(counts["offered"], "offered")
    series, bins = np.nonzero(offered)
    start = counts[DAY].cast(pa.int64()).to_numpy()[series] + bins * BIN_US
    order = np.argsort(start, kind="stable")
    series, bins, start = series[order], bins[order], start[order]
    columns: dict[str, pa.Array] = {START: pa.array(start).cast(pa.timestamp("us", "UTC"))}
    at = pa.array(series)
    for key in KEYS:
        columns[key] = counts[key].combine_chunks().take(at)
    for name in FIGURES:
        if name in wanted:
            matrix = offered if name == "offered" else figures(counts[name], name)
            columns[name] = pa.array(matrix[series, bins])
    return pa.table(columns)


def _coded(values: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """Return each value's number among the distinct ones, and those; null is the number after the last."""
    coded: Any = arrow.whole(values)
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    indices = arrow.filled(coded.indices, np.int32(len(coded.dictionary)))
    return arrow.values(indices), coded.dictionary


def _seconds(values: pa.ChunkedArray) -> NDArray[np.float64]:
    return arrow.values(arrow.filled(values, np.float64(0)))
