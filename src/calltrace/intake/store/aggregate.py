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

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
    bins = calls["offered_at"].cast(pa.int64()).to_numpy() // BIN_US
    first = int(bins[0]) // BINS * BINS
    group, texts = _series(calls)
    cell = group * BINS + (bins - first)
    rows = len(texts[KEYS[0]])
    outcome, words = _coded(calls["outcome"])
    places = {word: i for i, word in enumerate(words.to_pylist())}
    answered = outcome == places.get("answered", -1)
    mine, theirs = np.flatnonzero(answered), np.flatnonzero(~answered)
    cells_of_mine, cells_of_theirs, how = cell[mine], cell[theirs], outcome[theirs]
    packed: dict[str, pa.Array] = {"offered": _packed(cell, None, rows, "offered")}
    for name in OUTCOMES:
        code_of = places.get(name, -1)
        chosen = cells_of_mine if name == "answered" else cells_of_theirs[how == code_of]
        packed[name] = _packed(chosen, None, rows, name)
    wait = _seconds(calls["ring_s"]) + _seconds(calls["queue_s"])
    packed["answer_wait_s"] = _packed(cells_of_mine, wait[mine], rows, "answer_wait_s")
    packed["lost_wait_s"] = _packed(cells_of_theirs, wait[theirs], rows, "lost_wait_s")
    for name in ("hold_s", "talk_s"):
        packed[name] = _packed(cells_of_mine, _seconds(calls[name])[mine], rows, name)
    day = arrow.numbers(np.full(rows, first * BIN_US)).cast(pa.timestamp("us", "UTC"))
    arrays = [day, *(texts[k] for k in KEYS), *(packed[f] for f in FIGURES)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _series(calls: pa.Table) -> tuple[Ints, dict[str, pa.Array]]:
    """Return each call's series, by its place in the order of their texts, and those texts."""
    coded = [_coded(calls[key]) for key in KEYS]
    group, *rest = [code for code, _ in coded]
    if np.prod([len(words) + 1.0 for _, words in coded]) > np.iinfo(np.int32).max:
        group = group.astype(np.int64)
    for code, (_, words) in zip(rest, coded[1:], strict=True):
        group = group * group.dtype.type(len(words) + 1) + code
    series = arrow.numbers(group).dictionary_encode()
    left = series.dictionary.to_numpy()
    texts: dict[str, pa.Array] = {}
    for key, (_, words) in zip(reversed(KEYS), reversed(coded), strict=True):
        left, code = np.divmod(left, len(words) + 1)
        texts[key] = words.take(arrow.numbers(code, code == len(words)))
    order = pc.sort_indices(pa.table(texts), [(k, "ascending") for k in KEYS])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return rank[series.indices.to_numpy()], {key: texts[key].take(order) for key in KEYS}


def _packed(cells: Ints, weights: NDArray[np.float64] | None, rows: int, name: str) -> pa.Array:
    """Add up by cell, and return each row's 96 figures as bytes, null where all are zero."""
    if not len(cells):
        return pa.nulls(rows, pa.binary())
    some: NDArray[np.bool_] = np.zeros(rows, dtype=bool)
    if len(cells) * 8 < rows:  # few calls: only the rows they are in
        some[cells // BINS] = True
        cells = (np.cumsum(some) - 1)[cells // BINS] * BINS + cells % BINS
        values: Any = np.bincount(cells, weights, int(np.count_nonzero(some)) * BINS)
    else:
        values = np.bincount(cells, weights, rows * BINS)
    data = values.astype(_kind(values, weights, name)).reshape(-1, BINS)
    held = data.view(np.uint64).any(axis=1)
    if not held.all():
        data = data[held]
    if len(held) == rows:
        some = held
    else:  # seconds may add up to none
        some[some] = held
    ends = np.zeros(rows + 1, dtype=np.int32)
    np.cumsum(some * np.int32(BINS * data.itemsize), out=ends[1:])
    known = arrow.flags(some).buffers()[1]
    return pa.Array.from_buffers(pa.binary(), rows, [known, pa.py_buffer(ends), pa.py_buffer(data)], rows - len(data))


def _kind(values: Any, weights: NDArray[np.float64] | None, name: str) -> str:
    """Return in how few bytes the figures can be held."""
    whole = weights is None or bool((weights == np.rint(weights)).all())  # what is added, not the sums: far fewer
    most = values.max() if whole else np.inf
    return next((kind for kind, top in _WHOLE if most <= top), "<f4" if name in SUMS else "<u4")


_WHOLE = (("u1", 255), ("<u2", 65_535))


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
    indices = coded.indices
    if indices.null_count:
        indices = indices.fill_null(len(coded.dictionary))
    return indices.to_numpy(zero_copy_only=False), coded.dictionary


def _seconds(values: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray((values.fill_null(0.0) if values.null_count else values).to_numpy(), dtype=np.float64)
