"""The report for a person at a terminal: one screen, the answer first.

The order is the one a supervisor asks in: who and what and how sure; what the calls looked like; what was
ruled out, with its numbers; what could not be, and what would settle it; who else was hit; what to ask next;
what all of it stands on. ``verbose`` opens every figure into its rows.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from calltrace.report.audit import AuditReport
from calltrace.report.render import _audit, _calltable, _chart, _everything
from calltrace.report.render._page import NARROWEST, Bit, Page, height, width_of
from calltrace.report.render._said import (
    LEADS,
    heaviest,
    most_telling,
    quality_said,
    sentence,
    told,
    zone_said,
)
from calltrace.report.render._words import (
    NBSP,
    capital,
    chance,
    closed,
    complaint,
    count,
    how_sure,
    nobody_else,
    plural,
    responsible,
    span,
    zone_label,
)
from calltrace.report.values import zone_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from calltrace.report.report import Input, Report

SCREEN_LINES = 50
"""Lines of one screen at 100 columns; a narrower screen is allowed as many more as its lines are shorter."""

LEAST_LINES, MOST_LINES = 45, 70
"""However low or high the screen is: below, too much would be lost; above, too much would be said at once."""

SHORT_SO = 24
"""Cells the last column of the ruled-out table may ask for in words."""

FULL = {"verdict": 5, "chart": 6, "calls": 12, "ruled": 99, "others": 8, "next": 6, "stands": 6, "air": 1}
"""How much of each section is shown where there is room: reasons, rows of the chart, calls, rows of the
ruled-out table, accounts, steps, files, and whether the lesser sections stand apart."""

TRIMS = (
    ("stands", 3),
    ("verdict", 4),
    ("others", 4),
    ("stands", 1),
    ("verdict", 3),
    ("chart", 5),
    ("ruled", 12),
    ("verdict", 2),
    ("next", 4),
    ("air", 0),
    ("ruled", 10),
    ("calls", 10),
    ("chart", 4),
    ("ruled", 8),
    ("next", 3),
    ("ruled", 7),
    ("verdict", 1),
    ("others", 2),
    ("ruled", 6),
    ("calls", 8),
    ("ruled", 5),
    ("verdict", 0),
    ("next", 2),
    ("calls", 5),
    ("ruled", 4),
    ("chart", 3),
    ("next", 1),
    ("ruled", 3),
)
"""What is given up, one after the other, until the page fits the screen."""

CHARTLESS = frozenset({"dispatch", "rude-operator"})
"""Complaints to which the number of calls by the hour says nothing."""


def render(report: Report | AuditReport, **options: object) -> str:
    """Return the report as text for a terminal.

    Parameters
    ----------
    report : Report
        What to lay out.
    **options
        ``width`` (cells, 100), ``height`` (lines of the screen, 52), ``color`` (ANSI colours, False),
        ``ascii_only`` (for an output that can't encode block characters, False), ``verbose`` (every figure
        down to its rows, False).

    Returns
    -------
    str
        Lines of at most ``width`` cells; without ``verbose`` about one screen of them.
    """
    if isinstance(report, AuditReport):
        return _audit.draw(report, **options)
    width = max(int(str(options.get("width") or 100)), NARROWEST)
    color, ascii_only = bool(options.get("color")), bool(options.get("ascii_only"))
    verbose = bool(options.get("verbose"))
    sections = _Sections(report, width, ascii_only=ascii_only, verbose=verbose)
    shown = dict(FULL)
    if not verbose:
        screen = options.get("height")
        lines = min(max(int(str(screen)) - 2, LEAST_LINES), MOST_LINES) if screen else SCREEN_LINES
        allowed = lines if width >= 100 else max(lines, round(SCREEN_LINES * (100 / width) ** 0.8))
        for name, value in TRIMS:
            if len(sections.page(shown).lines) <= allowed:
                break
            shown[name] = value
        return sections.page(shown).printed(color=color)
    page = sections.page(shown)
    page.lines.pop()  # the line that says there is more
    _everything.add(page, report)
    return page.printed(color=color)


class _Sections:
    """The sections of the page, each laid out once for every amount of it that was tried."""

    def __init__(self, report: Report, width: int, *, ascii_only: bool, verbose: bool) -> None:
        self.report, self.width, self.ascii_only, self.verbose = report, width, ascii_only, verbose
        self.zone = zone_named(report.zone)
        self.made: dict[tuple[str, int], list[list[Bit]]] = {}
        self.ruled: list[list[list[Bit]]] | None = None

    def page(self, shown: Mapping[str, int]) -> Page:
        """Return the page with so much of every section."""
        page = Page(self.width, self.ascii_only)
        for name in ("head", "verdict", "rise", "chart", "calls", "ruled", "open", "others", "next", "stands"):
            lines = self._lines(name, shown.get(name, 0))
            if lines and (shown["air"] or name not in {"others", "next", "stands"}):
                page.blank()
            page.lines.extend(lines)
        return page

    def _lines(self, name: str, amount: int) -> list[list[Bit]]:
        if (name, amount) not in self.made:
            page = Page(self.width, self.ascii_only)
            self._build(page, name, amount)
            self.made[name, amount] = page.lines
        return self.made[name, amount]

    def _build(self, page: Page, name: str, amount: int) -> None:
        report, zone = self.report, self.zone
        if name == "head":
            _heading(page, report, zone)
        elif name == "verdict":
            _verdict(page, report, zone, amount)
        elif name == "chart" and report.chart and report.complaint not in CHARTLESS:
            _chart.draw(page, report.chart, report.window, report.asked, zone, rows=amount)
        elif name == "rise":
            _calltable.rise(page, report)
        elif name == "calls":
            _calls(page, report, zone, len(report.calls) if self.verbose else amount, full=self.verbose)
        elif name == "ruled":
            if self.ruled is None:
                self.ruled = _ruled_out_rows(report, self.width, ascii_only=self.ascii_only)
            _ruled_out(page, self.ruled, amount)
        elif name == "open":
            _open(page, report)
        elif name == "others":
            _others(page, report, amount)
            _history(page, report, zone)
        elif name == "next":
            _next(page, report, amount)
        elif name == "stands":
            _stands_on(page, report, zone, amount)


def _heading(page: Page, report: Report, zone: ZoneInfo) -> None:
    name, known = report.account.name, report.account.account
    who = name if name == known else f"{name} ({known})"
    label = zone_label([report.asked.start, report.asked.end], zone)
    asked = f"{span(report.asked.start, report.asked.end, zone, year=True)} {label}".replace(" ", NBSP)
    page.text((Bit(who, "bold"), f" · {complaint(report.complaint)} · {asked}", *_caller(report)))
    if report.claim:
        page.text(f"The client says: “{report.claim}”", style="dim", indent=2, most=2)


def _caller(report: Report) -> tuple[str, ...]:
    return (f" · caller {report.caller}",) if report.caller else ()


def _verdict(page: Page, report: Report, zone: ZoneInfo, reasons: int) -> None:
    verdict = report.verdict
    if not verdict.cause:
        page.text(
            Bit(closed(told(report), report.account.name) if verdict.summary else "No cause is named for this complaint.", "bold")
        )
        return
    style = verdict.wording if verdict.wording in LEADS else "bold"
    sure = f"({how_sure(verdict)})".replace(" ", NBSP)
    said, rest = sentence(report)
    page.text((Bit(said, "bold"), " ", Bit(sure, style)))
    likeliest = f"likeliest cause, {chance(verdict.confidence)}" if verdict.parties else "cause"
    label = zone_label([report.window.start, report.window.end], zone)
    when = f"{span(report.window.start, report.window.end, zone)} {label}".replace(" ", NBSP)
    page.text(
        (Bit(f"Party: {responsible(verdict)}", "bold"), f" · {likeliest}: {verdict.cause} · {when}"), style="dim"
    )
    if rest:
        page.text(closed(rest), most=5)
    if report.provable:
        page.text(closed(report.provable), most=3 if reasons else 2)
    _reasons(page, report, reasons)


def _reasons(page: Page, report: Report, most_reasons: int) -> None:
    """Add what speaks for the verdict beyond the ruled-out table, what against it, and what came second."""
    if not report.causes or not report.verdict.cause:
        return
    top = report.causes[0]
    told = {r.facet for r in report.ruled_out}
    said = f"{report.verdict.summary} {report.provable}".lower()
    for bearing in [b for b in heaviest(top.supports) if b.facet not in told and b.says.lower() not in said][
        :most_reasons
    ]:
        page.text(capital(bearing.says), first=Bit("  + ", "good"), most=3)
    for bearing in heaviest(top.refutes)[: max(1, most_reasons - 2)]:
        page.text(("Against it: ", bearing.says), first=Bit("  – ", "bad"), most=3)
    others = [c for c in report.causes[1:] if c.probability >= 0.005][:3]
    if others:
        listed = ", ".join(f"{c.cause} {chance(c.probability)}" for c in others)
        more = len(report.causes) - 1 - len(others)
        rest = f"; {more} more weighed, each under 1{NBSP}%" if more > 0 and len(others) < 3 else ""
        page.text(
            f"Otherwise: {listed}{rest}",
            style="dim",
            most=2,
        )


def _calls(page: Page, report: Report, zone: ZoneInfo, most: int, *, full: bool) -> None:
    """Add the calls the answer lists (a rude operator's, a caller's), as many as there is room for."""
    if not report.calls or report.verdict.cause:
        return
    page.line(Bit("Calls", "bold"), f" ({len(report.calls)})")
    room = max(most, 3)
    _calltable.calls(page, report.calls[:room], zone, report.caller, full=full)
    if len(report.calls) > room:
        page.line(Bit(f"  and {len(report.calls) - room} more: --verbose", "dim"))


def _ruled_out(page: Page, blocks: list[list[list[Bit]]], most_rows: int) -> None:
    if not blocks:
        return
    page.line(Bit("Ruled out", "bold"))
    for lines in blocks[:most_rows]:
        page.lines.extend(lines)
    if len(blocks) > most_rows:
        page.line(Bit(f"  and {len(blocks) - most_rows} more: --verbose", "dim"))


def _ruled_out_rows(report: Report, width: int, *, ascii_only: bool) -> list[list[list[Bit]]]:
    """Return the lines of every row of the ruled-out table: columns, or a paragraph if narrow."""
    rows = most_telling(report)
    made = []
    table = [(Bit("✓", "good"), capital(r.asks), capital(r.says), Bit(r.so, "bold")) for r in rows]
    widths = _columns(table, width) if rows and width >= 90 else []
    for cells in table:
        page = Page(width, ascii_only)
        if widths:
            page.table([cells], widths)
        else:
            _, asks, says, so = cells
            page.text((Bit(asks, "bold"), f" {says} → ", so), first=Bit("✓ ", "good"))
        made.append(page.lines)
    return made


def _columns(table: list[tuple[Bit, str, str, Bit]], width: int) -> list[int]:
    """Return the widths of the ruled-out table's columns: those of a few that take the fewest lines."""
    so = min(max(width_of(row[3].text) for row in table), SHORT_SO)
    room = width - so - 6
    longest = max(width_of(row[1]) for row in table)
    tried = sorted({min(longest, room * share // 100) for share in (30, 36, 42, 48)}, reverse=True)

    def lines(asks: int) -> int:
        return sum(
            max(height(q, asks), height(says, room - asks), height(end.text, so)) for _, q, says, end in table
        )

    asks = min(tried, key=lines)
    return [1, asks, room - asks, so]


def _open(page: Page, report: Report) -> None:
    if not report.not_ruled_out and report.logs_unanswered:
        return
    page.line(Bit("Could not be ruled out", "bold"))
    if not report.logs_unanswered:
        page.text(
            "This log may hide calls nobody answered: it can't prove that nobody called.",
            first=Bit("? ", "doubt"),
        )
    by_missing: dict[tuple[str, ...], list[str]] = {}
    for one in report.not_ruled_out:
        by_missing.setdefault(one.missing, []).append(one.asks)
    for missing, asks in by_missing.items():
        settled = f"  → would settle it: {', '.join(missing)}" if missing else ""
        page.text(
            (" ".join(capital(a) for a in asks), Bit(settled, "accent")), first=Bit("? ", "doubt"), most=6
        )


def _others(page: Page, report: Report, most_hits: int) -> None:
    if not report.also_affected:
        if not report.verdict.cause:
            return
        page.text((Bit("Who else was hit: ", "bold"), f"{nobody_else(report.verdict.cause)}."))
        return
    said = []
    for hit in report.also_affected[:most_hits]:
        name = hit.name if hit.name == hit.account else f"{hit.name} ({hit.account})"
        if hit.expected is not None and hit.observed is not None:
            said.append(f"{name} {count(hit.observed)} of {count(hit.expected)}")
        else:
            said.append(f"{name} {hit.says}".rstrip())
    more = len(report.also_affected) - len(said)
    listed = "; ".join(said) + (f"; and {more} more" if more else "")
    page.text((Bit(f"Who else was hit ({len(report.also_affected)}): ", "bold"), listed), most=4)


def _history(page: Page, report: Report, zone: ZoneInfo) -> None:
    """Name the account's earlier cases, the latest first."""
    if not report.history:
        return
    told = [one.said(zone) for one in reversed(report.history[-3:])]
    more = len(report.history) - len(told)
    listed = "; ".join(told) + (f"; and {more} before" if more else "")
    page.text((Bit(f"Earlier cases of this account ({len(report.history)}): ", "bold"), listed), most=3)


def _next(page: Page, report: Report, most_steps: int) -> None:
    if not report.next_steps:
        return
    page.line(Bit("Next", "bold"))
    for number, text in enumerate(report.next_steps[:most_steps], 1):
        page.text(text, first=f"{number}. ", most=4)


def _stands_on(page: Page, report: Report, zone: ZoneInfo, most_files: int) -> None:
    inputs = sorted((i for i in report.inputs if i.table), key=lambda i: (i.table != "calls", i.path))
    unread = sorted(PurePath(i.path).name for i in report.inputs if not i.table)
    page.line(Bit("Stands on", "bold"))
    for one in inputs[:most_files]:
        page.text(_file(one, zone), first="  ", indent=2, most=3)
    if len(inputs) > most_files:
        rest = ", ".join(f"{i.table} {plural(i.rows, 'row')}" for i in inputs[most_files:])
        page.text(f"and {rest}", first="  ", indent=2, style="dim", most=3)
    if unread:
        named = ", ".join(unread[:3]) + (f" and {len(unread) - 3} more" if len(unread) > 3 else "")
        page.text(f"not read, of no known format: {named}", first=Bit("  ! ", "doubt"), most=2)
    page.text(f"{quality_said(report)} {zone_said(report, zone)}", first="  ", indent=2)
    for note in report.notes[:3]:
        page.text(note, first=Bit("  ! ", "doubt"), most=3)
    page.line(Bit("  --verbose shows the calls and lines behind every figure.", "dim"))


def _file(one: Input, zone: ZoneInfo) -> tuple[str | Bit, ...]:
    said = f" {one.table}, {plural(one.rows, 'row')}"
    if one.left_out:
        said += f" ({count(one.left_out)} left out)"
    if one.first and one.last:
        said += f", {span(one.first, one.last, zone, year=True)}"
    return (Bit(PurePath(one.path).name, "accent"), said)
