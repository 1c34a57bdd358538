"""Plain values for renderers and JSON: instants in UTC or a zone, finite numbers, None for unknown."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, SupportsFloat
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

PLAIN = frozenset({str, float, int, bool, type(None)})
"""What a list may hold that is put into words at once."""


def json_text(document: Mapping[str, object]) -> str:
    """Return one JSON document for programs.

    Keys keep their order, numbers their digits. ASCII only, so no reader's encoding and no terminal is ever at risk.

    Raises
    ------
    ValueError
        For NaN and the infinities, which JSON does not have: :func:`finite` makes None of them.
    """
    return _laid_out(document, "\n") + "\n"


def _laid_out(value: object, line: str) -> str:
    """Return a value's JSON as ``json.dumps(value, indent=1)`` lays it out; ``line`` ends a line and indents the next.

    With an indent ``json`` goes through every number in Python, without one in C: of the million numbers of an audit that
    was a tenth of its time. So the ends of lines are told to it as what separates the values of a plain list or dict.
    """
    inner = line + " "
    if not isinstance(value, dict | list | tuple) or not value:
        return _encoder(inner).encode(value)
    if PLAIN.issuperset(map(type, value.values() if isinstance(value, dict) else value)):
        text = _encoder(inner).encode(value)
        return f"{text[0]}{inner}{text[1:-1]}{line}{text[-1]}"
    if isinstance(value, dict):
        items = (f"{json.dumps(str(k))}: {_laid_out(v, inner)}" for k, v in value.items())
        return f"{{{inner}{f',{inner}'.join(items)}{line}}}"
    return f"[{inner}{f',{inner}'.join(_laid_out(v, inner) for v in value)}{line}]"


@lru_cache(maxsize=16)
def _encoder(line: str) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(f",{line}", ": "))


def zone_named(zone: str) -> ZoneInfo:
    """Return the zone of that IANA name, UTC where there is none of that name."""
    try:
        return ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):  # a name, a path, or a folder: whatever a file may hold
        return ZoneInfo("UTC")


def instant(moment: pd.Timestamp | datetime | None) -> datetime | None:
    """Return an instant as a plain UTC datetime; None for NaT and None."""
    if moment is None or moment != moment:  # noqa: PLR0124 -- only NaT is not itself
        return None
    plain: datetime = moment.to_pydatetime(warn=False) if hasattr(moment, "to_pydatetime") else moment
    return plain.replace(tzinfo=UTC) if plain.tzinfo is None else plain.astimezone(UTC)


def sure(moment: pd.Timestamp) -> datetime:
    """Return an instant that is known as a plain UTC datetime; ValueError for NaT."""
    plain = instant(moment)
    if plain is None:
        raise ValueError("a window has both its ends")
    return plain


def finite(number: SupportsFloat | None) -> float | None:
    """Return a number JSON can hold: None for NA, NaN and the infinities."""
    if number is None or type(number).__name__ == "NAType":
        return None
    value = float(number)
    return value if math.isfinite(value) else None


def finite_each(numbers: Iterable[float]) -> tuple[float | None, ...]:
    """Return :func:`finite` of many numbers that are floats."""
    all_of_them = tuple(numbers)
    if math.isfinite(sum(all_of_them)):  # one that is not makes the sum none: looked at one by one only then
        return all_of_them
    return tuple(number if math.isfinite(number) else None for number in all_of_them)


def plain_value(value: object) -> object:
    """Return any cell of a frame as a plain value: text, number, bool, UTC datetime, None for NA."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, int):
        return value
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if hasattr(value, "to_pydatetime"):
        return instant(value)  # type: ignore[arg-type]
    if isinstance(value, datetime):
        return instant(value)
    return plain_value(value.item()) if hasattr(value, "item") else str(value)


def json_value(value: object, zone: ZoneInfo) -> object:
    """Return any figure as a JSON value: instants in the zone, mappings and sequences all the way down."""
    plain = value if isinstance(value, (dict, list, tuple)) else plain_value(value)
    if isinstance(plain, datetime):
        return plain.astimezone(zone).isoformat()
    if isinstance(plain, dict):
        return {str(k): json_value(v, zone) for k, v in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [json_value(v, zone) for v in plain]
    return plain
