"""How many calls came in, told beside how many of them are no caller's second try.

Trouble makes calls: who was not served tries again, so that checks of volume leave second tries out
(:attr:`calltrace.diagnosis.checks._columns.Columns.again`). A client's own list of calls, the chart and the table of calls
hold them, and the first figure said is the one that stands there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis import words
from calltrace.diagnosis.checks._columns import AGAIN_US
from calltrace.normal.intervals import to_us

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats
    from calltrace.diagnosis.checks._load import Load

MANY = 0.1
"""Part of an account's usual calls from which a number is not one caller's: a switchboard's, or that of the forwarding line."""

SET_APART = "without second tries"
"""What a count of callers leaves out."""


def came(view: Load, which: Bools, start: pd.Timestamp, end: pd.Timestamp) -> int:
    """Return how many of the calls ``which`` came in from ``start`` to just before ``end``, second tries as well."""
    first, last = view.grid.bin(np.array([to_us(start), to_us(end)])).tolist()
    near = view.places(first, last + 1)
    at = view.calls.at[near]
    return int((which[near] & (at >= to_us(start)) & (at < to_us(end))).sum())


def over_and_over(view: Load) -> Bools:
    """Return which of the account's calls are of a caller who called within the hour before: one caller is no crowd.

    Served or not: a dialler that got stuck, or somebody with much to say. Withheld numbers never match, nor does one that
    many of the account's calls always come from: behind it are many callers.
    """
    found = np.zeros(len(view.calls.at), dtype=bool)
    mine = np.flatnonzero(view.mine)
    caller = np.asarray(pd.factorize(view.calls.ani.iloc[mine])[0], dtype=np.int64)
    usual = np.bincount(caller[view.usual_calls[mine] & (caller >= 0)], minlength=caller.max(initial=-1) + 2)
    order = np.lexsort((view.calls.at[mine], caller))
    at, caller = view.calls.at[mine][order], caller[order]
    one = (caller[1:] == caller[:-1]) & (caller[1:] >= 0) & (at[1:] - at[:-1] <= AGAIN_US)
    one &= usual[caller[1:]] < MANY * max(usual.sum(), 1)
    found[mine[order[1:][one]]] = True
    return found


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
