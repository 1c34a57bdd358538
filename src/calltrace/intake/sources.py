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

import io
import os
import re
import stat
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from calltrace.errors import InputError, Location
from calltrace.intake import spreadsheets
from calltrace.intake.encodings import binary_kind, to_utf8
from calltrace.intake.formats._base import Head, Stream
from calltrace.intake.unpacking import LIMITS, Limits, TooBigError, inflate, member, packing
from calltrace.tables.problems import Effect, Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from calltrace.intake.asked import AskedTime

HEAD_BYTES = 65_536
SQLITE = b"SQLite format 3\x00"
PARQUET = b"PAR1"
DUMP_WORDS = (b"INSERT", b"CREATE TABLE", b"REPLACE", b"COPY")
"""Words one of which is in every dump of a database, and hardly in any log."""
MOST_NAMED = 8
"""How many sheets a message names."""
DEPTH = 4
"""How many archives may lie inside one another."""


Seen = set[tuple[int | str, ...]]
"""Files that were read already, by device and number; and with a name, a part of one."""


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
        if "://" in name and (databases := _databases()).is_address(name):
            yield from databases.open_address(name, asked)
            continue
        if name == "-":
            yield from _unpack("standard input", _from_stdin(stdin, limits), True, limits)
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


def _databases() -> ModuleType:
    """Return the module that opens databases: most runs have none, and are not to wait for it."""
    return import_module("calltrace.intake.databases")


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
                yield from _databases().open_sqlite(visible(str(path)), path, by_name=asked, time=time)
                return
            # a recording of an hour among the logs need not be read to its end to be known for one
            read_whole = packing(start) or start.startswith(PARQUET)
            if not read_whole and (binary := binary_kind(start)):
                yield _refused(
                    path, binary, "a text log", "Export it as text (CSV).", kind="binary", asked=asked
                )
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
    yield from _unpack(visible(str(path)), data, asked, limits)


# --- archives -----------------------------------------------------------------------------------------------

def _unpack(display: str, data: bytes, asked: bool, limits: Limits, depth: int = 0) -> Iterator[Opened]:
    """Unpack as often as needed and hand over the text."""
    found: list[Problem] = []
    packed = packing(data)
    while packed and packed != "zip":
        if depth >= DEPTH:
            yield Opened(display, None, (_nested(display),), asked)
            return
        try:
            data, torn = inflate(packed, data, limits)
        except TooBigError:
            yield Opened(display, None, (_bomb(display, packed),), asked)
            return
        if torn:
            found.append(
                problem(
                    display,
                    f"the {packed} data are damaged or end too early ({torn})",
                    "a whole archive",
                    "What could be read was read; copy the file again.",
                    effect="repaired",
                    kind="truncated",
                )
            )
            data = data[: data.rfind(b"\n") + 1]
        depth += 1
        packed = packing(data)
    if packed == "zip":
        yield from _members(display, data, asked, limits, depth, found)
        return
    yield from _as_text(display, data, asked, found, limits)


def _nested(display: str) -> Problem:
    return problem(display, f"more than {DEPTH} archives inside one another", "a log", "Unpack it first.")


def _bomb(display: str, packed: str) -> Problem:
    return problem(
        display,
        f"the {packed} data unpack to far more than any log would",
        "a compressed log",
        "It was not read: it would have filled the memory. Unpack it with care and give the log.",
        kind="too-big",
    )


def _members(  # noqa: PLR0917 -- what _unpack was given
    display: str,
    data: bytes,
    asked: bool,
    limits: Limits,
    depth: int,
    found: list[Problem],
) -> Iterator[Opened]:
    """Read the files in a zip archive."""
    if depth >= DEPTH:
        yield Opened(display, None, (*found, _nested(display)), asked)
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        yield Opened(
            display,
            None,
            (
                *found,
                problem(
                    display,
                    f"a damaged zip archive ({error})",
                    "a whole archive",
                    "Copy or export the file again.",
                ),
            ),
            asked,
        )
        return
    names = {e.filename for e in entries}
    if spreadsheets.WORKBOOK in names:
        yield from _sheets(display, data, asked, limits, sum(e.file_size for e in entries), found)
        return
    if "[Content_Types].xml" in names or "mimetype" in names:
        yield Opened(
            display,
            None,
            (
                *found,
                problem(display, "an Office file", "a text log", "Save the sheet as CSV.", kind="binary"),
            ),
            asked,
        )
        return
    files = [e for e in entries if not e.is_dir()]
    if not files or len(files) > limits.members:
        saw = "an empty zip archive" if not files else f"a zip archive of {len(files)} files"
        yield Opened(
            display,
            None,
            (*found, problem(display, saw, "an archive of log files", "Unpack it first.")),
            asked,
        )
        return
    total = 0
    taken: Counter[str] = Counter()
    for position, entry in enumerate(sorted(files, key=lambda e: e.filename)):
        name = f"{display}!{visible(entry.filename)}"
        taken[name] += 1
        name = name if taken[name] == 1 else f"{name} ({taken[name]})"  # an archive may hold several of one name
        before = tuple(found) if position == 0 else ()
        try:
            content, torn = member(archive, entry, limits)
        except TooBigError:
            yield Opened(name, None, (*before, _bomb(name, "zip")), asked)
            continue
        except (RuntimeError, NotImplementedError, OSError, ValueError, zipfile.BadZipFile) as error:
            locked = "password" in str(error)
            yield Opened(
                name,
                None,
                (
                    *before,
                    problem(
                        name,
                        "locked with a password" if locked else f"can't be unpacked ({error})",
                        "a readable archive",
                        "Unpack it first.",
                    ),
                ),
                asked,
            )
            continue
        total += len(content)
        if total > limits.total_bytes:
            yield Opened(name, None, (*before, _bomb(display, "zip")), asked)
            return
        if torn:
            before = (
                *before,
                problem(
                    name,
                    f"the zip data are damaged ({torn})",
                    "a whole archive",
                    "What could be read was read; copy the file again.",
                    effect="repaired",
                    kind="truncated",
                ),
            )
            content = content[: content.rfind(b"\n") + 1]
        for opened in _unpack(name, content, asked, limits, depth + 1):
            yield Opened(opened.display, opened.stream, (*before, *opened.problems), asked)
            before = ()


def _sheets(  # noqa: PLR0917 -- what _unpack was given
    display: str, data: bytes, asked: bool, limits: Limits, size: int, found: list[Problem]
) -> Iterator[Opened]:
    """Hand over every sheet of a workbook as a text of its own."""

    def refused(saw: str, fix: str, kind: str = "unreadable") -> Opened:
        told = problem(display, saw, "a log", fix, kind=kind)
        return Opened(display, None, (*found, told), asked)

    if size > limits.total_bytes or (size > limits.free_bytes and size > limits.ratio * max(len(data), 1)):
        yield Opened(display, None, (*found, _bomb(display, "spreadsheet")), asked)
        return
    before = tuple(found)
    count = 0
    try:
        for sheet in spreadsheets.sheets(data):
            count += 1
            name = f"{display}!{visible(sheet.name)}"
            told = tuple(
                problem(name, saw, "rows that show", "Read like the rest.", effect="noted", kind="hidden")
                for saw in sheet.hidden
            )
            yield Opened(name, stream_of(name, sheet.data, display), (*before, *told), asked)
            before = ()
    except spreadsheets.NotInstalledError:
        yield refused(
            "a spreadsheet, which needs a library that is not installed",
            "Run: pip install 'calltrace-cli[xlsx]', or save the sheet as CSV.",
            kind="not-installed",
        )
        return
    except spreadsheets.BROKEN as error:
        yield refused(f"a damaged spreadsheet ({visible(str(error))[:80]})", "Save it again, or save the sheet as CSV.")
        return
    if not count:
        yield refused("a spreadsheet with nothing in it", "Export it again.", kind="empty")


def _parquet(display: str, data: bytes, asked: bool, found: list[Problem], limits: Limits) -> Opened:
    """Hand over a Parquet file of the generic layout as the text it would have been."""
    parquet = import_module("calltrace.intake.parquet")
    try:
        text, line_of = parquet.to_csv(data, limits.total_bytes)
    except parquet.OtherColumnsError as other:
        told = problem(
            display,
            f"a Parquet file with other columns ({visible(str(other))})",
            "the columns of the generic layout, as calltrace convert writes them",
            "Export it as CSV: calltrace inspect FILE --map then proposes how to read it.",
            kind="unrecognised",
        )
    except parquet.TooMuchError:
        told = _bomb(display, "Parquet")
    except parquet.BROKEN as error:
        why = visible(str(error)).strip().partition("\n")[0][:80]
        told = problem(display, f"a Parquet file that can't be read ({why})", "a whole file", "Write it again.")
    else:
        return Opened(display, replace(stream_of(display, text), line_of=line_of), tuple(found), asked)
    return Opened(display, None, (*found, told), asked)


# --- text ---------------------------------------------------------------------------------------------------


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


def _as_text(display: str, data: bytes, asked: bool, found: list[Problem], limits: Limits) -> Iterator[Opened]:
    """Hand over a text, or the tables of a database, or of a dump of one."""
    if not data.strip():
        saw = "an empty file" if not data else "nothing but blanks"
        found = [*found, problem(display, saw, "a log", "Export it again.", kind="empty")]
        yield Opened(display, None, tuple(found), asked)
        return
    if data.startswith(SQLITE):
        yield from _databases().open_sqlite(display, data, by_name=asked)
        return
    if data.startswith(PARQUET):
        yield _parquet(display, data, asked, found, limits)
        return
    if binary := binary_kind(data[:HEAD_BYTES]):
        found = [*found, problem(display, binary, "a text log", "Export it as text (CSV).", kind="binary")]
        yield Opened(display, None, tuple(found), asked)
        return
    text, encoding = to_utf8(data)
    stream = stream_of(display, text)
    if encoding == "cp1252":
        found = [
            *found,
            problem(
                display,
                "bytes that are not UTF-8",
                "UTF-8 or UTF-16",
                "They were read as Windows-1252; if names look wrong, export the file as UTF-8.",
                effect="noted",
                kind="encoding",
            ),
        ]
    opened = Opened(display, stream, tuple(found), asked)
    if any(word in stream.head.raw.upper() for word in DUMP_WORDS) and (databases := _databases()).is_dump(stream):
        yield from databases.open_dump(opened, stream)
    else:
        yield opened
