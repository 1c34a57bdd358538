"""Has a trunk group lines enough for its ordinary weeks? Read off the switch's interval counts of one group.

A group is built for a grade of service: the share of calls that may find no line free in its *busy hour* (P.01 is one in a
hundred: ``blocked_share``). So what counts are the hours of the day that usually bring most calls, over the weeks round the
window, and not the window's own bad hour: a storm fills any group once. One that is too small blocks calls week after week,
always with as many lines in use as it ever had; blocked calls with fewer in use than that are lines that were lost, and
count for nothing here. How many lines would do is Erlang's loss formula read backwards: the load at which so many lines
block so many calls, and the fewest lines that block no more than the grade at that load. Callers who try again make the load
look larger than it is, so it is told as about so many.

References
----------
Busy hour and grade of service: ITU-T E.500 and E.520 to E.523; the formula: :mod:`calltrace.normal.erlang`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._chance import Bools, Floats, Ints, share_tail
from calltrace.diagnosis.scene import within
from calltrace.normal import erlang

AROUND = pd.Timedelta(weeks=4)
"""How far either side of the window the weeks reach that tell how a group is built: clients come, and lines are ordered."""

WEEK = pd.Timedelta(weeks=1)

LEAST_WEEKS = 3
"""Weeks of counts below which nobody can say what is ordinary."""

LEAST_DAYS = 5
"""Days of counts a week has at least to be taken for one."""

MOST_WEEKS_WITHOUT = 0.25
"""Share of the weeks that may bring no blocked call at all: a holiday's, a quiet one."""

BUSY_HOURS = 3
"""Hours of the day, of working days or of weekends, that usually bring most calls: what a group is built for."""

EVER = 3
"""Intervals in which so many lines must have been in use for them to be what the group has: one count may be a slip."""

LEAST_TOGETHER = 1.5
"""Calls that find no line free do so several at a time: so many of them, at least, say as much as one would by itself."""

HOURS = 24
WEEKEND = 5


@dataclass(frozen=True)
class Grade:
    """What a trunk group's ordinary weeks say of its lines.

    ``lines`` are those in use at most (NaN where the counts do not say); ``share`` the part of the calls of its busy hours
    that found none free, the worst week left out, ``k`` of ``n``; ``weeks`` how many were looked at and ``blocking`` how many
    of them had blocked calls; ``chance`` that a group which keeps its grade blocks so many; 1 where it is not week after
    week. ``blocked`` are, by row, the calls blocked while all the lines the group ever had were in use. Of fewer weeks than
    :data:`LEAST_WEEKS` none is left out, and nobody knows whether it is so week after week (:attr:`ordinary`).
    """

    lines: float
    k: float
    n: float
    weeks: int
    blocking: int
    chance: float
    blocked: Floats

    @property
    def share(self) -> float:
        """Part of the busy hours' calls that found no line free."""
        return self.k / max(self.n, 1.0)

    @property
    def ordinary(self) -> bool:
        """Whether there are weeks enough to say what is ordinary."""
        return self.weeks >= LEAST_WEEKS

    def needed(self, limit: float) -> int | None:
        """Return about how many lines would block no more than ``limit`` (0 to 1) in the busy hours; None where unknown."""
        if np.isnan(self.lines) or self.lines < 1 or not limit < self.share < 1:
            return None
        return max(int(self.lines) + 1, erlang.lines_for(erlang.load_at(int(self.lines), self.share), limit))


def grade(
    rows: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, *, zone: str, limit: float
) -> Grade:
    """Judge one group by all its interval counts (``rows``) of the weeks round the window [start, end).

    Parameters
    ----------
    rows : DataFrame
        Rows of the table ``kpi`` of one trunk group, in any order.
    zone : str
        In which hours and weekends are told.
    limit : float
        Share of the busy hours' calls that may be blocked.
    """
    blocked, offered, peak = (_figures(rows[name]) for name in ("blocked", "offered", "peak_trunks_in_use"))
    lines = _ever(peak)
    # with fewer in use than it has had, lines were lost: that is no want of them
    at_most = np.isnan(peak) | (peak >= lines) if not np.isnan(lines) else np.ones(len(peak), dtype=bool)
    blocked = np.where(at_most, np.nan_to_num(blocked), 0.0)
    near = rows.index.isin(within(rows, start - AROUND, end + AROUND, "interval_start").index)
    at = rows["interval_start"]
    if not near.any():
        return Grade(lines, 0.0, 0.0, 0, 0, 1.0, blocked)
    local = at.dt.tz_convert(zone)
    week = ((at[near].max() - at) // WEEK).to_numpy()
    whole = _whole_weeks(week, local, near)
    lost = np.array([blocked[near & (week == w)].sum() for w in whole])
    blocking = int((lost > 0).sum())
    ordinary, lasting = near, True
    if len(whole) >= LEAST_WEEKS:
        ordinary = near & np.isin(week, whole) & (week != whole[int(np.argmax(lost))])
        lasting = blocking >= (1 - MOST_WEEKS_WITHOUT) * len(whole)
    busy = ordinary & _busy_hours(local, np.nan_to_num(offered) + blocked, ordinary)
    k = float(blocked[busy].sum())
    n = k + float(np.nan_to_num(offered)[busy].sum())
    chance = 1.0
    if lasting and k > 0:
        together = _together(local[busy], blocked[busy])
        chance = share_tail(k / together, n / together, limit)
    return Grade(lines, k, n, len(whole), blocking, chance, blocked)


def _figures(values: pd.Series) -> Floats:
    return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))


def _ever(peak: Floats) -> float:
    """Return how many lines the group has had in use, :data:`EVER` times and more; NaN where nobody counted them."""
    known = np.sort(peak[~np.isnan(peak)])
    return float(known[-EVER]) if len(known) >= EVER else np.nan


def _together(local: pd.Series, blocked: Floats) -> float:
    """Return how many blocked calls say as much as one: the variance of an hour's over their mean (quasi-binomial)."""
    of_hour = pd.Series(blocked).groupby([local.dt.date.to_numpy(), local.dt.hour.to_numpy()]).sum().to_numpy()
    return max(LEAST_TOGETHER, float(of_hour.var() / max(of_hour.mean(), 1e-9)))


def _whole_weeks(week: Ints, local: pd.Series, near: Bools) -> Ints:
    """Return the weeks (counted back from the last row) that have counts of most of their days, in order."""
    days = pd.DataFrame({"week": week[near], "day": local[near].dt.date.to_numpy()})
    of_each = days.groupby("week")["day"].nunique()
    return np.asarray(of_each[of_each >= LEAST_DAYS].index, dtype=np.int64)


def _busy_hours(local: pd.Series, tried: Floats, ordinary: Bools) -> Bools:
    """Return which rows lie in the hours that bring most calls a day, of working days and of weekends apart."""
    kind = (local.dt.hour + HOURS * (local.dt.day_of_week >= WEEKEND)).to_numpy()
    frame = pd.DataFrame({"kind": kind, "day": local.dt.date.to_numpy(), "tried": tried})[ordinary]
    of_day = frame.groupby(["kind", "day"])["tried"].sum().groupby("kind").mean()
    most = of_day.sort_values(ascending=False, kind="stable").index[:BUSY_HOURS]
    return np.isin(kind, most)
