"""The Report: all that a renderer may see of a Diagnosis. Plain values, no frames, nothing rounded.

Instants stay UTC here; the account's zone goes with them (``zone``), and a renderer applies it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, SupportsFloat
from zoneinfo import ZoneInfo

from calltrace.report import privacy
from calltrace.report.relevance import others_hit, provable_of, ruled_out_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from calltrace.diagnosis.diagnosis import Bearing, Diagnosis, Hit, Open, Ranked, RuledOut
    from calltrace.diagnosis.evidence import Evidence
    from calltrace.diagnosis.series import Series as Computed
    from calltrace.tables.case import Case, Source
    from calltrace.tables.problems import Problem

SCHEMA = "calltrace.report/1"

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


@dataclass(frozen=True)
class Window:
    """From ``start`` until just before ``end``, UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Verdict:
    """The answer. ``cause``, ``title``, ``party`` are '' and ``confidence`` None where no cause was named.

    ``confidence`` is a probability; ``wording`` is confirmed, likely or inconclusive.
    """

    cause: str
    title: str
    party: str
    confidence: float | None
    wording: str
    summary: str


@dataclass(frozen=True)
class Hour:
    """One hour of the chart, in calls; None where it can't be told."""

    start: datetime
    expected: float | None
    low: float | None
    high: float | None
    arrived: float | None


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
            "first": None if self.first is None else self.first.astimezone(zone).isoformat(),
            "last": None if self.last is None else self.last.astimezone(zone).isoformat(),
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
            "opened_at": self.opened.astimezone(zone).isoformat(),
            "complaint": self.complaint or None,
            "cause": self.cause or None,
            "party": self.party or None,
            "window": {
                "start": self.start.astimezone(zone).isoformat(),
                "end": self.end.astimezone(zone).isoformat(),
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

        def at(moment: datetime | None) -> str | None:
            return None if moment is None else moment.astimezone(zone).isoformat()

        def window(span: Window) -> dict[str, object]:
            return {"start": at(span.start), "end": at(span.end)}

        return {
            "schema": SCHEMA,
            "command": self.command,
            "account": {
                "account": self.account.account,
                "name": self.account.name,
                "numbers": list(self.account.numbers),
                "trunk_groups": list(self.account.trunk_groups),
                "coverage": self.account.coverage or None,
                "known": self.account.known,
            },
            "zone": self.zone,
            "zone_from": self.zone_from,
            "complaint": self.complaint or None,
            "claim": self.claim or None,
            "caller": self.caller or None,
            "now": at(self.now),
            "asked": window(self.asked),
            "verdict": {
                "cause": self.verdict.cause or None,
                "title": self.verdict.title or None,
                "party": self.verdict.party or None,
                "confidence": finite(self.verdict.confidence),
                "wording": self.verdict.wording,
                "summary": self.verdict.summary,
            },
            "causes": [
                {
                    "cause": c.cause,
                    "title": c.title,
                    "party": c.party,
                    "probability": finite(c.probability),
                    "supports": [_bearing(b) for b in c.supports],
                    "refutes": [_bearing(b) for b in c.refutes],
                    "missing": list(c.missing),
                }
                for c in self.causes
            ],
            "window": window(self.window),
            "provable": self.provable,
            "chart": [
                {
                    "start": at(h.start),
                    "expected": finite(h.expected),
                    "low": finite(h.low),
                    "high": finite(h.high),
                    "arrived": finite(h.arrived),
                }
                for h in self.chart
            ],
            "series": [series_dict(one, zone) for one in self.series],
            "ruled_out": [
                {"asks": r.asks, "says": r.says, "so": r.so, "facet": r.facet} for r in self.ruled_out
            ],
            "not_ruled_out": [
                {"asks": o.asks, "missing": list(o.missing), "facet": o.facet} for o in self.not_ruled_out
            ],
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
            "next_steps": list(self.next_steps),
            "thresholds": list(self.thresholds),
            "evidence": [
                {
                    "facet": e.facet,
                    "outcome": e.outcome,
                    "says": e.says,
                    "strength": finite(e.strength),
                    "observed": finite(e.observed),
                    "expected": finite(e.expected),
                    "unit": e.unit or None,
                    "window": {"start": at(e.start), "end": at(e.end)},
                    "missing": list(e.missing),
                    "examples": [{"id": r.id, "file": r.file, "line": r.line or None} for r in e.rows],
                    "data": {str(k): json_value(v, zone) for k, v in e.data.items()},
                }
                for e in self.evidence
            ],
            "calls": [{k: json_value(v, zone) for k, v in row.items()} for row in self.calls],
            "inputs": [i.to_dict(zone) for i in self.inputs],
            "data_quality": [q.to_dict() for q in self.data_quality],
            "logs_unanswered": self.logs_unanswered,
            "notes": list(self.notes),
            "history": [past.to_dict(zone) for past in self.history],
        }


def report_of(diagnosis: Diagnosis, *, command: str) -> Report:
    """Return what renderers may see of a diagnosis.

    Parameters
    ----------
    diagnosis : Diagnosis
        As :func:`calltrace.investigate` gives it.
    command : str
        The command that asked, as the contract's JSON names it: ``investigate``.
    """
    question, facts, case = diagnosis.question, diagnosis.account, diagnosis.case
    top = diagnosis.ranked[0] if diagnosis.ranked else None
    report = Report(
        command=command,
        account=Account(
            facts.account, facts.name, facts.numbers, facts.trunk_groups, facts.coverage, facts.known
        ),
        zone=facts.zone,
        zone_from=_zone_from(case, facts.account),
        complaint=question.complaint,
        claim=question.claim,
        caller=question.caller,
        now=instant(question.now),
        asked=Window(sure(question.start), sure(question.end)),
        window=Window(sure(diagnosis.start), sure(diagnosis.end)),
        verdict=Verdict(
            cause=top.cause if top else "",
            title=top.title if top else "",
            party=top.party if top else "",
            confidence=top.probability if top else None,
            wording=diagnosis.wording,
            summary=diagnosis.summary,
        ),
        causes=diagnosis.ranked,
        provable=provable_of(diagnosis),
        chart=tuple(_hours(diagnosis.chart)),
        ruled_out=ruled_out_of(diagnosis),
        not_ruled_out=diagnosis.open,
        also_affected=others_hit(diagnosis.also_affected, facts.account, diagnosis.evidence),
        next_steps=diagnosis.next_steps,
        thresholds=diagnosis.thresholds,
        evidence=tuple(_answer(e) for e in diagnosis.evidence),
        inputs=tuple(input_of(s) for s in case.sources),
        data_quality=tuple(quality_of(problems_of(case))),
        calls=tuple(_rows(diagnosis.calls_listed)),
        logs_unanswered=case.logs_unanswered,
        notes=diagnosis.notes,
        series=tuple(series_of(one) for one in diagnosis.series),
    )
    return privacy.shield(report, case)


def series_of(series: Computed) -> Series:
    """Return a computed series as plain values."""
    lines = tuple(Line(line.name, line.role, tuple(finite(v) for v in line.points)) for line in series.lines)
    return Series(
        series.name, series.scope, series.unit, sure(series.start), series.minutes, lines, series.says
    )


def series_dict(series: Series, zone: ZoneInfo) -> dict[str, object]:
    """Return a series as JSON values."""
    return {
        "name": series.name,
        "scope": series.scope,
        "unit": series.unit,
        "start": series.start.astimezone(zone).isoformat(),
        "minutes": series.minutes,
        "says": series.says,
        "lines": [{"name": x.name, "role": x.role, "values": list(x.points)} for x in series.lines],
    }


def zone_named(zone: str) -> ZoneInfo:
    """Return the zone of that IANA name, UTC where there is none of that name."""
    try:
        return ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):  # a name, a path, or a folder: whatever a file may hold
        return ZoneInfo("UTC")


def instant(moment: pd.Timestamp | datetime | None) -> datetime | None:
    """Return an instant as a plain UTC datetime; None for NaT and None."""
    if moment is None or moment != moment:  # noqa: PLR0124 -- only NaT is not itself
        return None
    plain: datetime = moment.to_pydatetime(warn=False) if hasattr(moment, "to_pydatetime") else moment
    return plain.replace(tzinfo=UTC) if plain.tzinfo is None else plain.astimezone(UTC)


def finite(number: SupportsFloat | None) -> float | None:
    """Return a number JSON can hold: None for NA, NaN and the infinities."""
    if number is None or type(number).__name__ == "NAType":
        return None
    value = float(number)
    return value if math.isfinite(value) else None


def quality_of(problems: Iterable[Problem]) -> list[Quality]:
    """Return problems gathered by file, table, kind and effect, in the order they first came up."""
    groups: dict[tuple[str, str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.at.file, problem.table, problem.kind, problem.effect), []).append(problem)
    return [
        Quality(
            file=file,
            table=table,
            kind=kind,
            effect=effect,
            rows=sum(p.rows for p in group),
            flaws=tuple(Flaw(p.at.line, p.saw, p.expected, p.fix) for p in group[:LISTED_PROBLEMS]),
        )
        for (file, table, kind, effect), group in groups.items()
    ]


def problems_of(case: Case) -> list[Problem]:
    """Return the case's problems and those noted on its sources, each once."""
    return list(dict.fromkeys([*case.problems, *(p for source in case.sources for p in source.problems)]))


def sure(moment: pd.Timestamp) -> datetime:
    """Return an instant that is known as a plain UTC datetime; ValueError for NaT."""
    plain = instant(moment)
    if plain is None:
        raise ValueError("a window has both its ends")
    return plain


def _zone_from(case: Case, account: str) -> str:
    accounts = case.table("accounts")
    own = accounts[(accounts["account"] == account).fillna(value=False)]
    return "accounts" if own["timezone"].notna().any() else case.zone_from


def _bearing(bearing: Bearing) -> dict[str, object]:
    return {
        "facet": bearing.facet,
        "says": bearing.says,
        "reason": bearing.reason,
        "weight": finite(bearing.weight),
    }


def _hours(chart: pd.DataFrame) -> Iterable[Hour]:
    if chart.empty:
        return
    figures = [[finite(v) for v in chart[name].tolist()] for name in ("expected", "low", "high", "arrived")]
    for start, expected, low, high, arrived in zip(chart["start"].tolist(), *figures, strict=True):
        yield Hour(sure(start), expected, low, high, arrived)


def _answer(evidence: Evidence) -> Answer:
    return Answer(
        facet=evidence.facet,
        outcome=str(evidence.outcome),
        says=evidence.says,
        strength=finite(evidence.strength),
        observed=finite(evidence.observed),
        expected=finite(evidence.expected),
        unit=evidence.unit,
        start=instant(evidence.start),
        end=instant(evidence.end),
        missing=evidence.missing,
        rows=tuple(Row(e.id, e.at.file, e.at.line) for e in evidence.examples),
        data=evidence.data,
    )


def input_of(source: Source) -> Input:
    """Return a source as plain values."""
    return Input(
        path=source.path,
        format=source.format,
        table=source.table,
        recognised_by=source.recognised_by,
        rows=source.rows,
        left_out=source.left_out,
        calls=source.calls,
        answered=source.answered,
        first=instant(source.first),
        last=instant(source.last),
        zone=source.zone,
        zone_from=source.zone_from,
        hides_unanswered=source.hides_unanswered,
        notes=source.notes,
    )


def _rows(frame: pd.DataFrame) -> Iterable[dict[str, object]]:
    """Return a frame's rows as plain values: text, numbers, UTC datetimes, None for NA.

    Columns without a single value are left out; where a row was read goes by ``file`` and ``line``.
    """
    renamed = {"source_file": "file", "source_line": "line"}
    columns = {}
    for name in frame.columns:
        values = frame[name].astype(object).tolist()
        plain = [plain_value(v) for v in values]
        if any(v is not None for v in plain):
            columns[renamed.get(str(name), str(name))] = plain
    for row in zip(*columns.values(), strict=True):
        yield dict(zip(columns, row, strict=True))


def plain_value(value: object) -> object:
    """Return any cell of a frame as a plain value: text, number, bool, UTC datetime, None for NA."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, int):
        return value
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if hasattr(value, "to_pydatetime"):
        return instant(value)  # type: ignore[arg-type]
    if isinstance(value, datetime):
        return instant(value)
    return plain_value(value.item()) if hasattr(value, "item") else str(value)


def json_value(value: object, zone: ZoneInfo) -> object:
    """Return any figure as a JSON value: instants in the zone, mappings and sequences all the way down."""
    plain = value if isinstance(value, (dict, list, tuple)) else plain_value(value)
    if isinstance(plain, datetime):
        return plain.astimezone(zone).isoformat()
    if isinstance(plain, dict):
        return {str(k): json_value(v, zone) for k, v in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [json_value(v, zone) for v in plain]
    return plain
