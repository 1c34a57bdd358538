r"""FreeSWITCH mod_cdr_csv: ``Master.csv`` and the files an account, and the ``cdr`` table of its ODBC sisters.

No header, every field in quotes, inner quotes as they are. The fields are a template the administrator can
write; the shipped ``example`` has fifteen (here in two lines)::

    "ANN LEE","5855550137","5855550167","public","2026-04-16 00:05:57","2026-04-16 00:06:04","2026-04-16 00:07:21",
    "84","77","NORMAL_CLEARING","5bf9033d-ee4b-4663-874f-b47090e0211a","e852a435-b155-40e6-8ca4-68cd98e8f62d","HA","PCMU","PCMU"

======  ==================  ==============================================================================
field   name                what
======  ==================  ==============================================================================
0       caller_id_name      ``Outbound Call`` on a leg the switch itself dialled
1       caller_id_number    the caller
2       destination_number  the number dialled, after transfers within the dialplan the last
3       context             ``public`` for calls from outside, as shipped
4-6     start, answer, end  ``YYYY-MM-DD HH:MM:SS`` by the switch's clock, answer empty if there was none
7, 8    duration, billsec   s; billsec since *anything* answered, hold in it
9       hangup_cause        ``NORMAL_CLEARING``, ``ORIGINATOR_CANCEL``, …
10, 11  uuid, bleg_uuid     this leg, and the one it was bridged to: answered with none is a machine
12      accountcode         billing account; a registered user's own number as shipped
13, 14  codecs              read, write
======  ==================  ==============================================================================

Other templates are known by the shape of their fields (three times in a row, two numbers, a cause, a UUID):
``asterisk`` (18), ``snom`` (20), ``linksys`` (17), the built-in one (13), ``sql`` (INSERT lines), and any that
begins as one of them. A table exported with its column names is read by name.

FusionPBX's ``v_xml_cdr``, and its export, are such tables: ``xml_cdr_uuid`` is the leg, ``bridge_uuid`` the other,
``caller_destination`` the number dialled (``destination_number`` is where the dialplan sent the call),
``start_epoch`` the time in UTC, ``cc_queue``, ``cc_agent`` and their epochs the queue.

Master.csv has no epoch: its zone is the account's, ``--tz``, or the machine's, unless its UUIDs are of version 1,
which hold the time in UTC.

References
----------
signalwire/freeswitch ``src/mod/event_handlers/mod_cdr_csv``, ``conf/vanilla/autoload_configs/cdr_csv.conf.xml``.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import InputError, Location
from calltrace.intake.formats import _freeswitch, _rows
from calltrace.intake.formats._asterisk import clean_bytes, clock_steps
from calltrace.intake.formats._asterisk_times import BY_HAND, from_spreadsheet, without_seconds
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.tables import times
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXAMPLE = (
    "caller_id_name",
    "caller_id_number",
    "destination_number",
    "context",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "uuid",
    "bleg_uuid",
    "accountcode",
    "read_codec",
    "write_codec",
)
ASTERISK = (
    "accountcode",
    "caller_id_number",
    "destination_number",
    "context",
    "caller_id",
    "channel_name",
    "bridge_channel",
    "last_app",
    "last_arg",
    "start_stamp",
    "answer_stamp",
    "end_stamp",
    "duration",
    "billsec",
    "hangup_cause",
    "amaflags",
    "uuid",
    "userfield",
)
_NAMES = {
    "account_code": "accountcode",
    "start_time": "start_stamp",
    "start": "start_stamp",
    "answer_time": "answer_stamp",
    "answer": "answer_stamp",
    "end_time": "end_stamp",
    "end": "end_stamp",
    "cid_num": "caller_id_number",
    "cid_name": "caller_id_name",
    "destination": "destination_number",
    "sip_gateway": "sip_gateway_name",
    "gateway": "sip_gateway_name",
    "call_direction": "direction",
    "bleg": "bleg_uuid",
    "xml_cdr_uuid": "uuid",
    "bridge_uuid": "bleg_uuid",
}
_STAMP = re.compile(rf"\d{{4}}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?$|{BY_HAND}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
_CAUSE = re.compile(r"(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|NONE|UNSPECIFIED|CRASH|SUCCESS|INTERWORKING)$")
_WHOLE = re.compile(r"\d{1,9}$")
_INSERT = re.compile(r"INSERT\s+INTO\s+\S+\s+VALUES\s*\((.*)\)\s*;?$", re.IGNORECASE)
_BETWEEN = re.compile(r'"\s*,\s*"')
FIRST_REAL = 631_152_000.0
"""1990: an earlier answer (1969-12-31, 1970-01-01) is how old versions write "never"."""
GREGORIAN = 0x01B21DD213814000
"""100 ns steps between 1582-10-15, where UUIDs of version 1 begin to count, and 1970."""


# --- recognising ----------------------------------------------------------------------------------------------


def detect(head: Head) -> str | None:
    """Say how the file was recognised: its columns' names, or where times, cause and UUID stand."""
    text = head.text.replace("\0", "")
    if text.lstrip()[:1] in ("{", "[", "<"):
        return None
    lines = [line.replace("\0", "") for line in head.lines[:200] if line.strip()]
    if _rows.header_of(lines, _fits):
        return "header: caller_id_number, destination_number, start_stamp, hangup_cause, …"
    names = _layout([_fields(line) for line in lines])
    if names is None:
        return None
    first = names.index("start_stamp") + 1
    return (
        f"no header; {len(names)} fields, times in fields {first} to {first + 2}, a hangup cause in field "
        f"{names.index('hangup_cause') + 1}, a UUID in field {names.index('uuid') + 1}"
    )


def _named(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(_NAMES.get(word, word) for word in words)


def _fits(words: tuple[str, ...]) -> bool:
    names = set(_named(words))
    return (
        {"destination_number", "hangup_cause"} <= names
        and bool(names & {"start_stamp", "start_epoch"})
        and bool(names & {"uuid", "bleg_uuid", "caller_id_number"})
    )


def _fields(line: str) -> list[str]:
    """Split a line; FreeSWITCH doesn't double inner quotes, so only a quote beside a comma ends a field."""
    line = line.strip()
    if line[:6].upper() == "INSERT" and (put := _INSERT.match(line)):
        line = put.group(1).strip()
    if line.startswith('"') and line.endswith('"') and len(line) > 1:
        return line[1:-1].split('","') if '" ,' not in line and '", ' not in line else _BETWEEN.split(line[1:-1])
    return _rows.split(line, ",") if "," in line else _rows.split(line, ";")


def _layout(rows: list[list[str]]) -> tuple[str, ...] | None:
    """Return the names of the fields by the shape of most rows; None where they are no call records."""
    counts = Counter(len(row) for row in rows if len(row) >= 12)
    if not counts:
        return None
    width, many = counts.most_common(1)[0]
    if many * 2 < len(rows):
        return None
    for names in (EXAMPLE, ASTERISK):
        known = names[: max(width, 12)]
        if len(known) <= width and "uuid" in known:
            whole = known + tuple(f"field_{i + 1}" for i in range(len(known), width))
            if sum(_is_record(row, whole) for row in rows) * 2 >= len(rows):
                return whole
    return _by_shape([row for row in rows if len(row) == width], len(rows))


def _is_record(row: list[str], names: tuple[str, ...]) -> bool:
    """Say whether times, numbers, cause and UUID stand where the names put them."""
    if len(row) != len(names):
        return False
    at = dict(zip(names, (cell.strip() for cell in row), strict=True))
    return (
        bool(_STAMP.match(at["start_stamp"]))
        and all(not at[n] or bool(_STAMP.match(at[n])) for n in ("answer_stamp", "end_stamp"))
        and all(not at[n] or bool(_WHOLE.match(at[n])) for n in ("duration", "billsec"))
        and (not at["hangup_cause"] or bool(_CAUSE.match(at["hangup_cause"])))
        and bool(_UUID.match(at["uuid"]))
    )


def _by_shape(rows: list[list[str]], of: int) -> tuple[str, ...] | None:
    """Name the fields of an unknown template: the first time in each row, what follows it, the numbers before."""
    width = len(rows[0])
    columns = [[row[i].strip() for row in rows] for i in range(width)]

    def most(i: int, pattern: re.Pattern[str], *, empty: bool = False) -> bool:
        if not 0 <= i < width:
            return False
        hits = sum(bool(pattern.match(cell)) or (empty and not cell) for cell in columns[i])
        return hits * 10 >= 9 * len(rows) and any(columns[i])

    start = next((i for i in range(width) if most(i, _STAMP)), -1)
    cause = next((i for i in range(width) if most(i, _CAUSE, empty=True) and i != start), -1)
    ids = [i for i in range(width) if most(i, _UUID, empty=True)]
    uuid = next((i for i in ids if most(i, _UUID)), -1)
    end = next((i for i in (start + 2, start + 1) if most(i, _STAMP)), -1)
    if min(start, cause, uuid, end) < 0 or len(rows) * 2 < of:
        return None
    names = [f"field_{i + 1}" for i in range(width)]
    names[start], names[end], names[cause], names[uuid] = "start_stamp", "end_stamp", "hangup_cause", "uuid"
    if end == start + 2:
        names[start + 1] = "answer_stamp"
    spans = [i for i in range(end + 1, width) if most(i, _WHOLE, empty=True)][:2]
    for i, name in zip(spans, ("duration", "billsec"), strict=False):
        names[i] = name
    others = [i for i in ids if i != uuid]
    if others:
        names[others[0]] = "bleg_uuid"
    dialled = re.compile(r"[+*#]?\d{2,20}$")
    parties = [i for i in range(width) if names[i].startswith("field_") and i < start and most(i, dialled, empty=True)]
    if len(parties) >= 2:
        names[parties[-2]], names[parties[-1]] = "caller_id_number", "destination_number"
    contexts = re.compile(r"(?:public|default|internal|external|from-\w+)$")
    for i in range(width):
        if names[i].startswith("field_") and most(i, contexts):
            names[i] = "context"
            break
    return tuple(names)


# --- reading --------------------------------------------------------------------------------------------------


def read(stream: Stream, options: ReadOptions) -> Reading:  # noqa: ARG001 - times are placed by the loader
    """Read the whole file into one row a leg; rows that can't be read are Problems.

    Returns
    -------
    Reading
        Table "freeswitch-legs", columns as in :mod:`calltrace.intake.formats._freeswitch`. Times are the
        switch's wall clock, for the loader to place, unless the UUIDs tell the zone.

    Raises
    ------
    InputError
        If nothing in the file is a call record.
    """
    data, problems = clean_bytes(stream)
    text = data.decode("utf-8", "replace")
    sheet: _rows.Sheet | None
    if _rows.header_of(text[:65536].split("\n"), _fits):
        sheet = _rows.read_headed(text, stream.display, _fits)
    else:
        sheet = _headless(text, stream.display)
    if sheet is None:
        raise InputError(
            "not a call record in the first lines",
            at=Location(stream.display, 1),
            expected="13 to 20 quoted fields with three times, a hangup cause and a UUID",
        )
    sheet.names = _named(sheet.names)
    problems += sheet.problems
    frame, zone, zone_from, notes = _legs(sheet, stream.display, problems)
    return Reading(
        "freeswitch-legs", frame, sheet.count, tuple(problems), zone, zone_from, notes=tuple(notes)
    )


def _headless(text: str, name: str) -> _rows.Sheet | None:
    lines = text.split("\n")
    cut_short = bool(lines[-1])
    cells = [_fields(line) if line.strip() else [] for line in lines]
    given = [row for row in cells if row]
    names = _layout(given[:2000]) or _layout(given[-2000:])
    if names is None:
        return None
    sheet = _rows.Sheet(names)
    lost = []
    width = len(names)
    start, uuid = names.index("start_stamp"), names.index("uuid")
    for number, row in enumerate(cells, 1):
        if not row:
            continue
        sheet.count += 1
        if len(row) > width and names[0] == "caller_id_name":  # a name with "," in it
            extra = len(row) - width
            row = ['","'.join(row[: extra + 1]), *row[extra + 1 :]]  # noqa: PLW2901
        whole = len(row) == width and _STAMP.match(row[start].strip()) and _UUID.match(row[uuid].strip())
        if not whole:
            last = number == len(lines) and cut_short
            other = next((n for n in (EXAMPLE, EXAMPLE[:13], ASTERISK) if len(n) == len(row) and _is_record(row, n)), None)
            if other is None or last:
                lost.append(
                    _rows.bad_row(
                        name,
                        number,
                        lines[number - 1],
                        "a whole row, but the file ends in the middle of it"
                        if last
                        else f"{width} fields with a start time and a UUID",
                        kind="cut-off" if last else "bad-row",
                    )
                )
                continue
            row = [dict(zip(other, row, strict=True)).get(n, "") for n in names]  # noqa: PLW2901 - another template
        sheet.rows.append([cell.strip() or None for cell in row])
        sheet.lines.append(number)
    _rows.listed(sheet.problems, lost)
    return sheet


def _legs(sheet: _rows.Sheet, name: str, problems: list[Problem]) -> tuple[pd.DataFrame, str, str, list[str]]:
    """Make legs of the cells; rows without a usable start are left out."""
    start, end = _told(sheet, "start"), _told(sheet, "end")
    span = end - start
    absurd = (span > _rows.LONGEST_S) | (sheet.numbers("duration") > _rows.LONGEST_S)
    good = (start >= FIRST_REAL) & (start < _rows.LAST_REAL) & ~absurd
    lost = [
        _rows.bad_row(
            name,
            sheet.lines[i],
            f"start {sheet.column('start_stamp', 'start_epoch')[i] or 'empty'}, "
            f"end {sheet.column('end_stamp', 'end_epoch')[i] or 'empty'}",
            "start and end as YYYY-MM-DD HH:MM:SS, no more than a week apart",
            kind="bad-time",
        )
        for i in np.flatnonzero(~good).tolist()
    ]
    _rows.listed(problems, lost)
    sheet.keep(good)
    start = start[good]
    size = len(start)
    uuid = sheet.column("uuid")
    if "uuid" not in sheet.names:
        uuid = [f"{name}:{line}" for line in sheet.lines]
    wall = _seconds(sheet.column("start_stamp"))
    placed = _instants(sheet, "start")
    known = bool(size) and bool(np.isfinite(placed).all())
    answer, end = _told(sheet, "answer"), _told(sheet, "end")
    if known:
        # a stamp without an epoch of its own is as far from UTC as the start's
        start, (answer, end) = placed, (
            np.where(np.isnan(utc), shown - (wall - placed), utc)
            for shown, utc in ((answer, _instants(sheet, "answer")), (end, _instants(sheet, "end")))
        )
    answer[answer < FIRST_REAL] = np.nan
    end[end < FIRST_REAL] = np.nan
    duration, billsec = sheet.numbers("duration"), sheet.numbers("billsec")
    coarse = without_seconds(pa.array(sheet.column("start_stamp"), pa.string()))
    if coarse.any():
        # a spreadsheet left the seconds out; the durations have them
        picked = ~np.isnan(answer) | (billsec > 0)
        answer = np.where(coarse, np.where(picked, start + duration - billsec, np.nan), answer)
        end = np.where(coarse, start + duration, end)
        first = int(np.argmax(coarse))
        problems.append(
            Problem(
                Location(name, sheet.lines[first]),
                "times without seconds, as a spreadsheet saves them",
                "the file as the switch wrote it",
                "Waits and talks were taken from the durations; give the switch's own file to have the seconds.",
                "calls",
                "noted",
                int(coarse.sum()),
                "rounded",
            )
        )
    span = end - start
    # An hour between stamps and duration is a clock change; what the switch counted is right.
    moved = np.abs(np.abs(span - duration) - 3600) < 120
    end = np.where(np.isnan(end) | moved, start + duration, end)
    answer = np.where(moved & ~np.isnan(answer), end - billsec, answer)
    zone, zone_from, notes = "", "", []
    naive = not known
    born = _born(uuid)
    clock = clock_steps(start.astype(np.int64), born) if np.isfinite(born).sum() * 2 > size else None
    if known:
        shown = np.isfinite(wall)
        seen = clock_steps(wall[shown].astype(np.int64), start[shown]) if shown.any() else None
        zone = seen.zone(None)[0] if seen is not None else "UTC"
        zone_from = "epoch" if "start_epoch" in sheet.names else "offset"
    elif clock is not None:
        shift = start - clock.to_utc(start.astype(np.int64), born)
        start, answer, end = start - shift, answer - shift, end - shift
        zone, _ = clock.zone(None)
        zone_from, naive = "uniqueid", False
        notes.append(f"the UUIDs hold the time: the file's clock is at {clock.says()}")
    names, numbers = sheet.column("caller_id_name"), sheet.column("caller_id_number")
    if "caller_id_name" not in sheet.names and "caller_id" in sheet.names:
        names = [re.sub(r"\s*<.*$", "", c).strip('" ') or None if c else None for c in sheet.column("caller_id")]
    columns: dict[str, Sequence[Any] | NDArray[Any]] = {
        "uuid": uuid,
        "bleg": sheet.column("bleg_uuid", "signal_bond"),
        "parent": sheet.column("cc_member_session_uuid", "originating_leg_uuid"),
        "direction": [d.lower() if d else None for d in sheet.column("direction")],
        "caller_name": names,
        "caller": numbers,
        "dest": sheet.column("destination_number"),
        "queue": [(q or "").split("@")[0] or None for q in sheet.column("cc_queue")],
        "agent": [(a or "").split("@")[0] or None for a in sheet.column("cc_agent", "extension")],
        "side": sheet.column("cc_side"),
        "context": sheet.column("context"),
        "accountcode": sheet.column("accountcode"),
        "gateway": sheet.column("sip_gateway_name"),
        "cause": sheet.column("hangup_cause"),
        "hangup": sheet.column("sip_hangup_disposition"),
        "app": sheet.column("last_app"),
        "recording": sheet.column("sofia_record_file", "record_file", "recording_file"),
        "switch": [name.rpartition("/")[0]] * size,
        "start": start,
        "answer": answer,
        "end": end,
        "queued": _epochs(sheet, "cc_queue_joined"),
        "served": _epochs(sheet, "cc_queue_answered"),
        "bridge": _epochs(sheet, "bridge"),
        "duration": duration,
        "billsec": billsec,
        "hold": sheet.numbers("hold_accum_seconds"),
        "source_file": [name] * size,
        "source_line": sheet.lines,
    }
    if "bleg_uuid" not in sheet.names and "bridge_channel" in sheet.names:
        columns["bleg"] = sheet.column("bridge_channel")
    if "caller_destination" in sheet.names:
        _by_fusion(sheet, columns)
    if naive:
        # these are in UTC, and the others by a clock that is yet to be placed
        columns |= {name: np.full(size, np.nan) for name in ("queued", "served", "bridge")}
    return _freeswitch.legs(columns, size, naive=naive), zone, zone_from, notes


def _by_fusion(sheet: _rows.Sheet, columns: dict[str, Sequence[Any] | NDArray[Any]]) -> None:
    """Take the number dialled where FusionPBX has it: destination_number is where its dialplan sent the call."""
    dialled, came = sheet.column("caller_destination"), columns["direction"]
    reached = columns["dest"]
    boxed = [
        (flag or "").lower() in {"t", "true", "1"} or (status or "").lower() == "voicemail" or (to or "")[:3] == "*99"
        for flag, status, to in zip(sheet.column("voicemail_message"), sheet.column("status"), reached, strict=True)
    ]
    columns["app"] = ["voicemail" if box else app for box, app in zip(boxed, columns["app"], strict=True)]
    inbound = [way == "inbound" and bool(number) for way, number in zip(came, dialled, strict=True)]
    columns["agent"] = [
        agent or (to if came_in and to and len(to) < 7 else None)
        for agent, to, came_in in zip(columns["agent"], reached, inbound, strict=True)
    ]
    columns["dest"] = [
        number if came_in else to for number, to, came_in in zip(dialled, reached, inbound, strict=True)
    ]


def _told(sheet: _rows.Sheet, what: str) -> Floats:
    """Return a time by the clock on the wall, or in UTC where only an epoch is there; NaN where it never was."""
    shown = _seconds(sheet.column(f"{what}_stamp"))
    return np.where(np.isnan(shown), _epochs(sheet, what), shown)


def _instants(sheet: _rows.Sheet, what: str) -> Floats:
    """Return a time in UTC: the epoch's, else that of a stamp with an offset; NaN where neither is there."""
    epochs = _epochs(sheet, what)
    cells = sheet.column(f"{what}_stamp")
    parsed = times.parse(pa.array(cells, pa.string()))
    placed = parsed.instants.to_numpy().astype("datetime64[us]")
    known = ~np.isnat(placed) & ~np.asarray(parsed.naive, dtype=bool)
    return np.where(np.isnan(epochs) & known, placed.astype(np.int64) / 1e6, epochs)


def _epochs(sheet: _rows.Sheet, what: str) -> Floats:
    """Return a column of epoch seconds, of microseconds where it is called so; NaN where 0 or none."""
    fine, whole = sheet.numbers(f"{what}_uepoch") / 1e6, sheet.numbers(f"{what}_epoch")
    found = np.where(np.isnan(fine) | (fine <= 0), whole, fine)
    return np.where((found > 0) & (found < _rows.LAST_REAL), found, np.nan)


def _seconds(cells: Sequence[str | None]) -> Floats:
    """Return stamps as seconds since 1970 by the clock on the wall; NaN where empty or no stamp."""
    values = pa.array(cells, pa.string())
    try:
        seconds = pc.cast(pc.cast(values, pa.timestamp("us")), pa.int64())
    except pa.ArrowInvalid:
        parsed = times.parse(values)
        placed = parsed.instants.to_numpy().astype("datetime64[us]")
        offset = np.nan_to_num(np.asarray(parsed.offset_min, dtype=np.float64)) * 60
        read = np.where(np.isnat(placed), np.nan, placed.astype(np.int64) / 1e6 + offset)
        saved = from_spreadsheet(values, "US")
        return np.where(np.isnat(saved), read, saved.astype(np.int64).astype(np.float64))
    found: Floats = pc.fill_null(pc.cast(seconds, pa.float64(), safe=False), float("nan")).to_numpy(zero_copy_only=False)
    return found / 1e6


def _born(uuids: Sequence[str | None]) -> Floats:
    """Return the instants that UUIDs of version 1 hold, in epoch seconds; NaN for others (RFC 9562, 5.1)."""
    found = np.full(len(uuids), np.nan)
    for i, text in enumerate(uuids):
        if text and len(text) == 36 and text[14] == "1" and _UUID.match(text):
            ticks = int(text[15:18] + text[9:13] + text[0:8], 16)
            found[i] = (ticks - GREGORIAN) / 1e7
    return found


FORMAT = Format(
    title="FreeSWITCH call detail records (mod_cdr_csv, cdr table)",
    detect=detect,
    read=read,
    family="freeswitch",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id account dnis trunk_group ani caller_name agent offered_at ring_s talk_s outcome "
            "ended_by recording linked_id hangup_cause"
        ),
    ),
)
