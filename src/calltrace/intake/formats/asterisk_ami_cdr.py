r"""Asterisk's ``Cdr`` events of the manager interface, as it sends them, or as programs that listen write them: JSON in a log.

One event is one leg of a call, the same as a row of Master.csv, with other names and without a linkedid. Programs write them
one a line, or behind a time and a level among lines of their own (numbers invented)::

    [2026-04-16T00:08:10.439] [INFO] default - Server running on port 3000
    [2026-04-16T00:08:12.747] [INFO] default - New CDR: {"event":"Cdr","accountcode":"HA","source":"5855550137",…}

As the interface itself sends them, a line each key, a blank line behind the last, among other events and answers::

    Event: Cdr
    Privilege: cdr,all
    AccountCode: HA
    Source: 5855550137
    …

====================================  ============================================================================
key                                   what
====================================  ============================================================================
event                                 ``Cdr``; every other event is passed over
accountcode                           the account
source, callerid                      the caller, and with a name
destination, destinationcontext       the number dialled, and where in the dialplan
channel, destinationchannel           the caller's channel, and the one that was dialled
lastapplication, lastdata             the application the call ended in, and its arguments
starttime, answertime, endtime        ``YYYY-MM-DD HH:MM:SS`` by the switch's clock, answer empty if there was none
duration, billableseconds             s
disposition                           ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION
uniqueid, userfield                   the channel's id, and what the dialplan noted
====================================  ============================================================================

Keys may be written in any case. Lines without an event are the program's own; a line whose event can't be read, and an event
that ends before it says how the call ended, is left out and told. What becomes of legs: ``calltrace.intake.asterisk``.
How sure: B; known by the interface's documentation and one log.

References
----------
asterisk/asterisk ``cdr/cdr_manager.c``.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from calltrace.errors import InputError, Location
from calltrace.intake.formats import _asterisk_legs as legs
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._lines import LISTED, clean_bytes, short
from calltrace.intake.formats.asterisk_cdr_table import as_legs, known_as
from calltrace.tables.problems import Problem, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = (
    "accountcode", "source", "destination", "destinationcontext", "callerid", "channel", "destinationchannel",
    "lastapplication", "lastdata", "starttime", "answertime", "endtime", "duration", "billableseconds", "disposition",
    "uniqueid", "userfield",
)  # fmt: skip
_EVENT = re.compile(r'"event"\s*:\s*"cdr"', re.IGNORECASE)
_OWN = re.compile(r'"(?:billableseconds|destinationcontext)"\s*:', re.IGNORECASE)
_SENT = re.compile(r"^[ \t]*event:[ \t]*cdr[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_SENT_OWN = re.compile(r"^[ \t]*(?:billableseconds|destinationcontext):", re.IGNORECASE | re.MULTILINE)
_OVER = re.compile(r"^[ \t]*(?:\r?$|event:)", re.IGNORECASE | re.MULTILINE)
"""Where an event is over: at a blank line, or at the next event in a log from which the blank ones were taken out."""
_NEEDED = frozenset({"starttime", "duration", "disposition"})
"""Keys that every whole event has, the last of them near its end."""
NESTED = 3
"""So many braces may stand between the beginning of an object and its event."""

_DECODER = json.JSONDecoder()


def detect(head: Head) -> str | None:
    """Say how the file was recognised: objects, or lines up to a blank one, whose event is Cdr."""
    if _SENT.search(head.text) and _SENT_OWN.search(head.text):
        return '"Event: Cdr" and BillableSeconds'
    if _EVENT.search(head.text) is None or _OWN.search(head.text) is None:
        return None
    return 'JSON with "event": "Cdr" and billableseconds'


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read every event into one row a leg.

    Returns
    -------
    Reading
        Table "asterisk-legs" as ``asterisk_cdr_csv`` makes it.

    Raises
    ------
    InputError
        If the file has no Cdr event.
    """
    data, problems = clean_bytes(stream)
    text = data.decode("utf-8", "replace")
    events, lines, lost = _events(text)
    if not events and not lost:
        raise InputError(
            "no Cdr event", at=Location(stream.display, 1), expected='an object with "event": "Cdr", or "Event: Cdr"')
    problems += _left_out(lost, text, stream.display)
    names = tuple(known_as(key) for key in KEYS)
    cells = [pa.array([_said(event, key) for event in events], pa.string()) for key in KEYS]
    table, notes = as_legs(pa.table([pa.chunked_array([cell]) for cell in cells], names=list(names)), names)
    placed = np.array(lines, dtype=np.int64)
    made = legs.reading(table, placed, len(events) + len(lost), stream, options, problems)
    return replace(made, notes=(*made.notes, *notes))


def _events(text: str) -> tuple[list[dict[str, Any]], list[int], list[int]]:
    """Return the events, the line each begins at, and the lines of those that can't be read."""
    events: list[dict[str, Any]] = []
    lines: list[int] = []
    lost: list[int] = []
    line, counted = 1, 0
    for at, event in sorted((*_objects(text), *_blocks(text)), key=lambda found: found[0]):
        line, counted = line + text.count("\n", counted, at), at
        if event is None:
            lost.append(line)
            continue
        events.append({str(key).lower(): value for key, value in event.items()})
        lines.append(line)
    return events, lines, lost


def _objects(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Give each object whose event is Cdr, and where it begins; None for one that is damaged.

    The event need not be the object's first key: the nearest brace before it that opens a whole object is where that begins.
    """
    done = 0
    for found in _EVENT.finditer(text):
        if found.start() < done:
            continue
        begin, whole = found.start(), None
        for _ in range(NESTED):
            begin = text.rfind("{", done, begin)
            whole = _decoded(text, begin) if begin >= 0 else None
            if begin < 0 or (whole is not None and whole[1] >= found.end()):
                break
        if begin < 0 or whole is None or whole[1] < found.end():
            done = found.end()
            yield found.start(), None
            continue
        done = whole[1]
        yield begin, whole[0]


def _blocks(text: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Give each event as the interface sends it, and where it begins; None for one that breaks off."""
    for found in _SENT.finditer(text):
        over = _OVER.search(text, found.end() + 1)
        lines = text[found.start() : over.start() if over else len(text)].splitlines()
        told = {key.strip().lower(): value.strip() for key, colon, value in (line.partition(":") for line in lines) if colon}
        yield found.start(), told if told.keys() >= _NEEDED else None


def _decoded(text: str, at: int) -> tuple[dict[str, Any], int] | None:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return (value, end) if isinstance(value, dict) else None


def _said(event: dict[str, Any], key: str) -> str | None:
    """Return a value as text, None where there is none."""
    value = event.get(key)
    return None if value is None or value == "" or isinstance(value, dict | list) else str(value)


def _left_out(lost: list[int], text: str, name: str) -> list[Problem]:
    """Tell of events that can't be read, the first one by one."""
    lines = text.split("\n") if lost else []

    def one(n: int) -> Problem:
        return Problem(
            Location(name, lost[n]),
            f'"{short(lines[lost[n] - 1].encode())}"',
            'a whole object with "event": "Cdr", or a whole "Event: Cdr"',
            "Event left out.",
            table="calls",
            kind="bad-record",
        )

    return first_of(len(lost), one, LISTED)


FORMAT = Format(
    title="Asterisk manager interface: Cdr events (as sent, or as JSON in logs)",
    detect=detect,
    read=read,
    family="asterisk",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id account dnis trunk_group ani caller_name agent offered_at ring_s queue_s talk_s "
            "outcome ended_by hangup_cause queue transferred_to"
        ),
    ),
)
