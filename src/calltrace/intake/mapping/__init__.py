"""Any log with rows, by a mapping: which of its columns is what, written as TOML for people to correct.

``calltrace inspect FILE --map`` proposes one (:mod:`.propose`); ``--mapping FILE`` reads by it. It says how the
file is laid out (:mod:`.grid`), and for each column of the table where it comes from and in what form::

    table = "calls"
    layout = "delimited"
    delimiter = ";"
    columns = ["Nr", "Datum", "Uhrzeit", "Richtung", "Anrufer", "Status", "Dauer"]
    zone = "Europe/Berlin"             # only where the times have no offset

    [keep.Richtung]                    # other rows are no callers' attempts
    words = ["eingehend"]

    [fill.call_id]
    from = "Nr"

    [fill.offered_at]
    from = ["Datum", "Uhrzeit"]        # date and time of day, joined
    form = "day-month-year"
    clock = "24"

    [fill.outcome]
    from = "Status"
    words = { "angenommen" = "answered", "verpasst" = "no_answer" }

    [fill.talk_s]
    from = "Dauer"
    form = "minutes:seconds"

Further ways to fill a column: ``value = "platform"`` (the same in every row), ``line = true`` (the row's line, for
a log without ids), ``between = ["Start", "Answer"]`` (seconds from one time to another) and, for the outcome,
``answered_if = "above-zero"`` or ``"not-empty"`` of the column it comes ``from``, with ``otherwise``.

A value that does not fit its form costs its row, with file and line: what was decided for a column holds for all
of it. A form that could not be decided stands in the file as ``""`` with the reason, and is refused until somebody
fills it in.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import InputError, Location, UsageError
from calltrace.intake.columns import typed
from calltrace.intake.delimited import Rows, short
from calltrace.intake.formats._base import Format, Head, Reading, ReadOptions, Stream
from calltrace.intake.layout import Layout
from calltrace.intake.mapping import grid, values
from calltrace.intake.mapping.grid import Form
from calltrace.tables import times
from calltrace.tables.problems import Problem
from calltrace.tables.schema import OUTCOMES, TABLES, Column

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

MOST_PROBLEMS = 2_000
TOTALS = r"(?i)^\s*(grand |sub|sum of )?-?(totals?|summe|gesamt|sum|average)\b"
CONDITIONS = ("above-zero", "not-empty")


@dataclass(frozen=True)
class Fill:
    """Where one column of the table comes from.

    Parameters
    ----------
    source : tuple of str
        The file's columns; two for a date and a time of day, or for ``between``.
    form : str
        One of :data:`.values.INSTANTS` or :data:`.values.DURATIONS`; '' for text, and where undecided.
    clock : str
        Of times: "24" or "12"; '' where undecided.
    decimal : str
        Of numbers: "." or ","; '' where undecided.
    words : dict
        Of a column with a vocabulary: the file's word to the table's; '' for one nobody has decided.
    value : str
        The same in every row, instead of a column.
    line : bool
        The row's line, instead of a column.
    between : bool
        Seconds from the first column's time to the second's; ``form`` and ``clock`` are those of the times.
    answered_if, otherwise : str
        The outcome of a log that has none: "answered" where the condition holds, else ``otherwise``.
    undecided : str
        Why ``form``, ``clock`` or ``decimal`` could not be decided.
    """

    source: tuple[str, ...] = ()
    form: str = ""
    clock: str = "24"
    decimal: str = "."
    words: dict[str, str] = field(default_factory=dict)
    value: str = ""
    line: bool = False
    between: bool = False
    answered_if: str = ""
    otherwise: str = "abandoned"
    undecided: str = ""


@dataclass(frozen=True)
class Mapping:
    """How a file is laid out and what its columns become. See the module's docstring."""

    table: str
    form: Form
    fills: dict[str, Fill]
    keep: dict[str, tuple[str, ...]] = field(default_factory=dict)
    zone: str = ""
    name: str = "the mapping"

    def as_format(self) -> Format:
        """Return a format that knows the files this mapping is for, and reads them by it."""
        return Format(
            title=f"by {self.name}",
            detect=self.detect,
            read=self.read,
            provides=tuple(f"{self.table}.{name}" for name in self.fills),
        )

    def detect(self, head: Head) -> str | None:
        """Recognise a file that has the same columns."""
        if not grid.fits(head, self.form):
            return None
        return f"columns, as in {self.name}"

    def read(self, stream: Stream, options: ReadOptions) -> Reading:
        """Read a file by the mapping.

        Raises
        ------
        InputError
            Where the mapping leaves undecided what only somebody who knows the log can say.
        """
        self._complete()
        rows = grid.rows_of(stream, self.form, self.table)
        return _Work(self, stream, options, rows).reading()

    def _complete(self) -> None:
        for name, fill in self.fills.items():
            if fill.undecided:
                raise InputError(
                    f"{name} (from {' and '.join(fill.source)}) is undecided: {fill.undecided}",
                    at=Location(self.name),
                    expected=_choices(TABLES[self.table].column(name), fill),
                    fix=f"Write it under [fill.{name}].",
                )


def _choices(column: Column, fill: Fill) -> str:
    if column.kind == "instant" or fill.between:
        if fill.form in values.INSTANTS:
            return f"clock = one of {', '.join(values.CLOCKS)}"
        return f"form = one of {', '.join(values.INSTANTS)}"
    if column.kind == "seconds" and not fill.form:
        return f"form = one of {', '.join(values.DURATIONS)}"
    return 'decimal = "." or ","'


# --- as TOML ------------------------------------------------------------------------------------------------


def of_file(path: str | os.PathLike[str]) -> Mapping:
    """Read a mapping.

    Raises
    ------
    UsageError
        Where the file can't be read, or says what no mapping can.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        said = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"the mapping {path} can't be read: {why}", expected="a file as `calltrace inspect FILE --map` writes it"
        ) from error
    return of_dict(said, str(path))


def of_dict(said: dict[str, Any], name: str) -> Mapping:
    """Make a mapping of what its TOML says; ``name`` is what messages call it. Raises UsageError."""

    def wrong(saw: str, expected: str) -> UsageError:
        return UsageError(f"{name}: {saw}", expected=expected)

    table = said.get("table", "calls")
    if table not in TABLES:
        raise wrong(f"table is {table!r}", f"one of {', '.join(TABLES)}")
    kind = said.get("layout", "delimited")
    if kind not in grid.KINDS:
        raise wrong(f"layout is {kind!r}", f"one of {', '.join(grid.KINDS)}")
    columns = said.get("columns", [])
    if not (isinstance(columns, list) and columns and all(isinstance(c, str) for c in columns)):
        raise wrong("columns is no list of names", "the file's columns")
    form = Form(
        kind,
        tuple(columns),
        header=bool(said.get("header", True)),
        delimiter=str(said.get("delimiter", ",")),
        quote=str(said.get("quote", '"')),
        spans=tuple((int(a), int(b)) for a, b in said.get("spans", [])),
    )
    zone = str(said.get("zone", ""))
    if zone:
        times.zone_named(zone)
    known = {c.name: c for c in TABLES[table].columns}
    fills: dict[str, Fill] = {}
    for target, entry in said.get("fill", {}).items():
        if target not in known:
            raise wrong(f"[fill.{target}]", f"a column of {table}: {', '.join(known)}")
        if not isinstance(entry, dict):
            raise wrong(f"fill.{target} is {entry!r}", "a table with from, value, line or between")
        fills[target] = _fill_of(entry, known[target], form, wrong)
    keep = {}
    for source, entry in said.get("keep", {}).items():
        if source not in form.columns or not isinstance(entry, dict):
            raise wrong(f"[keep.{source}]", "one of the file's columns, with words")
        keep[source] = tuple(str(w) for w in entry.get("words", []))
    lacking = [c for c in TABLES[table].required if c not in fills]
    if lacking:
        raise wrong(f"nothing fills {' or '.join(lacking)}", "every required column filled")
    return Mapping(table, form, fills, keep, zone, name)


def _fill_of(entry: dict[str, Any], column: Column, form: Form, wrong: Any) -> Fill:
    where = f"[fill.{column.name}]"
    said = entry.get("between") or entry.get("from", [])
    source = tuple([said] if isinstance(said, str) else said)
    strange = [s for s in source if s not in form.columns]
    if strange:
        raise wrong(f"{where} has {strange[0]!r}", f"one of the columns {', '.join(form.columns)}")
    if not source and "value" not in entry and not entry.get("line"):
        raise wrong(f"{where} is empty", "from, value, line or between")
    fill = Fill(
        source=source,
        form=str(entry.get("form", "")),
        clock=str(entry.get("clock", "24")),
        decimal=str(entry.get("decimal", ".")),
        words={str(k): str(v) for k, v in entry.get("words", {}).items()},
        value=str(entry.get("value", "")),
        line=bool(entry.get("line", False)),
        between="between" in entry,
        answered_if=str(entry.get("answered_if", "")),
        otherwise=str(entry.get("otherwise", "abandoned")),
    )
    if fill.value or fill.line:
        return fill
    timed = column.kind == "instant" or fill.between
    forms = values.INSTANTS if timed else values.DURATIONS if column.kind == "seconds" else ("",)
    if timed and (len(source) != 2 if fill.between else len(source) > 2):
        raise wrong(f"{where} has {len(source)} columns", "two columns" if fill.between else "one column, or date and time")
    if (fill.form not in forms and fill.form) or fill.clock not in (*values.CLOCKS, "") or fill.decimal not in ".,":
        raise wrong(
            f"{where} has form {fill.form!r}, clock {fill.clock!r}, decimal {fill.decimal!r}",
            f"form {' or '.join(f for f in forms if f) or 'left out'}, clock 24 or 12, decimal . or ,",
        )
    for word, meaning in fill.words.items():
        if meaning and column.values and meaning not in column.values:  # noqa: PD011 -- a Column, no frame
            raise wrong(f"{where}: {word!r} is {meaning!r}", f"one of {', '.join(column.values)}")
    if fill.answered_if and (fill.answered_if not in CONDITIONS or fill.otherwise not in OUTCOMES):
        raise wrong(f"{where} has answered_if {fill.answered_if!r}", f"one of {', '.join(CONDITIONS)}")
    missing = ""
    if timed and not fill.form:
        missing = "its form is left out"
    elif timed and not fill.clock:
        missing = "its clock is left out"
    elif column.kind == "seconds" and not fill.form:
        missing = "its form is left out"
    elif not fill.decimal:
        missing = "its decimal is left out"
    return replace(fill, undecided=missing)


def to_toml(mapping: Mapping, remarks: dict[str, str] | None = None) -> str:
    """Return a mapping as TOML; ``remarks`` are comments by the column they are about."""
    remarks = remarks or {}
    form = mapping.form
    lines = [
        "# How calltrace reads a log it does not know: correct what is wrong, then give it as --mapping.",
        f"table = {_quoted(mapping.table)}",
        f"layout = {_quoted(form.kind)}",
    ]
    if form.kind == "delimited":
        lines.append(f"delimiter = {_quoted(form.delimiter)}")
        if form.quote != '"':
            lines.append(f"quote = {_quoted(form.quote)}")
    if form.spans:
        lines.append(f"spans = [{', '.join(f'[{a}, {b}]' for a, b in form.spans)}]")
    if not form.header:
        lines.append("header = false")
    lines.append(f"columns = [{', '.join(_quoted(c) for c in form.columns)}]")
    suggested = '# zone = "America/New_York"  # of times without an offset'
    lines.append(f"zone = {_quoted(mapping.zone)}" if mapping.zone else suggested)
    for source, words in mapping.keep.items():
        lines += ["", f"[keep.{_quoted(source)}]  # other rows are left out", f"words = [{', '.join(map(_quoted, words))}]"]
    for name, fill in mapping.fills.items():
        lines += ["", f"[fill.{name}]"]
        lines += [f"# {line}" for line in remarks.get(name, "").splitlines()]
        lines += _fill_lines(fill, TABLES[mapping.table].column(name))
    return "\n".join(lines) + "\n"


def _fill_lines(fill: Fill, column: Column) -> list[str]:
    if fill.line:
        return ["line = true"]
    if fill.value:
        return [f"value = {_quoted(fill.value)}"]
    many = ", ".join(_quoted(s) for s in fill.source)
    single = len(fill.source) == 1
    lines = [f"between = [{many}]" if fill.between else f"from = {many}" if single else f"from = [{many}]"]
    if fill.answered_if:
        return [*lines, f"answered_if = {_quoted(fill.answered_if)}", f"otherwise = {_quoted(fill.otherwise)}"]
    told = f"  # undecided: {fill.undecided}" if fill.undecided else ""
    if column.kind == "instant" or fill.between:
        lines.append(f"form = {_quoted(fill.form)}{told if not fill.form else ''}")
        if fill.form not in {"iso", "spreadsheet-days"} and not fill.form.startswith("epoch"):
            lines.append(f"clock = {_quoted(fill.clock)}{told if fill.form else ''}")
    elif column.kind == "seconds":
        lines.append(f"form = {_quoted(fill.form)}{told if not fill.form else ''}")
    if column.kind in {"seconds", "count", "number"} and (fill.decimal != "." or (fill.undecided and fill.form)):
        lines.append(f"decimal = {_quoted(fill.decimal)}{told if not fill.decimal else ''}")
    if fill.words:
        lines.append("[fill." + column.name + ".words]")
        lines += [f"{_quoted(word)} = {_quoted(meaning)}" + ("" if meaning else "  # undecided: such rows are left out")
                  for word, meaning in fill.words.items()]  # fmt: skip
    return lines


def _quoted(text: str) -> str:
    shown = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in shown) + '"'


# --- reading ------------------------------------------------------------------------------------------------


class _Work:
    """Turns the rows of one file into texts of the generic layout, which then types and judges them."""

    def __init__(self, mapping: Mapping, stream: Stream, options: ReadOptions, rows: Rows) -> None:
        self.mapping, self.stream, self.options, self.rows = mapping, stream, options, rows
        self.size = len(rows.lines)
        self.drop: Mask = np.zeros(self.size, dtype=bool)
        self.aside: Mask = np.zeros(self.size, dtype=bool)
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.cells = {name: values.trimmed(cells) for name, cells in rows.cells.items()}

    def reading(self) -> Reading:
        mapping = self.mapping
        table = TABLES[mapping.table]
        self._leave_out_repeats()
        self._set_aside()
        made: dict[str, pa.Array] = {}
        for name, fill in mapping.fills.items():
            made[name] = self._filled(table.column(name), fill)
        keep = pa.array(~self.drop & ~self.aside)
        rows = Rows(
            {name: texts.filter(keep) for name, texts in made.items()},
            self.rows.lines[keep.to_numpy(zero_copy_only=False)],
            self.rows.rows,
            [*self.rows.problems, *self.problems],
        )
        layout = Layout(table, ",", 0, tuple(made), tuple(made))
        found = typed(self.stream, layout, rows, self.options)
        used = {c for f in mapping.fills.values() for c in f.source} | set(mapping.keep)
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
        if fill.line:
            return pa.array([f"line-{n}" for n in self.rows.lines.tolist()], type=pa.string())
        if fill.value:
            return pa.array([fill.value] * self.size, type=pa.string())
        if fill.answered_if:
            return self._answered(fill)
        if fill.between:
            return self._between(column, fill)
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
        if fill.words:
            return self._worded(fill, cells)
        return cells

    def _worded(self, fill: Fill, cells: pa.Array) -> pa.Array:
        meaning = {_key(word): to for word, to in fill.words.items()}
        coded = cells.dictionary_encode()
        said = coded.dictionary.to_pylist()
        meant = pa.array([meaning.get(_key(s)) or None for s in said], type=pa.string())
        result = meant.take(coded.indices)
        unknown = values.there(cells) & ~values.there(result)
        expected = "a word the mapping knows: " + ", ".join(list(fill.words)[:8])
        self.tell(unknown, fill.source[0], cells, "", expected, "unknown-word")
        return result

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
        at, naive, bad = values.instants(cells, fill.form, fill.clock)
        how = fill.form + (", with AM or PM" if fill.clock == "12" else "")
        self.tell(bad, " ".join(fill.source), cells, "", f"a real date and time, {how}, as in the rest of the column", "bad-time")
        texts = pa.array(at, mask=np.isnat(at)).cast(pa.string())
        suffix = pa.array(np.where(naive, "", "Z"), type=pa.string())
        return pc.binary_join_element_wise(texts, suffix, "")

    def _between(self, column: Column, fill: Fill) -> pa.Array:
        edges = []
        for source in fill.source:
            at, _, bad = values.instants(self.cells[source], fill.form, fill.clock)
            self.tell(bad, source, self.cells[source], "", f"a real date and time, {fill.form}", "bad-time")
            edges.append(at)
        took = (edges[1] - edges[0]) / np.timedelta64(1, "s")
        backwards = took < 0
        expected = f"{fill.source[1]} after {fill.source[0]}"
        self.tell(backwards, "", None, f"{column.name} would be negative", expected, "bad-time")
        return _number_texts(np.where(backwards, np.nan, took))


def _flags(mask: pa.Array) -> Mask:
    found: Mask = pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _number_texts(number: NDArray[np.float64]) -> pa.Array:
    return pa.array(number, mask=np.isnan(number)).cast(pa.string())


def _key(word: str | None) -> str:
    return " ".join((word or "").lower().replace("_", " ").replace("-", " ").split())


def _placed(reading: Reading, zone: str) -> Reading:
    """Place times without an offset in the mapping's own zone."""
    frame = reading.frame
    changed = {}
    told: list[Problem] = []
    for name in [c for c in frame.columns if c.endswith("__naive")]:
        base = name.removesuffix("__naive")
        naive = frame[name].to_numpy(dtype=bool)
        wall = frame[base].astype("datetime64[us]")
        placed = wall.dt.tz_localize("UTC")
        found = times.localise(wall.where(naive), zone)
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
