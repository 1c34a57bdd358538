"""Callers an agent put through to another who had answered already: an attended transfer that joins two conversations.

The agent calls a queue, asks whoever answers there, and joins the two. The transfer is logged with the bridge they meet in,
while the second agent's events stand under the id of the first one's own channel, as if that agent were a caller::

    1776312407|1776312400.11|desk|Ann Lee|CONNECT|6|1776312401.12|6
    1776312489|1776312489.15|night|NONE|ENTERQUEUE||201|1
    1776312495|1776312489.15|night|Bea Ray|CONNECT|6|1776312490.16|5
    1776312520|1776312400.11|desk|Ann Lee|ATTENDEDTRANSFER|BRIDGE|5f3c2a10-93cf-4a43-8d8e-0cf21d6a0c11|6|113|1
    1776312570|1776312489.15|night|Bea Ray|COMPLETEAGENT|6|75|1

An agent's own call is known by its caller, a telephone of the service, which is the agent's where the agent's name has a number;
by who answered it before the transfer; and by there being no other such call. From the transfer on that talk is the caller's.

References
----------
asterisk/asterisk ``apps/app_queue.c``, ``handle_attended_transfer`` and ``log_attended_transfer``.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake.asterisk.columns import seconds, texts

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.asterisk.columns import Ints, Texts

TRANSFER = "ATTENDEDTRANSFER"
BRIDGE = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
"""How a bridge is named, which is nobody that a caller could be sent to."""
COMPLETED = ("COMPLETEAGENT", "COMPLETECALLER")
SAME_S = 1
"""The log cuts off fractions of a second."""

_TELEPHONE = re.compile(r"\d{2,6}")


@dataclass(frozen=True)
class _Asked:
    """A call of a telephone of the service to a queue, that an agent answered; ``done`` is the place of its end, -1 for none."""

    call: str
    queue: str
    caller: str
    entered: int
    connected: int
    done: int
    ended: int


def joined(events: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return queue events with the second conversation of such transfers as part of the caller's, and whose calls became whose.

    Parameters
    ----------
    events : DataFrame
        Table "queue-events". Without such a transfer in it it is returned as it is.
    """
    if events.empty:
        return events, {}
    done = (events["event"] == TRANSFER).to_numpy(dtype=bool, na_value=False)
    if not done.any():
        return events, {}
    target = events["transferred_to"]
    bridged = target.str.fullmatch(BRIDGE).fillna(value=False).to_numpy(dtype=bool) & done
    if not bridged.any():
        return events, {}
    events = events.assign(transferred_to=target.mask(bridged))
    at, agent = seconds(events["at"]), texts(events["agent"])
    asked = _asked(events, at)
    found: dict[int, _Asked] = {}
    for n in bridged.nonzero()[0].tolist():
        able = _able(events, n, (at, agent), asked)
        if len(able) == 1:
            found[n] = able[0]
    often = Counter(one.call for one in found.values())
    return _put(events, {n: one for n, one in found.items() if often[one.call] == 1}, at)


def _asked(events: pd.DataFrame, at: Ints) -> list[_Asked]:
    """Return the calls of telephones of the service that entered one queue once and were answered there."""
    caller = events["caller"].fillna("").str.fullmatch(_TELEPHONE.pattern).to_numpy(dtype=bool)
    short = caller & (events["event"] == "ENTERQUEUE").to_numpy(dtype=bool, na_value=False)
    whose = events["call_id"].isin(events.loc[short, "call_id"].dropna())
    found = []
    for call, rows in events.assign(place=np.arange(len(events)))[whose].groupby("call_id", sort=False):
        by = {name: rows.loc[rows["event"].isin(names), "place"].tolist() for name, names in (
            ("entered", ["ENTERQUEUE"]), ("connected", ["CONNECT"]), ("done", [*COMPLETED]))}
        if len(by["entered"]) == len(by["connected"]) == 1 and len(by["done"]) <= 1:
            first, taken, last = by["entered"][0], by["connected"][0], by["done"][0] if by["done"] else -1
            found.append(_Asked(
                str(call), str(events["queue"].iloc[first]), str(events["caller"].iloc[first]), int(at[first]), int(at[taken]),
                last, int(at[last])))
    return found


def _able(events: pd.DataFrame, n: int, columns: tuple[Ints, Texts], asked: list[_Asked]) -> list[_Asked]:
    """Return those of the calls that an agent may have made who put a caller through in event ``n``."""
    at, agent = columns
    talk = events["talk_s"].iloc[n]
    since = int(at[n] - talk) - SAME_S if talk == talk else int(at[n])  # noqa: PLR0124 (NaN)
    own = set(re.findall(r"\d+", str(agent[n] or "").partition("@")[0]))
    return [one for one in asked
            if since <= one.entered and one.connected <= at[n] and (one.done < 0 or one.ended >= at[n] - SAME_S)
            and (not own or one.caller in own) and one.call != events["call_id"].iloc[n]]


def _put(events: pd.DataFrame, found: dict[int, _Asked], at: Ints) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the events with the talk after each transfer as the caller's, and the agent's own call as part of it."""
    if not found:
        return events, {}
    to = {one.call: str(events["call_id"].iloc[n]) for n, one in found.items()}
    talk, target = events["talk_s"].to_numpy(dtype=float).copy(), events["transferred_to"].copy()
    for n, one in found.items():
        target.iloc[n] = one.queue
        if one.done >= 0:
            talk[n] += max(0, one.ended - int(at[n]))
    theirs = events["call_id"].isin(list(to))
    gone = theirs & events["event"].isin(["ENTERQUEUE", "CONNECT", "DID", *COMPLETED])
    ids = events["call_id"].where(~theirs, events["call_id"].map(to))
    events = events.assign(talk_s=talk, transferred_to=target, call_id=ids)
    return events[~gone.fillna(value=False)].reset_index(drop=True), to
