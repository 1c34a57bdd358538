"""Accounts that a log names otherwise than the accounts table: by the client's name, by a code that was rewritten.

A spreadsheet makes 1590.0 or 001590 of the code 1590, a switch writes its client's name, a report "1590 - Thornton Ltd". Read
as it stands such an account is a client of its own, and the one of the table has no call at all.

- The name of one account alone, and its code with its name, are that account's, as is a code but for capitals.
- A code that only became a figure, or lost that, is its account's unless the numbers dialled say otherwise.
- A code with letters before it (ACCT-1590) is taken for the account's where the numbers dialled say so, or where none of them is
  known and every account of the log is written with the same letters.
- Where a log names no account as the table does, the numbers dialled alone settle it: an account whose calls nearly all
  went to one client's numbers, as no other's did, is that client.

What stays open stays as it is, and is told (:mod:`calltrace.intake.strangers`).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from calltrace.tables import owners
from calltrace.tables.case import in_full
from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
else:
    pd = later("pandas")

LEAST = 3
"""Calls below which the numbers dialled say nothing."""
NEARLY_ALL = 0.9
"""Share of an account's calls that went to one client's numbers from which they say whose it is."""

_FIGURE = re.compile(r"0*(\d+?)(?:[.,]0+)?")
_LETTERED = re.compile(r"([^\W\d_]{1,12})[\s._#:/-]*0*(\d+)")

Dialled = dict[str, Counter[str]]
"""By account as written, how many of its calls went to the numbers of which account of the table; '' for nobody's."""


def strangers(names: Iterable[object], accounts: pd.DataFrame | None) -> set[str]:
    """Return those names of accounts, NA apart, that are no account of the table; none where there is no table."""
    if accounts is None or accounts.empty:
        return set()
    return {str(name) for name in names if isinstance(name, str)}.difference(accounts["account"])


def meant(accounts: pd.DataFrame, written: Iterable[str], dialled: Dialled | None = None) -> dict[str, str]:
    """Return the account of the table that each name stands for, of those names that are none and that can be told.

    Parameters
    ----------
    accounts : DataFrame
        The accounts table.
    written : iterable of str
        Every account that one log names.
    dialled : dict, optional
        Whose numbers their calls were made to (:func:`dialled_by`).

    Examples
    --------
    >>> table = pd.DataFrame({"account": ["1590", "1612"], "name": ["Thornton Ltd", "Tidewater"], "numbers": [None, None]})
    >>> meant(table, ["1590.0", "tidewater", "1612 - Tidewater", "77"])
    {'1590.0': '1590', '1612 - Tidewater': '1612', 'tidewater': '1612'}
    >>> meant(table, ["ACCT-1590", "ACCT-1612"])
    {'ACCT-1590': '1590', 'ACCT-1612': '1612'}
    """
    every = set(written)
    listed = [str(a) for a in accounts["account"].dropna()]
    unknown = sorted(every.difference(listed))
    if not unknown:
        return {}
    said = dialled or {}
    found = _by_name(accounts, unknown)
    found |= _by_figure(listed, [n for n in unknown if n not in found], said)
    found |= _by_letters(listed, [n for n in unknown if n not in found], every, said)
    if every.isdisjoint(listed):
        codes = {_lettered(a)[1] for a in listed} - {""}  # who goes by another's code is told, not settled
        rest = _by_number([n for n in unknown if n not in found and _lettered(n)[1] not in codes], said)
        found |= {name: account for name, account in rest.items() if account not in found.values()}
    return dict(sorted(found.items()))


def _folded(text: object) -> str:
    return " ".join(text.casefold().split()) if isinstance(text, str) else ""


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what only one account is written as."""
    by: dict[str, set[str]] = {}
    for key, account in pairs:
        if key:
            by.setdefault(key, set()).add(account)
    return {key: next(iter(those)) for key, those in by.items() if len(those) == 1}


def _by_name(accounts: pd.DataFrame, unknown: list[str]) -> dict[str, str]:
    rows = [(str(a), _folded(a), _folded(n)) for a, n in zip(accounts["account"], accounts["name"], strict=True)]
    both = [(f"{one} {other}", a) for a, code, name in rows if name for one, other in ((code, name), (name, code))]
    known = _single([(code, a) for a, code, _ in rows] + [(name, a) for a, _, name in rows] + [
        (_words(text), a) for text, a in both])
    found = {}
    for name in unknown:
        text = _folded(name)
        account = known.get(text) or (known.get(_words(text)) if any(ch.isdigit() for ch in text) else None)
        if account:
            found[name] = account
    return found


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text))


def _figure(text: str) -> str:
    whole = _FIGURE.fullmatch(text.strip())
    return whole[1] if whole else ""


def _by_figure(listed: list[str], unknown: list[str], dialled: Dialled) -> dict[str, str]:
    known = _single((_figure(a), a) for a in listed)
    found = {name: known[_figure(name)] for name in unknown if _figure(name) in known}
    return {name: account for name, account in found.items() if _whose(dialled.get(name)) in {"", account}}


def _lettered(text: str) -> tuple[str, str]:
    parts = _LETTERED.fullmatch(text.strip())
    return (parts[1].casefold(), parts[2]) if parts else ("", _figure(text))


def _by_letters(listed: list[str], unknown: list[str], every: set[str], dialled: Dialled) -> dict[str, str]:
    """Return whose codes are the same but for letters before them, on one of the two sides."""
    known = _single((_lettered(a)[1], a) for a in listed)
    theirs = Counter(_lettered(name)[1] for name in every)
    found = {}
    for name in unknown:
        letters, code = _lettered(name)
        account = known.get(code, "")
        if account and theirs[code] == 1 and bool(letters) != bool(_lettered(account)[0]):
            found[name] = account
    whole = len(found) == len(every) > 1 and len({_lettered(n)[0] for n in every}) == 1
    open_ = whole and not any(_whose(dialled.get(name)) for name in every)
    return {name: account for name, account in found.items() if open_ or _whose(dialled.get(name)) == account}


def _by_number(unknown: list[str], dialled: Dialled) -> dict[str, str]:
    known = _single((_whose(dialled.get(name)), name) for name in unknown)
    return {name: account for account, name in known.items()}


def _whose(calls: Counter[str] | None) -> str:
    """Return the account to whose numbers nearly all calls went, '' where that can't be said."""
    if not calls or calls.total() < LEAST:
        return ""
    account, most = calls.most_common(1)[0]
    return account if most >= NEARLY_ALL * calls.total() else ""


def dialled_by(calls: pd.DataFrame, unknown: Iterable[str], of_number: Mapping[str, str]) -> Dialled:
    """Count whose numbers the calls of some accounts were made to."""
    if "dnis" not in calls.columns:
        return {}
    some = calls.loc[calls["account"].isin(list(unknown)), ["account", "dnis"]]
    counted = in_full(some).dropna().value_counts().reset_index(name="n")
    found: Dialled = {}
    for account, number, n in zip(counted["account"], counted["dnis"], counted["n"], strict=True):
        found.setdefault(str(account), Counter())[of_number.get(str(number), "")] += int(n)
    return found


def names_in(calls: pd.DataFrame) -> list[object]:
    """Return the accounts that calls stand under, each once; quickly where they are categories."""
    account = calls["account"]
    if isinstance(account.dtype, pd.CategoricalDtype):
        return account.cat.categories.tolist()
    return account.unique().tolist()


def of_calls(calls: pd.DataFrame, accounts: pd.DataFrame | None) -> dict[str, str]:
    """Return the account that each name of some calls' accounts stands for, as :func:`meant` does."""
    if accounts is None or "account" not in calls.columns:
        return {}
    names = names_in(calls)
    of_number = owners.account_of_number(accounts) if (unknown := strangers(names, accounts)) else {}
    unknown = unknown.difference(of_number)  # who goes by a number is known by it
    if not unknown:
        return {}
    every = [name for name in names if isinstance(name, str) and name not in of_number]
    return meant(accounts, every, dialled_by(calls, unknown, of_number))


def renamed(frame: pd.DataFrame, names: Mapping[str, str], column: str = "account") -> pd.DataFrame:
    """Return the rows with the accounts that their names stand for; the very same frame where none is meant."""
    if not names or column not in frame.columns:
        return frame
    values = frame[column]
    if isinstance(values.dtype, pd.CategoricalDtype):
        if values.cat.categories.isin(list(names)).any():
            return frame.assign(**{column: owners.renamed(values, names)})
        return frame
    touched = values.isin(list(names))
    if not touched.any():
        return frame
    return frame.assign(**{column: values.astype("string").where(~touched, values.map(names).astype("string"))})


def calls_known(calls: pd.DataFrame, accounts: pd.DataFrame | None) -> pd.DataFrame:
    """Return calls that were read before the accounts table was there under the accounts that their names stand for."""
    return renamed(calls, of_calls(calls, accounts))
