"""What a column's texts are, decided from all of them: the order of dates, the clock, decimals, units.

A column is never half one thing and half another. Where its texts can be read in two ways, the whole column
decides: one date that can only be day first makes all of them so. Where nothing in the file decides, or two
texts say opposite things, there is no answer but the reason, for whoever knows to write it into the mapping.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

DURATIONS = ("seconds", "minutes", "milliseconds", "hours:minutes:seconds", "minutes:seconds",
             "hours:minutes", "words", "spreadsheet-days")  # fmt: skip

NOTHING = pa.array(["", "-", "--", "—", "–", "N/A", "n/a", "NULL", "null", "None", "none", "NaN", "nan", r"\N"])
"""What exporters write for "no value"."""


@dataclass(frozen=True)
class Decision:
    """What was decided of a column, '' where nothing was, and why, in words."""

    form: str
    why: str


BRACKETED = r"(?:<\+?[\d\s().\-]{2,22}>|[^\d\s(] *\(\+?[\d\s.\-]{2,22}\))\s*$"
"""A number behind a name: ``Ann Lee <5855550137>``, ``Ann Lee (5855550137)``."""


# --- texts --------------------------------------------------------------------------------------------------


def trimmed(values: pa.Array) -> pa.Array:
    """Return texts without blanks around them; what stands for no value is null."""
    values = pc.utf8_trim_whitespace(values)
    nothing = pc.is_in(values, NOTHING)
    return pc.if_else(nothing, pa.scalar(None, pa.string()), values)


def there(values: pa.Array) -> Mask:
    """Say where there is a value."""
    found: Mask = values.is_valid().to_numpy(zero_copy_only=False)
    return found


def number_of(values: pa.Array) -> pa.Array:
    """Return the number in round brackets behind a name, other texts as they are."""
    found = pc.struct_field(pc.extract_regex(values, r"[^\d\s(] *\((?P<number>\+?[\d\s.\-]{2,22})\)\s*$"), "number")
    return pc.coalesce(found, values)


def name_of(values: pa.Array) -> pa.Array:
    """Return the name before a number in brackets, without its quotes; null where there is a number alone."""
    found = pc.struct_field(pc.extract_regex(values, r"^(?P<name>.*?)\s*[<(]\+?[\d\s().\-]{2,22}[>)]\s*$"), "name")
    found = pc.utf8_trim(found, characters='" ')
    return pc.if_else(pc.fill_null(pc.equal(found, ""), fill_value=True), pa.scalar(None, pa.string()), found)


def share(values: pa.Array, pattern: str) -> float:
    """Return the share of the values, empty ones apart, that a regular expression fits."""
    known = len(values) - values.null_count
    return (pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0) / known if known else 0.0


def flags(values: pa.Array) -> Mask:
    """Return a mask of Arrow as one of numpy, false where it is null."""
    found: Mask = pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False)
    return found


# --- numbers and durations ----------------------------------------------------------------------------------


def decimal_of(values: pa.Array) -> Decision:
    """Decide which character is the decimal point of a column, from all its numbers."""
    point = share(values, r"\.") > 0
    comma = share(values, r",") > 0
    if not comma:
        grouped = point and share(values, r"^[+-]?\d{1,3}(\.\d{3}){2,}$") > 0
        if grouped:
            return Decision(",", "points stand between thousands")
        if point and share(values, r"^[+-]?[1-9]\d{0,2}\.\d{3}$") == share(values, r"\.") and share(values, r"\.") > 0:
            return Decision("", "1.234 may be a thousand or one and a bit: no number tells")
        return Decision(".", "no comma in it")
    if share(values, r"\d,\d{3}(,\d{3})*\.\d") > 0 or share(values, r"^\d{1,3}(,\d{3}){2,}$") > 0:
        return Decision(".", "commas stand between thousands")
    if share(values, r"\d\.\d{3}(\.\d{3})*,\d") > 0 or share(values, r",(\d{1,2}|\d{4,})$") > 0 or share(values, r"^0,") > 0:
        return Decision(",", "commas stand before decimals")
    return Decision("", "1,234 may be a thousand or one and a bit: no number tells")


def plain(values: pa.Array, decimal: str) -> tuple[NDArray[np.float64], Mask]:
    """Read plain numbers; return them, NaN where empty or bad, and where there is a text that is none."""
    known = there(values)
    text = pc.utf8_trim_whitespace(values)
    other = "," if decimal == "." else "."
    grouped = pc.match_substring_regex(text, rf"^[+-]?\d{{1,3}}([{other}' \x{{00a0}}]\d{{3}})+([{decimal}]\d+)?$")
    text = pc.if_else(grouped, pc.replace_substring_regex(text, rf"[{other}' \x{{00a0}}]", ""), text)
    if decimal == ",":
        text = pc.replace_substring(text, ",", ".")
    fits = pc.match_substring_regex(text, r"^[+-]?(\d+([.]\d*)?|[.]\d+)$")
    number = pc.if_else(fits, text, pa.scalar(None, pa.string())).cast(pa.float64())
    found: NDArray[np.float64] = number.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return found, known & np.isnan(found)


_HMS = r"^(?:(?P<h>\d{1,4}):)?(?P<m>\d{1,4}):(?P<s>\d{1,2}(?:[.,]\d+)?)$"
_WORDS = (
    r"^(?:pt)?(?:(?P<h>\d+) ?(?:h|hr|hrs|hour|hours)[ ,]*)?(?:(?P<m>\d+) ?(?:m|min|mins|minute|minutes)[ ,]*)?"
    r"(?:(?P<s>\d+(?:[.,]\d+)?) ?(?:s|sec|secs|second|seconds))?$"
)
_UNIT_WORDS = (
    (r"\b(ms|msec|msecs|millis|milliseconds?)\b", "milliseconds"),
    (r"\b(hh?:mm:ss|h:m:s)\b", "hours:minutes:seconds"),
    (r"\b(mm?:ss)\b", "minutes:seconds"),
    (r"\b(hh?:mm)\b", "hours:minutes"),
    (r"\b(s|sec|secs|seconds?|billsec|sek|sekunden)\b", "seconds"),
    (r"\b(m|mins?|minutes?|minuten)\b", "minutes"),
)


def unit_in(name: str) -> str:
    """Return the unit a column's name gives, '' where none."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().replace("_", " ")
    return next((unit for pattern, unit in _UNIT_WORDS if re.search(pattern, words)), "")


def duration_of(values: pa.Array, name: str) -> Decision:
    """Decide how a column writes durations, from all its texts and the unit in its name."""
    named = unit_in(name)
    if share(values, r"^\d{1,4}:\d{2}:\d{2}([.,]\d+)?$") > 0.5:
        return Decision("hours:minutes:seconds", "as 0:01:30")
    if share(values, r"^\d{1,4}:\d{2}$") > 0.5:
        if named in {"minutes:seconds", "hours:minutes"}:
            return Decision(named, "as the name says")
        if share(values, r"^(\d{3,}|[3-9]\d|2[4-9]):") > 0:
            return Decision("minutes:seconds", "the first number is too large for hours")
        return Decision("", "1:30 may be minutes and seconds or hours and minutes, and no value tells")
    lower = pc.utf8_lower(values)
    if share(lower, r"\d ?(h|m|s|hr|min|sec|hours?|minutes?|seconds?)\b") > 0.5:
        return Decision("words", "as 1m 30s")
    if share(values, r"^[+-]?[\d.,' ]+$") > 0.9:
        if named in {"seconds", "minutes", "milliseconds"}:
            return Decision(named, "as the name says")
        if share(values, r"^[+-]?\d+([.,]0+)?$") > 0.999:
            return Decision("seconds", "whole numbers, and no unit in the name: taken as seconds")
        if share(values, r"^0[.,]0\d{3,}") > 0.5:
            return Decision("", "fractions: of a day, as spreadsheets have it, or of minutes")
        return Decision("", "numbers with decimals and no unit: seconds or minutes")
    return Decision("", "no durations: " + ", ".join(some(values)))


def seconds(values: pa.Array, form: str, decimal: str) -> tuple[NDArray[np.float64], Mask]:
    """Read durations in the form decided for them; return seconds, NaN where empty or bad, and what is bad."""
    known = there(values)
    if form in {"seconds", "minutes", "milliseconds", "spreadsheet-days"}:
        number, bad = plain(values, decimal or ".")
        scale = {"minutes": 60.0, "milliseconds": 0.001, "spreadsheet-days": 86_400.0}.get(form, 1.0)
        return np.round(number * scale, 3), bad
    pattern = _WORDS if form == "words" else _HMS
    if form == "words":
        values = pc.replace_substring_regex(values, r"\s*\([^()]*\)$", "")  # 150s (2m 30s)
    found = pc.extract_regex(pc.utf8_lower(values), pattern=pattern)
    here = there(found) & known & ~flags(pc.equal(values, ""))
    if form == "words":
        here &= flags(pc.match_substring_regex(values, r"\d"))

    def number_of(name: str) -> NDArray[np.float64]:
        field = pc.replace_substring(pc.struct_field(found, name), ",", ".")
        field = pc.if_else(pc.match_substring_regex(field, r"\d"), field, pa.scalar("0"))
        whole: NDArray[np.float64] = field.fill_null("0").cast(pa.float64()).to_numpy(zero_copy_only=False)
        return whole

    hours, minutes, rest = number_of("h"), number_of("m"), number_of("s")
    if form == "hours:minutes":
        two = flags(pc.match_substring_regex(values, r"^\d+:\d{2}$"))
        here &= two & (rest < 60)
        total = minutes * 3600 + rest * 60
    else:
        here &= (rest < 60) | (form == "words")
        if form == "hours:minutes:seconds":
            here &= (minutes < 60) | ~flags(pc.match_substring_regex(values, r"^\d+:\d+:"))
        total = hours * 3600 + minutes * 60 + rest
    return np.where(here, total, np.nan), known & ~here


def some(values: pa.Array, most: int = 3) -> list[str]:
    """Return the first few different texts, shortened, for a reason."""
    return [str(v)[:30] for v in values.drop_null().unique().slice(0, most).to_pylist()]


def examples(values: Sequence[str | None], most: int = 3) -> str:
    """Return the first few different values, for people."""
    return ", ".join(list(dict.fromkeys(v for v in values if v))[:most])
