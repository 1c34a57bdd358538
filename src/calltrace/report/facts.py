"""What a letter may say: the figures of the evidence that are this client's own, and nothing else.

A template sees these facts, never the evidence itself, whose sentences name agents, other clients and their figures.
So a service's own template can't let one slip either. Counts are whole numbers, times carry the client's zone, None
is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from calltrace.report.languages import Span
from calltrace.report.values import zone_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from calltrace.report.report import Answer, Report

WAITED_LONG = ("own-waits-long", "own-rings-long")
"""Facets with the account's own waits, the whole wait first."""

IN_SILENCE = "call-in-silence"
"""The facet that says how much of the time a caller speaks of a silence covers."""

HOUR = timedelta(hours=1)

HELD_LONG_S = 45.0
"""Seconds on hold that a caller remembers: what the check of holds counts from."""

MISSED, MANY, FEW = 0.1, 2, 3
"""What a client would not call usual: more than this share unanswered; more than so many times the usual, and some."""

AS_USUAL = 0.75
"""Part of everybody's usual calls from which they came in as usual."""

NO_GROUPS = {("calls on another trunk group",), ("calls.trunk_group",)}
"""What is missing where everybody's calls tell of the client's trunk group too: there is no other."""

WAITED_S = 20.0
"""Seconds until an operator answers that nobody calls a wait: the field's service level."""


@dataclass(frozen=True)
class Wait:
    """How the client's callers waited: how many too long (``limit_s``), of how many; seconds of the longest."""

    calls: int
    long: int
    limit_s: float
    longest_s: float


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    n: int
    of: int


@dataclass(frozen=True)
class Message:
    """What became of the message. ``late_s`` from taking it to the first attempt, ``limit_min`` what is agreed."""

    taken: datetime
    first: datetime | None
    reached: datetime | None
    changed: datetime | None
    attempts: int
    limit_min: int | None
    urgent: bool

    @property
    def late_s(self) -> float | None:
        """Seconds from taking the message to the first attempt, by the minutes a reader sees of both."""
        if self.first is None:
            return None
        minute = {"second": 0, "microsecond": 0}
        return (self.first.replace(**minute) - self.taken.replace(**minute)).total_seconds()  # type: ignore[arg-type]


@dataclass(frozen=True)
class Call:
    """A call of the caller the complaint speaks of. ``message`` says whether one was taken, None where nobody knows."""

    at: datetime
    outcome: str
    waited_s: float | None
    talked_s: float | None
    message: bool | None
    held_s: float | None = None


@dataclass(frozen=True)
class Bill:
    """A period against the client's own weeks before; None where nothing speaks of it."""

    calls: int | None = None
    calls_usual: int | None = None
    minutes: int | None = None
    minutes_usual: int | None = None
    outside: int | None = None
    outside_usual: int | None = None
    each_s: float | None = None
    each_usual_s: float | None = None
    attempts: int | None = None
    attempts_usual: int | None = None
    messages: int | None = None


@dataclass(frozen=True)
class Facts:
    """What a letter may use; see the fields."""

    when: Span
    """The trouble, as far as the records show it."""
    silence: Span | None
    """From the last call before the trouble to the next one, where it is a silence: what is known, and no more."""
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
    """Calls that usually come in the trouble's time."""
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
    closed: bool
    """Whether a closure or holiday was on file."""
    wait: Wait | None
    left: Share | None
    held: Share | None
    longest_hold_s: float | None
    cut_off: int | None
    """Calls answered for the client that were over within seconds, where one desk or the lines they came in on did it."""
    announced: Share | None
    unserved: Share | None
    """Callers who waited and reached nobody, of all who waited, while others were answered."""
    unserved_always: bool
    """Whether that has been so in all the records."""
    refused: Share | None
    limit: int | None
    came: int | None
    """Calls of a surge of the client's own, and how many usually come."""
    came_usual: int | None
    nuisance: Share | None
    """Very short calls, ``n``, of so many callers, ``of``."""
    message: Message | None
    call: Call | None
    calls: tuple[Call, ...]
    """All that are on record of the caller the complaint speaks of; ``call`` is the one that the answer is about."""
    hidden: Span | None
    """The part of the time the client spoke of in which no call could be on record; None where none was, or all of it."""
    caller: str
    """The number the complaint itself named, '' for none."""
    bill: Bill

    @property
    def down_numbers(self) -> tuple[str, ...]:
        """The client's numbers that did not work, where it has several and the records tell which of them."""
        return (self.silent_numbers or self.failing_numbers) if len(self.numbers) > 1 else ()


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
    for facet in facets:
        piece = found.get(facet)
        if piece and piece.start and piece.end and (piece.start, piece.end) == (report.window.start, report.window.end):
            return _span(piece.start, piece.end, zone)
    return None


def mended_of(report: Report, facets: tuple[str, ...], zone: ZoneInfo) -> Span | None:
    """Return the time from the last test call that failed to the next, where all from then on came through."""
    rows = [r for e in report.evidence if e.facet in facets and e.outcome != "not-run" for r in tests_of(e)]
    timed = sorted((at, str(r.get("result"))) for r in rows if (at := _at(r.get("tested_at"), zone)))
    broken = [at for at, result in timed if result == "failed"]
    after = [at for at, result in timed if result == "ok" and broken and at > broken[-1]]
    return Span(broken[-1], after[0]) if after else None


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
    when = _span(report.window.start, report.window.end, zone)
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


def facts_of(report: Report) -> Facts:
    """Return the facts of a report a letter may use."""
    zone = zone_named(report.zone)
    answers = {e.facet: e for e in reversed(report.evidence) if e.outcome != "not-run"}
    found = {f: e for f, e in answers.items() if e.outcome == "found"}
    own = set(report.account.numbers)
    calls = [c for c in report.calls if _within(c, report)]
    held = [h for c in calls if (h := _number(c.get("hold_s"))) is not None and c.get("outcome") == "answered"]
    silence = found.get("account-silent")
    numbers = found.get("some-numbers-silent")
    data = numbers.data if numbers else {}
    then = [c for c in calls if _within(c, report, report.window.start, report.window.end)]
    wait, left, usual = _wait(found), _share(found, "abandoned-more", "abandoned", "calls"), _usual(report)
    answered = sum(c.get("outcome") == "answered" for c in calls)
    of_caller = _calls(found, zone)
    return Facts(
        when=_span(report.window.start, report.window.end, zone),
        silence=silence_of(report, zone),
        mended=mended_of(report, TESTED.get(report.verdict.cause, ()), zone),
        outage=outage_of(report, report.verdict.cause, zone),
        star_codes=_in_north_america(report.account.numbers, report.zone),
        over=over(report),
        asked=_span(report.asked.start, report.asked.end, zone),
        overlap=report.window.start < report.asked.end and report.asked.start < report.window.end,
        zone_at=report.window.start.astimezone(zone),
        numbers=report.account.numbers,
        silent_numbers=tuple(n for n in _texts(data.get("numbers")) if n in own),
        ringing_numbers=tuple(n for n in _texts(data.get("ringing")) if n in own),
        failing_numbers=failing_of(report),
        usual=usual,
        arrived=len(calls),
        answered=answered,
        then=len(then),
        spared=not (wait and wait.long) and not (left and left.n) and all(_unharmed(c) for c in then),
        as_usual=_as_usual(len(calls), answered, usual),
        last_before=silence.start.astimezone(zone) if silence and silence.start else None,
        first_after=silence.end.astimezone(zone) if silence and silence.end else None,
        tests_passed=_clear(answers, "number-tests-failed"),
        tests_failed="number-tests-failed" in found,
        group_tests_failed="trunk-tests-failed" in found,
        others_up=_clear(answers, "platform-silent"),
        lines_up=_lines_up({e.facet: e for e in reversed(report.evidence)}),
        ordinary_volume=_clear(answers, "own-surge") or "refused-at-ordinary-volume" in found,
        usual_staff=_clear(answers, "fewer-agents"),
        usual_length=_clear(answers, "bill-longer-calls"),
        within_hours=_clear(answers, "bill-outside-coverage"),
        unseen="records-end-early" in found,
        counted="kpi-counts-calls" in found,
        around_the_clock=report.account.coverage.strip() == "24/7",
        closed="closure-announced" in found,
        wait=wait,
        left=left,
        held=_held(held),
        longest_hold_s=max(held, default=None),
        cut_off=_whole(found, CUT_OFF.get(report.verdict.cause, ""), "own"),
        announced=_share(found, "ends-in-announcement", "announcements", "calls"),
        unserved=_share(found, "callers-unserved", "left", "callers"),
        unserved_always="callers-unserved" in found and found["callers-unserved"].data.get("always") is True,
        refused=_share(found, "refused-busy", "refused", "calls"),
        limit=_whole(found, "at-path-limit", "in_force"),
        came=_seen(found, "own-surge"),
        came_usual=_expected(found, "own-surge"),
        nuisance=_nuisance(found),
        message=_message(found, zone),
        call=_call(of_caller, report.verdict.cause),
        calls=of_caller,
        hidden=_hidden(report, answers, zone),
        caller=report.caller,
        bill=_bill(found),
    )


def _within(
    call: Mapping[str, object], report: Report, start: datetime | None = None, end: datetime | None = None
) -> bool:
    """Say whether a call came within a time, else within what was asked about; one without a time may have."""
    at = call.get("offered_at")
    return not isinstance(at, datetime) or (start or report.asked.start) <= at < (end or report.asked.end)


def _unharmed(call: Mapping[str, object]) -> bool:
    """Say whether the records show that a call was answered at once and not kept on hold; unknown is no."""
    rung, queued, held = (_number(call.get(name)) for name in ("ring_s", "queue_s", "hold_s"))
    waited = None if rung is None and queued is None else (rung or 0.0) + (queued or 0.0)
    return call.get("outcome") == "answered" and waited is not None and waited <= WAITED_S and (held or 0.0) <= HELD_LONG_S


def _as_usual(arrived: int, answered: int, usual: int | None) -> bool:
    missed = arrived - answered
    return bool(arrived) and (missed <= 1 or missed <= MISSED * arrived) and (
        usual is None or arrived <= MANY * usual + FEW)


def _span(start: datetime, end: datetime, zone: ZoneInfo) -> Span:
    return Span(start.astimezone(zone), end.astimezone(zone))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _rounded(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else []


def _clear(answers: Mapping[str, Answer], facet: str) -> bool:
    return facet in answers and answers[facet].outcome == "clear"


def _lines_up(answers: Mapping[str, Answer]) -> bool:
    """Say whether calls came in as usual for everybody, and on the client's own trunk group, all the time."""
    asked = [answers[f] for f in ("platform-silent", "trunk-silent") if f in answers]
    if not _clear(answers, "platform-silent"):
        return False
    for one in asked:
        if one.outcome == "not-run" and one.missing in NO_GROUPS:
            continue
        few = one.observed is not None and one.expected is not None and one.observed < AS_USUAL * one.expected
        if one.outcome != "clear" or "silent" in one.data or few:
            return False
    return True


def _whole(found: Mapping[str, Answer], facet: str, key: str) -> int | None:
    return _rounded(found[facet].data.get(key)) if facet in found else None


def _seen(found: Mapping[str, Answer], facet: str) -> int | None:
    return _rounded(found[facet].observed) if facet in found else None


def _expected(found: Mapping[str, Answer], facet: str) -> int | None:
    return _rounded(found[facet].expected) if facet in found else None


def _share(found: Mapping[str, Answer], facet: str, n: str, of: str) -> Share | None:
    few, many = _whole(found, facet, n), _whole(found, facet, of)
    return Share(few, many) if few is not None and many is not None else None


def _usual(report: Report) -> int | None:
    """Return how many of the account's own calls usually come in the trouble's time, by the hours of the chart.

    None where the chart does not cover that time, or holds an hour nobody knows the usual of.
    """
    start, end = report.window.start, report.window.end
    total = covered = 0.0
    for hour in report.chart:
        part = (min(end, hour.start + HOUR) - max(start, hour.start)).total_seconds() / 3600
        if part <= 0:
            continue
        if hour.expected is None:
            return None
        total += part * hour.expected
        covered += part
    whole = (end - start).total_seconds() / 3600
    return round(total) if whole and covered > whole * 0.999 else None


def _wait(found: Mapping[str, Answer]) -> Wait | None:
    for facet in WAITED_LONG:
        data = found[facet].data if facet in found else {}
        calls, long = _rounded(data.get("calls")), _rounded(data.get("over_limit"))
        limit, longest = _number(data.get("limit_s")), _number(data.get("longest_s"))
        if calls and long is not None and limit is not None and longest is not None:
            return Wait(calls, long, limit, longest)
    return None


def _held(held: list[float]) -> Share | None:
    long = sum(h > HELD_LONG_S for h in held)
    return Share(long, len(held)) if long else None


def _nuisance(found: Mapping[str, Answer]) -> Share | None:
    piece = found.get("nuisance-callers")
    callers = piece.data.get("callers") if piece else None
    calls = _rounded(piece.observed) if piece else None
    return Share(calls, len(callers)) if calls and isinstance(callers, dict) and callers else None


def _message(found: Mapping[str, Answer], zone: ZoneInfo) -> Message | None:
    """Return the first message a check of messages speaks of, the verdict's trouble first."""
    for piece in found.values():
        listed = piece.data.get("messages")
        if not isinstance(listed, (list, tuple)) or not listed or not isinstance(listed[0], dict):
            continue
        row: dict[str, Any] = listed[0]
        taken = _at(row.get("taken_at"), zone)
        if taken is not None:
            return Message(
                taken=taken,
                first=_at(row.get("first_at"), zone),
                reached=_at(row.get("reached_at"), zone),
                changed=_at(row.get("roster_updated_at"), zone) if row.get("state") == "changed-later" else None,
                attempts=_rounded(row.get("attempts")) or 0,
                limit_min=_rounded(row.get("limit_min")),
                urgent=row.get("priority") == "urgent",
            )
    return None


def _calls(found: Mapping[str, Answer], zone: ZoneInfo) -> tuple[Call, ...]:
    piece = found.get("caller-found")
    listed = piece.data.get("candidates") if piece else None
    rows = listed if isinstance(listed, (list, tuple)) else ()
    kept = "caller-answered-no-message" in found or any(isinstance(r, dict) and r.get("message_id") for r in rows)
    calls = []
    for row in rows:
        at = _at(row.get("offered_at"), zone) if isinstance(row, dict) and row.get("why") == "same number" else None
        if at is not None:
            rung, queued = _number(row.get("ring_s")), _number(row.get("queue_s"))
            calls.append(Call(
                at=at,
                outcome=str(row.get("outcome") or ""),
                waited_s=None if rung is None and queued is None else (rung or 0.0) + (queued or 0.0),
                talked_s=_number(row.get("talk_s")),
                message=bool(row.get("message_id")) if kept else None,
                held_s=_number(row.get("hold_s")),
            ))
    return tuple(calls)


def _call(calls: tuple[Call, ...], cause: str) -> Call | None:
    """Return the call an answer is about: where it was handled the last that was, of those with a message; else the first."""
    if cause == "call-was-handled":
        answered = [c for c in calls if c.outcome == "answered"]
        return next(reversed([c for c in answered if c.message] or answered or calls), None)
    return next(iter(calls), None)


def _hidden(report: Report, answers: Mapping[str, Answer], zone: ZoneInfo) -> Span | None:
    """Return the part of the time asked of in which a cause that may still be the one kept every call off the records."""
    piece = answers.get(IN_SILENCE)
    silences = piece.data.get("silences") if piece else None
    if not isinstance(silences, dict):
        return None
    from calltrace.diagnosis.hiding import OPEN, WHOSE  # noqa: PLC0415 - brings in pandas, only where it was asked

    for cause in report.causes:
        held = any(b.facet == IN_SILENCE for b in cause.refutes)
        whose = next((w for w in WHOSE.get(cause.cause, ()) if w in silences), None)
        if held and whose is not None and cause.probability >= OPEN:
            start, end = (_at(silences[whose][edge], zone) for edge in ("start", "end"))
            return Span(start, end) if start and end else None
    return None


def _at(value: object, zone: ZoneInfo) -> datetime | None:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(zone) if isinstance(moment, datetime) and moment.tzinfo else None


def _bill(found: Mapping[str, Answer]) -> Bill:
    rose = found["bill-rose"].data if "bill-rose" in found else {}
    longer = found.get("bill-longer-calls")
    return Bill(
        calls=_rounded(rose.get("calls")),
        calls_usual=_rounded(rose.get("calls_expected")),
        minutes=_rounded(rose.get("minutes")),
        minutes_usual=_rounded(rose.get("minutes_expected")),
        outside=_seen(found, "bill-outside-coverage"),
        outside_usual=_expected(found, "bill-outside-coverage"),
        each_s=longer.observed if longer else None,
        each_usual_s=longer.expected if longer else None,
        attempts=_seen(found, "bill-more-attempts"),
        attempts_usual=_expected(found, "bill-more-attempts"),
        messages=_whole(found, "bill-more-attempts", "messages"),
    )
