"""How many calls came in, told beside how many of them are no caller's second try.

Trouble makes calls: who was not served tries again, so that checks of volume leave second tries out
(:attr:`calltrace.diagnosis.checks._columns.Columns.again`). A client's own list of calls, the chart and the table of calls
hold them, and the first figure said is the one that stands there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis import words
from calltrace.normal.intervals import to_us

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.checks._chance import Bools, Floats
    from calltrace.diagnosis.checks._load import Load

SET_APART = "without second tries"
"""What a count of callers leaves out."""


def came(view: Load, which: Bools, start: pd.Timestamp, end: pd.Timestamp) -> int:
    """Return how many of the calls ``which`` came in from ``start`` to just before ``end``, second tries as well."""
    first, last = view.grid.bin(np.array([to_us(start), to_us(end)])).tolist()
    near = view.places(first, last + 1)
    at = view.calls.at[near]
    return int((which[near] & (at >= to_us(start)) & (at < to_us(end))).sum())


def by_account(view: Load, first: int, last: int) -> Floats:
    """Return how many calls every account had in these quarters, second tries as well."""
    near = view.places(first, last)
    here = view.calls.owned[near] & (view.bin[near] >= first) & (view.bin[near] < last)
    return np.bincount(view.calls.account[near][here], minlength=len(view.calls.accounts)).astype(float)


def told(calls: float, callers: float) -> str:
    """Return ``36 calls (31 without second tries)``, or ``31 calls`` where nobody had to try again.

    Examples
    --------
    >>> told(36, 31)
    '36 calls (31 without second tries)'
    >>> told(31, 31)
    '31 calls'
    """
    if calls <= callers:
        return words.count(callers, "call")
    return f"{words.count(calls, 'call')} ({callers:.0f} {SET_APART})"
