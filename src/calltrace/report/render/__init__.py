"""The renderers, by the name of their format; :func:`get` imports the one that is asked for.

A renderer lays a Report out: it rounds, applies the account's zone and chooses words. It computes nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from calltrace.report.audit import AuditReport
    from calltrace.report.report import Report

NAMES: tuple[str, ...] = ("terminal", "json", "html", "markdown", "csv", "parquet", "pdf")

DRAWN = frozenset({"json", "html", "pdf"})
"""Those that show charts, or what they are drawn of; the others are words and tables."""


class Renderer(Protocol):
    """What every ``to_<name>`` module offers; each takes the options it knows and ignores the others."""

    def __call__(self, report: Report | AuditReport, **options: object) -> str | bytes:
        """Return the whole document: text that ends with a newline, or the bytes of a file."""
        ...


def get(name: str) -> Renderer:
    """Return the renderer of a format; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found: Renderer = import_module(f"{__name__}.to_{name}").render
    return found
