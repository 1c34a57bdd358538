r"""Genesys Cloud interactions, exported as CSV from the performance workspace's Interactions view.

One row is one conversation, transfers included, whatever columns the view shows::

    Full Export Completed,Partial Result Timestamp,Filters,Media Type,Users,Remote,Date,End Date,Duration,Direction,ANI,DNIS,Queue
    YES,,,voice,Ann Lee; Bea Ray,LEE ANN,4/16/26 12:05 AM,4/16/26 12:07 AM,95000,Inbound,tel:+15855550117,tel:+15855550178,Desk

=========================  =====================================================================================
column                     what
=========================  =====================================================================================
Conversation ID            call_id, linked_id (made of the row where the view does not show it)
Media Type                 voice; others (callback, chat, message, …) are set aside
Initial Direction,         Inbound, or Inbound/Outbound of a call that was handed on: a caller's attempt. Outbound
Direction                  and Internal are set aside
Date, End Date             offered_at, in the user's zone, often to the minute; a row without an end is not over
ANI, DNIS                  the same, ``tel:`` off; Session DNIS where DNIS is not shown; Remote is caller_name where it is no
                           number
First Queue, Queue         queue: the first of several, which are parted by ``;``
Users - Interacted,        agent, the first of several, of those who are not among Users - Not Responding; a second one is
Users                      transferred_to
Total IVR, Total Queue,    queue_s, the first two added up, or Time to Abandon; Total Alert is ring_s of a call that
Total Alert                went to a person without either
Total Talk, Total Hold     talk_s, hold_s (Total Handle less hold and Total ACW where talk is not shown)
Abandoned,                 abandoned, where nobody talked with the caller: YES; or the name of the queue
Abandoned in Queue
Voicemail, Total           voicemail
Voicemail
Disconnect Type, Error     hangup_cause
Code
=========================  =====================================================================================

Durations are milliseconds or H:MM:SS.mmm by the export's settings: what a plain number counts is told by Duration beside
the two dates. Answered: time talked, or Users - Interacted; where the view shows neither, anybody in Users who did not let
it ring, unless it is abandoned. What nobody answered is abandoned where the view says so or it was in a queue; failed with
an Error Code and no queue; announcement where it was in a flow only; no_answer otherwise. An export that says it is not
complete is told.

Sure: B (the header and rows' values as three programs that read such exports have them; no real export).

References
----------
Genesys Cloud Resource Center, "Interactions view", "Available columns in performance views by category".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from calltrace.intake.formats import _again, _legs, _sheet, _values
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

if TYPE_CHECKING:
    from calltrace.intake.formats._values import Times
    from calltrace.tables.problems import Problem

_YES = ("yes", "true", "1", "y")
_MILLI = 0.001
_MINUTE_S = 60.0
"""The two dates are to the minute: a length from one to the other is that much off at most."""


def _fits(words: frozenset[str]) -> bool:
    exported = bool({"partialresulttimestamp", "fullexportcompleted", "exportcompletion", "conversationid"} & words)
    return exported and {"mediatype", "date"} <= words and bool({"direction", "initialdirection"} & words) and bool(
        {"dnis", "sessiondnis", "ani", "remote"} & words
    )


def detect(head: Head) -> str | None:
    """Recognise the view's export by Media Type, Date, Direction, ANI or DNIS, and the export's own columns."""
    found = _sheet.header_of(head.lines, _fits)
    return "header: Conversation ID or Partial Result Timestamp, Media Type, Date, Direction, DNIS" if found else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows of one export; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "genesys-rows". Rows without a date, and conversations without an end, are Problems.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    started, ended = sheet.times("date", required="Date"), sheet.times("enddate")
    ident = sheet.strings("conversationid")
    if ident.isna().any():
        ident = ident.fillna(sheet.made_ids("date", "enddate", "duration", "remote", "ani", "dnis", "users"))
    voice = sheet.lower("mediatype").str.contains("voice|call$", regex=True).fillna(value=False).to_numpy(dtype=bool)
    if sheet.has("enddate"):
        still = voice & ~ended.known & ~sheet.drop
        sheet.tell(still, "a conversation without an End Date", "one that is over", "Left out; export it again.", "open-call")
    if _sheet.flags(sheet.lower("fullexportcompleted", "exportcompletion"), "no", "false", "0", "partial").any():
        sheet.notes.append("the export says of itself that it is not complete: export it again, of a shorter time")
    inbound = sheet.lower("initialdirection", "direction").str.startswith("inbound").fillna(value=False).to_numpy(dtype=bool)
    unit = _unit(sheet, started, ended)
    took = {name: sheet.seconds(word, unit=unit) for name, word in _SECONDS.items()}
    talk = took["talk"].fillna((took["handle"] - took["hold"].fillna(0) - took["acw"].fillna(0)).clip(lower=0))
    queue = _first(sheet, "firstqueue", "queue")
    silent = _people(sheet, "usersnotresponding")
    met, named = _people(sheet, "usersinteracted"), _people(sheet, "users")
    people = [m or [u for u in some if u not in mute] for m, some, mute in zip(met, named, silent, strict=True)]
    lost = _sheet.flags(sheet.lower("abandoned"), *_YES) | sheet.strings("abandonedinqueue").notna().to_numpy(dtype=bool)
    there = pd.Series([bool(p) for p in people])
    if sheet.has("totaltalk", "totalhandle", "usersinteracted"):
        up = (talk > 0).fillna(value=False) | pd.Series([bool(m) for m in met])
    else:
        up = there & ~lost
    mail = _sheet.flags(sheet.lower("voicemail"), *_YES) | (took["mail"] > 0).fillna(value=False).to_numpy(dtype=bool)
    flow = sheet.strings("flow").notna().to_numpy(dtype=bool) | (took["ivr"] > 0).fillna(value=False).to_numpy(dtype=bool)
    queued = queue.notna().to_numpy(dtype=bool) | (took["queue"] > 0).fillna(value=False).to_numpy(dtype=bool)
    error = sheet.strings("errorcode").notna().to_numpy(dtype=bool)
    outcome = np.select(
        [up.to_numpy(dtype=bool), mail, lost | queued, error, flow],
        ["answered", "voicemail", "abandoned", "failed", "announcement"],
        default="no_answer",
    )
    waited = (took["ivr"].fillna(0) + took["queue"].fillna(0)).where(took["ivr"].notna() | took["queue"].notna())
    waited = waited.where((waited > 0).fillna(value=False) | pd.Series(queued), took["abandon"])
    direct = pd.Series(~queued & ~flow)
    remote = sheet.strings("remote")
    _again.leave_out_repeats(sheet, ident)
    return _sheet.reading(
        sheet,
        "genesys-rows",
        {
            "call_id": ident,
            "linked_id": ident,
            "aside": _legs.aside_for({"of other media": ~voice, "outbound or internal": ~inbound}, sheet.size),
            "dnis": _number(sheet, "dnis", "sessiondnis"),
            "ani": _number(sheet, "ani"),
            "caller_name": remote.mask(remote.str.contains(r"^(?:tel:|sip:)?[+\d]", regex=True)),
            "agent": _at(people, 0).where(up),
            "queue": queue,
            "offered_at": started,
            "ring_s": took["alert"].where(direct),
            "queue_s": waited.mask(direct),
            "hold_s": took["hold"].where(up),
            "talk_s": talk.where(up),
            "outcome": pd.Series(outcome, dtype="string"),
            "hangup_cause": _joined(sheet.strings("disconnecttype"), sheet.strings("errorcode")),
            "transferred_to": _at(people, 1).where(up),
        },
    )


_SECONDS = {
    "ivr": "totalivr", "queue": "totalqueue", "alert": "totalalert", "talk": "totaltalk", "hold": "totalhold",
    "handle": "totalhandle", "acw": "totalacw", "abandon": "timetoabandon", "mail": "totalvoicemail",
}  # fmt: skip


def _unit(sheet: _sheet.Sheet, started: Times, ended: Times) -> float:
    """Return the seconds a plain number counts: by how long the conversations took from date to date, else milliseconds."""
    number, _ = _values.plain(sheet.text("duration"))
    span = _sheet.between(started, ended).to_numpy(dtype=float, na_value=np.nan)
    fits = (np.abs(number - span) <= _MINUTE_S) & (number > 0)
    known = ~np.isnan(number) & ~np.isnan(span) & (number > 0)
    return 1.0 if known.any() and fits.sum() > known.sum() / 2 else _MILLI


def _people(sheet: _sheet.Sheet, word: str) -> list[list[str]]:
    return [[p for p in (part.strip() for part in (text or "").split(";")) if p] for text in sheet.text(word).to_pylist()]


def _at(people: list[list[str]], place: int) -> pd.Series[str]:
    return pd.Series(pd.array([p[place] if len(p) > place else None for p in people], dtype="string"))


def _first(sheet: _sheet.Sheet, *words: str) -> pd.Series[str]:
    first = sheet.strings(*words).str.partition(";")[0].str.strip()
    return first.mask(first == "").astype("string")


def _number(sheet: _sheet.Sheet, *words: str) -> pd.Series[str]:
    """Return the first number of each cell; there may be one a session."""
    for word in words:
        if word in sheet.cells:
            sheet.cells[word] = pc.list_element(pc.split_pattern(pc.fill_null(sheet.cells[word], ""), ";"), 0)
    return sheet.numbers(*words)


def _joined(one: pd.Series[str], two: pd.Series[str]) -> pd.Series[str]:
    return one.str.cat(two, sep=", ").fillna(one).fillna(two)


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the rows of all files: those of one conversation are one."""
    rows, problems = _again.once(rows)
    calls, said = _legs.fold(rows)
    return calls, problems, [said]


FORMAT = Format(
    title="Genesys Cloud interactions view (CSV)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis ani caller_name agent queue offered_at ring_s queue_s hold_s talk_s outcome "
            "hangup_cause transferred_to"
        ),
    ),
)
