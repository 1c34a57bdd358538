"""The country of a service that nobody named, by the accounts tables among its files: looked up before they are read.

A number without its country's code is in the form of the country the switch is in, and so are those of the accounts table
itself: all of them are read with it known. A table lies beside the logs as text, packed or not, and is small.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from calltrace.intake import delimited
from calltrace.intake.asked import Given
from calltrace.intake.layout import layout_of
from calltrace.intake.opened import stream_of
from calltrace.intake.placing import region_of
from calltrace.intake.unpacking import packing
from calltrace.tables import times
from calltrace.tables.countries import HOME, country_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from calltrace.intake.asked import Known
    from calltrace.intake.formats._base import Stream

SMALL = 2 << 20
"""Bytes beyond which a file is no accounts table."""
HEAD = 4096
"""Bytes of its beginning that hold its header."""
MOST = 0.5
"""Share of the accounts beyond which the country most of them are in is the service's."""


def country(
    paths: Sequence[str | os.PathLike[str] | Given], tz: str | None, known: Known, zones: Iterable[str | None] = ()
) -> str:
    """Return the country of numbers without its code: as said, else the one most accounts of the tables are in.

    Of accounts of which one is in the North American plan nothing is told: their numbers need no country. ``zones`` are
    those of accounts that are known otherwise, such as a store's.
    """
    said = region_of(tz, known)
    if tz or said != HOME or (known.accounts is not None and known.accounts["timezone"].notna().any()):
        return said
    counted = Counter(zone for zone in (*zones, *_zones_below(paths)) if zone and times.is_zone(zone))
    by_country: Counter[str] = Counter()
    for zone, accounts in counted.items():
        by_country[country_of([zone])] += accounts
    if not by_country or HOME in by_country:
        return said
    first, many = by_country.most_common(1)[0]
    return first if many > MOST * by_country.total() else said


def _zones_below(paths: Sequence[str | os.PathLike[str] | Given]) -> Iterable[str | None]:
    for one in paths:
        name = one.path if isinstance(one, Given) else os.fspath(one)
        if name == "-" or "://" in name or "\0" in name:
            continue
        if os.path.isdir(name):  # noqa: PTH112 -- any text may be given
            for folder, below, files in os.walk(name):
                below[:] = sorted(b for b in below if not b.startswith("."))
                for file in sorted(files):
                    yield from _zones_of(Path(folder, file))
        else:
            yield from _zones_of(Path(name))


def _zones_of(path: Path) -> list[str | None]:
    """Return the zones of an accounts table; none of any other file."""
    try:
        if path.stat().st_size > SMALL or not path.is_file():
            return []
        with path.open("rb") as file:
            head = file.read(HEAD)
            packed = packing(head) == "gzip"
            start = zlib.decompressobj(wbits=31).decompress(head, HEAD) if packed else head
            text = start.replace(b"\0", b"").lower()  # of UTF-16 as well
            if b"timezone" not in text or b"account" not in text:
                return []
            data = head + file.read()
        whole = zlib.decompressobj(wbits=31).decompress(data, SMALL) if packed else data
    except (OSError, zlib.error):
        return []
    stream = stream_of(str(path), whole)
    if stream.head.text.lstrip()[:1] in {"{", "["}:
        return _zones_of_json(stream)
    layout = layout_of(stream.head.lines)
    if layout is None or layout.table.name != "accounts" or "timezone" not in layout.columns:
        return []
    shape = delimited.Shape(layout.delimiter, layout.header_line, layout.columns, layout.quote, layout.table.name)
    return [zone and str(zone).strip() for zone in delimited.read(stream, shape).cells["timezone"].to_pylist()]


def _zones_of_json(stream: Stream) -> list[str | None]:
    from calltrace.intake.formats.generic_json import rows_of  # noqa: PLC0415 -- few accounts are in JSON

    found = rows_of(stream)
    if found is None or found[0].table.name != "accounts" or "timezone" not in found[1].cells:
        return []
    return [zone and str(zone).strip() for zone in found[1].cells["timezone"].to_pylist()]
