r"""Genesys Cloud conversation details: the answer of the analytics query, a job's JSON lines, or a data action's.

One record is one conversation, transfers included; in it each participant (the customer, the IVR, the queue,
each agent) has sessions, and each session segments of time. A conversation, much shortened::

    {"conversationId": "585f63eb-…", "conversationStart": "2026-04-16T04:06:11.478Z", "conversationEnd": "…",
     "originatingDirection": "inbound", "participants": [
      {"purpose": "customer", "sessions": [{"mediaType": "voice", "direction": "inbound",
        "ani": "tel:+15855550117", "dnis": "tel:+15855550178", "segments": [
         {"segmentType": "interact", "segmentStart": "…", "segmentEnd": "…", "disconnectType": "client"}]}]},
      {"purpose": "acd", "participantName": "Desk", "sessions": […]},
      {"purpose": "agent", "userId": "8c88c7…", "sessions": [{"segments": [
         {"segmentType": "alert", …}, {"segmentType": "interact", …}, {"segmentType": "hold", …}]}]}]}

==========================  ==============================================================================
what                        from
==========================  ==============================================================================
call_id, linked_id          conversationId
dnis, ani                   the first voice session that has them, customers' first; ``tel:``, ``sip:`` off
caller_name                 participantName of the customer, which may be a place
queue                       participantName of the acd participant, else its queueId
agent                       userId of the agent who first talked with the caller
offered_at                  conversationStart, ISO 8601 UTC with milliseconds
ring_s                      until the IVR or queue picked up, or, without one, an agent
queue_s                     from there until the agent's first ``interact``, or the end
talk_s, hold_s              the agents' ``interact`` and ``hold`` segments added up; the queue's own ``interact``
                            is waiting
ended_by                    disconnectType of the customer's last segment: client and endpoint are that side,
                            peer the other, the rest the platform; of an agent's where the customer has none
hangup_cause                that disconnectType, with errorCode, SIP and Q.850 codes
transferred_to              the second agent who talked
agents: ring_no_answer      an agent whose session has the metric tNotResponding, of six seconds and more: at its end
==========================  ==============================================================================

Voice only: callbacks, chats and messages are set aside, and so are calls an agent placed. A caller's attempt is
a voice conversation that came in from outside or that reached the IVR or a queue. Outcome: answered by an
agent's ``interact``; else voicemail, abandoned (the caller left, or the queue was all there was), no_answer (it
alerted agents, and not the caller ended it), busy (SIP 486 or 600 or Q.850 17 to a caller whom nothing had picked up),
failed (another error), announcement (IVR only). A conversation without
an end one of whose segments goes on is not over, and left out.

Sure: A (25 real conversations of the vendor's lab were read), but for callers who were refused: of the codes their segments have
only the field list was read.

References
----------
Genesys Cloud Developer Center, "Conversation detail query" and "Detail metric definitions".
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.intake.formats import _json, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._sheet import Sheet
from calltrace.intake.ringing import RING_S

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

_OUTSIDE = ("customer", "external")
_MACHINES = ("ivr", "acd", "workflow")
_AGENTS = ("agent", "user")
_THIS_SIDE = ("client", "endpoint")
_BUSY = {"sip 486", "sip 600", "q850 17"}
"""Busy here, busy everywhere (RFC 3261, 21.4.24, 21.6.1), user busy (ITU-T Q.850)."""
_TIME = ("start", "end", "machine", "talked")


def detect(head: Head) -> str | None:
    """Recognise conversations by their id and participants."""
    first = _json.opening(head)
    if first is None or "conversationId" not in first:
        return None
    # of a conversation longer than the head the participants may be cut off
    if "participants" in first or "conversationStart" in first:
        return "JSON keys: conversationId, participants"
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the conversations of one file; :func:`calls_of` drops what came again.

    Returns
    -------
    Reading
        Table "genesys-rows". Conversations that are not over, and those without id or beginning, are Problems.
    """
    read = _json.records(stream)
    made = [_told(record) for record in read.values]  # noqa: PD011 -- Records, no frame
    names = list(_told({}))
    numbers = ("talk_s", "hold_s")
    cells = {n: pa.array([m[n] for m in made], type=pa.string()) for n in names if n not in numbers}
    lines = np.array(read.lines, dtype=np.int64)
    sheet = Sheet(stream, options, "calls", cells, lines, read.rows, read.problems)
    ident = sheet.strings("id")
    sheet.tell(ident.isna().to_numpy(), "no conversationId", "its id", "Record left out.", "missing-value")
    start = sheet.times("start", required="conversationStart")
    calls = sheet.strings("aside").isna().to_numpy()
    still = calls & sheet.strings("open").notna().to_numpy()
    sheet.tell(still, "a conversation that goes on", "one that is over", "Left out; export it again.", "open-call")
    at = {n: pd.Series(sheet.times(n).values) for n in _TIME}
    talked, machine = at["talked"], at["machine"]
    picked_up = machine.fillna(talked).fillna(at["end"])
    return _sheet.reading(
        sheet,
        "genesys-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": sheet.strings("aside"),
            "dnis": sheet.numbers("dnis"),
            "ani": sheet.numbers("ani"),
            "caller_name": sheet.strings("caller_name"),
            "agent": sheet.strings("agent"),
            "queue": sheet.strings("queue"),
            "offered_at": start,
            "ring_s": _seconds(picked_up - at["start"]),
            "queue_s": _seconds(talked.fillna(at["end"]) - machine),
            "talk_s": pd.array([m["talk_s"] for m in made], dtype="Float64"),
            "hold_s": pd.array([m["hold_s"] for m in made], dtype="Float64"),
            "outcome": sheet.strings("outcome"),
            "ended_by": sheet.strings("ended_by"),
            "hangup_cause": sheet.strings("hangup_cause"),
            "transferred_to": sheet.strings("transferred_to"),
            "rang_out": sheet.strings("rang_out"),
            "updated": at["end"],
        },
        time="",
    )


def _seconds(span: pd.Series[pd.Timedelta]) -> pd.Series[float]:
    found = span.dt.total_seconds().astype("Float64").round(3)
    return found.where(found >= 0)


def _told(record: _json.Object) -> dict[str, Any]:
    """Return what one conversation says, as texts; ``aside`` is why it is no caller's attempt."""
    told: dict[str, Any] = dict.fromkeys(
        (
            "id", "start", "end", "open", "aside", "dnis", "ani", "caller_name", "agent", "queue", "machine",
            "talked", "talk_s", "hold_s", "outcome", "ended_by", "hangup_cause", "transferred_to", "rang_out",
        )
    )  # fmt: skip
    told["id"], told["start"] = _text(record.get("conversationId")), _text(record.get("conversationStart"))
    told["end"] = _text(record.get("conversationEnd"))
    sessions = [
        (person, session)
        for person in _dicts(record.get("participants"))
        for session in _dicts(person.get("sessions"))
        if session.get("mediaType") == "voice"
    ]
    if not sessions:
        told["aside"] = "of other media"
        return told
    reached = any(p.get("purpose") in _MACHINES and s.get("direction") != "outbound" for p, s in sessions)
    came_in = any(p.get("purpose") in _OUTSIDE and s.get("direction") == "inbound" for p, s in sessions)
    if not (came_in or reached) or (record.get("originatingDirection") == "outbound" and not reached):
        told["aside"] = "outbound or internal"
        return told
    _parties(told, sessions)
    _times(told, sessions)
    _ending(told, sessions)
    told["rang_out"] = ";".join(f"{at} {who}" for at, who in _rang_out(sessions)) or None
    return told


def _rang_out(sessions: _Sessions) -> list[tuple[str, str]]:
    """Return when, and at which agents, the call rang out, by the service's own word."""
    found = []
    for person, session in sessions:
        who = _text(person.get("userId"))
        for metric in _dicts(session.get("metrics")) if who and person.get("purpose") == "agent" else []:
            value, at = metric.get("value"), _text(metric.get("emitDate"))
            if metric.get("name") == "tNotResponding" and at and isinstance(value, int | float) and value >= RING_S * 1000:
                found.append((at, str(who)))
    return found


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) and value != "" else None


_Sessions = list[tuple[dict[str, Any], dict[str, Any]]]


def _parties(told: dict[str, Any], sessions: _Sessions) -> None:
    # the outside's view first; a call from a phone of the same organisation has only its own session
    ordered = sorted(sessions, key=lambda p: p[0].get("purpose") not in _OUTSIDE)
    inside = [p for p in ordered if p[0].get("purpose") in (*_OUTSIDE, *_MACHINES)]
    told["ani"] = next((s["ani"] for _, s in inside if _text(s.get("ani"))), None)
    dialled = [s["dnis"] for p, s in ordered if p.get("purpose") != "agent" and _text(s.get("dnis"))]
    told["dnis"] = dialled[0] if dialled else None
    for person, session in sessions:
        purpose, name = person.get("purpose"), _text(person.get("participantName"))
        if purpose in _OUTSIDE and told["caller_name"] is None:
            told["caller_name"] = name
        if purpose == "acd" and told["queue"] is None:
            named = [_text(g.get("queueId")) for g in _dicts(session.get("segments"))]
            told["queue"] = name or next((n for n in named if n), None)


def _times(told: dict[str, Any], sessions: _Sessions) -> None:
    """Tell when the machine and the agents picked up, and how long was talked and held."""
    machine: list[str] = []
    talked: list[tuple[str, str]] = []
    ends: list[str] = []
    talk, hold, going = 0.0, 0.0, False
    for person, session in sessions:
        purpose = person.get("purpose")
        own = purpose == "agent" or (purpose == "user" and session.get("direction") == "inbound")
        for segment in _dicts(session.get("segments")):
            kind, begins, until = (segment.get(k) for k in ("segmentType", "segmentStart", "segmentEnd"))
            if not isinstance(begins, str):
                continue
            if isinstance(until, str):
                if kind != "wrapup":
                    ends.append(until)
            else:
                going = True
                until = begins
            if purpose in _MACHINES and kind in ("ivr", "interact", "delay"):
                machine.append(begins)
            if own and kind == "interact":
                talked.append((begins, _text(person.get("userId")) or _text(person.get("participantName")) or ""))
                talk += _span(begins, until)
            elif own and kind == "hold":
                hold += _span(begins, until)
    told["machine"] = min(machine, default=None)
    told["open"] = "yes" if told["end"] is None and (going or not ends) else None
    told["end"] = told["end"] or max(ends, default=None)
    if talked:
        talked.sort()
        told["talked"], told["agent"] = talked[0][0], talked[0][1] or None
        told["talk_s"], told["hold_s"] = round(talk, 3), round(hold, 3)
        told["transferred_to"] = next((who for _, who in talked if who and who != talked[0][1]), None)
        if told["machine"] is not None and told["machine"] > talked[0][0]:
            told["machine"] = None


def _span(begins: str, until: str) -> float:
    try:
        span = np.datetime64(until.rstrip("Z")) - np.datetime64(begins.rstrip("Z"))
    except ValueError:
        return 0.0
    return max(float(span / np.timedelta64(1, "ms")) / 1000, 0.0)


def _ending(told: dict[str, Any], sessions: _Sessions) -> None:
    """Tell the outcome and who ended it."""
    purposes = {p.get("purpose") for p, _ in sessions}
    alerted = any(
        g.get("segmentType") == "alert"
        for p, s in sessions
        if p.get("purpose") in _AGENTS
        for g in _dicts(s.get("segments"))
    )
    side, caller = _last_segment(sessions, _OUTSIDE), True
    if side is None:
        side, caller = _last_segment(sessions, ("user",), direction="outbound"), True
    if side is None:
        side, caller = _last_segment(sessions, _AGENTS), False
    kind = _text(side.get("disconnectType")) if side else None
    caller_left = caller and kind in _THIS_SIDE
    answered = told["talked"] is not None
    if kind in _THIS_SIDE:
        told["ended_by"] = "caller" if caller else "agent"
    elif kind == "peer":
        told["ended_by"] = ("agent" if answered else "system") if caller else "caller"
    elif kind:
        told["ended_by"] = "system"
    codes = [] if side is None else [side.get("errorCode"), *_codes(side, "sip"), *_codes(side, "q850")]
    told["hangup_cause"] = ", ".join(str(c) for c in (kind, *codes) if c) or None
    failed = side is not None and bool(side.get("errorCode"))
    if answered:
        told["outcome"] = "answered"
    elif "voicemail" in purposes:
        told["outcome"] = "voicemail"
    elif caller and not alerted and not purposes & set(_MACHINES) and set(codes) & _BUSY:
        told["outcome"] = "busy"
    elif failed:
        told["outcome"] = "failed"
    elif alerted and not caller_left:
        told["outcome"] = "no_answer"
    elif "acd" in purposes or alerted or not purposes & set(_MACHINES):
        told["outcome"] = "abandoned"
    else:
        told["outcome"] = "announcement"


def _codes(segment: dict[str, Any], kind: str) -> list[str]:
    found = segment.get(f"{kind}ResponseCodes")
    return [f"{kind} {code}" for code in found] if isinstance(found, list) else []


def _last_segment(
    sessions: _Sessions, purposes: tuple[str, ...], direction: str | None = None
) -> dict[str, Any] | None:
    """Return the last segment with a way of ending of these participants, wrap-up apart."""
    found = [
        segment
        for person, session in sessions
        if person.get("purpose") in purposes and (direction is None or session.get("direction") == direction)
        for segment in _dicts(session.get("segments"))
        if segment.get("disconnectType") and segment.get("segmentType") != "wrapup"
    ]
    return max(found, key=lambda s: str(s.get("segmentEnd") or ""), default=None)


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Give the conversations that are callers' attempts, each once.

    Returns
    -------
    DataFrame, list of Problem, list of str
        Calls; conversations that came again; what became of every conversation.
    """
    rows, problems = _legs.latest(rows, "call_id", "updated")
    apart = rows["aside"].notna()
    calls = rows[~apart].drop(columns=["aside", "updated", "rang_out"])
    said = _legs.account_for(len(rows), len(calls), 0, Counter(rows.loc[apart, "aside"].astype(str)))
    calls = calls.sort_values("offered_at", kind="stable", ignore_index=True)
    return _legs.only_instants(calls), problems, [said]


def rings_of(rows: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Return an event of the agents table for each call that rang out at an agent."""
    rows, _ = _legs.latest(rows, "call_id", "updated")
    return _legs.rang_out(rows, calls)


FORMAT = Format(
    title="Genesys Cloud conversation details (JSON)",
    detect=detect,
    read=read,
    family="cloud",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent queue offered_at ring_s queue_s hold_s talk_s "
            "outcome ended_by hangup_cause transferred_to"
        ),
        agents="at agent event call_id",
    ),
)
