"""Calls that were looked for, as a document, a page and a table: the answer of ``calltrace calls``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.desk.find import Found, counted, window_words
from calltrace.report import privacy, sheet
from calltrace.report.render._page import Bit, Page
from calltrace.report.render._words import plural, zone_label, zone_told
from calltrace.report.sheet import Column
from calltrace.report.values import instant, json_text, zone_named
from calltrace.version import REPORT_SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

COLUMNS = (
    Column("offered_at", "offered at", "instant", 1),
    Column("account", "account", rank=3),
    Column("ani", "caller", rank=2),
    Column("caller_name", "caller's name", rank=8, most=24),
    Column("agent", "agent", rank=2, most=24),
    Column("outcome", "outcome", rank=1),
    Column("wait_s", "wait", "seconds", 3),
    Column("hold_s", "hold", "seconds", 4),
    Column("talk_s", "talk", "seconds", 4),
    Column("ended_by", "ended by", rank=5),
    Column("priority", "message", rank=5),
    Column("call_id", "call id", rank=1),
    Column("dnis", "number dialled", rank=7),
    Column("trunk_group", "trunk group", rank=9),
    Column("recording", "recording", rank=6, most=60),
)
"""What a page shows of a call, by how much it matters; a narrow one gives up the last ranks first."""

EXPORTED = (
    "call_id", "account", "dnis", "trunk_group", "ani", "caller_name", "agent", "offered_at", "ring_s", "queue_s",
    "wait_s", "hold_s", "talk_s", "outcome", "ended_by", "message_id", "priority", "recording", "redirected_from",
    "linked_id", "hangup_cause", "queue", "transferred_to", "source_file", "source_line",
)  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """What may be shown of calls that were found: plain values. ``counts`` is by ``by``, () where not asked."""

    zone: str
    asked: tuple[str, ...]
    window: str
    searched: int
    matched: int
    unknown: int
    start: datetime | None
    end: datetime | None
    calls: tuple[dict[str, object], ...]
    by: str = ""
    counts: tuple[dict[str, object], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the listing as JSON values, ``calltrace.report/1``."""
        zone = zone_named(self.zone)
        return {
            "schema": REPORT_SCHEMA,
            "command": "calls",
            "zone": self.zone,
            "asked": list(self.asked),
            "window": {
                k: v and v.astimezone(zone).isoformat() for k, v in (("start", self.start), ("end", self.end))
            },
            "searched": self.searched,
            "matched": self.matched,
            "not_known": self.unknown,
            "by": self.by or None,
            "counts": sheet.json_rows(self.counts, zone),
            "calls": sheet.json_rows(self.calls, zone),
        }


def listing_of(found: Found, *, by: str = "") -> Listing:
    """Return what may be shown of calls that were found, counted by ``by`` where given."""
    found = privacy.shield(found, found.case)
    calls = () if by else tuple(sheet.rows_of(found.calls, EXPORTED))
    counts = tuple(sheet.rows_of(counted(found, by), ("value", "calls"))) if by else ()
    if by == "caller":
        counts = tuple({"ani": row["value"], "calls": row["calls"]} for row in counts)
    return Listing(
        zone=found.zone,
        asked=found.asked,
        window=window_words(found.start, found.end, found.zone),
        searched=found.searched,
        matched=found.matched,
        unknown=found.unknown,
        start=instant(found.start),
        end=instant(found.end),
        calls=calls,
        by=by,
        counts=counts,
    )


def to_json(listing: Listing) -> str:
    """Return the listing as one JSON document, in ASCII."""
    return json_text(listing.to_dict())


def to_csv(listing: Listing) -> str:
    """Return the calls, or their counts, as CSV for a spreadsheet."""
    zone = zone_named(listing.zone)
    if listing.by:
        key = "ani" if listing.by == "caller" else "value"
        rows = [{listing.by: r[key], "calls": r["calls"]} for r in listing.counts]
        return sheet.to_csv((listing.by, "calls"), rows, zone)
    return sheet.to_csv(EXPORTED, listing.calls, zone)


def to_text(
    listing: Listing,
    *,
    width: int = 100,
    color: bool = False,
    ascii_only: bool = False,
    verbose: bool = False,
) -> str:
    """Return the listing as a page for a terminal; ``verbose`` adds where each call was read."""
    zone = zone_named(listing.zone)
    page = Page(width=max(width, 40), ascii_only=ascii_only)
    asked = "; ".join(listing.asked) or "all calls"
    page.text((Bit(plural(listing.matched, "call"), "bold"), f" of {listing.searched:,}: {asked}"))
    if listing.unknown:
        page.text(
            f"of {plural(listing.unknown, 'call')} the records do not say, and they are not among these",
            first=Bit("  ! ", "doubt"),
        )
    if listing.by:
        page.blank()
        key = "ani" if listing.by == "caller" else "value"
        rows = [{**r, key: "not known" if r[key] is None else r[key]} for r in listing.counts]
        sheet.lay(
            page, (Column(key, listing.by.replace("_", " ")), Column("calls", "calls", "count")), rows, zone
        )
    elif listing.calls:
        page.blank()
        sheet.lay(page, COLUMNS, listing.calls, zone)
        instants = [c["offered_at"] for c in listing.calls]
        label = zone_label(instants, zone)  # type: ignore[arg-type]
        left = listing.matched - len(listing.calls)
        page.blank()
        page.line(
            Bit(f"Times are {zone_told(listing.zone, label)}." + (f" {left:,} more: --limit" if left else ""), "dim")
        )
        if verbose:
            for call in listing.calls:
                page.line(Bit(f"  {call['call_id']}  {call['source_file']}:{call['source_line']}", "dim"))
    return page.printed(color=color)
