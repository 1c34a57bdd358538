"""Calls counted by quarter hour: what is kept beside them, so that a day's audit need not read a year of calls.

One row a quarter hour (UTC), account, number dialled and trunk group: how many calls were offered, how each
ended, and the sums of their seconds. Rows add up: those of two days, of two accounts, or of four quarter hours
make one by adding every column, since nothing in them is an average. Ratios are made of the sums, with
:mod:`calltrace.normal.metrics` (``answer_wait_s / answered`` is the ASA).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from calltrace.tables.schema import OUTCOMES

START = "interval_start"
MINUTES = 15
BIN_US = MINUTES * 60 * 1_000_000
KEYS = ("account", "dnis", "trunk_group")
SECONDS = ("ring_s", "queue_s", "hold_s", "talk_s")

SUMS = ("answer_wait_s", "lost_wait_s", "hold_s", "talk_s")
"""Seconds: ring and queue of answered calls, ring and queue of the others, hold and talk of answered calls."""

SCHEMA = pa.schema(
    [
        pa.field(START, pa.timestamp("us", "UTC")),
        *(pa.field(k, pa.string()) for k in KEYS),
        pa.field("offered", pa.int64()),
        *(pa.field(o, pa.int64()) for o in OUTCOMES),
        *(pa.field(s, pa.float64()) for s in SUMS),
    ]
)


def count(calls: pa.Table) -> pa.Table:
    """Count calls by quarter hour, account, number and trunk group.

    Parameters
    ----------
    calls : Table
        Rows of the calls table; texts may be dictionaries.

    Returns
    -------
    Table
        Columns as :data:`SCHEMA`, sorted by them; intervals without a call are left out. A duration the switch
        does not log adds nothing to its sum.
    """
    bins = calls["offered_at"].cast(pa.int64()).to_numpy() // BIN_US
    codes, names = [], []
    group = np.zeros(len(bins), dtype=np.int64)
    first = int(bins.min()) if len(bins) else 0
    for key in KEYS:
        code, words = _coded(calls[key])
        codes.append(code)
        names.append(words)
    sizes = [int(bins.max()) - first + 1 if len(bins) else 1, *(len(w) for w in names)]
    for size, code in zip(sizes, [bins - first, *codes], strict=True):
        group = group * size + code
    groups, place = np.unique(group, return_inverse=True)
    many = len(groups)
    outcome, words = _coded(calls["outcome"])
    at = {word: i for i, word in enumerate(words)}
    answered = outcome == at.get("answered", -1)
    wait = _seconds(calls["ring_s"]) + _seconds(calls["queue_s"])
    columns: dict[str, object] = {}
    rest = groups
    for key, size, known in zip(reversed(KEYS), reversed(sizes[1:]), reversed(names), strict=True):
        rest, code = np.divmod(rest, size)
        columns[key] = pa.array(known, type=pa.string()).take(pa.array(code))
    columns[START] = pa.array((rest + first) * BIN_US).cast(pa.timestamp("us", "UTC"))
    columns["offered"] = np.bincount(place, minlength=many)
    for name in OUTCOMES:
        code_of = at.get(name)
        columns[name] = (
            np.zeros(many, dtype=np.int64)
            if code_of is None
            else np.bincount(place[outcome == code_of], minlength=many)
        )
    columns["answer_wait_s"] = np.bincount(place, np.where(answered, wait, 0.0), many)
    columns["lost_wait_s"] = np.bincount(place, np.where(answered, 0.0, wait), many)
    for name in ("hold_s", "talk_s"):
        columns[name] = np.bincount(place, np.where(answered, _seconds(calls[name]), 0.0), many)
    return pa.Table.from_arrays([pa.array(columns[f.name]).cast(f.type) for f in SCHEMA], schema=SCHEMA)


def _coded(values: pa.ChunkedArray) -> tuple[np.ndarray, list[str | None]]:
    """Return each value's number among the distinct ones, which are sorted (null last)."""
    coded = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(coded, pa.ChunkedArray):  # no rows at all
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], type=values.type)
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    words = coded.dictionary.to_pylist()
    order = sorted(range(len(words)), key=lambda i: words[i])
    rank = np.empty(len(words) + 1, dtype=np.int64)
    rank[order] = np.arange(len(words))
    rank[len(words)] = len(words)
    codes = coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return rank[codes], [*(words[i] for i in order), None]


def _seconds(values: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(values.fill_null(0.0).to_numpy(), dtype=np.float64)
