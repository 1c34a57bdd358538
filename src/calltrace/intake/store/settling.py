"""Torn files of a store, and what makes up for them: a later import, or somebody's word.

A file that was damaged when it was imported is told as torn until its content has come (:mod:`calltrace.intake.torn`
says what is taken for that). A store can tell one thing more: which records a file gave. Where another file holds all of
them, goes on where the torn one broke off and is whole itself, it is the same export, whatever it is called.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.errors import UsageError
from calltrace.intake import torn
from calltrace.intake.store import manifest, parts, records, stretches
from calltrace.intake.store.asked import as_given
from calltrace.intake.store.gathering import accounts_of
from calltrace.intake.store.manifest import UNDATED
from calltrace.tables.overlay import overlay
from calltrace.tables.schema import TABLES, conform
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from calltrace.intake.store.asked import Asked
    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.gathering import Gathered
    from calltrace.intake.store.manifest import Manifest
    from calltrace.intake.store.places import Place
    from calltrace.tables.case import Source

OPEN, SETTLED = "open", "settled"

Why = dict[str, str]
"""Torn files and, of each, what made up for it."""


class Settling:
    """What one import makes up for: torn files of imports before, and of its own."""

    def __init__(self, store: Store, gathered: Gathered, asked: Asked) -> None:
        self._store, self._place, self._gathered, self._asked = store, store.place, gathered, asked
        self._broken = torn.files(gathered.problems)
        self._alone: dict[str, pd.DataFrame] = {}

    def onto(self, state: Manifest) -> tuple[dict[str, Why], Why]:
        """Return what is made up for of the imports of a state, by their ids, and of the import itself."""
        before = {
            i.id: records.of_import(self._place, i) for i in state.imports if i.torn
        }
        own = dict(self._as_before(s for sources in before.values() for s in sources))
        for path in sorted(self._broken.keys() - own.keys()):
            mine = [s for s in self._gathered.sources if s.path == path]
            other = self._made_good_by(state, mine, again=True)
            if other is not None:
                own[path] = f"All of it is in {other}."
        past: dict[str, Why] = {}
        for record in state.imports:
            if record.torn != OPEN:
                continue
            sources = before[record.id]
            for path in torn.files(p for s in sources for p in s.problems):
                mine = [s for s in sources if s.path == path]
                why = own.get(path) if any(_alike(s, m) for s in self._gathered.sources for m in mine) else None
                if why is None and (other := self._made_good_by(state, mine, again=False)) is not None:
                    why = "It came whole since." if other == path else f"All of it is in {other}."
                if why is not None:
                    past.setdefault(record.id, {})[path] = why
        return past, own

    def speaks_of(self, old: Source) -> bool:
        """Say whether the import read a torn file of one before again, as far as that reached."""
        return any(torn.covers(s, old) for s in self._gathered.sources if s.path == old.path)

    def _as_before(self, sources: Iterable[Source]) -> Why:
        """Return the torn files that gave just what they gave when somebody, or something, made up for them."""
        return {
            s.path: why
            for s in sources
            if s.path in self._broken and any(_alike(s, mine) for mine in self._gathered.sources)
            and (why := next((p.fix for p in s.problems if p.kind == torn.SETTLED and p.at.file == s.path), ""))
        }

    def _made_good_by(self, state: Manifest, mine: Sequence[Source], *, again: bool) -> str | None:
        """Return the file of this import that makes up for a torn one; ``again`` where that is among it as well."""
        given = next((s for s in mine if s.rows), None)
        for other in self._gathered.sources:
            if other.path in self._broken or not torn.is_whole(other, other.problems):
                continue
            if other.path == mine[0].path or torn.same_but_for_packing(other.path, mine[0].path) or (
                    given is None and torn.lies_in(other.path, mine[0].path)):
                if torn.makes_good(mine, other, other.problems):
                    return other.path
                if other.path == mine[0].path:
                    continue
            if given is None or other.format != given.format or other.table != given.table:
                continue
            if other.rows < given.rows + torn.MORE:
                continue
            rows = self._rows_of(given) if again else _kept(self._place, state, given)
            if len(rows) and _within(rows, self._rows_of(other), given.table):
                return other.path
        return None

    def _rows_of(self, source: Source) -> pd.DataFrame:
        """Return what tells a file's records apart: read by itself, for of what several files have one alone gives it.

        Of a file too large for that, or that is none, those that only it gave.
        """
        if source.path not in self._alone:
            self._alone[source.path] = self._read(source)
        return self._alone[source.path]

    def _read(self, source: Source) -> pd.DataFrame:
        file = next((f.path for f in self._asked.files or () if visible(str(f.path)) == torn.archive(source.path)), None)
        identity = list(TABLES[source.table].identity)
        if file is not None and stretches.recognise(file) is None:
            from calltrace.intake.collecting import collect  # noqa: PLC0415 - brings in every reader's needs

            case = collect(
                as_given(self._asked, [file]), mapping=self._asked.mapping, tz=self._asked.tz, year=self._asked.year,
                region=self._asked.region, known=self._asked.known, beside=self._accounts())
            frame = case.table(source.table)
            mine = frame["source_file"] == source.path
            return pd.DataFrame({name: frame.loc[mine, name] for name in identity})
        tables = (
            piece.read(self._place, [*identity, "source_file"])
            for (name, _), pieces in self._gathered.pieces.items() if name == source.table
            for piece in pieces)
        return _of_file(tables, source)

    def _accounts(self) -> pd.DataFrame | None:
        """Return the accounts whose zones and numbers went for the file when it was read with the others."""
        had = accounts_of(self._store, self._store.state())
        mine = [p.read(self._place) for p in self._gathered.pieces.get(("accounts", UNDATED), ())]
        if not mine:
            return had
        new = conform(pa.concat_tables(mine).to_pandas(), TABLES["accounts"])
        return new if had is None else overlay(had, new, TABLES["accounts"])


def _kept(place: Place, state: Manifest, one: Source) -> pd.DataFrame:
    """Return what tells the records apart that a store has of a file."""
    columns = [*TABLES[one.table].identity, "source_file"]
    return _of_file((parts.read(place, p, columns) for p in state.of(one.table)), one)


def _of_file(tables: Iterable[pa.Table], one: Source) -> pd.DataFrame:
    found = [t.filter(pc.equal(t["source_file"].cast(pa.string()), one.path)) for t in tables]
    identity = list(TABLES[one.table].identity)
    if not found:
        return pd.DataFrame(columns=identity)
    frames: list[pd.DataFrame] = [t.select(identity).to_pandas() for t in found]
    return pd.concat(frames, ignore_index=True)


def _within(some: pd.DataFrame, all_: pd.DataFrame, table: str) -> bool:
    """Say whether every record is among others; which record it is, its identity tells."""
    identity = list(TABLES[table].identity)
    plain = [f[identity].astype("str") for f in (some, all_)]
    return bool((plain[0].merge(plain[1].drop_duplicates(), how="left", indicator=True)["_merge"] == "both").all())


def _alike(one: Source, other: Source) -> bool:
    """Say whether two files gave the same: a torn one is what it was."""
    return (one.path, one.table, one.rows, one.first, one.last) == (
        other.path, other.table, other.rows, other.first, other.last)


@dataclass(frozen=True)
class TornFile:
    """A file that could not be read whole: its path, what was wrong with it, and what the store has of it.

    ``rows`` is how many it gave, ``first`` and ``last`` when the first and last of them are, UTC; None where it gave none.
    """

    path: str
    saw: str
    rows: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None

    def to_dict(self) -> dict[str, object]:
        """Return it as plain values, for JSON."""
        return {
            "path": self.path,
            "saw": self.saw,
            "rows": self.rows,
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
        }


def torn_files(store: Store) -> tuple[TornFile, ...]:
    """Return the files of a store that could not be read whole and that nothing made up for, by their paths."""
    listed, problems = records.told(store.place, store.state().imports)
    found = []
    for path, problem in sorted(torn.files(problems).items()):
        mine = [s for s in listed if s.path == path and any(torn.is_torn(p) for p in s.problems)]
        first = min((s.first for s in mine if s.first is not None), default=None)
        last = max((s.last for s in mine if s.last is not None), default=None)
        found.append(TornFile(path, problem.saw, sum(s.rows for s in mine), first, last))
    return tuple(found)


def accept(store: Store, paths: Sequence[str], *, now: pd.Timestamp | None = None) -> tuple[TornFile, ...]:
    """Take torn files as they are: there is no more to come of them, or it has come by another way.

    Parameters
    ----------
    store : Store
        That they were imported into.
    paths : sequence of str
        Files, as the store calls them, or their names where no two torn ones share it.
    now : Timestamp, optional
        When it is said, tz-aware; the clock's time otherwise.

    Raises
    ------
    UsageError
        One is no torn file of the store.
    """
    there = {one.path: one for one in torn_files(store)}
    chosen = list(dict.fromkeys(_one_of(there, path) for path in paths))
    at = pd.Timestamp.now(tz="UTC") if now is None else now.tz_convert("UTC")
    why = dict.fromkeys(chosen, f"Accepted as it is, {at:%Y-%m-%d %H:%M} UTC.")

    def build(state: manifest.Manifest) -> manifest.Manifest | None:
        imports = []
        for one in state.imports:
            broken = torn.files(p for s in records.of_import(store.place, one) for p in s.problems)
            imports.append(one if why.keys().isdisjoint(broken) else records.settled(store.place, one, why))
        if tuple(imports) == state.imports:
            return None
        store.place.settle()
        return replace(state.with_parts({}), imports=tuple(imports))

    manifest.change(store.place, build)
    return tuple(there[path] for path in chosen)


def _one_of(there: Collection[str], path: str) -> str:
    """Return the torn file that is meant."""
    if path in there:
        return path
    named = [p for p in there if p.endswith("/" + path.lstrip("/"))]
    if len(named) == 1:
        return named[0]
    told = ", ".join(sorted(named or there)[:5])
    raise UsageError(
        f"{path} is {'more than one' if named else 'no'} torn file of the store",
        expected=f"one of: {told}" if told else "a file that could not be read whole; the store has none",
    )
