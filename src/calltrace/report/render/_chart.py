"""Calls arrived against calls expected, as columns of blocks: the shape a supervisor sees at a glance."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.report.render._page import Bit, Page
from calltrace.report.render._words import NBSP, count, zone_label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from calltrace.report.report import Hour, Window

BIN_HOURS = (1, 2, 3, 6, 12, 24, 48, 72, 168)
MOST_BINS = 24
LABEL = 10
"""Cells before the first column."""

WIDEST = 5
"""Cells a column takes at most, its gap included."""

EIGHTHS = " ▁▂▃▄▅▆▇█"
RANGE = "░"
BAR = "█"


@dataclass(frozen=True)
class Bin:
    """Several hours together. ``low`` and ``high``: what chance alone explains nineteen times in twenty."""

    start: datetime
    end: datetime
    expected: float | None
    low: float | None
    high: float | None
    arrived: float | None

    @property
    def outside(self) -> int:
        """-1 where fewer calls arrived than the range allows, 1 where more did, else 0."""
        if self.arrived is None or self.low is None or self.high is None:
            return 0
        return -1 if self.arrived < self.low else int(self.arrived > self.high)


def binned(hours: Sequence[Hour], size: int, zone: ZoneInfo) -> list[Bin]:
    """Return hours gathered into bins of ``size`` hours that start at round local times.

    The range of a bin takes the hours as straying independently: its half-width is the root of the summed
    squares of theirs, taken above the expectation, where the counting of small numbers does not cut it short.
    """
    groups: dict[datetime, list[Hour]] = {}
    first_day: date | None = None
    for hour in hours:
        local = hour.start.astimezone(zone).replace(tzinfo=None, minute=0, second=0, microsecond=0)
        first_day = first_day or local.date()
        if size <= 24:
            key = local.replace(hour=local.hour // size * size)
        else:
            days = (local.date() - first_day).days
            step = size // 24
            key = datetime.combine(first_day, datetime.min.time()) + timedelta(days=days // step * step)
        groups.setdefault(key, []).append(hour)
    return [_sum(group) for group in groups.values()]


def _sum(hours: list[Hour]) -> Bin:
    start, end = hours[0].start, hours[-1].start + timedelta(hours=1)
    arrived = _total([h.arrived for h in hours])
    expected = _total([h.expected for h in hours])
    if len(hours) == 1:
        return Bin(start, end, expected, hours[0].low, hours[0].high, arrived)
    spread = _total(
        [None if h.high is None or h.expected is None else (h.high - h.expected) ** 2 for h in hours]
    )
    if expected is None or spread is None:
        return Bin(start, end, expected, None, None, arrived)
    half = math.sqrt(spread)
    return Bin(
        start, end, expected, max(0.0, math.floor(expected - half)), math.ceil(expected + half), arrived
    )


def _total(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if len(known) == len(values) else None


def focus(hours: Sequence[Hour], window: Window, most: int) -> list[Hour]:
    """Return the hours to show: all, or those about the window where it would be lost in the whole."""
    if not hours:
        return []
    length = window.end - window.start
    size = fitting(len(hours), most)
    if length >= timedelta(hours=3 * size) or length <= timedelta(0):
        return list(hours)
    around = max(2 * length, timedelta(hours=6))
    near = [h for h in hours if window.start - around <= h.start < window.end + around]
    return near or list(hours)


def fitting(hours: int, most: int) -> int:
    """Return the smallest size of bin, in hours, that shows so many hours in at most ``most`` bins."""
    return next((s for s in BIN_HOURS if hours // s + 1 <= most or hours <= s * most - s + 1), BIN_HOURS[-1])


def draw(
    page: Page, hours: Sequence[Hour], window: Window, asked: Window, zone: ZoneInfo, *, rows: int
) -> None:
    """Add the chart to the page: columns, hours and days, the figures, and where the trouble lies."""
    room = page.width - LABEL
    cell, size, bins = _fit(hours, window, zone, room)
    if not bins:
        return
    days = size >= 24
    labels = zone_label([bins[0].start, bins[-1].end], zone)
    unit = _unit(size)
    page.line(
        Bit(f"Calls per {unit}, {labels}", "bold"),
        "   ",
        Bit(BAR, "accent"),
        " arrived  ",
        Bit(RANGE, "dim"),
        " usual range",
        *((" (19 in 20)",) if page.width >= 70 else ()),
        *(("  ", Bit("━", "badbold"), " trouble") if window != asked else ()),
        "  ",
        Bit("─", "dim"),
        " asked",
    )
    top = max([1.0, *(max(b.high or 0, b.expected or 0, b.arrived or 0) for b in bins)])
    for row in range(rows, 0, -1):
        edge = count(top) if row == rows else "0" if row == 1 else ""
        line: list[str | Bit] = [f"{edge:>{LABEL - 2}} │"]
        for b in bins:
            line.extend(_cell(b, row, rows, top, cell - 1, ascii_only=page.ascii_only))
        page.line(*line)
    starts = [b.start.astimezone(zone) for b in bins]
    if days:
        _row(page, "", [f"{s:%a}"[: cell - 1] for s in starts], cell)
        marks = [f"{s.day} {s:%b}" for s in starts]
    else:
        _row(page, "", [f"{s:%H}" for s in starts], cell, left=True)
        marks = [
            f"{s:%a} {s.day} {s:%b}" if i == 0 or s.date() != starts[i - 1].date() else ""
            for i, s in enumerate(starts)
        ]
    _marks(page, marks, cell)
    _row(page, "expected", [count(b.expected) for b in bins], cell)
    _row(
        page,
        "arrived",
        [count(b.arrived) for b in bins],
        cell,
        styles=["badbold" if b.outside < 0 else "doubt" if b.outside else "bold" for b in bins],
    )
    if any(b.outside for b in bins):
        shown = [{-1: "▼", 0: "", 1: "▲"}[b.outside] for b in bins]
        _row(page, "outside", shown, cell, styles=["badbold" if b.outside < 0 else "doubt" for b in bins])
    _windows(page, bins, window, asked, cell)


def _unit(size: int) -> str:
    if size < 24:
        return "hour" if size == 1 else f"{size}{NBSP}h"
    return "day" if size == 24 else f"{size // 24}{NBSP}days"


def _fit(hours: Sequence[Hour], window: Window, zone: ZoneInfo, room: int) -> tuple[int, int, list[Bin]]:
    """Return the cells a bin takes, its size in hours, and the bins, so that all fit in the room."""
    cell = 3
    while True:
        most = max(min(MOST_BINS, room // cell), 2)
        shown = focus(hours, window, most)
        for size in (s for s in BIN_HOURS if s >= fitting(len(shown), most)):
            bins = binned(shown, size, zone)
            if len(bins) <= most:
                break
        needed = 1 + max((len(count(v)) for b in bins for v in (b.expected, b.arrived)), default=2)
        if size >= 24:
            needed = max(needed, 4 if room // 4 >= len(bins) else 3)
        if needed <= cell or cell >= 8:
            return max(cell, min(room // max(len(bins), 1), WIDEST)), size, bins
        cell = needed


def _cell(b: Bin, row: int, rows: int, top: float, width: int, *, ascii_only: bool) -> list[str | Bit]:
    """Return one bin's cells in one row of the chart (row 1 is the lowest), and the gap behind it."""
    unit = top / rows
    floor = (row - 1) * unit
    filled = 0.0 if b.arrived is None else (b.arrived - floor) / unit
    eighth = max(0, min(8, round(filled * 8)))
    if b.arrived and row == 1:
        eighth = max(1, eighth)  # one call among hundreds is still to be seen
    in_range = b.low is not None and b.high is not None and b.high > floor and b.low < floor + unit * 0.999
    if in_range and row == 1 and (b.high or 0) < 0.5:
        in_range = False
    if eighth == 8 or (ascii_only and eighth >= 4):
        return [Bit(BAR * width, "accent"), " "]
    if eighth and not ascii_only:
        return [Bit(EIGHTHS[eighth] * width, "accent"), " "]
    return [Bit(RANGE * width, "dim") if in_range else " " * width, " "]


def _row(
    page: Page,
    label: str,
    texts: list[str],
    cell: int,
    *,
    styles: list[str] | None = None,
    left: bool = False,
) -> None:
    parts: list[str | Bit] = [f"{label:<{LABEL - 1}} "]
    for place, text in enumerate(texts):
        set_in = f"{text:<{cell - 1}}" if left else f"{text:>{cell - 1}}"
        parts.extend((Bit(set_in, styles[place] if styles else ""), " "))
    page.line(*parts)


def _marks(page: Page, marks: list[str], cell: int) -> None:
    """Add the days under the columns that begin them, as far as there is room for each."""
    line, free = " " * LABEL, LABEL
    for place, mark in enumerate(marks):
        at = LABEL + place * cell
        if mark and at >= free and at + len(mark) <= page.width:
            line = f"{line:<{at}}{mark}"
            free = at + len(mark) + 1
    page.line(Bit(line, "dim"))


def _windows(page: Page, bins: list[Bin], window: Window, asked: Window, cell: int) -> None:
    """Add the line that says where the trouble lies, and where the complaint was about."""
    known = window != asked  # where the trouble has no window of its own, only the question has
    parts: list[str | Bit] = [f"{'trouble' if known else 'asked':<{LABEL - 1}} "]
    for b in bins:
        trouble = known and b.start < window.end and window.start < b.end
        inside = b.start < asked.end and asked.start < b.end
        parts.append(Bit("━" * cell, "badbold") if trouble else Bit(("─" if inside else " ") * cell, "dim"))
    last = parts[-1]
    parts[-1] = Bit(last.text[:-1], last.style) if isinstance(last, Bit) else last
    page.line(*parts)
