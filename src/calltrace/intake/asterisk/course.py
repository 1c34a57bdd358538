"""Legs of attempts laid side by side, and the course of each: when it came, was picked up, reached a person, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake.asterisk.columns import NO_TIME, codes, first_of, matches
from calltrace.intake.asterisk.legs import WENT_ON_S, Apps
from calltrace.intake.formats._asterisk_legs import FAR_UNSAID

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.asterisk.columns import Ints, Mask, Texts
    from calltrace.intake.asterisk.queued import Queued

DOUBTFUL_PICKUP_S = 1
"""Both logs cut off fractions of a second: two instants this close may be the same one."""


@dataclass(frozen=True)
class Rows:
    """Legs of attempts, sorted by call, then time, and what is asked of them again and again.

    ``call`` numbers the attempts from 0 to ``size`` - 1; ``own`` says whether a leg is of the caller's own
    channel; times are epoch seconds (NO_TIME where unset). ``first`` and ``last`` are each attempt's first
    leg and last own leg; ``ids``, ``on_trunk`` and ``log`` have one entry an attempt; ``stations`` are phones on numbered ports.
    """

    legs: pd.DataFrame
    call: Ints
    size: int
    own: Mask
    start: Ints
    end: Ints
    answer: Ints
    app: Apps
    peer: Texts
    first: Ints
    last: Ints
    ids: Texts
    on_trunk: Mask
    in_log: Mask
    log: Queued
    stations: frozenset[str] = frozenset()

    def any_of(self, mask: Mask) -> Mask:
        """Say which attempts have a leg of the mask."""
        found = np.zeros(self.size, dtype=bool)
        found[self.call[mask]] = True
        return found

    def first_where(self, mask: Mask) -> Ints:
        """Return each attempt's first leg of the mask, -1 where it has none."""
        return first_of(self.call, np.flatnonzero(mask), self.size)

    @property
    def has_far(self) -> Mask:
        """Whether a leg has a second channel; where the file has no column for it, whether it dialled or queued."""
        told = self.legs["dstchannel"].notna().to_numpy(dtype=bool)
        if FAR_UNSAID not in self.legs.columns:
            return told
        unsaid = (self.legs[FAR_UNSAID] == True).to_numpy(dtype=bool)  # noqa: E712 - NaN where another file says it
        return np.asarray(told | (unsaid & (self.app.dial | self.app.queue)), dtype=bool)

    @property
    def answered(self) -> Mask:
        """Whether a leg says ANSWERED: something picked up, not somebody."""
        return (self.legs["disposition"] == "ANSWERED").to_numpy(dtype=bool)


@dataclass(frozen=True)
class Course:
    """When each attempt came, was picked up by anything, reached a person and ended, in epoch seconds.

    ``person`` is the leg a person answered (-1 where none or where only the queue_log knows); ``by_log`` says
    that the queue_log connected it, ``reached`` that a person answered by either log. ``went_on`` says which own
    legs are the same conversation's: a Local channel that is taken out of the call ends its row and begins another.
    """

    offered: Ints
    picked: Ints
    over: Ints
    person: Ints
    person_leg: Mask
    by_log: Mask
    reached: Mask
    went_on: Mask


def course_of(rows: Rows) -> Course:
    """Find out when each attempt came, was picked up, ended, and on which leg a person answered."""
    far = int(np.iinfo(np.int64).max)
    began, picked, over = (np.full(rows.size, value) for value in (far, far, NO_TIME))
    np.minimum.at(began, rows.call, rows.start)
    np.maximum.at(over, rows.call, np.maximum(rows.end, rows.start))
    some = rows.own & (rows.answer != NO_TIME)
    np.minimum.at(picked, rows.call[some], rows.answer[some])
    picked = np.where(picked == far, NO_TIME, picked)
    # the switch's own id holds the second the channel was born; the row may start a second or two later
    born = rows.legs["epoch_s"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)[rows.first]
    near = (began - born >= 0) & (began - born <= WENT_ON_S)
    offered = np.where(near, np.nan_to_num(born), began).astype(np.int64)
    # a person: a second channel was connected, and not by the far half of a Local channel that nobody took
    local = matches(rows.legs["channel"], lambda name: name.str.startswith("Local/"))
    billed = np.nan_to_num(rows.legs["billsec_s"].to_numpy(dtype=float)) > 0
    # what an older Asterisk plays after a phone rang in vain is on one row with the phone it rang
    machine = rows.app.voicemail | rows.app.speaking
    # a report may say that a phone answered, and not when
    unsaid = np.isnan(rows.legs["billsec_s"].to_numpy(dtype=float))
    leg = rows.answered & rows.has_far & ~machine & ((rows.answer != NO_TIME) | unsaid) & (billed | ~local)
    person = rows.first_where(leg & rows.own)
    person = np.where(person >= 0, person, rows.first_where(leg))
    by_log = rows.log.connected != NO_TIME
    # in the log but never connected there: somebody may still have been dialled before or after the queue
    person = np.where(rows.in_log & ~by_log, rows.first_where(leg & rows.own & ~rows.app.queue), person)
    return Course(
        offered, picked, over, person, leg, by_log, by_log | (person >= 0), _went_on(rows, person, leg & rows.own)
    )


def _went_on(rows: Rows, person: Ints, leg: Mask) -> Mask:
    """Say which own legs go on with the conversation that began behind a Local channel, now without it.

    They begin as it ends, in the same application with the same arguments; a transfer has others.
    """
    behind = matches(rows.legs["dstchannel"], lambda name: name.str.startswith("Local/"))
    data, _ = codes(rows.legs["lastdata"])
    app, _ = codes(rows.legs["lastapp"])
    first = person[rows.call]
    same = (data == data[first]) & (app == app[first]) & (np.abs(rows.start - rows.end[first]) <= WENT_ON_S)
    after = (first >= 0) & (np.arange(len(rows.call)) > first)
    return np.asarray(leg & after & behind[first] & same, dtype=bool)
