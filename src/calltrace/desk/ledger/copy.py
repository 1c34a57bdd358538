"""The whole ledger at another place: to a server when a team outgrows the file, or to a file, to keep."""

from __future__ import annotations

from calltrace.desk.ledger.ledger import Ledger
from calltrace.errors import UsageError

TABLES = ("cases", "entries", "reports", "upkeep")
"""In the order in which rows name those of the tables before."""


def copy(ledger: Ledger, place: str) -> str:
    """Copy everything to a place where there is no ledger yet, and say what was copied.

    All is read within one transaction and written within one: the copy is of one moment, and whole or not there.

    Raises
    ------
    UsageError
        Where cases have been written at that place already.
    """
    counts = {}
    with Ledger(place) as other:
        source, target = ledger.database, other.database
        with source.reading(), target.writing():
            if target.rows("SELECT id FROM cases LIMIT 1"):
                raise UsageError(
                    f"there are cases in {other.place} already", expected="a place without a ledger", fix="Name another."
                )
            for counter in source.rows("SELECT name, last FROM counters"):
                target.run("UPDATE counters SET last = :last WHERE name = :name", **counter)
            for table in TABLES:
                rows = source.rows(f"SELECT * FROM {table}")  # noqa: S608 -- our own names
                if table == "entries":
                    rows.sort(key=lambda row: (row["case_id"], row["number"]))  # what is answered before the answer
                for row in rows:
                    columns = ", ".join(row)
                    values = ", ".join(f":{name}" for name in row)
                    target.run(f"INSERT INTO {table} ({columns}) VALUES ({values})", **row)  # noqa: S608
                counts[table] = len(rows)
        said = f"{counts['cases']} cases, {counts['entries']} entries and {counts['reports']} reports"
        return f"{said} copied to {other.place}"
