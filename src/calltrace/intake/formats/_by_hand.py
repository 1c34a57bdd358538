"""Times as a spreadsheet saves them: days and months in an order of its own, and often without the seconds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

BY_HAND = (
    r"^(?P<a>\d{1,4})[/.\-](?P<b>\d{1,2})[/.\-](?P<c>\d{1,4})[ T]+"
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}))?(?:\.\d+)?\s*(?P<p>[AaPp])?\.?(?:[Mm]\.?)?$"
)
"""A date as a spreadsheet writes it: ``2020/2/10 22:41``, ``9/1/2017 6:05 PM``, ``10.2.2020 22:41:05``."""


def from_spreadsheet(text: pa.Array, region: str) -> np.ndarray:
    """Return wall-clock times of texts as a spreadsheet writes them, NaT for others; see :data:`BY_HAND`."""
    found = np.full(len(text), np.datetime64("NaT", "s"))
    parts = pc.extract_regex(text, BY_HAND)
    fits = np.flatnonzero(~parts.is_null().to_numpy(zero_copy_only=False))
    if len(fits):
        parts = parts.take(pa.array(fits))
        read = {first: by_hand(parts, day_first=first) for first in (True, False)}
        known = {first: int((~np.isnat(seen)).sum()) for first, seen in read.items()}
        found[fits] = read[known[True] > known[False] or (known[True] == known[False] and region not in ("US", "PH"))]
    return found


def by_hand(parts: pa.Array, *, day_first: bool) -> np.ndarray:
    """Return the wall-clock times of the parts of :data:`BY_HAND`, NaT where the numbers make none in this order."""

    def number(name: str) -> np.ndarray:
        text = pc.struct_field(parts, name)
        text = pc.if_else(pc.equal(text, ""), "0", text)
        made: np.ndarray = text.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return made

    a, b, c, hour = number("a"), number("b"), number("c"), number("h")
    half = pc.utf8_lower(pc.struct_field(parts, "p")).to_numpy(zero_copy_only=False)
    hour = np.where(half == "p", hour % 12 + 12, np.where(half == "a", hour % 12, hour))
    year = np.where(a > 31, a, np.where(c < 100, 2000 + c, c))
    month = np.where(a > 31, b, b if day_first else a)
    day = np.where(a > 31, c, a if day_first else b)
    good = (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (year < 2200)
    start = ((np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    good &= start.astype("datetime64[D]") + day - 1 < (start + 1).astype("datetime64[D]")
    second = (hour * 60 + number("m")) * 60 + number("s")
    found: np.ndarray = (start.astype("datetime64[D]") + (day - 1)).astype("datetime64[s]") + second
    found[~good] = np.datetime64("NaT", "s")
    return found


def without_seconds(starts: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Say which starts have no seconds: a spreadsheet leaves them out of what it saves."""
    if pa.types.is_timestamp(starts.type):
        return np.zeros(len(starts), dtype=bool)
    starts = starts.combine_chunks() if isinstance(starts, pa.ChunkedArray) else starts
    bare = pc.match_substring_regex(starts, r"^[^:]*\d{1,2}:\d{2}(?: *[AaPp]\.?[Mm]?\.?)?$")
    found: np.ndarray = pc.fill_null(bare, False).to_numpy(zero_copy_only=False)
    return found
