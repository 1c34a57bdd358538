"""One call through Asterisk's logs: its rows in the CDR, its lines in queue_log, its channel events.

Which rows are the call's is told as the join tells it: CDR rows that :func:`legs.call_keys` gives one call, lines of
queue_log that bear the id of one of its channels, channel events that share its linkedid. Every one of them is an
event here (a CDR row is three: begun, answered, ended), nothing is left out and nothing summed up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from calltrace.intake.asterisk.legs import call_keys
from calltrace.intake.trail import Logged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calltrace.intake.trail import Found

NONE = ("", "NONE", "MANAGER", "REALTIME", "CLI")

CAUSES = {
    "16": "normal",
    "17": "user busy",
    "18": "no answer",
    "19": "no answer",
    "21": "rejected",
    "26": "answered elsewhere",
    "34": "no circuit",
    "38": "network out of order",
    "42": "congestion",
    "44": "circuit not available",
    "127": "interworking",
}
"""Q.850 causes worth a word."""

CDR, QUEUE, CEL = "CDR", "queue_log", "CEL"

_ORDER = {CEL: 0, QUEUE: 1, CDR: 2}
"""Of one second the channel's own events come first, then the queue's, then the CDR's summary of them."""


def follow(found: Sequence[Found], ids: Sequence[str]) -> list[Logged]:
    """Return every event of the call with one of these ids, of all of a switch's logs."""
    of = {"asterisk-legs": _legs, "queue-events": _queued, "channel-events": _channels}
    wanted = set(ids) - set(NONE)
    if not wanted:
        return []
    while True:  # a queue's line names the agent's channel, a CDR row the linkedid: each may lead on to more
        before = len(wanted)
        for one in found:
            wanted |= _linked(one, wanted)
        if len(wanted) == before:
            break
    return [event for one in found if one.reading.table in of for event in of[one.reading.table](one, wanted)]


def _linked(one: Found, wanted: set[str]) -> set[str]:
    """Return the ids that stand on rows of the call."""
    frame = one.reading.frame
    if frame.empty:
        return set()
    if one.reading.table == "asterisk-legs":
        rows = _of_call(one, wanted)
        names: tuple[str, ...] = ("uniqueid", "linkedid")
    elif one.reading.table == "channel-events":
        rows = frame[_in(frame, "linkedid", wanted) | _in(frame, "uniqueid", wanted)]
        names = ("uniqueid", "linkedid")
    else:
        rows, names = frame[_in(frame, "call_id", wanted)], ("agent_call_id",)
    return {str(v) for n in names if n in rows.columns for v in rows[n].dropna().unique()} - set(NONE)


def _in(frame: pd.DataFrame, column: str, wanted: set[str]) -> pd.Series[bool]:
    if column not in frame.columns:
        return pd.Series(data=False, index=frame.index)
    return frame[column].isin(wanted).fillna(value=False).astype(bool)


def _of_call(one: Found, wanted: set[str]) -> pd.DataFrame:
    """Return the rows of the calls one of whose rows has a wanted id, or which go by one themselves."""
    legs = one.reading.frame
    if "keys" not in one.kept:
        one.kept["keys"] = call_keys(legs)
    code, names = one.kept["keys"]
    hit = set(code[(_in(legs, "uniqueid", wanted) | _in(legs, "linkedid", wanted)).to_numpy()].tolist())
    hit |= {n for n, name in enumerate(names.tolist()) if name in wanted}
    return legs[pd.Series(code, index=legs.index).isin(hit)]


# --- the CDR ------------------------------------------------------------------------------------------------


def _legs(one: Found, wanted: set[str]) -> list[Logged]:
    events = []
    for said in _rows(_of_call(one, wanted)):
        line = _line(one, said)
        raw = one.text(int(said["source_line"]))
        channel, far = _peer(said.get("channel")), _peer(said.get("dstchannel"))
        app = said.get("lastapp") or "no application"
        data = f" ({said['lastdata']})" if said.get("lastdata") else ""
        to = f" to {far}" if far else ""
        begins = (
            f"leg begins: {said.get('src') or 'no number'} on {channel} dials {said.get('dst') or 'nothing'}"
        )
        by = f"by {far}" if far else "a phone"
        ends = f"leg{to} ends: {said.get('disposition') or 'no disposition'} in {app}{data}, "
        times = f"{_s(said.get('duration_s'))} long, {_s(said.get('billsec_s'))} of it answered"
        parts = (
            ("start", said.get("start_at"), begins),
            ("answer", said.get("answer_at"), f"leg is answered, by an application or {by}"),
            ("end", said.get("end_at"), ends + times),
        )
        for order, (event, at, says) in enumerate(parts):
            if at is not None:
                events.append(
                    Logged(
                        pd.Timestamp(at),
                        CDR,
                        event,
                        says,
                        one.stream.display,
                        line,
                        raw,
                        order=_ORDER[CDR] * 10 + order,
                    )
                )
    return events


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Return the rows as plain values, None for what is not said."""
    for row in frame.to_dict("records"):
        yield {str(k): None if v is None or pd.isna(v) else v for k, v in row.items()}


def _line(one: Found, row: dict[str, Any]) -> int:
    """Return the line of the file, or the row of the table, that a row was read at."""
    number = row["source_line"]
    line = int(number) if isinstance(number, (int, float)) else 0
    if one.stream.line_of is not None and 0 < line <= len(one.stream.line_of):
        return int(one.stream.line_of[line - 1])
    return line


def _peer(channel: object) -> str:
    """Return a channel as the switch writes it, its zeros too, so that it is found in the switch's logs; '' for none."""
    return str(channel) if channel else ""


def _s(value: object) -> str:
    return f"{value:g} s" if isinstance(value, (int, float)) else "? s"


# --- queue_log ----------------------------------------------------------------------------------------------


def _queued(one: Found, wanted: set[str]) -> list[Logged]:
    frame = one.reading.frame
    events = []
    for said in _rows(frame[_in(frame, "call_id", wanted)]):
        number = int(said["source_line"])
        raw = one.text(number)
        events.append(
            Logged(
                pd.Timestamp(said["at"]),
                QUEUE,
                str(said["event"]),
                _meaning(said, raw),
                one.stream.display,
                _line(one, said),
                raw,
                order=_ORDER[QUEUE] * 10,
            )
        )
    return events


def _meaning(row: dict[str, Any], raw: str) -> str:
    """Return what an event of a queue means, in a supervisor's words."""
    agent = f"agent {row['agent']}" if row.get("agent") and row["agent"] not in NONE else "an agent"
    queue = f"queue {row['queue']}" if row.get("queue") and row["queue"] not in NONE else "the queue"
    wait, talk, ring_ms = row.get("wait_s"), row.get("talk_s"), row.get("ring_ms")
    ring = f" for {ring_ms / 1000:g} s" if isinstance(ring_ms, (int, float)) else ""
    waited = f" after {wait:g} s of waiting" if isinstance(wait, (int, float)) else ""
    talked = f" after {talk:g} s of talk" if isinstance(talk, (int, float)) else ""
    fields = raw.split("|") if raw.count("|") >= 4 else []
    event = str(row["event"])
    if event == "ENTERQUEUE":
        place = f" at place {fields[7]}" if len(fields) > 7 and fields[7].strip().isdigit() else ""
        return f"enters {queue}{place}"
    if event == "EXITWITHKEY":
        key = f" with key {fields[5]}" if len(fields) > 5 and fields[5].strip() else ""
        return f"the caller leaves {queue}{key}{waited}"
    to = row.get("transferred_to")
    simple = {
        "DID": f"the number dialled is {row.get('did') or 'not said'}",
        "RINGNOANSWER": f"the phone of {agent} rang{ring}, not answered"
        if ring_ms
        else f"the phone of {agent} declined the call at once",
        "RINGCANCELED": f"the phone of {agent} rang{ring} when the caller left",
        "CONNECT": f"{agent} answers{waited}",
        "COMPLETEAGENT": f"{agent} hangs up{talked}",
        "COMPLETECALLER": f"the caller hangs up{talked}",
        "ABANDON": f"the caller hangs up in {queue}{waited}",
        "EXITWITHTIMEOUT": f"{queue} gives the caller up{waited}: its time was up",
        "EXITEMPTY": f"{queue} gives the caller up{waited}: no agent is in it",
        "WITHDRAW": f"the caller is taken out of {queue}{waited}",
        "BLINDTRANSFER": f"{agent} transfers the caller to {to or 'another place'}{talked}",
        "TRANSFER": f"{agent} transfers the caller to {to or 'another place'}{talked}",
        "ATTENDEDTRANSFER": f"{agent} hands the caller over to {to or 'another'}{talked}",
        "AGENTDUMP": f"{agent} turned the call away during the announcement",
        "SYSCOMPAT": "the channels could not be made compatible",
    }
    return simple.get(event, f"{event} in {queue}" + (f" by {agent}" if agent != "an agent" else ""))


# --- channel events -----------------------------------------------------------------------------------------


def _channels(one: Found, wanted: set[str]) -> list[Logged]:
    frame = one.reading.frame
    events = []
    rows = frame[_in(frame, "linkedid", wanted) | _in(frame, "uniqueid", wanted)]
    for said in _rows(rows):
        at = said.get("at")
        events.append(
            Logged(
                None if at is None else pd.Timestamp(at),
                CEL,
                str(said["event"]),
                _heard(said),
                one.stream.display,
                _line(one, said),
                one.text(int(said["source_line"])),
                order=_ORDER[CEL] * 10,
            )
        )
    return events


def _heard(row: dict[str, Any]) -> str:
    """Return what an event of a channel means."""
    channel, far = _peer(row.get("channel")), _peer(row.get("peer"))
    caller = row.get("uniqueid") == row.get("linkedid") and row.get("uniqueid")
    who = f"the caller ({channel})" if caller else channel or "a channel"
    event, extra = str(row["event"]), str(row.get("extra") or "")
    if event == "HANGUP":
        extra = extra.replace("\\/", "/")  # as PHP writes a slash
        code = re.search(r'"hangupcause"\s*:\s*"?(\d+)', extra) or re.match(r"(\d+),", extra)
        source = re.search(r'"hangupsource"\s*:\s*"([^"]+)"', extra) or re.match(r"\d+,([^,]+)", extra)
        status = re.search(r'"dialstatus"\s*:\s*"([^"]+)"', extra)
        words = CAUSES.get(code[1], "") if code else ""
        cause = f", cause {code[1]}{f' ({words})' if words else ''}" if code else ""
        by = f" by {_peer(source[1])}" if source else ""
        return f"{who} is hung up{by}{cause}{f', dialled: {status[1]}' if status else ''}"
    data = f" ({row['appdata']})" if row.get("appdata") else ""
    app = f"{row['app']}{data}" if row.get("app") else ""
    if event == "CHAN_START":
        number = f" from {row['cid_num']}" if caller and row.get("cid_num") else ""
        dialled = row.get("cid_dnid") or row.get("exten")
        to = f" to {dialled}" if caller and dialled and dialled != "s" else ""
        return f"{who} comes in{number}{to}" if caller else f"{who} is called"
    simple = {
        "ANSWER": f"{who} is answered{f' by {app}' if caller and app else ''}"
        if caller
        else f"{who} answers",
        "APP_START": f"{who} is given to {app or 'an application'}",
        "APP_END": f"{who} leaves {app or 'an application'}",
        "BRIDGE_ENTER": f"{who} is joined{f' with {far}' if far else ' to the conversation'}",
        "BRIDGE_EXIT": f"{who} leaves the conversation",
        "BRIDGE_START": f"{who} is joined{f' with {far}' if far else ''}",
        "BRIDGE_END": f"{who} is no longer joined{f' with {far}' if far else ''}",
        "CHAN_END": f"{who} is gone",
        "LINKEDID_END": "the last channel of the call is gone",
        "BLINDTRANSFER": f"{who} transfers {_extra(extra, 'extension')}",
        "ATTENDEDTRANSFER": f"{who} hands the call over {_extra(extra, 'channel2_name')}",
        "PARK_START": f"{who} is parked",
        "PARK_END": f"{who} is taken back from parking",
        "PICKUP": f"{who} is picked up by another",
        "FORWARD": f"{who} forwards the call {_extra(extra, 'extension')}",
    }
    return simple.get(event, f"{event} of {who}").strip()


def _extra(extra: str, key: str) -> str:
    found = re.search(rf'"{key}"\s*:\s*"([^"]+)"', extra)
    return f"to {found[1]}" if found else ""
