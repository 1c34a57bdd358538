"""Whether a trouble goes on after the window: what is usual is learned from the time before it then.

What is usual of a share (recordings, holds, short calls, refusals) is learned from all the records outside the window, as
more weeks tell more. Where nobody mends a trouble, though, the weeks after the window are full of it, and would make it
usual. So where plainly more ended so after the window than before it, only what lies before counts: as it did on the morning
after, when nobody knew the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.checks._chance import share_tail
from calltrace.diagnosis.checks._quarters import WEEK_SLOTS

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Ints
    from calltrace.diagnosis.checks._load import Load

MORE = 2.0
"""How many times as many, beside those that did not end so, are more than records stray by."""

PLAIN = 1e-3
"""Chance that so many more ended so after the window, from which it is no chance."""

FEWEST = 3.0
"""Calls that ended so after the window, at least."""

A_DAY = 96
"""Quarters after the window from which on they may make something usual: a morning's few change nothing."""

TOGETHER = 0.02
"""What two calls of one day have in common: those of different days have less."""


def has_both(view: Load) -> bool:
    """Say whether the records hold a week before the window, which tells what was usual, and a day and more after it."""
    return bool(view.until >= WEEK_SLOTS and view.since + A_DAY <= view.grid.size)


def learning(view: Load, part: Floats, whole: Floats) -> Load:
    """Return the view by which a share is usual: one that learns from before the window alone where more ended so after it.

    ``part`` are the calls that ended so and ``whole`` all that might have, by quarter.
    """
    if not has_both(view):
        return view
    past, later = slice(0, view.until), slice(view.since, None)
    k, n, k_later, n_later = (np.array([float(each[when].sum())]) for when in (past, later) for each in (part, whole))
    return view.before if went_on(view, (k, n), (k_later, n_later))[0] else view


def went_on(view: Load, before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> Bools:
    """Say of many shares (calls that ended so, and all that might have) whether plainly more did after the window."""
    (k, n), (k_later, n_later) = before, after
    usual = (k + 1.0) / (n + 1.0)
    more = (k_later >= FEWEST) & (k_later * (1.0 - usual) > MORE * usual * (n_later - k_later)) & (usual < 1.0)
    rho = TOGETHER / max(1.0, (view.grid.size - view.since) / A_DAY)
    for one in np.flatnonzero(more):
        more[one] = share_tail(float(k_later[one]), float(n_later[one]), float(usual[one]), rho) < PLAIN
    return np.asarray(more)


def shares_of_each(view: Load, bad: Bools, could: Bools, codes: Ints, size: int) -> tuple[Floats, Floats]:
    """Return how many of each account's (or agent's) usual calls ended so, and how many might have.

    ``codes`` number the calls' accounts or agents up to ``size``; those of none are negative.
    """
    k, n = (_each(view, which & view.usual_calls, codes, size) for which in (bad, could))
    only = going_on(view, bad, could, codes, size)
    if only.any():
        k[only], n[only] = (_each(view, which, codes, size, (0, view.until))[only] for which in (bad, could))
    return k, n


def rates_of_each(view: Load, bad: Bools, could: Bools, codes: Ints, size: int) -> Floats:
    """Return how many of each account's calls usually end so in a quarter hour; else as :func:`shares_of_each`."""
    rate = _each(view, bad & view.usual_calls, codes, size) / max(1.0, float(view.usual.sum()))
    only = going_on(view, bad, could, codes, size)
    if only.any():
        rate[only] = _each(view, bad, codes, size, (0, view.until))[only] / view.until
    return rate


def going_on(view: Load, bad: Bools, could: Bools, codes: Ints, size: int) -> Bools:
    """Say of each account (or agent) whether plainly more of its calls ended so after the window than before it."""
    none = np.zeros(size, dtype=bool)
    if not has_both(view):
        return none
    later = view.since, view.grid.size
    k_later = _each(view, bad, codes, size, later)
    if not (k_later >= FEWEST).any():
        return none
    k, n = (_each(view, which, codes, size, (0, view.until)) for which in (bad, could))
    return went_on(view, (k, n), (k_later, _each(view, could, codes, size, later)))


def _each(view: Load, which: Bools, codes: Ints, size: int, when: tuple[int, int] | None = None) -> Floats:
    """Return how many of the calls ``which`` each had, in some quarters where these are given."""
    near = slice(0, len(codes)) if when is None else view.places(*when)
    kept = which[near] & (codes[near] >= 0)
    if when is not None:
        kept &= (view.bin[near] >= when[0]) & (view.bin[near] < when[1])
    return np.bincount(codes[near][np.flatnonzero(kept)], minlength=size).astype(float)
