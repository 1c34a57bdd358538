"""From rows of the database to the ledger's plain values and back: how an instant and a report are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from calltrace.desk.ledger.database import Row
from calltrace.desk.ledger.records import CaseFile, Entry, Found, items_of
from calltrace.errors import UsageError
from calltrace.version import REPORT_SCHEMA


def whole(moment: datetime) -> datetime:
    """Return an instant in UTC, to the second."""
    if moment.tzinfo is None:
        raise ValueError("an instant of the ledger has a zone")
    return moment.astimezone(UTC).replace(microsecond=0)


def stamp(moment: datetime | None) -> str | None:
    """Return an instant as the database keeps it; None for none."""
    return None if moment is None else whole(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def sure(text: str) -> datetime:
    """Return an instant the database has kept."""
    return datetime.fromisoformat(text).astimezone(UTC)


def instant(text: str | None) -> datetime | None:
    """Return an instant the database has kept; None for NULL."""
    return None if text is None else sure(text)


def entry_of(row: Row) -> Entry:
    """Return the entry a row holds."""
    return Entry(
        number=row["number"],
        at=sure(row["written_at"]),
        by=row["written_by"],
        kind=row["kind"],
        text=row["text"],
        person=row["person"],
        channel=row["channel"],
        about=row["about"],
        due=instant(row["due_at"]),
        happened=instant(row["happened_at"]),
        amount=None if row["amount"] is None else Decimal(row["amount"]),
        currency=row["currency"] or "",
        cause=row["cause"] or "",
    )


def case_of(row: Row, entries: tuple[Entry, ...] = (), reports: tuple[Found, ...] = ()) -> CaseFile:
    """Return the case a row holds, with what was read of its entries and reports."""
    return CaseFile(
        id=row["id"],
        account=row["account"],
        name=row["name"],
        zone=row["zone"],
        complaint=row["complaint"],
        claim=row["claim"],
        caller=row["caller"],
        start=instant(row["start_at"]),
        end=instant(row["end_at"]),
        opened=sure(row["opened_at"]),
        opened_by=row["opened_by"],
        entries=entries,
        reports=reports,
        items=items_of(entries),
    )


def found_of(report: Mapping[str, Any]) -> Found:
    """Return what a report's document found.

    Raises
    ------
    UsageError
        Where it is no report of an investigation.
    """
    if report.get("schema") != REPORT_SCHEMA or report.get("command") != "investigate":
        raise UsageError(
            "that is no report of an investigation",
            expected="what calltrace investigate --format json writes",
        )
    try:
        verdict, window = report["verdict"], report["window"]
        confidence = verdict["confidence"]
        return Found(
            number=0,
            cause=str(verdict["cause"] or ""),
            party=str(verdict["party"] or ""),
            confidence=None if confidence is None else float(confidence),
            wording=str(verdict.get("wording") or ""),
            summary=str(verdict["summary"] or ""),
            start=instant(window["start"]),
            end=instant(window["end"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the report lacks a part: {error}") from error
