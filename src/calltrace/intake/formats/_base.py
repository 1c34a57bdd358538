"""What a format is: how to know a file of it, and how to read it into frames.

A format reads one file and joins nothing: what several files of one switch say together is the business of
its ``join`` (named in :class:`Format`), which the loader calls once with every reading of that family.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from calltrace.classes import dataclass
from calltrace.tables.later import later
from calltrace.tables.problems import Problem
from calltrace.tables.written_dates import WrittenDates

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
else:
    pd = later("pandas")

PREAMBLE = 20
"""Lines that may stand above a table's header: a title, the report's dates, comments, ``sep=;``."""


@dataclass(frozen=True)
class Head:
    """The beginning of a file, decompressed: what a format is recognised by.

    ``raw`` is at most 64 KB; ``text`` is its decoding without BOM; ``lines`` its lines, the last one dropped
    if the file goes on behind it. ``name`` is the file's name: a hint for messages, never a proof.
    """

    name: str
    raw: bytes
    text: str
    encoding: str
    lines: tuple[str, ...]
    complete: bool


@dataclass(frozen=True)
class ReadOptions:
    """What the user said about the input.

    ``tz`` is the zone for times without one, None where not given; ``year`` is that of a file's first record,
    for formats that write none. ``own_clock`` says that ``tz`` was said of this very source: it is its switch's
    clock, and no account's zone goes before it. ``date_orders`` are orders of day, month and year ("dmy", "dm") that
    the other files of the same log tell: a file whose own dates are possible in one of them is read so.
    """

    tz: str | None = None
    region: str = "US"
    year: int | None = None
    own_clock: bool = False
    date_orders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What one file says.

    Parameters
    ----------
    table : str
        The table it is, or what the format's ``join`` understands ("asterisk-legs", "queue-events").
    frame : DataFrame
        For a table of the generic layout: its columns as far as the file has them, parsed (instants UTC), not
        yet conformed; always with ``source_file`` and ``source_line``. Times without a zone stay in the column
        ``<name>`` as naive datetime64 with ``<name>__naive`` True, for the loader to place in its zone.
    rows : int
        Rows the file holds, header apart.
    problems : tuple of Problem
        Rows left out, repaired or doubted, each with its line.
    zone, zone_from : str
        The zone of its times and how it was known: "offset", "uniqueid", "epoch", "option", "account", "machine".
    hides_unanswered : bool
        Whether the log shows signs of leaving out calls nobody answered.
    notes : tuple of str
        Sentences for ``inspect``.
    starts : tuple of str, optional
        When the switch itself started (ISO 8601, UTC); None for a log that does not tell.
    dates : tuple of WrittenDates
        Its dates as they are written, where their order is to be told: other files of the log may tell it.
    beside : bool
        Whether these rows are only read off those of another reading, which says what became of the file.
    further : tuple of Reading
        Readings of other tables out of the same rows, each ``beside`` this one.
    """

    table: str
    frame: pd.DataFrame
    rows: int
    problems: tuple[Problem, ...] = ()
    zone: str = ""
    zone_from: str = ""
    hides_unanswered: bool = False
    notes: tuple[str, ...] = ()
    starts: tuple[str, ...] | None = None
    dates: tuple[WrittenDates, ...] = ()
    beside: bool = False
    further: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Stream:
    """One file's bytes, decompressed. ``display`` is what messages call it (archive members as ``a.zip!b.csv``).

    ``line_of`` is for text made of something else, a table of a dump or a database: for each line (from 1) the
    line or row it came from. The loader puts these in place of the lines a format found.
    """

    display: str
    data: bytes
    head: Head
    opened_from: str = ""
    line_of: NDArray[np.int64] | None = None


class Join(Protocol):
    """Makes tables of the generic layout out of all readings of one family (e.g. legs and queue events)."""

    def __call__(self, readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
        """Return (format name, reading) pairs whose tables are the generic layout's."""
        ...


def columns_of(**tables: str) -> tuple[str, ...]:
    """Return columns as a format's ``provides`` has them: those of each table named with blanks between.

    Examples
    --------
    >>> columns_of(calls="call_id ani", agents="at")
    ('calls.call_id', 'calls.ani', 'agents.at')
    """
    return tuple(f"{table}.{column}" for table, columns in tables.items() for column in columns.split())


@dataclass(frozen=True)
class Format:
    """One vendor's format.

    ``detect`` returns how the file was recognised ("header: call_id, offered_at, outcome") or None.
    ``read`` reads the whole file. ``family`` is the module of ``intake`` whose ``join`` makes one row a caller's
    attempt of several files; '' where ``read`` gives generic tables itself. ``sure`` is A to D as the pages of
    the format say; ``provides`` names columns it can fill.
    """

    title: str
    detect: Callable[[Head], str | None]
    read: Callable[[Stream, ReadOptions], Reading]
    family: str = ""
    sure: str = "A"
    provides: tuple[str, ...] = field(default_factory=tuple)
