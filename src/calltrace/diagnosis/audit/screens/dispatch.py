"""What became of every urgent message: the board check, for all accounts at once.

A message's trouble is a fact of its rows, not of chance, so there is no false discovery to hold down; messages of one
account with the same trouble on one local day are one finding. Where messages of several accounts went out late in the
same hours, more of them than chance brings, the service was late and not the account's messages: one trouble of all of
them, of which each account's own is a symptom. So are messages of several accounts that one agent took and that were never
sent, or went to the wrong person, far more of that agent's than of the others', and messages of several that the same way of
sending could not deliver (:mod:`calltrace.diagnosis.ways`). Any other is told by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calltrace.diagnosis import ways
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._base import Screen
from calltrace.diagnosis.audit.screens._scan import ASKED
from calltrace.diagnosis.board import board
from calltrace.diagnosis.checks._chance import after_looking, score, share_tail
from calltrace.diagnosis.diagnosis import Hit
from calltrace.diagnosis.scene import within
from calltrace.diagnosis.words import count, length
from calltrace.tables import times

CAUSE_OF = {
    "not-dispatched": "not-dispatched",
    "late": "dispatched-late",
    "wrong-person": "dispatched-to-wrong-person",
    "changed-later": "on-call-not-updated",
    "other-address": "dispatched-to-wrong-person",
    "all-failed": "delivery-failed",
}

CERTAIN = 9.0
"""Score of a trouble that is on record."""

TOGETHER = pd.Timedelta(hours=1)
"""Late messages taken less than this apart are of the same hours."""

LEAST_ACCOUNTS = 3
"""Accounts whose messages must be late in the same hours for it to be the service's trouble."""

LOOKS_A_DAY = 24.0
"""Stretches of hours in a day that late messages could have come together in."""

PRIOR = (1.0, 20.0)
"""Late messages, of how many, that are usual where the window holds few others."""

IN_COMMON = 0.02
"""Correlation of two messages' lateness on an ordinary day."""

MOSTLY = 0.8
"""Part of the late messages that one agent must have taken to be named."""


ONE_HAND = {"not-dispatched": "were never sent out", "wrong-person": "went to somebody who was not on call"}
"""What one agent may do with the messages of many accounts, and how it is told."""

MOSTLY_ITS = 0.5
"""Part of an agent's messages that must have gone astray for it to be how that agent works."""

LEAST_SCORE = 3.0
"""Score from which an agent's messages went astray more often than others' by no chance."""


def run(ground: Ground, _found: Sequence[Candidate]) -> list[Candidate]:
    """Check the board for the window's urgent messages."""
    messages = within(ground.case.table("messages"), ground.start, ground.end, "taken_at")
    urgent = messages[(messages["priority"] == "urgent").fillna(value=False) & messages["account"].notna()]
    if urgent.empty:
        return []
    seen = board(ground.case, urgent, ground.profile, ground.now)
    troubled = seen[seen["state"].isin(list(CAUSE_OF))].sort_values(["account", "taken_at", "message_id"])
    candidates = _together(ground, seen) + _of_agents(ground, seen) + _of_ways(ground, seen)
    for (account, state), rows in troubled.groupby(["account", "state"], sort=True):
        zone = ground.zone(str(account))
        day = times.local(rows["taken_at"], zone).dt.date
        candidates.extend(
            Candidate(
                screen="dispatch", account=str(account), asked=(str(account),), complaint="dispatch",
                start=of_day["taken_at"].min(), end=_over(of_day), score=CERTAIN, unit="message",
                causes=(CAUSE_OF[str(state)],), harmed=float(len(of_day)),
                says=_late(of_day) if state == "late" and len(of_day) > 1 else "",
                data={"messages": [str(m) for m in of_day["message_id"]]})
            for _, of_day in rows.groupby(day, sort=True))
    return candidates


def _over(rows: pd.DataFrame) -> pd.Timestamp:
    """Return when the last of some messages was taken, or first tried to be delivered."""
    last = pd.Timestamp(rows["taken_at"].max())
    tried = rows["first_at"].dropna()
    return max(last, pd.Timestamp(tried.max()) if len(tried) else last) + pd.Timedelta(minutes=1)


def _late(rows: pd.DataFrame) -> str:
    """Tell of some late messages how many they are, and how late the latest was."""
    lag = rows["lag_min"].to_numpy(dtype=float)
    worst = int(lag.argmax())
    after, allowed = (
        length(pd.Timedelta(minutes=round(float(m)))) for m in (lag[worst], rows["limit_min"].iloc[worst]))
    return (f"{count(len(rows), 'urgent message')} went out late, the latest {after} after it was taken where {allowed}"
            " are allowed")


def _together(ground: Ground, seen: pd.DataFrame) -> list[Candidate]:
    """Return the stretches of hours in which far more messages than usual, of several accounts, went out late."""
    seen = seen.sort_values(["taken_at", "message_id"])
    late = seen[seen["state"] == "late"]
    candidates = []
    for _, rows in late.groupby((late["taken_at"].diff() > TOGETHER).cumsum(), sort=True):
        if rows["account"].nunique() < LEAST_ACCOUNTS:
            continue
        first, last = rows["taken_at"].iloc[0], rows["taken_at"].iloc[-1]
        taken = seen[(seen["taken_at"] >= first) & (seen["taken_at"] <= last)]
        usual = (len(late) - len(rows) + PRIOR[0]) / (len(seen) - len(taken) + PRIOR[1])
        # the first and the last are late because the stretch begins and ends with them
        chance = share_tail(len(rows) - 2, len(taken) - 2, float(usual), IN_COMMON)
        others = set(taken.loc[taken["state"].isin(set(CAUSE_OF) - {"late"}), "account"])
        hits = [
            Hit(str(account), ground.names.get(str(account), str(account)), 0.0, float(len(own)), _late(own))
            for account, own in rows.groupby("account", sort=True)]
        hits.sort(key=lambda h: (-(h.observed or 0.0), h.account))
        asked = sorted(hits, key=lambda h: h.account in others)[:ASKED]
        many, of = count(rows["account"].nunique(), "account"), len(taken)
        agent = _agent(rows, taken)
        told = f"; {agent} took {int((rows['agent'] == agent).sum())} of them" if agent else ""
        candidates.append(Candidate(
            screen="dispatch", account=None, asked=tuple(h.account for h in asked), complaint="dispatch",
            start=first, end=_over(rows), score=score(after_looking(chance, LOOKS_A_DAY)), unit="platform-day",
            causes=("dispatched-late",), harmed=float(len(rows)), margin=pd.Timedelta(0), hits=tuple(hits),
            says=f"{_late(rows)}: {len(rows)} of the {of} taken in that time, of {many}{told}",
            data={"messages": [str(m) for m in rows["message_id"]], **({"agent": agent} if agent else {})}))
    return candidates


def _of_agents(ground: Ground, seen: pd.DataFrame) -> list[Candidate]:
    """Return each agent whose messages, of several accounts, went astray far more often than the others' did."""
    candidates = []
    for state, did in ONE_HAND.items():
        for agent, its in seen.dropna(subset=["agent"]).sort_values(["taken_at", "message_id"]).groupby("agent", sort=True):
            rows, rest = its[its["state"] == state], seen[seen["agent"] != agent]
            if rows["account"].nunique() < LEAST_ACCOUNTS:
                continue
            usual = (float((rest["state"] == state).sum()) + PRIOR[0]) / (len(rest) + PRIOR[1])
            strength = score(after_looking(
                share_tail(len(rows), len(its), usual, IN_COMMON), float(seen["agent"].nunique())))
            if len(rows) < MOSTLY_ITS * len(its) or strength < LEAST_SCORE:
                continue
            hits = [Hit(str(a), ground.names.get(str(a), str(a)), None, float(n), f"{count(n, 'urgent message')} {did}")
                    for a, n in rows["account"].value_counts().sort_index().items()]
            hits.sort(key=lambda h: (-(h.observed or 0.0), h.account))
            candidates.append(Candidate(
                screen="dispatch", account=None, asked=tuple(h.account for h in hits[:ASKED]), complaint="dispatch",
                start=rows["taken_at"].iloc[0], end=_over(rows), score=strength, unit="platform-day",
                causes=(CAUSE_OF[state],), harmed=float(len(rows)), margin=pd.Timedelta(0), hits=tuple(hits),
                says=f"{len(rows)} of {count(len(its), 'urgent message')} that {agent} took {did}, of"
                     f" {count(rows['account'].nunique(), 'account')}; of the others' {len(rest)}"
                     f" {int((rest['state'] == state).sum())}",
                data={"messages": [str(m) for m in rows["message_id"]], "agent": str(agent)}))
    return candidates


def _of_ways(ground: Ground, seen: pd.DataFrame) -> list[Candidate]:
    """Return each way of sending that failed for many, with the urgent messages of several accounts that nobody got."""
    failed = seen[seen["state"] == "all-failed"].sort_values(["taken_at", "message_id"])
    if failed["account"].nunique() < LEAST_ACCOUNTS:
        return []
    candidates = []
    for down in ways.downs(ground.case, failed["first_at"], ground.now):
        rows = failed[failed["message_id"].isin(down.messages)]
        if rows["account"].nunique() < LEAST_ACCOUNTS:
            continue
        others = set(seen.loc[seen["state"].isin(set(CAUSE_OF) - {"all-failed"}), "account"])
        hits = [Hit(str(a), ground.names.get(str(a), str(a)), None, float(n), f"{count(n, 'urgent message')} reached nobody")
                for a, n in rows["account"].value_counts().sort_index().items()]
        hits.sort(key=lambda h: (-(h.observed or 0.0), h.account))
        asked = sorted(hits, key=lambda h: h.account in others)[:ASKED]
        candidates.append(Candidate(
            screen="dispatch", account=None, asked=tuple(h.account for h in asked), complaint="dispatch",
            start=rows["taken_at"].iloc[0], end=_over(rows), score=down.score, unit="platform-day",
            causes=(CAUSE_OF["all-failed"],), harmed=float(len(rows)), margin=pd.Timedelta(0), hits=tuple(hits),
            says=f"{count(len(rows), 'urgent message')} of {count(rows['account'].nunique(), 'account')} could not be"
                 f" delivered. {down.says}. {down.whose}",
            data={"messages": [str(m) for m in rows["message_id"]], "way": down.name}))
    return candidates


def _agent(rows: pd.DataFrame, taken: pd.DataFrame) -> str:
    """Return the agent who took most of the late messages, and not most of the others; '' where there is none."""
    agents = rows["agent"].dropna()
    if not len(agents):
        return ""
    one = str(agents.value_counts().sort_index().idxmax())
    others = taken.loc[~taken["message_id"].isin(rows["message_id"]), "agent"].dropna()
    share = float((agents == one).sum()) / len(rows)
    return one if share >= MOSTLY and (not len(others) or float(np.mean(others == one)) < share / 2) else ""


def short(ground: Ground) -> str:
    """Say that no message tells whether it was urgent."""
    return "" if ground.case.has("messages.priority") else "messages.priority"


SCREEN = Screen("What became of urgent messages?", ("messages", "dispatch"), run, short)
