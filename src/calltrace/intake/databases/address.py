"""Addresses of databases: what they ask for, and how they may be shown."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.intake.asked import AskedTime
from calltrace.tables.text import visible

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*://")


SECRET_OPTIONS = ("password", "passwd", "sslpassword")


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
        (key, "***" if key.lower() in SECRET_OPTIONS else value)
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


@dataclass(frozen=True)
class Asked:
    """What an address asks for besides the place: the tables, and from when to when.

    ``time`` is the time the question is about, which bounds what the address leaves open.
    """

    tables: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    time: AskedTime | None = None


def asked_of(address: str) -> tuple[str, Asked]:
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
