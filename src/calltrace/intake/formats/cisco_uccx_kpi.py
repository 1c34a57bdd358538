r"""Cisco Unified Contact Center Express: CSQ interval counts as CSV, and the live VoiceIAQStats as JSON.

The ``csq_interval`` table, the report "CSQ activity by interval", and the answer of the real-time service::

    archive_date,hour,idfield,csq_name,calls_handled,calls_presented,calls_abandoned,calls_dequeued
    20260416,8,1,Desk,40,42,2,0

    CSQ Name,Interval Start Time,Interval End Time,Calls Presented,Calls Handled,Calls Abandoned,Avg Speed of Answer
    Desk,4/16/26 8:00:00 AM,4/16/26 8:30:00 AM,42,40,2,00:00:17

    [{"id": "Desk", "operation": "UPDATE", "VoiceIAQStats": {"esdName": "Desk", "nTotalContacts": 42,
      "nHandledContacts": 40, "nAbandonedContacts": 2, "nDequeuedContacts": 0, "avgWaitDuration": 17000}}]

=======================================  =================================================================
column                                   what
=======================================  =================================================================
archive_date + hour, Interval Start Time interval_start, the server's zone; hours 0 to 23, or 0830
csq_name, CSQ Name                       scope
calls_presented, calls_handled,          offered, answered, abandoned. calls_dequeued are further exits:
calls_abandoned                          offered = answered + abandoned + dequeued
Avg Speed of Answer, Avg Handle Time     asa_s, aht_s
Percentage of Service Level Met          service_level_pct, "Only Handled" first; Service Level itself is its threshold
=======================================  =================================================================

VoiceIAQStats are counters since midnight or the service's start, in a moment the file does not name, durations in
ms: they can't be placed in time. Their rows are left out as one Problem, and their sums are in a note.

Sure: C for the CSV (column lists only), A for the names of the JSON.

References
----------
Cisco UCCX Report Description Guide; Database Schema Guide; swapinfutures/UccxStats.
"""

from __future__ import annotations

from calltrace.intake.formats import _kpi, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

_NAMES = ("csqname", "csqnamecallskills", "csqnames", "csq")


def _fits(words: frozenset[str]) -> bool:
    return bool(words & {*_NAMES}) and _kpi.has_any(words, _kpi.OFFERED, _kpi.ANSWERED, _kpi.ABANDONED) >= 2


def _live(words: frozenset[str]) -> bool:
    return {"voiceiaqstatsntotalcontacts", "voiceiaqstatsnhandledcontacts"} <= words or {
        "ntotalcontacts", "nhandledcontacts", "esdname",
    } <= words  # fmt: skip


def detect(head: Head) -> str | None:
    """Recognise counts by CSQ, or the live statistics by VoiceIAQStats."""
    if _live(_sheet.keys_of(head)):
        return "JSON keys: VoiceIAQStats, nTotalContacts"
    return "header: CSQ name, calls presented, calls handled" if _sheet.header_of(head.lines, _fits) else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the intervals of one file into the kpi table; live statistics have no time and give no rows."""
    if _sheet.keys_of(stream.head):
        sheet = _sheet.from_json(stream, options, "kpi")
        sheet.cells = {name.removeprefix("voiceiaqstats"): values for name, values in sheet.cells.items()}
        return _kpi.without_time(sheet, "counters of a moment the file does not name")
    header = _sheet.header_of(stream.head.lines, _fits)
    if header is None:
        raise ValueError(f"{stream.display} has no counts by CSQ")
    return _kpi.reading(_sheet.from_csv(stream, header, options, "kpi"))


FORMAT = Format(
    title="Cisco UCCX CSQ intervals (CSV), VoiceIAQStats (JSON)",
    detect=detect,
    read=read,
    sure="C",
    provides=columns_of(
        kpi="interval_start scope offered answered abandoned asa_s service_level_pct aht_s",
    ),
)
