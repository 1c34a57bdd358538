"""Rows dealt out by day as they come, and each day written once the file has gone past it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.store import parts
from calltrace.tables import arrow
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from calltrace.intake.store.manifest import Part
    from calltrace.intake.store.places import Place

HELD_BYTES = 320 << 20
"""Rows of days that are not written yet; beyond it every day is written as far as it has come."""
DAYS_AT_ONCE = 6
"""Days written by one worker at most, one after another: their calls are counted together, for less than one by one."""


@dataclass(frozen=True)
class _Some:
    """The rows of a stretch that are of one day: from one place to another."""

    stretch: pa.Table
    begin: int
    end: int
    of_bytes: int

    @property
    def rows(self) -> pa.Table:
        return self.stretch.slice(self.begin, self.end - self.begin)

    @property
    def nbytes(self) -> int:
        """About how many bytes they take."""
        return int(self.of_bytes * (self.end - self.begin) / max(self.stretch.num_rows, 1))


@dataclass(frozen=True)
class _Written:
    """What was written of a day, how many rows were there more than once, answered ones, and the first one's line."""

    day: str
    parts: list[Part]
    repeated: int = 0
    answered: int = 0
    line: int = 0


class Days:
    """Deals rows out by day, and has each day written once the file has gone past it."""

    def __init__(self, place: Place, display: str) -> None:
        self.place, self.display = place, display
        self.open: dict[int, list[_Some]] = {}
        self.held = 0
        self.before: int | None = None
        self.writing: list[Future[list[_Written]]] = []
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
            self.held += some.nbytes
        past = first if self.before is None or first is None else min(first, self.before)
        if self.held > HELD_BYTES:
            self._write(sorted(self.open), pool)
        elif past is not None:
            self._write(sorted(d for d in self.open if d < past), pool)
        self.before = first

    def _write(self, days: list[int], pool: ThreadPoolExecutor) -> None:
        for run in _runs([(day, self.open.pop(day)) for day in days]):
            self.held -= sum(one.nbytes for _, some in run for one in some)
            self.writing.append(pool.submit(_written, self.place, run))
        self.held = max(self.held, 0) if self.open else 0
        undone = [f for f in self.writing if not f.done()]
        if len(undone) > 256:  # the disk is slower than the reading: wait for it
            for future in undone[:-64]:
                future.result()

    def finish(self, pool: ThreadPoolExecutor) -> dict[str, list[list[Part]]]:
        """Write what is open, and return each day's parts."""
        self._write(sorted(self.open), pool)
        found: dict[str, list[list[Part]]] = {}
        for future in self.writing:
            for one in future.result():
                found.setdefault(one.day, []).append(one.parts)
                self.repeated += one.repeated
                self.repeated_answered += one.answered
                if one.repeated and (not self.repeated_line or one.line < self.repeated_line):
                    self.repeated_line = one.line
        return found

    def problems(self) -> list[Problem]:
        """Tell of records that were there more than once in the file."""
        if not self.repeated:
            return []
        return [there_already(self.display, self.repeated_line, self.repeated)]


def there_already(display: str, line: int, rows: int) -> Problem:
    """Tell of records that came more than once, from a line of a file on."""
    return Problem(
        Location(display, line),
        f"{rows} rows of records that are there already",
        "each record once",
        "Each is counted once; of two states of one record the later in the file was kept.",
        table="calls",
        rows=rows,
        kind="duplicate",
    )


def _dealt(rows: pa.Table) -> Iterator[tuple[int, _Some]]:
    """Split rows by day, each day's in their order."""
    numbers = parts.days_of(rows["offered_at"])
    if len(numbers) and (numbers[1:] < numbers[:-1]).any():
        order = np.argsort(numbers, kind="stable")
        rows, numbers = rows.unify_dictionaries().take(arrow.numbers(order)), numbers[order]
    edges: NDArray[np.int64] = np.concatenate([[0], np.flatnonzero(np.diff(numbers)) + 1, [len(numbers)]])
    size = rows.nbytes
    for a, b in pairwise(edges.tolist()):
        yield int(numbers[a]), _Some(rows, a, b, size)


def _runs(days: Iterable[tuple[int, list[_Some]]]) -> list[list[tuple[int, list[_Some]]]]:
    """Put days together that lie one after another in one stretch, as many to each worker, and not too many."""
    beside: list[list[tuple[int, list[_Some]]]] = []
    for day, some in days:
        last = beside[-1][-1][1] if beside else []
        if len(last) == len(some) == 1 and last[0].stretch is some[0].stretch and last[0].end == some[0].begin:
            beside[-1].append((day, some))
        else:
            beside.append([(day, some)])
    runs = []
    for together in beside:
        each = -(-len(together) // -(-len(together) // DAYS_AT_ONCE))
        runs += [together[n : n + each] for n in range(0, len(together), each)]
    return runs


def _written(place: Place, run: list[tuple[int, list[_Some]]]) -> list[_Written]:
    """Write some days' rows, each record once."""
    first, last = run[0][1][0], run[-1][1][-1]
    if len(run) > 1:
        rows = first.stretch.slice(first.begin, last.end - first.begin)
    else:
        rows = pa.concat_tables([one.rows for one in run[0][1]], promote_options="permissive")
    rows = rows.unify_dictionaries().combine_chunks()
    names = [parts.day_name(day) for day, _ in run]
    if not parts.repeats_possible(rows):
        return [_Written(*one) for one in zip(names, parts.write_calls(place, names, rows), strict=True)]
    if len(run) > 1:
        return [one for day in run for one in _written(place, [day])]
    kept = parts.once(rows, "calls")
    repeated = rows.num_rows - kept.num_rows
    line = 0
    answered = 0
    if repeated:
        gone = np.setdiff1d(rows["source_line"].to_numpy(), kept["source_line"].to_numpy())
        line = int(gone.min()) if len(gone) else 0
        answered = pc.sum(pc.equal(rows["outcome"].cast(pa.string()), "answered")).as_py() - (
            pc.sum(pc.equal(kept["outcome"], "answered")).as_py() or 0
        )
    return [_Written(names[0], parts.write(place, "calls", names[0], kept), repeated, answered, line)]
