"""The words that go before a finding's cause, by how sure it is: its sentence and its headings use the same."""

from __future__ import annotations

import re

HEDGES = {"likely": "most likely ", "inconclusive": "not settled, perhaps "}
"""None where it is confirmed."""

LOST_ALL_THE_SAME = re.compile(r": calls (?:are|were) (most likely )?(?:being )?lost \(([^()]+)\);")
"""What the sentence of a silence says before its cause, where only the cause is open: how sure it is that calls were lost."""


def said(title: str, summary: str, wording: str) -> str:
    """Return what a finding says was wrong, no surer than its sentence: to stand where there is no room for that.

    What is remembered, listed or named in a heading is read by itself: "the client did not forward its lines" would
    accuse where the sentence says "most likely", or that the records do not settle it and this is nearest. Where the
    sentence is sure that calls were lost, so is this: "not settled" would be read as if perhaps nothing were wrong.

    Examples
    --------
    >>> said("the line was down", "A: calls were lost (96% sure); why is not settled, perhaps the line was down.", "inconclusive")
    'calls lost (96% sure), perhaps the line was down'
    """
    if lost := LOST_ALL_THE_SAME.search(summary):
        return f"calls {lost[1] or ''}lost ({lost[2]}), perhaps {title}"
    hedged = (told for lead in HEDGES.values() if (told := f"{lead}{title}") in summary)
    plain = title if f": {title}" in summary else f"{HEDGES.get(wording, '')}{title}"
    return next(hedged, plain)
