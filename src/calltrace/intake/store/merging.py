"""New rows into what a store has: each record once, each day written as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake.store import parts
from calltrace.intake.store.elders import weighed
from calltrace.intake.store.forgetting import PERSONAL, emptied, knows
from calltrace.intake.store.gathering import Piece
from calltrace.intake.store.manifest import UNDATED
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calltrace.intake.store.asked import Progress
    from calltrace.intake.store.elders import Before
    from calltrace.intake.store.gathering import Pieces
    from calltrace.intake.store.manifest import Key, Manifest, Part
    from calltrace.intake.store.places import Place


def pruned(state: Manifest, key: Key) -> bool:
    """Say whether a table's day is one that was pruned from a store: no log that still has it brings it back."""
    _, day = key
    return UNDATED != day < state.kept_from


@dataclass(frozen=True)
class _Done:
    """What was written of a day, which new rows are no news, of records corrected since (None for none), and how many correct."""

    parts: list[Part]
    known: pa.Table | None = None
    corrected: int = 0


class Merging:
    """Merges new rows into what a state has; what was done for one state is kept for the next.

    ``owners`` has the account of each number that is somebody's, as far as is known by now.
    """

    def __init__(
        self,
        place: Place,
        pieces: Pieces,
        read_before: Callable[[Manifest], Before],
        tell: Progress,
        owners: Mapping[str, str],
    ) -> None:
        self.place, self.pieces, self.read_before, self.tell, self.owners = place, pieces, read_before, tell, owners
        self.files = {p.file for some in pieces.values() for one in some for p in one.written or ()}
        """What this import has written, in force or not."""
        self.known: dict[str, int] = {}
        """By table, how many rows say what their files had said before, of records that others have corrected since."""
        self.corrected: dict[str, int] = {}
        """By table, how many records that were there are said otherwise now."""
        self._done: dict[tuple[object, ...], _Done] = {}

    def onto(self, state: Manifest) -> dict[Key, Part | None]:
        """Return the parts that change the state; written already."""
        made: dict[Key, Part | None] = {}
        self.corrected = {}
        known: dict[Key, pa.Table] = {}
        before = self.read_before(state)
        imports = tuple(i.id for i in state.imports)
        keys = sorted((k for k in self.pieces if not pruned(state, k)), key=lambda k: (list(TABLES).index(k[0]), k[1]))
        for number, key in enumerate(keys):
            old, past = state.parts.get(key), state.parts.get(_replaced(key))
            memo = (key, old and old.file, past and past.file, len(state.forgotten), imports if old or past else ())
            if memo not in self._done:
                self._done[memo] = self._one(key, old, past, knows(state), before)
                self.files |= {p.file for p in self._done[memo].parts}
            done = self._done[memo]
            made.update({part.key: part for part in done.parts})
            if done.known is not None:
                known[key] = done.known
            self._count(key[0], done.corrected)
            self.tell("merging", number + 1, len(keys))
        made.update(self._moved(state, made, known))
        self.known = {}
        for (name, _), rows in known.items():
            self.known[name] = self.known.get(name, 0) + rows.num_rows
        return made

    def _count(self, table: str, corrected: int) -> None:
        if corrected:
            self.corrected[table] = self.corrected.get(table, 0) + corrected

    def _one(
        self, key: Key, old: Part | None, past: Part | None, forgotten: Callable[[str], bool] | None, before: Before
    ) -> _Done:
        """Write the rows of one table and day, but for what the store has."""
        name, day = key
        pieces = self.pieces[key]
        if forgotten is not None and name in PERSONAL:
            pieces = [self._without(p, name, forgotten) for p in pieces]
        if len(pieces) == 1 and (written := pieces[0].written):
            if old is None:
                return _Done(written)
            if written[0].sha256 == old.sha256:
                return _Done([])
        rows = pa.concat_tables([p.read(self.place).cast(parts.schema_of(name)) for p in pieces])
        had, had_replaced = (None if p is None else parts.read(self.place, p) for p in (old, past))
        was, replaced = (_by_number(t, self.owners) if name == "calls" else t for t in (had, had_replaced))
        found = weighed(was, replaced, rows, name, before)
        now = was if found.rows is None and was is not had else found.rows
        then = replaced if found.replaced is None and replaced is not had_replaced else found.replaced
        made = [] if now is None else parts.write(self.place, name, day, now)
        if then is not None:
            made += parts.write(self.place, *_replaced(key), then)
        return _Done(made, found.known, found.corrected)

    def _without(self, piece: Piece, name: str, forgotten: Callable[[str], bool]) -> Piece:
        """Return a piece without forgotten numbers; the same where it has none."""
        rows = piece.read(self.place)
        clean, many = emptied(rows, name, forgotten)
        return Piece(clean, order=piece.order) if many else piece

    def _moved(
        self, state: Manifest, made: dict[Key, Part | None], known: dict[Key, pa.Table]
    ) -> dict[Key, Part | None]:
        """Take messages out of days they were on before a correction put them on another.

        A message is one by its id alone, whenever it is said to have been taken; every other dated record has its
        time in its identity.
        """
        new: dict[str, tuple[str, str]] = {}  # of each message the day it is on now, and the file that says so
        for (name, day), pieces in sorted(self.pieces.items(), key=lambda item: item[0]):
            if name != "messages" or (name, day) not in made:
                continue
            old_news = set(known[name, day]["message_id"].to_pylist()) if (name, day) in known else set()
            for piece in pieces:
                rows = piece.read(self.place, ["message_id", "source_file"])
                told = zip(*(rows[c].cast(pa.string()).to_pylist() for c in rows.column_names), strict=True)
                new.update({m: (day, file) for m, file in told if m not in old_news})
        if not new:
            return {}
        changed: dict[Key, Part | None] = {}
        days = {day for day, _ in new.values()}
        for day in sorted({*state.days("messages"), *days}):
            key = ("messages", day)
            part = made.get(key) or state.parts.get(key)
            if part is None:
                continue
            ids = parts.read(self.place, part, ["message_id"])["message_id"].to_pylist()
            keep = np.array([new.get(m, (day,))[0] == day for m in ids])
            if keep.all():
                continue
            rows = parts.read(self.place, part)
            left = rows.filter(pa.array(keep))
            self._count("messages", rows.num_rows - left.num_rows if key in state.parts else 0)
            changed[key] = parts.write(self.place, *key, left)[0] if left.num_rows else None
            changed |= self._remembered(key, rows.filter(pa.array(~keep)), new, made, state)
        self.files |= {p.file for p in changed.values() if p is not None}
        return changed

    def _remembered(
        self, key: Key, gone: pa.Table, new: dict[str, tuple[str, str]], made: dict[Key, Part | None], state: Manifest
    ) -> dict[Key, Part | None]:
        """Keep what was said of messages that another file put on another day with what was replaced of theirs."""
        said = zip(*(gone[c].to_pylist() for c in ("message_id", "source_file")), strict=True)
        others = [new[message][1] != file for message, file in said]
        gone = gone.filter(pa.array(others, type=pa.bool_()))
        if not gone.num_rows:
            return {}
        past = made.get(_replaced(key)) or state.parts.get(_replaced(key))
        rows = gone if past is None else pa.concat_tables([parts.read(self.place, past), gone])
        return {_replaced(key): parts.write(self.place, *_replaced(key), rows)[0]}


def _replaced(key: Key) -> Key:
    name, day = key
    return parts.replaced(name), day


def _by_number(rows: pa.Table | None, owners: Mapping[str, str]) -> pa.Table | None:
    """Give calls that go by the number they dialled the account it is of; the very same table where none is.

    They were read before anybody said whose the number is. Read again they have its account, and are the same calls.
    """
    if rows is None or not owners:
        return rows
    account = rows["account"]
    spot = pc.index_in(account, pa.array(list(owners), pa.string()))
    nameless = pc.and_(pc.is_valid(spot), pc.fill_null(pc.equal(account, rows["dnis"]), fill_value=False))
    if not pc.any(nameless).as_py():
        return rows
    named = pc.take(pa.array(list(owners.values()), pa.string()), spot)
    place = rows.schema.get_field_index("account")
    return rows.set_column(place, rows.schema.field(place), pc.if_else(nameless, named, account))
