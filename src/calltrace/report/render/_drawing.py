"""Draws charts for the web page, the mail and print: Vega-Lite specifications, by vl-convert without a browser.

A chart is data first (:class:`Chart`: a title, the same in words, and a table); :func:`svg` and :func:`png` draw
it, and need the extra ``html``. Colours are named in the specification (``@seen``) and filled in when it is drawn:
for a web page with CSS variables, so that one drawing serves light and dark, for a picture with the colours
themselves. Nothing is computed here but where things go.
"""

from __future__ import annotations

import json
import re
from dataclasses import field
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
