r"""Talkdesk calls report: CSV, or JSON of the reporting API.

A head and two rows, invented after the documented columns::

    interaction_id,callsid,type,start_at,end_at,talkdesk_phone_number,contact_phone_number,user_name,total_time,talk_time,wait_time,hold_time
    9f01,CA01,inbound,2026-04-16 04:05:57,2026-04-16 04:07:32,+15855550178,+15855550117,Bea Ray,95,70,20,5
    9f02,CA02,abandoned,2026-04-16 04:09:00,2026-04-16 04:09:40,+15855550178,+15855550118,,40,0,40,0

=======================  =================================================================================
column                   what
=======================  =================================================================================
interaction_id, call_id  call_id and linked_id
callsid                  Twilio's id, where Talkdesk is carried by it
type                     inbound: answered; missed: no_answer; abandoned, short_abandoned: abandoned;
                         voicemail; outbound, outbound_missed, internal, …: set aside. hangup_cause
start_at, end_at         offered_at and the end, UTC with or without an offset
talkdesk_phone_number    dnis; contact_phone_number ani
user_name                agent (user_email, user_id where it is missing)
wait_time, abandon_time  queue_s of answered and of lost calls, s: Talkdesk's flow picks up at once
talk_time, hold_time     talk_s, hold_s, s or H:MM:SS; all durations of Explore's reports are parts of a day
                         (0.00005787037 is 5 s)
ring_groups              queue
disposition_code         not used: the customer's own words
=======================  =================================================================================

Column names differ between versions of the report: Start Time, Customer Phone Number, Agent Name, Holding Time and
their like are understood; the data API wraps the records in ``{"entries": [...]}``. Who hung up is not in it.

Sure: B (the API's documentation and connectors were read; no real export).

References
----------
Talkdesk Docs, "Calls report"; public connectors' schemas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.tables.problems import Problem

_OUTCOMES = {
    "inbound": "answered",
    "missed": "no_answer",
    "inboundmissed": "no_answer",
    "abandoned": "abandoned",
    "shortabandoned": "abandoned",
    "inboundabandoned": "abandoned",
    "voicemail": "voicemail",
    "inboundvoicemail": "voicemail",
    "afterhours": "announcement",
}
_DAY_S = 86_400
_START = ("startat", "starttime", "startedat")


def _fits(words: frozenset[str]) -> bool:
    return {"talkdeskphonenumber"} <= words and bool({"type", "calltype"} & words) and bool({*_START} & words)


def detect(head: Head) -> str | None:
    """Recognise the report by its column talkdesk_phone_number, with a type and a start."""
    return _sheet.recognised(head, _fits, "type, start_at, talkdesk_phone_number")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows of one report; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "talkdesk-rows". Rows without an id, a time or a known type are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    ident = sheet.strings("interactionid", "callid", "id", "callsid")
    sheet.tell(ident.isna().to_numpy(), "no interaction_id", "the call's id", "Row left out.", "missing-value")
    started = sheet.times(*_START, required="start_at", utc=True)
    kind = sheet.lower("type", "calltype").str.replace(r"[^a-z]", "", regex=True)
    outcome = kind.map(_OUTCOMES).astype("string")
    away = (kind.str.startswith("out") | kind.str.startswith("internal") | kind.str.startswith("consult")).fillna(
        value=False
    ).to_numpy(dtype=bool)
    given = sheet.text("type", "calltype")
    expected = "inbound, missed, abandoned, short_abandoned, voicemail or outbound"
    sheet.tell(outcome.isna().to_numpy() & ~away, given, expected, "Row left out.", "unknown-word")
    answered = outcome == "answered"
    agent = sheet.strings("username", "agentname", "handlingagent", "useremail", "userid")
    waited, left, held, talked = _spans(sheet)
    _again.leave_out_repeats(sheet, ident)
    return _sheet.reading(
        sheet,
        "talkdesk-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": _legs.aside_for({"outbound or internal": away}, sheet.size),
            "dnis": sheet.numbers("talkdeskphonenumber"),
            "ani": sheet.numbers("contactphonenumber", "customerphonenumber"),
            "agent": agent.where(answered.fillna(value=False)),
            "offered_at": started,
            "queue_s": waited.fillna(left),
            "hold_s": held.where(answered.fillna(value=False)),
            "talk_s": talked.where(answered.fillna(value=False)),
            "outcome": outcome,
            "hangup_cause": sheet.strings("type", "calltype"),
            "queue": sheet.strings("ringgroups", "queue"),
            "recording": sheet.strings("recordingurl", "record"),
        },
    )


def _spans(sheet: _sheet.Sheet) -> list[pd.Series[float]]:
    """Return wait, wait until leaving, hold and talk in seconds; a file whose longest is below 1 has them in days."""
    names = (("waittime", "waitingtime"), ("abandontime",), ("holdtime", "holdingtime"), ("talktime",))
    found = [sheet.seconds(*words) for words in names]
    longest = max((float(each.max()) for each in found if each.notna().any()), default=0.0)
    return [(each * _DAY_S).round() for each in found] if 0 < longest < 1 else found


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the rows of all files: those of one interaction are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(_legs.part_of_calls(rows))
    return calls, problems, [said]


FORMAT = Format(
    title="Talkdesk calls report (CSV, JSON)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani agent offered_at queue_s hold_s talk_s outcome hangup_cause "
            "queue recording"
        ),
    ),
)
