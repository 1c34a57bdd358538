"""PostgreSQL and MySQL servers, over SQLAlchemy."""

# ruff: noqa: S608 -- what is put into a statement are names, quoted; values are bound

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from calltrace.errors import InputError, UsageError
from calltrace.intake.opened import Opened
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

from calltrace.intake.databases.address import SECRET_OPTIONS, Asked
from calltrace.intake.databases.asking import Found, read_tables
from calltrace.intake.databases.rows import BATCH_ROWS

CONNECT_S = 10
"""Seconds to wait for a server that doesn't answer."""


class _Server:
    """A PostgreSQL or MySQL server over SQLAlchemy; values come as text, as a dump would have them."""

    def __init__(self, connection: Connection, *, postgres: bool) -> None:
        self.connection = connection
        self.postgres = postgres

    def tables(self) -> list[Found]:
        here = "table_schema NOT IN ('pg_catalog', 'information_schema')" if self.postgres else "table_schema = DATABASE()"
        about = "table_type" if self.postgres else "CONCAT(table_type, ' ', COALESCE(engine, ''))"
        kinds = {
            (row[0], row[1]): str(row[2])
            for row in self.rows(f"SELECT table_schema, table_name, {about} FROM information_schema.tables WHERE {here}", {})
        }
        columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for schema, table, column, kind in self.rows(
            "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
            f"WHERE {here} ORDER BY table_schema, table_name, ordinal_position",
            {},
        ):
            columns.setdefault((schema, table), []).append((str(column), str(kind).lower()))
        return [
            Found(schema, table, tuple(c for c, _ in named), tuple(k for _, k in named), "BASE TABLE" in kinds[schema, table])
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


def open_server(bare: str, name: str, driver: str, asked: Asked) -> Iterator[Opened]:
    """Connect to a server, and yield its tables that are a log, or those asked for."""
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
    secrets = [s for s in (url.password, *(url.query.get(k) for k in SECRET_OPTIONS)) if isinstance(s, str) and s]
    try:
        engine = create_engine(url, connect_args=options, poolclass=NullPool)
        with engine.connect() as connection:
            yield from read_tables(_Server(connection, postgres=postgres), name, asked, recent=True)
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
