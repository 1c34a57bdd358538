"""The words of a finding, no surer than it is: the investigation's own know nothing of chance, and may be surer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis.audit.findings import UNEXPLAINED
from calltrace.diagnosis.bounds import unannounced
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.hedges import HEDGES
from calltrace.diagnosis.profile import CONFIRMED, LIKELY

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.findings import Finding
    from calltrace.diagnosis.diagnose import Verdict

NAMED = 0.1
"""Probability from which a cause is named beside the likeliest where the records can't settle which it is."""

OUTRIGHT = frozenset({
    "path-limit", "announcement-dead-end", "nuisance-calls", "agent-not-answering", "agent-long-holds", "agent-ends-calls",
    "forwarding-left-on", "more-calls", "longer-calls", "more-delivery-attempts", UNEXPLAINED})
"""Causes the records show call by call: that it was so is sure, and the doubt is whether it is out of the ordinary."""


def restated(one: Finding) -> Finding:
    """Return the finding in words no surer than it is."""
    known = one.diagnosis if one.title == unannounced.TITLE else None
    down = unannounced.sure_of(known.ranked, known.evidence) if known is not None else None
    if down is not None:  # that is surer than that it was not announced, which is then said to be open
        one = replace(one, data={**one.data, unannounced.DOWN: down * (1.0 - one.chance)})
    wording = worded(one.wording, one.confidence if down is None else down * (1.0 - one.chance))
    summary = one.summary if one.cause in OUTRIGHT else hedged(one.summary, one.title, wording)
    if wording == "inconclusive" and one.real is not None and one.real >= LIKELY:
        still = one.diagnosis is not None and goes_on(one.diagnosis.evidence)
        summary = _lost_all_the_same(summary, one.real, still=still)
    return replace(one, wording=wording, summary=summary)


def _lost_all_the_same(summary: str, real: float, *, still: bool) -> str:
    """Return the sentence of a silence whose cause is open with how sure it is that calls were lost at all."""
    how = "being lost" if still else "lost"
    likely = "" if real >= CONFIRMED else "most likely "
    sure = f"{min(real, 0.99):.0%}{' sure' if real >= CONFIRMED else ''}"
    said = f": calls {'are' if still else 'were'} {likely}{how} ({sure});"
    for open_, then in (
        (f": {HEDGES['inconclusive']}", f"{said} why is {HEDGES['inconclusive']}"),
        (": the records do not settle it; nearest", f"{said} the records do not settle why; nearest"),
    ):
        if open_ in summary:
            return summary.replace(open_, then, 1)
    return summary


def worded(said: str, confidence: float) -> str:
    """Return how sure the investigation's words are, no surer than the finding is."""
    sure = "confirmed" if confidence >= CONFIRMED else "likely" if confidence >= LIKELY else "inconclusive"
    return min(said, sure, key=("inconclusive", "likely", "confirmed").index)


def hedged(summary: str, title: str, wording: str) -> str:
    """Return a finding's sentence no surer than it is: the investigation's, which knows nothing of chance, may be surer."""
    lead = HEDGES.get(wording, "")
    for surer in (f": {HEDGES['likely']}{title}", f": {title}"):
        if lead and surer in summary:
            return summary.replace(surer, f": {lead}{title}", 1)
    return summary


def left_open(summary: str, title: str, verdict: Verdict) -> str:
    """Return a finding's sentence with the other causes that it may have, the likelier first."""
    others = [r.title for r in verdict.ranked if r.title != title and r.party != "nobody" and r.probability >= NAMED]
    return summary.replace(f": {title}.", f": {', or '.join([title, *others[:2]])}.", 1)


def goes_on(evidence: Iterable[Evidence]) -> bool:
    """Say whether the silence lasts to the end of the records."""
    return any(e.facet == "silence-goes-on" and e.outcome is Outcome.FOUND for e in evidence)
