r"""Avaya CMS and BCMS interval reports of a split, skill or VDN, exported as CSV.

Above the header stands a title block with the date and the split; below it a row an interval and a SUMMARY::

    Split/Skill: Desk
    Date: 04/16/2026
    TIME,ACD CALLS,AVG SPEED ANS,ABAND CALLS,AVG ABAND TIME,AVG TALK TIME,FLOW IN,FLOW OUT,AVG STAFF,% IN SERV LEVEL
    8:00- 8:30AM,40,:17,2,:45,1:10,0,0,3.5,91
    SUMMARY,40,:17,2,:45,1:10,0,0,3.5,91

==================  ======================================================================================
column              what
==================  ======================================================================================
TIME                interval_start, with the date of the title, or a Date column's; the switch's local time.
                    ``8:00- 8:30AM``: the first of the two
title block         scope (Split/Skill, VDN) and date
ACD CALLS           answered; ABAND CALLS abandoned; FLOW OUT calls that left otherwise
(none)              offered is ACD CALLS + ABAND CALLS + FLOW OUT, where there is no Inbound Calls column
AVG SPEED ANS       asa_s, as ``m:ss`` or ``:ss``
AVG TALK TIME       aht_s, without after-call work
AVG STAFF           agents_staffed (Avg Pos Staff)
% IN SERV LEVEL     service_level_pct
FORCED BUSY CALLS   blocked, of VDN reports
==================  ======================================================================================

CMS counts a call in the interval in which it **ended**, not in which it was offered: a short outage smears over
two. SUMMARY and TOTAL rows are left out.

Sure: B (the vendor's report guides and public readers of its exports; no real file).

References
----------
Avaya CMS Database Items and Calculations; Avaya BCMS Operations.
"""

from __future__ import annotations

from dataclasses import replace

from calltrace.intake.formats import _kpi, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of


def _fits(words: frozenset[str]) -> bool:
    return "acdcalls" in words and bool({"abandcalls", "abancalls", "avgspeedans", "avgstaff", "abandoncalls"} & words)


def detect(head: Head) -> str | None:
    """Recognise the report by ACD CALLS with ABAND CALLS, AVG SPEED ANS or AVG STAFF."""
    return "header: ACD CALLS, ABAND CALLS, AVG SPEED ANS" if _sheet.header_of(head.lines, _fits) else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the intervals of one report into the kpi table."""
    header = _sheet.header_of(stream.head.lines, _fits)
    if header is None:
        raise ValueError(f"{stream.display} is no CMS report")
    sheet = _sheet.from_csv(stream, header, options, "kpi")
    lines = stream.head.lines
    read_ = _kpi.reading(sheet, date=_kpi.title_date(lines, header.line), scope=_kpi.title_scope(lines, header.line))
    return replace(read_, notes=(*read_.notes, "a call counts in the interval in which it ended"))


FORMAT = Format(
    title="Avaya CMS and BCMS interval reports (CSV)",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        kpi=(
            "interval_start scope offered answered abandoned blocked asa_s service_level_pct aht_s "
            "agents_staffed"
        ),
    ),
)
