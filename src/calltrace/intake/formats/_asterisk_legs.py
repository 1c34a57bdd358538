"""Legs out of rows of call detail records, whichever file or table holds them: cells, types, times.

What cdr_csv, cdr_custom and a database's ``cdr`` table have in common. A layout names the fields; the rows
become a table of texts (read at once where nothing is wrong, line by line where something is), then a frame
with times in UTC.
"""

from __future__ import annotations

import csv
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.delimited import JOIN_LINES
from calltrace.intake.formats._asterisk_times import TIMES, offsets, place_in_time, read_times
from calltrace.intake.formats._base import Reading, ReadOptions, Stream
from calltrace.intake.formats._by_hand import without_seconds
from calltrace.intake.formats._lines import LISTED, short
from calltrace.tables.problems import Problem, first_of
from calltrace.tables.text import visible

DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION", "CANCEL", "UNKNOWN", "VOICEMAIL")

TEXTS = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "disposition",
    "uniqueid",
    "userfield",
    "linkedid",
    "did",
    "cnam",
    "recordingfile",
    "direction",
)
TABLES_ONLY = ("calltype", "srctrunk", "dstrunk", "srcchanurl", "dstchanurl", "calldate")
"""What tables have beside these, and tell one of them by."""
FAR_UNSAID = "far_unsaid"
"""A column of legs: whether the file does not say which channel was dialled, which is not to say that none was."""
NUMBERS = ("duration", "billsec")
_NULLS = ("", "NULL", "\\N")
"""What exporters write for "no value"."""

FIRST_REAL = np.datetime64("1990-01-01", "s")
"""Dates before this were typed in or made up by a database (0000-00-00, 1000-01-01): no Asterisk is older."""


@dataclass(frozen=True)
class Layout:
    """How rows are laid out.

    Parameters
    ----------
    names : tuple of str
        The fields in order.
    says : str
        What told them, for ``inspect``.
    skip : int
        Lines before the first row.
    delimiter : str
        What stands between fields.
    stray : callable, optional
        Given a row of another width, returns its fields' names, or None if it is no record.
    """

    names: tuple[str, ...]
    says: str
    skip: int = 0
    delimiter: str = ","
    stray: Callable[[list[str]], tuple[str, ...] | None] | None = None


def fields(line: str, delimiter: str = ",") -> list[str]:
    """Split one line."""
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return line.rstrip("\r\n").split(delimiter)


# --- cells --------------------------------------------------------------------------------


def rows(data: bytes, layout: Layout, name: str, problems: list[Problem]) -> tuple[pa.Table, np.ndarray, int]:
    """Return the table of texts and times, the line each row is on, and how many rows the file holds.

    ``data`` begins behind the lines the layout skips.
    """
    offset = layout.skip + 1
    count = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    if count and not data.startswith(b"\n") and b"\n\n" not in data and data.count(b'"') % 2 == 0:
        # The usual file: one parse by all cores. As many rows as lines proves that no open quote swallowed
        # one.
        bad: list[pv.InvalidRow] = []
        table = _parse(data, layout, bad, threads=True)
        if not bad and table is not None and table.num_rows == count:
            return table, np.arange(offset, offset + count), count
    return _rows_with_care(data, layout, name, problems, offset)


def _parse(data: bytes, layout: Layout, bad: list[pv.InvalidRow], *, threads: bool) -> pa.Table | None:
    """Parse with Arrow; times and numbers typed if every one of them is well-formed, else left as text."""

    def aside(row: pv.InvalidRow) -> str:
        bad.append(row)
        return "skip"

    names = layout.names
    types: dict[str, pa.DataType] = dict.fromkeys(names, pa.string())
    strict = types | dict.fromkeys(TIMES, pa.timestamp("s")) | dict.fromkeys(NUMBERS, pa.int64())
    keep = [n for n in names if n in TEXTS or n in TIMES or n in NUMBERS or n in TABLES_ONLY]
    for column_types in (strict, types):
        bad.clear()
        try:
            return pv.read_csv(
                pa.BufferReader(data),
                read_options=pv.ReadOptions(column_names=list(names), use_threads=threads),
                parse_options=pv.ParseOptions(delimiter=layout.delimiter, invalid_row_handler=aside),
                convert_options=pv.ConvertOptions(
                    column_types=column_types,
                    include_columns=keep,
                    null_values=list(_NULLS),
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            continue
    return None


def _rows_with_care(
    data: bytes, layout: Layout, name: str, problems: list[Problem], offset: int
) -> tuple[pa.Table, np.ndarray, int]:
    """Read a file with blank lines, open quotes or rows of another width: line by line where it must be."""
    lines = _rows_joined(data.split(b"\n"), layout)
    numbers = [n for n, line in enumerate(lines) if line.strip()]
    odd = {n for n in numbers if lines[n].count(b'"') % 2}
    even = [n for n in numbers if n not in odd]
    bad: list[pv.InvalidRow] = []
    parts: list[tuple[pa.Table, np.ndarray]] = []
    table = _parse(b"\n".join(lines[n] for n in even), layout, bad, threads=False) if even else None
    if table is not None and table.num_rows + len(bad) == len(even):
        beside = {even[row.number - 1] for row in bad}
        parts.append((table, np.array([n for n in even if n not in beside], dtype=np.int64) + offset))
    else:
        beside = set(even)
    last = numbers[-1] if numbers and not data.endswith(b"\n") else -1
    by_names: dict[tuple[str, ...], list[tuple[int, list[str]]]] = {}
    lost: list[tuple[int, bytes]] = []
    for n in sorted(odd | beside):
        row = fields(lines[n].decode(errors="replace"), layout.delimiter)
        names = _names_of(row, layout)
        cut_off = n == last and len(row) != len(layout.names)
        if names is None or cut_off:
            lost.append((n, lines[n]))
            continue
        by_names.setdefault(layout.names if len(row) == len(layout.names) else names, []).append((n, row))
        if n in odd:
            says = "a quote that is never closed"
            wanted, mended = "every quote closed on its line", "The row was ended at the end of its line."
            problems.append(
                Problem(
                    Location(name, n + offset),
                    says,
                    wanted,
                    mended,
                    table="calls",
                    effect="repaired",
                    rows=1,
                    kind="open-quote",
                )
            )
    for of_names, found in by_names.items():
        columns = {
            field: pa.array([None if row[i] in _NULLS else row[i] for _, row in found], pa.string())
            for i, field in enumerate(of_names)
            if field in TEXTS or field in TIMES or field in NUMBERS or field in TABLES_ONLY
        }
        parts.append((pa.table(columns), np.array([n for n, _ in found], dtype=np.int64) + offset))
    problems += _lost([(n + offset, text) for n, text in lost], name, len(layout.names), last=last + offset)
    if not parts:
        parts.append((pa.table({f: pa.array([], pa.string()) for f in layout.names}), np.array([], np.int64)))
    if len(parts) == 1:
        return parts[0][0], parts[0][1], len(numbers)
    table = pa.concat_tables([_as_text(part) for part, _ in parts], promote_options="default")
    at = np.concatenate([where for _, where in parts])
    order = np.argsort(at, kind="stable")
    return table.take(pa.array(order)), at[order], len(numbers)


def _names_of(row: list[str], layout: Layout) -> tuple[str, ...] | None:
    """Return the names of a row's fields, None if it is none.

    With a header any row of its width is one, without one a row has to look like a record.
    """
    return layout.stray(row) if layout.stray else layout.names if len(row) == len(layout.names) else None


def _rows_joined(lines: list[bytes], layout: Layout) -> list[bytes]:
    """Return the lines with rows put together whose quoted values hold line ends: on the first of each, the others blank.

    They are one only where the lines together make a record and none of them does by itself: else a quote was left open,
    and costs its own line alone.
    """
    for n, line in enumerate(lines):
        if line.count(b'"') % 2 == 0 or _names_of(fields(line.decode(errors="replace"), layout.delimiter), layout):
            continue
        for end in range(n + 1, min(n + 1 + JOIN_LINES, len(lines))):
            if _names_of(fields(lines[end].decode(errors="replace"), layout.delimiter), layout):
                break
            together = b" ".join(lines[n : end + 1])
            if together.count(b'"') % 2:
                continue
            if _names_of(fields(together.decode(errors="replace"), layout.delimiter), layout):
                lines[n : end + 1] = [together, *[b""] * (end - n)]
            break
    return lines


def _lost(lost: list[tuple[int, bytes]], name: str, width: int, *, last: int) -> list[Problem]:
    """Tell of lines that are no rows, the first one by one; ``last`` is the line the file was cut off in, if it was."""

    def one(n: int) -> Problem:
        line, text = lost[n]
        cut = line == last and n < LISTED  # the others are told as the rows they mostly are
        return Problem(
            Location(name, line),
            f'"{short(text)}"',
            "a whole row, but the file ends in the middle of it"
            if cut
            else f"{width} fields with a start time and a disposition",
            "Row left out.",
            table="calls",
            kind="cut-off" if cut else "bad-row",
        )

    return first_of(len(lost), one, LISTED, expected=f"{width} fields")


def _as_text(table: pa.Table) -> pa.Table:
    """Return the table with its typed times and numbers as text again, to stand beside rows read singly."""
    columns = {}
    for field in table.column_names:
        values = table[field]
        if pa.types.is_timestamp(values.type):
            values = pc.strftime(values, "%Y-%m-%d %H:%M:%S")
        columns[field] = values.cast(pa.string())
    return pa.table(columns)


def typed(
    table: pa.Table, lines: np.ndarray, name: str, options: ReadOptions, problems: list[Problem]
) -> pd.DataFrame:
    """Return the frame with naive times (start, answer, end), rows without a real start left out."""
    columns: dict[str, object] = {}
    for field in TEXTS:
        if field in table.column_names:
            columns[field] = pd.Series(_text_array(table[field]))
    size = table.num_rows
    day_first = None
    for field in TIMES:
        if field not in table.column_names:
            columns[field] = np.full(size, np.datetime64("NaT", "s"))
            continue
        columns[field], day_first = read_times(table, field, day_first, name, options, problems)
    for field in NUMBERS:
        columns[f"{field}_s"] = (
            _numbers(table[field]) if field in table.column_names else np.full(size, np.nan)
        )
    if FAR_UNSAID in table.column_names:
        columns[FAR_UNSAID] = table[FAR_UNSAID].to_numpy().astype(bool)
    elif "dstchannel" not in table.column_names:
        columns[FAR_UNSAID] = np.ones(size, dtype=bool)
    columns["source_line"] = lines
    columns["coarse"] = without_seconds(table["start"])
    columns["offset_min"] = offsets(table["start"])
    frame = pd.DataFrame(columns)
    start = frame["start"].to_numpy()
    disposition = frame["disposition"]
    no_date = np.isnat(start) | (start < FIRST_REAL)
    stray = ~no_date & ~disposition.isin(DISPOSITIONS).to_numpy(dtype=bool)
    dispositions = "a disposition: " + ", ".join(DISPOSITIONS[:5])
    problems += _unfit(table["start"], no_date, "start", "a real start as YYYY-MM-DD HH:MM:SS", "bad-time", lines, name)
    problems += _unfit(table["disposition"], stray, "disposition", dispositions, "bad-row", lines, name)
    keep = ~(no_date | stray)
    if not keep.all():
        frame = frame[keep].reset_index(drop=True)
    _without_answer_and_end(frame)
    _without_blank_ids(frame)
    frame["source_file"] = pd.Categorical.from_codes(np.zeros(len(frame), dtype=np.int64), pd.Index([name]))
    for field in TEXTS[:11]:
        if field not in frame.columns:
            frame[field] = pd.Series(pd.NA, index=frame.index, dtype="string")
    return frame


def _unfit(  # noqa: PLR0917 - in the order of a Problem
    cells: pa.ChunkedArray, mask: np.ndarray, field: str, expected: str, kind: str, lines: np.ndarray, name: str
) -> list[Problem]:
    """Tell of rows whose value of a field is none, the first one by one."""
    where = np.flatnonzero(mask)

    def one(n: int) -> Problem:
        given = cells[int(where[n])].as_py()
        saw = f'{field} is "{visible(str(given if given is not None else ""))}"'
        return Problem(Location(name, int(lines[where[n]])), saw, expected, "Row left out.", table="calls", kind=kind)

    return first_of(len(where), one, LISTED)


def _text_array(values: pa.ChunkedArray) -> pd.api.extensions.ExtensionArray:
    made: pd.api.extensions.ExtensionArray = pd.array(
        values.to_pandas(types_mapper=lambda _: pd.StringDtype("pyarrow")), dtype="string"
    )
    return made


def _numbers(values: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_string(values.type):
        good = pc.match_substring_regex(values, r"^\d{1,9}$")
        values = pc.cast(pc.if_else(good, values, None), pa.int64())
    found: np.ndarray = values.cast(pa.float64()).to_numpy()
    return found


def _without_answer_and_end(frame: pd.DataFrame) -> None:
    """Fill answer and end from duration and billsec where a row (of an exported table, mostly) has neither."""
    lacking = frame["end"].isna().to_numpy() & frame["answer"].isna().to_numpy()
    if not lacking.any():
        return
    start = frame["start"].to_numpy()
    duration = np.nan_to_num(frame["duration_s"].to_numpy()).astype("timedelta64[s]")
    billed = np.nan_to_num(frame["billsec_s"].to_numpy()).astype("timedelta64[s]")
    frame["end"] = np.where(lacking, start + duration, frame["end"].to_numpy())
    spoken = lacking & (billed > np.timedelta64(0, "s"))
    frame["answer"] = np.where(spoken, start + duration - billed, frame["answer"].to_numpy())


def _without_blank_ids(frame: pd.DataFrame) -> None:
    """Empty ids that are no call's: an unused column is filled with 0, which would make all rows one call."""
    for column in ("uniqueid", "linkedid"):
        if column not in frame.columns:
            continue
        ids = frame[column]
        odd = ids.notna() & ~ids.str.contains(r"(?:^|-)\d{9,10}\.\d+$", regex=True).fillna(True)
        if not odd.any():
            continue
        blank = odd & ids.str.fullmatch(r"[0\W]*").fillna(False)
        one = bool(odd.all()) and len(ids[~blank].unique()) == 1 and len(frame["channel"].unique()) > 1
        frame[column] = ids.mask(odd if one else blank, pd.NA)


def reading(  # noqa: PLR0917 - what a format's read has in hand
    table: pa.Table,
    lines: np.ndarray,
    rows: int,
    stream: Stream,
    options: ReadOptions,
    problems: list[Problem],
) -> Reading:
    """Return the reading of a file's cells: legs typed and placed in time, with what was wrong with them."""
    frame = typed(table, lines, stream.display, options, problems)
    zone, zone_from, notes = place_in_time(frame, options, stream.display, problems)
    frame = frame.drop(columns=list(TIMES))
    if FAR_UNSAID in frame.columns and frame[FAR_UNSAID].any():
        problems.append(
            Problem(
                Location(stream.display, 1),
                "no column says which phone was dialled (dstchannel; a Yeastar's dstchanurl)",
                "the channel dialled, by which a call that somebody took is told from one that only a queue's music met",
                "A Dial or Queue that is ANSWERED was taken for a person's. Export the column too, or add the queue_log.",
                table="calls",
                effect="noted",
                rows=0,
                kind="far-unsaid",
            )
        )
    return Reading(
        "asterisk-legs",
        frame,
        rows=rows,
        problems=tuple(problems),
        zone=zone,
        zone_from=zone_from,
        notes=tuple(notes),
    )
