"""What one screen of a report has no room for: every question with its rows, every cause with its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.report.render import _calltable
from calltrace.report.render._page import Bit, Page
from calltrace.report.render._said import heaviest
from calltrace.report.render._words import (
    capital,
    chance,
    count,
    figure,
    party,
    plural,
    span,
    zone_from,
    zone_name,
)
from calltrace.report.values import zone_named

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from calltrace.diagnosis.diagnosis import Ranked
    from calltrace.report.report import Answer, Report

MARKS = {"found": Bit("! ", "bad"), "clear": Bit("✓ ", "good")}
NOT_RUN = Bit("? ", "doubt")


def add(page: Page, report: Report) -> None:
    """Add all of it to a page, each part under its heading."""
    zone = zone_named(report.zone)
    _heading(page, "Every question that was asked")
    for answer in report.evidence:
        _question(page, answer, zone)
    _heading(page, "Every cause that was weighed")
    for cause in report.causes:
        _cause(page, cause)
    if report.calls and report.verdict.cause:  # else they stand above, all of them
        _heading(page, "Every call listed")
        _calltable.calls(page, report.calls, zone, report.caller, full=True)
    if report.thresholds:
        _heading(page, "Thresholds in use")
        for one in report.thresholds:
            page.text(one, first="  ")
    _heading(page, "What was read")
    _read(page, report)


def _heading(page: Page, said: str) -> None:
    page.blank()
    page.line(Bit(said, "head"))


def _question(page: Page, answer: Answer, zone: ZoneInfo) -> None:
    """Add a question, what was found, and the rows it was found on."""
    page.text((Bit(answer.facet, "bold"), f" {answer.outcome}: {answer.says}"), first=MARKS.get(answer.outcome, NOT_RUN))
    told = (("seen", answer.observed), ("expected", answer.expected))
    figures = [f"{name} {figure(value)}" for name, value in told if value is not None]
    if figures:
        page.text(f"{', '.join(figures)} {answer.unit}".rstrip(), first="    ")
    if answer.start and answer.end:
        page.text(span(answer.start, answer.end, zone), first="    ")
    if answer.missing:
        page.text(f"would need: {', '.join(answer.missing)}", first="    ")
    for row in answer.rows:
        page.text(f"{row.id}  {row.file}{f':{row.line}' if row.line else ''}", first="      ", style="dim")


def _cause(page: Page, cause: Ranked) -> None:
    """Add a cause, what speaks for and against it, and what is not known of it."""
    page.text((Bit(f"{cause.cause} {chance(cause.probability)}", "bold"), f" · {party(cause.party)} · {cause.title}"))
    for mark, bearings in ((Bit("  + ", "good"), cause.supports), (Bit("  – ", "bad"), cause.refutes)):
        for bearing in heaviest(bearings):
            page.text(f"{capital(bearing.says)} ({bearing.weight:+.1f})", first=mark)
            page.text(f"{bearing.facet}: {bearing.reason}", first="    ", style="dim")
    if cause.missing:
        page.text(f"not known: {', '.join(cause.missing)}", first=Bit("  ? ", "doubt"))


def _read(page: Page, report: Report) -> None:
    """Add what each file was taken for, and every row that was left out or mended."""
    for file in report.inputs:
        page.text(
            (
                Bit(file.path, "bold"),
                f" {file.format}, {file.table}: {plural(file.rows, 'row')}, {count(file.left_out)} left out",
                f"; recognised by {file.recognised_by}" if file.recognised_by else "",
                f"; zone {zone_name(file.zone)} from {zone_from(file.zone_from)}" if file.zone else "",
            ),
            first="  ",
            indent=4,
        )
        for note in file.notes:
            page.text(note, first="    ")
    for quality in report.data_quality:
        page.text(
            f"{quality.file}: {plural(quality.rows, 'row')} {quality.effect}, {quality.kind}",
            first=Bit("  ! ", "doubt"),
        )
        for flaw in quality.flaws:
            at = f"{quality.file}:{flaw.line}" if flaw.line else quality.file
            said = f"{at}: {flaw.saw}; expected {flaw.expected}. {flaw.fix}".rstrip()
            page.text(said, first="      ", style="dim")
