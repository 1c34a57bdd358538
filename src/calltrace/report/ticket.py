"""The ticket to the carrier: what its engineers ask for first, so that nobody has to ask twice.

Numbers, trunk group, window, and examples of failed calls with date, time and zone, calling and called number, and
what was heard. Clients' and callers' names are nobody's business there and are left out; numbers are what a carrier
looks calls up by.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.report._worked import looked_from, worked_of
from calltrace.report.facts import facts_of, mended_of, outage_of, silence_of, usual_for
from calltrace.report.languages import DEFAULT_LANGUAGE, Span, language
from calltrace.report.letter import Sender, Writing, date_of, plain, signed
from calltrace.report.paper import Paper
from calltrace.report.values import zone_named
from calltrace.report.wording import Writer, templates_folder
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from calltrace.report.languages import Blank, Language
    from calltrace.report.report import Answer, Report

CARRIER = "carrier"

OPEN = 0.2
"""Probability from which a carrier's cause is open enough to ask the carrier about."""

OTHER = "other"
"""The template for a cause that is no carrier's, written with ``force``."""

MOST_EXAMPLES = 20

ADD = 'add it: --example "T, CALLING, CALLED, HEARD".'

FRESH = timedelta(hours=48)
"""Age up to which carriers follow a call; older ones they ask to have made again (tek-tips 828942)."""

TESTS = ("number-tests-failed", "trunk-tests-failed")

FAILED = {"failed": "cut off", "busy": "busy", "no_answer": "no answer"}
"""Outcomes of calls that a carrier may have had a part in, in words."""

FIX = {
    "client": (
        "Call the number from an outside line first: a test call that fails would make it the carrier's. Write to"
        " the client with calltrace letter."
    ),
    "service": "It is the service's own to mend. Write to the client with calltrace letter.",
    "another-client": "It is the service's own to plan for. Write to the client with calltrace letter.",
    "callers": "Ask for the caller's own list of calls first: it shows whether the call left the telephone.",
    "nobody": "Make a test call first: one that fails is what a carrier can follow.",
    "": "The complaint names no cause that calls could show.",
}
"""What to do instead of a ticket, by whose the likely cause is."""


@dataclass(frozen=True)
class Failed:
    """One failed call as a carrier wants it. ``at`` carries the zone; what is not known is ''."""

    at: datetime
    calling: str
    called: str
    result: str
    heard: str | Blank
    test: bool = False


@dataclass(frozen=True)
class Tests:
    """Test calls made: to which numbers, how many, how many of them failed, when.

    ``mended`` is from the last that failed to the next one, where all from then on came through.
    """

    numbers: tuple[str, ...]
    made: int
    failed: int
    when: Span
    mended: Span | None = None


@dataclass(frozen=True)
class Volume:
    """Calls in the time of the trouble: expected by the usual, arrived; blocked and trunks where counted."""

    expected: int | None
    arrived: int | None
    blocked: int | None = None
    in_use: int | None = None
    in_use_before: int | None = None
    all_busy_s: float | None = None


def ticket(
    report: Report,
    *,
    now: datetime | None = None,
    sender: Sender | None = None,
    heard: str = "",
    reference: str = "",
    examples: Sequence[Failed] = (),
    force: bool = False,
    language_code: str = DEFAULT_LANGUAGE,
    templates: str | Path | None = None,
) -> Writing:
    """Write the ticket to the carrier of a report.

    Parameters
    ----------
    report : Report
        Of an investigation.
    now, sender, language_code, templates
        As for :func:`calltrace.report.letter.letter`.
    heard : str
        What callers heard: ringing, a regular or a fast busy, a recording's words. Asked for where not given.
    reference : str
        The service's own reference.
    examples : sequence of Failed
        Failed calls the service knows of besides those on record.
    force : bool
        Write it though the likely cause is not the carrier's.

    Raises
    ------
    UsageError
        Where the likely cause is not the carrier's: who could mend it, and what to do.
    InputError
        For a template that can't be run.
    """
    cause = carriers_cause(report)
    if not cause and not force:
        raise UsageError(
            f"no ticket: the likely cause is that {report.verdict.title}, which no carrier can mend"
            if report.verdict.title
            else "no ticket: the answer names no cause a carrier could mend",
            fix=f"{FIX.get(report.verdict.party, FIX[''])} --force writes the ticket all the same.",
        )
    folder = templates_folder(templates)
    speech = language(language_code, folder)
    today = date_of(report, now)
    speech.year = None
    writer = Writer("ticket", speech, folder)
    zone = zone_named(report.zone)
    listed = failed_calls(report, zone, speech, heard=heard, given=examples)
    values = {
        **_values(report, cause, zone, listed),
        "today": today,
        "reference": reference or speech.blank("reference"),
        "sender": signed(sender or Sender(), speech),
        "heard": heard or speech.blank("heard"),
    }
    text = writer.write(cause or OTHER, values, otherwise=OTHER)
    title = plain(text.partition("# ")[2].partition("\n")[0]) or "ticket"
    paper = Paper(title=title, markdown=text, language=speech.locale.replace("_", "-"))
    return Writing(
        "ticket", cause, report.verdict.wording, paper, tuple(writer.blanks), notes=_advice(listed, today)
    )


def _values(report: Report, cause: str, zone: ZoneInfo, listed: Sequence[Failed]) -> dict[str, Any]:
    """Return what the report says that a ticket is written from; ``listed`` are the failed calls it shows."""
    facts = facts_of(report)
    is_top = cause == report.verdict.cause
    narrowed = () if facts.silent_numbers or cause != "number-down" else facts.failing_numbers
    numbers = facts.silent_numbers or narrowed or report.account.numbers
    usual = usual_for(report, cause)
    delivery = cause == "delivery-failed"
    outage, edges = outage_of(report, cause, zone), silence_of(report, zone)
    return {
        "cause": cause,
        "sure": is_top and report.verdict.wording == "confirmed",
        "likely": is_top and report.verdict.wording == "likely",
        "numbers": numbers,
        "groups": () if delivery else report.account.trunk_groups,
        "when": Span(facts.when.start, max(facts.when.end, listed[-1].at)) if delivery and listed else outage,
        "worked": worked_of(report, zone),
        "at_latest": not delivery and edges is None and looked_from(report),
        "back": outage.end < facts.when.end,
        "over": True if delivery else facts.over,
        "last_before": edges.start if edges else None,
        "first_after": edges.end if edges else None,
        "volume": Volume(None, None) if delivery else _volume(report, cause, usual, numbers),
        "examples": listed[:MOST_EXAMPLES],
        "left_out": max(0, len(listed) - MOST_EXAMPLES),
        "tests": [t for f in TESTS for t in _tests(report, f, zone)],
        "others_hit": len(report.also_affected) if cause == "carrier-outage" or (delivery and facts.way is not None) else 0,
        "same_way": delivery and facts.way is not None,
        "others_up": facts.others_up,
        "caller": report.caller,
        "asked": facts.asked,
        "notices": _notices(report),
    }


def carriers_cause(report: Report) -> str:
    """Return the carrier's cause a ticket would be about, '' where none is likely enough to ask about."""
    open_ = [c for c in report.causes if c.party == CARRIER and c.probability >= OPEN]
    if report.verdict.party == CARRIER:
        return report.verdict.cause
    return open_[0].cause if open_ and report.verdict.wording == "inconclusive" else ""


def example(text: str, zone: str, now: datetime) -> Failed:
    """Read a failed call as the command line gives it: time, calling number, called number, what was heard.

    Raises
    ------
    UsageError
        For fewer than three parts, or a time that says nothing.

    Examples
    --------
    >>> found = example("2026-06-05 18:04, 215-555-0100, 800-555-0121, fast busy", "America/New_York",
    ...                 datetime(2026, 6, 5, 23, tzinfo=UTC))
    >>> found.at.isoformat(), found.called, found.heard
    ('2026-06-05T18:04:00-04:00', '800-555-0121', 'fast busy')
    """
    import pandas as pd  # noqa: PLC0415 - only where an example is given

    from calltrace.tables.when import parse_when  # noqa: PLC0415

    parts = [p.strip() for p in text.split(",", 3)]
    if len(parts) < 3 or not all(parts[:3]):
        raise UsageError(
            f"the example {visible(text)!r} is not whole",
            expected='time, calling number, called number and what was heard: "today 9:05, 2155550100, 8005550121,'
            ' fast busy"',
        )
    at = parse_when(parts[0], zone, pd.Timestamp(now), end=False).to_pydatetime()
    local = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return Failed(
        local.astimezone(zone_named(zone)), parts[1], parts[2], "failed", parts[3] if len(parts) > 3 else ""
    )


def failed_calls(
    report: Report, zone: ZoneInfo, speech: Language, *, heard: str, given: Sequence[Failed] = ()
) -> list[Failed]:
    """Return the failed calls a ticket lists, the earliest first: the service's, test calls, calls on record."""
    blank: str | Blank = heard or speech.blank("heard")
    found = [replace(e, heard=e.heard or blank) for e in given]
    for facet in TESTS:
        for row in _listed(report, facet, "tests"):
            at = _at(row.get("tested_at"), zone)
            if at and row.get("result") == "failed":
                found.append(Failed(at, "", _text(row.get("number")), "test call failed", "", test=True))
    for row in _listed(report, "delivery-all-failed", "tries"):
        at = _at(row.get("attempted_at"), zone)
        if at:
            called = _text(row.get("address"))
            how = " ".join(p for p in (_text(row.get("method")), _text(row.get("status"))) if p)
            found.append(Failed(at, "", called, how, ""))
    if not any(e.outcome == "found" and e.facet == "delivery-all-failed" for e in report.evidence):
        found += _on_record(report, zone)
    found += _cut_short(report, zone)
    return sorted(found, key=lambda f: (f.at, f.called, f.calling, f.result))


def _on_record(report: Report, zone: ZoneInfo) -> Iterable[Failed]:
    """Yield the account's calls in the trouble's time that were cut or refused."""
    for call in report.calls:
        at = _at(call.get("offered_at"), zone)
        outcome = _text(call.get("outcome"))
        if at and outcome in FAILED and report.window.start <= at <= report.window.end:
            yield Failed(at, _text(call.get("ani")), _text(call.get("dnis")), FAILED[outcome], "")


def _cut_short(report: Report, zone: ZoneInfo) -> Iterable[Failed]:
    """Yield the account's calls that were answered and over within seconds, where its trunk group's were."""
    piece = _answer(report, "group-cuts-short")
    limit = _number(piece.data.get("limit_s")) if piece and piece.outcome == "found" else None
    for call in report.calls if limit is not None else ():
        at, talk = _at(call.get("offered_at"), zone), _number(call.get("talk_s"))
        inside = at is not None and report.window.start <= at <= report.window.end
        if at and inside and talk is not None and limit is not None and talk <= limit and call.get("outcome") == "answered":
            yield Failed(at, _text(call.get("ani")), _text(call.get("dnis")), f"answered, over after {talk:.0f} s", "")


def _advice(listed: Sequence[Failed], today: datetime) -> tuple[str, ...]:
    """Return what would make the ticket better: examples, and fresh ones."""
    if not listed:
        return (f"There is no failed call on record to show. Make a test call from an outside line, and {ADD}",)
    if today - listed[-1].at > FRESH:
        return (
            f"The newest example is older than two days, and carriers follow fresh calls. Make test calls now, and {ADD}",
        )
    return ()


def _answer(report: Report, facet: str) -> Answer | None:
    return next((e for e in report.evidence if e.facet == facet and e.outcome != "not-run"), None)


def _listed(report: Report, facet: str, key: str) -> list[Mapping[str, Any]]:
    piece = _answer(report, facet)
    rows = piece.data.get(key) if piece else None
    return [r for r in rows if isinstance(r, dict)] if isinstance(rows, (list, tuple)) else []


def _tests(report: Report, facet: str, zone: ZoneInfo) -> list[Tests]:
    """Return the test calls of a facet: those to the client's numbers that failed apart from those to its others."""
    rows = _listed(report, facet, "tests")
    broken = {r.get("number") for r in rows if r.get("result") == "failed" or facet != "number-tests-failed"}
    return [
        Tests(
            numbers=tuple(sorted({_text(r.get("number")) for r in some} - {""})),
            made=len(some),
            failed=sum(r.get("result") == "failed" for r in some),
            when=Span(min(times), max(times)),
            mended=mended_of(report, (facet,), zone) if failing else None,
        )
        for failing in (True, False)
        if (some := [r for r in rows if (r.get("number") in broken) is failing])
        and (times := [at for r in some if (at := _at(r.get("tested_at"), zone))])
    ]


def _volume(report: Report, cause: str, usual: int | None, numbers: tuple[str, ...]) -> Volume:
    blocked, flat = _answer(report, "blocked-at-ordinary-volume"), _answer(report, "trunks-flattened")
    if cause == "trunk-group-degraded":
        seen = blocked.data if blocked and blocked.outcome == "found" else {}
        trunks = flat.data if flat and flat.outcome == "found" else {}
        return Volume(
            expected=_rounded(seen.get("usual")),
            arrived=_rounded(seen.get("came")),
            blocked=_rounded(seen.get("blocked")),
            in_use=_rounded(trunks.get("ceiling")),
            in_use_before=_rounded(trunks.get("most_before")),
            all_busy_s=_number(trunks.get("all_busy_s")),
        )
    shared = _answer(report, "trunk-silent")
    if cause == "carrier-outage" and shared and shared.outcome == "found":
        # the check looks at the others on the trunk group; the account's own calls came by it as well
        whole = shared.expected if shared.expected is None or usual is None else shared.expected + usual
        whole = whole if shared.start == report.window.start else None  # it is of a longer time than the trouble
        return Volume(_rounded(whole), _rounded(shared.observed))
    arrived = sum(
        isinstance(c.get("offered_at"), datetime)
        and report.window.start < c["offered_at"] < report.window.end  # type: ignore[operator]
        and (c.get("dnis") is None or c["dnis"] in numbers or not numbers)
        for c in report.calls
    )
    return Volume(usual, arrived)


def _notices(report: Report) -> tuple[str, ...]:
    """Return what the carrier itself had announced, as the records have it."""
    piece = _answer(report, "carrier-notice")
    return (piece.says,) if piece and piece.outcome == "found" else ()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _rounded(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _at(value: object, zone: ZoneInfo) -> datetime | None:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(zone) if isinstance(moment, datetime) and moment.tzinfo else None
