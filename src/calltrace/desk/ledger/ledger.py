"""The ledger: cases are opened, written into and closed, and nothing written is ever overwritten.

Every method that writes returns when what it wrote is on the disk. Who writes and when are given (``by``, ``now``):
the library asks neither the clock nor the system.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from calltrace.desk.ledger import database
from calltrace.desk.ledger.place import may_exist, usual_place
from calltrace.desk.ledger.records import (
    OPEN_KINDS,
    CaseFile,
    Entry,
    Item,
    items_of,
    reference,
)
from calltrace.desk.ledger.rows import found_of, stamp, sure
from calltrace.desk.ledger.statements import Statements, some
from calltrace.diagnosis import causes
from calltrace.errors import InputError, UsageError


class Ledger:
    """An open ledger; to be closed, or used in a ``with``.

    Parameters
    ----------
    place : str
        A file's path or a ``postgresql://`` address.
    create : bool
        Whether to begin one where there is none.

    Raises
    ------
    InputError, UsageError
        As :func:`calltrace.desk.ledger.database.connect` says.
    """

    def __init__(self, place: str, *, create: bool = True) -> None:
        self.database = database.connect(place, create=create)
        self.statements = Statements(self.database)

    @property
    def place(self) -> str:
        """Where it is, as it may be shown."""
        return self.database.place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    # --- writing --------------------------------------------------------------------------------------------

    def open_case(
        self,
        account: str,
        *,
        by: str,
        now: datetime,
        name: str = "",
        zone: str = "UTC",
        complaint: str = "",
        claim: str = "",
        caller: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        report: Mapping[str, Any] | None = None,
    ) -> int:
        """Open a case, with a report where there is one, and return its number.

        Parameters
        ----------
        account, name : str
            The account's id, and its name as people know it.
        by, now
            Who writes, and when (tz-aware).
        zone : str
            The zone its times are shown in (IANA).
        complaint, claim, caller : str
            As ``calltrace investigate`` takes them.
        start, end : datetime, optional
            The window the client remembers, tz-aware.
        report : mapping, optional
            A report as ``--format json`` writes it; see :meth:`attach`.

        Raises
        ------
        UsageError
            Where the account or the writer is empty, or the report is none.
        """
        said = some(account, "the account")
        found = found_of(report) if report is not None else None
        with self.database.writing():
            self.database.run("UPDATE counters SET last = last + 1 WHERE name = 'case'")
            case: int = self.database.rows("SELECT last FROM counters WHERE name = 'case'")[0]["last"]
            self.database.run(
                "INSERT INTO cases (id, account, name, zone, complaint, claim, caller, start_at, end_at, opened_at,"
                " opened_by, entries) VALUES (:id, :account, :name, :zone, :complaint, :claim, :caller, :start, :end,"
                " :at, :by, 0)",
                id=case,
                account=said,
                name=name.strip(),
                zone=zone,
                complaint=complaint,
                claim=claim.strip(),
                caller=caller,
                start=stamp(start),
                end=stamp(end),
                at=stamp(now),
                by=some(by, "who writes"),
            )
            self.statements.add(case, "opened", claim.strip(), by=by, now=now)
            if report is not None and found is not None:
                self.statements.add_report(case, report, found, by=by, now=now)
        return case

    def attach(self, case: int, report: Mapping[str, Any], *, by: str, now: datetime) -> Entry:
        """Keep a report with a case.

        Parameters
        ----------
        case : int
            Its number.
        report : mapping
            A report as ``calltrace investigate --format json`` writes it, kept as it is. A case that was opened
            before anybody knew the account's id or name gets them from it. Its times are shown in the report's zone
            from then on: the account's as the logs tell it, where the case had the machine's.
        by, now
            Who keeps it, and when.

        Raises
        ------
        UsageError
            Where it is no report, or one of another account.
        """
        found = found_of(report)
        with self.database.writing():
            self.statements.require_open(case, "keep a report")
            self.statements.take_account(case, report)
            self.statements.take_zone(case, report)
            return self.statements.add_report(case, report, found, by=by, now=now)

    def note(
        self,
        case: int,
        text: str,
        *,
        by: str,
        now: datetime,
        told: str = "",
        channel: str = "",
        happened: datetime | None = None,
    ) -> Entry:
        """Write down what was found, said or done; ``told`` names whom, ``channel`` how."""
        with self.database.writing():
            return self.statements.add(case, "note", text, by=by, now=now, person=told, channel=channel, happened=happened)

    def promise(
        self, case: int, text: str, due: datetime, *, by: str, now: datetime, person: str = ""
    ) -> Entry:
        """Write down what was promised, by when, and who is to do it (else whoever writes)."""
        with self.database.writing():
            self.statements.require_open(case, "promise anything")
            return self.statements.add(case, "promise", text, by=by, now=now, person=person or by, due=due)

    def follow_up(
        self, case: int, text: str, due: datetime, *, by: str, now: datetime, person: str = ""
    ) -> Entry:
        """Write down a call back to the client, to see whether it holds. It stays due when the case is closed."""
        with self.database.writing():
            return self.statements.add(case, "follow-up", text, by=by, now=now, person=person, due=due)

    def credit(
        self, case: int, amount: Decimal, currency: str, text: str, *, by: str, now: datetime
    ) -> Entry:
        """Write down money given back."""
        if not amount.is_finite() or amount <= 0:
            raise UsageError(f"a credit of {amount}", expected="an amount above nothing")
        with self.database.writing():
            return self.statements.add(case, "credit", text, by=by, now=now, amount=amount, currency=currency)

    def change(
        self, case: int, text: str, *, by: str, now: datetime, due: datetime | None = None, person: str = ""
    ) -> Entry:
        """Write down an agreed change, to be signed by ``person``, by ``due`` where a time was agreed."""
        with self.database.writing():
            self.statements.require_open(case, "agree on a change")
            return self.statements.add(case, "change", text, by=by, now=now, due=due, person=person)

    def sign(
        self, case: int, number: int, person: str, *, by: str, now: datetime, happened: datetime | None = None
    ) -> Entry:
        """Write down who has signed an agreed change, and when."""
        with self.database.writing():
            self.statements.require_item(case, number, ("change",), "sign")
            person = some(person, "who signed")
            return self.statements.add(case, "signed", "", by=by, now=now, person=person, about=number, happened=happened)

    def keep(
        self,
        case: int,
        number: int,
        *,
        by: str,
        now: datetime,
        text: str = "",
        happened: datetime | None = None,
    ) -> Entry:
        """Write down that a promise was kept or a follow-up call made."""
        with self.database.writing():
            self.statements.require_item(case, number, ("promise", "follow-up"), "keep")
            return self.statements.add(case, "kept", text, by=by, now=now, about=number, happened=happened)

    def move(
        self, case: int, number: int, due: datetime, *, by: str, now: datetime, text: str = ""
    ) -> Entry:
        """Give a promise, follow-up or change another time; the times before stay in the history."""
        with self.database.writing():
            self.statements.require_item(case, number, OPEN_KINDS, "move")
            return self.statements.add(case, "moved", text, by=by, now=now, about=number, due=due)

    def drop(self, case: int, number: int, text: str, *, by: str, now: datetime) -> Entry:
        """Write down that a promise, follow-up or change is no longer wanted, and why."""
        with self.database.writing():
            self.statements.require_item(case, number, OPEN_KINDS, "drop")
            return self.statements.add(case, "dropped", some(text, "why"), by=by, now=now, about=number)

    def close_case(
        self, case: int, outcome: str, *, by: str, now: datetime, cause: str = "", anyway: bool = False
    ) -> Entry:
        """Close a case with its outcome in words, and with the cause where a person knows better than the report.

        Raises
        ------
        UsageError
            Where promises are open or changes unsigned and ``anyway`` is False; for a cause that is none. Follow-up
            calls may be open: they come due after the case is closed.
        """
        if cause and cause not in causes.NAMES:
            raise UsageError(f"there is no cause {cause!r}", fix="calltrace explain lists them.")
        with self.database.writing():
            self.statements.require_open(case, "close it")
            open_items = [i for i in items_of(self.statements.entries(case)) if i.state == "open" and i.kind != "follow-up"]
            if open_items and not anyway:
                told = "; ".join(f"{i.number} ({i.kind}: {i.text})" for i in open_items)
                raise UsageError(
                    f"{reference(case)} can't be closed yet, open are {told}",
                    fix="Keep, sign, move to a follow-up or drop each, or close it --anyway: then they stay due.",
                )
            return self.statements.add(case, "closed", some(outcome, "the outcome"), by=by, now=now, cause=cause)

    def reopen(self, case: int, text: str, *, by: str, now: datetime) -> Entry:
        """Open a closed case again, and say why."""
        with self.database.writing():
            if self.statements.status(case) != "closed":
                raise UsageError(f"{reference(case)} is open already")
            return self.statements.add(case, "reopened", some(text, "why"), by=by, now=now)

    # --- reading --------------------------------------------------------------------------------------------

    def case(self, case: int) -> CaseFile:
        """Return one case with everything written in it.

        Raises
        ------
        InputError
            Where there is none of that number.
        """
        with self.database.reading():
            found = self.statements.cases("WHERE id = :id", {"id": case})
        if not found:
            raise self.statements.no_such(case)
        return found[0]

    def cases(
        self,
        *,
        account: str = "",
        status: str = "",
        cause: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        brief: bool = False,
    ) -> tuple[CaseFile, ...]:
        """Return cases in the order they were opened.

        Parameters
        ----------
        account : str
            Its id, or any part of its name in any case.
        status : {"", "open", "closed"}
        cause : str
            What was found: a cause's name, or the name of its family (``forwarding``).
        since, until : datetime, optional
            Opened in [since, until).
        brief : bool
            Only with the entries that closed or reopened them: quick, where thousands are looked through.
        """
        from calltrace.desk.ledger.families import family_of  # noqa: PLC0415 - only where a cause is asked for

        parts, values = [], dict[str, Any]()
        if since:
            parts.append("opened_at >= :since")
            values["since"] = stamp(since)
        if until:
            parts.append("opened_at < :until")
            values["until"] = stamp(until)
        with self.database.reading():
            if account:
                meant = {f"account{i}": a for i, a in enumerate(self.statements.accounts_meant(account))}
                parts.append(f"account IN ({', '.join(f':{key}' for key in meant) or 'NULL'})")
                values |= meant
            found = self.statements.cases(f"WHERE {' AND '.join(parts)}" if parts else "", values, brief=brief)

        def fits(case: CaseFile) -> bool:
            if status and case.status != status:
                return False
            if not cause:
                return True
            seen = case.found.cause if case.found else ""
            family = family_of(seen)
            return cause in (seen, family.name if family else None)

        return tuple(case for case in found if fits(case))

    def report(self, case: int, number: int | None = None) -> dict[str, Any]:
        """Return a report kept with a case, as it was written: the last one, or that of entry ``number``."""
        with self.database.reading():
            found = self.database.rows(
                "SELECT number, document FROM reports WHERE case_id = :case ORDER BY number", case=case
            )
        chosen = [r for r in found if number is None or r["number"] == number]
        if not chosen:
            which = f"entry {number} of {reference(case)} is no report" if number else f"{reference(case)} has no report"
            raise InputError(which, fix="calltrace case show lists what it has.")
        document: dict[str, Any] = json.loads(chosen[-1]["document"])
        return document

    def open_items(self) -> tuple[tuple[CaseFile, Item], ...]:
        """Return every open promise, follow-up and change with its case (whose entries are left out)."""
        with self.database.reading():
            return self.statements.open_items()

    def upkeep(self) -> tuple[tuple[datetime, str, str, int], ...]:
        """Return what was removed from the ledger, without saying whom: when, by whom, what, from how many cases."""
        with self.database.reading():
            found = self.database.rows("SELECT * FROM upkeep ORDER BY done_at, what")
        return tuple((sure(r["done_at"]), r["done_by"], r["what"], r["cases"]) for r in found)


def open_existing(place: str | None = None) -> Ledger | None:
    """Open the ledger at a place, or at the usual one; None where there is no file yet.

    For whoever looks into the ledger without being asked to: it never makes one. A server's address is always
    tried, and raises :class:`~calltrace.errors.InputError` where there is no ledger.
    """
    named = place or usual_place()
    return Ledger(named, create=False) if may_exist(named) else None
