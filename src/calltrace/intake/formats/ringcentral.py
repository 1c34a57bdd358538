r"""RingCentral call log: the API's JSON (Simple and Detailed view) and the portal's CSV.

One record is one session as one extension sees it; the company's log repeats a session for every extension it
rang. A record of JSON, and the head of a CSV with a row::

    {"id": "ASaxDDkSZ5s42MA", "sessionId": "13916417004", "telephonySessionId": "s-a1b2", "type": "Voice",
     "startTime": "2026-04-16T04:05:57.000Z", "duration": 55, "direction": "Inbound", "action": "Phone Call",
     "result": "Accepted", "from": {"phoneNumber": "+15855550117", "name": "ANN LEE"},
     "to": {"phoneNumber": "+15855550178", "name": "Bea Ray"}, "legs": [{"legType": "Accept", …}]}

    Type,Direction,Phone Number,Name,Date,Time,Action,Action Result,Result Description,Duration
    Voice,Inbound,(585) 555-0117,ANN LEE,Thu 04/16/2026,12:05 AM,Phone Call,Accepted,,0:00:55

A whole company's CSV has From, To and Extension in place of Phone Number. One of every leg has ``CallId``, ``SessionId`` and
``Leg`` besides: each call's ``Leg-master``, and below it, without ids and numbers, ``Leg-1`` and so on, which are set aside.

====================  ====================================================================================
field                 what
====================  ====================================================================================
telephonySessionId    the call: call_id and linked_id; sessionId, then id, where a record has none; the
                      CSV has no id, one is made of time, number, duration and result
direction, type       Inbound and Voice; Outbound and Fax are set aside
from, to              ani with caller_name; dnis. From an extension to an extension, neither with a
                      phoneNumber: a call within the company, set aside
to.name, Extension    agent of an answered call: whose extension took it; in Detailed view of the leg that did. Of legs one
                      within the other (a menu's, a queue's, an agent's) that is the innermost; the one around it is
                      the queue. A queue that took the call and rang phones of which none did: abandoned
startTime             offered_at, ISO 8601 UTC; the CSV's Date and Time are in the user's zone, 12-hour
result                the outcome (see below) and, with reason and its description, hangup_cause
duration              s from the *first* connection by anything: no talk time. In Detailed view the leg that
                      accepted has its own, which is talk_s
recording.contentUri  recording
====================  ====================================================================================

Results: Accepted, Call connected: answered. Voicemail: voicemail. Missed, Hang Up, Abandoned: abandoned. No
Answer, Rejected, Declined: no_answer. Busy: busy. All others (Call Failed, Blocked, IP Phone Offline, …):
failed; one that is not known is noted. A call one extension missed and another accepted is answered. Ring, hold
and queue times are not in the log, and it does not say who hung up.

Sure: A for JSON (the vendor's own sample), D for the CSV: the portal's columns no source confirms, those with From, To and
Leg are as a program that archives the API's records writes them.

References
----------
ringcentral/ringcentral-api-docs, "Call log" guide and reference.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.intake.formats._sheet import Sheet
    from calltrace.tables.problems import Problem

_OUTCOMES = {
    "accepted": "answered",
    "callconnected": "answered",
    "connected": "answered",
    "answered": "answered",
    "voicemail": "voicemail",
    "missed": "abandoned",
    "hangup": "abandoned",
    "abandoned": "abandoned",
    "noanswer": "no_answer",
    "rejected": "no_answer",
    "declined": "no_answer",
    "busy": "busy",
}
_FAILED = (
    "failed", "callfailed", "callfailure", "blocked", "internalerror", "ipphoneoffline", "wrongnumber", "stopped",
    "unknown", "restrictednumber", "internationaldisabled", "internationalrestricted", "nocallingcredit",
    "notallowed", "suspendedaccount", "carrierisnotactive", "accountsuspended", "partialreceive", "reply",
)  # fmt: skip
_OPEN = ("inprogress", "ringing")
_SESSION = ("telephonysessionid", "sessionid", "id")


def _fits(words: frozenset[str]) -> bool:
    of_json = {"result", "direction", "starttime"} <= words and bool({"sessionid", "telephonysessionid"} & words)
    numbers = "phonenumber" in words or {"from", "to"} <= words
    return of_json or ({"actionresult", "duration"} <= words and numbers and bool({"date", "datetime"} & words))


def detect(head: Head) -> str | None:
    """Recognise a session's record by its keys, the portal's export by Action Result and its numbers."""
    return _sheet.recognised(head, _fits, "sessionId and result, or Action Result and Phone Number or From and To")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the records of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "ringcentral-rows". Calls in progress, and records without a time or a result, are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    if "starttime" not in sheet.cells and {"date", "time"} <= sheet.cells.keys():
        both = pc.binary_join_element_wise(sheet.text("date"), sheet.text("time"), " ")
        sheet.cells["starttime"] = both
    start = sheet.times("starttime", "datetime", "date", required="startTime")
    result = sheet.lower("result", "actionresult").str.replace(r"[^a-z]", "", regex=True)
    kind = sheet.lower("type").fillna("voice")
    voice = kind.str.contains("voice|call|phone|incoming|outgoing", regex=True).to_numpy(dtype=bool)
    way = sheet.lower("direction").fillna(kind)
    inbound = ~way.str.contains("outbound|outgoing", regex=True).to_numpy(dtype=bool)
    missing, given = result.isna().to_numpy(), sheet.text("result", "actionresult")
    sheet.tell(missing & voice, "no result", "how the call ended", "Row left out.", "missing-value")
    sheet.tell(
        result.isin(_OPEN).to_numpy(), given, "a call that is over", "Row left out; export it again.", "open-call"
    )
    numbers = sheet.strings("fromphonenumber", "tophonenumber")
    extension = sheet.strings("fromextensionnumber", "fromextensionid")
    internal = (numbers.isna() & extension.notna()).to_numpy(dtype=bool)
    internal = internal | (_few(sheet, "from") & _few(sheet, "to"))
    leg = sheet.lower("leg").str.fullmatch(r"leg-\d+").fillna(value=False).to_numpy(dtype=bool)
    known = result.isin((*_OUTCOMES, *_FAILED)).to_numpy()
    fix = "Taken for failed."
    sheet.tell(~known & voice & inbound & ~leg, given, "a known result", fix, "unknown-word", effect="noted")
    outcome = result.map(_OUTCOMES).astype("string").fillna("failed")
    answered = (outcome == "answered").to_numpy(dtype=bool)
    by_legs = _by_legs(sheet)
    lost = by_legs["lost"].where(pd.Series(answered))
    outcome = lost.fillna(outcome)
    answered = answered & lost.isna().to_numpy(dtype=bool)
    whose = sheet.strings("toname", "extensionname", "toextensionnumber", "extension")
    agent = by_legs["agent"].fillna(whose.mask((whose == by_legs["queue"]).fillna(value=False)))
    ident = sheet.strings(*_SESSION)
    if ident.isna().any():
        told = ("starttime", "fromphonenumber", "from", "to", "phonenumber", "duration", "actionresult")
        ident = ident.fillna(sheet.made_ids(*told))
    reason = pd.Series(
        pd.array(
            pc.binary_join_element_wise(
                given, sheet.text("reason"), sheet.text("reasondescription", "resultdescription"), ", ",
                null_handling="skip",
            ),
            dtype="string",
        )
    )  # fmt: skip
    _again.leave_out_repeats(sheet, ident)
    return _sheet.reading(
        sheet,
        "ringcentral-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": pd.Series(
                np.select(
                    [leg, ~voice, ~inbound, internal], ["leg of a call", "fax or message", "outbound", "internal"], default=""
                ),
                dtype="string",
            ).replace("", pd.NA),
            "dnis": sheet.numbers("tophonenumber", "to", "toextensionnumber"),
            "ani": sheet.numbers("fromphonenumber", "from", "phonenumber", "fromextensionnumber"),
            "caller_name": sheet.strings("fromname", "name"),
            "agent": agent.where(answered),
            "offered_at": start,
            "talk_s": by_legs["talk_s"].where(answered),
            "outcome": outcome,
            "queue": by_legs["queue"],
            "transferred_to": by_legs["transferred_to"].where(answered),
            "hangup_cause": reason,
            "recording": sheet.strings("recordingcontenturi", "recordinguri"),
        },
    )


def _few(sheet: Sheet, word: str) -> NDArray[np.bool_]:
    """Say where a party is an extension, of so few digits as no number has."""
    given = sheet.strings(word)
    return given.str.fullmatch(r"\d{2,6}").fillna(value=False).to_numpy(dtype=bool)


def _by_legs(sheet: Sheet) -> pd.DataFrame:
    """Return what the legs of the Detailed view tell of each record: agent, talk_s, queue, transferred_to, lost; NA without."""
    told = [_told(record.get("legs")) for record in sheet.raw] or [dict.fromkeys(_TOLD)] * sheet.size
    columns = {name: pa.array([t[name] for t in told], pa.float64() if name == "talk_s" else pa.string()) for name in _TOLD}
    return pd.DataFrame({
        name: pd.array(values.to_pandas(), dtype="Float64" if name == "talk_s" else "string") for name, values in columns.items()
    })


_TOLD = ("agent", "talk_s", "queue", "transferred_to", "lost")
_ENDS_TOGETHER_S = 2.0
"""A leg's seconds are whole ones: where the caller hung up, all legs end within so much."""


def _told(legs: Any) -> dict[str, Any]:
    """Return who talked with the caller: of the legs that were accepted the first that put nobody else through.

    A queue's leg, or a menu's, goes on while the leg of whoever took the call runs within it. ``lost`` is how a call ended
    that a queue took and no phone of those it rang.
    """
    told: dict[str, Any] = dict.fromkeys(_TOLD)
    every = [leg for leg in legs if isinstance(leg, dict)] if isinstance(legs, list) else []
    taken = [leg for leg in every if _accepted(leg)]
    through = [leg for leg in taken if any(_runs_within(other, leg) for other in taken)]
    rang = [leg for leg in taken if leg not in through and any(_placed_by(leg, o) for o in every) and not any(
        _placed_by(leg, o) for o in taken)]  # fmt: skip
    people = [leg for leg in taken if leg not in through and leg not in rang]
    queues = [str(name) for leg in (*through, *rang) if (name := _name(leg, "to"))]
    told["queue"] = queues[-1] if queues else None
    if people:
        first = people[0]
        told["agent"] = _name(first, "to")
        duration = first.get("duration")
        told["talk_s"] = float(duration) if isinstance(duration, int | float) and duration >= 0 else None
        other = next((leg for leg in people[1:] if _party(leg) != _party(first) and _name(leg, "to")), None)
        told["transferred_to"] = _name(other, "to") if other else None
    elif rang:
        results = {_OUTCOMES.get(re.sub(r"[^a-z]", "", str(leg.get("result")).lower())) for leg in every}
        told["lost"] = "voicemail" if "voicemail" in results else "abandoned"
    return told


def _accepted(leg: dict[str, Any]) -> bool:
    result = str(leg.get("result", "")).lower().replace(" ", "")
    return not leg.get("master") and _OUTCOMES.get(result) == "answered" and leg.get("legType") != "PstnToSip"


def _name(leg: dict[str, Any], side: str) -> str | None:
    party = leg.get(side)
    name = party.get("name") or party.get("extensionNumber") if isinstance(party, dict) else None
    return str(name) if name else None


def _party(leg: dict[str, Any]) -> str | None:
    """Return whose leg it is: the extension's id, else the name it went to."""
    extension = leg.get("extension")
    ident = extension.get("id") if isinstance(extension, dict) else None
    return str(ident) if ident else _name(leg, "to")


def _handed_on(leg: dict[str, Any]) -> bool:
    return "transfer" in f"{leg.get('action', '')} {leg.get('legType', '')}".lower()


def _placed_by(queue: dict[str, Any], leg: dict[str, Any]) -> bool:
    """Say whether a leg is one that another's party placed to reach somebody else, and no transfer."""
    same = _name(leg, "from") is not None and _name(leg, "from") == _name(queue, "to")
    return leg is not queue and same and _party(leg) != _party(queue) and not _handed_on(leg)


def _runs_within(leg: dict[str, Any], around: dict[str, Any]) -> bool:
    """Say whether a leg of another party runs within one, to its end: that one put the caller through."""
    if leg is around or _party(leg) == _party(around) or _handed_on(leg):
        return False
    if _placed_by(around, leg):
        return True
    ours, theirs = _span(leg), _span(around)
    if ours is None or theirs is None or ours[0] <= theirs[0]:
        return False
    return abs(ours[1] - theirs[1]) <= _ENDS_TOGETHER_S


def _span(leg: dict[str, Any]) -> tuple[float, float] | None:
    """Return when a leg began and ended, in seconds of the epoch."""
    start, duration = leg.get("startTime"), leg.get("duration")
    try:
        begins = datetime.fromisoformat(str(start)).timestamp()
    except ValueError:
        return None
    return (begins, begins + duration) if isinstance(duration, int | float) else None


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the records of all files: those of one session are one.

    Returns
    -------
    DataFrame, list of Problem, list of str
        Calls; records that came again; what became of every record.
    """
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(rows)
    return calls, problems, [said]


FORMAT = Format(
    title="RingCentral call log (JSON, CSV)",
    detect=detect,
    read=read,
    family="cloud",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent queue offered_at talk_s outcome hangup_cause "
            "transferred_to recording"
        ),
    ),
)
