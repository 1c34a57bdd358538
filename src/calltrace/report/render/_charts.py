"""Charts for the web page, the mail and print: Vega-Lite specifications, drawn by vl-convert without a browser.

A chart is data first (:class:`Chart`: a title, the same in words, and a table); :func:`svg` and :func:`png` draw
it, and need the extra ``html``. Colours are named in the specification (``@seen``) and filled in when it is drawn:
for a web page with CSS variables, so that one drawing serves light and dark, for a picture with the colours
themselves. Nothing is computed here but where things go.

Times are drawn as time passed and labelled with the local clock, so that an hour a clock change repeats or leaves
out is as wide as it was long.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from calltrace.errors import UsageError
from calltrace.report.render._chart import binned, fitting, focus
from calltrace.report.render._words import count, figure, moment, zone_label
from calltrace.report.report import Series, zone_named
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from calltrace.report.render._chart import Bin
    from calltrace.report.report import Report, Window

    Spec = dict[str, Any]

LIGHT = {
    "ink": "#1d2530",
    "soft": "#5b6675",
    "grid": "#dfe3e8",
    "seen": "#1769aa",
    "range": "#cfd8e3",
    "usual": "#5b6675",
    "needed": "#b3261e",
    "limit": "#b3261e",
    "part1": "#7fa7c9",
    "part2": "#b3261e",
    "part3": "#b36b00",
    "trouble": "#fdeceb",
    "low3": "#8c1d18",
    "low1": "#e08a83",
    "high1": "#8db3d9",
    "high3": "#1f5f99",
    "harm": "#d99a2b",
    "found": "#f3c6c2",
    "paper": "#ffffff",
}
"""Colours by name, on light ground. Told apart by those who see no red or green: every pair differs in lightness."""

DARK = {
    "ink": "#e6eaf0",
    "soft": "#a3aebd",
    "grid": "#333c49",
    "seen": "#6db3f2",
    "range": "#3a4655",
    "usual": "#a3aebd",
    "needed": "#ff8a80",
    "limit": "#ff8a80",
    "part1": "#4b7396",
    "part2": "#ff8a80",
    "part3": "#f0b35a",
    "trouble": "#2e2023",
    "low3": "#ff7a70",
    "low1": "#8f4742",
    "high1": "#41658a",
    "high3": "#8cc4fa",
    "harm": "#f0b35a",
    "found": "#5a3431",
    "paper": "#141a22",
}
"""The same on dark ground."""

WIDE, NARROW = 760, 360
"""Widths in pixels: of a desk's screen and paper, and of a phone."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is carried by vl-convert, so text takes the same room on every machine."""

MOST_BINS = 40
"""Bars of the chart of arrivals at most."""

ZERO_LINE = 1.0
"""The least top of an axis of counts: a chart of nothing still shows where one would be."""


@dataclass(frozen=True)
class Chart:
    """A chart, before anybody draws it.

    ``name`` is unique in a report. ``alt`` says in words what the picture shows; ``heads`` and ``rows`` are its figures
    as a table, formatted. ``spec`` is Vega-Lite with named colours. ``note`` stands below the picture.
    ``height`` is of the plot itself and ``left`` the room for its labels, in pixels; ``keys`` are the legend's words.
    ``only`` is the one width in which a drawing too large to carry twice is made; 0 for none.
    """

    name: str
    title: str
    alt: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    spec: Mapping[str, Any] = field(repr=False)
    note: str = ""
    height: int = 190
    left: int = 48
    keys: tuple[str, ...] = ()
    only: int = 0


def available() -> bool:
    """Say whether charts can be drawn: whether vl-convert is installed."""
    return find_spec("vl_convert") is not None


def svg(chart: Chart, *, width: int = WIDE, label: str = "", colors: Mapping[str, str] | None = None) -> str:
    """Return the chart as an SVG element, for a page that defines the colours as CSS variables.

    Parameters
    ----------
    chart : Chart
        What to draw.
    width : int
        Pixels; the page may scale it down.
    label : str
        Id of the element that names the picture; without one its ``alt`` is its label.
    colors : mapping, optional
        Colours by name (:data:`LIGHT`, :data:`DARK`) to fill in instead of CSS variables.

    Raises
    ------
    UsageError
        Where vl-convert is not installed.
    """
    drawn = _drawn_svg(_filled(chart, width, colors))
    named = f'aria-labelledby="{label}"' if label else f'aria-label="{_attribute(chart.alt)}"'
    return drawn.replace("<svg ", f'<svg role="img" {named} ', 1)


def png(chart: Chart, *, width: int = WIDE, scale: float = 2.0, dark: bool = False) -> bytes:
    """Return the chart as a PNG picture on plain ground, its title in it.

    Parameters
    ----------
    chart : Chart
        What to draw.
    width : int
        Pixels at a scale of 1.
    scale : float
        Pixels of the picture for each of the chart.
    dark : bool
        Light on dark instead of dark on light.

    Raises
    ------
    UsageError
        Where vl-convert is not installed.
    """
    colors = DARK if dark else LIGHT
    text = _filled(chart, width, colors, titled=True)
    return bytes(_vl_convert().vegalite_to_png(text, scale=scale))


def _vl_convert() -> Any:
    try:
        import vl_convert  # noqa: PLC0415 - only who wants a picture pays for it
    except ImportError as error:
        raise UsageError(
            "charts are drawn by vl-convert, which is not installed",
            fix="Install it: pip install 'calltrace-cli[html]'.",
        ) from error
    return vl_convert


@lru_cache(maxsize=64)
def _drawn_svg(text: str) -> str:
    return _lean(_vl_convert().vegalite_to_svg(text))


def _filled(
    chart: Chart, width: int, colors: Mapping[str, str] | None, *, titled: bool = False
) -> str:
    """Return the whole specification as JSON: size, type and colours filled in."""
    begins = 48 if chart.left <= 48 else 16
    columns = _columns(chart.keys, width - begins - 8)
    above = 14 + 18 * -(-len(chart.keys) // columns)
    legend = {**CONFIG["legend"], "columns": columns, "legendX": 0 if chart.left <= 48 else 16 - chart.left}
    spec: Spec = {
        **chart.spec,
        "width": width - chart.left - 16,
        "height": chart.height,
        "padding": {"left": chart.left, "right": 16, "top": above, "bottom": 36},
        "autosize": {"type": "none"},
        "background": None if colors is None else "@paper",
        "config": {**CONFIG, "legend": {**legend, "legendY": 8 - above}},
    }
    if titled:
        spec["title"] = {
            "text": visible(chart.title),
            "color": "@ink",
            "anchor": "start",
            "fontSize": 14,
            "offset": 8,
        }
        spec["padding"] = {**spec["padding"], "top": above + 28}
    ticks = spec.pop("ticks", None)
    if ticks is not None:
        spec = _with_ticks(spec, ticks[0] if width >= WIDE else ticks[1])
    text = json.dumps(spec, ensure_ascii=True, sort_keys=True)
    return re.sub(r'"@(\w+)"', lambda m: json.dumps(colors[m[1]] if colors else f"var(--{m[1]})"), text)


def _columns(keys: Sequence[str], room: int) -> int:
    """Return how many columns of the legend's words fit side by side, in a browser's wider type as well."""
    for columns in range(max(len(keys), 1), 1, -1):
        widest = [max(len(k) for k in keys[place::columns]) for place in range(columns)]
        if sum(40 + 7.4 * w for w in widest) - 24 <= room:
            return columns
    return 1


CONFIG: Spec = {
    "aria": False,
    "font": FONT,
    "view": {"stroke": None, "clip": False},
    "axis": {
        "labelColor": "@soft",
        "titleColor": "@soft",
        "gridColor": "@grid",
        "domainColor": "@grid",
        "tickColor": "@grid",
        "labelFontSize": 11,
        "labelLineHeight": 13,
    },
    "axisY": {"domain": False, "ticks": False, "tickCount": 4, "minExtent": 40, "maxExtent": 40},
    "axisX": {"grid": False, "labelOverlap": False, "labelFlush": False},
    "legend": {
        "labelColor": "@ink",
        "labelFontSize": 12,
        "symbolSize": 90,
        "orient": "none",
        "direction": "horizontal",
        "title": None,
        "columnPadding": 24,
    },
}

DROPPED = re.compile(
    r' (?:(?:aria-[a-z]+|role|class|pointer-events)="[^"]*"|opacity="1"|stroke-width="1")(?=[^<>]*/?>)'
)
EMPTY = re.compile(r'<path(?: (?:d|display|stroke-width)="(?:|none|M0,0h0v0h0Z|0)")* ?/>')
TAG = re.compile(r"<[^>]*>")
WHOLE = re.compile(r"(?<=\d)\.0(?!\d)")
DECIMALS = re.compile(r"(\d\.\d)\d+")
LEVEL = re.compile(r"M([\d.]+),([\d.]+)L([\d.]+),\2(?=[M\"])")


def _lean(drawn: str) -> str:
    """Return Vega's SVG without what only Vega reads, and with tenths of a pixel."""
    head, rest = drawn.split(">", 1)
    size = re.search(r'viewBox="[^"]*"', head)
    body = TAG.sub(lambda tag: _short(tag[0]), EMPTY.sub("", DROPPED.sub("", rest)))
    while "<g></g>" in body:
        body = body.replace("<g></g>", "")
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size[0] if size else ""}>{body}'


def _short(tag: str) -> str:
    """Return a tag with its figures to a tenth, and level lines by their ends; what stands between tags is text."""
    return LEVEL.sub(r"M\1,\2H\3", WHOLE.sub("", DECIMALS.sub(r"\1", tag)))


def _attribute(text: str) -> str:
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


# --- the charts of an investigation -------------------------------------------------------------------------


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
    names = {"arrived": "@seen", "expected": "@ink", "usual range (19 in 20)": "@range"}
    color = _color(names)
    top = max([ZERO_LINE, *(max(b.high or 0, b.arrived or 0, b.expected or 0) for b in bins)])
    x = time_axis(last, first)
    y = {"type": "quantitative", "axis": {"title": None}, "scale": {"domain": [0, top], "nice": True}}
    bar = {"field": "from", **x}
    shaded = report.window != report.asked
    layers: list[Spec] = [
        *(_shade(report.window, first, last) if shaded else ()),
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
    label = zone_label([first, last], zone)
    unit = length_said(timedelta(hours=size))
    inside = [b for b in bins if b.start < report.window.end and report.window.start < b.end]
    known = [b for b in inside if b.arrived is not None and b.expected is not None]
    below, above = (sum(b.outside == side for b in bins) for side in (-1, 1))
    told = f" Of {len(bins)} columns, {below} lie below the usual range and {above} above." if below or above else ""
    alt = (
        f"Calls arrived in {'the trouble' if shaded else 'the window'}: {count(sum(b.arrived or 0 for b in known))};"
        f" expected: {count(sum(b.expected or 0 for b in known))}."
        f"{told}"
    ).replace("\u00a0", " ")
    return Chart(
        "arrivals",
        f"Calls expected and arrived, per {unit} ({label})",
        alt,
        ("from", "arrived", "expected", "usual range"),
        tuple((moment(b.start, zone), count(b.arrived), _tenth(b.expected), _range(b)) for b in bins),
        {"data": {"values": rows}, "layer": layers, "ticks": clock_ticks(first, last, zone)},
        keys=tuple(names),
    )


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

STEPS = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 672)
"""Hours between two labels of the axis."""


def clock_ticks(
    first: datetime, last: datetime, zone: ZoneInfo, left: int = 48
) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Return the labels of the axis, on a wide drawing and on a narrow one: hours passed, and what to say.

    ``left`` is the room, in pixels, that the drawing keeps for what stands beside the plot.
    """
    wide, narrow = (
        _labels(first, last, zone, most, LABEL_PX / (width - left - 16)) for most, width in ((10, WIDE), (4, NARROW))
    )
    return wide, narrow


def _labels(first: datetime, last: datetime, zone: ZoneInfo, most: int, room: float) -> list[tuple[float, str]]:
    """Return the labels at round local times, none that begins within ``room`` (a share of the axis) of the end."""
    span = (last - first).total_seconds() / 3600
    step = next((s for s in STEPS if span / s <= most), STEPS[-1])
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
        name = f"{wall:%a} {wall.day} {wall:%b}"
        if step >= 24:
            made.append((passed, name))
        else:
            made.append((passed, f"{wall:%H:%M}" if wall.date() == day else f"{wall:%H:%M}|{name}"))
        day = wall.date()
        wall += timedelta(hours=step)


def _with_ticks(spec: Spec, ticks: Sequence[tuple[float, str]]) -> Spec:
    """Return the specification with these labels on every layer's axis of time."""
    said = {f"{at:.4f}": text.split("|") for at, text in ticks}
    axis = {
        "values": [round(at, 4) for at, _ in ticks],
        "labelExpr": f"{json.dumps(said)}[format(datum.value, '.4f')]",
    }
    layers = []
    for layer in spec["layer"]:
        x = layer["encoding"]["x"]
        encoding = {**layer["encoding"], "x": {**x, "axis": {**x["axis"], **axis}}}
        layers.append({**layer, "encoding": _named_rows(encoding)})
    return {**spec, "layer": layers}


def _named_rows(encoding: Spec) -> Spec:
    """Return the encodings with the names an upright axis has for its values (``labelMap``) as Vega wants them."""
    y = encoding.get("y", {})
    if "labelMap" not in y.get("axis", {}):
        return encoding
    axis = {k: v for k, v in y["axis"].items() if k != "labelMap"}
    axis["labelExpr"] = f"{json.dumps(y['axis']['labelMap'])}[format(datum.value, '.1f')]"
    return {**encoding, "y": {**y, "axis": axis}}


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
