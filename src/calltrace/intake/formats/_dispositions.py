"""Dispositions that a database has as Asterisk's numbers, of which each age of it had its own.

A column of a number's type, or a backend told to write raw values, has ``8`` for ANSWERED. Which numbers these are is seen by
the calls: those that were billed were answered.

References
----------
asterisk/asterisk ``include/asterisk/cdr.h``, of versions 1.2, 1.4 and since 1.6.2.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

NOW = {"0": "NO ANSWER", "1": "UNKNOWN", "2": "FAILED", "4": "BUSY", "8": "ANSWERED", "16": "CONGESTION"}
OF_1_4 = {"0": "UNKNOWN", "1": "FAILED", "2": "BUSY", "4": "NO ANSWER", "8": "ANSWERED"}
OF_1_2 = {"1": "NO ANSWER", "2": "BUSY", "4": "ANSWERED", "8": "FAILED"}


def in_words(disposition: pa.ChunkedArray, billsec: pa.ChunkedArray, *, newer: bool) -> tuple[pa.ChunkedArray, str]:
    """Return the dispositions in words, and a sentence on how numbers were read; as they are where they are no numbers.

    Parameters
    ----------
    disposition, billsec : columns
        Texts, and seconds as numbers or digits.
    newer : bool
        Whether the table has columns that Asterisk 1.4 had not.
    """
    known = pc.is_in(disposition, pa.array(sorted(NOW)))
    if not len(disposition) or not pc.all(pc.fill_null(known, True)).as_py() or disposition.null_count == len(disposition):
        return disposition, ""
    billed = pc.greater(pc.cast(billsec, pa.float64()), 0)
    spoken = set(pc.unique(disposition.filter(pc.fill_null(billed, False))).to_pylist()) - {None}
    there = set(pc.unique(disposition).to_pylist())
    if spoken == {"4"}:
        numbers, whose = OF_1_2, "1.2"
    elif spoken != {"8"}:
        return disposition, ""
    elif newer or "4" not in there or there & {"0", "16"}:
        numbers, whose = NOW, "1.6.2 and later"
    else:
        numbers, whose = OF_1_4, "1.4"
    words = pa.array([numbers.get(value) if value else None for value in disposition.to_pylist()], pa.string())
    said = ", ".join(f"{number} {numbers[number]}" for number in sorted(there & numbers.keys(), key=int))
    return pa.chunked_array([words]), f"dispositions are numbers, read as those of Asterisk {whose}: {said}"
