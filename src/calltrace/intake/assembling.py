"""Files that were read into one Case: what belongs together is joined, every table is typed, placed and in order.

Knows no vendor's rules: a format's module has read, its family's ``join`` makes calls of legs and queue events.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from calltrace.intake import contributions, duplicates, placing, quality, strangers, torn
from calltrace.intake.placing import Piece, Places
from calltrace.tables.case import Case
from calltrace.tables.later import later
from calltrace.tables.overlay import overlay
from calltrace.tables.schema import TABLES, conform

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.formats._base import Join, Reading, ReadOptions
    from calltrace.intake.recognising import File
    from calltrace.tables.problems import Problem
else:
    pd = later("pandas")

ELDER = "elder states"
"""What a Case has in its cache: by table, rows of other files or lines on records whose last state is in the table."""


def join(files: list[File]) -> list[Piece]:
    """Give the readings that are tables already, and what each family's join makes of the others.

    Files read with other options (a source in another zone) are another switch's, and joined apart.
    """
    pieces: list[Piece] = []
    families: dict[tuple[str, ReadOptions], list[tuple[str, Reading]]] = {}
    for file in files:
        if file.reading is None:
            continue
        if file.family:
            key = (file.family, file.options)
            families.setdefault(key, []).append((file.format.replace("-", "_"), file.reading))
        else:
            pieces.extend(
                Piece(file.format, reading, file.display, file.options.tz, file.options.own_clock)
                for reading in (file.reading, *file.reading.further))
    by_display = {f.display: f for f in files}
    for (family, options), readings in families.items():
        join_family: Join = import_module(f"calltrace.intake.{family}").join
        joined = join_family(readings, options)
        # rows of several files are told by their source; where none became a call, the first file says why
        first = next(f.display for f in files if f.family == family and f.options == options)
        for name, reading in joined:
            here = "" if len(reading.frame) else first
            pieces.append(Piece(name.replace("_", "-"), reading, here, options.tz, options.own_clock))
            for told in reading.problems:
                if told.at.file in by_display and told not in by_display[told.at.file].problems:
                    by_display[told.at.file].problems.append(told)
    return pieces


def assemble(
    files: list[File],
    pieces: list[Piece],
    options: ReadOptions,
    known: pd.DataFrame | None = None,
    beside: pd.DataFrame | None = None,
) -> Case:
    """Make one Case of the pieces of some files.

    ``known`` are accounts whose zones and numbers go before all others', and that are not part of the Case; ``beside``
    are accounts read before, which those of these files go before.
    """
    all_files = [f.display for f in files]
    by_display = {f.display: f for f in files}
    named: dict[int, dict[str, str]] = {}
    frames: dict[str, pd.DataFrame] = {}
    elder: dict[str, pd.DataFrame] = {}
    told: list[Problem] = []

    def put(name: str, places: Places | None) -> None:
        """Conform the pieces of one table, and make one frame of them."""
        table = TABLES[name]
        parts = []
        for piece in (p for p in pieces if p.reading.table == name):
            frame = strangers.named(piece.reading.frame, table, named.get(id(piece), {}))
            if places is not None:
                frame, problems = placing.placed(frame, table, places, piece)
                told.extend(problems)
            frame = conform(frame, table)
            frame["source_file"] = frame["source_file"].cat.set_categories(all_files)
            parts.append(frame)
        if not parts:
            return
        frame = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
        frames[name], elder[name], problems = duplicates.without_duplicates(frame, table)
        told.extend(_of_rows(problems, name, pieces) if problems else ())

    put("accounts", None)
    accounts = frames.get("accounts")
    told += duplicates.claimed_twice(accounts)
    if beside is not None:
        accounts = beside if accounts is None else overlay(beside, accounts, TABLES["accounts"])
    if known is not None:
        accounts = overlay(accounts, known, TABLES["accounts"])
    named |= strangers.settled(pieces, accounts)
    zone, zone_from = placing.service_zone(accounts, pieces, options)
    places = placing.places_of(accounts, zone, zone_from, options)
    put("messages", places)
    if "messages" in frames:
        messages = frames["messages"].drop_duplicates("message_id")
        places.account_of_message = messages.set_index("message_id")["account"]
    for name in TABLES:
        if name not in ("accounts", "messages"):
            put(name, places)
    for found in (f for f in (frames, elder) if "calls" in f):
        found["calls"] = placing.filled(found["calls"], places)
    if "calls" in frames:
        told += placing.of_no_country(frames["calls"], options.region)
        told += strangers.told(frames["calls"], accounts)
    for name, frame in frames.items():
        main = TABLES[name].main_instant
        if main and not frame[main].is_monotonic_increasing:
            frames[name] = frame.sort_values(main, kind="stable", ignore_index=True)
    for problem in told:
        by_display[problem.at.file].problems.append(problem)
    listed = contributions.sources_of(files, pieces, frames)
    sources, problems = torn.all_settled(listed, (p for f in files for p in f.problems), torn.made_up_for(listed))
    return Case(
        tables={name: frames[name] for name in TABLES if name in frames},
        sources=sources,
        problems=problems,
        zone=zone,
        zone_from=zone_from,
        logs_unanswered=not _hides(pieces, frames),
        cache={ELDER: {name: frame for name, frame in elder.items() if len(frame)}},
    )


def _of_rows(problems: list[Problem], table: str, pieces: list[Piece]) -> list[Problem]:
    """Return the problems of files that have rows of the table, not of those from whose calls it is only read off.

    Two rings of one phone that end in the same second are one event, and no row of the log is lost by it.
    """
    own: set[str] = set()
    beside: set[str] = set()
    for piece in (p for p in pieces if p.reading.table == table):
        files = beside if piece.reading.beside else own
        files.update(str(file) for file in piece.reading.frame["source_file"].unique())
    return [p for p in problems if p.at.file not in beside - own]


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
