"""How a result gets out: laid out for the terminal there is, as JSON, into a file, through a pager."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import click

from calltrace.cli.exits import UsageFailure, refused, unwritten

if TYPE_CHECKING:
    from collections.abc import Iterator

GLYPHS = "█░▁▂▃▄▅▆▇━─│▼▲✓·–…→“”"
"""What the terminal report draws with; an output that can't encode them gets ASCII."""

DEFAULT_WIDTH = 100

JSON = "calltrace.json"
"""Under which the root's context keeps whether ``--json`` was given to a command without forms of its own."""

PAGING = "calltrace.paging"
"""Under which it keeps whether a pager may be used."""


def wants_json() -> bool:
    """Say whether ``--json`` was given to a command without forms of its own."""
    return bool(click.get_current_context().find_root().meta.get(JSON))


def tell(text: str, /, **facts: Any) -> None:
    """Put out what a command without forms of its own did: its words, or with ``--json`` one document of the facts.

    Parameters
    ----------
    text : str
        The lines for a person, the last one ended; '' for a command that has nothing to say.
    **facts
        What was done, as JSON values: files written, counts. The document has the report's schema and the command.
    """
    ctx = click.get_current_context()
    if not wants_json():
        if text:
            emit(text, None)
        return
    from calltrace.report.values import json_text
    from calltrace.version import REPORT_SCHEMA

    emit(json_text({"schema": REPORT_SCHEMA, "command": ctx.command_path.partition(" ")[2], **facts}), None)


class Layout(TypedDict):
    """What a renderer is told of where its text goes: cells across, whether colours and drawn characters can be shown."""

    width: int
    color: bool
    ascii_only: bool
    verbose: bool


def terminal_height() -> int | None:
    """Return how many lines the screen has; None where the output is no terminal."""
    return shutil.get_terminal_size((DEFAULT_WIDTH, 50)).lines if sys.stdout.isatty() else None


def terminal_width() -> int:
    """Return the width to lay out for: ``COLUMNS``, else the terminal's, else 100."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    if sys.stdout.isatty():
        return shutil.get_terminal_size((DEFAULT_WIDTH, 50)).columns
    return DEFAULT_WIDTH


def wants_color(choice: str, *, to_file: bool = False) -> bool:
    """Say whether to colour: as told, else on a terminal that is not dumb and without ``NO_COLOR``."""
    if choice != "auto":
        return choice == "always"
    if to_file or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def ascii_only(encoding: str | None) -> bool:
    """Say whether an output of that encoding can't show the characters the report draws with."""
    try:
        GLYPHS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def layout(choice: str, file: str | None, *, verbose: bool = False) -> Layout:
    """Return the options a renderer is given for this output."""
    to_file = bool(file) and file != "-"
    return {
        "width": terminal_width(),
        "color": wants_color(choice, to_file=to_file),
        "ascii_only": False if to_file else ascii_only(sys.stdout.encoding),
        "verbose": verbose,
    }


def warn_of_left_out(rows: int) -> None:
    """Say on standard error that rows could not be read, and where it is told which; nothing where all were."""
    if rows:
        were = "row was" if rows == 1 else "rows were"
        click.echo(f"{rows:,} {were} left out; `calltrace inspect` says which and why.", err=True)


def emit_as(format_name: str, text: str, file: str | None) -> None:
    """Write a result in that format; a file of CSV begins with the mark by which a spreadsheet knows UTF-8."""
    mark = "\ufeff" if format_name == "csv" and file and file != "-" else ""
    emit(mark + text, file)


def emit(text: str | bytes, file: str | None, *, mode: int | None = None) -> None:
    """Write a result, text or the bytes of a file: to standard output, or to a file, whole or not at all.

    On a terminal what is longer than the screen goes through a pager. Callers met so far are hidden in it
    where they are to be (:mod:`calltrace.report.privacy`), whatever built the text. A new file gets ``mode``, else
    the usual one.

    Raises
    ------
    UsageFailure
        Where the file can't be written (the command line named it), or bytes are to go to a terminal.
    OutputFailure
        Where standard output is closed, or the disk full.
    """
    from calltrace.report import privacy
    from calltrace.tables.files import write_whole

    if isinstance(text, str):
        text = privacy.guard(text)
    if file and file != "-":
        try:
            write_whole(Path(file), text, mode=mode)
        except OSError as error:
            raise refused(file, error) from error
        return
    if isinstance(text, bytes):
        if sys.stdout.isatty():
            raise UsageFailure("this format is no text for a terminal: give a file with --output, or pipe it on.")
        with _told():
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
        return
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    if _pages(shown):
        os.environ.setdefault("LESS", "FRX")  # as git has it: colours shown as such, the page left standing
        click.echo_via_pager(shown, color=True)
        return
    with _told():
        click.echo(shown, nl=False, color=True)  # the renderer has decided on colours
        sys.stdout.flush()


@contextmanager
def _told() -> Iterator[None]:
    """Say in a sentence that standard output can't be written; a reader that went away is told by its own error."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritten(error, "Standard output") from error


def _pages(text: str) -> bool:
    """Say whether a text is to be shown by a pager: longer than the screen, and somebody before it."""
    ctx = click.get_current_context(silent=True)
    wanted = ctx is not None and ctx.find_root().meta.get(PAGING, False)
    if not wanted or not sys.stdout.isatty() or not sys.stdin.isatty() or os.environ.get("TERM") == "dumb":
        return False
    return text.count("\n") > (terminal_height() or 0)
