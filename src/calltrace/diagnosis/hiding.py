"""What may have hidden one caller's call: weighed by how much of the time asked of it covers.

The weights of the signs say whether there was an outage. That the claimed call fell into it is another question, and a
table of weights can't answer it: an hour's outage of a day explains a call "on that day" only with the chance that the
caller called in that hour.

Beside what is beyond chance there are holes (:mod:`calltrace.diagnosis.holes`) that chance seldom makes. Of a day's many none is
told, but a claim asks of one time: a hole in that very time has its share, and accuses nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.certainty import HELD
from calltrace.diagnosis.checks.call_time import FACET, HOLE, MOSTLY, OWN
from calltrace.diagnosis.diagnosis import Bearing, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.holes import GROUP, OF_HOLES, OUTAGE, PLATFORM

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

LOST_RECORDS, COUNTED, TAKEN_ON_NONE = "records-missing", "kpi-counts-calls", "message-without-call"
"""Records may be lost here and there, without a silence: then the switch's own count tells how many, or the messages do."""

REASON = "the call may have come at another time, when nothing hid it"

SELDOM = "chance seldom leaves such a hole, and it lies in the very time that is asked of"

TESTS = ("number-tests-failed", "trunk-tests-failed")
"""Facets that tell of test calls."""

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


def fallen(score: float, share: float) -> float:
    """Return the chance that a call of which there is no record fell into a hole that may be an outage.

    ``score`` is -log10 of the chance of such a hole in the time asked of, ``share`` the part of that time it has. Held to
    what accuses nobody.

    Examples
    --------
    >>> [round(fallen(score, 0.2), 2) for score in (1.0, 2.0, 3.0)]
    [0.03, 0.18, 0.31]
    >>> round(fallen(3.0, 0.8), 2)
    0.55
    """
    odds = OUTAGE * 10**score
    return min(HELD, odds * share / (odds * (share + (1.0 - share) * UNRECORDED) + UNRECORDED))


@dataclass(frozen=True)
class Part:
    """How much of the time asked of (0 to 1) a cause hid calls in, by which facet, and in its words.

    ``start`` and ``end`` are its own silence within that time, UTC; None where records were lost here and there. ``chance`` is
    that of a call having fallen into a hole that chance may have made; None for what is beyond chance.
    """

    share: float
    facet: str
    says: str
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    chance: float | None = None

    @property
    def partly(self) -> bool:
        """Whether a call of the time asked of may have come when nothing hid it."""
        return self.share < MOSTLY


def by_time(ranked: Sequence[Ranked], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Return the causes of one caller's claim, those that hid calls as likely as the call is to have come while they did.

    What is taken off them goes to :data:`NOT_CALLED` where the search found no call of the number; else all the others
    share it. A cause that shows in no silence is left as it is.
    """
    ranked = _in_hole(ranked, pieces)
    parts = {r.cause: part for r in ranked if (part := part_of(r.cause, pieces)) is not None and part.chance is None}
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


def _in_hole(ranked: Sequence[Ranked], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Give the cause of a hole in the time asked of its share of a call that is on no record."""
    found = pieces.get("caller-found")
    missed = next((r for r in ranked if r.cause == NOT_CALLED), None)
    holes = ((r, part) for r in ranked if (part := part_of(r.cause, pieces)) is not None)
    rank, hole = next(((r, part) for r, part in holes if part.chance), (None, None))
    if found is None or found.outcome is not Outcome.CLEAR or missed is None or rank is None or hole is None:
        return tuple(ranked)
    chance = hole.chance or 0.0
    more = chance * missed.probability
    told = Bearing(FACET, hole.says, SELDOM, log(chance / (1.0 - chance)))
    # a test that came through in the hole would have left none: those on record were made before it or after
    refutes = tuple(b for b in rank.refutes if b.facet not in TESTS)
    hid = replace(rank, probability=rank.probability + more, supports=(told, *rank.supports), refutes=refutes)
    rest = {rank.cause: hid, NOT_CALLED: replace(missed, probability=missed.probability - more)}
    return tuple(sorted((rest.get(r.cause, r) for r in ranked), key=lambda r: (-r.probability, r.cause)))


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
    hole = time.data.get(HOLE) if time is not None else None
    if isinstance(hole, dict) and OF_HOLES[hole["whose"]] == cause:
        return Part(hole["share"], FACET, hole["says"], pd.Timestamp(hole["start"]), pd.Timestamp(hole["end"]),
                    fallen(hole["score"], hole["share"]))
    if cause != LOST_RECORDS:
        return None
    counted, taken = pieces.get(COUNTED), pieces.get(TAKEN_ON_NONE)
    if counted is not None and counted.outcome is Outcome.FOUND and counted.expected:
        return Part(min(1.0, float(str(counted.data["without_row"])) / counted.expected), COUNTED, counted.says)
    if taken is not None and taken.outcome is Outcome.FOUND and taken.observed:
        return Part(taken.observed / float(str(taken.data["messages"])), TAKEN_ON_NONE, taken.says)
    return None
