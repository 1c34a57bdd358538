"""Avaya IP Office SMDR: comma-separated, unquoted, as it comes over the wire or as a logger kept it.

One row is one segment between two devices; all segments of a call have its Call ID and the same Call Start. Known
from the vendor's field lists (R8 to R11) and public readers; no real file with incoming calls of a service was at
hand. Incoming segments, invented (17 fields in old releases; 30, 34 or 35 now, the rest mostly empty)::

    2026/03/02 09:14:31,00:02:11,7,5855550117,I,300,5855550178,,0,1000412,0,E214,Bea Ray,T9001,Line 1.2,0,0
    2026/03/02 09:20:05,00:00:00,31,5855550119,I,300,5855550178,,0,1000413,0,E214,Bea Ray,T9001,Line 1.1,0,0

======  ====================  ============================================================================
field   name                  what
======  ====================  ============================================================================
1       Call Start            ``YYYY/MM/DD HH:MM:SS`` local, or as a spreadsheet saved it; the same for all segments
                              of a call
2       Connected Time        HH:MM:SS, talk of this segment; 00:00:00 where nobody picked up
3       Ring Time             s; of an incoming call arrival to answer, *queueing and announcements included*
4       Caller                number or extension; empty where withheld
5       Direction             I or O; internal calls are O
6       Called Number         where it was routed to: a group, an extension, a short code
7       Dialled Number        the DDI digits of an incoming call; empty on lines without DDI
8       Account               account code, typed by a user: not the client's account
9       Is Internal           0 or 1
10      Call ID               starts over at a reboot
11      Continuation          1: more records of this call follow
12-15   Party 1 and 2         device and name: E extension, T9000 + line, V9500 + voicemail, V9550 + conference
16, 17  Hold, Park            s
28-30   External Targeting    cause, who, number: where the PBX itself sent a call outside
35      SMDR Record Time      UTC (R9.1 on): gives the zone away
======  ====================  ============================================================================

A call was answered if a segment with an extension was connected, left to voicemail if only a voicemail channel was.
Ring and queue can't be told apart, so ``ring_s`` holds the whole wait and ``queue_s`` nothing. Names may hold commas;
such a row is put together by its device columns. 3000 records are buffered: what a longer break loses leaves no
trace.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import datetime, timedelta

from calltrace.classes import dataclass
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import Attempts, head_lines, lines_of, runs, seconds, unseen

_ROW = re.compile(
    r'^"?(?:\d{4}[/-]\d{1,2}[/-]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4})"?[ ,;\tT]"?\d{1,2}:\d\d(?::\d\d)?'
    r'(?: ?[AaPp]\.?[Mm]\.?)?"?(?P<sep>[,;\t])'
    r'"?\d{1,3}:\d\d:\d\d"?(?P=sep)"?\d+"?(?P=sep)[^,;\t]*(?P=sep)"?[IO]"?(?P=sep)'
)
_DEVICE = re.compile(r"^[A-Z]\d{2,6}$")
_HEADERS = ("callstart", "datetime", "date")
_SLOT_S = 900
_NOTHING = ("",) * 35


@dataclass(frozen=True)
class _Segment:
    line: int
    start: datetime
    connected: float
    ring: float | None
    cells: tuple[str, ...]

    def __getitem__(self, field: int) -> str:
        """Return a field by its number in the vendor's list; '' where the row is shorter."""
        return self.cells[field - 1]

    def number(self, field: int) -> float | None:
        text = self[field]
        return float(text) if text.isascii() and text.isdigit() else None

    @property
    def devices(self) -> tuple[str, str]:
        return self[12], self[14]

    def kind(self, letter: str) -> bool:
        return any(d.startswith(letter) for d in self.devices)

    @property
    def from_outside(self) -> bool:
        """Whether a caller outside made it: a trunk and an outside number go before the flag for internal calls."""
        caller = re.sub(r"\D", "", self[4])
        return self[5] == "I" and (self[9] != "1" or (self.kind("T") and len(caller) >= 7))

    def party(self, letter: str) -> tuple[str, str]:
        """Return device and name of the party of that kind, '' where neither is."""
        for place in (12, 14):
            if self[place].startswith(letter):
                return self[place], self[place + 1]
        return "", ""


def detect(head: Head) -> str | None:
    """Recognise a row by date and time, connected time, ring seconds and a direction, in that order."""
    lines = head_lines(head.lines)
    if not lines:
        return None
    rows = [line for line in lines if _ROW.match(line)]
    if len(rows) * 2 < len(lines) - 1 or not rows:
        return None
    return "date, connected time, ring seconds, caller, and I or O in field 5"


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the segments and put the incoming calls together.

    Returns
    -------
    Reading
        Table "calls"; times local, or UTC where the rows have the record's time in UTC as well.
    """
    out = Attempts(stream)
    segments = _segments(unseen(lines_of(stream), out), out, options)
    calls = list(runs([((s[10], s.start), n) for n, s in enumerate(segments)]))
    offset = _offset(segments, calls)
    has_ddi = any(s[7] for s in segments if s[5] == "I")
    for _, places in calls:
        _call([segments[n] for n in places], out, offset)
    notes = []
    bare = sum(1 for _, places in calls if segments[places[0]].from_outside and not segments[places[0]][7])
    if out.found and bare:
        which = f"{bare} calls have no DDI digits" if has_ddi else "no DDI digits in the log"
        notes.append(f"{which}: the group or extension a call was routed to stands as its dnis")
    zone, zone_from = "", ""
    if offset is not None:
        minutes = int(offset.total_seconds()) // 60
        sign = "-" if minutes < 0 else "+"
        zone = f"UTC{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "UTC"
        zone_from = "the records' own time in UTC"
    return out.reading(options, utc=offset is not None, zone=zone, zone_from=zone_from, notes=notes)


def _segments(lines: list[tuple[int, str]], out: Attempts, options: ReadOptions) -> list[_Segment]:
    """Split every line; those that are no record become Problems."""
    split: list[tuple[int, str, list[str]]] = []
    for number, line in lines:
        sep = ","
        found = _ROW.match(line)
        if found:
            sep = found["sep"]
        fields = next(csv.reader([line], delimiter=sep)) if '"' in line else line.split(sep)
        if fields and "/" not in fields[0] and re.sub(r"[^a-z]", "", fields[0].lower()) in _HEADERS:
            continue
        out.rows += 1
        if not found:
            out.line_bad(number, line, "call start, connected time, ring seconds, caller, I or O")
            continue
        if re.fullmatch(r"[\d/.-]+", fields[0].strip()):  # date and time were put into columns of their own
            fields[:2] = [f"{fields[0].strip()} {fields[1].strip()}"]
        split.append((number, line, fields))
    widths = Counter(len(f) for _, _, f in split)
    usual = widths.most_common(1)[0][0] if widths else 0
    starts, _ = out.stamps([fields[0] for _, _, fields in split], options)
    segments = []
    for (number, line, fields), start in zip(split, starts, strict=True):
        if len(fields) < 15:
            out.line_bad(
                number, line, "at least 15 fields, up to the second party's name", kind="field-count"
            )
            continue
        if start is None:
            out.line_bad(number, line, "a real date and time in field 1", kind="bad-time")
            continue
        cells = fields if len(fields) == usual or widths[len(fields)] > 3 else _names_joined(fields)
        ring = float(cells[2].strip()) if cells[2].strip().isdigit() else None
        segments.append(
            _Segment(
                number, start, seconds(cells[1]) or 0.0, ring, tuple(c.strip() for c in cells) + _NOTHING
            )
        )
    return segments


def _names_joined(fields: list[str]) -> list[str]:
    """Put names that hold commas together again, by the device columns and the two numbers behind them."""
    if _DEVICE.match(fields[11].strip()) and not _DEVICE.match(fields[13].strip()):
        second = next((n for n in range(14, min(len(fields), 20)) if _DEVICE.match(fields[n].strip())), 0)
        if second:
            fields = [*fields[:12], ",".join(fields[12:second]), *fields[second:]]
    if len(fields) > 16 and not fields[15].strip().isdigit():
        last = next(
            (
                n
                for n in range(16, min(len(fields) - 1, 22))
                if fields[n].strip().isdigit() and fields[n + 1].strip().isdigit()
            ),
            0,
        )
        if last:
            fields = [*fields[:14], ",".join(fields[14:last]), *fields[last:]]
    return fields


def _stamp(text: str) -> datetime | None:
    parts = [int(p) for p in re.findall(r"\d+", text)]
    try:
        return datetime(*parts) if 5 <= len(parts) <= 6 else None  # type: ignore[arg-type]  # noqa: DTZ001 -- a wall clock
    except ValueError:
        return None


def _offset(segments: list[_Segment], calls: list[tuple[object, list[int]]]) -> timedelta | None:
    """Return how far the stamps are from UTC, by the last segment's record time; None where nothing tells."""
    seen: Counter[int] = Counter()
    for _, places in calls:
        last = next((segments[n] for n in places if segments[n][11] == "0"), segments[places[-1]])
        written = _stamp(last[35])
        if written is None:
            continue
        spent = sum(
            segments[n].connected + (segments[n].ring or 0) + (segments[n].number(16) or 0) for n in places
        )
        late = (last.start + timedelta(seconds=spent) - written).total_seconds()
        seen[round(late / _SLOT_S) * _SLOT_S] += 1
    if not seen:
        return None
    offset, count = seen.most_common(1)[0]
    # two offsets: the clocks changed; then the loader places the local times
    return timedelta(seconds=offset) if count == seen.total() else None


def _call(parts: list[_Segment], out: Attempts, offset: timedelta | None) -> None:
    if parts[0][11] == "0" and parts[-1][11] == "1":  # the log is newest first: the last segment says that none follows
        parts.reverse()
    first = parts[0]
    if not first.from_outside:
        out.aside("internal calls" if first[9] == "1" else "outgoing calls", len(parts))
        return
    people = [s for s in parts if s.connected > 0 and s.kind("E")]
    machine = [s for s in parts if s.connected > 0 and any(d.startswith("V95") for d in s.devices)]
    outside = [s for s in parts if s.connected > 0 and s[12].startswith("T") and s[14].startswith("T")]
    answered = people or outside
    if answered:
        outcome = "answered"
    elif machine:
        outcome = "announcement" if _attendant(machine[0]) else "voicemail"
    else:
        outcome = "abandoned"
    waited: float | None = 0.0
    for part in parts:
        waited = None if waited is None or part.ring is None else waited + part.ring
        if part.connected > 0:
            break
    agents = [s.party("E") for s in people]
    who = agents[0] if agents else ("", "")
    trunk = next((s.party("T") for s in parts if s.kind("T")), ("", ""))
    extension = who[0][1:]
    target = next((s[30] for s in parts if s[30]), "")
    moved = next((d for d, _ in agents[1:] if d != who[0]), "")[1:]
    called = first[6]
    out.add(
        first.line,
        first.start - offset if offset is not None else first.start,
        call_id=first[10],
        dnis=first[7] or called,
        trunk_group=re.sub(r"(?<=\d)\.\d+$", "", trunk[1]) or trunk[0],
        ani=first[4],
        agent=who[1] or extension,
        ring_s=waited,
        hold_s=sum((s.number(16) or 0) + (s.number(17) or 0) for s in people) if answered else 0.0,
        talk_s=sum(s.connected for s in answered),
        outcome=outcome,
        linked_id=first[10],
        hangup_cause=next((s[28] for s in parts if s[28]), None),
        queue=called if called not in {"", extension, first[7]} else None,
        transferred_to=target or moved or None,
    )
    out.further(len(parts) - 1)


def _attendant(part: _Segment) -> bool:
    """Say whether the voicemail channel was an auto attendant's: it is called ``AA:name``."""
    return part[6].upper().startswith("AA:") or "auto" in " ".join((part[13], part[15])).lower()


FORMAT = Format(
    title="Avaya IP Office SMDR",
    detect=detect,
    read=read,
    sure="B",
    provides=columns_of(
        calls=(
            "call_id dnis trunk_group ani agent offered_at ring_s hold_s talk_s outcome linked_id "
            "hangup_cause queue transferred_to"
        ),
    ),
)
