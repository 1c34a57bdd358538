"""What a cause is: its party, the signs that speak for and against it, and what to ask next. Data, no pandas."""

from __future__ import annotations

from typing import Literal

from calltrace.classes import dataclass

Party = Literal["client", "service", "carrier", "callers", "another-client", "nobody"]
Bearing = Literal["for", "against", "excludes"]


@dataclass(frozen=True)
class Sign:
    """A facet's bearing on a cause.

    ``found`` says what a FOUND means for the cause ("for" or "against"), ``clear`` what a CLEAR means, or
    None where it means nothing. "excludes" is for what makes the cause impossible by its definition: that is never
    fitted. The reason is the sentence for people. How heavy it weighs is fitted, and
    stands in ``weights.json``. What ``disputes`` a cause keeps it, where found, from being said with any certainty: it
    shows something amiss that the cause does not account for, or not quite. It may do no more than that: what no cause
    accounts for makes none of the others likelier. ``beside`` names the cause that does account for it: where the complaint
    does not weigh that one, the sign says nothing.
    """

    facet: str
    found: Bearing | None
    clear: Bearing | None
    reason: str
    disputes: bool = False
    beside: str = ""


@dataclass(frozen=True)
class Cause:
    """One cause.

    ``title`` completes "the likely cause is …"; ``asks_next`` are questions and actions for the client or
    carrier; ``neighbours`` names causes it is mistaken for and what tells them apart; ``settled_by`` what
    evidence would settle it. ``told_by`` is the facet whose sentence says what happened, where what came of it may weigh
    more; '' where what weighs most says it. ``lasted`` is the facet whose time is the trouble's: what callers ran into
    (refused, gone, kept waiting) may be a part of it, or outlast it; '' where the narrowest time found is the trouble's.
    """

    title: str
    party: Party
    complaints: tuple[str, ...]
    signs: tuple[Sign, ...]
    asks_next: tuple[str, ...]
    neighbours: dict[str, str]
    settled_by: tuple[str, ...]
    told_by: str = ""
    lasted: str = ""
