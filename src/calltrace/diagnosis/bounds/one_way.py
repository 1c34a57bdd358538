"""Messages of many clients that one way of sending could not deliver: whose that way is, the records do not show.

What sends the texts, pages or mail of a service is partly its own (a gateway, a modem, an account that ran out) and partly the
carrier's. Where only the mail of one provider failed, what sends for the service worked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.ways import WAY

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.diagnosis.evidence import Evidence

CAUSE, SHOWN = "delivery-failed", "delivery-all-failed"
"""The cause it is, and the facet that tells of the way."""

MOST = 0.85
"""Probability to which the carrier's cause is held where the way may as well be the service's own: likely, never confirmed."""

TITLE = "the message could not be delivered: one way of sending failed for many clients"
"""What it is called."""


def way(pieces: Mapping[str, Evidence]) -> Mapping[str, object] | None:
    """Return the way that failed for many, None where none is found."""
    piece = pieces.get(SHOWN)
    found = piece.data.get(WAY) if piece is not None and piece.outcome is Outcome.FOUND else None
    return found if isinstance(found, Mapping) else None


def down(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Call a failed delivery what it is, and hold the carrier to what may as well be the service's own."""
    found = way(pieces)
    if found is None:
        return ranked
    told = tuple(replace(r, title=TITLE) if r.cause == CAUSE else r for r in ranked)
    if not told or told[0].cause != CAUSE or told[0].probability <= MOST or found["domain"] or len(told) < 2:
        return told
    top, *others = told
    # what is in doubt is whose the way is, and none of the other causes is likelier for it: they share alike
    spare = (top.probability - MOST) / len(others)
    return (replace(top, probability=MOST), *(replace(r, probability=r.probability + spare) for r in others))


def steps(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> tuple[str, ...]:
    """Return what to do next of a way that failed for many; none where it is none."""
    found = way(pieces)
    if found is None or not ranked or ranked[0].cause != CAUSE:
        return ()
    if found["domain"]:
        ask = f"Look up in the mail server's log what @{found['domain']} answered in those hours, and ask that provider."
        return ask, RESEND
    ask = (f"Look up in the log of what sends by {found['method']} (gateway, modem, account with the provider) whether those"
           " messages left the service: whether it is its own trouble or the carrier's shows there.")
    return ask, f"Send a test by {found['method']} now, to addresses of two providers.", RESEND


RESEND = "Give the messages that failed by telephone, and try another way from the first failure on."
"""The last of the steps."""
