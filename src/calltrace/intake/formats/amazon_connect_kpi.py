r"""Amazon Connect historical metrics report: CSV by interval, with the metrics the user chose.

A head and two rows; the file has seconds where the screen shows h:mm:ss, and ``-`` for none::

    Queue,Channel,StartInterval,EndInterval,Contacts queued,Contacts handled,Contacts abandoned,Average queue answer time
    Desk,VOICE,2026-04-16T12:00:00Z,2026-04-16T12:30:00Z,42,40,2,17.4
    Desk,VOICE,2026-04-16T12:30:00Z,2026-04-16T13:00:00Z,0,0,0,-

===========================  =============================================================================
column                       what
===========================  =============================================================================
StartInterval                interval_start, ISO 8601: with an offset, or in the report's zone
Queue                        scope; Channel: only VOICE counts, others are set aside
Contacts queued              offered (Contacts incoming where it is not there)
Contacts handled             answered (handled incoming); Contacts abandoned abandoned
Average queue answer time    asa_s, s, of answered contacts and from the queue on
Average handle time          aht_s, s, with hold and after-contact work
Service level 20 seconds     service_level_pct; the threshold is in the name
===========================  =============================================================================

Rows by agent (an Agent column and no queue) are no counts of callers and are left out.

Sure: B (the vendor's guide gives the metrics' names; no real file).

References
----------
Amazon Connect Administrator Guide, "Historical metrics report" and "Metrics definitions".
"""

from __future__ import annotations

from calltrace.intake.formats import _kpi, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of


def _fits(words: frozenset[str]) -> bool:
    return "startinterval" in words and any(w.startswith("contacts") for w in words)


def detect(head: Head) -> str | None:
    """Recognise the report by StartInterval and a column of contacts."""
    return "header: StartInterval, Contacts queued" if _sheet.header_of(head.lines, _fits) else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the intervals of one report into the kpi table."""
    header = _sheet.header_of(stream.head.lines, _fits)
    if header is None:
        raise ValueError(f"{stream.display} is no historical metrics report")
    sheet = _sheet.from_csv(stream, header, options, "kpi")
    other = ~_sheet.flags(sheet.lower("channel").fillna("voice"), "voice")
    sheet.tell(other, sheet.text("channel"), "VOICE", "Set aside; nothing needs doing.", "other-media")
    if sheet.has("agent"):
        of_agents = sheet.strings("agent").notna().to_numpy()
        sheet.tell(of_agents, "a row of one agent", "a queue's", "Set aside; nothing needs doing.", "of-agents")
    return _kpi.reading(sheet)


FORMAT = Format(
    title="Amazon Connect historical metrics (CSV)",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        kpi="interval_start scope offered answered abandoned asa_s service_level_pct aht_s",
    ),
)
