"""Calls of many days in one go, as Arrow reads them: a morning's audit of yesterday reads months to know what is usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import dataset

from calltrace.intake.store import parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calltrace.intake.store.manifest import Part
    from calltrace.intake.store.places import Place

CODED = (
    "account", "dnis", "trunk_group", "agent", "outcome", "ended_by", "queue", "hangup_cause", "transferred_to",
    "redirected_from", "source_file")
"""Columns of calls that come as dictionaries, and become categories."""

SHOWN = ("call_id", "caller_name", "recording", "linked_id", "source_line")
"""Columns that only examples show."""

AT_ONCE = 100_000
"""Calls read at a time, while those before them are filled in: many files at once cost less than each alone, and no more
than fit where the last ones were."""


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
    """Read some columns of some files, in order; what repeats as dictionaries, what no file has left out.

    Raises
    ------
    pyarrow.ArrowException, OSError
        A file can't be read.
    """
    return _together(place, chosen, columns, CODED)


def named(place: Place, chosen: Sequence[Part], column: str) -> list[str]:
    """Return the texts that a repeating column of some files holds, each once."""
    found = _together(place, chosen, [column], (column,))
    return [t for t in found[column].unique().to_pylist() if t is not None] if found.column_names else []


def _together(place: Place, chosen: Sequence[Part], columns: Sequence[str], coded: Sequence[str]) -> pa.Table:
    file = place.filesystem()
    schema = pa.schema([
        pa.field(f.name, pa.dictionary(pa.int32(), pa.string())) if f.name in coded else f
        for f in parts.schema_of(chosen[0].table)])
    kind = dataset.ParquetFileFormat(read_options=dataset.ParquetReadOptions(dictionary_columns=coded))
    files = [kind.make_fragment(place.path(p.file), filesystem=file) for p in chosen]
    there = set[str]().union(*(one.physical_schema.names for one in files))
    return dataset.FileSystemDataset(files, schema, kind, filesystem=file).to_table(columns=[c for c in columns if c in there])
