"""New rows into what a store has: each record once, each day written as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from calltrace.intake.store import parts
from calltrace.intake.store.forgetting import PERSONAL, emptied, knows
from calltrace.intake.store.gathering import Piece
from calltrace.intake.store.manifest import UNDATED
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from calltrace.intake.store.asked import Progress
    from calltrace.intake.store.gathering import Pieces
    from calltrace.intake.store.manifest import Key, Manifest, Part
    from calltrace.intake.store.places import Place


def pruned(state: Manifest, key: Key) -> bool:
    """Say whether a table's day is one that was pruned from a store: no log that still has it brings it back."""
    _, day = key
    return UNDATED != day < state.kept_from


class Merging:
    """Merges new rows into what a state has; what was done for one state is kept for the next."""

    def __init__(self, place: Place, pieces: Pieces, tell: Progress) -> None:
        self.place, self.pieces, self.tell = place, pieces, tell
        self.files = {p.file for some in pieces.values() for one in some for p in one.written or ()}
        """What this import has written, in force or not."""
        self._done: dict[tuple[Key, str, int], list[Part] | None] = {}

    def onto(self, state: Manifest) -> dict[Key, Part | None]:
        """Return the parts that change the state; written already."""
        made: dict[Key, Part | None] = {}
        keys = sorted((k for k in self.pieces if not pruned(state, k)), key=lambda k: (list(TABLES).index(k[0]), k[1]))
        for number, key in enumerate(keys):
            old = state.parts.get(key)
            memo = (key, old.file if old else "", len(state.forgotten))
            if memo not in self._done:
                self._done[memo] = self._one(key, old, knows(state))
                self.files |= {p.file for p in self._done[memo] or ()}
            for part in self._done[memo] or ():
                made[part.key] = part
            self.tell("merging", number + 1, len(keys))
        made.update(self._moved(state, made))
        return made

    def _one(self, key: Key, old: Part | None, forgotten: Callable[[str], bool] | None) -> list[Part] | None:
        """Write the rows of one table and day; None where the store has them all."""
        name, day = key
        pieces = self.pieces[key]
        if forgotten is not None and name in PERSONAL:
            pieces = [self._without(p, name, forgotten) for p in pieces]
        if len(pieces) == 1 and (written := pieces[0].written):
            if old is None:
                return written
            if written[0].sha256 == old.sha256:
                return None
        rows = pa.concat_tables([p.read(self.place).cast(parts.schema_of(name)) for p in pieces])
        found = parts.merged(None if old is None else parts.read(self.place, old), rows, name)
        return None if found is None else parts.write(self.place, name, day, found)

    def _without(self, piece: Piece, name: str, forgotten: Callable[[str], bool]) -> Piece:
        """Return a piece without forgotten numbers; the same where it has none."""
        rows = piece.read(self.place)
        clean, many = emptied(rows, name, forgotten)
        return Piece(clean, order=piece.order) if many else piece

    def _moved(self, state: Manifest, made: dict[Key, Part | None]) -> dict[Key, Part | None]:
        """Take messages out of days they were on before a correction put them on another.

        A message is one by its id alone, whenever it is said to have been taken; every other dated record has its
        time in its identity.
        """
        new: dict[str, set[str]] = {}
        for (name, day), pieces in self.pieces.items():
            if name == "messages" and (name, day) in made:
                new[day] = {m for p in pieces for m in p.read(self.place)["message_id"].to_pylist()}
        if not new:
            return {}
        everywhere = {m: day for day in sorted(new) for m in new[day]}
        changed: dict[Key, Part | None] = {}
        days = sorted(set(state.days("messages")) | set(new))
        for day in days:
            part = made.get(("messages", day)) or state.parts.get(("messages", day))
            if part is None:
                continue
            ids = parts.read(self.place, part, ["message_id"])["message_id"].to_pylist()
            keep = [everywhere.get(m, day) == day for m in ids]
            if all(keep):
                continue
            rows = parts.read(self.place, part).filter(pa.array(keep))
            key = ("messages", day)
            changed[key] = parts.write(self.place, "messages", day, rows)[0] if rows.num_rows else None
            self.files |= {p.file for p in (changed[key],) if p is not None}
        return changed
