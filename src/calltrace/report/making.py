"""Makes the Report of a Diagnosis: what renderers may see of it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from calltrace.diagnosis.bounds import unannounced
from calltrace.diagnosis.parties import open_between
from calltrace.intake.date_orders import since_told
from calltrace.report import privacy
from calltrace.report.relevance import others_hit, provable_of, ruled_out_of
from calltrace.report.report import (
    LISTED_PROBLEMS,
    Account,
    Answer,
    Flaw,
    Hour,
    Input,
    Line,
    Quality,
    Report,
    Row,
    Series,
    Verdict,
    Window,
)
from calltrace.report.values import finite, instant, plain_value, sure
from calltrace.tables.written_dates import ORDER_UNKNOWN, READ_OTHERWISE

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from calltrace.diagnosis.diagnosis import Diagnosis
    from calltrace.diagnosis.evidence import Evidence
    from calltrace.diagnosis.series import Series as Computed
    from calltrace.tables.case import Case, Source
    from calltrace.tables.problems import Problem


def report_of(diagnosis: Diagnosis, *, command: str) -> Report:
    """Return what renderers may see of a diagnosis.

    Parameters
    ----------
    diagnosis : Diagnosis
        As :func:`calltrace.investigate` gives it.
    command : str
        The command that asked, as the JSON document names it: ``investigate``.
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
            down=unannounced.sure_of(diagnosis.ranked, diagnosis.evidence),
            parties=open_between(diagnosis.ranked, diagnosis.wording),
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
        notes=(*doubts_of(case), *diagnosis.notes),
        series=tuple(series_of(one) for one in diagnosis.series),
    )
    return privacy.shield(report, case)


def series_of(series: Computed) -> Series:
    """Return a computed series as plain values."""
    lines = tuple(Line(line.name, line.role, tuple(finite(v) for v in line.points)) for line in series.lines)
    return Series(
        series.name, series.scope, series.unit, sure(series.start), series.minutes, lines, series.says
    )


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


def doubts_of(case: Case) -> tuple[str, ...]:
    """Return sentences on dates that may have been read in the wrong order: then every day of a report is wrong."""
    files: dict[str, list[str]] = {}
    otherwise = []
    since = since_told(case.sources)
    for problem in problems_of(case):
        name = PurePath(problem.at.file).name
        if problem.kind == ORDER_UNKNOWN and problem.at.file not in since:
            files.setdefault(problem.saw.rpartition(" ")[2], []).append(name)
        elif problem.kind == READ_OTHERWISE:
            otherwise.append(f"{name}: {problem.saw}. {problem.fix}")
    return (
        *(
            f"Nothing tells the order of the dates in {_named(names)}: they were read as {order}."
            for order, names in files.items()
        ),
        *otherwise[:1],
    )


def _named(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} other file{'s' if len(names) > 2 else ''}"


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


def _zone_from(case: Case, account: str) -> str:
    accounts = case.table("accounts")
    own = accounts[(accounts["account"] == account).fillna(value=False)]
    return "accounts" if own["timezone"].notna().any() else case.zone_from


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
