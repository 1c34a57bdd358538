"""3CX call reports: the CSV of the console's call log, and the rows of the report API (XAPI) of version 20.

Known from other people's programs and the API's field lists; no real file was at hand. Titles stand above the
header, totals below, and the segments of a call below its own row, with no time or indented. Invented::

    Call Time,Caller ID,Destination,Status,Ringing,Talking,Reason
    2026-03-02 09:14:02,Ann Lee (5855550117),Desk (800),Answered,00:00:07,00:02:11,
    ,Desk (800),Bea Ray (214),Answered,00:00:03,00:02:11,
    2026-03-02 09:20:05,5855550119,Desk (800),Unanswered,00:00:31,00:00:00,Terminated by caller

=====================  ================================================================================
column                 what
=====================  ================================================================================
Call Time, StartTime   local, or with an offset (API)
Caller ID, SourceDn …  (version 20: From) name and number in brackets; a short number is an extension: no caller
Destination …          (version 20: To) likewise; a group, a menu, an extension
Status, Answered       Answered, Unanswered, Redirected, Waiting, …
Ringing, Talking       H:MM:SS, or ``PT7S`` (API)
Direction              Inbound, Outbound, Internal where there is one; Inbound Queue: the caller in a queue
Indent                 more than 0: a segment of the row above (API)
Call ID                the call (API: CallHistoryId). Version 20 writes a row a leg, each with its own time: rows of
                       one id are one call, which began with the first
=====================  ================================================================================

A queue, a menu or a ring group answers too, and is no agent: to whom a first leg ``Inbound Queue`` goes, and whose answered
legs mostly have another leg of the same call begin within them or as they end. ``queue_s`` is then from the call's beginning
to the agent's answer, and ``ring_s`` NA. A caller whom only such a one answered is abandoned (a queue, or a phone that rang
behind a menu), or an announcement (a menu alone). A leg between extensions may stand before the caller's own.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.classes import dataclass
from calltrace.intake.formats import _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import Attempts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.intake.formats._values import Times

    Mask = NDArray[np.bool_]

_PARTY = re.compile(r"^(?P<name>.*?)\s*[(<](?P<number>[+\d*#][\d*#\- ]*)[)>]\s*$")
_TOTALS = re.compile(r"^(?:grand |sub)?totals?\b", re.IGNORECASE)
APART = np.timedelta64(10 * 60, "s")
"""How long after the end of a call's legs so far another leg of its id may begin: later it is another call's."""
_APART_S = np.timedelta64(2, "s")
"""How long after a leg's end the next of its call begins at most: stamps and lengths are whole seconds."""
_COLUMNS = {
    "source": ("callerid", "from", "sourcecallerid", "sourcedn"),
    "source_name": ("sourcedisplayname",),
    "to": ("destination", "to", "destinationdn", "destinationcallerid"),
    "to_name": ("destinationdisplayname",),
    "status": ("status", "answered"),
    "direction": ("direction",),
    "reason": ("reason",),
    "id": ("callhistoryid", "callid", "cdrid"),
    "did": ("did", "trunknumber"),
    "trunk": ("trunkname",),
    "recording": ("recordingurl",),
}
"""What a row tells, and the words of the headers it stands under."""


def _fits(words: frozenset[str]) -> bool:
    console = {"calltime", "callerid", "destination", "status"} <= words and {"ringing", "talking"} <= words
    later = {"calltime", "from", "to", "status", "ringing", "talking"} <= words
    api = {"starttime", "callhistoryid", "ringingduration"} <= words
    return console or later or api


def detect(head: Head) -> str | None:
    """Recognise the report by Call Time, Caller ID, Ringing and Talking, the API by CallHistoryId."""
    return _sheet.recognised(head, _fits, "Call Time, Caller ID, Status, Ringing, Talking")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the report's calls, with the segments below each.

    Returns
    -------
    Reading
        Table "calls"; times local unless they have an offset.
    """
    sheet = _sheet.sheet_of(stream, options, _fits)
    out = Attempts(stream)
    out.rows = sheet.rows
    totals, below = _kinds(sheet)
    at = _times(sheet, totals, below)
    ringing = sheet.seconds("ringing", "ringingduration")
    talking = sheet.seconds("talking", "talkingduration")
    columns = {name: [v or "" for v in sheet.text(*words).to_pylist()] for name, words in _COLUMNS.items()}
    call: dict[str, object] | None = None
    begun: dict[str, dict[str, object] | None] = {}
    over: dict[str, np.datetime64] = {}
    lasts = ((ringing.fillna(0) + talking.fillna(0)).to_numpy(dtype=float) * 1e6).astype("timedelta64[us]")
    # the legs of a call as they went, whatever the order of the rows; segments without a time stand below their call
    order = list(range(sheet.size)) if below.any() else _in_order(columns, at.values)
    machines = set() if below.any() else _machines(columns, order, at.values, lasts)
    waits: dict[int, _Wait] = {}
    for n in order:
        if totals[n]:
            out.rows -= 1
            continue
        if sheet.drop[n]:
            call = None
            continue
        row = {name: values[n] for name, values in columns.items()}
        if below[n]:
            if call is None:
                out.aside("segments of other calls")
            else:
                _segment(call, row, talking, n)
                out.further()
            continue
        came = at.values[n]  # noqa: PD011 -- a field of Times
        later = came > over.get(row["id"], came) + APART  # ids may be used anew
        over[row["id"]] = max(came + lasts[n], over.get(row["id"], came))
        if row["id"] and row["id"] in begun and not later:
            call = begun[row["id"]]
            if call is None:
                out.aside("legs of calls that are no caller's")
            else:
                _leg(call, row, talking, n, machines)
                waits[id(call)].leg(call, came, lasts[n], _value(ringing, n))
                out.further()
            continue
        call = _call(row, ringing, talking, n, came, int(sheet.lines[n]), out, machines)
        if call is not None:
            waits[id(call)] = _Wait(came, came + lasts[n], call["agent"] is None and row["id"] != "")
        if row["id"]:
            begun[row["id"]] = call
    for one in out.found:
        if id(one) in waits:
            waits[id(one)].close(one)
    out.problems.extend(sheet.problems)
    out.dates.extend(sheet.dates)
    naive = bool(at.naive.any())
    return out.reading(
        options,
        utc=not naive,
        zone="" if naive else "UTC",
        zone_from="" if naive else "offset",
        notes=sheet.notes,
    )


@dataclass
class _Wait:
    """When a call of several legs began and was over, and whether a machine had it before an agent."""

    start: np.datetime64
    end: np.datetime64
    machine: bool
    legs: int = 1
    met: bool = False

    def leg(self, call: dict[str, object], came: np.datetime64, last: np.timedelta64, rang: float | None) -> None:
        """Take a further leg: the first with an agent ends the waiting."""
        self.legs += 1
        self.end = max(self.end, came + last)
        if call["agent"] is not None and self.machine and not self.met:
            self.met = True
            if came > self.start and rang is not None:  # else the legs have their call's time
                call["queue_s"] = _since(self.start, came) + rang

    def close(self, call: dict[str, object]) -> None:
        """Give a caller whom a machine had, and nobody else, all of the call's time as waiting."""
        alone = self.legs == 1 and call["outcome"] == "abandoned"  # its own row tells how long it rang
        if self.machine and not alone and call["outcome"] in {"abandoned", "announcement"} and self.end > self.start:
            call.update(ring_s=None, queue_s=_since(self.start, self.end))


def _since(start: np.datetime64, end: np.datetime64) -> float:
    return float((end - start) / np.timedelta64(1, "ms")) / 1000


def _in_order(columns: dict[str, list[str]], at: NDArray[np.datetime64]) -> list[int]:
    """Return the places of the rows as the legs went: a call's first leg is its caller's, though another stand before it."""
    order: list[int] = np.argsort(at, kind="stable").tolist()
    if not any(columns["id"]):
        return order
    waiting: dict[str, list[int]] = {}
    found: list[int] = []
    begun: set[str] = set()
    for n in order:
        call = columns["id"][n]
        if not call or call in begun:
            found.append(n)
        elif columns["direction"][n].lower().startswith("in") and not columns["direction"][n].lower().startswith("intern"):
            begun.add(call)
            early = waiting.pop(call, [])
            near = [m for m in early if at[n] - at[m] <= APART]
            found += [m for m in early if m not in near] + [n, *near]
        else:
            waiting.setdefault(call, []).append(n)
    found += [n for some in waiting.values() for n in some]
    return found


def _machines(
    columns: dict[str, list[str]], order: list[int], at: NDArray[np.datetime64], lasts: NDArray[np.timedelta64]
) -> set[str]:
    """Return the destinations that are queues, menus and ring groups."""
    answered: Counter[str] = Counter()
    put_through: Counter[str] = Counter()
    found: set[str] = set()
    people = {
        key
        for n in order
        if columns["direction"][n].lower().startswith("out") and (key := _key(columns["source"][n]))
    }
    legs: dict[str, list[int]] = {}
    for n in order:
        if columns["id"][n]:
            legs.setdefault(columns["id"][n], []).append(n)
    for some in legs.values():
        queue = next((n for n in some if "queue" in columns["direction"][n].lower()), None)
        if queue is not None:
            found.add(_key(columns["to"][queue]))
        for n in some:
            if not _answered(columns["status"][n]):
                continue
            key = _key(columns["to"][n])
            answered[key] += 1
            end = at[n] + lasts[n] + _APART_S
            put_through[key] += any(
                at[n] <= at[m] <= end and _key(columns["to"][m]) != key and _key(columns["source"][m]) != key
                for m in some
                if m != n and (at[m] > at[n] or some.index(m) > some.index(n))
            )
    found |= {key for key, times in put_through.items() if times * 2 > answered[key]}
    return found - people - {""}


def _key(party: str) -> str:
    """Return what a party is known by: its number, else its name."""
    name, number = _party(party)
    return number or name


def _kinds(sheet: _sheet.Sheet) -> tuple[Mask, Mask]:
    """Say which rows are totals, and which are segments of the call above them: indented, or without a time."""
    given = sheet.text("calltime", "starttime")
    totals = np.array([bool(_TOTALS.match(stamp or "")) for stamp in given.to_pylist()], dtype=bool)
    indented = np.array(
        [(v or "0").strip() not in {"", "0"} for v in sheet.text("indent").to_pylist()], dtype=bool
    )
    return totals, given.is_null().to_numpy(zero_copy_only=False) | indented


def _times(sheet: _sheet.Sheet, totals: Mask, below: Mask) -> Times:
    """Return when calls came, and leave out the rows that need a time and have none, or a call above them."""
    given = sheet.text("calltime", "starttime")
    sheet.cells["__time"] = pa.array(
        [None if t or b else s for s, t, b in zip(given.to_pylist(), totals, below, strict=True)], pa.string()
    )
    at = sheet.times("__time")
    # they were told of by a column of our own making: tell of the report's own
    sheet.problems = [p for p in sheet.problems if p.kind != "bad-time"]
    sheet.tell(at.bad, given, "a date and time", "Row left out.", "bad-time")
    lone = below & ~_follows(below) & ~at.bad
    sheet.tell(lone, "a segment with no call above it", "a call's row", "Row left out.", "bad-row")
    return at


def _follows(below: Mask) -> Mask:
    """Say for each row whether a call's own row stands somewhere above it."""
    found: Mask = np.maximum.accumulate(~below) if len(below) else below
    return found


def _party(text: str) -> tuple[str, str]:
    """Return name and number of ``Ann Lee (5855550117)``."""
    found = _PARTY.match(text)
    if found:
        return found["name"].strip(), re.sub(r"[\s\-]", "", found["number"])
    bare = re.sub(r"[\s\-()]", "", text)
    return ("", bare) if re.fullmatch(r"\+?[\d*#]+", bare) else (text.strip(), "")


def _inside(number: str) -> bool:
    return number.isdigit() and len(number) <= 6


def _answered(status: str) -> bool:
    return status.strip().lower() in {"answered", "true", "1", "yes"}


def _value(values: pd.Series[float], place: int) -> float | None:
    value = values.iloc[place]
    return None if pd.isna(value) else float(value)


def _call(  # noqa: PLR0917 -- a row's parts
    row: dict[str, str],
    ringing: pd.Series[float],
    talking: pd.Series[float],
    place: int,
    at: np.datetime64,
    line: int,
    out: Attempts,
    machines: set[str],
) -> dict[str, object] | None:
    name, number = _party(row["source"])
    to_name, to = _party(row["to"])
    direction = row["direction"].lower()
    if direction.startswith("out") or (not direction and _inside(number) and not _inside(to)):
        out.aside("outgoing calls")
        return None
    if direction.startswith("intern") or (not direction and _inside(number)):
        out.aside("internal calls")
        return None
    answered = _answered(row["status"])
    talk = _value(talking, place)
    queue = to_name or to if "queue" in direction else None
    machine = f"{to_name} {row['to_name']}".lower()
    no_agent = queue is not None or (to or to_name) in machines
    outcome = "answered" if answered else "abandoned"
    if answered and no_agent and not (queue is not None and talk):
        outcome = "abandoned" if queue is not None or talk == 0 else "announcement"
    if "voicemail" in f"{machine} {row['reason']} {row['status']}".lower():
        outcome = "voicemail"
    elif not answered and "busy" in f"{row['status']} {row['reason']}".lower():
        outcome = "busy"
    out.add(
        line,
        at,
        call_id=row["id"] or f"{number or 'withheld'}-{str(at)[:19]}",
        linked_id=row["id"],
        dnis=row["did"],
        trunk_group=row["trunk"],
        ani=number,
        caller_name=row["source_name"] or name,
        agent=(row["to_name"] or to_name or to) if outcome == "answered" and not no_agent else None,
        ring_s=_value(ringing, place),
        queue_s=None,
        talk_s=talk if outcome == "answered" else 0.0,
        outcome=outcome,
        ended_by="caller" if outcome == "abandoned" else None,
        recording=row["recording"],
        hangup_cause=row["reason"] or row["status"],
        queue=queue,
        transferred_to=None,
    )
    return out.found[-1]


def _leg(
    call: dict[str, object], row: dict[str, str], talking: pd.Series[float], place: int, machines: set[str]
) -> None:
    """Take from a further leg of a call who took it: behind a queue's leg, or handed on."""
    to_name, to = _party(row["to"])
    machine = (to or to_name) in machines
    in_queue = "queue" in row["direction"].lower()
    if call["outcome"] == "announcement" and (in_queue or not machine):
        call.update(outcome="abandoned", ended_by="caller")
    if machine or (in_queue and not _value(talking, place)):
        if in_queue or not _value(talking, place):
            call["queue"] = call["queue"] or to_name or to
        talked = _value(talking, place) if in_queue and _answered(row["status"]) else None
        if talked and call["outcome"] == "abandoned":  # with whom, a leg would tell that is not here
            call.update(outcome="answered", ring_s=None, talk_s=talked, ended_by=None)
        return
    if not _answered(row["status"]) or not (_value(talking, place) or 0):
        return
    who = row["to_name"] or to_name or to
    if call["agent"] is not None:
        call["transferred_to"] = call["transferred_to"] or (to or who if who != call["agent"] else None)
    elif "voicemail" in who.lower():
        call.update(outcome="voicemail", talk_s=0.0, ended_by=None)
    else:
        call.update(outcome="answered", agent=who, ring_s=None, talk_s=_value(talking, place), ended_by=None)


def _segment(call: dict[str, object], row: dict[str, str], talking: pd.Series[float], place: int) -> None:
    """Take from a segment who talked: the first segment's end before it was the queue."""
    if not _answered(row["status"]) or not (_value(talking, place) or 0):
        return
    to_name, to = _party(row["to"])
    source_name, source = _party(row["source"])
    who = row["to_name"] or to_name or to
    if "voicemail" in who.lower():
        if not call.pop("with_person", False):  # the call's own row says answered, whoever it was
            call.update(outcome="voicemail", agent=None, talk_s=0.0, ended_by=None)
        return
    call["with_person"] = True
    if call["outcome"] == "answered" and call["agent"] not in {None, who}:
        if (source and _inside(source)) and call["queue"] is None:
            call["queue"] = source_name or source
        else:
            call["transferred_to"] = to or who
            return
    call["agent"], call["outcome"], call["ended_by"] = who, "answered", None
    if call["talk_s"] in {None, 0.0}:
        call["talk_s"] = _value(talking, place)


FORMAT = Format(
    title="3CX call reports (console CSV, report API)",
    detect=detect,
    read=read,
    sure="D",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis trunk_group ani caller_name agent offered_at ring_s queue_s talk_s outcome "
            "ended_by recording hangup_cause queue transferred_to"
        ),
    ),
)
