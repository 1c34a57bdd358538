r"""Genesys Cloud queue performance, exported as CSV from its views.

A head and a row::

    Interval Start,Interval End,Media Type,Queue Name,Offer,Answer,Answer %,Abandon,Abandon %,ASA,Service Level %,Avg Handle
    4/16/26 8:00 AM,4/16/26 8:30 AM,voice,Desk,42,40,0.952,2,0.048,17000,0.915,95000

===================  =====================================================================================
column               what
===================  =====================================================================================
Interval Start       interval_start, the user's zone unless it has an offset
Media Type           voice; others (chat, callback, …) are set aside
Queue Name           scope
Offer, Answer,       offered, answered, abandoned (also Offered, Answered, Abandoned)
Abandon
ASA, Avg Handle      asa_s, aht_s: in ms, seconds or H:MM:SS by the export's settings
Service Level %      service_level_pct, as a percent or a share
Flow-Out             calls that left the queue otherwise
===================  =====================================================================================

Plain numbers are taken for milliseconds where the handling times would else come to hours, and a note says so.

Sure: C (the view's columns; the interval columns' names are known from exports of its sister views).

References
----------
Genesys Cloud Resource Center, "Queues performance summary view".
"""

from __future__ import annotations

import numpy as np

from calltrace.intake.formats import _kpi, _sheet, _values
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of

HOURS_S = 10_000
"""Average handling of nearly three hours: no answering service's, but ten seconds' in milliseconds."""


def _fits(words: frozenset[str]) -> bool:
    counts = _kpi.has_any(words, ("offer", "offered"), ("answer", "answered"), ("abandon", "abandoned"))
    marks = {"asa", "abandonpct", "answerpct", "servicelevelpct", "avghandle", "intervalcomplete"} & words
    own_layout = "scope" in words  # calltrace's own table of intervals begins alike
    return "intervalstart" in words and counts >= 2 and bool(marks) and not own_layout


def detect(head: Head) -> str | None:
    """Recognise the view by Interval Start, Offer, Answer or Abandon, and ASA, Abandon % or Service Level %."""
    return "header: Interval Start, Offer, Answer, Abandon %" if _sheet.header_of(head.lines, _fits) else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the intervals of one export into the kpi table."""
    header = _sheet.header_of(stream.head.lines, _fits)
    if header is None:
        raise ValueError(f"{stream.display} is no queue performance export")
    sheet = _sheet.from_csv(stream, header, options, "kpi")
    other = ~_sheet.flags(sheet.lower("mediatype").fillna("voice"), "voice", "call", "calls")
    sheet.tell(other, sheet.text("mediatype"), "voice", "Set aside; nothing needs doing.", "other-media")
    values, _ = _values.plain(sheet.text(*_kpi.HANDLE))
    known = values[~np.isnan(values)]
    milliseconds = bool(len(known) and np.median(known) > HOURS_S)
    if milliseconds:
        sheet.notes.append("durations are read as milliseconds: in seconds they would be hours")
    return _kpi.reading(sheet, milliseconds=milliseconds)


FORMAT = Format(
    title="Genesys Cloud queue performance (CSV)",
    detect=detect,
    read=read,
    sure="C",
    provides=columns_of(
        kpi="interval_start scope offered answered abandoned asa_s service_level_pct aht_s",
    ),
)
