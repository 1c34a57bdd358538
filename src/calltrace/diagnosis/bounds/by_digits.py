"""Numbers that a log writes by their last digits: only what is there was compared.

A caller's call whose number ends so may be the caller's or anybody's of another area, and what a log leaves out of numbers may
be more than that: neither is confirmed. The number dialled of a client that the log writes so may at another time have been
written otherwise: that no call came to it is not confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from calltrace.diagnosis.astray import OF_SILENCE
from calltrace.diagnosis.evidence import Evidence, Outcome

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.scene import Scene

MOSTLY = 0.5
"""Share of the window's calls whose numbers have no area's code from which the log is one that leaves it out."""


def at_most_likely(wording: str, pieces: Mapping[str, Evidence]) -> str:
    """Return how sure an answer about one caller may be worded: never confirmed on a part of the number."""
    found = pieces.get("caller-found")
    if wording != "confirmed" or found is None:
        return wording
    perhaps, without, searched = (found.data.get(name) for name in ("perhaps", "without_area", "searched"))
    absent = found.outcome is Outcome.CLEAR and float(str(without or 0)) >= MOSTLY * max(1.0, float(str(searched or 0)))
    return "likely" if perhaps or absent else wording


ABSENT = frozenset({*OF_SILENCE, "no-record-of-call", "expected-quiet"})
"""Causes that are named for calls that are not on record."""


def silence_at_most_likely(scene: Scene, wording: str, ranked: Sequence[Ranked]) -> str:
    """Return how sure an answer may be worded whose account's calls are known by the last digits of the number dialled."""
    if wording != "confirmed" or not ranked or ranked[0].cause not in ABSENT:
        return wording
    return "likely" if short_numbers(scene) else wording


def short_numbers(scene: Scene) -> tuple[str, ...]:
    """Return those of the account's numbers that the log writes by their last digits, as it does."""
    short = scene.case.short_of
    return tuple(short[n] for n in scene.account.numbers if n in short) if short else ()


def silence_besides(scene: Scene, ranked: Sequence[Ranked]) -> str:
    """Return what a silence stands on where the log writes the account's numbers so, with a blank before it; '' else."""
    short = short_numbers(scene) if ranked and ranked[0].cause in ABSENT else ()
    if not short:
        return ""
    return (f" The log has the number dialled by its last digits alone ({', '.join(short[:3])}): a call written otherwise would"
            " not be among its own.")


def besides(evidence: Sequence[Evidence]) -> str:
    """Return of whose calls the answer speaks where they are only perhaps the caller's, with a blank before it; '' else."""
    found = next((e for e in evidence if e.facet == "caller-found" and e.outcome is Outcome.FOUND), None)
    perhaps = "" if found is None else found.data.get("perhaps")
    return f" That is said of {perhaps}: ask for the time by the caller's own call list." if perhaps else ""
