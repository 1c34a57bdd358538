"""Asterisk's queue_log: what happened in the queues, one event a line.

``epoch|callid|queue|agent|EVENT|data1|…``: the epoch is UTC; callid is the caller's channel (the CDR's
uniqueid), or NONE, MANAGER, REALTIME, CLI where the event is no call's; agent is the member's name if one is
set, else its interface. The number of fields depends on the event, a trailing ``|`` is normal::

    1776312401|1776312400.11|desk|NONE|DID|5855550167
    1776312401|1776312400.11|desk|NONE|ENTERQUEUE||5855550137|1
    1776312407|1776312400.11|desk|Ann Lee|CONNECT|6|1776312401.12|6
    1776312489|1776312400.11|desk|Ann Lee|COMPLETECALLER|6|82|1

================================  =====================================================================
event                             data
================================  =====================================================================
ENTERQUEUE                        url, caller, position [, caller's name]
CONNECT                           hold s, the agent's channel, ring s of the agent's phone
COMPLETEAGENT, COMPLETECALLER     hold s, talk s, original position: the agent, the caller hung up
ABANDON, EXITEMPTY, WITHDRAW      position, original position, wait s
EXITWITHTIMEOUT                   position, original position, wait s (old: position only)
EXITWITHKEY                       key, position, original position, wait s (old: key, position)
RINGNOANSWER, RINGCANCELED        ring, in milliseconds
BLINDTRANSFER, TRANSFER           extension, context, hold s, talk s, original position; no COMPLETE follows
ATTENDEDTRANSFER                  how and where to, then hold s, talk s, original position
DID                               the number dialled; written by dialplans, not by Asterisk itself
ADDMEMBER, REMOVEMEMBER           the agent joins, leaves the queue; likewise AGENTLOGIN, AGENTLOGOFF and
                                  AGENTCALLBACKLOGIN, AGENTCALLBACKLOGOFF
PAUSE, UNPAUSE (…ALL)             reason
QUEUESTART                        Asterisk started: calls open before it have no end
================================  =====================================================================

Any other event is a dialplan's own: kept and counted. A table of the same events with a header (realtime,
FreePBX ``queuelog``, PBXware) is read by its column names; where it has no epoch its times are local.

References
----------
asterisk/asterisk ``apps/app_queue.c``, ``main/logger.c``, ``configs/samples/queues.conf.sample``.
"""

from __future__ import annotations

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import InputError, Location
from calltrace.intake.formats._asterisk import LISTED, clean_bytes, clock_steps, epochs_of, short
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.tables import times
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVENTS = frozenset(
    {
        "ENTERQUEUE",
        "CONNECT",
        "COMPLETEAGENT",
        "COMPLETECALLER",
        "ABANDON",
        "EXITEMPTY",
        "EXITWITHTIMEOUT",
        "EXITWITHKEY",
        "WITHDRAW",
        "RINGNOANSWER",
        "RINGCANCELED",
        "BLINDTRANSFER",
        "ATTENDEDTRANSFER",
        "TRANSFER",
        "AGENTDUMP",
        "SYSCOMPAT",
        "AGENTLOGIN",
        "AGENTLOGOFF",
        "AGENTCALLBACKLOGIN",
        "AGENTCALLBACKLOGOFF",
        "ADDMEMBER",
        "REMOVEMEMBER",
        "PAUSE",
        "UNPAUSE",
        "PAUSEALL",
        "UNPAUSEALL",
        "PENALTY",
        "RINGINUSE",
        "CONFIGRELOAD",
        "QUEUESTART",
        "OUTCALL",
        "DID",
    }
)
NOBODY = ("NONE", "MANAGER", "REALTIME", "CLI", "")

# column of what an event says -> (events, which data field it is, counted from 1; from the end if negative)
_MEANING: dict[str, tuple[tuple[tuple[str, ...], int], ...]] = {
    "wait_s": (
        (("CONNECT", "COMPLETEAGENT", "COMPLETECALLER"), 1),
        (("ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT", "WITHDRAW"), 3),
        (("EXITWITHKEY",), 4),
        (("BLINDTRANSFER", "TRANSFER", "ATTENDEDTRANSFER"), -3),
    ),
    "talk_s": (
        (("COMPLETEAGENT", "COMPLETECALLER"), 2),
        (("BLINDTRANSFER", "TRANSFER", "ATTENDEDTRANSFER"), -2),
    ),
    "ring_ms": ((("RINGNOANSWER", "RINGCANCELED"), 1),),
    "caller": ((("ENTERQUEUE",), 2),),
    "caller_name": ((("ENTERQUEUE",), 4),),
    "did": ((("DID",), 1),),
    "agent_call_id": ((("CONNECT",), 2),),
    "transferred_to": ((("BLINDTRANSFER", "TRANSFER"), 1), (("ATTENDEDTRANSFER",), 2)),
}
LARGE = 1_000_000
"""Bytes from which a log is read in two parts."""

_NUMBERS = ("wait_s", "talk_s", "ring_ms")

_LINE = re.compile(r"^\d{9,10}(?:\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Za-z0-9_ -]+(?:\||$)")
_HEADER = {
    "date_time": "epoch",
    "epoch": "epoch",
    "timestamp": "time",
    "time": "time",
    "created": "time",
    "callid": "call_id",
    "uniqueid": "call_id",
    "queuename": "queue",
    "queue_name": "queue",
    "queue": "queue",
    "agent": "agent",
    "type": "agent",
    "event": "event",
    "data": "data",
    "verb": "event",
}
_DATA = re.compile(r"^(?:data|param)(\d)$")
# PBXware writes an event's parts into columns of their own: event -> {column of ours: column of the table}
_PBXWARE = {
    "wait_s": (
        "htime",
        (
            "CONNECT",
            "COMPLETEAGENT",
            "COMPLETECALLER",
            "ABANDON",
            "EXITEMPTY",
            "EXITWITHTIMEOUT",
            "EXITWITHKEY",
            "BLINDTRANSFER",
            "ATTENDEDTRANSFER",
            "TRANSFER",
        ),
    ),
    "talk_s": ("ttime", ("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")),
    "ring_ms": ("htime", ("RINGNOANSWER", "RINGCANCELED")),
    "caller": ("data1", ("ENTERQUEUE",)),
    "agent_call_id": ("data2", ("CONNECT",)),
    "transferred_to": ("data2", ("BLINDTRANSFER", "TRANSFER")),
}


# --- recognising ----------------------------------------------------------------------


def detect(head: Head) -> str | None:
    """Say how the file was recognised: an epoch and pipes, or a header with call id, queue and event."""
    lines = [line.replace("\0", "") for line in head.lines[:60]]
    lines = [line for line in lines if line.strip()]
    if not lines:
        return None
    fitting = sum(bool(_LINE.match(line)) for line in lines)
    if fitting * 2 > len(lines):
        return "ten digits of epoch seconds, then pipes; an event in capitals in field 5"
    words = _header_words(lines[0])
    if (
        words
        and {"call_id", "queue", "event"} <= set(words.values())
        and {"epoch", "time"} & set(words.values())
    ):
        return "header: " + ", ".join(list(words)[:6])
    return None


def _header_words(line: str) -> dict[str, str]:
    """Return the header's words, lower-cased, with the column of ours each one is."""
    delimiter = max(",;\t|", key=line.count)
    found = [
        word.strip().strip("\ufeff`").lower() for word in next(csv.reader([line], delimiter=delimiter), [])
    ]
    return {
        word: f"data{at.group(1)}" if (at := _DATA.match(word)) else _HEADER.get(word, word) for word in found
    }


# --- reading --------------------------------------------------------------------------


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the whole log into one row an event.

    Returns
    -------
    Reading
        Table "queue-events": ``at`` (UTC), ``call_id``, ``queue``, ``agent`` (NA where the log says NONE),
        ``event``, ``wait_s`` (in the queue, to the agent or the end), ``talk_s``, ``ring_ms`` (of an agent's
        phone), ``caller``, ``caller_name``, ``did``, ``agent_call_id``, ``transferred_to``, ``source_file``,
        ``source_line``. NA where the event does not carry the value.

    Raises
    ------
    InputError
        If a table's header lacks a call id, a queue, an event or a time.
    """
    data, problems = clean_bytes(stream)
    first = data[:65536].decode(errors="replace").lstrip("\n").split("\n", 1)[0]
    if _LINE.match(first) or not _header_words(first).keys() & {"event", "verb"}:
        frame, rows = _read_parts(data, stream.display, problems)
        zone, zone_from = "UTC", "epoch"
    else:
        frame, rows, zone, zone_from = _read_table(data, stream.display, options, problems)
    frame["source_file"] = (
        pd.Categorical([stream.display] * 0, categories=[stream.display])
        if not len(frame)
        else pd.Categorical.from_codes([0] * len(frame), pd.Index([stream.display]))
    )
    own = frame["event"][~frame["event"].isin(EVENTS)]
    notes = []
    if len(own):
        counts = own.value_counts()
        notes.append(
            "events of the dialplan's own, kept: "
            + ", ".join(
                f"{event} {count}"
                for event, count in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))[:12]
            )
        )
    return Reading("queue-events", frame, rows, tuple(problems), zone, zone_from, notes=tuple(notes))


def _read_parts(data: bytes, name: str, problems: list[Problem]) -> tuple[pd.DataFrame, int]:
    """Read the piped lines, those of a large log in two parts at the same time (numpy and Arrow let go of the lock)."""
    middle = data.find(b"\n", len(data) // 2) + 1
    if len(data) < LARGE or not middle or middle == len(data):
        return _read_lines(data, name, problems, 0)
    before = data.count(b"\n", 0, middle)
    parts: list[list[Problem]] = [[], []]
    with ThreadPoolExecutor(2) as pool:
        read = [pool.submit(_read_lines, half, name, found, above)
                for half, found, above in ((data[:middle], parts[0], 0), (data[middle:], parts[1], before))]
        frames = [r.result() for r in read]
    problems += [*parts[0], *parts[1]]
    return pd.concat([f for f, _ in frames], ignore_index=True), sum(rows for _, rows in frames)


def _read_lines(data: bytes, name: str, problems: list[Problem], above: int) -> tuple[pd.DataFrame, int]:
    """Split the piped lines at once: the fields are the bytes between separators, and lines are counted.

    ``above`` is the number of lines before the first.
    """
    if data and not data.endswith(b"\n"):
        data += b"\n"
    raw = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero((raw == 10) | (raw == 124))
    text = data.translate(None, b"\n|")
    offsets = np.concatenate(([0], ends - np.arange(len(ends)))).astype(np.int64)
    flat = pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(text))
    at_newline = raw[ends] == 10
    last = np.flatnonzero(at_newline)
    first = np.concatenate(([0], last[:-1] + 1)) if len(last) else last
    count = last - first + 1
    length = offsets[last + 1] - offsets[first]
    lines = np.arange(above + 1, above + len(last) + 1)
    there = ~((count == 1) & (length == 0))
    rows = int(there.sum())

    stamp = _field(flat, first, count, 0)
    good_stamp = _epochs(stamp)
    kinds = _field(flat, first, count, 4).dictionary_encode()  # a dozen words for all the lines
    fair = pc.fill_null(pc.match_substring_regex(kinds.dictionary, r"^[A-Za-z0-9_ -]+$"), False)
    known = kinds.indices.fill_null(0).to_numpy(zero_copy_only=False)
    good = good_stamp & (count >= 5)
    if len(kinds.dictionary):
        good &= fair.to_numpy(zero_copy_only=False)[known] & (kinds.null_count == 0 or kinds.is_valid().to_numpy(False))
    bad = np.flatnonzero(there & ~good)
    _report(
        bad,
        [flat.slice(int(first[n]), int(count[n])).to_pylist() for n in bad[:LISTED]],
        lines,
        name,
        problems,
    )
    keep = np.flatnonzero(good)
    if len(keep) < len(good):
        first, count, stamp, known = first[keep], count[keep], stamp.take(pa.array(keep)), known[keep]
    # a trailing bar is an empty last field, not a value
    ending = first + count - 1
    trailing = (offsets[ending + 1] == offsets[ending]) & (count > 5)
    seconds = pc.cast(stamp, pa.float64()).to_numpy(zero_copy_only=False)
    columns: dict[str, object] = {"at": _instants(seconds)}
    for column, where in (("call_id", 1), ("queue", 2), ("agent", 3)):
        columns[column] = _named(_field(flat, first, count, where))
    upper = pc.utf8_upper(kinds.dictionary).dictionary_encode()  # words that differ in case are one
    names = upper.dictionary.to_pylist()
    code = upper.indices.to_numpy(zero_copy_only=False)[known] if names else known
    columns["event"] = _text(upper.dictionary.take(pa.array(code)))
    parts = count - 5 - trailing
    for column, meanings in _MEANING.items():
        fields = {event: field for events, field in meanings for event in events}
        at_event = np.array([fields.get(event, 0) for event in names], dtype=np.int64)  # 0: says nothing of it
        mine = np.flatnonzero((at_event != 0)[code]) if at_event.any() else np.zeros(0, dtype=np.int64)
        field = at_event[code[mine]]
        carried = parts[mine] >= np.abs(field)
        if not carried.all():
            mine, field = mine[carried], field[carried]
        # hold, talk and position are the last three of a transfer, whatever stands before them
        where = np.where(field > 0, 4 + field, 5 + parts[mine] + field)
        values = pc.take(flat, pa.array(first[mine] + where), boundscheck=False)
        columns[column] = _spread(_number(values), mine, len(keep)) if column in _NUMBERS else _text(
            values if len(mine) == len(keep) else _scattered(values, mine, len(keep)))
    columns["source_line"] = lines[keep]
    return pd.DataFrame(columns), rows


def _field(flat: pa.Array, first: NDArray[np.int64], count: NDArray[np.int64], where: int) -> pa.Array:
    return _pick(flat, first, np.where(count > where, where, -1))


def _pick(flat: pa.Array, first: NDArray[np.int64], where: NDArray[np.int64]) -> pa.Array:
    """Return each line's field at ``where`` (from 0), null where that is negative."""
    return pc.take(flat, pa.array(first + where, mask=where < 0), boundscheck=False)


def _spread(values: NDArray[np.float64], rows: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Return the values at their rows, NaN elsewhere."""
    found = np.full(size, np.nan)
    found[rows] = values
    return found


def _scattered(values: pa.Array, rows: NDArray[np.int64], size: int) -> pa.Array:
    """Return the texts at their rows, null elsewhere."""
    index = np.full(size, -1, dtype=np.int64)
    index[rows] = np.arange(len(rows))
    return pc.take(values, pa.array(index, mask=index < 0), boundscheck=False)


def _named(values: pa.Array) -> object:
    return _text(pc.if_else(pc.is_in(values, value_set=pa.array(NOBODY, values.type)), None, values))


def _epochs(stamp: pa.Array) -> NDArray[np.bool_]:
    """Say which texts are epoch seconds of nine or ten digits."""
    try:
        number = pc.cast(stamp, pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        number = np.zeros(0)
    if len(number) and bool(((number >= 1e8) & (number < 1e10)).all()) and not _letters(stamp):
        return np.ones(len(stamp), dtype=bool)
    fits = pc.fill_null(pc.match_substring_regex(stamp, r"^\d{9,10}(\.\d+)?$"), False)
    found: NDArray[np.bool_] = fits.to_numpy(zero_copy_only=False)
    return found


def _letters(values: pa.Array) -> bool:
    """Say whether a number may be written otherwise than with digits: 1e9, +1, blanks around it."""
    length = pc.min_max(pc.binary_length(values))
    return bool(length["min"].as_py() < 9 or pc.any(pc.match_substring(values, "e", ignore_case=False)).as_py())


def _or_null(values: pa.Array) -> pa.Array:
    """Return the texts, the empty ones null."""
    empty = pc.equal(values, "")
    if not pc.any(empty).as_py():
        return values
    return pc.if_else(empty, pa.scalar(None, values.type), values)


def _text(values: pa.Array) -> object:
    return pd.array(_or_null(values), dtype="string")


def _number(values: pa.Array) -> NDArray[np.float64]:
    try:  # mostly they are all numbers, and a look at each would cost more than reading it
        found: NDArray[np.float64] = pc.cast(_or_null(values), pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        pass
    else:
        if not (found < 0).any() and not (found >= 1e10).any():
            return found
    good = pc.match_substring_regex(values, r"^\d{1,10}(\.\d+)?$")
    number: NDArray[np.float64] = pc.cast(
        pc.if_else(good, values, pa.scalar(None, values.type)), pa.float64()
    ).to_numpy(zero_copy_only=False)
    return number


def _instants(seconds: NDArray[np.float64]) -> pd.Series[pd.Timestamp]:
    stamps = pd.Series(np.round(seconds * 1e6).astype("datetime64[us]"))
    return stamps.dt.tz_localize("UTC")


def _report(
    bad: NDArray[np.int64],
    fields: list[list[str]],
    lines: NDArray[np.int64],
    name: str,
    problems: list[Problem],
) -> None:
    for n, parts in zip(bad[:LISTED].tolist(), fields, strict=True):
        problems.append(
            Problem(
                Location(name, int(lines[n])),
                f'"{short("|".join(parts).encode())}"',
                "epoch|callid|queue|agent|EVENT|…",
                "Event left out.",
                "queue-events",
                "left-out",
                1,
                "bad-row",
            )
        )
    if len(bad) > LISTED:
        problems.append(
            Problem(
                Location(name, int(lines[bad[LISTED]])),
                f"{len(bad) - LISTED} more lines like these",
                "epoch|callid|queue|agent|EVENT|…",
                "Events left out.",
                "queue-events",
                "left-out",
                len(bad) - LISTED,
                "bad-row",
            )
        )


# --- the same events in a table -------------------------------------------------------


def _read_table(
    data: bytes, name: str, options: ReadOptions, problems: list[Problem]
) -> tuple[pd.DataFrame, int, str, str]:
    """Read an exported table by its header; local times are placed by the call ids, else by the zone."""
    text = data.decode(errors="replace")
    words = _header_words(text.lstrip("\n").split("\n", 1)[0])
    names = list(words.values())
    # "time" and "created" both: the first of a name is the one meant
    names = [f"{name}#{n}" if name in names[:n] else name for n, name in enumerate(names)]
    if not {"call_id", "queue", "event"} <= set(names):
        raise InputError(
            "a queue_log table without a call id, a queue or an event",
            at=Location(name, 1),
            expected="columns callid, queuename, agent, event and a time",
        )
    delimiter = max(",;\t|", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found: list[list[str]] = []
    at: list[int] = []
    for row in reader:
        if any(cell.strip() for cell in row):
            found.append(row)
            at.append(reader.line_num)
    del found[0], at[0]
    rows = len(found)
    whole = [n for n, row in enumerate(found) if len(row) == len(names) and row[names.index("event")].strip()]
    torn = np.array(sorted(set(range(rows)) - set(whole)), dtype=np.int64)
    _report(torn, [found[n] for n in torn[:LISTED]], np.array(at, dtype=np.int64), name, problems)
    table = pd.DataFrame([found[n] for n in whole], columns=names, dtype="string")
    table = table.replace({"NULL": pd.NA, "\\N": pd.NA})
    table["source_line"] = np.array([at[n] for n in whole], dtype=np.int64)
    frame = _meanings(table, pbxware="htime" in names)
    instants, zone, zone_from = _table_times(table, options)
    no_time = np.flatnonzero(instants.isna())
    lines = table["source_line"].to_numpy()
    problems += [
        Problem(
            Location(name, int(lines[n])),
            "an event whose time can't be read",
            "epoch seconds, or YYYY-MM-DD HH:MM:SS",
            "Event left out.",
            "queue-events",
            kind="bad-time",
        )
        for n in no_time[:LISTED].tolist()
    ]
    if len(no_time) > LISTED:
        problems.append(
            Problem(
                Location(name, int(lines[no_time[LISTED]])),
                f"{len(no_time) - LISTED} more events like these",
                "a time",
                "Events left out.",
                "queue-events",
                rows=len(no_time) - LISTED,
                kind="bad-time",
            )
        )
    frame.insert(0, "at", instants)
    return frame[instants.notna()].reset_index(drop=True), rows, zone, zone_from


def _meanings(table: pd.DataFrame, *, pbxware: bool) -> pd.DataFrame:
    frame = pd.DataFrame(index=table.index)
    for column in ("call_id", "queue", "agent"):
        values = (
            table[column].str.strip()
            if column in table.columns
            else pd.Series(pd.NA, index=table.index, dtype="string")
        )
        frame[column] = values.mask(values.isin(NOBODY), pd.NA)
    event = table["event"].str.strip().str.upper()
    frame["event"] = event
    if "data" in table.columns and "data1" not in table.columns:
        split = table["data"].str.split("|", expand=True)
        for n in range(split.shape[1]):
            table[f"data{n + 1}"] = split[n]
    empty = pd.Series(pd.NA, index=table.index, dtype="string")
    for column, meanings in _MEANING.items():
        values = empty.copy()
        if pbxware:
            source, events = _PBXWARE.get(column, ("", ()))
            if source in table.columns:
                values = values.mask(event.isin(events), table[source])
        else:
            for events, field in meanings:
                # in a table, transfers lie in fixed columns: extension, context, hold, talk
                source = f"data{field if field > 0 else 6 + field}"
                if source in table.columns:
                    values = values.mask(event.isin(events), table[source])
        values = values.mask(values == "", pd.NA)
        frame[column] = (
            pd.to_numeric(values, errors="coerce").astype("float64") if column in _NUMBERS else values
        )
    frame["source_line"] = table["source_line"]
    return frame


def _table_times(table: pd.DataFrame, options: ReadOptions) -> tuple[pd.Series[pd.Timestamp], str, str]:
    """Return the instants in UTC, the zone of the local times, and how it was known."""
    for column in ("epoch", "time"):
        if column not in table.columns:
            continue
        seconds = pd.to_numeric(table[column], errors="coerce").astype("float64")
        if len(seconds) and bool((seconds > 1e8).mean() > 0.5):
            stamps = pd.Series(np.round(seconds.to_numpy() * 1e6).astype("datetime64[us]"), index=table.index)
            return stamps.dt.tz_localize("UTC"), "UTC", "epoch"
    parsed = times.parse(table["time"])
    wall = parsed.instants
    naive = wall.to_numpy().astype("datetime64[s]").astype(np.int64)
    there = wall.notna().to_numpy()
    epoch = np.where(there, epochs_of(table.rename(columns={"call_id": "uniqueid"})), np.nan)
    clock = clock_steps(naive, epoch)
    if clock is not None:
        utc = clock.to_utc(naive, epoch)
        zone, _ = clock.zone(options.tz)
        rest = wall.to_numpy() - naive.astype("datetime64[s]")
        stamps = pd.Series(utc.astype("datetime64[s]").astype("datetime64[us]") + rest, index=table.index)
        return stamps.where(there).dt.tz_localize("UTC"), zone, "uniqueid"
    zone = options.tz or times.machine_zone()
    return times.localise(wall, zone).instants, zone, "option" if options.tz else "machine"


FORMAT = Format(
    title="Asterisk queue_log",
    detect=detect,
    read=read,
    family="asterisk",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id dnis ani caller_name agent offered_at queue_s talk_s outcome ended_by queue "
            "transferred_to"
        ),
        agents="at agent event",
    ),
)
