"""The web page's setting: templates that escape by themselves, one style sheet and one script known by their hashes.

Nothing a file says is obeyed: every value is made visible (:func:`calltrace.tables.text.visible`) and then escaped
for HTML, by the environment, not by each template. The page's policy lets it load nothing, from anywhere, and run
the one script it carries.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from calltrace.classes import dataclass
from calltrace.diagnosis.profile import SEVERITIES
from calltrace.report.render import _cases, _drawing, _words
from calltrace.report.render._said import (
    CALL_COLUMNS,
    felt_said,
    harm_said,
    heaviest,
    most_telling,
    value_said,
    what,
    whose,
)
from calltrace.report.values import zone_named
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from calltrace.report.render._drawing import Chart
    from calltrace.report.report import Answer, Report, Row, Window

OUTCOMES = {"found": "Found:", "clear": "Not so:", "not-run": "Not known:"}


@dataclass(frozen=True)
class Drawn:
    """A chart with its drawings for a wide page and a narrow one; empty where charts can't be drawn."""

    chart: Chart
    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class Behind:
    """The rows behind a figure: those that are calls of the report, whole, and the others by file and line."""

    calls: tuple[Mapping[str, object], ...]
    others: tuple[Row, ...]


def page(template: str, **values: object) -> str:
    """Return a page made of a template, with its style, script and policy."""
    css, js = _css(), template_text("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(js)}; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
    numbers = itertools.count(1)
    made = _environment().get_template(template)
    # both come from this package; escaped, they would be another text than the one whose hash is allowed
    text = made.render(css=Markup(css), js=Markup(js), policy=policy, unique=numbers.__next__, **values)  # noqa: S704
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"


def drawn(charts: Sequence[Chart], prefix: str = "") -> list[Drawn]:
    """Return charts with their drawings, wide and narrow, where they can be drawn."""
    if not _drawing.available():
        return [Drawn(one, Markup(), Markup()) for one in charts]
    return [
        Drawn(c, _svg(c, prefix, c.only, "a"), Markup())
        if c.only
        else Drawn(c, _svg(c, prefix, _drawing.WIDE, "w"), _svg(c, prefix, _drawing.NARROW, "n"))
        for c in charts
    ]


def _svg(chart: Chart, prefix: str, width: int, kind: str) -> Markup:
    label = f"{prefix}{chart.name} {prefix}{chart.name}-says"
    text = _drawing.svg(chart, width=width, label=label)
    return Markup(text.replace("<svg ", f'<svg class="{kind}" ', 1))  # noqa: S704 - Vega escaped what it was given


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    return made


def _shown(value: object) -> object:
    """Return what a template is to show: text made visible, nothing for None, what is HTML already as it is."""
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def template_text(name: str) -> str:
    """Return a template, style sheet or script of this package."""
    return (files("calltrace.report.render") / "templates" / name).read_text(encoding="utf-8")


@cache
def _css() -> str:
    def variables(colors: Mapping[str, str]) -> str:
        return ":root{" + ";".join(f"--{name}:{value}" for name, value in colors.items()) + "}"

    light, dark = variables(_drawing.LIGHT), variables(_drawing.DARK)
    return (
        f"{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}\n"
        f"@media print{{:root{{color-scheme:light}}}}\n{template_text('page.css')}"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def window_said(window: Window, zone: ZoneInfo, *, year: bool = False) -> str:
    """Return a window in the zone, with the zone's abbreviation."""
    label = _words.zone_label([window.start, window.end], zone)
    return f"{_words.span(window.start, window.end, zone, year=year)} {label}"


def call_columns(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return the columns of calls that say anything, in the order a supervisor wants them."""
    return [name for name in CALL_COLUMNS if any(r.get(name) is not None for r in rows)]


def rows_behind(answer: Answer, report: Report) -> Behind:
    """Return the rows behind an answer: whole calls where the report lists them, else ids with file and line."""
    known = {(str(c.get("call_id")), c.get("file"), c.get("line")): c for c in report.calls}
    calls, others = [], []
    for row in answer.rows:
        call = known.get((row.id, row.file, row.line))
        if call is None:
            others.append(row)
        else:
            calls.append(call)
    return Behind(tuple(calls), tuple(others))


def telling_evidence(report: Report) -> list[Answer]:
    """Return the answers that were found and speak for the verdict or against it, the weightiest first."""
    if not report.causes:
        return []
    top = report.causes[0]
    known = {answer.facet: answer for answer in report.evidence}
    told = [known[b.facet] for b in heaviest((*top.supports, *top.refutes)) if b.facet in known]
    return [answer for answer in told if answer.rows]


_CELL = re.compile(r"<(tr|td)\b")


def labelled(rows: Markup, heads: Sequence[str]) -> Markup:
    """Return a table's rows, each cell with its column's name: a narrow screen has no room for a row of heads.

    A value can't pass for a cell, for it is escaped.
    """
    place = 0

    def named(tag: re.Match[str]) -> str:
        nonlocal place
        place = 0 if tag[1] == "tr" else place + 1
        return tag[0] if tag[1] == "tr" else f'{tag[0]} data-label="{escape(heads[place - 1])}"'

    return Markup(_CELL.sub(named, rows))  # noqa: S704 - of a template's own making, its values escaped


FILTERS: dict[str, Any] = {
    "answer_span": lambda a, zone: _words.span(a.start, a.end, zone, year=True),
    "call_columns": call_columns,
    "call_head": CALL_COLUMNS.__getitem__,
    "call_value": value_said,
    "capital": _words.capital,
    "chance": _words.chance,
    "closed": _words.closed,
    "complaint": _words.complaint,
    "due_said": _cases.due_said,
    "count": _words.count,
    "figure": _words.figure,
    "felt": felt_said,
    "harm": harm_said,
    "heaviest": heaviest,
    "labelled": labelled,
    "moment": _words.moment,
    "nobody_else": _words.nobody_else,
    "most_telling": most_telling,
    "outcome": lambda name: OUTCOMES.get(name, name),
    "party": _words.party,
    "plural": _words.plural,
    "responsible": _words.responsible,
    "how_sure": _words.how_sure,
    "repeated_said": _cases.repeated_said,
    "rows_behind": rows_behind,
    "severity": SEVERITIES.index,
    "telling_evidence": telling_evidence,
    "what": what,
    "whose": whose,
    "window": window_said,
    "words": lambda name: name.replace("-", " "),
    "zone": zone_named,
}
"""What templates of every form say figures, times and names with."""
