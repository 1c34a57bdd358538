"""The zone of a proposed column of times: as its name or a column beside it says, or asked for where they half say it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from calltrace.intake import zones
from calltrace.intake.delimited import short
from calltrace.intake.mapping import moments
from calltrace.intake.mapping.fills import ASKED, Fill
from calltrace.intake.mapping.names import OFFSET_NAMES, ZONE_NAMES, likeness, zone_of

if TYPE_CHECKING:
    from calltrace.intake.mapping.seen import Seen


def zoned(fill: Fill, seen: dict[str, Seen], *, asked: bool) -> tuple[Fill, str]:
    """Return a fill of times with its zone, and the reason; as it is, and '', where nothing says one.

    An offset beside times is theirs where they are local time. Some exports write UTC and beside it what the
    client's clock showed, so it is asked for unless the name of the times says which. With ``asked`` a zone that could be
    several (EST) is too; without, somebody gave one.
    """
    own = zone_of(fill.source)
    beside = _beside(seen)
    vague = next((v for v in map(zones.vague, fill.source) if v), "")
    if not (own or beside or (vague and asked)) or fill.undecided or not _without_offset(fill, seen):
        return fill, ""
    if own:
        return replace(fill, zone=own), f"in {own}, as the name says"
    named = " and ".join(short(s, 30) for s in fill.source)
    if beside is not None:
        words = beside.words or tuple(str(v) for v in beside.cells.drop_null().unique().slice(0, 60).to_pylist())
        read = {word: zones.of_cell(word) for word in words}
        if set(read.values()) == {"UTC"} and beside.filled == 1:
            return replace(fill, zone="UTC"), f"in UTC, as {short(beside.name, 30)} says"
        local = any("local" in s.lower() for s in fill.source)
        if all(read.values()) and (local or likeness(beside.name, OFFSET_NAMES) < 1):
            return replace(fill, zone_from=beside.name), f"in the zone that {short(beside.name, 30)} names"
        if all(read.values()):
            why = f"{named} may be local time with its offset in {short(beside.name, 30)}, or UTC beside what the clock showed"
            return replace(fill, zone=ASKED, undecided=why), why
        vague = next(word for word, zone in read.items() if not zone)
        if not asked:
            return fill, ""
    why = f"{named} is in the zone {short(vague, 30)}, which can be several: say which, or give --tz"
    return replace(fill, zone=ASKED, undecided=why), why


def apart(one: str, other: str) -> bool:
    """Say whether two columns of times say that they are in two zones."""
    mine, theirs = zone_of((one,)), zone_of((other,))
    return mine != theirs and (bool(mine and theirs) or "local" in f"{one} {other}".lower())


def _beside(seen: dict[str, Seen]) -> Seen | None:
    known = (*ZONE_NAMES, *OFFSET_NAMES)
    return next((s for s in seen.values() if s.filled and likeness(s.name, known) == 1.0), None)


def _without_offset(fill: Fill, seen: dict[str, Seen]) -> bool:
    """Say whether any of the times is without an offset of its own."""
    cells = pc.binary_join_element_wise(*(seen[s].cells for s in fill.source), " ")
    return bool(moments.instants(cells, fill.form, fill.clock)[1].any())
