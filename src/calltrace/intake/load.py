"""Paths to one Case: detect, read, join, place in time, drop duplicates, and account for every file and row.

Knows no vendor's rules: a format's module reads, its family's ``join`` makes calls of legs and queue events.

What counts as a duplicate, within a file and across files:

- The same content twice (all columns, the source apart): one is kept, the others are counted as duplicates.
- The same identity (for a call: its id, account, dialled number and time) with other content: two states of
  one record, as when a call was exported while it went on. The one read last is kept, the others are left
  out.
- The same call id for calls at other times or numbers: ids are used again (a counter that started over), and
  all are kept, with a note.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fnmatch import fnmatch
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from calltrace.errors import InputError, Location, UsageError
from calltrace.intake import formats, quality, sources, store
from calltrace.intake.formats._base import Reading, ReadOptions, Stream
from calltrace.tables import owners, times
from calltrace.tables.case import Case, Source
from calltrace.tables.later import later
from calltrace.tables.overlay import overlay
from calltrace.tables.problems import UNREAD, Problem
from calltrace.tables.schema import SOURCE_COLUMNS, TABLES, Table, conform
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from calltrace.intake.formats._base import Format
    from calltrace.intake.mapping import Mapping

    Mask = NDArray[np.bool_]
else:
    pd = later("pandas")

SHOWN = timedelta(days=2)
"""How far beside the time asked about ids and names are read of a store's calls, where the others need none."""

MAPPED = "mapped"
"""What a file read by the user's own mapping is called among the formats."""

LIKELY_ZONES = {
    "US": (
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
        "America/Halifax",
        "America/St_Johns",
        "America/Regina",
    ),
    "CA": (
        "America/Toronto",
        "America/Winnipeg",
        "America/Edmonton",
        "America/Vancouver",
        "America/Halifax",
        "America/Regina",
        "America/St_Johns",
    ),
    "GB": ("Europe/London",),
    "IE": ("Europe/Dublin",),
    "DE": ("Europe/Berlin",),
    "AU": (
        "Australia/Sydney",
        "Australia/Brisbane",
        "Australia/Adelaide",
        "Australia/Darwin",
        "Australia/Perth",
    ),
    "NZ": ("Pacific/Auckland",),
}
"""By country, the zones a log's offsets are held against, the most populous first, where nothing else
tells."""


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


@dataclass
class _File:
    """What is known of one file while the case is put together."""

    display: str
    options: ReadOptions = field(default_factory=ReadOptions)
    format: str = ""
    table: str = ""
    recognised_by: str = ""
    problems: list[Problem] = field(default_factory=list)
    reading: Reading | None = None
    family: str = ""


@dataclass
class _Piece:
    """One reading that is a table of the generic layout, whichever files it came from."""

    format: str
    reading: Reading
    file: str
    tz: str | None = None
    own_clock: bool = False
    zone: str = ""
    zone_from: str = ""


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
    everywhere = _mapped(mapping)
    files: list[_File] = []
    seen: sources.Seen = set()
    for one in paths:
        given = one if isinstance(one, Given) else Given(os.fspath(one))
        options = replace(for_all, tz=given.tz or tz, year=given.year or year, own_clock=bool(given.tz))
        own = _mapped(given.mapping) or everywhere
        files += [
            _read_one(opened, options, own, by_name, given.format)
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
    if everywhere is not None and not any(f.format == MAPPED for f in files):
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
    if len(case.calls):
        return
    if case.slice_of is not None:
        begin, end = (f"{times.local(at, case.zone):%Y-%m-%d %H:%M}" for at in (case.slice_of.first, case.slice_of.last))
        raise InputError(
            f"the store holds no call of that time: its calls are of {begin} to {end}",
            expected="a time of which calls are on record",
            fix="Ask about another time, or import the logs of that one.",
        )
    found = [s for s in case.sources if s.format]
    of_calls = [s for s in found if s.table == "calls"]
    if of_calls:
        first = of_calls[0]
        told = [p for p in first.problems if p.effect == "left-out"]
        reason = f": {told[0].saw} (line {told[0].at.line})" if told and told[0].at.line else ""
        kept = sum(s.calls or 0 for s in of_calls)
        total = sum(s.rows for s in of_calls)
        legs = "outgoing, internal or agents' legs"
        if kept:  # read, and then all outside the time that was asked for
            saw, fix = f"none of the {kept} calls on record lies in that time", "Give another --from and --to."
        elif not first.rows:
            saw = f"{first.path} has no rows below its header"
            fix = "Export the log for a time in which there were calls."
        elif told and not 0 < first.left_out < first.rows:
            unread = "its one row could not" if first.rows == 1 else f"none of its {first.rows} rows could"
            saw, fix = f"{first.path}: {unread} be read{reason}", "Correct the file or export it again."
            if told[0].kind in {"bad-time", "bad-number"}:  # every row alike: that is how the export writes them
                fix = "If the export writes them so, `calltrace inspect FILE --map` proposes how to read it."
        else:
            rest = f"all {legs}"
            if told:
                rest = f"{first.left_out} left out{reason}, the others {legs}"
            held = f"{total} rows, none of them a caller's call" if total > 1 else "one row, and no caller's call"
            saw = f"{first.path} has {held}: {rest if total > 1 else f'one of the {legs}'}"
            fix = "Export the incoming calls as well, or a time in which there were some."
        raise InputError(saw, expected="calls" if not told else told[0].expected, fix=fix)
    if found:
        tables = ", ".join(sorted({s.table for s in found}))
        torn = [p for s in case.sources for p in s.problems if p.kind in UNREAD and not p.at.line]
        raise InputError(
            f"there are no calls among the {len(found)} file{'s' * (len(found) > 1)} that could be read ({tables})",
            expected="the switch's call log",
            fix=" ".join(["Add the file with the calls.", *(f"Not read, or not whole: {p}" for p in torn[:5])]),
        )
    reasons = [p for s in case.sources for p in s.problems]
    if len(case.sources) == 1 and reasons:
        why = "; ".join(p.saw for p in reasons)
        raise InputError(f"{case.sources[0].path}: {why}", expected=reasons[-1].expected, fix=reasons[-1].fix)
    shown = "; ".join(f"{p.at.file}: {p.saw}" for p in reasons[:5])
    more = f" and {len(reasons) - 5} more" if len(reasons) > 5 else ""
    raise InputError(
        f"none of the {len(case.sources)} files could be read as a log ({shown}{more})",
        expected="a call log: " + ", ".join(n.replace("_", "-") for n in formats.NAMES),
        fix="Give the switch's log; `calltrace inspect PATH` says how each file is understood.",
    )


def _mapped(mapping: str | os.PathLike[str] | Mapping | None) -> Format | None:
    """Return the format a mapping makes, None where none is given."""
    if mapping is None:
        return None
    from calltrace.intake import mapping as mappings  # noqa: PLC0415 -- only who gives one pays for it

    chosen = mapping if isinstance(mapping, mappings.Mapping) else mappings.of_file(mapping)
    return chosen.as_format()


def _read_one(
    opened: sources.Opened,
    options: ReadOptions,
    by_mapping: Format | None = None,
    by_name: Sequence[tuple[tuple[str, ...], Format]] = (),
    only: str = "",
) -> _File:
    """Detect and read one file; a mapping goes before every format, for whoever made it knows the log."""
    file = _File(opened.display, options, problems=list(opened.problems))
    stream = opened.stream
    if stream is None:
        return file
    base = stream.display.replace("!", "/").rpartition("/")[2]
    mapped = [by_mapping] if by_mapping is not None else []
    mapped += [f for patterns, f in by_name if any(fnmatch(n, p) for p in patterns for n in (base, stream.display))]
    tried = [(MAPPED, f) for f in mapped]
    names = (only.replace("-", "_"),) if only else formats.in_order()
    # a format is imported when its turn comes: mostly one of the first knows the file
    for name, chosen in chain(tried, ((n, formats.get(n)) for n in names)):
        recognised = chosen.detect(stream.head)
        if recognised is None:
            continue
        reading = chosen.read(stream, options)
        if stream.line_of is not None:
            reading = _where_it_came_from(reading, stream.line_of)
        file.format, file.recognised_by = name.replace("_", "-"), recognised
        file.table, file.reading, file.family = reading.table, reading, chosen.family
        file.problems.extend(reading.problems)
        return file
    file.problems.append(_unrecognised(stream) if not only else _another(stream, only))
    return file


def _another(stream: Stream, only: str) -> Problem:
    """Say that a file is not of the one format it was said to be of."""
    found = next((n for n in formats.in_order() if formats.get(n).detect(stream.head) is not None), "")
    return sources.problem(
        stream.display,
        f"a file that is not {only}" + (f", but {found.replace('_', '-')}" if found else ""),
        f"{only}, as its source's format says",
        "It was not read. Leave the format out to have each file recognised by its content.",
        kind="unrecognised",
    )


def _where_it_came_from(reading: Reading, line_of: NDArray[np.int64]) -> Reading:
    """Put the lines of a dump, or the rows of a database, in place of the lines of the text made of them."""

    def place(lines: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = line_of[np.clip(lines - 1, 0, len(line_of) - 1)]
        return found

    frame = reading.frame
    if "source_line" in frame.columns:
        frame = frame.assign(source_line=place(frame["source_line"].to_numpy(dtype=np.int64)))
    problems = tuple(
        replace(p, at=replace(p.at, line=int(place(np.array([p.at.line]))[0]))) if p.at.line else p
        for p in reading.problems
    )
    return replace(reading, frame=frame, problems=problems)


def _unrecognised(stream: Stream) -> Problem:
    near = import_module("calltrace.intake.formats.generic").nearly(stream.head)
    return sources.problem(
        stream.display,
        "a file of no known format" + (f": {near}" if near else ""),
        "a log with a known header or records",
        "It was not read. If it is a log of another kind, `calltrace inspect FILE --map` proposes how to read it.",
        kind="unrecognised",
    )


def _join(files: list[_File]) -> list[_Piece]:
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
            pieces.append(_Piece(file.format, file.reading, file.display, file.options.tz, file.options.own_clock))
    by_display = {f.display: f for f in files}
    for (family, options), readings in families.items():
        joined = import_module(f"calltrace.intake.{family}").join(readings, options)
        # rows of several files are told by their source; where none became a call, the first file says why
        first = next(f.display for f in files if f.family == family and f.options == options)
        for name, reading in joined:
            here = "" if len(reading.frame) else first
            pieces.append(_Piece(name.replace("_", "-"), reading, here, options.tz, options.own_clock))
            for told in reading.problems:
                if told.at.file in by_display and told not in by_display[told.at.file].problems:
                    by_display[told.at.file].problems.append(told)
    return pieces


# --- putting the tables together ----------------------------------------------------------------------------


@dataclass
class _Places:
    """Whose zone a row is in: what the accounts table says, and what the option or the machine does."""

    zones: dict[str, str]
    of_number: dict[str, str]
    default: str
    default_from: str
    account_of_message: pd.Series[str] | None = None


def _assemble(
    files: list[_File],
    pieces: list[_Piece],
    options: ReadOptions,
    known: pd.DataFrame | None = None,
    beside: pd.DataFrame | None = None,
) -> Case:
    all_files = [f.display for f in files]
    by_display = {f.display: f for f in files}
    frames: dict[str, pd.DataFrame] = {}
    told: list[Problem] = []

    def put(name: str, places: _Places | None) -> None:
        """Conform the pieces of one table, and make one frame of them."""
        table = TABLES[name]
        parts = []
        for piece in (p for p in pieces if p.reading.table == name):
            frame = piece.reading.frame
            if places is not None:
                frame, problems = _placed(frame, table, places, piece)
                told.extend(problems)
            frame = conform(frame, table)
            frame["source_file"] = frame["source_file"].cat.set_categories(all_files)
            parts.append(frame)
        if not parts:
            return
        frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
        frame, problems = _without_duplicates(frame, table)
        told.extend(problems)
        frames[name] = frame

    put("accounts", None)
    accounts = frames.get("accounts")
    told += _claimed_twice(accounts)
    if beside is not None:
        accounts = beside if accounts is None else overlay(beside, accounts, TABLES["accounts"])
    if known is not None:
        accounts = overlay(accounts, known, TABLES["accounts"])
    zone, zone_from = _service_zone(accounts, pieces, options)
    places = _places(accounts, zone, zone_from, options)
    put("messages", places)
    if "messages" in frames:
        messages = frames["messages"].drop_duplicates("message_id")
        places.account_of_message = messages.set_index("message_id")["account"]
    for name in TABLES:
        if name not in ("accounts", "messages"):
            put(name, places)
    if "calls" in frames:
        frames["calls"] = _filled(frames["calls"], places)
    for name, frame in frames.items():
        main = _main_instant(TABLES[name])
        if main and not frame[main].is_monotonic_increasing:
            frames[name] = frame.sort_values(main, kind="stable", ignore_index=True)
    for problem in told:
        by_display[problem.at.file].problems.append(problem)
    listed = _sources(files, pieces, frames)
    return Case(
        tables={name: frames[name] for name in TABLES if name in frames},
        sources=tuple(listed),
        problems=tuple(p for f in files for p in f.problems),
        zone=zone,
        zone_from=zone_from,
        logs_unanswered=not _hides(pieces, frames),
    )


def _places(accounts: pd.DataFrame | None, zone: str, zone_from: str, options: ReadOptions) -> _Places:
    return _Places(
        zones={} if accounts is None else _pairs(accounts, "account", "timezone"),
        of_number={} if accounts is None else owners.account_of_number(accounts),
        default=options.tz or (zone if zone_from == "account" else times.machine_zone()),
        default_from="option" if options.tz else ("account" if zone_from == "account" else "machine"),
    )


class Stretches:
    """Places calls as a Case has them, one stretch of a file after another: for files too large to hold.

    ``accounts`` are those known, with their zones and numbers. ``sample`` has rows from all over the file, by
    whose offsets the service's own zone is told.
    """

    def __init__(self, sample: Reading, accounts: pd.DataFrame | None, options: ReadOptions) -> None:
        # one switch's own clock is not the service's
        service = replace(options, tz=None) if options.own_clock else options
        self.zone, self.zone_from = _service_zone(accounts, [_Piece("generic", sample, "")], service)
        self._places = _places(accounts, self.zone, self.zone_from, options)
        self._options = options

    def place(self, reading: Reading) -> tuple[pd.DataFrame, list[Problem], str, str]:
        """Return a stretch's calls typed, their problems, the zone of their times and how it is known."""
        piece = _Piece("generic", reading, "", self._options.tz, self._options.own_clock)
        frame, problems = _placed(reading.frame, TABLES["calls"], self._places, piece)
        calls = _filled(conform(frame, TABLES["calls"]), self._places)
        return calls, problems, piece.zone, piece.zone_from

    def accounts_of(self, numbers: Sequence[str | None]) -> list[str | None]:
        """Return whose numbers these are, the number itself where nobody's."""
        return [None if n is None else self._places.of_number.get(n, n) for n in numbers]


def _hides(pieces: list[_Piece], frames: dict[str, pd.DataFrame]) -> bool:
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


def _main_instant(table: Table) -> str:
    """Return the column a table is sorted by: its first instant that may not be empty; '' for accounts."""
    return next((c.name for c in table.columns if c.kind == "instant" and not c.nullable), "")


def _pairs(frame: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    known = frame[frame[value].notna()]
    return dict(zip(known[key], known[value], strict=True))


def _claimed_twice(accounts: pd.DataFrame | None) -> list[Problem]:
    """Tell of numbers that a second account of the files has as well: whose their calls are is not known by them."""
    told: list[Problem] = []
    found: dict[str, str] = {}
    for number, account, place in [] if accounts is None else owners.numbers_of(accounts):
        other = found.setdefault(number, account)
        if accounts is not None and other != account:
            told.append(Problem(
                at=_location(accounts.iloc[place]),
                saw=visible(f"{number} is a number of account {account} and of {other}"),
                expected="each number with one account",
                fix="Kept, but a call that names no account is not laid to either by it. Correct the accounts table.",
                table="accounts", effect="noted", kind="number-claimed-twice"))  # fmt: skip
    return told


def _service_zone(
    accounts: pd.DataFrame | None, pieces: list[_Piece], options: ReadOptions
) -> tuple[str, str]:
    """Return the service's own zone, and how it is known (as in ``Case.zone_from``)."""
    if options.tz:
        return options.tz, "option"
    if accounts is not None and accounts["timezone"].notna().any():
        counts = accounts["timezone"].value_counts()
        return str(min(counts[counts == counts.max()].index)), "account"
    of_calls = [p.reading for p in pieces if p.reading.table == "calls" and len(p.reading.frame)]
    for reading in of_calls:
        if reading.zone_from not in ("", "offset") and times.is_zone(reading.zone):
            return reading.zone, reading.zone_from
    for reading in of_calls:
        zone = _zone_of(reading.frame, options)
        if zone:
            return zone, "offset"
    return times.machine_zone(), "machine"


def _zone_of(frame: pd.DataFrame, options: ReadOptions) -> str:
    """Return the zone the calls' offsets fit, '' where there are none or all are UTC, which says nothing."""
    if "offered_at__offset" not in frame.columns:
        return ""
    offsets = frame["offered_at__offset"].to_numpy(dtype=float)
    known = offsets[~np.isnan(offsets)]
    if not len(known) or not known.any():
        return ""
    machine = times.machine_zone()
    instants = (
        frame["offered_at"]
        if isinstance(frame["offered_at"].dtype, pd.DatetimeTZDtype)
        else (frame["offered_at"].dt.tz_localize("UTC"))
    )  # rows with an offset are UTC already, the others have none
    likely = LIKELY_ZONES.get(options.region, ()) + LIKELY_ZONES["US"]
    found = times.zone_of_offsets(instants, offsets, (machine, *likely))
    if found:
        return found
    hours = known[0] / 60
    if (known == known[0]).all() and hours == int(
        hours
    ):  # a zone of the Etc area has its sign the other way round
        return f"Etc/GMT{-int(hours):+d}"
    return ""


def _accounts_of_rows(frame: pd.DataFrame, table: Table, places: _Places) -> pd.Series[str] | None:
    """Return the account each row is about, NA for none; None where no row of the table can be."""
    if table.name in ("calls", "messages", "oncall") and "account" in frame.columns:
        of = frame["account"].astype("string")
        if table.name == "calls" and "dnis" in frame.columns:
            of = of.fillna(frame["dnis"].map(places.of_number).astype("string"))
        return of
    if table.name == "calls" and "dnis" in frame.columns:
        return frame["dnis"].map(places.of_number).astype("string")
    if table.name == "line_tests":
        return frame["number"].map(places.of_number).astype("string")
    if table.name == "events" and "target" in frame.columns:
        return frame["target"].where(frame["scope"] == "account").astype("string")
    if table.name == "dispatch" and places.account_of_message is not None:
        return frame["message_id"].map(places.account_of_message).astype("string")
    return None


def _placed(
    frame: pd.DataFrame, table: Table, places: _Places, piece: _Piece
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the frame with times that had no offset placed in their zones, and what was odd about them."""
    piece.zone, piece.zone_from = piece.reading.zone, piece.reading.zone_from
    naive_columns = [
        c.name
        for c in table.columns
        if c.kind == "instant"
        and c.name in frame.columns
        and not isinstance(frame[c.name].dtype, pd.DatetimeTZDtype)
    ]
    if not naive_columns:
        return frame, []
    if frame.empty:
        none = {n: frame[n].astype("datetime64[us]").dt.tz_localize("UTC") for n in naive_columns}
        return frame.assign(**none), []
    frame = frame.copy()
    problems: list[Problem] = []
    of = None if piece.own_clock else _accounts_of_rows(frame, table, places)
    own = None if of is None else of.map(places.zones).astype("string")
    zones = (
        pd.Series(piece.tz or places.default, index=frame.index, dtype="string")
        if own is None
        else own.fillna(piece.tz or places.default)
    )
    used_own = own is not None and bool(own.notna().any())
    used_default = own is None or bool(own.isna().any())
    for name in naive_columns:
        values = frame[name].astype("datetime64[us]")
        marked = f"{name}__naive"
        naive = (
            frame[marked].to_numpy(dtype=bool) if marked in frame.columns else np.ones(len(frame), dtype=bool)
        )
        result = values.dt.tz_localize("UTC")
        for zone in sorted(zones[naive & values.notna().to_numpy()].unique()):
            rows = naive & (zones == zone).to_numpy(dtype=bool)
            found = times.localise(values[rows], str(zone))
            result.loc[rows] = found.instants
            problems += _clock_problems(frame.loc[rows], table, name, found, str(zone))
        frame[name] = result
    if naive_columns:
        seen = sorted(zones.unique())
        piece.zone = str(seen[0]) if len(seen) == 1 else ", ".join(str(z) for z in seen)
        ways = ["account"] * used_own + ["option" if piece.tz else places.default_from] * used_default
        if piece.reading.zone_from == "offset" or any(
            f"{n}__naive" in frame.columns
            and not frame[f"{n}__naive"].all()
            and frame[n][~frame[f"{n}__naive"]].notna().any()
            for n in naive_columns
        ):
            ways = ["offset", *ways]
        piece.zone_from = ", ".join(dict.fromkeys(ways))
    return frame, problems


def _clock_problems(
    frame: pd.DataFrame, table: Table, column: str, found: times.Localised, zone: str
) -> list[Problem]:
    """Return a Problem for each time that fell into a clock change and could not be told."""
    problems = []
    for mask, saw, expected, fix, effect in (
        (
            found.nonexistent,
            "does not exist: the clock was put forward",
            "a time the clock showed",
            "Read as a clock not yet put forward, {at:%H:%MZ}; log with an offset.",
            "repaired",
        ),
        (
            found.ambiguous,
            "came twice: the clock was put back",
            "an offset to tell which",
            "The first was taken, {at:%H:%MZ}, which may be an hour early; log with an offset.",
            "noted",
        ),
    ):
        for place in np.flatnonzero(mask):
            row = frame.iloc[int(place)]
            at = found.instants.iloc[int(place)]
            problems.append(
                Problem(
                    at=_location(row),
                    saw=f"{column} in {zone} {saw} ({row[column]:%Y-%m-%d %H:%M:%S})",
                    expected=expected,
                    fix=fix.format(at=at),
                    table=table.name,
                    effect="repaired" if effect == "repaired" else "noted",
                    kind="clock-change",
                )
            )
    return problems


def _location(row: pd.Series[str]) -> Location:
    return Location(str(row["source_file"]), 0 if pd.isna(row["source_line"]) else int(row["source_line"]))


def _filled(calls: pd.DataFrame, places: _Places) -> pd.DataFrame:
    """Give calls without an account the account of the number they dialled, else that number itself."""
    unknown = calls["account"].isna()
    if not unknown.any():
        return calls
    dialled = calls["dnis"]
    named = dialled.map(places.of_number).astype("string").fillna(dialled)
    return calls.assign(account=calls["account"].fillna(named))


def _without_duplicates(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Drop rows that are there twice (see the module's docstring); at most one Problem a file and kind."""
    if len(frame) < 2:
        return frame, []
    key = ["call_id"] if table.name == "calls" else list(table.identity[:2])
    if not frame.duplicated(key).any():  # cheap, and nearly always the end of it
        return frame, []
    suspects = frame[frame.duplicated(key, keep=False)]
    content = [c for c in table.names if c not in SOURCE_COLUMNS]
    same = suspects.duplicated(content)
    left = suspects[~same]
    outdated = left.duplicated(list(table.identity), keep="last")
    problems = _told_by_file(
        suspects[same],
        table,
        "rows that are there already, the same in every column",
        "each row once",
        "Each is counted once.",
        "duplicate",
    )
    problems += _told_by_file(
        left[outdated],
        table,
        f"rows of the same {' and '.join(table.identity)} with other content",
        "one row each",
        "The row read last was kept; if that is the older one, give the newer file last.",
        "conflict",
    )
    if table.name == "calls":
        again = left[~outdated]
        again = again[again.duplicated(key)]
        problems += _told_by_file(
            again,
            table,
            f"call ids used again for another call (the first is {again['call_id'].iloc[0]})"
            if len(again)
            else "",
            "an id for each call",
            "All are kept as calls of their own.",
            "id-reused",
            noted=True,
        )
    gone = suspects.index[same].union(left.index[outdated])
    return frame.drop(index=gone).reset_index(drop=True), problems


def _told_by_file(  # noqa: PLR0917 -- in the order of a Problem
    rows: pd.DataFrame, table: Table, what: str, expected: str, fix: str, kind: str, *, noted: bool = False
) -> list[Problem]:
    if rows.empty:
        return []
    return [
        Problem(
            at=_location(group.iloc[0]),
            saw=f"{len(group)} {what}",
            expected=expected,
            fix=fix,
            table=table.name,
            effect="noted" if noted else "left-out",
            rows=len(group),
            kind=kind,
        )
        for _, group in rows.groupby("source_file", observed=True, sort=False)
    ]


def _sources(files: list[_File], pieces: list[_Piece], frames: dict[str, pd.DataFrame]) -> list[Source]:
    """Say what became of every file: a Source for each table it gave rows to, or one if it gave none."""
    codes = {f.display: i for i, f in enumerate(files)}
    given = {id(p): set(p.reading.frame["source_file"].unique()) for p in pieces if not p.file}
    figures = {name: _figures(frame) for name, frame in frames.items()}
    listed: list[Source] = []
    for file in files:
        mine = [
            p
            for p in pieces
            if p.file == file.display
            or (not p.file and file.display in given[id(p)])
            # records that hold no caller's attempt at all: their account is given all the same
            or (
                not p.file
                and not len(p.reading.frame)
                and p.reading.table == "calls"
                and p.format == file.format
            )
        ]
        base = Source(
            path=file.display,
            format=file.format,
            table=file.table,
            recognised_by=file.recognised_by,
            rows=file.reading.rows if file.reading else 0,
            problems=tuple(file.problems),
            left_out=sum(p.rows for p in file.problems if p.effect == "left-out"),
            zone=file.reading.zone if file.reading else "",
            zone_from=file.reading.zone_from if file.reading else "",
            notes=file.reading.notes if file.reading else (),
            hides_unanswered=bool(file.reading and file.reading.hides_unanswered),
        )
        if not mine:
            listed.append(base)
        listed.extend(
            _measured(base, p, frames[p.reading.table], figures[p.reading.table], codes[file.display]) for p in mine
        )
    return listed


@dataclass(frozen=True)
class _Figures:
    """How many rows of a table each file gave, by the file's number, and where they lie.

    ``first`` and ``last`` are places in the table, which is sorted by time.
    """

    rows: dict[int, int]
    answered: dict[int, int]
    first: dict[int, int]
    last: dict[int, int]


def _figures(frame: pd.DataFrame) -> _Figures:
    """Count the rows of every file at once: there may be thousands of files."""
    codes = frame["source_file"].cat.codes.to_numpy()
    seen, first, rows = np.unique(codes, return_index=True, return_counts=True)
    last = len(codes) - 1 - np.unique(codes[::-1], return_index=True)[1]
    answered: dict[int, int] = {}
    if "outcome" in frame.columns:
        chosen = codes[(frame["outcome"] == "answered").to_numpy(dtype=bool)]
        answered = dict(zip(*(part.tolist() for part in np.unique(chosen, return_counts=True)), strict=True))
    files = seen.tolist()
    return _Figures(
        dict(zip(files, rows.tolist(), strict=True)),
        answered,
        dict(zip(files, first.tolist(), strict=True)),
        dict(zip(files, last.tolist(), strict=True)),
    )


def _measured(base: Source, piece: _Piece, frame: pd.DataFrame, figures: _Figures, code: int) -> Source:
    """Add the figures of the rows a file gave to one table."""
    table = TABLES[piece.reading.table]
    main = _main_instant(table)
    timed = bool(main) and code in figures.rows
    is_calls = table.name == "calls"
    return replace(
        base,
        table=table.name,
        format=base.format or piece.format,
        problems=tuple(
            p for p in base.problems if not p.table or p.table == table.name or p.table not in TABLES
        ),
        calls=figures.rows.get(code, 0) if is_calls else None,
        answered=figures.answered.get(code, 0) if is_calls else None,
        first=frame[main].iloc[figures.first[code]] if timed else None,
        last=frame[main].iloc[figures.last[code]] if timed else None,
        zone=piece.zone or base.zone,
        zone_from=piece.zone_from or base.zone_from,
        notes=(*base.notes, *(n for n in piece.reading.notes if n not in base.notes)),
        hides_unanswered=base.hides_unanswered or piece.reading.hides_unanswered,
        starts=piece.reading.starts if base.starts is None else base.starts,
    )
