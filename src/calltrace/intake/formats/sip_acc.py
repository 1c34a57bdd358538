r"""Kamailio and OpenSIPS accounting (acc): tables ``acc``, ``missed_calls``, ``acc_cdrs``, or syslog lines.

No real rows were at hand: the page follows the modules' documentation and schema (sureness B). A table with its
header, or the proxy's syslog::

    id,method,from_tag,to_tag,callid,sip_code,sip_reason,time,src_user,dst_ouser,src_ip
    1,INVITE,a6b,77f,4f1@198.51.100.7,200,OK,2026-04-16 04:06:04,5855550137,5855550167,198.51.100.7
    2,BYE,a6b,77f,4f1@198.51.100.7,200,OK,2026-04-16 04:07:21,5855550137,5855550167,198.51.100.7

    … ACC: transaction answered: timestamp=1776312364;method=INVITE;from_tag=a6b;to_tag=77f;call_id=…;code=200;reason=OK

==================  ==========================================================================================
column              what
==================  ==========================================================================================
callid              the call; a row is one *transaction* of it (INVITE, BYE), a forked call misses once a branch
from_tag, to_tag    the two ends; a BYE has the tag of whoever hung up in ``from_tag``
sip_code            200 answered; 487 given up; 486, 600 busy; 408, 480 no answer; others failed
time                when the *final answer* passed, by the proxy's clock: the call began that much earlier
time_attr           the same in epoch seconds (``acc_time_mode``), which tells the zone
setuptime, created  OpenSIPS: s from the INVITE to the answer, and the INVITE's time: the start is known then
duration            s of conversation, in ``acc_cdrs`` and OpenSIPS's CDR mode
src_user, dst_ouser caller and number dialled (``db_extra``; names differ, the usual ones are known)
==================  ==========================================================================================

A proxy knows nothing of queues and people: answered is answered by whatever stands behind it, and waiting after
that is NA. Without a BYE the length is NA.

References
----------
kamailio/kamailio ``src/modules/acc``, OpenSIPS ``modules/acc``: README and ``acc-create.sql``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.errors import InputError, Location
from calltrace.intake.formats import _rows
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._lines import clean_bytes
from calltrace.intake.formats._smdr import Attempts
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NAMES: dict[str, tuple[str, ...]] = {
    "callid": ("callid", "call_id", "sip_call_id", "sip_callid"),
    "method": ("method", "sip_method"),
    "from_tag": ("from_tag", "fromtag", "sip_from_tag"),
    "to_tag": ("to_tag", "totag", "sip_to_tag"),
    "code": ("sip_code", "code"),
    "reason": ("sip_reason", "reason"),
    "caller": ("src_user", "src_username", "caller_id", "caller", "from_user", "calling", "from_uri", "src_uri"),
    "dialled": ("dst_ouser", "dst_ousername", "ruri", "callee", "dst_user", "dst_username", "to_user", "called", "to_uri"),
    "trunk": ("src_ip", "source_ip", "received_ip", "src_addr", "src_domain"),
}
"""Texts of a transaction, and the names their columns have, the likeliest first."""

_STAMPS = {
    "time": ("time", "timestamp", "end_of_setup"),
    "created": ("created",),
    "begins": ("start_time", "call_start_time"),
    "ends": ("end_time",),
}
_SYSLOG = re.compile(r"ACC: [a-z ]+: (?P<pairs>timestamp=\d+;.*)$")
_MINUTES = re.compile(r"[ T]\d{1,2}:\d{2}(?: ?[AaPp]\.?[Mm]\.?)?$")
_PAIR = re.compile(r"([A-Za-z_]\w*)=([^;]*)")
FIRST_REAL = 946_684_800.0


def _fits(words: tuple[str, ...]) -> bool:
    """Say whether these are columns of ``acc``, ``missed_calls``, ``acc_cdrs`` or Kamailio's ``cdrs``."""
    names = set(words)
    if names & set(NAMES["code"]) and names & set(NAMES["callid"]) and "method" in names:
        return bool(names & {"from_tag", "to_tag"}) and bool(names & {"time", "time_attr"})
    if {"sip_call_id", "call_start_time", "duration"} <= names:
        return True
    extras = set(NAMES["callid"]) | {"src_user", "dst_user", "dst_ouser", "from_tag"}
    return {"start_time", "end_time", "duration"} <= names and len(names & extras) >= 2 and "sid" not in names


def detect(head: Head) -> str | None:
    """Say how the file was recognised: the table's columns in a header, or the proxy's own words."""
    text = head.text.replace("\0", "")
    if text.lstrip()[:1] in ("{", "[", "<"):
        return None
    if _rows.header_of([line.replace("\0", "") for line in head.lines[:20]], _fits):
        return "header: method, from_tag, to_tag, callid, sip_code, time"
    told = [line for line in head.lines[:400] if "ACC: " in line and _SYSLOG.search(line)]
    return "syslog lines with ACC: and timestamp=…;method=…" if told else None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read every transaction; rows that can't be read are Problems.

    Returns
    -------
    Reading
        Table "sip-transactions": the texts of ``NAMES``, times in seconds (UTC, or by the wall clock where
        ``naive``), ``setup`` and ``duration`` in seconds, and whether the times lack seconds (``rough``).

    Raises
    ------
    InputError
        If nothing in the file is accounting.
    """
    data, problems = clean_bytes(stream)
    text = data.decode("utf-8", "replace")
    sheet: _rows.Sheet | None
    logged = False
    if _rows.header_of(text[:65536].split("\n"), _fits):
        sheet = _rows.read_headed(text, stream.display, _fits)
    else:
        sheet, logged = _from_syslog(text), True
    if sheet is None:
        raise InputError("no accounting row", at=Location(stream.display, 1), expected="columns or lines of acc")
    problems += sheet.problems
    out = Attempts(stream)
    stamp = {name: _seconds(sheet.column(*columns), out, options) for name, columns in _STAMPS.items()}
    exact = sheet.numbers("time_attr")
    exact = np.where(exact > FIRST_REAL, exact, np.nan)
    written = [cell for cell in sheet.column(*_STAMPS["time"]) if cell]
    rough = bool(written) and not np.isfinite(exact).any() and all(_MINUTES.search(cell) for cell in written)
    if rough:
        out.note(
            "times without seconds, as a spreadsheet saves them", "the table as the proxy's database has it",
            "How long calls lasted is left empty where only times tell; give the table itself to have it.", "rounded")
    problems += out.problems
    naive = np.full(len(sheet.rows), not logged) & ~np.isfinite(exact)
    shift = np.where(np.isfinite(exact), np.round((stamp["time"] - exact) / 900) * 900, 0.0)
    stamp = {name: values - np.nan_to_num(shift) for name, values in stamp.items()}
    stamp["time"] = np.where(np.isfinite(exact), exact, stamp["time"])
    any_time = np.fmax(np.fmax(stamp["time"], stamp["begins"]), stamp["created"])
    callid = sheet.column(*NAMES["callid"])
    whole = np.array([bool(c) for c in callid], dtype=bool) | np.isfinite(stamp["begins"])
    good = (any_time >= FIRST_REAL) & (any_time < _rows.LAST_REAL) & whole
    bad = [
        _rows.bad_row(
            stream.display,
            sheet.lines[i],
            f"call id {callid[i] or 'empty'}, time {(sheet.column(*_STAMPS['time'])[i]) or 'empty'}",
            "a call id and a time as YYYY-MM-DD HH:MM:SS",
            kind="bad-time" if whole[i] else "bad-row",
        )
        for i in np.flatnonzero(~good).tolist()
    ]
    _rows.listed(problems, bad)
    sheet.keep(good)
    made: dict[str, Any] = {
        name: pd.Series(sheet.column(*columns), dtype=object) for name, columns in NAMES.items()
    }
    for name, values in stamp.items():
        made[name] = values[good]
    made["setup"] = sheet.numbers("setuptime")
    made["duration"] = sheet.numbers("ms_duration") / 1000
    plain = sheet.numbers("duration")
    made["duration"] = np.where(np.isfinite(plain), plain, made["duration"])
    made["naive"] = naive[good]
    made["rough"] = np.full(len(sheet.rows), rough)
    made["source_file"] = pd.Series([stream.display] * len(sheet.rows), dtype=object)
    made["source_line"] = np.array(sheet.lines, dtype=np.int64)
    return Reading(
        "sip-transactions",
        pd.DataFrame(made),
        rows=sheet.count,
        problems=tuple(problems),
        zone="",
        zone_from="epoch" if not naive.any() and len(naive) else "",
        dates=tuple(out.dates[:1]),
    )


def _seconds(cells: Sequence[str | None], out: Attempts, options: ReadOptions) -> Floats:
    """Return stamps (ISO, as a spreadsheet saved them, or epoch seconds) as seconds since 1970 by the clock they are in."""
    numbers = _rows.numbers(cells) if cells and any(cells) and _plain(cells) else None
    if numbers is not None:
        return np.where(numbers > 1e11, numbers / 1000, numbers)
    texts = pa.array(cells, pa.string())
    seen = times.parse(texts)
    parsed = seen.instants.to_numpy().astype("datetime64[us]")
    if seen.bad.any():
        read_as, _ = out.stamps([cell or "" for cell in cells], options)
        parsed = np.array(read_as, dtype="datetime64[us]")
    return np.where(np.isnat(parsed), np.nan, parsed.astype(np.int64) / 1e6)


def _plain(cells: Sequence[str | None]) -> bool:
    first = next(cell for cell in cells if cell)
    return bool(re.fullmatch(r"\d{9,13}(?:\.\d+)?", first))


def _from_syslog(text: str) -> _rows.Sheet | None:
    """Read the lines in which the proxy tells of a transaction; other lines of the log are none of ours."""
    found: list[tuple[int, dict[str, str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if "ACC: " in line and (match := _SYSLOG.search(line)):
            pairs = {key.lower(): value.strip() for key, value in _PAIR.findall(match.group("pairs"))}
            found.append((number, {"time": pairs.get("timestamp", ""), **pairs}))
    if not found:
        return None
    names = tuple(dict.fromkeys(key for _, pairs in found for key in pairs))
    sheet = _rows.Sheet(names, count=len(found))
    for number, pairs in found:
        sheet.rows.append([pairs.get(name) or None for name in names])
        sheet.lines.append(number)
    return sheet


FORMAT = Format(
    title="Kamailio and OpenSIPS accounting (acc, missed_calls, acc_cdrs)",
    detect=detect,
    read=read,
    family="sip_proxy",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id dnis trunk_group ani offered_at ring_s talk_s outcome ended_by linked_id "
            "hangup_cause"
        ),
    ),
)
