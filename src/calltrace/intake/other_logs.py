"""Logs of switches that are no record of calls: what each is, and which file of the same switch has the calls.

An Asterisk's ``full`` log is tempting: every call leaves lines in it. But what they say is what its dialplan did, as far as
the verbosity of that hour let it through; the caller's number, the number dialled and how the call ended are in it only where
the dialplan happens to print them, and a caller who left looks like any other channel that ended. So it is not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from calltrace.intake.formats._base import Head

LINES = 40
"""Lines of a file's beginning that are looked at."""


@dataclass(frozen=True)
class OtherLog:
    """A log that is none of calls: what its lines look like, what it is, what is wanted, where that lies."""

    line: re.Pattern[str]
    saw: str
    expected: str
    fix: str


_LOGS = (
    OtherLog(
        re.compile(r"^\[(?:\d{4}-\d\d-\d\d|[A-Z][a-z]{2} [ \d]\d) \d\d:\d\d:\d\d(?:\.\d+)?\] (?:VERBOSE|NOTICE|WARNING|ERROR|"
                   r"DEBUG|DTMF|SECURITY|FAX)\[\d+\]"),
        "an Asterisk's own log (full, messages): what its dialplan did, as far as its verbosity told",
        "its records of calls: Master.csv or the table cdr, and the queue_log",
        "It was not read. Give /var/log/asterisk/queue_log and /var/log/asterisk/cdr-csv/Master.csv, or the tables cdr and cel.",
    ),
    OtherLog(
        re.compile(r"^(?:[0-9a-f]{8}-[0-9a-f-]{27} )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} (?:\d+\.\d+% )?"
                   r"\[(?:DEBUG|INFO|NOTICE|WARNING|ERR|CRIT|ALERT)\]"),
        "a FreeSWITCH's own log: what its modules did, not a record of calls",
        "its call detail records: cdr-csv, xml_cdr or json_cdr, or FusionPBX's v_xml_cdr",
        "It was not read. Give /var/log/freeswitch/cdr-csv/Master.csv, or the folder xml_cdr.",
    ),
)  # fmt: skip


def told(head: Head) -> OtherLog | None:
    """Return what a file is whose first lines, most of them, are those of such a log; None for any other."""
    lines = [line for line in head.lines[:LINES] if line.strip()]
    return next((log for log in _LOGS if lines and sum(bool(log.line.match(line)) for line in lines) * 2 > len(lines)), None)
