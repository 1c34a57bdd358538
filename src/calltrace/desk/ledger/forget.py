"""Taking a caller out of the ledger, and old closed cases altogether: the two times anything in it is changed.

What is kept is that a case was, what was found and what was done; where the caller's number or name stood, stands
"(forgotten)". Afterwards the files are written anew, so that nothing of it is left in their free pages, and
everything is read again to prove it.
"""

# ruff: noqa: S608 -- what is put into a statement are names of our own; values are bound

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from calltrace.classes import dataclass
from calltrace.desk.ledger.database import File
from calltrace.desk.ledger.ledger import Ledger
from calltrace.desk.ledger.rows import stamp
from calltrace.tables.written import Written, redacted_document

TEXTS = {
    "cases": (("id",), ("name", "claim", "caller")),
    "entries": (("case_id", "number"), ("text", "person", "channel")),
    "reports": (("case_id", "number"), ("summary", "document")),
}
"""Every column somebody's words or a log's rows are in, with the columns that name a row.

An account's own id is no caller's.
"""

WRITERS = {"cases": "opened_by", "entries": "written_by", "upkeep": "done_by"}
"""Who wrote. Taken out is the number, and a name the caller is said to have: not one that only stood beside it, for a
colleague may bear it."""


@dataclass(frozen=True)
class Forgotten:
    """What was taken out of a ledger.

    ``cases`` are those that had the caller, ``places`` the texts and values that were changed; ``names`` those found
    beside the number in reports. ``left`` is how many places still have the number after reading everything again,
    in the tables and (for a file) in its raw bytes; ``searched`` says what was read for that, ``where`` names the
    tables' columns that still have it. ``local`` are cases, not counted, that have only the number without its area:
    whose it is there nobody can tell.
    """

    cases: tuple[int, ...]
    places: int
    names: tuple[str, ...]
    left: int
    searched: tuple[str, ...]
    where: tuple[str, ...] = ()
    local: tuple[int, ...] = ()


def forget(
    ledger: Ledger,
    written: Written,
    *,
    by: str,
    now: datetime,
    beside: Iterable[str] = (),
    dry_run: bool = False,
) -> Forgotten:
    """Take a caller out of every case, and prove it.

    Parameters
    ----------
    ledger : Ledger
    written : Written
        The number, and names somebody knows for it: taken out wherever they stand.
    by, now
        Who does it and when: that something was forgotten is written down, not whom.
    beside : iterable of str
        Names that stood beside the number in the logs. They, and those beside it in kept reports, are taken out of
        the cases that have the number, and nowhere else: others may bear the same name.
    dry_run : bool
        Only say what would be done; nothing is proven then.
    """
    database = ledger.database
    places = 0
    with database.reading() if dry_run else database.writing():
        theirs = _theirs(ledger, written)
        for table, (keys, columns) in TEXTS.items():
            wanted = ", ".join((*keys, *columns))
            for row in database.rows(f"SELECT {wanted} FROM {table} ORDER BY {', '.join(keys)}"):
                if row[keys[0]] not in theirs:
                    continue
                names_here = (*written.names, *beside, *theirs[row[keys[0]]])
                here = Written(written.number, names_here, local=True)  # "ring 555-0143 back" is about them
                made, changed = _redacted(row, columns, here)
                places += changed
                if not made or dry_run:
                    continue
                setting = ", ".join(f"{c} = :{c}" for c in made)
                where = " AND ".join(f"{k} = :{k}" for k in keys)
                database.run(
                    f"UPDATE {table} SET {setting} WHERE {where}",
                    **made,
                    **{k: row[k] for k in keys},
                )
        wrote = _writers(ledger, written, dry_run=dry_run)
        local = _alone(ledger, written, theirs)
        if (theirs or wrote) and not dry_run:
            _note(ledger, "a caller was forgotten", len(theirs), by=by, now=now)
    names = tuple(sorted({n for found in theirs.values() for n in found}))
    if dry_run:
        return Forgotten(tuple(sorted(theirs)), places + wrote, names, 0, (), local=local)
    if theirs or wrote:
        database.scrub()
    left, searched, columns_left = prove(ledger, written)
    return Forgotten(tuple(sorted(theirs)), places + wrote, names, left, searched, columns_left, local)


def _writers(ledger: Ledger, written: Written, *, dry_run: bool) -> int:
    """Take the caller out of who wrote, and return in how many rows that was."""
    count = 0
    for table, column in WRITERS.items():
        for row in ledger.database.rows(f"SELECT {column} AS who, COUNT(*) AS rows FROM {table} GROUP BY {column}"):
            made = written.redacted(row["who"])
            if made == row["who"]:
                continue
            count += row["rows"]
            if not dry_run:
                setting = f"UPDATE {table} SET {column} = :made WHERE {column} = :who"
                ledger.database.run(setting, made=made, who=row["who"])
    return count


def _alone(ledger: Ledger, written: Written, theirs: Container[int]) -> tuple[int, ...]:
    """Return the other cases that have the number without its area."""
    local, found = Written(written.number, local=True), set[int]()
    for table, (keys, columns) in TEXTS.items():
        if table != "reports":  # a switch writes whole numbers, and a report's own figures are like seven digits
            for row in ledger.database.rows(f"SELECT {keys[0]}, {', '.join(columns)} FROM {table}"):
                if row[keys[0]] not in theirs and any(local.is_in(row[c]) for c in columns):
                    found.add(row[keys[0]])
    return tuple(sorted(found))


def _theirs(ledger: Ledger, written: Written) -> dict[int, set[str]]:
    """Return the cases that have the caller, with the names that stand beside the number in their reports."""
    found: dict[int, set[str]] = {}
    for table, (keys, columns) in TEXTS.items():
        for row in ledger.database.rows(f"SELECT {keys[0]}, {', '.join(columns)} FROM {table}"):
            for column in columns:
                if column == "document":
                    _, changed, names = redacted_document(json.loads(row[column]), written)
                    if changed:
                        found.setdefault(row[keys[0]], set()).update(names)
                elif written.count(row[column]):
                    found.setdefault(row[keys[0]], set())
    return found


def prove(ledger: Ledger, written: Written) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Read everything again: how many places have the number or a name, what was searched, and which columns have it.

    All texts of all tables are read, and of a file also the raw bytes, its write-ahead log included: SQLite keeps
    deleted text in free pages until they are written over.
    """
    database = ledger.database
    left, searched, where = 0, [], []
    with database.reading():
        for table, (_, columns) in TEXTS.items():
            every = (*columns, *(["account"] if table == "cases" else []), *([WRITERS[table]] if table in WRITERS else []))
            rows = database.rows(f"SELECT {', '.join(every)} FROM {table}")
            for column in every:
                has = sum(written.count(row[column]) for row in rows)
                left += has
                where += [f"{table}.{column}"] if has else []
            searched.append(f"{table}: {len(rows)}")
    if isinstance(database, File):
        for path in files_of(database.path):
            left += written.count_bytes(path.read_bytes())
            searched.append(path.name)
    return left, tuple(searched), tuple(where)


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the files of a SQLite ledger that are there: itself, its write-ahead log and the log's index."""
    return tuple(p for p in (path, Path(f"{path}-wal"), Path(f"{path}-shm")) if p.exists())


def prune(ledger: Ledger, before: datetime, *, by: str, now: datetime, dry_run: bool = False) -> tuple[int, ...]:
    """Delete closed cases that were last written into before an instant, and return their numbers.

    A case with a promise or a follow-up call still open stays. The numbers are not given again.
    """
    database = ledger.database
    gone: list[int] = []
    with database.reading() if dry_run else database.writing():
        gone.extend(
            case.id
            for case in ledger.statements.cases()
            if case.status == "closed"
            and case.entries[-1].at < before
            and not any(item.state == "open" for item in case.items)
        )
        for case_id in () if dry_run else gone:
            for table, column in (("reports", "case_id"), ("entries", "case_id"), ("cases", "id")):
                database.run(f"DELETE FROM {table} WHERE {column} = :case", case=case_id)
        if gone and not dry_run:
            _note(ledger, "closed cases were deleted by policy", len(gone), by=by, now=now)
    if gone and not dry_run:
        database.scrub()
    return tuple(gone)


def _redacted(row: Any, columns: tuple[str, ...], written: Written) -> tuple[dict[str, str], int]:
    """Return the columns of a row that have the caller, without them, and how many places that were."""
    made: dict[str, str] = {}
    changed = 0
    for column in columns:
        if column == "document":
            document, places, _ = redacted_document(json.loads(row[column]), written)
            if places:
                made[column] = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
                changed += places
            continue
        out = written.redacted(row[column])
        if out != row[column]:
            made[column] = out
            changed += 1
    return made, changed


def _note(ledger: Ledger, what: str, cases: int, *, by: str, now: datetime) -> None:
    ledger.database.run(
        "INSERT INTO upkeep (done_at, done_by, what, cases) VALUES (:at, :by, :what, :cases)",
        at=stamp(now),
        by=by,
        what=what,
        cases=cases,
    )
