"""What a database is asked: which tables, and the rows of which days."""

# ruff: noqa: S608 -- what is put into a statement are names, quoted; values are bound

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location
from calltrace.intake.asked import AskedTime
from calltrace.intake.databases.address import Asked
from calltrace.intake.databases.rows import is_log, nothing_known, passed_over, stream_of_rows
from calltrace.intake.opened import Opened
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

HISTORY_DAYS = 400
"""How far back a server is asked for rows if the address doesn't say: a year and a month of comparison."""


_TIMES = (
    "calldate",
    "eventtime",
    "start",
    "starttime",
    "start_stamp",
    "datetime",
    "date_time",
    "time",
    "created",
    "offered_at",
    "interval_start",
    "at",
)
"""Columns a table is bounded by, the likeliest first."""


_KEYS = ("id", "acctid", "uid")
"""Columns that count rows in the order they were written."""


@dataclass(frozen=True)
class Found:
    """A table or view: where it is, its columns with their types in lower case, whether it is a base table."""

    schema: str
    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    is_table: bool = True


class Database(Protocol):
    """What both kinds of database can be asked."""

    def tables(self) -> list[Found]:
        """Return the tables and views there are."""
        ...

    def quoted(self, name: str) -> str:
        """Return a name as a statement may hold it."""
        ...

    def text_of(self, column: str) -> str:
        """Return how a column is asked for as text."""
        ...

    def rows(self, statement: str, values: dict[str, object]) -> Iterator[Sequence[Any]]:
        """Give the rows of a query, fetched some at a time."""
        ...


def read_tables(database: Database, display: str, asked: Asked, *, recent: bool) -> Iterator[Opened]:
    """Yield the tables asked for, else those that are a log; say which were passed over."""
    found = database.tables()
    if asked.tables:
        chosen = []
        for wanted in asked.tables:
            same = [t for t in found if wanted.lower() in (t.name.lower(), f"{t.schema}.{t.name}".lower())]
            if not same:
                there = ", ".join(sorted(visible(t.name) for t in found)[:20]) or "none"
                raise InputError(f"{display}: there is no table {visible(wanted)}", expected=f"one of: {there}")
            chosen += same[:1]
    else:
        chosen = [t for t in found if t.is_table and is_log(t.columns)]
        chosen = chosen or [t for t in found if not t.is_table and is_log(t.columns)]
    passed = [t.name for t in found if t not in chosen]
    if not chosen:
        yield Opened(display, None, (nothing_known(display, passed),), asked=True)
        return
    groups: dict[tuple[str, ...], list[Found]] = {}
    for table in chosen:
        groups.setdefault(tuple(c.lower() for c in table.columns), []).append(table)
    told = [] if asked.tables else passed_over(display, passed)  # who names tables leaves the others out
    for same_columns in groups.values():
        name = display if len(groups) == 1 else f"{display}!{visible(same_columns[0].name)}"
        parts = []
        for table in same_columns:
            statement, values, problems = _statement(database, table, asked, name, recent=recent)
            parts.append(database.rows(statement, values))
            told += problems
        stream = stream_of_rows(name, same_columns[0].columns, (row for part in parts for row in part), display)
        yield Opened(name, stream, tuple(told), asked=True)
        told = []


def _statement(
    database: Database, table: Found, asked: Asked, display: str, *, recent: bool
) -> tuple[str, dict[str, object], list[Problem]]:
    """Return the query of one table, its values, and what to tell about rows not asked for."""
    quoted = database.quoted
    place = f"{quoted(table.schema)}.{quoted(table.name)}" if table.schema else quoted(table.name)
    names = {c.lower(): c for c in table.columns}
    told: list[Problem] = []
    where: list[str] = []
    values: dict[str, object] = {}
    stamp = next((names[t] for t in _TIMES if t in names), None)
    bound = None
    if stamp is not None and (asked.start or asked.end or asked.time or recent):
        bound = _bound(database, place, stamp, table.types[table.columns.index(stamp)])
    if stamp is not None and bound is not None:
        since, until = _reach(database, place, stamp, bound, asked, recent=recent)
        where_since = since and since - timedelta(days=1)
        where_until = until and until + timedelta(days=2)
        for edge, sign, day in (("since", ">=", where_since), ("until", "<", where_until)):
            if day:
                where.append(f"{quoted(stamp)} {sign} :{edge}")
                values[edge] = bound(day)
        told = [
            _not_asked_for(display, table.name, side, day, asked)
            for side, sign, said, day, edge in (
                ("before", "<", asked.start, since, where_since),
                ("after", ">=", asked.end, until, where_until),
            )
            if not said and day and edge and _any_beyond(database, place, stamp, sign, bound(edge))
        ]
    order = [names[k] for k in _KEYS if k in names][:1]
    if not order and stamp is not None:
        order = [stamp, *([names["sequence"]] if "sequence" in names else [])]
    columns = ", ".join(database.text_of(c) for c in table.columns)
    statement = f"SELECT {columns} FROM {place}"
    if where:
        statement += " WHERE " + " AND ".join(where)
    if order:
        statement += " ORDER BY " + ", ".join(quoted(c) for c in order)
    return statement, values, told


def _reach(
    database: Database, place: str, stamp: str, bound: Any, asked: Asked, *, recent: bool
) -> tuple[date | None, date | None]:
    """Return the first and last day to read: the address's, else the question's, else the last days of a server."""
    if asked.time is None and (asked.start or not recent):
        return asked.start, asked.end
    last = _latest(database, place, stamp, bound)
    if last is None:
        return asked.start, asked.end
    if asked.time is not None:
        first, end = _days_asked(asked.time, last)
        return asked.start or first, asked.end or end
    return last - timedelta(days=HISTORY_DAYS), asked.end


def _days_asked(time: AskedTime, last: date) -> tuple[date, date | None]:
    """Return the days to read for a question, whose words are meant from the end of the last row's day.

    The hour of the last row is not known: taking the day's end, "sat 22:00" is that time or a week later, never
    earlier, so nothing is cut off at the end; at the beginning there are days to spare.
    """
    from calltrace.tables import times  # noqa: PLC0415 -- only where there is a database
    from calltrace.tables.when import parse_when  # noqa: PLC0415 -- only where there is a database

    said_at = times.at_wall(datetime(last.year, last.month, last.day) + timedelta(days=1), time.zone)  # noqa: DTZ001
    now = parse_when(time.now, time.zone, said_at, end=True, option="--now") if time.now else said_at
    until = parse_when(time.end, time.zone, now, end=True) if time.end else now
    start = parse_when(time.start, time.zone, now, end=False) if time.start else until - timedelta(days=7)
    first = times.local(start, time.zone).date() - timedelta(days=time.before_days)
    end = times.local(until, time.zone).date() + timedelta(days=time.after_days) if time.end else None
    return first, end


def _not_asked_for(display: str, table: str, side: str, day: date, asked: Asked) -> Problem:
    """Tell that there are rows beyond what was read, and how to read them."""
    before = side == "before"
    if asked.time is None:
        expected = f"the last {HISTORY_DAYS} days"
    else:
        expected = "the time asked about" + (
            f" and {asked.time.before_days} days before it" if before else f" and {asked.time.after_days} days after it"
        )
    return Problem(
        Location(display),
        f"rows of {visible(table)} {side} {day}, which were not asked for",
        expected,
        f"Add ?{'from' if before else 'to'}=YYYY-MM-DD to the address to read further {'back' if before else 'on'}.",
        effect="noted",
        rows=0,
        kind="not-read",
    )


def _bound(database: Database, place: str, stamp: str, kind: str) -> Any:
    """Return what makes a value to compare the column with out of a day; None where that can't be told."""
    if re.search(r"date|timestamp", kind):
        return lambda day: datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the server's wall clock
    name = database.quoted(stamp)
    seen = next(database.rows(f"SELECT {name} FROM {place} WHERE {name} IS NOT NULL LIMIT 1", {}), None)
    if seen is None:
        return None
    text = str(seen[0])
    if re.fullmatch(r"\d{9,10}(?:\.\d+)?", text):
        return _epoch if re.search(r"int|num|dec|real|double|float", kind) else lambda day: str(_epoch(day))
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return lambda day: day.isoformat()
    return None


def _epoch(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _latest(database: Database, place: str, stamp: str, bound: Any) -> date | None:
    """Return the day of the latest row that is not in the future (clocks and fingers err)."""
    name = database.quoted(stamp)
    ahead = bound(datetime.now(UTC).date() + timedelta(days=2))
    statement = f"SELECT MAX({name}) FROM {place} WHERE {name} < :ahead"
    row = next(database.rows(statement, {"ahead": ahead}), None)
    if row is None or row[0] is None:
        return None
    text = str(row[0])
    try:
        if re.fullmatch(r"\d{9,10}(?:\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC).date()
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _any_beyond(database: Database, place: str, stamp: str, sign: str, value: object) -> bool:
    name = database.quoted(stamp)
    statement = f"SELECT 1 FROM {place} WHERE {name} {sign} :value LIMIT 1"
    return next(database.rows(statement, {"value": value}), None) is not None
