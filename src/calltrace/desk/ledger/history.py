"""What the ledger remembers: an account's past, causes that come again, and what is due.

Counted are troubles, not cases: two cases about one weekend are one trouble, and the trouble now being looked at is
not its own history. A verdict that was inconclusive is no history either, unless a person decided it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from calltrace.classes import dataclass
from calltrace.desk.ledger.families import Family, family_of
from calltrace.desk.ledger.ledger import Ledger
from calltrace.desk.ledger.records import CaseFile
from calltrace.diagnosis.profile import LIKELY
from calltrace.tables.clock import is_zone, zone_named

LOOK_BACK = timedelta(days=365)
"""How long a trouble is remembered as one of a row: a year holds every season once."""

_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]


@dataclass(frozen=True)
class PastCase:
    """One case of an account's past. ``family`` is '' where what was found is no trouble or not sure enough.

    ``start`` and ``end`` are the trouble's window, else the one complained of, else the instant of opening.
    """

    case: int
    reference: str
    account: str
    name: str
    opened: datetime
    complaint: str
    cause: str
    family: str
    party: str
    confidence: float | None
    start: datetime
    end: datetime
    status: str
    outcome: str


@dataclass(frozen=True)
class Recurrence:
    """A trouble that has come before: the how manieth it is, since when, in which cases, and what to do about it."""

    family: str
    times: int
    since: datetime
    cases: tuple[str, ...]
    again: str
    zone: str
    now: datetime

    @property
    def sentence(self) -> str:
        """For people: "Third forwarding trouble since March: ask how their forwarding is done (C-0003, C-0017)."""
        word = _ORDINALS[self.times - 1] if self.times <= len(_ORDINALS) else _numbered(self.times)
        there = zone_named(self.zone)
        since, now = self.since.astimezone(there), self.now.astimezone(there)
        month = f"{since:%B}" if since.year == now.year else f"{since:%B %Y}"
        return (
            f"{word.capitalize()} {self.family.replace('-', ' ')} trouble since {month}: {self.again}"
            f" ({', '.join(self.cases)})"
        )


@dataclass(frozen=True)
class Repeated:
    """A family of causes that several cases have found.

    ``accounts`` are ids with names and how many cases each has, the most first; ``times`` counts troubles that do not
    overlap, whomever they hit; ``causes`` and ``parties`` are those of the cases, sorted.
    """

    family: str
    causes: tuple[str, ...]
    parties: tuple[str, ...]
    cases: tuple[str, ...]
    accounts: tuple[tuple[str, str, int], ...]
    times: int
    first: datetime
    last: datetime
    again: str


@dataclass(frozen=True)
class Due:
    """A promise, follow-up call or unsigned change that waits; ``due`` is None where no time was agreed."""

    case: int
    reference: str
    account: str
    name: str
    zone: str
    number: int
    kind: str
    text: str
    person: str
    due: datetime | None
    overdue: bool


def history(ledger: Ledger, account: str, name: str = "") -> tuple[PastCase, ...]:
    """Return every case of an account, in the order its troubles began.

    Parameters
    ----------
    ledger : Ledger
    account : str
        Its id.
    name : str
        Its name: cases that were opened by it, before anybody gave the id, count too.
    """
    called = {said.casefold() for said in (account, name) if said}
    cases = {c.id: c for said in sorted(called) for c in ledger.cases(account=said, brief=True)}
    found = [_past(c) for c in cases.values() if c.account.casefold() in called]
    return tuple(sorted(found, key=lambda p: (p.start, p.case)))


def recurrence(
    past: Sequence[PastCase], cause: str, start: datetime, end: datetime, zone: str
) -> Recurrence | None:
    """Say whether a trouble found now has come before to this account; None where it has not.

    Parameters
    ----------
    past : sequence of PastCase
        As :func:`history` gives it.
    cause : str
        What was found now.
    start, end : datetime
        The trouble's window; cases whose window overlaps it are about the same trouble and don't count, nor do
        later ones.
    zone : str
        The account's (IANA), for the name of the month.
    """
    family = family_of(cause)
    if family is None:
        return None
    before = [
        p
        for p in past
        if p.family == family.name and not _overlap((p.start, p.end), (start, end)) and start - LOOK_BACK <= p.start < start
    ]
    if not before:
        return None
    times = _separate([(p.start, p.end) for p in before])
    return Recurrence(
        family.name,
        times + 1,
        min(p.start for p in before),
        tuple(p.reference for p in before),
        family.again,
        zone if is_zone(zone) else "UTC",
        start,
    )


def repeated_causes(ledger: Ledger, since: datetime, *, until: datetime | None = None) -> tuple[Repeated, ...]:
    """Return the families of causes that at least two cases have found, of one account or of several.

    Parameters
    ----------
    ledger : Ledger
    since, until : datetime
        Cases whose trouble began in [since, until), tz-aware; without ``until``, all since.

    Returns
    -------
    tuple of Repeated
        The family with the most cases first; ties by name.
    """
    groups: dict[str, list[PastCase]] = {}
    cases = ledger.cases(brief=True)
    ids = {c.name.casefold(): (c.account, c.name) for c in cases if c.name}
    for case in cases:
        past = _past(case)
        if not past.name and past.account.casefold() in ids:  # opened by the name, before anybody gave the id
            account, name = ids[past.account.casefold()]
            past = replace(past, account=account, name=name)
        if past.family and past.start >= since and (until is None or past.start < until):
            groups.setdefault(past.family, []).append(past)
    found = [_repeated(members) for members in groups.values() if len(members) > 1]
    return tuple(sorted(found, key=lambda r: (-len(r.cases), r.family)))


def due(
    ledger: Ledger, now: datetime, *, within: timedelta = timedelta(hours=24), undated: bool = False
) -> tuple[Due, ...]:
    """Return what is overdue, and what comes due soon, the longest overdue first.

    Parameters
    ----------
    ledger : Ledger
    now : datetime
        tz-aware.
    within : timedelta
        How far to look ahead.
    undated : bool
        Whether changes that wait for a signature without an agreed time come too, at the end.
    """
    found = []
    for case, item in ledger.open_items():
        if item.due is None and not undated:
            continue
        if item.due is not None and item.due > now + within:
            continue
        found.append(
            Due(
                case.id,
                case.reference,
                case.account,
                case.name,
                case.zone,
                item.number,
                item.kind,
                item.text,
                item.person,
                item.due,
                item.overdue(now),
            )
        )
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda d: (d.due or never, d.case, d.number)))


def _past(case: CaseFile) -> PastCase:
    found = case.found
    sure = found is not None and (found.decided_by or (found.confidence or 0) >= LIKELY)
    family = family_of(found.cause) if found and sure else None
    start = (found.start if found else None) or case.start or case.opened
    end = (found.end if found else None) or case.end or start
    return PastCase(
        case=case.id,
        reference=case.reference,
        account=case.account,
        name=case.name,
        opened=case.opened,
        complaint=case.complaint,
        cause=found.cause if found else "",
        family=family.name if family else "",
        party=found.party if found else "",
        confidence=found.confidence if found else None,
        start=start,
        end=max(start, end),
        status=case.status,
        outcome=case.closing.text if case.closing else "",
    )


def _repeated(members: list[PastCase]) -> Repeated:
    members = sorted(members, key=lambda p: (p.start, p.case))
    family = family_of(members[0].cause)
    counts: dict[str, int] = {}
    for past in members:
        counts[past.account] = counts.get(past.account, 0) + 1
    names = {p.account: p.name or p.account for p in members}
    return Repeated(
        family=members[0].family,
        causes=tuple(sorted({p.cause for p in members})),
        parties=tuple(sorted({p.party for p in members if p.party})),
        cases=tuple(p.reference for p in members),
        accounts=tuple(
            (a, names[a], n) for a, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        times=_separate([(p.start, p.end) for p in members]),
        first=members[0].start,
        last=members[-1].start,
        again=family.again if isinstance(family, Family) else "",
    )


def _overlap(a: tuple[datetime, datetime], b: tuple[datetime, datetime]) -> bool:
    return a == b or (a[0] < b[1] and b[0] < a[1]) or (a[0] == a[1] and b[0] <= a[0] <= b[1])


def _separate(windows: list[tuple[datetime, datetime]]) -> int:
    """Return how many windows there are when those that overlap are one."""
    count, last = 0, None
    for start, end in sorted(windows):
        if last is None or start >= last:
            count += 1
        last = max(last, end) if last else end
    return count


def _numbered(number: int) -> str:
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"
