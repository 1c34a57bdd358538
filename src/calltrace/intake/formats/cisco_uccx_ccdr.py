r"""Cisco Unified CCX's calls: the report "Detailed Call by Call CCDR" (CSV), and the table ContactCallDetail behind it.

One row is one leg of a call (session); what is redirected or transferred goes on in the next sequence number::

    Node ID - Session ID - Sequence No,Start Time,End Time,Contact - Type,Contact - Disposition,Originator DN,Called Number,…
    1-1001-0,4/16/2026 12:05:57 AM,4/16/2026 12:07:32 AM,1,2,5855550117,800,5855550178,Desk_App,Desk,0:00:08,Bea Ray,…

===========================  ================================================================================
column                       what
===========================  ================================================================================
Node ID - Session ID -       the call by node and session: call_id, linked_id (nodeID, sessionID of the table)
Sequence No
Start Time                   offered_at, the server's zone; startDateTime of the table is UTC
Contact - Type               1 incoming begins a caller's attempt; 3, 4, 5 (internal, redirected, transferred in) are
                             part of one that did; 2, 6, 7, 8 are outgoing
Contact - Disposition        1 abandoned, 2 handled, 4 aborted, 5 to 98 rejected, 99 cleared: hangup_cause
Originator DN                ani; Original Called Number, else Called Number, dnis
CSQ Names                    queue, the first of several; Agent Name agent
Talk Time, Hold Time         talk_s, hold_s: H:MM:SS or s
End Time                     what is left of the leg without talk and hold is queue_s: a CTI port picks up at once, and the
                             menu, the queue and the agent's ringing are all behind it
===========================  ================================================================================

Outcome: answered by an agent, or by talk; handled by the script alone, or left before any CSQ, announcement; else abandoned;
aborted, rejected and cleared failed.

Sure: B (the report's and the table's descriptions were read; no real export).

References
----------
Cisco Unified Contact Center Express, Report Developer Guide, "ContactCallDetail";
Report User Guide, "Detailed Call by Call CCDR".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from calltrace.tables.problems import Problem

_IDS = ("nodeidsessionidsequenceno", "nodeidsessionidsequencenumber", "nodeidsessionidsequencenum")
_START = ("starttime", "callstarttime", "startdatetime")
_OUT = ("2", "6", "7", "8")
_INNER = ("3", "4", "5")


def _fits(words: frozenset[str]) -> bool:
    known = bool({*_IDS} & words) or {"sessionid", "sessionseqnum"} <= words
    return known and {"contacttype", "contactdisposition"} <= words and bool({*_START} & words)


def detect(head: Head) -> str | None:
    """Recognise the report by its session's id, Contact Type and Contact Disposition."""
    return _sheet.recognised(head, _fits, "Node ID - Session ID - Sequence No, Contact Type, Contact Disposition")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the legs of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "ccdr-rows", durations in seconds. Legs without a session or a start are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    table = sheet.has("startdatetime")
    started = sheet.times(*_START, required="Start Time", utc=table)
    ended = sheet.times("endtime", "callendtime", "enddatetime", utc=table)
    whole = sheet.strings(*_IDS)
    session = whole.str.extract(r"^\s*(\d+\s*-\s*\d+)\s*-", expand=False).str.replace(" ", "")
    alone = sheet.strings("sessionid")
    session = session.fillna(sheet.strings("nodeid").str.cat(alone, sep="-")).fillna(alone)
    nameless = session.isna().to_numpy(dtype=bool)
    sheet.tell(nameless, "no session", "node, session and sequence number", "Row left out.", "missing-value")
    kind, disposition = sheet.strings("contacttype"), sheet.strings("contactdisposition").str.extract(r"^(\d+)", expand=False)
    agent, queue = sheet.strings("agentname"), sheet.strings("csqnames", "csqname", "handlingcsqs")
    talk, held = sheet.seconds("talktime"), sheet.seconds("holdtime")
    queue = queue.str.partition(";")[0].str.partition(",")[0].str.strip()
    up = agent.notna() | (talk > 0).fillna(value=False)
    heard = disposition.eq("2").fillna(value=False) | (disposition.eq("1").fillna(value=False) & queue.isna())
    if not sheet.has("csqnames", "csqname", "handlingcsqs"):  # the table tells no queue: who left, left
        heard = disposition.eq("2").fillna(value=False)
        up = up | (heard & (not sheet.has("agentname")))
    lost = disposition.eq("1").fillna(value=False)
    outcome = np.select(
        [up.to_numpy(dtype=bool), heard.to_numpy(dtype=bool), lost.to_numpy(dtype=bool)],
        ["answered", "announcement", "abandoned"],
        default="failed",
    )
    length = _sheet.between(started, ended)
    waited = length - talk.fillna(0).where(up, 0.0) - held.fillna(0).where(up, 0.0)
    _again.leave_out_repeats(sheet, session)
    return _sheet.reading(
        sheet,
        "ccdr-rows",
        {
            "call_id": session,
            "linked_id": session,
            "aside": _legs.aside_for(
                {"outgoing": _sheet.flags(kind, *_OUT), "internal, or of another call": _sheet.flags(kind, *_INNER)}, sheet.size
            ),
            "dnis": sheet.numbers(
                "originalcallednumber", "originalcalledno", "origcallednumber", "callednumber", "destinationdn"
            ),
            "ani": sheet.numbers("originatordncallingnumber", "originatordn", "callingnumber"),
            "agent": agent.where(up),
            "queue": queue.mask(queue == ""),
            "offered_at": started,
            "queue_s": waited.where((waited >= 0) & (~up | talk.notna())),
            "hold_s": held.where(up),
            "talk_s": talk.where(up),
            "outcome": pd.Series(outcome, dtype="string"),
            "hangup_cause": disposition,
        },
    )


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the legs of all files: those of one session are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(_legs.part_of_calls(rows))
    return calls, problems, [said]


FORMAT = Format(
    title="Cisco Unified CCX call by call (CCDR: CSV, ContactCallDetail)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls="call_id linked_id dnis ani agent queue offered_at queue_s hold_s talk_s outcome hangup_cause transferred_to",
    ),
)
