"""The Report: all that a renderer may see of a Diagnosis. Plain values, no frames, nothing rounded.

Instants stay UTC here; the account's zone goes with them (``zone``), and a renderer applies it. What makes one is
:mod:`calltrace.report.making`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.report.values import finite, json_value, zone_named
from calltrace.version import REPORT_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from calltrace.diagnosis.diagnosis import Bearing, Hit, Open, Ranked, RuledOut

LISTED_PROBLEMS = 20
"""Problems of one kind and file that are listed one by one; all are counted."""


@dataclass(frozen=True)
class Account:
    """The account complained of. ``known`` is False where no accounts table names it."""

    account: str
    name: str
    numbers: tuple[str, ...]
    trunk_groups: tuple[str, ...]
    coverage: str
    known: bool

    def to_dict(self) -> dict[str, object]:
        """Return the account as JSON values."""
        return {
            "account": self.account,
            "name": self.name,
            "numbers": list(self.numbers),
            "trunk_groups": list(self.trunk_groups),
            "coverage": self.coverage or None,
            "known": self.known,
        }


@dataclass(frozen=True)
class Window:
    """From ``start`` until just before ``end``, UTC."""

    start: datetime
    end: datetime

    def to_dict(self, zone: ZoneInfo) -> dict[str, object]:
        """Return the window as JSON values, instants with the offset of ``zone``."""
        return {"start": _at(self.start, zone), "end": _at(self.end, zone)}


@dataclass(frozen=True)
class Verdict:
    """The answer. ``cause``, ``title``, ``party`` are '' and ``confidence`` None where no cause was named.

    ``confidence`` is the cause's probability; ``wording`` is confirmed, likely or inconclusive. ``down`` is how sure it is that
    the switch was down, where that is surer than whether it had been announced; None elsewhere. ``parties`` are the parties'
    shares, each of all its causes together, where another party's are likelier than ``cause``, the likeliest by itself.
    """

    cause: str
    title: str
    party: str
    confidence: float | None
    wording: str
    summary: str
    down: float | None = None
    parties: tuple[tuple[str, float], ...] = ()

    @property
    def chance(self) -> float | None:
        """How sure what the title says is."""
        return self.confidence if self.down is None else self.down

    def to_dict(self) -> dict[str, object]:
        """Return the verdict as JSON values."""
        shares = [{"party": party, "probability": finite(share)} for party, share in self.parties]
        return {
            "cause": self.cause or None,
            "title": self.title or None,
            "party": self.party or None,
            "confidence": finite(self.confidence),
            "wording": self.wording,
            "summary": self.summary,
            **({} if self.down is None else {"switch_down": finite(self.down)}),
            **({"parties": shares} if shares else {}),
        }


@dataclass(frozen=True)
class Hour:
    """One hour of the chart, in calls; None where it can't be told."""

    start: datetime
    expected: float | None
    low: float | None
    high: float | None
    arrived: float | None

    def to_dict(self, zone: ZoneInfo) -> dict[str, object]:
        """Return the hour as JSON values, its start with the offset of ``zone``."""
        return {
            "start": _at(self.start, zone),
            "expected": finite(self.expected),
            "low": finite(self.low),
            "high": finite(self.high),
            "arrived": finite(self.arrived),
        }


@dataclass(frozen=True)
class Line:
    """One line of a series; ``role`` is seen, usual, needed, limit, or part (stacked on the others)."""

    name: str
    role: str
    points: tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """Figures of intervals of ``minutes``, one after the other from ``start``; ``says`` is the same in words.

    ``name`` is waits, ends, agents or trunks, ``scope`` account, platform or a trunk group's name, ``unit`` s,
    calls, agents or trunks.
    """

    name: str
    scope: str
    unit: str
    start: datetime
    minutes: int
    lines: tuple[Line, ...]
    says: str

    def to_dict(self, zone: ZoneInfo) -> dict[str, object]:
        """Return the series as JSON values, its start with the offset of ``zone``."""
        return {
            "name": self.name,
            "scope": self.scope,
            "unit": self.unit,
            "start": _at(self.start, zone),
            "minutes": self.minutes,
            "says": self.says,
            "lines": [{"name": x.name, "role": x.role, "values": list(x.points)} for x in self.lines],
        }


@dataclass(frozen=True)
class Row:
    """A row of the input behind a figure: its id, file and line (0 where the line is not known)."""

    id: str
    file: str
    line: int


@dataclass(frozen=True)
class Answer:
    """One question that was asked of the records, with its answer (``outcome``: found, clear, not-run)."""

    facet: str
    outcome: str
    says: str
    strength: float | None
    observed: float | None
    expected: float | None
    unit: str
    start: datetime | None
    end: datetime | None
    missing: tuple[str, ...]
    rows: tuple[Row, ...]
    data: Mapping[str, object]

    def to_dict(self, zone: ZoneInfo) -> dict[str, object]:
        """Return question and answer as JSON values, instants with the offset of ``zone``."""
        return {
            "facet": self.facet,
            "outcome": self.outcome,
            "says": self.says,
            "strength": finite(self.strength),
            "observed": finite(self.observed),
            "expected": finite(self.expected),
            "unit": self.unit or None,
            "window": {"start": _at(self.start, zone), "end": _at(self.end, zone)},
            "missing": list(self.missing),
            "examples": [{"id": r.id, "file": r.file, "line": r.line or None} for r in self.rows],
            "data": {str(k): json_value(v, zone) for k, v in self.data.items()},
        }


@dataclass(frozen=True)
class Input:
    """One table read from one file, and how it was understood."""

    path: str
    format: str
    table: str
    recognised_by: str
    rows: int
    left_out: int
    calls: int | None
    answered: int | None
    first: datetime | None
    last: datetime | None
    zone: str
    zone_from: str
    hides_unanswered: bool
    notes: tuple[str, ...]

    def to_dict(self, zone: ZoneInfo) -> dict[str, object]:
        """Return the input as JSON values, instants with the offset of ``zone``."""
        return {
            "path": self.path,
            "format": self.format,
            "table": self.table,
            "recognised_by": self.recognised_by,
            "rows": self.rows,
            "left_out": self.left_out,
            "calls": self.calls,
            "answered": self.answered,
            "first": _at(self.first, zone),
            "last": _at(self.last, zone),
            "zone": self.zone or None,
            "zone_from": self.zone_from or None,
            "hides_unanswered": self.hides_unanswered,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Flaw:
    """One problem of the input: its line, what was there, what would have been right, what to do."""

    line: int
    saw: str
    expected: str
    fix: str


@dataclass(frozen=True)
class Quality:
    """All problems of one kind in one file. ``rows`` counts them all; ``flaws`` lists the first of them."""

    file: str
    table: str
    kind: str
    effect: str
    rows: int
    flaws: tuple[Flaw, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the problems as JSON values."""
        return {
            "file": self.file,
            "table": self.table or None,
            "kind": self.kind,
            "effect": self.effect,
            "rows": self.rows,
            "problems": [
                {"line": f.line or None, "saw": f.saw, "expected": f.expected, "fix": f.fix or None}
                for f in self.flaws
            ],
        }


@dataclass(frozen=True)
class Earlier:
    """An earlier case of the account, as the ledger remembers it; ``start`` and ``end`` are the trouble's, UTC."""

    case: str
    opened: datetime
    complaint: str
    cause: str
    party: str
    start: datetime
    end: datetime
    status: str
    outcome: str

    def said(self, zone: ZoneInfo) -> str:
        """Return the case in a few words: its number, when the trouble began, what it was, how it stands."""
        began = self.start.astimezone(zone)
        return f"{self.case} {began.day} {began:%b %Y} {self.cause or 'no cause named'}, {self.status}"

    def to_dict(self, zone: ZoneInfo) -> dict[str, object]:
        """Return the case as JSON values, instants with the offset of ``zone``."""
        return {
            "case": self.case,
            "opened_at": _at(self.opened, zone),
            "complaint": self.complaint or None,
            "cause": self.cause or None,
            "party": self.party or None,
            "window": {
                "start": _at(self.start, zone),
                "end": _at(self.end, zone),
            },
            "status": self.status,
            "outcome": self.outcome or None,
        }


@dataclass(frozen=True)
class Report:
    """What people and programs read of one investigation."""

    command: str
    account: Account
    zone: str
    zone_from: str
    complaint: str
    claim: str
    caller: str
    now: datetime | None
    asked: Window
    window: Window
    verdict: Verdict
    causes: tuple[Ranked, ...]
    provable: str
    chart: tuple[Hour, ...]
    ruled_out: tuple[RuledOut, ...]
    not_ruled_out: tuple[Open, ...]
    also_affected: tuple[Hit, ...]
    next_steps: tuple[str, ...]
    thresholds: tuple[str, ...]
    evidence: tuple[Answer, ...]
    inputs: tuple[Input, ...]
    data_quality: tuple[Quality, ...]
    calls: tuple[Mapping[str, object], ...]
    logs_unanswered: bool
    notes: tuple[str, ...]
    series: tuple[Series, ...] = ()
    history: tuple[Earlier, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON values, keys always in the same order.

        Instants are ISO 8601 with the account's offset, numbers are as they were computed, unknown is None.
        """
        zone = zone_named(self.zone)
        return {
            "schema": REPORT_SCHEMA,
            "command": self.command,
            "account": self.account.to_dict(),
            "zone": self.zone,
            "zone_from": self.zone_from,
            "complaint": self.complaint or None,
            "claim": self.claim or None,
            "caller": self.caller or None,
            "now": _at(self.now, zone),
            "asked": self.asked.to_dict(zone),
            "verdict": self.verdict.to_dict(),
            "causes": [_ranked(c) for c in self.causes],
            "window": self.window.to_dict(zone),
            "provable": self.provable,
            "chart": [h.to_dict(zone) for h in self.chart],
            "series": [one.to_dict(zone) for one in self.series],
            "ruled_out": [{"asks": r.asks, "says": r.says, "so": r.so, "facet": r.facet} for r in self.ruled_out],
            "not_ruled_out": [{"asks": o.asks, "missing": list(o.missing), "facet": o.facet} for o in self.not_ruled_out],
            "also_affected": [_hit(h) for h in self.also_affected],
            "next_steps": list(self.next_steps),
            "thresholds": list(self.thresholds),
            "evidence": [e.to_dict(zone) for e in self.evidence],
            "calls": [{k: json_value(v, zone) for k, v in row.items()} for row in self.calls],
            "inputs": [i.to_dict(zone) for i in self.inputs],
            "data_quality": [q.to_dict() for q in self.data_quality],
            "logs_unanswered": self.logs_unanswered,
            "notes": list(self.notes),
            "history": [past.to_dict(zone) for past in self.history],
        }


def _at(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()


def _ranked(cause: Ranked) -> dict[str, object]:
    return {
        "cause": cause.cause,
        "title": cause.title,
        "party": cause.party,
        "probability": finite(cause.probability),
        "supports": [_bearing(b) for b in cause.supports],
        "refutes": [_bearing(b) for b in cause.refutes],
        "missing": list(cause.missing),
    }


def _bearing(bearing: Bearing) -> dict[str, object]:
    return {
        "facet": bearing.facet,
        "says": bearing.says,
        "reason": bearing.reason,
        "weight": finite(bearing.weight),
    }


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "account": hit.account,
        "name": hit.name,
        "expected": finite(hit.expected),
        "observed": finite(hit.observed),
        "says": hit.says,
    }
