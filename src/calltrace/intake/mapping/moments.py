"""Dates and times of a column: taken apart, their order and clock decided from all of them, and read.

As of other values (:mod:`.values`), a column is never half one thing and half another: one date that can only be day
first makes all of them so, and dates that run on from line to line tell as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass
from calltrace.intake.mapping.values import Decision, plain, there
from calltrace.tables import times

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]

ORDERS = ("year-month-day", "day-month-year", "month-day-year")
INSTANTS = (*ORDERS, "iso", "named-month", "epoch-seconds", "epoch-milliseconds", "epoch-microseconds",
            "spreadsheet-days")  # fmt: skip
CLOCKS = ("24", "12")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janv janvier ene enero", "feb february februar févr février fevrier febrero",
            "mar march mär märz mrz mars marzo", "apr april avr avril abr abril", "may mai mayo",
            "jun june juni juin junio", "jul july juli juil juillet julio", "aug august août aout ago agosto",
            "sep sept september septembre septiembre", "oct october okt oktober octobre octubre",
            "nov november novembre noviembre", "dec december dez dezember déc décembre decembre dic diciembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

_TIME = (
    r"(?P<h>\d{1,2})[:h](?P<i>\d{2})(?:[:](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?: ?(?P<p>[ap])\.?(?: ?m\.?)?)?(?: ?(?P<z>z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?))?"
)
_AFTER = rf"(?:(?:[ t,]+|, )(?:at )?{_TIME})?$"
_NUMERIC = rf"^(?P<a>\d{{1,4}})[-/.](?P<b>\d{{1,2}})[-/.](?P<c>\d{{4}}|\d{{1,2}}){_AFTER}"
_COMPACT = (
    r"^(?P<a>\d{4})(?P<b>\d{2})(?P<c>\d{2})(?:[ t]?(?P<h>\d{2}):?(?P<i>\d{2})(?::?(?P<s>\d{2})"
    r"(?:[.,](?P<f>\d{1,9}))?)?(?P<p>)(?P<z>z|[+-]\d{2}:?\d{2})?)?$"
)
_DAY_NAMED = rf"^(?P<c>\d{{1,2}})(?:st|nd|rd|th)?[-/. ]*(?P<b>\pL{{3,}})\.?[-/. ,]*(?P<a>\d{{4}}|\d{{2}}){_AFTER}"
_NAMED_DAY = rf"^(?P<b>\pL{{3,}})\.?[-/. ]*(?P<c>\d{{1,2}})(?:st|nd|rd|th)?[-/., ]+(?P<a>\d{{4}}){_AFTER}"
_TIME_FIRST = r"^(\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.? ?m\.?)?)[ ,]+(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})$"
_WEEKDAY = r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[., ]+"


@dataclass
class Parts:
    """The numbers of a column of dates and times: ``a``, ``b``, ``c`` as they stand in a numeric date.

    ``digits_a`` and ``digits_c`` are how many digits those have; ``style`` is 0 for what is no date, 1 for
    numbers with separators, 2 for a year, month and day run together, 3 for a month in letters (then ``a``,
    ``b``, ``c`` are year, month, day). ``clock`` says whether there is a time of day, ``half`` whether it has
    AM (1), PM (2) or neither; ``offset`` is minutes east of UTC, NaN where not given.
    """

    texts: pa.Array
    style: Whole
    a: Whole
    b: Whole
    c: Whole
    digits_a: Whole
    digits_c: Whole
    clock: Mask
    hour: Whole
    minute: Whole
    second: Whole
    micro: Whole
    half: Whole
    offset: NDArray[np.float64]


def parts_of(values: pa.Array) -> Parts:
    """Take the texts of dates and times apart. What is no date has style 0."""
    size = len(values)
    text = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    text = pc.replace_substring_regex(text, r"[\s\pZ]+", " ")  # a Spanish Excel has "a.\u00a0m."
    text = pc.replace_substring_regex(text, _WEEKDAY, "")
    text = pc.replace_substring_regex(text, _TIME_FIRST, r"\2 \1")
    numbers = {name: np.full(size, -1, dtype=np.int64) for name in "abchisf"}
    digits = {name: np.zeros(size, dtype=np.int64) for name in "ac"}
    style = np.zeros(size, dtype=np.int64)
    half = np.zeros(size, dtype=np.int64)
    offset = np.full(size, np.nan)
    for kind, pattern in ((1, _NUMERIC), (2, _COMPACT), (3, _DAY_NAMED), (3, _NAMED_DAY)):
        rest = style == 0
        if not rest.any():
            break
        found = pc.extract_regex(text, pattern=pattern)
        here = rest & there(found)
        if kind == 3 and here.any():
            month = _coded(pc.struct_field(found, "b"), lambda t: float(_MONTHS.get(t or "", -1)))
            here &= month > 0
        if not here.any():
            continue
        for name in "abchisf":
            field = pc.struct_field(found, name)
            if name == "f":
                field = pc.utf8_rpad(pc.utf8_slice_codeunits(pc.fill_null(field, ""), 0, 6), width=6, padding="0")
            if kind == 3 and name == "b":
                numbers["b"][here] = month[here].astype(np.int64)
                continue
            number = pc.if_else(pc.match_substring_regex(field, r"^\d+$"), field, pa.scalar(None, pa.string()))
            whole = number.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
            numbers[name][here] = whole[here]
            if name in digits:
                length = pc.utf8_length(field).fill_null(0).to_numpy(zero_copy_only=False)
                digits[name][here] = length[here]
        style[here] = kind
        said = _coded(pc.struct_field(found, "p"), lambda t: {"a": 1.0, "p": 2.0}.get(t or "", 0.0))
        half[here] = said[here].astype(np.int64)
        offset[here] = _coded(pc.struct_field(found, "z"), _offset)[here]
    clock = numbers["h"] >= 0
    return Parts(
        values, style, numbers["a"], numbers["b"], numbers["c"], digits["a"], digits["c"], clock,
        np.where(clock, numbers["h"], 0), np.maximum(numbers["i"], 0), np.maximum(numbers["s"], 0),
        np.maximum(numbers["f"], 0), half, offset,
    )  # fmt: skip


def _coded(values: pa.Array, meaning: Callable[[str | None], float]) -> NDArray[np.float64]:
    """Return a number for each text, worked out once for each of them."""
    coded = values.dictionary_encode()
    table = np.array([meaning(t) for t in coded.dictionary.to_pylist()] or [np.nan], dtype=np.float64)
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    nothing = float(meaning(None))
    return np.where(codes < 0, nothing, table[np.maximum(codes, 0)])


def _offset(text: str | None) -> float:
    if not text:
        return np.nan
    bare = text.removeprefix("utc").removeprefix("gmt")
    if bare in {"", "z"}:
        return 0.0
    digits = bare[1:].replace(":", "")
    digits = digits.zfill(2).ljust(4, "0") if len(digits) <= 2 else digits.zfill(4)
    return (-1 if bare[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:]))


def _year(number: Whole, digits: Whole) -> Whole:
    """Return a year in full: two digits are of this century (70 and above of the last)."""
    return np.where(digits >= 3, number, np.where(number >= 70, 1900, 2000) + number)


def _in_order(parts: Parts, order: str) -> tuple[Whole, Whole, Whole, Mask]:
    """Return year, month, day as an order reads them, and where the digits allow that order."""
    if order == "year-month-day":
        return _year(parts.a, parts.digits_a), parts.b, parts.c, parts.digits_c <= 2
    day, month = (parts.a, parts.b) if order == "day-month-year" else (parts.b, parts.a)
    return _year(parts.c, parts.digits_c), month, day, parts.digits_a <= 2


def _days(year: Whole, month: Whole, day: Whole) -> tuple[NDArray[np.datetime64], Mask]:
    """Return the days, and where they are real."""
    fair = (month >= 1) & (month <= 12) & (year >= times.EARLIEST_YEAR) & (year <= times.LATEST_YEAR)
    first = ((np.where(fair, year, 1970) - 1970) * 12 + np.where(fair, month, 1) - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    real = fair & (day >= 1) & (day <= length)
    return first.astype("datetime64[D]") + (np.where(real, day, 1) - 1), real


def date_order(parts: Parts, lines: Whole) -> Decision:
    """Decide the order of a column's numeric dates from all of them.

    One date that is real in one order only is proof. Else the rows are: logs are written in order of time, so
    an order in which the days never go back stands against one in which they jump about.
    """
    numeric = parts.style == 1
    if not numeric.any():
        named = bool((parts.style == 3).any())
        return Decision("named-month" if named else "year-month-day", "the month is in letters" if named else "year first")
    read: dict[str, tuple[NDArray[np.datetime64], Mask]] = {}
    for order in ORDERS:
        year, month, day, allowed = _in_order(parts, order)
        days, real = _days(year, month, day)
        read[order] = (days, real & allowed & numeric)
    # with a year of four digits in front there is one order left, for all that dates are written with
    if bool((parts.digits_a[numeric] >= 3).all()):
        return Decision("year-month-day", "the year is first")
    yearly = _year_place(parts, numeric)
    for order in ORDERS:
        if yearly and (order == ORDERS[0]) != (yearly == "first"):
            read[order] = (read[order][0], np.zeros_like(numeric))
    possible = np.stack([read[o][1] for o in ORDERS])
    some = possible.any(axis=0)
    proof = {o: np.flatnonzero(some & ~possible[i]) for i, o in enumerate(ORDERS)}  # rows that rule an order out
    left = [o for o in ORDERS if not len(proof[o]) and possible[ORDERS.index(o)].any()]
    if not some.any():
        return Decision("", f"{parts.texts[int(np.flatnonzero(numeric)[0])].as_py()} is no real date in any order")
    if not left:
        told = [f"line {int(lines[proof[o][0]])} ({parts.texts[int(proof[o][0])].as_py()})" for o in ORDERS[1:] if len(proof[o])]
        return Decision("", f"{' and '.join(told)} can't be dates of one order: the column is written in two ways")
    if len(left) == 1:
        if left[0] == ORDERS[0]:
            return Decision(left[0], "the first number hardly changes, so it is the year")
        against = proof[ORDERS[3 - ORDERS.index(left[0])]]  # day and month the other way round
        if not len(against):
            return Decision(left[0], "no other order makes dates of all of them")
        place = int(against[0])
        return Decision(left[0], f"line {int(lines[place])} has {parts.texts[place].as_py()}")
    known = np.flatnonzero(some)
    if all(bool((read[o][0][known] == read[left[0]][0][known]).all()) for o in left[1:]):
        return Decision(left[0], "day and month are the same number throughout")
    back = {o: _jumps(read[o][0][known]) for o in left}
    calm = [o for o in left if back[o] == 0]
    if len(calm) == 1 and all(back[o] >= 2 for o in left if o != calm[0]):
        return Decision(calm[0], "so the rows are in order of time, which they are in no other order")
    example = parts.texts[int(known[0])].as_py()
    return Decision(
        "",
        f"{example} (line {int(lines[known[0]])}) and every other date can be {' or '.join(left)};"
        " no day above 12 and no order of the rows tells which",
    )


def _year_place(parts: Parts, numeric: Mask) -> str:
    """Say whether the year of two digits is "first" or "last", '' where the numbers don't tell.

    The year is what hardly changes within one log: of the outer numbers one takes two values at most, the
    other more.
    """
    if (parts.digits_a[numeric] >= 3).any() or (parts.digits_c[numeric] >= 3).any():
        return ""
    first, last = len(np.unique(parts.a[numeric])), len(np.unique(parts.c[numeric]))
    if last <= 2 < first:
        return "last"
    return "first" if first <= 2 < last else ""


def _jumps(days: NDArray[np.datetime64]) -> int:
    """Return how often days go against the way they mostly run (forward, or newest first), by more than a day."""
    steps = np.diff(days.astype("datetime64[D]").astype(np.int64))
    backwards = (steps < 0).sum() > (steps > 0).sum()
    return int((steps > 1).sum() if backwards else (steps < -1).sum())


def clock_of(parts: Parts, order: str, lines: Whole) -> Decision:
    """Decide whether times of day are on a 24-hour clock or have AM and PM, from all of them."""
    timed = parts.clock & (parts.style > 0)
    if not timed.any():
        return Decision("24", "no times of day")
    marked = timed & (parts.half > 0)
    if marked.any():
        bare = timed & ~marked
        beyond = np.flatnonzero(marked & ((parts.hour > 12) | (parts.hour == 0)))
        if len(beyond) and len(beyond) * 2 > marked.sum():
            return Decision("24", "hours above 12 beside AM and PM")
        if bare.any() and (parts.hour[bare] > 12).any():
            place = int(np.flatnonzero(bare & (parts.hour > 12))[0])
            return Decision("", f"some times have AM or PM, and line {int(lines[place])} has hour {parts.hour[place]}")
        return Decision("12", "AM and PM are given")
    hours = parts.hour[timed]
    if (hours > 12).any() or (hours == 0).any():
        return Decision("24", f"hours run to {int(hours.max())}")
    if (parts.style[timed] == 2).all() or (order in {"year-month-day", "iso"} and (~np.isnan(parts.offset[timed])).all()):
        return Decision("24", "as ISO 8601 has it")
    days, real = _days_of(parts, order)
    stamps = (days.astype("datetime64[m]").astype(np.int64) + parts.hour * 60 + parts.minute)[timed & real]
    steps = np.diff(stamps)
    if len(steps) < 2 or (steps >= 0).all() or (steps <= 0).all():
        return Decision("24", "no hour above 12, and the rows are in order so")
    return Decision(
        "",
        "no hour is above 12 or 0, there is no AM or PM, and the times go back and forth:"
        " it may be a 12-hour clock that lost its AM and PM",
    )


def _days_of(parts: Parts, order: str) -> tuple[NDArray[np.datetime64], Mask]:
    """Return the days of all rows: numeric dates in the order, the others as they are."""
    own = order if order in ORDERS else "year-month-day"
    year, month, day, allowed = _in_order(parts, own)
    fixed = parts.style >= 2
    year = np.where(fixed, _year(parts.a, parts.digits_a), year)
    month, day = np.where(fixed, parts.b, month), np.where(fixed, parts.c, day)
    days, real = _days(year, month, day)
    return days, real & (parts.style > 0) & (fixed | allowed)


def instants(values: pa.Array, form: str, clock: str) -> tuple[NDArray[np.datetime64], Mask, Mask]:
    """Read a column of times in the form decided for it.

    Parameters
    ----------
    values : Arrow array of string
        Null where there is none.
    form : str
        One of :data:`INSTANTS`.
    clock : {"24", "12"}

    Returns
    -------
    instants : array of datetime64[us]
        UTC where the text has an offset, else the wall clock; NaT where empty or bad.
    naive : array of bool
        Whether there was no offset.
    bad : array of bool
        Whether there is a text that can't be read so.
    """
    known = there(values)
    nat = np.datetime64("NaT", "us")
    if form.startswith("epoch-") or form == "spreadsheet-days":
        number, bad = plain(values, ".")
        scale = {"epoch-seconds": 1e6, "epoch-milliseconds": 1e3, "epoch-microseconds": 1.0}.get(form, 86_400e6)
        base = number - 25_569 if form == "spreadsheet-days" else number
        inside = ~bad & known & (np.abs(np.nan_to_num(base) * scale) < 7.2e15)
        exact = np.round(np.where(inside, base, 0) * scale)
        if form == "spreadsheet-days":  # a serial has a resolution of some ten microseconds: whole seconds are meant
            exact = np.round(exact / 1e6) * 1e6
        at = exact.astype(np.int64).view("datetime64[us]").copy()
        at[~inside] = nat
        return at, np.full(len(at), form == "spreadsheet-days"), known & ~inside
    if form == "iso":
        seen = times.parse(values)
        return seen.instants.to_numpy().astype("datetime64[us]"), seen.naive, seen.bad
    parts = parts_of(values)
    days, real = _days_of(parts, form)
    hour = parts.hour
    fair = (parts.minute < 60) & (parts.second < 60)
    if clock == "12":
        marked = parts.half > 0
        fair &= ~parts.clock | (marked & (hour >= 1) & (hour <= 12))
        hour = np.where(parts.clock, hour % 12 + 12 * (parts.half == 2), 0)
    else:
        fair &= hour < 24
        fair &= ~((parts.half == 1) & (hour > 12)) & ~((parts.half == 2) & (hour < 12))
    good = known & real & fair & parts.clock
    if form in ORDERS and form != "year-month-day":
        good &= parts.style != 2
    micros = ((hour * 60 + parts.minute) * 60 + parts.second) * 1_000_000 + parts.micro
    micros = micros - np.nan_to_num(parts.offset).astype(np.int64) * 60_000_000
    at = days.astype("datetime64[us]") + micros.astype("timedelta64[us]")
    at[~good] = nat
    return at, good & np.isnan(parts.offset), known & ~good
