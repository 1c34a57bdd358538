"""Where the times of a log step back and go on from there: the switch's clock was set back, or two logs were put together.

A switch writes a call when it is over, so that a log is in order of the calls' ends, and no call of it lies further back than
the longest call lasts. Times that step back further at one row, with all that follow, are no call's: from there to some later
row every time is off, and nothing in the rows themselves says by how much. What looks the same: the hour that an autumn's
clock change brings twice, logs sorted by something else than time, and single rows with a wrong time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.tables.later import later
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.tables.case import Case
else:
    pd = later("pandas")

LASTING = ("ring_s", "queue_s", "hold_s", "talk_s")
"""What a call's length is made of: a sketch of the calls, which leaves it out, tells no order."""
MINUTE_US = 60_000_000
LEAST_US = 10 * MINUTE_US
"""A smaller step is a clock being corrected, or rows written out of turn."""
MOST_US = 13 * 60 * MINUTE_US
"""A larger step, longer than any zone's offset from its neighbours', is another log that was put behind the first."""
MOST_STEPS = 3
"""Steps in one file, above which it is not in order of time."""
FOLLOW = 10
"""Rows before a step and after it that must lie on their side of it: one row with a wrong time is not a clock."""
MOST_ROWS = 2_000_000
"""Calls above which they are not put in order of their lines: that would take longer than reading them."""
NEAR = 3 * 60 * MINUTE_US
"""How near to a clock change a step is its own."""


@dataclass(frozen=True)
class SetBack:
    """A row from which on the times lie behind those before it: by how much, and the instants on both sides (UTC)."""

    at: Location
    before: pd.Timestamp
    after: pd.Timestamp

    @property
    def by(self) -> pd.Timedelta:
        """How far the times step back."""
        return self.before - self.after


def set_back(case: Case) -> tuple[SetBack, ...]:
    """Return where the times of the files of calls step back, in order of file and line; nowhere of a store's slice.

    What is read of a store is a part of each file, in order of time.
    """
    calls = case.calls
    if case.slice_of is not None or not 2 * FOLLOW < len(calls) <= MOST_ROWS:
        return ()
    if not {"source_line", *LASTING} <= set(calls.columns):
        return ()
    files, names = case.codes("source_file")
    line = calls["source_line"].to_numpy(dtype=np.float64, na_value=np.nan)
    use = np.flatnonzero((files >= 0) & (line > 0))
    use = use[np.lexsort((line[use], files[use]))]
    at = calls["offered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)[use]
    parts = (calls[c].to_numpy(dtype=np.float64, na_value=np.nan)[use] for c in LASTING)
    lasted = sum(np.nan_to_num(part) for part in parts)
    lasted = (np.maximum(lasted, 0.0) * 1e6).astype(np.int64)
    account = case.codes("account")[0][use]
    edges = np.concatenate([[0], np.flatnonzero(np.diff(files[use])) + 1, [len(use)]])
    found = []
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        own = slice(first, last)
        for k in _steps(at[own] + lasted[own], int(lasted[own].max(initial=0)), account[own], case.zone):
            place = use[first + k]
            instants = (pd.Timestamp(int(at[first + n] + lasted[first + n]), unit="us", tz="UTC") for n in (k - 1, k))
            found.append(SetBack(Location(names[files[place]], int(line[place])), *instants))
    return tuple(found)


def steps_told(case: Case) -> list[Problem]:
    """Return what is to be said of the records for it, a note a step: the rows stay as they are."""
    return [
        Problem(
            at=step.at,
            saw=(
                f"the times step back by {_length(step.by)} or more, from {_wall(step.before, case.zone)} to"
                f" {_wall(step.after, case.zone)}, and the rows go on from there: the switch's clock was set back, or another"
                " log was put behind this one"),
            expected="rows in order of time",
            fix="Look up when the clock was right again: until then every time is off by as much.",
            table="calls", effect="noted", rows=0, kind="clock-set-back")
        for step in set_back(case)]


def _length(by: pd.Timedelta) -> str:
    hours, minutes = divmod(int(by.total_seconds()) // 60, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes or not hours))


def _wall(at: pd.Timestamp, zone: str) -> str:
    return f"{at.tz_convert(zone):%Y-%m-%d %H:%M}"


def _steps(ends: NDArray[np.int64], longest: int, account: NDArray[np.int64], zone: str) -> list[int]:
    """Return the rows from which on the times lie behind; ``ends`` are the calls' ends in order of their lines."""
    if len(ends) <= 2 * FOLLOW:
        return []
    least = max(longest, LEAST_US)
    by = ends[:-1] - ends[1:]
    back = np.flatnonzero(by > least) + 1
    if not 0 < len(back) <= MOST_STEPS:
        return []
    return [k for k in back.tolist() if by[k - 1] <= MOST_US and _follows(ends, k) and _same_switch(account, k)
            and not _clock_change(int(ends[k]), zone)]


def _follows(ends: NDArray[np.int64], k: int) -> bool:
    """Say whether the rows before a step lie before it, and those after it go on from behind it."""
    before, after = ends[max(k - FOLLOW, 0) : k], ends[k : k + FOLLOW]
    if not len(before) == FOLLOW == len(after):
        return False
    half = (int(ends[k - 1]) - int(ends[k])) / 2
    # the next row is still behind, where a single wrong time is over
    return bool(np.median(before) > ends[k] and ends[k + 1] < ends[k - 1] and (np.diff(after) > -half).all())


def _same_switch(account: NDArray[np.int64], k: int) -> bool:
    """Say whether the rows on both sides are of the same accounts, as far as these are known: else two logs meet there."""
    before, after = (set(side[side >= 0].tolist()) for side in (account[max(k - 3 * FOLLOW, 0) : k], account[k : k + 3 * FOLLOW]))
    return not before or not after or bool(before & after)


def _clock_change(at: int, zone: str) -> bool:
    """Say whether the zone's clocks changed near an instant."""
    sides = (pd.Timestamp(at + beside, unit="us", tz="UTC").tz_convert(zone).utcoffset() for beside in (-NEAR, NEAR))
    return len(set(sides)) > 1
