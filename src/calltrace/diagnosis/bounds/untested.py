"""A number that is down and one that is not forwarded look alike where no test call was made to it.

Test calls dial past the client: only the number itself can make them fail. Without one there are the hours in which the client
forwards, for nobody forwards or takes a line back amid them, and the numbers of others beside it, which no client forwards. An
account that is covered around the clock, or nobody knows when, has no such hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis.checks.coverage import around_the_clock
from calltrace.diagnosis.evidence import Evidence, Outcome

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.scene import Scene

DOWN, UNFORWARDED = "number-down", ("some-lines-not-forwarded", "lines-not-forwarded")
"""The carrier's cause, and the client's that look like it."""

TESTED, IN_HOURS = "number-tests-failed", "silent-inside-coverage"
"""Facets that tell of test calls to the number, and of how a silence lies in the hours of forwarding."""

OF_THE_CARRIER = ("neighbours-silent", "only-toll-free-silent")
"""Facets that, found, say that no client's forwarding made the silence."""

MOST = 0.7
"""Probability to which the first of two that look alike is held."""

NOTE = (
    "No test call to the number is on record of that time, and no hours in which the client forwards tell: a number that is down"
    " and one that is not forwarded look alike then."
)
"""What a reader is told of it."""


def alike(scene: Scene, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Hold the carrier's cause, where nothing tells it from the client's; what is taken off goes to that."""
    if not looks_alike(scene, ranked, pieces) or ranked[0].probability <= MOST:
        return ranked
    top, *others = ranked
    other = next((r for r in others if r.cause in UNFORWARDED), None)
    if other is None:
        return ranked
    more = top.probability - MOST
    held = [replace(r, probability=r.probability + more) if r is other else r for r in others]
    return (replace(top, probability=MOST), *sorted(held, key=lambda r: (-r.probability, r.cause)))


def looks_alike(scene: Scene, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> bool:
    """Say whether the first cause is a number that is down, by a silence alone that a client could have made as well."""
    tested, hours = pieces.get(TESTED), pieces.get(IN_HOURS)
    if not ranked or ranked[0].cause != DOWN or tested is None or tested.outcome is not Outcome.NOT_RUN:
        return False
    if any(f in pieces and pieces[f].outcome is Outcome.FOUND for f in OF_THE_CARRIER):
        return False
    unknown = hours is None or hours.outcome is Outcome.NOT_RUN
    return unknown or (bool(scene.coverage) and around_the_clock(scene.coverage))


def notes(scene: Scene, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[str, ...]:
    """Return what the reader should know of a number that nobody tested."""
    return (NOTE,) if looks_alike(scene, ranked, pieces) else ()
