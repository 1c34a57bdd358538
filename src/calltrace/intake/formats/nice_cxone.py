r"""NICE CXone (inContact) contacts: the data download "Call detail" (CSV) and the reporting API's completed contacts (JSON).

One row is one contact, a caller's stay with one skill and agent; a contact handed on has the same master. A head with
a row of the download, and a record of the API, both cut::

    contact_id,master_contact_id,contact_name,ani_dialnum,skill_name,agent_name,start_date,start_time,PreQueue,InQueue,Agent_Time,Abandon
    50001,50001,8005550178,5855550117,Desk,Bea Ray,04/16/2026,00:05:57,5,13,277,N

    {"contactId": "50001", "masterContactId": "50001", "contactStart": "2026-04-16T04:05:57.443Z", "fromAddr": "5855550117",
     "toAddr": "8005550178", "preQueueSeconds": "5", "inQueueSeconds": "13", "agentSeconds": "277", "abandoned": "False"}

==============================  =============================================================================
column, key                     what
==============================  =============================================================================
master_contact_id,              the call: call_id, linked_id (contact_id where it is missing)
masterContactId
contactStart (contactStartDate) offered_at, UTC; start_date with start_time in the business unit's zone
ani_dialnum, fromAddr           ani; DNIS, toAddr dnis, contact_name where it is a number
Skill_Name, skillName           queue; Agent_Name, firstName with lastName, agent
PreQueue, InQueue               s in the menu, and in the queue with the agent's phone ringing: added up, queue_s
Agent_Time                      s with an agent: talk_s is it less Hold_Time, which is hold_s
Abandon, abandoned              Y, True: abandoned, where no agent had the contact
Media_Name, mediaTypeName       Call; others are set aside, and so is isOutbound
endReason                       hangup_cause
lastUpdateTime                  of a contact that came again, the latest stays
==============================  =============================================================================

Outcome: answered by an agent who had it for a time; else abandoned, and where it is not said to be: voicemail or announcement
by what came after the queue (PostQueue, a skill or an ending named so), announcement where it never was in one, abandoned.

Sure: B (a sample of the API's answer and the download's list of columns; the seconds of the sample add up to the contact's).

References
----------
NICE CXone, "Data download metrics", "Call Detail (Comprehensive with Hold)"; Reporting API, "contacts/completed".
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

_YES = ("y", "yes", "true", "1")
_VOICE = ("call", "voice", "phone", "phone call", "inbound call", "4")


def _fits(words: frozenset[str]) -> bool:
    download = {"contactid", "mastercontactid", "inqueue", "agenttime", "startdate"} <= words
    api = {"contactid", "mastercontactid", "inqueueseconds", "agentseconds"} <= words
    return download or (api and bool({"contactstart", "contactstartdate"} & words))


def detect(head: Head) -> str | None:
    """Recognise contacts by their id, their master's, and the seconds in queue and with the agent."""
    return _sheet.recognised(head, _fits, "contact_id, master_contact_id, InQueue, Agent_Time")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the contacts of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "cxone-rows", durations in seconds. Contacts without an id or a time are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    if "contactstart" not in sheet.cells and {"startdate", "starttime"} <= sheet.cells.keys():
        sheet.cells["startdate"] = pc.binary_join_element_wise(sheet.text("startdate"), sheet.text("starttime"), " ")
    contact = sheet.strings("contactid")
    sheet.tell(contact.isna().to_numpy(dtype=bool), "no contact_id", "its id", "Row left out.", "missing-value")
    started = sheet.times("contactstart", "contactstartdate", "startdate", required="start")
    going = _sheet.flags(sheet.lower("isactive"), *_YES)
    sheet.tell(going, "a contact that is active", "a contact that is over", "Row left out; export it again.", "open-call")
    before, waited = sheet.seconds("prequeueseconds", "prequeue"), sheet.seconds("inqueueseconds", "inqueue")
    had, held = sheet.seconds("agentseconds", "agenttime"), sheet.seconds("holdseconds", "holdtime")
    after = sheet.seconds("postqueueseconds", "postqueue")
    up = (had > 0).fillna(value=False)
    left = _sheet.flags(sheet.lower("abandoned", "abandon"), *_YES)
    media = sheet.lower("mediatypename", "medianame", "mediatype").fillna("call")
    out = _sheet.flags(sheet.lower("isoutbound", "outbound"), *_YES)
    skill, ending = sheet.strings("skillname"), sheet.strings("endreason", "dispositionname")
    mail = (skill.str.cat(ending, sep=" ", na_rep="").str.lower().str.contains("voice ?mail", regex=True)).fillna(value=False)
    in_queue = (waited > 0).fillna(value=False)
    outcome = np.select(
        [up, left, mail, (after > 0).fillna(value=False) | ~in_queue],
        ["answered", "abandoned", "voicemail", "announcement"],
        default="abandoned",
    )
    linked = sheet.strings("mastercontactid").fillna(contact)
    named = sheet.strings("contactname")
    sheet.cells["contactname"] = pc.if_else(
        pc.match_substring_regex(sheet.text("contactname"), r"^\+?[\d\s().-]{7,}$"), sheet.text("contactname"), None
    )
    person = sheet.strings("firstname").str.cat(sheet.strings("lastname"), sep=" ", na_rep="").str.strip()
    _again.leave_out_repeats(sheet, linked)
    return _sheet.reading(
        sheet,
        "cxone-rows",
        {
            "call_id": linked,
            "linked_id": linked,
            "contact": contact,
            "updated": pd.Series(sheet.times("lastupdatetime").values),
            "aside": _legs.aside_for(
                {"of other media": ~_sheet.flags(media, *_VOICE), "outbound": out}, sheet.size
            ),
            "dnis": sheet.numbers("dnis", "toaddr", "toaddress", "contactname"),
            "ani": sheet.numbers("anidialnum", "ani", "fromaddr", "fromaddress"),
            "agent": sheet.strings("agentname").fillna(person.mask(person == "")).fillna(sheet.strings("agentid")).where(up),
            "queue": skill.fillna(named),
            "offered_at": started,
            "queue_s": before.fillna(0) + waited,
            "hold_s": held.where(up),
            "talk_s": (had - held.fillna(0)).where(up & (had >= held.fillna(0))),
            "outcome": pd.Series(outcome, dtype="string"),
            "hangup_cause": ending,
        },
    )


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the contacts of all files: those of one master are one."""
    rows, problems = _legs.latest(rows, "contact", "updated")
    calls, said = _legs.fold(_legs.part_of_calls(rows.drop(columns=["contact", "updated"])))
    return calls, problems, [said]


FORMAT = Format(
    title="NICE CXone contacts (CSV, JSON)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls="call_id linked_id dnis ani agent queue offered_at queue_s hold_s talk_s outcome hangup_cause transferred_to",
    ),
)
