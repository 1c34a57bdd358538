"""Files that could not be read whole, and what makes up for them.

A copy broke off, an archive is damaged: what could be read of it is kept, and said. Nothing may look like a quiet day
for want of the rest. So a torn file stays one until its content has come otherwise, which is taken to be so where

- it came whole under its own name, and reaches as far (of a folder that was empty: a log lies in it now),
- a file of the same name but for its packing (``part.csv``, ``part.csv.gz``) is whole and holds more, or
- another file that is whole holds every record it gave, and more (a store can tell:
  :mod:`calltrace.intake.store.settling`),

or somebody says that there is no more to come (``calltrace store accept``).

"More" is what tells the export made again from what was saved of the torn one: unpacked by hand as far as it goes, that
has its rows and a piece of the next. An archive that is whole has been held against its own checksum, and need not have
more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from calltrace.tables.problems import UNREAD

if TYPE_CHECKING:
    from calltrace.tables.case import Source
    from calltrace.tables.problems import Problem

SETTLED = "settled"
"""Kind of the problem of a torn file that has been made up for."""

CUT = frozenset({"cut-off", "truncated"})
"""Kinds of problem, of a line as well, that tell of a file that breaks off."""

MORE = 2
"""Rows that a file without a checksum has to have more, to be another than what was saved of the torn one by hand."""

_PACKED = re.compile(r"\.(gz|bz2|xz|zst|zip)$", re.IGNORECASE)


def is_torn(problem: Problem) -> bool:
    """Say whether a problem means that a file, or part of it, could not be read."""
    return problem.kind in UNREAD and not problem.at.line


def files(problems: Iterable[Problem]) -> dict[str, Problem]:
    """Return the torn files and what is wrong with each."""
    return {p.at.file: p for p in problems if is_torn(p)}


def makes_good(torn: Sequence[Source], other: Source, problems: Iterable[Problem]) -> bool:
    """Say whether a file that is known to be the same export, or its successor, has what a torn one gave, and all of it.

    Parameters
    ----------
    torn : sequence of Source
        What the torn file gave, a Source a table.
    other : Source
        What may make up for it.
    problems : iterable of Problem
        What is wrong with the other's file.
    """
    if not is_whole(other, problems):
        return False
    given = [s for s in torn if s.rows]
    if not given:
        return True
    one = given[0]
    if len(given) > 1 or one.table != other.table or not covers(other, one):
        return False
    return other.rows >= one.rows + (0 if packed(other.path) or other.path == one.path else MORE)


def is_whole(other: Source, problems: Iterable[Problem]) -> bool:
    """Say whether a file gave something, and nothing tells that it breaks off; problems are those of its file."""
    return bool(other.rows) and not any(is_torn(p) or p.kind in CUT for p in problems)


def covers(other: Source, one: Source) -> bool:
    """Say whether a table's rows of one file reach at least as far, both ways, as those of another."""
    if one.first is None or one.last is None:
        return True
    return other.first is not None and other.last is not None and other.first <= one.first and other.last >= one.last


def same_but_for_packing(one: str, other: str) -> bool:
    """Say whether two paths are one name, packed in one way or another or not at all.

    Examples
    --------
    >>> same_but_for_packing("/logs/part.csv", "/logs/part.csv.gz")
    True
    >>> same_but_for_packing("/logs/part.csv", "/logs/part.csv")
    False
    """
    return one != other and _bare(one) == _bare(other)


def lies_in(path: str, folder: str) -> bool:
    """Say whether a file lies somewhere below a folder, of which nothing was there before.

    Examples
    --------
    >>> lies_in("/mnt/east/2026/calls.csv", "/mnt/east"), lies_in("/mnt/east.csv", "/mnt/east")
    (True, False)
    """
    return path.startswith(f"{folder.rstrip(os.sep)}{os.sep}")


def archive(path: str) -> str:
    """Return the file on the disk: what comes before the name of an archive's member."""
    return path.partition("!")[0]


def packed(path: str) -> bool:
    """Say whether a path is an archive's, or a member's of one: those that are whole are known to be."""
    return _PACKED.search(archive(path)) is not None


def _bare(path: str) -> str:
    return _PACKED.sub("", archive(path))


def made_up_for(sources: Sequence[Source]) -> dict[str, str]:
    """Return the torn files among some that others of them make up for, and by what: the same, packed otherwise."""
    broken = {s.path for s in sources if any(is_torn(p) for p in s.problems)}
    found = {}
    for path in sorted(broken):
        mine = [s for s in sources if s.path == path]
        for other in sources:
            if same_but_for_packing(path, other.path) and makes_good(mine, other, other.problems):
                found[path] = f"All of it is in {other.path}."
                break
    return found


def settled(problems: Iterable[Problem], why: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return problems with those of torn files that are made up for told as such: file → what made up for it."""
    return tuple(
        replace(p, kind=SETTLED, effect="noted", fix=why[p.at.file]) if is_torn(p) and p.at.file in why else p
        for p in problems
    )


def all_settled(
    sources: Sequence[Source], problems: Iterable[Problem], why: Mapping[str, str]
) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Return sources and problems with those of some torn files told as made up for."""
    if not why:
        return tuple(sources), tuple(problems)
    return (
        tuple(replace(s, problems=settled(s.problems, why)) if s.path in why else s for s in sources),
        settled(problems, why),
    )
