"""Hours in which calls rang far longer than usual, though hardly one as long as what counts as long.

Where every call is picked up after a ring or two, a telephone that rings unattended before the next one takes over makes many
calls ring four or five times, and none of them "long". Told only where it is plain: for an hour and more, for several accounts,
the mean ring at least twice what it usually is, far beyond chance, and no crowd of callers that would explain it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.screens._scan import ASKED, Rise, hardest_hit, rises
from calltrace.diagnosis.audit.screens._waits import CAUSES, MOMENT_HARMED
from calltrace.diagnosis.checks._load import LEAST_LONG, MUCH_LONGER, NEVER_LONG
from calltrace.diagnosis.words import count

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools

RANG = "rang"
"""Of a candidate's data: says that it is of rings that were far longer than usual, and what of them."""

LEAST_USUAL = 200
"""Calls outside the window from which they tell how long calls usually ring."""

LEAST_SCORE = 6.0
"""Score from which it is plain: one in a million days."""

LEAST_QUARTERS = 4
"""Quarters it must have lasted: a moment in which many ring at once passes."""

LEAST_ACCOUNTS = 3
"""Accounts whose calls must have rung so."""

CROWD = 1.5
"""Times the usual number of calls from which it was they who made each other wait."""


def far_longer(ground: Ground, picked: Bools, found: Sequence[Candidate]) -> list[Candidate]:
    """Return the hours in which calls rang far longer than usual; none of those that ``found`` has already of everybody."""
    calls, view = ground.columns, ground.view
    before = picked & view.usual_calls
    if int(before.sum()) < LEAST_USUAL:
        return []
    usual = float(calls.ring[before].mean())
    mark = max(NEVER_LONG, MUCH_LONGER * usual)
    of = picked & ~ground.waited_in_vain
    bad = of & (calls.ring > mark)
    if int((bad & view.inside(view.first, view.last)).sum()) < MOMENT_HARMED:
        return []
    k, n = view.per_quarter(bad), view.per_quarter(of)
    share = np.maximum(view.usual_share(k, n), LEAST_LONG)
    part, rate = slice(view.first, view.last), view.usual_rate(n)
    candidates = []
    for rise in rises(k[part], share[part] * n[part], n[part], offset=view.first, rho=view.rho(k, n, share), least=LEAST_SCORE):
        inside = of & view.inside(rise.first, rise.last)
        mean = float(calls.ring[inside].mean())
        crowd = float(inside.sum()) > CROWD * float(rate[rise.first : rise.last].sum())
        if mean >= MUCH_LONGER * usual and mean >= NEVER_LONG and not crowd and _lasts(rise) and not _known(ground, rise, found):
            candidates += _told(ground, rise, bad, usual=usual, mean=mean, mark=mark, of=int(inside.sum()))
    return candidates


def _lasts(rise: Rise) -> bool:
    return rise.last - rise.first >= LEAST_QUARTERS and rise.seen - rise.expected >= MOMENT_HARMED


def _known(ground: Ground, rise: Rise, found: Sequence[Candidate]) -> bool:
    """Say whether a trouble of everybody, or of a trunk group, is looked into in those hours already."""
    start, end = ground.at(rise.first), ground.at(rise.last)
    return any(c.account is None and c.start < end and start < c.end for c in found)


def _told(
    ground: Ground, rise: Rise, bad: Bools, *, usual: float, mean: float, mark: float, of: int
) -> list[Candidate]:
    hits = hardest_hit(
        ground, bad, rise.first, rise.last, f"callers' calls rang longer than {mark:.0f} s", usual=rise.expected / max(of, 1))
    if len(hits) < LEAST_ACCOUNTS:
        return []
    says = (f"{rise.seen:.0f} of {count(of, 'call')} rang longer than {mark:.0f} s, {rise.expected:.0f} usually do; they rang"
            f" {mean:.0f} s on average, {usual:.0f} s are usual")
    return [Candidate(
        screen="ring", account=None, asked=tuple(h.account for h in hits[:ASKED]), complaint="long-ring",
        start=ground.at(rise.first), end=ground.at(rise.last), score=rise.score, unit="platform-day", causes=CAUSES,
        harmed=rise.seen - rise.expected, hits=hits, data={RANG: says})]
