"""The stretches of a series where a count or share rises beyond chance: all of them, the worst first.

A scan picks the best of very many stretches; each finding's chance pays for those a day could hold
(:data:`LOOKS_A_DAY`), so that a score is −log10 of false alarms per series and day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.ground import Ground
from calltrace.diagnosis.checks._chance import (
    after_looking,
    counts_tail,
    score,
    share_tail,
    worst_stretch,
)
from calltrace.diagnosis.checks._load import LONGEST
from calltrace.diagnosis.diagnosis import Hit

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats, Stretch

LOOKS_A_DAY = 96.0
"""Stretches a day holds that have little to do with one another: one begins on every quarter hour."""

MOST = 60
"""Stretches of one series and window, at most."""

AFTERMATH = 4
"""Quarters either side of a stretch that go with it: trouble fades."""

ASKED = 4
"""Accounts whose view of a shared trouble is asked."""


@dataclass(frozen=True)
class Rise:
    """A stretch of quarters, counted from the first on record, with what was seen, expected, and its score."""

    first: int
    last: int
    seen: float
    expected: float
    score: float


def rises(
    seen: Floats, expected: Floats, of: Floats | None = None, *, offset: int = 0, rho: float = 0.0,
    dispersion: float = 0.0, longest: int = LONGEST, least: float = 1.0, looks: float = LOOKS_A_DAY,
) -> list[Rise]:
    """Return the stretches that rise above what is expected, those with a score of at least ``least``.

    Parameters
    ----------
    seen, expected, of : arrays, one value a quarter hour
        As :func:`calltrace.diagnosis.checks._chance.worst_stretch` takes them.
    offset : int
        Quarters before the first, on record.
    rho, dispersion : float
        Of shares (``of`` given) and of counts.
    """
    seen = seen.copy()
    found: list[Rise] = []
    while len(found) < MOST:
        worst = worst_stretch(seen, expected, of, longest, dispersion)
        if worst is None or worst.seen < 2:
            break
        chance = _chance(worst, of, rho, dispersion)
        reached = score(after_looking(chance, looks))
        if reached < least:
            break
        found.append(Rise(offset + worst.first, offset + worst.last, worst.seen, worst.expected, reached))
        low, high = max(0, worst.first - AFTERMATH), worst.last + AFTERMATH
        seen[low:high] = np.minimum(seen[low:high], expected[low:high])
    return found


def _chance(worst: Stretch, of: Floats | None, rho: float, dispersion: float) -> float:
    if of is None:
        return counts_tail(worst.seen, max(worst.expected, 1e-3), dispersion)
    n = float(of[worst.first : worst.last].sum())
    # what calls of one hour share, calls hours apart do not
    hours = max(1.0, (worst.last - worst.first) / 4)
    return share_tail(worst.seen, n, worst.expected / max(n, 1e-9), rho / hours)


def hardest_hit(
    ground: Ground, which: Bools, first: int, last: int, says: str, *, usual: float = 0.0
) -> tuple[Hit, ...]:
    """Return the accounts with calls of ``which`` in these quarters, those with most first.

    ``says`` is the noun of what was counted, in the plural; ``usual`` the share of an account's calls it usually
    befalls: accounts that had no more than that are left out.
    """
    view = ground.view
    inside = (view.bin >= first) & (view.bin < last) & (view.calls.account >= 0)
    size = len(view.calls.accounts)
    of = np.bincount(view.calls.account[inside], minlength=size)
    hits = np.bincount(view.calls.account[inside & which], minlength=size)
    chosen = [i for i in np.flatnonzero(hits) if hits[i] > usual * of[i]]
    chosen.sort(key=lambda i: (-hits[i], view.calls.accounts[i]))
    return tuple(
        Hit(view.calls.accounts[i], ground.names[view.calls.accounts[i]], float(usual * of[i]), float(hits[i]),
            f"{hits[i]} of {of[i]} {says}")
        for i in chosen)
