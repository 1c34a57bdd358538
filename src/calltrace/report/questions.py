"""Which question to ask next: the one whose answer would tell the causes still open apart best.

Questions and what their answers point to are data beside the brief's templates. What a question is worth is its
expected information about the cause, after the questions before it (the usual greedy choice of a decision tree).
"""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FITS = 0.8
"""Chance that a cause gives one of the answers named for it: people misremember, so no answer settles a case."""

OPEN = 0.01
"""Probability from which a cause is worth a question, as long as it is among the :data:`MOST_OPEN` likeliest."""

MOST_OPEN = 6

LEAST, MOST = 1, 5
"""Questions in a brief: few enough to be asked in one call."""

WORTH = 0.02
"""Bits below which a question tells next to nothing."""

NOTHING = 1e-9
"""Bits that are the computer's rounding and no answer's."""

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class Reply:
    """One answer people give, and the causes it is to be expected of."""

    hear: str
    fits: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question; ``settles`` names the checks it stands in for, ``complaint`` the only complaint it belongs to.

    ``coverage`` is ``always`` for a question to clients whose lines are forwarded around the clock, ``hours`` for one
    to the others, '' for one to all.
    """

    id: str
    ask: str
    why: str
    settles: tuple[str, ...]
    replies: tuple[Reply, ...]
    complaint: str = ""
    coverage: str = ""

    def chances(self, cause: str) -> list[float]:
        """Return how likely each reply is if that is the cause; all alike where no reply names it."""
        n = len(self.replies)
        named = sum(cause in r.fits for r in self.replies)
        if not named or named == n:
            return [1 / n] * n
        other = (1 - FITS) / (n - named)
        return [FITS / named if cause in r.fits else other for r in self.replies]


def questions_in(text: str, at: str = "questions.toml") -> tuple[Question, ...]:
    """Read the questions of a language.

    Raises
    ------
    InputError
        Where the file is not as it should be.
    """
    try:
        return tuple(
            Question(
                id=str(q["id"]),
                ask=str(q["ask"]),
                why=str(q.get("why", "")),
                settles=tuple(map(str, q.get("settles", ()))),
                replies=tuple(Reply(str(a["hear"]), tuple(map(str, a["fits"]))) for a in q.get("answer", ())),
                complaint=str(q.get("complaint", "")),
                coverage=str(q.get("coverage", "")),
            )
            for q in tomllib.loads(text)["question"]
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"the questions can't be read: {error}", expected="[[question]] with id, ask, answer", at=Location(at)
        ) from error


def open_causes(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Return the causes worth a question, the likeliest first, their shares evened out and summing to 1.

    The square root of each probability is taken: the records have had their say, and a question that could overturn
    them must not vanish because they are sure.
    """
    ranked = sorted(probabilities.items(), key=lambda p: (-p[1], p[0]))
    kept = [(c, p) for c, p in ranked[:MOST_OPEN] if p >= OPEN] or ranked[:2]
    if len(kept) == 1:
        kept = ranked[:2]
    roots = {c: math.sqrt(max(p, 1e-9)) for c, p in kept}
    total = sum(roots.values())
    return {c: r / total for c, r in roots.items()}


def answered(
    probabilities: Mapping[str, float], answers: Mapping[str, int], questions: Sequence[Question]
) -> dict[str, float]:
    """Return the probabilities after answers that were heard (question's id to the answer's number, from 0).

    Raises
    ------
    UsageError
        For a question or an answer that does not exist.
    """
    known = {q.id: q for q in questions}
    after = dict(probabilities)
    for name, number in answers.items():
        question = known.get(name)
        if question is None or not question.replies:
            raise UsageError(
                f"there is no question {name!r}", expected=", ".join(q.id for q in questions if q.replies)
            )
        if not 0 <= number < len(question.replies):
            raise UsageError(
                f"question {name!r} has no such answer", expected=f"a to {LETTERS[len(question.replies) - 1]}"
            )
        after = {c: p * question.chances(c)[number] for c, p in after.items()}
        total = sum(after.values())
        after = {c: p / total for c, p in after.items()} if total else dict(probabilities)
    return after


def best(
    probabilities: Mapping[str, float],
    questions: Sequence[Question],
    *,
    complaint: str = "",
    missing: Sequence[str] = (),
    done: Sequence[str] = (),
) -> tuple[Question, ...]:
    """Return the questions to ask, the most telling first.

    Parameters
    ----------
    probabilities : mapping
        Cause to probability, as the records and the answers so far leave it; empty where no cause is named.
    questions : sequence of Question
        All there are; ties go to the one that stands first.
    complaint : str
        Where no cause is named, the questions of that complaint are taken in their order.
    missing : sequence of str
        Checks the records could not answer: of two questions that tell as much, the one that stands in for one
        of them comes first.
    done : sequence of str
        Questions that have been asked.
    """
    if not probabilities:
        return tuple(q for q in questions if q.complaint and q.complaint == complaint and q.id not in done)
    prior = open_causes(probabilities)
    left = [q for q in questions if q.replies and not q.complaint and q.id not in done]
    gaps = set(missing)
    branches = [(1.0, prior)]
    chosen: list[Question] = []
    while left and len(chosen) < MOST:
        worth = {q.id: _worth(branches, q) for q in left}
        top = max(left, key=lambda q: (round(worth[q.id] * (1.1 if gaps & set(q.settles) else 1.0), 6), -left.index(q)))
        if worth[top.id] < NOTHING or (worth[top.id] < WORTH and len(chosen) >= LEAST):
            break
        chosen.append(top)
        left.remove(top)
        branches = [(w * p, after) for w, causes in branches for p, after in _split(causes, top) if w * p > 1e-4]
    return tuple(chosen)


def _split(causes: Mapping[str, float], question: Question) -> list[tuple[float, dict[str, float]]]:
    """Return every reply's probability, and the causes after it."""
    chances = {c: question.chances(c) for c in causes}
    out = []
    for i in range(len(question.replies)):
        joint = {c: p * chances[c][i] for c, p in causes.items()}
        total = sum(joint.values())
        if total > 0:
            out.append((total, {c: p / total for c, p in joint.items()}))
    return out


def _worth(branches: Sequence[tuple[float, Mapping[str, float]]], question: Question) -> float:
    """Return the expected bits about the cause that a question adds."""
    gain = 0.0
    for weight, causes in branches:
        after = sum(p * _entropy(left) for p, left in _split(causes, question))
        gain += weight * (_entropy(causes) - after)
    return gain


def _entropy(causes: Mapping[str, float]) -> float:
    return -sum(p * math.log2(p) for p in causes.values() if p > 0)
