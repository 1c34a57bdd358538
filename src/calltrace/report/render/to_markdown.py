"""The report as Markdown (CommonMark with tables): for a ticket, a wiki, a chat.

Whatever a value says, it is shown letter for letter: :func:`calltrace.report.paper.literal` leaves nothing of it that
Markdown, HTML or a terminal would obey, and :func:`~calltrace.report.paper.unlinked` makes no link of an address.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined

from calltrace.report.audit import AuditReport
from calltrace.report.paper import literal, unlinked
from calltrace.report.render._web import FILTERS, call_columns, template_text
from calltrace.report.render._words import NBSP, span
from calltrace.report.render.to_html import values_of, values_of_audit
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from calltrace.report.report import Report

MOST_CALLS = 100
"""Calls of the window that are listed."""


def render(report: Report | AuditReport, **_options: object) -> str:
    """Return the report as one Markdown document; no option is used."""
    if isinstance(report, AuditReport):
        values = values_of_audit(report)
        values["unclear"] = [a for a in values["accounts"] if a.status != "clear"]
        name = "audit.md"
    else:
        values = {**values_of(report), "call_columns": call_columns(report.calls), "most_calls": MOST_CALLS}
        name = "report.md"
    text = _environment().get_template(name).render(**values).replace(NBSP, " ")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


@cache
def _environment() -> Environment:
    # no autoescape, which knows HTML only: every value passes through finalize instead
    made = Environment(
        loader=FunctionLoader(template_text),
        autoescape=False,  # noqa: S701 -- see above
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.filters["input_span"] = lambda one, zone: span(one.first, one.last, zone, year=True)
    return made


def _shown(value: object) -> str:
    """Return what a template is to show, letter for letter; a line break at its end is to be seen as well."""
    return "" if value is None else unlinked(literal(visible(str(value))))
