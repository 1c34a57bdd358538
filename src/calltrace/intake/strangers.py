"""Calls of accounts that no row of the accounts table has: read as the client's they are meant for, and told where not.

Each log is looked at by itself: two exports may name the clients in two ways.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.tables import known_as, national, owners
from calltrace.tables.problems import Problem, location_of
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from calltrace.intake.placing import Piece
    from calltrace.tables.schema import Table

LEAST = 3
"""Calls of accounts in no row of the table below which nothing is told of them."""
SHOWN = 3
"""Accounts that are named of many."""
LONG = np.timedelta64(7, "D")
"""Time of calls in which a client that has some mostly has one: of less, accounts without any say little."""
BUSY = 0.25
"""Calls of a number, by those of the client in the middle, from which it is no spare line that somebody rang."""
FORGOTTEN = ("Look up whose numbers these are: one that is new, or was forgotten, makes its client seem silent. Then write them"
             " into the accounts table.")
"""What is to be done about whole numbers that no row of the table has."""
KIND = "unlisted-account"
ABOUT_ACCOUNTS = ("calls", "messages", "oncall")


def settled(pieces: Sequence[Piece], accounts: pd.DataFrame | None) -> dict[int, dict[str, str]]:
    """Return for each reading, by its ``id``, which account of the table the others that it names stand for.

    The first reading of them says so in its notes. What the calls' numbers settle holds for the tables beside them too.
    """
    if accounts is None or accounts.empty:
        return {}
    found = {id(p): known_as.of_calls(p.reading.frame, accounts) for p in pieces if p.reading.table == "calls"}
    shared = {name: account for names in found.values() for name, account in names.items()}
    for piece in pieces:
        column = _column(piece.reading.table)
        frame = piece.reading.frame
        if column in frame.columns and piece.reading.table != "calls":
            unknown = known_as.strangers(frame[column].unique(), accounts)
            if unknown:
                own = known_as.meant(accounts, unknown)
                found[id(piece)] = {name: shared.get(name) or own[name] for name in unknown if name in shared or name in own}
        if names := found.get(id(piece)):
            piece.reading = replace(piece.reading, notes=(*piece.reading.notes, _note(names)))
    return {piece: names for piece, names in found.items() if names}


def named(frame: pd.DataFrame, table: Table, names: Mapping[str, str]) -> pd.DataFrame:
    """Return a reading's rows under the accounts of the table that their names stand for."""
    return known_as.renamed(frame, names, _column(table.name)) if names else frame


def _column(table: str) -> str:
    return "account" if table in ABOUT_ACCOUNTS else "target" if table == "events" else ""


def _note(names: Mapping[str, str]) -> str:
    some = ", ".join(f"{name} as {account}" for name, account in [*names.items()][:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    many = f"{len(names)} accounts are" if len(names) > 1 else "One account is"
    return visible(f"{many} named otherwise than in the accounts table, and read as it has them: {some}{more}.")


def told(calls: pd.DataFrame, accounts: pd.DataFrame | None, beside: Collection[str] = ()) -> list[Problem]:
    """Tell of calls whose accounts no row of the table has, where rows of the table have no call: they may be the same.

    A table that has not all clients, of which each has its calls, is only short; and a client may be without any for some
    days. Whole numbers are told where no account is, and they have about as many calls as a client has. ``beside`` are
    accounts that have calls on record, beside these.
    """
    names = known_as.names_in(calls)
    unknown = known_as.strangers(names, accounts)
    if not unknown or accounts is None or "account" not in calls.columns:
        return []
    idle = sorted(set(accounts["account"].dropna().astype(str)).difference((n for n in names if isinstance(n, str)), beside))
    if not idle:
        return []
    from calltrace.intake import last_digits  # noqa: PLC0415 -- hardly ever so

    unknown -= last_digits.of_calls(calls, accounts).keys()  # which are read as the numbers that end so
    unknown = unknown.difference(owners.account_of_number(accounts))
    whole = _busy(calls, {n for n in unknown if n.startswith("+") and not national.is_local(n)})
    unknown = {n for n in unknown if not n.startswith("+") or national.is_local(n)} or whole
    rows = np.flatnonzero(calls["account"].isin(list(unknown)).to_numpy(dtype=bool)) if unknown else np.array([])
    at = calls["offered_at"].to_numpy(dtype="datetime64[us]")
    if len(rows) < LEAST or (2 * len(unknown) <= len(names) and at.max() - at.min() < LONG):
        return []
    return [Problem(
        location_of(calls.iloc[int(rows[0])]),
        visible(f"{len(rows):,} of {len(calls):,} calls stand under {_some(unknown)} that no row of the accounts table has, and"
                f" {_some(idle)} of the table {'has' if len(idle) == 1 else 'have'} no call"),
        "each call under an account of the table",
        FORGOTTEN if unknown is whole else
        "If they are the same clients, write their accounts alike in both: until then a client's calls count as somebody else's,"
        " and it seems silent.",
        table="calls", effect="noted", rows=0, kind=KIND)]


def _busy(calls: pd.DataFrame, whole: set[str]) -> set[str]:
    """Return those of some accounts, each a whole number, that have about as many calls as a client has."""
    if not whole:
        return whole
    counts = calls["account"].value_counts()
    least = max(LEAST, BUSY * float(counts[counts > 0].median()))
    return {n for n in whole if counts.get(n, 0) >= least}


def _some(names: set[str] | list[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return f"account{'s' if len(listed) > 1 else ''} {', '.join(listed[:SHOWN])}{more}"
