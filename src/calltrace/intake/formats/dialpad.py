r"""Dialpad calls: CSV of the statistics export, or JSON of the call events.

A row is a call as one target saw it: a caller who rings a department, is queued and answered by an agent gives a
row for the department and one for the agent, which share the entry point's id. A head and two rows, invented
after the documented columns, each here in two lines::

    call_id,entry_point_call_id,direction,category,date_started,date_queued,date_connected,
        date_ended,external_number,internal_number,name,target_kind
    51,,inbound,incoming,2026-04-16 04:05:57,2026-04-16 04:06:00,2026-04-16 04:06:20,
        2026-04-16 04:07:32,+15855550117,+15855550178,Desk,Department
    52,51,inbound,incoming,2026-04-16 04:06:10,,2026-04-16 04:06:20,
        2026-04-16 04:07:32,+15855550117,,Bea Ray,UserProfile

=======================  =================================================================================
column                   what
=======================  =================================================================================
entry_point_call_id      the caller's call: call_id and linked_id; master_call_id, then call_id without it
direction                inbound; outbound and internal rows are set aside
date_started             offered_at: epoch ms (JSON), UTC or the report's zone without an offset (CSV)
date_queued              the queue took the call: ring_s ends, queue_s begins
date_rang                when it first rang (date_first_rang)
date_connected           somebody picked up; date_ended the end
category                 incoming, missed, abandoned, voicemail, cancelled, …: hangup_cause; the outcome where
                         nobody was connected
target_kind, name        of a user: agent, when connected; of a department, call centre or office: queue
external_number          ani; internal_number dnis
talk_duration,           not used: their unit differs between exports. talk_s is from connection to end and
hold_time, duration      contains hold
voicemail                a message was left
event_timestamp          of JSON events: the latest of a call counts
=======================  =================================================================================

Sure: B (the API's reference and connectors were read; no real export).

References
----------
Dialpad Developer, "Stats export" and "Call events".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.formats import _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

_CATEGORIES = {
    "missed": "no_answer",
    "abandoned": "abandoned",
    "cancelled": "abandoned",
    "canceled": "abandoned",
    "voicemail": "voicemail",
    "blocked": "failed",
    "busy": "busy",
}
_GROUPS = "department|call ?center|office|coaching|ivr|room"


def _fits(words: frozenset[str]) -> bool:
    return {"datestarted", "externalnumber", "direction"} <= words and bool({"callid", "id"} & words)


def detect(head: Head) -> str | None:
    """Recognise calls by date_started, external_number and direction."""
    return _sheet.recognised(head, _fits, "call_id, direction, date_started, external_number")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "dialpad-rows". Calls that go on, and rows without an id or a time, are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    ident = sheet.strings("callid", "id")
    sheet.tell(ident.isna().to_numpy(), "no call_id", "the call's id", "Row left out.", "missing-value")
    started = sheet.times("datestarted", required="date_started")
    queued, picked_up = sheet.times("datequeued"), sheet.times("dateconnected")
    ended = sheet.times("dateended")
    state = sheet.lower("state")
    final = ended.known | _sheet.flags(state, "hangup", "voicemail", "missed", "recap_summary", "call_transcription")
    sheet.tell(~final, "a call with no date_ended", "a call that is over", "Row left out; export it again.", "open-call")
    linked = sheet.strings("entrypointcallid", "mastercallid", "callid", "id")
    linked = linked.mask(linked == "0").fillna(ident)
    away = (sheet.lower("direction") != "inbound").fillna(value=True).to_numpy(dtype=bool)
    group = sheet.lower("targetkind", "targettype").str.contains(_GROUPS, regex=True).fillna(value=False)
    category = sheet.lower("category", "categories", "state").str.extract(rf"\b({'|'.join(_CATEGORIES)})\b", expand=False)
    mail = sheet.strings("voicemail", "voicemaillink")
    left = mail.notna().to_numpy() & ~_sheet.flags(mail.str.lower(), "no", "false", "0")
    up = picked_up.known
    lost = category.map(_CATEGORIES).astype("string").fillna("abandoned")
    outcome = np.select([up, left], ["answered", "voicemail"], default=lost.to_numpy(dtype=object))
    connected, in_queue = pd.Series(up), pd.Series(queued.known)
    first = _sheet.between(started, queued).where(in_queue, _sheet.between(started, picked_up))
    waited = _sheet.between(queued, picked_up).where(connected, _sheet.between(queued, ended))
    name = sheet.strings("name", "targetname", "email", "targetemail", "targetid")
    return _sheet.reading(
        sheet,
        "dialpad-rows",
        {
            "row_id": ident,
            "call_id": linked,
            "linked_id": linked,
            "aside": _legs.aside_for({"outbound or internal": away}, sheet.size),
            "dnis": sheet.numbers("internalnumber", "entrypointphone"),
            "ani": sheet.numbers("externalnumber"),
            "caller_name": sheet.strings("contactname"),
            "agent": name.where(connected & ~group),
            "queue": name.where(group),
            "offered_at": started,
            "ring_s": first.where(in_queue | connected, _sheet.between(started, ended)),
            "queue_s": waited,
            "talk_s": _sheet.between(picked_up, ended),
            "outcome": pd.Series(outcome, dtype="string"),
            "hangup_cause": sheet.strings("category", "categories", "state"),
            "recording": sheet.strings("recordingurl", "recordingdetailsurl"),
            "updated": sheet.times("eventtimestamp").values,  # noqa: PD011 -- Times, no frame
        },
    )


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the rows of all files: those of one entry point are one.

    The row of the department (or whatever else the caller dialled) tells the waits, those of users the agent; talk
    is told by the users' rows alone where there are any, for a department's row covers the same minutes.
    """
    rows, problems = _legs.latest(rows, "row_id", "updated")
    rows = _legs.part_of_calls(rows.drop(columns=["row_id", "updated"]))
    of_group = rows["agent"].isna() & (rows["outcome"] == "answered")
    with_agent = rows["linked_id"].isin(rows.loc[rows["agent"].notna(), "linked_id"])
    rows = rows.assign(talk_s=rows["talk_s"].mask(of_group & with_agent))
    calls, said = _legs.fold(rows)
    if len(calls):
        ordered = rows[rows["aside"].isna()].sort_values("offered_at", kind="stable").groupby("linked_id", sort=False)
        agents = ordered["agent"].first()
        waits = ordered[["ring_s", "queue_s"]].first()
        of = calls["linked_id"]
        calls = calls.assign(
            agent=of.map(agents).astype("string"),
            ring_s=of.map(waits["ring_s"]).astype("Float64"),
            queue_s=of.map(waits["queue_s"]).astype("Float64"),
        )
    return calls, problems, [said]


FORMAT = Format(
    title="Dialpad calls (CSV, JSON)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent queue offered_at ring_s queue_s talk_s "
            "outcome hangup_cause recording transferred_to"
        ),
    ),
)
