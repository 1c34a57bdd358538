"""Local time and UTC: parsing, clock changes, coverage hours, interval edges, and times in words.

The one caller of ``tz_localize``. Two hours a year are hard, and both are decided here:

- *Spring*: 02:30 on the night the clock goes forward does not exist. Such a time is what a clock shows that
  has not been put forward yet, so it is read at the offset from before the change (02:30 becomes 03:30) and
  marked, for the reader to add a Problem with effect "repaired".
- *Autumn*: 01:30 on the night the clock goes back comes twice. Where the rows are in order of time, the place
  where the clock jumps back tells the first pass from the second, and the rows are decided. Where nothing
  tells, the first of the two instants (daylight time) is taken and the row is marked.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.errors import InputError, UsageError
from calltrace.tables.clock import DAYS, MONTHS, UNIT, UNITS, clock_said, midnight
from calltrace.tables.clock import is_zone as is_zone  # noqa: PLC0414 - handed on
from calltrace.tables.clock import machine_zone as machine_zone  # noqa: PLC0414 - handed on
from calltrace.tables.clock import zone_named as zone_named  # noqa: PLC0414 - handed on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

INSTANT = "datetime64[us, UTC]"
EARLIEST_YEAR, LATEST_YEAR = 1970, 2199
"""Years outside these are damage: no call was logged before Unix time, nor in the next century."""

_ISO = re.compile(
    r"^(?P<y>\d{4})-(?P<mo>\d{2})-(?P<d>\d{2})[Tt ]"
    r"(?P<h>\d{2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,12}))?)?"
    r" ?(?P<z>[Zz]|[+-]\d{2}(?::?\d{2})?)?$"
)
_ISO_ARROW = _ISO.pattern
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
        try:
            utc = array.cast(pa.timestamp("us", "UTC"))
        except pa.ArrowInvalid:
            pass
        else:
            values = _micros(utc)
            if _years_plausible(values):
                return Parsed(pd.Series(values), nothing, nothing.copy(), array)
        try:
            wall = array.cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            pass
        else:
            values = _micros(wall)
            if _years_plausible(values):
                return Parsed(pd.Series(values), ~_nulls(array), nothing, array)
    return _parse_parts(array)


def _nulls(array: pa.Array) -> Mask:
    found: Mask = array.is_null().to_numpy(zero_copy_only=False)
    return found


def _micros(array: pa.Array) -> NDArray[np.datetime64]:
    """Return the instants as numpy datetime64[us], NaT where null."""
    whole = array.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy(zero_copy_only=False)
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
    codes = tails.indices.fill_null(-1).to_numpy(zero_copy_only=False)
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
    parts = pc.extract_regex(text, pattern=_ISO_ARROW)
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


def localise(wall: pd.Series[pd.Timestamp], zone: str) -> Localised:
    """Place wall-clock times in a zone, both clock changes decided (see the module's docstring).

    Parameters
    ----------
    wall : Series of datetime64, no zone
        In the order of the file: where a clock goes back, the order tells the first pass from the second.
    zone : str
        IANA name.

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
        second_pass, undecided = _passes(np.asarray(times), twice)
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
    instants: pd.Series[pd.Timestamp], offset_min: NDArray[np.float64], among: Iterable[str]
) -> str:
    """Return the first zone of ``among`` whose clock showed every one of the offsets at its instant, else ''.

    Parameters
    ----------
    instants : Series of datetime64[us, UTC]
    offset_min : array of float
        Minutes east of UTC as the log gave them; NaN is skipped.
    among : names of zones
        In order of preference.
    """
    there = ~np.isnan(offset_min) & np.asarray(instants.notna())
    hours = pd.DataFrame({"at": instants[there].dt.floor("h"), "offset": offset_min[there]}).drop_duplicates()
    if hours.empty:
        return ""
    for zone in among:
        if not is_zone(zone):
            continue
        wall = hours["at"].dt.tz_convert(zone).dt.tz_localize(None)
        shown = (wall - hours["at"].dt.tz_localize(None)).dt.total_seconds() / 60
        if bool((shown == hours["offset"]).all()):
            return zone
    return ""


# --- days, intervals, coverage ------------------------------------------------------------------------------


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
    return [d for d in days if start <= at_wall(datetime(d.year, d.month, d.day, 12), zone) < end]  # noqa: DTZ001


def interval_edges(start: pd.Timestamp, end: pd.Timestamp, minutes: int, zone: str) -> pd.DatetimeIndex:
    """Return the edges of all intervals touching [start, end), counted from each local midnight, as UTC.

    A day of 25 hours has four quarter hours more; no interval spans a midnight, so the last one of a day may
    be shorter where ``minutes`` does not divide the day.
    """
    days = day_edges(start, end, zone)
    step = pd.Timedelta(minutes=minutes)
    pieces = [pd.date_range(a, b, freq=step, inclusive="left") for a, b in pairwise(days)]
    edges = pieces[0].append(pieces[1:]).append(pd.DatetimeIndex([days[-1]]))
    first = max(int(edges.searchsorted(start, side="right")) - 1, 0)
    last = int(edges.searchsorted(end, side="left")) + 1
    return pd.DatetimeIndex(edges[first:last])


def check_coverage(coverage: str) -> str:
    """Return what is wrong with an opening_hours string in a few words, '' where it can be read."""
    from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]  # noqa: PLC0415 - 30 ms

    try:
        OpeningHours(coverage)
    except ParserError as error:
        told = [line.strip(" =") for line in str(error).splitlines() if line.strip().startswith("=")]
        return told[0] if told and "unknown" not in told[0] else "it does not follow the syntax"
    return ""


_WEEKDAYS = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:\s*-\s*(?:Mo|Tu|We|Th|Fr|Sa|Su))?"
_HOLIDAY_RULE = re.compile(rf"^\s*(?P<days>(?:{_WEEKDAYS}|[PS]H)(?:\s*,\s*(?:{_WEEKDAYS}|[PS]H))*)(?P<rest>\s.*)?$")


def with_holidays(coverage: str, holidays: Iterable[date]) -> str:
    """Return an opening_hours string with the days that are holidays in place of ``PH``.

    A rule for weekdays and holidays becomes one for each; one with no holiday to stand for it stays as it is, and
    so does one where PH is bound to months or counted from ("PH -1 day"): there it is never matched.

    Examples
    --------
    >>> with_holidays("Mo-Fr 17:00-24:00; Sa,PH 00:00-24:00", [date(2026, 7, 3)])
    'Mo-Fr 17:00-24:00; Sa 00:00-24:00; 2026 Jul 03 00:00-24:00'
    >>> with_holidays("Mo-Fr 17:00-24:00; PH off", [])
    'Mo-Fr 17:00-24:00; PH off'
    """
    days = ",".join(f"{day.year} {calendar.month_abbr[day.month]} {day.day:02d}" for day in sorted(set(holidays)))
    if not days or "PH" not in coverage or '"' in coverage:
        return coverage
    rules = []
    for rule in coverage.split(";"):
        match = _HOLIDAY_RULE.match(rule)
        named = [part.strip() for part in match["days"].split(",")] if match else []
        if match is None or "PH" not in named:
            rules.append(rule.strip())
            continue
        others = ",".join(part for part in named if part != "PH")
        rest = (match["rest"] or "").rstrip()
        rules += [f"{others}{rest}"] if others else []
        rules.append(f"{days}{rest}")
    return "; ".join(rules)


def coverage_spans(
    coverage: str, zone: str, start: pd.Timestamp, end: pd.Timestamp, holidays: Iterable[date] = ()
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the spans of [start, end) in which coverage is open, in the civil time of the zone, as UTC.

    Parameters
    ----------
    coverage : str
        OpenStreetMap opening_hours syntax; '' gives no spans. Hours marked ``unknown`` are not open.
    zone : str
        IANA name: 17:00 is 17:00 on the client's wall before and after a clock change.
    holidays : dates, optional
        The days ``PH`` stands for; without them it is never matched.

    Returns
    -------
    list of (start, end)
        Adjoining spans merged, in order.

    Raises
    ------
    InputError
        For a string that can't be read.

    Examples
    --------
    >>> night = coverage_spans("Mo-Fr 17:00-24:00; Sa 00:00-24:00", "America/New_York",
    ...     pd.Timestamp("2026-10-09T00:00-04:00"), pd.Timestamp("2026-10-12T00:00-04:00"))
    >>> [f"{a:%dT%H:%MZ}/{b:%dT%H:%MZ}" for a, b in night]
    ['09T21:00Z/11T04:00Z']
    """
    if not coverage.strip() or end <= start:
        return []
    start, end = start.tz_convert("UTC").as_unit("us"), end.tz_convert("UTC").as_unit("us")
    if coverage.strip() == "24/7":
        return [(start, end)]
    from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # noqa: PLC0415 - 30 ms

    try:
        hours = OpeningHours(with_holidays(coverage.strip(), holidays))
    except ParserError as error:
        raise InputError(
            f"coverage is {coverage!r}: {check_coverage(coverage.strip())}",
            expected='hours such as "Mo-Fr 17:00-24:00; Sa-Su 00:00-24:00" (OpenStreetMap opening_hours)',
            fix="Correct the account's coverage in the accounts table.",
        ) from error
    where = zone_named(zone)
    # a day to either side, for the wall clock and UTC do not end at one time
    begin_wall = start.tz_convert(zone).to_pydatetime().replace(tzinfo=None, fold=0) - timedelta(days=1)
    end_wall = end.tz_convert(zone).to_pydatetime().replace(tzinfo=None, fold=0) + timedelta(days=1)
    spans: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for opens, closes, state, _ in hours.intervals(begin_wall, end_wall):
        if state != State.OPEN:
            continue
        a = max(start, pd.Timestamp(opens.replace(tzinfo=where)).tz_convert("UTC").as_unit("us"))
        b = min(end, pd.Timestamp(closes.replace(tzinfo=where)).tz_convert("UTC").as_unit("us"))
        if b <= a:
            continue
        if spans and a <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(b, spans[-1][1]))
        else:
            spans.append((a, b))
    return spans


# --- times in words -----------------------------------------------------------------------------------------

WHEN_FORMS = (
    '2026-10-08, "2026-10-08 09:15", 2026-10-08T09:15-04:00, now, today, yesterday, "yesterday 17:30", '
    'mon … sunday, "sat 22:00", "sat night", "this morning", "last night", "last weekend", "last week", '
    '"last 2 h", "3 days ago"'
)

_PARTS = {  # hours from the day's midnight; a night belongs to the day it begins on
    "early morning": (0, 6),
    "morning": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (18, 30),
    "noon": (12, 12),
    "midday": (12, 12),
    "midnight": (0, 0),
}


def parse_when(text: str, zone: str, now: pd.Timestamp, *, end: bool) -> pd.Timestamp:
    """Read what a person says for the beginning or the end of a window.

    Parameters
    ----------
    text : str
        A date, a date and time (with an offset or in ``zone``), or words: see :data:`WHEN_FORMS`. A weekday
        is the last such day up to now, today included; with a time of day, the last such time up to now.
    zone : str
        The zone the words are meant in (IANA).
    now : Timestamp
        When it is said, tz-aware.
    end : bool
        Whether it ends the window: a day, a part of a day or a week then means its end (the instant
        after it),
        and of a clock time that came twice the second is meant; a window is rather too wide than too narrow.

    Returns
    -------
    Timestamp
        UTC.

    Raises
    ------
    UsageError
        For anything else, naming the accepted forms.

    Examples
    --------
    >>> now = pd.Timestamp("2026-10-08T09:15-04:00")
    >>> str(parse_when("yesterday", "America/New_York", now, end=True))
    '2026-10-08 04:00:00+00:00'
    >>> str(parse_when("sat 22:00", "America/New_York", now, end=False))
    '2026-10-04 02:00:00+00:00'
    """
    zone_named(zone)
    said = " ".join(text.strip().lower().replace(",", " ").split())
    now = now.tz_convert("UTC").as_unit("us")
    here = now.tz_convert(zone).to_pydatetime().replace(tzinfo=None, fold=0)
    try:
        span = _instant_said(text.strip(), zone, end=end) or _span_said(said, zone, now, here, end=end)
    except (OverflowError, ValueError):
        span = None
    if span is None:
        side = "--to" if end else "--from"
        raise UsageError(f"{side} is {text!r}", expected=f"one of the forms {WHEN_FORMS}")
    return span[1] if end else span[0]


_Span = tuple[pd.Timestamp, pd.Timestamp]


def _instant_said(text: str, zone: str, *, end: bool) -> _Span | None:
    """Read an ISO date or date and time."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = date.fromisoformat(text)
        return _days_span(day, day, zone)
    match = _ISO.match(text)
    if not match:
        return None
    seen = parse(pd.Series([text], dtype="string"))
    if seen.bad[0]:
        raise ValueError(text)
    at = seen.instants.iloc[0]
    if seen.naive[0]:
        wall: datetime = at.to_pydatetime()
        at = at_wall(wall, zone, second=end)
    else:
        at = at.tz_localize("UTC")
    return at, at


def _days_span(first: date, last: date, zone: str) -> _Span:
    """Return the span from the beginning of one local day to the end of another."""
    return at_wall(midnight(first), zone), at_wall(midnight(last) + timedelta(days=1), zone)


def _day_said(said: str, today: date) -> date | None:
    """Read the name of a day: today, yesterday, a weekday, 8 oct, oct 8 2026, an ISO date."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        return date.fromisoformat(said)
    if said in ("today", "tonight", "this"):
        return today
    if said == "yesterday":
        return today - timedelta(days=1)
    if said == "the day before yesterday":
        return today - timedelta(days=2)
    words = said.split()
    if len(words) == 2 and words[0] in ("last", "on", "this") and words[1] in DAYS:
        back = (today.weekday() - DAYS[words[1]]) % 7
        return today - timedelta(days=7 if words[0] == "last" and not back else back)
    if said in DAYS:
        return today - timedelta(days=(today.weekday() - DAYS[said]) % 7)
    match = re.fullmatch(r"(?:(\d{1,2})\.? ([a-z]+)|([a-z]+) (\d{1,2}))\.?(?: (\d{4}))?", said)
    if match and (match[2] or match[3]) in MONTHS:
        month, day = MONTHS[match[2] or match[3]], int(match[1] or match[4])
        found = date(int(match[5]) if match[5] else today.year, month, day)
        return found if match[5] or found <= today else found.replace(year=found.year - 1)
    return None


def _span_said(said: str, zone: str, now: pd.Timestamp, here: datetime, *, end: bool) -> _Span | None:
    """Read words for a span of time."""
    today = here.date()
    if said == "now":
        return now, now
    if match := re.fullmatch(rf"(?:the )?(?:last|past) (\d+(?:\.\d+)?)? ?({UNIT})", said):
        if match[1] or match[2] not in ("week", "day", "w", "d"):
            return now - pd.Timedelta(seconds=float(match[1] or 1) * UNITS[match[2]]), now
    elif match := re.fullmatch(rf"(\d+(?:\.\d+)?) ?({UNIT}) ago", said):
        then = now - pd.Timedelta(seconds=float(match[1]) * UNITS[match[2]])
        return then, then
    monday = today - timedelta(days=today.weekday())
    weeks = {"this week": monday, "last week": monday - timedelta(days=7)}
    if said in weeks:
        return _days_span(weeks[said], weeks[said] + timedelta(days=6), zone)
    if said in ("last day", "past day"):
        return now - pd.Timedelta(days=1), now
    if said in ("weekend", "the weekend", "this weekend", "last weekend"):
        # on a Saturday or Sunday "last weekend" is the one before, any other weekend the one at hand
        at_hand = today.weekday() >= 5
        back = 7 if said == "last weekend" or not at_hand else 0
        saturday = monday + timedelta(days=5) - timedelta(days=back)
        return _days_span(saturday, saturday + timedelta(days=1), zone)
    if said in ("this month", "last month"):
        first = today.replace(day=1)
        if said == "last month":
            first = (first - timedelta(days=1)).replace(day=1)
        return _days_span(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]), zone)
    if span := _part_said(said, zone, now, today):
        return span
    if clock := clock_said(said):  # a time alone: the last such time up to now
        return _latest(clock, [today, today - timedelta(days=1)], zone, now, end=end)
    if (day := _day_said(said, today)) is not None:
        return _days_span(day, day, zone)
    # a day and a time: "sat 22:00", "yesterday at 9 pm", "10 pm saturday"
    words = said.split()
    for cut in range(1, len(words)):
        for named, timed in ((words[:cut], words[cut:]), (words[cut:], words[:cut])):
            clock = clock_said(" ".join(timed))
            day = _day_said(" ".join(named), today)
            if clock and day is not None:
                days = [day, day - timedelta(days=7)] if named[-1] in DAYS else [day]
                return _latest(clock, days, zone, now, end=end)
    return None


def _latest(
    clock: tuple[int, int, int], days: list[date], zone: str, now: pd.Timestamp, *, end: bool
) -> _Span:
    """Return the time of day on the first of the days it has come on already, else on the last."""
    at = now
    for day in days:
        wall = midnight(day) + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
        at = at_wall(wall, zone, second=end)
        if at <= now:
            break
    return at, at


def _part_said(said: str, zone: str, now: pd.Timestamp, today: date) -> _Span | None:
    """Read a part of a day: this morning, last night, sat night, yesterday noon."""
    for part, (begins, ends) in _PARTS.items():
        if said == part:
            named = "this"
        elif said.endswith(" " + part):
            named = said[: -len(part) - 1].removesuffix(" at")
        else:
            continue
        if part == "morning" and named.endswith("early"):
            continue
        if named == "last" and part in ("night", "evening"):
            day: date | None = today - timedelta(days=1)
        else:
            day = _day_said(named, today)
        if day is None:
            return None
        if part == "midnight" and named != "this":  # the midnight a day ends with, as people say it
            day += timedelta(days=1)
        span = (
            at_wall(midnight(day) + timedelta(hours=begins), zone),
            at_wall(midnight(day) + timedelta(hours=ends), zone, second=True),
        )
        if named in DAYS and span[0] > now:
            back = timedelta(days=7)
            span = (
                at_wall(midnight(day) - back + timedelta(hours=begins), zone),
                at_wall(midnight(day) - back + timedelta(hours=ends), zone, second=True),
            )
        return span
    if said == "tonight":
        return _part_said("today night", zone, now, today)
    return None
