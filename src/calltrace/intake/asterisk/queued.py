"""What the queue_log says of each call, its events folded into one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake.asterisk.columns import (
    NO_TIME,
    at_rows,
    between,
    codes,
    either,
    first_of,
    last_of,
    said,
    seconds,
    texts,
)
from calltrace.intake.asterisk.handed_on import HandedOn, handed_on

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.asterisk.columns import Floats, Ints, Mask, Texts


@dataclass(frozen=True)
class Queued:
    """What the queue_log says of each call: one entry a call, in the order of ``ids``.

    Times are epoch seconds (NO_TIME where there was no such event), texts None where the log has none. Of a call that was handed
    on to another queue ``connected``, ``agent`` and ``queue`` are of the first agent; ``wait_s`` and ``talk_s`` are of all, and
    ``again_s`` is what of the wait came after that agent, 0 for any other call.
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
    again_s: Floats

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
            "again_s": 0.0,
        } | dict.fromkeys(("entered", "connected", "ended", "left"), NO_TIME)
        return Queued(
            **{
                name: at_rows(getattr(self, name), entry, nothing.get(name))
                for name in Queued.__dataclass_fields__
            }
        )


def _no_calls() -> Queued:
    """Return what a queue_log without calls says."""
    kinds: dict[str, type] = {"wait_s": float, "talk_s": float, "again_s": float, "restarted": bool} | dict.fromkeys(
        ("row", "entered", "connected", "ended", "left", "attempts"), np.int64
    )
    return Queued(**{name: np.array([], dtype=kinds.get(name, object)) for name in Queued.__dataclass_fields__})


ENDS = ("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")
"""How a talk with an agent ends."""
LEAVES = ("ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT", "EXITWITHKEY", "WITHDRAW", "AGENTDUMP", "SYSCOMPAT")
"""How a caller leaves a queue without one."""


def queued(events: pd.DataFrame) -> Queued:
    """Fold the events of each call id that entered a queue.

    Parameters
    ----------
    events : DataFrame, one row an event
        Table "queue-events": ``at`` in UTC, ``call_id`` NA where the event is no call's, ``wait_s`` and ``talk_s``
        NaN where it tells none. A rotated log may hold only a call's end, or only its beginning.
    """
    if events.empty or "call_id" not in events.columns:
        return _no_calls()
    code, ids = codes(events["call_id"])
    kind_code, kinds = codes(events["event"])
    size = len(ids)

    def of(*names: str) -> Mask:
        wanted = [n for n, name in enumerate(kinds.tolist()) if name in names]
        return np.isin(kind_code, wanted) & (code >= 0)

    def first(mask: Mask) -> Ints:
        return first_of(code, np.flatnonzero(mask), size)

    def last(mask: Mask) -> Ints:
        return last_of(code, np.flatnonzero(mask), size)

    def text(column: str, where: Ints) -> Texts:
        return at_rows(texts(events[column]), where, None)

    at = seconds(events["at"])
    enter, finish, leave = first(of("ENTERQUEUE")), last(of(*ENDS)), last(of(*LEAVES))
    wait_s, talked_s = (events[name].to_numpy(dtype=float) for name in ("wait_s", "talk_s"))
    on = handed_on(code, size, of("ENTERQUEUE"), of("CONNECT"), of(*ENDS), of(*LEAVES), wait_s, talked_s)
    connect = np.where(on.calls, on.connect, on.last)
    # an event of an end belongs to the last attempt only if it came after it
    connect = np.where((finish >= 0) & (connect < 0), finish, connect)
    leave = np.where(leave > connect, leave, -1)
    over, end = np.where(connect >= 0, connect, leave), np.where(on.calls, on.end, np.where(finish >= 0, finish, leave))
    begin = np.where(enter >= 0, enter, over)
    entries = np.bincount(code[of("ENTERQUEUE")], minlength=size).astype(np.int64)
    attempts = np.where(on.calls, on.attempts, entries)
    talk_s = np.where(on.calls, on.talk_s, at_rows(talked_s, finish, np.nan))
    told_wait_s = at_rows(wait_s, over, np.nan)
    entered, waited_s = _waits(at_rows(at, enter, NO_TIME), at_rows(at, over, NO_TIME), told_wait_s, attempts)
    starts = np.sort(at[kind_code == _place(kinds, "QUEUESTART")])
    how = np.append(kinds, np.array([None], dtype=object))[kind_code]
    keep = np.flatnonzero(begin >= 0)
    return Queued(
        ids=ids,
        row=begin,
        entered=entered,
        connected=_connected(at_rows(at, connect, NO_TIME), talk_s, lone_end=(finish >= 0) & (connect == finish)),
        ended=at_rows(at, end, NO_TIME),
        left=at_rows(at, leave, NO_TIME),
        wait_s=waited_s + on.again_s,
        talk_s=talk_s,
        how=at_rows(how, end, None),
        agent=text("agent", connect),
        queue=text("queue", np.where(on.calls, connect, np.where(enter >= 0, last(of("ENTERQUEUE")), begin))),
        caller=text("caller", enter),
        caller_name=text("caller_name", enter),
        did=text("did", last(events["did"].notna().to_numpy() & (code >= 0))),
        transferred_to=_transferred(on, text("transferred_to", np.where(on.calls, on.done, finish)), text("agent", on.last)),
        restarted=np.searchsorted(starts, at_rows(at, enter, NO_TIME), side="right") < len(starts),
        attempts=attempts,
        again_s=on.again_s,
    ).take(keep)


def _transferred(on: HandedOn, to: Texts, last: Texts) -> Texts:
    """Return where an agent sent the caller: of a call handed on to nowhere that is named, to the ``last`` agent who took it."""
    return either(on.calls & ~said(to) & (on.last > on.connect), last, to)


def _place(kinds: Texts, name: str) -> int:
    """Return the number of a kind of event, one that no event has where there is none of it."""
    found = np.flatnonzero(kinds == name)
    return int(found[0]) if len(found) else -2


def _waits(entered: Ints, over_at: Ints, told_s: Floats, attempts: Ints) -> tuple[Ints, Floats]:
    """Return when callers entered and how long they waited, until an agent took them or they left.

    What an event says of the wait is of its own attempt: of several, the whole of it is from the first entry on. Where
    the log doesn't hold the entry, the wait said at the end tells when that was.
    """
    waited = np.where((attempts > 1) | np.isnan(told_s), between(over_at, entered), told_s)
    ends = over_at != NO_TIME
    counted_back = np.where(ends, np.where(ends, over_at, 0) - np.nan_to_num(waited).astype(np.int64), NO_TIME)
    return np.where(entered == NO_TIME, counted_back, entered), waited


def _connected(connected: Ints, talk_s: Floats, *, lone_end: Mask) -> Ints:
    """Return when agents took the calls; of a talk whose end alone is in the log, that is counted back."""
    return np.where(lone_end, connected - np.nan_to_num(talk_s).astype(np.int64), connected)
