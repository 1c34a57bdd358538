"""Arrivals as the audit's own silence screen sees them, for benchmarks/detection.py --audit.

Each test week is audited as a window of its own with only the weeks before it on record, once untouched and once for
each length of silence, put into every fourth account in turn so that the others say how busy the platform was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.audit.screens import silence
from calltrace.diagnosis.profile import Profile
from calltrace.normal.monitor import BINS_A_WEEK
from calltrace.tables.case import Case
from calltrace.tables.schema import TABLES, conform

EVERY = 4
"""One account in so many is silenced at a time."""

DAY0 = pd.Timestamp("2024-01-01", tz="UTC")
BIN = pd.Timedelta(minutes=15)


@dataclass(frozen=True)
class Told:
    """What the screen told of one account: its first and last bin and its score."""

    account: int
    first: float
    last: float
    score: float


def case_of(counts: np.ndarray, rng: np.random.Generator) -> Case:
    """Return answered calls, drawn evenly within their quarters of an hour, one number an account."""
    account, quarter = np.nonzero(counts)
    many = counts[account, quarter].astype(int)
    account, quarter = np.repeat(account, many), np.repeat(quarter, many)
    seconds = quarter * 900.0 + rng.uniform(0, 900, len(quarter))
    order = np.argsort(seconds, kind="stable")
    names = np.array([f"{a:04d}" for a in range(len(counts))])
    frame = pd.DataFrame({
        "call_id": [f"c{i}" for i in range(len(order))],
        "account": names[account[order]],
        "dnis": "+1212555" + pd.Series(names[account[order]]),
        "trunk_group": "A",
        "offered_at": (DAY0 + pd.to_timedelta(seconds[order], unit="s")).astype("datetime64[us, UTC]"),
        "outcome": "answered",
        "talk_s": 60.0,
        "source_file": "calls.csv",
        "source_line": np.arange(2, len(order) + 2),
    })
    return Case({"calls": conform(frame, TABLES["calls"])}, zone="UTC")


def screen(counts: np.ndarray, week: int, seed: int) -> list[Told]:
    """Return what the silence screen says of one week, with nothing later on record."""
    case = case_of(counts[:, : (week + 1) * BINS_A_WEEK], np.random.default_rng(seed))
    start = DAY0 + week * pd.Timedelta(weeks=1)
    ground = Ground(case, start, start + pd.Timedelta(weeks=1), Profile())
    return [
        Told(int(c.account), (c.start - DAY0) / BIN, (c.end - DAY0) / BIN, c.score)
        for c in silence.run(ground, []) if c.account is not None]
