"""How many agents were logged in, quarter by quarter, and where that was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.diagnosis.checks._columns import instants
from calltrace.diagnosis.checks._quarters import QUARTER_S, QUARTER_US
from calltrace.tables.sessions import logins

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._load import Load
    from calltrace.diagnosis.scene import Scene

FEW_LOST = 0.01
"""Part of the logins and logouts without a counterpart from which the switch's own count is the better source."""


@dataclass(frozen=True)
class Staff:
    """Agents at hand per quarter of the grid (NaN where the source does not reach), and where that was read.

    ``paused`` is agents logged in but paused (zero where the source does not say), ``lost`` the part of the events it
    was read from whose counterpart is not in the log.
    """

    at_hand: Floats
    paused: Floats
    source: str
    lost: float = 0.0


def staff(scene: Scene, view: Load) -> Staff | None:
    """Return the staffing from the best source there is for the window, None where there is none."""
    made: list[Staff]
    known = scene.case.cache.get("checks.staff")
    if isinstance(known, list):
        made = known
    else:
        made = [s for s in (_sessions(scene, view), _counted(scene, view)) if s is not None]
        made.sort(key=lambda s: s.lost > FEW_LOST)
        scene.case.cache["checks.staff"] = made
    for source in made:
        window = source.at_hand[view.first : view.last]
        if (
            len(window)
            and np.isfinite(window).mean() > 0.5
            and np.isfinite(source.at_hand[view.usual]).sum() >= 96
        ):
            return source
    return None


def _sessions(scene: Scene, view: Load) -> Staff | None:
    """Rebuild sessions from login to logout; a first logout means in since the table begins.

    Where one of the two was lost, the session lasted as long as that agent's usually do.
    """
    agents = scene.case.table("agents")
    if agents.empty:
        return None
    events = agents["event"]
    keep = np.asarray(events.isin(["login", "logout"]))
    if keep.sum() < 2:
        return None
    begin, end = int(instants(agents["at"]).min()), int(instants(agents["at"]).max())
    read = logins(agents)
    logged = _level(view, *read.mended(), since=begin)
    paused = _time_paused(scene, view)
    starts = (view.grid.first + np.arange(view.grid.size)) * QUARTER_US
    reach = (starts + QUARTER_US > begin) & (starts < end)
    at_hand = np.where(reach, logged, np.nan)
    return Staff(at_hand, np.where(reach, np.minimum(paused, logged), 0.0), "the agents' logins", len(read.lost) / len(read.at))


def _time_paused(scene: Scene, view: Load) -> Floats:
    agents = scene.case.table("agents")
    rows = agents[agents["event"].isin(["pause", "unpause"])]
    if rows.empty:
        return np.zeros(view.grid.size)
    codes = np.asarray(rows["agent"].astype("category").cat.codes, dtype=np.int64)
    at = instants(rows["at"])
    order = np.lexsort((np.arange(len(at)), at, codes))
    return _level(view, codes[order], at[order], np.asarray(rows["event"] == "pause")[order])


def _level(view: Load, codes: Ints, at: Ints, enters: Bools, since: int | None = None) -> Floats:
    """Return how many are in per quarter, of events in order of agent and time.

    An event that changes nothing (a second login) is left out; a first one out means in ``since`` then, where that is
    given.
    """
    first = np.concatenate(([True], codes[1:] != codes[:-1]))
    extra = first & ~enters if since is not None else np.zeros(len(enters), dtype=bool)
    before = np.where(first, extra, np.concatenate(([False], enters[:-1])))
    changes = before != enters
    when = np.concatenate((at[changes], np.full(int(extra.sum()), since or 0)))
    step = np.concatenate((np.where(enters[changes], 1.0, -1.0), np.ones(int(extra.sum()))))
    return _mean_per_quarter(view, when, step)


def _mean_per_quarter(view: Load, when: Ints, step: Floats) -> Floats:
    """Return the time-weighted mean per quarter of a level that changes by ``step`` at ``when``."""
    order = np.argsort(when, kind="stable")
    when, step = when[order], step[order]
    edges = (view.grid.first + np.arange(view.grid.size + 1)) * QUARTER_US
    upto = np.searchsorted(when, edges, side="right")
    level = np.concatenate(([0.0], np.cumsum(step)))
    moment = np.concatenate(([0.0], np.cumsum(step * (when / 1e6))))
    area = level[upto] * (edges / 1e6) - moment[upto]
    return np.maximum(0.0, np.diff(area) / QUARTER_S)


def _counted(scene: Scene, view: Load) -> Staff | None:
    """Take the switch's own average of logged-in agents, spread over the quarters of each interval."""
    kpi = scene.case.table("kpi")
    rows = kpi[(kpi["scope"] == "platform").fillna(value=False) & kpi["agents_staffed"].notna()]
    if len(rows) < 2:
        return None
    at = instants(rows["interval_start"])
    order = np.argsort(at, kind="stable")
    at, values = at[order], rows["agents_staffed"].to_numpy(dtype="float64")[order]
    width = max(1, int(np.median(np.diff(at))) // QUARTER_US)
    at_hand = np.full(view.grid.size, np.nan)
    for shift in range(width):
        where = view.grid.bin(at) + shift
        ok = (where >= 0) & (where < view.grid.size)
        at_hand[where[ok]] = values[ok]
    return Staff(at_hand, np.zeros(view.grid.size), "the switch's interval counts")


def usual_level(view: Load, values: Floats, first: int, last: int) -> tuple[Floats, Floats]:
    """Return, per quarter, the median of the same time in other weeks, and how many there are.

    Where fewer than three other weeks are known, days of the same kind (Monday to Friday, Saturday, Sunday)
    speak.
    """
    usual = np.full(last - first, np.nan)
    weeks = np.zeros(last - first)
    known: Bools = view.usual & np.isfinite(values)
    for i, quarter in enumerate(range(first, last)):
        same = values[known & (view.grid.slot == view.grid.slot[quarter])]
        if len(same) < 3:
            like = values[known & (view.grid.day == view.grid.day[quarter])]
            same = like if len(like) > len(same) else same
        if len(same):
            usual[i] = float(np.median(same))
            weeks[i] = len(same)
    return usual, weeks


def stray(view: Load, values: Floats) -> float:
    """Return how far agents usually stray from other weeks, at least a quarter of one."""
    week = view.grid.slot
    known = view.usual & np.isfinite(values)
    sums = np.bincount(week[known], weights=values[known], minlength=672)
    counts = np.bincount(week[known], minlength=672)
    several = known & (counts[week] >= 2)
    if several.sum() < 50:
        return 0.5
    # The mean of n weeks takes its share of each week's own stray with it.
    n = counts[week[several]].astype(float)
    stray = (values[several] - sums[week[several]] / n) * np.sqrt(n / (n - 1))
    return float(max(0.25, 1.4826 * np.quantile(np.abs(stray), 0.5), np.quantile(np.abs(stray), 0.9) / 1.645))


def answering(view: Load) -> Floats:
    """Return the distinct agents who answered a call in the hour round each quarter."""
    seen = view.answers > 0
    near = seen.copy()
    near[:, 1:] |= seen[:, :-1]
    near[:, :-1] |= seen[:, 1:]
    near[:, 2:] |= seen[:, :-2]
    return np.asarray(near.sum(axis=0), dtype=np.float64)
