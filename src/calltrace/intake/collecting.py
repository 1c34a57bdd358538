"""Files to one Case: every one opened, recognised and read, and what they gave put together.

How a file is known is in :mod:`calltrace.intake.recognising`, how files become one Case in
:mod:`calltrace.intake.assembling`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from calltrace.errors import InputError, UsageError
from calltrace.intake import assembling, date_orders, home, recognising, sources
from calltrace.intake.asked import Given, Known
from calltrace.intake.encodings import is_table
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.opened import problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from calltrace.intake.asked import AskedTime
    from calltrace.intake.date_orders import Earlier
    from calltrace.intake.mapping import Mapping
    from calltrace.intake.recognising import File
    from calltrace.tables.case import Case


def collect(
    paths: Sequence[str | os.PathLike[str] | Given],
    *,
    tz: str | None = None,
    now: pd.Timestamp | None = None,
    region: str = "",
    stdin: BinaryIO | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
    known: Known | None = None,
    beside: pd.DataFrame | None = None,
    asked: AskedTime | None = None,
    earlier: Earlier | None = None,
) -> Case:
    """Read files and databases, none of them a store, into one Case; parameters as for :func:`calltrace.intake.load.gather`.

    ``earlier`` gives the dates of files that were read before, as they are written in them.

    Raises
    ------
    InputError
        A path does not exist, or all are empty folders.
    UsageError
        The mapping can't be used, or fits none of the files.
    """
    known = known or Known()
    region = region or home.country(paths, tz, known, () if beside is None else beside["timezone"].dropna())
    by_name = [(tuple(patterns), chosen.as_format()) for patterns, chosen in known.mappings]
    for_all = ReadOptions(tz=tz, region=region, year=year)
    everywhere = recognising.as_format(mapping)
    files: list[File] = []
    emptied: list[File] = []
    seen: sources.Seen = set()
    for one in paths:
        given = one if isinstance(one, Given) else Given(os.fspath(one))
        options = replace(for_all, tz=given.tz or tz, year=given.year or year, own_clock=bool(given.tz))
        own = recognising.as_format(given.mapping) or everywhere
        came = [
            file
            for opened in sources.open_all([given.path], stdin=stdin, seen=seen, asked=asked)
            for file in recognising.files_of(opened, options, own, by_name, given.format)
        ]
        files += came
        if _gave_nothing(given.path, came):
            emptied.append(_empty_folder(given.path, options))
    date_orders.agree(files, region, earlier)
    _tell_emptied(files)
    read = {f.display for f in files if f.reading is not None}
    # a sheet, or a database, that was named twice: it has been read
    files = [f for n, f in enumerate(files) if f.reading is not None or f.display not in read]
    if not files:
        shown = ", ".join(p.path if isinstance(p, Given) else os.fspath(p) for p in paths)
        raise InputError(
            f"{shown} is an empty folder",
            expected="log files",
            fix="Export the switch's log into it, or give another path.",
        )
    if len(paths) > 1:  # of one path alone it is said otherwise that there is nothing to read
        files += emptied
    if everywhere is not None and not any(f.format == recognising.MAPPED for f in files):
        raise UsageError(
            f"the mapping {everywhere.title.removeprefix('by ')} fits none of the {len(files)} files",
            expected="a file with the columns it names",
            fix="Make one of this export: calltrace inspect FILE --map.",
        )
    case = assembling.assemble(files, assembling.join(files), for_all, known.accounts, beside)
    if now is not None:
        case.cache["now"] = now
    return case


def _gave_nothing(path: str, came: Sequence[File]) -> bool:
    """Say whether a folder that was named has no log in it: its export died, or the disk it is on is not there."""
    if any(f.reading is not None or any(p.kind == "same-file" for p in f.problems) for f in came):
        return False
    folder = Path(path)
    # files of which none came were read already, by the name of a folder around this one
    return folder.is_dir() and (bool(came) or not any(one.is_file() for one in folder.rglob("*")))


def _empty_folder(path: str, options: ReadOptions) -> File:
    told = problem(
        visible(path), "a folder without a log in it", "the switch's logs",
        "Look whether it is where it should be, and whether the export into it still runs; if it never will, leave it out.")
    return recognising.File(visible(path), options, problems=[told])


def _tell_emptied(files: Sequence[File]) -> None:
    """Tell of tables of which nothing is left, not even a header, as of files that can't be read.

    A log that was just turned over is empty by right: what it was is beside it under the same name, but for a number.
    """
    read = {_stem(f.display) for f in files if f.reading is not None}
    for file in files:
        if file.reading is None and is_table(file.display) and _stem(file.display) not in read:
            file.problems = [replace(p, kind="unreadable") if p.kind == "empty" else p for p in file.problems]


def _stem(display: str) -> str:
    """Return a file's folder and the letters of its name, up to the first dot."""
    folder, name = os.path.split(display.replace("!", "/"))
    return f"{folder}/{''.join(c for c in name.partition('.')[0].lower() if c.isalpha())}"
