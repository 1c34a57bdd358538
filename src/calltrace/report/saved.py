"""A report that was saved as JSON, read back: what a letter, a ticket or a brief is written from on another day."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calltrace.diagnosis.diagnosis import Bearing, Hit, Open, Ranked, RuledOut
from calltrace.errors import InputError, Location
from calltrace.report.report import (
    Account,
    Answer,
    Earlier,
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
from calltrace.tables.text import visible
from calltrace.version import REPORT_SCHEMA

MOMENTS = ("_at", "start", "end")
"""Endings of the names that hold instants among a report's figures and calls."""


def read_report(path: str | Path) -> Report:
    """Read what ``calltrace investigate --format json`` wrote.

    Raises
    ------
    InputError
        Where the file can't be read, is no such document, or lacks a part of it.
    """
    at = Location(visible(str(path)))
    try:
        saved = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the report can't be read: {error.strerror}", at=at) from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError("the report is no JSON", expected="what investigate --format json writes", at=at) from error
    try:
        return report_from(saved)
    except InputError as error:
        raise InputError(error.saw, expected=error.expected, fix=error.fix, at=at) from error


def report_from(saved: object) -> Report:
    """Return the Report a JSON document was made of (:meth:`Report.to_dict`), instants in UTC again.

    Raises
    ------
    InputError
        Where it is no report of an investigation, or a part of it is missing or of another kind.
    """
    if not isinstance(saved, dict) or saved.get("schema") != REPORT_SCHEMA or saved.get("command") != "investigate":
        raise InputError(
            "this is no report of an investigation",
            expected=f'JSON with "schema": "{REPORT_SCHEMA}" and "command": "investigate"',
        )
    try:
        return _report(saved)
    except KeyError as error:
        raise InputError(f"the report has no {error.args[0]!r}", expected="all parts of a report") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"a part of the report is not as it should be: {error}") from error


def _report(saved: dict[str, Any]) -> Report:
    account, verdict = saved["account"], saved["verdict"]
    return Report(
        command=saved["command"],
        account=Account(
            account=str(account["account"]),
            name=str(account["name"]),
            numbers=tuple(map(str, account["numbers"])),
            trunk_groups=tuple(map(str, account["trunk_groups"])),
            coverage=account["coverage"] or "",
            known=bool(account["known"]),
        ),
        zone=str(saved["zone"]),
        zone_from=str(saved["zone_from"]),
        complaint=saved["complaint"] or "",
        claim=saved["claim"] or "",
        caller=saved["caller"] or "",
        now=_moment(saved["now"]),
        asked=_window(saved["asked"]),
        window=_window(saved["window"]),
        verdict=Verdict(
            cause=verdict["cause"] or "",
            title=verdict["title"] or "",
            party=verdict["party"] or "",
            confidence=_figure(verdict["confidence"]),
            wording=str(verdict["wording"]),
            summary=str(verdict["summary"]),
            down=_figure(verdict.get("switch_down")),
            parties=tuple((str(s["party"]), float(s["probability"])) for s in verdict.get("parties", ())),
        ),
        causes=tuple(_ranked(c) for c in saved["causes"]),
        provable=saved["provable"] or "",
        chart=tuple(
            Hour(_sure(h["start"]), *(_figure(h[k]) for k in ("expected", "low", "high", "arrived")))
            for h in saved["chart"]
        ),
        ruled_out=tuple(RuledOut(r["asks"], r["says"], r["so"], r["facet"]) for r in saved["ruled_out"]),
        not_ruled_out=tuple(Open(o["asks"], tuple(o["missing"]), o["facet"]) for o in saved["not_ruled_out"]),
        also_affected=tuple(
            Hit(h["account"], h["name"], _figure(h["expected"]), _figure(h["observed"]), h["says"])
            for h in saved["also_affected"]
        ),
        next_steps=tuple(map(str, saved["next_steps"])),
        thresholds=tuple(map(str, saved["thresholds"])),
        evidence=tuple(_answer(e) for e in saved["evidence"]),
        inputs=tuple(_input(i) for i in saved["inputs"]),
        data_quality=tuple(_quality(q) for q in saved["data_quality"]),
        calls=tuple({str(k): _figured(str(k), v) for k, v in row.items()} for row in saved["calls"]),
        logs_unanswered=bool(saved["logs_unanswered"]),
        notes=tuple(map(str, saved["notes"])),
        series=tuple(_series(s) for s in saved.get("series", ())),  # reports saved earlier have none
        history=tuple(_earlier(c) for c in saved.get("history", ())),
    )


def _series(saved: dict[str, Any]) -> Series:
    return Series(
        name=saved["name"],
        scope=saved["scope"],
        unit=saved["unit"],
        start=_sure(saved["start"]),
        minutes=int(saved["minutes"]),
        lines=tuple(Line(x["name"], x["role"], tuple(map(_figure, x["values"]))) for x in saved["lines"]),
        says=saved["says"],
    )


def _earlier(saved: dict[str, Any]) -> Earlier:
    window = _window(saved["window"])
    return Earlier(
        case=str(saved["case"]),
        opened=_sure(saved["opened_at"]),
        complaint=saved["complaint"] or "",
        cause=saved["cause"] or "",
        party=saved["party"] or "",
        start=window.start,
        end=window.end,
        status=str(saved["status"]),
        outcome=saved["outcome"] or "",
    )


def _ranked(saved: dict[str, Any]) -> Ranked:
    def bearings(key: str) -> tuple[Bearing, ...]:
        return tuple(Bearing(b["facet"], b["says"], b["reason"], _figure(b["weight"]) or 0.0) for b in saved[key])

    return Ranked(
        saved["cause"],
        saved["title"],
        saved["party"],
        _figure(saved["probability"]) or 0.0,
        bearings("supports"),
        bearings("refutes"),
        tuple(saved["missing"]),
    )


def _answer(saved: dict[str, Any]) -> Answer:
    return Answer(
        facet=saved["facet"],
        outcome=saved["outcome"],
        says=saved["says"],
        strength=_figure(saved["strength"]),
        observed=_figure(saved["observed"]),
        expected=_figure(saved["expected"]),
        unit=saved["unit"] or "",
        start=_moment(saved["window"]["start"]),
        end=_moment(saved["window"]["end"]),
        missing=tuple(saved["missing"]),
        rows=tuple(Row(r["id"], r["file"], r["line"] or 0) for r in saved["examples"]),
        data=dict(saved["data"]),
    )


def _input(saved: dict[str, Any]) -> Input:
    return Input(
        path=saved["path"],
        format=saved["format"],
        table=saved["table"],
        recognised_by=saved["recognised_by"],
        rows=int(saved["rows"]),
        left_out=int(saved["left_out"]),
        calls=saved["calls"],
        answered=saved["answered"],
        first=_moment(saved["first"]),
        last=_moment(saved["last"]),
        zone=saved["zone"] or "",
        zone_from=saved["zone_from"] or "",
        hides_unanswered=bool(saved["hides_unanswered"]),
        notes=tuple(saved["notes"]),
    )


def _quality(saved: dict[str, Any]) -> Quality:
    return Quality(
        file=saved["file"],
        table=saved["table"] or "",
        kind=saved["kind"],
        effect=saved["effect"],
        rows=int(saved["rows"]),
        flaws=tuple(Flaw(p["line"] or 0, p["saw"], p["expected"], p["fix"] or "") for p in saved["problems"]),
    )


def _window(saved: dict[str, Any]) -> Window:
    return Window(_sure(saved["start"]), _sure(saved["end"]))


def _sure(text: str) -> datetime:
    found = _moment(text)
    if found is None:
        raise ValueError("an instant is missing")
    return found


def _moment(text: str | None) -> datetime | None:
    """Read an instant; one without an offset is in no zone anybody could know."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"the instant {text!r} has no offset")
    return found.astimezone(UTC)


def _figure(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _figured(name: str, value: object) -> object:
    """Return one value of a call's row, its instants as instants."""
    return _moment(value) if isinstance(value, str) and name.endswith(MOMENTS) else value
