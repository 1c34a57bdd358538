"""Whether test calls show a line to be down, long after its last call: one that failed by itself shows nothing.

Of many test calls one fails now and then, whoever the number belongs to, and all of a trunk group's do while its carrier is
down. A number that is down fails one test after another, while those to its group's other numbers pass.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

LEAST_FAILING = 0.01
"""Share of test calls that fail for no reason, at least."""

CHANCE = 0.01
"""Chance of as many failures one after the other, at any of the tests made in that time, up to which they are no chance."""

BESIDE = pd.Timedelta(hours=1)
"""How far from a test those to the trunk group's other numbers tell whether the group was down."""


def failing(
    tests: pd.DataFrame, numbers: Collection[str], *, since: pd.Timestamp, start: pd.Timestamp, end: pd.Timestamp,
    shared: Iterable[tuple[pd.Timestamp, pd.Timestamp, str | None]] = (),
) -> bool:
    """Say whether test calls show one of the numbers to be down at some time in [start, end).

    Parameters
    ----------
    tests : DataFrame
        The line tests; an NA result tells nothing.
    since : Timestamp
        The numbers' last call: a run of failures may have begun any time after it.
    shared : iterable of (start, end, trunk group)
        When everybody was down (group None), or everybody of a trunk group: what failed then was not the number.
    """
    near = tests[(tests["tested_at"] >= since) & (tests["tested_at"] < end) & tests["result"].notna()]
    mine = near["number"].isin(list(numbers))
    bad = (near["result"] == "failed").to_numpy(dtype=bool)
    if not (mine & bad & (near["tested_at"] >= start)).any():
        return False
    base = max(LEAST_FAILING, (bad.sum() + 1) / (len(near) + 100))
    own = near[mine].sort_values("tested_at", kind="stable")
    own = own[~_of_the_group(own, near[~mine], shared)]
    for _, rows in own.groupby("number", sort=True):
        late = (rows["tested_at"] >= start).to_numpy()
        run = _longest((rows["result"] == "failed").to_numpy(dtype=bool), late)
        if run and run * math.log10(base) + math.log10(late.sum()) <= math.log10(CHANCE):
            return True
    return False


def _of_the_group(
    own: pd.DataFrame, others: pd.DataFrame, shared: Iterable[tuple[pd.Timestamp, pd.Timestamp, str | None]]
) -> NDArray[np.bool_]:
    """Say which tests failed while everybody, or the trunk group, was down: half of the tests beside them failed as well."""
    at, group, failed = own["tested_at"], own["trunk_group"], own["result"] == "failed"
    found = np.zeros(len(own), dtype=bool)
    for start, end, name in shared:
        inside = (at >= start) & (at < end)
        if name is not None:
            inside &= (group == name).fillna(value=True)
        found |= inside.to_numpy(dtype=bool)
    for place in np.flatnonzero(failed.to_numpy(dtype=bool) & ~found):
        if not pd.isna(group.iloc[place]):
            beside = (others["trunk_group"] == group.iloc[place]) & ((others["tested_at"] - at.iloc[place]).abs() <= BESIDE)
            results = others.loc[beside.fillna(value=False), "result"]
            found[place] = len(results) > 0 and 2 * (results == "failed").sum() >= len(results)
    return found


def _longest(bad: NDArray[np.bool_], late: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of failures that reaches into the time asked about."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(int)))
    return max((int(b - a) for a, b in zip(edges[::2], edges[1::2], strict=True) if late[b - 1]), default=0)
