"""Panasonic KX (TDA, TDE, NCP, NS, TA, TD) SMDR: fixed columns under a heading that comes again on every page.

Known from the vendor's feature guides and a public reader; no real file was at hand. Lines, invented (answered, lost,
outgoing)::

      Date     Time    Ext  CO        Dial Number         Ring Duration  Acc code  CD
    ------------------------------------------------------------------------------------
    03/02/26 09:16AM   214 01 <I>5855550117             0'07 00:02'11
    03/02/26 09:20AM   214 02 <I>5855550119             0'31 00:00'00            NA
    03/02/26 09:34AM   215 01 5855550121                     00:04'02

============  =========================================================================================
column        what
============  =========================================================================================
Date          8; order by country
Time          7; ``09:16AM`` or 24 hours; **the end of the call on TDA, TDE, NCP, NS and TD, its start on TA and TEA**;
              ``*`` before it on TA and TEA: transferred
Ext           3 to 5; ``*123`` verified, ``D001`` doorphone, ``T001`` TIE line
CO            trunk, 2 to 4
Dial Number   ``<I>`` incoming and the caller, ``<D>`` DDI digits before it; digits outgoing; ``EXT`` internal
Ring          ``m'ss`` before the answer, or in all
Duration      ``hh:mm'ss``
CD            TR transferred, FW forwarded, D0 remote, RM, NA not answered
============  =========================================================================================

Whether Time is the start or the end is read off the file: records are written when calls end, so ends run forward
and starts do not. Where nothing shows it, the end is assumed and a Problem says so. ``offered_at`` is then Time less
talk and ring, to the minute. Rows of logging in, alarms and check-in share the stream and are set aside. Without
"incoming call log" the switch writes no incoming calls at all. Transfers (CD TR, or a star before the time) carry on the
call before on the same trunk.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise

from calltrace.classes import dataclass
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import (
    Attempts,
    head_lines,
    seconds,
)
from calltrace.tables.written_dates import real_date

_ROW = re.compile(
    r"^\s*(?P<a>\d{1,4})[/.-](?P<b>\d{1,2})[/.-](?P<c>\d{1,4})\s+(?P<star>\*?)\s?(?P<clock>\d{1,2}:\d\d)\s?"
    r"(?P<half>[AaPp]\.?[Mm]?\.?)?\s+(?P<ext>[*A-Z]?-?\d{0,6})\s(?P<rest>.*)$"
)
_SPENT = re.compile(
    r"(?:(?<=\s)(?P<ring>\d{1,2}'\d\d)\s+)?(?<![\d'])(?P<spent>\d{2}:\d\d'\d\d)(?P<after>.*)$"
)
_TITLE = re.compile(r"\bExt\.?\s+CO\b", re.IGNORECASE)
_CODES = re.compile(r"\b(TR|FW|D0|RM|RC|NA|AN|VR)\s*$")
_INCOMING = re.compile(r"<\s*(?:I|(?:DISA |DIL )?incoming)\s*>", re.IGNORECASE)
_NUMBER = re.compile(r"[+\d][\d\-]{2,}")
_MINUTE = timedelta(minutes=1)
_CARRIED_ON = timedelta(minutes=2)


@dataclass
class _Record:
    line: int
    date: tuple[int, int, int]
    hour: int
    minute: int
    ext: str
    trunk: str
    dialled: str
    ring: float | None
    spent: float
    code: str
    moved: bool
    stamp: datetime = datetime.min  # noqa: DTZ901 -- stands for none

    @property
    def incoming(self) -> bool:
        return bool(_INCOMING.search(self.dialled))

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.spent + (self.ring or 0))


def detect(head: Head) -> str | None:
    """Recognise rows by date, time, extension and a duration written ``hh:mm'ss``."""
    lines = head_lines(head.lines)
    rows = sum(bool(found and _SPENT.search(" " + found["rest"])) for found in map(_ROW.match, lines))
    titled = any(_TITLE.search(line) and "date" in line.lower() for line in lines[:60])
    if rows and (titled or rows * 2 >= len(lines)):
        return (
            "heading: Date Time Ext CO Dial Number"
            if titled
            else "date, time, extension, and durations as hh:mm'ss"
        )
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows, tell starts from ends, and put transferred calls together.

    Returns
    -------
    Reading
        Table "calls"; times local, to the minute.
    """
    out = Attempts(stream)
    records = _dated(_records(out), options, out)
    ends = _stamps_are_ends(records, out)
    _calls(records, out, ends=ends)
    notes = [f"the time of a row was read as the call's {'end' if ends else 'start'}"]
    if not out.found and out.others["outgoing calls"]:
        notes.append("no incoming calls: the switch may not be set to log them")
    return out.reading(options, notes=notes, hides_unanswered=_hides(records))


def _hides(records: list[_Record]) -> bool:
    return bool(records) and not any(r.incoming for r in records)


def _records(out: Attempts) -> list[_Record]:
    records = []
    for number, line in out.lines():
        found = _ROW.match(line)
        if found is None:
            if _TITLE.search(line) or set(line.strip()) <= set("-=_ ") or not re.match(r"^\s*\d", line):
                continue  # a heading, a rule, a greeting of the port
            out.rows += 1
            out.line_bad(number, line, "date, time, extension, trunk, number and duration")
            continue
        out.rows += 1
        rest = " " + found["rest"]
        timed = _SPENT.search(rest)
        before = rest[: timed.start()] if timed else rest
        parts = re.match(r"^\s*(?P<trunk>\d{2,4})\s+(?P<dialled>.*)$", before)
        if timed is None or parts is None:
            text = before.strip()
            if re.match(r"^(?:<I>)?[A-Za-z]", text):
                internal = text.upper().startswith("EXT") or text.startswith("<I>")
                out.aside("internal calls" if internal else "entries of the system")
            else:
                out.line_bad(number, line, "a trunk, and a duration as hh:mm'ss")
            continue
        dialled = parts["dialled"].strip()
        if re.match(r"^EXT\s*\d", dialled, re.IGNORECASE):
            out.aside("internal calls")
            continue
        clock = [int(p) for p in found["clock"].split(":")]
        half = (found["half"] or "")[:1].upper()
        hour = clock[0] % 12 + 12 * (half == "P") if half else clock[0]
        code = _CODES.search(timed["after"])
        records.append(
            _Record(
                number,
                (int(found["a"]), int(found["b"]), int(found["c"])),
                hour,
                clock[1],
                found["ext"],
                parts["trunk"],
                dialled,
                seconds(timed["ring"]) if timed["ring"] else None,
                seconds(timed["spent"]) or 0.0,
                code[1] if code else "",
                bool(found["star"]) or (code is not None and code[1] == "TR"),
            )
        )
    return records


def _dated(records: list[_Record], options: ReadOptions, out: Attempts) -> list[_Record]:
    if not records:
        return []
    order = out.date_order([r.date for r in records], ("mdy", "dmy", "ymd"), options)
    kept = []
    for record in records:
        named = dict(zip(order, record.date, strict=True))
        day = real_date(named["y"], named["m"], named["d"])
        if day is None or record.hour > 23 or record.minute > 59:
            shown = "/".join(f"{n:02d}" for n in record.date)
            out.bad(
                record.line,
                f'date and time are "{shown} {record.hour:02d}:{record.minute:02d}"',
                "a real date and time",
                kind="bad-time",
            )
            continue
        record.stamp = datetime(day.year, day.month, day.day, record.hour, record.minute)  # noqa: DTZ001 -- a wall clock
        kept.append(record)
    return kept


def _stamps_are_ends(records: list[_Record], out: Attempts) -> bool:
    """Say whether rows are stamped with the end of the call: then stamps run forward as they are written."""
    if any("incoming" in r.dialled.lower() for r in records):
        return False  # < incoming > is how TA and TEA write it, whose times are starts
    as_ends = sum(b.stamp - a.stamp < -_MINUTE for a, b in pairwise(records))
    as_starts = sum((b.stamp + b.length) - (a.stamp + a.length) < -_MINUTE for a, b in pairwise(records))
    if as_ends == as_starts and any(r.length >= 2 * _MINUTE for r in records):
        out.note(
            "nothing shows whether the times are the calls' starts or ends; read as ends",
            "calls that overlap, to tell",
            "KX-TA and TEA write starts: then calls are up to their length early.",
            "start-or-end",
        )
    return as_ends <= as_starts


def _calls(records: list[_Record], out: Attempts, *, ends: bool) -> None:
    open_calls: dict[str, dict[str, object]] = {}
    closed_at: dict[str, datetime] = {}
    for record in records:
        start = record.stamp - record.length if ends else record.stamp
        end = start + record.length
        if not record.incoming:
            out.aside("outgoing calls")
            continue
        before = open_calls.get(record.trunk)
        if record.moved and before is not None and abs(start - closed_at[record.trunk]) <= _CARRIED_ON:
            before["transferred_to"] = record.ext or None
            if isinstance(before["talk_s"], float):
                before["talk_s"] += record.spent
            if before["outcome"] != "answered" and record.spent > 0:
                before.update(outcome="answered", agent=record.ext, hold_s=None, ended_by=None)
            closed_at[record.trunk] = end
            out.further()
            continue
        answered = record.spent > 0 and record.code != "NA"
        dnis, ani, name = _parties(record.dialled)
        out.add(
            record.line,
            start,
            call_id=out.made_id(f"{record.trunk}-{record.stamp:%Y%m%d%H%M}", record.line),
            dnis=dnis,
            trunk_group=record.trunk,
            ani=ani,
            caller_name=name,
            agent=record.ext if answered else None,
            ring_s=record.ring,
            hold_s=None if answered else 0.0,
            talk_s=record.spent if answered else 0.0,
            outcome="answered" if answered else "abandoned",
            ended_by=None if answered else "caller",
            hangup_cause=record.code,
            transferred_to=None,
        )
        open_calls[record.trunk] = out.found[-1]
        closed_at[record.trunk] = end


def _parties(dialled: str) -> tuple[str | None, str | None, str | None]:
    """Return DDI digits, caller's number and name from ``<D>5178<I>Ann Lee5855550117``."""
    ddi, _, caller = re.sub(_INCOMING, "<I>", dialled, count=1).partition("<I>")
    called = _NUMBER.search(ddi.replace("<D>", " ").replace(" ", "\t")) if "<D>" in ddi else None
    number = re.search(r"[+\d][\d\-]*$", caller.strip()) or _NUMBER.search(caller)
    name = caller.replace(number[0], "").strip() if number else caller.strip()
    return called[0] if called else None, number[0] if number else None, name or None


FORMAT = Format(
    title="Panasonic KX SMDR",
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
