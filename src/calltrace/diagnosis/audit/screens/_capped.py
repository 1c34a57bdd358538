"""A trunk group that is full now and then for days, and never has as many lines in use as before: one cap that lasts.

Lines that are lost are missed at peaks alone, hours or days apart. That they are one trouble is told by what lies between: hours
in which the group had more in use on other days, and none in which it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.checks._chance import Bools, Floats

NEVER_BY_CHANCE = 0.01
"""Chance that a group with all its lines has no interval above the ceiling for so long, from which the cap lasted."""

OF_ALL = 10.0
"""Intervals of all hours that those of one hour of the day are drawn towards."""


@dataclass(frozen=True)
class Run:
    """The intervals from the first full one to the last under one cap: of all records, and those up to the window's last."""

    whole: Bools
    known: Bools


def lasting(starts: pd.Series[pd.Timestamp], peak: Floats, full: Bools, inside: Bools) -> Run | None:
    """Return the run of intervals under the cap at which a group was full in the window; None where there is no lasting one.

    Parameters
    ----------
    starts, peak : one of each interval, in order of time
        When it begins, and the most trunks that were in use in it.
    full, inside : array of bool
        Whether all trunks were busy in it, or calls blocked, and whether it is the window's.
    """
    now = np.flatnonzero(full & inside)
    ceiling = float(np.quantile(peak[now], 0.75))
    over = np.flatnonzero(peak > ceiling)
    # the longest part of the window without an interval above the ceiling, and what belongs to it before and after
    parts = np.searchsorted(over, now)
    part = int(np.bincount(parts).argmax())
    low = int(over[part - 1]) + 1 if part else 0
    high = int(over[part]) if part < len(over) else len(peak)
    under = np.flatnonzero(full[low:high]) + low
    whole = np.zeros(len(peak), dtype=bool)
    whole[under[0] : under[-1] + 1] = True
    known = whole & (np.arange(len(peak)) <= now[parts == part][-1])
    hour = starts.dt.hour.to_numpy()
    exceeds, many = (np.bincount(hour[~whole], weights=weights, minlength=24)
                     for weights in ((peak[~whole] > ceiling).astype(float), None))
    rate = (exceeds + OF_ALL * exceeds.sum() / max(1, many.sum())) / (many + OF_ALL)
    if float(np.log1p(-np.minimum(rate[hour[known]], 0.99)).sum()) > np.log(NEVER_BY_CHANCE):
        return None
    return Run(whole, known)
