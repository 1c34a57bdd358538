"""The windows that are looked at for surges: lengths and beginnings that are the same for every series of some records.

Instants are microseconds since 1970.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from calltrace.classes import dataclass
from calltrace.normal.intervals import BIN, HOUR

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

SURGE_HOURS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72)
"""Lengths of the windows."""

HIGH_LOOKS = 1.7
"""log10 of some 50 effective looks a day at busy windows, which start on every quarter hour; with it 1 day in
1,000 of undisturbed simulated accounts scores above 3."""

MOST_BINS = 1500
"""Quarter hours (some two weeks) beyond which windows start on the hour."""

_MARGIN = 12 * HOUR


@dataclass(frozen=True)
class Windows:
    """Windows between two edges: from ``edges[i]`` to ``edges[j]``, the calls expected (``mu``) and those observed."""

    edges: Ints
    i: Ints
    j: Ints
    mu: Floats
    observed: Ints

    @property
    def starts(self) -> Ints:
        """When each begins."""
        return self.edges[self.i]

    @property
    def ends(self) -> Ints:
        """When each ends."""
        return self.edges[self.j]

    def take(self, chosen: Ints | Bools) -> Windows:
        """Return some of them, by their places or by which are wanted."""
        return Windows(self.edges, self.i[chosen], self.j[chosen], self.mu[chosen], self.observed[chosen])


@lru_cache(maxsize=8)
def surge_windows(asked: tuple[int, int], records: tuple[int, int]) -> tuple[Ints, Ints, Ints]:
    """Return the edges of the windows that are looked at for surges, and where among them each begins and ends.

    They are the same for all series of the same records.

    Windows of :data:`SURGE_HOURS` that overlap the time asked about, from the records and up to twelve hours beyond it.
    They start on the quarter hour, in a long time (:data:`MOST_BINS`) on the hour.
    """
    low = max(asked[0] - _MARGIN, records[0]) // BIN * BIN
    high = min(asked[1] + _MARGIN, -(-records[1] // BIN) * BIN)
    step = BIN if (high - low) / BIN <= MOST_BINS else HOUR
    edges = np.arange(low, high + step if high > low else low, step, dtype=np.int64)
    begins, stops = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for hours in SURGE_HOURS:
        width = hours * HOUR // step
        if width >= len(edges):
            break
        i = np.arange(len(edges) - width)
        i = i[(edges[i] < asked[1]) & (edges[i + width] > asked[0])]
        begins.append(i)
        stops.append(i + width)
    found = edges, np.concatenate(begins), np.concatenate(stops)
    for values in found:
        values.setflags(write=False)
    return found
