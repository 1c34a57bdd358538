"""One file: recognised by its content, by the user's own mapping or by what its source is said to hold, and read.

A mapping goes before every format, for whoever made it knows the log. A file that nothing knows is told with what it
resembles, and costs the others nothing.
"""

from __future__ import annotations

import re
from dataclasses import field, replace
from fnmatch import fnmatch
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.intake import formats, other_logs, resembling
from calltrace.intake.formats._base import Reading, ReadOptions, Stream
from calltrace.intake.layout import nearly
from calltrace.intake.opened import Opened, problem
from calltrace.tables import times
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.intake.formats._base import Format
    from calltrace.intake.mapping import Mapping

MAPPED = "mapped"
"""What a file read by the user's own mapping is called among the formats."""


@dataclass
class File:
    """What is known of one file while the case is put together.

    ``first`` and ``last`` are when its first and last call came in, as far as it looks like calls though it could not be
    read. ``stream`` and ``chosen`` are kept where the file's dates may be read two ways: other files may tell which
    (:func:`again`).
    """

    display: str
    options: ReadOptions = field(default_factory=ReadOptions)
    format: str = ""
    table: str = ""
    recognised_by: str = ""
    problems: list[Problem] = field(default_factory=list)
    reading: Reading | None = None
    family: str = ""
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    stream: Stream | None = None
    chosen: Format | None = None


def as_format(mapping: str | os.PathLike[str] | Mapping | None) -> Format | None:
    """Return the format a mapping makes, None where none is given."""
    if mapping is None:
        return None
    from calltrace.intake import mapping as mappings  # noqa: PLC0415 -- only who gives one pays for it

    chosen = mapping if isinstance(mapping, mappings.Mapping) else mappings.of_file(mapping)
    return chosen.as_format()


def files_of(
    opened: Opened,
    options: ReadOptions,
    by_mapping: Format | None = None,
    by_name: Sequence[tuple[tuple[str, ...], Format]] = (),
    only: str = "",
) -> list[File]:
    """Detect and read one file, or the tables that one holds as JSON where nothing knows it as it is; as for :func:`read`."""
    file = read(opened, options, by_mapping, by_name, only)
    stream = opened.stream
    if stream is None or file.format or stream.head.text.lstrip()[:1] not in {"[", "{"}:
        return [file]
    from calltrace.intake import databases  # noqa: PLC0415 -- most runs have none

    if not databases.is_json_rows(stream):
        return [file]
    return [read(made, options, by_mapping, by_name, only) for made in databases.open_json_rows(opened, stream)]


def read(
    opened: Opened,
    options: ReadOptions,
    by_mapping: Format | None = None,
    by_name: Sequence[tuple[tuple[str, ...], Format]] = (),
    only: str = "",
) -> File:
    """Detect and read one file; a mapping goes before every format, for whoever made it knows the log."""
    file = File(opened.display, options, problems=list(opened.problems))
    stream = opened.stream
    if stream is None:
        return file
    base = stream.display.replace("!", "/").rpartition("/")[2]
    mapped = [by_mapping] if by_mapping is not None else []
    mapped += [f for patterns, f in by_name if any(fnmatch(n, p) for p in patterns for n in (base, stream.display))]
    tried = [(MAPPED, f) for f in mapped]
    names = (only.replace("-", "_"),) if only else formats.in_order()
    # a format is imported when its turn comes: mostly one of the first knows the file
    for name, chosen in chain(tried, ((n, formats.get(n)) for n in names)):
        recognised = chosen.detect(stream.head)
        if recognised is None:
            continue
        reading = _reading(stream, chosen, options)
        if any(len(dates.possible()) > 1 for dates in reading.dates):
            file.stream, file.chosen = stream, chosen
        file.format, file.recognised_by = name.replace("_", "-"), recognised
        file.table, file.reading, file.family = reading.table, reading, chosen.family
        file.problems.extend(reading.problems)
        return file
    told = _unrecognised(stream) if not only else _another(stream, only)
    seen = resembling.look(stream, options)
    if seen is not None:
        until = f" up to {times.local(seen.last, options.tz or 'UTC'):%Y-%m-%d}" if seen.last is not None else ""
        told = replace(
            told, kind=resembling.UNREAD_CALLS, saw=f"{told.saw}; it looks like calls{until}",
            fix=f"{told.fix} If its calls are no concern of the service's, keep it elsewhere.")
        file.first, file.last = seen.first, seen.last
    file.problems.append(told)
    return file


def again(file: File, options: ReadOptions) -> None:
    """Read a file that kept its stream with other options; the file's own stay, by which files belong together."""
    assert file.stream is not None  # noqa: S101 -- who asks has looked
    assert file.chosen is not None  # noqa: S101 -- as above
    assert file.reading is not None  # noqa: S101 -- as above
    before = list(file.reading.problems)
    file.reading = _reading(file.stream, file.chosen, options)
    file.problems = [p for p in file.problems if p not in before]
    file.problems.extend(file.reading.problems)


def _reading(stream: Stream, chosen: Format, options: ReadOptions) -> Reading:
    reading = chosen.read(stream, options)
    return reading if stream.line_of is None else _where_it_came_from(reading, stream.line_of)


def _another(stream: Stream, only: str) -> Problem:
    """Say that a file is not of the one format it was said to be of."""
    found = next((n for n in formats.in_order() if formats.get(n).detect(stream.head) is not None), "")
    return problem(
        stream.display,
        f"a file that is not {only}" + (f", but {found.replace('_', '-')}" if found else ""),
        f"{only}, as its source's format says",
        "It was not read. Leave the format out to have each file recognised by its content.",
        kind="unrecognised",
    )


def _where_it_came_from(reading: Reading, line_of: NDArray[np.int64]) -> Reading:
    """Put the lines of a dump, or the rows of a database, in place of the lines of the text made of them."""

    def place(lines: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = line_of[np.clip(lines - 1, 0, len(line_of) - 1)]
        return found

    frame = reading.frame
    if "source_line" in frame.columns:
        frame = frame.assign(source_line=place(frame["source_line"].to_numpy(dtype=np.int64)))
    problems = tuple(
        replace(p, at=replace(p.at, line=int(place(np.array([p.at.line]))[0]))) if p.at.line else p
        for p in reading.problems
    )
    return replace(reading, frame=frame, problems=problems)


_DRAWN = re.compile(r"^\s*(?:\+-{2,}\+|-{3,}\+-{3,}|[┌╔][─═]{2,})", re.MULTILINE)
"""The lines of a table as ``mysql`` and ``psql`` draw it on a screen."""


def _unrecognised(stream: Stream) -> Problem:
    if _DRAWN.search(stream.head.text[:4000]):
        return problem(
            stream.display,
            "a table drawn with lines, as a database shows it on a screen",
            "the table as CSV, tab-separated or as a dump",
            "It was not read. Export it again: `mysql -B … > calls.tsv`, `psql --csv … > calls.csv`, or a dump.",
            kind="unrecognised",
        )
    if '"type":"header"' in stream.head.text[:400] and "PHPMyAdmin" in stream.head.text[:400]:
        return problem(
            stream.display,
            "a table of a database that phpMyAdmin exported as JSON",
            "the table as CSV or as a dump",
            "It was not read. Export it again as CSV with the names of the columns, or as SQL.",
            kind="unrecognised",
        )
    if (log := other_logs.told(stream.head)) is not None:
        return problem(stream.display, log.saw, log.expected, log.fix, kind="unrecognised")
    near = nearly(stream.head)
    return problem(
        stream.display,
        "a file of no known format" + (f": {near}" if near else ""),
        "a log with a known header or records",
        "It was not read. If it is a log of another kind, `calltrace inspect FILE --map` proposes how to read it.",
        kind="unrecognised",
    )
