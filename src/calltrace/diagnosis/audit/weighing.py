"""How far candidates and findings are beyond chance: which are investigated, which are told, and how sure they are.

What chance lets through is found among all that was looked at; of a finding, what else the audit found says how likely it is.
An audit of a day on which no candidate is beyond chance needs no more than this.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from calltrace.diagnosis.audit import confidence as belief
from calltrace.diagnosis.audit.fdr import false_share, local_share
from calltrace.diagnosis.audit.findings import UNEXPLAINED, Finding, Known
from calltrace.diagnosis.audit.ground import Candidate, Ground
from calltrace.diagnosis.audit.joining import CROWD, FACTS, SILENCE
from calltrace.diagnosis.audit.telling import restated

LEAST_STATED = 0.25
"""Confidence below which a finding stays unsaid: a trouble missed is worse than a look in vain, but not than three."""

LEAST_REAL = 0.75
"""Probability that calls were lost at all from which a silence is told, however open its cause."""

MORE = 9.0
"""Silences, of one account or of many, are investigated up to so many times the false discovery rate asked for. Beyond the
rate itself the gap does not tell them from chance, but what the investigation finds may: test calls that failed, other
numbers that rang."""

PROVEN, PROVEN_CHANCE = 0.9, 0.01
"""Probability of its cause from which, and chance of its being a false one up to which, a finding is beyond doubt."""

CROWDED = 100.0
"""How many times likelier than its chance says one account's own crowd is to be nothing, at most, in a service where nothing
else is wrong: callers come in bursts now and then, and seven times its calls are no chance all the same. What crowds of many
imitate is their callers' weather."""

UNDERSTATED = 50.0
"""How many times likelier than its chance says a silence is to be nothing, at most, in a service where nothing else is wrong:
offices close unannounced. Lines fall silent in services that are otherwise well, too, and a small enough chance shows it."""

WAITED, BEYOND_DOUBT = frozenset({"ring", "hold", "abandonment"}), 1e-5
"""Screens of what all callers waited, or gave up: how long they did is on record, and no matter of what else is wrong. Chances
up to this tell them from what a crowded hour brings."""

COUNTED = frozenset({"too-few-trunks"})
"""Causes that the switch's own counts of many weeks show: no chance of the day that was audited, and as sure where nothing else
is wrong. How a service was built says nothing of what else befell it, either."""

ONCE = frozenset({"account", "account-weeks"})
"""Units that are looked at once, however long the window."""

PLAIN = "outage"
"""The screen whose candidates are told even where the records can't say which of their causes it was, if there is"""

PLAIN_CHANCE = 0.1
"""no more than this chance that they are false ones."""

OWN_CHANCE = 0.05
"""The same for any other candidate: what chance hardly brings is told however alone it stands, as doubtful as it is,"""

MAY_HAVE_LEFT = "may_have_left"
"""Of a finding's data: the probability that the client whose calls stopped has left, and calls for nobody any more."""

LEAST_PLAIN = 0.1
"""down to this confidence, either of them: of those stated below it one in eighteen was right, and two in three were false
alarms. An outage of which the records have nothing but the calls, and that was one, is stated far above it."""


def screened(ground: Ground, candidates: Sequence[Candidate], q: float) -> list[Candidate]:
    """Return the candidates the false discovery rate lets through, unit by unit and screen by screen.

    Of silences some more (:data:`MORE`), ``beyond`` the rate: those of accounts and of numbers are also held against all
    of these together, as where lines fall silent single numbers do.
    """
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.screen, candidate.unit].append(candidate)
    doubts: dict[int, tuple[float, float]] = {}
    for (_, unit), some in groups.items():
        scores, looked = [c.score for c in some], units(ground, unit) * (1.0 if unit in ONCE else ground.days)
        shares = zip(some, false_share(scores, looked), local_share(scores, looked), strict=True)
        doubts |= {id(c): (float(share), float(local)) for c, share, local in shares}
    silent = [c for c in candidates if c.screen == SILENCE]
    looked = sum(units(ground, unit) for unit in {c.unit for c in silent}) * ground.days
    among = {id(c): float(s) for c, s in zip(silent, false_share([c.score for c in silent], looked), strict=True)}
    found = []
    for candidate in candidates:
        doubt, local = doubts[id(candidate)]
        more = q * MORE if candidate.screen in {SILENCE, PLAIN} else q
        if min(doubt, among.get(id(candidate), 1.0)) <= more:
            found.append(replace(candidate, doubt=doubt, local=local, beyond=doubt > q))
    return found


def units(ground: Ground, unit: str) -> int:
    """Return how many accounts, agents, trunk groups or platforms there are to have a false alarm."""
    if unit == "number-day":
        many = ground.numbers
    elif unit in {*ONCE, "account-day"}:
        many = len(ground.names_in_order)
    else:
        many = {"agent-day": len(ground.columns.agents), "trunk-day": len(ground.groups)}.get(unit, 1)
    return max(1, many)


def proven(findings: Iterable[Finding]) -> frozenset[tuple[str, str, str]]:
    """Return the troubles that are beyond doubt, as :class:`Known` has them; what is told of single messages is none.

    Nor is how a service was built (:data:`COUNTED`).
    """
    return frozenset(
        _whose(f) for f in findings
        if f.check != FACTS and f.cause not in COUNTED and f.posterior >= PROVEN and f.chance <= PROVEN_CHANCE)


def weighed(findings: Sequence[Finding], account_days: float, known: Known | None = None) -> list[Finding]:
    """Return the findings as sure as they are beside each other, without those that are too doubtful.

    Where others are beyond doubt troubles are frequent, and a doubtful one is likelier one as well; so they are where the
    days before, which ``known`` tells of, had many, and where they had none it is likelier to be none.
    """
    beside_it = known or Known()
    others = proven(findings) | beside_it.proven
    told: list[Finding] = []
    for one in findings:
        if one.check == FACTS or one.cause in {UNEXPLAINED, *COUNTED}:
            told.append(restated(one))
            continue
        share = belief.share_of(len(others - {_whose(one)}), account_days + beside_it.account_days)
        beside = replace(one, share=share)
        confidence = belief.stated(one.cause, *weighed_by(beside))
        sure = _no_chance(one)
        confidence = max(confidence, one.posterior * sure)
        real = None
        if one.check == SILENCE:
            likely = belief.trouble(blamed(one), *weighed_by(beside)[1:])
            real = max(confidence, likely, blamed(one) * sure)
        confidence, real = _if_a_client(one, confidence, real)
        if worth_saying(one.check, one.chance, confidence, real):
            told.append(restated(replace(beside, confidence=confidence, real=real)))
    return told


def _if_a_client(one: Finding, confidence: float, real: float | None) -> tuple[float, float | None]:
    """Return how sure a finding is, and that calls were lost, where the client may have left (:data:`MAY_HAVE_LEFT`).

    Nobody can know that for a week: by itself it keeps nothing untold.
    """
    left = one.data.get(MAY_HAVE_LEFT)
    if not isinstance(left, float) or real is None:
        return confidence, real
    confidence = max(confidence, min(LEAST_STATED, confidence / max(1.0 - left, 1e-9)))
    return confidence, max(confidence, min(real, 1.0 - left))


def _no_chance(one: Finding) -> float:
    """Return how sure it is that a finding is no chance however little else is wrong, so that it is what it was found to be."""
    if one.check in {SILENCE, CROWD}:
        understated = UNDERSTATED if one.check == SILENCE else CROWDED if one.account is not None else math.inf
        return max(0.0, 1.0 - understated * one.chance)
    return 1.0 - one.chance if one.check in WAITED and one.chance <= BEYOND_DOUBT else 0.0


def worth_saying(screen: str, chance: float, confidence: float, real: float | None) -> bool:
    """Say whether a finding is sure enough to be told: of its cause, of calls lost at all, or beyond what chance brings."""
    return confidence >= LEAST_STATED or _plain(screen, chance, confidence) or (real is not None and real >= LEAST_REAL)


def blamed(one: Finding) -> float:
    """Return the probability of all the causes of a finding that somebody has to answer for, as the investigation has it."""
    if one.diagnosis is None:
        return one.posterior
    return min(1.0, sum(r.probability for r in one.diagnosis.ranked if r.party != "nobody"))


def weighed_by(one: Finding) -> tuple[float, float, float, float]:
    """Return what a finding is weighed by beside its cause, as :func:`calltrace.diagnosis.audit.confidence.features` takes it."""
    return one.posterior, one.chance, one.lost + one.harmed, one.share


def _plain(screen: str, chance: float, confidence: float) -> bool:
    """Say whether it is plain that something was wrong, whatever it was and however alone it stands."""
    return confidence >= LEAST_PLAIN and chance <= (PLAIN_CHANCE if screen == PLAIN else OWN_CHANCE)


def _whose(one: Finding) -> tuple[str, str, str]:
    return one.account or "", one.trunk_group or "", one.cause
