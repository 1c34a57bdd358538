r"""Cisco Unified Communications Manager: call detail records (CDR) and call management records (CMR).

Comma-separated, line 1 the columns' names, line 2 (unless somebody resaved the file) their SQL types, text
quoted or not. 133 columns in a recent release, 118 in 10.x, of which (shortened)::

    cdrRecordType,globalCallID_callManagerId,globalCallID_callId,…,dateTimeOrigination,…,callingPartyNumber,…
    INTEGER,INTEGER,INTEGER,…,INTEGER,…,VARCHAR(50),…
    1,2,25447,…,1776312357,…,"5855550137",…

==============================  ==============================================================================
column                          what
==============================  ==============================================================================
cdrRecordType                   1 a CDR (a leg pair), 2 a CMR (one end's sound)
globalCallID_…, ClusterID       three columns that name the call; a transfer makes several calls, one leg's
                                identifier (origLegCallIdentifier, destLegIdentifier) stays the same in them
dateTimeOrigination             start, epoch s in UTC; dateTimeConnect 0 if never connected; dateTimeDisconnect
callingPartyNumber              the caller
originalCalledPartyNumber       the number dialled; finalCalledPartyNumber who got it
origDeviceName, destDeviceName  ``SEP…`` a phone (also CSF, TCT, BOT, …: the user's name behind it may be of one letter); else a
                                gateway, a trunk or a service
origCause_value, destCause_…    Q.850 cause of the side that hung up, 0 for the other; over 127 from SIP. Other than 16, 31
                                and 127, nobody hung up: the network or a device cut the call
lastRedirectDn, …RedirectReason who forwarded it last, and why: 1 busy, 2 no answer, 10, 15 all calls
huntPilotDN                     the queue; wasCallQueued, totalWaitTimeInQueue
joinOnBehalfOf                  27 the recorder's leg, no call of anybody's
==============================  ==============================================================================

Columns are taken by name, whatever their order and case. CdrLogCallsWithZeroDurationFlag is off as shipped: then
a call that nobody answered leaves no row, and a file without a single one of no length says so.

References
----------
Cisco Unified Communications Manager Call Detail Records Administration Guide.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calltrace.errors import InputError, Location
from calltrace.intake.formats import _rows
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._lines import clean_bytes

TEXTS = {
    "cluster": ("globalcallid_clusterid",),
    "caller": ("callingpartynumber",),
    "dialled": ("originalcalledpartynumber",),
    "final": ("finalcalledpartynumber",),
    "agent": ("finalcalledpartyunicodeloginuserid",),
    "redirect": ("lastredirectdn",),
    "from_device": ("origdevicename",),
    "to_device": ("destdevicename",),
    "hunt": ("huntpilotdn",),
    "pkid": ("pkid",),
    "comment": ("comment",),
}
NUMBERS = {
    "manager": "globalcallid_callmanagerid",
    "call": "globalcallid_callid",
    "from_leg": "origlegcallidentifier",
    "to_leg": "destlegidentifier",
    "start": "datetimeorigination",
    "connect": "datetimeconnect",
    "end": "datetimedisconnect",
    "duration": "duration",
    "from_cause": "origcause_value",
    "to_cause": "destcause_value",
    "reason": "origcalledpartyredirectreason",
    "last_reason": "lastredirectredirectreason",
    "join": "joinonbehalfof",
    "queued": "wascallqueued",
    "wait": "totalwaittimeinqueue",
}
_SOUND = {
    "manager": "globalcallid_callmanagerid",
    "call": "globalcallid_callid",
    "leg": "callidentifier",
    "at": "datetimestamp",
    "lost": "numberpacketslost",
    "received": "numberpacketsreceived",
    "jitter_ms": "jitter",
    "latency_ms": "latency",
}
TYPES = dict.fromkeys(NUMBERS, "float64") | {"source_line": "int64"}
SOUND_TYPES = dict.fromkeys(_SOUND, "float64") | {"source_line": "int64"}
"""Types of the columns that are no texts."""

FIRST_REAL = 631_152_000.0
"""1990: no Call Manager is older; 0 is how it writes "never"."""


def _fits(words: tuple[str, ...]) -> bool:
    return {"cdrrecordtype", "globalcallid_callid"} <= set(words)


def detect(head: Head) -> str | None:
    """Recognise a file by its header: ``cdrRecordType`` and the columns of the global call id."""
    found = _rows.header_of([line.replace("\0", "") for line in head.lines[:5]] or [head.text], _fits)
    return "header: cdrRecordType, globalCallID_callManagerId, globalCallID_callId, …" if found else None


def read(stream: Stream, options: ReadOptions) -> Reading:  # noqa: ARG001 - epochs need no zone
    """Read one file of CDRs or CMRs.

    Returns
    -------
    Reading
        Table "cucm-legs" (a row a CDR, columns of ``TEXTS`` and ``NUMBERS``, times in epoch seconds) or
        "cucm-sound" (a row a CMR). Rows that can't be read are Problems.

    Raises
    ------
    InputError
        If there is no header.
    """
    data, problems = clean_bytes(stream)
    sheet = _rows.read_headed(data.decode("utf-8", "replace"), stream.display, _fits)
    if sheet is None:
        raise InputError(
            "no header with cdrRecordType", at=Location(stream.display, 1), expected="the columns of a CUCM CDR or CMR"
        )
    problems += sheet.problems
    kinds = sheet.column("cdrrecordtype")
    types = np.array([str(k).strip("\"' ").upper().startswith(("INTEGER", "VARCHAR")) for k in kinds], dtype=bool)
    sheet.count -= int(types.sum())
    sheet.keep(~types)
    kind = sheet.numbers("cdrrecordtype")
    sound = bool(len(kind)) and bool((kind == 2).sum() * 2 > len(kind))
    if not len(kind):
        sound = "varvqmetrics" in sheet.names or "callidentifier" in sheet.names
    wanted = 2 if sound else 1
    start = sheet.numbers("datetimestamp" if sound else "datetimeorigination")
    good = (kind == wanted) & (start >= FIRST_REAL) & (start < _rows.LAST_REAL)
    if not sound:  # a time that is missing or 0 compares as no
        for name in ("datetimeconnect", "datetimedisconnect"):
            good &= ~((sheet.numbers(name) - start > _rows.LONGEST_S) | (sheet.numbers(name) < 0))
    said, stamps = sheet.column("cdrrecordtype"), sheet.column("datetimestamp" if sound else "datetimeorigination")
    lost = [
        _rows.bad_row(
            stream.display,
            sheet.lines[i],
            f"record type {said[i] or 'empty'}, time {stamps[i]}",
            f"record type {wanted} and times in epoch seconds, no more than a week apart",
            kind="bad-time" if kind[i] == wanted else "bad-row",
        )
        for i in np.flatnonzero(~good).tolist()
    ]
    _rows.listed(problems, lost)
    sheet.keep(good)
    table, columns = ("cucm-sound", _sound(sheet)) if sound else ("cucm-legs", _legs(sheet))
    size = len(sheet.rows)
    columns |= {"source_file": [stream.display] * size, "source_line": sheet.lines}
    frame = _rows.block(columns, size, SOUND_TYPES if sound else TYPES)
    notes = ("call quality (CMR) of one end each; they are held against the calls of the CDR",) if sound else ()
    return Reading(table, frame, rows=sheet.count, problems=tuple(problems), notes=notes)


def _legs(sheet: _rows.Sheet) -> dict[str, Any]:
    texts = {name: [_bare(c) for c in sheet.column(*columns)] for name, columns in TEXTS.items()}
    return texts | {name: sheet.numbers(column) for name, column in NUMBERS.items()}


def _sound(sheet: _rows.Sheet) -> dict[str, Any]:
    texts = {"cluster": sheet.column("globalcallid_clusterid"), "metrics": sheet.column("varvqmetrics")}
    return texts | {name: sheet.numbers(column) for name, column in _SOUND.items()}


def _bare(cell: str | None) -> str | None:
    """Return a cell without quotes that were left in it, None where nothing is left."""
    return (cell.strip().strip("\"'") or None) if cell else None


FORMAT = Format(
    title="Cisco Unified Communications Manager CDR and CMR",
    detect=detect,
    read=read,
    family="cisco",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id dnis trunk_group ani agent offered_at ring_s queue_s talk_s outcome ended_by "
            "redirected_from linked_id hangup_cause queue transferred_to"
        ),
    ),
)
