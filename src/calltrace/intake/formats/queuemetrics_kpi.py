r"""QueueMetrics: calls by hour or day, exported as CSV.

No source confirms the columns; the reader knows counts by the product's own words, answered (taken) and
unanswered (lost), beside an hour or a day::

    Queue,Date,Hour,Answered,Unanswered,Avg wait,Avg duration
    Desk,2026-04-16,08:00,40,2,0:00:17,0:01:10

=====================  ===================================================================================
column                 what
=====================  ===================================================================================
Date and Hour          interval_start, the server's zone; without a date rows can't be placed
Queue                  scope, else platform
Answered, Taken        answered
Unanswered, Lost       abandoned; offered is both together
=====================  ===================================================================================

Averages of waits are of all calls or of answered ones by the block they stand in, which an export does not say:
they are not taken for ASA.

Sure: D (the product's words only).
"""

from __future__ import annotations

from calltrace.intake.formats import _kpi, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of


def _fits(words: frozenset[str]) -> bool:
    if words & _kpi.OF_CALLS or not words & {*_kpi.WHEN}:
        return False
    answered = {"answered", "answeredcalls", "nanswered", "taken", "takencalls"} & words
    lost = {"unanswered", "unansweredcalls", "nunanswered", "lost", "lostcalls"} & words
    return bool(answered and lost) and not {"offered", "incomingcalls", "callsoffered"} & words


def detect(head: Head) -> str | None:
    """Recognise counts by Answered (Taken) beside Unanswered (Lost), with an hour or a day."""
    return "header: answered, unanswered" if _sheet.header_of(head.lines, _fits) else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the intervals of one file into the kpi table."""
    header = _sheet.header_of(stream.head.lines, _fits)
    if header is None:
        raise ValueError(f"{stream.display} has no answered and unanswered calls")
    sheet = _sheet.from_csv(stream, header, options, "kpi")
    lines = stream.head.lines
    date, scope = _kpi.title_date(lines, header.line), _kpi.title_scope(lines, header.line)
    return _kpi.reading(sheet, date=date, scope=scope)


FORMAT = Format(
    title="QueueMetrics calls by hour (CSV)",
    detect=detect,
    read=read,
    sure="D",
    provides=columns_of(kpi="interval_start scope offered answered abandoned"),
)
