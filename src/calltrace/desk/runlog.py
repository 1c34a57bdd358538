"""A log that says what ran: one line a run, for whoever asks in the afternoon whether the morning's audit did.

Lines are ``time command name=value …`` (logfmt), so that ``grep`` and ``awk`` read them as people do. The file is
turned over when it is large, and so never fills a disk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from calltrace.tables.text import visible

LARGEST = 1_000_000
"""Bytes from which the file is turned over: some 5,000 runs."""

KEPT = 4
"""Files kept besides the current one."""

WAIT_S = 10.0

_PLAIN = re.compile(r"[\w.:/@+,%-]+")
"""A value that needs no quotes."""


def line(at: datetime, command: str, values: Mapping[str, object]) -> str:
    """Return one line of the log.

    Examples
    --------
    >>> from datetime import UTC
    >>> line(datetime(2026, 6, 9, 6, tzinfo=UTC), "daily", {"exit": 1, "mail": "sent 2", "none": None})
    '2026-06-09T06:00:00+00:00 daily exit=1 mail="sent 2"'
    """
    said = [f"{name}={_value(value)}" for name, value in values.items() if value is not None]
    return " ".join([at.isoformat(timespec="seconds"), command, *said])


def append(path: Path, text: str) -> None:
    """Add a line, readable by the owner alone; turn the file over first where it is large.

    Raises
    ------
    OSError
        Where the file can't be written.
    """
    with FileLock(path.with_name(f"{path.name}.lock"), timeout=WAIT_S, mode=0o600):
        if path.is_file() and path.stat().st_size > LARGEST:
            for number in range(KEPT, 0, -1):
                older = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
                if older.exists():
                    older.replace(path.with_name(f"{path.name}.{number}"))
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{text}\n".encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)


def _value(value: object) -> str:
    text = visible(str(value))
    if _PLAIN.fullmatch(text):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
