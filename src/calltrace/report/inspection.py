"""What each file was taken for, and what is wrong or missing: the answer of ``calltrace inspect``.

Of plain values made from a Case and what :mod:`calltrace.intake.quality` says of it; a document for programs
and a page for people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.report.render._page import Bit, Page
from calltrace.report.render._words import count, plural, zone_from, zone_name
from calltrace.report.values import json_text

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.quality import Feed
    from calltrace.tables.case import Case, Source
    from calltrace.tables.problems import Problem

SHOWN = 5
"""Problems shown of one file, unless all are asked for."""

SHARPENS: tuple[tuple[str, str], ...] = (
    (
        "accounts",
        "which numbers an account has, its zone, when its lines should be forwarded, its path limit",
    ),
    ("accounts.coverage", "a silence in covered hours could be told from lines the client had not forwarded"),
    (
        "kpi",
        "calls that never came could be told from records that are missing, and full trunks be seen",
    ),
    ("agents", "waits could be laid to too few agents, or to agents who let calls ring out"),
    ("events", "announced maintenance, closures, weather and promotions could be told from trouble"),
    ("line_tests", "a number that was down could be told from a line that was not forwarded"),
    ("messages", "whether a message was taken on a call, and whether it was urgent"),
    ("dispatch", "whether, when and to whom an urgent message was delivered"),
    ("oncall", "whether it went to the person on call"),
    ("calls.ring_s", "how long callers waited for the first answer"),
    ("calls.queue_s", "how long they waited after it"),
    ("calls.hold_s", "whether an agent left callers on hold"),
    ("calls.ani", "whether one caller called at all, and nuisance calls"),
    ("calls.trunk_group", "a carrier's outage could be told from one client's silence"),
    ("calls.agent", "which agent answered"),
)
"""Tables and columns that sharpen an answer, and what could be said with them."""

OF_ANSWERED = frozenset({"calls.queue_s", "calls.hold_s"})
"""Columns that tell by answered calls alone: of a caller who reached nobody it is known that there was no hold."""


def missing(case: Case) -> list[dict[str, str]]:
    """Return what is not there and what it would tell: ``need`` (a table or column) and ``why``."""
    found = []
    for need, why in SHARPENS:
        table = need.partition(".")[0]
        if table != need and not case.has(table):
            continue  # the table itself is told already
        if not _told(case, need):
            found.append({"need": need, "why": why})
    return found


def _told(case: Case, need: str) -> bool:
    if need not in OF_ANSWERED or not case.has("calls.outcome"):
        return case.has(need)
    seconds = case.calls.loc[(case.calls["outcome"] == "answered").fillna(value=False), need.removeprefix("calls.")]
    return bool(seconds.notna().any()) if len(seconds) else case.has(need)


def to_dict(case: Case, feed: Feed) -> dict[str, object]:
    """Return the inspection as JSON values of the schema ``calltrace.report/1``, offsets in instants."""
    return {
        "schema": "calltrace.report/1",
        "command": "inspect",
        "zone": case.zone,
        "zone_from": case.zone_from,
        "files": [_file(source, case.zone) for source in case.sources],
        "tables": {
            name: {
                "rows": len(frame),
                "first": _iso(_span(feed, name, 0), case.zone),
                "last": _iso(_span(feed, name, 1), case.zone),
            }
            for name, frame in case.tables.items()
        },
        "accounts": int(case.calls["account"].nunique()),
        "logs_unanswered": case.logs_unanswered,
        "data_quality": [_problem(p, file=True) for p in feed.problems],
        "missing": missing(case),
    }


def to_json(case: Case, feed: Feed) -> str:
    """Return the inspection as one JSON document, in ASCII."""
    return json_text(to_dict(case, feed))


def _span(feed: Feed, name: str, end: int) -> pd.Timestamp | None:
    span = feed.spans.get(name)
    return None if span is None else (span.first, span.last)[end]


def _iso(at: pd.Timestamp | None, zone: str) -> str | None:
    return None if at is None else str(at.tz_convert(zone).isoformat())


def _file(source: Source, zone: str) -> dict[str, object]:
    return {
        "path": source.path,
        "format": source.format,
        "table": source.table,
        "recognised_by": source.recognised_by,
        "rows": source.rows,
        "left_out": source.left_out,
        "problems": [_problem(p) for p in source.problems],
        "calls": source.calls,
        "answered": source.answered,
        "first": _iso(source.first, zone),
        "last": _iso(source.last, zone),
        "zone": source.zone,
        "zone_from": source.zone_from,
        "hides_unanswered": source.hides_unanswered,
        "notes": list(source.notes),
    }


def _problem(told: Problem, *, file: bool = False) -> dict[str, object]:
    where = {"file": told.at.file} if file else {}
    return {
        **where,
        "line": told.at.line,
        "saw": told.saw,
        "expected": told.expected,
        "fix": told.fix,
        "effect": told.effect,
        "kind": told.kind,
        "rows": told.rows,
    }


# --- for people ---------------------------------------------------------------------------------------------


def to_text(
    case: Case,
    feed: Feed,
    *,
    width: int = 100,
    color: bool = False,
    ascii_only: bool = False,
    verbose: bool = False,
) -> str:
    """Return the inspection as a page for a terminal; ``verbose`` shows every problem."""
    page = Page(width=max(width, 40), ascii_only=ascii_only)
    known = [s for s in case.sources if s.format]
    unknown = [s for s in case.sources if not s.format]
    page.line(
        Bit(
            f"{plural(len({s.path for s in case.sources}), 'file')}, "
            f"{len({s.path for s in known})} recognised",
            "bold",
        )
    )
    for source in known:
        page.blank()
        _show(page, case, source, verbose=verbose)
    if unknown:
        page.blank()
        page.line(Bit("Not read", "bold"))
        for source in unknown:
            reason = "; ".join(p.saw for p in source.problems)
            page.text((Bit(source.path, "doubt"), f": {reason}"), first="  ", indent=4)
        for fix in dict.fromkeys(p.fix for source in unknown for p in source.problems):
            page.text(fix, first="  ", indent=2, style="dim")
    page.blank()
    page.line(Bit("Together", "bold"))
    how = known_from(case.zone_from)
    page.text(
        f"{plural(len(case.calls), 'call')} of {plural(int(case.calls['account'].nunique()), 'account')}; "
        f"times are shown in {zone_name(case.zone)}, known from {how}.",
        first="  ",
        indent=2,
    )
    for told in feed.problems:
        page.text(f"{told.saw}; expected {told.expected}. {told.fix}", first=Bit("  ! ", "doubt"))
    lacking = missing(case)
    if lacking:
        page.blank()
        page.line(Bit("Missing, and what it would tell", "bold"))
        widest = max(len(m["need"]) for m in lacking)
        for one in lacking:
            page.text(one["why"], first=f"  {one['need']:{widest}}  ")
    return page.printed(color=color)


def _show(page: Page, case: Case, source: Source, *, verbose: bool) -> None:
    """Show one table of one file: what it is, how it was known, its rows and span, and what is wrong."""
    sign = source.recognised_by
    how = f"by having {sign}" if sign.startswith("no ") else f"by its {sign}"
    page.text(
        (Bit(source.path, "accent"), f"  {source.table} ({source.format}), {how}"),
        indent=2,
    )
    said = plural(source.rows, "row")
    if source.left_out:
        said += f", {count(source.left_out)} left out"
    if source.calls is not None:
        said += f"; {plural(source.calls, 'call')}, {count(source.answered or 0)} answered"
    if source.first is not None and source.last is not None:
        said += f"; {_wall(source.first, case.zone)} to {_wall(source.last, case.zone)}"
    page.text(said, first="  ", indent=4)
    if source.zone:
        page.text(f"times in {zone_name(source.zone)}, known from {known_from(source.zone_from)}", first="  ", indent=4)
    for note in source.notes:
        page.text(note, first="  ", indent=4, style="dim")
    if source.hides_unanswered:
        page.text("this log may hide calls nobody answered", first=Bit("  ! ", "doubt"))
    shown = source.problems if verbose else source.problems[:SHOWN]
    for told in shown:
        where = f"line {told.at.line}: " if told.at.line else ""
        page.text(f"{where}{told.saw}; expected {told.expected}. {told.fix}", first=Bit("  ! ", "doubt"))
    if len(shown) < len(source.problems):
        page.line(Bit(f"    and {len(source.problems) - len(shown)} more; --verbose shows all", "dim"))


def known_from(how: str) -> str:
    """Return in words how a zone is known, where there may be several ways."""
    return " and ".join(zone_from(way) for way in how.split(", "))


def _wall(at: pd.Timestamp, zone: str) -> str:
    return f"{at.tz_convert(zone):%Y-%m-%d %H:%M}"
