"""What a letter may say: the figures of the evidence that are this client's own, and nothing else.

A template sees these facts, never the evidence itself, whose sentences name agents, other clients and their figures.
So a service's own template can't let one slip either. Counts are whole numbers, times carry the client's zone, None
is unknown.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.report._counted import Counted
from calltrace.report._figures import (
    OF_SOME_NUMBERS,
    SOME_SILENT,
    Bill,
    Call,
    Message,
    Nuisance,
    Rang,
    Second,
    Share,
    Wait,
    bill_of,
    call_of,
    calls_of,
    handled_of,
    held_of,
    hidden_of,
    instant_of,
    is_clear,
    lines_are_up,
    message_of,
    nuisance_of,
    provider_of,
    rang_of,
    second_of,
    share_of,
    span_of,
    texts_of,
    usual_of,
    usual_of_numbers,
    was_as_usual,
    was_unharmed,
    was_within,
    way_of,
    whole_of,
)
from calltrace.report._worked import Worked, worked_of
from calltrace.report.languages import Span
from calltrace.report.values import zone_named
from calltrace.tables.coverage import covers_working_hours

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from zoneinfo import ZoneInfo

    from calltrace.report.report import Answer, Report


@dataclass(frozen=True)
class Facts:
    """What a letter may use; see the fields."""

    when: Span
    """The trouble, as far as the records show it."""
    silence: Span | None
    """From the last call before the trouble to the next one, where it is a silence: what is known, and no more."""
    worked: Worked | None
    """When what was down is last known to have worked, where that was within the silence: the trouble counts from there."""
    down: Span | None
    """The part of that silence, or of a time in which all seemed well, in which the service's own phone system was down."""
    second: Second | None
    """A silence of many of our clients' at another time than the trouble; None where there was none."""
    unrecorded: Span | None
    """The part of which the service's own records are missing."""
    mended: Span | None
    """From the last test call that failed to the first that came through, where no later one failed."""
    outage: Span
    """What a carrier may be told was down: the silence, or until test calls came through again, if that was sooner."""
    star_codes: bool
    """Whether *72 and *73 forward the client's lines: codes of North America."""
    over: bool | None
    """Whether calls are on record after the trouble; None where nobody knows how far the records reach."""
    asked: Span
    """The time the client spoke of."""
    overlap: bool
    """Whether the two have time in common."""
    zone_at: datetime
    numbers: tuple[str, ...]
    silent_numbers: tuple[str, ...]
    ringing_numbers: tuple[str, ...]
    failing_numbers: tuple[str, ...]
    """Numbers whose test calls failed, where test calls to others of the client's came through or were not made."""
    usual: int | None
    """Calls that usually come in the trouble's time; to the numbers the cause is about, where these are not all."""
    arrived: int
    """Calls on record in the time the client spoke of, and how many of them an operator answered."""
    answered: int
    then: int
    """Calls on record in the trouble's time, as far as the client spoke of it."""
    spared: bool
    """Whether the trouble was the service's and missed this client: none of those calls waited, was lost, or was held."""
    as_usual: bool
    """Whether calls came in the time the client spoke of, about as many as usual, and hardly one was left unanswered."""
    last_before: datetime | None
    first_after: datetime | None
    tests_passed: bool
    tests_failed: bool
    group_tests_failed: bool
    """Whether test calls to other numbers of the same trunk group failed: none of the client's own."""
    others_up: bool
    """Whether the service's other lines had calls: looked at, and clear."""
    lines_up: bool
    """Whether those on the client's own trunk group had as well, and about as many calls came in as usual all the while."""
    ordinary_volume: bool
    """Whether as many of the client's callers came as usual: looked at, and clear. So for the next three."""
    usual_staff: bool
    usual_length: bool
    within_hours: bool
    unseen: bool
    """Whether part of the records of the time asked about is missing: then nobody knows that no call came in."""
    counted: bool
    """Whether our phone system counted calls whose records are missing."""
    around_the_clock: bool
    """Whether the client's lines are ours all day and all week."""
    own_days: bool
    """Where lines were left forwarded: whether the client's own office takes its calls in working hours, by its coverage."""
    closed: bool
    """Whether a closure or holiday was on file."""
    wait: Wait | None
    rang: Rang | None
    """How long calls rang on average in the time asked about, where that was at least twice what is usual."""
    left: Share | None
    held: Share | None
    """Callers kept on hold for long, and in which time: the trouble's, or all the time asked about where it went on so."""
    held_when: Span
    longest_hold_s: float | None
    cut_off: int | None
    """Calls answered for the client that were over within seconds, where one desk or the lines they came in on did it."""
    cut: int | None
    """Calls for the client that our phone system ended as they came in, where it ended everybody's."""
    announced: Share | None
    unserved: Share | None
    """Callers who waited and reached nobody, of all who waited, while others were answered."""
    unserved_always: bool
    """Whether that has been so in all the records."""
    refused: Share | None
    turned_away: int
    """Callers who heard a busy tone in the time the client spoke of, as usual or not."""
    limit: int | None
    came: int | None
    """Calls of a surge of the client's own, second tries as well, and how many usually come."""
    came_usual: int | None
    nuisance: Nuisance | None
    message: Message | None
    way: str | None
    """What a client calls the way of sending that failed for several clients at once ("text message"), '' where that has no
    common name; None where none did. ``provider`` is the domain of the mail where only that one's did."""
    provider: str
    handled: tuple[Message, ...]
    """All the messages of the time asked about, where each was delivered in time to the right person."""
    call: Call | None
    calls: tuple[Call, ...]
    """All that are on record of the caller the complaint speaks of; ``call`` is the one that the answer is about."""
    hidden: Span | None
    """The part of the time the client spoke of in which no call could be on record; None where none was, or all of it."""
    elsewhere: bool
    """Whether that number reached the service on another client's line at about that time."""
    caller: str
    """The number the complaint itself named, '' for none."""
    bill: Bill

    @property
    def down_numbers(self) -> tuple[str, ...]:
        """The client's numbers that did not work, where it has several and the records tell which of them."""
        return (self.silent_numbers or self.failing_numbers) if len(self.numbers) > 1 else ()


LEFT_ON = "forwarding-left-on"
"""The cause of which a letter tells by whose hours the calls came."""

SILENT = ("some-numbers-silent", "account-silent", "silent-inside-coverage", "trunk-silent")
"""Facets that hold a silence, from the last call before it to the first after it, the narrower ones first."""

CUT_OFF = {"agent-ends-calls": "agent-alone-cuts-short", "one-way-audio": "group-cuts-short"}
"""Causes by which answered calls are over within seconds, and the check that tells whose."""

TESTED = {"carrier-outage": ("trunk-tests-failed", "number-tests-failed"), "number-down": ("number-tests-failed",)}
"""Facets with the test calls that show when what a carrier's cause says was down worked again."""


def silence_of(report: Report, zone: ZoneInfo) -> Span | None:
    """Return the silence the answer is about, from the last call before it to the next; None where it is about none."""
    found = {e.facet: e for e in reversed(report.evidence) if e.outcome == "found"}
    facets = reversed(SILENT) if report.verdict.cause == "carrier-outage" else SILENT
    cut = worked_of(report, zone) is not None
    for facet in facets:
        piece = found.get(facet)
        if not (piece and piece.start and piece.end and piece.end == report.window.end):
            continue
        if piece.start == report.window.start or (cut and piece.start < report.window.start):
            return span_of(piece.start, piece.end, zone)
    return None


def ours_of(found: Mapping[str, Answer], facet: str, report: Report, zone: ZoneInfo) -> Span | None:
    """Return the part of a client's silence in which the service's own switch or records failed; None where they did not.

    Where nothing is found wrong, the part of the time that was asked about.
    """
    piece = found.get(facet)
    whole = report.asked if report.verdict.cause == "within-normal" else found.get("account-silent")
    if piece is None or whole is None or not (piece.start and piece.end and whole.start and whole.end):
        return None
    if report.window.end <= piece.start or piece.end <= report.window.start:
        return None
    start, end = max(piece.start, whole.start), min(piece.end, whole.end)
    return span_of(start, end, zone) if (whole.start, whole.end) != (start, end) and start < end else None


def mended_of(report: Report, facets: tuple[str, ...], zone: ZoneInfo) -> Span | None:
    """Return the time from the last test call that failed to the next, where all from then on came through."""
    rows = [r for e in report.evidence if e.facet in facets and e.outcome != "not-run" for r in tests_of(e)]
    timed = sorted((at, str(r.get("result"))) for r in rows if (at := instant_of(r.get("tested_at"), zone)))
    broken = [at for at, result in timed if result == "failed"]
    after = [at for at, result in timed if result == "ok" and broken and at > broken[-1]]
    return Span(broken[-1], after[0]) if after else None


def usual_for(report: Report, cause: str) -> int | None:
    """Return how many calls usually come in the trouble's time: of the client, or of those numbers the cause is about."""
    found = {e.facet: e for e in reversed(report.evidence) if e.outcome == "found"}
    if cause in OF_SOME_NUMBERS and SOME_SILENT in found:
        return usual_of_numbers(report, found, worked_of(report, zone_named(report.zone)))
    # some of its numbers failed test calls: what is usual is of all of them
    narrowed = set(failing_of(report)) if cause == "number-down" else set()
    if narrowed not in (set(), set(report.account.numbers)):
        return None
    usual = usual_of(report)
    return usual if usual is not None else _of_the_silence(report, found)


def _of_the_silence(report: Report, found: Mapping[str, Answer]) -> int | None:
    """Return how many of the client's calls usually come in a trouble that began before the hours of the chart."""
    worked, silent = worked_of(report, zone_named(report.zone)), found.get("account-silent")
    whole = silent and (silent.start, silent.end) == (report.window.start, report.window.end)
    usual = worked.usual if worked else silent.expected if silent and whole else None
    return None if usual is None else round(usual)


def tests_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the test calls an answer holds."""
    rows = answer.data.get("tests")
    return [r for r in rows if isinstance(r, dict)] if isinstance(rows, (list, tuple)) else []


def failing_of(report: Report) -> tuple[str, ...]:
    """Return the client's numbers whose test calls in the trouble's time failed, as often as not."""
    results: dict[str, list[bool]] = {}
    for piece in report.evidence:
        if piece.facet == "number-tests-failed" and piece.outcome == "found":
            for row in tests_of(piece):
                results.setdefault(str(row.get("number")), []).append(row.get("result") == "failed")
    return tuple(n for n in report.account.numbers if sum(results.get(n, ())) * 2 >= max(1, len(results.get(n, ()))))


def outage_of(report: Report, cause: str, zone: ZoneInfo) -> Span:
    """Return the window a carrier's cause can be shown for: its end is the first test call that came through again."""
    when = span_of(report.window.start, report.window.end, zone)
    mended = mended_of(report, TESTED.get(cause, ()), zone)
    return Span(when.start, mended.end) if mended and when.start < mended.end < when.end else when


NORTH_AMERICA = frozenset(("US", "CA", "PR", "VI", "GU", "BM", "BS", "JM", "DO", "TT", "BB"))
"""Territories whose phone companies take the star codes of the North American Numbering Plan."""


def _in_north_america(numbers: tuple[str, ...], zone: str) -> bool:
    """Say whether a client's lines are North American: by its numbers, else by its zone."""
    known = [n for n in numbers if n.startswith("+")]
    if known:
        return all(n.startswith("+1") for n in known)
    from babel.core import get_global  # noqa: PLC0415 - only where no number tells

    return get_global("zone_territories").get(zone) in NORTH_AMERICA


def over(report: Report) -> bool | None:
    """Say whether calls are on record after the trouble; None where nobody knows how far the records reach."""
    ends = [i.last for i in report.inputs if i.table == "calls" and i.last is not None]
    hours = [h.start for h in report.chart if h.arrived]
    if any(at > report.window.end for at in (*ends, *hours)):
        return True
    return False if ends else None


def _ends(silence: Answer | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Return the last call before a silence and the first after it; None where there is none."""
    if silence is None:
        return None, None
    before, after = (at.astimezone(zone) if at else None for at in (silence.start, silence.end))
    return before, after


def _apart(found: Mapping[str, Answer], own: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the account's numbers that were silent while others rang, and those others."""
    told = found.get("some-numbers-silent")
    data = told.data if told else {}
    silent, ringing = (tuple(n for n in texts_of(data.get(key)) if n in own) for key in ("numbers", "ringing"))
    return silent, ringing


def _told(report: Report) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Return what the questions that were asked gave, by facet, and of these what was found."""
    answers = {e.facet: e for e in reversed(report.evidence) if e.outcome != "not-run"}
    return answers, {f: e for f, e in answers.items() if e.outcome == "found"}


def facts_of(report: Report) -> Facts:
    """Return the facts of a report a letter may use."""
    zone = zone_named(report.zone)
    answers, found = _told(report)
    calls = [c for c in report.calls if was_within(c, report)]
    held = held_of(report, zone)
    before, after = _ends(found.get("account-silent"), zone)
    silent, ringing = _apart(found, report.account.numbers)
    then = [c for c in calls if was_within(c, report, report.window.start, report.window.end)]
    wait, left = (counted := Counted(report, found)).wait, counted.left
    usual = usual_for(report, report.verdict.cause)
    answered = sum(c.get("outcome") == "answered" for c in calls)
    of_caller = calls_of(found, zone)
    return Facts(
        when=span_of(report.window.start, report.window.end, zone),
        silence=silence_of(report, zone),
        worked=worked_of(report, zone),
        down=ours_of(found, "kpi-stopped", report, zone),
        second=second_of(answers, zone),
        unrecorded=ours_of(found, "kpi-counts-calls", report, zone),
        mended=mended_of(report, TESTED.get(report.verdict.cause, ()), zone),
        outage=outage_of(report, report.verdict.cause, zone),
        star_codes=_in_north_america(report.account.numbers, report.zone),
        over=over(report),
        asked=span_of(report.asked.start, report.asked.end, zone),
        overlap=report.window.start < report.asked.end and report.asked.start < report.window.end,
        zone_at=report.window.start.astimezone(zone),
        numbers=report.account.numbers,
        silent_numbers=silent,
        ringing_numbers=ringing,
        failing_numbers=failing_of(report),
        usual=usual,
        arrived=len(calls),
        answered=answered,
        then=len(then),
        spared=not (wait and wait.long) and not (left and left.n) and all(was_unharmed(c) for c in then),
        as_usual=was_as_usual(len(calls), answered, usual),
        last_before=before,
        first_after=after,
        tests_passed=is_clear(answers, "number-tests-failed"),
        tests_failed="number-tests-failed" in found,
        group_tests_failed="trunk-tests-failed" in found,
        others_up=is_clear(answers, "platform-silent"),
        lines_up=lines_are_up({e.facet: e for e in reversed(report.evidence)}),
        ordinary_volume=is_clear(answers, "own-surge") or "refused-at-ordinary-volume" in found,
        usual_staff=is_clear(answers, "fewer-agents"),
        usual_length=is_clear(answers, "bill-longer-calls"),
        within_hours=is_clear(answers, "bill-outside-coverage"),
        unseen="records-end-early" in found,
        counted="kpi-counts-calls" in found,
        around_the_clock=report.account.coverage.strip() == "24/7",
        own_days=report.verdict.cause == LEFT_ON and not covers_working_hours(report.account.coverage),
        closed="closure-announced" in found,
        wait=wait,
        rang=rang_of(answers),
        left=left,
        held=held.share,
        held_when=held.when,
        longest_hold_s=held.longest_s,
        cut_off=whole_of(found, CUT_OFF.get(report.verdict.cause, ""), "own"),
        cut=whole_of(found, "everybody-cut", "own"),
        announced=counted.announced,
        unserved=share_of(found, "callers-unserved", "left", "callers"),
        unserved_always="callers-unserved" in found and found["callers-unserved"].data.get("always") is True,
        refused=counted.refused,
        turned_away=sum(c.get("outcome") == "busy" for c in calls),
        limit=whole_of(found, "at-path-limit", "in_force"),
        came=counted.came,
        came_usual=counted.came_usual,
        nuisance=nuisance_of(found, billed=report.complaint == "high-bill"),
        message=message_of(report, found, zone),
        way=way_of(found),
        provider=provider_of(found),
        handled=handled_of(found, zone),
        call=call_of(of_caller, report.verdict.cause),
        calls=of_caller,
        hidden=hidden_of(report, answers, zone),
        elsewhere="called-another-account" in found and not of_caller,
        caller=report.caller,
        bill=bill_of(found, answers),
    )
