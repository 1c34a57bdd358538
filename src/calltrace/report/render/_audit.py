"""An audit for a person at a terminal: what is wrong, the worst first; then where every account stands.

A line a finding says how bad, whose, since when and how many calls; below it the cause with its figure and the first
thing to do. ``verbose`` adds every step, everybody hit, every account and the thresholds.
"""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING

from calltrace.diagnosis.profile import SEVERITIES
from calltrace.report.render._cases import due_said, repeated_said
from calltrace.report.render._page import NARROWEST, Bit, Page
from calltrace.report.render._said import STANDS, felt_said, harm_said, standing, whose
from calltrace.report.render._words import (
    NBSP,
    capital,
    cause_and_chance,
    closed,
    count,
    party,
    plural,
    span,
    zone_label,
)
from calltrace.report.values import zone_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from calltrace.report.audit import AccountRow, AuditReport, Trouble
    from calltrace.report.report import Quality

STYLE = {"critical": "badbold", "high": "bad", "medium": "doubt", "low": "dim"}

LISTED = 40
"""Findings told in full without ``verbose``; all are counted."""

AGAIN = 3
"""Causes that came again told without ``verbose``, those of the most cases."""

STRANGE = 3
"""Files of no known format that are named; the others are counted."""

LEFT = "no call since"
"""How the reason begins for which an account counts as absent that had calls before."""

MUTE = "no call to "
"""How the row of an account begins of whose numbers one seems to be in use no more."""

REFUSED = " refused as busy "
"""What the reason of an account holds that is clear, as it refuses no more callers than it always does."""

UNSEEN = (" stop", " have a hole")
"""How the reasons end for which an account could not be judged though it has calls enough."""

UNASKED = "not asked"
"""How the reason of who was not judged begins, where a note says it of everybody."""

SILENT = "no call, where "
"""How the reason begins for which an account without a call could not be judged though calls are usual."""

DOUBTED = " too doubtful for a finding"
"""How the reason ends for which an account is not clear: a silence or a crowd that chance may explain."""

BOOKED = " booked to "
"""What the reason holds for which an account without a call could not be judged: its numbers rang for another."""

FELT = 3
"""Times told of a trouble that came and went, the latest, without ``verbose``."""

NAMED = 6
"""Accounts named in a line of those hit or not judged, without ``verbose``."""


def draw(report: AuditReport, **options: object) -> str:
    """Return the audit as text; options as for :func:`calltrace.report.render.to_terminal.render`."""
    width = max(int(str(options.get("width") or 100)), NARROWEST)
    verbose = bool(options.get("verbose"))
    page = Page(width, bool(options.get("ascii_only")))
    zone = zone_named(report.zone)
    _heading(page, report, zone)
    for trouble in report.feed:
        page.blank()
        page.text((Bit(closed(trouble.title), "badbold"), " ", closed(trouble.summary)))
        _steps(page, trouble, verbose=verbose)
    shown = report.findings if verbose else report.findings[:LISTED]
    for trouble in shown:
        page.blank()
        _finding(page, trouble, verbose=verbose)
    if len(report.findings) > len(shown):
        page.blank()
        page.text(f"… and {plural(len(report.findings) - len(shown), 'finding')} more: -v lists all.", style="dim")
    page.blank()
    _accounts(page, report, verbose=verbose)
    _ledger(page, report, verbose=verbose)
    for note in report.notes:
        page.text(closed(note), style="dim")
    for line in _records(report.data_quality):
        page.text(line, style="dim")
    if verbose:
        page.blank()
        for threshold in report.thresholds:
            page.text(capital(threshold), style="dim")
    return page.printed(color=bool(options.get("color")))


def _records(quality: Sequence[Quality]) -> Iterator[str]:
    """Say what is wrong in the records; a file beside the logs that is none (a README) is nothing wrong in them."""
    strange = [q for q in quality if q.kind == "unrecognised" and not q.rows]
    wrong = [q for q in quality if q not in strange]
    if wrong:
        rows = sum(q.rows for q in wrong)
        yield (
            f"{plural(len(wrong), 'kind')} of problem in the records, {plural(rows, 'row')} left out or repaired: calltrace"
            " inspect tells which.")
    if strange:
        names = [PurePath(q.file).name for q in strange[:STRANGE]]
        more = f" and {len(strange) - STRANGE} more" if len(strange) > STRANGE else ""
        yield f"Not read, of no known format: {', '.join(names)}{more}."


def _heading(page: Page, report: AuditReport, zone: ZoneInfo) -> None:
    start, end = report.window.start, report.window.end
    when = f"{span(start, end, zone, year=True)} {zone_label([start, end], zone)}".replace(" ", NBSP)
    what = "Audit" if report.command != "check" else "Check " + ", ".join(report.checks)
    page.text((Bit(what, "bold"), f" · {when} · {plural(len(report.accounts), 'account')}, {plural(report.offered, 'call')}"))
    tally = Counter(t.severity for t in report.findings)
    told = ", ".join(f"{tally[s]} {s}" for s in reversed(SEVERITIES) if tally[s])
    if not report.findings:
        page.text((Bit(f"{report.nothing}.", "good" if not (report.feed or report.unasked) else "doubt"),
                   " But the records themselves are not whole:" if report.feed and report.checks else ""))
    else:
        page.text((Bit(plural(len(report.findings), "finding"), "bold"), f": {told}.",
                   f" {plural(report.symptoms, 'symptom')} of these left unsaid." if report.symptoms else ""))


def _finding(page: Page, trouble: Trouble, *, verbose: bool) -> None:
    zone = zone_named(trouble.zone)
    start, end = trouble.window.start, trouble.window.end
    harm = harm_said(trouble)
    who = whose(trouble) if trouble.account in (None, trouble.name) else f"{trouble.name} ({trouble.account})"
    when = f"{span(start, end, zone)} {zone_label([start, end], zone)}".replace(" ", NBSP)
    page.text((
        Bit(f"{trouble.severity.upper():8} ", STYLE[trouble.severity]), Bit(who, "bold"), f" · {when}",
        Bit(" · still going on", "doubt") if trouble.ongoing else "", f" · {harm}" if harm else ""))
    sure = f"{cause_and_chance(trouble)}, {party(trouble.party)}".replace(" ", NBSP)
    page.text((closed(trouble.summary, trouble.name), f" ({sure})"), first="         ")
    felt = felt_said(trouble, None if verbose else FELT)
    if felt:
        page.text(felt, first="         ", style="dim")
    if trouble.also_affected:
        names = [h.name if h.name == h.account else f"{h.name} ({h.account})" for h in trouble.also_affected]
        listed = names if verbose else names[:NAMED]
        more = f" and {len(names) - len(listed)} more" if len(names) > len(listed) else ""
        page.text(f"{'Hit' if trouble.account is None else 'Also hit'}: {', '.join(listed)}{more}.", first="         ",
                  style="dim")
    _steps(page, trouble, verbose=verbose)


def _steps(page: Page, trouble: Trouble, *, verbose: bool) -> None:
    for step in trouble.next_steps if verbose else trouble.next_steps[:1]:
        page.text(closed(step), first="       > ")


def _ledger(page: Page, report: AuditReport, *, verbose: bool) -> None:
    """Add what the ledger has to say: what is due, and which causes came again."""
    told = report.ledger
    if told is None or not (told.due or told.repeated):
        return
    page.blank()
    for one in told.due:
        page.text(
            (Bit("Overdue: " if one.overdue else "Due: ", "bad" if one.overdue else "bold"), due_said(one, told.now)),
            indent=2,
        )
    for again in told.repeated if verbose else told.repeated[:AGAIN]:
        page.text((Bit("Came again: ", "bold"), closed(repeated_said(again))), indent=2)


def _accounts(page: Page, report: AuditReport, *, verbose: bool) -> None:
    by_status: dict[str, list[AccountRow]] = {}
    for row in report.accounts:
        by_status.setdefault(row.status, []).append(row)
    if not report.accounts:
        page.text(standing(report))
        return
    page.text((Bit("Accounts: ", "bold"), ", ".join(
        f"{len(by_status[s])} {words}" for s, words in STANDS if s in by_status) + "."))
    if verbose:
        for row in report.accounts:
            expected = "?" if row.expected is None else count(row.expected)
            why = f": {row.why}" if row.why else ""
            who = row.name if row.name == row.account else f"{row.name} ({row.account})"
            page.text(
                f"{who} · {plural(row.offered, 'call')} of {expected} expected, {count(row.answered)} answered,"
                f" {count(row.abandoned)} abandoned · {row.status}{why}", first="  ")
        return
    unjudged = by_status.get("unjudged", [])
    for words, rows in (
        ("In no call for more than a week, so perhaps clients no more",
         [r for r in by_status.get("absent", []) if r.why.startswith(LEFT)]),
        ("With a number in no call for more than a week, so perhaps in use no more",
         [r for r in by_status.get("clear", []) if r.why.startswith(MUTE)]),
        ("Refused callers as busy, no more than usual for them, so perhaps with too few lines",
         [r for r in by_status.get("clear", []) if REFUSED in r.why]),
        ("In no call on record", [r for r in by_status.get("absent", []) if not r.why.startswith(LEFT)]),
        ("Not to be judged, for their records are not whole", [r for r in unjudged if r.why.endswith(UNSEEN)]),
        ("Without a call where calls are usual, by chance or closed as far as the records tell",
         [r for r in unjudged if r.why.startswith(SILENT)]),
        ("With what is too doubtful for a finding, so not clear", [r for r in unjudged if r.why.endswith(DOUBTED)]),
        ("Without a call, while its own numbers rang for another account", [r for r in unjudged if BOOKED in r.why]),
        ("Too few calls or too little history to judge",
         [r for r in unjudged
          if not r.why.startswith((SILENT, UNASKED)) and not r.why.endswith((*UNSEEN, DOUBTED)) and BOOKED not in r.why]),
    ):
        if rows:
            names = ", ".join(r.name if r.name == r.account else f"{r.name} ({r.account})" for r in rows[:NAMED])
            more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
            page.text(f"{words}: {names}{more}.", first="  ", style="dim")
