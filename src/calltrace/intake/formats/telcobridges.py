r"""TelcoBridges Tmedia gateways: the text CDR log, ``Key='value'`` pairs in a line.

The layout is known from a real log that could not be kept; no sample lies beside the page. A line a leg when it
begins (``BEG``) and one when it ends (``END``), here broken in three::

    2026-04-16 04:07:22.100+0000,END,SessionId='9B1D4F02',LegId='0x1D4F0201',StartTime='1776312357',
    ConnectedTime='1776312364',EndTime='1776312441',FreedTime='1776312442',Duration='77',
    TerminationCause='NORMAL_CALL_CLEARING',TerminationSource='TermInd',Calling='5855550137',Called='5855550167',NAP='NORTH',Direction='answer'

==================  ==========================================================================================
key                 what
==================  ==========================================================================================
SessionId           the call: two legs have it, ``Direction`` answer (the caller's) and originate (ours)
StartTime, EndTime  epoch s, UTC; ConnectedTime 0 if never connected
Duration            s connected
TerminationCause    NORMAL_CALL_CLEARING, 603_DECLINE, …
TerminationSource   TermInd: this leg's own side hung up; JoinedTermInd: the other leg's
NAP                 the trunk ("network access point")
Calling, Called     caller, number dialled
==================  ==========================================================================================

One call is one SessionId, its outcome that of the answer leg. A session with only an originate leg was made by
the gateway or a switch behind it: it is no caller's attempt. Nor is one whose answer leg is on the switch's own NAP,
which is told by its callers: extensions, or numbers that are called there. A session that only began is a call still up when the
log ends. A gateway answers when whatever stands behind it does: queues and people are not told apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.errors import InputError, Location
from calltrace.intake import telcobridges
from calltrace.intake.formats import _rows
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._lines import clean_bytes
from calltrace.intake.formats._values import nullable_array
from calltrace.tables import phones
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINE = re.compile(r"^[^,]{0,40},(?P<kind>BEG|END),(?=.*\bSessionId=')", re.MULTILINE)
_PAIR = re.compile(r"([A-Za-z][\w:]*)='([^']*)'")
_OUTCOMES = (
    (re.compile(r"BUSY|^486|^600"), "busy"),
    (re.compile(r"CANCEL|^487"), "abandoned"),
    (re.compile(r"NO_ANSWER|NO_USER|NO_RESPONSE|TIMEOUT|TIMER|^408|^480"), "no_answer"),
    (re.compile(r"^NORMAL"), "abandoned"),
)
FIRST_REAL = 946_684_800.0


def detect(head: Head) -> str | None:
    """Recognise lines with BEG or END and pairs of SessionId and LegId or TerminationCause."""
    lines = [line for line in head.lines[:200] if _LINE.match(line.replace("\0", ""))]
    if lines and any("TerminationCause='" in line or "LegId='" in line for line in lines):
        return "lines with BEG or END, SessionId='…' and LegId='…'"
    return None


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read one log into calls; lines that can't be read are Problems.

    Returns
    -------
    Reading
        Table "gateway-sessions" of :mod:`calltrace.intake.telcobridges`, times in UTC. ``rows`` counts the lines of
        legs.

    Raises
    ------
    InputError
        If no line tells of a leg.
    """
    data, problems = clean_bytes(stream)
    text = data.decode("utf-8", "replace")
    if not _LINE.search(text):
        raise InputError("no line of a leg", at=Location(stream.display, 1), expected="BEG or END and SessionId='…'")
    ended: dict[str, list[tuple[int, dict[str, str]]]] = {}
    begun: dict[str, int] = {}
    lost: list[Problem] = []
    rows = began = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        rows += 1
        match = _LINE.match(line)
        pairs = dict(_PAIR.findall(line)) if match else {}
        whole = bool(pairs.get("SessionId")) and (match is None or match["kind"] == "BEG" or _epoch(pairs, "StartTime") > 0)
        if match is None or not whole:
            lost.append(_rows.bad_row(stream.display, number, line, "BEG or END, a SessionId and a StartTime"))
        elif match["kind"] == "BEG":
            began += 1
            begun.setdefault(pairs["SessionId"], number)
        else:
            ended.setdefault(pairs["SessionId"], []).append((number, pairs))
    _rows.listed(problems, lost)
    open_calls = [line for session, line in begun.items() if session not in ended]
    if open_calls:
        problems.append(
            Problem(
                Location(stream.display, open_calls[0]),
                f"{len(open_calls)} sessions that began and have no END",
                "an END line for each",
                "They were still up when the log ends; the next log has them.",
                table="calls",
                effect="noted",
                rows=len(open_calls),
                kind="open-call",
            )
        )
    calls = {s: found for s, legs in ended.items() if (found := _leg(legs, "answer")) is not None}
    legs = sum(len(v) for v in ended.values())
    made = sum(len(v) for s, v in ended.items() if s not in calls)
    note = f"{rows} lines: {len(calls)} sessions that came in, {legs - len(calls) - made} further legs of them"
    note += f", {made} legs of calls made behind the gateway, {began} beginnings"
    frame = _frame(calls.values(), stream.display, options)
    onward = [_leg(ended[session], "originate") for session in calls]
    frame["sent_to"] = pd.array([leg[1].get("NAP") or None if leg else None for leg in onward], dtype="string")
    return Reading(telcobridges.TABLE, frame, rows=rows, problems=tuple(problems), zone="", zone_from="epoch", notes=(note,))


def _leg(legs: list[tuple[int, dict[str, str]]], direction: str) -> tuple[int, dict[str, str]] | None:
    return next((leg for leg in legs if leg[1].get("Direction", "answer").lower() == direction), None)


def _epoch(pairs: dict[str, str], key: str) -> float:
    try:
        value = float(pairs.get(key, ""))
    except ValueError:
        return float("nan")
    value = value / 1000 if value > 1e11 else value
    return value if FIRST_REAL < value < 1e10 else float("nan")


def _number(pairs: dict[str, str], key: str) -> float:
    try:
        return float(pairs.get(key, ""))
    except ValueError:
        return float("nan")


def _frame(legs: Iterable[tuple[int, dict[str, str]]], name: str, options: ReadOptions) -> pd.DataFrame:
    found = list(legs)
    pairs = [leg for _, leg in found]
    start, up, end = (np.array([_epoch(p, k) for p in pairs]) for k in ("StartTime", "ConnectedTime", "EndTime"))
    answered = np.isfinite(up)
    said = np.array([_number(p, "Duration") for p in pairs])
    cause = [p.get("TerminationCause") or None for p in pairs]
    source = [p.get("TerminationSource", "") for p in pairs]
    outcome = ["answered" if a else _unanswered(c or "") for a, c in zip(answered.tolist(), cause, strict=True)]

    def texts(key: str) -> pd.Series[str]:
        return pd.Series([p.get(key) or None for p in pairs], dtype="string")

    return pd.DataFrame(
        {
            "call_id": texts("SessionId"),
            "dnis": phones.clean(texts("Called"), options.region),
            "trunk_group": texts("NAP"),
            "ani": phones.clean(texts("Calling"), options.region),
            "offered_at": pd.Series((start * 1e6).astype(np.int64).astype("datetime64[us]")).dt.tz_localize("UTC"),
            "ring_s": nullable_array(np.clip(np.where(answered, up, end) - start, 0, None)),
            "queue_s": nullable_array(np.where(answered, np.nan, 0.0)),
            "talk_s": nullable_array(np.where(answered, np.where(np.isfinite(said), said, end - up), 0.0)),
            "outcome": pd.array(outcome, dtype="string"),
            "ended_by": pd.array([_ended_by(s, o) for s, o in zip(source, outcome, strict=True)], dtype="string"),
            "linked_id": texts("SessionId"),
            "hangup_cause": pd.array(cause, dtype="string"),
            "source_file": pd.Categorical([name] * len(found)),
            "source_line": np.array([line for line, _ in found], dtype=np.int64),
        }
    )


def _unanswered(cause: str) -> str:
    return next((outcome for pattern, outcome in _OUTCOMES if pattern.search(cause)), "failed")


def _ended_by(source: str, outcome: str) -> str | None:
    if outcome in ("busy", "failed", "no_answer"):
        return "system"
    if source == "TermInd":
        return "caller"
    return "agent" if source == "JoinedTermInd" and outcome == "answered" else None


FORMAT = Format(
    title="TelcoBridges gateways' CDR log",
    detect=detect,
    read=read,
    family="telcobridges",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id dnis trunk_group ani offered_at ring_s talk_s outcome ended_by linked_id "
            "hangup_cause"
        ),
    ),
)
