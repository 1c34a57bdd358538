"""Ask a complaint of the records: run its checks, weigh its causes, and gather what a report needs. No layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from calltrace.diagnosis import accounts, affected, causes, checks, series, words
from calltrace.diagnosis.caller import asked_for
from calltrace.diagnosis.checks import coverage
from calltrace.diagnosis.complaints import causes_of
from calltrace.diagnosis.complaints import get as complaint_of
from calltrace.diagnosis.diagnosis import Diagnosis, Open, Ranked, RuledOut
from calltrace.diagnosis.evidence import Evidence, Outcome, unasked
from calltrace.diagnosis.gaps import gaps
from calltrace.diagnosis.profile import FIELD, Profile
from calltrace.diagnosis.scene import Question, Scene, account_facts, records_end
from calltrace.diagnosis.weigh import asks, strongest, symptoms, weigh
from calltrace.errors import InputError, UsageError
from calltrace.intake.load import load
from calltrace.tables.case import Case
from calltrace.tables.owners import claimed_twice
from calltrace.tables.when import parse_when

CONFIRMED = 0.9
LIKELY = 0.6

SHAPED = 4.0
"""Calls to be expected within the coverage from which a gap's fit with it says more than the gap itself."""

UNLIKELY = 0.2
"""Probability below which a cause counts as ruled out, if a check speaks against it."""

FEED = ("records-end-early", "log-hides-unanswered")
"""Facets that say what the records can show: they hold a verdict back, and rule nothing out."""

OF_THE_GAP = {"account-silent", "some-numbers-silent", "all-numbers-silent", "only-toll-free-silent", "silent-inside-coverage"}
"""Facets that say no more than that there is a gap, and whose."""

HIDING = ("silence", "shared-silence", "switch", "line-tests", "announcements")
"""Checks of what would keep a call off the records."""

NO_CALLS = ("calls in the window",)
"""What a check of calls that arrived lacks where none did: not a file anybody could bring."""

PLAIN = 1.0
"""Weight (log-odds) against a cause from which it counts as plainly spoken against."""

BEARS = 0.5
"""Weight (log-odds) from which a sign is worth a row of the ruled-out table."""

HELD, HELD_CHANCE = 0.55, 0.45
"""Probability to which a cause somebody outside has to answer for is held where the records could not have shown the
call, and where chance alone may have made the gap."""

DEFAULT_SPAN = pd.Timedelta(days=7)

ACCUSING = ("client", "carrier", "another-client")
"""Parties outside the service: a cause laid at their door is confirmed only on evidence that ran."""


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
    now: str | None = None,
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
        One of the contract's complaints; '' runs every check.
    start, end : str, optional
        The window complained of, as people say it, in the account's zone; the last seven days on record where not
        given.
    caller, claim : str
        The caller's number (for a caller's claim), or ``withheld``; and what the client says, in words.
    tz : str, optional
        Zone of times without one.
    now : str, optional
        When the question is asked; nothing later is judged. The end of the records by default.
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
    caller: str = "", claim: str = "", now: str | None = None,
) -> Question:
    """Turn what the user said into a Question of this Case. Raises as :func:`investigate` does."""
    if complaint and complaint_of(complaint).needs_caller and not caller:
        raise UsageError(f"a {complaint} needs the caller's number", fix="Give it with --caller.")
    caller = asked_for(caller) if caller else ""
    who = accounts.resolve(case, account)
    zone = account_facts(case, who).zone
    last = case.calls["offered_at"].iloc[-1]
    asked_at = parse_when(now, zone, last, end=True) if now else None
    today = asked_at or pd.Timestamp(last)
    until = parse_when(end, zone, today, end=True) if end else today
    since = parse_when(start, zone, today, end=False) if start else until - DEFAULT_SPAN
    if until <= since:
        raise UsageError(
            f"the window ends ({words.dated(until, zone)}) before it starts ({words.dated(since, zone)})",
            expected="--from earlier than --to")
    if asked_at is not None and since >= asked_at:
        raise UsageError("the window lies after the time of asking", expected="--from earlier than --now")
    first = case.calls["offered_at"].iloc[0]
    if until <= first or since > records_end(case):
        raise InputError(
            f"the records reach from {words.dated(first, zone)} to {words.dated(records_end(case), zone)}, the window is"
            f" {words.dated(since, zone)} to {words.dated(until, zone)}",
            expected="records of the time complained of", fix="Export the logs of that time and ask again.")
    return Question(account=who, complaint=complaint, start=since, end=until, caller=caller, claim=claim, now=asked_at)


def _reach(case: Case) -> pd.Timestamp:
    """Return the last instant the switch itself speaks of, by its calls or its interval counts."""
    return records_end(case)


def diagnose(
    case: Case, question: Question, *, profile: Profile | None = None, rates: object | None = None
) -> Diagnosis:
    """Answer one question of a loaded Case; ``rates`` is a rate table as ``calltrace.desk.rates`` reads it."""
    scene = Scene(case, question, replace(profile or Profile(), asked=set()))
    if rates is not None:
        scene.cache["rates"] = rates
    return conclude(scene, decide(scene))


@dataclass(frozen=True)
class Verdict:
    """The causes of a scene's question, ranked, how they may be worded, and the evidence they were weighed on."""

    ranked: tuple[Ranked, ...]
    wording: str
    evidence: list[Evidence]


def decide(scene: Scene) -> Verdict:
    """Run the checks of a scene's question and weigh its causes: all that a verdict needs, nothing to show it with."""
    question = scene.question
    evidence = gather(scene)
    names_cause = not question.complaint or complaint_of(question.complaint).names_cause
    ranked = weigh(question.complaint, evidence) if names_cause and causes_of(question.complaint) else ()
    wording = _wording(scene, ranked, evidence)
    if wording == "inconclusive" and ranked and ranked[0].party in ACCUSING:
        ranked = _held(ranked, chance=_unproven(scene, strongest(evidence), ranked[0]))
    return Verdict(ranked, wording, evidence)


def conclude(scene: Scene, verdict: Verdict) -> Diagnosis:
    """Return the whole answer of a scene's question: its verdict with all a report needs."""
    case, question = scene.case, scene.question
    ranked, wording, evidence = verdict.ranked, verdict.wording, verdict.evidence
    start, end = _trouble(scene, ranked, evidence)
    rhythm = scene.baseline.of("account", question.account)
    side = max(pd.Timedelta(hours=6), (question.end - question.start) / 4)
    side = min(side, pd.Timedelta(days=2))
    judged = replace(case, problems=(*case.problems, *(p for p in scene.feed.problems if p not in case.problems)))
    return Diagnosis(
        question=question, account=scene.account, case=judged, ranked=ranked, wording=wording,
        summary=_summary(scene, ranked, wording, evidence), start=start, end=end, evidence=tuple(evidence),
        ruled_out=_ruled_out(ranked, evidence), open=_open(ranked, evidence),
        also_affected=affected.hits(scene, ranked[0].cause if ranked else "", strongest(evidence)),
        next_steps=next_steps(ranked, wording, evidence), chart=rhythm.hourly(question.start - side, question.end + side),
        provable=_provable(scene, evidence), thresholds=_thresholds(scene), calls_listed=scene.window,
        notes=_notes(scene), series=series.of_scene(scene, question.start - side, _known_until(question, side)))


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
    return _nothing_hid(evidence) if complaint == "caller-claim" else evidence


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


def _wording(scene: Scene, ranked: tuple[Ranked, ...], evidence: list[Evidence]) -> str:
    """Return confirmed, likely or inconclusive.

    Nobody outside the service is accused as confirmed unless the shared silences were looked for and not found,
    and the gap itself is beyond chance.
    """
    if not ranked or ranked[0].probability < LIKELY:
        return "inconclusive"
    top = ranked[0]
    pieces = strongest(evidence)
    if top.party in ACCUSING and any(
        f in pieces and pieces[f].outcome is Outcome.FOUND for f in ("records-end-early", "log-hides-unanswered")):
        return "inconclusive"
    if top.party in ACCUSING and (_unproven(scene, pieces, top) or _quiet_day(pieces, top)):
        return "inconclusive"
    if top.probability < CONFIRMED:
        return "likely"
    if top.party in ACCUSING:
        if scene.learned_from_window:
            return "likely"  # what is usual was read off the very days complained of
        pooled = [pieces[f] for f in ("platform-silent", "account-silent") if f in pieces]
        if any(p.outcome is Outcome.NOT_RUN for p in pooled) or _neighbour_unasked(ranked, pieces):
            return "likely"
        focus = gaps(scene).focus if "account-silent" in pieces else None
        shared = pieces.get("trunk-silent")
        alone = shared is None or shared.outcome is not Outcome.FOUND
        if alone and focus is not None and focus.strength < 1:
            return "likely"
    return "confirmed"


def _neighbour_unasked(ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> bool:
    """Say whether a cause the first is mistaken for, of another party, was not looked for, for want of a table.

    One that something else plainly speaks against needs no looking for.
    """
    top = ranked[0]
    for rank in ranked[1:]:
        if rank.party == top.party or rank.cause not in causes.get(top.cause).neighbours:
            continue
        own = [pieces[s.facet] for s in causes.get(rank.cause).signs
               if s.facet in pieces and s.facet not in symptoms() and _is_own(rank.cause, s.facet)]
        unasked = own and all(p.outcome is Outcome.NOT_RUN for p in own) and any(p.missing for p in own)
        if unasked and sum(b.weight for b in rank.refutes) > -PLAIN:
            return True
    return False


def _held(ranked: tuple[Ranked, ...], *, chance: bool) -> tuple[Ranked, ...]:
    """Hold an accusation of somebody outside that is not proven below likely.

    The weights are learned where a complaint mostly has a fault behind it. A gap that chance makes once in a few
    months among all that are looked at (``chance``) accuses nobody: what is taken off goes to the likeliest cause that
    names nobody. Where it is the records that could not have shown the call, all the others share it.
    """
    top = ranked[0]
    if top.probability < LIKELY:
        return ranked
    nobody = max((r for r in ranked if r.party == "nobody"), key=lambda r: r.probability, default=None)
    chance = chance and nobody is not None
    both = top.probability + (nobody.probability if nobody is not None else 0.0)
    kept = HELD_CHANCE if chance else HELD
    if chance and top.party != "carrier":
        kept = min(kept, 0.49 * both)  # a client is not even named first; a carrier is asked, not accused
    spare = (top.probability - kept) / (1.0 - top.probability) if top.probability < 1 else 0.0

    def share(rank: Ranked) -> float:
        if rank.cause == top.cause:
            return kept
        if chance and nobody is not None:
            return rank.probability + (top.probability - kept if rank.cause == nobody.cause else 0.0)
        return rank.probability * (1.0 + spare)

    held = [replace(r, probability=share(r)) for r in ranked]
    return tuple(sorted(held, key=lambda r: (-r.probability, r.cause)))


def _unproven(scene: Scene, pieces: Mapping[str, Evidence], top: Ranked) -> bool:
    """Say whether the verdict rests on one gap alone that chance could still explain."""
    gap = gaps(scene).focus if "account-silent" in pieces else None
    if gap is None or gap.strength >= 1:
        return False
    others = [pieces[b.facet] for b in top.supports
              if b.facet not in OF_THE_GAP and pieces[b.facet].outcome is Outcome.FOUND]
    # that a gap fits the coverage says something only where the coverage alone would hold calls
    return not any(p.facet not in coverage.FACETS or (p.expected or 0.0) >= SHAPED for p in others)


def _quiet_day(pieces: Mapping[str, Evidence], top: Ranked) -> bool:
    """Say whether the rest of the span was quiet as well, and nobody could have told of a closure."""
    closure = pieces.get("closure-announced")
    if closure is None or closure.outcome is not Outcome.NOT_RUN:
        return False
    shape = next((pieces[b.facet] for b in top.supports if b.facet in coverage.FACETS), None)
    lively = shape.data.get("lively") if shape is not None else None
    return isinstance(lively, float) and lively < coverage.HALF_LIVELY


def _trouble(
    scene: Scene, ranked: tuple[Ranked, ...], evidence: list[Evidence]
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the trouble's own window: the narrowest of the evidence for the verdict, else the complaint's."""
    pieces = strongest(evidence)
    found = [pieces[b.facet] for b in ranked[0].supports if pieces[b.facet].outcome is Outcome.FOUND] if ranked else []
    spans = [(p.end - p.start, p.start, p.end) for p in found if p.start is not None and p.end is not None]
    if not spans:
        return scene.question.start, scene.question.end
    _, start, end = min(spans)
    return start, end


def _summary(scene: Scene, ranked: tuple[Ranked, ...], wording: str, evidence: list[Evidence]) -> str:
    """Return one sentence: who, what, and the figure it rests on."""
    name = scene.account.name
    if not ranked:
        calls = len(scene.window)
        return f"{name}: {words.count(calls, 'call')} in the window, listed with agent, times and recording."
    top = ranked[0]
    pieces = strongest(evidence)
    figures = [pieces[b.facet] for b in top.supports]
    figure = next((p.says for p in figures if p.outcome is Outcome.FOUND), figures[0].says if figures else "")
    if wording == "inconclusive":
        # one caller's claim that nothing settles: what was found of the caller is all there is to go by
        figure = next((p.says for p in evidence if p.facet == "caller-found" and scene.question.caller), figure)
        second = ranked[1] if len(ranked) > 1 else None
        other = f" or {second.title}" if second else ""
        return f"{name}: the records do not settle it; nearest is that {top.title}{other}. {_sentence(figure)}".rstrip()
    likely = "" if wording == "confirmed" else "most likely "
    return f"{name}: {likely}{top.title}. {_sentence(figure)}".rstrip()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _ruled_out(ranked: tuple[Ranked, ...], evidence: list[Evidence]) -> tuple[RuledOut, ...]:
    """Return, for each cause that is out, the check that speaks most against it, one row a check.

    A cause's own evidence that ran and was clear ("was the trunk group silent?") goes before anything found that
    merely fits it badly.
    """
    pieces = strongest(evidence)
    verdict = {b.facet for b in ranked[0].supports} if ranked else set()
    out: dict[str, list[str]] = {}
    for rank in ranked[1:]:
        if rank.probability >= UNLIKELY:
            continue
        against = [b for b in rank.refutes if b.facet not in FEED]
        own = [b for b in against if pieces[b.facet].outcome is Outcome.CLEAR and _is_own(rank.cause, b.facet)]
        # what speaks for the verdict stands above it already
        misfits = [b for b in against if b.facet not in verdict and b.weight < -BEARS]
        best = max(own or misfits, key=lambda b: -b.weight, default=None)
        if best is not None:
            out.setdefault(best.facet, []).append(rank.cause)
    order = [p.facet for p in evidence]
    return tuple(
        RuledOut(asks(f), pieces[f].says, "not " + ", ".join(out[f][:2]) + (", …" if len(out[f]) > 2 else ""), f)
        for f in sorted(out, key=order.index))


def _is_own(cause: str, facet: str) -> bool:
    """Say whether a facet is what the cause would have shown itself by."""
    return any(s.facet == facet and s.found == "for" and s.clear == "against" for s in causes.get(cause).signs)


def _open(ranked: tuple[Ranked, ...], evidence: list[Evidence]) -> tuple[Open, ...]:
    """Return the questions no check could answer for want of a table, if any cause would have used the answer."""
    used = {s.facet for r in ranked for s in causes.get(r.cause).signs}
    return tuple(
        Open(asks(p.facet), p.missing, p.facet)
        for p in evidence
        if p.outcome is Outcome.NOT_RUN and p.missing and p.missing != NO_CALLS and p.facet in used)


TOLD_BY = {
    "test calls to other numbers of the trunk group during the silence": "trunk-tests-failed",
    "a test call to the number during the silence": "number-tests-failed",
    "a test call to the silent number during the silence": "number-tests-failed",
    "the switch's interval counts": "kpi-stopped",
    "the trunk group's interval counts": "trunks-flattened",
    "the maintenance calendar": "maintenance-announced",
}
"""What would settle a cause, and the facet that tells it: where that was answered, it is not asked for again."""


def next_steps(ranked: tuple[Ranked, ...], wording: str, evidence: list[Evidence]) -> tuple[str, ...]:
    """Return what to ask and do next; while it is open, what would settle it first."""
    if not ranked:
        return ("Listen to the recordings of the calls listed, the shortest and those the agent ended first.",)
    steps: list[str] = []
    if wording != "confirmed":
        answered = {p.facet for p in evidence if p.outcome is not Outcome.NOT_RUN}
        for rank in ranked[:2]:
            wanted = [s for s in causes.get(rank.cause).settled_by if TOLD_BY.get(s) not in answered]
            steps.extend(f"To settle it: {s}." for s in wanted[:1])
    steps.extend(causes.get(ranked[0].cause).asks_next)
    return tuple(dict.fromkeys(steps))


def _provable(scene: Scene, evidence: list[Evidence]) -> str:
    """Say from when on continued silence would be proof, where the account's gap is not yet one."""
    pieces = strongest(evidence)
    silent = pieces.get("account-silent")
    if silent is None:
        return ""
    gap = gaps(scene).account
    if gap is None or gap.strength >= 1:
        return ""
    rhythm = scene.baseline.of("account", scene.account.account)
    when = rhythm.provable_at(gap.start, scene.profile.value("proof", scene.account.account))
    if when is not None and when <= gap.end:
        return ""
    if when is None:
        return "this account has too few calls for any silence of a fortnight to be proof"
    return (f"a silence since {words.clock(gap.start, scene.account.zone)} is 1 in 1,000 only if it lasts until"
            f" {words.clock(when, scene.account.zone)}")


def _thresholds(scene: Scene) -> tuple[str, ...]:
    """Return the thresholds the checks made use of, each with value, source and whether it was set by the user."""
    account, profile = scene.account.account, scene.profile
    return tuple(
        f"{FIELD[n].decides}: {profile.value(n, account):g} {FIELD[n].unit} ({profile.source(n, account)})"
        for n in sorted(profile.asked) if n in FIELD)


def _notes(scene: Scene) -> tuple[str, ...]:
    """Return what the reader should know of the answer's footing: little history, no accounts table."""
    notes = []
    rhythm = scene.baseline.of("account", scene.account.account)
    if rhythm.careful:
        notes.append(rhythm.careful)
    if scene.learned_from_window:
        notes.append("The records hold little but the window itself: what is usual is read off the same days.")
    if not scene.account.known:
        notes.append("There is no accounts table: the account is known by its code or number in the call records alone.")
    return (*notes, *_shared_numbers(scene))


def _shared_numbers(scene: Scene) -> list[str]:
    """Say which of the account's numbers another account has as well, where calls are therefore nobody's."""
    case = scene.case
    shared = case.cache.get("numbers claimed twice")
    if not isinstance(shared, dict):
        shared = case.cache["numbers claimed twice"] = claimed_twice(case.table("accounts"))
    notes = []
    for number in (n for n in scene.account.numbers if n in shared):
        nobodys = len(case.rows("account", number))  # a call that names no account goes by the number it dialled
        if not nobodys:
            continue
        *others, last = shared[number]
        notes.append(
            f"{number} is in the accounts table for {', '.join(others)} and {last}:"
            f" {words.count(nobodys, 'call')} to it that name{'s' * (nobodys == 1)} no account"
            f" {'is' if nobodys == 1 else 'are'} laid to {'neither' if len(others) == 1 else 'none of them'}."
        )
    return notes
