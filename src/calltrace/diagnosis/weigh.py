"""From evidence to probabilities: each cause sums the weights of its signs, and the sums are compared.

A cause's score is its prior (log) plus, for each sign whose check ran, the fitted weight times the evidence's
strength. Signs read off the same rows do not count twice: of each such group only the heaviest sign for and the
heaviest against the cause count. A check that did not run adds nothing. Probabilities are the softmax of the scores
over the causes the complaint weighs, divided by a temperature fitted so that of the verdicts given with 0.9 nine in
ten are right. The weights stand in ``weights.json``; ``tools/calibrate.py`` makes it on simulated services.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from functools import cache
from importlib import resources

from calltrace.classes import dataclass
from calltrace.diagnosis import causes, checks
from calltrace.diagnosis.causes._base import Sign
from calltrace.diagnosis.checks._base import Facet
from calltrace.diagnosis.complaints import causes_of
from calltrace.diagnosis.diagnosis import Bearing, Ranked
from calltrace.diagnosis.evidence import SILENT_ON, Evidence, Outcome
from calltrace.tables.schema import TABLES

FOUND_WEIGHT = 3.0
"""Weight of a sign that no fit has seen: about twenty to one."""

CLEAR_WEIGHT = 2.0
"""The same for a check that ran and was clear."""

EXCLUDED = 12.0
"""Taken off a cause that what was found makes impossible by definition."""

UNSHOWN = 2.5
"""Taken off a cause that somebody would have to answer for while none of what shows it was found: where the records
say nothing, nobody is named."""


SYMPTOM = 5
"""Causes a facet speaks for from which it is a symptom of theirs and shows none of them."""


LOST = "lost-after-arrival"
"""Says that calls were lost, and not why: a symptom however few causes it speaks for."""

WAITED = "waits-rose"
"""Says that everybody waited: where that is plain, a cause is at work that makes everybody wait, whether or not the records
could show it."""

PLAINLY = 0.3
"""Strength from which it is plain, and from which what shows a cause does so."""

FELT_BY_ALL = "others-abandoned-more"
"""Says that the others' callers felt it as well, and not what it was: no surge is shown by it."""

CAME_MORE = ("own-surge", "other-surge", "wide-surge")
"""What ran, and found nothing plain, where no more calls came than usual."""


@dataclass(frozen=True)
class Weights:
    """Fitted weights.

    ``signs[cause][facet][found|clear]`` is at least 0 (log-odds, in the direction the sign declares);
    ``priors[complaint][cause]`` is a log; ``temperature[complaint][whole|partial]`` divides the scores, apart for
    records that lack a table.
    """

    signs: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    priors: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    temperature: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def sign(self, cause: str, facet: str, outcome: str) -> float:
        """Return the weight of a sign, a default where it was never fitted."""
        default = FOUND_WEIGHT if outcome == "found" else CLEAR_WEIGHT
        return self.signs.get(cause, {}).get(facet, {}).get(outcome, default)

    def heat(self, complaint: str, *, whole: bool) -> float:
        """Return what the scores of a complaint are divided by, 1 where it was never fitted."""
        return self.temperature.get(complaint, {}).get("whole" if whole else "partial", 1.0)

    def prior(self, complaint: str, cause: str) -> float:
        """Return the log prior of a cause under a complaint, 0 where it was never fitted."""
        return self.priors.get(complaint, {}).get(cause, 0.0)


@cache
def fitted() -> Weights:
    """Return the weights that come with calltrace."""
    file = resources.files("calltrace.diagnosis") / "weights.json"
    if not file.is_file():
        return Weights()
    data = json.loads(file.read_text(encoding="utf-8"))
    return Weights(data["signs"], data["priors"], data["temperature"])


@cache
def rows_of(facet: str) -> str:
    """Return the name of the rows a facet is read off."""
    return _facets()[facet].rows


@cache
def _facets() -> dict[str, Facet]:
    return {f.name: f for name in checks.NAMES for f in checks.get(name).facets}


def is_own(cause: str, facet: str) -> bool:
    """Say whether a facet is what the cause would have shown itself by."""
    return any(s.facet == facet and s.found == "for" and s.clear == "against" for s in causes.get(cause).signs)


def asks(facet: str) -> str:
    """Return the question a facet answers."""
    return _facets()[facet].asks


def said_beside(sign: Sign, names: Collection[str]) -> bool:
    """Say whether a sign says anything where these causes are weighed."""
    return not sign.beside or sign.beside in names


def bearings(
    cause: str, evidence: Mapping[str, Evidence], weights: Weights, names: Collection[str] = causes.NAMES
) -> list[Bearing]:
    """Return how each piece of evidence bears on a cause among those weighed, the heaviest of each group of rows only."""
    best: dict[tuple[str, bool], Bearing] = {}
    for sign in causes.get(cause).signs:
        piece = evidence.get(sign.facet)
        if piece is None or piece.outcome is Outcome.NOT_RUN or not said_beside(sign, names):
            continue
        direction = sign.found if piece.outcome is Outcome.FOUND else sign.clear
        if direction is None or (direction == "against" and cause in silent_on(piece)):
            continue
        size = EXCLUDED if direction == "excludes" else weights.sign(cause, sign.facet, piece.outcome.value)
        size *= piece.strength
        weight = size if direction == "for" else -size
        key = (rows_of(sign.facet), direction == "for")
        if key not in best or abs(weight) > abs(best[key].weight):
            best[key] = Bearing(sign.facet, piece.says, sign.reason, weight)
    return sorted(best.values(), key=lambda b: (-abs(b.weight), b.facet))


def silent_on(piece: Evidence) -> Collection[str]:
    """Return the causes against which a piece says nothing, by its own word."""
    named = piece.data.get(SILENT_ON)
    return named if isinstance(named, (list, tuple)) else ()


@cache
def symptoms() -> frozenset[str]:
    """Return the facets that speak for so many causes that they show none: callers waited, callers left, calls were lost."""
    spoken = Counter(s.facet for n in causes.NAMES for s in causes.get(n).signs if s.found == "for")
    return frozenset(f for f, times in spoken.items() if times >= SYMPTOM or f == LOST)


def unshown(cause: str, evidence: Mapping[str, Evidence]) -> bool:
    """Say whether a cause that names somebody has nothing found for it, though something could have been."""
    shows = _shown_by(cause)
    pieces = [evidence[f] for f in shows if f in evidence]
    return bool(shows) and not any(p.outcome is Outcome.FOUND and p.strength > 0 for p in pieces)


def unlooked(names: Sequence[str], evidence: Mapping[str, Evidence]) -> frozenset[str]:
    """Return the service's causes of everybody's waiting that could not be looked for, where nothing else explains it.

    Everybody plainly waited, no more calls came than usual, and no cause that could be looked for shows: then it is one of
    those of which the records have nothing. That nothing was found for them says nothing against them, and nobody outside
    is named instead.
    """
    if not waits_plainly_rose(evidence):
        return frozenset()
    if any(f not in evidence or evidence[f].outcome is Outcome.NOT_RUN or _plain(evidence, f) for f in CAME_MORE):
        return frozenset()
    if any(_plain(evidence, f) for n in names for f in _shown_by(n) if f != FELT_BY_ALL):
        return frozenset()
    return _unasked(names, evidence)


def _unasked(names: Sequence[str], evidence: Mapping[str, Evidence]) -> frozenset[str]:
    """Return the service's causes of everybody's waiting whose own checks could not run, for want of records."""
    could_wait = [n for n in names if makes_all_wait(n)]
    asked = {n: [evidence[f] for f in _shown_by(n) if f in evidence] for n in could_wait}
    return frozenset(
        n for n, pieces in asked.items() if pieces and all(p.outcome is Outcome.NOT_RUN and p.missing for p in pieces))


def makes_all_wait(cause: str) -> bool:
    """Say whether a cause is the service's own, and makes callers of all accounts wait."""
    known = causes.get(cause)
    return known.party == "service" and any(s.facet == WAITED and s.found == "for" for s in known.signs)


def waits_plainly_rose(evidence: Mapping[str, Evidence]) -> bool:
    """Say whether callers of all accounts plainly waited longer than usual."""
    return _plain(evidence, WAITED)


def _plain(evidence: Mapping[str, Evidence], facet: str) -> bool:
    """Say whether a facet was plainly found."""
    piece = evidence.get(facet)
    return piece is not None and piece.outcome is Outcome.FOUND and piece.strength >= PLAINLY


def _shown_by(cause: str) -> list[str]:
    """Return the facets that show a cause where they are found; none of one that names nobody."""
    known = causes.get(cause)
    return [] if known.party == "nobody" else [
        s.facet for s in known.signs if s.found == "for" and s.facet not in symptoms()]


def weigh(complaint: str, evidence: Sequence[Evidence], weights: Weights | None = None) -> tuple[Ranked, ...]:
    """Rank the causes of a complaint by probability, the most likely first; ties by name.

    Parameters
    ----------
    complaint : str
        One of :data:`calltrace.diagnosis.complaints.NAMES`, or '' for all causes.
    evidence : sequence of Evidence
        One piece a facet; of several for one facet the strongest counts.
    weights : Weights, optional
        The fitted ones by default.

    Returns
    -------
    tuple of Ranked
        Probabilities sum to 1.
    """
    weights = weights or fitted()
    pieces = strongest(evidence)
    names = causes_of(complaint)
    found = {name: bearings(name, pieces, weights, names) for name in names}
    left = unlooked(names, pieces)
    spared = {n for n in left if is_own(n, WAITED)}
    felt = bool(_unasked(names, pieces))  # what everybody felt may as well have been of these
    bare = {n for n in names if n not in spared and (unshown(n, pieces) or (felt and _only_felt(n, pieces)))}
    scores = {
        n: weights.prior(complaint, n) + sum(b.weight for b in found[n]) - (UNSHOWN if n in bare else 0.0) for n in names}
    _hold_back(scores, bare - left, [n for n in names if causes.get(n).party == "nobody"])
    _hold_back(scores, left - spared, spared)  # an agent is not accused first on what everybody's waits alone show
    heat = weights.heat(complaint, whole=not lacking(pieces))
    top = max(scores.values())
    powers = {n: math.exp((s - top) / heat) for n, s in scores.items()}
    total = sum(powers.values())
    ranked = [_ranked(n, powers[n] / total, found[n], pieces) for n in names]
    return tuple(sorted(ranked, key=lambda r: (-r.probability, r.cause)))


def _only_felt(cause: str, evidence: Mapping[str, Evidence]) -> bool:
    """Say whether all that plainly shows a cause is that the others' callers felt it as well."""
    shows = _shown_by(cause)
    return FELT_BY_ALL in shows and not any(_plain(evidence, f) for f in shows if f != FELT_BY_ALL)


def _hold_back(scores: dict[str, float], bare: Collection[str], before: Collection[str]) -> None:
    """Let no cause that nothing was found for (``bare``) stand before the best one of some others."""
    best = max((scores[n] for n in before), default=math.inf)
    for name in bare:
        scores[name] = min(scores[name], best - 0.01)


def lacking(pieces: Mapping[str, Evidence]) -> bool:
    """Say whether any check was not run for want of a table or column."""
    return any(p.outcome is Outcome.NOT_RUN and any(_is_table(m) for m in p.missing) for p in pieces.values())


def _is_table(missing: str) -> bool:
    return missing.partition(".")[0] in TABLES


def strongest(evidence: Sequence[Evidence]) -> dict[str, Evidence]:
    """Return one piece of evidence a facet: a FOUND before a CLEAR before a NOT_RUN, then the stronger."""
    order = {Outcome.FOUND: 2, Outcome.CLEAR: 1, Outcome.NOT_RUN: 0}
    pieces: dict[str, Evidence] = {}
    for piece in evidence:
        held = pieces.get(piece.facet)
        if held is None or (order[piece.outcome], piece.strength) > (order[held.outcome], held.strength):
            pieces[piece.facet] = piece
    return pieces


def _ranked(name: str, probability: float, found: list[Bearing], pieces: Mapping[str, Evidence]) -> Ranked:
    cause = causes.get(name)
    missing: list[str] = []
    for sign in cause.signs:
        piece = pieces.get(sign.facet)
        if piece is not None and piece.outcome is Outcome.NOT_RUN:
            missing.extend(m for m in piece.missing if m not in missing)
    return Ranked(
        cause=name, title=cause.title, party=cause.party, probability=probability,
        supports=tuple(b for b in found if b.weight > 0), refutes=tuple(b for b in found if b.weight < 0),
        missing=tuple(missing))
