"""What the logs of call records printed line by line share: lines, durations, dates without a year, one row a call.

SMDR was made for a printer and is captured from a serial line or a socket: page headers, form feeds, NULs at
the start and lines broken in two are usual. A reader goes through the lines once, adds each caller's attempt to
:class:`Attempts`, and says of every other line why it is none.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from calltrace.errors import Location
from calltrace.intake.formats import _values
from calltrace.intake.formats._base import Reading, ReadOptions, Stream
from calltrace.intake.formats._dates import dates_of, file_date, order_problem
from calltrace.tables import phones
from calltrace.tables.problems import Effect, Problem
from calltrace.tables.text import visible
from calltrace.tables.written_dates import WrittenDates, month_first, real_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

LISTED = 200
"""How many lines of one kind of trouble are listed one by one; the rest is told as a count."""

LONGEST_S = 7 * 86_400
"""A call of more than a week is a fault of the record: switches cut hung channels far sooner."""

IN_ORDER = 3
"""So many different records that follow each other as others did before are those records again."""

FIGURES = 8
"""A record has at least so many digits beside its date: a time, a duration, an extension; a page's heading has fewer."""

_TO_THE_MINUTE = re.compile(r"[^:]*?\b\d{1,2}:\d\d(?![:\d])")
_DATE = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}")

NUMBERS = ("ani", "dnis", "redirected_from", "transferred_to")
TEXTS = (
    "call_id",
    "account",
    "dnis",
    "trunk_group",
    "ani",
    "caller_name",
    "agent",
    "outcome",
    "ended_by",
    "recording",
    "redirected_from",
    "linked_id",
    "hangup_cause",
    "queue",
    "transferred_to",
)
SECONDS = ("ring_s", "queue_s", "hold_s", "talk_s")

_HALF_YEAR = 183


# --- lines --------------------------------------------------------------------------------------------------


def lines_of(stream: Stream) -> list[tuple[int, str]]:
    r"""Return the lines that hold anything, each with its number, without NULs, form feeds and line ends.

    A file with CR alone as line end (old loggers) is read as such.
    """
    text = stream.data.decode("utf-8", "replace")
    if "\0" in text:
        text = text.replace("\0", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\f" in text:
        text = text.replace("\f", "")
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def head_lines(lines: Sequence[str], most: int = 200) -> list[str]:
    """Return the first lines that hold anything, without NULs and form feeds."""
    cleaned = (line.replace("\0", "").replace("\f", "").rstrip("\r\n") for line in lines[:most])
    return [line for line in cleaned if line.strip()]


def seconds(text: str) -> float | None:
    """Return a duration written ``H:MM:SS``, ``MM:SS``, ``m'ss`` or ``hh:mm'ss`` in seconds; None for any other.

    Examples
    --------
    >>> seconds("00:03:45"), seconds("5'15"), seconds("00:01'05"), seconds("")
    (225.0, 315.0, 65.0, None)
    """
    parts = text.strip().replace("'", ":").split(":")
    if not 2 <= len(parts) <= 3 or not all(p.isascii() and p.isdigit() for p in parts):
        return None
    if any(int(p) > 59 for p in parts[1:]):
        return None
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return float(total)


# --- dates --------------------------------------------------------------------------------------------------


def years_of(
    days: Sequence[tuple[int, int]], stream: Stream, options: ReadOptions
) -> tuple[list[int], Problem | None]:
    """Return the year of each (month, day), the file being in order, and the Problem that says how it was known.

    With ``options.year`` that is the first row's year; else the last row is the latest it can be without lying
    after the file was written. Where the month goes back by half a year, a year has passed.
    """
    if not days:
        return [], None
    steps: list[int] = []
    year = 0
    before: int | None = None
    for month, day in days:
        place = month * 31 + day
        if before is not None:
            if place - before < -_HALF_YEAR:
                year += 1
            elif place - before > _HALF_YEAR:  # a late record of the old year
                year -= 1
        before = place
        steps.append(year)
    if options.year is not None:
        base = options.year - steps[0]
        how = f"--year {options.year}"
    else:
        written, how = file_date(stream)
        base = written.year + 1 - max(steps)
        while any(_after(base + s, m, d, written) for s, (m, d) in zip(steps, days, strict=True)):
            base -= 1
    leap = [s for s, (m, d) in zip(steps, days, strict=True) if (m, d) == (2, 29)]
    if leap and options.year is None:
        while real_date(base + leap[0], 2, 29) is None:
            base -= 1
    found = [base + s for s in steps]
    first, last = min(found), max(found)
    shown = str(first) if first == last else f"{first} to {last}"
    told = Problem(
        Location(stream.display, 0),
        f"dates without a year, read as {shown} by {how}",
        "a year",
        "Give the year of the first record with --year if that is wrong.",
        table="calls",
        effect="noted",
        rows=0,
        kind="no-year",
    )
    return found, told


def _after(year: int, month: int, day: int, written: date) -> bool:
    # a day's grace: the file's date is UTC, its stamps are local
    return (year, month, day) > (written.year, written.month, written.day + 1)


# --- calls --------------------------------------------------------------------------------------------------


class Attempts:
    """Gathers one file's calls and says what became of every other row.

    ``rows`` counts records (headers and blank lines apart): each is a call, a further row of one
    (:meth:`further`), no caller's (:meth:`aside`), or a Problem (:meth:`bad`).
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.found: list[dict[str, object]] = []
        self.problems: list[Problem] = []
        self.dates: list[WrittenDates] = []
        self._prints: dict[int, int] = {}
        self._ids: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        self.same = 0
        self.rows = 0
        self._told: Counter[str] = Counter()
        self._first: dict[str, tuple[int, str, str]] = {}

    def lines(self, *, dated: bool = True) -> list[tuple[int, str]]:
        """Return the file's lines as :func:`lines_of` does, and remember what is in them (:meth:`made_id`).

        Records that the file has again, one behind the other as before, are left out and become one Problem: captures that
        overlap were put one below the other, or the switch sent its buffer anew. Not so where nothing in the file is
        ``dated``: every day could have the same.
        """
        lines = lines_of(self.stream)
        self._prints = {number: _print(line) for number, line in lines}
        again = sent_again(_under_their_headings(lines)) if dated else []
        if not again:
            return lines
        self.rows += len(again)
        told = f"{len(again)} rows that came before in the same order, letter by letter"
        self.bad(
            lines[again[0]][0], told, "each row once", fix="Each is counted once.", kind="duplicate", rows=len(again)
        )
        left = set(again)
        return [line for place, line in enumerate(lines) if place not in left]

    def made_id(self, stem: str, line: int, row: str = "") -> str:
        """Return an id for a call of a log that gives none: the same wherever the same row is exported again.

        Two rows of one file that are the same are two calls, the first and the second; those of two files are one.

        Parameters
        ----------
        stem : str
            What it begins with: the trunk and the time.
        line : int
            The line of the call's first row.
        row : str
            The row, where it is no line.
        """
        made = f"{stem}-{_print(row) if row else self._prints[line]:08x}"
        self._ids[made] += 1
        return made if self._ids[made] == 1 else f"{made}-{self._ids[made]}"

    def add(self, line: int, offered_at: object, **values: object) -> None:
        """Add a caller's attempt: ``offered_at`` (datetime or datetime64; naive), and columns of the calls table."""
        values["source_line"] = line
        values["offered_at"] = offered_at
        self.found.append(values)

    def aside(self, why: str, rows: int = 1) -> None:
        """Count rows that are no caller's attempt: "outgoing calls"."""
        self.others[why] += rows

    def further(self, rows: int = 1) -> None:
        """Count rows that tell more of a call already added."""
        self.same += rows

    def bad(
        self,
        line: int,
        text: str,
        expected: str,
        *,
        fix: str = "Row left out.",
        kind: str = "bad-row",
        effect: Effect = "left-out",
        rows: int = 1,
    ) -> None:
        """Add a Problem about a row; beyond :data:`LISTED` of a kind they are only counted."""
        self._told[kind] += rows
        if self._told[kind] > LISTED and effect == "left-out":
            self._first.setdefault(kind, (line, expected, fix))
            return
        self.problems.append(
            Problem(Location(self.stream.display, line), text, expected, fix, table="calls", effect=effect, rows=rows, kind=kind)
        )

    def stamps(self, texts: Sequence[str], options: ReadOptions) -> tuple[list[datetime | None], bool]:
        """Return a column of times however they are written, None where a text is none, and whether they are in UTC.

        The log's own writing, that of a spreadsheet it was saved by (``3/2/2026 9:14``), or that of a database with an
        offset from UTC. Where most have an offset, those without are none, and the other way round.
        """
        found = _values.times_of(
            pa.array([text.strip() or None for text in texts], pa.string()), options.region, orders=options.date_orders
        )
        zoned = ~found.naive & found.known
        utc = bool(zoned.sum() * 2 > found.known.sum())
        if found.written is not None:
            orders = ("mdy", "dmy") if month_first(options.region) else ("dmy", "mdy")
            seen = dates_of(self.stream, found.written.numbers, orders, options)
            self._dated(replace(seen, read_as=found.written.read_as), options)
        good = found.known & (zoned == utc)
        read = found.values.tolist()  # noqa: PD011 -- Times, no frame
        return [at if known else None for at, known in zip(read, good.tolist(), strict=True)], utc

    def _dated(self, dates: WrittenDates, options: ReadOptions) -> None:
        self.dates.append(dates)
        unknown = order_problem(self.stream, dates, options)
        if unknown is not None:
            self.problems.append(unknown)

    def date_order(self, numbers: Sequence[tuple[int, ...]], orders: Sequence[str], options: ReadOptions) -> str:
        """Return the order in which the file's dates are read; a Problem says where nothing tells it."""
        if not numbers:
            return orders[0]
        dates = dates_of(self.stream, numbers, orders, options)
        self._dated(dates, options)
        return dates.read_as

    def line_bad(self, line: int, text: str, expected: str, **more: str) -> None:
        """Add a Problem about a line, which is quoted."""
        shown = visible(text.strip()[:160])
        shown = shown if len(shown) <= 80 else shown[:77] + "…"
        self.bad(line, f'"{shown}"', expected, kind=more.get("kind", "bad-row"))

    def note(self, saw: str, expected: str, fix: str, kind: str, line: int = 0) -> None:
        """Add a Problem that leaves nothing out."""
        self.problems.append(
            Problem(Location(self.stream.display, line), saw, expected, fix, table="calls", effect="noted", rows=0, kind=kind)
        )

    def reading(
        self,
        options: ReadOptions,
        *,
        utc: bool = False,
        zone: str = "",
        zone_from: str = "",
        notes: Sequence[str] = (),
        hides_unanswered: bool = False,
    ) -> Reading:
        """Return the Reading of table calls; ``utc`` says that the times are instants and not local."""
        for kind, (line, expected, fix) in self._first.items():
            beyond = self._told[kind] - LISTED
            self.problems.append(
                Problem(
                    Location(self.stream.display, line),
                    f"{beyond} more rows like these",
                    expected,
                    fix.replace("Row left", "Rows left"),
                    table="calls",
                    effect="left-out",
                    rows=beyond,
                    kind=kind,
                )
            )
        frame = frame_of(self.found, self.stream, options)
        if utc:
            frame["offered_at"] = frame["offered_at"].dt.tz_localize("UTC")
        told = [self.accounted(), *notes] if self.rows else list(notes)
        return Reading(
            "calls",
            frame,
            rows=self.rows,
            problems=tuple(sorted(self.problems, key=lambda p: p.at.line)),
            zone=zone,
            zone_from=zone_from,
            hides_unanswered=hides_unanswered,
            notes=tuple(told),
            dates=tuple(self.dates),
        )

    def accounted(self) -> str:
        """Return the sentence that accounts for every row."""
        said = f"{self.rows} rows: {len(self.found)} callers' attempts"
        if self.same:
            said += f" and {self.same} further rows of the same calls"
        others = self.others.total()
        if others:
            kinds = ", ".join(f"{n} {why}" for why, n in self.others.most_common())
            said += f"; {others} set aside, which are no caller's ({kinds})"
        return said


def frame_of(found: list[dict[str, object]], stream: Stream, options: ReadOptions) -> pd.DataFrame:
    """Return the rows as a frame: texts, seconds, naive ``offered_at``, numbers in E.164, and their sources."""
    present = set().union(*(row.keys() for row in found)) if found else set()
    columns: dict[str, object] = {}
    for name in TEXTS:
        if name in present:
            values = pa.array([_text(row.get(name)) for row in found], pa.string())
            if name in NUMBERS:
                values = phones.clean_arrow(values, options.region)
            columns[name] = pd.array(values, dtype="string")
    stamps = np.array([row["offered_at"] for row in found], dtype="datetime64[us]")
    columns["offered_at"] = pd.Series(stamps)
    for name in SECONDS:
        if name in present:
            columns[name] = _seconds_array([row.get(name) for row in found])
    columns["source_file"] = pd.Categorical.from_codes(
        np.zeros(len(found), dtype=np.int64), pd.Index([stream.display])
    )
    columns["source_line"] = np.array([row["source_line"] for row in found], dtype=np.int64)
    return pd.DataFrame(columns)


def _print(row: str) -> int:
    return zlib.crc32(row.strip().encode())


def _under_their_headings(lines: list[tuple[int, str]]) -> list[str | None]:
    """Return what each record says, with the heading it stands under where only that tells its day; None for headings.

    Entries of the system (somebody logs in) are short like headings, and stand between records that have a date of their own.
    """
    found: list[str | None] = []
    heading = ""
    for _, line in lines:
        figures = sum(map(line.count, "0123456789"))
        if figures >= FIGURES and sum(map(_DATE.sub("", line).count, "0123456789")) >= FIGURES:
            found.append(line.strip() if _DATE.search(line) else f"{heading}\n{line.strip()}")
            continue
        heading = line.strip() if figures else heading
        found.append(None)
    return found


def sent_again(prints: Sequence[str | int | None]) -> list[int]:
    """Return the places of records that stand in the file before, at least :data:`IN_ORDER` of them in the same order.

    One record that is like one before is another call of the same minute; several in a row that follow each other as they
    did before are the same calls told twice. Not so where all of them, and all between, bear one stamp to the minute: nothing
    then goes back in time, and callers who ring out on one trunk after the other leave such lines again and again.

    Parameters
    ----------
    prints : sequence of str, int or None
        What each line says, None for a line that is no record: a page's heading may stand between records.

    Examples
    --------
    >>> sent_again([1, 2, 3, 4, 1, None, 2, 3, 5]), sent_again([1, 1, 1, 1, 2, 2])
    ([4, 6, 7], [])
    >>> one = [f"3/2/26 9:20AM {trunk}" for trunk in (1, 2, 3)]
    >>> sent_again([*one, *one]), sent_again([*one, "3/2/26 9:21AM 1", *one])
    ([], [4, 5, 6])
    """
    records = [(place, seen) for place, seen in enumerate(prints) if seen is not None]
    if len({seen for _, seen in records}) == len(records):
        return []
    first: dict[str | int, int] = {}
    found: list[int] = []
    stretch: list[int] = []
    follows = -1  # which record the last one is again; -1 for none
    original = 0  # which record the stretch begins with again
    for n, (_, seen) in enumerate(records):
        goes_on = follows >= 0 and follows + 1 < stretch[0] and records[follows + 1][1] == seen
        follows = follows + 1 if goes_on else first.get(seen, -1)
        if not goes_on:
            found += _whole(stretch, original, records)
            stretch, original = [], follows
        if follows >= 0:
            stretch.append(n)
        first.setdefault(seen, n)
    found += _whole(stretch, original, records)
    return [records[n][0] for n in found]


def _minute(record: str | int) -> str:
    """Return a record's first clock with what is before it, where that is to the minute; '' where it is not."""
    heading, _, line = record.rpartition("\n") if isinstance(record, str) else ("", "", "")
    seen = _TO_THE_MINUTE.match(line)
    return f"{heading}\n{seen.group()}" if seen else ""


def _whole(stretch: list[int], start: int, records: Sequence[tuple[int, str | int]]) -> list[int]:
    """Return a stretch of repeats if it is long enough to be no chance, and ``start``, its original, is of another minute."""
    if len({records[n][1] for n in stretch}) < IN_ORDER:
        return []
    minute = _minute(records[start][1])
    if minute and all(_minute(records[n][1]) == minute for n in range(start, stretch[-1] + 1)):
        return []
    return stretch


def _text(value: object) -> str | None:
    text = "" if value is None else str(value).strip()
    return text or None


def _seconds_array(values: list[object]) -> pd.api.extensions.ExtensionArray:
    numbers: NDArray[np.float64] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    wrong = ~((numbers >= 0) & (numbers <= LONGEST_S))
    return pd.arrays.FloatingArray(np.where(wrong, 0.0, numbers), wrong)


def runs(rows: Sequence[tuple[object, int]]) -> Iterator[tuple[object, list[int]]]:
    """Yield each key and the places of its rows, keys in the order of their first row."""
    places: dict[object, list[int]] = {}
    for key, place in rows:
        places.setdefault(key, []).append(place)
    yield from places.items()


def unseen(lines: list[tuple[int, str]], out: Attempts) -> list[tuple[int, str]]:
    """Return the lines without those that repeat one before, letter by letter; the repeats become one Problem."""
    seen: set[str] = set()
    kept: list[tuple[int, str]] = []
    again: list[int] = []
    for number, line in lines:
        if line in seen:
            again.append(number)
        else:
            seen.add(line)
            kept.append((number, line))
    if again:
        out.rows += len(again)
        out.bad(
            again[0],
            f"{len(again)} row{'s' * (len(again) > 1)} that came before, letter by letter",
            "each row once",
            fix="Each is counted once.",
            kind="duplicate",
            rows=len(again),
        )
    return kept
