"""A long window is audited part by part, each held against the records around it.

What is usual must be learned outside what is judged. A window of few days in months of records is one part; a window
that is most of the records is cut, so that every part has the rest to be held against.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pandas as pd

from calltrace.diagnosis.scene import within
from calltrace.intake.quality import LOGGED_AS_THEY_HAPPEN, MAIN_INSTANT
from calltrace.normal.baseline import MOST_WEEKS
from calltrace.tables import times
from calltrace.tables.case import Case, Extent

LONGEST = pd.Timedelta(days=28)
"""A part is no longer than this, however long the records are: what is usual drifts."""

HARDLY_LONGER = 1.1
"""Times the longest part, up to which a window is not cut, nor into one part more."""

SHARE = 4
"""A part is at most this fraction of the records."""

AROUND = pd.Timedelta(weeks=MOST_WEEKS + 1)
"""Records either side of a part that anything is learned from."""


SLACK = pd.Timedelta(days=14)
"""Records beyond that which are not worth being cut off."""

HELD_CALLS = 1_750_000
"""Calls held at a time to judge a part by. So many a day that :data:`AROUND` would bring more tell what is usual in
fewer weeks: then parts are shorter, and less lies around them, so that memory does not grow with the calls."""

DENSE_LONGEST, DENSE_SHARE = pd.Timedelta(days=42), 3
"""A part of so many calls a day is no longer than this, and no more than this fraction of what is held for it: what is
read and learned for a part is the same however long it is, and few weeks of so many calls tell as much as months of few."""

SHORTEST, LEAST_AROUND = pd.Timedelta(days=7), pd.Timedelta(days=14)
"""A part is not cut shorter for that, nor are fewer days either side of it learned from."""


def parts(
    case: Case, start: pd.Timestamp, end: pd.Timestamp
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the parts of [start, end), in order; they meet at midnights of the service's zone."""
    records = case.extent
    longest = max(pd.Timedelta(days=1), min(crowded(records)[0], ((records.last - records.first) / SHARE).floor("D")))
    if end - start <= longest * HARDLY_LONGER:
        return [(start, end)]
    days = [d for d in times.day_edges(start, end, case.zone) if start < d < end]
    count = -(-(end - start) // (longest * HARDLY_LONGER))
    cuts = [start]
    for k in range(1, count):
        wanted = start + (end - start) * k / count
        near = min(days, key=lambda d: (abs(d - wanted), d), default=wanted)
        if near > cuts[-1]:
            cuts.append(near)
    cuts.append(end)
    return list(pairwise(cuts))


def crowded(records: Extent) -> tuple[pd.Timedelta, pd.Timedelta]:
    """Return how long a part is at most, and how much either side of it is learned from: less where calls are many."""
    held = HELD_CALLS / records.calls * max(records.last - records.first, pd.Timedelta(days=1))
    if held >= LONGEST + 2 * AROUND:
        return LONGEST, AROUND
    longest = min(DENSE_LONGEST, max(SHORTEST, min(held / DENSE_SHARE, held - 2 * LEAST_AROUND))).floor("D")
    return longest, min(AROUND, max(LEAST_AROUND, ((held - longest) / 2).floor("D")))


def reach(records: Extent, start: pd.Timestamp, end: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return from when to when the records are that [start, end) is judged by; None where that is hardly less than all."""
    side = crowded(records)[1]
    low, high = start - side, end + side
    return None if records.first >= low - SLACK and records.last < high + SLACK else (low, high)


def around(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> Case:
    """Return the case with no more of its records than [start, end) is judged by; itself where it is hardly more."""
    return within_reach(case, reach(case.extent, start, end))


def within_reach(case: Case, reach: tuple[pd.Timestamp, pd.Timestamp] | None) -> Case:
    """Return the case with the records of a time alone, as :func:`reach` gives it; itself where it has no others."""
    if reach is None:
        return case
    low, high = reach
    tables = {}
    for name, frame in case.tables.items():
        if name == "calls" and (at := frame["offered_at"]).iloc[0] >= low and at.iloc[-1] < high:
            tables[name] = frame  # as a store was asked for them
        elif name == "calls" or name in LOGGED_AS_THEY_HAPPEN:
            near = within(frame, low, high, MAIN_INSTANT[name])
            tables[name] = frame if len(near) == len(frame) else near.reset_index(drop=True)
        else:
            tables[name] = frame
    if all(tables[name] is frame for name, frame in case.tables.items()):
        return case  # with what was worked out of it
    return replace(case, tables=tables, cache={})


def told_until(case: Case, end: pd.Timestamp) -> Case:
    """Return the case without the interval counts after ``end``, where its call records stop.

    What the switch counts goes on where only the export of its calls died. Nobody's silence reaches into that time: the
    records of one account end with everybody's.
    """
    kpi = case.table("kpi")
    column = MAIN_INSTANT["kpi"]
    if kpi.empty or not (kpi[column] > end).any():
        return case
    kept = kpi[(kpi[column] <= end).fillna(value=False)].reset_index(drop=True)
    return replace(case, tables=case.tables | {"kpi": kept}, cache={})
