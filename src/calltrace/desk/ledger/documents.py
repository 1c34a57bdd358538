"""The ledger as JSON values and as rows: what ``--json`` and ``case export`` write.

Instants are ISO 8601 with the offset of the case's zone. Amounts are decimal texts, for a float is no money.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from calltrace.desk.ledger.history import Due, Repeated
from calltrace.desk.ledger.records import CaseFile, Entry, Found, Item
from calltrace.tables.clock import zone_named

SCHEMA = "calltrace.ledger/1"

COLUMNS = (
    "case",
    "account",
    "name",
    "complaint",
    "status",
    "cause",
    "party",
    "confidence",
    "entry",
    "written_at",
    "written_by",
    "kind",
    "text",
    "person",
    "channel",
    "about",
    "due_at",
    "state",
    "happened_at",
    "amount",
    "currency",
)
"""Columns of the export for spreadsheets: one row an entry."""


def case_document(case: CaseFile, reports: Mapping[int, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return a case with its entries and items, and the ``reports`` (by entry) whole where they are given."""
    zone = zone_named(case.zone)
    kept: list[dict[str, Any]] = [{"entry": f.number, **_found(f, zone)} for f in case.reports]
    for one in kept if reports else ():
        one["report"] = (reports or {}).get(one["entry"])
    return {
        "case": case.reference,
        "account": case.account,
        "name": case.name or None,
        "zone": case.zone,
        "complaint": case.complaint or None,
        "claim": case.claim or None,
        "caller": case.caller or None,
        "asked": _window(case.start, case.end, zone),
        "opened_at": _at(case.opened, zone),
        "opened_by": case.opened_by,
        "status": case.status,
        "outcome": case.closing.text if case.closing else None,
        "found": _found(case.found, zone) if case.found else None,
        "entries": [_entry(e, zone) for e in case.entries],
        "items": [_item(i, zone) for i in case.items],
        "reports": kept,
    }


def due_document(one: Due) -> dict[str, Any]:
    """Return something due as JSON values."""
    return {
        "case": one.reference,
        "entry": one.number,
        "account": one.account,
        "name": one.name or None,
        "kind": one.kind,
        "text": one.text,
        "person": one.person or None,
        "due_at": _at(one.due, zone_named(one.zone)),
        "overdue": one.overdue,
    }


def repeated_document(one: Repeated, zone: str) -> dict[str, Any]:
    """Return a family of causes that came again as JSON values, its times in the zone."""
    there = zone_named(zone)
    return {
        "family": one.family,
        "causes": list(one.causes),
        "parties": list(one.parties),
        "cases": list(one.cases),
        "accounts": [{"account": a, "name": n, "cases": c} for a, n, c in one.accounts],
        "times": one.times,
        "first": _at(one.first, there),
        "last": _at(one.last, there),
        "next_step": one.again,
    }


def rows(cases: Iterable[CaseFile]) -> Iterable[tuple[str, ...]]:
    """Return one row of texts an entry, in the order of :data:`COLUMNS`; '' is unknown."""
    for case in cases:
        zone = zone_named(case.zone)
        states = {item.number: item.state for item in case.items}
        found = case.found
        sure = "" if found is None or found.confidence is None else f"{found.confidence:.4g}"
        for e in case.entries:
            yield (
                case.reference,
                case.account,
                case.name,
                case.complaint,
                case.status,
                found.cause if found else "",
                found.party if found else "",
                sure,
                str(e.number),
                _at(e.at, zone) or "",
                e.by,
                e.kind,
                e.text,
                e.person,
                e.channel,
                "" if e.about is None else str(e.about),
                _at(e.due, zone) or "",
                states.get(e.number, ""),
                _at(e.happened, zone) or "",
                "" if e.amount is None else str(e.amount),
                e.currency,
            )


def _entry(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "entry": entry.number,
        "written_at": _at(entry.at, zone),
        "written_by": entry.by,
        "kind": entry.kind,
        "text": entry.text or None,
        "person": entry.person or None,
        "channel": entry.channel or None,
        "about": entry.about,
        "due_at": _at(entry.due, zone),
        "happened_at": _at(entry.happened, zone),
        "amount": None if entry.amount is None else str(entry.amount),
        "currency": entry.currency or None,
        "cause": entry.cause or None,
    }


def _item(item: Item, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "entry": item.number,
        "kind": item.kind,
        "text": item.text,
        "person": item.person or None,
        "due_at": _at(item.due, zone),
        "first_due_at": _at(item.first_due, zone),
        "state": item.state,
        "settled_at": _at(item.settled, zone),
        "settled_by": item.settled_by or None,
        "late": item.late,
    }


def _found(found: Found, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "cause": found.cause or None,
        "party": found.party or None,
        "confidence": found.confidence,
        "wording": found.wording or None,
        "summary": found.summary,
        "window": _window(found.start, found.end, zone),
        "decided_by": found.decided_by or None,
    }


def _window(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> dict[str, Any]:
    return {"start": _at(start, zone), "end": _at(end, zone)}


def _at(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()


def table(cases: Iterable[CaseFile]) -> str:
    """Return the rows as CSV, with their heading, fit to be opened in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in rows(cases))
    return out.getvalue()


def _cell(value: str) -> str:
    """Keep a spreadsheet from taking what a client said for a formula; a number stays one."""
    if value[:1] in ("=", "+", "-", "@", "\t", "\r") and not value[1:].replace(".", "", 1).isdigit():
        return f"'{value}"
    return value
