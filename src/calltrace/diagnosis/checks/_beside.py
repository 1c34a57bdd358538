"""Did what ended calls in an announcement begin before the window, or go on after it?

People ask of one night, and a night has few calls: a night mode left on ends every call of every night from some day on.
Looked at alone, two calls of a night prove nothing; and the nights beside it, where all calls end so, pass for usual. So
where any call of the window ended in an announcement, the calls at the same hours of the days beside are looked at: those in
a row with it, with none that reached an agent among them, against those at the same hours before and after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Ints

MOSTLY = 0.25
"""Share of the calls at those hours at other times that may have ended so, where it is a change that they all do."""

LEAST = 4
"""Calls in a row from which it is a run, and calls at other times from which it is known how they ended."""

DAY = 24


@dataclass(frozen=True)
class Run:
    """Calls in a row that all ended in an announcement, at some hours of the day.

    ``first`` and ``last`` are the places of its first and last call among those asked of; ``inside`` is how many are of the
    window, ``others`` how many calls came at those hours at other times, and ``others_ended`` how many of these ended so.
    """

    hours: frozenset[int]
    calls: int
    inside: int
    first: int
    last: int
    others: int
    others_ended: int

    @property
    def usual(self) -> float:
        """Share of the calls at those hours at other times that ended so."""
        return self.others_ended / max(1, self.others)


def run_through(at: Ints, ended: Bools, inside: Bools, zone: str) -> Run | None:
    """Return the run that goes through the window and beyond it, None where there is none.

    Parameters
    ----------
    at : array of int
        When the account's calls that could have been served were offered, microseconds since 1970, in order.
    ended, inside : array of bool
        Which of them ended in an announcement, and which were offered in the window.
    zone : str
        The account's zone: hours are those of its wall clocks.
    """
    through = np.flatnonzero(ended & inside)
    if not len(through) or int(ended.sum()) < LEAST:
        return None
    hour = np.asarray(pd.to_datetime(at, unit="us", utc=True).tz_convert(zone).hour)
    best = _at(frozenset(hour[through].tolist()), hour, ended, inside)
    while best is not None and len(best.hours) < DAY:
        beside = {(h + step) % DAY for h in best.hours for step in (-1, 1)} - best.hours
        more = [_at(best.hours | {h}, hour, ended, inside) for h in sorted(beside)]
        longer = [run for run in more if run is not None and run.calls > best.calls]
        if not longer:
            break
        best = max(longer, key=lambda run: (run.calls, -min(run.hours)))
    if best is None or best.calls < LEAST or best.calls == best.inside or best.others < LEAST or best.usual > MOSTLY:
        return None
    return best


def _at(hours: frozenset[int], hour: Ints, ended: Bools, inside: Bools) -> Run | None:
    """Return the longest run at these hours that goes through the window."""
    places = np.flatnonzero(np.isin(hour, list(hours)))
    so, here = ended[places], inside[places]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], so.astype(np.int8), [0]))))
    runs = [(int(b), int(e)) for b, e in zip(edges[::2], edges[1::2], strict=True) if here[b:e].any()]
    if not runs:
        return None
    first, last = max(runs, key=lambda r: (r[1] - r[0], -r[0]))
    apart = np.ones(len(places), dtype=bool)
    apart[first:last] = False
    return Run(
        hours, last - first, int(here[first:last].sum()), int(places[first]), int(places[last - 1]),
        int(apart.sum()), int((so & apart).sum()))


def in_a_row(ended: Bools, inside: Bools) -> Bools:
    """Return which calls of the window ended so in a row, whatever the hour: the most of them, the first of as many."""
    so = np.where(ended & inside, 1, 0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], so, [0]))))
    first, last = max(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True), key=lambda r: (r[1] - r[0], -r[0]))
    row = np.zeros(len(ended), dtype=bool)
    row[first:last] = True
    return row


def of_the_day(hours: frozenset[int]) -> str:
    """Return hours of the day in words: the shortest part of the clock that has them all, '' of the whole of it.

    >>> of_the_day(frozenset({22, 23, 0, 1})), of_the_day(frozenset({8, 10})), of_the_day(frozenset(range(24)))
    ('22:00 to 02:00', '08:00 to 11:00', '')
    """
    if len(hours) == DAY:
        return ""
    some = sorted(hours)
    apart = [(after - hour) % DAY or DAY for hour, after in zip(some, [*some[1:], some[0]], strict=True)]
    last = int(np.argmax(apart))  # the longest pause comes after it
    return f"{some[(last + 1) % len(some)]:02d}:00 to {(some[last] + 1) % DAY:02d}:00"
