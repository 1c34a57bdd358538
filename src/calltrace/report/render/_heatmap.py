"""The day of all accounts as one picture: a row an account, a column an hour or more, marked where it was unusual."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from calltrace.report.heat import LEVELS, heat_of, remarkable
from calltrace.report.render._charts import clock_ticks, length_said, series_chart, time_axis
from calltrace.report.render._drawing import Chart
from calltrace.report.render._words import plural, zone_label
from calltrace.report.values import zone_named
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from calltrace.report.audit import AuditReport
    from calltrace.report.heat import Heat
    from calltrace.report.render._drawing import Spec

NAMED_ROWS = 40
"""Accounts up to which every row has its name; more are too many to read, and the table below has them."""

MIDDLE = 520
"""Pixels the map of many accounts is wide, on any screen: it is too large to carry twice."""

ROW, LEAST_ROW = 15.0, 0.7
"""Pixels of a row, with its name and at least."""

TALLEST = 600
"""Pixels the map takes before its rows are drawn thinner than a name needs."""

SAID = {
    "none": ("far fewer calls", "@low3"),
    "fewer": ("fewer", "@low1"),
    "served": ("harmed", "@harm"),
    "found": ("in a finding", "@found"),
    "more": ("more", "@high1"),
    "many": ("far more", "@high3"),
    "usual": ("as usual", "@grid"),
}
"""What a level is called and its colour, in the legend's order; what is not known stays blank."""

LEGEND = {"symbolType": "stroke", "symbolStrokeWidth": 10, "symbolSize": 100}

LONGEST_NAME = 18


def charts_of_audit(report: AuditReport) -> tuple[Chart, ...]:
    """Return the charts of an audit: the maps of the accounts, then the service's series.

    Where all accounts are too many to name, a map of those out of the usual comes first.
    """
    zone = zone_named(report.zone)
    made = [*_maps(report, zone), *(series_chart(s, zone) for s in report.series)]
    return tuple(c for c in made if c is not None)


def _maps(report: AuditReport, zone: ZoneInfo) -> list[Chart]:
    heat = heat_of(report)
    if heat is None or not heat.levels:
        return []
    rows = len(heat.accounts)
    each = length_said(timedelta(hours=heat.hours))
    column = f"a{'n' * (each == 'hour')} {each}" if each in {"hour", "day"} else each
    counts = {level: sum(LEVELS.index(level) in row for row in heat.levels) for level in LEVELS}
    label = zone_label([heat.start, heat.end], zone)
    names = {a.account: a.name for a in report.accounts}
    alt = (
        f"{plural(rows, 'account')}, a row each, those with findings on top; a column is {column}."
        f" With far fewer calls than usual at some time: {counts['none']}; fewer: {counts['fewer']}; far more:"
        f" {counts['many']}; harmed at some time: {counts['served']}; in the time of a finding:"
        f" {counts['found']}. The table of accounts has the same in figures."
    )
    whole = _map(heat, names, zone, name="accounts-map", title=f"All accounts, per {each} ({label})", alt=alt)
    if rows <= NAMED_ROWS:
        return [whole]
    few = remarkable(heat, NAMED_ROWS)
    if not few.accounts:
        return [whole]
    first = ", ".join(visible(names.get(a, a)) for a in few.accounts[:3])
    alt = (
        f"The {plural(len(few.accounts), 'account')} most out of the usual, a row each; a column is {column}. The first"
        f" are {first}."
    )
    title = f"Accounts out of the usual, per {each} ({label})"
    return [_map(few, names, zone, name="accounts-unusual", title=title, alt=alt), whole]


def _map(
    heat: Heat, names: Mapping[str, str], zone: ZoneInfo, *, name: str, title: str, alt: str
) -> Chart:
    rows = len(heat.accounts)
    height = int(min(rows * ROW, max(TALLEST, rows * LEAST_ROW)))
    thick = height / rows
    named = rows <= NAMED_ROWS
    left = 150 if named else 16
    used = [level for level in SAID if any(LEVELS.index(level) in row for row in heat.levels)]
    scale = {"domain": [SAID[u][0] for u in used], "range": [SAID[u][1] for u in used]}
    y: Spec = {
        "type": "quantitative",
        "scale": {"domain": [rows, 0], "nice": False, "zero": False},
        "axis": _names(heat, names) if named else {"title": None, "labels": False, "grid": False},
    }
    layers: list[Spec] = [
        {
            "data": {"values": _segments(heat, LEVELS.index(level))},
            "mark": {
                "type": "line",
                "strokeWidth": round(max(thick - (1 if thick > 4 else 0), 0.5), 2),
                "strokeCap": "butt",
                "invalid": "break-paths-show-domains",
            },
            "encoding": {
                "x": {"field": "at", **time_axis(heat.end, heat.start)},
                "y": {"field": "row", **y},
                "order": {"field": "order", "type": "quantitative"},
                "color": {"datum": SAID[level][0], "scale": scale, "legend": LEGEND},
            },
        }
        for level in used
    ]
    return Chart(
        name,
        title,
        alt.replace("\u00a0", " "),
        (),
        (),
        {"layer": layers, "ticks": clock_ticks(heat.start, heat.end, zone, left)},
        note="Marked are times chance explains less than once in 300 (fewer, more) or 10,000 (far fewer, far more).",
        height=height,
        left=left,
        keys=tuple(scale["domain"]),
        only=0 if named else MIDDLE,
    )


def _names(heat: Heat, names: Mapping[str, str]) -> Spec:
    """Return the axis that names every row, in the middle of its row."""
    said = {f"{place + 0.5:.1f}": _short(names.get(a, a)) for place, a in enumerate(heat.accounts)}
    return {
        "title": None,
        "grid": False,
        "tickCount": len(heat.accounts),  # else Vega thins the values out
        "values": [place + 0.5 for place in range(len(heat.accounts))],
        "labelMap": said,
        "minExtent": 0,
        "maxExtent": 140,
    }


def _short(name: str) -> str:
    shown = visible(name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def _segments(heat: Heat, level: int) -> list[dict[str, float | None]]:
    """Return the runs of cells of one level as one line that is lifted between them."""
    points: list[dict[str, float | None]] = []
    for place, row in enumerate(heat.levels):
        column = 0
        while column < len(row):
            if row[column] != level:
                column += 1
                continue
            begin = column
            while column < len(row) and row[column] == level:
                column += 1
            for at in (begin, column):
                points.append({"at": at * heat.hours, "row": place + 0.5, "order": len(points)})
            points.append({"at": column * heat.hours, "row": None, "order": len(points)})
    return points
