"""A mapping applied to one file: its rows made texts of the generic layout, which then types and judges them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.intake import zones
from calltrace.intake.columns import typed
from calltrace.intake.delimited import Rows, short
from calltrace.intake.formats._base import Reading, ReadOptions, Stream
from calltrace.intake.layout import Layout
from calltrace.intake.mapping import moments, values
from calltrace.intake.mapping.names import SET, key_of, whole_length, zone_of
from calltrace.tables import times
from calltrace.tables.problems import Problem
from calltrace.tables.schema import TABLES, Column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calltrace.intake.mapping.fills import Fill, Mapping

    Mask = NDArray[np.bool_]

MOST_PROBLEMS = 2_000
TOTALS = r"(?i)^\s*(grand |sub|sum of )?-?(totals?|summe|gesamt|sum|average)\b"


class Applied:
    """The rows of one file on their way into the table, and those left out or set aside."""

    def __init__(self, mapping: Mapping, stream: Stream, options: ReadOptions, rows: Rows) -> None:
        self.mapping, self.stream, self.options, self.rows = mapping, stream, options, rows
        self.size = len(rows.lines)
        self.drop: Mask = np.zeros(self.size, dtype=bool)
        self.aside: Mask = np.zeros(self.size, dtype=bool)
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.cells = {name: values.trimmed(cells) for name, cells in rows.cells.items()}

    def reading(self) -> Reading:
        """Return the file as the table the mapping makes of it."""
        mapping = self.mapping
        table = TABLES[mapping.table]
        self._leave_out_repeats()
        self._set_aside()
        made: dict[str, pa.Array] = {}
        for name, fill in mapping.fills.items():
            if not fill.line:
                made[name] = self._filled(table.column(name), fill)
        for name in [n for n, fill in mapping.fills.items() if fill.line]:
            made = {name: _ids_of(made, self.size), **made}
        talk = mapping.fills.get("talk_s")
        if talk is not None and "outcome" in made and any(whole_length(name) for name in talk.source):
            made["talk_s"] = self._only_answered(made["talk_s"], made["outcome"])
        keep = pa.array(~self.drop & ~self.aside)
        rows = Rows(
            {name: texts.filter(keep) for name, texts in made.items()},
            self.rows.lines[keep.to_numpy(zero_copy_only=False)],
            self.rows.rows,
            [*self.rows.problems, *self.problems],
        )
        layout = Layout(table, ",", 0, tuple(made), tuple(made))
        found = typed(self.stream, layout, rows, self.options)
        used = {c for f in mapping.fills.values() for c in (*f.source, f.zone_from)} | set(mapping.keep)
        unused = [c for c in mapping.form.columns if c not in used]
        if unused:
            self.notes.append("columns the mapping does not use: " + ", ".join(short(c, 30) for c in unused[:12]))
        found = replace(found, notes=(*self.notes, *found.notes))
        if mapping.zone and not self.options.tz:
            found = _placed(found, mapping.zone)
        return found

    def tell(  # noqa: PLR0917 -- in the order of a Problem
        self, wrong: Mask, column: str, cells: pa.Array | None, saw: str, expected: str, kind: str
    ) -> None:
        """Leave rows out, each with its line."""
        wrong = wrong & ~self.drop & ~self.aside
        places = np.flatnonzero(wrong)
        self.drop |= wrong
        room = max(MOST_PROBLEMS - len(self.problems), 0)
        for place in places[:room]:
            value = None if cells is None else cells[int(place)].as_py()
            self.problems.append(
                Problem(
                    at=Location(self.stream.display, int(self.rows.lines[place])),
                    saw=saw if value is None else f'{column} is "{short(value)}"',
                    expected=expected,
                    fix="Row left out.",
                    table=self.mapping.table,
                    kind=kind,
                )
            )
        if len(places) > room:
            self.problems.append(
                Problem(
                    at=Location(self.stream.display, int(self.rows.lines[places[room]])),
                    saw=f"{len(places) - room} more rows with the like: {column or saw}",
                    expected=expected,
                    fix="Look at the lines named before.",
                    table=self.mapping.table,
                    rows=len(places) - room,
                    kind=kind,
                )
            )

    def _leave_out_repeats(self) -> None:
        """Leave out the header met again, and rows of totals."""
        if self.mapping.form.header and self.mapping.form.kind != "json":
            again = np.ones(self.size, dtype=bool)
            for name, cells in self.cells.items():
                again &= _flags(pc.equal(cells, name)) | (~values.there(cells) & name.startswith("column "))
            self.tell(again, "", None, "the header again", "a row", "repeated-header")
        total = np.zeros(self.size, dtype=bool)
        filled = np.zeros(self.size, dtype=np.int64)
        for cells in self.cells.values():
            total |= _flags(pc.match_substring_regex(cells, TOTALS))
            filled += values.there(cells)
        required = [f.source for n, f in self.mapping.fills.items() if n in TABLES[self.mapping.table].required]
        empty = np.zeros(self.size, dtype=bool)
        for sources in required:
            for name in sources:
                empty |= ~values.there(self.cells[name])
        self.tell(total & (empty | (filled * 2 < len(self.cells))), "", None, "a row of totals", "a row", "totals")

    def _set_aside(self) -> None:
        """Set rows aside that are not asked for: outbound calls, and the like; they are noted, no problem."""
        for source, words in self.mapping.keep.items():
            cells = self.cells[source]
            wanted = pa.array([w.lower() for w in words], type=pa.string())
            out = ~_flags(pc.is_in(pc.utf8_lower(cells), wanted)) & ~self.drop & ~self.aside
            if out.any():
                counts = pc.value_counts(cells.filter(pa.array(out))).to_pylist()
                said = ", ".join(f"{short(str(c['values'] or 'empty'), 20)} {c['counts']}" for c in counts[:8])
                count = int(out.sum())
                self.notes.append(f"{count} row{'s' * (count != 1)} set aside by {source}: {said}")
            self.aside |= out

    def _filled(self, column: Column, fill: Fill) -> pa.Array:
        """Return one column of the table, as text the generic layout understands."""
        if fill.value:
            return pa.array([fill.value] * self.size, type=pa.string())
        if fill.answered_if:
            return self._answered(fill)
        if fill.between:
            return self._between(column, fill)
        if fill.less:
            return self._less(column, fill)
        if column.kind == "instant":
            return self._instants(fill)
        cells = self.cells[fill.source[0]]
        if column.kind == "seconds":
            number, bad = values.seconds(cells, fill.form, fill.decimal)
            self.tell(bad, fill.source[0], cells, "", f"a duration in {fill.form}, as in the rest of the column", "bad-number")
            return _number_texts(number)
        if column.kind in {"count", "number"}:
            number, bad = values.plain(pc.utf8_rtrim(cells, characters=" %"), fill.decimal)
            self.tell(bad, fill.source[0], cells, "", "a number", "bad-number")
            return _number_texts(number)
        if fill.flags:
            return self._flagged(fill)
        if fill.words:
            return self._worded(fill, cells)
        if column.name in {"ani", "dnis", "redirected_from"}:
            return values.number_of(cells)
        if column.name == "caller_name" and values.share(cells, values.BRACKETED) > 0:
            return values.name_of(cells)
        return cells

    def _only_answered(self, length: pa.Array, outcome: pa.Array) -> pa.Array:
        """Return how long calls lasted, 0 where nobody answered: nobody talked, however long the caller waited."""
        lost = values.there(outcome) & ~_flags(pc.equal(outcome, "answered")) & values.there(length)
        return pc.if_else(pa.array(lost), "0", length)

    def _worded(self, fill: Fill, cells: pa.Array) -> pa.Array:
        meaning = {key_of(word): to for word, to in fill.words.items()}
        coded = cells.dictionary_encode()
        said = coded.dictionary.to_pylist()
        meant = pa.array([meaning.get(key_of(s)) or None for s in said], type=pa.string())
        result = meant.take(coded.indices)
        unknown = values.there(cells) & ~values.there(result)
        known = [word for word, to in fill.words.items() if to]
        expected = "a word the mapping gives a meaning to" + (": " + ", ".join(known[:8]) if known else ", and it gives none")
        self.tell(unknown, fill.source[0], cells, "", expected, "unknown-word")
        return result

    def _flagged(self, fill: Fill) -> pa.Array:
        """Return for each row what the one column says that is set in it."""
        count = np.zeros(self.size, dtype=np.int64)
        found = np.full(self.size, None, dtype=object)
        for source in fill.source:
            here = _flags(pc.is_in(pc.utf8_lower(self.cells[source]), pa.array(sorted(SET))))
            count += here
            found[here] = fill.words.get(source) or None
        told = ", ".join(short(s, 30) for s in fill.source)
        self.tell(count != 1, "", None, f"not one of {told} is set", "one of them", "unknown-word")
        return pa.array(found, type=pa.string())

    def _answered(self, fill: Fill) -> pa.Array:
        cells = self.cells[fill.source[0]]
        yes = values.there(cells)
        if fill.answered_if == "above-zero":
            yes = yes & ~_flags(pc.match_substring_regex(cells, r"^[0:.,\shms]*$"))
        return pa.array(np.where(yes, "answered", fill.otherwise), type=pa.string())

    def _joined(self, sources: tuple[str, ...]) -> pa.Array:
        if len(sources) == 1:
            return self.cells[sources[0]]
        return pc.binary_join_element_wise(*(self.cells[s] for s in sources), " ")

    def _instants(self, fill: Fill) -> pa.Array:
        cells = self._joined(fill.source)
        at, naive, bad = moments.instants(cells, fill.form, fill.clock)
        how = fill.form + (", with AM or PM" if fill.clock == "12" else "")
        self.tell(bad, " ".join(fill.source), cells, "", f"a real date and time, {how}, as in the rest of the column", "bad-time")
        at, naive = self._in_zone(fill, at, naive)
        texts = pa.array(at, mask=np.isnat(at)).cast(pa.string())
        suffix = pa.array(np.where(naive, "", "Z"), type=pa.string())
        return pc.binary_join_element_wise(texts, suffix, "")

    def _in_zone(self, fill: Fill, at: NDArray[np.datetime64], naive: Mask) -> tuple[NDArray[np.datetime64], Mask]:
        """Place times without an offset in the zone that the mapping or the column's name gives for this column."""
        own = fill.zone or (not self.mapping.zone and not fill.zone_from and zone_of(fill.source)) or ""
        if own and naive.any():
            return np.where(naive, zones.placed(at, own), at), np.zeros_like(naive)
        if fill.zone_from and naive.any():
            cells = self.cells[fill.zone_from]
            at, naive, bad = zones.placed_by(at, naive, cells)
            self.tell(bad, fill.zone_from, cells, "", 'a zone: "UTC", an offset or an IANA name', "bad-zone")
        return at, naive

    def _less(self, column: Column, fill: Fill) -> pa.Array:
        """Return the first column's durations without the second's."""
        took = []
        for source in fill.source:
            number, bad = values.seconds(self.cells[source], fill.form, fill.decimal)
            self.tell(bad, source, self.cells[source], "", f"a duration in {fill.form}", "bad-number")
            took.append(number)
        rest = took[0] - np.nan_to_num(took[1])
        below = rest < 0
        expected = f"{fill.source[0]} not below {fill.source[1]}"
        self.tell(below, "", None, f"{column.name} would be negative", expected, "bad-number")
        return _number_texts(np.where(below, np.nan, rest))

    def _between(self, column: Column, fill: Fill) -> pa.Array:
        edges = []
        for source in fill.source:
            at, _, bad = moments.instants(self.cells[source], fill.form, fill.clock)
            self.tell(bad, source, self.cells[source], "", f"a real date and time, {fill.form}", "bad-time")
            edges.append(at)
        took = (edges[1] - edges[0]) / np.timedelta64(1, "s")
        backwards = took < 0
        expected = f"{fill.source[1]} after {fill.source[0]}"
        self.tell(backwards, "", None, f"{column.name} would be negative", expected, "bad-time")
        return _number_texts(np.where(backwards, np.nan, took))


def _ids_of(made: dict[str, pa.Array], size: int) -> pa.Array:
    """Return an id for each row of a log that has none, made of what the row holds.

    The same call in two exports has the same id so, and is counted once; rows alike within a file are told apart by
    how many came before, for two callers with withheld numbers may come in the same second.
    """
    texts = pd.DataFrame({name: cells.to_pandas() for name, cells in made.items()}, index=range(size))
    marks = pd.util.hash_pandas_object(texts, index=False)
    before = marks.groupby(marks).cumcount()
    ids = [f"row-{m:016x}" + (f"-{n + 1}" if n else "") for m, n in zip(marks.tolist(), before.tolist(), strict=True)]
    return pa.array(ids, type=pa.string())


def _flags(mask: pa.Array) -> Mask:
    found: Mask = pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _number_texts(number: NDArray[np.float64]) -> pa.Array:
    return pa.array(number, mask=np.isnan(number)).cast(pa.string())


def _placed(reading: Reading, zone: str) -> Reading:
    """Place times without an offset in the mapping's own zone."""
    frame = reading.frame
    changed = {}
    told: list[Problem] = []
    scopes = pd.factorize(frame["scope"])[0] if reading.table == "kpi" and "scope" in frame else None
    for name in [c for c in frame.columns if c.endswith("__naive")]:
        base = name.removesuffix("__naive")
        naive = frame[name].to_numpy(dtype=bool)
        wall = frame[base].astype("datetime64[us]")
        placed = wall.dt.tz_localize("UTC")
        found = times.localise(wall.where(naive), zone, scopes)
        placed = placed.where(~naive, found.instants)
        for odd, saw in ((found.nonexistent, "does not exist: the clock was put forward"),
                         (found.ambiguous, "came twice: the clock was put back")):  # fmt: skip
            told += [
                Problem(
                    at=Location(str(frame["source_file"].iloc[i]), int(frame["source_line"].iloc[i])),
                    saw=f"{base} in {zone} {saw} ({wall.iloc[i]:%Y-%m-%d %H:%M:%S})",
                    expected="an offset to tell which",
                    fix="The earlier of the two was taken.",
                    table=reading.table,
                    effect="noted",
                    kind="clock-change",
                )
                for i in np.flatnonzero(odd)[:MOST_PROBLEMS].tolist()
            ]
        changed[base] = placed
    if not changed:
        return reading
    frame = frame.assign(**changed).drop(columns=[f"{name}__naive" for name in changed])
    problems = (*reading.problems, *told)
    return replace(reading, frame=pd.DataFrame(frame), problems=problems, zone=zone, zone_from="mapping")
