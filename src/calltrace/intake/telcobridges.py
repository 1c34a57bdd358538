"""Which sessions of a TelcoBridges gateway are callers': not those of the switch behind it, which it answers as well.

A session has an answer leg, on the access point (NAP) it came in on, and an originate leg, on the one it was sent to.
Carriers' calls come in on theirs and go to the switch; what agents dial comes in on the switch's and goes to a carrier.
The log doesn't say which is which. An access point that other ones' calls are sent to is the switch's where most of its
callers are extensions, or show a number that is itself called there: what a service's agents show when they dial out.
The second counts only where more calls are sent than come in, as they are to a service.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calltrace.intake.formats._base import Reading, ReadOptions

TABLE = "gateway-sessions"
"""Columns of the calls table, and ``sent_to``, the access point of the originate leg, NA where there was none."""


def join(readings: Sequence[tuple[str, Reading]], options: ReadOptions) -> list[tuple[str, Reading]]:
    """Set the sessions aside that the switch behind the gateway made; a short file alone may not tell them.

    Parameters
    ----------
    readings : pairs of format name and reading
        Table "gateway-sessions"; others are handed back as they are.
    options : ReadOptions
        Not needed: numbers were cleaned when the files were read.

    Returns
    -------
    list of (format name, reading)
        One reading of table "calls".
    """
    del options
    made = [pair for pair in readings if pair[1].table != TABLE]
    given = [(name, reading) for name, reading in readings if reading.table == TABLE]
    if not given:
        return made
    frames = [r.frame.assign(source_file=r.frame["source_file"].astype("string")) for _, r in given]
    rows = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    points = behind(rows)
    own = _made_there(rows, points)
    notes = []
    if own.any():
        named = ", ".join(sorted(rows.loc[own, "trunk_group"].unique()))
        notes.append(
            f"{int(own.sum())} sessions are set aside, which the switch behind the gateway made: they came in on {named}, where "
            "calls are sent to and callers are extensions or show a number called there"
        )
    calls = rows[~own].drop(columns="sent_to").sort_values("offered_at", kind="stable", ignore_index=True)
    calls["source_file"] = calls["source_file"].astype("category")
    rows_read = sum(r.rows for _, r in given)
    reading = replace(given[0][1], table="calls", frame=calls, rows=rows_read, problems=(), notes=tuple(notes))
    return [*made, (given[0][0], reading)]


def behind(sessions: pd.DataFrame) -> frozenset[str]:
    """Return the access points that a switch of the service is behind.

    Parameters
    ----------
    sessions : DataFrame
        ``trunk_group``, the access point a session came in on, ``sent_to``, ``ani`` and ``dnis``; NA is neither for nor
        against.

    Examples
    --------
    >>> import pandas as pd
    >>> came_in = ("NORTH", "PBX", "+15855550137", "+15855550167")
    >>> dialled = ("PBX", "NORTH", "204", "+15855550199")
    >>> sorted(behind(pd.DataFrame([came_in, dialled], columns=["trunk_group", "sent_to", "ani", "dnis"])))
    ['PBX']
    """
    found = set()
    passed_on = sessions[sessions["trunk_group"] != sessions["sent_to"]].dropna(subset=["trunk_group", "sent_to"])
    sent = {str(point): some["dnis"] for point, some in passed_on.groupby("sent_to")}
    for point, some in sessions[sessions["trunk_group"].isin(list(sent))].groupby("trunk_group"):
        shown = some["ani"].dropna()
        own = shown.str.fullmatch(r"\d{2,6}")
        # of a carrier that shows a forwarding client's number as the caller's, agents dial such numbers too, but fewer
        if len(sent[str(point)]) > len(some):
            own |= shown.isin(sent[str(point)].dropna().unique().tolist())
        if int(own.sum()) * 2 > len(shown):
            found.add(str(point))
    return frozenset(found)


def _made_there(sessions: pd.DataFrame, points: frozenset[str]) -> pd.Series[bool]:
    """Say which sessions a switch behind the gateway made: those sent on to another such one may be callers' there."""
    there = sessions["trunk_group"].isin(list(points))
    itself = (sessions["sent_to"] == sessions["trunk_group"]).fillna(value=False)
    return there & (itself | ~sessions["sent_to"].isin(list(points)))
