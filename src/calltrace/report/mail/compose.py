"""What a mail of a report says: the answer as its subject, the terminal's words as its text, and HTML with charts.

The HTML is what mail programs show: tables, styles on every element, no script, nothing fetched; its pictures travel
with it. Without vl-convert (extra ``html``) it has none; the words are all there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from calltrace.classes import dataclass
from calltrace.diagnosis import parties
from calltrace.diagnosis.profile import SEVERITIES
from calltrace.report.audit import AuditReport, Trouble
from calltrace.report.daily import DailyReport, Standing, late_said, missed_said
from calltrace.report.mail.message import Mail, Picture
from calltrace.report.render import _audit, _cases, _charts, _drawing, _heatmap, _words, to_terminal
from calltrace.report.render._said import (
    felt_said,
    harm_said,
    most_telling,
    quality_said,
    sentence,
    what,
    whose,
    zone_said,
)
from calltrace.report.report import Report, Window
from calltrace.report.values import zone_named
from calltrace.tables.text import visible

TEXT_WIDTH = 78
"""Columns of the text part: what fits a mail program's window without being wrapped (RFC 5322 asks for 78)."""

MOST_PICTURES = 3
"""Charts of a mail at most: a mail is glanced at; the report itself has them all."""

PICTURES_OF_ONE = 2
"""Charts of one investigation: what came, and how long callers waited."""

LISTED = 40
"""Findings told in a mail; all are counted."""

NAMED = 8
"""Accounts named in a line."""

PICTURE_WIDTH = 600
"""Pixels: what phones and reading panes show without scrolling."""

TELLING = {
    "understaffed": ("agents", "waits"),
    "slow-handling": ("waits",),
    "agent-not-answering": ("waits",),
    "queue-not-served": ("ends",),
    "agent-long-holds": ("waits",),
    "trunk-group-degraded": ("trunks",),
    "too-few-trunks": ("trunks",),
    "path-limit": ("ends",),
    "nuisance-calls": ("ends",),
}
"""The series that shows a cause best, the first that is there; for all others the calls expected and arrived."""

UNSETTLED = "not settled, perhaps"
"""What goes before a cause that is only the nearest: a subject is read without its figures."""

MAPPED = 100
"""Accounts up to which the map of the day is drawn finely; more make a larger picture, not a better one."""

COLORS = {"critical": "#8c1d18", "high": "#b3261e", "medium": "#9a5b00", "low": "#5b6675", "good": "#1e6b3a"}


@dataclass(frozen=True)
class Shown:
    """One finding in the HTML: with its picture's name, '' where it has none."""

    trouble: Trouble
    color: str
    when: str
    harm: str
    picture: str
    alt: str


def of_report(report: Report, *, made_by: str = "") -> Mail:
    """Return the mail of an investigation; ``made_by`` is the command, for its foot."""
    zone = zone_named(report.zone)
    pictures = _pictures([report], most=PICTURES_OF_ONE)
    head, rest = sentence(report)
    html = _html(
        "report.html",
        report=report,
        zone=zone,
        head=head,
        rest=rest,
        color=COLORS[_color_of(report)],
        trouble=_when(report.window, zone),
        asked=_when(report.asked, zone),
        zone_said=zone_said(report, zone),
        quality_said=quality_said(report),
        ruled_out=most_telling(report),
        pictures=pictures,
        made_by=made_by,
    )  # fmt: skip
    return Mail(_subject_of_report(report), _text(report), html, tuple(pictures), made_by)


def of_audit(report: AuditReport, *, made_by: str = "") -> Mail:
    """Return the mail of an audit or of a morning; ``made_by`` is the command, for its foot."""
    zone = zone_named(report.zone)
    shown, pictures = _findings(report)
    map_ = _day_map(report)
    standing = Counter(a.status for a in report.accounts)
    html = _html(
        "audit.html",
        report=report,
        zone=zone,
        when=_when(report.window, zone),
        calls=report.offered,
        tally=tally(report.findings),
        color=COLORS[
            report.findings[0].severity if report.findings else "critical" if report.feed or report.unasked else "good"],
        shown=shown,
        unsaid=len(report.findings) - len(shown),
        standing=[(standing[s], words) for s, words in _STANDS if standing[s]],
        absent=[a for a in report.accounts if a.status == "absent" and not a.why.startswith(_audit.LEFT)],
        left=[a for a in report.accounts if a.status == "absent" and a.why.startswith(_audit.LEFT)],
        named=NAMED,
        left_out=sum(q.rows for q in report.data_quality),
        map=map_,
        made_by=made_by,
    )
    inside = (*pictures, map_) if map_ else tuple(pictures)
    return Mail(_subject_of_audit(report), _text(report), html, inside, made_by)


def of_failure(subject: str, lines: Sequence[str], *, made_by: str = "") -> Mail:
    """Return the mail of a run that could not judge anything: what it met, and what to do."""
    html = _html("failure.html", subject=subject, lines=lines, color=COLORS["critical"], made_by=made_by)
    return Mail(subject, "\n\n".join(visible(line) for line in (subject, *lines)) + "\n", html, (), made_by)


def tally(troubles: Sequence[Trouble]) -> str:
    """Return how many findings of each severity there are, the worst first.

    Examples
    --------
    >>> tally(())
    ''
    """
    counts = Counter(t.severity for t in troubles)
    return ", ".join(f"{counts[s]} {s}" for s in reversed(SEVERITIES) if counts[s])


_STANDS = (
    ("finding", "with findings of their own"),
    ("incident", "hit by a trouble of many"),
    ("unjudged", "that could not be judged"),
    ("absent", "in no call"),
    ("clear", "clear"),
)


def day_said(window: Window, zone: ZoneInfo) -> str:
    """Return a window in as few words as a subject has room for: one day by its name, else from and to.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> day_said(Window(datetime(2026, 6, 8, tzinfo=UTC), datetime(2026, 6, 9, tzinfo=UTC)), ZoneInfo("UTC"))
    'Mon 8 Jun'
    """
    first, last = window.start.astimezone(zone), (window.end - timedelta(seconds=1)).astimezone(zone)
    whole = f"{first:%a} {first.day} {first:%b}"
    return whole if first.date() == last.date() else f"{whole} – {last:%a} {last.day} {last:%b}"


def _color_of(report: Report) -> str:
    if report.verdict.party == "nobody":
        return "good"
    return "high" if report.verdict.wording == "confirmed" else "medium"


def _subject_of_report(report: Report) -> str:
    verdict = report.verdict
    when = _words.span(report.window.start, report.window.end, zone_named(report.zone))
    if not verdict.cause:
        return f"{report.account.name}: no cause can be named for {_words.complaint(report.complaint)}, {when}"
    chance = _words.chance(verdict.chance)
    story = f"{verdict.title} ({verdict.wording}, {chance})"
    if verdict.wording == "inconclusive":
        story = f"{UNSETTLED} {parties.said(verdict.parties) if verdict.parties else f'{verdict.title} ({chance})'}"
    return f"{report.account.name}: {story}, {when}".replace(_words.NBSP, " ")


def _subject_of_audit(report: AuditReport) -> str:
    day = day_said(report.window, zone_named(report.zone))
    said = [_words.capital(t.title) for t in report.feed[:1]]
    if report.findings:
        (told, standing), more = _headline(report), len(report.findings) - 1
        began = (told.counted or told.window).start.astimezone(zone_named(told.zone))
        when = f"{began:%a}{_date(began, told.window.end)} {began:%H:%M}"
        when = f"since {when}" if told.ongoing else when
        if standing and standing.state in {"going-on", "worse", "over"}:
            first = standing.since.astimezone(zone_named(told.zone))
            when = f"{'from' if standing.over else 'since'} {first:%a} {first.day} {first:%b}"
        fresh = f" ({_fresh(report)})" if isinstance(report, DailyReport) and report.news < len(report.findings) else ""
        story = f"{told.who} {when}: {what(told)} ({_words.chance(told.chance)})"
        said.append(f"{tally(report.findings)}{fresh} – {story}{f' and {more} more' if more else ''}")
    elif isinstance(report, DailyReport):
        past = [*(("Taken back", t) for t in report.undone), *(("Ended", t) for t in report.ended)]
        said += [f"{how}: {t.who}: {t.title}" for how, t in past[:2]]
    if isinstance(report, DailyReport) and report.missed:
        said.append(missed_said(report.missed).partition(":")[0])
    if isinstance(report, DailyReport) and report.late:
        said.append(late_said(report.late).partition(":")[0])
    if isinstance(report, DailyReport) and report.forgotten:
        said.append("The memory of earlier mornings can't be used")
    if not said:
        said = [f"{report.nothing} in {_words.plural(len(report.accounts), 'account')}"]
    if report.ledger and report.ledger.overdue:
        said.append(f"{report.ledger.overdue} overdue in the ledger")
    return f"{'; '.join(said)} – {day}".replace(_words.NBSP, " ")


def _headline(report: AuditReport) -> tuple[Trouble, Standing | None]:
    """Return the finding a subject names, and how it stands: the worst; of a morning the worst of what is news.

    What is wrong with the records themselves is named only where nothing else is: it is no trouble of a client's.
    """
    stands = report.standings if isinstance(report, DailyReport) else (None,) * len(report.findings)
    pairs = list(zip(report.findings, stands, strict=True))
    return min(pairs, key=lambda p: (p[1] is not None and not p[1].is_news, p[0].check == "feed"))


def _date(began: datetime, end: datetime) -> str:
    """Return the date that goes with a weekday, '' where the weekday says enough."""
    return f" {began.day} {began:%b}" if end - began > timedelta(days=6) else ""


def _fresh(report: DailyReport) -> str:
    if report.news:
        return f"{report.news} new"
    return "over" if all(s.over for s in report.standings) else "going on"


def _text(report: Report | AuditReport) -> str:
    return to_terminal.render(report, width=TEXT_WIDTH, color=False, ascii_only=False)


def _findings(report: AuditReport) -> tuple[list[Shown], list[Picture]]:
    """Return the findings to list, the first of them with a picture each, and the pictures."""
    shown: list[Shown] = []
    pictures: list[Picture] = []
    for trouble in [*report.feed, *report.findings[:LISTED]]:
        picture = None
        if trouble.detail is not None and len(pictures) < MOST_PICTURES and (chart := _telling(trouble.detail, trouble)):
            picture = _picture(chart, len(pictures) + 1)
            pictures.append(picture)
        shown.append(
            Shown(
                trouble,
                COLORS[trouble.severity],
                _when(trouble.window, zone_named(trouble.zone)),
                harm_said(trouble),
                picture.name if picture else "",
                picture.alt if picture else "",
            )
        )
    return shown, pictures


def _telling(detail: Report, trouble: Trouble) -> _drawing.Chart | None:
    """Return the chart that shows a trouble best; None where nothing draws one."""
    if not _drawing.available():
        return None
    if trouble.account is None:
        detail = replace(detail, window=trouble.window)  # not when one of those hit felt it
    charts = [c for c in _charts.charts_of(detail) if trouble.account is not None or not c.name.endswith("-account")]
    for name in TELLING.get(trouble.cause, ()):
        found = next((c for c in charts if c.name.startswith(f"{name}-")), None)
        if found is not None:
            return found
    return next(iter(charts), None)


def _day_map(report: AuditReport) -> Picture | None:
    """Return the map of the accounts' hours, of many the unusual ones; None for a clean day, or where nothing draws."""
    if not _drawing.available() or not (report.findings or report.feed):
        return None
    chart = next((c for c in _heatmap.charts_of_audit(report) if c.name.startswith("accounts-")), None)
    if chart is None:
        return None
    scale = 2.0 if len(report.accounts) <= MAPPED else 1.0
    return Picture("accounts", _drawing.png(chart, width=PICTURE_WIDTH, scale=scale), f"{chart.title}. {chart.alt}")


def _pictures(reports: Sequence[Report], *, most: int) -> list[Picture]:
    if not _drawing.available():
        return []
    charts = [chart for report in reports for chart in _charts.charts_of(report)][:most]
    return [_picture(chart, number) for number, chart in enumerate(charts, 1)]


def _picture(chart: _drawing.Chart, number: int) -> Picture:
    return Picture(f"chart-{number}", _drawing.png(chart, width=PICTURE_WIDTH), f"{chart.title}. {chart.alt}")


def _when(window: Window, zone: ZoneInfo) -> str:
    label = _words.zone_label([window.start, window.end], zone)
    return f"{_words.span(window.start, window.end, zone, year=True)} {label}"


def _html(template: str, **values: object) -> str:
    made = _environment().get_template(template).render(**values)
    return "\n".join(line for line in made.splitlines() if line.strip()) + "\n"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        {
            "chance": _words.chance,
            "capital": _words.capital,
            "cause_and_chance": _words.cause_and_chance,
            "closed": _words.closed,
            "complaint": _words.complaint,
            "count": _words.count,
            "due_said": _cases.due_said,
            "felt": felt_said,
            "nobody_else": _words.nobody_else,
            "repeated_said": _cases.repeated_said,
            "how_sure": _words.how_sure,
            "party": _words.party,
            "responsible": _words.responsible,
            "plural": _words.plural,
            "whose": whose,
        }
    )
    return made


def _template(name: str) -> str:
    return (files("calltrace.report.mail") / "templates" / name).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """Return what a template shows: nothing for None, text from a file made visible, HTML as it is."""
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
