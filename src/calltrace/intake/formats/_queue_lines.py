"""The piped lines of a queue_log: split at once, the fields being the bytes between separators."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.formats._lines import LISTED
from calltrace.intake.formats._queue_events import MEANING, NOBODY, NUMBERS, left_out
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGE = 1_000_000
"""Bytes from which a log is read in two parts."""


def read_lines(data: bytes, name: str, problems: list[Problem]) -> tuple[pd.DataFrame, int]:
    """Read the piped lines, those of a large log in two parts at the same time (numpy and Arrow let go of the lock)."""
    middle = data.find(b"\n", len(data) // 2) + 1
    if len(data) < LARGE or not middle or middle == len(data):
        return _read_part(data, name, problems, 0)
    before = data.count(b"\n", 0, middle)
    parts: list[list[Problem]] = [[], []]
    with ThreadPoolExecutor(2) as pool:
        read = [pool.submit(_read_part, half, name, found, above)
                for half, found, above in ((data[:middle], parts[0], 0), (data[middle:], parts[1], before))]
        frames = [r.result() for r in read]
    problems += [*parts[0], *parts[1]]
    return pd.concat([f for f, _ in frames], ignore_index=True), sum(rows for _, rows in frames)


def _read_part(data: bytes, name: str, problems: list[Problem], above: int) -> tuple[pd.DataFrame, int]:
    """Split the piped lines at once: the fields are the bytes between separators, and lines are counted.

    ``above`` is the number of lines before the first.
    """
    if data and not data.endswith(b"\n"):
        data += b"\n"
    raw = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero((raw == 10) | (raw == 124))
    text = data.translate(None, b"\n|")
    offsets = np.concatenate(([0], ends - np.arange(len(ends)))).astype(np.int64)
    flat = pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(text))
    at_newline = raw[ends] == 10
    last = np.flatnonzero(at_newline)
    first = np.concatenate(([0], last[:-1] + 1)) if len(last) else last
    count = last - first + 1
    length = offsets[last + 1] - offsets[first]
    lines = np.arange(above + 1, above + len(last) + 1)
    there = ~((count == 1) & (length == 0))
    rows = int(there.sum())

    stamp = _field(flat, first, count, 0)
    good_stamp = _epochs(stamp)
    kinds = _field(flat, first, count, 4).dictionary_encode()  # a dozen words for all the lines
    fair = pc.fill_null(pc.match_substring_regex(kinds.dictionary, r"^[A-Za-z0-9_ -]+$"), False)
    known = kinds.indices.fill_null(0).to_numpy(zero_copy_only=False)
    good = good_stamp & (count >= 5)
    if len(kinds.dictionary):
        good &= fair.to_numpy(zero_copy_only=False)[known] & (kinds.null_count == 0 or kinds.is_valid().to_numpy(False))
    bad = np.flatnonzero(there & ~good)
    left_out(
        bad,
        [flat.slice(int(first[n]), int(count[n])).to_pylist() for n in bad[: LISTED + 1]],
        lines,
        name,
        problems,
    )
    keep = np.flatnonzero(good)
    if len(keep) < len(good):
        first, count, stamp, known = first[keep], count[keep], stamp.take(pa.array(keep)), known[keep]
    # a trailing bar is an empty last field, not a value
    ending = first + count - 1
    trailing = (offsets[ending + 1] == offsets[ending]) & (count > 5)
    seconds = pc.cast(stamp, pa.float64()).to_numpy(zero_copy_only=False)
    columns: dict[str, object] = {"at": _instants(seconds)}
    for column, where in (("call_id", 1), ("queue", 2), ("agent", 3)):
        columns[column] = _named(_field(flat, first, count, where))
    upper = pc.utf8_upper(kinds.dictionary).dictionary_encode()  # words that differ in case are one
    names = upper.dictionary.to_pylist()
    code = upper.indices.to_numpy(zero_copy_only=False)[known] if names else known
    columns["event"] = _text(upper.dictionary.take(pa.array(code)))
    parts = count - 5 - trailing
    for column, meanings in MEANING.items():
        fields = {event: field for events, field in meanings for event in events}
        at_event = np.array([fields.get(event, 0) for event in names], dtype=np.int64)  # 0: says nothing of it
        mine = np.flatnonzero((at_event != 0)[code]) if at_event.any() else np.zeros(0, dtype=np.int64)
        field = at_event[code[mine]]
        carried = parts[mine] >= np.abs(field)
        if not carried.all():
            mine, field = mine[carried], field[carried]
        # hold, talk and position are the last three of a transfer, whatever stands before them
        where = np.where(field > 0, 4 + field, 5 + parts[mine] + field)
        values = pc.take(flat, pa.array(first[mine] + where), boundscheck=False)
        columns[column] = _spread(_number(values), mine, len(keep)) if column in NUMBERS else _text(
            values if len(mine) == len(keep) else _scattered(values, mine, len(keep)))
    columns["source_line"] = lines[keep]
    return pd.DataFrame(columns), rows


def _field(flat: pa.Array, first: NDArray[np.int64], count: NDArray[np.int64], where: int) -> pa.Array:
    return _pick(flat, first, np.where(count > where, where, -1))


def _pick(flat: pa.Array, first: NDArray[np.int64], where: NDArray[np.int64]) -> pa.Array:
    """Return each line's field at ``where`` (from 0), null where that is negative."""
    return pc.take(flat, pa.array(first + where, mask=where < 0), boundscheck=False)


def _spread(values: NDArray[np.float64], rows: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Return the values at their rows, NaN elsewhere."""
    found = np.full(size, np.nan)
    found[rows] = values
    return found


def _scattered(values: pa.Array, rows: NDArray[np.int64], size: int) -> pa.Array:
    """Return the texts at their rows, null elsewhere."""
    index = np.full(size, -1, dtype=np.int64)
    index[rows] = np.arange(len(rows))
    return pc.take(values, pa.array(index, mask=index < 0), boundscheck=False)


def _named(values: pa.Array) -> object:
    return _text(pc.if_else(pc.is_in(values, value_set=pa.array(NOBODY, values.type)), None, values))


def _epochs(stamp: pa.Array) -> NDArray[np.bool_]:
    """Say which texts are epoch seconds of nine or ten digits."""
    try:
        number = pc.cast(stamp, pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        number = np.zeros(0)
    if len(number) and bool(((number >= 1e8) & (number < 1e10)).all()) and not _letters(stamp):
        return np.ones(len(stamp), dtype=bool)
    fits = pc.fill_null(pc.match_substring_regex(stamp, r"^\d{9,10}(\.\d+)?$"), False)
    found: NDArray[np.bool_] = fits.to_numpy(zero_copy_only=False)
    return found


def _letters(values: pa.Array) -> bool:
    """Say whether a number may be written otherwise than with digits: 1e9, +1, blanks around it."""
    length = pc.min_max(pc.binary_length(values))
    return bool(length["min"].as_py() < 9 or pc.any(pc.match_substring(values, "e", ignore_case=False)).as_py())


def _or_null(values: pa.Array) -> pa.Array:
    """Return the texts, the empty ones null."""
    empty = pc.equal(values, "")
    if not pc.any(empty).as_py():
        return values
    return pc.if_else(empty, pa.scalar(None, values.type), values)


def _text(values: pa.Array) -> object:
    return pd.array(_or_null(values), dtype="string")


def _number(values: pa.Array) -> NDArray[np.float64]:
    try:  # mostly they are all numbers, and a look at each would cost more than reading it
        found: NDArray[np.float64] = pc.cast(_or_null(values), pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        pass
    else:
        if not (found < 0).any() and not (found >= 1e10).any():
            return found
    good = pc.match_substring_regex(values, r"^\d{1,10}(\.\d+)?$")
    number: NDArray[np.float64] = pc.cast(
        pc.if_else(good, values, pa.scalar(None, values.type)), pa.float64()
    ).to_numpy(zero_copy_only=False)
    return number


def _instants(seconds: NDArray[np.float64]) -> pd.Series[pd.Timestamp]:
    stamps = pd.Series(np.round(seconds * 1e6).astype("datetime64[us]"))
    return stamps.dt.tz_localize("UTC")
