"""The clock a log was written by, told by call ids that hold the second in UTC, and the zone that shows such a clock.

Asterisk's uniqueid does, and a UUID of version 1.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.tables import times

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

EPOCH = r"(?:^|-)(?P<epoch>\d{9,10})\.\d+$"
"""A uniqueid ends in the channel's birth (epoch seconds) and a counter; a system's name may stand before."""

SLOT_S = 900
"""Zones lie whole quarters of an hour from UTC."""

NEAR_S = 120
"""How far a call's first row may start from its channel's birth and still tell the zone."""

# Zones tried, in order, when the file's own epochs give the offsets but no name. Answering services of North
# America come first: which of several zones with the same clock it is makes no difference to any instant.
_ZONES = (
    "UTC",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Halifax",
    "America/St_Johns",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Asia/Kolkata",
    "Asia/Manila",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "America/Bogota",
    "America/Puerto_Rico",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Tokyo",
    "Africa/Lagos",
    "Africa/Johannesburg",
)


@dataclass(frozen=True)
class Clock:
    """What a file's wall clock showed: from which epoch second until which (by calls), how far from UTC.

    ``offset_s`` is seconds east of UTC. More than one step means that the clocks changed, or the server
    moved.
    """

    since: NDArray[np.float64]
    until: NDArray[np.float64]
    offset_s: NDArray[np.int64]

    @property
    def usual_s(self) -> int:
        """The offset of the longest stretch."""
        return int(self.offset_s[np.argmax(self.until - self.since)])

    def to_utc(self, naive: NDArray[np.int64], epoch: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the epoch seconds of wall-clock seconds, each near its channel's birth where known."""
        if len(self.offset_s) == 1:
            return np.asarray(naive - self.offset_s[0], dtype=np.int64)
        born = np.where(np.isnan(epoch), naive - self.usual_s, epoch)
        first = naive - self._at(born)
        return naive - self._at(first.astype(np.float64))

    def _at(self, instants: NDArray[np.float64]) -> NDArray[np.int64]:
        step = np.clip(np.searchsorted(self.since, instants, side="right") - 1, 0, None)
        return self.offset_s[step]

    def says(self) -> str:
        """Return the offsets in words, in the order they held."""
        return ", then ".join(utc_name(o) for o in self.offset_s)

    def zone(self, asked: str | None) -> tuple[str, bool]:
        """Name the zone whose clock shows these offsets; say whether it is the one asked for."""
        seen = [
            (datetime.fromtimestamp(when, UTC), timedelta(seconds=int(offset)))
            for ends in (self.since, self.until)
            for when, offset in zip(ends.tolist(), self.offset_s.tolist(), strict=True)
        ]
        first = [z for z in (asked, times.machine_zone()) if z]
        for name in dict.fromkeys([*first, *_ZONES]):
            clock = times.zone_named(name)
            if all(when.astimezone(clock).utcoffset() == offset for when, offset in seen):
                return name.replace("Etc/UTC", "UTC"), name == asked
        return utc_name(self.usual_s), False


def utc_name(offset: int) -> str:
    """Write seconds east of UTC as ``UTC-04:00``."""
    minutes = abs(int(offset)) // 60
    return f"UTC{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def epochs_of(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Return the channel's birth in epoch seconds by uniqueid, else by linkedid; NaN where there is none."""
    found = np.full(len(frame), np.nan)
    for column in ("linkedid", "uniqueid"):
        if column not in frame.columns:
            continue
        values = pa.array(frame[column])
        try:
            # an id without a system's name reads as a number, far quicker than by pattern
            number = pc.floor(pc.cast(values, pa.float64()))
        except pa.ArrowInvalid:
            text = pc.struct_field(pc.extract_regex(values, EPOCH), "epoch")
            number = pc.cast(text, pa.float64())
        seconds = number.to_numpy(zero_copy_only=False) if isinstance(number, pa.Array) else number.to_numpy()
        found = np.where((seconds >= 1e8) & (seconds < 1e10), seconds, found)
    return found


def clock_steps(naive: NDArray[np.int64], epoch: NDArray[np.float64]) -> Clock | None:
    """Compare the wall clock with the ids' epochs; None if they don't tell the offset.

    Only a channel's first row starts at its birth; a row that starts later (after a failed ring, a transfer)
    says nothing, so rows far from a whole quarter of an hour are not asked, and a lone row with an offset of
    its own is outvoted by its neighbours.
    """
    known = np.flatnonzero(~np.isnan(epoch))
    if not len(known):
        return None
    order = known[np.lexsort((naive[known], epoch[known]))]
    born = epoch[order]
    order = order[np.concatenate(([True], born[1:] != born[:-1]))]
    born, lag = epoch[order], naive[order] - epoch[order]
    offset = np.round(lag / SLOT_S) * SLOT_S
    sure = (np.abs(lag - offset) <= NEAR_S) & (np.abs(offset) <= 14 * 3600)
    if sure.sum() * 2 < len(sure):
        return None
    born, offset = born[sure], offset[sure].astype(np.int64)
    runs = (
        [(key, len(list(members))) for key, members in groupby(offset.tolist())]
        if (offset != offset[0]).any()
        else [(int(offset[0]), len(offset))]
    )
    at: list[float] = []
    until: list[float] = []
    kept: list[int] = []
    where = 0
    most = _usual(offset)
    few = 3 if len(offset) >= 6 else 1
    for key, length in runs:
        value = key if length >= few else (kept[-1] if kept else most)
        if kept and kept[-1] == value:
            until[-1] = born[where + length - 1]
        else:
            at.append(born[where])
            until.append(born[where + length - 1])
            kept.append(value)
        where += length
    return Clock(np.array(at), np.array(until), np.array(kept, dtype=np.int64))


def _usual(offset: NDArray[np.int64] | NDArray[np.float64]) -> int:
    values, counts = np.unique(offset, return_counts=True)
    return int(values[np.argmax(counts)])
