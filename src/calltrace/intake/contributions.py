"""What became of every file: the rows it gave to each table, and from when to when they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass
from calltrace.tables.case import Source
from calltrace.tables.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from calltrace.intake.placing import Piece
    from calltrace.intake.recognising import File


def sources_of(files: list[File], pieces: list[Piece], frames: dict[str, pd.DataFrame]) -> list[Source]:
    """Say what became of every file: a Source for each table it gave rows to, or one if it gave none."""
    codes = {f.display: i for i, f in enumerate(files)}
    pieces = [p for p in pieces if not p.reading.beside]
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
            first=file.first,
            last=file.last,
            dates=file.reading.dates if file.reading else (),
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


def _measured(base: Source, piece: Piece, frame: pd.DataFrame, figures: _Figures, code: int) -> Source:
    """Add the figures of the rows a file gave to one table."""
    table = TABLES[piece.reading.table]
    main = table.main_instant
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
