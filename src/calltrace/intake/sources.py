"""Files, folders, archives and standard input to named byte streams of UTF-8 text. Parses nothing.

What a path holds is told by its first bytes, never by its name: a gzip file called ``calls.csv`` is
unpacked, a text called ``calls.gz`` is read as it is. Whatever can't be read becomes a Problem that says
why, so that a folder with one bad file still gives the others; only a path that does not exist ends the run
here.

Kept within bounds: an archive that unpacks to absurdly more than it holds is stopped
(:class:`calltrace.intake.unpacking.Limits`), links that lead in a circle are followed once, and devices and pipes
inside a folder are left alone.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from calltrace.errors import InputError
from calltrace.intake.contents import PARQUET, SQLITE, databases, unpack
from calltrace.intake.encodings import binary_kind, no_text
from calltrace.intake.opened import HEAD_BYTES, Opened, problem
from calltrace.intake.unpacking import LIMITS, Limits, packing
from calltrace.tables.problems import Effect
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calltrace.intake.asked import AskedTime

MOST_NAMED = 8
"""How many sheets a message names."""

Seen = set[tuple[int | str, ...]]
"""Files that were read already, by device and number; and with a name, a part of one."""


def open_all(
    paths: Sequence[str | os.PathLike[str]],
    *,
    stdin: BinaryIO | None = None,
    limits: Limits = LIMITS,
    seen: Seen | None = None,
    asked: AskedTime | None = None,
) -> Iterator[Opened]:
    """Find and read every file under the paths, in order; within a folder sorted by name.

    Parameters
    ----------
    paths : sequence of path
        Files, folders (searched with everything below them), addresses of databases, or ``-`` for standard
        input. ``book.xlsx!Calls`` is one sheet of a workbook and ``logs.zip!b.csv`` one file of an archive, as they
        are called in messages.
    stdin : binary file, optional
        What ``-`` reads, for tests; standard input otherwise.
    limits : Limits
        How much an archive may unpack to.
    seen : set, optional
        Files read already, for several calls that are to read each file once.
    asked : AskedTime, optional
        Bounds what is read from databases.

    Yields
    ------
    Opened
        Readable or not. A file reached twice (by a link, or named twice) is read once.

    Raises
    ------
    InputError
        When a path does not exist, or a file has no such sheet or file in it.
    """
    seen = set() if seen is None else seen
    for given in paths:
        name = os.fspath(given)
        if "://" in name and databases().is_address(name):
            yield from databases().open_address(name, asked)
            continue
        if name == "-":
            yield from unpack("standard input", _from_stdin(stdin, limits), True, limits)
            continue
        path = Path(name)
        try:
            found = path.stat()
        except OSError as error:
            if (part := within(name)) is None:
                raise _absent(path, name, error) from error
            yield from _part(*part, seen, limits)
            continue
        except ValueError as error:  # a NUL in the name
            raise InputError(
                f"{visible(name)!r} is no file name", fix="Give the path of a file or folder."
            ) from error
        if stat.S_ISDIR(found.st_mode):
            yield from _folder(path, seen, limits)
        else:
            yield from _file(path, seen, limits, asked=True, time=asked)


def _from_stdin(stdin: BinaryIO | None, limits: Limits) -> bytes:
    if stdin is None and sys.stdin is None:  # so Python has it where it was closed
        raise InputError("standard input is closed", expected="a log, for the path is -")
    try:
        return (stdin or sys.stdin.buffer).read(limits.total_bytes)
    except OSError as error:
        raise InputError(f"standard input can't be read: {error.strerror}", expected="a log, for the path is -") from error


def within(name: str) -> tuple[Path, str] | None:
    """Return the file of which ``name`` is a part, and the part: ``book.xlsx!Calls`` is a sheet; None for none."""
    places = [i for i, letter in enumerate(name) if letter == "!" and i]
    # any text may be asked about, one with a NUL too
    return next(((Path(name[:i]), name[i + 1 :]) for i in places if os.path.isfile(name[:i])), None)  # noqa: PTH113


def _part(whole: Path, inside: str, seen: Seen, limits: Limits) -> Iterator[Opened]:
    """Read of one file the sheet, or the file within, that was asked for, with all that lies in it."""
    about = whole.stat()
    this = (about.st_dev, about.st_ino)
    display = visible(str(whole))
    wanted = f"{display}!{visible(inside)}"
    parts = list(_file(whole, set(), limits, asked=True))
    for alike in (str, str.casefold):  # Excel takes no heed of capitals in the name of a sheet
        sought = alike(wanted)
        chosen = [o for o in parts if alike(o.display) == sought or alike(o.display).startswith(f"{sought}!")]
        if chosen:
            break
    else:
        names = [o.display for o in parts if o.display != display]
        if not names and any(o.stream is None for o in parts):  # it could not be opened, and says why
            yield from parts
            return
        there = ", ".join(n.removeprefix(f"{display}!") for n in names[:MOST_NAMED])
        raise InputError(
            f"{display} has nothing called {visible(inside)!r} in it",
            expected=f"one of {there}{' and others' if len(names) > MOST_NAMED else ''}" if names else "a workbook or an archive",
            fix=f"Give one of them: '{names[0]}'." if names else f"Give {display} itself.",
        )
    of_all = tuple(p for o in parts if o not in chosen for p in o.problems if p.at.file == display)
    for one in chosen:
        if this in seen or (*this, one.display) in seen:
            told = problem(one.display, "the same as was already read", "each sheet or file once", "Nothing needs doing.",
                           effect="noted", kind="same-file")  # fmt: skip
            yield Opened(one.display, None, (told,), asked=True)
            continue
        seen.add((*this, one.display))
        yield replace(one, problems=(*of_all, *one.problems))
        of_all = ()


def _absent(path: Path, name: str, error: OSError) -> InputError:
    shown = visible(name)
    if os.path.islink(path):  # noqa: PTH114 - Path.is_symlink raises for a name that is too long
        return InputError(f"{shown} is a link to something that is not there", fix="Give the file itself.")
    if isinstance(error, PermissionError):
        return InputError(f"{shown} may not be read ({error.strerror})", fix="Ask for the right to read it.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputError(
            f"{shown} does not exist", fix="Give the path of a log file, or of a folder with log files."
        )
    return InputError(f"{shown} can't be opened ({error.strerror or error})", fix="Give another path.")


def _folder(folder: Path, seen: Seen, limits: Limits) -> Iterator[Opened]:
    """Walk a folder; a folder met twice (a link in a circle) is walked once."""
    visited: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            about = here.stat()
            entries = sorted(os.scandir(here), key=lambda e: e.name)
        except OSError as error:
            yield _refused(
                here,
                f"the folder can't be read ({error.strerror})",
                "a folder",
                "Ask for the right to read it.",
            )
            continue
        if (about.st_dev, about.st_ino) in visited:
            continue
        visited.add((about.st_dev, about.st_ino))
        below = []
        for entry in entries:
            path = Path(entry.path)
            try:
                is_folder = entry.is_dir()
                mode = entry.stat().st_mode
            except OSError as error:
                reason = (
                    "a link to nothing, or in a circle"
                    if entry.is_symlink()
                    else f"can't be read ({error.strerror})"
                )
                yield _refused(path, reason, "a file", "Remove the link, or put the file there.")
                continue
            if is_folder:
                if entry.name.startswith("."):
                    yield _refused(
                        path,
                        "a hidden folder, not searched",
                        "log files",
                        "Name it to have it read.",
                        effect="noted",
                        kind="not-read",
                    )
                else:
                    below.append(path)
            elif stat.S_ISREG(mode):
                yield from _file(path, seen, limits, asked=False)
            else:
                yield _refused(path, "a device, pipe or socket", "a file", "Name it to have it read.")
        waiting.extend(reversed(below))


def _refused(
    path: Path,
    saw: str,
    expected: str,
    fix: str,
    *,
    effect: Effect = "left-out",
    kind: str = "unreadable",
    asked: bool = False,
) -> Opened:
    shown = visible(str(path))
    return Opened(shown, None, (problem(shown, saw, expected, fix, effect=effect, kind=kind),), asked)


def _file(
    path: Path, seen: Seen, limits: Limits, *, asked: bool, time: AskedTime | None = None
) -> Iterator[Opened]:
    """Read one file, unless it was read already."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if stat.S_ISREG(about.st_mode):
                named = (about.st_dev, about.st_ino, visible(str(path)))
                if named in seen:
                    return  # by the very name it was read, or refused, under: a folder and a file of it
                seen.add(named)
                if (about.st_dev, about.st_ino) in seen:
                    yield _refused(
                        path,
                        "the same file as one already read",
                        "each file once",
                        "Nothing needs doing.",
                        effect="noted",
                        kind="same-file",
                        asked=asked,
                    )
                    return
                seen.add((about.st_dev, about.st_ino))
            elif stat.S_ISCHR(about.st_mode) and not path.samefile("/dev/stdin"):
                yield _refused(path, "a device", "a file", "Give a log file.", asked=asked)
                return
            start = file.read(HEAD_BYTES)
            if start.startswith(SQLITE) and stat.S_ISREG(about.st_mode):
                yield from databases().open_sqlite(visible(str(path)), path, by_name=asked, time=time)
                return
            # a recording of an hour among the logs need not be read to its end to be known for one
            read_whole = packing(start) or start.startswith(PARQUET)
            if not read_whole and (binary := binary_kind(start)):
                saw, expected, fix, kind = no_text(path.name, binary)
                yield _refused(path, saw, expected, fix, kind=kind, asked=asked)
                return
            data = start + file.read(limits.total_bytes)
    except OSError as error:
        yield _refused(
            path,
            f"can't be read ({error.strerror or error})",
            "a readable file",
            "Ask for the right to read it.",
            asked=asked,
        )
        return
    yield from unpack(visible(str(path)), data, asked, limits)
