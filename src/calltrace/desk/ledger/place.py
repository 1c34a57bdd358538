"""Where a ledger is, a file or a server, and whether there is one: asked in passing by commands that may need none.

Nothing here opens a ledger, and nothing that does is imported.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from calltrace.desk import state
from calltrace.errors import InputError
from calltrace.tables.text import visible

_SERVER = re.compile(r"^(?:postgres|postgresql)(?:\+\w+)?://", re.IGNORECASE)


def is_server(place: str) -> bool:
    """Say whether a ledger's place is a PostgreSQL address rather than a file."""
    return bool(_SERVER.match(place))


def usual_place() -> str:
    """Return where the ledger is when nobody names a place: ``$CALLTRACE_LEDGER``, else in the state folder."""
    return os.environ.get("CALLTRACE_LEDGER", "").strip() or str(state.place("ledger.sqlite3"))


def with_password(place: str, password: str) -> str:
    """Return a server's address with the password it is kept apart from; a file's path stays."""
    parts = urlsplit(place)
    if not password or not is_server(place) or parts.password is not None:
        return place
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}" if at else parts.netloc))


def is_there(path: Path) -> bool:
    """Say whether a file is there.

    Raises
    ------
    InputError
        Where its folder is closed to us, and nobody can say.
    """
    try:
        return path.exists()
    except OSError as error:
        raise InputError(
            f"the ledger {visible(str(path))} can't be reached: {error.strerror}",
            fix="Name another place with --ledger or CALLTRACE_LEDGER.",
        ) from error


def may_exist(place: str) -> bool:
    """Say whether there is a ledger to look into; a server is always tried. Errors as for :func:`is_there`."""
    return is_server(place) or is_there(Path(place))
