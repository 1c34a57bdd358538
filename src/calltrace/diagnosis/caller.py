"""Which calls a caller may have made: their number as a person would look for it.

Exactly, however it is written; one slip away (a digit misheard, two exchanged); withheld at that time; to
another client's line. Numbers in a Case are E.164 where that can be told, so a national number matches by its
last ten digits, a shorter one as it is written in its own country, and a local one by its last seven. Where a log
leaves the area's code out, its number may be that of anybody whose number ends so: perhaps the caller's, no more.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.errors import UsageError
from calltrace.tables import national
from calltrace.tables.masking import NATIONAL
from calltrace.tables.phones import WITHHELD, near_numbers, one, variants

if TYPE_CHECKING:
    from collections.abc import Iterable

LOCAL = 7
"""Digits people leave out nothing of: fewer are an extension, which only the whole of can match."""


HIDDEN = "withheld"
"""What a question's caller is where the number was hidden: its calls are those without one."""

SHORTEST, LONGEST = 3, 15
"""Digits of a caller's number: the shortest extensions, and the most ITU-T E.164 allows."""

_EXTENSION = re.compile(r"(?<=[\d)])\s*[,;]?\s*(?:ext(?:ension|n)?|x|#)\s*[.:=]?\s*\d{1,6}\s*$", re.IGNORECASE)
_ONLY_EXTENSION = re.compile(r"^(?:ext(?:ension|n)?|x|#)\s*[.:=]?\s*(?=\d{2,6}$)", re.IGNORECASE)
_MIXED = re.compile(r"\d.*[A-Za-z]|[A-Za-z].*\d")
_NUMBER = re.compile(r"^\+?[\d\s().\-‐‑‒–—−/·]+$", re.ASCII)


def _bare(caller: str) -> str:
    """Return what was said in plain characters, without an extension behind the number.

    Digits of any script and width become ASCII, and the marks a phone's contact list copies along go.
    """
    plain = "".join(
        str(unicodedata.decimal(c, c)) for c in unicodedata.normalize("NFKC", caller) if unicodedata.category(c) != "Cf"
    ).strip()
    return _ONLY_EXTENSION.sub("", _EXTENSION.sub("", plain))


def is_hidden(caller: str) -> bool:
    """Say whether the text is a word for a number that is not shown.

    Examples
    --------
    >>> is_hidden("Anonymous"), is_hidden("531 555 0135")
    (True, False)
    """
    word = _bare(caller).strip("\"'<>()[]. ").casefold()
    return bool(word) and (word.partition("@")[0].removeprefix("sip:") in WITHHELD or one(word) is None)


def asked_for(caller: str) -> str:
    """Return the caller a question is about: their number as it was said, without an extension; HIDDEN for none.

    Raises
    ------
    UsageError
        What was said is neither a telephone number nor a word for a hidden one.

    Examples
    --------
    >>> asked_for("+1 531 555 0135 ext 4"), asked_for("５３１５５５０１３５"), asked_for("private")
    ('+1 531 555 0135', '5315550135', 'withheld')
    """
    if is_hidden(caller):
        return HIDDEN
    said = _bare(caller)
    number = said if _NUMBER.match(said) else _wrapped(said)
    if not SHORTEST <= len(_digits(one(number) or "")) <= LONGEST:
        raise UsageError(
            f"the caller {caller!r} is no telephone number",
            expected=f'one number in digits ({SHORTEST} to {LONGEST} of them), however it is spaced, or "withheld"',
            fix="Letters are not read as digits: write 0 for O and 1 for l." if _MIXED.search(said) else "",
        )
    return number


def _wrapped(said: str) -> str:
    """Return the number of an address (``sip:…@host``) or a name with one (``"Name" <number>``), '' for none."""
    inner = said[said.rindex("<") + 1 : -1].strip() if "<" in said and said.endswith(">") else said
    bare = re.sub(r"^(?:sips?|tel):", "", inner, flags=re.IGNORECASE)
    if bare == said and "@" not in said:
        return ""
    bare = _bare(re.split("[@;]", bare, maxsplit=1)[0])
    return bare if _NUMBER.match(bare) else ""


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def is_from(numbers: pd.Series[str], caller: str) -> pd.Series[bool]:
    """Say of each number whether it is the caller's; False where withheld.

    Parameters
    ----------
    numbers : Series of string
        As in ``calls.ani``: E.164 where that can be told.
    caller : str
        In any way of writing, or its last seven to nine digits.

    Examples
    --------
    >>> is_from(pd.Series(["+17175551234", None], dtype="string"), "(717) 555-1234").tolist()
    [True, False]
    >>> is_from(pd.Series(["+61355547067", "+12355547067"], dtype="string"), "03 5554 7067").tolist()
    [True, False]
    """
    caller = _bare(caller)
    cleaned, said = one(caller), _digits(caller)
    if cleaned is None or not said:
        return pd.Series(data=False, index=numbers.index)
    # a local number has no country or area to be completed with: it is what people said, no more
    whole = said if len(said) < NATIONAL and not caller.strip().startswith("+") else _digits(cleaned)
    same = (numbers == cleaned) | (numbers == said)
    if len(whole) >= LOCAL:
        same |= numbers.str.endswith(whole[-NATIONAL:])
        # most national numbers are shorter than those ten digits, and have a digit before them that the record has not
        same |= numbers.isin(national.meant(caller, _alike(numbers, said)))
    return same.fillna(value=False).astype(bool)


def _alike(numbers: pd.Series[str], said: str) -> list[str]:
    """Return the numbers that end as what was said does, each once."""
    ends = numbers.str.endswith(said[-national.ALIKE :]).fillna(value=False)
    return [str(n) for n in numbers[ends.astype(bool)].unique()]


def perhaps_from(numbers: pd.Series[str], caller: str) -> pd.Series[bool]:
    """Say of each number whether it has no area's code and may be the caller's by the digits that are there.

    Examples
    --------
    >>> numbers = pd.Series(["5551234", "+17175551234", "5551243", None], dtype="string")
    >>> perhaps_from(numbers, "(717) 555-1234").tolist()
    [True, False, False, False]
    """
    return numbers.isin(_local_forms(caller))


def without_area(numbers: pd.Series[str]) -> int:
    """Return how many of the numbers may be such without their area's code.

    Examples
    --------
    >>> without_area(pd.Series(["5551234", "+17175551234", "104", None], dtype="string"))
    1
    """
    return sum(int(n) for number, n in numbers.value_counts().items() if national.is_local(str(number)))


def _local_forms(caller: str) -> frozenset[str]:
    said = _bare(caller)
    return national.local_forms(one(said) or "")


def found_for(calls: pd.DataFrame, caller: str) -> tuple[pd.DataFrame, str]:
    """Return the caller's calls and the number as a sentence names it; where there are none, those that may be theirs."""
    theirs = calls_from(calls, caller)
    if theirs.empty and len(perhaps := calls[perhaps_from(calls["ani"], caller)]):
        return perhaps, perhaps_named(perhaps["ani"], caller)
    return theirs, caller


def perhaps_named(numbers: pd.Series[str], caller: str) -> str:
    """Name numbers without their area's code that may be the caller's.

    Examples
    --------
    >>> perhaps_named(pd.Series(["5551234", "5551234"], dtype="string"), "717-555-1234")
    '5551234 (logged without an area code, perhaps 717-555-1234)'
    """
    return f"{', '.join(numbers.unique()[:3])} (logged without an area code, perhaps {caller})"


def calls_from(calls: pd.DataFrame, caller: str) -> pd.DataFrame:
    """Return the calls whose ``ani`` is the caller's number."""
    return calls[is_from(calls["ani"], caller)]


def slips(numbers: Iterable[str], caller: str) -> list[str]:
    """Return the numbers one slip away from the caller's, sorted."""
    said = _bare(caller)
    cleaned = one(said)
    if not cleaned:
        return []
    known = [*numbers]
    near = {*near_numbers(cleaned, known)}
    local = {n for n in known if national.is_local(n)}
    if local:
        near.update(local.intersection(slip for form in _local_forms(caller) for slip in variants(form)))
    for whole, of_country in national.completed(said, known).items():
        near.update(near_numbers(whole, of_country))
    return sorted(near)
