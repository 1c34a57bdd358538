"""Text to typed columns of a table: all rows at once, and a Problem with file and line for each that can't be.

What a value that can't be read costs, its cell or its row, is in :mod:`calltrace.intake.formats.generic`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.intake import zones
from calltrace.intake.delimited import Rows, short
from calltrace.intake.formats._base import Reading, ReadOptions, Stream
from calltrace.intake.layout import ZONE, Layout
from calltrace.tables import arrow, phones, times
from calltrace.tables.coverage import check_coverage
from calltrace.tables.later import later
from calltrace.tables.problems import Effect, Problem
from calltrace.tables.schema import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
else:
    pd = later("pandas")

LONGEST_S = 7 * 86_400
"""A call of more than a week is a fault of the record: switches cut hung channels far sooner."""
MOST_PROBLEMS = 2_000
"""Problems told one by one; what goes beyond is told as a number."""

NULLS = ("", "NULL", "null", r"\N", "NaN", "nan", "N/A", "n/a", "<NA>", "None")
"""What exporters write for "no value". In a text only the first four: Null is a surname."""
TEXT_NULLS = arrow.texts(["", "NULL", "null", r"\N"])
ALL_NULLS = arrow.texts(NULLS)

PHONES = {
    "calls": ("dnis", "ani", "redirected_from", "transferred_to"),
    "accounts": ("office_number",),
    "line_tests": ("number",),
    "dispatch": ("address",),
    "oncall": ("contact",),
}


class _Columns:
    """Converts the columns of one file, and remembers which cells could not be."""

    def __init__(self, stream: Stream, layout: Layout, rows: Rows, options: ReadOptions) -> None:
        self.stream, self.layout, self.rows, self.options = stream, layout, rows, options
        self.size = len(rows.lines)
        self.drop: Mask = np.zeros(self.size, dtype=bool)
        self.problems: list[Problem] = []
        self.out: dict[str, object] = {}
        self.zone = ""
        self.zone_from = ""
        self.naive = 0
        self.aware = 0

    def tell(
        self,
        wrong: Mask,
        say: Sequence[str] | str,
        expected: str,
        fix: str,
        kind: str,
        *,
        column: str = "",
        leave_out: bool = True,
        cells: pa.Array | None = None,
    ) -> None:
        """Add a Problem for each row of the mask; ``say`` is what was seen where ``cells`` is not given."""
        wrong = wrong & ~self.drop  # one reason is enough to leave a row out
        if leave_out:
            self.drop |= wrong
        places = np.flatnonzero(wrong)
        effect: Effect = "left-out" if leave_out else "repaired"
        told = places[: max(MOST_PROBLEMS - len(self.problems), 0)]
        for place in told:
            if cells is not None and (value := cells[int(place)].as_py()) is not None:
                saw = f'{column} is "{short(value)}"'
            else:
                saw = say if isinstance(say, str) else say[int(place)]
            self.problems.append(
                Problem(
                    at=Location(self.stream.display, int(self.rows.lines[place])),
                    saw=saw,
                    expected=expected,
                    fix=f"{'Row left out' if leave_out else 'Value left empty'}. {fix}",
                    table=self.layout.table.name,
                    effect=effect,
                    kind=kind,
                )
            )
        rest = len(places) - len(told)
        if rest:
            self.problems.append(
                Problem(
                    at=Location(self.stream.display, int(self.rows.lines[places[len(told)]])),
                    saw=f"{rest} more rows with the like: {column or say}",
                    expected=expected,
                    fix="Look at the lines named before; they have one reason.",
                    table=self.layout.table.name,
                    effect=effect,
                    rows=rest,
                    kind=kind,
                )
            )


def typed(stream: Stream, layout: Layout, rows: Rows, options: ReadOptions) -> Reading:
    """Turn text into typed columns, all rows at once, and set the rows aside that can't be."""
    work = _Columns(stream, layout, rows, options)
    table = layout.table
    cells = {name: _trimmed(values) for name, values in rows.cells.items()}
    _leave_out_repeats(work, cells)
    beside = cells.get(ZONE) if layout.zoned else None
    for column in table.columns:
        if column.name not in cells:
            continue
        values = cells[column.name]
        if column.kind == "instant":
            _instants(work, column, values, beside)
        elif column.kind == "text":
            work.out[column.name] = _texts(work, column, values)
        else:
            work.out[column.name] = _numbers(work, column, values)
    _order_of_times(work)
    frame = pd.DataFrame(work.out)
    frame["source_file"] = pd.Categorical.from_codes(
        np.zeros(work.size, dtype=np.int8), categories=pd.Index([stream.display])
    )
    frame["source_line"] = rows.lines
    if work.drop.any():
        frame = frame[~work.drop].reset_index(drop=True)
    zone_from = "offset" if work.aware and not work.naive else ""
    return Reading(
        table.name,
        frame,
        rows=rows.rows,
        problems=tuple(sorted([*rows.problems, *work.problems], key=lambda p: p.at.line)),
        zone=work.zone,
        zone_from=zone_from,
        notes=notes_on(layout),
    )


def notes_on(layout: Layout) -> tuple[str, ...]:
    """Return what there is to say of a file's header."""
    if not layout.ignored:
        return ()
    shown = ", ".join(short(i, 30) for i in layout.ignored[:10])
    return (f"columns not known to the table {layout.table.name}, ignored: {shown}",)


def _trimmed(values: pa.Array) -> pa.Array:
    """Return texts without blanks around them, empty ones null."""
    trimmed = pc.ascii_trim_whitespace(values)
    empty = pc.equal(trimmed, "")
    if pc.any(empty).as_py():
        trimmed = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
    return trimmed


def _bools(values: pa.Array) -> Mask:
    found: Mask = pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _leave_out_repeats(work: _Columns, cells: dict[str, pa.Array]) -> None:
    """Leave out the header met again (files put one after another) and rows of totals."""
    table = work.layout.table
    first = table.required[0]
    again = _bools(pc.equal(pc.utf8_lower(cells[first]), first))
    if again.any():
        work.tell(again, "the header again", "a row", "Nothing needs doing.", "repeated-header")
    in_quotes = _bools(pc.match_substring_regex(cells[first], r"^'.*'$"))
    if in_quotes.any():  # one row may be in other quotes than the rest: then every value of it has them
        for name in table.required[1:]:
            in_quotes &= _bools(pc.fill_null(pc.match_substring_regex(cells[name], r"^'.*'$"), fill_value=True))
        work.tell(in_quotes, "a row in other quotes than the rest", "values as in the other rows",
                  "Correct the row's quotes.", "other-quotes")  # fmt: skip
    if table.name == "accounts":
        totals = _bools(pc.match_substring_regex(cells[first], r"(?i)^(grand |sub)?-?totals?:?$"))
        if totals.any():
            work.tell(totals, "a row of totals", "an account", "Nothing needs doing.", "totals")
        if len(cells) > 2:
            alone = ~cells[first].is_null().to_numpy(zero_copy_only=False)
            for name in cells.keys() - {first}:
                alone &= cells[name].is_null().to_numpy(zero_copy_only=False)
            if alone.any():
                work.tell(alone, "a row with nothing but its first value", "an account with its name",
                          "If it is an account, fill in its name.", "bad-row")  # fmt: skip


def _missing(work: _Columns, column: Column, missing: Mask) -> None:
    if not missing.any():
        return
    if work.layout.table.name == "calls" and column.name == "outcome":
        work.tell(
            missing,
            "a call with no outcome: it never closed",
            "an outcome",
            "Export again once the call has ended.",
            "open-call",
        )
    else:
        work.tell(missing, f"{column.name} is empty", column.meaning, "Fill it in.", "missing-value")


def _empties_only_the_cell(table: Table, column: Column) -> bool:
    """Say whether an unreadable value costs its cell only, and not the row (see the module's docstring)."""
    if column.required or not column.nullable:
        return False
    if column.kind == "text":
        return True
    return table.name != "calls" and (table.name, column.name) != ("events", "ends_at")


def _texts(work: _Columns, column: Column, values: pa.Array) -> pd.api.extensions.ExtensionArray:
    """Return a text column: nulls, fixed vocabularies, numbers cleaned."""
    table = work.layout.table
    if column.name != "caller_name":
        nulls = pc.is_in(values, TEXT_NULLS)
        if pc.any(nulls).as_py():
            values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
    if not column.nullable:
        _missing(work, column, values.is_null().to_numpy(zero_copy_only=False))
    if column.values:  # noqa: PD011 -- a Column, no frame
        values = _words(work, column, values)
    elif column.name in PHONES.get(table.name, ()):
        values = _telephones(work, column, values)
    elif (table.name, column.name) in _OF_THEIR_OWN:
        values = _OF_THEIR_OWN[table.name, column.name](work, column, values)
    typed: pd.api.extensions.ExtensionArray = pd.array(values, dtype="string")
    return typed


def _words(work: _Columns, column: Column, values: pa.Array) -> pa.Array:
    """Read the words of a fixed vocabulary; tell of those that are not in it."""
    coded = values.dictionary_encode()
    said = [re.sub(r"[\s\-]+", "_", s.strip().lower()) for s in coded.dictionary.to_pylist()]
    known = np.array([w in column.values for w in said], dtype=bool)  # noqa: PD011 -- a Column, no frame
    if not known.all():
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        work.tell(
            (codes >= 0) & ~known[codes],
            "",
            _one_of(column),
            "Correct the word, or name the format it comes from.",
            "unknown-word",
            column=column.name,
            cells=values,
            leave_out=not _empties_only_the_cell(work.layout.table, column),
        )
    meant = pa.array([w if k else None for w, k in zip(said, known, strict=True)], type=pa.string())
    return meant.take(coded.indices)


def _telephones(work: _Columns, column: Column, values: pa.Array) -> pa.Array:
    """Clean telephone numbers; tell of those that lost digits."""
    cleaned = phones.clean_arrow(values, work.options.region)
    if cleaned.null_count > values.null_count:
        _cut_short(work, column, values, _bools(phones.cut_short(values)))
    return cleaned


def _lists_of_numbers(work: _Columns, column: Column, values: pa.Array) -> pa.Array:
    parts = [re.split(_BETWEEN_NUMBERS, v or "") for v in values.to_pylist()]
    _cut_short(work, column, values, np.array([any(map(phones.is_cut_short, p)) for p in parts], dtype=bool))
    return pa.array([_numbers_of(v, work.options.region) for v in values.to_pylist()], type=pa.string())


def _targets(work: _Columns, _column: Column, values: pa.Array) -> pa.Array:
    """Clean those that are numbers; others are accounts and trunk groups."""
    region = work.options.region
    found = [phones.one(v, region) if v and v.startswith("+") else v for v in values.to_pylist()]
    return pa.array(found, type=pa.string())


def _zones(work: _Columns, column: Column, values: pa.Array) -> pa.Array:
    said = (z for z in values.unique().to_pylist() if z is not None)
    wrong = {z: "" if times.is_zone(z) else "an IANA name such as America/New_York" for z in said}
    return _checked(work, column, values, wrong, "bad-zone")


def _coverage(work: _Columns, column: Column, values: pa.Array) -> pa.Array:
    said = (c for c in values.unique().to_pylist() if c is not None)
    expected = 'hours such as "Mo-Fr 17:00-24:00; Sa-Su 00:00-24:00" (opening_hours)'
    return _checked(work, column, values, {c: check_coverage(c) and expected for c in said}, "bad-coverage")


_OF_THEIR_OWN: dict[tuple[str, str], Callable[[_Columns, Column, pa.Array], pa.Array]] = {
    ("accounts", "coverage"): _coverage,
    ("accounts", "numbers"): _lists_of_numbers,
    ("accounts", "timezone"): _zones,
    ("events", "target"): _targets,
}
"""How columns are read whose texts are neither of a vocabulary nor one telephone number each."""


def _one_of(column: Column) -> str:
    return "one of " + ", ".join(column.values)


def _checked(work: _Columns, column: Column, values: pa.Array, wrong: dict[str, str], kind: str) -> pa.Array:
    """Empty the cells whose text was judged wrong; ``wrong`` has, for each text, what was expected, or ''."""
    for text, expected in wrong.items():
        if expected:
            mask = _bools(pc.equal(values, text))
            work.tell(
                mask,
                "",
                expected,
                "Correct it in the accounts table.",
                kind,
                column=column.name,
                cells=values,
                leave_out=False,
            )
            values = pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), values)
    return values


_BETWEEN_NUMBERS = r"[;,|/]"


def _cut_short(work: _Columns, column: Column, values: pa.Array, cut: Mask) -> None:
    """Tell of numbers whose last digits a spreadsheet rounded away: they are nobody's."""
    work.tell(
        cut,
        "",
        "all digits of the number, of which a spreadsheet kept the first",
        "Export the file again, and open it in a spreadsheet with this column as text.",
        "cut-number",
        column=column.name,
        cells=values,
        leave_out=False,
    )


def _numbers_of(text: str | None, region: str) -> str | None:
    """Clean a list of numbers with ``;`` (or a comma or blank bar) between them; each once, in order."""
    if text is None:
        return None
    cleaned = (phones.one(part, region) for part in re.split(_BETWEEN_NUMBERS, text))
    return ";".join(dict.fromkeys(c for c in cleaned if c)) or None


def _instants(work: _Columns, column: Column, values: pa.Array, beside: pa.Array | None) -> None:
    """Parse a column of times; those without an offset are marked for the loader."""
    nulls = pc.is_in(values, ALL_NULLS)
    if pc.any(nulls).as_py():
        values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
    seen = _in_zone(work, column, times.parse(values), beside)
    if not column.nullable:
        _missing(work, column, values.is_null().to_numpy(zero_copy_only=False))
    if seen.bad.any():
        work.tell(
            seen.bad,
            "",
            "a real date and time, ISO 8601, as in 2026-10-08T09:15:00-04:00",
            "Correct the time.", "bad-time", column=column.name,
            cells=values,
            leave_out=not _empties_only_the_cell(work.layout.table, column),
        )
    work.naive += int(seen.naive.sum())
    if seen.naive.any():
        work.aware += int((~seen.naive & ~seen.bad & seen.instants.notna().to_numpy()).sum())
        work.out[column.name] = seen.instants
        work.out[f"{column.name}__naive"] = seen.naive
    else:
        work.aware += int(seen.instants.notna().sum())
        work.out[column.name] = seen.instants.dt.tz_localize("UTC")
    of_calls = work.layout.table.name == "calls"
    if of_calls:
        work.out[f"{column.name}__offset"] = seen.offset_min
    if not work.zone:  # the first rows will do to name it; for the calls all are there
        offsets = seen.offset_min if of_calls else times.parse(values.slice(0, 500)).offset_min
        work.zone = named_offsets(offsets)


def _in_zone(work: _Columns, column: Column, seen: times.Parsed, beside: pa.Array | None) -> times.Parsed:
    """Place times without an offset in the zone that the header or the column beside them gives."""
    in_utc = column.name in work.layout.utc
    if not (in_utc or beside is not None) or not seen.naive.any():
        return seen
    at, left = seen.instants.to_numpy().astype("datetime64[us]"), np.zeros_like(seen.naive)
    if not in_utc and beside is not None:
        at, left, bad = zones.placed_by(at, seen.naive, beside)
        work.tell(bad, "", 'a zone: "UTC", an offset or an IANA name', "Correct the zone.", "bad-zone", column=ZONE,
                  cells=beside, leave_out=False)  # fmt: skip
    placed = pc.binary_join_element_wise(pa.array(at).cast(pa.string()), "Z", "")
    return times.parse(pc.if_else(pa.array(seen.naive & ~left), placed, seen.texts))


def named_offsets(minutes: NDArray[np.float64]) -> str:
    """Return what offsets from UTC are called, the least and the greatest where they differ; '' for none.

    Examples
    --------
    >>> named_offsets(np.array([-300.0, np.nan, -240.0]))
    'UTC-05:00 to UTC-04:00'
    """
    given = minutes[~np.isnan(minutes)]
    if not len(given):
        return ""
    low, high = float(given.min()), float(given.max())
    return _offset_name(low) if low == high else f"{_offset_name(low)} to {_offset_name(high)}"


def _offset_name(minutes: float) -> str:
    if not minutes:
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{int(abs(minutes)) // 60:02d}:{int(abs(minutes)) % 60:02d}"


_NUMBER = r"^[+]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,2})?$"
_NEGATIVE = r"^-\d+([.,]\d*)?$"


def _numbers(work: _Columns, column: Column, values: pa.Array) -> pd.api.extensions.ExtensionArray:
    """Return a numeric column; what is no plain number, negative, or absurd, is a Problem."""
    kind = "Int64" if column.kind == "count" else "Float64"
    try:
        parsed = values.cast(pa.float64())
    except pa.ArrowInvalid:
        nulls = pc.is_in(values, ALL_NULLS)
        values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
        plain = values
        if work.layout.delimiter != ",":  # 12,5 is 12.5; 1,234 could be either and is refused
            comma = pc.match_substring_regex(plain, r"^\d+,\d{1,2}$")
            plain = pc.if_else(comma, pc.replace_substring(plain, ",", "."), plain)
        if column.unit == "%":
            plain = pc.ascii_rtrim(plain, characters=" %")
        fits = pc.match_substring_regex(plain, _NUMBER)
        below = pc.match_substring_regex(plain, _NEGATIVE)
        wrong = ~_bools(pc.or_(fits, below)) & ~values.is_null().to_numpy(zero_copy_only=False)
        parsed = pc.if_else(fits, plain, pc.if_else(below, "-1", pa.scalar(None, pa.string()))).cast(
            pa.float64()
        )
    else:
        wrong = np.zeros(work.size, dtype=bool)
    parsed = pc.if_else(
        pc.is_nan(parsed), pa.scalar(None, pa.float64()), parsed
    )  # "nan" is no number, and no mistake
    missing = parsed.is_null().to_numpy(zero_copy_only=False)
    numbers = parsed.fill_null(0.0).to_numpy(zero_copy_only=False)
    what = f"a number of {column.unit}" if column.unit and column.unit != "%" else "a number"
    leave_out = not _empties_only_the_cell(work.layout.table, column)

    def refuse(mask: Mask, expected: str) -> None:
        if mask.any():
            work.tell(
                mask,
                "",
                expected,
                "Correct the value.",
                "bad-number",
                column=column.name,
                cells=values,
                leave_out=leave_out,
            )

    odd = ~np.isfinite(numbers)
    most = {"seconds": LONGEST_S if work.layout.table.name == "calls" else 31 * 86_400}.get(column.kind, 1e12)
    fraction = (column.kind == "count") & (np.where(odd, 0, numbers) % 1 != 0)
    negative, large = numbers < 0, (numbers > most) & ~odd
    refuse(wrong | odd, what)
    refuse(negative & ~odd, f"{what}, not a negative one")
    refuse(large, f"{what}, at most {most:.0f}" + (" (a week)" if most == LONGEST_S else ""))
    refuse(fraction & ~negative & ~large, "a whole number")
    gone = missing | wrong | odd | negative | large | fraction
    if kind == "Int64":
        return pd.arrays.IntegerArray(np.where(gone, 0, numbers).astype(np.int64), gone)
    return pd.arrays.FloatingArray(np.where(gone, 0.0, numbers), gone)


def _order_of_times(work: _Columns) -> None:
    """Leave out spans that end before they start (compared where both are given alike)."""
    if work.layout.table.name not in ("events", "oncall") or "ends_at" not in work.out:
        return
    if ("starts_at__naive" in work.out) != ("ends_at__naive" in work.out):
        return
    starts, ends = pd.Series(work.out["starts_at"]), pd.Series(work.out["ends_at"])
    wrong = np.asarray((ends < starts).fillna(value=False), dtype=bool)
    if wrong.any():
        work.tell(
            wrong, "ends_at is before starts_at", "an end after the start", "Correct the times.", "bad-time"
        )
