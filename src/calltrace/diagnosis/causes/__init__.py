"""The causes, by name, in the contract's order; :func:`get` imports the one that is asked for."""

from __future__ import annotations

from importlib import import_module

from calltrace.diagnosis.causes._base import Cause

NAMES: tuple[str, ...] = (
    "lines-not-forwarded",
    "lines-forwarded-late",
    "lines-released-early",
    "some-lines-not-forwarded",
    "number-down",
    "carrier-outage",
    "platform-outage",
    "planned-shutdown",
    "records-missing",
    "expected-quiet",
    "within-normal",
)


def get(name: str) -> Cause:
    """Return a cause by its name; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found: Cause = import_module(f"{__name__}.{name.replace('-', '_')}").CAUSE
    return found
