"""One call as a timeline, for people, programs and spreadsheets: the answer of ``calltrace trace``."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.report import privacy, sheet
from calltrace.report.render._page import Bit, Page, width_of
from calltrace.report.render._words import NBSP, moment, zone_label, zone_name
from calltrace.report.values import instant, json_text, json_value, plain_value, zone_named
from calltrace.version import REPORT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from calltrace.desk.trace import Trace

FILLS = {"ring": "░", "queue": "▒", "talk": "█", "hold": "─"}
MARKS = {"good": ("✓", "good"), "bad": ("✗", "bad"), "": ("•", "")}
COLUMNS = ("at", "gap_s", "kind", "says", "source", "word", "worked_out", "file", "line", "raw")


@dataclass(frozen=True)
class Moment:
    """One event as it may be shown; ``at`` None where its instant is not known, ``gap_s`` since the one before."""

    at: datetime | None
    gap_s: float | None
    kind: str
    mark: str
    says: str
    source: str
    word: str
    worked_out: bool
    file: str
    line: int
    raw: str
    also: tuple[str, ...]


@dataclass(frozen=True)
class Timeline:
    """What may be shown of one call. ``call`` has the columns of its row that are known."""

    call: Mapping[str, object]
    account: str
    name: str
    zone: str
    outcome: str
    stretches: tuple[tuple[str, float], ...]
    events: tuple[Moment, ...]
    lines: tuple[Moment, ...]
    gone: tuple[str, ...]
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the timeline as JSON values, ``calltrace.report/1``."""
        zone = zone_named(self.zone)
        return {
            "schema": REPORT_SCHEMA,
            "command": "trace",
            "zone": self.zone,
            "account": {"account": self.account or None, "name": self.name or None},
            "outcome": self.outcome,
            "call": {k: json_value(v, zone) for k, v in self.call.items()},
            "stretches": [{"name": n, "seconds": s} for n, s in self.stretches],
            "events": [_json(e, zone) for e in self.events],
            "lines": [
                {"file": e.file, "line": e.line or None, "log": e.source, "raw": e.raw} for e in self.lines
            ],
            "gone": list(self.gone),
            "missing": list(self.missing),
        }


def _json(event: Moment, zone: ZoneInfo) -> dict[str, object]:
    return {
        "at": json_value(event.at, zone),
        "gap_s": event.gap_s,
        "kind": event.kind,
        "mark": event.mark or None,
        "says": event.says,
        "source": event.source,
        "event": event.word or None,
        "worked_out": event.worked_out,
        "file": event.file or None,
        "line": event.line or None,
        "raw": event.raw or None,
        "also": list(event.also),
    }


def timeline_of(trace: Trace) -> Timeline:
    """Return what may be shown of a traced call."""
    events: list[Moment] = []
    before: datetime | None = None
    for event in trace.events:
        at = instant(event.at)
        gap = (at - before).total_seconds() if at is not None and before is not None else None
        before = at or before
        events.append(
            Moment(
                at, gap, event.kind, event.mark, event.says, event.source, event.word, event.worked_out, event.file,
                event.line, event.raw, event.also,
            )
        )  # fmt: skip
    lines = tuple(
        Moment(None, None, "line", "", "", one.log, "", False, one.file, one.line, one.raw, ())
        for one in trace.lines
    )
    call = {k: plain_value(v) for k, v in trace.call.items()}
    made = Timeline(
        call={k: v for k, v in call.items() if v is not None},
        account=trace.account,
        name=trace.name,
        zone=trace.zone,
        outcome=trace.outcome,
        stretches=tuple((s.name, s.seconds) for s in trace.stretches),
        events=tuple(events),
        lines=lines,
        gone=trace.gone,
        missing=trace.missing,
    )
    return privacy.shield(made, trace.case)


def to_json(timeline: Timeline) -> str:
    """Return the timeline as one JSON document, in ASCII."""
    return json_text(timeline.to_dict())


def to_csv(timeline: Timeline) -> str:
    """Return the events as CSV for a spreadsheet."""
    rows = [{c: getattr(e, c) for c in COLUMNS} for e in (*timeline.events, *timeline.lines)]
    return sheet.to_csv(COLUMNS, rows, zone_named(timeline.zone))


def to_text(
    timeline: Timeline,
    *,
    width: int = 100,
    color: bool = False,
    ascii_only: bool = False,
    verbose: bool = False,
) -> str:
    """Return the timeline as a page for a terminal; ``verbose`` shows the raw line below each event."""
    zone = zone_named(timeline.zone)
    page = Page(width=max(width, 40), ascii_only=ascii_only)
    call = timeline.call
    arrived: datetime = call["offered_at"]  # type: ignore[assignment]
    who = (
        f"{timeline.name} ({timeline.account})"
        if timeline.name not in ("", timeline.account)
        else timeline.account
    )
    label = zone_label([arrived], zone)
    when = f"{moment(arrived, zone, year=True, seconds=True)} {label}".replace(" ", NBSP)
    page.text((Bit(f"Call {call['call_id']}", "bold"), f" · {who or 'no account'} · {when}"))
    named = f" ({call['caller_name']})" if call.get("caller_name") else ""
    caller = str(call.get("ani") or "number withheld")
    more = [timeline.outcome, caller if caller.startswith("caller") else f"caller {caller}"]
    page.text(
        " · ".join(more) + named + (f" · recording {call['recording']}" if call.get("recording") else "")
    )
    if timeline.stretches:
        page.blank()
        _strip(page, timeline)
    page.blank()
    placed = [e for e in timeline.events if e.at is not None]
    day = None
    for event in placed:
        there = event.at.astimezone(zone)  # type: ignore[union-attr]
        if day is not None and there.date() != day:
            page.line(Bit(f"{there:%a} {there.day} {there:%b}", "dim"))
        day = there.date()
        _show(page, event, _clock(there, worked_out=event.worked_out), verbose=verbose)
    unplaced = [e for e in timeline.events if e.at is None]
    if unplaced:
        page.blank()
        page.line(Bit("Without a time of its own", "dim"))
        for event in unplaced:
            _show(page, event, "", verbose=verbose)
    shown = {(e.file, e.line) for e in timeline.events}
    lines = [one for one in timeline.lines if verbose or (one.file, one.line) not in shown]
    if lines:
        page.blank()
        page.line(Bit("Lines that name it", "dim"))
        for one in lines:
            page.line(Bit(f"  {_source(one)}", "accent"))
            page.text(one.raw, first="    ", most=None if verbose else 3)
    _closing(page, timeline)
    return page.printed(color=color)


def _closing(page: Page, timeline: Timeline) -> None:
    """Say how times were known and what is not there."""
    page.blank()
    worked = (
        " Those with ~ are worked out from the call's durations."
        if any(e.worked_out for e in timeline.events)
        else ""
    )
    page.text(f"Times are {zone_name(timeline.zone)}.{worked}", style="dim")
    for path in timeline.gone:
        page.text(f"{path} is no longer there: its lines are not among these.", first=Bit("! ", "doubt"))
    if timeline.missing:
        page.text(f"Not on file: {', '.join(timeline.missing)}.", style="dim")


def _clock(there: datetime, *, worked_out: bool) -> str:
    shown = f"{there:%H:%M:%S}" + (f".{there.microsecond // 100_000}" if there.microsecond else "")
    return f"~{shown}" if worked_out else f"{NBSP}{shown}"


def _show(page: Page, event: Moment, clock: str, *, verbose: bool) -> None:
    """Add one event: clock, gap, mark, what it says, where it was read."""
    logged = event.kind == "log"
    mark, style = MARKS[event.mark]
    gap = f"+{sheet.length(event.gap_s)}" if event.gap_s else ""
    lead = f"{clock:<10} {gap:>7} {'·' if logged else mark} ".replace(" ", NBSP)
    text: list[str | Bit] = [Bit(event.says, "" if event.mark == "" else style)]
    if logged:
        text = [Bit(f"{event.source} {event.word}", "accent"), Bit(f" {event.says}", "dim")]
    if page.width >= 80 or verbose:
        text.append(Bit(f" [{_source(event)}]", "dim"))
    page.text(text, first=Bit(lead, "dim" if logged else style), indent=width_of(lead))
    if verbose:
        if event.raw:
            page.text(event.raw, first=NBSP * width_of(lead), style="dim")
        for place in event.also:
            page.text(f"also {place}", first=NBSP * width_of(lead), style="dim")


def _source(event: Moment) -> str:
    name = PurePath(event.file).name if event.file else event.source
    return f"{name}:{event.line}" if event.line else name


def _strip(page: Page, timeline: Timeline) -> None:
    """Draw the call's parts to scale, each at least one cell wide, with a key below."""
    total = sum(s for _, s in timeline.stretches)
    room = min(page.width, 100)
    cells = [max(1, round(room * s / total)) for _, s in timeline.stretches]
    while sum(cells) > room:
        cells[cells.index(max(cells))] -= 1
    page.line(*(FILLS[n] * c for (n, _), c in zip(timeline.stretches, cells, strict=True)))
    key = "   ".join(f"{FILLS[n]} {n} {sheet.length(s)}" for n, s in timeline.stretches)
    hold = " (hold lies within the conversation)" if any(n == "hold" for n, _ in timeline.stretches) else ""
    page.text(f"{key}{hold}", style="dim")
