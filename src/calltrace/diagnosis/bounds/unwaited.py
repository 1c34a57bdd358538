"""Callers who never waited: what turned them away, or had them ring off at once, explains nobody's waits.

Who is refused at a limit, or finds no line free, hears a busy tone: that caller has not waited, and has given up nothing.
However certain the refusals are, a complaint of waits, or of callers who gave up, is then answered by what made the others
wait; or where nobody waited longer than usual, by there having been no such waits. A few callers who ring and ring off
explain waits only where there were any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from calltrace.diagnosis.certainty import BORNE_OUT, PLAINLY
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.weigh import WAITED, strongest, weigh

if TYPE_CHECKING:
    from calltrace.diagnosis.diagnosis import Ranked

WAITS = ("long-ring", "long-hold")
"""Complaints of waits, and of nothing else."""

REFUSED, NUISANCE, LEFT, LEFT_AT_ONCE = "refused-busy", "nuisance-callers", "abandoned-more", "abandoned-early"

TURNED_AWAY = {
    "path-limit": (REFUSED, "at-path-limit", "limit-lowered", "refused-at-ordinary-volume"),
    "trunk-group-degraded": ("trunks-flattened", "blocked-at-ordinary-volume"),
}
"""Causes that turn callers away, and the facets that speak of those alone."""

RANG_OFF = "nuisance-calls"
"""The cause of calls that are over at once."""

LOST = {"abandoned": LEFT, "missed-calls": "lost-after-arrival"}
"""Complaints that callers were lost, which may be said of those who were refused as well, and the facet that counts them."""

TURNED = "these callers were turned away: they did not wait, and did not give up"
AT_ONCE = "these callers rang off at once: they did not wait, and nobody waited longer for them"


def explaining(complaint: str, ranked: Sequence[Ranked], evidence: Sequence[Evidence]) -> tuple[Ranked, ...]:
    """Weigh anew without what explains none of the complaint, where a cause of callers who never waited stands first."""
    pieces = strongest(evidence)
    aside: dict[str, str] = {}
    while ranked and (more := _beside(complaint, ranked[0].cause, pieces)) and not more.keys() <= aside.keys():
        aside |= more
        ranked = weigh(complaint, [unasked(e.facet, aside[e.facet]) if e.facet in aside else e for e in evidence])
    return tuple(ranked)


def said(complaint: str, ranked: Sequence[Ranked], evidence: Sequence[Evidence]) -> list[str]:
    """Return what befell callers that the first cause does not speak of, a sentence each."""
    pieces = strongest(evidence)
    if complaint not in {*WAITS, *LOST} or not ranked or _found(pieces, "own-surge"):
        return []
    told = []
    count = pieces.get(REFUSED)
    if ranked[0].cause != "path-limit" and count is not None and _found(pieces, "at-path-limit"):
        told.append(f"{_capital(count.says)}. Whoever is refused does not wait: ask of the same hours as busy.")
    if ranked[0].party == "nobody" and _found(pieces, NUISANCE):
        told.append(f"{_capital(pieces[NUISANCE].says)}. These callers did not wait.")
    return told


def _beside(complaint: str, cause: str, pieces: Mapping[str, Evidence]) -> dict[str, str]:
    """Return the facets that say nothing of the complaint where this cause stands first for them, and why; none if they do."""
    if cause in TURNED_AWAY and (complaint in WAITS or _more_were_lost(complaint, pieces)):
        return dict.fromkeys(TURNED_AWAY[cause], TURNED)
    waited = any(_found(pieces, f, PLAINLY) for f in (*BORNE_OUT.get(complaint, ()), WAITED))
    if cause == RANG_OFF and complaint in WAITS and not waited:
        beside = (NUISANCE, LEFT_AT_ONCE, *((LEFT,) if _found(pieces, LEFT_AT_ONCE) else ()))
        return dict.fromkeys(beside, AT_ONCE)
    return {}


def _more_were_lost(complaint: str, pieces: Mapping[str, Evidence]) -> bool:
    """Say whether plainly more callers than usual were lost, and more of them otherwise than by being refused."""
    lost, refused = pieces.get(LOST.get(complaint, "")), pieces.get(REFUSED)
    if lost is None or refused is None or not _found(pieces, lost.facet, PLAINLY):
        return False
    turned_away = _number(refused, "window_refused")
    if lost.facet == LEFT:
        return _number(lost, "abandoned") - (lost.expected or 0.0) * _number(lost, "calls") > turned_away
    return (lost.observed or 0.0) - turned_away - (lost.expected or 0.0) > turned_away


def _number(piece: Evidence, name: str) -> float:
    return float(str(piece.data.get(name, 0.0)))


def _found(pieces: Mapping[str, Evidence], facet: str, strength: float = 0.0) -> bool:
    piece = pieces.get(facet)
    return piece is not None and piece.outcome is Outcome.FOUND and piece.strength > 0 and piece.strength >= strength


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}"
