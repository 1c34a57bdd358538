"""The audit's report: all that a renderer, a mail or a ledger may see of an Audit. Plain values, no frames.

As in :mod:`calltrace.report.report`, instants stay UTC and go with their zone; nothing is rounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.diagnosis.bounds.unannounced import DOWN
from calltrace.diagnosis.profile import SEVERITIES
from calltrace.report import privacy
from calltrace.report.making import doubts_of, input_of, problems_of, quality_of, report_of, series_of
from calltrace.report.relevance import others_hit
from calltrace.report.report import Input, Quality, Report, Series, Window
from calltrace.report.values import finite, finite_each, json_value, sure, zone_named
from calltrace.version import REPORT_SCHEMA

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.desk.ledger.history import Due, Repeated
    from calltrace.diagnosis.audit.findings import Audit, Finding
    from calltrace.diagnosis.diagnosis import Hit

LIKELIEST = 3
"""Causes of a finding listed in the document, the likeliest first."""


@dataclass(frozen=True)
class Trouble:
    """One finding. ``account`` is None for one of many accounts; ``trunk_group`` names the group where it is of one.

    ``lost`` are calls that should have come and did not, ``harmed`` calls or messages that came and were harmed.
    ``counted`` is the whole silence that ``lost`` counts, None where ``window`` shows all of it.
    ``real``, of a silence, is how sure it is that calls were lost at all, whatever the cause; None where the named cause
    alone was weighed. ``score`` is −log10 of the false alarms per account-day of chance alone. ``key`` stays while the trouble
    lasts. ``detail`` is the whole investigation behind it (chart, evidence, what was ruled out), None where the finding
    was told without one; it is not part of the document of :meth:`to_dict`, which has its likeliest causes.
    """

    key: str
    account: str | None
    name: str
    trunk_group: str | None
    cause: str
    title: str
    party: str
    confidence: float | None
    wording: str
    severity: str
    check: str
    window: Window
    zone: str
    lost: float
    harmed: float
    score: float | None
    summary: str
    next_steps: tuple[str, ...]
    also_affected: tuple[Hit, ...]
    ongoing: bool
    counted: Window | None = None
    detail: Report | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    real: float | None = None

    @property
    def who(self) -> str:
        """Whose trouble it is, in words: the client's name, a trunk group, a range of numbers, or everybody."""
        if self.account is not None:
            return self.name
        return f"trunk group {self.trunk_group}" if self.trunk_group else self.name or "the whole platform"

    @property
    def seen_at(self) -> str | None:
        """Whose calls stand for those of all who were hit, where it is a trouble of many: the account its evidence speaks of."""
        return self.detail.account.account if self.account is None and self.detail else None

    @property
    def chance(self) -> float | None:
        """How sure what the title says is: that the switch was down, where its cause is open; else that of the cause."""
        down = self.data.get(DOWN)
        return down if isinstance(down, float) else self.confidence

    @property
    def felt(self) -> tuple[Window, ...]:
        """When it was felt, where that was more than once within ``window``, hours or days apart; empty elsewhere."""
        known = self.data.get("windows")
        return tuple(Window(start, end) for start, end in known) if isinstance(known, list) else ()

    def to_dict(self) -> dict[str, object]:
        """Return the finding as JSON values; instants with the offset of its zone."""
        zone = zone_named(self.zone)
        likely = self.detail.causes[:LIKELIEST] if self.detail else ()
        return {
            "key": self.key,
            "account": self.account,
            "name": self.name or None,
            "trunk_group": self.trunk_group,
            "cause": self.cause,
            "title": self.title,
            "party": self.party,
            "confidence": finite(self.confidence),
            "real": finite(self.real),
            "wording": self.wording,
            "severity": self.severity,
            "check": self.check,
            "window": {
                "start": self.window.start.astimezone(zone).isoformat(),
                "end": self.window.end.astimezone(zone).isoformat(),
            },
            "zone": self.zone,
            "ongoing": self.ongoing,
            "lost": finite(self.lost),
            "lost_window": {
                "start": self.counted.start.astimezone(zone).isoformat(),
                "end": self.counted.end.astimezone(zone).isoformat(),
            } if self.counted else None,
            "harmed": finite(self.harmed),
            "score": finite(self.score),
            "summary": self.summary,
            "next_steps": list(self.next_steps),
            "also_affected": [
                {
                    "account": h.account,
                    "name": h.name,
                    "expected": finite(h.expected),
                    "observed": finite(h.observed),
                    "says": h.says,
                }
                for h in self.also_affected
            ],
            "causes": [
                {"cause": c.cause, "party": c.party, "probability": finite(c.probability)} for c in likely
            ],
            "seen_at": self.seen_at,
            "supports": [b.says for b in likely[0].supports] if likely else [],
            "ruled_out": [
                {"asks": r.asks, "says": r.says, "so": r.so, "facet": r.facet}
                for r in (self.detail.ruled_out if self.detail else ())
            ],
            "data": {str(k): json_value(v, zone) for k, v in self.data.items()},
        }


@dataclass(frozen=True)
class AccountRow:
    """Where one account stands: clear, finding, incident, unjudged or absent, why, and its calls of the window."""

    account: str
    name: str
    status: str
    why: str
    offered: int
    answered: int
    abandoned: int
    expected: float | None


@dataclass(frozen=True)
class HeatRow:
    """One account's local hours, from ``start`` (UTC) on, an hour each; None where it can't be told. In calls."""

    account: str
    start: datetime
    expected: tuple[float | None, ...]
    arrived: tuple[float | None, ...]
    answered: tuple[float | None, ...]
    harmed: tuple[float | None, ...]


@dataclass(frozen=True)
class Remembered:
    """What the ledger has to say with an audit, as of ``now``: what is due, and causes that several cases have found."""

    now: datetime
    due: tuple[Due, ...]
    repeated: tuple[Repeated, ...]

    @property
    def overdue(self) -> int:
        """How many promises, calls and signatures are overdue."""
        return sum(d.overdue for d in self.due)

    def to_dict(self, zone: str) -> dict[str, object]:
        """Return it as JSON values."""
        from calltrace.desk.ledger.documents import due_document, repeated_document  # noqa: PLC0415 -- who has a ledger

        return {
            "due": [due_document(d) for d in self.due],
            "repeated": [repeated_document(r, zone) for r in self.repeated],
        }


NOBODYS = "accounts-unknown"
"""What is said of records none of whose calls names its account."""


@dataclass(frozen=True)
class AuditReport:
    """What people and programs read of one audit; ``command`` is audit, check or daily.

    ``unasked`` is as of :class:`calltrace.diagnosis.audit.findings.Audit`.
    """

    command: str
    checks: tuple[str, ...]
    window: Window
    zone: str
    fdr: float
    account_days: float
    feed: tuple[Trouble, ...]
    findings: tuple[Trouble, ...]
    accounts: tuple[AccountRow, ...]
    symptoms: int
    heat: tuple[HeatRow, ...]
    thresholds: tuple[str, ...]
    notes: tuple[str, ...]
    inputs: tuple[Input, ...]
    data_quality: tuple[Quality, ...]
    series: tuple[Series, ...] = ()
    ledger: Remembered | None = None
    unasked: tuple[str, ...] = ()

    @property
    def offered(self) -> int:
        """The calls of the window: those of the accounts, and those of none where no call names one."""
        nobodys = (t.data.get("calls") for t in self.feed if t.cause == NOBODYS)
        return sum(a.offered for a in self.accounts) + sum(n for n in nobodys if isinstance(n, int))

    @property
    def nothing(self) -> str:
        """What is to be said where there is no finding: one who could not be asked has nothing to say."""
        if any(t.cause == NOBODYS for t in self.feed):
            return "No account could be looked at"
        return "Nothing could be asked" if self.unasked else "Nothing found"

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON values, keys always in the same order.

        Instants are ISO 8601 with the offset of the service's zone (a finding's: of its own), unknown is None.
        """
        zone = zone_named(self.zone)

        def at(moment: datetime) -> str:
            return moment.astimezone(zone).isoformat()

        return {
            "schema": REPORT_SCHEMA,
            "command": self.command,
            "checks": list(self.checks),
            "window": {"start": at(self.window.start), "end": at(self.window.end)},
            "zone": self.zone,
            "fdr": self.fdr,
            "account_days": finite(self.account_days),
            "feed": [t.to_dict() for t in self.feed],
            "findings": [t.to_dict() for t in self.findings],
            "accounts": [
                {
                    "account": a.account,
                    "name": a.name,
                    "status": a.status,
                    "why": a.why,
                    "offered": a.offered,
                    "answered": a.answered,
                    "abandoned": a.abandoned,
                    "expected": finite(a.expected),
                }
                for a in self.accounts
            ],
            "symptoms": self.symptoms,
            "heat": [
                {
                    "account": h.account,
                    "start": at(h.start),
                    "expected": list(h.expected),
                    "arrived": list(h.arrived),
                    "answered": list(h.answered),
                    "harmed": list(h.harmed),
                }
                for h in self.heat
            ],
            "series": [one.to_dict(zone) for one in self.series],
            "thresholds": list(self.thresholds),
            "notes": list(self.notes),
            "inputs": [i.to_dict(zone) for i in self.inputs],
            "data_quality": [q.to_dict() for q in self.data_quality],
            "ledger": self.ledger.to_dict(self.zone) if self.ledger else None,
        }


def audit_report_of(audit: Audit, *, command: str = "audit") -> AuditReport:
    """Return what renderers may see of an audit.

    Parameters
    ----------
    audit : Audit
        As :func:`calltrace.audit` gives it.
    command : str
        The command that asked, as the JSON document names it.
    """
    report = AuditReport(
        command=command,
        checks=audit.checks,
        window=Window(sure(audit.start), sure(audit.end)),
        zone=audit.zone,
        fdr=audit.fdr,
        account_days=audit.account_days,
        feed=tuple(trouble_of(f) for f in audit.feed),
        findings=tuple(trouble_of(f) for f in audit.findings),
        accounts=tuple(
            AccountRow(s.account, s.name, str(s.status), s.why, s.offered, s.answered, s.abandoned, s.expected)
            for s in audit.standings
        ),
        symptoms=audit.symptoms,
        heat=tuple(_heat(audit.heat)),
        thresholds=audit.thresholds,
        notes=(*doubts_of(audit.case), *audit.notes),
        inputs=tuple(input_of(s) for s in audit.case.sources),
        data_quality=tuple(quality_of(problems_of(audit.case))),
        series=tuple(series_of(one) for one in audit.series),
        unasked=audit.unasked,
    )
    return privacy.shield(report, audit.case)


def worst(troubles: Iterable[Trouble]) -> str:
    """Return the worst severity of some findings, '' for none."""
    return max((t.severity for t in troubles), key=SEVERITIES.index, default="")


def at_least(troubles: Iterable[Trouble], severity: str) -> tuple[Trouble, ...]:
    """Return the findings of that severity or worse."""
    return tuple(t for t in troubles if SEVERITIES.index(t.severity) >= SEVERITIES.index(severity))


def trouble_of(finding: Finding) -> Trouble:
    """Return what renderers may see of a finding."""
    return Trouble(
        key=finding.key,
        account=finding.account,
        name=finding.name,
        trunk_group=finding.trunk_group,
        cause=finding.cause,
        title=finding.title,
        party=finding.party,
        confidence=finite(finding.confidence),
        wording=finding.wording,
        severity=str(finding.severity),
        check=finding.check,
        window=Window(sure(finding.start), sure(finding.end)),
        zone=finding.zone,
        lost=float(finding.lost),
        harmed=float(finding.harmed),
        score=finite(finding.score),
        summary=_of_nobody_named(finding.summary, finding),
        next_steps=tuple(_of_nobody_named(s, finding) for s in finding.next_steps),
        also_affected=others_hit(
            finding.also_affected, finding.account, finding.diagnosis.evidence if finding.diagnosis else ()
        ),
        ongoing=finding.ongoing,
        counted=None
        if finding.counted == (finding.start, finding.end)
        else Window(sure(finding.counted[0]), sure(finding.counted[1])),
        detail=None if finding.diagnosis is None else report_of(finding.diagnosis, command="audit"),
        data=finding.data,
        real=finite(finding.real),
    )


def _of_nobody_named(text: str, finding: Finding) -> str:
    """Return a sentence of a finding of many without "the account's callers", or "this client": there is no such account."""
    if finding.account is not None:
        return text
    for ours, whose in (("the account's own callers", "their callers"), ("the account's callers", "their callers"),
                        ("the account's calls", "their calls"), ("the account's volume", "their volume"),
                        ("the other account's known promotions", "the known promotions of the account that surged"),
                        ("the other client to this one", "the client whose surge it was to the others")):
        text = text.replace(ours, whose)
    return text


def _heat(heat: pd.DataFrame) -> Iterable[HeatRow]:
    """Return the frame's rows (one an account and hour, sorted) as one row an account."""
    accounts, starts = heat["account"].tolist(), heat["start"]
    columns = {name: finite_each(heat[name].astype(float).tolist()) for name in ("expected", "arrived", "answered", "harmed")}
    first = 0
    while first < len(accounts):
        last = bisect_right(accounts, accounts[first], lo=first)
        of = {name: values[first:last] for name, values in columns.items()}
        yield HeatRow(str(accounts[first]), sure(starts.iloc[first]), **of)
        first = last
