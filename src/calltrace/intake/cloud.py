"""Calls out of the records of cloud services, and of switches like them: rows of one call, wherever they lie, joined.

A cloud service writes a record a leg, a contact, or a party's view of a call, delivers some of them twice, and
cuts its exports by the hour or the day without regard to where a call began. So every file of a format is read
first; then the format's own ``calls_of`` makes calls of all of its rows together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pandas as pd

from calltrace.intake.formats._base import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.formats._base import ReadOptions


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:  # noqa: ARG001 -- a Join
    """Make calls of all the files of each format.

    Parameters
    ----------
    readings : pairs of format name and reading
        Readings of tables of the generic layout are handed back as they are.
    options : ReadOptions
        Not needed: zones and regions were minded when the files were read.

    Returns
    -------
    list of (format name, reading)
        One reading of table "calls" a format; its notes account for every row of the format's files. One of "agents" where
        the format's ``rings_of`` finds calls that rang out at an agent.
    """
    made: list[tuple[str, Reading]] = []
    by_format: dict[str, list[Reading]] = {}
    for name, reading in readings:
        if reading.table.endswith("-rows"):
            by_format.setdefault(name, []).append(reading)
        else:
            made.append((name, reading))
    for name, some in by_format.items():
        frames = [r.frame for r in some if len(r.frame)] or [some[0].frame]
        rows = frames[0] if len(frames) == 1 else _together(frames)
        module = import_module(f"calltrace.intake.formats.{name}")
        calls, problems, notes = module.calls_of(rows)
        zones = {(r.zone, r.zone_from) for r in some}
        zone, zone_from = zones.pop() if len(zones) == 1 else ("", "")
        reading = Reading(
            "calls",
            calls,
            rows=sum(r.rows for r in some),
            problems=tuple(problems),
            zone=zone,
            zone_from=zone_from,
            notes=tuple(notes),
        )
        made.append((name, reading))
        rings = module.rings_of(rows, calls) if hasattr(module, "rings_of") else calls.iloc[:0]
        if len(rings):
            made.append((name, Reading("agents", rings, rows=len(rings), zone=zone, zone_from=zone_from, beside=True)))
    return made


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    files = list(dict.fromkeys(c for f in frames for c in f["source_file"].cat.categories))
    aligned = [f.assign(source_file=f["source_file"].cat.set_categories(files)) for f in frames]
    return pd.concat(aligned, ignore_index=True)
