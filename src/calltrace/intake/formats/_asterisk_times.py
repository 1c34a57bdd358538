"""Times of Asterisk's call detail records: as the switch, a database or a spreadsheet wrote them, and placed in UTC.

The uniqueid holds the second a call's channel was born, in UTC, and so tells the zone of the wall clock beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import Location
from calltrace.intake.formats._by_hand import BY_HAND, by_hand
from calltrace.intake.formats._clocks import SLOT_S, clock_steps, epochs_of
from calltrace.tables import times
from calltrace.tables.problems import Problem
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from calltrace.intake.formats._base import ReadOptions

TIMES = ("start", "answer", "end")

# --- texts ----------------------------------------------------------------------


def read_times(  # noqa: PLR0917 - what typed was given
    table: pa.Table, field: str, day_first: bool | None, name: str, options: ReadOptions, problems: list[Problem]
) -> tuple[np.ndarray, bool | None]:
    """Return wall-clock times, and whether days come before months once a column has told.

    The switch writes ``YYYY-MM-DD HH:MM:SS``; databases add a fraction or an offset, spreadsheets anything.
    """
    values = table[field]
    if pa.types.is_timestamp(values.type):
        return values.to_numpy().astype("datetime64[s]"), day_first
    text = pc.utf8_trim_whitespace(values.combine_chunks())
    parsed = pc.strptime(text, "%Y-%m-%d %H:%M:%S", unit="s", error_is_null=True)
    found: np.ndarray = parsed.to_numpy(zero_copy_only=False).astype("datetime64[s]")
    rest = np.flatnonzero(np.isnat(found) & ~text.is_null().to_numpy(zero_copy_only=False))
    if not len(rest):
        return found, day_first
    iso = times.parse(text.take(pa.array(rest)))
    offset = np.nan_to_num(iso.offset_min).astype(np.int64) * np.timedelta64(60, "s")
    found[rest] = iso.instants.to_numpy().astype("datetime64[s]") + offset
    rest = rest[np.isnat(found[rest])]
    if not len(rest):
        return found, day_first
    parts = pc.extract_regex(text.take(pa.array(rest)), BY_HAND)
    fits = np.flatnonzero(~parts.is_null().to_numpy(zero_copy_only=False))
    if not len(fits):
        return found, day_first
    rest, parts = rest[fits], parts.take(pa.array(fits))
    either = {first: by_hand(parts, day_first=first) for first in (True, False)}
    if day_first is None:
        day_first = _day_first(either, rest, table, options)
        year_first = pc.struct_field(parts, "a").to_pylist()[0]
        if len(year_first) < 3 and not np.isnat(either[day_first]).all():
            problems.append(
                Problem(
                    Location(name, 0),
                    f"dates such as {visible(text[int(rest[0])].as_py())}",
                    "YYYY-MM-DD HH:MM:SS",
                    f"The {'day' if day_first else 'month'} was taken to come first.",
                    table="calls",
                    effect="noted",
                    rows=0,
                    kind="date-order",
                )
            )
    found[rest] = either[day_first]
    return found, day_first


def offsets(starts: pa.ChunkedArray) -> np.ndarray:
    """Return how many minutes east of UTC each start says it is, NaN where it does not: a PostgreSQL's export may."""
    if pa.types.is_timestamp(starts.type):
        return np.full(len(starts), np.nan)
    told = pc.match_substring_regex(starts, r":\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$")
    if not pc.any(told).as_py():
        return np.full(len(starts), np.nan)
    return np.asarray(times.parse(pc.utf8_trim_whitespace(starts.combine_chunks())).offset_min, dtype=float)


def _day_first(
    either: dict[bool, np.ndarray], at: np.ndarray, table: pa.Table, options: ReadOptions
) -> bool:
    """Decide by the epochs in the call ids, else by days above 12, else by the country."""
    ids = {c: table[c].combine_chunks() for c in ("uniqueid", "linkedid") if c in table.column_names}
    if ids:
        frame = pd.DataFrame({c: pd.array(v.take(pa.array(at)).to_pylist(), dtype="string") for c, v in ids.items()})
        born = epochs_of(frame)
        near = {
            first: int((np.abs(np.nan_to_num(seen.astype(np.int64) - born, nan=1e12)) < 15 * 3600).sum())
            for first, seen in either.items()
        }
        if near[True] != near[False]:
            return near[True] > near[False]
    read = {first: int((~np.isnat(seen)).sum()) for first, seen in either.items()}
    if read[True] != read[False]:
        return read[True] > read[False]
    return options.region not in ("US", "PH")


# --- places ----------------------------------------------------------------------


def place_in_time(
    frame: pd.DataFrame, options: ReadOptions, name: str, problems: list[Problem]
) -> tuple[str, str, list[str]]:
    """Add ``start_at``, ``answer_at``, ``end_at`` in UTC and ``epoch_s``; return zone, how known, and notes.

    The uniqueid is the channel's birth in UTC, the start of the call's first row is the same moment by the
    switch's clock on the wall: their difference is the zone, and where it changes the clocks changed.
    """
    naive = frame["start"].to_numpy().astype("datetime64[s]").astype(np.int64)
    epoch = epochs_of(frame)
    frame["epoch_s"] = pd.array(np.where(np.isnan(epoch), 0, epoch).astype(np.int64), dtype="Int64")
    frame.loc[np.isnan(epoch), "epoch_s"] = pd.NA
    clock = clock_steps(naive, epoch)
    notes: list[str] = []
    offset = frame.pop("offset_min").to_numpy(dtype=float)
    if clock is None and len(frame) and not np.isnan(offset).any():
        start_s = naive - offset.astype(np.int64) * 60
        seen = clock_steps(naive, start_s.astype(np.float64))
        zone, zone_from = seen.zone(options.tz)[0] if seen is not None else "UTC", "offset"
        frame["start_at"] = start_s.astype("datetime64[s]").astype("datetime64[us]")
    elif clock is not None:
        start_s = clock.to_utc(naive, epoch)
        zone, fits = clock.zone(options.tz)
        zone_from = "uniqueid"
        if options.tz and not fits:
            problems.append(
                Problem(
                    Location(name, 0),
                    f"--tz {options.tz}, but the file's own call ids put its clock at {clock.says()}",
                    "one zone",
                    "The call ids were followed.",
                    table="calls",
                    effect="noted",
                    rows=0,
                    kind="zone",
                )
            )
        if len(clock.offset_s) > 1:
            notes.append(f"the file's clock changed against UTC: {clock.says()}")
        frame["start_at"] = start_s.astype("datetime64[s]").astype("datetime64[us]")
    else:
        zone = options.tz or times.machine_zone()
        zone_from = "option" if options.tz else "machine"
        # what the clock showed: a queue_log beside the file may yet tell which it is
        frame["wall"] = naive.astype("datetime64[s]")
        placed = times.localise(pd.Series(naive.astype("datetime64[s]").astype("datetime64[us]")), zone)
        start_utc = placed.instants.dt.tz_convert(None).to_numpy()
        doubtful = np.flatnonzero(placed.ambiguous | placed.nonexistent)
        if len(doubtful):
            problems.append(
                Problem(
                    Location(name, int(frame["source_line"].iloc[doubtful[0]])),
                    f"{len(doubtful)} times in an hour that the clock change of {zone} repeats or leaves out",
                    "a time that happened once",
                    "Log uniqueid (cdr.conf: loguniqueid=yes) to tell them apart.",
                    table="calls",
                    effect="noted",
                    rows=len(doubtful),
                    kind="bad-time",
                )
            )
        frame["start_at"] = start_utc
    _answer_and_end(frame)
    _to_the_second(frame, epoch, name, problems)
    for column in ("start_at", "answer_at", "end_at"):
        frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[us, UTC]")
    return zone, zone_from, notes


def _answer_and_end(frame: pd.DataFrame) -> None:
    """Carry answer and end to UTC beside the start; the duration tells if a clock change lay between."""
    start, answer, end = (frame[c].to_numpy().astype("datetime64[s]") for c in TIMES)
    second = np.timedelta64(1, "s")
    hour_off = np.timedelta64(1800, "s")
    start_at = frame["start_at"].to_numpy().astype("datetime64[us]")
    span = end - start
    said = np.nan_to_num(frame["duration_s"].to_numpy()).astype(np.int64) * second
    shifted = np.abs(span - said) > hour_off
    span = np.where(shifted & ~np.isnat(span), said, span)
    frame["end_at"] = start_at + span
    picked = answer - start
    back = (picked < -second) & (picked > -2 * 3600 * second)
    picked = np.where(back, picked + np.round(-picked / (SLOT_S * second) + 0.4) * SLOT_S * second, picked)
    beyond = (picked > span + hour_off) & ~np.isnat(span)
    picked = np.where(
        beyond, picked - np.round((picked - span) / (SLOT_S * second)) * SLOT_S * second, picked
    )
    frame["answer_at"] = start_at + picked


def _to_the_second(frame: pd.DataFrame, epoch: np.ndarray, name: str, problems: list[Problem]) -> None:
    """Put right what a spreadsheet made of the times and ids of a file that was opened and saved in it.

    Seconds are gone, but durations have them: answer and end follow from these, the start from the call's id where
    that is of the same minute. Ids are rounded to whole seconds, so that two calls may have one: they are put
    together by their channels, as in a file without ids.
    """
    coarse = frame.pop("coarse").to_numpy(dtype=bool)
    if not coarse.any():
        return
    start = frame["start_at"].to_numpy().astype("datetime64[s]")
    born = np.where(np.isnan(epoch), 0, epoch).astype(np.int64).astype("datetime64[s]")
    late = born - start
    start = np.where(coarse & (late >= np.timedelta64(0)) & (late < np.timedelta64(60)), born, start)
    took, billed = (np.nan_to_num(frame[c].to_numpy(dtype=float)).astype("timedelta64[s]") for c in ("duration_s", "billsec_s"))
    picked = ~np.isnat(frame["answer_at"].to_numpy()) | (billed > np.timedelta64(0))
    frame["answer_at"] = np.where(coarse, np.where(picked, start + took - billed, np.datetime64("NaT")), frame["answer_at"])
    frame["end_at"] = np.where(coarse, start + took, frame["end_at"].to_numpy())
    frame["start_at"] = start
    rounded = ""
    for column in ("uniqueid", "linkedid"):
        if column in frame.columns:
            whole = frame[column].str.fullmatch(r"\d{9,10}").fillna(False) & coarse
            frame[column] = frame[column].mask(whole, pd.NA)
            rounded = rounded or (", and call ids without what stood behind the point" if whole.any() else "")
    problems.append(
        Problem(
            Location(name, int(frame["source_line"].iloc[int(np.argmax(coarse))])),
            f"times without seconds{rounded}, as a spreadsheet saves them",
            "the file as the switch wrote it",
            "Waits and talks were taken from the durations; give the switch's own file to have the seconds.",
            table="calls",
            effect="noted",
            rows=int(coarse.sum()),
            kind="rounded",
        )
    )
