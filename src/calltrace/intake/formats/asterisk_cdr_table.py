"""The ``cdr`` table of an Asterisk's database: exported with a header, dumped as SQL, or read from the server.

One row is one leg, as in Master.csv. Columns go by name, in any order; the table's time is the leg's start, in
the server's zone, and most variants have neither answer nor end (then answer = start + duration - billsec, if
billsec is above 0, and end = start + duration). Rows (of an old MySQL table, and of a Yeastar)::

    calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,
    2026-04-16 00:06:40,"Ann Lee <5855550137>",5855550137,600,ext-queues,PJSIP/north-02,PJSIP/207-03,Queue,
    id,datetime,clid,src,dst,dcontext,srctrunk,dstrunk,lastapp,lastdata,duration,billable,disposition,calltype,
    7,2026-04-16 00:06:40,"Ann Lee <5855550137>",5855550137,207,from-did,north,,Dial,…,88,81,ANSWERED,Inbound,

=============================  =======================================================================
variant                        what it adds to clid, src, dst, dcontext, lastapp, lastdata, duration,
                               billsec, disposition, amaflags, accountcode, uniqueid, userfield
=============================  =======================================================================
Asterisk (alembic)             start, answer, end, channel, dstchannel, linkedid, peeraccount, sequence
cdr_sqlite3_custom             any names the administrator chose: calldate, answerdate, enddate, …
old MySQL, PostgreSQL          [AcctId,] calldate, channel, dstchannel
FreePBX ``asteriskcdrdb.cdr``  calldate, channel, dstchannel, did (on legs from outside), recordingfile,
                               cnum, cnam (the caller), linkedid; the web export ``cdr__….csv`` has
                               some of these, newest first
PBXware                        calldate, channel, dstchannel, trunk, did, linkedid; the word NULL
Grandstream UCM                Caller Number, Callee Number, Source Channel, Dest Channel, Start Time, Call Time,
                               Talk Time, …, or the table's own names; Userfield Inbound, Outbound, Internal
Issabel, Elastix report        Date, Source, Destination, Src. Channel, Dst. Channel, Status, Duration
                               (``150s (2m 30s)``): no application and no time of the answer
Yeastar S                      datetime, billable, calltype (Internal, Inbound, Outbound), srctrunk,
                               dstrunk, didnumber, recordfile, srcchanurl, dstchanurl; no channels;
                               disposition VOICEMAIL; monthly tables ``cdr_YYYYMM`` beside a merged one
=============================  =======================================================================

A table may have both start and calldate: where start is empty, calldate is taken. Dispositions may be Asterisk's numbers
(8 ANSWERED, 0 NO ANSWER, …). A table without a header (start, clid, src, dst, dcontext, channel, … in the old order) is
told by its rows.
Rows typed in by hand, with a date of year 0 or 1000, are left out and told. An export without dstchannel (a Yeastar's
without dstchanurl) does not say whom a caller was put through to: a Dial or Queue that is ANSWERED is taken for a
person's, and told, since who left a queue after its greeting looks the same. How sure: A; samples of old MySQL,
FreePBX and Yeastar were read, PBXware by its column list.

References
----------
asterisk/asterisk ``contrib/ast-db-manage/cdr``; FreePBX/cdr; Yeastar's and PBXware's exported tables.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import InputError, Location
from calltrace.intake.formats import _asterisk_legs as legs
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._dispositions import in_words
from calltrace.intake.formats._lines import clean_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALIASES = {
    "calldate": "start",
    "datetime": "start",
    "starttime": "start",
    "startdate": "start",
    "answertime": "answer",
    "answerdate": "answer",
    "endtime": "end",
    "enddate": "end",
    "hanguptime": "end",
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
    "recordfiles": "recordingfile",
    "recording": "recordingfile",
    # Grandstream's UCM
    "callernumber": "src",
    "calleenumber": "dst",
    "context": "dcontext",
    "sourcechannel": "channel",
    "destchannel": "dstchannel",
    "calltime": "duration",
    "talktime": "billsec",
    "callstatus": "disposition",
    "srctrunkname": "srctrunk",
    "sourcetrunkname": "srctrunk",
    "dsttrunkname": "dstrunk",
    "destinationtrunkname": "dstrunk",
    # the reports of Issabel, Elastix
    "date": "start",
    "src.channel": "channel",
    "dst.channel": "dstchannel",
    "status": "disposition",
}
_TELLING = frozenset({"disposition", "start", "src", "dst", "duration"})
_OLD_ORDER = (
    "start",
    "clid",
    "src",
    "dst",
    "dcontext",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
    "accountcode",
    "uniqueid",
    "userfield",
    "did",
    "recordingfile",
    "cnum",
    "cnam",
    "outboundcnum",
    "outboundcnam",
    "dstcnam",
    "linkedid",
    "peeraccount",
    "sequence",
)
_DATE = re.compile(r"(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})[ T]\d{1,2}:\d\d")
_DIRECTIONS = {
    **dict.fromkeys(("inbound", "incoming", "in"), "inbound"),
    **dict.fromkeys(("outbound", "outgoing", "out"), "outbound"),
    "internal": "internal",
}


# --- recognising ----------------------------------------------------------------------


def detect(head: Head) -> str | None:
    """Say how the file was recognised: the words of its header, or a row in the old table's order."""
    layout = _layout([line.replace("\0", "") for line in head.lines[:20]])
    return layout.says if layout else None


def _layout(lines: Sequence[str]) -> legs.Layout | None:
    """Return the layout, None if this is no cdr table. An empty line, or Excel's ``sep=;``, may come first."""
    above = 0
    for line in lines:
        if line.strip() and not re.match(r"(?i)\s*\"?sep=.", line):
            break
        above += 1
    else:
        return None
    first = lines[above]
    delimiter = max(",;\t|", key=first.count)
    row = legs.fields(first, delimiter)
    words = [re.sub(r"[\s_]", "", word.strip().strip("`'\"\ufeff").lower()) for word in row]
    both = {"start", "calldate"} <= set(words)  # one of them may be empty
    names = _distinct([word if both and word == "calldate" else known_as(word) for word in words])
    has = set(names)
    if has >= _TELLING and (("lastapp" in has and {"channel", "calltype"} & has) or {"channel", "dstchannel"} <= has):
        return legs.Layout(names, "header: " + ", ".join(words[:6]) + ", …", above + 1, delimiter)
    rows = [legs.fields(line, delimiter) for line in lines[above:] if line.strip()]
    found = [_old_order(row) for row in rows]
    fitting = [names for names in found if names]
    if not fitting or len(fitting) * 2 <= len(rows):
        return None
    old = max(set(fitting), key=fitting.count)
    where = old.index("disposition") + 1
    says = f"no header; {len(old)} fields, a time in field {old.index('start') + 1}, a disposition in field {where}"
    return legs.Layout(old, says, above, delimiter, stray=_old_order)


def _old_order(row: list[str]) -> tuple[str, ...] | None:
    """Return the names of a row's fields if it has the old table's order, a number before it or not."""
    for number in (0, 1):
        width = len(row) - number
        if (
            14 <= width <= len(_OLD_ORDER)
            and row[number + 11] in legs.DISPOSITIONS
            and _DATE.match(row[number])
            and row[number + 9].isdigit()
            and row[number + 10].isdigit()
            and (not number or row[0].isdigit())
        ):
            return ("acctid",) * number + _OLD_ORDER[:width]
    return None


def known_as(word: str) -> str:
    """Return the name that a column goes by here: variants call the same one differently."""
    return _ALIASES.get(word, word)


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Return the names with repeats marked: the first of a name is the one meant."""
    return tuple(f"{name}#{n}" if name in names[:n] else name or f"#{n}" for n, name in enumerate(names))


# --- reading --------------------------------------------------------------------------


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the whole table into one row a leg.

    Returns
    -------
    Reading
        Table "asterisk-legs" as ``asterisk_cdr_csv`` makes it, with ``did``, ``linkedid``, ``recordingfile``
        where the table has them, and ``direction`` ("inbound", "outbound", "internal", NA) where it says.

    Raises
    ------
    InputError
        If the first lines are no cdr table's.
    """
    data, problems = clean_bytes(stream)
    layout = _layout(data[:65536].decode(errors="replace").split("\n")[:20])
    if layout is None:
        raise InputError(
            "no header of a cdr table",
            at=Location(stream.display, 1),
            expected="columns calldate, src, dst, channel, lastapp, duration, billsec, disposition",
        )
    for _ in range(layout.skip):
        cut = data.find(b"\n")
        data = data[cut + 1 :] if cut >= 0 else b""
    if b'\\"' in data and not re.search(rb'[^,;\t\n]""[^,;\t\n]', data):
        data = data.replace(b'\\"', b'""')  # an exporter that escapes where the others double
    table, lines, rows = legs.rows(data, layout, stream.display, problems)
    table, notes = as_legs(table, layout.names)
    made = legs.reading(table, lines, rows, stream, options, problems)
    return replace(made, notes=(*made.notes, *notes))


def as_legs(table: pa.Table, names: tuple[str, ...]) -> tuple[pa.Table, list[str]]:
    """Give the table the columns of Master.csv that its variant names or tells otherwise; say what is to be known of that.

    ``names`` are those of all its columns, those that nothing is made of among them.
    """
    columns = {name: table[name] for name in table.column_names}
    notes = [_start_of_calldate(columns)]
    size = table.num_rows
    nothing = pa.chunked_array([pa.nulls(size, pa.string())])

    def text(name: str) -> pa.ChunkedArray:
        return columns.get(name, nothing)

    for name in ("duration", "billsec"):
        if name in columns and pa.types.is_string(columns[name].type):
            columns[name] = _seconds(columns[name])
    direction = nothing
    said = next((n for n in ("calltype", "userfield") if _is_direction(text(n))), "")
    if said:
        direction = _replaced(pc.utf8_lower(pc.utf8_trim_whitespace(text(said))), _DIRECTIONS)
        if said == "userfield":
            columns["userfield"] = nothing
    elif "did" in columns:  # FreePBX and PBXware note the number dialled on legs that came from outside only
        came_in = pc.fill_null(pc.match_substring_regex(text("did"), r"\d{3}"), False)
        direction = pc.if_else(came_in, "inbound", pa.scalar(None, pa.string()))
    if "channel" not in columns:
        columns["channel"] = _yeastar_channel(text("srctrunk"), text("srcchanurl"), text("src"), columns, size)
        columns["dstchannel"] = _yeastar_channel(text("dstrunk"), text("dstchanurl"), nothing, columns, size)
        if "dstchanurl" not in columns:  # a trunk alone is said of calls dialled out
            columns[legs.FAR_UNSAID] = pc.is_null(columns["dstchannel"])
        voicemail = pc.fill_null(pc.equal(text("disposition"), "VOICEMAIL"), False)
        columns["lastapp"] = pc.if_else(voicemail, "VoiceMail", text("lastapp"))
        columns["disposition"] = pc.if_else(voicemail, "ANSWERED", text("disposition"))
    if "lastapp" not in columns:
        # a report leaves the application out: whatever rang, or was not answered, was dialled
        lone = pc.and_(pc.is_null(text("dstchannel")), pc.equal(pc.utf8_upper(text("disposition")), "ANSWERED"))
        columns["lastapp"] = pc.if_else(pc.fill_null(lone, False), pa.scalar(None, pa.string()), "Dial")
    columns["direction"] = direction
    disposition = pc.utf8_upper(pc.utf8_trim_whitespace(text("disposition")))
    disposition = _replaced(disposition, {"NOANSWER": "NO ANSWER", "NO_ANSWER": "NO ANSWER"}, keep=True)
    newer = bool({"linkedid", "peeraccount", "sequence"}.intersection(names))
    columns["disposition"], numbers = in_words(disposition, text("billsec"), newer=newer)
    return pa.table(columns), [note for note in (*notes, numbers) if note]


def _start_of_calldate(columns: dict[str, pa.ChunkedArray]) -> str:
    """Take ``calldate`` where a table has it beside a ``start`` that is empty; return what is to be said of it."""
    calldate, start = columns.pop("calldate", None), columns["start"]
    if calldate is None or not start.null_count:
        return ""
    if pa.types.is_timestamp(start.type):
        start = pc.strftime(start, "%Y-%m-%d %H:%M:%S")
    columns["start"] = pc.coalesce(start.cast(pa.string()), calldate)
    filled = start.null_count - columns["start"].null_count
    return f"start is empty in {filled:,} rows: their calldate was taken for it" if filled else ""


def _replaced(values: pa.ChunkedArray, words: dict[str, str], *, keep: bool = False) -> pa.ChunkedArray:
    """Return the words said for the values; others stay, or are null."""
    found = values if keep else pa.chunked_array([pa.nulls(len(values), pa.string())])
    for word, meant in words.items():
        found = pc.if_else(pc.fill_null(pc.equal(values, word), False), meant, found)
    return found


def _is_direction(values: pa.ChunkedArray) -> bool:
    """Say whether all there is in a column are words for a direction."""
    known = pc.utf8_lower(pc.utf8_trim_whitespace(values.drop_null()))
    return len(known) > 0 and bool(pc.all(pc.is_in(known, pa.array(list(_DIRECTIONS)))).as_py())


def _seconds(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return durations as whole seconds: ``150``, ``150s (2m 30s)``, ``00:02:30``."""
    found = pc.struct_field(pc.extract_regex(values.combine_chunks(), r"^\s*(?P<s>\d+)\s*s?\b[^:]*$"), "s")
    parts = pc.extract_regex(values.combine_chunks(), r"^\s*(?:(?P<h>\d+):)?(?P<m>\d{1,3}):(?P<s>\d{2})\s*$")

    def part(name: str) -> pa.Array:
        text = pc.struct_field(parts, name)
        return pc.if_else(pc.equal(text, ""), "0", text).cast(pa.int64())

    clock = pc.add(pc.add(pc.multiply(part("h"), 3600), pc.multiply(part("m"), 60)), part("s"))
    return pa.chunked_array([pc.coalesce(found, clock.cast(pa.string()))])


ADDRESS = r"^(?:sip:)?(?P<at>[^/@:;]+)(?:[@:;].*)?$"
CHANNEL = r"^\w+/(?P<at>[^/@:;]+?)(?:-[0-9a-fA-F]+)?(?:[@:;].*)?$"
"""How a Yeastar tells a phone: its address, or its channel (``SIP/203-0000001b``)."""


def _yeastar_channel(
    trunk: pa.ChunkedArray,
    url: pa.ChunkedArray,
    other: pa.ChunkedArray,
    columns: dict[str, pa.ChunkedArray],
    size: int,
) -> pa.ChunkedArray:
    """Return a channel's name out of the trunk, or of the phone's address: ``Trunk/north-1577190060.1``.

    The end behind the dash keeps the rows of one call apart from those of others, as a channel's does.
    """
    ids = columns.get("uniqueid")
    ids = pc.fill_null(ids, "0") if ids is not None else pa.chunked_array([pa.array(["0"] * size, pa.string())])
    phones = [
        pc.binary_join_element_wise("Phone", pc.struct_field(pc.extract_regex(url.combine_chunks(), said), "at"), "/")
        for said in (ADDRESS, CHANNEL)]
    named = pc.coalesce(
        pc.binary_join_element_wise("Trunk", trunk, "/"),
        pa.chunked_array([pc.coalesce(*phones)]),
        pc.binary_join_element_wise("Phone", other, "/"),
    )
    end = pc.replace_substring_regex(ids, r"[^0-9]", "")
    end = pc.utf8_slice_codeunits(end, start=-8 if size else 0)
    return pc.binary_join_element_wise(named, end, "-")


FORMAT = Format(
    title="Asterisk cdr table (Asterisk, FreePBX, PBXware, Yeastar): CSV with header, SQL dump, database",
    detect=detect,
    read=read,
    family="asterisk",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id account dnis trunk_group ani caller_name agent offered_at ring_s queue_s talk_s "
            "outcome ended_by recording linked_id hangup_cause queue transferred_to"
        ),
    ),
)
