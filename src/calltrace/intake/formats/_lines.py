"""The bytes of a log as clean lines, whatever damaged them, and a line as a message may show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calltrace.errors import Location
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from calltrace.intake.formats._base import Stream

LISTED = 200
"""How many rows of one kind of trouble are listed one by one; the rest is told as a count."""


def clean_bytes(stream: Stream) -> tuple[bytes, list[Problem]]:
    """Return the bytes as UTF-8 with LF line ends and no NULs, and what had to be repaired."""
    data, problems = stream.data, []
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in data:
        first = data.count(b"\n", 0, data.index(b"\0")) + 1
        count = data.count(b"\0")
        problems.append(
            Problem(
                Location(stream.display, first),
                f"{count} NUL bytes, as after a power cut",
                "text",
                "The NULs were dropped and the text around them kept.",
                table="calls",
                effect="repaired",
                rows=1,
                kind="nul-bytes",
            )
        )
        data = data.replace(b"\0", b"")
    if not data.isascii() and not _is_utf8(data):
        lines = data.split(b"\n")
        odd = [n for n, line in enumerate(lines) if not line.isascii() and not _is_utf8(line)]
        for n in odd:
            lines[n] = lines[n].decode("cp1252", errors="replace").encode()
        data = b"\n".join(lines)
        problems.append(
            Problem(
                Location(stream.display, odd[0] + 1),
                f"{len(odd)} lines that are not UTF-8",
                "UTF-8",
                "They were read as Windows-1252.",
                table="calls",
                effect="repaired",
                rows=len(odd),
                kind="encoding",
            )
        )
    return data, problems


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def short(text: bytes) -> str:
    """Return a line as it may be shown: safe for a terminal and not too long."""
    shown = visible(text.decode(errors="replace"))
    return shown if len(shown) <= 80 else shown[:77] + "…"
