"""Numbers as people of a country write them: which of the numbers on record is meant by ``03 5554 7067``.

Numbers on record are E.164 where that could be told. People say their own without the country's code, and in most
countries with a digit before it that is dialled within the country only (``0`` in Germany, ``06`` in Hungary, ``8`` in
Russia, none in Spain). What was said is held against how each number is written in its own country, so nothing needs
to be known of whose country is meant. The library that knows how is asked only of numbers that end in the same digits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from calltrace.tables import phones

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LEAST = 7
"""Digits of the shortest number that is looked for in this way: fewer are an extension or a code."""

ALIKE = 6
"""Last digits that two ways of writing one number surely share: a number without its area has hardly ever fewer."""

_LOCAL = re.compile(rf"\+1[2-9][0-9]{{6}}|[1-9][0-9]{{{ALIKE - 1},{phones.LOCAL_MOST - 1}}}")

_BEFORE = ("", "0", "06", "8", "1")
"""What is dialled before a number within a country."""

_ABROAD = ("00", "011", "0011", "010", "0010", "810")
"""What is dialled before a number with its country's code."""


def digits_of(text: str) -> str:
    """Return the ASCII digits of a text."""
    return re.sub(r"[^0-9]", "", text)


@lru_cache(maxsize=4096)
def forms(number: str) -> frozenset[str]:
    """Return the digits an E.164 number is written with: whole, without its country's code, as it is dialled there.

    Examples
    --------
    >>> sorted(forms("+61355547067")), sorted(forms("+12125550142"))
    (['0355547067', '355547067', '61355547067'], ['12125550142', '2125550142'])
    """
    if number.startswith("+1"):
        return frozenset({number[1:], number[2:]})
    import phonenumbers  # noqa: PLC0415 - some tenths of a second, and most questions need none of it

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return frozenset({digits_of(number)})
    own = phonenumbers.national_significant_number(parsed)
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    before = phonenumbers.ndd_prefix_for_region(region, True) or ""
    written = digits_of(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))
    return frozenset({number[1:], own, before + own, written})


def local_forms(number: str) -> frozenset[str]:
    """Return the digits that a number may be written with where its area's code is left out; none for what has none.

    How many they are differs by country and area but in North America, where they are seven. A store made before such
    numbers were left as they stand has those with +1.

    Examples
    --------
    >>> sorted(local_forms("+12125550142")), sorted(local_forms("+61355547067")), sorted(local_forms("5550142"))
    (['+15550142', '5550142'], ['547067', '5547067', '55547067'], [])
    """
    digits = digits_of(number)
    if number.startswith("+1"):
        return frozenset({digits[-LEAST:], f"+1{digits[-LEAST:]}"}) if len(number) == phones.NANP_LENGTH else frozenset()
    if len(digits) <= phones.LOCAL_MOST:
        return frozenset()
    return frozenset(digits[-n:] for n in range(ALIKE, phones.LOCAL_MOST + 1) if digits[-n] != "0")


def is_local(number: str) -> bool:
    """Say whether a number on record may be one without its area's code.

    Examples
    --------
    >>> [is_local(n) for n in ("5550142", "+15550142", "+12125550142", "0355547067", "2101")]
    [True, True, False, False, False]
    """
    return _LOCAL.fullmatch(number) is not None


def same(one: str, other: str) -> bool:
    """Say whether two numbers, each E.164 or the digits somebody wrote, are one.

    Examples
    --------
    >>> same("+61355547067", "0355547067"), same("355547067", "0355547067"), same("+61355547067", "+49355547067")
    (True, True, False)
    """
    if one == other:
        return True
    if one.startswith("+") and other.startswith("+"):
        return False
    if other.startswith("+"):
        one, other = other, one
    if not other.isdigit() or len(other) < LEAST:
        return False
    if one.startswith("+"):
        return other in forms(one) or any(other == before + one[1:] for before in _ABROAD)
    return one.lstrip("0") == other.lstrip("0")


def meant(said: str, among: Iterable[str]) -> list[str]:
    """Return those of the numbers on record that were meant, sorted; mostly one or none.

    The very number goes before all others that could be written as this one was.

    Examples
    --------
    >>> meant("03 5554 7067", ["+61355547067", "+12355547067"]), meant("212-555-0142", ["+12125550142", "0142"])
    (['+61355547067'], ['+12125550142'])
    """
    cleaned, digits = phones.one(said), digits_of(said)
    if cleaned is None:
        return []
    known = set(among)
    if cleaned in known:
        return [cleaned]
    if len(digits) < LEAST:
        return []
    typed = {cleaned} if said.strip().startswith("+") else {cleaned, digits}
    end = digits[-ALIKE:]
    return sorted(n for n in known if n.endswith(end) and any(same(n, one) for one in typed))


def completed(said: str, among: Iterable[str]) -> dict[str, list[str]]:
    """Return what was said as a number of each country that the numbers on record are of, with those numbers.

    A number said with its country's code is of no other country, and what has no whole number's digits of none.

    Examples
    --------
    >>> completed("03 5554 7067", ["+61355547068", "+61255500109", "+12355547067", "104"])
    {'+61355547067': ['+61255500109', '+61355547068']}
    """
    digits = digits_of(said)
    if said.strip().startswith("+") or len(digits) < LEAST:
        return {}
    import phonenumbers  # noqa: PLC0415 - as above

    by_code: dict[str, set[str]] = {}
    for number in among:
        if number.startswith("+") and not number.startswith("+1"):
            code = next((c for c in (number[1:2], number[1:3], number[1:4])
                         if int(c) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")
            by_code.setdefault(code, set()).add(number)
    found: dict[str, list[str]] = {}
    for code in sorted(by_code.keys() - {""}):
        whole = phones.one(digits, phonenumbers.region_code_for_country_code(int(code)))
        if whole and whole.startswith(f"+{code}"):
            found[whole] = sorted(by_code[code])
    return found


def written(said: str) -> frozenset[str]:
    """Return every number that a store may have for one that was said without its country's code, and some more.

    A store is asked for all of them at once, which costs it no more than one, and what comes back is held against what
    was said once more. '' and a number with its country's code give those it may be written as itself.

    Examples
    --------
    >>> "+61355547067" in written("03 5554 7067"), "0355547067" in written("+61355547067")
    (True, True)
    """
    cleaned, digits = phones.one(said) or "", digits_of(said)
    if cleaned.startswith("+") and said.strip().startswith("+"):
        return forms(cleaned) | {cleaned}
    if len(digits) < LEAST:
        return frozenset()
    import phonenumbers  # noqa: PLC0415 - as above

    own = {digits.removeprefix(before) for before in _BEFORE} | {digits.lstrip("0")}
    codes: Collection[int] = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    abroad = {"+" + digits.removeprefix(before) for before in _ABROAD if digits.startswith(before)}
    return frozenset({f"+{code}{one}" for code in codes for one in own} | own | abroad | {digits, f"0{digits}"})
