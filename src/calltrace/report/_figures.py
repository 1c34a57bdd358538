"""Single figures out of a report's evidence, one function each: None where the records tell nothing.

Read by :mod:`calltrace.report.facts`, which says what a letter may use of them. ``found`` are the answers that found
something, by their facets; ``answers`` all that were asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.report.languages import Span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from calltrace.report._worked import Worked
    from calltrace.report.report import Answer, Report

WAITED_LONG = ("own-waits-long", "own-rings-long")
"""Facets with the account's own waits, the whole wait first."""

UNSETTLING = ("sent-to-other-address", "delivery-unanswered", "routine-not-sent")
"""Facets that show what became of a message, where no cause accounts for it."""

IN_SILENCE = "call-in-silence"
"""The facet that says how much of the time a caller speaks of a silence covers."""

SOME_SILENT = "some-numbers-silent"
"""The facet that says which of the client's numbers were silent while its others rang."""

OF_SOME_NUMBERS = ("number-down", "some-lines-not-forwarded")
"""Causes that are about those numbers, and not about the client's others."""

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
    """What became of the message. ``late_s`` from taking it to the first attempt, ``limit_min`` what is agreed.

    ``state`` is its trouble as the board calls it, ``handled`` for none; ``on_call`` says that it went to the person who was.
    """

    taken: datetime
    first: datetime | None
    reached: datetime | None
    changed: datetime | None
    attempts: int
    limit_min: int | None
    urgent: bool
    state: str = ""
    on_call: bool = False

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
    silent_days: int | None = None
    minutes: int | None = None
    minutes_usual: int | None = None
    outside: int | None = None
    outside_usual: int | None = None
    each_s: float | None = None
    each_usual_s: float | None = None
    attempts: int | None = None
    attempts_usual: int | None = None
    messages: int | None = None


def was_within(
    call: Mapping[str, object], report: Report, start: datetime | None = None, end: datetime | None = None
) -> bool:
    """Say whether a call came within a time, else within what was asked about; one without a time may have."""
    at = call.get("offered_at")
    return not isinstance(at, datetime) or (start or report.asked.start) <= at < (end or report.asked.end)


def was_unharmed(call: Mapping[str, object]) -> bool:
    """Say whether the records show that a call was answered at once and not kept on hold; unknown is no."""
    rung, queued, held = (number_of(call.get(name)) for name in ("ring_s", "queue_s", "hold_s"))
    waited = None if rung is None and queued is None else (rung or 0.0) + (queued or 0.0)
    return call.get("outcome") == "answered" and waited is not None and waited <= WAITED_S and (held or 0.0) <= HELD_LONG_S


def was_as_usual(arrived: int, answered: int, usual: int | None) -> bool:
    """Say whether calls came, no more than usual by far, and hardly one was left unanswered."""
    missed = arrived - answered
    return bool(arrived) and (missed <= 1 or missed <= MISSED * arrived) and (
        usual is None or arrived <= MANY * usual + FEW)


def span_of(start: datetime, end: datetime, zone: ZoneInfo) -> Span:
    """Return a time in the client's zone."""
    return Span(start.astimezone(zone), end.astimezone(zone))


def number_of(value: object) -> float | None:
    """Return a number, None for what is none."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _rounded(value: object) -> int | None:
    number = number_of(value)
    return None if number is None else round(number)


def texts_of(value: object) -> list[str]:
    """Return a list of texts, empty for what is no list."""
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else []


def is_clear(answers: Mapping[str, Answer], facet: str) -> bool:
    """Say whether a facet was asked after, and nothing was found."""
    return facet in answers and answers[facet].outcome == "clear"


def lines_are_up(answers: Mapping[str, Answer]) -> bool:
    """Say whether calls came in as usual for everybody, and on the client's own trunk group, all the time."""
    asked = [answers[f] for f in ("platform-silent", "trunk-silent") if f in answers]
    if not is_clear(answers, "platform-silent"):
        return False
    for one in asked:
        if one.outcome == "not-run" and one.missing in NO_GROUPS:
            continue
        few = one.observed is not None and one.expected is not None and one.observed < AS_USUAL * one.expected
        if one.outcome != "clear" or "silent" in one.data or few:
            return False
    return True


def whole_of(found: Mapping[str, Answer], facet: str, key: str) -> int | None:
    """Return a figure of a facet's data as a whole number."""
    return _rounded(found[facet].data.get(key)) if facet in found else None


def seen_of(found: Mapping[str, Answer], facet: str) -> int | None:
    """Return what a facet counted."""
    return _rounded(found[facet].observed) if facet in found else None


def expected_of(found: Mapping[str, Answer], facet: str) -> int | None:
    """Return what a facet would have counted as a rule."""
    return _rounded(found[facet].expected) if facet in found else None


def share_of(found: Mapping[str, Answer], facet: str, n: str, of: str) -> Share | None:
    """Return two figures of a facet's data, the one as a part of the other."""
    few, many = whole_of(found, facet, n), whole_of(found, facet, of)
    return Share(few, many) if few is not None and many is not None else None


def usual_of(report: Report) -> int | None:
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


def usual_of_numbers(report: Report, found: Mapping[str, Answer], worked: Worked | None) -> int | None:
    """Return how many calls usually come to the client's silent numbers in the trouble's time; None where nobody knows."""
    piece = found.get(SOME_SILENT)
    if piece is None or piece.end != report.window.end:
        return None
    if piece.start != report.window.start:  # it counts from when a test call still came through
        return _rounded(worked.usual) if worked is not None else None
    alone = len(texts_of(piece.data.get("numbers"))) == 1
    return _rounded(piece.data.get("usual", piece.expected if alone else None))


@dataclass(frozen=True)
class Rang:
    """How long the client's calls rang on average, where that was far longer than usual; seconds, of the longest as well."""

    mean_s: float
    usual_s: float
    longest_s: float


FAR_LONGER = 2.0
"""Times what is usual from which calls rang far longer."""


def rang_of(answers: Mapping[str, Answer]) -> Rang | None:
    """Return how long calls rang in the time asked about, None where it was not far longer than usual."""
    data = answers["own-rings-long"].data if "own-rings-long" in answers else {}
    mean, usual = (number_of(data.get(n)) for n in ("mean_in_window_s", "mean_usual_s"))
    longest = number_of(data.get("longest_in_window_s", data.get("longest_s")))
    if mean is None or not usual or longest is None or mean < FAR_LONGER * usual:
        return None
    return Rang(mean, usual, longest)


@dataclass(frozen=True)
class Held:
    """How the client's callers were kept on hold in a time: how many for long, of how many; seconds of the longest."""

    when: Span
    share: Share | None
    longest_s: float | None


def held_of(report: Report, zone: ZoneInfo) -> Held:
    """Return the holds of the trouble's time; of all the time asked about where callers were held as much in the rest of it."""
    calls = [c for c in report.calls if was_within(c, report) and c.get("outcome") == "answered"]
    start, end = max(report.window.start, report.asked.start), min(report.window.end, report.asked.end)
    then = [c for c in calls if was_within(c, report, start, end)]
    rest = [c for c in calls if c not in then]
    inside, outside = _long_holds(then), _long_holds(rest)
    # a share of less than half of that of the trouble's time is what calls are held in any week
    throughout = outside.n * 2 * max(inside.of, 1) >= inside.n * outside.of if outside.n else start >= end
    throughout = throughout or report.verdict.wording == "inconclusive"  # which names no other time
    which, when = (calls, report.asked) if throughout else (then, report.window)
    share = _long_holds(which)
    longest = max((h for c in which if (h := number_of(c.get("hold_s"))) is not None), default=None)
    return Held(span_of(when.start, when.end, zone), share if share.n else None, longest)


def _long_holds(calls: list[Mapping[str, object]]) -> Share:
    """Return how many calls were on hold for long, of those whose hold is known."""
    holds = [h for c in calls if (h := number_of(c.get("hold_s"))) is not None]
    return Share(sum(h > HELD_LONG_S for h in holds), len(holds))


@dataclass(frozen=True)
class Second:
    """When many of our clients had no call, at another time than the trouble; the client's own calls that usually come then."""

    when: Span
    everybody: bool
    usual: int | None


def second_of(answers: Mapping[str, Answer], zone: ZoneInfo) -> Second | None:
    """Return the second trouble that an answer tells of, in the client's zone; None where it tells of none."""
    for facet in ("platform-silent", "trunk-silent"):
        told = answers[facet].data.get("second") if facet in answers else None
        if isinstance(told, dict):
            start, end = instant_of(told.get("start"), zone), instant_of(told.get("end"), zone)
            return Second(Span(start, end), facet == "platform-silent", _rounded(told.get("usual"))) if start and end else None
    return None


@dataclass(frozen=True)
class Nuisance:
    """Very short calls, ``n``, of so many callers, ``of``; ``answered`` of them were, None where nobody counted."""

    n: int
    of: int
    answered: int | None = None


def nuisance_of(found: Mapping[str, Answer], *, billed: bool = False) -> Nuisance | None:
    """Return how many very short calls came of how many callers; of a bill all that its period has of them."""
    of_bill = found.get("bill-nuisance") if billed else None
    piece = of_bill if of_bill and "calls" in of_bill.data else found.get("nuisance-callers")
    if piece is None:
        return None
    callers, answered = piece.data.get("callers"), piece.data.get("answered")
    calls = _rounded(piece.data["calls"] if piece is of_bill else piece.observed)
    if not calls or not isinstance(callers, (dict, list, tuple)) or not callers:
        return None
    return Nuisance(calls, len(callers), _rounded(answered))


def message_of(report: Report, found: Mapping[str, Answer], zone: ZoneInfo) -> Message | None:
    """Return the first message a check of messages speaks of: the verdict's trouble, else what leaves it unsettled, first."""
    facets = [f for f in found if f not in UNSETTLING]
    unsettling = [f for f in UNSETTLING if f in found]
    ordered = [*unsettling, *facets] if report.verdict.wording == "inconclusive" else [*facets, *unsettling]
    return next((m for f in ordered for m in messages_of(found[f], zone)[:1]), None)


READ_AS = {
    "sms": "text message", "text": "text message", "page": "page", "pager": "page", "email": "e-mail", "e-mail": "e-mail",
    "mail": "e-mail", "fax": "fax", "call": "telephone call", "phone": "telephone call"}
"""Ways of delivering a message as logs have them, and what a client calls them."""


def _way(found: Mapping[str, Answer]) -> Mapping[str, Any] | None:
    """Return the way of sending by which messages of several clients failed together with this one's."""
    piece = found.get("delivery-all-failed")
    way = piece.data.get("way") if piece else None
    return way if isinstance(way, dict) else None


def way_of(found: Mapping[str, Answer]) -> str | None:
    """Return what a client calls that way, '' where it has no common name, None where there is none."""
    way = _way(found)
    return None if way is None else READ_AS.get(str(way.get("method")), "")


def provider_of(found: Mapping[str, Answer]) -> str:
    """Return whose mail it was, where only that of one provider failed; '' where not."""
    way = _way(found)
    return str(way.get("domain") or "") if way else ""


def handled_of(found: Mapping[str, Answer], zone: ZoneInfo) -> tuple[Message, ...]:
    """Return the messages that were all delivered in time to the right person, the earliest first."""
    piece = found.get("message-handled")
    return tuple(sorted(messages_of(piece, zone), key=lambda m: m.taken)) if piece else ()


def messages_of(piece: Answer, zone: ZoneInfo) -> list[Message]:
    """Return the messages that an answer lists."""
    listed = piece.data.get("messages")
    rows = listed if isinstance(listed, (list, tuple)) else ()
    return [m for row in rows if isinstance(row, dict) and (m := _message(row, zone)) is not None]


def _message(row: Mapping[str, Any], zone: ZoneInfo) -> Message | None:
    taken = instant_of(row.get("taken_at"), zone)
    if taken is None:
        return None
    return Message(
        taken=taken,
        first=instant_of(row.get("first_at"), zone),
        reached=instant_of(row.get("reached_at"), zone),
        changed=instant_of(row.get("roster_updated_at"), zone) if row.get("state") == "changed-later" else None,
        attempts=_rounded(row.get("attempts")) or 0,
        limit_min=_rounded(row.get("limit_min")),
        urgent=row.get("priority") == "urgent",
        state=str(row.get("state") or ""),
        on_call=row.get("roster") == "right",
    )


def calls_of(found: Mapping[str, Answer], zone: ZoneInfo) -> tuple[Call, ...]:
    """Return the calls on record of the number the complaint speaks of."""
    piece = found.get("caller-found") or found.get("caller-never-answered")
    listed = piece.data.get("candidates") if piece else None
    rows = listed if isinstance(listed, (list, tuple)) else ()
    kept = "caller-answered-no-message" in found or any(isinstance(r, dict) and r.get("message_id") for r in rows)
    calls = []
    for row in rows:
        at = instant_of(row.get("offered_at"), zone) if isinstance(row, dict) and row.get("why") == "same number" else None
        if at is not None:
            rung, queued = number_of(row.get("ring_s")), number_of(row.get("queue_s"))
            calls.append(Call(
                at=at,
                outcome=str(row.get("outcome") or ""),
                waited_s=None if rung is None and queued is None else (rung or 0.0) + (queued or 0.0),
                talked_s=number_of(row.get("talk_s")),
                message=bool(row.get("message_id")) if kept else None,
                held_s=number_of(row.get("hold_s")),
            ))
    return tuple(calls)


def call_of(calls: tuple[Call, ...], cause: str) -> Call | None:
    """Return the call an answer is about: where it was handled the last that was, of those with a message; else the first."""
    if cause == "call-was-handled":
        answered = [c for c in calls if c.outcome == "answered"]
        return next(reversed([c for c in answered if c.message] or answered or calls), None)
    return next(iter(calls), None)


def hidden_of(report: Report, answers: Mapping[str, Answer], zone: ZoneInfo) -> Span | None:
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
            start, end = (instant_of(silences[whose][edge], zone) for edge in ("start", "end"))
            return Span(start, end) if start and end else None
    return None


def instant_of(value: object, zone: ZoneInfo) -> datetime | None:
    """Return an instant, or the text of one, in the client's zone; None for what has no zone of its own."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(zone) if isinstance(moment, datetime) and moment.tzinfo else None


def bill_of(found: Mapping[str, Answer], answers: Mapping[str, Answer]) -> Bill:
    """Return the period against the weeks before, by what the check of the bill found, of all that it answers."""
    weeks = answers["bill-rose"].data if "bill-rose" in answers else {}
    rose = found["bill-rose"].data if "bill-rose" in found else {}
    longer = found.get("bill-longer-calls")
    return Bill(
        calls=_rounded(rose.get("calls")),
        calls_usual=_rounded(rose.get("calls_expected")),
        silent_days=_rounded(weeks.get("silent_days")),
        minutes=_rounded(rose.get("minutes")),
        minutes_usual=_rounded(rose.get("minutes_expected")),
        outside=whole_of(found, "bill-outside-coverage", "then") or seen_of(found, "bill-outside-coverage"),
        outside_usual=expected_of(found, "bill-outside-coverage"),
        each_s=longer.observed if longer else None,
        each_usual_s=longer.expected if longer else None,
        attempts=seen_of(found, "bill-more-attempts"),
        attempts_usual=expected_of(found, "bill-more-attempts"),
        messages=whole_of(found, "bill-more-attempts", "messages"),
    )
