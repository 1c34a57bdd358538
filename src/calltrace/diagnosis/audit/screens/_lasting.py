"""Stretches of one agent's trouble that are one: from shift to shift, for as long as it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis.audit.screens._scan import Rise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.diagnosis.checks._chance import Floats

AWAY = 3 * 96
"""Quarters for which an agent may be off duty within one trouble."""

CALM = 4.0
"""Calls between two stretches from which it is seen whether they went well,"""

CALM_SHARE = 0.5
"""with less than this part of the stretches' own share of those that went badly."""


def as_one(rises: Iterable[Rise], seen: Floats, of: Floats, *, offset: int) -> list[Rise]:
    """Return an agent's rises in order of time, those as one between which the agent was away, or did no better.

    Parameters
    ----------
    seen, of : array, one value a quarter of the window
        Calls of the agent that went badly, and all of the agent's.
    offset : int
        Quarters before the first of them, on record.
    """
    joined: list[Rise] = []
    for one in sorted(rises, key=lambda r: (r.first, r.last)):
        if joined and _goes_on(joined[-1], one, seen, of, offset):
            last = joined.pop()
            between = slice(last.last - offset, one.first - offset)
            joined.append(Rise(last.first, max(last.last, one.last), last.seen + one.seen + float(seen[between].sum()),
                               last.expected + one.expected, max(last.score, one.score)))
        else:
            joined.append(one)
    return joined


def _goes_on(a: Rise, b: Rise, seen: Floats, of: Floats, offset: int) -> bool:
    between, both = slice(a.last - offset, b.first - offset), (slice(r.first - offset, r.last - offset) for r in (a, b))
    if b.first - a.last > AWAY:
        return False
    k = n = 0.0
    for part in both:
        k, n = k + float(seen[part].sum()), n + float(of[part].sum())
    calls = float(of[between].sum())
    return calls < CALM or float(seen[between].sum()) >= CALM_SHARE * calls * k / max(n, 1.0)
