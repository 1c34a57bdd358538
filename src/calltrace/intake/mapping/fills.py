"""What a mapping says: how a file is laid out, and where each column of the table comes from."""

from __future__ import annotations

from dataclasses import field

from calltrace.classes import dataclass
from calltrace.errors import InputError, Location
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream
from calltrace.intake.mapping import grid, moments, values
from calltrace.intake.mapping.applied import Applied
from calltrace.intake.mapping.grid import Form
from calltrace.tables.schema import TABLES, Column

ASKED = "?"
"""Stands where somebody who knows the log has to say what the file does not tell."""


@dataclass(frozen=True)
class Fill:
    """Where one column of the table comes from.

    Parameters
    ----------
    source : tuple of str
        The file's columns; two for a date and a time of day, or for ``between``.
    form : str
        One of :data:`.moments.INSTANTS` or :data:`.values.DURATIONS`; '' for text, and where undecided.
    clock : str
        Of times: "24" or "12"; '' where undecided.
    decimal : str
        Of numbers: "." or ","; '' where undecided.
    words : dict
        Of a column with a vocabulary: the file's word to the table's; '' for one whose rows are left out,
        :data:`ASKED` for one nobody has decided.
    value : str
        The same in every row, instead of a column.
    line : bool
        An id made of what the row holds, instead of a column: the same call in two exports has one.
    between : bool
        Seconds from the first column's time to the second's; ``form`` and ``clock`` are those of the times.
    less : bool
        The first column's duration without the second's, both in ``form``.
    answered_if, otherwise : str
        The outcome of a log that has none: "answered" where the condition holds, else ``otherwise``.
    flags : bool
        Whether the outcome is the one of the columns that is set (1, yes); ``words`` says what each column means.
    zone : str
        Of times without an offset, before the mapping's own: an IANA name, UTC or an offset; :data:`ASKED` where
        somebody has to say it.
    zone_from : str
        The column in which each row's zone stands.
    undecided : str
        Why ``form``, ``clock``, ``decimal`` or ``zone`` could not be decided.
    """

    source: tuple[str, ...] = ()
    form: str = ""
    clock: str = "24"
    decimal: str = "."
    words: dict[str, str] = field(default_factory=dict)
    value: str = ""
    line: bool = False
    between: bool = False
    less: bool = False
    answered_if: str = ""
    otherwise: str = "abandoned"
    flags: bool = False
    zone: str = ""
    zone_from: str = ""
    undecided: str = ""


@dataclass(frozen=True)
class Mapping:
    """How a file is laid out and what its columns become. See the module's docstring."""

    table: str
    form: Form
    fills: dict[str, Fill]
    keep: dict[str, tuple[str, ...]] = field(default_factory=dict)
    zone: str = ""
    name: str = "the mapping"

    def as_format(self) -> Format:
        """Return a format that knows the files this mapping is for, and reads them by it."""
        return Format(
            title=f"by {self.name}",
            detect=self.detect,
            read=self.read,
            provides=tuple(f"{self.table}.{name}" for name in self.fills),
        )

    def detect(self, head: Head) -> str | None:
        """Recognise a file that has the same columns."""
        if not grid.fits(head, self.form):
            return None
        return f"columns, as in {self.name}"

    def read(self, stream: Stream, options: ReadOptions) -> Reading:
        """Read a file by the mapping.

        Raises
        ------
        InputError
            Where the mapping leaves undecided what only somebody who knows the log can say.
        """
        self._complete()
        rows = grid.rows_of(stream, self.form, self.table)
        return Applied(self, stream, options, rows).reading()

    def _complete(self) -> None:
        for name, fill in self.fills.items():
            asked = [word for word, to in fill.words.items() if to == ASKED]
            if asked:
                raise InputError(
                    f"{name} (from {fill.source[0]}) is undecided: what {', '.join(asked[:8])} means",
                    at=Location(self.name),
                    expected=f'one of {", ".join(TABLES[self.table].column(name).values)}; "" leaves such rows out',
                    fix=f"Write it under [fill.{name}.words].",
                )
            if fill.undecided:
                raise InputError(
                    f"{name} (from {' and '.join(fill.source)}) is undecided: {fill.undecided}",
                    at=Location(self.name),
                    expected=_choices(TABLES[self.table].column(name), fill),
                    fix=f"Write it under [fill.{name}].",
                )


def _choices(column: Column, fill: Fill) -> str:
    if column.kind == "instant" or fill.between:
        if fill.zone == ASKED:
            return 'zone = "UTC", an offset or a name such as "Europe/Berlin", or zone_from = a column of the file'
        if fill.form in moments.INSTANTS:
            return f"clock = one of {', '.join(moments.CLOCKS)}"
        return f"form = one of {', '.join(moments.INSTANTS)}"
    if column.kind == "seconds" and not fill.form:
        return f"form = one of {', '.join(values.DURATIONS)}"
    return 'decimal = "." or ","'
