"""Rows for people, for programs and for spreadsheets: one list of plain values, laid out three ways.

What a spreadsheet would take for a formula is given a leading apostrophe; a telephone number is none.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from calltrace.classes import dataclass
from calltrace.report.render._page import Bit, width_of
from calltrace.report.render._words import NBSP
from calltrace.report.render.to_csv import unformed
from calltrace.report.values import json_value, plain_value
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    import pandas as pd

    from calltrace.report.render._page import Page

Kind = Literal["text", "instant", "clock", "seconds", "count", "share", "figure"]
Row = dict[str, object]

_PLAIN = re.compile(r"^[+-]?\d+(?:[.,:]\d+)*$")


@dataclass(frozen=True)
class Column:
    """One column: its name in the rows, its heading, what its values are; ``rank`` 1 is given up last."""

    name: str
    head: str
    kind: Kind = "text"
    rank: int = 1
    most: int = 40


def rows_of(frame: pd.DataFrame, columns: Sequence[str]) -> list[Row]:
    """Return a frame's rows as plain values: texts, numbers, UTC datetimes, None for NA."""
    values = {
        c: [plain_value(v) for v in frame[c].astype(object).tolist()] for c in columns if c in frame.columns
    }
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def json_rows(rows: Iterable[Mapping[str, object]], zone: ZoneInfo) -> list[dict[str, object]]:
    """Return rows as JSON values, instants with the zone's offset."""
    return [{k: json_value(v, zone) for k, v in row.items()} for row in rows]


def said(value: object, kind: Kind, zone: ZoneInfo) -> str:
    """Return a value as a person reads it; nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        there = value.astimezone(zone)
        return f"{there:%H:%M:%S}" if kind == "clock" else f"{there:%a} {there.day} {there:%b %H:%M:%S}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if kind == "seconds":
        return length(value)
    if kind == "share":
        return f"{value * 100:.0f} %" if value >= 0.1 or not value else f"{value * 100:.1f} %"
    return (
        f"{value:,.0f}"
        if kind == "count" or float(value).is_integer() or abs(value) >= 100
        else f"{value:.3g}"
    )


def length(seconds: float) -> str:
    """Return seconds as 42 s, 3:05, 1:02:03.

    Examples
    --------
    >>> length(42), length(185.4), length(3723)
    ('42 s', '3:05', '1:02:03')
    """
    whole = round(seconds)
    if abs(whole) < 60:
        return f"{whole} s" if whole or not seconds else f"{seconds:.1g} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def lay(page: Page, columns: Sequence[Column], rows: Sequence[Mapping[str, object]], zone: ZoneInfo) -> None:
    """Add rows as a table: figures to the right, empty columns left out, the least given up where it is narrow."""
    shown = [c for c in columns if any(r.get(c.name) is not None for r in rows)]
    cells = {c.name: [said(r.get(c.name), c.kind, zone) for r in rows] for c in shown}

    def wide(c: Column) -> int:
        return min(c.most, max(width_of(c.head), *(width_of(v) for v in cells[c.name])))

    while len(shown) > 2 and sum(wide(c) + 2 for c in shown) - 2 > page.width:
        least = max(c.rank for c in shown)
        shown.remove(next(c for c in reversed(shown) if c.rank == least))
    if not shown:
        return
    widths = [wide(c) for c in shown]

    def cell(c: Column, text: str, width: int) -> str:
        right = c.kind in ("seconds", "count", "share", "figure")
        return NBSP * max(width - width_of(text), 0) + text if right else text

    heads = tuple(Bit(cell(c, c.head, w), "dim") for c, w in zip(shown, widths, strict=True))
    lines = [
        tuple(cell(c, cells[c.name][i], w) for c, w in zip(shown, widths, strict=True))
        for i in range(len(rows))
    ]
    page.table([heads, *lines], widths)


def safe(text: str) -> str:
    r"""Return a text that no spreadsheet takes for a formula and no terminal for a command, its hidden letters shown.

    Examples
    --------
    >>> safe("=HYPERLINK(1)"), safe("+17175551234"), safe("-3.5"), safe("Ann")
    ("'=HYPERLINK(1)", '+17175551234', '-3.5', 'Ann')
    >>> print(safe("\x1b[31mred"))
    \x1b[31mred
    """
    shown = visible(text)
    return shown if _PLAIN.match(shown) else unformed(shown)


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]], zone: ZoneInfo) -> str:
    """Return rows as CSV: ISO 8601 instants with the zone's offset, empty for unknown, safe in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        values = [json_value(row.get(c), zone) for c in columns]
        writer.writerow([safe(v) if isinstance(v, str) else "" if v is None else v for v in values])
    return out.getvalue()
