"""Ask a complaint of the records: run its checks, weigh its causes, and gather what a report needs. No layout."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis import (
    accounts,
    affected,
    capped,
    certainty,
    checks,
    claimed,
    hiding,
    lives,
    nobodys,
    on_record,
    series,
    telling,
    words,
)
from calltrace.diagnosis.bounds import (
    by_digits,
    one_way,
    partly,
    perhaps_down,
    unlisted,
    unread,
    unrecorded,
    untested,
    unwaited,
)
from calltrace.diagnosis.bounds.settling import settled
from calltrace.diagnosis.caller import asked_for
from calltrace.diagnosis.checks._search import search
from calltrace.diagnosis.complaints import causes_of
from calltrace.diagnosis.complaints import get as complaint_of
from calltrace.diagnosis.diagnosis import Diagnosis, Ranked
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.profile import Profile
from calltrace.diagnosis.scene import Question, Scene, account_facts, records_end
from calltrace.diagnosis.second import with_second
from calltrace.diagnosis.weigh import strongest, weigh
from calltrace.errors import InputError, UsageError, of_python
from calltrace.intake.load import load
from calltrace.intake.quality import as_known, with_problems
from calltrace.tables.case import Case
from calltrace.tables.group_names import in_one_spelling
from calltrace.tables.when import instant_of, parse_when

HIDING = ("silence", "shared-silence", "switch", "line-tests", "announcements", "call-time")
"""Checks of what would keep a call off the records."""

DEFAULT_SPAN = pd.Timedelta(days=7)


@of_python
def investigate(
    paths: Sequence[str | Path] | str | Path | Case,
    *,
    account: str,
    complaint: str = "",
    start: str | None = None,
    end: str | None = None,
    caller: str = "",
    claim: str = "",
    tz: str | None = None,
    now: str | pd.Timestamp | None = None,
    profile: Profile | None = None,
    rates: object | None = None,
    mapping: str | Path | None = None,
    year: int | None = None,
) -> Diagnosis:
    """Load the logs and answer one complaint.

    Parameters
    ----------
    paths : path, sequence of paths, or Case
        Files and folders of logs, or what :func:`calltrace.load` made of them (``tz``, ``mapping`` and ``year`` then
        do nothing: they say how to read).
    account : str
        The account's id, an unambiguous part of its name, or one of its numbers.
    complaint : str
        One of :data:`calltrace.diagnosis.complaints.NAMES`; '' runs every check.
    start, end : str, optional
        The window complained of, as people say it, in the account's zone; the last seven days on record where not
        given.
    caller, claim : str
        The caller's number (for a caller's claim), or ``withheld``; and what the client says, in words.
    tz : str, optional
        Zone of times without one.
    now : str or Timestamp, optional
        When the question is asked, in words or with its offset; nothing later is judged. The end of the records by default.
    profile : Profile, optional
        Thresholds; the field's own by default.
    rates : Rates, optional
        What the client is charged (:func:`calltrace.desk.rates.read_rates`), so that a high bill is told in money.

    mapping : path, optional
        How to read files no format knows, as ``calltrace inspect FILE --map`` writes it.
    year : int, optional
        Year of a log's first record, where the switch writes none.

    Raises
    ------
    InputError
        The input can't be read, or does not reach the window.
    UnknownAccountError
        No such account; the nearest are named.
    UsageError
        An unknown complaint, a window that ends before it starts, a missing caller or one that is no number.
    """
    case = paths if isinstance(paths, Case) else load(paths, tz=tz, mapping=mapping, year=year)
    return diagnose(case, ask(case, account=account, complaint=complaint, start=start, end=end, caller=caller,
                              claim=claim, now=now), profile=profile, rates=rates)


def ask(
    case: Case, *, account: str, complaint: str = "", start: str | None = None, end: str | None = None,
    caller: str = "", claim: str = "", now: str | pd.Timestamp | None = None,
) -> Question:
    """Turn what the user said into a Question of this Case. Raises as :func:`investigate` does."""
    if complaint and complaint_of(complaint).needs_caller and not caller:
        raise UsageError(f"a {complaint} needs the caller's number", fix="Give it with --caller.")
    caller = asked_for(caller) if caller else ""
    who = accounts.resolve(case, account)
    zone = account_facts(case, who).zone
    last = case.calls["offered_at"].iloc[-1]
    asked_at = instant_of(now, zone, last, end=True, option="--now") if now else None
    today = asked_at or pd.Timestamp(last)
    until = parse_when(end, zone, today, end=True) if end else today
    since = parse_when(start, zone, today, end=False) if start else until - DEFAULT_SPAN
    if until <= since:
        raise UsageError(
            f"--to ({_said(end, until, zone)}) is not after --from ({_said(start, since, zone)})",
            expected="--from earlier than --to; a bare date as --to means its end")
    if asked_at is not None and since >= asked_at:
        raise UsageError("the window lies after the time of asking", expected="--from earlier than --now")
    first = case.calls["offered_at"].iloc[0]
    if until <= first or since > records_end(case):
        raise InputError(
            f"the records reach from {words.dated(first, zone)} to {words.dated(records_end(case), zone)}, the window is"
            f" {words.dated(since, zone)} to {words.dated(until, zone)}",
            expected="records of the time complained of", fix=unread.export(case, since, until))
    return Question(account=who, complaint=complaint, start=since, end=until, caller=caller, claim=claim, now=asked_at)


def _said(text: str | None, meant: pd.Timestamp, zone: str) -> str:
    """Return an end of the window as the user gave it, and what instant that is: "2026-06-08" may be the 8th or its end."""
    dated = words.dated(meant, zone)
    return f'"{text}", which is {dated}' if text else dated


def _reach(case: Case) -> pd.Timestamp:
    """Return the last instant the switch itself speaks of, by its calls or its interval counts."""
    return records_end(case)


def diagnose(
    case: Case, question: Question, *, profile: Profile | None = None, rates: object | None = None
) -> Diagnosis:
    """Answer one question of a loaded Case; ``rates`` is a rate table as ``calltrace.desk.rates`` reads it.

    Where the question says when it is asked, nothing later is known.
    """
    case = in_one_spelling(case)
    if question.now is not None:
        case = as_known(case, question.now)
    scene = Scene(case, question, replace(profile or Profile(), asked=set()))
    if rates is not None:
        scene.cache["rates"] = rates
    verdict = _as_recorded(scene, decide(scene, own_calls=True))
    if certainty.borne_out(question.complaint, verdict.ranked, strongest(verdict.evidence)) is not None:
        # "nothing was wrong" is not the nearest where something plainly was
        verdict = replace(verdict, ranked=())
    answer = replace(conclude(scene, verdict), case=with_problems(case, question.now))
    return with_second(scene, answer, strongest(verdict.evidence))


@dataclass(frozen=True)
class Verdict:
    """The causes of a scene's question, ranked, how they may be worded, and the evidence they were weighed on."""

    ranked: tuple[Ranked, ...]
    wording: str
    evidence: list[Evidence]


def decide(scene: Scene, *, known: Collection[str] = (), own_calls: bool = False) -> Verdict:
    """Run the checks of a scene's question and weigh its causes: all that a verdict needs, nothing to show it with.

    ``known`` are causes that were at work in the window and are known to explain too little of it: they are not weighed.
    ``own_calls`` is for a client who complains: what only others' calls met does not answer it.
    """
    question = scene.question
    evidence = gather(scene)
    names_cause = not question.complaint or complaint_of(question.complaint).names_cause
    ranked = weigh(question.complaint, evidence) if names_cause and causes_of(question.complaint) else ()
    ranked, wording = settled(scene, ranked, evidence, known=known, own_calls=own_calls)
    return Verdict(ranked, wording, evidence)


def _as_recorded(scene: Scene, verdict: Verdict) -> Verdict:
    """Return a verdict that says of calls which are not on record what the records say of them, and not that all was well."""
    def asked(other: Scene) -> tuple[tuple[Ranked, ...], str, list[Evidence]]:
        told = decide(other)
        return told.ranked, told.wording, told.evidence

    found = unrecorded.lacking(scene, verdict.ranked, verdict.wording, verdict.evidence, asked)
    if found is None:
        return verdict
    scene.cache["unrecorded"] = found.note
    return Verdict(found.ranked, found.wording, found.evidence)


def conclude(scene: Scene, verdict: Verdict) -> Diagnosis:
    """Return the whole answer of a scene's question: its verdict with all a report needs, but the problems of the records."""
    case, question = scene.case, scene.question
    ranked, wording, evidence = verdict.ranked, verdict.wording, verdict.evidence
    start, end = telling.trouble(scene, ranked, evidence)
    rhythm = scene.baseline.of("account", question.account)
    side = max(pd.Timedelta(hours=6), (question.end - question.start) / 4)
    side = min(side, pd.Timedelta(days=2))
    follow = (unlisted.steps(scene) or unread.steps(scene) or one_way.steps(ranked, strongest(evidence))
              or telling.next_steps(ranked, wording, evidence))
    return Diagnosis(
        question=question, account=scene.account, case=case, ranked=ranked, wording=wording,
        summary=(telling.summary(scene, ranked, wording, evidence) + partly.besides(scene, ranked, start, end)
                 + perhaps_down.besides(scene) + unrecorded.besides(scene) + by_digits.besides(evidence)
                 + by_digits.silence_besides(scene, ranked) + nobodys.besides(scene, ranked)),
        start=start, end=end, evidence=tuple(evidence),
        ruled_out=telling.ruled_out(ranked, evidence), open=telling.left_open(ranked, evidence),
        also_affected=affected.hits(scene, ranked[0].cause if ranked else "", strongest(evidence)),
        next_steps=(*on_record.before_calling(scene, ranked, start, end), *follow),
        chart=lives.masked(scene, rhythm.hourly(question.start - side, question.end + side)),
        provable=telling.provable(scene, evidence), thresholds=telling.thresholds(scene), calls_listed=_listed(scene, ranked),
        notes=(*telling.notes(scene, evidence), *untested.notes(scene, ranked, strongest(evidence)), *unrecorded.said(scene),
               *unwaited.said(question.complaint, ranked, evidence),
               *capped.notes(scene, ranked, wording, strongest(evidence)), *on_record.not_in_steps(scene, ranked, start, end)),
        series=series.of_scene(scene, question.start - side, _known_until(question, side)))


def _listed(scene: Scene, ranked: tuple[Ranked, ...]) -> pd.DataFrame:
    """Return the calls an answer lists: the window's; of a caller's claim that no cause explains, the caller's own."""
    if ranked or scene.question.complaint != hiding.CLAIM:
        return scene.window
    return search(scene).own


def _known_until(question: Question, side: pd.Timedelta) -> pd.Timestamp:
    """Return the end of what is drawn: a while after the window, but nothing later than the asking."""
    until = question.end + side
    return until if question.now is None else max(min(until, question.now), question.start)


def gather(scene: Scene) -> list[Evidence]:
    """Run the checks of the scene's complaint, or all of them; a check whose needs are missing is NOT_RUN."""
    complaint = scene.question.complaint
    kind = complaint_of(complaint) if complaint else None
    evidence: list[Evidence] = []
    for name in checks.NAMES:
        check = checks.get(name)
        follows = kind is not None and name in kind.follow_up
        if kind is not None and complaint not in check.complaints and not follows:
            continue
        if kind is not None and follows and not _found(evidence, kind.after):
            evidence.extend(
                unasked(f.name, "asked only where calls arrived and were then lost")
                for f in check.facets)
            continue
        lacking = scene.case.lacks(check.needs)
        if lacking:
            evidence.extend(
                unasked(f.name, f"the records have no {', '.join(lacking)}", *lacking) for f in check.facets)
        else:
            evidence.extend(check.run(scene))
    return claimed.own_calls_only(_nothing_hid(evidence)) if complaint == hiding.CLAIM else evidence


def _nothing_hid(evidence: list[Evidence]) -> list[Evidence]:
    """Drop what could have hidden a caller's call once the call is on record with an end of its own.

    A platform that was silent for half the window says nothing of a call that was answered in the other half.
    """
    if not any(_found(evidence, f) for f in ("caller-was-handled", "caller-hung-up-soon")):
        return evidence
    hiding = {f.name for name in HIDING for f in checks.get(name).facets}
    return [
        unasked(e.facet, "the call is on record: nothing hid it")
        if e.facet in hiding else e
        for e in evidence]


def _found(evidence: list[Evidence], facet: str) -> bool:
    return any(e.facet == facet and e.outcome is Outcome.FOUND for e in evidence)
