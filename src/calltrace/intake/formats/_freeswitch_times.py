"""When a leg of FreeSWITCH's CSV or tables began, was answered and ended, and whose clock that is.

A file shows its times by the clock on the wall, in UTC (epochs, or stamps with an offset), or both; UUIDs of version 1
hold the time in UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.errors import Location
from calltrace.intake.formats import _rows
from calltrace.intake.formats._by_hand import from_spreadsheet, without_seconds
from calltrace.intake.formats._clocks import clock_steps
from calltrace.intake.formats._freeswitch_layout import UUID
from calltrace.tables import times
from calltrace.tables.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from calltrace.intake.formats._rows import Sheet

    Floats = NDArray[np.float64]

FIRST_REAL = 631_152_000.0
"""1990: an earlier answer (1969-12-31, 1970-01-01) is how old versions write "never"."""
ANSWERS = ("answer_stamp", "answer_epoch", "answer_uepoch")
GREGORIAN = 0x01B21DD213814000
"""100 ns steps between 1582-10-15, where UUIDs of version 1 begin to count, and 1970."""


@dataclass(frozen=True)
class LegTimes:
    """Seconds since 1970 of each leg, NaN for what never was: by the switch's clock where ``naive``, else in UTC.

    ``zone`` is the one the file's clock shows and ``zone_from`` what tells it, both empty where nothing does.
    """

    start: Floats
    answer: Floats
    end: Floats
    naive: bool
    zone: str = ""
    zone_from: str = ""
    notes: tuple[str, ...] = ()


def leg_times(sheet: Sheet, uuids: Sequence[str | None], name: str, problems: list[Problem]) -> LegTimes:
    """Return the times of a sheet whose rows all have a start; what had to be repaired is added to ``problems``."""
    wall, placed = _seconds(sheet.column("start_stamp")), _instants(sheet, "start")
    in_utc = bool(len(placed)) and bool(np.isfinite(placed).all())
    start, answer, end = told(sheet, "start"), told(sheet, "answer"), told(sheet, "end")
    if in_utc:
        # a stamp without an epoch of its own is as far from UTC as the start's
        ahead = wall - placed
        start, answer, end = (
            np.where(np.isnan(utc), shown - ahead, utc)
            for shown, utc in ((start, placed), (answer, _instants(sheet, "answer")), (end, _instants(sheet, "end")))
        )
    answer[answer < FIRST_REAL] = np.nan
    end[end < FIRST_REAL] = np.nan
    answer, end = _to_the_second(sheet, start, answer, end, name, problems)
    answer, end = _over_a_clock_change(sheet, start, answer, end)
    if not any(n in sheet.names for n in ANSWERS):  # a choice of columns without the answer: it is the end less billsec
        talked = billed(sheet)
        answer = np.where(talked > 0, np.maximum(end - talked, start), answer)
    if in_utc:
        shown = np.isfinite(wall)
        seen = clock_steps(wall[shown].astype(np.int64), placed[shown]) if shown.any() else None
        zone = seen.zone(None)[0] if seen is not None else "UTC"
        return LegTimes(start, answer, end, naive=False, zone=zone,
                        zone_from="epoch" if "start_epoch" in sheet.names else "offset")
    return _by_uuids(LegTimes(start, answer, end, naive=True), uuids)


def _to_the_second(  # noqa: PLR0917 - the times of a leg
    sheet: Sheet, start: Floats, answer: Floats, end: Floats, name: str, problems: list[Problem]
) -> tuple[Floats, Floats]:
    """Return answers and ends where a spreadsheet left the seconds out: the durations still have them."""
    coarse = without_seconds(pa.array(sheet.column("start_stamp"), pa.string()))
    if not coarse.any():
        return answer, end
    duration, billsec = sheet.numbers("duration"), billed(sheet)
    picked = ~np.isnan(answer) | (billsec > 0)
    problems.append(
        Problem(
            Location(name, sheet.lines[int(np.argmax(coarse))]),
            "times without seconds, as a spreadsheet saves them",
            "the file as the switch wrote it",
            "Waits and talks were taken from the durations; give the switch's own file to have the seconds.",
            table="calls",
            effect="noted",
            rows=int(coarse.sum()),
            kind="rounded",
        )
    )
    return (
        np.where(coarse, np.where(picked, start + duration - billsec, np.nan), answer),
        np.where(coarse, start + duration, end),
    )


def _over_a_clock_change(sheet: Sheet, start: Floats, answer: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Return answers and ends where the clocks changed during a call: what the switch counted is right.

    A change shows as an hour between the stamps and the duration. Missing ends come from the duration as well.
    """
    duration, billsec = sheet.numbers("duration"), billed(sheet)
    moved = np.abs(np.abs(end - start - duration) - 3600) < 120
    end = np.where(np.isnan(end) | moved, start + duration, end)
    return np.where(moved & ~np.isnan(answer), end - billsec, answer), end


def _by_uuids(shown: LegTimes, uuids: Sequence[str | None]) -> LegTimes:
    """Return wall-clock times in UTC where most UUIDs hold the time; as they are where not."""
    born = _born(uuids)
    wall = shown.start.astype(np.int64)
    clock = clock_steps(wall, born) if np.isfinite(born).sum() * 2 > len(born) else None
    if clock is None:
        return shown
    ahead = shown.start - clock.to_utc(wall, born)
    return LegTimes(
        shown.start - ahead, shown.answer - ahead, shown.end - ahead,
        naive=False, zone=clock.zone(None)[0], zone_from="uniqueid",
        notes=(f"the UUIDs hold the time: the file's clock is at {clock.says()}",),
    )


def billed(sheet: Sheet) -> Floats:
    """Return the whole seconds since a leg was answered, of ``billmsec`` where there is no ``billsec``; NaN where neither is."""
    whole = sheet.numbers("billsec")
    return np.where(np.isnan(whole), np.floor(sheet.numbers("billmsec") / 1000), whole)


def told(sheet: Sheet, what: str) -> Floats:
    """Return a time by the clock on the wall, or in UTC where only an epoch is there; NaN where it never was."""
    shown = _seconds(sheet.column(f"{what}_stamp"))
    return np.where(np.isnan(shown), epochs(sheet, what), shown)


def _instants(sheet: Sheet, what: str) -> Floats:
    """Return a time in UTC: the epoch's, else that of a stamp with an offset; NaN where neither is there."""
    in_epochs = epochs(sheet, what)
    cells = sheet.column(f"{what}_stamp")
    parsed = times.parse(pa.array(cells, pa.string()))
    placed = parsed.instants.to_numpy().astype("datetime64[us]")
    known = ~np.isnat(placed) & ~np.asarray(parsed.naive, dtype=bool)
    return np.where(np.isnan(in_epochs) & known, placed.astype(np.int64) / 1e6, in_epochs)


def epochs(sheet: Sheet, what: str) -> Floats:
    """Return a column of epoch seconds, of microseconds where it is called so; NaN where 0 or none."""
    fine, whole = sheet.numbers(f"{what}_uepoch") / 1e6, sheet.numbers(f"{what}_epoch")
    found = np.where(np.isnan(fine) | (fine <= 0), whole, fine)
    return np.where((found > 0) & (found < _rows.LAST_REAL), found, np.nan)


def _seconds(cells: Sequence[str | None]) -> Floats:
    """Return stamps as seconds since 1970 by the clock on the wall; NaN where empty or no stamp."""
    values = pa.array(cells, pa.string())
    try:
        seconds = pc.cast(pc.cast(values, pa.timestamp("us")), pa.int64())
    except pa.ArrowInvalid:
        parsed = times.parse(values)
        placed = parsed.instants.to_numpy().astype("datetime64[us]")
        offset = np.nan_to_num(np.asarray(parsed.offset_min, dtype=np.float64)) * 60
        read = np.where(np.isnat(placed), np.nan, placed.astype(np.int64) / 1e6 + offset)
        saved = from_spreadsheet(values, "US")
        return np.where(np.isnat(saved), read, saved.astype(np.int64).astype(np.float64))
    found: Floats = pc.fill_null(pc.cast(seconds, pa.float64(), safe=False), float("nan")).to_numpy(zero_copy_only=False)
    return found / 1e6


def _born(uuids: Sequence[str | None]) -> Floats:
    """Return the instants that UUIDs of version 1 hold, in epoch seconds; NaN for others (RFC 9562, 5.1)."""
    found = np.full(len(uuids), np.nan)
    for i, text in enumerate(uuids):
        if text and len(text) == 36 and text[14] == "1" and UUID.match(text):
            ticks = int(text[15:18] + text[9:13] + text[0:8], 16)
            found[i] = (ticks - GREGORIAN) / 1e7
    return found
