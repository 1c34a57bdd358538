"""Numbers dialled that a log writes by their last digits alone, read as the accounts table has them.

A carrier hands a call over with seven digits of the number, or with the four that tell the lines of one range apart, and
the switch logs what it got. Such calls are nobody's by the accounts table, and every client of it seems silent.

- Six digits and more are a number where one number of the table alone ends so.
- Of four and five, which may be an extension or a queue as well, that holds only where nearly all numbers dialled in the log
  have as many, and nearly all of those are the end of a number of the table.
- A whole number of the log that ends so too, and is not that one, speaks against it: whose the call was is left open then.

What is joined so is said, and no absence is confirmed by it (:mod:`calltrace.diagnosis.bounds.by_digits`); what is not is told
as of other strangers (:mod:`calltrace.intake.strangers`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.tables import known_as, national, owners, phones
from calltrace.tables.case import in_full
from calltrace.tables.later import later
from calltrace.tables.overlay import overlay
from calltrace.tables.problems import Problem, location_of
from calltrace.tables.schema import TABLES
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.tables.case import Case
else:
    pd = later("pandas")

ALONE = national.ALIKE
"""Last digits from which they say whose the number is, whatever else the log has."""
NEARLY_ALL = known_as.NEARLY_ALL
"""Share of the calls whose numbers must have as few digits, and of those that must be known, where fewer are written."""
SHOWN = 3
"""Numbers that are named of many."""
KIND = "last-digits"

_SHORT = re.compile(r"(?:\+1)?([2-9][0-9]{6})|([0-9]{4,8})")
"""Digits of a number's end; seven of them with a +1 before, as stores once had them."""


def candidates(names: Iterable[object], accounts: pd.DataFrame | None) -> set[str]:
    """Return those accounts of a log's that are no account of the table, nor a number of it, but may be the end of one."""
    found = {n for n in names if isinstance(n, str) and _SHORT.fullmatch(n)}
    if not found or accounts is None or accounts.empty:
        return set()
    return found.difference(accounts["account"], (number for number, _, _ in owners.numbers_of(accounts)))


def meant(short: Iterable[str], dialled: Counter[str], accounts: pd.DataFrame) -> dict[str, str]:
    """Return the whole number of the table that each of the short ones is, of those that can be told.

    Parameters
    ----------
    short : iterable of str
        Numbers as the log has them (:func:`candidates`).
    dialled : Counter
        All numbers dialled in the log, and how often.
    accounts : DataFrame
        The accounts table.

    Examples
    --------
    >>> table = pd.DataFrame({"account": ["1", "2"], "numbers": ["+15855550142", "+17165550167"]})
    >>> meant(["5550142", "5550199"], Counter(["5550142", "5550199"]), table)
    {'5550142': '+15855550142'}
    >>> meant(["0142", "0167"], Counter(["0142", "0167"]), table)
    {'0142': '+15855550142', '0167': '+17165550167'}
    >>> meant(["0142"], Counter(["0142", "2101", "17"]), table), meant(["5550142"], Counter(["+12125550142"]), table)
    ({}, {})
    """
    short = {one: _digits(one) for one in short}
    sizes = {len(end) for end in short.values()}
    listed = _by_end((number for number, _, _ in owners.numbers_of(accounts)), sizes)
    owned = owners.account_of_number(accounts)
    whole = _by_end((n for n in dialled if n.startswith("+") and not national.is_local(n)), sizes)
    found, known = {}, set()
    for one, end in short.items():
        ending = {n for n in listed[end] if len(national.digits_of(n)) > len(end)}
        if ending:
            known.add(one)
        if len(ending) == 1 and ending <= owned.keys() and not whole[end] - ending:
            found[one] = ending.pop()
    sizes = {n for n in {len(_digits(one)) for one in found} if n >= ALONE or _all_of_length(n, dialled, known)}
    return {one: number for one, number in sorted(found.items()) if len(_digits(one)) in sizes}


def _by_end(numbers: Iterable[str], sizes: Iterable[int]) -> defaultdict[str, set[str]]:
    """Return numbers by their last digits, of every number of digits asked for."""
    found = defaultdict[str, set[str]](set)
    for number in numbers:
        for size in sizes:
            found[number[-size:]].add(number)
    return found


def _digits(short: str) -> str:
    return short.removeprefix("+1") if short.startswith("+") else short


def _all_of_length(length: int, dialled: Counter[str], known: set[str]) -> bool:
    """Say whether nearly all numbers dialled have so many digits, and nearly all of those are the end of a known one."""
    alike = sum(n for number, n in dialled.items() if len(number) == length and number.isdigit())
    those = sum(n for number, n in dialled.items() if number in known and len(number) == length)
    return alike >= NEARLY_ALL * dialled.total() and those >= NEARLY_ALL * alike


def of_calls(calls: pd.DataFrame, accounts: pd.DataFrame | None, beside: Iterable[str] = ()) -> dict[str, str]:
    """Return the whole numbers of those that calls go by which name no account; ``beside`` are accounts of other calls.

    ``calls`` may be counts of calls as well, how many each row stands for in ``offered``.
    """
    if accounts is None or not {"account", "dnis"} <= {*calls.columns}:
        return {}
    names = known_as.names_in(calls)
    short = candidates({*names, *beside}, accounts)
    if not short:
        return {}
    counted = "offered" in calls.columns
    counts = calls.groupby("dnis", observed=True)["offered"].sum() if counted else calls["dnis"].value_counts()
    dialled = Counter(dict(zip(map(str, counts.index), map(int, counts), strict=True)))
    return meant((one for one in short if one in dialled or one not in names), dialled, accounts)


def joined(
    calls: pd.DataFrame, numbers: Mapping[str, str], owned: Mapping[str, str]
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return calls with those that go by one of the short numbers under its account and whole, and which these are."""
    told = in_full(calls[["account", "dnis"]])
    rows = (told["account"].isin(list(numbers)) & (told["account"] == told["dnis"])).fillna(value=False)
    if rows.any():
        whole = told["dnis"].where(rows).map(numbers).astype("string")
        made = {"dnis": whole.fillna(told["dnis"]), "account": whole.map(owned).astype("string").fillna(told["account"])}
        coded = (name for name in made if isinstance(calls[name].dtype, pd.CategoricalDtype))
        calls = calls.assign(**made | {name: made[name].astype("category") for name in coded})
    return calls, rows.to_numpy(dtype=bool)


def ends_of(account: str, accounts: pd.DataFrame) -> list[str]:
    """Return every way a log may write an account's numbers by their last digits.

    Examples
    --------
    >>> table = pd.DataFrame({"account": ["1", "2"], "numbers": ["+15855550142", "+17165550167"]})
    >>> ends_of("1", table)
    ['+15550142', '0142', '50142', '550142', '5550142', '55550142']
    """
    own = [national.digits_of(n) for n, whose, _ in owners.numbers_of(accounts) if whose == account]
    ends = {digits[-n:] for digits in own for n in range(4, phones.LOCAL_MOST + 1) if len(digits) > n}
    return sorted(ends | {f"+1{digits[-7:]}" for digits in own if len(digits) > phones.LOCAL_MOST})


def settled(case: Case, accounts: pd.DataFrame | None = None) -> Case:
    """Return a Case with calls that go by a number's last digits under the account it is of, and their numbers whole.

    ``accounts`` are known beside those of the Case, and go before them. The Case says of which numbers that holds.
    """
    table = case.tables.get("accounts")
    if accounts is not None:
        table = overlay(table, accounts, TABLES["accounts"])
    if table is None or "calls" not in case.tables:
        return case
    calls = case.tables["calls"]
    beside = frozenset[str]() if case.slice_of is None else case.slice_of.accounts
    numbers = of_calls(calls, table, beside)
    if not numbers:
        return case
    owned = owners.account_of_number(table)
    calls, rows = joined(calls, numbers, owned)
    note = _note(case, np.flatnonzero(rows), numbers, owned)
    return replace(
        case,
        tables={**case.tables, "calls": calls},
        problems=(*(p for p in case.problems if p.kind != KIND), *note),
        sources=tuple(
            replace(s, problems=(*s.problems, *note)) if note and s.table == "calls" and s.path == note[0].at.file else s
            for s in case.sources),
        slice_of=None if case.slice_of is None else replace(
            case.slice_of, accounts=frozenset(owned[numbers[a]] if a in numbers else a for a in beside)),
        short_of=case.short_of | {number: one for one, number in numbers.items()},
        cache={key: value for key, value in case.cache.items() if key in KEPT},
    )


KEPT = ("now",)
"""What of a Case's cache holds whatever its calls are."""


def _note(case: Case, rows: np.ndarray, numbers: dict[str, str], owned: dict[str, str]) -> list[Problem]:
    if not len(rows):
        return []
    calls = case.tables["calls"]
    some = ", ".join(f"{one} as {number} of account {owned[number]}" for one, number in [*numbers.items()][:SHOWN])
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return [Problem(
        location_of(calls.iloc[int(rows[0])]),
        visible(f"{len(rows):,} of {len(calls):,} calls have the number dialled by its last digits alone, read as the one number"
                f" of the accounts table that ends so: {some}{more}"),
        "whole numbers",
        "Have the switch log them whole, or the carrier send them so: of another number that ends alike nothing could be told.",
        table="calls", effect="noted", rows=0, kind=KIND)]
