"""Message logs of answering-service platforms (Amtelco, Startel): one text a message, with what became of it.

Known only from small programs that read such files, and from one service's published key to the activity codes; no
real file was at hand, and every service sets its own form. Messages are parted by lines of ``=``. Invented::

    ==================================================
    Account: 1021
    For: Dr. Day
    From: Ann Lee
    Phone: 585-555-0117
    Msg: Call back about a refill.
    Taken By: BR    Msg ID: 501    ACD ANI: 5855550117
    Message History:
      03/02/2026 09:16:10 AM  TAKEN  BR
      03/02/2026 09:19:00 AM  SM Submit Success  5855550130
      03/02/2026 09:20:12 AM  SMS Ok  5855550130

===================  ==================================================================================
label                what is taken
===================  ==================================================================================
Msg ID, IS Rec #     the message
Account, Client      the client; else the file's name: ``<type> <account> <MMDDYYYY HHMMSS>.txt``
Taken By             the agent
Priority, Urgent     urgent where it says so; else unknown
Message History      a line an activity, with its date and time; the first is when the message was taken
===================  ==================================================================================

Activities: ``EM`` e-mail, ``SM`` text message, ``SMG``, ``SMP`` secure message, ``TP FAX``, ``DIAL``. "Submit" says that
the carrier took it, not that it arrived: its status stays unknown. ``Ok`` is delivered, ``FAIL`` failed; ``Viewed``,
``Downloaded`` and ``Server Confirmation`` acknowledged. Other activities (edits, scripts) are no deliveries.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.errors import Location
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._dates import dates_of, order_problem
from calltrace.intake.formats._smdr import lines_of
from calltrace.tables import phones
from calltrace.tables.problems import Problem
from calltrace.tables.written_dates import real_date

_RULE = re.compile(r"^\s*={5,}\s*$")
_LABELS = re.compile(
    r"(?:^|\s)(Taken By|Msg ID|IS Rec #|ACD ANI|Caller ID|Message History)\s*:", re.IGNORECASE
)
_ID = re.compile(r"(?:Msg ID|Message ID|IS Rec #)\s*:\s*(\w[\w\-]*)", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"^\s*(?:Account|Acct|Client)(?: (?:No|Number|#))?\.?\s*:\s*(\w[\w\-]*)", re.IGNORECASE | re.MULTILINE
)
_AGENT = re.compile(r"Taken By\s*:\s*(.+?)(?=\s{2,}|\t|$)", re.IGNORECASE | re.MULTILINE)
_URGENT = re.compile(r"^\s*(?:Priority|Urgent)\s*:\s*(\w+)", re.IGNORECASE | re.MULTILINE)
_STAMP = re.compile(
    r"(?P<a>\d{1,4})[/-](?P<b>\d{1,2})[/-](?P<c>\d{2,4})[ T]+(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d))?\s*(?P<half>[AP]M?)?\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?P<account>\d{2,8})[ _](?P<date>\d{8})[ _](?P<time>\d{6})\.\w+$")

ACTIVITIES: tuple[tuple[re.Pattern[str], str, str | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), method, status)
    for pattern, method, status in (
        (
            r"server confirmation|downloaded to|viewed from|file from|\bviewed\b",
            "secure message",
            "acknowledged",
        ),
        (r"\bSM[GP]\b.*\bfail", "secure message", "failed"),
        (r"\bSM[GP]\b.*\b(?:submit|secure|status)", "secure message", None),
        (r"\b(?:SM|SMS)\b.*\bfail", "sms", "failed"),
        (r"\bSMS\b.*\bok\b|\bSM\b.*\bsms ok\b", "sms", "delivered"),
        (r"\bSM\b.*\bsubmit|\bclient sms\b", "sms", None),
        (r"\bEM\b.*\b(?:bounce|undeliver)", "email", "bounced"),
        (r"\bEM\b.*\bfail", "email", "failed"),
        (r"\bEM\b.*\bok\b|\bemail(?:ed)?\b.*\b(?:ok|sent|delivered)\b", "email", "delivered"),
        (r"\bfax\b.*\bfail", "fax", "failed"),
        (r"\bfax\b.*\bok\b", "fax", "delivered"),
        (r"\bno answer\b", "call", "no_answer"),
        (r"\bdial\b", "call", None),
        (r"\backnowledged\b|\bconfirmed\b", "call", "acknowledged"),
        (r"\bdelivered\b", "call", "delivered"),
    )
)


def detect(head: Head) -> str | None:
    """Recognise texts with labels such as Taken By, Msg ID and Message History."""
    found = {m.lower() for m in _LABELS.findall(head.text[:16_384])}
    if (
        len(found) >= 2
        and ("taken by" in found or "message history" in found)
        and "\x02" not in head.text[:10]
    ):
        return "labels: " + ", ".join(sorted(found))
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the messages and the activities below each; :mod:`calltrace.intake.message_log` parts them.

    Returns
    -------
    Reading
        Table "message-log": a row a message (``kind`` message) or an attempt to deliver it (``attempt``), with
        ``at`` as the platform's clock shows it.
    """
    blocks = _blocks(stream)
    stamps = [_numbers(m) for _, text in blocks for m in _STAMP.finditer(text)]
    dates = dates_of(stream, [s[:3] for s in stamps], ("mdy", "dmy", "ymd"), options) if stamps else None
    order = dates.read_as if dates else "mdy"
    unknown = order_problem(stream, dates, options) if dates else None
    problems = [unknown] if unknown else []
    rows: list[dict[str, object]] = []
    others: Counter[str] = Counter()
    left = 0
    for line, text in blocks:
        found = _message(stream, line, text, order, options, others)
        if isinstance(found, Problem):
            problems.append(found)
            left += 1
        else:
            rows += found
    notes = [f"{len(blocks)} messages"]
    if others:
        notes.append(
            "activities that are no delivery: " + ", ".join(f"{w} {n}" for w, n in others.most_common(8))
        )
    return Reading(
        "message-log", _frame(rows, stream), rows=len(blocks), problems=tuple(problems), notes=tuple(notes),
        dates=(dates,) if dates else ())  # fmt: skip


def _blocks(stream: Stream) -> list[tuple[int, str]]:
    """Return each message with the line it begins at."""
    blocks: list[tuple[int, list[str]]] = []
    fresh = True
    for number, line in lines_of(stream):
        if _RULE.match(line):
            fresh = True
            continue
        if fresh:
            blocks.append((number, []))
            fresh = False
        blocks[-1][1].append(line)
    whole = [(number, "\n".join(lines)) for number, lines in blocks]
    return [(number, text) for number, text in whole if _LABELS.search(text) or _STAMP.search(text)]


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    return int(found["a"]), int(found["b"]), int(found["c"])


def _at(found: re.Match[str], order: str) -> datetime | None:
    named = dict(zip(order, _numbers(found), strict=True))
    day = real_date(named["y"], named["m"], named["d"])
    hour = int(found["h"])
    half = (found["half"] or "").upper()[:1]
    if half:
        hour = hour % 12 + 12 * (half == "P")
    minute, second = int(found["m"]), int(found["s"] or 0)
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    return datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 -- a wall clock


def _message(  # noqa: PLR0917 -- the parts of one message
    stream: Stream, line: int, text: str, order: str, options: ReadOptions, others: Counter[str]
) -> list[dict[str, object]] | Problem:
    named = _NAMED.search(stream.head.name)
    account = _ACCOUNT.search(text)
    said = _ID.search(text)
    agent = _AGENT.search(text)
    urgent = _URGENT.search(text)
    history = [(m, rest) for m, rest in _history(text)]
    taken = next((at for m, _ in history if (at := _at(m, order)) is not None), None)
    if taken is None and named is not None:
        try:
            taken = datetime.strptime(named["date"] + named["time"], "%m%d%Y%H%M%S")  # noqa: DTZ007 -- a wall clock
        except ValueError:
            taken = None
    if taken is None or said is None:
        return Problem(
            Location(stream.display, line),
            "a message without " + ("an id" if said is None else "a date and time"),
            "Msg ID, and a Message History with dates",
            "Message left out.",
            table="messages",
            effect="left-out",
            rows=1,
            kind="missing-value",
        )
    word = urgent[1].lower() if urgent else ""
    priority = (
        "urgent"
        if word in {"urgent", "yes", "y", "high", "stat", "emergency"}
        else ("routine" if word else None)
    )
    rows: list[dict[str, object]] = [
        {
            "kind": "message",
            "message_id": said[1],
            "at": taken,
            "account": account[1] if account else (named["account"] if named else None),
            "agent": agent[1].strip() if agent else None,
            "priority": priority,
            "source_line": line,
        }
    ]
    for found, rest in history:
        at = _at(found, order)
        known = next(((m, s) for pattern, m, s in ACTIVITIES if pattern.search(rest)), None)
        if known is None or at is None:
            others[" ".join(re.findall(r"[A-Za-z]+", rest)[:2]).upper() or "?"] += 1
            continue
        address = re.search(r"[\w.+-]+@[\w.-]+|\+?\d[\d\-() .]{5,}\d", rest)
        where = address[0] if address else None
        rows.append(
            {
                "kind": "attempt",
                "message_id": said[1],
                "at": at,
                "method": known[0],
                "status": known[1],
                "address": phones.one(where, options.region) if where and "@" not in where else where,
                "source_line": line,
            }
        )
    return rows


def _history(text: str) -> list[tuple[re.Match[str], str]]:
    """Return the activities: lines that begin with a date and time, and what stands behind it."""
    found = []
    for line in text.split("\n"):
        stamp = _STAMP.match(line.strip())
        if stamp:
            found.append((stamp, line.strip()[stamp.end() :].strip()))
    return found


def _frame(rows: list[dict[str, object]], stream: Stream) -> pd.DataFrame:
    texts = ("kind", "message_id", "account", "agent", "priority", "method", "status", "address")
    columns: dict[str, object] = {
        n: pd.array(pa.array([r.get(n) for r in rows], pa.string()), dtype="string") for n in texts
    }
    columns["at"] = np.array([r["at"] for r in rows], dtype="datetime64[us]")
    columns["source_file"] = pd.Categorical.from_codes(
        np.zeros(len(rows), dtype=np.int64), pd.Index([stream.display])
    )
    columns["source_line"] = np.array([r["source_line"] for r in rows], dtype=np.int64)
    return pd.DataFrame(columns)


FORMAT = Format(
    title="Message logs of answering-service platforms (text)",
    detect=detect,
    read=read,
    family="message_log",
    sure="C",
    provides=columns_of(
        messages="message_id account taken_at agent priority",
        dispatch="message_id attempted_at method address status",
    ),
)
