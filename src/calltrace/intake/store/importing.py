"""Logs into the store: read, split by day, written beside what is there, and put in force all at once.

An import first writes every file it needs under new names, then one new state of the manifest. Until that moment
nothing it did can be seen; from it on all of it can. It may die at any instant, and it may run beside another:
who finishes second finds the other's days in the store and merges its own into them.

What is imported twice is there once. The same files read in the same way are not even read again; a file that
has grown adds what is new; a record that came corrected replaces its elder (:func:`parts.merged`).
"""

from __future__ import annotations

import hashlib
import lzma
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import UsageError
from calltrace.intake import quality
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.store import fast, is_store, parts, records, stretches, upkeep
from calltrace.intake.store.forgetting import PERSONAL, emptied, knows
from calltrace.intake.store.manifest import Import, Key, Manifest, Part, change, found
from calltrace.intake.store.places import new_name
from calltrace.tables import times
from calltrace.tables.overlay import overlay
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from calltrace.intake.load import Given, Known
    from calltrace.intake.mapping import Mapping
    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.places import Place
    from calltrace.tables.case import Case, Source

    Progress = Callable[[str, float, float], None]

HASH_STEP = 1 << 22
HASHED_WHOLE = 64 << 20
HASH_BLOCKS = 64
HASH_BLOCK = 1 << 16


@dataclass(frozen=True)
class ImportResult:
    """What an import did.

    ``rows`` is, by table, what was read and could be; ``added`` how many rows the store has more than before
    (a correction replaces and adds none); ``days`` the days that were written. ``unchanged`` says that the store
    had it all. ``sources`` and ``problems`` are as of :class:`~calltrace.tables.case.Case`.
    """

    url: str
    version: int
    rows: dict[str, int]
    added: dict[str, int]
    days: tuple[str, ...]
    left_out: int
    unchanged: bool
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass
class Piece:
    """New rows of one table and day: in memory, or written already (``rows`` None, ``written`` their parts).

    ``order`` says where among the files they were read: of two states of a record the one read last is kept.
    """

    rows: pa.Table | None
    written: list[Part] | None = None
    order: float = 0


Pieces = dict[Key, list[Piece]]


def run(
    store: Store,
    paths: Sequence[str | os.PathLike[str] | Given] | str | os.PathLike[str],
    *,
    tz: str | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
    region: str = "US",
    known: Known | None = None,
    now: pd.Timestamp | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import logs.

    Parameters
    ----------
    store : Store
        To import into.
    paths : path or sequence of paths
        What ``load`` takes: files, folders, ``-``, addresses of databases.
    tz, mapping, year, region, known
        As for :func:`calltrace.intake.load.gather`. Accounts the store has already tell the zones and numbers of
        calls that come without them.
    now : Timestamp, optional
        When it is said to have happened; the clock's time otherwise.
    progress : callable, optional
        Called with what is being done, how much of it is done, and how much there is.

    Returns
    -------
    ImportResult
        What changed.

    Raises
    ------
    InputError
        A path does not exist, nothing could be read, or the store can't be written. It is then as it was.
    UsageError
        As for ``load``.
    """
    tell = progress or (lambda _what, _done, _of: None)
    given: list[str | os.PathLike[str] | Given] = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    asked = _Asked(given, _files(given), tz, mapping, year, region, known)
    _no_store(asked)
    print_of = _fingerprint(asked, tell)
    before = store.state()
    done = next((i for i in before.imports if i.fingerprint == print_of), None) if print_of else None
    if done is not None:
        listed, problems = records.told(store.place, [done])
        return ImportResult(
            store.url, before.version, {}, {}, (), done.left_out, unchanged=True, sources=listed, problems=problems
        )
    store.place.fresh.clear()
    try:
        gathered = _gather(store, before, asked, tell)
        return _put(store, gathered, given, print_of, now, tell)
    except BaseException:  # Ctrl-C too: what was written for nothing goes, unless it is in force already
        store.place.delete(store.place.fresh - store.state().files())
        raise


@dataclass(frozen=True)
class _Asked:
    """What is to be imported, and how: the arguments of :func:`run`, with the files found."""

    given: list[str | os.PathLike[str] | Given]
    files: list[_Found] | None
    tz: str | None
    mapping: Any
    year: int | None
    region: str
    known: Known | None


@dataclass(frozen=True)
class _Found:
    """One file, and what was said of it in particular."""

    path: Path
    tz: str | None = None
    plain: bool = True


def _no_store(asked: _Asked) -> None:
    """Refuse a store among the paths: its Parquet files are no log."""
    for one in asked.given:
        name = one if isinstance(one, str | os.PathLike) else one.path
        if is_store(name):
            raise UsageError(
                f"{os.fspath(name)} is a store itself", expected="logs to import",
                fix="Read a store as any log: calltrace investigate STORE …",
            )  # fmt: skip


@dataclass
class _Gathered:
    """What was read, before it is put into the store."""

    pieces: Pieces
    rows: dict[str, int]
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]
    zone: str
    zone_from: str
    logs_unanswered: bool
    first: int | None
    last: int | None


def _gather(store: Store, state: Manifest, asked: _Asked, tell: Progress) -> _Gathered:
    from calltrace.intake.load import gather, require_calls  # noqa: PLC0415 - brings in every reader's needs

    had = _accounts(store, state)
    options: dict[str, Any] = {"tz": asked.tz, "year": asked.year, "region": asked.region, "known": asked.known}
    large = _large(asked)
    if not large:
        tell("reading", 0, 1)
        case = gather(asked.given, mapping=asked.mapping, beside=had, **options)
        if not any(len(f) for f in case.tables.values()):
            require_calls(case)  # says what was found instead
        return _of_case(case)
    try:
        return _both(store, large, asked, had, options, tell)
    except _TornError as torn:  # an archive cut short: the reader of whole files says what it still holds
        files = [replace(f, plain=f.plain and f.path != torn.path) for f in asked.files or ()]
        return _gather(store, state, replace(asked, files=files), tell)


class _TornError(Exception):
    """A large file could not be read to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(str(path))


def _both(  # noqa: PLR0917 - what is to be read, and what is known
    store: Store,
    large: list[tuple[stretches.Fast, _Found]],
    asked: _Asked,
    had: pd.DataFrame | None,
    options: dict[str, Any],
    tell: Progress,
) -> _Gathered:
    """Read the small files in one piece and the large ones in stretches."""
    from calltrace.intake.load import gather  # noqa: PLC0415 - as above

    files = asked.files or []
    paths = {f.path for f, _ in large}
    rest = [f for f in files if f.path not in paths]
    small: Case | None = None
    if rest:
        small = gather(_as_given(asked, [f.path for f in rest]), beside=had, **options)
    accounts = had
    if small is not None and len(small.table("accounts")):
        mine = small.table("accounts")
        accounts = mine if had is None else overlay(had, mine, TABLES["accounts"])
    if asked.known is not None and asked.known.accounts is not None:
        accounts = overlay(accounts, asked.known.accounts, TABLES["accounts"])
    return _with_large(store, small, large, asked, accounts, tell)


def _large(asked: _Asked) -> list[tuple[stretches.Fast, _Found]]:
    """Return the files to be read in stretches."""
    if asked.files is None or asked.mapping is not None or (asked.known is not None and asked.known.mappings):
        return []
    found = ((stretches.recognise(f.path), f) for f in asked.files if f.plain)
    return [(one, f) for one, f in found if one is not None]


def _as_given(asked: _Asked, paths: list[Path]) -> list[str | os.PathLike[str] | Given]:
    """Return single files as they were given, with what was said of them."""
    wanted: list[str | os.PathLike[str] | Given] = []
    for one in asked.given:
        if isinstance(one, str | os.PathLike):
            mine = _below(Path(one))
            wanted += [p for p in paths if p in mine]
        else:
            mine = _below(Path(one.path))
            wanted += [replace(one, path=str(p)) for p in paths if p in mine]
    return wanted


def _with_large(  # noqa: PLR0917 - what was read so far, and what is to be
    store: Store,
    case: Case | None,
    large: list[tuple[stretches.Fast, _Found]],
    asked: _Asked,
    accounts: pd.DataFrame | None,
    tell: Progress,
) -> _Gathered:
    """Read large files in stretches, and put what they gave beside what the others did."""
    places = {visible(str(f.path)): i for i, f in enumerate(asked.files or ())}
    marks = [places[f.display] for f, _ in large]
    found = _of_case(case, places, marks) if case is not None else _Gathered({}, {}, (), (), "", "", True, None, None)
    counted = answered = lost = 0
    for (one, said), order in zip(large, marks, strict=True):
        options = ReadOptions(tz=said.tz or asked.tz, region=asked.region, year=asked.year)
        if options.tz is not None:
            times.zone_named(options.tz)
        try:
            result = fast.read(store.place, one, accounts, options, tell)
        except (OSError, EOFError, lzma.LZMAError, pa.ArrowInvalid) as error:
            raise _TornError(one.path) from error
        for day, written in result.days.items():
            found.pieces.setdefault(("calls", day), []).extend(Piece(None, p, order) for p in written)
        source = result.source
        counted, answered = counted + (source.calls or 0), answered + (source.answered or 0)
        lost += result.lost
        found.rows["calls"] = found.rows.get("calls", 0) + (source.calls or 0)
        found.sources = (*found.sources, source)
        found.problems = (*found.problems, *source.problems)
        found.first = _least(found.first, result.first, min)
        found.last = _least(found.last, result.last, max)
        if not found.zone_from or found.zone_from == "machine" or "calls" not in (case.tables if case else ()):
            found.zone, found.zone_from = result.zone, result.zone_from
    if quality.hides_unanswered(answered, lost, counted):
        found.logs_unanswered = False
    for pieces in found.pieces.values():
        pieces.sort(key=lambda p: p.order)
    found.sources = tuple(sorted(found.sources, key=lambda s: places.get(s.path, len(places))))
    return found


def _least(a: int | None, b: int | None, choose: Callable[[int, int], int]) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return choose(a, b)


def _accounts(store: Store, state: Manifest) -> pd.DataFrame | None:
    """Return the accounts the store has, None where it has none."""
    from calltrace.intake.store import reading  # noqa: PLC0415 - reading needs this module for its sources

    if not state.of("accounts"):
        return None
    return reading.read(store, ["accounts"]).table("accounts")


def _of_case(case: Case, places: dict[str, int] | None = None, marks: Sequence[int] = ()) -> _Gathered:
    """Split a case by table and day; calls also by whether their files come before or after the ``marks``."""
    pieces: Pieces = {}
    first = last = None
    for name, frame in case.tables.items():
        if not len(frame):
            continue
        rows = parts.to_arrow(frame, name)
        if name == "calls":
            bounds = pc.min_max(rows["offered_at"].cast(pa.int64())).as_py()
            first, last = bounds["min"], bounds["max"]
        if name == "calls" and marks:
            order = [places.get(str(f), 0) if places else 0 for f in frame["source_file"].cat.categories]
            turn = np.searchsorted(marks, np.array(order))[frame["source_file"].cat.codes.to_numpy()]
            split = [(marks[t - 1] + 0.5 if t else -1, rows.filter(pa.array(turn == t))) for t in np.unique(turn)]
        else:
            split = [(0.0, rows)]
        for place, chosen in split:
            for day, some in parts.by_day(chosen, name):
                pieces.setdefault((name, day), []).append(Piece(some, order=place))
    return _Gathered(
        pieces,
        {name: len(frame) for name, frame in case.tables.items() if len(frame)},
        case.sources,
        case.problems,
        case.zone,
        case.zone_from,
        case.logs_unanswered,
        first,
        last,
    )


# --- into the store -----------------------------------------------------------------------------------------


def _put(  # noqa: PLR0917 - what was read, and what it is called
    store: Store,
    gathered: _Gathered,
    given: list[str | os.PathLike[str] | Given],
    print_of: str,
    now: pd.Timestamp | None,
    tell: Progress,
) -> ImportResult:
    place = store.place
    name = new_name()
    at = (datetime.now(UTC) if now is None else now.to_pydatetime().astimezone(UTC)).isoformat(timespec="seconds")
    left_out = sum(p.rows for p in gathered.problems if p.effect == "left-out")
    record = Import(
        id=name,
        at=at,
        file="",
        fingerprint=print_of,
        paths=tuple(os.fspath(p) if isinstance(p, str | os.PathLike) else p.path for p in given),
        rows=sum(gathered.rows.values()),
        left_out=left_out,
        first=gathered.first,
        last=gathered.last,
        zone=gathered.zone,
        zone_from=gathered.zone_from,
        logs_unanswered=gathered.logs_unanswered,
    )
    _no_other_zone(store.state(), record, gathered)
    found(place)
    work = _Merging(place, gathered.pieces, tell)
    seen: dict[str, Any] = {}

    def build(state: Manifest) -> Manifest | None:
        made = work.onto(state)
        seen.update(before=state, made=made)
        if not made:
            return None
        mine = replace(record, file=f"imports/{new_name()}.json")  # what is forgotten may be more than before
        place.write(mine.file, records.encoded(mine, gathered.sources, gathered.problems, knows(state)))
        work.files.add(mine.file)
        tell("writing", 1, 1)
        place.settle()
        imports = tuple(i for i in state.imports if not _covers(record, i))
        return replace(state.with_parts(made), imports=(*imports, mine))

    after = change(place, build)
    made, before = seen["made"], seen["before"]
    place.delete(work.files - after.files())
    upkeep.clean(store, after)
    return ImportResult(
        store.url,
        after.version,
        gathered.rows,
        _added(before, made),
        tuple(sorted({day for (table, day) in made if day and table != parts.INTERVALS})),
        left_out,
        unchanged=not made,
        sources=gathered.sources,
        problems=gathered.problems,
    )


def _no_other_zone(state: Manifest, record: Import, gathered: _Gathered) -> None:
    """Refuse the same logs read in another zone than before: every call would be there twice, hours apart."""
    if not any(s.table == "calls" and s.zone_from not in _TOLD_BY_THE_LOG for s in gathered.sources):
        return
    for old in state.imports:
        if old.paths == record.paths and old.zone != record.zone and old.zone_from != "account":
            raise UsageError(
                f"{', '.join(record.paths)} came into the store before, its times read in {old.zone}, now in {record.zone}",
                expected="the zone it was read in then",
                fix="If that one was wrong, import everything into a new store with --tz.",
            )


_TOLD_BY_THE_LOG = ("", "offset", "uniqueid", "epoch")
"""How a zone is known where the log itself gives it, whatever anybody says."""


def _covers(newer: Import, older: Import) -> bool:
    """Say whether an import tells all another did: of the same paths, over the same span or a wider one."""
    if newer.paths != older.paths:
        return False
    if older.first is None or older.last is None:
        return True
    if newer.first is None or newer.last is None:
        return False
    return newer.first <= older.first and newer.last >= older.last


def _added(before: Manifest, made: dict[Key, Part | None]) -> dict[str, int]:
    added: dict[str, int] = {}
    for key, part in made.items():
        if key[0] == parts.INTERVALS:
            continue
        old = before.parts.get(key)
        added[key[0]] = added.get(key[0], 0) + (part.rows if part else 0) - (old.rows if old else 0)
    return added


class _Merging:
    """Merges new rows into what a state has; what was done for one state is kept for the next."""

    def __init__(self, place: Place, pieces: Pieces, tell: Progress) -> None:
        self.place, self.pieces, self.tell = place, pieces, tell
        self.files = {p.file for some in pieces.values() for one in some for p in one.written or ()}
        """What this import has written, in force or not."""
        self._done: dict[tuple[Key, str, int], list[Part] | None] = {}

    def onto(self, state: Manifest) -> dict[Key, Part | None]:
        """Return the parts that change the state; written already."""
        made: dict[Key, Part | None] = {}
        keys = sorted(self.pieces, key=lambda k: (list(TABLES).index(k[0]), k[1]))
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
        rows = pa.concat_tables([self._rows(p).cast(parts.schema_of(name)) for p in pieces])
        found = parts.merged(None if old is None else parts.read(self.place, old), rows, name)
        return None if found is None else parts.write(self.place, name, day, found)

    def _without(self, piece: Piece, name: str, forgotten: Callable[[str], bool]) -> Piece:
        """Return a piece without forgotten numbers; the same where it has none."""
        rows = self._rows(piece)
        clean, many = emptied(rows, name, forgotten)
        return Piece(clean, order=piece.order) if many else piece

    def _rows(self, piece: Piece) -> pa.Table:
        if piece.rows is not None:
            return piece.rows
        assert piece.written  # noqa: S101 - a piece is in memory or written
        return parts.read(self.place, piece.written[0])

    def _moved(self, state: Manifest, made: dict[Key, Part | None]) -> dict[Key, Part | None]:
        """Take messages out of days they were on before a correction put them on another.

        A message is one by its id alone, whenever it is said to have been taken; every other dated record has its
        time in its identity.
        """
        new: dict[str, set[str]] = {}
        for (name, day), pieces in self.pieces.items():
            if name == "messages" and (name, day) in made:
                new[day] = {m for p in pieces for m in self._rows(p)["message_id"].to_pylist()}
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


# --- what was imported --------------------------------------------------------------------------------------


def _files(given: Iterable[str | os.PathLike[str] | Given]) -> list[_Found] | None:
    """Return every file below the paths; None where something is no file (standard input, a database)."""
    found: list[_Found] = []
    for one in given:
        if isinstance(one, str | os.PathLike):
            name, tz, plain = os.fspath(one), None, True
        else:
            name, tz = one.path, one.tz or None
            plain = one.mapping is None and one.format in {"", "generic"}
        if name == "-" or "://" in name:
            return None
        path = Path(name)
        if not path.exists():
            return None  # the reader says what is wrong with it
        found += [_Found(p, tz, plain) for p in _below(path)]
    return list({f.path: f for f in found}.values())


def _below(path: Path) -> list[Path]:
    """Return the files a path stands for; what lies in hidden folders is left, as by the reader."""
    if not path.is_dir():
        return [path]
    inside = (p for p in path.rglob("*") if not any(n.startswith(".") for n in p.relative_to(path).parts[:-1]))
    return sorted(p for p in inside if p.is_file())


def _fingerprint(asked: _Asked, tell: Progress) -> str:
    """Return what tells one import from another: the content of the files, and how they are read.

    '' where that can't be told beforehand (standard input, a database): then the rows themselves tell.
    """
    if asked.files is None:
        return ""
    whole = hashlib.sha256()
    mapping = asked.mapping
    if isinstance(mapping, str | os.PathLike):
        mapping = Path(mapping).read_text(encoding="utf-8")
    known = ""
    if asked.known is not None:
        accounts = asked.known.accounts
        known = repr(asked.known.mappings) + ("" if accounts is None else accounts.to_json())
    said = [repr(g) for g in asked.given if not isinstance(g, str | os.PathLike)]
    whole.update(repr((version("calltrace-cli"), asked.tz, mapping, asked.year, asked.region, known, said)).encode())
    for number, file in enumerate(asked.files):
        try:
            whole.update(str(file.path).encode() + b"\0" + _content(file.path))
        except OSError:
            return ""  # the reader says what is wrong with it
        tell("looking", number + 1, len(asked.files))
    return whole.hexdigest()


def _content(file: Path) -> bytes:
    """Return what tells a file's content from another's: all of it, or for a large one enough of it.

    Of a large file its size, the time it was last written and blocks from all over it; one that was copied, and so
    has another time, is merely read again, and found to hold nothing new.
    """
    about = file.stat()
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        if about.st_size <= HASHED_WHOLE:
            while block := stream.read(HASH_STEP):
                digest.update(block)
            return digest.digest()
        digest.update(repr((about.st_size, about.st_mtime_ns)).encode())
        for at in np.linspace(0, about.st_size - HASH_BLOCK, HASH_BLOCKS).astype(np.int64).tolist():
            stream.seek(at)
            digest.update(stream.read(HASH_BLOCK))
    return digest.digest()
