"""An audit of more calls than can be held: part by part, from a store.

A store is audited so where its calls are too many; so is a log too large to read into memory, once it has been
imported into a store of its own, which is gone at the end. Of all calls together only a sketch is read (when, whose,
how it ended); of a part's, what the part is judged by (:func:`calltrace.diagnosis.audit.parts.reach`). The findings are
those of an audit that holds everything: it is the same audit, of the same parts.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import pandas as pd

from calltrace.classes import dataclass
from calltrace.diagnosis.audit import parts
from calltrace.intake.load import by_number
from calltrace.intake.store import Store, slices
from calltrace.intake.store.belt import Belt, NoRoomError, Stretch
from calltrace.tables.case import Case
from calltrace.tables.scratch import scratch

if TYPE_CHECKING:
    import os

    from calltrace.intake.asked import Given, Known
    from calltrace.intake.mapping import Mapping

__all__ = [
    "LARGE_BYTES", "LARGE_CALLS", "Cut", "Kept", "Lying", "NoRoomError", "Piece", "Span", "ends_of", "imported", "is_large",
    "trim"]

Span: TypeAlias = tuple[pd.Timestamp, pd.Timestamp]

Cut: TypeAlias = tuple[Span, Span | None]
"""A part, and what it is judged by: None for all records."""

LARGE_BYTES = 256 << 20
"""Bytes of logs from which they are imported into a store of their own rather than held."""

PACKED = {".gz": 8, ".bz2": 10, ".xz": 12, ".zst": 8, ".zip": 8}
"""How many times its size a compressed log is, about."""

LARGE_CALLS = 1_500_000
"""Calls from which those of a store are audited part by part."""

SHOWN = pd.Timedelta(days=2)
"""How far beyond a part calls are read with what examples show of them."""


def as_it_is(case: Case) -> Case:
    """Add nothing to a Case."""
    return case


@dataclass(frozen=True)
class Kept:
    """Calls in a store, and what else is known of them: ``prepare`` adds it to every Case that is read.

    ``version`` is the state of the store that all readings are of, whatever comes; None for the one it is in then.
    """

    url: str
    prepare: Callable[[Case], Case] = as_it_is
    version: int | None = None

    @property
    def store(self) -> Store:
        """The store."""
        store = Store.open(self.url)
        return store if self.version is None else Store(store.place, self.version)

    def steady(self) -> Kept:
        """Return the calls as they are now: no part of an audit may know others than the rest."""
        return replace(self, version=Store.open(self.url).state().version)

    def known(self, case: Case) -> Case:
        """Return what was read with all that is known of it: whose numbers are, and what ``prepare`` adds."""
        return self.prepare(by_number(case))

    def sketch(self) -> Case:
        """Return all calls with no more than when, whose and how they ended, and the other tables."""
        return self.known(slices.sketch(self.store))

    def part(
        self, reach: tuple[pd.Timestamp, pd.Timestamp] | None, start: pd.Timestamp, end: pd.Timestamp
    ) -> Case:
        """Return the records that [start, end) is judged by, those within ``reach`` (None for all)."""
        low, high = (None, None) if reach is None else reach
        return self.known(slices.read(self.store, low, high, (start - SHOWN, end + SHOWN)))

    def lying(self, cut: Sequence[Cut]) -> Lying | None:
        """Return the calls as they are read once by who goes through all of some parts; None where that can't be."""
        belt = Belt.of(self.store)
        return None if belt is None else Lying(self, belt, cut)

    def callers(self) -> Iterator[tuple[list[str], list[str]]]:
        """Give the numbers and names of callers, some at a time, for who has to hide them."""
        return slices.callers(self.store)


class Piece(NamedTuple):
    """A part, what it is judged by, and where the calls of that lie."""

    span: Span
    reach: Span | None
    stretch: Stretch


class Lying:
    """Kept calls of which each is read once, and lies where all see it that judge neighbouring parts at the same time."""

    def __init__(self, kept: Kept, belt: Belt, cut: Sequence[Cut]) -> None:
        self._kept, self._belt = kept, belt
        # the last part that is judged by all records: up to it none is given back, though a part before began later
        self._all = max((start for (start, _), reach in cut if reach is None), default=None)

    def ready(self, one: Cut, oldest: Cut) -> Piece | None:
        """Read what a part is judged by, and give back what is before the oldest that is still at work.

        Returns
        -------
        Piece or None
            None where that would be more calls than can be held, until the oldest is done.
        """
        span, reach = one
        (since, _), held = oldest
        begins = None if held is None or (self._all is not None and since <= self._all) else held[0]
        low, high = reach or (None, None)
        self._belt.forget(begins)
        if one is not oldest and slices.count(self._kept.store, begins, high) > 2 * parts.HELD_CALLS:
            return None
        return Piece(span, reach, self._belt.stretch(low, high))

    def part(self, piece: Piece) -> Case:
        """Return the records a part is judged by, as :meth:`Kept.part` does."""
        (start, end), reach, stretch = piece
        low, high = reach or (None, None)
        return self._kept.known(self._belt.read(stretch, low, high, (start - SHOWN, end + SHOWN)))


def trim() -> None:
    """Give back to the system what this process has freed: its allocator keeps it, where one part was, for the next.

    Only glibc's can be told to.
    """
    with suppress(AttributeError, OSError, TypeError):  # other systems have another, or no library to find it in
        ctypes.CDLL(None).malloc_trim(0)


def is_large(paths: Sequence[str | os.PathLike[str]]) -> bool:
    """Say whether the files under some paths are too large to be held, by their sizes."""
    total = 0
    for path in map(Path, paths):
        for file in path.rglob("*") if path.is_dir() else (path,):
            if file.is_file():
                total += file.stat().st_size * PACKED.get(file.suffix.lower(), 1)
    return total > LARGE_BYTES


@contextmanager
def imported(
    paths: Sequence[str | os.PathLike[str] | Given],
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
    region: str = "",
    known: Known | None = None,
    progress: Callable[[str, float, float], None] | None = None,
) -> Iterator[Kept]:
    """Import logs into a store of their own in the temporary folder, and remove it in the end, whatever comes.

    Parameters are those of :meth:`calltrace.intake.store.Store.import_`, and so are its errors. It takes about a third
    of the room the logs do as text, in ``TMPDIR``, readable by nobody else. What a run that was killed left of such a
    store is removed as well.
    """
    with scratch() as place:
        kept = Store.open(place / "store", create=True)
        kept.import_(list(paths), tz=tz, mapping=mapping, year=year, region=region, known=known, progress=progress)
        yield Kept(kept.url)


def ends_of(case: Case) -> Case:
    """Return the case with its first and its last call alone: how far the calls reach, without them."""
    calls = case.calls
    return replace(case, tables=case.tables | {"calls": calls.iloc[[0, -1]].reset_index(drop=True)}, cache={})
