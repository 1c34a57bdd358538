r"""Interval counts of any other report: CSV with a time and counts, known by what its columns are called.

Two heads with a row each, of kinds that occur::

    Interval Start Time,Queue Name,Total Received Calls,Total Connected,Total Abandoned Calls At ACD,Service Level (20 Seconds)
    2026-04-16 08:00,Desk,42,40,2,91.50%

    hour,call_count
    4/16/2026 8:00,42

===================  =====================================================================================
contract             seen as (case, blanks, punctuation don't matter)
===================  =====================================================================================
interval_start       Interval Start Time, Interval, Start Time, Date (with Time or Hour), StartInterval, hour;
                     a date alone is its midnight; ``08:00 - 08:30`` the first of the two
scope                Queue Name, Queue, Split/Skill, VDN, Campaign, Process, Trunk Group; else platform
offered              Offered, Incoming Calls, Total Received Calls, Calls Presented, call_count, count of calls
answered, abandoned  Answered Calls, Calls Handled, Total Connected; Abandoned Calls, Lost, Unanswered
blocked              Blocked, Busy Calls
asa_s                ASA, Avg Speed of Answer, Answer Speed (AVG); never Waiting Time (AVG)
service_level_pct    Service Level %, SLA, Service Level (20 Seconds); shares and percents
aht_s                AHT, Avg Handle Time; else average talk, with hold and after-call work where given
agents_staffed       Staffed, Agents Staffed, Avg Staff
===================  =====================================================================================

Times have no zone as a rule: the accounts', else ``--tz``. What "offered" counts, what the service level is of,
and whether a call counts where it was offered or ended, differ between systems and are not said in such files.
An interval that is missing may mean no calls, or no data. A file whose rows have no time (a copied dashboard)
can't be placed: its rows are left out, and told as one Problem. Totals above and below are left out.

Sure: A for two plain files (hours and days), C for the names of others.
"""

from __future__ import annotations

import re

from calltrace.intake import delimited
from calltrace.intake.formats import (
    _kpi,
    _sheet,
    amazon_connect_kpi,
    avaya_cms_kpi,
    cisco_uccx_kpi,
    genesys_kpi,
    queuemetrics_kpi,
)
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.layout import layout_of

_TELLING = ("callcount", "countofcalls", "callscount", "offered", "callsoffered", "offeredcalls", "incomingcalls", "calls")
_MOST_COLUMNS = 4
"""A file with one count only has few columns: anything wider is another kind of table."""
_NONE = re.compile(r"n/?a|nan|null|none", re.IGNORECASE)
_SIBLINGS = (cisco_uccx_kpi, avaya_cms_kpi, queuemetrics_kpi, genesys_kpi, amazon_connect_kpi)


def _fits(words: frozenset[str]) -> bool:
    if words & _kpi.OF_CALLS:
        return False
    counts = _kpi.has_any(words, _kpi.OFFERED, _kpi.ANSWERED, _kpi.ABANDONED)
    timed = bool(words & {*_kpi.WHEN})
    return counts >= 2 or (timed and len(words) <= _MOST_COLUMNS and bool(words & {*_TELLING}))


def detect(head: Head) -> str | None:
    """Recognise counts: two of offered, answered, abandoned; or a time and one count, and little else."""
    header = _sheet.header_of(head.lines, _fits)
    if header is None or layout_of(head.lines) is not None or any(s.detect(head) for s in _SIBLINGS):
        return None
    below = [line for line in head.lines[header.line :] if line.strip()]
    if below and not re.search(r"\d", below[0]):
        return None
    counted = [n for n, word in enumerate(header.words) if word in {*_kpi.OFFERED, *_kpi.ANSWERED, *_kpi.ABANDONED}]
    if below and _worded(delimited.split(below[0], header.delimiter), counted):  # a list of calls, of which one was "Answered"
        return None
    seen = [header.cells[n].strip() for n in counted]
    return "header: " + ", ".join(seen[:3])


def _worded(cells: list[str], places: list[int]) -> bool:
    """Say whether any of these cells is a word where a count should be."""
    given = [cells[n].strip() for n in places if n < len(cells)]
    return any(re.match(r"[^\W\d_]{2}", cell) and not _NONE.fullmatch(cell) for cell in given)


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the intervals of one file into the kpi table; see the module's table of names."""
    header = _sheet.header_of(stream.head.lines, _fits)
    if header is None:
        raise ValueError(f"{stream.display} has no counts of intervals")
    sheet = _sheet.from_csv(stream, header, options, "kpi")
    lines = stream.head.lines
    date, scope = _kpi.title_date(lines, header.line), _kpi.title_scope(lines, header.line)
    return _kpi.reading(sheet, date=date, scope=scope)


FORMAT = Format(
    title="KPI interval counts of other reports (CSV)",
    detect=detect,
    read=read,
    sure="C",
    provides=columns_of(
        kpi=(
            "interval_start scope offered answered abandoned blocked asa_s service_level_pct aht_s "
            "agents_staffed"
        ),
    ),
)
