r"""FreeSWITCH JSON and XML call records (mod_json_cdr, mod_xml_cdr, mod_format_cdr): one leg with all its variables.

Usually one file a leg, ``a_<uuid>.cdr.json`` or ``<uuid>.cdr.xml``; also one object a line, an array, objects
one behind the other, or a log line with the object behind ``New CDR:``. Every value is a text; those of XML
(and JSON with ``encode-values``) are URL-encoded. Cut down to what matters::

    {"core-uuid": "eb8b…", "variables": {"uuid": "3da8…", "direction": "inbound", "sip_req_user": "5855550167",
     "start_epoch": "1776312357", "answer_epoch": "1776312364", "bridge_epoch": "1776312364", "end_epoch":
     "1776312441", "hold_accum_seconds": "0", "hangup_cause": "NORMAL_CLEARING", "sip_hangup_disposition":
     "recv_bye", "bridge_uuid": "f52c…"}, "callflow": [{"caller_profile": {"caller_id_number": "5855550137"}}]}

====================  ========================================================================================
column                from
====================  ========================================================================================
call_id, linked_id    ``uuid``; legs join by ``bridge_uuid``, ``signal_bond``, ``call_uuid``, ``originating_leg_uuid``
dnis                  destination_number of the *oldest* ``callflow`` (the list is newest first), ``sip_req_user``
ani, caller_name      the same callflow's ``caller_id_number``, ``caller_id_name``
redirected_from       ``sip_h_Diversion``, ``sip_history_info``, the oldest callflow's ``rdnis``
queue, agent          ``cc_queue``, ``cc_agent`` (mod_callcenter); ``dialed_user``, ``bridge_channel``
trunk_group           ``sip_gateway_name``, else ``sofia_profile_name``
ring_s, queue_s       ``start_epoch`` to ``answer_epoch``; from there to ``bridge_epoch`` or ``cc_queue_answered_epoch``
hold_s, talk_s        ``hold_accum_seconds``; from bridge (and answer) to ``end_epoch`` less hold
ended_by              ``sip_hangup_disposition``: ``recv_`` bye, cancel by the caller, ``send_`` by the other side
====================  ========================================================================================

Epochs are UTC; beside them the local stamps tell the zone. mod_callcenter's variables are read as its
documentation has them, no sample of them was at hand. Variables hold passwords at times: only those named
above are looked at, none is passed on.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus
from xml.etree import ElementTree as ET

import numpy as np

from calltrace.intake.formats import _freeswitch, _rows
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._clocks import clock_steps
from calltrace.intake.formats._lines import clean_bytes
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIP_USER = re.compile(r"(?:sips?:|tel:)([^@;>,\s]+)")
_XML = re.compile(r"<cdr\b.*?(?:</cdr>|(?=<cdr\b)|\Z)", re.DOTALL)
_OBJECT = re.compile(r"\{")
_JSON_DETECTS = re.compile(r'"core-uuid"\s*:|"callflow"\s*:')
_FREESWITCH_VARIABLES = re.compile(r'"variables"\s*:\s*\{')

Leg = dict[str, Any]


def detect(head: Head) -> str | None:
    """Say how the file was recognised: the root of the XML, or the keys that only FreeSWITCH's JSON has."""
    text = head.text.lstrip("\0 \t\r\n")
    if text.startswith("cdr=%"):
        text = unquote_plus(text[4:])
    if text.startswith(("<?xml", "<cdr")):
        found = re.search(r"<(?!\?|!)([\w:-]+)", text)
        marks = ("<variables", "core-uuid", "<channel_data")
        if found and found.group(1) in ("cdr", "cdrs") and any(mark in text for mark in marks):
            return "XML with the root cdr and FreeSWITCH's channel_data or variables"
        return None
    starts = text.startswith(("{", "[")) or "New CDR: {" in text
    if starts and _JSON_DETECTS.search(text) and (
        _FREESWITCH_VARIABLES.search(text) or '"channel_data"' in text or '"switchname"' in text
    ):
        return "JSON with FreeSWITCH's keys core-uuid, variables, callflow"
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read every leg of the file; what is no whole object is a Problem.

    Returns
    -------
    Reading
        Table "freeswitch-legs", columns as in :mod:`calltrace.intake.formats._freeswitch`, times in UTC.
    """
    data, problems = clean_bytes(stream)
    text = data.decode("utf-8", "replace")
    if text.lstrip().startswith("cdr=%"):
        text = unquote_plus(text.strip()[4:])
    found = _from_xml(text) if text.lstrip("\ufeff \t\n").startswith("<") else _from_json(text)
    ends = [m.start() for m in re.finditer("\n", text)]
    columns: dict[str, list[Any]] = {n: [] for n in (*_freeswitch.TEXTS, *_freeswitch.SECONDS)}
    lines: list[int] = []
    lost: list[Problem] = []
    walls: list[float] = []
    rows = 0
    for at, leg in found:
        rows += 1
        line = bisect_right(ends, at - 1) + 1
        if isinstance(leg, str):
            lost.append(
                _rows.bad_row(
                    stream.display, line, f"{leg}: {text[at : at + 60]}", "a whole record of one leg", kind="cut-off"
                )
            )
            continue
        if not leg.get("uuid") or np.isnan(leg["start"]):
            lost.append(
                _rows.bad_row(
                    stream.display,
                    line,
                    f"a record without {'uuid' if not leg.get('uuid') else 'start_epoch'}",
                    "uuid and start_epoch among its variables",
                )
            )
            continue
        for name, values in columns.items():
            values.append(leg.get(name) if name in _freeswitch.TEXTS else leg.get(name, np.nan))
        lines.append(line)
        walls.append(leg["wall"])
    _rows.listed(problems, lost)
    columns["source_file"] = [stream.display] * len(lines)
    columns["source_line"] = lines
    frame = _freeswitch.legs(columns, len(lines), naive=False)
    zone = ""
    wall = np.array(walls, dtype=np.float64)
    known = np.isfinite(wall)
    if known.any():
        clock = clock_steps(wall[known].astype(np.int64), frame["start"].to_numpy(dtype=np.float64)[known])
        zone = clock.zone(options.tz)[0] if clock is not None else ""
    return Reading("freeswitch-legs", frame, rows=rows, problems=tuple(problems), zone=zone, zone_from="epoch" if zone else "")


# --- records out of text --------------------------------------------------------------------------------------


def _from_json(text: str) -> Iterator[tuple[int, Leg | str]]:
    """Give each object that is a leg, and where it stands; a text that says why where it is none."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while (opened := _OBJECT.search(text, at)) is not None:
        at = opened.start()
        try:
            value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            why = "the file ends in the middle of it" if _cut_off(text, at, error) else "no whole JSON object"
            yield at, why
            line_end = text.find("\n{", at + 1)
            if line_end < 0:
                return
            at = line_end + 1
            continue
        for found in _unwrapped(value):
            yield at, found
        at = end


def _cut_off(text: str, at: int, error: Exception) -> bool:
    if not isinstance(error, json.JSONDecodeError):
        return False
    open_text = error.msg.startswith("Unterminated") and "\n" not in text[error.pos :].rstrip()
    return at < error.pos and (open_text or error.pos >= len(text.rstrip()) - 1)


def _unwrapped(value: Any) -> Iterator[Leg | str]:
    """Give the legs in an object: itself, or what it wraps (``cdr``, ``_source``, ``records``)."""
    if not isinstance(value, dict):
        return
    if isinstance(value.get("variables"), dict):
        flows = value.get("callflow")
        flows = [flows] if isinstance(flows, dict) else flows
        channel = value.get("channel_data")
        leg = _leg(
            value["variables"],
            [f for f in flows if isinstance(f, dict)] if isinstance(flows, list) else [],
            channel if isinstance(channel, dict) else {},
            _applications(value.get("app_log")),
        )
        yield leg | {"switch": str(value.get("switchname") or "")}
        return
    wrapped = [v for k in ("cdr", "_source", "records", "cdrs", "data") if (v := value.get(k)) is not None]
    for inner in wrapped:
        for one in inner if isinstance(inner, list) else [inner]:
            yield from _unwrapped(one)
    if not wrapped:
        yield "an object without variables"


def _applications(log: Any) -> list[tuple[str, str]]:
    found = log.get("applications") if isinstance(log, dict) else None
    if not isinstance(found, list):
        return []
    return [(str(a.get("app_name", "")), str(a.get("app_data", ""))) for a in found if isinstance(a, dict)]


def _from_xml(text: str) -> Iterator[tuple[int, Leg | str]]:
    """Give each ``<cdr>`` element; one with a document type of its own is refused: entities can blow up."""
    for match in _XML.finditer(text):
        body = match.group()
        if not body.rstrip().endswith("</cdr>"):
            yield match.start(), "the file ends in the middle of it"
            continue
        if "<!" in re.sub(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->", "", body, flags=re.DOTALL):
            yield match.start(), "a document type declaration"
            continue
        try:
            root = ET.fromstring(body)  # noqa: S314 - no declaration, no entities: checked above
        except ET.ParseError as error:
            yield match.start(), f"no well-formed XML ({error})"
            continue
        variables = {e.tag: e.text or "" for e in root.findall("variables/*")}
        channel = {e.tag: e.text or "" for e in root.findall("channel_data/*")}
        flows = [
            {"caller_profile": {e.tag: e.text or "" for e in flow.findall("caller_profile/*")}}
            for flow in root.findall("callflow")
        ]
        log = [(e.get("app_name", ""), e.get("app_data", "")) for e in root.findall("app_log/application")]
        yield match.start(), _leg(variables, flows, channel, log) | {"switch": root.get("switchname", "")}


# --- one leg --------------------------------------------------------------------------------------------------


class _Variables:
    """A leg's variables, asked by name: the first of several that says something."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._encoded = "%" in str(given.get("start_stamp", ""))

    def said(self, *names: str) -> str | None:
        """Return a text, without what URLs write for its letters; None where it is empty or not there."""
        for name in names:
            value = self._given.get(name)
            if isinstance(value, list):
                value = value[0] if value else None
            if value is not None and (text := str(value).strip()):
                return unquote(text) if self._encoded and "%" in text else text
        return None

    def epoch(self, name: str) -> float:
        """Return a time as seconds since 1970 UTC, to the microsecond where that is there; NaN where it never was."""
        for key, unit in ((name.replace("_epoch", "_uepoch"), 1e6), (name, 1.0)):
            try:
                value = float(self.said(key) or 0) / unit
            except ValueError:
                continue
            if 0 < value < 2e10:
                return value
        return float("nan")

    def number(self, name: str) -> float:
        """Return a number, NaN where it is none."""
        try:
            return float(self.said(name) or "nan")
        except ValueError:
            return float("nan")


def _leg(
    variables: dict[str, Any], flows: list[dict[str, Any]], channel: dict[str, Any], log: list[tuple[str, str]]
) -> Leg:
    """Return a leg's columns out of its variables and the first of its profiles."""
    asked = _Variables(variables)
    said, epoch, number = asked.said, asked.epoch, asked.number
    first = flows[-1].get("caller_profile") if flows else None
    profile: dict[str, Any] = first if isinstance(first, dict) else {}

    def of_profile(name: str) -> str | None:
        return str(profile.get(name) or "").strip() or None

    uuid = said("uuid") or of_profile("uuid")
    dest = of_profile("destination_number") or said("sip_req_user", "sip_to_user", "destination_number")
    parents = (said(n) for n in ("cc_member_session_uuid", "originating_leg_uuid", "other_loopback_leg_uuid", "call_uuid"))
    started = epoch("start_epoch")
    return {
        "uuid": uuid,
        "bleg": said("bridge_uuid", "last_bridge_to", "signal_bond"),
        "parent": next((p for p in parents if p and p != uuid), None),
        "direction": _direction(said("direction") or str(channel.get("direction") or ""), said("call_direction")),
        "caller_name": of_profile("caller_id_name") or said("caller_id_name", "sip_from_display"),
        "caller": of_profile("caller_id_number") or said("caller_id_number", "sip_from_user"),
        "dest": dest,
        "context": of_profile("context") or said("user_context"),
        "accountcode": said("accountcode"),
        "gateway": said("sip_gateway_name", "sip_gateway", "sofia_profile_name"),
        "cause": said("hangup_cause"),
        "disposition": said("originate_disposition"),
        "hangup": said("sip_hangup_disposition"),
        "app": _app(said("last_app"), said("bridge_channel"), said("last_arg")),
        "queue": (said("cc_queue") or "").split("@")[0] or None,
        "agent": (said("cc_agent") or "").split("@")[0] or said("dialed_user") or _user(said("bridge_channel")),
        "side": said("cc_side"),
        "user": said("sip_auth_username", "user_name"),
        "redirected": _redirected(said("sip_h_Diversion", "sip_h_diversion"), said("sip_history_info"), dest)
        or of_profile("rdnis"),
        "recording": said("cc_record_filename", "record_file", "recording_file", "sofia_record_file")
        or next((data for name, data in log if name == "record_session" and data), None),
        "transferred": _transferred(said("transfer_history"), epoch("bridge_epoch")),
        "start": started,
        "answer": epoch("answer_epoch"),
        "bridge": epoch("bridge_epoch"),
        "end": epoch("end_epoch"),
        "queued": epoch("cc_queue_joined_epoch"),
        "served": epoch("cc_queue_answered_epoch"),
        "duration": number("duration"),
        "billsec": number("billsec"),
        "hold": number("hold_accum_seconds"),
        "wall": _wall(said("start_stamp")),
    }


def _direction(leg: str, call: str | None) -> str | None:
    """Return ``leg`` for one that the switch dialled, else the call's direction where a variable says it."""
    if leg.strip().lower() == "outbound":
        return "leg"
    return call.strip().lower() if call else None


def _app(last: str | None, bridged: str | None, argument: str | None) -> str | None:
    """Return the last application; ``voicemail`` where the caller was bridged to that."""
    if any(text and "voicemail" in text for text in (bridged, argument if last == "bridge" else None)):
        return "voicemail"
    return last


def _user(channel: str | None) -> str | None:
    """Return whom a channel reaches: ``sofia/internal/1002@10.0.0.5:5060`` is 1002."""
    return channel.rpartition("/")[2].split("@")[0].removeprefix("sip:") or None if channel else None


def _redirected(diversion: str | None, history: str | None, dest: str | None) -> str | None:
    """Return the number the call was forwarded from: the last diverter, or the first target that is not ours."""
    if diversion and (found := _SIP_USER.search(diversion)):
        return found.group(1)
    targets = _SIP_USER.findall(history or "")
    if targets and targets[0] != dest:
        return str(targets[0])
    return None


def _transferred(history: str | None, bridged: float) -> str | None:
    """Return where the call was transferred after it was bridged; transfers before are the dialplan's own."""
    for entry in re.split(r"\|:|^ARRAY::", history or ""):
        when, _, rest = entry.partition(":")
        if when.isdigit() and bridged < float(when) and (found := re.search(r"xfer:([^/@:]+)", rest)):
            return found.group(1)
    return None


def _wall(stamp: str | None) -> float:
    """Return a local stamp as seconds by the wall clock."""
    try:
        return float(np.datetime64(stamp.replace(" ", "T"), "s").astype(np.int64)) if stamp else float("nan")
    except ValueError:
        return float("nan")


FORMAT = Format(
    title="FreeSWITCH call records in JSON or XML (mod_json_cdr, mod_xml_cdr)",
    detect=detect,
    read=read,
    family="freeswitch",
    sure="A",
    provides=columns_of(
        calls=(
            "call_id account dnis trunk_group ani caller_name agent offered_at ring_s queue_s hold_s "
            "talk_s outcome ended_by recording redirected_from linked_id hangup_cause queue "
            "transferred_to"
        ),
    ),
)
