"""A caller looked for in a log that leaves the area's code out: found or not, only the digits that are there were compared.

A call whose number ends so may be the caller's or anybody's of another area, and what a log leaves out of numbers may be more
than that: neither is confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calltrace.diagnosis.evidence import Evidence, Outcome

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


def besides(evidence: Sequence[Evidence]) -> str:
    """Return of whose calls the answer speaks where they are only perhaps the caller's, with a blank before it; '' else."""
    found = next((e for e in evidence if e.facet == "caller-found" and e.outcome is Outcome.FOUND), None)
    perhaps = "" if found is None else found.data.get("perhaps")
    return f" That is said of {perhaps}: ask for the time by the caller's own call list." if perhaps else ""
