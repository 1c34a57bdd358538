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

Entries of call_history may hold their call's way (``call_path``, ``call_elements``: who was tried, with what result), and the
elements come alone too, each with its ``call_history_uuid``. Then agent is the first user who answered, a second one is
transferred_to, queue the last call_queue before, and a ``ring_to_member`` that ran out is an event of the agents table
(ring_no_answer). What nobody answered is voicemail, else what the last step of the way says: abandoned (hang_up, canceled), an
announcement where only a receptionist or an overflow's message had the caller, busy, failed, no_answer.

A call that only an auto receptionist connected, and nobody accepted, ended in an announcement. Of call_history, which never
says who accepted, that can't be told: the call is answered, and neither a queue nor a receptionist is an agent.

Sure: B (the API's reference was read; no real export; the log's interface was replaced in June 2025).

References
----------
Zoom Developer, "Phone: Get account's call logs" and "call history".
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.ringing import RING_S

if TYPE_CHECKING:
    from calltrace.intake.formats import _json
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
    way = _ways(sheet)
    walked = way["outcome"].notna() | way["part"].notna()
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
    sheet.tell((result.isna() & ~walked).to_numpy(), "no result", "how the call ended", "Row left out.", "missing-value")
    known = _sheet.flags(result, *_RESULTS)
    strange = ~known & ~away & ~picked_up.known & ~walked.to_numpy(dtype=bool)
    sheet.tell(strange, given, "a known result", "Taken for failed.", "unknown-word", effect="noted")
    told = sheet.lower("path")
    path = told.fillna(sheet.lower("calleeexttype")).fillna("")
    accepted = sheet.strings("acceptedbyname", "acceptedbyextensionnumber", "acceptedby", "operatorname")
    up = picked_up.known | _sheet.flags(result.map(_RESULTS).astype("string"), "answered")
    receptionist = told.fillna("").str.contains("receptionist").to_numpy(dtype=bool) & accepted.isna().to_numpy()
    mail = path.str.contains("voice").to_numpy(dtype=bool) | _sheet.flags(result, "voicemail")
    lost = result.map(_RESULTS).astype("string").fillna("failed")
    seen = np.select(
        [mail, up & receptionist, up], ["voicemail", "announcement", "answered"], default=lost.to_numpy(dtype=object)
    )
    outcome = pd.Series(np.where(way["outcome"].notna(), way["outcome"], seen), dtype="string").mask(way["part"].notna())
    answered = (outcome == "answered").fillna(value=False)
    held = sheet.seconds("holdtime")
    spoken = _sheet.between(picked_up, ended)
    spoken = (spoken - held.fillna(0)).where(spoken >= held.fillna(0), spoken).fillna(sheet.seconds("duration"))
    waited = sheet.seconds("waitingtime", "waittime").fillna(_sheet.between(started, picked_up))
    behind = path.str.contains("queue|receptionist")
    told_only = (outcome == "announcement").fillna(value=False)
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
            "agent": way["agent"].fillna(accepted.fillna(sheet.strings("calleename").mask(behind)).mask(walked)).where(answered),
            "queue": way["queue"].fillna(sheet.strings("calleename").where(path.str.contains("queue"))),
            "offered_at": started,
            "ring_s": waited.mask(behind).mask(told_only, _sheet.between(started, picked_up)).mask(walked, way["ring_s"]),
            "queue_s": waited.where(behind).mask(told_only, _sheet.between(picked_up, ended)).mask(walked, way["queue_s"]),
            "hold_s": held.mask(walked, way["hold_s"]).where(answered),
            "talk_s": spoken.mask(walked, way["talk_s"]).where(answered),
            "outcome": outcome,
            "hangup_cause": sheet.strings("result", "callresult"),
            "recording": sheet.strings("recordingid"),
            "transferred_to": way["transferred_to"].where(answered),
            "rang_out": way["rang_out"],
        },
    )


_WAY = ("outcome", "agent", "queue", "transferred_to", "rang_out", "part", "ring_s", "queue_s", "hold_s", "talk_s")
_TOOK = ("answered", "accepted", "pickedup", "connected", "callconnected")
_RANG_OUT = ("ringtimeout", "noanswer")
_LEFT = ("hangup", "canceled", "cancelled", "abandoned")
_MACHINES = ("call_queue", "auto_receptionist", "ivr", "voicemail", "shared_line_group")
_SECONDS = ("ring_s", "queue_s", "hold_s", "talk_s")


def _ways(sheet: _sheet.Sheet) -> pd.DataFrame:
    """Return what the ways of the calls tell, a row a record: NA without one; ``part`` marks the further elements of a call."""
    told: list[dict[str, Any]] = [dict.fromkeys(_WAY) for _ in range(sheet.size)]
    alone: dict[str, list[int]] = {}
    for place, record in enumerate(sheet.raw):
        way = next((w for key in ("call_path", "call_elements") if isinstance(w := record.get(key), list) and w), None)
        if way is not None:
            told[place] |= _told([step for step in way if isinstance(step, dict)], record)
        elif "call_element_id" in record:
            alone.setdefault(str(record.get("call_id") or record.get("call_history_uuid")), []).append(place)
    for places in alone.values():
        places.sort(key=lambda n: str(sheet.raw[n].get("start_time") or ""))
        told[places[0]] |= _told([sheet.raw[n] for n in places], sheet.raw[places[0]])
        for place in places[1:]:
            told[place]["part"] = "yes"
    return pd.DataFrame({
        name: pd.array([t[name] for t in told], dtype="Float64" if name in _SECONDS else "string") for name in _WAY
    })


def _told(steps: list[_json.Object], call: _json.Object) -> dict[str, Any]:
    """Return what one call's way tells, of steps in their order."""
    begin, end = _at(call, "start_time", "date_time"), _at(call, "end_time", "call_end_time")
    end = max((t for t in (end, *(_at(step, "end_time") for step in steps)) if t is not None), default=None)
    took = [step for step in steps if _word(step, "result") in _TOOK and not _machine(step)]
    machines = [step for step in steps if _machine(step)]
    queues = [step.get("callee_name") for step in machines if step.get("callee_ext_type") == "call_queue"]
    up = next((_at(step, "answer_time", "start_time") or begin for step in machines), None)
    told: dict[str, Any] = {"outcome": _outcome(steps, took, machines), "queue": queues[-1] if queues else None}
    met = _at(took[0], "answer_time") if took else None
    done = met or (end if not took else None)
    if begin is not None and done is not None:
        first = min(up, done) if up is not None else done
        told["ring_s"] = round(max(first - begin, 0.0), 3)
        told["queue_s"] = round(done - first, 3) if up is not None else None
    if took:
        names = list(dict.fromkeys(name for step in took if (name := _callee(step))))
        told["agent"], told["transferred_to"] = (*names, None, None)[:2]
        told["talk_s"], told["hold_s"] = _sum(took, "talk_time"), _sum(took, "hold_time")
    ran = [step for step in steps if _word(step, "event") == "ringtomember" and _word(step, "result") in _RANG_OUT]
    told["rang_out"] = ";".join(
        f"{step['end_time']} {_callee(step)}"
        for step in ran
        if step.get("end_time") and _callee(step) and _word(step, "result_reason") != "answeredbyother" and _rang(step) >= RING_S
    ) or None  # fmt: skip
    return told


def _outcome(steps: list[_json.Object], took: list[_json.Object], machines: list[_json.Object]) -> str:
    if took:
        return "answered"
    results = [_word(step, "result") for step in steps]
    if "voicemail" in results:
        return "voicemail"
    on_the_way = [step for step in steps if step.get("is_node") != 0 and _word(step, "event") != "ringtomember"]
    said = [result for step in on_the_way if (result := _word(step, "result"))] or [r for r in results if r]
    last = said[-1] if said else ""
    heard_only = bool(machines) and not any(step.get("callee_ext_type") == "call_queue" for step in machines)
    message = any("message" in _word(step, "result_reason") for step in steps)
    if heard_only or (last == "overflowed" and message):
        return "announcement"
    if last in _LEFT or (last in {*_TOOK, "succeeded", ""} and machines):
        return "abandoned"
    return _RESULTS.get(last, "failed") if last else "no_answer"


def _word(step: _json.Object, key: str) -> str:
    return re.sub(r"[^a-z]", "", str(step.get(key) or "").lower())


def _machine(step: _json.Object) -> bool:
    return str(step.get("callee_ext_type") or "").lower() in _MACHINES


def _callee(step: _json.Object) -> str | None:
    name = step.get("callee_name") or step.get("callee_ext_number") or step.get("callee_did_number")
    return str(name) if name else None


def _sum(steps: list[_json.Object], key: str) -> float | None:
    known = [float(v) for step in steps if isinstance(v := step.get(key), int | float) and v >= 0]
    return sum(known) if known else None


def _rang(step: _json.Object) -> float:
    begin, end = _at(step, "start_time"), _at(step, "end_time")
    return end - begin if begin is not None and end is not None else 0.0


def _at(step: _json.Object, *keys: str) -> float | None:
    """Return the first of the instants there is, in seconds of the epoch."""
    for key in keys:
        try:
            return datetime.fromisoformat(str(step.get(key))).timestamp()
        except ValueError:
            continue
    return None


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the entries of all files: those of one call_id are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(_legs.part_of_calls(rows.drop(columns="rang_out")))
    return calls, problems, [said]


def rings_of(rows: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Return an event of the agents table for each member of a queue whose phone rang out."""
    return _legs.rang_out(rows, calls)


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
        agents="at agent event call_id",
    ),
)
