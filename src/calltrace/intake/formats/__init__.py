"""The formats calltrace reads, in detection order; :func:`get` imports the one that is asked for."""

from __future__ import annotations

from importlib import import_module

from calltrace.intake.formats._base import Format

NAMES: tuple[str, ...] = (
    "asterisk_queue_log",  # ten digits and a pipe: nothing else looks like it
    "asterisk_cdr_csv",    # no header; a disposition word and two or three dates in a row
    "generic",             # known by its header's words
)


def get(name: str) -> Format:
    """Return a format by its module's name; KeyError for a name that is not in NAMES."""
    if name not in NAMES:
        raise KeyError(name)
    found: Format = import_module(f"{__name__}.{name}").FORMAT
    return found
