"""A mapping proposed: which column is what, by its name and all of its values.

A name alone proves nothing (``duration`` may be a word) and values alone little (two columns of telephone numbers
look alike), so a column is proposed where its name fits and every value could be what the name says. Each
proposal comes with its reason and examples, for somebody who knows the log to look over.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake.delimited import short
from calltrace.intake.mapping import grid, values
from calltrace.intake.mapping.choosing import explained
from calltrace.intake.mapping.fills import ASKED, Mapping
from calltrace.intake.mapping.making import Maker, before_of
from calltrace.intake.mapping.seen import Seen, seen_in

if TYPE_CHECKING:
    from calltrace.intake.delimited import Rows
    from calltrace.intake.formats._base import ReadOptions, Stream
    from calltrace.tables.problems import Problem


@dataclass(frozen=True)
class Shown:
    """What one column would become: the table's column, '' for none, the reason, and examples before and after."""

    source: str
    target: str
    why: str
    before: str = ""
    after: str = ""
    undecided: str = ""


@dataclass(frozen=True)
class Proposal:
    """A mapping, how each column came to its place, and what is lacking before it can be used.

    ``open`` has what must be decided first; ``problems`` what reading by it would leave out.
    """

    mapping: Mapping
    columns: tuple[Shown, ...]
    open: tuple[str, ...]
    rows: int
    read: int
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    remarks: dict[str, str] = field(default_factory=dict)


def propose(stream: Stream, options: ReadOptions) -> Proposal:
    """Propose how a file should be read.

    Parameters
    ----------
    stream : Stream
        Any text of rows.
    options : ReadOptions
        The region of telephone numbers, the zone of times.

    Returns
    -------
    Proposal
        Usable where ``open`` is empty.

    Raises
    ------
    InputError
        Where no rows can be made out.
    """
    form = grid.form_of(stream)
    rows = grid.rows_of(stream, form, "calls")
    cells = {name: values.trimmed(texts) for name, texts in rows.cells.items()}
    rows = _without_junk(rows, cells)
    cells = {name: values.trimmed(texts) for name, texts in rows.cells.items()}
    seen = {name: seen_in(name, texts, rows.lines) for name, texts in cells.items()}
    table, chosen, when = explained(seen, named=form.header)
    maker = Maker(table, seen, rows, asked=not options.tz)
    maker.fill(chosen, when)
    fills = {c.name: maker.fills[c.name] for c in table.columns if c.name in maker.fills}
    mapping = Mapping(table.name, form, fills, maker.keep, "", "the mapping")
    lacking = [c for c in table.required if c not in fills]
    open_ = [f"nothing fits {c} ({table.column(c).meaning})" for c in lacking]
    open_ += [f"{name}: {f.undecided}" for name, f in fills.items() if f.undecided]
    asked = [f"{name}: {maker.remarks[name]}" for name, f in fills.items() if ASKED in f.words.values()]
    reading = None if open_ else _without_asking(mapping).read(stream, options)
    open_ += asked
    after: dict[str, str] = {}
    if reading is not None:
        after = {n: _shown(reading.frame[n]) for n in fills if n in reading.frame.columns}
    columns = tuple(_show(seen[c], maker, after) for c in form.columns)
    if reading is None:
        return Proposal(mapping, columns, tuple(open_), rows.rows, 0, remarks=maker.remarks)
    if asked:
        return Proposal(mapping, columns, tuple(asked), rows.rows, 0, reading.problems, reading.notes, maker.remarks)
    nothing = ("no row would be read by it: see the problems of the rows",) if rows.rows and reading.frame.empty else ()
    return Proposal(
        mapping, columns, nothing, rows.rows, len(reading.frame), reading.problems, reading.notes, maker.remarks
    )


def _without_asking(mapping: Mapping) -> Mapping:
    """Return the mapping with the words nobody decided left out, to see what else is wrong with the rows."""
    fills = {
        name: replace(fill, words={w: "" if to == ASKED else to for w, to in fill.words.items()})
        for name, fill in mapping.fills.items()
    }
    return replace(mapping, fills=fills)


def _shown(column: object) -> str:
    texts = [str(v) for v in column.dropna().head(200).tolist()]  # type: ignore[attr-defined]
    return values.examples([short(t, 40) for t in texts])


def _without_junk(rows: Rows, cells: dict[str, pa.Array]) -> Rows:
    """Leave rows out of the judgement that hold less than half the values: totals, titles, footers."""
    filled = np.zeros(len(rows.lines), dtype=np.int64)
    for texts in cells.values():
        filled += values.there(texts)
    usual = np.median(filled) if len(filled) else 0
    keep = filled * 2 > usual
    header = np.ones(len(rows.lines), dtype=bool)
    for name, texts in cells.items():
        header &= pc.fill_null(pc.equal(texts, name), fill_value=name.startswith("column ")).to_numpy(zero_copy_only=False)
    keep &= ~header
    if keep.all():
        return rows
    mask = pa.array(keep)
    return replace(rows, cells={n: c.filter(mask) for n, c in rows.cells.items()}, lines=rows.lines[keep])


def _show(one: Seen, maker: Maker, after: dict[str, str]) -> Shown:
    targets = [t for t, f in maker.fills.items() if one.name in f.source]
    of = next((t for t, f in maker.fills.items() if f.zone_from == one.name), "")
    if of and not targets:
        return Shown(one.name, of, f"the zone of {of}, row by row", before_of(one.cells))
    before = before_of(one.cells)
    target = ", ".join(targets) if targets else "keep" if one.name in maker.keep else ""
    undecided = "; ".join(maker.fills[t].undecided for t in targets if maker.fills[t].undecided)
    return Shown(one.name, target, maker.why.get(one.name, ""), before, after.get(targets[0], "") if targets else "", undecided)


__all__ = ["Proposal", "Shown", "propose"]
