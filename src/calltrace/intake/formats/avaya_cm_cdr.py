"""Avaya Communication Manager CDR: fixed columns in one of the vendor's layouts, or as the customer set them.

Known from the vendor's guides; no real file was at hand. A date line (``MMDD`` or ``DDMM``, with or without a time)
comes at midnight and whenever the link starts; times are **the call's end**, local, to the minute. Lines, invented, of
the Unformatted layout (end 09:16, 2.2 minutes; condition 9 incoming) and of a customised one under its heading::

    0302
    091600229    8005           51785855550117                        0003   0

    date   time sec-dur c cod  dialed-num      calling-num
    030226 0916 00131   9 8005 5178            5855550117

===============  ======================================================================================
field            what
===============  ======================================================================================
time             HHMM at which the call ended
duration         hours, minutes and tenths, rounded up; ``sec-dur`` seconds in customised layouts
condition code   9 (I) incoming or tandem, C (L) conference, 1 (A) attendant; 7 (G), A, 4 outgoing;
                 E (N), F ineffective; 0 internal; 6 (E) records lost
access codes     dialled and used; of the trunk
dialled number   extension or VDN that was reached, of an incoming call
calling number   the caller with ISDN, else the incoming trunk's access code
circuit ids      incoming and outgoing
vdn              the vector directory number, in customised layouts only
===============  ======================================================================================

Layouts tried: TELESEER, ISDN TELESEER, Int-ISDN, Printer, Unformatted; then a customised one whose columns a heading
of Avaya's field names gives (a line above the records, each name beginning at its column), or which begin with date,
time and duration set apart by blanks. With "call reporting of ringing" on (then codes 7, 8 and 9 are digits): G is
the ringing of an answered call, H a caller who left while ringing, I one who met busy. Without it a log holds no
caller who was lost. ``offered_at`` is the end less the duration.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import pairwise

from calltrace.classes import dataclass
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._dates import file_date
from calltrace.intake.formats._smdr import (
    Attempts,
    head_lines,
    lines_of,
    years_of,
)
from calltrace.tables.written_dates import real_date

Span = tuple[int, int]
Layout = dict[str, Span]

LAYOUTS: dict[str, Layout] = {
    # columns count from 1, as in the vendor's tables
    "Int-ISDN": {
        "time": (1, 4),
        "duration": (6, 9),
        "cond": (11, 11),
        "code_dial": (13, 16),
        "code_used": (18, 21),
        "dialed": (23, 37),
        "calling": (39, 48),
        "account": (50, 64),
        "auth": (66, 72),
        "in_crt": (78, 80),
        "out_crt": (82, 84),
        "in_tac": (91, 94),
    },
    "Printer": {
        "time": (1, 4),
        "duration": (6, 9),
        "cond": (11, 11),
        "code_dial": (13, 15),
        "code_used": (17, 19),
        "dialed": (21, 35),
        "calling": (37, 41),
        "account": (43, 57),
    },
    "TELESEER": {
        "time": (4, 7),
        "duration": (8, 11),
        "cond": (12, 12),
        "code_dial": (13, 15),
        "code_used": (16, 18),
        "dialed": (19, 33),
        "calling": (34, 38),
        "account": (39, 53),
        "in_crt": (56, 58),
        "out_crt": (59, 61),
    },
    "Unformatted": {
        "time": (1, 4),
        "duration": (5, 8),
        "cond": (9, 9),
        "code_dial": (10, 13),
        "code_used": (14, 17),
        "dialed": (18, 32),
        "calling": (33, 42),
        "account": (43, 57),
        "auth": (58, 64),
        "in_crt": (68, 70),
        "out_crt": (71, 73),
        "in_tac": (77, 80),
    },
}
_CUSTOM = {
    "date": "date",
    "time": "time",
    "duration": "duration",
    "secdur": "seconds",
    "condcode": "cond",
    "c": "cond",
    "cond": "cond",
    "codedial": "code_dial",
    "codeused": "code_used",
    "cod": "code_used",
    "dialednum": "dialed",
    "dialedno": "dialed",
    "callingnum": "calling",
    "clgnum": "calling",
    "clgnumintac": "calling",
    "acctcode": "account",
    "authcode": "auth",
    "intrkcode": "in_tac",
    "incrtid": "in_crt",
    "outcrtid": "out_crt",
    "vdn": "vdn",
}
_CONDITIONS = "0-9A-IL-N"
_DATE_LINE = re.compile(r"^\s{0,3}(\d\d)[/ ]?(\d\d)(?:\s?\d\d:?\d\d)?\s*$")
_BLANKS = re.compile(r"^(?P<date>\d{6})\s+(?P<time>\d{4})\s+(?P<dur>\d{4,5})\s+(?P<cond>[0-9A-IL-N])\s")
_RINGING = frozenset("GHI")
_TOGETHER = timedelta(minutes=2)


@dataclass
class _Record:
    line: int
    cells: dict[str, str]
    end: datetime
    spent: float

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    @property
    def start(self) -> datetime:
        return self.end - timedelta(seconds=self.spent)


def detect(head: Head) -> str | None:
    """Recognise a layout by the digits, codes and blanks in its columns."""
    found = _layout(head_lines(head.lines, 400))
    return f"fixed columns: the layout {found[0]}" if found else None


def _layout(lines: list[str]) -> tuple[str, Layout] | None:
    """Return name and columns of the layout the lines are in, None where they are in none."""
    for line in lines[:20]:
        custom = _heading(line)
        if custom:
            return "of the heading", custom
    records = [line for line in lines if not _DATE_LINE.match(line)]
    if not records or sum(bool(re.search(r"[,;|\t:]", line)) for line in records) * 4 > len(records):
        return None
    spaced = [line for line in records if _BLANKS.match(line)]
    if spaced and len(spaced) * 5 >= len(records) * 4:
        custom = _by_blanks(spaced)
        if custom:
            return "set by the customer, date first", custom
    best: tuple[int, str] = (0, "")
    for name, layout in LAYOUTS.items():
        fits = sum(_fits(line, name, layout) for line in records)
        best = max(best, (fits, name), key=lambda b: b[0])
    if best[0] and best[0] * 5 >= len(records) * 4:
        return best[1], LAYOUTS[best[1]]
    return None


def _heading(line: str) -> Layout | None:
    """Return the columns a heading of Avaya's field names gives: each from its name to before the next."""
    words = [(m.start(), re.sub(r"[^a-z]", "", m[0].lower())) for m in re.finditer(r"\S+", line)]
    known = [(at, _CUSTOM[w]) for at, w in words if w in _CUSTOM]
    names = {name for _, name in known}
    if (
        len(known) < len(words)
        or not {"time", "dialed", "calling"} <= names
        or not {"duration", "seconds"} & names
    ):
        return None
    ends = [at for at, _ in known[1:]] + [200]
    return {name: (at + 1, end) for (at, name), end in zip(known, ends, strict=True)}


def _by_blanks(lines: list[str]) -> Layout | None:
    """Return a customised layout's columns where blanks set every field apart."""
    width = max(len(line) for line in lines)
    used = [any(len(line) > i and line[i] != " " for line in lines) for i in range(width)]
    spans: list[Span] = []
    i = 0
    while i < width:
        if used[i]:
            j = i
            while j < width and used[j]:
                j += 1
            spans.append((i + 1, j))
            i = j
        i += 1
    names = ["date", "time", "seconds", "cond"]
    if len(spans) < 6:
        return None
    layout = dict(zip(names, spans, strict=False))
    a, b = layout["seconds"]
    if b - a + 1 == 4:
        layout["duration"] = layout.pop("seconds")
    rest = spans[4:]
    numbers = [s for s in rest if any(re.search(r"\d{4,}", line[s[0] - 1 : s[1]]) for line in lines)]
    wide = [s for s in numbers if any(len(line[s[0] - 1 : s[1]].strip()) >= 7 for line in lines)] or numbers
    # code-dial and code-used, if there, stand before the dialled number, which stands before the calling one
    first = next((n for n, s in enumerate(numbers) if s == wide[0]), 0) if wide else 0
    narrow = [s for s in numbers[:first] if s[1] - s[0] >= 3]
    if narrow and len(wide) == 1:
        layout["dialed"], layout["calling"] = narrow[-1], wide[0]
    elif len(wide) >= 2:
        layout["dialed"], layout["calling"] = wide[0], wide[1]
    else:
        return None
    codes = [s for s in rest if s[1] < layout["dialed"][0]]
    layout.update(zip(("code_used", "code_dial"), reversed(codes), strict=False))
    return layout


def _fits(line: str, name: str, layout: Layout) -> bool:
    """Say whether a line has digits, a condition and blanks where the layout wants them."""
    at = max(span[0] for key, span in layout.items() if key in {"time", "duration", "cond"})
    if len(line.rstrip()) < layout["dialed"][0] + 2 or len(line.rstrip()) > 140:
        return False
    clock, spent, cond = (_cut(line, layout[n]) for n in ("time", "duration", "cond"))
    if not (clock.isdigit() and len(clock) == 4 and int(clock[:2]) < 24 and int(clock[2:]) < 60):
        return False
    if not (spent.isdigit() and len(spent) == 4 and int(spent[1:3]) < 60):
        return False
    if not re.fullmatch(rf"[{_CONDITIONS}]", cond):
        return False
    if name == "TELESEER" and line[:3].strip():
        return False
    if name in {"Int-ISDN", "Printer"}:
        gaps = [layout["duration"][0] - 1, layout["cond"][0] - 1, layout["code_dial"][0] - 1]
        gaps += [layout["dialed"][0] - 1, layout["calling"][0] - 1]
        if any(len(line) >= g and line[g - 1] != " " for g in gaps):
            return False
    elif " " in line[layout["time"][0] - 1 : at]:
        return False
    # a blank within a number: another layout's columns, which would put the end of one number to the next
    return all(re.fullmatch(r"[\d*#+A-F]*", _cut(line, layout[n])) for n in ("dialed", "calling"))


def _cut(line: str, span: Span) -> str:
    return line[span[0] - 1 : span[1]].strip()


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the records and make a row of each incoming call.

    Returns
    -------
    Reading
        Table "calls"; times local, to the minute of the end.
    """
    out = Attempts(stream)
    plain = lines_of(stream)
    found = _layout([line for _, line in plain[:400]])
    if found is None:
        raise ValueError(f"{stream.display} is in no layout of Communication Manager")
    name, layout = found
    lines = out.lines(dated="date" in layout or any(_DATE_LINE.match(line) for _, line in plain))
    records = _records(lines, layout, stream, options, out)
    ringing = any(r["cond"] in "789" for r in records) and any(r["cond"] in _RINGING for r in records)
    _calls(records, out, ringing=ringing)
    notes = [f"layout: {name}", "a time is the call's end, to the minute; ringing is not logged"]
    if not ringing:
        notes.append("no records of ringing: callers who left before an answer are not in this log")
    return out.reading(options, notes=notes, hides_unanswered=bool(out.found) and not ringing)


def _records(
    lines: list[tuple[int, str]], layout: Layout, stream: Stream, options: ReadOptions, out: Attempts
) -> list[_Record]:
    raw: list[tuple[int, dict[str, str], int, float, int]] = []
    marks: list[tuple[int, int]] = []
    for number, line in lines:
        if line.lstrip()[:1].isalpha() and _heading(line):
            continue
        mark = _DATE_LINE.match(line) if "date" not in layout else None
        if mark:
            marks.append((int(mark[1]), int(mark[2])))
            continue
        out.rows += 1
        cells = {key: _cut(line, span) for key, span in layout.items()}
        clock, spent = cells["time"], _spent(cells)
        valid = re.fullmatch(r"\d{4}", clock) and int(clock[:2]) < 24 and int(clock[2:]) < 60
        if not valid or spent is None:
            out.line_bad(number, line, "a time as HHMM and a duration in their columns")
            continue
        raw.append((number, cells, int(clock[:2]) * 60 + int(clock[2:]), spent, len(marks)))
    days = _days_in_rows(raw, options, out) if "date" in layout else _days(raw, marks, stream, options, out)
    records = []
    for (number, cells, minutes, spent, _), day in zip(raw, days, strict=True):
        if day is None:
            out.bad(number, f'date is "{cells.get("date", "")}"', "a real date", kind="bad-time")
            continue
        end = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 -- a wall clock
        records.append(_Record(number, cells, end, spent))
    return records


def _spent(cells: dict[str, str]) -> float | None:
    if "seconds" in cells:
        return float(cells["seconds"]) if cells["seconds"].isdigit() else None
    text = cells.get("duration", "")
    if not re.fullmatch(r"\d{4}", text) or int(text[1:3]) > 59:
        return None
    return int(text[0]) * 3600 + int(text[1:3]) * 60 + int(text[3]) * 6.0


def _days_in_rows(
    raw: list[tuple[int, dict[str, str], int, float, int]], options: ReadOptions, out: Attempts
) -> list[date | None]:
    parts = [re.findall(r"\d\d", cells["date"]) for _, cells, _, _, _ in raw]
    whole = [tuple(int(p) for p in ps) for ps in parts if len(ps) == 3]
    if not whole:
        return [None] * len(raw)
    order = out.date_order(whole, ("mdy", "dmy", "ymd"), options)
    days: list[date | None] = []
    for ps in parts:
        named = dict(zip(order, (int(p) for p in ps), strict=False))
        days.append(real_date(named["y"], named["m"], named["d"]) if len(named) == 3 else None)
    return days


def _days(
    raw: list[tuple[int, dict[str, str], int, float, int]],
    marks: list[tuple[int, int]],
    stream: Stream,
    options: ReadOptions,
    out: Attempts,
) -> list[date | None]:
    """Return each record's day by the date lines between them, else by the file's date and midnights passed."""
    if not raw:
        return []
    wraps = [0]
    for before, after in pairwise(raw):
        new_mark = after[4] != before[4]
        wraps.append(0 if new_mark else wraps[-1] + (before[2] - after[2] > 12 * 60))
    if not marks:
        last, how = file_date(stream)
        out.note(
            f"no date line in the log: {how}, {last:%Y-%m-%d}, stands for the last record's",
            "a date line (set it with: change system-parameters cdr)",
            "Name the file with its date (2026-03-02) if that is wrong.",
            "no-date",
        )
        return [last - timedelta(days=wraps[-1] - w) for w in wraps]
    order = out.date_order(marks, ("md", "dm"), options)
    real = [(m, d) for m, d in (mark if order == "md" else mark[::-1] for mark in marks)]
    good = [real_date(2024, m, d) is not None for m, d in real]
    years, problem = years_of([p for p, ok in zip(real, good, strict=True) if ok], stream, options)
    if problem is not None:
        out.problems.append(problem)
    numbered = iter(years)
    at = [real_date(next(numbered), m, d) if ok else None for (m, d), ok in zip(real, good, strict=True)]
    before_first = [w for r, w in zip(raw, wraps, strict=True) if r[4] == 0]
    days: list[date | None] = []
    for record, wrapped in zip(raw, wraps, strict=True):
        if record[4] == 0:  # before the first date line, which is midnight's
            first = at[0]
            days.append(None if first is None else first - timedelta(days=1 + before_first[-1] - wrapped))
        else:
            day = at[record[4] - 1]
            days.append(None if day is None else day + timedelta(days=wrapped))
    return days


def _calls(records: list[_Record], out: Attempts, *, ringing: bool) -> None:
    rung: dict[tuple[str, str], _Record] = {}
    for record in records:
        code = record["cond"]
        if ringing and code == "G":
            rung[record["calling"], record["dialed"]] = record
            out.further()
            continue
        if ringing and code in {"H", "I"}:
            _add(record, out, "abandoned" if code == "H" else "busy", record.spent if code == "H" else None)
            continue
        if code == "6":
            out.note(
                "condition 6: the switch had no resources left to log",
                "every record",
                "Records are missing here.",
                "records-lost",
                record.line,
            )
            out.aside("entries of the system")
            continue
        if not _incoming(record):
            out.aside("internal calls" if code == "0" else "outgoing calls")
            continue
        before = rung.pop((record["calling"], record["dialed"]), None)
        ring = before.spent if before is not None and abs(before.end - record.start) <= _TOGETHER else None
        _add(record, out, "answered", ring)
    if rung:  # they were answered, and end behind the end of this log
        out.same -= len(rung)
        out.aside("ringing of calls that had not ended", len(rung))


def _incoming(record: _Record) -> bool:
    code = record["cond"]
    if code in {"9", "I"}:
        return True
    came = bool(record["in_crt"].strip("0") or record["in_tac"].strip("0"))
    went = bool(record["out_crt"].strip("0"))
    return code in {"1", "A", "C", "L", "8", "H"} and came and not went


def _add(record: _Record, out: Attempts, outcome: str, ring: float | None) -> None:
    calling = record["calling"]
    ani = calling if len(calling) >= 7 else None  # shorter: the incoming trunk's access code
    answered = outcome == "answered"
    begun = record.start - timedelta(seconds=ring or 0) if answered else record.start
    trunk = record["in_tac"] or record["code_used"] or ("" if ani else calling)
    vdn = record["vdn"]
    out.add(
        record.line,
        begun,
        call_id=out.made_id(f"{record.end:%Y%m%d%H%M}", record.line),
        dnis=vdn or record["dialed"],
        trunk_group=trunk,
        ani=ani,
        agent=record["dialed"] if answered and vdn else None,
        ring_s=ring,
        hold_s=None if answered else 0.0,
        talk_s=record.spent if answered else 0.0,
        outcome=outcome,
        ended_by="caller" if outcome == "abandoned" else None,
        hangup_cause=f"condition {record['cond']}",
    )


FORMAT = Format(
    title="Avaya Communication Manager CDR",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        calls="call_id dnis trunk_group ani agent offered_at ring_s talk_s outcome ended_by hangup_cause",
    ),
)
