r"""Zoom Phone call logs: JSON of the API (call_logs, call_history), or the portal's CSV.

One entry is a call as the account, or one party, saw it; entries of one call share call_id. A record, shortened::

    {"id": "9a1", "call_id": "7011", "direction": "inbound", "caller_number": "+15855550117",
     "callee_number": "+15855550178", "callee_name": "Desk", "date_time": "2026-04-16T04:05:57Z",
     "answer_start_time": "2026-04-16T04:06:11Z", "call_end_time": "2026-04-16T04:07:32Z", "duration": 81,
     "waiting_time": 14, "hold_time": 3, "path": "callQueue", "result": "Call connected",
     "accepted_by": {"name": "Bea Ray", "extension_number": "207"}}

===================  =====================================================================================
field                what
===================  =====================================================================================
call_id              call_id and linked_id (id where an entry has none)
direction            inbound; outbound and internal entries (connect_type of call_history) are set aside
caller_number        ani, with caller_name; callee_did_number, else callee_number, dnis
date_time            offered_at (start_time in call_history), ISO 8601 UTC; the CSV's is in the user's zone
path                 callQueue, autoReceptionist, extension, voiceMail, pstn, …: queue, or what picked up;
                     call_history has callee_ext_type for it: call_queue, auto_receptionist, user, …
waiting_time         s until an agent answered: queue_s in a queue or behind a receptionist, else ring_s
answer_start_time    somebody answered; call_end_time the end: talk_s is between them, less hold_time
duration             s; talk_s where those times are missing
hold_time            hold_s
result               hangup_cause and the outcome: connected, answered, accepted; voicemail; missed, no
                     answer; hang up, cancelled; busy; all others failed, and one not known is noted
accepted_by          agent (callee_name where a call to an extension was answered)
recording_id         recording
===================  =====================================================================================

A call that only an auto receptionist connected, and nobody accepted, ended in an announcement. Of call_history, which never
says who accepted, that can't be told: the call is answered, and neither a queue nor a receptionist is an agent.

Sure: B (the API's reference was read; no real export; the log's interface was replaced in June 2025).

References
----------
Zoom Developer, "Phone: Get account's call logs" and "call history".
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

_RESULTS = {
    "callconnected": "answered",
    "connected": "answered",
    "answered": "answered",
    "accepted": "answered",
    "pickedup": "answered",
    "answeredbyotheruser": "answered",
    "autorecorded": "answered",
    "voicemail": "voicemail",
    "noanswer": "no_answer",
    "missed": "no_answer",
    "callmissed": "no_answer",
    "rejected": "no_answer",
    "ringtimeout": "no_answer",
    "hangup": "abandoned",
    "callhangup": "abandoned",
    "callcanceled": "abandoned",
    "callcancel": "abandoned",
    "canceled": "abandoned",
    "cancelled": "abandoned",
    "abandoned": "abandoned",
    "overflowed": "no_answer",
    "busy": "busy",
    "callfailed": "failed",
    "failed": "failed",
    "blocked": "failed",
    "serviceunavailable": "failed",
}
_START = ("datetime", "starttime")


def _fits(words: frozenset[str]) -> bool:
    parties = {"callernumber", "calleenumber"} <= words or {"callerdidnumber", "calleedidnumber"} <= words
    results = bool({"result", "callresult"} & words)
    return parties and results and "direction" in words and bool({*_START, "date"} & words)


def detect(head: Head) -> str | None:
    """Recognise the log by caller_number, callee_number, direction, a result and a start."""
    return _sheet.recognised(head, _fits, "caller_number, callee_number, direction, result")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the entries of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "zoom-rows". Rows without a time or a result are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    if not sheet.has(*_START) and {"date", "time"} <= sheet.cells.keys():
        sheet.cells["datetime"] = pc.binary_join_element_wise(sheet.text("date"), sheet.text("time"), " ")
    started = sheet.times(*_START, "date", required="date_time")
    picked_up, ended = sheet.times("answerstarttime", "answertime"), sheet.times("callendtime", "endtime")
    ident = sheet.strings("callid", "callhistoryuuid", "id")
    if ident.isna().any():
        ident = ident.fillna(sheet.made_ids(*_START, "callernumber", "calleenumber", "duration", "result"))
    away = (sheet.lower("direction") != "inbound").fillna(value=True).to_numpy(dtype=bool)
    away |= _sheet.flags(sheet.lower("connecttype"), "internal")
    given = sheet.text("result", "callresult")
    result = sheet.lower("result", "callresult").str.replace(r"[^a-z]", "", regex=True)
    sheet.tell(result.isna().to_numpy(), "no result", "how the call ended", "Row left out.", "missing-value")
    known = _sheet.flags(result, *_RESULTS)
    effect_fix = "Taken for failed."
    sheet.tell(~known & ~away & ~picked_up.known, given, "a known result", effect_fix, "unknown-word", effect="noted")
    told = sheet.lower("path")
    path = told.fillna(sheet.lower("calleeexttype")).fillna("")
    accepted = sheet.strings("acceptedbyname", "acceptedbyextensionnumber", "acceptedby", "operatorname")
    up = picked_up.known | _sheet.flags(result.map(_RESULTS).astype("string"), "answered")
    receptionist = told.fillna("").str.contains("receptionist").to_numpy(dtype=bool) & accepted.isna().to_numpy()
    mail = path.str.contains("voice").to_numpy(dtype=bool) | _sheet.flags(result, "voicemail")
    lost = result.map(_RESULTS).astype("string").fillna("failed")
    outcome = np.select(
        [mail, up & receptionist, up], ["voicemail", "announcement", "answered"], default=lost.to_numpy(dtype=object)
    )
    answered = pd.Series(outcome == "answered")
    held = sheet.seconds("holdtime")
    spoken = _sheet.between(picked_up, ended)
    spoken = (spoken - held.fillna(0)).where(spoken >= held.fillna(0), spoken).fillna(sheet.seconds("duration"))
    waited = sheet.seconds("waitingtime", "waittime").fillna(_sheet.between(started, picked_up))
    behind = path.str.contains("queue|receptionist")
    told_only = pd.Series(outcome == "announcement")
    _again.leave_out_repeats(sheet, ident)
    return _sheet.reading(
        sheet,
        "zoom-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": _legs.aside_for({"outbound or internal": away}, sheet.size),
            "dnis": sheet.numbers("calleedidnumber", "didnumber", "calleenumber", "calleeextnumber"),
            "ani": sheet.numbers("callernumber", "callerdidnumber"),
            "caller_name": sheet.strings("callername"),
            "agent": accepted.fillna(sheet.strings("calleename").mask(behind)).where(answered),
            "queue": sheet.strings("calleename").where(path.str.contains("queue")),
            "offered_at": started,
            "ring_s": waited.mask(behind).mask(told_only, _sheet.between(started, picked_up)),
            "queue_s": waited.where(behind).mask(told_only, _sheet.between(picked_up, ended)),
            "hold_s": held.where(answered),
            "talk_s": spoken.where(answered),
            "outcome": pd.Series(outcome, dtype="string"),
            "hangup_cause": sheet.strings("result", "callresult"),
            "recording": sheet.strings("recordingid"),
        },
    )


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the entries of all files: those of one call_id are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(_legs.part_of_calls(rows))
    return calls, problems, [said]


FORMAT = Format(
    title="Zoom Phone call logs (JSON, CSV)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent queue offered_at ring_s queue_s hold_s talk_s "
            "outcome hangup_cause recording transferred_to"
        ),
    ),
)
