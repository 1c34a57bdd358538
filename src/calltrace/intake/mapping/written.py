"""A mapping as TOML, for people to correct: read, checked, and written."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calltrace.errors import UsageError
from calltrace.intake import zones
from calltrace.intake.mapping import grid, moments, values
from calltrace.intake.mapping.fills import ASKED, Fill, Mapping
from calltrace.intake.mapping.grid import Form
from calltrace.tables import times
from calltrace.tables.schema import OUTCOMES, TABLES, Column

if TYPE_CHECKING:
    import os

_TOLD = {"": "  # such rows are left out", ASKED: '  # undecided; "" leaves such rows out'}
CONDITIONS = ("above-zero", "not-empty")
"""When a call of a log without outcomes was answered."""


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
    said = entry.get("between") or entry.get("less") or entry.get("from", [])
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
        less="less" in entry,
        answered_if=str(entry.get("answered_if", "")),
        otherwise=str(entry.get("otherwise", "abandoned")),
        flags=bool(entry.get("flags", False)),
        zone=str(entry.get("zone", "")) or ASKED * ("zone" in entry and "zone_from" not in entry),
        zone_from=str(entry.get("zone_from", "")),
    )
    _zoned(fill, where, form, wrong)
    if fill.value or fill.line:
        return fill
    timed = column.kind == "instant" or fill.between
    forms = moments.INSTANTS if timed else values.DURATIONS if column.kind == "seconds" else ("",)
    if timed and (len(source) != 2 if fill.between else len(source) > 2):
        raise wrong(f"{where} has {len(source)} columns", "two columns" if fill.between else "one column, or date and time")
    if fill.less and (column.kind != "seconds" or len(source) != 2):
        raise wrong(f"{where} has less of {len(source)} columns", "two columns of durations, for a column of seconds")
    if (fill.form not in forms and fill.form) or fill.clock not in (*moments.CLOCKS, "") or fill.decimal not in ".,":
        raise wrong(
            f"{where} has form {fill.form!r}, clock {fill.clock!r}, decimal {fill.decimal!r}",
            f"form {' or '.join(f for f in forms if f) or 'left out'}, clock 24 or 12, decimal . or ,",
        )
    for word, meaning in fill.words.items():
        if meaning not in {"", ASKED} and column.values and meaning not in column.values:
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
    elif fill.zone == ASKED:
        missing = "its zone is left out"
    return replace(fill, undecided=missing)


def _zoned(fill: Fill, where: str, form: Form, wrong: Any) -> None:
    """Raise where a zone is none, or stands in no column of the file."""
    if fill.zone not in {"", ASKED} and not zones.is_one(fill.zone):
        raise wrong(f"{where} has zone {fill.zone!r}", '"UTC", an offset such as "+02:00" or an IANA name')
    if fill.zone_from and fill.zone_from not in form.columns:
        raise wrong(f"{where} has zone_from {fill.zone_from!r}", f"one of the columns {', '.join(form.columns)}")


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
    pair = "between" if fill.between else "less" if fill.less else ""
    lines = [f"{pair} = [{many}]" if pair else f"from = {many}" if single else f"from = [{many}]"]
    if fill.answered_if:
        return [*lines, f"answered_if = {_quoted(fill.answered_if)}", f"otherwise = {_quoted(fill.otherwise)}"]
    told = f"  # undecided: {fill.undecided}" if fill.undecided else ""
    if column.kind == "instant" or fill.between:
        lines.append(f"form = {_quoted(fill.form)}{told if not fill.form else ''}")
        if fill.form not in {"iso", "spreadsheet-days"} and not fill.form.startswith("epoch"):
            lines.append(f"clock = {_quoted(fill.clock)}{told if fill.form and not fill.clock else ''}")
        if fill.zone:
            asked = fill.zone == ASKED
            lines.append(f"zone = {_quoted('' if asked else fill.zone)}{told if asked and fill.form and fill.clock else ''}")
        if fill.zone_from:
            lines.append(f"zone_from = {_quoted(fill.zone_from)}")
    elif column.kind == "seconds":
        lines.append(f"form = {_quoted(fill.form)}{told if not fill.form else ''}")
    if column.kind in {"seconds", "count", "number"} and (fill.decimal != "." or (fill.undecided and fill.form)):
        lines.append(f"decimal = {_quoted(fill.decimal)}{told if not fill.decimal else ''}")
    if fill.flags:
        lines.append("flags = true")
    if fill.words:
        lines.append("[fill." + column.name + ".words]")
        lines += [f"{_quoted(word)} = {_quoted(meaning)}" + _TOLD.get(meaning, "")
                  for word, meaning in fill.words.items()]  # fmt: skip
    return lines


def _quoted(text: str) -> str:
    shown = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in shown) + '"'
