"""Whether the hours of all calls moved by as much from some time on: the log's clock or zone was changed, not the clients.

Times without a zone are read in one. Where a switch, or its export, goes over to another in the middle of the records, to UTC
say, every account's day lies some hours earlier or later from there on. No row shows it; the hours of the day of all calls
before and after do: those of nearly every account have moved by as many.

What looks the same: a client that forwards later is one of many; on a holiday some have calls all day and others none; after
an outage everybody calls later, for a day at most. A shift of one hour is left out: clients of another zone move by as much
where only one of the two zones changes its clocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.rates import HOUR_US, hour_of_week
from calltrace.tables.later import later
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.intake.rates import Rates
    from calltrace.tables.case import Case

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
else:
    pd = later("pandas")

LEAST_HOURS, MOST_HOURS = 2, 13
"""Hours that a clock moves by, at least and at most: no two zones in use are further apart, counted the shorter way."""
SHIFTS = (*range(-MOST_HOURS, -LEAST_HOURS + 1), *range(LEAST_HOURS, MOST_HOURS + 1))
LEAST_RECORDS = 14 * 24
"""Hours of records below which nobody knows at what hours of the week calls come."""
LASTS = 20
"""Hours from which it is no day that began late: an outage in the morning brings the calls of the morning later."""
GAIN = 50.0
"""Natural logarithm of how much likelier the moved hours must make the calls: chance alone makes it never."""
EXPLAINS = 0.5
"""Part of what sets the hours of the calls apart from the usual ones that the shift must do away with."""
BROAD, LEAST_ACCOUNTS = 0.8, 4
"""Share of the accounts whose own hours tell either way that must have moved as well, and how many must."""
OWN, OWN_BESIDE = 8, 30
"""Calls of an account in the time that moved, and beside it, from which its hours tell."""
TELLS = 1.0
"""Natural logarithm of how much likelier one of the two must be for an account to tell."""
PASSES = 4
"""Times the usual hours are learned anew without the time that was found, at most."""
SMOOTH = 0.05
"""Part of the mean rate that is given to every hour: the records need not have shown every hour yet."""


@dataclass(frozen=True)
class Moved:
    """From when to when (UTC, about) the calls' times are later by ``hours`` than at other times; earlier where negative.

    ``at`` is the first call of it; ``goes_on`` says that it lasts to the end of the records. ``utc`` says that times in UTC
    would be later by as much.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    hours: int
    accounts: int
    at: Location
    goes_on: bool
    utc: bool

    def touches(self, start: pd.Timestamp, end: pd.Timestamp) -> bool:
        """Say whether some of it lies within [start, end)."""
        return self.start < end and start < self.end

    def explains(self, start: pd.Timestamp, end: pd.Timestamp, rates: Rates, chance: float) -> bool:
        """Say whether a silence in it is one of hours that, so moved, may well bring no call."""
        by = pd.Timedelta(hours=self.hours)
        return self.touches(start, end) and rates.chance_of_none(rates.expected(start - by, end - by)) > chance

    def says(self, zone: str) -> str:
        """Return it in a sentence without a full stop, its times in a zone."""
        until = "" if self.goes_on else f" to about {self.end.tz_convert(zone):%Y-%m-%d %H:%M}"
        like = ", as times in UTC would" if self.utc else ""
        return (f"from about {self.start.tz_convert(zone):%Y-%m-%d %H:%M}{until} the calls of nearly all accounts"
                f" ({self.accounts} that show it) lie {abs(self.hours)} h {'later' if self.hours > 0 else 'earlier'} in the day"
                f" than at other times{like}: the log's clock or zone was changed, not the clients' day")


def moved(case: Case, at: NDArray[np.int64], rates: Rates) -> Moved | None:
    """Return the time in which all calls' hours lie off from those of the rest, None for none.

    ``at`` are the calls' times in order, microseconds since 1970; ``rates`` what was learned from them.
    """
    if len(at) < 2 or int(at[-1] - at[0]) < LEAST_RECORDS * HOUR_US:
        return None
    grid = np.arange(at[0] // HOUR_US - MOST_HOURS, at[-1] // HOUR_US + 2 + MOST_HOURS, dtype=np.int64) * HOUR_US
    how = hour_of_week(grid[:-1], case.zone)
    counts = np.diff(np.searchsorted(at, grid)).astype(float)
    usual = rates.per_hour[how]
    run = _run(counts, usual)
    for _ in range(PASSES):
        if run is None:  # nearly always
            return None
        # learned with it the usual hours are partly its own
        usual = _beside(counts, how, *run)
        before, run = run, _run(counts, usual)
        if run == before:
            break
    if run is None or len(counts) - 2 * MOST_HOURS - (run[1] - run[0]) < LEAST_RECORDS:
        return None
    first, last = run
    if not _explained(counts, usual, how % 24, first, last):
        return None
    inside = np.zeros(len(at), dtype=bool)
    inside[slice(*np.searchsorted(at, [grid[first], grid[last]]).tolist())] = True
    by, agreeing = _agreed(case, (how % 24)[(at - grid[0]) // HOUR_US], inside)
    if not agreeing:
        return None
    place = int(np.searchsorted(at, grid[first]))
    row = case.calls.iloc[place]
    line = row.get("source_line", pd.NA)
    start = pd.Timestamp(int(grid[first]), unit="us", tz="UTC")
    ahead = start.tz_convert(case.zone).utcoffset()
    return Moved(
        start=start, end=pd.Timestamp(int(grid[last]), unit="us", tz="UTC"), hours=by, accounts=agreeing,
        at=Location(str(row.get("source_file", "")), 0 if pd.isna(line) else int(line)),
        goes_on=bool(grid[last] + LASTS * HOUR_US > at[-1]),
        utc=ahead is not None and -ahead == pd.Timedelta(hours=by))


def told(case: Case, found: Moved | None) -> list[Problem]:
    """Return what is to be said of the records for it, a note: the rows stay as they are."""
    if found is None:
        return []
    return [Problem(
        at=found.at, saw=found.says(case.zone), expected="times of one zone throughout",
        fix="Look up in which zone the log was written when, and read the files of each time apart, with the zone of each.",
        table="calls", effect="noted", rows=0, kind="hours-moved")]


def _beside(counts: Floats, how: Ints, first: int, last: int) -> Floats:
    """Return the calls usual of each hour by those of the same hour of other weeks, the hours in [first, last) left out."""
    known = np.ones(len(counts))
    known[first:last] = known[:MOST_HOURS] = known[-MOST_HOURS:] = 0.0  # at its ends there are no records
    seen, came = (np.bincount(how, weights=w, minlength=168) for w in (known, known * counts))
    by_day = np.tile(came.reshape(7, 24).sum(axis=0) / np.maximum(seen.reshape(7, 24).sum(axis=0), 1.0), 7)
    # half an hour of the hour of the day's, as in :func:`calltrace.intake.rates.rates_of`
    return np.asarray(((came + 0.5 * by_day) / (seen + 0.5))[how])


def _run(counts: Floats, usual: Floats) -> tuple[int, int] | None:
    """Return the stretch of hours, first and behind the last, that some shift makes likelier most."""
    rate = usual + SMOOTH * usual.mean() + 1e-9
    best, found = GAIN, None
    inside = slice(MOST_HOURS, len(rate) - MOST_HOURS)
    for by in SHIFTS:
        other = np.roll(rate, by)
        gain = counts[inside] * np.log(other[inside] / rate[inside]) - (other[inside] - rate[inside])
        along = np.concatenate([[0.0], np.cumsum(gain)])
        lowest = np.minimum.accumulate(along)
        last = int(np.argmax(along - lowest))
        if along[last] - lowest[last] > best:
            first = int(np.flatnonzero(along[: last + 1] == lowest[last])[-1])
            best, found = float(along[last] - lowest[last]), (first + MOST_HOURS, last + MOST_HOURS)
    return found if found is not None and found[1] - found[0] >= LASTS else None


def _explained(counts: Floats, usual: Floats, hour: Ints, first: int, last: int) -> bool:
    """Say whether some shift does away with most of what sets the hours of the day in [first, last) apart from the usual."""
    of_day = hour[first:last]
    came = np.bincount(of_day, weights=counts[first:last], minlength=24)
    rate = usual + SMOOTH * usual.mean() + 1e-9
    some = came > 0

    def apart(by: int) -> float:
        share = np.bincount(of_day, weights=np.roll(rate, by)[first:last], minlength=24)
        share *= came.sum() / share.sum()
        return float((came[some] * np.log(came[some] / share[some])).sum())

    return min(apart(by) for by in SHIFTS) <= EXPLAINS * apart(0)


def _agreed(case: Case, hour: Ints, inside: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the shift that fits the accounts' own hours best, and how many of them moved so.

    ``hour`` is the hour of the day of each call, ``inside`` says which are of the time that moved. None of the accounts (0)
    where they are not most of those that tell either way, or too few.
    """
    account, names = case.codes("account")
    cell = account * 24 + hour
    then, beside = (
        np.bincount(cell[(account >= 0) & of], minlength=24 * len(names)).reshape(-1, 24).astype(float)
        for of in (inside, ~inside))
    able = (then.sum(axis=1) >= OWN) & (beside.sum(axis=1) >= OWN_BESIDE)
    then, beside = then[able], beside[able]
    share = np.log(beside + SMOOTH * beside.sum(axis=1, keepdims=True) / 24 + 0.5 / 24)
    gains = {by: (then * (np.roll(share, by, axis=1) - share)).sum(axis=1) for by in SHIFTS}
    best = max(SHIFTS, key=lambda by: float(gains[by].sum()))
    so, others = int((gains[best] > TELLS).sum()), int((gains[best] < -TELLS).sum())
    return best, so if so >= max(LEAST_ACCOUNTS, BROAD * (so + others)) else 0
