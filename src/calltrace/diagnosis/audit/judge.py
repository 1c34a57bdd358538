"""From candidates to findings: each is investigated as the complaint it would be, and what is no trouble is dropped.

So causes, wording, confidence, evidence and next steps come from the one place a complaint's come from.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.diagnosis import causes, certainty
from calltrace.diagnosis.audit import confidence as belief
from calltrace.diagnosis.audit.findings import Finding, key
from calltrace.diagnosis.audit.ground import BILL, GOES_ON, Candidate, Ground, whole
from calltrace.diagnosis.audit.joining import (
    BY_AGENT,
    CROWD,
    CROWDS,
    EVERYBODY,
    FACTS,
    QUEUE,
    SILENCE,
    of_what,
)
from calltrace.diagnosis.audit.leaving import doubted
from calltrace.diagnosis.audit.left_over import nearest, waits_left
from calltrace.diagnosis.audit.screens._together import TOGETHER
from calltrace.diagnosis.audit.severity import severity
from calltrace.diagnosis.audit.sources import stopped
from calltrace.diagnosis.audit.telling import goes_on, left_open
from calltrace.diagnosis.audit.unexplained import unexplained
from calltrace.diagnosis.audit.weighing import COUNTED, OWN_CHANCE, PLAIN, worth_saying
from calltrace.diagnosis.diagnose import Verdict, conclude, decide
from calltrace.diagnosis.diagnosis import Bearing, Diagnosis, Hit, Ranked
from calltrace.diagnosis.evidence import Outcome
from calltrace.diagnosis.profile import LIKELY
from calltrace.diagnosis.scene import Question, Scene
from calltrace.diagnosis.weigh import strongest, symptoms
from calltrace.normal.baseline import Kind

if TYPE_CHECKING:
    import pandas as pd

LEAST_CONFIDENCE = LIKELY
"""Probability of its cause below which a candidate stays unsaid: an investigation would call it inconclusive."""

MOST_SHARE = 0.03
"""Troubles an account-day of a service that has as many as any."""

ONE_OF = (PLAIN, "bill")
"""Screens whose candidates may have several causes at once, or such as little tells apart (are there more calls, or longer
ones?): it is enough that they are likely together, and the most likely is told, no surer than it is."""

GOING_ON = 0.5
"""Probability of its causes together from which a silence that goes on is told, where chance is ruled out: which of them it
is shows only once it has ended, and then it is too late to have the lines forwarded. One that has ended takes
:data:`LEAST_CONFIDENCE`: that its calls are lost is as true where the records can't settle whose doing it was."""

RISES = frozenset({"nuisance-calls", "wide-surge", "forwarding-left-on", "more-calls", "expected-quiet", "within-normal"})
"""What a crowd of an account's own callers may be taken for. Whatever else explains what the callers ran into (slow
agents, too few of them, a path limit) explains no crowd: both are true."""

AGREED = 0.9
"""Mean probability from which two of those hit are asked, and no more. So they are where both are given as much as a cause is at
most that the records can't show itself (:data:`calltrace.diagnosis.certainty.PERHAPS`): those with fewer calls tell less."""


LEFT_ON = {"forwarding-left-on": ("bill-outside-coverage", "bill-new-hours")}
"""The facets that tell when a trouble of the hours at which calls came was, the surer first."""

SLACK = 0.005
"""How far from that a mean of two may be."""


def judge(ground: Ground, candidate: Candidate) -> Finding | None:
    """Investigate a candidate; None where its verdict is no trouble, or not sure enough.

    Of a crowd of one account's own callers that is not sure enough what it would be is returned, as not worth telling.

    A shared trouble is asked of several of those it hit, and their probabilities averaged; where the first two agree
    and are sure, the others are not asked.
    """
    if candidate.rather is not None:
        rather = replace(candidate.rather, doubt=candidate.doubt, local=candidate.local, beyond=candidate.beyond)
        found = judge(ground, rather)
        if found is not None and found.worth_it:
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
        if len(answers) >= 2 and (probability >= AGREED or math.isclose(probability, certainty.PERHAPS, abs_tol=SLACK)):
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
    left_of_them = waits_left(candidate, [scene for scene, _ in answers])
    any_of_them = candidate.screen in ONE_OF or undecided or left_of_them
    enough = sum(_mean(verdicts, c) for c in candidate.causes) if any_of_them else probability
    disputed = bool(cause) and any(certainty.disputing(strongest(v.evidence), cause) for v in verdicts)
    if disputed and candidate.screen == FACTS:
        enough = 1.0  # a fact all the same, told as doubtful as its cause is
    if undecided:  # a carrier's outage that hit hardly another account loses its calls as well
        enough = sum(r.probability for v in verdicts for r in v.ranked if r.party != "nobody") / len(verdicts)
    lasts = undecided and any(goes_on(v.evidence) for v in verdicts)
    if cause not in candidate.causes or enough * real < (GOING_ON if lasts else LEAST_CONFIDENCE):
        lost = unexplained(ground, candidate, *answers[0])
        return lost if lost is None or lost.diagnosis is None else replace(
            lost, diagnosis=_drawn(ground, candidate, lost.diagnosis))
    if disputed:
        probability = min(probability, certainty.HELD)
    confidence, worth_it = probability * (1.0 - candidate.local), True
    if candidate.screen != FACTS and cause not in COUNTED:
        # no more than this, whatever else the audit finds
        of_it = candidate.local, candidate.lost + candidate.harmed, MOST_SHARE
        confidence = belief.stated(cause, probability, *of_it)
        blame = sum(r.probability for v in verdicts for r in v.ranked if r.party != "nobody") / len(verdicts)
        at_all = belief.trouble(blame, *of_it) if candidate.screen == SILENCE else None
        worth_it = worth_saying(candidate.screen, candidate.local, confidence, at_all)
        if not worth_it and (candidate.screen != CROWD or candidate.account is None):
            return None
    best = max(answers, key=lambda a: _probability(a[1], cause))
    made = finding(ground, candidate, cause, confidence, _drawn(ground, candidate, conclude(*best)))
    if left_of_them:
        made = replace(made, summary=nearest(made.summary, made.title, best[1]))
    if undecided:
        made = replace(made, summary=left_open(made.summary, made.title, best[1]))
    return doubted(ground, replace(made, posterior=probability, chance=candidate.local, worth_it=worth_it))


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
    (start, end), latest = _span(candidate, cause, diagnosis), min(ground.end, ground.records_end)
    data = {k: v for k, v in candidate.data.items() if k != GOES_ON}
    if candidate.data.get(GOES_ON) and end < latest:
        data, end = whole((start, end), (start, latest)) | data, latest
    if candidate.screen == BILL and start < ground.start < end:
        data, start = whole((start, end), (ground.start, end), candidate.screen) | data, ground.start
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


def _span(candidate: Candidate, cause: str, diagnosis: Diagnosis) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return when a trouble was: of lines left forwarded the part of the window in which such calls came."""
    told = strongest(diagnosis.evidence)
    when = next((told[f] for f in LEFT_ON.get(cause, ()) if f in told and "goes_on" in told[f].data), None)
    if when is None or when.start is None or when.end is None:
        return candidate.start, candidate.end
    start = max(candidate.start, when.start)
    end = candidate.end if when.data["goes_on"] else min(candidate.end, when.end)
    return (start, end) if start < end else (candidate.start, candidate.end)


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
    if cause == "records-missing" and candidate.account is None:
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
    if candidate.screen == EVERYBODY:
        all_of_them = strongest(diagnosis.evidence)[certainty.TOGETHER].says
        return f"{who}: {rank.title}. {all_of_them[:1].upper()}{all_of_them[1:].rstrip('.')}."
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
    if candidate.screen == FACTS and candidate.account is not None:
        return ()  # another client's message that went astray is a fact of its own, and told as that; this one hit nobody
    return diagnosis.also_affected
