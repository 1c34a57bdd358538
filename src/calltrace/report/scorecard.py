"""The page of an account, an agent or a trunk group: for people, programs and spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.report import privacy, sheet
from calltrace.report.render._page import Bit, Page
from calltrace.report.render._words import NBSP, span, zone_label, zone_name
from calltrace.report.sheet import Column, Kind
from calltrace.report.values import finite, json_text, sure, zone_named
from calltrace.version import REPORT_SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from calltrace.desk.pages import Card, Figure

KINDS: dict[str, Kind] = {
    "calls": "count",
    "s": "seconds",
    "share": "share",
    "hours": "figure",
    "count": "figure",
}
HEADS: dict[str, tuple[str, Kind]] = {
    "day": ("day", "text"),
    "dnis": ("number", "text"),
    "ani": ("caller", "text"),
    "number": ("number", "text"),
    "result": ("result", "text"),
    "account": ("account", "text"),
    "name": ("client", "text"),
    "agent": ("agent", "text"),
    "offered": ("offered", "count"),
    "answered": ("answered", "count"),
    "missed": ("missed", "count"),
    "wait_s": ("wait", "seconds"),
    "talk_s": ("talk", "seconds"),
    "hold_s": ("hold", "seconds"),
    "last": ("last call", "instant"),
    "offered_at": ("offered at", "instant"),
    "tested_at": ("tested at", "instant"),
    "outcome": ("outcome", "text"),
    "ended_by": ("ended by", "text"),
    "call_id": ("call id", "text"),
}

Rows = tuple[dict[str, object], ...]


@dataclass(frozen=True)
class Measure:
    """One figure as it may be shown; see :class:`calltrace.desk.pages.Figure`."""

    name: str
    label: str
    unit: str
    value: float | None
    usual: float | None
    low: float | None
    high: float | None
    peers: float | None
    target: float | None
    at_least: bool
    source: str
    verdict: str
    unusual: str


@dataclass(frozen=True)
class Table:
    """One table of the page."""

    title: str
    columns: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True)
class Scorecard:
    """What may be shown of a page: plain values; see :class:`calltrace.desk.pages.Card`."""

    kind: str
    key: str
    name: str
    zone: str
    start: datetime
    end: datetime
    weeks: int
    figures: tuple[Measure, ...]
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the page as JSON values, ``calltrace.report/1``."""
        zone = zone_named(self.zone)
        return {
            "schema": REPORT_SCHEMA,
            "command": self.kind,
            self.kind: self.key,
            "name": self.name,
            "zone": self.zone,
            "window": {
                "start": self.start.astimezone(zone).isoformat(),
                "end": self.end.astimezone(zone).isoformat(),
            },
            "usual_weeks": self.weeks,
            "facts": dict(self.facts),
            "figures": [
                {
                    "name": f.name,
                    "says": f.label,
                    "unit": f.unit,
                    "value": f.value,
                    "usual": f.usual,
                    "usual_low": f.low,
                    "usual_high": f.high,
                    "peers_median": f.peers,
                    "target": f.target,
                    "target_is": None if f.target is None else "at least" if f.at_least else "at most",
                    "target_source": f.source or None,
                    "verdict": f.verdict or None,
                    "unusual": f.unusual or None,
                }
                for f in self.figures
            ],
            "tables": [{"title": t.title, "rows": sheet.json_rows(t.rows, zone)} for t in self.tables],
            "notes": list(self.notes),
        }


def scorecard_of(card: Card) -> Scorecard:
    """Return what may be shown of a page."""
    made = Scorecard(
        kind=card.kind,
        key=card.key,
        name=card.name,
        zone=card.zone,
        start=sure(card.start),
        end=sure(card.end),
        weeks=card.weeks,
        figures=tuple(_measure(f) for f in card.figures),
        facts=card.facts,
        tables=tuple(Table(t.title, t.columns, tuple(sheet.rows_of(t.rows, t.columns))) for t in card.tables),
        notes=card.notes,
    )
    return privacy.shield(made, card.case)


def _measure(f: Figure) -> Measure:
    return Measure(
        name=f.name,
        label=f.label,
        unit=f.unit,
        value=finite(f.value),
        usual=finite(f.usual),
        low=finite(f.low),
        high=finite(f.high),
        peers=finite(f.peers),
        target=finite(f.target),
        at_least=f.at_least,
        source=f.source,
        verdict=f.verdict,
        unusual=f.unusual,
    )


def to_json(card: Scorecard) -> str:
    """Return the page as one JSON document, in ASCII."""
    return json_text(card.to_dict())


def to_csv(card: Scorecard) -> str:
    """Return the figures as CSV for a spreadsheet."""
    columns = (
        "name",
        "label",
        "unit",
        "value",
        "usual",
        "low",
        "high",
        "peers",
        "target",
        "verdict",
        "unusual",
    )
    rows = [{c: getattr(f, c) for c in columns} for f in card.figures]
    return sheet.to_csv(columns, rows, zone_named(card.zone))


def to_text(
    card: Scorecard, *, width: int = 100, color: bool = False, ascii_only: bool = False, verbose: bool = False
) -> str:
    """Return the page for a terminal; ``verbose`` says where each target comes from."""
    zone = zone_named(card.zone)
    page = Page(width=max(width, 40), ascii_only=ascii_only)
    kind = {"account": "account", "agent": "agent", "trunk": "trunk group"}[card.kind]
    who = card.name if card.name == card.key else f"{card.name} ({card.key})"
    when = f"{span(card.start, card.end, zone, year=True)} {zone_label([card.start, card.end], zone)}"
    page.text((Bit(who, "bold"), f" · {kind} · {when}".replace(" ", NBSP).replace(f"{NBSP}·{NBSP}", " · ")))
    for label, value in card.facts:
        page.text(value, first=Bit(f"  {label}: ", "dim"), style="dim")
    page.blank()
    _figures(page, card)
    for table in card.tables:
        page.blank()
        page.line(Bit(table.title, "bold"))
        columns = [
            Column(c, HEADS[c][0], HEADS[c][1], rank=1 + (i > 1) + (i > 4))
            for i, c in enumerate(table.columns)
        ]
        sheet.lay(page, columns, table.rows, zone)
    page.blank()
    weeks = f"{card.weeks} week{'' if card.weeks == 1 else 's'}"
    page.text(
        f"Usual is the mean (lowest to highest) of the same time in the {weeks} before; unusual is what weeks like them"
        f" give less than once in a hundred. Times are {zone_name(card.zone)}.",
        style="dim",
    )
    if verbose:
        for f in card.figures:
            if f.source:
                page.text(f"target of {f.label}: {f.source}", style="dim", indent=2)
    for note in card.notes:
        page.text(note, first=Bit("! ", "doubt"))
    return page.printed(color=color)


def _figures(page: Page, card: Scorecard) -> None:
    """Lay the figures out: value, usual with its range, peers, target, and what to make of it."""
    zone = zone_named(card.zone)
    rows: list[tuple[Bit | str, ...]] = []
    for f in card.figures:

        def said(value: float | None, f: Measure = f) -> str:
            text = sheet.said(value, KINDS[f.unit], zone) if value is not None else ""
            return f"{text} h" if f.unit == "hours" and text else text

        usual = said(f.usual)
        if f.low is not None and f.high is not None and usual:
            usual += f" ({said(f.low)}–{said(f.high)})"
        sense = "" if f.target is None else ("≥ " if f.at_least else "≤ ") + said(f.target)
        mark, style = {"missed": ("✗", "bad"), "met": ("✓", "good"), "": ("", "")}[f.verdict]
        arrow = {"above": "▲ unusual", "below": "▼ unusual", "": ""}[f.unusual]
        cells = (f.label, said(f.value) or "?", usual, said(f.peers), sense)
        rows.append((*cells[:1], Bit(cells[1], "bold"), *cells[2:], Bit(mark, style), Bit(arrow, "doubt")))
    heads = ("", "now", "usual", "others", "target", "", "")
    used = [i for i in range(len(heads)) if any(_text(r[i]) for r in rows)]
    while len(used) > 3 and _wide(rows, heads, used) > page.width:
        used.remove(next((i for i in (3, 4) if i in used), used[-1]))
    widths = [max(len(heads[i]), *(len(_text(r[i])) for r in rows)) for i in used]
    right = {1, 3}

    def head(i: int, width: int) -> Bit:
        return Bit(heads[i].rjust(width).replace(" ", NBSP) if i in right else heads[i], "dim")

    lines: list[tuple[str | Bit, ...]] = [tuple(head(i, w) for i, w in zip(used, widths, strict=True))]
    for row in rows:
        cells_ = []
        for i, w in zip(used, widths, strict=True):
            cell = row[i] if isinstance(row[i], Bit) else Bit(str(row[i]))
            text = cell.text.rjust(w) if i in right else cell.text  # type: ignore[union-attr]
            cells_.append(Bit(text.replace(" ", NBSP) if i else text, cell.style))  # type: ignore[union-attr]
        lines.append(tuple(cells_))
    page.table(lines, widths)


def _text(cell: Bit | str) -> str:
    return cell.text if isinstance(cell, Bit) else cell


def _wide(rows: list[tuple[Bit | str, ...]], heads: tuple[str, ...], used: list[int]) -> int:
    return sum(max(len(heads[i]), *(len(_text(r[i])) for r in rows)) + 2 for i in used)
