"""The brief for the supervisor about to call back: what to say first, what to ask, what not to say, what to promise.

It is for the service's own eyes: the finding stands in it as it is, names and all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.report.facts import facts_of
from calltrace.report.languages import DEFAULT_LANGUAGE, language
from calltrace.report.letter import NO_CAUSE, Sender, Writing, date_of, next_working_day, plain
from calltrace.report.paper import Paper
from calltrace.report.questions import LETTERS, answered, best, questions_in
from calltrace.report.render._words import chance, complaint
from calltrace.report.wording import Writer, templates_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from calltrace.report.questions import Question
    from calltrace.report.report import Report

ONE_CALLER = "one-caller"
"""The question for a caller's number, which is not asked where the complaint has named one."""

MOST_OPEN_QUESTIONS = 4
"""What the records could not say, listed at the foot: the first few."""

TITLES = 2
"""Causes an answer is said to point to."""


@dataclass(frozen=True)
class Answer:
    """One reply as the brief lists it: its letter, what is heard, what it means."""

    letter: str
    hear: str
    means: str


@dataclass(frozen=True)
class Ask:
    """One question as the brief lists it."""

    id: str
    ask: str
    why: str
    answers: tuple[Answer, ...]


def brief(
    report: Report,
    *,
    now: datetime | None = None,
    sender: Sender | None = None,
    answers: Mapping[str, int] | None = None,
    language_code: str = DEFAULT_LANGUAGE,
    templates: str | Path | None = None,
) -> Writing:
    """Write the brief for a call back to the client of a report.

    Parameters
    ----------
    report : Report
        Of an investigation.
    now, sender, language_code, templates
        As for :func:`calltrace.report.letter.letter`.
    answers : mapping, optional
        What the client has answered so far: a question's id to the answer's number, from 0. The causes are weighed
        anew with them, and the questions that are left are chosen by that.

    Raises
    ------
    UsageError
        For a question or an answer that does not exist.
    InputError
        For a template that can't be run.
    """
    folder = templates_folder(templates)
    speech = language(language_code, folder)
    today = date_of(report, now)
    speech.year = today.year
    promise = ((sender or Sender()).promise_by or next_working_day(today)).astimezone(today.tzinfo)
    writer = Writer("brief", speech, folder)
    known = questions_in(writer.source("questions.toml"))
    heard = dict(answers or {})
    before = {c.cause: c.probability for c in report.causes}
    after = answered(before, heard, known) if before else before
    titles = {c.cause: c.title for c in report.causes}
    facts = facts_of(report)
    coverage = "always" if facts.around_the_clock else "hours"
    chosen = best(
        after,
        [q for q in known if q.coverage in ("", coverage)],
        complaint=report.complaint,
        missing=[o.facet for o in report.not_ruled_out],
        done=(*heard, *((ONE_CALLER,) if report.caller else ())),
    )
    verdict = report.verdict
    values = {
        "client": report.account.name,
        "complaint": report.complaint,
        "complaint_words": complaint(report.complaint) if report.complaint else "a complaint",
        "claim": report.claim,
        "caller": report.caller,
        "wording": verdict.wording,
        "chance": chance(verdict.chance) if verdict.confidence is not None else "",
        "summary": verdict.summary,
        "provable": report.provable if report.complaint in ("", "missed-calls") else "",
        "settled": _settled(after, titles) if heard and after else "",
        "facts": facts,
        "when": facts.when if verdict.wording != "inconclusive" else facts.asked,
        "questions": [_ask(q, after, titles) for q in chosen],
        "promise": promise,
        "others": len(report.also_affected),
        "open_questions": report.not_ruled_out[:MOST_OPEN_QUESTIONS],
    }
    text = writer.write(verdict.cause or NO_CAUSE, values, otherwise=NO_CAUSE)
    title = plain(text.partition("# ")[2].partition("\n")[0]) or "brief"
    paper = Paper(title=title, markdown=text, language=speech.locale.replace("_", "-"))
    return Writing("brief", verdict.cause, verdict.wording, paper, tuple(writer.blanks), promise_by=promise)


def said(text: str) -> tuple[str, int]:
    """Read an answer as the command line gives it: ``forwarding=b``.

    Raises
    ------
    UsageError
        For anything else.

    Examples
    --------
    >>> said("forwarding=b")
    ('forwarding', 1)
    """
    from calltrace.errors import UsageError  # noqa: PLC0415 - only where an answer is given

    name, _, letter = text.strip().partition("=")
    number = LETTERS.find(letter.strip().lower()) if len(letter.strip()) == 1 else -1
    if not name or number < 0:
        raise UsageError(f"{text!r} is no answer", expected="a question and the answer's letter: forwarding=b")
    return name.strip(), number


def _ask(question: Question, causes: Mapping[str, float], titles: Mapping[str, str]) -> Ask:
    ranked = sorted(causes, key=lambda c: (-causes[c], c))
    likely = [c for c in ranked if causes[c] >= 0.01] or ranked[:TITLES]
    replies = []
    for letter, reply in zip(LETTERS, question.replies, strict=False):
        fits = [titles[c] for c in likely if c in reply.fits][:TITLES]
        rest = [titles[c] for c in ranked if c in reply.fits][:1]
        if fits:
            means = f"points to: {' or '.join(fits)}"
        elif rest:
            means = f"would go against the records: {rest[0]}"
        else:
            means = "fits nothing the records leave open: look again"
        replies.append(Answer(letter, reply.hear, means))
    return Ask(question.id, question.ask, question.why, tuple(replies))


def _settled(causes: Mapping[str, float], titles: Mapping[str, str]) -> str:
    """Return the likeliest causes after the answers, with their probability."""
    ranked = sorted(causes, key=lambda c: (-causes[c], c))[:3]
    return "; ".join(f"{titles[c]} ({chance(causes[c])})" for c in ranked if causes[c] >= 0.005)
