r"""8x8 Work call detail records: CSV of the reports, or JSON of the analytics API.

One row is one leg; legs of one call share the parent's id. A head and two rows, invented after the documented
columns, each here in two lines::

    Call ID,Leg ID,Start Time,Answer Time,Stop Time,Talk Time,Caller,Caller Name,
        Callee,Callee Name,Direction,Cause,Status,Parent Call ID
    771,1,2026-04-16 00:05:57,2026-04-16 00:06:05,2026-04-16 00:07:32,00:01:27,+15855550117,ANN LEE,
        +15855550178,Bea Ray,Incoming,Normal,Answered,
    772,1,2026-04-16 00:09:00,,2026-04-16 00:09:40,,+15855550118,,
        +15855550178,Desk,Incoming,Normal,Missed,

=====================  ===================================================================================
column                 what
=====================  ===================================================================================
Call ID                the leg's call; Parent Call ID, where there is one, is the caller's: linked_id
Start Time             offered_at, in the report's zone unless it has an offset
Answer Time            the leg was picked up; empty: it was not. The API's connectTime, "0" where nothing picked up,
                       is a queue's or the voicemail's, too: there ``answered`` says whether a person did
Stop Time              the end (disconnectedTime)
Talk Time              talk_s, which **contains hold**: hold_s is not known, but from the API's calleeHoldDuration,
                       and then talk_s is without it
waitTime               queue_s (API): what the caller waited in a queue
Caller, Callee         ani with caller_name; dnis, where there is none of its own, and the name of who was rung: agent
Direction              Incoming; Outgoing and Internal legs count only as part of an incoming call
Status, Cause          hangup_cause; Normal, Redirected, Transfer, Conference say how the leg went on.
                       Voicemail, Busy, Abandoned in the status (lastLegDisposition, propsLastPartyDisp) decide
                       the outcome of a leg that was not answered; else it is no_answer
=====================  ===================================================================================

``ring_s`` runs to the answer of the leg that was answered, or to the end. An auto attendant is a leg too: one
that only it answered ended in an announcement.

Sure: B (the API's documentation and the report's list of columns were read; no real export).

References
----------
8x8 Support, "Call detail records"; 8x8 Developer, "Work Analytics, CDR and call leg".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem


def _fits(words: frozenset[str]) -> bool:
    has_end = {"stoptime", "disconnectedtime", "answertime", "connecttime"} & words
    return {"callid", "caller", "callee", "direction", "starttime"} <= words and bool(has_end)


def detect(head: Head) -> str | None:
    """Recognise the records by Call ID, Caller, Callee, Direction, Start Time and a Stop or Answer Time."""
    return _sheet.recognised(head, _fits, "Call ID, Caller, Callee, Direction, Start Time, Stop Time")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the legs of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "8x8-rows". Rows without an id or a time are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    ident = sheet.strings("callid")
    sheet.tell(ident.isna().to_numpy(), "no Call ID", "the call's id", "Row left out.", "missing-value")
    started = sheet.times("starttime", required="Start Time")
    if sheet.has("connecttime"):
        never = pc.equal(sheet.cells["connecttime"], "0")
        sheet.cells["connecttime"] = pc.if_else(pc.fill_null(never, False), None, sheet.cells["connecttime"])
    picked_up = sheet.times(*(("answertime", "connecttime") if sheet.has("answertime", "connecttime") else ("answeredtime",)))
    ended = sheet.times("stoptime", "disconnectedtime")
    linked = sheet.strings("parentcallid")
    linked = linked.mask(linked == "0").fillna(ident)
    inbound = sheet.lower("direction").str.startswith("in").fillna(value=False).to_numpy(dtype=bool) & ~_sheet.flags(
        sheet.lower("direction"), "internal"
    )
    status = sheet.lower("status", "lastlegdisposition", "calleedisposition").fillna("")
    status += " " + sheet.lower("propslastpartydisp").fillna("")
    callee = sheet.lower("calleename").fillna("")
    machine = (status.str.contains("attendant") | callee.str.contains("auto attendant")).to_numpy(dtype=bool)
    mail = (status.str.contains("voice ?mail") | callee.str.contains("voice ?mail")).to_numpy(dtype=bool)
    gone = status.str.contains("abandon|cancel").to_numpy(dtype=bool) | _sheet.flags(
        sheet.lower("abandoned"), "yes", "true", "abandoned", "1"
    )
    said = sheet.lower("answered")
    denied = _sheet.flags(said, "unanswered", "not answered", "missed", "no", "false", "0")
    if sheet.has("answered"):  # a service's leg is connected, and says "-" there
        denied = denied | said.isna().to_numpy(dtype=bool)
    up = _sheet.flags(said, "answered", "yes", "true", "1") | (picked_up.known & ~denied)
    outcome = np.select(
        [mail, up & machine, up, status.str.contains("busy").to_numpy(dtype=bool), gone, status.str.contains("fail|error")],
        ["voicemail", "announcement", "answered", "busy", "abandoned", "failed"],
        default="no_answer",
    )
    answered = pd.Series(outcome == "answered")
    waited = _sheet.between(started, picked_up).where(pd.Series(up), _sheet.between(started, ended))
    queued = sheet.seconds("waittimems", unit=0.001).fillna(sheet.seconds("waittime"))
    held = sheet.seconds("calleeholddurationms", unit=0.001).fillna(sheet.seconds("calleeholdduration")).where(answered)
    spoken = sheet.seconds("talktime", unit=_unit(sheet)).where(answered)
    _again.leave_out_repeats(sheet, linked)
    return _sheet.reading(
        sheet,
        "8x8-rows",
        {
            "call_id": linked,
            "linked_id": linked,
            "aside": _legs.aside_for({"outgoing or internal": ~inbound}, sheet.size),
            "dnis": sheet.numbers("dnis", "callee"),
            "ani": sheet.numbers("caller"),
            "caller_name": sheet.strings("callername"),
            "agent": sheet.strings("calleename", "callee").where(answered),
            "offered_at": started,
            "ring_s": (waited - queued.fillna(0)).where(waited >= queued.fillna(0)),
            "queue_s": queued,
            "hold_s": held,
            "talk_s": (spoken - held.fillna(0)).where(spoken >= held.fillna(0)),
            "outcome": pd.Series(outcome, dtype="string"),
            "hangup_cause": sheet.strings("propslastpartydisp", "status", "lastlegdisposition", "cause"),
        },
    )


def _unit(sheet: _sheet.Sheet) -> float:
    """Return the seconds a plain number of Talk Time counts: the API's talkTimeMS is its own column."""
    return 0.001 if sheet.has("talktimems") and not sheet.has("talktime") else 1.0


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the legs of all files: those of one parent are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(_legs.part_of_calls(rows))
    return calls, problems, [said]


FORMAT = Format(
    title="8x8 Work call detail records (CSV, JSON)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent offered_at ring_s queue_s hold_s talk_s outcome "
            "hangup_cause transferred_to"
        ),
    ),
)
