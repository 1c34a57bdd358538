r"""Times, durations, percents and counts as exports write them, whole columns at once.

Times: ISO 8601; epoch seconds, milliseconds or microseconds; RFC 2822; ``M/D/Y`` and ``D/M/Y`` with 12- or
24-hour clocks; months by name; a zone behind (``+0200``, ``Z``, ``GMT``, ``EST``). Which of day and month
comes first is decided by the file: a part above twelve, else the order in which the rows don't go backwards,
else the region's custom, which is then said.

Durations: ``H:MM:SS``, ``m:ss``, ``:ss``, ``1h 2m 3s``, ``PT17S``, plain seconds (or what ``unit`` says).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Floats = NDArray[np.float64]

MONTHS = pa.array(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
ZONES = {
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "est": -300,
    "edt": -240,
    "cst": -360,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
}
"""Zones by the letters North American exports write; minutes east of UTC."""
DENSER = 5
"""How many times longer one reading of a file's dates must make it reach than the other, to be ruled out."""
MONTH_FIRST = ("US", "CA", "PH")
"""Regions that write the month before the day."""

_CLOCK = (
    r"(?:[ T,]+(?:at )?(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?P<f>[.,]\d{1,9})?)?"
    r"[ \x{a0}\x{202f}]*(?P<ap>[AaPp]\.?(?:[ \x{a0}\x{202f}]?[Mm]\.?)?)?)?"
    r" *\(?(?P<z>Z|[A-Z]{3}|[+-]\d{2}:?\d{2}|(?:UTC|GMT)[+-]\d{1,2}:?\d{2})?\)?$"
)
_PARTS = (
    r"^(?:[A-Za-z]{3,9},? +)?(?P<a>\d{1,2}|\d{4})(?P<sep>[/.\- ])(?P<b>\d{1,2}|[A-Za-z]{3,9})"
    r"[/.\-, ]+(?P<c>\d{4}|\d{1,2})" + _CLOCK
)
_NAMED = r"^(?:[A-Za-z]{3,9},? +)?(?P<b>[A-Za-z]{3,9})\.? (?P<a>\d{1,2})(?:st|nd|rd|th)?,? (?P<c>\d{4})" + _CLOCK
_EPOCH = r"^\d{10}(?:\.\d+)?$|^\d{13}$|^\d{16}$"
_COMPACT = r"^(?P<c>\d{4})(?P<b>\d{2})(?P<a>\d{2})(?:[ T]?(?P<h>\d{2}):?(?P<mi>\d{2}):?(?P<s>\d{2})?)?$"


@dataclass(frozen=True)
class Written:
    """The numbers of dates whose order has to be told (a/b/year), each date once, and the order they were read in."""

    numbers: tuple[tuple[int, ...], ...]
    read_as: str


@dataclass(frozen=True)
class Times:
    """A column of instants: ``values`` datetime64[us], UTC except where ``naive``; ``bad`` where text is no time.

    ``written`` are its dates whose order had to be told, None where there are none.
    """

    values: NDArray[np.datetime64]
    naive: Mask
    bad: Mask
    written: Written | None = None

    @property
    def known(self) -> Mask:
        """Where there is a time."""
        found: Mask = ~np.isnat(self.values)
        return found


def times_of(texts: pa.Array, region: str = "US", *, dates: bool = False, orders: Sequence[str] = ()) -> Times:
    """Parse a column of times; null stays NaT and is not bad.

    Parameters
    ----------
    texts : Arrow array of string
        Blanks trimmed, empty ones null.
    region : str
        ISO 3166 country, for dates that can be read both ways.
    dates : bool
        Whether a date alone is a time: its midnight.
    orders : sequence of str
        Orders of day, month and year ("dmy", "mdy") that other files of the log tell.
    """
    seen = times.parse(texts)
    values = seen.instants.to_numpy().astype("datetime64[us]")
    if not seen.bad.any():
        return Times(values, seen.naive & ~np.isnat(values), seen.bad)
    values, naive, left = values.copy(), seen.naive.copy(), seen.bad.copy()
    written: list[Written] = []
    for pattern, reader in ((_EPOCH, None), (_PARTS, _parts), (_NAMED, _parts), (_COMPACT, _parts)):
        if not left.any():
            break
        places = np.flatnonzero(left)
        some = texts.take(pa.array(places))
        if reader is None:
            fits = _flags(pc.match_substring_regex(some, pattern))
            places = places[fits]
            if len(places):
                values[places] = _epochs(some.filter(pa.array(fits)))
                naive[places] = False
                left[places] = False
            continue
        found = pc.extract_regex(some, pattern.replace(r"\x{202f}", "\u202f"))
        fits = ~found.is_null().to_numpy(zero_copy_only=False)
        if not fits.any():
            continue
        parts = found.filter(pa.array(fits))
        made, zoned, loose = reader(parts, region, orders, dates=dates)
        places = places[fits]
        good = ~np.isnat(made)
        values[places[good]] = made[good]
        naive[places[good]] = ~zoned[good]
        left[places[good]] = False
        written += [loose] if loose is not None else []
    values[left] = np.datetime64("NaT")
    return Times(values, naive & ~np.isnat(values), left, written[0] if written else None)


def _flags(values: pa.Array) -> Mask:
    found: Mask = pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _epochs(texts: pa.Array) -> NDArray[np.datetime64]:
    number = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
    seconds = np.where(number >= 1e15, number / 1e6, np.where(number >= 1e12, number / 1e3, number))
    made: NDArray[np.datetime64] = np.round(seconds * 1e6).astype(np.int64).astype("datetime64[us]")
    return made


def _field(parts: pa.Array, name: str) -> pa.Array:
    try:
        value = pc.struct_field(parts, name)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return pa.nulls(len(parts), pa.string())
    return pc.if_else(pc.equal(value, ""), pa.scalar(None, pa.string()), value)


def _number(texts: pa.Array, default: float = 0.0) -> Floats:
    found: Floats = pc.cast(texts, pa.float64()).fill_null(default).to_numpy(zero_copy_only=False)
    return found


def _month(texts: pa.Array) -> Floats:
    """Return months given as digits or by name; NaN for a word that is none."""
    named = _flags(pc.match_substring_regex(texts, "[A-Za-z]"))
    digits = pc.if_else(pa.array(named), pa.scalar(None, pa.string()), texts)
    place = pc.index_in(pc.utf8_lower(pc.utf8_slice_codeunits(texts, 0, 3)), MONTHS)
    by_name = pc.cast(place, pa.float64()).to_numpy(zero_copy_only=False) + 1
    return np.where(named, by_name, _number(digits))


def _parts(
    parts: pa.Array, region: str, orders: Sequence[str], *, dates: bool
) -> tuple[NDArray[np.datetime64], Mask, Written | None]:
    """Return instants of the captured parts, whether each had a zone, and the dates whose order had to be told."""
    first, third = _number(_field(parts, "a")), _number(_field(parts, "c"))
    middle = _field(parts, "b")
    named = _flags(pc.match_substring_regex(middle, "[A-Za-z]"))
    second = _month(middle)
    year_first = first > 31
    always_ymd = "sep" not in [f.name for f in parts.type]  # names and 20260903 leave no doubt
    year = np.where(year_first, first, third)
    year = np.where(year < 100, year + 2000, year)
    clock = _clock(parts)
    written: Written | None = None
    if always_ymd or year_first.all() or named.all():
        month, day = second, np.where(year_first, third, first)
    else:
        dotted = _flags(pc.equal(_field(parts, "sep"), "."))
        loose = ~year_first & ~named & ~dotted
        written = _written(first[loose], second[loose], year[loose], clock[loose], region, orders)
        day_first = written is not None and written.read_as == "dmy"
        swap = loose & (not day_first)
        month = np.where(swap, first, second)
        day = np.where(year_first, third, np.where(swap, second, first))
    has_clock = ~_field(parts, "h").is_null().to_numpy(zero_copy_only=False)
    made = _instants(year, month, day, clock)
    if not dates:
        made[~has_clock] = np.datetime64("NaT")
    offset = _zones(_field(parts, "z"))
    zoned = ~np.isnan(offset)
    shift = (np.nan_to_num(offset) * 60e6).astype(np.int64).astype("timedelta64[us]")
    return made - shift, zoned, written


def _clock(parts: pa.Array) -> Floats:
    """Return the time of day in seconds; NaN where it is none."""
    hour, minute, second = (_number(_field(parts, n)) for n in ("h", "mi", "s"))
    fraction = _field(parts, "f")
    part = _number(pc.replace_substring(fraction, ",", "."))
    half = pc.utf8_lower(pc.utf8_slice_codeunits(_field(parts, "ap"), 0, 1))
    pm, am = _flags(pc.equal(half, "p")), _flags(pc.equal(half, "a"))
    wrong = (hour > 23) | (minute > 59) | (second > 60) | ((pm | am) & ((hour > 12) | (hour < 1)))
    hour = np.where(pm & (hour < 12), hour + 12, np.where(am & (hour == 12), 0, hour))
    return np.where(wrong, np.nan, hour * 3600 + minute * 60 + second + part)


def _instants(year: Floats, month: Floats, day: Floats, clock: Floats) -> NDArray[np.datetime64]:
    """Return the instants of calendar parts, NaT for days that don't exist."""
    fine = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year >= 1970) & (year < 2200) & ~np.isnan(clock)
    months = ((np.where(fine, year, 1970) - 1970) * 12 + np.where(fine, month, 1) - 1).astype(np.int64)
    begin = months.astype("datetime64[M]")
    days = begin.astype("datetime64[D]") + (np.where(fine, day, 1) - 1).astype(np.int64)
    fine &= days.astype("datetime64[M]") == begin
    micro = np.round(np.where(fine, clock, 0) * 1e6).astype(np.int64).astype("timedelta64[us]")
    made: NDArray[np.datetime64] = days.astype("datetime64[us]") + micro
    made[~fine] = np.datetime64("NaT")
    return made


def _written(  # noqa: PLR0917 -- the numbers of the dates and their clock, and what tells their order
    a: Floats, b: Floats, year: Floats, clock: Floats, region: str, orders: Sequence[str]
) -> Written | None:
    """Return dates written a/b/year and the order they are read in; None where there are none."""
    if not len(a):
        return None
    key = (year * 100 + a) * 100 + b
    once = np.sort(np.unique(key, return_index=True)[1])
    numbers = tuple(zip(*(n[once].astype(int).tolist() for n in (a, b, year)), strict=True))
    real = {"dmy": int((b > 12).sum()), "mdy": int((a > 12).sum())}
    told = [order for order in orders if real.get(order) == min(real.values())]
    if told:
        return Written(numbers, told[0])
    return Written(numbers, "dmy" if _day_first(a, b, year, clock, region) else "mdy")


def _day_first(a: Floats, b: Floats, year: Floats, clock: Floats, region: str) -> bool:
    """Decide whether ``a`` of a/b/year is the day, by custom where nothing else tells."""
    custom = region not in MONTH_FIRST
    if (a == b).all():
        return custom
    above = bool((a > 12).any()), bool((b > 12).any())
    if above[0] != above[1]:
        return above[0]
    if above[0]:  # both orders occur: one of them is damage
        return bool((a > 12).sum() > (b > 12).sum())
    back = [int((np.diff(_instants(year, m, d, clock)) < np.timedelta64(-86_400, "s")).sum()) for d, m in ((a, b), (b, a))]
    if back[0] != back[1] and len(a) > 2:
        return back[0] < back[1]
    spans = [_span(_instants(year, m, d, clock)) for d, m in ((a, b), (b, a))]
    if min(spans) * DENSER < max(spans):  # a log of three days in a row is no log of three months' ninths
        return spans[0] < spans[1]
    return custom


def _span(at: NDArray[np.datetime64]) -> float:
    return float((at.max() - at.min()) / np.timedelta64(1, "D")) + 1.0


def _zones(texts: pa.Array) -> Floats:
    """Return minutes east of UTC, NaN where no zone is given or the letters are unknown."""
    coded = texts.dictionary_encode()
    table = np.array([_zone(t) for t in coded.dictionary.to_pylist()] or [np.nan])
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(codes >= 0, table[codes], np.nan)


def _zone(text: str | None) -> float:
    if not text:
        return np.nan
    if text.lower() in ZONES:
        return float(ZONES[text.lower()])
    bare = text.removeprefix("UTC").removeprefix("GMT")
    if bare[0] not in "+-":
        return np.nan
    digits = bare[1:].replace(":", "").rjust(4, "0")
    return (int(digits[:-2]) * 60 + int(digits[-2:])) * (-1 if bare[0] == "-" else 1)


# --- numbers ------------------------------------------------------------------------------------------------

_COLON = r"^(?:(?P<d>\d+)[ .d]+)?(?:(?P<h>\d+):)?(?P<m>\d{0,4}):(?P<s>\d{1,2}(?:[.,]\d+)?)$"
_UNITS = (
    r"^(?:(?P<d>\d+) ?d[a-z]*[ ,]*)?(?:(?P<h>\d+) ?h[a-z]*[ ,]*)?(?:(?P<m>\d+) ?m(?:in[a-z]*)?[ ,]*)?"
    r"(?:(?P<s>\d+(?:\.\d+)?) ?s[a-z]*)?$"
)
_ISO = r"^[Pp][Tt](?:(?P<h>\d+)[Hh])?(?:(?P<m>\d+)[Mm])?(?:(?P<s>\d+(?:\.\d+)?)[Ss])?$"
_DAY = (1.0, 86_400.0, 3_600.0, 60.0)


def durations(texts: pa.Array, unit: float = 1.0) -> tuple[Floats, Mask]:
    """Return seconds (NaN where none) and where a text is no duration; plain numbers count ``unit`` seconds.

    Examples
    --------
    >>> durations(pa.array(["1:02", "0:00:17", ":45", "17.5", "PT1M", "2m 5s", None, "-3", "soon"]))[0].tolist()
    [62.0, 17.0, 45.0, 17.5, 60.0, 125.0, nan, nan, nan]
    """
    present = ~texts.is_null().to_numpy(zero_copy_only=False)
    values, bad = plain(texts)
    values = values * unit
    for pattern in (_COLON, _UNITS, _ISO):
        if not bad.any():
            break
        places = np.flatnonzero(bad)
        found = pc.extract_regex(texts.take(pa.array(places)), pattern)
        fits = ~found.is_null().to_numpy(zero_copy_only=False)
        parts = found.filter(pa.array(fits))
        total = np.zeros(len(parts))
        for name, size in zip(("s", "d", "h", "m"), _DAY, strict=True):
            total += _number(pc.replace_substring(_field(parts, name), ",", ".")) * size
        values[places[fits]] = total
        bad[places[fits]] = False
    bad |= present & (np.nan_to_num(values) < 0)
    return np.where(bad, np.nan, values), bad


_PLAIN = r"^[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,3})?$"


def plain(texts: pa.Array) -> tuple[Floats, Mask]:
    """Return numbers (NaN where none) and where a text is none.

    Thousands may be set apart (``1,234``, ``1 234``); a comma before other than three digits is a decimal one.
    """
    try:
        values = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        bare = pc.replace_substring_regex(texts, "(\\d)[ \u00a0\u202f'](\\d{3})", r"\1\2")
        grouped = pc.match_substring_regex(bare, r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
        bare = pc.if_else(grouped, pc.replace_substring(bare, ",", ""), pc.replace_substring(bare, ",", "."))
        fits = pc.match_substring_regex(bare, _PLAIN)
        bad = ~_flags(fits) & ~texts.is_null().to_numpy(zero_copy_only=False)
        values = pc.cast(pc.if_else(fits, bare, pa.scalar(None, pa.string())), pa.float64())
    else:
        bad = np.zeros(len(texts), dtype=bool)
    found = values.to_numpy(zero_copy_only=False).astype(float)
    bad = bad | (~np.isfinite(found) & ~values.is_null().to_numpy(zero_copy_only=False))
    return np.where(bad, np.nan, found), bad


MOST = 1e12
"""A count beyond this is damage."""


def counts(texts: pa.Array) -> tuple[Floats, Mask]:
    """Return whole numbers of zero and more as floats (NaN where none), and where a text is none."""
    dotted = pc.match_substring_regex(texts, r"^\d{1,3}(\.\d{3})+$")  # a count has no fraction: 1.234 is 1234
    if pc.any(dotted).as_py():
        texts = pc.if_else(dotted, pc.replace_substring(texts, ".", ""), texts)
    values, bad = plain(texts)
    known = ~np.isnan(values)
    number = np.where(known, values, 0)
    bad = bad | (known & ((number < 0) | (number % 1 != 0) | (number > MOST)))
    return np.where(bad, np.nan, values), bad


def percents(texts: pa.Array) -> tuple[Floats, Mask]:
    """Return percents, 0 to 100 (NaN where none), and where a text is none.

    A column without a percent sign whose values all lie between 0 and 1 holds shares: 0.94 is 94 %.

    Examples
    --------
    >>> percents(pa.array(["94.01%", "94,01 %", "101%", None]))[0].round(2).tolist()
    [94.01, 94.01, nan, nan]
    >>> percents(pa.array(["0.94", "1"]))[0].tolist()
    [94.0, 100.0]
    """
    signed = bool(pc.any(pc.match_substring(texts, "%")).as_py())
    values, bad = plain(pc.utf8_rtrim(texts, characters=" %\u00a0\u202f") if signed else texts)
    known = values[~np.isnan(values)]
    if not signed and len(known) and known.max() <= 1 and (known % 1 != 0).any():
        values = values * 100
    bad = bad | (np.nan_to_num(values) < 0) | (np.nan_to_num(values) > 100)
    return np.where(bad, np.nan, values), bad


def nullable(values: Floats) -> pd.Series[float]:
    """Return numbers as Float64, NA for NaN."""
    return pd.Series(nullable_array(values))


def nullable_array(values: Floats) -> pd.api.extensions.ExtensionArray:
    """Return the same without an index, for a frame that has one of its own."""
    made: pd.api.extensions.ExtensionArray = pd.arrays.FloatingArray(
        np.nan_to_num(np.asarray(values, dtype=np.float64)), np.isnan(values)
    )
    return made


def whole(values: Floats) -> pd.Series[int]:
    """Return counts as Int64, NA for NaN."""
    return pd.Series(pd.arrays.IntegerArray(np.nan_to_num(values).astype(np.int64), np.isnan(values)))
