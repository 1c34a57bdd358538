"""Calls whose records can't be right as they stand: booked to another than the number's account, or on record twice.

Nobody who reads a count of calls sees it. Two numbers exchanged in the switch's tables lay one client's calls to another;
days that were exported once more under new ids stand there twice, and every figure of them is double. Both look like
more callers.

- A call is booked to another account where the accounts table gives the number it was made to to one account alone, and
  that is not the one it stands under, though the table has both. A service may do so on purpose (one number for several
  clients): it is told as it is, and read as wrong only where it makes the difference.
- A call stands there again where second, caller, number dialled, agent, outcome and every length are those of the call
  before, and only the id is another. An agent takes no two calls at once, and two of one caller do not wait alike to the
  second: of calls without either nothing is said, nor of those refused at once, which dialling robots make in pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.tables import owners
from calltrace.tables.case import in_full
from calltrace.tables.later import later
from calltrace.tables.problems import Problem, location_of
from calltrace.tables.text import visible

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.tables.case import Case
else:
    pd = later("pandas")

LEAST = 3
"""Calls of a kind below which nothing is told: one may have been put right by hand."""
MOST_PAIRS = 5
"""Accounts with another's number that are told one by one; the others are counted."""
ALIKE = ("ani", "dnis", "agent", "outcome", "ring_s", "queue_s", "hold_s", "talk_s")
"""What two records of one call have in common, beside the account and the second."""
COLUMNS = frozenset({"account", "call_id", *ALIKE})
"""What a sketch of very many calls has not: nothing is said of it."""
BESIDE = 3
"""Rows further on at which a call's other record is looked for: both are of one second, and calls are in order of time."""
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Booked:
    """Calls to a number of ``owner``'s that stand under another account; ``rows`` are their places among the calls."""

    account: str
    number: str
    owner: str
    rows: NDArray[np.int64]


def of_others(case: Case) -> tuple[Booked, ...]:
    """Return the calls that stand under another account than that of the number dialled, the most first."""
    found = case.cache.get("misbooked.of_others")
    if not isinstance(found, tuple):
        found = case.cache["misbooked.of_others"] = tuple(_of_others(case))
    return found


def _of_others(case: Case) -> list[Booked]:
    accounts = case.tables.get("accounts")
    if accounts is None or accounts.empty or not set(case.calls.columns) >= COLUMNS:
        return []
    owner = owners.account_of_number(accounts)
    listed = set(accounts["account"])
    pairs = case.pairs("account", "dnis")
    whose = pairs["dnis"].map(owner)
    wrong = pairs[whose.notna() & (whose != pairs["account"]) & pairs["account"].isin(listed)]
    found = []
    for account, number in zip(wrong["account"], wrong["dnis"], strict=True):
        rows = np.intersect1d(case.rows("account", account), case.rows("dnis", number), assume_unique=True)
        found.append(Booked(str(account), str(number), owner[number], rows))
    return sorted(found, key=lambda b: (-len(b.rows), b.account, b.number))


def copies(case: Case) -> NDArray[np.int64]:
    """Return the places of the calls that are on record before under another id, in order."""
    found = case.cache.get("misbooked.copies")
    if not isinstance(found, np.ndarray):
        found = case.cache["misbooked.copies"] = _copies(case)
    return found


def _copies(case: Case) -> NDArray[np.int64]:
    none = np.array([], dtype=np.int64)
    calls = case.calls
    if len(calls) < 2 or not set(calls.columns) >= COLUMNS:
        return none
    at = calls["offered_at"].to_numpy(dtype="datetime64[us]").view(np.int64) // SECOND_US
    account = case.codes("account")[0]
    near = np.zeros(len(calls), dtype=bool)
    for by in range(1, min(BESIDE, len(calls) - 1) + 1):
        same = (at[by:] == at[:-by]) & (account[by:] == account[:-by])
        near[by:] |= same
        near[:-by] |= same
    places = np.flatnonzero(near)
    if len(places) < 2 * LEAST:
        return none
    rows = in_full(calls.iloc[places][list(ALIKE)])
    talked, waited = rows["talk_s"].fillna(0) > 0, rows["ring_s"].fillna(0) + rows["queue_s"].fillna(0) > 0
    told = ((rows["agent"].notna() & talked) | (rows["ani"].notna() & (talked | waited))).to_numpy(dtype=bool)
    again = rows.assign(at=at[places], account=account[places]).duplicated().to_numpy(dtype=bool)
    return np.asarray(places[told & again], dtype=np.int64)


def told(
    case: Case, *, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None, account: str = ""
) -> list[Problem]:
    """Return what is to be said of the records for it: their rows stay as they are.

    Parameters
    ----------
    start, end : Timestamp, optional
        Say it of the calls from ``start`` on and before ``end`` alone.
    account : str
        Say it of this account's calls, and of those to its numbers, alone; '' of everybody's.
    """
    at = case.calls["offered_at"]
    low, high = 0 if start is None else int(at.searchsorted(start)), len(at) if end is None else int(at.searchsorted(end))

    def then(rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows[(rows >= low) & (rows < high)]

    booked = [replace(b, rows=then(b.rows)) for b in of_others(case) if account in {"", b.account, b.owner}]
    again = then(copies(case))
    if account:
        again = np.intersect1d(again, case.rows("account", account), assume_unique=True)
    return [*_booked_told(case, booked), *_copies_told(case, again)]


def _booked_told(case: Case, booked: Sequence[Booked]) -> list[Problem]:
    many = [b for b in booked if len(b.rows) >= LEAST]
    notes = [_note(
        case, b.rows,
        f"{len(b.rows):,} calls to {b.number}, a number of account {b.owner}, stand under account {b.account},"
        f" {_when(case, b.rows)}: {_named(case, b.rows)}",
        ("each call under the account that the accounts table gives its number to",
         ("Look up whose number it is, and since when; correct the accounts table or the switch's. Until then these calls count"
         f" for {b.account}.")), "booked-to-another") for b in many[:MOST_PAIRS]]  # fmt: skip
    if rest := many[MOST_PAIRS:]:
        rows = np.concatenate([b.rows for b in rest])
        whose = f"{len({b.account for b in rest})} accounts that their numbers are not of"
        notes.append(_note(
            case, np.sort(rows), f"{len(rows):,} more calls stand under {whose}", (notes[0].expected, "Look them up likewise."),
            "booked-to-another"))
    return notes


def _copies_told(case: Case, rows: NDArray[np.int64]) -> list[Problem]:
    if len(rows) < LEAST:
        return []
    return [_note(
        case, rows,
        f"{len(rows):,} calls are on record before under another id, the same in second, caller, number dialled, agent and"
        f" length, {_when(case, rows)}: {_named(case, rows)}",
        ("each call once",
         "Look whether they were exported twice, and leave one of each out: until then every figure of that time counts both."),
        "there-twice")]  # fmt: skip


def _note(case: Case, rows: NDArray[np.int64], saw: str, instead: tuple[str, str], kind: str) -> Problem:
    """Return a note on calls, the first by its line; ``instead`` is what was expected, and what to do."""
    at, (expected, fix) = location_of(case.calls.iloc[int(rows[0])]), instead
    return Problem(at, visible(saw), expected, visible(fix), table="calls", effect="noted", rows=0, kind=kind)


def _when(case: Case, rows: NDArray[np.int64]) -> str:
    first, last = (case.calls["offered_at"].iloc[int(n)].tz_convert(case.zone) for n in (rows[0], rows[-1]))
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"


def _named(case: Case, rows: NDArray[np.int64]) -> str:
    """Name the first calls by their ids, those without one by their file's line."""
    some = case.calls.iloc[rows[:LEAST]]
    ids = [str(location_of(row)) if pd.isna(row["call_id"]) else str(row["call_id"]) for _, row in some.iterrows()]
    return f"{', '.join(ids)}{' and others' if len(rows) > len(ids) else ''}"
