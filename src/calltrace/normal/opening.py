"""When a line is open: by the hours of coverage in the accounts table, or by the spans it was forwarded in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calltrace.normal.intervals import BIN, HOUR, HOURS_A_WEEK, Grid, to_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Floats: TypeAlias = NDArray[np.float64]

CLOSED_SHARE = 0.02
"""What a closed hour brings against an open one: some callers know the number, some clients forward it."""


def open_share(grid: Grid, spans: Iterable[tuple[int, int]]) -> Floats:
    """Return what share of each interval a line is forwarded that is forwarded in these spans (microseconds)."""
    fine = np.zeros(grid.size)
    edges = grid.edges.astype(float)
    for start, end in spans:
        first, last = max(0, start // BIN - grid.first), min(grid.size, -(-end // BIN) - grid.first)
        if last > first:
            low = np.maximum(edges[first:last], start)
            high = np.minimum(edges[first + 1: last + 1], end)
            fine[first:last] += (high - low) / BIN
    return np.maximum(np.minimum(fine, 1.0), CLOSED_SHARE)


def opening(accounts: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Return, per account and local hour of the week, 1 where its coverage is open, else CLOSED_SHARE.

    ``accounts`` is the accounts table.
    """
    found = np.ones((len(names), HOURS_A_WEEK))
    if accounts.empty:
        return found
    known = accounts[accounts["coverage"].notna()]
    coverage = dict(zip(known["account"], known["coverage"], strict=True))
    weeks: dict[str, Floats] = {}
    for row, name in enumerate(names):
        text = coverage.get(name)
        if text is not None:
            if text not in weeks:
                weeks[text] = _open_week(str(text))
            found[row] = weeks[text]
    return found


def _open_week(coverage: str) -> Floats:
    """Return the open share of each hour of an ordinary week, at least CLOSED_SHARE."""
    if coverage.strip() == "24/7":
        return np.ones(HOURS_A_WEEK)
    from calltrace.errors import InputError  # noqa: PLC0415 (only needed where coverage is given)
    from calltrace.tables.coverage import coverage_spans  # noqa: PLC0415

    # a week of no holiday and no clock change; any would do
    monday = pd.Timestamp("2025-06-23", tz="UTC")
    try:
        spans = coverage_spans(coverage, "UTC", monday, monday + pd.Timedelta(days=7))
    except InputError:
        # whoever asks about coverage says so; what is usual can do without it
        return np.ones(HOURS_A_WEEK)
    edges = to_us(monday) + np.arange(HOURS_A_WEEK + 1, dtype=np.int64) * HOUR
    share = np.zeros(HOURS_A_WEEK)
    for start, end in spans:
        low, high = np.maximum(edges[:-1], to_us(start)), np.minimum(edges[1:], to_us(end))
        share += np.maximum(high - low, 0) / HOUR
    # coverage that can't be read as any open hour says nothing
    return np.clip(share, CLOSED_SHARE, 1.0) if share.any() else np.ones(HOURS_A_WEEK)
