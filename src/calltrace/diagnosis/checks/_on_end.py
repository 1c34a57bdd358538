"""Accounts so many of whose callers left on end that nobody may have served them: a first look at all accounts at once.

On most days no account is one of them, and then it need not be told which calls are a next try, nor how all others fared.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.checks._chance import TINY, share_tail
from calltrace.diagnosis.checks._ongoing import shares_of_each
from calltrace.diagnosis.checks._unserved import BEYOND, DAYTIMES, DRAWN_OWN, LEAST

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._load import Load

AMONG = 0.5
"""How much less a score may be than that of one chance finding among all that is looked at: others may be troubles."""

ON_END = 3
"""Callers who left on end, from which an account is looked at."""

SLACK = 0.9
"""What an account's usual share is multiplied by before that: at some hours fewer of its callers leave than at others."""

NEARLY_ALL = 0.8
"""Share of an account's callers who usually leave, from which it may always have been so."""


def on_end(view: Load, soon_s: float, least_score: float) -> list[int]:
    """Return the accounts so many of whose callers left on end, in the window or up to it, that it may be no chance; by number.

    On end, or at the same times of the days around. A caller's next tries count here: what is told is looked at more closely.

    Parameters
    ----------
    soon_s : float
        Seconds within which who leaves waited for nobody.
    least_score : float
        −log10 of the chance from which a stretch is worth a thought, where few accounts and days are looked at.
    """
    calls = view.calls
    near = view.places(view.first - BEYOND, view.last + BEYOND)
    left = calls.ended_as(("abandoned", "no_answer")) & (calls.wait > soon_s)
    told = (left | calls.answered) & calls.owned
    gave_up, of = shares_of_each(view, left & told, told, calls.account, len(calls.accounts))
    everyone = (gave_up.sum() + 0.5) / (of.sum() + 10.0)
    usual = np.clip(SLACK * (gave_up + DRAWN_OWN * everyone) / (of + DRAWN_OWN), LEAST, 1.0)
    places = near.start + np.flatnonzero(told[near])
    if not len(places):
        return []
    whose = calls.account[places]
    places = places[np.argsort(whose.astype(np.int16 if len(usual) < 2**15 else np.int32), kind="stable")]  # of 16 bits: by radix
    account, gone, bins = calls.account[places], left[places], view.bin[places]
    turns = np.flatnonzero((account[1:] != account[:-1]) | (gone[1:] != gone[:-1])) + 1
    begin, end = np.concatenate([[0], turns]), np.concatenate([turns, [len(places)]])
    reaches = gone[begin] & (bins[end - 1] >= view.first) & (bins[begin] < view.last)
    days = max(1.0, (view.last - view.first) / 96)
    least = -math.log(10.0) * max(least_score, math.log10(len(usual) * days) - AMONG)
    edges = np.searchsorted(account, np.arange(len(usual) + 1))
    found = set()
    for one in np.flatnonzero(reaches & (end - begin >= ON_END)).tolist():
        row = int(account[begin[one]])
        if row in found:
            continue
        mine = slice(*edges[row : row + 2].tolist())
        looks, share = math.log(mine.stop - mine.start), float(usual[row])
        first, last = int(bins[begin[one]]), int(bins[end[one] - 1])
        alike = (bins[mine] - first) % 96 <= last - first
        daily = share_tail(float((gone[mine] & alike).sum()), float(alike.sum()), share)
        chance = min((end[one] - begin[one]) * math.log(share), math.log(max(daily, TINY)) + math.log(DAYTIMES))
        if chance + looks <= least or share >= NEARLY_ALL:
            found.add(row)
    return sorted(found)
