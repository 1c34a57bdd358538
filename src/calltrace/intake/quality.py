"""Judge the feed itself: what is missing from the records, before anybody is blamed for missing calls.

Asks of the Case as a whole: do the calls end before the other tables do, are there holes in which nobody has
a call where the volume of that hour of the week makes that all but impossible, what do the switch's own
counts (KPI) say of these holes, were rows read twice, did calls never close, does the log leave out
unanswered calls? (Calls booked to another, or there twice: :mod:`calltrace.intake.misbooked`.)

How long a silence must be follows from the volume: the calls to expect in it, and the chance of none at all, come from the
platform's own rates (:mod:`calltrace.intake.rates`). With n silences between n + 1 calls looked at, one is remarked on
when its chance is below :data:`ODDS` / n (Bonferroni).
"""

from __future__ import annotations

import math
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake import lost_logins, misbooked, moved_hours
from calltrace.intake.rates import HOUR_US, Rates, microseconds, rates_of
from calltrace.intake.set_back import steps_told
from calltrace.tables.later import later
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.tables.case import Case
else:
    pd = later("pandas")

HOLED_DAYS, HOLED_SHARE = 3, 1 / 3
"""Days, and their share, on which interval counts are missing, from which an export leaves out those without a call."""

ODDS = 1e-3
"""The chance of remarking on any silence at all in records with no hole in them."""
LOST_AT_LEAST = 0.01
"""Services that answer all but 1 % of calls are rare (5 to 8 % is the usual warning), so a log with none lost
among very many hides them."""
SUBSTANTIAL = 0.25
"""Where KPI intervals are missing from a silence, the others count for records missing only from this share
on."""
KPI_SAYS = Literal["counted", "absent", "zero", "no-kpi"]

AT_ONCE = 1 << 20
"""Calls worked on at a time."""
HALF_DAY_US = 12 * HOUR_US
LEAST_BUSY = 10.0
"""Calls to be expected around a silence below which nobody can tell whether fewer came than usual."""
LOST = ("abandoned", "busy", "failed", "no_answer")
LOGGED_AS_THEY_HAPPEN = ("kpi", "agents", "messages", "dispatch", "line_tests")
"""Tables that reach as far as the export does; events and rosters reach into the future."""
MAIN_INSTANT = {
    "calls": "offered_at",
    "kpi": "interval_start",
    "agents": "at",
    "events": "starts_at",
    "line_tests": "tested_at",
    "messages": "taken_at",
    "dispatch": "attempted_at",
    "oncall": "starts_at",
}


def as_known(case: Case, now: pd.Timestamp) -> Case:
    """Return a case as it was known at an instant: without the rows of what happened later.

    Accounts, events and rosters stay: what is announced is known before. So does what is said of the records themselves.
    """
    kept = {}
    for name in ("calls", *LOGGED_AS_THEY_HAPPEN):
        frame = case.tables.get(name)
        if frame is not None and len(frame) and frame[MAIN_INSTANT[name]].max() > now:
            kept[name] = frame[frame[MAIN_INSTANT[name]] <= now].reset_index(drop=True)
    return replace(case, tables=case.tables | kept, cache={}) if kept else case


@dataclass(frozen=True)
class Span:
    """From when to when a table has rows (UTC), and how many."""

    first: pd.Timestamp
    last: pd.Timestamp
    rows: int


@dataclass(frozen=True)
class Gap:
    """A silence of the whole platform that chance does not explain.

    Parameters
    ----------
    start, end : Timestamp
        The last call before and the first after, UTC.
    expected : float
        Calls to expect in it.
    chance : float
        The probability of none.
    kpi : {"counted", "absent", "zero", "no-kpi"}
        What the switch's own counts say of it: they count calls (so records are missing), they are missing
        too (the switch was down, or its log), they count none (nothing arrived), or there are none to ask.
    kpi_offered : float
        Calls the KPI intervals count within it; 0 where they are missing.
    at : Location
        File and line of the last call before.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    expected: float
    chance: float
    kpi: KPI_SAYS
    kpi_offered: float
    at: Location


@dataclass(frozen=True)
class Feed:
    """What is to be said of the records themselves.

    Parameters
    ----------
    spans : dict
        By table, from when to when it has rows.
    gaps : tuple of Gap
        Silences of the whole platform.
    kpi_missing : tuple of (start, end)
        Stretches without KPI intervals, UTC.
    duplicates : int
        Rows read twice and counted once.
    open_calls : int
        Calls that never closed, left out.
    hides_unanswered : str
        A sentence saying why the log seems to leave out unanswered calls; '' where it does not.
    stale : str
        A sentence saying that the calls end long before the other tables or the present; '' where they do
        not.
    problems : tuple of Problem
        All of it as Problems.
    rates : Rates
        How many calls come in an hour of the week, which the gaps were held against.
    busy : float
        Part of the calls to be expected that came in the last half day of the records, 1 for as many and more: of a trunk group
        that is down, or on a holiday, fewer are to be expected after the last call as well.
    moved : Moved, optional
        The time in which the hours of all calls lie off: the log's clock, not the clients.
    """

    spans: dict[str, Span]
    gaps: tuple[Gap, ...]
    kpi_missing: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]
    duplicates: int
    open_calls: int
    hides_unanswered: str
    stale: str
    problems: tuple[Problem, ...]
    rates: Rates = field(repr=False)
    busy: float = 1.0
    moved: moved_hours.Moved | None = None

    @property
    def calls_end(self) -> pd.Timestamp | None:
        """The last call's time, UTC; None without calls."""
        span = self.spans.get("calls")
        return None if span is None else span.last

    def ends_before(self, at: pd.Timestamp) -> bool:
        """Say whether the calls end before ``at`` by more than a pause between two calls explains."""
        last = self.calls_end
        if last is None:
            return True
        return at > last and self.rates.chance_of_none(self.due(last, at)) < ODDS

    def due(self, start: pd.Timestamp, end: pd.Timestamp) -> float:
        """Return the calls to expect in [start, end) behind the last one, as busy as it was before."""
        return min(self.rates.expected(start, end) * self.busy, self.rates.due(start, end))

    def covers(self, start: pd.Timestamp, end: pd.Timestamp) -> bool:
        """Say whether the calls reach over [start, end): what lies beyond them can't be judged."""
        span = self.spans.get("calls")
        if span is None:
            return False
        begins_late = span.first > start and self.rates.chance_of_none(self.rates.due(start, span.first)) < ODDS
        return not begins_late and not self.ends_before(end)


def feed(case: Case, *, now: pd.Timestamp | None = None, problems: bool = True) -> Feed:
    """Judge the records of a case.

    Parameters
    ----------
    case : Case
        As :func:`calltrace.intake.load.load` gives it.
    now : Timestamp, optional
        When the question is asked: a feed that ends long before is stale. By default only the other tables
        tell.
    problems : bool
        Whether they are wanted. To find out what is to be said of single calls (set back clocks, calls on record
        twice) takes as long as all the rest, and who only asks how far the records reach need not wait for it.

    Returns
    -------
    Feed
        Its problems stand for no rows (``rows`` is 0): they are about rows that are not there.
    """
    key = f"quality.feed:{now}:{problems}"
    known = case.cache.get(key)
    if isinstance(known, Feed):
        return known
    judged = _with_problems(case, feed(case, now=now, problems=False)) if problems else _judge(case, now)
    case.cache[key] = judged
    return judged


def with_problems(case: Case, now: pd.Timestamp | None) -> Case:
    """Return the case with what is to be said of its records among its problems, as known at ``now``."""
    return replace(case, problems=(*case.problems, *(p for p in feed(case, now=now).problems if p not in case.problems)))


def hides_unanswered(answered: int, lost: int, calls: int) -> str:
    """Say why a log seems to leave out calls nobody answered; '' where it does not.

    Parameters
    ----------
    answered, lost, calls : int
        Answered calls, those lost before an agent (abandoned, busy, failed, no answer), and all.

    Examples
    --------
    >>> hides_unanswered(400, 0, 400)
    ''
    >>> hides_unanswered(5000, 0, 5000)[:40]
    'not one of 5,000 calls was lost: were as'
    """
    if lost or not answered or calls * math.log1p(-LOST_AT_LEAST) > math.log(ODDS):
        return ""
    return (
        f"not one of {calls:,} calls was lost: were as few as 1 % lost, the chance of that would be "
        "below 1 in 1,000, "
        "so the log most likely leaves out unanswered calls and can't prove that nobody called"
    )


def _judge(case: Case, now: pd.Timestamp | None) -> Feed:
    spans = {}
    for name, column in MAIN_INSTANT.items():
        frame = case.tables.get(name)
        if frame is not None and len(frame):
            known = frame[column]
            spans[name] = Span(known.min(), known.max(), len(frame))
    calls = case.calls
    at = calls["offered_at"].to_numpy(dtype="datetime64[us]").view(np.int64)
    rates = rates_of(at, case.zone)
    kpi_missing = _kpi_missing(case)
    gaps = _gaps(case, at, rates, kpi_missing)
    if gaps:  # a hole lowers what is to be expected in it: learn again without, and look again
        rates = rates_of(at, case.zone, tuple((microseconds(g.start), microseconds(g.end)) for g in gaps))
        gaps = _gaps(case, at, rates, kpi_missing)
    moved = moved_hours.moved(case, at, rates)
    gaps = [g for g in gaps if not (moved and moved.explains(g.start, g.end, rates, ODDS))]
    busy = _busy(at, rates, int(at[-1]), int(at[-1])) if len(at) > 1 else 1.0
    stale = _stale(spans, rates, busy, now, case.zone)
    told = [p for p in case.problems if p.kind == "duplicate"]
    opened = [p for p in case.problems if p.kind == "open-call"]
    hides = "" if not len(calls) else _hides(case)
    return Feed(
        spans=spans,
        gaps=tuple(gaps),
        kpi_missing=kpi_missing,
        duplicates=sum(p.rows for p in told),
        open_calls=sum(p.rows for p in opened),
        hides_unanswered=hides,
        stale=stale,
        problems=(),
        rates=rates,
        busy=busy,
        moved=moved,
    )


def _with_problems(case: Case, judged: Feed) -> Feed:
    notes = (*steps_told(case), *moved_hours.told(case, judged.moved), *misbooked.told(case), *lost_logins.told(case))
    return replace(judged, problems=(*_problems(case, judged), *notes))


def _hides(case: Case) -> str:
    numbers, outcomes = case.codes("outcome")
    counts = dict(zip(("", *outcomes), np.bincount(numbers + 1, minlength=len(outcomes) + 1).tolist(), strict=True))
    found = hides_unanswered(counts.get("answered", 0), sum(counts.get(o, 0) for o in LOST), len(numbers))
    if not found and not case.logs_unanswered:
        return "the log shows signs of leaving out unanswered calls, so it can't prove that nobody called"
    return found


# --- holes -------------------------------------------------------------------------------------------------


def _gaps(
    case: Case,
    at: NDArray[np.int64],
    rates: Rates,
    kpi_missing: tuple[tuple[pd.Timestamp, pd.Timestamp], ...],
) -> list[Gap]:
    """Return the silences between calls that chance does not explain."""
    if len(at) < 2:
        return []
    grid = np.arange(at[0] // HOUR_US, at[-1] // HOUR_US + 2, dtype=np.int64) * HOUR_US
    usual = rates.cumulative(grid)
    holes = [np.searchsorted(at, [microseconds(start), microseconds(end)]).tolist() for start, end in kpi_missing]
    limit = math.log(ODDS / (len(at) - 1))
    # a silence too short at the busiest rate needs no second thought
    shortest = rates.least_told(limit) / max(float(rates.per_hour.max()), 1e-9) * HOUR_US
    long = [
        begin + np.flatnonzero(np.diff(at[begin : begin + AT_ONCE + 1]) >= shortest * (1 - 1e-6))
        for begin in range(0, len(at) - 1, AT_ONCE)]  # of many millions no more than some are worked on at a time
    places = np.unique(np.concatenate(
        [*long, *(np.arange(max(first - 1, 0), min(last, len(at) - 1)) for first, last in holes)]))
    expected = np.interp(at[places + 1], grid, usual) - np.interp(at[places], grid, usual)
    logs = -expected if rates.dispersion <= 0 else -np.log1p(expected * rates.dispersion) / rates.dispersion
    limits = np.full(len(expected), limit)
    for first, last in holes:  # where the switch's own counts have a hole, it need not be told from so many
        limits[(places >= first - 1) & (places < last)] = math.log(ODDS / len(kpi_missing))
    placed = []
    for i in np.flatnonzero(logs < limits).tolist():
        place = int(places[i])
        begun, over = int(at[place]), int(at[place + 1])
        left = min(float(expected[i]) * _busy(at, rates, begun, over), rates.at_most(begun, over))
        log = rates.log_chance_of_none(left)
        if log < limits[i]:
            placed.append((place, left, log))
    found = []
    for place, calls, log in placed:
        row = case.calls.iloc[place]
        start, end = row["offered_at"], case.calls["offered_at"].iloc[place + 1]
        says, offered = _kpi_of(case, start, end, calls)
        where = Location(
            str(row["source_file"]), 0 if pd.isna(row["source_line"]) else int(row["source_line"])
        )
        found.append(Gap(start, end, calls, float(np.exp(log)), says, offered, where))
    return found


def _busy(at: NDArray[np.int64], rates: Rates, start: int, end: int) -> float:
    """Return the part of the calls to be expected that came in the half days before and after [start, end), at most 1.

    As many as chance may have kept away are given to it; 1 where too few are to be expected there to tell.
    """
    low, begun, over, high = np.searchsorted(at, [start - HALF_DAY_US, start, end + 1, end + HALF_DAY_US]).tolist()
    came = begun - low + high - over
    sides = ((start - HALF_DAY_US, start), (end, end + HALF_DAY_US))
    first, last = int(at[0]), int(at[-1])
    known = [(max(a, first), min(b, last)) for a, b in sides]
    usual = sum(rates.expected(*(pd.Timestamp(t, unit="us", tz="UTC") for t in span)) for span in known)
    if usual < LEAST_BUSY:
        return 1.0
    return float(min(1.0, (came + 2.0 * math.sqrt(came) + 1.0) / usual))


# --- what the switch's own counts say -----------------------------------------------------------------------


def _platform_kpi(case: Case) -> pd.DataFrame:
    """Return the platform's intervals, sorted; where there are none, the trunk groups' sums."""
    kpi = case.table("kpi")
    own = kpi[(kpi["scope"] == "platform").fillna(value=False)]
    if own.empty and len(kpi):
        own = kpi.groupby("interval_start")["offered"].sum(min_count=1).reset_index()
    return own[["interval_start", "offered"]].sort_values("interval_start", ignore_index=True)


def _interval_us(starts: NDArray[np.int64]) -> int:
    """Return the length of an interval: the step most common between starts."""
    steps = np.diff(starts)
    steps = steps[steps > 0]
    if not len(steps):
        return 0
    values, counts = np.unique(steps, return_counts=True)
    return int(values[counts.argmax()])


def _kpi_of(case: Case, start: pd.Timestamp, end: pd.Timestamp, expected: float) -> tuple[KPI_SAYS, float]:
    """Return what the KPI intervals that lie wholly within a gap say of it."""
    kpi = _platform_kpi(case)
    if len(kpi) < 2:
        return "no-kpi", 0.0
    starts = kpi["interval_start"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    length = _interval_us(starts)
    if starts[-1] + length <= microseconds(start) or starts[0] >= microseconds(end):
        return "no-kpi", 0.0
    inside = (starts >= microseconds(start)) & (starts + length <= microseconds(end))
    offered = float(kpi["offered"][inside].sum())
    first_due = starts[0] - ((starts[0] - microseconds(start)) // length) * length
    due = max((microseconds(end) - first_due) // length, 0)
    whole = inside.sum() >= due
    if offered > 0 and (whole or offered >= SUBSTANTIAL * expected):
        return "counted", offered
    return ("zero" if whole else "absent"), offered


def leaves_out_empty(case: Case) -> bool:
    """Say whether the interval counts of the platform leave out the intervals without a call: then a missing one is no hole.

    None of them is 0, and on many days some are missing. A switch that was down leaves such holes on few.
    """
    known = case.cache.get("quality.leaves_out_empty")
    if not isinstance(known, bool):
        known = case.cache["quality.leaves_out_empty"] = _leaves_out_empty(case)
    return known


def _leaves_out_empty(case: Case) -> bool:
    counts = _platform_kpi(case)
    starts = np.unique(counts["interval_start"].to_numpy(dtype="datetime64[us]").astype(np.int64))
    if len(starts) < 3 or not (counts["offered"].dropna() > 0).all():
        return False
    length, day = _interval_us(starts), 24 * HOUR_US
    if length <= 0:
        return False
    grid = np.arange(starts[0], starts[-1] + 1, length, dtype=np.int64)
    gone = np.unique(np.setdiff1d(grid, starts) // day)
    return len(gone) >= max(HOLED_DAYS, HOLED_SHARE * len(np.unique(grid // day)))


def _kpi_missing(case: Case) -> tuple[tuple[pd.Timestamp, pd.Timestamp], ...]:
    """Return the stretches between KPI intervals in which intervals are missing."""
    starts = _platform_kpi(case)["interval_start"].drop_duplicates().to_numpy(dtype="datetime64[us]").astype(np.int64)
    if len(starts) < 3:
        return ()
    length = _interval_us(starts)
    holes = np.flatnonzero(np.diff(starts) > 1.5 * length)
    if leaves_out_empty(case):
        return ()

    def utc(value: int) -> pd.Timestamp:
        return pd.Timestamp(value, unit="us", tz="UTC").as_unit("us")

    return tuple((utc(int(starts[i]) + length), utc(int(starts[i + 1]))) for i in holes)


# --- in words -----------------------------------------------------------------------------------------------


def _stale(spans: dict[str, Span], rates: Rates, busy: float, now: pd.Timestamp | None, zone: str) -> str:
    calls = spans.get("calls")
    if calls is None:
        return ""
    later = {
        name: spans[name].last
        for name in LOGGED_AS_THEY_HAPPEN
        if name in spans and spans[name].last > calls.last
    }
    if later:
        name = max(later, key=lambda n: later[n])
        expected = min(rates.expected(calls.last, later[name]) * busy, rates.due(calls.last, later[name]))
        if rates.chance_of_none(expected) < ODDS:
            return (
                f"the calls end {_wall(calls.last, zone)}, but {name} go on to "
                f"{_wall(later[name], zone)}: about "
                f"{expected:,.0f} calls are to be expected in between"
            )
    if now is not None and now > calls.last:
        expected = min(rates.expected(calls.last, now) * busy, rates.due(calls.last, now))
        if rates.chance_of_none(expected) < ODDS:
            return (
                f"the calls end {_wall(calls.last, zone)}, "
                f"{_length(now - calls.last)} before the question is asked: "
                f"about {expected:,.0f} calls are to be expected since"
            )
    return ""


def _wall(at: pd.Timestamp, zone: str) -> str:
    return f"{at.tz_convert(zone):%Y-%m-%d %H:%M}"


def _length(span: pd.Timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes >= 2 * 1440:
        return f"{minutes // 1440} days"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


_KPI_WORDS: dict[KPI_SAYS, str] = {
    "counted": "the KPI intervals count {offered:,.0f} calls offered in it, so call records are missing",
    "absent": "the KPI intervals are missing as well, so the switch or its log was down",
    "zero": "the KPI intervals count none either, so nothing reached the switch",
    "no-kpi": "there are no KPI intervals to tell a switch that was down from records that are missing",
}


def _problems(case: Case, judged: Feed) -> list[Problem]:
    zone = case.zone
    of_calls = next((s.path for s in case.sources if s.table == "calls"), "calls")
    of_kpi = next((s.path for s in case.sources if s.table == "kpi"), "kpi")
    found = []

    def add(  # noqa: PLR0917 -- in the order of a Problem
        at: Location, saw: str, expected: str, fix: str, kind: str, table: str = "calls"
    ) -> None:
        found.append(Problem(at, saw, expected, fix, table=table, effect="noted", rows=0, kind=kind))

    if judged.stale:
        add(
            Location(of_calls),
            judged.stale,
            "calls up to the end of the other tables",
            "Export the calls again; nothing can be said of the time after their end.",
            "stale-feed",
        )
    for gap in judged.gaps:
        says = _KPI_WORDS[gap.kpi].format(offered=gap.kpi_offered)
        add(
            gap.at,
            f"no call from anybody for {_length(gap.end - gap.start)}, {_wall(gap.start, zone)} to "
            f"{_wall(gap.end, zone)}; {says}",
            f"about {gap.expected:,.0f} calls in that time",
            "Export the missing records, if there are any.",
            "gap",
        )
    for start, end in judged.kpi_missing:
        add(
            Location(of_kpi),
            f"no KPI intervals from {_wall(start, zone)} to {_wall(end, zone)}",
            "one after the other",
            "Export them again, if the switch was up.",
            "kpi-missing",
            "kpi",
        )
    if judged.hides_unanswered:
        add(
            Location(of_calls),
            judged.hides_unanswered,
            "unanswered calls among the others",
            "Have the switch log unanswered calls as well.",
            "hides-unanswered",
        )
    return found
