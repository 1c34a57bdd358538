"""Whose silence can't have ended on a day, because there was no call: of the account, or of the number that was silent.

That a day's silence alone may be chance is no end of it, nor is an outage of everybody that takes the day; a call is.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.desk.troubles import KEPT_TO, SILENCES
from calltrace.diagnosis.audit.over import OF_NUMBERS, mute
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.desk.troubles import Trouble
    from calltrace.diagnosis.audit.findings import Standing
    from calltrace.tables.case import Case


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
