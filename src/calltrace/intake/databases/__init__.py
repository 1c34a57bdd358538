"""Tables of databases and of their dumps, each handed on as separated text with its header.

A PATH may be an address, ``postgresql://user@host/asteriskcdrdb``, ``mysql://…`` or ``sqlite:///file.db``, an
SQLite file, a dump, or rows as JSON. Which tables to read is told by their columns, as a file is by its header: the formats
that know an exported table know the table. Rows come in batches, over a connection that may only read.

An address may end in ``?table=cdr`` (several with commas; needed for a view), ``&from=2026-01-01`` and
``&to=2026-03-01`` (dates; a day to either side is read too, since the table's zone is not known yet).
Where the address does not say, the time asked about does (``--from``, ``--to``): what is read begins
some three months before it, for what is usual is learnt from that, and ends a month after it. Without
either a server is asked for the last :data:`.asking.HISTORY_DAYS` days only: a year tells the season, and a table of ten
years is not what a diagnosis stands on. A dump is read whole, and so is an SQLite file if no time is asked about.

A password is used to connect and nowhere else: names of tables, messages and reports have ``user:***@host``.
It need not be in the address: PGPASSWORD and ``~/.pgpass`` work, and for MySQL
``?read_default_file=~/.my.cnf``. Servers need the extra ``calltrace-cli[db]``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from calltrace.errors import InputError, UsageError
from calltrace.intake.databases.address import asked_of, is_address, shown, with_password
from calltrace.intake.databases.dumps import is_dump, open_dump
from calltrace.intake.databases.json_rows import is_json_rows, open_json_rows
from calltrace.intake.databases.server import open_server
from calltrace.intake.databases.sqlite import open_sqlite
from calltrace.intake.opened import Opened
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calltrace.intake.asked import AskedTime

__all__ = [
    "is_address", "is_dump", "is_json_rows", "open_address", "open_dump", "open_json_rows", "open_sqlite", "shown",
    "with_password",
]  # fmt: skip

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}


def open_address(address: str, time: AskedTime | None = None) -> Iterator[Opened]:
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
        bare, asked = asked_of(address)
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
    yield from open_server(bare, name, _DRIVERS[scheme], asked)
