"""What may have hidden one caller's call: weighed by how much of the time asked of it covers.

The weights of the signs say whether there was an outage. That the claimed call fell into it is another question, and a
table of weights can't answer it: an hour's outage of a day explains a call "on that day" only with the chance that the
caller called in that hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

import pandas as pd

from calltrace.diagnosis.checks.call_time import FACET, GROUP, MOSTLY, OWN, PLATFORM
from calltrace.diagnosis.diagnosis import Bearing, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome

CLAIM = "caller-claim"
"""The complaint that is about one call."""

WHOSE = {
    "platform-outage": (PLATFORM,),
    "planned-shutdown": (PLATFORM,),
    "records-missing": (PLATFORM, GROUP),
    "carrier-outage": (GROUP, PLATFORM),
    "number-down": (OWN, GROUP),
}
"""The causes that keep a caller's call off the records, and whose silence each of them shows in: the first that was found."""

UNRECORDED = 0.5
"""Chance that a call claimed for a time at which nothing hid calls is not on record (another day, another number, another
firm's line, or no call at all): nobody knows it of a caller, and neither believing nor disbelieving is even odds."""

NOT_CALLED = "no-record-of-call"
"""What is left where no call of the number is on record and what hid calls did not hide this one."""

LOST_RECORDS, COUNTED = "records-missing", "kpi-counts-calls"
"""Records may be lost here and there, without a silence: then the switch's own count tells how many."""

REASON = "the call may have come at another time, when nothing hid it"

LEAST = 1e-6
"""Chance below which nothing more is made of it."""

OPEN, TELLING = 0.02, 0.2
"""Probability of such causes together down to which it is worth asking at what time the caller called; and the part of it
that one of them has to have to be named."""


def covered(share: float) -> float:
    """Return the chance that a call of which there is no record fell into a silence that covers ``share`` of its time.

    By Bayes' rule: in the silence no call has a record, outside it one in two (:data:`UNRECORDED`).

    Examples
    --------
    >>> [round(covered(share), 2) for share in (0.0, 0.1, 0.5, 1.0)]
    [0.0, 0.18, 0.67, 1.0]
    """
    return share / (share + (1.0 - share) * UNRECORDED)


@dataclass(frozen=True)
class Part:
    """How much of the time asked of (0 to 1) a cause hid calls in, by which facet, and in its words.

    ``start`` and ``end`` are its own silence within that time, UTC; None where records were lost here and there.
    """

    share: float
    facet: str
    says: str
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None

    @property
    def partly(self) -> bool:
        """Whether a call of the time asked of may have come when nothing hid it."""
        return self.share < MOSTLY


def by_time(ranked: Sequence[Ranked], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Return the causes of one caller's claim, those that hid calls as likely as the call is to have come while they did.

    What is taken off them goes to :data:`NOT_CALLED` where the search found no call of the number; else all the others
    share it. A cause that shows in no silence is left as it is.
    """
    parts = {r.cause: part for r in ranked if (part := part_of(r.cause, pieces)) is not None}
    chance = {cause: covered(part.share) for cause, part in parts.items()}
    spare = sum(r.probability * (1.0 - chance[r.cause]) for r in ranked if r.cause in chance)
    found = pieces.get("caller-found")
    heirs = [r for r in ranked if r.cause not in chance]
    if found is not None and found.outcome is Outcome.CLEAR:
        heirs = [r for r in heirs if r.cause == NOT_CALLED]
    whole = sum(r.probability for r in heirs)
    if whole <= 0 or spare <= 0:
        return tuple(ranked)

    def weighed(rank: Ranked) -> Ranked:
        part = parts.get(rank.cause)
        if part is None:
            return replace(rank, probability=rank.probability * (1.0 + spare / whole)) if rank in heirs else rank
        against = Bearing(part.facet, part.says, REASON, log(max(chance[rank.cause], LEAST)))
        told = part.partly and part.facet == FACET  # what was counted is among the signs for the cause already
        refutes = (*rank.refutes, against) if told else rank.refutes
        return replace(rank, probability=rank.probability * chance[rank.cause], refutes=refutes)

    return tuple(sorted((weighed(r) for r in ranked), key=lambda r: (-r.probability, r.cause)))


def perhaps(ranked: Sequence[Ranked], pieces: Mapping[str, Evidence]) -> tuple[str, ...]:
    """Return the causes, the likeliest first, that explain the missing call only if it came at some time of those asked of.

    None where a call of the number is on record, or where all of them together are out of the question (:data:`OPEN`).
    """
    found = pieces.get("caller-found")
    if found is None or found.outcome is Outcome.FOUND:
        return ()
    partly = [r for r in ranked if (part := part_of(r.cause, pieces)) is not None and part.partly]
    chance = sum(r.probability for r in partly)
    return tuple(r.cause for r in partly if r.probability >= TELLING * chance) if chance >= OPEN else ()


def part_of(cause: str, pieces: Mapping[str, Evidence]) -> Part | None:
    """Return how much of the time a cause hid calls in; None where it shows in no silence and in no lost record."""
    time = pieces.get(FACET)
    silences = time.data.get("silences") if time is not None else None
    if isinstance(silences, dict):
        known = next((silences[whose] for whose in WHOSE.get(cause, ()) if whose in silences), None)
        if known is not None:
            return Part(known["share"], FACET, known["says"], pd.Timestamp(known["start"]), pd.Timestamp(known["end"]))
    counted = pieces.get(COUNTED)
    if cause != LOST_RECORDS or counted is None or counted.outcome is not Outcome.FOUND or not counted.expected:
        return None
    return Part(min(1.0, float(str(counted.data["without_row"])) / counted.expected), COUNTED, counted.says)
