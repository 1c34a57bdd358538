"""What the ledger's transactions are made of: each runs within one that somebody has begun."""

# ruff: noqa: S608 -- what is put into a statement are names of our own; values are bound

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from calltrace.desk.ledger.database import Database
from calltrace.desk.ledger.records import CaseFile, Entry, Found, Item, items_of, reference
from calltrace.desk.ledger.rows import case_of, entry_of, instant, stamp, whole
from calltrace.errors import InputError, UsageError
from calltrace.tables.clock import zone_named

ENTRY = (
    "number, written_at, written_by, kind, text, person, channel, about, due_at, happened_at, amount, currency, cause"
)
"""The columns of an entry, but for the case it is in."""


class Statements:
    """Reads and writes the rows of cases, entries and reports within a transaction.

    Parameters
    ----------
    database : Database
        In which a transaction has been begun whenever one of these is called: one that may write, where it writes or
        locks a case.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(
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
        """Write an entry and return it, with the case's next number.

        Raises
        ------
        InputError
            There is no such case.
        UsageError
            The text, where that kind of entry needs one, or the writer is empty.
        """
        text = text.strip() if kind in ("opened", "signed", "kept", "moved") else some(text, f"the {kind}")
        # this row is locked from here to the end of the transaction: the next writer gets the next number
        if not self.database.run("UPDATE cases SET entries = entries + 1 WHERE id = :case", case=case):
            raise self.no_such(case)
        number: int = self.database.rows("SELECT entries FROM cases WHERE id = :case", case=case)[0]["entries"]
        entry = Entry(
            number=number,
            at=whole(now),
            by=some(by, "who writes"),
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
            f"INSERT INTO entries (case_id, {ENTRY}) VALUES (:case, :number, :at, :by, :kind, :text, :person, :channel,"
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

    def add_report(
        self, case: int, report: Mapping[str, Any], found: Found, *, by: str, now: datetime
    ) -> Entry:
        """Write an entry with a report and what it found."""
        entry = self.add(case, "report", found.summary or "No cause was named.", by=by, now=now)
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

    def accounts_meant(self, wanted: str) -> list[str]:
        """Return the ids that are meant: the one of that id, else all whose name has that part, in any case."""
        known = self.database.rows("SELECT DISTINCT account, name FROM cases ORDER BY account")
        folded = wanted.strip().casefold()
        exact = {r["account"] for r in known if r["account"].casefold() == folded}
        return sorted(exact or {r["account"] for r in known if folded in r["name"].casefold()})

    def take_account(self, case: int, report: Mapping[str, Any]) -> None:
        """Take the account's id and name from a report where the case did not know them; raise where it is of another account."""
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

    def take_zone(self, case: int, report: Mapping[str, Any]) -> None:
        """Take the account's zone from a report; one that names none, or none there is, changes nothing."""
        zone = report.get("zone")
        if not isinstance(zone, str) or not zone:
            return
        try:
            zone_named(zone)
        except UsageError:
            return
        self.database.run("UPDATE cases SET zone = :zone WHERE id = :case", zone=zone, case=case)

    def entries(self, case: int) -> tuple[Entry, ...]:
        """Return a case's entries in order."""
        found = self.database.rows(
            f"SELECT {ENTRY} FROM entries WHERE case_id = :case ORDER BY number",
            case=case,
        )
        return tuple(map(entry_of, found))

    def cases(
        self, condition: str = "", values: Mapping[str, Any] = MappingProxyType({}), *, brief: bool = False
    ) -> list[CaseFile]:
        """Return the cases a condition of ours fits, ``brief`` only with the entries that closed or reopened them."""
        rows = self.database.rows(f"SELECT * FROM cases {condition} ORDER BY id", **values)
        chosen = f"WHERE case_id IN (SELECT id FROM cases {condition})"
        kinds = " AND kind IN ('closed', 'reopened')" if brief else ""
        entries: dict[int, list[Entry]] = {}
        for row in self.database.rows(
            f"SELECT case_id, {ENTRY} FROM entries {chosen}{kinds} ORDER BY case_id, number",
            **values,
        ):
            entries.setdefault(row["case_id"], []).append(entry_of(row))
        reports: dict[int, list[Found]] = {}
        for row in self.database.rows(
            "SELECT case_id, number, cause, party, confidence, wording, summary, start_at, end_at FROM reports"
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

    def open_items(self) -> tuple[tuple[CaseFile, Item], ...]:
        """Return every open promise, follow-up and change with its case (whose entries are left out)."""
        waiting = self.database.rows(
            f"SELECT case_id, {ENTRY} FROM entries e WHERE kind IN ('promise', 'follow-up', 'change') AND NOT EXISTS"
            " (SELECT 1 FROM entries s WHERE s.case_id = e.case_id AND s.about = e.number AND s.kind IN ('kept',"
            " 'signed', 'dropped')) ORDER BY case_id, number"
        )
        moved = self.database.rows(
            f"SELECT case_id, {ENTRY} FROM entries WHERE kind = 'moved' ORDER BY case_id, number"
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

    def status(self, case: int) -> str:
        """Return a case's status, having locked it: what is decided on it holds until the transaction ends."""
        if not self.database.run("UPDATE cases SET entries = entries WHERE id = :case", case=case):
            raise self.no_such(case)
        found = self.database.rows(
            "SELECT kind FROM entries WHERE case_id = :case AND kind IN ('closed', 'reopened') ORDER BY number DESC"
            " LIMIT 1",
            case=case,
        )
        return "closed" if found and found[0]["kind"] == "closed" else "open"

    def require_open(self, case: int, what: str) -> None:
        """Raise where a case is closed; it is locked afterwards."""
        if self.status(case) == "closed":
            raise UsageError(
                f"{reference(case)} is closed: nobody can {what}", fix=f"calltrace case reopen {case} opens it again."
            )

    def require_item(self, case: int, number: int, kinds: Iterable[str], verb: str) -> None:
        """Raise unless that entry is an open one of these kinds; the case is locked afterwards."""
        self.status(case)
        items = items_of(self.entries(case))
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

    def no_such(self, case: int) -> InputError:
        """Return what to raise where there is no case of that number."""
        return InputError(
            f"there is no case {reference(case)} in {self.database.place}", fix="calltrace case list shows those there are."
        )


def some(said: str, what: str) -> str:
    """Return what was said without blanks around it; raise where nothing was."""
    if not said.strip():
        raise UsageError(f"{what} is empty", expected="some words")
    return said.strip()
