"""The typed columns of a stretch, as Arrow read them: as the layout wants them, or odd in some way."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.columns import LONGEST_S, PHONES, TEXT_NULLS
from calltrace.tables import arrow, phones, times
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.intake.formats._base import ReadOptions

REPEATING = ("account", "dnis", "trunk_group", "agent", "outcome", "ended_by", "queue", "hangup_cause")
"""Columns with few values a day: read as dictionaries, judged and cleaned value by value."""
NULLS = ("", "NULL", "null", r"\N")
_LONGEST_NULL = max(len(n) for n in NULLS)
COLUMNS = {c.name: c for c in TABLES["calls"].columns}


class Odd(Exception):  # noqa: N818 - a signal, no error
    """Something about a stretch is not as the layout wants it: it is to be read closely."""


def judged(name: str, values: pa.ChunkedArray, options: ReadOptions) -> pa.ChunkedArray:
    """Return a column as the layout's reader would, or raise Odd where that takes a closer look."""
    column = COLUMNS[name]
    if column.kind == "text":
        values = _coded(name, values, options) if name in REPEATING else _plain(name, values, options)
    if not column.nullable and values.null_count:
        raise Odd
    if column.kind == "instant":
        us = arrow.values(values)
        if len(us) and not (us.min() >= _EARLIEST and us.max() < _LATEST):
            raise Odd
    elif column.kind != "text":
        known = arrow.values(values.drop_null() if values.null_count else values)
        if len(known) and not (known.min() >= 0 and known.max() <= LONGEST_S):  # what is no number is neither
            raise Odd
    return values


def _plain(name: str, values: pa.ChunkedArray, options: ReadOptions) -> pa.ChunkedArray:
    """Judge and clean a column of texts one by one; an empty one becomes null."""
    texts = _with_nulls(arrow.whole(values))
    if _blank_or_short(texts, name):
        raise Odd
    if name == "call_id" and pc.any(pc.starts_with(texts, "'")).as_py():
        raise Odd
    if name in PHONES["calls"] and not _all_e164(texts):
        cleaned = phones.clean_arrow(texts, options.region)
        if cleaned.null_count > texts.null_count and pc.any(phones.cut_short(texts)).as_py():
            raise Odd
        texts = cleaned
    return pa.chunked_array([texts], type=pa.string())


def _sizes(texts: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return where each text of a column begins, the end of the last one behind it, and how long each is."""
    count = len(texts)
    if not count:
        return np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.int32)
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + count + 1]
    return offsets, np.diff(offsets)


def _with_nulls(texts: pa.Array) -> pa.Array:
    """Return texts with null for empty ones; the letters are not copied."""
    _, sizes = _sizes(texts)
    if not len(sizes) or sizes.min():
        return texts
    _, offsets, letters = texts.buffers()
    known = arrow.flags(sizes > 0).buffers()[1]
    if texts.offset:  # the bits count from the first of the text's own
        known = arrow.flags(np.concatenate([np.zeros(texts.offset, dtype=bool), sizes > 0])).buffers()[1]
    return pa.Array.from_buffers(texts.type, len(texts), [known, offsets, letters], -1, texts.offset)


_EARLIEST = int(np.datetime64(f"{times.EARLIEST_YEAR}-01-01", "us").astype(np.int64))
_LATEST = int(np.datetime64(f"{times.LATEST_YEAR + 1}-01-01", "us").astype(np.int64))


def _blank_or_short(values: pa.Array, name: str) -> bool:
    """Say whether a text may have blanks around it, or be a word for nothing where those are not null already."""
    offsets, sizes = _sizes(values)
    if offsets[-1] == offsets[0] or values.buffers()[2] is None:
        return False
    letters = np.frombuffer(values.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
    blank = bool(letters.min() <= 32)
    if name in {"caller_name", "recording"}:  # blanks within are theirs
        trimmed = pc.equal(pc.ascii_trim_whitespace(values), values) if blank else None
        if trimmed is not None and not pc.all(arrow.filled(trimmed, np.True_)).as_py():
            return True
    elif blank:
        return True
    if name != "caller_name" and ((sizes > 0) & (sizes <= _LONGEST_NULL)).any():
        return bool(pc.any(pc.is_in(values.drop_null(), TEXT_NULLS)).as_py())
    return False


def _all_e164(values: pa.Array) -> bool:
    """Say whether every text is a plus, a digit from 1 on and six to fourteen more; nulls are left aside."""
    offsets, sizes = _sizes(values)
    used = sizes > 0
    if not used.any():
        return True
    sizes, starts = sizes[used], offsets[:-1][used]
    if sizes.min() < 8 or sizes.max() > 16:
        return False
    letters = np.frombuffer(values.buffers()[2], dtype=np.uint8)
    marks = int(np.count_nonzero((letters[offsets[0] : offsets[-1]] - np.uint8(48)) > 9))
    return (
        marks == len(starts)
        and bool((letters[starts] == ord("+")).all())
        and bool((letters[starts + 1] != ord("0")).all())
    )


def _coded(name: str, values: pa.ChunkedArray, options: ReadOptions) -> pa.ChunkedArray:
    """Judge and clean a column of few values by its values."""
    coded = arrow.whole(values.unify_dictionaries())
    words = coded.dictionary.to_pylist()
    meant = [_meant(name, w, options.region) for w in words]
    if meant != words:
        kept = [m for m in dict.fromkeys(meant) if m is not None]
        places = {m: i for i, m in enumerate(kept)}
        table = np.array([-1 if m is None else places[m] for m in (*meant, None)], dtype=np.int32)
        codes = table[arrow.values(arrow.filled(coded.indices, np.int32(len(words))))]
        none = codes < 0
        codes[none] = 0
        coded = pa.DictionaryArray.from_arrays(arrow.numbers(codes, none), arrow.texts(kept))
    return pa.chunked_array([coded], type=pa.dictionary(pa.int32(), pa.string()))


@lru_cache(20_000)
def _meant(name: str, word: str, region: str) -> str | None:
    """Return what a word of a column of few values means; the same ones come with every stretch."""
    column = COLUMNS[name]
    bare: str | None = word.strip(" \t\r\n\v\f")
    if not bare or bare in NULLS:
        return None
    if column.values:
        said = re.sub(r"[\s\-]+", "_", bare.lower())
        if said not in column.values:
            raise Odd
        return said
    if name not in PHONES["calls"]:
        return bare
    if phones.is_cut_short(bare):
        raise Odd
    return phones.one(bare, region)
