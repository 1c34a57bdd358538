"""Digits to E.164: the one place where numbers are cleaned.

Switches write one number many ways (``7175551234``, ``1-717-555-1234``, ``+1 (717) 555-1234``,
``sip:+17175551234@carrier.example``). Everything behind the intake compares numbers as text, so they are made
one way here. A number that can't be E.164 (a short extension, a feature code), and one without its area's code, keeps
its digits: which area's it is nobody wrote.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from calltrace.tables import arrow
from calltrace.tables.later import later

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from phonenumbers import PhoneNumber
else:
    pd = later("pandas")

E164 = r"^\+[1-9][0-9]{6,14}$"
"""ITU-T E.164: at most 15 digits, country code first. Shorter than seven there is no subscriber number."""

WITHHELD = frozenset(
    {
        "anonymous",
        "private",
        "withheld",
        "restricted",
        "unknown",
        "unavailable",
        "blocked",
        "id unavailable",
        "no number",
        "not available",
        "none",
        "null",
        "n/a",
        "na",
        "<unknown>",
        "anonymous.invalid",
        "out of area",
        "private number",
        "private caller",
        "unknown caller",
        "unknown number",
        "no caller id",
        "caller id blocked",
        "id withheld",
        "number withheld",
        "payphone",
        "unbekannt",
        "anonym",
        "privat",
        "unterdrückt",
        "inconnu",
        "anonyme",
        "masqué",
        "desconocido",
        "oculto",
        "privado",
    }
)
"""What switches and carriers write where the caller's number is not given."""

KEYED = ("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253")
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a telephone's keys: what carriers send for a number."""

_WRAPPER = re.compile(r"^(?:sips?:|tel:)", re.IGNORECASE)
_NOT_DIGITS = re.compile(r"\D+")
_FLOAT = re.compile(r"^(\+?[0-9]+)\.0+$")
_ROUNDED = re.compile(r"^([0-9])(?:[.,]([0-9]+))?[eE]\+([0-9]{1,2})$")
"""As a spreadsheet shows a number that it took for a quantity, mostly without the last digits: ``1.21256E+10``."""

_HIDDEN = re.compile(r"\d[\d\s().\-]*(?:\*{2,}|[xX]{2,})")
"""Last digits that an exporter hides: ``+1585555****``."""

NANP = frozenset({"US", "CA"})
_NATIONAL = re.compile(r"^1?[2-9]\d{9}$")

LOCAL_MOST = 8
"""Digits of the longest numbers that are dialled within an area alone; nowhere are there more."""

NATIONAL_MOST = 10
"""Digits of South African and Sri Lankan numbers as they are dialled there, 011 being an area's code with its 0."""

NANP_TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
"""Area codes of toll-free numbers in the North American plan (47 CFR 52.101)."""

NANP_LENGTH = 12
"""Characters of a number of the North American plan in E.164."""


def clean(numbers: pd.Series[str], region: str = "US") -> pd.Series[str]:
    """Return numbers in E.164 where that can be told, else their digits, NA where withheld or empty.

    Parameters
    ----------
    numbers : Series of string
        As the switch wrote them.
    region : str
        ISO 3166 country whose national form a number without ``+`` is in.

    Returns
    -------
    Series of string
        Same index. A text with no digit that is no word for "withheld" (Asterisk's ``s``) stays as it is.

    Examples
    --------
    >>> clean(pd.Series(["+17175551234", "(717) 555-1234", "anonymous", "104"], dtype="string")).tolist()
    ['+17175551234', '+17175551234', <NA>, '104']
    >>> clean(pd.Series(["+266696687"], dtype="string")).tolist()
    [<NA>]
    """
    array = pa.array(numbers, type=pa.string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    cleaned = clean_arrow(array, region)
    keyed = pc.is_in(cleaned, pa.array(KEYED))
    if pc.any(keyed).as_py():
        cleaned = pc.if_else(keyed, pa.scalar(None, pa.string()), cleaned)
    return pd.Series(pd.array(cleaned, dtype="string"), index=numbers.index, name=numbers.name)


def clean_arrow(array: pa.Array, region: str = "US") -> pa.Array:
    """Clean an Arrow array of texts; see :func:`clean`. What is E.164 already is only looked at."""
    fits = pc.match_substring_regex(array, E164)
    if pc.all(fits).as_py() is not False:  # None where every value is null
        return array
    coded = array.dictionary_encode()
    table = arrow.texts([one(text, region) for text in coded.dictionary.to_pylist()])
    return table.take(coded.indices)


def cut_short(array: pa.Array) -> pa.Array:
    """Say of each text whether it is a number whose last digits a spreadsheet rounded away; null stays null.

    Examples
    --------
    >>> cut_short(pa.array(["1.21256E+10", "1.2125550142E+10", "+12125550142", None])).to_pylist()
    [True, False, False, None]
    """
    coded = array.dictionary_encode()
    cut = arrow.flags(np.array([is_cut_short(text) for text in coded.dictionary.to_pylist()], dtype=bool))
    return cut.take(coded.indices)


def is_cut_short(text: str) -> bool:
    """Say whether a text is a number that a spreadsheet rounded, so that its last digits are lost.

    Examples
    --------
    >>> is_cut_short("1.21256E+10"), is_cut_short("2125550142"), is_cut_short("anonymous")
    (True, False, False)
    """
    return bool(_ROUNDED.match(text.strip().strip("\"'"))) and one(text) is None


def one(text: str | None, region: str = "US") -> str | None:
    """Clean one number; None where it is withheld or empty, or lost its last digits in a spreadsheet or to a mask.

    A number that was taken for a quantity comes back as ``12125550142.0``, which is all of it, or as
    ``1.21256E+10``, which is not: it is any of a million callers, and counts as unknown.

    Examples
    --------
    >>> one("12125550142.0"), one("1.21256E+10")
    ('+12125550142', None)
    >>> one("sip:+17175551234@carrier.example;user=phone")
    '+17175551234'
    >>> one("011 44 20 7946 0018"), one("030 5550137"), one("+1585555****"), one("555-0142")
    ('+442079460018', '0305550137', None, '5550142')
    """
    bare = "" if text is None else text.strip().strip("\"'")
    if not bare or bare.lower() in WITHHELD:
        return None
    if re.match(E164, bare):
        return bare
    whole = _all_digits(bare)
    if whole is None or _HIDDEN.search(bare):
        return None
    bare = whole
    if "<" in bare and ">" in bare:  # "Name" <number>
        bare = bare[bare.rindex("<") + 1 : bare.rindex(">")].strip() or bare
    if "@" in bare and not _WRAPPER.match(bare) and not re.match(r"^\+?[\d\-.() ]+@", bare):
        return bare  # a mail address
    bare = _WRAPPER.sub("", bare).split("@", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()
    if not bare or bare.lower() in WITHHELD:
        return None
    return _in_full(bare, region)


def _all_digits(text: str) -> str | None:
    """Return what was taken for a quantity as its digits, all else as it is; None where the last digits are lost."""
    if quantity := _FLOAT.match(text):
        return quantity[1]
    if quantity := _ROUNDED.match(text):
        after, size = quantity[2] or "", int(quantity[3])
        return None if len(after) < size else quantity[1] + after[:size]
    return text


def _in_full(bare: str, region: str) -> str:
    """Return a number with its country code; a name, an extension or a short code as it is."""
    digits = _NOT_DIGITS.sub("", bare)
    if not digits or re.search(r"[A-Za-z]", bare):  # a name or an extension with letters is no number to be made one
        return bare
    if len(digits) < 7 or not digits.isascii():
        return ("*" if bare.startswith("*") else "") + digits
    if bare.startswith("+") and not digits.startswith("0") and len(digits) <= 15 and "(0)" not in bare:
        return "+" + digits  # in "+61 (0)3 …" the 0 is for who dials within the country
    if region in NANP and _NATIONAL.match(digits):  # as the library would have it, many times faster
        return "+1" + digits[-10:]
    if region in NANP and digits.startswith("00") and (abroad := valid("+" + digits[2:])):
        return abroad  # as most countries dial to another, which no number of this plan begins with
    if region in NANP and len(digits) <= LOCAL_MOST and not bare.startswith("+"):
        return digits  # a local number: which area's nobody wrote
    if region in NANP and len(digits) <= 11 and digits.startswith("0") and not digits.startswith("011"):
        return digits  # no number of the North American plan: another country's, as it is dialled there
    return _parsed(bare, digits, region)


def _parsed(bare: str, digits: str, region: str) -> str:
    """Ask phonenumbers, the slow and thorough way."""
    import phonenumbers  # noqa: PLC0415 - only for numbers that need it

    if region not in NANP and _NATIONAL.match(digits) and not bare.startswith("+") and not valid(digits, region):
        american = valid("+1" + digits[-10:])  # a service abroad has clients and callers there as well
        if american:
            return american
    # by its digits alone as well: they are what is kept where nothing else is told, and may be cleaned again
    for tried in (bare, digits):
        try:
            number = phonenumbers.parse(tried, region)
        except phonenumbers.NumberParseException:
            continue
        if number.extension is None and _is_whole(number, tried, digits, region):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return (valid("+" + digits) if len(digits) > LOCAL_MOST else "") or digits


def _is_whole(number: PhoneNumber, tried: str, digits: str, region: str) -> bool:
    """Say whether what was dialled is a number with its area's code, or another country's: its digits may fit one by chance.

    A local number has as many digits as a national one of some countries, where no 0 need stand before it; and 011 is
    an area in South Africa and Sri Lanka as it is the way abroad in North America.
    """
    import phonenumbers  # noqa: PLC0415 - as above

    own = phonenumbers.country_code_for_region(region)
    before = phonenumbers.ndd_prefix_for_region(region, True) or ""
    if number.country_code == own:
        prefixed = tried.startswith("+") or not before or digits.startswith((before, "00"))
        if not prefixed and len(digits) <= min(LOCAL_MOST, _longest(region) - 1):
            return False
    elif region in NANP and not tried.startswith("+") and len(digits) <= NATIONAL_MOST:
        return False
    if phonenumbers.is_valid_number(number):
        return True
    significant = phonenumbers.national_significant_number(number)
    if number.country_code == 1 and not _NATIONAL.match(significant):
        return False
    # not one of those given out, as those of samples and plays are not, and as many digits as they have
    kind = phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
    return bool(phonenumbers.is_possible_number_for_type_with_reason(number, kind) == phonenumbers.ValidationResult.IS_POSSIBLE)


@lru_cache(maxsize=256)
def _longest(region: str) -> int:
    """Return the digits of a country's longest fixed line, its area's code among them."""
    import phonenumbers  # noqa: PLC0415 - as above

    plan = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    return max(plan.fixed_line.possible_length, default=0) if plan is not None and plan.fixed_line is not None else 0


def valid(text: str, region: str | None = None) -> str:
    """Return a number in full where it is a valid one of the country, '' where it is none.

    Examples
    --------
    >>> valid("03 5554 7067", "AU"), valid("5554 7067", "AU")
    ('+61355547067', '')
    """
    import phonenumbers  # noqa: PLC0415 - as above

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number) or number.extension is not None:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def distance(a: str, b: str) -> int:
    """Return how many slips lie between two numbers: a digit changed, left out, added, or two exchanged.

    Optimal string alignment distance (Damerau–Levenshtein with no part edited twice) over the digits.

    Examples
    --------
    >>> distance("+17175551234", "+17175551243")
    1
    >>> distance("+17175551234", "7175551234")
    1
    """
    s, t = _NOT_DIGITS.sub("", a), _NOT_DIGITS.sub("", b)
    before: list[int] = []
    last = list(range(len(t) + 1))
    for i, c in enumerate(s, 1):
        row = [i]
        for j, d in enumerate(t, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (c != d))
            if i > 1 and j > 1 and c == t[j - 2] and s[i - 2] == d:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def variants(number: str) -> frozenset[str]:
    """Return every number one slip away of the same length: one digit changed, or two neighbours exchanged.

    The first digit after ``+`` stays: a slip there is another country.

    Examples
    --------
    >>> "+17175551243" in variants("+17175551234")
    True
    """
    plus, digits = ("+", number[1:]) if number.startswith("+") else ("", number)
    fixed = 1 if plus else 0
    found: set[str] = set()
    for i in range(fixed, len(digits)):
        found.update(digits[:i] + d + digits[i + 1 :] for d in "0123456789")
        if i + 1 < len(digits):
            found.add(digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :])
    found.discard(digits)
    return frozenset(plus + d for d in found)


def near_numbers(number: str, among: Iterable[str]) -> list[str]:
    """Return those of ``among`` that are one slip away from the number, sorted, each once.

    Examples
    --------
    >>> near_numbers("+17175551234", ["+17175551243", "+17175559999", "+1717555123"])
    ['+1717555123', '+17175551243']
    """
    length = len(number)
    return sorted(
        {n for n in among if abs(len(n) - length) <= 1 and n != number and distance(n, number) == 1}
    )


BLOCK_DIGITS = 3
"""Digits that number the thousand of a block, which a carrier assigns and routes together (47 CFR 52.20)."""

LEAST_ROUTED = 8
"""Characters of a number, its plus among them, that a carrier routes: shorter ones are the switch's own."""


def block_of(number: str) -> str:
    """Return the block of a thousand that an E.164 number is routed with, '' for an extension or a short code.

    Examples
    --------
    >>> block_of("+12145550155"), block_of("2101")
    ('+12145550', '')
    """
    return number[:-BLOCK_DIGITS] if number.startswith("+") and len(number) > LEAST_ROUTED else ""


def is_toll_free(number: str) -> bool:
    """Say whether an E.164 number is one whose owner pays for the call.

    Examples
    --------
    >>> is_toll_free("+18885550177"), is_toll_free("+12145550155"), is_toll_free("8885550"), is_toll_free("101")
    (True, False, False, False)
    """
    if not number.startswith("+"):
        return False
    if number.startswith("+1"):  # by far the most common, and told without the library
        return len(number) == NANP_LENGTH and number[2:5] in NANP_TOLL_FREE
    import phonenumbers  # noqa: PLC0415 (only for numbers outside North America)

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE)
