"""New rows weighed against what a store has, each file by its own word.

What a file says of a record counts once: when it says so for the first time, or otherwise than before. A log that
grows is read again from its beginning, night after night; what it said of a call that was corrected meanwhile, by
another file, is no news by that. So beside the rows of a day the store keeps those that another file's have replaced,
the last word of each file on each such record (``parts.replaced``), and a row is left out that

- is just what its file said last, or
- comes of a file that begins with what was imported before, under whatever name (a log that was turned over, a copy),
  out of that very part of it (:mod:`calltrace.intake.store.taken`), where the file itself has no word on the record yet.

All others are news, and of several the one read last is kept. A file that says otherwise than it did has changed its
word: so a correction of a correction is one, and a limit that is put back is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from calltrace.classes import dataclass
from calltrace.intake.store import parts
from calltrace.tables import arrow
from calltrace.tables.later import later
from calltrace.tables.schema import SOURCE_COLUMNS, TABLES

if TYPE_CHECKING:
    from typing import Protocol

    import pandas as pd
    from numpy.typing import NDArray

    class Before(Protocol):
        """What tells whether a row was read before, in a file of another name."""

        def __call__(self, file: str, line: int, *, replaced: bool) -> bool:
            """Say so of a row of a file; ``replaced`` where another file said the very same once."""
else:
    pd = later("pandas")

PAST, KEPT, NEW = 0, 1, 2
FILE, LINE = SOURCE_COLUMNS


@dataclass(frozen=True)
class Weighed:
    """What comes of a day: its rows, and those that were replaced; None where they are as they were.

    ``known`` are the new rows that are no news, of records that have been corrected since; ``corrected`` is of how many
    records that were there a new row says otherwise, and counts from now on.
    """

    rows: pa.Table | None
    replaced: pa.Table | None = None
    known: pa.Table | None = None
    corrected: int = 0


def weighed(old: pa.Table | None, past: pa.Table | None, new: pa.Table, name: str, before: Before) -> Weighed:
    """Return what a table's day becomes.

    Parameters
    ----------
    old : Table, optional
        What the store holds, each record once.
    past : Table, optional
        Rows that were replaced: of each record at most one a file, none of the file of the record's row in ``old``.
    new : Table
        What an import adds, in the order it was read; may repeat itself and what is there.
    name : str
        The table.
    before : callable
        What tells a row that was read before under another name.
    """
    table, schema = TABLES[name], parts.schema_of(name)
    new = new.select(schema.names).cast(schema)
    rows = new if old is None else pa.concat_tables([old.select(schema.names).cast(schema), new])
    size = 0 if old is None else old.num_rows
    if past is None:
        keep = parts.kept(rows, table)
        if keep is None:
            return Weighed(parts.ordered(rows, name))
        if size and keep[:size].all() and not keep[size:].any():
            return Weighed(None)
        past = schema.empty_table()
    records = _Records(pa.concat_tables([past.select(schema.names).cast(schema), rows]), past.num_rows, size, name)
    return records.weighed(before)


class _Records:
    """The rows of a day that were replaced, those it has and new ones, as far as they are of the same records."""

    def __init__(self, rows: pa.Table, past: int, old: int, name: str) -> None:
        self._rows, self._past, self._old, self._name = rows, past, old, name
        frame = rows.to_pandas(types_mapper=parts.text_as_text)
        self._content = [c for c in rows.column_names if c not in SOURCE_COLUMNS]
        kind = np.repeat([PAST, KEPT, NEW], [past, old, rows.num_rows - past - old])
        identity = list(TABLES[name].identity)
        again = frame.duplicated(identity, keep=False).to_numpy()
        some = frame[again].assign(kind=kind[again])
        some["record"] = some.groupby(identity, dropna=False, sort=False).ngroup()
        touched = np.zeros(int(some["record"].max()) + 1 if len(some) else 0, dtype=bool)
        touched[some.loc[some["kind"] == NEW, "record"].to_numpy()] = True
        some = some[touched[some["record"].to_numpy()]]
        self._past_rows, self._old_rows, self._new_rows = (some[some["kind"] == k] for k in (PAST, KEPT, NEW))

    def weighed(self, before: Before) -> Weighed:
        """Return what the day becomes."""
        mine = ["record", FILE]
        said = _last(self._new_rows, mine, self._content)  # by each file, at last
        heard = _in(said, self._past_rows, [*mine, *self._content])
        heard |= self._read_before(said, ~heard, before)
        news = said[~heard]
        left = pd.concat([self._old_rows, news])
        left = left[~left.duplicated(["record", *self._content]).to_numpy()]
        outdated = left.duplicated("record", keep="last").to_numpy()
        best, replaced = left[~outdated], left[outdated]
        past = self._past_rows[~_in(self._past_rows, news, mine)]
        past = pd.concat([past, replaced]).drop_duplicates(mine, keep="last")
        past = past[~_in(past, best, mine)]
        return self._made(best, past, said[heard & ~_in(said, self._old_rows, ["record", *self._content])])

    def _read_before(self, said: pd.DataFrame, open_: NDArray[np.bool_], before: Before) -> NDArray[np.bool_]:
        """Return which rows were read before in a file of another name; asked only where they contradict."""
        found = np.zeros(len(said), dtype=bool)
        words = pd.concat([self._past_rows, self._old_rows])
        asked = open_ & _in(said, words, ["record"]) & ~_in(said, words, ["record", FILE])
        asked &= ~_in(said, self._old_rows, ["record", *self._content])
        if asked.any():
            alike = _in(said, self._past_rows, ["record", *self._content])
            for at in np.flatnonzero(asked).tolist():
                line = said[LINE].iloc[at]
                found[at] = before(str(said[FILE].iloc[at]), 0 if pd.isna(line) else int(line), replaced=bool(alike[at]))
        return found

    def _made(self, best: pd.DataFrame, past: pd.DataFrame, known: pd.DataFrame) -> Weighed:
        rows, edge = self._rows, self._past + self._old
        keep = np.arange(rows.num_rows) >= self._past
        keep[self._old_rows.index] = keep[self._new_rows.index] = False
        keep[best.index] = True
        same = keep[self._past : edge].all() and not keep[edge:].any()
        was, now = set(self._past_rows.index), set(past.index)
        then = np.arange(rows.num_rows) < self._past
        then[list(was)] = False
        then[list(now)] = True
        return Weighed(
            None if same else parts.ordered(rows.filter(arrow.flags(keep)), self._name),
            None if was == now else parts.ordered(rows.filter(arrow.flags(then)), self._name),
            rows.take(arrow.numbers(known.index.to_numpy())) if len(known) else None,
            int((_in(best, self._old_rows, ["record"]) & (best["kind"] == NEW).to_numpy()).sum()),
        )


def _last(rows: pd.DataFrame, by: list[str], content: list[str]) -> pd.DataFrame:
    """Return the last of several rows of one kind; what is repeated counts where it came first, as in one load."""
    rows = rows[~rows.duplicated([*by, *content]).to_numpy()]
    return rows[~rows.duplicated(by, keep="last").to_numpy()]


def _in(rows: pd.DataFrame, others: pd.DataFrame, by: list[str]) -> NDArray[np.bool_]:
    """Say of each row whether one of the others is the same in some columns."""
    if rows.empty or others.empty:
        return np.zeros(len(rows), dtype=bool)
    places = pd.concat([others[by], rows[by]]).groupby(by, dropna=False, sort=False).ngroup().to_numpy()
    return np.isin(places[len(others) :], places[: len(others)])
