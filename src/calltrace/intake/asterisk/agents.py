"""Who was at work: log-ins, pauses and rings nobody answered, out of queue events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from calltrace.intake.asterisk.columns import texts
from calltrace.intake.asterisk.legs import peers_of
from calltrace.intake.asterisk.stations import stations_of


def agents_of(events: pd.DataFrame, legs: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return agent events: an agent is logged in while in at least one queue, and through a restart.

    Queues are joined and left one by one, pauses are written once a queue, and a member may go by its
    interface in one line and its name in the next: each is one event of one agent here. A restart brings
    members back without a line, so it ends no log-in, save that of an agent who was connected by AgentLogin.
    """
    if events.empty:
        return pd.DataFrame({name: [] for name in ("at", "agent", "event", "call_id")}), []
    name_of = _member_names(events, legs)
    agent = events["agent"].replace(name_of) if name_of else events["agent"]
    kind = events["event"]
    word = pd.Series(pd.NA, index=events.index, dtype="string")
    for names, said in (
        (("ADDMEMBER", "AGENTLOGIN", "AGENTCALLBACKLOGIN"), "login"),
        (("REMOVEMEMBER", "AGENTLOGOFF", "AGENTCALLBACKLOGOFF"), "logout"),
        (("PAUSE", "PAUSEALL"), "pause"),
        (("UNPAUSE", "UNPAUSEALL"), "unpause"),
        (("RINGNOANSWER",), "ring_no_answer"),
    ):
        word = word.mask(kind.isin(names), said)
    told = pd.DataFrame(
        {
            "at": events["at"],
            "agent": agent,
            "event": word,
            "kind": kind,
            "queue": events["queue"].fillna(""),
            "call_id": events["call_id"].where(kind == "RINGNOANSWER"),
            "source_file": events["source_file"],
            "source_line": events["source_line"],
        }
    )
    told["order"] = np.arange(len(told))
    told = pd.concat([told, _dropped_by_restart(told, events)])
    told = told[told["agent"].notna() & told["event"].notna()].sort_values("order", kind="stable")
    session = _sessions(told[told["event"].isin(("login", "logout"))])
    pauses = told[told["event"].isin(("pause", "unpause"))]
    again = (pauses.groupby("agent")["event"].shift() == pauses["event"]).fillna(False)
    rings = told[told["event"] == "ring_no_answer"]
    frame = pd.concat([session, pauses[~again], rings]).sort_values("order", kind="stable")
    starts = int((kind == "QUEUESTART").sum())
    notes = (
        [f"starts of the switch in this log: {starts}; members stay logged in through one"] if starts else []
    )
    return frame[["at", "agent", "event", "call_id", "source_file", "source_line"]].reset_index(
        drop=True
    ), notes


def _sessions(told: pd.DataFrame) -> pd.DataFrame:
    """Return one login when the first queue is joined and one logout when the last is left."""
    if told.empty:
        return told
    pair = told["agent"] + "\0" + told["queue"]
    before = told.groupby(pair)["event"].shift()
    change = (before != told["event"]).fillna(True)
    moves = told[change]
    step = np.where(moves["event"] == "login", 1, -1)
    # a log that begins with a logout began with the member logged in
    opening = (before[change].isna() & (moves["event"] == "logout")).to_numpy()
    agents = texts(moves["agent"])
    at_first = pd.Series(opening.astype(int)).groupby(agents).sum()
    count = pd.Series(step).groupby(agents).cumsum().to_numpy() + at_first.reindex(agents).to_numpy()
    joined = (step == 1) & (count == 1)
    gone = (step == -1) & (count == 0)
    ends: pd.DataFrame = moves[joined | gone]
    return ends


def _dropped_by_restart(told: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return a logout for every AgentLogin session that a restart cut: its channel went down with it."""
    starts = np.flatnonzero((events["event"] == "QUEUESTART").to_numpy())
    on = told[told["kind"] == "AGENTLOGIN"]
    if on.empty or not len(starts):
        return told.iloc[:0]
    made: list[dict[str, Any]] = []
    off = told[told["kind"] == "AGENTLOGOFF"]
    for entry in on.itertuples():
        row: Any = entry
        after = starts[starts > row.order]
        if not len(after):
            continue
        ends = off.loc[(off["agent"] == row.agent) & (off["order"] > row.order), "order"]
        again = on.loc[(on["agent"] == row.agent) & (on["order"] > row.order), "order"]
        if (ends.empty or ends.min() > after[0]) and (again.empty or again.min() > after[0]):
            start = events.iloc[int(after[0])]
            made.append(
                {
                    "at": start["at"],
                    "agent": row.agent,
                    "event": "logout",
                    "kind": "QUEUESTART",
                    "queue": row.queue,
                    "call_id": pd.NA,
                    "source_file": start["source_file"],
                    "source_line": start["source_line"],
                    "order": float(after[0]),
                }
            )
    return pd.DataFrame(made, columns=told.columns).astype({"order": float}) if made else told.iloc[:0]


def _member_names(events: pd.DataFrame, legs: pd.DataFrame) -> dict[str, str]:
    """Return names of members that some lines call by their interface.

    ADDMEMBER of SIP/201 in the same second as UNPAUSE of Ann Lee is one agent; so is SIP/201, the phone in
    the CDR of calls that the log says Ann Lee took; and PBXware's Local/1127@… of Agent/1127.
    """
    agents = set(events["agent"].dropna().unique().tolist())
    interfaces = {name for name in agents if "/" in name and not name.startswith("Agent/")}
    names: dict[str, str] = {}
    for name in interfaces:
        number = name.partition("/")[2].partition("@")[0]
        if f"Agent/{number}" in agents:
            names[name] = f"Agent/{number}"
    left = interfaces - names.keys()
    if not left:
        return names
    if not legs.empty and "uniqueid" in legs.columns:
        took = events.loc[(events["event"] == "CONNECT") & events["agent"].notna(), ["call_id", "agent"]]
        took = took[~took["agent"].isin(interfaces)]
        rung = legs.loc[
            (legs["disposition"] == "ANSWERED") & legs["dstchannel"].notna(), ["uniqueid", "dstchannel"]
        ]
        met = took.merge(rung, left_on="call_id", right_on="uniqueid")
        met["phone"] = peers_of(met["dstchannel"], stations_of(legs))
        for phone, group in met[met["phone"].isin(left)].groupby("phone"):
            names[str(phone)] = str(group["agent"].mode().iloc[0])
    left -= names.keys()
    if left:
        members = events[events["event"] == "ADDMEMBER"]
        spoken = events[events["event"].isin(("UNPAUSE", "UNPAUSEALL")) & ~events["agent"].isin(interfaces)]
        both = (
            members[members["agent"].isin(left)]
            .merge(spoken[["at", "agent"]].drop_duplicates(), on="at", suffixes=("", "_name"))
            .dropna(subset=["agent_name"])
        )
        for phone, group in both.groupby("agent"):
            counts = group["agent_name"].value_counts()
            # a second shared by chance with another agent's line must not make one of two
            if counts.iloc[0] * 2 > counts.sum():
                names[str(phone)] = str(counts.index[0])
    return names
