"""Whose silence can't have ended on a day, because there was no call: of the account, or of the number that was silent.

That a day's silence alone may be chance is no end of it, nor is an outage of everybody that takes the day; a call is.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.desk.troubles import KEPT_TO, SILENCES
from calltrace.diagnosis.scene import account_facts
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.desk.troubles import Trouble
    from calltrace.diagnosis.audit.findings import Standing
    from calltrace.tables.case import Case

OF_NUMBERS = frozenset({"some-lines-not-forwarded", "number-down"})
"""Causes of a silence of some of an account's numbers: its other calls say nothing of its end."""

USUAL = timedelta(days=28)
"""Before a trouble began, over which a number's usual calls are counted,"""

LEAST_A_DAY = 1.0
"""and how many a day a number had at least whose silence of a day or two anybody could have found."""


def still_silent(case: Case, standings: Iterable[Standing], open_: Iterable[Trouble], end: pd.Timestamp) -> set[str]:
    """Return the accounts that had no call on a day, and those one of whose numbers has had none since its trouble was told.

    Parameters
    ----------
    case : Case
        The calls of the day, and of the weeks before it.
    standings : iterable of Standing
        Where every account stood at the end of the day.
    open_ : iterable of Trouble
        What the mornings before left open.
    end : Timestamp
        The end of the day, UTC.
    """
    silent = {s.account for s in standings if not s.offered}
    for trouble in open_:
        if trouble.ongoing and trouble.check in SILENCES and trouble.cause in OF_NUMBERS and trouble.scope not in silent:
            found = _since(case, trouble)
            if found < end and mute(case, trouble.scope, pd.Timestamp(trouble.since), found, end):
                silent.add(trouble.scope)
    return silent


def _since(case: Case, trouble: Trouble) -> pd.Timestamp:
    """Return from when on a call says that a trouble is over: since it began, and since the last day it was found on."""
    return max(pd.Timestamp(trouble.since) + KEPT_TO, times.at_wall(datetime.combine(trouble.last, time()), case.zone))


def mute(case: Case, account: str, began: pd.Timestamp, since: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Say whether a number of the account that had calls every day before a trouble began has had none in [since, end)."""
    calls = case.calls_of(account)
    at = calls["offered_at"]
    rang = set(calls.loc[(at >= since) & (at < end), "dnis"].dropna())
    before = calls.loc[(at < began) & (at >= began - USUAL)]
    days = max((min(began - before["offered_at"].min(), USUAL)) / timedelta(days=1), 1.0) if len(before) else 1.0
    usual = before["dnis"].value_counts()
    return any(usual.get(n, 0) >= LEAST_A_DAY * days for n in account_facts(case, account).numbers if n not in rang)
