"""What the bytes of a file hold, handed over as text: a log, an archive of files, a workbook, Parquet, a database.

Told by the bytes, never by a name, and within bounds (:class:`calltrace.intake.unpacking.Limits`): what would unpack to
far more than any log is not.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.intake import spreadsheets
from calltrace.intake.encodings import PAGE, binary_kind, is_page, is_table, no_text, to_utf8
from calltrace.intake.opened import HEAD_BYTES, Opened, problem, stream_of
from calltrace.intake.unpacking import Limits, TooBigError, inflate, member, packing
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SQLITE = b"SQLite format 3\x00"
PARQUET = b"PAR1"
DUMP_WORDS = (b"INSERT", b"CREATE TABLE", b"REPLACE", b"COPY")
"""Words one of which is in every dump of a database, and hardly in any log."""
DEPTH = 4
"""How many archives may lie inside one another."""


def databases() -> ModuleType:
    """Return the module that opens databases: most runs have none, and are not to wait for it."""
    return import_module("calltrace.intake.databases")


@dataclass(frozen=True)
class _Bytes:
    """Bytes to be read, what messages call them, and what was found wrong on the way to them."""

    display: str
    data: bytes
    asked: bool
    limits: Limits
    depth: int = 0
    found: tuple[Problem, ...] = ()

    def refused(self, *told: Problem) -> Opened:
        """Hand over nothing, and why."""
        return Opened(self.display, None, (*self.found, *told), self.asked)


def unpack(display: str, data: bytes, asked: bool, limits: Limits, depth: int = 0) -> Iterator[Opened]:
    """Unpack bytes as often as needed and hand over the text in them, one Opened for every file they hold.

    Parameters
    ----------
    display : str
        What messages call them.
    data : bytes
        The whole file.
    asked : bool
        Whether the user named it, rather than a folder it is in.
    limits : Limits
        How much it may unpack to.
    depth : int
        How many archives it lies in.
    """
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
            found.append(_torn(display, f"the {packed} data are damaged or end too early ({torn})"))
            data = data[: data.rfind(b"\n") + 1]
        depth += 1
        packed = packing(data)
    given = _Bytes(display, data, asked, limits, depth, tuple(found))
    if packed == "zip":
        yield from _zip(given)
    else:
        yield from _as_text(given)


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


def _torn(display: str, saw: str) -> Problem:
    return problem(
        display,
        saw,
        "a whole archive",
        "What could be read was read; copy the file again.",
        effect="repaired",
        kind="truncated",
    )


def _zip(given: _Bytes) -> Iterator[Opened]:
    """Read a zip archive: a workbook, or the files in it."""
    display = given.display
    if given.depth >= DEPTH:
        yield given.refused(_nested(display))
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(given.data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        saw = f"a damaged zip archive ({error})"
        yield given.refused(problem(display, saw, "a whole archive", "Copy or export the file again."))
        return
    names = {e.filename for e in entries}
    if spreadsheets.WORKBOOK in names:
        yield from _sheets(given, sum(e.file_size for e in entries))
        return
    if "[Content_Types].xml" in names or "mimetype" in names:
        yield given.refused(problem(display, "an Office file", "a text log", "Save the sheet as CSV.", kind="binary"))
        return
    files = [e for e in entries if not e.is_dir()]
    if not files or len(files) > given.limits.members:
        saw = "an empty zip archive" if not files else f"a zip archive of {len(files)} files"
        yield given.refused(problem(display, saw, "an archive of log files", "Unpack it first."))
        return
    yield from _members(given, archive, sorted(files, key=lambda e: e.filename))


def _members(given: _Bytes, archive: zipfile.ZipFile, files: list[zipfile.ZipInfo]) -> Iterator[Opened]:
    """Read the files in a zip archive; what is wrong with the archive is told with the first."""
    asked, limits = given.asked, given.limits
    total = 0
    taken: Counter[str] = Counter()
    for position, entry in enumerate(files):
        name = f"{given.display}!{visible(entry.filename)}"
        taken[name] += 1
        name = name if taken[name] == 1 else f"{name} ({taken[name]})"  # an archive may hold several of one name
        before = given.found if position == 0 else ()
        try:
            content, torn = member(archive, entry, limits)
        except TooBigError:
            yield Opened(name, None, (*before, _bomb(name, "zip")), asked)
            continue
        except (RuntimeError, NotImplementedError, OSError, ValueError, zipfile.BadZipFile) as error:
            saw = "locked with a password" if "password" in str(error) else f"can't be unpacked ({error})"
            told = problem(name, saw, "a readable archive", "Unpack it first.")
            yield Opened(name, None, (*before, told), asked)
            continue
        total += len(content)
        if total > limits.total_bytes:
            yield Opened(name, None, (*before, _bomb(given.display, "zip")), asked)
            return
        if torn:
            before = (*before, _torn(name, f"the zip data are damaged ({torn})"))
            content = content[: content.rfind(b"\n") + 1]
        for opened in unpack(name, content, asked, limits, given.depth + 1):
            yield Opened(opened.display, opened.stream, (*before, *opened.problems), asked)
            before = ()


def _sheets(given: _Bytes, size: int) -> Iterator[Opened]:
    """Hand over every sheet of a workbook as a text of its own; ``size`` is what the workbook unpacks to."""
    display, limits = given.display, given.limits

    def refused(saw: str, fix: str, kind: str = "unreadable") -> Opened:
        return given.refused(problem(display, saw, "a log", fix, kind=kind))

    if size > limits.total_bytes or (size > limits.free_bytes and size > limits.ratio * max(len(given.data), 1)):
        yield given.refused(_bomb(display, "spreadsheet"))
        return
    before = given.found
    count = 0
    try:
        for sheet in spreadsheets.sheets(given.data):
            count += 1
            name = f"{display}!{visible(sheet.name)}"
            told = tuple(
                problem(name, saw, "rows that show", "Read like the rest.", effect="noted", kind="hidden")
                for saw in sheet.hidden
            )
            yield Opened(name, stream_of(name, sheet.data, display), (*before, *told), given.asked)
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


def _parquet(given: _Bytes) -> Opened:
    """Hand over a Parquet file of the generic layout as the text it would have been."""
    display = given.display
    parquet = import_module("calltrace.intake.parquet")
    try:
        text, line_of = parquet.to_csv(given.data, given.limits.total_bytes)
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
        return Opened(display, replace(stream_of(display, text), line_of=line_of), given.found, given.asked)
    return given.refused(told)


def _as_text(given: _Bytes) -> Iterator[Opened]:
    """Hand over a text, or the tables of a database, or of a dump of one."""
    display, data, asked, found = given.display, given.data, given.asked, given.found
    if not data.strip():
        saw = "an empty file" if not data else "nothing but blanks"
        yield given.refused(problem(display, saw, "a log", "Export it again.", kind="empty"))
        return
    if data.startswith(SQLITE):
        yield from databases().open_sqlite(display, data, by_name=asked)
        return
    if data.startswith(PARQUET):
        yield _parquet(given)
        return
    if binary := binary_kind(data[:HEAD_BYTES]) or (PAGE if is_page(data) and is_table(display) else ""):
        saw, expected, fix, kind = no_text(display, binary)
        yield given.refused(problem(display, saw, expected, fix, kind=kind))
        return
    text, encoding = to_utf8(data)
    stream = stream_of(display, text)
    if encoding == "cp1252":
        told = problem(
            display,
            "bytes that are not UTF-8",
            "UTF-8 or UTF-16",
            "They were read as Windows-1252; if names look wrong, export the file as UTF-8.",
            effect="noted",
            kind="encoding",
        )
        found = (*found, told)
    opened = Opened(display, stream, found, asked)
    if any(word in stream.head.raw.upper() for word in DUMP_WORDS) and databases().is_dump(stream):
        yield from databases().open_dump(opened, stream)
    else:
        yield opened
