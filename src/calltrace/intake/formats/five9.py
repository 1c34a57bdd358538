r"""Five9 Call Log and Call Segment reports: CSV whose columns the user picked.

A head and a row of each kind, invented after the columns that are known::

    CALL ID,TIMESTAMP,CAMPAIGN,CALL TYPE,AGENT,DISPOSITION,ANI,DNIS,QUEUE WAIT TIME,TALK TIME,HOLD TIME
    301,"Thu, 16 Apr 2026 00:05:57",Desk,Inbound,bea@example.com,Message taken,5855550117,5855550178,00:00:21,00:01:10,00:00:05
    302,"Thu, 16 Apr 2026 00:09:00",Desk,Inbound,[None],Abandon,5855550118,5855550178,00:00:40,00:00:00,00:00:00

================  ========================================================================================
column            what
================  ========================================================================================
CALL ID           call_id and linked_id; a transferred call has several rows
TIMESTAMP         offered_at, in the report's zone, without an offset (also DATE and TIME apart)
CALL TYPE         Inbound; Outbound, Manual, Preview, Internal, … are set aside. Without the column all
                  rows are taken for callers'
ANI, DNIS         the caller; the number dialled
CAMPAIGN, SKILL   queue (the skill where there is one)
AGENT             who answered; empty or in brackets ([None]): nobody
DISPOSITION       mostly the customer's own words: hangup_cause. The system's own (Abandon, Caller
                  Disconnected, No Answer, Busy, Voicemail, …) decide where there is no agent
QUEUE WAIT TIME   queue_s, with IVR TIME where that is there: Five9's flow picks up at once
TALK, HOLD TIME   talk_s, hold_s, as H:MM:SS or seconds
RING TIME         how long the *agent's* phone rang: not used
================  ========================================================================================

Sure: C (the first nine columns are known from one public test, the times from the product only).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

_SYSTEM = {
    "abandon": "abandoned",
    "abandoned": "abandoned",
    "callerdisconnected": "abandoned",
    "noanswer": "no_answer",
    "busy": "busy",
    "voicemail": "voicemail",
    "senttovoicemail": "voicemail",
    "leftvoicemail": "voicemail",
    "systemerror": "failed",
    "systemshutdown": "failed",
    "hardwaretimeout": "failed",
    "operatorintercept": "failed",
    "resourceunavailable": "failed",
}


def _fits(words: frozenset[str]) -> bool:
    return {"callid", "ani", "dnis", "campaign"} <= words and bool({"timestamp", "date"} & words)


def detect(head: Head) -> str | None:
    """Recognise the report by its columns CALL ID, CAMPAIGN, ANI and DNIS."""
    return _sheet.recognised(head, _fits, "CALL ID, TIMESTAMP, CAMPAIGN, ANI, DNIS")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows of one report; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "five9-rows". Rows without a call's id or a time are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    if "timestamp" not in sheet.cells and {"date", "time"} <= sheet.cells.keys():
        sheet.cells["timestamp"] = pc.binary_join_element_wise(sheet.text("date"), sheet.text("time"), " ")
    ident = sheet.strings("callid")
    sheet.tell(ident.isna().to_numpy(), "no CALL ID", "the call's id", "Row left out.", "missing-value")
    started = sheet.times("timestamp", "date", required="TIMESTAMP")
    kind = sheet.lower("calltype").fillna("inbound")
    inbound = kind.str.startswith("inbound").to_numpy(dtype=bool) | _sheet.flags(kind, "queue callback", "3rd party transfer")
    agent = sheet.strings("agent", "agentusername", "agentname", "agentemail")
    agent = agent.mask(agent.str.startswith("[").fillna(value=False))
    disposition = sheet.strings("disposition")
    system = disposition.str.lower().str.replace(r"[^a-z]", "", regex=True).map(_SYSTEM).astype("string")
    talk = sheet.seconds("talktime")
    reached = agent.notna().to_numpy() & ~(talk == 0).fillna(value=False).to_numpy(dtype=bool)
    outcome = pd.Series(np.where(reached, "answered", system.fillna("abandoned")), dtype="string")
    queue = sheet.seconds("queuewaittime", "queuetime", "queue")
    ivr = sheet.seconds("ivrtime")
    answered = pd.Series(reached)
    _again.leave_out_repeats(sheet, ident)
    return _sheet.reading(
        sheet,
        "five9-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": _legs.aside_for({"outbound or internal": ~inbound}, sheet.size),
            "dnis": sheet.numbers("dnis"),
            "ani": sheet.numbers("ani"),
            "caller_name": sheet.strings("customername"),
            "agent": agent.where(answered),
            "offered_at": started,
            "queue_s": queue + ivr if sheet.has("ivrtime") else queue,
            "hold_s": sheet.seconds("holdtime").where(answered),
            "talk_s": talk.where(answered),
            "outcome": outcome,
            "hangup_cause": disposition,
            "queue": _without_none(sheet.text("skill", "campaign")),
            "recording": sheet.strings("recordings", "recording"),
        },
    )


def _without_none(texts: pa.Array) -> pd.Series[str]:
    none = pc.starts_with(texts, "[")
    return pd.Series(pd.array(pc.if_else(none, pa.scalar(None, pa.string()), texts), dtype="string"))


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the rows of all files: those of one CALL ID are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(_legs.part_of_calls(rows))
    return calls, problems, [said]


FORMAT = Format(
    title="Five9 Call Log and Call Segment reports (CSV)",
    detect=detect,
    read=read,
    family="cloud",
    sure="C",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent offered_at queue_s hold_s talk_s outcome "
            "hangup_cause queue recording transferred_to"
        ),
    ),
)
