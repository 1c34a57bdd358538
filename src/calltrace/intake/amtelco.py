"""Joins the tables of an Amtelco platform: call starts and ends to calls, messages to their deliveries.

Rows keep the file and line of the table they stand on: a call that of its statCallEnd row.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.errors import Location
from calltrace.intake.formats import _legs
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.formats._values import nullable
from calltrace.intake.formats.amtelco_genesis import STATES
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "amtelco_genesis"
CALLERS = (0, 1, 5, 7, 9, 16)
"""Kinds of call that are a caller's: unknown, secretarial, IVR, voice mail, announcement, auto attendant."""

VOICEMAIL = 7
MACHINES = (5, 9, 16)
KINDS = {
    2: "clients checking in",
    3: "fetches",
    4: "scheduled calls",
    8: "auto calls",
    12: "smart paging",
    18: "dispatch calls",
    21: "cue calls",
}
CODES = {0: "normal", 1: "script timeout", 2: "park abandon", 3: "abandoned"}
SCRIPT_TIMEOUT = 1
LEFT = (2, 3)
TALKING = ("seltalk", "seltalk1", "seltalk2", "selconference")
"""States of a call that an agent talks in; the seconds in them are its talk."""


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Make tables of the generic layout of all the platform's tables that were given.

    Parameters
    ----------
    readings : sequence of (format name, Reading)
        As :func:`calltrace.intake.formats.amtelco_genesis.read` gives them.
    options : ReadOptions
        Not needed.

    Returns
    -------
    list of (format name, Reading)
        Tables calls, agents, accounts, messages and dispatch, as far as there is anything for them.
    """
    del options
    of = {table: _together(readings, f"amtelco-{table}") for table in _tables(readings)}
    clients = of.get("cltClients")
    accounts = {} if clients is None else dict(zip(clients["client"], clients["account"], strict=True))
    made: list[tuple[str, Reading]] = []
    if "statCallEnd" in of:
        made.append((NAME, _calls(of["statCallEnd"], of.get("statCallStart"), accounts)))
    elif "statCallStart" in of:
        made.append((NAME, _starts_alone(of["statCallStart"])))
    if "statAgentTracker" in of:
        made.append((NAME, _agents(of["statAgentTracker"])))
    if clients is not None:
        made.append((NAME, _accounts(clients, of.get("cltSources"))))
    if "msgMessages" in of:
        made.append((NAME, _messages(of["msgMessages"], accounts)))
    dispatch = _dispatch(of)
    if dispatch is not None:
        made.append((NAME, dispatch))
    return made


def _tables(readings: Sequence[tuple[str, Reading]]) -> list[str]:
    return list(dict.fromkeys(r.table.removeprefix("amtelco-") for _, r in readings))


def _together(readings: Sequence[tuple[str, Reading]], table: str) -> pd.DataFrame:
    parts = [
        r.frame.assign(source_file=r.frame["source_file"].astype("string"))
        for _, r in readings
        if r.table == table
    ]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0].reset_index(drop=True)


def _reading(
    table: str, frame: pd.DataFrame, problems: Sequence[Problem] = (), notes: Sequence[str] = ()
) -> Reading:
    frame = frame.assign(source_file=frame["source_file"].astype("category"))
    return Reading(table, frame.reset_index(drop=True), rows=len(frame), problems=tuple(problems), notes=tuple(notes))


def _account(client: pd.Series[str], accounts: dict[str, str]) -> pd.Series[str]:
    """Return the client's number, by which people know it, else the platform's own id."""
    return client.map(accounts).astype("string").fillna(client)


def _calls(ends: pd.DataFrame, starts: pd.DataFrame | None, accounts: dict[str, str]) -> Reading:
    """Return the callers' attempts, one a call that closed, with what its start row says where there is one."""
    problems: list[Problem] = []
    total = len(ends)
    ends = ends.drop_duplicates("call", keep="last", ignore_index=True)
    if len(ends) < total:
        problems.append(
            _told(ends, f"{total - len(ends)} rows of calls that are there already", total - len(ends))
        )
    states = {name: ends[name].to_numpy(dtype=float, na_value=np.nan) for side in ("sel", "unsel") for name in
              (side + s for s in STATES)}  # fmt: skip
    offered = _arrivals(ends, states)
    if starts is not None:
        ends, offered = _with_starts(ends, starts, offered)
        problems += _never_closed(starts[~starts["call"].isin(ends["call"])])
    kind, code = ends["kind"], ends["code"]
    talk, hold = _sum(states, *TALKING), _sum(states, "selhold")
    left = code.isin(LEFT).to_numpy(dtype=bool)
    outcome = _outcomes(kind, code, states)
    talked = outcome == "answered"
    calls = pd.DataFrame(
        {
            "call_id": ends["call"],
            "linked_id": ends["call"],
            "account": _account(ends["client"], accounts),
            "dnis": ends["dnis"],
            "ani": ends["ani"],
            "caller_name": ends["caller_name"],
            "agent": ends["agent"].where(talked),
            "offered_at": offered.astype("datetime64[us]"),
            "offered_at__naive": ends["end__naive"],
            "ring_s": nullable(_sum(states, "unselring")),
            "queue_s": nullable(_sum(states, "unselautohold", "unselhold")),
            "hold_s": nullable(np.where(talked, hold, 0.0)),
            "talk_s": nullable(np.where(talked, talk, 0.0)),
            "outcome": pd.Series(outcome, dtype="string"),
            "ended_by": pd.Series(np.where(left, "caller", ""), dtype="string").replace("", pd.NA),
            "redirected_from": ends["redirected_from"],
            "hangup_cause": _causes(kind, code),
            "queue": ends["skill"],
            "source_file": ends["source_file"],
            "source_line": ends["source_line"],
        }
    )
    mine = (kind.isin(CALLERS) | kind.isna()).to_numpy(dtype=bool) & offered.notna().to_numpy()
    aside = Counter(KINDS.get(int(k), "other calls of the service's own") for k in kind[~mine].dropna())
    said = _legs.account_for(len(ends), int(mine.sum()), 0, aside)
    note = (
        []
        if starts is not None
        else ["no statCallStart: arrivals are the ends less the seconds in all states"]
    )
    return _reading("calls", calls[mine], problems, [said, *note])


def _with_starts(
    ends: pd.DataFrame, starts: pd.DataFrame, offered: pd.Series[pd.Timestamp]
) -> tuple[pd.DataFrame, pd.Series[pd.Timestamp]]:
    """Return the ends with what they leave out and the starts say, and when each call arrived by either."""
    first = starts.drop_duplicates("call").set_index("call").reindex(ends["call"]).reset_index(drop=True)
    ends = ends.copy()
    for name in ("ani", "dnis", "caller_name", "redirected_from", "agent", "client"):
        ends[name] = ends[name].fillna(first[name])
    return ends, first["start"].where(first["start"].notna(), offered)


def _outcomes(kind: pd.Series[int], code: pd.Series[int], states: dict[str, np.ndarray]) -> np.ndarray:
    """Return each call's outcome, by the first that holds: who left, what kind of call, whether an agent had it."""
    talked = np.nan_to_num(_sum(states, *TALKING)) > 0
    had = np.nan_to_num(_sum(states, *(f"sel{s}" for s in STATES if s != "disc"))) > 0
    return np.select(
        [
            code.isin(LEFT).to_numpy(dtype=bool),
            kind.eq(VOICEMAIL).fillna(value=False).to_numpy(dtype=bool),
            kind.isin(MACHINES).to_numpy(dtype=bool) & ~talked,
            talked | had,
            code.eq(SCRIPT_TIMEOUT).fillna(value=False).to_numpy(dtype=bool),
        ],
        ["abandoned", "voicemail", "announcement", "answered", "failed"],
        default="no_answer",
    )


def _never_closed(still: pd.DataFrame) -> list[Problem]:
    """Tell of the first 200 calls that began and have no end."""
    return [
        Problem(
            Location(str(file), int(line)),
            "a call with no statCallEnd row: it never closed",
            "the row of its end",
            "Left out; export again once the call has ended.",
            table="calls",
            effect="left-out",
            rows=1,
            kind="open-call",
        )
        for file, line in zip(still["source_file"].iloc[:200], still["source_line"].iloc[:200], strict=True)
    ]


def _told(rows: pd.DataFrame, saw: str, count: int) -> Problem:
    at = Location(str(rows["source_file"].iloc[0]))
    return Problem(
        at, saw, "each call once", "The row read last was kept.", table="calls", effect="left-out", rows=count, kind="duplicate"
    )


def _sum(states: dict[str, np.ndarray], *names: str) -> np.ndarray:
    """Add states up; what no column says counts as none, NaN where no column says anything."""
    stacked = np.vstack([states[n] for n in names])
    return np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0))


def _arrivals(ends: pd.DataFrame, states: dict[str, np.ndarray]) -> pd.Series[pd.Timestamp]:
    spent = np.nan_to_num(_sum(states, *states))
    arrived: pd.Series[pd.Timestamp] = ends["end"] - pd.to_timedelta(spent, unit="s")
    return arrived


def _causes(kind: pd.Series[int], code: pd.Series[int]) -> pd.Series[str]:
    named = code.map(CODES).astype("string").fillna("unknown")
    return (
        "Kind "
        + kind.astype("string").fillna("?")
        + ", CompCode "
        + code.astype("string").fillna("?")
        + " "
        + named
    )


def _starts_alone(starts: pd.DataFrame) -> Reading:
    """Say that arrivals without ends can't be calls: nothing tells what became of them."""
    at = Location(str(starts["source_file"].iloc[0]) if len(starts) else "")
    told = Problem(
        at,
        f"{len(starts)} arrivals, but no statCallEnd to say what became of them",
        "the table statCallEnd of the same time",
        "Export it, too.",
        table="calls",
        effect="left-out",
        rows=len(starts),
        kind="open-call",
    )
    nothing = starts.iloc[:0][["source_file", "source_line"]].assign(
        offered_at=pd.Series([], dtype="datetime64[us]"), outcome=pd.Series([], dtype="string")
    )
    return _reading("calls", nothing, [told] if len(starts) else [])


def _agents(events: pd.DataFrame) -> Reading:
    known = events["event"].notna()
    columns = ["at", "at__naive", "agent", "event", "source_file", "source_line"]
    notes = (
        [f"{int((~known).sum())} events that are no login, logout, ready or not ready"]
        if not known.all()
        else []
    )
    return _reading("agents", events.loc[known, columns], notes=notes)


def _accounts(clients: pd.DataFrame, sources: pd.DataFrame | None) -> Reading:
    numbers = (
        pd.Series(dtype="string")
        if sources is None
        else sources.dropna(subset=["client", "number"]).groupby("client")["number"].agg(";".join)
    )
    frame = pd.DataFrame(
        {
            "account": clients["account"],
            "name": clients["name"],
            "numbers": clients["client"].map(numbers).astype("string"),
            "source_file": clients["source_file"],
            "source_line": clients["source_line"],
        }
    )
    return _reading("accounts", frame)


def _messages(messages: pd.DataFrame, accounts: dict[str, str]) -> Reading:
    columns = [
        "message_id",
        "call_id",
        "account",
        "taken_at",
        "agent",
        "priority",
        "source_file",
        "source_line",
    ]
    return _reading("messages", messages.assign(account=_account(messages["client"], accounts))[columns])


def _dispatch(of: dict[str, pd.DataFrame]) -> Reading | None:
    """Gather attempts to deliver: by channel, by history, and where neither was given by the message itself."""
    parts: list[pd.DataFrame] = []
    columns = ["message_id", "attempted_at", "attempted_at__naive", "method", "address", "status"]
    columns += ["source_file", "source_line"]
    notes = []
    if "attempts" in of:
        tried = of["attempts"]
        mine = tried[~tried["inbound"]]
        if len(mine) < len(tried):
            notes.append(f"{len(tried) - len(mine)} inbound messages of channels, which are no delivery")
        status = pd.Series(np.where(mine["failed"], "failed", "delivered"), index=mine.index, dtype="string")
        parts.append(mine.assign(status=status))
    if "msgHistories" in of:
        steps = of["msgHistories"]
        done = steps[steps["disposition"].eq(2).fillna(value=False) & steps["message_id"].notna()]
        notes.append(f"{len(steps) - len(done)} steps of messages that are no delivery")
        parts.append(done.assign(status=pd.Series("delivered", index=done.index, dtype="string")))
    if not parts and "msgMessages" in of and of["msgMessages"]["delivered_at"].notna().any():
        told = of["msgMessages"]
        done = told[told["delivered_at"].notna()]
        done = done.rename(columns={"delivered_at": "attempted_at", "taken_at__naive": "attempted_at__naive"})
        parts.append(done.assign(status=pd.Series("delivered", index=done.index, dtype="string")))
    if not parts:
        return None
    parts = [p.reindex(columns=columns) for p in parts]
    frame = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    for name in ("method", "address", "status"):
        frame[name] = frame[name].astype("string")
    return _reading("dispatch", frame, notes=notes)
