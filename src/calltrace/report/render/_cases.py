"""Cases of the ledger for a terminal: one case, many, what is due, causes that come again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.report.render._page import NARROWEST, Bit, Page, width_of
from calltrace.report.render._words import (
    NBSP,
    capital,
    chance,
    closed,
    complaint,
    moment,
    party,
    plural,
    span,
    zone_label,
)
from calltrace.tables.clock import zone_named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from calltrace.desk.access import Lookup
    from calltrace.desk.ledger.history import Due, Repeated
    from calltrace.desk.ledger.records import CaseFile, Entry, Found, Item

NAMED = 8
"""Accounts or cases named in a row; JSON has all."""

NARROW = 8
"""Cells below which no column of a table goes."""

GAP = NBSP
"""Keeps two cells between the parts of a line; wrapping would make them one."""


def show(case: CaseFile, now: datetime, **options: object) -> str:
    """Return one case with everything written in it; options as for the terminal report."""
    page, zone = _page(options), zone_named(case.zone)
    page.text((Bit(case.reference, "bold"), f" · {_who(case)} · {_what(case)} · ", _status(case)))
    page.text(f"Opened {_at(case.opened, zone, year=True)} by {case.opened_by}", first="  ")
    if case.claim:
        page.text(f"The client says: “{case.claim}”", first="  ")
    if case.caller:
        page.text(f"The caller: {case.caller}", first="  ")
    if case.start and case.end:
        page.text(f"Asked about {_window(case.start, case.end, zone, now)}", first="  ")
    if case.found:
        page.blank()
        _found(page, case.found, zone, now)
    _items(page, [i for i in case.items if i.state == "open"], zone, now)
    page.blank()
    page.line(Bit("Written down", "head"))
    numbers = max(len(str(e.number)) for e in case.entries)
    for entry in case.entries:
        page.text(
            (f"{moment(entry.at, zone)}{GAP} {entry.by}{GAP} ", Bit(_kind(entry), "bold"), _said(case, entry, zone)),
            first=f"  {entry.number:>{numbers}}  ",
            indent=numbers + 4,
        )
    return page.printed(color=bool(options.get("color")))


def written(case: CaseFile, entry: Entry, now: datetime, **options: object) -> str:
    """Return what one has just written down, as it was understood."""
    page, zone = _page(options), zone_named(case.zone)
    left = f" ({_until(entry.due, now)})" if entry.due and entry.kind != "moved" else ""
    page.text(
        (
            Bit(f"{case.reference}, entry {entry.number}", "bold"),
            f": {_kind(entry)}{_said(case, entry, zone, label=True)}{left}",
        )
    )
    return page.printed(color=bool(options.get("color")))


def listing(cases: Sequence[CaseFile], now: datetime, **options: object) -> str:
    """Return a table of cases, one line or two each, and how many they are."""
    page = _page(options)
    rows: list[tuple[str | Bit, ...]] = []
    for case in cases:
        zone = zone_named(case.zone)
        found = case.found.cause if case.found and case.found.cause else "–"
        waiting = [i for i in case.items if i.state == "open"]
        late = sum(i.overdue(now) for i in waiting)
        told = f"{len(waiting)} open" if waiting else ""
        rows.append(
            (
                Bit(case.reference, "bold"),
                _day(case.opened, zone),
                _who(case),
                _what(case),
                found,
                Bit(case.status, "good" if case.status == "closed" else "doubt"),
                Bit(f"{told}, {late} overdue" if late else told, "bad" if late else ""),
            )
        )
    if not rows:
        page.text("No case.")
        return page.printed()
    heads = ("case", "opened", "account", "complaint", "found", "status", "waiting")
    rows.insert(0, tuple(Bit(h, "dim") for h in heads))
    widths = _widths(rows, page.width, flexible=(2, 3, 6, 4))
    page.table(rows, widths)
    still_open = sum(case.status == "open" for case in cases)
    page.blank()
    page.text(f"{plural(len(cases), 'case')}, {still_open} open")
    return page.printed(color=bool(options.get("color")))


def dues(found: Sequence[Due], now: datetime, within: timedelta, **options: object) -> str:
    """Return what is overdue, what comes due, and what waits for a signature without a time."""
    page = _page(options)
    draw_dues(page, found, now, within)
    if not found:
        page.text(f"Nothing is due within {_stretch(within)}.")
    return page.printed(color=bool(options.get("color")))


def draw_dues(page: Page, found: Sequence[Due], now: datetime, within: timedelta) -> None:
    """Add what is overdue and what comes due to a page; nothing where nothing does."""
    groups = (
        ("Overdue", "bad", [d for d in found if d.overdue]),
        (f"Due within {_stretch(within)}", "", [d for d in found if d.due and not d.overdue]),
        ("Not signed yet, no time agreed", "", [d for d in found if d.due is None]),
    )
    for title, style, members in groups:
        if not members:
            continue
        page.blank()
        page.line(Bit(title, "head"))
        for d in members:
            zone = zone_named(d.zone)
            when = f"{_at(d.due, zone)} ({_until(d.due, now)})" if d.due else ""
            page.text(
                (
                    Bit(f"{d.reference}/{d.number}", "bold"),
                    f"{GAP} {_account(d.name, d.account)}: {d.kind}{f' ({d.person})' if d.person else ''}",
                    ", " if when else "",
                    Bit(when, style),
                ),
                first="  ",
                indent=2,
            )
            page.text(d.text, first="    ")


def repeated(found: Sequence[Repeated], since: datetime, zone_name: str, **options: object) -> str:
    """Return the families of causes that came again, with the accounts they hit and what to do."""
    page, zone = _page(options), zone_named(zone_name)
    if not found:
        page.text(f"No trouble has come twice since {_at(since, zone, year=True)}.")
    draw_repeated(page, found, zone)
    return page.printed(color=bool(options.get("color")))


def draw_repeated(page: Page, found: Sequence[Repeated], zone: ZoneInfo) -> None:
    """Add causes that came again to a page, with the accounts they hit and what to do."""
    for one in found:
        page.blank()
        page.text(
            (
                Bit(capital(one.family.replace("-", " ")), "bold"),
                f": {plural(len(one.cases), 'case')} of {plural(len(one.accounts), 'account')}, ",
                f"{plural(one.times, 'time')} from {moment(one.first, zone, year=True)}",
                f" to {moment(one.last, zone, year=True)}",
            )
        )
        page.text(f"{', '.join(one.causes)} ({', '.join(party(p) for p in one.parties) or 'nobody named'})", first="  ")
        page.text(_some([f"{_account(name, account)} {count}×" for account, name, count in one.accounts]), first="  ")
        page.text(_some(one.cases), first="  ")
        page.text(closed(one.again), first="  → ", indent=4)


def due_said(one: Due, now: datetime) -> str:
    """Return one thing that is due as a sentence."""
    when = f", {_at(one.due, zone_named(one.zone))} ({_until(one.due, now)})" if one.due else ""
    return (
        f"{one.reference}/{one.number} {_account(one.name, one.account)}: {one.kind}"
        f"{f' ({one.person})' if one.person else ''}{when}: {one.text}"
    )


def repeated_said(one: Repeated) -> str:
    """Return causes that came again as a sentence."""
    hit = _some([f"{_account(name, account)} {count}×" for account, name, count in one.accounts])
    cases = f"{plural(len(one.cases), 'case')} of {plural(len(one.accounts), 'account')}"
    return f"{capital(one.family.replace('-', ' '))}, {cases} ({hit}): {one.again}"


def _page(options: dict[str, object]) -> Page:
    return Page(max(int(str(options.get("width") or 100)), NARROWEST), bool(options.get("ascii_only")))


def _found(page: Page, found: Found, zone: ZoneInfo, now: datetime) -> None:
    sure = chance(found.confidence) if found.confidence is not None else f"decided by {found.decided_by}"
    named = f"{found.cause} ({party(found.party)}), {sure}" if found.cause else "no cause was named"
    page.text((Bit("Found", "head"), f"{GAP} ", Bit(named, "bold")))
    if found.start and found.end:
        page.text(_window(found.start, found.end, zone, now), first="  ")
    page.text(found.summary, first="  ")


def _items(page: Page, items: Sequence[Item], zone: ZoneInfo, now: datetime) -> None:
    if not items:
        return
    page.blank()
    page.line(Bit("Open", "head"))
    for item in items:
        late = item.overdue(now)
        when = f"{_at(item.due, zone)} ({_until(item.due, now)})" if item.due else "no time agreed"
        page.text(
            (
                f"{item.kind}{f' ({item.person})' if item.person else ''}, ",
                Bit(when, "bad" if late else ""),
                f": {item.text}",
            ),
            first=f"  {item.number}  ",
            indent=4 + len(str(item.number)),
        )


def _who(case: CaseFile) -> str:
    return _account(case.name, case.account)


def _some(names: Sequence[str]) -> str:
    """Return names in a row, no more than a line or two of them."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _account(name: str, account: str) -> str:
    return f"{name} ({account})" if name and name != account else account


def _what(case: CaseFile) -> str:
    return complaint(case.complaint) if case.complaint else "no complaint named"


def _status(case: CaseFile) -> Bit:
    return Bit(case.status, "good" if case.status == "closed" else "doubt")


def _kind(entry: Entry) -> str:
    if entry.kind == "note" and entry.person:
        return f"told {entry.person}{f' by {entry.channel}' if entry.channel else ''}"
    return {"report": "report", "closed": "closed", "change": "agreed change"}.get(entry.kind, entry.kind)


def _said(case: CaseFile, entry: Entry, zone: ZoneInfo, *, label: bool = False) -> str:
    """Return what follows an entry's kind: what it is about, whom it names, its times, its text."""
    parts = []
    if entry.amount is not None:
        parts.append(f" {entry.amount}{NBSP}{entry.currency}".rstrip())
    if entry.about is not None:
        about = next((e for e in case.entries if e.number == entry.about), None)
        parts.append(f" {entry.about}{f' ({about.kind}: {about.text})' if about else ''}")
    if entry.person and entry.kind != "note":
        word = {"promise": "by", "signed": "by", "follow-up": "with", "change": "to be signed by"}.get(entry.kind, "by")
        parts.append(f" {word} {entry.person}")
    if entry.kind == "kept" and (item := next((i for i in case.items if i.number == entry.about), None)) and item.late:
        parts.append(f", {_stretch((item.settled or entry.at) - (item.due or entry.at))} late")
    if entry.due:
        at = moment(entry.due, zone, year=label)
        parts.append(f", {'now ' if entry.kind == 'moved' else ''}due {at}{f' {_label(entry.due, zone)}' if label else ''}")
    if entry.happened:
        parts.append(f", on {moment(entry.happened, zone)}")
    if entry.kind == "report":
        found = next((r for r in case.reports if r.number == entry.number), None)
        if found and found.cause:
            return f": {found.cause}, {chance(found.confidence)}"
    if entry.cause:
        parts.append(f" as {entry.cause}")
    told = "".join(parts)
    return f"{told}: {entry.text}" if entry.text else told


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def _label(at: datetime, zone: ZoneInfo) -> str:
    return zone_label([at], zone)


def _at(at: datetime, zone: ZoneInfo, *, year: bool = False) -> str:
    return f"{moment(at, zone, year=year)} {_label(at, zone)}"


def _window(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    other = start.astimezone(zone).year != now.astimezone(zone).year
    return f"{span(start, end, zone, year=other)} {zone_label([start, end], zone)}"


def _until(due: datetime, now: datetime) -> str:
    if abs(due - now) < timedelta(minutes=1):
        return "now"
    return f"in {_stretch(due - now)}" if due > now else f"{_stretch(now - due)} overdue"


def _stretch(length: timedelta) -> str:
    """Return a length of time in its two largest units: ``2 days 3 h``, ``6 h 30 min``."""
    minutes = round(length.total_seconds() / 60)
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        parts = [plural(days, "day"), f"{hours}{NBSP}h" if hours else ""]
    else:
        parts = [f"{hours}{NBSP}h" if hours else "", f"{left}{NBSP}min" if left or not hours else ""]
    return NBSP.join(p for p in parts if p)


def _widths(rows: Sequence[tuple[str | Bit, ...]], room: int, flexible: tuple[int, ...]) -> list[int]:
    """Return how wide each column is: as its widest cell, less where the table would not fit.

    The flexible columns give way in their order, first down to their longest word, then further.
    """
    columns = [[c.text if isinstance(c, Bit) else c for c in column] for column in zip(*rows, strict=True)]
    widths = [max(map(width_of, column)) for column in columns]
    over = sum(widths) + 2 * (len(widths) - 1) - room
    words = [max((width_of(w) for cell in column for w in cell.split(" ")), default=1) for column in columns]
    for least in (words, [NARROW] * len(widths)):
        for place in flexible:
            taken = max(min(over, widths[place] - least[place]), 0)
            widths[place] -= taken
            over -= taken
    return widths


def lookups(found: Sequence[Lookup], zone: ZoneInfo, **options: object) -> str:
    """Return lookups of callers as a table, in order, times in the zone."""
    page = _page(options)
    if not found:
        page.text("Nobody was looked up.")
        return page.printed()
    rows: list[tuple[str | Bit, ...]] = [tuple(Bit(h, "dim") for h in ("when", "who", "command", "caller", "why"))]
    rows += [
        (
            f"{moment(one.at, zone, year=True)} {_label(one.at, zone)}",
            one.who,
            one.command,
            one.caller or "–",
            one.reason or "–",
        )
        for one in found
    ]
    widths = _widths(rows, page.width, flexible=(4, 1))
    page.table(rows, widths)
    return page.printed(color=bool(options.get("color")))
