"""Mitel MiVoice Business (3300, SX-2000) SMDR: 90-column records, and the longer ones with ANI, DNIS and call ids.

Known from the vendor's record description and a public reader's test lines; no real file was at hand. Lines, invented
(the first answered, the second not, the third outgoing)::

     03/02 09:14  00:02:11 T001    007 5178                        A  3214                          001
     03/02 09:20  00:00:31 T002    *** 5178                           3214                          001
     03/02 09:30  00:04:02 3214        5855550117                  A  T003                          001

========  =====================  ============================================================================
column    field                  what
========  =====================  ============================================================================
1         long call              ``-`` 5 to 10 minutes, ``%`` 10 to 30, ``+`` more
2-6       date                   ``mm/dd`` or ``dd/mm``: **no year**
8-13      start                  ``hh:mm`` with ``P`` for the afternoon of a 12-hour clock, in which midnight is 12;
                                 seconds in newer releases
15-22     duration               ``hh:mm:ss``, ``hhhh:mm:ss`` with extended digit length
24-27     calling party          ``Tnnn`` or ``Xnnn`` a trunk, else an extension; 7 columns if extended
29        attendant              ``*``
30-32     time to answer         s; ``***`` not answered; empty for outgoing calls; 4 columns if extended
34-59     digits                 received from the trunk, or dialled; from trunk to trunk the number outside
60        completion             A answered, B busy, E error, T toll denied, I, P
62-65     called party           extension, ``Tnnn`` for outgoing calls
66        transfer, conference   T, X, C, U, I, R
68-71     third party            where the call was transferred
73-88     account code, system   each where programmed; then, in the longer records: ANI, DNIS, call id, sequence,
                                 associated call id
========  =====================  ============================================================================

The year is that of ``--year`` or of the file's date, and goes back where the month does; a Problem says so. Records
of one call share the call id: the first gives arrival and ring, all together talk. In records without one, a record from
trunk to trunk that begins where another of the same trunk ended with a transfer is that call's further leg. Columns
shift with the options of the switch, so fields are found by what stands around them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from calltrace.classes import dataclass
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import (
    Attempts,
    head_lines,
    runs,
    seconds,
    years_of,
)
from calltrace.tables.written_dates import real_date

_START = re.compile(
    r"^(?P<long>[ \-%+]?)(?P<a>\d\d)[/-](?P<b>\d\d) (?P<clock>\d\d:\d\d(?::\d\d)?)(?P<half>[ PpAa])?"
    r" ?(?P<spent>\d{2,4}:\d\d:\d\d|\s{8,10})\s"
)
_ANSWER = re.compile(r"^(?:\*\s*(?=\d))?(?P<wait>\d{3,4}|\*{3,4})$")
_PARTY = re.compile(r"^(?:[TX]\d{1,6}|ATT\d*|\d{1,7}|\*{3,7})$")
_MOVED = frozenset({"T", "X", "C"})
_MINUTE = timedelta(minutes=1)
_NUMBERS_AT = 17
"""Columns behind the third party that account code and system id take, each blank where the switch has none."""
_CALL_ID = re.compile(r"(?<![A-Z0-9])([A-Z]\d{7}) ?([A-Z])?(?![A-Z0-9])")


@dataclass
class _Record:
    line: int
    date: tuple[int, int]
    hour: int
    minute: int
    second: int
    spent: float | None
    calling: str
    wait: str
    digits: str
    completion: str
    called: str
    flag: str
    third: str
    half: str = ""
    ani: str = ""
    dnis: str = ""
    call_id: str = ""
    sequence: str = ""
    start: datetime | None = None

    @property
    def incoming(self) -> bool:
        """Whether it came in by a trunk: trunk as caller, or a time to answer where the caller is blank."""
        return self.calling[:1] in {"T", "X"} or (not self.calling and bool(self.wait))

    @property
    def to_trunk(self) -> bool:
        """Whether it went out by a trunk."""
        return self.called[:1] in {"T", "X"}

    @property
    def answered(self) -> bool:
        return bool(self.wait) and not self.wait.startswith("*")


def detect(head: Head) -> str | None:
    """Recognise lines that begin with a date without a year, a start and a duration, each in its columns."""
    lines = head_lines(head.lines)
    if not lines:
        return None
    fits = sum(
        _START.match(line) is not None and len(line.rstrip()) >= 40 and "'" not in line for line in lines
    )
    if fits and fits * 2 >= len(lines):
        return "columns: mm/dd, hh:mm, hh:mm:ss, parties and digits, no year"
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the records and put the incoming calls together.

    Returns
    -------
    Reading
        Table "calls"; times local, the year as a Problem tells.
    """
    out = Attempts(stream)
    records = []
    for number, line in out.lines():
        record = _parse(number, line)
        if record is None and not re.search(r"\d\d:\d\d", line):
            continue  # a title, a rule, a page number
        out.rows += 1
        if record is None:
            out.line_bad(number, line, "date, start and duration in columns 2 to 22")
        else:
            records.append(record)
    records = _dated(records, stream, options, out)
    numbers = {r.dnis or r.digits for r in records if r.incoming and not r.to_trunk}
    for _, places in runs(list(zip(_call_of_each(records), range(len(records)), strict=True))):
        _call([records[n] for n in places], numbers, out)
    return out.reading(options)


def _parse(line: int, text: str) -> _Record | None:
    found = _START.match(text)
    if found is None:
        return None
    clock = [int(p) for p in found["clock"].split(":")]
    hour = clock[0]
    half = (found["half"] or "").strip().upper()
    if half == "P" and hour < 12:
        hour += 12
    elif half == "A" and hour == 12:
        hour = 0
    wide = len(found["spent"]) > 8
    rest = text[found.end() :]
    party = 7 if wide else 4
    calling = rest[:party].strip()
    if calling and not _PARTY.match(calling):
        return None
    answer = _ANSWER.match(rest[party : party + 6].strip())
    digits_at = party + 6
    digits = rest[digits_at : digits_at + 26].strip()
    tail_at = digits_at + 26
    completion = rest[tail_at : tail_at + 1].strip()
    called = rest[tail_at + 2 : tail_at + 2 + party].strip()
    flag = rest[tail_at + 2 + party : tail_at + 3 + party].strip()
    third = rest[tail_at + 4 + party : tail_at + 4 + 2 * party].strip()
    beyond = rest[tail_at + 4 + 2 * party :]
    if digits and not re.fullmatch(r"[\d*#. A-D]+", digits.split()[0]):
        digits = ""
    record = _Record(
        line,
        (int(found["a"]), int(found["b"])),
        hour,
        clock[1],
        clock[2] if len(clock) > 2 else 0,
        seconds(found["spent"]),
        calling,
        answer["wait"] if answer else "",
        digits.split()[0] if digits else "",
        completion,
        called if _PARTY.match(called) else "",
        flag,
        third if _PARTY.match(third) else "",
        half,
    )
    _extended(record, beyond)
    return record


def _extended(record: _Record, beyond: str) -> None:
    """Take ANI, DNIS and the call id from the columns behind the third party, where the record is that long."""
    ids = list(_CALL_ID.finditer(beyond))
    if ids:
        record.call_id, record.sequence = ids[0][1], ids[0][2] or ""
        beyond = beyond[: ids[0].start()]
    system = re.search(r"(?<!\d)\d{3}(?=\s+\d)", beyond)
    behind = beyond[_NUMBERS_AT:]
    if system is not None and (system.end() > _NUMBERS_AT or beyond[system.end() : _NUMBERS_AT].strip()):  # shifted
        behind = beyond[system.end() :]
    elif system is None and re.search(r"[^\d\s]", behind):
        return
    numbers = re.findall(r"\d{2,}", behind)
    if record.incoming and numbers:
        gap = len(behind) - len(behind.lstrip())
        if len(numbers) > 1:
            record.ani, record.dnis = numbers[0], numbers[1]
        elif gap > 8:
            record.dnis = numbers[0]
        else:
            record.ani = numbers[0]


def _dated(records: list[_Record], stream: Stream, options: ReadOptions, out: Attempts) -> list[_Record]:
    """Give every record its date; those whose date or time can't be are left out."""
    _of_twelve_hours(records)
    order = out.date_order([r.date for r in records], ("md", "dm"), options)
    good = []
    for record in records:
        month, day = record.date if order == "md" else record.date[::-1]
        real = real_date(2024, month, day) is not None and record.hour < 24 and record.minute < 60
        if not real or record.second > 59:
            shown = f"{record.date[0]:02d}/{record.date[1]:02d} {record.hour:02d}:{record.minute:02d}"
            out.bad(record.line, f'start is "{shown}"', "a real date and time", kind="bad-time")
            continue
        good.append((record, month, day))
    years, problem = years_of([(m, d) for _, m, d in good], stream, options)
    if problem is not None:
        out.problems.append(problem)
    dated = []
    for (record, month, day), year in zip(good, years, strict=True):
        if real_date(year, month, day) is None:
            out.bad(record.line, f"{month:02d}/{day:02d} in {year}", "a date of that year", kind="bad-time")
            continue
        record.start = datetime(year, month, day, record.hour, record.minute, record.second)  # noqa: DTZ001 -- a wall clock
        dated.append(record)
    return dated


def _of_twelve_hours(records: list[_Record]) -> None:
    """Put midnight where a 12-hour clock has it: it marks the afternoon alone, and its day begins at 12.

    That it is one, an afternoon somewhere in the file tells; an hour that only the other clock shows tells that it is not.
    """
    plain = [r for r in records if not r.half]
    if len(plain) < len(records) and not any(r.hour == 0 or 12 < r.hour < 24 for r in plain):
        for record in plain:
            record.hour %= 12


def _call_of_each(records: list[_Record]) -> list[object]:
    """Return what tells the call of each record: its call id and day, else the record's place, or the one it carries on."""
    found: list[object] = []
    moved: dict[tuple[str, str], tuple[object, datetime]] = {}  # by the trunk in and the trunk out: which, and until when
    for place, record in enumerate(records):
        key: object = (record.call_id, record.start.date() if record.start else None) if record.call_id else place
        if not record.call_id and record.incoming and record.start is not None:
            if record.to_trunk:
                before, until = moved.get((record.calling, record.called), (None, record.start))
                if before is not None and -_MINUTE <= record.start - until <= 2 * _MINUTE:
                    key = before
            length = (record.spent or 0) + (float(record.wait) if record.answered else 0)
            if record.flag in _MOVED and record.third[:1] in {"T", "X"}:
                moved[record.calling, record.third] = key, record.start + timedelta(seconds=length)
        found.append(key)
    return found


def _call(parts: list[_Record], numbers: set[str], out: Attempts) -> None:
    """Add a call; ``numbers`` are those that callers dial, which no number outside is."""
    parts = sorted(parts, key=lambda r: (r.sequence, r.start or datetime.min)) if parts[0].sequence else parts  # noqa: DTZ901
    first = next((r for r in parts if r.incoming), None)
    if first is None:
        trunk = any(r.called[:1] in {"T", "X"} or r.digits for r in parts)
        out.aside("outgoing calls" if trunk else "internal calls", len(parts))
        return
    answered = [r for r in parts if r.incoming and r.answered] or [r for r in parts[1:] if r.answered]
    wait = float(first.wait) if first.answered else (first.spent if first.wait else None)
    if answered:
        outcome = "answered"
    elif first.completion == "B":
        outcome = "busy"
    elif first.completion in {"E", "T", "I"}:
        outcome = "failed"
    elif first.wait:
        outcome = "abandoned"
    else:  # a trunk's record with no time to answer: nothing says that anybody picked up
        outcome = "answered" if (first.spent or 0) > 0 else "no_answer"
        answered = [first] if outcome == "answered" else []
    who = answered[0] if answered else None
    talks = [r.spent for r in answered if r.spent is not None]
    out.add(
        first.line,
        first.start,
        call_id=first.call_id or out.made_id(f"{first.calling}-{first.start:%m%d%H%M%S}", first.line),
        dnis=first.dnis or (first.digits if not first.to_trunk or first.digits in numbers else None),
        trunk_group=first.calling,
        ani=first.ani,
        agent=(who.called or None) if who is not None else None,
        ring_s=wait,
        hold_s=None if answered else 0.0,
        talk_s=(sum(talks) if talks else None) if answered else 0.0,
        outcome=outcome,
        ended_by="caller" if outcome == "abandoned" else None,
        linked_id=first.call_id,
        hangup_cause=first.completion or ("***" if first.wait.startswith("*") else None),
        transferred_to=next((r.third for r in parts if r.third and r.flag in _MOVED), None),
    )
    out.further(len(parts) - 1)


FORMAT = Format(
    title="Mitel MiVoice Business (3300) SMDR",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        calls=(
            "call_id dnis trunk_group ani agent offered_at ring_s talk_s outcome ended_by linked_id "
            "hangup_cause transferred_to"
        ),
    ),
)
