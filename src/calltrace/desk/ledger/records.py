"""What the ledger holds, as plain values: a case, its entries, and what became of each promise in it.

Instants are UTC; the case's ``zone`` goes with them, for whoever shows them.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime
from decimal import Decimal

from calltrace.classes import dataclass
from calltrace.errors import UsageError

KINDS = {
    "opened": "the complaint came in",
    "note": "something was found, said or done; told, if it names a person",
    "report": "an investigation's report, kept with the case",
    "promise": "something will be done by a time",
    "follow-up": "the client will be called back by a time, to see whether it holds",
    "credit": "money was given back",
    "change": "a change was agreed; open until it is signed",
    "signed": "somebody signed an agreed change",
    "kept": "a promise was kept, a follow-up call made",
    "moved": "a promise or follow-up has another time",
    "dropped": "a promise, follow-up or change is no longer wanted",
    "closed": "the case is done",
    "reopened": "it was not",
}
"""Every kind of entry, and what it says."""

OPEN_KINDS = ("promise", "follow-up", "change")
"""Entries something still has to become of."""

_REFERENCE = re.compile(r"^(?:c-?|#)?0*([1-9]\d{0,8})$", re.IGNORECASE)


def reference(case: int) -> str:
    """Return a case's number as people write it.

    Examples
    --------
    >>> reference(42)
    'C-0042'
    """
    return f"C-{case:04d}"


def case_number(text: str) -> int:
    """Return the number of a case from what a person writes: 42, C-42, C-0042, #42.

    Raises
    ------
    UsageError
        For anything else.

    Examples
    --------
    >>> case_number("c-0042")
    42
    """
    match = _REFERENCE.match(text.strip())
    if not match:
        raise UsageError(f"{text!r} is no case", expected="its number, such as C-0042 or 42")
    return int(match[1])


@dataclass(frozen=True)
class Entry:
    """One thing written into a case; it is never changed, a later entry says what became of it.

    Parameters
    ----------
    number : int
        Counts from 1 in each case.
    at, by
        When it was written down, and by whom.
    kind : str
        One of :data:`KINDS`.
    person, channel : str
        Whom: told, promised by, to be called, signed by; and how (phone, mail).
    about : int or None
        The entry it says something about.
    due : datetime or None
        By when.
    happened : datetime or None
        When it was, where that is not when it was written down.
    amount, currency
        Of a credit.
    cause : str
        Of a closed case, where a person has decided it.
    """

    number: int
    at: datetime
    by: str
    kind: str
    text: str = ""
    person: str = ""
    channel: str = ""
    about: int | None = None
    due: datetime | None = None
    happened: datetime | None = None
    amount: Decimal | None = None
    currency: str = ""
    cause: str = ""


@dataclass(frozen=True)
class Found:
    """What was found: by the report of entry ``number``, or, where ``decided_by`` is set, by whoever closed the case.

    ``start`` and ``end`` are the trouble's window, None where it is not known. ``confidence`` is a probability.
    """

    number: int
    cause: str
    party: str
    confidence: float | None
    wording: str
    summary: str
    start: datetime | None
    end: datetime | None
    decided_by: str = ""


@dataclass(frozen=True)
class Item:
    """A promise, a follow-up call or an agreed change, with what has become of it.

    ``state`` is open, kept, signed or dropped; ``due`` the time as last agreed, ``first_due`` as first promised.
    """

    number: int
    kind: str
    text: str
    person: str
    by: str
    due: datetime | None
    first_due: datetime | None
    state: str
    settled: datetime | None
    settled_by: str

    @property
    def late(self) -> bool:
        """Whether it was kept after its time."""
        return bool(self.due and self.settled and self.state == "kept" and self.settled > self.due)

    def overdue(self, now: datetime) -> bool:
        """Say whether it is open and its time has gone by."""
        return self.state == "open" and self.due is not None and self.due < now


@dataclass(frozen=True)
class CaseFile:
    """One complaint and everything written about it."""

    id: int
    account: str
    name: str
    zone: str
    complaint: str
    claim: str
    caller: str
    start: datetime | None
    end: datetime | None
    opened: datetime
    opened_by: str
    entries: tuple[Entry, ...] = ()
    reports: tuple[Found, ...] = ()
    items: tuple[Item, ...] = field(default=(), compare=False)

    @property
    def reference(self) -> str:
        """The case's number as people write it."""
        return reference(self.id)

    @property
    def closing(self) -> Entry | None:
        """The entry that closed the case; None while it is open."""
        told = [e for e in self.entries if e.kind in ("closed", "reopened")]
        return told[-1] if told and told[-1].kind == "closed" else None

    @property
    def status(self) -> str:
        """Open or closed."""
        return "closed" if self.closing else "open"

    @property
    def found(self) -> Found | None:
        """What was found, by the last report, or as a person decided it when the case was closed."""
        last = self.reports[-1] if self.reports else None
        decided = [e for e in self.entries if e.kind == "closed" and e.cause]
        if not decided:
            return last
        told = decided[-1]
        start, end = (last.start, last.end) if last else (None, None)
        from calltrace.desk.ledger.families import party_of  # noqa: PLC0415 - most cases need no such look

        return Found(
            told.number,
            told.cause,
            party_of(told.cause),
            None,
            "decided",
            told.text,
            start or self.start,
            end or self.end,
            told.by,
        )


def items_of(entries: tuple[Entry, ...]) -> tuple[Item, ...]:
    """Return every promise, follow-up and change among a case's entries, with what has become of it."""
    settling = {"kept": "kept", "signed": "signed", "dropped": "dropped"}
    found = []
    for entry in entries:
        if entry.kind not in OPEN_KINDS:
            continue
        due, state, settled, settled_by = entry.due, "open", None, ""
        for later in entries:
            if later.about != entry.number:
                continue
            if later.kind == "moved":
                due = later.due
            elif later.kind in settling:
                state, settled = settling[later.kind], later.happened or later.at
                settled_by = later.person or later.by
        found.append(
            Item(
                entry.number,
                entry.kind,
                entry.text,
                entry.person,
                entry.by,
                due,
                entry.due,
                state,
                settled,
                settled_by,
            )
        )
    return tuple(found)
