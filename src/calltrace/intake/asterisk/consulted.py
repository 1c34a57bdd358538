"""Callers an agent sent on to another queue by asking there first: an attended transfer, of which the log makes two calls.

The agent calls the queue, and enters it as its own caller; when the transfer is done the caller takes the agent's place in it.
From then on the queue_log has the events of that wait under the caller's id, while the entry (and in some versions of
Asterisk the ATTENDEDTRANSFER itself) stands under the id of the agent's channel::

    1776312407|1776312400.11|desk|Ann Lee|CONNECT|6|1776312401.12|6
    1776312489|1776312489.15|night|NONE|ENTERQUEUE||201|1
    1776312491|1776312489.15|desk|Ann Lee|ATTENDEDTRANSFER|APP|Queue|6|84|1
    1776312499|1776312400.11|night|Bea Ray|CONNECT|10|1776312490.16|8

An agent's own entry is known by having no end, where a caller has an end of a wait in the same queue without an entry, and the
wait that this tells began as the agent entered. Where the second agent answered before the transfer was done, see
:mod:`calltrace.intake.asterisk.bridged`.

References
----------
asterisk/asterisk issue 759; ``apps/app_queue.c``, ``handle_attended_transfer``.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.intake.asterisk.bridged import joined
from calltrace.intake.asterisk.columns import NO_TIME, codes, seconds, texts

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Ints, Mask

TRANSFER = "ATTENDEDTRANSFER"
WAIT_ENDS = ("CONNECT", "ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT", "EXITWITHKEY", "WITHDRAW")
"""Events that end a wait and tell how long it was."""

SAME_S = 1
"""The log cuts off fractions of a second: a wait counted back is this near to where it began."""


def callers_put_through(events: pd.DataFrame, legs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return queue events and legs with agents' entries of an attended transfer given to the caller they were made for.

    Parameters
    ----------
    events : DataFrame
        Table "queue-events". Without an attended transfer in it, both frames are returned as they are.
    legs : DataFrame
        Table "asterisk-legs", may be empty; the legs of the agent's own channel are made the caller's, where it has ids.
    """
    if events.empty or not (events["event"] == TRANSFER).any():
        return events, legs
    events, joined_to = joined(events)
    legs = _legs(legs, joined_to) if joined_to else legs
    found = _pairs(events)
    if not found:
        return events, legs
    to = {pair.agents_id: pair.callers_id for pair in found}
    moved = events["call_id"].isin(list(to)).to_numpy(dtype=bool)
    events = events.assign(call_id=_renamed(events["call_id"], to))
    # the agent is no caller, and dialled no client's number
    for name in ("did", "caller", "caller_name"):
        events[name] = events[name].mask(moved)
    target = events["transferred_to"].copy()
    target.iloc[[pair.transfer for pair in found]] = [pair.queue for pair in found]
    return events.assign(transferred_to=target), _legs(legs, to)


def _legs(legs: pd.DataFrame, to: dict[str, str]) -> pd.DataFrame:
    """Return the legs with those of the agents' channels as further ones of the callers' calls."""
    if legs.empty or "uniqueid" not in legs.columns:
        return legs
    name = "linkedid" if "linkedid" in legs.columns and legs["linkedid"].notna().any() else "uniqueid"
    return legs.assign(**{name: _renamed(legs[name], to)})


def _renamed(ids: pd.Series[str], to: dict[str, str]) -> pd.Series[str]:
    """Return the ids, those of ``to`` as it says."""
    code, names = codes(ids)
    named = np.array([to.get(name, name) for name in names.tolist()] + [None], dtype=object)
    return pd.Series(pd.array(named, dtype="string").take(code), index=ids.index)


@dataclass(frozen=True)
class _Pair:
    """An agent's entry into ``queue`` and the call it was made for; ``transfer`` is the event's place."""

    agents_id: str
    callers_id: str
    queue: str
    transfer: int


@dataclass(frozen=True)
class _Wait:
    """A wait in a queue by one of its ends: the call, the queue, where it stands in the log and when it began."""

    call: str
    queue: str
    place: int
    began: int


def _pairs(events: pd.DataFrame) -> list[_Pair]:
    """Return which entries without an end belong to which ends without an entry."""
    code, ids = codes(events["call_id"])
    kind, kinds = codes(events["event"])

    def of(*names: str) -> Mask:
        return np.isin(kind, [n for n, name in enumerate(kinds.tolist()) if name in names]) & (code >= 0)

    entering, ending, transferring = of("ENTERQUEUE"), of(*WAIT_ENDS), of(TRANSFER)
    entries, ends = (np.bincount(code[mask], minlength=len(ids)) for mask in (entering, ending))
    unended = (entries == 1) & (ends == 0)
    unbegun = (entries > 0) & (ends > entries)
    if not unended.any() or not unbegun.any():
        return []
    rows = np.flatnonzero(np.append(unended | unbegun, False)[code])  # few of all: the rest is looked at no more
    code, events = code[rows], events.iloc[rows]
    entering, ending, transferring = (mask[rows] for mask in (entering, ending, transferring))
    at, queue, agent = seconds(events["at"]), texts(events["queue"]), texts(events["agent"])
    waited = events["wait_s"].to_numpy(dtype=float)
    asked: dict[tuple[str, int], list[_Wait]] = defaultdict(list)
    for n in np.flatnonzero(entering & np.append(unended, False)[code]).tolist():
        asked[queue[n], int(at[n])].append(_Wait(ids[code[n]], queue[n], n, int(at[n])))
    done: dict[str, list[int]] = defaultdict(list)
    for n in np.flatnonzero(transferring).tolist():
        done[ids[code[n]]].append(n)
    found: dict[str, _Pair] = {}
    for taken, again in _unbegun(code, entering, ending, unbegun):
        if np.isnan(waited[again]) or at[again] == NO_TIME:
            continue
        began = int(at[again] - waited[again])
        for near in range(began - SAME_S, began + SAME_S + 1):
            for wait in asked.get((queue[again], near), []):
                put = [n for n in (*done[wait.call], *done[ids[code[again]]])
                       if taken < n < again and (agent[n], queue[n]) == (agent[taken], queue[taken])]
                if put and taken < wait.place < again:
                    found.setdefault(wait.call, _Pair(wait.call, ids[code[again]], wait.queue, int(rows[put[-1]])))
    return list(found.values())


def _unbegun(code: Ints, entering: Mask, ending: Mask, calls: Mask) -> list[tuple[int, int]]:
    """Return the ends of waits without an entry, each with the end before it in which an agent took the same call."""
    open_ = dict.fromkeys(np.flatnonzero(calls).tolist(), False)
    taken: dict[int, int] = {}
    found = []
    for n in np.flatnonzero((entering | ending) & np.append(calls, False)[code]).tolist():
        call = int(code[n])
        if not entering[n] and not open_[call] and call in taken:
            found.append((taken[call], n))
        if not entering[n]:
            taken[call] = n
        open_[call] = bool(entering[n])
    return found
