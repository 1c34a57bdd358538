"""What people would rather look at than read: waits, ends of calls, agents and trunks, interval by interval.

Computed here and laid out elsewhere. Every series carries a sentence that says the same in words, for who can't
see the picture. Only what the records hold is drawn: an interval they do not reach is None, never zero.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import words
from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
from calltrace.diagnosis.checks._columns import instant, instants
from calltrace.diagnosis.checks._load import Load, load
from calltrace.diagnosis.checks._quarters import QUARTER_US
from calltrace.diagnosis.checks._staff import Staff, staff, usual_level
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Question, Scene
from calltrace.normal import erlang
from calltrace.tables import times
from calltrace.tables.case import Case

STEPS = ((40, 15), (96, 30), (24 * 8, 60), (24 * 33, 240))
"""Hours a series may span, and the minutes of its intervals then; beyond, days."""

HOUR, DAY = 60, 1440
"""Minutes."""

ENOUGH = 10
"""Answered calls from which an interval's own handling time is taken, rather than the whole time's."""

LEFT = ("abandoned", "no_answer", "announcement", "voicemail")
REFUSED = ("busy", "failed")


@dataclass(frozen=True)
class Line:
    """One line of a series. ``role``: seen, usual, needed, limit, or part (stacked on the others)."""

    name: str
    role: str
    points: tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """Figures by interval: intervals of ``minutes``, one after the other from ``start`` (UTC), and lines as long.

    ``name`` is waits, ends, agents or trunks; ``scope`` is account, platform or a trunk group's name; ``unit``
    is s, calls, agents or trunks; ``says`` is the series in words.
    """

    name: str
    scope: str
    unit: str
    start: pd.Timestamp
    minutes: int
    lines: tuple[Line, ...]
    says: str


def of_scene(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> tuple[Series, ...]:
    """Return the series of one complaint from ``start`` to ``end`` (UTC): those the records can tell."""
    view = load(scene)
    if not len(view.calls.at):
        return ()
    zone = scene.account.zone
    edges = _edges(start, end, zone)
    everybody, own = sums(view, edges), sums(view, edges, view.mine)
    made = [
        _waits(everybody, own, edges, zone),
        _ends(view, own, edges, zone, scope="account"),
        _agents(scene, view, everybody, edges, zone),
        *(_trunks(scene.case, group, start, end, zone) for group in scene.account.trunk_groups[:2]),
    ]
    return tuple(s for s in made if s is not None)


def of_service(
    case: Case, start: pd.Timestamp, end: pd.Timestamp, profile: Profile | None = None, counted: Sums | None = None, *,
    groups: int = 3,
) -> tuple[Series, ...]:
    """Return the series of the whole service from ``start`` to ``end`` (UTC), the case's zone deciding the hours.

    ``counted`` are the sums of :func:`sums_of` where the case has no more than its first and its last call, since all
    are too many to hold. ``groups`` limits the trunk groups, those with most blocked calls and time all busy first.
    """
    scene = Scene(case, Question("", "", start, end), profile or Profile())
    view = load(scene)
    if not len(view.calls.at):
        return ()
    edges = _edges(start, end, case.zone)
    everybody = sums(view, edges) if counted is None else counted
    made = [
        _waits(everybody, None, edges, case.zone),
        _ends(view, everybody, edges, case.zone, scope="platform"),
        _agents(scene, view, everybody, edges, case.zone),
        *(_trunks(case, group, start, end, case.zone) for group in _fullest(case, start, end)[:groups]),
    ]
    return tuple(s for s in made if s is not None)


def sums_of(
    view: Load, part: tuple[pd.Timestamp, pd.Timestamp], whole: tuple[pd.Timestamp, pd.Timestamp], zone: str
) -> Sums:
    """Return the sums of the intervals of a whole time, of the calls that were offered in a part of it."""
    when = view.calls.at
    inside = (when >= int(part[0].value // 1000)) & (when < int(part[1].value // 1000))
    return sums(view, _edges(*whole, zone), inside)


@dataclass(frozen=True)
class Sums:
    """Calls by interval: how many waited for an agent and how long (s), and how many ended how.

    ``handled`` are the answered ones with a talk time, ``busy`` their talk and hold (s); ``wanted`` callers who wanted
    an agent, second tries left out. Sums of the parts of a time add up to those of the whole.
    """

    waited: Floats
    wait: Floats
    answered: Floats
    left: Floats
    refused: Floats
    handled: Floats
    busy: Floats
    wanted: Floats

    def __add__(self, other: Sums) -> Sums:
        """Add two parts of a time."""
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def sums(view: Load, edges: Ints, chosen: Bools | None = None) -> Sums:
    """Return the sums of a series' intervals, of the calls ``chosen`` or all, going over none outside of them."""
    calls, when = view.calls, view.calls.at
    first, last = np.searchsorted(when, edges[[0, -1]]).tolist()
    if chosen is not None:
        picked = np.flatnonzero(chosen[first:last])
        first, last = (first + int(picked[0]), first + int(picked[-1]) + 1) if picked.size else (first, first)
    part = slice(first, last)
    bins = np.asarray(np.searchsorted(edges, when[part], side="right") - 1).astype(np.int64)
    some = np.ones(last - first, dtype=bool) if chosen is None else chosen[part]

    def sum_of(which: Bools, weights: Floats | None = None) -> Floats:
        picked = np.flatnonzero(which & some)
        weighed = None if weights is None else np.nan_to_num(weights[picked])
        return np.bincount(bins[picked], weights=weighed, minlength=len(edges) - 1).astype(np.float64)

    wait, talk, hold = calls.wait[part], calls.talk[part], calls.hold[part]
    answered, waited = calls.answered[part], calls.waited[part]
    refused = calls.ended_as(REFUSED, part) & ~answered
    handled = answered & ~np.isnan(talk)
    return Sums(
        waited=sum_of(waited), wait=sum_of(waited, wait), answered=sum_of(answered),
        left=sum_of(calls.ended_as(LEFT, part)), refused=sum_of(refused), handled=sum_of(handled),
        busy=sum_of(handled, talk + np.nan_to_num(hold)),
        wanted=sum_of((answered | waited) & ~calls.again_within(part.start, part.stop)))


def _edges(start: pd.Timestamp, end: pd.Timestamp, zone: str, least: int = 15) -> Ints:
    """Return the edges of the intervals over [start, end) in microseconds, the first at a round local time."""
    hours = (end - start).total_seconds() / 3600
    minutes = max(next((m for most, m in STEPS if hours <= most), DAY), least)
    wall = times.local(start, zone)
    since_midnight = wall.hour * 60 + wall.minute
    first = int(start.value // 1000) // 60_000_000 - since_midnight % minutes
    last = -(-int(end.value // 1000) // 60_000_000)
    return np.arange(first, last + minutes, minutes, dtype=np.int64) * 60_000_000


def _start(edges: Ints) -> pd.Timestamp:
    return instant(float(edges[0]))


def _minutes(edges: Ints) -> int:
    return int(edges[1] - edges[0]) // 60_000_000


def _when(edges: Ints, place: int, zone: str, at: str = "") -> str:
    """Return an interval in words: its day, its span where it has hours, else when it began, after ``at``."""
    start, end = instant(float(edges[place])), instant(float(edges[place + 1]))
    if _minutes(edges) >= DAY:
        return f"on {words.day(start + (end - start) / 2, zone)}"  # its edges may be an hour off, after a clock change
    return words.span(start, end, zone) if _minutes(edges) > HOUR else f"{at}{words.clock(start, zone)}"


def _known(values: Floats) -> tuple[float | None, ...]:
    return tuple(float(v) if np.isfinite(v) else None for v in values)


def _reached(view: Load, edges: Ints) -> Bools:
    """Return which intervals the calls reach: from the first call on record to the last."""
    at = view.calls.at
    return np.asarray((edges[1:] > at[0]) & (edges[:-1] <= at[-1]))


def _waits(everybody: Sums, own: Sums | None, edges: Ints, zone: str) -> Series | None:
    """Mean wait of callers answered or gone: the account's own, and everybody's."""
    all_waits = _mean(everybody.wait, everybody.waited)
    if not np.isfinite(all_waits).any():
        return None
    lines = [Line("all callers", "seen" if own is None else "usual", _known(all_waits))]
    said = _worst(all_waits, edges, zone, "all callers")
    if own is not None:
        waits = _mean(own.wait, own.waited)
        lines.insert(0, Line("this client's callers", "seen", _known(waits)))
        mine = _worst(waits, edges, zone, "this client's callers")
        said = f"{mine or 'No caller of this client was answered or gave up waiting then'}; {said}"
    return Series("waits", "platform" if own is None else "account", "s", _start(edges), _minutes(edges),
                  tuple(lines), f"{said[:1].upper()}{said[1:]}.")


def _mean(total: Floats, count: Floats) -> Floats:
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))


def _worst(values: Floats, edges: Ints, zone: str, whose: str) -> str:
    if not np.isfinite(values).any():
        return ""
    place = int(np.nanargmax(values))
    return (f"the longest mean wait of {whose} was {_seconds(float(values[place]))},"
            f" {_when(edges, place, zone)}; the median is {_seconds(float(np.nanmedian(values)))}")


def _seconds(value: float) -> str:
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def _ends(view: Load, ended: Sums, edges: Ints, zone: str, *, scope: str) -> Series | None:
    """How calls ended: answered, gone before an agent, refused or cut."""
    reached = _reached(view, edges)
    if not reached.any():
        return None
    counts = [ended.answered, ended.left, ended.refused]
    names = ("answered", "left before an agent", "refused or cut")
    totals = [int(c.sum()) for c in counts]
    lines = tuple(
        Line(name, "part", _known(np.where(reached, c, np.nan)))
        for name, c in zip(names, counts, strict=True) if c.any() or name == "answered")
    gone = counts[1] + counts[2]
    said = f"{words.count(totals[0], 'call')} answered, {totals[1]} left before an agent, {totals[2]} refused or cut"
    if gone.any():
        place = int(np.argmax(gone))
        said += f"; most were lost {_when(edges, place, zone, at='at ')} ({gone[place]:.0f})"
    return Series("ends", scope, "calls", _start(edges), _minutes(edges), lines, f"{said}.")


def _agents(scene: Scene, view: Load, everybody: Sums, edges: Ints, zone: str) -> Series | None:
    """Agents logged in, usual at that hour, and needed for the target service level by Erlang C.

    Needed counts talk and hold only, as the records do: after-call work would make it more.
    """
    found = staff(scene, view)
    if found is None:
        return None
    logged = _by_quarters(view, found.at_hand, edges)
    if not np.isfinite(logged).any():
        return None
    lines = [Line("logged in", "seen", _known(logged))]
    needed = _needed(scene, everybody, edges)
    said = f"between {np.nanmin(logged):.0f} and {np.nanmax(logged):.0f} agents were logged in (from {found.source})"
    if needed is not None:
        needed = np.where(np.isfinite(logged), needed, np.nan)
        lines.append(Line("needed", "needed", _known(needed)))
        short = np.where(np.isfinite(logged), needed - logged, np.nan)
        target = (f"{scene.profile.value('service_level_share'):.0%} in"
                  f" {scene.profile.value('service_level_s'):.0f} s").replace("%", " %")
        fewer = int((short >= 1).sum())
        said += f"; {fewer} of {int(np.isfinite(short).sum())} intervals had fewer than {target} needs"
        if fewer:
            place = int(np.nanargmax(short))
            said += (f", the worst {_when(edges, place, zone)}:"
                     f" {logged[place]:.0f} logged in, {needed[place]:.0f} needed")
    usual = _usual(view, found, edges)
    if usual is not None:
        lines.append(Line("usual", "usual", _known(usual)))
    return Series("agents", "platform", "agents", _start(edges), _minutes(edges), tuple(lines),
                  f"{said[:1].upper()}{said[1:]}.")


def _needed(scene: Scene, everybody: Sums, edges: Ints) -> Floats | None:
    total, answered, wanted = everybody.busy, everybody.handled, everybody.wanted
    if not answered.sum() or not total.sum():
        return None
    overall = float(total.sum() / answered.sum())
    handling = np.where(answered >= ENOUGH, _mean(total, answered), overall)
    seconds = scene.profile.value("service_level_s")
    share = scene.profile.value("service_level_share")
    width = float(edges[1] - edges[0]) / 1e6
    return np.asarray([
        float(erlang.agents_needed(n * h / width, seconds, h, share)) if n else 0.0
        for n, h in zip(wanted.tolist(), handling.tolist(), strict=True)])


def _by_quarters(view: Load, values: Floats, edges: Ints) -> Floats:
    """Return the mean of the known quarters of each interval, NaN where none is."""
    quarters = (view.grid.first + np.arange(view.grid.size)) * QUARTER_US
    bins = np.searchsorted(edges, quarters, side="right") - 1
    use = np.isfinite(values) & (bins >= 0) & (bins < len(edges) - 1)
    size = len(edges) - 1
    total = np.bincount(bins[use], weights=values[use], minlength=size)
    return _mean(total.astype(np.float64), np.bincount(bins[use], minlength=size).astype(np.float64))


def _usual(view: Load, found: Staff, edges: Ints) -> Floats | None:
    first = int(max(0, edges[0] // QUARTER_US - view.grid.first))
    last = int(min(view.grid.size, -(-edges[-1] // QUARTER_US) - view.grid.first))
    if last <= first or last - first > 4 * 24 * 21:
        return None
    level, _ = usual_level(view, found.at_hand, first, last)
    whole = np.full(view.grid.size, np.nan)
    whole[first:last] = level
    usual = _by_quarters(view, whole, edges)
    return usual if np.isfinite(usual).any() else None


def _fullest(case: Case, start: pd.Timestamp, end: pd.Timestamp) -> list[str]:
    """Return the trunk groups by blocked calls and time all busy from ``start`` to ``end``, the fullest first."""
    kpi = case.table("kpi")
    rows = kpi[(kpi["interval_start"] >= start) & (kpi["interval_start"] < end) & (kpi["scope"] != "platform")]
    rows = rows[rows["peak_trunks_in_use"].notna()]
    if rows.empty:
        return []
    full = rows.groupby("scope")[["blocked", "all_trunks_busy_s"]].sum(min_count=0).fillna(0).reset_index()
    return [str(s) for s in full.sort_values(
        ["blocked", "all_trunks_busy_s", "scope"], ascending=[False, False, True])["scope"]]


def _trunks(case: Case, group: str, start: pd.Timestamp, end: pd.Timestamp, zone: str) -> Series | None:
    """Most trunks of a group in use at once, against the most it ever had in use (the records tell no size)."""
    kpi = case.table("kpi")
    rows = kpi[(kpi["scope"] == group).fillna(value=False) & kpi["peak_trunks_in_use"].notna()]
    if len(rows) < 2:
        return None
    most = float(rows["peak_trunks_in_use"].max())
    rows = rows.sort_values("interval_start", kind="stable")
    width = int(np.median(np.diff(instants(rows["interval_start"])))) // 60_000_000
    edges = _edges(start, end, zone, least=max(15, width))
    at = instants(rows["interval_start"])
    first, last = np.searchsorted(at, edges[[0, -1]]).tolist()
    if last <= first:
        return None
    inside = rows.iloc[first:last]
    bins = np.searchsorted(edges, at[first:last], side="right") - 1
    peak = np.full(len(edges) - 1, -np.inf)
    np.maximum.at(peak, bins, inside["peak_trunks_in_use"].to_numpy(dtype="float64"))
    peak[~np.isfinite(peak)] = np.nan
    blocked = inside["blocked"].sum() if inside["blocked"].notna().any() else None
    busy_s = inside["all_trunks_busy_s"].sum() if inside["all_trunks_busy_s"].notna().any() else None
    said = f"{group} had at most {np.nanmax(peak):.0f} trunks in use at once; the most on record is {most:.0f}"
    if busy_s is not None:
        said += f"; all were busy for {_seconds(float(busy_s))}"
    if blocked is not None:
        said += f"; {words.count(int(blocked), 'call')} found none free"
    return Series(
        "trunks", group, "trunks", _start(edges), _minutes(edges),
        (Line("in use at once, at most", "seen", _known(peak)),
         Line("most ever on record", "limit", (most,) * (len(edges) - 1))),
        f"{said}.")
