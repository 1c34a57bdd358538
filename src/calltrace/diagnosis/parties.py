"""Whose doing it was, where the records settle no cause: the parties' shares, each of all its causes together.

One cause of a party may be the likeliest by itself while three of another party's, which little tells apart, are together
twice as likely. Who reads the first cause's name reads an accusation: then the shares are said instead, and the party that has
the most of them first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked

LEAST = 0.1
"""Share from which a party is named."""

WHOSE = {
    "client": "the client's", "service": "the answering service's", "carrier": "the carrier's", "callers": "the callers' own",
    "another-client": "another client's", "nobody": "nobody's"}
"""Whose doing something was, by party."""


def open_between(ranked: Sequence[Ranked], wording: str) -> tuple[tuple[str, float], ...]:
    """Return the parties' shares, the largest first, where another party's outweigh the likeliest cause's; none else."""
    if not ranked or wording != "inconclusive":
        return ()
    whole: dict[str, float] = defaultdict(float)
    for rank in ranked:
        whole[rank.party] += rank.probability
    shares = sorted(whole.items(), key=lambda s: (-s[1], s[0]))
    first, top = shares[0], ranked[0]
    if first[0] in {top.party, "nobody"} or first[1] <= top.probability:
        return ()
    return tuple((party, share) for party, share in shares if share >= LEAST)


def said(shares: Sequence[tuple[str, float]]) -> str:
    """Return whose doing it may have been, and how likely: ``the client's doing (59 %) or the carrier's (32 %)``."""
    whose = [f"{WHOSE.get(p, p)}{' doing' * (not n)} ({share * 100:.0f} %)" for n, (p, share) in enumerate(shares)]
    return " or ".join(whose)


def nearest(ranked: Sequence[Ranked], shares: Sequence[tuple[str, float]]) -> str:
    """Return the likeliest cause of each party, of two at most, a sentence."""
    told = [next(r.title for r in ranked if r.party == party) for party, _ in shares[:2]]
    return f"Nearest is that {', or that '.join(told)}."
