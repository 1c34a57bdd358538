"""What renderers for people say alike, whatever they lay it out on: the verdict, the rows, what it stands on."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from calltrace.diagnosis import hedges, parties
from calltrace.diagnosis.profile import SEVERITIES
from calltrace.report.render._words import (
    NBSP,
    capital,
    closed,
    count,
    figure,
    moment,
    plural,
    span,
    zone_from,
    zone_label,
    zone_name,
    zone_told,
)
from calltrace.report.values import zone_named

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from calltrace.diagnosis.diagnosis import Bearing, RuledOut
    from calltrace.report.audit import AuditReport, Trouble
    from calltrace.report.report import Report

CALL_COLUMNS = {
    "offered_at": "offered at",
    "agent": "agent",
    "ani": "caller",
    "outcome": "outcome",
    "talk_s": "talk",
    "hold_s": "hold",
    "ring_s": "ring",
    "queue_s": "queue",
    "ended_by": "ended by",
    "recording": "recording",
    "call_id": "call id",
    "dnis": "number dialled",
    "caller_name": "caller's name",
}
"""Columns of a call, in the order a supervisor wants them; the last give way where there is no room."""

FEED = "feed"
"""The check of findings that are about the records themselves."""

LEADS = {"confirmed": "", "likely": "Most likely ", "inconclusive": "Not settled; perhaps "}


def told(report: Report) -> str:
    """Return the summary without the account's name at its head: the heading has it."""
    return report.verdict.summary.removeprefix(f"{report.account.name}: ")


def sentence(report: Report) -> tuple[str, str]:
    """Return the verdict in one sentence, and what the summary says beyond it."""
    verdict, summary = report.verdict, told(report)
    title = parties.said(verdict.parties) if verdict.parties else verdict.title or verdict.cause
    at = summary.lower().find(title.lower())
    if at >= 0:
        end = at + len(title)
        return closed(summary[:end]), summary[end:].lstrip(" .;:,")
    return closed(f"{LEADS.get(verdict.wording, '')}{title}"), summary


def heaviest(bearings: tuple[Bearing, ...]) -> list[Bearing]:
    """Return the bearings, those that weigh most first."""
    return sorted(bearings, key=lambda b: -abs(b.weight))


def digits(number: str) -> str:
    """Return the last ten digits of a number: the same line with and without its country's code."""
    return "".join(c for c in number if c.isdigit())[-10:]


def value_said(name: str, value: object, zone: ZoneInfo) -> str:
    """Return a call's figure as people read it: local times, seconds with their unit, ``-`` for unknown."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return moment(value, zone, seconds=True)
    if isinstance(value, float):
        return f"{value:.0f}{NBSP}s" if name.endswith("_s") else figure(value)
    return str(value)


def most_telling(report: Report) -> list[RuledOut]:
    """Return the rows so that each rules out as many causes as it can that those before it did not.

    What the records say is said once; what the summary has said already comes last.
    """
    rows: dict[str, RuledOut] = {}
    for row in report.ruled_out:
        rows.setdefault(row.says, row)
    against = {
        row.facet: {c.cause for c in report.causes[1:] if any(b.facet == row.facet for b in c.refutes)}
        for row in rows.values()
    }
    summary = report.verdict.summary.lower()
    left = [r for r in rows.values() if r.says.lower() not in summary]
    repeated = [r for r in rows.values() if r.says.lower() in summary]
    ordered: list[RuledOut] = []
    done: set[str] = set()
    while left:
        best = max(left, key=lambda r: len(against[r.facet] - done))
        left.remove(best)
        ordered.append(best)
        done |= against[best.facet]
    return ordered + repeated


def zone_said(report: Report, zone: ZoneInfo) -> str:
    """Return which zone the times are in, and how it was known."""
    label = zone_label([report.asked.start, report.asked.end], zone)
    how = zone_from(report.zone_from)
    if report.zone_from == "machine":
        return f"Times are {zone_told(report.zone, label)}, {how}; give --tz to be sure."
    return f"Times are {zone_told(report.zone, label)}{f', from {how}' if how and not how.isupper() else ''}."


def quality_said(report: Report) -> str:
    """Return how many rows the figures do without, and how many were repaired or noted."""
    left = sum(i.left_out for i in report.inputs if i.table)
    flaws = [q for q in report.data_quality if q.effect != "left-out" and q.rows]
    said = f"{plural(left, 'row')} left out of the figures" if left else "No row was left out"
    return f"{said}; {count(sum(q.rows for q in flaws))} repaired or noted." if flaws else f"{said}."


def whose(trouble: Trouble) -> str:
    """Return whose trouble it is, to stand at the head of a line; a client's name as the client writes it."""
    return capital(trouble.who) if trouble.account is None else trouble.who


def what(trouble: Trouble) -> str:
    """Return what a finding says was wrong, to stand in a heading: as sure as its sentence is, which may be worded so."""
    return hedges.said(trouble.title, trouble.summary, trouble.wording)


def felt_said(trouble: Trouble, most: int | None = None) -> str:
    """Return when a trouble was felt that came and went, the latest ``most`` of the times; '' where it is one."""
    zone, told = zone_named(trouble.zone), trouble.felt
    shown = told[-most:] if most else told
    earlier = f" and {plural(len(told) - len(shown), 'time')} before" if len(shown) < len(told) else ""
    return f"Felt {'; '.join(span(w.start, w.end, zone) for w in shown)}{earlier}." if told else ""


def harm_said(trouble: Trouble) -> str:
    """Return how many calls or messages a finding is about; and since when, where they are not only the window's.

    '' of a finding about the records themselves, which says nothing of calls lost or not lost. A bill that rose by
    no more calls than usual (longer ones, or more attempts to deliver) concerns none that could be counted.
    """
    if trouble.check == "bill" and trouble.harmed < 0.5:
        return f"a higher bill{_counted(trouble)}".replace(" ", NBSP)
    parts = []
    if trouble.lost >= 0.5:
        # where only the records are missing, nobody knows what became of the calls
        verb = "without a record" if trouble.cause == "records-missing" else "lost"
        parts.append(f"{plural(round(trouble.lost), 'call')} {verb}".replace(" ", NBSP) + _counted(trouble))
    if trouble.harmed >= 0.5:
        messages = trouble.check == "dispatch"
        noun = "message" if messages else "call"
        verb = "concerned" if trouble.check == "bill" else "astray" if messages else "harmed"
        since = _counted(trouble) if trouble.check == "bill" else ""  # a rise that began before the window is told in all
        parts.append(f"{plural(round(trouble.harmed), noun)} {verb}".replace(" ", NBSP) + since)
    return f",{NBSP}".join(parts) or ("" if trouble.check == FEED else "no call lost")


def _counted(trouble: Trouble) -> str:
    """Return from when to when calls were lost, '' where the finding's window says it."""
    if trouble.counted is None:
        return ""
    start, end, zone = trouble.counted.start, trouble.counted.end, zone_named(trouble.zone)
    if start == trouble.window.start:
        said = f"until {moment(end, zone)}"
    elif trouble.ongoing or end == trouble.window.end:
        said = f"since {moment(start, zone)}"
    else:
        said = f"in all ({span(start, end, zone)})"
    return f" {said.replace(' ', NBSP)}"


def headline(report: AuditReport) -> str:
    """Return an audit's verdict in one sentence: how many findings, and how bad."""
    if not report.findings:
        return "The records themselves are not whole." if report.feed else f"{report.nothing}."
    tally = Counter(t.severity for t in report.findings)
    told = ", ".join(f"{tally[s]} {s}" for s in reversed(SEVERITIES) if tally[s])
    return f"{plural(len(report.findings), 'finding')}: {told}."


STANDS = (
    ("finding", "with findings of their own"),
    ("incident", "hit by a trouble of many"),
    ("unjudged", "could not be judged"),
    ("absent", "in no call"),
    ("clear", "clear"),
)
"""How accounts can stand, in the order in which it matters, and how it is said."""


def standing(report: AuditReport) -> str:
    """Return how many accounts stand how."""
    tally = Counter(a.status for a in report.accounts)
    if not report.accounts:
        return "No account is known."
    return "Accounts: " + ", ".join(f"{count(tally[s])} {said}" for s, said in STANDS if tally[s]) + "."


def basis_said(report: AuditReport) -> str:
    """Return what an audit asked, how many of its findings may be chance, and whose clock it tells."""
    if not report.checks:
        return f"Nothing was asked. Times are {zone_name(report.zone)}."
    return (
        f"Asked: {', '.join(report.checks)}. At most {report.fdr * 100:.0f}{NBSP}% of the findings are expected to be"
        f" chance. Times are {zone_name(report.zone)}, a finding's those of its account."
    )
