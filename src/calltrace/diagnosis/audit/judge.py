"""From candidates to findings: each is investigated as the complaint it would be, and what is no trouble is dropped.

So causes, wording, confidence, evidence and next steps come from the one place a complaint's come from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from calltrace.diagnosis import causes, certainty
from calltrace.diagnosis.audit import confidence as belief
from calltrace.diagnosis.audit.fdr import false_share, local_share
from calltrace.diagnosis.audit.findings import UNEXPLAINED, Finding, Known, key
from calltrace.diagnosis.audit.ground import GOES_ON, Candidate, Ground, whole
from calltrace.diagnosis.audit.joining import BY_AGENT, CROWD, CROWDS, FACTS, QUEUE, SILENCE, of_what
from calltrace.diagnosis.audit.screens._together import TOGETHER
from calltrace.diagnosis.audit.severity import severity
from calltrace.diagnosis.audit.sources import stopped
from calltrace.diagnosis.audit.telling import goes_on, left_open, restated
from calltrace.diagnosis.audit.unexplained import unexplained
from calltrace.diagnosis.diagnose import Verdict, conclude, decide
from calltrace.diagnosis.diagnosis import Bearing, Diagnosis, Hit, Ranked
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.profile import LIKELY
from calltrace.diagnosis.scene import Question, Scene
from calltrace.diagnosis.weigh import strongest, symptoms
from calltrace.normal.baseline import Kind

LEAST_CONFIDENCE = LIKELY
"""Probability of its cause below which a candidate stays unsaid: an investigation would call it inconclusive."""

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

BEYOND_DOUBT = 1e-5
"""Chance of being a false one up to which one account's own crowd is told as sure as the investigation is of it: seven times
its calls are no chance, however little else is wrong. What crowds of many imitate is their callers' weather."""

MOST_SHARE = 0.03
"""Troubles an account-day of a service that has as many as any."""

COUNTED = frozenset({"too-few-trunks"})
"""Causes that the switch's own counts of many weeks show: no chance of the day that was audited, and as sure where nothing else
is wrong. How a service was built says nothing of what else befell it, either."""

PLAIN = "outage"
"""The screen whose candidates are told even where the records can't say which of their causes it was, if there is"""

PLAIN_CHANCE = 0.1
"""no more than this chance that they are false ones."""

ONE_OF = (PLAIN, "bill")
"""Screens whose candidates may have several causes at once, or such as little tells apart (are there more calls, or longer
ones?): it is enough that they are likely together, and the most likely is told, no surer than it is."""

OWN_CHANCE = 0.05
"""The same for any other candidate: what chance hardly brings is told however alone it stands, as doubtful as it is,"""

LEAST_PLAIN = 0.1
"""down to this confidence: of those stated below it one in eighteen was right, and two in three were false alarms."""

GOING_ON = 0.5
"""Probability of its causes together from which a silence that goes on is told, where chance is ruled out: which of them it
is shows only once it has ended, and then it is too late to have the lines forwarded. One that has ended takes
:data:`LEAST_CONFIDENCE`: that its calls are lost is as true where the records can't settle whose doing it was."""

RISES = frozenset({"nuisance-calls", "wide-surge", "forwarding-left-on", "more-calls", "expected-quiet", "within-normal"})
"""What a crowd of an account's own callers may be taken for. Whatever else explains what the callers ran into (slow
agents, too few of them, a path limit) explains no crowd: both are true."""

AGREED = 0.9
"""Mean probability from which two of those hit are asked, and no more."""


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
        scores, looked = [c.score for c in some], units(ground, unit) * (1.0 if unit == "account" else ground.days)
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
    elif unit in {"account", "account-day"}:
        many = len(ground.names_in_order)
    else:
        many = {"agent-day": len(ground.columns.agents), "trunk-day": len(ground.groups)}.get(unit, 1)
    return max(1, many)


def judge(ground: Ground, candidate: Candidate) -> Finding | None:
    """Investigate a candidate; None where its verdict is no trouble, or not sure enough.

    A shared trouble is asked of several of those it hit, and their probabilities averaged; where the first two agree
    and are sure, the others are not asked.
    """
    if candidate.rather is not None:
        rather = replace(candidate.rather, doubt=candidate.doubt, local=candidate.local, beyond=candidate.beyond)
        found = judge(ground, rather)
        if found is not None:
            return found
    answers: list[tuple[Scene, Verdict]] = []
    try:
        return _investigated(ground, candidate, answers)
    finally:  # what was worked out for a scene refers to it: of many calls it would be many megabytes until somebody looks
        for scene, _ in answers:
            scene.cache.clear()


def _investigated(ground: Ground, candidate: Candidate, answers: list[tuple[Scene, Verdict]]) -> Finding | None:
    """Ask those hit, put what they answer into ``answers``, and return the finding of it."""
    shared: dict[str, object] = {}
    for account in candidate.asked:
        scene = ask(ground, candidate, account)
        scene.cache["window"] = shared  # what none of them would answer otherwise
        answers.append((scene, decide(scene, known=candidate.beside)))
        cause, probability = _agreed([v for _, v in answers])
        if len(answers) >= 2 and probability >= AGREED:
            break
    verdicts = [v for _, v in answers]
    cause, probability = _agreed(verdicts)
    if candidate.screen == CROWD and candidate.account is not None and cause not in RISES:
        cause = CROWDS[0]
        probability = _among(verdicts, cause)
    # that it is something at all, and that it is this; of what nobody can miss, that it is any of these is enough.
    # the share of false ones among all as strong lets it through, the chance that it is one itself is what is stated;
    # beyond the rate that chance alone decides, once it is known what else was found
    real = 1.0 if candidate.beyond else 1.0 - candidate.doubt
    settled_on = cause in candidate.causes and probability >= LEAST_CONFIDENCE
    undecided = candidate.screen == SILENCE and candidate.local <= OWN_CHANCE and not candidate.beyond and not settled_on
    if undecided:
        cause = max(candidate.causes, key=lambda c: _mean(verdicts, c))
        probability = _mean(verdicts, cause)
    any_of_them = candidate.screen in ONE_OF or undecided
    enough = sum(_mean(verdicts, c) for c in candidate.causes) if any_of_them else probability
    disputed = any(certainty.disputing(strongest(v.evidence), cause) for v in verdicts)
    if disputed and candidate.screen == FACTS:
        enough = 1.0  # a fact all the same, told as doubtful as its cause is
    if undecided:  # a carrier's outage that hit hardly another account loses its calls as well
        enough = sum(r.probability for v in verdicts for r in v.ranked if r.party != "nobody") / len(verdicts)
    lasts = undecided and any(goes_on(v.evidence) for v in verdicts)
    if cause not in candidate.causes or enough * real < (GOING_ON if lasts else LEAST_CONFIDENCE):
        return unexplained(ground, candidate, *answers[0])
    if disputed:
        probability = min(probability, certainty.HELD)
    confidence = probability * (1.0 - candidate.local)
    if candidate.screen != FACTS and cause not in COUNTED:
        # no more than this, whatever else the audit finds
        of_it = candidate.local, candidate.lost + candidate.harmed, MOST_SHARE
        confidence = belief.stated(cause, probability, *of_it)
        blame = sum(r.probability for v in verdicts for r in v.ranked if r.party != "nobody") / len(verdicts)
        at_all = belief.trouble(blame, *of_it) if candidate.screen == SILENCE else None
        if not _worth_saying(candidate.screen, candidate.local, confidence, at_all):
            return None
    best = max(answers, key=lambda a: _probability(a[1], cause))
    made = finding(ground, candidate, cause, confidence, _drawn(ground, candidate, conclude(*best)))
    if undecided:
        made = replace(made, summary=left_open(made.summary, made.title, best[1]))
    return replace(made, posterior=probability, chance=candidate.local)


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
        if one.check == CROWD and one.account is not None and one.chance <= BEYOND_DOUBT:
            confidence = max(confidence, one.posterior * (1.0 - one.chance))
        real = max(confidence, belief.trouble(blamed(one), *weighed_by(beside)[1:])) if one.check == SILENCE else None
        if _worth_saying(one.check, one.chance, confidence, real):
            told.append(restated(replace(beside, confidence=confidence, real=real)))
    return told


def _worth_saying(screen: str, chance: float, confidence: float, real: float | None) -> bool:
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
    return chance <= PLAIN_CHANCE if screen == PLAIN else chance <= OWN_CHANCE and confidence >= LEAST_PLAIN


def _whose(one: Finding) -> tuple[str, str, str]:
    return one.account or "", one.trunk_group or "", one.cause


def ask(ground: Ground, candidate: Candidate, account: str) -> Scene:
    """Return the scene of the candidate's complaint, of one account; of what began before the window all of it is asked."""
    start = max(candidate.start - candidate.margin, ground.start)
    if candidate.since is not None:
        start = min(start, candidate.since)
    number = str(candidate.data.get("number", ""))
    end = min(candidate.end + candidate.margin, ground.end)
    told_in = "" if candidate.account else ground.case.zone
    question = Question(account, candidate.complaint, start, end, now=ground.now, zone=told_in, number=number)
    scene = Scene(ground.case, question, replace(ground.profile, asked=set()))
    scene.cache["baseline"] = ground.baseline
    return scene


def _mean(verdicts: Sequence[Verdict], cause: str) -> float:
    return sum(_probability(v, cause) for v in verdicts) / len(verdicts)


def _among(verdicts: Sequence[Verdict], cause: str) -> float:
    """Return the probability of a crowd of its own callers, among all that it may be taken for (:data:`RISES`)."""
    own = _mean(verdicts, cause)
    return own / max(own + sum(_mean(verdicts, rival) for rival in RISES), 1e-9)


def _agreed(verdicts: Sequence[Verdict]) -> tuple[str, float]:
    """Return the cause with the highest mean probability, and that; ties go to the first by name."""
    mean: dict[str, float] = defaultdict(float)
    for verdict in verdicts:
        for rank in verdict.ranked:
            mean[rank.cause] += rank.probability / len(verdicts)
    return min(mean.items(), key=lambda m: (-m[1], m[0]), default=("", 0.0))


def _probability(verdict: Verdict, cause: str) -> float:
    return next((r.probability for r in verdict.ranked if r.cause == cause), 0.0)


def finding(ground: Ground, candidate: Candidate, cause: str, confidence: float, diagnosis: Diagnosis) -> Finding:
    """Return the finding a candidate's diagnosis makes."""
    rank = next(r for r in diagnosis.ranked if r.cause == cause)
    zone = ground.zone(candidate.account)
    name = ground.names.get(candidate.account, candidate.account) if candidate.account else _who_was_seen(ground, candidate)
    start, end, latest = candidate.start, candidate.end, min(ground.end, ground.records_end)
    data = {k: v for k, v in candidate.data.items() if k != GOES_ON}
    if candidate.data.get(GOES_ON) and end < latest:
        data, end = whole((start, end), (start, latest)) | data, latest
    lost = _without_row(candidate, cause, diagnosis)
    return Finding(
        key=key(candidate.account, candidate.trunk_group, cause, start, zone, **of_what(cause, data)),
        account=candidate.account,
        name=name,
        trunk_group=candidate.trunk_group,
        cause=cause,
        title=rank.title,
        party=rank.party,
        confidence=confidence,
        wording=diagnosis.wording,
        severity=severity(ground.profile, candidate.account, cause, lost, candidate.harmed),
        check=candidate.screen,
        start=start,
        end=end,
        zone=zone,
        lost=lost,
        harmed=candidate.harmed,
        score=candidate.score,
        summary=_summary(candidate, rank, diagnosis, name),
        next_steps=diagnosis.next_steps,
        also_affected=_others(candidate, diagnosis),
        ongoing=bool(end >= latest),
        diagnosis=diagnosis,
        data=data,
    )


def _who_was_seen(ground: Ground, candidate: Candidate) -> str:
    """Return how many clients were silent together, which queue's or agent's a trouble is, or whose an outage is.

    That is said of one that the records of some accounts stop before; '' for everybody's.
    """
    if TOGETHER in candidate.data:
        return f"{candidate.data[TOGETHER]} clients"
    if QUEUE in candidate.data:
        return f"Queue {candidate.data[QUEUE]}"
    if candidate.causes == BY_AGENT:
        return f"Agent {candidate.data['agent']}"
    if candidate.trunk_group or candidate.screen != "outage":
        return ""
    unseen = [one for one in stopped(ground) if one.since < candidate.start and (one.until or candidate.end) >= candidate.end]
    if not unseen:
        return ""
    accounts = frozenset[str]().union(*(one.accounts for one in unseen))
    files = ", ".join(sorted({one.file for one in unseen}))
    return f"All but the {len(accounts)} accounts of {files}"


def _drawn(ground: Ground, candidate: Candidate, diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis with the chart of all whose trouble it is: one account's hours do not show the platform's."""
    if candidate.account is not None or diagnosis.chart.empty:
        return diagnosis
    kind: Kind = "trunk_group" if candidate.trunk_group else "platform"
    hours = diagnosis.chart
    whole = ground.baseline.of(kind, candidate.trunk_group or "").hourly(hours["start"].iloc[0], hours["end"].iloc[-1])
    return replace(diagnosis, chart=whole)


def _without_row(candidate: Candidate, cause: str, diagnosis: Diagnosis) -> float:
    """Return the calls a finding cost: of records that are missing those the switch itself counted, where it did."""
    if cause == "records-missing" and candidate.account is None and candidate.trunk_group is None:
        for one in diagnosis.evidence:
            if one.facet == "kpi-counts-calls" and one.outcome is Outcome.FOUND:
                return float(str(one.data["without_row"]))
    return candidate.lost


def _summary(candidate: Candidate, rank: Ranked, diagnosis: Diagnosis, name: str) -> str:
    if candidate.says:
        told = " " if TOGETHER in candidate.data else ": "
        return f"{name}{told}{candidate.says}." if name else f"{candidate.says}."
    if candidate.account is not None and diagnosis.ranked[0].cause == rank.cause:
        return diagnosis.summary
    who = name or (f"Trunk group {candidate.trunk_group}" if candidate.trunk_group else "The whole platform")
    # what one account's callers went through is not what the platform's trouble is told by
    told_by = causes.get(rank.cause).told_by
    shown = sorted(
        rank.supports, key=lambda b: (b.facet != told_by, b.facet in symptoms() or "the account's" in b.says, -b.weight))
    figure = _of_all(diagnosis, shown[0]) if shown else ""
    told = f" {figure[:1].upper()}{figure[1:].rstrip('.')}." if figure else ""
    return f"{who}: {rank.title}.{told}"


def _of_all(diagnosis: Diagnosis, shown: Bearing) -> str:
    """Return a figure as it is of all those hit, where it ends in what one account had of it."""
    return next((str(e.data["of_all"]) for e in diagnosis.evidence if e.facet == shown.facet and "of_all" in e.data), shown.says)


def _others(candidate: Candidate, diagnosis: Diagnosis) -> tuple[Hit, ...]:
    if candidate.hits:
        return tuple(h for h in candidate.hits if h.account != candidate.account)
    return diagnosis.also_affected
