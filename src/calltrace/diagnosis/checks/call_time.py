"""How much of the time at which the caller may have called does a silence cover?

A caller says "I called on Thursday", and the switch was down for an hour of that Thursday. The outage explains the
missing call only if the call came within that hour. Nobody has said when it came: what is known is at which hours this
account's callers call. So each silence (everybody's, the trunk group's, the account's own) is measured in the calls that
are usual within it, against those of the whole window asked of. Whoever says "at about half past ten" gives a window that
the outage covers, and nothing changes. Where no silence is beyond chance, a hole in the others' calls that chance seldom makes
is told, in the same measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.diagnosis import words
from calltrace.diagnosis.checks import silence
from calltrace.diagnosis.checks._base import Check, Facet
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import Gap, Gaps, gaps
from calltrace.diagnosis.holes import GROUP, PLATFORM, hole_in
from calltrace.diagnosis.scene import records_end

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.diagnosis.scene import Scene

FACET = "call-in-silence"

MOSTLY = 0.9
"""Part of the calls of a window from which a silence covers it: a remembered time reaches beyond a trouble by some minutes."""

OWN = "account"
"""Whose silences are measured, beside everybody's and a trunk group's, as ``silences`` of the evidence's data has them."""

HOLE = "hole"
"""What the evidence's data have of a hole in the window that chance may have made."""


def run(scene: Scene) -> list[Evidence]:
    """Measure each silence of the window against all of it."""
    silent = _silences(gaps(scene))
    start, end = scene.question.start, min(scene.question.end, scene.question.now or scene.question.end, records_end(scene.case))
    inside = {whose: (max(gap.start, start), min(gap.end, end)) for whose, gap in silent.items()}
    inside = {whose: span for whose, span in inside.items() if span[1] > span[0]}
    if not inside:
        return [_hole(scene, start, end) or unasked(FACET, "no silence beyond chance lies in the window")]
    shares = {whose: _share(scene, whose, span, (start, end)) for whose, span in inside.items()}
    says = {whose: _says(scene, inside[whose], share) for whose, share in shares.items()}
    widest = max(shares, key=lambda whose: shares[whose])
    share, (first, last) = shares[widest], inside[widest]
    return [Evidence(
        FACET, Outcome.FOUND if share >= MOSTLY else Outcome.CLEAR, says[widest],
        strength=share if share >= MOSTLY else 1.0 - share, observed=round(share, 4), unit="share of calls", start=first,
        end=last, data={"silences": {
            whose: {"share": round(shares[whose], 4), "start": low.isoformat(), "end": high.isoformat(), "says": says[whose]}
            for whose, (low, high) in inside.items()}})]


def _hole(scene: Scene, start: pd.Timestamp, end: pd.Timestamp) -> Evidence | None:
    """Return what a hole of a trunk group's or everybody's calls in the window tells; None where chance makes such often."""
    found = hole_in(scene, start, end)
    if found is None:
        return None
    span = max(found.start, start), min(found.end, end)
    share = _share(scene, found.whose, span, (start, end))
    says = f"{found.told(scene)}; {share:.0%} of the account's calls of the window usually come then"
    return Evidence(
        FACET, Outcome.CLEAR, says, strength=1.0 - share, observed=round(share, 4), unit="share of calls", start=span[0],
        end=span[1], data={HOLE: {"whose": found.whose, "share": round(share, 4), "score": round(found.score, 2), "says": says,
                                  "start": span[0].isoformat(), "end": span[1].isoformat()}})


def _says(scene: Scene, span: tuple[pd.Timestamp, pd.Timestamp], share: float) -> str:
    when = words.span(*span, scene.account.zone)
    if share >= MOSTLY:
        return f"the silence {when} covers all of the window, or nearly"
    return (f"the silence {when} covers only a part of the window: {share:.0%} of the account's calls of the window usually"
            " come at that time")


def _silences(found: Gaps) -> dict[str, Gap]:
    """Return the silences beyond chance by whose they are."""
    pools = {PLATFORM: found.platform, GROUP: found.pool}
    silent = {whose: gap for whose, gap in pools.items() if gap is not None and gap.shared}
    if found.focus is not None and found.focus.strength >= silence.MEANT:
        silent[OWN] = found.focus
    return silent


def _share(
    scene: Scene, whose: str, span: tuple[pd.Timestamp, pd.Timestamp], window: tuple[pd.Timestamp, pd.Timestamp]
) -> float:
    """Return the part of the account's usual calls of the window that fall in a span of it, 0 to 1.

    Of an account with too little history the platform's hours stand for its own, and time itself where nobody has any. Where
    some of its numbers were silent, only calls to these fall in the span.
    """
    numbers = gaps(scene).silent_numbers if whose == OWN and gaps(scene).number else ()
    account = scene.baseline.of("account", scene.account.account)
    for rhythm in (account, scene.baseline.of("platform")):
        of_all = rhythm.expected(*window)
        if rhythm.learned_from and of_all > 0:
            within = rhythm.expected(*span)
            if numbers and rhythm is account:
                within = sum(scene.baseline.of("number", n).expected(*span) for n in numbers)
            return min(1.0, within / of_all)
    return float((span[1] - span[0]) / (window[1] - window[0]))


CHECK = Check(
    title="Does a silence cover the time of the call?",
    facets=(Facet(FACET, "Does a silence cover all of the time at which the caller may have called?", "time of the call"),),
    needs=("calls",),
    complaints=("caller-claim",),
    run=run,
)
