"""Which calls a caller may have made: their number as a person would look for it.

Exactly, however it is written; one slip away (a digit misheard, two exchanged); withheld at that time; to
another client's line. Numbers in a Case are E.164 where that can be told, so a national number matches by its
last ten digits and a local one by its last seven.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.tables.phones import near_numbers, one

if TYPE_CHECKING:
    from collections.abc import Iterable

NATIONAL = 10
"""Digits of a North American number without its country code; the part any way of writing it shares elsewhere
too."""

LOCAL = 7
"""Digits people leave out nothing of: fewer are an extension, which only the whole of can match."""


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
    """
    cleaned, said = one(caller), _digits(caller)
    if cleaned is None or not said:
        return pd.Series(data=False, index=numbers.index)
    # a local number has no country or area to be completed with: it is what people said, no more
    whole = said if len(said) < NATIONAL and not caller.strip().startswith("+") else _digits(cleaned)
    same = (numbers == cleaned) | (numbers == said)
    if len(whole) >= LOCAL:
        same |= numbers.str.endswith(whole[-NATIONAL:])
    return same.fillna(value=False).astype(bool)


def calls_from(calls: pd.DataFrame, caller: str) -> pd.DataFrame:
    """Return the calls whose ``ani`` is the caller's number."""
    return calls[is_from(calls["ani"], caller)]


def slips(numbers: Iterable[str], caller: str) -> list[str]:
    """Return the numbers one slip away from the caller's, sorted."""
    cleaned = one(caller)
    return near_numbers(cleaned, numbers) if cleaned else []
