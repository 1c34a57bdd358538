"""Every kind of pollution of the Pollock benchmark on the generic layout: read right, or refused with its line.

The kinds are those of Vitagliano et al., "Pollock: A Data Loading Benchmark" (VLDB 2023): what 3,712 real CSV
files do that RFC 4180 does not foresee, on the level of the file, the table, rows and columns. Whatever is done
to the file here, a row that comes out is a row that went in, whole, and a row that does not come out is named
with its line.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from calltrace.intake.encodings import to_utf8
from calltrace.intake.formats import generic
from calltrace.intake.formats._base import Reading, ReadOptions
from calltrace.intake.opened import stream_of
from calltrace.tables.schema import TABLES, conform

HEADER = ["call_id", "account", "dnis", "ani", "caller_name", "agent", "offered_at", "talk_s", "outcome", "recording"]
ROWS = [
    [f"c{i}", "1021", "+17175551234", f"+1484555{i:04d}", f"DOE, J{i}", f"A{i % 3}",
     f"2026-10-08T09:{i:02d}:00-04:00", str(60 + i), "answered" if i % 4 else "abandoned", f"r{i}.wav" if i % 2 else ""]
    for i in range(12)
]
ACCOUNTS = [["account", "name", "trunk_group", "numbers"],
            *[[f"10{i}", f"Client {i}", "A", f"+1717555{i:04d}"] for i in range(8)]]

Grid = list[list[str]]


def quoted(cell: str, quote: str = '"') -> str:
    return quote + cell.replace(quote, quote * 2) + quote


def text(rows: Grid, *, delimiter: str = ",", quote: str = '"', end: str = "\r\n") -> str:
    return end.join(delimiter.join(quoted(c, quote) for c in row) for row in rows) + end


def grid() -> Grid:
    return [list(HEADER), *[list(r) for r in ROWS]]


def read(data: bytes | str) -> Reading | None:
    """None where the file is refused as a whole."""
    raw = data.encode() if isinstance(data, str) else data
    stream = stream_of("calls.csv", to_utf8(raw)[0])
    if generic.detect(stream.head) is None:
        return None
    return generic.read(stream, ReadOptions())


CLEAN = conform(generic.read(stream_of("calls.csv", text(grid()).encode()), ReadOptions()).frame, TABLES["calls"])
BY_ID = CLEAN.set_index("call_id").drop(columns=["source_file", "source_line"])


def never_wrong(data: bytes | str, *, ignoring: tuple[str, ...] = ()) -> set[str]:
    """Hold a reading to its promise, and return the ids of the calls that came out."""
    reading = read(data)
    if reading is None:
        return set()
    left_out = [p for p in reading.problems if p.effect == "left-out"]
    assert len(reading.frame) + sum(p.rows for p in left_out) == reading.rows
    assert all(p.at.line > 0 and p.saw and p.expected for p in left_out)
    if reading.frame.empty:
        return set()
    found = conform(reading.frame, TABLES["calls"]).set_index("call_id")
    assert set(found.index) <= set(BY_ID.index), "a call that is not in the file"
    if any(p.kind == "no-line-end" for p in reading.problems):
        ignoring = (*ignoring, HEADER[-1])  # told of: the last value may be cut
    columns = [c for c in BY_ID.columns if c not in ignoring]
    pd.testing.assert_frame_equal(found[columns], BY_ID.loc[found.index, columns])
    lost = set(BY_ID.index) - set(found.index)
    assert sum(p.rows for p in left_out) >= 0
    if lost and reading.rows >= len(ROWS):
        assert left_out, "rows are missing and nothing is said"
    return set(found.index)


ALL = {r[0] for r in ROWS}


def test_the_source_itself_is_read_whole() -> None:
    assert never_wrong(text(grid())) == ALL


# --- the file


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_every_row(encoding: str) -> None:
    assert never_wrong(text(grid()).encode(encoding)) == ALL


@pytest.mark.parametrize("size", range(0, 1400, 7))
def test_a_file_that_ends_anywhere(size: int) -> None:
    cut = text(grid())[:size]
    found = never_wrong(cut)
    whole = {row[0] for row, line in zip(ROWS, cut.splitlines(keepends=True)[1:], strict=False) if line.endswith("\n")}
    assert found >= whole
    assert len(found - whole) <= 1


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_line_end_gives_every_row(end: str) -> None:
    assert never_wrong(text(grid(), end=end)) == ALL


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "\t\t", ", ", "; "])
def test_field_delimiters_that_are_read(delimiter: str) -> None:
    assert never_wrong(text(grid(), delimiter=delimiter)) == ALL


@pytest.mark.parametrize("delimiter", [":", " ", "\\t", "^", "~", "::", " - "])
def test_field_delimiters_that_are_refused(delimiter: str) -> None:
    assert read(text(grid(), delimiter=delimiter)) is None


@pytest.mark.parametrize("quote", ['"', "'"])
def test_either_quotation_mark_gives_every_row(quote: str) -> None:
    assert never_wrong(text(grid(), quote=quote)) == ALL


def test_quotation_marks_with_a_blank() -> None:
    rows = "\r\n".join(",".join(f'" {c} "' for c in row) for row in grid()) + "\r\n"
    assert never_wrong(rows) == ALL


def test_no_quotation_marks_cost_what_holds_a_separator() -> None:
    plain = "\n".join(",".join(row) for row in grid()) + "\n"
    assert never_wrong(plain) == set()  # every name holds a comma
    assert never_wrong(plain.replace("DOE, J", '"DOE, J').replace(",A", '",A')) == ALL


@pytest.mark.parametrize("more", [1, 40])
def test_columns_of_no_meaning_are_named_and_cost_no_row(more: int) -> None:
    rows = grid()
    wide = [[*rows[0], *[f"col{i}" for i in range(more)]], *[[*r, *["x"] * more] for r in rows[1:]]]
    assert never_wrong(text(wide)) == ALL
    reading = read(text(wide))
    assert reading is not None
    assert "col0" in " ".join(reading.notes)


def test_a_header_of_more_than_the_head() -> None:
    wide = grid()
    wide[0] += [f"column{i}" for i in range(17_000)]
    assert read(text(wide)) is None


def test_one_column_is_no_log() -> None:
    assert read(text([row[:1] for row in grid()])) is None


def test_one_row_no_row_and_no_header() -> None:
    assert never_wrong(text(grid()[:2])) == {"c0"}
    assert never_wrong(text(grid()[:1])) == set()
    assert read(text(grid()[1:])) is None


def test_twenty_thousand_rows_are_all_there() -> None:
    rows = [[f"c{i}", *ROWS[1][1:]] for i in range(20_000)]
    reading = read(text([HEADER, *rows]))
    assert reading is not None
    assert (len(reading.frame), len(reading.problems)) == (20_000, 0)
    assert reading.frame["call_id"].tolist() == [r[0] for r in rows]


def test_an_empty_file_is_no_log() -> None:
    assert read(b"") is None


# --- the table


@pytest.mark.parametrize("delimited", [True, False])
@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("foot", [True, False])
def test_preambles_and_footnotes_cost_no_row(*, delimited: bool, empty: bool, count: int, foot: bool) -> None:
    words = ["FOOTNOTE" if foot else "PREAMBLE", *[""] * (len(HEADER) - 1)]
    extra = (text([words] * count) if delimited else f'"{words[0]}"\r\n' * count)
    blank = ("" if not empty else text([[""] * len(HEADER)]) if delimited else "\r\n")
    body = text(grid())
    assert never_wrong(body + blank + extra if foot else extra + blank + body) == ALL


def test_a_title_of_words_and_a_total() -> None:
    body = text(grid())
    assert never_wrong("Calls of October\r\nPrinted, by hand\r\n\r\n" + body + "Total,12,,,,,,786,,\r\n") == ALL


@pytest.mark.parametrize("width", [4, 6, len(HEADER), 12])
@pytest.mark.parametrize("separated", [True, False])
def test_another_table_below_costs_no_row(width: int, *, separated: bool) -> None:
    head = [f"other{i}" for i in range(width)]
    other = [head, *[[f"{i}{j}" for j in range(width)] for i in range(10)]]
    gap = "\r\n\r\n" if separated else ""
    assert never_wrong(text(grid()) + gap + text(other)) == ALL


@pytest.mark.parametrize("rows", [1, 2])
def test_a_header_of_several_rows(rows: int) -> None:
    above = [["", "HEADER", *[""] * (len(HEADER) - 2)]] * rows
    assert never_wrong(text([*above, *grid()])) == ALL
    assert never_wrong(text([grid()[0], *grid()])) == ALL


@pytest.mark.parametrize("escaped", ['\\"', '""'])
@pytest.mark.parametrize("row", [1, 2, 6, 12])
def test_an_escaped_quote_costs_its_own_row_at_most(escaped: str, row: int) -> None:
    lines = text(grid()).split("\r\n")
    lines[row] = lines[row].replace("DOE", f"DOE {escaped}JOHN{escaped}")
    data = "\r\n".join(lines)
    reading = read(data)
    assert reading is not None
    names = dict(zip(reading.frame["call_id"], reading.frame["caller_name"], strict=True))
    if escaped == '""':
        assert names[f"c{row - 1}"] == f'DOE "JOHN", J{row - 1}'
    else:
        assert f"c{row - 1}" not in names
        assert [p.at.line for p in reading.problems] == [row + 1]
    assert len(names) >= len(ROWS) - 1


def test_a_backslash_for_every_quote() -> None:
    data = text(grid()).replace("DOE", '\\"DOE\\"')
    assert never_wrong(data, ignoring=("caller_name",)) == set()


# --- columns


@pytest.mark.parametrize("column", range(len(HEADER)))
@pytest.mark.parametrize("name", ["", "HEADER", "HEAD/%R", "call_id", "talk_s"])
def test_a_header_that_is_another(column: int, name: str) -> None:
    rows = grid()
    lost = rows[0][column]
    rows[0][column] = name
    reading = read(text(rows))
    if reading is None:
        assert lost in TABLES["calls"].required
        return
    never_wrong(text(rows), ignoring=(lost,))
    if name not in HEADER:
        assert reading.notes, "a column was dropped and nothing is said"


@pytest.mark.parametrize("column", [0, 3, len(HEADER) - 1])
def test_a_very_long_header(column: int) -> None:
    rows = grid()
    rows[0][column] = "HEADER" * 20_000
    assert read(text(rows)) is None


FORMATS: dict[str, Callable[[str], str]] = {
    "talk_s": lambda v: f"0:{int(v) // 60:02d}:{int(v) % 60:02d}",
    "offered_at": lambda v: f"{v[5:7]}/{v[8:10]}/{v[:4]} {v[11:16]}",
    "outcome": lambda v: v[:3].upper(),
}


@pytest.mark.parametrize("column", list(FORMATS))
@pytest.mark.parametrize("rows", [(1,), (6,), (12,), range(1, 7), range(4, 9), range(1, 13)])
def test_a_column_in_another_form(column: str, rows: tuple[int, ...] | range) -> None:
    changed = grid()
    place = HEADER.index(column)
    for row in rows:
        changed[row][place] = FORMATS[column](changed[row][place])
    assert never_wrong(text(changed)) == ALL - {f"c{row - 1}" for row in rows}
    reading = read(text(changed))
    assert reading is not None
    assert [p.at.line for p in reading.problems] == [row + 1 for row in rows]


# --- rows, every one and every place in it


@pytest.mark.parametrize("row", range(1, len(ROWS) + 1))
@pytest.mark.parametrize("width", [0, 1, 5, 9, 11, 15])
def test_a_row_of_another_width(row: int, width: int) -> None:
    lines = text(grid()).split("\r\n")
    cells = [*ROWS[row - 1], *[ROWS[row - 1][-1]] * 5][:width]
    lines[row] = ",".join(quoted(c) for c in cells)
    assert never_wrong("\r\n".join(lines)) == ALL - {f"c{row - 1}"}


@pytest.mark.parametrize("row", range(len(ROWS) + 1))
def test_a_row_that_ends_otherwise(row: int) -> None:
    for end in ("\n", "\r"):
        lines = text(grid()).split("\r\n")
        data = "\r\n".join(lines[: row + 1]) + end + "\r\n".join(lines[row + 1 :])
        found = never_wrong(data)
        assert found == ALL or (end == "\r" and not found)  # a header that runs on is no header


@pytest.mark.parametrize("row", range(1, len(ROWS) + 1))
@pytest.mark.parametrize("delimiter", [";", "\t", "|", ", "])
def test_a_row_with_another_separator(row: int, delimiter: str) -> None:
    lines = text(grid()).split("\r\n")
    lines[row] = delimiter.join(quoted(c) for c in ROWS[row - 1])
    found = never_wrong("\r\n".join(lines))
    assert found == (ALL if delimiter == ", " else ALL - {f"c{row - 1}"})


@pytest.mark.parametrize("row", range(1, len(ROWS) + 1))
@pytest.mark.parametrize("name", ["DOE, J", "DOE"])
def test_a_row_in_other_quotes(row: int, name: str) -> None:
    rows = [[*r[:4], name, *r[5:]] for r in ROWS]
    lines = text([HEADER, *rows]).split("\r\n")
    lines[row] = ",".join(quoted(c, "'") for c in rows[row - 1])
    assert never_wrong("\r\n".join(lines), ignoring=("caller_name",)) == ALL - {f"c{row - 1}"}


@pytest.mark.parametrize("row", range(1, len(ROWS) + 1))
@pytest.mark.parametrize("plain", [True, False])
def test_a_separator_more_or_less_anywhere(row: int, *, plain: bool) -> None:
    cells = [c.replace(",", "") if plain else quoted(c) for c in ROWS[row - 1]]
    for place in range(len(cells)):
        lines = text(grid()).split("\r\n")
        lines[row] = ",".join([*cells[:place], "", *cells[place:]])
        assert f"c{row - 1}" not in never_wrong("\r\n".join(lines), ignoring=("caller_name",))
        if place:
            lines[row] = ",".join([*cells[: place - 1], cells[place - 1] + cells[place], *cells[place + 1 :]])
            assert f"c{row - 1}" not in never_wrong("\r\n".join(lines), ignoring=("caller_name",))


@pytest.mark.parametrize("row", range(1, len(ROWS) + 1))
def test_a_quotation_mark_more_or_less_anywhere(row: int) -> None:
    line = text(grid()).split("\r\n")[row]
    marks = [i for i, c in enumerate(line) if c == '"']
    for place in marks:
        for damaged in (line[:place] + line[place + 1 :], line[:place] + '"' + line[place:]):
            lines = text(grid()).split("\r\n")
            lines[row] = damaged
            others = never_wrong("\r\n".join(lines)) - {f"c{row - 1}"}
            assert others == ALL - {f"c{row - 1}"}


# --- a table of texts alone, where no type gives damage away


def clients(data: str) -> dict[str, tuple[object, ...]]:
    stream = stream_of("accounts.csv", data.encode())
    if generic.detect(stream.head) is None:
        return {}
    reading = generic.read(stream, ReadOptions())
    left_out = sum(p.rows for p in reading.problems if p.effect == "left-out")
    assert len(reading.frame) + left_out == reading.rows
    return {r[0]: r for r in zip(*[reading.frame[c] for c in ACCOUNTS[0]], strict=True)}


TRUE = {r[0]: tuple(r) for r in ACCOUNTS[1:]}


@pytest.mark.parametrize("row", range(1, 9))
def test_texts_are_never_another_columns(row: int) -> None:
    for line in (
        ",".join(quoted(c, "'") for c in ACCOUNTS[row]),
        ";".join(quoted(c) for c in ACCOUNTS[row]),
        ", ".join(quoted(c) for c in ACCOUNTS[row]),
        ",".join(["", *ACCOUNTS[row]]),
        ",".join([ACCOUNTS[row][0], "", *ACCOUNTS[row][1:]]),
        ",".join(ACCOUNTS[row]) + ",",
        ",".join(ACCOUNTS[row][:-1]),
        "FOOTNOTE,,,",
        "FOOTNOTE",
        "\\t".join(ACCOUNTS[row]),
    ):
        lines = text(ACCOUNTS).split("\r\n")
        lines[row] = line
        found = clients("\r\n".join(lines))
        assert all(TRUE.get(k) == v for k, v in found.items()), line
        assert set(found) >= TRUE.keys() - {ACCOUNTS[row][0]}
