"""Some lines from all over a large file: what its offsets and columns say of it as a whole."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from calltrace.classes import dataclass
from calltrace.intake import delimited
from calltrace.intake.columns import named_offsets, notes_on
from calltrace.intake.formats import generic
from calltrace.intake.opened import HEAD_BYTES, stream_of
from calltrace.intake.placing import Stretches, zone_of
from calltrace.intake.store import stretches as cut
from calltrace.tables import times

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.formats._base import Reading, ReadOptions, Stream

LINES = 150


@dataclass(frozen=True)
class Told:
    """What a sample tells: the offsets its times were given with, as a text, notes, and the service's own zone."""

    offsets: str
    notes: tuple[str, ...]
    zone: str
    zone_from: str


class Sample:
    """Lines of a file, some of each stretch of it, and what they tell.

    Reading them as the layout's reader does takes pandas, which takes a while to import. A file in which every value
    is as it should be needs none of it.

    Parameters
    ----------
    fast : Fast
        The file.
    accounts : DataFrame, optional
        Accounts known: their zones and numbers.
    options : ReadOptions
        ``tz`` and ``region``.
    """

    def __init__(self, fast: cut.Fast, accounts: pd.DataFrame | None, options: ReadOptions) -> None:
        self._fast, self._accounts, self._options = fast, accounts, options
        with cut.opened(fast.path, fast.packed) as stream:
            start = bytes(stream.read(HEAD_BYTES)).removeprefix(b"\xef\xbb\xbf")
        lines = start.split(b"\n")[:-1]
        self._head = lines[: fast.layout.header_line]
        self._first = lines[fast.layout.header_line :][:LINES]
        self._seen = self._first.copy()
        self._places: Stretches | None = None
        self._lock = Lock()
        self.fractions = False
        """Whether figures were met that are not whole."""
        self.knows_accounts = accounts is not None and not accounts.empty
        """Whether there is an accounts table, which may name the accounts otherwise."""

    def see(self, piece: cut.Bytes) -> None:
        """Keep a stretch's last lines."""
        tail = bytes(piece.data[-400 * LINES :]).rstrip(b"\n").split(b"\n")[1:]
        self._seen += tail[-LINES:]

    def places(self) -> Stretches:
        """Return what places calls as load does, by the file's first lines; made when first asked for, by any thread."""
        with self._lock:
            if self._places is None:
                self._places = Stretches(self._read(self._first), self._accounts, self._options)
            return self._places

    def told(self) -> Told:
        """Return what all lines kept tell, once the whole file has been read."""
        found = None
        if self._places is None and self._accounts is None:  # nothing was read closely: each value is as it should be
            found = self._plainly()
        if found is not None:
            return found
        whole = self._read(self._seen)
        placed = Stretches(whole, self._accounts, self._options)
        return Told(whole.zone, whole.notes, placed.zone, placed.zone_from)

    def _plainly(self) -> Told | None:
        """Tell it of times that all have an offset; None where one has none."""
        layout, options = self._fast.layout, self._options
        shape = delimited.Shape(layout.delimiter, layout.header_line, layout.columns, layout.quote, layout.table.name)
        rows = delimited.read(self._stream(self._seen), shape)
        given = None if rows.problems else times.with_offsets(rows.cells["offered_at"])
        if given is None:
            return None
        if options.tz and not options.own_clock:  # one switch's own clock is not the service's
            zone, zone_from = options.tz, "option"
        elif fits := zone_of(*given, options.region):
            zone, zone_from = fits, "offset"
        else:
            zone, zone_from = times.machine_zone(), "machine"
        return Told(named_offsets(given[1]), notes_on(layout), zone, zone_from)

    def _read(self, lines: list[bytes]) -> Reading:
        """Read some of the lines kept, as a file of them would be."""
        return generic.read(self._stream(lines), self._options)

    def _stream(self, lines: list[bytes]) -> Stream:
        return stream_of(self._fast.display, b"\n".join([*self._head, *lines]) + b"\n")
