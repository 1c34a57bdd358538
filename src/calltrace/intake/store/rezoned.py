"""Calls that are in a store already, at another hour: their times were read in another zone then.

Of two readings of a log that writes no offsets, in two zones, every call would be there twice. That one zone was said for
all of a log and now another is, the store's imports tell (:mod:`calltrace.intake.store.importing`). Where it is one
account's zone that became known later, or was corrected, the calls themselves tell: those of the account that both have
are some hours apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calltrace.errors import UsageError
from calltrace.intake.store import parts
from calltrace.tables.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.store.gathering import Pieces
    from calltrace.intake.store.manifest import Manifest
    from calltrace.intake.store.places import Place

DAYS = 12
"""Days that are looked at, from the first both have to the last."""

LEAST = 3
"""Calls that must be apart alike, for one may bear the number of another."""

HOUR_US = 3_600_000_000

STEP_US = 15 * 60 * 1_000_000
"""Zones are whole quarters of an hour apart,"""

MOST_US = 26 * HOUR_US
"""and no further than this."""

NAMES = ["call_id", "account", "dnis", "offered_at"]


def refuse(place: Place, state: Manifest, pieces: Pieces) -> None:
    """Refuse calls that the store has at another hour.

    Parameters
    ----------
    place : Place
        Where the store lies.
    state : Manifest
        The state it is in.
    pieces : dict
        What is to be imported.

    Raises
    ------
    UsageError
        An account's calls are there already, whole quarters of an hour before or after.
    """
    both = [day for day in state.days("calls") if ("calls", day) in pieces]
    if not both:
        return
    import pandas as pd  # noqa: PLC0415 -- a store that is begun needs none of it

    met: dict[str, list[tuple[str, int]]] = {}
    for day in sorted({both[k] for k in np.linspace(0, len(both) - 1, min(DAYS, len(both))).round().astype(int).tolist()}):
        there = parts.read(place, state.parts["calls", day], NAMES).to_pandas()
        new = pd.concat([p.read(place, NAMES).to_pandas() for p in pieces["calls", day]])
        same = there.dropna(subset=["call_id", "account"]).merge(new, on=NAMES[:3], suffixes=("", "_now"))
        apart = (same["offered_at_now"] - same["offered_at"]) // pd.Timedelta(microseconds=1)
        for account, us in zip(same["account"], apart, strict=True):
            met.setdefault(str(account), []).append((day, int(us)))
    for account, each in sorted(met.items()):
        if (us := _moved(each)) is not None:
            raise UsageError(
                f"the calls of account {visible(account)} came into the store before, {abs(us) / HOUR_US:g} h"
                f" {'earlier' if us > 0 else 'later'} than they are now: their times were read in another zone then",
                expected="the zone they were read in then",
                fix="If the account's zone is right now, import everything into a new store, the accounts with the calls.",
            )


def _moved(each: Sequence[tuple[str, int]]) -> int | None:
    """Return by how much an account's calls were moved (microseconds), None where they were not.

    Two zones may be one for part of the year, and a call at midnight is on another day then: one day may have both.
    """
    moved = [(day, us) for day, us in each if us]
    stayed = {day for day, us in each if not us}
    if len(moved) < LEAST or any(us % STEP_US or abs(us) > MOST_US for _, us in moved):
        return None
    return moved[0][1] if len({day for day, _ in moved} & stayed) <= 1 else None
