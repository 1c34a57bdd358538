"""The checks, by name, in the order a supervisor would ask; :func:`get` imports the one that is asked for."""

from __future__ import annotations

from importlib import import_module

from calltrace.diagnosis.checks._base import Check

NAMES: tuple[str, ...] = (
    "feed",             # first: what the records can't show, no other check may conclude from
    "silence",
    "shared-silence",
    "switch",
    "coverage",
    "neighbours",
    "silent-together",
    "line-tests",
    "announcements",
    "dispatching",
    "caller-search",
    "call-time",
    "bill",
    "operators",
    "waits",
    "demand",
    "staffing",
    "handling",
    "ring-outs",
    "refusals",
    "trunks",
    "abandonment",
    "dead-end",
    "unserved",
    "lost-together",
    "nuisance",
    "short-answers",
)


def get(name: str) -> Check:
    """Return a check by its name; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found: Check = import_module(f"{__name__}.{name.replace('-', '_')}").CHECK
    return found
