"""What a file is handed over as: a stream of UTF-8 text with a name, or the reasons why there is none."""

from __future__ import annotations

import re
from pathlib import Path

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.encodings import to_utf8
from calltrace.intake.formats._base import Head, Stream
from calltrace.tables.problems import Effect, Problem

HEAD_BYTES = 65_536
"""How much of a file its kind is told by."""


@dataclass(frozen=True)
class Opened:
    """One file found: its stream, or None and the reason among ``problems``.

    ``display`` is what messages call it. ``asked`` says that the user named it, rather than a folder it is
    in.
    """

    display: str
    stream: Stream | None
    problems: tuple[Problem, ...] = ()
    asked: bool = False


def problem(
    file: str, saw: str, expected: str, fix: str, *, effect: Effect = "left-out", kind: str = "unreadable"
) -> Problem:
    """Return a Problem about a file as a whole."""
    return Problem(at=Location(file), saw=saw, expected=expected, fix=fix, effect=effect, rows=0, kind=kind)


def stream_of(display: str, data: bytes, opened_from: str = "") -> Stream:
    """Return a stream of text that lies in memory already, unpacked: for tests and other sources.

    ``data`` of the stream is UTF-8 without a byte order mark, whatever the file was written in.
    """
    text, _ = to_utf8(data)
    raw = text[:HEAD_BYTES]
    complete = len(text) <= HEAD_BYTES
    shown = raw.decode("utf-8", "ignore")
    lines = re.split(r"\r\n|\n|\r", shown)
    if not complete or (lines and not lines[-1]):
        lines = lines[:-1]
    head = Head(
        name=Path(display.rpartition("!")[2]).name,
        raw=raw,
        text=shown,
        encoding="utf-8",
        lines=tuple(lines),
        complete=complete,
    )
    return Stream(display=display, data=text, head=head, opened_from=opened_from or display.partition("!")[0])
