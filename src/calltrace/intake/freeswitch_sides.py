"""Which of FreeSWITCH's legs came from outside, and which were made by the service's own phones or the switch itself.

A log says so in several ways, none of which every switch has: the direction of the call, the context (``public`` for
calls from outside, as shipped), the registered user who made it, an accountcode that is the caller's own number. Where
none of them speaks, the caller's number does: carriers hand over whole numbers, a caller of a few digits is an
extension. It may be one of a client's, whose own switch has a line to the service's: then it dials what callers dial.

The accountcode of a call from outside is its client's where an answering service's dialplan sets one for each number.
FusionPBX puts its own domain there where it was told of none, and a default may do so elsewhere: such a code is no
client's, it stands on calls to many numbers and on those of the service's own phones alike.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from calltrace.classes import dataclass

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Texts = NDArray[np.object_]

OUTSIDE = ("public", "from-trunk", "inbound")
"""Contexts for calls from outside, as FreeSWITCH, FusionPBX and FreePBX name them."""

MOST_TURNS = 8
"""No call sets off more legs after each other than this within one second."""

_DOMAIN = re.compile(r"(?=.*[A-Za-z])[\w-]+(?:\.[\w-]+)+$")
_EXTENSION = re.compile(r"\d{2,6}$")
_WHOLE = re.compile(r"(?!\+?0+$)\+?\d{7,}$")


@dataclass(frozen=True)
class Sides:
    """Where each leg came from: ``inside`` says that it was made by a phone of the service or by the switch.

    ``telling`` are the legs whose log also tells of callers from outside, so that the two can be told apart.
    """

    inside: Mask
    telling: Mask


def sides(legs: pd.DataFrame, text: dict[str, Texts], began: Mask, answer: Floats) -> Sides:
    """Say of each leg which side it came from.

    Parameters
    ----------
    legs : DataFrame
        Columns as in :mod:`calltrace.intake.formats._freeswitch`; ``text`` are its texts as arrays.
    began : array of bool
        The legs that began a call.
    answer : array of float
        When each leg was answered, NaN where it never was.
    """
    said = text["direction"].astype(str)
    user = given(text["user"])
    own_code = np.array([c is not None and c == n for c, n in zip(text["accountcode"], text["caller"], strict=True)], bool)
    inside = np.isin(said, ("outbound", "local", "leg")) | (said != "inbound") & (user | own_code)
    inside |= dialled(legs)
    outside = from_outside(legs)
    through = began & np.isfinite(answer) & ~inside
    seen = _among(text["switch"], set(text["switch"][through & outside].tolist()))
    telling = seen.copy()
    telling |= np.isin(said, ("outbound", "local"))  # where the log says it of the call
    few = ~inside & ~outside & _matching(text["caller"], _EXTENSION)
    if few.any():
        few &= ~_as_callers_do(few, began & ~inside & ~few & (outside | ~seen), text)
        telling |= few & _of_phones_alone(few, through, text)
        inside |= few
    return Sides(inside, telling)


def _as_callers_do(few: Mask, others: Mask, text: dict[str, Texts]) -> Mask:
    """Say which callers of few digits dial a whole number that others call: a client's own switch, on a line of its own."""
    theirs = others & _matching(text["dest"], _WHOLE)
    called = set(zip(text["switch"][theirs].tolist(), text["dest"][theirs].tolist(), strict=True))
    found = np.zeros(len(few), dtype=bool)
    for i in np.flatnonzero(few).tolist():
        found[i] = (text["switch"][i], text["dest"][i]) in called
    return found


def _of_phones_alone(few: Mask, through: Mask, text: dict[str, Texts]) -> Mask:
    """Say which callers of few digits are in a context without whole numbers, on a switch that has them in another."""
    whole = through & _matching(text["caller"], _WHOLE)
    switches = set(text["switch"][whole].tolist())
    contexts = set(zip(text["switch"][whole].tolist(), text["context"][whole].tolist(), strict=True))
    found = np.zeros(len(few), dtype=bool)
    for i in np.flatnonzero(few).tolist():
        switch, context = text["switch"][i], text["context"][i]
        found[i] = context is not None and switch in switches and (switch, context) not in contexts
    return found


def service_codes(text: dict[str, Texts], side: Sides, calls: Ints, files: Texts) -> set[tuple[Any, str]]:
    """Return the accountcodes that are the service's own and no client's, each with its switch.

    Calls to several numbers have such a code. It is a domain, and the switch's only code or that of most calls of its
    phones; or it is any text, and both. A file of the code's own name (``HA.csv``) is FreeSWITCH's file of that account:
    there it is the only code of all, and says nothing.

    Parameters
    ----------
    text : dict of arrays
        The legs' texts.
    side : Sides
        Where each leg came from.
    calls : array of int
        The legs that are callers' attempts.
    files : array of str
        The file of each leg.
    """
    switch, code, dest = text["switch"], text["accountcode"], text["dest"]
    numbers: dict[tuple[Any, str], set[str]] = {}
    for i in calls[given(code[calls])].tolist():
        if code[i] != text["caller"][i]:
            numbers.setdefault((switch[i], code[i]), set()).update([dest[i]] if _WHOLE.match(dest[i] or "") else [])
    if all(len(dialled_under) < 2 for dialled_under in numbers.values()):
        return set()
    codes = Counter(of for of, _ in numbers)
    own = [i for i in np.flatnonzero(side.inside & given(code)).tolist() if code[i] != text["caller"][i]]
    phones, every = Counter((switch[i], code[i]) for i in own), Counter(switch[i] for i in own)
    names = {str(name).rpartition("/")[2].partition(".csv")[0] for name in set(files.tolist())}
    found = set()
    for (of, said), dialled_under in numbers.items():
        alone, on_phones = codes[of] == 1, phones[of, said] * 2 > every[of]
        domain = _DOMAIN.match(said) is not None and (alone or on_phones)
        if len(dialled_under) > 1 and (domain or (alone and on_phones and names != {said})):
            found.add((of, said))
    return found


def dialled(legs: pd.DataFrame) -> Mask:
    """Say which legs the switch dialled itself; it calls them ``Outbound Call`` unless told another name."""
    found: Mask = ((legs["direction"] == "leg") | (legs["caller_name"] == "Outbound Call")).to_numpy(dtype=bool)
    return found


def from_outside(legs: pd.DataFrame) -> Mask:
    """Say which legs the log has as calls from outside, by their direction or their context."""
    context, said = legs["context"].to_numpy(dtype=object), legs["direction"].to_numpy(dtype=object)
    found: Mask = (said == "inbound") | np.isin(context.astype(str), OUTSIDE)
    return found


def turns(bleg: list[int], parent: list[int], start: Floats, answer: Floats) -> Ints:
    """Return in which turn the legs of one call came that began at the same time: 0 for the first.

    A stamp of whole seconds does not tell the caller's leg from the agent's that was dialled at once, and the agent's row
    is often written first. The leg that was bridged names the one it was bridged to; the other names none, or the leg it
    was made for. Legs that name each other say nothing here, nor does one nobody answered of one that was.

    Parameters
    ----------
    bleg, parent : list of int
        The place of the leg that each was bridged to, and of the one that it was made for; -1 where there is none.
    start, answer : array of float
        When each leg began and was answered, s; NaN where it never was.
    """
    one, far, made_for = np.arange(len(bleg)), np.array(bleg, dtype=np.int64), np.array(parent, dtype=np.int64)
    silent = np.isnan(answer)
    born = (made_for >= 0) & (made_for != one) & (start == start[made_for])
    bridged = (far >= 0) & (far != one) & (start == start[far]) & (silent[far] | ~silent)
    bridged &= (far[far] != one) & (made_for[far] != one) & (made_for != far)
    pairs = [*zip(made_for[born].tolist(), one[born].tolist(), strict=True)]
    pairs += zip(one[bridged].tolist(), far[bridged].tolist(), strict=True)
    turn = np.zeros(len(bleg), dtype=np.int64)
    for _ in range(MOST_TURNS):  # legs may name each other in a ring
        moved = [(i, j) for i, j in pairs if turn[j] <= turn[i]]
        if not moved:
            break
        for i, j in moved:
            turn[j] = turn[i] + 1
    return turn


def given(texts: Texts) -> Mask:
    """Say where there is a text, and not an empty one."""
    return np.array([bool(text) for text in texts], dtype=bool)


def _among(texts: Texts, wanted: set[Any]) -> Mask:
    return np.array([text in wanted for text in texts.tolist()], dtype=bool)


def _matching(texts: Texts, pattern: re.Pattern[str]) -> Mask:
    return np.array([bool(text) and pattern.match(text) is not None for text in texts.tolist()], dtype=bool)
