"""Asterisk's channel event log: ``cel_custom``'s CSV, and the ``cel`` table of a database.

One row is one event of one channel: it starts, is answered, enters a bridge with another, is hung up. Where the
CDR has a summary, this has every step, so it tells what the CDR lacks: the number dialled, who redirected the
call, when a person answered, who hung up and with which Q.850 cause. Rows of the shipped template (20 fields)::

    "CHAN_START","1776312400.518","Ann Lee","5855550137","","5855550100","","5855550167","from-trunk",
    "PJSIP/north-00000002","","","3","","1776312400.11","1776312400.11","","","",""

======  ===========  =================================================================================
field   column       what
======  ===========  =================================================================================
0       eventtype    CHAN_START, ANSWER, APP_START, BRIDGE_ENTER, BRIDGE_EXIT, BLINDTRANSFER, HANGUP,
                     CHAN_END, LINKEDID_END, …; before version 12 BRIDGE_START and BRIDGE_END
1       eventtime    epoch seconds with microseconds, or local ``YYYY-MM-DD HH:MM:SS``
2-3     cid name     the caller's name and number; cid_ani (4)
5       cid_rdnis    the number the call was redirected from: proof that a line was forwarded
6       cid_dnid     the number dialled
7-9     exten        where in the dialplan the channel is: exten, context; the channel's name
10-11   appname      the application it is in, and its arguments
12-13   amaflags     and accountcode
14-15   uniqueid     the channel's id; linkedid, which all channels of one call share
16-18   peer         the other channel of the bridge; userfield; userdeftype
19      extra        of HANGUP ``{"hangupcause":16,"hangupsource":"PJSIP/…","dialstatus":"ANSWER"}``, or
                     before version 12 ``16,SIP/…,ANSWER``
======  ===========  =================================================================================

The table has the same by name (``eventtype, eventtime, cid_name, …, channame, …, linkedid, peer, extra``), in
the server's zone and whole seconds; rows of one second are in order. Which events and applications are logged
is set in ``cel.conf``. What becomes of them beside a CDR and alone: ``calltrace.intake.asterisk.cel``. How
sure: A.

References
----------
asterisk/asterisk ``main/cel.c``, ``configs/samples/cel_custom.conf.sample``; FreePBX/cel.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from calltrace.errors import InputError, Location
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._clocks import clock_steps, epochs_of
from calltrace.intake.formats._lines import LISTED, clean_bytes, short
from calltrace.tables import times
from calltrace.tables.problems import Problem, first_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EVENTS = frozenset(
    {
        "CHAN_START", "CHAN_END", "HANGUP", "ANSWER", "APP_START", "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT",
        "BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE", "CONF_ENTER", "CONF_EXIT", "CONF_START", "CONF_END",
        "3WAY_START", "3WAY_END", "PARK_START", "PARK_END", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER",
        "HOOKFLASH", "USER_DEFINED", "PICKUP", "FORWARD", "LINKEDID_END", "LOCAL_OPTIMIZE",
        "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END", "DTMF", "CHANNEL_START", "CHANNEL_END",
    }
)  # fmt: skip
_NAMES = (
    "event", "time", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context", "channel",
    "app", "appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield", "userdeftype",
    "extra",
)  # fmt: skip
_ALIASES = {
    "eventtype": "event",
    "eventtime": "time",
    "channame": "channel",
    "appname": "app",
    "eventextra": "extra",
    "bridgepeer": "peer",
}
_KEPT = (
    "event", "cid_name", "cid_num", "cid_rdnis", "cid_dnid", "exten", "context", "channel", "app", "appdata",
    "accountcode", "uniqueid", "linkedid", "peer", "userfield", "extra",
)  # fmt: skip
_SAME = {"CHANNEL_START": "CHAN_START", "CHANNEL_END": "CHAN_END"}
_EPOCH = r"^\d{9,10}(?:\.\d{1,6})?$"


# --- recognising ----------------------------------------------------------------------


def detect(head: Head) -> str | None:
    """Say how the file was recognised: a header's words, or events in the first of 20 fields."""
    found = _layout([line.replace("\0", "") for line in head.lines[:60]])
    return found[1] if found else None


def _layout(lines: Sequence[str]) -> tuple[tuple[str, ...], str, int, str] | None:
    """Return the names of the fields, what told them, the lines above the first row, the delimiter."""
    above = next((n for n, line in enumerate(lines) if line.strip()), None)
    if above is None:
        return None
    delimiter = max(",;\t|", key=lines[above].count)
    words = [re.sub(r"\s", "", w.strip("`'\"\ufeff ").lower()) for w in _fields(lines[above], delimiter)]
    names = tuple(_ALIASES.get(word, word) or f"#{n}" for n, word in enumerate(words))
    if {"event", "time", "channel", "uniqueid", "linkedid"} <= set(names) and len(set(names)) == len(names):
        return names, "header: " + ", ".join(words[:6]) + ", …", above + 1, delimiter
    rows = [_fields(line, delimiter) for line in lines[above:] if line.strip()]
    widths = [len(row) for row in rows if row and row[0] in EVENTS and len(row) in (19, 20)]
    if len(widths) * 2 <= len(rows):
        return None
    width = max(set(widths), key=widths.count)
    return _NAMES[:width], f"no header; {width} fields, the first an event such as CHAN_START", above, delimiter


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


# --- reading --------------------------------------------------------------------------


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the whole log into one row an event.

    Returns
    -------
    Reading
        Table "channel-events": ``at`` (UTC), ``event``, ``cid_name``, ``cid_num``, ``cid_rdnis``, ``cid_dnid``,
        ``exten``, ``context``, ``channel``, ``app``, ``appdata``, ``accountcode``, ``uniqueid``, ``linkedid``,
        ``peer``, ``userfield``, ``extra`` (``string``, NA where empty), ``source_file``, ``source_line``.

    Raises
    ------
    InputError
        If the first lines are no channel event log's.
    """
    data, problems = clean_bytes(stream)
    found = _layout(data[:65536].decode(errors="replace").split("\n")[:60])
    if found is None:
        raise InputError(
            "not a channel event log in the first lines",
            at=Location(stream.display, 1),
            expected="20 fields, the first an event such as CHAN_START, or a header with eventtype and linkedid",
        )
    names, _, above, delimiter = found
    for _ in range(above):
        data = data[data.find(b"\n") + 1 :] if b"\n" in data else b""
    table, lines, rows, lost = _cells(data, names, delimiter)
    lines = lines + above
    frame = pd.DataFrame({name: _strings(table[name]) for name in _KEPT if name in table.column_names})
    for name in _KEPT:
        if name not in frame.columns:
            frame[name] = pd.Series(pd.NA, index=frame.index, dtype="string")
    frame["event"] = frame["event"].str.upper().replace(_SAME)
    frame["source_line"] = lines
    at, zone, zone_from, notes = _instants(table["time"], frame, options)
    known = frame["event"].isin(EVENTS).to_numpy(dtype=bool)
    timed = ~np.isnat(at)
    bad = [(int(n), text, f"{len(names)} fields") for n, text in lost]
    shown = table["time"].to_pylist() if not timed.all() else []
    for n in np.flatnonzero(~known | ~timed).tolist():
        text = f"eventtype {frame['event'].iloc[n]}" if not known[n] else f"eventtime {shown[n]}"
        wanted = "an event of Asterisk's" if not known[n] else "epoch seconds, or YYYY-MM-DD HH:MM:SS"
        bad.append((int(lines[n]), text.encode(), wanted))
    _report([(n + (above if i < len(lost) else 0), t, e) for i, (n, t, e) in enumerate(bad)], stream.display, problems)
    frame["at"] = pd.Series(at).dt.tz_localize("UTC")
    keep = known & timed
    if not keep.all():
        frame = frame[keep].reset_index(drop=True)
    frame["source_file"] = pd.Categorical.from_codes(np.zeros(len(frame), dtype=np.int64), pd.Index([stream.display]))
    return Reading(
        "channel-events",
        frame,
        rows=rows,
        problems=tuple(problems),
        zone=zone,
        zone_from=zone_from,
        notes=tuple(notes),
    )


def _cells(
    data: bytes, names: tuple[str, ...], delimiter: str
) -> tuple[pa.Table, NDArray[np.int64], int, list[tuple[int, bytes]]]:
    """Return the columns as text, the line of each row, how many rows there are, and the rows that are none."""
    count = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    if count and b"\n\n" not in data and not data.startswith(b"\n"):
        table = _parsed(data, names, delimiter)
        if table is not None and table.num_rows == count:
            return table, np.arange(1, count + 1), count, []
    good: list[list[str]] = []
    lines: list[int] = []
    lost: list[tuple[int, bytes]] = []
    rows = 0
    for n, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        rows += 1
        row = _fields(line.decode(errors="replace"), delimiter)
        if len(row) == len(names):
            good.append(row)
            lines.append(n)
        else:
            lost.append((n, line))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(good)
    table = _parsed(text.getvalue().encode(), names, ",") if good else None
    if table is None:
        table = pa.table({name: pa.array([], pa.string()) for name in names})
    return table, np.array(lines, dtype=np.int64), rows, lost


def _parsed(data: bytes, names: tuple[str, ...], delimiter: str) -> pa.Table | None:
    wanted = [name for name in names if name in _KEPT or name == "time"]
    try:
        return pv.read_csv(
            pa.BufferReader(data),
            read_options=pv.ReadOptions(column_names=list(names)),
            parse_options=pv.ParseOptions(delimiter=delimiter),
            convert_options=pv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=wanted,
                null_values=["", "NULL", "\\N"],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid:
        return None


def _strings(values: pa.ChunkedArray) -> pd.api.extensions.ExtensionArray:
    made: pd.api.extensions.ExtensionArray = pd.array(
        values.to_pandas(types_mapper=lambda _: pd.StringDtype("pyarrow")), dtype="string"
    )
    return made


def _instants(
    values: pa.ChunkedArray, frame: pd.DataFrame, options: ReadOptions
) -> tuple[NDArray[np.datetime64], str, str, list[str]]:
    """Return the instants (UTC, NaT where there is none), the zone, how it is known, and notes."""
    text = pc.utf8_trim_whitespace(values.combine_chunks())
    is_epoch = pc.fill_null(pc.match_substring_regex(text, _EPOCH), False)
    if pc.sum(is_epoch).as_py() or not len(text):
        seconds = pc.cast(pc.if_else(is_epoch, text, pa.scalar(None, pa.string())), pa.float64())
        raw = seconds.to_numpy(zero_copy_only=False)
        stamps = np.round(np.nan_to_num(raw) * 1e6).astype("datetime64[us]")
        stamps[np.isnan(raw)] = np.datetime64("NaT", "us")
        return stamps, "UTC", "epoch", []
    parsed = times.parse(text)
    offset = np.nan_to_num(parsed.offset_min).astype(np.int64) * np.timedelta64(60, "s")
    wall = parsed.instants.to_numpy().astype("datetime64[us]") + offset
    there = ~np.isnat(wall)
    whole = wall.astype("datetime64[s]")
    born = np.where(there, epochs_of(frame[["uniqueid", "linkedid"]]), np.nan)
    # only the first event of a channel is at its birth
    first = frame["event"].eq("CHAN_START").fillna(False).to_numpy(dtype=bool)
    naive = whole.astype(np.int64)
    clock = clock_steps(naive, np.where(first, born, np.nan)) if first.any() else None
    if clock is not None:
        utc = clock.to_utc(naive, born).astype("datetime64[s]").astype("datetime64[us]") + (wall - whole)
        utc[~there] = np.datetime64("NaT", "us")
        notes = [f"the file's clock changed against UTC: {clock.says()}"] if len(clock.offset_s) > 1 else []
        return utc, clock.zone(options.tz)[0], "uniqueid", notes
    if not parsed.naive.any():
        return parsed.instants.to_numpy().astype("datetime64[us]"), "UTC", "offset", []
    zone = options.tz or times.machine_zone()
    placed = times.localise(pd.Series(wall), zone).instants.dt.tz_convert(None).to_numpy()
    return placed.astype("datetime64[us]"), zone, "option" if options.tz else "machine", []


def _report(bad: list[tuple[int, bytes, str]], name: str, problems: list[Problem]) -> None:
    def one(n: int) -> Problem:
        line, text, wanted = bad[n]
        return Problem(Location(name, line), f'"{short(text)}"', wanted, "Event left out.", table="calls")

    problems += first_of(len(bad), one, LISTED, "events", "Events left out.")


FORMAT = Format(
    title="Asterisk channel event log (CEL): CSV, cel table",
    detect=detect,
    read=read,
    family="asterisk",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id account dnis trunk_group ani caller_name agent offered_at ring_s queue_s hold_s "
            "talk_s outcome ended_by redirected_from linked_id hangup_cause queue transferred_to"
        ),
    ),
)
