"""When what is said to have gone down is last known to have worked.

A silence begins with the last call before it, and what made it may have begun hours later: of a number with a few calls a
day nobody knows when. A test call that still came through says that it worked then, and so do the switch's own counts; no
outage began before the last of them. One test that failed between others that passed is no beginning where several failed
in a row later: one in some forty fails by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.evidence import Evidence, Outcome

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked

WORKED = "worked_at"
"""Of a piece's data: when what it found to be down still worked for the last time, ISO 8601; absent where nothing shows it."""

OF_NUMBER, OF_GROUP, OF_SWITCH = "number-tests-failed", "trunk-tests-failed", "kpi-stopped"
"""Facets that may have it."""

SHOWN_BY = {
    "number-down": (OF_NUMBER,),
    "carrier-outage": (OF_NUMBER, OF_GROUP, "trunk-silent"),
    "platform-outage": (OF_NUMBER, OF_GROUP, OF_SWITCH),
    "planned-shutdown": (OF_NUMBER, OF_GROUP, OF_SWITCH),
}
"""The causes by which something was down, and the facets that may show when it still worked."""

SEVERAL = 2
"""Tests that fail one after the other from which what they tested was down, and it was no test's own trouble."""


def before_failing(tests: pd.DataFrame) -> pd.Timestamp | None:
    """Return when the last test passed before those that failed; None where none did.

    ``tests`` are those of a silence (``tested_at, number, result``). Of several numbers that failed the first to go counts.
    """
    known = tests.dropna(subset=["result", "tested_at"]).sort_values("tested_at", kind="stable")
    since: list[pd.Timestamp | None] = []
    for _, rows in known.groupby("number"):
        bad = [result == "failed" for result in rows["result"]]
        if any(bad):
            passed = _before_first(bad)
            since.append(None if passed is None else rows["tested_at"].iloc[passed])
    passes = [at for at in since if at is not None]
    return min(passes) if passes and len(passes) == len(since) else None


def _before_first(bad: Sequence[bool]) -> int | None:
    """Return the place of the pass just before the first run of failures, of several where there is one."""
    runs: list[tuple[int, int]] = []
    for place, failed in enumerate(bad):
        if failed and runs and sum(runs[-1]) == place:
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        elif failed:
            runs.append((place, 1))
    enough = min(SEVERAL, max(length for _, length in runs))
    first = next(begun for begun, length in runs if length >= enough)
    return first - 1 if first else None


def while_counted(counts: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.Timestamp | None:
    """Return when the switch last counted a call in [start, end), before the longest time in which it counted none.

    ``counts`` are its intervals (``interval_start, offered``) of what is said to be silent then. None where it counted none.
    """
    inside = counts[(counts["interval_start"] > start) & (counts["interval_start"] < end) & counts["offered"].notna()]
    came = inside.loc[inside["offered"] > 0, "interval_start"].sort_values()
    if came.empty:
        return None
    edges = [start, *came, end]
    lengths = [after - before for before, after in pairwise(edges)]
    longest = edges[lengths.index(max(lengths))]
    return longest if longest > start else None


def last(cause: str, pieces: Mapping[str, Evidence], start: pd.Timestamp, end: pd.Timestamp) -> pd.Timestamp | None:
    """Return when what a cause says was down is last known to have worked in (start, end); None where nothing shows it."""
    found = (pieces[f] for f in SHOWN_BY.get(cause, ()) if f in pieces and pieces[f].outcome is Outcome.FOUND)
    known = (pd.Timestamp(str(p.data[WORKED])) for p in found if WORKED in p.data)
    return max((at for at in known if start < at < end), default=None)


def begun(
    ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence], start: pd.Timestamp, end: pd.Timestamp
) -> pd.Timestamp:
    """Return the beginning of a trouble that was taken to begin at ``start``: not before what was down still worked."""
    return (last(ranked[0].cause, pieces, start, end) if ranked else None) or start
