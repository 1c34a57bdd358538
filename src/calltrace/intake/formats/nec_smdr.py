r"""NEC SMDR: the printed report (SL1100, SL2100, SV8100, Aspire, IPK) and the framed records (NEAX 2400, SV95xx).

Printed, invented; the heading comes again on every page, its columns as the switch is set::

                                                                03/02/2026 PAGE 001
    CLASS TIME  DATE  LINE DURATION  STATION     DIALLED No./CLI      ACCOUNT
    PIN   09:14 03/02 001  00:02:11  214         5855550117
    PIN   09:20 03/02 002                        5855550119           NO ANSWER
    POT   09:30 03/02 001  00:04:02  215         5855550121           4711

=========  =============================================================================================
column     what
=========  =============================================================================================
CLASS      PIN, IVIN, IDIN incoming; POT…, IVOT, IDOT outgoing; PTRS, ITRS transferred; ICM internal;
           ALB all lines busy; BRD barred; BFL the switch's buffer was full and *records were lost here*
TIME       ``HH:MM`` local: when the call was answered, or placed
DATE       month and day, or that of the page's heading
LINE       trunk
DURATION   HH:MM:SS of this station's share; empty where nobody answered
STATION    who answered
DIALLED    the caller of an incoming call, or the number dialled
ACCOUNT    account code, or NO ANSWER; a line ``NEXT`` goes on with the caller's name
=========  =============================================================================================

Framed, a record begins with STX ``0!`` and its type and ends with ETX: KL incoming, KK outgoing, KM station to
station in length-tagged fields (01 trunk, 04 called station, 06 start and end to the millisecond, 08 transfer,
10 digits, 16 caller, 19 when the trunk call was received), KE, KA, KB and KI the older ones in fixed columns. The
tags are those of a public reader and its test records. Incoming records are written of answered calls, so a log of
framed records alone hides callers who left.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from calltrace.classes import dataclass
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import (
    Attempts,
    head_lines,
    seconds,
    years_of,
)
from calltrace.tables.written_dates import real_date

_INCOMING = frozenset({"PIN", "IVIN", "IDIN"})
_TRANSFERRED = frozenset({"PTRS", "ITRS"})
_CLASSES = "PIN|IVIN|IDIN|PTRS|ITRS|POT[APW]?|IVOTP?|IDOT|ICM|ALB|BRD|BFL|SDTA|SAD|WAD"
_ROW = re.compile(
    rf"^\s{{0,8}}(?P<class>{_CLASSES})\s+(?P<clock>\d\d:\d\d(?::\d\d)?)"
    r"(?:\s+(?P<date>\d\d/\d\d(?:/\d\d(?:\d\d)?)?)(?=\s|$))?(?P<rest>.*)$"
)
_BARE = re.compile(r"^\s{0,8}(?P<class>BFL|ALB|BRD)\b")
_TITLE = re.compile(r"\bCLASS\s+TIME\b")
_PAGE = re.compile(r"(?<!\d)(\d{1,4})/(\d{1,2})/(\d{1,4})\s+PAGE\b")
_FRAME = re.compile(r"\x02?0!(?P<type>K[A-Z])(?P<body>[^\x02\x03]*)(?P<end>\x03?)")
_TIMES = re.compile(r"06(?:34)(?P<start>\d{17})(?P<finish>\d{17})")
_CARRIED_ON = timedelta(minutes=3)


@dataclass
class _Printed:
    line: int
    type: str
    date: tuple[int, ...]
    clock: tuple[int, int, int]
    trunk: str
    spent: float | None
    station: str
    number: str
    unanswered: bool
    name: str = ""
    at: datetime = datetime.min  # noqa: DTZ901 -- stands for none


def detect(head: Head) -> str | None:
    """Recognise a framed record by STX and its type, the report by its heading or its classes."""
    text = head.text[:4096].lstrip("\0\r\n ")
    if re.match(r"\x020!K[A-Z]\d", text):
        return f"STX and a record of type {text[3:5]}"
    lines = head_lines(head.lines)
    rows = sum(_ROW.match(line) is not None for line in lines)
    if any(_TITLE.search(line) and ("LINE" in line or "STATION" in line) for line in lines[:60]):
        return "heading: CLASS TIME LINE DURATION STATION"
    if rows and rows * 2 >= len(lines):
        return "class, time and line in columns"
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the report or the frames, whichever the file holds.

    Returns
    -------
    Reading
        Table "calls"; times local.
    """
    if b"\x020!" in stream.data[:65536]:
        return _read_frames(stream, options)
    return _read_report(stream, options)


# --- the framed records -------------------------------------------------------------------------------------


def _read_frames(stream: Stream, options: ReadOptions) -> Reading:
    out = Attempts(stream)
    text = stream.data.decode("utf-8", "replace").replace("\0", "")
    kinds: dict[str, int] = {}
    place = 0
    line = 1
    counted_to = 0
    for found in _FRAME.finditer(text):
        line += text.count("\n", counted_to, found.start())
        counted_to = found.start()
        stray = text[place : found.start()].strip("\x02\x03\r\n\t ")
        if stray:
            out.rows += 1
            out.line_bad(line, stray, "a record between STX and ETX", kind="framing")
        place = found.end()
        out.rows += 1
        kinds[found["type"]] = kinds.get(found["type"], 0) + 1
        _frame(line, found, out)
    rest = text[place:].strip("\x02\x03\r\n\t ")
    if rest:
        out.rows += 1
        out.line_bad(
            line + text.count("\n", counted_to, place), rest, "a record between STX and ETX", kind="framing"
        )
    notes = ["records by type: " + ", ".join(f"{k} {n}" for k, n in sorted(kinds.items()))]
    return out.reading(options, notes=notes, hides_unanswered=bool(out.found))


def _frame(line: int, found: re.Match[str], out: Attempts) -> None:
    kind, body = found["type"], found["body"]
    if kind in {"KA", "KH", "KK"}:
        out.aside("outgoing calls")
        return
    if kind in {"KB", "KJ", "KM"}:
        out.aside("internal calls")
        return
    if kind == "KL":
        _flexible(line, body, out, whole=bool(found["end"]))
    elif kind in {"KE", "KI"}:
        _fixed(line, body, out)
    else:
        out.line_bad(line, f"record of type {kind}", "a type from KA to KM", kind="unknown-type")


def _fields(body: str) -> dict[str, str]:
    """Return the length-tagged fields by tag; a length that does not fit is skipped over to the times."""
    fields: dict[str, str] = {}
    place, last = 0, 0
    while place + 4 <= len(body):
        tag, length = body[place : place + 2], body[place + 2 : place + 4]
        fits = tag.isdigit() and length.isdigit() and last < int(tag) <= 19
        if fits and tag == "19":
            fields[tag] = body[
                place + 4 : place + 21
            ]  # the last one; its length is at times that of field 06
            break
        if not fits or place + 4 + int(length) > len(body):
            again = _TIMES.search(body, place)
            if again is None or "06" in fields:
                break
            place, last = again.start(), 5
            continue
        size = int(length)
        # codes are counted with a sign that is not sent: where the next field begins one earlier, it was so
        if tag in {"07", "10", "12"} and size and _begins(body, place + 3 + size, int(tag)):
            size -= 1
        fields[tag] = body[place + 4 : place + 4 + size]
        last = int(tag)
        place += 4 + size
    return fields


def _begins(body: str, place: int, after: int) -> bool:
    """Say whether a field of a higher tag begins there, or the record ends."""
    if place == len(body):
        return True
    tag, length = body[place : place + 2], body[place + 2 : place + 4]
    return len(length) == 2 and (tag + length).isdigit() and after < int(tag) <= 19


def _flexible(line: int, body: str, out: Attempts, *, whole: bool) -> None:
    fields = _fields(body)
    times = fields.get("06", "")
    start, end = _millis(times[:17]), _millis(times[17:34])
    if start is None:
        out.line_bad(
            line, f"0!KL{body}", "a start in field 06" if whole else "the record's end", kind="bad-time"
        )
        return
    received = _millis(fields.get("19", "")[:17])
    ring = None
    offered = start
    if received is not None:
        waited = (start - received).total_seconds()
        if 0 <= waited <= 3600:
            offered, ring = received, waited
        else:
            out.note(
                f"the call was received at {received:%Y-%m-%d %H:%M:%S}, but answered at {start:%Y-%m-%d %H:%M:%S}",
                "an hour at most between them",
                "The start stands for the arrival.",
                "bad-time",
                line,
            )
    trunk = fields.get("01", "")
    station = fields.get("04", "")[4:].strip() or fields.get("05", "")[6:].strip()
    caller = fields.get("16", "")
    moved = fields.get("08", "")[:1] in {"1", "3", "4"}
    out.add(
        line,
        offered,
        call_id=f"{trunk.strip() or 'KL'}-{start:%Y%m%d%H%M%S%f}"[:40],
        dnis=_code(fields.get("10", "")),
        trunk_group=trunk[3:6].strip() or None,
        ani=caller[1:] if caller[:1] not in {"2", "3"} else None,
        agent=station,
        ring_s=ring,
        talk_s=(end - start).total_seconds() if end is not None and end >= start else None,
        outcome="answered",
        hangup_cause="KL, transferred" if moved else "KL",
    )


def _code(field: str) -> str:
    """Return the digits of a dial code, blanks and fill apart."""
    digits = re.sub(r"[^\d*#]", "", field)
    return digits if len(digits) > 1 else ""


def _fixed(line: int, body: str, out: Attempts) -> None:
    """Read an incoming record of the older formats: route, trunk, station, start and end in fixed columns."""
    years = body[111:115]
    stamps = [body[15:25], body[25:35]]
    times: list[datetime | None] = []
    for n, stamp in enumerate(stamps):
        year = years[2 * n : 2 * n + 2]
        times.append(_millis(f"20{year}{stamp}000") if year.isdigit() else None)
    start, end = times
    if start is None:
        out.line_bad(
            line, f"0!KE{body}", "a start in columns 21 to 30 and its year in 117 and 118", kind="bad-time"
        )
        return
    out.add(
        line,
        start,
        call_id=out.made_id(f"{body[:6].strip()}-{start:%Y%m%d%H%M%S}", line, body),
        dnis=_code(body[57:81]),
        trunk_group=body[:3].strip(),
        ani=re.sub(r"\D", "", body[93:111]) or None,
        agent=body[9:15].strip(),
        talk_s=(end - start).total_seconds() if end is not None and end >= start else None,
        outcome="answered",
        hangup_cause="KE",
    )


def _millis(text: str) -> datetime | None:
    """Parse YYYYMMDDhhmmssmmm."""
    if len(text) != 17 or not text.isdigit():
        return None
    try:
        return datetime(  # noqa: DTZ001 -- a wall clock
            int(text[:4]),
            int(text[4:6]),
            int(text[6:8]),
            int(text[8:10]),
            int(text[10:12]),
            int(text[12:14]),
            int(text[14:]) * 1000,
        )
    except ValueError:
        return None


# --- the printed report -------------------------------------------------------------------------------------


def _read_report(stream: Stream, options: ReadOptions) -> Reading:
    out = Attempts(stream)
    records = _printed(out)
    _dated(records, stream, options, out)
    open_calls: dict[str, tuple[dict[str, object], datetime]] = {}
    lost_any = False
    for record in records:
        if record.type in _TRANSFERRED and record.trunk in open_calls:
            call, until = open_calls[record.trunk]
            if abs(record.at - until) <= _CARRIED_ON:
                call["transferred_to"] = record.station or None
                if isinstance(call["talk_s"], float):
                    call["talk_s"] += record.spent or 0.0
                if call["outcome"] != "answered" and (record.spent or 0) > 0:
                    call.update(outcome="answered", agent=record.station, ended_by=None, hold_s=None)
                open_calls[record.trunk] = call, record.at + timedelta(seconds=record.spent or 0)
                out.further()
                continue
        if record.type not in _INCOMING:
            transferred = record.type in _TRANSFERRED
            out.aside("transferred calls without their beginning" if transferred else "outgoing calls")
            open_calls.pop(record.trunk, None)
            continue
        answered = not record.unanswered and (record.spent or 0) > 0
        lost_any = lost_any or not answered
        out.add(
            record.line,
            record.at,
            call_id=out.made_id(f"{record.trunk}-{record.at:%Y%m%d%H%M}", record.line),
            trunk_group=record.trunk,
            ani=record.number,
            caller_name=record.name,
            agent=record.station if answered else None,
            hold_s=None if answered else 0.0,
            talk_s=(record.spent or 0.0) if answered else 0.0,
            outcome="answered" if answered else "abandoned",
            ended_by=None if answered else "caller",
            hangup_cause=record.type + (" NO ANSWER" if record.unanswered else ""),
            transferred_to=None,
        )
        open_calls[record.trunk] = out.found[-1], record.at + timedelta(seconds=record.spent or 0)
    notes = ["the time of an incoming call is that of its answer, to the minute; its ringing is not logged"]
    return out.reading(options, notes=notes if out.found else ())


def _printed(out: Attempts) -> list[_Printed]:
    records: list[_Printed] = []
    page: tuple[int, ...] = ()
    columns: dict[str, int] = {}
    for number, line in out.lines():
        if _TITLE.search(line):
            columns = {
                w: line.index(w) for w in ("LINE", "DURATION", "STATION", "DIALLED", "ACCOUNT") if w in line
            }
            continue
        heading = _PAGE.search(line)
        if heading:
            page = tuple(int(p) for p in heading.groups())
            continue
        if re.match(r"^\s{0,8}NEXT\s", line):
            if records and records[-1].type in _INCOMING:
                records[-1].name = line.split(None, 1)[1].strip() if len(line.split(None, 1)) > 1 else ""
            continue
        found = _ROW.match(line)
        kind = found["class"] if found else (bare["class"] if (bare := _BARE.match(line)) else "")
        if not kind:
            if re.search(r"\d\d:\d\d", line):
                out.rows += 1
                out.line_bad(number, line, "class, time, date, line, duration, station and number")
            continue
        out.rows += 1
        if kind == "BFL":
            out.bad(
                number,
                "BFL: the switch's buffer was full",
                "every record",
                fix="Records are missing from here on; have the log collected without a break.",
                kind="records-lost",
                effect="noted",
            )
            out.aside("entries of the system")
        elif kind in {"ALB", "BRD"}:
            out.aside("outgoing calls")
        elif kind in {"ICM", "SDTA", "SAD", "WAD"}:
            out.aside("internal calls")
        elif found is not None:
            record = _columns_of(number, found, line, columns, page)
            if record is None:
                out.line_bad(number, line, "class, time, date, line, duration, station and number")
            else:
                records.append(record)
    return records


def _columns_of(
    number: int, found: re.Match[str], line: str, columns: dict[str, int], page: tuple[int, ...]
) -> _Printed | None:
    """Take a row's fields, which move with the settings of the switch: by their form, in order."""
    rest = found["rest"]
    timed = re.search(r"(?<![\d:])(\d\d:\d\d:\d\d)(?![\d:])", rest)
    unanswered = re.search(r"\bNO\s+ANSWER\s*$", rest) is not None
    clock = tuple(int(p) for p in found["clock"].split(":"))
    day = tuple(int(p) for p in found["date"].split("/")) if found["date"] else page
    if len(day) == 2 and page and page[2] > 31:
        # the heading has the year; a December row on January's first page is of the year before
        day = (*day, page[2] - (min(page[:2]) == 1 and max(day[0], 12 * (day[1] == 12)) == 12))
    if timed:
        trunk = rest[: timed.start()].strip()
        tokens = rest[timed.end() :].split()
        station = ""
        after = rest[timed.end() :]
        at_number = columns.get("DIALLED", 0)
        if tokens:
            begins = line.index(tokens[0], found.start("rest") + timed.end())
            if not at_number or begins < at_number - 2:
                station = tokens[0]
                after = after[after.index(station) + len(station) :]
    elif unanswered:
        trunk, _, after = rest.strip().partition(" ")
        if trunk.lower() in {"trunk", "line"}:
            second, _, after = after.strip().partition(" ")
            trunk = f"{trunk} {second}"
        station = ""
    else:
        return None
    after = re.sub(r"\bNO\s+ANSWER\s*$", "", after).strip()
    digits = re.match(r"\+?[\d*#\-]{3,}(?=\s|$)", after)
    named = after[digits.end() :].strip() if digits else after
    return _Printed(
        number,
        found["class"],
        day,
        (clock[0], clock[1], clock[2] if len(clock) > 2 else 0),
        trunk,
        seconds(timed[1]) if timed else None,
        station,
        digits[0] if digits else "",
        unanswered,
        named if named and not named.isdigit() else "",
    )


def _dated(records: list[_Printed], stream: Stream, options: ReadOptions, out: Attempts) -> None:
    """Give every record its date, from its own column or its page's heading; leave out those without one."""
    for parts in (2, 3):
        mine = [r for r in records if len(r.date) == parts]
        if not mine:
            continue
        orders = ("md", "dm") if parts == 2 else ("mdy", "dmy", "ymd")
        order = out.date_order([r.date for r in mine], orders, options)
        named = [dict(zip(order, r.date, strict=True)) for r in mine]
        years: list[int] = [n.get("y", 0) for n in named]
        if parts == 2:
            real = [real_date(2024, n["m"], n["d"]) is not None for n in named]
            found, problem = years_of(
                [(n["m"], n["d"]) for n, ok in zip(named, real, strict=True) if ok], stream, options
            )
            numbered = iter(found)
            years = [next(numbered) if ok else 0 for ok in real]
            if problem:
                out.problems.append(problem)
        for record, name, year in zip(mine, named, years, strict=True):
            day = real_date(year, name["m"], name["d"]) if year else None
            _place(record, day)
    for record in [r for r in records if r.at == datetime.min]:  # noqa: DTZ901 -- stands for none
        shown = "/".join(f"{n:02d}" for n in record.date) + f" {record.clock[0]:02d}:{record.clock[1]:02d}"
        out.bad(
            record.line,
            f'date and time are "{shown.strip()}"',
            "a date in the row or in the heading of its page",
            kind="bad-time",
        )
    records[:] = [r for r in records if r.at != datetime.min]  # noqa: DTZ901 -- stands for none


def _place(record: _Printed, day: date | None) -> None:
    hour, minute, second = record.clock
    if day is not None and hour < 24 and minute < 60 and second < 60:
        record.at = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 -- a wall clock


FORMAT = Format(
    title="NEC SMDR (printed report, framed records)",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        calls=(
            "call_id dnis trunk_group ani caller_name agent offered_at ring_s talk_s outcome ended_by "
            "hangup_cause transferred_to"
        ),
    ),
)
