"""Tables of databases and of their dumps, each handed on as separated text with its header.

A PATH may be an address, ``postgresql://user@host/asteriskcdrdb``, ``mysql://…`` or ``sqlite:///file.db``, an
SQLite file, or a dump. Which tables to read is told by their columns, as a file is by its header: the formats
that know an exported table know the table. Rows come in batches, over a connection that may only read.

An address may end in ``?table=cdr`` (several with commas; needed for a view), ``&from=2026-01-01`` and
``&to=2026-03-01`` (dates; a day to either side is read too, since the table's zone is not known yet).
Where the address does not say, the time asked about does (``--from``, ``--to``): what is read begins
some three months before it, for what is usual is learnt from that, and ends a month after it. Without
either a server is asked for the last :data:`HISTORY_DAYS` days only: a year tells the season, and a table of ten
years is not what a diagnosis stands on. A dump is read whole, and so is an SQLite file if no time is asked about.

A password is used to connect and nowhere else: names of tables, messages and reports have ``user:***@host``.
It need not be in the address: PGPASSWORD and ``~/.pgpass`` work, and for MySQL
``?read_default_file=~/.my.cnf``. Servers need the extra ``calltrace-cli[db]``.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import numpy as np

from calltrace.errors import InputError, Location, UsageError
from calltrace.intake import formats, sources, sqldump
from calltrace.intake.encodings import to_utf8
from calltrace.intake.formats._base import Head
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from calltrace.intake.formats._base import Stream

HISTORY_DAYS = 400
"""How far back a server is asked for rows if the address doesn't say: a year and a month of comparison."""

BATCH_ROWS = 5_000
"""Rows fetched at a time: enough to be quick, few enough not to matter in memory."""

CONNECT_S = 10
"""Seconds to wait for a server that doesn't answer."""

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*://")
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
_SECRET_OPTIONS = ("password", "passwd", "sslpassword")
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


def is_address(path: str) -> bool:
    """Say whether a PATH is a database's address, of any kind."""
    return bool(_ADDRESS.match(path))


def shown(address: str) -> str:
    """Return the address as it may be printed and stored: without its password and without calltrace's options.

    Examples
    --------
    >>> shown("mysql://reader:s3cret@pbx/asteriskcdrdb?table=cdr")
    'mysql://reader:***@pbx/asteriskcdrdb'
    """
    scheme, _, rest = address.partition("://")
    # a password may hold "@", "/" or "?" that should have been written %40, %2F, %3F: hide up to the last "@"
    user, at, rest = rest.rpartition("@")
    place, query_mark, query = rest.partition("?")
    if at:
        name, colon, _ = user.partition(":")
        place = f"{name}{':***' if colon else ''}@{place}"
    kept = [
        (key, "***" if key.lower() in _SECRET_OPTIONS else value)
        for key, value in parse_qsl(query, keep_blank_values=True)
        if key not in ("table", "from", "to")
    ]
    tail = urlencode(kept, safe="*/~") if query_mark and kept else ""
    return visible(f"{scheme}://{place}{'?' + tail if tail else ''}")


def with_password(address: str, password: str) -> str:
    """Return the address with a password kept elsewhere put in, for connecting; never to be shown.

    Examples
    --------
    >>> with_password("mysql://reader@pbx/asteriskcdrdb", "s3/cret")
    'mysql://reader:s3%2Fcret@pbx/asteriskcdrdb'
    """
    scheme, _, rest = address.partition("://")
    user, at, place = rest.rpartition("@")
    if not at:
        raise UsageError(f"{shown(address)} names no user", expected="postgresql://user@host/database")
    return f"{scheme}://{user.partition(':')[0]}:{quote(password, safe='')}@{place}"


# --- addresses ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What an address asks for besides the place: the tables, and from when to when.

    ``time`` is the time the question is about, which bounds what the address leaves open.
    """

    tables: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    time: sources.AskedTime | None = None


def _asked(address: str) -> tuple[str, Asked]:
    """Return the address without calltrace's own options, and these."""
    parts = urlsplit(address)
    own: dict[str, str] = {}
    rest = []
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key in ("table", "from", "to"):
            own[key] = value
        else:
            rest.append((key, value))
    days = {}
    for key in ("from", "to"):
        try:
            days[key] = date.fromisoformat(own[key]) if key in own else None
        except ValueError as error:
            raise UsageError(
                f"{key}={visible(own[key])} in {shown(address)}", expected="a date as YYYY-MM-DD"
            ) from error
    tables = tuple(name for name in own.get("table", "").split(",") if name)
    bare = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(rest), ""))
    if not parts.netloc and parts.path.startswith("/"):
        # urlunsplit writes sqlite:/file; the empty place between the slashes matters
        bare = f"{parts.scheme}://{parts.path}" + (f"?{urlencode(rest)}" if rest else "")
    return bare, Asked(tables, days["from"], days["to"])


def open_address(address: str, time: sources.AskedTime | None = None) -> Iterator[sources.Opened]:
    """Connect, and yield every table that is a log some format knows; ``time`` bounds what is asked for.

    Raises
    ------
    InputError
        The server can't be reached or refuses, the driver is missing, a table asked for is not there.
    UsageError
        The address is none calltrace understands.
    """
    name = shown(address)
    scheme = address.partition("://")[0].lower().partition("+")[0]
    try:
        bare, asked = _asked(address)
    except ValueError:  # its text may hold the password
        raise UsageError(f"{name} is no address", expected="postgresql://user@host/database") from None
    asked = replace(asked, time=time)
    if scheme == "sqlite":
        place = bare.partition("?")[0].partition("://")[2]
        if not place.startswith("/") or place == "/":
            raise UsageError(f"{name} names no file", expected="sqlite:///file.db, or sqlite:////full/path/file.db")
        path = Path(unquote(place[1:]))
        if not path.is_file():
            raise InputError(f"{name}: there is no file {visible(str(path))}", fix="Give the path of a database.")
        yield from open_sqlite(name, path, asked, by_name=True)
        return
    if scheme not in _DRIVERS:
        raise UsageError(
            f"{name} is no kind of database calltrace reads",
            expected="postgresql://, mysql://, mariadb:// or sqlite:///",
        )
    yield from _open_server(bare, name, _DRIVERS[scheme], asked)


# --- what a database is asked -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """A table or view: where it is, its columns with their types in lower case, whether it is a base table."""

    schema: str
    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    is_table: bool = True


class _Database(Protocol):
    """What both kinds of database can be asked."""

    def tables(self) -> list[_Found]: ...
    def quoted(self, name: str) -> str: ...
    def text_of(self, column: str) -> str: ...
    def rows(self, statement: str, values: dict[str, object]) -> Iterator[Sequence[Any]]: ...


def _read_tables(database: _Database, display: str, asked: Asked, *, recent: bool) -> Iterator[sources.Opened]:
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
        yield sources.Opened(display, None, (_nothing_known(display, passed),), asked=True)
        return
    groups: dict[tuple[str, ...], list[_Found]] = {}
    for table in chosen:
        groups.setdefault(tuple(c.lower() for c in table.columns), []).append(table)
    told = _passed_over(display, passed)
    for same_columns in groups.values():
        name = display if len(groups) == 1 else f"{display}!{visible(same_columns[0].name)}"
        parts = []
        for table in same_columns:
            statement, values, problems = _statement(database, table, asked, name, recent=recent)
            parts.append(database.rows(statement, values))
            told += problems
        stream = stream_of_rows(name, same_columns[0].columns, (row for part in parts for row in part), display)
        yield sources.Opened(name, stream, tuple(told), asked=True)
        told = []


def _statement(
    database: _Database, table: _Found, asked: Asked, display: str, *, recent: bool
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
    statement = f"SELECT {columns} FROM {place}"  # noqa: S608 - names are quoted, values are bound
    if where:
        statement += " WHERE " + " AND ".join(where)
    if order:
        statement += " ORDER BY " + ", ".join(quoted(c) for c in order)
    return statement, values, told


def _reach(
    database: _Database, place: str, stamp: str, bound: Any, asked: Asked, *, recent: bool
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


def _days_asked(time: sources.AskedTime, last: date) -> tuple[date, date | None]:
    """Return the days to read for a question, whose words are meant from the end of the last row's day.

    The hour of the last row is not known: taking the day's end, "sat 22:00" is that time or a week later, never
    earlier, so nothing is cut off at the end; at the beginning there are days to spare.
    """
    from calltrace.tables import times  # noqa: PLC0415 -- only where there is a database
    from calltrace.tables.when import parse_when  # noqa: PLC0415 -- only where there is a database

    said_at = times.at_wall(datetime(last.year, last.month, last.day) + timedelta(days=1), time.zone)  # noqa: DTZ001
    now = parse_when(time.now, time.zone, said_at, end=True) if time.now else said_at
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


def _bound(database: _Database, place: str, stamp: str, kind: str) -> Any:
    """Return what makes a value to compare the column with out of a day; None where that can't be told."""
    if re.search(r"date|timestamp", kind):
        return lambda day: datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the server's wall clock
    name = database.quoted(stamp)
    seen = next(database.rows(f"SELECT {name} FROM {place} WHERE {name} IS NOT NULL LIMIT 1", {}), None)  # noqa: S608
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


def _latest(database: _Database, place: str, stamp: str, bound: Any) -> date | None:
    """Return the day of the latest row that is not in the future (clocks and fingers err)."""
    name = database.quoted(stamp)
    ahead = bound(datetime.now(UTC).date() + timedelta(days=2))
    statement = f"SELECT MAX({name}) FROM {place} WHERE {name} < :ahead"  # noqa: S608
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


def _any_beyond(database: _Database, place: str, stamp: str, sign: str, value: object) -> bool:
    name = database.quoted(stamp)
    statement = f"SELECT 1 FROM {place} WHERE {name} {sign} :value LIMIT 1"  # noqa: S608
    return next(database.rows(statement, {"value": value}), None) is not None


def is_log(columns: Sequence[str]) -> bool:
    """Say whether some format knows a table of these columns."""
    if len(columns) < 2:
        return False
    line = _csv([columns]).decode().rstrip("\n")
    head = Head("table", line.encode() + b"\n", line + "\n", "utf-8", (line,), complete=True)
    return any(formats.get(name).detect(head) is not None for name in formats.NAMES)


def _passed_over(display: str, passed: Sequence[str]) -> list[Problem]:
    if not passed:
        return []
    return [
        sources.problem(
            display,
            f"{len(passed)} tables that are no log calltrace knows: {_some(passed)}",
            "tables of calls or queue events",
            "They were not read.",
            effect="noted",
            kind="not-read",
        )
    ]


def _nothing_known(display: str, passed: Sequence[str]) -> Problem:
    return sources.problem(
        display,
        f"no table of any known format (it has {_some(passed)})" if passed else "no tables",
        "a cdr, cel or queue_log table, or one of the generic layout",
        "Add ?table=NAME if the log is in a view, or export it as CSV.",
        kind="unrecognised",
    )


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(visible(n) for n in sorted(names)[:8])
    return listed + (f" and {len(names) - 8} more" if len(names) > 8 else "")


# --- rows to text -------------------------------------------------------------------------------------------


def stream_of_rows(
    display: str,
    columns: Sequence[str],
    rows: Iterator[Sequence[Any]],
    opened_from: str,
    lines: Sequence[int] | None = None,
) -> Stream:
    """Return rows as separated text with a header; ``lines`` says where each was, else they count from 1."""
    data = io.BytesIO()
    data.write(_csv([columns]))
    count = 0
    batch: list[Sequence[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            data.write(_csv(batch))
            count += len(batch)
            batch = []
    data.write(_csv(batch))
    count += len(batch)
    where = np.arange(count + 1) if lines is None else np.concatenate(([0], lines))
    stream = sources.stream_of(display, data.getvalue(), opened_from)
    return replace(stream, line_of=where.astype(np.int64))


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Write rows as lines, each on one: a line end within a value becomes a blank."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    made = text.getvalue()
    if made.count("\n") != len(rows) or "\r" in made:
        cleaned = [[re.sub(r"[\r\n]+", " ", v) if isinstance(v, str) else v for v in row] for row in rows]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(cleaned)
        made = text.getvalue()
    return made.replace("\0", "").encode(errors="replace")


# --- dumps --------------------------------------------------------------------------------------------------


def is_dump(stream: Stream) -> bool:
    """Say whether a text is a dump of a database."""
    return sqldump.is_dump(stream.head.text)


def open_dump(opened: sources.Opened, stream: Stream) -> Iterator[sources.Opened]:
    """Yield the tables of a dump that are a log; the dump as it is where none of them is."""
    dump = sqldump.read(stream.data.decode(errors="replace"), stream.display, is_log)
    groups: dict[tuple[str, ...], list[sqldump.Table]] = {}
    for table in dump.tables:
        groups.setdefault(tuple(c.lower() for c in table.columns), []).append(table)
    if not groups:
        yield opened
        return
    told = [*opened.problems, *_passed_over(stream.display, dump.passed)]
    for tables in groups.values():
        name = stream.display if len(groups) == 1 else f"{stream.display}!{visible(tables[0].name)}"
        lines = [line for table in tables for line in table.lines]
        rows = (row for table in tables for row in table.rows)
        told += [
            replace(p, at=Location(name, p.at.line)) for table in tables for p in table.problems
        ]
        made = stream_of_rows(name, tables[0].columns, rows, stream.opened_from or stream.display, lines)
        yield sources.Opened(name, made, tuple(told), opened.asked)
        told = []


# --- SQLite -------------------------------------------------------------------------------------------------


class _Sqlite:
    """An SQLite database, opened to read only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.text_factory = lambda raw: to_utf8(raw)[0].decode(errors="replace")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")

    def tables(self) -> list[_Found]:
        listed = self.connection.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' "
            "ESCAPE '\\' ORDER BY rowid"
        ).fetchall()
        found = []
        for name, kind in listed:
            try:
                about = self.connection.execute(f"PRAGMA table_info({self.quoted(name)})").fetchall()
            except sqlite3.DatabaseError:  # a view over what is not there, a module that is not loaded
                continue
            columns = tuple(str(row[1]) for row in about)
            found.append(_Found("", name, columns, tuple(str(row[2]).lower() for row in about), kind == "table"))
        return found

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def text_of(self, column: str) -> str:
        return self.quoted(column)

    def rows(self, statement: str, values: dict[str, object]) -> Iterator[Sequence[Any]]:
        bound = {k: v.isoformat(sep=" ") if isinstance(v, datetime) else v for k, v in values.items()}
        cursor = self.connection.execute(statement, bound)
        while batch := cursor.fetchmany(BATCH_ROWS):
            for row in batch:
                yield [v.decode(errors="replace") if isinstance(v, bytes) else v for v in row]


def open_sqlite(
    display: str,
    where: Path | bytes,
    asked: Asked | None = None,
    *,
    by_name: bool = False,
    time: sources.AskedTime | None = None,
) -> Iterator[sources.Opened]:
    """Yield the tables of an SQLite file (a path, or the bytes of one out of an archive) that are a log."""
    connection = None
    try:
        connection = _connected(where)
        yield from _read_tables(_Sqlite(connection), display, asked or Asked(time=time), recent=False)
    except sqlite3.Error as error:
        yield sources.Opened(
            display,
            None,
            (
                sources.problem(
                    display,
                    f"an SQLite database that can't be read ({visible(str(error))})",
                    "a whole database",
                    "Copy it again while the switch is not writing, or export the table as CSV.",
                    kind="binary",
                ),
            ),
            by_name,
        )
    finally:
        if connection is not None:
            connection.close()


def _connected(where: Path | bytes) -> sqlite3.Connection:
    if isinstance(where, bytes):
        connection = sqlite3.connect(":memory:")
        # one in write-ahead mode says so in two bytes; a copy in memory has no such log beside it
        connection.deserialize(where[:18] + b"\x01\x01" + where[20:])
        return connection
    place = quote(str(where.absolute()))
    connection = sqlite3.connect(f"file:{place}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.OperationalError:
        # write-ahead mode wants to write beside the file; where that is not allowed, nobody else writes either
        connection.close()
        connection = sqlite3.connect(f"file:{place}?mode=ro&immutable=1", uri=True)
    return connection


# --- servers ------------------------------------------------------------------------------------------------


class _Server:
    """A PostgreSQL or MySQL server over SQLAlchemy; values come as text, as a dump would have them."""

    def __init__(self, connection: Connection, *, postgres: bool) -> None:
        self.connection = connection
        self.postgres = postgres

    def tables(self) -> list[_Found]:
        here = "table_schema NOT IN ('pg_catalog', 'information_schema')" if self.postgres else "table_schema = DATABASE()"
        about = "table_type" if self.postgres else "CONCAT(table_type, ' ', COALESCE(engine, ''))"
        kinds = {
            (row[0], row[1]): str(row[2])
            for row in self.rows(f"SELECT table_schema, table_name, {about} FROM information_schema.tables WHERE {here}", {})  # noqa: S608
        }
        columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for schema, table, column, kind in self.rows(
            "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "  # noqa: S608
            f"WHERE {here} ORDER BY table_schema, table_name, ordinal_position",
            {},
        ):
            columns.setdefault((schema, table), []).append((str(column), str(kind).lower()))
        return [
            _Found(schema, table, tuple(c for c, _ in named), tuple(k for _, k in named), "BASE TABLE" in kinds[schema, table])
            for (schema, table), named in columns.items()
            # a merged table is the monthly ones once more
            if (schema, table) in kinds and "MRG_MYISAM" not in kinds[schema, table].upper()
        ]

    def quoted(self, name: str) -> str:
        return self.connection.dialect.identifier_preparer.quote_identifier(name)

    def text_of(self, column: str) -> str:
        return f"CAST({self.quoted(column)} AS {'text' if self.postgres else 'char'})"

    def rows(self, statement: str, values: dict[str, object]) -> Iterator[Sequence[Any]]:
        from sqlalchemy import text  # noqa: PLC0415 - only who has a database has the library

        # a colon within a quoted name would be taken for a value
        escaped = re.sub(r'("[^"]*"|`[^`]*`)', lambda m: m[0].replace(":", r"\:"), statement)
        result = self.connection.execution_options(stream_results=True, max_row_buffer=BATCH_ROWS).execute(
            text(escaped), values
        )
        try:
            yield from result.yield_per(BATCH_ROWS)
        finally:  # a row may be all that was wanted
            result.close()


def _open_server(bare: str, name: str, driver: str, asked: Asked) -> Iterator[sources.Opened]:
    try:
        from sqlalchemy import create_engine  # noqa: PLC0415
        from sqlalchemy.engine import make_url  # noqa: PLC0415
        from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError  # noqa: PLC0415
        from sqlalchemy.pool import NullPool  # noqa: PLC0415
    except ImportError as error:
        raise _driver_missing(name) from error
    postgres = driver.startswith("postgresql")
    try:
        url = make_url(bare).set(drivername=driver)
    except (ArgumentError, ValueError):
        raise UsageError(f"{name} is no address", expected="postgresql://user@host/database") from None
    options: dict[str, object] = {"connect_timeout": CONNECT_S}
    if postgres:
        given = url.query.get("options", "")
        options["options"] = f"{given if isinstance(given, str) else ' '.join(given)} -c default_transaction_read_only=on".strip()
    else:
        options["init_command"] = "SET SESSION TRANSACTION READ ONLY"
        options["charset"] = "utf8mb4"
        if "read_default_file" in url.query:
            url = url.update_query_dict({"read_default_file": str(Path(str(url.query["read_default_file"])).expanduser())})
    secrets = [s for s in (url.password, *(url.query.get(k) for k in _SECRET_OPTIONS)) if isinstance(s, str) and s]
    try:
        engine = create_engine(url, connect_args=options, poolclass=NullPool)
        with engine.connect() as connection:
            yield from _read_tables(_Server(connection, postgres=postgres), name, asked, recent=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise _driver_missing(name) from error
    except DBAPIError as error:
        raise InputError(
            f"{name}: {_without(str(error.orig), secrets)}",
            expected="a database that can be read",
            fix="Check the address, the user's rights and that the server is reached from here.",
        ) from None  # the driver's error may hold the password
    except (TypeError, ValueError, OSError) as error:  # a driver's word for an option it does not know
        raise InputError(f"{name}: {_without(str(error), secrets)}", fix="Check the address.") from None


def _without(message: str, secrets: Sequence[str]) -> str:
    """Return a driver's message on one line, no password in it."""
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote(secret)}:
            message = message.replace(form, "***")
    return visible(" ".join(message.split())[:300]).rstrip(".")


def _driver_missing(name: str) -> InputError:
    return InputError(
        f"{name}: the libraries that talk to a server are not installed",
        fix="Install them: pip install 'calltrace-cli[db]'. Or export the table as CSV.",
    )
