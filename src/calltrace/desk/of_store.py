"""Reading of a store only what a lookup can be answered from: among millions of calls it takes no longer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.desk import people
from calltrace.desk.find import LAST, MESSAGE_WITHIN, SEARCHED, Wanted, window
from calltrace.diagnosis import accounts
from calltrace.diagnosis.caller import is_from
from calltrace.diagnosis.scene import account_zones
from calltrace.errors import InputError, UnknownAccountError
from calltrace.intake import last_digits
from calltrace.tables import national, owners, phones
from calltrace.tables.masking import NATIONAL
from calltrace.tables.schema import CALLS, TABLES, conform, empty

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calltrace.intake.store import Store
    from calltrace.tables.case import Case


def case_of(store: Store, wanted: Wanted, *, known: Callable[[Case], Case] = lambda case: case) -> Case:
    """Return of a store only what the filters of :func:`calltrace.desk.find.find` can be asked of.

    The time, the account, the agent, the number dialled and the caller narrow what is read; every other filter is
    asked of that. Messages are those of the calls read. ``known`` adds to a Case what is known beside the store (the
    configuration's accounts).

    Raises
    ------
    UsageError, InputError
        As :func:`calltrace.desk.find.find` does.
    """
    base = known(store.read(tables=("accounts",)))
    account = ""
    if wanted.account:
        try:
            account = accounts.resolve(replace(base, cache={}), wanted.account)  # what it notes is of no calls
        except UnknownAccountError:
            seen = store.intervals(columns=("account", "dnis")).drop_duplicates()
            account = accounts.resolve(
                replace(base, tables={**base.tables, "calls": conform(seen, CALLS)}, cache={}), wanted.account
            )
    zone = account_zones(base).get(account, base.zone) if account else base.zone
    start, end = window(base, wanted, zone, last=last_of(store))
    where: dict[str, str | Sequence[str]] | None = None
    if wanted.number:
        dialled = (str(n) for n in store.intervals(columns=("dnis",))["dnis"].dropna().unique())
        where = {"dnis": national.meant(wanted.number, dialled) or phones.one(wanted.number) or wanted.number}
    ends = last_digits.ends_of(account, base.table("accounts")) if account else []
    look = partial(
        store.find,
        account=[account, *ends] if account else None,
        caller=written(store, wanted.caller, start, end),
        start=start,
        end=end,
        where=where,
    )
    calls = look(agent=wanted.agent or None)
    beside: dict[str, tuple[str, ...]] = {}
    if wanted.agent and calls.empty:
        beside["agent"] = (_agent(store, wanted.agent, start, end),)
        calls = look(agent=beside["agent"][0])
    if wanted.trunk_group and not (calls["trunk_group"] == wanted.trunk_group).any():
        beside["trunk_group"] = tuple(store.intervals(columns=("trunk_group",))["trunk_group"].dropna().unique())
    if ends:
        calls = _whole(store, calls, account, base.table("accounts"))
    tables = {**base.tables, "calls": calls}
    if len(calls):
        span = (calls["offered_at"].min(), calls["offered_at"].max() + MESSAGE_WITHIN)
        tables["messages"] = rows_with(
            store, "messages", "call_id", calls["call_id"].unique().tolist(), *span
        )
    found = looked_through(store, known(replace(base, tables=tables)), start, end)
    found.cache.update({f"{people.KNOWN}{column}": names for column, names in beside.items()})
    return found


def _whole(store: Store, calls: pd.DataFrame, account: str, known: pd.DataFrame) -> pd.DataFrame:
    """Return the account's calls, those that go by the last digits of its numbers as such: the others are of somebody else."""
    if not len(calls) or (calls["account"] == account).all():
        return calls
    seen = store.intervals(columns=("account", "dnis", "offered"))
    calls, _ = last_digits.joined(calls, last_digits.of_calls(seen, known), owners.account_of_number(known))
    return calls[(calls["account"] == account).to_numpy(dtype=bool, na_value=False)].reset_index(drop=True)


def _agent(store: Store, wanted: str, start: pd.Timestamp | None, end: pd.Timestamp | None) -> str:
    """Return the agent that is meant: one of those with calls in [start, end), else anybody the store knows."""
    try:
        return people.which("agent", wanted, _values(store, "calls", "agent", start, end))
    except InputError:
        tables = ("calls", "agents", "messages")
        return people.which("agent", wanted, {a for t in tables for a in _values(store, t, "agent", None, None)})


def looked_through(
    store: Store, case: Case, start: pd.Timestamp | None = None, end: pd.Timestamp | None = None
) -> Case:
    """Note in a Case read for a lookup what was looked through: where the records end, how many calls; return it."""
    first = "" if start is None else f"{start.tz_convert('UTC'):%Y-%m-%d}"
    last = "9999" if end is None else f"{end.tz_convert('UTC'):%Y-%m-%d}"
    case.cache[LAST] = last_of(store)
    case.cache[SEARCHED] = sum(part.rows for part in store.state().of("calls", first, last))
    return case


def last_of(store: Store) -> pd.Timestamp | None:
    """Return the last instant the switch itself speaks of in a store, by its calls or its interval counts."""
    state = store.state()
    lasts = [part.last for table in ("calls", "kpi") for part in state.of(table) if part.last is not None]
    return pd.Timestamp(max(lasts), unit="us", tz="UTC").as_unit("us") if lasts else None


def rows_with(  # noqa: PLR0917 -- a span's two ends are one thing
    store: Store,
    table: str,
    column: str,
    values: Sequence[str],
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Return the rows of a store's table with one of these values in a column, of the days of [start, end)."""
    dataset = store.dataset(table, start, end)
    if not dataset.files or not values:
        return empty(TABLES[table])
    import pyarrow.dataset as ds  # noqa: PLC0415 - 30 ms that most lookups need not pay

    return conform(dataset.to_table(filter=ds.field(column).isin(list(values))).to_pandas(), TABLES[table])


def written(
    store: Store, caller: str, start: pd.Timestamp | None, end: pd.Timestamp | None
) -> list[str] | None:
    """Return every way the store may have a caller's number; None where none was asked for."""
    if not caller or caller.strip().casefold() in phones.WITHHELD:
        return None
    cleaned, said = phones.one(caller), "".join(c for c in caller if c.isdigit())
    if cleaned is None or not said:
        return None
    if len(said) < NATIONAL and not caller.strip().startswith(
        "+"
    ):  # a part of a number: all of them are looked at
        numbers = pd.Series(_values(store, "calls", "ani", start, end), dtype="string")
        return [str(n) for n in numbers[is_from(numbers, caller)]]
    digits = cleaned.lstrip("+")
    usual = {cleaned, said, digits, digits[-NATIONAL:], f"1{digits[-NATIONAL:]}", f"+1{digits[-NATIONAL:]}"}
    return sorted(usual | national.written(caller) | national.local_forms(cleaned))


def _values(
    store: Store, table: str, column: str, start: pd.Timestamp | None, end: pd.Timestamp | None
) -> list[str]:
    """Return the distinct values of a column of a store."""
    dataset = store.dataset(table, start, end)
    if not dataset.files:
        return []
    seen: set[str] = set()
    for batch in dataset.to_batches(columns=[column]):
        seen.update(v for v in batch[column].unique().to_pylist() if v is not None)
    return sorted(seen)
