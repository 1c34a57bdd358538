"""Local time and UTC: parsing, clock changes, the edges of days and intervals.

The one caller of ``tz_localize``. Two hours a year are hard, and both are decided here:

- *Spring*: 02:30 on the night the clock goes forward does not exist. Such a time is what a clock shows that
  has not been put forward yet, so it is read at the offset from before the change (02:30 becomes 03:30) and
  marked, for the reader to add a Problem with effect "repaired".
- *Autumn*: 01:30 on the night the clock goes back comes twice. Where the rows are in order of time, the place
  where the clock jumps back tells the first pass from the second, and the rows are decided. Where nothing
  tells, the first of the two instants (daylight time) is taken and the row is marked. A table with a row for every
  step of a clock (interval counts) has each such time twice, and its rows of one series say which is which.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.tables import arrow
from calltrace.tables.clock import is_zone as is_zone  # noqa: PLC0414 - handed on
from calltrace.tables.clock import machine_zone as machine_zone  # noqa: PLC0414 - handed on
from calltrace.tables.clock import zone_named as zone_named  # noqa: PLC0414 - handed on
from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
else:
    pd = later("pandas")

EARLIEST_YEAR, LATEST_YEAR = 1970, 2199
"""Years outside these are damage: no call was logged before Unix time, nor in the next century."""

ISO = re.compile(
    r"^(?P<y>\d{4})-(?P<mo>\d{2})-(?P<d>\d{2})[Tt ]"
    r"(?P<h>\d{2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,12}))?)?"
    r" ?(?P<z>[Zz]|[+-]\d{2}(?::?\d{2})?)?$"
)
_TAIL = re.compile(r"^[^+\-Zz]*")
_NARROWEST = len("2026-10-08T09:15")


# --- parsing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parsed:
    """What a column of texts says.

    Parameters
    ----------
    instants : Series of datetime64[us], no zone
        UTC where the text has an offset, the wall clock where it has none (``naive``); NaT where empty or
        bad.
    naive : array of bool
        Whether the text had no offset.
    bad : array of bool
        Whether there is a text that is no instant.
    texts : Arrow array of string
        What was parsed.
    """

    instants: pd.Series[pd.Timestamp]
    naive: Mask
    bad: Mask
    texts: pa.Array

    @cached_property
    def offset_min(self) -> NDArray[np.float64]:
        """Minutes east of UTC each text gave; NaN where it gave none."""
        return _offsets(self.texts, ~self.naive & ~self.bad)


def parse(texts: pd.Series[str] | pa.Array | pa.ChunkedArray) -> Parsed:
    """Parse ISO 8601 instants, all at once.

    Parameters
    ----------
    texts : Series of string, or an Arrow array of strings
        ``2026-10-08T09:15:02.5-04:00``; a blank for the ``T``, no seconds, no fraction, ``Z``, ``+0530``,
        ``-04`` or no offset at all are understood, and may be mixed in one column. NA stays NaT and is not
        bad.

    Returns
    -------
    Parsed
        A date without a time of day is bad: it is no instant.

    Examples
    --------
    >>> seen = parse(pd.Series(["2026-10-08T09:15-04:00", "2026-10-08 09:15", "31/09/2026"], dtype="string"))
    >>> list(seen.instants)
    [Timestamp('2026-10-08 13:15:00'), Timestamp('2026-10-08 09:15:00'), NaT]
    >>> seen.naive.tolist(), seen.bad.tolist()
    ([False, True, False], [False, False, True])
    """
    array = (
        texts
        if isinstance(texts, pa.Array | pa.ChunkedArray)
        else pa.array(texts, type=pa.string(), from_pandas=True)
    )
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    size = len(array)
    nothing = np.zeros(size, dtype=bool)
    narrowest = pc.min(pc.binary_length(array)).as_py()
    if narrowest is not None and narrowest >= _NARROWEST:
        told = _with_offsets(array)
        if told is not None:
            return Parsed(pd.Series(told), nothing, nothing.copy(), array)
        try:
            wall = array.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            pass
        else:
            values = _micros(wall)
            if _years_plausible(values):
                return Parsed(pd.Series(values), ~_nulls(array), nothing, array)
    return _parse_parts(array)


def with_offsets(texts: pa.Array) -> tuple[NDArray[np.datetime64], NDArray[np.float64]] | None:
    """Parse instants as :func:`parse` does, without pandas; None where any is empty, bad, or without an offset.

    Returns
    -------
    tuple of arrays
        The instants, ``datetime64[us]`` in UTC, and how many minutes east of UTC each text gave.

    Examples
    --------
    >>> told = with_offsets(pa.array(["2026-10-08T09:15-04:00", "2026-10-08T09:15:30Z"]))
    >>> told[0].tolist()[0], told[1].tolist()
    (datetime.datetime(2026, 10, 8, 13, 15), [-240.0, 0.0])
    """
    narrowest = pc.min(pc.binary_length(texts)).as_py()
    if texts.null_count or narrowest is None or narrowest < _NARROWEST:
        return None
    instants = _with_offsets(texts)
    return None if instants is None else (instants, _offsets(texts, np.ones(len(texts), dtype=bool)))


def _with_offsets(array: pa.Array) -> NDArray[np.datetime64] | None:
    """Return instants that all have an offset, NaT where null; None where any has none, or is none."""
    try:
        values = _micros(array.cast(pa.timestamp("us", "UTC")))
    except pa.ArrowInvalid:
        return None
    return values if _years_plausible(values) else None


def _nulls(array: pa.Array) -> Mask:
    found: Mask = array.is_null().to_numpy(zero_copy_only=False)
    return found


def _micros(array: pa.Array) -> NDArray[np.datetime64]:
    """Return the instants as numpy datetime64[us], NaT where null."""
    whole = arrow.values(arrow.filled(array.cast(pa.int64()), np.int64(np.iinfo(np.int64).min)))
    found: NDArray[np.datetime64] = whole.view("datetime64[us]")
    return found


def _years_plausible(values: NDArray[np.datetime64]) -> bool:
    known = values[~np.isnat(values)]
    if not len(known):
        return True
    return bool(
        known.min() >= np.datetime64(f"{EARLIEST_YEAR}-01-01")
        and known.max() < np.datetime64(f"{LATEST_YEAR + 1}-01-01")
    )


def _offsets(array: pa.Array, known: Mask) -> NDArray[np.float64]:
    """Return minutes east of UTC as the texts of the ``known`` instants give them, NaN for the others."""
    if not known.all():  # what is no instant may end in anything, and says no offset
        array = pc.if_else(pa.array(known), array, pa.scalar(None, array.type))
    tails = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(array), start=-6).dictionary_encode()
    codes = arrow.values(arrow.filled(tails.indices, np.int32(-1)))
    table = np.array(
        [_offset_minutes(_TAIL.sub("", t)) for t in tails.dictionary.to_pylist()] or [np.nan], dtype=float
    )
    return np.where((codes < 0) | ~known, np.nan, table[codes])


def _offset_minutes(text: str | None) -> float:
    if not text:
        return np.nan
    if text in "Zz":
        return 0.0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (-1 if text[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:4]))


def _parse_parts(array: pa.Array) -> Parsed:
    """Parse by the parts of each text: the way for columns where not every text is alike."""
    size = len(array)
    if not size or array.null_count == size:
        nowhere = pd.Series(np.full(size, np.datetime64("NaT", "us"), dtype="datetime64[us]"))
        return Parsed(nowhere, np.zeros(size, bool), np.zeros(size, bool), array)
    text = pc.utf8_trim_whitespace(array)
    parts = pc.extract_regex(text, pattern=ISO.pattern)
    fits: Mask = (~_nulls(parts)) & ~_nulls(array)

    def whole(name: str, default: str = "0") -> NDArray[np.int64]:
        field = pc.struct_field(parts, name)
        field = pc.if_else(pc.equal(field, ""), default, field).fill_null(default)
        found: NDArray[np.int64] = field.cast(pa.int64()).to_numpy(zero_copy_only=False)
        return found

    year, month, day = whole("y", "1970"), whole("mo", "1"), whole("d", "1")
    hour, minute, second = whole("h"), whole("mi"), whole("s")
    fraction = pc.utf8_slice_codeunits(pc.struct_field(parts, "f").fill_null(""), start=0, stop=6)
    micro = pc.utf8_rpad(fraction, width=6, padding="0").cast(pa.int64()).to_numpy(zero_copy_only=False)
    zones = pc.struct_field(parts, "z").fill_null("").dictionary_encode()
    table = np.array([_offset_minutes(z) for z in zones.dictionary.to_pylist()], dtype=float)
    offset = table[zones.indices.to_numpy(zero_copy_only=False)]

    month_ok = (month >= 1) & (month <= 12)
    start = ((year - 1970) * 12 + np.where(month_ok, month, 1) - 1).astype("datetime64[M]")
    days_in_month = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype(int)
    ends_day = (hour == 24) & (minute == 0) & (second == 0) & (micro == 0)
    good = (
        fits
        & month_ok
        & (day >= 1)
        & (day <= days_in_month)
        & ((hour < 24) | ends_day)
        & (minute < 60)
        & (second < 60)
        & (year >= EARLIEST_YEAR)
        & (year <= LATEST_YEAR)
        & ~(np.abs(offset) > 15 * 60)
    )
    micros = (
        ((hour * 60 + minute) * 60 + second) * 1_000_000
        + micro
        - np.nan_to_num(offset).astype(np.int64) * 60_000_000
    )
    values = (start.astype("datetime64[D]") + (day - 1)).astype("datetime64[us]") + micros.astype(
        "timedelta64[us]"
    )
    values[~good] = np.datetime64("NaT", "us")
    naive = good & np.isnan(offset)
    return Parsed(pd.Series(values), naive, ~good & ~_nulls(array), array)


# --- wall clock to UTC --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Localised:
    """Wall-clock times placed in a zone.

    Parameters
    ----------
    instants : Series of datetime64[us, UTC]
        NaT where the time was NaT. The index is that of the times.
    nonexistent : array of bool
        Skipped by a clock put forward: read as if the clock had not been put forward yet.
    ambiguous : array of bool
        Came twice and nothing told which: the first of the two was taken.
    """

    instants: pd.Series[pd.Timestamp]
    nonexistent: Mask
    ambiguous: Mask


def localise(wall: pd.Series[pd.Timestamp], zone: str, series: NDArray[np.int64] | None = None) -> Localised:
    """Place wall-clock times in a zone, both clock changes decided (see the module's docstring).

    Parameters
    ----------
    wall : Series of datetime64, no zone
        In the order of the file: where a clock goes back, the order tells the first pass from the second.
    zone : str
        IANA name.
    series : array of int, optional
        What each row is of, in a table with one row of it for each step of the clock.

    Raises
    ------
    UsageError
        For an unknown zone.

    Examples
    --------
    >>> night = pd.Series(pd.to_datetime(["2026-11-01 00:58", "2026-11-01 01:40", "2026-11-01 01:05"]))
    >>> [str(t) for t in localise(night, "America/New_York").instants.dt.strftime("%H:%MZ")]
    ['04:58Z', '05:40Z', '06:05Z']
    """
    zone_named(zone)
    times = pd.DatetimeIndex(wall.astype("datetime64[us]"))
    first = times.tz_localize(zone, ambiguous=np.ones(len(times), bool), nonexistent=timedelta(hours=1))
    gap = np.asarray(first.tz_localize(None) != times) & ~np.asarray(times.isna())
    first_utc = first.tz_convert("UTC")
    if gap.any():
        first_utc = first_utc.where(~gap, _unmoved(times, zone))
    second_utc = times.tz_localize(zone, ambiguous=np.zeros(len(times), bool), nonexistent="NaT").tz_convert(
        "UTC"
    )
    twice = np.asarray(first_utc != second_utc) & ~gap & ~np.asarray(times.isna())
    undecided = np.zeros(len(times), dtype=bool)
    result = first_utc
    if twice.any():
        walls = np.asarray(times)
        second_pass, undecided = _passes(walls, twice) if series is None else _passes_of_each(walls, twice, series)
        result = first_utc.where(~second_pass, second_utc)
    return Localised(pd.Series(result.as_unit("us"), index=wall.index), gap, undecided)


def _unmoved(times: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """Return the instants of skipped times at the offset from before the change."""
    after = times.tz_localize(zone, ambiguous=np.ones(len(times), bool), nonexistent="shift_forward")
    edge_wall_before = after - pd.Timedelta(microseconds=1)
    offset = edge_wall_before.tz_localize(None) - edge_wall_before.tz_convert("UTC").tz_localize(None)
    return (times - offset).tz_localize("UTC")


def _passes(times: NDArray[np.datetime64], twice: Mask) -> tuple[Mask, Mask]:
    """Tell the first pass through a repeated hour from the second by the order of the rows.

    Rows need not be in perfect order (a log by end of call strays by a call's length): a fall of more than
    half an hour within the repeated stretch, where all else is in order, is the clock going back.
    """
    second = np.zeros(len(times), dtype=bool)
    undecided = twice.copy()
    known = ~np.isnat(times)
    steps = np.diff(times[known].astype(np.int64))
    rising = (steps >= 0).sum()
    if not len(steps):
        return second, undecided
    backwards = rising * 2 < len(steps)  # newest first
    places = np.flatnonzero(twice)
    if backwards:
        places = places[::-1]
    nights = times[places].astype("datetime64[D]")
    for night in np.unique(nights):
        rows = places[nights == night]
        walls = times[rows].astype(np.int64) / 60e6
        falls = np.flatnonzero(np.diff(walls) < -30)
        if len(falls) == 1:
            second[rows[falls[0] + 1 :]] = True
            undecided[rows] = False
    return second, undecided


def _passes_of_each(times: NDArray[np.datetime64], twice: Mask, series: NDArray[np.int64]) -> tuple[Mask, Mask]:
    """Tell the passes apart of series that have one row for every step, however the rows of several are mixed.

    Where a series' own rows do not rise at one place, there the clock went back. Where they were put in order of their times,
    each of these is there twice, and the earlier row is of the first pass. Nothing tells where other rows are there twice too.
    """
    second = np.zeros(len(times), dtype=bool)
    undecided = twice.copy()
    for one in np.unique(series[twice]):
        rows = np.flatnonzero((series == one) & ~np.isnat(times))
        walls = times[rows].astype(np.int64)
        if (np.diff(walls) < 0).sum() * 2 > len(rows):  # newest first
            rows, walls = rows[::-1], walls[::-1]
        nights, repeated = times[rows].astype("datetime64[D]"), twice[rows]
        for night in np.unique(nights[repeated]):
            beside = walls[~repeated & (nights == night)]
            of_it = rows[repeated & (nights == night)]
            at = walls[repeated & (nights == night)]
            if len(np.unique(beside)) < len(beside):
                continue
            back = np.concatenate([[False], np.diff(at) <= 0])
            each, which, count = np.unique(at, return_inverse=True, return_counts=True)
            if back.sum() == 1:
                second[of_it] = np.cumsum(back) > 0
            elif (count == 2).all():
                order = np.argsort(which, kind="stable")
                second[of_it[order]] = np.arange(2 * len(each)) % 2 == 1
            else:
                continue
            undecided[of_it] = False
    return second, undecided


@overload
def local(at: pd.Timestamp, zone: str) -> pd.Timestamp: ...
@overload
def local(at: pd.Series[pd.Timestamp], zone: str) -> pd.Series[pd.Timestamp]: ...
def local(at: pd.Series[pd.Timestamp] | pd.Timestamp, zone: str) -> pd.Series[pd.Timestamp] | pd.Timestamp:
    """Return UTC instants as the wall clock of a zone shows them (still tz-aware).

    Examples
    --------
    >>> str(local(pd.Timestamp("2026-10-08T13:15Z"), "America/New_York"))
    '2026-10-08 09:15:00-04:00'
    """
    zone_named(zone)
    if isinstance(at, pd.Series):
        return at.dt.tz_convert(zone)
    return at.tz_convert(zone)


def at_wall(wall: datetime, zone: str, *, second: bool = False) -> pd.Timestamp:
    """Return the UTC instant of one wall-clock time; of a repeated one the first, or the ``second`` if asked.

    Examples
    --------
    >>> str(at_wall(datetime(2026, 11, 1, 1, 30), "America/New_York", second=True))
    '2026-11-01 06:30:00+00:00'
    """
    placed = wall.replace(tzinfo=zone_named(zone), fold=1 if second and _repeated(wall, zone) else 0)
    return pd.Timestamp(placed).tz_convert("UTC").as_unit("us")


def _repeated(wall: datetime, zone: str) -> bool:
    there = wall.replace(tzinfo=zone_named(zone))
    first, then = there.replace(fold=0).utcoffset(), there.replace(fold=1).utcoffset()
    return first is not None and then is not None and first > then


def zone_of_offsets(
    instants: NDArray[np.datetime64], offset_min: NDArray[np.float64], among: Iterable[str]
) -> str:
    """Return the first zone of ``among`` whose clock showed every one of the offsets at its instant, else ''.

    Parameters
    ----------
    instants : array of datetime64[us]
        UTC; NaT is skipped.
    offset_min : array of float
        Minutes east of UTC as the log gave them; NaN is skipped.
    among : names of zones
        In order of preference.
    """
    there = ~np.isnan(offset_min) & ~np.isnat(instants)
    hours = instants[there].astype("datetime64[h]").astype(np.int64)
    pairs = arrow.values(pc.unique(arrow.numbers(hours * _APART + offset_min[there].astype(np.int64))))
    if not len(pairs):
        return ""
    hours = (pairs + _APART // 2) // _APART
    every = list(zip(hours.tolist(), (pairs - hours * _APART).tolist(), strict=True))
    for zone in among:
        if is_zone(zone) and all(_shown(hour, zone) == offset for hour, offset in every):
            return zone  # most zones are out by the first, for far less than by all of them
    return ""


_APART = 100_000
"""Farther than any two offsets are from one another, in minutes."""


def _shown(hour: int, zone: str) -> float:
    """Return how many minutes east of UTC a zone's clock stood in an hour counted from 1970."""
    offset = datetime.fromtimestamp(hour * 3600, zone_named(zone)).utcoffset()
    assert offset is not None  # noqa: S101 - a zone of the database has one at any time
    return offset.total_seconds() / 60


# --- days and intervals ----------------------------------------------------------------------------------------


def day_edges(start: pd.Timestamp, end: pd.Timestamp, zone: str) -> list[pd.Timestamp]:
    """Return the local midnights that bound every local day touching [start, end), as UTC instants.

    Days are 23 or 25 hours long where the clock changes. A midnight the clock skips is the first instant of
    that day.

    Examples
    --------
    >>> noon = pd.Timestamp("2026-11-01T17:00Z")
    >>> edges = day_edges(noon, noon, "America/New_York")
    >>> edges[1] - edges[0]
    Timedelta('1 days 01:00:00')
    """
    last = start if end <= start else end - pd.Timedelta(microseconds=1)
    day = start.tz_convert(zone).date()
    until = last.tz_convert(zone).date()
    edges = []
    while day <= until + timedelta(days=1):
        edges.append(at_wall(datetime(day.year, day.month, day.day), zone))  # noqa: DTZ001 - at_wall places it
        day += timedelta(days=1)
    return edges


def days_of(start: pd.Timestamp, end: pd.Timestamp, zone: str) -> list[date]:
    """Return the local days whose noon lies in [start, end); of an ``end`` that is NaT, the day of the start.

    Examples
    --------
    >>> days_of(pd.Timestamp("2026-07-03T04:00Z"), pd.Timestamp("2026-07-04T04:00Z"), "America/New_York")
    [datetime.date(2026, 7, 3)]
    """
    first = start.tz_convert(zone).date()
    if pd.isna(end):
        return [first]
    days = [first + timedelta(days=n) for n in range((end.tz_convert(zone).date() - first).days + 1)]
    return [d for d in days if start <= at_wall(datetime(d.year, d.month, d.day, 12), zone) < end]  # noqa: DTZ001 -- a wall clock
