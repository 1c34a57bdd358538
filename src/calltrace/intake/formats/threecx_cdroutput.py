"""3CX version 20: the table ``cdroutput`` as CSV, or as psql prints it. One row is one leg, or one poll of an agent.

The columns are those of a real dump that could not be kept. One queue call writes a row for each time an agent was
rung, 27 for one call there, and queues and menus are "answered" like people. A call, invented, the columns cut::

    cdr_id,call_history_id,source_entity_type,source_participant_phone_number,source_participant_trunk_did,…
    c0…1,a0…1,external_line,5855550117,5855550178,…,queue,800,…,2026-03-02 14:14:02.1+00,2026-03-02 14:14:02.3+00,…

==================================  ===================================================================
column                              what
==================================  ===================================================================
call_history_id                     the call; main_call_history_id where calls were merged
source_…, destination_…             entity_type (external_line, extension, queue, ivr, voicemail, …),
                                    dn_number, dn_type, participant_name, participant_phone_number,
                                    participant_trunk_did, participant_is_incoming
creation_method                     call_init, divert, transfer, route_to
creation_forward_reason             none, by_did, forward_all, no_destinations, polling
termination_reason, …_details       redirected, cancelled, src_participant_terminated …; busy,
                                    no_answer, completed_elsewhere, polling
cdr_started_at, …answered, …ended   instants with offset, to the microsecond
==================================  ===================================================================

A call is a caller's attempt if one of its rows came in from outside. It was answered by the extension (or outside
party) of its first row with an answer that was not completed elsewhere. Rows of polling are attempts to ring agents. An export
may begin or end inside a call, so the rows of all files are put together first; a row is known by cdr_id.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.intake.formats import _again, _legs, _sheet
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream, columns_of
from calltrace.intake.formats._smdr import runs
from calltrace.intake.ringing import at_several, rang_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.tables.problems import Problem

    Stamps = NDArray[np.datetime64]

_PEOPLE = frozenset({"extension", "externalline", "outboundrule", "external"})
_TRUE = frozenset({"t", "true", "1", "yes"})
_SECONDS = ("ring_s", "queue_s", "hold_s", "talk_s")
_TEXTS = (
    "call_id", "linked_id", "dnis", "trunk_group", "ani", "caller_name", "agent", "outcome", "ended_by", "hangup_cause", "queue",
    "transferred_to",
)  # fmt: skip
REFUSED = ("rejected", "busy")
"""How a row ended that a queue or a ring group did not take in: it was full."""
_DRAWN = re.compile(rb"^(?:[-+ ]+|\(\d+ rows?\))\r?$", re.MULTILINE)
_US = np.timedelta64(1, "us")


def _fits(words: frozenset[str]) -> bool:
    return {"cdrid", "callhistoryid", "cdrstartedat"} <= words


def detect(head: Head) -> str | None:
    """Recognise the table by cdr_id, call_history_id and cdr_started_at."""
    return _sheet.recognised(head, _fits, "cdr_id, call_history_id, cdr_started_at")


def read(stream: Stream, options: ReadOptions) -> Reading:
    """Read the rows of one file; :func:`calls_of` makes calls of them.

    Returns
    -------
    Reading
        Table "3cx-rows", in UTC where the stamps have offsets (they do, unless somebody cut them off).
    """
    # psql draws a line below its header, and counts the rows below the last
    plain = _DRAWN.sub(b"", stream.data) if b"-+-" in stream.data[:65536] else stream.data
    sheet = _sheet.sheet_of(replace(stream, data=plain), options, _fits)
    history = sheet.strings("callhistoryid")
    sheet.tell(history.isna().to_numpy(), "no call_history_id", "the call's id", "Row left out.", "missing-value")
    started = sheet.times("cdrstartedat", required="cdr_started_at")
    from_type, did = _kinds(sheet, "source"), sheet.strings("sourceparticipanttrunkdid")
    incoming = _sheet.flags(sheet.lower("sourceparticipantisincoming"), *_TRUE)
    return _sheet.reading(
        sheet,
        "3cx-rows",
        {
            "cdr_id": sheet.strings("cdrid"),
            "history": history,
            "main": sheet.strings("maincallhistoryid"),
            "incoming": incoming,
            "outside": incoming | ((from_type == "externalline") & did.notna()).to_numpy(dtype=bool),
            "did": sheet.numbers("sourceparticipanttrunkdid"),
            "phone": sheet.numbers("sourceparticipantphonenumber"),
            "name": sheet.strings("sourceparticipantname"),
            "from_dn": sheet.strings("sourcednnumber"),
            "to_dn": sheet.strings("destinationdnnumber"),
            "from_type": from_type,
            "to_type": _kinds(sheet, "destination"),
            "reason": sheet.strings("terminationreason"),
            "details": sheet.strings("terminationreasondetails"),
            "offered_at": started,
            "answered": sheet.times("cdransweredat").values,  # noqa: PD011 -- Times, no frame
            "ended": sheet.times("cdrendedat").values,  # noqa: PD011 -- Times, no frame
        },
    )


def _kinds(sheet: _sheet.Sheet, side: str) -> pd.Series[str]:
    """Return the type of the party of each row, its number's before its entity's, '' where there is none."""
    given = sheet.lower(f"{side}dntype", f"{side}entitytype")
    return given.str.replace(r"[\s_]", "", regex=True).fillna("")


class _Legs:
    """The columns the calls are made of, as lists, of rows that are there once each."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.started, self.answered, self.ended = (
            rows[name].to_numpy(dtype="datetime64[us]") for name in ("offered_at", "answered", "ended"))
        self.history, self.main, self.did, self.phone, self.name, self.from_dn, self.to_dn = (
            self._texts(rows[name]) for name in ("history", "main", "did", "phone", "name", "from_dn", "to_dn"))
        self.from_type, self.to_type, self.reason, self.details = (
            self._texts(rows[name]) for name in ("from_type", "to_type", "reason", "details"))
        self.incoming: list[bool] = rows["incoming"].tolist()
        self.outside: list[bool] = rows["outside"].tolist()

    @staticmethod
    def _texts(column: pd.Series[str]) -> list[str]:
        return [str(text) for text in column.fillna("").tolist()]

    def together(self) -> list[list[int]]:
        """Return the rows of each call, as they began; calls that were merged are one."""
        merged = {h: m for h, m in zip(self.history, self.main, strict=True) if m}
        keys = [(merged.get(h, h), n) for n, h in enumerate(self.history)]
        return [sorted(places, key=lambda n: (self.started[n], n)) for _, places in runs(keys)]

    def is_callers(self, rows: list[int]) -> bool:
        """Say whether a call came in from outside."""
        return any(self.outside[n] for n in rows)


def _once(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Return each row once; of one that was written before it ended, the ended one."""
    key = ["cdr_id", "history", "offered_at", "to_dn"]
    if not rows.duplicated(key).any():
        return rows.reset_index(drop=True), []
    in_turn = rows["ended"].isna().sort_values(ascending=False, kind="stable").index
    again = rows.loc[in_turn].duplicated(key, keep="last").reindex(rows.index)
    return rows[~again].reset_index(drop=True), _again.told(rows[again])


def calls_of(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem], list[str]]:
    """Make calls of the rows of all files.

    Returns
    -------
    DataFrame, list of Problem, list of str
        Callers' calls, one row each; rows that came again; what became of every row.
    """
    rows, problems = _once(rows)
    legs = _Legs(rows)
    aside: Counter[str] = Counter()
    found, firsts, further = [], [], 0
    for order in legs.together():
        if legs.is_callers(order):
            found.append(_call(order, legs))
            firsts.append(order[0])
            further += len(order) - 1
        else:
            internal = legs.to_type[order[0]] in {"extension", "queue", "ringgroup", "ivr", "voicemail"}
            aside["internal" if internal else "outbound"] += len(order)
    made = {name: pd.Series([call[name] or None for call in found], dtype="string") for name in _TEXTS}
    made |= {name: _whole([call[name] for call in found]) for name in _SECONDS}
    begins = rows.iloc[firsts].reset_index(drop=True)[["offered_at", "offered_at__naive", "source_file", "source_line"]]
    calls = pd.concat([pd.DataFrame(made), begins], axis=1).sort_values("offered_at", kind="stable", ignore_index=True)
    return _legs.only_instants(calls), problems, [_legs.account_for(len(rows), len(calls), further, aside)]


def _whole(values: list[object]) -> pd.Series[float]:
    seconds = pd.Series(values, dtype="Float64")
    return seconds.where((seconds >= 0) & (seconds <= _sheet.LONGEST_S))


def rings_of(rows: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Return an event of the agents table for each call that rang out at an extension."""
    if not (rows["details"] == "no_answer").any():
        return calls.iloc[:0]
    rows, _ = _once(rows)
    legs = _Legs(rows)
    of_callers = [order for order in legs.together() if legs.is_callers(order)]
    call = np.repeat(np.arange(len(of_callers)), [len(order) for order in of_callers])
    row = np.array([n for order in of_callers for n in order], dtype=np.int64)
    to, details = np.array(legs.to_type, dtype=object)[row], np.array(legs.details, dtype=object)[row]
    began, answered, ended = (_epoch(at)[row] for at in (legs.started, legs.answered, legs.ended))
    rung = np.flatnonzero((to == "extension") & np.isfinite(began) & np.isfinite(ended))
    phone = np.unique(np.array(legs.to_dn, dtype=object)[row[rung]].astype(str), return_inverse=True)[1].astype(np.int64)
    over = np.full(len(of_callers), -np.inf)
    np.maximum.at(over, call[np.isfinite(ended)], ended[np.isfinite(ended)])
    taken = np.full(len(of_callers), np.inf)
    took = np.isin(to.astype(str), list(_PEOPLE)) & np.isfinite(answered) & (details != "completed_elsewhere")
    np.minimum.at(taken, call[took], answered[took])
    hunted = at_several(call[rung], phone, len(of_callers))
    hunted[call[np.isin(to.astype(str), ["queue", "ringgroup"])]] = True
    vain = np.isnan(answered[rung]) & (details[rung] == "no_answer")
    in_vain = rung[vain]
    chosen = in_vain[rang_out(
        call[in_vain], phone[vain], ended_s=ended[in_vain], rang_s=(ended - began)[in_vain],
        decided_s=np.where(np.isfinite(taken), taken, over), hunted=hunted)]
    out = rows.iloc[row[chosen]].reset_index(drop=True)
    made = pd.DataFrame({
        "offered_at": out["ended"],
        "offered_at__naive": out["offered_at__naive"],
        "agent": out["to_dn"],
        "event": pd.array(["ring_no_answer"] * len(out), dtype="string"),
        "call_id": pd.array([legs.history[of_callers[n][0]] for n in call[chosen]], dtype="string"),
        "source_file": out["source_file"],
        "source_line": out["source_line"],
    })
    return _legs.only_instants(made).rename(columns={"offered_at": "at", "offered_at__naive": "at__naive"})


def _epoch(at: Stamps) -> NDArray[np.float64]:
    """Return instants as seconds, NaN where NaT."""
    raw = at.astype("datetime64[us]")
    return np.where(np.isnat(raw), np.nan, raw.astype(np.int64) / 1e6)


def _call(rows: list[int], legs: _Legs) -> dict[str, object]:
    """Return the columns of the call of these rows, as far as they are no times and places."""
    first = rows[0]
    start = legs.started[first]
    picked = [n for n in rows if not np.isnat(legs.answered[n])]
    people = [n for n in picked if legs.to_type[n] in _PEOPLE and legs.details[n] != "completed_elsewhere"]
    people.sort(key=lambda n: legs.answered[n])
    pick_up = min((legs.answered[n] for n in picked), default=None)
    ends = legs.ended[rows]
    end = ends[~np.isnat(ends)].max() if (~np.isnat(ends)).any() else None
    talk = queue = ring = None
    if pick_up is not None:
        ring = (pick_up - start) / _US / 1e6
    elif end is not None:
        ring = (end - start) / _US / 1e6
    if people:
        outcome = "answered"
        who = people[0]
        queue = (legs.answered[who] - pick_up) / _US / 1e6
        over = [n for n in people if not np.isnat(legs.ended[n])]
        talk = sum(float((legs.ended[n] - legs.answered[n]) / _US) / 1e6 for n in over) if over else None
    else:
        outcome = _lost(rows, legs)
        talk = 0.0
        if pick_up is not None and end is not None:
            queue = (end - pick_up) / _US / 1e6
    last = people[-1] if people else max(rows, key=lambda n: (legs.ended[n], n))
    ended_by = None
    if legs.reason[last] == "src_participant_terminated" or outcome == "abandoned":
        ended_by = "caller"
    elif legs.reason[last] == "dst_participant_terminated" or (legs.reason[last], legs.details[last]) == REFUSED:
        ended_by = "agent" if people else "system"
    caller = next((n for n in rows if legs.incoming[n]), first)
    return {
        "call_id": legs.history[first],
        "linked_id": legs.main[first] or legs.history[first],
        "dnis": next((legs.did[n] for n in rows if legs.did[n]), None),
        "trunk_group": legs.from_dn[caller] if legs.from_type[caller] == "externalline" else None,
        "ani": legs.phone[caller],
        "caller_name": legs.name[caller],
        "agent": legs.to_dn[people[0]] if people else None,
        "ring_s": ring,
        "queue_s": queue,
        "hold_s": None if people else 0.0,
        "talk_s": talk,
        "outcome": outcome,
        "ended_by": ended_by,
        "hangup_cause": "/".join(filter(None, (legs.reason[last], legs.details[last]))),
        "queue": next((legs.to_dn[n] for n in rows if legs.to_type[n] == "queue"), None),
        "transferred_to": next((legs.to_dn[n] for n in people[1:] if legs.to_dn[n] != legs.to_dn[people[0]]), None),
    }


def _lost(rows: list[int], legs: _Legs) -> str:
    answered = {legs.to_type[n] for n in rows if not np.isnat(legs.answered[n])}
    if "voicemail" in answered:
        return "voicemail"
    groups = [n for n in rows if legs.to_type[n] in {"queue", "ringgroup"}]
    if any(not np.isnat(legs.answered[n]) or (legs.reason[n], legs.details[n]) != REFUSED for n in groups):
        return "abandoned"
    if answered & {"ivr", "playback"}:
        return "announcement"
    if any(legs.details[n] == "busy" for n in rows):
        return "busy"
    if any(legs.reason[n] in {"src_participant_terminated", "cancelled"} for n in rows):
        return "abandoned"
    return "no_answer" if any(legs.details[n] == "no_answer" for n in rows) else "failed"


FORMAT = Format(
    title="3CX cdroutput (v20)",
    detect=detect,
    read=read,
    family="cloud",
    sure="B",
    provides=columns_of(
        calls=(
            "call_id linked_id dnis trunk_group ani caller_name agent offered_at ring_s queue_s talk_s "
            "outcome ended_by hangup_cause queue transferred_to"
        ),
    ),
)
