"""The fields of a FreeSWITCH ``Master.csv``, which has no header: the shipped templates, and names by the fields' shape.

The templates are documented in :mod:`calltrace.intake.formats.freeswitch_cdr_csv`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from calltrace.intake.delimited import split
from calltrace.intake.formats._by_hand import BY_HAND

if TYPE_CHECKING:
    from collections.abc import Sequence

# --- the shipped templates, and what their fields look like -----------------------------------------------------

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
STAMP = re.compile(rf"\d{{4}}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?$|{BY_HAND}")
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
_CAUSE = re.compile(r"(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|NONE|UNSPECIFIED|CRASH|SUCCESS|INTERWORKING)$")
_WHOLE = re.compile(r"\d{1,9}$")
_INSERT = re.compile(r"INSERT\s+INTO\s+\S+\s+VALUES\s*\((.*)\)\s*;?$", re.IGNORECASE)
_BETWEEN = re.compile(r'"\s*,\s*"')
_DIALLED = re.compile(r"[+*#]?\d{2,20}$")
_CONTEXT = re.compile(r"(?:public|default|internal|external|from-\w+)$")

# --- a header, where there is one ---------------------------------------------------------------------------------


def named(words: Sequence[str]) -> tuple[str, ...]:
    """Return a header's words as the names used here: tables and modules call the same field differently."""
    return tuple(_NAMES.get(word, word) for word in words)


def fits(words: tuple[str, ...]) -> bool:
    """Say whether the words are the header of a table of FreeSWITCH's call records."""
    names = set(named(words))
    return (
        {"destination_number", "hangup_cause"} <= names
        and bool(names & {"start_stamp", "start_epoch"})
        and bool(names & {"uuid", "bleg_uuid", "caller_id_number"})
    )


# --- none: by the shape of the fields -----------------------------------------------------------------------------


def fields(line: str) -> list[str]:
    """Split a line; FreeSWITCH doesn't double inner quotes, so only a quote beside a comma ends a field."""
    line = line.strip()
    if line[:6].upper() == "INSERT" and (put := _INSERT.match(line)):
        line = put.group(1).strip()
    if line.startswith('"') and line.endswith('"') and len(line) > 1:
        return line[1:-1].split('","') if '" ,' not in line and '", ' not in line else _BETWEEN.split(line[1:-1])
    return split(line, "," if "," in line else ";")


def fields_of(rows: list[list[str]]) -> tuple[str, ...] | None:
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
            if sum(is_record(row, whole) for row in rows) * 2 >= len(rows):
                return whole
    return _by_shape([row for row in rows if len(row) == width], len(rows))


def is_record(row: list[str], names: tuple[str, ...]) -> bool:
    """Say whether times, numbers, cause and UUID stand where the names put them."""
    if len(row) != len(names):
        return False
    at = dict(zip(names, (cell.strip() for cell in row), strict=True))
    return (
        bool(STAMP.match(at["start_stamp"]))
        and all(not at[n] or bool(STAMP.match(at[n])) for n in ("answer_stamp", "end_stamp"))
        and all(not at[n] or bool(_WHOLE.match(at[n])) for n in ("duration", "billsec"))
        and (not at["hangup_cause"] or bool(_CAUSE.match(at["hangup_cause"])))
        and bool(UUID.match(at["uuid"]))
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

    start = next((i for i in range(width) if most(i, STAMP)), -1)
    cause = next((i for i in range(width) if most(i, _CAUSE, empty=True) and i != start), -1)
    ids = [i for i in range(width) if most(i, UUID, empty=True)]
    uuid = next((i for i in ids if most(i, UUID)), -1)
    end = next((i for i in (start + 2, start + 1) if most(i, STAMP)), -1)
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
    parties = [i for i in range(width) if names[i].startswith("field_") and i < start and most(i, _DIALLED, empty=True)]
    if len(parties) >= 2:
        names[parties[-2]], names[parties[-1]] = "caller_id_number", "destination_number"
    for i in range(width):
        if names[i].startswith("field_") and most(i, _CONTEXT):
            names[i] = "context"
            break
    return tuple(names)
