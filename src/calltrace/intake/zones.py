"""The zone that a log says itself: in the name of a column of times, or in a column beside it.

``Start (UTC)``, ``offered_at_utc``, ``Call Time GMT+2``, ``Start (Europe/Berlin)``; and beside times that bear
none, a column ``Timezone`` with ``UTC``, ``Europe/Berlin`` or ``+02:00`` in it. Such times are read in that zone and in
no other, whatever ``--tz`` says, as times with an offset are. ``EST`` and its like are no such words: they are written
the whole year through by switches that change their clocks and by some that don't, and there are several of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from calltrace.tables import times
from calltrace.tables.later import later

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

_OFFSET = r"(?P<sign>[+\-\u2212])\s?(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?"
_IN_NAME = re.compile(rf"(?<![a-z0-9])(?:utc|gmt)(?:\s?{_OFFSET})?(?![a-z0-9])|(?<![a-z0-9])zulu(?![a-z0-9])")
_TAIL = re.compile(r"[\s_\-.]*[(\[]?(?<![a-z0-9])(?:utc|gmt)(?![a-z0-9])[)\]]?\s*$", re.IGNORECASE)
_PLACE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z_\-]+(?:/[A-Za-z_\-]+)?")
_CELL = re.compile(rf"^(?:utc|gmt|z|zulu|(?:\(?(?:utc|gmt)\)?\s?)?{_OFFSET})$", re.IGNORECASE)
_VAGUE = re.compile(r"(?<![a-z0-9])(est|edt|cst|cdt|mst|mdt|pst|pdt|et|pt|ist|bst|aest|aedt|cet|cest|mez|mesz)\W*$")


def _plain(name: str) -> str:
    """Return a column's name in small letters, what is run together in it taken apart: ``StartTimeUTC``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()


def _signed(found: re.Match[str]) -> str:
    """Return the zone of a match: UTC, or an offset as ``+05:30``."""
    if not found["hours"]:
        return "UTC"
    minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
    sign = "+" if found["sign"] == "+" else "-"
    return "UTC" if not minutes else f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


@lru_cache(maxsize=4096)
def of_name(name: str) -> str:
    """Return the zone that a column's name gives, '' where it gives none.

    Examples
    --------
    >>> [of_name(n) for n in ("Start Time (UTC)", "StartTimeUTC", "Call Time GMT+2", "Start (Europe/Berlin)", "Start")]
    ['UTC', 'UTC', '+02:00', 'Europe/Berlin', '']
    """
    place = _PLACE.search(name)
    if place and times.is_zone(place[0]):
        return place[0]
    found = _IN_NAME.search(_plain(name))
    return "" if found is None else _signed(found) if "hours" in found.groupdict() else "UTC"


@lru_cache(maxsize=4096)
def of_cell(text: str) -> str:
    """Return the zone that a value of a column of zones names, '' where it is none that is one only."""
    found = _CELL.match(text.strip())
    if found:
        return _signed(found)
    named = _PLACE.fullmatch(text.strip())
    return named[0] if named and times.is_zone(named[0]) else ""


def vague(name: str) -> str:
    """Return the letters of a zone in a column's name that may be several: EST, CET; '' where there are none."""
    found = _VAGUE.search(_plain(name))
    return found[1].upper() if found else ""


def without(name: str) -> str:
    """Return a column's name without the UTC at its end: ``offered_at_utc``, ``Offered At (UTC)``."""
    return _TAIL.sub("", name)


def is_one(zone: str) -> bool:
    """Say whether a text is a zone that times can be placed in: an offset, or a name of the database."""
    return bool(of_cell(zone)) or times.is_zone(zone)


def placed(wall: np.ndarray, zone: str) -> np.ndarray:
    """Return wall-clock times (datetime64[us]) of a zone in UTC; clock changes as :func:`.times.localise` has them."""
    fixed = of_cell(zone)
    if fixed == "UTC":
        return wall
    if fixed[:1] in {"+", "-"}:
        minutes = int(fixed[1:3]) * 60 + int(fixed[4:6])
        return wall - np.timedelta64(minutes if fixed[0] == "+" else -minutes, "m")
    at = times.localise(pd.Series(wall), zone).instants
    return at.dt.tz_localize(None).to_numpy().astype("datetime64[us]")


def placed_by(wall: np.ndarray, naive: np.ndarray, cells: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place each time in the zone that stands beside it.

    Returns
    -------
    at, naive, bad
        The times; those that are in no zone yet, for there is none beside them; those beside what is no zone.
    """
    at, left, bad = wall.copy(), naive.copy(), np.zeros(len(wall), dtype=bool)
    coded = cells.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for code, text in enumerate(coded.dictionary.to_pylist()):
        here = naive & (codes == code)
        zone = of_cell(text)
        if not zone:
            bad |= here
            continue
        at[here] = placed(wall[here], zone)
        left &= ~here
    return at, left, bad
