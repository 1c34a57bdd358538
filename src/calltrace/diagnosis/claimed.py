"""One caller's claim whose call is on record: what became of it is told by that call, and by no other caller's.

Some causes say what became of the call: it was left within seconds, refused, ended in a recording, was handled. Each takes a
call of that number that ended so. Calls end in ways that none of them is (the caller waited and gave up, the switch cut the
call, an agent hung up and took no message); then the records name no cause, and what they show is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from calltrace.diagnosis.checks._became import HANDLED, NO_MESSAGE, OUTCOMES, SOON, UNTIMED
from calltrace.diagnosis.diagnosis import Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.hiding import NOT_CALLED
from calltrace.diagnosis.weigh import unshown

TOLD_BY = {
    "announcement-dead-end": "caller-in-announcement",
    "call-was-handled": HANDLED,
    "caller-hung-up": "caller-hung-up-soon",
    "path-limit": "caller-refused",
}
"""The causes that say what became of a caller's call, and the facet that shows a call that ended so."""

OTHERS = "lost-after-arrival"
"""Says how many of all the account's calls were lost, and not whose, nor how."""

ANOTHER, NOT_HERE = "called-another-account", "no call from that number reached this client's lines"
"""Says that the number did reach the service; and what is then left of no call being on record."""

MOST = 0.5
"""Probability, of the causes that are shown by anything, below which none of them explains the call."""

NEXT = {
    "caller-left-after-wait": (
        "Ask why callers waited then: investigate the hours round the call as abandoned, or as long-hold."),
    "caller-cut": "Look up in the switch's own trace of the call why it was cut.",
    NO_MESSAGE: "Listen to the recording, and ask the agent why no message was taken.",
    HANDLED: "Follow the call and its message with the agent: what was said, and what was done with it?",
}
"""What is to be done about a call that ended so."""

TRACE = "Look up in the switch's own trace of the call how long the caller waited."
"""What is to be done about a call whose end is not timed."""


def own_calls_only(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Leave out that calls of the account were lost, unless one of the caller's ended in a recording, as those may have."""
    if _found({e.facet: e for e in evidence}, TOLD_BY["announcement-dead-end"]):
        return list(evidence)
    return [
        unasked(e.facet, f"{e.says}; that says nothing of this caller's")
        if e.facet == OTHERS and e.outcome is Outcome.FOUND else e
        for e in evidence]


def unexplained(ranked: Sequence[Ranked], pieces: Mapping[str, Evidence]) -> bool:
    """Say whether a call of the number is on record, and ended in a way that none of the causes is."""
    if not _found(pieces, "caller-found") or any(_found(pieces, facet) for facet in TOLD_BY.values()):
        return False
    shown = sum(
        r.probability for r in ranked
        if r.cause not in TOLD_BY and r.cause != NOT_CALLED and not unshown(r.cause, pieces))
    return shown < MOST


def unseen(ranked: Sequence[Ranked], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Let no cause that says what became of a call stand first where no call is on record: nearest is that none came."""
    found = pieces.get("caller-found")
    missed = next((r for r in ranked if r.cause == NOT_CALLED), None)
    if found is None or found.outcome is not Outcome.CLEAR or missed is None or ranked[0].cause not in TOLD_BY:
        return tuple(ranked)
    top = ranked[0]
    others = [r for r in ranked if r.cause not in {top.cause, missed.cause}]
    rest = [replace(top, probability=missed.probability), *others]
    return (replace(missed, probability=top.probability), *sorted(rest, key=lambda r: (-r.probability, r.cause)))


def on_another_line(ranked: Sequence[Ranked], pieces: Mapping[str, Evidence]) -> tuple[Ranked, ...]:
    """Say of a number that called another client's line no more than that no call of it reached this client's."""
    if not _found(pieces, ANOTHER):
        return tuple(ranked)
    return tuple(replace(r, title=NOT_HERE) if r.cause == NOT_CALLED else r for r in ranked)


def story(pieces: Mapping[str, Evidence]) -> str:
    """Return what became of the caller's calls, a sentence for each way they ended."""
    told = [pieces[f] for f in OUTCOMES if f in pieces and (_tells(pieces[f]) or _untimed(f, pieces))]
    if any(p.facet == HANDLED for p in told):
        told = [p for p in told if p.facet != NO_MESSAGE]
    return " ".join(f"{p.says[:1].upper()}{p.says[1:].rstrip('.')}." for p in told) or pieces["caller-found"].says


def next_steps(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return what to do about calls that no cause explains, and what would tell whether they are the ones meant."""
    pieces = {e.facet: e for e in evidence}
    steps = [
        step for facet, step in NEXT.items()
        if facet in pieces and (_found(pieces, facet) or (facet == HANDLED and _tells(pieces[facet])))]
    steps += [TRACE] if _untimed(SOON, pieces) else []
    return (*(s for s in steps if s != NEXT[HANDLED] or NEXT[NO_MESSAGE] not in steps),
            "To settle which call is meant: the caller's own call list.")


def _found(pieces: Mapping[str, Evidence], facet: str) -> bool:
    return facet in pieces and pieces[facet].outcome is Outcome.FOUND and pieces[facet].strength > 0


def _untimed(facet: str, pieces: Mapping[str, Evidence]) -> bool:
    """Say whether it is not known after how long the caller left; said once, of the first facet that asks."""
    return facet == SOON and SOON in pieces and pieces[SOON].says == UNTIMED


def _tells(piece: Evidence) -> bool:
    """Say whether a piece is of calls there were: found, or of an end that was not the end of it all."""
    return piece.outcome is Outcome.FOUND or (piece.outcome is Outcome.CLEAR and bool(piece.observed))
