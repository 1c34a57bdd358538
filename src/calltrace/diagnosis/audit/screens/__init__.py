"""The screens of an audit, by name, in the order they are run; :func:`get` imports the one that is asked for.

Shared troubles first: what they explain is a symptom to the screens behind them.
"""

from __future__ import annotations

from importlib import import_module

from calltrace.diagnosis.audit.screens._base import Screen

NAMES: tuple[str, ...] = (
    "outage",
    "trunks",
    "everybody",  # before the crowds of callers who try again, and what it looks like at each account
    "cutoff",  # before the crowds that it makes
    "surge",
    "ring",
    "hold",
    "abandonment",
    "silence",
    "busy",
    "announcement",
    "nuisance",
    "losses",
    "dispatch",
    "bill",
)

BEHIND: dict[str, tuple[str, ...]] = {
    "silence": ("outage",),
    "surge": ("everybody", "cutoff"),
    "ring": ("everybody", "cutoff", "surge"),
    "hold": ("everybody", "cutoff", "surge"),
    "abandonment": ("everybody", "cutoff", "surge"),
    "busy": ("everybody",),
    "announcement": ("everybody",),
    "nuisance": ("everybody", "cutoff"),
    "losses": ("everybody",),
}
"""Screens that must be run for another to know what is shared; alone asked for, it tells its own findings only."""

ALONE: tuple[str, ...] = ("trunks", "cutoff", "surge", "busy", "announcement", "nuisance", "losses", "dispatch", "bill")
"""Screens that ask nothing of what those before them found, in the order they are run."""


def get(name: str) -> Screen:
    """Return a screen by its name; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found: Screen = import_module(f"{__name__}.{name}").SCREEN
    return found
