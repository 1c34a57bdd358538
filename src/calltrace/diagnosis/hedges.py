"""The words that go before a finding's cause, by how sure it is: its sentence and its headings use the same."""

from __future__ import annotations

HEDGES = {"likely": "most likely ", "inconclusive": "not settled, perhaps "}
"""None where it is confirmed."""


def said(title: str, summary: str, wording: str) -> str:
    """Return what a finding says was wrong, no surer than its sentence: to stand where there is no room for that.

    What is remembered, listed or named in a heading is read by itself: "the client did not forward its lines" would
    accuse where the sentence says "most likely", or that the records do not settle it and this is nearest.
    """
    hedged = (told for lead in HEDGES.values() if (told := f"{lead}{title}") in summary)
    plain = title if f": {title}" in summary else f"{HEDGES.get(wording, '')}{title}"
    return next(hedged, plain)
