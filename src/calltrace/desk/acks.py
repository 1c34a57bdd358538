"""What the mornings before have told, and what somebody has said about it: one small database.

An acknowledgement (``calltrace ack``) keeps a trouble quiet until it ends, gets worse than it was, or the
acknowledgement runs out. Following a day reads only what was kept of earlier days, so the same day gives the same
answer however often it is run. Two runs at once are kept apart by SQLite.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from calltrace.desk import late_rows, renamed, state
from calltrace.desk.troubles import GROUP, PLATFORM, Ack, Left, Morning, Trouble
from calltrace.diagnosis.audit.findings import Known
from calltrace.errors import InputError, UsageError

FILE = "mornings.sqlite"

KEEP_DAYS = 400
"""How long what was told is remembered: over a year, so that the same week a year ago is still there."""

KNOWN_DAYS = 14
"""Days before a morning whose troubles say how many to expect of the service."""

WAIT_S = 30.0
"""How long a run waits for another one's write."""

VERSION = 1

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS mornings (service TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (service, day));
CREATE TABLE IF NOT EXISTS told (
  service TEXT NOT NULL, day TEXT NOT NULL, chain TEXT NOT NULL, key TEXT NOT NULL, scope TEXT NOT NULL,
  cause TEXT NOT NULL, asked TEXT NOT NULL, severity TEXT NOT NULL, who TEXT NOT NULL, title TEXT NOT NULL,
  since TEXT NOT NULL, zone TEXT NOT NULL, mornings INTEGER NOT NULL, ongoing INTEGER NOT NULL, last TEXT NOT NULL,
  state TEXT NOT NULL, lost REAL NOT NULL DEFAULT 0, harmed REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (service, day, chain));
CREATE TABLE IF NOT EXISTS acks (
  number INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, scope TEXT NOT NULL, chain TEXT NOT NULL,
  cause TEXT NOT NULL, severity TEXT NOT NULL, until TEXT NOT NULL, note TEXT NOT NULL, made_by TEXT NOT NULL,
  made_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (service TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (service, account));
CREATE TABLE IF NOT EXISTS looked (
  service TEXT NOT NULL, day TEXT NOT NULL, account_days REAL NOT NULL, PRIMARY KEY (service, day));
CREATE TABLE IF NOT EXISTS proven (
  service TEXT NOT NULL, day TEXT NOT NULL, account TEXT NOT NULL, trunk_group TEXT NOT NULL, cause TEXT NOT NULL,
  PRIMARY KEY (service, day, account, trunk_group, cause));
CREATE TABLE IF NOT EXISTS heard (
  service TEXT NOT NULL, day TEXT NOT NULL, account TEXT NOT NULL, last TEXT NOT NULL, PRIMARY KEY (service, day, account));
{late_rows.SCHEMA}
PRAGMA user_version = {VERSION};
"""

ADDED = {
    "zone": ("TEXT NOT NULL DEFAULT 'UTC'", None),
    "ongoing": ("INTEGER NOT NULL DEFAULT 1", None),
    "last": ("TEXT NOT NULL DEFAULT ''", "UPDATE told SET last = day"),
    "lost": ("REAL NOT NULL DEFAULT 0", None),
    "harmed": ("REAL NOT NULL DEFAULT 0", None),
}
"""Columns of ``told`` that files of the first calltraces lack, what they are, and what fills them in: such a trouble
goes on until a morning finds that it has ended."""


TOLD = (
    "chain, key, scope, cause, asked, severity, who, title, since, zone, mornings, ongoing, last, state, lost, harmed")
"""The columns of ``told``, in the order of a :class:`Trouble`."""


class Memory:
    """The database of what was told and acknowledged.

    Parameters
    ----------
    path : Path, optional
        The file; in the state folder by default.
    service : str
        Whose mornings: accounts of two services may bear the same number.

    Notes
    -----
    The file is opened, or made, by what is first asked of it; then InputError is raised where it can't be used.
    """

    def __init__(self, path: Path | None = None, *, service: str = "") -> None:
        self.path = path or state.place(FILE)
        self.service = service
        self._ready = False

    def _made(self) -> None:
        """Make the file where there is none, and see that it is one of ours."""
        if self.path == state.place(FILE):
            state.folder()
        try:
            self.path.touch(mode=0o600)
        except OSError as error:
            raise self._unusable(error.strerror or str(error), full=error.errno == errno.ENOSPC) from error
        with self._opened() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise self._unusable("a newer calltrace made it")
            db.executescript(SCHEMA)
            self._complete(db)
        self._ready = True

    @staticmethod
    def _complete(db: sqlite3.Connection) -> None:
        """Add the columns that a file of an earlier calltrace lacks; what it remembers stays."""
        def lacking() -> list[str]:
            there = {row[1] for row in db.execute("PRAGMA table_info(told)")}
            return [name for name in ADDED if name not in there]

        if not lacking():
            return
        db.execute("BEGIN IMMEDIATE")
        for name in lacking():  # asked again: another run may have been quicker
            kind, filled = ADDED[name]
            db.execute(f"ALTER TABLE told ADD COLUMN {name} {kind}")
            if filled:
                db.execute(filled)

    # --- following ------------------------------------------------------------------------------------------

    def left(self, day: date) -> Left:
        """Return what the mornings before ``day`` left, for :func:`calltrace.desk.troubles.followed`.

        Raises
        ------
        InputError
            The file can't be read, as everything here does.
        """
        last, open_ = self._left_open(day)
        with self._transaction() as db:
            then = late_rows.remembered(db, self.service, day)
        return Left(day, last, open_, self.acks(), self.known(day), self.heard(day), then, self._found(day))

    def taken_along(self, day: date, accounts: Mapping[str, str]) -> str:
        """Take along what was remembered under another name of the service (:mod:`calltrace.desk.renamed`), and say so."""
        with self._transaction() as db:
            return renamed.taken_along(db, self.service, day, accounts)

    def known(self, day: date) -> Known:
        """Return what the mornings of the days before ``day``, :data:`KNOWN_DAYS` at most, have shown of the service."""
        span = self.service, (day - timedelta(days=KNOWN_DAYS)).isoformat(), day.isoformat()
        among = "service = ? AND day >= ? AND day < ?"
        with self._transaction() as db:
            (looked,) = db.execute(f"SELECT total(account_days) FROM looked WHERE {among}", span).fetchone()  # noqa: S608
            proven = db.execute(
                f"SELECT DISTINCT account, trunk_group, cause FROM proven WHERE {among}", span).fetchall()  # noqa: S608
        return Known(frozenset(proven), looked)

    def heard(self, day: date) -> dict[str, datetime]:
        """Return when each account's last call was, UTC, by the mornings before ``day``, :data:`KNOWN_DAYS` at most."""
        since = (day - timedelta(days=KNOWN_DAYS)).isoformat()
        with self._transaction() as db:
            rows = db.execute(
                "SELECT account, max(last) FROM heard WHERE service = ? AND day >= ? AND day < ? GROUP BY account",
                (self.service, since, day.isoformat())).fetchall()
        return {account: _sure(last) for account, last in rows}

    def keep(self, morning: Morning) -> None:
        """Remember a morning, in place of what was kept of the same day."""
        day = morning.day.isoformat()
        troubles = [s.trouble for s in morning.stands] + [*morning.ended, *morning.carried]
        oldest = (morning.day - timedelta(days=KEEP_DAYS)).isoformat()
        with self._transaction() as db:
            late_rows.keep(db, self.service, morning, late_rows.remembered(db, self.service, morning.day))
            for table in ("told", "mornings", "looked", "proven"):
                db.execute(
                    f"DELETE FROM {table} WHERE service = ? AND (day = ? OR day < ?)",  # noqa: S608 -- two names
                    (self.service, day, oldest),
                )
            db.execute("INSERT INTO mornings VALUES (?, ?)", (self.service, day))
            db.execute("INSERT INTO looked VALUES (?, ?, ?)", (self.service, day, morning.known.account_days))
            db.executemany(
                "INSERT INTO proven VALUES (?, ?, ?, ?, ?)",
                [(self.service, day, *one) for one in sorted(morning.known.proven)])
            known = (morning.day - timedelta(days=KNOWN_DAYS)).isoformat()
            db.execute("DELETE FROM heard WHERE service = ? AND (day = ? OR day < ?)", (self.service, day, known))
            db.executemany(
                "INSERT INTO heard VALUES (?, ?, ?, ?)",
                [(self.service, day, account, _text(last)) for account, last in morning.heard.items()])
            if morning.accounts:
                db.execute("DELETE FROM accounts WHERE service = ?", (self.service,))
                db.executemany(
                    "INSERT INTO accounts VALUES (?, ?, ?)", [(self.service, a, n) for a, n in morning.accounts.items()]
                )
            db.executemany(
                f"INSERT OR REPLACE INTO told (service, day, {TOLD})"  # noqa: S608 -- a constant
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (self.service, day, t.chain, t.key, t.scope, t.cause, t.check, t.severity, t.who, t.title,
                     _text(t.since), t.zone, t.mornings, t.ongoing, t.last.isoformat(), t.state, t.lost, t.harmed)
                    for t in troubles
                ],
            )  # fmt: skip

    def accounts(self) -> dict[str, str]:
        """Return the names of the accounts of the last morning's records, by id; empty where none was kept."""
        with self._transaction() as db:
            rows = db.execute("SELECT account, name FROM accounts WHERE service = ? ORDER BY account", (self.service,))
            return dict(rows.fetchall())

    def troubles(self) -> list[Trouble]:
        """Return what the latest morning left open, by whose it is."""
        return sorted(self._left_open(date.max)[1], key=lambda t: (t.scope, t.chain))

    # --- acknowledging --------------------------------------------------------------------------------------

    def ack(
        self, what: str, *, cause: str = "", until: datetime | None = None, note: str = "", by: str = "", now: datetime
    ) -> list[Ack]:
        """Acknowledge one trouble by its key, or those of an account.

        Parameters
        ----------
        what : str
            A finding's key (any it was told under), an account's id or its name (a part that no other has);
            ``trunk group X`` and ``the platform`` are as good.
        cause : str
            Only troubles of this cause.
        until : datetime, optional
            When it runs out; with the trouble by default.
        note, by : str
            Why, and who.

        Returns
        -------
        list of Ack
            One for each open trouble; for an account of which nothing has been told, one that waits for it. Each takes
            the place of an earlier one about the same.

        Raises
        ------
        UsageError
            A key nobody was told, an account that is not in the records, one without a trouble and without an end (that
            would be quiet for ever), or an end that has gone by.
        """
        if until is not None and until <= now:
            raise UsageError(
                f"until {until:%Y-%m-%d %H:%M} {until:%Z} has gone by", expected="a time to come"
            )
        troubles = self.troubles()
        what = self._scope_of(self._first_key(what), troubles)
        hit = [t for t in troubles if what in {t.key, t.chain, t.scope} and cause in {"", t.cause}]
        if not hit:
            self._refuse(what, cause, until, troubles)
        with self._transaction() as db:
            db.executemany(
                "DELETE FROM acks WHERE service = ? AND scope = ? AND chain = ? AND cause = ?",
                [(self.service, t.scope, t.chain, cause) for t in hit] or [(self.service, what, "", cause)],
            )
            made = [
                (self.service, t.scope, t.chain, cause, t.severity, _text(until), note, by, _text(now)) for t in hit
            ] or [(self.service, what, "", cause, "", _text(until), note, by, _text(now))]
            numbers = [
                db.execute(
                    "INSERT INTO acks (service, scope, chain, cause, severity, until, note, made_by, made_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                ).lastrowid
                for row in made
            ]
        return [a for a in self.acks() if a.number in numbers]

    def acks(self) -> list[Ack]:
        """Return all acknowledgements, the oldest first, those that have run out as well."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT number, scope, chain, cause, severity, until, note, made_by, made_at FROM acks"
                " WHERE service = ? ORDER BY number",
                (self.service,),
            ).fetchall()
        return [
            Ack(number, scope, chain, cause, severity, _instant(until), note, by, _sure(at))
            for number, scope, chain, cause, severity, until, note, by, at in rows
        ]

    def remove(self, what: str) -> list[Ack]:
        """Take acknowledgements back: by their number, a key, or an account. Raises UsageError where there is none."""
        acks, what = self.acks(), self._first_key(what)
        gone = [a for a in acks if what in {str(a.number), a.chain, a.scope}]
        if not gone:
            scope = self._scope_of(what, self.troubles(), strict=False)
            gone = [a for a in acks if a.scope == scope]
        if not gone:
            raise UsageError(f"nothing of {what!r} is acknowledged", fix="calltrace ack --list shows what is.")
        with self._transaction() as db:
            db.executemany("DELETE FROM acks WHERE number = ?", [(a.number,) for a in gone])
        return gone

    # --- within ---------------------------------------------------------------------------------------------

    def _scope_of(self, what: str, troubles: list[Trouble], *, strict: bool = True) -> str:
        """Return the id of the account that ``what`` names; a key or another scope as it is.

        Where ``strict``, an account that is neither open nor in the last morning's records is refused: it is a slip.
        """
        names = self.accounts()
        told = {word for t in troubles for word in (t.key, t.chain, t.scope)}
        if what in told or what in names or "/" in what or what == PLATFORM or what.startswith(GROUP):
            return what
        asked = what.casefold().strip()
        same = [a for a, name in names.items() if name.casefold() == asked]
        hits = same or [a for a, name in names.items() if asked and asked in name.casefold()]
        if len(hits) == 1:
            return hits[0]
        if hits:
            listed = ", ".join(f"{names[a]} ({a})" for a in hits[:5])
            raise UsageError(f"{what!r} is part of {len(hits)} accounts' names", expected=f"one of them: {listed}")
        if strict and names:
            near = get_close_matches(what, [*names, *names.values()], n=3)
            raise UsageError(
                f"there is no account {what!r} in the last morning's records",
                expected="an account's id or name, or a finding's key",
                fix=f"Did you mean {' or '.join(near)}?" if near else "calltrace ack --list shows what is open.",
            )
        return what

    def _first_key(self, what: str) -> str:
        """Return the first key of the trouble that was ever told under this one; ``what`` itself where none was.

        A trouble that goes on is found under a new key each day; yesterday's report still names yesterday's.
        """
        with self._transaction() as db:
            row = db.execute(
                "SELECT chain FROM told WHERE service = ? AND key = ? ORDER BY day DESC LIMIT 1", (self.service, what)
            ).fetchone()
        return row[0] if row else what

    def _refuse(self, what: str, cause: str, until: datetime | None, troubles: list[Trouble]) -> None:
        mine = [t for t in troubles if what in {t.key, t.chain, t.scope}]
        if mine:
            raise UsageError(
                f"no trouble of {what} has the cause {cause!r}", expected=" or ".join(sorted({t.cause for t in mine}))
            )
        keys = ", ".join(t.chain for t in troubles[:5])
        if "/" in what:
            raise UsageError(
                f"no trouble {what!r} was told", expected=f"one of those open: {keys}" if keys else "a finding's key",
                fix="calltrace ack --list shows what is open.",
            )  # fmt: skip
        if until is None:
            raise UsageError(
                f"nothing of {what!r} was told so far",
                fix="To keep an account quiet beforehand, say until when: --until. calltrace ack --list shows what is open.",
            )

    def _left_open(self, day: date) -> tuple[date | None, list[Trouble]]:
        """Return the last day before ``day`` that was followed, and what it left open."""
        with self._transaction() as db:
            (last,) = db.execute(
                "SELECT max(day) FROM mornings WHERE service = ? AND day < ?", (self.service, day.isoformat())
            ).fetchone()
            rows = db.execute(
                f"SELECT {TOLD} FROM told WHERE service = ? AND day = ? AND state <> 'ended' ORDER BY chain",  # noqa: S608
                (self.service, last),
            ).fetchall()
        return (date.fromisoformat(last) if last else None), [_trouble(row) for row in rows]

    def _found(self, day: date) -> list[Trouble]:
        """Return what the mornings of the weeks before ``day`` found, each trouble as it was found last."""
        span = self.service, (day - timedelta(days=late_rows.DAYS)).isoformat(), day.isoformat()
        with self._transaction() as db:
            rows = db.execute(
                f"SELECT {TOLD} FROM told WHERE service = ? AND day >= ? AND day < ? AND state = 'found'"  # noqa: S608
                " ORDER BY day, chain", span).fetchall()
        return list({row[0]: _trouble(row) for row in rows}.values())

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if not self._ready:
            self._made()
        with self._opened() as db:
            yield db

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        db = None
        try:
            db = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level="IMMEDIATE")
            with db:
                yield db
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            raise self._unusable(
                str(error), full=code == sqlite3.SQLITE_FULL, held=code == sqlite3.SQLITE_BUSY) from error
        finally:
            if db is not None:
                db.close()

    def _unusable(self, why: str, *, full: bool = False, held: bool = False) -> InputError:
        if full:
            fix = "Make room on its disk"
        elif held:
            fix = "Wait for the run that holds it to end, or end it"
        else:
            fix = "Move it away to begin anew"
        return InputError(
            f"the memory of earlier mornings, {self.path}, can't be used: {why}",
            fix=f"{fix}, or name another folder with CALLTRACE_STATE_DIR.",
        )


def _trouble(row: tuple[Any, ...]) -> Trouble:
    """Return a trouble of a row of :data:`TOLD`."""
    (chain, key, scope, cause, check, severity, who, title, since, zone, mornings, ongoing, last, state, lost, harmed) = row
    return Trouble(
        chain, key, scope, cause, check, severity, who, title, _sure(since), zone, mornings, bool(ongoing),
        date.fromisoformat(last), state, lost, harmed)


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _sure(text: str) -> datetime:
    return datetime.fromisoformat(text)
