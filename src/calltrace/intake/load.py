"""Paths to one Case: read every file, join what belongs together, and account for each.

Knows no vendor's rules: a format's module reads, its family's ``join`` makes calls of legs and queue events. How a file
is known is in :mod:`calltrace.intake.recognising`, how times are placed in :mod:`calltrace.intake.placing`, what counts
as a duplicate in :mod:`calltrace.intake.duplicates`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from calltrace.errors import InputError, UsageError
from calltrace.intake import (
    contributions,
    duplicates,
    no_calls,
    placing,
    quality,
    recognising,
    sources,
    store,
)
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.placing import Piece, Places
from calltrace.intake.recognising import File
from calltrace.tables import times
from calltrace.tables.case import Case
from calltrace.tables.later import later
from calltrace.tables.overlay import overlay
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from calltrace.intake.mapping import Mapping
else:
    pd = later("pandas")

SHOWN = timedelta(days=2)
"""How far beside the time asked about ids and names are read of a store's calls, where the others need none."""


@dataclass(frozen=True)
class Given:
    """One PATH and what is known of it in particular; what is not said is as for all the others.

    Parameters
    ----------
    path : str
        A file, a folder, an address of a database.
    tz : str
        Zone of its times that carry none, whosever calls they are: this switch's clock.
    format : str
        The format of all its files, by name (``asterisk-cdr-csv``), where it is not to be recognised; '' to
        recognise each.
    mapping : path or Mapping, optional
        How to read those of its files that have the mapping's columns.
    year : int, optional
        Year of its first record.
    """

    path: str
    tz: str = ""
    format: str = ""
    mapping: str | os.PathLike[str] | Mapping | None = None
    year: int | None = None


@dataclass(frozen=True)
class Known:
    """What somebody wrote down about the logs as a whole, before any was read.

    Parameters
    ----------
    accounts : DataFrame, optional
        Rows of the accounts table: their zones and numbers go before those of the logs' own accounts table, so
        that times and calls are placed by them. They do not become part of the Case here.
    mappings : sequence of (patterns, Mapping)
        Mappings for files by name (``acme_*.csv``); one is tried where a name fits, before every format.
    """

    accounts: pd.DataFrame | None = None
    mappings: Sequence[tuple[Sequence[str], Mapping]] = ()


def load(
    paths: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    *,
    tz: str | None = None,
    now: pd.Timestamp | None = None,
    region: str = "US",
    stdin: BinaryIO | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
) -> Case:
    r"""Read every log under the paths into one Case.

    Parameters
    ----------
    paths : path or sequence of paths
        Files, folders, ``-``; see :func:`calltrace.intake.sources.open_all`.
    tz : str, optional
        IANA zone for times without an offset, where the accounts table does not give the account's own.
    now : Timestamp, optional
        Nothing later is known; kept for judging how old the records are. Reading takes no heed of it.
    region : str
        Country of telephone numbers without a country code.
    stdin : binary file, optional
        What ``-`` reads.
    mapping : path or Mapping, optional
        How to read files no format knows (:mod:`calltrace.intake.mapping`); files with its columns are read
        by it, the others as ever.
    year : int, optional
        Year of a file's first record, for logs that write none; else it is told by the file's date.

    Returns
    -------
    Case
        With at least one call. Rows and files that could not be read are in ``problems`` and ``sources``.

    Raises
    ------
    InputError
        A path does not exist, nothing could be read, or there are no calls.
    UsageError
        ``tz`` is no zone, or the mapping can't be used or fits none of the files.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "calls.csv").write_text(
    ...     "call_id,account,offered_at,outcome\n1,1021,2026-10-08T09:15:00-04:00,answered\n")
    >>> case = load(folder)
    >>> len(case.calls), case.zone
    (1, 'America/New_York')
    """
    case = gather(paths, tz=tz, now=now, region=region, stdin=stdin, mapping=mapping, year=year)
    require_calls(case)
    return case


def gather(
    paths: Sequence[str | os.PathLike[str] | Given] | str | os.PathLike[str],
    *,
    tz: str | None = None,
    now: pd.Timestamp | None = None,
    region: str = "US",
    stdin: BinaryIO | None = None,
    mapping: str | os.PathLike[str] | Mapping | None = None,
    year: int | None = None,
    known: Known | None = None,
    beside: pd.DataFrame | None = None,
    asked: sources.AskedTime | None = None,
) -> Case:
    """Read as :func:`load` does, but give a Case without calls as well (``inspect`` shows what is there).

    A path may be a :class:`Given`, which knows more of it; ``known`` is what somebody wrote down about all of
    them; ``beside`` are accounts read before (a store's), which those of these logs go before; ``asked`` bounds what
    is read from a database.
    """
    if tz is not None:
        times.zone_named(tz)
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    stored = [one for one in paths if store.is_store(one.path if isinstance(one, Given) else one)]
    if stored:
        return _of_store(stored, len(paths), asked)
    for one in paths:
        name = one.path if isinstance(one, Given) else os.fspath(one)
        if name.lower().startswith(("s3://", "file://")):
            store.Store.open(name)  # which says that there is none
    known = known or Known()
    by_name = [(tuple(patterns), chosen.as_format()) for patterns, chosen in known.mappings]
    for_all = ReadOptions(tz=tz, region=region, year=year)
    everywhere = recognising.as_format(mapping)
    files: list[File] = []
    seen: sources.Seen = set()
    for one in paths:
        given = one if isinstance(one, Given) else Given(os.fspath(one))
        options = replace(for_all, tz=given.tz or tz, year=given.year or year, own_clock=bool(given.tz))
        own = recognising.as_format(given.mapping) or everywhere
        files += [
            recognising.read(opened, options, own, by_name, given.format)
            for opened in sources.open_all([given.path], stdin=stdin, seen=seen, asked=asked)
        ]
    read = {f.display for f in files if f.reading is not None}
    # a sheet, or a database, that was named twice: it has been read
    files = [f for n, f in enumerate(files) if f.reading is not None or f.display not in read]
    if not files:
        shown = ", ".join(p.path if isinstance(p, Given) else os.fspath(p) for p in paths)
        raise InputError(
            f"{shown} is an empty folder",
            expected="log files",
            fix="Export the switch's log into it, or give another path.",
        )
    if everywhere is not None and not any(f.format == recognising.MAPPED for f in files):
        raise UsageError(
            f"the mapping {everywhere.title.removeprefix('by ')} fits none of the {len(files)} files",
            expected="a file with the columns it names",
            fix="Make one of this export: calltrace inspect FILE --map.",
        )
    pieces = _join(files)
    case = _assemble(files, pieces, for_all, known.accounts, beside)
    if now is not None:
        case.cache["now"] = now
    return case


def _of_store(
    stored: Sequence[str | os.PathLike[str] | Given], given: int, asked: sources.AskedTime | None
) -> Case:
    """Read a store: it was read, placed and rid of duplicates when it was filled."""
    first = stored[0].path if isinstance(stored[0], Given) else os.fspath(stored[0])
    if given > 1:
        raise UsageError(
            f"{first} is a store, and {given - 1} other path{'s were' if given > 2 else ' was'} given",
            expected="a store alone, or logs",
            fix="Bring the logs into the store: calltrace import PATH... --store STORE.",
        )
    kept = store.Store.open(first)
    if asked is None or not (asked.start or asked.end):
        return kept.read()
    last = kept.last_call()
    if last is None:
        return kept.read()
    from calltrace.intake.store import slices  # noqa: PLC0415 -- brings in Parquet

    start, until, now = slices.window(kept, last, asked.start, asked.end, asked.now)
    first_wanted = start - timedelta(days=asked.before_days)
    end_wanted = until + timedelta(days=asked.after_days) if asked.end else None
    if asked.beside and asked.start:
        extent = slices.extent(kept)
        known_until = min(until, now if asked.now else until, last + timedelta(seconds=1))
        low, high = asked.beside(extent, start, max(start, known_until)) or (None, None)
        case = slices.read(kept, low, high, (start - SHOWN, max(until, now) + SHOWN), lines=True)
        more = slices.accounts(kept, first_wanted, low) | slices.accounts(kept, high, end_wanted or last)
        return replace(case, slice_of=replace(extent, accounts=more))
    case = kept.read(start=first_wanted, end=end_wanted)
    if case.calls.empty:  # who asks is told what there is instead
        case = replace(case, slice_of=slices.extent(kept))
    return case


def require_calls(case: Case) -> None:
    """Raise InputError, saying what was found instead and what to do, where the case has no calls."""
    if not len(case.calls):
        raise no_calls.explained(case)


def _join(files: list[File]) -> list[Piece]:
    """Give the readings that are tables already, and what each family's join makes of the others.

    Files read with other options (a source in another zone) are another switch's, and joined apart.
    """
    pieces = []
    families: dict[tuple[str, ReadOptions], list[tuple[str, Reading]]] = {}
    for file in files:
        if file.reading is None:
            continue
        if file.family:
            key = (file.family, file.options)
            families.setdefault(key, []).append((file.format.replace("-", "_"), file.reading))
        else:
            pieces.append(Piece(file.format, file.reading, file.display, file.options.tz, file.options.own_clock))
    by_display = {f.display: f for f in files}
    for (family, options), readings in families.items():
        joined = import_module(f"calltrace.intake.{family}").join(readings, options)
        # rows of several files are told by their source; where none became a call, the first file says why
        first = next(f.display for f in files if f.family == family and f.options == options)
        for name, reading in joined:
            here = "" if len(reading.frame) else first
            pieces.append(Piece(name.replace("_", "-"), reading, here, options.tz, options.own_clock))
            for told in reading.problems:
                if told.at.file in by_display and told not in by_display[told.at.file].problems:
                    by_display[told.at.file].problems.append(told)
    return pieces


# --- putting the tables together ----------------------------------------------------------------------------


def _assemble(
    files: list[File],
    pieces: list[Piece],
    options: ReadOptions,
    known: pd.DataFrame | None = None,
    beside: pd.DataFrame | None = None,
) -> Case:
    all_files = [f.display for f in files]
    by_display = {f.display: f for f in files}
    frames: dict[str, pd.DataFrame] = {}
    told: list[Problem] = []

    def put(name: str, places: Places | None) -> None:
        """Conform the pieces of one table, and make one frame of them."""
        table = TABLES[name]
        parts = []
        for piece in (p for p in pieces if p.reading.table == name):
            frame = piece.reading.frame
            if places is not None:
                frame, problems = placing.placed(frame, table, places, piece)
                told.extend(problems)
            frame = conform(frame, table)
            frame["source_file"] = frame["source_file"].cat.set_categories(all_files)
            parts.append(frame)
        if not parts:
            return
        frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
        frame, problems = duplicates.without_duplicates(frame, table)
        told.extend(problems)
        frames[name] = frame

    put("accounts", None)
    accounts = frames.get("accounts")
    told += duplicates.claimed_twice(accounts)
    if beside is not None:
        accounts = beside if accounts is None else overlay(beside, accounts, TABLES["accounts"])
    if known is not None:
        accounts = overlay(accounts, known, TABLES["accounts"])
    zone, zone_from = placing.service_zone(accounts, pieces, options)
    places = placing.places_of(accounts, zone, zone_from, options)
    put("messages", places)
    if "messages" in frames:
        messages = frames["messages"].drop_duplicates("message_id")
        places.account_of_message = messages.set_index("message_id")["account"]
    for name in TABLES:
        if name not in ("accounts", "messages"):
            put(name, places)
    if "calls" in frames:
        frames["calls"] = placing.filled(frames["calls"], places)
    for name, frame in frames.items():
        main = TABLES[name].main_instant
        if main and not frame[main].is_monotonic_increasing:
            frames[name] = frame.sort_values(main, kind="stable", ignore_index=True)
    for problem in told:
        by_display[problem.at.file].problems.append(problem)
    listed = contributions.sources_of(files, pieces, frames)
    return Case(
        tables={name: frames[name] for name in TABLES if name in frames},
        sources=tuple(listed),
        problems=tuple(p for f in files for p in f.problems),
        zone=zone,
        zone_from=zone_from,
        logs_unanswered=not _hides(pieces, frames),
    )


def _hides(pieces: list[Piece], frames: dict[str, pd.DataFrame]) -> bool:
    """Say whether the calls come from a log that seems to leave out unanswered calls."""
    if any(p.reading.hides_unanswered for p in pieces):
        return True
    if "calls" not in frames:
        return False
    outcome = frames["calls"]["outcome"]
    return bool(
        quality.hides_unanswered(
            int((outcome == "answered").sum()), int(outcome.isin(quality.LOST).sum()), len(outcome)
        )
    )
