"""The charts of an investigation: calls arrived against those expected, and what else the records can draw.

Times are drawn as time passed and labelled with the local clock, so that an hour a clock change repeats or leaves
out is as wide as it was long.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calltrace.report.render._chart import binned, fitting, focus
from calltrace.report.render._drawing import NARROW, WIDE, Chart
from calltrace.report.render._words import count, figure, moment, zone_label
from calltrace.report.report import Series
from calltrace.report.values import zone_named
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from calltrace.report.render._chart import Bin
    from calltrace.report.render._drawing import Spec
    from calltrace.report.report import Report, Window

MOST_BINS = 40
"""Bars of the chart of arrivals at most."""

ZERO_LINE = 1.0
"""The least top of an axis of counts: a chart of nothing still shows where one would be."""

ARRIVALS = {"arrived": "@seen", "expected": "@ink", "usual range (19 in 20)": "@range"}
"""What the chart of arrivals draws, each with its colour."""


def charts_of(report: Report) -> tuple[Chart, ...]:
    """Return the charts of an investigation: arrivals first, then what else the records can draw."""
    zone = zone_named(report.zone)
    trouble = report.window if report.window != report.asked else None  # the window asked about is no trouble
    made = [_arrivals(report, zone), *(series_chart(s, zone, trouble) for s in report.series)]
    return tuple(c for c in made if c is not None)


def _arrivals(report: Report, zone: ZoneInfo) -> Chart | None:
    """Return calls arrived against those expected, the range chance alone explains, the trouble shaded."""
    hours = focus(report.chart, report.window, MOST_BINS)
    size = fitting(len(hours), MOST_BINS)
    bins = binned(hours, size, zone)
    if not any(b.arrived is not None for b in bins):
        return None
    first, last = bins[0].start, bins[-1].end
    rows = [
        {
            "from": _hours(first, b.start),
            "to": _hours(first, b.end),
            "arrived": b.arrived,
            "expected": b.expected,
            "low": b.low,
            "high": b.high,
        }
        for b in bins
    ]
    shaded = report.window != report.asked
    layers = [*(_shade(report.window, first, last) if shaded else ()), *_arrival_layers(bins)]
    label = zone_label([first, last], zone)
    unit = length_said(timedelta(hours=size))
    return Chart(
        "arrivals",
        f"Calls expected and arrived, per {unit} ({label})",
        _arrivals_said(bins, report.window, "the trouble" if shaded else "the window"),
        ("from", "arrived", "expected", "usual range"),
        tuple((moment(b.start, zone), count(b.arrived), _tenth(b.expected), _range(b)) for b in bins),
        {"data": {"values": rows}, "layer": layers, "ticks": clock_ticks(first, last, zone)},
        keys=tuple(ARRIVALS),
    )


def _arrivals_said(bins: Sequence[Bin], window: Window, called: str) -> str:
    """Return in words what the chart of arrivals shows; ``called`` is what the window is."""
    inside = [b for b in bins if b.start < window.end and window.start < b.end]
    known = [b for b in inside if b.arrived is not None and b.expected is not None]
    below, above = (sum(b.outside == side for b in bins) for side in (-1, 1))
    whole = bool(inside) and window.start <= inside[0].start and inside[-1].end <= window.end
    where = called if whole else f"the columns that {called} touches"
    told = f" Of {len(bins)} columns, {below} lie below the usual range and {above} above." if below or above else ""
    return (
        f"Calls arrived in {where}: {count(sum(b.arrived or 0 for b in known))};"
        f" expected: {count(sum(b.expected or 0 for b in known))}."
        f"{told}"
    ).replace("\u00a0", " ")


def _arrival_layers(bins: Sequence[Bin]) -> list[Spec]:
    """Return the usual range as boxes, arrivals as bars over it, and what was expected as a rule across each."""
    color = _color(ARRIVALS)
    x = time_axis(bins[-1].end, bins[0].start)
    y = _y(max([ZERO_LINE, *(max(b.high or 0, b.arrived or 0, b.expected or 0) for b in bins)]))
    bar = {"field": "from", **x}
    return [
        {
            "mark": {"type": "rect"},
            "transform": [{"filter": "datum.high != null"}],
            "encoding": {
                "x": bar,
                "x2": {"field": "to"},
                "y": {"field": "low", **y},
                "y2": {"field": "high"},
                "color": {"datum": "usual range (19 in 20)", **color},
            },
        },
        {
            "mark": {"type": "bar", "width": {"band": 1}},
            "transform": [
                {"filter": "datum.arrived != null"},
                {"calculate": "datum.from + (datum.to - datum.from) * 0.2", "as": "left"},
                {"calculate": "datum.to - (datum.to - datum.from) * 0.2", "as": "right"},
            ],
            "encoding": {
                "x": {"field": "left", **x},
                "x2": {"field": "right"},
                "y": {"field": "arrived", **y},
                "y2": {"datum": 0},
                "color": {"datum": "arrived", **color},
            },
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "transform": [{"filter": "datum.expected != null"}],
            "encoding": {
                "x": bar,
                "x2": {"field": "to"},
                "y": {"field": "expected", **y},
                "color": {"datum": "expected", **color},
            },
        },
    ]


TITLES = {
    "waits": "Wait before an agent, mean",
    "ends": "How calls ended",
    "agents": "Agents logged in and needed",
    "trunks": "Trunks in use",
}

UNITS = {"s": "seconds", "min": "minutes", "calls": "calls", "agents": "agents", "trunks": "trunks"}

ROLES: dict[str, tuple[str, Spec]] = {
    "seen": ("@seen", {"strokeWidth": 2.5}),
    "usual": ("@usual", {"strokeWidth": 1.5, "strokeDash": [3, 2]}),
    "needed": ("@needed", {"strokeWidth": 1.8, "strokeDash": [6, 3]}),
    "limit": ("@limit", {"strokeWidth": 1.5, "strokeDash": [8, 3, 2, 3]}),
}


def series_chart(series: Series, zone: ZoneInfo, window: Window | None = None) -> Chart | None:
    """Return the chart of one series: parts as stacked bars, anything else as steps; the window shaded."""
    size = max((len(line.points) for line in series.lines), default=0)
    if not any(v is not None for line in series.lines for v in line.points):
        return None
    first = series.start
    step = series.minutes / 60
    last = first + timedelta(hours=size * step)
    scale = 60.0 if series.unit == "s" and _most(series) > 300 else 1.0
    unit = "min" if scale > 1 else series.unit
    rows = [
        {"from": place * step, "to": (place + 1) * step, "line": line.name, "order": order, "value": value / scale}
        for order, line in enumerate(series.lines)
        for place, value in enumerate(line.points)
        if value is not None
    ]
    stacked = all(line.role == "part" for line in series.lines)
    layers = _bars(series, first, last) if stacked else _steps(series, first, last, scale, step)
    if window is not None:
        layers = [*_shade(window, first, last), *layers]
    scope = {"account": " of this client", "platform": ""}.get(series.scope, f", {visible(series.scope)}")
    label = zone_label([first, last], zone)
    title = f"{TITLES.get(series.name, series.name)}{scope if series.name != 'waits' else ''}"
    heads = ("from", *(line.name for line in series.lines))
    table = tuple(
        (
            moment(first + timedelta(hours=place * step), zone),
            *(_tenth(line.points[place]) for line in series.lines),
        )
        for place in range(size)
    )
    return Chart(
        f"{series.name}-{_slug(series.scope)}",
        f"{title} ({UNITS.get(unit, unit)} per {length_said(timedelta(minutes=series.minutes))}, {label})"
        if series.unit == "calls"
        else f"{title} ({UNITS.get(unit, unit)}, {label})",
        series.says,
        heads if unit == series.unit else tuple(f"{h} (s)" if place else h for place, h in enumerate(heads)),
        table,
        {"data": {"values": rows}, "layer": layers, "ticks": clock_ticks(first, last, zone)},
        height=150,
        keys=tuple(line.name for line in series.lines),
    )


def _bars(series: Series, first: datetime, last: datetime) -> list[Spec]:
    names = {line.name: f"@part{place + 1}" for place, line in enumerate(series.lines)}
    totals = [sum(v or 0 for v in at) for at in zip(*(line.points for line in series.lines), strict=True)]
    return [
        {
            "mark": {"type": "rect"},
            "transform": [
                {
                    "stack": "value",
                    "groupby": ["from"],
                    "sort": [{"field": "order", "order": "ascending"}],
                    "as": ["low", "high"],
                },
                {"filter": "datum.value > 0"},
                {"calculate": "datum.from + (datum.to - datum.from) * 0.1", "as": "left"},
                {"calculate": "datum.to - (datum.to - datum.from) * 0.1", "as": "right"},
            ],
            "encoding": {
                "x": {"field": "left", **time_axis(last, first)},
                "x2": {"field": "right"},
                "y": {"field": "low", **_y(max([ZERO_LINE, *totals]))},
                "y2": {"field": "high"},
                "color": {"field": "line", "type": "nominal", **_color(names)},
            },
        }
    ]


def _steps(series: Series, first: datetime, last: datetime, scale: float, step: float) -> list[Spec]:
    """Return a layer a line: as steps, each interval as wide as it lasts, gaps where nothing is known."""
    names = {line.name: ROLES.get(line.role, ROLES["seen"])[0] for line in series.lines}
    x, y = time_axis(last, first), _y(max(ZERO_LINE, _most(series) / scale))
    layers: list[Spec] = []
    for line in sorted(series.lines, key=lambda one: one.role == "seen"):
        style = ROLES.get(line.role, ROLES["seen"])[1]
        values: list[Spec] = []
        for place, value in enumerate(line.points):
            shown = None if value is None else value / scale
            values.append({"at": place * step, "value": shown})
            if shown is not None and (place + 1 == len(line.points) or line.points[place + 1] is None):
                values.append({"at": (place + 1) * step, "value": shown})
        layers.append(
            {
                "data": {"values": values},
                "mark": {"type": "line", "interpolate": "step-after", "invalid": "break-paths-show-domains", **style},
                "encoding": {
                    "x": {"field": "at", **x},
                    "y": {"field": "value", **y},
                    "order": {"field": "at", "type": "quantitative"},
                    "color": {"datum": line.name, **_color(names, "stroke")},
                },
            }
        )
    return layers


def _most(series: Series) -> float:
    return max((v for line in series.lines for v in line.points if v is not None), default=0.0)


def time_axis(last: datetime, first: datetime) -> Spec:
    return {
        "type": "quantitative",
        "scale": {"domain": [0, _hours(first, last)], "nice": False, "zero": False},
        "axis": {"title": None, "labelAlign": "left", "labelOffset": 0},
    }


def _y(top: float) -> Spec:
    return {"type": "quantitative", "axis": {"title": None}, "scale": {"domain": [0, top], "nice": True}}


def _color(names: Mapping[str, str], symbol: str = "square") -> Spec:
    return {"scale": {"domain": list(names), "range": list(names.values())}, "legend": {"symbolType": symbol}}


def _shade(window: Window, first: datetime, last: datetime) -> list[Spec]:
    """Return the trouble's window as a tint behind the figures, and a bar above them that nothing covers."""
    start, end = max(window.start, first), min(window.end, last)
    if end <= start:
        return []
    layer: Spec = {
        "data": {"values": [{"from": _hours(first, start), "to": _hours(first, end)}]},
        "encoding": {"x": {"field": "from", **time_axis(last, first)}, "x2": {"field": "to"}},
    }
    tint = {**layer, "mark": {"type": "rect", "fill": "@trouble"}}
    bar = {**layer, "mark": {"type": "rect", "fill": "@limit", "y": -5, "y2": -1}}
    return [tint, bar]


def _hours(first: datetime, at: datetime) -> float:
    return (at - first).total_seconds() / 3600


# --- the axis of time ---------------------------------------------------------------------------------------

LABEL_PX = 46
"""Pixels of a label that do not fit into the margin behind the axis."""

DATE_PX = 66
"""Pixels that a date with its weekday takes, and the gap to the next: with less from label to label the weekday goes."""

STEPS = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 672)
"""Hours between two labels of the axis."""


def clock_ticks(
    first: datetime, last: datetime, zone: ZoneInfo, left: int = 48
) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Return the labels of the axis, on a wide drawing and on a narrow one: hours passed, and what to say.

    ``left`` is the room, in pixels, that the drawing keeps for what stands beside the plot.
    """
    wide, narrow = (_labels(first, last, zone, most, width - left - 16) for most, width in ((10, WIDE), (4, NARROW)))
    return wide, narrow


def _labels(first: datetime, last: datetime, zone: ZoneInfo, most: int, width: int) -> list[tuple[float, str]]:
    """Return the labels at round local times of an axis so many pixels long, none where its end leaves no room for it."""
    span = (last - first).total_seconds() / 3600
    room = LABEL_PX / width
    step = next((s for s in STEPS if span / s <= most), STEPS[-1])
    weekday = width * step >= DATE_PX * span
    local = first.astimezone(zone)
    wall = local.replace(tzinfo=None, minute=0, second=0, microsecond=0)
    if wall < local.replace(tzinfo=None):
        wall += timedelta(hours=1)
    if step <= 24:
        wall += timedelta(hours=-wall.hour % step)
    else:
        wall += timedelta(hours=-wall.hour % 24)
    made: list[tuple[float, str]] = []
    day = None
    while True:
        at = wall.replace(tzinfo=zone).astimezone(first.tzinfo)
        passed = _hours(first, at)
        if passed > span * (1 - room):
            return made
        name = f"{wall:%a} {wall.day} {wall:%b}" if weekday else f"{wall.day} {wall:%b}"
        if step >= 24:
            made.append((passed, name))
        else:
            made.append((passed, f"{wall:%H:%M}" if wall.date() == day else f"{wall:%H:%M}|{name}"))
        day = wall.date()
        wall += timedelta(hours=step)


def length_said(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    if hours < 24:
        return "hour" if hours == 1 else f"{hours} h"
    return "day" if hours <= 25 else f"{round(hours / 24)} days"


def _tenth(value: float | None) -> str:
    return "?" if value is None else figure(round(value, 1))


def _range(b: Bin) -> str:
    return "?" if b.low is None or b.high is None else f"{count(b.low)} to {count(b.high)}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
