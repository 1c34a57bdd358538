"""The letter to the client: what happened, in their language, from the same evidence.

Every cause has its own template; what a template may use is :mod:`calltrace.report.facts` and who signs. Words and
phrases no letter may hold are data (:mod:`calltrace.report.banned`).
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.diagnosis.bounds import unannounced
from calltrace.report.banned import Ban, bans_in
from calltrace.report.facts import facts_of
from calltrace.report.languages import DEFAULT_LANGUAGE, Blank, Language, language
from calltrace.report.paper import Paper
from calltrace.report.values import zone_named
from calltrace.report.wording import Writer, templates_folder

if TYPE_CHECKING:
    from pathlib import Path

    from calltrace.report.facts import Facts
    from calltrace.report.report import Report

SCHEMA = "calltrace.letter/1"

CLOSE_OF_BUSINESS = 17
"""Hour of the day by which something promised for a day is due, in the client's zone."""

NO_CAUSE = "no-cause"
"""The template for a complaint that names no cause (an operator's manner), and for one nobody has written yet."""


ABOUT = {"dispatch": "message", "high-bill": "bill", "caller-claim": "caller"}
"""What the client asks about, by the complaint; calls for all others."""


@dataclass(frozen=True)
class Sender:
    """Who writes: the service's name, who signs, the telephone. What is '' stands in brackets to be filled in.

    ``promise_by`` is when the client hears next; the end of the next working day where it is not given.
    """

    service: str = ""
    name: str = ""
    phone: str = ""
    promise_by: datetime | None = None


@dataclass(frozen=True)
class Writing:
    """A letter, ticket or brief: its page, its blanks, and what is wrong with its words."""

    kind: str
    cause: str
    wording: str
    paper: Paper
    blanks: tuple[str, ...] = ()
    bans: tuple[Ban, ...] = ()
    promise_by: datetime | None = None
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, object]:
        """Return the page as JSON values: the same text in two forms, and what is left to fill in."""
        return {
            "schema": f"calltrace.{self.kind}/1",
            "command": self.kind,
            "cause": self.cause or None,
            "wording": self.wording,
            "language": self.paper.language,
            "title": self.paper.title,
            "promise_by": None if self.promise_by is None else self.promise_by.isoformat(),
            "text": self.paper.as_text,
            "markdown": self.paper.as_markdown,
            "blanks": list(self.blanks),
            "banned": [{"says": b.says, "why": b.why} for b in self.bans],
            "notes": list(self.notes),
        }


def letter(
    report: Report,
    *,
    now: datetime | None = None,
    sender: Sender | None = None,
    addressee: str = "",
    language_code: str = DEFAULT_LANGUAGE,
    templates: str | Path | None = None,
) -> Writing:
    """Write the letter to the client of a report.

    Parameters
    ----------
    report : Report
        Of an investigation.
    now : datetime, optional
        The date of the letter, with a zone; the time the question was asked, or the end of its window, where
        not given.
    sender : Sender, optional
        Who writes, and by when the client hears next.
    addressee : str
        Who is written to; the account's name where not given.
    language_code : str
        The folder of templates: ``en``.
    templates : path, optional
        A folder of the service's own templates, that go before calltrace's.

    Raises
    ------
    InputError
        For a template that can't be run.
    UsageError
        For a language without templates, or a folder that is none.
    """
    folder = templates_folder(templates)
    speech = language(language_code, folder)
    today = date_of(report, now)
    speech.year = today.year
    sender = sender or Sender()
    promise = (sender.promise_by or next_working_day(today)).astimezone(today.tzinfo)
    writer = Writer("letter", speech, folder)
    facts = facts_of(report)
    cause = report.verdict.cause
    values = {
        "today": today,
        "addressee": addressee or report.account.name,
        "client": report.account.name,
        "sender": signed(sender, speech),
        "promise": promise,
        "complaint": report.complaint,
        "about": _about(report, facts),
        "cause": cause,
        "wording": report.verdict.wording,
        "unannounced": report.verdict.down is not None,
        "facts": facts,
        "when": facts.when if report.verdict.wording != "inconclusive" else facts.asked,
    }
    down = unannounced.OUTAGE if report.verdict.down is not None else ""
    text = writer.write(down or cause or NO_CAUSE, values, otherwise=NO_CAUSE)
    title = text.partition("# ")[2].partition("\n")[0] or "letter"
    paper = Paper(title=plain(title), markdown=text, language=speech.locale.replace("_", "-"))
    own = (report.account.name, addressee, sender.service, sender.name)
    return Writing(
        "letter",
        cause,
        report.verdict.wording,
        paper,
        tuple(writer.blanks),
        bans_in(paper.as_text, speech.code, allowed=own),
        promise,
    )


def _about(report: Report, facts: Facts) -> str:
    """Return what the client asks about; a message that was never taken is its caller's call."""
    cause = report.verdict.cause
    if not cause and report.complaint == "dispatch" and facts.calls:
        return "caller"
    return ABOUT.get(report.complaint or _complaint_of(cause), "calls")


def _complaint_of(cause: str) -> str:
    """Return the one complaint a cause belongs to, '' where it may belong to several."""
    from calltrace.diagnosis import causes  # noqa: PLC0415 - only where no complaint was named

    known = causes.get(cause).complaints if cause in causes.NAMES else ()
    return known[0] if len(known) == 1 else ""


def date_of(report: Report, now: datetime | None) -> datetime:
    """Return when a page is written, in the client's zone: ``now``, else when it was asked, else the end of it all."""
    at = now or report.now or max(report.asked.end, report.window.end)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(zone_named(report.zone))


def next_working_day(today: datetime) -> datetime:
    """Return the close of business of the next day from Monday to Friday."""
    day = today + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day.replace(hour=CLOSE_OF_BUSINESS, minute=0, second=0, microsecond=0)


def signed(sender: Sender, speech: Language) -> dict[str, str | Blank]:
    """Return who signs, as templates see it: what is not given is a blank."""
    return {name: getattr(sender, name) or speech.blank(name) for name in ("service", "name", "phone")}


def plain(markdown: str) -> str:
    """Return one line of Markdown as the plain text it shows."""
    return Paper("", markdown).as_text.strip()
