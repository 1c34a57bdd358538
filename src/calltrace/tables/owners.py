"""Whose a number is: what the accounts table says of the numbers that are dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.tables.case import in_full
from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
else:
    pd = later("pandas")


def numbers_of(accounts: pd.DataFrame) -> Iterator[tuple[str, str, int]]:
    """Give each number that an account has, the account, and the place of the row, in the table's order."""
    listed = zip(accounts["account"], accounts["numbers"], strict=True)
    for place, (account, numbers) in enumerate(listed):
        for number in [] if pd.isna(numbers) else str(numbers).split(";"):
            yield number, str(account), place


def account_of_number(accounts: pd.DataFrame) -> dict[str, str]:
    """Return the account of each number; one that two accounts claim is nobody's."""
    shared = claimed_twice(accounts)
    return {number: account for number, account, _ in numbers_of(accounts) if number not in shared}


def claimed_twice(accounts: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the numbers that more than one account claims, each with the accounts, as the table has them.

    Examples
    --------
    >>> table = pd.DataFrame({"account": ["1", "2", "3"], "numbers": ["+12125550101", "+12125550101;+12125550102", None]})
    >>> claimed_twice(table), account_of_number(table)
    ({'+12125550101': ('1', '2')}, {'+12125550102': '2'})
    """
    found: dict[str, dict[str, None]] = {}
    for number, account, _ in numbers_of(accounts):
        found.setdefault(number, {}).setdefault(account)
    return {number: tuple(claiming) for number, claiming in found.items() if len(claiming) > 1}


def calls_by_number(calls: pd.DataFrame, accounts: pd.DataFrame | None) -> pd.DataFrame:
    """Give calls that go by the number they dialled the account that number is of.

    So calls go that were read before anybody said whose the number is: no account but the number itself was known.

    Examples
    --------
    >>> table = pd.DataFrame({"account": ["1"], "numbers": ["+12125550101"]})
    >>> read = pd.DataFrame({"account": ["+12125550101", "7"], "dnis": ["+12125550101"] * 2}, dtype="string")
    >>> calls_by_number(read, table)["account"].tolist()
    ['1', '7']
    """
    of = {} if accounts is None else account_of_number(accounts)
    if not of:
        return calls
    account = calls["account"]
    if isinstance(account.dtype, pd.CategoricalDtype) and not account.hasnans:
        if of.keys().isdisjoint(account.cat.categories):
            return calls  # nobody goes by a number that is known: nearly always, and of very many calls that is quickly told
        if _dialled(account, calls["dnis"], of):  # one step for all calls of a number
            made = calls.copy(deep=False)
            made["account"] = renamed(account, of)
            return made
    told = in_full(calls[["account", "dnis"]])
    nameless = told["account"].isna() | (told["account"] == told["dnis"]).fillna(value=False)
    if not nameless.any():
        return calls
    found = told["dnis"].where(nameless).map(of).astype("string")
    return calls.assign(account=found.fillna(told["account"])) if found.notna().any() else calls


def _dialled(account: pd.Series[str], dnis: pd.Series[str], of: Mapping[str, str]) -> bool:
    """Say whether all calls of an account that is a number of somebody's dialled that number; both are categories."""
    if not isinstance(dnis.dtype, pd.CategoricalDtype):
        return False
    names = account.cat.categories
    numbers, of_calls = dnis.cat.categories.get_indexer(names), account.cat.codes.to_numpy()
    owned = names.isin(list(of))[of_calls]
    return bool((numbers[of_calls[owned]] == dnis.cat.codes.to_numpy()[owned]).all())


def renamed(account: pd.Series[str], of: Mapping[str, str]) -> pd.Series[str]:
    """Return a category of accounts, each that is a number of somebody's under the account it is of."""
    names = [of.get(name, name) for name in account.cat.categories]
    known = pd.Index(sorted(set(names)), dtype=account.cat.categories.dtype)
    codes = known.get_indexer(pd.Index(names, dtype=known.dtype))[account.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(codes, categories=known), index=account.index)
