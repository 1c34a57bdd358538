"""Were the account's rings cut off at a fixed length, by a greeting or an overflow?

Then no ring is long, however long nobody came: that none was says nothing of agents who let calls ring, or who were too
few. Where callers who waited longer than usual did so without ringing longer, something had picked up before an agent.
An overflow that ends the call (voicemail, another number) leaves no wait behind: there the rings pile up at their longest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.diagnosis.evidence import SILENT_ON, Evidence, Outcome

if TYPE_CHECKING:
    from calltrace.diagnosis.checks._chance import Bools, Floats
    from calltrace.diagnosis.checks._load import Load

OF_RINGS = ["agent-not-answering", "understaffed"]
"""Causes that make callers ring where nothing picks up by itself."""

SHORTEST_S = 10.0
"""Seconds of ringing below which calls that ring as long are answered quickly, and not cut off."""

PILED = 10
"""Calls at the longest ring from which they are a pile."""


def as_far_as_it_goes(rings: Evidence, waits: Evidence, view: Load, mine: Bools) -> Evidence:
    """Return what was asked of the rings, silent on why callers waited where a long ring could not have come about.

    Parameters
    ----------
    rings, waits : Evidence
        Of own-rings-long and own-waits-long.
    view : Load
        The question's view.
    mine : array of bool
        The account's calls that rang, of all the records.
    """
    if rings.outcome is not Outcome.CLEAR:
        return rings
    longest = _longest(view.calls.ring[mine])
    if waits.outcome is Outcome.FOUND and waits.strength > 0:
        why = "; they waited after something had picked up"
    elif longest is not None:
        why = f"; calls are taken off by themselves after {longest:.0f} s"
    else:
        return rings
    return replace(rings, says=f"{rings.says}{why}", data={**rings.data, SILENT_ON: OF_RINGS})


def _longest(ring: Floats) -> float | None:
    """Return the length at which most long rings end, None where they just get fewer the longer they are."""
    if len(ring) < PILED:
        return None
    top = float(np.quantile(ring, 0.998))
    at_top, near = int((ring >= top - 1.0).sum()), int((ring > 0.7 * top).sum())
    quick = float(np.median(ring)) < 0.6 * top
    return top if top >= SHORTEST_S and quick and at_top >= PILED and at_top > near / 2 else None
