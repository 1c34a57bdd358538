"""Which legs are one call, which calls are a caller's attempt, and what became of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.intake.asterisk.calls import calls_of
from calltrace.intake.asterisk.columns import (
    NO_TIME,
    at_rows,
    codes,
    first_of,
    last_of,
    matches,
    seconds,
    texts,
)
from calltrace.intake.asterisk.course import Rows, course_of
from calltrace.intake.asterisk.legs import DIALLED_OUT, Apps, apps_of, call_keys, far_ends, peers_of, trunks
from calltrace.intake.asterisk.rings import rings_of
from calltrace.intake.asterisk.stations import stations_of

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Ints, Mask, Texts
    from calltrace.intake.asterisk.queued import Queued
    from calltrace.intake.formats._base import ReadOptions


AT_ONCE_S = 2
"""A dialplan that answers first has done so by then: a second's wait is usual before it, and clocks cut off fractions."""
RARE = 0.01
"""A dialplan picks up first where it does so for all calls but these: what else it does hides hardly any."""


@dataclass(frozen=True)
class Attempts:
    """Callers' attempts in a CDR, one row each, and how they were come by.

    ``met`` are the entries of the queue_log that belong to one of them; ``hides`` says that calls nobody answered
    may be missing from the CDR. ``rings`` are events of the agents table: calls that rang out at a phone.
    """

    calls: pd.DataFrame
    rings: pd.DataFrame
    met: Ints
    notes: list[str]
    hides: bool


def from_legs(legs: pd.DataFrame, log: Queued, options: ReadOptions, *, logged: bool = True) -> Attempts:
    """Return the callers' attempts among all legs of a CDR, with what the entries of ``log`` say of them.

    ``logged`` says that the legs are rows of a log; legs made of something else are told as calls.
    """
    grouped = _grouped(legs)
    entry = _entries(grouped, log)
    attempt, on_trunk = _attempts(grouped, entry)
    notes = _account_for_rows(grouped, attempt, logged=logged)
    rows = _rows(grouped, attempt, on_trunk, entry, log)
    hides = logged and rows.size > 0 and _may_hide(rows)
    if hides:
        notes.append(
            "no unanswered call without a second channel is in the CDR: calls that nobody answered may be "
            "missing from it (cdr.conf: unanswered=no)"
        )
    course = course_of(rows)
    made = calls_of(rows, course, options)
    if made["account"].isna().all() and made["dnis"].isna().all() and made["queue"].notna().any():
        notes.append(
            "no row says which number was dialled or has an account code: each queue is taken for an account, and "
            "calls to none have no account (write the number dialled to CDR(userfield), or accountcode)"
        )
    rings = rings_of(rows, course, made["call_id"], frozenset(grouped.peers[grouped.trunk].tolist()))
    return Attempts(made, rings, entry[entry >= 0], notes, hides)


def _may_hide(rows: Rows) -> bool:
    """Say whether calls may be missing that nobody answered: ``unanswered=no`` writes none of those with one channel.

    No such call is on record; and none is to be missed by a dialplan that answers first: it picks up all but :data:`RARE`
    at once, and callers who gave up after that are there.
    """
    if bool((~rows.has_far & ~rows.answered).any()):
        return False
    own = rows.own & (rows.answer != NO_TIME)
    at_once = rows.any_of(own & (rows.answer - rows.start[rows.first][rows.call] <= AT_ONCE_S))
    person = rows.any_of(rows.answered & rows.has_far)
    gave_up = rows.any_of(rows.own & rows.app.queue & rows.answered) & ~person
    return not gave_up.any() or bool((~at_once).mean() > RARE)


# --- which legs are one call ----------------------------------------------------------


@dataclass(frozen=True)
class _Grouped:
    """Legs sorted by call, then time, a call's own channel before those it dialled.

    ``call`` numbers each leg's call from 0, ``heads`` has the place of each call's first leg and ``ids`` its id;
    ``own`` says which legs are of the call's first channel, the caller's. ``peers`` are the names that ``peer`` has a
    code of for each leg (-1 where it has none), ``trunk`` says which of them are trunks, ``stations`` which numbered
    ports are phones.
    """

    legs: pd.DataFrame
    call: Ints
    heads: Ints
    ids: Texts
    own: Mask
    peer: Ints
    peers: Texts
    trunk: Mask
    app: Apps
    stations: frozenset[str]


def _grouped(legs: pd.DataFrame) -> _Grouped:
    """Sort legs by call."""
    code, ids = call_keys(legs)
    further = (_column(legs, "uniqueid") != _column(legs, "linkedid")).fillna(False).to_numpy(dtype=bool)
    order = np.lexsort((np.arange(len(legs)), seconds(legs["start_at"]), further, code))
    legs, code = legs.iloc[order].reset_index(drop=True), code[order]
    begins = np.concatenate(([True], code[1:] != code[:-1]))
    heads, call = np.flatnonzero(begins), np.cumsum(begins) - 1
    channel, _ = codes(legs["channel"])
    stations = stations_of(legs)
    peer, peers = codes(peers_of(legs["channel"], stations))
    return _Grouped(
        legs=legs,
        call=call,
        heads=heads,
        ids=ids[code[heads]],
        own=channel == channel[heads][call],
        peer=peer,
        peers=peers,
        trunk=trunks(legs, peer, peers),
        app=apps_of(legs["lastapp"]),
        stations=stations,
    )


def _column(legs: pd.DataFrame, name: str) -> pd.Series[str]:
    """Return a column that not every CDR has; NA throughout where there is none."""
    return legs[name] if name in legs.columns else pd.Series(pd.NA, index=legs.index, dtype="string")


def _entries(grouped: _Grouped, log: Queued) -> Ints:
    """Return the queue_log's entry of each call, by any of its channels' ids; -1 where it has none."""
    entry = np.full(len(grouped.heads), -1, dtype=np.int64)
    uniqueid = _column(grouped.legs, "uniqueid")
    if len(log.ids) and uniqueid.notna().any():
        where = pd.Index(log.ids).get_indexer(pd.Index(texts(uniqueid.fillna(""))))
        hit = np.flatnonzero(where >= 0)[::-1]  # the first leg's entry is written last, and stays
        entry[grouped.call[hit]] = where[hit]
    return entry


# --- which calls are a caller's attempt -----------------------------------------------


def _attempts(grouped: _Grouped, entry: Ints) -> tuple[Mask, Mask]:
    """Say which calls are a caller's attempt, and which came in on a trunk.

    A caller came in on a trunk, or got into a queue; where a table says a call's direction, that goes before.
    """
    heads = grouped.heads
    on_trunk = np.append(grouped.trunk, False)[grouped.peer[heads]]
    queued = _any_of(grouped, grouped.app.queue)
    attempt = (on_trunk & ~far_ends(grouped.legs)[heads]) | queued | (entry >= 0)
    if "direction" in grouped.legs.columns:
        direction = texts(grouped.legs["direction"])
        came_in = _any_of(grouped, direction == "inbound")
        elsewhere = np.isin(direction[heads].astype(str), ["outbound", "internal"]) & ~came_in
        attempt = (attempt & ~elsewhere) | came_in
        on_trunk = (on_trunk & ~elsewhere) | came_in
    return attempt, on_trunk


def _any_of(grouped: _Grouped, mask: Mask) -> Mask:
    """Say which calls have a leg of the mask."""
    found = np.zeros(len(grouped.heads), dtype=bool)
    found[grouped.call[mask]] = True
    return found


def _rows(
    grouped: _Grouped, attempt: Mask, on_trunk: Mask, entry: Ints, log: Queued
) -> Rows:
    """Return the legs of the attempts alone, their calls numbered anew."""
    keep, chosen = np.flatnonzero(attempt[grouped.call]), np.flatnonzero(attempt)
    legs = grouped.legs.iloc[keep].reset_index(drop=True)
    number = np.full(len(attempt), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    call, own = number[grouped.call[keep]], grouped.own[keep]
    start, end, answer = (seconds(legs[name]) for name in ("start_at", "end_at", "answer_at"))
    return Rows(
        legs=legs,
        call=call,
        size=len(chosen),
        own=own,
        start=start,
        end=end,
        answer=answer,
        app=grouped.app.take(keep),
        peer=at_rows(grouped.peers, grouped.peer[keep], None),
        first=first_of(call, np.arange(len(keep)), len(chosen)),
        last=last_of(call, np.flatnonzero(own), len(chosen)),
        ids=grouped.ids[chosen],
        on_trunk=on_trunk[chosen],
        in_log=entry[chosen] >= 0,
        log=log.beside(entry[chosen]),
        stations=grouped.stations,
    )


def _account_for_rows(grouped: _Grouped, attempt: Mask, *, logged: bool) -> list[str]:
    """Say where every row went: calls, rows folded into them, rows set aside and why."""
    legs, call = grouped.legs, grouped.call
    trunk_names = set(grouped.peers[grouped.trunk].tolist())
    calls = int(attempt.sum())
    folded = int(attempt[call].sum()) - calls
    notes = [f"{len(legs)} rows: {calls} callers' attempts and {folded} further rows of the same calls"]
    if not logged:
        notes = [f"{len(attempt)} calls: {calls} callers' attempts"]
    aside = ~attempt
    if not aside.any():
        return notes
    far, names = codes(peers_of(legs["dstchannel"], grouped.stations))
    to_trunk = np.append(np.array([name in trunk_names for name in names.tolist()], dtype=bool), False)[far]
    # a line that no call comes in on is known by being dialled with a number: SIP/5855550111@carrier
    numbered = matches(legs["lastdata"], lambda data: data.str.match(DIALLED_OUT))
    out = _any_of(grouped, to_trunk | numbered)
    notes[0] += f"; {int(aside[call].sum()) if logged else int(aside.sum())} set aside, which are no caller's"
    for which, what in (
        (aside & out, "calls that phones here dialled out"),
        (aside & ~out, "calls between phones here, of local channels, or dialled out and never connected"),
    ):
        if which.any():
            rows = f"{int(which[call].sum())} rows of " if logged else ""
            notes.append(f"set aside: {rows}{int(which.sum())} {what}")
    return notes
