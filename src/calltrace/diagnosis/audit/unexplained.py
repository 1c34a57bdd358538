"""Calls that were plainly lost and no cause explains: told as what they are, and not left out for want of a cause.

An investigation of them says that the records bear the complaint out and that none of the causes it weighs explains it. An
audit that kept silent about them would call the account clear whose every caller waited in vain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis import astray, certainty
from calltrace.diagnosis.audit.findings import UNEXPLAINED, Finding, key
from calltrace.diagnosis.audit.joining import EVERYBODY, SILENCE
from calltrace.diagnosis.audit.screens._far_longer import RANG
from calltrace.diagnosis.audit.severity import severity
from calltrace.diagnosis.diagnose import Verdict, conclude
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.weigh import PLAINLY, strongest

if TYPE_CHECKING:
    from calltrace.diagnosis.audit.ground import Candidate, Ground
    from calltrace.diagnosis.evidence import Evidence
    from calltrace.diagnosis.scene import Scene

TITLE = "calls reached no agent, and no known cause explains it"

SCREEN = "losses"
"""The screen whose candidates are told without a cause."""

GIVEN_UP = "abandonment"
"""The screen of callers who gave up, whose candidates are told without a cause where waits are not logged."""

LEFT_TITLE = "more callers than usual gave up, whomever they called"

OWN_LEFT, OTHERS_LEFT = "abandoned-more", "others-abandoned-more"
"""The facets that show it, of those hit hardest and of everybody else."""

MOST_CHANCE = 0.01
"""Chance of being a false one up to which a candidate is told without a cause to bear it out."""

SURE = 0.55
"""How sure such a finding is of its "cause": that calls were lost is as good as certain, and that nothing else explains it is
not known to be."""


OF_MANY = {
    "": "most calls were lost as they came in", "busy": "callers were refused as busy, whomever they called",
    "failed": "calls were cut by the switch as they came in", "left": "callers gave up within seconds, whomever they called",
    "announcement": "calls ended in an announcement, whomever they were for"}
"""What befell the calls of all of them, by how they ended: what it is called where no cause is named."""


def of_many(ground: Ground, candidate: Candidate, scene: Scene, verdict: Verdict) -> Finding | None:
    """Return the finding of calls that everybody lost, or everybody on a trunk group, and no cause explains."""
    shown = strongest(verdict.evidence).get(certainty.TOGETHER)
    if candidate.local > MOST_CHANCE or shown is None or shown.outcome is not Outcome.FOUND:
        return None
    title = OF_MANY[str(shown.data["way"])].replace("as they came in", str(shown.data["soon"]))
    return _told(ground, candidate, scene, verdict, title, shown)


def given_up(ground: Ground, candidate: Candidate, scene: Scene, verdict: Verdict) -> Finding | None:
    """Return the finding of callers who gave up, whomever they called, where the log tells no waits.

    Waits that rose are what the causes of it are known by. Without them the records can hardly name one, and show plainly all the
    same that the callers left.
    """
    pieces = strongest(verdict.evidence)
    own, others = pieces.get(OWN_LEFT), pieces.get(OTHERS_LEFT)
    if candidate.local > MOST_CHANCE or ground.columns.waits_told or own is None or others is None:
        return None
    plain = all(p.outcome is Outcome.FOUND and p.strength >= PLAINLY for p in (own, others))
    return _told(ground, candidate, scene, verdict, LEFT_TITLE, others) if plain else None


def _told(  # noqa: PLR0917 -- as of_many, and what it is called and shown by
    ground: Ground, candidate: Candidate, scene: Scene, verdict: Verdict, title: str, shown: Evidence
) -> Finding:
    """Return the finding of what befell many accounts' calls, without a cause."""
    diagnosis = conclude(scene, replace(verdict, ranked=(), wording="inconclusive"))
    who = f"Trunk group {candidate.trunk_group}" if candidate.trunk_group else "The whole platform"
    zone = ground.case.zone
    return Finding(
        key=key(None, candidate.trunk_group, UNEXPLAINED, candidate.start, zone), account=None, name="",
        trunk_group=candidate.trunk_group, cause=UNEXPLAINED, title=title, party="service", confidence=SURE,
        wording="inconclusive", severity=severity(ground.profile, None, UNEXPLAINED, 0.0, candidate.harmed),
        check=candidate.screen, start=candidate.start, end=candidate.end, zone=zone, lost=0.0, harmed=candidate.harmed,
        score=candidate.score, summary=f"{who}: {title}, and no known cause explains it."
        f" {shown.says[:1].upper()}{shown.says[1:].rstrip('.')}.",
        next_steps=diagnosis.next_steps, also_affected=candidate.hits,
        ongoing=bool(candidate.end >= min(ground.end, ground.records_end)), diagnosis=diagnosis, posterior=SURE,
        chance=candidate.local)


WHERE_IT_RANG = (
    "Find out where these calls rang first: at an agent who was logged in and away, at a telephone nobody sits at?",
    "Ask whether the order or delay of ringing was changed.",
    "Have the switch log unanswered rings, where it can.")
"""What to do of calls that rang far longer than usual at no agent who is known."""


def of_rings(ground: Ground, candidate: Candidate, scene: Scene, verdict: Verdict) -> Finding | None:
    """Return the finding of calls that rang far longer than usual, with what may be behind it, as doubtful as that is.

    That nothing was wrong is out, for the calls of all together show it: of the others the likeliest that would make all ring
    is named.
    """
    if candidate.local > MOST_CHANCE or certainty.borne_out(
            candidate.complaint, verdict.ranked, strongest(verdict.evidence)) is None:
        return None
    others = [r for r in verdict.ranked if r.party != "nobody"]
    best = next((r for r in others if r.cause in candidate.causes), None)
    if best is None or best is not others[0]:
        return None
    sure = min(certainty.HELD, best.probability / max(1e-9, sum(r.probability for r in others)))
    diagnosis = conclude(scene, replace(verdict, ranked=(), wording="inconclusive"))
    zone = ground.case.zone
    return Finding(
        key=key(None, None, best.cause, candidate.start, zone), account=None, name="", trunk_group=None, cause=best.cause,
        title=best.title, party=best.party, confidence=sure * (1.0 - candidate.local), wording="inconclusive",
        severity=severity(ground.profile, None, best.cause, 0.0, candidate.harmed), check=candidate.screen,
        start=candidate.start, end=candidate.end, zone=zone, lost=0.0, harmed=candidate.harmed, score=candidate.score,
        summary=f"The whole platform: calls rang far longer than usual, whomever they were for. {candidate.data[RANG]}."
        f" Why is not settled, perhaps {best.title}.",
        next_steps=WHERE_IT_RANG, also_affected=candidate.hits,
        ongoing=bool(candidate.end >= min(ground.end, ground.records_end)), diagnosis=diagnosis, posterior=sure,
        chance=candidate.local)


def unexplained(ground: Ground, candidate: Candidate, scene: Scene, verdict: Verdict) -> Finding | None:
    """Return the finding of calls, an account's or everybody's, whose investigation names no cause; None where none were lost.

    Or where they only went astray: of a silence in which the account's callers rang another's number.
    """
    if candidate.screen == EVERYBODY:
        return of_many(ground, candidate, scene, verdict)
    if candidate.screen == GIVEN_UP and candidate.account is None:
        return given_up(ground, candidate, scene, verdict)
    if RANG in candidate.data:
        return of_rings(ground, candidate, scene, verdict)
    if candidate.account is None or candidate.local > MOST_CHANCE:
        return None
    pieces, title, party = strongest(verdict.evidence), TITLE, "service"
    if candidate.screen == SILENCE:  # who gave the wrong number, or keyed it, nobody knows
        shown, party = astray.shown(pieces), "nobody"
        title = TITLE if shown is None else astray.title(shown)
    elif candidate.screen == SCREEN:
        shown = certainty.borne_out(candidate.complaint, verdict.ranked, pieces)
    else:
        return None
    if shown is None:
        return None
    diagnosis = conclude(scene, replace(verdict, ranked=(), wording="inconclusive"))
    account, zone = candidate.account, ground.zone(candidate.account)
    name = ground.names.get(account, account)
    harmed = candidate.harmed or float(str(shown.data.get("by_its_callers", 0)))
    return Finding(
        key=key(account, None, UNEXPLAINED, candidate.start, zone), account=account, name=name,
        trunk_group=None, cause=UNEXPLAINED, title=title, party=party, confidence=SURE, wording="inconclusive",
        severity=severity(ground.profile, account, UNEXPLAINED, 0.0, harmed), check=candidate.screen,
        start=candidate.start, end=candidate.end, zone=zone, lost=0.0, harmed=harmed, score=candidate.score,
        summary=f"{name}: {title}. {shown.says[:1].upper()}{shown.says[1:].rstrip('.')}.",
        next_steps=diagnosis.next_steps, ongoing=bool(candidate.end >= min(ground.end, ground.records_end)),
        diagnosis=diagnosis, posterior=SURE, chance=candidate.local)
