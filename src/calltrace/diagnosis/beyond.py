"""Who was silent anyway: accounts whose own silence reaches beyond a time say nothing of what was shared in it.

A client of three on a trunk group that did not forward makes most of the group silent; a trunk group that is down for
days makes the pauses between two calls of the rest look like everybody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.normal.intervals import DAY, HOUR, to_us
from calltrace.normal.rhythms import Rhythms

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Ints
    from calltrace.normal.baseline import Baseline

BEYOND = 6.6
"""Calls to be expected of an account before and after a silence of all, in which it had none either, from which its
silence is its own: a silence reaches that far beyond both ends of a time once in a hundred, for two waits make it."""

SLACK = 1e-9
"""Relative error of what is expected, and more."""

WEEK = 7 * DAY
"""How far beyond a shared silence an account's own is followed."""


def silent_beyond(
    baseline: Baseline,
    calls: tuple[Ints, Ints, Sequence[str]],
    accounts: Iterable[str],
    span: tuple[pd.Timestamp, pd.Timestamp],
    known: tuple[pd.Timestamp, pd.Timestamp],
) -> frozenset[str]:
    """Return the accounts whose own silence reaches beyond a time, by more than chance.

    Parameters
    ----------
    baseline : Baseline
        What is usual of the accounts.
    calls : tuple
        When all calls were offered (microseconds since 1970 UTC, in order), the number of each one's account (-1 for none),
        and the accounts by number.
    accounts : iterable of str
        Those asked about; one that has no call is none of them.
    span : (Timestamp, Timestamp)
        The time, tz-aware.
    known : (Timestamp, Timestamp)
        From when to when the records reach.
    """
    at, account, names = calls
    start, end = to_us(span[0]), to_us(span[1])
    reach = start - WEEK, end + WEEK
    low, begun, over, high = np.searchsorted(at, [reach[0], start + 1, end, reach[1]]).tolist()
    last, first = (np.full(len(names) + 1, limit, dtype=np.int64) for limit in (
        max(reach[0], to_us(known[0])), min(reach[1], to_us(known[1]))))
    last[account[low:begun]] = at[low:begun]  # the latest is written last
    first[account[over:high][::-1]] = at[over:high][::-1]
    place = {name: k for k, name in enumerate(names)}
    asked = [name for name in accounts if name in place]
    own = np.array([place[name] for name in asked], dtype=np.int64)
    since, until = last[own], first[own]
    # most had a call so shortly before and after that not even their busiest hour would bring so many
    rhythms = baseline.all("account", asked)
    hours = (np.maximum(start - since, 0) + np.maximum(until - end, 0)) / HOUR
    able = np.flatnonzero(hours * rhythms.busiest >= BEYOND * (1.0 - SLACK))
    some = Rhythms([rhythms[k] for k in able.tolist()])
    lost = some.expected_each(since[able], np.full(len(able), start)) + some.expected_each(np.full(len(able), end), until[able])
    return frozenset(asked[k] for k in able[lost >= BEYOND].tolist())


def share_of_others(
    baseline: Baseline, accounts: Iterable[str], without: frozenset[str], start: pd.Timestamp, end: pd.Timestamp
) -> float:
    """Return the share of the calls to be expected of some accounts in [start, end) that is not of those left out.

    Who left long before, and counts no more in what is usual of them, is neither.
    """
    if not without - baseline.gone:
        return 1.0
    names = sorted(set(accounts) - baseline.gone)
    calls = baseline.expected_of("account", names, start, end)
    left = np.array([name not in without for name in names])
    return float(calls[left].sum() / max(calls.sum(), 1e-9))
