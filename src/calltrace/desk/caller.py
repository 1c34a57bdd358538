"""Everything known of one caller: their calls on every client's line, what came of each, and numbers near theirs.

A caller is one number, however it is written; a local part of it (seven digits) may be several, and all are told.
Numbers one slip away are shown beside, never mixed in: they are other callers unless somebody knows better.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.classes import dataclass
from calltrace.desk.find import (
    MESSAGE_WITHIN,
    caller_mask,
    only_perhaps,
    searched,
    with_messages,
    with_wait,
)
from calltrace.desk.of_store import looked_through, rows_with, written
from calltrace.diagnosis import accounts
from calltrace.diagnosis.board import board
from calltrace.diagnosis.caller import HIDDEN, is_hidden, slips
from calltrace.diagnosis.profile import Profile
from calltrace.errors import UsageError
from calltrace.tables import national, phones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calltrace.intake.store import Store
    from calltrace.tables.case import Case


@dataclass(frozen=True)
class Known:
    """What is known of a caller.

    ``caller`` is what was asked, ``callers`` are the numbers that fit it, as the records have them. ``calls`` are all
    of theirs in order of time, with ``wait_s``, ``message_id`` and ``priority``. ``by_account``: ``account, name,
    calls, answered, first, last``, most calls first. ``names``: ``caller_name, calls``. ``messages`` are those taken
    on their calls, each with its ``state`` (:mod:`calltrace.diagnosis.board`; NA where no deliveries are on file),
    ``first_at`` and ``reached_at``. ``near``: ``ani, calls, accounts, first, last`` of the numbers one slip away.
    ``searched`` counts the calls looked through. ``perhaps``: the numbers that fit have no area's code and may be
    another's. Instants UTC; ``zone`` is the service's.
    """

    caller: str
    callers: tuple[str, ...]
    zone: str
    calls: pd.DataFrame
    by_account: pd.DataFrame
    names: pd.DataFrame
    messages: pd.DataFrame
    near: pd.DataFrame
    searched: int
    withheld: int
    logs_unanswered: bool
    perhaps: bool = False
    case: Case | None = field(default=None, repr=False, compare=False)


def known(case: Case, caller: str, *, profile: Profile | None = None) -> Known:
    """Return everything known of a caller; ``withheld`` (anonymous, private) asks for all calls without a number.

    Raises
    ------
    UsageError
        What was given is no number.
    """
    hidden = is_hidden(caller)
    number = phones.one(caller)
    if not hidden and (number is None or sum(c.isdigit() for c in caller) < 3):
        raise UsageError(f"{caller!r} is no number", expected="a caller's number, in any way of writing, or withheld")
    every = case.calls
    mask = caller_mask(every["ani"], caller)
    calls = with_messages(case, with_wait(every[mask].reset_index(drop=True)))
    numbers = tuple(sorted(calls["ani"].dropna().unique()))
    others: Iterable[str] = () if hidden else every.loc[~mask, "ani"].dropna().unique()  # nothing is near to no number
    near = slips(others, numbers[0] if len(numbers) == 1 else caller)
    return Known(
        caller=HIDDEN if hidden else caller,
        callers=numbers,
        zone=case.zone,
        calls=calls.sort_values(["offered_at", "call_id"], kind="stable", ignore_index=True),
        by_account=_by_account(case, calls),
        names=_names(calls),
        messages=_messages(case, calls, profile or Profile()),
        near=_near(every[every["ani"].isin(near)]),
        searched=searched(case),
        withheld=int(every["ani"].isna().sum()),
        logs_unanswered=case.logs_unanswered,
        perhaps=bool(only_perhaps(calls["ani"].dropna(), caller)),
        case=case,
    )


def _by_account(case: Case, calls: pd.DataFrame) -> pd.DataFrame:
    names = accounts.known(case)
    rows = []
    for account, own in calls.groupby("account", dropna=False, sort=True):
        told = None if pd.isna(account) else str(account)
        rows.append(
            {
                "account": told,
                "name": None if told is None else names.get(told, told),
                "calls": len(own),
                "answered": int((own["outcome"] == "answered").sum()),
                "first": own["offered_at"].min(),
                "last": own["offered_at"].max(),
            }
        )
    made = pd.DataFrame(rows, columns=["account", "name", "calls", "answered", "first", "last"])
    return made.sort_values(["calls", "account"], ascending=[False, True], kind="stable", ignore_index=True)


def _names(calls: pd.DataFrame) -> pd.DataFrame:
    counts = (
        calls["caller_name"]
        .dropna()
        .value_counts(sort=False)
        .rename_axis("caller_name")
        .reset_index(name="calls")
    )
    return counts.sort_values(
        ["calls", "caller_name"], ascending=[False, True], kind="stable", ignore_index=True
    )


def _messages(case: Case, calls: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    messages = case.table("messages")
    own = messages[messages["call_id"].isin(calls["call_id"])].sort_values("taken_at", kind="stable")
    if case.has("dispatch") and len(own):
        own = board(case, own, profile)
    else:
        nothing = pd.Series(pd.NA, index=own.index, dtype="string")
        never = pd.Series(pd.NaT, index=own.index, dtype="datetime64[us, UTC]")
        own = own.assign(state=nothing, first_at=never, reached_at=never, recipient=nothing)
    return own.reset_index(drop=True)


def _near(calls: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "ani": str(number),
            "calls": len(own),
            "accounts": ", ".join(sorted({str(a) for a in own["account"].dropna()})),
            "first": own["offered_at"].min(),
            "last": own["offered_at"].max(),
        }
        for number, own in calls.groupby("ani", sort=True)
    ]
    made = pd.DataFrame(rows, columns=["ani", "calls", "accounts", "first", "last"])
    return made.sort_values(["calls", "ani"], ascending=[False, True], kind="stable", ignore_index=True)


def case_of(store: Store, caller: str, *, known: Callable[[Case], Case] = lambda case: case) -> Case:
    """Return of a store what it holds of one caller and of the numbers one slip away."""
    base = store.read(tables=("accounts",))
    exact = written(store, caller, None, None) or []
    number = phones.one(caller)
    dialled = (str(n) for n in store.intervals(columns=("dnis",))["dnis"].dropna().unique())
    whole = {number or "", *national.completed(caller, dialled)}
    nearby = sorted({slip for one in whole if one.startswith("+") for slip in _one_slip(one) | _local_slips(one)})
    if is_hidden(caller):
        calls = store.find()
        calls = calls[calls["ani"].isna()].reset_index(drop=True)
    else:
        calls = store.find(caller=[*exact, *nearby])
    tables = {**base.tables, "calls": calls}
    if len(calls):
        first, last = calls["offered_at"].min(), calls["offered_at"].max() + MESSAGE_WITHIN
        messages = rows_with(store, "messages", "call_id", calls["call_id"].unique().tolist(), first, last)
        tables["messages"] = messages
        ids = messages["message_id"].unique().tolist()
        tables["dispatch"] = rows_with(store, "dispatch", "message_id", ids, first, None)
        of = [str(a) for a in calls["account"].dropna().unique()]
        tables["oncall"] = store.read(tables=("oncall",), account=of).table("oncall")
    return looked_through(store, known(replace(base, tables=tables)))


def _one_slip(number: str) -> set[str]:
    """Return every number one slip away: a digit changed, exchanged, left out or added."""
    digits = number[1:]
    left_out = {f"+{digits[:i]}{digits[i + 1 :]}" for i in range(1, len(digits))}
    added = {f"+{digits[:i]}{d}{digits[i:]}" for i in range(1, len(digits) + 1) for d in "0123456789"}
    return (set(phones.variants(number)) | left_out | added) - {number}


def _local_slips(number: str) -> set[str]:
    """Return every number one slip away of the same length, its area's code left out."""
    return {slip for form in national.local_forms(number) for slip in phones.variants(form)}
