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
with the three new columns. cdr_custom's shipped template has 19 fields of its own, clid first. With a header,
and as a database's table, the same records are ``asterisk_cdr_table``'s.

References
----------
asterisk/asterisk ``cdr/cdr_csv.c``, ``cdr/cdr_custom.c``, ``configs/samples/cdr_custom.conf.sample``.
"""  # noqa: D301 - three quotes in a row, as the file has them

from __future__ import annotations

import re
from collections import Counter

from calltrace.errors import InputError, Location
from calltrace.intake.formats import _asterisk_legs as legs
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._by_hand import BY_HAND
from calltrace.intake.formats._lines import clean_bytes

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
_DATE = re.compile(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d$|{BY_HAND}")
_UNIQUEID = re.compile(r"(?:^|-)\d{9,10}\.\d+$")


# --- recognising ----------------------------------------------------------------------


def detect(head: Head) -> str | None:
    """Say how the file was recognised: dates and a disposition where they belong."""
    layout = _layout([line.replace("\0", "") for line in head.lines[:60]])
    return layout.says if layout else None


def _layout(lines: list[str]) -> legs.Layout | None:
    """Return how rows are laid out, None where they are none; a spreadsheet may have put ``;`` or tabs between fields."""
    return next((found for mark in ",;\t" if (found := _laid_out(lines, mark))), None)


def _laid_out(lines: list[str], delimiter: str) -> legs.Layout | None:
    rows = [legs.fields(line, delimiter) for line in lines if line.strip()]
    kinds = [(_kind(row), len(row)) for row in rows]
    counts = Counter(kind for kind in kinds if kind[0])
    if not counts or sum(counts.values()) * 2 < len(rows):
        return None
    (kind, width), _ = counts.most_common(1)[0]
    fitting = [row for row, found in zip(rows, kinds, strict=True) if found == (kind, width)]
    first = 9 if kind == "csv" else 8
    return legs.Layout(
        _names(kind, width, fitting),
        f"no header; {width} fields, times in fields {first + 1} to {first + 3}, "
        f"a disposition in field {15 if kind == 'csv' else 14}",
        delimiter=delimiter,
        stray=_names_of,
    )


def _names_of(row: list[str]) -> tuple[str, ...] | None:
    """Return the names of one row's fields, None if it is no record."""
    kind = _kind(row)
    return _names(kind, len(row), [row]) if kind else None


def _kind(row: list[str]) -> str:
    """Return "csv" or "custom" if dates and disposition stand where that writer puts them, else ''."""
    if (
        len(row) in range(16, 22)
        and row[14] in legs.DISPOSITIONS
        and _DATE.match(row[9])
        and not _stray(row[11])
    ):
        return "csv"
    if (
        len(row) == len(_CUSTOM)
        and row[13] in legs.DISPOSITIONS
        and _DATE.match(row[8])
        and not _stray(row[10])
    ):
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


# --- reading --------------------------------------------------------------------------


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
    layout = _layout(data[:65536].decode(errors="replace").split("\n")[:60])
    if layout is None:
        raise InputError(
            "not a call detail record in the first lines",
            at=Location(stream.display, 1),
            expected="16 to 21 fields with a start time and a disposition",
        )
    table, lines, rows = legs.rows(data, layout, stream.display, problems)
    return legs.reading(table, lines, rows, stream, options, problems)


FORMAT = Format(
    title="Asterisk call detail records (cdr_csv, cdr_custom)",
    detect=detect,
    read=read,
    family="asterisk",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id account dnis trunk_group ani caller_name agent offered_at ring_s queue_s talk_s "
            "outcome ended_by linked_id hangup_cause queue transferred_to"
        ),
    ),
)
