"""Rings and waits that were much longer than usual are not "as usual", though none of them is long by the field's measure.

A client whose calls are picked up after two rings hears at once when it takes four. That no call rang longer than what counts as
long says then that the complaint is not plainly borne out, and not that the records speak against it. Nor does it where callers
who are usually answered within seconds waited half a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis import certainty
from calltrace.diagnosis.checks._load import HARDLY, MUCH_LONGER, NEVER_LONG
from calltrace.diagnosis.evidence import Outcome

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.evidence import Evidence

OF = {"long-ring": "own-rings-long", "long-hold": "own-waits-long"}
"""The complaints of waits, and the facet that tells of the account's own."""

NOTHING = "within-normal"
"""The cause that says that nothing was wrong."""

SEVERAL = 2
"""Callers from which it was not just one call."""

MOST = 0.85
"""Probability to which "nothing was wrong" is held where they were as much longer and chance may have made them so."""


def held(complaint: str, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Hold "the records do not bear it out" below confirmed where the calls rang, or callers waited, far longer than usual.

    Where chance hardly made them it is held below likely. As nothing else is known, what is taken off is shared alike.
    """
    rings = pieces.get(OF.get(complaint, ""))
    if not ranked or ranked[0].cause != NOTHING or rings is None or rings.outcome is Outcome.NOT_RUN:
        return ranked
    several = _number(rings, "over_mark") >= SEVERAL and _number(rings, "score") >= HARDLY
    if several and longer(rings, "mean_s"):
        return certainty.unexplained(ranked)
    top, *others = ranked
    if not longer(rings, "mean_in_window_s") or top.probability <= MOST or not others:
        return ranked
    share = (top.probability - MOST) / len(others)
    return (replace(top, probability=MOST), *(replace(r, probability=r.probability + share) for r in others))


def longer(rings: Evidence, mean: str) -> bool:
    """Say whether the mean of the account's rings or waits is :data:`MUCH_LONGER` times the usual, and not short all the same."""
    seen, usual = _number(rings, mean), _number(rings, "mean_usual_s")
    return seen >= NEVER_LONG and usual > 0 and seen >= MUCH_LONGER * usual


def _number(rings: Evidence, name: str) -> float:
    found = rings.data.get(name)
    return float(found) if isinstance(found, (int, float)) else 0.0
