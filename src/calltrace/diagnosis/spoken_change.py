"""Whether the client says, in whatever words, that somebody else was on call than the roster has.

Clients name people: "Adams was covering for Meyer", "you rang Meyer, but we told you it was Adams". Whoever is named as to be
called and was not on call by the roster is a change the client speaks of, if only they know of it. Words for a change of the
roster say so without a name. What may as well be said of something else (a name, and that somebody was told) counts for less.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.diagnosis.board import claims_change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calltrace.diagnosis.scene import Scene

CLEAR, PERHAPS = 1.0, 0.6
"""How surely a claim speaks of an on-call change: in words that say so, and in some that may mean something else."""

_GIVEN = re.compile(
    r"\b(new|latest|revised|amended|updated|changed|current|corrected)\s+(on.?call\s+)?"
    r"(schedules?|roster|rota|rotation|shifts?|on.?call|cover(age)?|list|page|sheet)\b",
    re.IGNORECASE,
)
"""A roster that is new."""
_DUTY = re.compile(
    r"on.?call|on duty|roster|rota\b|rotation|schedul|shift|stand(ing|s)?.?(in|by)\b|stood in|fill(ed|ing|s)?.?in\b"
    r"|\bcover(s|ed|ing)?\b|\bcover for|chang|swap|switch|trad(e|ed|ing)\b|replac|took over|taken over|take over|taking over"
    r"|instead of|in place of|in (his|her|their) place",
    re.IGNORECASE,
)
"""What makes somebody named the one on call, in the client's eyes."""
_TOLD = re.compile(
    r"\b(told (you|your)|inform(ed)?|notif(y|ied)|e-?mail(ed)?|let you know|advised|sent you|gave you|have known|instead"
    r"|should|supposed|meant|wrong (person|doctor|one|man|woman|tech|nurse|number))\b",
    re.IGNORECASE,
)
"""What may do so."""
_TITLE = re.compile(r"^(dr|mr|mrs|ms|prof|doctor|nurse)$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LEAST_LETTERS = 3
"""Letters of a name from which it is told from an initial."""


def spoken(scene: Scene, rows: pd.DataFrame) -> float:
    """Return how surely the client's words speak of another on-call person than the roster's, 0 where they do not.

    Parameters
    ----------
    scene : Scene
        Its question's claim; the account's roster and the recipients of its messages are whom a name may mean.
    rows : DataFrame
        The messages asked about, as :func:`~calltrace.diagnosis.board.board` gives them: ``on_call`` is who was.
    """
    claim = scene.question.claim
    if not claim.strip():
        return 0.0
    return certainty(claim, _people(scene), rows["on_call"].dropna().tolist())


def certainty(claim: str, people: Iterable[str], on_call: Iterable[str]) -> float:
    """Return how surely a claim speaks of an on-call change (0, :data:`PERHAPS` or :data:`CLEAR`).

    Examples
    --------
    >>> certainty("Adams was covering for Meyer that night", ["Adams C", "Meyer B"], ["Meyer B"])
    1.0
    >>> certainty("we told you to ring Adams", ["Adams C", "Meyer B"], ["Meyer B"])
    0.6
    >>> certainty("Meyer was on call and never got it", ["Adams C", "Meyer B"], ["Meyer B"])
    0.0
    """
    if claims_change(claim) or _GIVEN.search(claim):
        return CLEAR
    there = {part for name in on_call for part in _parts(name)}
    others = {part for name in people for part in _parts(name)} - there
    said = {word.casefold() for word in _WORD.findall(claim) if word[0].isupper() or claim.islower()}
    said |= {word.removesuffix("'s").removesuffix("’s") for word in said}
    if not said & others:
        return 0.0
    if _DUTY.search(claim):
        return CLEAR
    return PERHAPS if _TOLD.search(claim) else 0.0


def _parts(name: str) -> list[str]:
    """Return the parts of a name that can be told in a sentence."""
    found = (word.casefold() for word in _WORD.findall(name))
    return [word for word in found if len(word) >= LEAST_LETTERS and not _TITLE.match(word)]


def _people(scene: Scene) -> set[str]:
    """Return who is on the account's roster, at any time, or was ever sent one of its messages."""
    account = scene.question.account
    roster = scene.case.table("oncall")
    messages, dispatch = scene.case.table("messages"), scene.case.table("dispatch")
    own = messages.loc[(messages["account"] == account).fillna(value=False), "message_id"]
    sent = dispatch.loc[dispatch["message_id"].isin(own), "recipient"]
    named = roster.loc[(roster["account"] == account).fillna(value=False), "person"]
    return {str(name) for name in pd.concat([named, sent]).dropna().unique()}
