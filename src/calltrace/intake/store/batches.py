"""Calls of many files in batches, the next ones read while one is worked on: never all of them at once."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from calltrace.classes import dataclass
from calltrace.intake.store import manifest, scan
from calltrace.intake.store.parts import unreadable
from calltrace.intake.store.scan import CODED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Part

AT_ONCE = 100_000
"""Calls read at a time, while those before them are filled in: many files at once cost less than each alone, and no more
than fit where the last ones were."""

READERS = 2
"""Batches that are read at the same time."""


@dataclass(frozen=True)
class Batch:
    """Files read in one go: those of neighbouring days of which the same columns are wanted.

    ``cut`` says that it is one file, of which not all rows are wanted.
    """

    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    cut: bool


def batches(
    chosen: Sequence[Part], columns: Callable[[Part], Sequence[str]], start: int | None = None, end: int | None = None
) -> Iterator[Batch]:
    """Give files in batches of no more than :data:`AT_ONCE` calls, in order.

    ``columns`` says which are wanted of a file; ``start`` and ``end`` bound the rows wanted, microseconds since 1970.
    """
    held: list[Part] = []
    alike: tuple[tuple[str, ...], bool] = (), False
    for part in chosen:
        cut = part.first is None or part.last is None or (start is not None and part.first < start) or (
            end is not None and part.last >= end)
        names = tuple(columns(part)), cut
        if held and (cut or names != alike or sum(p.rows for p in held) + part.rows > AT_ONCE):
            yield Batch(tuple(held), *alike)
            held = []
        held.append(part)
        alike = names
    if held:
        yield Batch(tuple(held), *alike)


def ahead(store: Store, chosen: Iterator[Batch]) -> Iterator[tuple[Batch, pa.Table]]:
    """Give each batch with its rows; the next ones are read while one is worked on.

    Rows are those of the whole files: of a batch that is ``cut`` not all are wanted.

    Raises
    ------
    InputError
        A file can't be read.
    FileNotFoundError, SupersededError
        A file was taken away since: see :func:`calltrace.intake.store.bounds.steadily`.
    """
    with ThreadPoolExecutor(READERS) as pool:
        begun = deque((batch, pool.submit(_scanned, store, batch)) for batch in islice(chosen, READERS))
        while begun:
            batch, read = begun.popleft()
            rows = read.result()
            begun.extend((following, pool.submit(_scanned, store, following)) for following in islice(chosen, 1))
            yield batch, rows
            del rows


def _scanned(store: Store, batch: Batch) -> pa.Table:
    """Read some columns of some files, in order; what repeats as dictionaries, what a file has not as unknown."""
    try:
        return scan.scan(store.place, batch.parts, batch.columns)
    except (pa.ArrowException, OSError) as error:
        for part in batch.parts:
            rows_of(store, part, batch.columns)  # says which of them can't be read
        if store.place.remote and not isinstance(error, FileNotFoundError):  # all of them can by now
            raise unreadable(store.place, batch.parts[0], error) from error
        raise


def rows_of(store: Store, part: Part, columns: Sequence[str]) -> pa.Table:
    """Read those of some columns that a file has; what repeats as dictionaries.

    Raises
    ------
    InputError
        The file can't be read.
    FileNotFoundError, SupersededError
        It was taken away since, as for :func:`ahead`.
    """
    place, file = store.place.path(part.file), store.place.filesystem()
    try:
        with parquet.ParquetFile(place, filesystem=file) as told:
            about = told.metadata
            there = [c for c in columns if c in set(told.schema_arrow.names)]
        with parquet.ParquetFile(
            place, metadata=about, filesystem=file, read_dictionary=[c for c in there if c in CODED]
        ) as opened:
            return opened.read(columns=there, use_threads=False)
    except FileNotFoundError as error:  # taken away since: by the newer state it is read again
        if store.version is not None and manifest.latest(store.place).version != store.version:
            raise manifest.SupersededError.of(store.place) from error
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise unreadable(store.place, part, error) from error
