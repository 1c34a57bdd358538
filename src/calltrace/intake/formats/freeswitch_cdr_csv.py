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
12      accountcode         billing account; a registered user's own number as shipped; a domain, FusionPBX's where
                            it was told none, is no client's
13, 14  codecs              read, write
======  ==================  ==============================================================================

Other templates are known by the shape of their fields (three times in a row, two numbers, a cause, a UUID):
``asterisk`` (18), ``snom`` (20), ``linksys`` (17), the built-in one (13), ``sql`` (INSERT lines), and any that
begins as one of them. A table exported with its column names is read by name.

FusionPBX's ``v_xml_cdr``, and its export, are such tables: ``xml_cdr_uuid`` is the leg, ``bridge_uuid`` the other,
``caller_destination`` the number dialled (``destination_number`` is where the dialplan sent the call),
``start_epoch`` the time in UTC, ``cc_queue``, ``cc_agent`` and their epochs the queue. Of columns chosen without the
answer it is the end less ``billsec`` (or ``billmsec``).

Master.csv has no epoch: its zone is ``--tz``, the one most accounts are in, or the machine's, unless its UUIDs are of
version 1, which hold the time in UTC.

References
----------
signalwire/freeswitch ``src/mod/event_handlers/mod_cdr_csv``, ``conf/vanilla/autoload_configs/cdr_csv.conf.xml``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from calltrace.errors import InputError, Location
from calltrace.intake.formats import _freeswitch, _freeswitch_times, _rows
from calltrace.intake.formats import _freeswitch_layout as layout
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._lines import clean_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.tables.problems import Problem

    Columns = dict[str, Sequence[Any] | NDArray[Any]]


def detect(head: Head) -> str | None:
    """Say how the file was recognised: its columns' names, or where times, cause and UUID stand."""
    text = head.text.replace("\0", "")
    if text.lstrip()[:1] in ("{", "[", "<"):
        return None
    lines = [line.replace("\0", "") for line in head.lines[:200] if line.strip()]
    if _rows.header_of(lines, layout.fits):
        return "header: caller_id_number, destination_number, start_stamp, hangup_cause, …"
    names = layout.fields_of([layout.fields(line) for line in lines])
    if names is None:
        return None
    first = names.index("start_stamp") + 1
    return (
        f"no header; {len(names)} fields, times in fields {first} to {first + 2}, a hangup cause in field "
        f"{names.index('hangup_cause') + 1}, a UUID in field {names.index('uuid') + 1}"
    )


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
    if _rows.header_of(text[:65536].split("\n"), layout.fits):
        sheet = _rows.read_headed(text, stream.display, layout.fits)
    else:
        sheet = _headless(text, stream.display)
    if sheet is None:
        raise InputError(
            "not a call record in the first lines",
            at=Location(stream.display, 1),
            expected="13 to 20 quoted fields with three times, a hangup cause and a UUID",
        )
    sheet.names = layout.named(sheet.names)
    problems += sheet.problems
    frame, told = _legs(sheet, stream.display, problems)
    return Reading(
        "freeswitch-legs",
        frame,
        rows=sheet.count,
        problems=tuple(problems),
        zone=told.zone,
        zone_from=told.zone_from,
        notes=told.notes,
    )


def _headless(text: str, name: str) -> _rows.Sheet | None:
    """Read a file without a header by the template that most of its rows have; None where they have none."""
    lines = text.split("\n")
    cells = [layout.fields(line) if line.strip() else [] for line in lines]
    given = [row for row in cells if row]
    names = layout.fields_of(given[:2000]) or layout.fields_of(given[-2000:])
    if names is None:
        return None
    sheet = _rows.Sheet(names)
    lost = []
    for number, row in enumerate(cells, 1):
        if not row:
            continue
        sheet.count += 1
        unended = number == len(lines)  # a line with its end has an empty one behind it
        whole = _in_fields(row, names) or (None if unended else _in_another_template(row, names))
        if whole is None:
            what, kind = f"{len(names)} fields with a start time and a UUID", "bad-row"
            if unended:
                what, kind = "a whole row, but the file ends in the middle of it", "cut-off"
            lost.append(_rows.bad_row(name, number, lines[number - 1], what, kind=kind))
            continue
        sheet.rows.append([cell.strip() or None for cell in whole])
        sheet.lines.append(number)
    _rows.listed(sheet.problems, lost)
    return sheet


def _in_fields(row: list[str], names: tuple[str, ...]) -> list[str] | None:
    """Return the cells of a row that has these fields, its start and its UUID where they belong; else None."""
    row = _name_as_one(row, names)
    if (
        len(row) == len(names)
        and layout.STAMP.match(row[names.index("start_stamp")].strip())
        and layout.UUID.match(row[names.index("uuid")].strip())
    ):
        return row
    return None


def _in_another_template(row: list[str], names: tuple[str, ...]) -> list[str] | None:
    """Return the cells of a row of another shipped template in the order of ``names``: the template was changed."""
    row = _name_as_one(row, names)
    for other in (layout.EXAMPLE, layout.EXAMPLE[:13], layout.ASTERISK):
        if len(other) == len(row) and layout.is_record(row, other):
            found = dict(zip(other, row, strict=True))
            return [found.get(name, "") for name in names]
    return None


def _name_as_one(row: list[str], names: tuple[str, ...]) -> list[str]:
    """Return a row whose first field, the caller's name, may have had ``","`` in it and so come apart."""
    extra = len(row) - len(names)
    if extra <= 0 or names[0] != "caller_id_name":
        return row
    return ['","'.join(row[: extra + 1]), *row[extra + 1 :]]


def _legs(
    sheet: _rows.Sheet, name: str, problems: list[Problem]
) -> tuple[pd.DataFrame, _freeswitch_times.LegTimes]:
    """Make legs of the cells; rows without a usable start are left out."""
    _leave_out_untimed(sheet, name, problems)
    size = len(sheet.rows)
    uuids = sheet.column("uuid") if "uuid" in sheet.names else [f"{name}:{line}" for line in sheet.lines]
    told = _freeswitch_times.leg_times(sheet, uuids, name, problems)
    columns: Columns = {
        "uuid": uuids,
        "bleg": _other_legs(sheet),
        "parent": sheet.column("cc_member_session_uuid", "originating_leg_uuid"),
        "direction": [d.lower() if d else None for d in sheet.column("direction")],
        "caller_name": _caller_names(sheet),
        "caller": sheet.column("caller_id_number"),
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
        "start": told.start,
        "answer": told.answer,
        "end": told.end,
        "duration": sheet.numbers("duration"),
        "billsec": _freeswitch_times.billed(sheet),
        "hold": sheet.numbers("hold_accum_seconds"),
        "source_file": [name] * size,
        "source_line": sheet.lines,
    }
    if not told.naive:  # these are in UTC; the others may be by a clock that is yet to be placed
        columns |= {
            "queued": _freeswitch_times.epochs(sheet, "cc_queue_joined"),
            "served": _freeswitch_times.epochs(sheet, "cc_queue_answered"),
            "bridge": _freeswitch_times.epochs(sheet, "bridge"),
        }
    if "caller_destination" in sheet.names:
        _by_fusion(sheet, columns)
    return _freeswitch.legs(columns, size, naive=told.naive), told


def _leave_out_untimed(sheet: _rows.Sheet, name: str, problems: list[Problem]) -> None:
    """Leave out the rows that have no usable start, or last longer than any call does."""
    start, end = _freeswitch_times.told(sheet, "start"), _freeswitch_times.told(sheet, "end")
    absurd = (end - start > _rows.LONGEST_S) | (sheet.numbers("duration") > _rows.LONGEST_S)
    good = (start >= _freeswitch_times.FIRST_REAL) & (start < _rows.LAST_REAL) & ~absurd
    starts, ends = sheet.column("start_stamp", "start_epoch"), sheet.column("end_stamp", "end_epoch")
    lost = [
        _rows.bad_row(
            name,
            sheet.lines[i],
            f"start {starts[i] or 'empty'}, end {ends[i] or 'empty'}",
            "start and end as YYYY-MM-DD HH:MM:SS, no more than a week apart",
            kind="bad-time",
        )
        for i in np.flatnonzero(~good).tolist()
    ]
    _rows.listed(problems, lost)
    sheet.keep(good)


def _other_legs(sheet: _rows.Sheet) -> list[str | None]:
    """Return the leg each was bridged to; Asterisk's template calls it by its channel."""
    if "bleg_uuid" not in sheet.names and "bridge_channel" in sheet.names:
        return sheet.column("bridge_channel")
    return sheet.column("bleg_uuid", "signal_bond")


def _caller_names(sheet: _rows.Sheet) -> list[str | None]:
    """Return the callers' names; of ``"ANN LEE" <5855550137>``, as in Asterisk's template, what stands before the number."""
    if "caller_id_name" in sheet.names or "caller_id" not in sheet.names:
        return sheet.column("caller_id_name")
    return [re.sub(r"\s*<.*$", "", cell).strip('" ') or None if cell else None for cell in sheet.column("caller_id")]


def _by_fusion(sheet: _rows.Sheet, columns: Columns) -> None:
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
