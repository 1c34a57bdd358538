"""One page of an account, an agent or a trunk group: its figures against its own usual and the profile's targets.

The usual is the same stretch of the week in the weeks before (up to eight, as many as the records hold), by the
local clock: Monday morning is held against Monday mornings. A figure is *out of the ordinary* where weeks like those
would give it less than once in a hundred (Student's prediction interval of one more week, four weeks at least); it
*misses its target* where the profile has one. Neither says why: that is `calltrace investigate`'s question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.desk import people
from calltrace.desk.find import Wanted, last_of, window, with_wait
from calltrace.diagnosis import accounts
from calltrace.diagnosis.board import board
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import account_facts, account_zones, records_end, within
from calltrace.errors import InputError
from calltrace.normal import metrics
from calltrace.tables import times

if TYPE_CHECKING:
    from calltrace.intake.store import Store
    from calltrace.tables.case import Case

WEEKS = 8
"""Weeks before that are usual; a season further back is another service."""

ENOUGH_WEEKS = 4
"""Weeks from which their own spread says what is out of the ordinary."""

STUDENT = {3: 5.841, 4: 4.604, 5: 4.032, 6: 3.707, 7: 3.499}
"""Student's t beyond which one value in a hundred lies, by degrees of freedom (weeks less one)."""

DEFAULT = pd.Timedelta(days=7)

SHOWN = 12
"""Rows of each table of a page."""

REFUSED = ("busy", "failed")
ELSEWHERE = ("announcement", "voicemail")


@dataclass(frozen=True)
class Figure:
    """One figure. ``unit`` is calls, s, share, hours or count.

    ``usual`` is the mean of the weeks before, ``low`` and ``high`` their extremes, ``peers`` the median of the other
    agents in the same time; None where not known. ``target`` is a limit from the profile, ``at_least`` its sense,
    ``source`` where it comes from. ``verdict`` is met, missed or '' where there is no target; ``unusual`` is above,
    below or ''.
    """

    name: str
    label: str
    unit: str
    value: float | None
    usual: float | None = None
    low: float | None = None
    high: float | None = None
    peers: float | None = None
    target: float | None = None
    at_least: bool = False
    source: str = ""
    verdict: str = ""
    unusual: str = ""


@dataclass(frozen=True)
class Breakdown:
    """A table of a page: its title, column names, and rows (instants UTC)."""

    title: str
    columns: tuple[str, ...]
    rows: pd.DataFrame


@dataclass(frozen=True)
class Card:
    """A page. ``weeks`` is how many weeks before the window the usual was taken of; ``facts`` are label and value."""

    kind: str
    key: str
    name: str
    zone: str
    start: pd.Timestamp
    end: pd.Timestamp
    weeks: int
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Breakdown, ...]
    notes: tuple[str, ...] = ()
    case: Case | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class _Slice:
    """What a figure is made of: the calls of one window, their messages, and what else the switch counted then."""

    case: Case
    calls: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    key: str
    profile: Profile


@dataclass(frozen=True)
class _Wanted:
    """A figure to be made: its name, words, unit, formula, and the threshold that is its target."""

    name: str
    label: str
    unit: str
    formula: Callable[[_Slice], float | None]
    target: str = ""
    at_least: bool = False
    peers: bool = False


def page(
    case: Case, kind: str, named: str, *, when: Wanted | None = None, profile: Profile | None = None
) -> Card:
    """Return the page of an account, an agent or a trunk group.

    Parameters
    ----------
    case : Case
        What was read.
    kind : {"account", "agent", "trunk"}
        What the page is of.
    named : str
        Which, as people say it.
    when : Wanted, optional
        Its ``start``, ``end``, ``when`` and ``now`` are the window; the last seven days on record by default.
    profile : Profile, optional
        The targets; the field's own by default.

    Raises
    ------
    InputError, UnknownAccountError
        No such account, agent or trunk group; the nearest are named.
    UsageError
        A window that can't be read.
    """
    profile = profile or Profile()
    key = {"account": accounts.resolve, "agent": people.agent, "trunk": people.trunk_group}[kind](case, named)
    zone = account_zones(case).get(key, case.zone) if kind == "account" else case.zone
    start, end = window(case, when or Wanted(), zone)
    noted = case.cache.get("desk.last")
    last = noted if isinstance(noted, pd.Timestamp) else records_end(case)
    if end is None:
        end = last.ceil("h")
    if start is None:
        start = end - DEFAULT
    column = {"account": "account", "agent": "agent", "trunk": "trunk_group"}[kind]
    every = with_wait(case.calls)
    own = every[(every[column] == key).fillna(value=False)]
    if start > last or end <= every["offered_at"].min():
        raise InputError(
            f"the records reach from {times.local(every['offered_at'].min(), zone):%Y-%m-%d} to"
            f" {times.local(last, zone):%Y-%m-%d}",
            expected="a window they cover",
        )
    spans = [(start, end), *_weeks_before(every["offered_at"].min(), start, end, zone)]
    slices = [_Slice(case, within(own, a, b), a, b, key, profile) for a, b in spans]
    wanted = {"account": _ACCOUNT, "agent": _AGENT, "trunk": _TRUNK}[kind]
    peers = _peers(slices[0], within(every, start, end)) if kind == "agent" else []
    figures = tuple(_figure(w, slices, peers, profile, key if kind == "account" else "") for w in wanted)
    tables = {"account": _of_account, "agent": _of_agent, "trunk": _of_trunk}[kind](slices[0], zone)
    names = accounts.known(case) if kind == "account" else {}
    return Card(
        kind=kind,
        key=key,
        name=names.get(key, key),
        zone=zone,
        start=start,
        end=end,
        weeks=len(slices) - 1,
        figures=tuple(f for f in figures if f.value is not None or f.usual is not None),
        facts=_facts(case, kind, key, own),
        tables=tuple(t for t in tables if len(t.rows)),
        notes=_notes(case, kind, len(slices) - 1),
        case=case,
    )


def _weeks_before(
    first: pd.Timestamp, start: pd.Timestamp, end: pd.Timestamp, zone: str
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the same stretch of the local week in the weeks before, nearest first, none that overlap the window."""
    spans = []
    step = max(1, -(-(end - start) // pd.Timedelta(days=7)))  # a window of nine days goes back by fortnights
    a, b = (times.local(t, zone).to_pydatetime().replace(tzinfo=None, fold=0) for t in (start, end))
    for back in range(1, WEEKS + 1):
        days = pd.Timedelta(days=7 * step * back).to_pytimedelta()
        begin, stop = times.at_wall(a - days, zone), times.at_wall(b - days, zone, second=True)
        if begin < first.floor("h"):
            break
        spans.append((begin, stop))
    return spans


def _figure(
    wanted: _Wanted, slices: list[_Slice], peers: list[_Slice], profile: Profile, account: str
) -> Figure:
    value = wanted.formula(slices[0])
    before = [v for v in (wanted.formula(s) for s in slices[1:]) if v is not None]
    others = [v for v in (wanted.formula(s) for s in peers) if v is not None] if wanted.peers else []
    target = profile.value(wanted.target, account) if wanted.target else None
    verdict = unusual = ""
    if target is not None and value is not None:
        verdict = "met" if (value >= target if wanted.at_least else value <= target) else "missed"
    if value is not None and len(before) >= ENOUGH_WEEKS:
        n, mean = len(before), float(np.mean(before))
        reach = STUDENT[n - 1] * float(np.std(before, ddof=1)) * (1 + 1 / n) ** 0.5
        if abs(value - mean) > reach and not min(before) <= value <= max(before):
            unusual = "above" if value > mean else "below"
    label = wanted.label
    if wanted.name == "service_level":  # a share in time says nothing without the time
        label = label.replace(",", f" in {profile.value('service_level_s', account):.0f} s,")
    return Figure(
        wanted.name,
        label,
        wanted.unit,
        value,
        float(np.mean(before)) if before else None,
        min(before, default=None),
        max(before, default=None),
        float(np.median(others)) if others else None,
        target,
        wanted.at_least,
        profile.source(wanted.target, account) if wanted.target else "",
        verdict,
        unusual,
    )


# --- formulas over one window -------------------------------------------------------------------------------


def _answered(s: _Slice) -> pd.DataFrame:
    return s.calls[s.calls["outcome"] == "answered"]


def _count(s: _Slice) -> float | None:
    return float(len(s.calls))


def _share(of: Callable[[_Slice], pd.Series[bool]]) -> Callable[[_Slice], float | None]:
    """Return what gives the share of a window's calls of which something is true.

    Those of which it is not known count neither way.
    """

    def formula(s: _Slice) -> float | None:
        known = of(s).dropna()
        return float(known.mean()) if len(known) else None

    return formula


def _is(*outcomes: str) -> Callable[[_Slice], pd.Series[bool]]:
    return lambda s: s.calls["outcome"].isin(outcomes)


def _sums(s: _Slice) -> pd.DataFrame:
    """Return one row of what the formulas of :mod:`metrics` are made of; calls whose wait is not known stay out."""
    limit = s.profile.value("service_level_s", s.key)
    waits = s.calls["wait_s"]
    answered = (s.calls["outcome"] == "answered") & waits.notna()
    left = s.calls["outcome"].isin(["abandoned", "no_answer"]) & waits.notna()
    return pd.DataFrame(
        {
            "answered": [int(answered.sum())],
            "answer_wait_s": [float(waits[answered].sum())],
            "answered_in_time": [int((waits[answered] <= limit).sum())],
            "abandoned": [int(left.sum())],
            "abandoned_in_time": [int((waits[left] <= limit).sum())],
        }
    )


def _one(values: pd.Series[float]) -> float | None:
    return None if pd.isna(values.iloc[0]) else float(values.iloc[0])


def _asa(s: _Slice) -> float | None:
    return _one(metrics.asa(_sums(s)))


def _service_level(s: _Slice) -> float | None:
    return _one(metrics.service_level(_sums(s), abandons="missed"))


def _aht(s: _Slice) -> float | None:
    known = _answered(s).dropna(subset=["talk_s", "hold_s"])
    sums = pd.DataFrame(
        {"answered": [len(known)], "talk_s": [known["talk_s"].sum()], "hold_s": [known["hold_s"].sum()]}
    )
    return _one(metrics.aht(sums)) if len(known) else None


def _mean(column: str) -> Callable[[_Slice], float | None]:
    def formula(s: _Slice) -> float | None:
        values = _answered(s)[column].dropna()
        return float(values.mean()) if len(values) else None

    return formula


def _longest(column: str) -> Callable[[_Slice], float | None]:
    def formula(s: _Slice) -> float | None:
        values = s.calls[column].dropna()
        return float(values.max()) if len(values) else None

    return formula


def _held_long(s: _Slice) -> float | None:
    values = _answered(s)["hold_s"].dropna()
    return float((values > s.profile.value("long_hold_s", s.key)).mean()) if len(values) else None


def _reaches(frame: pd.DataFrame, column: str, s: _Slice) -> bool:
    """Say whether a table reaches back to a window: one that begins later has no zero of its own."""
    return len(frame) > 0 and bool(frame[column].min() < s.start + (s.end - s.start) / 4)


def _urgent_in_time(s: _Slice) -> float | None:
    """Return the share of urgent messages whose first attempt came in time."""
    messages = s.case.table("messages")
    if not (_reaches(s.case.table("dispatch"), "attempted_at", s) and _reaches(messages, "taken_at", s)):
        return None
    own = within(messages[(messages["account"] == s.key).fillna(value=False)], s.start, s.end, "taken_at")
    urgent = own[(own["priority"] == "urgent").fillna(value=False)]
    if urgent.empty:
        return None
    told = board(s.case, urgent, s.profile)
    judged = told[~told["state"].isin(["unlogged", "pending"])]
    in_time = judged["lag_min"].notna() & (judged["lag_min"] <= judged["limit_min"])
    return float(in_time.mean()) if len(judged) else None


def _messages(s: _Slice) -> float | None:
    messages = s.case.table("messages")
    if not _reaches(messages, "taken_at", s):
        return None
    return float(
        len(within(messages[(messages["agent"] == s.key).fillna(value=False)], s.start, s.end, "taken_at"))
    )


def _ring_outs(s: _Slice) -> float | None:
    agents = s.case.table("agents")
    if not (agents["event"] == "ring_no_answer").any() or not _reaches(agents, "at", s):
        return None
    own = agents[(agents["agent"] == s.key).fillna(value=False) & (agents["event"] == "ring_no_answer")]
    return float(len(within(own, s.start, s.end, "at")))


def _ring_out_share(s: _Slice) -> float | None:
    missed = _ring_outs(s)
    rung = None if missed is None else missed + len(_answered(s))
    return missed / rung if missed is not None and rung else None


def _logged_in_h(s: _Slice) -> float | None:
    """Return the hours between login and logout in the window; a first logout means in since the table begins."""
    agents = s.case.table("agents")
    own = agents[(agents["agent"] == s.key).fillna(value=False) & agents["event"].isin(["login", "logout"])]
    if own.empty or not _reaches(agents, "at", s):
        return None
    own = own.sort_values("at", kind="stable")
    reach_start, reach_end = agents["at"].min(), agents["at"].max()
    total, since = pd.Timedelta(0), reach_start if own["event"].iloc[0] == "logout" else None
    for at, event in zip(own["at"], own["event"], strict=True):
        if event == "login":
            since = at if since is None else since
        elif since is not None:
            total += max(min(at, s.end) - max(since, s.start), pd.Timedelta(0))
            since = None
    if since is not None:
        total += max(min(reach_end, s.end) - max(since, s.start), pd.Timedelta(0))
    return total.total_seconds() / 3600


def _an_hour(s: _Slice) -> float | None:
    hours = _logged_in_h(s)
    return len(_answered(s)) / hours if hours else None


def _occupancy(s: _Slice) -> float | None:
    hours, known = _logged_in_h(s), _answered(s).dropna(subset=["talk_s", "hold_s"])
    if not hours:
        return None
    sums = pd.DataFrame(
        {"talk_s": [known["talk_s"].sum()], "hold_s": [known["hold_s"].sum()], "staffed_s": [hours * 3600]}
    )
    return _one(metrics.occupancy(sums))


def _counted(s: _Slice) -> pd.DataFrame:
    kpi = s.case.table("kpi")
    return within(kpi[(kpi["scope"] == s.key).fillna(value=False)], s.start, s.end, "interval_start")


def _kpi(column: str, how: str) -> Callable[[_Slice], float | None]:
    def formula(s: _Slice) -> float | None:
        values = _counted(s)[column].dropna()
        return float(getattr(values, how)()) if len(values) else None

    return formula


def _blocked_share(s: _Slice) -> float | None:
    rows = _counted(s).dropna(subset=["offered", "blocked"])
    tried = float(rows["offered"].sum() + rows["blocked"].sum())
    return float(rows["blocked"].sum()) / tried if tried else None


def _hung_up(s: _Slice) -> pd.Series[bool]:
    return _answered(s)["ended_by"] == "agent"


_ACCOUNT = (
    _Wanted("offered", "calls offered", "calls", _count),
    _Wanted("answered_share", "answered by an agent", "share", _share(_is("answered"))),
    _Wanted("abandoned_share", "abandoned", "share", _share(_is("abandoned", "no_answer")), "abandon_share_warn"),
    _Wanted("refused_share", "busy or cut", "share", _share(_is(*REFUSED))),
    _Wanted("recorded_share", "ended in a recording", "share", _share(_is(*ELSEWHERE))),
    _Wanted("asa_s", "average speed of answer", "s", _asa),
    _Wanted("service_level", "service level, hang-ups missed", "share", _service_level, "service_level_share", at_least=True),
    _Wanted("longest_wait_s", "longest wait", "s", _longest("wait_s"), "bad_hold_s"),
    _Wanted("aht_s", "average handling time", "s", _aht),
    _Wanted("held_long_share", "long holds", "share", _held_long),
    _Wanted("urgent_in_time", "urgent messages tried in time", "share", _urgent_in_time),
)  # fmt: skip
_AGENT = (
    _Wanted("answered", "calls answered", "calls", lambda s: float(len(_answered(s))), peers=True),
    _Wanted("an_hour", "calls answered an hour logged in", "count", _an_hour, peers=True),
    _Wanted("logged_in_h", "logged in", "hours", _logged_in_h, peers=True),
    _Wanted("occupancy", "share of it on calls (occupancy)", "share", _occupancy, peers=True),
    _Wanted("aht_s", "average handling time", "s", _aht, peers=True),
    _Wanted("talk_s", "talk, on average", "s", _mean("talk_s"), peers=True),
    _Wanted("hold_s", "hold, on average", "s", _mean("hold_s"), "long_hold_s", peers=True),
    _Wanted("held_long_share", "calls with a long hold", "share", _held_long, peers=True),
    _Wanted("longest_hold_s", "longest hold", "s", _longest("hold_s"), "bad_hold_s", peers=True),
    _Wanted("ring_outs", "calls let ring out", "calls", _ring_outs, peers=True),
    _Wanted("ring_out_share", "of all that rang there", "share", _ring_out_share, peers=True),
    _Wanted("hung_up_share", "calls ended by the agent", "share", _share(_hung_up), peers=True),
    _Wanted("messages", "messages taken", "count", _messages, peers=True),
)  # fmt: skip
_TRUNK = (
    _Wanted("offered", "calls that arrived", "calls", _count),
    _Wanted("blocked", "calls blocked", "calls", _kpi("blocked", "sum")),
    _Wanted("blocked_share", "of all that tried", "share", _blocked_share, "blocked_share"),
    _Wanted("all_trunks_busy_s", "no trunk free", "s", _kpi("all_trunks_busy_s", "sum")),
    _Wanted("peak", "most trunks in use at once", "count", _kpi("peak_trunks_in_use", "max")),
    _Wanted("failed_share", "cut by the switch", "share", _share(_is("failed"))),
    _Wanted("answered_share", "answered by an agent", "share", _share(_is("answered"))),
    _Wanted("asa_s", "average speed of answer", "s", _asa),
)


def _peers(own: _Slice, then: pd.DataFrame) -> list[_Slice]:
    """Return the same window of every other agent who answered at least five of its calls."""
    counts = then.loc[then["outcome"] == "answered", "agent"].dropna().value_counts()
    others = sorted(str(a) for a in counts[counts >= 5].index if a != own.key)
    return [replace(own, calls=then[(then["agent"] == a).fillna(value=False)], key=a) for a in others]


# --- tables and facts ---------------------------------------------------------------------------------------


def _by(calls: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return calls by a column: ``offered, answered, missed, wait_s, talk_s, hold_s, last``; most calls first."""
    rows = [
        {
            column: None if pd.isna(value) else str(value),
            "offered": len(own),
            "answered": int((own["outcome"] == "answered").sum()),
            "missed": int((own["outcome"] != "answered").sum()),
            "wait_s": own["wait_s"].mean(),
            "talk_s": own["talk_s"].mean(),
            "hold_s": own["hold_s"].mean(),
            "last": own["offered_at"].max(),
        }
        for value, own in calls.groupby(column, dropna=False, sort=True)
    ]
    columns = [column, "offered", "answered", "missed", "wait_s", "talk_s", "hold_s", "last"]
    made = pd.DataFrame(rows, columns=columns)
    return made.sort_values(["offered", column], ascending=[False, True], kind="stable", ignore_index=True)


def _by_day(calls: pd.DataFrame, zone: str) -> pd.DataFrame:
    there = times.local(calls["offered_at"], zone).dt.strftime("%a %d %b")
    order = times.local(calls["offered_at"], zone).dt.strftime("%Y-%m-%d")
    made = _by(calls.assign(day=order + "|" + there), "day").sort_values("day", ignore_index=True)
    return made.assign(day=made["day"].astype("string").str.partition("|")[2])


def _every_day(s: _Slice, zone: str) -> pd.DataFrame:
    """Return :func:`_by_day` with the days of the window that had no call, as far as the records reach."""
    made = _by_day(s.calls, zone)
    noted = s.case.cache.get("desk.last")
    last = noted if isinstance(noted, pd.Timestamp) else records_end(s.case)
    first = max(s.start, s.case.calls["offered_at"].min())
    there = times.local(pd.Series([first, min(s.end - pd.Timedelta(seconds=1), last)]), zone).dt.strftime("%Y-%m-%d")
    days = pd.date_range(there.iloc[0], there.iloc[1], freq="D").strftime("%a %d %b")
    if len(days) < len(made) or days.has_duplicates:
        return made  # a window of years: its days have no names of their own
    every = made.set_index("day").reindex(days).rename_axis("day").reset_index()
    counts = ["offered", "answered", "missed"]
    return every.assign(**{c: every[c].fillna(0).astype("int64") for c in counts})


def _named(case: Case, frame: pd.DataFrame) -> pd.DataFrame:
    names = accounts.known(case)
    return frame.assign(
        name=frame["account"].astype("string").map(lambda a: names.get(a, a), na_action="ignore")
    )


_COUNTS = ("offered", "answered", "missed", "wait_s", "talk_s", "hold_s")


def _of_account(s: _Slice, zone: str) -> list[Breakdown]:
    missed = s.calls[s.calls["outcome"] != "answered"].sort_values("offered_at").tail(SHOWN)
    return [
        Breakdown("By day", ("day", *_COUNTS), _every_day(s, zone)),
        Breakdown("By number", ("dnis", *_COUNTS, "last"), _by(s.calls, "dnis").head(SHOWN)),
        Breakdown(
            "By agent", ("agent", "answered", "talk_s", "hold_s"), _by(_answered(s), "agent").head(SHOWN)
        ),
        Breakdown(
            "The last calls missed", ("offered_at", "ani", "outcome", "wait_s", "ended_by", "call_id"), missed
        ),
    ]


def _of_agent(s: _Slice, zone: str) -> list[Breakdown]:
    held = s.calls.dropna(subset=["hold_s"]).sort_values("hold_s", ascending=False, kind="stable").head(5)
    held = held[held["hold_s"] > 0]
    by_account = _named(s.case, _by(s.calls, "account")).head(SHOWN)
    return [
        Breakdown("By day", ("day", "answered", "wait_s", "talk_s", "hold_s"), _by_day(s.calls, zone)),
        Breakdown("By client", ("account", "name", "answered", "talk_s", "hold_s"), by_account),
        Breakdown(
            "The longest holds",
            ("offered_at", "account", "ani", "hold_s", "talk_s", "ended_by", "call_id"),
            held,
        ),
    ]


def _of_trunk(s: _Slice, zone: str) -> list[Breakdown]:
    tests = s.case.table("line_tests")
    own = within(tests[(tests["trunk_group"] == s.key).fillna(value=False)], s.start, s.end, "tested_at")
    failed = own[own["result"] == "failed"].sort_values("tested_at").tail(SHOWN)
    by_account = _named(s.case, _by(s.calls, "account")).head(SHOWN)
    return [
        Breakdown("By day", ("day", *_COUNTS[:4]), _by_day(s.calls, zone)),
        Breakdown("By client", ("account", "name", "offered", "answered", "missed", "last"), by_account),
        Breakdown("Test calls that failed", ("tested_at", "number", "result"), failed),
    ]


def _facts(case: Case, kind: str, key: str, own: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    if kind == "account":
        facts = account_facts(case, key)
        limit = "" if facts.path_limit is None else f"{facts.path_limit} calls at once"
        due = "" if facts.dispatch_within_min is None else f"within {facts.dispatch_within_min:g} min"
        rows = [
            ("numbers", ", ".join(facts.numbers)),
            ("trunk group", ", ".join(facts.trunk_groups)),
            ("covered", facts.coverage),
            ("path limit", limit),
            ("urgent messages", due),
            ("office", facts.office_number),
        ]
        return tuple((label, value) for label, value in rows if value)
    if kind == "agent":
        logged = case.table("agents")
        logged = logged[(logged["agent"] == key).fillna(value=False)]
        rows = [
            ("clients answered for", str(own["account"].nunique())),
            ("last event", _last_event(logged, case.zone)),
        ]
        return tuple((label, value) for label, value in rows if value)
    numbers = own["dnis"].nunique()
    return (("clients on it", str(own["account"].nunique())), ("numbers on it", str(numbers)))


def _last_event(events: pd.DataFrame, zone: str) -> str:
    if events.empty:
        return ""
    row = events.sort_values("at", kind="stable").iloc[-1]
    there = times.local(row["at"], zone)
    return f"{str(row['event']).replace('_', ' ')} {there:%a} {there.day} {there:%b %H:%M}"


def _notes(case: Case, kind: str, weeks: int) -> tuple[str, ...]:
    notes = []
    if weeks < ENOUGH_WEEKS:
        notes.append(
            f"The records hold {weeks} such stretch{'' if weeks == 1 else 'es'} before this one: too few to call a"
            " figure out of the ordinary."
        )
    if not case.logs_unanswered:
        notes.append("This log may leave out calls nobody answered: what was missed may be more.")
    if kind == "agent" and not case.has("agents"):
        notes.append("Without a log of agents' events nothing is known of logins and calls left ringing.")
    if kind == "trunk" and not case.has("kpi"):
        notes.append("Without the switch's interval counts nothing is known of blocked calls.")
    return tuple(notes)


def case_of(
    store: Store,
    kind: str,
    named: str,
    when: Wanted,
    *,
    known: Callable[[Case], Case] = lambda case: case,
) -> Case:
    """Return of a store what a page needs: its window and the weeks before, of an account only its own calls."""
    base = known(store.read(tables=("accounts",)))
    account = accounts.resolve(base, named) if kind == "account" and len(base.table("accounts")) else None
    zone = account_zones(base).get(account or "", base.zone)
    last = last_of(store)
    start, end = window(base, when, zone, last=last) if last is not None else (None, None)
    end = end or last
    start = start or (end - DEFAULT if end is not None else None)
    first = start
    if start is not None and end is not None:
        step = max(1, -(-(end - start) // pd.Timedelta(days=7)))
        first = start - pd.Timedelta(days=7 * step * WEEKS + 1)
    after = None if end is None else end + pd.Timedelta(days=2)
    made = store.read(start=first, end=after, account=account)
    tables = dict(made.tables)
    if account is not None and (of := tables.get("calls")) is not None:
        tables["calls"] = of[(of["account"] == account).fillna(value=False)].reset_index(drop=True)
    read = known(replace(made, tables=tables))
    read.cache["desk.last"] = last
    return read
