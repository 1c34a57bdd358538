"""Which call of the CDR is which of the queue_log where the CDR has no call ids (``loguniqueid`` is off by default).

The queue_log's id still holds the second the caller's channel was born, which is when the CDR's first row of
the call starts. That, the caller's number, the end and whether a person answered tell the pairs, one to one,
the likeliest first. What the wall clock of the CDR shows against UTC is learnt from the same pairs where the
zone that was given, or the machine's, does not bring them together. Where too few calls meet, nobody can say
which calls are in both logs: those of one log are taken then, and none is counted twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from calltrace.classes import dataclass
from calltrace.intake.asterisk.columns import (
    NO_TIME,
    at_rows,
    by_value,
    codes,
    first_of,
    said,
    seconds,
    texts,
)
from calltrace.intake.asterisk.legs import apps_of, call_keys
from calltrace.intake.formats._clocks import SLOT_S, clock_steps, epochs_of

if TYPE_CHECKING:
    from calltrace.intake.asterisk.columns import Floats, Ints, Mask
    from calltrace.intake.asterisk.queued import Queued
    from calltrace.intake.formats._clocks import Clock

ENOUGH = 0.6
"""Of the log with fewer queued calls in the time both cover, this part must meet, or the pairs are chance."""

EARLY_S, LATE_S = 3, 5
"""How far a call's first row may start before and after its channel's birth: truncation, and a slow dialplan."""

NO_ID_S = 600
"""How long before the queue a call may start whose id does not hold its birth: greetings and menus."""

ENDS_S = 2
"""Ends this close are the same one."""

UNLIKE = 15.0
"""A pair that costs more than this (see ``_costs``) is not one call."""

HOUR_S = 3600
WIDEST_S = 26 * HOUR_S
"""Two wall clocks on Earth differ by no more."""

ASKED = 3000
"""Calls asked for the zone, from all over the log."""

PAIRS = 5_000_000
"""As many pairs are looked at where no caller's number tells which calls may be the same."""

TIMES = ("start_at", "answer_at", "end_at")

VOTES = 5
"""Calls that must agree on the zone at least."""

BESIDE_S = 900
"""A queued call this far from every row of the CDR lies in a hole of it."""


@dataclass(frozen=True)
class Alike:
    """What became of putting both logs side by side.

    ``legs`` have the queue_log's ids where a call was met, and times by the clock learnt. ``covered`` says which
    entries of the log the CDR should have, by its rows without ids around them. ``only`` is "cdr" or "log" where
    the calls of that log alone are to be taken. ``says`` is the clock in words where it is not the one given.
    """

    legs: pd.DataFrame
    covered: Mask
    only: str = ""
    zone: str = ""
    fits: bool = True
    says: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Side:
    """The calls of one log, as much as both logs know: epoch seconds, the caller (-1 where withheld or unknown).

    ``talked`` says that a person answered. ``start`` to ``latest`` is when the call may begin in the other log.
    """

    start: Ints
    latest: Ints
    end: Ints
    caller: Ints
    talked: Mask
    queued: Mask
    born: Mask

    @property
    def size(self) -> int:
        return len(self.start)


def alike(legs: pd.DataFrame, log: Queued, asked: str | None) -> Alike:
    """Give the legs without ids those of the queue_log's calls that they are.

    Parameters
    ----------
    legs : frame of table "asterisk-legs"
        ``wall`` holds the clock's own reading where there were no ids to place it by.
    log : Queued
        One entry a call of the queue_log.
    asked : str or None
        The zone asked for, told from others that fit as well.
    """
    nothing = Alike(legs, np.zeros(len(log.ids), dtype=bool))
    if legs.empty or not len(log.ids):
        return nothing
    legs = _by_linked(legs)
    bare = legs["uniqueid"].isna().to_numpy()
    if not bare.any():
        return Alike(legs, nothing.covered)
    lone = legs.loc[bare].reset_index(drop=True)
    free = np.flatnonzero(~np.isin(log.ids, texts(legs.loc[~bare, "uniqueid"].dropna())))
    code, ids = call_keys(lone)
    cdr, queue = _sides(lone, code, len(ids), log.take(free))
    shift, met, enough = _met(cdr, queue)
    if not enough and bare.all():
        return _apart(legs, cdr, queue)
    clock = _clock(lone, code, cdr, queue, met)
    if clock is not None:
        # by the clock learnt, the other half of the year meets as well
        lone = lone.assign(**clock.apply(lone, at_rows(queue.start, _of(met, cdr.size)[code], NO_TIME)))
        cdr, queue = _sides(lone, code, len(ids), log.take(free))
        shift, met = 0, _pairs(cdr, queue, 0)
    covered = nothing.covered
    covered[free] = _near(queue.start, np.sort(seconds(lone["start_at"]) + shift))
    entry = _of(met, cdr.size)[code]
    legs = legs.copy()
    legs.loc[bare, "uniqueid"] = pd.array(at_rows(log.ids[free], entry, None), dtype="string")
    born = at_rows(np.where(queue.born, queue.start, NO_TIME), entry, NO_TIME)
    legs.loc[bare, "epoch_s"] = pd.arrays.IntegerArray(np.where(born == NO_TIME, 0, born), born == NO_TIME)
    note = (
        f"the CDR has no call ids: {int((met >= 0).sum())} of {queue.size} calls of the queue_log were found in it "
        "by time, caller and end"
    )
    if clock is None:
        return Alike(legs, covered, notes=(note,))
    where = np.flatnonzero(bare)
    for name in TIMES:
        legs[name] = legs[name].mask(
            bare, lone[name].set_axis(where).reindex(range(len(legs))).set_axis(legs.index)
        )
    zone, fits = clock.steps.zone(asked)
    return Alike(legs, covered, "", zone, fits or not asked, clock.steps.says(), (note,))


def _of(met: Ints, size: int) -> Ints:
    """Return each call's entry, -1 where it has none, of each entry's call."""
    entry = np.full(size, -1, dtype=np.int64)
    entry[met[met >= 0]] = np.flatnonzero(met >= 0)
    return entry


def _by_linked(legs: pd.DataFrame) -> pd.DataFrame:
    """Return the legs with the call's first id where a row's own is not logged."""
    own = pd.Series(pd.NA, index=legs.index, dtype="string")
    for name in ("uniqueid", "linkedid"):
        if name in legs.columns:
            own = own.fillna(legs[name])
    return legs.assign(uniqueid=own)


@dataclass(frozen=True)
class _Learnt:
    """The CDR's clock by the pairs."""

    steps: Clock

    def apply(self, lone: pd.DataFrame, arrived: Ints) -> dict[str, pd.Series[pd.Timestamp]]:
        """Return the three times as a CDR with ids would have been placed."""
        wall = lone["wall"].to_numpy().astype("datetime64[s]").astype(np.int64)
        moved = self.steps.to_utc(wall, _epochs(arrived)) - seconds(lone["start_at"])
        by = pd.Series(moved.astype("timedelta64[s]").astype("timedelta64[us]"), index=lone.index)
        return {name: lone[name] + by for name in TIMES}


def _clock(lone: pd.DataFrame, code: Ints, cdr: _Side, queue: _Side, met: Ints) -> _Learnt | None:
    """Return the clock that the pairs tell, None where it is the one the times were placed by."""
    where = np.flatnonzero(met >= 0)
    off = np.abs(queue.start[where] - cdr.start[met[where]]) >= SLOT_S // 2
    off &= queue.born[where] | (np.abs(queue.start[where] - cdr.start[met[where]]) > NO_ID_S)
    if not off.any() or "wall" not in lone.columns or lone["wall"].isna().any():
        return None
    wall = lone["wall"].to_numpy().astype("datetime64[s]").astype(np.int64)
    steps = clock_steps(wall, _epochs(at_rows(queue.start, _of(met, cdr.size)[code], NO_TIME)))
    return None if steps is None else _Learnt(steps)


def _epochs(at: Ints) -> Floats:
    known = at != NO_TIME
    return np.where(known, np.where(known, at, 0).astype(np.float64), np.nan)


def _apart(legs: pd.DataFrame, cdr: _Side, queue: _Side) -> Alike:
    """Return which log alone is to be asked, and why."""
    only = "cdr" if int(cdr.queued.sum()) >= queue.size else "log"
    other = (
        f"{queue.size} calls of the queue_log were set aside"
        if only == "cdr"
        else f"{len(legs)} rows of the CDR were set aside"
    )
    note = (
        "the CDR has no call ids, and too few of its calls are like those of the queue_log in time and caller to "
        "say which are the same: the calls are those of the "
        f"{'CDR' if only == 'cdr' else 'queue_log'} alone, which has more in queues, and {other}, so that none is "
        "counted twice (the zone may be another: give --tz; or log ids: cdr.conf, loguniqueid=yes)"
    )
    return Alike(legs, np.ones(queue.size, dtype=bool), only, notes=(note,))


# --- what both logs know of a call ------------------------------------------------------


def _sides(legs: pd.DataFrame, code: Ints, size: int, log: Queued) -> tuple[_Side, _Side]:
    """Return the calls of the CDR's rows and of the queue_log's entries, callers numbered alike."""
    start, end = seconds(legs["start_at"]), seconds(legs["end_at"])
    order = np.lexsort((np.arange(len(legs)), start))
    first = first_of(code, order, size)
    app = apps_of(legs["lastapp"])
    over = np.full(size, NO_TIME)
    np.maximum.at(over, code, np.maximum(end, start))
    in_queue, talked = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    in_queue[code[app.queue]] = True
    person = (legs["dstchannel"].notna() & (legs["disposition"] == "ANSWERED")).to_numpy(dtype=bool)
    talked[code[person & app.queue]] = True
    src = by_value(legs["src"], _digits)
    clid = by_value(legs["clid"], lambda text: _digits(text.str.extract(r"<([^<>]*)>[\s\"]*$", expand=False)))
    who = np.where(said(src), src, clid)[first]
    caller = by_value(pd.Series(log.caller, dtype="string"), _digits)
    both, _ = codes(pd.Series(np.concatenate([who, caller]), dtype="string"))
    cdr = _Side(start[first], start[first], over, both[:size], talked, in_queue, np.ones(size, dtype=bool))
    held = epochs_of(pd.DataFrame({"uniqueid": pd.array(log.ids, dtype="string")}))
    birth = np.nan_to_num(held).astype(np.int64)
    entered = log.entered
    born = (birth > 0) & (entered - birth >= -1) & (entered - birth <= HOUR_S)
    # an end is one of the call only where the caller did not go on to something else
    final = np.isin(log.how.astype(str), ["ABANDON", "COMPLETEAGENT", "COMPLETECALLER"])
    queue = _Side(
        np.where(born, birth, entered),
        np.maximum(np.where(born, birth + LATE_S, entered), entered + EARLY_S),
        np.where(final, log.ended, NO_TIME),
        both[size:],
        log.connected != NO_TIME,
        np.ones(len(log.ids), dtype=bool),
        born,
    )
    return cdr, queue


def _digits(text: pd.Series[str]) -> pd.Series[str]:
    """Return the end of a number by which the two logs' ways to write it agree, NA where it is none."""
    bare = text.str.replace(r"\D", "", regex=True).str.slice(-10)
    return bare.mask(bare == "", pd.NA)


def _near(at: Ints, starts: Ints) -> Mask:
    """Say which instants have a row of the CDR beside them."""
    upper = np.searchsorted(starts, at + BESIDE_S, side="right")
    return np.asarray(upper > np.searchsorted(starts, at - BESIDE_S), dtype=bool)


# --- pairs --------------------------------------------------------------------------------


def _met(cdr: _Side, queue: _Side) -> tuple[int, Ints, bool]:
    """Return how far the CDR's times are to be moved, each entry's call (-1), and whether that is to be trusted."""
    met = _pairs(cdr, queue, 0)
    rate = _rate(cdr, queue, met, 0)
    if rate >= ENOUGH:
        return 0, met, True
    shift = _shift(cdr, queue)
    if shift:
        moved = _pairs(cdr, queue, shift)
        if _rate(cdr, queue, moved, shift) >= ENOUGH and (moved >= 0).sum() >= VOTES:
            return shift, moved, True
    # logs that cover no time together have no call twice
    return 0, met, bool(np.isnan(rate))


def _rate(cdr: _Side, queue: _Side, met: Ints, shift: int) -> float:
    """Return which part met of the log with fewer queued calls in the time both cover; NaN where they cover none."""
    begun = cdr.start[cdr.queued] + shift
    if not len(begun) or not queue.size:
        return float("nan")
    first, last = max(begun.min(), queue.start.min()) - LATE_S, min(begun.max(), queue.start.max()) + LATE_S
    ours = int(((begun >= first) & (begun <= last)).sum())
    theirs = (queue.start >= first) & (queue.start <= last)
    fewer = min(ours, int(theirs.sum()))
    return float("nan") if not fewer else float((met[theirs] >= 0).sum() / fewer)


def _shift(cdr: _Side, queue: _Side) -> int:
    """Return the difference of the clocks that most calls of one caller agree on, else that most calls do; or 0."""
    known = np.flatnonzero(queue.caller >= 0)
    found = _voted(cdr, queue, _spread(known, ASKED), same=True)
    if found or not cdr.size or not queue.size:
        return found
    span = max(int(cdr.start.max() - cdr.start.min()), 1)
    each = max(cdr.size * min(1.0, 2 * WIDEST_S / span), 1.0)
    return _voted(cdr, queue, _spread(np.arange(queue.size), min(ASKED, int(PAIRS / each))), same=False)


def _spread(places: Ints, size: int) -> Ints:
    """Return as many of the places, from all over."""
    if len(places) <= size:
        return places
    return np.asarray(places[np.linspace(0, len(places) - 1, size).astype(np.int64)], dtype=np.int64)


def _voted(cdr: _Side, queue: _Side, some: Ints, *, same: bool) -> int:
    """Return the difference that most of some entries vote for, 0 where none stands out."""
    start = queue.start[some]
    key, their_key = (
        (queue.caller[some], cdr.caller) if same else (np.zeros_like(some), np.zeros_like(cdr.caller))
    )
    theirs, ours = _windows(key, start - WIDEST_S, start + WIDEST_S, their_key, cdr.start)
    apart = start[theirs] - cdr.start[ours]
    slot = np.round(apart / SLOT_S).astype(np.int64) * SLOT_S
    close = np.abs(apart - slot) <= np.where(
        queue.born[some][theirs], LATE_S if same else ENDS_S, NO_ID_S // 10
    )
    voters = pd.DataFrame({"slot": slot[close], "call": theirs[close]}).drop_duplicates()["slot"].to_numpy()
    if not len(voters):
        return 0
    found, votes = np.unique(voters, return_counts=True)
    best, most = int(found[np.argmax(votes)]), int(votes.max())
    # a log over a change of the clocks has two differences, an hour apart
    others = votes[(found != best) & (np.abs(found - best) != HOUR_S)]
    return best if most >= VOTES and most >= 2 * others.max(initial=0) else 0


def _pairs(cdr: _Side, queue: _Side, shift: int) -> Ints:
    """Return each entry's call of the CDR, -1 where it has none: one to one, the likeliest first.

    First those of the same caller; then, for those left, an hour off (the hour that a change of the clocks
    repeats); last, whatever the caller's number, those that begin and end together.
    """
    met = np.full(queue.size, -1, dtype=np.int64)
    taken = np.zeros(cdr.size, dtype=bool)
    for moved, same in ((0, True), (-HOUR_S, True), (HOUR_S, True), (0, False)):
        left, free = np.flatnonzero(met < 0), np.flatnonzero(~taken)
        if not len(left) or not len(free):
            break
        begins = cdr.start[free] + shift + moved
        early = np.where(queue.born[left], EARLY_S, NO_ID_S)
        key = queue.caller[left] if same else np.zeros(len(left), dtype=np.int64)
        their_key = cdr.caller[free] if same else np.zeros(len(free), dtype=np.int64)
        theirs, ours = _windows(key, queue.start[left] - early, queue.latest[left], their_key, begins)
        theirs, ours = left[theirs], free[ours]
        cost = _costs(cdr, queue, ours, theirs, shift + moved)
        likely = cost <= UNLIKE
        if moved or not same:
            known = queue.end[theirs] != NO_TIME
            ends = np.abs(cdr.end[ours] + shift + moved - np.where(known, queue.end[theirs], 0)) <= ENDS_S
            # an end that says nothing asks for a start in the same second or two
            likely = np.where(known, ends & (cost <= LATE_S), (cost <= ENDS_S) & queue.born[theirs])
        theirs, ours, cost = theirs[likely], ours[likely], cost[likely]
        while len(theirs):
            order = np.lexsort((ours, theirs, cost))
            theirs, ours, cost = theirs[order], ours[order], cost[order]
            place = np.arange(len(theirs))
            best = (first_of(theirs, place, queue.size)[theirs] == place) & (
                first_of(ours, place, cdr.size)[ours] == place
            )
            met[theirs[best]] = ours[best]
            taken[ours[best]] = True
            rest = (met[theirs] < 0) & ~taken[ours]
            theirs, ours, cost = theirs[rest], ours[rest], cost[rest]
    return met


def _windows(key: Ints, low: Ints, high: Ints, other: Ints, at: Ints) -> tuple[Ints, Ints]:
    """Return all pairs of one key of which ``at`` lies from ``low`` to ``high``, as places in both lists."""
    if not len(key) or not len(at):
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    base = min(int(at.min()), int(low.min()))
    width = max(int(at.max()), int(high.max())) - base + 1
    order = np.argsort(other * width + (at - base), kind="stable")
    sorted_at = (other * width + (at - base))[order]
    first = np.searchsorted(sorted_at, key * width + (low - base))
    last = np.searchsorted(sorted_at, key * width + (high - base), side="right")
    count = np.clip(last - first, 0, None)
    pair = np.repeat(np.arange(len(key)), count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return pair, order[first[pair] + nth]


def _costs(cdr: _Side, queue: _Side, ours: Ints, theirs: Ints, shift: int) -> Floats:
    """Return how unlike each pair is: seconds between the starts, and what else does not agree."""
    begins, ends = cdr.start[ours] + shift, cdr.end[ours] + shift
    late = np.minimum(np.abs(begins - queue.start[theirs]), np.abs(begins - (queue.latest[theirs] - EARLY_S)))
    known = queue.end[theirs] != NO_TIME
    off = np.where(known, np.abs(ends - np.where(known, queue.end[theirs], ends)), 0)
    cost = np.where(queue.born[theirs], late, np.minimum(late, LATE_S)).astype(np.float64)
    cost += np.clip(off - ENDS_S, 0, 20) / 2
    cost += np.where(cdr.talked[ours] != queue.talked[theirs], 8.0, 0.0)
    return np.asarray(cost + np.where(cdr.queued[ours], 0.0, 4.0), dtype=np.float64)
