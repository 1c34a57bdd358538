"""The ledger: cases are opened, written into and closed, and nothing written is ever overwritten.

Every method that writes returns when what it wrote is on the disk. Who writes and when are given (``by``, ``now``):
the library asks neither the clock nor the system.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType, TracebackType
from typing import Any, Self

from calltrace.desk.ledger import database
from calltrace.desk.ledger.place import may_exist, usual_place
from calltrace.desk.ledger.records import (
    OPEN_KINDS,
    CaseFile,
    Entry,
    Found,
    Item,
    items_of,
    reference,
)
from calltrace.desk.ledger.rows import case_of, entry_of, found_of, instant, stamp, sure, whole
from calltrace.diagnosis import causes
from calltrace.errors import InputError, UsageError
from calltrace.tables.clock import zone_named

_ENTRY = (
    "number, written_at, written_by, kind, text, person, channel, about, due_at, happened_at, amount, currency, cause"
)


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
        said = _text(account, "the account")
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
                by=_text(by, "who writes"),
            )
            self._add(case, "opened", claim.strip(), by=by, now=now)
            if report is not None and found is not None:
                self._keep_report(case, report, found, by=by, now=now)
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

        Raises
        ------
        UsageError
            Where it is no report, or one of another account.
        """
        found = found_of(report)
        with self.database.writing():
            self._open_case_or_raise(case, "keep a report")
            self._same_account(case, report)
            self._zone_of(case, report)
            return self._keep_report(case, report, found, by=by, now=now)

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
            return self._add(case, "note", text, by=by, now=now, person=told, channel=channel, happened=happened)

    def promise(
        self, case: int, text: str, due: datetime, *, by: str, now: datetime, person: str = ""
    ) -> Entry:
        """Write down what was promised, by when, and who is to do it (else whoever writes)."""
        with self.database.writing():
            self._open_case_or_raise(case, "promise anything")
            return self._add(case, "promise", text, by=by, now=now, person=person or by, due=due)

    def follow_up(
        self, case: int, text: str, due: datetime, *, by: str, now: datetime, person: str = ""
    ) -> Entry:
        """Write down a call back to the client, to see whether it holds. It stays due when the case is closed."""
        with self.database.writing():
            return self._add(case, "follow-up", text, by=by, now=now, person=person, due=due)

    def credit(
        self, case: int, amount: Decimal, currency: str, text: str, *, by: str, now: datetime
    ) -> Entry:
        """Write down money given back."""
        if not amount.is_finite() or amount <= 0:
            raise UsageError(f"a credit of {amount}", expected="an amount above nothing")
        with self.database.writing():
            return self._add(case, "credit", text, by=by, now=now, amount=amount, currency=currency)

    def change(
        self, case: int, text: str, *, by: str, now: datetime, due: datetime | None = None, person: str = ""
    ) -> Entry:
        """Write down an agreed change, to be signed by ``person``, by ``due`` where a time was agreed."""
        with self.database.writing():
            self._open_case_or_raise(case, "agree on a change")
            return self._add(case, "change", text, by=by, now=now, due=due, person=person)

    def sign(
        self, case: int, number: int, person: str, *, by: str, now: datetime, happened: datetime | None = None
    ) -> Entry:
        """Write down who has signed an agreed change, and when."""
        with self.database.writing():
            self._settle(case, number, ("change",), "sign")
            person = _text(person, "who signed")
            return self._add(case, "signed", "", by=by, now=now, person=person, about=number, happened=happened)

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
            self._settle(case, number, ("promise", "follow-up"), "keep")
            return self._add(case, "kept", text, by=by, now=now, about=number, happened=happened)

    def move(
        self, case: int, number: int, due: datetime, *, by: str, now: datetime, text: str = ""
    ) -> Entry:
        """Give a promise, follow-up or change another time; the times before stay in the history."""
        with self.database.writing():
            self._settle(case, number, OPEN_KINDS, "move")
            return self._add(case, "moved", text, by=by, now=now, about=number, due=due)

    def drop(self, case: int, number: int, text: str, *, by: str, now: datetime) -> Entry:
        """Write down that a promise, follow-up or change is no longer wanted, and why."""
        with self.database.writing():
            self._settle(case, number, OPEN_KINDS, "drop")
            return self._add(case, "dropped", _text(text, "why"), by=by, now=now, about=number)

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
            self._open_case_or_raise(case, "close it")
            open_items = [i for i in items_of(self._entries(case)) if i.state == "open" and i.kind != "follow-up"]
            if open_items and not anyway:
                told = "; ".join(f"{i.number} ({i.kind}: {i.text})" for i in open_items)
                raise UsageError(
                    f"{reference(case)} can't be closed yet, open are {told}",
                    fix="Keep, sign, move to a follow-up or drop each, or close it --anyway: then they stay due.",
                )
            return self._add(case, "closed", _text(outcome, "the outcome"), by=by, now=now, cause=cause)

    def reopen(self, case: int, text: str, *, by: str, now: datetime) -> Entry:
        """Open a closed case again, and say why."""
        with self.database.writing():
            if self._status(case) != "closed":
                raise UsageError(f"{reference(case)} is open already")
            return self._add(case, "reopened", _text(text, "why"), by=by, now=now)

    # --- reading --------------------------------------------------------------------------------------------

    def case(self, case: int) -> CaseFile:
        """Return one case with everything written in it.

        Raises
        ------
        InputError
            Where there is none of that number.
        """
        with self.database.reading():
            found = self.cases_within("WHERE id = :id", {"id": case})
        if not found:
            raise InputError(
                f"there is no case {reference(case)} in {self.place}", fix="calltrace case list shows those there are."
            )
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
                meant = {f"account{i}": a for i, a in enumerate(self._accounts_meant(account))}
                parts.append(f"account IN ({', '.join(f':{key}' for key in meant) or 'NULL'})")
                values |= meant
            found = self.cases_within(f"WHERE {' AND '.join(parts)}" if parts else "", values, brief=brief)

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
            waiting = self.database.rows(
                f"SELECT case_id, {_ENTRY} FROM entries e WHERE kind IN ('promise', 'follow-up', 'change') AND NOT EXISTS"  # noqa: S608 -- a constant
                " (SELECT 1 FROM entries s WHERE s.case_id = e.case_id AND s.about = e.number AND s.kind IN ('kept',"
                " 'signed', 'dropped')) ORDER BY case_id, number"
            )
            moved = self.database.rows(
                f"SELECT case_id, {_ENTRY} FROM entries WHERE kind = 'moved' ORDER BY case_id, number"  # noqa: S608
            )
            cases = {
                row["id"]: case_of(row)
                for row in self.database.rows(
                    "SELECT * FROM cases WHERE id IN (SELECT case_id FROM entries WHERE kind IN ('promise', 'follow-up',"
                    " 'change'))"
                )
            }
        later: dict[int, list[Entry]] = {}
        for row in moved:
            later.setdefault(row["case_id"], []).append(entry_of(row))
        found = []
        for row in waiting:
            entry = entry_of(row)
            (item,) = items_of((entry, *(m for m in later.get(row["case_id"], ()) if m.about == entry.number)))
            found.append((cases[row["case_id"]], item))
        return tuple(found)

    def upkeep(self) -> tuple[tuple[datetime, str, str, int], ...]:
        """Return what was removed from the ledger, without saying whom: when, by whom, what, from how many cases."""
        with self.database.reading():
            found = self.database.rows("SELECT * FROM upkeep ORDER BY done_at, what")
        return tuple((sure(r["done_at"]), r["done_by"], r["what"], r["cases"]) for r in found)

    # --- within a transaction -------------------------------------------------------------------------------

    def _add(
        self,
        case: int,
        kind: str,
        text: str,
        *,
        by: str,
        now: datetime,
        person: str = "",
        channel: str = "",
        about: int | None = None,
        due: datetime | None = None,
        happened: datetime | None = None,
        amount: Decimal | None = None,
        currency: str = "",
        cause: str = "",
    ) -> Entry:
        text = text.strip() if kind in ("opened", "signed", "kept", "moved") else _text(text, f"the {kind}")
        # this row is locked from here to the end of the transaction: the next writer gets the next number
        if not self.database.run("UPDATE cases SET entries = entries + 1 WHERE id = :case", case=case):
            raise self._no_such(case)
        number: int = self.database.rows("SELECT entries FROM cases WHERE id = :case", case=case)[0]["entries"]
        entry = Entry(
            number=number,
            at=whole(now),
            by=_text(by, "who writes"),
            kind=kind,
            text=text,
            person=person.strip(),
            channel=channel.strip(),
            about=about,
            due=whole(due) if due else None,
            happened=whole(happened) if happened else None,
            amount=amount,
            currency=currency,
            cause=cause,
        )
        self.database.run(
            f"INSERT INTO entries (case_id, {_ENTRY}) VALUES (:case, :number, :at, :by, :kind, :text, :person, :channel,"  # noqa: S608
            " :about, :due, :happened, :amount, :currency, :cause)",
            case=case,
            number=number,
            at=stamp(entry.at),
            by=entry.by,
            kind=kind,
            text=entry.text,
            person=entry.person,
            channel=entry.channel,
            about=about,
            due=stamp(entry.due),
            happened=stamp(entry.happened),
            amount=None if amount is None else str(amount),
            currency=currency or None,
            cause=cause or None,
        )
        return entry

    def _keep_report(
        self, case: int, report: Mapping[str, Any], found: Found, *, by: str, now: datetime
    ) -> Entry:
        entry = self._add(case, "report", found.summary or "No cause was named.", by=by, now=now)
        self.database.run(
            "INSERT INTO reports (case_id, number, cause, party, confidence, wording, summary, start_at, end_at,"
            " document) VALUES (:case, :number, :cause, :party, :confidence, :wording, :summary, :start, :end,"
            " :document)",
            case=case,
            number=entry.number,
            cause=found.cause,
            party=found.party,
            confidence=found.confidence,
            wording=found.wording,
            summary=found.summary,
            start=stamp(found.start),
            end=stamp(found.end),
            document=json.dumps(report, ensure_ascii=False, separators=(",", ":")),
        )
        return entry

    def _accounts_meant(self, wanted: str) -> list[str]:
        """Return the ids that are meant: the one of that id, else all whose name has that part, in any case."""
        known = self.database.rows("SELECT DISTINCT account, name FROM cases ORDER BY account")
        folded = wanted.strip().casefold()
        exact = {r["account"] for r in known if r["account"].casefold() == folded}
        return sorted(exact or {r["account"] for r in known if folded in r["name"].casefold()})

    def _same_account(self, case: int, report: Mapping[str, Any]) -> None:
        """Raise where a report is of another account than the case; fill in what the case did not know."""
        told = report.get("account") or {}
        account, name = str(told.get("account") or ""), str(told.get("name") or "")
        (own,) = self.database.rows("SELECT account, name FROM cases WHERE id = :case", case=case)
        said = own["account"].casefold()
        same = said == account.casefold()
        if not account or (same and own["name"]):
            return
        if not same and (own["name"] or said not in name.casefold()):
            raise UsageError(
                f"the report is of {name or account} ({account}), and {reference(case)} of {own['name'] or own['account']}",
                fix="Keep it with a case of its own.",
            )
        self.database.run("UPDATE cases SET account = :a, name = :n WHERE id = :case", a=account, n=name, case=case)

    def _zone_of(self, case: int, report: Mapping[str, Any]) -> None:
        """Take the account's zone from a report; one that names none, or none there is, changes nothing."""
        zone = report.get("zone")
        if not isinstance(zone, str) or not zone:
            return
        try:
            zone_named(zone)
        except UsageError:
            return
        self.database.run("UPDATE cases SET zone = :zone WHERE id = :case", zone=zone, case=case)

    def _entries(self, case: int) -> tuple[Entry, ...]:
        found = self.database.rows(
            f"SELECT {_ENTRY} FROM entries WHERE case_id = :case ORDER BY number",  # noqa: S608 -- a constant
            case=case,
        )
        return tuple(map(entry_of, found))

    def cases_within(
        self, condition: str = "", values: Mapping[str, Any] = MappingProxyType({}), *, brief: bool = False
    ) -> list[CaseFile]:
        """Return the cases a condition of ours fits, within a transaction somebody has begun."""
        rows = self.database.rows(f"SELECT * FROM cases {condition} ORDER BY id", **values)  # noqa: S608 -- our own words
        chosen = f"WHERE case_id IN (SELECT id FROM cases {condition})"  # noqa: S608
        kinds = " AND kind IN ('closed', 'reopened')" if brief else ""
        entries: dict[int, list[Entry]] = {}
        for row in self.database.rows(
            f"SELECT case_id, {_ENTRY} FROM entries {chosen}{kinds} ORDER BY case_id, number",  # noqa: S608
            **values,
        ):
            entries.setdefault(row["case_id"], []).append(entry_of(row))
        reports: dict[int, list[Found]] = {}
        for row in self.database.rows(
            "SELECT case_id, number, cause, party, confidence, wording, summary, start_at, end_at FROM reports"  # noqa: S608
            f" {chosen} ORDER BY case_id, number",
            **values,
        ):
            found = Found(
                row["number"],
                row["cause"],
                row["party"],
                row["confidence"],
                row["wording"],
                row["summary"],
                instant(row["start_at"]),
                instant(row["end_at"]),
            )
            reports.setdefault(row["case_id"], []).append(found)
        return [case_of(r, tuple(entries.get(r["id"], ())), tuple(reports.get(r["id"], ()))) for r in rows]

    def _status(self, case: int) -> str:
        """Return a case's status, having locked it: what is decided on it holds until the transaction ends."""
        if not self.database.run("UPDATE cases SET entries = entries WHERE id = :case", case=case):
            raise self._no_such(case)
        found = self.database.rows(
            "SELECT kind FROM entries WHERE case_id = :case AND kind IN ('closed', 'reopened') ORDER BY number DESC"
            " LIMIT 1",
            case=case,
        )
        return "closed" if found and found[0]["kind"] == "closed" else "open"

    def _open_case_or_raise(self, case: int, what: str) -> None:
        if self._status(case) == "closed":
            raise UsageError(
                f"{reference(case)} is closed: nobody can {what}", fix=f"calltrace case reopen {case} opens it again."
            )

    def _settle(self, case: int, number: int, kinds: Iterable[str], verb: str) -> None:
        """Raise unless that entry is an open one of these kinds; the case is locked afterwards."""
        self._status(case)
        items = items_of(self._entries(case))
        found = next((i for i in items if i.number == number), None)
        if found is None or found.kind not in kinds:
            open_ones = [f"{i.number} ({i.kind}: {i.text})" for i in items if i.kind in kinds and i.state == "open"]
            raise UsageError(
                f"entry {number} of {reference(case)} is nothing to {verb}",
                expected=f"the number of {' or '.join('a ' + k for k in kinds)}",
                fix=f"Open are {'; '.join(open_ones)}." if open_ones else "There is none open in it.",
            )
        if found.state != "open":
            raise UsageError(f"entry {number} of {reference(case)} has been {found.state} already")

    def _no_such(self, case: int) -> InputError:
        return InputError(
            f"there is no case {reference(case)} in {self.place}", fix="calltrace case list shows those there are."
        )


def open_existing(place: str | None = None) -> Ledger | None:
    """Open the ledger at a place, or at the usual one; None where there is no file yet.

    For whoever looks into the ledger without being asked to: it never makes one. A server's address is always
    tried, and raises :class:`~calltrace.errors.InputError` where there is no ledger.
    """
    named = place or usual_place()
    return Ledger(named, create=False) if may_exist(named) else None


def _text(said: str, what: str) -> str:
    if not said.strip():
        raise UsageError(f"{what} is empty", expected="some words")
    return said.strip()
