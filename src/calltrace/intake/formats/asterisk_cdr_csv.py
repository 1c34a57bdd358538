"""Asterisk call detail records: ``Master.csv`` of cdr_csv, and the shipped template of cdr_custom.

No header; 16 to 21 fields; texts quoted with inner quotes doubled; an unset time is nothing between commas.
One row is one leg, or one stretch of a call in one application, never a call: ``calltrace.intake.asterisk``
makes calls of the rows. A row (18 fields, here in two lines)::

    "HA","5855550117","5855550178","from-trunk","\""Ann Lee"" <5855550117>","PJSIP/north-00000012","",
    "Queue","desk,t","2026-04-16 00:05:57",,"2026-04-16 00:06:02",5,0,"FAILED","BILLING","1776312357.9",""

======  ===========  =================================================================================
field   column       what
======  ===========  =================================================================================
0       accountcode  billing account, where answering services put the client
1       src          the caller's number, sometimes a name or nothing
2       dst          the *last* extension; a blind transfer overwrites the number dialled
3       dcontext     the last context
4       clid         ``"name" <number>``
5       channel      ``SIP/trunk-0000001b``: the trunk or phone before the last dash
6       dstchannel   the channel dialled, empty if none
7       lastapp      Dial, Queue, VoiceMail, Playback, Hangup, Congestion, …
8       lastdata     its arguments
9-11    start        answer, end: ``YYYY-MM-DD HH:MM:SS``, local or UTC by a setting the file doesn't show
12      duration     s, end - start; billsec (13): s since *anything* answered
14      disposition  ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION, CANCEL, UNKNOWN
15      amaflags     DOCUMENTATION, BILLING, OMIT
16      uniqueid     ``[systemname-]EPOCH.n``: the channel's birth in UTC, which gives the zone away
17      userfield    free; peeraccount, linkedid, sequence (18 to 20) follow if newcdrcolumns is on
======  ===========  =================================================================================

Width: 16 neither uniqueid nor userfield; 17 one of them (told by its pattern); 18 both; 19, 20, 21 the same
with the three new columns. cdr_custom's shipped template has 19 fields of its own, clid first. A header, if
somebody added one, is taken by name, which also reads an exported ``cdr`` table (``calldate``, no end).

References
----------
asterisk/asterisk ``cdr/cdr_csv.c``, ``cdr/cdr_custom.c``, ``configs/samples/cdr_custom.conf.sample``.
"""  # noqa: D301 - three quotes in a row, as the file has them

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from calltrace.errors import InputError, Location
from calltrace.intake.formats._asterisk import LISTED, SLOT_S, clean_bytes, clock_steps, epochs_of, short
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream
from calltrace.tables import times
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "CANCEL", "UNKNOWN", "VOICEMAIL")

_BASE = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
)
_NEW = ("peeraccount", "linkedid", "sequence")
_CUSTOM = (
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
    "sequence",
)
_TEXTS = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "disposition",
    "uniqueid",
    "userfield",
    "linkedid",
    "did",
    "cnam",
    "recordingfile",
)
_TIMES = ("start", "answer", "end")
_NUMBERS = ("duration", "billsec")
_HEADER = {
    "calldate": "start",
    "datetime": "start",
    "starttime": "start",
    "answertime": "answer",
    "endtime": "end",
    "callerid": "clid",
    "source": "src",
    "destination": "dst",
    "destinationcontext": "dcontext",
    "destinationchannel": "dstchannel",
    "lastapplication": "lastapp",
    "billableseconds": "billsec",
    "billable": "billsec",
    "didnumber": "did",
    "recordfile": "recordingfile",
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
_UNIQUEID = re.compile(r"(?:^|-)\d{9,10}\.\d+$")

FIRST_REAL = np.datetime64("1990-01-01", "s")
"""Dates before this were typed in or made up by a database (0000-00-00, 1000-01-01): no Asterisk is older."""


@dataclass(frozen=True)
class _Layout:
    """Names of the fields in order, what told them, and whether line 1 is a header."""

    names: tuple[str, ...]
    says: str
    header: bool = False


# --- recognising ----------------------------------------------------------------------


def detect(head: Head) -> str | None:
    """Say how the file was recognised: a header's words, or dates and a disposition where they belong."""
    layout = _layout([line.replace("\0", "") for line in head.lines[:60]])
    return layout.says if layout else None


def _layout(lines: list[str]) -> _Layout | None:
    rows = [_fields(line) for line in lines if line.strip()]
    if not rows:
        return None
    header = _from_header(rows[0])
    if header:
        return header
    kinds = [(_kind(row), len(row)) for row in rows]
    counts = Counter(kind for kind in kinds if kind[0])
    if not counts or sum(counts.values()) * 2 < len(rows):
        return None
    (kind, width), _ = counts.most_common(1)[0]
    fitting = [row for row, found in zip(rows, kinds, strict=True) if found == (kind, width)]
    names = _names(kind, width, fitting)
    first = 9 if kind == "csv" else 8
    return _Layout(
        names,
        f"no header; {width} fields, times in fields {first + 1} to {first + 3}, "
        f"a disposition in field {15 if kind == 'csv' else 14}",
    )


def _fields(line: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")]), [])


def _kind(row: list[str]) -> str:
    """Return "csv" or "custom" if dates and disposition stand where that writer puts them, else ''."""
    if len(row) in range(16, 22) and row[14] in DISPOSITIONS and _DATE.match(row[9]) and not _stray(row[11]):
        return "csv"
    if len(row) == len(_CUSTOM) and row[13] in DISPOSITIONS and _DATE.match(row[8]) and not _stray(row[10]):
        return "custom"
    return ""


def _stray(text: str) -> bool:
    return bool(text) and not _DATE.match(text)


def _names(kind: str, width: int, rows: list[list[str]]) -> tuple[str, ...]:
    if kind == "custom":
        return _CUSTOM
    if width in (17, 20):
        ids = sum(bool(_UNIQUEID.search(row[16])) for row in rows)
        extra: tuple[str, ...] = ("uniqueid",) if ids * 2 > len(rows) else ("userfield",)
    else:
        extra = ("uniqueid", "userfield") if width in (18, 21) else ()
    return _BASE + extra + (_NEW if width >= 19 else ())


def _from_header(row: list[str]) -> _Layout | None:
    words = [re.sub(r"[\s_]", "", word.strip().strip("\ufeff").lower()) for word in row]
    names = tuple(_HEADER.get(word, word) for word in words)
    if {"channel", "lastapp", "disposition", "start", "src", "dst", "duration"} <= set(names):
        return _Layout(names, "header: " + ", ".join(words[:6]) + ", …", header=True)
    return None


# --- reading ----------------------------------------------------------------------


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the whole file into one row a leg.

    Returns
    -------
    Reading
        Table "asterisk-legs": the texts of the file as ``string`` (NA where empty), ``start_at``,
        ``answer_at``, ``end_at`` (UTC), ``duration_s``, ``billsec_s``, ``epoch_s`` (the channel's birth by
        its uniqueid), ``source_file``, ``source_line``. Rows that can't be read are Problems.

    Raises
    ------
    InputError
        If no line looks like a call detail record.
    """
    data, problems = clean_bytes(stream)
    layout = _layout(_first_lines(data))
    if layout is None:
        raise InputError(
            "not a call detail record in the first lines",
            at=Location(stream.display, 1),
            expected="16 to 21 fields with a start time and a disposition",
        )
    if layout.header:
        cut = data.find(b"\n")
        data = data[cut + 1 :] if cut >= 0 else b""
    table, lines, rows = _rows(data, layout, stream.display, problems)
    frame = _typed(table, lines, stream.display, problems)
    zone, zone_from, notes = _place_in_time(frame, options, stream.display, problems)
    frame = frame.drop(columns=list(_TIMES))
    return Reading("asterisk-legs", frame, rows, tuple(problems), zone, zone_from, notes=tuple(notes))


def _first_lines(data: bytes) -> list[str]:
    return data[:65536].decode(errors="replace").split("\n")[:60]


def _rows(
    data: bytes, layout: _Layout, name: str, problems: list[Problem]
) -> tuple[pa.Table, np.ndarray, int]:
    """Return the table of texts and times, the line each row is on, and how many rows the file holds."""
    offset = 2 if layout.header else 1
    count = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    if count and not data.startswith(b"\n") and b"\n\n" not in data and data.count(b'"') % 2 == 0:
        # The usual file: one parse by all cores. As many rows as lines proves that no open quote swallowed
        # one.
        bad: list[pv.InvalidRow] = []
        table = _parse(data, layout.names, bad, threads=True)
        if not bad and table is not None and table.num_rows == count:
            return table, np.arange(offset, offset + count), count
    return _rows_with_care(data, layout, name, problems, offset)


def _parse(
    data: bytes, names: tuple[str, ...], bad: list[pv.InvalidRow], *, threads: bool
) -> pa.Table | None:
    """Parse with Arrow; times and numbers typed if every one of them is well-formed, else left as text."""

    def aside(row: pv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    types: dict[str, pa.DataType] = dict.fromkeys(names, pa.string())
    strict = types | dict.fromkeys(_TIMES, pa.timestamp("s")) | dict.fromkeys(_NUMBERS, pa.int64())
    keep = [n for n in names if n in _TEXTS or n in _TIMES or n in _NUMBERS]
    for column_types in (strict, types):
        bad.clear()
        try:
            return pv.read_csv(
                pa.BufferReader(data),
                read_options=pv.ReadOptions(column_names=list(names), use_threads=threads),
                parse_options=pv.ParseOptions(invalid_row_handler=aside),
                convert_options=pv.ConvertOptions(
                    column_types=column_types,
                    include_columns=keep,
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            continue
    return None


def _rows_with_care(
    data: bytes, layout: _Layout, name: str, problems: list[Problem], offset: int
) -> tuple[pa.Table, np.ndarray, int]:
    """Read a file with blank lines, open quotes or rows of another width: line by line where it must be."""
    lines = data.split(b"\n")
    numbers = [n for n, line in enumerate(lines) if line.strip()]
    odd = {n for n in numbers if lines[n].count(b'"') % 2}
    even = [n for n in numbers if n not in odd]
    bad: list[pv.InvalidRow] = []
    parts: list[tuple[pa.Table, np.ndarray]] = []
    table = _parse(b"\n".join(lines[n] for n in even), layout.names, bad, threads=False) if even else None
    if table is not None and table.num_rows + len(bad) == len(even):
        beside = {even[row.number - 1] for row in bad}
        parts.append((table, np.array([n for n in even if n not in beside], dtype=np.int64) + offset))
    else:
        beside = set(even)
    last = numbers[-1] if numbers and not data.endswith(b"\n") else -1
    by_width: dict[tuple[str, int], list[tuple[int, list[str]]]] = {}
    lost: list[tuple[int, bytes]] = []
    for n in sorted(odd | beside):
        row = _fields(lines[n].decode(errors="replace"))
        kind = "header" if layout.header and len(row) == len(layout.names) else _kind(row)
        cut_off = n == last and len(row) != len(layout.names)
        if not kind or cut_off:
            lost.append((n, lines[n]))
            continue
        by_width.setdefault((kind, len(row)), []).append((n, row))
        if n in odd:
            problems.append(
                Problem(
                    Location(name, n + offset),
                    "a quote that is never closed",
                    "every quote closed on its line",
                    "The row was ended at the end of its line.",
                    "calls",
                    "repaired",
                    1,
                    "open-quote",
                )
            )
    for (kind, width), found in by_width.items():
        names = (
            layout.names
            if kind == "header" or width == len(layout.names)
            else _names(kind, width, [row for _, row in found])
        )
        columns = {
            field: pa.array([row[i] or None for _, row in found], pa.string())
            for i, field in enumerate(names)
            if field in _TEXTS or field in _TIMES or field in _NUMBERS
        }
        parts.append((pa.table(columns), np.array([n for n, _ in found], dtype=np.int64) + offset))
    for n, text in lost[:LISTED]:
        cut = n == last
        problems.append(
            Problem(
                Location(name, n + offset),
                f'"{short(text)}"',
                "a whole row, but the file ends in the middle of it"
                if cut
                else f"{len(layout.names)} fields with a start time and a disposition",
                "Row left out.",
                "calls",
                "left-out",
                1,
                "cut-off" if cut else "bad-row",
            )
        )
    if len(lost) > LISTED:
        problems.append(
            Problem(
                Location(name, lost[LISTED][0] + offset),
                f"{len(lost) - LISTED} more rows like these",
                f"{len(layout.names)} fields",
                "Rows left out.",
                "calls",
                "left-out",
                len(lost) - LISTED,
                "bad-row",
            )
        )
    if not parts:
        parts.append((pa.table({f: pa.array([], pa.string()) for f in layout.names}), np.array([], np.int64)))
    if len(parts) == 1:
        return parts[0][0], parts[0][1], len(numbers)
    whole = pa.concat_tables([_as_text(part) for part, _ in parts], promote_options="default")
    at = np.concatenate([where for _, where in parts])
    order = np.argsort(at, kind="stable")
    return whole.take(pa.array(order)), at[order], len(numbers)


def _as_text(table: pa.Table) -> pa.Table:
    """Return the table with its typed times and numbers as text again, to stand beside rows read singly."""
    columns = {}
    for field in table.column_names:
        values = table[field]
        if pa.types.is_timestamp(values.type):
            values = pc.strftime(values, "%Y-%m-%d %H:%M:%S")
        columns[field] = values.cast(pa.string())
    return pa.table(columns)


def _typed(table: pa.Table, lines: np.ndarray, name: str, problems: list[Problem]) -> pd.DataFrame:
    """Return the frame with naive times (start, answer, end), rows without a real start left out."""
    columns: dict[str, object] = {}
    for field in _TEXTS:
        if field in table.column_names:
            columns[field] = pd.Series(_text_array(table[field]))
    size = table.num_rows
    for field in _TIMES:
        columns[field] = (
            _naive(table[field]) if field in table.column_names else np.full(size, np.datetime64("NaT", "s"))
        )
    for field in _NUMBERS:
        columns[f"{field}_s"] = (
            _numbers(table[field]) if field in table.column_names else np.full(size, np.nan)
        )
    columns["source_line"] = lines
    frame = pd.DataFrame(columns)
    start = frame["start"].to_numpy()
    disposition = frame["disposition"]
    no_date = np.isnat(start) | (start < FIRST_REAL)
    stray = ~no_date & ~disposition.isin(DISPOSITIONS).to_numpy(dtype=bool)
    for mask, kind, expected in (
        (no_date, "bad-time", "a real start as YYYY-MM-DD HH:MM:SS"),
        (stray, "bad-row", "a disposition: " + ", ".join(DISPOSITIONS[:5])),
    ):
        where = np.flatnonzero(mask)
        for n in where[:LISTED]:
            given = table["start" if kind == "bad-time" else "disposition"][int(n)].as_py()
            problems.append(
                Problem(
                    Location(name, int(lines[n])),
                    f"{'start' if kind == 'bad-time' else 'disposition'} is "
                    f'"{visible(str(given if given is not None else ""))}"',
                    expected,
                    "Row left out.",
                    "calls",
                    "left-out",
                    1,
                    kind,
                )
            )
        if len(where) > LISTED:
            problems.append(
                Problem(
                    Location(name, int(lines[where[LISTED]])),
                    f"{len(where) - LISTED} more rows like these",
                    expected,
                    "Rows left out.",
                    "calls",
                    "left-out",
                    len(where) - LISTED,
                    kind,
                )
            )
    keep = ~(no_date | stray)
    if not keep.all():
        frame = frame[keep].reset_index(drop=True)
    _without_answer_and_end(frame)
    frame["source_file"] = pd.Categorical.from_codes(np.zeros(len(frame), dtype=np.int64), pd.Index([name]))
    for field in _TEXTS[:11]:
        if field not in frame.columns:
            frame[field] = pd.Series(pd.NA, index=frame.index, dtype="string")
    return frame


def _text_array(values: pa.ChunkedArray) -> pd.api.extensions.ExtensionArray:
    made: pd.api.extensions.ExtensionArray = pd.array(
        values.to_pandas(types_mapper=lambda _: pd.StringDtype("pyarrow")), dtype="string"
    )
    return made


def _naive(values: pa.ChunkedArray) -> np.ndarray:
    if not pa.types.is_timestamp(values.type):
        values = pc.strptime(
            pc.utf8_trim_whitespace(values), "%Y-%m-%d %H:%M:%S", unit="s", error_is_null=True
        )
    found: np.ndarray = values.to_numpy().astype("datetime64[s]")
    return found


def _numbers(values: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_string(values.type):
        good = pc.match_substring_regex(values, r"^\d{1,9}$")
        values = pc.cast(pc.if_else(good, values, None), pa.int64())
    found: np.ndarray = values.cast(pa.float64()).to_numpy()
    return found


def _without_answer_and_end(frame: pd.DataFrame) -> None:
    """Fill answer and end from duration and billsec where the file (an exported table) has neither column."""
    if frame["end"].notna().any() or not len(frame):
        return
    start = frame["start"].to_numpy()
    duration = np.nan_to_num(frame["duration_s"].to_numpy()).astype("timedelta64[s]")
    billed = np.nan_to_num(frame["billsec_s"].to_numpy()).astype("timedelta64[s]")
    frame["end"] = start + duration
    frame["answer"] = np.where(
        billed > np.timedelta64(0, "s"), start + duration - billed, np.datetime64("NaT", "s")
    )


# --- time ----------------------------------------------------------------------


def _place_in_time(
    frame: pd.DataFrame, options: ReadOptions, name: str, problems: list[Problem]
) -> tuple[str, str, list[str]]:
    """Add ``start_at``, ``answer_at``, ``end_at`` in UTC and ``epoch_s``; return zone, how known, and notes.

    The uniqueid is the channel's birth in UTC, the start of the call's first row is the same moment by the
    switch's clock on the wall: their difference is the zone, and where it changes the clocks changed.
    """
    naive = frame["start"].to_numpy().astype("datetime64[s]").astype(np.int64)
    epoch = epochs_of(frame)
    frame["epoch_s"] = pd.array(np.where(np.isnan(epoch), 0, epoch).astype(np.int64), dtype="Int64")
    frame.loc[np.isnan(epoch), "epoch_s"] = pd.NA
    clock = clock_steps(naive, epoch)
    notes: list[str] = []
    if clock is not None:
        start_s = clock.to_utc(naive, epoch)
        zone, fits = clock.zone(options.tz)
        zone_from = "uniqueid"
        if options.tz and not fits:
            problems.append(
                Problem(
                    Location(name, 0),
                    f"--tz {options.tz}, but the file's own call ids put its clock at {clock.says()}",
                    "one zone",
                    "The call ids were followed.",
                    "calls",
                    "noted",
                    0,
                    "zone",
                )
            )
        if len(clock.offset_s) > 1:
            notes.append(f"the file's clock changed against UTC: {clock.says()}")
        frame["start_at"] = start_s.astype("datetime64[s]").astype("datetime64[us]")
    else:
        zone = options.tz or times.machine_zone()
        zone_from = "option" if options.tz else "machine"
        placed = times.localise(pd.Series(naive.astype("datetime64[s]").astype("datetime64[us]")), zone)
        start_utc = placed.instants.dt.tz_convert(None).to_numpy()
        doubtful = np.flatnonzero(placed.ambiguous | placed.nonexistent)
        if len(doubtful):
            problems.append(
                Problem(
                    Location(name, int(frame["source_line"].iloc[doubtful[0]])),
                    f"{len(doubtful)} times in an hour that the clock change of {zone} repeats or leaves out",
                    "a time that happened once",
                    "Log uniqueid (cdr.conf: loguniqueid=yes) to tell them apart.",
                    "calls",
                    "noted",
                    len(doubtful),
                    "bad-time",
                )
            )
        frame["start_at"] = start_utc
    _answer_and_end(frame)
    for column in ("start_at", "answer_at", "end_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[us, UTC]")
    return zone, zone_from, notes


def _answer_and_end(frame: pd.DataFrame) -> None:
    """Carry answer and end to UTC beside the start; the duration tells if a clock change lay between."""
    start, answer, end = (frame[c].to_numpy().astype("datetime64[s]") for c in _TIMES)
    second = np.timedelta64(1, "s")
    hour_off = np.timedelta64(1800, "s")
    start_at = frame["start_at"].to_numpy().astype("datetime64[us]")
    span = end - start
    said = np.nan_to_num(frame["duration_s"].to_numpy()).astype(np.int64) * second
    shifted = np.abs(span - said) > hour_off
    span = np.where(shifted & ~np.isnat(span), said, span)
    frame["end_at"] = start_at + span
    picked = answer - start
    back = (picked < -second) & (picked > -2 * 3600 * second)
    picked = np.where(back, picked + np.round(-picked / (SLOT_S * second) + 0.4) * SLOT_S * second, picked)
    beyond = (picked > span + hour_off) & ~np.isnat(span)
    picked = np.where(
        beyond, picked - np.round((picked - span) / (SLOT_S * second)) * SLOT_S * second, picked
    )
    frame["answer_at"] = start_at + picked


FORMAT = Format(
    title="Asterisk call detail records (cdr_csv, cdr_custom)",
    detect=detect,
    read=read,
    family="asterisk",
    sure="A",
    provides=(
        "calls.call_id",
        "calls.account",
        "calls.dnis",
        "calls.trunk_group",
        "calls.ani",
        "calls.caller_name",
        "calls.agent",
        "calls.offered_at",
        "calls.ring_s",
        "calls.queue_s",
        "calls.talk_s",
        "calls.outcome",
        "calls.ended_by",
        "calls.linked_id",
        "calls.hangup_cause",
        "calls.queue",
        "calls.transferred_to",
    ),
)
