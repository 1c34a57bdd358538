"""Days on which nobody calls: an office's weekend without a call is no hole in the records.

What is usual is told by the same day of the weeks before, counted: a rate smoothed over all days of the week always expects
a few calls of a Sunday. A feed that died must not pass for such a day, so where no call has come since, the silence before
the day has to be as usual as the day's own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.scene import within
from calltrace.intake import quality
from calltrace.intake.rates import microseconds
from calltrace.tables import times

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.tables.case import Case

WEEKS = 8
"""Weeks before a day that tell what is usual of it."""

LEAST_WEEKS = 3
"""Weeks before a day below which they tell nothing."""

HARDLY_ANY = 0.5
"""Calls of everybody's on such a day, on average, up to which none is no surprise."""

CHANCE = 0.01
"""Chance of no call between the last one and the day, below which the records broke off before it."""


def is_quiet(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether a day without a call, [start, end) UTC, is one on which hardly any is usual, in records that go on.

    The switch's own counts, and messages taken that day, say otherwise whatever is usual.
    """
    calls = case.calls["offered_at"]
    if not len(calls) or _counted(case, start, end):
        return False
    at = calls.to_numpy(dtype="datetime64[us]").astype(np.int64)
    before = np.searchsorted(at, microseconds(start))
    if not before:
        return False
    last = calls.iloc[int(before) - 1]
    usual = _before(case, at, start, end)
    if len(usual) < LEAST_WEEKS or sum(usual) > HARDLY_ANY * len(usual):
        return False
    if before < len(at):  # calls go on after it
        return True
    lead = _before(case, at, last + timedelta(microseconds=1), start)
    return quality.feed(case, problems=False).rates.chance_of_none(sum(lead) / max(len(lead), 1)) >= CHANCE


def _before(case: Case, at: np.ndarray, start: pd.Timestamp, end: pd.Timestamp) -> list[int]:
    """Count the calls of the same span, by the service's clock, in each of the weeks before that are on record."""
    begins, ends = (times.local(t, case.zone).to_pydatetime().replace(tzinfo=None) for t in (start, end))
    counts = []
    for week in range(1, WEEKS + 1):
        edges = [microseconds(times.at_wall(t - timedelta(weeks=week), case.zone)) for t in (begins, ends)]
        if edges[0] < at[0]:
            break
        low, high = np.searchsorted(at, edges)
        counts.append(int(high - low))
    return counts


def _counted(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether other records of the day tell of calls."""
    kpi = within(case.table("kpi"), start, end, "interval_start")
    return bool(kpi["offered"].sum() > 0) or len(within(case.table("messages"), start, end, "taken_at")) > 0
