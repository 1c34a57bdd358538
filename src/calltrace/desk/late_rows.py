"""Calls that came on record after the morning of their day: what was told of that day was told without them.

Every morning remembers how many calls of its day were on record, of everybody, of each trunk group and of each account.
Where a later morning finds markedly more, the day is named once, and what was told of a silence which those calls fill is
taken back. Calls that only moved from one account or group to another are none that came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.desk.troubles import GROUP, PLATFORM, Left, Morning, Trouble
from calltrace.intake.rates import microseconds
from calltrace.tables import times

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    import pandas as pd

    from calltrace.tables.case import Case

Counts = Mapping[tuple[date, str], int]
"""Calls on record by local day and scope: an account's id, ``trunk group X`` or ``the platform``."""

DAYS = 28
"""Days before a morning's own that are counted anew."""

LEAST = 3
"""Calls that came late below which nothing is said of them,"""

SHARE = 0.05
"""and the share of the day's, of everybody or of a trunk group: fewer can't have made the day look otherwise."""

FILLED = 0.5
"""Share of the calls told as lost which, come on record, take back what was told."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS counted (
  service TEXT NOT NULL, day TEXT NOT NULL, of_day TEXT NOT NULL, scope TEXT NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (service, day, of_day, scope));
"""


@dataclass(frozen=True)
class Then:
    """What the mornings before had on record: the most ``calls`` of each day, and the days a morning was made ``of``."""

    calls: Counts = field(default_factory=dict)
    of: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Late:
    """A day of which ``then`` calls were on record when its morning was made, and ``now`` are.

    ``groups`` are trunk groups most of whose calls came late, where not most of everybody's did: name, then, now.
    """

    day: date
    then: int
    now: int
    groups: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True)
class Undone:
    """A trouble that was told, and ``calls`` that came on record since, of the days from ``day`` on."""

    trouble: Trouble
    calls: int
    day: date


# --- counting -----------------------------------------------------------------------------------------------


def on_record(case: Case, day: date, now: pd.Timestamp) -> dict[tuple[date, str], int]:
    """Count the calls of a day and of the :data:`DAYS` before it that are over, by the service's clock."""
    at = case.calls["offered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    days = [day - timedelta(days=n) for n in range(DAYS, -1, -1)]
    midnights = [times.at_wall(datetime.combine(d, time()), case.zone) for d in [*days, day + timedelta(days=1)]]
    days = [d for d, end in zip(days, midnights[1:], strict=True) if end <= now]
    if not len(at) or not days:
        return {}
    edges = np.array([microseconds(m) for m in midnights[: len(days) + 1]])
    bounds = np.searchsorted(at, edges)
    found = {(d, PLATFORM): int(n) for d, n in zip(days, np.diff(bounds), strict=True)}
    low, high = int(bounds[0]), int(bounds[-1])
    place = np.repeat(np.arange(len(days)), np.diff(bounds))
    for column, prefix in (("account", ""), ("trunk_group", GROUP)):
        if case.has(f"calls.{column}"):
            numbers, names = case.codes(column)
            own = numbers[low:high]
            keys, counts = np.unique(place[own >= 0] * len(names) + own[own >= 0], return_counts=True)
            found |= {
                (days[key // len(names)], f"{prefix}{names[key % len(names)]}"): count
                for key, count in zip(keys.tolist(), counts.tolist(), strict=True)
            }
    return found


# --- remembering --------------------------------------------------------------------------------------------


def keep(db: sqlite3.Connection, service: str, morning: Morning, then: Then) -> None:
    """Remember the day's counts, of the days before only what is more than the mornings before had."""
    day = morning.day.isoformat()
    oldest = (morning.day - timedelta(days=DAYS)).isoformat()
    db.execute("DELETE FROM counted WHERE service = ? AND (day = ? OR of_day < ?)", (service, day, oldest))
    of = then.of | {morning.day}
    db.executemany("INSERT INTO counted VALUES (?, ?, ?, ?, ?)", [
        (service, day, d.isoformat(), scope, calls)
        for (d, scope), calls in sorted(morning.counted.items())
        if (d in of or scope == PLATFORM) and (d == morning.day or calls > then.calls.get((d, scope), -1))
    ])


def remembered(db: sqlite3.Connection, service: str, day: date) -> Then:
    """Return what the mornings of the days before had on record."""
    span = service, day.isoformat(), (day - timedelta(days=DAYS)).isoformat()
    rows = db.execute(
        "SELECT of_day, scope, max(calls), max(day = of_day) FROM counted WHERE service = ? AND day < ? AND of_day >= ?"
        " GROUP BY of_day, scope", span).fetchall()
    calls = {(date.fromisoformat(of_day), scope): count for of_day, scope, count, _ in rows}
    return Then(calls, frozenset(date.fromisoformat(of_day) for of_day, scope, _, own in rows if own and scope == PLATFORM))


# --- comparing ----------------------------------------------------------------------------------------------


def compared(morning: Morning, left: Left, counted: Counts) -> Morning:
    """Return the morning with the days whose calls came late, and with what was told of them taken back."""
    then = left.then or Then()
    late = tuple(_late(then, counted))
    told = {t.chain: t for t in left.found}
    again = {s.trouble.chain for s in morning.stands}
    undone = tuple(
        u for u in (_undone(t, then, counted) for t in told.values() if t.chain not in again) if u is not None)
    chains = {u.trouble.chain for u in undone}
    closed = tuple(replace(t, state="ended") for t in morning.carried if t.chain in chains)
    return replace(
        morning, counted=counted, late=late, undone=undone, ended=(*morning.ended, *closed),
        carried=tuple(t for t in morning.carried if t.chain not in chains))


def _gained(then: Then, counted: Counts, day: date, scope: str) -> int:
    """Return how many calls of a scope came on record after the morning of a day: no more than everybody's did."""
    if day not in then.of:
        return 0
    whole, own = (
        counted.get((day, s), 0) - then.calls.get((day, s), 0) for s in (PLATFORM, scope))
    return max(min(whole, own), 0)


def _late(then: Then, counted: Counts) -> Iterator[Late]:
    for day in sorted(then.of):
        now, was = counted.get((day, PLATFORM), 0), then.calls.get((day, PLATFORM), 0)
        groups = []
        if now - was < LEAST:
            continue
        for (d, scope), calls in sorted(counted.items()) if 2 * was >= now else ():
            if d == day and scope.startswith(GROUP):
                gained = _gained(then, counted, day, scope)
                if gained >= LEAST and 2 * gained > calls:
                    groups.append((scope, calls - gained, calls))
        if groups or now - was > SHARE * now:
            yield Late(day, was, now, tuple(groups))


def _undone(trouble: Trouble, then: Then, counted: Counts) -> Undone | None:
    """Return a trouble whose lost calls, or half of them, came on record since; None where they did not."""
    first = trouble.since.astimezone(times.zone_named(trouble.zone)).date()
    days = [first + timedelta(days=n) for n in range((trouble.last - first).days + 1)]
    gained = {d: n for d in days if (n := _gained(then, counted, d, trouble.scope))}
    calls = sum(gained.values())
    if not trouble.lost or calls < max(LEAST, FILLED * trouble.lost):
        return None
    return Undone(trouble, calls, min(gained))
