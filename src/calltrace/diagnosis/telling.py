"""What an answer says beside its causes: its sentence and window, what is ruled out, left open, and to be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from calltrace.diagnosis import (
    astray,
    causes,
    certainty,
    claimed,
    complaints,
    hiding,
    lives,
    parties,
    words,
    worked,
)
from calltrace.diagnosis.affected import SILENCES
from calltrace.diagnosis.alibis import day_off, faded, moved
from calltrace.diagnosis.bounds import unannounced, unread
from calltrace.diagnosis.bounds.unlisted import perhaps_its_calls
from calltrace.diagnosis.checks import call_time
from calltrace.diagnosis.diagnosis import Open, Ranked, RuledOut
from calltrace.diagnosis.evidence import Evidence, Outcome
from calltrace.diagnosis.gaps import DAY_OFF, gaps
from calltrace.diagnosis.moved_clock import BY_THE_HOUR, moved_in
from calltrace.diagnosis.off_days import DayOff
from calltrace.diagnosis.profile import FIELD
from calltrace.diagnosis.scene import Scene
from calltrace.diagnosis.weigh import asks, is_own, strongest
from calltrace.intake import misbooked
from calltrace.normal.gone import PROOF_CALLS
from calltrace.tables.owners import claimed_twice

UNLIKELY = 0.1
"""Probability below which a cause counts as ruled out, if a check speaks against it."""

FEED = ("records-end-early", "log-hides-unanswered")
"""Facets that say what the records can show: they hold a verdict back, and rule nothing out."""

NO_CALLS = ("calls in the window",)
"""What a check of calls that arrived lacks where none did: not a file anybody could bring."""

BEARS = 0.5
"""Weight (log-odds) from which a sign is worth a row of the ruled-out table."""

SERVED = (
    "Look up to which queue or agents the account's calls were sent at that time, and whether anybody served it.",
    "Follow one of these calls from its arrival to its end, in the switch's own trace.",
)
"""The next steps where callers plainly waited or were lost, and nothing that is on record explains it."""

WHAT_TIME = "Ask at what time the call was made: what hid calls explains it only if it came in that time."
"""The next step where what hid calls lasted for a part of the time asked of."""

MORE_RECORDS = (
    "Export the call records of that time, from every node of the switch, and ask again: without them nobody can be named.")
"""The next step where the records do not reach over the window."""

TOLD_BY = {
    "test calls to other numbers of the trunk group during the silence": "trunk-tests-failed",
    "a test call to the number during the silence": "number-tests-failed",
    "a test call to the silent number during the silence": "number-tests-failed",
    "the switch's interval counts": "kpi-stopped",
    "the trunk group's interval counts": "trunks-flattened",
    "the trunk group's interval counts of some weeks": "trunks-too-few",
    "the maintenance calendar": "maintenance-announced",
}
"""What would settle a cause, and the facet that tells it: where that was answered, it is not asked for again."""

READ_BY = {"agents' login events": "agents-dropped"}
"""The same, and the facet that reads it: where that wanted for nothing it is on record, whether it could tell or not."""


ROUTE = (
    "Look up what carries the calls of these clients and of no others: a trunk group, a SIP account, a range of numbers."
    " Whose that is says whom to ask.")
"""The next step where several clients were silent together and the records do not say what they have in common."""


def trouble(
    scene: Scene, ranked: tuple[Ranked, ...], evidence: list[Evidence]
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the trouble's own window: of the facet that tells it, else the narrowest for the verdict, else the complaint's.

    What was down was not yet when it is known to have worked still.
    """
    pieces = strongest(evidence)
    found = [pieces[b.facet] for b in ranked[0].supports if pieces[b.facet].outcome is Outcome.FOUND] if ranked else []
    lasted = causes.get(ranked[0].cause).lasted if ranked else ""
    spans = [
        (p.facet != lasted, p.end - p.start, p.start, p.end) for p in found if p.start is not None and p.end is not None]
    if not spans:
        return scene.question.start, scene.question.end
    *_, start, end = min(spans)
    return worked.begun(ranked, pieces, start, end), end


def summary(scene: Scene, ranked: tuple[Ranked, ...], wording: str, evidence: list[Evidence]) -> str:
    """Return one sentence: who, what, and the figure it rests on."""
    name = scene.account.name
    if not ranked and (said := perhaps_its_calls(scene)):
        return f"{name}: {said}"
    if not ranked and unread.holds_window(scene):
        return f"{name}: {unread.told(scene)}"
    if not ranked and scene.question.complaint == hiding.CLAIM:
        return (f"{name}: the records show what became of the call, and none of the causes that are weighed explains it."
                f" {claimed.story(strongest(evidence))}")
    if not ranked and (went := astray.shown(strongest(evidence))) is not None:
        return f"{name}: {astray.title(went)}. {_sentence(went.says)}"
    if not ranked and (doubt := certainty.doubtful(strongest(evidence))) is not None:
        why = " by another client's calls, as it seems" if "callers_of" in doubt.data else (
            ", and the records it rose by may not be right as they stand")
        return f"{name}: the bill rose{why}. {_sentence(doubt.says)}"
    if not ranked and (shown := _shown(scene.question.complaint, evidence)) is not None:
        plain = "the records bear the complaint out" if scene.question.complaint else "something was plainly wrong"
        return (f"{name}: {plain}, and none of the causes that are weighed explains it."
                f" {_sentence(shown.says)}")
    if not ranked:
        calls = len(scene.window)
        return f"{name}: {words.count(calls, 'call')} in the window, listed with agent, times and recording."
    top = ranked[0]
    pieces = strongest(evidence)
    figure = _figure(scene, top, pieces)
    besides = _unless(scene, ranked, pieces)
    if wording == "inconclusive":
        # one caller's claim that nothing settles: what was found of the caller is all there is to go by
        asked = next((p.says for p in evidence if p.facet == "caller-found" and scene.question.caller), "")
        hid = hiding.part_of(top.cause, pieces) if asked else None
        besides = besides or (f" {_sentence(figure)}" if hid is not None and figure else "")
        figure = asked or figure
        if disputed := certainty.disputing(pieces, top.cause):
            return (f"{name}: not settled, perhaps {top.title}. That does not explain all the records show:"
                    f" {disputed[0].says.rstrip('.')}.")
        if top.party == "nobody" and certainty.unknowable(pieces):
            return f"{name}: the records lay it at nobody's door. {_sentence(figure)}"
        second = ranked[1] if len(ranked) > 1 else None
        if second is not None and second.cause in BY_THE_HOUR and moved_in(scene) is not None:
            second = None  # nor is a client named in the same breath for the hours of its calls
        shares = parties.open_between(ranked, wording)
        near = f"nearest is that {top.title}{f' or {second.title}' if second else ''}."
        if shares:
            near = f"perhaps {parties.said(shares)}. {parties.nearest(ranked, shares)}"
        told = [_sentence(p) for p in (_clock(scene), _short(pieces), _gone(pieces), figure) if p]
        return f"{name}: the records do not settle it; {near} {' '.join(told)}{besides}".rstrip()
    likely = "" if wording == "confirmed" else "most likely "
    return f"{name}: {likely}{top.title}. {_sentence(figure)}{besides}".rstrip()


def _clock(scene: Scene) -> str:
    """Say that the hours of all calls moved in the window, where they did: a silence of one client may be no more."""
    moved = moved_in(scene)
    return "" if moved is None else moved.says(scene.case.zone)


def _short(pieces: Mapping[str, Evidence]) -> str:
    """Say that the records do not reach over the window, where they do not: nothing that is said of it counts for more."""
    reach = pieces.get("records-end-early")
    return reach.says if reach is not None and reach.outcome is Outcome.FOUND else ""


def _gone(pieces: Mapping[str, Evidence]) -> str:
    """Ask whether the client has left, where its calls stopped long before the window: what else is said comes after it."""
    left = pieces.get(certainty.LEFT)
    return left.says if left is not None and left.outcome is Outcome.FOUND else ""


def _shown(complaint: str, evidence: Sequence[Evidence]) -> Evidence | None:
    """Return what shows a complaint that no cause explains; None where nothing does."""
    pieces = strongest(evidence)
    facets = [f for f in certainty.BORNE_OUT.get(complaint, ()) if f in pieces]
    return next((pieces[f] for f in facets if pieces[f].outcome is Outcome.FOUND), None)


def _unless(scene: Scene, ranked: tuple[Ranked, ...], pieces: Mapping[str, Evidence]) -> str:
    """Return at what time a claimed call would be on no record whoever made it, a sentence; '' where at none or at any."""
    hid = hiding.perhaps(ranked, pieces)
    part = hiding.part_of(hid[0], pieces) if hid else None
    if part is None:
        return ""
    if part.chance is not None:
        return f" {_sentence(part.says)}"
    if part.start is None or part.end is None:
        return f" Not every call of that time is on record: {part.says}."
    if ranked[0].cause in hid:
        return f" {_sentence(part.says)}"
    titles = " or ".join(r.title for r in ranked if r.cause in hid[:2])
    return (f" A call {words.span(part.start, part.end, scene.account.zone)} would be on no record, though: {titles} then."
            f" {part.share:.0%} of the account's calls of the window usually come at that time.")


def _figure(scene: Scene, top: Ranked, pieces: Mapping[str, Evidence]) -> str:
    """Return what the first cause rests on: what was found for it, else what would have shown the complaint and did not."""
    figures = [pieces[b.facet] for b in top.supports]
    if not figures:
        return ""
    told_by = causes.get(top.cause).told_by
    if scene.question.complaint == hiding.CLAIM:
        told_by = claimed.TOLD_BY.get(top.cause, told_by)  # what became of this caller's call, and not of everybody's
    if any(b.facet == told_by for b in top.supports) and pieces[told_by].outcome is Outcome.FOUND:
        return pieces[told_by].says
    clear_for = {s.facet for s in causes.get(top.cause).signs if s.clear == "for"}
    shown_by = complaints.get(scene.question.complaint).shown_by if scene.question.complaint else ()
    told = [pieces[f] for f in shown_by if f in clear_for and f in pieces and pieces[f].outcome is Outcome.CLEAR]
    return next((p.says for p in figures if p.outcome is Outcome.FOUND), (told or figures)[0].says)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def ruled_out(ranked: tuple[Ranked, ...], evidence: list[Evidence]) -> tuple[RuledOut, ...]:
    """Return, for each cause that is out, the check that speaks most against it, one row a check.

    A cause's own evidence that ran and was clear ("was the trunk group silent?") goes before anything found that
    merely fits it badly.
    """
    pieces = strongest(evidence)
    verdict = {b.facet for b in ranked[0].supports} if ranked else set()
    perhaps = hiding.perhaps(ranked, pieces)
    out: dict[str, list[str]] = {}
    for rank in ranked[1:]:
        if rank.probability >= UNLIKELY or rank.cause in perhaps:
            continue
        against = [b for b in rank.refutes if b.facet not in FEED]
        own = [b for b in against if pieces[b.facet].outcome is Outcome.CLEAR and is_own(rank.cause, b.facet)]
        # what speaks for the verdict stands above it already
        misfits = [b for b in against if b.facet not in verdict and b.weight < -BEARS]
        best = max(own or misfits, key=lambda b: -b.weight, default=None)
        if best is not None:
            out.setdefault(best.facet, []).append(rank.cause)
    order = [p.facet for p in evidence]
    return tuple(
        RuledOut(asks(f), pieces[f].says, "not " + ", ".join(out[f][:2]) + (", …" if len(out[f]) > 2 else ""), f)
        for f in sorted(out, key=order.index))


def left_open(ranked: tuple[Ranked, ...], evidence: list[Evidence]) -> tuple[Open, ...]:
    """Return the questions no check could answer for want of a table, if any cause would have used the answer."""
    used = {s.facet for r in ranked for s in causes.get(r.cause).signs}
    asked = hiding.perhaps(ranked, strongest(evidence))
    return (
        *(Open(asks(call_time.FACET), ("the time of the call",), call_time.FACET) for _ in asked[:1]),
        *(Open(asks(p.facet), p.missing, p.facet)
          for p in evidence
          if p.outcome is Outcome.NOT_RUN and p.missing and p.missing != NO_CALLS and p.facet in used))


def next_steps(ranked: tuple[Ranked, ...], wording: str, evidence: list[Evidence]) -> tuple[str, ...]:
    """Return what to ask and do next; while it is open, what would settle it first."""
    if not ranked and any(p.facet == "caller-found" and p.outcome is Outcome.FOUND for p in evidence):
        return claimed.next_steps(evidence)
    together = strongest(evidence).get(certainty.TOGETHER)
    if not ranked and together is not None and together.outcome is Outcome.FOUND:
        return (str(together.data["settled_by"]), SERVED[1])
    if not ranked and (went := astray.shown(strongest(evidence))) is not None:
        return (str(went.data["settled_by"]),)
    if not ranked and (doubt := certainty.doubtful(strongest(evidence))) is not None:
        return (str(doubt.data["settled_by"]),)
    shown = next((p for c in certainty.BORNE_OUT if (p := _shown(c, evidence)) is not None), None)
    if not ranked and shown is not None:
        return (str(shown.data["settled_by"]),) if "settled_by" in shown.data else SERVED
    if not ranked:
        return ("Listen to the recordings of the calls listed, the shortest and those the agent ended first.",)
    disputed = certainty.disputing(strongest(evidence), ranked[0].cause)
    steps = [str(p.data["settled_by"]) for p in disputed if "settled_by" in p.data]
    asked_first = (*certainty.UNKNOWABLE, certainty.LEFT)
    steps += [str(p.data["settled_by"]) for p in evidence if p.outcome is Outcome.FOUND and p.facet in asked_first]
    steps += [MORE_RECORDS] if _short(strongest(evidence)) else []
    steps += [ROUTE] if ranked[0].title == certainty.UNROUTED else []
    steps += [WHAT_TIME] if hiding.perhaps(ranked, strongest(evidence)) else []
    steps += [str(p.data[DAY_OFF]) for p in evidence if DAY_OFF in p.data and ranked[0].cause in SILENCES.get(p.facet, ())]
    steps += ["To settle it: the maintenance calendar."] if ranked[0].title == unannounced.TITLE else []
    if wording != "confirmed":
        answered = {p.facet for p in evidence if p.outcome is not Outcome.NOT_RUN}
        read = {p.facet for p in evidence if not p.missing}
        for rank in (r for r in ranked[:2] if not certainty.disputing(strongest(evidence), r.cause)):
            wanted = [
                s for s in causes.get(rank.cause).settled_by
                if TOLD_BY.get(s) not in answered and READ_BY.get(s) not in read]
            steps.extend(f"To settle it: {s}." for s in wanted[:1])
    if not disputed:  # what the first cause asks for goes by what it says
        steps.extend(causes.get(ranked[0].cause).asks_next)
    return tuple(dict.fromkeys(steps))


def provable(scene: Scene, evidence: list[Evidence]) -> str:
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
        few = "has too few calls" if gap.expected < PROOF_CALLS else "has calls that come too unevenly"
        return f"this account {few} for any silence of a fortnight to be proof"
    return (f"a silence since {words.clock(gap.start, scene.account.zone)} is 1 in 1,000 only if it lasts until"
            f" {words.clock(when, scene.account.zone)}")


def thresholds(scene: Scene) -> tuple[str, ...]:
    """Return the thresholds the checks made use of, each with value, source and whether it was set by the user."""
    account, profile = scene.account.account, scene.profile
    return tuple(
        f"{FIELD[n].decides}: {profile.value(n, account):g} {FIELD[n].unit} ({profile.source(n, account)})"
        for n in sorted(profile.asked) if n in FIELD)


def notes(scene: Scene, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return what the reader should know of the answer's footing: little history, few calls before, no accounts table."""
    told = []
    rhythm = scene.baseline.of("account", scene.account.account)
    if rhythm.careful:
        told.append(rhythm.careful)
    life = lives.of_scene(scene)
    if life.begun is not None and scene.question.start < life.begun < scene.question.end:
        told.append(f"{_sentence(life.first_call(scene.account.zone))[:-1]}: nothing is said of the time before.")
    if scene.learned_from_window:
        told.append("The records hold little but the window itself: what is usual is read off the same days.")
    if not scene.account.known:
        lacks = "The accounts table has no such account" if len(scene.case.table("accounts")) else "There is no accounts table"
        told.append(f"{lacks}: it is known by its code or number in the call records alone.")
    if (said := unread.told(scene)) and not unread.holds_window(scene):
        told.append(said)
    if said := _clock(scene):
        told.append(f"{_sentence(said)} No client is accused of when its calls came in that time.")
    pieces = strongest(evidence)
    if "account-silent" in pieces:
        closure = pieces.get("closure-announced")
        told += _its_calls(scene, entered=closure is not None and closure.outcome is Outcome.FOUND)
    few = pieces.get("trunks-too-few")
    if scene.question.complaint == "busy" and few is not None and few.outcome is Outcome.CLEAR and few.data.get("blocked"):
        # "within normal" says of the group that it keeps its grade, and of no caller that the tone was not there
        told.append(f"{_sentence(few.says.partition(';')[0])} No record tells whose they were.")
    return (*told, *_shared_numbers(scene), *_misbooked(scene))


def _misbooked(scene: Scene) -> list[str]:
    """Say which calls of the window stand under the wrong account, the account's or to its numbers, or are there twice."""
    asked = scene.question
    return [f"{p.saw[:1].upper()}{p.saw[1:]}. {p.fix}"
            for p in misbooked.told(scene.case, start=asked.start, end=asked.end, account=asked.account)]


def _its_calls(scene: Scene, *, entered: bool) -> list[str]:
    """Say where the calls of a silence had gone, or when they were lost, where the records show it.

    ``entered`` says that a closure or holiday of that time is.
    """
    told = []
    own = gaps(scene).focus
    if own is not None and (beside := faded(scene)) is not None:
        when = f"From {words.clock(beside.start, scene.account.zone)} to the silence"
        if beside.end > own.end:
            when = f"From {words.clock(beside.start, scene.account.zone)} to {words.clock(beside.end, scene.account.zone)}"
            when += ", the silence apart," if beside.start < own.start else ", after the silence,"
        told.append(
            f"{when} {'only ' if beside.came else ''}{words.count(beside.came, 'call')} came where {beside.expected:.0f} are"
            " usual. Of so few a silence as long is no surprise: what took the calls away then has to be explained first."
            if beside.stopped is None else
            f"{when} {words.count(beside.came, 'call')} came where {beside.expected:.0f} are usual, and none since; at that"
            f" level {beside.stopped:.0f} would have come. They dwindled before they stopped: is its season over, or has the"
            " client left?")
    if (offices := day_off(scene)) is not None:
        told.append(_as_others(scene, offices, entered=entered))
    if (elsewhere := moved(scene)) is not None:
        came, usual = elsewhere
        told.append(
            f"While {gaps(scene).number} was silent the account's other numbers took {words.count(came, 'call')} where"
            f" {usual:.0f} are usual: its calls came there, and were not lost. Was that number given up?")
    return told


def _as_others(scene: Scene, off: DayOff, *, entered: bool) -> str:
    """Say how clients like the account fared on the day of its silence, and ask of a holiday where none is entered."""
    if off.start is None:
        return (f"Of {off.offices} other clients without calls on Sundays, {off.closed} had hardly a call in those hours"
                " either: was it a holiday that nobody entered?")
    asked = "" if entered else ": was it a holiday that nobody entered, or did something keep calls away from all of them"
    return (f"Of {off.offices} other clients with fewer calls on Sundays, {off.closed} had hardly a call on"
            f" {words.day(off.start, scene.account.zone)} either{f'{asked}?' if asked else '.'}")


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
