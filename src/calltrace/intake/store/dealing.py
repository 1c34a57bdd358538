"""Rows dealt out by day as they come, and each day written once the file has gone past it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.intake.store import parts
from calltrace.tables import arrow
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from calltrace.intake.store.manifest import Part
    from calltrace.intake.store.places import Place

HELD_BYTES = 320 << 20
"""Rows of days that are not written yet; beyond it every day is written as far as it has come."""


class Days:
    """Deals rows out by day, and has each day written once the file has gone past it."""

    def __init__(self, place: Place, display: str) -> None:
        self.place, self.display = place, display
        self.open: dict[int, list[pa.Table]] = {}
        self.held = 0
        self.before: int | None = None
        self.writing: list[tuple[int, Future[tuple[list[Part], int, int, int]]]] = []
        self.repeated = self.repeated_answered = 0
        self.repeated_line = 0

    def add(self, rows: pa.Table, pool: ThreadPoolExecutor) -> None:
        """Take a stretch's rows."""
        if not rows.num_rows:
            return
        first = None
        for day, some in _dealt(rows):
            self.open.setdefault(day, []).append(some)
            first = day if first is None else min(first, day)
        self.held += rows.nbytes
        past = first if self.before is None or first is None else min(first, self.before)
        if self.held > HELD_BYTES:
            self._write(sorted(self.open), pool)
        elif past is not None:
            self._write(sorted(d for d in self.open if d < past), pool)
        self.before = first

    def _write(self, days: list[int], pool: ThreadPoolExecutor) -> None:
        for day in days:
            rows = pa.concat_tables(self.open.pop(day), promote_options="permissive")
            self.held -= rows.nbytes
            self.writing.append((day, pool.submit(_written, self.place, parts.day_name(day), rows)))
        self.held = max(self.held, 0) if self.open else 0
        undone = [f for _, f in self.writing if not f.done()]
        if len(undone) > 256:  # the disk is slower than the reading: wait for it
            for future in undone[:-64]:
                future.result()

    def finish(self, pool: ThreadPoolExecutor) -> dict[str, list[list[Part]]]:
        """Write what is open, and return each day's parts."""
        self._write(sorted(self.open), pool)
        found: dict[str, list[list[Part]]] = {}
        for day, future in self.writing:
            written, repeated, answered, line = future.result()
            found.setdefault(parts.day_name(day), []).append(written)
            self.repeated += repeated
            self.repeated_answered += answered
            if repeated and (not self.repeated_line or line < self.repeated_line):
                self.repeated_line = line
        return found

    def problems(self) -> list[Problem]:
        """Tell of records that were there more than once in the file."""
        if not self.repeated:
            return []
        return [
            Problem(
                Location(self.display, self.repeated_line),
                f"{self.repeated} rows of records that are there already",
                "each record once",
                "Each is counted once; of two states of one record the later in the file was kept.",
                table="calls",
                rows=self.repeated,
                kind="duplicate",
            )
        ]


def _dealt(rows: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    """Split rows by day, each day's in their order."""
    numbers = parts.days_of(rows["offered_at"])
    if len(numbers) and (numbers[1:] < numbers[:-1]).any():
        order = np.argsort(numbers, kind="stable")
        rows, numbers = rows.unify_dictionaries().take(arrow.numbers(order)), numbers[order]
    edges: NDArray[np.int64] = np.concatenate([[0], np.flatnonzero(np.diff(numbers)) + 1, [len(numbers)]])
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        yield int(numbers[a]), rows.slice(a, b - a)


def _written(place: Place, day: str, rows: pa.Table) -> tuple[list[Part], int, int, int]:
    """Write a day's rows, each record once; return the parts, and what was there more than once."""
    rows = rows.unify_dictionaries().combine_chunks()
    before = rows.num_rows
    if not parts.repeats_possible(rows):
        return parts.write(place, "calls", day, rows), 0, 0, 0
    kept = parts.merged(None, rows, "calls")
    assert kept is not None  # noqa: S101 - None is for nothing new beside old rows
    repeated = before - kept.num_rows
    line = 0
    answered = 0
    if repeated:
        gone = np.setdiff1d(rows["source_line"].to_numpy(), kept["source_line"].to_numpy())
        line = int(gone.min()) if len(gone) else 0
        answered = pc.sum(pc.equal(rows["outcome"].cast(pa.string()), "answered")).as_py() - (
            pc.sum(pc.equal(kept["outcome"], "answered")).as_py() or 0
        )
    return parts.write(place, "calls", day, kept), repeated, answered, line
