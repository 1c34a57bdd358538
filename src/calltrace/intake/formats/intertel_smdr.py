"""Inter-Tel (Mitel) Axxess and 5000 SMDR: the report the switch prints, and the tab-separated form of collectors.

The tab form is known from one live file, the report from the vendor's administrator guides. Lines of the tab form,
invented (type, extension, trunk, outside number, DNIS, start, duration)::

    RG	108	94129	5855550117	8900	2026-03-02 09:14:00	00:00:06
    IN	108	94129	5855550117	8900	2026-03-02 09:14:00	00:02:11

and of the report::

    TYP EXT#  TRUNK DIALED DIGITS                START ELAPSED   COST   ACCOUNT CODE
    IN  00108 94129 5855550117                   09:14 00:02:11

A logger at the switch's socket writes the report's lines without headings, some with the time before each at which it came
(``2026-03-02 09:16:12.501 IN  00108 …``), which is then its date; a capture of the socket has the record's length before it.

==========  ==========================================================================================
field       what
==========  ==========================================================================================
type        IN, DID an incoming call's talk; RG its ringing; LOC, TLC, TLD, FRE, TIE, O/I … outgoing
extension   the last that handled the call; ``*****`` for a ring-in nobody answered
trunk       the trunk's extension number
number      the caller; where the caller is unknown the DNIS or the group that passed the call on
DNIS        four digits; ``0`` none; a shorter one is the device by way of which the call came
start       local, to the minute: when the call was answered, for a ring-in when it began ringing
duration    H:MM:SS or ``S=`` and seconds: talk of IN, ringing of RG
==========  ==========================================================================================

An RG row and the IN row of the same trunk and number within two minutes behind it, or in the minute in which its ringing
ended, are one call, of which RG gives ``ring_s``; an RG row alone is a caller who left. An IN row alone came by way of
another device (or ring-in records are off): its ``ring_s`` is unknown.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from calltrace.classes import dataclass
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._dates import file_date
from calltrace.intake.formats._smdr import Attempts, head_lines, seconds
from calltrace.tables.written_dates import real_date

INCOMING = ("IN", "DID", "DNS", "DSA")
OUTGOING = ("LOC", "TLC", "TLD", "FRE", "TIE", "O/I", "OP", "INT", "NET", "CNF", "PRV", "IC", "000")
ENOUGH = 3
"""So many records without a heading are a log of them."""
TOGETHER = timedelta(minutes=2)
"""How far the answer may be from the beginning of ringing, both told to the minute."""

_TYPES = "|".join(re.escape(t) for t in ("RG", *INCOMING, *OUTGOING))
_RECEIVED = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[ T](?P<at>\d\d:\d\d):\d\d(?:[.,]\d+)?[,;]?[ \t]"
"""When a logger at the switch's socket received the record, where it put that before each."""
_FRAME = re.compile(r"^[^\0]\0{3}")
"""How many bytes the record has: the socket's, which a capture of it holds."""
_TAB = re.compile(
    rf"^\s*(?P<type>{_TYPES})[\t,](?P<ext>[\d*]*)[\t,](?P<trunk>\d*)[\t,](?P<number>[^\t,]*)[\t,](?P<dnis>[^\t,]*)[\t,]"
    r"(?P<start>\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)[\t,](?P<spent>\d{1,3}:\d\d:\d\d)\s*$"
)
_PRINTED = re.compile(
    rf"^(?:{_RECEIVED})?\s{{0,3}}(?P<type>{_TYPES})\s+(?P<ext>\d{{2,5}}|\*{{5}})\s+(?P<trunk>\d{{3,5}})\s+(?P<number>.{{0,28}}?)\s+"
    r"(?P<start>\d\d:\d\d)\s+(?P<spent>\d\d:\d\d:\d\d|S=\s*\d+)(?P<rest>.*)$"
)
_TITLE = re.compile(r"\bTYP\s+EXT#?\s+TRUNK\b", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](\d{2,4})(?!\d)")


_MINUTE = timedelta(minutes=1)


@dataclass
class _Record:
    line: int
    type: str
    ext: str
    trunk: str
    number: str
    dnis: str
    start: datetime
    spent: float
    caller_left: bool = False
    joined: bool = False
    account: str = ""


_Ringing = dict[tuple[str, str, datetime], list[_Record]]
"""Ring-ins by trunk, number and minute: the one in which they began, and the one in which they ended."""


def detect(head: Head) -> str | None:
    """Recognise the tab form by its seven fields, the report by its heading or its columns."""
    lines = head_lines([_FRAME.sub("", line) for line in head.lines])
    if not lines:
        return None
    tabbed = sum(bool(_TAB.match(line)) for line in lines)
    if tabbed and tabbed * 2 >= len(lines) - 1:
        return "call type, extension, trunk, number, DNIS, start, duration between tabs"
    printed = sum(bool(_PRINTED.match(line)) for line in lines)
    if printed and any(_TITLE.search(line) for line in lines[:30]):
        return "heading: TYP EXT# TRUNK DIALED DIGITS START ELAPSED"
    if printed >= ENOUGH and printed * 2 >= len(lines):  # the socket sends no headings
        return "call type, extension, trunk, digits, start and length in columns"
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows, and join ring-ins with the calls they became.

    Returns
    -------
    Reading
        Table "calls"; times local, to the minute.
    """
    if b"\0\0\0" in stream.data:
        stream = replace(stream, data=re.sub(rb"(?m)^[^\0\n]\0{3}", b"", stream.data))
    out = Attempts(stream)
    records, undated = _records(stream, options, out)
    ringing: _Ringing = {}
    by_way: dict[str, int] = {}
    calls: list[tuple[_Record, _Record | None]] = []
    for record in records:
        if record.type == "RG":
            for minute in {record.start.replace(second=0), _rung_until(record)}:
                ringing.setdefault((record.trunk, record.number, minute), []).append(record)
            calls.append((record, None))
        elif record.type in INCOMING:
            before = _rung_before(record, ringing)
            if before is not None:
                before.joined = True
                out.further()
            calls.append((record, before))
        else:
            out.aside("outgoing calls")
    for record, rung in calls:
        if not (record.type == "RG" and record.joined):
            _add(record, rung, out, by_way)
    notes = []
    if by_way:
        shown = ", ".join(f"{device} ({n})" for device, n in by_way.items())
        notes.append(f"calls that came by way of another device, whose ringing is unknown: {shown}")
    if undated:
        out.note(undated, "a date in the heading of each page", "Keep the page headings.", "no-date")
    ring_ins = any(r.type == "RG" for r in records)
    if out.found and not ring_ins:
        notes.append("no ring-in (RG) records: callers who left before an answer are not in this log")
    return out.reading(options, notes=notes, hides_unanswered=bool(out.found) and not ring_ins)


def _rung_before(record: _Record, ringing: _Ringing) -> _Record | None:
    """Return the ring-in that became this call: the first that began just before it, else one that ended with it, if any."""
    minute = record.start.replace(second=0)
    near = [
        rung
        for ago in range(TOGETHER // _MINUTE, -1, -1)
        for rung in ringing.get((record.trunk, record.number, minute - ago * _MINUTE), ())
        if not rung.joined
    ]
    just = (rung for rung in near if timedelta() <= record.start - rung.start <= TOGETHER)
    # it began at any second of its minute, and its ringing ended up to a minute later than they add up to
    ended = (rung for rung in near if timedelta() <= minute - _rung_until(rung) <= _MINUTE)
    return next(just, next(ended, None))


def _rung_until(rung: _Record) -> datetime:
    """Return the minute in which a ring-in ended, if it began as its minute did."""
    return (rung.start + timedelta(seconds=rung.spent)).replace(second=0)


def _headings(lines: list[tuple[int, str]]) -> dict[int, tuple[int, ...]]:
    """Return the numbers of the dates in headings, by line."""
    found = {}
    for number, line in lines:
        heading = _DATE.search(line)
        if heading and not _PRINTED.match(line) and not _TAB.match(line) and not re.match(rf"^\s*(?:{_TYPES})\s", line):
            found[number] = tuple(int(n) for n in heading.groups())
    return found


def _records(stream: Stream, options: ReadOptions, out: Attempts) -> tuple[list[_Record], str]:
    """Parse every line; return the records, and what had to be assumed of their dates."""
    records: list[_Record] = []
    day: date | None = None
    undated = ""
    clock = ""
    lines = out.lines()
    headings = _headings(lines)
    order = out.date_order(list(headings.values()), ("mdy", "dmy"), options)
    for number, line in lines:
        found = _TAB.match(line)
        if found:
            out.rows += 1
            try:
                start = datetime.fromisoformat(found["start"])
            except ValueError:
                out.line_bad(number, line, "a real date and time in field 6", kind="bad-time")
                continue
            records.append(_record(number, found, start, seconds(found["spent"]) or 0.0))
            continue
        found = _PRINTED.match(line)
        if found is None:
            if number in headings:
                named = dict(zip(order, headings[number], strict=True))
                day = real_date(named["y"], named["m"], named["d"]) or day
                clock = ""
            elif _TITLE.search(line) or set(line.strip()) <= set("-=_ *"):
                continue
            elif "\t" in line or (
                re.match(r"^\s*[A-Z0-9/]{2,3}[\s,]", line) and re.search(r"\d\d:\d\d", line)
            ):
                out.rows += 1
                out.line_bad(number, line, "type, extension, trunk, number, DNIS, start and duration")
            continue
        out.rows += 1
        if found["year"]:
            received = real_date(int(found["year"]), int(found["month"]), int(found["day"]))
            if received is not None:  # a call that ends on another day than it began
                day = received - timedelta(days=found["start"] > found["at"])
                clock = ""
        if day is None:
            day, how = file_date(stream)
            undated = f"no date before the first record: {how}, {day:%Y-%m-%d}, stands for it"
        elif clock and found["start"] < clock and clock[:2] > "21" and found["start"][:2] < "03":
            day += timedelta(days=1)
        clock = found["start"]
        hour, minute = (int(p) for p in found["start"].split(":"))
        spent = found["spent"]
        length = float(spent[2:]) if spent.startswith("S=") else seconds(spent)
        if hour > 23 or minute > 59 or length is None:
            out.line_bad(number, line, "a start as HH:MM and a length as HH:MM:SS", kind="bad-time")
            continue
        record = _record(number, found, datetime(day.year, day.month, day.day, hour, minute), length)  # noqa: DTZ001
        record.caller_left = found["rest"].rstrip().endswith("*")
        records.append(record)
    return records, undated


def _record(line: int, found: re.Match[str], start: datetime, spent: float) -> _Record:
    dnis = found["dnis"].strip() if "dnis" in found.re.groupindex else ""
    return _Record(
        line,
        found["type"],
        found["ext"].strip("*").lstrip("0") or "",
        found["trunk"],
        re.sub(r"^RING\.*\s*", "", found["number"].strip(), flags=re.IGNORECASE),
        "" if dnis == "0" else dnis,
        start,
        spent,
    )


def _add(record: _Record, rung: _Record | None, out: Attempts, by_way: dict[str, int]) -> None:
    number, dnis = record.number, record.dnis
    if dnis and len(dnis) < 4 and dnis.isdigit():
        if rung is None:
            by_way[dnis] = by_way.get(dnis, 0) + 1
        dnis = rung.dnis if rung is not None else ""
    if (
        not dnis and number.isdigit() and len(number) < 7
    ):  # no caller: the switch shows what was dialled instead
        if len(number) < 4:
            by_way[number] = by_way.get(number, 0) + 1
        else:
            dnis = number
        number = ""
    if number == dnis:  # it was withheld
        number = ""
    answered = record.type != "RG"
    ring = record.spent if not answered else (rung.spent if rung is not None else None)
    begun = rung.start if rung is not None else record.start
    out.add(
        record.line,
        begun,
        call_id=out.made_id(f"{record.trunk}-{begun:%Y%m%d%H%M}", record.line),
        dnis=dnis,
        trunk_group=record.trunk,
        ani=number,
        agent=record.ext if answered else None,
        ring_s=ring,
        hold_s=None if answered else 0.0,
        talk_s=record.spent if answered else 0.0,
        outcome="answered" if answered else "abandoned",
        ended_by="caller" if record.caller_left or not answered else None,
        hangup_cause=record.type,
    )


FORMAT = Format(
    title="Inter-Tel Axxess, Mitel 5000 SMDR",
    detect=detect,
    read=read,
    sure="A",
    provides=columns_of(
        calls="call_id dnis trunk_group ani agent offered_at ring_s talk_s outcome ended_by hangup_cause",
    ),
)
