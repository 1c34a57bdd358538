r"""Amtelco Intelligent Series and Genesis: the tables of its SQL Server, exported as CSV.

Known from public programs that query these tables; no real file was at hand, and nothing of this kind is public. Each
table is known by its columns; calls want statCallEnd and are better with statCallStart. Invented::

    callId,cltId,agtId,Stamp,Kind,CompCode,SkillName,unselRing,unselAutoHold,selTalk,selHold,selDisc
    88120,31,7,2026-03-02 09:16:20,1,0,Medical,7,11,131,0,9
    88121,31,,2026-03-02 09:20:36,1,3,Medical,31,0,0,0,0

===================  ==================================================================================
table                what is taken
===================  ==================================================================================
statCallStart        callId, cltId, Stamp (arrival), ANI, CallerName, DNIS or Source, Diversion, LastAgtId
statCallEnd          callId, cltId, agtId, Stamp (**end**), Kind, CompCode, SkillName, and seconds in each
                     state: sel… while an agent had the call, unsel… while none had
statAgentTracker     agtId, Stamp, type: 1 login, 2 logout, 3 ready, 4 not ready
msgMessages          msgId, callId or savedCallId, cltId, agtId, Stamp, Urgent, Delivered, DeliveredStamp
msgHistories         msgId, Stamp, Disposition: 2 delivered
stat<Channel>        msgId, Stamp, Error, Inbound: one attempt to deliver (Email, Sms, Dialouts, …)
cltClients           cltId, ClientNumber, ClientName
cltSources           cltId, Source: the client's numbers
===================  ==================================================================================

``ring_s`` is unselRing; ``queue_s`` unselAutoHold and unselHold (greeted, then waiting); ``hold_s`` selHold;
``talk_s`` the sel… talk states and conferences. CompCode 0 with talk is an answer, 2 and 3 are callers who left; Kind
7 is voicemail, 5, 9 and 16 end in a machine; 2 is a client checking in, and the others are the service's own work:
both no callers'. Without statCallStart the arrival is the end less all states. Stamps are the switch's clock, which
``--tz`` must give. Numbers beyond a week's seconds are ticks of 100 ns.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from calltrace.intake.formats import _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

STATES = (
    "disc",
    "ring",
    "talk",
    "talk1",
    "talk2",
    "conference",
    "hold",
    "inprogress",
    "voicemail",
    "auto",
    "outboundqueue",
    "autohold",
    "patch",
    "bridge",
)
TICKS_S = 1e-7
"""One tick of the platform's clock."""

_TABLES: tuple[tuple[str, frozenset[str]], ...] = (
    ("statCallEnd", frozenset({"callid", "stamp", "compcode"})),
    ("statCallTracker", frozenset({"callid", "stamp", "callstate"})),
    ("msgHistories", frozenset({"msgid", "stamp", "disposition"})),
    ("msgMessages", frozenset({"msgid", "cltid", "stamp", "urgent"})),
    ("attempts", frozenset({"msgid", "stamp", "error"})),
    ("statCallStart", frozenset({"callid", "cltid", "stamp", "dnis"})),
    ("statCallStart", frozenset({"callid", "cltid", "stamp", "source"})),
    ("statAgentTracker", frozenset({"agtid", "stamp", "type"})),
    ("cltClients", frozenset({"cltid", "clientnumber", "clientname"})),
    ("cltSources", frozenset({"cltid", "source"})),
)
_CHANNEL = re.compile(r"stat(Email|Sms|Msm|Snpp|Tap|Wctp|Vocera|Cisco|Fax|Dialouts?)", re.IGNORECASE)


def _table(words: frozenset[str]) -> str:
    if "offeredat" in words:  # calltrace's own layout
        return ""
    return next((name for name, needed in _TABLES if needed <= words), "")


def _fits(words: frozenset[str]) -> bool:
    return bool(_table(words))


def detect(head: Head) -> str | None:
    """Recognise a table by its columns (cltId, callId, Stamp, CompCode, …)."""
    header = _sheet.header_of(head.lines, _fits)
    return f"columns of {_table(frozenset(header.words))}" if header else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read one table; :mod:`calltrace.intake.amtelco` joins them.

    Returns
    -------
    Reading
        Table ``amtelco-<table>``: its columns as the join wants them, times as the switch's clock.
    """
    header = _sheet.header_of(stream.head.lines, _fits)
    if header is None:
        raise ValueError(f"{stream.display} is no table of Amtelco's")
    table = _table(frozenset(header.words))
    name = {"msgMessages": "messages", "msgHistories": "dispatch", "attempts": "dispatch"}.get(table, "calls")
    sheet = _sheet.from_csv(stream, header, options, name)
    columns = _COLUMNS[table](sheet, stream)
    frame = sheet.frame(columns)
    return Reading(f"amtelco-{table}", frame, rows=sheet.rows, problems=tuple(sheet.problems), notes=tuple(sheet.notes))


def _call_end(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    call = sheet.strings("callid")
    sheet.tell(call.isna().to_numpy(), "no callId", "the call's id", "Row left out.", "missing-value")
    columns: dict[str, object] = {
        "call": call,
        "client": sheet.strings("cltid"),
        "agent": sheet.strings("agtname", "agtinitials", "agtid", "lastagtid"),
        "end": sheet.times("stamp", required="Stamp"),
        "kind": _whole(sheet, "kind"),
        "code": _whole(sheet, "compcode"),
        "skill": sheet.strings("skillname", "skillid"),
        "ani": sheet.numbers("ani"),
        "dnis": sheet.numbers("dnis", "source"),
        "caller_name": sheet.strings("callername"),
        "redirected_from": sheet.numbers("diversion"),
    }
    for side in ("sel", "unsel"):
        for state in STATES:
            columns[side + state] = _state(sheet, side + state)
    return columns


def _state(sheet: _sheet.Sheet, name: str) -> pd.Series[float]:
    """Return the seconds in a state; ticks where the numbers are far too large for seconds."""
    if not sheet.has(name):
        return sheet.seconds(name)
    largest = pc.max(pc.cast(_plain(sheet, name), "double")).as_py()
    ticks = largest is not None and largest > _sheet.LONGEST_S
    if ticks and (told := "durations in ticks of 100 ns") not in sheet.notes:
        sheet.notes.append(told)
    return sheet.seconds(name, unit=TICKS_S if ticks else 1.0)


def _plain(sheet: _sheet.Sheet, name: str) -> object:
    texts = sheet.text(name)
    return pc.if_else(pc.match_substring_regex(texts, r"^\d{1,15}(\.\d+)?$"), texts, None)


def _whole(sheet: _sheet.Sheet, name: str) -> pd.Series[int]:
    texts = sheet.text(name)
    good = pc.if_else(pc.match_substring_regex(texts, r"^\d{1,3}$"), texts, None)
    return pd.Series(pd.array(pc.cast(good, "int64").to_pylist(), dtype="Int64"))


def _call_start(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    return {
        "call": sheet.strings("callid"),
        "client": sheet.strings("cltid"),
        "start": sheet.times("stamp", required="Stamp"),
        "ani": sheet.numbers("ani"),
        "dnis": sheet.numbers("dnis", "source"),
        "caller_name": sheet.strings("callername"),
        "redirected_from": sheet.numbers("diversion"),
        "agent": sheet.strings("lastagtid"),
    }


def _tracker(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    return {"call": sheet.strings("callid"), "type": _whole(sheet, "type")}


def _agents(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    kind = _whole(sheet, "type")
    events = kind.map({1: "login", 2: "logout", 3: "unpause", 4: "pause"}).astype("string")
    agent = sheet.strings("agtname", "agtid")
    sheet.tell(agent.isna().to_numpy(), "no agtId", "the agent's id", "Row left out.", "missing-value")
    return {"at": sheet.times("stamp", required="Stamp"), "agent": agent, "event": events}


def _truth(sheet: _sheet.Sheet, *words: str) -> np.ndarray:
    return np.asarray(sheet.lower(*words).isin(("1", "true", "t", "yes", "y")).to_numpy(dtype=bool))


def _messages(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    message = sheet.strings("msgid")
    sheet.tell(message.isna().to_numpy(), "no msgId", "the message's id", "Row left out.", "missing-value")
    return {
        "message_id": message,
        "call_id": sheet.strings("callid", "savedcallid"),
        "client": sheet.strings("cltid"),
        "taken_at": sheet.times("stamp", required="Stamp"),
        "agent": sheet.strings("agtname", "agtid"),
        "priority": pd.Series(np.where(_truth(sheet, "urgent"), "urgent", "routine"), dtype="string"),
        "delivered_at": sheet.times("deliveredstamp").values,  # noqa: PD011 -- Times, no frame
    }


def _histories(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    return {
        "message_id": sheet.strings("msgid"),
        "attempted_at": sheet.times("stamp", required="Stamp"),
        "disposition": _whole(sheet, "disposition"),
        "agent": sheet.strings("agtid"),
    }


def _attempts(sheet: _sheet.Sheet, stream: Stream) -> dict[str, object]:
    message = sheet.strings("msgid")
    sheet.tell(message.isna().to_numpy(), "no msgId", "the message's id", "Row left out.", "missing-value")
    named = _CHANNEL.search(stream.head.name)  # the channel is the table's name and stands in no column
    error = sheet.lower("error")
    failed = error.notna() & ~error.isin(("0", "false", "none", "ok", "f", "no"))
    return {
        "message_id": message,
        "attempted_at": sheet.times("stamp", required="Stamp"),
        "method": pd.Series(
            named[1].lower().removesuffix("s") if named else pd.NA, range(sheet.size), dtype="string"
        ),
        "address": sheet.strings("address", "number", "recipient", "to"),
        "failed": failed.to_numpy(dtype=bool),
        "inbound": _truth(sheet, "inbound"),
    }


def _clients(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    number = sheet.strings("clientnumber")
    sheet.tell(
        number.isna().to_numpy(), "no ClientNumber", "the client's number", "Row left out.", "missing-value"
    )
    return {"client": sheet.strings("cltid"), "account": number, "name": sheet.strings("clientname")}


def _client_sources(sheet: _sheet.Sheet, _: Stream) -> dict[str, object]:
    return {"client": sheet.strings("cltid"), "number": sheet.numbers("source")}


_COLUMNS = {
    "statCallEnd": _call_end,
    "statCallTracker": _tracker,
    "msgHistories": _histories,
    "msgMessages": _messages,
    "attempts": _attempts,
    "statCallStart": _call_start,
    "statAgentTracker": _agents,
    "cltClients": _clients,
    "cltSources": _client_sources,
}

FORMAT = Format(
    title="Amtelco Intelligent Series, Genesis (tables as CSV)",
    detect=detect,
    read=read,
    family="amtelco",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id account dnis ani caller_name agent offered_at ring_s queue_s hold_s talk_s outcome ended_by"
            " redirected_from linked_id hangup_cause queue"
        ),
        agents="at agent event",
        accounts="account name numbers",
        messages="message_id call_id account taken_at agent priority",
        dispatch="message_id attempted_at method status",
    ),
)
