"""3CX version 20: the table ``cdroutput`` as CSV, or as psql prints it. One row is one leg, or one poll of an agent.

The columns are those of a real dump that could not be kept. One queue call writes a row for each time an agent was
rung, 27 for one call there, and queues and menus are "answered" like people. A call, invented, the columns cut::

    cdr_id,call_history_id,source_entity_type,source_participant_phone_number,source_participant_trunk_did,…
    c0…1,a0…1,external_line,5855550117,5855550178,…,queue,800,…,2026-03-02 14:14:02.1+00,2026-03-02 14:14:02.3+00,…

==================================  ===================================================================
column                              what
==================================  ===================================================================
call_history_id                     the call; main_call_history_id where calls were merged
source_…, destination_…             entity_type (external_line, extension, queue, ivr, voicemail, …),
                                    dn_number, dn_type, participant_name, participant_phone_number,
                                    participant_trunk_did, participant_is_incoming
creation_method                     call_init, divert, transfer, route_to
creation_forward_reason             none, by_did, forward_all, no_destinations, polling
termination_reason, …_details       redirected, cancelled, src_participant_terminated …; busy,
                                    no_answer, completed_elsewhere, polling
cdr_started_at, …answered, …ended   instants with offset, to the microsecond
==================================  ===================================================================

A call is a caller's attempt if one of its rows came in from outside. It was answered by the extension (or outside
party) of its first row with an answer that was not completed elsewhere. Rows of polling are attempts to ring agents.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.intake.formats import _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import Attempts, runs
from calltrace.intake.ringing import at_several, beside_calls, rang_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Stamps = NDArray[np.datetime64]

_PEOPLE = frozenset({"extension", "externalline", "outboundrule", "external"})
_TRUE = frozenset({"t", "true", "1", "yes"})
REFUSED = ("rejected", "busy")
"""How a row ended that a queue or a ring group did not take in: it was full."""
_DRAWN = re.compile(rb"^(?:[-+ ]+|\(\d+ rows?\))\r?$", re.MULTILINE)
_US = np.timedelta64(1, "us")


def _fits(words: frozenset[str]) -> bool:
    return {"cdrid", "callhistoryid", "cdrstartedat"} <= words


def detect(head: Head) -> str | None:
    """Recognise the table by cdr_id, call_history_id and cdr_started_at."""
    return _sheet.recognised(head, _fits, "cdr_id, call_history_id, cdr_started_at")


class _Legs:
    """The columns the calls are made of, as lists."""

    def __init__(self, sheet: _sheet.Sheet) -> None:
        self.started = sheet.times("cdrstartedat", required="cdr_started_at")
        self.answered: Stamps = sheet.times("cdransweredat").values
        self.ended: Stamps = sheet.times("cdrendedat").values
        self._sheet = sheet
        self.history = self.column("callhistoryid")
        self.main = self.column("maincallhistoryid")
        self.did = self.column("sourceparticipanttrunkdid")
        self.phone = self.column("sourceparticipantphonenumber")
        self.name = self.column("sourceparticipantname")
        self.from_dn = self.column("sourcednnumber")
        self.to_dn = self.column("destinationdnnumber")
        self.from_type = self.kind("source")
        self.to_type = self.kind("destination")
        self.incoming = [v.lower() in _TRUE for v in self.column("sourceparticipantisincoming")]
        self.reason = self.column("terminationreason")
        self.details = self.column("terminationreasondetails")

    def column(self, *words: str) -> list[str]:
        return [v or "" for v in self._sheet.text(*words).to_pylist()]

    def kind(self, side: str) -> list[str]:
        """Return the type of the party, its entity's before its number's."""
        entity, dn = self.column(f"{side}entitytype"), self.column(f"{side}dntype")
        return [re.sub(r"[\s_]", "", (d or e).lower()) for e, d in zip(entity, dn, strict=True)]


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows and make one row of each call from outside.

    Returns
    -------
    Reading
        Table "calls", in UTC where the stamps have offsets (they do, unless somebody cut them off); beside it table
        "agents" where calls rang out at an extension.
    """
    # psql draws a line below its header, and counts the rows below the last
    plain = _DRAWN.sub(b"", stream.data) if b"-+-" in stream.data[:65536] else stream.data
    sheet = _sheet.sheet_of(replace(stream, data=plain), options, _fits)
    legs = _Legs(sheet)
    out = Attempts(stream)
    out.rows = sheet.rows
    kept = np.flatnonzero(~sheet.drop)
    merged = {h: m for h, m in zip(legs.history, legs.main, strict=True) if m}
    calls: list[list[int]] = []
    for _, places in runs([(merged.get(legs.history[n], legs.history[n]), int(n)) for n in kept]):
        order = sorted(places, key=lambda n: (legs.started.values[n], n))
        if _call(order, legs, out, sheet):
            calls.append(order)
    naive = bool(legs.started.naive[kept].any())
    out.problems.extend(sheet.problems)
    out.dates.extend(sheet.dates)
    reading = out.reading(
        options,
        utc=not naive,
        zone="" if naive else "UTC",
        zone_from="" if naive else "offset",
        notes=sheet.notes,
    )
    return replace(reading, further=_rings(calls, legs, sheet, reading, naive=naive))


def _rings(
    calls: list[list[int]], legs: _Legs, sheet: _sheet.Sheet, beside: Reading, *, naive: bool
) -> tuple[Reading, ...]:
    """Return a reading of table "agents" with each of these calls' legs that rang out at an extension; none without."""
    call = np.repeat(np.arange(len(calls)), [len(rows) for rows in calls])
    row = np.array([n for rows in calls for n in rows], dtype=np.int64)
    to, details = np.array(legs.to_type, dtype=object)[row], np.array(legs.details, dtype=object)[row]
    began, answered, ended = (_epoch(at)[row] for at in (legs.started.values, legs.answered, legs.ended))
    rung = np.flatnonzero((to == "extension") & np.isfinite(began) & np.isfinite(ended))
    phone = np.unique(np.array(legs.to_dn, dtype=object)[row[rung]].astype(str), return_inverse=True)[1].astype(np.int64)
    over = np.full(len(calls), -np.inf)
    np.maximum.at(over, call[np.isfinite(ended)], ended[np.isfinite(ended)])
    taken = np.full(len(calls), np.inf)
    took = np.isin(to.astype(str), list(_PEOPLE)) & np.isfinite(answered) & (details != "completed_elsewhere")
    np.minimum.at(taken, call[took], answered[took])
    hunted = at_several(call[rung], phone, len(calls))
    hunted[call[np.isin(to.astype(str), ["queue", "ringgroup"])]] = True
    vain = np.isnan(answered[rung]) & (details[rung] == "no_answer")
    in_vain = rung[vain]
    out = row[in_vain[rang_out(
        call[in_vain], phone[vain], ended_s=ended[in_vain], rang_s=(ended - began)[in_vain],
        decided_s=np.where(np.isfinite(taken), taken, over), hunted=hunted)]]
    of_call = {n: rows[0] for rows in calls for n in rows}
    return beside_calls(
        beside, legs.ended[out], naive=naive, agents=[legs.to_dn[n] for n in out.tolist()],
        calls=[legs.history[of_call[n]] for n in out.tolist()], lines=[int(sheet.lines[n]) for n in out.tolist()])


def _epoch(at: Stamps) -> NDArray[np.float64]:
    """Return instants as seconds, NaN where NaT."""
    raw = at.astype("datetime64[us]")
    return np.where(np.isnat(raw), np.nan, raw.astype(np.int64) / 1e6)


def _call(rows: list[int], legs: _Legs, out: Attempts, sheet: _sheet.Sheet) -> bool:
    """Add the call of these rows, and say whether it is a caller's."""
    first = rows[0]
    outside = any(legs.incoming[n] or (legs.from_type[n] == "externalline" and legs.did[n]) for n in rows)
    if not outside:
        internal = legs.to_type[first] in {"extension", "queue", "ringgroup", "ivr", "voicemail"}
        out.aside("internal calls" if internal else "outgoing calls", len(rows))
        return False
    start = legs.started.values[first]
    picked = [n for n in rows if not np.isnat(legs.answered[n])]
    people = [n for n in picked if legs.to_type[n] in _PEOPLE and legs.details[n] != "completed_elsewhere"]
    people.sort(key=lambda n: legs.answered[n])
    pick_up = min((legs.answered[n] for n in picked), default=None)
    ends = legs.ended[rows]
    end = ends[~np.isnat(ends)].max() if (~np.isnat(ends)).any() else None
    talk = queue = ring = None
    if pick_up is not None:
        ring = (pick_up - start) / _US / 1e6
    elif end is not None:
        ring = (end - start) / _US / 1e6
    if people:
        outcome = "answered"
        who = people[0]
        queue = (legs.answered[who] - pick_up) / _US / 1e6
        over = [n for n in people if not np.isnat(legs.ended[n])]
        talk = sum(float((legs.ended[n] - legs.answered[n]) / _US) / 1e6 for n in over) if over else None
    else:
        outcome = _lost(rows, legs)
        talk = 0.0
        if pick_up is not None and end is not None:
            queue = (end - pick_up) / _US / 1e6
    last = people[-1] if people else max(rows, key=lambda n: (legs.ended[n], n))
    ended_by = None
    if legs.reason[last] == "src_participant_terminated" or outcome == "abandoned":
        ended_by = "caller"
    elif legs.reason[last] == "dst_participant_terminated" or (legs.reason[last], legs.details[last]) == REFUSED:
        ended_by = "agent" if people else "system"
    caller = next((n for n in rows if legs.incoming[n]), first)
    out.add(
        int(sheet.lines[first]),
        start,
        call_id=legs.history[first],
        linked_id=legs.main[first] or legs.history[first],
        dnis=next((legs.did[n] for n in rows if legs.did[n]), None),
        trunk_group=legs.from_dn[caller] if legs.from_type[caller] == "externalline" else None,
        ani=legs.phone[caller],
        caller_name=legs.name[caller],
        agent=(legs.to_dn[people[0]] or None) if people else None,
        ring_s=ring,
        queue_s=queue,
        hold_s=None if people else 0.0,
        talk_s=talk,
        outcome=outcome,
        ended_by=ended_by,
        hangup_cause="/".join(filter(None, (legs.reason[last], legs.details[last]))),
        queue=next((legs.to_dn[n] for n in rows if legs.to_type[n] == "queue"), None),
        transferred_to=next(
            (legs.to_dn[n] for n in people[1:] if legs.to_dn[n] != legs.to_dn[people[0]]), None
        ),
    )
    out.further(len(rows) - 1)
    return True


def _lost(rows: list[int], legs: _Legs) -> str:
    answered = {legs.to_type[n] for n in rows if not np.isnat(legs.answered[n])}
    if "voicemail" in answered:
        return "voicemail"
    groups = [n for n in rows if legs.to_type[n] in {"queue", "ringgroup"}]
    if any(not np.isnat(legs.answered[n]) or (legs.reason[n], legs.details[n]) != REFUSED for n in groups):
        return "abandoned"
    if answered & {"ivr", "playback"}:
        return "announcement"
    if any(legs.details[n] == "busy" for n in rows):
        return "busy"
    if any(legs.reason[n] in {"src_participant_terminated", "cancelled"} for n in rows):
        return "abandoned"
    return "no_answer" if any(legs.details[n] == "no_answer" for n in rows) else "failed"


FORMAT = Format(
    title="3CX cdroutput (v20)",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis trunk_group ani caller_name agent offered_at ring_s queue_s talk_s "
            "outcome ended_by hangup_cause queue transferred_to"
        ),
    ),
)
