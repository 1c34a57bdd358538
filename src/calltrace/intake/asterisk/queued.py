"""What the queue_log says of each call, its events folded into one entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calltrace.intake.asterisk.columns import (
    NO_TIME,
    at_rows,
    between,
    codes,
    first_of,
    last_of,
    seconds,
    texts,
)

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.asterisk.columns import Floats, Ints, Mask, Texts


@dataclass(frozen=True)
class Queued:
    """What the queue_log says of each call: one entry a call, in the order of ``ids``.

    Times are epoch seconds (NO_TIME where there was no such event), texts None where the log has none.
    """

    ids: Texts
    row: Ints
    entered: Ints
    connected: Ints
    ended: Ints
    left: Ints
    wait_s: Floats
    talk_s: Floats
    how: Texts
    agent: Texts
    queue: Texts
    caller: Texts
    caller_name: Texts
    did: Texts
    transferred_to: Texts
    restarted: Mask
    attempts: Ints

    def take(self, rows: Ints) -> Queued:
        """Return some of the calls."""
        return Queued(**{name: getattr(self, name)[rows] for name in Queued.__dataclass_fields__})

    def beside(self, entry: Ints) -> Queued:
        """Return one entry a call of another list; where that has none here (-1), nothing is said."""
        nothing = {
            "restarted": False,
            "attempts": 0,
            "row": -1,
            "wait_s": np.nan,
            "talk_s": np.nan,
        } | dict.fromkeys(("entered", "connected", "ended", "left"), NO_TIME)
        return Queued(
            **{
                name: at_rows(getattr(self, name), entry, nothing.get(name))
                for name in Queued.__dataclass_fields__
            }
        )


def _no_calls() -> Queued:
    """Return what a queue_log without calls says."""
    kinds: dict[str, type] = {"wait_s": float, "talk_s": float, "restarted": bool} | dict.fromkeys(
        ("row", "entered", "connected", "ended", "left", "attempts"), np.int64
    )
    return Queued(**{name: np.array([], dtype=kinds.get(name, object)) for name in Queued.__dataclass_fields__})


def queued(events: pd.DataFrame) -> Queued:
    """Fold the events of each call id that entered a queue."""
    if events.empty or "call_id" not in events.columns:
        return _no_calls()
    code, ids = codes(events["call_id"])
    kind_code, kinds = codes(events["event"])
    number = {name: n for n, name in enumerate(kinds.tolist())}

    def rows(*names: str) -> Ints:
        wanted = [number[name] for name in names if name in number]
        return np.flatnonzero(np.isin(kind_code, wanted) & (code >= 0))

    size = len(ids)
    at = seconds(events["at"])
    enter, enter_last = first_of(code, rows("ENTERQUEUE"), size), last_of(code, rows("ENTERQUEUE"), size)
    connect = last_of(code, rows("CONNECT"), size)
    finish = last_of(
        code, rows("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER"), size
    )
    leave = last_of(
        code,
        rows("ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT", "EXITWITHKEY", "WITHDRAW", "AGENTDUMP", "SYSCOMPAT"),
        size,
    )
    did = last_of(code, np.flatnonzero(events["did"].notna().to_numpy() & (code >= 0)), size)
    # an event of an end belongs to the last attempt only if it came after it
    connect = np.where((finish >= 0) & (connect < 0), finish, connect)
    leave = np.where(leave > connect, leave, -1)
    wait, talk = events["wait_s"].to_numpy(dtype=float), events["talk_s"].to_numpy(dtype=float)
    attempts = np.bincount(code[rows("ENTERQUEUE")], minlength=size).astype(np.int64)
    over = np.where(connect >= 0, connect, leave)
    kinds_at = np.append(kinds, np.array([None], dtype=object))[kind_code]
    last = np.where(finish >= 0, finish, leave)
    starts = np.sort(at[np.flatnonzero(kind_code == number.get("QUEUESTART", -2))])
    entered = at_rows(at, enter, NO_TIME)
    later_start = np.searchsorted(starts, entered, side="right") < len(starts)
    connected = at_rows(at, np.where((finish >= 0) & (connect == finish), -1, connect), NO_TIME)
    lone_finish = (finish >= 0) & (connect == finish)
    # a rotated log may hold only the end: count back
    back = at_rows(at, finish, NO_TIME) - np.nan_to_num(at_rows(talk, finish, 0.0)).astype(np.int64)
    connected = np.where(lone_finish, back, connected)
    waited = at_rows(wait, over, np.nan)
    ended_wait = at_rows(at, over, NO_TIME)
    spanned = between(ended_wait, entered)
    waited = np.where((attempts > 1) | np.isnan(waited), spanned, waited)

    def text(column: str, where: Ints) -> Texts:
        return at_rows(texts(events[column]), where, None)

    # nor may it hold the beginning: the wait said at the end tells when that was
    counted_back = np.where(over >= 0, ended_wait - np.nan_to_num(waited).astype(np.int64), NO_TIME)
    entered = np.where(entered == NO_TIME, counted_back, entered)
    keep = np.flatnonzero((enter >= 0) | (connect >= 0) | (leave >= 0))
    first = np.where(enter >= 0, enter, np.where(connect >= 0, connect, leave))
    return Queued(
        ids=ids[keep],
        row=first[keep],
        entered=entered[keep],
        connected=connected[keep],
        ended=at_rows(at, last, NO_TIME)[keep],
        left=at_rows(at, leave, NO_TIME)[keep],
        wait_s=waited[keep],
        talk_s=at_rows(talk, finish, np.nan)[keep],
        how=at_rows(kinds_at, last, None)[keep],
        agent=text("agent", np.where(connect >= 0, connect, -1))[keep],
        queue=text("queue", np.where(enter_last >= 0, enter_last, first))[keep],
        caller=text("caller", enter)[keep],
        caller_name=text("caller_name", enter)[keep],
        did=text("did", did)[keep],
        transferred_to=text("transferred_to", finish)[keep],
        restarted=later_start[keep],
        attempts=attempts[keep],
    )
