r"""VICIdial's calls in its in-groups: the table ``vicidial_closer_log`` (or its archive), as CSV or in a dump.

One row is one call's stay in one in-group. The columns are the schema's; a head and two rows, the columns cut::

    closecallid,campaign_id,call_date,start_epoch,end_epoch,length_in_sec,status,phone_number,user,queue_seconds,term_reason,uniqueid
    1,DESK,2026-04-16 00:05:57,1776312357,1776312452,95,SALE,5855550117,bea,8.00,CALLER,1776312356.11
    2,DESK,2026-04-16 00:09:00,1776312540,1776312585,45,DROP,5855550118,VDCL,45.00,ABANDON,1776312539.12

===============  ==========================================================================================
column           what
===============  ==========================================================================================
uniqueid         the call: call_id, linked_id; a call that went through several in-groups is one
campaign_id      the in-group: queue. The number dialled is in another table (vicidial_did_log)
start_epoch      offered_at, epoch seconds; call_date, the server's clock, where it is missing
phone_number     ani
user             agent; VDCL, VDAD and none are nobody
queue_seconds    queue_s
length_in_sec    s, the whole stay: talk_s is it less queue_seconds, holds included
status           hangup_cause, with term_reason: what the agent or the system made of the call
term_reason      ended_by: CALLER and ABANDON the caller, AGENT the agent, the rest the system
comments         EMAIL and CHAT are set aside
===============  ==========================================================================================

Outcome: answered by a user. What nobody took is busy for MAXCALLS; announcement where the in-group's own action ended the wait
(AFTERHOURS, NOAGENT, HOLDTIME, QUEUETIMEOUT, CLOSETIME, ACFILTER: a message, a mailbox, another number); else abandoned. A row
without a length is of a call that is not over.

Sure: B (the schema, and what its own scripts write into it, were read; no real export).

References
----------
VICIdial, ``extras/MySQL_AST_CREATE_tables.sql``, ``bin/FastAGI_log.pl``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

_NOBODY = ("vdcl", "vdad", "vicidial")
_SENT_ON = ("afterhours", "noagent", "holdtime", "queuetimeout", "closetime", "acfilter", "holdrecallxfer")
_ENDED_BY = {"caller": "caller", "abandon": "caller", "agent": "agent"}


def _fits(words: frozenset[str]) -> bool:
    return {"closecallid", "queueseconds", "termreason", "lengthinsec"} <= words


def detect(head: Head) -> str | None:
    """Recognise the table by closecallid, length_in_sec, queue_seconds and term_reason."""
    return _sheet.recognised(head, _fits, "closecallid, length_in_sec, queue_seconds, term_reason")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows of one table; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "vicidial-rows", times UTC, durations in seconds. Rows without a time or a length are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    started = sheet.times("startepoch", "calldate", required="start_epoch")
    length, waited = sheet.seconds("lengthinsec"), sheet.seconds("queueseconds")
    still = length.isna().to_numpy()
    sheet.tell(still, "no length_in_sec", "a call that is over", "Row left out; export it again.", "open-call")
    ident = sheet.strings("uniqueid", "closecallid")
    user = sheet.strings("user")
    agent = user.mask(user.str.lower().isin(_NOBODY))
    answered = agent.notna()
    why = sheet.lower("termreason").fillna("")
    media = sheet.lower("comments").isin(("email", "chat")).to_numpy(dtype=bool)
    outcome = np.select(
        [answered, why == "maxcalls", why.isin(_SENT_ON)], ["answered", "busy", "announcement"], default="abandoned"
    )
    ended_by = why.map(_ENDED_BY).astype("string").mask(why.isin((*_SENT_ON, "maxcalls")), "system")
    status, reason = sheet.strings("status"), sheet.strings("termreason")
    _again.leave_out_repeats(sheet, ident)
    return _sheet.reading(
        sheet,
        "vicidial-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": _legs.aside_for({"of other media": media}, sheet.size),
            "ani": sheet.numbers("phonenumber"),
            "agent": agent,
            "queue": sheet.strings("campaignid"),
            "offered_at": started,
            "queue_s": waited.fillna(length).where(answered, length.fillna(waited)),
            "talk_s": (length - waited.fillna(0)).where(answered & (length >= waited.fillna(0))),
            "outcome": pd.Series(outcome, dtype="string"),
            "ended_by": ended_by,
            "hangup_cause": status.str.cat(reason, sep=", ").fillna(status).fillna(reason),
        },
    )


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the rows of all files: those of one uniqueid are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(rows)
    return calls, problems, [said]


FORMAT = Format(
    title="VICIdial in-group calls (vicidial_closer_log)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls="call_id linked_id ani agent queue offered_at queue_s talk_s outcome ended_by hangup_cause transferred_to",
    ),
)
