"""The mornings of a service that was given another name, or its first one, in the configuration.

The memory keeps the mornings of services apart by ``[service] name``. Where nothing is remembered under a name, and under
another, or none, something is of the very same accounts, it is the name that changed and not the service: what was told and
acknowledged is taken along. Nothing is taken away from the other name.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from calltrace.tables.case import Case

TABLES = ("mornings", "told", "acks", "accounts", "looked", "proven", "heard", "counted")
"""What is remembered of a service."""

SAME = 0.8
"""Share of the accounts of either from which two names are one service's: clients come and go, by a few."""

LATELY = timedelta(days=31)
"""Before the day, within which the last morning under the other name was made."""


def names_of(case: Case) -> dict[str, str]:
    """Return the accounts of the records by id, each with its name, its id where it has none."""
    table = case.table("accounts").dropna(subset=["account"])
    named = dict(zip(table["account"].astype(str), table["name"].fillna(table["account"]).astype(str), strict=True))
    return {account: account for account in (*case.codes("account")[1], *case.extent.accounts)} | named


def taken_along(db: sqlite3.Connection, service: str, day: date, accounts: Mapping[str, str]) -> str:
    """Copy what is remembered of a service under the name it had, and say so; '' where nothing is to be said.

    Ids alone, without a name, are no proof: two services may number their accounts alike. Then it is only said.

    Parameters
    ----------
    service : str
        The name it has now.
    day : date
        The morning's day.
    accounts : mapping of str to str
        The names of the accounts by id, as :func:`names_of` gives them.
    """
    if db.execute("SELECT 1 FROM mornings WHERE service = ? LIMIT 1", (service,)).fetchone():
        return ""
    others = db.execute(
        "SELECT service, max(day) FROM mornings WHERE day < ? AND day >= ? GROUP BY service ORDER BY max(day) DESC, service",
        (day.isoformat(), (day - LATELY).isoformat())).fetchall()
    for other, last in others:
        kept = dict(db.execute("SELECT account, name FROM accounts WHERE service = ?", (other,)).fetchall())
        least = SAME * max(len(kept), len(accounts))
        named = sum(account in kept and kept[account] == name != account for account, name in accounts.items())
        if not kept or len(kept.keys() & accounts.keys()) < least:
            continue
        if named >= least:
            _copy(db, other, service)
            return (
                f"{_before(other, last)}: they are of the same accounts, so what they told and what is acknowledged goes on"
                f" under {_quoted(service)}")
        return (
            f"{_before(other, last)}, and none under {_quoted(service)}: if they are of this service, all that was told and"
            " acknowledged is unknown until [service] name in the configuration is as it was")
    return ""


def _copy(db: sqlite3.Connection, old: str, new: str) -> None:
    for table in TABLES:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] not in {"service", "number"}]
        listed = ", ".join(columns)
        db.execute(
            f"INSERT INTO {table} (service, {listed}) SELECT ?, {listed} FROM {table} WHERE service = ?",  # noqa: S608
            (new, old))


def _before(service: str, last: str) -> str:
    day = date.fromisoformat(last)
    how = f"under {_quoted(service)}" if service else "without a name"
    return f"The mornings up to {day:%a} {day.day} {day:%b} were made {how}"


def _quoted(service: str) -> str:
    return f'the name "{service}"' if service else "no name"
