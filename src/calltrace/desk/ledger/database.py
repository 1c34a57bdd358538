"""The ledger's database: one SQLite file, or a PostgreSQL server where a team has outgrown the file.

Both speak the same statements (named values, ``:name``). What is returned as done is on the disk: SQLite runs with
a write-ahead log and ``synchronous=FULL``, and a writer takes its place in the queue before it reads what it is
about to change (``BEGIN IMMEDIATE``), so two at once lose nothing and none of them fails.

The file is made readable by its owner alone. Migrations are plain SQL, run in order, each whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from calltrace.desk.ledger.place import is_server, is_there
from calltrace.errors import InputError, UsageError
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

Row = Mapping[str, Any]

MIGRATIONS = Path(__file__).with_name("migrations")

WAIT_S = 30.0
"""How long a writer waits for others before it gives up: far longer than any of them takes."""

MARK = 0x63747263
"""``application_id`` of a ledger's SQLite file ("ctrc"): another program's database is not taken for one."""

SCHEMA = "calltrace"
"""The schema a PostgreSQL ledger lives in, unless the address says ``?schema=…``."""

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*://")


class Database(Protocol):
    """What the ledger asks of its database."""

    place: str
    """Where it is, as it may be shown: without a password."""

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Run a statement within a transaction, and return its rows by column name."""
        ...

    def run(self, statement: str, **values: Any) -> int:
        """Run a statement within a transaction, and return how many rows it touched."""
        ...

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Begin a transaction that writes: on disk when it ends, undone where it raises."""
        ...

    def reading(self) -> contextlib.AbstractContextManager[None]:
        """Begin a transaction that sees one state throughout."""
        ...

    def scrub(self) -> None:
        """Write the files anew, so that nothing deleted is left in them."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


def versions() -> dict[int, str]:
    """Return every migration's statements, by the version it leads to."""
    found = {int(p.name[:4]): p.read_text(encoding="utf-8") for p in sorted(MIGRATIONS.glob("[0-9]*.sql"))}
    if list(found) != list(range(1, len(found) + 1)):
        raise AssertionError(f"migrations are not numbered one after the other: {sorted(found)}")
    return found


def connect(place: str, *, create: bool) -> Database:
    """Open the database at a file's path or a ``postgresql://`` address, at the newest version.

    Parameters
    ----------
    place : str
        A path or an address.
    create : bool
        Whether to make it where there is none.

    Raises
    ------
    UsageError
        For an address of another kind.
    InputError
        Where it can't be opened, is no ledger, was written by a newer calltrace, or is not there and ``create``
        is False.
    """
    if is_server(place):
        return Server(place, create=create)
    if _ADDRESS.match(place):
        kind = place.partition("://")[0]
        raise UsageError(
            f"a ledger can't be kept at a {visible(kind)} address", expected="a file, or a postgresql:// address"
        )
    return File(Path(place), create=create)


def _pieces(script: str) -> list[str]:
    bare = re.sub(r"^--.*$", "", script, flags=re.MULTILINE)
    return [piece.strip() for piece in bare.split(";\n") if piece.strip()]


def _migrate(database: Database, stamp: str, *, known: int) -> None:
    """Run the migrations that are missing; the caller has begun a transaction nobody else can be in."""
    scripts = versions()
    if known > len(scripts):
        raise InputError(
            f"the ledger {database.place} has version {known} of its tables",
            expected=f"at most version {len(scripts)}",
            fix="A newer calltrace has written it: install that one.",
        )
    for version in range(known + 1, len(scripts) + 1):
        for piece in _pieces(scripts[version]):
            database.run(piece)
        database.run("INSERT INTO migrations (version, done_at) VALUES (:version, :at)", version=version, at=stamp)


def _stamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class File:
    """One SQLite file."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self.place = visible(str(path))
        if not is_there(path):
            if not create:
                raise InputError(f"there is no ledger at {self.place}", fix="calltrace case open begins one.")
            self._make()
        try:
            _keep_private(path)
            # isolation_level None: this class begins and ends transactions, not the module
            self._link = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error
        self._link.row_factory = sqlite3.Row
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._link.close()
            raise self._unusable(error) from error
        except BaseException:
            self._link.close()
            raise

    def _make(self) -> None:
        """Make an empty file that only its owner may read, before SQLite would make one that others may."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise InputError(
                f"the ledger {self.place} can't be made: {error.strerror}",
                fix="Name another place with --ledger or CALLTRACE_LEDGER.",
            ) from error

    def _unusable(self, error: Exception) -> InputError:
        if "not a database" in str(error):
            return InputError(f"{self.place} is no ledger", expected="a file that calltrace case open has made")
        return InputError(f"the ledger {self.place} can't be used: {visible(str(error))}")

    def _prepare(self) -> None:
        link = self._link
        link.execute("PRAGMA foreign_keys = ON")
        link.execute("PRAGMA synchronous = FULL")
        link.execute("PRAGMA secure_delete = ON")
        _wait_for(lambda: link.execute("PRAGMA journal_mode = WAL"))
        if self._version() == len(versions()):
            return
        with self.writing():
            known = self._version()  # another may have been quicker
            if not known:
                if link.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise InputError(f"{self.place} is another program's database", expected="a ledger of calltrace")
                link.execute(f"PRAGMA application_id = {MARK}")
                link.execute("CREATE TABLE migrations (version INTEGER PRIMARY KEY, done_at TEXT NOT NULL)")
            _migrate(self, _stamp(), known=known)

    def _version(self) -> int:
        if self._link.execute("PRAGMA application_id").fetchone()[0] != MARK:
            return 0
        found: int = self._link.execute("SELECT max(version) FROM migrations").fetchone()[0]
        return found

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Run a statement, and return its rows by column name."""
        return [dict(row) for row in self._link.execute(statement, values)]

    def run(self, statement: str, **values: Any) -> int:
        """Run a statement, and return how many rows it touched."""
        return self._link.execute(statement, values).rowcount

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Begin a transaction that writes; others wait."""
        return self._transaction("BEGIN IMMEDIATE")

    def reading(self) -> contextlib.AbstractContextManager[None]:
        """Begin a transaction that sees one state; it keeps nobody from writing."""
        return self._transaction("BEGIN")

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        try:
            self._link.execute(begin)
            try:
                yield
            except BaseException:
                self._link.execute("ROLLBACK")
                raise
            self._link.execute("COMMIT")
        except sqlite3.Error as error:
            if self._link.in_transaction:
                self._link.execute("ROLLBACK")
            raise self._unusable(error) from error

    def scrub(self) -> None:
        """Write the file anew and empty the write-ahead log, so that nothing deleted is left in either."""
        try:
            self._link.execute("VACUUM")
            self._link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._link.close()


def _keep_private(path: Path) -> None:
    """Take from others what they may not read; a file that is not ours is left as its owner has it."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        with contextlib.suppress(PermissionError):
            path.chmod(mode & 0o700)


def _wait_for(attempt: Any) -> None:
    """Try again while another is changing the file's kind: SQLite doesn't wait there by itself."""
    until = time.monotonic() + WAIT_S
    while True:
        try:
            attempt()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


class Server:
    """A schema of a PostgreSQL database."""

    def __init__(self, address: str, *, create: bool) -> None:
        try:
            import sqlalchemy  # noqa: PLC0415 - an extra
            from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415
        except ImportError as error:
            raise InputError(
                "a ledger on a PostgreSQL server needs SQLAlchemy and psycopg",
                fix='pip install "calltrace-cli[db]"',
            ) from error
        from calltrace.intake.databases import shown  # noqa: PLC0415 - only a server's address has a password

        self.place = shown(address)
        self._failure = SQLAlchemyError
        self._text = sqlalchemy.text
        url, self.schema = _url_and_schema(address)
        try:
            self._engine = sqlalchemy.create_engine(
                url,
                isolation_level="READ COMMITTED",
                connect_args={"connect_timeout": 10, "options": f"-csearch_path={self.schema}"},
            )
            self._link: Connection = self._engine.connect()
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise self._unusable(error) from error
        try:
            self._prepare(create=create)
        except BaseException:
            self.close()
            raise

    def _unusable(self, error: Exception) -> InputError:
        cause = getattr(error, "orig", None) or error
        told = str(cause).strip().splitlines()
        return InputError(f"the ledger {self.place} can't be used: {visible(told[0] if told else repr(cause))}")

    def _prepare(self, *, create: bool) -> None:
        if self._there() and self._version() == len(versions()):
            return
        if not create and not self._there():
            raise InputError(f"there is no ledger at {self.place}", fix="calltrace case open begins one.")
        with self.writing():
            self.rows("SELECT pg_advisory_xact_lock(:mark)", mark=MARK)
            if not self._seen():
                self.run(f'CREATE SCHEMA IF NOT EXISTS "{self.schema}"')
                self.run("CREATE TABLE migrations (version INTEGER PRIMARY KEY, done_at TEXT NOT NULL)")
            known = self.rows("SELECT coalesce(max(version), 0) AS version FROM migrations")[0]["version"]
            _migrate(self, _stamp(), known=known)

    def _seen(self) -> bool:
        # asked of the catalogue itself: to_regclass may answer from a cache that another's commit has not reached yet
        return bool(
            self.rows(
                "SELECT 1 AS there FROM pg_catalog.pg_tables WHERE schemaname = :schema AND tablename = 'migrations'",
                schema=self.schema,
            )
        )

    def _there(self) -> bool:
        with self.reading():
            return self._seen()

    def _version(self) -> int:
        with self.reading():
            found: int = self.rows("SELECT coalesce(max(version), 0) AS version FROM migrations")[0]["version"]
        return found

    def rows(self, statement: str, **values: Any) -> list[Row]:
        """Run a statement, and return its rows by column name."""
        return [dict(row) for row in self._link.execute(self._text(statement), values).mappings()]

    def run(self, statement: str, **values: Any) -> int:
        """Run a statement, and return how many rows it touched."""
        return int(self._link.execute(self._text(statement), values).rowcount)

    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Begin a transaction that writes; the rows it changes are locked until it ends."""
        return self._transaction("")

    def reading(self) -> contextlib.AbstractContextManager[None]:
        """Begin a transaction that sees one state."""
        return self._transaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        try:
            with self._link.begin():
                if begin:
                    self._link.execute(self._text(begin))
                yield
        except self._failure as error:
            raise self._unusable(error) from error

    def scrub(self) -> None:
        """Write the tables anew, so that nothing deleted is left in them."""
        try:
            raw = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            with raw as link:
                for table in ("cases", "entries", "reports"):
                    link.execute(self._text(f"VACUUM FULL {table}"))
        except self._failure as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Let go of the server."""
        self._link.close()
        self._engine.dispose()


def _url_and_schema(address: str) -> tuple[str, str]:
    """Return the address for the driver, and the schema it asks for."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    schema = options.pop("schema", SCHEMA)
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
        raise UsageError(
            f"schema={visible(schema)} is no name for a schema",
            expected="small letters, digits and underscores, a letter first",
        )
    return urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, urlencode(options), "")), schema
