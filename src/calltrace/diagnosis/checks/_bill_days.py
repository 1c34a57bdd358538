"""Days that a bill's sums hide: weeks before without any call, and single days that made the rise.

Held against weeks in which the client's calls were missing, an ordinary bill looks as if it had doubled: days of a silence beyond
chance tell nothing of what is usual, and are left out. A rise of one day drowns in what fortnights differ by, though the day
itself is far beyond what days do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.checks._drivers import CERTAIN, LEAST_RISE, PRIOR_SPREAD, spread_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.diagnosis.checks._drivers import Change, Days
    from calltrace.diagnosis.scene import Scene

LEAST_DAYS = 2
"""Whole days without a call in a row from which they are looked at: one is a holiday, and of no weight in weeks."""
ODDS = 1e-4
"""Chance of none in them below which they are a silence."""


def without_silences(days: Days, day: NDArray[np.int64]) -> Days:
    """Return the days, those of long silences in the weeks before marked as such where they would change the bill's usual."""
    sums, _ = days.split(day)
    none = np.concatenate([[False], sums.reshape(-1) == 0, [False]])
    edges = np.flatnonzero(none[1:] != none[:-1]).reshape(-1, 2)
    runs = [range(low, high) for low, high in edges.tolist() if high - low >= LEAST_DAYS]
    silent: list[int] = []
    lost = 0.0
    for run in runs:
        others = replace(days, silent=tuple(n for one in runs if one is run or len(one) >= len(run) for n in one))
        if others.past < 1:
            continue
        mean = np.where(others.told().any(axis=0), others.mean(sums), 0.0)
        usual = float(mean[np.array(run) % 7].sum())
        if np.exp(-usual / PRIOR_SPREAD) < ODDS:
            silent += run
            lost += usual
    if lost < (LEAST_RISE - 1) * max(float(sums.sum()), 1.0):
        return days
    return replace(days, silent=tuple(silent))


def silence(days: Days, zone: str) -> str:
    """Return what is said of the days left out; '' where there are none."""
    if not days.silent:
        return ""
    first, last = (words.day(pd.Timestamp(days.edges[n], tz="UTC"), zone) for n in (days.silent[0], days.silent[-1]))
    return (f" No call at all came on {len(days.silent)} days of the {days.weeks} weeks before ({first} to {last}): what is usual"
            " is told by the others, and a bill of that time was the lower for it.")


@dataclass(frozen=True)
class Peak:
    """Days of the period that stand out: how many calls they had, and usually have; the most of them on ``most``."""

    days: int
    seen: float
    expected: float
    most: pd.Timestamp


def peak(days: Days, day: NDArray[np.int64], which: NDArray[np.bool_], change: Change) -> tuple[Change, Peak | None]:
    """Return a change of calls as sure as its outstanding days make it, and these; None where none made it rise."""
    sums, _ = days.split(day[which])
    whole = int(days.n)
    if change.rose or change.ratio < LEAST_RISE or whole < 2:
        return change, None
    seen, usual, z = _each(days, day[which], sums)
    high = np.flatnonzero(z >= CERTAIN)
    more = float((seen - usual)[high].sum())
    if not len(high) or more < (LEAST_RISE - 1) * change.expected:
        return change, None
    most = int(high[np.argmax((seen - usual)[high])])
    at = pd.Timestamp(days.edges[7 * days.weeks + most], tz="UTC")
    return replace(change, z=float(z[most])), Peak(len(high), float(seen[high].sum()), float(usual[high].sum()), at)


def _each(
    days: Days, day: NDArray[np.int64], sums: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the calls of each whole day of the period, those usual on it, and how far beyond what days do they are."""
    whole = int(days.n)
    seen = np.bincount(day[(day >= 0) & (day < whole)], minlength=whole).astype(float)
    usual = days.mean(sums)[np.arange(whole) % 7]
    error = max(1.0, spread_of(days, sums)) * (1 + 7 / days.past)
    return seen, usual, 2 * (np.sqrt(seen + 0.375) - np.sqrt(usual + 0.375)) / np.sqrt(error)


@dataclass(frozen=True)
class Strays:
    """Days whose calls outside coverage stand out: of all calls of those days how many there were, and usually are.

    ``part`` (0 to 1) is what those outside coverage have of the rise of those days; most of them came on ``most``.
    """

    days: int
    calls: float
    usual: float
    part: float
    most: pd.Timestamp


def strays(days: Days, day: NDArray[np.int64], outside: NDArray[np.bool_], calls: Change) -> Strays | None:
    """Return the days on which lines were left forwarded, where they made those days' calls more than usual; None for none.

    A month's bill hardly shows them; of one that is lower than usual they are no reason.
    """
    if int(days.n) < 2 or calls.seen <= calls.expected:
        return None
    out = _each(days, day[outside], days.split(day[outside])[0])
    seen, usual, _ = _each(days, day, days.split(day)[0])
    high = np.flatnonzero(out[2] >= CERTAIN)
    due = float(usual[high].sum())
    strayed, more = float((out[0] - out[1])[high].sum()), float((seen - usual)[high].sum())
    if not len(high) or min(strayed, more) < (LEAST_RISE - 1) * due:
        return None
    most = pd.Timestamp(days.edges[7 * days.weeks + int(high[np.argmax(out[0][high])])], tz="UTC")
    return Strays(len(high), float(seen[high].sum()), due, min(1.0, strayed / more), most)


def of_strays(found: Strays, zone: str) -> str:
    """Return what is said of those days."""
    which = words.day(found.most, zone) if found.days == 1 else f"{found.days} days, most on {words.day(found.most, zone)}"
    came, usual = words.count(round(found.calls), "call"), f"{found.usual:.0f}"
    return f"; on {which}, {came} came in all where {usual} {'is' if usual == '1' else 'are'} usual"


def of_peak(found: Peak | None, scene: Scene) -> str:
    """Return what is said of the days that stand out, and what was announced for the first of them; '' for none."""
    if found is None:
        return ""
    which = words.day(found.most, scene.account.zone)
    if found.days > 1:
        which = f"{found.days} days, most on {which}"
    events = scene.case.table("events")
    start, end = found.most, found.most + pd.Timedelta(days=1)
    own = (events["scope"] == "account") & (events["target"] == scene.question.account)
    then = (events["starts_at"] < end) & (events["ends_at"].fillna(events["starts_at"]) >= start)
    known = events[(own & then).fillna(value=False)]
    said = "" if known.empty else f" (announced: {known['kind'].iloc[0]})"
    return f"; {found.seen:.0f} of them on {which}, where {found.expected:.0f} are usual{said}:"
