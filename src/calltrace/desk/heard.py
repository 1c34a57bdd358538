"""Calls that were on record in the mornings before, and are no more: part of the records was not read.

A client may have no call for weeks, and its past ones stay on record all the while. Where the records still reach over the
time of an account's last known call, and hold none of the account's at all, it is the records that have changed: a switch's
log was taken away, or came so that it could not be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.diagnosis.words import count

if TYPE_CHECKING:
    from calltrace.tables.case import Case

NAMED = 5
"""Accounts that are named."""


def last_calls(case: Case) -> dict[str, datetime]:
    """Return when the last call of every account came in that has one at hand, UTC."""
    numbers, names = case.codes("account")
    known = numbers >= 0
    at = case.calls["offered_at"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    last = np.full(len(names), np.iinfo(np.int64).min)
    np.maximum.at(last, numbers[known], at[known])
    return {n: pd.Timestamp(t, unit="us", tz="UTC").to_pydatetime() for n, t in zip(names, last.tolist(), strict=True)}


def lost(case: Case, heard: Mapping[str, datetime]) -> str:
    """Say which accounts' calls were on record before and are no more, '' where there are none.

    Only accounts that are in the accounts table count: another id may have taken the place of one that is not.

    Parameters
    ----------
    heard : mapping of str to datetime
        When the last call of an account was, by the records of the mornings before, UTC.
    """
    at = case.calls["offered_at"]
    if at.empty:
        return ""
    table = case.table("accounts").dropna(subset=["account"])
    names = dict(zip(table["account"].astype(str), table["name"].fillna(table["account"]).astype(str), strict=True))
    seen = {*case.codes("account")[1], *case.extent.accounts}
    gone = sorted(a for a, last in heard.items() if a in names and a not in seen and at.iloc[0] <= last <= at.iloc[-1])
    if not gone:
        return ""
    told = ", ".join(f"{names[a]} ({a})" for a in gone[:NAMED]) + (f" and {len(gone) - NAMED} more" if len(gone) > NAMED else "")
    return (
        f"Calls of {count(len(gone), 'account')} that were on record the mornings before are no more: {told}. Look whether"
        " all of the switches' logs are there; calltrace inspect tells which could not be read.")
