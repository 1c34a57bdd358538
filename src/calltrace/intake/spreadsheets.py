"""Workbooks (``.xlsx``, ``.xlsm``) to one text of separated values for each sheet. Needs ``calltrace-cli[xlsx]``.

A sheet becomes what "save as CSV" would make of it, had that no losses: a row is a line (so a row's number is its
line), dates and times are ISO 8601 whatever the cell's format shows, numbers have all their digits, a duration is
hours, minutes and seconds. A cell that Excel keeps as a serial number with a date's format is a date; a serial
without one stays a number. What a filter or a person has hidden is read like the rest, and told of.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKBOOK = "xl/workbook.xml"
"""The part every workbook has, by which it is told from other archives."""

_HIDDEN_ROW = re.compile(
    rb'<row\b[^>]*?\br="(\d+)"[^>]*?\bhidden="(?:1|true)"'
    rb'|<row\b[^>]*?\bhidden="(?:1|true)"[^>]*?\br="(\d+)"'
)
_HIDDEN_COLUMN = re.compile(rb'<col\b[^>]*?\bhidden="(?:1|true)"')
_STEP = 1 << 20

BROKEN = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    OSError,
    SyntaxError,
    zipfile.BadZipFile,
)
"""What a damaged workbook makes openpyxl raise."""


class NotInstalledError(Exception):
    """The library that reads workbooks is not there."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, its rows as CSV in UTF-8, and sentences about what is hidden in it."""

    name: str
    data: bytes
    hidden: tuple[str, ...]


def sheets(data: bytes) -> Iterator[Sheet]:
    """Yield the sheets of a workbook that hold anything, in order.

    Raises
    ------
    NotInstalledError
        Without openpyxl.
    KeyError, ValueError and the others of BROKEN
        For a damaged workbook.
    """
    try:
        import openpyxl  # noqa: PLC0415 -- an extra, and slow to import
    except ImportError as error:
        raise NotInstalledError from error

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and validation it leaves out, which no reader of values misses
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # as the file states it, which exporters get wrong
                rows = [[_text(cell) for cell in row] for row in sheet.iter_rows()]
                while rows and not any(rows[-1]):
                    rows.pop()
                if not rows:
                    continue
                width = max(max((i for i, c in enumerate(row, 1) if c), default=0) for row in rows)
                out = io.StringIO(newline="")
                writer = csv.writer(out, lineterminator="\n")
                writer.writerows([*row, *[""] * width][:width] if any(row) else [] for row in rows)
                told = _hidden(data, getattr(sheet, "_worksheet_path", ""), len(rows))
                if sheet.sheet_state != "visible":
                    told = ("a hidden sheet", *told)
                yield Sheet(str(sheet.title), out.getvalue().encode(), told)
        finally:
            book.close()


def _text(cell: Any) -> str:
    """Return a cell's value as text that loses nothing."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        value += dt.timedelta(microseconds=500)  # a serial's last digits are noise: to the millisecond
        value = value.replace(microsecond=value.microsecond // 1000 * 1000)
        only_a_day = not re.search("[hHsS]", re.sub(r'"[^"]*"|\[[^\]]*\]', "", str(cell.number_format)))
        if only_a_day and value.time() == dt.time():
            return value.date().isoformat()
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds(), 3)
        whole = int(abs(seconds))
        fraction = f"{abs(seconds) - whole:.3f}"[1:].rstrip("0").rstrip(".")
        return f"{'-' if seconds < 0 else ''}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}{fraction}"
    return re.sub(r"\s*[\r\n]+\s*", " ", str(value))  # a row stays one line


def _hidden(data: bytes, part: str, rows: int) -> tuple[str, ...]:
    """Say which rows and columns of a sheet are hidden: the reader in steps does not."""
    if not part:
        return ()
    found: list[int] = []
    columns = False
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(part.lstrip("/")) as stream:
        rest = b""
        while piece := stream.read(_STEP):
            text = rest + piece
            columns = columns or bool(_HIDDEN_COLUMN.search(text))
            end = text.rfind(b">") + 1
            found += [int(a or b) for a, b in _HIDDEN_ROW.findall(text[:end])]
            rest = text[end:]
    numbers = sorted(n for n in set(found) if n <= rows)
    told = []
    if numbers:
        shown = ", ".join(map(str, numbers[:5])) + (" and others" if len(numbers) > 5 else "")
        told.append(f"{len(numbers)} hidden row{'s' * (len(numbers) != 1)} ({shown})")
    if columns:
        told.append("hidden columns")
    return tuple(told)
