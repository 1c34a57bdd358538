"""What an import reads, by table and day: small files in one piece, large ones in stretches straight to parts."""

from __future__ import annotations

import lzma
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake import quality
from calltrace.intake.formats._base import ReadOptions
from calltrace.intake.store import fast, parts, records, stretches
from calltrace.intake.store.asked import as_given
from calltrace.intake.store.dealing import there_already
from calltrace.intake.store.manifest import UNDATED
from calltrace.tables import arrow, times
from calltrace.tables.overlay import overlay
from calltrace.tables.schema import TABLES
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from calltrace.intake.store.asked import Asked, Found, Progress
    from calltrace.intake.store.dataset import Store
    from calltrace.intake.store.manifest import Key, Manifest, Part
    from calltrace.intake.store.places import Place
    from calltrace.tables.case import Case, Source
    from calltrace.tables.problems import Problem
    from calltrace.tables.written_dates import WrittenDates


@dataclass
class Piece:
    """New rows of one table and day: in memory, or written already (``rows`` None, ``written`` their parts).

    ``order`` says where among the files they were read: of two states of a record the one read last is kept. ``elder``
    are states that others read with them go before, and that were told of.
    """

    rows: pa.Table | None
    written: list[Part] | None = None
    order: float = 0
    elder: bool = False

    def read(self, place: Place, columns: Sequence[str] | None = None) -> pa.Table:
        """Return its rows, or some of their columns."""
        if self.rows is not None:
            return self.rows if columns is None else self.rows.select(columns)
        assert self.written  # noqa: S101 -- a piece is in memory or written
        return parts.read(place, self.written[0], columns)


Pieces = dict["Key", list[Piece]]


@dataclass
class Gathered:
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


def gather_for(store: Store, state: Manifest, asked: Asked, tell: Progress) -> Gathered:
    """Read everything asked for; days of large files are written by then, though nothing names them yet.

    Parameters
    ----------
    store : Store
        To import into: its accounts tell the zones and numbers of calls that come without them.
    state : Manifest
        The state it is in.
    asked : Asked
        The files, and how to read them.
    tell : callable
        Told how far it has come.

    Raises
    ------
    InputError
        Where there is nothing to read: a log with a header and no row tells of an export that died.
    """
    from calltrace.intake.collecting import collect  # noqa: PLC0415 - brings in every reader's needs

    had = accounts_of(store, state)
    options: dict[str, Any] = {"tz": asked.tz, "year": asked.year, "region": asked.region, "known": asked.known}
    options["earlier"] = lambda: _dates_before(store, state)
    large = _large(asked)
    if not large:
        tell("reading", 0, 1)
        case = collect(asked.given, mapping=asked.mapping, beside=had, **options)
        if not any(len(f) for f in case.tables.values()):
            from calltrace.intake import no_calls  # noqa: PLC0415 - hardly ever so

            raise no_calls.explained(case)
        return _of_case(case)
    try:
        found = _both(store, large, asked, had, options, tell)
    except _TornError as torn:  # an archive cut short: the reader of whole files says what it still holds
        files = [replace(f, plain=f.plain and f.path != torn.path) for f in asked.files or ()]
        return gather_for(store, state, replace(asked, files=files), tell)
    if not any(found.rows.values()):
        from calltrace.intake import no_calls  # noqa: PLC0415 - as above
        from calltrace.tables.case import Case  # noqa: PLC0415 - as above

        raise no_calls.explained(Case(tables={}, sources=found.sources, problems=found.problems))
    return found


class _TornError(Exception):
    """A large file could not be read to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(str(path))


def _both(  # noqa: PLR0917 - what is to be read, and what is known
    store: Store,
    large: list[tuple[stretches.Fast, Found]],
    asked: Asked,
    had: pd.DataFrame | None,
    options: dict[str, Any],
    tell: Progress,
) -> Gathered:
    """Read the small files in one piece and the large ones in stretches."""
    from calltrace.intake.collecting import collect  # noqa: PLC0415 - as above

    files = asked.files or []
    paths = {f.path for f, _ in large}
    rest = [f for f in files if f.path not in paths]
    small: Case | None = None
    if rest:
        small = collect(as_given(asked, [f.path for f in rest]), beside=had, **options)
    accounts = had
    if small is not None and len(small.table("accounts")):
        mine = small.table("accounts")
        accounts = mine if had is None else overlay(had, mine, TABLES["accounts"])
    if asked.known is not None and asked.known.accounts is not None:
        accounts = overlay(accounts, asked.known.accounts, TABLES["accounts"])
    return _with_large(store, small, large, asked, accounts, tell)


def _large(asked: Asked) -> list[tuple[stretches.Fast, Found]]:
    """Return the files to be read in stretches."""
    if asked.files is None or asked.mapping is not None or (asked.known is not None and asked.known.mappings):
        return []
    found = ((stretches.recognise(f.path), f) for f in asked.files if f.plain)
    return [(one, f) for one, f in found if one is not None]


def _with_large(  # noqa: PLR0917 - what was read so far, and what is to be
    store: Store,
    case: Case | None,
    large: list[tuple[stretches.Fast, Found]],
    asked: Asked,
    accounts: pd.DataFrame | None,
    tell: Progress,
) -> Gathered:
    """Read large files in stretches, and put what they gave beside what the others did."""
    places = {visible(str(f.path)): i for i, f in enumerate(asked.files or ())}
    marks = [places[f.display] for f, _ in large]
    found = _of_case(case, places, marks) if case is not None else Gathered({}, {}, (), (), "", "", True, None, None)
    counted = answered = lost = 0
    for (one, said), order in zip(large, marks, strict=True):
        options = ReadOptions(tz=said.tz or asked.tz, region=asked.region, year=asked.year, own_clock=bool(said.tz))
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
        if found.zone_from in {"", "machine"}:  # as for files read whole, the first that knows the service's zone tells it
            found.zone, found.zone_from = result.zone, result.zone_from
    if asked.tz is not None:
        found.zone, found.zone_from = asked.tz, "option"
    if quality.hides_unanswered(answered, lost, counted):
        found.logs_unanswered = False
    for pieces in found.pieces.values():
        pieces.sort(key=lambda p: p.order)
    _tell_repeats(store.place, found)
    found.sources = tuple(sorted(found.sources, key=lambda s: places.get(s.path, len(places))))
    return found


def _tell_repeats(place: Place, found: Gathered) -> None:
    """Tell of calls that several pieces of a day hold: they come again in another file, or far from their first row."""
    again: list[tuple[str, int, bool]] = []  # file, line and whether it was answered, of every row that is not kept
    for (name, _), some in found.pieces.items():
        pieces = [p for p in some if not p.elder]
        if name != "calls" or len(pieces) < 2:
            continue
        if not parts.repeats_possible(pa.concat_tables([p.read(place, ("call_id", "offered_at")) for p in pieces])):
            continue
        rows = pa.concat_tables([p.read(place).cast(parts.schema_of(name)) for p in pieces])
        keep = parts.kept(rows, TABLES[name])
        if keep is not None:
            gone = rows.select(["source_file", "source_line", "outcome"]).filter(arrow.flags(~keep)).to_pylist()
            again += [(r["source_file"] or "", r["source_line"] or 0, r["outcome"] == "answered") for r in gone]
    for file in sorted({file for file, _, _ in again}):
        lines = [line for one, line, _ in again if one == file]
        problem = there_already(file, min(lines), len(lines))
        found.rows["calls"] -= len(lines)
        found.problems = (*found.problems, problem)
        found.sources = tuple(
            replace(
                source, left_out=source.left_out + len(lines), problems=(*source.problems, problem),
                calls=(source.calls or 0) - len(lines),
                answered=(source.answered or 0) - sum(answered for one, _, answered in again if one == file))
            if (source.path, source.table) == (file, "calls") else source
            for source in found.sources)


def _states(case: Case) -> Iterator[tuple[str, pd.DataFrame, bool]]:
    """Give the tables of a case that have rows, each after the elder states of its records, if any: to say which those are.

    Of messages the last state alone: an elder one may be on another day, where nothing would say that it is elder.
    """
    from calltrace.intake.assembling import ELDER  # noqa: PLC0415 - as above

    elder = cast("dict[str, pd.DataFrame]", case.cache.get(ELDER, {}))
    for name, frame in case.tables.items():
        if name in elder and name != "messages":
            yield name, elder[name], True
        if len(frame):
            yield name, frame, False


def _dates_before(store: Store, state: Manifest) -> list[tuple[str, str, WrittenDates]]:
    """Return the dates of the files a store has, as they are written in them: they tell those of further ones."""
    sources, _ = records.told(store.place, state.imports)
    return [(source.path, source.format, dates) for source in sources for dates in source.dates]


def _least(a: int | None, b: int | None, choose: Callable[[int, int], int]) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return choose(a, b)


def accounts_of(store: Store, state: Manifest) -> pd.DataFrame | None:
    """Return the accounts the store has, None where it has none."""
    if not state.of("accounts"):
        return None
    from calltrace.intake.store import reading  # noqa: PLC0415 - brings in pandas

    return reading.read(store, ["accounts"]).table("accounts")


def accounts_after(store: Store, gathered: Gathered, asked: Asked) -> pd.DataFrame | None:
    """Return the accounts that are known once all of an import is in the store, None where there are none."""
    accounts = accounts_of(store, store.state())
    mine = [p.read(store.place) for p in gathered.pieces.get(("accounts", UNDATED), ())]
    if mine:
        from calltrace.tables.schema import conform  # noqa: PLC0415 - brings in pandas

        accounts = overlay(accounts, conform(pa.concat_tables(mine).to_pandas(), TABLES["accounts"]), TABLES["accounts"])
    if asked.known is not None and asked.known.accounts is not None:
        accounts = overlay(accounts, asked.known.accounts, TABLES["accounts"])
    return accounts


def _of_case(case: Case, places: dict[str, int] | None = None, marks: Sequence[int] = ()) -> Gathered:
    """Split a case by table and day; calls also by whether their files come before or after the ``marks``."""
    pieces: Pieces = {}
    first = last = None
    for name, frame, elder in _states(case):
        rows = parts.to_arrow(frame, name)
        if name == "calls" and not elder:
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
                pieces.setdefault((name, day), []).append(Piece(some, order=place, elder=elder))
    return Gathered(
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
