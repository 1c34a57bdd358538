"""One page of an account, an agent or a trunk group: its figures against its own usual and the profile's targets.

The usual is the same stretch of the week in the weeks before (up to eight, as many as the records hold), by the
local clock: Monday morning is held against Monday mornings. A figure is *out of the ordinary* where weeks like those
would give it less than once in a hundred (Student's prediction interval of one more week, four weeks at least); it
*misses its target* where the profile has one. Neither says why: that is `calltrace investigate`'s question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.desk import people
from calltrace.desk.figures import MEASURES, Measure, Slice, answered
from calltrace.desk.find import LAST, Wanted, window, with_wait
from calltrace.desk.of_store import last_of
from calltrace.diagnosis import accounts
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import account_facts, account_zones, records_end, within
from calltrace.errors import InputError
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
    noted = case.cache.get(LAST)
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
    slices = [Slice(case, within(own, a, b), a, b, key, profile) for a, b in spans]
    wanted = MEASURES[kind]
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
    wanted: Measure, slices: list[Slice], peers: list[Slice], profile: Profile, account: str
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


def _peers(own: Slice, then: pd.DataFrame) -> list[Slice]:
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


def _every_day(s: Slice, zone: str) -> pd.DataFrame:
    """Return :func:`_by_day` with the days of the window that had no call, as far as the records reach."""
    made = _by_day(s.calls, zone)
    noted = s.case.cache.get(LAST)
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


def _of_account(s: Slice, zone: str) -> list[Breakdown]:
    missed = s.calls[s.calls["outcome"] != "answered"].sort_values("offered_at").tail(SHOWN)
    return [
        Breakdown("By day", ("day", *_COUNTS), _every_day(s, zone)),
        Breakdown("By number", ("dnis", *_COUNTS, "last"), _by(s.calls, "dnis").head(SHOWN)),
        Breakdown(
            "By agent", ("agent", "answered", "talk_s", "hold_s"), _by(answered(s), "agent").head(SHOWN)
        ),
        Breakdown(
            "The last calls missed", ("offered_at", "ani", "outcome", "wait_s", "ended_by", "call_id"), missed
        ),
    ]


def _of_agent(s: Slice, zone: str) -> list[Breakdown]:
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


def _of_trunk(s: Slice, zone: str) -> list[Breakdown]:
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
    elif kind == "agent" and not case.logs_sessions:
        notes.append("Without a log of agents' events nothing is known of logins: calls left ringing are read off the calls.")
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
    read.cache[LAST] = last
    return read
