"""What became of every urgent message: the board check, for all accounts at once.

A message's trouble is a fact of its rows, not of chance, so there is no false discovery to hold down; messages of one
account with the same trouble on one local day are one finding.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.board import board
from calltrace.diagnosis.scene import within
from calltrace.tables import times

CAUSE_OF = {
    "not-dispatched": "not-dispatched",
    "late": "dispatched-late",
    "wrong-person": "dispatched-to-wrong-person",
    "changed-later": "on-call-not-updated",
    "all-failed": "delivery-failed",
}

CERTAIN = 9.0
"""Score of a trouble that is on record."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Check the board for the window's urgent messages."""
    messages = within(ground.case.table("messages"), ground.start, ground.end, "taken_at")
    urgent = messages[(messages["priority"] == "urgent").fillna(value=False) & messages["account"].notna()]
    if urgent.empty:
        return []
    seen = board(ground.case, urgent, ground.profile, ground.now)
    troubled = seen[seen["state"].isin(list(CAUSE_OF))].sort_values(["account", "taken_at", "message_id"])
    candidates = []
    for (account, state), rows in troubled.groupby(["account", "state"], sort=True):
        zone = ground.zone(str(account))
        day = times.local(rows["taken_at"], zone).dt.date
        for _, of_day in rows.groupby(day, sort=True):
            end = max(of_day["taken_at"].max(), of_day["first_at"].max()) if of_day["first_at"].notna().any() else (
                of_day["taken_at"].max())
            candidates.append(Candidate(
                screen="dispatch", account=str(account), asked=(str(account),), complaint="dispatch",
                start=of_day["taken_at"].min(), end=end + pd.Timedelta(minutes=1), score=CERTAIN, unit="message",
                causes=(CAUSE_OF[str(state)],), harmed=float(len(of_day)),
                data={"messages": [str(m) for m in of_day["message_id"]]}))
    return candidates


SCREEN = Screen("What became of urgent messages?", ("messages", "dispatch"), run)
