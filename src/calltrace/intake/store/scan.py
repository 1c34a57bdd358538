"""Calls of many days in one go, as Arrow reads them; begun, if one likes, before they are asked for.

A morning's audit of yesterday reads months to know what is usual. Reading is Arrow's work, which needs no Python, and
importing what judges them is Python's: :func:`begin` starts the one in a thread before the other, and whoever asks for
those files is given what has been read.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import dataset

from calltrace.intake.store import parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Part
    from calltrace.intake.store.places import Place

CODED = (
    "account", "dnis", "trunk_group", "agent", "outcome", "ended_by", "queue", "hangup_cause", "transferred_to",
    "redirected_from", "source_file")
"""Columns of calls that come as dictionaries, and become categories."""

SHOWN = ("call_id", "caller_name", "recording", "linked_id", "source_line")
"""Columns that only examples show."""

AT_ONCE = 400_000
"""Calls read at a time, while those before them are filled in: many files at once cost less than each alone."""

MOST_BEGUN = 3_000_000
"""Calls of which no more are read before they are asked for: they lie in memory until then."""

NEAR_DAYS = 5
"""Days before a time asked about of which more may be wanted than what is usual: they are not begun."""


def lean(*, lines: bool = False) -> list[str]:
    """Return the columns of calls that nothing but examples show left out, lines kept where they are wanted."""
    return [n for n in parts.schema_of("calls").names if n not in SHOWN or (lines and n == "source_line")]


def together(chosen: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    """Give files in groups of no more than :data:`AT_ONCE` calls, in order."""
    held: list[Part] = []
    for part in chosen:
        if held and sum(p.rows for p in held) + part.rows > AT_ONCE:
            yield tuple(held)
            held = []
        held.append(part)
    if held:
        yield tuple(held)


def scan(place: Place, chosen: Sequence[Part], columns: Sequence[str]) -> pa.Table:
    """Read some columns of some files, in order; what repeats as dictionaries, what a file has not as unknown.

    Raises
    ------
    pyarrow.ArrowException, OSError
        A file can't be read.
    """
    file = place.filesystem()
    schema = pa.schema([
        pa.field(f.name, pa.dictionary(pa.int32(), pa.string())) if f.name in CODED else f for f in parts.schema_of("calls")])
    kind = dataset.ParquetFileFormat(read_options=dataset.ParquetReadOptions(dictionary_columns=CODED))
    files = [kind.make_fragment(place.path(p.file), filesystem=file) for p in chosen]
    return dataset.FileSystemDataset(files, schema, kind, filesystem=file).to_table(columns=list(columns))


@dataclass(frozen=True)
class _Begun:
    """One file of a reading that was begun: all that is read with it, and which rows are its own (the first, how many)."""

    table: Future[pa.Table]
    rows: tuple[int, int]
    columns: frozenset[str]


_BEGUN: dict[tuple[str, str], _Begun] = {}
"""What was begun and nobody asked for yet, by store and file: files are never changed, so it is never out of date."""


def begin(store: Store, day: date, *, days: int = 100) -> int:
    """Begin to read the calls that tell what is usual on a day: those of the ``days`` before, without what examples show.

    Returns how many were begun; none where they are too many, or the store lies beyond a network.
    """
    if store.place.remote:
        return 0
    first, last = (day - timedelta(days=n) for n in (days + 1, NEAR_DAYS))
    chosen = [p for p in store.state().of("calls") if first.isoformat() <= p.day <= last.isoformat()]
    begun = sum(p.rows for p in chosen)
    if begun > MOST_BEGUN:
        return 0
    pool = ThreadPoolExecutor(1)
    columns = lean(lines=True)
    for group in together(chosen):
        table = pool.submit(scan, store.place, group, columns)
        at = 0
        for part in group:
            _BEGUN[store.place.url, part.file] = _Begun(table, (at, part.rows), frozenset(columns))
            at += part.rows
    pool.shutdown(wait=False)  # it ends with the last of them
    return begun


def rows(place: Place, chosen: Sequence[Part], columns: Sequence[str]) -> pa.Table:
    """Return what :func:`scan` does, of files whose reading was begun what has been read; errors are the same."""
    wanted = set(columns)
    found: list[pa.Table] = []
    for one, files in groupby(chosen, lambda part: _known(place, part, wanted)):
        some = list(files)
        if one is None or one.exception() is not None:  # one of those read with them may be damaged
            found.append(scan(place, some, columns))
        else:
            table = one.result().select(list(columns))
            found += [table.slice(*_BEGUN.pop((place.url, part.file)).rows) for part in some]
    return pa.concat_tables(found)


def _known(place: Place, part: Part, wanted: set[str]) -> Future[pa.Table] | None:
    """Return the reading of a file that was begun, of all the columns wanted."""
    begun = _BEGUN.get((place.url, part.file))
    return begun.table if begun and wanted <= begun.columns else None
