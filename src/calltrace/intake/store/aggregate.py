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
    coded = [_coded(calls[key]) for key in KEYS]
    group = np.zeros(len(bins), dtype=np.int64)
    for code, words in coded:
        group = group * (len(words) + 1) + code
    series = pa.array(group).dictionary_encode()
    rest = series.dictionary.to_numpy()
    texts: dict[str, pa.Array] = {}
    for key, (_, words) in zip(reversed(KEYS), reversed(coded), strict=True):
        rest, code = np.divmod(rest, len(words) + 1)
        texts[key] = words.take(pa.array(code, mask=code == len(words)))
    order = pc.sort_indices(pa.table(texts), [(k, "ascending") for k in KEYS])
    texts = {key: values.take(order) for key, values in texts.items()}
    rank = np.empty(len(order), dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    cell = rank[series.indices.to_numpy()] * BINS + (bins - first)
    size = len(order) * BINS
    outcome, words = _coded(calls["outcome"])
    places = {word: i for i, word in enumerate(words.to_pylist())}
    answered = outcome == places.get("answered", -1)
    mine, theirs = np.flatnonzero(answered), np.flatnonzero(~answered)
    cells_of_mine, cells_of_theirs = cell[mine], cell[theirs]
    packed: dict[str, pa.Array] = {"offered": _packed(cell, None, size, "offered")}
    for name in OUTCOMES:
        code_of = places.get(name, -1)
        if code_of < 0:
            packed[name] = pa.nulls(len(order), pa.binary())
        else:
            chosen = cells_of_mine if name == "answered" else cells_of_theirs[outcome[theirs] == code_of]
            packed[name] = _packed(chosen, None, size, name)
    wait = _seconds(calls["ring_s"]) + _seconds(calls["queue_s"])
    packed["answer_wait_s"] = _packed(cells_of_mine, wait[mine], size, "answer_wait_s")
    packed["lost_wait_s"] = _packed(cells_of_theirs, wait[theirs], size, "lost_wait_s")
    for name in ("hold_s", "talk_s"):
        packed[name] = _packed(cells_of_mine, _seconds(calls[name])[mine], size, name)
    day = pa.array(np.full(len(order), first * BIN_US)).cast(pa.timestamp("us", "UTC"))
    arrays = [day, *(texts[k] for k in KEYS), *(packed[f] for f in FIGURES)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _packed(cells: Ints, weights: NDArray[np.float64] | None, size: int, name: str) -> pa.Array:
    """Add up by cell, and return each row's 96 figures as bytes, null where all are zero."""
    values: Any = np.bincount(cells, weights, size)
    rows = size // BINS
    whole = weights is None or bool((weights == np.rint(weights)).all())  # what is added, not the sums: far fewer
    most = values.max(initial=0)
    fitting = (kind for kind in _WHOLE if whole and most <= np.iinfo(kind).max)
    kind = next(fitting, "<f4" if name in SUMS else "<u4")
    data = values.astype(kind).reshape(rows, BINS)
    some = data.view(np.uint64).any(axis=1)
    ends = np.concatenate([[0], np.cumsum(some * (BINS * data.itemsize))]).astype(np.int32)
    return pa.Array.from_buffers(
        pa.binary(),
        rows,
        [pa.array(some).buffers()[1], pa.py_buffer(ends), pa.py_buffer(data if some.all() else data[some])],
        int(rows - some.sum()),
    )


_WHOLE = ("u1", "<u2")


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
    coded: Any = values.combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], type=coded.type)
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    indices = coded.indices
    if indices.null_count:
        indices = indices.fill_null(len(coded.dictionary))
    return indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary


def _seconds(values: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray((values.fill_null(0.0) if values.null_count else values).to_numpy(), dtype=np.float64)
