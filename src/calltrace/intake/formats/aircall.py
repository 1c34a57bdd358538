r"""Aircall calls: JSON of the API, or the dashboard's CSV export.

A record of JSON, shortened, and the head of a CSV with a row::

    {"id": 812, "direction": "inbound", "status": "done", "missed_call_reason": null, "started_at": 1776312357,
     "answered_at": 1776312371, "ended_at": 1776312452, "duration": 95, "raw_digits": "+1 585-555-0117",
     "number": {"name": "Desk", "digits": "+1 585-555-0178"}, "user": {"name": "Bea Ray"}, "voicemail": null}

    line,datetime (UTC),direction,from,to,answered,missed_call_reason,user,duration (total),duration (in call)
    Desk,2026-04-16 04:05:57,inbound,+15855550117,+15855550178,Yes,,Bea Ray,95,81

====================  ====================================================================================
field                 what
====================  ====================================================================================
id                    call_id and linked_id; one is made of time, numbers and duration where there is none
direction             inbound; outbound is set aside
status                done; initial and answered go on: left out, unless a later record of the call is there, as
                      where what was posted to a web hook was kept (``{"event": "call.hungup", "data": {...}}``);
                      of several the last counts
started_at            offered_at, epoch seconds (API). In the CSV ``datetime (UTC)``, else ``datetime (TZ offset
                      incl.)``, or ``date`` and ``time`` so, by the clock of the number's place
answered_at           who answered did so; ended_at the end
missed_call_reason    hangup_cause. abandoned_in_ivr, abandoned_in_classic, short_abandoned: abandoned;
                      no_available_agent, agents_did_not_answer: no_answer; out_of_opening_hours:
                      announcement
raw_digits, number    ani (anonymous withheld); dnis. ``from`` and ``to`` in the CSV
user                  agent
duration              from start to end, **with the ringing**: not used where the times are there
voicemail, recording  a message was left; where the recording lies
transferred_to        who it was passed to
====================  ====================================================================================

``ring_s`` runs from the start to the answer (or the end), greeting and menu included, for the log does not tell
when they began; ``talk_s`` from the answer to the end, hold included. Who hung up is not in it.

Sure: B (the API's reference was read; the CSV's columns are known from the product only).

References
----------
Aircall Developer, "Call object".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.tables.problems import Problem

_REASONS = {
    "out_of_opening_hours": "announcement",
    "short_abandoned": "abandoned",
    "abandoned_in_ivr": "abandoned",
    "abandoned_in_classic": "abandoned",
    "no_available_agent": "no_answer",
    "agents_did_not_answer": "no_answer",
}
_START = ("startedat", "datetimeutc", "datetimetzoffsetincl", "datetime")
_PARTS = ("datetzoffsetincl", "timetzoffsetincl")


def _fits(words: frozenset[str]) -> bool:
    return {"direction", "missedcallreason"} <= words and (bool({*_START} & words) or {*_PARTS} <= words)


def detect(head: Head) -> str | None:
    """Recognise calls by missed_call_reason, direction and a start."""
    return _sheet.recognised(head, _fits, "direction, missed_call_reason, started_at")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the calls of one file; :func:`calls_of` drops what came again.

    Returns
    -------
    Reading
        Table "aircall-rows". Calls that go on, and rows without a time, are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    status = sheet.lower("status").fillna("done")
    ident = sheet.strings("id", "callid", "calluuid")
    still, given = _sheet.flags(status, "initial", "answered") & sheet.has("startedat"), sheet.text("status")
    _again.leave_out_repeats(sheet, ident)  # or the later of two that are alike would overtake the one that is kept
    over = _overtaken(ident.mask(sheet.drop), still) if sheet.raw else np.zeros(sheet.size, dtype=bool)
    sheet.tell(still & ~over, given, "a call that is over", "Row left out; export it again.", "open-call")
    if not sheet.has(*_START):
        sheet.cells["datetime"] = pc.binary_join_element_wise(*(sheet.text(w) for w in _PARTS), " ")
    started = sheet.times(*_START, required="started_at", utc=sheet.has("startedat", "datetimeutc"))
    picked_up, ended = sheet.times("answeredat"), sheet.times("endedat")
    if ident.isna().any():
        ident = ident.fillna(sheet.made_ids(*_START, "from", "to", "durationtotal"))
    away = sheet.lower("direction").str.startswith("out").fillna(value=False).to_numpy(dtype=bool)
    answered = picked_up.known | _sheet.flags(sheet.lower("answered"), "yes", "true", "1", "answered")
    mail = sheet.strings("voicemail")
    left = mail.notna().to_numpy() & ~_sheet.flags(mail.str.lower(), "no", "false", "0")
    reason = sheet.lower("missedcallreason").str.replace(r"[\s-]+", "_", regex=True)
    lost = reason.map(_REASONS).astype("string").fillna("abandoned")
    outcome = np.select([answered, left], ["answered", "voicemail"], default=lost.to_numpy(dtype=object))
    up = pd.Series(answered)
    talk = _sheet.between(picked_up, ended).fillna(sheet.seconds("durationincall").where(up))
    whole = _sheet.between(started, ended).fillna(sheet.seconds("durationtotal", "duration"))
    ring = _sheet.between(started, picked_up).fillna((whole - talk).where(up)).fillna(whole.where(~up))
    _again.leave_out_repeats(sheet, ident)
    return _sheet.reading(
        sheet,
        "aircall-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": _legs.aside_for({"earlier states of calls": over, "outbound": away}, sheet.size),
            "dnis": sheet.numbers("numberdigits", "to"),
            "ani": sheet.numbers("rawdigits", "from"),
            "agent": sheet.strings("username", "user", "useremail").where(up),
            "queue": sheet.strings("numbername", "line"),
            "offered_at": started,
            "ring_s": ring.where(ring >= 0),
            "talk_s": talk,
            "outcome": pd.Series(outcome, dtype="string"),
            "hangup_cause": sheet.strings("missedcallreason", "status"),
            "recording": sheet.strings("recording", "asset"),
            "transferred_to": sheet.strings("transferredtoname", "transferredto"),
        },
    )


def _overtaken(ident: pd.Series[str], still: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which records are of calls of which a later one is there: a record is the whole call, as it stood then."""
    over = ident[~still].dropna().drop_duplicates(keep="last")
    found: NDArray[np.bool_] = ident.isin(over).to_numpy(dtype=bool, copy=True)
    found[over.index] = False
    return found


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the rows of all files: those of one id are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(rows)
    return calls, problems, [said]


FORMAT = Format(
    title="Aircall calls (JSON, CSV)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani agent queue offered_at ring_s talk_s outcome hangup_cause "
            "recording transferred_to"
        ),
    ),
)
