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

A call that enters a queue again after an agent took it, because that agent handed it on, was answered by the first
agent: its wait is what it waited in all queues, its talk that with all agents. So was one that an agent put through to
another queue after asking there (ATTENDEDTRANSFER), though the entry into that queue stands under the agent's own id.

Any other event is a dialplan's own: kept and counted. A table of the same events with a header (realtime,
FreePBX ``queuelog``, PBXware) is read by its column names; where it has no epoch its times are local.

References
----------
asterisk/asterisk ``apps/app_queue.c``, ``main/logger.c``, ``configs/samples/queues.conf.sample``.
"""

from __future__ import annotations

import re

import pandas as pd

from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._lines import clean_bytes
from calltrace.intake.formats._queue_lines import read_lines
from calltrace.intake.formats._queue_table import header_of, read_table

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

_LINE = re.compile(r"^\d{9,10}(?:\.\d+)?\|[^|]*\|[^|]*\|[^|]*\|[A-Za-z0-9_ -]+(?:\||$)")


def detect(head: Head) -> str | None:
    """Say how the file was recognised: an epoch and pipes, or a header with call id, queue and event."""
    lines = [line.replace("\0", "") for line in head.lines[:60]]
    lines = [line for line in lines if line.strip()]
    if not lines:
        return None
    fitting = sum(bool(_LINE.match(line)) for line in lines)
    if fitting * 2 > len(lines):
        return "ten digits of epoch seconds, then pipes; an event in capitals in field 5"
    found = header_of(lines)
    if found:
        return "header: " + ", ".join(found[1][:6])
    return None


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
    first = data[:65536].decode(errors="replace").split("\n")
    if _LINE.match(next((line for line in first if line), "")) or header_of(first) is None:
        frame, rows = read_lines(data, stream.display, problems)
        zone, zone_from = "UTC", "epoch"
    else:
        frame, rows, zone, zone_from = read_table(data, stream.display, options, problems)
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
    return Reading("queue-events", frame, rows=rows, problems=tuple(problems), zone=zone, zone_from=zone_from, notes=tuple(notes))


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
