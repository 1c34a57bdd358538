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
    if not has_both(view):
        k, n = (_each(view, which & view.usual_calls, codes, size) for which in (bad, could))
        return k, n
    before, after, only = _sides(view, (bad, could), codes, size)
    k, n = (_usual(view, *sides, only) for sides in zip(before, after, strict=True))
    return k, n


def rates_of_each(view: Load, bad: Bools, could: Bools, codes: Ints, size: int) -> Floats:
    """Return how many of each account's calls usually end so in a quarter hour; else as :func:`shares_of_each`."""
    quarters = max(1.0, float(view.usual.sum()))
    if not has_both(view):
        return _each(view, bad & view.usual_calls, codes, size) / quarters
    before, after, only = _sides(view, (bad, could), codes, size)
    return _usual(view, before[0], after[0], only) / np.where(only, view.until, quarters)


def going_on(view: Load, bad: Bools, could: Bools, codes: Ints, size: int) -> Bools:
    """Say of each account (or agent) whether plainly more of its calls ended so after the window than before it."""
    return _sides(view, (bad, could), codes, size)[2] if has_both(view) else np.zeros(size, dtype=bool)


def _sides(
    view: Load, which: tuple[Bools, Bools], codes: Ints, size: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats], Bools]:
    """Return how many calls of both kinds each had before the window, how many after it, and of whom it plainly goes on."""
    before, after = (
        (_each(view, which[0], codes, size, when), _each(view, which[1], codes, size, when))
        for when in ((0, view.until), (view.since, view.grid.size)))
    return before, after, went_on(view, before, after)


def _usual(view: Load, before: Floats, after: Floats, only: Bools) -> Floats:
    """Return the calls that tell what is usual: those of both sides of the window, and of whom it goes on those before it."""
    return np.where(only, before, before + after) if view.usual[view.since] else before


def _each(view: Load, which: Bools, codes: Ints, size: int, when: tuple[int, int] | None = None) -> Floats:
    """Return how many of the calls ``which`` each had, in some quarters where these are given."""
    if when is None:
        return _counted(codes, which, size)
    near = view.places(*when)
    codes, which = codes[near], which[near]
    if not view.in_order:  # else there are no others
        which = which & (view.bin[near] >= when[0]) & (view.bin[near] < when[1])
    return _counted(codes, which, size)


def _counted(codes: Ints, which: Bools, size: int) -> Floats:
    # counted one further, those of none are the first
    return np.bincount(codes[np.flatnonzero(which)] + 1, minlength=size + 1)[1:].astype(float)
