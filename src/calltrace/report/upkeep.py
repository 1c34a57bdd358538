"""What an import and the upkeep of the store say to people, and to programs as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from shlex import quote
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from calltrace.report.render._words import zone_label, zone_told
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.store import ImportResult, PruneResult, Status, TornFile, VerifyResult

MOST_FAULTS = 50
MOST_GAPS = 10


def to_json(document: dict[str, object]) -> str:
    """Return a document as JSON, a line's end behind it."""
    return json.dumps({"schema": "calltrace.store/1", **document}, ensure_ascii=False, indent=2) + "\n"


def of_import(result: ImportResult) -> dict[str, object]:
    """Return an import's result as plain values."""
    return {
        "store": result.url,
        "version": result.version,
        "unchanged": result.unchanged,
        "rows": result.rows,
        "added": result.added,
        "days": list(result.days),
        "left_out": result.left_out,
        "pruned": result.pruned,
        "corrected": result.corrected,
        "corrected_since": result.corrected_since,
        "sources": [
            {"path": s.path, "format": s.format or None, "table": s.table or None, "rows": s.rows, "left_out": s.left_out}
            for s in result.sources
        ],
    }


UNREAD_NAMED = 6
"""Files that are no logs, named at most."""


def import_text(result: ImportResult) -> str:
    """Say what an import read and what the store has more of now."""
    read = [s for s in result.sources if s.format]
    files = len({s.path for s in read})
    many = f"{files} file{'s' * (files != 1)}"
    where = visible(result.url)
    if result.unchanged and not result.rows:
        these, it_is = ("this file was", "it is") if files == 1 else (f"these {many} were", "they are")
        return f"Nothing new: {these} imported into the store at {where} before, just as {it_is} now.\n"
    unread = sorted({visible(s.path) for s in result.sources} - {visible(s.path) for s in read})
    lines = [f"Read {many} into the store at {where}."]
    if unread:
        more = f" and {len(unread) - UNREAD_NAMED:,} more" if len(unread) > UNREAD_NAMED else ""
        lines.append(f"No logs that are known, so not read: {', '.join(unread[:UNREAD_NAMED])}{more}.")
    rows = [(table, f"{count:,}", _change(result.added.get(table, 0), result.corrected.get(table, 0)))
            for table, count in result.rows.items()]  # fmt: skip
    lines += _table(("table", "rows read", "in the store"), rows)
    if result.pruned:
        told = ", ".join(f"{count:,} of {table}" for table, count in result.pruned.items())
        lines.append(f"Left out, as store prune has deleted their days: rows from before {result.kept_from} (UTC), {told}.")
    if result.corrected_since:
        told = ", ".join(f"{count:,} of {table}" for table, count in result.corrected_since.items())
        lines.append(f"Left out, as they were imported before and other files have corrected them since: rows, {told}.")
    if result.unchanged:
        had = not (result.pruned or result.corrected_since)
        lines.append("The store had it all; nothing was changed." if had else "Nothing was changed.")
    elif result.days:
        fixed = sum(result.corrected.values())
        corrected = f"{fixed:,} record{' was' if fixed == 1 else 's were'} corrected" if fixed else "records were corrected"
        corrected = "" if any(result.added.values()) else f"Nothing is new, but {corrected}. "
        lines.append(f"{corrected}Days written: {_days(result.days[0], result.days[-1])} (UTC).")
    return "\n".join(lines) + "\n"


def _change(added: int, corrected: int) -> str:
    """Say what an import has changed of a table.

    Examples
    --------
    >>> _change(0, 0), _change(1200, 0), _change(0, 5), _change(3, 5)
    ('none new', '+1,200', '5 corrected', '+3, 5 corrected')
    """
    said = [*([f"{added:+,}"] if added else []), *([f"{corrected:,} corrected"] if corrected else [])]
    return ", ".join(said) or "none new"


def status_text(status: Status) -> str:
    """Say what a store holds."""
    where = visible(status.url)
    if not status.tables:
        return f"The store at {where} is empty. Fill it: calltrace import PATH...\n"
    zone = ZoneInfo(status.zone)
    told = [_at(us) for t in status.tables for us in (t.first, t.last) if us is not None]
    label = zone_label(told, zone) if told else ""
    lines = [
        f"The store at {where}",
        (
            f"state {status.version:,}, last imported at {_when(status.last_import)};"
            f" times below are {zone_told(status.zone, label)}"
        ),
    ]
    rows = [
        (
            t.table,
            f"{t.rows:,}",
            _local(t.first, zone),
            _local(t.last, zone),
            f"{t.days:,}" if t.days else "",
            _size(t.size),
        )
        for t in status.tables
    ]
    rows.append(("all", "", "", "", "", _size(status.size)))
    lines += _table(("table", "rows", "first", "last", "days", "size"), rows)
    if status.left_out:
        were = "row of what was imported was" if status.left_out == 1 else "rows of what was imported were"
        lines.append(
            f"{status.left_out:,} {were} left out: said twice, corrected by another, or not to be read;"
            " `calltrace inspect` says which and why."
        )
    if status.gaps:
        shown = ", ".join(_days(a, b) for a, b in status.gaps[:MOST_GAPS])
        more = f" and {len(status.gaps) - MOST_GAPS} more" if len(status.gaps) > MOST_GAPS else ""
        lines.append(f"Without any call: {shown}{more} (UTC).")
    return "\n".join(lines) + "\n"


def verify_text(result: VerifyResult) -> str:
    """Say whether a store is whole."""
    lines = []
    if result.ok:
        lines.append(
            f"Whole: {result.files:,} files, {result.rows:,} rows. Every checksum and count is as written, every row"
            " on its day, no record there twice."
        )
    else:
        many = len(result.faults)
        lines.append(f"{many:,} fault{'s' * (many != 1)} in {result.files:,} files of {visible(result.url)}:")
        lines += [
            f"  {visible(f.file)}: {visible(f.saw)}; expected {visible(f.expected)}" for f in result.faults[:MOST_FAULTS]
        ]
        if many > MOST_FAULTS:
            lines.append(f"  … and {many - MOST_FAULTS:,} more")
        lines.append("Nothing repairs a file in place: import the logs into a new store, calltrace import PATH... --store OTHER.")
    if result.orphans:
        many = len(result.orphans)
        lines.append(
            f"{many:,} file{'s' * (many != 1)} that no state names: left by imports that were broken off or by days"
            " written anew. They do no harm and go after a day."
        )
    return "\n".join(lines) + "\n"


def prune_text(result: PruneResult) -> str:
    """Say what pruning took out."""
    if not result.files:
        return f"Nothing is older than {result.before}; nothing was deleted.\n"
    rows = ", ".join(f"{count:,} of {table}" for table, count in result.rows.items())
    would = "would be deleted" if result.dry_run else "were deleted"
    return f"{result.files:,} files from before {result.before} (UTC) {would}: {rows}; {_size(result.size)}.\n"


def of_torn(found: Sequence[TornFile], url: str, *, accepted: bool) -> dict[str, object]:
    """Return torn files, or those that were accepted, as plain values."""
    return {"store": url, "accepted" if accepted else "torn": [one.to_dict() for one in found]}


def torn_text(found: Sequence[TornFile], url: str, *, accepted: bool) -> str:
    """Say which files are torn, or which were accepted, and what the store has of them."""
    if not found:
        return f"Every file that the store at {visible(url)} was given was read whole, or has come whole since.\n"
    lines = []
    for one in found:
        has = "nothing of it could be read"
        if one.rows:
            reach = f", {one.first:%Y-%m-%d %H:%M} to {one.last:%Y-%m-%d %H:%M} UTC" if one.first and one.last else ""
            has = f"{one.rows:,} row{'s' * (one.rows != 1)} of it could be read{reach}"
        said = "Accepted as it is: " if accepted else ""
        lines.append(f"{said}{visible(one.path)}: {has}{'' if accepted else f' ({visible(one.saw)})'}.")
    if not accepted:
        lines.append(
            f"Import them whole; where one never comes: calltrace store accept FILE --store {quote(visible(url))}")
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a table: the first column to the left, figures to the right."""
    widths = [max(len(r[i]) for r in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        lines.append("  " + "   ".join(cells).rstrip())
    return lines


def _size(size: int) -> str:
    for unit, many in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= many:
            return f"{size / many:.1f} {unit}"
    return f"{size} B"


def _days(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _when(at: str) -> str:
    return at.replace("T", " ").replace("+00:00", " UTC")


def _local(us: int | None, zone: ZoneInfo) -> str:
    return "" if us is None else f"{_at(us).astimezone(zone):%Y-%m-%d %H:%M}"


def _at(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
