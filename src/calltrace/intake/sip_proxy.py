"""Calls out of a SIP proxy's transactions: INVITE and BYE of one dialog joined by call id, misses by branch.

One call id is one caller's attempt. The first INVITE with a 200 is its answer, a BYE its end, whichever side
sent it. Where no INVITE was answered, the last final answer says how it ended. Other transactions (REGISTER,
OPTIONS, MESSAGE, a BYE whose INVITE is not in the log) are no calls; the notes count them. Of a BYE that ended a call whose
INVITE is missing it is told besides: that call was answered, and is in no figure. Nor are the calls of
extensions callers' attempts: those of a caller of a few digits, from where no caller with a whole number comes.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.duplicates import without_repeats
from calltrace.intake.formats._base import Reading
from calltrace.intake.formats._values import nullable_array
from calltrace.tables import phones
from calltrace.tables.problems import Problem
from calltrace.tables.schema import SOURCE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from calltrace.intake.formats._base import ReadOptions

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

OUTCOMES = {487: "abandoned", 486: "busy", 600: "busy", 408: "no_answer", 480: "no_answer"}
"""What the final answer to an INVITE means; every other one is "failed" (RFC 3261, 21)."""

LEAST_NUMBER = 7
"""A number within a country has so many digits at least, an extension hardly ever."""

CHALLENGES = (401, 407)
"""The proxy asked for a password: not how a call ended, unless nothing followed."""


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Make calls of all transactions of one proxy.

    Parameters
    ----------
    readings : pairs of format name and reading
        Table "sip-transactions"; others are handed back as they are.
    options : ReadOptions
        ``region`` says in which country a number without ``+`` is.

    Returns
    -------
    list of (format name, reading)
        One reading of table "calls"; ``offered_at`` is naive with ``offered_at__naive`` where only the proxy's wall
        clock is known.
    """
    made = [pair for pair in readings if pair[1].table != "sip-transactions"]
    given = [(name, reading) for name, reading in readings if reading.table == "sip-transactions"]
    frames = [reading.frame for _, reading in given if len(reading.frame)]
    if not frames:
        return made
    rows, problems = _once(frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True))
    calls, notes, unbegun = _calls(rows, options)
    problems += unbegun
    outcome = calls["outcome"] if len(calls) else pd.Series([], dtype="string")
    if len(calls) and bool((outcome == "answered").all()):
        notes.append(
            "no call in the log went unanswered: without the table missed_calls or failed_transaction_flag the proxy "
            "does not log them"
        )
    made.append(
        (
            given[0][0],
            Reading(
                "calls",
                calls,
                rows=sum(reading.rows for _, reading in given),
                problems=tuple(problems),
                zone="",
                zone_from="" if rows["naive"].any() else "epoch",
                notes=tuple(notes),
            ),
        )
    )
    return made


def _once(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    told = [c for c in rows.columns if c not in SOURCE_COLUMNS]
    return without_repeats(rows, rows.duplicated(told).to_numpy(), "transaction")


@dataclass(frozen=True)
class _Kinds:
    """What each row is: an INVITE, a BYE, or a row that is a call by itself (of a table of missed or finished calls)."""

    invite: Bools
    bye: Bools
    whole: Bools

    @classmethod
    def of(cls, rows: pd.DataFrame, method: pd.Series[str]) -> _Kinds:
        invite, bye = ((method == name).fillna(value=False).to_numpy(dtype=bool) for name in ("INVITE", "BYE"))
        return cls(invite, bye, rows["begins"].notna().to_numpy(dtype=bool) & method.isna().to_numpy(dtype=bool))

    @property
    def any(self) -> Bools:
        """Rows that have to do with calls."""
        return self.invite | self.bye | self.whole


@dataclass(frozen=True)
class _Sorted:
    """Rows by call: by what calls are known, which row is what of them ("row" the first, "answer", "miss", …).

    ``loose`` are the rows of BYEs without an INVITE, ``unnamed`` rows without an id of calls that are told by their id elsewhere.
    """

    calls: dict[str, dict[str, int]]
    loose: list[int]
    unnamed: int


def _calls(rows: pd.DataFrame, options: ReadOptions) -> tuple[pd.DataFrame, list[str], list[Problem]]:
    """Return one row a call id, what became of the transactions, and what is to be told of them."""
    method = rows["method"].astype("string").str.upper()
    kinds = _Kinds.of(rows, method)
    code = np.nan_to_num(pd.to_numeric(rows["code"], errors="coerce").to_numpy(dtype=np.float64)).astype(np.int64)
    time = np.fmin(rows["time"].to_numpy(), np.inf)
    when = np.where(np.isfinite(time), time, rows["begins"].to_numpy())
    by_call = _by_call(rows, kinds, code, np.argsort(when, kind="stable").tolist())
    told = {name: rows[name].tolist() for name in rows.columns}
    every = [_one(told, call, code, when) for call in by_call.calls.values()]
    found = _callers(every)
    frame = _frame(rows, found, options)
    said = _counted(len(every), method, kinds, by_call)
    if len(found) < len(every):
        said[0] = f"{len(method)} rows: {len(found)} callers' attempts, {len(every) - len(found)} calls of extensions set aside"
    notes = [", ".join(said)]
    if any(call["late"] for call in found):
        notes.append(
            "the log has the time of the final answer, not of the INVITE: calls began up to their ringing time earlier"
        )
    return frame, notes, _unbegun(told, [i for i in by_call.loose if 200 <= code[i] < 300])


def _unbegun(told: dict[str, list[Any]], ends: list[int]) -> list[Problem]:
    """Tell of calls whose end alone is in the log, by the files it is in: they were answered, nobody knows when."""
    first: dict[str, dict[str, int]] = {}
    for i in ends:
        if told["callid"][i]:
            first.setdefault(str(told["source_file"][i]), {}).setdefault(told["callid"][i], i)
    return [
        Problem(
            Location(file, int(told["source_line"][min(calls.values())])),
            f"{len(calls)} calls that end without having begun (a BYE without its INVITE), this is the first"
            if len(calls) > 1 else "1 call that ends without having begun (a BYE without its INVITE)",
            "the INVITE of every call",
            "They are in no figure. Give the log from before it, or have the proxy account every answered INVITE.",
            table="calls", effect="noted", rows=len(calls), kind="no-beginning")
        for file, calls in sorted(first.items())]  # fmt: skip


def _by_call(rows: pd.DataFrame, kinds: _Kinds, code: Ints, order: list[int]) -> _Sorted:
    """Sort the rows, in order of time, by the call they are of; a row without an id is a call of its own."""
    callid = rows["callid"].tolist()
    places = zip(callid, rows["source_file"].tolist(), rows["source_line"].tolist(), strict=True)
    key = [c or f"{f}:{n}" for c, f, n in places]
    calls: dict[str, dict[str, int]] = {}
    ids = any(callid[i] for i in np.flatnonzero(kinds.invite).tolist())
    loose: list[int] = []
    unnamed = 0
    for i in order:
        if kinds.whole[i]:
            if ids and not callid[i]:  # the same calls are in acc, by their id
                unnamed += 1
            else:
                calls.setdefault(key[i], {"row": i}).setdefault("whole", i)
        elif kinds.invite[i]:
            call = calls.setdefault(key[i], {"row": i})
            if 200 <= code[i] < 300:
                call.setdefault("answer", i)
            elif code[i] in CHALLENGES:
                call.setdefault("asked", i)
            elif code[i] >= 300:
                call["miss"] = i
    for i in order:
        if kinds.bye[i]:
            if key[i] in calls:
                calls[key[i]].setdefault("bye", i)
            else:
                loose.append(i)
    return _Sorted(calls, loose, unnamed)


def _callers(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what extensions dial: each other, or outside.

    A carrier hands over whole numbers. A caller of few digits is an extension where the address it comes from sends no
    whole number, or, where the log has no addresses, where no caller with a whole number dials what it dials. A log of
    such callers alone tells nothing of whom else there could be, and keeps them.
    """
    def sender(call: dict[str, Any]) -> tuple[str, Any]:
        return ("from", call["trunk"]) if call["trunk"] else ("to", call["dialled"])

    outside = {sender(call) for call in calls if len(_digits(call["caller"])) >= LEAST_NUMBER}
    if not outside:
        return calls
    return [call for call in calls if not _is_extension(call["caller"]) or sender(call) in outside]


def _digits(caller: str | None) -> str:
    return re.sub(r"\D", "", re.sub(r"^sips?:|@.*$", "", caller or ""))


def _is_extension(caller: str | None) -> bool:
    return re.fullmatch(r"(?:sips?:)?\d{2,5}(?:@.*)?", caller or "") is not None


def _counted(calls: int, method: pd.Series[str], kinds: _Kinds, by_call: _Sorted) -> list[str]:
    """Return in words how many rows there were, and what became of them."""
    said = [f"{len(method)} rows: {calls} callers' attempts"]
    folded = int(kinds.any.sum()) - calls - len(by_call.loose) - by_call.unnamed
    if folded:
        said.append(f"{folded} further transactions of the same calls")
    if by_call.loose:
        said.append(f"{len(by_call.loose)} BYE whose INVITE is not in the log")
    if by_call.unnamed:
        said.append(f"{by_call.unnamed} rows without a call id of calls that are in acc")
    other = Counter(m for m in method[~kinds.any].fillna("?").tolist())
    return [*said, *(f"{n} {name}" for name, n in sorted(other.items()))]


def _one(told: dict[str, list[Any]], call: dict[str, int], code: Ints, when: Floats) -> dict[str, Any]:
    """Return what is known of one call."""
    answer, whole, bye = call.get("answer"), call.get("whole"), call.get("bye")
    row = answer if answer is not None else call.get("miss", call.get("asked", call["row"]))
    setup, created = told["setup"][row], told["created"][row]
    answered = answer is not None
    if whole is not None and not answered and "miss" not in call:
        answered = bool(told["duration"][whole] > 0)
        row = whole
    at = float(when[row])
    dated, timed = not math.isnan(created), not math.isnan(setup)
    start = created if dated else at - setup if timed else at
    talk = float("nan")
    if answered:
        lengths = [told["duration"][i] for i in (answer, bye, whole) if i is not None]
        talk = next((x for x in lengths if not math.isnan(x)), float("nan"))
        if bye is not None and math.isnan(talk) and not (told["rough"][bye] or told["rough"][row]):
            talk = max(float(when[bye]) - at, 0.0)
    ended = None
    if answered and bye is not None:
        tag = told["from_tag"][bye]
        ended = "caller" if tag and tag == told["from_tag"][row] else "agent" if tag and tag == told["to_tag"][row] else None
    outcome = "answered" if answered else OUTCOMES.get(int(code[row]), "failed")
    if not answered:
        ended = "caller" if outcome == "abandoned" else "system"
    first = call["row"]
    reason = told["reason"][row]
    return {
        "first": first,
        "call_id": told["callid"][first] or f"{told['source_file'][first]}:{told['source_line'][first]}",
        "start": start,
        "ring": setup if timed else at - created if dated and not told["rough"][row] else float("nan"),
        "talk": talk if answered else 0.0,
        "queue": float("nan") if answered else 0.0,
        "outcome": outcome,
        "ended_by": ended,
        "cause": " ".join(str(x) for x in (int(code[row]) or None, reason) if x) or None,
        "late": not (timed or dated),
        "caller": _first(told["caller"], first, row),
        "dialled": _first(told["dialled"], first, row),
        "trunk": _first(told["trunk"], first, row),
    }


def _first(values: list[Any], *rows: int) -> Any:
    return next((values[i] for i in rows if values[i]), None)


def _frame(rows: pd.DataFrame, found: list[dict[str, Any]], options: ReadOptions) -> pd.DataFrame:
    def texts(name: str) -> pd.Series[str]:
        return pd.Series([call[name] for call in found], dtype="string")

    def seconds(name: str) -> pd.api.extensions.ExtensionArray:
        return nullable_array(np.array([call[name] for call in found], dtype=np.float64))

    first = np.array([call["first"] for call in found], dtype=np.int64)
    start = np.array([call["start"] for call in found], dtype=np.float64)
    naive = rows["naive"].to_numpy(dtype=bool)[first]
    frame = pd.DataFrame(
        {
            "call_id": texts("call_id"),
            "dnis": phones.clean(texts("dialled"), options.region),
            "trunk_group": texts("trunk"),
            "ani": phones.clean(texts("caller"), options.region),
            "offered_at": pd.Series(np.round(start * 1e6).astype(np.int64).astype("datetime64[us]")),
            "offered_at__naive": naive,
            "ring_s": seconds("ring"),
            "queue_s": seconds("queue"),
            "talk_s": seconds("talk"),
            "outcome": texts("outcome"),
            "ended_by": texts("ended_by"),
            "linked_id": texts("call_id"),
            "hangup_cause": texts("cause"),
            "source_file": pd.Categorical(rows["source_file"].to_numpy(dtype=object)[first]),
            "source_line": rows["source_line"].to_numpy()[first],
        }
    )
    if not naive.any():
        frame["offered_at"] = frame["offered_at"].dt.tz_localize("UTC")
        frame = frame.drop(columns="offered_at__naive")
    return frame.sort_values("offered_at", kind="stable", ignore_index=True)
